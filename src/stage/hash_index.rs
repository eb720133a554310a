//! Compact hash index: key to `u32` row number, about 8 bytes each.
//!
//! The keys are stored in other tables; an index holds only their row numbers,
//! 4 bytes each, and one byte for a part of the hash.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// Number of tables that share the row numbers.
const PARTS: usize = 8;

/// Start of each table's share of the hashes, in units of 1/65,536. Each share
/// is larger than the one before by a factor of 2^(1/8).
///
/// A table doubles when it is full. A single one would be half empty after
/// that (10.5 bytes per number), and the old and the new one would exist at
/// once (16 bytes per number). These eight double one after the other, so that
/// all together are always as full as one table is on average.
const STARTS: [u16; PARTS] = [0, 5932, 12_400, 19_454, 27_146, 35_534, 44_682, 54_658];

/// Row numbers by the hash of their keys. Nothing is ever removed.
#[derive(Debug, Default)]
pub(super) struct HashIndex {
    parts: [HashTable<u32>; PARTS],
}

impl HashIndex {
    /// Returns the number with this hash for which `is` returns true; if there
    /// is none, inserts `new`. `hash_of` returns the hash of any number in the
    /// index.
    pub(super) fn find_or_insert(
        &mut self,
        hash: u64,
        new: u32,
        mut is: impl FnMut(u32) -> bool,
        hash_of: impl Fn(u32) -> u64,
    ) -> Option<u32> {
        let entry = self.parts[part(hash)].entry(hash, |&at| is(at), |&at| hash_of(at));
        match entry {
            Entry::Occupied(known) => Some(*known.get()),
            Entry::Vacant(free) => {
                free.insert(new);
                None
            }
        }
    }
}

/// Selects the table of a hash. The table itself uses the lowest bits and the
/// highest seven.
fn part(hash: u64) -> usize {
    let bits = (hash >> 40) as u16;
    STARTS[1..].iter().filter(|&&start| start <= bits).count()
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use hashbrown::DefaultHashBuilder;

    use super::*;

    #[test]
    fn finds_what_was_inserted_and_nothing_else() {
        let hash = DefaultHashBuilder::default();
        let mut index = HashIndex::default();
        for round in 0..2 {
            for key in 0..50_000_u32 {
                let hash_of = |key: u32| hash.hash_one(key);
                let known = index.find_or_insert(hash_of(key), key, |at| at == key, hash_of);
                assert_eq!(known, (round == 1).then_some(key));
            }
        }
    }

    #[test]
    fn equal_hashes_are_distinguished_by_their_keys() {
        let mut index = HashIndex::default();
        for key in 0..1000 {
            let known = index.find_or_insert(u64::MAX, key, |at| at == key, |_| u64::MAX);
            assert_eq!(known, None);
        }
        let known = index.find_or_insert(u64::MAX, 1000, |at| at == 500, |_| u64::MAX);
        assert_eq!(known, Some(500));
    }

    #[test]
    fn tables_grow_one_after_the_other() {
        let sizes = (0..PARTS).map(|at| {
            let end = STARTS.get(at + 1).copied().map_or(65_536, i32::from);
            f64::from(end - i32::from(STARTS[at]))
        });
        let sizes: Vec<f64> = sizes.collect();
        let root = 2_f64.powf(1.0 / PARTS as f64);
        for pair in sizes.windows(2) {
            assert!((pair[1] / pair[0] - root).abs() < 1e-3, "{sizes:?}");
        }
        assert_eq!(part(0), 0);
        assert_eq!(part(u64::MAX), PARTS - 1);
    }

    /// Bytes of the tables per number, with this many numbers.
    fn bytes(numbers: u32) -> f64 {
        let hash = DefaultHashBuilder::default();
        let mut index = HashIndex::default();
        for n in 0..numbers {
            let hash_of = |n: u32| hash.hash_one(n);
            index.find_or_insert(hash_of(n), n, |_| false, hash_of);
        }
        let all: usize = index.parts.iter().map(HashTable::allocation_size).sum();
        all as f64 / f64::from(numbers)
    }

    #[test]
    fn bytes_per_number_do_not_depend_on_the_count() {
        for numbers in [100_000, 120_000, 150_000, 180_000, 200_000] {
            let cost = bytes(numbers);
            assert!((7.0..9.5).contains(&cost), "{numbers}: {cost}");
        }
    }
}
