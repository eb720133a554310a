//! Competitors and their results.

use std::time::Duration;

use crate::config::ExecutorKind;
use crate::types::Digest;

/// An executor configuration that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Competitor {
    /// The kind of its executor.
    pub kind: ExecutorKind,
    /// Number of workers; `None` leaves it to the executor.
    pub workers: Option<usize>,
}

/// A competitor and its runs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// The competitor.
    pub competitor: Competitor,
    /// The result of each run.
    pub runs: Vec<Sample>,
    /// The reason why there is no run, or why there are no more.
    pub problem: Option<String>,
}

/// Result of one run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    /// Duration of the scan.
    pub seconds: f64,
    /// Duration of its executor's start, a part of the above.
    pub startup_seconds: f64,
    /// Number of workers at the end.
    pub workers: usize,
    /// Peak memory of the program and its worker processes.
    pub peak_memory: Option<u64>,
    /// The result of the scan.
    pub found: Found,
    /// Duration of the whole run, including the start of the program and the
    /// report.
    pub wall: Duration,
}

/// The result of a scan: the same for every executor, or there is a bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Files that took part.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Groups of duplicates.
    pub groups: u64,
    /// Paths that could not be read.
    pub errors: u64,
    /// A digest of all groups with their complete content.
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

    /// Runs once more. A competitor that failed once would fail again, and is
    /// skipped.
    pub(super) fn run_once(&mut self, run: &mut impl FnMut(Competitor) -> Result<Sample, String>) {
        if self.problem.is_some() {
            return;
        }
        match run(self.competitor) {
            Ok(sample) => self.runs.push(sample),
            Err(problem) => self.problem = Some(problem),
        }
    }
}
