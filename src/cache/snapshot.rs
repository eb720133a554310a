//! A cache file as it was when it was opened: look-ups, and reading all of it.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use super::run::{
    FILE_HEADER_LEN, FileHeader, MAX_BLOCK_LEN, RUN_HEADER_LEN, RunHeader, checked, decode_index,
    examine,
};
use super::slot::{SLOT_LEN, Slot, key_at};
use crate::config::HashAlgorithm;
use crate::platform::{self, Volume};
use crate::types::{FileId, Timestamp};

/// Number of blocks that each thread keeps: 256 KiB.
const KEPT_BLOCKS: usize = 64;

/// The runs of a file that were complete when it was opened. Runs are never
/// changed, and appending others does not matter.
#[derive(Debug)]
pub(super) struct Snapshot {
    file: File,
    /// The identity of the file.
    pub(super) id: FileId,
    /// Distinguishes the blocks that threads keep.
    number: u64,
    /// In the order of the file.
    pub(super) runs: Vec<Run>,
    /// The end of the last complete run.
    pub(super) end: u64,
    /// One bit for each entry that was met.
    met: Vec<AtomicU64>,
    /// Entries that were met, and were not for some days.
    stale: AtomicUsize,
    /// Set when a block turned out to be damaged.
    is_damaged: AtomicBool,
    /// True if a test accepts damaged blocks.
    trusts_blocks: bool,
}

/// A run of entries.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) header: RunHeader,
    /// The place of its first block.
    pub(super) offset: u64,
    /// The first key of each block.
    firsts: Vec<u64>,
    /// The number of its first entry in the whole file.
    pub(super) base: usize,
}

/// The reason why a file cannot be used.
#[derive(Debug)]
pub(super) enum Unusable {
    Header(FileHeader),
    Io(io::Error),
}

impl From<io::Error> for Unusable {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Snapshot {
    /// Reads the headers of a file.
    pub(super) fn open(file: File) -> Result<Self, Unusable> {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        let stat = platform::stat_file(&file)?;
        let mut header = vec![0; FILE_HEADER_LEN.min(stat.size as usize)];
        read_exact(&file, &mut header, 0)?;
        match examine(&header) {
            FileHeader::Valid | FileHeader::Empty => {}
            header => return Err(Unusable::Header(header)),
        }
        let mut snapshot = Self {
            file,
            id: stat.id,
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            runs: Vec::new(),
            end: header.len() as u64,
            met: Vec::new(),
            stale: AtomicUsize::new(0),
            is_damaged: AtomicBool::new(false),
            trusts_blocks: false,
        };
        let mut entries = 0;
        while let Some((run, end)) = snapshot.next_run(stat.size, entries)? {
            entries += run.header.count;
            snapshot.runs.push(run);
            snapshot.end = end;
        }
        snapshot
            .met
            .resize_with(entries.div_ceil(64), AtomicU64::default);
        Ok(snapshot)
    }

    /// Accepts damaged blocks, to see what that does.
    #[cfg(test)]
    pub(super) fn trusting_blocks(self, trusts_blocks: bool) -> Self {
        Self {
            trusts_blocks,
            ..self
        }
    }

    /// Reads the run at the end of the last one. `None` if there is none, or if
    /// it was not written completely: then nothing after it counts either.
    fn next_run(&self, file_len: u64, base: usize) -> io::Result<Option<(Run, u64)>> {
        let mut bytes = [0; RUN_HEADER_LEN];
        let left = file_len.saturating_sub(self.end);
        if left < bytes.len() as u64 {
            return Ok(None);
        }
        read_exact(&self.file, &mut bytes, self.end)?;
        let Some(header) = RunHeader::decode(&bytes) else {
            return Ok(None);
        };
        let Some(length) = header.run_len().filter(|length| *length <= left) else {
            return Ok(None);
        };
        let offset = self.end + RUN_HEADER_LEN as u64;
        let mut index = vec![0; header.index_len()];
        read_exact(&self.file, &mut index, offset + header.blocks_len())?;
        let run = decode_index(&index).map(|firsts| Run {
            header,
            offset,
            firsts,
            base,
        });
        Ok(run.map(|run| (run, self.end + length)))
    }

    /// The entry with a key in one of these runs, the newest first, and its
    /// number.
    pub(super) fn find(&self, runs: &[usize], key: u64) -> Option<(Slot, usize)> {
        runs.iter().find_map(|&at| {
            let run = self.runs.get(at)?;
            let block = run
                .firsts
                .partition_point(|first| *first <= key)
                .checked_sub(1)?;
            self.with_block(run, block, |slots| {
                let at = search(slots, key)?;
                let number = run.base + block * super::run::BLOCK_SLOTS + at;
                let slot = slots[at * SLOT_LEN..].first_chunk()?;
                Some((Slot::decode(slot), number))
            })?
        })
    }

    /// Passes the entries of a block to `with`, from the blocks that this thread
    /// keeps. `None` if it is damaged.
    fn with_block<T>(&self, run: &Run, block: usize, with: impl FnOnce(&[u8]) -> T) -> Option<T> {
        type Kept = (u64, u64, Vec<u8>);
        thread_local! {
            static BLOCKS: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
        }
        let offset = run.block(block).start;
        BLOCKS.with_borrow_mut(|blocks| {
            if blocks.is_empty() {
                blocks.resize_with(KEPT_BLOCKS, Kept::default);
            }
            let place = (offset / MAX_BLOCK_LEN as u64) as usize % KEPT_BLOCKS;
            let (number, at, bytes) = &mut blocks[place];
            if (*number, *at) != (self.number, offset) {
                *number = 0;
                self.read_block(run, block, bytes)?;
                (*number, *at) = (self.number, offset);
            }
            Some(with(bytes))
        })
    }

    /// Reads the entries of a block, without its checksum. `None` if it is
    /// damaged or cannot be read.
    fn read_block(&self, run: &Run, block: usize, bytes: &mut Vec<u8>) -> Option<()> {
        let place = run.block(block);
        bytes.resize((place.end - place.start) as usize, 0);
        let read = read_exact(&self.file, bytes, place.start);
        if read.is_err() || (checked(bytes).is_none() && !self.trusts_blocks) {
            self.is_damaged.store(true, Ordering::Relaxed);
            return None;
        }
        bytes.truncate(run.header.slots_in(block) * SLOT_LEN);
        Some(())
    }

    /// The entries of a block; empty if it is damaged.
    pub(super) fn slots(&self, run: &Run, block: usize) -> Vec<Slot> {
        let mut bytes = Vec::new();
        if self.read_block(run, block, &mut bytes).is_none() {
            return Vec::new();
        }
        let (slots, _) = bytes.as_chunks::<SLOT_LEN>();
        slots.iter().map(Slot::decode).collect()
    }

    /// Records that a file was found again.
    pub(super) fn set_met(&self, number: usize) {
        if let Some(word) = self.met.get(number / 64) {
            word.fetch_or(1 << (number % 64), Ordering::Relaxed);
        }
    }

    /// Returns true if a file was found again.
    pub(super) fn is_met(&self, number: usize) -> bool {
        let word = self.met.get(number / 64);
        word.is_some_and(|word| word.load(Ordering::Relaxed) & 1 << (number % 64) != 0)
    }

    /// The numbers of the runs of a volume and an algorithm, the newest first.
    pub(super) fn runs_of(&self, is_of: impl Fn(&Volume, HashAlgorithm) -> bool) -> Vec<usize> {
        let runs = self.runs.iter().enumerate();
        let mut runs: Vec<usize> = runs
            .filter(|(_, run)| is_of(&run.header.volume, run.header.algorithm))
            .map(|(at, _)| at)
            .collect();
        runs.reverse();
        runs
    }

    /// Number of entries, replaced ones included.
    pub(super) fn entries(&self) -> usize {
        self.runs.iter().map(|run| run.header.count).sum()
    }

    /// The latest time of [`RunHeader::clock`].
    pub(super) fn clock(&self) -> Option<Timestamp> {
        self.runs.iter().map(|run| run.header.clock).max()
    }

    /// Counts an entry that was met, and was not for some days.
    pub(super) fn add_stale(&self) {
        self.stale.fetch_add(1, Ordering::Relaxed);
    }

    /// Number of entries that were met and whose day is out of date.
    pub(super) fn stale(&self) -> usize {
        self.stale.load(Ordering::Relaxed)
    }

    /// Number of pairs of a volume and an algorithm.
    pub(super) fn kinds(&self) -> usize {
        let kinds = self.runs.iter();
        let kinds = kinds.map(|run| (run.header.volume, run.header.algorithm));
        kinds.collect::<HashSet<_>>().len()
    }

    /// Returns true if a block turned out to be damaged.
    pub(super) fn is_damaged(&self) -> bool {
        self.is_damaged.load(Ordering::Relaxed)
    }
}

impl Run {
    /// The place of a block in the file.
    fn block(&self, block: usize) -> Range<u64> {
        let start = self.offset + (block * MAX_BLOCK_LEN) as u64;
        let length = self.header.slots_in(block) * SLOT_LEN + MAX_BLOCK_LEN
            - super::run::BLOCK_SLOTS * SLOT_LEN;
        start..start + length as u64
    }
}

/// The index of the entry with this key.
fn search(slots: &[u8], key: u64) -> Option<usize> {
    let (slots, _) = slots.as_chunks::<SLOT_LEN>();
    slots.binary_search_by_key(&key, |slot| key_at(slot)).ok()
}

/// Reads exactly these bytes.
fn read_exact(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match platform::read_at(file, buffer, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                buffer = &mut buffer[read..];
                offset += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
