//! Git's index: the tracked files of a work tree (gitformat-index(5)).

use std::cmp::Ordering;
use std::path::Path;

use super::GitError;
use super::hash::{Algorithm, ObjectId};
use super::repository::Repository;
use super::settings::is_absent;
use crate::platform::{self, IndexStat};

/// Maximum number of bytes read of an index: some ten million files.
const MAX_INDEX_SIZE: u64 = 1 << 30;

/// Maximum length of a path. Git writes none that the system does not accept.
const MAX_PATH_LENGTH: usize = 64 << 10;

/// The tracked files.
#[derive(Debug)]
pub(crate) struct Index {
    entries: Vec<Entry>,
    /// All paths, concatenated.
    paths: Vec<u8>,
    /// Where case is ignored: all paths in lower case, and the numbers of their
    /// entries, sorted by these paths.
    folded: Option<(Vec<u8>, Vec<usize>)>,
    /// Time of the last write, if it is known.
    pub(super) written: Option<(u32, u32)>,
}

/// A tracked path.
#[derive(Debug)]
pub(super) struct Entry {
    path: std::ops::Range<usize>,
    pub(super) mode: Mode,
    pub(super) id: ObjectId,
    pub(super) stat: IndexStat,
    /// Zero, except for the versions of a conflict.
    pub(super) stage: u8,
    /// Added with `git add --intent-to-add` only.
    pub(super) is_intent_to_add: bool,
}

/// Kind of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    File,
    Executable,
    Link,
    /// Another repository.
    Repository,
    Directory,
}

impl Mode {
    pub(super) fn from_bits(bits: u32) -> Option<Self> {
        Some(match bits & 0o170_000 {
            0o100_000 if bits & 0o100 != 0 => Self::Executable,
            0o100_000 => Self::File,
            0o120_000 => Self::Link,
            0o160_000 => Self::Repository,
            0o040_000 => Self::Directory,
            _ => return None,
        })
    }
}

impl Index {
    /// Reads the index of a work tree. Without an index, nothing is tracked.
    ///
    /// # Errors
    ///
    /// See [`GitError`].
    pub(crate) fn of(repository: &Repository) -> Result<Self, GitError> {
        let path = repository.git_dir.join("index");
        let unreadable = |error| GitError::unreadable(&path, &error);
        let file = match platform::open_control_file(&path, true) {
            Ok(file) => file,
            Err(error) if is_absent(&error) => {
                return Ok(Self {
                    entries: Vec::new(),
                    paths: Vec::new(),
                    folded: None,
                    written: None,
                });
            }
            Err(error) => return Err(unreadable(error)),
        };
        let text = platform::read_bounded(&file, MAX_INDEX_SIZE).map_err(unreadable)?;
        let mut index = Self::parse(&text, repository.algorithm).map_err(|why| match why {
            IndexError::Broken(what) => GitError::Broken(path.clone(), what.to_owned()),
            IndexError::Unknown(what) => GitError::Unsupported(path.clone(), what),
        })?;
        let stat = platform::stat_file(&file).map_err(unreadable)?;
        index.written = written(stat.modified);
        if repository.folds_case() {
            index.fold();
        }
        Ok(index)
    }

    fn parse(text: &[u8], algorithm: Algorithm) -> Result<Self, IndexError> {
        let cut = text.len().checked_sub(algorithm.len());
        let (body, sum) = text.split_at(cut.ok_or(IndexError::SHORT)?);
        // Git may be configured to write none (`index.skipHash`).
        if sum.iter().any(|&byte| byte != 0) {
            let mut hasher = algorithm.start();
            hasher.update(body);
            if hasher.finish().as_bytes() != sum {
                return Err(IndexError::Broken("its checksum is wrong"));
            }
        }
        let mut reader = Reader { text: body, at: 0 };
        if reader.take(4)? != b"DIRC" {
            return Err(IndexError::Broken("it is no index"));
        }
        let version = reader.number()?;
        if !(2..=4).contains(&version) {
            return Err(IndexError::Unknown(format!(
                "an index of version {version}"
            )));
        }
        let count = reader.number()? as usize;
        // Each entry takes at least this much, so that no count is too large.
        if count > body.len() / (42 + algorithm.len()) {
            return Err(IndexError::SHORT);
        }
        let mut index = Self {
            entries: Vec::with_capacity(count),
            paths: Vec::new(),
            folded: None,
            written: None,
        };
        for _ in 0..count {
            let entry = reader.entry(version, algorithm, &mut index.paths)?;
            index.entries.push(entry);
        }
        while reader.at < body.len() {
            let name = reader.take(4)?.to_vec();
            let size = reader.number()? as usize;
            reader.take(size)?;
            match name.as_slice() {
                b"link" => {
                    return Err(IndexError::Unknown(
                        "a split index (git update-index --no-split-index)".to_owned(),
                    ));
                }
                b"sdir" => {
                    return Err(IndexError::Unknown(
                        "a sparse index (git sparse-checkout reapply --no-sparse-index)".to_owned(),
                    ));
                }
                // The names of optional extensions begin with a capital letter.
                [first, ..] if first.is_ascii_uppercase() => {}
                other => {
                    return Err(IndexError::Unknown(format!(
                        "an index with {:?}",
                        other.escape_ascii().to_string()
                    )));
                }
            }
        }
        // Checked last: in half of a split index some entries have no path.
        let order = |pair: &[Entry]| index.order(&pair[0], &pair[1]) == Ordering::Less;
        if !index.entries.windows(2).all(order) {
            return Err(IndexError::Broken("its entries are in no order"));
        }
        Ok(index)
    }

    fn order(&self, a: &Entry, b: &Entry) -> Ordering {
        (self.path(a), a.stage).cmp(&(self.path(b), b.stage))
    }

    /// The path of an entry.
    pub(super) fn path(&self, entry: &Entry) -> &[u8] {
        &self.paths[entry.path.clone()]
    }

    /// The entry for a path; the first one if it is in conflict.
    pub(super) fn entry(&self, path: &[u8]) -> Option<&Entry> {
        let at = self
            .entries
            .partition_point(|entry| self.path(entry) < path);
        let exact = self.entries.get(at);
        let exact = exact.filter(|entry| self.path(entry) == path);
        exact.or_else(|| {
            let path = path.to_ascii_lowercase();
            let (folded, entry) = self.first_folded(&path)?;
            (folded == path).then_some(entry)
        })
    }

    /// A path as git spells it, if git tracks it.
    pub(crate) fn spelling(&self, path: &[u8]) -> Option<&[u8]> {
        Some(self.path(self.entry(path)?))
    }

    /// Builds the lookup table for names that differ in case alone.
    fn fold(&mut self) {
        let lower = self.paths.to_ascii_lowercase();
        let path = |number: usize| &lower[self.entries[number].path.clone()];
        let mut order: Vec<usize> = (0..self.entries.len()).collect();
        // Of those that differ by case alone, the first counts.
        order.sort_by(|&a, &b| path(a).cmp(path(b)));
        self.folded = Some((lower, order));
    }

    /// The first path in lower case that does not sort before this one, and its
    /// entry.
    fn first_folded(&self, path: &[u8]) -> Option<(&[u8], &Entry)> {
        let (lower, order) = self.folded.as_ref()?;
        let of = |number: usize| &lower[self.entries[number].path.clone()];
        let at = order.partition_point(|&number| of(number) < path);
        let number = *order.get(at)?;
        Some((of(number), &self.entries[number]))
    }

    /// Returns true if git tracks a path, or anything below it. The path is
    /// relative to the top of the work tree, with slashes.
    pub(crate) fn tracks(&self, path: &[u8], is_dir: bool) -> bool {
        if self.entry(path).is_some() {
            return true;
        }
        if !is_dir {
            return false;
        }
        let mut below = [path, b"/"].concat();
        if self.folded.is_some() {
            below.make_ascii_lowercase();
            let first = self.first_folded(&below);
            return first.is_some_and(|(path, _)| path.starts_with(&below));
        }
        let at = self
            .entries
            .partition_point(|entry| self.path(entry) < below.as_slice());
        self.entries
            .get(at)
            .is_some_and(|entry| self.path(entry).starts_with(&below))
    }
}

fn written(time: crate::types::Timestamp) -> Option<(u32, u32)> {
    let nanos = u64::try_from(time.as_nanos()).ok()?;
    let seconds = u32::try_from(nanos / 1_000_000_000).ok()?;
    Some((seconds, (nanos % 1_000_000_000) as u32))
}

/// Reason why an index cannot be used.
#[derive(Debug, PartialEq, Eq)]
enum IndexError {
    Broken(&'static str),
    Unknown(String),
}

impl IndexError {
    const SHORT: Self = Self::Broken("it is cut short");
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], IndexError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let (taken, _) = rest.split_at_checked(count).ok_or(IndexError::SHORT)?;
        self.at += count;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, IndexError> {
        let bytes = self.take(4)?;
        Ok(bytes
            .iter()
            .fold(0, |number, &byte| number << 8 | u32::from(byte)))
    }

    fn short(&mut self) -> Result<u16, IndexError> {
        let bytes = self.take(2)?;
        Ok(u16::from(bytes[0]) << 8 | u16::from(bytes[1]))
    }

    fn until_nul(&mut self) -> Result<&'a [u8], IndexError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest
            .iter()
            .position(|&byte| byte == 0)
            .ok_or(IndexError::SHORT)?;
        self.at += end + 1;
        Ok(&rest[..end])
    }

    /// A number of any length: seven bits per byte, the highest first.
    fn long(&mut self) -> Result<usize, IndexError> {
        let mut byte = self.take(1)?[0];
        let mut number = usize::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = self.take(1)?[0];
            number = number
                .checked_add(1)
                .and_then(|number| number.checked_mul(128))
                .ok_or(IndexError::SHORT)?
                | usize::from(byte & 0x7f);
        }
        Ok(number)
    }

    fn entry(
        &mut self,
        version: u32,
        algorithm: Algorithm,
        paths: &mut Vec<u8>,
    ) -> Result<Entry, IndexError> {
        let start = self.at;
        let changed = (self.number()?, self.number()?);
        let modified = (self.number()?, self.number()?);
        let _device = self.number()?;
        let inode = self.number()?;
        let bits = self.number()?;
        let stat = IndexStat {
            modified,
            changed,
            inode,
            user: self.number()?,
            group: self.number()?,
            size: self.number()?,
        };
        let id = ObjectId::new(self.take(algorithm.len())?).ok_or(IndexError::SHORT)?;
        let flags = self.short()?;
        let more = if flags & 0x4000 != 0 && version > 2 {
            self.short()?
        } else {
            0
        };
        let begin = paths.len();
        if version == 4 {
            // The length to drop from the previous path, and then the rest of
            // this one.
            let dropped = self.long()?;
            let rest = self.until_nul()?;
            let before = paths_before(paths, begin);
            let kept = before
                .len()
                .checked_sub(dropped)
                .ok_or(IndexError::Broken("its paths make no sense"))?;
            let kept = before.start..before.start + kept;
            paths.push(0);
            paths.extend_from_within(kept);
            paths.extend_from_slice(rest);
        } else {
            let path = self.until_nul()?;
            paths.push(0);
            paths.extend_from_slice(path);
            // Padded with NULs, at least one.
            let end = start + (self.at - start).next_multiple_of(8);
            self.take(end - self.at)?;
        }
        // In version 4 a few bytes can repeat a path of any length.
        if paths.len() - begin > MAX_PATH_LENGTH || paths.len() as u64 > MAX_INDEX_SIZE {
            return Err(IndexError::Broken("its paths are too long"));
        }
        let mode = Mode::from_bits(bits).ok_or(IndexError::Broken("it tracks what is no file"))?;
        if mode == Mode::Directory {
            return Err(IndexError::Unknown(
                "a sparse index (git sparse-checkout reapply --no-sparse-index)".to_owned(),
            ));
        }
        Ok(Entry {
            path: begin + 1..paths.len(),
            mode,
            id,
            stat,
            stage: (flags >> 12 & 3) as u8,
            is_intent_to_add: more & 0x2000 != 0,
        })
    }
}

/// The range of the last path. Each path is preceded by a NUL.
fn paths_before(paths: &[u8], end: usize) -> std::ops::Range<usize> {
    let start = paths[..end].iter().rposition(|&byte| byte == 0);
    start.map_or(0, |at| at + 1)..end
}

/// Returns true if a path of the work tree is git's own: `.git` at its top.
pub(super) fn is_gits_own(path: &Path) -> bool {
    path.components()
        .next()
        .is_some_and(|first| first.as_os_str() == ".git")
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
