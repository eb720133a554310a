//! Table of all directories of a scan.

use super::{DeviceTable, FileId, NameArena, NameRef};
use crate::error::TableFull;

/// A directory's number, assigned by the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DirId(pub u32);

/// One directory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DirRecord {
    /// The directory it was found in; `None` for a root.
    pub parent: Option<DirId>,
    /// Its name there; for a root the path as given.
    pub name: NameRef,
    /// Its device and inode number.
    pub id: FileId,
    /// The number of the root it was reached from.
    pub root: u32,
}

/// Stored form of a directory: 24 bytes, where an `Option<DirRecord>` took 48.
#[derive(Debug, Clone, Copy)]
struct Packed {
    ino: u64,
    parent: u32,
    name: NameRef,
    root: u32,
    /// Its device by number; `ABSENT` for a gap in the numbering.
    device: u32,
}

const ABSENT: u32 = u32::MAX;
const NO_PARENT: u32 = u32::MAX;

const GAP: Packed = Packed {
    ino: 0,
    parent: NO_PARENT,
    name: NameRef::FIRST,
    root: 0,
    device: ABSENT,
};

/// All directories, by number.
#[derive(Debug, Default)]
pub(crate) struct DirTable {
    records: Vec<Packed>,
    devices: DeviceTable,
}

impl DirTable {
    /// Adds a directory. Its parent must have been added before; apart from
    /// that, the order does not matter.
    ///
    /// # Errors
    ///
    /// [`TableFull`] at the number that is reserved for "no directory".
    pub(crate) fn insert(&mut self, dir: DirId, record: &DirRecord) -> Result<(), TableFull> {
        if dir.0 == NO_PARENT {
            return Err(TableFull);
        }
        let at = dir.0 as usize;
        if self.records.len() <= at {
            self.records.resize(at + 1, GAP);
        }
        self.records[at] = Packed {
            ino: record.id.ino,
            parent: record.parent.map_or(NO_PARENT, |parent| parent.0),
            name: record.name,
            root: record.root,
            device: self.devices.number(record.id.dev),
        };
        Ok(())
    }

    /// Number of directory numbers in use, gaps included.
    #[must_use]
    pub(crate) fn slots(&self) -> usize {
        self.records.len()
    }

    /// Returns true if there is a directory with this number.
    #[must_use]
    pub(crate) fn contains(&self, dir: DirId) -> bool {
        self.records
            .get(dir.0 as usize)
            .is_some_and(|packed| packed.device != ABSENT)
    }

    /// The directory that a directory was found in.
    ///
    /// # Panics
    ///
    /// Like [`DirTable::get`].
    #[must_use]
    pub(crate) fn parent(&self, dir: DirId) -> Option<DirId> {
        let parent = self.packed(dir).parent;
        (parent != NO_PARENT).then_some(DirId(parent))
    }

    /// The record of a directory.
    ///
    /// # Panics
    ///
    /// If it was not added: the walk sends a directory before anything in it.
    #[must_use]
    pub(crate) fn get(&self, dir: DirId) -> DirRecord {
        let packed = self.packed(dir);
        DirRecord {
            parent: (packed.parent != NO_PARENT).then_some(DirId(packed.parent)),
            name: packed.name,
            id: self.id(dir),
            root: packed.root,
        }
    }

    /// The identity of a directory.
    ///
    /// # Panics
    ///
    /// Like [`DirTable::get`].
    #[must_use]
    pub(crate) fn id(&self, dir: DirId) -> FileId {
        let packed = self.packed(dir);
        FileId {
            dev: self.devices.device(packed.device),
            ino: packed.ino,
        }
    }

    /// The number of the root that a directory was reached from.
    ///
    /// # Panics
    ///
    /// Like [`DirTable::get`].
    #[must_use]
    pub(crate) fn root(&self, dir: DirId) -> u32 {
        self.packed(dir).root
    }

    #[allow(
        clippy::expect_used,
        reason = "a missing directory is a broken invariant"
    )]
    fn packed(&self, dir: DirId) -> &Packed {
        self.records
            .get(dir.0 as usize)
            .filter(|packed| packed.device != ABSENT)
            .expect("a directory is entered before its content")
    }

    /// Writes the directory's path into `path`, replacing what it held.
    pub(crate) fn path_into(&self, dir: DirId, names: &NameArena, path: &mut Vec<u8>) {
        // Built in reverse, because only parents are known, and reversed at the
        // end.
        path.clear();
        let mut next = dir.0;
        while next != NO_PARENT {
            let packed = self.packed(DirId(next));
            let name = names.get(packed.name);
            if !path.is_empty() && !matches!(name.last(), None | Some(b'/')) {
                path.push(b'/');
            }
            path.extend(name.iter().rev());
            next = packed.parent;
        }
        path.reverse();
    }
}

/// Appends a name to a path with exactly one separator between them.
pub(crate) fn push_component(path: &mut Vec<u8>, name: &[u8]) {
    if !path.is_empty() && path.last() != Some(&b'/') {
        path.push(b'/');
    }
    path.extend_from_slice(name);
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
        let mut names = NameArena::default();
        let mut dirs = DirTable::default();
        for (id, parent, name) in [(5, None, "/"), (2, Some(5), "usr"), (9, Some(2), "lib")] {
            let record = dir(&mut names, parent, name);
            dirs.insert(DirId(id), &record).unwrap();
        }
        dirs.insert(DirId(0), &dir(&mut names, None, "")).unwrap();
        let record = dir(&mut names, Some(0), "here");
        dirs.insert(DirId(1), &record).unwrap();
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
    fn records_are_returned_as_inserted() {
        let mut dirs = DirTable::default();
        let name = NameArena::default().push(b"x").unwrap();
        for (number, parent, dev) in [(4, None, u64::MAX), (1, Some(4), 7), (0, Some(1), 9)] {
            let record = DirRecord {
                parent: parent.map(DirId),
                name,
                id: FileId {
                    dev,
                    ino: u64::MAX - dev,
                },
                root: number + 1,
            };
            dirs.insert(DirId(number), &record).unwrap();
            let got = dirs.get(DirId(number));
            assert_eq!((got.parent, got.id), (record.parent, record.id));
            assert_eq!((got.name, got.root), (record.name, record.root));
        }
    }

    #[test]
    #[should_panic(expected = "before its content")]
    fn a_gap_in_the_numbering_is_not_a_directory() {
        let mut dirs = DirTable::default();
        let record = dir(&mut NameArena::default(), None, "");
        dirs.insert(DirId(1), &record).unwrap();
        let _ = dirs.get(DirId(0));
    }

    #[test]
    fn the_reserved_number_is_rejected() {
        let mut dirs = DirTable::default();
        let record = dir(&mut NameArena::default(), None, "");
        assert_eq!(dirs.insert(DirId(NO_PARENT), &record), Err(TableFull));
    }

    #[test]
    fn a_directory_takes_24_bytes() {
        assert_eq!(size_of::<Packed>(), 24);
    }
}
