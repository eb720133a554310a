//! Looks at a redundant directory before anything in it is acted on: it is to be as
//! the scan found it, with nothing more in it and nothing less.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::act::{act_failed, tells_apart};
use super::compare::refusal_of;
use super::dirs::{OpenedDir, open_parent};
use super::displace::Target;
use super::names::{Place, is_below};
use super::outcome::{Failure, Refusal, Skip, Step};
use super::recheck::Recheck;
use super::refuse;
use crate::platform::{ContentOps, FileOps};
use crate::types::{
    FileId, FileKind, FileMetadata, FileRecord, FileStat, ListedDirectory, ListedEntry,
    NameElsewhere, Timestamp, WholeDirectory,
};

/// A redundant directory that is as the scan found it.
#[derive(Debug)]
pub(crate) struct Surveyed {
    pub(super) listed: WholeDirectory,
    /// The real path and the metadata of each of its directories.
    pub(super) found: Vec<(PathBuf, FileMetadata)>,
    /// Its empty files, each with one that stays.
    pub(super) empty: Vec<(FileRecord, FileRecord)>,
    /// Names of empty files that have other names.
    pub(super) empty_names: Vec<NameElsewhere>,
}

impl Surveyed {
    /// Number of files in it, at any depth.
    #[must_use]
    pub(crate) fn files(&self) -> u64 {
        self.listed.files
    }

    /// Adds its empty files, each with the path and the status of one that stays.
    fn add_empty(&mut self, all: Vec<(PathBuf, FileStat, PathBuf, FileStat)>) {
        let same = all.iter().filter(|(_, found, _, kept)| found.id == kept.id);
        // A name that stays is one of all names of the file.
        let same: HashMap<FileId, PathBuf> = same
            .map(|(_, found, keeper, _)| (found.id, keeper.clone()))
            .collect();
        let mut known: HashMap<FileId, usize> = HashMap::new();
        for (path, found, keeper, kept) in all {
            if let Some(keeper) = same.get(&found.id) {
                self.empty_names.push(NameElsewhere {
                    path,
                    id: found.id,
                    size: 0,
                    keeper: keeper.clone(),
                });
            } else if let Some(&known) = known.get(&found.id) {
                self.empty[known].0.hard_links.push(path);
            } else {
                known.insert(found.id, self.empty.len());
                let keeper = FileRecord {
                    keep: true,
                    ..record(keeper, &kept)
                };
                self.empty.push((record(path, &found), keeper));
            }
        }
    }
}

/// The path at which a directory is not as the scan found it, and the reason.
pub(super) type NotAsFound = (PathBuf, Refusal);

impl<F: ContentOps> Recheck<'_, F> {
    /// Looks at everything in a directory.
    pub(super) fn survey(&mut self, listed: WholeDirectory) -> Result<Surveyed, NotAsFound> {
        let mut surveyed = Surveyed {
            found: Vec::with_capacity(listed.directories.len()),
            empty: Vec::new(),
            empty_names: Vec::new(),
            listed,
        };
        let roots = &self.context.options.roots;
        if !roots.is_empty() && !is_below(&surveyed.listed.path, roots) {
            return Err((surveyed.listed.path, Skip::OutsideRoots.into()));
        }
        let full = with_entries(&surveyed.listed.directories);
        let mut empty = Vec::new();
        for at in 0..surveyed.listed.directories.len() {
            let dir = &surveyed.listed.directories[at];
            let opened = self.open_directory(&dir.path);
            let opened = opened.map_err(|refusal| (dir.path.clone(), refusal))?;
            let metadata = self.directory(dir, &opened);
            let metadata = metadata.map_err(|refusal| (dir.path.clone(), refusal))?;
            let place = |dir: &OpenedDir<F::Dir>| (dir.status.stat.id.dev, dir.status.mount);
            let above = match at {
                0 => self.parent(&opened).map(Arc::new),
                _ => self.open_directory(&surveyed.listed.path),
            };
            let above = above.map_err(|refusal| (dir.path.clone(), refusal))?;
            if place(&above) != place(&opened) {
                return Err((dir.path.clone(), Skip::MountPoint.into()));
            }
            self.require_names(dir, &opened)?;
            // Another view of one that stays would lose it too. Files and links are
            // known by their change times; a directory has nothing like that.
            if !full.contains(&dir.path) && !self.is_apart(&surveyed.listed, dir, &opened) {
                return Err((dir.path.clone(), Skip::MayBeSameFile.into()));
            }
            for (name, entry) in &dir.entries {
                let path = dir.path.join(crate::platform::os_str(name));
                let at = |refusal| (path.clone(), refusal);
                let stat = || self.context.ops.stat_name(&opened.dir, name);
                match entry {
                    // It is among the directories.
                    ListedEntry::Directory => {}
                    ListedEntry::File {
                        id,
                        size,
                        modified,
                        changed,
                    } => {
                        let found = stat().map_err(|error| at(refusal_of(error, Step::Open)))?;
                        let is_same = found.kind == FileKind::Regular
                            && (found.id, found.size) == (*id, *size)
                            && (found.modified, found.changed) == (*modified, *changed);
                        if self.context.options.protected.contains(&found.id) {
                            return Err(at(Skip::OwnFile.into()));
                        }
                        if !is_same {
                            return Err(at(Skip::Changed.into()));
                        }
                    }
                    ListedEntry::EmptyFile { keeper } => {
                        let found = stat().map_err(|error| at(refusal_of(error, Step::Open)))?;
                        if !is_empty_file(&found) {
                            return Err(at(Skip::Changed.into()));
                        }
                        let kept = self.stat_path(keeper).ok().filter(is_empty_file);
                        let kept = kept.ok_or_else(|| at(Skip::KeeperChanged.into()))?;
                        empty.push((path, found, keeper.clone(), kept));
                    }
                    ListedEntry::Link { target, keeper } => {
                        self.require_link(&opened, name, target, keeper)
                            .map_err(at)?;
                    }
                }
            }
            surveyed.found.push((opened.path.clone(), metadata));
        }
        surveyed.add_empty(empty);
        Ok(surveyed)
    }

    /// Opens a directory by the path that the scan has for it.
    pub(super) fn open_directory(
        &mut self,
        path: &Path,
    ) -> Result<Arc<OpenedDir<F::Dir>>, Refusal> {
        let place =
            Place::new(&path.join("_"), &self.context.options.roots).ok_or(Skip::Changed)?;
        let opened = self.dirs.get(self.context.ops, &place);
        opened.map_err(|error| refusal_of(error, Step::Open))
    }

    fn parent(&self, dir: &OpenedDir<F::Dir>) -> Result<OpenedDir<F::Dir>, Refusal> {
        let opened = open_parent(self.context.ops, &dir.path);
        let opened = opened.and_then(|(parent, _)| OpenedDir::new(self.context.ops, parent));
        let opened = opened.map_err(|error| refusal_of(error, Step::Open))?;
        refuse::by_directory(&opened.status, self.context.is_root)?;
        Ok(opened)
    }

    fn directory(
        &self,
        dir: &ListedDirectory,
        opened: &OpenedDir<F::Dir>,
    ) -> Result<FileMetadata, Refusal> {
        if opened.status.stat.id != dir.id {
            return Err(Skip::Changed.into());
        }
        refuse::by_directory(&opened.status, self.context.is_root)?;
        refuse::by_real_path(&opened.path.join("_"), self.context.options)?;
        // One whose metadata is not known could not be made again.
        let file = self.context.ops.dir_file(&opened.dir);
        let metadata = file.and_then(|file| self.context.ops.metadata(&file));
        let mut metadata = metadata.map_err(|error| Failure::new(Step::Open, error))?;
        metadata.layout = crate::types::Layout::Unknown;
        Ok(metadata)
    }

    /// Returns true if a directory is certain to be another one than that in its place
    /// in the directory that stays.
    fn is_apart(
        &mut self,
        listed: &WholeDirectory,
        dir: &ListedDirectory,
        opened: &OpenedDir<F::Dir>,
    ) -> bool {
        let below = dir.path.strip_prefix(&listed.path);
        let place = listed.keeper.join(below.unwrap_or(Path::new("")));
        // Where names are ignored it may be elsewhere.
        let kept = self.open_directory(&place);
        let kept = kept.or_else(|_| self.open_directory(&listed.keeper));
        kept.is_ok_and(|kept| apart(&kept, opened))
    }

    fn require_names(
        &self,
        dir: &ListedDirectory,
        opened: &OpenedDir<F::Dir>,
    ) -> Result<(), NotAsFound> {
        let found = self.context.ops.list_dir(&opened.dir);
        let mut found =
            found.map_err(|error| (dir.path.clone(), Failure::new(Step::Open, error).into()))?;
        found.sort_unstable();
        let mut known: Vec<&[u8]> = dir.entries.iter().map(|(name, _)| &name[..]).collect();
        known.sort_unstable();
        let new = found
            .iter()
            .find(|name| known.binary_search(&&name[..]).is_err());
        if let Some(name) = new {
            let path = dir.path.join(crate::platform::os_str(name));
            return Err((path, Skip::New.into()));
        }
        let gone = known
            .iter()
            .find(|name| found.binary_search_by(|found| found[..].cmp(name)).is_err());
        match gone {
            Some(name) => {
                let path = dir.path.join(crate::platform::os_str(name));
                Err((path, Skip::Gone.into()))
            }
            None => Ok(()),
        }
    }

    /// Fails unless a symbolic link has this target, and another one has it too.
    pub(super) fn require_link(
        &mut self,
        dir: &OpenedDir<F::Dir>,
        name: &[u8],
        target: &[u8],
        keeper: &Path,
    ) -> Result<(), Refusal> {
        if !is_link(self.context.ops, &dir.dir, name, target) {
            return Err(Skip::Changed.into());
        }
        let (kept_dir, kept_name) = self.place_of(keeper).map_err(|_| Skip::KeeperChanged)?;
        if kept_dir.status.stat.id == dir.status.stat.id && kept_name == name {
            return Err(Skip::SameFile.into());
        }
        if !is_link(self.context.ops, &kept_dir.dir, &kept_name, target) {
            return Err(Skip::KeeperChanged.into());
        }
        Ok(())
    }

    /// The change times of a symbolic link and of the one that stays, where the two could
    /// be one that an overlay, a server or a program shows twice.
    pub(super) fn link_witness(
        &mut self,
        dir: &OpenedDir<F::Dir>,
        name: &[u8],
        keeper: &Path,
    ) -> Result<Option<(Timestamp, Timestamp)>, Refusal> {
        let (kept, kept_name) = self.place_of(keeper)?;
        if apart(&kept, dir) {
            return Ok(None);
        }
        let ops = self.context.ops;
        let own = ops.stat_name(&dir.dir, name).map_err(act_failed)?;
        let kept = ops.stat_name(&kept.dir, &kept_name).map_err(act_failed)?;
        Ok(Some((own.changed, kept.changed)))
    }

    /// Fails unless the rename moved the change time of a link, and of it alone.
    pub(super) fn require_apart(
        &mut self,
        (dir, name): (&F::Dir, &[u8]),
        keeper: &Path,
        before: (Timestamp, Timestamp),
    ) -> Result<(), Refusal> {
        let own = self.context.ops.stat_name(dir, name).map_err(act_failed)?;
        let kept = self.stat_path(keeper)?;
        match own.changed != before.0 && kept.changed == before.1 {
            true => Ok(()),
            false => Err(Skip::MayBeSameFile.into()),
        }
    }

    /// The directory of a path that the scan has, and the name in it.
    pub(super) fn place_of(&mut self, path: &Path) -> Result<Target<F>, Refusal> {
        let place = Place::new(path, &self.context.options.roots).ok_or(Skip::Changed)?;
        let dir = self.dirs.get(self.context.ops, &place);
        let dir = dir.map_err(|error| refusal_of(error, Step::Open))?;
        Ok((dir, place.name))
    }

    pub(super) fn stat_path(&mut self, path: &Path) -> Result<FileStat, Refusal> {
        let (dir, name) = self.place_of(path)?;
        let found = self.context.ops.stat_name(&dir.dir, &name);
        found.map_err(|error| refusal_of(error, Step::Open))
    }
}

/// The directories that have something besides directories in them, at any depth.
fn with_entries(directories: &[ListedDirectory]) -> HashSet<PathBuf> {
    let mut found = HashSet::new();
    for dir in directories {
        let mut entries = dir.entries.iter();
        if entries.any(|(_, entry)| *entry != ListedEntry::Directory) {
            for above in dir.path.ancestors() {
                if !found.insert(above.to_path_buf()) {
                    break;
                }
            }
        }
    }
    found
}

/// Returns true if two numbers in these directories are two files for certain.
pub(super) fn apart<D>(one: &OpenedDir<D>, other: &OpenedDir<D>) -> bool {
    let place = |dir: &OpenedDir<D>| (dir.kind, dir.status.stat.id.dev);
    tells_apart(place(one), place(other))
}

/// Returns true if a name is a symbolic link with this target.
pub(super) fn is_link<F: FileOps>(ops: &F, dir: &F::Dir, name: &[u8], target: &[u8]) -> bool {
    let found = ops.stat_name(dir, name);
    found.is_ok_and(|found| found.kind == FileKind::Symlink)
        && ops.read_link(dir, name).is_ok_and(|found| found == target)
}

fn is_empty_file(stat: &FileStat) -> bool {
    stat.kind == FileKind::Regular && stat.size == 0
}

fn record(path: PathBuf, stat: &FileStat) -> FileRecord {
    FileRecord {
        modified: stat.modified,
        changed: stat.changed,
        links: u32::try_from(stat.links).unwrap_or(u32::MAX),
        ..FileRecord::new(path, stat.id)
    }
}
