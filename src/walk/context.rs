//! What all parts of a walk share, and what a walker is to them.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::dir::{Dir, Start};
use super::judge::Judge;
use super::peek::Peeks;
use super::sink::Sink;
use crate::error::Stage;
use crate::sys;

/// The rules of the walk and the way out of it.
pub(super) struct Context {
    pub(super) judge: Judge,
    pub(super) sink: Sink,
    /// If small files are to be read on the way.
    pub(super) peeks: Option<Peeks>,
}

/// Lists directories, and theirs, and theirs.
pub(super) trait Walker {
    /// Walks all these directories to the end.
    fn walk(&self, context: &Arc<Context>, starts: Vec<Start>);
}

impl Context {
    /// Reports a directory that could not be listed. One that is gone was
    /// deleted meanwhile and is not part of the tree any more.
    pub(super) fn cannot_list(&self, dir: &Dir, error: &io::Error) {
        if dir.depth > 0 && error.kind() == io::ErrorKind::NotFound {
            return;
        }
        self.sink.send_error(sys::scan_error(
            PathBuf::from(sys::os_str(&dir.path)),
            Stage::Walk,
            error,
        ));
    }
}
