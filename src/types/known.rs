//! Digests that were proved in an earlier scan, and those to keep for a later
//! one.

use super::{Digest, FileStat};

/// The bytes that a digest is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum DigestKind {
    /// The head and tail blocks of a file.
    Ends,
    /// Every byte.
    Whole,
}

/// The digests of a file that the cache holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    /// The digest of its head and tail blocks.
    pub(crate) ends: Option<Digest>,
    /// The digest of every byte.
    pub(crate) whole: Option<Digest>,
    /// True if the file is read all the same, to check the cache.
    pub(crate) is_sampled: bool,
    /// See [`Ends::hint`](super::Ends::hint).
    pub(crate) hint: Option<u64>,
    /// See [`Ends::shared_bytes`](super::Ends::shared_bytes).
    pub(crate) shared_bytes: u64,
}

/// A digest that this scan proved by reading a settled file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProvedFile {
    /// The file's metadata, which was the same before and after it was read.
    pub(crate) stat: FileStat,
    /// The generation of its inode.
    pub(crate) generation: u32,
    /// The part of the file that the digest is of.
    pub(crate) kind: DigestKind,
    /// The digest.
    pub(crate) digest: Digest,
}

/// A digest, and the generation of the inode that was read if that is to be
/// known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReadDigest {
    /// The digest.
    pub(crate) digest: Digest,
    /// The generation of the inode.
    pub(crate) generation: Option<u32>,
}
