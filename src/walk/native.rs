//! The native walker: raw directory reads, metadata relative to the open
//! directory, and rayon's work stealing over directories.

use std::cell::{OnceCell, RefCell};
use std::ffi::{CStr, CString};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rayon::{Scope, ThreadPool};

use super::BATCHES;
use super::below;
use super::confirm::confirm;
use super::context::{Context, Walker};
use super::dir::{Child, Dir, Start};
use super::dir_entries::DirEntries;
use crate::platform::{self, EntryBuffer, NativeDir};
use crate::types::FileKind;

/// Time for which one thread lists alone, if there is more than one directory
/// to list: about as long as it takes to start the others.
const ALONE: Duration = Duration::from_micros(200);

/// Number of threads that list directories, with these numbers of processors
/// and available descriptors. Where the tree is not in memory each of them
/// waits for inodes most of the time, and a disk takes many requests at once:
/// with 4, 6, 8, 16 threads instead of 2 on two processors, a scan of 200,000
/// files takes 0.84, 0.78, 0.76, 0.75 of the time. In memory it makes no
/// difference; but each keeps 0.8 MB.
pub(super) fn threads(cpus: usize, descriptors: u64) -> usize {
    const FOR_EACH: usize = 3;
    const ENOUGH: usize = 32;
    // Each has two open at a time, and workers need some as well.
    let most = usize::try_from(descriptors / 32).unwrap_or(ENOUGH);
    (FOR_EACH * cpus).min(ENOUGH).min(most).max(cpus)
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
                now: AtomicU64::new(0),
                most: (platform::descriptor_limit() / 4).min(1024),
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
    now: AtomicU64,
    most: u64,
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
        let before = open_dirs.now.fetch_add(1, Ordering::Relaxed);
        Self {
            dir,
            open: (base.is_none() || before < open_dirs.most).then_some(open),
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
            }) => open.open_beneath(below(&dir.path, path)),
            // Every base has an open directory.
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

impl Drop for Parent {
    fn drop(&mut self) {
        self.open_dirs.now.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The remaining tasks of a walk, and its start time.
pub(super) struct Rest {
    waiting: Vec<ListTask>,
    began: Instant,
}

impl Rest {
    fn new(starts: Vec<Start>) -> Self {
        let tasks = starts.into_iter().rev();
        Self {
            waiting: tasks.map(|dir| ListTask::Start(Box::new(dir))).collect(),
            began: Instant::now(),
        }
    }
}

impl Native {
    /// Walks for a short time on the calling thread. It blocks on nothing but a
    /// disk, and on that hardly longer, and never on a full channel. Returns
    /// the remaining work, if there is any.
    pub(super) fn begin(&self, context: &Context, starts: Vec<Start>) -> Option<Rest> {
        let mut rest = Rest::new(starts);
        let until = rest.began + ALONE;
        let mut is_stuck = false;
        while let Some(task) = rest.waiting.pop() {
            task.run(context, &self.open_dirs, Some(until), |task| {
                is_stuck |= matches!(&task, ListTask::Begun { seen, .. } if seen.is_all);
                rest.waiting.push(task);
            });
            if is_stuck || goes_on_elsewhere(rest.began.elapsed(), context.sender.waiting()) {
                break;
            }
        }
        // The thread is the caller's, and may do other things afterwards.
        BUFFER.take();
        (!rest.waiting.is_empty()).then_some(rest)
    }

    /// Completes the remaining walk.
    pub(super) fn finish(&self, context: &Context, rest: Rest) {
        let Rest { mut waiting, began } = rest;
        while let Some(task) = waiting.pop() {
            task.run(context, &self.open_dirs, None, |task| waiting.push(task));
            if waiting.len() > 1
                && began.elapsed() > ALONE
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
fn goes_on_elsewhere(elapsed: Duration, batches: usize) -> bool {
    elapsed > ALONE || batches > BATCHES / 2
}

impl Walker for Native {
    fn walk(&self, context: &Arc<Context>, starts: Vec<Start>) {
        self.finish(context, Rest::new(starts));
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
    Begun {
        dir: Box<Dir>,
        open: NativeDir,
        base: Option<Arc<Parent>>,
        seen: Seen,
    },
}

/// Progress on a directory's entries.
#[derive(Default)]
struct Seen {
    /// The directories in it that are to be listed.
    children: Vec<(Box<[u8]>, Child)>,
    /// Entries that there was no time for, or that lie on other devices. They
    /// are inspected where that may take its time.
    later: Vec<(CString, Option<FileKind>)>,
    /// True if there are no more entries than these.
    is_all: bool,
}

thread_local! {
    static BUFFER: RefCell<Option<EntryBuffer>> = const { RefCell::new(None) };
}

impl ListTask {
    /// Lists the directory, and passes the directories in it to `next`. With
    /// `until`, only the beginning of the listing and metadata that is in
    /// memory are inspected, up to that time, and the rest is passed to `next`.
    fn run(
        self,
        context: &Context,
        open_dirs: &Arc<OpenDirs>,
        until: Option<Instant>,
        next: impl FnMut(Self),
    ) {
        let (parent, name, dir) = match self {
            Self::Start(dir) => (None, Box::default(), *dir),
            Self::Child { .. } | Self::Begun { .. } if context.sender.is_cancelled() => return,
            Self::Child {
                parent,
                name,
                child,
            } => {
                let dir = context.entry_filter.child(&parent.dir, &name, child);
                (Some(parent), name, dir)
            }
            Self::Begun {
                dir,
                open,
                base,
                seen,
            } => {
                return list(context, open_dirs, (*dir, open, base), seen, until, next);
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
            && context.entry_filter.lists(&dir)
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
                Seen::default(),
                until,
                next,
            );
        }
    }
}

fn list(
    context: &Context,
    open_dirs: &Arc<OpenDirs>,
    (dir, open, base): (Dir, NativeDir, Option<Arc<Parent>>),
    seen: Seen,
    until: Option<Instant>,
    mut next: impl FnMut(ListTask),
) {
    let Seen {
        mut children,
        mut later,
        mut is_all,
    } = seen;
    let mut entries_of = DirEntries::new(context, &dir);
    if until.is_none() {
        for (name, kind) in std::mem::take(&mut later) {
            if let Some(child) = entries_of.entry(name.to_bytes(), kind, None, || open.stat(&name))
            {
                children.push((name.to_bytes().into(), child));
            }
        }
    }
    let mut each = |name: &CStr, kind| {
        let bytes = name.to_bytes();
        // Only a thread that may wait for a disk opens files.
        let spot = until.is_none().then_some((&open, name));
        let child = entries_of.entry(bytes, kind, spot, || {
            let Some(until) = until else {
                return open.stat(name);
            };
            if Instant::now() < until {
                let stat = open.stat_at_hand(name)?;
                if stat.id.dev == dir.id.dev {
                    return Ok(stat);
                }
            }
            // Skipped for now, as if it were gone.
            later.push((name.to_owned(), kind));
            Err(io::ErrorKind::NotFound.into())
        });
        if let Some(child) = child {
            children.push((bytes.into(), child));
        }
    };
    if !is_all {
        let listed = BUFFER.with_borrow_mut(|buffer| {
            let buffer = buffer.get_or_insert_default();
            open.list(buffer, until.is_some(), &mut each)
        });
        is_all = listed.unwrap_or_else(|error| {
            context.cannot_list(&dir, &error);
            true
        });
    }
    // Before its directories are visited: a directory is sent before its
    // content.
    entries_of.finish();
    if !is_all || !later.is_empty() {
        let seen = Seen {
            children,
            later,
            is_all,
        };
        let dir = Box::new(dir);
        return next(ListTask::Begun {
            dir,
            open,
            base,
            seen,
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
