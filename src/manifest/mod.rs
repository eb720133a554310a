//! What hosts know of their files, as Parquet: indexes, candidates for further
//! reading, and the groups of files over several hosts.
//!
//! An index has one row for each name of a file (see [`Row`]). Rows are written in
//! row groups, so that neither a writer nor a reader has more of them in memory.
//! What has to be put in order goes through a [`sorter`], which holds a fixed part
//! in memory and the rest in temporary files.

mod candidates;
mod changes;
mod grouping;
mod identity;
mod merge;
mod reader;
mod record;
mod row;
mod sorter;
mod spool;
mod unproved;
mod writer;

#[cfg(test)]
mod merge_tests;

pub(crate) use candidates::read_candidates;
pub(crate) use changes::Changes;
pub(crate) use identity::{Identities, uuid_text};
pub(crate) use merge::{Merge, MergeTotals, Merged, Request, Wanted};
pub(crate) use row::{IndexError, Row, partition_of};
pub(crate) use writer::{IndexWriter, Origin};
