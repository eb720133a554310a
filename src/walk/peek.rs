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
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::dir::Dir;
use super::moment::Moment;
use super::sink::Sink;
use super::worth::{Sizes, Worth};
use crate::config::HashAlgorithm;
use crate::hash::Hasher;
use crate::model::{FileKind, FileStat, WHOLE_LIMIT, WalkBatch};
use crate::sys;

/// How many bytes are kept before they are hashed: enough small files for
/// each lane of a vector to have one at all times, and few enough bytes to
/// stay in a processor's second cache.
const ROOM: usize = 64 * 1024;

/// Each file begins with a line of the processor's cache.
const LINE: usize = 64;

/// Files up to this size are read.
const LIMIT: usize = WHOLE_LIMIT as usize;

/// What all that walk peek with.
pub(super) struct Peeks {
    algorithm: HashAlgorithm,
    sizes: Sizes,
    idle: Mutex<Vec<Peek>>,
    now: fn() -> Moment,
}

impl Peeks {
    pub(super) fn new(algorithm: HashAlgorithm) -> Self {
        Self {
            algorithm,
            sizes: Sizes::up_to(WHOLE_LIMIT),
            idle: Mutex::default(),
            now: Moment::now,
        }
    }

    /// With another idea of what is long ago.
    #[cfg(test)]
    pub(super) fn at(self, now: fn() -> Moment) -> Self {
        Self { now, ..self }
    }

    /// Something to peek with.
    pub(super) fn take(&self) -> Peek {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.pop()
            .unwrap_or_else(|| Peek::new(self.algorithm, self.now))
    }

    /// Takes it back.
    pub(super) fn put(&self, peek: Peek) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(peek);
    }

    /// Sends what nobody is working on.
    pub(super) fn send_all(&self, sink: &Sink) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.iter_mut().for_each(|peek| peek.send(sink));
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
    /// See [`sys::stamps_by_our_clock`]: where that is so, to open a file
    /// fetches nothing from afar either.
    is_in_time: bool,
}

/// What became of a file that was looked at.
pub(super) enum Looked {
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
pub(super) struct Peek {
    hasher: Hasher,
    buffer: Vec<u8>,
    filled: usize,
    /// Which files of the batch were read and not hashed yet, and their bytes.
    read: Vec<(usize, Range<usize>)>,
    /// The files.
    pub(super) batch: WalkBatch,
    /// When the first of those that were read was read, or before.
    since: Moment,
    worth: Worth,
    /// Whether the next file is expected to be read.
    reads_first: bool,
    device: Option<Device>,
    now: fn() -> Moment,
}

impl Peek {
    fn new(algorithm: HashAlgorithm, now: fn() -> Moment) -> Self {
        Self {
            hasher: Hasher::new(algorithm),
            buffer: Vec::new(),
            filled: 0,
            read: Vec::new(),
            batch: WalkBatch::default(),
            since: now(),
            worth: Worth::default(),
            reads_first: false,
            device: None,
            now,
        }
    }

    /// Whether to open the next file of a directory at once.
    pub(super) fn is_worth_it(&mut self, dir: &Dir) -> bool {
        self.worth.is_given() && self.device(dir).is_in_time
    }

    fn device(&mut self, dir: &Dir) -> Device {
        match self.device {
            Some(device) if device.number == dir.id.dev => device,
            _ => *self.device.insert(Device {
                number: dir.id.dev,
                is_in_time: sys::stamps_by_our_clock(Path::new(sys::os_str(&dir.path))),
            }),
        }
    }

    /// Takes notice of a file that was only looked at, if it `takes` part.
    pub(super) fn met(&mut self, peeks: &Peeks, stat: &FileStat, takes: bool) {
        self.worth.tell(takes && peeks.has_company(stat));
    }

    /// Takes notice of a file that could not be opened.
    pub(super) fn failed(&mut self, error: &io::Error) {
        if sys::is_out_of_descriptors(error) {
            self.worth.missed();
        } else {
            self.worth.tell(false);
        }
    }

    /// Looks at an open file, and reads it if it takes part and is worth it.
    /// `is_quiet` tells that a read leaves no trace in its access time.
    ///
    /// Only files that nobody has written to for long are taken: there the look
    /// after the read tells that nothing happened during it. Two looks in a
    /// row tell less of a file that is just being written: its times move in
    /// ticks, and before the bytes do.
    ///
    /// # Errors
    ///
    /// When the system does not tell what it is.
    pub(super) fn look(
        &mut self,
        peeks: &Peeks,
        file: &File,
        is_quiet: bool,
        takes: impl FnOnce(&FileStat) -> bool,
    ) -> io::Result<Looked> {
        if self.has_read_nothing() {
            self.since = (self.now)();
        }
        // To read first and look once costs less by 5 %. That is tried where
        // the file before was read.
        let at_first = (self.reads_first && is_quiet).then(|| self.read_now(file, LIMIT));
        self.reads_first = false;
        let stat = sys::stat_file(file)?;
        if stat.kind != FileKind::Regular || stat.links == 0 {
            return Ok(Looked::Special);
        }
        let takes_part = takes(&stat);
        let not_read = if takes_part {
            Looked::At(stat)
        } else {
            Looked::TakesNoPart
        };
        let is_useful = takes_part && peeks.has_company(&stat);
        let wanted = is_useful && self.is_settled(&stat);
        let size = stat.size as usize;
        let length = match at_first {
            Some(length) => length,
            None if wanted => self.read_now(file, size),
            None => None,
        };
        let is_read = wanted
            && length == Some(size)
            && (at_first.is_some() || stat.unchanged_in(&sys::stat_file(file)?));
        if is_useful && !is_read {
            // A worker will have to open it again.
            self.worth.missed();
        } else {
            self.worth.tell(is_read);
        }
        self.reads_first = is_read;
        Ok(if is_read {
            Looked::Read(stat)
        } else {
            not_read
        })
    }

    /// Whether nobody can have begun to write to a file since the first of the
    /// batch was read. (Who writes through a mapping, or takes seconds for one
    /// `write`, is not seen by this, nor by two looks from afar.)
    fn is_settled(&self, stat: &FileStat) -> bool {
        let is_in_time = |device: Device| device.is_in_time && device.number == stat.id.dev;
        self.device.is_some_and(is_in_time) && self.since.is_long_after(stat.changed)
    }

    /// Reads so many bytes, at most [`LIMIT`], of what is in memory; tells how
    /// many came, if that could be done.
    fn read_now(&mut self, file: &File, most: usize) -> Option<usize> {
        if self.buffer.is_empty() {
            self.buffer = vec![0; ROOM];
        }
        let room = self.buffer.get_mut(self.filled..self.filled + most)?;
        sys::read_now(file, room, 0).ok()
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
    pub(super) fn send(&mut self, sink: &Sink) {
        self.hash();
        if !self.batch.contents.is_empty() && !self.since.keeps_pace_until(&(self.now)()) {
            // Whether a file was settled is not known then. The workers will
            // read them all again.
            self.batch.contents.clear();
        }
        sink.send(&mut self.batch);
    }

    fn hash(&mut self) {
        let inputs = self.read.iter().map(|(_, span)| &self.buffer[span.clone()]);
        let digests = self.hasher.each(&inputs.collect::<Vec<_>>());
        let places = self.read.drain(..).map(|(at, _)| at);
        self.batch.contents.extend(places.zip(digests));
        self.filled = 0;
    }
}

fn is_small(stat: &FileStat) -> bool {
    (1..=WHOLE_LIMIT).contains(&stat.size)
}

#[cfg(test)]
#[path = "peek_tests.rs"]
mod tests;
