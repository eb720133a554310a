//! Brings a file back that was moved to another file system: a copy that is
//! proved, complete and durable gets the names first, then the moved file is
//! removed as any other.

use std::sync::Arc;
use std::sync::Mutex;

use super::apply::{Dirs, Parts, Restored, put_others, temporary_of};
use super::place::{self, Occupant, Place};
use super::recover::open_made;
use super::{Refusal, moved};
use crate::action::act::{Act, Acted};
use crate::action::compare::{Comparison, Name, Opened, lease};
use crate::action::dirs::OpenedDir;
use crate::action::displace::remove;
use crate::action::journal::{ActedName, Entry};
use crate::action::metadata::Unrestored;
use crate::action::outcome::{self, Skip};
use crate::action::restore::{self, NotMade, Wanted, digest_of};
use crate::platform::{ContentOps, Setting};
use crate::types::{Aspect, CancelToken, FileId};

/// Returns true if a name of a moved file has to come back from another file
/// system, or through another mount, which no rename does.
pub(super) fn crosses<O: ContentOps>(ops: &O, entry: &Entry) -> Result<bool, Refusal> {
    for name in &entry.names {
        let Some(destination) = &name.destination else {
            continue;
        };
        let Some(from) = open_if_there(ops, destination.path())? else {
            continue;
        };
        let Some(to) = open_if_there(ops, name.path.path())? else {
            continue;
        };
        let (from, to) = (ops.dir_status(&from.dir)?, ops.dir_status(&to.dir)?);
        if (from.stat.id.dev, from.mount) != (to.stat.id.dev, to.mount) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Copies a moved file to where it was, and removes it.
pub(super) fn transfer_back<O: ContentOps>(ops: &O, entry: &Entry, dirs: &mut Dirs<O>) -> Restored {
    let mut from = MovedFile::open(ops, entry)?;
    if from.names.len() != entry.names.len() {
        return Err(Refusal::Moved);
    }
    // Who writes to it now must not find that it went.
    lease(ops, &mut from.opened).map_err(refusal)?;
    let mut copy = None;
    let placed = put_copy(ops, entry, &from, &mut copy).and_then(|failed| {
        let differences = from.remove(ops, entry)?;
        Ok(unrestored(differences, &failed))
    });
    match placed {
        Ok(unrestored) => {
            from.add_to(ops, dirs)?;
            Ok(Parts {
                unrestored,
                missing: Vec::new(),
            })
        }
        Err(reason) => {
            // A name that the copy keeps does no harm: it is complete.
            if let Some(copy) = copy
                && from.is_whole(ops)
            {
                take_away(ops, entry, copy, dirs);
            }
            Err(reason)
        }
    }
}

/// Makes the copy and gives it all names.
fn put_copy<O: ContentOps>(
    ops: &O,
    entry: &Entry,
    from: &MovedFile<'_, O>,
    copy: &mut Option<FileId>,
) -> Result<Vec<Unrestored>, Refusal> {
    let first = entry.names.first().ok_or(Refusal::Moved)?;
    let to = Place::open(ops, first.path.path())?;
    let temporary = temporary_of(first);
    let wanted = Wanted::of(entry);
    let made = restore::make(ops, &from.opened.file, wanted, &to.dir, temporary);
    let made = made.map_err(|error| match error {
        NotMade::SourceDiffers => Refusal::Moved,
        NotMade::Io(error) => error.into(),
    })?;
    let mut put = || -> Result<(), Refusal> {
        let found = digest_of(ops, &made.file, entry.stat.size, entry.algorithm)?;
        if found != Some(entry.digest) {
            return Err(std::io::Error::other("the copy differs from the file").into());
        }
        *copy = Some(ops.status(&made.file)?.stat.id);
        place::put(
            ops,
            &made.file,
            made.is_named,
            (&to.dir, &to.name),
            temporary,
            Occupant::Vacant,
        )
    };
    if let Err(reason) = put() {
        if made.is_named {
            // The journal has its name if this fails too.
            let _ = ops.unlink(&to.dir, temporary);
        }
        return Err(reason);
    }
    let mut placed = Dirs::default();
    placed.add(to.dir);
    let others = &entry.names[1..];
    let mut missing = put_others(ops, &made.file, entry, others, &mut placed);
    if let Some(first) = missing.pop() {
        return Err(first.reason);
    }
    placed.sync(ops)?;
    Ok(made.unrestored)
}

/// Removes the names of a copy.
fn take_away<O: ContentOps>(ops: &O, entry: &Entry, copy: FileId, dirs: &mut Dirs<O>) {
    for name in &entry.names {
        let Ok(place) = Place::open(ops, name.path.path()) else {
            continue;
        };
        if place
            .stat(ops)
            .is_ok_and(|found| found.is_some_and(|found| found.id == copy))
        {
            let _ = ops.unlink(&place.dir, &place.name);
            dirs.add(place.dir);
        }
    }
}

/// A moved file under the names that it was moved to.
struct MovedFile<'a, O: ContentOps> {
    opened: Opened<O>,
    names: Vec<&'a ActedName>,
    temporaries: Vec<Vec<u8>>,
}

impl<'a, O: ContentOps> MovedFile<'a, O> {
    /// Opens it under all names that still lead to it.
    fn open(ops: &O, entry: &'a Entry) -> Result<Self, Refusal> {
        let mut names = Vec::new();
        let mut places = Vec::new();
        for name in &entry.names {
            match moved(ops, name, entry) {
                Ok(place) => {
                    names.push(name);
                    places.push(place);
                }
                Err(Refusal::Moved | Refusal::NoDirectory) => {}
                Err(reason) => return Err(reason),
            }
        }
        let opened = open(ops, places)?.ok_or(Refusal::Moved)?;
        let stat = opened.stat();
        let as_it_was = stat.size == entry.stat.size && stat.modified == entry.metadata.modified;
        if !as_it_was {
            return Err(Refusal::Moved);
        }
        Ok(Self {
            temporaries: names
                .iter()
                .map(|name| temporary_of(name).to_vec())
                .collect(),
            names,
            opened,
        })
    }

    /// Removes it, after a comparison with the copy that has the names now, and
    /// returns what the copy lacks. If it fails, some names may be put aside.
    fn remove(&self, ops: &O, entry: &Entry) -> Result<Vec<Aspect>, Refusal> {
        let mut places = Vec::new();
        for name in &entry.names {
            let place = Place::open(ops, name.path.path())?;
            if place.stat(ops)?.is_some() {
                places.push(place);
            }
        }
        let mut copy = open(ops, places)?.ok_or(Refusal::NameTaken)?;
        if copy.stat().id == self.opened.stat().id {
            return Err(Refusal::NameTaken);
        }
        lease(ops, &mut copy).map_err(refusal)?;
        let cancel = CancelToken::default();
        let comparison = Comparison {
            ops,
            keeper: &copy,
            target: &self.opened,
            cancel: &cancel,
        };
        let compared = comparison.run(&mut Default::default(), entry.algorithm);
        let compared = compared.map_err(refusal)?;
        // Reading it moved its access time. If this fails, the difference is
        // found.
        let _ = ops.set(
            &copy.file,
            Setting::Times {
                accessed: entry.metadata.accessed,
                modified: copy.stat().modified,
            },
        );
        let differences = ops.metadata(&copy.file)?.differences(&entry.metadata);
        ops.sync_all(&copy.file)?;
        for name in &copy.names {
            ops.sync_dir(&name.dir.dir)?;
        }
        // The change of its time is this undo's own.
        let copy_now = ops.status(&copy.file)?.stat;
        let own_changes = compared.equal.map(|equal| (equal.keeper, copy_now));
        let own_changes = Mutex::new(own_changes.into_iter().collect());
        let act = Act {
            ops,
            keeper: &copy,
            target: &self.opened,
            temporaries: &self.temporaries,
            cancel: &cancel,
            equal: compared.equal,
            own_changes: &own_changes,
            changes_keeper: false,
        };
        match remove(&act) {
            Acted::Done => Ok(differences),
            Acted::NotDone(reason) => Err(refusal(reason)),
            Acted::Stuck(failure) => Err(failure.error.into()),
        }
    }

    /// Returns true if it has all names that it was moved to.
    fn is_whole(&self, ops: &O) -> bool {
        self.opened.names.iter().all(|name| {
            let found = ops.stat_name(&name.dir.dir, &name.name);
            found.is_ok_and(|found| self.opened.is(&found))
        })
    }

    fn add_to(&self, ops: &O, dirs: &mut Dirs<O>) -> Result<(), Refusal> {
        for name in &self.names {
            if let Some(destination) = &name.destination {
                dirs.add(Place::open(ops, destination.path())?.dir);
            }
        }
        Ok(())
    }
}

/// Opens a file by its names, if there are any. All have to lead to it.
fn open<O: ContentOps>(ops: &O, places: Vec<Place<O>>) -> Result<Option<Opened<O>>, Refusal> {
    let mut opened: Option<Opened<O>> = None;
    for Place { dir, name } in places {
        let name = Name {
            dir: Arc::new(OpenedDir::new(ops, dir)?),
            name,
        };
        match &mut opened {
            None => {
                let file = ops.open_file(&name.dir.dir, &name.name)?;
                opened = Some(Opened {
                    status: ops.status(&file)?,
                    file,
                    names: vec![name],
                    has_lease: false,
                });
            }
            Some(opened) => {
                if !opened.is(&ops.stat_name(&name.dir.dir, &name.name)?) {
                    return Err(Refusal::Moved);
                }
                opened.names.push(name);
            }
        }
    }
    Ok(opened)
}

/// Gives a moved file that was put aside the name back that it was moved to, and
/// removes a copy that was never complete.
pub(super) fn settle_temporaries<O: ContentOps>(
    ops: &O,
    entry: &Entry,
    dirs: &mut Dirs<O>,
) -> Result<(), Refusal> {
    for name in &entry.names {
        let temporary = temporary_of(name);
        let aside = match &name.destination {
            Some(destination) => open_if_there(ops, destination.path())?,
            None => None,
        };
        if let Some(Place { dir, name }) = aside
            && stat(ops, &dir, temporary)?
        {
            ops.rename((&dir, temporary), (&dir, &name))?;
            dirs.add(dir);
        }
        let Some(Place { dir, .. }) = open_if_there(ops, name.path.path())? else {
            continue;
        };
        if stat(ops, &dir, temporary)? {
            if moved(ops, name, entry).is_err() {
                let file = ops.open_file(&dir, temporary)?;
                let found = digest_of(ops, &file, entry.stat.size, entry.algorithm)?;
                if found == Some(entry.digest) {
                    // It may be the only one.
                    return Err(Refusal::Moved);
                }
            }
            ops.unlink(&dir, temporary)?;
            dirs.add(dir);
        }
    }
    Ok(())
}

/// Finishes what came so far that names of the file are in both places. Returns
/// `None` if those where it was are not the copy's.
pub(super) fn finish<O: ContentOps>(
    ops: &O,
    entry: &Entry,
    dirs: &mut Dirs<O>,
) -> Result<Option<Parts>, Refusal> {
    if !crosses(ops, entry)? {
        return Ok(None);
    }
    let mut copy = None;
    let mut left = Vec::new();
    for name in &entry.names {
        match open_made(ops, name, entry)? {
            Some(file) => copy = copy.or(Some(file)),
            None => left.push(name.clone()),
        }
    }
    let Some(copy) = copy else {
        return Ok(None);
    };
    let missing = put_others(ops, &copy, entry, &left, dirs);
    drop(copy);
    let mut from = MovedFile::open(ops, entry)?;
    lease(ops, &mut from.opened).map_err(refusal)?;
    let differences = from.remove(ops, entry)?;
    from.add_to(ops, dirs)?;
    Ok(Some(Parts {
        unrestored: unrestored(differences, &[]),
        missing,
    }))
}

/// The parts in which a copy differs, with the reasons that are known.
fn unrestored(differences: Vec<Aspect>, failed: &[Unrestored]) -> Vec<Unrestored> {
    let with_reason = |aspect| {
        let known = failed.iter().find(|failed| failed.aspect == aspect);
        Unrestored {
            reason: known.map_or_else(String::new, |failed| failed.reason.clone()),
            aspect,
        }
    };
    differences.into_iter().map(with_reason).collect()
}

fn stat<O: ContentOps>(ops: &O, dir: &O::Dir, name: &[u8]) -> Result<bool, Refusal> {
    match ops.stat_name(dir, name) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The place of a path, if its directory is there.
fn open_if_there<O: ContentOps>(
    ops: &O,
    path: &std::path::Path,
) -> Result<Option<Place<O>>, Refusal> {
    match Place::open(ops, path) {
        Ok(place) => Ok(Some(place)),
        Err(Refusal::NoDirectory) => Ok(None),
        Err(reason) => Err(reason),
    }
}

fn refusal(reason: outcome::Refusal) -> Refusal {
    match reason {
        outcome::Refusal::Skip(Skip::InUse) => Refusal::InUse,
        outcome::Refusal::Skip(Skip::Changed | Skip::Differs | Skip::Gone) => Refusal::Moved,
        outcome::Refusal::Skip(skip) => std::io::Error::other(skip.to_string()).into(),
        outcome::Refusal::Fail(failure) => failure.error.into(),
    }
}
