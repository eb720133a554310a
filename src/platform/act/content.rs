//! Operations on the content and the metadata of files that are made again,
//! and of files that are to share their blocks.

use std::fs::File;
use std::io;

use super::{FileOps, SystemFiles};
use crate::platform::{self, BlockUsage, DedupeStep};
use crate::types::{FileMetadata, FileStat, Timestamp};

/// One part of a file's metadata that is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting<'a> {
    User(u32),
    Group(u32),
    Mode(u32),
    Attribute(&'a [u8], &'a [u8]),
    NoAttribute(&'a [u8]),
    Flags(u32),
    Times {
        accessed: Timestamp,
        modified: Timestamp,
    },
}

/// Operations that make a file equal to another one, beside those that give it
/// a name: behind a trait for the same reason.
pub(crate) trait ContentOps: FileOps {
    /// Sets a part of the metadata.
    fn set(&self, file: &Self::File, setting: Setting<'_>) -> io::Result<()>;

    /// Gives a symbolic link itself an owner and times.
    fn set_link(&self, dir: &Self::Dir, name: &[u8], wanted: &FileMetadata) -> io::Result<()>;

    /// Sets the length of a file; what is added is a hole.
    fn set_len(&self, file: &Self::File, length: u64) -> io::Result<()>;

    /// Makes the bytes and the metadata of a file durable.
    fn sync_all(&self, file: &Self::File) -> io::Result<()>;

    /// Makes a fresh file a clone of another one.
    fn clone_content(&self, source: &Self::File, fresh: &Self::File) -> io::Result<()>;

    /// Frees the blocks of a range, which reads as zeros then.
    fn punch_hole(&self, file: &Self::File, offset: u64, length: u64) -> io::Result<()>;

    /// Starts to read a range into memory.
    fn read_ahead(&self, file: &Self::File, offset: u64, length: u64) -> io::Result<()>;

    /// Compares a range of two files and lets them share its blocks if it is
    /// equal.
    fn dedupe_range(
        &self,
        source: &Self::File,
        target: &Self::File,
        offset: u64,
        length: u64,
    ) -> io::Result<DedupeStep>;

    /// Returns true if two files are known to share all their blocks.
    fn shares_all_blocks(
        &self,
        one: (&Self::File, &FileStat),
        other: (&Self::File, &FileStat),
    ) -> bool;

    /// The bytes of a file by who uses their blocks, where that is known.
    fn block_usage(&self, file: &Self::File) -> Option<BlockUsage>;
}

impl ContentOps for SystemFiles {
    fn set(&self, file: &File, setting: Setting<'_>) -> io::Result<()> {
        match setting {
            Setting::User(user) => platform::set_user(file, user),
            Setting::Group(group) => platform::set_group(file, group),
            Setting::Mode(mode) => platform::set_mode(file, mode),
            Setting::Attribute(name, value) => platform::set_attribute(file, name, value),
            Setting::NoAttribute(name) => platform::remove_attribute(file, name),
            Setting::Flags(flags) => platform::set_flags(file, flags),
            Setting::Times { accessed, modified } => platform::set_times(file, accessed, modified),
        }
    }

    fn set_link(
        &self,
        dir: &<Self as FileOps>::Dir,
        name: &[u8],
        wanted: &FileMetadata,
    ) -> io::Result<()> {
        super::set_link(dir, name, wanted)
    }

    fn set_len(&self, file: &File, length: u64) -> io::Result<()> {
        file.set_len(length)
    }

    fn sync_all(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn clone_content(&self, source: &File, fresh: &File) -> io::Result<()> {
        platform::clone_file(source, fresh)
    }

    fn punch_hole(&self, file: &File, offset: u64, length: u64) -> io::Result<()> {
        platform::punch_hole(file, offset, length)
    }

    fn read_ahead(&self, file: &File, offset: u64, length: u64) -> io::Result<()> {
        platform::will_need(file, offset, length)
    }

    fn dedupe_range(
        &self,
        source: &File,
        target: &File,
        offset: u64,
        length: u64,
    ) -> io::Result<DedupeStep> {
        platform::dedupe_range(source, target, offset, length)
    }

    fn shares_all_blocks(&self, one: (&File, &FileStat), other: (&File, &FileStat)) -> bool {
        let extents = |(file, stat): (&File, &FileStat)| {
            let space = platform::shared_space(file, stat.id.dev)?;
            platform::shared_blocks(file, space, true).extents
        };
        one.1.size == other.1.size
            && extents(one).is_some_and(|extents_of_one| extents(other) == Some(extents_of_one))
    }

    fn block_usage(&self, file: &File) -> Option<BlockUsage> {
        platform::block_usage(file)
    }
}
