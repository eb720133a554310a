//! What all parts of a walk share, and what a walker is to them.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::batch_sender::BatchSender;
use super::dir::{Dir, Start};
use super::entry_filter::EntryFilter;
use super::inline_read::InlineReaders;
use crate::error::{FailureKind, ScanError, Stage};
use crate::platform;

/// The rules of the walk and the way out of it.
pub(super) struct Context {
    pub(super) entry_filter: EntryFilter,
    pub(super) sender: BatchSender,
    /// If small files are to be read on the way.
    pub(super) readers: Option<InlineReaders>,
}

/// Lists directories, and theirs, and theirs.
pub(super) trait Walker {
    /// Walks all these directories to the end.
    fn walk(&self, context: &Arc<Context>, starts: Vec<Start>);
}

impl Context {
    /// Reports a directory that could not be listed. One that is gone was
    /// deleted meanwhile and is not part of the tree any more; one that is
    /// something else by now, or lies behind something else, has changed.
    pub(super) fn cannot_list(&self, dir: &Dir, error: &io::Error) {
        let path = PathBuf::from(platform::os_str(&dir.path));
        let was_found = dir.depth > 0;
        self.sender.send_error(match error.kind() {
            io::ErrorKind::NotFound if was_found => return,
            kind if was_found
                && (kind == io::ErrorKind::NotADirectory || platform::is_link_loop(error)) =>
            {
                ScanError {
                    path,
                    stage: Stage::Walk,
                    kind: FailureKind::Changed,
                    message: "it, or a directory above it, was replaced by something else while \
                              the scan ran"
                        .to_owned(),
                }
            }
            _ => platform::scan_error(path, Stage::Walk, error),
        });
    }
}
