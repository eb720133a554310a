//! Access of a worker to the bytes of files.
//!
//! The worker decides what to read and what it proves; a [`FileIo`] only opens
//! files, and reads their metadata and content. Tests replace it to inject
//! faults: short reads, failures, files that change during a read.

mod mapped;
mod pread;

use std::fs::File;
use std::io;
use std::ops::Deref;

pub(crate) use mapped::Mapped;
pub use pread::Pread;

pub use crate::platform::{Lease, ReadInto};
use crate::types::{FileId, FileLocation, FileStat, SharedBlocks};

/// Opens and reads files for one worker.
pub trait FileIo: Send {
    /// Announces that `files` files of one directory are opened next.
    fn enter(&mut self, dir: &[u8], files: usize);

    /// Opens a regular file for reading. Refuses anything else that may have
    /// replaced it, and a symbolic link that the walk did not follow.
    fn open(&mut self, place: FileLocation<'_>) -> io::Result<File>;

    /// The current metadata of an open file.
    fn stat(&mut self, file: &File) -> io::Result<FileStat>;

    /// Reads once at an offset. May return fewer bytes than requested, but none
    /// only at the end of the file.
    ///
    /// # Errors
    ///
    /// The system's error, interruptions included.
    fn read_at(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Returns true if this file is on a file system of a local disk, whose
    /// times and sizes are exact. `device` is the one that the walk found it
    /// on. Returns false if unknown.
    fn is_on_local_disk(&mut self, file: &File, device: u64) -> bool {
        let _ = (file, device);
        false
    }

    /// Like [`stat`](FileIo::stat), but bypasses caches of attributes that
    /// others may have changed.
    fn stat_synced(&mut self, file: &File) -> io::Result<FileStat> {
        self.stat(file)
    }

    /// Asks for a read lease on a file that was opened for reading: while it is
    /// held, writers have to wait.
    fn take_lease(&mut self, file: &File) -> Lease {
        let _ = file;
        Lease::Unavailable
    }

    /// Returns true if the lease on this file is still held.
    fn holds_lease(&mut self, file: &File) -> bool {
        let _ = file;
        false
    }

    /// Releases the lease on a file that stays open.
    fn release_lease(&mut self, file: &File) {
        let _ = file;
    }

    /// Writes the file's dirty pages to the disk, so that later stores update
    /// the file's times.
    fn write_back(&mut self, file: &File) {
        let _ = file;
    }

    /// Returns true if files are now opened in exactly this directory, so that
    /// it cannot have been replaced. Returns false if unknown.
    fn is_in(&mut self, directory: FileId) -> bool {
        let _ = directory;
        false
    }

    /// Reads once at an offset, without waiting for a disk where the system
    /// supports that. For data that is not in memory it starts the read and
    /// returns [`WouldBlock`](io::ErrorKind::WouldBlock). A short or empty read
    /// does not mean the end of the file.
    ///
    /// # Errors
    ///
    /// The system's error, interruptions included.
    fn read_now(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.read_at(file, buffer, offset)
    }

    /// Returns true if the files opened now can be read with
    /// [`read_together`](FileIo::read_together).
    fn can_read_together(&mut self) -> bool {
        false
    }

    /// Performs many reads at once, each of them once, and returns how many did
    /// not wait for a disk. Calls `on_wait` before it waits, with the index of
    /// the first read that is not done yet.
    fn read_together(
        &mut self,
        reads: &mut [ReadInto<'_>],
        on_wait: &mut dyn FnMut(usize),
    ) -> usize {
        let _ = (reads, on_wait);
        0
    }

    /// Announces that a segment of a file is read soon. Returns true if it was
    /// not in memory and its read was started: the caller can use the time for
    /// other work.
    fn request_readahead(&mut self, file: &File, offset: u64, length: u64) -> bool {
        let _ = (file, offset, length);
        false
    }

    /// The blocks that a file shares with others, as far as that is cheap to
    /// find out. `settled` requests proof: dirty pages are written to the disk
    /// first.
    ///
    /// Only called for files that were opened and found to be regular ones.
    fn shared_blocks(&mut self, file: &File, stat: &FileStat, settled: bool) -> SharedBlocks {
        let _ = (file, stat, settled);
        SharedBlocks::default()
    }

    /// The generation of the inode of a file, which distinguishes it from others
    /// that have or had the same inode number. `None` where there is none.
    ///
    /// Only called for files that were opened and found to be regular ones.
    fn generation(&mut self, file: &File) -> Option<u32> {
        let _ = file;
        None
    }

    /// The bytes of a segment of a file without a copy, if this reader supports
    /// that. They may change at any time, so they are for hashing only.
    fn map(
        &mut self,
        file: &File,
        offset: u64,
        length: usize,
    ) -> Option<Box<dyn Deref<Target = [u8]>>> {
        let _ = (file, offset, length);
        None
    }
}

/// Creates a [`FileIo`] for every worker.
pub trait FileIoFactory: Send + Sync {
    /// Creates the reader of one worker.
    fn make(&self) -> Box<dyn FileIo>;
}

/// Any function that returns a [`FileIo`] is a factory.
impl<F> FileIoFactory for F
where
    F: Fn() -> Box<dyn FileIo> + Send + Sync,
{
    fn make(&self) -> Box<dyn FileIo> {
        self()
    }
}

/// Reads until the buffer is full or the file ends, across short and
/// interrupted reads.
///
/// # Errors
///
/// The first error that is not an interruption.
pub(crate) fn read_full(
    io: &mut dyn FileIo,
    file: &File,
    buffer: &mut [u8],
    offset: u64,
) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match io.read_at(file, &mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
