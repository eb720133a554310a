//! Digests of files that are named one by one, in the order in which they are
//! named. Nothing is grouped, and no more than a window of them is in memory.

use std::collections::{HashMap, VecDeque};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded, never, select, tick};
use rayon::prelude::*;

use super::coordinator::{TICK_INTERVAL, settled_before};
use super::workers::{WorkInfo, Workers};
use crate::config::ScanConfig;
use crate::error::{Error, FailureKind, describe};
use crate::executor::WorkerFactory;
use crate::io::{FileIo, Pread};
use crate::platform;
use crate::types::{
    Batch, BatchOutcome, CancelToken, Digest, Evidence, FileKind, FileStat, Job, TaskResult,
    Timestamp, WHOLE_LIMIT,
};

/// Maximum number of files whose answer is not passed on yet.
const WINDOW: usize = 64 * 1024;

/// Maximum number of files in a batch.
const BATCH_FILES: usize = 64;

/// A batch of files to be read in full is closed once it has this many bytes.
const BATCH_BYTES: u64 = 4 << 20;

/// Lists that were looked up and wait.
const LISTS: usize = 4;

/// A file that was named, and what is known of it.
#[derive(Debug)]
pub(crate) struct NamedFile {
    /// Its path, as it was given.
    pub(crate) path: PathBuf,
    /// Its digest, or the reason why there is none.
    pub(crate) answer: Result<NamedDigest, NoDigest>,
}

/// The digest of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NamedDigest {
    /// The size of the file in bytes.
    pub(crate) size: u64,
    /// The digest.
    pub(crate) digest: Digest,
    /// True if it is of every byte, false if it is of both ends.
    pub(crate) is_whole: bool,
}

/// The reason why a file has no digest.
#[derive(Debug)]
pub(crate) struct NoDigest {
    /// The reason, for programs.
    pub(crate) kind: FailureKind,
    /// The reason, for people.
    pub(crate) message: String,
}

impl NoDigest {
    fn not_regular(message: &str) -> Self {
        Self {
            kind: FailureKind::NotRegular,
            message: message.to_owned(),
        }
    }
}

/// Hashes the files that `lists` names, by the executor and the hash of `config`,
/// and passes the answers on: all that are ready, in the order of the paths, one
/// for each. With `ends`, of files above 16 KiB only the ends are read. It is over
/// when all lists are answered, after a cancellation, or once `each` breaks.
///
/// # Errors
///
/// If no thread or no executor can start.
pub(crate) fn digests(
    config: &ScanConfig,
    ends: bool,
    cancel: &CancelToken,
    lists: Receiver<Vec<PathBuf>>,
    each: &mut dyn FnMut(Vec<NamedFile>) -> ControlFlow<()>,
) -> Result<(), Error> {
    let listed = look_up(lists)?;
    // The first list shows whether reads can hang.
    let Ok(first) = listed.recv() else {
        return Ok(());
    };
    let is_remote = first.first().is_some_and(|(path, _)| {
        let directory = path.parent().filter(|dir| !dir.as_os_str().is_empty());
        platform::is_remote(directory.unwrap_or(Path::new(".")))
    });
    let io = Arc::new(|| Box::new(Pread::new()) as Box<dyn FileIo>);
    let mut workers = Workers::start(
        config,
        WorkInfo {
            factory: WorkerFactory::new(io, config.hash, cancel.clone()),
            reader_is_local: false,
            is_parallel: false,
            is_remote,
        },
    )?;
    let mut window = Window::new(ends, settled_before(config.execution.settle_time));
    window.add(first);
    let ticks = tick(TICK_INTERVAL);
    let nothing = never();
    let mut is_listed = false;
    let mut work_waited = false;
    while !cancel.is_cancelled() {
        let executor = workers.executor_mut();
        while executor.has_room()
            && let Some(batch) = window.queue.pop_front()
        {
            executor.submit(batch);
        }
        work_waited |= !window.queue.is_empty();
        let mut moved = false;
        while let Some(outcome) = executor.next_outcome() {
            window.answer(outcome);
            moved = true;
        }
        let ready = window.ready();
        if !ready.is_empty() && each(ready).is_break() {
            break;
        }
        if is_listed && window.files.is_empty() {
            break;
        }
        let listens = !is_listed && window.queue.is_empty() && window.files.len() < WINDOW;
        let listed = if listens { &listed } else { &nothing };
        let pending = executor.start_pending().unwrap_or(TICK_INTERVAL);
        let patience = if moved { Duration::ZERO } else { pending };
        select! {
            recv(executor.events()) -> event => if let Ok(event) = event {
                workers.executor_mut().accept(event);
            },
            recv(listed) -> list => match list {
                Ok(list) => window.add(list),
                Err(_) => is_listed = true,
            },
            recv(ticks) -> _ => {
                workers.poll(std::mem::take(&mut work_waited));
            }
            default(patience) => {}
        }
    }
    if cancel.is_cancelled() {
        workers.executor_mut().cancel();
    }
    Ok(())
}

type Found = (PathBuf, Result<FileStat, NoDigest>);

/// Looks up the files of each list on a thread of its own: a reader that waits
/// for more names must not keep finished answers waiting.
fn look_up(lists: Receiver<Vec<PathBuf>>) -> Result<Receiver<Vec<Found>>, Error> {
    let (sender, receiver) = bounded(LISTS);
    let look_up = move || {
        // Made up by the kernel, by device.
        let mut pseudo = HashMap::new();
        for list in lists {
            let mut found: Vec<Found> = list
                .into_par_iter()
                .map(|path| {
                    let stat = regular(&path);
                    (path, stat)
                })
                .collect();
            for (path, found) in &mut found {
                if let Ok(stat) = found
                    && *pseudo
                        .entry(stat.id.dev)
                        .or_insert_with(|| platform::is_pseudo_file_system(path))
                {
                    *found = Err(NoDigest::not_regular(
                        "the kernel makes it up when it is read",
                    ));
                }
            }
            if sender.send(found).is_err() {
                break;
            }
        }
    };
    let thread = thread::Builder::new().name("names".to_owned());
    thread.spawn(look_up).map_err(Error::Thread)?;
    Ok(receiver)
}

fn regular(path: &Path) -> Result<FileStat, NoDigest> {
    let stat = platform::stat_path(path, false).map_err(|error| NoDigest {
        kind: platform::failure_kind(&error),
        message: describe(&error),
    })?;
    match stat.kind {
        FileKind::Regular => Ok(stat),
        FileKind::Directory => Err(NoDigest::not_regular("it is a directory")),
        FileKind::Symlink => Err(NoDigest::not_regular("it is a symbolic link")),
        FileKind::Special => Err(NoDigest::not_regular("it is no regular file")),
    }
}

/// Files whose answers are not passed on yet, in order.
struct Window {
    files: VecDeque<Named>,
    /// The token of the first of them; tokens are reused after 2^32 files.
    first: u32,
    queue: VecDeque<Batch>,
    ends: bool,
    settled_before: Timestamp,
}

struct Named {
    path: PathBuf,
    size: u64,
    answer: Option<Result<(Digest, bool), NoDigest>>,
}

impl Window {
    fn new(ends: bool, settled_before: Timestamp) -> Self {
        Self {
            files: VecDeque::new(),
            first: 0,
            queue: VecDeque::new(),
            ends,
            settled_before,
        }
    }

    /// Adds files, and queues batches of them.
    fn add(&mut self, list: Vec<Found>) {
        let mut open = [None, None];
        for (path, found) in list {
            let token = self.first.wrapping_add(self.files.len() as u32);
            let name = path.file_name();
            let (size, answer) = match (&found, name) {
                (Ok(stat), Some(name)) => {
                    let is_partial = self.ends || stat.size <= WHOLE_LIMIT;
                    let slot = &mut open[usize::from(is_partial)];
                    let open =
                        slot.get_or_insert_with(|| OpenBatch::new(is_partial, self.settled_before));
                    let dir = path.parent().unwrap_or(Path::new(""));
                    open.push(token, dir, name, *stat);
                    if open.is_full() {
                        self.queue.extend(slot.take().map(|open| open.batch));
                    }
                    (stat.size, None)
                }
                // A path that ends in dots leads to a directory.
                (Ok(_), None) => (0, Some(Err(NoDigest::not_regular("it is a directory")))),
                (Err(_), _) => (0, found.err().map(Err)),
            };
            self.files.push_back(Named { path, size, answer });
        }
        let open = open.into_iter().flatten();
        self.queue.extend(open.map(|open| open.batch));
    }

    fn answer(&mut self, outcome: BatchOutcome) {
        for file in outcome.files {
            let at = file.token.wrapping_sub(self.first) as usize;
            let Some(named) = self.files.get_mut(at) else {
                continue;
            };
            named.answer = match file.result {
                TaskResult::Proved(Evidence::Whole(digest)) => Some(Ok((digest, true))),
                TaskResult::Proved(Evidence::Ends(ends)) => Some(Ok((ends.digest, false))),
                TaskResult::Failed(kind, message) => Some(Err(NoDigest { kind, message })),
                // Only after a cancellation, or by a fault of the worker.
                TaskResult::Undone | TaskResult::Proved(_) => Some(Err(NoDigest {
                    kind: FailureKind::Crash,
                    message: "its worker gave no answer".to_owned(),
                })),
            };
        }
    }

    /// Takes the answers that no other has to precede.
    fn ready(&mut self) -> Vec<NamedFile> {
        let mut ready = Vec::new();
        while self.files.front().is_some_and(|file| file.answer.is_some())
            && let Some(Named { path, size, answer }) = self.files.pop_front()
        {
            self.first = self.first.wrapping_add(1);
            if let Some(answer) = answer {
                let answer = answer.map(|(digest, is_whole)| NamedDigest {
                    size,
                    digest,
                    is_whole,
                });
                ready.push(NamedFile { path, answer });
            }
        }
        ready
    }
}

struct OpenBatch {
    batch: Batch,
    bytes: u64,
    dir: Option<PathBuf>,
}

impl OpenBatch {
    fn new(is_partial: bool, settled_before: Timestamp) -> Self {
        let mut batch = Batch::new(if is_partial { Job::Partial } else { Job::Full });
        batch.settled_before = settled_before;
        Self {
            batch,
            bytes: 0,
            dir: None,
        }
    }

    fn push(&mut self, token: u32, dir: &Path, name: &std::ffi::OsStr, stat: FileStat) {
        if self.dir.as_deref() != Some(dir) {
            self.batch.enter(platform::bytes_of(dir.as_os_str()));
            self.dir = Some(dir.to_owned());
        }
        let name = platform::bytes_of(name);
        self.batch.push(token, name, false, stat);
        self.bytes = self.bytes.saturating_add(stat.size);
    }

    fn is_full(&self) -> bool {
        let is_partial = self.batch.job == Job::Partial;
        self.batch.tasks.len() >= BATCH_FILES || (!is_partial && self.bytes >= BATCH_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{FileId, FileOutcome};

    fn found(name: &str, size: u64) -> Found {
        let time = Timestamp::from_nanos(1);
        let stat = FileStat {
            id: FileId { dev: 1, ino: 2 },
            kind: FileKind::Regular,
            size,
            links: 1,
            modified: time,
            changed: time,
        };
        (PathBuf::from(name), Ok(stat))
    }

    fn outcome(batch: &Batch, byte: u8) -> BatchOutcome {
        let files = batch.tasks.iter().map(|task| FileOutcome {
            token: task.token,
            result: TaskResult::Proved(Evidence::Whole(Digest::new(&[byte; 16]))),
            generation: None,
        });
        BatchOutcome {
            job: batch.job,
            files: files.collect(),
            bytes_read: 0,
        }
    }

    #[test]
    fn answers_leave_in_the_order_of_the_paths_whatever_comes_first() {
        let mut window = Window::new(false, Timestamp::MIN);
        // Tokens start again at zero in between.
        window.first = u32::MAX - 1;
        let gone = (PathBuf::from("gone"), Err(NoDigest::not_regular("gone")));
        window.add(vec![
            found("d/large", WHOLE_LIMIT + 1),
            found("d/small", 1),
            gone,
            found("e/large", WHOLE_LIMIT + 1),
        ]);
        let batches: Vec<_> = window.queue.drain(..).collect();
        let jobs: Vec<_> = batches.iter().map(|batch| batch.job).collect();
        assert_eq!(jobs, [Job::Full, Job::Partial]);
        window.answer(outcome(&batches[1], 1));
        assert!(window.ready().is_empty());
        window.answer(outcome(&batches[0], 2));
        let ready = window.ready();
        let paths: Vec<_> = ready
            .iter()
            .map(|file| file.path.to_str().unwrap())
            .collect();
        assert_eq!(paths, ["d/large", "d/small", "gone", "e/large"]);
        let first = |file: &NamedFile| file.answer.as_ref().ok().map(|a| a.digest.as_bytes()[0]);
        let bytes: Vec<_> = ready.iter().map(first).collect();
        assert_eq!(bytes, [Some(2), Some(1), None, Some(2)]);
        assert!(window.files.is_empty());
    }

    #[test]
    fn batches_are_closed_by_files_and_by_bytes() {
        let mut window = Window::new(false, Timestamp::MIN);
        window.add((0..150).map(|at| found(&format!("{at}"), 5)).collect());
        let sizes: Vec<_> = window.queue.drain(..).map(|b| b.tasks.len()).collect();
        assert_eq!(sizes, [64, 64, 22]);
        window.add(
            (0..3)
                .map(|at| found(&format!("{at}"), BATCH_BYTES))
                .collect(),
        );
        assert_eq!(window.queue.len(), 3);
        let mut ends = Window::new(true, Timestamp::MIN);
        ends.add(
            (0..3)
                .map(|at| found(&format!("{at}"), BATCH_BYTES))
                .collect(),
        );
        assert_eq!(ends.queue.len(), 1);
    }
}
