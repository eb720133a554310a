//! A file system in memory that forgets at a crash what was not made durable.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use crate::platform::{
    BlockUsage, ContentOps, DedupeStep, FileOps, FileStatus, FileSystemKind, Lease, Setting, os_str,
};
use crate::types::{FileId, FileKind, FileMetadata, FileRecord, FileStat, Layout, Timestamp};

const ROOT: u64 = 1;

#[derive(Clone, Debug)]
enum Content {
    File { bytes: Vec<u8>, durable: Vec<u8> },
    Symlink(Vec<u8>),
    Dir(BTreeMap<Vec<u8>, u64>),
}

#[derive(Clone, Debug)]
struct Node {
    content: Content,
    modified: i64,
    changed: i64,
    mode: u32,
    device: u64,
}

/// A change of entries: directory, name, and what it leads to afterwards.
type Change = Vec<(u64, Vec<u8>, Option<u64>)>;

/// The entries that survive a crash.
#[derive(Clone, Copy, Debug)]
pub(super) enum Survivors {
    /// All that were made.
    All,
    /// In the order in which they were made, as in a journaling file system:
    /// all before the last call that made anything durable, and so many more.
    Ordered(usize),
    /// Only those in directories that were made durable afterwards.
    Synced,
}

#[derive(Clone)]
pub(super) struct Memory {
    nodes: RefCell<BTreeMap<u64, Node>>,
    base: RefCell<BTreeMap<u64, Node>>,
    log: RefCell<Vec<Change>>,
    synced: RefCell<BTreeSet<usize>>,
    durable_prefix: Cell<usize>,
    clock: Cell<i64>,
    /// The most names that a file can have.
    pub(super) max_links: Cell<u64>,
    /// Files that are open for writing.
    pub(super) writers: RefCell<BTreeSet<u64>>,
    pub(super) has_leases: Cell<bool>,
    pub(super) kind: Cell<FileSystemKind>,
    /// A directory on a file system in memory.
    pub(super) volatile: Cell<Option<u64>>,
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl Memory {
    pub(super) fn new() -> Self {
        let root = Node {
            content: Content::Dir(BTreeMap::new()),
            modified: 0,
            changed: 0,
            mode: 0o755,
            device: 1,
        };
        let memory = Self {
            nodes: RefCell::new([(ROOT, root)].into()),
            base: RefCell::default(),
            log: RefCell::default(),
            synced: RefCell::default(),
            durable_prefix: Cell::new(0),
            clock: Cell::new(1),
            max_links: Cell::new(u64::MAX),
            writers: RefCell::default(),
            has_leases: Cell::new(true),
            kind: Cell::new(FileSystemKind::Exact),
            volatile: Cell::new(None),
        };
        memory.make_durable();
        memory
    }

    fn now(&self) -> i64 {
        self.clock.set(self.clock.get() + 1);
        self.clock.get()
    }

    /// Everything so far survives.
    pub(super) fn make_durable(&self) {
        for node in self.nodes.borrow_mut().values_mut() {
            if let Content::File { bytes, durable } = &mut node.content {
                durable.clone_from(bytes);
            }
        }
        *self.base.borrow_mut() = self.nodes.borrow().clone();
        self.log.borrow_mut().clear();
        self.synced.borrow_mut().clear();
        self.durable_prefix.set(0);
    }

    /// The number of entries that only [`Survivors::All`] is certain to keep.
    pub(super) fn unsynced(&self) -> usize {
        self.log.borrow().len() - self.durable_prefix.get()
    }

    /// The number of changes of entries since everything was durable.
    pub(super) fn changes(&self) -> usize {
        self.log.borrow().len()
    }

    /// The machine stops and starts again.
    pub(super) fn crash(&self, survivors: Survivors) {
        let log = self.log.take();
        let mut nodes = self.nodes.borrow_mut();
        let dirs = |nodes: &BTreeMap<u64, Node>| -> Vec<u64> {
            let is_dir =
                |(id, node): (&u64, &Node)| matches!(node.content, Content::Dir(_)).then_some(*id);
            nodes.iter().filter_map(is_dir).collect()
        };
        for id in dirs(&nodes) {
            let before = self.base.borrow().get(&id).map(|node| node.content.clone());
            let before = before.unwrap_or(Content::Dir(BTreeMap::new()));
            nodes.get_mut(&id).unwrap().content = before;
        }
        for (at, change) in log.iter().enumerate() {
            let survives = match survivors {
                Survivors::All => true,
                Survivors::Ordered(more) => at < self.durable_prefix.get() + more,
                Survivors::Synced => self.synced.borrow().contains(&at),
            };
            if survives {
                apply(&mut nodes, change);
            }
        }
        for node in nodes.values_mut() {
            if let Content::File { bytes, durable } = &mut node.content {
                bytes.clone_from(durable);
            }
        }
        drop(nodes);
        self.make_durable();
    }

    /// Gives a directory a name again.
    pub(super) fn mount(&self, path: &str, dir: u64) {
        let (parent, name) = self.parent_of(path);
        self.change(vec![(parent, name, Some(dir))]);
    }

    /// The devices have other numbers, as after a start of the machine.
    pub(super) fn renumber(&self) {
        for nodes in [&self.nodes, &self.base] {
            for node in nodes.borrow_mut().values_mut() {
                node.device += 100;
            }
        }
    }

    fn change(&self, change: Change) {
        let now = self.now();
        let mut nodes = self.nodes.borrow_mut();
        for (dir, name, to) in &change {
            let old = entry(&nodes, *dir, name).ok();
            for id in old.into_iter().chain(*to) {
                nodes.get_mut(&id).unwrap().changed = now;
            }
        }
        apply(&mut nodes, &change);
        self.log.borrow_mut().push(change);
    }

    fn links(&self, id: u64) -> u64 {
        let nodes = self.nodes.borrow();
        let count = |node: &Node| match &node.content {
            Content::Dir(entries) => entries.values().filter(|found| **found == id).count(),
            _ => 0,
        };
        nodes.values().map(count).sum::<usize>() as u64
    }

    fn stat(&self, id: u64) -> FileStat {
        let nodes = self.nodes.borrow();
        let node = &nodes[&id];
        let (kind, size) = match &node.content {
            Content::File { bytes, .. } => (FileKind::Regular, bytes.len()),
            Content::Symlink(target) => (FileKind::Symlink, target.len()),
            Content::Dir(_) => (FileKind::Directory, 0),
        };
        FileStat {
            id: FileId {
                dev: node.device,
                ino: id,
            },
            kind,
            size: size as u64,
            links: self.links(id),
            modified: Timestamp::from_nanos(node.modified),
            changed: Timestamp::from_nanos(node.changed),
        }
    }

    fn device(&self, id: u64) -> u64 {
        self.nodes.borrow()[&id].device
    }

    fn require_one_device(&self, one: u64, other: u64) -> io::Result<()> {
        if self.device(one) == self.device(other) {
            Ok(())
        } else {
            Err(io::ErrorKind::CrossesDevices.into())
        }
    }

    fn find(&self, dir: u64, name: &[u8]) -> io::Result<u64> {
        entry(&self.nodes.borrow(), dir, name)
    }

    fn add(&self, dir: u64, name: &[u8], content: Content) -> io::Result<u64> {
        if self.find(dir, name).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let now = self.now();
        let id = self.nodes.borrow().keys().last().unwrap() + 1;
        let mode = 0o755;
        // A directory of this name is another file system.
        let device = match name {
            b"other" => 2,
            _ => self.device(dir),
        };
        let node = Node {
            content,
            modified: now,
            changed: now,
            mode,
            device,
        };
        self.nodes.borrow_mut().insert(id, node);
        self.change(vec![(dir, name.to_vec(), Some(id))]);
        Ok(id)
    }

    fn walk(&self, from: u64, path: &[u8]) -> io::Result<u64> {
        let parts = path.split(|&b| b == b'/').filter(|part| !part.is_empty());
        let mut at = from;
        for part in parts {
            if part == b".." {
                at = self.parent(at).map_or(ROOT, |(dir, _)| dir);
            } else if part != b"." {
                at = self.find(at, part)?;
            }
        }
        Ok(at)
    }

    fn parent(&self, id: u64) -> Option<(u64, Vec<u8>)> {
        let nodes = self.nodes.borrow();
        let mut dirs = nodes.iter().filter_map(|(dir, node)| match &node.content {
            Content::Dir(entries) => Some((*dir, entries)),
            _ => None,
        });
        dirs.find_map(|(dir, entries)| {
            let found = entries.iter().find(|(_, to)| **to == id);
            found.map(|(name, _)| (dir, name.clone()))
        })
    }

    /// Splits a path, and makes the directories above it.
    fn parent_of(&self, path: &str) -> (u64, Vec<u8>) {
        let (dirs, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut at = ROOT;
        for part in dirs.split('/').filter(|part| !part.is_empty()) {
            let found = self.find(at, part.as_bytes());
            at = found.unwrap_or_else(|_| {
                let dir = Content::Dir(BTreeMap::new());
                self.add(at, part.as_bytes(), dir).unwrap()
            });
        }
        (at, name.as_bytes().to_vec())
    }

    /// Writes a file.
    pub(super) fn file(&self, path: &str, bytes: &[u8]) -> &Self {
        let (dir, name) = self.parent_of(path);
        let content = Content::File {
            bytes: bytes.to_vec(),
            durable: Vec::new(),
        };
        self.add(dir, &name, content).unwrap();
        self
    }

    /// Writes other bytes into a file and sets its modification time back.
    pub(super) fn overwrite(&self, path: &str, new: &[u8]) {
        let id = self.id_of(path);
        let now = self.now();
        let mut nodes = self.nodes.borrow_mut();
        let node = nodes.get_mut(&id).unwrap();
        let Content::File { bytes, .. } = &mut node.content else {
            panic!("{path} is no file");
        };
        assert_eq!(bytes.len(), new.len());
        *bytes = new.to_vec();
        node.changed = now;
    }

    pub(super) fn dir(&self, path: &str) -> &Self {
        self.parent_of(&format!("{path}/x"));
        self
    }

    pub(super) fn hard_link(&self, from: &str, to: &str) -> &Self {
        let id = self.walk(ROOT, from.as_bytes()).unwrap();
        let (dir, name) = self.parent_of(to);
        self.change(vec![(dir, name, Some(id))]);
        self
    }

    pub(super) fn id_of(&self, path: &str) -> u64 {
        self.walk(ROOT, path.as_bytes()).unwrap()
    }

    /// The record of a file with these names.
    pub(super) fn record(&self, names: &[&str], keep: bool) -> FileRecord {
        let stat = self.stat(self.id_of(names[0]));
        let mut record = FileRecord::new(names[0], stat.id);
        record.size = stat.size;
        record.modified = stat.modified;
        record.changed = stat.changed;
        record.links = stat.links as u32;
        record.hard_links = names[1..].iter().map(PathBuf::from).collect();
        record.keep = keep;
        record
    }

    /// Everything below the root: the path, and bytes, or the target of a link.
    pub(super) fn tree(&self) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut waiting = vec![(ROOT, String::new())];
        let nodes = self.nodes.borrow();
        while let Some((dir, path)) = waiting.pop() {
            let Content::Dir(entries) = &nodes[&dir].content else {
                continue;
            };
            for (name, id) in entries {
                let path = format!("{path}/{}", String::from_utf8_lossy(name));
                match &nodes[id].content {
                    Content::Dir(_) => waiting.push((*id, path)),
                    Content::File { bytes, .. } => {
                        found.insert(path[1..].to_owned(), bytes.clone());
                    }
                    Content::Symlink(target) => {
                        found.insert(path[1..].to_owned(), [b"-> ", &target[..]].concat());
                    }
                }
            }
        }
        found
    }
}

fn entry(nodes: &BTreeMap<u64, Node>, dir: u64, name: &[u8]) -> io::Result<u64> {
    match &nodes[&dir].content {
        Content::Dir(entries) => entries.get(name).copied().ok_or_else(missing),
        _ => Err(io::ErrorKind::NotADirectory.into()),
    }
}

fn apply(nodes: &mut BTreeMap<u64, Node>, change: &Change) {
    for (dir, name, to) in change {
        if let Some(Node {
            content: Content::Dir(entries),
            ..
        }) = nodes.get_mut(dir)
        {
            match to {
                Some(id) => entries.insert(name.clone(), *id),
                None => entries.remove(name),
            };
        }
    }
}

impl FileOps for Memory {
    type Dir = u64;
    type File = u64;

    fn open_root(&self, path: &[u8]) -> io::Result<u64> {
        let id = self.walk(ROOT, path)?;
        match self.stat(id).kind {
            FileKind::Directory => Ok(id),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn open_dir(&self, base: &u64, path: &[u8]) -> io::Result<u64> {
        let id = self.walk(*base, path)?;
        match self.stat(id).kind {
            FileKind::Directory => Ok(id),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn open_file(&self, dir: &u64, name: &[u8]) -> io::Result<u64> {
        let id = self.find(*dir, name)?;
        match self.stat(id).kind {
            FileKind::Regular => Ok(id),
            _ => Err(crate::platform::NotRegular.into()),
        }
    }

    fn status(&self, file: &u64) -> io::Result<FileStatus> {
        let stat = self.stat(*file);
        Ok(FileStatus {
            stat,
            mode: self.nodes.borrow()[file].mode,
            owner: crate::platform::user_id().unwrap_or(0),
            allocated: stat.size,
            mount: Some(self.device(*file)),
            immutable: false,
            append_only: false,
        })
    }

    fn dir_status(&self, dir: &u64) -> io::Result<FileStatus> {
        self.status(dir)
    }

    fn stat_name(&self, dir: &u64, name: &[u8]) -> io::Result<FileStat> {
        Ok(self.stat(self.find(*dir, name)?))
    }

    fn stat_target(&self, dir: &u64, name: &[u8]) -> io::Result<FileStat> {
        let id = self.find(*dir, name)?;
        let content = self.nodes.borrow()[&id].content.clone();
        match content {
            Content::Symlink(target) => Ok(self.stat(self.walk(*dir, &target)?)),
            _ => Ok(self.stat(id)),
        }
    }

    fn dir_path(&self, dir: &u64) -> io::Result<PathBuf> {
        let mut names = Vec::new();
        let mut at = *dir;
        while let Some((parent, name)) = self.parent(at) {
            names.push(name);
            at = parent;
        }
        let root = PathBuf::from("/");
        Ok(names
            .iter()
            .rev()
            .fold(root, |path, name| path.join(os_str(name))))
    }

    fn read_link(&self, dir: &u64, name: &[u8]) -> io::Result<Vec<u8>> {
        let id = self.find(*dir, name)?;
        match &self.nodes.borrow()[&id].content {
            Content::Symlink(target) => Ok(target.clone()),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    fn file_system_kind(&self, dir: &u64) -> FileSystemKind {
        if self.volatile.get() == Some(*dir) {
            return FileSystemKind::Memory;
        }
        self.kind.get()
    }

    fn metadata(&self, file: &u64) -> io::Result<FileMetadata> {
        Ok(FileMetadata {
            owner: Some((0, 0)),
            mode: self.nodes.borrow()[file].mode,
            accessed: Timestamp::from_nanos(0),
            modified: self.stat(*file).modified,
            flags: 0,
            attributes: Vec::new(),
            layout: Layout::Dense,
        })
    }

    fn read_at(&self, file: &u64, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match &self.nodes.borrow()[file].content {
            Content::File { bytes, .. } => {
                let rest = bytes.get(offset as usize..).unwrap_or_default();
                let length = rest.len().min(buffer.len());
                buffer[..length].copy_from_slice(&rest[..length]);
                Ok(length)
            }
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    fn take_lease(&self, file: &u64) -> Lease {
        match (self.has_leases.get(), self.writers.borrow().contains(file)) {
            (false, _) => Lease::Unavailable,
            (true, true) => Lease::Refused,
            (true, false) => Lease::Held,
        }
    }

    fn holds_lease(&self, file: &u64) -> bool {
        self.take_lease(file) == Lease::Held
    }

    fn release_lease(&self, _file: &u64) {}

    fn write_back(&self, _file: &u64) {}

    fn sync_file(&self, file: &u64) -> io::Result<()> {
        if let Content::File { bytes, durable } =
            &mut self.nodes.borrow_mut().get_mut(file).unwrap().content
        {
            durable.clone_from(bytes);
        }
        Ok(())
    }

    fn sync_dir(&self, dir: &u64) -> io::Result<()> {
        let log = self.log.borrow();
        let concerns = |change: &Change| change.iter().any(|(changed, ..)| changed == dir);
        let found = log
            .iter()
            .enumerate()
            .filter(|(_, change)| concerns(change));
        self.synced.borrow_mut().extend(found.map(|(at, _)| at));
        self.durable_prefix.set(log.len());
        Ok(())
    }

    fn sync_file_system(&self, _dir: &u64) -> io::Result<bool> {
        self.make_durable();
        Ok(true)
    }

    fn link(&self, file: &u64, dir: &u64, name: &[u8]) -> io::Result<()> {
        self.require_one_device(*file, *dir)?;
        let links = self.links(*file);
        if links == 0 {
            return Err(missing());
        }
        if links >= self.max_links.get() {
            return Err(io::ErrorKind::TooManyLinks.into());
        }
        if self.find(*dir, name).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.change(vec![(*dir, name.to_vec(), Some(*file))]);
        Ok(())
    }

    fn symlink(&self, target: &[u8], dir: &u64, name: &[u8]) -> io::Result<()> {
        self.add(*dir, name, Content::Symlink(target.to_vec()))?;
        Ok(())
    }

    fn dir_file(&self, dir: &u64) -> io::Result<u64> {
        Ok(*dir)
    }

    fn list_dir(&self, dir: &u64) -> io::Result<Vec<Vec<u8>>> {
        match &self.nodes.borrow()[dir].content {
            Content::Dir(entries) => Ok(entries.keys().cloned().collect()),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn link_metadata(&self, dir: &u64, name: &[u8]) -> io::Result<FileMetadata> {
        self.metadata(&self.find(*dir, name)?)
    }

    fn is_empty_dir(&self, dir: &u64) -> io::Result<bool> {
        match &self.nodes.borrow()[dir].content {
            Content::Dir(entries) => Ok(entries.is_empty()),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn remove_dir(&self, dir: &u64, name: &[u8]) -> io::Result<()> {
        if !self.is_empty_dir(&self.find(*dir, name)?)? {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        self.change(vec![(*dir, name.to_vec(), None)]);
        Ok(())
    }

    fn make_dir(&self, dir: &u64, name: &[u8], _mode: u32) -> io::Result<()> {
        self.add(*dir, name, Content::Dir(BTreeMap::new()))?;
        Ok(())
    }

    fn exchange(&self, dir: &u64, one: &[u8], other: &[u8]) -> io::Result<()> {
        let (first, second) = (self.find(*dir, one)?, self.find(*dir, other)?);
        self.change(vec![
            (*dir, one.to_vec(), Some(second)),
            (*dir, other.to_vec(), Some(first)),
        ]);
        Ok(())
    }

    fn rename(&self, from: (&u64, &[u8]), to: (&u64, &[u8])) -> io::Result<()> {
        self.require_one_device(*from.0, *to.0)?;
        let id = self.find(*from.0, from.1)?;
        if self.find(*to.0, to.1).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.change(vec![
            (*from.0, from.1.to_vec(), None),
            (*to.0, to.1.to_vec(), Some(id)),
        ]);
        Ok(())
    }

    fn unlink(&self, dir: &u64, name: &[u8]) -> io::Result<()> {
        self.find(*dir, name)?;
        self.change(vec![(*dir, name.to_vec(), None)]);
        Ok(())
    }

    fn create(&self, dir: &u64, name: &[u8]) -> io::Result<u64> {
        let content = Content::File {
            bytes: Vec::new(),
            durable: Vec::new(),
        };
        self.add(*dir, name, content)
    }

    fn create_unnamed(&self, _dir: &u64) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn write_at(&self, file: &u64, new: &[u8], offset: u64) -> io::Result<()> {
        let now = self.now();
        let mut nodes = self.nodes.borrow_mut();
        let node = nodes.get_mut(file).unwrap();
        (node.modified, node.changed) = (now, now);
        if let Content::File { bytes, .. } = &mut node.content {
            let end = offset as usize + new.len();
            bytes.resize(bytes.len().max(end), 0);
            bytes[offset as usize..end].copy_from_slice(new);
        }
        Ok(())
    }
}

/// Files have no blocks, and few metadata.
impl ContentOps for Memory {
    fn set(&self, file: &u64, setting: Setting<'_>) -> io::Result<()> {
        let mut nodes = self.nodes.borrow_mut();
        let node = nodes.get_mut(file).unwrap();
        match setting {
            Setting::Mode(mode) => node.mode = mode,
            Setting::Times { modified, .. } => node.modified = modified.as_nanos(),
            _ => {}
        }
        Ok(())
    }

    fn set_link(&self, dir: &u64, name: &[u8], wanted: &FileMetadata) -> io::Result<()> {
        let id = self.find(*dir, name)?;
        self.nodes.borrow_mut().get_mut(&id).unwrap().modified = wanted.modified.as_nanos();
        Ok(())
    }

    fn set_len(&self, file: &u64, length: u64) -> io::Result<()> {
        self.write_at(file, &vec![0; length as usize], 0)
    }

    fn sync_all(&self, file: &u64) -> io::Result<()> {
        self.sync_file(file)
    }

    fn clone_content(&self, _source: &u64, _fresh: &u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn punch_hole(&self, _file: &u64, _offset: u64, _length: u64) -> io::Result<()> {
        Ok(())
    }

    fn read_ahead(&self, _file: &u64, _offset: u64, _length: u64) -> io::Result<()> {
        Ok(())
    }

    fn dedupe_range(&self, one: &u64, other: &u64, _: u64, len: u64) -> io::Result<DedupeStep> {
        let bytes = |file: &u64| match &self.nodes.borrow()[file].content {
            Content::File { bytes, .. } => bytes.clone(),
            _ => Vec::new(),
        };
        Ok(match bytes(one) == bytes(other) {
            true => DedupeStep::Shared(len),
            false => DedupeStep::Differs,
        })
    }

    fn shares_all_blocks(&self, _: (&u64, &FileStat), _: (&u64, &FileStat)) -> bool {
        false
    }

    fn block_usage(&self, _file: &u64) -> Option<BlockUsage> {
        None
    }
}

#[test]
fn a_crash_forgets_what_was_not_made_durable() {
    let written = |survivors| {
        let memory = Memory::new();
        memory.file("a/old", b"1").make_durable();
        memory.file("a/new", b"2").file("b/new", b"3");
        let dir = memory.id_of("a");
        memory.sync_dir(&dir).unwrap();
        memory.sync_file(&memory.id_of("b/new")).unwrap();
        memory.file("a/newer", b"4");
        memory.crash(survivors);
        let tree = memory.tree();
        tree.into_iter()
            .map(|(path, bytes)| (path, bytes.len()))
            .collect::<Vec<_>>()
    };
    let tree = |files: &[(&str, usize)]| -> Vec<(String, usize)> {
        files
            .iter()
            .map(|(path, size)| ((*path).to_owned(), *size))
            .collect()
    };
    assert_eq!(
        written(Survivors::All),
        tree(&[("a/new", 0), ("a/newer", 0), ("a/old", 1), ("b/new", 1)])
    );
    assert_eq!(
        written(Survivors::Ordered(0)),
        tree(&[("a/new", 0), ("a/old", 1), ("b/new", 1)])
    );
    assert_eq!(
        written(Survivors::Synced),
        tree(&[("a/new", 0), ("a/old", 1)])
    );
    assert_eq!(Path::new("/"), Memory::new().dir_path(&ROOT).unwrap());
}
