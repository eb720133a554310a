//! Files that are to be read because another machine may have the same.

use std::collections::{HashMap, HashSet};

use crate::types::Digest;

/// Files to read: by size, or by size and the digest of their ends. Without any,
/// nothing is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Candidates(HashMap<u64, HashSet<Digest>>);

impl Candidates {
    /// Adds files of this size: their ends are to be read, and those with these
    /// ends in full.
    pub(crate) fn insert(&mut self, size: u64, ends: Option<Digest>) {
        self.0.entry(size).or_default().extend(ends);
    }

    /// Returns true if the ends of files of this size are to be read.
    pub(crate) fn has_size(&self, size: u64) -> bool {
        self.0.contains_key(&size)
    }

    /// Returns true if files of this size with these ends are to be read in full.
    pub(crate) fn has_ends(&self, size: u64, ends: &Digest) -> bool {
        self.0.get(&size).is_some_and(|all| all.contains(ends))
    }
}
