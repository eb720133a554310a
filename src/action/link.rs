//! Replacing a file by a link: the link is made beside the file, the two names
//! are exchanged, and the replaced file is checked before it is unlinked.

use std::io;

use super::act::{Act, Acted, act_failed, is_gone};
use super::compare::Name;
use super::names::relative_target;
use super::outcome::{Failure, Refusal, Skip, Step};
use crate::platform::{FileOps, bytes_of};
use crate::types::{FileId, FileKind, FileStat};

/// The kind of link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkKind {
    Hard,
    Symbolic,
}

/// Replaces all names of a file by links to the kept one.
pub(super) fn link<F: FileOps>(act: &Act<'_, F>, kind: LinkKind) -> Acted {
    let names = &act.target.names;
    let mut placed: Vec<FileId> = Vec::new();
    let mut attempt = || -> Result<(), Refusal> {
        act.begin()?;
        let pairs = || names.iter().zip(act.temporaries);
        for (name, temporary) in pairs() {
            placed.push(place(act, kind, name, temporary)?);
        }
        // A hard link moved the change time of the keeper itself.
        let witness = act.witness()?;
        for (name, temporary) in pairs() {
            let exchanged = act.ops.exchange(&name.dir.dir, temporary, &name.name);
            exchanged.map_err(exchange_refused)?;
        }
        for (name, temporary) in pairs() {
            let found = act.ops.stat_name(&name.dir.dir, temporary);
            if !act.target.is(&found.map_err(act_failed)?) {
                return Err(Skip::Changed.into());
            }
        }
        act.confirm(&witness)
    };
    let (mut failure, mut removed) = (None, 0);
    let refusal = match attempt() {
        Err(refusal) => refusal,
        Ok(()) => match unlink_replaced(act, &mut removed) {
            Ok(()) => {
                act.record_own_change();
                return Acted::Done;
            }
            Err(error) => act_failed(error),
        },
    };
    for (at, name) in names.iter().enumerate().skip(removed) {
        let id = placed.get(at).copied();
        if let Err(error) = take_back(act, kind, name, &act.temporaries[at], id) {
            failure.get_or_insert(Failure {
                step: Step::Act,
                error,
                left_at: act.temporary_path(at),
            });
        }
    }
    match (failure, refusal) {
        (Some(failure), _) => Acted::Stuck(failure),
        // Some names are links already.
        (None, Refusal::Fail(failure)) if removed > 0 => Acted::Stuck(failure),
        (None, refusal) => Acted::NotDone(refusal),
    }
}

/// Removes what the links replaced, and counts.
fn unlink_replaced<F: FileOps>(act: &Act<'_, F>, removed: &mut usize) -> io::Result<()> {
    for (name, temporary) in act.target.names.iter().zip(act.temporaries) {
        if let Err(error) = act.ops.unlink(&name.dir.dir, temporary)
            && !is_gone(act.ops, &name.dir.dir, temporary)
        {
            return Err(error);
        }
        *removed += 1;
    }
    Ok(())
}

/// Makes the link under the temporary name, and returns its identity.
fn place<F: FileOps>(
    act: &Act<'_, F>,
    kind: LinkKind,
    name: &Name<F::Dir>,
    temporary: &[u8],
) -> Result<FileId, Refusal> {
    let (ops, dir) = (act.ops, &name.dir.dir);
    let keeper = act.keeper.stat().id;
    match kind {
        LinkKind::Hard => {
            let linked = ops.link(&act.keeper.file, dir, temporary);
            linked.map_err(link_refused)?;
            Ok(keeper)
        }
        LinkKind::Symbolic => {
            let first = act.keeper.names.first().ok_or(Skip::KeeperChanged)?;
            let to = first.dir.join(&first.name);
            let target = relative_target(&name.dir.path, &to);
            let target = bytes_of(target.as_os_str());
            ops.symlink(target, dir, temporary).map_err(act_failed)?;
            let found = ops.stat_name(dir, temporary).map_err(act_failed)?;
            let leads_to = ops.stat_target(dir, temporary);
            if !leads_to.is_ok_and(|found| act.keeper.is(&found)) {
                ops.unlink(dir, temporary).map_err(act_failed)?;
                return Err(Skip::KeeperChanged.into());
            }
            Ok(found.id)
        }
    }
}

fn link_refused(error: io::Error) -> Refusal {
    match error.kind() {
        io::ErrorKind::TooManyLinks => Skip::TooManyLinks.into(),
        io::ErrorKind::CrossesDevices => Skip::OtherMount.into(),
        io::ErrorKind::PermissionDenied => Skip::ProtectedKeeper.into(),
        io::ErrorKind::NotFound => Skip::KeeperChanged.into(),
        _ => act_failed(error),
    }
}

fn exchange_refused(error: io::Error) -> Refusal {
    match error.kind() {
        io::ErrorKind::NotFound => Skip::Gone.into(),
        io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported => Skip::NoExchange.into(),
        _ => act_failed(error),
    }
}

/// Gives a name back to what it led to, and removes the link.
fn take_back<F: FileOps>(
    act: &Act<'_, F>,
    kind: LinkKind,
    name: &Name<F::Dir>,
    temporary: &[u8],
    placed: Option<FileId>,
) -> io::Result<()> {
    let (ops, dir) = (act.ops, &name.dir.dir);
    let link = match (placed, kind) {
        (Some(id), _) => id,
        // The call failed, but a server may have made the link.
        (None, LinkKind::Hard) => act.keeper.stat().id,
        (None, LinkKind::Symbolic) => {
            let found = ops.stat_name(dir, temporary);
            return match found {
                Ok(found) if found.kind == FileKind::Symlink => ops.unlink(dir, temporary),
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
    };
    let keeper = ops.status(&act.keeper.file);
    let is_copy = keeper.is_ok_and(|keeper| act.keeper.is(&keeper.stat));
    exchange_back(ops, dir, &name.name, temporary, link, is_copy)
}

/// Exchanges a link and what it replaced, if they are exchanged, and removes the
/// link. Nothing but the link is ever removed, and that only while its file has
/// another name: somebody may have removed the kept file, or written through the
/// link, and then it holds the only copy of that. (`is_copy`: its bytes are known
/// to be those of the file that gets its name back, so it may be the last one.)
pub(super) fn exchange_back<F: FileOps>(
    ops: &F,
    dir: &F::Dir,
    name: &[u8],
    temporary: &[u8],
    link: FileId,
    is_copy: bool,
) -> io::Result<()> {
    let require_other_name = |found: &FileStat| match is_copy {
        true => Ok(()),
        false => require_other_name(found),
    };
    let stat = |name| match ops.stat_name(dir, name) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    };
    let unlink = |found: &FileStat| {
        require_other_name(found)?;
        ops.unlink(dir, temporary)
    };
    match stat(temporary)? {
        None => return Ok(()),
        Some(found) if found.id == link => return unlink(&found),
        Some(_) => {}
    }
    match stat(name)? {
        None => return ops.rename((dir, temporary), (dir, name)),
        Some(found) if found.id == link => {
            require_other_name(&found)?;
            ops.exchange(dir, temporary, name)?;
        }
        // Somebody put another file there: it stays.
        Some(_) => return Err(io::ErrorKind::AlreadyExists.into()),
    }
    if let Some(found) = stat(temporary)?
        && found.id == link
    {
        return unlink(&found);
    }
    // Somebody replaced the link in this moment: that file gets its name again.
    ops.exchange(dir, temporary, name)?;
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Fails if this is the last name of a file.
fn require_other_name(link: &FileStat) -> io::Result<()> {
    if link.kind == FileKind::Regular && link.links < 2 {
        return Err(io::Error::other(
            "the kept file has no other name left, so both files stay",
        ));
    }
    Ok(())
}
