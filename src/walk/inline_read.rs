//! Reads small files during the walk.
//!
//! A walk has to query every file by name, and a worker has to find the file by
//! its name again to open it. Where nearly all files are going to be read
//! anyway, opening them at once costs less: the metadata of an open file costs
//! a fifth, and content in memory is read on the same occasion. Content that is
//! not in memory is left to the workers, which keep a disk busy. This takes
//! 0.75 of the processor time of a scan of many small files.
//!
//! Only files of a size that was seen before are read, so that files of
//! different sizes are still never compared.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::backoff::{Backoff, Sizes};
use super::batch_sender::BatchSender;
use super::clock_guard::ClockGuard;
use super::dir::Dir;
use crate::config::HashAlgorithm;
use crate::hash::Hasher;
use crate::io::Pread;
use crate::platform::{self, NativeDir};
use crate::types::{FileKind, FileStat, Heartbeat, Timestamp, WHOLE_LIMIT, WalkBatch};
use crate::worker::{GuardedReader, WriteGuard};

/// Number of bytes that are kept before they are hashed: enough small files for
/// each lane of a vector to have one at all times, and few enough bytes to stay
/// in a processor's second-level cache.
const BUFFER_SIZE: usize = 64 * 1024;

/// Each file begins at a cache line.
const CACHE_LINE: usize = 64;

/// Files up to this size are read.
const MAX_SIZE: usize = WHOLE_LIMIT as usize;

/// The inline readers of all threads of the walk.
pub(super) struct InlineReaders {
    algorithm: HashAlgorithm,
    sizes: Sizes,
    idle: Mutex<Vec<InlineReader>>,
    /// See [`Batch::settled_before`](crate::types::Batch::settled_before).
    settled_before: Timestamp,
    wants_generations: bool,
    start: ClockGuard,
}

impl InlineReaders {
    pub(super) fn new(algorithm: HashAlgorithm, settled_before: Timestamp) -> Self {
        Self {
            algorithm,
            sizes: Sizes::with_max(WHOLE_LIMIT),
            idle: Mutex::default(),
            settled_before,
            wants_generations: false,
            start: ClockGuard::now(),
        }
    }

    /// Asks for the generations of inodes that are read.
    pub(super) fn with_generations(self, wants_generations: bool) -> Self {
        Self {
            wants_generations,
            ..self
        }
    }

    /// Simulates a clock that was set back since the start.
    #[cfg(test)]
    pub(super) fn with_clock_set_back(self, by: std::time::Duration) -> Self {
        Self {
            start: self.start.ahead(by),
            ..self
        }
    }

    /// Takes a reader.
    pub(super) fn acquire(&self) -> InlineReader {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.pop().unwrap_or_else(|| InlineReader::new(self))
    }

    /// Returns a reader.
    pub(super) fn release(&self, reader: InlineReader) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(reader);
    }

    /// Sends the batches of all idle readers.
    pub(super) fn send_all(&self, sender: &BatchSender) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.iter_mut().for_each(|reader| reader.send(self, sender));
    }

    /// Records the size of a file. Returns true if another file may have the
    /// same content.
    fn may_have_duplicate(&self, stat: &FileStat) -> bool {
        // A file with several names may have been read under another one.
        is_small(stat) && self.sizes.insert(stat.size) && stat.links == 1
    }
}

/// Result of inspecting a file.
pub(super) enum Inspected {
    /// It is no regular file, or no longer one.
    NotRegular,
    /// Its metadata does not match.
    FilteredOut,
    /// It was not read.
    Unread(FileStat),
    /// It was read.
    Read(FileStat),
}

/// Files that one thread has found and not sent yet.
pub(super) struct InlineReader {
    reader: GuardedReader,
    hasher: Hasher,
    buffer: Vec<u8>,
    filled: usize,
    /// The files of the batch that were read and not hashed yet, and their
    /// bytes.
    read: Vec<(usize, Range<usize>)>,
    /// The batch to send.
    pub(super) batch: WalkBatch,
    backoff: Backoff,
    /// The proof for the previous file, if that was read.
    previous: Option<WriteGuard>,
    /// The device of the last directory, and true if it is a local disk: then
    /// opening a file there causes no remote access.
    device: Option<(u64, bool)>,
}

impl InlineReader {
    fn new(readers: &InlineReaders) -> Self {
        let mut reader = GuardedReader::new(Box::new(Pread::new()), Heartbeat::default());
        reader.settled_before = readers.settled_before;
        reader.wants_generations = readers.wants_generations;
        Self {
            reader,
            hasher: Hasher::new(readers.algorithm),
            buffer: Vec::new(),
            filled: 0,
            read: Vec::new(),
            batch: WalkBatch::default(),
            backoff: Backoff::default(),
            previous: None,
            device: None,
        }
    }

    /// Returns true if the next file of a directory is to be opened at once.
    pub(super) fn should_open(&mut self, dir: &Dir, open: &NativeDir) -> bool {
        self.backoff.is_open() && self.is_on_local_disk(dir, open)
    }

    fn is_on_local_disk(&mut self, dir: &Dir, open: &NativeDir) -> bool {
        match self.device {
            Some((number, is_local_disk)) if number == dir.id.dev => is_local_disk,
            _ => {
                let is_local_disk = platform::is_on_local_disk(open);
                self.device = Some((dir.id.dev, is_local_disk));
                is_local_disk
            }
        }
    }

    /// Records a file that was not opened; `matches` if it takes part.
    pub(super) fn record_seen(&mut self, readers: &InlineReaders, stat: &FileStat, matches: bool) {
        self.backoff
            .record(matches && readers.may_have_duplicate(stat));
    }

    /// Records a file that could not be opened.
    pub(super) fn record_open_error(&mut self, error: &io::Error) {
        if platform::is_out_of_descriptors(error) {
            self.backoff.record_miss();
        } else {
            self.backoff.record(false);
        }
    }

    /// Inspects an open file, and reads it if it takes part and that pays off.
    /// `is_quiet` is true if a read does not change its access time.
    ///
    /// Only files that can be guarded at once are read: settled ones, and those
    /// on which a lease is granted. For them one stat after the read is enough.
    /// Two stats in a row prove less about a file that is just being written.
    ///
    /// # Errors
    ///
    /// If the system cannot stat the file.
    pub(super) fn inspect(
        &mut self,
        readers: &InlineReaders,
        file: &File,
        is_quiet: bool,
        matches: impl FnOnce(&FileStat) -> bool,
    ) -> io::Result<Inspected> {
        // Reading first, with one stat afterwards, costs 5 % less. It is tried
        // if the previous file was read.
        let previous = self.previous.take();
        let is_leased = previous == Some(WriteGuard::Lease) && self.reader.try_lease(file);
        let reads_first = is_quiet && (previous == Some(WriteGuard::Settled) || is_leased);
        let early_read = reads_first.then(|| self.read_now(file, MAX_SIZE)).flatten();
        let stat = self.reader.stat(file)?;
        if stat.kind != FileKind::Regular || stat.links == 0 {
            return Ok(Inspected::NotRegular);
        }
        if !matches(&stat) {
            self.backoff.record(false);
            return Ok(Inspected::FilteredOut);
        }
        if !readers.may_have_duplicate(&stat) {
            self.backoff.record(false);
            return Ok(Inspected::Unread(stat));
        }
        let size = stat.size as usize;
        let guard = self.reader.guard_at_once(file, &stat, is_leased);
        let is_read = guard.is_some_and(|guard| match early_read {
            // The guard held before the read, and the stat came after it.
            Some(length) if guard == WriteGuard::Settled || is_leased => {
                length == size && self.reader.still_guarded(file, guard).is_ok()
            }
            _ => {
                self.read_now(file, size) == Some(size)
                    && self.reader.confirm(file, &stat, guard).is_ok()
            }
        });
        if !is_read {
            // A worker will have to open it again.
            self.backoff.record_miss();
            return Ok(Inspected::Unread(stat));
        }
        self.backoff.record(true);
        self.previous = guard;
        Ok(Inspected::Read(stat))
    }

    /// Reads this many bytes, at most [`MAX_SIZE`], of content in memory. Returns
    /// the number of bytes read, or None if that is not possible.
    fn read_now(&mut self, file: &File, most: usize) -> Option<usize> {
        if self.buffer.is_empty() {
            self.buffer = vec![0; BUFFER_SIZE];
        }
        let room = self.buffer.get_mut(self.filled..self.filled + most)?;
        self.reader.read_start_now(file, room)
    }

    /// Keeps the bytes read last, for the file that is added to the batch next.
    pub(super) fn keep(&mut self, file: &File, stat: &FileStat) {
        let end = self.filled + stat.size as usize;
        let at = self.batch.files.len();
        self.read.push((at, self.filled..end));
        let generation = self.reader.generation(file, stat);
        self.batch
            .generations
            .extend(generation.map(|generation| (at, generation)));
        self.filled = end.next_multiple_of(CACHE_LINE);
        if self.filled + MAX_SIZE > BUFFER_SIZE {
            self.hash();
        }
    }

    /// Returns true if no file of the batch was read.
    pub(super) fn has_read_nothing(&self) -> bool {
        self.read.is_empty() && self.batch.contents.is_empty()
    }

    /// Sends the batch, with the digests of the files that were read.
    pub(super) fn send(&mut self, readers: &InlineReaders, sender: &BatchSender) {
        self.hash();
        if !self.batch.contents.is_empty() && readers.start.was_set_back(&ClockGuard::now()) {
            // The files may not have been settled then. The workers read them
            // all again.
            self.batch.contents.clear();
        }
        sender.send(&mut self.batch);
    }

    fn hash(&mut self) {
        let inputs = self.read.iter().map(|(_, span)| &self.buffer[span.clone()]);
        let digests = self.hasher.hash_each(&inputs.collect::<Vec<_>>());
        let indices = self.read.drain(..).map(|(at, _)| at);
        self.batch.contents.extend(indices.zip(digests));
        self.filled = 0;
    }
}

fn is_small(stat: &FileStat) -> bool {
    (1..=WHOLE_LIMIT).contains(&stat.size)
}

#[cfg(test)]
#[path = "inline_read_tests.rs"]
mod tests;
