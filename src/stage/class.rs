//! Classes of files that no stage has told apart yet.

use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::model::{Digest, FileIdx};

/// A class's number in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClassIdx(pub u32);

/// Files with the same size and the same digest.
#[derive(Debug, Clone, Copy)]
pub struct Class {
    /// The digest they share.
    pub digest: Digest,
    /// The size they share.
    pub size: u64,
    /// The member that arrived last (in a table of whole digests), or first
    /// (in a table of ends, where only the first ever waits).
    pub head: FileIdx,
    /// How many members it has.
    pub count: u32,
    /// Whether everything that was asked for has confirmed it: the byte for
    /// byte comparison too, where one was.
    pub confirmed: bool,
    /// The next class of the same size.
    pub(super) next_of_size: Option<ClassIdx>,
}

/// Classes by size and digest.
#[derive(Debug, Default)]
pub(super) struct ClassTable {
    classes: Vec<Class>,
    index: HashTable<u32>,
    hash: DefaultHashBuilder,
}

impl ClassTable {
    /// The class with this size and digest, and whether it was made just now,
    /// with `first` as its only member.
    pub(super) fn enter(&mut self, size: u64, digest: Digest, first: FileIdx) -> (ClassIdx, bool) {
        let classes = &self.classes;
        let hash = self.hash.hash_one((size, digest));
        let entry = self.index.entry(
            hash,
            |&at| {
                let class = &classes[at as usize];
                class.size == size && class.digest == digest
            },
            |&at| {
                let class = &classes[at as usize];
                self.hash.hash_one((class.size, class.digest))
            },
        );
        match entry {
            Entry::Occupied(found) => (ClassIdx(*found.get()), false),
            Entry::Vacant(free) => {
                // No more classes than files, and those are counted.
                let at = classes.len() as u32;
                free.insert(at);
                (self.push(size, digest, first), true)
            }
        }
    }

    /// A new class beside any others with the same digest.
    pub(super) fn push(&mut self, size: u64, digest: Digest, first: FileIdx) -> ClassIdx {
        let at = ClassIdx(self.classes.len() as u32);
        self.classes.push(Class {
            digest,
            size,
            head: first,
            count: 1,
            confirmed: false,
            next_of_size: None,
        });
        at
    }

    pub(super) fn get(&self, class: ClassIdx) -> &Class {
        &self.classes[class.0 as usize]
    }

    pub(super) fn get_mut(&mut self, class: ClassIdx) -> &mut Class {
        &mut self.classes[class.0 as usize]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (ClassIdx, &Class)> {
        (0..).map(ClassIdx).zip(&self.classes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_and_digest_together_make_a_class() {
        let mut table = ClassTable::default();
        let (a, b) = (Digest::new(&[1]), Digest::new(&[2]));
        let mut enter = |size, digest| table.enter(size, digest, FileIdx(0));
        assert_eq!(enter(5, a), (ClassIdx(0), true));
        assert_eq!(enter(5, b), (ClassIdx(1), true));
        assert_eq!(enter(6, a), (ClassIdx(2), true));
        assert_eq!(enter(5, a), (ClassIdx(0), false));
        for size in 7..2000 {
            assert!(enter(size, a).1, "growing keeps classes apart");
        }
        assert_eq!(enter(6, a), (ClassIdx(2), false));
    }
}
