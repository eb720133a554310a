use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::io::FileIo;
use crate::platform;
use crate::types::FileLocation;

/// Answers each time that a lease is asked for with this, and counts.
struct Answers {
    lease: Lease,
    is_on_local_disk: bool,
    asked: Arc<AtomicUsize>,
    written_back: Arc<AtomicUsize>,
}

impl FileIo for Answers {
    fn enter(&mut self, _: &[u8], _: usize) {}

    fn open(&mut self, _: FileLocation<'_>) -> io::Result<File> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn stat(&mut self, file: &File) -> io::Result<FileStat> {
        platform::stat_file(file)
    }

    fn read_at(&mut self, _: &File, _: &mut [u8], _: u64) -> io::Result<usize> {
        Ok(0)
    }

    fn is_on_local_disk(&mut self, _: &File, _: u64) -> bool {
        self.is_on_local_disk
    }

    fn take_lease(&mut self, _: &File) -> Lease {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.lease
    }

    fn write_back(&mut self, _: &File) {
        self.written_back.fetch_add(1, Ordering::Relaxed);
    }
}

/// A reader that is given such answers; how often it asks and writes back.
fn reader(
    lease: Lease,
    is_on_local_disk: bool,
) -> (GuardedReader, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let (asked, written_back) = <(Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
    let io = Answers {
        lease,
        is_on_local_disk,
        asked: Arc::clone(&asked),
        written_back: Arc::clone(&written_back),
    };
    let reader = GuardedReader::new(Box::new(io), Heartbeat::default());
    (reader, asked, written_back)
}

#[test]
fn a_lease_tells_all_on_local_disks_only() {
    let file = tempfile::tempfile().unwrap();
    let now = platform::stat_file(&file).unwrap();
    let earlier = FileStat {
        modified: now.modified.before(Duration::from_secs(1)),
        ..now
    };
    // Elsewhere it is looked at what the lease may not have told of.
    for (is_on_local_disk, written_back) in [(true, 0), (false, 1)] {
        let (mut reader, _, count) = reader(Lease::Held, is_on_local_disk);
        assert_eq!(
            reader.guard_against_writes(&file, &now),
            Ok(WriteGuard::Lease)
        );
        assert_eq!(count.load(Ordering::Relaxed), written_back);
        let held = reader.guard_against_writes(&file, &earlier);
        assert_eq!(held.is_ok(), is_on_local_disk, "{held:?}");
    }
}

#[test]
fn many_refusals_use_patience_up() {
    let file = tempfile::tempfile().unwrap();
    let stat = platform::stat_file(&file).unwrap();
    let (mut reader, asked, _) = reader(Lease::Refused, true);
    let mut asks = || {
        let before = asked.load(Ordering::Relaxed);
        assert!(reader.guard_against_writes(&file, &stat).is_err());
        asked.load(Ordering::Relaxed) - before
    };
    for _ in 0..MAX_REFUSALS {
        assert_eq!(asks(), 1 + RETRIES.len());
    }
    // A process may still have forked a moment ago.
    assert_eq!((asks(), asks()), (2, 2));
}

#[test]
fn the_remaining_tick_depends_on_the_precision_of_the_time() {
    let millis = |last: i64, now: i64| {
        let time = |millis: i64| Timestamp::from_nanos(millis * 1_000_000);
        remaining_tick(time(last), time(now)).map(|rest| rest.as_millis())
    };
    // Finer than seconds.
    assert_eq!(millis(5_001, 5_001), Some(10));
    assert_eq!(millis(5_001, 5_008), Some(3));
    assert_eq!(millis(5_001, 5_011), None);
    // Whole seconds.
    assert_eq!(millis(5_000, 5_000), Some(2_000));
    assert_eq!(millis(5_000, 6_999), Some(1));
    assert_eq!(millis(5_000, 7_000), None);
    // Another clock.
    assert_eq!(millis(5_000, 4_999), None);
    assert_eq!(
        remaining_tick(Timestamp::MIN, Timestamp::from_nanos(i64::MAX)),
        None
    );
}

fn stat() -> FileStat {
    FileStat {
        id: FileId { dev: 1, ino: 2 },
        kind: FileKind::Regular,
        size: 3,
        links: 1,
        modified: Timestamp::new(4, 0),
        changed: Timestamp::new(5, 0),
    }
}

#[test]
fn every_sign_of_a_change_counts() {
    let before = stat();
    assert_eq!(difference(&before, &stat()), None);
    let changes: [fn(&mut FileStat); 5] = [
        |s| s.id.dev += 1,
        |s| s.id.ino += 1,
        |s| s.size += 1,
        |s| s.modified = Timestamp::new(4, 1),
        |s| s.changed = Timestamp::new(5, 1),
    ];
    for change in changes {
        let mut after = stat();
        change(&mut after);
        assert!(difference(&before, &after).is_some(), "{after:?}");
    }
}

#[test]
fn a_file_is_renumbered_if_only_its_inode_number_differs() {
    let before = stat();
    let mut after = stat();
    assert!(!is_renumbered(&before, &after));
    after.id.ino += 1;
    assert!(is_renumbered(&before, &after));
    let changes: [fn(&mut FileStat); 4] = [
        |s| s.id.dev += 1,
        |s| s.size += 1,
        |s| s.modified = Timestamp::new(4, 1),
        |s| s.changed = Timestamp::new(5, 1),
    ];
    for change in changes {
        let mut other = after;
        change(&mut other);
        assert!(!is_renumbered(&before, &other), "{other:?}");
    }
}

#[test]
fn another_hard_link_alone_is_no_change_of_content() {
    // A new link moves the change time, which does count; the number of
    // links alone does not.
    let mut after = stat();
    after.links = 2;
    assert_eq!(difference(&stat(), &after), None);
}
