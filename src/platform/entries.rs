//! Lists directories with calls that every Unix has, for the portable walker.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Dir, OFlags};
use rustix::io::Errno;

use super::opening::{
    DirInfo, TRAVERSE, is_local, is_mount_point, open_beneath, open_path, stat_at,
};
use super::unix::kind_of;
use crate::types::{FileId, FileKind, FileStat};

/// A directory below which others are opened.
#[derive(Debug)]
pub(crate) struct Base(OwnedFd);

impl Base {
    /// Opens a directory by its path; symbolic links in all components are
    /// followed.
    pub(crate) fn open(path: &[u8]) -> io::Result<Self> {
        let path = if path.is_empty() { b"." } else { path };
        Ok(Self(open_path(path, TRAVERSE)?))
    }

    /// Opens a directory to list it, by its path relative to this one, which
    /// may be of any length; no symbolic link is followed. The empty path is
    /// the directory itself.
    pub(crate) fn list(&self, path: &[u8]) -> io::Result<Entries> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let path = if path.is_empty() { b"." } else { path };
        let fd = open_beneath(self.0.as_fd(), path, flags)?;
        let found = DirInfo::of(fd.as_fd())?;
        let entries = Dir::new(fd)?;
        Ok(Entries { found, entries })
    }
}

/// The entries of an open directory, without `.` and `..`.
pub(crate) struct Entries {
    found: DirInfo,
    entries: Dir,
}

impl Entries {
    /// The directory's identity.
    #[must_use]
    pub(crate) fn id(&self) -> FileId {
        self.found.id
    }

    /// Returns true if its inode number is stable.
    #[must_use]
    pub(crate) fn has_lasting_id(&self) -> bool {
        let fd = self.entries.fd();
        fd.is_ok_and(|fd| is_local(fd, self.found.id.dev))
    }

    /// Returns true if it is known to be a mount point.
    #[must_use]
    pub(crate) fn is_mount_point(&self) -> bool {
        self.entries.fd().is_ok_and(is_mount_point)
    }

    /// The metadata of a name in this directory; symbolic links are not
    /// followed.
    pub(crate) fn stat(&self, name: &[u8]) -> io::Result<FileStat> {
        Ok(stat_at(self.entries.fd()?, name, false)?)
    }

    /// The target of a symbolic link in this directory, as it is stored.
    ///
    /// # Errors
    ///
    /// The system's error.
    pub(crate) fn read_link(&self, name: &[u8]) -> io::Result<Vec<u8>> {
        let target = rustix::fs::readlinkat(self.entries.fd()?, name, Vec::new())?;
        Ok(target.into_bytes())
    }
}

/// Iterates over the names, each with its kind where the listing includes it.
/// Ends after an error.
impl Iterator for Entries {
    type Item = io::Result<(Vec<u8>, Option<FileKind>)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let entry = match self.entries.read()? {
                Err(Errno::INTR) => continue,
                Err(error) => return Some(Err(error.into())),
                Ok(entry) => entry,
            };
            let name = entry.file_name().to_bytes();
            if !matches!(name, b"." | b"..") {
                let kind = match entry.file_type() {
                    rustix::fs::FileType::Unknown => None,
                    known => Some(kind_of(known)),
                };
                return Some(Ok((name.to_vec(), kind)));
            }
        }
    }
}
