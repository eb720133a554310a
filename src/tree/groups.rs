//! From directories with one digest to the groups of a report.
//!
//! * One directory that was reached by several paths is one member.
//! * Directories that hold the very same files, by hard links, are no copies of
//!   each other: removing one frees nothing.
//! * A group is *inside* another one if all its members lie at one place in the
//!   members of that one. Only the outermost groups are reported.

use std::cell::OnceCell;

use hashbrown::{HashMap, HashSet};

use super::Fold;
use super::keep;
use crate::config::DirectoryNames;
use crate::group::{Candidate, GroupRules};
use crate::stage::Catalog;
use crate::types::{DirId, DirectoryGroup, DirectoryRecord, FileIdx};

/// Criteria for groups of directories beside those of files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// True if directories whose files are all empty are groups too.
    pub without_bytes: bool,
}

/// The groups of identical directories.
pub(crate) struct Groups<'a> {
    pub(super) fold: Fold<'a>,
    rules: &'a GroupRules,
    /// The members of each group, by number, in the order of their paths.
    pub(super) members: Vec<Vec<DirId>>,
    /// The group of each directory, including directories that are another path
    /// of a member.
    pub(super) group_of: HashMap<DirId, u32>,
    states: Vec<State>,
}

/// The part of a group in the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Reported,
    /// It is inside a group that is reported.
    Inside,
    /// It does not meet the criteria.
    Dropped,
}

impl<'a> Groups<'a> {
    pub(crate) fn new(fold: Fold<'a>, rules: &'a GroupRules, wanted: Wanted) -> Self {
        let mut all: Vec<DirId> = fold.candidates().collect();
        let digest = |dir: &DirId| fold.node(*dir).map(|node| node.digest);
        all.sort_unstable_by_key(digest);
        let mut groups = Self {
            members: Vec::new(),
            group_of: HashMap::new(),
            states: Vec::new(),
            fold,
            rules,
        };
        let reached_twice = OnceCell::new();
        for same in all.chunk_by(|a, b| digest_of(&groups.fold, *a) == digest_of(&groups.fold, *b))
        {
            if same.len() > 1 {
                let members = groups.distinct(same, &reached_twice);
                let number = groups.members.len() as u32;
                groups
                    .group_of
                    .extend(same.iter().map(|&dir| (dir, number)));
                groups.members.push(members);
            }
        }
        let meets: Vec<bool> = (0..groups.members.len())
            .map(|group| groups.meets(group, wanted))
            .collect();
        groups.states = groups.states(&meets);
        groups
    }

    /// The groups to report, by number.
    fn reported(&self) -> impl Iterator<Item = usize> {
        let all = self.states.iter().enumerate();
        all.filter(|(_, state)| **state == State::Reported)
            .map(|(group, _)| group)
    }

    /// The groups to report: most reclaimable bytes first, then by path.
    pub(crate) fn build(&self) -> Vec<DirectoryGroup> {
        let mut known = keep::KeptFiles::default();
        let groups = self.reported().map(|group| self.group(group, &mut known));
        let mut built: Vec<_> = groups.collect();
        built.sort_by(|a, b| {
            let by_bytes = b.reclaimable_bytes.cmp(&a.reclaimable_bytes);
            by_bytes.then_with(|| first_path(a).cmp(&first_path(b)))
        });
        built
    }

    /// Returns true if all names of a group of files lie at one place in the
    /// members of a reported group of directories.
    pub(crate) fn covers(&self, candidate: &Candidate) -> bool {
        let mut places: Vec<(DirId, &[u8])> = Vec::new();
        candidate.each_name(self.fold.catalog, |dir, name| places.push((dir, name)));
        self.outer(&places)
            .is_some_and(|group| self.states[group as usize] != State::Dropped)
    }

    /// The group that has at one place in each of its members what is at these
    /// places: each a directory and a name there.
    fn outer(&self, places: &[(DirId, &[u8])]) -> Option<u32> {
        let (first, name) = *places.first()?;
        let group = *self.group_of.get(&first)?;
        let mut dirs = HashSet::new();
        let is_one_place = places.iter().all(|&(dir, other)| {
            self.group_of.get(&dir) == Some(&group)
                && (name == other || self.fold.names == DirectoryNames::Ignored)
                && dirs.insert(self.fold.catalog.dirs.id(dir))
        });
        is_one_place.then_some(group)
    }

    /// The state of each group, given which of them meet the criteria.
    fn states(&self, meets: &[bool]) -> Vec<State> {
        let mut known: Vec<Option<State>> = vec![None; meets.len()];
        for group in 0..meets.len() {
            // The groups around it, from the inside out.
            let mut chain = vec![group];
            let mut outermost = None;
            while let Some(&inner) = chain.last() {
                if let Some(state) = known[inner] {
                    outermost = Some(state);
                    chain.pop();
                    break;
                }
                let places = self.members[inner].iter();
                let places: Option<Vec<_>> = places.map(|&dir| self.fold.place(dir)).collect();
                let outer = places.and_then(|places| self.outer(&places));
                match outer {
                    // Through a mount a directory may seem to be above itself.
                    Some(outer) if !chain.contains(&(outer as usize)) => {
                        chain.push(outer as usize);
                    }
                    _ => break,
                }
            }
            for &inner in chain.iter().rev() {
                let state = match outermost {
                    _ if !meets[inner] => State::Dropped,
                    Some(State::Reported | State::Inside) => State::Inside,
                    Some(State::Dropped) | None => State::Reported,
                };
                known[inner] = Some(state);
                outermost = Some(state);
            }
        }
        let states = known.into_iter();
        states
            .map(|state| state.unwrap_or(State::Dropped))
            .collect()
    }

    fn meets(&self, group: usize, wanted: Wanted) -> bool {
        let members = &self.members[group];
        let Some(node) = members.first().and_then(|&first| self.fold.node(first)) else {
            return false;
        };
        let count = members.len() as u64;
        let criteria = &self.rules.criteria;
        let root = |dir: &DirId| &self.rules.roots[self.fold.catalog.dirs.root(*dir) as usize];
        let family = root(&members[0]).family;
        count > 1
            && (criteria.min_copies..=criteria.max_copies).contains(&count)
            && node.files > 0
            && (node.bytes > 0 || wanted.without_bytes)
            && !(criteria.across_roots && members.iter().all(|dir| root(dir).family == family))
            && !members.iter().all(|dir| root(dir).reference)
            && !self.share_all_files(members)
    }

    /// Returns true if removing some of these directories with one digest frees nothing:
    /// all of them hold the very same files.
    pub(super) fn share_all_files(&self, members: &[DirId]) -> bool {
        let node = members.first().and_then(|&first| self.fold.node(first));
        node.is_some_and(|node| node.has_links)
            && !self.rules.hard_links
            && self.hold_the_same_files(members)
    }

    /// Returns true if all members hold the very same files.
    fn hold_the_same_files(&self, members: &[DirId]) -> bool {
        let files = |dir: DirId| {
            let mut files: Vec<FileIdx> = Vec::new();
            self.fold.each_below(dir, |below| {
                files.extend(self.fold.files(below).iter().map(|name| name.file));
            });
            files.retain(|&file| self.fold.catalog.files.get(file).size > 0);
            files.sort_unstable();
            files
        };
        let mut all = members.iter().map(|&dir| files(dir));
        let first = all.next();
        // Where there are no bytes, no file is the same as another.
        first.is_some_and(|first| !first.is_empty() && all.all(|files| files == first))
    }

    /// The members among directories with one digest, by path: each directory
    /// once, and no two that have a directory in common.
    fn distinct(&self, same: &[DirId], reached_twice: &OnceCell<bool>) -> Vec<DirId> {
        let catalog = self.fold.catalog;
        let mut members: Vec<(Vec<u8>, DirId)> = same
            .iter()
            .map(|&dir| (dir_path(catalog, dir), dir))
            .collect();
        members.sort_unstable();
        if *reached_twice.get_or_init(|| any_is_reached_twice(catalog)) {
            let mut seen = HashSet::new();
            members.retain(|&(_, dir)| {
                let mut below = Vec::new();
                self.fold
                    .each_below(dir, |dir| below.push(catalog.dirs.id(dir)));
                let is_new = below.iter().all(|id| !seen.contains(id));
                if is_new {
                    seen.extend(below);
                }
                is_new
            });
        }
        members.into_iter().map(|(_, dir)| dir).collect()
    }

    fn group(&self, group: usize, known: &mut keep::KeptFiles) -> DirectoryGroup {
        let catalog = self.fold.catalog;
        let members = &self.members[group];
        let node = self.fold.node(members[0]);
        let kept = keep::kept(&self.fold, self.rules, members, known);
        let redundant = members.iter().zip(&kept).filter(|(_, kept)| !**kept);
        let redundant: Vec<DirId> = redundant.map(|(&dir, _)| dir).collect();
        let mut directories: Vec<_> = members
            .iter()
            .zip(kept)
            .map(|(&dir, keep)| DirectoryRecord {
                path: crate::platform::os_str(&dir_path(catalog, dir)).into(),
                id: catalog.dirs.id(dir),
                reference: self.rules.roots[catalog.dirs.root(dir) as usize].reference,
                keep,
            })
            .collect();
        directories.sort_by_key(|directory| !directory.keep);
        DirectoryGroup {
            digest: node.filter(|node| !node.has_unread).map(|node| node.digest),
            files: node.map_or(0, |node| u64::from(node.files)),
            bytes: node.map_or(0, |node| node.bytes),
            reclaimable_bytes: self.reclaimable_bytes(&redundant),
            directories,
        }
    }

    /// Bytes that are freed once these directories are removed: those of files
    /// all of whose names are in them.
    fn reclaimable_bytes(&self, dirs: &[DirId]) -> u64 {
        let catalog = self.fold.catalog;
        let mut bytes = 0_u64;
        let mut linked: HashMap<FileIdx, u32> = HashMap::new();
        for &dir in dirs {
            self.fold.each_below(dir, |below| {
                for name in self.fold.files(below) {
                    if catalog.files.links(name.file) > 1 || catalog.has_extra_names(name.file) {
                        *linked.entry(name.file).or_default() += 1;
                    } else {
                        bytes = bytes.saturating_add(catalog.files.get(name.file).size);
                    }
                }
            });
        }
        for (file, names) in linked {
            if names >= catalog.files.links(file) {
                bytes = bytes.saturating_add(catalog.files.get(file).size);
            }
        }
        bytes
    }
}

fn digest_of(fold: &Fold<'_>, dir: DirId) -> Option<crate::types::Digest> {
    fold.node(dir).map(|node| node.digest)
}

fn first_path(group: &DirectoryGroup) -> Option<&std::path::Path> {
    let paths = group.directories.iter().map(|dir| dir.path.as_path());
    paths.min()
}

/// The path of a directory as a report has it.
pub(super) fn dir_path(catalog: &Catalog, dir: DirId) -> Vec<u8> {
    let mut path = Vec::new();
    catalog.dirs.path_into(dir, &catalog.names, &mut path);
    path
}

/// Returns true if a directory of the scan has two numbers.
fn any_is_reached_twice(catalog: &Catalog) -> bool {
    let mut ids: Vec<_> = (0..catalog.dirs.slots() as u32)
        .map(DirId)
        .filter(|&dir| catalog.dirs.contains(dir))
        .map(|dir| catalog.dirs.id(dir))
        .collect();
    ids.sort_unstable();
    ids.windows(2).any(|pair| pair[0] == pair[1])
}
