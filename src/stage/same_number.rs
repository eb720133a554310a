//! Names with one device and inode number that may be different files.
//!
//! On file systems with exact numbers none of this costs anything. Elsewhere
//! each name with a known number is compared with the files that have it, by a
//! [`SameFileCheck`].

use std::fmt::Debug;
use std::hash::BuildHasher;
use std::path::{Path, PathBuf};

use hashbrown::{DefaultHashBuilder, HashMap};

use super::catalog::Catalog;
use super::state::DedupState;
use crate::error::{FailureKind, ScanError, Stage, TableFull};
use crate::platform;
use crate::types::{DirId, Doubt, FileId, FileIdx, FoundFile, NamePath, Sameness, SizeIdx};

/// Maximum number of files of one inode number and size that are compared with
/// each other.
const MAX_PEERS: usize = 64;

/// Asks the system about names with one inode number.
pub(crate) trait SameFileCheck: Debug {
    /// Returns true if two files on a device never have one number.
    fn is_exact(&mut self, device: u64, path: &mut dyn FnMut() -> PathBuf) -> bool;

    /// Determines if two names with one number refer to one file.
    fn compare(&mut self, first: NamePath, second: NamePath) -> Sameness;

    /// Returns true if the number or the times of a file change with each call.
    fn changes_by_itself(&mut self, path: NamePath) -> bool;

    /// A path without symbolic links.
    fn resolve(&mut self, path: PathBuf) -> Option<PathBuf>;

    /// The mount point of a path's file system, for a message.
    fn mount_point(&mut self, path: &Path) -> PathBuf;
}

/// Treats every number as exact.
#[derive(Debug)]
pub(super) struct AllExact;

impl SameFileCheck for AllExact {
    fn is_exact(&mut self, _: u64, _: &mut dyn FnMut() -> PathBuf) -> bool {
        true
    }

    fn compare(&mut self, _: NamePath, _: NamePath) -> Sameness {
        Sameness::Same
    }

    fn changes_by_itself(&mut self, _: NamePath) -> bool {
        false
    }

    fn resolve(&mut self, path: PathBuf) -> Option<PathBuf> {
        Some(path)
    }

    fn mount_point(&mut self, path: &Path) -> PathBuf {
        path.to_owned()
    }
}

/// State for recognising files where numbers are not exact.
#[derive(Debug)]
pub(super) struct SameNumbers {
    pub(super) ask: Box<dyn SameFileCheck>,
    peers: Peers,
    entries: Option<KnownEntries>,
}

/// Files by hashes of the paths that their names resolve to.
#[derive(Debug, Default)]
struct KnownEntries {
    files: HashMap<u64, FileIdx>,
    hash: DefaultHashBuilder,
    /// The directory that was resolved last, and the result.
    dir: Option<(DirId, Option<PathBuf>)>,
    /// The hash of the name that is being added.
    current: Option<u64>,
}

impl SameNumbers {
    pub(super) fn new(ask: Box<dyn SameFileCheck>, by_entry: bool) -> Self {
        Self {
            ask,
            peers: Peers::default(),
            entries: by_entry.then(KnownEntries::default),
        }
    }

    /// Returns true if files are recognised by the paths that their names
    /// resolve to.
    pub(super) fn is_by_entry(&self) -> bool {
        self.entries.is_some()
    }

    /// Records that the name that is being added is a file of its own.
    pub(super) fn record_entry(&mut self, file: FileIdx) {
        if let Some(entries) = &mut self.entries
            && let Some(hash) = entries.current.take()
        {
            entries.files.insert(hash, file);
        }
    }

    /// The hash of the path that a name resolves to.
    fn entry(&mut self, catalog: &Catalog, found: &FoundFile, name: &[u8]) -> Option<u64> {
        let Self { ask, entries, .. } = self;
        let entries = entries.as_mut()?;
        let resolved = if found.through_link {
            ask.resolve(path_of(catalog, found, name))?
        } else {
            if entries
                .dir
                .as_ref()
                .is_none_or(|(dir, _)| *dir != found.dir)
            {
                let mut path = Vec::new();
                catalog.dirs.path_into(found.dir, &catalog.names, &mut path);
                let path = if path.is_empty() { b"." } else { &path[..] };
                let resolved = ask.resolve(platform::os_str(path).into());
                entries.dir = Some((found.dir, resolved));
            }
            let (_, dir) = entries.dir.as_ref()?;
            dir.as_ref()?.join(platform::os_str(name))
        };
        Some(entries.hash.hash_one(resolved))
    }
}

impl Default for SameNumbers {
    fn default() -> Self {
        Self::new(Box::new(AllExact), false)
    }
}

/// The files of each number and size of which there is more than one.
type Peers = HashMap<(FileId, SizeIdx), Vec<FileIdx>>;

/// Result of adding a name that may belong to a known file.
pub(super) enum NameMatch {
    /// It was added as a name of a known file.
    Added,
    /// It is another file, still to be added.
    OtherFile,
    /// It may be one of these files, or another one.
    Ambiguous(Vec<FileIdx>, Doubt),
}

impl DedupState {
    /// Adds a name that resolves to the path of a known file, even if its
    /// number has changed.
    pub(super) fn match_by_path(
        &mut self,
        found: &FoundFile,
        name: &[u8],
    ) -> Result<NameMatch, TableFull> {
        let Self { same, catalog, .. } = self;
        let mut path = || path_of(catalog, found, name);
        if same.ask.is_exact(found.stat.id.dev, &mut path) {
            return Ok(NameMatch::OtherFile);
        }
        let hash = same.entry(catalog, found, name);
        let Some(entries) = &mut same.entries else {
            return Ok(NameMatch::OtherFile);
        };
        entries.current = hash;
        let Some(&known) = hash.and_then(|hash| entries.files.get(&hash)) else {
            return Ok(NameMatch::OtherFile);
        };
        // If the number is the same, `match_by_inode` checks it later.
        if catalog.id(known) == found.stat.id {
            return Ok(NameMatch::OtherFile);
        }
        let second = NamePath {
            path: path(),
            follow: found.through_link,
        };
        match same.ask.compare(catalog.name_path(known), second) {
            Sameness::Same => self.catalog.add_name(known, found, name)?,
            Sameness::Different => return Ok(NameMatch::OtherFile),
            Sameness::Unknown(doubt) => return Ok(NameMatch::Ambiguous(vec![known], doubt)),
        }
        Ok(NameMatch::Added)
    }

    /// Adds a name with the number of a known file.
    pub(super) fn match_by_inode(
        &mut self,
        known: FileIdx,
        found: &FoundFile,
        name: &[u8],
        size: SizeIdx,
    ) -> Result<NameMatch, TableFull> {
        let Self { same, catalog, .. } = self;
        let mut path = || path_of(catalog, found, name);
        if same.ask.is_exact(found.stat.id.dev, &mut path) {
            self.catalog.add_name(known, found, name)?;
            return Ok(NameMatch::Added);
        }
        let key = (found.stat.id, size);
        let mut doubtful = Vec::new();
        let mut why = Doubt::NoProof;
        let peers = self.peers_of(known, key);
        for (at, &peer) in peers.iter().enumerate() {
            let sameness = if at < MAX_PEERS {
                let first = self.catalog.name_path(peer);
                let second = NamePath {
                    path: path_of(&self.catalog, found, name),
                    follow: found.through_link,
                };
                self.same.ask.compare(first, second)
            } else {
                Sameness::Unknown(Doubt::TooMany)
            };
            match sameness {
                Sameness::Same => {
                    self.catalog.add_name(peer, found, name)?;
                    return Ok(NameMatch::Added);
                }
                Sameness::Different => {}
                Sameness::Unknown(doubt) => {
                    doubtful.push(peer);
                    why = why.max(doubt);
                }
            }
        }
        if doubtful.is_empty() {
            return Ok(NameMatch::OtherFile);
        }
        Ok(NameMatch::Ambiguous(doubtful, why))
    }

    /// Files of a number and size, including the first that was found.
    fn peers_of(&self, known: FileIdx, key: (FileId, SizeIdx)) -> Vec<FileIdx> {
        let mut peers = Vec::new();
        // Files of different sizes are never in one group.
        if self.catalog.files.size_of(known) == key.1 {
            peers.push(known);
        }
        if let Some(others) = self.same.peers.get(&key) {
            peers.extend(others.iter().filter(|&&other| other != known));
        }
        peers
    }

    /// Records a file that is a different one in spite of its number.
    pub(super) fn record_peer(&mut self, id: FileId, size: SizeIdx, file: FileIdx) {
        self.same.peers.entry((id, size)).or_default().push(file);
    }
}

fn path_of(catalog: &Catalog, found: &FoundFile, name: &[u8]) -> PathBuf {
    platform::os_str(&catalog.path(found.dir, name)).into()
}

impl Catalog {
    /// The name in a file's record, for another check.
    pub(super) fn name_path(&self, file: FileIdx) -> NamePath {
        let path = self.path(self.files.dir(file), self.files.name(file));
        NamePath {
            path: platform::os_str(&path).into(),
            follow: self.is_through_link(file),
        }
    }

    /// Excludes files that cannot be proved to be one or different. All of them
    /// are excluded, so that the outcome does not depend on which was found
    /// first.
    pub(super) fn exclude(&mut self, files: impl IntoIterator<Item = FileIdx>, doubt: Doubt) {
        for file in files {
            let why = self.excluded.entry(file).or_insert(doubt);
            *why = doubt.max(*why);
        }
    }

    /// An error for each name of an excluded file.
    pub(super) fn ambiguous(&self) -> impl Iterator<Item = ScanError> {
        let mut by_number: HashMap<_, Vec<(PathBuf, Doubt)>> = HashMap::new();
        for (&file, &doubt) in &self.excluded {
            let key = (self.id(file), self.files.size_of(file));
            let names = by_number.entry(key).or_default();
            names.push((self.name_path(file).path, doubt));
            names.extend(self.extra_names(file).map(|extra| {
                let path = self.path(extra.dir, self.names.get(extra.name));
                (platform::os_str(&path).into(), doubt)
            }));
        }
        by_number.into_values().flat_map(|mut names| {
            names.sort_unstable();
            let first_two = [names.first(), names.get(1)].map(|name| name.map(|n| n.0.clone()));
            names.into_iter().map(move |(path, doubt)| {
                let [first, second] = &first_two;
                let other = if first.as_ref() == Some(&path) {
                    second
                } else {
                    first
                };
                let other = other.as_ref().map_or_else(
                    || "another name".to_owned(),
                    |other| other.display().to_string(),
                );
                ScanError {
                    path,
                    stage: Stage::Walk,
                    kind: FailureKind::Ambiguous,
                    message: format!(
                        "it has the same inode number as {other}, and it is unknown if \
                         the two are one file ({}); it is not compared",
                        doubt.as_str()
                    ),
                }
            })
        })
    }

    /// Returns true if a file is in no group because of its inode number.
    pub(super) fn is_excluded(&self, file: FileIdx) -> bool {
        !self.excluded.is_empty() && self.excluded.contains_key(&file)
    }
}

#[cfg(test)]
#[path = "same_number_tests.rs"]
mod tests;
