//! The native walker: raw directory reads, metadata relative to the open
//! directory, and rayon's work stealing over directories.

use std::cell::{OnceCell, RefCell};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::{Scope, ThreadPool};

use super::confirm::confirm;
use super::context::{Context, Walker};
use super::dir::{Child, Dir, Start};
use super::dir_entries::DirEntries;
use super::strip_base;
use crate::platform::{self, EntryBuffer, NativeDir};

/// Number of threads that list directories, with these numbers of processors
/// and available descriptors. Where the tree is not in memory each of them
/// waits for inodes most of the time, and a disk takes many requests at once:
/// with 4, 6, 8, 16 threads instead of 2 on two processors, a scan of 200,000
/// files takes 0.84, 0.78, 0.76, 0.75 of the time. In memory it makes no
/// difference; but each keeps 0.8 MB.
pub(super) fn threads(cpus: usize, descriptors: u64) -> usize {
    const PER_CPU: usize = 3;
    const USEFUL_THREADS: usize = 32;
    // Each has two open at a time, and workers need some as well.
    let max = usize::try_from(descriptors / 32).unwrap_or(USEFUL_THREADS);
    (PER_CPU * cpus).min(USEFUL_THREADS).min(max).max(cpus)
}

/// Lists directories on several threads.
pub(super) struct Native {
    /// None where threads are unavailable, or of no use.
    pool: OnceCell<Option<ThreadPool>>,
    open_dirs: Arc<OpenDirs>,
}

impl Native {
    /// A walker with [`threads`] that start when there is enough to list. If
    /// none can be started, the calling thread lists.
    pub(super) fn new() -> Self {
        Self {
            pool: OnceCell::new(),
            open_dirs: Arc::new(OpenDirs {
                count: AtomicU64::new(0),
                max: (platform::descriptor_limit() / 4).min(1024),
            }),
        }
    }

    fn pool(&self) -> Option<&ThreadPool> {
        let pool = self.pool.get_or_init(|| {
            let cpus = std::thread::available_parallelism().ok()?.get();
            // Where so many are unavailable, fewer may be available.
            [threads(cpus, platform::descriptor_limit()), cpus]
                .into_iter()
                .map(|threads| threads.min(platform::thread_limit()))
                .filter(|&threads| threads > 1)
                .find_map(|threads| {
                    let pool = rayon::ThreadPoolBuilder::new()
                        .num_threads(threads)
                        .thread_name(|number| format!("walk-{number}"));
                    pool.build().ok()
                })
        });
        pool.as_ref()
    }
}

/// Counts the directories that stay open so that their subdirectories can be
/// opened relative to them. Beyond the limit, subdirectories are opened by
/// their paths from where the walk started: slower for deep trees, but the
/// process never runs out of descriptors.
struct OpenDirs {
    count: AtomicU64,
    max: u64,
}

/// A directory that was listed and contains directories.
struct Parent {
    dir: Dir,
    open: Option<NativeDir>,
    /// The directory that the walk started from, which stays open. None if this
    /// is it.
    base: Option<Arc<Self>>,
    open_dirs: Arc<OpenDirs>,
}

impl Parent {
    fn new(dir: Dir, open: NativeDir, base: Option<Arc<Self>>, open_dirs: &Arc<OpenDirs>) -> Self {
        let before = open_dirs.count.fetch_add(1, Ordering::Relaxed);
        Self {
            dir,
            open: (base.is_none() || before < open_dirs.max).then_some(open),
            base,
            open_dirs: Arc::clone(open_dirs),
        }
    }

    /// Opens a directory in this one, never through a symbolic link.
    fn open_child(&self, name: &[u8], path: &[u8]) -> io::Result<NativeDir> {
        if let Some(open) = &self.open {
            return open.open_child(name);
        }
        match self.base.as_deref() {
            Some(Self {
                dir,
                open: Some(open),
                ..
            }) => open.open_beneath(strip_base(&dir.path, path)),
            // Every base has an open directory.
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

impl Drop for Parent {
    fn drop(&mut self) {
        self.open_dirs.count.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Walker for Native {
    /// One thread lists alone until there are several directories to list.
    fn walk(&self, context: &Arc<Context>, starts: Vec<Start>) {
        let tasks = starts.into_iter().rev();
        let mut waiting: Vec<_> = tasks.map(|dir| ListTask::Start(Box::new(dir))).collect();
        while let Some(task) = waiting.pop() {
            task.run(context, &self.open_dirs, |task| waiting.push(task));
            if waiting.len() > 1
                && let Some(pool) = self.pool()
            {
                let open_dirs = &self.open_dirs;
                return pool.install(|| {
                    rayon::scope(|scope| {
                        for task in waiting {
                            spawn(scope, context, open_dirs, task);
                        }
                    });
                });
            }
        }
    }
}

fn spawn<'s>(
    scope: &Scope<'s>,
    context: &'s Context,
    open_dirs: &'s Arc<OpenDirs>,
    task: ListTask,
) {
    scope.spawn(move |scope| {
        task.run(context, open_dirs, |next| {
            spawn(scope, context, open_dirs, next);
        });
    });
}

/// A directory to list.
enum ListTask {
    /// A directory to start from.
    Start(Box<Dir>),
    /// A directory that was found.
    Child {
        parent: Arc<Parent>,
        name: Box<[u8]>,
        child: Child,
    },
}

thread_local! {
    static BUFFER: RefCell<Option<EntryBuffer>> = const { RefCell::new(None) };
}

impl ListTask {
    /// Lists the directory, and passes the directories in it to `next`.
    fn run(self, context: &Context, open_dirs: &Arc<OpenDirs>, next: impl FnMut(Self)) {
        let (parent, name, dir) = match self {
            Self::Start(dir) => (None, Box::default(), *dir),
            Self::Child { .. } if context.sender.is_cancelled() => return,
            Self::Child {
                parent,
                name,
                child,
            } => {
                let dir = context.entry_filter.child(&parent.dir, &name, child);
                (Some(parent), name, dir)
            }
        };
        let open = match &parent {
            None => NativeDir::open(&dir.path),
            Some(parent) => parent.open_child(&name, &dir.path),
        };
        let open = match open {
            Ok(open) => open,
            Err(error) => return context.cannot_list(&dir, &error),
        };
        let above = parent.as_ref().map(|parent| (&parent.dir, &*name));
        if let Some(dir) = confirm(context, above, dir, &open)
            && context.entry_filter.is_within_depth(&dir)
        {
            // Directories found in it are opened relative to the start of the
            // walk.
            let base = parent.map(|parent| match &parent.base {
                Some(base) => Arc::clone(base),
                None => parent,
            });
            list(context, open_dirs, (dir, open, base), next);
        }
    }
}

fn list(
    context: &Context,
    open_dirs: &Arc<OpenDirs>,
    (dir, open, base): (Dir, NativeDir, Option<Arc<Parent>>),
    mut next: impl FnMut(ListTask),
) {
    let mut children: Vec<(Box<[u8]>, Child)> = Vec::new();
    let mut entries_of = DirEntries::new(context, &dir);
    let listed = BUFFER.with_borrow_mut(|buffer| {
        open.list(buffer.get_or_insert_default(), |name, kind| {
            let bytes = name.to_bytes();
            let stat = || open.stat(name);
            let link = || open.read_link(name);
            let child = entries_of.entry(bytes, kind, Some((&open, name)), stat, link);
            if let Some(child) = child {
                children.push((bytes.into(), child));
            }
        })
    });
    match listed {
        Ok(()) => entries_of.listed(),
        Err(error) => context.cannot_list(&dir, &error),
    }
    // Before its directories are visited: a directory is sent before its
    // content.
    entries_of.finish();
    if children.is_empty() {
        return;
    }
    let parent = Arc::new(Parent::new(dir, open, base, open_dirs));
    for (name, child) in children {
        let parent = Arc::clone(&parent);
        next(ListTask::Child {
            parent,
            name,
            child,
        });
    }
}

#[cfg(test)]
#[path = "native_tests.rs"]
mod tests;
