//! Hashes small files, and both ends of larger ones: many at a time.
//!
//! The first pass opens the files of a batch and reads the data in memory.
//! Other data is on its way from the disk then, and the second pass waits for
//! it: a disk can choose among all requests of the batch, whatever the number
//! of workers, while a cached file costs four system calls.
//!
//! If most of a batch was not in memory, the reads of the next one go to the
//! kernel together: requests for neighbouring blocks become one.

use std::fs::File;
use std::io;
use std::ops::Range;

use super::Worker;
use super::guarded_reader::WriteGuard;
use super::scratch::{CHUNK, Scratch};
use crate::io::ReadInto;
use crate::types::{
    Batch, END_BLOCK, Ends, Evidence, FileStat, SHARE_LIMIT, Task, TaskResult, WHOLE_LIMIT,
    partial_bytes,
};

/// Bytes in a cache line.
const CACHE_LINE: usize = 64;

/// One read of a file: an offset, and a range of the buffer.
type ReadRange = (u64, Range<usize>);

/// A file with data still to come.
struct Waiting<'a> {
    at: usize,
    task: &'a Task,
    file: File,
    span: Range<usize>,
}

/// A file that was read and is not hashed yet.
struct Read {
    at: usize,
    span: Range<usize>,
    whole: bool,
    state: State,
}

/// Other facts about a file that was read.
#[derive(Clone, Copy)]
struct State {
    is_settled: bool,
    /// Hint to the blocks that it shares, if it shares all of them.
    hint: Option<u64>,
    shared_bytes: u64,
    generation: Option<u32>,
}

/// Result of the first pass over a file.
enum FirstPass {
    /// Data is still to come.
    Incomplete(File),
    /// All data was in memory.
    Complete(State),
}

/// Options of the first pass over a file.
#[derive(Clone, Copy)]
struct FirstPassOptions {
    /// True if it is opened in the directory that the walk listed.
    is_known: bool,
    /// True if it is only opened, to be read together with others.
    together: bool,
}

/// Progress of a batch.
struct BatchProgress<'a> {
    results: Vec<TaskResult>,
    waiting: Vec<Waiting<'a>>,
    read: Vec<Read>,
    /// Number of bytes of the buffer in use.
    filled: usize,
    /// Number of files that were not in memory.
    missing: usize,
}

impl BatchProgress<'_> {
    fn new(batch: &Batch) -> Self {
        Self {
            results: vec![TaskResult::Undone; batch.tasks.len()],
            waiting: Vec::new(),
            read: Vec::with_capacity(batch.tasks.len()),
            filled: 0,
            missing: 0,
        }
    }
}

impl Worker {
    pub(super) fn hash_parts(&mut self, batch: &Batch) -> Vec<TaskResult> {
        let mut progress = BatchProgress::new(batch);
        self.first_pass(&mut progress, batch);
        self.second_pass(&mut progress);
        if !self.is_cold {
            self.is_cold = progress.missing > batch.tasks.len() / 2;
        }
        progress.results
    }

    /// The first pass over all files.
    fn first_pass<'a>(&mut self, progress: &mut BatchProgress<'a>, batch: &'a Batch) {
        self.scratch.buffer.allocate();
        let mut at = 0;
        for run in batch.by_directory() {
            // A hang or a panic from here on is attributed to this file.
            self.reader.heartbeat.start_task(at);
            self.reader.io.enter(run.dir, run.tasks.len());
            let is_known = run.id.is_some_and(|id| self.reader.io.is_in(id));
            // The first file shows if that is available here.
            let mut together = false;
            for task in run.tasks {
                let end = progress.filled + partial_bytes(task.expected.size) as usize;
                if end > CHUNK || progress.waiting.len() >= self.max_open_files {
                    self.second_pass(progress);
                }
                self.reader.heartbeat.start_task(at);
                // A symbolic link may lead anywhere by now.
                let is_known = is_known && !task.follow;
                let options = FirstPassOptions { is_known, together };
                self.first_pass_of(progress, batch, task, at, options);
                together = self.is_cold && self.reader.io.can_read_together();
                at += 1;
            }
        }
    }

    /// The first pass over one file.
    fn first_pass_of<'a>(
        &mut self,
        progress: &mut BatchProgress<'a>,
        batch: &Batch,
        task: &'a Task,
        at: usize,
        options: FirstPassOptions,
    ) {
        let size = task.expected.size;
        let span = progress.filled..progress.filled + partial_bytes(size) as usize;
        let result = self.catch_panic(|worker| worker.begin(batch, task, options, &span));
        match result {
            Ok(result) => {
                // The next file begins at a cache line: see the alignment of
                // the buffer.
                progress.filled = span.end.next_multiple_of(CACHE_LINE);
                match result {
                    FirstPass::Incomplete(file) => {
                        progress.missing += 1;
                        progress.waiting.push(Waiting {
                            at,
                            task,
                            file,
                            span,
                        });
                    }
                    FirstPass::Complete(state) => {
                        progress.read.push(Read::new(at, task, span, state));
                    }
                }
            }
            Err(result) => progress.results[at] = result,
        }
    }

    /// Opens a file and reads the data in memory. Returns the file if that is
    /// not all.
    ///
    /// If the file is in the directory that the walk listed, nobody can have
    /// put other directories and their devices in its place, and a FIFO or
    /// socket cannot be read at an offset: so reading first and checking once,
    /// afterwards, is safe. Elsewhere nothing is read before the file is
    /// checked.
    fn begin(
        &mut self,
        batch: &Batch,
        task: &Task,
        options: FirstPassOptions,
        span: &Range<usize>,
    ) -> Result<FirstPass, TaskResult> {
        let file = self.reader.open(batch, task)?;
        if !options.is_known {
            self.reader.check_unchanged(&file, &task.expected)?;
        }
        if options.together {
            return Ok(FirstPass::Incomplete(file));
        }
        let guard = self.reader.guard_against_writes(&file, &task.expected)?;
        let mut complete = true;
        for (offset, part) in read_ranges(task.expected.size, span) {
            let wanted = part.len();
            let result = self
                .reader
                .io
                .read_now(&file, &mut self.scratch.buffer[part], offset);
            self.reader.heartbeat.beat();
            match result {
                Ok(filled) if filled == wanted => {}
                Ok(_) => complete = false,
                Err(error) if must_wait(&error) => complete = false,
                Err(error) => {
                    return Err(self.reader.changed_or_failed(&file, &task.expected, &error));
                }
            }
        }
        if !complete {
            // Others may write to it until the second pass.
            if guard == WriteGuard::Lease {
                self.reader.io.release_lease(&file);
            }
            return Ok(FirstPass::Incomplete(file));
        }
        self.reader.count(span.len());
        Ok(FirstPass::Complete(self.conclude_parts(
            &file,
            &task.expected,
            guard,
        )?))
    }

    /// The second pass, and the hashing of all files that were read.
    fn second_pass(&mut self, progress: &mut BatchProgress<'_>) {
        let mut guards = Vec::new();
        if self.is_cold && self.reader.io.can_read_together() {
            guards = self.guard_waiting(progress);
        }
        let is_read = if guards.is_empty() {
            Vec::new()
        } else {
            let together = self.catch_panic(|worker| Ok(worker.read_waiting(&progress.waiting)));
            together.unwrap_or_default()
        };
        for (index, waiting) in progress.waiting.drain(..).enumerate() {
            self.reader.heartbeat.start_task(waiting.at);
            let finished = self.catch_panic(|worker| {
                let (file, expected) = (&waiting.file, &waiting.task.expected);
                let guard = match guards.get(index) {
                    Some(guard) => *guard,
                    None => worker.reader.guard_against_writes(file, expected)?,
                };
                if is_read.get(index) == Some(&true) {
                    worker.reader.count(waiting.span.len());
                } else {
                    worker.read_remaining(&waiting)?;
                }
                worker.conclude_parts(file, expected, guard)
            });
            match finished {
                Ok(state) => {
                    let Waiting { at, task, span, .. } = waiting;
                    progress.read.push(Read::new(at, task, span, state));
                }
                Err(result) => progress.results[waiting.at] = result,
            }
        }
        self.hash_together(progress);
        progress.read.clear();
        progress.filled = 0;
    }

    /// Guards all files that are about to be read together. Those that cannot
    /// be guarded are no longer waited for.
    fn guard_waiting(&mut self, progress: &mut BatchProgress<'_>) -> Vec<WriteGuard> {
        let mut guards = Vec::with_capacity(progress.waiting.len());
        let results = &mut progress.results;
        progress.waiting.retain(|waiting| {
            self.reader.heartbeat.start_task(waiting.at);
            let held = self.catch_panic(|worker| {
                worker
                    .reader
                    .guard_against_writes(&waiting.file, &waiting.task.expected)
            });
            match held {
                Ok(guard) => guards.push(guard),
                Err(result) => {
                    results[waiting.at] = result;
                    return false;
                }
            }
            true
        });
        guards
    }

    /// Reads all data to come together. Returns true for each file that is
    /// complete.
    fn read_waiting(&mut self, waiting: &[Waiting<'_>]) -> Vec<bool> {
        let mut reads = Vec::with_capacity(waiting.len());
        let mut owners = Vec::with_capacity(waiting.len());
        // The ranges of the buffer follow one another as the files do.
        let (mut rest, mut at) = (&mut self.scratch.buffer[..], 0);
        for (owner, waiting) in waiting.iter().enumerate() {
            for (offset, part) in read_ranges(waiting.task.expected.size, &waiting.span) {
                let (_, tail) = std::mem::take(&mut rest).split_at_mut(part.start - at);
                let (here, tail) = tail.split_at_mut(part.len());
                (rest, at) = (tail, part.end);
                reads.push(ReadInto::new(&waiting.file, here, offset));
                owners.push(owner);
            }
        }
        let heartbeat = &self.reader.heartbeat;
        let mut turn = |first: usize| heartbeat.start_task(waiting[owners[first]].at);
        let at_once = self.reader.io.read_together(&mut reads, &mut turn);
        self.is_cold = at_once < reads.len() / 2;
        let mut is_read = vec![true; waiting.len()];
        for (mut read, owner) in reads.into_iter().zip(owners) {
            let all = matches!(read.take(), Some(Ok(length)) if length == read.buffer.len());
            is_read[owner] &= all;
        }
        is_read
    }

    fn hash_together(&mut self, progress: &mut BatchProgress<'_>) {
        let hashed = self.catch_panic(|worker| {
            let Scratch { buffer, hasher, .. } = &mut worker.scratch;
            let spans = progress.read.iter().map(|read| &buffer[read.span.clone()]);
            Ok(hasher.hash_each(&spans.collect::<Vec<_>>()))
        });
        match hashed {
            Ok(digests) => {
                for (read, digest) in progress.read.iter().zip(digests) {
                    self.set_generation(read.at, read.state.generation);
                    progress.results[read.at] = TaskResult::Proved(if read.whole {
                        Evidence::Whole(digest)
                    } else {
                        Evidence::Ends(Ends {
                            digest,
                            is_settled: read.state.is_settled,
                            hint: read.state.hint,
                            shared_bytes: read.state.shared_bytes,
                        })
                    });
                }
            }
            Err(result) => {
                for read in &progress.read {
                    progress.results[read.at] = result.clone();
                }
            }
        }
    }

    /// Reads all of a file that has data to come.
    fn read_remaining(&mut self, waiting: &Waiting<'_>) -> Result<(), TaskResult> {
        let expected = &waiting.task.expected;
        for (offset, part) in read_ranges(expected.size, &waiting.span) {
            let buffer = &mut self.scratch.buffer[part];
            self.reader.fill(&waiting.file, expected, buffer, offset)?;
        }
        Ok(())
    }

    /// Confirms a file that was read, and only then queries where it is stored.
    fn conclude_parts(
        &mut self,
        file: &File,
        expected: &FileStat,
        guard: WriteGuard,
    ) -> Result<State, TaskResult> {
        self.reader.confirm(file, expected, guard)?;
        let is_settled = guard == WriteGuard::Settled;
        let generation = self.reader.generation(file, expected);
        if expected.size < SHARE_LIMIT {
            return Ok(State {
                is_settled,
                hint: None,
                shared_bytes: 0,
                generation,
            });
        }
        let blocks = self.reader.io.shared_blocks(file, expected, false);
        Ok(State {
            is_settled,
            hint: blocks.hint().filter(|_| is_settled),
            shared_bytes: blocks.bytes_of(expected.size),
            generation,
        })
    }
}

impl Read {
    fn new(at: usize, task: &Task, span: Range<usize>, state: State) -> Self {
        Self {
            at,
            span,
            state,
            whole: task.expected.size <= WHOLE_LIMIT,
        }
    }
}

/// Returns true if an error only means that there was no time to wait.
fn must_wait(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

/// The reads for a file of this size, into the part of the buffer that it was
/// given.
fn read_ranges(size: u64, span: &Range<usize>) -> impl Iterator<Item = ReadRange> + use<> {
    let Range { start, end } = *span;
    let middle = start + (end - start).min(END_BLOCK);
    let (head, tail) = if size <= WHOLE_LIMIT {
        ((0, start..end), None)
    } else {
        let tail = (size - END_BLOCK as u64, middle..end);
        ((0, start..middle), Some(tail))
    };
    std::iter::once(head).chain(tail)
}

#[cfg(test)]
#[path = "partial_tests.rs"]
mod tests;
