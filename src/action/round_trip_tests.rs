//! An undo takes back everything that an act does.

use std::fs;
use std::path::Path;

use super::crash_tests::actions;
use super::journal::{Journal, RunId, State};
use super::recover::recover_acts;
use super::undo::testing::{
    Fault, Faulty, Node, Tree, World, a_run, assert_same, now, open, undo, until_crash, write,
};
use super::undo::{Recovery as UndoRecovery, Undone, recover as recover_undo};
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
        Action::Trash { .. } => Action::Trash {
            home: Some(world.path("to")),
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
fn tree(world: &World) -> Tree {
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
        // Not even in the trash.
        let to = world.path("to");
        let left = world
            .now_tree()
            .into_iter()
            .find(|(path, node)| path.starts_with(&to) && !matches!(node, Node::Dir));
        assert!(left.is_none(), "{action:?} {left:?}");
    }
}

/// A file whose trash was emptied is made again; one that is there comes back
/// itself, wherever the machine stops.
#[test]
fn a_file_comes_back_from_the_trash_wherever_the_machine_stops() {
    let mut points = 0;
    for is_emptied in [false, true] {
        for at in 0.. {
            let world = world();
            let before = tree(&world);
            let own = stat_file(&open(&world.path("t/two"))).unwrap().id;
            let run = act(&world, &world.journal, Action::Trash { home: None });
            if is_emptied {
                fs::remove_dir_all(world.path("to")).unwrap();
                fs::create_dir(world.path("to")).unwrap();
            }
            let ops = Faulty::new(Some((at, Fault::Crash)));
            let ended = until_crash(|| undo(&ops, &world.journal, run, false).unwrap());
            let what = format!("emptied: {is_emptied}, crash {at}");
            recover_undo(&SystemFiles, &world.journal, now(), &mut |path, how| {
                let clear = !matches!(how, UndoRecovery::Unclear(_));
                assert!(clear, "{what}: {path:?} {how:?}");
            })
            .unwrap();
            // What is left.
            let _ = undo(&SystemFiles, &world.journal, run, false);
            let found = tree(&world);
            let names = |tree: &Tree| tree.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(&found), names(&before), "{what}");
            let two = stat_file(&open(&world.path("t/two"))).unwrap();
            assert_eq!(two.id == own, !is_emptied, "{what}");
            assert_eq!(two.links, 2, "{what}");
            let to = world.path("to");
            let left = world
                .now_tree()
                .into_iter()
                .find(|(path, node)| path.starts_with(&to) && !matches!(node, Node::Dir));
            // A record without a file is shown by no desktop.
            let is_record = |path: &Path| path.extension().is_some_and(|e| e == "trashinfo");
            assert!(left.is_none_or(|(path, _)| is_record(&path)), "{what}");
            if ended.is_some() {
                break;
            }
            points += 1;
        }
    }
    assert!(points > 10, "{points}");
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
