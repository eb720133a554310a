//! Hashes data that does not fit the buffer: whole files and segments of them.
//!
//! Apart from requests for data that is not in memory before the first read,
//! the kernel gets no hints about these reads. Measured in a memory cgroup of
//! 512 MiB on Linux 6.18, with 200 MiB that others had read and then 1.2 GB
//! read here: data that others had read twice stays in the cache as it is.
//! `POSIX_FADV_NOREUSE` made that no better, and worse when the large files
//! were read a second time. `POSIX_FADV_DONTNEED` after the reads also keeps
//! data that others had read only once, but leaves nothing for `--verify` or
//! the next scan, even where there is room for it. `POSIX_FADV_SEQUENTIAL` made
//! reads that have to wait for the disk neither clearly faster nor slower.

use super::Worker;
use super::guarded_reader::{CheckedFile, WriteGuard, ended_early};
use super::scratch::CHUNK;
use crate::error::FailureKind;
use crate::types::{Evidence, Segment, TaskResult};

/// Number of bytes of a large file that are processed at a time. Where files
/// are mapped, each worker takes as much address space.
const WINDOW: usize = 8 << 20;

/// Below this size, mapping costs more than the copy that it saves. For hashes
/// that do not read in order it does so at any size. Measured per GB in the
/// cache, mapped and read: BLAKE3 305 and 290 ms of processor time, XXH3 125
/// and 170, MD5 4 % less mapped than read.
const MIN_MAPPED: usize = 1 << 20;

impl Worker {
    pub(super) fn hash_whole(
        &mut self,
        opened: &CheckedFile,
        guard: WriteGuard,
    ) -> Result<Evidence, TaskResult> {
        self.hash_range(opened, 0, opened.stat.size, guard)?;
        Ok(Evidence::Whole(self.scratch.hasher.finish()))
    }

    pub(super) fn hash_segment(
        &mut self,
        opened: &CheckedFile,
        segment: Segment,
        guard: WriteGuard,
    ) -> Result<Evidence, TaskResult> {
        // If the file has no such segment its hash would be meaningless.
        if !segment.is_of(opened.stat.size) {
            return Err(ended_early());
        }
        self.scratch.hasher.begin_segment(segment.offset);
        self.hash_range(opened, segment.offset, segment.end(), guard)?;
        let value = self.scratch.hasher.finish_segment();
        value
            .map(Evidence::Segment)
            .ok_or_else(segments_unsupported)
    }

    /// Hashes the bytes from one offset up to another.
    fn hash_range(
        &mut self,
        opened: &CheckedFile,
        from: u64,
        to: u64,
        guard: WriteGuard,
    ) -> Result<(), TaskResult> {
        let mut at = from;
        while at < to {
            let length = usize::try_from(to - at).map_or(WINDOW, |rest| rest.min(WINDOW));
            // A waiting writer is noticed between the steps of a read, and not
            // between those of a mapping.
            let can_map = length >= MIN_MAPPED
                && guard == WriteGuard::Settled
                && self.scratch.hasher.reads_in_order();
            let window = if can_map {
                self.reader.io.map(&opened.file, at, length)
            } else {
                None
            };
            match window {
                Some(window) => self.hash_mapped(&window)?,
                None => self.hash_read(opened, at, length, guard)?,
            }
            at += length as u64;
        }
        Ok(())
    }

    /// Hashes a mapped range, in steps with a heartbeat each.
    fn hash_mapped(&mut self, window: &[u8]) -> Result<(), TaskResult> {
        for step in window.chunks(CHUNK) {
            if self.cancel.is_cancelled() {
                return Err(TaskResult::Undone);
            }
            self.scratch.hasher.update(step);
            self.reader.count(step.len());
        }
        Ok(())
    }

    /// Hashes a range of any length by reading it.
    fn hash_read(
        &mut self,
        opened: &CheckedFile,
        offset: u64,
        length: usize,
        guard: WriteGuard,
    ) -> Result<(), TaskResult> {
        self.scratch.buffer.allocate();
        for at in (0..length).step_by(CHUNK) {
            if self.cancel.is_cancelled() {
                return Err(TaskResult::Undone);
            }
            let step = CHUNK.min(length - at);
            self.read_step(opened, guard, offset + at as u64, step)?;
            self.scratch.hasher.update(&self.scratch.buffer[..step]);
        }
        Ok(())
    }
}

/// The failure of an algorithm that cannot hash segments.
pub(super) fn segments_unsupported() -> TaskResult {
    let message = "it was to be hashed in stretches by an algorithm that cannot do that";
    TaskResult::Failed(FailureKind::Crash, message.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io;
    use std::ops::Deref;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::config::HashAlgorithm;
    use crate::hash::Hasher;
    use crate::io::{FileIo, Pread};
    use crate::types::{CancelToken, FileLocation, FileStat, Heartbeat};
    use crate::worker::Scratch;

    /// Reads, and counts the requests for a mapping.
    struct Asked(Pread, Arc<AtomicUsize>);

    impl FileIo for Asked {
        fn enter(&mut self, dir: &[u8], files: usize) {
            self.0.enter(dir, files);
        }

        fn open(&mut self, place: FileLocation<'_>) -> io::Result<File> {
            self.0.open(place)
        }

        fn stat(&mut self, file: &File) -> io::Result<FileStat> {
            self.0.stat(file)
        }

        fn read_at(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
            self.0.read_at(file, buffer, offset)
        }

        fn map(&mut self, _: &File, _: u64, _: usize) -> Option<Box<dyn Deref<Target = [u8]>>> {
            self.1.fetch_add(1, Ordering::Relaxed);
            None
        }
    }

    #[test]
    fn only_large_ranges_are_mapped_and_only_for_hashes_that_read_in_order() {
        let table = [
            (HashAlgorithm::Blake3, 2 * WINDOW, 0),
            (HashAlgorithm::Xxh3, 2 * WINDOW, 2),
            (HashAlgorithm::Xxh3, WINDOW + MIN_MAPPED - 1, 1),
            (HashAlgorithm::Md5, MIN_MAPPED, 1),
            (HashAlgorithm::Md5, MIN_MAPPED - 1, 0),
        ];
        for (algorithm, size, mappings) in table {
            let bytes: Vec<u8> = (0..size).map(|i| (i / 7 % 251) as u8).collect();
            let named = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(named.path(), &bytes).unwrap();
            let requested = Arc::new(AtomicUsize::new(0));
            let opened = CheckedFile {
                file: named.reopen().unwrap(),
                stat: crate::platform::stat_file(named.as_file()).unwrap(),
            };
            let reader = Box::new(Asked(Pread::new(), Arc::clone(&requested)));
            let scratch = Scratch::new(algorithm);
            let mut worker = Worker::new(
                reader,
                scratch,
                CancelToken::default(),
                Heartbeat::default(),
            );
            let hashed = worker.hash_whole(&opened, WriteGuard::Settled);
            let mut hasher = Hasher::new(algorithm);
            hasher.update(&bytes);
            assert_eq!(
                hashed,
                Ok(Evidence::Whole(hasher.finish())),
                "{algorithm:?}"
            );
            let count = requested.load(Ordering::Relaxed);
            assert_eq!(count, mappings, "{algorithm:?} {size}");
        }
    }
}
