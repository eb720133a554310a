//! The journal: a write-ahead record of every change to a file.
//!
//! One redb file. A run has a record, each file that it acts on an entry, and
//! each entry a state, which is the only thing that changes. Entries are written
//! many at a time: one commit makes all of them durable.
//!
//! Nothing is ever set aside or repaired silently: a file that is damaged, of a
//! later version, or no journal is an error that says what can be done.

mod changes;
mod directories;
mod error;
mod lock;
mod record;

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;
use redb::{
    Database, ReadableDatabase, ReadableTable, StorageBackend, TableDefinition, TableHandle,
    WriteTransaction,
};

pub(crate) use changes::StateChange;
use changes::{change_states, insert_intents};
use directories::DIRECTORIES;
pub(crate) use directories::{DirectoryChange, DirectoryRecord, EntryRecord, TakenEntry};
pub(crate) use error::JournalError;
pub(crate) use record::{
    ActedName, Entry, EntryId, Holder, Operation, PathBytes, Proof, Run, RunId, State,
};

use super::names::temporary_name;
use crate::platform::{self, os_str};
use crate::types::Timestamp;
use error::{failure, io_error};
use lock::Lock;

/// The version of the records.
const FORMAT: u64 = 1;

const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
const RUNS: TableDefinition<u64, &[u8]> = TableDefinition::new("runs");
const ENTRIES: TableDefinition<(u64, u32), &[u8]> = TableDefinition::new("entries");
/// State, time of the last change, and bytes that were freed.
const STATES: TableDefinition<(u64, u32), (u8, i64, u64)> = TableDefinition::new("states");
/// The entries in the state [`State::Intent`].
const PENDING: TableDefinition<(u64, u32), ()> = TableDefinition::new("pending");

/// Memory for pages of the file.
const CACHE_BYTES: usize = 16 << 20;

/// The first bytes of every redb file.
const MAGIC: &[u8] = b"redb\x1a\x0a";

/// The path of a file that belongs to the journal.
fn beside(journal: &Path, suffix: &str) -> PathBuf {
    let mut path = journal.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

/// Returns false for an empty file.
fn is_database(path: &Path, file: &File) -> Result<bool, JournalError> {
    let mut start = [0; MAGIC.len()];
    let read = platform::read_at(file, &mut start, 0).map_err(|error| io_error(path, error))?;
    if read > 0 && start != *MAGIC {
        return Err(JournalError::NotAJournal {
            path: path.to_path_buf(),
        });
    }
    Ok(read > 0)
}

/// The file that the journal is kept in by default, from the environment.
///
/// # Errors
///
/// [`JournalError::NoPlace`].
pub(crate) fn default_journal(
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<PathBuf, JournalError> {
    let directory = platform::state_directory(variable).ok_or(JournalError::NoPlace)?;
    Ok(directory.join("nodupe").join("journal.redb"))
}

/// An entry with its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// The entry's number.
    pub id: EntryId,
    /// The entry.
    pub entry: Entry,
    /// Its state.
    pub state: State,
    /// The time of the last change of the state.
    pub changed: Timestamp,
    /// Bytes that the operation freed.
    pub freed: u64,
}

/// Number of entries of a run in each state, and the bytes that those freed that
/// are still done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct StateCounts {
    /// In [`State::Intent`].
    pub intent: u64,
    /// In [`State::Done`].
    pub done: u64,
    /// In [`State::NotDone`].
    pub not_done: u64,
    /// In [`State::Undone`].
    pub undone: u64,
    /// Bytes that the done ones freed.
    pub freed: u64,
}

/// An open journal. Only one process has it open.
#[derive(Debug)]
pub(crate) struct Journal {
    database: Database,
    path: PathBuf,
    _lock: Option<Lock>,
}

impl Journal {
    /// Opens a journal, or creates it.
    ///
    /// # Errors
    ///
    /// [`JournalError`]: nothing was changed then, apart from the directories
    /// above it.
    pub(crate) fn open(path: &Path, holder: &Holder) -> Result<Self, JournalError> {
        let failed = |error| io_error(path, error);
        let exists = match platform::open_private_file(path, false) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            opened => is_database(path, &opened.map_err(failed)?)?,
        };
        let lock = Lock::take(path, holder)?;
        if !exists {
            Self::create(path)?;
        }
        let file = platform::open_private_file(path, false).map_err(failed)?;
        platform::close_to_others(&file).map_err(failed)?;
        // It was given its name by a rename, perhaps of a run that ended right then.
        // Without it no intent would be found after a power cut.
        platform::sync_name(path).map_err(failed)?;
        let backend = FileBackend::new(file).map_err(|error| failure(path, error))?;
        Self::with_backend(path, backend, Some(lock))
    }

    /// Makes an empty journal under another name and gives it its own when it
    /// is complete: the file of a crash in between would be none.
    fn create(path: &Path) -> Result<(), JournalError> {
        let fresh = path.with_file_name(os_str(&temporary_name()));
        let failed = |error| io_error(&fresh, error);
        let file = platform::open_private_file(&fresh, true).map_err(failed)?;
        file.set_len(0).map_err(failed)?;
        let backend = FileBackend::new(file).map_err(|error| failure(&fresh, error))?;
        drop(Self::with_backend(&fresh, backend, None)?);
        std::fs::rename(&fresh, path).map_err(failed)
    }

    /// A journal that is nowhere on disk.
    #[cfg(test)]
    pub(crate) fn in_memory() -> Self {
        let backend = redb::backends::InMemoryBackend::new();
        Self::with_backend(Path::new("memory"), backend, None).unwrap()
    }

    fn with_backend(
        path: &Path,
        backend: impl StorageBackend,
        lock: Option<Lock>,
    ) -> Result<Self, JournalError> {
        let database = Database::builder()
            .set_cache_size(CACHE_BYTES)
            // A plain open trusts the pages, and ends the process over a wrong
            // one.
            .set_check_integrity_on_open(true)
            .create_with_backend(backend);
        let journal = Self {
            database: database.map_err(|error| failure(path, error))?,
            path: path.to_path_buf(),
            _lock: lock,
        };
        journal.check_format()?;
        Ok(journal)
    }

    /// Compares the version of the records, and writes it into a new file.
    fn check_format(&self) -> Result<(), JournalError> {
        let found = self.read(|read| {
            let mut tables = read.list_tables()?;
            if !tables.any(|table| table.name() == META.name()) {
                // Nobody but redb wrote into it.
                return Ok((read.list_tables()?.next().is_none()).then_some(None));
            }
            let format = read.open_table(META)?.get("format")?;
            Ok(format.map(|format| Some(format.value())))
        })?;
        match found {
            Some(None) => self.write(|write| {
                write.open_table(META)?.insert("format", FORMAT)?;
                write.open_table(RUNS)?;
                write.open_table(ENTRIES)?;
                write.open_table(STATES)?;
                write.open_table(PENDING)?;
                write.open_table(DIRECTORIES)?;
                Ok(())
            }),
            Some(Some(FORMAT)) => Ok(()),
            Some(Some(format)) if format > FORMAT => Err(JournalError::Newer {
                path: self.path.clone(),
            }),
            Some(Some(_)) | None => Err(JournalError::NotAJournal {
                path: self.path.clone(),
            }),
        }
    }

    /// The journal's file.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Starts a run. It is on disk when this returns.
    ///
    /// # Errors
    ///
    /// [`JournalError`].
    pub(crate) fn begin_run(&self, run: &Run) -> Result<RunId, JournalError> {
        self.write(|write| {
            let mut runs = write.open_table(RUNS)?;
            let id = runs.last()?.map_or(1, |(id, _)| id.value() + 1);
            runs.insert(id, encode(run)?.as_slice())?;
            Ok(RunId(id))
        })
    }

    /// Changes the record of a run.
    ///
    /// # Errors
    ///
    /// [`JournalError`].
    pub(crate) fn update_run(
        &self,
        id: RunId,
        change: impl Fn(&mut Run),
    ) -> Result<(), JournalError> {
        let mut run = self.run(id)?;
        change(&mut run);
        self.write(|write| {
            let mut runs = write.open_table(RUNS)?;
            runs.insert(id.0, encode(&run)?.as_slice())?;
            Ok(())
        })
    }

    /// Writes intents. All of them are on disk when this returns; nothing of
    /// them may be done if it fails.
    ///
    /// # Errors
    ///
    /// [`JournalError`]: none of the intents is recorded.
    pub(crate) fn intend(
        &self,
        run: RunId,
        entries: &[Entry],
    ) -> Result<Vec<EntryId>, JournalError> {
        self.write(|write| insert_intents(write, run, entries))
    }

    /// Changes states, all in one durable step.
    ///
    /// # Errors
    ///
    /// [`JournalError`]: no state is changed.
    pub(crate) fn change(
        &self,
        changes: &[StateChange],
        now: Timestamp,
    ) -> Result<(), JournalError> {
        self.write(|write| change_states(write, changes, now))
    }

    /// Changes states and writes intents, all in one durable step.
    ///
    /// # Errors
    ///
    /// [`JournalError`]: no state is changed, and none of the intents is recorded.
    pub(crate) fn advance(
        &self,
        run: RunId,
        changes: &[StateChange],
        entries: &[Entry],
        now: Timestamp,
    ) -> Result<Vec<EntryId>, JournalError> {
        self.write(|write| {
            change_states(write, changes, now)?;
            insert_intents(write, run, entries)
        })
    }

    /// The record of a run.
    ///
    /// # Errors
    ///
    /// [`JournalError`].
    pub(crate) fn run(&self, id: RunId) -> Result<Run, JournalError> {
        let found = self.read(|read| {
            let runs = read.open_table(RUNS)?;
            runs.get(id.0)?.map(|run| decode(run.value())).transpose()
        })?;
        found.ok_or_else(|| JournalError::NoRun {
            path: self.path.clone(),
            run: id,
        })
    }

    /// All runs, the oldest first.
    ///
    /// # Errors
    ///
    /// [`JournalError`].
    pub(crate) fn runs(&self) -> Result<Vec<(RunId, Run)>, JournalError> {
        self.read(|read| {
            let mut found = Vec::new();
            for run in read.open_table(RUNS)?.iter()? {
                let (id, run) = run?;
                found.push((RunId(id.value()), decode(run.value())?));
            }
            Ok(found)
        })
    }

    /// At most `limit` entries of a run, from this number on.
    ///
    /// # Errors
    ///
    /// [`JournalError`].
    pub(crate) fn entries(
        &self,
        run: RunId,
        from: u32,
        limit: usize,
    ) -> Result<Vec<Recorded>, JournalError> {
        self.read(|read| {
            let entries = read.open_table(ENTRIES)?;
            let states = read.open_table(STATES)?;
            let mut found = Vec::new();
            for entry in entries
                .range((run.0, from)..=(run.0, u32::MAX))?
                .take(limit)
            {
                let (key, entry) = entry?;
                found.push(recorded(key.value(), entry.value(), &states)?);
            }
            Ok(found)
        })
    }

    /// The number that the next entry of a run gets.
    ///
    /// # Errors
    ///
    /// [`JournalError`].
    pub(crate) fn next_number(&self, run: RunId) -> Result<u32, JournalError> {
        self.read(|read| {
            let entries = read.open_table(ENTRIES)?;
            let last = entries.range(run_range(run))?.next_back().transpose()?;
            Ok(last.map_or(0, |(key, _)| key.value().1 + 1))
        })
    }

    /// Entries that were intended and never settled: those of a run that was
    /// ended in between.
    ///
    /// # Errors
    ///
    /// [`JournalError`].
    pub(crate) fn pending(&self) -> Result<Vec<Recorded>, JournalError> {
        self.read(|read| {
            let entries = read.open_table(ENTRIES)?;
            let states = read.open_table(STATES)?;
            let mut found = Vec::new();
            for key in read.open_table(PENDING)?.iter()? {
                let key = key?.0.value();
                let entry = entries.get(key)?.ok_or_else(|| lost(key))?;
                found.push(recorded(key, entry.value(), &states)?);
            }
            Ok(found)
        })
    }

    /// The states of a run's entries, counted.
    ///
    /// # Errors
    ///
    /// [`JournalError`].
    pub(crate) fn counts(&self, run: RunId) -> Result<StateCounts, JournalError> {
        self.read(|read| {
            let mut counts = StateCounts::default();
            for state in read.open_table(STATES)?.range(run_range(run))? {
                let (key, state) = state?;
                let (byte, _, freed) = state.value();
                match State::from_byte(byte).ok_or_else(|| lost(key.value()))? {
                    State::Intent => counts.intent += 1,
                    State::Done => {
                        counts.done += 1;
                        counts.freed = counts.freed.saturating_add(freed);
                    }
                    State::NotDone => counts.not_done += 1,
                    State::Undone => counts.undone += 1,
                }
            }
            Ok(counts)
        })
    }

    fn read<T>(
        &self,
        read: impl FnOnce(&redb::ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, JournalError> {
        let run = || read(&self.database.begin_read()?);
        run().map_err(|error| failure(&self.path, error))
    }

    /// One durable commit.
    fn write<T>(
        &self,
        change: impl FnOnce(&WriteTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, JournalError> {
        let run = || {
            let write = self.database.begin_write()?;
            let result = change(&write)?;
            write.commit()?;
            Ok(result)
        };
        run().map_err(|error: redb::Error| failure(&self.path, error))
    }
}

fn run_range(run: RunId) -> std::ops::RangeInclusive<(u64, u32)> {
    (run.0, 0)..=(run.0, u32::MAX)
}

fn recorded(
    key: (u64, u32),
    entry: &[u8],
    states: &impl ReadableTable<(u64, u32), (u8, i64, u64)>,
) -> Result<Recorded, redb::Error> {
    let state = states.get(key)?.ok_or_else(|| lost(key))?;
    let (byte, changed, freed) = state.value();
    Ok(Recorded {
        id: EntryId {
            run: RunId(key.0),
            number: key.1,
        },
        entry: decode(entry)?,
        state: State::from_byte(byte).ok_or_else(|| lost(key))?,
        changed: Timestamp::from_nanos(changed),
        freed,
    })
}

fn lost((run, number): (u64, u32)) -> redb::Error {
    redb::Error::Corrupted(format!("entry {number} of run {run} is incomplete"))
}

fn encode(record: &impl serde::Serialize) -> Result<Vec<u8>, redb::Error> {
    postcard::to_allocvec(record).map_err(|error| redb::Error::Corrupted(error.to_string()))
}

fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, redb::Error> {
    postcard::from_bytes(bytes).map_err(|error| redb::Error::Corrupted(error.to_string()))
}

#[cfg(test)]
mod tests;
