//! Removing and moving: the file is renamed first, checked under its new name,
//! and only then unlinked.

use std::io;
use std::sync::Arc;

use super::act::{Act, Acted, act_failed, is_gone};
use super::dirs::OpenedDir;
use super::outcome::{Failure, Refusal, Skip, Step};
use crate::platform::FileOps;
use crate::types::FileId;

/// The place that a name is moved to.
pub(super) type Target<F> = (Arc<OpenedDir<<F as FileOps>::Dir>>, Vec<u8>);

/// Removes all names of a file.
pub(super) fn remove<F: FileOps>(act: &Act<'_, F>) -> Acted {
    let beside: Vec<Target<F>> = act
        .target
        .names
        .iter()
        .zip(act.temporaries)
        .map(|(name, temporary)| (Arc::clone(&name.dir), temporary.clone()))
        .collect();
    if let Err(acted) = displace(act, &beside) {
        return acted;
    }
    for (at, (dir, temporary)) in beside.iter().enumerate() {
        if let Err(error) = act.ops.unlink(&dir.dir, temporary)
            && !is_gone(act.ops, &dir.dir, temporary)
        {
            return restore_rest(act, &beside, at, error);
        }
    }
    Acted::Done
}

/// Moves all names of a file, replacing nothing.
pub(super) fn move_to<F: FileOps>(act: &Act<'_, F>, destinations: &[Target<F>]) -> Acted {
    match displace(act, destinations) {
        Ok(()) => Acted::Done,
        Err(acted) => acted,
    }
}

/// Renames all names, and looks at what came out.
fn displace<F: FileOps>(act: &Act<'_, F>, to: &[Target<F>]) -> Result<(), Acted> {
    let (ops, target) = (act.ops, act.target);
    let id = target.stat().id;
    let mut moved: Vec<Option<FileId>> = Vec::new();
    let mut attempt = || -> Result<(), Refusal> {
        act.begin()?;
        let witness = act.witness()?;
        for (name, (dir, new)) in target.names.iter().zip(to) {
            let renamed = ops.rename((&name.dir.dir, &name.name), (&dir.dir, new));
            let found = ops.stat_name(&dir.dir, new);
            match (renamed, found) {
                (Ok(()), found) => {
                    let is_target = found.as_ref().is_ok_and(|found| target.is(found));
                    moved.push(found.ok().map(|found| found.id));
                    if !is_target {
                        return Err(Skip::Changed.into());
                    }
                }
                (Err(error), found) => {
                    // A server may have done it and say that it has not.
                    let done = found.is_ok_and(|found| found.id == id);
                    moved.extend(done.then_some(Some(id)));
                    return Err(move_refused(error));
                }
            }
        }
        act.confirm(&witness)
    };
    let Err(refusal) = attempt() else {
        return Ok(());
    };
    let failures = put_back(act, to, &moved);
    Err(conclude(refusal, failures))
}

/// The reason for an error of a rename.
pub(super) fn move_refused(error: io::Error) -> Refusal {
    match error.kind() {
        io::ErrorKind::NotFound => Skip::Gone.into(),
        io::ErrorKind::AlreadyExists => Skip::DestinationExists.into(),
        io::ErrorKind::CrossesDevices => Skip::OtherFileSystem.into(),
        io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported => Skip::NoExchange.into(),
        _ => act_failed(error),
    }
}

/// Gives what was moved its names back, if it is still what was moved. Returns
/// the first that could not be.
fn put_back<F: FileOps>(
    act: &Act<'_, F>,
    to: &[Target<F>],
    moved: &[Option<FileId>],
) -> Option<Failure> {
    let mut first = None;
    for (at, id) in moved.iter().enumerate() {
        let (name, (dir, new)) = (&act.target.names[at], &to[at]);
        let returned = match act.ops.stat_name(&dir.dir, new) {
            Ok(found) if id.is_none_or(|id| id == found.id) => {
                act.ops.rename((&dir.dir, new), (&name.dir.dir, &name.name))
            }
            // Somebody else took it away or put something there.
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = returned {
            first.get_or_insert(Failure {
                step: Step::Act,
                error,
                left_at: Some(dir.join(new)),
            });
        }
    }
    first
}

/// Some names are removed and one cannot be: the file keeps all of them.
fn restore_rest<F: FileOps>(
    act: &Act<'_, F>,
    beside: &[Target<F>],
    removed: usize,
    error: io::Error,
) -> Acted {
    let names = &act.target.names;
    let id = act.target.stat().id;
    // Nothing is found under the temporary names that are removed.
    let mut failure = put_back(act, beside, &vec![Some(id); names.len()]);
    for name in &names[..removed] {
        if let Err(error) = act.ops.link(&act.target.file, &name.dir.dir, &name.name) {
            failure.get_or_insert(Failure::new(Step::Act, error));
        }
    }
    conclude(act_failed(error), failure)
}

fn conclude(refusal: Refusal, failure: Option<Failure>) -> Acted {
    match failure {
        None => Acted::NotDone(refusal),
        Some(failure) => Acted::Stuck(failure),
    }
}
