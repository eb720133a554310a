//! Acting on duplicates: the only part of the program that changes users' files.
#![allow(dead_code, unused_imports, reason = "no command uses it yet")]

pub(crate) mod journal;
mod outcome;
mod plan;

pub(crate) use outcome::{Failure, FileResult, Outcome, Skip, Step, Totals};
pub(crate) use plan::{Action, ActionOptions, Duplicates};
