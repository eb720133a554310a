//! The order of groups: by the chosen key, then by their smallest path, so that
//! it is the same in every run and for every rule that chooses the file to keep.

use std::cmp::Reverse;

use rayon::prelude::*;

use super::{Candidate, GroupRules, build, first_path};
use crate::config::SortKey;
use crate::stage::Catalog;
use crate::types::{Group, Timestamp};

/// Sorts groups. Ties are broken by the smallest path of each. If it is
/// called on a thread of a pool, the other threads of that pool help.
pub fn sort(catalog: &Catalog, rules: &GroupRules, key: SortKey, candidates: &mut [Candidate]) {
    match key {
        SortKey::Reclaimable => {
            by_metric(catalog, candidates, |c| Reverse(c.reclaimable_bytes()));
        }
        SortKey::Size => by_metric(catalog, candidates, |c| Reverse(c.size)),
        SortKey::Copies => by_metric(catalog, candidates, |c| Reverse(c.copies)),
        SortKey::Path => by_metric(catalog, candidates, |_| ()),
        SortKey::Modified => {
            candidates.sort_by_cached_key(|candidate| {
                let group = build(catalog, rules, candidate);
                (Reverse(newest(&group)), first_path(catalog, candidate))
            });
        }
    }
}

/// Sorts by a metric that is cheap, and compares paths only among groups where
/// it is equal.
fn by_metric<K: Ord>(
    catalog: &Catalog,
    candidates: &mut [Candidate],
    metric: impl Fn(&Candidate) -> K + Sync,
) {
    candidates.sort_unstable_by_key(&metric);
    let is_tie = |a: &Candidate, b: &Candidate| metric(a) == metric(b);
    let path = |c: &Candidate| first_path(catalog, c);
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
