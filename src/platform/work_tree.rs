//! What git's index remembers of a file, and whose a file is.

use std::io;
use std::path::Path;

use crate::types::FileKind;

/// A file as git's index records it. Sizes are cut to 32 bits there, and so
/// are numbers of inodes and users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexStat {
    /// Seconds and nanoseconds of the last change of the content.
    pub modified: (u32, u32),
    /// Those of the last change of the inode.
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

/// What there is at a path in a work tree.
#[derive(Debug, Clone, Copy)]
pub struct WorkTreeFile {
    /// What it is.
    pub kind: FileKind,
    /// Whether its owner may execute it. False where there is no such thing.
    pub is_executable: bool,
    /// What the index would record. None where nothing of this is known.
    pub stat: Option<IndexStat>,
}

/// Looks at a path without following a symbolic link.
///
/// # Errors
///
/// What the system says.
pub fn work_tree_file(path: &Path) -> io::Result<WorkTreeFile> {
    let metadata = path.symlink_metadata()?;
    Ok(WorkTreeFile {
        kind: FileKind::from(metadata.file_type()),
        is_executable: platform::is_executable(&metadata),
        stat: platform::index_stat(&metadata),
    })
}

/// Whether a path, which is not followed, belongs to the user that the program
/// runs for: the effective one, or for root also the one who asked `sudo`.
///
/// # Errors
///
/// What the system says.
pub fn belongs_to_user(path: &Path) -> io::Result<bool> {
    Ok(platform::belongs_to_user(&path.symlink_metadata()?))
}

#[cfg(unix)]
mod platform {
    use std::fs::Metadata;
    use std::os::unix::fs::MetadataExt;

    use super::IndexStat;

    pub fn is_executable(metadata: &Metadata) -> bool {
        metadata.mode() & 0o100 != 0
    }

    #[allow(clippy::cast_sign_loss, reason = "git cuts them in the same way")]
    pub fn index_stat(metadata: &Metadata) -> Option<IndexStat> {
        Some(IndexStat {
            modified: (metadata.mtime() as u32, metadata.mtime_nsec() as u32),
            changed: (metadata.ctime() as u32, metadata.ctime_nsec() as u32),
            inode: metadata.ino() as u32,
            user: metadata.uid(),
            group: metadata.gid(),
            size: metadata.len() as u32,
        })
    }

    pub fn belongs_to_user(metadata: &Metadata) -> bool {
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

    pub fn is_executable(_metadata: &Metadata) -> bool {
        false
    }

    pub fn index_stat(_metadata: &Metadata) -> Option<IndexStat> {
        None
    }

    pub fn belongs_to_user(_metadata: &Metadata) -> bool {
        true
    }
}
