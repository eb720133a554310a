//! The operations by which users' files are changed, behind one trait.
//!
//! Everything that an act observes or changes goes through [`FileOps`], so that
//! tests can end the process, or fail, at each single operation. Entries are
//! named by an open directory and a name in it: a path could lead elsewhere from
//! one call to the next.
//!
//! No operation replaces an existing entry or follows a symbolic link, except
//! [`FileOps::open_root`].

use std::io;
use std::path::PathBuf;

use super::Lease;
use crate::types::{FileId, FileMetadata, FileStat};

mod content;
pub(crate) use content::{ContentOps, Setting};
#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(crate) use unix::SystemFiles;
#[cfg(unix)]
use unix::set_link;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(crate) use windows::SystemFiles;
#[cfg(windows)]
use windows::set_link;

/// True if hard links and shared blocks can be made by the whole protocol:
/// leases, links by descriptor, exchange of two names.
pub(crate) const HAS_EXCHANGE: bool = cfg!(target_os = "linux");

/// Facts about an open file or directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileStatus {
    /// Identity, type, size, links and times.
    pub(crate) stat: FileStat,
    /// The permission bits; 0o666 on platforms without them.
    pub(crate) mode: u32,
    /// The owner; 0 on platforms without one.
    pub(crate) owner: u32,
    /// Bytes that the file system allocated for it.
    pub(crate) allocated: u64,
    /// The mount that it was opened through, where the system tells.
    pub(crate) mount: Option<u64>,
    /// True if nobody can change or remove it.
    pub(crate) immutable: bool,
    /// True if it can only grow.
    pub(crate) append_only: bool,
}

/// Kinds of file systems, by how reliably their numbers tell files apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileSystemKind {
    /// On a disk of this machine, with exact inode numbers: two numbers are two
    /// files, and no other file system shows the same files.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "only Linux tells the file system's name")
    )]
    Exact,
    /// In memory of this machine: the same, but nothing survives a restart.
    Memory,
    /// An overlay: its files are those of its layers, which can be reached
    /// directly too.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "only Linux tells the file system's name")
    )]
    Overlay,
    /// An overlay that never makes anything durable: one mounted `volatile`.
    Volatile,
    /// A server's, a program's, or an unknown one.
    Other,
}

impl FileSystemKind {
    /// Returns true if nothing of it survives that the machine stops.
    pub(crate) fn forgets(self) -> bool {
        self == Self::Memory || self == Self::Volatile
    }
}

/// Operations that observe or change users' files.
pub(crate) trait FileOps {
    /// An open directory.
    type Dir;
    /// An open regular file.
    type File;

    /// Opens a directory by a path of the user, whose symbolic links are
    /// followed. The empty path is the working directory.
    fn open_root(&self, path: &[u8]) -> io::Result<Self::Dir>;

    /// Opens a directory below another one by a relative path. No symbolic
    /// link is followed; mounts are crossed.
    fn open_dir(&self, base: &Self::Dir, path: &[u8]) -> io::Result<Self::Dir>;

    /// Opens a regular file for reading, without waiting, without following a
    /// symbolic link, and without opening an entry of any other type
    /// ([`super::is_link_loop`], [`super::is_not_regular`]).
    fn open_file(&self, dir: &Self::Dir, name: &[u8]) -> io::Result<Self::File>;

    /// The current status of an open file, past all caches.
    fn status(&self, file: &Self::File) -> io::Result<FileStatus>;

    /// The current status of an open directory.
    fn dir_status(&self, dir: &Self::Dir) -> io::Result<FileStatus>;

    /// The current metadata of a name, of the link itself for a symbolic link.
    fn stat_name(&self, dir: &Self::Dir, name: &[u8]) -> io::Result<FileStat>;

    /// The current metadata of what a name leads to: a symbolic link is
    /// followed.
    fn stat_target(&self, dir: &Self::Dir, name: &[u8]) -> io::Result<FileStat>;

    /// The current absolute path of an open directory, without symbolic links.
    fn dir_path(&self, dir: &Self::Dir) -> io::Result<PathBuf>;

    /// The target of a symbolic link, as it is written.
    fn read_link(&self, dir: &Self::Dir, name: &[u8]) -> io::Result<Vec<u8>>;

    /// The kind of the file system of a directory.
    fn file_system_kind(&self, dir: &Self::Dir) -> FileSystemKind;

    /// The metadata that is recorded to be restored.
    fn metadata(&self, file: &Self::File) -> io::Result<FileMetadata>;

    /// The same of a symbolic link itself: its owner and its times.
    fn link_metadata(&self, dir: &Self::Dir, name: &[u8]) -> io::Result<FileMetadata>;

    /// Reads once; may return fewer bytes than requested.
    fn read_at(&self, file: &Self::File, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Asks for a read lease, which ends with the file.
    fn take_lease(&self, file: &Self::File) -> Lease;

    /// Returns true if a lease is still held. A lost lease stays lost.
    fn holds_lease(&self, file: &Self::File) -> bool;

    /// Gives a lease back.
    fn release_lease(&self, file: &Self::File);

    /// Writes dirty pages, so that the next store through a mapping moves the
    /// change time where a file system can show it.
    fn write_back(&self, file: &Self::File);

    /// Makes the bytes of a file durable.
    fn sync_file(&self, file: &Self::File) -> io::Result<()>;

    /// Makes the entries of a directory durable.
    fn sync_dir(&self, dir: &Self::Dir) -> io::Result<()>;

    /// Makes everything durable that was written to the file system of a
    /// directory. Returns false, and has done nothing, where the system does not
    /// promise that.
    fn sync_file_system(&self, dir: &Self::Dir) -> io::Result<bool>;

    /// Gives an open file another name.
    fn link(&self, file: &Self::File, dir: &Self::Dir, name: &[u8]) -> io::Result<()>;

    /// Creates a symbolic link.
    fn symlink(&self, target: &[u8], dir: &Self::Dir, name: &[u8]) -> io::Result<()>;

    /// An open directory as a file, for its metadata.
    fn dir_file(&self, dir: &Self::Dir) -> io::Result<Self::File>;

    /// The names of all entries of a directory, in no particular order.
    fn list_dir(&self, dir: &Self::Dir) -> io::Result<Vec<Vec<u8>>>;

    /// Returns true if a directory has no entries.
    fn is_empty_dir(&self, dir: &Self::Dir) -> io::Result<bool>;

    /// Removes an empty directory.
    fn remove_dir(&self, dir: &Self::Dir, name: &[u8]) -> io::Result<()>;

    /// Creates a directory with at most these permissions.
    fn make_dir(&self, dir: &Self::Dir, name: &[u8], mode: u32) -> io::Result<()>;

    /// Swaps two entries of a directory, so that neither name is ever missing.
    fn exchange(&self, dir: &Self::Dir, one: &[u8], other: &[u8]) -> io::Result<()>;

    /// Renames an entry; fails if the new name exists.
    fn rename(&self, from: (&Self::Dir, &[u8]), to: (&Self::Dir, &[u8])) -> io::Result<()>;

    /// Removes a name that is not a directory.
    fn unlink(&self, dir: &Self::Dir, name: &[u8]) -> io::Result<()>;

    /// Creates an empty file for reading and writing that its owner alone can
    /// open; fails if the name exists.
    fn create(&self, dir: &Self::Dir, name: &[u8]) -> io::Result<Self::File>;

    /// Like [`FileOps::create`], but without a name until [`FileOps::link`]
    /// gives it one. Fails with [`io::ErrorKind::Unsupported`] where a file
    /// needs a name.
    fn create_unnamed(&self, dir: &Self::Dir) -> io::Result<Self::File>;

    /// Writes all bytes.
    fn write_at(&self, file: &Self::File, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// The identity of a directory.
    fn dir_id(&self, dir: &Self::Dir) -> io::Result<FileId> {
        Ok(self.dir_status(dir)?.stat.id)
    }
}
