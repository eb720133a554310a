//! Finds stale baseline entries.
//!
//! A scan of a part of the project, or one that could not read all of it,
//! proves nothing about entries that it did not find. Only entries that are
//! certainly stale are reported.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::baseline::{Accepted, Baseline};
use super::{Stale, Staleness};
use crate::types::Digest;

/// The coverage of a scan.
pub(crate) struct Coverage<'a> {
    /// The project paths of its roots: see
    /// [`ProjectPaths::of_directory`](super::ProjectPaths::of_directory).
    pub roots: &'a [PathBuf],
    /// The roots whose files are originals: a group of such files alone is not
    /// reported.
    pub references: &'a [PathBuf],
    /// True if it found every file there that has a duplicate: it skipped no
    /// file by choice that the baseline could list, and could read all.
    pub is_whole: bool,
    /// The kind of file at a path.
    pub inspect: &'a dyn Fn(&Path) -> PathState,
}

/// The kind of file at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathState {
    /// Nothing.
    Nothing,
    /// A regular file of this size.
    File(u64),
    /// Not a regular file.
    Other,
    /// It could not be determined.
    Unknown,
}

/// The files of groups that a scan found.
#[derive(Debug, Default)]
pub(super) struct Seen(HashMap<Digest, BTreeSet<PathBuf>>);

impl Seen {
    /// Remembers a group if the baseline lists its content: remembering all
    /// groups would take more memory than the scan.
    pub(super) fn note<'n>(
        &mut self,
        baseline: &Baseline,
        digest: Digest,
        names: impl Iterator<Item = &'n PathBuf>,
    ) {
        if baseline.has(&digest) {
            self.0.entry(digest).or_default().extend(names.cloned());
        }
    }

    /// Returns true if a file was found in a group with this content.
    pub(super) fn has(&self, digest: &Digest, place: &Path) -> bool {
        let names = self.0.get(digest);
        names.is_some_and(|names| names.contains(place))
    }

    /// The state of each entry of a baseline; `None` if it still applies, or
    /// nothing is known of it.
    pub(super) fn entry_states<'b>(
        &self,
        baseline: &'b Baseline,
        coverage: &Coverage<'_>,
    ) -> Vec<(&'b Digest, u64, &'b Path, Option<Staleness>)> {
        let mut entry_states = Vec::new();
        for (digest, accepted) in baseline.groups_of_places() {
            let is_whole = coverage.is_whole && coverage.has_all(accepted);
            for place in &accepted.places {
                let now = if self.has(digest, place) {
                    None
                } else {
                    coverage.staleness(accepted.size, place, is_whole)
                };
                entry_states.push((digest, accepted.size, place.as_path(), now));
            }
        }
        entry_states
    }

    /// All stale entries, sorted by path and digest.
    pub(super) fn stale(&self, baseline: &Baseline, coverage: &Coverage<'_>) -> Vec<Stale> {
        let entry_states = self.entry_states(baseline, coverage).into_iter();
        let stale = entry_states.filter_map(|(digest, _, place, now)| {
            Some(Stale {
                path: place.to_owned(),
                digest: *digest,
                now: now?,
            })
        });
        let mut stale: Vec<Stale> = stale.collect();
        stale.sort_unstable();
        stale
    }
}

impl Coverage<'_> {
    /// The state of an entry that was not found. `is_whole` is true if
    /// the scan would have found its duplicates as well.
    fn staleness(&self, size: u64, place: &Path, is_whole: bool) -> Option<Staleness> {
        if !self.has(place) {
            return None;
        }
        match (self.inspect)(place) {
            PathState::Nothing => Some(Staleness::Gone),
            PathState::Other => Some(Staleness::Changed),
            PathState::File(now) if now != size => Some(Staleness::Changed),
            PathState::File(_) => {
                let is_sure = is_whole && !is_below_any(place, self.references);
                is_sure.then_some(Staleness::Alone)
            }
            PathState::Unknown => None,
        }
    }

    fn has(&self, place: &Path) -> bool {
        is_below_any(place, self.roots)
    }

    /// Returns true if the scan covered the duplicates of a file. For a file
    /// that is listed alone the paths of the others are unknown.
    fn has_all(&self, accepted: &Accepted) -> bool {
        let is_everywhere = self.roots.iter().any(|root| root.as_os_str().is_empty());
        (accepted.places.len() > 1 || is_everywhere)
            && accepted.places.iter().all(|place| self.has(place))
    }
}

fn is_below_any(place: &Path, roots: &[PathBuf]) -> bool {
    roots.iter().any(|root| is_below(place, root))
}

/// Returns true if a path is a root of the scan, or below one. The project's
/// root is the empty path, and paths outside the project are not below it.
fn is_below(place: &Path, root: &Path) -> bool {
    place.is_absolute() == root.is_absolute() && place.starts_with(root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HashAlgorithm;

    /// The states of entries of 10 bytes of one content, none of which was
    /// found.
    fn entry_states(
        places: &[&str],
        roots: &[&str],
        is_whole: bool,
        state: PathState,
    ) -> Vec<Option<Staleness>> {
        let digest = Digest::new(&[1; 32]);
        let mut baseline = Baseline::empty(HashAlgorithm::Blake3);
        for place in places {
            baseline.accept(digest, 10, place.into());
        }
        let roots: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
        let coverage = Coverage {
            roots: &roots,
            references: &[],
            is_whole,
            inspect: &|_| state,
        };
        let entry_states = Seen::default().entry_states(&baseline, &coverage);
        entry_states.into_iter().map(|(_, _, _, now)| now).collect()
    }

    #[test]
    fn only_certainly_stale_entries_are_stale() {
        let file = PathState::File(10);
        let table = [
            // place, roots, whole, sight, expected
            ("a/f", &[""][..], true, file, Some(Staleness::Alone)),
            ("a/f", &[""], false, file, None),
            (
                "a/f",
                &[""],
                false,
                PathState::File(9),
                Some(Staleness::Changed),
            ),
            (
                "a/f",
                &[""],
                false,
                PathState::Other,
                Some(Staleness::Changed),
            ),
            (
                "a/f",
                &[""],
                false,
                PathState::Nothing,
                Some(Staleness::Gone),
            ),
            ("a/f", &[""], true, PathState::Unknown, None),
            ("a/f", &["b"], true, PathState::Nothing, None),
            (
                "a/f",
                &["b", "a"],
                true,
                PathState::Nothing,
                Some(Staleness::Gone),
            ),
            (
                "a/f",
                &["a/f"],
                true,
                PathState::File(9),
                Some(Staleness::Changed),
            ),
            ("ab", &["a"], true, PathState::Nothing, None),
            ("/out/f", &[""], true, PathState::Nothing, None),
            (
                "/out/f",
                &["/out"],
                true,
                PathState::Nothing,
                Some(Staleness::Gone),
            ),
            ("a/f", &["/"], true, PathState::Nothing, None),
        ];
        for (place, roots, is_whole, state, expected) in table {
            let now = entry_states(&[place], roots, is_whole, state);
            assert_eq!(now, [expected], "{place} {roots:?} {is_whole} {state:?}");
        }
    }

    #[test]
    fn a_file_is_alone_only_if_its_duplicates_were_looked_for() {
        let alone = Some(Staleness::Alone);
        let table = [
            (&["a/f", "b/f"][..], &["a"][..], [None, None]),
            (&["a/f", "b/f"], &["a", "b"], [alone, alone]),
            (&["a/f", "b/f"], &[""], [alone, alone]),
            (&["a/f", "a/g"], &["a"], [alone, alone]),
        ];
        for (places, roots, expected) in table {
            let now = entry_states(places, roots, true, PathState::File(10));
            assert_eq!(now, expected, "{places:?} {roots:?}");
        }
        // A rule allows its duplicate, whose path is unknown.
        assert_eq!(
            entry_states(&["a/f"], &["a"], true, PathState::File(10)),
            [None]
        );
    }

    #[test]
    fn originals_may_have_duplicates_that_are_not_reported() {
        let digest = Digest::new(&[1; 32]);
        let mut baseline = Baseline::empty(HashAlgorithm::Blake3);
        for place in ["a/f", "ref/f", "reference/f"] {
            baseline.accept(digest, 10, place.into());
        }
        let seen = Seen::default();
        let stale = |state| {
            let coverage = Coverage {
                roots: &[PathBuf::new(), "ref".into()],
                references: &["ref".into()],
                is_whole: true,
                inspect: &|_| state,
            };
            let stale = seen.stale(&baseline, &coverage).into_iter();
            let paths = stale.map(|entry| entry.path.display().to_string());
            paths.collect::<Vec<_>>()
        };
        assert_eq!(stale(PathState::File(10)), ["a/f", "reference/f"]);
        assert_eq!(stale(PathState::Nothing), ["a/f", "ref/f", "reference/f"]);
    }

    #[test]
    fn found_entries_are_not_inspected() {
        let digest = Digest::new(&[1; 32]);
        let mut baseline = Baseline::empty(HashAlgorithm::Blake3);
        baseline.accept(digest, 10, "a".into());
        let mut seen = Seen::default();
        seen.note(&baseline, digest, [PathBuf::from("a")].iter());
        let coverage = Coverage {
            roots: &[PathBuf::new()],
            references: &[],
            is_whole: true,
            inspect: &|_| PathState::Nothing,
        };
        assert_eq!(seen.stale(&baseline, &coverage), []);
    }

    #[test]
    fn the_same_path_with_other_content_is_another_entry() {
        let (old, new) = (Digest::new(&[1; 32]), Digest::new(&[2; 32]));
        let mut baseline = Baseline::empty(HashAlgorithm::Blake3);
        for (digest, place) in [(old, "b"), (new, "b"), (old, "a")] {
            baseline.accept(digest, 10, place.into());
        }
        let mut seen = Seen::default();
        seen.note(&baseline, new, [PathBuf::from("b")].iter());
        let coverage = Coverage {
            roots: &[PathBuf::new()],
            references: &[],
            is_whole: true,
            inspect: &|_| PathState::File(10),
        };
        let stale = seen.stale(&baseline, &coverage);
        let stale: Vec<_> = stale
            .iter()
            .map(|s| (s.path.to_str().unwrap(), s.digest))
            .collect();
        assert_eq!(stale, [("a", old), ("b", old)]);
    }
}
