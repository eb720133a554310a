//! A tree with files of every kind of act, a journal of those acts, and
//! operations that stop or fail at a given one.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crate::action::journal::*;
use crate::config::HashAlgorithm;
use crate::hash::Hasher;
use crate::platform::*;
use crate::types::{CancelToken, FileId, FileMetadata, FileStat, Timestamp};

/// The fault at one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::action) enum Fault {
    /// The process ends before it. Only operations that change something are
    /// counted: before the others everything is as it was.
    Crash,
    /// It fails with this error, and the process goes on.
    Fails(io::ErrorKind),
}

/// The panic that stands for the end of the process.
struct Crash;

/// The operations of the system, with a fault at one of them.
pub(in crate::action) struct Faulty {
    system: SystemFiles,
    fault: Option<(usize, Fault)>,
    done: Cell<usize>,
    changed: Cell<usize>,
    /// Names of the operations, in order.
    pub(in crate::action) trace: RefCell<Vec<&'static str>>,
    /// Files need a name, as on some file systems.
    pub(in crate::action) needs_names: bool,
    /// Somebody who is told of each operation before it, and may make it fail.
    pub(in crate::action) neighbour: RefCell<Option<Neighbour>>,
}

pub(in crate::action) type Neighbour = Box<dyn FnMut(&'static str) -> io::Result<()>>;

/// Ends the process, as far as [`until_crash`] is concerned.
pub(in crate::action) fn crash() -> ! {
    // Without the message of a panic, which takes longer than all else.
    std::panic::resume_unwind(Box::new(Crash))
}

impl Faulty {
    pub(in crate::action) fn new(fault: Option<(usize, Fault)>) -> Self {
        Self {
            system: SystemFiles,
            fault,
            done: Cell::new(0),
            changed: Cell::new(0),
            trace: RefCell::new(Vec::new()),
            needs_names: false,
            neighbour: RefCell::default(),
        }
    }

    pub(in crate::action) fn count(&self) -> usize {
        self.done.get()
    }

    fn step<T>(&self, name: &'static str, run: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let at = self.done.replace(self.done.get() + 1);
        let changes = CHANGING.contains(&name);
        let changed = self
            .changed
            .replace(self.changed.get() + usize::from(changes));
        self.trace.borrow_mut().push(name);
        if let Some(neighbour) = &mut *self.neighbour.borrow_mut() {
            neighbour(name)?;
        }
        match self.fault {
            Some((here, Fault::Crash)) if changes && here == changed => crash(),
            Some((here, Fault::Fails(kind))) if here == at => Err(kind.into()),
            _ => run(),
        }
    }
}

/// The operations that change something.
pub(in crate::action) const CHANGING: [&str; 15] = [
    "link",
    "symlink",
    "make_dir",
    "remove_dir",
    "exchange",
    "rename",
    "unlink",
    "create",
    "create_unnamed",
    "write_at",
    "set",
    "set_len",
    "set_link",
    "clone_content",
    "punch_hole",
];

/// Methods that are passed on as one step.
macro_rules! steps {
    ($($name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {
        $(fn $name(&self, $($argument: $type),*) -> io::Result<$result> {
            self.step(stringify!($name), || self.system.$name($($argument),*))
        })*
    };
}

type Dir = <SystemFiles as FileOps>::Dir;

impl FileOps for Faulty {
    type Dir = Dir;
    type File = File;

    steps! {
        open_root(path: &[u8]) -> Dir;
        open_dir(base: &Dir, path: &[u8]) -> Dir;
        open_file(dir: &Dir, name: &[u8]) -> File;
        status(file: &File) -> FileStatus;
        dir_status(dir: &Dir) -> FileStatus;
        stat_name(dir: &Dir, name: &[u8]) -> FileStat;
        stat_target(dir: &Dir, name: &[u8]) -> FileStat;
        dir_path(dir: &Dir) -> PathBuf;
        read_link(dir: &Dir, name: &[u8]) -> Vec<u8>;
        metadata(file: &File) -> FileMetadata;
        read_at(file: &File, buffer: &mut [u8], offset: u64) -> usize;
        sync_file(file: &File) -> ();
        sync_dir(dir: &Dir) -> ();
        sync_file_system(dir: &Dir) -> bool;
        link(file: &File, dir: &Dir, name: &[u8]) -> ();
        symlink(target: &[u8], dir: &Dir, name: &[u8]) -> ();
        dir_file(dir: &Dir) -> File;
        list_dir(dir: &Dir) -> Vec<Vec<u8>>;
        link_metadata(dir: &Dir, name: &[u8]) -> FileMetadata;
        is_empty_dir(dir: &Dir) -> bool;
        remove_dir(dir: &Dir, name: &[u8]) -> ();
        make_dir(dir: &Dir, name: &[u8], mode: u32) -> ();
        exchange(dir: &Dir, one: &[u8], other: &[u8]) -> ();
        rename(from: (&Dir, &[u8]), to: (&Dir, &[u8])) -> ();
        unlink(dir: &Dir, name: &[u8]) -> ();
        create(dir: &Dir, name: &[u8]) -> File;
        write_at(file: &File, bytes: &[u8], offset: u64) -> ();
    }

    fn create_unnamed(&self, dir: &Dir) -> io::Result<File> {
        if self.needs_names {
            return Err(io::ErrorKind::Unsupported.into());
        }
        self.step("create_unnamed", || self.system.create_unnamed(dir))
    }

    fn file_system_kind(&self, dir: &Dir) -> FileSystemKind {
        self.system.file_system_kind(dir)
    }

    fn take_lease(&self, file: &File) -> Lease {
        self.system.take_lease(file)
    }

    fn holds_lease(&self, file: &File) -> bool {
        self.system.holds_lease(file)
    }

    fn release_lease(&self, file: &File) {
        self.system.release_lease(file);
    }

    fn write_back(&self, file: &File) {
        self.system.write_back(file);
    }
}

impl ContentOps for Faulty {
    steps! {
        set(file: &File, setting: Setting<'_>) -> ();
        set_len(file: &File, length: u64) -> ();
        set_link(dir: &Dir, name: &[u8], wanted: &FileMetadata) -> ();
        sync_all(file: &File) -> ();
        clone_content(source: &File, fresh: &File) -> ();
        punch_hole(file: &File, offset: u64, length: u64) -> ();
        read_ahead(file: &File, offset: u64, length: u64) -> ();
        dedupe_range(source: &File, target: &File, offset: u64, length: u64) -> DedupeStep;
    }

    fn shares_all_blocks(&self, one: (&File, &FileStat), other: (&File, &FileStat)) -> bool {
        self.system.shares_all_blocks(one, other)
    }

    fn block_usage(&self, file: &File) -> Option<BlockUsage> {
        self.system.block_usage(file)
    }
}

/// Runs something that a fault may end. Returns `None` if it did.
pub(in crate::action) fn until_crash<T>(run: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => Some(result),
        Err(reason) => {
            assert!(reason.is::<Crash>(), "another panic");
            None
        }
    }
}

/// A directory with a tree, a journal beside it, and a run in it.
pub(in crate::action) struct World {
    pub(in crate::action) root: PathBuf,
    pub(in crate::action) journal: Journal,
    pub(in crate::action) run: RunId,
    pub(in crate::action) before: Tree,
    pub(in crate::action) after: Tree,
    _dir: Option<tempfile::TempDir>,
}

/// Everything in a tree, by path.
pub(in crate::action) type Tree = BTreeMap<PathBuf, Node>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::action) enum Node {
    Dir,
    Link(PathBuf),
    /// Content, metadata, and the names of the same file.
    File(Vec<u8>, Box<FileMetadata>, BTreeSet<PathBuf>),
}

pub(in crate::action) fn now() -> Timestamp {
    Timestamp::new(1_700_000_000, 0)
}

pub(in crate::action) fn a_run(undoes: Option<RunId>) -> Run {
    Run {
        command: vec!["nodupe".to_owned()],
        version: "1".to_owned(),
        host: "here".to_owned(),
        started: now(),
        ended: None,
        undoes,
        freed: None,
    }
}

/// Reads a tree without changing an access time.
pub(in crate::action) fn read_tree(root: &Path) -> Tree {
    let mut names: BTreeMap<FileId, BTreeSet<PathBuf>> = BTreeMap::new();
    let mut found = BTreeMap::new();
    let mut waiting = vec![root.to_path_buf()];
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let kind = path.symlink_metadata().unwrap().file_type();
            if kind.is_dir() {
                waiting.push(path.clone());
                found.insert(path, (None, Node::Dir));
            } else if kind.is_symlink() {
                let target = path.read_link().unwrap();
                found.insert(path, (None, Node::Link(target)));
            } else {
                let (id, node) = read_file(&path);
                names.entry(id).or_default().insert(path.clone());
                found.insert(path, (Some(id), node));
            }
        }
    }
    let with_names = |(path, (id, mut node))| {
        if let (Some(id), Node::File(_, _, of_file)) = (id, &mut node) {
            *of_file = names[&id].clone();
        }
        (path, node)
    };
    found.into_iter().map(with_names).collect()
}

fn read_file(path: &Path) -> (FileId, Node) {
    let file = open(path);
    let metadata = SystemFiles.metadata(&file).unwrap();
    let size = file.metadata().unwrap().len() as usize;
    let mut content = vec![0; size];
    let mut at = 0;
    while at < size {
        let read = read_at(&file, &mut content[at..], at as u64).unwrap();
        assert!(read > 0);
        at += read;
    }
    let id = stat_file(&file).unwrap().id;
    (id, Node::File(content, Box::new(metadata), BTreeSet::new()))
}

pub(in crate::action) fn open(path: &Path) -> File {
    let dir = bytes_of(path.parent().unwrap().as_os_str());
    let dir = SystemFiles.open_root(dir).unwrap();
    let name = bytes_of(path.file_name().unwrap());
    SystemFiles.open_file(&dir, name).unwrap()
}

pub(in crate::action) fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
    let file = File::options().write(true).open(path).unwrap();
    set_times(
        &file,
        Timestamp::new(1_500_000_000, 5),
        Timestamp::new(1_400_000_000, 7),
    )
    .unwrap();
}

/// The entry of an act on these names of a file, before it.
pub(in crate::action) fn entry(
    operation: Operation,
    names: &[&Path],
    keeper: &Path,
    destination: Option<&Path>,
) -> Entry {
    let file = open(names[0]);
    let (_, Node::File(content, metadata, _)) = read_file(names[0]) else {
        unreachable!("a file");
    };
    let mut hasher = Hasher::new(HashAlgorithm::Blake3);
    hasher.update(&content);
    let acted = |path: &&Path| ActedName {
        path: path.to_path_buf().into(),
        temporary: None,
        destination: destination.map(|path| path.to_path_buf().into()),
        directory: None,
    };
    Entry {
        operation,
        names: names.iter().map(acted).collect(),
        stat: stat_file(&file).unwrap(),
        metadata: *metadata,
        digest: hasher.finish(),
        algorithm: HashAlgorithm::Blake3,
        keeper: keeper.to_path_buf().into(),
        keeper_stat: stat_file(&open(keeper)).unwrap(),
        proof: Proof::Times,
        time: now(),
    }
}

/// Does what the entry says, without any care.
fn act(entry: &Entry) {
    for name in &entry.names {
        let (path, keeper) = (name.path.path(), entry.keeper.path());
        match entry.operation {
            Operation::Remove | Operation::Trash => fs::remove_file(path).unwrap(),
            Operation::HardLink => {
                fs::remove_file(path).unwrap();
                fs::hard_link(keeper, path).unwrap();
            }
            Operation::SymbolicLink => {
                fs::remove_file(path).unwrap();
                let target = Path::new("..").join(
                    keeper
                        .strip_prefix(path.parent().unwrap().parent().unwrap())
                        .unwrap(),
                );
                testing::symlink(target.to_str().unwrap(), path).unwrap();
            }
            Operation::Move => {
                let to = name.destination.as_ref().unwrap().path();
                fs::rename(path, to).unwrap();
            }
            Operation::Dedupe | Operation::Undo(_) => {}
        }
    }
}

impl World {
    /// A tree in a temporary directory or in this one.
    pub(in crate::action) fn new(dir: Option<&Path>) -> Self {
        // In memory, where that can be: a journal waits for its disk.
        let in_memory = || tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let temporary = dir.is_none().then(|| in_memory().unwrap());
        let at = dir.or(temporary.as_ref().map(tempfile::TempDir::path));
        let at = at.unwrap().canonicalize().unwrap();
        let root = at.join("tree");
        fs::create_dir(&root).unwrap();
        let tree = Tree::new();
        Self {
            journal: Journal::in_memory(),
            root,
            run: RunId(0),
            before: tree.clone(),
            after: tree,
            _dir: temporary,
        }
    }

    pub(in crate::action) fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    /// Records the entries as a run, and does it.
    pub(in crate::action) fn act(&mut self, entries: &[Entry]) {
        self.before = read_tree(&self.root);
        let journal = &self.journal;
        self.run = journal.begin_run(&a_run(None)).unwrap();
        let ids = journal.intend(self.run, entries).unwrap();
        entries.iter().for_each(act);
        let done = ids.iter().map(|&entry| StateChange {
            entry,
            state: State::Done,
            freed: 1,
        });
        journal.change(&done.collect::<Vec<_>>(), now()).unwrap();
        self.after = read_tree(&self.root);
    }

    /// One file for each kind of act, some with two names.
    pub(in crate::action) fn with_every_act(dir: Option<&Path>) -> Self {
        let mut world = Self::new(dir);
        let content: Vec<u8> = (0..500_u32).flat_map(u32::to_le_bytes).collect();
        let names = [
            "k/keep",
            "a/removed",
            "a/removed2",
            "b/linked",
            "b/linked2",
            "b/other",
            "c/symbolic",
            "d/moved",
            "d/shared",
            "e/trashed",
        ];
        for name in names {
            if !matches!(name, "a/removed2" | "b/linked2") {
                write(&world.path(name), &content);
            }
        }
        fs::hard_link(world.path("a/removed"), world.path("a/removed2")).unwrap();
        fs::hard_link(world.path("b/linked"), world.path("b/linked2")).unwrap();
        fs::create_dir(world.path("to")).unwrap();
        let path = |name: &str| world.path(name);
        let keeper = path("k/keep");
        let plain = |operation, names: &[&str]| {
            let paths: Vec<_> = names.iter().map(|name| path(name)).collect();
            let paths: Vec<_> = paths.iter().map(PathBuf::as_path).collect();
            let moves = operation == Operation::Move;
            let to = moves.then(|| path("to/moved"));
            entry(operation, &paths, &keeper, to.as_deref())
        };
        let entries = [
            plain(Operation::Remove, &["a/removed", "a/removed2"]),
            plain(Operation::HardLink, &["b/linked", "b/linked2"]),
            plain(Operation::HardLink, &["b/other"]),
            plain(Operation::SymbolicLink, &["c/symbolic"]),
            plain(Operation::Move, &["d/moved"]),
            plain(Operation::Dedupe, &["d/shared"]),
            plain(Operation::Trash, &["e/trashed"]),
        ];
        world.act(&entries);
        world
    }

    pub(in crate::action) fn now_tree(&self) -> Tree {
        read_tree(&self.root)
    }
}

/// Takes a run back with these operations.
pub(in crate::action) fn undo<O: ContentOps>(
    ops: &O,
    journal: &Journal,
    run: RunId,
    despite_problems: bool,
) -> Result<(super::apply::UndoSummary, Vec<(PathBuf, super::Undone)>), super::UndoError> {
    let plan = super::plan(ops, journal, run)?;
    let conditions = super::Conditions {
        despite_problems,
        now: &now,
        cancel: &CancelToken::default(),
    };
    let mut files = Vec::new();
    let record = a_run(Some(run));
    let mut report = |path, undone| files.push((path, undone));
    let summary = super::apply(ops, journal, &plan, &record, &conditions, &mut report)?;
    Ok((summary, files))
}

/// Fails with the paths that differ.
pub(in crate::action) fn assert_same(found: &Tree, expected: &Tree, what: &str) {
    let paths: BTreeSet<_> = found.keys().chain(expected.keys()).collect();
    for path in paths {
        let (one, other) = (found.get(path), expected.get(path));
        if one == other {
            continue;
        }
        let short = |node: Option<&Node>| match node {
            Some(Node::File(content, metadata, names)) => {
                format!("{} bytes {metadata:?} {names:?}", content.len())
            }
            other => format!("{other:?}"),
        };
        panic!(
            "{what}: {}\n{}\n{}",
            path.display(),
            short(one),
            short(other)
        );
    }
}
