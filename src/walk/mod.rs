//! Finding the files.
//!
//! Two walkers list directories, a native and a portable one. Both leave
//! every decision to one judge, so that they can differ in speed only. What
//! they find goes out in batches over a bounded channel: a directory always
//! before anything in it.

mod context;
mod dir;
mod direct;
mod filter;
mod ignored;
mod judge;
mod links;
mod listing;
mod native;
mod portable;
mod roots;
mod sink;

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, bounded};

use crate::config::{ScanConfig, WalkerKind};
use crate::error::Error;
use crate::model::{CancelToken, RootInfo, WalkBatch};
use crate::sys;

use context::{Context, Walker};
use judge::Judge;
use roots::Roots;
use sink::Sink;

/// Batches that may wait between the walk and the coordinator. A batch is a
/// directory's worth of names: together far less than the tables they fill.
const BATCHES: usize = 64;

/// A walk that is ready to start.
pub struct WalkPlan {
    roots: Roots,
    judge: Judge,
    cancel: CancelToken,
    native: bool,
}

impl WalkPlan {
    /// What every root means for its files, by number.
    #[must_use]
    pub fn roots(&self) -> Vec<RootInfo> {
        self.roots.info()
    }

    /// The devices that the paths to scan lie on.
    #[must_use]
    pub fn devices(&self) -> Vec<u64> {
        self.roots.devices()
    }

    /// Whether directories are listed by a thread for each processor, once
    /// there are many of them; otherwise by one.
    #[must_use]
    pub fn is_parallel(&self) -> bool {
        self.native
    }
}

/// Checks the paths and patterns of a scan.
///
/// # Errors
///
/// A path that is not there, a pattern that makes no sense.
pub fn plan(config: &ScanConfig, cancel: &CancelToken) -> Result<WalkPlan, Error> {
    let roots = Roots::resolve(config)?;
    let judge = Judge::new(config, &roots)?;
    Ok(WalkPlan {
        roots,
        judge,
        cancel: cancel.clone(),
        native: sys::HAS_NATIVE_WALK && config.walker != WalkerKind::Portable,
    })
}

/// Starts the walk on threads of its own. The channel closes when everything
/// was found, or when the walk panicked, which whoever joins it learns.
///
/// # Errors
///
/// When the system refuses a thread.
pub fn start(plan: WalkPlan) -> io::Result<(Receiver<WalkBatch>, JoinHandle<()>)> {
    let (send, found) = bounded(BATCHES);
    let walk = std::thread::Builder::new()
        .name("walk".to_owned())
        .spawn(move || {
            let sink = Sink::new(send, plan.cancel);
            let context = Arc::new(Context {
                judge: plan.judge,
                sink,
            });
            if plan.native {
                run(&native::Native::new(), &context, plan.roots);
            } else {
                run(&portable::Portable, &context, plan.roots);
            }
        })?;
    Ok((found, walk))
}

fn run(walker: &impl Walker, context: &Arc<Context>, roots: Roots) {
    let starts = direct::enter(context, roots);
    walker.walk(context, starts);
    // Links come last, in the order of their paths: a directory that can be
    // reached without a link is reported without one, and the outcome does
    // not depend on which thread came by first.
    links::follow(context, |start| walker.walk(context, vec![start]));
}
