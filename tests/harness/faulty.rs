//! Scans by way of the library with faults put where real reads go: through
//! the same trait, at an exact moment, so that no test has to win a race.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nodupe::internals::io::{FileIo, Pread};
use nodupe::internals::types::{FileId, FileLocation, FileStat};
use nodupe::{FailureKind, Stage};
use nodupe::{Scan, ScanResult};
use nodupe::{ScanConfig, SortKey};

use super::Tree;

/// What becomes of one read.
pub(crate) enum Read {
    Pass,
    /// At most this many bytes come.
    Short(usize),
    Fail(io::ErrorKind),
    Eio,
    Panic,
}

type OnOpen = dyn Fn(&str) + Send + Sync;
type OnRead = dyn Fn(&str, u64) -> Read + Send + Sync;

/// Real reads, with somebody in between. Files are told apart by name.
struct Faulty {
    real: Pread,
    names: HashMap<RawFd, String>,
    open: Arc<OnOpen>,
    read: Arc<OnRead>,
}

impl FileIo for Faulty {
    fn enter(&mut self, dir: &[u8], files: usize) {
        self.real.enter(dir, files);
    }

    fn open(&mut self, place: FileLocation<'_>) -> io::Result<File> {
        let name = String::from_utf8_lossy(place.name).into_owned();
        (self.open)(&name);
        let file = self.real.open(place)?;
        self.names.insert(file.as_raw_fd(), name);
        Ok(file)
    }

    fn is_in(&mut self, directory: FileId) -> bool {
        self.real.is_in(directory)
    }

    // Wherever the tests run.
    fn is_on_local_disk(&mut self, _: &File, _: u64) -> bool {
        true
    }

    fn stat(&mut self, file: &File) -> io::Result<FileStat> {
        self.real.stat(file)
    }

    fn read_at(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match (self.read)(&self.names[&file.as_raw_fd()], offset) {
            Read::Pass => self.real.read_at(file, buffer, offset),
            Read::Short(most) => {
                let most = most.min(buffer.len());
                self.real.read_at(file, &mut buffer[..most], offset)
            }
            Read::Fail(kind) => Err(kind.into()),
            // What a disk with a bad block says (EIO).
            Read::Eio => Err(io::Error::from_raw_os_error(5)),
            Read::Panic => panic!("a fault of the test's making"),
        }
    }
}

/// A scan with something done whenever a file is opened or read. Files that
/// were there before are settled.
pub(crate) fn scan(
    mut config: ScanConfig,
    open: impl Fn(&str) + Send + Sync + 'static,
    read: impl Fn(&str, u64) -> Read + Send + Sync + 'static,
) -> ScanResult {
    let (open, read): (Arc<OnOpen>, Arc<OnRead>) = (Arc::new(open), Arc::new(read));
    let io = move || {
        Box::new(Faulty {
            real: Pread::new(),
            names: HashMap::new(),
            open: Arc::clone(&open),
            read: Arc::clone(&read),
        }) as Box<dyn FileIo>
    };
    config.execution.settle_time = Some(Duration::ZERO);
    Scan::new(config).with_io(io).run().unwrap()
}

pub(crate) fn scan_reading(
    tree: &Tree,
    read: impl Fn(&str, u64) -> Read + Send + Sync + 'static,
) -> ScanResult {
    scan(tree.config(), |_| {}, read)
}

/// The names in each group.
pub(crate) fn names(result: &ScanResult) -> Vec<Vec<String>> {
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    result
        .groups(SortKey::Reclaimable)
        .map(|group| group.files.iter().map(|file| name(&file.path)).collect())
        .collect()
}

/// Name, stage and kind of each error.
pub(crate) fn errors(result: &ScanResult) -> Vec<(&str, Stage, FailureKind)> {
    let errors = result.errors().iter();
    errors
        .map(|e| {
            assert!(!e.message.is_empty());
            (
                e.path.file_name().unwrap().to_str().unwrap(),
                e.stage,
                e.kind,
            )
        })
        .collect()
}

/// Does something the first time that a file is read from an offset on.
pub(crate) fn once(
    file: &'static str,
    from: u64,
    action: impl Fn() + Send + Sync + 'static,
) -> impl Fn(&str, u64) -> Read + Send + Sync + 'static {
    let done = Mutex::new(false);
    move |name, offset| {
        let mut done = done.lock().unwrap();
        if name == file && offset >= from && !*done {
            *done = true;
            action();
        }
        Read::Pass
    }
}

/// Does something just before a file is opened for the nth time.
pub(crate) fn at_open(
    file: &'static str,
    nth: usize,
    action: impl Fn() + Send + Sync + 'static,
) -> impl Fn(&str) + Send + Sync + 'static {
    let opened = Mutex::new(0);
    move |name| {
        if name == file {
            let mut opened = opened.lock().unwrap();
            *opened += 1;
            if *opened == nth {
                action();
            }
        }
    }
}
