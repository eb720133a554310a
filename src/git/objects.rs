//! Reads commits, tags and trees from all object stores of a repository.
//!
//! Each object is checked against its ID, so that any error in reading it is
//! detected. Nothing is fetched: a missing object is an error.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::hash::{Algorithm, ObjectId, nibble};
use super::pack::{Inflater, MAX_OBJECT_SIZE, Object, Pack};
use super::refs::Refs;
use super::repository::Repository;
use super::settings::is_absent;
use super::{GitError, read_file};
use crate::platform;

/// Maximum depth of repositories that borrow objects from each other, as in
/// git.
const MAX_DEPTH: usize = 5;

/// Maximum number of object directories.
const MAX_DIRS: usize = 1000;

/// Maximum number of bytes read of a list.
const MAX_LIST_SIZE: u64 = 64 << 20;

/// Maximum number of steps of a delta chain from pack to pack. Packs written by
/// git need no other, and the deltas read from each stay in memory.
const MAX_HOPS: usize = 8;

/// The objects of a repository.
#[derive(Debug)]
pub(super) struct Objects {
    algorithm: Algorithm,
    dirs: Vec<PathBuf>,
    packs: Vec<Pack>,
    /// Replaced objects and their replacements (git-replace(1)).
    replaced: HashMap<ObjectId, ObjectId>,
    /// Commits whose parents are missing (`git clone --depth`).
    shallow_commits: HashSet<ObjectId>,
}

/// The entries of a tree: mode bits and object ID by name.
pub(super) type Tree = HashMap<Vec<u8>, (u32, ObjectId)>;

/// A parsed commit.
#[derive(Debug, Clone)]
pub(super) struct Commit {
    pub(super) tree: ObjectId,
    pub(super) parents: Vec<ObjectId>,
    /// Commit time in seconds.
    pub(super) time: i64,
}

impl Objects {
    pub(super) fn of(repository: &Repository, refs: &Refs<'_>) -> Result<Self, GitError> {
        let algorithm = repository.algorithm;
        let common = &repository.common_dir;
        let mut objects = Self {
            algorithm,
            dirs: Vec::new(),
            packs: Vec::new(),
            replaced: HashMap::new(),
            shallow_commits: HashSet::new(),
        };
        objects.add(&common.join("objects"), 0)?;
        if repository.settings.flag("core", "usereplacerefs", true)?
            && std::env::var_os("GIT_NO_REPLACE_OBJECTS").is_none()
        {
            objects.replaced = refs.replacements()?;
        }
        let grafts = common.join("info/grafts");
        if read_file(&grafts, MAX_LIST_SIZE)?.is_some_and(|text| !text.trim_ascii().is_empty()) {
            let what = "grafts (git replace --convert-graft-file)".to_owned();
            return Err(GitError::Unsupported(grafts, what));
        }
        let shallow = read_file(&common.join("shallow"), MAX_LIST_SIZE)?.unwrap_or_default();
        let lines = shallow.split(|&byte| byte == b'\n');
        objects.shallow_commits = lines
            .filter_map(|line| algorithm.parse(line.trim_ascii()))
            .collect();
        Ok(objects)
    }

    /// Adds an object directory and its alternates.
    fn add(&mut self, dir: &Path, depth: usize) -> Result<(), GitError> {
        // By canonical path: lists may name one directory repeatedly, and in
        // many ways. A missing directory has no objects.
        let dir = match dir.canonicalize() {
            Ok(dir) => dir,
            Err(error) if is_absent(&error) => return Ok(()),
            Err(error) => return Err(GitError::unreadable(dir, &error)),
        };
        if depth > MAX_DEPTH || self.dirs.contains(&dir) {
            return Ok(());
        }
        if self.dirs.len() == MAX_DIRS {
            let why = "it leads to too many directories of objects".to_owned();
            return Err(GitError::Broken(dir.join("info/alternates"), why));
        }
        self.dirs.push(dir.clone());
        let packs = dir.join("pack");
        match std::fs::read_dir(&packs) {
            Ok(entries) => {
                for entry in entries {
                    let path = entry.map_err(|e| GitError::unreadable(&packs, &e))?.path();
                    let is_index = path.extension().is_some_and(|extension| extension == "idx");
                    // A pack that is just being removed or written has only one
                    // of the two.
                    if is_index && path.with_extension("pack").exists() {
                        self.packs.push(Pack::open(&path, self.algorithm.len())?);
                    }
                }
            }
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(GitError::unreadable(&packs, &error)),
        }
        let list = read_file(&dir.join("info/alternates"), MAX_LIST_SIZE)?.unwrap_or_default();
        for line in list.split(|&byte| byte == b'\n') {
            if line.starts_with(b"\"") {
                let what = "a quoted name in a list of alternates".to_owned();
                return Err(GitError::Unsupported(dir.join("info/alternates"), what));
            }
            if !line.is_empty() && !line.starts_with(b"#") {
                self.add(&dir.join(platform::os_str(line)), depth + 1)?;
            }
        }
        Ok(())
    }

    /// Reads an object, or its replacement.
    fn read(&self, id: &ObjectId) -> Result<Object, GitError> {
        let mut id = *id;
        // Replacements may be replaced in turn, but not without end.
        for _ in 0..MAX_DEPTH {
            match self.replaced.get(&id) {
                Some(other) => id = *other,
                None => break,
            }
        }
        let found = self.find(&id, 0)?;
        let object = found.ok_or_else(|| GitError::Missing(id.to_string()))?;
        if self.algorithm.id_of(object.0, &object.1) != id {
            let why = "its content is not what its name says".to_owned();
            return Err(GitError::Broken(PathBuf::from(format!("object {id}")), why));
        }
        Ok(object)
    }

    fn find(&self, id: &ObjectId, hops: usize) -> Result<Option<Object>, GitError> {
        for pack in &self.packs {
            let Some(mut chain) = pack.find(id)? else {
                continue;
            };
            let base = match std::mem::replace(&mut chain.base, Err(*id)) {
                Ok(base) => base,
                Err(_) if hops == MAX_HOPS => return Ok(None),
                Err(base) => {
                    let found = self.find(&base, hops + 1)?;
                    found.ok_or_else(|| GitError::Missing(base.to_string()))?
                }
            };
            let broken = || {
                let why = "its differences make no sense".to_owned();
                GitError::Broken(PathBuf::from(format!("object {id}")), why)
            };
            return chain.apply(base).map(Some).ok_or_else(broken);
        }
        self.loose(id)
    }

    /// Reads a loose object: one that has a file of its own.
    fn loose(&self, id: &ObjectId) -> Result<Option<Object>, GitError> {
        let name = id.to_string();
        let (first, rest) = name.split_at(2);
        for dir in &self.dirs {
            let path = dir.join(first).join(rest);
            let Some(packed) = read_file(&path, MAX_OBJECT_SIZE as u64)? else {
                continue;
            };
            let object = parse_loose(&packed);
            return object
                .map(Some)
                .ok_or_else(|| GitError::Broken(path, "it is no object".to_owned()));
        }
        Ok(None)
    }

    /// The objects whose IDs begin with these digits, at most two of each pack.
    pub(super) fn with_prefix(&self, digits: &[u8]) -> Result<Vec<ObjectId>, GitError> {
        let digits = digits.to_ascii_lowercase();
        let fits = |id: &ObjectId| id.to_string().as_bytes().starts_with(&digits);
        let mut first = Vec::new();
        for pair in digits.chunks(2) {
            let high = nibble(pair[0]).unwrap_or(0);
            let low = pair.get(1).and_then(|&digit| nibble(digit)).unwrap_or(0);
            first.push(high << 4 | low);
        }
        let mut found = Vec::new();
        for pack in &self.packs {
            found.extend(pack.with_prefix(&first, fits)?);
        }
        for dir in &self.dirs {
            let dir = dir.join(String::from_utf8_lossy(&digits[..2]).as_ref());
            let Ok(entries) = std::fs::read_dir(&dir) else {
                continue;
            };
            for entry in entries.flatten() {
                let name = entry.file_name();
                let whole = [&digits[..2], platform::bytes_of(&name)].concat();
                found.extend(self.algorithm.parse(&whole).filter(fits));
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// The commit that an object is or that a tag leads to. None for other
    /// kinds.
    pub(super) fn commit_of(&self, id: ObjectId) -> Result<Option<ObjectId>, GitError> {
        let mut id = id;
        for _ in 0..64 {
            let (kind, content) = self.read(&id)?;
            match kind {
                "commit" => return Ok(Some(id)),
                "tag" => {
                    let target = field(&content, b"object ");
                    let target = target.and_then(|target| self.algorithm.parse(target));
                    id = target.ok_or_else(|| wrong_kind(&id))?;
                }
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Reads a commit.
    pub(super) fn commit(&self, id: &ObjectId) -> Result<Commit, GitError> {
        let (kind, content) = self.read(id)?;
        let commit = (kind == "commit")
            .then(|| self.commit_in(&content))
            .flatten();
        let mut commit = commit.ok_or_else(|| wrong_kind(id))?;
        if self.shallow_commits.contains(id) {
            commit.parents.clear();
        }
        Ok(commit)
    }

    fn commit_in(&self, content: &[u8]) -> Option<Commit> {
        let tree = self.algorithm.parse(field(content, b"tree ")?)?;
        let mut parents = Vec::new();
        let mut time = 0;
        for line in content.split(|&byte| byte == b'\n').skip(1) {
            if let Some(parent) = line.strip_prefix(b"parent ") {
                parents.push(self.algorithm.parse(parent)?);
            } else if line.starts_with(b"committer ") {
                // Name, address, seconds, time zone. Git treats an invalid time
                // as the epoch.
                let end = line.iter().rposition(|&byte| byte == b'>').unwrap_or(0);
                let mut words = line[end + 1..]
                    .split(|&byte| byte == b' ')
                    .filter(|w| !w.is_empty());
                let seconds = words.next().and_then(|word| std::str::from_utf8(word).ok());
                time = seconds.and_then(|word| word.parse().ok()).unwrap_or(0);
                break;
            } else if line.is_empty() {
                break;
            }
        }
        Some(Commit {
            tree,
            parents,
            time,
        })
    }

    /// Reads a tree: name, mode bits and object ID of each entry.
    pub(super) fn tree(&self, id: &ObjectId) -> Result<Tree, GitError> {
        let (kind, content) = self.read(id)?;
        let entries = (kind == "tree").then(|| self.tree_in(&content)).flatten();
        entries.ok_or_else(|| wrong_kind(id))
    }

    fn tree_in(&self, mut content: &[u8]) -> Option<Tree> {
        let mut entries = HashMap::new();
        while !content.is_empty() {
            let space = content.iter().position(|&byte| byte == b' ')?;
            let mode = std::str::from_utf8(&content[..space]).ok()?;
            let mode = u32::from_str_radix(mode, 8).ok()?;
            content = &content[space + 1..];
            let nul = content.iter().position(|&byte| byte == 0)?;
            let name = content[..nul].to_vec();
            let (id, rest) = content[nul + 1..].split_at_checked(self.algorithm.len())?;
            entries.insert(name, (mode, ObjectId::new(id)?));
            content = rest;
        }
        Some(entries)
    }
}

fn wrong_kind(id: &ObjectId) -> GitError {
    let why = "it is not the kind of object that it should be".to_owned();
    GitError::Broken(PathBuf::from(format!("object {id}")), why)
}

/// The rest of the first line, if it begins with `name`.
fn field<'a>(content: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    content
        .split(|&byte| byte == b'\n')
        .next()?
        .strip_prefix(name)
}

/// Parses the file of a loose object.
fn parse_loose(packed: &[u8]) -> Option<Object> {
    // The kind and the size come first, and are short.
    let mut inflater = Inflater::new(MAX_OBJECT_SIZE + 64);
    let mut at = 0;
    loop {
        let (used, is_done) = inflater.step(packed.get(at..)?).ok()?;
        at += used;
        if is_done {
            break;
        }
    }
    let whole = inflater.into_all();
    let nul = whole.iter().position(|&byte| byte == 0)?;
    let head = std::str::from_utf8(&whole[..nul]).ok()?;
    let (kind, size) = head.split_once(' ')?;
    let kind = ["commit", "tree", "blob", "tag"]
        .into_iter()
        .find(|known| *known == kind)?;
    let content = whole[nul + 1..].to_vec();
    (size.parse() == Ok(content.len())).then_some((kind, content))
}
