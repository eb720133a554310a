//! Who is measured, and what came of it.

use std::time::Duration;

use crate::config::ExecutorKind;
use crate::types::Digest;

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Competitor {
    /// Where its workers run.
    pub kind: ExecutorKind,
    /// How many; `None` leaves it to the executor.
    pub workers: Option<usize>,
}

/// A contestant and its runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Who.
    pub competitor: Competitor,
    /// What came of each run.
    pub runs: Vec<Sample>,
    /// Why there is no run, or why there are no more.
    pub problem: Option<String>,
}

/// What one run told.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// How long the scan took.
    pub seconds: f64,
    /// How long its executor took to start, a part of the above.
    pub startup_seconds: f64,
    /// How many workers it had in the end.
    pub workers: usize,
    /// The most memory that it and its worker processes had.
    pub peak_memory: Option<u64>,
    /// What it found.
    pub found: Found,
    /// How long it took with all that is around a scan.
    pub wall: Duration,
}

/// What a run found: the same for every executor, or something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Files that took part.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Groups of duplicates.
    pub groups: u64,
    /// Paths that could not be read.
    pub errors: u64,
    /// A digest of all groups with all they contain.
    pub digest: Digest,
}

impl Entry {
    pub(super) fn new(competitor: Competitor) -> Self {
        Self {
            competitor,
            runs: Vec::new(),
            problem: None,
        }
    }

    /// One more run. Who failed once would fail again, and is left out.
    pub(super) fn take(&mut self, run: &mut impl FnMut(Competitor) -> Result<Sample, String>) {
        if self.problem.is_some() {
            return;
        }
        match run(self.competitor) {
            Ok(sample) => self.runs.push(sample),
            Err(problem) => self.problem = Some(problem),
        }
    }
}
