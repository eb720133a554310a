//! Numbering of the distinct file sizes of a scan.
//!
//! The stages store data about a size in tables indexed by this number, and a
//! file's record holds the number: a file's size class is found by one lookup,
//! without a hash.

use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::error::TableFull;

/// A size's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SizeIdx(u32);

impl SizeIdx {
    /// The highest bit is free for the tables that store the number.
    pub(super) const LIMIT: u32 = 1 << 31;

    fn new(index: usize) -> Result<Self, TableFull> {
        match u32::try_from(index) {
            Ok(n) if n < Self::LIMIT => Ok(Self(n)),
            _ => Err(TableFull),
        }
    }

    pub(super) fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    pub(super) fn bits(self) -> u32 {
        self.0
    }

    /// The first `count` numbers.
    pub(crate) fn up_to(count: usize) -> impl Iterator<Item = Self> {
        (0..count as u32).map(Self)
    }

    /// The number as an index: sizes are numbered from zero up.
    #[must_use]
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Table of all sizes. Each costs 8 bytes, and 6 to 11 in the index.
#[derive(Debug, Default)]
pub(crate) struct SizeTable {
    sizes: Vec<u64>,
    index: HashTable<u32>,
    /// Seeded, because sizes are untrusted input.
    hash: DefaultHashBuilder,
}

impl SizeTable {
    /// Returns the number of a size, and true if the size is new.
    ///
    /// # Errors
    ///
    /// [`TableFull`] at 2 billion sizes.
    pub(crate) fn insert(&mut self, size: u64) -> Result<(SizeIdx, bool), TableFull> {
        let entry = self.index.entry(
            self.hash.hash_one(size),
            |&at| self.sizes[at as usize] == size,
            |&at| self.hash.hash_one(self.sizes[at as usize]),
        );
        match entry {
            Entry::Occupied(known) => Ok((SizeIdx(*known.get()), false)),
            Entry::Vacant(free) => {
                let new = SizeIdx::new(self.sizes.len())?;
                free.insert(new.0);
                self.sizes.push(size);
                Ok((new, true))
            }
        }
    }

    /// The size with a number.
    #[must_use]
    pub(crate) fn get(&self, size: SizeIdx) -> u64 {
        self.sizes[size.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_numbered_in_insertion_order() {
        let mut table = SizeTable::default();
        for round in 0..2 {
            for size in 0..2000_u64 {
                let (number, new) = table.insert(size << 40).unwrap();
                assert_eq!((number.index() as u64, new), (size, round == 0));
                assert_eq!(table.get(number), size << 40);
            }
        }
    }

    #[test]
    fn the_highest_bit_stays_free() {
        let limit = SizeIdx::LIMIT as usize;
        assert_eq!(SizeIdx::new(limit), Err(TableFull));
        assert_eq!(SizeIdx::new(limit - 1), Ok(SizeIdx(SizeIdx::LIMIT - 1)));
        assert_eq!(SizeIdx::LIMIT.leading_zeros(), 0);
    }
}
