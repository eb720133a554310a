//! Lets two files share their blocks, and leaves them separate files.
//!
//! The kernel compares under its own locks and shares only equal bytes, so this
//! needs no lease and no comparison before it, and can stop at any point without
//! loss. The kernel reports the result of each step, and each is checked.

use std::io;

use crate::platform::{ContentOps, DedupeStep, MAX_DEDUPE};
use crate::types::FileStat;

/// Steps are smaller than the kernel allows, so that the next one is read from
/// the disk while one is compared: a cold page is compared slowly.
const STEP: u64 = 16 << 20;

const _: () = assert!(STEP <= MAX_DEDUPE);

/// Result of letting two files share their blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deduped {
    /// They shared all their blocks before.
    Already,
    /// They share their blocks now.
    Shared {
        /// Bytes that the target alone used before, and does not now.
        freed: u64,
    },
    /// The kernel reports success, and nothing is shared: btrfs stores small
    /// files with their metadata.
    TooSmall,
}

/// The reason why two files do not share their blocks.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(super) enum DedupeError {
    /// The file system cannot do it, or the files are on two.
    #[error("the file system cannot let these two files share their blocks")]
    Unsupported,
    /// The bytes differ.
    #[error("the bytes differ at or after offset {at}")]
    Differs {
        /// Everything before it is shared now.
        at: u64,
    },
    /// A file is not as long as it was.
    #[error("a file changed its length meanwhile")]
    Changed,
    /// Not one's own file, or an immutable one.
    #[error("the file belongs to another user or is immutable")]
    NotPermitted,
    /// A swap file.
    #[error("the file is in use as swap space or as a program")]
    Busy,
    /// One of them has a flag that forbids it: copy-on-write off, encryption,
    /// direct access.
    #[error("the files differ in copy-on-write or encryption")]
    Incompatible,
    /// The call ends without any progress.
    #[error("the file system makes no progress at offset {at}")]
    NoProgress {
        /// Everything before it is shared now.
        at: u64,
    },
    /// Any other system error.
    #[error("{}", crate::error::describe(.0))]
    Io(#[source] io::Error),
}

/// Lets the target share the blocks of the source, if all their bytes are equal.
///
/// # Errors
///
/// [`DedupeError`]: a part may be shared already, which changes no byte.
pub(crate) fn dedupe<O: ContentOps>(
    ops: &O,
    (source, source_stat): (&O::File, &FileStat),
    (target, target_stat): (&O::File, &FileStat),
) -> Result<Deduped, DedupeError> {
    if source_stat.size != target_stat.size {
        return Err(DedupeError::Changed);
    }
    if ops.shares_all_blocks((source, source_stat), (target, target_stat)) {
        return Ok(Deduped::Already);
    }
    let before = ops.block_usage(target);
    let size = source_stat.size;
    let ahead = |offset: u64| {
        for file in [source, target] {
            // Only a hint.
            let _ = ops.read_ahead(file, offset, STEP);
        }
    };
    ahead(0);
    in_steps(size, |offset, length| {
        ahead(offset + length);
        ops.dedupe_range(source, target, offset, length)
    })?;
    // Both files kept their length, so their ends were compared too.
    for (file, stat) in [(source, source_stat), (target, target_stat)] {
        if ops.status(file).map_err(DedupeError::Io)?.stat.size != stat.size {
            return Err(DedupeError::Changed);
        }
    }
    let (Some(before), Some(after)) = (before, ops.block_usage(target)) else {
        return Ok(Deduped::Shared { freed: 0 });
    };
    if after.shared == 0 && size > 0 {
        return Ok(Deduped::TooSmall);
    }
    Ok(Deduped::Shared {
        freed: before.exclusive.saturating_sub(after.exclusive),
    })
}

/// Calls for one range after the other until `size`.
fn in_steps(
    size: u64,
    mut step: impl FnMut(u64, u64) -> io::Result<DedupeStep>,
) -> Result<(), DedupeError> {
    let mut at = 0;
    while at < size {
        let length = STEP.min(size - at);
        match step(at, length) {
            // More than was asked for is the rounded end of the last block.
            Ok(DedupeStep::Shared(bytes)) => {
                let bytes = bytes.min(length);
                if bytes == 0 {
                    return Err(DedupeError::NoProgress { at });
                }
                at += bytes;
            }
            Ok(DedupeStep::Differs) => return Err(DedupeError::Differs { at }),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(reason(error, at)),
        }
    }
    Ok(())
}

/// Interprets an error of the call. `EINVAL` has several causes: a file system
/// that has no such call says so at the first one.
fn reason(error: io::Error, at: u64) -> DedupeError {
    match error.kind() {
        io::ErrorKind::Unsupported | io::ErrorKind::CrossesDevices => DedupeError::Unsupported,
        io::ErrorKind::PermissionDenied => DedupeError::NotPermitted,
        io::ErrorKind::ExecutableFileBusy => DedupeError::Busy,
        io::ErrorKind::InvalidInput if at == 0 => DedupeError::Incompatible,
        io::ErrorKind::InvalidInput => DedupeError::Changed,
        _ if crate::platform::is_not_supported(&error) => DedupeError::Unsupported,
        _ => DedupeError::Io(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each call with its answer, in order.
    fn run(size: u64, answers: &[(u64, u64, io::Result<DedupeStep>)]) -> Result<(), DedupeError> {
        let mut left = answers.iter();
        let result = in_steps(size, |offset, length| {
            let (at, expected, answer) = left.next().expect("a call too many");
            assert_eq!((*at, *expected), (offset, length));
            match answer {
                Ok(step) => Ok(*step),
                Err(error) => Err(error.kind().into()),
            }
        });
        assert!(left.next().is_none(), "a call is missing");
        result
    }

    fn shared(bytes: u64) -> io::Result<DedupeStep> {
        Ok(DedupeStep::Shared(bytes))
    }

    fn fails(kind: io::ErrorKind) -> io::Result<DedupeStep> {
        Err(kind.into())
    }

    #[test]
    fn a_file_is_shared_in_steps() {
        run(0, &[]).unwrap();
        // The kernel counts the last block as a whole one.
        run(5000, &[(0, 5000, shared(8192))]).unwrap();
        let rest = 2 * STEP + 5;
        let whole = [
            (0, STEP, shared(STEP)),
            (STEP, STEP, shared(STEP)),
            (2 * STEP, 5, shared(4096)),
        ];
        run(rest, &whole).unwrap();
        // More than was asked for is never taken for the next step.
        let more = [(0, STEP, shared(STEP + 4096)), (STEP, 9000, shared(9000))];
        run(STEP + 9000, &more).unwrap();
        // It does less than it is asked for, or is interrupted.
        let parts = [
            (0, 9000, shared(4096)),
            (4096, 4904, fails(io::ErrorKind::Interrupted)),
            (4096, 4904, shared(4904)),
        ];
        run(9000, &parts).unwrap();
    }

    #[test]
    fn what_ends_it_is_told() {
        let none = run(9000, &[(0, 9000, shared(4096)), (4096, 4904, shared(0))]);
        assert!(matches!(none, Err(DedupeError::NoProgress { at: 4096 })));
        let differs = run(
            9000,
            &[
                (0, 9000, shared(4096)),
                (4096, 4904, Ok(DedupeStep::Differs)),
            ],
        );
        assert!(matches!(differs, Err(DedupeError::Differs { at: 4096 })));
        let first = |kind| run(9000, &[(0, 9000, fails(kind))]).unwrap_err();
        use io::ErrorKind as Kind;
        assert!(matches!(
            first(Kind::PermissionDenied),
            DedupeError::NotPermitted
        ));
        assert!(matches!(first(Kind::ExecutableFileBusy), DedupeError::Busy));
        assert!(matches!(
            first(Kind::InvalidInput),
            DedupeError::Incompatible
        ));
        assert!(matches!(first(Kind::Unsupported), DedupeError::Unsupported));
        assert!(matches!(
            first(Kind::CrossesDevices),
            DedupeError::Unsupported
        ));
        assert!(matches!(first(Kind::StorageFull), DedupeError::Io(_)));
        let later = run(
            9000,
            &[
                (0, 9000, shared(4096)),
                (4096, 4904, fails(Kind::InvalidInput)),
            ],
        );
        assert!(matches!(later, Err(DedupeError::Changed)));
    }
}
