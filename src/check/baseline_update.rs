//! Creates a new baseline from the groups of a scan.

use super::baseline::Baseline;
use super::project_path::ProjectPaths;
use super::rules::Rules;
use super::stale::{Coverage, Seen};
use crate::config::HashAlgorithm;
use crate::types::Group;

/// A baseline under construction.
pub(crate) struct BaselineUpdate<'a> {
    rules: &'a Rules,
    old: &'a Baseline,
    new: Baseline,
    seen: Seen,
}

impl<'a> BaselineUpdate<'a> {
    /// Starts a baseline that replaces another one.
    #[must_use]
    pub(crate) fn new(rules: &'a Rules, old: &'a Baseline, hash: HashAlgorithm) -> Self {
        Self {
            rules,
            old,
            new: Baseline::empty(hash),
            seen: Seen::default(),
        }
    }

    /// Accepts all files of a group that nothing else accepts. Of a file with
    /// several names the first is recorded, but a name that the old baseline
    /// has is kept, so that a new link changes nothing.
    pub(crate) fn consider(&mut self, group: &Group, places: &mut ProjectPaths) {
        let Some(digest) = group.digest else { return };
        let is_allowed = self.rules.allowed_content(&digest).is_some();
        let files = group.files.iter().map(|file| {
            let names = std::iter::once(&file.path).chain(&file.hard_links);
            names.map(|name| places.of(name)).collect::<Vec<_>>()
        });
        let files: Vec<_> = files.collect();
        let names: Vec<Vec<_>> = files.iter().map(|names| names.iter().collect()).collect();
        let same = self.rules.same_in(&names);
        for ((file, names), same) in group.files.iter().zip(&files).zip(same) {
            self.seen.note(self.old, digest, names.iter());
            let allowed = |name: &_| self.rules.allowed_place(name).is_some();
            let is_allowed = is_allowed || same.is_some();
            if is_allowed || file.reference || names.iter().any(|name| allowed(name)) {
                continue;
            }
            let known = names.iter().find(|name| self.old.accepts(&digest, name));
            if let Some(name) = known.or(names.first()) {
                self.new.accept(digest, group.size, name.clone());
            }
        }
    }

    /// The new baseline, once all groups were considered. Entries that the scan
    /// did not cover are kept.
    #[must_use]
    pub(crate) fn finish(mut self, coverage: &Coverage<'_>) -> Baseline {
        for (digest, size, place, now) in self.seen.entry_states(self.old, coverage) {
            if now.is_none() && !self.seen.has(digest, place) {
                self.new.accept(*digest, size, place.to_owned());
            }
        }
        self.new
    }
}

#[cfg(test)]
#[path = "baseline_update_tests.rs"]
mod tests;
