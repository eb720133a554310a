//! The wiring of a scan: the one place that knows the walk, the stages, the
//! executor and the groups.

#[cfg(test)]
#[cfg(target_os = "linux")]
mod cache_disk_tests;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod cache_tests;
mod cached;
mod coordinator;
mod digests;
mod result;
mod same_numbers;
mod workers;

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::ScanConfig;
use crate::error::Error;
use crate::io::{FileIo, FileIoFactory, Pread};
use crate::types::Group;

pub(crate) use crate::types::CancelToken;
pub(crate) use digests::{NamedDigest, NamedFile, NoDigest, digests};
pub use result::ScanResult;

/// Progress of a scan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// True while directories are still being listed.
    pub walking: bool,
    /// Directories found.
    pub directories: u64,
    /// Files found that take part.
    pub files: u64,
    /// Their bytes.
    pub bytes_found: u64,
    /// Estimated bytes to read, including those already read. It grows while
    /// the scan runs, and shrinks where a large file turns out to be alone
    /// before it was read to the end.
    pub bytes_to_read: u64,
    /// Bytes read.
    pub bytes_read: u64,
    /// Paths that could not be processed.
    pub errors: u64,
    /// A directory that was listed recently.
    pub current: Option<PathBuf>,
}

type ProgressHook<'a> = Box<dyn FnMut(&Progress) + 'a>;
type GroupHook<'a> = Box<dyn FnMut(Group) + 'a>;

/// A scan that is about to run.
pub struct Scan<'a> {
    config: ScanConfig,
    cancel: CancelToken,
    io: Arc<dyn FileIoFactory>,
    reader_is_local: bool,
    on_progress: Option<ProgressHook<'a>>,
    on_group: Option<GroupHook<'a>>,
}

impl<'a> Scan<'a> {
    /// Creates a scan with this configuration.
    #[must_use]
    pub fn new(config: ScanConfig) -> Self {
        Self {
            config,
            cancel: CancelToken::default(),
            io: Arc::new(|| Box::new(Pread::new()) as Box<dyn FileIo>),
            reader_is_local: false,
            on_progress: None,
            on_group: None,
        }
    }

    /// A token that cancels the scan from another thread.
    #[must_use]
    pub fn cancel_token(&self) -> CancelToken {
        self.cancel.clone()
    }

    /// Reads files through `io` instead of plain positioned reads. A custom
    /// reader cannot be sent to another process, so there are no worker
    /// processes then.
    #[doc(hidden)]
    #[must_use]
    pub fn with_io(mut self, io: impl FileIoFactory + 'static) -> Self {
        self.io = Arc::new(io);
        self.reader_is_local = true;
        self
    }

    /// Calls `hook` about ten times a second, on the thread that runs the
    /// scan.
    #[must_use]
    pub fn on_progress(mut self, hook: impl FnMut(&Progress) + 'a) -> Self {
        self.on_progress = Some(Box::new(hook));
        self
    }

    /// Calls `hook` with every group to be reported, in the order of
    /// [`SortKey::Size`](crate::config::SortKey::Size): each as soon as it and
    /// its position in that order are final. (If single files or hard links are
    /// to be reported, or everything is hashed, nothing is final before the end.)
    #[must_use]
    pub fn on_group(mut self, hook: impl FnMut(Group) + 'a) -> Self {
        self.on_group = Some(Box::new(hook));
        self
    }

    /// Runs the scan to its end on this thread and threads of its own.
    ///
    /// # Errors
    ///
    /// If the scan cannot start or its tables overflow; errors of single paths
    /// are in [`ScanResult::errors`].
    pub fn run(self) -> Result<ScanResult, Error> {
        cached::run(self)
    }
}
