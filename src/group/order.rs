//! The order of groups: by what the user asked for, then by path, so that it
//! is the same after every run.

use std::cmp::Reverse;

use super::{Candidate, GroupRules, build, first_path};
use crate::config::SortKey;
use crate::model::{Group, Timestamp};
use crate::stage::Findings;

/// Sorts groups. Ties go by the path of the first file listed.
pub fn sort(findings: &Findings, rules: &GroupRules, key: SortKey, candidates: &mut [Candidate]) {
    match key {
        SortKey::Reclaimable => {
            by_figure(findings, rules, candidates, |c| {
                Reverse(c.reclaimable_bytes())
            });
        }
        SortKey::Size => by_figure(findings, rules, candidates, |c| Reverse(c.size)),
        SortKey::Copies => by_figure(findings, rules, candidates, |c| Reverse(c.copies)),
        SortKey::Path => by_figure(findings, rules, candidates, |_| ()),
        SortKey::Modified => {
            let alike = rules.roots_are_alike();
            candidates.sort_by_cached_key(|candidate| {
                let group = build(findings, rules, candidate);
                let first = first_path(findings, rules, candidate, alike);
                (Reverse(newest(&group)), first)
            });
        }
    }
}

/// Sorts by a figure that costs nothing, and looks at paths only among
/// groups where it is the same.
fn by_figure<K: Ord>(
    findings: &Findings,
    rules: &GroupRules,
    candidates: &mut [Candidate],
    figure: impl Fn(&Candidate) -> K,
) {
    let alike = rules.roots_are_alike();
    candidates.sort_unstable_by_key(&figure);
    for ties in candidates.chunk_by_mut(|a, b| figure(a) == figure(b)) {
        if ties.len() > 1 {
            ties.sort_by_cached_key(|c| first_path(findings, rules, c, alike));
        }
    }
}

fn newest(group: &Group) -> Option<Timestamp> {
    group.files.iter().map(|file| file.modified).max()
}
