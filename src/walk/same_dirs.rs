//! Recognises a directory that is found by a second path: a symbolic link, or
//! another mount.
//!
//! Where inode numbers are exact, its number decides. Elsewhere its path
//! without symbolic links decides, or all the evidence that [`sameness`]
//! weighs.
//!
//! [`sameness`]: crate::types::sameness

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::dir::Dir;
use crate::platform::{self, IdentityCheck};
use crate::types::{FileId, NamePath, Sameness};

/// Queries the system about directories.
#[derive(Debug, Default)]
pub(super) struct SameDirs {
    exact: Mutex<HashMap<u64, bool>>,
    check: Mutex<IdentityCheck>,
}

/// Identity of a directory.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum DirKey {
    /// Its file ID, where that is exact.
    Id(FileId),
    /// Its path without symbolic links.
    Path(PathBuf),
}

impl SameDirs {
    /// Returns true if inode numbers on a device are exact; `path` leads to it.
    pub(super) fn is_exact(&self, device: u64, path: &[u8]) -> bool {
        let mut exact = self.exact.lock().unwrap_or_else(PoisonError::into_inner);
        let ask = || platform::has_exact_inode_numbers(Path::new(platform::os_str(path)));
        *exact.entry(device).or_insert_with(ask)
    }

    /// Compares two paths with the same file ID: do they lead to one directory?
    pub(super) fn compare(&self, first: &Path, second: &Path) -> Sameness {
        let name = |path: &Path| NamePath {
            path: path.to_owned(),
            follow: true,
        };
        let mut check = self.check.lock().unwrap_or_else(PoisonError::into_inner);
        check.compare(&name(first), &name(second))
    }

    /// The identity of a directory.
    pub(super) fn key(&self, id: FileId, path: &[u8]) -> DirKey {
        if self.is_exact(id.dev, path) {
            return DirKey::Id(id);
        }
        resolved(path).map_or(DirKey::Id(id), DirKey::Path)
    }

    /// Returns true if a directory that is found in `parent`, by a symbolic
    /// link or without one, is `parent` itself or one of its ancestors.
    pub(super) fn is_ancestor(
        &self,
        parent: &Dir,
        path: &[u8],
        id: FileId,
        through_link: bool,
    ) -> bool {
        if self.is_exact(id.dev, path) {
            return parent.ancestors.contains(&id);
        }
        if !through_link {
            return false;
        }
        let Some(target) = resolved(path) else {
            return parent.ancestors.contains(&id);
        };
        let mut above = &parent.path[..];
        for _ in 0..parent.ancestors.len() {
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
