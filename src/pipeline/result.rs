//! What a scan leaves behind.

use std::path::PathBuf;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::config::SortKey;
use crate::error::ScanError;
use crate::group::{self, Candidate, GroupRules};
use crate::stage::Catalog;
use crate::types::{Group, Summary};

/// So many files, more or less, are made into groups at once: about a
/// megabyte of paths.
const MAX_FILES: u64 = 4096;

/// Fewer groups than this are made before other threads have started.
const WORTH_HELPERS: usize = 1024;

/// What a scan found.
pub struct ScanResult {
    pub(super) summary: Summary,
    pub(super) errors: Vec<ScanError>,
    pub(super) left_out: Vec<PathBuf>,
    pub(super) catalog: Catalog,
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

    /// The directories among the paths to scan that were not scanned, because
    /// an exclusion is about them.
    #[must_use]
    pub fn left_out(&self) -> &[PathBuf] {
        &self.left_out
    }

    /// The groups in the order asked for, made some at a time when it is
    /// their turn: all at once would take several times the memory of the
    /// scan itself. Ties go by the path of the first file.
    pub fn groups(&self, sort: SortKey) -> impl Iterator<Item = Group> + '_ {
        let mut candidates = self.candidates.clone();
        let helpers = helpers(&candidates);
        let mut order = || group::sort(&self.catalog, &self.rules, sort, &mut candidates);
        match &helpers {
            Some(pool) => pool.install(order),
            None => order(),
        }
        let mut from = 0;
        std::iter::from_fn(move || {
            let some = portion(&candidates[from..]);
            from += some.len();
            (!some.is_empty()).then(|| self.build(some, helpers.as_ref()))
        })
        .flatten()
    }

    fn build(&self, candidates: &[Candidate], helpers: Option<&ThreadPool>) -> Vec<Group> {
        let build = |candidate| group::build(&self.catalog, &self.rules, candidate);
        match helpers {
            Some(pool) => pool.install(|| candidates.par_iter().map(build).collect()),
            None => candidates.iter().map(build).collect(),
        }
    }
}

/// Putting paths together is half of what a report of many groups takes, and
/// mostly waiting for memory: worth a thread for each processor. Where there
/// are none to be had it takes longer.
fn helpers(candidates: &[Candidate]) -> Option<ThreadPool> {
    if candidates.len() < WORTH_HELPERS {
        return None;
    }
    let names = |at| format!("group-{at}");
    ThreadPoolBuilder::new().thread_name(names).build().ok()
}

/// As many of the next candidates as are made at once.
fn portion(candidates: &[Candidate]) -> &[Candidate] {
    let mut files = 0;
    let few = candidates.iter().take_while(|candidate| {
        let fits = files < MAX_FILES;
        files += candidate.copies;
        fits
    });
    &candidates[..few.count()]
}
