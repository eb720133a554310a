//! Files come back from another file system, with a fault at every operation.

use super::apply::UndoSummary;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

use super::testing::*;
use super::*;
use crate::action::journal::StateChange;
use crate::platform::{HAS_EXCHANGE, SystemFiles, stat_path};

/// A file with two names that was moved to another file system.
struct Moved {
    world: World,
    elsewhere: tempfile::TempDir,
}

impl Moved {
    /// `None` if only one file system is at hand.
    fn new() -> Option<Self> {
        let mut world = World::new(None);
        let elsewhere = tempfile::tempdir().unwrap();
        let device = |path: &std::path::Path| stat_path(path, true).unwrap().id.dev;
        if device(elsewhere.path()) == device(&world.root) {
            eprintln!("skipped: only one file system is at hand");
            return None;
        }
        let content: Vec<u8> = (0..500_u32).flat_map(u32::to_le_bytes).collect();
        let (one, other) = (world.path("a/one"), world.path("b/other"));
        write(&one, &content);
        write(&world.path("keep"), &content);
        fs::create_dir(world.path("b")).unwrap();
        fs::hard_link(&one, &other).unwrap();
        let keeper = world.path("keep");
        let mut moved = entry(Operation::Move, &[&one, &other], &keeper, None);
        let to = elsewhere.path().canonicalize().unwrap();
        let to = [to.join("one"), to.join("other")];
        for (name, to) in moved.names.iter_mut().zip(&to) {
            name.destination = Some(to.clone().into());
        }
        world.before = read_tree(&world.root);
        let journal = &world.journal;
        world.run = journal.begin_run(&a_run(None)).unwrap();
        let ids = journal.intend(world.run, &[moved]).unwrap();
        write(&to[0], &content);
        fs::hard_link(&to[0], &to[1]).unwrap();
        fs::remove_file(&one).unwrap();
        fs::remove_file(&other).unwrap();
        let done = StateChange {
            entry: ids[0],
            state: State::Done,
            freed: 0,
        };
        journal.change(&[done], now()).unwrap();
        world.after = read_tree(&world.root);
        Some(Self { world, elsewhere })
    }

    fn undo(&self, ops: &Faulty) -> Result<(UndoSummary, Vec<(PathBuf, Undone)>), UndoError> {
        undo(ops, &self.world.journal, self.world.run, true)
    }

    fn left_elsewhere(&self) -> Vec<PathBuf> {
        read_tree(self.elsewhere.path()).into_keys().collect()
    }

    /// The file is complete somewhere, and all that has a name is complete.
    fn assert_nothing_lost(&self, what: &str) {
        let Some(Node::File(content, ..)) = self.world.before.get(&self.world.path("keep")) else {
            unreachable!("a file");
        };
        let mut whole = 0;
        let mut trees = self.world.now_tree();
        trees.extend(read_tree(self.elsewhere.path()));
        for (path, node) in trees {
            let Node::File(found, ..) = node else {
                continue;
            };
            let is_temporary = path.to_string_lossy().contains(".nodupe-");
            assert!(is_temporary || found == *content, "{what}: {path:?}");
            whole += usize::from(found == *content);
        }
        assert!(whole >= 3, "{what}: {whole}");
    }

    /// Recovers, takes back what is left, and compares with the tree before.
    fn finish(&self, what: &str) {
        let World { journal, run, .. } = &self.world;
        recover(&SystemFiles, journal, now(), &mut |path, recovery| {
            let clear = !matches!(recovery, Recovery::Unclear(_));
            assert!(clear, "{what}: {path:?} {recovery:?}");
        })
        .unwrap();
        assert!(journal.pending().unwrap().is_empty(), "{what}");
        match undo(&SystemFiles, journal, *run, false) {
            Ok((summary, _)) => assert_eq!(summary.refused, 0, "{what}"),
            Err(error) => assert!(
                matches!(error, UndoError::AlreadyUndone { .. }),
                "{what}: {error}"
            ),
        }
        assert_same(&self.world.now_tree(), &self.world.before, what);
        assert_eq!(self.left_elsewhere(), [] as [PathBuf; 0], "{what}");
    }
}

fn faulty(at: usize, fault: Fault, needs_names: bool) -> Faulty {
    let mut ops = Faulty::new(Some((at, fault)));
    ops.needs_names = needs_names;
    ops
}

#[test]
fn a_file_comes_back_from_another_file_system() {
    for needs_names in [false, true] {
        let Some(moved) = Moved::new() else { return };
        let mut ops = Faulty::new(None);
        ops.needs_names = needs_names;
        let plan = plan(&ops, &moved.world.journal, moved.world.run).unwrap();
        assert_eq!((plan.files, plan.problem_count), (1, 0));
        assert_eq!(plan.bytes, 2_000);
        let (summary, files) = moved.undo(&ops).unwrap();
        assert_eq!((summary.restored, summary.refused), (1, 0), "{files:?}");
        assert_same(&moved.world.now_tree(), &moved.world.before, "undone");
        assert_eq!(moved.left_elsewhere(), [] as [PathBuf; 0]);
    }
}

#[test]
fn a_crash_on_the_way_back_loses_nothing() {
    let mut points = 0;
    for needs_names in [false, true] {
        for at in 0.. {
            let Some(moved) = Moved::new() else { return };
            let ops = faulty(at, Fault::Crash, needs_names);
            let ended = until_crash(|| moved.undo(&ops).unwrap());
            let last = ops.trace.borrow().last().copied();
            let what = format!("crash {at} at {last:?}, names: {needs_names}");
            moved.assert_nothing_lost(&what);
            moved.finish(&what);
            if ended.is_some() {
                break;
            }
            points += 1;
        }
    }
    eprintln!("{points} crash points");
    assert!(points > 20, "{points}");
}

#[test]
fn a_crash_while_the_way_back_is_recovered_loses_nothing() {
    let mut points = 0;
    for first in 0.. {
        let mut has_ended = false;
        for second in 0.. {
            let Some(moved) = Moved::new() else { return };
            let ops = faulty(first, Fault::Crash, true);
            has_ended = until_crash(|| moved.undo(&ops).unwrap()).is_some();
            let ops = faulty(second, Fault::Crash, true);
            let recovered = until_crash(|| {
                recover(&ops, &moved.world.journal, now(), &mut |_, _| {}).unwrap();
            });
            let what = format!("crash {first}, then {second}");
            moved.assert_nothing_lost(&what);
            moved.finish(&what);
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
    assert!(points > 10, "{points}");
}

#[test]
fn an_error_on_the_way_back_loses_nothing() {
    for needs_names in [false, true] {
        for at in 0.. {
            let Some(moved) = Moved::new() else { return };
            let ops = faulty(at, Fault::Fails(io::ErrorKind::StorageFull), needs_names);
            let result = moved.undo(&ops);
            let last = ops.trace.borrow().get(at).copied();
            let what = format!("error at {at} {last:?}, names: {needs_names}");
            let count = ops.count();
            moved.assert_nothing_lost(&what);
            let lacks = result.iter().flat_map(|(_, files)| files).any(|(_, one)| {
                matches!(one, Undone::Restored { unrestored, missing }
                    if !unrestored.is_empty() || !missing.is_empty())
            });
            // What it lacks was said, and is not to be had any more.
            if !lacks {
                moved.finish(&what);
            }
            if at >= count {
                break;
            }
        }
    }
}

#[test]
fn a_file_that_is_written_to_stays_where_it_was_moved_to() {
    if !HAS_EXCHANGE {
        eprintln!("skipped: no leases");
        return;
    }
    let Some(moved) = Moved::new() else { return };
    let path = moved.elsewhere.path().join("one");
    let writer = File::options().append(true).open(&path).unwrap();
    let (_, files) = moved.undo(&Faulty::new(None)).unwrap();
    assert!(
        matches!(files[..], [(_, Undone::Refused(Refusal::InUse))]),
        "{files:?}"
    );
    assert_same(&moved.world.now_tree(), &moved.world.after, "in use");
    assert_eq!(moved.left_elsewhere().len(), 2);
    drop(writer);
    moved.finish("closed");
}

#[test]
fn a_file_that_came_meanwhile_is_not_taken_for_the_copy() {
    let Some(moved) = Moved::new() else { return };
    let World { journal, run, .. } = &moved.world;
    let original = journal.entries(*run, 0, 1).unwrap().remove(0);
    let mut intent = original.entry.clone();
    intent.operation = Operation::Undo(original.id);
    let undo = journal.begin_run(&a_run(Some(*run))).unwrap();
    journal.intend(undo, &[intent]).unwrap();
    fs::write(moved.world.path("a/one"), b"another file").unwrap();
    recover(&SystemFiles, journal, now(), &mut |path, recovery| {
        let is_left = matches!(recovery, Recovery::TakenAway);
        assert!(is_left, "{path:?} {recovery:?}");
    })
    .unwrap();
    assert_eq!(moved.left_elsewhere().len(), 2);
}
