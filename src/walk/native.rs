//! The native walker: raw directory reads, metadata relative to the open
//! directory, and rayon's work stealing over directories.

use std::cell::{OnceCell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rayon::{Scope, ThreadPool};

use super::context::{Context, Walker};
use super::dir::{Child, Dir, Start};
use super::listing::Listing;
use crate::sys::{self, EntryBuffer, NativeDir};

/// For how long one thread lists alone, if there is more than one directory to
/// list: about as long as it takes to start the others.
const ALONE: Duration = Duration::from_micros(200);

/// Lists directories on several threads.
pub(super) struct Native {
    /// None where threads are not to be had, or of no use.
    pool: OnceCell<Option<ThreadPool>>,
    held: Arc<Held>,
}

impl Native {
    /// With a thread for each processor, started when there is enough to list;
    /// where they are not to be had, with the calling one.
    pub(super) fn new() -> Self {
        Self {
            pool: OnceCell::new(),
            held: Arc::new(Held {
                now: AtomicU64::new(0),
                most: (sys::descriptor_limit() / 4).min(1024),
            }),
        }
    }

    fn pool(&self) -> Option<&ThreadPool> {
        let pool = self.pool.get_or_init(|| {
            let threads = std::thread::available_parallelism().ok()?.get();
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .thread_name(|number| format!("walk-{number}"));
            (threads > 1).then(|| pool.build().ok()).flatten()
        });
        pool.as_ref()
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
        let began = Instant::now();
        let mut waiting: Vec<Task> = starts
            .into_iter()
            .rev()
            .map(|dir| Task::Start(Box::new(dir)))
            .collect();
        while let Some(task) = waiting.pop() {
            task.run(context, &self.held, |task| waiting.push(task));
            if waiting.len() > 1
                && began.elapsed() > ALONE
                && let Some(pool) = self.pool()
            {
                let held = &self.held;
                return pool.install(|| {
                    rayon::scope(|scope| {
                        for task in waiting {
                            spawn(scope, context, held, task);
                        }
                    });
                });
            }
        }
    }
}

fn spawn<'s>(scope: &Scope<'s>, context: &'s Context, held: &'s Arc<Held>, task: Task) {
    scope.spawn(move |scope| task.run(context, held, |next| spawn(scope, context, held, next)));
}

/// A directory to list.
enum Task {
    /// One to start from.
    Start(Box<Dir>),
    /// One that was found.
    Child {
        parent: Arc<Parent>,
        name: Box<[u8]>,
        child: Child,
    },
}

thread_local! {
    static BUFFER: RefCell<EntryBuffer> = RefCell::new(EntryBuffer::new());
}

impl Task {
    /// Lists it, and hands on the directories in it.
    fn run(self, context: &Context, held: &Arc<Held>, next: impl FnMut(Self)) {
        let (dir, open) = match self {
            Self::Start(dir) => {
                let open = NativeDir::open(&dir.path, true);
                (*dir, open)
            }
            Self::Child { .. } if context.sink.is_cancelled() => return,
            Self::Child {
                parent,
                name,
                child,
            } => {
                let dir = context.judge.child(&parent.dir, &name, child);
                let open = match &parent.open {
                    Some(parent) => parent.open_child(&name),
                    None => NativeDir::open(&dir.path, false),
                };
                (dir, open)
            }
        };
        match open {
            Ok(open) => list(context, held, dir, open, next),
            Err(error) => context.cannot_list(&dir, &error),
        }
    }
}

fn list(
    context: &Context,
    held: &Arc<Held>,
    dir: Dir,
    open: NativeDir,
    mut next: impl FnMut(Task),
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
        let parent = Arc::clone(&parent);
        next(Task::Child {
            parent,
            name,
            child,
        });
    }
}
