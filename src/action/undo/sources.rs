//! Files from which a removed one can be restored.

use std::collections::hash_map::Entry::Vacant;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::error::Refusal;
use super::place::Place;
use crate::action::journal::{Entry, Journal, JournalError, Operation, PathBytes, RunId};
use crate::action::restore::digest_of;
use crate::platform::ContentOps;
use crate::types::Digest;

/// Entries that are read from the journal at a time.
pub(super) const PAGE: usize = 256;

/// More files of one content are not remembered.
const MAX_CANDIDATES: usize = 16;

/// Other files of contents whose keeper cannot be used.
#[derive(Debug, Default)]
pub(super) struct Sources(HashMap<Digest, Vec<PathBuf>>);

impl Sources {
    /// Searches the whole journal for paths of files with these contents.
    pub(super) fn search(
        journal: &Journal,
        wanted: &HashSet<Digest>,
    ) -> Result<Self, JournalError> {
        let mut found: HashMap<Digest, Vec<PathBuf>> = HashMap::new();
        if wanted.is_empty() {
            return Ok(Self(found));
        }
        for (run, _) in journal.runs()? {
            each_entry(journal, run, |recorded| {
                let entry = &recorded.entry;
                if !wanted.contains(&entry.digest) {
                    return;
                }
                let known = found.entry(entry.digest).or_default();
                for path in paths(entry) {
                    if known.len() < MAX_CANDIDATES && !known.iter().any(|known| known == path) {
                        known.push(path.to_path_buf());
                    }
                }
            })?;
        }
        Ok(Self(found))
    }

    /// Searches for the paths of one more content.
    pub(super) fn search_too(
        &mut self,
        journal: &Journal,
        digest: Digest,
    ) -> Result<(), JournalError> {
        if let Vacant(vacant) = self.0.entry(digest) {
            let found = Self::search(journal, &[digest].into())?.0.remove(&digest);
            vacant.insert(found.unwrap_or_default());
        }
        Ok(())
    }

    /// Opens a file that an entry can be made again from: the keeper, one of
    /// the file's own names, or another file. `proved` demands that it is read
    /// now; else a keeper whose size and time are as they were will do.
    pub(super) fn open<O: ContentOps>(
        &self,
        ops: &O,
        entry: &Entry,
        proved: bool,
    ) -> Option<O::File> {
        let others = self.0.get(&entry.digest).into_iter().flatten();
        let candidates = paths(entry).chain(others.map(PathBuf::as_path));
        let mut tried: Vec<&Path> = Vec::new();
        for path in candidates {
            if tried.contains(&path) {
                continue;
            }
            tried.push(path);
            let trusted = !proved && path == entry.keeper.path();
            if let Ok(Some(file)) = open_if_equal(ops, path, entry, trusted) {
                return Some(file);
            }
        }
        None
    }
}

/// The paths under which an entry says that a file of its content is or was.
fn paths(entry: &Entry) -> impl Iterator<Item = &Path> {
    let is_linked = matches!(entry.operation, Operation::HardLink | Operation::Dedupe);
    let keeper = std::iter::once(&entry.keeper);
    let destinations = entry
        .names
        .iter()
        .filter_map(|name| name.destination.as_ref());
    let own = entry.names.iter().map(|name| &name.path);
    let own = own.filter(move |_| is_linked || matches!(entry.operation, Operation::Undo(_)));
    keeper
        .chain(destinations)
        .chain(own)
        .map(PathBytes::path)
        .filter(|path| path.is_absolute())
}

fn open_if_equal<O: ContentOps>(
    ops: &O,
    path: &Path,
    entry: &Entry,
    trusted: bool,
) -> Result<Option<O::File>, Refusal> {
    let place = Place::open(ops, path)?;
    let file = ops.open_file(&place.dir, &place.name)?;
    let stat = ops.status(&file)?.stat;
    if stat.size != entry.stat.size {
        return Ok(None);
    }
    let as_it_was = stat.modified == entry.keeper_stat.modified;
    if !(trusted && as_it_was)
        && digest_of(ops, &file, entry.stat.size, entry.algorithm)? != Some(entry.digest)
    {
        return Ok(None);
    }
    Ok(Some(file))
}

/// Calls for each entry of a run, a page at a time.
pub(super) fn each_entry(
    journal: &Journal,
    run: RunId,
    mut each: impl FnMut(&crate::action::journal::Recorded),
) -> Result<(), JournalError> {
    let mut from = 0;
    loop {
        let page = journal.entries(run, from, PAGE)?;
        page.iter().for_each(&mut each);
        match page.last() {
            Some(last) if page.len() == PAGE => from = last.id.number + 1,
            _ => return Ok(()),
        }
    }
}
