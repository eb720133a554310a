//! Runs are taken back, with a fault at every operation, and after changes in
//! between.

use std::fs;
use std::io;
use std::path::Path;

use super::testing::*;
use super::*;
use crate::action::history::{TakeBack, history};
use crate::platform::SystemFiles;

#[test]
fn a_run_is_taken_back_as_it_was() {
    for needs_names in [false, true] {
        let world = World::with_every_act(None);
        let journal = &world.journal;
        let mut ops = Faulty::new(None);
        ops.needs_names = needs_names;
        let plan = plan(&ops, journal, world.run).unwrap();
        assert_eq!((plan.files, plan.shared, plan.problem_count), (6, 1, 0));
        assert_eq!(plan.bytes, 5 * 2_000);
        assert_eq!(latest(journal).unwrap(), world.run);
        let (summary, files) = undo(&ops, journal, world.run, false).unwrap();
        assert_eq!((summary.restored, summary.nothing_to_do), (6, 1));
        assert_eq!((summary.refused, summary.unsettled), (0, 0));
        for (path, file) in &files {
            if let Undone::Restored {
                unrestored,
                missing,
            } = file
            {
                assert!(unrestored.is_empty(), "{path:?}: {unrestored:?}");
                assert!(missing.is_empty(), "{path:?}: {missing:?}");
            }
        }
        assert_same(&world.now_tree(), &world.before, "undone");
        // Nothing is taken back twice, and no undo is.
        let again = plan_error(journal, world.run);
        let UndoError::AlreadyUndone { by, .. } = again else {
            panic!("{again}");
        };
        assert_eq!(Some(by), summary.run);
        let undone = plan_error(journal, by);
        assert!(matches!(undone, UndoError::IsUndo { .. }), "{undone}");
        assert!(matches!(latest(journal), Err(UndoError::NoRun)));
        let past: Vec<_> = history(journal).unwrap();
        let states: Vec<_> = past.iter().map(|past| past.take_back).collect();
        assert_eq!(
            states,
            [TakeBack::AlreadyUndone, TakeBack::IsUndo(world.run)]
        );
        let unknown = plan_error(journal, RunId(9));
        assert!(matches!(unknown, UndoError::Journal(_)), "{unknown}");
    }
}

fn plan_error(journal: &Journal, run: RunId) -> UndoError {
    plan(&SystemFiles, journal, run).unwrap_err()
}

/// Every name is as before the run or as after it, and all content is there.
fn assert_nothing_lost(world: &World, what: &str) {
    let tree = world.now_tree();
    for (path, node) in &world.after {
        // Names that were there are never missing, and keep the content.
        let Some(found) = tree.get(path) else {
            // Only a moved file leaves its place.
            assert!(path.ends_with("to/moved"), "{what}: {path:?} is missing");
            continue;
        };
        if let (Node::File(content, ..), Node::File(found, ..)) = (node, found) {
            assert_eq!(found, content, "{what}: {path:?}");
        }
    }
}

fn temporary_names(tree: &Tree) -> Vec<&Path> {
    let paths = tree.keys().map(PathBuf::as_path);
    let is_temporary = |path: &&Path| {
        let name = path.file_name().unwrap();
        name.to_string_lossy().starts_with(".nodupe-")
    };
    paths.filter(is_temporary).collect()
}

/// Recovers, takes back what is left, and compares with the tree before the run.
fn finish(world: &World, what: &str) {
    let journal = &world.journal;
    recover(&SystemFiles, journal, now(), &mut |path, recovery| {
        let clear = !matches!(recovery, Recovery::Unclear(_));
        assert!(clear, "{what}: {path:?} {recovery:?}");
    })
    .unwrap();
    assert!(journal.pending().unwrap().is_empty(), "{what}");
    let tree = world.now_tree();
    assert!(
        temporary_names(&tree).is_empty(),
        "{what}: {:?}",
        temporary_names(&tree)
    );
    match undo(&SystemFiles, journal, world.run, false) {
        Ok((summary, _)) => assert_eq!(summary.refused, 0, "{what}"),
        Err(error) => assert!(
            matches!(error, UndoError::AlreadyUndone { .. }),
            "{what}: {error}"
        ),
    }
    assert_same(&world.now_tree(), &world.before, what);
}

#[test]
fn a_crash_at_any_operation_of_an_undo_loses_nothing() {
    let mut points = 0;
    for needs_names in [false, true] {
        for at in 0.. {
            let world = World::with_every_act(None);
            let mut ops = Faulty::new(Some((at, Fault::Crash)));
            ops.needs_names = needs_names;
            let run = || undo(&ops, &world.journal, world.run, false).unwrap();
            let ended = until_crash(run);
            let last = ops.trace.borrow().last().copied();
            let what = format!("crash {at} at {last:?}, names: {needs_names}");
            assert_nothing_lost(&world, &what);
            finish(&world, &what);
            if ended.is_some() {
                break;
            }
            points += 1;
        }
    }
    eprintln!("{points} crash points");
    assert!(points > 80, "{points}");
}

#[test]
fn a_crash_at_any_operation_of_a_recovery_loses_nothing() {
    let mut points = 0;
    // Files that need names leave more behind.
    let crash = |at| {
        let mut ops = Faulty::new(Some((at, Fault::Crash)));
        ops.needs_names = true;
        ops
    };
    for first in 0.. {
        let mut has_ended = false;
        for second in 0.. {
            let world = World::with_every_act(None);
            let run = || undo(&crash(first), &world.journal, world.run, false).unwrap();
            has_ended = until_crash(run).is_some();
            let recovered = until_crash(|| {
                recover(&crash(second), &world.journal, now(), &mut |_, _| {}).unwrap();
            });
            let what = format!("crash {first}, then {second}");
            assert_nothing_lost(&world, &what);
            finish(&world, &what);
            if recovered.is_some() {
                break;
            }
            points += 1;
        }
        if has_ended {
            break;
        }
    }
    eprintln!("{points} crash points");
    assert!(points > 30, "{points}");
}

#[test]
fn an_error_at_any_operation_of_an_undo_loses_nothing() {
    use io::ErrorKind::{Other, StorageFull};
    for (needs_names, kind) in [(false, Other), (true, StorageFull)] {
        {
            for at in 0.. {
                let world = World::with_every_act(None);
                let mut ops = Faulty::new(Some((at, Fault::Fails(kind))));
                ops.needs_names = needs_names;
                let journal = &world.journal;
                let result = undo(&ops, journal, world.run, true);
                let last = ops.trace.borrow().get(at).copied();
                let what = format!("{kind:?} at {at} {last:?}, names: {needs_names}");
                let count = ops.count();
                assert_nothing_lost(&world, &what);
                if let Ok((summary, files)) = result {
                    let refused = files
                        .iter()
                        .filter(|(_, undone)| matches!(undone, Undone::Refused(_)));
                    assert_eq!(summary.refused, refused.count() as u64);
                    if files.iter().any(|(_, undone)| lacks_something(undone)) {
                        // It was said, and is not to be had any more.
                        continue;
                    }
                }
                finish(&world, &what);
                if at >= count {
                    break;
                }
            }
        }
    }
}

fn lacks_something(undone: &Undone) -> bool {
    match undone {
        Undone::Restored {
            unrestored,
            missing,
        } => !unrestored.is_empty() || !missing.is_empty(),
        Undone::NothingToDo | Undone::Refused(_) => false,
    }
}

/// The reasons of a plan by the end of the path.
fn problems(world: &World) -> Vec<(String, String)> {
    let plan = plan(&SystemFiles, &world.journal, world.run).unwrap();
    let relative = |problem: &Problem| {
        let path = problem.path.strip_prefix(&world.root).unwrap();
        let reason = format!("{:?}", problem.reason);
        (path.to_str().unwrap().to_owned(), reason)
    };
    plan.problems.iter().map(relative).collect()
}

#[test]
fn what_cannot_be_taken_back_is_said_before_anything_is_done() {
    type Row = (
        &'static str,
        fn(&World),
        &'static [(&'static str, &'static str)],
    );
    let rows: [Row; 9] = [
        (
            "a name is taken",
            |world| write(&world.path("a/removed2"), b"new"),
            &[("a/removed2", "NameTaken")],
        ),
        (
            "a directory is gone",
            |world| fs::remove_dir_all(world.path("e")).unwrap(),
            &[("e/trashed", "NoDirectory")],
        ),
        (
            "a directory became a symbolic link",
            |world| {
                fs::rename(world.path("e"), world.path("elsewhere")).unwrap();
                crate::platform::testing::symlink("elsewhere", &world.path("e")).unwrap();
            },
            &[("e/trashed", "Redirected")],
        ),
        (
            "a link was replaced",
            |world| {
                fs::remove_file(world.path("b/other")).unwrap();
                write(&world.path("b/other"), b"new");
            },
            &[("b/other", "Changed")],
        ),
        (
            "a link was removed",
            |world| fs::remove_file(world.path("b/other")).unwrap(),
            &[("b/other", "Changed")],
        ),
        (
            "a symbolic link was changed",
            |world| {
                fs::remove_file(world.path("c/symbolic")).unwrap();
                crate::platform::testing::symlink("x", &world.path("c/symbolic")).unwrap();
            },
            &[("c/symbolic", "Changed")],
        ),
        (
            "a moved file was changed",
            |world| write(&world.path("to/moved"), b"new"),
            &[("d/moved", "Moved")],
        ),
        (
            "a moved file is gone",
            |world| fs::remove_file(world.path("to/moved")).unwrap(),
            &[("d/moved", "Moved")],
        ),
        (
            "nothing with the content is left",
            |world| {
                // Of all names of the kept file, and of the moved one.
                write(&world.path("k/keep"), b"new");
                fs::remove_file(world.path("to/moved")).unwrap();
                fs::remove_file(world.path("d/shared")).unwrap();
            },
            &[
                ("a/removed", "NoSource"),
                ("b/linked", "NoSource"),
                ("b/other", "NoSource"),
                ("c/symbolic", "NoSource"),
                ("d/moved", "Moved"),
                ("e/trashed", "NoSource"),
            ],
        ),
    ];
    for (what, change, expected) in rows {
        let world = World::with_every_act(None);
        change(&world);
        let found = problems(&world);
        let found: Vec<_> = found
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        assert_eq!(found, expected, "{what}");
        let before = world.now_tree();
        let journal = &world.journal;
        let refused = undo(&SystemFiles, journal, world.run, false).unwrap_err();
        assert!(
            matches!(refused, UndoError::Problems { .. }),
            "{what}: {refused}"
        );
        assert_same(&world.now_tree(), &before, what);
        // The rest is taken back on request, and the others stay to be tried.
        let (summary, _) = undo(&SystemFiles, journal, world.run, true).unwrap();
        assert_eq!(summary.refused, expected.len() as u64, "{what}");
        assert_eq!(summary.restored, 6 - expected.len() as u64, "{what}");
        assert_eq!(
            journal.counts(world.run).unwrap().done,
            expected.len() as u64,
            "{what}"
        );
    }
}

#[test]
fn another_file_of_the_content_takes_the_place_of_the_keeper() {
    let rows: [fn(&World); 3] = [
        |world| fs::remove_file(world.path("k/keep")).unwrap(),
        // As long and as old as it was.
        |world| {
            fs::remove_file(world.path("k/keep")).unwrap();
            write(&world.path("k/keep"), &[7; 2_000]);
        },
        |world| {
            fs::remove_file(world.path("k/keep")).unwrap();
            crate::platform::testing::symlink("../d/shared", &world.path("k/keep")).unwrap();
        },
    ];
    for (at, change) in rows.into_iter().enumerate() {
        let world = World::with_every_act(None);
        change(&world);
        let journal = &world.journal;
        let (summary, files) = undo(&SystemFiles, journal, world.run, false).unwrap();
        assert_eq!(summary.refused, 0, "{at}: {files:?}");
        let tree = world.now_tree();
        for (path, node) in &world.before {
            if !path.ends_with("k/keep") {
                let Node::File(content, ..) = node else {
                    continue;
                };
                let Some(Node::File(found, ..)) = tree.get(path) else {
                    panic!("{at}: {path:?}");
                };
                assert_eq!(found, content, "{at}: {path:?}");
            }
        }
    }
}

#[test]
fn a_cancelled_undo_can_be_continued() {
    let world = World::with_every_act(None);
    let plan = plan(&SystemFiles, &world.journal, world.run).unwrap();
    let cancel = crate::types::CancelToken::default();
    cancel.cancel();
    let conditions = Conditions {
        despite_problems: false,
        now: &now,
        cancel: &cancel,
    };
    let record = a_run(None);
    let summary = apply(
        &SystemFiles,
        &world.journal,
        &plan,
        &record,
        &conditions,
        &mut |path, _| panic!("{path:?}"),
    );
    assert!(summary.unwrap().is_cancelled);
    assert_same(&world.now_tree(), &world.after, "cancelled");
    finish(&world, "continued");
}

#[test]
fn a_run_that_changed_nothing_or_was_interrupted_is_not_taken_back() {
    let world = World::with_every_act(None);
    let journal = &world.journal;
    let empty = journal.begin_run(&a_run(None)).unwrap();
    let nothing = plan_error(journal, empty);
    assert!(
        matches!(nothing, UndoError::NothingDone { .. }),
        "{nothing}"
    );
    assert_eq!(latest(journal).unwrap(), world.run);
    let entry = journal.entries(world.run, 0, 1).unwrap().remove(0).entry;
    journal.intend(world.run, &[entry]).unwrap();
    let interrupted = plan_error(journal, world.run);
    let is_interrupted = matches!(interrupted, UndoError::Interrupted { .. });
    assert!(is_interrupted, "{interrupted}");
}

#[test]
fn the_last_name_of_a_kept_file_is_left_alone() {
    let world = World::with_every_act(None);
    for name in ["k/keep", "b/linked", "b/linked2"] {
        fs::remove_file(world.path(name)).unwrap();
    }
    let found = problems(&world);
    assert!(
        found.contains(&("b/other".to_owned(), "LastName".to_owned())),
        "{found:?}"
    );
}

/// A kept file and one that became a link to it.
fn linked(operation: Operation) -> World {
    let mut world = World::new(None);
    for name in ["k/keep", "b/other"] {
        write(&world.path(name), b"what both have");
    }
    let (keeper, other) = (world.path("k/keep"), world.path("b/other"));
    world.act(&[entry(operation, &[&other], &keeper, None)]);
    world
}

fn contents(world: &World) -> Vec<Vec<u8>> {
    let files = world
        .now_tree()
        .into_values()
        .filter_map(|node| match node {
            Node::File(content, ..) => Some(content),
            _ => None,
        });
    files.collect()
}

fn recover_all(world: &World) {
    recover(&SystemFiles, &world.journal, now(), &mut |_, _| {}).unwrap();
}

/// Somebody saves a file under the name right before the exchange, and the
/// process ends, or cannot exchange back.
#[test]
fn a_file_that_came_right_before_an_exchange_survives() {
    const FOREIGN: &[u8] = b"what somebody saved meanwhile";
    for operation in [Operation::HardLink, Operation::SymbolicLink] {
        for ends in [true, false] {
            let world = linked(operation);
            let (new, name) = (world.path("new"), world.path("b/other"));
            let mut exchanges = 0;
            let ops = Faulty::new(None);
            *ops.neighbour.borrow_mut() = Some(Box::new(move |operation| {
                exchanges += usize::from(operation == "exchange");
                match (operation, exchanges, ends) {
                    ("exchange", 1, _) => {
                        fs::write(&new, FOREIGN)?;
                        fs::rename(&new, &name)
                    }
                    ("exchange", 2, true) => crash(),
                    ("exchange", 2, false) => Err(io::Error::other("broken")),
                    _ => Ok(()),
                }
            }));
            let run = || undo(&ops, &world.journal, world.run, false).unwrap();
            until_crash(run);
            for _ in 0..2 {
                let found = contents(&world);
                assert!(
                    found.iter().any(|content| content == FOREIGN),
                    "{operation:?}"
                );
                assert!(found.iter().any(|content| content == b"what both have"));
                recover_all(&world);
            }
        }
    }
}

/// The undo has made the file, and the kept one is removed before it is in place.
#[test]
fn a_copy_that_is_the_last_one_by_now_survives() {
    for needs_names in [false, true] {
        let world = linked(Operation::SymbolicLink);
        let mut ops = Faulty::new(None);
        ops.needs_names = needs_names;
        *ops.neighbour.borrow_mut() = Some(Box::new(|operation| match operation {
            "exchange" => crash(),
            _ => Ok(()),
        }));
        let run = || undo(&ops, &world.journal, world.run, false).unwrap();
        assert!(until_crash(run).is_none());
        fs::remove_file(world.path("k/keep")).unwrap();
        recover_all(&world);
        assert_eq!(contents(&world), [b"what both have"]);
    }
}

/// The number of the kept file belongs to somebody else's file.
#[test]
fn a_file_that_only_has_the_number_of_the_kept_one_is_not_replaced() {
    let world = linked(Operation::HardLink);
    // As if both names had been removed and their number used again.
    fs::write(world.path("b/other"), b"of somebody else").unwrap();
    fs::rename(world.path("k/keep"), world.path("k/second")).unwrap();
    write(&world.path("k/keep"), b"what both have");
    let (summary, files) = undo(&SystemFiles, &world.journal, world.run, true).unwrap();
    assert_eq!((summary.restored, summary.refused), (0, 1), "{files:?}");
    assert!(matches!(files[0].1, Undone::Refused(Refusal::Changed)));
    assert_eq!(
        fs::read(world.path("b/other")).unwrap(),
        b"of somebody else"
    );
}

/// A name that a failing call kept from the file comes back later.
#[test]
fn a_name_that_failed_can_be_given_back_later() {
    let world = World::with_every_act(None);
    let before = world.before.clone();
    let mut links = 0;
    let ops = Faulty::new(None);
    // The second exchange of the file with two names, and all after it.
    *ops.neighbour.borrow_mut() = Some(Box::new(move |operation| {
        links += usize::from(operation == "exchange");
        match operation {
            "exchange" if links > 3 => Err(io::Error::other("broken")),
            _ => Ok(()),
        }
    }));
    let (summary, _) = undo(&ops, &world.journal, world.run, false).unwrap();
    assert_eq!(summary.unsettled, 1);
    assert!(!world.journal.pending().unwrap().is_empty());
    recover_all(&world);
    assert!(world.journal.pending().unwrap().is_empty());
    assert_same(&world.now_tree(), &before, "given back");
}
