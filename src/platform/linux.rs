//! Raw directory reads and `statx`, for the native walker.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::fs::{Advice, AtFlags, Mode, OFlags, RawDir, Statx, StatxFlags};
use rustix::io::{Errno, ReadWriteFlags};

use super::opening::{DirInfo, is_local, is_mount_point, open_beneath, open_path, open_regular};
use super::unix::{kind_of, retry_without_descriptors, stat_from};
use crate::types::{FileId, FileKind, FileStat, Timestamp};

/// A directory that is being listed.
#[derive(Debug)]
pub(crate) struct NativeDir {
    fd: OwnedFd,
    found: DirInfo,
}

/// Buffers for directory entries: 64 KiB of raw entries per call, and the
/// entries to sort. Most directories take one such call, and another one that
/// finds the end.
pub(crate) struct EntryBuffer {
    raw: Box<[MaybeUninit<u8>]>,
    /// Inode, kind, and offset of the name.
    entries: Vec<(u64, Option<FileKind>, usize)>,
    /// The names, each with its NUL.
    names: Vec<u8>,
}

impl Default for EntryBuffer {
    fn default() -> Self {
        Self {
            raw: Box::new_uninit_slice(64 * 1024),
            entries: Vec::new(),
            names: Vec::new(),
        }
    }
}

/// Maximum number of entries that are sorted at once.
const MAX_SORTED: usize = 4096;

/// Passes entries to `each` in the order of their inodes.
fn emit_sorted(
    entries: &mut Vec<(u64, Option<FileKind>, usize)>,
    names: &mut Vec<u8>,
    each: &mut impl FnMut(&CStr, Option<FileKind>),
) {
    entries.sort_unstable_by_key(|&(inode, ..)| inode);
    for &(_, kind, from) in entries.iter() {
        if let Ok(name) = CStr::from_bytes_until_nul(&names[from..]) {
            each(name, kind);
        }
    }
    entries.clear();
    names.clear();
}

/// The kind in a directory entry, if the file system includes it.
fn kind_of_entry(file_type: rustix::fs::FileType) -> Option<FileKind> {
    use rustix::fs::FileType;
    match file_type {
        FileType::RegularFile => Some(FileKind::Regular),
        FileType::Directory => Some(FileKind::Directory),
        FileType::Symlink => Some(FileKind::Symlink),
        FileType::Unknown => None,
        _ => Some(FileKind::Special),
    }
}

impl AsFd for NativeDir {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

const LIST: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK);

impl NativeDir {
    /// Opens a directory by its path, which may be of any length. Symbolic
    /// links in all components are followed.
    pub(crate) fn open(path: &[u8]) -> io::Result<Self> {
        let path = if path.is_empty() { b"." } else { path };
        Self::open_with(|flags| open_path(path, flags))
    }

    /// Opens a directory by its name in this one; a symbolic link is not
    /// followed.
    pub(crate) fn open_child(&self, name: &[u8]) -> io::Result<Self> {
        Self::open_with(|flags| {
            let flags = flags | OFlags::NOFOLLOW;
            retry_without_descriptors(|| rustix::fs::openat(&self.fd, name, flags, Mode::empty()))
        })
    }

    /// Opens a directory below this one by its relative path, which may be of
    /// any length; no symbolic link is followed.
    pub(crate) fn open_beneath(&self, path: &[u8]) -> io::Result<Self> {
        Self::open_with(|flags| open_beneath(self.fd.as_fd(), path, flags))
    }

    fn open_with(open: impl Fn(OFlags) -> Result<OwnedFd, Errno>) -> io::Result<Self> {
        let fd = match open(LIST | OFlags::NOATIME) {
            // Only owners may use `O_NOATIME`.
            Err(Errno::PERM) => open(LIST)?,
            result => result?,
        };
        let found = DirInfo::of(fd.as_fd())?;
        Ok(Self { fd, found })
    }

    /// The directory's identity.
    #[must_use]
    pub(crate) fn id(&self) -> FileId {
        self.found.id
    }

    /// Returns true if its inode number is stable.
    #[must_use]
    pub(crate) fn has_lasting_id(&self) -> bool {
        is_local(self.fd.as_fd(), self.found.id.dev)
    }

    /// Returns true if it is known to be a mount point.
    #[must_use]
    pub(crate) fn is_mount_point(&self) -> bool {
        is_mount_point(self.fd.as_fd())
    }

    /// Calls `each` with every name except `.` and `..`, and with the kind
    /// where the listing includes it.
    ///
    /// Names are sorted by inode, some thousands at a time. Many file systems
    /// list them in the order of a hash; inodes are numbered in the order of
    /// creation, and inodes and content are mostly laid out on the disk in that
    /// order.
    ///
    /// # Errors
    ///
    /// The system's error; the entries listed until then have been passed to
    /// `each`.
    pub(crate) fn list(
        &self,
        buffer: &mut EntryBuffer,
        mut each: impl FnMut(&CStr, Option<FileKind>),
    ) -> io::Result<()> {
        let EntryBuffer {
            raw,
            entries,
            names,
        } = buffer;
        entries.clear();
        names.clear();
        let mut listed = RawDir::new(&self.fd, raw);
        while let Some(entry) = listed.next() {
            let entry = match entry {
                Err(Errno::INTR) => continue,
                Err(error) => {
                    emit_sorted(entries, names, &mut each);
                    return Err(error.into());
                }
                Ok(entry) => entry,
            };
            let name = entry.file_name();
            if !matches!(name.to_bytes(), b"." | b"..") {
                entries.push((entry.ino(), kind_of_entry(entry.file_type()), names.len()));
                names.extend_from_slice(name.to_bytes_with_nul());
            }
            if entries.len() == MAX_SORTED {
                emit_sorted(entries, names, &mut each);
            }
        }
        emit_sorted(entries, names, &mut each);
        Ok(())
    }

    /// Opens a file of this directory for reading, as [`super::open_file`]
    /// does. The flag is true if reads do not update its access time.
    pub(crate) fn open_file(&self, name: &CStr) -> io::Result<(File, bool)> {
        let open = |flags| rustix::fs::openat(&self.fd, name, flags, Mode::empty());
        let (fd, is_quiet) = open_regular(open, false, self.found.is_private)?;
        Ok((File::from(fd), is_quiet))
    }

    /// The metadata of a name in this directory; symbolic links are not
    /// followed, and no automount is triggered.
    pub(crate) fn stat(&self, name: &CStr) -> io::Result<FileStat> {
        static IS_REFUSED: AtomicBool = AtomicBool::new(false);
        let flags = AtFlags::NO_AUTOMOUNT | AtFlags::SYMLINK_NOFOLLOW;
        if !IS_REFUSED.load(Ordering::Relaxed) {
            match rustix::fs::statx(&self.fd, name, flags, StatxFlags::BASIC_STATS) {
                // Kernels before 4.11, and sandboxes that do not know the call.
                Err(Errno::NOSYS | Errno::PERM) => IS_REFUSED.store(true, Ordering::Relaxed),
                result => return Ok(stat_of(&result?)),
            }
        }
        Ok(stat_from(&rustix::fs::statat(&self.fd, name, flags)?))
    }

    /// The target of a symbolic link in this directory, as it is stored.
    ///
    /// # Errors
    ///
    /// The system's error.
    pub(crate) fn read_link(&self, name: &CStr) -> io::Result<Vec<u8>> {
        let target = rustix::fs::readlinkat(&self.fd, name, Vec::new())?;
        Ok(target.into_bytes())
    }
}

/// Reads cached data once at an offset. For data that is not cached the error
/// is `WouldBlock`, and the read is started: the kernel starts its read-ahead
/// before it returns the error (`filemap_get_pages` in mm/filemap.c).
///
/// # Errors
///
/// `Unsupported` where the file system has only blocking reads; otherwise the
/// system's error.
pub(crate) fn read_now(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let buffer = &mut [io::IoSliceMut::new(buffer)];
    match rustix::io::preadv2(file, buffer, offset, ReadWriteFlags::NOWAIT) {
        // Kernels before 4.6, and sandboxes that do not know the call.
        Err(Errno::NOSYS | Errno::PERM) => Err(io::ErrorKind::Unsupported.into()),
        result => Ok(result?),
    }
}

/// Starts the read-ahead of a segment of a file: all of it, where a plain read
/// would only bring the next 128 KiB or so.
pub(crate) fn will_need(file: &File, offset: u64, length: u64) -> io::Result<()> {
    let length = std::num::NonZero::new(length);
    Ok(rustix::fs::fadvise(file, offset, length, Advice::WillNeed)?)
}

/// Total time that the calling thread was runnable but not running, where the
/// kernel counts it (`CONFIG_SCHED_INFO`).
#[must_use]
pub(crate) fn thread_ready_time() -> Option<Duration> {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos = times.split_whitespace().nth(1)?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

/// Returns true if a path is on a pseudo file system: the kernel generates its
/// files when they are read, their sizes are meaningless, and reading some of
/// them has side effects. Numbers from `linux/magic.h` and statfs(2).
#[must_use]
pub(crate) fn is_pseudo_file_system(path: &Path) -> bool {
    const MAGIC: [u32; 14] = [
        0x0000_9fa0, // proc
        0x6265_6572, // sysfs
        0x6462_6720, // debugfs
        0x7472_6163, // tracefs
        0x0027_e0eb, // cgroup
        0x6367_7270, // cgroup2
        0x0000_1cd1, // devpts
        0x7363_6673, // securityfs
        0xf97c_ff8c, // selinuxfs
        0xcafe_4a11, // bpf
        0x6265_6570, // configfs
        0x1980_0202, // mqueue
        0x4249_4e4d, // binfmt_misc
        0x6165_676c, // pstore
    ];
    rustix::fs::statfs(path).is_ok_and(|fs| MAGIC.contains(&(fs.f_type as u32)))
}

pub(super) fn stat_of(stat: &Statx) -> FileStat {
    use rustix::fs::FileType;
    FileStat {
        id: FileId {
            dev: rustix::fs::makedev(stat.stx_dev_major, stat.stx_dev_minor),
            ino: stat.stx_ino,
        },
        kind: kind_of(FileType::from_raw_mode(u32::from(stat.stx_mode))),
        size: stat.stx_size,
        links: u64::from(stat.stx_nlink),
        modified: Timestamp::new(stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec),
        changed: Timestamp::new(stat.stx_ctime.tv_sec, stat.stx_ctime.tv_nsec),
    }
}
