//! File metadata as in git's index, and ownership checks.

use std::io;
use std::path::Path;

use crate::types::FileKind;

/// File metadata as git's index records it. Sizes are truncated to 32 bits
/// there, and so are inode numbers and user IDs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IndexStat {
    /// Time of the last change of the content: seconds and nanoseconds.
    pub modified: (u32, u32),
    /// Time of the last change of the inode: seconds and nanoseconds.
    pub changed: (u32, u32),
    /// The inode's number.
    pub inode: u32,
    /// The owner.
    pub user: u32,
    /// The group.
    pub group: u32,
    /// The size.
    pub size: u32,
}

/// The entry at a path in a work tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WorkTreeFile {
    /// Its type.
    pub kind: FileKind,
    /// True if its owner may execute it. False on platforms without such a
    /// permission.
    pub is_executable: bool,
    /// Metadata as the index would record it. `None` where the platform has
    /// none.
    pub stat: Option<IndexStat>,
}

/// Examines a path without following a symbolic link.
pub(crate) fn work_tree_file(path: &Path) -> io::Result<WorkTreeFile> {
    let metadata = path.symlink_metadata()?;
    Ok(WorkTreeFile {
        kind: FileKind::from(metadata.file_type()),
        is_executable: platform::is_executable(&metadata),
        stat: platform::index_stat(&metadata),
    })
}

/// Returns true if a path, without following a symbolic link, belongs to the
/// user that the program runs for: the effective user, or for root also the
/// user who called `sudo`.
pub(crate) fn belongs_to_user(path: &Path) -> io::Result<bool> {
    Ok(platform::belongs_to_user(&path.symlink_metadata()?))
}

#[cfg(unix)]
mod platform {
    use std::fs::Metadata;
    use std::os::unix::fs::MetadataExt;

    use super::IndexStat;

    pub(super) fn is_executable(metadata: &Metadata) -> bool {
        metadata.mode() & 0o100 != 0
    }

    #[allow(clippy::cast_sign_loss, reason = "git cuts them in the same way")]
    pub(super) fn index_stat(metadata: &Metadata) -> Option<IndexStat> {
        Some(IndexStat {
            modified: (metadata.mtime() as u32, metadata.mtime_nsec() as u32),
            changed: (metadata.ctime() as u32, metadata.ctime_nsec() as u32),
            inode: metadata.ino() as u32,
            user: metadata.uid(),
            group: metadata.gid(),
            size: metadata.len() as u32,
        })
    }

    pub(super) fn belongs_to_user(metadata: &Metadata) -> bool {
        let user = rustix::process::geteuid();
        let asked = || {
            let number = std::env::var("SUDO_UID").ok()?;
            number.parse::<u32>().ok()
        };
        metadata.uid() == user.as_raw() || (user.is_root() && asked() == Some(metadata.uid()))
    }
}

#[cfg(not(unix))]
mod platform {
    use std::fs::Metadata;

    use super::IndexStat;

    pub(crate) fn is_executable(_metadata: &Metadata) -> bool {
        false
    }

    pub(crate) fn index_stat(_metadata: &Metadata) -> Option<IndexStat> {
        None
    }

    pub(crate) fn belongs_to_user(_metadata: &Metadata) -> bool {
        true
    }
}
