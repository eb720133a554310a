//! The stages as one state machine without I/O: files found and outcomes of
//! work go in, batches of work and proved classes come out.
//!
//! A class (same size; same size and ends; same content) opens when its second
//! member is added: then both enter the next stage, and later members enter it
//! at once. So walking, partial and full hashing overlap, and nothing here ever
//! waits, blocks or touches the disk. Large files pass through as many classes
//! as they have windows, so that they are read only as long as another file is
//! equal so far. Of files that seem to share their blocks on disk one is read,
//! and the others are checked once it is.

mod candidates;
mod catalog;
mod class;
mod compare;
mod dispatch;
mod full;
mod hash_index;
mod ingest;
mod inode_set;
mod known;
mod listings;
mod queue;
mod same_number;
mod shared_extents;
mod size_class;
mod state;
mod stats;
mod unstable;
mod verify;
mod windows;

#[cfg(test)]
mod oracle_tests;
#[cfg(test)]
mod testing;

pub(crate) use catalog::{Catalog, NameIdx};
pub(crate) use class::{Class, ClassIdx};
pub(crate) use listings::{EntryKind, Listings};
pub(crate) use same_number::SameFileCheck;
pub use state::{DedupConfig, DedupState};
pub(crate) use windows::TreeHash;
