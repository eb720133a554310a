//! Settles what a crash left behind: entries of the journal whose result is not
//! known.
//!
//! What the names lead to now tells how far an act came. A file that is found
//! under its temporary name gets its own name back; one that is already removed
//! or linked everywhere stays so, since the kept file was durable before. No file
//! is ever removed here, only links that an act made.

use std::io;
use std::path::{Path, PathBuf};

use super::journal::{ActedName, Entry, Operation, Recorded, State, StateChange};
use super::journal::{EntryId, JournalError};
use super::link::exchange_back;
use super::names::relative_target;
use super::run::Intents;
use crate::error::describe;
use crate::platform::{FileOps, bytes_of};
use crate::types::{FileId, FileKind, FileStat};

/// One act that a crash interrupted, settled.
#[derive(Debug)]
pub(crate) struct Recovered {
    /// The entry.
    pub(crate) entry: EntryId,
    /// The file's first name.
    pub(crate) path: PathBuf,
    /// What was done about it.
    pub(crate) how: Recovery,
}

/// What became of an interrupted act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Recovery {
    /// It was complete.
    Complete,
    /// It was taken back, as far as it had come.
    TakenBack,
    /// It cannot be settled now: the file is still where the journal says.
    Left {
        /// The reason.
        reason: String,
    },
}

/// Settles entries, and records their states. Those that cannot be settled stay
/// as they are, as do those of an undo ([`super::undo::recover`]).
///
/// # Errors
///
/// The journal's. Files are whole then too, and the entries stay.
pub(crate) fn recover<F: FileOps>(
    ops: &F,
    pending: &[Recorded],
    intents: &mut impl Intents,
) -> Result<Vec<Recovered>, JournalError> {
    let mut settled = Vec::new();
    let mut changes = Vec::new();
    for recorded in pending {
        let entry = &recorded.entry;
        // What an undo left is settled by the undo.
        if matches!(entry.operation, Operation::Undo(_)) {
            continue;
        }
        let how = match settle(ops, entry) {
            Ok(how) => how,
            Err(error) => Recovery::Left {
                reason: describe(&error),
            },
        };
        let state = match how {
            Recovery::Complete => Some(State::Done),
            Recovery::TakenBack => Some(State::NotDone),
            Recovery::Left { .. } => None,
        };
        changes.extend(state.map(|state| StateChange {
            entry: recorded.id,
            state,
            freed: freed(entry, state),
        }));
        let first = entry.names.first();
        settled.push(Recovered {
            entry: recorded.id,
            path: first.map_or_else(PathBuf::new, |name| name.path.path().to_path_buf()),
            how,
        });
    }
    intents.settle(&changes)?;
    Ok(settled)
}

fn freed(entry: &Entry, state: State) -> u64 {
    let all_names = entry.stat.links == entry.names.len() as u64;
    let frees = matches!(
        entry.operation,
        Operation::Remove | Operation::HardLink | Operation::SymbolicLink
    );
    if state == State::Done && all_names && frees {
        entry.stat.size
    } else {
        0
    }
}

/// One name of an interrupted act, with the places that it may have led to.
struct Spot<'a, F: FileOps> {
    ops: &'a F,
    entry: &'a Entry,
    dir: F::Dir,
    name: Vec<u8>,
    /// Another place of the file: a temporary name, or a destination.
    other_dir: Option<F::Dir>,
    other: Vec<u8>,
    /// The temporary name of a copy on another file system.
    copy: Option<(F::Dir, Vec<u8>)>,
}

/// The state of one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NameState {
    /// It leads to the file.
    Original,
    /// It does not, and the file is not in the other place either.
    Acted,
    /// The file was moved there.
    Moved,
}

fn settle<F: FileOps>(ops: &F, entry: &Entry) -> io::Result<Recovery> {
    if entry.operation == Operation::Dedupe {
        // Whole at any moment, shared or not.
        return Ok(Recovery::Complete);
    }
    let spots = entry.names.iter().map(|name| Spot::new(ops, entry, name));
    let spots = spots.collect::<io::Result<Vec<_>>>()?;
    let mut states = Vec::new();
    for spot in &spots {
        states.push(spot.settle_name()?);
    }
    let is = |state| states.iter().all(|found| *found == state);
    let how = if is(NameState::Acted) || is(NameState::Moved) {
        Recovery::Complete
    } else {
        // Acted on in part: the names that still lead to the file tell which it is.
        restore(&spots, &states)?;
        Recovery::TakenBack
    };
    for spot in &spots {
        ops.sync_dir(&spot.dir)?;
        let copy_dir = spot.copy.as_ref().map(|(dir, _)| dir);
        for dir in spot.other_dir.iter().chain(copy_dir) {
            ops.sync_dir(dir)?;
        }
    }
    Ok(how)
}

/// Gives all names back to a file that at least one of them leads to.
fn restore<F: FileOps>(spots: &[Spot<'_, F>], states: &[NameState]) -> io::Result<()> {
    let pairs = || spots.iter().zip(states);
    for (spot, state) in pairs() {
        if *state == NameState::Moved {
            spot.return_moved()?;
        }
    }
    let Some((original, _)) = pairs().find(|(_, state)| **state != NameState::Acted) else {
        return Ok(());
    };
    for (spot, _) in pairs().filter(|(_, state)| **state == NameState::Acted) {
        let file = original.ops.open_file(&original.dir, &original.name)?;
        if original.ops.status(&file)?.stat.id != spot.entry.stat.id {
            return Err(io::ErrorKind::NotFound.into());
        }
        spot.link_again(&file)?;
    }
    Ok(())
}

/// Splits an absolute path into its directory, opened, and its name.
fn open_parent<F: FileOps>(ops: &F, path: &Path) -> io::Result<(F::Dir, Vec<u8>)> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let dir = ops.open_root(bytes_of(parent.as_os_str()))?;
    Ok((dir, bytes_of(name).to_vec()))
}

impl<'a, F: FileOps> Spot<'a, F> {
    fn new(ops: &'a F, entry: &'a Entry, name: &ActedName) -> io::Result<Self> {
        let (dir, own) = open_parent(ops, name.path.path())?;
        let mut copy = None;
        let (other_dir, other) = match (&name.temporary, &name.destination) {
            (None, Some(to)) => match open_parent(ops, to.path()) {
                Ok((dir, name)) => (Some(dir), name),
                // Its directory was not made yet.
                Err(error) if error.kind() == io::ErrorKind::NotFound => (None, Vec::new()),
                Err(error) => return Err(error),
            },
            (Some(temporary), to) => {
                let name = temporary.path().file_name().unwrap_or_default();
                let name = bytes_of(name).to_vec();
                if let Some(to) = to {
                    let opened = open_parent(ops, to.path()).ok();
                    copy = opened.map(|(dir, _)| (dir, name.clone()));
                }
                (None, name)
            }
            (None, None) => (None, Vec::new()),
        };
        Ok(Self {
            ops,
            entry,
            dir,
            name: own,
            other_dir,
            other,
            copy,
        })
    }

    fn stat(&self, dir: &F::Dir, name: &[u8]) -> io::Result<Option<FileStat>> {
        if name.is_empty() {
            return Ok(None);
        }
        match self.ops.stat_name(dir, name) {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn is_file(&self, found: Option<&FileStat>) -> bool {
        found.is_some_and(|found| found.kind == FileKind::Regular && found.id == self.entry.stat.id)
    }

    fn other_dir(&self) -> &F::Dir {
        self.other_dir.as_ref().unwrap_or(&self.dir)
    }

    /// Undoes what is half done to this name.
    fn settle_name(&self) -> io::Result<NameState> {
        if let Some((dir, name)) = &self.copy
            && self.stat(dir, name)?.is_some()
        {
            self.ops.unlink(dir, name)?;
        }
        let other = self.stat(self.other_dir(), &self.other)?;
        let own = self.stat(&self.dir, &self.name)?;
        if self.other_dir.is_some() && self.is_file(other.as_ref()) {
            return Ok(if self.is_file(own.as_ref()) {
                NameState::Original
            } else {
                NameState::Moved
            });
        }
        if let Some(link) = self.link(&self.dir, &self.other, other.as_ref())? {
            // The link was made and not put in place, or is on its way back.
            // It is the last name of the kept file if somebody removed that.
            let is_last = other.is_some_and(|other| other.links < 2);
            if own.is_none() && is_last && self.entry.operation == Operation::HardLink {
                self.ops
                    .rename((&self.dir, &self.other), (&self.dir, &self.name))?;
                return Ok(NameState::Acted);
            }
            debug_assert!(other.is_some_and(|other| other.id == link));
            self.ops.unlink(&self.dir, &self.other)?;
        } else if self.is_file(other.as_ref()) {
            match self.link(&self.dir, &self.name, own.as_ref())? {
                Some(link) => {
                    exchange_back(self.ops, &self.dir, &self.name, &self.other, link)?;
                }
                None => self
                    .ops
                    .rename((&self.dir, &self.other), (&self.dir, &self.name))?,
            }
            return Ok(NameState::Original);
        }
        Ok(if self.is_file(own.as_ref()) {
            NameState::Original
        } else {
            NameState::Acted
        })
    }

    /// The identity of the link that the act made, if a name leads to it.
    fn link(
        &self,
        dir: &F::Dir,
        name: &[u8],
        found: Option<&FileStat>,
    ) -> io::Result<Option<FileId>> {
        let Some(found) = found else {
            return Ok(None);
        };
        let is_link = match self.entry.operation {
            Operation::HardLink => {
                found.kind == FileKind::Regular && found.id == self.entry.keeper_stat.id
            }
            Operation::SymbolicLink if found.kind == FileKind::Symlink => {
                let from = self.ops.dir_path(dir)?;
                let target = relative_target(&from, self.entry.keeper.path());
                self.ops.read_link(dir, name)? == bytes_of(target.as_os_str())
            }
            _ => false,
        };
        Ok(is_link.then_some(found.id))
    }

    fn return_moved(&self) -> io::Result<()> {
        self.ops
            .rename((self.other_dir(), &self.other), (&self.dir, &self.name))
    }

    /// Gives an acted name back to the file.
    fn link_again(&self, file: &F::File) -> io::Result<()> {
        let own = self.stat(&self.dir, &self.name)?;
        match (&own, self.link(&self.dir, &self.name, own.as_ref())?) {
            (None, _) => self.ops.link(file, &self.dir, &self.name),
            (Some(_), Some(link)) => {
                self.ops.link(file, &self.dir, &self.other)?;
                exchange_back(self.ops, &self.dir, &self.name, &self.other, link)
            }
            // Somebody put another file there since: it stays.
            (Some(_), None) => Ok(()),
        }
    }
}
