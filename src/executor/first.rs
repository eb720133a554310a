//! Small work before there are workers: done by whoever has it.
//!
//! To start a thread takes as long as to read a dozen small files that are in
//! memory, and all else gets slower by it: memory is allocated under locks, and
//! the end of the process waits for another processor. So what a small scan
//! has to read is read without.
//!
//! But whoever leads a scan must never wait for a disk or a server. So only
//! files are taken on that lie where reads do not hang and are in memory; the
//! first that is not ends it.

use super::worker_factory::WorkerFactory;
use crate::types::{Batch, BatchOutcome, Heartbeat, Job, SHARE_LIMIT, Task};
use crate::worker::Worker;

/// So many files are read in all, at some microseconds each: for as long as
/// it takes to start some threads. Scans of 3 and of 65 files (on two
/// processors) take 0.7 times as long since they start none at all.
const MAX_FILES: usize = 64;

/// One worker on the caller's thread, for as long as nothing has to be waited
/// for.
pub struct FirstHand {
    worker: Worker,
    bytes: u64,
    devices: Vec<u64>,
    left: usize,
}

impl FirstHand {
    /// With a worker made by this recipe, for files on devices where reads do
    /// not hang.
    #[must_use]
    pub fn new(factory: &WorkerFactory, devices: Vec<u64>) -> Self {
        Self {
            worker: factory.worker(Heartbeat::default()),
            bytes: 0,
            devices,
            left: MAX_FILES,
        }
    }

    /// Does a batch, if that can be done without waiting. Where it cannot,
    /// nothing was done, and nothing else should be tried.
    pub fn run(&mut self, batch: &Batch) -> Option<BatchOutcome> {
        self.left = self.left.checked_sub(batch.tasks.len())?;
        let taken = takes(batch, &self.devices).then(|| self.worker.run_at_once(batch));
        let outcome = taken.flatten()?;
        self.bytes += outcome.bytes_read;
        Some(outcome)
    }

    /// Bytes of content read for what it did.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Whether a batch is for small reads where these do not hang. A link that was
/// followed may lead anywhere by now, and to ask for the blocks that a large
/// file shares may mean to write them first.
fn takes(batch: &Batch, devices: &[u64]) -> bool {
    let is_easy = |task: &Task| {
        !task.follow && task.expected.size < SHARE_LIMIT && devices.contains(&task.expected.id.dev)
    };
    batch.job == Job::Partial && batch.tasks.iter().all(is_easy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HashAlgorithm;
    use crate::io::{FileIo, Pread};
    use crate::platform;
    use crate::types::{CancelToken, Evidence, FileLocation, FileStat, TaskResult};
    use std::fs::{self, File};
    use std::io;
    use std::path::Path;
    use std::sync::Arc;
    use tempfile::TempDir;

    /// What is not in memory, for who looks like this, waits.
    struct Cold(Pread);

    impl FileIo for Cold {
        fn enter(&mut self, dir: &[u8], files: usize) {
            self.0.enter(dir, files);
        }
        fn open(&mut self, place: FileLocation<'_>) -> io::Result<File> {
            self.0.open(place)
        }
        fn stat(&mut self, file: &File) -> io::Result<FileStat> {
            self.0.stat(file)
        }
        fn read_at(&mut self, _: &File, _: &mut [u8], _: u64) -> io::Result<usize> {
            panic!("whoever leads does not wait");
        }
        fn read_now(&mut self, _: &File, _: &mut [u8], _: u64) -> io::Result<usize> {
            Err(io::ErrorKind::WouldBlock.into())
        }
    }

    fn hand(cold: bool, devices: Vec<u64>) -> FirstHand {
        let make = move || -> Box<dyn FileIo> {
            if cold {
                Box::new(Cold(Pread::new()))
            } else {
                Box::new(Pread::new())
            }
        };
        let factory = WorkerFactory::new(
            Arc::new(make),
            HashAlgorithm::Blake3,
            CancelToken::default(),
        );
        FirstHand::new(&factory, devices)
    }

    fn files(count: usize) -> (TempDir, u64) {
        let dir = tempfile::tempdir().unwrap();
        for n in 0..count {
            fs::write(dir.path().join(n.to_string()), "content").unwrap();
        }
        let device = platform::stat_path(dir.path(), false).unwrap().id.dev;
        (dir, device)
    }

    fn batch(dir: &Path, count: usize, change: impl Fn(&mut FileStat)) -> Batch {
        let mut batch = Batch::new(Job::Partial);
        batch.enter(platform::bytes_of(dir.as_os_str()));
        for n in 0..count {
            let name = n.to_string();
            let mut stat = platform::stat_path(&dir.join(&name), false).unwrap();
            change(&mut stat);
            batch.push(n as u32, name.as_bytes(), false, stat);
        }
        batch
    }

    #[test]
    fn what_is_in_memory_is_read_and_hashed() {
        let (dir, device) = files(3);
        let mut hand = hand(false, vec![device]);
        let outcome = hand.run(&batch(dir.path(), 3, |_| {})).unwrap();
        assert_eq!((outcome.files.len(), outcome.bytes_read), (3, 21));
        assert_eq!(hand.bytes(), 21);
        for file in outcome.files {
            assert!(matches!(
                file.finding,
                TaskResult::Proved(Evidence::Whole(_))
            ));
        }
    }

    #[test]
    fn what_is_not_in_memory_is_left_alone() {
        let (dir, device) = files(3);
        let mut hand = hand(true, vec![device]);
        assert_eq!(hand.run(&batch(dir.path(), 3, |_| {})), None);
    }

    #[test]
    fn what_may_hang_is_not_even_opened() {
        let (dir, device) = files(2);
        let mut hand = hand(false, vec![device]);
        let elsewhere = batch(dir.path(), 2, |stat| stat.id.dev += 1);
        assert_eq!(hand.run(&elsewhere), None);
        let large = batch(dir.path(), 2, |stat| stat.size = SHARE_LIMIT);
        assert_eq!(hand.run(&large), None);
        let mut full = batch(dir.path(), 2, |_| {});
        full.job = Job::Full;
        assert_eq!(hand.run(&full), None);
        let mut link = batch(dir.path(), 2, |_| {});
        link.tasks[1].follow = true;
        assert_eq!(hand.run(&link), None);
    }

    #[test]
    fn it_does_only_so_much() {
        let (dir, device) = files(MAX_FILES);
        let mut hand = hand(false, vec![device]);
        assert!(
            hand.run(&batch(dir.path(), MAX_FILES - 1, |_| {}))
                .is_some()
        );
        assert!(hand.run(&batch(dir.path(), 2, |_| {})).is_none());
    }
}
