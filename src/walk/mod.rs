//! Finds the files to scan.
//!
//! Two walkers list directories, a native and a portable one. Both leave every
//! decision to one filter, so that they differ in speed only. Results are sent
//! in batches over a bounded channel: a directory always before its content.

mod backoff;
mod batch_sender;
mod clock_guard;
mod confirm;
mod context;
mod dir;
mod dir_entries;
mod entry_filter;
mod explicit_roots;
mod filter;
mod gitignore;
mod inline_read;
mod links;
mod native;
mod portable;
mod roots;
mod same_dirs;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, bounded};

use crate::cache::Lookup;
use crate::config::{HashAlgorithm, ScanConfig, WalkerKind};
use crate::error::Error;
use crate::platform;
use crate::types::{CancelToken, RootInfo, Timestamp, WalkBatch};

use batch_sender::BatchSender;
pub(crate) use clock_guard::ClockGuard;
use context::{Context, Tracks, Walker};
use entry_filter::EntryFilter;
use filter::Filter;
use inline_read::InlineReaders;
use roots::Roots;

/// Capacity of the channel between the walk and the coordinator, in batches. A
/// batch holds the names of about one directory: together far less than the
/// tables that they fill.
const CHANNEL_CAPACITY: usize = 64;

/// A walk that is ready to start.
pub struct WalkPlan {
    roots: Roots,
    entry_filter: EntryFilter,
    cancel: CancelToken,
    native: bool,
    tracks: Option<Tracks>,
    reads: Option<(HashAlgorithm, Timestamp)>,
    lookup: Option<Lookup>,
}

impl WalkPlan {
    /// Properties of every root, by number.
    #[must_use]
    pub fn roots(&self) -> Vec<RootInfo> {
        self.roots.info()
    }

    /// Returns true if files were given by name; a walk may find them as well.
    #[must_use]
    pub(crate) fn has_explicit_files(&self) -> bool {
        !self.roots.files.is_empty()
    }

    /// The given directories that take no part because an exclusion matches
    /// them.
    #[must_use]
    pub fn left_out(&self) -> &[PathBuf] {
        &self.roots.left_out
    }

    /// Returns true if directories are listed by several [`threads`], once
    /// there are many of them; otherwise by one.
    #[must_use]
    pub(crate) fn is_parallel(&self) -> bool {
        self.native
    }

    /// Lets the walk read small files that are in memory, and hash them with
    /// this algorithm. The portable walker never does. For `settled_before` see
    /// [`Batch::settled_before`](crate::types::Batch::settled_before).
    #[must_use]
    pub fn reading(mut self, algorithm: HashAlgorithm, settled_before: Timestamp) -> Self {
        self.reads = self.native.then_some((algorithm, settled_before));
        self
    }

    /// Lets the walk look files up in the cache. The portable walker never does.
    #[must_use]
    pub(crate) fn looking_up(mut self, lookup: Option<Lookup>) -> Self {
        self.lookup = lookup.filter(|_| self.native);
        self
    }
}

/// Maximum number of threads that list directories, with `cpus` processors.
#[must_use]
pub(crate) fn threads(cpus: usize) -> usize {
    native::threads(cpus, platform::descriptor_limit()).min(platform::thread_limit())
}

/// Checks the paths and patterns of a scan.
///
/// # Errors
///
/// A path that does not exist, or an invalid pattern.
pub fn plan(config: &ScanConfig, cancel: &CancelToken) -> Result<WalkPlan, Error> {
    // Empty files that are no files of the scan are part of their directories.
    let sets_empty_apart = config.directories.is_some() && config.selection.min_size == 1;
    let filter = Filter::new(&config.selection)?;
    let filter = if sets_empty_apart {
        filter.with_empty_files()
    } else {
        filter
    };
    let roots = Roots::resolve(config, &filter)?;
    let entry_filter = EntryFilter::new(config, filter, &roots);
    Ok(WalkPlan {
        roots,
        entry_filter,
        cancel: cancel.clone(),
        native: platform::HAS_NATIVE_WALK && config.walker != WalkerKind::Portable,
        tracks: config.directories.map(|_| Tracks { sets_empty_apart }),
        reads: None,
        lookup: None,
    })
}

/// Starts the walk on threads of its own. The channel closes when everything
/// was found, or when the walk panicked; joining the thread reports the panic.
///
/// # Errors
///
/// When the system refuses a thread.
pub fn start(plan: WalkPlan) -> io::Result<(Receiver<WalkBatch>, JoinHandle<()>)> {
    let (send, found) = bounded(CHANNEL_CAPACITY);
    let WalkPlan {
        roots,
        entry_filter,
        cancel,
        native,
        tracks,
        reads,
        lookup,
    } = plan;
    let context = Arc::new(Context {
        entry_filter,
        sender: BatchSender::new(send, cancel),
        tracks,
        readers: reads.map(|(algorithm, settled_before)| {
            InlineReaders::new(algorithm, settled_before).with_generations(lookup.is_some())
        }),
        lookup,
    });
    let thread = std::thread::Builder::new().name("walk".to_owned());
    let walk = thread.spawn(move || {
        if native {
            run(&native::Native::new(), &context, roots);
        } else {
            run(&portable::Portable, &context, roots);
        }
    })?;
    Ok((found, walk))
}

/// A path relative to a directory above it.
fn strip_base<'a>(base: &[u8], path: &'a [u8]) -> &'a [u8] {
    let mut rest = path.get(base.len()..).unwrap_or_default();
    while let [b'/', tail @ ..] = rest {
        rest = tail;
    }
    rest
}

fn run(walker: &impl Walker, context: &Arc<Context>, roots: Roots) {
    let starts = explicit_roots::send_roots(context, roots);
    walker.walk(context, starts);
    send_remaining(context);
    // Links come last, in the order of their paths: a directory that can be
    // reached without a link is reported without one, and the result does not
    // depend on which thread was first.
    links::follow(context, |start| walker.walk(context, vec![start]));
    send_remaining(context);
}

fn send_remaining(context: &Context) {
    if let Some(readers) = &context.readers {
        readers.send_all(&context.sender);
    }
    for error in context.entry_filter.take_rule_errors() {
        context.sender.send_error(error);
    }
}
