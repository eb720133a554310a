//! Which directories are one, where inode numbers do not tell.
//!
//! A directory has one entry in one other directory, so without symbolic
//! links and on one mount it is met once. Only where it is met by a second
//! way does its number matter; and where numbers are not exact its path
//! decides, as the system resolves it, or all that [`sameness`] weighs.
//!
//! [`sameness`]: crate::types::sameness

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::dir::Dir;
use crate::platform::{self, IdentityCheck};
use crate::types::{FileId, NamePath, Sameness};

/// Asks the system about directories.
#[derive(Debug, Default)]
pub(super) struct SameDirs {
    exact: Mutex<HashMap<u64, bool>>,
    check: Mutex<IdentityCheck>,
}

/// What a directory is recognised by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum DirKey {
    /// Its number, where that is exact.
    Id(FileId),
    /// Its path without symbolic links.
    Path(PathBuf),
}

impl SameDirs {
    /// Whether numbers on a device are exact; `path` leads to it.
    pub(super) fn is_exact(&self, device: u64, path: &[u8]) -> bool {
        let mut exact = self.exact.lock().unwrap_or_else(PoisonError::into_inner);
        let ask = || platform::has_exact_inode_numbers(Path::new(platform::os_str(path)));
        *exact.entry(device).or_insert_with(ask)
    }

    /// Whether two paths lead to one directory, which have one number.
    pub(super) fn compare(&self, first: &Path, second: &Path) -> Sameness {
        let name = |path: &Path| NamePath {
            path: path.to_owned(),
            follow: true,
        };
        let mut check = self.check.lock().unwrap_or_else(PoisonError::into_inner);
        check.compare(&name(first), &name(second))
    }

    /// What to recognise a directory by.
    pub(super) fn key(&self, id: FileId, path: &[u8]) -> DirKey {
        if self.is_exact(id.dev, path) {
            return DirKey::Id(id);
        }
        resolved(path).map_or(DirKey::Id(id), DirKey::Path)
    }

    /// Whether a directory that is met in `parent` by a symbolic link or
    /// without one is `parent` itself or one that leads there.
    pub(super) fn is_in_line(
        &self,
        parent: &Dir,
        path: &[u8],
        id: FileId,
        through_link: bool,
    ) -> bool {
        if self.is_exact(id.dev, path) {
            return parent.line.contains(&id);
        }
        if !through_link {
            return false;
        }
        let Some(target) = resolved(path) else {
            return parent.line.contains(&id);
        };
        let mut above = &parent.path[..];
        for _ in 0..parent.line.len() {
            if resolved(above).as_ref() == Some(&target) {
                return true;
            }
            above = match above.iter().rposition(|&byte| byte == b'/') {
                Some(0) => b"/",
                Some(at) => &above[..at],
                None => b"",
            };
        }
        false
    }
}

/// A path without symbolic links.
pub(super) fn resolved(path: &[u8]) -> Option<PathBuf> {
    let path = if path.is_empty() { b"." } else { path };
    Path::new(platform::os_str(path)).canonicalize().ok()
}
