//! Compares files byte by byte, in lockstep.

use super::file::{Checked, ended_early};
use super::scratch::CHUNK;
use super::write_guard::WriteGuard;
use super::{Worker, failed};
use crate::io::read_full;
use crate::types::{Batch, Evidence, TaskResult};

enum ComparedFile {
    Reading(Checked, WriteGuard),
    Decided(TaskResult),
}

impl Worker {
    /// Compares every file of the batch with the first one.
    pub(super) fn compare(&mut self, batch: &Batch, read: &mut u64) -> Vec<TaskResult> {
        let mut compared: Vec<ComparedFile> = Vec::with_capacity(batch.tasks.len());
        for (at, task) in batch.tasks.iter().enumerate() {
            self.heartbeat.start_task(at);
            self.io.enter(batch.location(task).dir, 1);
            let held = self.open_checked(batch, task).and_then(|opened| {
                let guard = self.guard_with_lease(&opened.file, &opened.stat)?;
                Ok(ComparedFile::Reading(opened, guard))
            });
            compared.push(held.unwrap_or_else(ComparedFile::Decided));
        }
        let Some((first, others)) = compared.split_first_mut() else {
            return Vec::new();
        };
        if let ComparedFile::Reading(pivot, guard) = first
            && let Some(finding) = self.compare_with(pivot, *guard, others, read)
        {
            *first = ComparedFile::Decided(finding);
        }
        let first = self.conclude(first);
        let pivot_is_proved = matches!(first, TaskResult::Proved(_));
        let others: Vec<TaskResult> = others
            .iter_mut()
            .map(|other| match self.conclude(other) {
                // The first file failed, so equality with it proves nothing.
                TaskResult::Proved(_) if !pivot_is_proved => TaskResult::Undone,
                finding => finding,
            })
            .collect();
        std::iter::once(first).chain(others).collect()
    }

    /// Reads all files in lockstep until the first one ends or no other is
    /// left. Returns the failure of the first one, if it failed.
    fn compare_with(
        &mut self,
        pivot: &Checked,
        pivot_guard: WriteGuard,
        others: &mut [ComparedFile],
        read: &mut u64,
    ) -> Option<TaskResult> {
        self.scratch.buffer.allocate();
        self.scratch.second.allocate();
        let size = pivot.stat.size;
        let mut at = 0;
        while at < size {
            if self.cancel.is_cancelled() {
                return Some(TaskResult::Undone);
            }
            if !others
                .iter()
                .any(|o| matches!(o, ComparedFile::Reading(..)))
            {
                return None;
            }
            let length = usize::try_from(size - at).map_or(CHUNK, |rest| rest.min(CHUNK));
            self.heartbeat.start_task(0);
            match self.read_step(pivot, pivot_guard, at, length, read) {
                Ok(()) => std::mem::swap(&mut self.scratch.buffer, &mut self.scratch.second),
                Err(finding) => return Some(finding),
            }
            for (other, task) in others.iter_mut().zip(1..) {
                let ComparedFile::Reading(opened, guard) = other else {
                    continue;
                };
                self.heartbeat.start_task(task);
                let decided = match self.read_step(opened, *guard, at, length, read) {
                    Ok(()) if self.scratch.buffer[..length] == self.scratch.second[..length] => {
                        continue;
                    }
                    Ok(()) => TaskResult::Proved(Evidence::DiffersFromFirst),
                    Err(finding) => finding,
                };
                // A difference counts only if the file did not change.
                let held = self.confirm(&opened.file, &opened.stat, *guard);
                *other = ComparedFile::Decided(held.err().unwrap_or(decided));
            }
            at += length as u64;
        }
        None
    }

    /// Reads exactly `length` bytes, which fit the buffer.
    pub(super) fn read_step(
        &mut self,
        opened: &Checked,
        guard: WriteGuard,
        offset: u64,
        length: usize,
        read: &mut u64,
    ) -> Result<(), TaskResult> {
        let buffer = &mut self.scratch.buffer[..length];
        let filled = read_full(&mut *self.io, &opened.file, buffer, offset)
            .map_err(|error| failed(&error))?;
        self.count(read, filled);
        if filled == length {
            self.still_guarded(&opened.file, guard)
        } else {
            Err(ended_early())
        }
    }

    /// A file that was read to the end equals the first one, if it did not
    /// change meanwhile.
    fn conclude(&mut self, compared: &mut ComparedFile) -> TaskResult {
        match compared {
            ComparedFile::Reading(opened, guard) => self
                .confirm(&opened.file, &opened.stat, *guard)
                .err()
                .unwrap_or(TaskResult::Proved(Evidence::EqualsFirst)),
            ComparedFile::Decided(finding) => finding.clone(),
        }
    }
}
