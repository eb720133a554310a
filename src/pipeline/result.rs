//! Result of a scan.

use std::path::PathBuf;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::config::SortKey;
use crate::error::ScanError;
use crate::group::{self, Candidate, GroupRules};
use crate::stage::Catalog;
use crate::types::{Digest, FileRecord, Group, Summary};

/// Approximate number of files made into groups at once: about a megabyte of
/// paths.
const MAX_FILES: u64 = 4096;

/// Fewer groups than this are made before helper threads have started.
const MIN_GROUPS_FOR_HELPERS: usize = 1024;

/// Result of a scan.
pub struct ScanResult {
    pub(super) summary: Summary,
    pub(super) errors: Vec<ScanError>,
    pub(super) left_out: Vec<PathBuf>,
    pub(super) catalog: Catalog,
    pub(super) rules: GroupRules,
    pub(super) candidates: Vec<Candidate>,
}

impl ScanResult {
    /// The totals and statistics.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Every path that could not be processed, sorted.
    #[must_use]
    pub fn errors(&self) -> &[ScanError] {
        &self.errors
    }

    /// The directories among the paths to scan that were not scanned because of
    /// an exclusion.
    #[must_use]
    pub fn left_out(&self) -> &[PathBuf] {
        &self.left_out
    }

    /// The git work trees whose tracked or committed files could not be
    /// determined, with the reasons. In these, git does not decide which file
    /// is kept. Complete once [`ScanResult::groups`] was iterated.
    #[must_use]
    pub fn keep_problems(&self) -> Vec<String> {
        self.rules.keeper.problems()
    }

    /// Symbolic links that were to be followed and lead to nothing, in order.
    #[must_use]
    pub fn dangling_links(&self) -> Vec<PathBuf> {
        self.catalog.dangling()
    }

    /// The groups in the requested order, built in portions on demand: all at
    /// once would take several times the memory of the scan itself. Ties are
    /// ordered by the smallest path of each.
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

    /// Every file that did not fail, and its digest if it was hashed in full,
    /// in no particular order. With
    /// [`Goal::HashEverything`](crate::Goal::HashEverything) each has one.
    pub fn files(&self) -> impl Iterator<Item = (FileRecord, Option<Digest>)> + '_ {
        let contents = group::contents(&self.catalog, &self.rules);
        contents.flat_map(|(files, digest)| files.into_iter().map(move |file| (file, digest)))
    }

    fn build(&self, candidates: &[Candidate], helpers: Option<&ThreadPool>) -> Vec<Group> {
        let build = |candidate| group::build(&self.catalog, &self.rules, candidate);
        match helpers {
            Some(pool) => pool.install(|| candidates.par_iter().map(build).collect()),
            None => candidates.iter().map(build).collect(),
        }
    }
}

/// Thread pool for building groups. Building paths is half of the time of a
/// report of many groups, and mostly waits for memory: it is worth a thread per
/// processor. Without such threads it takes longer.
fn helpers(candidates: &[Candidate]) -> Option<ThreadPool> {
    if candidates.len() < MIN_GROUPS_FOR_HELPERS {
        return None;
    }
    let names = |at| format!("group-{at}");
    ThreadPoolBuilder::new().thread_name(names).build().ok()
}

/// Returns the next candidates that are built at once.
fn portion(candidates: &[Candidate]) -> &[Candidate] {
    let mut files = 0;
    let few = candidates.iter().take_while(|candidate| {
        let fits = files < MAX_FILES;
        files += candidate.copies;
        fits
    });
    &candidates[..few.count()]
}
