//! The merge base of two commits: their best common ancestor.

use std::collections::{BinaryHeap, HashMap, HashSet};

use super::GitError;
use super::hash::ObjectId;
use super::objects::{Commit, Objects};

/// Flags of a commit: the sides from which it was reached, and its state.
const FIRST: u8 = 1;
const SECOND: u8 = 2;
/// An ancestor of a common ancestor.
const STALE: u8 = 4;
/// A common ancestor that was recorded.
const NOTED: u8 = 8;

/// The best common ancestor of two commits: the one that `git merge-base`
/// prints. Of several equally good ones, the latest.
pub(super) fn merge_base(
    objects: &Objects,
    first: ObjectId,
    second: ObjectId,
) -> Result<Option<ObjectId>, GitError> {
    if first == second {
        return Ok(Some(first));
    }
    let mut history = History {
        objects,
        commits: HashMap::new(),
    };
    let mut bases = history.common(first, second)?;
    let mut best = Vec::new();
    // With wrong clocks, an ancestor of another base may be in this list.
    while let Some(base) = bases.pop() {
        let others: Vec<ObjectId> = bases.iter().chain(&best).copied().collect();
        if !history.reaches(&others, base)? {
            best.push(base);
        }
    }
    // Popping reversed the order; `rev` restores it: of equal times the first
    // wins.
    let mut latest: Option<(i64, ObjectId)> = None;
    for base in best.into_iter().rev() {
        let time = history.commit(base)?.time;
        if latest.is_none_or(|(other, _)| time > other) {
            latest = Some((time, base));
        }
    }
    Ok(latest.map(|(_, base)| base))
}

struct History<'a> {
    objects: &'a Objects,
    commits: HashMap<ObjectId, Commit>,
}

impl History<'_> {
    fn commit(&mut self, id: ObjectId) -> Result<&Commit, GitError> {
        Ok(match self.commits.entry(id) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(self.objects.commit(&id)?)
            }
        })
    }

    /// Common ancestors, the later ones first. Walks from the latest commits
    /// down until only ancestors of those are left.
    fn common(&mut self, first: ObjectId, second: ObjectId) -> Result<Vec<ObjectId>, GitError> {
        let mut marks: HashMap<ObjectId, u8> = HashMap::new();
        let mut queue = BinaryHeap::new();
        let mut waiting = 0_usize;
        let mut number = 0_u64;
        for (id, mark) in [(first, FIRST), (second, SECOND)] {
            marks.insert(id, mark);
            let time = self.commit(id)?.time;
            queue.push((time, std::cmp::Reverse(number), id));
            number += 1;
            waiting += 1;
        }
        // Number of times that each commit is in the queue, to keep `waiting`
        // exact when the commit becomes stale.
        let mut queued: HashMap<ObjectId, usize> = HashMap::from([(first, 1), (second, 1)]);
        let mut found = Vec::new();
        while waiting > 0 {
            let Some((_, _, id)) = queue.pop() else { break };
            let mut mark = marks.get(&id).copied().unwrap_or(0);
            if let Some(count) = queued.get_mut(&id) {
                *count -= 1;
            }
            waiting -= usize::from(mark & STALE == 0);
            let mut flags = mark & (FIRST | SECOND | STALE);
            if flags == FIRST | SECOND {
                if mark & NOTED == 0 {
                    mark |= NOTED;
                    marks.insert(id, mark);
                    found.push(id);
                }
                flags |= STALE;
            }
            let parents = self.commit(id)?.parents.clone();
            for parent in parents {
                let known = marks.get(&parent).copied().unwrap_or(0);
                if known & flags == flags {
                    continue;
                }
                let now = known | flags;
                marks.insert(parent, now);
                let count = queued.entry(parent).or_insert(0);
                if known & STALE == 0 && now & STALE != 0 {
                    waiting -= *count;
                }
                *count += 1;
                waiting += usize::from(now & STALE == 0);
                let time = self.commit(parent)?.time;
                queue.push((time, std::cmp::Reverse(number), parent));
                number += 1;
            }
        }
        found.retain(|id| marks.get(id).is_some_and(|mark| mark & STALE == 0));
        Ok(found)
    }

    /// Returns true if `wanted` is an ancestor of any of these commits.
    fn reaches(&mut self, from: &[ObjectId], wanted: ObjectId) -> Result<bool, GitError> {
        let mut waiting = from.to_vec();
        let mut seen: HashSet<ObjectId> = from.iter().copied().collect();
        while let Some(id) = waiting.pop() {
            if id == wanted {
                return Ok(true);
            }
            for parent in self.commit(id)?.parents.clone() {
                if seen.insert(parent) {
                    waiting.push(parent);
                }
            }
        }
        Ok(false)
    }
}
