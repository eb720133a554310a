//! Recovery after a crash: settles the entries of the journal whose result is
//! unknown.
//!
//! The files that the names refer to now show how far each act came. A file that is found
//! under its temporary name gets its own name back; one that is already removed
//! or linked everywhere stays so, since the kept file was durable before. No file
//! is ever removed here, only links and copies that an act made.
//!
//! Numbers of devices change when the machine starts again, and those of files
//! when they come from a backup. So nothing is concluded from a number that is
//! another one now: what has a temporary name, which nobody could guess, is what
//! the act left there, and a directory must be the one that it was before a name
//! that it lacks counts as removed.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::dirs::open_parent;
use super::journal::JournalError;
use super::journal::{ActedName, Entry, Operation, Recorded, State, StateChange};
use super::link::exchange_back;
use super::names::relative_target;
use super::run::Intents;
use super::trash;
use crate::error::describe;
use crate::platform::{FileOps, bytes_of, os_str};
use crate::types::{FileId, FileKind, FileStat};

/// One act that a crash interrupted, settled.
#[derive(Debug)]
pub(crate) struct Recovered {
    /// The file's first name.
    pub(crate) path: PathBuf,
    /// The recovery.
    pub(crate) how: Recovery,
}

/// The recovery of an interrupted act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Recovery {
    /// It was complete.
    Complete,
    /// It was taken back, as far as it had come.
    TakenBack {
        /// A copy of it where it was to be moved to. It is complete, and may be
        /// somebody else's, so it stays.
        copy: Option<PathBuf>,
    },
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
pub(super) fn recover_acts<F: FileOps>(
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
            Recovery::TakenBack { .. } => Some(State::NotDone),
            Recovery::Left { .. } => None,
        };
        changes.extend(state.map(|state| StateChange {
            entry: recorded.id,
            state,
            freed: freed(entry, state),
        }));
        let first = entry.names.first();
        settled.push(Recovered {
            path: first.map_or_else(PathBuf::new, |name| name.path.path().to_path_buf()),
            how,
        });
    }
    intents.advance(&changes, &[])?;
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
    /// The inode number that the directory had.
    dir_number: Option<u64>,
    /// The temporary name in that directory; none for a file that is only renamed.
    temporary: Option<Vec<u8>>,
    /// The name that the file is moved to, if its directory is there.
    destination: Option<(F::Dir, Vec<u8>)>,
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

/// The reason why an entry stays as it is.
fn doubt(reason: impl fmt::Display) -> io::Error {
    io::Error::other(reason.to_string())
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
        for (spot, state) in spots.iter().zip(&states) {
            spot.require_acted(*state)?;
        }
        Recovery::Complete
    } else {
        // Acted on in part: the names that still lead to the file tell which it is.
        restore(&spots, &states)?;
        let mut copies = spots.iter().map(Spot::copy_left);
        Recovery::TakenBack {
            copy: copies.find_map(Result::transpose).transpose()?,
        }
    };
    if entry.operation == Operation::Trash {
        trash::forget(ops, entry)?;
    }
    for spot in &spots {
        spot.require_no_temporary()?;
        ops.sync_dir(&spot.dir)?;
        if let Some((dir, _)) = &spot.destination {
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
        let found = original.ops.status(&file)?.stat;
        let stat = &spot.entry.stat;
        // Another file must not get its names.
        if !spot.is_file(Some(&found)) || (found.size, found.modified) != (stat.size, stat.modified)
        {
            return Err(doubt("it was changed before all of its names were back"));
        }
        spot.link_again(&file)?;
    }
    Ok(())
}

impl<'a, F: FileOps> Spot<'a, F> {
    fn new(ops: &'a F, entry: &'a Entry, name: &ActedName) -> io::Result<Self> {
        let (dir, own) = open_parent(ops, name.path.path())?;
        let temporary = name.temporary.as_ref().and_then(|temporary| {
            let name = temporary.path().file_name()?;
            Some(bytes_of(name).to_vec())
        });
        let destination = match &name.destination {
            None => None,
            Some(to) => match open_parent(ops, to.path()) {
                Ok(opened) => Some(opened),
                // It was not made yet.
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            },
        };
        Ok(Self {
            ops,
            entry,
            dir,
            name: own,
            dir_number: name.directory,
            temporary,
            destination,
        })
    }

    fn stat(&self, dir: &F::Dir, name: &[u8]) -> io::Result<Option<FileStat>> {
        match self.ops.stat_name(dir, name) {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The file that has the temporary name, if any.
    fn stat_temporary(&self) -> io::Result<Option<FileStat>> {
        match &self.temporary {
            Some(name) => self.stat(&self.dir, name),
            None => Ok(None),
        }
    }

    /// The file that has the temporary name at the destination, if any.
    fn stat_copy(&self) -> io::Result<Option<FileStat>> {
        match (&self.temporary, &self.destination) {
            (Some(name), Some((dir, _))) => self.stat(dir, name),
            _ => Ok(None),
        }
    }

    fn is_file(&self, found: Option<&FileStat>) -> bool {
        let stat = &self.entry.stat;
        found.is_some_and(|found| {
            found.kind == FileKind::Regular
                && (found.id == stat.id
                    || (found.size, found.modified) == (stat.size, stat.modified))
        })
    }

    /// The temporary name, for messages.
    fn temporary_path(&self) -> String {
        let name = self.temporary.as_deref().unwrap_or_default();
        let dir = self.ops.dir_path(&self.dir).unwrap_or_default();
        dir.join(os_str(name)).display().to_string()
    }

    /// The path that it is moved to, for messages.
    fn destination_path(&self) -> PathBuf {
        let Some((dir, name)) = &self.destination else {
            return PathBuf::new();
        };
        self.ops
            .dir_path(dir)
            .unwrap_or_default()
            .join(os_str(name))
    }

    /// The path of a copy on another file system that has its name already.
    fn copy_left(&self) -> io::Result<Option<PathBuf>> {
        let (Some((dir, name)), Some(_)) = (&self.destination, &self.temporary) else {
            return Ok(None);
        };
        let stat = &self.entry.stat;
        let found = self.stat(dir, name)?;
        let is_copy = found.is_some_and(|found| {
            found.kind == FileKind::Regular
                && (found.size, found.modified) == (stat.size, stat.modified)
        });
        Ok(is_copy.then(|| self.destination_path()))
    }

    /// Undoes what is half done to this name.
    fn settle_name(&self) -> io::Result<NameState> {
        let own = self.stat(&self.dir, &self.name)?;
        let Some(name) = &self.temporary else {
            let moved = match &self.destination {
                Some((dir, name)) => self.stat(dir, name)?,
                None => None,
            };
            return Ok(match self.is_file(own.as_ref()) {
                true => NameState::Original,
                false if self.is_file(moved.as_ref()) => NameState::Moved,
                false if moved.is_some() => {
                    let path = self.destination_path();
                    let path = path.display();
                    return Err(doubt(format_args!(
                        "what was moved to {path} is another file"
                    )));
                }
                false => NameState::Acted,
            });
        };
        let other = self.stat_temporary()?;
        self.remove_copy(own.as_ref(), other.as_ref())?;
        let Some(other) = other else {
            return self.state_of(own.as_ref());
        };
        if self.link(name, Some(&other))?.is_some() {
            // The link was made and not put in place, or is on its way back.
            // It is the last name of the kept file if somebody removed that.
            if other.kind == FileKind::Regular && other.links < 2 {
                if own.is_some() || self.entry.operation != Operation::HardLink {
                    let path = self.temporary_path();
                    return Err(doubt(format_args!("the kept file is only at {path} now")));
                }
                self.ops
                    .rename((&self.dir, name), (&self.dir, &self.name))?;
                return Ok(NameState::Acted);
            }
            self.ops.unlink(&self.dir, name)?;
            return self.state_of(own.as_ref());
        }
        if other.kind != FileKind::Regular {
            let path = self.temporary_path();
            return Err(doubt(format_args!("{path} is something else now")));
        }
        // The file, whatever its numbers are now.
        match &own {
            None => self
                .ops
                .rename((&self.dir, name), (&self.dir, &self.name))?,
            // A rename in two steps.
            Some(own) if own.id == other.id => self.ops.unlink(&self.dir, name)?,
            Some(_) => match self.link(&self.name, own.as_ref())? {
                Some(link) => exchange_back(self.ops, &self.dir, &self.name, name, link, false)?,
                None => {
                    let path = self.temporary_path();
                    return Err(doubt(format_args!(
                        "another file has its name; it is at {path}"
                    )));
                }
            },
        }
        Ok(NameState::Original)
    }

    /// The state of a name whose file has no temporary one.
    fn state_of(&self, own: Option<&FileStat>) -> io::Result<NameState> {
        let is_original = self.link(&self.name, own)?.is_none() && self.is_file(own);
        Ok(match is_original {
            true => NameState::Original,
            false => NameState::Acted,
        })
    }

    /// Removes a copy on another file system that did not get its name, while the
    /// file itself is there.
    fn remove_copy(&self, own: Option<&FileStat>, other: Option<&FileStat>) -> io::Result<()> {
        let (Some((dir, _)), Some(name)) = (&self.destination, &self.temporary) else {
            return Ok(());
        };
        if self.stat_copy()?.is_none() {
            return Ok(());
        }
        let has_file =
            self.is_file(own) || other.is_some_and(|other| other.kind == FileKind::Regular);
        if !has_file || self.ops.dir_id(dir)? == self.ops.dir_id(&self.dir)? {
            return Err(doubt("a copy of it may be the only one"));
        }
        self.ops.unlink(dir, name)
    }

    /// Checks that must hold before a name counts as acted on.
    fn require_acted(&self, state: NameState) -> io::Result<()> {
        let number = self.ops.dir_id(&self.dir)?.ino;
        if self.dir_number.is_some_and(|known| known != number) {
            return Err(doubt(
                "another directory is in the place of its own: is the file system mounted?",
            ));
        }
        if self.entry.operation == Operation::Move && state == NameState::Acted {
            let moved = match &self.destination {
                Some((dir, name)) => self.stat(dir, name)?,
                None => None,
            };
            if moved.is_none() {
                return Err(doubt("it is neither at its name nor where it was moved to"));
            }
        }
        Ok(())
    }

    fn require_no_temporary(&self) -> io::Result<()> {
        if self.stat_temporary()?.is_none() && self.stat_copy()?.is_none() {
            return Ok(());
        }
        let path = self.temporary_path();
        Err(doubt(format_args!("{path} is still there")))
    }

    /// The identity of the link that the act made, if a name leads to it.
    fn link(&self, name: &[u8], found: Option<&FileStat>) -> io::Result<Option<FileId>> {
        let Some(found) = found else {
            return Ok(None);
        };
        let entry = self.entry;
        let is_link = match entry.operation {
            Operation::HardLink => {
                found.kind == FileKind::Regular && found.id.ino == entry.keeper_stat.id.ino
            }
            Operation::SymbolicLink if found.kind == FileKind::Symlink => {
                let from = self.ops.dir_path(&self.dir)?;
                let target = relative_target(&from, entry.keeper.path());
                self.ops.read_link(&self.dir, name)? == bytes_of(target.as_os_str())
            }
            _ => false,
        };
        Ok(is_link.then_some(found.id))
    }

    fn return_moved(&self) -> io::Result<()> {
        let (dir, name) = self.destination.as_ref().ok_or(io::ErrorKind::NotFound)?;
        self.ops.rename((dir, name), (&self.dir, &self.name))
    }

    /// Gives an acted name back to the file.
    fn link_again(&self, file: &F::File) -> io::Result<()> {
        let own = self.stat(&self.dir, &self.name)?;
        match (&own, self.link(&self.name, own.as_ref())?, &self.temporary) {
            (None, ..) => self.ops.link(file, &self.dir, &self.name),
            (Some(_), Some(link), Some(temporary)) => {
                self.ops.link(file, &self.dir, temporary)?;
                exchange_back(self.ops, &self.dir, &self.name, temporary, link, false)
            }
            // Somebody put another file there since: it stays.
            _ => Ok(()),
        }
    }
}
