//! Opens exactly the intended file or directory, and no replacement.
//!
//! Between the listing of a directory and the opening of a file in it, anybody
//! who may write to the directory can replace the file. Opening a FIFO, a tape
//! or a watchdog has side effects, even if its type is checked afterwards. So
//! where others may write, a name is first resolved to an `O_PATH` descriptor,
//! and the file is opened through that descriptor once it is known to be a
//! regular one. That takes three more system calls, and is skipped where nobody
//! but this user and root can have replaced the file.
//!
//! In the same way a directory of the path can be replaced with a symbolic link
//! out of the tree. Code that opens by a path compares the opened directory
//! with the listed one, or opens below a directory without following links.

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, TryLockError};
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, Stat};
use rustix::io::Errno;

#[cfg(target_os = "linux")]
use super::unix::kind_of;
use super::unix::{retry_io_without_descriptors, retry_without_descriptors, stat_from};
use super::{NotRegular, Replaced};
use crate::types::{FileId, FileKind, FileLocation, FileStat};

/// Maximum length of a path in one system call, without the final NUL.
const MAX_PATH: usize = 4095;

const DIRECTORY: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);

/// Flags of a descriptor that is only used to open entries below it.
#[cfg(target_os = "linux")]
pub(super) const TRAVERSE: OFlags = DIRECTORY.union(OFlags::PATH);
#[cfg(not(target_os = "linux"))]
pub(super) const TRAVERSE: OFlags = DIRECTORY;

/// Flag to read without updating the access time, where supported.
#[cfg(target_os = "linux")]
const NO_ATIME: OFlags = OFlags::NOATIME;
#[cfg(not(target_os = "linux"))]
const NO_ATIME: OFlags = OFlags::empty();

/// Flags to read a file. Should it be of another type, they neither wait for
/// the other end of a FIFO nor make a terminal the controlling one.
const READ: OFlags = OFlags::RDONLY
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

/// Identity and protection of an open directory.
#[derive(Debug, Clone, Copy)]
pub(super) struct DirInfo {
    /// Its device and inode number.
    pub(super) id: FileId,
    /// True if only this user and root can add entries to it.
    pub(super) is_private: bool,
}

impl DirInfo {
    pub(super) fn of(fd: BorrowedFd<'_>) -> Result<Self, Errno> {
        let stat = rustix::fs::fstat(fd)?;
        let id = stat_from(&stat).id;
        Ok(Self {
            id,
            is_private: only_user_can_write(&stat) && is_local(fd, id.dev),
        })
    }
}

/// Returns true if the owner and the permissions of a directory let only this
/// user and root write to it. Group permissions include access control lists:
/// they are the upper bound of what a list grants. In a sticky directory others
/// can still use free names, and those of their own files.
#[allow(clippy::unnecessary_cast, reason = "of other types elsewhere")]
fn only_user_can_write(stat: &Stat) -> bool {
    let (mode, owner) = (stat.st_mode as u32, stat.st_uid as u32);
    is_private_to(mode, owner, || rustix::process::geteuid().as_raw())
}

fn is_private_to(mode: u32, owner: u32, user: impl FnOnce() -> u32) -> bool {
    const GROUP_OR_OTHERS_WRITE: u32 = 0o022;
    mode & GROUP_OR_OTHERS_WRITE == 0 && (owner == 0 || owner == user())
}

thread_local! {
    /// The device that was checked last, and the result.
    static LAST_DEVICE: Cell<Option<(u64, bool)>> = const { Cell::new(None) };
}

/// Returns true if a directory is on a file system that no other machine or
/// program controls: there permissions apply to everybody, and inode numbers
/// are stable.
pub(super) fn is_local(fd: BorrowedFd<'_>, device: u64) -> bool {
    match LAST_DEVICE.get() {
        Some((known, local)) if known == device => local,
        _ => {
            let local = query_is_local(fd);
            LAST_DEVICE.set(Some((device, local)));
            local
        }
    }
}

#[cfg(target_os = "linux")]
fn query_is_local(fd: BorrowedFd<'_>) -> bool {
    super::storage::is_local(fd)
}

/// Other platforms offer nothing better than permissions.
#[cfg(not(target_os = "linux"))]
fn query_is_local(_fd: BorrowedFd<'_>) -> bool {
    true
}

/// Returns true if a directory is a mount point. (Not known before Linux 5.8.)
#[cfg(target_os = "linux")]
pub(super) fn is_mount_point(fd: BorrowedFd<'_>) -> bool {
    use rustix::fs::{StatxAttributes, StatxFlags};
    let stat = rustix::fs::statx(fd, c"", AtFlags::EMPTY_PATH, StatxFlags::TYPE);
    stat.is_ok_and(|stat| {
        let is_root = StatxAttributes::MOUNT_ROOT;
        stat.stx_attributes_mask.contains(is_root) && stat.stx_attributes.contains(is_root)
    })
}

/// Not known on other platforms.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_mount_point(_fd: BorrowedFd<'_>) -> bool {
    false
}

/// An open directory in which files are opened.
#[derive(Debug)]
pub(crate) struct Directory {
    fd: OwnedFd,
    found: DirInfo,
}

impl Directory {
    /// Opens a directory to open files in it. Paths may have any length; the
    /// empty path is the working directory. Others may have replaced the
    /// directory at the path: compare [`Directory::id`]. Fails immediately if
    /// no descriptor is left: files can be opened without one
    /// ([`open_file_alone`]).
    pub(crate) fn open(path: &[u8]) -> io::Result<Self> {
        let path = if path.is_empty() { b"." } else { path };
        let fd = open_in_pieces(CWD, path, TRAVERSE, open_once)?;
        let found = DirInfo::of(fd.as_fd())?;
        Ok(Self { fd, found })
    }

    /// The directory's identity.
    #[must_use]
    pub(crate) fn id(&self) -> Option<FileId> {
        Some(self.found.id)
    }

    /// Returns true if its inode number is stable.
    #[must_use]
    pub(crate) fn has_lasting_id(&self) -> bool {
        is_local(self.fd.as_fd(), self.found.id.dev)
    }

    /// The metadata of a name in this directory; with `follow`, that of a
    /// symbolic link's target.
    pub(crate) fn stat(&self, name: &[u8], follow: bool) -> io::Result<FileStat> {
        Ok(stat_at(self.fd.as_fd(), name, follow)?)
    }
}

pub(super) fn stat_at(
    directory: BorrowedFd<'_>,
    name: &[u8],
    follow: bool,
) -> Result<FileStat, Errno> {
    let flags = if follow {
        AtFlags::empty()
    } else {
        AtFlags::SYMLINK_NOFOLLOW
    };
    Ok(stat_from(&rustix::fs::statat(directory, name, flags)?))
}

/// Opens a path of any length: one that is too long for a system call is
/// resolved in pieces.
pub(crate) fn open_path(path: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
    open_in_pieces(CWD, path, flags, |base, piece, flags| {
        retry_without_descriptors(|| open_once(base, piece, flags))
    })
}

/// Opens a path of any length below a directory: no symbolic link is followed,
/// and no component may be `..`.
pub(super) fn open_beneath(
    base: BorrowedFd<'_>,
    path: &[u8],
    flags: OFlags,
) -> Result<OwnedFd, Errno> {
    open_in_pieces(base, path, flags, |base, piece, flags| {
        match open_piece_beneath(base, piece, flags) {
            // Missing before Linux 5.6; filters refuse it with either error.
            // `O_NOATIME` on a directory of another owner also fails with
            // `EPERM`, and fails again in `open_by_component`.
            Err(Errno::NOSYS | Errno::PERM) => open_by_component(base, piece, flags),
            result => result,
        }
    })
}

#[cfg(target_os = "linux")]
fn open_piece_beneath(base: BorrowedFd<'_>, piece: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
    use rustix::fs::ResolveFlags;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    retry_without_descriptors(|| rustix::fs::openat2(base, piece, flags, Mode::empty(), resolve))
}

#[cfg(not(target_os = "linux"))]
fn open_piece_beneath(_: BorrowedFd<'_>, _: &[u8], _: OFlags) -> Result<OwnedFd, Errno> {
    Err(Errno::NOSYS)
}

/// Opens one component after the other, without following symbolic links.
fn open_by_component(base: BorrowedFd<'_>, path: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
    let components = path.split(|&byte| byte == b'/').filter(|c| !c.is_empty());
    let mut components = components.peekable();
    let mut opened: Option<OwnedFd> = None;
    while let Some(component) = components.next() {
        if component == b".." {
            return Err(Errno::XDEV);
        }
        let flags = if components.peek().is_some() {
            TRAVERSE
        } else {
            flags
        };
        let base = opened.as_ref().map_or(base, AsFd::as_fd);
        opened = Some(retry_without_descriptors(|| {
            open_once(base, component, flags | OFlags::NOFOLLOW)
        })?);
    }
    opened.ok_or(Errno::NOENT)
}

/// Opens a path with as many calls as its length requires.
fn open_in_pieces(
    base: BorrowedFd<'_>,
    path: &[u8],
    flags: OFlags,
    open: impl Fn(BorrowedFd<'_>, &[u8], OFlags) -> Result<OwnedFd, Errno>,
) -> Result<OwnedFd, Errno> {
    let mut rest = path;
    let mut passage: Option<OwnedFd> = None;
    while rest.len() > MAX_PATH {
        let cut = rest[..MAX_PATH]
            .iter()
            .rposition(|&b| b == b'/')
            .filter(|&at| at > 0)
            .ok_or(Errno::NAMETOOLONG)?;
        let here = passage.as_ref().map_or(base, AsFd::as_fd);
        passage = Some(open(here, &rest[..cut], TRAVERSE)?);
        rest = &rest[cut..];
        while let [b'/', tail @ ..] = rest {
            rest = tail;
        }
    }
    open(passage.as_ref().map_or(base, AsFd::as_fd), rest, flags)
}

/// Opens a path in a directory, or in the working directory.
pub(super) fn open_at(
    base: Option<&OwnedFd>,
    path: &[u8],
    flags: OFlags,
) -> Result<OwnedFd, Errno> {
    let base = base.map_or(CWD, AsFd::as_fd);
    retry_without_descriptors(|| open_once(base, path, flags))
}

fn open_once(base: BorrowedFd<'_>, path: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
    rustix::fs::openat(base, path, flags, Mode::empty())
}

/// Opens a file of a directory for reading: only a regular file, never a
/// symbolic link that the walk did not follow, and without updating the access
/// time where the system allows that (owners and root).
///
/// If the directory is the one that the walk found and only this user and root
/// can write to it, the file is opened directly, and its type is checked
/// afterwards: see the module documentation. (On platforms without `O_PATH`,
/// the type is checked right before the file is opened.)
///
/// # Errors
///
/// The system's error. For a symbolic link in place of a file
/// [`super::is_link_loop`] returns true, and for any other entry that is not a
/// regular file [`super::is_not_regular`] does.
pub(crate) fn open_file(directory: &Directory, place: FileLocation<'_>) -> io::Result<File> {
    let DirInfo { id, is_private } = directory.found;
    let at_once = is_private && place.dir_id == Some(id) && !place.follow;
    if cfg!(not(target_os = "linux")) && !at_once {
        let kind = directory.stat(place.name, place.follow)?.kind;
        if !matches!(kind, FileKind::Regular | FileKind::Symlink) {
            return Err(NotRegular.into());
        }
    }
    let open = |flags| open_once(directory.fd.as_fd(), place.name, flags);
    let (fd, _) = open_regular(open, place.follow, at_once)?;
    Ok(File::from(fd))
}

/// Like [`open_file`], but opens the directory for this file. If the identity
/// of the directory is known, nothing is opened in another one.
///
/// Nothing stays open while it waits for descriptors, and one thread at a time
/// tries: it needs several at once, and threads that each hold some of them
/// would wait for each other.
///
/// # Errors
///
/// Those of [`open_file`], and [`Replaced`].
pub(crate) fn open_file_alone(
    place: FileLocation<'_>,
    must_be: Option<FileId>,
) -> io::Result<File> {
    let _guard = serialize_opens();
    retry_io_without_descriptors(|| {
        let directory = Directory::open(place.dir)?;
        if must_be.is_some_and(|id| id != directory.found.id) {
            return Err(Replaced.into());
        }
        open_file(&directory, place)
    })
}

/// Waits until no other thread holds the lock; gives up after two seconds,
/// since a file system may block the holder.
fn serialize_opens() -> Option<MutexGuard<'static, ()>> {
    static TURN: Mutex<()> = Mutex::new(());
    const LONG: Duration = Duration::from_secs(2);
    let until = Instant::now() + LONG;
    loop {
        match TURN.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(guard)) => return Some(guard.into_inner()),
            Err(TryLockError::WouldBlock) if Instant::now() < until => {
                std::thread::sleep(Duration::from_micros(200));
            }
            Err(TryLockError::WouldBlock) => return None,
        }
    }
}

/// Opens a file by calling `open` with flags, directly or only after it is
/// known to be a regular one. The flag in the result is true if reads do not
/// update its access time.
pub(super) fn open_regular(
    open: impl Fn(OFlags) -> Result<OwnedFd, Errno>,
    follow: bool,
    at_once: bool,
) -> io::Result<(OwnedFd, bool)> {
    let link = if follow {
        OFlags::empty()
    } else {
        OFlags::NOFOLLOW
    };
    if at_once {
        return Ok(without_atime(|flags| open(READ | link | flags))?);
    }
    open_checked(open, link)
}

#[cfg(target_os = "linux")]
fn open_checked(
    open: impl Fn(OFlags) -> Result<OwnedFd, Errno>,
    link: OFlags,
) -> io::Result<(OwnedFd, bool)> {
    use std::os::fd::AsRawFd;

    let pinned = open(OFlags::PATH | OFlags::CLOEXEC | link)?;
    match kind_of_fd(pinned.as_fd())? {
        FileKind::Regular => {}
        FileKind::Symlink => return Err(Errno::LOOP.into()),
        FileKind::Directory | FileKind::Special => return Err(NotRegular.into()),
    }
    // Not `/proc/self`: a thread may have descriptors of its own.
    let path = format!("/proc/thread-self/fd/{}", pinned.as_raw_fd());
    let opened = without_atime(|flags| open_once(CWD, path.as_bytes(), READ | flags));
    opened.map_err(|error| match error {
        Errno::NOENT | Errno::NOTDIR => io::Error::new(
            io::ErrorKind::Unsupported,
            "others may write to its directory, and to open it safely takes /proc, which is missing",
        ),
        error => error.into(),
    })
}

/// Platforms without `O_PATH`: `open_file` has checked the type before.
#[cfg(not(target_os = "linux"))]
fn open_checked(
    open: impl Fn(OFlags) -> Result<OwnedFd, Errno>,
    link: OFlags,
) -> io::Result<(OwnedFd, bool)> {
    Ok(without_atime(|flags| open(READ | link | flags))?)
}

#[cfg(target_os = "linux")]
fn kind_of_fd(fd: BorrowedFd<'_>) -> Result<FileKind, Errno> {
    let mode = rustix::fs::fstat(fd)?.st_mode;
    Ok(kind_of(rustix::fs::FileType::from_raw_mode(mode)))
}

/// Opens with `O_NOATIME` if the system allows that; the flag in the result is
/// true if it did.
fn without_atime(
    open: impl Fn(OFlags) -> Result<OwnedFd, Errno>,
) -> Result<(OwnedFd, bool), Errno> {
    match open(NO_ATIME) {
        // Only owners may use it.
        Err(Errno::PERM) if !NO_ATIME.is_empty() => Ok((open(OFlags::empty())?, false)),
        result => Ok((result?, !NO_ATIME.is_empty())),
    }
}

#[cfg(test)]
#[path = "opening_tests.rs"]
mod tests;
