//! Sorting byte strings that need not fit into memory.
//!
//! Records are collected up to a limit, sorted and written to a temporary file, a
//! run; at the end all runs are merged. Memory is the limit and a buffer for each
//! run, whatever the records are: many that begin alike are no worse than others.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

/// Bytes of records and their index that are collected before a run is written.
pub(super) const MEMORY: usize = 384 << 20;

/// Size of the buffer for each run.
const BUFFER: usize = 256 * 1024;

/// Runs that are merged at once. More are merged to longer ones first.
const MAX_RUNS: usize = 256;

/// A record that is in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    /// Its first bytes: most comparisons need no others.
    prefix: u64,
    start: u32,
    len: u32,
}

/// Collects records.
pub(super) struct Sorter {
    memory: usize,
    dir: PathBuf,
    text: Vec<u8>,
    slots: Vec<Slot>,
    runs: Vec<File>,
    records: u64,
    bytes: u64,
}

impl Sorter {
    /// Creates one that writes runs to files without a name in `dir`.
    pub(super) fn new(dir: &Path, memory: usize) -> Self {
        Self {
            // Positions have 32 bits.
            memory: memory.min(1 << 31),
            dir: dir.to_owned(),
            text: Vec::new(),
            slots: Vec::new(),
            runs: Vec::new(),
            records: 0,
            bytes: 0,
        }
    }

    /// Number of records so far, and the sum of their lengths.
    pub(super) fn len(&self) -> (u64, u64) {
        (self.records, self.bytes)
    }

    /// Adds a record.
    pub(super) fn push(&mut self, record: &[u8]) -> io::Result<()> {
        let used = self.text.len() + self.slots.len() * size_of::<Slot>();
        if used + record.len() > self.memory && !self.slots.is_empty() {
            self.write_run()?;
        }
        let too_long = |_| io::Error::other("a record is longer than 4 GiB");
        let start = u32::try_from(self.text.len()).map_err(too_long)?;
        let len = u32::try_from(record.len()).map_err(too_long)?;
        self.text.extend_from_slice(record);
        self.slots.push(Slot {
            prefix: prefix(record),
            start,
            len,
        });
        self.records += 1;
        self.bytes += u64::from(len);
        Ok(())
    }

    /// The records in order.
    pub(super) fn finish(mut self) -> io::Result<Sorted> {
        if self.runs.is_empty() {
            self.sort();
            return Ok(Sorted::Memory {
                text: self.text,
                slots: self.slots,
                at: 0,
            });
        }
        self.write_run()?;
        self.text = Vec::new();
        self.slots = Vec::new();
        while self.runs.len() > MAX_RUNS {
            let rest = self.runs.split_off(MAX_RUNS);
            let mut first = Merged::new(std::mem::replace(&mut self.runs, rest))?;
            let mut run = Run::new(&self.dir)?;
            while let Some(record) = first.next()? {
                run.push(record)?;
            }
            self.runs.push(run.finish()?);
        }
        Merged::new(self.runs).map(Sorted::Files)
    }

    fn sort(&mut self) {
        let text = &self.text;
        let whole = |slot: &Slot| &text[slot.start as usize..][..slot.len as usize];
        self.slots.par_sort_unstable_by(|a, b| {
            a.prefix.cmp(&b.prefix).then_with(|| whole(a).cmp(whole(b)))
        });
    }

    fn write_run(&mut self) -> io::Result<()> {
        self.sort();
        let mut run = Run::new(&self.dir)?;
        for slot in &self.slots {
            run.push(&self.text[slot.start as usize..][..slot.len as usize])?;
        }
        self.runs.push(run.finish()?);
        self.text.clear();
        self.slots.clear();
        Ok(())
    }
}

/// The first eight bytes, as a number of the same order.
fn prefix(record: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let len = record.len().min(8);
    bytes[..len].copy_from_slice(&record[..len]);
    u64::from_be_bytes(bytes)
}

/// A run that is written.
struct Run(BufWriter<File>);

impl Run {
    fn new(dir: &Path) -> io::Result<Self> {
        let file = tempfile::tempfile_in(dir)?;
        Ok(Self(BufWriter::with_capacity(BUFFER, file)))
    }

    fn push(&mut self, record: &[u8]) -> io::Result<()> {
        self.0.write_all(&(record.len() as u32).to_le_bytes())?;
        self.0.write_all(record)
    }

    fn finish(self) -> io::Result<File> {
        let mut file = self
            .0
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }
}

/// Records in order.
pub(super) enum Sorted {
    /// All of them are in memory.
    Memory {
        text: Vec<u8>,
        slots: Vec<Slot>,
        at: usize,
    },
    /// They are in temporary files.
    Files(Merged),
}

impl Sorted {
    /// The next record.
    pub(super) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        match self {
            Self::Memory { text, slots, at } => {
                let slot = slots.get(*at);
                *at += 1;
                Ok(slot.map(|slot| &text[slot.start as usize..][..slot.len as usize]))
            }
            Self::Files(merged) => merged.next(),
        }
    }
}

/// Runs that are merged.
pub(super) struct Merged {
    runs: Vec<BufReader<File>>,
    /// The next record of each run, and the run.
    heads: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
    current: Vec<u8>,
}

impl Merged {
    fn new(runs: Vec<File>) -> io::Result<Self> {
        let mut merged = Self {
            runs: Vec::new(),
            heads: BinaryHeap::with_capacity(runs.len()),
            current: Vec::new(),
        };
        for (at, file) in runs.into_iter().enumerate() {
            merged.runs.push(BufReader::with_capacity(BUFFER, file));
            merged.refill(at, Vec::new())?;
        }
        Ok(merged)
    }

    fn next(&mut self) -> io::Result<Option<&[u8]>> {
        let Some(Reverse((record, run))) = self.heads.pop() else {
            return Ok(None);
        };
        let spare = std::mem::replace(&mut self.current, record);
        self.refill(run, spare)?;
        Ok(Some(&self.current))
    }

    /// Reads the next record of a run.
    fn refill(&mut self, run: usize, mut record: Vec<u8>) -> io::Result<()> {
        let input = &mut self.runs[run];
        let mut len = [0; 4];
        match input.read_exact(&mut len) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
        record.resize(u32::from_le_bytes(len) as usize, 0);
        input.read_exact(&mut record)?;
        self.heads.push(Reverse((record, run)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sorted(records: &[Vec<u8>], memory: usize) -> (Vec<Vec<u8>>, bool) {
        let mut sorter = Sorter::new(&std::env::temp_dir(), memory);
        for record in records {
            sorter.push(record).unwrap();
        }
        let bytes: usize = records.iter().map(Vec::len).sum();
        assert_eq!(sorter.len(), (records.len() as u64, bytes as u64));
        let mut sorted = sorter.finish().unwrap();
        let mut all = Vec::new();
        while let Some(record) = sorted.next().unwrap() {
            all.push(record.to_vec());
        }
        (all, matches!(sorted, Sorted::Files(_)))
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_all_in_memory(
            records in proptest::collection::vec(
                proptest::collection::vec(0_u8..4, 0..14), 0..300),
            memory in 0_usize..2000,
        ) {
            let mut expected = records.clone();
            expected.sort_unstable();
            prop_assert_eq!(sorted(&records, memory).0, expected.clone());
            prop_assert_eq!(sorted(&records, usize::MAX), (expected, false));
        }
    }

    #[test]
    fn more_runs_than_are_merged_at_once_are_merged_in_steps() {
        let records: Vec<Vec<u8>> = (0..MAX_RUNS as u32 * 2 + 7)
            .map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes().to_vec())
            .collect();
        let mut expected = records.clone();
        expected.sort_unstable();
        assert_eq!(sorted(&records, 1), (expected, true));
    }
}
