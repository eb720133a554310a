//! What only Linux has, for the compiler's sake: the native walker is never
//! chosen where [`super::HAS_NATIVE_WALK`] is false, and executors that need
//! more than threads ask first.

use std::ffi::{CStr, OsString};
use std::fs::File;
use std::io;
use std::num::NonZero;
use std::path::Path;
use std::time::Duration;

use super::bytes_of;

/// Refuses.
///
/// # Errors
///
/// Always: only reads that wait are known here.
pub fn read_now(_file: &File, _buffer: &mut [u8], _offset: u64) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Refuses.
///
/// # Errors
///
/// Always.
pub fn will_need(_file: &File, _offset: u64, _length: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// A ring that cannot be made.
pub enum Ring {}

impl Ring {
    /// Refuses.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn new() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Refuses.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn only_reading() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Cannot be reached.
    pub fn keep(self) {
        match self {}
    }

    /// Cannot be reached.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        match *self {}
    }

    /// Cannot be reached.
    pub fn read_each(&mut self, _: &mut [ReadInto<'_>], _: &mut dyn FnMut(usize)) -> usize {
        match *self {}
    }
}

use super::ReadInto;
use super::{Confinement, Lease, Processors, Storage};
use crate::types::{Extents, FileId, FileKind, FileStat, NamePath, Sameness, Space};

/// Nothing: no such file system is known here.
#[must_use]
pub fn shared_space(_file: &File, _device: u64) -> Option<Space> {
    None
}

/// Nothing.
#[must_use]
pub fn shared_extents(_file: &File, _space: Space, _settled: bool) -> Option<Extents> {
    None
}

/// Room for directory entries.
#[derive(Default)]
pub struct EntryBuffer;

/// A directory that cannot be opened.
#[derive(Debug)]
pub enum NativeDir {}

impl NativeDir {
    /// Refuses.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn open(_path: &[u8]) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Cannot be reached.
    ///
    /// # Errors
    ///
    /// None.
    pub fn open_child(&self, _name: &[u8]) -> io::Result<Self> {
        match *self {}
    }

    /// Cannot be reached.
    ///
    /// # Errors
    ///
    /// None.
    pub fn open_beneath(&self, _path: &[u8]) -> io::Result<Self> {
        match *self {}
    }

    /// Cannot be reached.
    #[must_use]
    pub fn id(&self) -> FileId {
        match *self {}
    }

    /// Cannot be reached.
    #[must_use]
    pub fn has_lasting_id(&self) -> bool {
        match *self {}
    }

    /// Cannot be reached.
    #[must_use]
    pub fn is_mount_point(&self) -> bool {
        match *self {}
    }

    /// Cannot be reached.
    ///
    /// # Errors
    ///
    /// None.
    pub fn open_file(&self, _name: &CStr) -> io::Result<(File, bool)> {
        match *self {}
    }

    /// Cannot be reached.
    ///
    /// # Errors
    ///
    /// None.
    pub fn list(
        &self,
        _buffer: &mut EntryBuffer,
        _few: bool,
        _each: impl FnMut(&CStr, Option<FileKind>),
    ) -> io::Result<bool> {
        match *self {}
    }

    /// Cannot be reached.
    ///
    /// # Errors
    ///
    /// None.
    pub fn stat_at_hand(&self, _name: &CStr) -> io::Result<FileStat> {
        match *self {}
    }

    /// Cannot be reached.
    ///
    /// # Errors
    ///
    /// None.
    pub fn stat(&self, _name: &CStr) -> io::Result<FileStat> {
        match *self {}
    }
}

/// Taken to be so: nothing here could tell otherwise.
#[must_use]
pub fn numbers_are_exact(_path: &Path) -> bool {
    true
}

/// Not known here.
#[must_use]
pub fn changes_by_itself(_path: &NamePath) -> bool {
    false
}

/// Not known here.
#[must_use]
pub fn mount_point(_path: &Path) -> Option<std::path::PathBuf> {
    None
}

/// Compares nothing, and is not asked where [`numbers_are_exact`].
#[derive(Debug, Default)]
pub struct IdentityCheck;

impl IdentityCheck {
    /// Takes one inode number for one file.
    pub fn compare(&mut self, _: &NamePath, _: &NamePath) -> Sameness {
        Sameness::Same
    }
}

/// The environment variables whose names begin like this.
#[must_use]
pub fn variables(prefix: &str) -> Vec<(OsString, OsString)> {
    let prefix = prefix.as_bytes();
    let ours = |(name, _): &(OsString, _)| bytes_of(name).starts_with(prefix);
    std::env::vars_os().filter(ours).collect()
}

/// Elsewhere the kernel's own trees are not part of the file tree.
#[must_use]
pub fn is_pseudo_file_system(_path: &Path) -> bool {
    false
}

/// Threads of one process share their tables here.
///
/// # Errors
///
/// `Unsupported`, always.
pub fn own_tables() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Nothing here keeps a thread from writing.
///
/// # Errors
///
/// None.
pub fn allow_only_reading() -> io::Result<Confinement> {
    Ok(Confinement::Unavailable)
}

/// Landlock is Linux's.
#[must_use]
pub fn landlock_version() -> Option<u32> {
    None
}

/// They cannot ([`own_tables`]).
#[must_use]
pub fn can_unshare() -> bool {
    false
}

/// io_uring is Linux's.
#[must_use]
pub fn has_io_uring() -> bool {
    false
}

/// The processors that the standard library knows of.
#[must_use]
pub fn processors() -> Processors {
    let usable = std::thread::available_parallelism().map_or(1, NonZero::get);
    Processors {
        online: usable,
        affinity: usable,
        quota: None,
        usable,
    }
}

/// Not asked for here.
///
/// # Errors
///
/// `Unsupported`, always.
pub fn storage(_path: &Path) -> io::Result<Storage> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Not known here.
#[must_use]
pub fn is_near(_path: &Path) -> bool {
    false
}

/// Not asked for here.
#[must_use]
pub fn is_remote(_path: &Path) -> bool {
    false
}

/// Not known of any here.
#[must_use]
pub fn is_on_local_disk<T>(_file: T) -> bool {
    false
}

/// There are none here.
pub fn take_lease(_file: &File) -> Lease {
    Lease::Unavailable
}

/// There are none here.
#[must_use]
pub fn holds_lease(_file: &File) -> bool {
    false
}

/// There are none here.
pub fn end_lease(_file: &File) {}

/// Needs a descriptor that may write here.
pub fn write_back(_file: &File) {}

/// What the system says of an open file.
///
/// # Errors
///
/// What the system says.
pub fn stat_synced(file: &File) -> io::Result<FileStat> {
    super::stat_file(file)
}

/// Not known here.
#[must_use]
pub fn settle_time() -> Option<Duration> {
    None
}

/// Elsewhere nobody tells.
#[must_use]
pub fn thread_ready_time() -> Option<Duration> {
    None
}
