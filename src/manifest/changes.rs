//! The changes since an earlier index.

use std::collections::HashMap;
use std::path::PathBuf;

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::reader::open;
use super::row::{IndexError, Row};
use crate::types::Digest;

/// The part of a row that is compared: 32 bytes, whatever the length of its path.
#[derive(Debug, Clone, Copy)]
struct Known {
    indexed_at: i64,
    identity: u64,
    partial: u64,
    digest: u64,
}

/// The paths of one host in earlier indexes.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    files: Vec<PathBuf>,
    host: Vec<u8>,
    /// By the hash of the path; those that were met are taken out.
    known: HashMap<u128, Known>,
}

fn hash_of(digest: Option<&Digest>) -> u64 {
    digest.map_or(0, |digest| xxh3_64(digest.as_bytes()).max(1))
}

impl Known {
    fn of(row: &Row<'_>) -> Self {
        let mut identity = Vec::with_capacity(128);
        let number = |number: u64| number.to_le_bytes();
        identity.extend(number(row.size));
        identity.extend(number(row.modified.as_nanos() as u64));
        identity.extend(number(row.changed.as_nanos() as u64));
        identity.extend(number(
            row.fs_uuid.map_or(u64::MAX, |uuid| uuid.len() as u64),
        ));
        identity.extend(row.fs_uuid.unwrap_or_default());
        identity.extend(row.handle);
        identity.push(u8::from(row.links == 0));
        identity.extend(row.algorithm.as_str().as_bytes());
        Self {
            indexed_at: row.indexed_at,
            identity: xxh3_64(&identity),
            partial: hash_of(row.partial.as_ref()),
            digest: hash_of(row.digest.as_ref()),
        }
    }

    /// Returns true if a row says no more than this.
    fn covers(&self, row: &Row<'_>) -> bool {
        let new = Self::of(row);
        let is_known = |new: u64, old: u64| new == 0 || new == old;
        self.identity == new.identity
            && is_known(new.digest, self.digest)
            && (self.digest != 0 || is_known(new.partial, self.partial))
    }
}

impl Changes {
    /// Reads earlier indexes of a host.
    pub(crate) fn since(files: &[PathBuf], host: &str) -> Result<Self, IndexError> {
        let mut changes = Self {
            files: files.to_vec(),
            host: host.as_bytes().to_vec(),
            known: HashMap::new(),
        };
        for file in files {
            open(file)?.each(|row| {
                if row.host == changes.host {
                    let new = Known::of(row);
                    let known = changes.known.entry(xxh3_128(row.path)).or_insert(new);
                    if known.indexed_at < new.indexed_at {
                        *known = new;
                    }
                }
                Ok(())
            })?;
        }
        Ok(changes)
    }

    /// Returns true if a path is new, or its file is, or more is known of it. To be
    /// asked once for each path.
    pub(crate) fn is_new(&mut self, row: &Row<'_>) -> bool {
        match self.known.remove(&xxh3_128(row.path)) {
            Some(known) => !known.covers(row),
            None => true,
        }
    }

    /// Calls `each` with the last rows of the paths below `roots` that were not
    /// asked for, once all that are there were: they are gone.
    pub(crate) fn gone(
        &self,
        roots: &[Vec<u8>],
        mut each: impl FnMut(&Row<'_>) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        for file in &self.files {
            open(file)?.each(|row| {
                let known = self.known.get(&xxh3_128(row.path));
                let is_gone = row.host == self.host
                    && known.is_some_and(|known| known.indexed_at == row.indexed_at)
                    && row.links > 0
                    && roots.iter().any(|root| root == row.root);
                if is_gone { each(row) } else { Ok(()) }
            })?;
        }
        Ok(())
    }
}
