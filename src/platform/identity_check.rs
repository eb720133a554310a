//! Examines two names with one inode number again.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, OFlags, StatxFlags};

use super::handle::handle_of;
use super::linux::{EntryBuffer, NativeDir, stat_of};
use super::mounts::{Mount, mounts};
use super::opening::open_path;
use super::storage::{self, STATX_MNT_ID};
use super::unix::bytes_of;
use crate::types::{
    Doubt, Entries, Entry, FileStat, Handle, NameFacts, NamePath, Sameness, sameness,
};

/// Number of attempts before two names count as changing.
const MAX_ATTEMPTS: usize = 4;

/// Returns true if two files that exist at the same time on the file system of
/// a path never share device and inode number, so that no other check is
/// needed. Other file systems are unions, need a server or a program that makes
/// up numbers (see [`sameness`]), repeat the numbers in snapshots (bcachefs),
/// or assign a new number when a file is loaded into memory again (FAT).
///
/// Unknown file systems are not exact.
#[must_use]
pub(crate) fn has_exact_inode_numbers(path: &Path) -> bool {
    let name = open(path, true).and_then(|fd| file_system(&fd));
    name.is_ok_and(|name| name.is_some_and(|name| EXACT.contains(&name)))
}

/// Returns true for a type of file system with exact inode numbers.
#[must_use]
pub(crate) fn is_exact(file_system: &str) -> bool {
    EXACT.contains(&file_system)
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

/// Returns true if the inode number or a time of a file changes from each call
/// to the next, so often that writes cannot explain it.
#[must_use]
pub(crate) fn has_unstable_metadata(path: &NamePath) -> bool {
    let read_stat = || PinnedName::at(path).map(|name| name.stat);
    let Ok(mut before) = read_stat() else {
        return false;
    };
    for _ in 1..MAX_ATTEMPTS {
        match read_stat() {
            Ok(now) if now != before && now.size == before.size => before = now,
            _ => return false,
        }
    }
    true
}

/// The mount point of the file system of a path, if the mount table lists it.
#[must_use]
pub(crate) fn mount_point(path: &Path) -> Option<PathBuf> {
    let (_, id) = open(path, true).and_then(|fd| stat(&fd)).ok()?;
    let table = mounts(&fs::read("/proc/self/mountinfo").ok()?);
    let mount = table.into_iter().find(|mount| Some(mount.id) == id)?;
    Some(mount.point)
}

/// The number of the mount that a directory is reached through.
pub(super) fn mount_id(path: &Path) -> Option<u64> {
    open(path, true).and_then(|fd| stat(&fd)).ok()?.1
}

/// Compares names, and caches facts about their directories.
#[derive(Debug, Default)]
pub(crate) struct IdentityCheck {
    /// Directories whose paths are spelled as in the listings of their parents.
    listed: HashSet<PathBuf>,
    /// The directory that was listed last, and the names in it.
    names: Option<(PathBuf, HashSet<Vec<u8>>)>,
}

/// One of two names, pinned by an `O_PATH` descriptor.
struct PinnedName {
    fd: OwnedFd,
    stat: FileStat,
    mount: Option<u64>,
}

impl PinnedName {
    fn at(name: &NamePath) -> io::Result<Self> {
        let fd = open(&name.path, name.follow)?;
        let (stat, mount) = stat(&fd)?;
        Ok(Self { fd, stat, mount })
    }

    /// The current path of the open entry, as the kernel spells it.
    fn path(&self) -> Option<PathBuf> {
        let link = format!("/proc/thread-self/fd/{}", self.fd.as_raw_fd());
        fs::read_link(link).ok().filter(|path| path.is_absolute())
    }

    fn is_unchanged(&self) -> bool {
        stat(&self.fd).is_ok_and(|(stat, _)| stat == self.stat)
    }

    fn facts(&self) -> NameFacts {
        let kind = file_system(&self.fd).ok().flatten().unwrap_or("");
        let handle = || handle_of(&self.fd).unwrap_or(None);
        let handle = if EXACT.contains(&kind) || EXACT_HANDLES.contains(&kind) {
            handle().map(Handle::Exact)
        } else if HANDLES_OF_NAMES.contains(&kind) {
            handle().map(Handle::OfName)
        } else {
            // For file systems without handles of their own the kernel makes
            // one from the inode number.
            None
        };
        NameFacts {
            stat: self.stat,
            handle: handle.unwrap_or(Handle::None),
        }
    }
}

impl IdentityCheck {
    /// Decides if two names are one file. Blocks while the file system waits
    /// for a server or a program.
    pub(crate) fn compare(&mut self, first: &NamePath, second: &NamePath) -> Sameness {
        let mut doubt = Doubt::Changing;
        for _ in 0..MAX_ATTEMPTS {
            // Both stay open until the end: an inode in use keeps its number,
            // and no other file gets it.
            let (Ok(one), Ok(other)) = (PinnedName::at(first), PinnedName::at(second)) else {
                doubt = Doubt::Gone;
                continue;
            };
            let paths = (one.path(), other.path());
            let facts = (one.facts(), other.facts());
            // A file that was renamed in between had both paths in turn.
            let is_steady = one.is_unchanged()
                && other.is_unchanged()
                && one.stat.links > 0
                && other.stat.links > 0
                && (one.path(), other.path()) == paths;
            if !is_steady {
                doubt = Doubt::Changing;
                continue;
            }
            let entries = match paths {
                (Some(path), Some(path_too)) => {
                    self.entries((&path, one.mount), (&path_too, other.mount))
                }
                _ => Entries::Unknown,
            };
            return sameness(&facts.0, &facts.1, &entries);
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
            let below = |path: &Path, id| path_in_file_system(&table, path, id);
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

    /// Returns true if every component of a path, up to its mount point, is
    /// spelled as in the listing of its directory.
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

    /// Returns true if a directory lists a name.
    fn lists(&mut self, dir: &Path, name: &[u8]) -> bool {
        if let Some((known, names)) = &self.names
            && known == dir
            && names.contains(name)
        {
            return true;
        }
        let mut names = HashSet::new();
        // The path is resolved: it must not contain a symbolic link.
        let path = bytes_of(dir.as_os_str());
        let from_root = path.strip_prefix(b"/").filter(|path| !path.is_empty());
        let open = NativeDir::open(b"/").and_then(|root| match from_root {
            Some(path) => root.open_beneath(path),
            None => Ok(root),
        });
        let listed = open.and_then(|open| {
            open.list(&mut EntryBuffer::default(), |name, _| {
                names.insert(name.to_bytes().to_vec());
            })
        });
        let is_listed = listed.is_ok() && names.contains(name);
        self.names = Some((dir.to_owned(), names));
        is_listed
    }
}

/// A path relative to the root of its file system, if the mount table lists the
/// mount.
fn path_in_file_system(table: &[Mount], path: &Path, id: u64) -> Option<PathBuf> {
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

/// Opens an `O_PATH` descriptor.
fn open(path: &Path, follow: bool) -> io::Result<OwnedFd> {
    let bytes = bytes_of(path.as_os_str());
    let bytes = if bytes.is_empty() { b"." } else { bytes };
    let mut flags = OFlags::PATH | OFlags::CLOEXEC;
    if !follow {
        flags |= OFlags::NOFOLLOW;
    }
    Ok(open_path(bytes, flags)?)
}

/// The server's current metadata, and the ID of the mount.
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

#[cfg(test)]
#[path = "identity_check_tests.rs"]
mod tests;
