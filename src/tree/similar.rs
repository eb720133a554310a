//! Directories most of whose files are also in another directory.
//!
//! An inverted index has the directories of each content. They are numbered from
//! the top down, so that the content of a directory and all below is one range of
//! numbers, and whether some content is below a directory is one binary search.
//! Directories that may contain another one are found by the contents that are in
//! few directories; contents that are everywhere take part in the count alone.

use std::ops::Range;

use hashbrown::{HashMap, HashSet};

use super::groups::dir_path;
use super::lists::Lists;
use crate::config::Containment;
use crate::platform::os_str;
use crate::stage::{Catalog, EntryKind, NameIdx};
use crate::types::{DirId, FileIdx, SimilarDirectories};

/// Contents in more places than this lead to no other directory. (The work for each
/// name is at most this many directories and those above them.)
const MAX_PLACES: usize = 64;

/// Directories with fewer files are similar to too many others.
const MIN_FILES: usize = 3;

/// Candidates that are counted exactly for each directory.
const MAX_CANDIDATES: usize = 8;

/// A name of a file, in the order of the directories.
#[derive(Clone, Copy)]
struct Name {
    /// The number of its directory from the top down.
    position: u32,
    content: u32,
    file: FileIdx,
    name: NameIdx,
}

/// The index of a scan in which directories were compared.
struct Index<'a> {
    catalog: &'a Catalog,
    /// The directories, from the top down, each followed by those in it.
    order: Vec<DirId>,
    /// The directory above each, by position.
    above: Vec<u32>,
    /// The position after the last one below each.
    ends: Vec<u32>,
    /// All names, by position.
    names: Vec<Name>,
    /// The positions at which each content is, sorted.
    places: Lists<u32>,
    /// The positions in whose ranges something is not known.
    unknown: Vec<u32>,
}

const NO_ONE: u32 = u32::MAX;

/// Pairs of directories: of each directory whose files are contained to this part
/// in another one, the outermost; those with the most bytes in common first.
/// Identical directories, as `are_identical` tells, are not among them.
pub(crate) fn similar(
    catalog: &Catalog,
    least: Containment,
    are_identical: impl Fn(DirId, DirId) -> bool,
) -> Vec<SimilarDirectories> {
    let index = Index::new(catalog);
    let mut pairs = Vec::new();
    let mut at = 0;
    while (at as usize) < index.order.len() {
        let next = index.ends[at as usize];
        let Some((other, found)) = index.best(at, least) else {
            at += 1;
            continue;
        };
        // What is below is similar too, at that place.
        let (a, b) = (index.order[at as usize], index.order[other as usize]);
        if !are_identical(a, b) {
            pairs.push(index.pair(at, other, found));
        }
        at = next;
    }
    pairs.sort_by(|a, b| {
        let bytes = b.bytes_inside.cmp(&a.bytes_inside);
        bytes.then_with(|| a.path.cmp(&b.path))
    });
    pairs
}

impl<'a> Index<'a> {
    fn new(catalog: &'a Catalog) -> Self {
        let count = catalog.dirs.slots();
        let all = || (0..count as u32).map(DirId);
        let all = || all().filter(|&dir| catalog.dirs.contains(dir));
        let children = Lists::of(count, |each| {
            for dir in all() {
                if let Some(parent) = catalog.dirs.parent(dir) {
                    each(parent.0 as usize, dir.0);
                }
            }
        });
        let mut index = Self {
            catalog,
            order: Vec::with_capacity(count),
            above: Vec::with_capacity(count),
            ends: Vec::with_capacity(count),
            names: Vec::new(),
            places: Lists::of(0, |_| {}),
            unknown: Vec::new(),
        };
        let tops = all().filter(|&dir| catalog.dirs.parent(dir).is_none());
        let position = index.number(&children, tops.collect());
        index.add_names(&position);
        index.find_unknown(&position);
        index
    }

    /// Numbers all directories, each one once. Returns the numbers; `NO_ONE` for a
    /// directory that is another path of one.
    fn number(&mut self, children: &Lists<u32>, tops: Vec<DirId>) -> Vec<u32> {
        let catalog = self.catalog;
        let mut position = vec![NO_ONE; catalog.dirs.slots()];
        let mut seen = HashSet::new();
        let mut paths: Vec<_> = tops.iter().map(|&dir| dir_path(catalog, dir)).collect();
        let mut tops: Vec<_> = paths.drain(..).zip(tops).collect();
        tops.sort_unstable();
        // The directories to enter, and the ends to set, the next one last.
        let mut waiting: Vec<(u32, Option<DirId>)> = Vec::new();
        waiting.extend(tops.into_iter().rev().map(|(_, dir)| (NO_ONE, Some(dir))));
        while let Some((above, dir)) = waiting.pop() {
            let Some(dir) = dir else {
                self.ends[above as usize] = self.order.len() as u32;
                continue;
            };
            if !seen.insert(catalog.dirs.id(dir)) {
                continue;
            }
            let at = self.order.len() as u32;
            position[dir.0 as usize] = at;
            self.order.push(dir);
            self.above.push(above);
            self.ends.push(at + 1);
            waiting.push((at, None));
            let below = children.get(dir.0 as usize);
            let mut below: Vec<_> = below.iter().map(|&child| DirId(child)).collect();
            below.sort_unstable_by_key(|&child| catalog.dir_name(child));
            waiting.extend(below.into_iter().rev().map(|child| (at, Some(child))));
        }
        position
    }

    fn add_names(&mut self, position: &[u32]) {
        let catalog = self.catalog;
        // Files of which no other is known to be equal have a content of their own.
        let mut contents: Vec<u32> = (0..catalog.files.len() as u32).collect();
        for class in catalog.shared_classes() {
            let mut members = catalog.members(class);
            if let Some(first) = members.next() {
                members.for_each(|file| contents[file.0 as usize] = first.0);
            }
        }
        let mut names = Vec::with_capacity(catalog.files.len());
        catalog.each_name(|dir, file, name| {
            let position = position[dir.0 as usize];
            if position != NO_ONE {
                names.push(Name {
                    position,
                    content: contents[file.0 as usize],
                    file,
                    name,
                });
            }
        });
        names.sort_unstable_by_key(|name| name.position);
        self.places = Lists::of(catalog.files.len(), |each| {
            for name in &names {
                each(name.content as usize, name.position);
            }
        });
        self.names = names;
    }

    fn find_unknown(&mut self, position: &[u32]) {
        let listings = &self.catalog.listings;
        let incomplete = self.order.iter().filter(|&&dir| !listings.is_complete(dir));
        let special = listings.entries().filter_map(|(dir, _, kind)| {
            let is_unknown = matches!(kind, EntryKind::Special | EntryKind::Root(_));
            is_unknown.then_some(dir)
        });
        let unknown = incomplete.copied().chain(special);
        let unknown = unknown.map(|dir| position[dir.0 as usize]);
        self.unknown = unknown.filter(|&at| at != NO_ONE).collect();
        self.unknown.sort_unstable();
    }

    fn range(&self, at: u32) -> Range<u32> {
        at..self.ends[at as usize]
    }

    /// The names in a directory and below.
    fn names(&self, at: u32) -> &[Name] {
        let Range { start, end } = self.range(at);
        let from = self.names.partition_point(|name| name.position < start);
        let to = self.names.partition_point(|name| name.position < end);
        &self.names[from..to]
    }

    /// Returns true if some content is in a range of directories.
    fn is_in(&self, content: u32, range: &Range<u32>) -> bool {
        let places = self.places.get(content as usize);
        let at = places.partition_point(|&place| place < range.start);
        places.get(at).is_some_and(|&place| place < range.end)
    }

    /// The directory that contains the most of the files of a directory, if it
    /// contains enough, and how many: of those with the same number, the smallest.
    fn best(&self, at: u32, least: Containment) -> Option<(u32, usize)> {
        let (names, own) = (self.names(at), self.range(at));
        if names.len() < MIN_FILES {
            return None;
        }
        // Most directories are done with here.
        let is_elsewhere = |name: &&Name| {
            let places = self.places.get(name.content as usize);
            places.first().is_some_and(|first| !own.contains(first))
                || places.last().is_some_and(|last| !own.contains(last))
        };
        if !least.is_met(names.iter().filter(is_elsewhere).count(), names.len()) {
            return None;
        }
        // For each directory, the number of names, and the last one counted.
        let mut counts: HashMap<u32, (usize, usize)> = HashMap::new();
        for (number, name) in names.iter().enumerate() {
            let places = self.places.get(name.content as usize);
            if places.len() > MAX_PLACES {
                continue;
            }
            for &place in places.iter().filter(|place| !own.contains(*place)) {
                let mut next = place;
                // What contains the directory itself is no other directory.
                while next != NO_ONE && !self.range(next).contains(&at) {
                    let counted = counts.entry(next).or_insert((0, usize::MAX));
                    if counted.1 == number {
                        break;
                    }
                    *counted = (counted.0 + 1, number);
                    next = self.above[next as usize];
                }
            }
        }
        let size = |at: u32| self.names(at).len();
        let mut candidates: Vec<(u32, usize)> = counts
            .into_iter()
            .map(|(other, (count, _))| (other, count))
            .collect();
        candidates.sort_unstable_by_key(|&(other, count)| (usize::MAX - count, size(other), other));
        candidates.truncate(MAX_CANDIDATES);
        let exact = candidates.into_iter().map(|(other, _)| {
            let range = self.range(other);
            let inside = names.iter().filter(|name| self.is_in(name.content, &range));
            (other, inside.count())
        });
        exact
            .filter(|&(_, count)| least.is_met(count, names.len()))
            .max_by_key(|&(other, count)| (count, usize::MAX - size(other), u32::MAX - other))
    }

    fn pair(&self, at: u32, other: u32, found: usize) -> SimilarDirectories {
        let catalog = self.catalog;
        let (names, range) = (self.names(at), self.range(other));
        let bytes = |name: &Name| catalog.files.get(name.file).size;
        let sum = |sum: u64, bytes| sum.saturating_add(bytes);
        let (inside, outside): (Vec<&Name>, Vec<&Name>) = names
            .iter()
            .partition(|name| self.is_in(name.content, &range));
        let path = |dir: DirId| os_str(&dir_path(catalog, dir)).into();
        let mut only: Vec<std::path::PathBuf> = outside
            .iter()
            .map(|name| {
                let dir = self.order[name.position as usize];
                os_str(&catalog.path(dir, catalog.file_name(name.name))).into()
            })
            .collect();
        only.sort_unstable();
        let own = self.range(at);
        let unknown = self.unknown.partition_point(|&place| place < own.start);
        SimilarDirectories {
            path: path(self.order[at as usize]),
            inside: path(self.order[other as usize]),
            files: names.len() as u64,
            files_inside: found as u64,
            bytes: names.iter().map(bytes).fold(0, sum),
            bytes_inside: inside.iter().copied().map(bytes).fold(0, sum),
            is_complete: self
                .unknown
                .get(unknown)
                .is_none_or(|&place| place >= own.end),
            only_there: only,
        }
    }
}
