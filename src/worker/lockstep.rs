//! Reads files that may well be equal in lockstep: their common part is hashed
//! once.
//!
//! Files at this point agree with others in size and ends, and mostly in the
//! rest. Comparing bytes takes a fraction of the time of hashing them, so as
//! long as files are equal one hasher serves all of them. A file that differs
//! continues with a copy of that hasher: up to there its bytes were the same.
//! So each file gets the digest that it would get alone, and is read once.
//!
//! 135 files of 16 to 64 MiB in the cache, of which 27 pairs are equal, take
//! 0.81 times as long this way, and 0.84 times the processor time. Steps of
//! half the size take 4 % more; so does hashing before the others are read,
//! though the bytes are nearer then.

use super::Worker;
use super::file::{Checked, ended_early};
use super::scratch::CHUNK;
use super::write_guard::WriteGuard;
use crate::hash::Hasher;
use crate::types::{Evidence, Job, TaskResult};

/// An open file, and its index in the batch.
pub(super) struct Member {
    pub(super) at: usize,
    pub(super) opened: Checked,
}

/// Files that are equal so far.
struct EqualFiles {
    hasher: Hasher,
    members: Vec<GuardedFile>,
}

/// A file that is guarded against writes while it is read.
struct GuardedFile {
    at: usize,
    opened: Checked,
    guard: WriteGuard,
}

impl Worker {
    /// Hashes the range that the job asks for of files of one size, and records
    /// the findings.
    pub(super) fn hash_in_lockstep(
        &mut self,
        job: Job,
        members: Vec<Member>,
        findings: &mut [TaskResult],
        read: &mut u64,
    ) {
        let Some(first) = members.first() else { return };
        let size = first.opened.stat.size;
        let (mut at, end) = match job {
            Job::Segment(segment) if segment.is_of(size) => (segment.offset, segment.end()),
            // If files have no such segment its hash would be meaningless.
            Job::Segment(_) => {
                for member in members {
                    findings[member.at] = ended_early();
                }
                return;
            }
            Job::Partial | Job::Full | Job::Compare | Job::Extents => (0, size),
        };
        self.scratch.buffer.allocate();
        self.scratch.second.allocate();
        let mut hasher = self.scratch.hasher();
        if let Job::Segment(segment) = job {
            hasher.begin_segment(segment.offset);
        }
        let mut held = Vec::with_capacity(members.len());
        for Member { at, opened } in members {
            self.heartbeat.start_task(at);
            match self.catch_panic(|worker| worker.guard_for_job(job, &opened)) {
                Ok(guard) => held.push(GuardedFile { at, opened, guard }),
                Err(finding) => findings[at] = finding,
            }
        }
        let mut groups = vec![EqualFiles {
            hasher,
            members: held,
        }];
        while at < end {
            let length = usize::try_from(end - at).map_or(CHUNK, |rest| rest.min(CHUNK));
            let mut split_off = Vec::new();
            for group in &mut groups {
                self.step(group, (at, length), &mut split_off, findings, read);
            }
            groups.append(&mut split_off);
            groups.retain(|group| !group.members.is_empty());
            if groups.is_empty() {
                return;
            }
            at += length as u64;
        }
        for EqualFiles {
            mut hasher,
            members,
        } in groups
        {
            let evidence = match job {
                Job::Segment(_) => hasher.finish_segment().map(Evidence::Segment),
                _ => Some(Evidence::Whole(hasher.finish())),
            };
            for GuardedFile { at, opened, guard } in members {
                self.heartbeat.start_task(at);
                let held =
                    self.catch_panic(|worker| worker.confirm(&opened.file, &opened.stat, guard));
                findings[at] = match (held, evidence) {
                    (Ok(_), Some(evidence)) => TaskResult::Proved(evidence),
                    (Ok(_), None) => super::full::segments_unsupported(),
                    (Err(finding), _) => finding,
                };
            }
        }
    }

    /// Reads the next bytes of files that are equal so far. Those that differ
    /// now are split off.
    fn step(
        &mut self,
        group: &mut EqualFiles,
        (offset, length): (u64, usize),
        split_off: &mut Vec<EqualFiles>,
        findings: &mut [TaskResult],
        read: &mut u64,
    ) {
        let mut equal: Vec<GuardedFile> = Vec::with_capacity(group.members.len());
        for member in std::mem::take(&mut group.members) {
            self.heartbeat.start_task(member.at);
            let (opened, guard) = (&member.opened, member.guard);
            if let Err(finding) =
                self.catch_panic(|worker| worker.read_step(opened, guard, offset, length, read))
            {
                findings[member.at] = finding;
                continue;
            }
            let buffers = &mut self.scratch;
            if equal.is_empty() {
                // The others are compared with this one.
                std::mem::swap(&mut buffers.buffer, &mut buffers.second);
                equal.push(member);
            } else if buffers.buffer[..length] == buffers.second[..length] {
                equal.push(member);
            } else {
                let mut hasher = group.hasher.clone();
                hasher.update(&buffers.buffer[..length]);
                split_off.push(EqualFiles {
                    hasher,
                    members: vec![member],
                });
            }
        }
        if !equal.is_empty() {
            group.hasher.update(&self.scratch.second[..length]);
        }
        group.members = equal;
    }
}

#[cfg(test)]
#[path = "lockstep_tests.rs"]
mod tests;
