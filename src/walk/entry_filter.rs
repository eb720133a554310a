//! Decides on each directory entry: the only place that does so, for every
//! walker.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::dir::{Child, Dir};
use super::filter::Filter;
use super::gitignore::{PathRules, RuleReader};
use super::roots::{KnownRoots, Roots, ambiguous};
use super::same_dirs::{DirKey, SameDirs, resolved};
use crate::config::{ExcludedFile, ScanConfig};
use crate::error::ScanError;
use crate::platform;
use crate::types::{DirId, FileId, FileKind, FileStat, Sameness, push_component};

/// The filter rules of a walk.
pub(super) struct EntryFilter {
    pub(super) filter: Filter,
    pub(super) follow_links: bool,
    one_file_system: bool,
    gitignore: bool,
    rules: RuleReader,
    hidden: bool,
    max_depth: u32,
    keeps_below: bool,
    keeps_absolute: bool,
    keeps_ancestors: bool,
    roots: KnownRoots,
    resolved_roots: HashMap<PathBuf, u32>,
    same: Arc<SameDirs>,
    excluded_files: Vec<ExcludedFile>,
    visited: Mutex<HashMap<(DirKey, u32), u32>>,
    /// Devices that were queried; true if a device stores nothing.
    pseudo: Mutex<HashMap<u64, bool>>,
}

/// Decision on a directory that was found in another one.
pub(super) enum DirDecision {
    /// It is listed.
    List,
    /// It is not listed.
    Skip,
    /// It is a root, by this number, and is listed as such.
    Root(u32),
    /// It may be a root, and is not listed because of that: see [`ambiguous`].
    Ambiguous(ScanError),
}

impl EntryFilter {
    pub(super) fn new(config: &ScanConfig, filter: Filter, roots: &Roots) -> Self {
        let selection = &config.selection;
        Self {
            follow_links: selection.follow_links,
            one_file_system: selection.one_file_system,
            gitignore: selection.gitignore,
            rules: RuleReader::new(selection.keeps_tracked),
            hidden: selection.hidden,
            max_depth: selection.max_depth.unwrap_or(u32::MAX),
            keeps_below: filter.asks_for_below(),
            keeps_absolute: filter.asks_for_absolute() || selection.gitignore,
            keeps_ancestors: selection.follow_links
                && (filter.asks_for_paths() || selection.gitignore),
            roots: roots.numbers(),
            resolved_roots: roots.resolved(),
            same: Arc::clone(&roots.same),
            excluded_files: config.excluded_files.clone(),
            visited: Mutex::default(),
            pseudo: Mutex::default(),
            filter,
        }
    }

    /// A root as a directory to list.
    pub(super) fn root(&self, number: DirId, root: u32, path: &Path, id: FileId) -> Dir {
        let absolute = if self.keeps_absolute {
            path.canonicalize().unwrap_or_else(|_| path.to_owned())
        } else {
            PathBuf::new()
        };
        let ancestors = if self.keeps_ancestors {
            vec![id]
        } else {
            Vec::new()
        };
        self.record_visit(id, platform::bytes_of(path.as_os_str()), root, 0);
        Dir {
            number,
            root,
            depth: 0,
            id,
            path: platform::bytes_of(path.as_os_str()).to_vec(),
            below: Vec::new(),
            ignored: self
                .gitignore
                .then(|| self.rules.above(&absolute))
                .flatten(),
            absolute,
            through_link: false,
            ancestors,
        }
    }

    /// A directory inside a directory.
    pub(super) fn child(&self, parent: &Dir, name: &[u8], child: Child) -> Dir {
        let mut path = Vec::with_capacity(parent.path.len() + name.len() + 1);
        path.extend_from_slice(&parent.path);
        push_component(&mut path, name);
        let mut below = Vec::new();
        if self.keeps_below {
            below.extend_from_slice(&parent.below);
            push_component(&mut below, name);
        }
        let mut absolute = PathBuf::new();
        let mut ignored = None;
        if self.keeps_absolute {
            absolute = parent.absolute.join(platform::os_str(name));
            if self.gitignore {
                ignored = self.rules.within(parent.ignored.as_ref(), &absolute);
            }
        }
        let mut ancestors = Vec::new();
        if self.keeps_ancestors {
            ancestors.clone_from(&parent.ancestors);
            ancestors.push(child.id);
        }
        Dir {
            number: child.number,
            root: parent.root,
            depth: parent.depth + 1,
            id: child.id,
            path,
            below,
            absolute,
            ignored,
            through_link: parent.through_link,
            ancestors,
        }
    }

    /// Returns true if a directory's entries are within the maximum depth.
    pub(super) fn is_within_depth(&self, dir: &Dir) -> bool {
        dir.depth < self.max_depth
    }

    /// Returns true if a path from a list passes the rules for hidden names and
    /// the ignore rules. (A PATH is given by name, hidden or not.)
    pub(super) fn matches_listed(
        &self,
        path: &Path,
        is_dir: bool,
        ignored: &mut PathRules,
    ) -> bool {
        let hidden = |part: Component<'_>| matches!(part, Component::Normal(name) if platform::bytes_of(name).first() == Some(&b'.'));
        if !self.hidden && path.components().any(hidden) {
            return false;
        }
        !self.gitignore || !ignored.excludes_path(&self.rules, path, is_dir)
    }

    /// Takes the errors of reading git's rules since the last call.
    pub(super) fn take_rule_errors(&self) -> Vec<ScanError> {
        self.rules.take_errors()
    }

    /// Returns true if the name alone lets an entry of this kind take part.
    pub(super) fn matches_name(&self, dir: &Dir, name: &[u8], kind: FileKind) -> bool {
        if !self.hidden && name.first() == Some(&b'.') {
            return false;
        }
        let is_dir = kind == FileKind::Directory;
        if self.gitignore {
            // Git's own files are never part of the work tree.
            if name == b".git" {
                return false;
            }
            let ignored = dir.ignored.as_ref();
            if ignored
                .is_some_and(|i| i.ignores(&dir.absolute.join(platform::os_str(name)), is_dir))
            {
                return false;
            }
        }
        self.filter.matches_name(dir, name, is_dir)
    }

    /// Returns true if a file's metadata matches; `path` is its location.
    pub(super) fn matches_metadata(&self, stat: &FileStat, path: impl FnOnce() -> Vec<u8>) -> bool {
        self.filter.matches_metadata(stat) && !self.excludes(stat, path)
    }

    /// Returns true if a file is one of those that are excluded under any name.
    fn excludes(&self, stat: &FileStat, path: impl FnOnce() -> Vec<u8>) -> bool {
        let mut same_id = self.excluded_files.iter().filter(|file| file.id == stat.id);
        let Some(first) = same_id.next() else {
            return false;
        };
        let path = path();
        let path_text = Path::new(platform::os_str(&path));
        self.same.is_exact(stat.id.dev, &path)
            || std::iter::once(first)
                .chain(same_id)
                .any(|file| self.same.compare(&file.path, path_text) != Sameness::Different)
    }

    /// Decides if a directory that was found in another one is listed;
    /// `through_link` if a symbolic link led to it.
    pub(super) fn decide_directory(
        &self,
        parent: &Dir,
        name: &[u8],
        stat: &FileStat,
        through_link: bool,
    ) -> DirDecision {
        let mut path = Vec::new();
        if self.follow_links
            || !self.resolved_roots.is_empty()
            || self.roots.contains_key(&stat.id)
            || stat.id.dev != parent.id.dev
        {
            path.clone_from(&parent.path);
            push_component(&mut path, name);
            if let Some(decision) = self.decide_root(&path, stat) {
                return decision;
            }
        }
        // Nothing in it would be within the maximum depth.
        let depth = parent.depth + 1;
        if depth >= self.max_depth {
            return DirDecision::Skip;
        }
        if stat.id.dev != parent.id.dev {
            if self.one_file_system {
                return DirDecision::Skip;
            }
            if self.is_generated(parent, name, stat) {
                return DirDecision::Skip;
            }
        }
        let new = if self.keeps_ancestors {
            !self.same.is_ancestor(parent, &path, stat.id, through_link)
        } else if !self.follow_links {
            true
        } else {
            // A directory that is reached without a link is always listed:
            // which of two bind mounts comes first must not matter.
            self.record_visit(stat.id, &path, parent.root, depth)
                || !(through_link || parent.through_link)
        };
        if new {
            DirDecision::List
        } else {
            DirDecision::Skip
        }
    }

    /// Returns true if the kernel generates an entry's content when it is read.
    /// It does not if the entry is on the same device as its directory.
    pub(super) fn is_generated(&self, parent: &Dir, name: &[u8], stat: &FileStat) -> bool {
        if stat.id.dev == parent.id.dev {
            return false;
        }
        let mut pseudo = self.pseudo.lock().unwrap_or_else(PoisonError::into_inner);
        *pseudo.entry(stat.id.dev).or_insert_with(|| {
            let mut path = parent.path.clone();
            push_component(&mut path, name);
            platform::is_pseudo_file_system(Path::new(platform::os_str(&path)))
        })
    }

    /// Decision on a directory that is a root, or may be one.
    fn decide_root(&self, path: &[u8], stat: &FileStat) -> Option<DirDecision> {
        let known = self.roots.get(&stat.id);
        if known.is_none() && self.resolved_roots.is_empty() {
            return None;
        }
        if self.same.is_exact(stat.id.dev, path) {
            let first = known.and_then(|known| known.first());
            return first.map(|&(number, _)| DirDecision::Root(number));
        }
        // Its ID may have changed since it was given as a root.
        if let Some(path) = resolved(path)
            && let Some(&root) = self.resolved_roots.get(&path)
        {
            return Some(DirDecision::Root(root));
        }
        let path = Path::new(platform::os_str(path));
        let mut doubt = None;
        for (number, root) in known.into_iter().flatten() {
            match self.same.compare(root, path) {
                Sameness::Same => return Some(DirDecision::Root(*number)),
                Sameness::Different => {}
                Sameness::Unknown(why) => doubt = Some(ambiguous(path, root, why)),
            }
        }
        doubt.map(DirDecision::Ambiguous)
    }

    /// Records a visit to a directory. Returns true if it is to be listed
    /// because of that: once for each root, so that its files count for each,
    /// and again if it is nearer to the root than before and more of its
    /// content may be within the maximum depth.
    ///
    /// Only a walk that follows links needs this: without links there is one
    /// path to each directory, bind mounts aside. Where paths are filtered,
    /// recorded visits are not enough, since what is excluded by one path may
    /// match by another; there a loop is detected by the ancestors of the
    /// directory.
    fn record_visit(&self, id: FileId, path: &[u8], root: u32, depth: u32) -> bool {
        if !self.follow_links || self.keeps_ancestors {
            return true;
        }
        let key = self.same.key(id, path);
        let mut visited = self.visited.lock().unwrap_or_else(PoisonError::into_inner);
        match visited.entry((key, root)) {
            Entry::Vacant(free) => {
                free.insert(depth);
                true
            }
            Entry::Occupied(mut known) => {
                let nearer = depth < *known.get();
                if nearer {
                    known.insert(depth);
                }
                nearer && self.max_depth != u32::MAX
            }
        }
    }
}
