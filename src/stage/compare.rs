//! Splitting groups by comparing bytes, a few files at a time.
//!
//! All members of a class are compared with one of them, the pivot, in batches
//! that share it. Files that differ from the pivot are compared with each other
//! afterwards; files that failed are in no group; files that could not be
//! decided because the pivot failed are compared again with another pivot.

use std::collections::{HashMap, VecDeque};

use super::ClassIdx;
use crate::types::FileIdx;

/// A comparison of some files with a pivot.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    pub(super) pivot: FileIdx,
    pub(super) others: Vec<FileIdx>,
}

/// Results so far for the files compared with one pivot.
#[derive(Debug)]
struct Round {
    class: ClassIdx,
    batches: usize,
    pivot_failed: bool,
    equal: Vec<FileIdx>,
    rest: Vec<FileIdx>,
}

/// Result of a finished round.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RoundResult {
    /// The class whose files were compared.
    pub(super) class: ClassIdx,
    /// Files that are equal byte for byte, the pivot among them; empty if the
    /// pivot failed.
    pub(super) equal: Vec<FileIdx>,
    /// Files that are still to be compared with each other.
    pub(super) rest: Vec<FileIdx>,
}

/// Result of one file's comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ComparisonResult {
    Equal,
    Different,
    Failed,
    Undone,
}

/// All comparisons that are waiting or in flight.
#[derive(Debug)]
pub(super) struct Comparisons {
    width: usize,
    waiting: VecDeque<Comparison>,
    rounds: HashMap<FileIdx, Round>,
}

impl Comparisons {
    /// Compares `width` files at a time, pivot included.
    pub(super) fn new(width: usize) -> Self {
        Self {
            width: width.max(2),
            waiting: VecDeque::new(),
            rounds: HashMap::new(),
        }
    }

    /// Starts comparing these files, at least two, of a class.
    pub(super) fn start(&mut self, class: ClassIdx, files: &[FileIdx]) {
        let Some((&pivot, others)) = files.split_first() else {
            return;
        };
        let chunks = others.chunks(self.width - 1);
        self.rounds.insert(
            pivot,
            Round {
                class,
                batches: chunks.len(),
                pivot_failed: false,
                equal: vec![pivot],
                rest: Vec::new(),
            },
        );
        self.waiting.extend(chunks.map(|others| Comparison {
            pivot,
            others: others.to_vec(),
        }));
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn pop(&mut self) -> Option<Comparison> {
        self.waiting.pop_front()
    }

    /// Records the results of the pivot and the others of one comparison;
    /// returns the round's result once all comparisons with that pivot are
    /// complete.
    pub(super) fn done(
        &mut self,
        pivot: (FileIdx, ComparisonResult),
        others: &[(FileIdx, ComparisonResult)],
    ) -> Option<RoundResult> {
        let round = self.rounds.get_mut(&pivot.0)?;
        round.batches -= 1;
        round.pivot_failed |= pivot.1 == ComparisonResult::Failed;
        for &(file, result) in others {
            match result {
                ComparisonResult::Equal => round.equal.push(file),
                ComparisonResult::Different | ComparisonResult::Undone => round.rest.push(file),
                ComparisonResult::Failed => {}
            }
        }
        if round.batches > 0 {
            return None;
        }
        let mut round = self.rounds.remove(&pivot.0)?;
        if round.pivot_failed {
            // Equal to content that has changed since: decide again.
            round.rest.extend(round.equal.drain(..).skip(1));
        }
        Some(RoundResult {
            class: round.class,
            equal: round.equal,
            rest: round.rest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASS: ClassIdx = ClassIdx(3);

    fn files(range: std::ops::Range<u32>) -> Vec<FileIdx> {
        range.map(FileIdx).collect()
    }

    #[test]
    fn batches_share_the_pivot_and_cover_all_files() {
        let mut comparisons = Comparisons::new(4);
        comparisons.start(CLASS, &files(0..8));
        let mut seen = Vec::new();
        while let Some(comparison) = comparisons.pop() {
            assert_eq!(comparison.pivot, FileIdx(0));
            assert!(comparison.others.len() <= 3);
            seen.extend(comparison.others);
        }
        assert_eq!(seen, files(1..8));
    }

    #[test]
    fn a_round_ends_with_its_last_batch() {
        let mut comparisons = Comparisons::new(3);
        comparisons.start(CLASS, &files(0..5));
        let pivot = (FileIdx(0), ComparisonResult::Equal);
        assert_eq!(
            comparisons.done(
                pivot,
                &[
                    (FileIdx(1), ComparisonResult::Equal),
                    (FileIdx(2), ComparisonResult::Different)
                ]
            ),
            None
        );
        assert_eq!(
            comparisons.done(
                pivot,
                &[
                    (FileIdx(3), ComparisonResult::Failed),
                    (FileIdx(4), ComparisonResult::Different)
                ]
            ),
            Some(RoundResult {
                class: CLASS,
                equal: vec![FileIdx(0), FileIdx(1)],
                rest: vec![FileIdx(2), FileIdx(4)],
            })
        );
    }

    #[test]
    fn a_failed_pivot_confirms_no_file() {
        let mut comparisons = Comparisons::new(3);
        comparisons.start(CLASS, &files(0..4));
        comparisons.done(
            (FileIdx(0), ComparisonResult::Equal),
            &[(FileIdx(1), ComparisonResult::Equal)],
        );
        assert_eq!(
            comparisons.done(
                (FileIdx(0), ComparisonResult::Failed),
                &[(FileIdx(3), ComparisonResult::Undone)]
            ),
            Some(RoundResult {
                class: CLASS,
                equal: vec![],
                rest: vec![FileIdx(3), FileIdx(1)],
            })
        );
    }
}
