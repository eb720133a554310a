//! Several threads come to the results of one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::crash_tests::{actions, digest};
use super::fault_tests::{Fault, MemoryJournal, Steps};
use super::journal::State;
use super::system_tests::temporary_dir;
use super::threads::in_threads;
use super::{Action, ActionOptions, Duplicates, Run};
use crate::config::HashAlgorithm;
use crate::platform::{SystemFiles, stat_path};
use crate::types::{CancelToken, FileRecord};

const GROUPS: usize = 40;

fn record(path: PathBuf, keep: bool) -> FileRecord {
    let stat = stat_path(&path, false).unwrap();
    let mut record = FileRecord::new(path, stat.id);
    record.size = stat.size;
    record.modified = stat.modified;
    record.changed = stat.changed;
    record.links = stat.links as u32;
    record.keep = keep;
    record
}

/// Groups of two to seven files in directories that they share. In every third
/// one a file has other bytes by now, in every fourth one is gone, and every fifth
/// one has lost the file that is to be kept.
fn groups(root: &Path) -> Vec<Duplicates> {
    let group = |number: usize| {
        let content = format!("the content of group {number}").repeat(number + 1);
        let path = |at: usize| root.join(format!("d{}/{number}-{at}", (number + at) % 7));
        let count = 2 + number % 6;
        for at in 0..count {
            fs::create_dir_all(path(at).parent().unwrap()).unwrap();
            fs::write(path(at), &content).unwrap();
        }
        let files = (0..count).map(|at| record(path(at), at == 0)).collect();
        if number.is_multiple_of(3) {
            let other = content.to_uppercase();
            fs::write(path(1), other).unwrap();
        }
        if number.is_multiple_of(4) {
            fs::remove_file(path(count - 1)).unwrap();
        }
        if number.is_multiple_of(5) {
            fs::remove_file(path(0)).unwrap();
        }
        Duplicates {
            digest: digest(content.as_bytes()),
            algorithm: HashAlgorithm::Blake3,
            files,
        }
    };
    (0..GROUPS).map(group).collect()
}

/// What was reported of each file, in order, and what the tree holds then.
#[derive(Debug, PartialEq)]
struct Ran {
    outcomes: Vec<(usize, PathBuf, String)>,
    files: BTreeMap<PathBuf, Option<Vec<u8>>>,
    states: BTreeMap<PathBuf, State>,
}

fn run(action: &Action, threads: Option<usize>, batch: Option<usize>) -> Ran {
    let dir = temporary_dir();
    let root = dir.path().canonicalize().unwrap();
    fs::create_dir(root.join("to")).unwrap();
    let action = match action {
        Action::Move { .. } => Action::Move {
            to: root.join("to"),
        },
        Action::Trash { .. } => Action::Trash {
            home: Some(root.join("to")),
        },
        action => action.clone(),
    };
    let groups = groups(&root);
    let mut options = ActionOptions::new(action);
    options.roots = vec![root.clone()];
    let mut journal = MemoryJournal::new(Steps::new(Fault::None));
    let below = |path: &Path| path.strip_prefix(&root).unwrap().to_path_buf();
    let mut outcomes = Vec::new();
    let mut report = |outcome: super::Outcome| {
        let result = format!("{:?}", outcome.result);
        outcomes.push((outcome.group, below(&outcome.file.path), result));
    };
    let cancel = CancelToken::default();
    let run = Run::new(&SystemFiles, &options, &mut journal, &cancel, &mut report);
    let mut run = run.unwrap();
    if let Some(files) = batch {
        run = run.with_batches_of(files);
    }
    if let Some(threads) = threads {
        run = run.with_threads(threads);
    }
    run.run(groups).unwrap();
    let states = journal.states().into_iter();
    let states = states.map(|(path, state)| (below(&path), state)).collect();
    let mut files = BTreeMap::new();
    for dir in (0..7).map(|number| root.join(format!("d{number}"))) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            files.insert(below(&path), fs::read(&path).ok());
        }
    }
    Ran {
        outcomes,
        files,
        states,
    }
}

#[test]
fn the_results_are_those_of_one_thread() {
    for action in actions() {
        for batch in [None, Some(1), Some(7)] {
            let one = run(&action, None, batch);
            let results = one.outcomes.iter().map(|(_, _, result)| result);
            let done = results.filter(|result| result.starts_with("Done")).count();
            if action != Action::Dedupe {
                assert!(done > GROUPS, "{action:?}: {done}");
            }
            let targets: usize = (0..GROUPS).map(|number| 1 + number % 6).sum();
            assert_eq!(one.outcomes.len(), targets);
            let several = run(&action, Some(4), batch);
            assert_eq!(several, one, "{action:?}, batches of {batch:?}");
        }
    }
}

#[test]
fn nothing_that_a_thread_sends_is_lost() {
    let mut sum = 0;
    let tasks = super::threads::Tasks::new(0..1000_u64);
    let work = |each: &mut dyn FnMut(u64)| {
        while let Some(task) = tasks.next() {
            each(task);
        }
    };
    let each = |sent: Option<u64>| sum += sent.unwrap_or(0);
    assert!(in_threads(
        3,
        work,
        std::time::Duration::from_millis(1),
        each
    ));
    assert_eq!(sum, 499_500);
}

#[test]
fn without_a_thread_nothing_is_done() {
    let work = |each: &mut dyn FnMut(u64)| each(1);
    let each = |sent: Option<u64>| assert_eq!(sent, None);
    assert!(!in_threads(
        0,
        work,
        std::time::Duration::from_millis(1),
        each
    ));
}
