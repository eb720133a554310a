//! Reading small files while they are looked at.
//!
//! A walk has to ask by name what every file is, and a worker has to find the
//! file by its name again to open it. Where nearly all files are going to be
//! read anyway it takes less to open them at once: of an open file the system
//! tells what it is for a fifth of the price, and what is in memory is read on
//! the way. What is not in memory is left to the workers, who know how to keep
//! a disk busy. That takes 0.75 of the processor time of a scan of many small
//! files.
//!
//! Only files of a size that was met before are taken in, so that it stays
//! true that files of different sizes are never compared.

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
use crate::platform::{self, Lease, NativeDir};
use crate::types::{FileKind, FileStat, Timestamp, WHOLE_LIMIT, WalkBatch};

/// How many bytes are kept before they are hashed: enough small files for
/// each lane of a vector to have one at all times, and few enough bytes to
/// stay in a processor's second cache.
const ROOM: usize = 64 * 1024;

/// Each file begins with a line of the processor's cache.
const LINE: usize = 64;

/// Files up to this size are read.
const LIMIT: usize = WHOLE_LIMIT as usize;

/// What all that walk peek with.
pub(super) struct InlineReaders {
    algorithm: HashAlgorithm,
    sizes: Sizes,
    idle: Mutex<Vec<InlineReader>>,
    /// See [`Batch::settled_before`](crate::types::Batch::settled_before).
    settled_before: Timestamp,
    start: ClockGuard,
}

impl InlineReaders {
    pub(super) fn new(algorithm: HashAlgorithm, settled_before: Timestamp) -> Self {
        Self {
            algorithm,
            sizes: Sizes::up_to(WHOLE_LIMIT),
            idle: Mutex::default(),
            settled_before,
            start: ClockGuard::now(),
        }
    }

    /// As if the clock was set back since the start.
    #[cfg(test)]
    pub(super) fn set_back(self, by: std::time::Duration) -> Self {
        Self {
            start: self.start.ahead(by),
            ..self
        }
    }

    /// Something to peek with.
    pub(super) fn take(&self) -> InlineReader {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.pop()
            .unwrap_or_else(|| InlineReader::new(self.algorithm))
    }

    /// Takes it back.
    pub(super) fn put(&self, reader: InlineReader) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(reader);
    }

    /// Sends what nobody is working on.
    pub(super) fn send_all(&self, sender: &BatchSender) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.iter_mut().for_each(|reader| reader.send(self, sender));
    }

    /// Whether a file can have company in its class.
    fn has_company(&self, stat: &FileStat) -> bool {
        // Of files with several names one may have been read under another.
        is_small(stat) && self.sizes.meet(stat.size) && stat.links == 1
    }
}

/// What is known of a device.
#[derive(Debug, Clone, Copy)]
struct Device {
    number: u64,
    /// See [`platform::is_on_local_disk`]: where that is so, to open a file fetches
    /// nothing from afar either.
    is_local_disk: bool,
}

/// What became of a file that was looked at.
pub(super) enum Inspected {
    /// It is no regular file, or no longer one.
    Special,
    /// Its metadata keep it out.
    TakesNoPart,
    /// It was not read.
    At(FileStat),
    /// It was.
    Read(FileStat),
}

/// One thread's files that were met and are yet to be sent.
pub(super) struct InlineReader {
    hasher: Hasher,
    buffer: Vec<u8>,
    filled: usize,
    /// Which files of the batch were read and not hashed yet, and their bytes.
    read: Vec<(usize, Range<usize>)>,
    /// The files.
    pub(super) batch: WalkBatch,
    backoff: Backoff,
    /// How the file before was read.
    before: Option<Proof>,
    device: Option<Device>,
}

/// How it is known that nobody wrote to a file while it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// It changed last so long ago that another change would show in its
    /// times.
    Settled,
    /// A lease was held on it.
    Lease,
}

impl InlineReader {
    fn new(algorithm: HashAlgorithm) -> Self {
        Self {
            hasher: Hasher::new(algorithm),
            buffer: Vec::new(),
            filled: 0,
            read: Vec::new(),
            batch: WalkBatch::default(),
            backoff: Backoff::default(),
            before: None,
            device: None,
        }
    }

    /// Whether to open the next file of a directory at once.
    pub(super) fn should_open(&mut self, dir: &Dir, open: &NativeDir) -> bool {
        self.backoff.is_open() && self.device(dir, open).is_local_disk
    }

    fn device(&mut self, dir: &Dir, open: &NativeDir) -> Device {
        match self.device {
            Some(device) if device.number == dir.id.dev => device,
            _ => *self.device.insert(Device {
                number: dir.id.dev,
                is_local_disk: platform::is_on_local_disk(open),
            }),
        }
    }

    /// Takes notice of a file that was only looked at, if it `takes` part.
    pub(super) fn met(&mut self, readers: &InlineReaders, stat: &FileStat, takes: bool) {
        self.backoff.tell(takes && readers.has_company(stat));
    }

    /// Takes notice of a file that could not be opened.
    pub(super) fn failed(&mut self, error: &io::Error) {
        if platform::is_out_of_descriptors(error) {
            self.backoff.missed();
        } else {
            self.backoff.tell(false);
        }
    }

    /// Looks at an open file, and reads it if it takes part and is worth it.
    /// `is_quiet` tells that a read leaves no trace in its access time.
    ///
    /// Only settled files are taken, and those of which a lease is to be had:
    /// for them one look after the read is enough. Two looks in a row tell less
    /// of a file that is just being written. Both go for the local disk that the
    /// directory is on: another file system can be mounted on a file, and may
    /// tell a size that is wrong, or have writers that no lease tells of.
    ///
    /// # Errors
    ///
    /// When the system does not tell what it is.
    pub(super) fn look(
        &mut self,
        readers: &InlineReaders,
        file: &File,
        is_quiet: bool,
        takes: impl FnOnce(&FileStat) -> bool,
    ) -> io::Result<Inspected> {
        // To read first and look once costs less by 5 %. That is tried where
        // the file before was read.
        let before = self.before.take();
        let mut is_leased = before == Some(Proof::Lease) && has_lease(file);
        let reads_first = is_quiet && (before == Some(Proof::Settled) || is_leased);
        let at_first = reads_first.then(|| self.read_now(file, LIMIT)).flatten();
        let stat = platform::stat_file(file)?;
        if stat.kind != FileKind::Regular || stat.links == 0 {
            return Ok(Inspected::Special);
        }
        if !takes(&stat) {
            self.backoff.tell(false);
            return Ok(Inspected::TakesNoPart);
        }
        if !readers.has_company(&stat) {
            self.backoff.tell(false);
            return Ok(Inspected::At(stat));
        }
        let is_here = self.is_on_local_disk(&stat);
        let is_settled = is_here && stat.changed < readers.settled_before;
        is_leased &= is_here;
        let size = stat.size as usize;
        let is_read = if at_first.is_some() && (is_settled || is_leased) {
            at_first == Some(size)
        } else {
            is_leased = is_leased || is_here && !is_settled && has_lease(file);
            (is_settled || is_leased)
                && self.read_now(file, size) == Some(size)
                && stat.unchanged_in(&platform::stat_file(file)?)
        };
        // The last word: until here nobody wanted to write to it.
        if !is_read || is_leased && !platform::holds_lease(file) {
            // A worker will have to open it again.
            self.backoff.missed();
            return Ok(Inspected::At(stat));
        }
        self.backoff.tell(true);
        self.before = Some(if is_leased {
            Proof::Lease
        } else {
            Proof::Settled
        });
        Ok(Inspected::Read(stat))
    }

    /// Is a file on the local disk that its directory is on?
    fn is_on_local_disk(&self, stat: &FileStat) -> bool {
        self.device
            .is_some_and(|device| device.is_local_disk && device.number == stat.id.dev)
    }

    /// Reads so many bytes, at most [`LIMIT`], of what is in memory; tells how
    /// many came, if that could be done.
    fn read_now(&mut self, file: &File, most: usize) -> Option<usize> {
        if self.buffer.is_empty() {
            self.buffer = vec![0; ROOM];
        }
        let room = self.buffer.get_mut(self.filled..self.filled + most)?;
        platform::read_now(file, room, 0).ok()
    }

    /// Keeps what was read last, of the file that is put in the batch next.
    pub(super) fn keep(&mut self, size: u64) {
        let end = self.filled + size as usize;
        self.read.push((self.batch.files.len(), self.filled..end));
        self.filled = end.next_multiple_of(LINE);
        if self.filled + LIMIT > ROOM {
            self.hash();
        }
    }

    /// Whether no file of the batch was read.
    pub(super) fn has_read_nothing(&self) -> bool {
        self.read.is_empty() && self.batch.contents.is_empty()
    }

    /// Sends what was met, with the digests of what was read.
    pub(super) fn send(&mut self, readers: &InlineReaders, sender: &BatchSender) {
        self.hash();
        if !self.batch.contents.is_empty() && readers.start.were_set_back(&ClockGuard::now()) {
            // Whether a file was settled is not known then. The workers will
            // read them all again.
            self.batch.contents.clear();
        }
        sender.send(&mut self.batch);
    }

    fn hash(&mut self) {
        let inputs = self.read.iter().map(|(_, span)| &self.buffer[span.clone()]);
        let digests = self.hasher.hash_each(&inputs.collect::<Vec<_>>());
        let places = self.read.drain(..).map(|(at, _)| at);
        self.batch.contents.extend(places.zip(digests));
        self.filled = 0;
    }
}

fn has_lease(file: &File) -> bool {
    platform::take_lease(file) == Lease::Held
}

fn is_small(stat: &FileStat) -> bool {
    (1..=WHOLE_LIMIT).contains(&stat.size)
}

#[cfg(test)]
#[path = "inline_read_tests.rs"]
mod tests;
