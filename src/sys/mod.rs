//! Everything that differs between operating systems.
//!
//! Only here may code ask for the platform or be `unsafe`. Above, the one
//! difference that is left is [`HAS_NATIVE_WALK`].

use std::io;
use std::path::PathBuf;

use crate::error::{FailureKind, ScanError, Stage, describe};

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::*;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub use windows::*;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub use linux::*;

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(not(target_os = "linux"))]
pub use elsewhere::*;

/// Whether the native walker was built in.
pub const HAS_NATIVE_WALK: bool = cfg!(target_os = "linux");

/// The kind of failure that an error of the system is.
#[must_use]
pub fn failure_kind(error: &io::Error) -> FailureKind {
    if is_out_of_descriptors(error) {
        return FailureKind::TooManyOpenFiles;
    }
    if is_link_loop(error) {
        return FailureKind::Loop;
    }
    match error.kind() {
        io::ErrorKind::PermissionDenied => FailureKind::Permission,
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FailureKind::NotFound,
        _ => FailureKind::Io,
    }
}

/// An error of the system as what became of a path.
#[must_use]
pub fn scan_error(path: PathBuf, stage: Stage, error: &io::Error) -> ScanError {
    ScanError {
        path,
        stage,
        kind: failure_kind(error),
        message: describe(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_errors_get_their_kind() {
        let kinds = [
            (io::ErrorKind::PermissionDenied, FailureKind::Permission),
            (io::ErrorKind::NotFound, FailureKind::NotFound),
            (io::ErrorKind::NotADirectory, FailureKind::NotFound),
            (io::ErrorKind::Other, FailureKind::Io),
        ];
        for (from, to) in kinds {
            assert_eq!(failure_kind(&io::Error::from(from)), to, "{from:?}");
        }
    }
}
