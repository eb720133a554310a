//! The one worker loop: takes a batch, opens, checks that each file is still
//! the one the walk saw, reads, hashes, checks again, answers.
//!
//! Where the loop runs and how batches reach it is the executor's business.

mod compare;
mod file;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::config::HashAlgorithm;
use crate::error::{FailureKind, describe};
use crate::hash::Hasher;
use crate::io::FileIo;
use crate::model::{Batch, BatchOutcome, CancelToken, FileOutcome, Finding, Job, Task};
use crate::sys;

/// How many bytes one read of a large file asks for. Large enough that the
/// system calls vanish beside the hashing, small enough to stay in the cache
/// of a core between the two.
const CHUNK: usize = 256 * 1024;

/// One worker: what it reads with, what it hashes with, and its buffers.
pub struct Worker {
    io: Box<dyn FileIo>,
    algorithm: HashAlgorithm,
    hasher: Hasher,
    buffer: Vec<u8>,
    second: Vec<u8>,
    cancel: CancelToken,
    bytes_read: Arc<AtomicU64>,
}

impl Worker {
    /// A worker that reads through `io` and adds what it reads to
    /// `bytes_read` as it goes.
    #[must_use]
    pub fn new(
        io: Box<dyn FileIo>,
        algorithm: HashAlgorithm,
        cancel: CancelToken,
        bytes_read: Arc<AtomicU64>,
    ) -> Self {
        Self {
            io,
            algorithm,
            hasher: Hasher::new(algorithm),
            buffer: vec![0; CHUNK],
            second: Vec::new(),
            cancel,
            bytes_read,
        }
    }

    /// Does all that the batch asks for. Always answers, once for every task
    /// and in their order; a panic is the failure of the file it came from.
    pub fn run(&mut self, batch: &Batch) -> BatchOutcome {
        let mut read = 0;
        let findings = match batch.job {
            Job::Compare => self.compare_guarded(batch, &mut read),
            Job::Partial | Job::Full => self.hash_each(batch, &mut read),
        };
        BatchOutcome {
            job: batch.job,
            files: batch
                .tasks
                .iter()
                .zip(findings)
                .map(|(task, finding)| FileOutcome {
                    token: task.token,
                    finding,
                })
                .collect(),
            bytes_read: read,
        }
    }

    fn hash_each(&mut self, batch: &Batch, read: &mut u64) -> Vec<Finding> {
        let mut findings = Vec::with_capacity(batch.tasks.len());
        let mut rest = &batch.tasks[..];
        while let Some(first) = rest.first() {
            let dir = batch.place(first).dir;
            let same = rest
                .iter()
                .take_while(|task| std::ptr::eq(batch.place(task).dir, dir))
                .count();
            let (here, later) = rest.split_at(same);
            self.io.enter(dir, same);
            for task in here {
                findings.push(self.hash_guarded(batch, task, read));
            }
            rest = later;
        }
        findings
    }

    fn hash_guarded(&mut self, batch: &Batch, task: &Task, read: &mut u64) -> Finding {
        if self.cancel.is_cancelled() {
            return Finding::Undone;
        }
        // A panic may leave the hasher half fed and nothing else out of
        // order: the buffers hold no meaning between files.
        match catch_unwind(AssertUnwindSafe(|| self.hash_file(batch, task, read))) {
            Ok(finding) => finding,
            Err(cause) => {
                self.hasher = Hasher::new(self.algorithm);
                panicked(&*cause)
            }
        }
    }

    fn compare_guarded(&mut self, batch: &Batch, read: &mut u64) -> Vec<Finding> {
        match catch_unwind(AssertUnwindSafe(|| self.compare(batch, read))) {
            Ok(findings) => findings,
            // Which of the files it was cannot be told: none is confirmed.
            Err(cause) => vec![panicked(&*cause); batch.tasks.len()],
        }
    }

    fn count(&self, read: &mut u64, bytes: usize) {
        *read += bytes as u64;
        self.bytes_read.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

fn panicked(cause: &(dyn std::any::Any + Send)) -> Finding {
    let what = cause
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| cause.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    Finding::Failed(
        FailureKind::Panic,
        format!("reading it failed inside nodupe ({what}); please report this"),
    )
}

fn failed(error: &std::io::Error) -> Finding {
    Finding::Failed(sys::failure_kind(error), describe(error))
}

fn changed(how: &str) -> Finding {
    Finding::Failed(FailureKind::Changed, how.to_owned())
}
