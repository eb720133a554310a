//! The order of groups: by the chosen key, then by path, so that it is the same
//! in every run.

use std::cmp::Reverse;

use rayon::prelude::*;

use super::{Candidate, GroupRules, build, first_path};
use crate::config::SortKey;
use crate::stage::Catalog;
use crate::types::{Group, Timestamp};

/// Sorts groups. Ties are broken by the path of the first file listed. If it is
/// called on a thread of a pool, the other threads of that pool help.
pub fn sort(catalog: &Catalog, rules: &GroupRules, key: SortKey, candidates: &mut [Candidate]) {
    match key {
        SortKey::Reclaimable => {
            by_metric(catalog, rules, candidates, |c| {
                Reverse(c.reclaimable_bytes())
            });
        }
        SortKey::Size => by_metric(catalog, rules, candidates, |c| Reverse(c.size)),
        SortKey::Copies => by_metric(catalog, rules, candidates, |c| Reverse(c.copies)),
        SortKey::Path => by_metric(catalog, rules, candidates, |_| ()),
        SortKey::Modified => {
            let roots_equivalent = rules.roots_are_equivalent();
            candidates.sort_by_cached_key(|candidate| {
                let group = build(catalog, rules, candidate);
                let first = first_path(catalog, rules, candidate, roots_equivalent);
                (Reverse(newest(&group)), first)
            });
        }
    }
}

/// Sorts by a metric that is cheap, and compares paths only among groups where
/// it is equal.
fn by_metric<K: Ord>(
    catalog: &Catalog,
    rules: &GroupRules,
    candidates: &mut [Candidate],
    metric: impl Fn(&Candidate) -> K + Sync,
) {
    let roots_equivalent = rules.roots_are_equivalent();
    candidates.sort_unstable_by_key(&metric);
    let is_tie = |a: &Candidate, b: &Candidate| metric(a) == metric(b);
    let path = |c: &Candidate| first_path(catalog, rules, c, roots_equivalent);
    if rayon::current_thread_index().is_none() {
        for ties in candidates.chunk_by_mut(is_tie) {
            if ties.len() > 1 {
                ties.sort_by_cached_key(path);
            }
        }
    } else {
        candidates.par_chunk_by_mut(is_tie).for_each(|ties| {
            if ties.len() > 1 {
                ties.par_sort_by_cached_key(path);
            }
        });
    }
}

fn newest(group: &Group) -> Option<Timestamp> {
    group.files.iter().map(|file| file.modified).max()
}
