//! Classes of files that no stage has distinguished yet.

use std::hash::BuildHasher;
use std::num::NonZeroU32;

use hashbrown::DefaultHashBuilder;

use super::hash_index::HashIndex;
use crate::types::{Digest, FileIdx, FileTable, SizeIdx};

/// A class's number in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ClassIdx(pub u32);

/// Files with the same size and the same digest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Class {
    /// The digest they share.
    pub digest: Digest,
    /// The size they share.
    pub size: u64,
    /// Number of members.
    pub count: u32,
}

/// Data of a class that has or had a second member.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shared {
    /// The class.
    pub(super) class: ClassIdx,
    /// The member added last (in a table of whole digests), or first (in a
    /// table of ends, where only the first ever waits).
    pub(super) head: FileIdx,
    /// Number of members.
    pub(super) count: u32,
    /// True if all requested checks confirmed it, including the byte comparison
    /// if there is one.
    pub(super) confirmed: bool,
    /// The next class of the same size that has or had a second member.
    pub(super) next_of_size: Option<SharedIdx>,
}

/// Index of a class's [`Shared`], counted from one so that `Option` needs no
/// extra space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SharedIdx(NonZeroU32);

impl SharedIdx {
    fn new(index: u32) -> Self {
        Self(NonZeroU32::MIN.saturating_add(index))
    }

    fn index(self) -> u32 {
        self.0.get() - 1
    }
}

/// Members of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Members {
    /// A single file.
    One(FileIdx),
    /// The files listed under this `Shared`.
    Shared(SharedIdx),
}

/// Flag in a class's member: the value is the index of a `Shared`, not of a
/// file. There are no more of them than files.
const SHARED: u32 = FileIdx::LIMIT;

/// Position of a file that was added to a class: with the second member, the
/// first one continues too. `S` is what the class has from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entered<S = SharedIdx> {
    /// It is the first one, and waits.
    First,
    /// It is the second one, and this the first.
    Second(FileIdx, S),
    /// There are at least two others.
    Later(S),
}

/// Classes by size and digest.
///
/// Most classes have one member: such a class is a digest, as long as the
/// algorithm makes it, and a file, which knows its size. That is 36 bytes for
/// BLAKE3 and 20 for the others, and some 8 in the index. Only a class with a
/// second member needs more, 20 bytes.
#[derive(Debug)]
pub(super) struct ClassTable {
    classes: Classes,
    shared: Vec<Shared>,
    index: HashIndex,
    /// Seeded: digests of a broken algorithm can be chosen by an attacker.
    hash: DefaultHashBuilder,
}

/// Data of every class.
#[derive(Debug)]
struct Classes {
    digest_len: usize,
    /// Digests with the hash of the size mixed in, so that growing the index
    /// does not have to access the files.
    digests: Vec<u8>,
    /// The one member of each class, or the index of its list of members.
    members: Vec<u32>,
}

impl Classes {
    fn mixed(&self, class: ClassIdx) -> &[u8] {
        &self.digests[class.0 as usize * self.digest_len..][..self.digest_len]
    }

    fn members(&self, class: ClassIdx) -> Members {
        let member = self.members[class.0 as usize];
        if member & SHARED == 0 {
            Members::One(FileIdx(member))
        } else {
            Members::Shared(SharedIdx::new(member & !SHARED))
        }
    }

    /// A file with the digest and the size of a class.
    fn file(&self, class: ClassIdx, shared: &[Shared]) -> FileIdx {
        match self.members(class) {
            Members::One(file) => file,
            Members::Shared(at) => shared[at.index() as usize].head,
        }
    }
}

impl ClassTable {
    /// Creates a table for digests of this length.
    pub(super) fn new(digest_len: usize) -> Self {
        Self {
            classes: Classes {
                digest_len,
                digests: Vec::new(),
                members: Vec::new(),
            },
            shared: Vec::new(),
            index: HashIndex::default(),
            hash: DefaultHashBuilder::default(),
        }
    }

    /// Adds a file to the class with its size and this digest. From the second
    /// member on the caller maintains the list of members.
    ///
    /// The digest must be of the table's length.
    pub(super) fn enter(
        &mut self,
        files: &FileTable,
        digest: &Digest,
        file: FileIdx,
    ) -> (ClassIdx, Entered) {
        let size = files.size_of(file);
        let Self {
            classes,
            shared,
            index,
            hash,
        } = self;
        // At most two classes per file, and the number of files is limited.
        let new = classes.members.len() as u32;
        let mixed = mix(hash, size, digest);
        let known = index.find_or_insert(
            key(hash, mixed.as_bytes()),
            new,
            |at| {
                let class = ClassIdx(at);
                // Mixed digests are only comparable within one size.
                classes.mixed(class) == mixed.as_bytes()
                    && files.size_of(classes.file(class, shared)) == size
            },
            |at| key(hash, classes.mixed(ClassIdx(at))),
        );
        let Some(class) = known.map(ClassIdx) else {
            self.push_mixed(&mixed, file);
            return (ClassIdx(new), Entered::First);
        };
        let entered = match self.members(class) {
            Members::One(first) => Entered::Second(first, self.share(class, first)),
            Members::Shared(shared) => Entered::Later(shared),
        };
        (class, entered)
    }

    /// Frees the memory that only [`ClassTable::enter`] needs, so that the
    /// memory of the report is not added to that of the scan.
    pub(super) fn close(&mut self) {
        self.index = HashIndex::default();
    }

    /// A new class beside any others with the same digest.
    pub(super) fn push(&mut self, files: &FileTable, digest: &Digest, file: FileIdx) -> ClassIdx {
        self.push_mixed(&mix(&self.hash, files.size_of(file), digest), file)
    }

    fn push_mixed(&mut self, mixed: &Digest, file: FileIdx) -> ClassIdx {
        let classes = &mut self.classes;
        let class = ClassIdx(classes.members.len() as u32);
        classes.digests.extend_from_slice(mixed.as_bytes());
        classes.members.push(file.0);
        class
    }

    /// Makes a class of one file one that can have more.
    pub(super) fn share(&mut self, class: ClassIdx, first: FileIdx) -> SharedIdx {
        let shared = self.shared.len() as u32;
        self.classes.members[class.0 as usize] = SHARED | shared;
        self.shared.push(Shared {
            class,
            head: first,
            count: 1,
            confirmed: false,
            next_of_size: None,
        });
        SharedIdx::new(shared)
    }

    /// Members of a class.
    pub(super) fn members(&self, class: ClassIdx) -> Members {
        self.classes.members(class)
    }

    /// A file with the digest and the size of a class.
    pub(super) fn file(&self, class: ClassIdx) -> FileIdx {
        self.classes.file(class, &self.shared)
    }

    /// The digest of a class.
    pub(super) fn digest(&self, files: &FileTable, class: ClassIdx) -> Digest {
        let mixed = Digest::new(self.classes.mixed(class));
        // Mixing is its own inverse.
        mix(&self.hash, files.size_of(self.file(class)), &mixed)
    }

    pub(super) fn shared(&self, shared: SharedIdx) -> &Shared {
        &self.shared[shared.index() as usize]
    }

    pub(super) fn shared_mut(&mut self, shared: SharedIdx) -> &mut Shared {
        &mut self.shared[shared.index() as usize]
    }

    /// All classes that have or had a second member.
    pub(super) fn all_shared(&self) -> impl Iterator<Item = &Shared> {
        self.shared.iter()
    }

    /// All classes of one file.
    pub(super) fn singles(&self) -> impl Iterator<Item = (ClassIdx, FileIdx)> {
        let all = (0..).map(ClassIdx).zip(&self.classes.members);
        all.filter(|&(_, member)| member & SHARED == 0)
            .map(|(class, &member)| (class, FileIdx(member)))
    }
}

/// A digest with the hash of the size mixed into its first 8 bytes. Equal
/// digests of files of different sizes (of the ends of files full of zeros,
/// for example) then differ, in a way that nobody can choose.
fn mix(hash: &DefaultHashBuilder, size: SizeIdx, digest: &Digest) -> Digest {
    let mut bytes = [0; Digest::MAX_LEN];
    let bytes = &mut bytes[..digest.as_bytes().len()];
    bytes.copy_from_slice(digest.as_bytes());
    let salt = hash.hash_one(size.index()).to_ne_bytes();
    for (byte, salt) in bytes.iter_mut().zip(salt) {
        *byte ^= salt;
    }
    Digest::new(bytes)
}

/// The hash key of a class. 16 bytes of a digest are enough: if those are equal
/// for many, the rest is too, or the collision is deliberate.
fn key(hash: &DefaultHashBuilder, mixed: &[u8]) -> u64 {
    let mut start = [0; 16];
    let len = mixed.len().min(16);
    start[..len].copy_from_slice(&mixed[..len]);
    hash.hash_one(u128::from_ne_bytes(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{
        DirId, DirRecord, DirTable, FileId, FileKind, FileStat, NameArena, Timestamp,
    };

    /// Creates one file of each of these sizes, in this order.
    fn files(sizes: impl IntoIterator<Item = u64>) -> FileTable {
        let mut dirs = DirTable::default();
        let id = FileId { dev: 1, ino: 1 };
        let record = DirRecord {
            parent: None,
            name: NameArena::default().push(b"").unwrap(),
            id,
            root: 0,
        };
        dirs.insert(DirId(0), &record).unwrap();
        let mut files = FileTable::default();
        for size in sizes {
            let stat = FileStat {
                id,
                kind: FileKind::Regular,
                size,
                links: 1,
                modified: Timestamp::new(0, 0),
                changed: Timestamp::new(0, 0),
            };
            let (size, _) = files.size(size).unwrap();
            files.push(&dirs, (DirId(0), b""), size, &stat, 0).unwrap();
        }
        files
    }

    #[test]
    fn size_and_digest_together_make_a_class() {
        let files = files([5, 5, 6, 5, 5].into_iter().chain(7..2000));
        let mut table = ClassTable::new(1);
        let (a, b) = (Digest::new(&[1]), Digest::new(&[2]));
        let mut enter = |digest, file| table.enter(&files, &digest, FileIdx(file));
        assert_eq!(enter(a, 0), (ClassIdx(0), Entered::First));
        assert_eq!(enter(b, 1), (ClassIdx(1), Entered::First));
        assert_eq!(enter(a, 2), (ClassIdx(2), Entered::First));
        let (class, entered) = enter(a, 3);
        assert_eq!(class, ClassIdx(0));
        let Entered::Second(FileIdx(0), shared) = entered else {
            panic!("{entered:?}");
        };
        assert_eq!(enter(a, 4), (ClassIdx(0), Entered::Later(shared)));
        for file in 5..files.len() as u32 {
            let (_, entered) = enter(a, file);
            assert_eq!(entered, Entered::First, "growing keeps classes apart");
        }
        assert_eq!(enter(a, 4), (ClassIdx(0), Entered::Later(shared)));
        assert_eq!(table.members(ClassIdx(0)), Members::Shared(shared));
        assert_eq!(table.members(ClassIdx(1)), Members::One(FileIdx(1)));
        assert_eq!(table.digest(&files, ClassIdx(0)), a);
        assert_eq!(table.digest(&files, ClassIdx(1)), b);
        assert_eq!(table.singles().count(), files.len() - 3);
    }

    #[test]
    fn digests_differing_in_the_last_byte_are_two_classes() {
        let files = files([5, 5]);
        let mut table = ClassTable::new(32);
        let digest = |last: u8| {
            let mut bytes = [7; 32];
            bytes[31] = last;
            Digest::new(&bytes)
        };
        for last in 0..2 {
            let (class, entered) = table.enter(&files, &digest(last), FileIdx(last.into()));
            assert_eq!(entered, Entered::First);
            assert_eq!(table.digest(&files, class), digest(last));
        }
    }

    #[test]
    fn a_shared_class_takes_20_more_bytes() {
        assert_eq!(size_of::<Shared>(), 20);
    }
}
