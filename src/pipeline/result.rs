//! What a scan leaves behind.

use crate::config::SortKey;
use crate::error::ScanError;
use crate::group::{self, Candidate, GroupRules};
use crate::model::{Group, Summary};
use crate::stage::Findings;

/// What a scan found.
pub struct ScanResult {
    pub(super) summary: Summary,
    pub(super) errors: Vec<ScanError>,
    pub(super) findings: Findings,
    pub(super) rules: GroupRules,
    pub(super) candidates: Vec<Candidate>,
}

impl ScanResult {
    /// The figures.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Every path that could not be dealt with, sorted.
    #[must_use]
    pub fn errors(&self) -> &[ScanError] {
        &self.errors
    }

    /// The groups in the order asked for, each made when it is its turn: all
    /// at once would take several times the memory of the scan itself. Ties
    /// go by the path of the first file.
    pub fn groups(&self, sort: SortKey) -> impl Iterator<Item = Group> + '_ {
        let mut candidates = self.candidates.clone();
        group::sort(&self.findings, &self.rules, sort, &mut candidates);
        candidates
            .into_iter()
            .map(|candidate| group::build(&self.findings, &self.rules, &candidate))
    }
}
