//! Directories that a run empties or makes, and the way back.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;

use super::journal::{Journal, RunId};
use super::undo::testing::{Fault, Faulty, World, a_run, now, open, undo, until_crash, write};
use super::{Action, ActionOptions, Duplicates, Run, recover};
use crate::config::HashAlgorithm;
use crate::hash::Hasher;
use crate::platform::{ContentOps, SystemFiles, stat_file};
use crate::types::{CancelToken, FileRecord};

const CONTENT: &[u8] = b"the same bytes in all of them";

/// Files whose directories become empty, and files whose do not.
const TARGETS: [&str; 4] = ["t/sub/deep/one", "t/sub/two", "s/one", "u/one"];

fn world() -> World {
    let world = World::new(None);
    for name in TARGETS.iter().chain(&["k/keep"]) {
        write(&world.path(name), CONTENT);
    }
    write(&world.path("s/other"), b"something else");
    for dir in ["t/empty", "to"] {
        fs::create_dir(world.path(dir)).unwrap();
    }
    // The deepest ones first: a change of one moves the time of that above.
    for (dir, mode) in [("t/sub/deep", 0o750), ("t/sub", 0o711)] {
        let dir = fs::File::open(world.path(dir)).unwrap();
        dir.set_permissions(fs::Permissions::from_mode(mode))
            .unwrap();
        dir.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    }
    world
}

/// Files by their content, directories by their mode and time where `exact`.
fn tree(world: &World, exact: bool) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for (path, _) in world.now_tree() {
        let meta = fs::symlink_metadata(&path).unwrap();
        let below = path.strip_prefix(&world.root).unwrap().to_path_buf();
        let is_again = below.starts_with("t/sub");
        let text = match meta.is_dir() {
            true if exact && is_again => format!("{:o} {}", meta.mode(), meta.mtime()),
            true => "directory".to_owned(),
            false => String::from_utf8(fs::read(&path).unwrap()).unwrap(),
        };
        found.insert(below, text);
    }
    found
}

fn act<F: ContentOps>(ops: &F, world: &World, journal: &Journal, action: Action) -> RunId {
    let record = |name: &str| {
        let stat = stat_file(&open(&world.path(name))).unwrap();
        let mut record = FileRecord::new(world.path(name), stat.id);
        record.size = stat.size;
        record.modified = stat.modified;
        record.changed = stat.changed;
        record.links = 1;
        record.keep = name == "k/keep";
        record
    };
    let mut options = ActionOptions::new(action);
    options.roots = ["k", "t", "s", "u"].map(|root| world.path(root)).to_vec();
    options.prune_empty_dirs = true;
    let mut hasher = Hasher::new(HashAlgorithm::Blake3);
    hasher.update(CONTENT);
    let group = Duplicates {
        digest: hasher.finish(),
        algorithm: HashAlgorithm::Blake3,
        files: TARGETS
            .iter()
            .chain(&["k/keep"])
            .map(|name| record(name))
            .collect(),
    };
    let run = journal.begin_run(&a_run(None)).unwrap();
    let mut report = |_| {};
    let cancel = CancelToken::default();
    let mut intents = (journal, run);
    let acting = Run::new(ops, &options, &mut intents, &cancel, &mut report).unwrap();
    // One file in a batch, so that directories are emptied in several.
    let totals = acting.with_batches_of(1).run([group]).unwrap();
    assert_eq!((totals.done, totals.directories), (4, 2));
    run
}

fn actions(world: &World) -> [Action; 2] {
    let to = world.path("to");
    [Action::Remove, Action::Move { to }]
}

fn recover_all(world: &World) {
    recover(&SystemFiles, &world.journal, now(), &mut |_, _| {}).unwrap();
}

#[test]
fn directories_that_a_run_empties_go_and_come_back() {
    for at in 0..2 {
        let world = world();
        let before = tree(&world, true);
        let action = actions(&world)[at].clone();
        let run = act(&SystemFiles, &world, &world.journal, action);
        let after = tree(&world, true);
        let there = |below: &str| after.contains_key(&PathBuf::from(below));
        assert!(!there("t/sub"), "{after:?}");
        // Empty before, not empty, and given.
        assert!(there("t/empty") && there("s/other") && there("u") && there("t"));
        undo(&SystemFiles, &world.journal, run, false).unwrap();
        // Without the directories that the move made.
        assert_eq!(tree(&world, true), before);
    }
}

#[test]
fn nothing_is_lost_wherever_the_machine_stops_while_directories_go() {
    let mut points = 0;
    for at in 0..2 {
        for stop in 0.. {
            let world = world();
            let before = tree(&world, true);
            let action = actions(&world)[at].clone();
            let ops = Faulty::new(Some((stop, Fault::Crash)));
            let ended = until_crash(|| act(&ops, &world, &world.journal, action));
            recover_all(&world);
            // Nothing may have been done.
            let _ = undo(&SystemFiles, &world.journal, RunId(1), false);
            let what = format!("action {at} stopped at {stop}");
            let (found, expected) = (tree(&world, false), tree_of(&before));
            let missing = expected
                .iter()
                .find(|(path, text)| found.get(*path) != Some(text));
            assert_eq!(missing, None, "{what}");
            if ended.is_some() {
                break;
            }
            points += 1;
        }
    }
    assert!(points > 20, "{points}");
}

#[test]
fn nothing_is_lost_wherever_the_machine_stops_on_the_way_back() {
    let mut points = 0;
    for at in 0..2 {
        for stop in 0.. {
            let world = world();
            let before = tree(&world, false);
            let action = actions(&world)[at].clone();
            let run = act(&SystemFiles, &world, &world.journal, action);
            let ops = Faulty::new(Some((stop, Fault::Crash)));
            let ended = until_crash(|| undo(&ops, &world.journal, run, false).unwrap());
            recover_all(&world);
            // It may be complete.
            let _ = undo(&SystemFiles, &world.journal, run, false);
            assert_eq!(tree(&world, false), before, "action {at} stopped at {stop}");
            if ended.is_some() {
                break;
            }
            points += 1;
        }
    }
    assert!(points > 20, "{points}");
}

/// The same without modes and times of directories.
fn tree_of(exact: &BTreeMap<PathBuf, String>) -> BTreeMap<PathBuf, String> {
    let plain = |(path, text): (&PathBuf, &String)| {
        let is_dir = ["t/sub", "t/sub/deep"]
            .iter()
            .any(|dir| path.as_path() == std::path::Path::new(dir));
        let text = if is_dir { "directory" } else { text };
        (path.clone(), text.to_owned())
    };
    exact.iter().map(plain).collect()
}
