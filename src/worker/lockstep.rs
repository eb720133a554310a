//! Reads files that are probably equal in lockstep: to compare them, or to hash
//! their common part once.
//!
//! Files that are hashed here agree with others in size and ends, and mostly in
//! the rest. Comparing bytes takes a fraction of the time of hashing them, so as
//! long as files are equal one hasher serves all of them. A file that differs
//! continues with a copy of that hasher: up to there its bytes were the same.
//! So each file gets the digest that it would get alone, and is read once. In a
//! comparison there is no hasher, and a file that differs from the first one is
//! done.
//!
//! 135 files of 16 to 64 MiB in the cache, of which 27 pairs are equal, take
//! 0.81 times as long this way, and 0.84 times the processor time. Steps of
//! half the size take 4 % more; so does hashing before the others are read,
//! though the bytes are nearer then.

use super::Worker;
use super::guarded_reader::{CheckedFile, WriteGuard, ended_early};
use super::scratch::CHUNK;
use crate::hash::Hasher;
use crate::types::{Evidence, Job, TaskResult};

/// An open file, and its index in the batch.
pub(super) struct Member {
    pub(super) at: usize,
    pub(super) opened: CheckedFile,
}

/// Files that are equal so far.
struct EqualFiles {
    /// None in a comparison.
    hasher: Option<Hasher>,
    members: Vec<GuardedFile>,
}

/// A file that is guarded against writes while it is read.
struct GuardedFile {
    at: usize,
    opened: CheckedFile,
    guard: WriteGuard,
}

impl Worker {
    /// Reads the range that the job asks for of files of one size, and records
    /// the results.
    pub(super) fn read_in_lockstep(
        &mut self,
        job: Job,
        members: Vec<Member>,
        results: &mut [TaskResult],
    ) {
        let Some(first) = members.first() else { return };
        let size = first.opened.stat.size;
        let (mut at, end) = match job {
            Job::Segment(segment) if segment.is_of(size) => (segment.offset, segment.end()),
            // If files have no such segment its hash would be meaningless.
            Job::Segment(_) => {
                for member in members {
                    results[member.at] = ended_early();
                }
                return;
            }
            Job::Partial | Job::Full | Job::Compare | Job::Extents => (0, size),
        };
        self.scratch.buffer.allocate();
        self.scratch.second.allocate();
        let mut hasher = (job != Job::Compare).then(|| self.scratch.hasher());
        if let (Job::Segment(segment), Some(hasher)) = (job, &mut hasher) {
            hasher.begin_segment(segment.offset);
        }
        let mut held = Vec::with_capacity(members.len());
        for Member { at, opened } in members {
            self.reader.heartbeat.start_task(at);
            match self.catch_panic(|worker| worker.guard_for_job(job, &opened)) {
                Ok(guard) => held.push(GuardedFile { at, opened, guard }),
                Err(result) => results[at] = result,
            }
        }
        let mut groups = vec![EqualFiles {
            hasher,
            members: held,
        }];
        while at < end {
            groups.retain(|group| !group.members.is_empty());
            let Some(first) = groups.first() else { return };
            // A comparison is over without the first file, or without another.
            let has_company = matches!(&first.members[..], [first, _, ..] if first.at == 0);
            if job == Job::Compare && !has_company {
                break;
            }
            let length = usize::try_from(end - at).map_or(CHUNK, |rest| rest.min(CHUNK));
            let mut split_off = Vec::new();
            for group in &mut groups {
                self.step(group, (at, length), &mut split_off, results);
            }
            groups.append(&mut split_off);
            at += length as u64;
        }
        for EqualFiles { hasher, members } in groups {
            let result = match (job, hasher) {
                (_, None) => TaskResult::Proved(Evidence::EqualsFirst),
                (Job::Segment(_), Some(mut hasher)) => match hasher.finish_segment() {
                    Some(value) => TaskResult::Proved(Evidence::Segment(value)),
                    None => super::full::segments_unsupported(),
                },
                (_, Some(mut hasher)) => TaskResult::Proved(Evidence::Whole(hasher.finish())),
            };
            for member in &members {
                results[member.at] = self.confirm_member(member, &result);
            }
        }
    }

    /// Returns the result of a file that was read, if it did not change
    /// meanwhile.
    fn confirm_member(&mut self, member: &GuardedFile, result: &TaskResult) -> TaskResult {
        let GuardedFile { at, opened, guard } = member;
        self.reader.heartbeat.start_task(*at);
        let held = self.catch_panic(|worker| {
            worker.reader.confirm(&opened.file, &opened.stat, *guard)?;
            let generation = worker.reader.generation(&opened.file, &opened.stat);
            worker.set_generation(*at, generation);
            Ok(())
        });
        held.err().unwrap_or_else(|| result.clone())
    }

    /// Reads exactly `length` bytes, which fit the buffer.
    pub(super) fn read_step(
        &mut self,
        opened: &CheckedFile,
        guard: WriteGuard,
        offset: u64,
        length: usize,
    ) -> Result<(), TaskResult> {
        let buffer = &mut self.scratch.buffer[..length];
        self.reader
            .fill(&opened.file, &opened.stat, buffer, offset)?;
        self.reader.still_guarded(&opened.file, guard)
    }

    /// Reads the next bytes of files that are equal so far. Those that differ
    /// now are split off.
    fn step(
        &mut self,
        group: &mut EqualFiles,
        (offset, length): (u64, usize),
        split_off: &mut Vec<EqualFiles>,
        results: &mut [TaskResult],
    ) {
        let mut equal: Vec<GuardedFile> = Vec::with_capacity(group.members.len());
        for member in std::mem::take(&mut group.members) {
            self.reader.heartbeat.start_task(member.at);
            let (opened, guard) = (&member.opened, member.guard);
            if let Err(result) =
                self.catch_panic(|worker| worker.read_step(opened, guard, offset, length))
            {
                results[member.at] = result;
                continue;
            }
            let buffers = &mut self.scratch;
            if equal.is_empty() {
                // The others are compared with this one.
                std::mem::swap(&mut buffers.buffer, &mut buffers.second);
                equal.push(member);
            } else if buffers.buffer[..length] == buffers.second[..length] {
                equal.push(member);
            } else if let Some(hasher) = &group.hasher {
                let mut hasher = hasher.clone();
                hasher.update(&buffers.buffer[..length]);
                split_off.push(EqualFiles {
                    hasher: Some(hasher),
                    members: vec![member],
                });
            } else {
                // A difference counts only if the file did not change.
                let differs = TaskResult::Proved(Evidence::DiffersFromFirst);
                results[member.at] = self.confirm_member(&member, &differs);
            }
        }
        if !equal.is_empty()
            && let Some(hasher) = &mut group.hasher
        {
            hasher.update(&self.scratch.second[..length]);
        }
        group.members = equal;
    }
}

#[cfg(test)]
#[path = "lockstep_tests.rs"]
mod tests;
