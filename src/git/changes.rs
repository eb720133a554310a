//! Detects changes in a work tree since a commit.
//!
//! Files are queried one at a time, as they turn out to have duplicates; no
//! other file is inspected. A file is unchanged if git tracks it, and if its
//! kind, its executable bit and its content are those of the commit.
//!
//! Content is compared as follows. If a file's times, inode, owner and size are
//! those in the index, and the file was not written at the time the index was,
//! its content is the one recorded in the index. Otherwise its bytes are read
//! and hashed. Where git would store other bytes, because of a filter, an
//! encoding or line endings, the hash proves nothing, and the times alone
//! decide: no filter is ever run.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::attributes::{Attributes, Conversion};
use super::commit_tree::CommitTree;
use super::hash::ObjectId;
use super::history::merge_base;
use super::index::{Entry, Index, Mode};
use super::objects::Objects;
use super::refs::Refs;
use super::repository::Repository;
use super::revision::Resolver;
use super::{GitError, slashed};
use crate::platform::{self, IndexStat};
use crate::types::FileKind;

/// The changes of a work tree since a commit.
pub(crate) struct Changes {
    repository: Repository,
    index: Index,
    /// The files of the commit. None before the first commit, when every file is
    /// new.
    base: Option<CommitTree>,
    /// Status of the repositories that this one tracks, by path.
    inner: HashMap<Vec<u8>, Inner>,
    attributes: HashMap<Vec<u8>, Conversion>,
}

/// A repository inside another one.
enum Inner {
    /// It is at another commit: everything in it counts as changed.
    Changed,
    /// It is at the recorded commit.
    Same(Box<Changes>),
}

impl Changes {
    /// Compares the work tree with this top with the merge base of `revision`
    /// and HEAD.
    ///
    /// # Errors
    ///
    /// See [`GitError`].
    pub(crate) fn since(repository: Repository, revision: &str) -> Result<Self, GitError> {
        repository.check_trusted()?;
        let base = {
            let refs = Refs::of(&repository)?;
            let objects = Objects::of(&repository, &refs)?;
            let resolver = Resolver {
                repository: &repository,
                refs: &refs,
                objects: &objects,
            };
            match refs.get(b"HEAD")? {
                // Before the first commit, everything is new.
                None if matches!(revision, "HEAD" | "@") && refs.branch()?.is_some() => None,
                head => {
                    let commit = resolver.commit(revision)?;
                    let no_ancestor = || GitError::NoAncestor(revision.to_owned());
                    let head = head.ok_or_else(no_ancestor)?;
                    let head = objects.commit_of(head)?.ok_or_else(no_ancestor)?;
                    let base = merge_base(&objects, commit, head)?.ok_or_else(no_ancestor)?;
                    let tree = objects.commit(&base)?.tree;
                    Some(CommitTree::new(objects, tree))
                }
            }
        };
        Self::of(repository, base)
    }

    fn of(repository: Repository, base: Option<CommitTree>) -> Result<Self, GitError> {
        Ok(Self {
            index: Index::of(&repository)?,
            repository,
            base,
            inner: HashMap::new(),
            attributes: HashMap::new(),
        })
    }

    /// The top of the work tree.
    pub(crate) fn top(&self) -> &Path {
        &self.repository.top
    }

    /// Returns true if a file changed or is new. The path is absolute and
    /// without links. Files outside the work tree and git's own files count as
    /// unchanged.
    ///
    /// # Errors
    ///
    /// See [`GitError`].
    pub(crate) fn has(&mut self, file: &Path) -> Result<bool, GitError> {
        let Ok(below) = file.strip_prefix(&self.repository.top) else {
            return Ok(false);
        };
        if super::index::is_gits_own(below) {
            return Ok(false);
        }
        let path = slashed(below);
        let tracked = self.index.entry(&path);
        if let Some(entry) = tracked.filter(|entry| entry.mode != Mode::Repository) {
            // As git spells it, where case is ignored.
            let path = self.index.path(entry).to_vec();
            return self.has_tracked(&path, file);
        }
        for (at, _) in path.iter().enumerate().filter(|&(_, &byte)| byte == b'/') {
            let dir = &path[..at];
            if self
                .index
                .entry(dir)
                .is_some_and(|entry| entry.mode == Mode::Repository)
            {
                return match self.inner(dir)? {
                    Inner::Changed => Ok(true),
                    Inner::Same(inner) => inner.has(file),
                };
            }
        }
        // Git does not track it.
        Ok(true)
    }

    fn has_tracked(&mut self, path: &[u8], file: &Path) -> Result<bool, GitError> {
        let Some((bits, base)) = self.in_commit(path)? else {
            return Ok(true);
        };
        let settings = &self.repository.settings;
        let has_modes = settings.flag("core", "filemode", true)?;
        let Some(entry) = self.index.entry(path) else {
            return Ok(true);
        };
        if entry.stage != 0 || entry.is_intent_to_add {
            return Ok(true);
        }
        let found = match platform::work_tree_file(file) {
            Ok(found) => found,
            // It is gone: nothing is left to compare.
            Err(_) => return Ok(true),
        };
        let mode = match found.kind {
            FileKind::Regular
                if entry.mode == Mode::Link && !settings.flag("core", "symlinks", true)? =>
            {
                Mode::Link
            }
            FileKind::Regular if !has_modes || found.stat.is_none() => entry.mode,
            FileKind::Regular if found.is_executable => Mode::Executable,
            FileKind::Regular => Mode::File,
            FileKind::Symlink => Mode::Link,
            FileKind::Directory | FileKind::Special => return Ok(true),
        };
        if Mode::from_bits(bits) != Some(mode) {
            return Ok(true);
        }
        let metadata_matches = match found.stat {
            Some(stat) => entry.mode == mode && self.is_recorded(entry, &stat)?,
            None => false,
        };
        let is_racy = self.is_racy(entry);
        if metadata_matches && !is_racy {
            return Ok(entry.id != base);
        }
        let id = entry.id;
        let content = match found.kind {
            FileKind::Symlink => {
                let target =
                    std::fs::read_link(file).map_err(|e| GitError::unreadable(file, &e))?;
                let target = slashed(&target);
                Some(self.repository.algorithm.id_of("blob", &target))
            }
            _ => {
                let conversion = self.conversion(path)?;
                self.content(file, conversion)?
            }
        };
        Ok(match content {
            Some(content) => content != base,
            // Only the times are left to decide.
            None => !metadata_matches || id != base,
        })
    }

    /// Returns the object ID that git would give a file's content. None if git
    /// would store other bytes than the file's.
    fn content(&self, file: &Path, conversion: Conversion) -> Result<Option<ObjectId>, GitError> {
        if conversion.is_opaque {
            return Ok(None);
        }
        let unreadable = |error: io::Error| GitError::unreadable(file, &error);
        let mut open = platform::open_control_file(file, false).map_err(unreadable)?;
        let size = open.metadata().map_err(unreadable)?.len();
        let mut hasher = self.repository.algorithm.start();
        hasher.update(format!("blob {size}\0").as_bytes());
        let mut scan = ConversionScan::default();
        let mut total = 0;
        let mut buffer = vec![0; 64 << 10];
        loop {
            let count = read_some(&mut open, &mut buffer).map_err(unreadable)?;
            if count == 0 {
                break;
            }
            total += count as u64;
            hasher.update(&buffer[..count]);
            scan.add(&buffer[..count]);
        }
        // A file that changes while it is read has no content to compare.
        let is_exact = total == size
            && !(conversion.line_ends && scan.has_crlf)
            && !(conversion.ident && scan.has_dollar);
        Ok(is_exact.then(|| hasher.finish()))
    }

    fn conversion(&mut self, path: &[u8]) -> Result<Conversion, GitError> {
        if let Some(known) = self.attributes.get(path) {
            return Ok(*known);
        }
        let conversion = Attributes::of(&self.repository)?.conversion(path)?;
        self.attributes.insert(path.to_vec(), conversion);
        Ok(conversion)
    }

    /// Returns true if a file's metadata is what the index recorded.
    fn is_recorded(&self, entry: &Entry, now: &IndexStat) -> Result<bool, GitError> {
        let settings = &self.repository.settings;
        let is_minimal = settings
            .word("core", "checkstat")
            .is_some_and(|word| word == "minimal");
        let trusts_changed = !is_minimal && settings.flag("core", "trustctime", true)?;
        let then = &entry.stat;
        Ok(same_time(then.modified, now.modified)
            && then.size == now.size
            && (!trusts_changed || same_time(then.changed, now.changed))
            && (is_minimal
                || (then.inode, then.user, then.group) == (now.inode, now.user, now.group)))
    }

    /// Returns true if a file may have been written after the index without a
    /// visible change of its times (git's "racy" entries).
    fn is_racy(&self, entry: &Entry) -> bool {
        let then = &entry.stat;
        self.index
            .written
            .is_none_or(|written| is_racy(written, then.modified, then.changed))
    }

    /// Returns the mode bits and the object that the commit has at a path.
    fn in_commit(&mut self, path: &[u8]) -> Result<Option<(u32, ObjectId)>, GitError> {
        match &mut self.base {
            Some(base) => base.get(path),
            None => Ok(None),
        }
    }

    /// Returns the status of a repository that this one tracks.
    fn inner(&mut self, dir: &[u8]) -> Result<&mut Inner, GitError> {
        if !self.inner.contains_key(dir) {
            let inner = self.open_inner(dir)?;
            self.inner.insert(dir.to_vec(), inner);
        }
        let gone = || GitError::Missing(String::from_utf8_lossy(dir).into_owned());
        self.inner.get_mut(dir).ok_or_else(gone)
    }

    fn open_inner(&mut self, dir: &[u8]) -> Result<Inner, GitError> {
        let Some((bits, base)) = self.in_commit(dir)? else {
            return Ok(Inner::Changed);
        };
        let top: PathBuf = self.repository.top.join(platform::os_str(dir));
        let Some(repository) = Repository::at(&top)? else {
            return Ok(Inner::Changed);
        };
        repository.check_trusted()?;
        let base = {
            let refs = Refs::of(&repository)?;
            let is_same =
                Mode::from_bits(bits) == Some(Mode::Repository) && refs.get(b"HEAD")? == Some(base);
            if !is_same {
                return Ok(Inner::Changed);
            }
            let objects = Objects::of(&repository, &refs)?;
            let tree = objects.commit(&base)?.tree;
            Some(CommitTree::new(objects, tree))
        };
        let changes = Self::of(repository, base)?;
        Ok(Inner::Same(Box::new(changes)))
    }
}

/// Returns true if an index was written in the second in which a file last
/// changed, or before. A finer clock does not help: a write after git read the
/// file, and within the same tick, leaves the times unchanged.
fn is_racy(written: (u32, u32), modified: (u32, u32), changed: (u32, u32)) -> bool {
    written.0 <= modified.0.max(changed.0)
}

/// Returns true if two times are equal at the precision of the index.
fn same_time(recorded: (u32, u32), now: (u32, u32)) -> bool {
    recorded.0 == now.0 && (recorded.1 == 0 || recorded.1 == now.1)
}

fn read_some(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Bytes in a file that git may have converted.
#[derive(Default)]
struct ConversionScan {
    has_crlf: bool,
    has_dollar: bool,
    after_cr: bool,
}

impl ConversionScan {
    fn add(&mut self, bytes: &[u8]) {
        let starts = self.after_cr && bytes.first() == Some(&b'\n');
        self.has_crlf |= starts || bytes.windows(2).any(|pair| pair == b"\r\n");
        self.has_dollar |= bytes.contains(&b'$');
        self.after_cr = bytes.last() == Some(&b'\r');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_in_the_second_of_the_index_is_looked_at_again() {
        for (written, modified, changed, expected) in [
            ((9, 500), (8, 900), (8, 900), false),
            ((9, 500), (9, 400), (9, 400), true),
            ((9, 500), (9, 0), (8, 0), true),
            ((9, 500), (10, 0), (8, 0), true),
            // The time of the content can be set; this one cannot.
            ((9, 500), (1, 0), (9, 400), true),
        ] {
            assert_eq!(is_racy(written, modified, changed), expected);
        }
    }
}
