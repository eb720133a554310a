//! The catalog of a scan: directories, files, their names, and the classes of
//! files proved equal.

use std::path::PathBuf;

use hashbrown::{HashMap, HashSet};

use super::class::{ClassTable, Members};
use super::unstable::Unstable;
use super::{Class, ClassIdx, Listings};
use crate::error::{FailureKind, ScanError, Stage, TableFull};
use crate::platform;
use crate::types::{
    Digest, DirId, DirTable, Doubt, FileId, FileIdx, FileKind, FileStat, FileTable, FoundFile,
    NameArena, NameRef, StageStats, push_component,
};

/// Read-only view of everything the scan knows.
#[derive(Debug)]
pub struct Catalog {
    /// All directories.
    pub(crate) dirs: DirTable,
    /// The names of directories, and of files that have more than one.
    pub(crate) names: NameArena,
    /// All files, one record an inode.
    pub(crate) files: FileTable,
    /// Further entries of directories, if directories are compared.
    pub(crate) listings: Listings,
    pub(super) walk_errors: Vec<ScanError>,
    /// Followed symbolic links that lead to nothing.
    pub(super) dangling: Vec<PathBuf>,
    pub(super) failures: Vec<Failure>,
    pub(super) extras: Vec<ExtraName>,
    pub(super) extra_of: HashMap<FileIdx, u32>,
    pub(super) linked: HashSet<FileIdx>,
    /// Of files that share blocks with another file or a snapshot: the bytes in
    /// those blocks, as far as known.
    pub(super) shared_bytes: HashMap<FileIdx, u64>,
    /// The digests of ends, if candidates are read.
    pub(super) ends: HashMap<FileIdx, Digest>,
    /// Files excluded from all groups because their identity is ambiguous: see
    /// [`super::same_number`].
    pub(super) excluded: HashMap<FileIdx, Doubt>,
    /// Devices whose file identities are unstable.
    pub(super) unstable: HashMap<u64, Unstable>,
    pub(super) wholes: ClassTable,
    /// For each size, by its number: true once its byte comparison has begun.
    /// From then on a class of one file needs no comparison. `None` if bytes
    /// are not compared.
    pub(super) compared: Option<Vec<bool>>,
    pub(super) stats: super::stats::Stats,
}

/// The reason why a file's content is not known.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) file: FileIdx,
    pub(super) stage: Stage,
    pub(super) kind: FailureKind,
    pub(super) message: String,
}

/// State of a file's content. It is stored in the mark of the file's record:
/// as the number of another file, or as a value that is no file's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// The digest of its whole content is not known.
    Open,
    /// It could not be read or changed meanwhile.
    Failed,
    /// The digest is known: it is in a class, and this is the member that was
    /// added before it.
    Whole(Option<FileIdx>),
}

const OPEN: u32 = u32::MAX;
const FAILED: u32 = u32::MAX - 1;
const NO_OTHER: u32 = u32::MAX - 2;

impl Status {
    pub(super) fn mark(self) -> u32 {
        match self {
            Self::Open => OPEN,
            Self::Failed => FAILED,
            Self::Whole(other) => other.map_or(NO_OTHER, |file| file.0),
        }
    }

    fn of_mark(mark: u32) -> Self {
        match mark {
            OPEN => Self::Open,
            FAILED => Self::Failed,
            NO_OTHER => Self::Whole(None),
            file => Self::Whole(Some(FileIdx(file))),
        }
    }
}

/// Another name of a file that is in the table already.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExtraName {
    /// The directory of the name.
    pub dir: DirId,
    /// The name.
    pub name: NameRef,
    /// True if the name is a symbolic link.
    pub through_link: bool,
    next: u32,
}

const NONE: u32 = u32::MAX;

/// A name of a file, as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NameIdx(u32);

/// Flag of a name other than the one in the file's record.
const EXTRA: u32 = FileIdx::LIMIT;

impl NameIdx {
    /// The name in a file's record.
    pub(crate) fn of(file: FileIdx) -> Self {
        Self(file.0)
    }
}

impl Catalog {
    /// Calls `each` with every name of every file, and the directory it is in.
    pub(crate) fn each_name(&self, mut each: impl FnMut(DirId, FileIdx, NameIdx)) {
        for file in self.files.indexes() {
            each(self.files.dir(file), file, NameIdx::of(file));
            let mut next = self.extra_of.get(&file).copied();
            while let Some(at) = next {
                let extra = &self.extras[at as usize];
                each(extra.dir, file, NameIdx(EXTRA | at));
                next = (extra.next != NONE).then_some(extra.next);
            }
        }
    }

    /// Calls `each` with the directory of every name of a file that is no
    /// symbolic link.
    pub(crate) fn each_name_of(&self, file: FileIdx, mut each: impl FnMut(DirId)) {
        if !self.is_through_link(file) {
            each(self.files.dir(file));
        }
        let others = self.extra_names(file).filter(|extra| !extra.through_link);
        others.for_each(|extra| each(extra.dir));
    }

    /// A name of a file.
    pub(crate) fn file_name(&self, name: NameIdx) -> &[u8] {
        match name.0 & EXTRA {
            0 => self.files.name(FileIdx(name.0)),
            _ => self.names.get(self.extras[(name.0 & !EXTRA) as usize].name),
        }
    }

    /// The name of a directory in the one above it; of a root, the path as
    /// given.
    pub(crate) fn dir_name(&self, dir: DirId) -> &[u8] {
        self.names.get(self.dirs.get(dir).name)
    }

    /// The digest of a class.
    pub(crate) fn class_digest(&self, class: ClassIdx) -> Digest {
        self.wholes.digest(&self.files, class)
    }

    /// The size of the files of a class.
    pub(crate) fn class_size(&self, class: ClassIdx) -> u64 {
        let size = self.files.size_of(self.wholes.file(class));
        self.files.bytes(size)
    }

    /// Creates an empty catalog for digests of this length.
    pub(super) fn new(digest_len: usize, verify: bool) -> Self {
        Self {
            dirs: DirTable::default(),
            names: NameArena::default(),
            files: FileTable::default(),
            listings: Listings::default(),
            walk_errors: Vec::new(),
            dangling: Vec::new(),
            failures: Vec::new(),
            extras: Vec::new(),
            extra_of: HashMap::new(),
            linked: HashSet::new(),
            shared_bytes: HashMap::new(),
            ends: HashMap::new(),
            excluded: HashMap::new(),
            unstable: HashMap::new(),
            wholes: ClassTable::new(digest_len),
            compared: verify.then(Vec::new),
            stats: super::stats::Stats::default(),
        }
    }

    /// Returns true if any file shares blocks with another file or a snapshot.
    #[must_use]
    pub(crate) fn any_shared(&self) -> bool {
        !self.shared_bytes.is_empty()
    }

    /// Bytes of a file in blocks that another file or a snapshot uses too, as far
    /// as known.
    #[must_use]
    pub(crate) fn shared_bytes(&self, file: FileIdx) -> u64 {
        self.shared_bytes.get(&file).copied().unwrap_or(0)
    }

    /// The digest of the ends of a file that was a candidate.
    pub(crate) fn ends_of(&self, file: FileIdx) -> Option<Digest> {
        self.ends.get(&file).copied()
    }

    /// Classes of at least two files that all requested checks proved equal.
    pub(crate) fn shared_classes(&self) -> impl Iterator<Item = ClassIdx> {
        let all = self.wholes.all_shared();
        all.filter(|shared| shared.confirmed && shared.count > 1)
            .map(|shared| shared.class)
            .filter(|&class| self.excluded.is_empty() || self.class(class).count > 0)
    }

    /// Classes of one file on which all requested checks are complete.
    pub(crate) fn single_classes(&self) -> impl Iterator<Item = ClassIdx> {
        let of_one = self.wholes.all_shared();
        let of_one = of_one.filter(|shared| shared.confirmed && shared.count == 1);
        let alone = self.wholes.singles().filter(|&(_, file)| {
            let size = self.files.size_of(file);
            match &self.compared {
                // There is nothing to compare in empty files.
                Some(compared) if self.files.bytes(size) > 0 => {
                    compared.get(size.index()) == Some(&true)
                }
                _ => true,
            }
        });
        of_one
            .map(|shared| shared.class)
            .chain(alone.map(|(class, _)| class))
            .filter(|&class| self.excluded.is_empty() || self.class(class).count > 0)
    }

    /// One class.
    #[must_use]
    pub(crate) fn class(&self, class: ClassIdx) -> Class {
        let count = match self.wholes.members(class) {
            _ if !self.excluded.is_empty() => self.members(class).count() as u32,
            Members::One(_) => 1,
            Members::Shared(shared) => self.wholes.shared(shared).count,
        };
        Class {
            count,
            digest: self.wholes.digest(&self.files, class),
            size: self.files.get(self.wholes.file(class)).size,
        }
    }

    /// Returns true if the files of a confirmed class were compared byte for
    /// byte with each other.
    #[must_use]
    pub(crate) fn is_compared(&self, class: ClassIdx) -> bool {
        self.compared.is_some() && self.class(class).count > 1
    }

    /// The members of a class.
    pub(crate) fn members(&self, class: ClassIdx) -> impl Iterator<Item = FileIdx> + '_ {
        let (mut next, count) = match self.wholes.members(class) {
            Members::One(file) => (Some(file), 1),
            Members::Shared(shared) => {
                let shared = self.wholes.shared(shared);
                (Some(shared.head), shared.count as usize)
            }
        };
        std::iter::from_fn(move || {
            let file = next?;
            next = match self.status(file) {
                Status::Whole(other) => other,
                Status::Open | Status::Failed => None,
            };
            Some(file)
        })
        .take(count)
        .filter(|&file| !self.is_excluded(file))
    }

    /// Files that are in no class of whole digests although nothing failed: a
    /// cheaper check distinguished them from every other file.
    pub(crate) fn unique_files(&self) -> impl Iterator<Item = FileIdx> + '_ {
        self.files
            .indexes()
            .filter(|&file| self.status(file) == Status::Open && !self.is_excluded(file))
    }

    /// Names of a file other than the one in its record.
    pub(crate) fn extra_names(&self, file: FileIdx) -> impl Iterator<Item = &ExtraName> {
        let mut next = self.extra_of.get(&file).copied();
        std::iter::from_fn(move || {
            let extra = &self.extras[next? as usize];
            next = (extra.next != NONE).then_some(extra.next);
            Some(extra)
        })
    }

    /// Returns true if a file was found under more than one name.
    #[must_use]
    pub(crate) fn has_extra_names(&self, file: FileIdx) -> bool {
        self.extra_of.contains_key(&file)
    }

    /// Returns true if the name in a file's record is a symbolic link to it.
    #[must_use]
    pub(crate) fn is_through_link(&self, file: FileIdx) -> bool {
        self.linked.contains(&file)
    }

    /// The path made of a directory and a name in it, as bytes.
    #[must_use]
    pub fn path(&self, dir: DirId, name: &[u8]) -> Vec<u8> {
        let mut path = Vec::with_capacity(96);
        self.path_into(dir, name, &mut path);
        path
    }

    /// Writes that path into `path`, replacing what it held.
    pub(crate) fn path_into(&self, dir: DirId, name: &[u8], path: &mut Vec<u8>) {
        self.dirs.path_into(dir, &self.names, path);
        push_component(path, name);
    }

    /// The file's identity (device and inode number).
    #[must_use]
    pub(crate) fn id(&self, file: FileIdx) -> FileId {
        self.files.id(file, &self.dirs)
    }

    /// The metadata of a file as it was listed.
    #[must_use]
    pub(super) fn listed(&self, file: FileIdx) -> FileStat {
        let record = self.files.get(file);
        FileStat {
            id: self.id(file),
            kind: FileKind::Regular,
            size: record.size,
            // Not kept, and no part of what is compared.
            links: 1,
            modified: record.modified,
            changed: record.changed,
        }
    }

    /// The smallest of all paths under which a file was found, independent of
    /// the order in which they were found.
    #[must_use]
    pub(crate) fn path_of(&self, file: FileIdx) -> PathBuf {
        let first = self.path(self.files.dir(file), self.files.name(file));
        let others = self.extra_names(file);
        let others = others.map(|extra| self.path(extra.dir, self.names.get(extra.name)));
        let least = others.fold(first, Vec::min);
        PathBuf::from(platform::os_str(&least))
    }

    /// Every path that could not be processed, in order.
    #[must_use]
    pub fn errors(&self) -> Vec<ScanError> {
        let failures = self.failures.iter().map(|failure| ScanError {
            path: self.path_of(failure.file),
            stage: failure.stage,
            kind: failure.kind,
            message: failure.message.clone(),
        });
        let unstable = self.unstable.values().map(Unstable::error);
        let errors = self.walk_errors.iter().cloned().chain(failures);
        let errors = errors.chain(unstable).chain(self.ambiguous());
        let mut errors: Vec<_> = errors.collect();
        errors.sort_unstable();
        errors.dedup();
        errors
    }

    /// Followed symbolic links that lead to nothing, in order.
    pub(crate) fn dangling(&self) -> Vec<PathBuf> {
        let mut dangling = self.dangling.clone();
        dangling.sort_unstable();
        dangling
    }

    /// Number of errors so far.
    #[must_use]
    pub(crate) fn error_count(&self) -> usize {
        self.walk_errors.len() + self.failures.len() + self.unstable.len() + self.excluded.len()
    }

    /// Counts of each stage.
    #[must_use]
    pub(crate) fn stages(&self, verify: bool) -> Vec<StageStats> {
        self.stats.stats(verify)
    }

    pub(super) fn status(&self, file: FileIdx) -> Status {
        Status::of_mark(self.files.mark(file))
    }

    /// Returns true if a file that is found again shows no sign of a change.
    fn is_unchanged(&self, file: FileIdx, found: &FoundFile) -> bool {
        let record = self.files.get(file);
        (record.size, record.modified, record.changed)
            == (found.stat.size, found.stat.modified, found.stat.changed)
    }

    /// Returns true if the file was found under this name in this directory
    /// before.
    fn has_name(&self, file: FileIdx, dir: DirId, name: &[u8]) -> bool {
        let dir = self.dirs.id(dir);
        let is_it = |of: DirId, other: &[u8]| name == other && self.dirs.id(of) == dir;
        let mut others = self.extra_names(file);
        is_it(self.files.dir(file), self.files.name(file))
            || others.any(|extra| is_it(extra.dir, self.names.get(extra.name)))
    }

    pub(super) fn set_status(&mut self, file: FileIdx, status: Status) {
        self.files.set_mark(file, status.mark());
    }

    /// Records another name of a file.
    ///
    /// If the file's metadata has changed since its first name was found, this
    /// may be another file that got the same inode number meanwhile. Results
    /// for the first then say nothing about this name.
    pub(super) fn add_name(
        &mut self,
        file: FileIdx,
        found: &FoundFile,
        name: &[u8],
    ) -> Result<(), TableFull> {
        if !self.is_unchanged(file, found) && !self.has_name(file, found.dir, name) {
            self.walk_errors.push(ScanError {
                path: PathBuf::from(platform::os_str(&self.path(found.dir, name))),
                stage: Stage::Walk,
                kind: FailureKind::Changed,
                message: "it changed, or took over the inode number of another file, \
                          while the scan ran"
                    .to_owned(),
            });
            self.listings.leave_out(found.dir);
            return Ok(());
        }
        let at = match u32::try_from(self.extras.len()) {
            Ok(at) if at < FileIdx::LIMIT => at,
            _ => return Err(TableFull),
        };
        self.files.raise_links(file, found.stat.links);
        let name = self.names.push(name)?;
        let next = self.extra_of.insert(file, at);
        self.extras.push(ExtraName {
            dir: found.dir,
            name,
            through_link: found.through_link,
            next: next.unwrap_or(NONE),
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_marks_are_not_file_numbers() {
        let last = FileIdx(FileIdx::LIMIT - 1);
        for status in [
            Status::Open,
            Status::Failed,
            Status::Whole(None),
            Status::Whole(Some(FileIdx(0))),
            Status::Whole(Some(last)),
        ] {
            assert_eq!(Status::of_mark(status.mark()), status);
        }
    }

    #[test]
    fn an_extra_name_takes_16_bytes() {
        assert_eq!(size_of::<ExtraName>(), 16);
    }
}
