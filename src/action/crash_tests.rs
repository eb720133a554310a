//! The machine stops at every single operation of every act, and forgets what
//! was not made durable: no content is lost, and no name is missing without its
//! entry in the journal.

use std::io::ErrorKind;

use super::fault_tests::{Fault, Faulty, MemoryJournal, Steps};
use super::journal::State;
use super::memory_tests::{Memory, Survivors};
use super::names::TEMPORARY_PREFIX;
use super::plan::{Action, ActionOptions, Duplicates};
use super::recover::recover_acts;
use super::{FileResult, Outcome, Run, RunError, Skip};
use crate::config::HashAlgorithm;
use crate::hash::Hasher;
use crate::platform::FileSystemKind;
use crate::types::{CancelToken, Digest};

pub(super) const KEPT: &[u8] = b"what two files have in common";
pub(super) const OTHER: &[u8] = b"what two other files have in common";

pub(super) fn actions() -> [Action; 6] {
    [
        Action::Remove,
        Action::Trash {
            home: Some("to".into()),
        },
        Action::HardLink,
        Action::SymbolicLink,
        Action::Move { to: "to".into() },
        // Another file system.
        Action::Move { to: "other".into() },
    ]
}

fn all_actions() -> impl Iterator<Item = Action> {
    actions().into_iter().chain([Action::Dedupe])
}

/// The runs whose every operation is enumerated: the groups, and the most files
/// in a batch. Ordinarily a file with two names alone; `NODUPE_TEST_CASES` asks
/// for the rest.
fn scenarios() -> &'static [Scenario] {
    const ALL: [Scenario; 3] = [Scenario(true, 1), Scenario(false, 1), Scenario(false, 99)];
    match std::env::var_os("NODUPE_TEST_CASES") {
        Some(_) => &ALL,
        None => &ALL[..1],
    }
}

#[derive(Clone, Copy, Debug)]
struct Scenario(bool, usize);

impl Scenario {
    fn groups(self, memory: &Memory) -> Vec<Duplicates> {
        let mut groups = groups(memory);
        if self.0 {
            groups.truncate(1);
            groups[0].files.remove(1);
        }
        groups
    }

    fn files(self) -> usize {
        if self.0 { 1 } else { 3 }
    }

    fn run(self, memory: &Memory, options: &ActionOptions, steps: Steps) -> Ran {
        act_in_batches(memory, options, self.groups(memory), steps, self.1)
    }

    /// The number of operations.
    fn steps(self, options: &ActionOptions) -> usize {
        self.run(&tree(), options, Steps::new(Fault::None)).steps
    }

    /// The tree after the machine stopped at this operation, with the journal.
    fn stopped(self, options: &ActionOptions, at: usize) -> (Memory, MemoryJournal) {
        let memory = tree();
        let ran = self.run(&memory, options, Steps::new(Fault::Stop(at)));
        (memory, ran.journal)
    }
}

/// Two groups: one file of the first has two names; the kept files were written
/// a moment ago.
pub(super) fn tree() -> Memory {
    let memory = Memory::new();
    memory.dir("k").dir("m").dir("to").dir("other");
    memory
        .file("t/one", KEPT)
        .file("t/two", KEPT)
        .file("u/x", OTHER);
    memory.hard_link("t/two", "u/two");
    memory.make_durable();
    memory.file("k/keep", KEPT).file("m/keep", OTHER);
    memory
}

pub(super) fn digest(content: &[u8]) -> Digest {
    let mut hasher = Hasher::new(HashAlgorithm::Blake3);
    hasher.update(content);
    hasher.finish()
}

pub(super) fn groups(memory: &Memory) -> Vec<Duplicates> {
    let group = |content, files| Duplicates {
        digest: digest(content),
        algorithm: HashAlgorithm::Blake3,
        files,
    };
    vec![
        group(
            KEPT,
            vec![
                memory.record(&["k/keep"], true),
                memory.record(&["t/one"], false),
                memory.record(&["t/two", "u/two"], false),
            ],
        ),
        group(
            OTHER,
            vec![
                memory.record(&["m/keep"], true),
                memory.record(&["u/x"], false),
            ],
        ),
    ]
}

pub(super) struct Ran {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) ended: Result<super::outcome::Totals, RunError>,
    pub(super) journal: MemoryJournal,
    pub(super) steps: usize,
}

pub(super) fn act(
    memory: &Memory,
    options: &ActionOptions,
    groups: Vec<Duplicates>,
    steps: Steps,
) -> Ran {
    act_in_batches(memory, options, groups, steps, 99)
}

fn act_in_batches(
    memory: &Memory,
    options: &ActionOptions,
    groups: Vec<Duplicates>,
    steps: Steps,
    files: usize,
) -> Ran {
    let ops = Faulty {
        inner: memory,
        steps: steps.clone(),
    };
    let count = steps.clone();
    let mut journal = MemoryJournal::new(steps);
    let mut outcomes = Vec::new();
    let cancel = CancelToken::default();
    let mut report = |outcome| outcomes.push(outcome);
    let run = Run::new(&ops, options, &mut journal, &cancel, &mut report);
    let ended = run.and_then(|run| run.with_batches_of(files).run(groups));
    Ran {
        outcomes,
        ended,
        journal,
        steps: count.count(),
    }
}

/// Checks that must hold after recovery, whatever happened.
pub(super) fn check(memory: &Memory, journal: &MemoryJournal, action: &Action, what: &str) {
    let tree = memory.tree();
    for content in [KEPT, OTHER] {
        assert!(
            tree.values().any(|found| found == content),
            "{what}: {tree:?}"
        );
    }
    let temporary = |path: &&String| path.as_bytes().windows(8).any(|w| w == TEMPORARY_PREFIX);
    assert_eq!(tree.keys().find(temporary), None, "{what}");
    assert!(journal.pending().is_empty(), "{what}");
    let done = |path: &str| {
        journal.records.iter().any(|record| {
            let mut names = record.entry.names.iter();
            record.state == State::Done
                && names.any(|name| name.path.path() == std::path::Path::new("/").join(path))
        })
    };
    let targets = [
        ("t/one", KEPT),
        ("t/two", KEPT),
        ("u/two", KEPT),
        ("u/x", OTHER),
    ];
    for (path, content) in targets {
        let found = tree.get(path).map(Vec::as_slice);
        if !done(path) {
            assert_eq!(found, Some(content), "{what}: {path} {tree:?}");
            continue;
        }
        match action {
            Action::Remove => assert_eq!(found, None, "{what}: {path}"),
            Action::HardLink | Action::Dedupe => assert_eq!(found, Some(content), "{what}: {path}"),
            Action::SymbolicLink => {
                assert!(
                    found.is_some_and(|f| f.starts_with(b"-> ../")),
                    "{what}: {path}"
                );
            }
            Action::Trash { .. } => {
                assert_eq!(found, None, "{what}: {path}");
                let mut names = journal
                    .records
                    .iter()
                    .flat_map(|record| &record.entry.names);
                let own = std::path::Path::new("/").join(path);
                let name = names.find(|name| name.path.path() == own).unwrap();
                let to = name.destination.as_ref().unwrap().path();
                let to = to.to_str().unwrap().strip_prefix("/to/files/").unwrap();
                let trashed = tree.get(&format!("to/files/{to}"));
                assert_eq!(trashed.map(Vec::as_slice), Some(content), "{what}: {path}");
                let record = &tree[&format!("to/info/{to}.trashinfo")];
                let expected = format!("[Trash Info]\nPath=/{path}\nDeletionDate=");
                assert!(record.starts_with(expected.as_bytes()), "{what}: {path}");
            }
            Action::Move { to } => {
                assert_eq!(found, None, "{what}: {path}");
                let moved = format!("{}/{path}", to.display());
                let moved = tree.get(&moved).map(Vec::as_slice);
                assert_eq!(moved, Some(content), "{what}: {path}");
            }
        }
    }
    // Two names of one file go the same way.
    assert_eq!(done("t/two"), done("u/two"), "{what}");
}

/// Asserts that a trash is in order after a crash and its recovery.
fn check_trash(memory: &Memory, what: &str) {
    let tree = memory.tree();
    for record in tree.keys() {
        if let Some(name) = record.strip_prefix("to/info/") {
            let name = name.strip_suffix(".trashinfo").unwrap();
            let has_file = tree.contains_key(&format!("to/files/{name}"));
            assert!(has_file, "{what}: {record} is of no file");
        }
    }
}

fn recover_all(memory: &Memory, journal: &mut MemoryJournal, steps: Steps) -> bool {
    let ops = Faulty {
        inner: memory,
        steps: steps.clone(),
    };
    journal.steps = steps;
    let pending = journal.pending();
    recover_acts(&ops, &pending, journal).is_ok()
}

fn all_survivors(memory: &Memory) -> Vec<Survivors> {
    let ordered = (0..=memory.unsynced()).map(Survivors::Ordered);
    ordered.chain([Survivors::All, Survivors::Synced]).collect()
}

#[test]
fn all_acts_do_what_they_are_asked_for() {
    for action in all_actions() {
        let memory = tree();
        let options = ActionOptions::new(action.clone());
        let groups = groups(&memory);
        let ran = act(&memory, &options, groups, Steps::new(Fault::None));
        let totals = ran.ended.unwrap();
        assert_eq!((totals.done, totals.skipped, totals.failed), (3, 0, 0));
        let freed = match action {
            Action::Move { .. } | Action::Trash { .. } | Action::Dedupe => 0,
            _ => 2 * KEPT.len() + OTHER.len(),
        };
        assert_eq!(totals.freed.bytes, freed as u64, "{action:?}");
        assert_eq!(ran.outcomes.len(), 3);
        check(&memory, &ran.journal, &action, &format!("{action:?}"));
    }
}

/// All acts in all scenarios, with the number of their operations.
fn enumerate(mut each: impl FnMut(&ActionOptions, Scenario, usize)) {
    for scenario in scenarios() {
        for action in all_actions() {
            let options = ActionOptions::new(action);
            each(&options, *scenario, scenario.steps(&options));
        }
    }
}

#[test]
fn nothing_is_lost_wherever_the_machine_stops() {
    let mut points = 0;
    enumerate(|options, scenario, all| {
        let action = &options.action;
        for at in 0..=all {
            let (stopped, journal) = scenario.stopped(options, at);
            for survivors in all_survivors(&stopped) {
                points += 1;
                let what = format!("{scenario:?} {action:?} stopped at {at}, {survivors:?}");
                let (memory, mut journal) = (stopped.clone(), journal.copy());
                memory.crash(survivors);
                if !matches!(survivors, Survivors::All) {
                    memory.renumber();
                }
                assert!(recover_all(&memory, &mut journal, Steps::new(Fault::None)));
                check(&memory, &journal, action, &what);
                check_trash(&memory, &what);
            }
        }
    });
    eprintln!("{points} crash points");
    assert!(points > 500, "{points}");
}

#[test]
fn nothing_is_lost_wherever_the_machine_stops_again_during_recovery() {
    let mut points = 0;
    enumerate(|options, scenario, all| {
        let action = &options.action;
        let mut before = None;
        for at in 0..=all {
            let (memory, journal) = scenario.stopped(options, at);
            let state = Some((memory.changes(), journal.pending().len()));
            // An operation that only looks leaves what there was.
            if state == before || journal.pending().is_empty() {
                continue;
            }
            before = state;
            for survivors in [Survivors::All, Survivors::Synced] {
                let crashed = memory.clone();
                crashed.crash(survivors);
                let recovered = |again: Fault| {
                    let (memory, mut journal) = (crashed.clone(), journal.copy());
                    let steps = Steps::new(again);
                    recover_all(&memory, &mut journal, steps.clone());
                    (memory, journal, steps.count())
                };
                let (_, _, steps) = recovered(Fault::None);
                for again in 0..steps {
                    for later in [Survivors::All, Survivors::Synced, Survivors::Ordered(0)] {
                        points += 1;
                        let (memory, mut journal, _) = recovered(Fault::Stop(again));
                        memory.crash(later);
                        memory.renumber();
                        assert!(recover_all(&memory, &mut journal, Steps::new(Fault::None)));
                        let what = format!(
                            "{scenario:?} {action:?} stopped at {at}, {survivors:?}, \
                             then at {again}, {later:?}"
                        );
                        check(&memory, &journal, action, &what);
                        check_trash(&memory, &what);
                    }
                }
            }
        }
    });
    eprintln!("{points} crash points during recovery");
    assert!(points > 500, "{points}");
}

#[test]
fn nothing_is_lost_whichever_operation_fails() {
    let errors = [
        ErrorKind::StorageFull,
        ErrorKind::QuotaExceeded,
        ErrorKind::Other,
        ErrorKind::ReadOnlyFilesystem,
        ErrorKind::TooManyLinks,
        ErrorKind::PermissionDenied,
        ErrorKind::NotFound,
        ErrorKind::AlreadyExists,
    ];
    let mut points = 0;
    enumerate(|options, scenario, all| {
        let faults = (0..=all).flat_map(|at| {
            let failing = errors.map(|error| Fault::Fail(at, error));
            let done = Fault::DoneButFails(at, ErrorKind::Other);
            failing.into_iter().chain([done])
        });
        for fault in faults {
            points += 1;
            let memory = tree();
            let mut ran = scenario.run(&memory, options, Steps::new(fault));
            let what = format!("{scenario:?} {:?} {fault:?}", options.action);
            if ran.ended.is_ok() {
                assert_eq!(ran.outcomes.len(), scenario.files(), "{what}");
            }
            for outcome in &ran.outcomes {
                let path = &outcome.file.path;
                let found = memory.tree().get(path.to_str().unwrap()).cloned();
                let content = if path.ends_with("x") { OTHER } else { KEPT };
                let is_left = matches!(outcome.result, FileResult::Skipped(_));
                if is_left {
                    assert_eq!(found.as_deref(), Some(content), "{what} {outcome:?}");
                }
            }
            memory.crash(Survivors::All);
            recover_all(&memory, &mut ran.journal, Steps::new(Fault::None));
            check(&memory, &ran.journal, &options.action, &what);
        }
    });
    eprintln!("{points} failures");
}

#[test]
fn a_keeper_that_never_reached_the_disk_is_made_durable_first() {
    // Without that, the tree of the test above loses it.
    let memory = tree();
    memory.crash(Survivors::Synced);
    assert!(!memory.tree().contains_key("k/keep"));
}

#[test]
fn a_file_that_finds_no_room_for_a_link_is_kept_itself() {
    let memory = Memory::new();
    let mut names = vec!["a/keep".to_owned()];
    memory.file("a/keep", KEPT);
    for at in 0..2000 {
        memory.hard_link("a/keep", &format!("a/{at}"));
        names.push(format!("a/{at}"));
    }
    let mut files = vec![memory.record(&["a/keep"], true)];
    for at in 0..5 {
        memory.file(&format!("b/{at}"), KEPT);
    }
    files.extend((0..5).map(|at| memory.record(&[&format!("b/{at}")], false)));
    memory.max_links.set(2002);
    let groups = vec![Duplicates {
        digest: digest(KEPT),
        algorithm: HashAlgorithm::Blake3,
        files,
    }];
    let options = ActionOptions::new(Action::HardLink);
    let ran = act(&memory, &options, groups, Steps::new(Fault::None));
    let totals = ran.ended.unwrap();
    assert_eq!((totals.done, totals.skipped, totals.failed), (4, 1, 0));
    let skipped = ran
        .outcomes
        .iter()
        .find_map(|outcome| match outcome.result {
            FileResult::Skipped(skip) => Some((skip, outcome.file.path.to_str().unwrap())),
            _ => None,
        });
    assert_eq!(skipped, Some((Skip::TooManyLinks, "b/1")));
    let id = |at: u32| memory.id_of(&format!("b/{at}"));
    assert_eq!(id(0), memory.id_of("a/keep"));
    assert!((2..5).all(|at| id(at) == id(1)));
}

#[test]
fn without_leases_the_result_says_so_and_can_be_refused() {
    for (require_lease, expected) in [(false, 3), (true, 0)] {
        let memory = tree();
        memory.has_leases.set(false);
        let mut options = ActionOptions::new(Action::Remove);
        options.require_lease = require_lease;
        let groups = groups(&memory);
        let ran = act(&memory, &options, groups, Steps::new(Fault::None));
        assert_eq!(ran.ended.unwrap().done, expected);
        for outcome in ran.outcomes {
            match outcome.result {
                FileResult::Done { proof, .. } => {
                    assert_eq!(proof, Some(super::journal::Proof::Times));
                }
                FileResult::Skipped(skip) => assert_eq!(skip, Skip::NoLease),
                FileResult::Failed(failure) => panic!("{failure}"),
            }
        }
    }
}

#[test]
fn a_dry_run_says_what_would_be_done_and_changes_nothing() {
    for action in actions() {
        let memory = tree();
        let before = memory.tree();
        let mut options = ActionOptions::new(action);
        options.dry_run = true;
        let groups = groups(&memory);
        let ran = act(&memory, &options, groups, Steps::new(Fault::None));
        assert_eq!(ran.ended.unwrap().done, 3);
        assert_eq!(memory.tree(), before);
        assert!(ran.journal.records.is_empty());
    }
}

#[test]
fn two_files_of_a_server_are_told_apart_by_their_times() {
    let memory = tree();
    memory.kind.set(FileSystemKind::Other);
    let options = ActionOptions::new(Action::Remove);
    let groups = groups(&memory);
    let ran = act(&memory, &options, groups, Steps::new(Fault::None));
    assert_eq!(ran.ended.unwrap().done, 3);
}
