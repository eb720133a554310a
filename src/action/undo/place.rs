//! The original location of a file, and the steps that restore it there.

use std::path::{Component, Path, PathBuf};

use super::error::Refusal;
use crate::action::dirs::open_parent;
use crate::action::journal::{ActedName, Entry, Operation};
use crate::platform::{self, ContentOps};
use crate::types::{FileId, FileKind, FileStat};

/// An entry of an open directory.
pub(super) struct Place<O: ContentOps> {
    pub(super) dir: O::Dir,
    pub(super) name: Vec<u8>,
}

impl<O: ContentOps> Place<O> {
    /// Opens the directory of a path ([`open_parent`]).
    pub(super) fn open(ops: &O, path: &Path) -> Result<Self, Refusal> {
        use std::io::ErrorKind as Kind;
        let (dir, name) = open_parent(ops, path).map_err(|error| match error.kind() {
            Kind::NotFound | Kind::NotADirectory | Kind::InvalidInput => Refusal::NoDirectory,
            _ => Refusal::from(error),
        })?;
        Ok(Self { dir, name })
    }

    /// The metadata of the file that has the name, if there is one.
    pub(super) fn stat(&self, ops: &O) -> Result<Option<FileStat>, Refusal> {
        match ops.stat_name(&self.dir, &self.name) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            stat => Ok(Some(stat?)),
        }
    }
}

/// The remains of an act under a name, which are replaced when it is taken
/// back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::action) enum Occupant {
    /// Nothing.
    Vacant,
    /// The kept file, under another name of it.
    Keeper(FileId),
    /// A symbolic link to the kept file.
    Link(FileId),
}

impl Occupant {
    /// Examines a name that an act left.
    pub(super) fn find<O: ContentOps>(
        ops: &O,
        place: &Place<O>,
        name: &ActedName,
        entry: &Entry,
    ) -> Result<Self, Refusal> {
        let found = place.stat(ops)?;
        match (entry.operation, found) {
            (Operation::Remove | Operation::Trash | Operation::Move, None) => Ok(Self::Vacant),
            (Operation::Remove | Operation::Trash | Operation::Move, Some(_)) => {
                Err(Refusal::NameTaken)
            }
            (Operation::HardLink, Some(found)) => {
                // Numbers of devices change when the machine starts again.
                let is_keeper = found.kind == FileKind::Regular
                    && found.id.ino == entry.keeper_stat.id.ino
                    && is_of_keeper(ops, &found, entry);
                match found.links {
                    _ if !is_keeper => Err(Refusal::Changed),
                    0 | 1 => Err(Refusal::LastName),
                    _ => Ok(Self::Keeper(found.id)),
                }
            }
            (Operation::SymbolicLink, Some(found)) if found.kind == FileKind::Symlink => {
                let target = ops.read_link(&place.dir, &place.name)?;
                let target = Path::new(platform::os_str(&target));
                if leads_to(name.path.path(), target, entry.keeper.path()) {
                    Ok(Self::Link(found.id))
                } else {
                    Err(Refusal::Changed)
                }
            }
            // Whoever removed it wanted it gone.
            (Operation::HardLink | Operation::SymbolicLink, _) => Err(Refusal::Changed),
            (Operation::Dedupe | Operation::Undo(_), _) => Err(Refusal::Changed),
        }
    }

    /// Returns true if what came out of an exchange is what was to be replaced,
    /// and nothing is lost with this name of it.
    fn is_spare(self, found: &FileStat) -> bool {
        match self {
            Self::Vacant => false,
            Self::Keeper(id) => {
                found.id == id && found.kind == FileKind::Regular && found.links > 1
            }
            Self::Link(id) => found.id == id && found.kind == FileKind::Symlink,
        }
    }
}

/// Returns true if a file with the number of the kept one is it: as it was, or
/// the one that the kept file's path leads to. Numbers are used again.
fn is_of_keeper<O: ContentOps>(ops: &O, found: &FileStat, entry: &Entry) -> bool {
    let keeper = &entry.keeper_stat;
    if (found.size, found.modified) == (keeper.size, keeper.modified) {
        return true;
    }
    let at_its_path = Place::<O>::open(ops, entry.keeper.path()).and_then(|place| place.stat(ops));
    matches!(at_its_path, Ok(Some(kept)) if kept.id == found.id)
}

/// Returns true if a symbolic link at `link` with this target names `path`, by
/// the words alone.
fn leads_to(link: &Path, target: &Path, path: &Path) -> bool {
    let joined = link.parent().unwrap_or(link).join(target);
    let mut resolved = PathBuf::new();
    for component in joined.components() {
        match component {
            Component::ParentDir => {
                resolved.pop();
            }
            Component::CurDir => {}
            other => resolved.push(other),
        }
    }
    resolved == path
}

/// Gives a complete file its name. It has the temporary name already if
/// `is_named` says so.
///
/// Nothing that the run did not leave is replaced, and the name is never missing
/// where it is there.
pub(in crate::action) fn put<O: ContentOps>(
    ops: &O,
    file: &O::File,
    is_named: bool,
    (dir, name): (&O::Dir, &[u8]),
    temporary: &[u8],
    occupant: Occupant,
) -> Result<(), Refusal> {
    if occupant == Occupant::Vacant {
        if is_named {
            ops.rename((dir, temporary), (dir, name))?;
        } else {
            ops.link(file, dir, name)?;
        }
        return Ok(());
    }
    if !is_named {
        ops.link(file, dir, temporary)?;
    }
    if let Err(error) = ops.exchange(dir, temporary, name) {
        ops.unlink(dir, temporary)?;
        return Err(error.into());
    }
    let came_out = ops.stat_name(dir, temporary)?;
    if !occupant.is_spare(&came_out) {
        ops.exchange(dir, temporary, name)?;
        // The file that was made: its name is not needed any more.
        if ops.stat_name(dir, temporary)?.id == ops.status(file)?.stat.id {
            ops.unlink(dir, temporary)?;
        }
        return Err(Refusal::Changed);
    }
    Ok(ops.unlink(dir, temporary)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbolic_link_is_followed_by_its_words() {
        let rows = [
            ("/a/link", "keep", "/a/keep", true),
            ("/a/b/link", "../keep", "/a/keep", true),
            ("/a/b/link", "./../c/./keep", "/a/c/keep", true),
            ("/a/link", "/z/keep", "/z/keep", true),
            ("/a/link", "../../../keep", "/keep", true),
            ("/a/link", "other", "/a/keep", false),
            ("/a/b/link", "keep", "/a/keep", false),
        ];
        for (link, target, path, expected) in rows {
            let found = leads_to(Path::new(link), Path::new(target), Path::new(path));
            assert_eq!(found, expected, "{link} -> {target}");
        }
    }

    #[test]
    fn only_what_was_to_be_replaced_is_spare() {
        let id = FileId { dev: 1, ino: 2 };
        let stat = |kind, ino, links| FileStat {
            id: FileId { dev: 1, ino },
            kind,
            size: 1,
            links,
            modified: crate::types::Timestamp::from_nanos(0),
            changed: crate::types::Timestamp::from_nanos(0),
        };
        use FileKind::{Regular, Symlink};
        let rows = [
            (Occupant::Keeper(id), stat(Regular, 2, 2), true),
            (Occupant::Keeper(id), stat(Regular, 2, 1), false),
            (Occupant::Keeper(id), stat(Regular, 3, 2), false),
            (Occupant::Keeper(id), stat(Symlink, 2, 2), false),
            (Occupant::Link(id), stat(Symlink, 2, 1), true),
            (Occupant::Link(id), stat(Symlink, 3, 1), false),
            (Occupant::Link(id), stat(Regular, 2, 1), false),
            (Occupant::Vacant, stat(Regular, 2, 2), false),
        ];
        for (occupant, stat, expected) in rows {
            assert_eq!(occupant.is_spare(&stat), expected, "{occupant:?} {stat:?}");
        }
    }
}
