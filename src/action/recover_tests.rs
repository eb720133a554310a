//! Conclusions that recovery must not draw, and checks that an act must make last.

use std::path::Path;

use super::crash_tests::{Ran, act, actions, groups, tree};
use super::fault_tests::{Fault, MemoryJournal, Steps};
use super::journal::State;
use super::memory_tests::Memory;
use super::plan::{Action, ActionOptions, Duplicates};
use super::recover::{Recovery, recover_acts};
use super::{FileResult, Skip};
use crate::platform::FileOps;

/// A group of a kept file, `k/keep`, and `t/one`.
fn pair(memory: &Memory) -> Vec<Duplicates> {
    let mut groups = groups(memory);
    groups.truncate(1);
    groups[0].files.truncate(2);
    groups
}

fn has_temporary(memory: &Memory) -> bool {
    memory.tree().keys().any(|path| path.contains("/.nodupe-"))
}

/// The first stop of an act at which this holds of the tree and the journal.
fn stopped_when(action: Action, holds: impl Fn(&Memory, &MemoryJournal) -> bool) -> (Memory, Ran) {
    let options = ActionOptions::new(action);
    let stops = (0..1000).map(|at| {
        let memory = tree();
        let ran = act(
            &memory,
            &options,
            pair(&memory),
            Steps::new(Fault::Stop(at)),
        );
        (memory, ran)
    });
    let mut found = stops.filter(|(memory, ran)| holds(memory, &ran.journal));
    found.next().expect("such a stop")
}

fn recovered(memory: &Memory, journal: &mut MemoryJournal) -> Recovery {
    let pending = journal.pending();
    journal.steps = Steps::new(Fault::None);
    let mut settled = recover_acts(memory, &pending, journal).unwrap();
    assert_eq!(settled.len(), 1);
    settled.remove(0).how
}

fn is_left(how: &Recovery, word: &str) -> bool {
    matches!(how, Recovery::Left { reason } if reason.contains(word))
}

#[test]
fn a_name_is_not_missing_because_its_file_system_is() {
    let removed = |memory: &Memory, journal: &MemoryJournal| {
        !memory.tree().contains_key("t/one")
            && !has_temporary(memory)
            && !journal.pending().is_empty()
    };
    let (memory, mut ran) = stopped_when(Action::Remove, removed);
    let root = memory.open_root(b"/").unwrap();
    let whole = memory.id_of("t");
    memory.unlink(&root, b"t").unwrap();
    memory.dir("t");
    let how = recovered(&memory, &mut ran.journal);
    assert!(is_left(&how, "mounted"), "{how:?}");
    assert_eq!(ran.journal.records[0].state, State::Intent);
    memory.unlink(&root, b"t").unwrap();
    memory.mount("t", whole);
    assert_eq!(recovered(&memory, &mut ran.journal), Recovery::Complete);
}

#[test]
fn a_moved_file_that_is_nowhere_is_not_moved() {
    let moved = |memory: &Memory, journal: &MemoryJournal| {
        memory.tree().contains_key("to/t/one") && !journal.pending().is_empty()
    };
    let (memory, mut ran) = stopped_when(Action::Move { to: "to".into() }, moved);
    memory.unlink(&memory.id_of("to/t"), b"one").unwrap();
    let how = recovered(&memory, &mut ran.journal);
    assert!(is_left(&how, "neither"), "{how:?}");
}

#[test]
fn the_last_name_of_the_kept_file_is_not_taken_for_a_spare_link() {
    let (memory, mut ran) = stopped_when(Action::HardLink, |memory, _| has_temporary(memory));
    // Somebody goes on writing the kept file, and removes its own name.
    memory.write_at(&memory.id_of("k/keep"), b"new", 0).unwrap();
    memory.unlink(&memory.id_of("k"), b"keep").unwrap();
    let how = recovered(&memory, &mut ran.journal);
    assert!(is_left(&how, "only at"), "{how:?}");
    assert!(
        memory
            .tree()
            .values()
            .any(|bytes| bytes.starts_with(b"new"))
    );
}

#[test]
fn a_file_whose_name_is_taken_stays_under_its_temporary_one() {
    let renamed = |memory: &Memory, _: &MemoryJournal| has_temporary(memory);
    let (memory, mut ran) = stopped_when(Action::Remove, renamed);
    memory.renumber();
    memory.file("t/one", b"somebody else's");
    let how = recovered(&memory, &mut ran.journal);
    assert!(is_left(&how, "another file has its name"), "{how:?}");
    assert!(has_temporary(&memory));
    memory.unlink(&memory.id_of("t"), b"one").unwrap();
    assert_eq!(
        recovered(&memory, &mut ran.journal),
        Recovery::TakenBack { copy: None }
    );
    assert!(!has_temporary(&memory));
}

#[test]
fn two_groups_that_keep_each_others_files_do_not_lose_both() {
    for action in actions() {
        let memory = tree();
        let mut groups = pair(&memory);
        // As an edited report may say.
        let mut turned = groups[0].clone();
        for file in &mut turned.files {
            file.keep = !file.keep;
        }
        groups.push(turned);
        let before = memory.id_of("k/keep");
        let options = ActionOptions::new(action.clone());
        let ran = act(&memory, &options, groups, Steps::new(Fault::None));
        let results: Vec<_> = ran.outcomes.iter().map(|outcome| &outcome.result).collect();
        assert!(
            matches!(
                results[..],
                [
                    FileResult::Done { .. },
                    FileResult::Skipped(Skip::KeeperChanged)
                ]
            ),
            "{action:?}: {results:?}"
        );
        assert_eq!(memory.id_of("k/keep"), before, "{action:?}");
    }
}

/// Something that is done to the kept file and the other one, by their numbers.
type Deed = fn(&Memory, u64, u64);

#[test]
fn what_happens_between_the_rename_and_the_end_is_seen() {
    const WRITTEN: &[u8] = b"somebody wrote this meanwhile";
    let keeper_changed = Skip::KeeperChanged;
    let deeds: [(&str, Skip, Deed); 4] = [
        (
            "the kept file is written",
            keeper_changed,
            |memory, keeper, _| {
                memory.write_at(&keeper, WRITTEN, 0).unwrap();
            },
        ),
        (
            "the kept file is replaced",
            keeper_changed,
            |memory, _, _| {
                memory.unlink(&memory.id_of("k"), b"keep").unwrap();
                memory.file("k/keep", WRITTEN);
            },
        ),
        (
            "the kept file is removed",
            keeper_changed,
            |memory, _, _| {
                memory.unlink(&memory.id_of("k"), b"keep").unwrap();
            },
        ),
        (
            "the other file is written",
            Skip::Changed,
            |memory, _, target| {
                memory.write_at(&target, WRITTEN, 0).unwrap();
            },
        ),
    ];
    let actions = [
        Action::Remove,
        Action::HardLink,
        Action::SymbolicLink,
        Action::Move { to: "to".into() },
    ];
    for (what, expected, deed) in deeds {
        // Before the first look at what came out, and before each later one.
        for (action, look) in actions
            .iter()
            .flat_map(|action| (0..3).map(move |look| (action, look)))
        {
            let memory: &'static Memory = Box::leak(Box::new(tree()));
            let (keeper, target) = (memory.id_of("k/keep"), memory.id_of("t/one"));
            let (mut is_renamed, mut looks) = (false, 0);
            let steps = Steps::with_neighbour(move |_, name| {
                if is_renamed && matches!(name, "stat_name" | "status") {
                    if looks == look {
                        deed(memory, keeper, target);
                    }
                    looks += 1;
                }
                is_renamed |= matches!(name, "rename" | "exchange");
            });
            let options = ActionOptions::new(action.clone());
            let ran = act(memory, &options, pair(memory), steps);
            let what = format!("{action:?}: {what} before look {look}");
            let result = &ran.outcomes[0].result;
            assert!(
                matches!(result, FileResult::Skipped(skip) if *skip == expected),
                "{what}: {result:?}"
            );
            assert_eq!(memory.id_of("t/one"), target, "{what}");
            assert!(!has_temporary(memory), "{what}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_in_the_place_of_a_directory_is_not_followed() {
    use std::fs;

    use super::fault_tests::Faulty;
    use super::system_tests::Tree;
    use crate::platform::SystemFiles;

    let names = |dir: &Path| -> Vec<_> {
        let entries = fs::read_dir(dir).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect()
    };
    let is_renamed = |tree: &Tree| {
        let found = names(&tree.path("t"));
        found
            .iter()
            .any(|name| name.to_str().unwrap().starts_with(".nodupe-"))
    };
    let stops = (0..1000).map(|at| {
        let tree = Tree::new();
        let options = tree.options(Action::Remove);
        let ops = Faulty {
            inner: &SystemFiles,
            steps: Steps::new(Fault::Stop(at)),
        };
        let journal = tree.act_with(&ops, &options, tree.group()).1;
        (tree, journal)
    });
    let (tree, mut journal) = stops
        .into_iter()
        .find(|(tree, _)| is_renamed(tree))
        .unwrap();
    journal.steps = Steps::new(Fault::None);
    let (place, aside) = (tree.path("t"), tree.path("stash/t"));
    fs::rename(&place, &aside).unwrap();
    std::os::unix::fs::symlink(&aside, &place).unwrap();
    let before = names(&aside);
    let pending = journal.pending();
    let settled = recover_acts(&SystemFiles, &pending, &mut journal).unwrap();
    assert!(!settled.is_empty());
    for one in &settled {
        assert!(matches!(one.how, Recovery::Left { .. }), "{one:?}");
    }
    assert_eq!(names(&aside), before);
    fs::remove_file(&place).unwrap();
    fs::rename(&aside, &place).unwrap();
    let settled = recover_acts(&SystemFiles, &pending, &mut journal).unwrap();
    assert!(
        settled
            .iter()
            .all(|one| one.how == Recovery::TakenBack { copy: None }),
        "{settled:?}"
    );
    assert!(!is_renamed(&tree));
}

/// After a crash between exchange and unlink the link may hold what somebody
/// wrote since: it is not removed while it is the last name of its file.
#[test]
fn a_link_that_is_the_last_name_of_its_file_stays() {
    let replaced = |memory: &Memory, journal: &MemoryJournal| {
        has_temporary(memory)
            && !journal.pending().is_empty()
            && memory.id_of("t/one") == memory.id_of("k/keep")
    };
    let (memory, mut ran) = stopped_when(Action::HardLink, replaced);
    let dir = memory.open_root(b"k").unwrap();
    memory.unlink(&dir, b"keep").unwrap();
    let edited = b"what somebody wrote meanwhile";
    memory.overwrite("t/one", edited);
    let how = recovered(&memory, &mut ran.journal);
    assert!(is_left(&how, "no other name"), "{how:?}");
    let contents: Vec<_> = memory.tree().into_values().collect();
    assert!(contents.iter().any(|found| found == edited));
    assert!(
        contents
            .iter()
            .any(|found| found == b"what two files have in common")
    );
    // Once it has another name, the file before it comes back.
    memory.hard_link("t/one", "k/saved");
    assert_eq!(
        recovered(&memory, &mut ran.journal),
        Recovery::TakenBack { copy: None }
    );
    assert_eq!(memory.tree()["t/one"], b"what two files have in common");
    assert_eq!(memory.tree()["k/saved"], edited);
}

/// A complete copy on another file system, whose original is there: it is told.
#[test]
fn a_copy_that_a_move_left_is_told() {
    let has_both = |memory: &Memory, journal: &MemoryJournal| {
        let tree = memory.tree();
        let has = |path| tree.contains_key(path);
        has("other/t/one") && has("t/one") && !journal.pending().is_empty()
    };
    let to = Action::Move { to: "other".into() };
    let (memory, mut ran) = stopped_when(to, has_both);
    let copy = Some("/other/t/one".into());
    assert_eq!(
        recovered(&memory, &mut ran.journal),
        Recovery::TakenBack { copy }
    );
    assert!(memory.tree().contains_key("other/t/one"));
}
