//! The files of a group that are kept, opened when they are needed.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use super::compare::Opened;
use super::outcome::{Refusal, Skip};
use crate::platform::FileOps;
use crate::types::{Digest, FileId, FileMetadata, FileRecord, FileStat};

/// A kept file that is as the scan found it.
pub(super) struct Keeper<F: FileOps> {
    pub(super) opened: Opened<F>,
    /// Its absolute path.
    pub(super) path: PathBuf,
    /// Its metadata, once it was read.
    pub(super) metadata: OnceLock<FileMetadata>,
    /// The digest of its bytes, once it was read; none if its length changed.
    pub(super) digest: OnceLock<Option<Digest>>,
    durable: AtomicBool,
    full: AtomicBool,
    /// Changes of its status that acts of this run made: before and after.
    pub(super) own_changes: Mutex<Vec<(FileStat, FileStat)>>,
}

impl<F: FileOps> Keeper<F> {
    pub(super) fn new(opened: Opened<F>) -> Option<Self> {
        let name = opened.names.first()?;
        Some(Self {
            path: name.dir.join(&name.name),
            opened,
            metadata: OnceLock::new(),
            digest: OnceLock::new(),
            durable: AtomicBool::new(false),
            full: AtomicBool::new(false),
            own_changes: Mutex::default(),
        })
    }

    /// True once its bytes and its name are on the disk.
    pub(super) fn is_durable(&self) -> bool {
        self.durable.load(Ordering::Relaxed)
    }

    pub(super) fn set_durable(&self) {
        self.durable.store(true, Ordering::Relaxed);
    }

    /// True once it has as many links as it can have.
    pub(super) fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    pub(super) fn set_full(&self) {
        self.full.store(true, Ordering::Relaxed);
    }
}

/// One file to keep, and what became of opening it.
enum Entry<F: FileOps> {
    Unopened(FileRecord),
    Open(Arc<Keeper<F>>),
}

/// The files of a group that are to be kept, in order.
pub(super) struct Keepers<F: FileOps> {
    entries: Vec<Entry<F>>,
    ids: Vec<FileId>,
}

impl<F: FileOps> Keepers<F> {
    pub(super) fn new(records: Vec<FileRecord>) -> Self {
        Self {
            ids: records.iter().map(|record| record.id).collect(),
            entries: records.into_iter().map(Entry::Unopened).collect(),
        }
    }

    /// Returns true if there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns true if a file is one of those to keep, whatever its name.
    pub(super) fn contains(&self, id: FileId) -> bool {
        self.ids.contains(&id)
    }

    /// Keeps another file: one that cannot become a link because the kept one
    /// has too many.
    pub(super) fn add(&mut self, record: FileRecord) {
        self.ids.push(record.id);
        self.entries.push(Entry::Unopened(record));
    }

    /// The number of those that are copies, counted up to `wanted`.
    pub(super) fn count(
        &mut self,
        wanted: usize,
        mut open: impl FnMut(&FileRecord) -> Result<Keeper<F>, Refusal>,
        mut is_copy: impl FnMut(&Keeper<F>) -> bool,
    ) -> usize {
        let mut found = BTreeSet::new();
        for entry in &mut self.entries {
            if found.len() >= wanted {
                break;
            }
            if let Entry::Unopened(record) = entry
                && let Ok(keeper) = open(record)
            {
                *entry = Entry::Open(Arc::new(keeper));
            }
            if let Entry::Open(keeper) = entry
                && is_copy(keeper)
            {
                found.insert(keeper.opened.stat().id);
            }
        }
        found.len()
    }

    /// The first kept file that is as the scan found it and suits.
    ///
    /// `refuse` says why one does not suit. If none does, the reason of the
    /// first one is returned.
    pub(super) fn choose(
        &mut self,
        mut open: impl FnMut(&FileRecord) -> Result<Keeper<F>, Refusal>,
        refuse: impl Fn(&Keeper<F>) -> Result<(), Refusal>,
    ) -> Result<Arc<Keeper<F>>, Refusal> {
        let mut reason = None;
        let mut at = 0;
        while at < self.entries.len() {
            if let Entry::Unopened(record) = &self.entries[at] {
                match open(record) {
                    Ok(keeper) => self.entries[at] = Entry::Open(Arc::new(keeper)),
                    Err(refusal) => {
                        self.entries.remove(at);
                        reason.get_or_insert(refusal);
                        continue;
                    }
                }
            }
            if let Entry::Open(keeper) = &self.entries[at] {
                match refuse(keeper) {
                    Ok(()) => return Ok(Arc::clone(keeper)),
                    Err(refusal) => {
                        reason.get_or_insert(refusal);
                    }
                }
            }
            at += 1;
        }
        Err(reason.unwrap_or(Refusal::Skip(Skip::KeeperChanged)))
    }
}
