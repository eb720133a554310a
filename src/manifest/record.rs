//! Rows as records that a [`Sorter`](super::sorter::Sorter) puts in order.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::row::Row;
use crate::types::{Digest, Timestamp};

/// The part of a row that merging needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry<'a> {
    /// The number of the host.
    pub(super) host: u32,
    /// The path on that host.
    #[serde(borrow)]
    pub(super) path: &'a [u8],
    /// The number of the file system, if it has a lasting identity.
    pub(super) volume: Option<u32>,
    /// The number of the file there.
    #[serde(borrow)]
    pub(super) handle: &'a [u8],
    pub(super) size: u64,
    pub(super) modified: Timestamp,
    pub(super) changed: Timestamp,
    pub(super) links: u32,
    pub(super) partial: Option<Digest>,
    pub(super) digest: Option<Digest>,
}

/// Numbers of texts that few rows differ in.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    texts: Vec<Vec<u8>>,
    numbers: HashMap<Vec<u8>, u32>,
}

impl Numbers {
    /// The number of a text, in the order in which they come.
    pub(super) fn of(&mut self, text: &[u8]) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text.to_vec());
        self.numbers.insert(text.to_vec(), number);
        number
    }

    /// All of them, by number.
    pub(super) fn texts(&self) -> &[Vec<u8>] {
        &self.texts
    }
}

impl<'a> Entry<'a> {
    pub(super) fn of(row: &Row<'a>, hosts: &mut Numbers, volumes: &mut Numbers) -> Self {
        Self {
            host: hosts.of(row.host),
            path: row.path,
            volume: row.fs_uuid.map(|uuid| volumes.of(uuid)),
            handle: row.handle,
            size: row.size,
            modified: row.modified,
            changed: row.changed,
            links: row.links,
            partial: row.partial,
            digest: row.digest,
        }
    }

    /// The number of the file: the same for all its names. A file system that two
    /// hosts have is one that both mount, or a drive that was moved, unless they
    /// are clones. Its times are part of it: a clone that was written to is another
    /// file.
    pub(super) fn identity(&self, is_cloned: bool) -> u128 {
        let host = (is_cloned || self.volume.is_none()).then_some(self.host);
        let mut key = Vec::with_capacity(64);
        for number in [host, self.volume] {
            let number = number.map_or(u64::MAX, u64::from);
            key.extend_from_slice(&number.to_le_bytes());
        }
        for time in [self.modified, self.changed] {
            key.extend_from_slice(&time.as_nanos().to_le_bytes());
        }
        key.extend_from_slice(&self.size.to_le_bytes());
        key.extend_from_slice(self.handle);
        xxh3_128(&key)
    }

    /// Writes a record that is in the order of hosts and paths, the latest of each
    /// first.
    pub(super) fn by_path(&self, indexed_at: i64, record: &mut Vec<u8>) {
        record.clear();
        record.extend_from_slice(&self.host.to_be_bytes());
        record.extend_from_slice(self.path);
        record.push(0);
        // From the highest time to the lowest.
        let time = !((indexed_at as u64) ^ (1 << 63));
        record.extend_from_slice(&time.to_be_bytes());
        Self { path: &[], ..*self }.append(record);
    }

    /// The host and path that such a record begins with, and the row.
    pub(super) fn of_path(record: &'a [u8]) -> Option<(&'a [u8], Self)> {
        let end = 4 + record.get(4..)?.iter().position(|&byte| byte == 0)?;
        let entry: Self = postcard::from_bytes(record.get(end + 9..)?).ok()?;
        let path = &record[4..end];
        Some((&record[..end], Self { path, ..entry }))
    }

    /// Writes a record that is in the order of sizes; within one size those without
    /// a digest come first, by the digest of their ends and then file by file.
    pub(super) fn by_content(&self, is_cloned: bool, record: &mut Vec<u8>) {
        record.clear();
        record.extend_from_slice(&self.size.to_be_bytes());
        match &self.digest {
            Some(digest) => {
                record.push(1);
                record.extend_from_slice(digest.as_bytes());
                Self {
                    digest: None,
                    ..*self
                }
                .append(record);
            }
            None => {
                record.push(0);
                let partial = self.partial.as_ref().map_or(&[][..], Digest::as_bytes);
                record.push(partial.len() as u8);
                record.extend_from_slice(partial);
                record.extend_from_slice(&self.identity(is_cloned).to_be_bytes());
                self.append(record);
            }
        }
    }

    /// The row of such a record; digests have this length.
    pub(super) fn of_content(record: &'a [u8], digest_len: usize) -> Option<Self> {
        let (is_proved, rest) = record.get(8..)?.split_first()?;
        if *is_proved == 1 {
            let (digest, rest) = rest.split_at_checked(digest_len)?;
            let entry: Self = postcard::from_bytes(rest).ok()?;
            let digest = Some(Digest::new(digest));
            return Some(Self { digest, ..entry });
        }
        let (&partial_len, rest) = rest.split_first()?;
        postcard::from_bytes(rest.get(usize::from(partial_len) + 16..)?).ok()
    }

    fn append(&self, record: &mut Vec<u8>) {
        // It only fails if there is no room.
        if let Ok(with) = postcard::to_extend(self, std::mem::take(record)) {
            *record = with;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry<'static> {
        Entry {
            host: 3,
            path: b"/a/b",
            volume: Some(1),
            handle: &[1, 0, 2],
            size: 70_000,
            modified: Timestamp::from_nanos(-5),
            changed: Timestamp::from_nanos(7),
            links: 2,
            partial: None,
            digest: Some(Digest::new(&[9; 16])),
        }
    }

    #[test]
    fn records_hold_the_row() {
        let mut record = Vec::new();
        let unproved = Entry {
            digest: None,
            partial: Some(Digest::new(&[0; 16])),
            ..entry()
        };
        for entry in [
            entry(),
            unproved,
            Entry {
                volume: None,
                partial: None,
                digest: None,
                ..entry()
            },
        ] {
            entry.by_content(false, &mut record);
            assert_eq!(Entry::of_content(&record, 16), Some(entry));
            entry.by_path(5, &mut record);
            let (name, found) = Entry::of_path(&record).unwrap();
            assert_eq!(found, entry);
            assert_eq!(name, b"\0\0\0\x03/a/b");
        }
        assert_eq!(Entry::of_content(&[], 16), None);
        assert_eq!(Entry::of_path(b"abcd"), None);
    }

    #[test]
    fn the_latest_row_of_a_path_comes_first() {
        let record = |path: &'static [u8], time| {
            let mut record = Vec::new();
            Entry { path, ..entry() }.by_path(time, &mut record);
            record
        };
        let order = [
            record(b"/a", i64::MAX),
            record(b"/a", 1),
            record(b"/a", 0),
            record(b"/a", -1),
            record(b"/a", i64::MIN),
            record(b"/a\x01", 9),
        ];
        assert!(order.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn one_file_is_known_by_all_that_tells_files_apart() {
        let of = |change: &dyn Fn(&mut Entry<'_>)| {
            let mut other = entry();
            change(&mut other);
            [other.identity(false), other.identity(true)]
        };
        let [shared, cloned] = of(&|_| ());
        assert_eq!(of(&|e| e.path = b"/other"), [shared, cloned]);
        assert_eq!(of(&|e| e.digest = None), [shared, cloned]);
        // Another host that has the same file system.
        let [a, b] = of(&|e| e.host = 4);
        assert!(a == shared && b != cloned);
        // Without a lasting identity nothing is known beyond the host.
        let [c, _] = of(&|e| e.volume = None);
        let [d, _] = of(&|e| (e.volume, e.host) = (None, 4));
        assert!(c != d && c != shared);
        type Change = fn(&mut Entry<'_>);
        let changes: [Change; 5] = [
            |e| e.volume = Some(2),
            |e| e.handle = &[1, 0, 3],
            |e| e.size += 1,
            |e| e.modified = Timestamp::from_nanos(6),
            |e| e.changed = Timestamp::from_nanos(6),
        ];
        for change in changes {
            let [a, b] = of(&change);
            assert!(a != shared && b != cloned);
        }
    }
}
