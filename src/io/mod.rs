//! How a worker gets at the bytes of a file.
//!
//! The worker decides what to read and what it proves; a [`FileIo`] only
//! opens, looks and reads. Tests put faults in its place: short reads,
//! failures, files that change under the reader.

mod mapped;
mod pread;

use std::fs::File;
use std::io;
use std::ops::Deref;

pub use mapped::Mapped;
pub use pread::Pread;

pub use crate::platform::{Lease, ReadInto};
use crate::types::{Extents, FileId, FileStat, Where};

/// Opens and reads files for one worker.
pub trait FileIo: Send {
    /// Says that `files` files of one directory are opened next.
    fn enter(&mut self, dir: &[u8], files: usize);

    /// Opens a regular file for reading, and nothing else that others may
    /// have put in its place; never through a symbolic link that the walk did
    /// not follow.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn open(&mut self, place: Where<'_>) -> io::Result<File>;

    /// What the system says of an open file now.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn stat(&mut self, file: &File) -> io::Result<FileStat>;

    /// Reads at an offset, once. Fewer bytes than asked for may come, none
    /// only at the end of the file.
    ///
    /// # Errors
    ///
    /// What the system says, interruptions included.
    fn read_at(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Is this file on a file system of a local disk, whose times and sizes
    /// are exact? `device` is where the walk saw it. `false` where that is not
    /// known.
    fn is_on_local_disk(&mut self, file: &File, device: u64) -> bool {
        let _ = (file, device);
        false
    }

    /// As [`stat`](FileIo::stat), and not from a cache of attributes that
    /// others may have changed.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn stat_synced(&mut self, file: &File) -> io::Result<FileStat> {
        self.stat(file)
    }

    /// Asks for a read lease on a file that was opened for reading: while it is
    /// held, whoever wants to write to the file has to wait.
    fn take_lease(&mut self, file: &File) -> Lease {
        let _ = file;
        Lease::Unavailable
    }

    /// Is the lease that was taken on this file still held?
    fn holds_lease(&mut self, file: &File) -> bool {
        let _ = file;
        false
    }

    /// Gives back the lease on a file that stays open.
    fn end_lease(&mut self, file: &File) {
        let _ = file;
    }

    /// Writes what is only in memory to the disk, so that later stores show in
    /// the file's times.
    fn write_back(&mut self, file: &File) {
        let _ = file;
    }

    /// Whether what is opened now is opened in exactly this directory: then
    /// nobody can have put another one in its place. `false` where that is
    /// not known.
    fn is_in(&mut self, directory: FileId) -> bool {
        let _ = directory;
        false
    }

    /// Reads at an offset, once, without waiting for a disk where that can be
    /// had. What is not in memory yet is an error of the kind
    /// [`WouldBlock`](io::ErrorKind::WouldBlock), and on its way from then on.
    /// Fewer bytes than asked for mean nothing, nor do none.
    ///
    /// # Errors
    ///
    /// What the system says, interruptions included.
    fn read_now(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.read_at(file, buffer, offset)
    }

    /// Whether [`read_now`](FileIo::read_now) was seen to wait for a disk all
    /// the same.
    fn has_to_wait(&self) -> bool {
        false
    }

    /// Whether what is opened now can be read with
    /// [`read_together`](FileIo::read_together).
    fn can_read_together(&mut self) -> bool {
        false
    }

    /// Does many reads at once, each of them once, and answers how many of
    /// them did not have to wait for a disk. Calls `turn` before it waits,
    /// with the index of the first read that is not done yet.
    fn read_together(&mut self, reads: &mut [ReadInto<'_>], turn: &mut dyn FnMut(usize)) -> usize {
        let _ = (reads, turn);
        0
    }

    /// Says that a segment of a file is read soon. Answers whether it was not
    /// in memory and has been asked for: then the time until it is there can
    /// be spent on something else.
    fn ask_for(&mut self, file: &File, offset: u64, length: u64) -> bool {
        let _ = (file, offset, length);
        false
    }

    /// Where all of a file is stored, if it shares all of its blocks with
    /// others and that can be told for little. `settled` says that it is to
    /// be proof: what is only in memory is written to the disk first.
    ///
    /// Only asked of files that were opened and found to be regular ones.
    fn shared_extents(&mut self, file: &File, stat: &FileStat, settled: bool) -> Option<Extents> {
        let _ = (file, stat, settled);
        None
    }

    /// The bytes of a segment of a file without a copy, if this reader has
    /// them that way. They may change under the eyes of whoever looks, so
    /// they are for hashing only.
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

/// Makes a [`FileIo`] for every worker.
pub trait FileIoFactory: Send + Sync {
    /// One worker's own.
    fn make(&self) -> Box<dyn FileIo>;
}

/// Any function that makes one is a factory.
impl<F> FileIoFactory for F
where
    F: Fn() -> Box<dyn FileIo> + Send + Sync,
{
    fn make(&self) -> Box<dyn FileIo> {
        self()
    }
}

/// Reads until the buffer is full or the file ends, whatever number of bytes
/// each read brings and however often it is interrupted.
///
/// # Errors
///
/// The first error that is not an interruption.
pub fn read_full(
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
