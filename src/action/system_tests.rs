//! Acts on real files, alone and beside a hostile neighbour.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::crash_tests::{actions, digest};
use super::fault_tests::{Fault, Faulty, MemoryJournal, Steps};
use super::outcome::Totals;
use super::{Action, ActionOptions, Duplicates, FileResult, Outcome, Run, RunError, Skip};
use crate::config::HashAlgorithm;
use crate::platform::{self, SystemFiles};
use crate::types::{CancelToken, FileRecord};

/// A directory in memory where there is one: durability is not what is tested.
pub(super) fn temporary_dir() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let dir = tempfile::Builder::new()
        .prefix("nodupe-act-")
        .tempdir_in(memory);
    dir.or_else(|_| tempfile::tempdir()).unwrap()
}

pub(super) struct Tree {
    dir: tempfile::TempDir,
}

/// Something that happens to a tree between scan and act.
type Change = fn(&Tree);

impl Tree {
    pub(super) fn new() -> Self {
        let tree = Self {
            dir: temporary_dir(),
        };
        for (path, bytes) in [
            ("k/keep", content()),
            ("t/one", content()),
            ("t/two", content()),
            ("victim", b"somebody else's".to_vec()),
        ] {
            tree.file(path, &bytes);
        }
        for dir in ["u", "to", "stash"] {
            fs::create_dir(tree.path(dir)).unwrap();
        }
        fs::hard_link(tree.path("t/two"), tree.path("u/two")).unwrap();
        tree
    }

    pub(super) fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join(below)
    }

    fn file(&self, below: &str, bytes: &[u8]) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn record(&self, names: &[&str], keep: bool) -> FileRecord {
        let stat = platform::stat_path(&self.path(names[0]), false).unwrap();
        let mut record = FileRecord::new(self.path(names[0]), stat.id);
        record.size = stat.size;
        record.modified = stat.modified;
        record.changed = stat.changed;
        record.links = stat.links as u32;
        record.hard_links = names[1..].iter().map(|name| self.path(name)).collect();
        record.keep = keep;
        record
    }

    pub(super) fn group(&self) -> Vec<Duplicates> {
        vec![Duplicates {
            digest: digest(&content()),
            algorithm: HashAlgorithm::Blake3,
            files: vec![
                self.record(&["k/keep"], true),
                self.record(&["t/one"], false),
                self.record(&["t/two", "u/two"], false),
            ],
        }]
    }

    pub(super) fn options(&self, action: Action) -> ActionOptions {
        let action = match action {
            Action::Move { .. } => Action::Move {
                to: self.path("to"),
            },
            Action::Trash { .. } => Action::Trash {
                home: Some(self.path("to")),
            },
            action => action,
        };
        let mut options = ActionOptions::new(action);
        options.roots = vec![self.dir.path().to_path_buf()];
        options
    }

    fn act(&self, options: &ActionOptions, steps: Steps) -> Ran {
        self.act_on(options, steps, self.group())
    }

    fn act_on(&self, options: &ActionOptions, steps: Steps, groups: Vec<Duplicates>) -> Ran {
        let ops = Faulty {
            inner: &SystemFiles,
            steps,
        };
        self.act_with(&ops, options, groups).0
    }

    /// Acts by these operations, and returns the journal too.
    pub(super) fn act_with(
        &self,
        ops: &Faulty<'_, SystemFiles>,
        options: &ActionOptions,
        groups: Vec<Duplicates>,
    ) -> (Ran, MemoryJournal) {
        let mut journal = MemoryJournal::new(Steps::new(Fault::None));
        let mut outcomes = Vec::new();
        let cancel = CancelToken::default();
        let mut report = |outcome| outcomes.push(outcome);
        let run = Run::new(ops, options, &mut journal, &cancel, &mut report);
        let ended = run.and_then(|mut run| run.run(groups));
        let ran = Ran {
            outcomes,
            ended,
            steps: ops.steps.count(),
        };
        (ran, journal)
    }

    /// All regular files: the path, and the bytes.
    fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        contents_below(self.dir.path())
    }
}

fn contents_below(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![root.to_path_buf()];
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let kind = path.symlink_metadata().unwrap().file_type();
            if kind.is_dir() {
                waiting.push(path);
            } else if kind.is_file() {
                found.insert(path.clone(), fs::read(path).unwrap());
            }
        }
    }
    found
}

pub(super) struct Ran {
    outcomes: Vec<Outcome>,
    ended: Result<Totals, RunError>,
    steps: usize,
}

impl Ran {
    fn skips(&self) -> Vec<Skip> {
        let skip = |outcome: &Outcome| match &outcome.result {
            FileResult::Skipped(skip) => *skip,
            other => panic!("{other:?}"),
        };
        self.outcomes.iter().map(skip).collect()
    }
}

fn content() -> Vec<u8> {
    b"the same bytes ".repeat(400)
}

fn none() -> Steps {
    Steps::new(Fault::None)
}

#[test]
fn files_are_acted_on() {
    for action in actions() {
        let tree = Tree::new();
        let kept = fs::metadata(tree.path("k/keep")).unwrap().ino();
        let ran = tree.act(&tree.options(action.clone()), none());
        let what = format!("{action:?} {:?}", ran.outcomes);
        let totals = ran.ended.unwrap();
        assert_eq!(
            (totals.done, totals.skipped, totals.failed),
            (2, 0, 0),
            "{what}"
        );
        for path in ["t/one", "t/two", "u/two"] {
            let found = fs::symlink_metadata(tree.path(path));
            match action {
                Action::Remove | Action::Dedupe => assert!(found.is_err(), "{what}"),
                Action::HardLink => assert_eq!(found.unwrap().ino(), kept, "{what}"),
                Action::SymbolicLink => {
                    assert!(found.unwrap().is_symlink(), "{what}");
                    let target = fs::read_link(tree.path(path)).unwrap();
                    assert_eq!(target, Path::new("../k/keep"));
                    assert_eq!(fs::read(tree.path(path)).unwrap(), content());
                }
                Action::Trash { .. } => {
                    assert!(found.is_err(), "{what}");
                    for name in ["one", "two", "two.2"] {
                        let trashed = tree.path("to/files").join(name);
                        assert_eq!(fs::read(trashed).unwrap(), content());
                    }
                }
                Action::Move { .. } => {
                    assert!(found.is_err(), "{what}");
                    let full = tree.path(path).canonicalize();
                    assert!(full.is_err());
                    let real = tree.dir.path().canonicalize().unwrap();
                    let moved = tree.path("to").join(real.strip_prefix("/").unwrap());
                    assert_eq!(fs::read(moved.join(path)).unwrap(), content());
                }
            }
        }
        assert_eq!(fs::read(tree.path("k/keep")).unwrap(), content());
        let left = tree.contents();
        let temporary = left
            .keys()
            .find(|path| path.to_string_lossy().contains(".nodupe-"));
        assert_eq!(temporary, None, "{what}");
    }
}

#[test]
fn a_file_that_is_open_for_writing_is_left() {
    for path in ["k/keep", "t/one"] {
        let tree = Tree::new();
        let group = tree.group();
        let _writer = OpenOptions::new()
            .write(true)
            .open(tree.path(path))
            .unwrap();
        let ran = tree.act_on(&tree.options(Action::Remove), none(), group);
        if platform::take_lease(&fs::File::open(tree.path("victim")).unwrap())
            == platform::Lease::Unavailable
        {
            eprintln!("skipped: the file system of temporary files has no leases");
            return;
        }
        let first = ran
            .outcomes
            .iter()
            .find(|o| o.file.path.ends_with("t/one"))
            .unwrap();
        assert!(
            matches!(first.result, FileResult::Skipped(Skip::InUse)),
            "{first:?}"
        );
    }
}

#[test]
fn what_came_in_the_place_of_a_file_is_left() {
    let changes: [(&str, Change, Skip); 6] = [
        (
            "removed",
            |tree| fs::remove_file(tree.path("t/one")).unwrap(),
            Skip::Gone,
        ),
        (
            "written",
            |tree| tree.file("t/one", b"other"),
            Skip::Changed,
        ),
        (
            "replaced",
            |tree| {
                tree.file("new", &content());
                fs::rename(tree.path("new"), tree.path("t/one")).unwrap();
            },
            Skip::Changed,
        ),
        (
            "symbolic link",
            |tree| {
                fs::remove_file(tree.path("t/one")).unwrap();
                std::os::unix::fs::symlink("../victim", tree.path("t/one")).unwrap();
            },
            Skip::SymbolicLink,
        ),
        (
            "directory above it",
            |tree| {
                fs::rename(tree.path("t"), tree.path("stash/t")).unwrap();
                std::os::unix::fs::symlink("stash/t", tree.path("t")).unwrap();
            },
            Skip::SymbolicLink,
        ),
        (
            "fifo",
            |tree| {
                fs::remove_file(tree.path("t/one")).unwrap();
                fifo(&tree.path("t/one"));
            },
            Skip::NotRegular,
        ),
    ];
    for (what, change, expected) in changes {
        let tree = Tree::new();
        let group = tree.group();
        change(&tree);
        let before = tree.contents().len();
        let ran = tree.act_on(&tree.options(Action::Remove), none(), group);
        let first = ran
            .outcomes
            .iter()
            .find(|o| o.file.path.ends_with("t/one"))
            .unwrap();
        let FileResult::Skipped(skip) = first.result else {
            panic!("{what}: {first:?}");
        };
        assert_eq!(skip, expected, "{what}");
        assert!(before - tree.contents().len() <= 2, "{what}");
    }
}

#[test]
fn without_a_keeper_nothing_is_done() {
    let changes: [(Change, Skip); 3] = [
        (
            |tree| fs::remove_file(tree.path("k/keep")).unwrap(),
            Skip::KeeperChanged,
        ),
        (|tree| tree.file("k/keep", b"other"), Skip::KeeperChanged),
        (
            |tree| {
                // The times are as they were, and only the bytes differ.
                let stat = fs::metadata(tree.path("k/keep")).unwrap();
                let mut bytes = content();
                bytes[5000] ^= 1;
                tree.file("k/keep", &bytes);
                let file = OpenOptions::new()
                    .write(true)
                    .open(tree.path("k/keep"))
                    .unwrap();
                file.set_modified(stat.modified().unwrap()).unwrap();
            },
            Skip::Differs,
        ),
    ];
    for (change, expected) in changes {
        let tree = Tree::new();
        let mut group = tree.group();
        change(&tree);
        if expected == Skip::Differs {
            group[0].files[0] = tree.record(&["k/keep"], true);
        }
        let ran = tree.act_on(&tree.options(Action::Remove), none(), group);
        assert_eq!(ran.skips(), [expected, expected]);
        assert!(tree.path("t/one").exists() && tree.path("u/two").exists());
    }
    let tree = Tree::new();
    let mut group = tree.group();
    group[0].files[0].keep = false;
    let ran = tree.act_on(&tree.options(Action::Remove), none(), group);
    assert_eq!(ran.skips(), [Skip::NoKeeper; 3]);
}

#[test]
fn one_file_under_two_names_is_not_acted_on() {
    let tree = Tree::new();
    fs::hard_link(tree.path("k/keep"), tree.path("k/too")).unwrap();
    for action in actions() {
        let group = vec![Duplicates {
            files: vec![
                tree.record(&["k/keep"], true),
                tree.record(&["k/too"], false),
            ],
            ..tree.group().remove(0)
        }];
        let ran = tree.act_on(&tree.options(action), none(), group);
        assert_eq!(ran.skips(), [Skip::SameFile]);
    }
}

#[test]
fn permissions_that_differ_prevent_hard_links() {
    let tree = Tree::new();
    fs::set_permissions(tree.path("t/one"), fs::Permissions::from_mode(0o600)).unwrap();
    let mut options = tree.options(Action::HardLink);
    let mut group = tree.group();
    group[0].files.truncate(2);
    let ran = tree.act_on(&options, none(), group.clone());
    assert_eq!(ran.skips(), [Skip::MetadataDiffers]);
    options.ignore_metadata = true;
    let ran = tree.act_on(&options, none(), group);
    assert_eq!(ran.ended.unwrap().done, 1);
}

#[test]
fn a_name_outside_of_the_scan_keeps_the_space() {
    let tree = Tree::new();
    let mut group = tree.group();
    // The second name was not found.
    group[0].files[2].hard_links.clear();
    let ran = tree.act_on(&tree.options(Action::Remove), none(), group);
    let freed = |path: &str| {
        let outcome = ran.outcomes.iter().find(|o| o.file.path.ends_with(path));
        match &outcome.unwrap().result {
            FileResult::Done { freed, .. } => freed.bytes,
            other => panic!("{other:?}"),
        }
    };
    assert!(freed("t/one") >= content().len() as u64);
    assert_eq!(freed("t/two"), 0);
    assert!(tree.path("u/two").exists());
}

#[test]
fn nothing_is_replaced_at_the_destination() {
    let tree = Tree::new();
    let real = tree.dir.path().canonicalize().unwrap();
    let below = format!("to/{}/t/one", real.strip_prefix("/").unwrap().display());
    tree.file(&below, b"dear to somebody");
    let ran = tree.act(&tree.options(Action::Move { to: PathBuf::new() }), none());
    assert_eq!(ran.ended.unwrap().done, 1);
    assert_eq!(fs::read(tree.path(&below)).unwrap(), b"dear to somebody");
    assert_eq!(fs::read(tree.path("t/one")).unwrap(), content());
}

#[test]
fn files_move_to_another_file_system() {
    let tree = Tree::new();
    let other = tempfile::tempdir().unwrap();
    let device = |path: &Path| fs::metadata(path).unwrap().dev();
    if device(other.path()) == device(tree.dir.path()) {
        eprintln!("skipped: all temporary files are on one file system");
        return;
    }
    fs::set_permissions(tree.path("t/two"), fs::Permissions::from_mode(0o640)).unwrap();
    let modified = fs::metadata(tree.path("t/two"))
        .unwrap()
        .modified()
        .unwrap();
    let mut options = tree.options(Action::Remove);
    options.action = Action::Move {
        to: other.path().to_path_buf(),
    };
    let ran = tree.act(&options, none());
    assert_eq!(ran.ended.unwrap().done, 2, "{:?}", ran.outcomes);
    assert!(!tree.path("t/one").exists() && !tree.path("u/two").exists());
    let real = tree.dir.path().canonicalize().unwrap();
    let moved = other.path().join(real.strip_prefix("/").unwrap());
    let found = fs::metadata(moved.join("t/two")).unwrap();
    assert_eq!(fs::read(moved.join("t/one")).unwrap(), content());
    assert_eq!(found.mode() & 0o7777, 0o640);
    assert_eq!(found.modified().unwrap(), modified);
    assert_eq!(
        found.ino(),
        fs::metadata(moved.join("u/two")).unwrap().ino()
    );
    assert_eq!(found.nlink(), 2);
}

fn fifo(path: &Path) {
    let kind = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, path, kind, 0o666.into(), 0).unwrap();
}

/// Cases of the test of the hostile neighbour.
fn cases() -> u64 {
    let number = std::env::var("NODUPE_TEST_CASES");
    number.map_or(400, |number| number.parse().unwrap())
}

/// Somebody who does one thing between two operations of an act, and knows what
/// must be there afterwards.
struct Neighbour {
    root: PathBuf,
    /// Bytes that some file must start with.
    must_exist: Vec<Vec<u8>>,
    /// Entries that must be there, and are no regular files.
    must_stay: Vec<PathBuf>,
    did: String,
}

const DEEDS: u64 = 12;

impl Neighbour {
    /// The number of files that have the content, whatever their names.
    fn files_with_content(&self) -> usize {
        let found = contents_below(&self.root);
        let same = found.iter().filter(|(_, bytes)| **bytes == content());
        let id = |path: &Path| fs::metadata(path).unwrap().ino();
        let ids: BTreeSet<u64> = same.map(|(path, _)| id(path)).collect();
        ids.len()
    }

    fn act(&mut self, deed: u64, name: &str, operation: &str, marker: &str) {
        let path = self.root.join(name);
        let marker = format!("{marker} ").into_bytes();
        let stash = self.root.join("stash").join(name.replace('/', "-"));
        let is_there = path.symlink_metadata().is_ok_and(|found| found.is_file());
        self.did = format!("{deed} on {name} before {operation}");
        // Whoever empties or overwrites the only file of a content loses it.
        let destroys = [6, 7, 8].contains(&deed);
        if !is_there || destroys && self.files_with_content() < 2 {
            return;
        }
        let writer = || {
            let mut options = OpenOptions::new();
            options.write(true).custom_flags(libc::O_NONBLOCK);
            options.open(&path)
        };
        match deed {
            // Another file, with other bytes or the same ones.
            0 | 1 => {
                let new = self.root.join("stash/new");
                let bytes = if deed == 0 {
                    [marker.clone(), content()].concat()
                } else {
                    content()
                };
                fs::write(&new, bytes).unwrap();
                if deed == 0 {
                    self.must_exist.push(marker);
                }
                fs::rename(&path, stash).unwrap();
                fs::rename(new, path).unwrap();
            }
            2 => {
                fs::rename(&path, stash).unwrap();
                std::os::unix::fs::symlink(self.root.join("victim"), &path).unwrap();
                self.must_stay.push(path);
            }
            3 => {
                fs::rename(&path, stash).unwrap();
                fifo(&path);
                self.must_stay.push(path);
            }
            4 => fs::rename(&path, stash).unwrap(),
            5 => fs::hard_link(&path, stash).unwrap(),
            // Written to, if nobody holds a lease.
            6 => {
                if let Ok(mut file) = writer() {
                    file.write_all(&marker).unwrap();
                    self.must_exist.push(marker);
                }
            }
            // Through a mapping, which outlives its descriptor.
            7 => {
                let file = OpenOptions::new()
                    .read(true)
                    .write(true)
                    .custom_flags(libc::O_NONBLOCK)
                    .open(&path);
                if let Ok(file) = file {
                    // SAFETY: nobody makes the file shorter meanwhile.
                    #[allow(unsafe_code, reason = "mappings are what it is about")]
                    let mut map = unsafe { memmap2::MmapMut::map_mut(&file) }.unwrap();
                    drop(file);
                    map[..marker.len()].copy_from_slice(&marker);
                    self.must_exist.push(marker);
                }
            }
            // Emptied in the way that breaks no lease. Between the last look and
            // the end of the other file nobody can know of it.
            8 => {
                if operation != "unlink" {
                    let flags = rustix::fs::OFlags::TRUNC | rustix::fs::OFlags::RDONLY;
                    rustix::fs::open(&path, flags, rustix::fs::Mode::empty()).unwrap();
                }
            }
            9 => fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap(),
            // The whole directory.
            10 => {
                let dir = path.parent().unwrap();
                let to = self.root.join("stash/dir");
                fs::rename(dir, &to).unwrap();
                fs::create_dir(dir).unwrap();
                fs::write(&path, [marker.clone(), content()].concat()).unwrap();
                self.must_exist.push(marker);
            }
            // The two files change their names.
            _ => {
                let (one, other) = (self.root.join("k/keep"), self.root.join("t/one"));
                let flags = rustix::fs::RenameFlags::EXCHANGE;
                let here = rustix::fs::CWD;
                let _ = rustix::fs::renameat_with(here, one, here, other, flags);
            }
        }
    }
}

#[test]
fn a_hostile_neighbour_loses_nothing() {
    if !platform::HAS_EXCHANGE {
        eprintln!("skipped: the system cannot exchange two names");
        return;
    }
    let steps: Vec<usize> = actions()
        .into_iter()
        .map(|action| {
            let tree = Tree::new();
            tree.act(&tree.options(action), none()).steps
        })
        .collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    for case in 0..cases() {
        let tree = Tree::new();
        let action = random(steps.len() as u64) as usize;
        let options = tree.options(actions()[action].clone());
        let at = random(steps[action] as u64) as usize;
        let deed = random(DEEDS);
        let name = ["k/keep", "t/one", "t/two", "u/two"][random(4) as usize];
        let neighbour = Rc::new(RefCell::new(Neighbour {
            root: tree.dir.path().to_path_buf(),
            must_exist: Vec::new(),
            must_stay: Vec::new(),
            did: String::new(),
        }));
        let acting = Rc::clone(&neighbour);
        let steps = Steps::with_neighbour(move |step, operation| {
            if step == at {
                let marker = format!("marker {case}");
                acting.borrow_mut().act(deed, name, operation, &marker);
            }
        });
        let ran = tree.act(&options, steps);
        let neighbour = neighbour.borrow();
        let what = format!(
            "case {case}: {:?} at {at}: {}: {:?}",
            options.action, neighbour.did, ran.outcomes
        );
        let found = tree.contents();
        let exists = |bytes: &[u8]| found.values().any(|found| found.starts_with(bytes));
        assert!(found.values().any(|found| *found == content()), "{what}");
        assert!(exists(b"somebody else's"), "{what}");
        for marker in &neighbour.must_exist {
            assert!(exists(marker), "{what}");
        }
        for path in &neighbour.must_stay {
            let kind = path.symlink_metadata().unwrap_or_else(|_| panic!("{what}"));
            assert!(!kind.is_file(), "{what}");
        }
        for outcome in &ran.outcomes {
            let result = match &outcome.result {
                FileResult::Done { .. } => "done",
                FileResult::Skipped(skip) => skip.name(),
                FileResult::Failed(_) => "failed",
            };
            *outcomes.entry(result.to_owned()).or_default() += 1;
        }
    }
    eprintln!("{outcomes:?}");
    assert!(outcomes.len() > 3, "{outcomes:?}");
}
