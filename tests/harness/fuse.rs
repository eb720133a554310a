//! A small file system whose files fail as disks and servers do: reads that
//! break, that take their time, that never come back. The program under test
//! meets them where it would in earnest, in a system call, and cannot tell.
//!
//! No method of the file system waits: a reply that is not due yet is put
//! aside or given to a thread of its own. So one thread serves all, and a
//! read that hangs holds up nobody but who asked for it.
//!
//! A read that hangs in direct I/O stays, once the server has taken it, what
//! disk sleep is: not even SIGKILL ends it, and a process with one thread in
//! it is a zombie that nobody can reap. A reader that waits for a page of the
//! cache ([`Fault::HangCached`]) goes when it is killed. Both end with the
//! answer, or with the connection, and [`FaultyMount`] sees to both when it
//! is dropped. Should the tests be killed, the kernel ends the connection
//! with the last descriptor of `/dev/fuse`, so nothing hangs for ever; but
//! only if no thread of the tests hangs itself, because that keeps the
//! descriptor open. Let other processes do the reading.

use std::ffi::OsStr;
use std::ops::{Deref, Range};
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use fuser::{
    BackgroundSession, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags,
    Generation, INodeNo, KernelConfig, LockOwner, MountOption, OpenFlags, ReplyAttr, ReplyData,
    ReplyDirectory, ReplyEntry, ReplyOpen, Request, SessionACL,
};

use super::system::{is_root, skipped};
use super::tree::Tree;

/// What is wrong with a file.
///
/// Unless it says otherwise every read reaches the file system (direct I/O).
/// One that begins before the bad part brings what is good, as a disk does.
#[derive(Clone)]
pub(crate) enum Fault {
    None,
    /// Reads at this offset and behind it fail with EIO.
    EioFrom(u64),
    /// Reads in these bytes fail with EIO: a bad block with good ones behind.
    EioIn(Range<u64>),
    /// The first so many reads fail with EIO.
    FailFirst(usize),
    /// Reads get no answer until the file is released.
    Hang,
    HangFrom(u64),
    HangIn(Range<u64>),
    /// The first so many reads get no answer until the file is released.
    HangFirst(usize),
    /// Like `Hang`, but through the page cache.
    HangCached,
    /// Every read takes so long.
    Slow(Duration),
    /// Only so many bytes are there, whatever the size says.
    Short(usize),
    /// The size says so many bytes, and there are more.
    Long(usize),
    /// Only who asks for what is really there is told of the times that the
    /// file has; the kernel keeps others.
    ChangedElsewhere,
}

impl Fault {
    /// The bytes that are bad, if it is certain bytes.
    fn bad(&self) -> Option<Range<u64>> {
        match self {
            Self::EioFrom(from) | Self::HangFrom(from) => Some(*from..u64::MAX),
            Self::EioIn(range) | Self::HangIn(range) => Some(range.clone()),
            Self::Hang | Self::HangCached => Some(0..u64::MAX),
            _ => None,
        }
    }

    fn hangs(&self) -> bool {
        matches!(
            self,
            Self::Hang
                | Self::HangFrom(_)
                | Self::HangIn(_)
                | Self::HangFirst(_)
                | Self::HangCached
        )
    }
}

/// How long a test waits for what has to come; only a broken test waits so
/// long.
const PATIENCE: Duration = Duration::from_secs(120);

/// Nothing about the files ever changes but what their reads bring.
const TTL: Duration = Duration::from_secs(3600);

struct FaultyFile {
    name: String,
    content: Vec<u8>,
    fault: Fault,
}

/// A read that hangs: all that is needed to answer it.
struct Held {
    reply: ReplyData,
    bytes: Range<usize>,
}

#[derive(Default)]
struct Progress {
    opens: usize,
    reads: usize,
    released: bool,
    held: Vec<Held>,
}

struct State {
    /// No read hangs or dawdles any more.
    ended: bool,
    files: Vec<Progress>,
}

struct Shared {
    files: Vec<FaultyFile>,
    state: Mutex<State>,
    moved: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // A test that ended in a panic must still be able to clean up.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn index(&self, name: &str) -> usize {
        let at = self.files.iter().position(|file| file.name == name);
        at.unwrap_or_else(|| panic!("there is no file {name}"))
    }

    /// Answers all that hangs, and lets nothing hang from now on.
    fn end(&self) {
        let held: Vec<Held> = {
            let mut state = self.state();
            state.ended = true;
            let files = state.files.iter_mut();
            files.flat_map(|file| file.held.drain(..)).collect()
        };
        self.moved.notify_all();
        for read in held {
            read.reply.error(Errno::EIO);
        }
    }
}

/// The files of a mounted file system, and how their reads are going. It is
/// the [`Tree`] that it is mounted on, which can be scanned as any other.
pub(crate) struct FaultyMount {
    shared: Arc<Shared>,
    session: Option<BackgroundSession>,
    tree: Tree,
}

impl FaultyMount {
    /// Mounts these files, or says why that is not possible here.
    pub(crate) fn new<N, C>(files: impl IntoIterator<Item = (N, C, Fault)>) -> Option<Self>
    where
        N: Into<String>,
        C: Into<Vec<u8>>,
    {
        let files: Vec<FaultyFile> = files
            .into_iter()
            .map(|(name, content, fault)| FaultyFile {
                name: name.into(),
                content: content.into(),
                fault,
            })
            .collect();
        let state = State {
            ended: false,
            files: files.iter().map(|_| Progress::default()).collect(),
        };
        let shared = Arc::new(Shared {
            files,
            state: Mutex::new(state),
            moved: Condvar::new(),
        });
        let tree = Tree::new();
        let mut config = Config::default();
        config.mount_options = vec![MountOption::RO, MountOption::FSName("nodupe-test".into())];
        // Others than root need the help of `fusermount3`, and it may not
        // let them show a file system to everybody.
        if is_root() {
            config.acl = SessionACL::All;
        }
        let system = System(Arc::clone(&shared));
        match fuser::spawn_mount(system, tree.root(), &config) {
            Ok(session) => Some(Self {
                shared,
                session: Some(session),
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

    /// How often a file was opened.
    pub(crate) fn opens(&self, name: &str) -> usize {
        self.shared.state().files[self.shared.index(name)].opens
    }

    /// How many reads of a file arrived, answered or not.
    pub(crate) fn reads(&self, name: &str) -> usize {
        self.shared.state().files[self.shared.index(name)].reads
    }

    /// Waits until a read of this file hangs.
    pub(crate) fn wait_until_hung(&self, name: &str) {
        let at = self.shared.index(name);
        let (state, waited) = self
            .shared
            .moved
            .wait_timeout_while(self.shared.state(), PATIENCE, |state| {
                state.files[at].held.is_empty()
            })
            .unwrap_or_else(PoisonError::into_inner);
        // Not while others wait for the lock.
        drop(state);
        assert!(!waited.timed_out(), "no read of {name} ever hung");
    }

    /// Answers the reads of this file that hang with what is in it, and lets
    /// none hang any more.
    pub(crate) fn release(&self, name: &str) {
        let at = self.shared.index(name);
        let held = {
            let mut state = self.shared.state();
            let file = &mut state.files[at];
            file.released = true;
            std::mem::take(&mut file.held)
        };
        for read in held {
            read.reply.data(&self.shared.files[at].content[read.bytes]);
        }
    }
}

impl Deref for FaultyMount {
    type Target = Tree;

    fn deref(&self) -> &Tree {
        &self.tree
    }
}

impl Drop for FaultyMount {
    fn drop(&mut self) {
        // Whoever hangs is let go first: this needs no right and no program.
        self.shared.end();
        // By force: the kernel ends the connection as if the server had
        // died, so that what the server forgot to answer ends too. Lazily:
        // a process may still stand in it. Nothing in the mount is touched.
        let unmounted = Command::new("umount")
            .args(["--force", "--lazy", "--internal-only"])
            .arg(self.tree.root())
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        // What dropping a session does is to unmount, once more or, for
        // others than root, with `fusermount3`.
        if let Some(BackgroundSession { guard, .. }) = self.session.take()
            && unmounted
        {
            // The connection is gone, and the thread sees that.
            let _ = guard.join();
        }
    }
}

/// What the kernel asks.
struct System(Arc<Shared>);

impl System {
    /// The inode numbers are 1 for the root and from 2 on for the files.
    fn file(&self, ino: INodeNo) -> Option<(usize, &FaultyFile)> {
        let at = usize::try_from(ino.0.checked_sub(2)?).ok()?;
        Some((at, self.0.files.get(at)?))
    }

    fn attributes(&self, ino: INodeNo) -> Option<FileAttr> {
        let size = match self.file(ino) {
            Some((_, file)) => Some(match file.fault {
                Fault::Long(said) => said as u64,
                _ => file.content.len() as u64,
            }),
            None if ino == INodeNo::ROOT => None,
            None => return None,
        };
        // Long ago, and always the same.
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000);
        Some(FileAttr {
            ino,
            size: size.unwrap_or(0),
            blocks: size.unwrap_or(0).div_ceil(512),
            atime: time,
            mtime: time,
            ctime: time,
            crtime: time,
            kind: match size {
                Some(_) => FileType::RegularFile,
                None => FileType::Directory,
            },
            perm: if size.is_some() { 0o444 } else { 0o555 },
            nlink: if size.is_some() { 1 } else { 2 },
            uid: rustix::process::geteuid().as_raw(),
            gid: rustix::process::getegid().as_raw(),
            rdev: 0,
            blksize: 4096,
            flags: 0,
        })
    }
}

impl Filesystem for System {
    fn init(&mut self, _: &Request, config: &mut KernelConfig) -> std::io::Result<()> {
        // Reads ahead count, and those that hang must not use up the number
        // that may be under way.
        let _ = config.set_max_background(u16::MAX);
        Ok(())
    }

    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let at = self.0.files.iter().position(|file| *name == *file.name);
        let found = at.filter(|_| parent == INodeNo::ROOT);
        match found.and_then(|at| self.attributes(INodeNo(at as u64 + 2))) {
            Some(attributes) => reply.entry(&TTL, &attributes, Generation(0)),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        let is_newer =
            |(_, file): (usize, &FaultyFile)| matches!(file.fault, Fault::ChangedElsewhere);
        match self.attributes(ino) {
            Some(attributes) if self.file(ino).is_some_and(is_newer) => {
                let ctime = attributes.ctime + Duration::from_secs(1);
                reply.attr(
                    &TTL,
                    &FileAttr {
                        ctime,
                        ..attributes
                    },
                );
            }
            Some(attributes) => reply.attr(&TTL, &attributes),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn readdir(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        mut reply: ReplyDirectory,
    ) {
        if ino != INodeNo::ROOT {
            return reply.error(Errno::ENOTDIR);
        }
        let dots = [".", ".."].map(|name| (1, FileType::Directory, name));
        let files = self.0.files.iter().zip(2..);
        let files = files.map(|(file, ino)| (ino, FileType::RegularFile, file.name.as_str()));
        let entries = dots.into_iter().chain(files).zip(1..);
        for ((ino, kind, name), next) in entries.skip(offset as usize) {
            if reply.add(INodeNo(ino), next, kind, name) {
                break;
            }
        }
        reply.ok();
    }

    fn open(&self, _: &Request, ino: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        let Some((at, file)) = self.file(ino) else {
            return reply.error(Errno::EISDIR);
        };
        self.0.state().files[at].opens += 1;
        let flags = match file.fault {
            // To throw the cache away the kernel would wait for the pages
            // that hang, in the call that opens.
            Fault::HangCached => FopenFlags::FOPEN_KEEP_CACHE,
            _ => FopenFlags::FOPEN_DIRECT_IO,
        };
        reply.opened(FileHandle(0), flags);
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
        let Some((at, file)) = self.file(ino) else {
            return reply.error(Errno::EISDIR);
        };
        let mut state = self.0.state();
        let ended = state.ended;
        let progress = &mut state.files[at];
        let before = progress.reads;
        progress.reads += 1;

        let there = match file.fault {
            Fault::Short(length) => length,
            _ => file.content.len(),
        };
        let start = there.min(offset as usize);
        let mut end = there.min(start + size as usize);
        let mut hit = match file.fault {
            Fault::FailFirst(n) | Fault::HangFirst(n) => before < n,
            _ => false,
        };
        if let Some(bad) = file.fault.bad()
            && !progress.released
        {
            hit = bad.contains(&offset);
            if (start as u64..end as u64).contains(&bad.start) && !hit {
                end = bad.start as usize;
            }
        }
        let bytes = start..end;

        let hangs = hit && file.fault.hangs() && !progress.released;
        if hangs && !ended {
            progress.held.push(Held { reply, bytes });
            drop(state);
            return self.0.moved.notify_all();
        }
        drop(state);
        match file.fault {
            // The kernel tries a page again that was read ahead in vain: it
            // must not fare better than the read that hung.
            _ if hangs => reply.error(Errno::EIO),
            Fault::EioFrom(_) | Fault::EioIn(_) | Fault::FailFirst(_) if hit => {
                reply.error(Errno::EIO);
            }
            Fault::Slow(pause) => {
                let shared = Arc::clone(&self.0);
                thread::spawn(move || {
                    // Cut short when the mount goes.
                    drop(
                        shared
                            .moved
                            .wait_timeout_while(shared.state(), pause, |state| !state.ended),
                    );
                    reply.data(&shared.files[at].content[bytes]);
                });
            }
            _ => reply.data(&file.content[bytes]),
        }
    }
}
