//! Operations on users' files by system calls.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use rustix::fs::{AtFlags, Gid, Mode, OFlags, Timespec, Timestamps, Uid};
use rustix::io::Errno;

use super::{FileOps, FileStatus, FileSystemKind};
use crate::platform::opening::{DirInfo, is_local, open_beneath, open_path, open_regular, stat_at};
use crate::platform::unix::{retry_without_descriptors, stat_fd};
use crate::platform::{self, Lease};
use crate::types::{FileKind, FileMetadata, FileStat, Layout, Timestamp};

/// The file systems of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemFiles;

/// An open directory: one that can be made durable too.
#[derive(Debug)]
pub(crate) struct OpenDir {
    fd: OwnedFd,
    found: DirInfo,
}

const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK);

const CREATE: OFlags = OFlags::RDWR.union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);

/// Permissions of a new file: its owner's alone.
const PRIVATE_FILE: Mode = Mode::from_raw_mode(0o600);

impl OpenDir {
    fn new(fd: OwnedFd) -> io::Result<Self> {
        let found = DirInfo::of(fd.as_fd())?;
        Ok(Self { fd, found })
    }
}

impl FileOps for SystemFiles {
    type Dir = OpenDir;
    type File = File;

    fn open_root(&self, path: &[u8]) -> io::Result<OpenDir> {
        let path = if path.is_empty() { b"." } else { path };
        OpenDir::new(open_path(path, DIRECTORY)?)
    }

    fn open_dir(&self, base: &OpenDir, path: &[u8]) -> io::Result<OpenDir> {
        OpenDir::new(open_beneath(base.fd.as_fd(), path, DIRECTORY)?)
    }

    fn open_file(&self, dir: &OpenDir, name: &[u8]) -> io::Result<File> {
        let open = |flags| {
            retry_without_descriptors(|| rustix::fs::openat(&dir.fd, name, flags, Mode::empty()))
        };
        let (fd, _) = open_regular(open, false, dir.found.is_private)?;
        let file = File::from(fd);
        // A private directory is opened in directly, without a check before.
        if stat_fd(file.as_fd())?.kind != FileKind::Regular {
            return Err(platform::NotRegular.into());
        }
        Ok(file)
    }

    fn status(&self, file: &File) -> io::Result<FileStatus> {
        status(file.as_fd())
    }

    fn dir_status(&self, dir: &OpenDir) -> io::Result<FileStatus> {
        status(dir.fd.as_fd())
    }

    fn stat_name(&self, dir: &OpenDir, name: &[u8]) -> io::Result<FileStat> {
        Ok(stat_at(dir.fd.as_fd(), name, false)?)
    }

    fn stat_target(&self, dir: &OpenDir, name: &[u8]) -> io::Result<FileStat> {
        Ok(stat_at(dir.fd.as_fd(), name, true)?)
    }

    fn dir_path(&self, dir: &OpenDir) -> io::Result<PathBuf> {
        dir_path(dir)
    }

    fn metadata(&self, file: &File) -> io::Result<FileMetadata> {
        platform::capture_metadata(file)
    }

    #[allow(clippy::unnecessary_cast, reason = "of other types elsewhere")]
    fn link_metadata(&self, dir: &OpenDir, name: &[u8]) -> io::Result<FileMetadata> {
        let found = rustix::fs::statat(&dir.fd, name, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(FileMetadata {
            owner: Some((found.st_uid as u32, found.st_gid as u32)),
            mode: found.st_mode as u32 & 0o7777,
            accessed: Timestamp::new(found.st_atime as i64, found.st_atime_nsec as u32),
            modified: Timestamp::new(found.st_mtime as i64, found.st_mtime_nsec as u32),
            flags: 0,
            attributes: platform::link_attributes(dir.fd.as_fd(), name)?,
            layout: Layout::Unknown,
        })
    }

    fn read_link(&self, dir: &OpenDir, name: &[u8]) -> io::Result<Vec<u8>> {
        Ok(rustix::fs::readlinkat(&dir.fd, name, Vec::new())?.into_bytes())
    }

    fn file_system_kind(&self, dir: &OpenDir) -> FileSystemKind {
        file_system_kind(dir)
    }

    fn read_at(&self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        loop {
            match file.read_at(buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    fn take_lease(&self, file: &File) -> Lease {
        platform::take_lease(file)
    }

    fn holds_lease(&self, file: &File) -> bool {
        platform::holds_lease(file)
    }

    fn release_lease(&self, file: &File) {
        platform::release_lease(file);
    }

    fn write_back(&self, file: &File) {
        platform::write_back(file);
    }

    fn sync_file(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn sync_dir(&self, dir: &OpenDir) -> io::Result<()> {
        match retry(|| rustix::fs::fsync(&dir.fd)) {
            // File systems that have nothing to write say so.
            Err(Errno::INVAL) => Ok(()),
            result => Ok(result?),
        }
    }

    fn sync_file_system(&self, dir: &OpenDir) -> io::Result<bool> {
        sync_file_system(dir)
    }

    fn link(&self, file: &File, dir: &OpenDir, name: &[u8]) -> io::Result<()> {
        link(file, dir, name)
    }

    fn symlink(&self, target: &[u8], dir: &OpenDir, name: &[u8]) -> io::Result<()> {
        Ok(rustix::fs::symlinkat(target, &dir.fd, name)?)
    }

    fn dir_file(&self, dir: &OpenDir) -> io::Result<File> {
        Ok(File::from(dir.fd.try_clone()?))
    }

    fn list_dir(&self, dir: &OpenDir) -> io::Result<Vec<Vec<u8>>> {
        let names = rustix::fs::Dir::read_from(&dir.fd)?.map(|entry| {
            let entry = entry?;
            Ok(entry.file_name().to_bytes().to_vec())
        });
        let is_other = |name: &io::Result<Vec<u8>>| !matches!(name.as_deref(), Ok(b"." | b".."));
        names.filter(is_other).collect()
    }

    fn is_empty_dir(&self, dir: &OpenDir) -> io::Result<bool> {
        for entry in rustix::fs::Dir::read_from(&dir.fd)? {
            if !matches!(entry?.file_name().to_bytes(), b"." | b"..") {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn remove_dir(&self, dir: &OpenDir, name: &[u8]) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&dir.fd, name, AtFlags::REMOVEDIR)?)
    }

    fn make_dir(&self, dir: &OpenDir, name: &[u8], mode: u32) -> io::Result<()> {
        let mode = Mode::from_raw_mode(mode as rustix::fs::RawMode);
        Ok(rustix::fs::mkdirat(&dir.fd, name, mode)?)
    }

    fn exchange(&self, dir: &OpenDir, one: &[u8], other: &[u8]) -> io::Result<()> {
        exchange(dir, one, other)
    }

    fn rename(&self, from: (&OpenDir, &[u8]), to: (&OpenDir, &[u8])) -> io::Result<()> {
        rename(from, to)
    }

    fn unlink(&self, dir: &OpenDir, name: &[u8]) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&dir.fd, name, AtFlags::empty())?)
    }

    fn create(&self, dir: &OpenDir, name: &[u8]) -> io::Result<File> {
        let flags = CREATE | OFlags::CREATE | OFlags::EXCL;
        let fd =
            retry_without_descriptors(|| rustix::fs::openat(&dir.fd, name, flags, PRIVATE_FILE))?;
        Ok(File::from(fd))
    }

    fn create_unnamed(&self, dir: &OpenDir) -> io::Result<File> {
        create_unnamed(dir)
    }

    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        file.write_all_at(bytes, offset)
    }
}

/// Gives a symbolic link itself an owner, extended attributes and times.
pub(super) fn set_link(dir: &OpenDir, name: &[u8], wanted: &FileMetadata) -> io::Result<()> {
    let flags = AtFlags::SYMLINK_NOFOLLOW;
    if let Some((user, group)) = wanted.owner {
        let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
        rustix::fs::chownat(&dir.fd, name, Some(user), Some(group), flags)?;
    }
    platform::set_link_attributes(dir.fd.as_fd(), name, &wanted.attributes)?;
    let time = |time: Timestamp| Timespec {
        tv_sec: time.as_nanos().div_euclid(1_000_000_000),
        tv_nsec: time.as_nanos().rem_euclid(1_000_000_000),
    };
    let times = Timestamps {
        last_access: time(wanted.accessed),
        last_modification: time(wanted.modified),
    };
    Ok(rustix::fs::utimensat(&dir.fd, name, &times, flags)?)
}

fn retry<T>(mut call: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            result => return result,
        }
    }
}

#[cfg(target_os = "linux")]
use linux::*;

#[cfg(target_os = "linux")]
mod linux {
    use std::os::fd::{AsRawFd, BorrowedFd};

    use rustix::fs::{CWD, RenameFlags, StatxAttributes, StatxFlags};

    use super::*;
    use crate::platform::linux::stat_of;
    use crate::platform::storage::{STATX_MNT_ID, file_system, is_volatile};
    use crate::platform::unix::stat_from;

    pub(super) fn status(fd: BorrowedFd<'_>) -> io::Result<FileStatus> {
        let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_FORCE_SYNC;
        let wanted = StatxFlags::BASIC_STATS | StatxFlags::from_bits_retain(STATX_MNT_ID);
        let stat = rustix::fs::statx(fd, c"", flags, wanted)?;
        let has = |attribute| stat.stx_attributes.contains(attribute);
        Ok(FileStatus {
            stat: stat_of(&stat),
            mode: u32::from(stat.stx_mode) & 0o7777,
            owner: stat.stx_uid,
            allocated: stat.stx_blocks.saturating_mul(512),
            mount: (stat.stx_mask & STATX_MNT_ID != 0).then_some(stat.stx_mnt_id),
            immutable: has(StatxAttributes::IMMUTABLE),
            append_only: has(StatxAttributes::APPEND),
        })
    }

    /// The kernel's own path of it.
    pub(super) fn dir_path(dir: &OpenDir) -> io::Result<PathBuf> {
        let link = format!("/proc/thread-self/fd/{}", dir.fd.as_raw_fd());
        let path = std::fs::read_link(link)?;
        // A directory beyond the root of this process has no path, one that was
        // removed has none any more.
        let is_same = rustix::fs::stat(&path).is_ok_and(|stat| stat_from(&stat).id == dir.found.id);
        if !path.is_absolute() || !is_same {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(path)
    }

    pub(super) fn file_system_kind(dir: &OpenDir) -> FileSystemKind {
        match file_system(&dir.fd) {
            Ok(Some("overlay")) if is_volatile(&dir.fd) => FileSystemKind::Volatile,
            Ok(Some("overlay")) => FileSystemKind::Overlay,
            Ok(Some(name))
                if platform::is_exact(name) && is_local(dir.fd.as_fd(), dir.found.id.dev) =>
            {
                match name {
                    "tmpfs" | "ramfs" => FileSystemKind::Memory,
                    _ => FileSystemKind::Exact,
                }
            }
            _ => FileSystemKind::Other,
        }
    }

    /// Of local file systems alone: FUSE does not hand the call on, and an
    /// overlay may have been mounted to ignore it.
    pub(super) fn sync_file_system(dir: &OpenDir) -> io::Result<bool> {
        if file_system_kind(dir) != FileSystemKind::Exact {
            return Ok(false);
        }
        retry(|| rustix::fs::syncfs(&dir.fd))?;
        Ok(true)
    }

    /// By the descriptor, through `/proc`: `AT_EMPTY_PATH` takes a capability.
    pub(super) fn link(file: &File, dir: &OpenDir, name: &[u8]) -> io::Result<()> {
        let path = format!("/proc/thread-self/fd/{}", file.as_raw_fd());
        let flags = AtFlags::SYMLINK_FOLLOW;
        Ok(rustix::fs::linkat(CWD, path, &dir.fd, name, flags)?)
    }

    pub(super) fn exchange(dir: &OpenDir, one: &[u8], other: &[u8]) -> io::Result<()> {
        let flags = RenameFlags::EXCHANGE;
        Ok(rustix::fs::renameat_with(
            &dir.fd, one, &dir.fd, other, flags,
        )?)
    }

    pub(super) fn create_unnamed(dir: &OpenDir) -> io::Result<File> {
        let flags = CREATE | OFlags::TMPFILE;
        let open = || rustix::fs::openat(&dir.fd, c".", flags, PRIVATE_FILE);
        match retry_without_descriptors(open) {
            // A file system without it, and a kernel that does not know it.
            Err(Errno::NOTSUP | Errno::ISDIR | Errno::NOENT) => {
                Err(io::ErrorKind::Unsupported.into())
            }
            result => Ok(File::from(result?)),
        }
    }
}

#[cfg(not(target_os = "linux"))]
use others::*;

/// Systems without leases, links by descriptor and files without a name.
#[cfg(not(target_os = "linux"))]
mod others {
    use std::os::fd::BorrowedFd;

    use super::*;
    use crate::platform::unix::stat_from;

    #[allow(clippy::unnecessary_cast, reason = "of other types elsewhere")]
    pub(super) fn status(fd: BorrowedFd<'_>) -> io::Result<FileStatus> {
        let stat = rustix::fs::fstat(fd)?;
        Ok(FileStatus {
            stat: stat_from(&stat),
            mode: stat.st_mode as u32 & 0o7777,
            owner: stat.st_uid as u32,
            allocated: (stat.st_blocks as u64).saturating_mul(512),
            mount: None,
            immutable: false,
            append_only: false,
        })
    }

    #[cfg(target_vendor = "apple")]
    pub(super) fn dir_path(dir: &OpenDir) -> io::Result<PathBuf> {
        use crate::platform::unix::os_str;
        let path = rustix::fs::getpath(&dir.fd)?;
        Ok(PathBuf::from(os_str(path.as_bytes())))
    }

    /// Not available.
    #[cfg(not(target_vendor = "apple"))]
    pub(super) fn dir_path(_dir: &OpenDir) -> io::Result<PathBuf> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Not known here.
    pub(super) fn file_system_kind(dir: &OpenDir) -> FileSystemKind {
        let _ = is_local(dir.fd.as_fd(), dir.found.id.dev);
        FileSystemKind::Other
    }

    pub(super) fn sync_file_system(_dir: &OpenDir) -> io::Result<bool> {
        Ok(false)
    }

    /// Not available.
    pub(super) fn link(_file: &File, _dir: &OpenDir, _name: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Not used before the protocol is proved here.
    pub(super) fn exchange(_dir: &OpenDir, _one: &[u8], _other: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Not available.
    pub(super) fn create_unnamed(_dir: &OpenDir) -> io::Result<File> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Renames without replacing anything.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn rename(from: (&OpenDir, &[u8]), to: (&OpenDir, &[u8])) -> io::Result<()> {
    let flags = rustix::fs::RenameFlags::NOREPLACE;
    Ok(rustix::fs::renameat_with(
        &from.0.fd, from.1, &to.0.fd, to.1, flags,
    )?)
}

/// Systems whose `rename` replaces what is there: a second name for the file,
/// which replaces nothing, then without the first one.
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn rename(from: (&OpenDir, &[u8]), to: (&OpenDir, &[u8])) -> io::Result<()> {
    rustix::fs::linkat(&from.0.fd, from.1, &to.0.fd, to.1, AtFlags::empty())?;
    Ok(rustix::fs::unlinkat(&from.0.fd, from.1, AtFlags::empty())?)
}
