//! The rows of an index and the columns that hold them.

use std::io;
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;
use xxhash_rust::xxh3::xxh3_64;

use crate::config::HashAlgorithm;
use crate::types::{Digest, Timestamp};

/// The version of the format. It is incremented when a column changes its meaning
/// or is removed.
pub(super) const VERSION: &str = "1";

/// Keys in the metadata of a file.
pub(super) mod key {
    /// The version of the format.
    pub(crate) const VERSION: &str = "nodupe.version";
    /// The host, if all rows are of one.
    pub(crate) const HOST: &str = "nodupe.host";
    /// The time of all rows, in microseconds since 1970.
    pub(crate) const INDEXED_AT: &str = "nodupe.indexed_at";
    /// `whole` if the rows are all that was found, `changes` if only those that
    /// differ from an earlier index.
    pub(crate) const KIND: &str = "nodupe.kind";
    /// The value of [`KIND`] for all that was found.
    pub(crate) const WHOLE: &str = "whole";
    /// The value of [`KIND`] for what changed.
    pub(crate) const CHANGES: &str = "changes";
    /// `false` if the scan missed something.
    pub(crate) const COMPLETE: &str = "nodupe.complete";
    /// The number of the partition and that of all, as in `3/8`.
    pub(crate) const PARTITION: &str = "nodupe.partition";
}

/// One name of a file, as a host knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row<'a> {
    /// The host that has the file, or the name of the drive that it is on.
    pub(crate) host: &'a [u8],
    /// The path that was indexed, and that the file lies below.
    pub(crate) root: &'a [u8],
    /// Its absolute path on the host.
    pub(crate) path: &'a [u8],
    /// The UUID or the label of its file system; `None` if that has no lasting
    /// identity.
    pub(crate) fs_uuid: Option<&'a [u8]>,
    /// Its number there: the same for all names of one file, and no others. Without
    /// `fs_uuid` this holds within one index.
    pub(crate) handle: &'a [u8],
    /// Its length in bytes.
    pub(crate) size: u64,
    /// Time of the last change of its content.
    pub(crate) modified: Timestamp,
    /// Time of the last change of its inode.
    pub(crate) changed: Timestamp,
    /// Number of its hard links; zero if the path is gone since an earlier index.
    pub(crate) links: u32,
    /// The digest of its ends, if they were read and are not all of it.
    pub(crate) partial: Option<Digest>,
    /// The digest of every byte, if it is known.
    pub(crate) digest: Option<Digest>,
    /// The algorithm of the digests.
    pub(crate) algorithm: HashAlgorithm,
    /// The start of the run that found it, in microseconds since 1970.
    pub(crate) indexed_at: i64,
}

/// The columns of an index, as in [`Row`]. Numbers are signed and digests binary:
/// some engines read unsigned 64-bit integers as decimals.
pub(super) fn index_schema(algorithm: HashAlgorithm) -> String {
    let digest_len = algorithm.digest_len();
    format!(
        "message file {{
            REQUIRED BYTE_ARRAY host (STRING);
            REQUIRED BYTE_ARRAY root;
            REQUIRED BYTE_ARRAY path;
            OPTIONAL BYTE_ARRAY fs_uuid (STRING);
            REQUIRED BYTE_ARRAY handle;
            REQUIRED INT64 size;
            REQUIRED INT64 mtime_ns;
            REQUIRED INT64 ctime_ns;
            REQUIRED INT32 links;
            OPTIONAL FIXED_LEN_BYTE_ARRAY ({digest_len}) partial;
            OPTIONAL FIXED_LEN_BYTE_ARRAY ({digest_len}) digest;
            REQUIRED BYTE_ARRAY algorithm (STRING);
            REQUIRED INT64 indexed_at (TIMESTAMP(MICROS,true));
        }}"
    )
}

/// The number of the partition of files of this size.
pub(crate) fn partition_of(size: u64, partitions: u32) -> u32 {
    // Below the number of partitions, which has 32 bits.
    (xxh3_64(&size.to_le_bytes()) % u64::from(partitions.max(1))) as u32
}

/// The algorithm of this name.
pub(super) fn algorithm_named(name: &[u8]) -> Option<HashAlgorithm> {
    HashAlgorithm::ALL
        .into_iter()
        .find(|algorithm| algorithm.as_str().as_bytes() == name)
}

/// The reason why an index cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IndexError {
    /// A file that is no index.
    #[error("{}: {reason}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The system's error for a temporary file.
    #[error("a temporary file: {}", crate::error::describe(.0))]
    Temporary(io::Error),
    /// The system's error for the file that is written.
    #[error("{}", crate::error::describe(.0))]
    Output(io::Error),
    /// It was interrupted.
    #[error("it was interrupted")]
    Cancelled,
}

impl IndexError {
    pub(super) fn file(path: &Path, reason: &(impl ToString + ?Sized)) -> Self {
        Self::File {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }
}

/// The error of the format's library for something that was to be written.
pub(super) fn write_error(error: ParquetError) -> io::Error {
    io::Error::other(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_one_partition_and_all_are_used() {
        let mut found = [0; 8];
        for size in 0..1000 {
            found[partition_of(size, 8) as usize] += 1;
            assert_eq!(partition_of(size, 1), 0);
            assert_eq!(partition_of(size, 0), 0);
        }
        assert!(found.iter().all(|&count| count > 50), "{found:?}");
        // Indexes of different hosts and versions have to agree.
        let sizes = [0, 1, 4096, u64::MAX];
        assert_eq!(sizes.map(|size| partition_of(size, 16)), PINNED);
    }

    const PINNED: [u32; 4] = [9, 14, 0, 3];
}
