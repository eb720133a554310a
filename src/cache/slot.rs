//! The form of one entry: 68 bytes.

use crate::config::HashAlgorithm;
use crate::types::{Digest, DigestKind, ProvedFile, Timestamp};

/// The size of an entry in bytes.
pub(super) const SLOT_LEN: usize = 68;

/// Files of this size and larger are not stored.
const MAX_SIZE: u64 = 1 << 48;

/// The days before which no entry was made are not counted: 2020-01-01.
const FIRST_DAY: i64 = 18_262;

/// An entry: a file as it was when its digest was proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    /// The inode number and the kind of the digest: see [`key`].
    pub(super) key: u64,
    /// The size of the file.
    pub(super) size: u64,
    /// Its modification time.
    pub(super) modified: Timestamp,
    /// Its change time.
    pub(super) changed: Timestamp,
    /// The generation of its inode.
    pub(super) generation: u32,
    /// The day on which a scan met it last, or some days before: see [`day_of`].
    pub(super) day: u16,
    digest: [u8; Digest::MAX_LEN],
}

/// The order of entries: inode numbers are close to each other for files of one
/// directory, so that a walk finds its entries in few blocks. `None` for numbers
/// that are not stored.
pub(super) fn key(inode: u64, kind: DigestKind) -> Option<u64> {
    let kind = match kind {
        DigestKind::Ends => 0,
        DigestKind::Whole => 1,
    };
    Some(inode.checked_mul(2)? | kind)
}

/// The day of a time, as stored in entries.
pub(super) fn day_of(time: Timestamp) -> u16 {
    let days = time.as_nanos() / 86_400_000_000_000;
    (days - FIRST_DAY).clamp(0, i64::from(u16::MAX)) as u16
}

impl Slot {
    /// An entry for a file; `None` for one that is not stored.
    pub(super) fn new(file: &ProvedFile, day: u16) -> Option<Self> {
        let ProvedFile { stat, digest, .. } = file;
        let mut bytes = [0; Digest::MAX_LEN];
        bytes[..digest.as_bytes().len()].copy_from_slice(digest.as_bytes());
        Some(Self {
            key: key(stat.id.ino, file.kind)?,
            size: (stat.size < MAX_SIZE).then_some(stat.size)?,
            modified: stat.modified,
            changed: stat.changed,
            generation: file.generation,
            day,
            digest: bytes,
        })
    }

    /// The digest, in the length of the algorithm.
    pub(super) fn digest(&self, algorithm: HashAlgorithm) -> Digest {
        Digest::new(&self.digest[..algorithm.digest_len()])
    }

    pub(super) fn encode(&self) -> [u8; SLOT_LEN] {
        let mut bytes = [0; SLOT_LEN];
        let size_and_day = self.size | u64::from(self.day) << 48;
        let numbers = [
            self.key,
            size_and_day,
            self.modified.as_nanos() as u64,
            self.changed.as_nanos() as u64,
        ];
        for (place, number) in bytes.chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        bytes[32..36].copy_from_slice(&self.generation.to_le_bytes());
        bytes[36..].copy_from_slice(&self.digest);
        bytes
    }

    pub(super) fn decode(bytes: &[u8; SLOT_LEN]) -> Self {
        let number = |at: usize| key_at(&bytes[8 * at..]);
        let mut digest = [0; Digest::MAX_LEN];
        digest.copy_from_slice(&bytes[36..]);
        let mut generation = [0; 4];
        generation.copy_from_slice(&bytes[32..36]);
        Self {
            key: number(0),
            size: number(1) & (MAX_SIZE - 1),
            day: (number(1) >> 48) as u16,
            modified: Timestamp::from_nanos(number(2) as i64),
            changed: Timestamp::from_nanos(number(3) as i64),
            generation: u32::from_le_bytes(generation),
            digest,
        }
    }
}

/// The number at the start of some bytes; an entry begins with its key.
pub(super) fn key_at(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |b| u64::from_le_bytes(*b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{FileId, FileKind, FileStat};

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let stat = FileStat {
            id: FileId { dev: 1, ino: 77 },
            kind: FileKind::Regular,
            size: MAX_SIZE - 1,
            links: 1,
            modified: Timestamp::from_nanos(-5),
            changed: Timestamp::from_nanos(i64::MAX),
        };
        let digest = Digest::new(&[9; 16]);
        let make = |stat: &FileStat, kind| {
            let file = ProvedFile {
                stat: *stat,
                generation: u32::MAX,
                kind,
                digest,
            };
            Slot::new(&file, u16::MAX)
        };
        for kind in [DigestKind::Ends, DigestKind::Whole] {
            let slot = make(&stat, kind).unwrap();
            assert_eq!(Slot::decode(&slot.encode()), slot);
            assert_eq!(slot.digest(HashAlgorithm::Md5), digest);
            assert_eq!(Some(slot.key), key(77, kind));
        }
        let large = FileStat {
            size: MAX_SIZE,
            ..stat
        };
        assert_eq!(make(&large, DigestKind::Whole), None);
        let odd = FileStat {
            id: FileId {
                dev: 1,
                ino: u64::MAX,
            },
            ..stat
        };
        assert_eq!(make(&odd, DigestKind::Whole), None);
    }

    #[test]
    fn days_are_counted_and_clamped() {
        let day = |days: i64| day_of(Timestamp::new(days * 86_400 + 5, 0));
        assert_eq!(day(FIRST_DAY), 0);
        assert_eq!(day(FIRST_DAY + 300), 300);
        assert_eq!(day(0), 0);
        // 2262.
        assert_eq!(day_of(Timestamp::from_nanos(i64::MAX)), u16::MAX);
    }
}
