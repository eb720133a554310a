//! Plain positioned reads: works everywhere.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{FileIo, Lease, ReadInto};
use crate::platform;
use crate::types::{FileId, FileLocation, FileStat, SharedBlocks, Space};

/// Maximum number of bytes to read ahead at once: enough to keep a disk busy,
/// and little enough to remain cached until it is read.
const MAX_READAHEAD: u64 = 8 << 20;

/// Number of directories that all readers of this process have open.
static OPEN: AtomicU64 = AtomicU64::new(0);

/// An open directory that is counted in [`OPEN`].
struct CountedDirectory(platform::Directory);

impl CountedDirectory {
    /// Opens a directory unless `max_open` are open already: threads that each hold
    /// one and wait for another descriptor would wait for each other.
    fn open(path: &[u8], max_open: u64) -> Option<Self> {
        let before = OPEN.fetch_add(1, Ordering::Relaxed);
        let directory = if before < max_open {
            platform::Directory::open(path).ok()
        } else {
            None
        };
        if directory.is_none() {
            OPEN.fetch_sub(1, Ordering::Relaxed);
        }
        directory.map(Self)
    }
}

impl Drop for CountedDirectory {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Positioned reads through the standard library.
#[derive(Default)]
pub struct Pread {
    directory: Option<CountedDirectory>,
    /// Maximum number of open directories.
    max_open: Option<u64>,
    /// The directory that files are opened in, if [`FileIo::is_in`] confirmed
    /// it.
    confirmed: Option<FileId>,
    /// The file system of this directory cannot read without waiting.
    reads_block: bool,
    /// For many reads at once; created at first use.
    ring: Option<platform::Ring>,
    no_ring: bool,
    /// The device that was examined last, and its address space if files there
    /// can share blocks.
    space: Option<(u64, Option<Space>)>,
    /// The device that was examined last, and whether it is a local disk.
    disk: Option<(u64, bool)>,
}

impl Pread {
    /// Creates a reader with no directory open.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl FileIo for Pread {
    fn enter(&mut self, dir: &[u8], _files: usize) {
        // Closes the previous directory first.
        self.directory = None;
        // For a single file too: its directory, and the users who may write
        // there, decide how it can be opened. If this fails, each file tries
        // again and reports the error itself.
        let max_open = *self
            .max_open
            .get_or_insert_with(|| platform::descriptor_limit() / 4);
        self.directory = CountedDirectory::open(dir, max_open);
        self.confirmed = None;
        self.reads_block = false;
    }

    fn is_in(&mut self, directory: FileId) -> bool {
        let open = self.directory.as_ref().and_then(|open| open.0.id());
        self.confirmed = open.filter(|&id| id == directory);
        self.confirmed.is_some()
    }

    fn open(&mut self, place: FileLocation<'_>) -> io::Result<File> {
        if let Some(directory) = &self.directory {
            match platform::open_file(&directory.0, place) {
                // Other threads may be waiting for the descriptor held here.
                Err(error) if platform::is_out_of_descriptors(&error) => self.directory = None,
                result => return result,
            }
        }
        platform::open_file_alone(place, self.confirmed)
    }

    fn stat(&mut self, file: &File) -> io::Result<FileStat> {
        platform::stat_file(file)
    }

    fn is_on_local_disk(&mut self, file: &File, device: u64) -> bool {
        if let Some((known, is_disk)) = self.disk
            && known == device
        {
            return is_disk;
        }
        // A file that replaced this one may be on another device.
        if !platform::stat_file(file).is_ok_and(|stat| stat.id.dev == device) {
            return false;
        }
        let is_disk = platform::is_on_local_disk(file);
        self.disk = Some((device, is_disk));
        is_disk
    }

    fn stat_synced(&mut self, file: &File) -> io::Result<FileStat> {
        platform::stat_synced(file)
    }

    fn take_lease(&mut self, file: &File) -> Lease {
        platform::take_lease(file)
    }

    fn holds_lease(&mut self, file: &File) -> bool {
        platform::holds_lease(file)
    }

    fn release_lease(&mut self, file: &File) {
        platform::release_lease(file);
    }

    fn write_back(&mut self, file: &File) {
        platform::write_back(file);
    }

    fn read_at(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        platform::read_at(file, buffer, offset)
    }

    fn read_now(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if !self.reads_block {
            match platform::read_now(file, buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Unsupported => self.reads_block = true,
                result => return result,
            }
        }
        self.read_at(file, buffer, offset)
    }

    fn can_read_together(&mut self) -> bool {
        if self.reads_block || self.no_ring {
            return false;
        }
        if self.ring.is_none() {
            self.ring = platform::Ring::new().ok();
            self.no_ring = self.ring.is_none();
        }
        !self.no_ring
    }

    fn read_together(
        &mut self,
        reads: &mut [ReadInto<'_>],
        on_wait: &mut dyn FnMut(usize),
    ) -> usize {
        let Some(ring) = &mut self.ring else { return 0 };
        let without_wait = ring.read_each(reads, on_wait);
        if ring.is_broken() {
            (self.ring, self.no_ring) = (None, true);
        }
        without_wait
    }

    fn request_readahead(&mut self, file: &File, offset: u64, length: u64) -> bool {
        // The ends may be in memory because they were read before.
        let middle = offset + length / 2;
        let is_missing = !self.reads_block
            && platform::read_now(file, &mut [0], middle)
                .is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        is_missing && platform::will_need(file, offset, length.min(MAX_READAHEAD)).is_ok()
    }

    fn generation(&mut self, file: &File) -> Option<u32> {
        platform::generation_of(file)
    }

    fn shared_blocks(&mut self, file: &File, stat: &FileStat, settled: bool) -> SharedBlocks {
        let device = stat.id.dev;
        let space = match self.space {
            Some((known, space)) if known == device => space,
            _ => {
                let space = platform::shared_space(file, device);
                self.space = Some((device, space));
                space
            }
        };
        let Some(space) = space else {
            return SharedBlocks::default();
        };
        let blocks = platform::shared_blocks(file, space, settled);
        if settled || blocks.extents.is_none() {
            return blocks;
        }
        // The extents of a recently modified clone stay as before until its
        // dirty pages are on the disk. Only few files get here, so waiting is
        // acceptable.
        platform::shared_blocks(file, space, true)
    }
}
