//! The trash of the desktop, as freedesktop.org specifies it.
//!
//! A file goes into the trash of its own file system: first a record says where
//! it was, then a rename that replaces nothing puts it there. Nothing is copied.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::act::{Act, Acted, is_gone};
use super::batch::Item;
use super::compare::Name;
use super::dirs::OpenedDir;
use super::displace::{Target, move_refused, move_to};
use super::journal::Entry;
use super::names::temporary_name;
use super::outcome::{Failure, Refusal, Skip, Step};
use super::plan::Action;
use super::run::{Intents, Run};
use crate::error::describe;
use crate::platform::{self, ContentOps, FileOps, bytes_of};
use crate::types::FileId;

/// Directories of a trash are its owner's alone.
const PRIVATE: u32 = 0o700;
const STICKY: u32 = 0o1000;
const OTHERS_WRITE: u32 = 0o022;

/// The longest name that leaves room for a number and `.trashinfo`.
const MAX_NAME: usize = 220;

/// The home trash, from the environment.
pub(crate) fn home_trash(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<PathBuf> {
    let absolute = |name: &str| {
        variable(name)
            .map(PathBuf::from)
            .filter(|p| p.is_absolute())
    };
    let data = absolute("XDG_DATA_HOME")
        .or_else(|| Some(absolute("HOME")?.join(".local").join("share")))?;
    Some(data.join("Trash"))
}

/// A trash.
#[derive(Debug)]
pub(super) struct Trash<D> {
    files: Arc<OpenedDir<D>>,
    info: OpenedDir<D>,
    /// The directory that its records are relative to.
    top: Option<PathBuf>,
}

/// A name in a trash.
#[derive(Debug)]
pub(super) struct TrashPlace<D> {
    trash: Arc<Trash<D>>,
    name: Vec<u8>,
}

impl<D> TrashPlace<D> {
    pub(super) fn path(&self) -> PathBuf {
        self.trash.files.join(&self.name)
    }

    pub(super) fn files(&self) -> &Arc<OpenedDir<D>> {
        &self.trash.files
    }
}

impl<F: ContentOps, J: Intents> Run<'_, F, J> {
    /// Chooses the places of the files in the trash.
    pub(super) fn plan_trash(&mut self, items: &mut [Item<F>]) {
        let Action::Trash { home } = &self.context.options.action else {
            return;
        };
        for item in items {
            for name in &item.proved.target.names {
                match self.trashes.place(self.context.ops, home.as_deref(), name) {
                    Ok(place) => {
                        item.destinations.push(place.path());
                        item.trash.push(place);
                    }
                    Err(refusal) => {
                        item.result = Some(refusal.into());
                        break;
                    }
                }
            }
        }
    }
}

/// The trashes of a run, by file system.
#[derive(Debug)]
pub(super) struct Trashes<D> {
    known: HashMap<(u64, Option<u64>), Arc<Trash<D>>>,
    taken: HashSet<(FileId, Vec<u8>)>,
}

impl<D> Default for Trashes<D> {
    fn default() -> Self {
        Self {
            known: HashMap::new(),
            taken: HashSet::new(),
        }
    }
}

impl<D> Trashes<D> {
    /// Chooses a place for a name of a file, and makes the trash if there is
    /// none.
    pub(super) fn place<F: FileOps<Dir = D>>(
        &mut self,
        ops: &F,
        home: Option<&Path>,
        name: &Name<D>,
    ) -> Result<TrashPlace<D>, Refusal> {
        let key = mount_of(&name.dir);
        let trash = match self.known.get(&key) {
            Some(known) => Arc::clone(known),
            None => {
                let found = find(ops, home, &name.dir).map_err(|error| {
                    let text = format!("no trash on its file system: {}", describe(&error));
                    Failure::new(Step::Act, io::Error::new(error.kind(), text))
                })?;
                let found = Arc::new(found.ok_or(Skip::NoTrash)?);
                self.known.insert(key, Arc::clone(&found));
                found
            }
        };
        let id = trash.files.status.stat.id;
        let is_free = |new: &[u8]| -> io::Result<bool> {
            Ok(!exists(ops, &trash.files.dir, new)?
                && !exists(ops, &trash.info.dir, &record_name(new))?)
        };
        // From 100 on they are random.
        for number in 1..200 {
            let new = numbered(&name.name, number);
            let is_free = is_free(&new).map_err(|error| Failure::new(Step::Act, error))?;
            if is_free && self.taken.insert((id, new.clone())) {
                return Ok(TrashPlace { trash, name: new });
            }
        }
        Err(Skip::DestinationExists.into())
    }
}

fn exists<F: FileOps>(ops: &F, dir: &F::Dir, name: &[u8]) -> io::Result<bool> {
    match ops.stat_name(dir, name) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A name for the nth file of one name.
fn numbered(name: &[u8], number: u32) -> Vec<u8> {
    let mut new = name[..name.len().min(MAX_NAME)].to_vec();
    match number {
        1 => {}
        2..100 => new.extend_from_slice(format!(".{number}").as_bytes()),
        // Whatever is in the way.
        _ => new = temporary_name(),
    }
    new
}

fn record_name(name: &[u8]) -> Vec<u8> {
    [name, b".trashinfo"].concat()
}

fn mount_of<D>(dir: &OpenedDir<D>) -> (u64, Option<u64>) {
    (dir.status.stat.id.dev, dir.status.mount)
}

/// The trash of the file system of a directory. `None` if what has its name is
/// not safe to use.
fn find<F: FileOps>(
    ops: &F,
    home: Option<&Path>,
    dir: &OpenedDir<F::Dir>,
) -> io::Result<Option<Trash<F::Dir>>> {
    let wanted = mount_of(dir);
    let user = platform::user_id().ok_or(io::ErrorKind::Unsupported)?;
    let is_own = |base: &F::Dir| -> io::Result<bool> {
        let status = ops.dir_status(base)?;
        Ok(status.owner == user && status.mode & OTHERS_WRITE == 0)
    };
    if let Some(home) = home {
        let (mut base, at) = nearest(ops, home)?;
        if mount_of(&OpenedDir::new(
            ops,
            ops.open_root(bytes_of(at.as_os_str()))?,
        )?) == wanted
        {
            for part in home.strip_prefix(at).unwrap_or(Path::new("")).components() {
                base = enter(ops, &base, bytes_of(part.as_os_str()))?;
            }
            // As root it may be that of the user who asked for that.
            if !is_own(&base)? {
                return Ok(None);
            }
            let trash = Trash::new(ops, &base, None)?;
            return Ok(trash.is_on(wanted).then_some(trash));
        }
    }
    let mut top = dir.path.clone();
    while let Some(parent) = top.parent() {
        let opened = ops.open_root(bytes_of(parent.as_os_str()))?;
        if mount_of(&OpenedDir::new(ops, opened)?) != wanted {
            break;
        }
        top = parent.to_path_buf();
    }
    let base = ops.open_root(bytes_of(top.as_os_str()))?;
    let base = match ops.open_dir(&base, b".Trash") {
        // An administrator made one for everybody.
        Ok(common) if ops.dir_status(&common)?.mode & STICKY != 0 => {
            enter(ops, &common, user.to_string().as_bytes())?
        }
        _ => enter(ops, &base, format!(".Trash-{user}").as_bytes())?,
    };
    if !is_own(&base)? {
        return Ok(None);
    }
    let trash = Trash::new(ops, &base, Some(top))?;
    Ok(trash.is_on(wanted).then_some(trash))
}

/// The deepest directory on a path that exists.
fn nearest<'p, F: FileOps>(ops: &F, path: &'p Path) -> io::Result<(F::Dir, &'p Path)> {
    for ancestor in path.ancestors() {
        match ops.open_root(bytes_of(ancestor.as_os_str())) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            opened => return Ok((opened?, ancestor)),
        }
    }
    Err(io::ErrorKind::NotFound.into())
}

/// Opens a directory, and makes it if there is none.
fn enter<F: FileOps>(ops: &F, base: &F::Dir, name: &[u8]) -> io::Result<F::Dir> {
    match ops.open_dir(base, name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            ops.make_dir(base, name, PRIVATE)?;
            ops.sync_dir(base)?;
            ops.open_dir(base, name)
        }
        opened => opened,
    }
}

impl<D> Trash<D> {
    fn new<F: FileOps<Dir = D>>(ops: &F, base: &D, top: Option<PathBuf>) -> io::Result<Self> {
        Ok(Self {
            files: Arc::new(OpenedDir::new(ops, enter(ops, base, b"files")?)?),
            info: OpenedDir::new(ops, enter(ops, base, b"info")?)?,
            top,
        })
    }

    fn is_on(&self, wanted: (u64, Option<u64>)) -> bool {
        mount_of(&self.files) == wanted
    }
}

/// Puts all names of a file into the trash.
pub(super) fn put<F: FileOps>(act: &Act<'_, F>, places: &[TrashPlace<F::Dir>]) -> Acted {
    let ops = act.ops;
    let mut written = 0;
    let mut write = || -> io::Result<()> {
        let deleted = jiff::Zoned::now().strftime("%Y-%m-%dT%H:%M:%S").to_string();
        for (place, name) in places.iter().zip(&act.target.names) {
            let trash = &place.trash;
            let path = name.dir.join(&name.name);
            let file = ops.create(&trash.info.dir, &record_name(&place.name))?;
            written += 1;
            ops.write_at(&file, &record(&path, trash.top.as_deref(), &deleted), 0)?;
            ops.sync_file(&file)?;
            ops.sync_dir(&trash.info.dir)?;
        }
        Ok(())
    };
    let acted = match write() {
        Ok(()) => {
            let target = |place: &TrashPlace<F::Dir>| -> Target<F> {
                (Arc::clone(&place.trash.files), place.name.clone())
            };
            let to: Vec<_> = places.iter().map(target).collect();
            move_to(act, &to)
        }
        Err(error) => Acted::NotDone(move_refused(error)),
    };
    if let Acted::NotDone(_) = acted {
        for place in &places[..written] {
            // A record without a file is shown by no desktop.
            let _ = ops.unlink(&place.trash.info.dir, &record_name(&place.name));
        }
    }
    acted
}

/// The record of a file.
fn record(path: &Path, top: Option<&Path>, deleted: &str) -> Vec<u8> {
    let shown = top.and_then(|top| path.strip_prefix(top).ok());
    let mut text = b"[Trash Info]\nPath=".to_vec();
    for &byte in bytes_of(shown.unwrap_or(path).as_os_str()) {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            text.push(byte);
        } else {
            text.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
    text.extend_from_slice(format!("\nDeletionDate={deleted}\n").as_bytes());
    text
}

/// Removes the records of those names of a file that are not in the trash.
pub(super) fn forget<F: FileOps>(ops: &F, entry: &Entry) -> io::Result<()> {
    for name in &entry.names {
        let Some(to) = name
            .destination
            .as_ref()
            .map(super::journal::PathBytes::path)
        else {
            continue;
        };
        let (Some(files), Some(name)) = (to.parent(), to.file_name()) else {
            continue;
        };
        let name = bytes_of(name);
        if let Some(dir) = open_plain(ops, files)?
            && !is_gone(ops, &dir, name)
        {
            continue;
        }
        if let Some(info) = open_plain(ops, &files.with_file_name("info"))?
            && !is_gone(ops, &info, &record_name(name))
        {
            ops.unlink(&info, &record_name(name))?;
            ops.sync_dir(&info)?;
        }
    }
    Ok(())
}

/// Opens a directory whose path has no symbolic links.
fn open_plain<F: FileOps>(ops: &F, path: &Path) -> io::Result<Option<F::Dir>> {
    let root = path.ancestors().last().unwrap_or(path);
    let base = ops.open_root(bytes_of(root.as_os_str()))?;
    let below = path.strip_prefix(root).unwrap_or(path);
    match ops.open_dir(&base, bytes_of(below.as_os_str())) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_where_the_file_was() {
        let rows = [
            ("/a/b c", None, "/a/b%20c"),
            ("/m/a/\u{e4}", Some("/m"), "a/%C3%A4"),
            ("/x/100%", Some("/m"), "/x/100%25"),
        ];
        for (path, top, expected) in rows {
            let text = record(Path::new(path), top.map(Path::new), "2026-01-02T03:04:05");
            let expected =
                format!("[Trash Info]\nPath={expected}\nDeletionDate=2026-01-02T03:04:05\n");
            assert_eq!(String::from_utf8(text).unwrap(), expected);
        }
    }

    #[test]
    fn names_leave_room_for_their_record() {
        assert_eq!(numbered(b"a.txt", 1), b"a.txt");
        assert_eq!(numbered(b"a.txt", 2), b"a.txt.2");
        assert!(record_name(&numbered(&[b'x'; 255], 99)).len() < 255);
        assert_ne!(numbered(b"a", 100), numbered(b"a", 101));
    }

    #[test]
    fn the_home_trash_follows_the_variables() {
        let find = |pairs: &[(&str, &str)]| {
            home_trash(|name| {
                let found = pairs.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| value.into())
            })
        };
        let root = if cfg!(windows) { "C:\\h" } else { "/h" };
        let home = ("HOME", root);
        let below = Path::new(root).join(".local/share/Trash");
        assert_eq!(find(&[home]), Some(below.clone()));
        assert_eq!(find(&[home, ("XDG_DATA_HOME", "relative")]), Some(below));
        let set = ("XDG_DATA_HOME", root);
        assert_eq!(find(&[set]), Some(Path::new(root).join("Trash")));
        assert_eq!(find(&[("HOME", "x")]), None);
    }
}
