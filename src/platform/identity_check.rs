//! Looking again at two names with one inode number.

use std::collections::HashSet;
use std::ffi::c_int;
use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, OFlags, StatxFlags};

use super::linux::{EntryBuffer, NativeDir, stat_of};
use super::mounts::{Mount, mounts};
use super::opening::open_path;
use super::storage::{self, STATX_MNT_ID};
use super::unix::bytes_of;
use crate::types::{
    Doubt, Entries, Entry, FileStat, Handle, NamePath, Sameness, Sighting, sameness,
};

/// How often two names are looked at before they count as moving.
const ROUNDS: usize = 4;

/// Whether two files that exist at the same time on the file system of a path
/// never have the same device and inode number, so that nothing else has to
/// be looked at. Others are unions, need a server or a program that makes
/// numbers up (see [`sameness`]), repeat the numbers in snapshots (bcachefs),
/// or number a file anew when it comes into memory again (FAT).
///
/// What cannot be told is not exact.
#[must_use]
pub fn numbers_are_exact(path: &Path) -> bool {
    let name = open(path, true).and_then(|fd| file_system(&fd));
    name.is_ok_and(|name| name.is_some_and(|name| EXACT.contains(&name)))
}

const EXACT: [&str; 18] = [
    "btrfs", "cramfs", "erofs", "ext", "f2fs", "gfs2", "hfsplus", "iso9660", "jfs", "nilfs",
    "ntfs3", "ocfs2", "overlay", "ramfs", "reiserfs", "tmpfs", "xfs", "zfs",
];

/// File systems whose numbers are not exact, but whose handles are made from
/// the inode alone.
const EXACT_HANDLES: [&str; 3] = ["bcachefs", "exfat", "vfat"];

/// File systems whose handles belong to names: see [`Handle::OfName`].
const HANDLES_OF_NAMES: [&str; 2] = ["fuse", "nfs"];

fn file_system(fd: &OwnedFd) -> io::Result<Option<&'static str>> {
    Ok(storage::file_system(fd)?)
}

/// Whether the inode number or a time of a file changes from one look to the
/// next, each time, though nobody can have written to it so often.
#[must_use]
pub fn changes_by_itself(path: &NamePath) -> bool {
    let look = || Look::at(path).map(|look| look.stat);
    let Ok(mut before) = look() else { return false };
    for _ in 1..ROUNDS {
        match look() {
            Ok(now) if now != before && now.size == before.size => before = now,
            _ => return false,
        }
    }
    true
}

/// Where the file system of a path is mounted, if the mount table tells.
#[must_use]
pub fn mount_point(path: &Path) -> Option<PathBuf> {
    let (_, id) = open(path, true).and_then(|fd| stat(&fd)).ok()?;
    let table = mounts(&fs::read("/proc/self/mountinfo").ok()?);
    let mount = table.into_iter().find(|mount| Some(mount.id) == id)?;
    Some(mount.point)
}

/// Compares names, and keeps what it learned of their directories.
#[derive(Debug, Default)]
pub struct IdentityCheck {
    /// Directories whose paths are spelled as their parents list them.
    listed: HashSet<PathBuf>,
    /// The directory that was listed last, and the names in it.
    names: Option<(PathBuf, HashSet<Vec<u8>>)>,
}

/// One of two names, open for looks.
struct Look {
    fd: OwnedFd,
    stat: FileStat,
    mount: Option<u64>,
}

impl Look {
    fn at(name: &NamePath) -> io::Result<Self> {
        let fd = open(&name.path, name.follow)?;
        let (stat, mount) = stat(&fd)?;
        Ok(Self { fd, stat, mount })
    }

    /// The path of what is open, as the kernel spells it now.
    fn path(&self) -> Option<PathBuf> {
        let link = format!("/proc/thread-self/fd/{}", self.fd.as_raw_fd());
        fs::read_link(link).ok().filter(|path| path.is_absolute())
    }

    fn is_as_before(&self) -> bool {
        stat(&self.fd).is_ok_and(|(stat, _)| stat == self.stat)
    }

    fn sighting(&self) -> Sighting {
        let kind = file_system(&self.fd).ok().flatten().unwrap_or("");
        let handle = || handle(&self.fd).unwrap_or(None);
        let handle = if EXACT.contains(&kind) || EXACT_HANDLES.contains(&kind) {
            handle().map(Handle::Exact)
        } else if HANDLES_OF_NAMES.contains(&kind) {
            handle().map(Handle::OfName)
        } else {
            // Where a file system makes no handles of its own the kernel puts
            // the inode number into one.
            None
        };
        Sighting {
            stat: self.stat,
            handle: handle.unwrap_or(Handle::None),
        }
    }
}

impl IdentityCheck {
    /// Whether two names stand for one file. Waits for the file system if
    /// that has to ask somebody.
    pub fn compare(&mut self, first: &NamePath, second: &NamePath) -> Sameness {
        let mut doubt = Doubt::Moving;
        for _ in 0..ROUNDS {
            // Both stay open until all is known: an inode that is in use
            // gets no other number, and its number goes to no other file.
            let (Ok(one), Ok(other)) = (Look::at(first), Look::at(second)) else {
                doubt = Doubt::Gone;
                continue;
            };
            let paths = (one.path(), other.path());
            let sightings = (one.sighting(), other.sighting());
            // A file that was renamed in between had both paths, one after
            // the other.
            let is_steady = one.is_as_before()
                && other.is_as_before()
                && one.stat.links > 0
                && other.stat.links > 0
                && (one.path(), other.path()) == paths;
            if !is_steady {
                doubt = Doubt::Moving;
                continue;
            }
            let entries = match paths {
                (Some(path), Some(path_too)) => {
                    self.entries((&path, one.mount), (&path_too, other.mount))
                }
                _ => Entries::Unknown,
            };
            return sameness(&sightings.0, &sightings.1, &entries);
        }
        Sameness::Unknown(doubt)
    }

    fn entries(
        &mut self,
        (one, mount): (&Path, Option<u64>),
        (other, mount_too): (&Path, Option<u64>),
    ) -> Entries {
        let (Some(mount), Some(mount_too)) = (mount, mount_too) else {
            return Entries::Unknown;
        };
        let within = |path: &Path| bytes_of(path.as_os_str()).to_vec();
        let paths = if mount == mount_too {
            (within(one), within(other))
        } else {
            let table = mounts(&fs::read("/proc/self/mountinfo").unwrap_or_default());
            let below = |path: &Path, id| below_root(&table, path, id);
            match (below(one, mount), below(other, mount_too)) {
                (Some(one), Some(other)) => (within(&one), within(&other)),
                _ => return Entries::Apart,
            }
        };
        if paths.0 == paths.1 {
            let entry = |path| Entry {
                path,
                is_listed: true,
            };
            return Entries::Comparable(entry(paths.0), entry(paths.1));
        }
        let is_listed = (self.is_listed(one, mount), self.is_listed(other, mount_too));
        Entries::Comparable(
            Entry {
                path: paths.0,
                is_listed: is_listed.0,
            },
            Entry {
                path: paths.1,
                is_listed: is_listed.1,
            },
        )
    }

    /// Whether every name of a path, up to where its file system is mounted,
    /// is spelled as its directory lists it.
    fn is_listed(&mut self, path: &Path, mount: u64) -> bool {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return true;
        };
        let parent_mount = open(parent, false).and_then(|fd| stat(&fd));
        match parent_mount {
            Ok((_, Some(id))) if id != mount => return true,
            Ok((_, Some(_))) => {}
            _ => return false,
        }
        if !self.lists(parent, bytes_of(name)) {
            return false;
        }
        if self.listed.contains(parent) {
            return true;
        }
        let is_listed = self.is_listed(parent, mount);
        if is_listed {
            self.listed.insert(parent.to_owned());
        }
        is_listed
    }

    /// Whether a directory lists a name.
    fn lists(&mut self, dir: &Path, name: &[u8]) -> bool {
        if let Some((known, names)) = &self.names
            && known == dir
            && names.contains(name)
        {
            return true;
        }
        let mut names = HashSet::new();
        // It was resolved: no symbolic link belongs on the way there.
        let path = bytes_of(dir.as_os_str());
        let from_root = path.strip_prefix(b"/").filter(|path| !path.is_empty());
        let open = NativeDir::open(b"/").and_then(|root| match from_root {
            Some(path) => root.open_beneath(path),
            None => Ok(root),
        });
        let listed = open.and_then(|open| {
            open.list(&mut EntryBuffer::default(), false, |name, _| {
                names.insert(name.to_bytes().to_vec());
            })
        });
        let is_listed = listed.is_ok() && names.contains(name);
        self.names = Some((dir.to_owned(), names));
        is_listed
    }
}

/// A path from the root of its file system, if the mount table tells.
fn below_root(table: &[Mount], path: &Path, id: u64) -> Option<PathBuf> {
    let mount = table.iter().find(|mount| mount.id == id)?;
    // Mounts of one server need not have a root in common.
    if mount.kind.starts_with("nfs") {
        return None;
    }
    let rest = path.strip_prefix(&mount.point).ok()?;
    // An empty rest would end the path with a slash.
    let is_root = rest.as_os_str().is_empty();
    Some(if is_root {
        mount.root.clone()
    } else {
        mount.root.join(rest)
    })
}

/// A descriptor that opens nothing.
fn open(path: &Path, follow: bool) -> io::Result<OwnedFd> {
    let bytes = bytes_of(path.as_os_str());
    let bytes = if bytes.is_empty() { b"." } else { bytes };
    let mut flags = OFlags::PATH | OFlags::CLOEXEC;
    if !follow {
        flags |= OFlags::NOFOLLOW;
    }
    Ok(open_path(bytes, flags)?)
}

/// The metadata as the server has them now, and the number of the mount.
fn stat(fd: &OwnedFd) -> io::Result<(FileStat, Option<u64>)> {
    let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_FORCE_SYNC;
    let wanted = StatxFlags::BASIC_STATS | StatxFlags::from_bits_retain(STATX_MNT_ID);
    match rustix::fs::statx(fd, c"", flags, wanted) {
        Ok(stat) => {
            let mount = (stat.stx_mask & STATX_MNT_ID != 0).then_some(stat.stx_mnt_id);
            Ok((stat_of(&stat), mount))
        }
        // Old kernels and some sandboxes have no `statx`.
        Err(_) => Ok((super::unix::stat_fd(fd.as_fd())?, None)),
    }
}

/// The file handle, its type in front; none where the file system has none.
#[allow(
    unsafe_code,
    reason = "neither rustix nor the C library's crate has it"
)]
fn handle(fd: &OwnedFd) -> io::Result<Option<Vec<u8>>> {
    /// `MAX_HANDLE_SZ` in `linux/exportfs.h`.
    const ROOM: usize = 128;
    /// Asks for a handle to compare only, which more file systems have (from
    /// Linux 6.5 on; `linux/fcntl.h`).
    const AT_HANDLE_FID: c_int = 0x200;
    #[repr(C)]
    struct FileHandle {
        bytes: u32,
        kind: c_int,
        handle: [u8; ROOM],
    }
    for flags in [libc::AT_EMPTY_PATH | AT_HANDLE_FID, libc::AT_EMPTY_PATH] {
        let mut handle = FileHandle {
            bytes: ROOM as u32,
            kind: 0,
            handle: [0; ROOM],
        };
        let mut mount: c_int = 0;
        // SAFETY: the descriptor is open, the path ends with a NUL, the
        // structure is `struct file_handle` with as many bytes behind it as
        // it says, and the kernel writes an `int` to the last pointer.
        let result = unsafe {
            libc::syscall(
                libc::SYS_name_to_handle_at,
                fd.as_raw_fd(),
                c"".as_ptr(),
                &raw mut handle,
                &raw mut mount,
                flags,
            )
        };
        if result == 0 {
            let bytes = handle.handle.get(..handle.bytes as usize);
            return Ok(bytes.map(|bytes| [&handle.kind.to_ne_bytes()[..], bytes].concat()));
        }
        let error = io::Error::last_os_error();
        // An older kernel does not know the flag.
        if error.raw_os_error() != Some(libc::EINVAL) {
            return Err(error);
        }
    }
    Ok(None)
}

#[cfg(test)]
#[path = "identity_check_tests.rs"]
mod tests;
