//! The power fails right after anything was made durable: the image of the file
//! system is copied there, mounted, and recovered.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use super::crash_tests::{KEPT, OTHER, digest};
use super::disk_tests::{ALL, on_disks};
use super::fault_tests::{Faulty, Steps};
use super::journal::{
    DirectoryRecord, Entry, EntryId, Holder, Journal, JournalError, RunId, State, StateChange,
};
use super::undo::testing::{a_run, now, open, undo};
use super::{Action, ActionOptions, Duplicates, Intents, Run, recover};
use crate::config::HashAlgorithm;
use crate::platform::{SystemFiles, stat_file};
use crate::types::{CancelToken, FileRecord};

/// Copies of the image, with the operation after which they were made.
struct Images {
    image: PathBuf,
    copies: Vec<(PathBuf, String)>,
    last: &'static str,
}

impl Images {
    fn copy(&mut self, after: String) {
        let to = self.image.with_extension(self.copies.len().to_string());
        let mut command = Command::new("cp");
        command.args(["--sparse=always", "--"]).arg(&self.image);
        assert!(command.arg(&to).status().unwrap().success());
        self.copies.push((to, after));
    }

    /// Told of each operation before it.
    fn before(&mut self, operation: &'static str) {
        let last = std::mem::replace(&mut self.last, operation);
        let is_durable = ["sync_file", "sync_dir", "start_sync", "sync_all"].contains(&last);
        // Ordinarily what was made durable is the question.
        if is_durable || std::env::var_os("NODUPE_TEST_CASES").is_some() && last != operation {
            self.copy(format!("{last}, before {operation}"));
        }
    }
}

/// A journal after whose commits the image is copied.
struct Copied<'a> {
    journal: (&'a Journal, RunId),
    images: Rc<RefCell<Images>>,
}

impl Intents for Copied<'_> {
    fn advance(
        &mut self,
        results: &[StateChange],
        intents: &[Entry],
    ) -> Result<Vec<EntryId>, JournalError> {
        let ids = self.journal.advance(results, intents)?;
        let mut images = self.images.borrow_mut();
        images.copy("results and intents".to_owned());
        Ok(ids)
    }

    fn intend_directories(&mut self, records: &[DirectoryRecord]) -> Result<(), JournalError> {
        self.journal.intend_directories(records)?;
        self.images.borrow_mut().copy("the directories".to_owned());
        Ok(())
    }
}

fn journal(disk: &Path) -> Journal {
    let holder = Holder {
        pid: std::process::id(),
        started: now(),
        command: Vec::new(),
    };
    Journal::open(&disk.join("journal"), &holder).unwrap()
}

fn files_below(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![root.to_path_buf()];
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let kind = path.symlink_metadata().unwrap().file_type();
            let below = path.strip_prefix(root).unwrap().to_str().unwrap();
            if kind.is_dir() {
                waiting.push(path);
            } else if !below.starts_with("journal") {
                // A link whose file is not there has no content.
                let bytes = fs::read(&path).unwrap_or_default();
                found.insert(below.to_owned(), bytes);
            }
        }
    }
    found
}

const TARGETS: [&[&str]; 3] = [&["t/one"], &["t/two", "u/two"], &["u/x"]];

/// Files that are on the disk, and kept ones that were written a moment ago.
fn write_tree(disk: &Path) {
    for dir in ["k", "m", "t", "u", "to"] {
        let dir = disk.join(dir);
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir(dir).unwrap();
    }
    for (name, content) in [("t/one", KEPT), ("t/two", KEPT), ("u/x", OTHER)] {
        fs::write(disk.join(name), content).unwrap();
    }
    fs::hard_link(disk.join("t/two"), disk.join("u/two")).unwrap();
    assert!(
        Command::new("sync")
            .arg("-f")
            .arg(disk)
            .status()
            .unwrap()
            .success()
    );
    fs::write(disk.join("k/keep"), KEPT).unwrap();
    fs::write(disk.join("m/keep"), OTHER).unwrap();
}

fn groups(disk: &Path) -> Vec<Duplicates> {
    let record = |names: &[&str], keep| {
        let stat = stat_file(&open(&disk.join(names[0]))).unwrap();
        let mut record = FileRecord::new(disk.join(names[0]), stat.id);
        record.size = stat.size;
        record.modified = stat.modified;
        record.changed = stat.changed;
        record.links = stat.links as u32;
        record.hard_links = names[1..].iter().map(|name| disk.join(name)).collect();
        record.keep = keep;
        record
    };
    let group = |content, keeper, targets: &[&[&str]]| Duplicates {
        digest: digest(content),
        algorithm: HashAlgorithm::Blake3,
        files: std::iter::once(record(&[keeper], true))
            .chain(targets.iter().map(|names| record(names, false)))
            .collect(),
    };
    vec![
        group(KEPT, "k/keep", &TARGETS[..2]),
        group(OTHER, "m/keep", &TARGETS[2..]),
    ]
}

/// Acts, and returns the copies of the image.
fn act(disk: &Path, action: &Action) -> Vec<(PathBuf, String)> {
    let _ = fs::remove_file(disk.join("journal"));
    let journal = journal(disk);
    write_tree(disk);
    let mut options = ActionOptions::new(action.clone());
    options.ignore_metadata = true;
    options.prune_empty_dirs = true;
    options.roots = vec![disk.to_path_buf()];
    let images = Rc::new(RefCell::new(Images {
        image: disk.with_file_name("image"),
        copies: Vec::new(),
        last: "",
    }));
    let watching = Rc::clone(&images);
    let steps = Steps::with_neighbour(move |_, operation| watching.borrow_mut().before(operation));
    let ops = Faulty {
        inner: &SystemFiles,
        steps,
    };
    let run = journal.begin_run(&a_run(None)).unwrap();
    let mut intents = Copied {
        journal: (&journal, run),
        images: Rc::clone(&images),
    };
    let cancel = CancelToken::default();
    let mut report = |_| {};
    let acting = Run::new(&ops, &options, &mut intents, &cancel, &mut report).unwrap();
    let done = acting.with_batches_of(2).run(groups(disk)).unwrap().done;
    assert_eq!(done, 3, "{action:?}");
    std::mem::take(&mut images.borrow_mut().copies)
}

fn mount(image: &Path, disk: &Path, kind: &str) {
    // The same file system was mounted before.
    let options = match kind {
        "xfs" => "loop,nouuid",
        _ => "loop",
    };
    let mut command = Command::new("mount");
    let output = command.args(["-o", options]).arg(image).arg(disk).output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", image.display());
}

fn unmount(disk: &Path) {
    assert!(Command::new("umount").arg(disk).status().unwrap().success());
}

/// Asserts that nothing is lost on a file system that the power left so.
fn check(disk: &Path, what: &str) {
    let journal = journal(disk);
    recover(&SystemFiles, &journal, now(), &mut |_, _| {}).unwrap();
    assert!(journal.pending().unwrap().is_empty(), "{what}");
    let found = files_below(disk);
    for content in [KEPT, OTHER] {
        assert!(
            found.values().any(|bytes| bytes == content),
            "{what}: {found:?}"
        );
    }
    let temporary = found.keys().find(|path| path.contains(".nodupe-"));
    assert_eq!(temporary, None, "{what}");
    let known: Vec<String> = journal
        .entries(RunId(1), 0, 100)
        .unwrap_or_default()
        .iter()
        .filter(|recorded| recorded.state == State::Done)
        .flat_map(|recorded| &recorded.entry.names)
        .map(|name| {
            let below = name.path.path().strip_prefix(disk).unwrap();
            below.to_str().unwrap().to_owned()
        })
        .collect();
    for name in TARGETS.into_iter().flatten() {
        let is_there = found.contains_key(*name);
        assert!(
            is_there || known.contains(&(*name).to_owned()),
            "{what}: {name}"
        );
    }
    if known.is_empty() {
        return;
    }
    undo(&SystemFiles, &journal, RunId(1), false).unwrap();
    let found = files_below(disk);
    for name in TARGETS.into_iter().flatten() {
        let content = if *name == "u/x" { OTHER } else { KEPT };
        assert_eq!(
            found.get(*name).map(Vec::as_slice),
            Some(content),
            "{what}: {name}"
        );
    }
}

#[test]
fn nothing_is_lost_whenever_the_power_fails() {
    let test = "action::image_tests::nothing_is_lost_whenever_the_power_fails";
    on_disks(test, &ALL, |disk, kind| {
        let actions = [
            Action::Remove,
            Action::HardLink,
            Action::SymbolicLink,
            Action::Move {
                to: disk.join("to"),
            },
            Action::Trash { home: None },
        ];
        let mut points = 0;
        for action in actions {
            let copies = act(disk, &action);
            unmount(disk);
            for (image, after) in &copies {
                mount(image, disk, kind);
                check(disk, &format!("{kind} {action:?} after {after}"));
                unmount(disk);
                fs::remove_file(image).unwrap();
            }
            points += copies.len();
            mount(&disk.with_file_name("image"), disk, kind);
        }
        eprintln!("{kind}: {points} images");
        assert!(points > 40, "{points}");
    });
}
