//! The wiring of a scan: walk, stages, executor, groups.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::config::{ScanConfig, SortKey};
use crate::error::{Error, ScanError};
use crate::model::{Group, Summary};

/// Tells a running scan to stop. Clones stand for the same scan.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Asks the scan to stop; it ends within moments with what it confirmed.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How far a scan is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Whether directories are still being listed.
    pub walking: bool,
    /// Directories listed.
    pub directories: u64,
    /// Files found that take part.
    pub files: u64,
    /// Their bytes.
    pub bytes_found: u64,
    /// Bytes known to need reading, those read included; it grows while the
    /// scan runs.
    pub bytes_to_read: u64,
    /// Bytes read.
    pub bytes_read: u64,
    /// Paths that could not be dealt with.
    pub errors: u64,
    /// A directory that was listed lately.
    pub current: Option<PathBuf>,
}

type ProgressHook<'a> = Box<dyn FnMut(&Progress) + 'a>;
type GroupHook<'a> = Box<dyn FnMut(Group) + 'a>;

/// A scan that is about to run.
pub struct Scan<'a> {
    config: ScanConfig,
    cancel: CancelToken,
    on_progress: Option<ProgressHook<'a>>,
    on_group: Option<GroupHook<'a>>,
}

impl<'a> Scan<'a> {
    /// A scan as configured.
    #[must_use]
    pub fn new(config: ScanConfig) -> Self {
        Self {
            config,
            cancel: CancelToken::default(),
            on_progress: None,
            on_group: None,
        }
    }

    /// Something to stop it with from another thread.
    #[must_use]
    pub fn cancel_token(&self) -> CancelToken {
        self.cancel.clone()
    }

    /// Calls `hook` about ten times a second, on the thread that runs the
    /// scan.
    #[must_use]
    pub fn on_progress(mut self, hook: impl FnMut(&Progress) + 'a) -> Self {
        self.on_progress = Some(Box::new(hook));
        self
    }

    /// Calls `hook` with every group to be reported as soon as it and its
    /// place in the order (largest files first, then by path) are final.
    #[must_use]
    pub fn on_group(mut self, hook: impl FnMut(Group) + 'a) -> Self {
        self.on_group = Some(Box::new(hook));
        self
    }

    /// Runs the scan to its end on this thread and threads of its own.
    ///
    /// # Errors
    ///
    /// Where the scan cannot start or its tables overflow; what concerns
    /// single paths is in [`ScanResult::errors`].
    pub fn run(self) -> Result<ScanResult, Error> {
        todo!()
    }
}

/// What a scan found.
pub struct ScanResult {
    summary: Summary,
    errors: Vec<ScanError>,
}

impl ScanResult {
    /// The figures.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Every path that could not be dealt with, sorted.
    #[must_use]
    pub fn errors(&self) -> &[ScanError] {
        &self.errors
    }

    /// The groups in the order asked for, made one at a time. Ties are
    /// settled by the path of the first file.
    pub fn groups(&self, _sort: SortKey) -> impl Iterator<Item = Group> + '_ {
        std::iter::empty()
    }
}
