//! Finding the files.
//!
//! Two walkers list directories, a native and a portable one. Both leave
//! every decision to one judge, so that they can differ in speed only. What
//! they find goes out in batches over a bounded channel: a directory always
//! before anything in it.

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

use crate::config::{HashAlgorithm, ScanConfig, WalkerKind};
use crate::error::Error;
use crate::platform;
use crate::types::{CancelToken, RootInfo, Timestamp, WalkBatch};

use batch_sender::BatchSender;
use context::{Context, Walker};
use entry_filter::EntryFilter;
use filter::Filter;
use inline_read::InlineReaders;
use roots::Roots;

/// Batches that may wait between the walk and the coordinator. A batch is a
/// directory's worth of names: together far less than the tables they fill.
const BATCHES: usize = 64;

/// More roots than this are not sent from a thread that nobody listens to
/// meanwhile.
const MAX_ROOTS: usize = 1024;

/// A walk that is ready to start.
pub struct WalkPlan {
    roots: Roots,
    entry_filter: EntryFilter,
    cancel: CancelToken,
    native: bool,
    reads: Option<(HashAlgorithm, Timestamp)>,
}

impl WalkPlan {
    /// What every root means for its files, by number.
    #[must_use]
    pub fn roots(&self) -> Vec<RootInfo> {
        self.roots.info()
    }

    /// Whether files are named one by one, which a walk may come by too.
    #[must_use]
    pub fn names_files(&self) -> bool {
        !self.roots.files.is_empty()
    }

    /// The devices that the paths to scan lie on.
    #[must_use]
    pub fn devices(&self) -> Vec<u64> {
        self.roots.devices()
    }

    /// The directories that were named and take no part, because an exclusion
    /// is about them.
    #[must_use]
    pub fn left_out(&self) -> &[PathBuf] {
        &self.roots.left_out
    }

    /// Whether directories are listed by several [`threads`], once there are
    /// many of them; otherwise by one.
    #[must_use]
    pub fn is_parallel(&self) -> bool {
        self.native
    }

    /// Lets the walk read small files that are in memory while it looks at
    /// them, and hash them with this algorithm. The portable walker never does.
    /// For `settled_before` see
    /// [`Batch::settled_before`](crate::types::Batch::settled_before).
    #[must_use]
    pub fn reading(mut self, algorithm: HashAlgorithm, settled_before: Timestamp) -> Self {
        self.reads = self.native.then_some((algorithm, settled_before));
        self
    }
}

/// How many threads list directories, at most, on so many processors.
#[must_use]
pub fn threads(cpus: usize) -> usize {
    native::threads(cpus, platform::descriptor_limit()).min(platform::thread_limit())
}

/// Checks the paths and patterns of a scan.
///
/// # Errors
///
/// A path that is not there, a pattern that makes no sense.
pub fn plan(config: &ScanConfig, cancel: &CancelToken) -> Result<WalkPlan, Error> {
    let filter = Filter::new(&config.selection)?;
    let roots = Roots::resolve(config, &filter)?;
    let entry_filter = EntryFilter::new(config, filter, &roots);
    Ok(WalkPlan {
        roots,
        entry_filter,
        cancel: cancel.clone(),
        native: platform::HAS_NATIVE_WALK && config.walker != WalkerKind::Portable,
        reads: None,
    })
}

/// Starts the walk. The channel closes when everything was found, or when the
/// walk panicked, which whoever joins it learns.
///
/// With `here`, which says that nothing on the paths to scan has to be waited
/// for other than a disk, it begins on this thread and stays there for some
/// moments; a small walk is over then, and there is nothing to join. Otherwise
/// it runs on threads of its own.
///
/// # Errors
///
/// When the system refuses a thread.
pub fn start(
    plan: WalkPlan,
    here: bool,
) -> io::Result<(Receiver<WalkBatch>, Option<JoinHandle<()>>)> {
    let (send, found) = bounded(BATCHES);
    let WalkPlan {
        roots,
        entry_filter,
        cancel,
        native,
        reads,
    } = plan;
    let here = here && native && entry_filter.stays_below() && roots.count() <= MAX_ROOTS;
    let context = Arc::new(Context {
        entry_filter,
        sender: BatchSender::new(send, cancel),
        readers: reads
            .map(|(algorithm, settled_before)| InlineReaders::new(algorithm, settled_before)),
    });
    if !here {
        let walk = on_its_own(move || {
            if native {
                run(&native::Native::new(), &context, roots);
            } else {
                run(&portable::Portable, &context, roots);
            }
        })?;
        return Ok((found, Some(walk)));
    }
    let native = native::Native::new();
    let mut walk = None;
    if let Some(rest) = native.begin(&context, explicit_roots::enter(&context, roots)) {
        walk = Some(on_its_own(move || {
            native.finish(&context, rest);
            send_rest(&context);
        })?);
    } else {
        send_rest(&context);
    }
    Ok((found, walk))
}

/// A path beneath a directory as it is called from there.
fn below<'a>(base: &[u8], path: &'a [u8]) -> &'a [u8] {
    let mut rest = path.get(base.len()..).unwrap_or_default();
    while let [b'/', tail @ ..] = rest {
        rest = tail;
    }
    rest
}

fn on_its_own(walk: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name("walk".to_owned())
        .spawn(walk)
}

fn run(walker: &impl Walker, context: &Arc<Context>, roots: Roots) {
    let starts = explicit_roots::enter(context, roots);
    walker.walk(context, starts);
    send_rest(context);
    // Links come last, in the order of their paths: a directory that can be
    // reached without a link is reported without one, and the outcome does
    // not depend on which thread came by first.
    links::follow(context, |start| walker.walk(context, vec![start]));
    send_rest(context);
}

fn send_rest(context: &Context) {
    if let Some(readers) = &context.readers {
        readers.send_all(&context.sender);
    }
    for error in context.entry_filter.take_rule_errors() {
        context.sender.send_error(error);
    }
}
