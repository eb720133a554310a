//! Stand-ins for Linux-only functions, so that callers compile: the native
//! walker is never chosen where [`super::HAS_NATIVE_WALK`] is false, and
//! executors that need more than threads check first.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::num::NonZero;
use std::path::Path;
use std::time::Duration;

/// Not supported.
///
/// # Errors
///
/// Always: only blocking reads are supported.
pub(crate) fn read_now(_file: &File, _buffer: &mut [u8], _offset: u64) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Not supported.
pub(crate) fn will_need(_file: &File, _offset: u64, _length: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Mounts of one directory at two places are not known.
#[derive(Debug, Default)]
pub(crate) struct MountTable;

/// There is none.
pub(crate) enum MountedPlace {}

impl MountTable {
    /// Empty.
    pub(crate) fn read() -> Self {
        Self
    }

    /// Not known.
    pub(crate) fn place_of(&self, _dir: &Path) -> Option<MountedPlace> {
        None
    }

    /// Not known.
    pub(crate) fn places_of(&self, _dir: &Path) -> Vec<MountedPlace> {
        Vec::new()
    }
}

impl MountedPlace {
    /// Never called.
    pub(crate) fn is_in(&self, _other: &Self) -> bool {
        match *self {}
    }
}

/// Always `None`: no volume is recognized on this platform.
#[must_use]
pub(crate) fn volume_of<T>(_dir: T) -> Option<super::Volume> {
    None
}

/// Not supported.
pub(crate) fn generation_of_name<T>(_dir: T, _name: &CStr, _inode: u64) -> io::Result<u32> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Not supported.
#[must_use]
pub(crate) fn generation_of(_file: &File) -> Option<u32> {
    None
}

/// A ring that cannot be created.
pub(crate) enum Ring {}

impl Ring {
    /// Not supported.
    pub(crate) fn new() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Not supported.
    pub(crate) fn read_only() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn keep(self) {
        match self {}
    }

    #[must_use]
    pub(crate) fn is_broken(&self) -> bool {
        match *self {}
    }

    pub(crate) fn read_each(&mut self, _: &mut [ReadInto<'_>], _: &mut dyn FnMut(usize)) -> usize {
        match *self {}
    }
}

use super::{BlockUsage, DedupeStep, ReadInto};
use super::{Confinement, Lease, Processors, Storage};
use crate::types::{FileId, FileKind, FileStat, NamePath, Sameness, SharedBlocks, Space};

/// Always `None`: no such file system is known on this platform.
#[must_use]
pub(crate) fn shared_space<T>(_file: T, _device: u64) -> Option<Space> {
    None
}

/// Always empty.
#[must_use]
pub(crate) fn shared_blocks(_file: &File, _space: Space, _settled: bool) -> SharedBlocks {
    SharedBlocks::default()
}

/// Always `None`: no such call is known on this platform.
#[must_use]
pub(crate) fn block_usage(_file: &File) -> Option<BlockUsage> {
    None
}

/// The most that one call compares and shares.
pub(crate) const MAX_DEDUPE: u64 = 1 << 30;

/// Not supported.
pub(crate) fn dedupe_range(
    _source: &File,
    _target: &File,
    _offset: u64,
    _length: u64,
) -> io::Result<DedupeStep> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Not supported.
pub(crate) fn clone_file(_source: &File, _fresh: &File) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Not supported.
pub(crate) fn punch_hole(_file: &File, _offset: u64, _length: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// A buffer for directory entries.
#[derive(Default)]
pub(crate) struct EntryBuffer;

/// A directory that cannot be opened.
#[derive(Debug)]
pub(crate) enum NativeDir {}

impl NativeDir {
    /// Not supported.
    pub(crate) fn open(_path: &[u8]) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn open_child(&self, _name: &[u8]) -> io::Result<Self> {
        match *self {}
    }

    pub(crate) fn open_beneath(&self, _path: &[u8]) -> io::Result<Self> {
        match *self {}
    }

    #[must_use]
    pub(crate) fn id(&self) -> FileId {
        match *self {}
    }

    #[must_use]
    pub(crate) fn has_lasting_id(&self) -> bool {
        match *self {}
    }

    #[must_use]
    pub(crate) fn is_mount_point(&self) -> bool {
        match *self {}
    }

    pub(crate) fn open_file(&self, _name: &CStr) -> io::Result<(File, bool)> {
        match *self {}
    }

    pub(crate) fn list(
        &self,
        _buffer: &mut EntryBuffer,
        _each: impl FnMut(&CStr, Option<FileKind>),
    ) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn stat(&self, _name: &CStr) -> io::Result<FileStat> {
        match *self {}
    }

    /// Unreachable.
    ///
    /// # Errors
    ///
    /// None.
    pub(crate) fn read_link(&self, _name: &CStr) -> io::Result<Vec<u8>> {
        match *self {}
    }
}

/// Assumed to be true: the platform offers no check.
#[must_use]
pub(crate) fn has_exact_inode_numbers(_path: &Path) -> bool {
    true
}

/// Not known on this platform.
#[must_use]
pub(crate) fn has_unstable_metadata(_path: &NamePath) -> bool {
    false
}

/// Not known on this platform.
#[must_use]
pub(crate) fn mount_point(_path: &Path) -> Option<std::path::PathBuf> {
    None
}

/// Compares nothing, and is not used where [`has_exact_inode_numbers`] returns true.
#[derive(Debug, Default)]
pub(crate) struct IdentityCheck;

impl IdentityCheck {
    /// Assumes that one inode number is one file.
    pub(crate) fn compare(&mut self, _: &NamePath, _: &NamePath) -> Sameness {
        Sameness::Same
    }
}

/// Pseudo file systems are only detected on Linux.
#[must_use]
pub(crate) fn is_pseudo_file_system(_path: &Path) -> bool {
    false
}

/// Threads of one process always share their tables.
pub(crate) fn unshare_tables() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The platform cannot prevent a thread from writing.
pub(crate) fn restrict_to_reading() -> io::Result<Confinement> {
    Ok(Confinement::Unavailable)
}

/// Landlock exists only on Linux.
#[must_use]
pub(crate) fn landlock_version() -> Option<u32> {
    None
}

/// Always false: see [`unshare_tables`].
#[must_use]
pub(crate) fn can_unshare() -> bool {
    false
}

/// io_uring exists only on Linux.
#[must_use]
pub(crate) fn has_io_uring() -> bool {
    false
}

/// The processors that the standard library reports.
#[must_use]
pub(crate) fn processors() -> Processors {
    let usable = std::thread::available_parallelism().map_or(1, NonZero::get);
    Processors {
        online: usable,
        affinity: usable,
        quota: None,
        usable,
    }
}

/// Not implemented on this platform.
pub(crate) fn storage(_path: &Path) -> io::Result<Storage> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Not implemented on this platform.
#[must_use]
pub(crate) fn is_remote(_path: &Path) -> bool {
    false
}

/// Not known on this platform.
#[must_use]
pub(crate) fn is_on_local_disk<T>(_file: T) -> bool {
    false
}

/// The platform has no leases.
pub(crate) fn take_lease(_file: &File) -> Lease {
    Lease::Unavailable
}

/// The platform has no leases.
#[must_use]
pub(crate) fn holds_lease(_file: &File) -> bool {
    false
}

/// The platform has no leases.
pub(crate) fn release_lease(_file: &File) {}

/// Not implemented: it would need a writable descriptor.
pub(crate) fn write_back(_file: &File) {}

/// The metadata of an open file.
pub(crate) fn stat_synced(file: &File) -> io::Result<FileStat> {
    super::stat_file(file)
}

/// Not known on this platform.
#[must_use]
pub(crate) fn settle_time() -> Option<Duration> {
    None
}

/// Not known on this platform.
#[must_use]
pub(crate) fn thread_ready_time() -> Option<Duration> {
    None
}
