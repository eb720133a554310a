//! Everything a scan knows: directories, files, their names, and which of
//! them were proved to be the same.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use super::class::ClassTable;
use super::{Class, ClassIdx};
use crate::error::{FailureKind, ScanError, Stage};
use crate::model::{
    DirId, DirTable, FileIdx, FileTable, NameArena, NameRef, StageStats, push_component,
};
use crate::sys;

/// The state of the books, open for reading.
#[derive(Debug, Default)]
pub struct Findings {
    /// All directories.
    pub dirs: DirTable,
    /// All names.
    pub names: NameArena,
    /// All files, one record an inode.
    pub files: FileTable,
    pub(super) walk_errors: Vec<ScanError>,
    pub(super) failures: Vec<Failure>,
    pub(super) extras: Vec<ExtraName>,
    pub(super) extra_of: HashMap<FileIdx, u32>,
    pub(super) linked: HashSet<FileIdx>,
    pub(super) next: Vec<u32>,
    pub(super) status: Vec<Status>,
    pub(super) wholes: ClassTable,
    pub(super) tally: super::tally::Tally,
}

/// Why a file's content is not known.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) file: FileIdx,
    pub(super) stage: Stage,
    pub(super) kind: FailureKind,
    pub(super) message: String,
}

/// What is known of one file's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Not enough to be in a class of whole digests.
    Open,
    /// Its whole digest: it is in a class.
    Whole,
    /// Nothing: it could not be read or changed meanwhile.
    Failed,
}

/// Another name of a file that is in the table already.
#[derive(Debug, Clone, Copy)]
pub struct ExtraName {
    /// The directory of the name.
    pub dir: DirId,
    /// The name.
    pub name: NameRef,
    /// How many hard links the file had when this name was met.
    pub links: u64,
    /// Whether the name is a symbolic link.
    pub through_link: bool,
    pub(super) next: Option<u32>,
}

pub(super) const NONE: u32 = u32::MAX;

impl Findings {
    /// Classes whose members were all proved equal by what was asked for.
    pub fn classes(&self) -> impl Iterator<Item = (ClassIdx, &Class)> {
        self.wholes
            .iter()
            .filter(|(_, class)| class.confirmed && class.count > 0)
    }

    /// One class.
    #[must_use]
    pub fn class(&self, class: ClassIdx) -> &Class {
        self.wholes.get(class)
    }

    /// The members of a class.
    pub fn members(&self, class: ClassIdx) -> impl Iterator<Item = FileIdx> + '_ {
        let class = self.class(class);
        let mut next = class.head.0;
        (0..class.count).map(move |_| {
            let file = FileIdx(next);
            next = self.next[next as usize];
            file
        })
    }

    /// Files that are in no class of whole digests, though nothing went wrong
    /// with them: a smaller proof set them apart from every other file.
    pub fn set_apart(&self) -> impl Iterator<Item = FileIdx> + '_ {
        self.files
            .indexes()
            .filter(|file| self.status[file.0 as usize] == Status::Open)
    }

    /// Names of a file beside the one in its record.
    pub fn extra_names(&self, file: FileIdx) -> impl Iterator<Item = &ExtraName> {
        let mut next = self.extra_of.get(&file).copied();
        std::iter::from_fn(move || {
            let extra = &self.extras[next? as usize];
            next = extra.next;
            Some(extra)
        })
    }

    /// Whether a file has been met under more than one name.
    #[must_use]
    pub fn has_extra_names(&self, file: FileIdx) -> bool {
        self.extra_of.contains_key(&file)
    }

    /// Whether the name in a file's record is a symbolic link to it.
    #[must_use]
    pub fn is_through_link(&self, file: FileIdx) -> bool {
        self.linked.contains(&file)
    }

    /// The path made of a directory and a name in it, as bytes.
    #[must_use]
    pub fn path(&self, dir: DirId, name: NameRef) -> Vec<u8> {
        let mut path = Vec::with_capacity(96);
        self.dirs.path_into(dir, &self.names, &mut path);
        push_component(&mut path, self.names.get(name));
        path
    }

    /// The least of all paths by which a file was met: the same one whichever
    /// came first.
    #[must_use]
    pub fn path_of(&self, file: FileIdx) -> PathBuf {
        let record = self.files.get(file);
        let first = self.path(record.dir, record.name);
        let others = self.extra_names(file).map(|e| self.path(e.dir, e.name));
        let least = others.fold(first, Vec::min);
        PathBuf::from(sys::os_str(&least))
    }

    /// Every path that could not be dealt with, in order.
    #[must_use]
    pub fn errors(&self) -> Vec<ScanError> {
        let failures = self.failures.iter().map(|failure| ScanError {
            path: self.path_of(failure.file),
            stage: failure.stage,
            kind: failure.kind,
            message: failure.message.clone(),
        });
        let mut errors: Vec<_> = self.walk_errors.iter().cloned().chain(failures).collect();
        errors.sort_unstable();
        errors.dedup();
        errors
    }

    /// How many there are so far.
    #[must_use]
    pub fn error_count(&self) -> usize {
        self.walk_errors.len() + self.failures.len()
    }

    /// What went through each stage.
    #[must_use]
    pub fn stages(&self, verify: bool) -> Vec<StageStats> {
        self.tally.stats(verify)
    }

    pub(super) fn set_status(&mut self, file: FileIdx, status: Status) {
        self.status[file.0 as usize] = status;
    }
}
