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
use super::write_guard::Hold;
use crate::hash::Hasher;
use crate::types::{Evidence, Job, TaskResult};

/// An open file, and its index in the batch.
pub(super) struct Member {
    pub(super) at: usize,
    pub(super) opened: Checked,
}

/// Files that are equal so far.
struct Strand {
    hasher: Hasher,
    members: Vec<Held>,
}

/// A file that is guarded against writes while it is read.
struct Held {
    at: usize,
    opened: Checked,
    hold: Hold,
}

impl Worker {
    /// Hashes the range that the job asks for of files of one size, and records
    /// the findings.
    pub(super) fn hash_alike(
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
        self.scratch.buffer.widen();
        self.scratch.second.widen();
        let mut hasher = self.scratch.hasher();
        if let Job::Segment(segment) = job {
            hasher.begin_at(segment.offset);
        }
        let mut held = Vec::with_capacity(members.len());
        for Member { at, opened } in members {
            self.heartbeat.at(at);
            match self.guard(|worker| worker.hold_for(job, &opened)) {
                Ok(hold) => held.push(Held { at, opened, hold }),
                Err(finding) => findings[at] = finding,
            }
        }
        let mut strands = vec![Strand {
            hasher,
            members: held,
        }];
        while at < end {
            let length = usize::try_from(end - at).map_or(CHUNK, |rest| rest.min(CHUNK));
            let mut apart = Vec::new();
            for strand in &mut strands {
                self.step(strand, (at, length), &mut apart, findings, read);
            }
            strands.append(&mut apart);
            strands.retain(|strand| !strand.members.is_empty());
            if strands.is_empty() {
                return;
            }
            at += length as u64;
        }
        for Strand {
            mut hasher,
            members,
        } in strands
        {
            let evidence = match job {
                Job::Segment(_) => hasher.finish_segment().map(Evidence::Segment),
                _ => Some(Evidence::Whole(hasher.finish())),
            };
            for Held { at, opened, hold } in members {
                self.heartbeat.at(at);
                let held = self.guard(|worker| worker.confirm(&opened.file, &opened.stat, hold));
                findings[at] = match (held, evidence) {
                    (Ok(_), Some(evidence)) => TaskResult::Proved(evidence),
                    (Ok(_), None) => super::full::not_in_stretches(),
                    (Err(finding), _) => finding,
                };
            }
        }
    }

    /// Reads the next bytes of files that are equal so far. Those that differ
    /// now are split off.
    fn step(
        &mut self,
        strand: &mut Strand,
        (offset, length): (u64, usize),
        apart: &mut Vec<Strand>,
        findings: &mut [TaskResult],
        read: &mut u64,
    ) {
        let mut equal: Vec<Held> = Vec::with_capacity(strand.members.len());
        for member in std::mem::take(&mut strand.members) {
            self.heartbeat.at(member.at);
            let (opened, hold) = (&member.opened, member.hold);
            if let Err(finding) =
                self.guard(|worker| worker.read_step(opened, hold, offset, length, read))
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
                let mut hasher = strand.hasher.clone();
                hasher.update(&buffers.buffer[..length]);
                apart.push(Strand {
                    hasher,
                    members: vec![member],
                });
            }
        }
        if !equal.is_empty() {
            strand.hasher.update(&self.scratch.second[..length]);
        }
        strand.members = equal;
    }
}

#[cfg(test)]
#[path = "lockstep_tests.rs"]
mod tests;
