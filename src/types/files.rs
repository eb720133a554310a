//! Compact table of all files of a scan.
//!
//! Most of the memory of a large scan is in this table, so records are kept
//! small. A record is 32 bytes, half a cache line: two times of 8 bytes, and
//! four numbers of 4.
//!
//! * In nearly all cases a file has the device of its directory and the same
//!   upper half of the inode number: then the lower half is enough. The
//!   exceptions (a bind mount of a single file, say, or a file system that
//!   makes up inode numbers) have their identity in an overflow list, at 16
//!   bytes each, and its index in the record.
//! * Nearly all files have one hard link. The link counts of the others are in a
//!   map.
//! * Sizes are numbered: see [`SizeTable`].
//! * Names are stored in the order of the files: see [`NameList`].
//!
//! Running out of numbers is an error, never a wrapped number.

use hashbrown::HashMap;

use super::{DirId, DirTable, FileId, FileStat, NameList, SizeIdx, SizeTable, Timestamp};
use crate::error::TableFull;

/// A file's number in the [`FileTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FileIdx(pub u32);

impl FileIdx {
    /// Upper limit of file numbers: the highest bit is free for the tables that
    /// store the number.
    pub(crate) const LIMIT: u32 = 1 << 31;

    fn new(index: usize) -> Result<Self, TableFull> {
        match u32::try_from(index) {
            Ok(n) if n < Self::LIMIT => Ok(Self(n)),
            _ => Err(TableFull),
        }
    }
}

/// One file: an inode, under the name that was found first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoredFile {
    /// Its length in bytes.
    pub size: u64,
    /// Time of the last change of its content.
    pub modified: Timestamp,
    /// Time of the last change of its inode.
    pub changed: Timestamp,
    /// Number of its hard links.
    pub links: u32,
    /// The directory of the name that was found first.
    pub dir: DirId,
}

/// Stored form of a file.
#[derive(Debug, Clone, Copy)]
struct Packed {
    modified: Timestamp,
    changed: Timestamp,
    /// The lower half of its inode number, or the index of its identity in the
    /// overflow list.
    ino: u32,
    dir: DirId,
    /// The number of its size, and the flag `OVERFLOW`.
    size: u32,
    mark: u32,
}

/// Flag of a file whose identity is in the overflow list.
const OVERFLOW: u32 = SizeIdx::LIMIT;

/// Table of all files of a scan.
#[derive(Debug, Default)]
pub(crate) struct FileTable {
    records: Vec<Packed>,
    overflow: Vec<FileId>,
    links: HashMap<FileIdx, u32>,
    names: NameList,
    sizes: SizeTable,
}

impl FileTable {
    /// Returns the number of a size, for a file to be added, and true if the
    /// size is new.
    ///
    /// # Errors
    ///
    /// [`TableFull`] at 2 billion sizes.
    pub(crate) fn size(&mut self, size: u64) -> Result<(SizeIdx, bool), TableFull> {
        self.sizes.insert(size)
    }

    /// The number of the file that is added next.
    ///
    /// # Errors
    ///
    /// [`TableFull`] at 2 billion files.
    pub(crate) fn next(&self) -> Result<FileIdx, TableFull> {
        FileIdx::new(self.records.len())
    }

    /// Adds a file with a numbered size, its directory and name, and a mark: 32
    /// bits of the caller's choice. The directory must have been added.
    ///
    /// # Errors
    ///
    /// [`TableFull`] at 2 billion files, or 4 GiB of names.
    pub(crate) fn push(
        &mut self,
        dirs: &DirTable,
        (dir, name): (DirId, &[u8]),
        size: SizeIdx,
        stat: &FileStat,
        mark: u32,
    ) -> Result<FileIdx, TableFull> {
        let index = self.next()?;
        self.names.push(name)?;
        let mut packed = Packed {
            modified: stat.modified,
            changed: stat.changed,
            ino: stat.id.ino as u32,
            dir,
            size: size.bits(),
            mark,
        };
        if stat.id != id_near_directory(dirs.id(dir), packed.ino) {
            // There are no more of them than files.
            packed.ino = self.overflow.len() as u32;
            packed.size |= OVERFLOW;
            self.overflow.push(stat.id);
        }
        self.records.push(packed);
        self.raise_links(index, stat.links);
        Ok(index)
    }

    fn packed(&self, file: FileIdx) -> &Packed {
        &self.records[file.0 as usize]
    }

    /// The record of a file.
    #[must_use]
    pub(crate) fn get(&self, file: FileIdx) -> StoredFile {
        let packed = self.packed(file);
        StoredFile {
            size: self.sizes.get(self.size_of(file)),
            modified: packed.modified,
            changed: packed.changed,
            links: self.links(file),
            dir: packed.dir,
        }
    }

    /// Number of a file's hard links: the largest that was found.
    #[must_use]
    pub(crate) fn links(&self, file: FileIdx) -> u32 {
        self.links.get(&file).copied().unwrap_or(1)
    }

    /// Returns true if any file has more than one hard link.
    #[must_use]
    pub(crate) fn any_links(&self) -> bool {
        !self.links.is_empty()
    }

    /// Raises the number of a file's hard links to `links`: names of one file
    /// can be found with different counts while links are made or removed.
    pub(crate) fn raise_links(&mut self, file: FileIdx, links: u64) {
        if links > 1 {
            let links = u32::try_from(links).unwrap_or(u32::MAX);
            let known = self.links.entry(file).or_insert(links);
            *known = links.max(*known);
        }
    }

    /// The directory of the name of a file that was found first.
    #[must_use]
    pub(crate) fn dir(&self, file: FileIdx) -> DirId {
        self.packed(file).dir
    }

    /// The name of a file that was found first.
    #[must_use]
    pub(crate) fn name(&self, file: FileIdx) -> &[u8] {
        self.names.get(file.0 as usize)
    }

    /// The number of a file's size.
    #[must_use]
    pub(crate) fn size_of(&self, file: FileIdx) -> SizeIdx {
        SizeIdx::from_bits(self.packed(file).size & !OVERFLOW)
    }

    /// The size with a number.
    #[must_use]
    pub(crate) fn bytes(&self, size: SizeIdx) -> u64 {
        self.sizes.get(size)
    }

    /// The file's device and inode number.
    #[must_use]
    pub(crate) fn id(&self, file: FileIdx, dirs: &DirTable) -> FileId {
        let packed = self.packed(file);
        if packed.size & OVERFLOW == 0 {
            id_near_directory(dirs.id(packed.dir), packed.ino)
        } else {
            self.overflow[packed.ino as usize]
        }
    }

    /// A file's mark.
    #[must_use]
    pub(crate) fn mark(&self, file: FileIdx) -> u32 {
        self.packed(file).mark
    }

    /// Replaces a file's mark.
    pub(crate) fn set_mark(&mut self, file: FileIdx, mark: u32) {
        self.records[file.0 as usize].mark = mark;
    }

    /// Number of files.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// The numbers of all files, in the order in which they were added.
    pub(crate) fn indexes(&self) -> impl Iterator<Item = FileIdx> + use<> {
        (0..self.records.len() as u32).map(FileIdx)
    }
}

/// The identity of a file with this lower half of its inode number, and with
/// the device and upper half of its directory.
fn id_near_directory(dir: FileId, ino: u32) -> FileId {
    FileId {
        dev: dir.dev,
        ino: dir.ino & !u64::from(u32::MAX) | u64::from(ino),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{DirRecord, FileKind, NameArena};

    fn stat(dev: u64, ino: u64) -> FileStat {
        FileStat {
            id: FileId { dev, ino },
            kind: FileKind::Regular,
            size: 3,
            links: 1,
            modified: Timestamp::from_nanos(i64::MIN),
            changed: Timestamp::from_nanos(i64::MAX),
        }
    }

    /// A table with these directories, by device and inode number.
    fn dirs(ids: &[(u64, u64)]) -> DirTable {
        let mut dirs = DirTable::default();
        let name = NameArena::default().push(b"d").unwrap();
        for (&(dev, ino), number) in ids.iter().zip(0..) {
            let record = DirRecord {
                parent: None,
                name,
                id: FileId { dev, ino },
                root: 0,
            };
            dirs.insert(DirId(number), &record).unwrap();
        }
        dirs
    }

    #[test]
    fn every_file_keeps_its_identity_whatever_its_directory_is() {
        let far = 7 << 32;
        let dirs = dirs(&[(1, 5), (2, far), (u64::MAX, u64::MAX)]);
        let mut files = FileTable::default();
        let (size, _) = files.size(3).unwrap();
        let mut all = Vec::new();
        for dir in 0..3 {
            for dev in [1, 2, u64::MAX] {
                for ino in [0, 5, u64::from(u32::MAX), far, far + 5, u64::MAX] {
                    let stat = stat(dev, ino);
                    let file = files.push(&dirs, (DirId(dir), b"f"), size, &stat, 0);
                    all.push((file.unwrap(), stat, dir));
                }
            }
        }
        for (file, stat, dir) in all {
            assert_eq!(files.id(file, &dirs), stat.id);
            assert_eq!(files.size_of(file), size, "{:?}", stat.id);
            let record = files.get(file);
            assert_eq!((record.size, record.dir), (3, DirId(dir)));
            assert_eq!(record.modified, stat.modified);
            assert_eq!(record.changed, stat.changed);
        }
        // Six of 54 identities share the device and upper half of their
        // directory.
        assert_eq!(files.overflow.len(), 3 * 18 - (3 + 2 + 1));
    }

    #[test]
    fn a_mark_changes_nothing_else() {
        let dirs = dirs(&[(1, 1)]);
        let mut files = FileTable::default();
        let (size, _) = files.size(3).unwrap();
        let file = files
            .push(&dirs, (DirId(0), b"name"), size, &stat(1, 9), 5)
            .unwrap();
        assert_eq!(files.mark(file), 5);
        files.set_mark(file, u32::MAX);
        assert_eq!(files.mark(file), u32::MAX);
        assert_eq!(files.size_of(file), size);
        assert_eq!(files.id(file, &dirs), FileId { dev: 1, ino: 9 });
        assert_eq!(files.name(file), b"name");
    }

    #[test]
    fn the_largest_number_of_links_counts() {
        let dirs = dirs(&[(1, 1)]);
        let mut files = FileTable::default();
        let (size, _) = files.size(3).unwrap();
        let mut add = |links| {
            let stat = FileStat {
                links,
                ..stat(1, 9)
            };
            files.push(&dirs, (DirId(0), b"f"), size, &stat, 0).unwrap()
        };
        let all = [0, 1, 2, u64::MAX].map(&mut add);
        assert_eq!(all.map(|file| files.links(file)), [1, 1, 2, u32::MAX]);
        assert_eq!(files.links.len(), 2);
        for (links, expected) in [(1, 2), (5, 5), (3, 5)] {
            files.raise_links(all[2], links);
            assert_eq!(files.get(all[2]).links, expected);
        }
    }

    #[test]
    fn the_highest_bit_of_a_number_stays_free() {
        let limit = FileIdx::LIMIT as usize;
        assert_eq!(FileIdx::new(limit), Err(TableFull));
        assert_eq!(FileIdx::new(limit - 1), Ok(FileIdx(FileIdx::LIMIT - 1)));
        assert_eq!(FileIdx::LIMIT.leading_zeros(), 0);
    }

    #[test]
    fn a_file_takes_32_bytes() {
        assert_eq!(size_of::<Packed>(), 32);
    }
}
