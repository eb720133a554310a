//! The order of groups: by what the user asked for, then by path, so that it
//! is the same after every run.

use std::cmp::Reverse;

use super::{Candidate, GroupRules, build};
use crate::config::SortKey;
use crate::model::{Group, Timestamp};
use crate::stage::Findings;
use crate::sys;

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
        SortKey::Modified => candidates.sort_by_cached_key(|candidate| {
            let group = build(findings, rules, candidate);
            (Reverse(newest(&group)), first_path(&group))
        }),
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
    candidates.sort_unstable_by_key(&figure);
    for ties in candidates.chunk_by_mut(|a, b| figure(a) == figure(b)) {
        if ties.len() > 1 {
            ties.sort_by_cached_key(|c| first_path(&build(findings, rules, c)));
        }
    }
}

fn newest(group: &Group) -> Option<Timestamp> {
    group.files.iter().map(|file| file.modified).max()
}

fn first_path(group: &Group) -> Vec<u8> {
    group
        .files
        .first()
        .map(|file| sys::bytes_of(file.path.as_os_str()).to_vec())
        .unwrap_or_default()
}
