//! Plain positioned reads: works everywhere.

use std::fs::File;
use std::io;

use super::FileIo;
use crate::model::{FileStat, Where};
use crate::sys;

/// From how many files of one directory on it pays to open the directory
/// first. Opening and closing it costs two system calls; each file then saves
/// the lookup of the path's other components.
const WORTH_OPENING: usize = 3;

/// Positioned reads through the standard library.
#[derive(Debug, Default)]
pub struct Pread {
    directory: Option<sys::Directory>,
}

impl Pread {
    /// With no directory open.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl FileIo for Pread {
    fn enter(&mut self, dir: &[u8], files: usize) {
        // Should opening fail, the files are opened by their paths, and each
        // tells on its own what is wrong.
        self.directory = (files >= WORTH_OPENING)
            .then(|| sys::Directory::open(dir).ok())
            .flatten();
    }

    fn open(&mut self, place: Where<'_>) -> io::Result<File> {
        sys::open_file(self.directory.as_ref(), place)
    }

    fn stat(&mut self, file: &File) -> io::Result<FileStat> {
        sys::stat_file(file)
    }

    fn read_at(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        sys::read_at(file, buffer, offset)
    }
}
