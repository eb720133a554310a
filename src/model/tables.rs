//! Every directory and file of a scan, in as few bytes as they fit in.
//!
//! A path is a directory's number and a name in an arena; devices are
//! numbered; indexes have 32 bits, and running out of them is an error that
//! says so, never a wrapped number.

use std::collections::HashMap;

use super::{FileId, FileStat, NameArena, NameRef, Timestamp};
use crate::error::TableFull;

/// A directory's number, handed out by the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DirId(pub u32);

/// A file's number in the [`FileTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileIdx(pub u32);

impl FileIdx {
    fn new(index: usize) -> Result<Self, TableFull> {
        // The last number stands for "none" in linked lists.
        match u32::try_from(index) {
            Ok(n) if n != u32::MAX => Ok(Self(n)),
            _ => Err(TableFull),
        }
    }
}

/// One directory.
#[derive(Debug, Clone, Copy)]
pub struct DirRecord {
    /// The directory it was found in; `None` for a root.
    pub parent: Option<DirId>,
    /// Its name there; for a root the path as it was given.
    pub name: NameRef,
    /// Who it is.
    pub id: FileId,
    /// The number of the root it was reached from.
    pub root: u32,
}

/// All directories, by number.
#[derive(Debug, Default)]
pub struct DirTable {
    records: Vec<Option<DirRecord>>,
}

impl DirTable {
    /// Enters a directory. Numbers may come in any order, a parent always
    /// before its children.
    pub fn insert(&mut self, dir: DirId, record: DirRecord) {
        let at = dir.0 as usize;
        if self.records.len() <= at {
            self.records.resize(at + 1, None);
        }
        self.records[at] = Some(record);
    }

    /// The record of a directory that was entered.
    ///
    /// # Panics
    ///
    /// When it was not: the walk sends a directory before anything in it.
    #[must_use]
    #[allow(
        clippy::expect_used,
        reason = "a missing directory is a broken invariant"
    )]
    pub fn get(&self, dir: DirId) -> &DirRecord {
        self.records
            .get(dir.0 as usize)
            .and_then(Option::as_ref)
            .expect("a directory is entered before its content")
    }

    /// Writes the directory's path into `path`, replacing what it held.
    pub fn path_into(&self, dir: DirId, names: &NameArena, path: &mut Vec<u8>) {
        let mut chain = Vec::with_capacity(16);
        let mut next = Some(dir);
        while let Some(dir) = next {
            let record = self.get(dir);
            chain.push(record.name);
            next = record.parent;
        }
        path.clear();
        for name in chain.into_iter().rev() {
            push_component(path, names.get(name));
        }
    }
}

/// Appends a name to a path with exactly one separator between them.
pub(crate) fn push_component(path: &mut Vec<u8>, name: &[u8]) {
    if !path.is_empty() && path.last() != Some(&b'/') {
        path.push(b'/');
    }
    path.extend_from_slice(name);
}

/// Devices by number: a scan meets few, and a file's 64-bit `st_dev` would
/// cost every record four more bytes.
#[derive(Debug, Default)]
pub struct DeviceTable {
    devices: Vec<u64>,
    numbers: HashMap<u64, u32>,
    last: Option<(u64, u32)>,
}

impl DeviceTable {
    fn number(&mut self, dev: u64) -> u32 {
        match self.last {
            Some((last, number)) if last == dev => number,
            _ => {
                let next = self.devices.len() as u32;
                let number = *self.numbers.entry(dev).or_insert(next);
                if number == next {
                    self.devices.push(dev);
                }
                self.last = Some((dev, number));
                number
            }
        }
    }
}

/// One file: an inode, under the name it was first met by.
#[derive(Debug, Clone, Copy)]
pub struct FileRecord {
    ino: u64,
    /// Its length in bytes.
    pub size: u64,
    /// When its content last changed.
    pub modified: Timestamp,
    /// When its inode last changed.
    pub changed: Timestamp,
    dev: u32,
    /// The directory of the name it was first met by.
    pub dir: DirId,
    /// That name.
    pub name: NameRef,
}

/// All files of a scan.
#[derive(Debug, Default)]
pub struct FileTable {
    records: Vec<FileRecord>,
    devices: DeviceTable,
}

impl FileTable {
    /// Enters a file.
    ///
    /// # Errors
    ///
    /// [`TableFull`] at 4 billion files.
    pub fn push(
        &mut self,
        dir: DirId,
        name: NameRef,
        stat: &FileStat,
    ) -> Result<FileIdx, TableFull> {
        let index = FileIdx::new(self.records.len())?;
        self.records.push(FileRecord {
            ino: stat.id.ino,
            size: stat.size,
            modified: stat.modified,
            changed: stat.changed,
            dev: self.devices.number(stat.id.dev),
            dir,
            name,
        });
        Ok(index)
    }

    /// The record of a file that was entered.
    #[must_use]
    pub fn get(&self, file: FileIdx) -> &FileRecord {
        &self.records[file.0 as usize]
    }

    /// Who the file is.
    #[must_use]
    pub fn id(&self, file: FileIdx) -> FileId {
        let record = self.get(file);
        FileId {
            dev: self.devices.devices[record.dev as usize],
            ino: record.ino,
        }
    }

    /// How many files were entered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Every file's number, in the order they were entered.
    pub fn indexes(&self) -> impl Iterator<Item = FileIdx> + use<> {
        (0..self.records.len() as u32).map(FileIdx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dir(names: &mut NameArena, parent: Option<u32>, name: &str) -> DirRecord {
        DirRecord {
            parent: parent.map(DirId),
            name: names.push(name.as_bytes()).unwrap(),
            id: FileId { dev: 1, ino: 1 },
            root: 0,
        }
    }

    #[test]
    fn paths_have_one_separator_between_components() {
        let mut names = NameArena::new();
        let mut dirs = DirTable::default();
        for (id, parent, name) in [(5, None, "/"), (2, Some(5), "usr"), (9, Some(2), "lib")] {
            let record = dir(&mut names, parent, name);
            dirs.insert(DirId(id), record);
        }
        dirs.insert(DirId(0), dir(&mut names, None, ""));
        let record = dir(&mut names, Some(0), "here");
        dirs.insert(DirId(1), record);
        let path = |id| {
            let mut path = Vec::new();
            dirs.path_into(DirId(id), &names, &mut path);
            String::from_utf8(path).unwrap()
        };
        assert_eq!(path(9), "/usr/lib");
        assert_eq!(path(5), "/");
        assert_eq!(path(1), "here");
    }

    #[test]
    fn the_index_that_means_none_is_never_given_to_a_file() {
        assert_eq!(FileIdx::new(u32::MAX as usize), Err(TableFull));
        assert_eq!(
            FileIdx::new(u32::MAX as usize - 1),
            Ok(FileIdx(u32::MAX - 1))
        );
    }

    #[test]
    fn devices_are_told_apart() {
        let mut table = DeviceTable::default();
        let numbers: Vec<_> = [7, 7, 9, 7, 9, 1]
            .iter()
            .map(|&d| table.number(d))
            .collect();
        assert_eq!(numbers, [0, 0, 1, 0, 1, 2]);
        assert_eq!(table.devices, [7, 9, 1]);
    }
}
