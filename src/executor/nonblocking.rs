//! Runs small batches on the caller's thread before any worker is started.
//!
//! Starting a thread takes as long as reading a dozen small files that are in
//! memory, and slows down all else: memory is allocated under locks, and the
//! end of the process waits for another processor. So the files of a small scan
//! are read without threads.
//!
//! But the coordinator must never wait for a disk or a server. So only files
//! are read that are on devices where reads do not hang and are in memory; the
//! first that is not ends it.

use super::worker_factory::WorkerFactory;
use crate::types::{Batch, BatchOutcome, Heartbeat, Job, SHARE_LIMIT, Task};
use crate::worker::Worker;

/// Maximum number of files read in all, at some microseconds each: as long as
/// it takes to start some threads. Scans of 3 and of 65 files (on two
/// processors) take 0.7 times as long since they start none at all.
const MAX_FILES: usize = 64;

/// One worker on the caller's thread, as long as no read has to wait.
pub(crate) struct NonBlockingRunner {
    worker: Worker,
    bytes: u64,
    devices: Vec<u64>,
    left: usize,
}

impl NonBlockingRunner {
    /// Creates one with a worker from `factory`, for files on devices where
    /// reads do not hang.
    #[must_use]
    pub(crate) fn new(factory: &WorkerFactory, devices: Vec<u64>) -> Self {
        Self {
            worker: factory.worker(Heartbeat::default()),
            bytes: 0,
            devices,
            left: MAX_FILES,
        }
    }

    /// Runs a batch if that is possible without waiting. `None` means that
    /// nothing was done and no further batch should be tried.
    pub(crate) fn run(&mut self, batch: &Batch) -> Option<BatchOutcome> {
        self.left = self.left.checked_sub(batch.tasks.len())?;
        let taken = is_nonblocking(batch, &self.devices).then(|| self.worker.run_at_once(batch));
        let outcome = taken.flatten()?;
        self.bytes += outcome.bytes_read;
        Some(outcome)
    }

    /// Bytes of content read for completed batches.
    #[must_use]
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Returns true if a batch consists of small reads on devices where these do
/// not hang. A link that was followed may lead anywhere by now, and a query for
/// the blocks that a large file shares may first write them to disk.
fn is_nonblocking(batch: &Batch, devices: &[u64]) -> bool {
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

    /// A reader for which nothing is in memory.
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

    fn runner(cold: bool, devices: Vec<u64>) -> NonBlockingRunner {
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
        NonBlockingRunner::new(&factory, devices)
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
    fn files_in_memory_are_read_and_hashed() {
        let (dir, device) = files(3);
        let mut runner = runner(false, vec![device]);
        let outcome = runner.run(&batch(dir.path(), 3, |_| {})).unwrap();
        assert_eq!((outcome.files.len(), outcome.bytes_read), (3, 21));
        assert_eq!(runner.bytes(), 21);
        for file in outcome.files {
            assert!(matches!(
                file.finding,
                TaskResult::Proved(Evidence::Whole(_))
            ));
        }
    }

    #[test]
    fn files_not_in_memory_are_refused() {
        let (dir, device) = files(3);
        let mut runner = runner(true, vec![device]);
        assert_eq!(runner.run(&batch(dir.path(), 3, |_| {})), None);
    }

    #[test]
    fn files_that_may_hang_are_not_opened() {
        let (dir, device) = files(2);
        let mut runner = runner(false, vec![device]);
        let elsewhere = batch(dir.path(), 2, |stat| stat.id.dev += 1);
        assert_eq!(runner.run(&elsewhere), None);
        let large = batch(dir.path(), 2, |stat| stat.size = SHARE_LIMIT);
        assert_eq!(runner.run(&large), None);
        let mut full = batch(dir.path(), 2, |_| {});
        full.job = Job::Full;
        assert_eq!(runner.run(&full), None);
        let mut link = batch(dir.path(), 2, |_| {});
        link.tasks[1].follow = true;
        assert_eq!(runner.run(&link), None);
    }

    #[test]
    fn it_stops_after_the_maximum_of_files() {
        let (dir, device) = files(MAX_FILES);
        let mut runner = runner(false, vec![device]);
        assert!(
            runner
                .run(&batch(dir.path(), MAX_FILES - 1, |_| {}))
                .is_some()
        );
        assert!(runner.run(&batch(dir.path(), 2, |_| {})).is_none());
    }
}
