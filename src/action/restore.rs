//! Restores a file by copying another one with the same bytes.
//!
//! The new file has no name, or one that the journal knows, until its bytes are
//! proved and its metadata is set. So whatever fails, nothing incomplete has
//! the name of the file.

use std::io;
use std::ops::Range;

use super::journal::Entry;
use super::metadata::{self, Unrestored};
use crate::config::HashAlgorithm;
use crate::hash::Hasher;
use crate::platform::{ContentOps, FileOps};
use crate::types::{Digest, FileMetadata, Layout, subtract};

const BUFFER: usize = 1 << 20;

/// The file that is to be made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) size: u64,
    pub(super) digest: Digest,
    pub(super) algorithm: HashAlgorithm,
    pub(super) metadata: &'a FileMetadata,
}

impl<'a> Wanted<'a> {
    /// The file that an entry of the journal is about.
    pub(super) fn of(entry: &'a Entry) -> Self {
        Self {
            size: entry.stat.size,
            digest: entry.digest,
            algorithm: entry.algorithm,
            metadata: &entry.metadata,
        }
    }
}

/// A complete file that is not in its place yet.
pub(super) struct Made<F> {
    pub(super) file: F,
    /// True if it has the temporary name, false if it has none.
    pub(super) is_named: bool,
    pub(super) unrestored: Vec<Unrestored>,
}

/// The reason why a file was not made.
#[derive(Debug)]
pub(super) enum NotMade {
    /// The source has other bytes.
    SourceDiffers,
    /// A system call failed.
    Io(io::Error),
}

impl From<io::Error> for NotMade {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Makes a file of these bytes and metadata in a directory: as a clone of the
/// source where that is possible, else as a copy. It is durable, but for its
/// name.
pub(super) fn make<O: ContentOps>(
    ops: &O,
    source: &O::File,
    wanted: Wanted<'_>,
    dir: &O::Dir,
    temporary: &[u8],
) -> Result<Made<O::File>, NotMade> {
    let (file, is_named) = match ops.create_unnamed(dir) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            (ops.create(dir, temporary)?, true)
        }
        created => (created?, false),
    };
    match fill(ops, source, wanted, &file) {
        Ok(unrestored) => Ok(Made {
            file,
            is_named,
            unrestored,
        }),
        Err(error) => {
            if is_named {
                // The journal has its name if this fails too.
                let _ = ops.unlink(dir, temporary);
            }
            Err(error)
        }
    }
}

fn fill<O: ContentOps>(
    ops: &O,
    source: &O::File,
    wanted: Wanted<'_>,
    file: &O::File,
) -> Result<Vec<Unrestored>, NotMade> {
    metadata::prepare(ops, file, wanted.metadata);
    // Any failure means that a copy is tried: several errors tell that two
    // files cannot be clones, and a full disk fails the copy too.
    if ops.clone_content(source, file).is_ok() {
        check(digest_of(ops, file, wanted.size, wanted.algorithm)?, wanted)?;
        adopt_layout(ops, file, wanted)?;
    } else {
        let layout = match &wanted.metadata.layout {
            Layout::Unknown => ops.metadata(source)?.layout,
            known => known.clone(),
        };
        check(copy(ops, source, wanted, file, &layout)?, wanted)?;
    }
    let unrestored = metadata::restore(ops, file, wanted.metadata)?;
    ops.sync_all(file)?;
    Ok(unrestored)
}

fn check(found: Option<Digest>, wanted: Wanted<'_>) -> Result<(), NotMade> {
    if found == Some(wanted.digest) {
        Ok(())
    } else {
        Err(NotMade::SourceDiffers)
    }
}

/// The digest of a file, or `None` if it is not of this size.
pub(super) fn digest_of<O: FileOps>(
    ops: &O,
    file: &O::File,
    size: u64,
    algorithm: HashAlgorithm,
) -> io::Result<Option<Digest>> {
    let mut hasher = Hasher::new(algorithm);
    let whole = each_block(ops, file, size, |_, bytes| {
        hasher.update(bytes);
        Ok(())
    })?;
    Ok(whole.then(|| hasher.finish()))
}

/// Copies the stored ranges, and returns the digest of all bytes of the source.
fn copy<O: ContentOps>(
    ops: &O,
    source: &O::File,
    wanted: Wanted<'_>,
    file: &O::File,
    layout: &Layout,
) -> io::Result<Option<Digest>> {
    let stored = layout.stored(wanted.size);
    let mut hasher = Hasher::new(wanted.algorithm);
    ops.set_len(file, wanted.size)?;
    let whole = each_block(ops, source, wanted.size, |offset, bytes| {
        hasher.update(bytes);
        for part in overlaps(&stored, offset, bytes.len()) {
            let start = (part.start - offset) as usize;
            let end = (part.end - offset) as usize;
            ops.write_at(file, &bytes[start..end], part.start)?;
        }
        Ok(())
    })?;
    Ok(whole.then(|| hasher.finish()))
}

/// The parts of these ranges that lie in a block.
fn overlaps(ranges: &[Range<u64>], offset: u64, length: usize) -> impl Iterator<Item = Range<u64>> {
    let end = offset + length as u64;
    ranges
        .iter()
        .map(move |range| range.start.max(offset)..range.end.min(end))
        .filter(|part| part.start < part.end)
}

/// Reads a file block by block. Returns false if it is not of this size.
fn each_block<O: FileOps>(
    ops: &O,
    file: &O::File,
    size: u64,
    mut each: impl FnMut(u64, &[u8]) -> io::Result<()>,
) -> io::Result<bool> {
    let mut buffer = vec![0; BUFFER.min(usize::try_from(size).unwrap_or(BUFFER)).max(1)];
    let mut offset = 0;
    loop {
        // One byte past the end must not be there.
        let read = ops.read_at(file, &mut buffer, offset)?;
        if read == 0 {
            return Ok(offset == size);
        }
        if offset + read as u64 > size {
            return Ok(false);
        }
        each(offset, &buffer[..read])?;
        offset += read as u64;
    }
}

/// Gives a clone, whose bytes are proved, the holes that the file had: the bytes
/// of either are zeros.
fn adopt_layout<O: ContentOps>(ops: &O, file: &O::File, wanted: Wanted<'_>) -> io::Result<()> {
    let found = ops.metadata(file)?.layout;
    let unknown = [&found, &wanted.metadata.layout].contains(&&Layout::Unknown);
    if unknown || found == wanted.metadata.layout {
        return Ok(());
    }
    let (found, stored) = (
        found.stored(wanted.size),
        wanted.metadata.layout.stored(wanted.size),
    );
    for hole in subtract(&found, &stored) {
        ops.punch_hole(file, hole.start, hole.end - hole.start)?;
    }
    let zeros = vec![0; BUFFER];
    for range in subtract(&stored, &found) {
        let mut at = range.start;
        while at < range.end {
            let length = (range.end - at).min(BUFFER as u64);
            ops.write_at(file, &zeros[..length as usize], at)?;
            at += length;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_are_the_stored_parts_of_a_block() {
        type Row = (u64, usize, &'static [(u64, u64)]);
        let rows: [Row; 5] = [
            (0, 8, &[(0, 4)]),
            (4, 6, &[]),
            (2, 12, &[(2, 4), (10, 14)]),
            (15, 100, &[(15, 20), (30, 31)]),
            (12, 3, &[(12, 15)]),
        ];
        for (offset, length, expected) in rows {
            let parts = overlaps(&[0..4, 10..20, 30..31], offset, length);
            let parts: Vec<_> = parts.map(|part| (part.start, part.end)).collect();
            assert_eq!(parts, expected, "{offset} {length}");
        }
    }
}
