//! Platform layer: all code that differs between operating systems.
//!
//! Only this module may check the platform or be `unsafe`. The only
//! differences visible outside are [`HAS_NATIVE_WALK`] and [`HAS_EXCHANGE`].

use std::fs::File;
use std::io;
use std::path::PathBuf;

use crate::error::{FailureKind, ScanError, Stage, describe};

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(crate) use unix::*;
#[cfg(unix)]
mod entries;
#[cfg(unix)]
mod opening;
#[cfg(unix)]
pub(crate) use {entries::*, opening::*};
#[cfg(unix)]
mod interrupt;
#[cfg(unix)]
pub(crate) use interrupt::*;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(crate) use windows::*;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(crate) use linux::*;

mod act;
mod control_file;
mod metadata;
mod private_file;
mod simd;
mod startup;
pub(crate) use act::*;
pub(crate) use control_file::*;
mod found_file;
pub(crate) use found_file::*;
pub(crate) use metadata::*;
pub(crate) use private_file::*;
mod work_tree;
pub(crate) use simd::*;
pub(crate) use startup::*;
pub(crate) use work_tree::*;

// Modules that the executors use.
#[cfg(target_os = "linux")]
mod clone;
#[cfg(target_os = "linux")]
mod extents;
#[cfg(target_os = "linux")]
mod handle;
#[cfg(target_os = "linux")]
mod identity_check;
#[cfg(target_os = "linux")]
mod lease;
#[cfg(unix)]
mod process;
#[cfg(target_os = "linux")]
mod sandbox;
// Architectures on which the seccomp filter is supported.
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
mod mount_places;
#[cfg(target_os = "linux")]
mod mounts;
#[cfg(target_os = "linux")]
mod storage;
#[cfg(target_os = "linux")]
mod uring;
#[cfg(target_os = "linux")]
pub(crate) use {
    clone::*, cpus::*, extents::*, handle::*, identity_check::*, lease::*, mount_places::*,
    sandbox::*, storage::*, uring::*,
};
#[cfg(unix)]
pub(crate) use {map::*, memory::*, process::*};

#[cfg(not(target_os = "linux"))]
mod unsupported;
#[cfg(not(target_os = "linux"))]
pub(crate) use unsupported::*;

/// A read of a part of a file, and its result.
pub struct ReadInto<'a> {
    /// The file.
    pub file: &'a File,
    /// The destination.
    pub buffer: &'a mut [u8],
    /// The offset in the file.
    pub offset: u64,
    result: Option<io::Result<usize>>,
}

impl<'a> ReadInto<'a> {
    /// Creates a read that is not done yet.
    #[must_use]
    pub fn new(file: &'a File, buffer: &'a mut [u8], offset: u64) -> Self {
        Self {
            file,
            buffer,
            offset,
            result: None,
        }
    }

    /// Takes the result: the number of bytes read or the system's error; `None`
    /// if the read was not done.
    pub fn take(&mut self) -> Option<io::Result<usize>> {
        self.result.take()
    }
}

/// Result of requesting a lease on a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// Nobody writes to the file, and new writers have to wait.
    Held,
    /// The file is open for writing.
    Refused,
    /// The file belongs to another user, or its file system or platform has no
    /// leases.
    Unavailable,
}

/// The bytes of a file by who uses their blocks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct BlockUsage {
    /// Bytes whose blocks this file alone uses.
    pub exclusive: u64,
    /// Bytes whose blocks another file or a snapshot uses too.
    pub shared: u64,
}

/// Result of one call that lets two files share blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "other systems have no such call")
)]
pub(crate) enum DedupeStep {
    /// So many bytes are the same and shared now. The kernel counts a part of
    /// the last block as a whole one.
    Shared(u64),
    /// The bytes differ.
    Differs,
}

/// A file system, or a subvolume of one, that is recognized in another run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Volume {
    /// The UUID of the file system.
    pub uuid: [u8; 16],
    /// The number of the subvolume (btrfs); elsewhere zero.
    pub subvolume: u64,
}

/// True if [`volume_of`] knows any volume on this platform.
pub(crate) const HAS_VOLUMES: bool = cfg!(target_os = "linux");

/// True if the native walker is available on this platform.
pub(crate) const HAS_NATIVE_WALK: bool = cfg!(target_os = "linux");

/// Degree to which a thread is prevented from writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Confinement {
    /// The thread cannot create, write, truncate, rename or remove a file, or
    /// change metadata.
    Enforced,
    /// Landlock is available, but system calls cannot be filtered: metadata can
    /// still be changed, and before Linux 6.2 a file can be truncated by its
    /// path.
    #[cfg_attr(
        not(target_os = "linux"),
        allow(dead_code, reason = "only kernels with Landlock can lack a part of it")
    )]
    Partial,
    /// The platform has no such mechanism, or it is disabled.
    Unavailable,
}

/// Processors of the machine, and limits on their use by this process.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub(crate) struct Processors {
    /// Number of online processors.
    pub online: usize,
    /// Number of processors that the calling thread may run on.
    pub affinity: usize,
    /// CPU quota of the control group, in processors; `None` without a limit.
    pub quota: Option<f64>,
    /// Number of threads worth running: the standard library's estimate from
    /// the values above, at least one.
    pub usable: usize,
}

/// Storage of a path.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Storage {
    /// The type of the file system as in the mount table (`ext4`,
    /// `fuse.sshfs`), or its magic number in hex.
    pub filesystem: String,
    /// True if reads depend on another machine or a program, so that they may
    /// hang for ever.
    pub remote: bool,
    /// The name of the underlying block device (`sda1`), if there is one.
    pub device: Option<String>,
    /// True if the kernel reports the device as rotational. It reports many
    /// virtual disks so too.
    pub rotational: Option<bool>,
}

/// An entry to be opened as a regular file is of another type now.
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

/// Returns true if a file was not opened because the entry is of another type
/// now.
#[must_use]
pub(crate) fn is_not_regular(error: &io::Error) -> bool {
    is_within::<NotRegular>(error)
}

/// A directory was replaced since the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its directory was replaced by another one during the scan")]
pub(crate) struct Replaced;

impl From<Replaced> for io::Error {
    fn from(error: Replaced) -> Self {
        Self::other(error)
    }
}

/// Maps a system error to a kind of failure.
#[must_use]
pub(crate) fn failure_kind(error: &io::Error) -> FailureKind {
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

/// Converts a system error into an error of a path.
#[must_use]
pub(crate) fn scan_error(path: PathBuf, stage: Stage, error: &io::Error) -> ScanError {
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
