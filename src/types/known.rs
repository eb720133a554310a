//! Digests that were proved in an earlier scan, and those to keep for a later
//! one.

use std::ffi::CStr;
use std::ops::Range;

use super::{Digest, FileId, FileStat};

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
}

/// A digest that this scan proved by reading a settled file.
#[derive(Debug, Clone)]
pub(crate) struct ProvedFile {
    /// The file's name among the names of its directory.
    pub(crate) name: Range<usize>,
    /// Its metadata, which was the same before and after it was read.
    pub(crate) stat: FileStat,
    /// The part of the file that the digest is of.
    pub(crate) kind: DigestKind,
    /// The digest.
    pub(crate) digest: Digest,
}

/// Digests that this scan proved for files of one directory.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProvedDir {
    /// The directory's path; empty for the working directory.
    pub(crate) path: Vec<u8>,
    /// Its identity.
    pub(crate) id: Option<FileId>,
    /// The files.
    pub(crate) files: Vec<ProvedFile>,
    /// Their names, each with a NUL at its end.
    pub(crate) names: Vec<u8>,
}

impl ProvedDir {
    /// Adds a file.
    pub(crate) fn push(&mut self, name: &[u8], stat: FileStat, kind: DigestKind, digest: Digest) {
        let start = self.names.len();
        self.names.extend_from_slice(name);
        self.names.push(0);
        self.files.push(ProvedFile {
            name: start..self.names.len(),
            stat,
            kind,
            digest,
        });
    }

    /// The name of a file of this directory.
    #[must_use]
    pub(crate) fn name(&self, file: &ProvedFile) -> Option<&CStr> {
        CStr::from_bytes_with_nul(self.names.get(file.name.clone())?).ok()
    }
}
