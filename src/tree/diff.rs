//! Two directories, compared by content whatever their layout.
//!
//! Content of one side is *in the other* if a name there has it that stays when
//! the first side is removed. Names prove nothing that are in a directory which
//! both sides reach, nor other names of a file that has no more hard links than
//! this side has names for it.

use std::path::PathBuf;

use hashbrown::{HashMap, HashSet};

use super::lists::Lists;
use crate::platform::os_str;
use crate::stage::{Catalog, ClassIdx, EntryKind, NameIdx};
use crate::types::{Digest, DirId, FileId, FileIdx, push_component};

/// One of the two directories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    A,
    B,
}

impl Side {
    pub(crate) const BOTH: [Self; 2] = [Self::A, Self::B];

    /// The other one.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The kind of an entry of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind<'a> {
    File { size: u64 },
    Link { target: &'a [u8] },
    EmptyDirectory,
    Directory,
    Special,
    LeftOut,
}

/// Result for one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The other side has it too.
    InBoth,
    /// The other side does not have it.
    OnlyHere,
    /// Not known, for this reason.
    Unknown(&'static str),
}

/// An entry of one side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    /// Its path as a report has it.
    pub path: &'a [u8],
    pub kind: Kind<'a>,
    pub verdict: Verdict,
    /// The file, if it is one.
    pub file: Option<FileIdx>,
}

/// Two entries with one path that differ.
#[derive(Debug)]
pub(crate) struct Differing<'a> {
    /// Their path below either directory.
    pub path: Vec<u8>,
    pub kinds: [Kind<'a>; 2],
}

/// Content that is on both sides.
#[derive(Debug)]
pub(crate) struct Shared {
    pub digest: Option<Digest>,
    pub size: u64,
    /// The paths with that content, by side.
    pub paths: [Vec<PathBuf>; 2],
}

/// A name of a file.
type Name = (u32, NameIdx);

#[derive(Clone, Copy)]
enum Item<'a> {
    Dir(DirId),
    File(FileIdx),
    Other(EntryKind<'a>),
}

/// The comparison of the two directories of a scan.
pub(crate) struct Diff<'a> {
    catalog: &'a Catalog,
    roots: [DirId; 2],
    children: Lists<u32>,
    files: Lists<u32>,
    names: Vec<Name>,
    entries: Lists<u32>,
    /// The class of each file that has one with several files.
    classes: HashMap<FileIdx, ClassIdx>,
    /// The sides on which the content of each file is, and `KNOWN`.
    content: Vec<u8>,
    /// The sides on which a link with each target is.
    targets: HashMap<&'a [u8], u8>,
    /// The sides on which an empty directory of each name is.
    empty: HashMap<&'a [u8], u8>,
    /// Directories with one of the same path on the other side.
    paired: HashSet<DirId>,
    differing: Vec<Differing<'a>>,
}

/// The content of a file is known.
const KNOWN: u8 = 4;

impl<'a> Diff<'a> {
    /// Compares the two roots of a scan, in which directories were compared and
    /// empty files took part. `None` if one of them was not scanned.
    pub(crate) fn new(catalog: &'a Catalog) -> Option<Self> {
        let all = || (0..catalog.dirs.slots() as u32).map(DirId);
        let all = || all().filter(|&dir| catalog.dirs.contains(dir));
        let root = |number| {
            all()
                .find(|&dir| catalog.dirs.parent(dir).is_none() && catalog.dirs.root(dir) == number)
        };
        let roots = [root(0)?, root(1)?];
        let count = catalog.dirs.slots();
        let mut names: Vec<Name> = Vec::new();
        let mut dirs: Vec<u32> = Vec::new();
        catalog.each_name(|dir, file, name| {
            names.push((file.0, name));
            dirs.push(dir.0);
        });
        let files = Lists::of(count, |each| {
            for (at, &dir) in (0..).zip(&dirs) {
                each(dir as usize, at);
            }
        });
        let children = Lists::of(count, |each| {
            for dir in all() {
                if let Some(parent) = catalog.dirs.parent(dir) {
                    each(parent.0 as usize, dir.0);
                }
            }
        });
        let entries = Lists::of(count, |each| {
            for (at, (dir, _, _)) in (0..).zip(catalog.listings.entries()) {
                each(dir.0 as usize, at);
            }
        });
        let mut diff = Self {
            catalog,
            roots,
            children,
            files,
            names,
            entries,
            classes: HashMap::new(),
            content: Vec::new(),
            targets: HashMap::new(),
            empty: HashMap::new(),
            paired: HashSet::new(),
            differing: Vec::new(),
        };
        let common = diff.common_directories(all());
        diff.find_contents(&common);
        diff.find_others(all(), &common);
        diff.pair_paths();
        Some(diff)
    }

    /// Returns true if B lies inside A.
    pub(crate) fn is_nested(&self) -> bool {
        let mut entries = self.catalog.listings.entries();
        entries.any(|(dir, _, kind)| self.side(dir) == Some(Side::A) && kind == EntryKind::Root(1))
    }

    /// Entries with one path that differ, in the order of their paths.
    pub(crate) fn differing(&self) -> &[Differing<'a>] {
        &self.differing
    }

    fn side(&self, dir: DirId) -> Option<Side> {
        match self.catalog.dirs.root(dir) {
            0 => Some(Side::A),
            1 => Some(Side::B),
            _ => None,
        }
    }

    /// Directories that both sides reach.
    fn common_directories(&self, all: impl Iterator<Item = DirId>) -> HashSet<FileId> {
        let mut sides: HashMap<FileId, u8> = HashMap::new();
        for dir in all {
            if let Some(side) = self.side(dir) {
                *sides.entry(self.catalog.dirs.id(dir)).or_default() |= side.bit();
            }
        }
        let common = sides.into_iter().filter(|(_, sides)| *sides == 3);
        common.map(|(id, _)| id).collect()
    }

    /// The sides on which a file is by a name that stays when the other side is
    /// removed.
    fn lasting_sides(&self, file: FileIdx, common: &HashSet<FileId>) -> u8 {
        let catalog = self.catalog;
        let lasts = |dir: DirId| !common.contains(&catalog.dirs.id(dir));
        if !catalog.has_extra_names(file) {
            let dir = catalog.files.dir(file);
            let side = self.side(dir).filter(|_| lasts(dir));
            return side.map_or(0, Side::bit);
        }
        let mut names: HashSet<(u8, FileId, &[u8])> = HashSet::new();
        let mut sides = 0;
        let mut add = |dir: DirId, name| {
            if let Some(side) = self.side(dir) {
                names.insert((side as u8, catalog.dirs.id(dir), name));
                sides |= if lasts(dir) { side.bit() } else { 0 };
            }
        };
        add(catalog.files.dir(file), catalog.files.name(file));
        for extra in catalog.extra_names(file) {
            add(extra.dir, catalog.names.get(extra.name));
        }
        for side in Side::BOTH {
            let others = names.iter().filter(|name| name.0 == side.other() as u8);
            let others = others.count() as u64;
            // With no link more than the other side has names, this is one of
            // those by another path.
            if others > 0 && u64::from(catalog.files.links(file)) <= others {
                sides &= !side.bit();
            }
        }
        sides
    }

    fn find_contents(&mut self, common: &HashSet<FileId>) {
        let catalog = self.catalog;
        let mut content = vec![0; catalog.files.len()];
        for class in catalog.shared_classes() {
            let members = catalog.members(class);
            let sides = members.fold(0, |sides, file| sides | self.lasting_sides(file, common));
            for file in catalog.members(class) {
                content[file.0 as usize] = sides | KNOWN;
                self.classes.insert(file, class);
            }
        }
        let singles = catalog.single_classes();
        let singles = singles.flat_map(|class| catalog.members(class));
        for file in singles.chain(catalog.unique_files()) {
            content[file.0 as usize] = self.lasting_sides(file, common) | KNOWN;
        }
        self.content = content;
    }

    /// Finds links by their targets, and empty directories by their names.
    fn find_others(&mut self, all: impl Iterator<Item = DirId>, common: &HashSet<FileId>) {
        let catalog = self.catalog;
        for (dir, _, kind) in catalog.listings.entries() {
            if let (Some(side), EntryKind::Link(target)) = (self.side(dir), kind)
                && !common.contains(&catalog.dirs.id(dir))
            {
                *self.targets.entry(target).or_default() |= side.bit();
            }
        }
        for dir in all {
            if let Some(side) = self.side(dir)
                && self.is_empty(dir)
                && catalog.dirs.parent(dir).is_some()
                && !common.contains(&catalog.dirs.id(dir))
            {
                *self.empty.entry(catalog.dir_name(dir)).or_default() |= side.bit();
            }
        }
    }

    /// Returns true if a directory is known to be empty.
    fn is_empty(&self, dir: DirId) -> bool {
        let at = dir.0 as usize;
        self.catalog.listings.is_complete(dir)
            && self.children.get(at).is_empty()
            && self.files.get(at).is_empty()
            && self.entries.get(at).is_empty()
    }

    /// The entries of a directory, by name.
    fn items(&self, dir: DirId) -> Vec<(&'a [u8], Item<'a>)> {
        let (at, catalog) = (dir.0 as usize, self.catalog);
        let dirs = self.children.get(at).iter().map(|&child| {
            let child = DirId(child);
            (catalog.dir_name(child), Item::Dir(child))
        });
        let files = self.files.get(at).iter().map(|&name| {
            let (file, name) = self.names[name as usize];
            (catalog.file_name(name), Item::File(FileIdx(file)))
        });
        let others = self.entries.get(at).iter().map(|&entry| {
            let (_, name, kind) = catalog.listings.entry(entry as usize);
            (name, Item::Other(kind))
        });
        let mut items: Vec<_> = dirs.chain(files).chain(others).collect();
        items.sort_by_key(|item| item.0);
        items
    }

    /// Compares entries with one path.
    fn pair_paths(&mut self) {
        let mut waiting = vec![(self.roots[0], self.roots[1], Vec::new())];
        while let Some((a, b, path)) = waiting.pop() {
            self.paired.extend([a, b]);
            let others: HashMap<_, _> = self.items(b).into_iter().collect();
            for (name, item) in self.items(a) {
                let Some(&other) = others.get(name) else {
                    continue;
                };
                let mut path = path.clone();
                push_component(&mut path, name);
                match (item, other) {
                    (Item::Dir(a), Item::Dir(b)) => waiting.push((a, b, path)),
                    _ if self.is_same(item, other) => {}
                    _ => self.differing.push(Differing {
                        path,
                        kinds: [self.kind(item), self.kind(other)],
                    }),
                }
            }
        }
        self.differing.sort_by(|a, b| a.path.cmp(&b.path));
    }

    /// Returns true if two entries are identical, or it is not known.
    fn is_same(&self, one: Item<'_>, other: Item<'_>) -> bool {
        match (one, other) {
            (Item::File(a), Item::File(b)) => {
                let class = |file| self.classes.get(&file);
                let is_known = |file: FileIdx| self.content[file.0 as usize] & KNOWN != 0;
                a == b || !is_known(a) || !is_known(b) || class(a).is_some() && class(a) == class(b)
            }
            (Item::Other(EntryKind::Link(a)), Item::Other(EntryKind::Link(b))) => a == b,
            (Item::Other(EntryKind::LeftOut | EntryKind::Root(_)), _)
            | (_, Item::Other(EntryKind::LeftOut | EntryKind::Root(_)))
            | (Item::Other(EntryKind::Special), Item::Other(EntryKind::Special)) => true,
            _ => false,
        }
    }

    fn kind(&self, item: Item<'a>) -> Kind<'a> {
        match item {
            Item::Dir(dir) if self.is_empty(dir) => Kind::EmptyDirectory,
            Item::Dir(_) | Item::Other(EntryKind::Root(_)) => Kind::Directory,
            Item::File(file) => Kind::File {
                size: self.catalog.files.get(file).size,
            },
            Item::Other(EntryKind::Link(target)) => Kind::Link { target },
            Item::Other(EntryKind::EmptyFile) => Kind::File { size: 0 },
            Item::Other(EntryKind::Special) => Kind::Special,
            Item::Other(EntryKind::LeftOut) => Kind::LeftOut,
        }
    }

    /// Calls `each` with every entry of one side, in the order of their paths.
    /// Directories are among them only if they are empty or not known in full.
    pub(crate) fn each(&self, side: Side, each: &mut dyn FnMut(&Entry<'_>)) {
        let mut path = Vec::new();
        let root = self.roots[side as usize];
        self.catalog
            .dirs
            .path_into(root, &self.catalog.names, &mut path);
        self.each_below(side, root, &mut path, each);
    }

    fn each_below(
        &self,
        side: Side,
        top: DirId,
        path: &mut Vec<u8>,
        each: &mut dyn FnMut(&Entry<'_>),
    ) {
        // Directories to enter and entries, the next one last; each with the
        // length of the path that it is in.
        let mut waiting: Vec<(usize, &'a [u8], Item<'a>)> = vec![(path.len(), b"", Item::Dir(top))];
        while let Some((length, name, item)) = waiting.pop() {
            path.truncate(length);
            if !name.is_empty() {
                push_component(path, name);
            }
            if let Some((kind, verdict)) = self.judge(side, name, item) {
                let file = match item {
                    Item::File(file) => Some(file),
                    _ => None,
                };
                each(&Entry {
                    path,
                    kind,
                    verdict,
                    file,
                });
            }
            if let Item::Dir(dir) = item {
                let length = path.len();
                let items = self.items(dir).into_iter().rev();
                waiting.extend(items.map(|(name, item)| (length, name, item)));
            }
        }
    }

    /// The result for an entry; `None` for a directory that says nothing itself.
    fn judge(&self, side: Side, name: &[u8], item: Item<'a>) -> Option<(Kind<'a>, Verdict)> {
        let in_other = |sides: Option<&u8>| match sides {
            Some(sides) if sides & side.other().bit() != 0 => Verdict::InBoth,
            _ => Verdict::OnlyHere,
        };
        let kind = self.kind(item);
        let verdict = match item {
            Item::File(file) => match self.content[file.0 as usize] {
                sides if sides & KNOWN == 0 => Verdict::Unknown("could not be read"),
                sides => in_other(Some(&sides)),
            },
            Item::Dir(dir) if self.is_empty(dir) => {
                if self.paired.contains(&dir) {
                    Verdict::InBoth
                } else {
                    in_other(self.empty.get(name))
                }
            }
            Item::Dir(dir) => {
                let entries = self.entries.get(dir.0 as usize).iter();
                let mut kinds = entries.map(|&entry| self.catalog.listings.entry(entry as usize).2);
                // Each of those is reported itself.
                let is_explained = kinds.any(|kind| kind == EntryKind::LeftOut);
                if self.catalog.listings.is_complete(dir) || is_explained {
                    return None;
                }
                Verdict::Unknown("could not be listed in full")
            }
            Item::Other(EntryKind::Link(target)) => in_other(self.targets.get(target)),
            // The other directory, which is compared.
            Item::Other(EntryKind::Root(root)) if root == side.other() as u32 => return None,
            Item::Other(EntryKind::Root(_)) => Verdict::Unknown("contains itself"),
            Item::Other(EntryKind::Special) => Verdict::Unknown("is neither file nor directory"),
            Item::Other(EntryKind::LeftOut) => Verdict::Unknown("was left out"),
            // They take part as files.
            Item::Other(EntryKind::EmptyFile) => Verdict::Unknown("was left out"),
        };
        Some((kind, verdict))
    }

    /// The number that files with the content of this one have in common.
    pub(crate) fn content_of(&self, file: FileIdx) -> (Option<u32>, u32) {
        match self.classes.get(&file) {
            Some(class) => (Some(class.0), 0),
            None => (None, file.0),
        }
    }

    /// All paths with the content of a file.
    pub(crate) fn shared(&self, file: FileIdx) -> Shared {
        let catalog = self.catalog;
        let class = self.classes.get(&file).copied();
        let mut paths = [Vec::new(), Vec::new()];
        let mut add = |file: FileIdx| {
            let own = (catalog.files.dir(file), catalog.files.name(file));
            let extra = catalog.extra_names(file);
            let extra = extra.map(|extra| (extra.dir, catalog.names.get(extra.name)));
            for (dir, name) in std::iter::once(own).chain(extra) {
                if let Some(side) = self.side(dir) {
                    let path = catalog.path(dir, name);
                    paths[side as usize].push(PathBuf::from(os_str(&path)));
                }
            }
        };
        match class {
            Some(class) => catalog.members(class).for_each(&mut add),
            None => add(file),
        }
        paths.iter_mut().for_each(|paths| paths.sort_unstable());
        Shared {
            digest: class.map(|class| catalog.class_digest(class)),
            size: catalog.files.get(file).size,
            paths,
        }
    }
}
