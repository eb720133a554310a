//! A batch from its submission to its one outcome, through all pieces and
//! retries.

use std::sync::Arc;

use crate::types::{Batch, BatchOutcome, FileOutcome, TaskResult};

/// From this many files or bytes on a piece is worth starting a worker for.
const LARGE_PIECE_FILES: usize = 16;
const LARGE_PIECE_BYTES: u64 = 256 << 10;

/// A batch in progress.
#[derive(Debug)]
pub(super) struct PendingBatch {
    batch: Arc<Batch>,
    results: Vec<Option<TaskResult>>,
    generations: Vec<Option<u32>>,
    missing: usize,
    bytes_read: u64,
}

impl PendingBatch {
    pub(super) fn new(batch: Arc<Batch>) -> Self {
        let files = batch.tasks.len();
        Self {
            batch,
            results: vec![None; files],
            generations: vec![None; files],
            missing: files,
            bytes_read: 0,
        }
    }

    /// Records the result of one file, with the generation of the inode that was
    /// read.
    pub(super) fn record(&mut self, at: usize, result: TaskResult, generation: Option<u32>) {
        if let Some(place @ None) = self.results.get_mut(at) {
            *place = Some(result);
            self.generations[at] = generation;
            self.missing -= 1;
        }
    }

    pub(super) fn count_read(&mut self, bytes: u64) {
        self.bytes_read += bytes;
    }

    pub(super) fn is_complete(&self) -> bool {
        self.missing == 0
    }

    /// The outcome with this result for all that is missing.
    pub(super) fn fail(mut self, result: &TaskResult) -> BatchOutcome {
        for place in &mut self.results {
            place.get_or_insert_with(|| result.clone());
        }
        self.into_outcome()
    }

    /// The outcome of the whole batch. What is missing is undone.
    pub(super) fn into_outcome(self) -> BatchOutcome {
        let tokens = self.batch.tasks.iter().map(|task| task.token);
        let results = self
            .results
            .into_iter()
            .map(|result| result.unwrap_or(TaskResult::Undone));
        BatchOutcome {
            job: self.batch.job,
            files: tokens
                .zip(results)
                .zip(self.generations)
                .map(|((token, result), generation)| FileOutcome {
                    token,
                    result,
                    generation,
                })
                .collect(),
            bytes_read: self.bytes_read,
        }
    }
}

/// The part of a batch that one worker processes in one go.
#[derive(Debug)]
pub(super) struct Piece {
    /// The number of the pending batch it belongs to.
    pub(super) batch_number: u64,
    /// The batch that the worker receives.
    pub(super) batch: Arc<Batch>,
    /// Indexes of these tasks in that batch.
    pub(super) indexes: Vec<usize>,
    /// Number of workers lost over it so far.
    pub(super) losses: u32,
}

impl Piece {
    /// The whole of a batch.
    pub(super) fn whole(batch_number: u64, batch: Arc<Batch>) -> Self {
        Self {
            batch_number,
            indexes: (0..batch.tasks.len()).collect(),
            batch,
            losses: 0,
        }
    }

    /// Returns true if it takes about as long as starting a worker, if its
    /// files are in memory.
    pub(super) fn is_small(&self) -> bool {
        self.indexes.len() < LARGE_PIECE_FILES && self.batch.bytes() < LARGE_PIECE_BYTES
    }

    /// A piece of some of its tasks, by their indexes in this piece.
    fn part(&self, chosen: &[usize], losses: u32) -> Self {
        Self {
            batch_number: self.batch_number,
            batch: Arc::new(self.batch.select(chosen)),
            indexes: chosen.iter().map(|&at| self.indexes[at]).collect(),
            losses,
        }
    }

    /// The piece without one task, if there are others. Where files are
    /// compared with the first, nothing can be done without it.
    pub(super) fn without(&self, at: usize) -> Option<Self> {
        if self.batch.job.has_pivot() && at == 0 {
            return None;
        }
        let rest: Vec<usize> = (0..self.indexes.len()).filter(|&i| i != at).collect();
        (!rest.is_empty()).then(|| self.part(&rest, self.losses))
    }

    /// One piece per task, each with one more lost worker. Files that are to be
    /// compared stay together.
    pub(super) fn split(&self) -> Vec<Self> {
        let losses = self.losses + 1;
        if self.batch.job.has_pivot() || self.indexes.len() == 1 {
            let all: Vec<usize> = (0..self.indexes.len()).collect();
            return vec![self.part(&all, losses)];
        }
        (0..self.indexes.len())
            .map(|at| self.part(&[at], losses))
            .collect()
    }

    /// A piece of one task, with one more lost worker.
    pub(super) fn alone(&self, at: usize) -> Self {
        self.part(&[at], self.losses + 1)
    }
}
