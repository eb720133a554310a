//! A file system with odd inode numbers: one number for several files or
//! directories, or another number with each look, as unions, network file
//! systems and programs behind FUSE have them.
//!
//! What the kernel knows an inode by (its node) and what `stat` shows (its
//! number) are two things. The answer to a lookup names both, and the library
//! makes them equal there; but the kernel is told to believe nothing for any
//! time, so it asks for the attributes whenever it needs them, and that answer
//! has the number that a test wants.

use std::ffi::OsStr;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use fuser::{
    BackgroundSession, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags,
    Generation, INodeNo, LockOwner, MountOption, OpenFlags, ReplyAttr, ReplyData, ReplyDirectory,
    ReplyEntry, ReplyOpen, Request, SessionACL,
};

use super::system::{is_root, skipped};
use super::tree::Tree;

/// Nodes are numbered below this; with [`Habit::Renumbers`] it is added with
/// each lookup.
const STEP: u64 = 10_000;

/// What the file system does on its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Nothing.
    Steady,
    /// A file or directory has another number, and is another inode to the kernel, each
    /// time that its name is looked up.
    Renumbers,
    /// Times move with each look.
    MovesTimes,
}

/// A file or a directory.
#[derive(Clone)]
pub(crate) struct Odd {
    path: String,
    content: Option<Vec<u8>>,
    number: Option<u64>,
    links: u32,
    time: Duration,
    node_of: Option<String>,
}

impl Odd {
    pub(crate) fn file(path: &str, content: impl Into<Vec<u8>>) -> Self {
        Self {
            content: Some(content.into()),
            ..Self::dir(path)
        }
    }

    pub(crate) fn dir(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            content: None,
            number: None,
            links: 1,
            // To the second, as archives and simple programs have it.
            time: Duration::from_secs(1_600_000_000),
            node_of: None,
        }
    }

    /// The number that `stat` shows.
    pub(crate) fn number(self, number: u64) -> Self {
        let number = Some(number);
        Self { number, ..self }
    }

    pub(crate) fn links(self, links: u32) -> Self {
        Self { links, ..self }
    }

    pub(crate) fn time(self, time: Duration) -> Self {
        Self { time, ..self }
    }

    /// Is the same inode to the kernel as another path.
    pub(crate) fn node_of(self, path: &str) -> Self {
        let node_of = Some(path.to_owned());
        Self { node_of, ..self }
    }

    fn split(&self) -> (&str, &str) {
        self.path.rsplit_once('/').unwrap_or(("", &self.path))
    }
}

/// The mounted file system: the [`Tree`] that it is mounted on.
pub(crate) struct OddMount {
    _session: BackgroundSession,
    tree: Tree,
}

impl OddMount {
    /// Mounts these, directories before what is in them, or says why that is
    /// not possible here.
    pub(crate) fn new(habit: Habit, nodes: impl IntoIterator<Item = Odd>) -> Option<Self> {
        let tree = Tree::new();
        let mut config = Config::default();
        config.mount_options = vec![MountOption::RO, MountOption::FSName("nodupe-odd".into())];
        if is_root() {
            config.acl = SessionACL::All;
        }
        let system = System {
            nodes: nodes.into_iter().collect(),
            habit,
            looks: Arc::new(AtomicU64::new(1)),
        };
        match fuser::spawn_mount(system, tree.root(), &config) {
            Ok(session) => Some(Self {
                _session: session,
                tree,
            }),
            Err(error) => {
                skipped(&format!(
                    "FUSE cannot be mounted here, which takes /dev/fuse and root or fusermount3 ({error})"
                ));
                None
            }
        }
    }
}

impl Deref for OddMount {
    type Target = Tree;

    fn deref(&self) -> &Tree {
        &self.tree
    }
}

struct System {
    nodes: Vec<Odd>,
    habit: Habit,
    looks: Arc<AtomicU64>,
}

impl System {
    /// The node at a path, by its place.
    fn at(&self, path: &str) -> Option<usize> {
        let at = self.nodes.iter().position(|node| node.path == path)?;
        match &self.nodes[at].node_of {
            Some(other) => self.at(other),
            None => Some(at),
        }
    }

    fn node(&self, ino: INodeNo) -> Option<(usize, &Odd)> {
        let at = usize::try_from((ino.0 % STEP).checked_sub(2)?).ok()?;
        Some((at, self.nodes.get(at)?))
    }

    fn path(&self, ino: INodeNo) -> Option<&str> {
        if ino == INodeNo::ROOT {
            return Some("");
        }
        self.node(ino).map(|(_, node)| node.path.as_str())
    }

    /// The attributes, with the node's own number.
    fn attributes(&self, ino: INodeNo) -> Option<FileAttr> {
        let root = Odd::dir("");
        let node = match self.node(ino) {
            Some((_, node)) => node,
            None if ino == INodeNo::ROOT => &root,
            None => return None,
        };
        let mut time = SystemTime::UNIX_EPOCH + node.time;
        if self.habit == Habit::MovesTimes && node.content.is_some() {
            time += Duration::from_millis(self.looks.fetch_add(1, Ordering::Relaxed));
        }
        let size = node.content.as_ref().map_or(0, Vec::len) as u64;
        Some(FileAttr {
            ino,
            size,
            blocks: size.div_ceil(512),
            atime: time,
            mtime: time,
            ctime: time,
            crtime: time,
            kind: match node.content {
                Some(_) => FileType::RegularFile,
                None => FileType::Directory,
            },
            perm: 0o555,
            nlink: node.links,
            uid: rustix::process::geteuid().as_raw(),
            gid: rustix::process::getegid().as_raw(),
            rdev: 0,
            blksize: 4096,
            flags: 0,
        })
    }
}

impl Filesystem for System {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let name = name.to_str().unwrap_or_default();
        let path = match self.path(parent) {
            Some("") => name.to_owned(),
            Some(parent) => format!("{parent}/{name}"),
            None => return reply.error(Errno::ENOENT),
        };
        let Some(at) = self.at(&path) else {
            return reply.error(Errno::ENOENT);
        };
        let mut ino = at as u64 + 2;
        if self.habit == Habit::Renumbers {
            ino += STEP * self.looks.fetch_add(1, Ordering::Relaxed);
        }
        match self.attributes(INodeNo(ino)) {
            Some(attributes) => reply.entry(&Duration::ZERO, &attributes, Generation(0)),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        let Some(mut attributes) = self.attributes(ino) else {
            return reply.error(Errno::ENOENT);
        };
        if let Some((_, node)) = self.node(ino)
            && let Some(number) = node.number
        {
            attributes.ino = INodeNo(number);
        }
        reply.attr(&Duration::ZERO, &attributes);
    }

    fn readdir(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        mut reply: ReplyDirectory,
    ) {
        let Some(dir) = self.path(ino) else {
            return reply.error(Errno::ENOTDIR);
        };
        let inside = self.nodes.iter().filter(|node| node.split().0 == dir);
        let entries = inside.map(|node| {
            let kind = match node.content {
                Some(_) => FileType::RegularFile,
                None => FileType::Directory,
            };
            (node.number.unwrap_or(1), kind, node.split().1)
        });
        for ((number, kind, name), next) in entries.zip(1..).skip(offset as usize) {
            if reply.add(INodeNo(number), next, kind, name) {
                break;
            }
        }
        reply.ok();
    }

    fn open(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        reply.opened(FileHandle(0), FopenFlags::FOPEN_DIRECT_IO);
    }

    fn read(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let content = self.node(ino).and_then(|(_, node)| node.content.as_ref());
        let Some(content) = content else {
            return reply.error(Errno::EISDIR);
        };
        let start = content.len().min(offset as usize);
        let end = content.len().min(start + size as usize);
        reply.data(&content[start..end]);
    }
}
