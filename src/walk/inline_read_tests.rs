//! Inline reads of all kinds of files, unchanged and while they change.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use super::*;
use crate::io::{FileIo, Lease};
use crate::types::FileLocation;

/// A reader for which files are on a local disk or not, whatever file system
/// the tests run on.
struct OnDisk(Pread, Arc<AtomicBool>);

impl FileIo for OnDisk {
    fn enter(&mut self, dir: &[u8], files: usize) {
        self.0.enter(dir, files);
    }

    fn open(&mut self, place: FileLocation<'_>) -> io::Result<File> {
        self.0.open(place)
    }

    fn stat(&mut self, file: &File) -> io::Result<FileStat> {
        self.0.stat(file)
    }

    fn is_on_local_disk(&mut self, _: &File, _: u64) -> bool {
        self.1.load(Ordering::Relaxed)
    }

    fn read_at(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(file, buffer, offset)
    }

    fn read_now(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_now(file, buffer, offset)
    }

    fn take_lease(&mut self, file: &File) -> Lease {
        self.0.take_lease(file)
    }

    fn holds_lease(&mut self, file: &File) -> bool {
        self.0.holds_lease(file)
    }
}

/// A directory with files to read inline.
struct Fixture {
    dir: tempfile::TempDir,
    is_local_disk: Arc<AtomicBool>,
    readers: InlineReaders,
    reader: InlineReader,
}

impl Fixture {
    /// None where reads that never block are not supported (tmpfs).
    fn new() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let probe = dir.path().join("probe");
        fs::write(&probe, "x").unwrap();
        let probe = File::open(probe).unwrap();
        if platform::read_now(&probe, &mut [0], 0).is_err() {
            eprintln!("skipped: no file here can be read without waiting");
            return None;
        }
        let readers = InlineReaders::new(HashAlgorithm::Blake3, much_later());
        let mut reader = readers.acquire();
        let is_local_disk = Arc::new(AtomicBool::new(true));
        let io = OnDisk(Pread::new(), Arc::clone(&is_local_disk));
        reader.reader = GuardedReader::new(Box::new(io), Heartbeat::default());
        reader.reader.settled_before = much_later();
        Some(Self {
            dir,
            is_local_disk,
            readers,
            reader,
        })
    }

    /// With a file of four bytes, of a size that was seen.
    fn with_file() -> Option<(Self, File)> {
        let mut fixture = Self::new()?;
        let file = fixture.file("file", b"1234");
        assert!(!fixture.keeps(&file));
        Some((fixture, file))
    }

    /// Writes a file and opens it for reading.
    fn file(&self, name: &str, content: &[u8]) -> File {
        let path = self.dir.path().join(name);
        fs::write(&path, content).unwrap();
        File::open(path).unwrap()
    }

    fn inspect(&mut self, file: &File) -> Inspected {
        let Self {
            readers, reader, ..
        } = self;
        reader.inspect(readers, file, true, |_| true).unwrap()
    }

    /// Inspects a file and keeps its content. Returns true if it was read.
    fn keeps(&mut self, file: &File) -> bool {
        match self.inspect(file) {
            Inspected::Read(stat) => {
                self.reader.keep(file, &stat);
                true
            }
            Inspected::Unread(_) => false,
            Inspected::NotRegular | Inspected::FilteredOut => panic!(),
        }
    }

    /// The digests of all content that was kept.
    fn digests(&mut self) -> Vec<String> {
        self.reader.hash();
        let contents = self.reader.batch.contents.drain(..);
        contents.map(|(_, digest)| digest.to_string()).collect()
    }
}

fn digest(content: &[u8]) -> String {
    blake3::hash(content).to_string()
}

/// All files of the test are settled.
fn much_later() -> Timestamp {
    Timestamp::from(SystemTime::now() + Duration::from_secs(3600))
}

#[test]
fn only_sizes_that_were_seen_before_are_read() {
    let Some(mut fixture) = Fixture::new() else {
        return;
    };
    let contents = [&b"one"[..], b"two", b"four", b"three", b"six", b"five"];
    let mut read = Vec::new();
    for content in contents {
        let file = fixture.file("file", content);
        if fixture.keeps(&file) {
            read.push(digest(content));
        }
    }
    assert_eq!(read, [b"two".as_slice(), b"six", b"five"].map(digest));
    assert_eq!(fixture.digests(), read);
}

#[test]
fn a_file_that_was_seen_without_being_opened_counts_too() {
    let Some(mut fixture) = Fixture::new() else {
        return;
    };
    let first = fixture.file("first", b"1234");
    let stat = platform::stat_file(&first).unwrap();
    fixture.reader.record_seen(&fixture.readers, &stat, true);
    assert!(fixture.keeps(&first));
}

#[test]
fn neither_large_nor_empty_nor_linked_files_are_read() {
    let Some(mut fixture) = Fixture::new() else {
        return;
    };
    for length in [0, MAX_SIZE + 1, MAX_SIZE, MAX_SIZE] {
        let file = fixture.file("file", &vec![7; length]);
        assert!(!fixture.keeps(&file) || length == MAX_SIZE, "{length}");
        assert!(
            fixture.keeps(&file) == (length == MAX_SIZE),
            "{length} again"
        );
    }
    let file = fixture.file("linked", &[7; MAX_SIZE]);
    assert!(fixture.keeps(&file));
    fs::hard_link(
        fixture.dir.path().join("linked"),
        fixture.dir.path().join("link"),
    )
    .unwrap();
    assert!(!fixture.keeps(&file));
}

#[test]
fn filtered_and_non_regular_files_are_not_read() {
    let Some((mut fixture, file)) = Fixture::with_file() else {
        return;
    };
    let Fixture {
        readers, reader, ..
    } = &mut fixture;
    let inspected = reader.inspect(readers, &file, true, |_| false).unwrap();
    assert!(matches!(inspected, Inspected::FilteredOut));
    let directory = File::open(fixture.dir.path()).unwrap();
    assert!(matches!(fixture.inspect(&directory), Inspected::NotRegular));
    assert!(fixture.digests().is_empty());
}

#[test]
fn a_recently_written_file_is_read_if_a_lease_is_granted() {
    let Some((mut fixture, file)) = Fixture::with_file() else {
        return;
    };
    fixture.reader.reader.settled_before = Timestamp::MIN;
    if platform::take_lease(&file) != Lease::Held {
        eprintln!("skipped: no leases are to be had here");
        return;
    }
    platform::release_lease(&file);
    // First without a proof for the previous file, then with a lease on it.
    for previous in [None, Some(WriteGuard::Lease)] {
        assert_eq!(fixture.reader.previous, previous);
        assert!(fixture.keeps(&file), "{previous:?}");
        platform::release_lease(&file);
    }
    let writer = fs::OpenOptions::new()
        .write(true)
        .open(fixture.dir.path().join("file"))
        .unwrap();
    for previous in [None, Some(WriteGuard::Settled), Some(WriteGuard::Lease)] {
        fixture.reader.previous = previous;
        assert!(!fixture.keeps(&file), "{previous:?}");
        assert_eq!(fixture.reader.previous, None);
    }
    // A settled file needs none.
    fixture.reader.reader.settled_before = much_later();
    assert!(fixture.keeps(&file));
    // But on another file system it may not be settled.
    fixture.is_local_disk.store(false, Ordering::Relaxed);
    assert!(!fixture.keeps(&file));
    drop(writer);
    assert_eq!(
        fixture.digests(),
        [b"1234"; 3].map(|content| digest(content))
    );
}

#[test]
fn a_file_that_is_not_on_a_local_disk_is_left_to_workers() {
    let Some((mut fixture, file)) = Fixture::with_file() else {
        return;
    };
    fixture.is_local_disk.store(false, Ordering::Relaxed);
    for settled_before in [much_later(), Timestamp::MIN] {
        fixture.reader.reader.settled_before = settled_before;
        for previous in [None, Some(WriteGuard::Settled), Some(WriteGuard::Lease)] {
            fixture.reader.previous = previous;
            assert!(!fixture.keeps(&file), "{previous:?}");
        }
    }
}

#[test]
fn content_read_before_the_lease_is_read_again() {
    let Some((mut fixture, file)) = Fixture::with_file() else {
        return;
    };
    fixture.reader.reader.settled_before = Timestamp::MIN;
    if platform::take_lease(&file) != Lease::Held {
        eprintln!("skipped: no leases are to be had here");
        return;
    }
    platform::release_lease(&file);
    // After a settled file the read comes first.
    fixture.reader.previous = Some(WriteGuard::Settled);
    let path = fixture.dir.path().join("file");
    let Fixture {
        readers, reader, ..
    } = &mut fixture;
    let change = |_: &FileStat| {
        fs::write(&path, b"5678").unwrap();
        true
    };
    let inspected = reader.inspect(readers, &file, true, change).unwrap();
    // Its times may not show the change.
    match inspected {
        Inspected::Read(stat) => reader.keep(&file, &stat),
        Inspected::Unread(_) => return,
        Inspected::NotRegular | Inspected::FilteredOut => panic!(),
    }
    assert_eq!(fixture.digests(), [digest(b"5678")]);
}

#[test]
fn a_file_that_changes_between_stat_and_read_is_left_to_workers() {
    let Some((mut fixture, file)) = Fixture::with_file() else {
        return;
    };
    let path = fixture.dir.path().join("file");
    let Fixture {
        readers, reader, ..
    } = &mut fixture;
    let change = |_: &FileStat| {
        fs::write(&path, b"56789").unwrap();
        true
    };
    let inspected = reader.inspect(readers, &file, true, change).unwrap();
    assert!(matches!(inspected, Inspected::Unread(_)));
    assert!(fixture.digests().is_empty());
}

#[test]
fn one_stat_is_enough_after_a_file_that_was_read() {
    let Some((mut fixture, file)) = Fixture::with_file() else {
        return;
    };
    assert_eq!(fixture.reader.previous, None);
    assert!(fixture.keeps(&file));
    assert_eq!(fixture.reader.previous, Some(WriteGuard::Settled));
    assert!(fixture.keeps(&file));
    // Files of other sizes are read in vain, and then the stat comes first
    // again.
    let other = fixture.file("other", b"12345");
    assert!(!fixture.keeps(&other));
    assert_eq!(fixture.reader.previous, None);
    assert!(fixture.keeps(&other));
    let expected = [&b"1234"[..], b"1234", b"12345"].map(digest);
    assert_eq!(fixture.digests(), expected);
}

#[test]
fn nothing_is_read_in_vain_where_that_changes_the_access_time() {
    let Some((mut fixture, file)) = Fixture::with_file() else {
        return;
    };
    fixture.reader.previous = Some(WriteGuard::Settled);
    fixture.reader.buffer = vec![0; BUFFER_SIZE];
    let Fixture {
        readers, reader, ..
    } = &mut fixture;
    let inspected = reader.inspect(readers, &file, false, |_| false).unwrap();
    assert!(matches!(inspected, Inspected::FilteredOut));
    assert_eq!(reader.buffer[..4], [0; 4]);
    reader.previous = Some(WriteGuard::Settled);
    let inspected = reader.inspect(readers, &file, true, |_| false).unwrap();
    assert!(matches!(inspected, Inspected::FilteredOut));
    assert_eq!(reader.buffer[..4], *b"1234");
}

#[test]
fn a_deleted_file_is_looked_up_again() {
    let Some((mut fixture, file)) = Fixture::with_file() else {
        return;
    };
    fs::remove_file(fixture.dir.path().join("file")).unwrap();
    assert!(matches!(fixture.inspect(&file), Inspected::NotRegular));
}

#[test]
fn digests_are_dropped_if_the_clock_was_set_back() {
    let Some((mut fixture, file)) = Fixture::with_file() else {
        return;
    };
    let (send, found) = crossbeam_channel::unbounded();
    let sender = BatchSender::new(send, crate::types::CancelToken::default());
    for kept in [1, 0] {
        assert!(fixture.keeps(&file));
        fixture.reader.batch.current = Some("somewhere".into());
        fixture.reader.send(&fixture.readers, &sender);
        assert_eq!(found.recv().unwrap().contents.len(), kept);
        fixture.readers = fixture
            .readers
            .with_clock_set_back(Duration::from_secs(120));
    }
}

#[test]
fn a_full_buffer_is_hashed_before_more_is_read() {
    let Some(mut fixture) = Fixture::new() else {
        return;
    };
    let mut expected = Vec::new();
    for number in 0..40_u8 {
        let content = vec![number; MAX_SIZE - usize::from(number % 2)];
        let file = fixture.file("file", &content);
        if fixture.keeps(&file) {
            expected.push(digest(&content));
        }
    }
    assert_eq!(expected.len(), 38);
    assert!(fixture.reader.filled <= BUFFER_SIZE);
    assert_eq!(fixture.digests(), expected);
}
