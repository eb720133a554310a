//! An undo takes back everything that an act does.

use std::fs;

use super::crash_tests::actions;
use super::journal::{Journal, RunId, State};
use super::recover::recover_acts;
use super::undo::Undone;
use super::undo::testing::{World, a_run, assert_same, now, open, undo, write};
use super::{Action, ActionOptions, Duplicates, FileResult, Run};
use crate::config::HashAlgorithm;
use crate::hash::Hasher;
use crate::platform::{ContentOps, Setting, SystemFiles, stat_file};
use crate::types::{CancelToken, FileRecord};

const CONTENT: &[u8] = b"the same bytes in all of them";

fn world() -> World {
    let world = World::new(None);
    for name in ["k/keep", "t/one", "t/two"] {
        write(&world.path(name), CONTENT);
    }
    fs::create_dir(world.path("u")).unwrap();
    fs::create_dir(world.path("to")).unwrap();
    fs::hard_link(world.path("t/two"), world.path("u/two")).unwrap();
    let file = fs::File::options().write(true).open(world.path("t/two"));
    let file = file.unwrap();
    SystemFiles.set(&file, Setting::Mode(0o751)).unwrap();
    world
}

fn record(world: &World, names: &[&str], keep: bool) -> FileRecord {
    let stat = stat_file(&open(&world.path(names[0]))).unwrap();
    let mut record = FileRecord::new(world.path(names[0]), stat.id);
    record.size = stat.size;
    record.modified = stat.modified;
    record.changed = stat.changed;
    record.links = stat.links as u32;
    record.hard_links = names[1..].iter().map(|name| world.path(name)).collect();
    record.keep = keep;
    record
}

/// Acts on all redundant files, and returns the run.
fn act(world: &World, journal: &Journal, action: Action) -> RunId {
    let action = match action {
        Action::Move { .. } => Action::Move {
            to: world.path("to"),
        },
        action => action,
    };
    let mut options = ActionOptions::new(action);
    options.roots = vec![world.root.clone()];
    options.ignore_metadata = true;
    let mut hasher = Hasher::new(HashAlgorithm::Blake3);
    hasher.update(CONTENT);
    let group = Duplicates {
        digest: hasher.finish(),
        algorithm: HashAlgorithm::Blake3,
        files: vec![
            record(world, &["k/keep"], true),
            record(world, &["t/one"], false),
            record(world, &["t/two", "u/two"], false),
        ],
    };
    let run = journal.begin_run(&a_run(None)).unwrap();
    let mut report = |outcome: super::Outcome| {
        let is_done = matches!(outcome.result, FileResult::Done { .. });
        assert!(is_done, "{outcome:?}");
    };
    let cancel = CancelToken::default();
    let mut intents = (journal, run);
    let mut acting = Run::new(&SystemFiles, &options, &mut intents, &cancel, &mut report).unwrap();
    assert_eq!(acting.run([group]).unwrap().done, 2);
    run
}

/// The tree without what a move made for its files.
fn tree(world: &World) -> super::undo::testing::Tree {
    let mut tree = world.now_tree();
    tree.retain(|path, _| !path.starts_with(world.path("to")));
    tree
}

#[test]
fn every_act_is_taken_back() {
    for action in actions() {
        let world = world();
        let before = tree(&world);
        let run = act(&world, &world.journal, action.clone());
        assert_ne!(tree(&world), before, "{action:?}");
        let (summary, files) = undo(&SystemFiles, &world.journal, run, false).unwrap();
        assert_eq!((summary.restored, summary.refused), (2, 0), "{files:?}");
        for (path, file) in files {
            let whole = matches!(&file, Undone::Restored { unrestored, missing }
                if unrestored.is_empty() && missing.is_empty());
            assert!(whole, "{action:?} {path:?} {file:?}");
        }
        assert_same(&tree(&world), &before, &format!("{action:?}"));
    }
}

/// Both kinds of recovery meet the entries of the other one, and leave them.
#[test]
fn recovering_acts_leaves_interrupted_undos_alone() {
    let world = world();
    let journal = &world.journal;
    let run = act(&world, journal, Action::Remove);
    let mut intent = journal.entries(run, 0, 1).unwrap().remove(0);
    intent.entry.operation = super::journal::Operation::Undo(intent.id);
    let undo_run = journal.begin_run(&a_run(Some(run))).unwrap();
    let ids = journal.intend(undo_run, &[intent.entry]).unwrap();
    let pending = journal.pending().unwrap();
    let settled = recover_acts(&SystemFiles, &pending, &mut (journal, undo_run)).unwrap();
    assert!(settled.is_empty(), "{settled:?}");
    assert_eq!(journal.pending().unwrap(), pending);
    // One of an act that is done beside it: both are settled by one call.
    let mut act = journal.entries(run, 0, 1).unwrap().remove(0).entry;
    act.operation = super::journal::Operation::Remove;
    let other = journal.begin_run(&a_run(None)).unwrap();
    journal.intend(other, &[act]).unwrap();
    let mut settled = Vec::new();
    super::recover(&SystemFiles, journal, now(), &mut |_, how| {
        settled.push(how);
    })
    .unwrap();
    use super::{Leftover, Recovery, undo};
    assert!(
        matches!(
            settled[..],
            [
                Leftover::Act(Recovery::Complete),
                Leftover::Undo(undo::Recovery::TakenAway)
            ]
        ),
        "{settled:?}"
    );
    assert!(journal.pending().unwrap().is_empty());
    let entry = journal.entries(undo_run, ids[0].number, 1).unwrap();
    assert_eq!(entry[0].state, State::NotDone);
}
