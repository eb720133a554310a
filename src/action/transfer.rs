//! Moving to another file system: a copy that is proved, complete and durable
//! gets its names first, then the file is removed as any other.

use std::io;

use super::act::{Act, Acted, act_failed, is_gone};
use super::displace::{Target, move_refused, remove};
use super::outcome::{Refusal, Skip};
use super::restore::{Made, NotMade, Wanted, digest_of, make};
use crate::platform::ContentOps;
use crate::types::FileStat;

/// Copies a file, gives the copy the names, and removes the file.
///
/// A file whose owner, permissions or attributes cannot be kept stays where it
/// is, unless these are to be ignored.
pub(super) fn transfer<F: ContentOps>(
    act: &Act<'_, F>,
    to: &[Target<F>],
    wanted: Wanted<'_>,
    ignore_metadata: bool,
) -> Acted {
    let mut placed = Placed {
        stat: None,
        names: 0,
        has_temporary: false,
    };
    let refusal = match place(act, to, wanted, ignore_metadata, &mut placed) {
        Err(refusal) => refusal,
        Ok(()) => match remove(act) {
            Acted::NotDone(refusal) => refusal,
            acted => return acted,
        },
    };
    take_away(act, to, &placed);
    Acted::NotDone(refusal)
}

/// The progress of the copy.
struct Placed {
    stat: Option<FileStat>,
    /// The number of its names.
    names: usize,
    /// True if it has the temporary name too.
    has_temporary: bool,
}

fn place<F: ContentOps>(
    act: &Act<'_, F>,
    to: &[Target<F>],
    wanted: Wanted<'_>,
    ignore_metadata: bool,
    placed: &mut Placed,
) -> Result<(), Refusal> {
    act.begin()?;
    let (ops, temporary) = (act.ops, &act.temporaries[0]);
    let (dir, _) = to.first().ok_or(Skip::OtherFileSystem)?;
    let made = make(ops, &act.target.file, wanted, &dir.dir, temporary);
    let Made {
        file,
        is_named,
        unrestored,
    } = made.map_err(|error| match error {
        NotMade::SourceDiffers => Skip::Changed.into(),
        NotMade::Io(error) => act_failed(error),
    })?;
    placed.has_temporary = is_named;
    placed.stat = Some(ops.status(&file).map_err(act_failed)?.stat);
    let found = digest_of(ops, &file, wanted.size, wanted.algorithm);
    if found.map_err(act_failed)? != Some(wanted.digest) {
        let differs = "the copy differs from the file";
        return Err(act_failed(io::Error::other(differs)));
    }
    if !unrestored.is_empty() && !ignore_metadata {
        return Err(Skip::MetadataDiffers.into());
    }
    for (dir, name) in to {
        let named = if placed.has_temporary {
            let (from, _) = &to[0];
            ops.rename((&from.dir, temporary), (&dir.dir, name))
        } else {
            ops.link(&file, &dir.dir, name)
        };
        named.map_err(move_refused)?;
        placed.has_temporary = false;
        placed.names += 1;
    }
    for (dir, _) in to {
        ops.sync_dir(&dir.dir).map_err(act_failed)?;
    }
    Ok(())
}

/// Removes the copy. A name that it keeps does no harm: it is complete.
fn take_away<F: ContentOps>(act: &Act<'_, F>, to: &[Target<F>], placed: &Placed) {
    let unlink = |dir: &F::Dir, name: &[u8]| {
        let found = act.ops.stat_name(dir, name);
        // Its names are public: what somebody wrote into it since stays.
        let is_copy = |found: &FileStat| {
            placed.stat.is_some_and(|copy| {
                (found.id, found.size, found.modified) == (copy.id, copy.size, copy.modified)
            })
        };
        if found.is_ok_and(|found| is_copy(&found)) {
            let _ = act.ops.unlink(dir, name);
        }
    };
    for (dir, name) in &to[..placed.names] {
        unlink(&dir.dir, name);
    }
    if let Some((dir, _)) = to.first() {
        let temporary = &act.temporaries[0];
        // A server may have made it and said that it has not.
        let is_ours = placed.has_temporary || placed.stat.is_none();
        if is_ours && !is_gone(act.ops, &dir.dir, temporary) {
            let _ = act.ops.unlink(&dir.dir, temporary);
        }
    }
}
