//! The act of `nodupe dedupe`: the kernel compares, and its answers become results.

use std::io;

use super::act::{Act, Acted, act_failed};
use super::dedupe::{DedupeError, Deduped, dedupe};
use super::freed::Freed;
use super::outcome::Skip;
use crate::platform::ContentOps;

/// Lets a target share the blocks of its keeper. No name is changed.
pub(super) fn share<F: ContentOps>(act: &Act<'_, F>, freed: &mut Option<Freed>) -> Acted {
    let (keeper, target) = (act.keeper, act.target);
    if !keeper.is_in_place(act.ops) {
        return Acted::NotDone(Skip::KeeperChanged.into());
    }
    let shared = dedupe(
        act.ops,
        (&keeper.file, keeper.stat()),
        (&target.file, target.stat()),
    );
    Acted::NotDone(match shared {
        Ok(Deduped::Shared { freed: bytes }) => {
            *freed = Some(Freed {
                bytes,
                ..Freed::default()
            });
            return Acted::Done;
        }
        Ok(Deduped::Already) => Skip::AlreadyShared.into(),
        Ok(Deduped::TooSmall) => Skip::TooSmallToShare.into(),
        Err(DedupeError::Unsupported | DedupeError::Incompatible) => Skip::CannotShare.into(),
        Err(DedupeError::Differs { .. }) => Skip::Differs.into(),
        Err(DedupeError::Changed) => Skip::Changed.into(),
        Err(DedupeError::NotPermitted) => Skip::NotPermitted.into(),
        Err(DedupeError::Busy) => Skip::InUse.into(),
        Err(DedupeError::Io(error)) => act_failed(error),
        Err(error @ DedupeError::NoProgress { .. }) => act_failed(io::Error::other(error)),
    })
}
