//! Files that are not in memory, without an empty cache: a reader says so of
//! all of them, and has them read together.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirEntryExt, MetadataExt};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use nodupe::FailureKind;
use nodupe::SortKey;
use nodupe::internals::io::{FileIo, Pread, ReadInto};
use nodupe::internals::types::{FileId, FileLocation, FileStat};
use nodupe::{Scan, ScanResult};

use crate::harness::faulty::{errors, names};
use crate::harness::{Tree, pattern, skipped};

/// What happens before reads are done together.
type Before = dyn Fn(&[ReadInto<'_>]) + Send + Sync;

struct Cold {
    real: Pread,
    before: Arc<Before>,
    together: Arc<AtomicUsize>,
}

impl FileIo for Cold {
    fn enter(&mut self, dir: &[u8], files: usize) {
        self.real.enter(dir, files);
    }

    fn open(&mut self, place: FileLocation<'_>) -> io::Result<File> {
        self.real.open(place)
    }

    fn is_in(&mut self, directory: FileId) -> bool {
        self.real.is_in(directory)
    }

    fn stat(&mut self, file: &File) -> io::Result<FileStat> {
        self.real.stat(file)
    }

    fn read_at(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.real.read_at(file, buffer, offset)
    }

    fn read_now(&mut self, _: &File, _: &mut [u8], _: u64) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    fn can_read_together(&mut self) -> bool {
        self.real.can_read_together()
    }

    fn read_together(&mut self, reads: &mut [ReadInto<'_>], turn: &mut dyn FnMut(usize)) -> usize {
        (self.before)(reads);
        self.together.fetch_add(reads.len(), Ordering::Relaxed);
        self.real.read_together(reads, turn);
        // None of them was there at once.
        0
    }
}

/// A scan of a cold tree, and how many reads were done together. None where
/// that cannot be had.
fn scan(
    tree: &Tree,
    before: impl Fn(&[ReadInto<'_>]) + Send + Sync + 'static,
) -> Option<(ScanResult, usize)> {
    if !Pread::new().can_read_together() {
        skipped("there is no io_uring here");
        return None;
    }
    let before: Arc<Before> = Arc::new(before);
    let together = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&together);
    let io = move || {
        Box::new(Cold {
            real: Pread::new(),
            before: Arc::clone(&before),
            together: Arc::clone(&count),
        }) as Box<dyn FileIo>
    };
    let mut config = tree.config();
    config.execution.workers = std::num::NonZeroUsize::new(1);
    let result = Scan::new(config).with_io(io).run().unwrap();
    Some((result, together.load(Ordering::Relaxed)))
}

/// Three hundred files of a hundred sizes, some with two ends: more than one
/// batch, so that later ones are known to be cold.
fn tree() -> Tree {
    let tree = Tree::new();
    for number in 0..300_usize {
        let size = 1 + number % 100 * 331;
        let seed = u8::from(number >= 200 && number % 2 == 0);
        tree.file(format!("{number:03}"), pattern(size, seed));
    }
    tree
}

#[test]
fn what_is_read_together_is_what_is_read_one_by_one() {
    let tree = tree();
    let Some((cold, together)) = scan(&tree, |_| {}) else {
        return;
    };
    assert!(together > 100, "{together}");
    let plain = Scan::new(tree.config()).run().unwrap();
    let all = |result: &ScanResult| -> Vec<_> {
        let groups = result.groups(SortKey::Path);
        groups.map(|group| (group.digest, group.files)).collect()
    };
    assert_eq!(all(&cold).len(), 100);
    assert_eq!(all(&cold), all(&plain));
    assert_eq!(errors(&cold), []);
    let (read, expected) = (cold.summary().totals, plain.summary().totals);
    assert_eq!(read.bytes_read, expected.bytes_read);
}

#[test]
fn a_file_that_changes_before_it_is_read_together_is_in_no_group() {
    for shorten in [false, true] {
        let tree = tree();
        let root = tree.root().to_owned();
        let changed = Arc::new(Mutex::new(None));
        let change = Arc::clone(&changed);
        let changes = move |reads: &[ReadInto<'_>]| {
            let mut changed = change.lock().unwrap();
            if changed.is_none() {
                // The first of those that come first, whichever that is.
                let ino = reads[0].file.metadata().unwrap().ino();
                let entries = fs::read_dir(&root).unwrap().map(Result::unwrap);
                let entry = entries.into_iter().find(|entry| entry.ino() == ino);
                let path = entry.unwrap().path();
                let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
                let size = file.metadata().unwrap().len();
                let size = if shorten { size - 1 } else { size + 1 };
                file.set_len(size).unwrap();
                *changed = path.file_name().unwrap().to_str().map(str::to_owned);
            }
        };
        let Some((cold, _)) = scan(&tree, changes) else {
            return;
        };
        let failed = errors(&cold);
        assert_eq!(failed.len(), 1, "{failed:?}");
        let name = changed.lock().unwrap().clone().unwrap();
        assert_eq!((failed[0].0, failed[0].2), (&*name, FailureKind::Changed));
        assert!(!names(&cold).concat().contains(&name));
    }
}
