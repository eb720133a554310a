//! The digest of each directory all of whose content is known and may occur
//! elsewhere.
//!
//! A directory is a *candidate* if it was listed to its end, nothing in it was
//! left out, each file in it was read and has the content of another name, and
//! all directories in it are candidates. Any other directory is unique, or not
//! known in full: it is identical to none. So no file is read for this that is
//! not read anyway.

use std::ops::Range;

use hashbrown::{HashMap, HashSet};

use super::lists::Lists;
use crate::config::{DirectoryNames, HashAlgorithm};
use crate::hash::Hasher;
use crate::stage::{Catalog, ClassIdx, EntryKind, NameIdx};
use crate::types::{Digest, DirId, FileIdx};

/// A name of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    pub(super) file: FileIdx,
    pub(super) name: NameIdx,
}

impl Default for Name {
    fn default() -> Self {
        Self {
            file: FileIdx(0),
            name: NameIdx::of(FileIdx(0)),
        }
    }
}

/// Facts about a candidate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) digest: Digest,
    /// Number of files in it and below.
    pub(super) files: u32,
    /// True if a file in it was not read, because the only other names of its
    /// content are its own hard links. Its identity takes the place of its
    /// digest.
    pub(super) has_unread: bool,
    /// True if a file in it has several names.
    pub(super) has_links: bool,
    /// The sum of the sizes of its files.
    pub(super) bytes: u64,
}

/// The content of a file, as one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// The content of a class with at least two files.
    Class(ClassIdx),
    /// No other file has it, but this file has other names.
    Own,
    /// No other name has it, or it is not known.
    None,
}

const NONE: u32 = u32::MAX;
const OWN: u32 = u32::MAX - 1;

/// The tree of a scan, and the digests of its candidates.
pub(crate) struct Fold<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) names: DirectoryNames,
    /// The content of each file.
    contents: Vec<u32>,
    /// The directories in each directory.
    children: Lists<u32>,
    /// Roots that lie in another root, in order.
    nested: Vec<Nested>,
    /// The files of each candidate.
    files: Lists<Name>,
    /// The other entries of each candidate, by number.
    entries: Lists<u32>,
    /// The candidates, and the number of each directory among them.
    nodes: Vec<Node>,
    node_of: Vec<u32>,
}

impl<'a> Fold<'a> {
    /// Folds the result of a scan in which directories were compared.
    pub(crate) fn new(catalog: &'a Catalog, names: DirectoryNames) -> Self {
        let contents = contents(catalog);
        let count = catalog.dirs.slots();
        let all = || (0..count as u32).map(DirId);
        let is_complete = |dir| catalog.dirs.contains(dir) && catalog.listings.is_complete(dir);
        let mut is_candidate: Vec<bool> = all().map(is_complete).collect();
        catalog.each_name(|dir, file, _| {
            is_candidate[dir.0 as usize] &= contents[file.0 as usize] != NONE;
        });
        let mut nested = Vec::new();
        let roots = roots(catalog);
        for (number, (dir, _, kind)) in (0..).zip(catalog.listings.entries()) {
            let is_known = match kind {
                EntryKind::Link(_) | EntryKind::EmptyFile => true,
                EntryKind::Special | EntryKind::LeftOut => false,
                EntryKind::Root(root) => {
                    let root = roots.get(&root);
                    nested.extend(root.map(|&root| (dir, root, number)));
                    root.is_some()
                }
            };
            is_candidate[dir.0 as usize] &= is_known;
        }
        nested.sort_unstable();
        let children = Lists::of(count, |each| {
            for dir in all().filter(|&dir| catalog.dirs.contains(dir)) {
                if let Some(parent) = catalog.dirs.parent(dir) {
                    each(parent.0 as usize, dir.0);
                }
            }
        });
        let order = post_order(&children, &nested, &mut is_candidate);
        for &dir in &order {
            let is_known = children
                .get(dir as usize)
                .iter()
                .all(|&child| is_candidate[child as usize]);
            is_candidate[dir as usize] &= is_known;
            let mut roots = within(&nested, DirId(dir)).iter();
            is_candidate[dir as usize] &= roots.all(|root| is_candidate[root.1.0 as usize]);
        }
        let files = Lists::of(count, |each| {
            catalog.each_name(|dir, file, name| {
                if is_candidate[dir.0 as usize] {
                    each(dir.0 as usize, Name { file, name });
                }
            });
        });
        let entries = Lists::of(count, |each| {
            for (number, (dir, _, _)) in (0..).zip(catalog.listings.entries()) {
                if is_candidate[dir.0 as usize] {
                    each(dir.0 as usize, number);
                }
            }
        });
        let mut fold = Self {
            catalog,
            names,
            contents,
            children,
            nested,
            files,
            entries,
            nodes: Vec::new(),
            node_of: vec![NONE; count],
        };
        let mut digester = Digester::new(names);
        for dir in order {
            if is_candidate[dir as usize] {
                let node = fold.node_of_entries(DirId(dir), &mut digester);
                fold.node_of[dir as usize] = fold.nodes.len() as u32;
                fold.nodes.push(node);
            }
        }
        fold
    }

    /// Facts about a directory, if it is a candidate.
    pub(super) fn node(&self, dir: DirId) -> Option<&Node> {
        let at = self.node_of[dir.0 as usize];
        (at != NONE).then(|| &self.nodes[at as usize])
    }

    /// Every candidate.
    pub(super) fn candidates(&self) -> impl Iterator<Item = DirId> {
        let all = (0..).map(DirId).zip(&self.node_of);
        all.filter(|(_, node)| **node != NONE).map(|(dir, _)| dir)
    }

    /// The content of a file.
    pub(super) fn content(&self, file: FileIdx) -> Content {
        match self.contents[file.0 as usize] {
            NONE => Content::None,
            OWN => Content::Own,
            class => Content::Class(ClassIdx(class)),
        }
    }

    /// The directory that a directory is in, and its name there.
    pub(super) fn place(&self, dir: DirId) -> Option<(DirId, &'a [u8])> {
        let catalog = self.catalog;
        if let Some(parent) = catalog.dirs.parent(dir) {
            return Some((parent, catalog.dir_name(dir)));
        }
        let nested = self.nested.iter().find(|nested| nested.1 == dir)?;
        let (_, name, _) = catalog.listings.entry(nested.2 as usize);
        Some((nested.0, name))
    }

    /// The directories in a directory, each with its name there.
    pub(super) fn directories(&self, dir: DirId) -> impl Iterator<Item = (DirId, &'a [u8])> {
        let catalog = self.catalog;
        let own = self.children.get(dir.0 as usize);
        let own = own
            .iter()
            .map(move |&child| (DirId(child), catalog.dir_name(DirId(child))));
        let roots = within(&self.nested, dir).iter();
        own.chain(roots.map(move |&(_, root, entry)| {
            let (_, name, _) = catalog.listings.entry(entry as usize);
            (root, name)
        }))
    }

    /// Calls `each` with every candidate in `top` and below, `top` included.
    pub(super) fn each_below(&self, top: DirId, mut each: impl FnMut(DirId)) {
        let mut waiting = vec![top];
        while let Some(dir) = waiting.pop() {
            each(dir);
            waiting.extend(self.directories(dir).map(|(child, _)| child));
        }
    }

    /// The names of files in a candidate, without those below.
    pub(super) fn files(&self, dir: DirId) -> &[Name] {
        self.files.get(dir.0 as usize)
    }

    /// The other entries of a candidate, and the roots in it: each with its name.
    pub(super) fn others(&self, dir: DirId) -> impl Iterator<Item = (&'a [u8], EntryKind<'a>)> {
        let catalog = self.catalog;
        self.entries.get(dir.0 as usize).iter().map(move |&entry| {
            let (_, name, kind) = catalog.listings.entry(entry as usize);
            (name, kind)
        })
    }

    /// The digest of a directory whose directories have theirs.
    fn node_of_entries(&self, dir: DirId, digester: &mut Digester<'a>) -> Node {
        let catalog = self.catalog;
        let mut node = Node {
            digest: Digest::new(&[]),
            files: 0,
            has_unread: false,
            has_links: false,
            bytes: 0,
        };
        for &Name { file, name } in self.files(dir) {
            let size = catalog.files.bytes(catalog.files.size_of(file));
            node.files += 1;
            node.bytes = node.bytes.saturating_add(size);
            node.has_links |= catalog.has_extra_names(file);
            let content = self.content(file);
            node.has_unread |= content == Content::Own;
            digester.add(catalog.file_name(name), |value| match content {
                Content::Class(class) => file_value(value, size, catalog.class_digest(class)),
                // A candidate has no file of which nothing is known.
                Content::Own | Content::None => {
                    let id = catalog.id(file);
                    value.push(b'i');
                    value.extend_from_slice(&id.dev.to_le_bytes());
                    value.extend_from_slice(&id.ino.to_le_bytes());
                    value.extend_from_slice(&file.0.to_le_bytes());
                }
            });
        }
        for (name, kind) in self.others(dir) {
            match kind {
                EntryKind::Link(target) => digester.add(name, |value| {
                    value.push(b'l');
                    value.extend_from_slice(target);
                }),
                EntryKind::EmptyFile => {
                    node.files += 1;
                    digester.add(name, |value| file_value(value, 0, Digest::new(&[])));
                }
                // Roots are added below; a candidate has no others.
                EntryKind::Root(_) | EntryKind::Special | EntryKind::LeftOut => {}
            }
        }
        for (child, name) in self.directories(dir) {
            // All of them are candidates.
            if let Some(below) = self.node(child) {
                node.files = node.files.saturating_add(below.files);
                node.bytes = node.bytes.saturating_add(below.bytes);
                node.has_unread |= below.has_unread;
                node.has_links |= below.has_links;
                digester.add(name, |value| {
                    value.push(b'd');
                    value.extend_from_slice(below.digest.as_bytes());
                });
            }
        }
        node.digest = digester.finish();
        node
    }
}

/// The value of a regular file. All empty files are identical, read or not.
fn file_value(value: &mut Vec<u8>, size: u64, digest: Digest) {
    value.push(b'f');
    value.extend_from_slice(&size.to_le_bytes());
    if size > 0 {
        value.extend_from_slice(digest.as_bytes());
    }
}

/// Makes the digest of one directory after another.
struct Digester<'a> {
    names: DirectoryNames,
    hasher: Hasher,
    /// The names of the entries, and the places of their values.
    entries: Vec<(&'a [u8], Range<usize>)>,
    /// The values: the kind of each entry and what it holds.
    values: Vec<u8>,
}

impl<'a> Digester<'a> {
    fn new(names: DirectoryNames) -> Self {
        Self {
            names,
            hasher: Hasher::new(HashAlgorithm::Blake3),
            entries: Vec::new(),
            values: Vec::new(),
        }
    }

    fn add(&mut self, name: &'a [u8], write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.values.len();
        write(&mut self.values);
        let name = match self.names {
            DirectoryNames::Compared => name,
            DirectoryNames::Ignored => b"",
        };
        self.entries.push((name, start..self.values.len()));
    }

    /// The digest of the entries since the last call. They are sorted, and each
    /// counts, so that equal ones do not cancel each other out; and the length of
    /// every part is in it, so that no two lists of entries are the same text.
    fn finish(&mut self) -> Digest {
        let Self {
            hasher,
            entries,
            values,
            names,
        } = self;
        entries.sort_unstable_by(|(a, at), (b, bt)| {
            a.cmp(b)
                .then_with(|| values[at.clone()].cmp(&values[bt.clone()]))
        });
        hasher.update(match names {
            DirectoryNames::Compared => b"nodupe directory 1, with names\n",
            DirectoryNames::Ignored => b"nodupe directory 1, no names\n",
        });
        for (name, value) in entries.iter() {
            for part in [*name, &values[value.clone()]] {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
        }
        entries.clear();
        values.clear();
        hasher.finish()
    }
}

/// The content of each file.
fn contents(catalog: &Catalog) -> Vec<u32> {
    let mut contents = vec![NONE; catalog.files.len()];
    let mut digests = HashSet::new();
    let mut twice = HashSet::new();
    for class in catalog.shared_classes() {
        for file in catalog.members(class) {
            contents[file.0 as usize] = class.0;
        }
        // Only a comparison of bytes parts files with one digest.
        if catalog.is_compared(class) {
            let key = (catalog.class_size(class), catalog.class_digest(class));
            if !digests.insert(key) {
                twice.insert(key);
            }
        }
    }
    if !twice.is_empty() {
        // Their digests cannot stand for them.
        for class in catalog.shared_classes() {
            if twice.contains(&(catalog.class_size(class), catalog.class_digest(class))) {
                for file in catalog.members(class) {
                    contents[file.0 as usize] = NONE;
                }
            }
        }
    }
    // Files that were read and are alone in their class, and those that no other
    // can equal.
    let singles = catalog.single_classes();
    let singles = singles.flat_map(|class| catalog.members(class));
    for file in singles.chain(catalog.unique_files()) {
        if catalog.has_extra_names(file) {
            contents[file.0 as usize] = OWN;
        }
    }
    contents
}

/// A root in another root: the directory above, the root, and the number of the
/// entry with its name there.
type Nested = (DirId, DirId, u32);

/// The roots in a directory.
fn within(nested: &[Nested], dir: DirId) -> &[Nested] {
    let start = nested.partition_point(|nested| nested.0 < dir);
    let rest = &nested[start..];
    &rest[..rest.partition_point(|nested| nested.0 == dir)]
}

/// The directory of each root that is one.
fn roots(catalog: &Catalog) -> HashMap<u32, DirId> {
    let all = (0..catalog.dirs.slots() as u32).map(DirId);
    all.filter(|&dir| catalog.dirs.contains(dir) && catalog.dirs.parent(dir).is_none())
        .map(|dir| (catalog.dirs.root(dir), dir))
        .collect()
}

/// All directories, each after those in it. A directory that contains itself,
/// through a mount, is no candidate.
fn post_order(children: &Lists<u32>, nested: &[Nested], is_candidate: &mut [bool]) -> Vec<u32> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let count = is_candidate.len();
    let mut states = vec![State::New; count];
    let mut order = Vec::with_capacity(count);
    let mut waiting = Vec::new();
    for top in 0..count as u32 {
        waiting.push(top);
        while let Some(&dir) = waiting.last() {
            match states[dir as usize] {
                State::New => {
                    states[dir as usize] = State::Open;
                    let own = children.get(dir as usize).iter().copied();
                    let roots = within(nested, DirId(dir)).iter();
                    for child in own.chain(roots.map(|nested| nested.1.0)) {
                        match states[child as usize] {
                            State::New => waiting.push(child),
                            State::Open => is_candidate[dir as usize] = false,
                            State::Done => {}
                        }
                    }
                }
                State::Open => {
                    states[dir as usize] = State::Done;
                    order.push(dir);
                    waiting.pop();
                }
                State::Done => {
                    waiting.pop();
                }
            }
        }
    }
    order
}
