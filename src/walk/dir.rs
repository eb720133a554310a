//! A directory of the walk: its location and the rules that apply in it.

use std::path::PathBuf;
use std::sync::Arc;

use super::gitignore::IgnoreRules;
use crate::types::{DirId, FileId, push_component};

/// A directory that is, or is to be, listed.
#[derive(Debug, Clone)]
pub(super) struct Dir {
    /// Its number.
    pub(super) number: DirId,
    /// The root it belongs to.
    pub(super) root: u32,
    /// Depth below that root; the root itself is at 0.
    pub(super) depth: u32,
    /// Its file ID.
    pub(super) id: FileId,
    /// Its path as it is reported.
    pub(super) path: Vec<u8>,
    /// Its path below the root, and its absolute path without symbolic links;
    /// kept only where patterns need them.
    pub(super) below: Vec<u8>,
    pub(super) absolute: PathBuf,
    /// The ignore rules of git that apply in it.
    pub(super) ignored: Option<Arc<IgnoreRules>>,
    /// True if a symbolic link was followed to reach it.
    pub(super) through_link: bool,
    /// The directories from the root to this one; kept only where a loop cannot
    /// be detected otherwise.
    pub(super) ancestors: Vec<FileId>,
}

impl Dir {
    /// The path of an entry in it.
    pub(super) fn path_of(&self, name: &[u8]) -> Vec<u8> {
        let mut path = self.path.clone();
        push_component(&mut path, name);
        path
    }
}

/// A directory to start from.
pub(super) type Start = Dir;

/// A directory that is to be listed next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Child {
    pub(super) number: DirId,
    pub(super) id: FileId,
}
