//! The stages as one state machine that only keeps books: files found and
//! outcomes of work go in, batches of work and proved classes come out.
//!
//! A class (same size; same size and ends; same content) opens when its
//! second member arrives: then both go on to the next stage, and later
//! members go on at once. So walking, partial and full hashing overlap, and
//! nothing here ever waits, blocks or touches the disk. Large files pass
//! through as many classes as they have windows, so that they are read only
//! as long as they have company. Of files that seem to be the same blocks on
//! the disk one is read, and the others are looked at once it is.

mod ingest;
mod class;
mod compare;
mod catalog;
mod full;
mod dispatch;
mod inode_set;
mod hash_index;
mod queue;
mod same_number;
mod state;
mod size_class;
mod windows;
mod stats;
mod shared_extents;
mod unstable;
mod verify;

#[cfg(test)]
mod oracle_tests;
#[cfg(test)]
mod testing;

pub use ingest::ByWalk;
pub use class::{Class, ClassIdx};
pub use catalog::Findings;
pub use same_number::TellApart;
pub use state::{Sieve, SieveConfig};
pub use windows::Joins;
