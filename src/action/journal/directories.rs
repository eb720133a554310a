//! Directories that runs made and removed, and entries without bytes of their own that
//! they took. They have no states: what is there tells how far a run came, and taking
//! it back does what is left to do.

use redb::{ReadableTable, TableDefinition};
use serde::{Deserialize, Serialize};

use super::{Journal, JournalError, PathBytes, RunId, decode, encode, run_range};
use crate::types::{FileMetadata, FileStat};

pub(super) const DIRECTORIES: TableDefinition<(u64, u32), &[u8]> =
    TableDefinition::new("directories");

/// A directory that a run was about to make or to remove, or an entry to take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DirectoryRecord {
    /// Its absolute path.
    pub path: PathBytes,
    /// The change.
    pub change: DirectoryChange,
}

/// A change that a run makes to a directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum DirectoryChange {
    /// It makes it.
    Made,
    /// It removes it, after it was emptied. This is its metadata as it was.
    Removed(FileMetadata),
    /// It removes or moves an entry.
    Taken(EntryRecord),
}

/// An entry that is removed or moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EntryRecord {
    /// What it is.
    pub entry: TakenEntry,
    /// A name in the same directory that it has for a moment.
    pub temporary: PathBytes,
    /// The path that it is moved to.
    pub destination: Option<PathBytes>,
}

/// An entry without bytes of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TakenEntry {
    /// A symbolic link.
    Link {
        /// Its target, as it is written.
        target: Vec<u8>,
        /// Its own metadata.
        metadata: FileMetadata,
    },
    /// A name of a file that has other names.
    Name {
        /// Another name.
        keeper: PathBytes,
        /// The file.
        stat: FileStat,
    },
}

impl Journal {
    /// Records directories, which may be made or removed once this returns.
    ///
    /// # Errors
    ///
    /// [`JournalError`]: none of them is recorded.
    pub(crate) fn record_directories(
        &self,
        run: RunId,
        records: &[DirectoryRecord],
    ) -> Result<(), JournalError> {
        self.write(|write| {
            let mut table = write.open_table(DIRECTORIES)?;
            let last = table.range(run_range(run))?.next_back().transpose()?;
            let first = last.map_or(0, |(key, _)| key.value().1 + 1);
            for (number, record) in (first..).zip(records) {
                table.insert((run.0, number), encode(record)?.as_slice())?;
            }
            Ok(())
        })
    }

    /// The directories of a run, in order.
    ///
    /// # Errors
    ///
    /// [`JournalError`].
    pub(crate) fn directories(&self, run: RunId) -> Result<Vec<DirectoryRecord>, JournalError> {
        self.read(|read| {
            let table = read.open_table(DIRECTORIES)?;
            let records = table.range(run_range(run))?;
            records.map(|record| decode(record?.1.value())).collect()
        })
    }
}
