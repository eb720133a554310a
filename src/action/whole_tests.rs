//! Whole directories: the machine stops, or an operation fails, at each single one.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Run;
use super::crash_tests::{KEPT, OTHER, digest};
use super::entries::{NotBack, bring_back, settle_entry};
use super::fault_tests::{Fault, Faulty, MemoryJournal, Steps};
use super::journal::DirectoryChange;
use super::memory_tests::{Memory, Survivors};
use super::names::TEMPORARY_PREFIX;
use super::plan::{Action, ActionOptions};
use super::recover::recover_acts;
use super::run::RunError;
use super::whole::WholeOutcome;
use crate::config::HashAlgorithm;
use crate::platform::FileOps;
use crate::types::{
    CancelToken, ListedDirectory, ListedEntry, NameElsewhere, WholeContents, WholeDirectory,
};

const TARGET: &[u8] = b"../somewhere";

/// `d` is a copy of `k`: with a file, an empty one, a link, a further name of a file
/// of `k`, and an empty directory.
fn tree() -> Memory {
    let memory = Memory::new();
    memory
        .dir("to")
        .dir("other")
        .dir("k/sub/hollow")
        .dir("d/sub/hollow");
    for dir in ["k", "d"] {
        memory
            .file(&format!("{dir}/one"), KEPT)
            .file(&format!("{dir}/sub/empty"), b"");
        let sub = memory.id_of(&format!("{dir}/sub"));
        memory.symlink(TARGET, &sub, b"link").unwrap();
    }
    memory.file("k/sub/twice", OTHER);
    memory.hard_link("k/sub/twice", "d/sub/twice");
    memory.make_durable();
    memory
}

fn fresh() -> Memory {
    tree()
}

fn listed(memory: &Memory) -> WholeDirectory {
    let file = |path: &str| {
        let record = memory.record(&[path], false);
        ListedEntry::File {
            id: record.id,
            size: record.size,
            modified: record.modified,
            changed: record.changed,
        }
    };
    let dir = |path: &str, entries: Vec<(&str, ListedEntry)>| ListedDirectory {
        path: path.into(),
        id: memory.record(&[path], false).id,
        entries: entries
            .into_iter()
            .map(|(name, entry)| (name.as_bytes().to_vec(), entry))
            .collect(),
    };
    let link = ListedEntry::Link {
        target: TARGET.to_vec(),
        keeper: "k/sub/link".into(),
    };
    let empty = ListedEntry::EmptyFile {
        keeper: "k/sub/empty".into(),
    };
    WholeDirectory {
        group: 0,
        path: "d".into(),
        id: memory.record(&["d"], false).id,
        keeper: "k".into(),
        files: 3,
        bytes: 0,
        directories: vec![
            dir(
                "d",
                vec![("one", file("d/one")), ("sub", ListedEntry::Directory)],
            ),
            dir(
                "d/sub",
                vec![
                    ("twice", file("d/sub/twice")),
                    ("link", link),
                    ("empty", empty),
                    ("hollow", ListedEntry::Directory),
                ],
            ),
            dir("d/sub/hollow", Vec::new()),
        ],
    }
}

fn contents(memory: &Memory) -> WholeContents {
    let twice = memory.record(&["d/sub/twice"], false);
    WholeContents {
        groups: vec![(
            digest(KEPT),
            vec![
                memory.record(&["k/one"], true),
                memory.record(&["d/one"], false),
            ],
        )],
        names: vec![NameElsewhere {
            path: "d/sub/twice".into(),
            id: twice.id,
            size: twice.size,
            keeper: "k/sub/twice".into(),
        }],
    }
}

struct Ran {
    outcomes: Vec<WholeOutcome>,
    ended: Result<(), RunError>,
    journal: MemoryJournal,
    steps: usize,
}

fn act(memory: &Memory, action: &Action, steps: Steps) -> Ran {
    let (listed, contents) = (listed(memory), contents(memory));
    let ops = Faulty {
        inner: memory,
        steps: steps.clone(),
    };
    let count = steps.clone();
    let mut journal = MemoryJournal::new(steps);
    let cancel = CancelToken::default();
    let mut report = |_| {};
    let options = ActionOptions::new(action.clone());
    let run = Run::new(&ops, &options, &mut journal, &cancel, &mut report);
    let (outcomes, ended) = match run {
        Err(error) => (Vec::new(), Err(error)),
        Ok(mut run) => match run.survey(listed) {
            Err(outcome) => (vec![*outcome], Ok(())),
            Ok(found) => run.directories(&[(found, contents)], HashAlgorithm::Blake3),
        },
    };
    Ran {
        outcomes,
        ended,
        journal,
        steps: count.count(),
    }
}

fn actions() -> [Action; 3] {
    let to = |to: &str| Action::Move { to: to.into() };
    // `other` is another file system.
    [Action::Remove, to("to"), to("other")]
}

/// What the next run does.
fn recover(memory: &Memory, journal: &mut MemoryJournal) {
    journal.steps = Steps::new(Fault::None);
    let pending = journal.pending();
    recover_acts(memory, &pending, journal).unwrap();
    for record in &journal.directories {
        if let DirectoryChange::Taken(entry) = &record.change {
            settle_entry(memory, record.path.path(), entry);
        }
    }
}

/// Nothing of `k` changed, nothing has a temporary name, and what is missing of `d` is
/// in the journal.
fn check(memory: &Memory, journal: &MemoryJournal, what: &str) {
    let (tree, before) = (memory.tree(), fresh().tree());
    for (path, content) in &before {
        let found = tree.get(path);
        if path.starts_with("k/") {
            assert_eq!(found, Some(content), "{what}: {path} {tree:?}");
            continue;
        }
        let Some(found) = found else {
            let path = Path::new("/").join(path);
            let entries = journal
                .records
                .iter()
                .flat_map(|record| &record.entry.names);
            let known = entries.map(|name| name.path.path());
            let taken = journal.directories.iter();
            let taken = taken.filter(|record| matches!(record.change, DirectoryChange::Taken(_)));
            let mut known = known.chain(taken.map(|record| record.path.path()));
            assert!(known.any(|known| known == path), "{what}: {path:?}");
            continue;
        };
        assert_eq!(found, content, "{what}: {path}");
    }
    let is_temporary = |path: &&String| path.as_bytes().windows(8).any(|w| w == TEMPORARY_PREFIX);
    assert_eq!(tree.keys().find(is_temporary), None, "{what}");
}

#[test]
fn a_directory_goes_with_everything_in_it() {
    for action in actions() {
        let memory = tree();
        let ran = act(&memory, &action, Steps::new(Fault::None));
        ran.ended.unwrap();
        let is_across = action == Action::Move { to: "other".into() };
        // A name of a file that has others cannot go to another file system.
        assert_eq!(ran.outcomes[0].remains.is_some(), is_across, "{action:?}");
        assert_eq!(memory.open_root(b"d").is_ok(), is_across, "{action:?}");
        check(&memory, &ran.journal, &format!("{action:?}"));
        if let Action::Move { to } = &action {
            let tree = memory.tree();
            for name in ["one", "sub/empty", "sub/link"] {
                let moved = format!("{}/d/{name}", to.display());
                assert_eq!(tree.get(&moved), tree.get(&format!("k/{name}")), "{moved}");
            }
            assert!(
                memory
                    .open_root(format!("{}/d/sub/hollow", to.display()).as_bytes())
                    .is_ok()
            );
        }
    }
}

#[test]
fn nothing_is_lost_wherever_the_machine_stops() {
    let mut points = 0;
    for action in actions() {
        let all = act(&tree(), &action, Steps::new(Fault::None)).steps;
        for at in 0..=all {
            let stopped = tree();
            let ran = act(&stopped, &action, Steps::new(Fault::Stop(at)));
            let ordered = (0..=stopped.unsynced()).map(Survivors::Ordered);
            for survivors in ordered.chain([Survivors::All, Survivors::Synced]) {
                points += 1;
                let (memory, mut journal) = (stopped.clone(), ran.journal.copy());
                memory.crash(survivors);
                recover(&memory, &mut journal);
                check(
                    &memory,
                    &journal,
                    &format!("{action:?} stopped at {at}, {survivors:?}"),
                );
            }
        }
    }
    eprintln!("{points} crash points");
    assert!(points > 500, "{points}");
}

#[test]
fn nothing_is_lost_and_nothing_is_silent_whichever_operation_fails() {
    let errors = [
        ErrorKind::StorageFull,
        ErrorKind::NotFound,
        ErrorKind::CrossesDevices,
    ];
    let mut points = 0;
    for action in actions() {
        let all = act(&tree(), &action, Steps::new(Fault::None)).steps;
        for at in 0..=all {
            let failing = errors.map(|error| Fault::Fail(at, error));
            for fault in failing
                .into_iter()
                .chain([Fault::DoneButFails(at, ErrorKind::Other)])
            {
                points += 1;
                let memory = tree();
                let mut ran = act(&memory, &action, Steps::new(fault));
                let what = format!("{action:?} {fault:?}");
                memory.crash(Survivors::All);
                recover(&memory, &mut ran.journal);
                check(&memory, &ran.journal, &what);
                let is_there = memory.open_root(b"d").is_ok();
                if let (true, Some(outcome)) = (ran.ended.is_ok(), ran.outcomes.first()) {
                    let is_told = outcome.remains.is_some();
                    assert!(is_told || !is_there, "{what}: {outcome:?}");
                }
            }
        }
    }
    eprintln!("{points} failures");
    assert!(points > 500, "{points}");
}

#[test]
fn a_directory_that_changed_stays_whole() {
    type Change = fn(&Memory);
    let changes: [(Change, &str, &str); 9] = [
        (|memory| _ = memory.file("d/new", b"x"), "d/new", "new"),
        (
            |memory| memory.overwrite("d/one", OTHER_ONE),
            "d/one",
            "changed",
        ),
        (
            |memory| memory.unlink(&memory.id_of("d"), b"one").unwrap(),
            "d/one",
            "gone",
        ),
        (
            |memory| {
                let sub = memory.id_of("d/sub");
                memory.unlink(&sub, b"link").unwrap();
                memory.symlink(b"elsewhere", &sub, b"link").unwrap();
            },
            "d/sub/link",
            "changed",
        ),
        (
            |memory| memory.unlink(&memory.id_of("k/sub"), b"link").unwrap(),
            "d/sub/link",
            "keeper-changed",
        ),
        (
            |memory| {
                memory
                    .write_at(&memory.id_of("d/sub/empty"), b"x", 0)
                    .unwrap();
            },
            "d/sub/empty",
            "changed",
        ),
        (
            |memory| memory.unlink(&memory.id_of("k/sub"), b"empty").unwrap(),
            "d/sub/empty",
            "keeper-changed",
        ),
        (
            |memory| {
                memory
                    .write_at(&memory.id_of("k/sub/empty"), b"x", 0)
                    .unwrap();
            },
            "d/sub/empty",
            "keeper-changed",
        ),
        (
            |memory| {
                let sub = memory.id_of("d/sub");
                memory.remove_dir(&sub, b"hollow").unwrap();
                memory.dir("d/sub/hollow");
            },
            "d/sub/hollow",
            "changed",
        ),
    ];
    for (change, path, reason) in changes {
        let memory = tree();
        let listed = listed(&memory);
        change(&memory);
        let mut journal = MemoryJournal::new(Steps::new(Fault::None));
        let (cancel, mut report) = (CancelToken::default(), |_| {});
        let options = ActionOptions::new(Action::Remove);
        let run = Run::new(&memory, &options, &mut journal, &cancel, &mut report);
        let remains = run.unwrap().survey(listed).unwrap_err().remains.unwrap();
        assert_eq!(
            (remains.path, remains.reason),
            (PathBuf::from(path), reason)
        );
        assert!(remains.is_whole);
    }
}

/// What proves that nothing is lost is another entry, and no file of the run's own goes.
#[test]
fn an_entry_is_no_proof_of_itself() {
    let memory = tree();
    let own = memory.record(&["d/one"], false).id;
    for (protected, reason) in [(vec![own], "own-file"), (Vec::new(), "same-file")] {
        let mut listed = listed(&memory);
        for (_, entry) in &mut listed.directories[1].entries {
            if let ListedEntry::Link { keeper, .. } = entry {
                *keeper = "d/sub/link".into();
            }
        }
        let mut journal = MemoryJournal::new(Steps::new(Fault::None));
        let (cancel, mut report) = (CancelToken::default(), |_| {});
        let mut options = ActionOptions::new(Action::Remove);
        options.protected = protected;
        let run = Run::new(&memory, &options, &mut journal, &cancel, &mut report);
        let remains = run.unwrap().survey(listed).unwrap_err().remains.unwrap();
        assert_eq!(remains.reason, reason);
    }
}

/// As long as [`KEPT`].
const OTHER_ONE: &[u8] = b"what two files had in common!";

/// Somebody changes the directory after it was looked at, before the operation with
/// this name: what they made stays, and the directory is incomplete.
#[test]
fn what_appears_meanwhile_stays_and_is_said() {
    for operation in ["take_lease", "unlink", "remove_dir"] {
        let memory = std::rc::Rc::new(tree());
        let neighbour = std::rc::Rc::clone(&memory);
        let mut has_come = false;
        let steps = Steps::with_neighbour(move |_, name| {
            if name == operation && !has_come {
                has_come = true;
                neighbour.file("d/sub/new", b"theirs");
            }
        });
        let ran = act(&memory, &Action::Remove, steps);
        ran.ended.unwrap();
        let remains = ran.outcomes[0].remains.clone().unwrap();
        assert_eq!(remains.path, PathBuf::from("d/sub/new"), "{operation}");
        assert_eq!((remains.reason, remains.is_whole), ("new", false));
        assert_eq!(memory.tree()["d/sub/new"], b"theirs");
        check(&memory, &ran.journal, operation);
    }
}

/// Entries that a run took, as the journal has them.
fn taken(action: &Action) -> (Memory, Vec<super::journal::DirectoryRecord>) {
    let memory = tree();
    let ran = act(&memory, action, Steps::new(Fault::None));
    ran.ended.unwrap();
    let records = ran.journal.directories.into_iter();
    let is_taken = |change: &_| matches!(change, DirectoryChange::Taken(_));
    (
        memory,
        records.filter(|record| is_taken(&record.change)).collect(),
    )
}

#[test]
fn entries_come_back_wherever_the_machine_stops() {
    let mut points = 0;
    for action in actions() {
        let (after, records) = taken(&action);
        assert!(!records.is_empty());
        // The directories are made first.
        if after.open_root(b"d").is_err() {
            after.dir("d/sub");
        }
        after.make_durable();
        let back = |memory: &Memory, steps: Steps| {
            let ops = Faulty {
                inner: memory,
                steps,
            };
            let back = records.iter().map(|record| match &record.change {
                DirectoryChange::Taken(entry) => {
                    bring_back(&ops, record.path.path(), entry, false).map_err(|_| ())
                }
                _ => Ok(()),
            });
            back.collect::<Result<Vec<_>, _>>().is_ok()
        };
        let steps = Steps::new(Fault::None);
        assert!(back(&after.clone(), steps.clone()));
        for at in 0..=steps.count() {
            let stopped = after.clone();
            back(&stopped, Steps::new(Fault::Stop(at)));
            let ordered = (0..=stopped.unsynced()).map(Survivors::Ordered);
            for survivors in ordered.chain([Survivors::All, Survivors::Synced]) {
                points += 1;
                let memory = stopped.clone();
                memory.crash(survivors);
                let what = format!("{action:?} stopped at {at}, {survivors:?}");
                // Again, as another undo does.
                assert!(back(&memory, Steps::new(Fault::None)), "{what}");
                let (tree, before) = (memory.tree(), fresh().tree());
                for path in ["d/sub/link", "d/sub/twice", "k/sub/link", "k/sub/twice"] {
                    assert_eq!(tree.get(path), before.get(path), "{what}: {path}");
                }
                assert_eq!(memory.id_of("d/sub/twice"), memory.id_of("k/sub/twice"));
            }
        }
    }
    eprintln!("{points} crash points on the way back");
    assert!(points > 100, "{points}");
}

#[test]
fn an_entry_comes_back_only_where_nothing_else_is() {
    let (memory, records) = taken(&Action::Remove);
    memory.dir("d/sub").file("d/sub/link", b"theirs");
    memory.unlink(&memory.id_of("k/sub"), b"twice").unwrap();
    for record in &records {
        let DirectoryChange::Taken(entry) = &record.change else {
            continue;
        };
        for is_plan in [true, false] {
            let reason = bring_back(&memory, record.path.path(), entry, is_plan).unwrap_err();
            match record.path.path().ends_with("link") {
                true => assert!(matches!(reason, NotBack::NameTaken), "{reason:?}"),
                false => assert!(matches!(reason, NotBack::NoSource), "{reason:?}"),
            }
        }
    }
    assert_eq!(memory.tree()["d/sub/link"], b"theirs");
}
