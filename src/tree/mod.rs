//! Directories with identical content: a pure fold over what a scan found.
//!
//! Each directory gets a digest of its entries, from the leaves to the roots: of
//! their names, kinds and digests. Two directories with one digest are identical
//! if everything in them is known (`fold`). Of those, only the topmost are groups, and
//! one directory reached by two paths is one (`groups`). `diff` compares two
//! directories by content alone, and `similar` finds directories most of whose files
//! are in another one. `whole` chooses the directories that are acted on as a whole;
//! `proposed` finds those that an earlier report lists.

mod diff;
mod fold;
mod groups;
mod keep;
mod lists;
mod proposed;
mod similar;
mod whole;

pub(crate) use diff::{Diff, Entry, Kind, Side, Verdict};
pub(crate) use fold::Fold;
pub(crate) use groups::{Groups, Wanted};
pub(crate) use proposed::Confirmed;
pub(crate) use similar::similar;
pub(crate) use whole::Wholes;
