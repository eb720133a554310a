//! Groups for tests.

use super::store::Found;
use crate::types::{Digest, FileId, FileRecord, Group, Proof, Timestamp};

/// 2026-01-01.
pub(super) fn now() -> Timestamp {
    Timestamp::new(1_767_225_600, 0)
}

/// A group of files of this size with these paths, the first of which is the one
/// that the rules keep.
pub(super) fn found(size: u64, paths: &[impl AsRef<str>]) -> Found {
    let files = paths.iter().zip(0..).map(|(path, number)| FileRecord {
        number,
        size,
        modified: Timestamp::new(1_767_225_600 - 86_400 * (40 + i64::from(number)), 0),
        keep: number == 0,
        ..FileRecord::new(
            path.as_ref(),
            FileId {
                dev: 1,
                ino: size * 100 + u64::from(number),
            },
        )
    });
    let files = files.collect();
    let mut group = Group::new(Some(Digest::new(&[7; 32])), Proof::Digest, size, files);
    group.keep_reason = Some("it is the oldest");
    Found {
        group,
        marks: Vec::new(),
        protected: Vec::new(),
    }
}

/// So many names.
pub(super) fn names(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("n{at}")).collect()
}
