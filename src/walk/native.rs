//! The native walker: raw directory reads, metadata relative to the open
//! directory, and rayon's work stealing over directories.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::{Scope, ThreadPool};

use super::context::{Context, Walker};
use super::dir::{Child, Dir, Start};
use super::listing::Listing;
use crate::sys::{self, EntryBuffer, NativeDir};

/// Lists directories on several threads.
pub(super) struct Native {
    pool: ThreadPool,
    held: Arc<Held>,
}

impl Native {
    /// With so many threads; where they are not to be had, with the calling
    /// one. (Rayon's own pool would need threads as well.)
    pub(super) fn new(threads: usize) -> Option<Self> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|number| format!("walk-{number}"))
            .build()
            .or_else(|_| {
                let alone = rayon::ThreadPoolBuilder::new().num_threads(1);
                alone.use_current_thread().build()
            });
        Some(Self {
            pool: pool.ok()?,
            held: Arc::new(Held {
                now: AtomicU64::new(0),
                most: (sys::descriptor_limit() / 4).min(1024),
            }),
        })
    }
}

/// How many directories stay open for the sake of those in them. Beyond the
/// limit a directory is opened by its path again: slower for deep trees, but
/// the process never runs out of descriptors.
struct Held {
    now: AtomicU64,
    most: u64,
}

/// A directory that was listed and has directories in it.
struct Parent {
    dir: Dir,
    open: Option<NativeDir>,
    held: Arc<Held>,
}

impl Parent {
    fn new(dir: Dir, open: NativeDir, held: &Arc<Held>) -> Self {
        let before = held.now.fetch_add(1, Ordering::Relaxed);
        Self {
            dir,
            open: (before < held.most).then_some(open),
            held: Arc::clone(held),
        }
    }
}

impl Drop for Parent {
    fn drop(&mut self) {
        self.held.now.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Walker for Native {
    fn walk(&self, context: &Arc<Context>, starts: Vec<Start>) {
        self.pool.install(|| {
            rayon::scope(|scope| {
                for dir in starts {
                    let (context, held) = (Arc::clone(context), Arc::clone(&self.held));
                    scope.spawn(move |scope| {
                        match NativeDir::open(&dir.path, true) {
                            Ok(open) => list(scope, &context, &held, dir, open),
                            Err(error) => context.cannot_list(&dir, &error),
                        };
                    });
                }
            });
        });
    }
}

thread_local! {
    static BUFFER: RefCell<EntryBuffer> = RefCell::new(EntryBuffer::new());
}

fn visit<'s>(
    scope: &Scope<'s>,
    context: &Arc<Context>,
    parent: &Parent,
    name: &[u8],
    child: Child,
) {
    if context.sink.is_cancelled() {
        return;
    }
    let dir = context.judge.child(&parent.dir, name, child);
    let open = match &parent.open {
        Some(parent) => parent.open_child(name),
        None => NativeDir::open(&dir.path, false),
    };
    match open {
        Ok(open) => list(scope, context, &parent.held, dir, open),
        Err(error) => context.cannot_list(&dir, &error),
    }
}

fn list<'s>(
    scope: &Scope<'s>,
    context: &Arc<Context>,
    held: &Arc<Held>,
    dir: Dir,
    open: NativeDir,
) {
    if !context.judge.lists(&dir) {
        return;
    }
    let mut listing = Listing::new(context, &dir);
    let mut children: Vec<(Box<[u8]>, Child)> = Vec::new();
    let listed = BUFFER.with_borrow_mut(|buffer| {
        open.list(buffer, |name, kind| {
            let bytes = name.to_bytes();
            if let Some(child) = listing.entry(bytes, kind, || open.stat(name)) {
                children.push((bytes.into(), child));
            }
        })
    });
    if let Err(error) = listed {
        context.cannot_list(&dir, &error);
    }
    // Before its directories are visited: a directory is sent before what is
    // in it.
    listing.finish();
    if children.is_empty() {
        return;
    }
    let parent = Arc::new(Parent::new(dir, open, held));
    for (name, child) in children {
        let (context, parent) = (Arc::clone(context), Arc::clone(&parent));
        scope.spawn(move |scope| visit(scope, &context, &parent, &name, child));
    }
}
