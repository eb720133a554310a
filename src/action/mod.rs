//! Acting on duplicates: the only part of the program that changes users' files.
#![allow(dead_code, unused_imports, reason = "no command uses it yet")]

mod dedupe;
mod freed;
mod history;
pub(crate) mod journal;
mod metadata;
mod outcome;
mod plan;
mod restore;
pub(crate) mod undo;

pub(crate) use dedupe::{DedupeError, Deduped, dedupe};
pub(crate) use freed::{FreeSpace, Freed};
pub(crate) use history::{PastRun, TakeBack, history};
pub(crate) use metadata::Unrestored;
pub(crate) use outcome::{Failure, FileResult, Outcome, Skip, Step, Totals};
pub(crate) use plan::{Action, ActionOptions, Duplicates};

#[cfg(test)]
mod disk_tests;
