//! Hashing what does not fit the buffer: whole files and stretches of them.
//!
//! The kernel is told nothing about these reads. Measured in a memory cgroup
//! of 512 MiB on Linux 6.18, with 200 MiB that others had read and then
//! 1.2 GB read here: what others had read twice stays in the cache as it is.
//! `POSIX_FADV_NOREUSE` made that no better, and worse when the large files
//! were read a second time. `POSIX_FADV_DONTNEED` behind the reads also keeps
//! what others had read only once, but leaves nothing for `--verify` or the
//! next scan, also where there is room for it. `POSIX_FADV_SEQUENTIAL` did
//! not make reads that have to wait for the disk plainly faster or slower.

use std::fs::File;

use super::Worker;
use super::file::ended_early;
use super::kit::CHUNK;
use crate::error::FailureKind;
use crate::model::{Evidence, Finding, Stretch};

/// How much of a large file is dealt with at a time. Where files are mapped,
/// as much address space is taken by each worker.
const WINDOW: usize = 8 << 20;

/// Below this, mapping costs more than the copy that it saves.
const WORTH_MAPPING: usize = 1 << 20;

impl Worker {
    pub(super) fn hash_whole(
        &mut self,
        file: &File,
        size: u64,
        read: &mut u64,
    ) -> Result<Evidence, Finding> {
        self.hash_range(file, 0, size, read)?;
        Ok(Evidence::Whole(self.kit.hasher.finish()))
    }

    pub(super) fn hash_stretch(
        &mut self,
        file: &File,
        stretch: Stretch,
        size: u64,
        read: &mut u64,
    ) -> Result<Evidence, Finding> {
        // Where the file has no such stretch its hash would be nonsense.
        if !stretch.is_of(size) {
            return Err(ended_early());
        }
        self.kit.hasher.begin_at(stretch.offset);
        self.hash_range(file, stretch.offset, stretch.end(), read)?;
        let value = self.kit.hasher.finish_stretch();
        value.map(Evidence::Stretch).ok_or_else(|| {
            let message = "it was to be hashed in stretches by an algorithm that cannot do that";
            Finding::Failed(FailureKind::Crash, message.to_owned())
        })
    }

    /// Hashes the bytes from one offset up to another.
    fn hash_range(
        &mut self,
        file: &File,
        from: u64,
        to: u64,
        read: &mut u64,
    ) -> Result<(), Finding> {
        let mut at = from;
        while at < to {
            let length = usize::try_from(to - at).map_or(WINDOW, |rest| rest.min(WINDOW));
            let window = if length < WORTH_MAPPING {
                None
            } else {
                self.io.map(file, at, length)
            };
            match window {
                Some(window) => self.hash_mapped(&window, read)?,
                None => self.hash_read(file, at, length, read)?,
            }
            at += length as u64;
        }
        Ok(())
    }

    /// Hashes a mapped stretch, in steps that show that it goes on.
    fn hash_mapped(&mut self, window: &[u8], read: &mut u64) -> Result<(), Finding> {
        for step in window.chunks(CHUNK) {
            if self.cancel.is_cancelled() {
                return Err(Finding::Undone);
            }
            self.kit.hasher.update(step);
            self.count(read, step.len());
        }
        Ok(())
    }

    /// Hashes a stretch of any length by reading it.
    fn hash_read(
        &mut self,
        file: &File,
        offset: u64,
        length: usize,
        read: &mut u64,
    ) -> Result<(), Finding> {
        self.kit.buffer.widen();
        for at in (0..length).step_by(CHUNK) {
            if self.cancel.is_cancelled() {
                return Err(Finding::Undone);
            }
            self.feed(file, offset + at as u64, CHUNK.min(length - at), read)?;
        }
        Ok(())
    }
}
