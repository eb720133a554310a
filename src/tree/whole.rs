//! Redundant directories that are acted on as a whole: which of them, and what is in
//! them.
//!
//! Of each group some members stay whole. Nothing in them is acted on, and for
//! everything in a directory that goes there is the same in one of them, whatever
//! other groups say: directories of one group can lie in those of another.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use hashbrown::{HashMap, HashSet};

use super::Fold;
use super::fold::Content;
use super::groups::dir_path;
use crate::config::DirectoryNames;
use crate::platform::{self, bytes_of};
use crate::stage::{ClassIdx, EntryKind};
use crate::types::{
    DirId, DirectoryGroup, FileId, FileIdx, FileRecord, ListedDirectory, ListedEntry,
    NameElsewhere, WholeContents, WholeDirectory,
};

/// Files of one content that are kept in mind as copies that stay, beside those that
/// the user wants to be left.
const MAX_KEEPERS: usize = 8;

/// A directory that goes.
#[derive(Debug, Clone, Copy)]
struct Removal {
    group: usize,
    dir: DirId,
    /// One that is identical and stays.
    keeper: DirId,
    /// True if it stays after all.
    is_left: bool,
}

/// The redundant directories of a scan.
pub(crate) struct Wholes<'a> {
    fold: Fold<'a>,
    leave: usize,
    removals: Vec<Removal>,
    inside: OnceCell<Inside>,
    /// The files of each content that stay.
    kept: HashMap<ClassIdx, Vec<FileIdx>>,
    /// Files with several names that were handed out.
    done: HashSet<FileIdx>,
}

/// The directories in those that go.
struct Inside {
    /// The paths of all of them.
    paths: HashMap<DirId, PathBuf>,
    /// Their identities: one may be reached by other paths.
    ids: HashSet<FileId>,
}

impl<'a> Wholes<'a> {
    /// Chooses among the members of these groups those that are not to be kept.
    /// At least `leave` members of each group stay whole. So do those with these
    /// paths, whatever the groups say.
    pub(crate) fn new(
        fold: Fold<'a>,
        groups: &[DirectoryGroup],
        leave: usize,
        marked: &[PathBuf],
    ) -> Self {
        let wanted: HashSet<&[u8]> = groups
            .iter()
            .flat_map(|group| &group.directories)
            .map(|directory| &directory.path)
            .chain(marked)
            .map(|path| bytes_of(path.as_os_str()))
            .collect();
        let dirs: HashMap<Vec<u8>, DirId> = fold
            .candidates()
            .map(|dir| (dir_path(fold.catalog, dir), dir))
            .filter(|(path, _)| wanted.contains(&path[..]))
            .collect();
        let removals = choose(&fold, groups, leave.max(1), marked, |path| {
            dirs.get(bytes_of(path.as_os_str())).copied()
        });
        Self {
            fold,
            leave,
            removals,
            inside: OnceCell::new(),
            kept: HashMap::new(),
            done: HashSet::new(),
        }
    }

    /// The number of directories that go.
    pub(crate) fn len(&self) -> usize {
        self.removals.len()
    }

    /// A directory that goes, without what is in it.
    pub(crate) fn outline(&self, at: usize) -> WholeDirectory {
        let Removal {
            group, dir, keeper, ..
        } = self.removals[at];
        let node = self.fold.node(dir);
        WholeDirectory {
            group,
            path: path_of(&self.fold, dir),
            id: self.fold.catalog.dirs.id(dir),
            keeper: path_of(&self.fold, keeper),
            files: node.map_or(0, |node| u64::from(node.files)),
            bytes: node.map_or(0, |node| node.bytes),
            directories: Vec::new(),
        }
    }

    /// A directory that goes, with everything in it.
    pub(crate) fn listed(&self, at: usize) -> WholeDirectory {
        let fold = &self.fold;
        let Removal { dir, keeper, .. } = self.removals[at];
        let path = path_of(fold, dir);
        let stays = Stays::new(fold, keeper);
        let mut directories = Vec::new();
        each_below(fold, dir, |dir, below| {
            let files = fold.files(dir).iter().map(|name| {
                let stored = fold.catalog.files.get(name.file);
                let entry = ListedEntry::File {
                    id: fold.catalog.id(name.file),
                    size: stored.size,
                    modified: stored.modified,
                    changed: stored.changed,
                };
                (fold.catalog.file_name(name.name).to_vec(), entry)
            });
            let others = fold.others(dir).filter_map(|(name, kind)| {
                let at = || below.join(platform::os_str(name));
                let entry = match kind {
                    EntryKind::Link(target) => ListedEntry::Link {
                        target: target.to_vec(),
                        keeper: stays.link(&at(), target),
                    },
                    EntryKind::EmptyFile => ListedEntry::EmptyFile {
                        keeper: stays.empty_file(&at()),
                    },
                    // Roots are among the directories; a candidate has no others.
                    EntryKind::Root(_) | EntryKind::Special | EntryKind::LeftOut => return None,
                };
                Some((name.to_vec(), entry))
            });
            let inner = fold.directories(dir);
            let inner = inner.map(|(_, name)| (name.to_vec(), ListedEntry::Directory));
            directories.push(ListedDirectory {
                path: match below.as_os_str().is_empty() {
                    // Joined with nothing it would end in a slash.
                    true => path.clone(),
                    false => path.join(below),
                },
                id: fold.catalog.dirs.id(dir),
                entries: files.chain(others).chain(inner).collect(),
            });
        });
        WholeDirectory {
            directories,
            ..self.outline(at)
        }
    }

    /// Lets a directory stay. Not after [`Wholes::contents`] was called.
    pub(crate) fn leave(&mut self, at: usize) {
        self.removals[at].is_left = true;
    }

    /// The files of a directory that goes. Names in several of them are handed out
    /// with the first.
    pub(crate) fn contents(&mut self, at: usize) -> WholeContents {
        let mut found = WholeContents::default();
        let mut group_of: HashMap<ClassIdx, usize> = HashMap::new();
        let mut dirs = Vec::new();
        each_below(&self.fold, self.removals[at].dir, |dir, _| dirs.push(dir));
        for dir in dirs {
            for at in 0..self.fold.files(dir).len() {
                let name = self.fold.files(dir)[at];
                let others = self.names_outside(name.file);
                if let Some(keeper) = others.first() {
                    let own = self.fold.catalog.file_name(name.name);
                    found.names.push(NameElsewhere {
                        path: self.inside().paths[&dir].join(platform::os_str(own)),
                        id: self.fold.catalog.id(name.file),
                        size: self.fold.catalog.files.get(name.file).size,
                        keeper: keeper.clone(),
                    });
                    continue;
                }
                // Content that no other file has is under another name in the
                // directory that stays.
                let Content::Class(class) = self.fold.content(name.file) else {
                    continue;
                };
                if self.fold.catalog.has_extra_names(name.file) && !self.done.insert(name.file) {
                    continue;
                }
                let number = *group_of.entry(class).or_insert_with(|| {
                    let digest = self.fold.catalog.class_digest(class);
                    found.groups.push((digest, Vec::new()));
                    found.groups.len() - 1
                });
                if found.groups[number].1.is_empty() {
                    found.groups[number].1 = self.keepers(class);
                }
                let names = self.names_inside(name.file);
                let record = self.record(name.file, names, found.groups[number].1.len());
                found.groups[number].1.extend(record);
            }
        }
        found
    }

    /// The files of a content that stay.
    fn keepers(&mut self, class: ClassIdx) -> Vec<FileRecord> {
        let most = MAX_KEEPERS + self.leave;
        if !self.kept.contains_key(&class) {
            let members = self.fold.catalog.members(class);
            let stay = members.filter(|&file| !self.names_outside(file).is_empty());
            let stay: Vec<FileIdx> = stay.take(most).collect();
            self.kept.insert(class, stay);
        }
        let files = self.kept.get(&class).into_iter().flatten().enumerate();
        files
            .filter_map(|(number, &file)| {
                let record = self.record(file, self.names_outside(file), number)?;
                Some(FileRecord {
                    keep: true,
                    ..record
                })
            })
            .collect()
    }

    fn record(&self, file: FileIdx, names: Vec<PathBuf>, number: usize) -> Option<FileRecord> {
        let catalog = self.fold.catalog;
        let stored = catalog.files.get(file);
        let mut names = names.into_iter();
        Some(FileRecord {
            number: number as u32,
            size: stored.size,
            modified: stored.modified,
            changed: stored.changed,
            links: stored.links,
            shared_bytes: catalog.shared_bytes(file),
            ..FileRecord::new(names.next()?, catalog.id(file))
        })
        .map(|record| FileRecord {
            links_outside: record.links.saturating_sub(1 + names.len() as u32),
            hard_links: names.collect(),
            ..record
        })
    }

    /// The names of a file in directories that go.
    fn names_inside(&self, file: FileIdx) -> Vec<PathBuf> {
        let inside = self.inside();
        let mut names: Vec<PathBuf> = self
            .names(file)
            .into_iter()
            .filter_map(|(dir, name)| Some(inside.paths.get(&dir)?.join(platform::os_str(name))))
            .collect();
        names.sort_unstable();
        names
    }

    /// The names of a file in directories that stay.
    fn names_outside(&self, file: FileIdx) -> Vec<PathBuf> {
        let catalog = self.fold.catalog;
        let mut names: Vec<PathBuf> = self
            .names(file)
            .into_iter()
            .filter(|(dir, _)| !self.inside().ids.contains(&catalog.dirs.id(*dir)))
            .map(|(dir, name)| platform::os_str(&catalog.path(dir, name)).into())
            .collect();
        names.sort_unstable();
        names
    }

    /// The names of a file: those that are entries of directories, each once,
    /// first by the paths in directories that go.
    fn names(&self, file: FileIdx) -> Vec<(DirId, &'a [u8])> {
        let catalog = self.fold.catalog;
        let mut names = Vec::new();
        if !catalog.is_through_link(file) {
            names.push((catalog.files.dir(file), catalog.files.name(file)));
        }
        let others = catalog.extra_names(file);
        let others = others.filter(|extra| !extra.through_link);
        names.extend(others.map(|extra| (extra.dir, catalog.names.get(extra.name))));
        names.sort_by_key(|(dir, _)| !self.inside().paths.contains_key(dir));
        let mut seen = HashSet::new();
        names.retain(|&(dir, name)| seen.insert((catalog.dirs.id(dir), name)));
        names
    }

    fn inside(&self) -> &Inside {
        self.inside.get_or_init(|| {
            let mut inside = Inside {
                paths: HashMap::new(),
                ids: HashSet::new(),
            };
            for removal in self.removals.iter().filter(|removal| !removal.is_left) {
                let path = path_of(&self.fold, removal.dir);
                each_below(&self.fold, removal.dir, |dir, below| {
                    inside.ids.insert(self.fold.catalog.dirs.id(dir));
                    inside.paths.insert(dir, path.join(below));
                });
            }
            inside
        })
    }
}

/// The content of a directory that stays, beside files of the scan.
struct Stays {
    path: PathBuf,
    /// A replacement of names where they are ignored.
    by_content: Option<ByContent>,
}

/// The places of links by their targets, and of an empty file.
type ByContent = (HashMap<Vec<u8>, PathBuf>, Option<PathBuf>);

impl Stays {
    fn new(fold: &Fold<'_>, dir: DirId) -> Self {
        let path = path_of(fold, dir);
        let by_content = (fold.names == DirectoryNames::Ignored).then(|| {
            let mut links = HashMap::new();
            let mut empty = None;
            each_below(fold, dir, |dir, below| {
                for (name, kind) in fold.others(dir) {
                    let at = || path.join(below).join(platform::os_str(name));
                    match kind {
                        EntryKind::Link(target) => _ = links.insert(target.to_vec(), at()),
                        EntryKind::EmptyFile => empty = Some(at()),
                        EntryKind::Root(_) | EntryKind::Special | EntryKind::LeftOut => {}
                    }
                }
            });
            (links, empty)
        });
        Self { path, by_content }
    }

    fn link(&self, below: &Path, target: &[u8]) -> PathBuf {
        let known = self.by_content.as_ref();
        let known = known.and_then(|(links, _)| links.get(target).cloned());
        known.unwrap_or_else(|| self.path.join(below))
    }

    fn empty_file(&self, below: &Path) -> PathBuf {
        let known = self.by_content.as_ref();
        let known = known.and_then(|(_, empty)| empty.clone());
        known.unwrap_or_else(|| self.path.join(below))
    }
}

fn path_of(fold: &Fold<'_>, dir: DirId) -> PathBuf {
    platform::os_str(&dir_path(fold.catalog, dir)).into()
}

/// Calls `each` with every directory in `top`, `top` first, and its path below it;
/// each after the one that it is in.
fn each_below(fold: &Fold<'_>, top: DirId, mut each: impl FnMut(DirId, &Path)) {
    let mut waiting = vec![(top, PathBuf::new())];
    while let Some((dir, path)) = waiting.pop() {
        each(dir, &path);
        let inner = fold.directories(dir);
        waiting.extend(inner.map(|(dir, name)| (dir, path.join(platform::os_str(name)))));
    }
}

/// The identities of a directory and of those that it is in.
fn chain(fold: &Fold<'_>, dir: DirId) -> Vec<FileId> {
    let mut ids = Vec::new();
    let mut at = Some(dir);
    while let Some(dir) = at {
        let id = fold.catalog.dirs.id(dir);
        // Through a mount a directory may seem to be above itself.
        if ids.contains(&id) {
            break;
        }
        ids.push(id);
        at = fold.place(dir).map(|(above, _)| above);
    }
    ids
}

/// Directories by how the groups before decided on them.
#[derive(Default)]
struct Decided {
    stay: HashSet<FileId>,
    above_stay: HashSet<FileId>,
    go: HashSet<FileId>,
    above_go: HashSet<FileId>,
}

impl Decided {
    fn stays(&mut self, chain: &[FileId]) {
        self.stay.insert(chain[0]);
        self.above_stay.extend(&chain[1..]);
    }

    /// Returns true if it goes, with one that it is in or by itself.
    fn goes(&self, chain: &[FileId]) -> bool {
        chain.iter().any(|id| self.go.contains(id))
    }

    /// Returns true if something that stays whole would not, if this one went.
    fn must_stay(&self, chain: &[FileId]) -> bool {
        chain.iter().any(|id| self.stay.contains(id)) || self.above_stay.contains(&chain[0])
    }

    /// Returns true if it can stay whole.
    fn can_stay(&self, chain: &[FileId]) -> bool {
        !self.goes(chain) && !self.above_go.contains(&chain[0])
    }
}

fn choose(
    fold: &Fold<'_>,
    groups: &[DirectoryGroup],
    leave: usize,
    marked: &[PathBuf],
    dir_of: impl Fn(&Path) -> Option<DirId>,
) -> Vec<Removal> {
    let mut decided = Decided::default();
    for dir in marked.iter().filter_map(|path| dir_of(path)) {
        decided.stays(&chain(fold, dir));
    }
    let mut removals: Vec<(Removal, Vec<FileId>)> = Vec::new();
    for (number, group) in groups.iter().enumerate() {
        let members = group.directories.iter().filter_map(|directory| {
            let dir = dir_of(&directory.path)?;
            Some((dir, directory.keep || directory.reference, chain(fold, dir)))
        });
        let (mut staying, mut free): (Vec<_>, Vec<_>) = members
            .filter(|(_, _, chain)| !decided.goes(chain))
            .partition(|(_, keep, chain)| *keep || decided.must_stay(chain));
        staying.retain(|(_, _, chain)| decided.can_stay(chain));
        // The rules put first what they would keep.
        while staying.len() < leave {
            let next = free
                .iter()
                .position(|(_, _, chain)| decided.can_stay(chain));
            let Some(next) = next else { break };
            staying.push(free.remove(next));
        }
        let Some(&(keeper, ..)) = staying.first().filter(|_| staying.len() >= leave) else {
            continue;
        };
        if free.is_empty() {
            continue;
        }
        for (_, _, chain) in staying.iter().take(leave) {
            decided.stays(chain);
        }
        for (dir, _, chain) in free {
            decided.go.insert(chain[0]);
            decided.above_go.extend(&chain[1..]);
            let removal = Removal {
                group: number,
                dir,
                keeper,
                is_left: false,
            };
            removals.push((removal, chain));
        }
    }
    // One that a later group put into another one goes with that.
    removals.retain(|(_, chain)| !decided.goes(&chain[1..]));
    removals.into_iter().map(|(removal, _)| removal).collect()
}
