//! Reads files one by one or in lockstep, and checks exactly what that proves.

use std::fs::File;

use super::lockstep::Member;
use super::write_guard::WriteGuard;
use super::{Worker, changed, failed};
use crate::error::FailureKind;
use crate::io::read_full;
use crate::platform;
use crate::types::{Batch, FileId, FileStat, Job, Task, TaskResult};

/// An open file that is still the one the walk saw.
pub(super) struct Checked {
    pub(super) file: File,
    pub(super) stat: FileStat,
}

impl Worker {
    /// Hashes each file of a batch, or a segment of it, or compares each with
    /// the first one. Those of one size are read in lockstep. Data that is not
    /// in memory is requested first and hashed last, so that a disk and a
    /// processor work at the same time.
    pub(super) fn read_each(&mut self, batch: &Batch, read: &mut u64) -> Vec<TaskResult> {
        let mut findings = vec![TaskResult::Undone; batch.tasks.len()];
        let mut requested: Vec<Member> = Vec::new();
        let mut same_size: Vec<Member> = Vec::new();
        let sizes = Sizes::of(batch);
        let mut at = 0;
        for run in batch.by_directory() {
            // If this hangs or fails, it is for this file.
            self.heartbeat.start_task(at);
            self.io.enter(run.dir, run.tasks.len());
            for task in run.tasks {
                self.heartbeat.start_task(at);
                let is_comparison = batch.job == Job::Compare;
                let is_full =
                    !is_comparison && requested.len() + same_size.len() + 1 >= self.max_open_files;
                let hashed = self.catch_panic(|worker| {
                    let opened = worker.open_checked(batch, task)?;
                    let (offset, length) = wanted(batch.job, opened.stat.size);
                    let is_missing = worker.io.request_readahead(&opened.file, offset, length);
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
                    worker.hash_opened(batch.job, &opened, read)
                });
                findings[at] = hashed.unwrap_or_else(|finding| finding);
                at += 1;
            }
        }
        same_size.sort_by_key(|member| member.opened.stat.size);
        while let Some(last) = same_size.last() {
            let size = last.opened.stat.size;
            let from = same_size.partition_point(|member| member.opened.stat.size < size);
            let members = same_size.split_off(from);
            self.read_in_lockstep(batch.job, members, &mut findings, read);
        }
        for Member { at, opened } in requested {
            self.heartbeat.start_task(at);
            let hashed = self.catch_panic(|worker| worker.hash_opened(batch.job, &opened, read));
            findings[at] = hashed.unwrap_or_else(|finding| finding);
        }
        let is_proved = |finding: &TaskResult| matches!(finding, TaskResult::Proved(_));
        if batch.job == Job::Compare && !findings.first().is_some_and(is_proved) {
            // A comparison with a file that failed proves nothing.
            let proved = findings.iter_mut().filter(|finding| is_proved(finding));
            proved.for_each(|finding| *finding = TaskResult::Undone);
        }
        findings
    }

    fn hash_opened(
        &mut self,
        job: Job,
        opened: &Checked,
        read: &mut u64,
    ) -> Result<TaskResult, TaskResult> {
        let (file, size) = (&opened.file, opened.stat.size);
        let guard = self.guard_for_job(job, opened)?;
        let hashed = match job {
            Job::Segment(segment) => self.hash_segment(file, segment, size, guard, read),
            Job::Partial | Job::Full | Job::Compare | Job::Extents => {
                self.hash_whole(file, size, guard, read)
            }
        };
        if hashed.is_err() {
            self.scratch.hasher.reset();
        }
        let evidence = hashed?;
        self.confirm(file, &opened.stat, guard)?;
        Ok(TaskResult::Proved(evidence))
    }

    /// Opens a task's file unless it is no longer the one the walk saw. Nothing
    /// is read before that is certain.
    pub(super) fn open_checked(
        &mut self,
        batch: &Batch,
        task: &Task,
    ) -> Result<Checked, TaskResult> {
        let file = self.open(batch, task)?;
        let stat = self.check_unchanged(&file, &task.expected)?;
        Ok(Checked { file, stat })
    }

    /// Opens a task's file, without checking which one it is by now.
    pub(super) fn open(&mut self, batch: &Batch, task: &Task) -> Result<File, TaskResult> {
        let opened = self.io.open(batch.location(task));
        self.heartbeat.beat();
        opened.map_err(|error| {
            if platform::is_link_loop(&error) {
                changed("it became a symbolic link while the scan ran")
            } else if platform::is_not_regular(&error) {
                changed("it is no longer a regular file")
            } else if error.kind() == std::io::ErrorKind::WouldBlock {
                // The kernel has told its holder that somebody wants to read,
                // and would have this process wait for the answer.
                changed("another program holds a write lease on it")
            } else {
                failed(&error)
            }
        })
    }

    /// Guards a file that is read for a job against writes. A file that is read
    /// at several times has to be settled: no lease lasts from one time to the
    /// next. A comparison asks for a lease also on settled files.
    pub(super) fn guard_for_job(
        &mut self,
        job: Job,
        opened: &Checked,
    ) -> Result<WriteGuard, TaskResult> {
        if job == Job::Compare {
            return self.guard_with_lease(&opened.file, &opened.stat);
        }
        let guard = self.guard_against_writes(&opened.file, &opened.stat)?;
        match job {
            Job::Segment(_) if guard != WriteGuard::Settled => Err(changed(
                "it was written to so recently that it cannot be read in parts",
            )),
            _ => Ok(guard),
        }
    }

    /// Hashes exactly `length` bytes, which fit the buffer.
    pub(super) fn read_and_hash(
        &mut self,
        file: &File,
        offset: u64,
        length: usize,
        read: &mut u64,
    ) -> Result<(), TaskResult> {
        let buffer = &mut self.scratch.buffer[..length];
        let filled =
            read_full(&mut *self.io, file, buffer, offset).map_err(|error| failed(&error))?;
        self.scratch.hasher.update(&self.scratch.buffer[..filled]);
        self.count(read, filled);
        if filled == length {
            Ok(())
        } else {
            Err(ended_early())
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
fn wanted(job: Job, size: u64) -> (u64, u64) {
    match job {
        Job::Segment(segment) => (segment.offset, segment.length),
        Job::Partial | Job::Full | Job::Compare | Job::Extents => (0, size),
    }
}

/// The failure of a file that holds fewer bytes than its size promises.
pub(super) fn ended_early() -> TaskResult {
    TaskResult::Failed(
        FailureKind::Changed,
        "it ended before the size it is said to have".to_owned(),
    )
}

pub(super) fn difference(before: &FileStat, after: &FileStat) -> Option<&'static str> {
    if before.unchanged_in(after) {
        None
    } else if before.id != after.id {
        Some("another file took its name while the scan ran")
    } else if before.size != after.size {
        Some("its size changed while the scan ran")
    } else if before.modified != after.modified {
        Some("it was written to while the scan ran")
    } else {
        Some("its metadata changed while the scan ran")
    }
}

/// Returns true if only the inode number differs. Another file that took the
/// name would hardly have the same times; a file system that makes numbers up
/// gives the same file another one.
pub(super) fn is_renumbered(before: &FileStat, after: &FileStat) -> bool {
    let id = FileId {
        ino: before.id.ino,
        ..after.id
    };
    before.id != after.id && before.unchanged_in(&FileStat { id, ..*after })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{FileKind, Timestamp};

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
}
