//! The native walker: raw directory reads, metadata relative to the open
//! directory, and rayon's work stealing over directories.

use std::cell::{OnceCell, RefCell};
use std::ffi::{CStr, CString};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rayon::{Scope, ThreadPool};

use super::CHANNEL_CAPACITY;
use super::confirm::confirm;
use super::context::{Context, Walker};
use super::dir::{Child, Dir, Start};
use super::dir_entries::DirEntries;
use super::strip_base;
use crate::platform::{self, EntryBuffer, NativeDir};
use crate::types::FileKind;

/// Time for which one thread lists alone, if there is more than one directory
/// to list: about as long as it takes to start the others.
const SINGLE_THREAD_TIME: Duration = Duration::from_micros(200);

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
    /// With [`threads`], started when there is enough to list; where threads
    /// are unavailable, with the calling one.
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

/// Counts the directories that stay open to open those in them. Beyond the
/// limit those are opened by their paths from where the walk started: slower
/// for deep trees, but the process never runs out of descriptors.
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

/// The remaining tasks of a walk, and its start time.
pub(super) struct Remaining {
    waiting: Vec<ListTask>,
    started: Instant,
}

impl Remaining {
    fn new(starts: Vec<Start>) -> Self {
        let tasks = starts.into_iter().rev();
        Self {
            waiting: tasks.map(|dir| ListTask::Start(Box::new(dir))).collect(),
            started: Instant::now(),
        }
    }
}

impl Native {
    /// Walks for a short time on the calling thread. It blocks on nothing but a
    /// disk, and on that hardly longer, and never on a full channel. Returns
    /// the remaining work, if there is any.
    pub(super) fn begin(&self, context: &Context, starts: Vec<Start>) -> Option<Remaining> {
        let mut remaining = Remaining::new(starts);
        let deadline = remaining.started + SINGLE_THREAD_TIME;
        let mut is_stuck = false;
        while let Some(task) = remaining.waiting.pop() {
            task.run(context, &self.open_dirs, Some(deadline), |task| {
                is_stuck |=
                    matches!(&task, ListTask::Partial { progress, .. } if progress.is_complete);
                remaining.waiting.push(task);
            });
            if is_stuck || should_hand_over(remaining.started.elapsed(), context.sender.waiting()) {
                break;
            }
        }
        // The thread is the caller's, and may do other things afterwards.
        BUFFER.take();
        (!remaining.waiting.is_empty()).then_some(remaining)
    }

    /// Completes the remaining walk.
    pub(super) fn finish(&self, context: &Context, remaining: Remaining) {
        let Remaining {
            mut waiting,
            started,
        } = remaining;
        while let Some(task) = waiting.pop() {
            task.run(context, &self.open_dirs, None, |task| waiting.push(task));
            if waiting.len() > 1
                && started.elapsed() > SINGLE_THREAD_TIME
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

/// Returns true if the thread that a walk began on is to leave it to others.
/// One more step sends no more than some batches: what the kernel lists at
/// once.
fn should_hand_over(elapsed: Duration, batches: usize) -> bool {
    elapsed > SINGLE_THREAD_TIME || batches > CHANNEL_CAPACITY / 2
}

impl Walker for Native {
    fn walk(&self, context: &Arc<Context>, starts: Vec<Start>) {
        self.finish(context, Remaining::new(starts));
    }
}

fn spawn<'s>(
    scope: &Scope<'s>,
    context: &'s Context,
    open_dirs: &'s Arc<OpenDirs>,
    task: ListTask,
) {
    scope.spawn(move |scope| {
        task.run(context, open_dirs, None, |next| {
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
    /// A directory that was listed in part.
    Partial {
        dir: Box<Dir>,
        open: NativeDir,
        base: Option<Arc<Parent>>,
        progress: Progress,
    },
}

/// Progress on a directory's entries.
#[derive(Default)]
struct Progress {
    /// The directories in it that are to be listed.
    children: Vec<(Box<[u8]>, Child)>,
    /// Entries that there was no time for, or that lie on other devices. They
    /// are inspected where that may take its time.
    postponed: Vec<(CString, Option<FileKind>)>,
    /// True if there are no more entries than these.
    is_complete: bool,
}

thread_local! {
    static BUFFER: RefCell<Option<EntryBuffer>> = const { RefCell::new(None) };
}

impl ListTask {
    /// Lists the directory, and passes the directories in it to `next`. With
    /// `deadline`, only the beginning of the listing and metadata that is in
    /// memory are inspected, up to that time, and the rest is passed to `next`.
    fn run(
        self,
        context: &Context,
        open_dirs: &Arc<OpenDirs>,
        deadline: Option<Instant>,
        next: impl FnMut(Self),
    ) {
        let (parent, name, dir) = match self {
            Self::Start(dir) => (None, Box::default(), *dir),
            Self::Child { .. } | Self::Partial { .. } if context.sender.is_cancelled() => return,
            Self::Child {
                parent,
                name,
                child,
            } => {
                let dir = context.entry_filter.child(&parent.dir, &name, child);
                (Some(parent), name, dir)
            }
            Self::Partial {
                dir,
                open,
                base,
                progress,
            } => {
                return list(
                    context,
                    open_dirs,
                    (*dir, open, base),
                    progress,
                    deadline,
                    next,
                );
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
            list(
                context,
                open_dirs,
                (dir, open, base),
                Progress::default(),
                deadline,
                next,
            );
        }
    }
}

fn list(
    context: &Context,
    open_dirs: &Arc<OpenDirs>,
    (dir, open, base): (Dir, NativeDir, Option<Arc<Parent>>),
    progress: Progress,
    deadline: Option<Instant>,
    mut next: impl FnMut(ListTask),
) {
    let Progress {
        mut children,
        mut postponed,
        mut is_complete,
    } = progress;
    let mut entries_of = DirEntries::new(context, &dir);
    if deadline.is_none() {
        for (name, kind) in std::mem::take(&mut postponed) {
            if let Some(child) = entries_of.entry(name.to_bytes(), kind, None, || open.stat(&name))
            {
                children.push((name.to_bytes().into(), child));
            }
        }
    }
    let mut each = |name: &CStr, kind| {
        let bytes = name.to_bytes();
        // Only a thread that may wait for a disk opens files.
        let location = deadline.is_none().then_some((&open, name));
        let child = entries_of.entry(bytes, kind, location, || {
            let Some(deadline) = deadline else {
                return open.stat(name);
            };
            if Instant::now() < deadline {
                let stat = open.stat_cached(name)?;
                if stat.id.dev == dir.id.dev {
                    return Ok(stat);
                }
            }
            // Skipped for now, as if it were gone.
            postponed.push((name.to_owned(), kind));
            Err(io::ErrorKind::NotFound.into())
        });
        if let Some(child) = child {
            children.push((bytes.into(), child));
        }
    };
    if !is_complete {
        let listed = BUFFER.with_borrow_mut(|buffer| {
            let buffer = buffer.get_or_insert_default();
            open.list(buffer, deadline.is_some(), &mut each)
        });
        is_complete = listed.unwrap_or_else(|error| {
            context.cannot_list(&dir, &error);
            true
        });
    }
    // Before its directories are visited: a directory is sent before its
    // content.
    entries_of.finish();
    if !is_complete || !postponed.is_empty() {
        let progress = Progress {
            children,
            postponed,
            is_complete,
        };
        let dir = Box::new(dir);
        return next(ListTask::Partial {
            dir,
            open,
            base,
            progress,
        });
    }
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
