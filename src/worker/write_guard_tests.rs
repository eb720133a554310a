use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::config::HashAlgorithm;
use crate::io::FileIo;
use crate::platform;
use crate::types::{CancelToken, FileLocation, Heartbeat};
use crate::worker::Scratch;

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

/// A worker that is given such answers; how often it asks and writes back.
fn worker(lease: Lease, is_on_local_disk: bool) -> (Worker, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let (asked, written_back) = <(Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
    let io = Answers {
        lease,
        is_on_local_disk,
        asked: Arc::clone(&asked),
        written_back: Arc::clone(&written_back),
    };
    let kit = Scratch::new(HashAlgorithm::Blake3);
    let worker = Worker::new(
        Box::new(io),
        kit,
        CancelToken::default(),
        Heartbeat::default(),
    );
    (worker, asked, written_back)
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
        let (mut worker, _, count) = worker(Lease::Held, is_on_local_disk);
        assert_eq!(
            worker.guard_against_writes(&file, &now),
            Ok(WriteGuard::Lease)
        );
        assert_eq!(count.load(Ordering::Relaxed), written_back);
        let held = worker.guard_against_writes(&file, &earlier);
        assert_eq!(held.is_ok(), is_on_local_disk, "{held:?}");
    }
}

#[test]
fn many_refusals_use_patience_up() {
    let file = tempfile::tempfile().unwrap();
    let stat = platform::stat_file(&file).unwrap();
    let (mut worker, asked, _) = worker(Lease::Refused, true);
    let mut asks = || {
        let before = asked.load(Ordering::Relaxed);
        assert!(worker.guard_against_writes(&file, &stat).is_err());
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
