//! The kept file is looked at once more after the other one has lost its names.
//!
//! Between the last look before that and the end of those names somebody may have
//! removed or replaced the kept file. The other one is still open then, and has
//! the bytes: it is made again from there.

use std::io;

use super::act::{Act, Acted};
use super::names::relative_target;
use super::outcome::{Failure, Skip, Step};
use super::restore::{NotMade, Wanted, make};
use super::undo::place::{Occupant, put};
use crate::platform::{ContentOps, bytes_of};
use crate::types::FileKind;

/// Ends an act that is done: if the kept file is no more, the other one gets its
/// names and bytes back.
pub(super) fn require_keeper<F: ContentOps>(act: &Act<'_, F>, wanted: Wanted<'_>) -> Acted {
    let keeper = act.ops.status(&act.keeper.file);
    let is_whole = keeper.is_ok_and(|keeper| act.keeper.is(&keeper.stat));
    let has_other_name = act.links_left() != Some(0);
    if has_other_name || (is_whole && act.keeper.is_in_place(act.ops)) {
        return Acted::Done;
    }
    match write_back(act, wanted) {
        Ok(()) => Acted::NotDone(Skip::KeeperChanged.into()),
        Err(failure) => Acted::Stuck(failure),
    }
}

fn write_back<F: ContentOps>(act: &Act<'_, F>, wanted: Wanted<'_>) -> Result<(), Failure> {
    let failed = |error| Failure::new(Step::Act, error);
    let Some(first) = act.target.names.first() else {
        return Ok(());
    };
    let source = &act.target.file;
    let made = make(act.ops, source, wanted, &first.dir.dir, &act.temporaries[0]);
    let made = made.map_err(|error| match error {
        NotMade::SourceDiffers => failed(io::Error::other("its bytes were changed meanwhile")),
        NotMade::Io(error) => failed(error),
    })?;
    let mut is_named = made.is_named;
    for (at, name) in act.target.names.iter().enumerate() {
        let (dir, temporary) = (&name.dir.dir, &act.temporaries[at]);
        let placed = occupant(act, at).and_then(|occupant| {
            let place = (dir, &*name.name);
            put(act.ops, &made.file, is_named, place, temporary, occupant)
                .map_err(|refusal| io::Error::other(refusal.to_string()))
        });
        if let Err(error) = placed {
            // The journal knows this name. It may have it already.
            let _ = act.ops.link(&made.file, dir, temporary);
            return Err(Failure {
                step: Step::Act,
                error,
                left_at: act.temporary_path(at),
            });
        }
        is_named = false;
    }
    Ok(())
}

/// The present holder of a name of the file: nothing, or the symbolic link that the act put
/// there.
fn occupant<F: ContentOps>(act: &Act<'_, F>, at: usize) -> io::Result<Occupant> {
    let name = &act.target.names[at];
    let found = match act.ops.stat_name(&name.dir.dir, &name.name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Occupant::Vacant),
        found => found?,
    };
    let keeper = act.keeper.names.first();
    let target = keeper.map(|to| relative_target(&name.dir.path, &to.dir.join(&to.name)));
    if found.kind == FileKind::Symlink
        && let Some(target) = target
        && act.ops.read_link(&name.dir.dir, &name.name)? == bytes_of(target.as_os_str())
    {
        return Ok(Occupant::Link(found.id));
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
