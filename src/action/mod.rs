//! Acting on duplicates: the only part of the program that changes users' files.
//!
//! A run takes groups, one after the other, and files in them that are to be
//! kept. For each other file it opens both, proves again that they are two files
//! with the same bytes that nobody is writing to, makes the kept file durable,
//! writes its intent to the journal, and acts ([`Run`]). The content of a file is
//! under its name, or under a name that the journal knows, at every moment.
//!
//! Files are taken in batches, so that one commit of the journal and one
//! synchronization of a directory serve many of them.

mod act;
mod batch;
mod compare;
mod dedupe;
mod dirs;
mod displace;
mod durable;
mod entries;
mod estimate;
mod freed;
mod history;
pub(crate) mod journal;
mod keepers;
mod leftovers;
mod link;
mod metadata;
mod names;
mod outcome;
mod perform;
mod plan;
mod prove;
mod prune;
mod recheck;
mod recover;
mod refuse;
mod restore;
mod run;
mod settle;
mod share;
mod survey;
mod threads;
mod transfer;
mod trash;
pub(crate) mod undo;
mod whole;
mod write_back;

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
#[cfg(unix)]
mod disk_tests;
#[cfg(test)]
mod fault_tests;
#[cfg(test)]
#[cfg(unix)]
mod image_tests;
#[cfg(test)]
mod memory_tests;
#[cfg(test)]
mod neighbour_tests;
#[cfg(test)]
#[cfg(unix)]
mod prune_tests;
#[cfg(test)]
mod recover_tests;
#[cfg(test)]
mod round_trip_tests;
#[cfg(test)]
#[cfg(unix)]
mod system_tests;
#[cfg(test)]
#[cfg(unix)]
mod threads_tests;
#[cfg(test)]
mod whole_tests;

pub(crate) use estimate::estimate;
pub(crate) use freed::{FreeSpace, Freed};
pub(crate) use history::{PastRun, TakeBack, history};
pub(crate) use leftovers::{Leftover, recover};
pub(crate) use metadata::Unrestored;
pub(crate) use outcome::{FileResult, Outcome, Skip};
pub(crate) use plan::{Action, ActionOptions, Duplicates};
pub(crate) use recover::Recovery;
pub(crate) use run::{Intents, Run, RunError};
pub(crate) use trash::home_trash;
pub(crate) use whole::{Remains, WholeOutcome};
