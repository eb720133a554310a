//! Everything that differs between operating systems.
//!
//! Only here may code ask for the platform or be `unsafe`. Above, the one
//! difference that is left is [`HAS_NATIVE_WALK`].

use std::fs::File;
use std::io;
use std::path::PathBuf;

use crate::error::{FailureKind, ScanError, Stage, describe};

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::*;
#[cfg(unix)]
mod entries;
#[cfg(unix)]
mod opening;
#[cfg(unix)]
pub use {entries::*, opening::*};
#[cfg(unix)]
mod interrupt;
#[cfg(unix)]
pub use interrupt::*;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub use windows::*;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub use linux::*;

mod control_file;
mod simd;
mod startup;
pub use control_file::*;
mod found_file;
pub use found_file::*;
mod work_tree;
pub use simd::*;
pub use startup::*;
pub use work_tree::*;

// What the executors stand on.
#[cfg(target_os = "linux")]
mod extents;
#[cfg(target_os = "linux")]
mod identity_check;
#[cfg(target_os = "linux")]
mod lease;
#[cfg(unix)]
mod process;
#[cfg(target_os = "linux")]
mod sandbox;
// Where filters of system calls can be made.
#[cfg(target_os = "linux")]
mod cpus;
#[cfg(all(
    target_os = "linux",
    any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "riscv64"
    )
))]
mod filter;
#[cfg(unix)]
mod map;
#[cfg(unix)]
mod memory;
#[cfg(target_os = "linux")]
mod mounts;
#[cfg(target_os = "linux")]
mod storage;
#[cfg(target_os = "linux")]
mod uring;
#[cfg(target_os = "linux")]
pub use {cpus::*, extents::*, identity_check::*, lease::*, sandbox::*, storage::*, uring::*};
#[cfg(unix)]
pub use {map::*, memory::*, process::*};

#[cfg(not(target_os = "linux"))]
mod unsupported;
#[cfg(not(target_os = "linux"))]
pub use unsupported::*;

/// A read of a part of a file, and what came of it.
pub struct ReadInto<'a> {
    /// The file.
    pub file: &'a File,
    /// Where to.
    pub buffer: &'a mut [u8],
    /// Where from.
    pub offset: u64,
    result: Option<io::Result<usize>>,
}

impl<'a> ReadInto<'a> {
    /// A read that is yet to be done.
    #[must_use]
    pub fn new(file: &'a File, buffer: &'a mut [u8], offset: u64) -> Self {
        Self {
            file,
            buffer,
            offset,
            result: None,
        }
    }

    /// How many bytes came, or what the system said; none if it was not done.
    pub fn take(&mut self) -> Option<io::Result<usize>> {
        self.result.take()
    }
}

/// What came of asking for a lease on a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// Nobody writes to the file, and whoever wants to has to wait.
    Held,
    /// Somebody has the file open for writing.
    Refused,
    /// The file belongs to somebody else, or its file system or platform has
    /// no leases.
    Unavailable,
}

/// Whether the native walker was built in.
pub const HAS_NATIVE_WALK: bool = cfg!(target_os = "linux");

/// How far a thread was kept from writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confinement {
    /// Nothing can be created, written, truncated, renamed or removed, and no
    /// metadata changed.
    Enforced,
    /// Landlock is there and system calls cannot be filtered: metadata can
    /// still be changed, and before Linux 6.2 a file can be truncated by its
    /// path.
    #[cfg_attr(
        not(target_os = "linux"),
        allow(dead_code, reason = "only kernels with Landlock can lack a part of it")
    )]
    Partial,
    /// The platform has nothing of the kind, or it is switched off.
    Unavailable,
}

/// The processors that there are and that this process may use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Processors {
    /// How many the machine has switched on.
    pub online: usize,
    /// How many of them the calling thread may run on.
    pub affinity: usize,
    /// How many processors' worth of time a control group allows; none if it
    /// sets no limit.
    pub quota: Option<f64>,
    /// How many threads are worth having: what the standard library makes of
    /// the above, at least one.
    pub usable: usize,
}

/// What a path is stored on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// The name of the file system's type as the mount table has it
    /// (`ext4`, `fuse.sshfs`), or a number in hex.
    pub filesystem: String,
    /// Whether another machine or a program must answer before anything can
    /// be read, so that reads may hang for ever.
    pub remote: bool,
    /// The name of the block device beneath (`sda1`), where there is one.
    pub device: Option<String>,
    /// Whether the kernel takes that device for one with a moving head. It
    /// says so of many virtual disks too.
    pub rotational: Option<bool>,
}

/// What was to be opened as a regular file is something else by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no regular file")]
pub struct NotRegular;

impl From<NotRegular> for io::Error {
    fn from(error: NotRegular) -> Self {
        Self::other(error)
    }
}

fn is_within<E: std::error::Error + 'static>(error: &io::Error) -> bool {
    let inner = error.get_ref();
    inner
        .and_then(<dyn std::error::Error + Send + Sync>::downcast_ref::<E>)
        .is_some()
}

/// Whether a file was not opened because it is something else by now.
#[must_use]
pub fn is_not_regular(error: &io::Error) -> bool {
    is_within::<NotRegular>(error)
}

/// Another directory is where the walk found one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("another directory took the place of its directory while the scan ran")]
pub struct Replaced;

impl From<Replaced> for io::Error {
    fn from(error: Replaced) -> Self {
        Self::other(error)
    }
}

/// The kind of failure that an error of the system is.
#[must_use]
pub fn failure_kind(error: &io::Error) -> FailureKind {
    if is_out_of_descriptors(error) {
        return FailureKind::TooManyOpenFiles;
    }
    if is_link_loop(error) {
        return FailureKind::Loop;
    }
    if is_not_regular(error) {
        return FailureKind::NotRegular;
    }
    if is_within::<Replaced>(error) {
        return FailureKind::Changed;
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
