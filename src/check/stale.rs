//! Which baseline entries no longer hold, and how sure that is.
//!
//! A scan that looked at a part of the project, or could not read all of it,
//! says nothing about entries that it did not come by. Only those are called
//! stale that certainly are.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::baseline::{Accepted, Baseline};
use super::{Stale, Staleness};
use crate::types::Digest;

/// What a scan looked at.
pub struct Coverage<'a> {
    /// The places of its roots: see
    /// [`ProjectPaths::of_directory`](super::ProjectPaths::of_directory).
    pub roots: &'a [PathBuf],
    /// Those of them whose files are originals: a group of such files alone is
    /// not reported.
    pub references: &'a [PathBuf],
    /// Whether it came by every file there that has a duplicate: it left
    /// nothing out by choice that the baseline could list, and could read all.
    pub is_whole: bool,
    /// What there is at a place.
    pub look: &'a dyn Fn(&Path) -> Sight,
}

/// What there is at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Nothing.
    Nothing,
    /// A regular file of this size.
    File(u64),
    /// Something else than a regular file.
    Other,
    /// It could not be told.
    Unknown,
}

/// The files of groups that a scan found.
#[derive(Debug, Default)]
pub(super) struct Seen(HashMap<Digest, BTreeSet<PathBuf>>);

impl Seen {
    /// Remembers a group, if the baseline has anything to say about it: to
    /// remember all would take more than the scan did.
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

    /// Whether a file was found in a group with this content.
    pub(super) fn has(&self, digest: &Digest, place: &Path) -> bool {
        let names = self.0.get(digest);
        names.is_some_and(|names| names.contains(place))
    }

    /// What became of each entry of a baseline; none if it holds, or nothing
    /// is known of it.
    pub(super) fn judged<'b>(
        &self,
        baseline: &'b Baseline,
        coverage: &Coverage<'_>,
    ) -> Vec<(&'b Digest, u64, &'b Path, Option<Staleness>)> {
        let mut judged = Vec::new();
        for (digest, accepted) in baseline.groups_of_places() {
            let is_whole = coverage.is_whole && coverage.has_all(accepted);
            for place in &accepted.places {
                let now = if self.has(digest, place) {
                    None
                } else {
                    coverage.staleness(accepted.size, place, is_whole)
                };
                judged.push((digest, accepted.size, place.as_path(), now));
            }
        }
        judged
    }

    /// All entries that no longer hold, by path and digest.
    pub(super) fn stale(&self, baseline: &Baseline, coverage: &Coverage<'_>) -> Vec<Stale> {
        let judged = self.judged(baseline, coverage).into_iter();
        let stale = judged.filter_map(|(digest, _, place, now)| {
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
    /// What became of an entry that was not found. `is_whole` tells whether
    /// the scan would have found its duplicates as well.
    fn staleness(&self, size: u64, place: &Path, is_whole: bool) -> Option<Staleness> {
        if !self.has(place) {
            return None;
        }
        match (self.look)(place) {
            Sight::Nothing => Some(Staleness::Gone),
            Sight::Other => Some(Staleness::Changed),
            Sight::File(now) if now != size => Some(Staleness::Changed),
            Sight::File(_) => {
                let is_sure = is_whole && !is_below_any(place, self.references);
                is_sure.then_some(Staleness::Alone)
            }
            Sight::Unknown => None,
        }
    }

    fn has(&self, place: &Path) -> bool {
        is_below_any(place, self.roots)
    }

    /// Whether the duplicates of a file are where the scan looked. Of one that
    /// is listed alone nobody knows where the others are.
    fn has_all(&self, accepted: &Accepted) -> bool {
        let is_everywhere = self.roots.iter().any(|root| root.as_os_str().is_empty());
        (accepted.places.len() > 1 || is_everywhere)
            && accepted.places.iter().all(|place| self.has(place))
    }
}

fn is_below_any(place: &Path, roots: &[PathBuf]) -> bool {
    roots.iter().any(|root| is_below(place, root))
}

/// Whether a place is a root of the scan, or below one. The project's root is
/// an empty place, and what lies outside of it is not below that.
fn is_below(place: &Path, root: &Path) -> bool {
    place.is_absolute() == root.is_absolute() && place.starts_with(root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HashAlgorithm;

    /// What becomes of entries of 10 bytes of one content, none of which was
    /// found.
    fn judged(
        places: &[&str],
        roots: &[&str],
        is_whole: bool,
        sight: Sight,
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
            look: &|_| sight,
        };
        let judged = Seen::default().judged(&baseline, &coverage);
        judged.into_iter().map(|(_, _, _, now)| now).collect()
    }

    #[test]
    fn only_what_certainly_is_stale_is_called_so() {
        let file = Sight::File(10);
        let table = [
            // place, roots, whole, sight, expected
            ("a/f", &[""][..], true, file, Some(Staleness::Alone)),
            ("a/f", &[""], false, file, None),
            (
                "a/f",
                &[""],
                false,
                Sight::File(9),
                Some(Staleness::Changed),
            ),
            ("a/f", &[""], false, Sight::Other, Some(Staleness::Changed)),
            ("a/f", &[""], false, Sight::Nothing, Some(Staleness::Gone)),
            ("a/f", &[""], true, Sight::Unknown, None),
            ("a/f", &["b"], true, Sight::Nothing, None),
            (
                "a/f",
                &["b", "a"],
                true,
                Sight::Nothing,
                Some(Staleness::Gone),
            ),
            (
                "a/f",
                &["a/f"],
                true,
                Sight::File(9),
                Some(Staleness::Changed),
            ),
            ("ab", &["a"], true, Sight::Nothing, None),
            ("/out/f", &[""], true, Sight::Nothing, None),
            (
                "/out/f",
                &["/out"],
                true,
                Sight::Nothing,
                Some(Staleness::Gone),
            ),
            ("a/f", &["/"], true, Sight::Nothing, None),
        ];
        for (place, roots, is_whole, sight, expected) in table {
            let now = judged(&[place], roots, is_whole, sight);
            assert_eq!(now, [expected], "{place} {roots:?} {is_whole} {sight:?}");
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
            let now = judged(places, roots, true, Sight::File(10));
            assert_eq!(now, expected, "{places:?} {roots:?}");
        }
        // Its duplicate is allowed by a rule, and who knows where.
        assert_eq!(judged(&["a/f"], &["a"], true, Sight::File(10)), [None]);
    }

    #[test]
    fn originals_may_have_duplicates_that_are_not_reported() {
        let digest = Digest::new(&[1; 32]);
        let mut baseline = Baseline::empty(HashAlgorithm::Blake3);
        for place in ["a/f", "ref/f", "reference/f"] {
            baseline.accept(digest, 10, place.into());
        }
        let seen = Seen::default();
        let stale = |sight| {
            let coverage = Coverage {
                roots: &[PathBuf::new(), "ref".into()],
                references: &["ref".into()],
                is_whole: true,
                look: &|_| sight,
            };
            let stale = seen.stale(&baseline, &coverage).into_iter();
            let paths = stale.map(|entry| entry.path.display().to_string());
            paths.collect::<Vec<_>>()
        };
        assert_eq!(stale(Sight::File(10)), ["a/f", "reference/f"]);
        assert_eq!(stale(Sight::Nothing), ["a/f", "ref/f", "reference/f"]);
    }

    #[test]
    fn what_was_found_is_not_looked_at() {
        let digest = Digest::new(&[1; 32]);
        let mut baseline = Baseline::empty(HashAlgorithm::Blake3);
        baseline.accept(digest, 10, "a".into());
        let mut seen = Seen::default();
        seen.note(&baseline, digest, [PathBuf::from("a")].iter());
        let coverage = Coverage {
            roots: &[PathBuf::new()],
            references: &[],
            is_whole: true,
            look: &|_| Sight::Nothing,
        };
        assert_eq!(seen.stale(&baseline, &coverage), []);
    }

    #[test]
    fn the_same_place_with_other_content_is_another_entry() {
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
            look: &|_| Sight::File(10),
        };
        let stale = seen.stale(&baseline, &coverage);
        let stale: Vec<_> = stale
            .iter()
            .map(|s| (s.path.to_str().unwrap(), s.digest))
            .collect();
        assert_eq!(stale, [("a", old), ("b", old)]);
    }
}
