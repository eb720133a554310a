//! State shared by all parts of a walk, and the interface of a walker.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::batch_sender::BatchSender;
use super::dir::{Dir, Start};
use super::entry_filter::EntryFilter;
use super::inline_read::InlineReaders;
use crate::cache::Lookup;
use crate::error::{FailureKind, ScanError, Stage};
use crate::platform;
use crate::types::FileStat;

/// The rules and the output of the walk.
pub(super) struct Context {
    pub(super) entry_filter: EntryFilter,
    pub(super) sender: BatchSender,
    /// Set if directories are compared: then everything in them is accounted
    /// for.
    pub(super) tracks: Option<Tracks>,
    /// Set if small files are to be read during the walk.
    pub(super) readers: Option<InlineReaders>,
    /// Set if digests of files are to be looked up.
    pub(super) lookup: Option<Lookup>,
}

/// Accounting for everything in each directory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tracks {
    /// True if empty files are no files of the scan and take part in the
    /// comparison of directories alone.
    pub(super) sets_empty_apart: bool,
}

/// Lists directories recursively.
pub(super) trait Walker {
    /// Walks all these directories completely.
    fn walk(&self, context: &Arc<Context>, starts: Vec<Start>);
}

impl Context {
    /// Returns true if a file takes part in the comparison of directories alone.
    pub(super) fn sets_apart(&self, stat: &FileStat) -> bool {
        stat.size == 0 && self.tracks.is_some_and(|tracks| tracks.sets_empty_apart)
    }

    /// Reports a directory that could not be listed. A missing one was deleted
    /// meanwhile and is no longer part of the tree; one that was replaced, or
    /// lies behind something that was replaced, has changed.
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
