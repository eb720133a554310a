//! Reads files one by one or in lockstep, and checks exactly what that proves.

use super::guarded_reader::{CheckedFile, WriteGuard};
use super::lockstep::Member;
use super::{Worker, changed};
use crate::types::{Batch, Job, TaskResult};

impl Worker {
    /// Hashes each file of a batch, or a segment of it, or compares each with
    /// the first one. Those of one size are read in lockstep. Data that is not
    /// in memory is requested first and hashed last, so that a disk and a
    /// processor work at the same time.
    pub(super) fn read_each(&mut self, batch: &Batch) -> Vec<TaskResult> {
        let mut results = vec![TaskResult::Undone; batch.tasks.len()];
        let mut requested: Vec<Member> = Vec::new();
        let mut same_size: Vec<Member> = Vec::new();
        let sizes = Sizes::of(batch);
        let mut at = 0;
        for run in batch.by_directory() {
            // A hang or a panic from here on is attributed to this file.
            self.reader.heartbeat.start_task(at);
            self.reader.io.enter(run.dir, run.tasks.len());
            for task in run.tasks {
                self.reader.heartbeat.start_task(at);
                let is_comparison = batch.job == Job::Compare;
                let is_full =
                    !is_comparison && requested.len() + same_size.len() + 1 >= self.max_open_files;
                let hashed = self.catch_panic(|worker| {
                    let opened = worker.reader.open_checked(batch, task)?;
                    let (offset, length) = range_of(batch.job, opened.stat.size);
                    let is_missing =
                        worker
                            .reader
                            .io
                            .request_readahead(&opened.file, offset, length);
                    let has_company = is_comparison || sizes.occurs_again(opened.stat.size);
                    if (is_missing || has_company) && !is_full {
                        let later = if has_company {
                            &mut same_size
                        } else {
                            &mut requested
                        };
                        later.push(Member { at, opened });
                        return Ok(TaskResult::Undone);
                    }
                    worker.hash_opened(batch.job, at, &opened)
                });
                results[at] = hashed.unwrap_or_else(|result| result);
                at += 1;
            }
        }
        same_size.sort_by_key(|member| member.opened.stat.size);
        while let Some(last) = same_size.last() {
            let size = last.opened.stat.size;
            let from = same_size.partition_point(|member| member.opened.stat.size < size);
            let members = same_size.split_off(from);
            self.read_in_lockstep(batch.job, members, &mut results);
        }
        for Member { at, opened } in requested {
            self.reader.heartbeat.start_task(at);
            let hashed = self.catch_panic(|worker| worker.hash_opened(batch.job, at, &opened));
            results[at] = hashed.unwrap_or_else(|result| result);
        }
        let is_proved = |result: &TaskResult| matches!(result, TaskResult::Proved(_));
        if batch.job == Job::Compare && !results.first().is_some_and(is_proved) {
            // A comparison with a file that failed proves nothing.
            let proved = results.iter_mut().filter(|result| is_proved(result));
            proved.for_each(|result| *result = TaskResult::Undone);
        }
        results
    }

    fn hash_opened(
        &mut self,
        job: Job,
        at: usize,
        opened: &CheckedFile,
    ) -> Result<TaskResult, TaskResult> {
        let guard = self.guard_for_job(job, opened)?;
        let hashed = match job {
            Job::Segment(segment) => self.hash_segment(opened, segment, guard),
            Job::Partial | Job::Full | Job::Compare | Job::Extents => {
                self.hash_whole(opened, guard)
            }
        };
        if hashed.is_err() {
            self.scratch.hasher.reset();
        }
        let evidence = hashed?;
        self.reader.confirm(&opened.file, &opened.stat, guard)?;
        let generation = self.reader.generation(&opened.file, &opened.stat);
        self.set_generation(at, generation);
        Ok(TaskResult::Proved(evidence))
    }

    /// Guards a file that is read for a job against writes. A file that is read
    /// at several times has to be settled: no lease lasts from one time to the
    /// next. A comparison asks for a lease also on settled files.
    pub(super) fn guard_for_job(
        &mut self,
        job: Job,
        opened: &CheckedFile,
    ) -> Result<WriteGuard, TaskResult> {
        if job == Job::Compare {
            return self.reader.guard_with_lease(&opened.file, &opened.stat);
        }
        let guard = self
            .reader
            .guard_against_writes(&opened.file, &opened.stat)?;
        match job {
            Job::Segment(_) if guard != WriteGuard::Settled => Err(changed(
                "it was written to so recently that it cannot be read in parts",
            )),
            _ => Ok(guard),
        }
    }
}

/// The sizes that occur more than once in a batch.
struct Sizes(Vec<u64>);

impl Sizes {
    fn of(batch: &Batch) -> Self {
        let mut sizes: Vec<u64> = batch.tasks.iter().map(|t| t.expected.size).collect();
        sizes.sort_unstable();
        let pairs = sizes.windows(2).filter(|pair| pair[0] == pair[1]);
        Self(pairs.map(|pair| pair[0]).collect())
    }

    fn occurs_again(&self, size: u64) -> bool {
        self.0.binary_search(&size).is_ok()
    }
}

/// The range that a job reads of a file: offset and length.
fn range_of(job: Job, size: u64) -> (u64, u64) {
    match job {
        Job::Segment(segment) => (segment.offset, segment.length),
        Job::Partial | Job::Full | Job::Compare | Job::Extents => (0, size),
    }
}
