//! Acts of others between the steps of an act, and errors in a report.

use std::rc::Rc;

use super::crash_tests::{KEPT, OTHER, act, actions, check, digest, groups, tree};
use super::fault_tests::{Fault, Steps};
use super::plan::{Action, ActionOptions};
use super::{FileResult, Outcome, Skip};
use crate::platform::FileOps;
use crate::types::Digest;

/// Without leases nobody tells of writers: the times do, up to the act, though a
/// program sets the one back that it can.
#[test]
fn what_is_written_between_comparison_and_act_is_not_lost() {
    const NEW: &[u8] = b"what somebody wrote meanwhile";
    assert_eq!(NEW.len(), KEPT.len());
    // After the intents, and right before the names change.
    for moment in ["journal", "link", "symlink", "exchange", "rename"] {
        write_at(moment, NEW);
    }
}

fn write_at(moment: &'static str, new: &'static [u8]) {
    for action in actions() {
        for written in ["k/keep", "t/one", "t/two"] {
            let memory = Rc::new(tree());
            memory.has_leases.set(false);
            let options = ActionOptions::new(action.clone());
            let groups = groups(&memory);
            let neighbour = Rc::clone(&memory);
            let mut was_written = false;
            let told = Rc::new(std::cell::Cell::new(false));
            let was_told = Rc::clone(&told);
            let steps = Steps::with_neighbour(move |_, operation| {
                let is_there = neighbour.tree().contains_key(written);
                if operation == moment && is_there && !std::mem::replace(&mut was_written, true) {
                    was_told.set(true);
                    neighbour.overwrite(written, new);
                }
            });
            let ran = act(&memory, &options, groups, steps);
            let contents: Vec<_> = memory.tree().into_values().collect();
            let expected = [KEPT, OTHER].into_iter().chain(told.get().then_some(new));
            for content in expected {
                assert!(
                    contents.iter().any(|found| found == content),
                    "{action:?} {written} {moment}"
                );
            }
            if moment != "journal" {
                continue;
            }
            let skipped = |outcome: &&Outcome| {
                let skips = [Skip::KeeperChanged, Skip::Changed];
                matches!(outcome.result, FileResult::Skipped(skip) if skips.contains(&skip))
            };
            let count = if written == "k/keep" { 2 } else { 1 };
            assert_eq!(ran.outcomes.iter().filter(skipped).count(), count);
        }
    }
}

/// The digest of a report may be anybody's: what is recorded is that of the bytes.
#[test]
fn the_digest_that_is_recorded_is_that_of_the_bytes() {
    for action in actions() {
        let memory = tree();
        let mut groups = groups(&memory);
        groups[0].digest = digest(OTHER);
        let options = ActionOptions::new(action);
        let ran = act(&memory, &options, groups, Steps::new(Fault::None));
        assert_eq!(ran.ended.unwrap().done, 3);
        let recorded = ran.journal.records.iter().map(|r| r.entry.digest);
        let recorded: Vec<Digest> = recorded.collect();
        assert_eq!(recorded, [digest(KEPT), digest(KEPT), digest(OTHER)]);
    }
}

#[test]
fn a_file_in_memory_is_not_kept_for_one_on_a_disk() {
    for action in actions() {
        let memory = tree();
        memory.volatile.set(Some(memory.id_of("k")));
        let options = ActionOptions::new(action);
        let groups = groups(&memory);
        let ran = act(&memory, &options, groups, Steps::new(Fault::None));
        let reasons = ran.outcomes.iter().map(|outcome| match outcome.result {
            FileResult::Skipped(skip) => Some(skip),
            _ => None,
        });
        let reasons: Vec<_> = reasons.collect();
        let refused = Some(Skip::KeeperInMemory);
        assert_eq!(reasons, [refused, refused, None]);
    }
}

/// The kept file is destroyed in the last moment: the other one, which is open
/// still, is written back.
#[test]
fn the_last_copy_is_written_back() {
    for action in [Action::Remove, Action::SymbolicLink] {
        for removed in [true, false] {
            let memory = Rc::new(tree());
            let options = ActionOptions::new(action.clone());
            let groups = groups(&memory);
            let neighbour = Rc::clone(&memory);
            let keeper = memory.id_of("k/keep");
            let mut unlinks = 0;
            let steps = Steps::with_neighbour(move |_, operation| {
                unlinks += usize::from(operation == "unlink");
                // The first file is gone for good with this one.
                if operation == "unlink" && unlinks == 1 {
                    let dir = neighbour.id_of("k");
                    match removed {
                        true => neighbour.unlink(&dir, b"keep").unwrap(),
                        false => neighbour.write_at(&keeper, b"other", 0).unwrap(),
                    }
                }
            });
            let ran = act(&memory, &options, groups, steps);
            let tree = memory.tree();
            assert_eq!(tree["t/one"], KEPT, "{action:?}");
            let first = &ran.outcomes[0].result;
            assert!(
                matches!(first, FileResult::Skipped(Skip::KeeperChanged)),
                "{first:?}"
            );
            check(&memory, &ran.journal, &action, "written back");
        }
    }
}

/// A writer does not wait until the whole batch is proved.
#[test]
fn a_batch_gives_way_while_other_files_are_compared() {
    for written in ["k/keep", "t/one"] {
        let memory = Rc::new(tree());
        let options = ActionOptions::new(Action::Remove);
        let groups = groups(&memory);
        let neighbour = Rc::clone(&memory);
        let order = Rc::new(std::cell::RefCell::new(Vec::new()));
        let seen = Rc::clone(&order);
        let mut opened = 0;
        let steps = Steps::with_neighbour(move |_, operation| {
            opened += usize::from(operation == "open_file");
            // The first target, its keeper, and the second target.
            if operation == "open_file" && opened == 3 {
                let id = neighbour.id_of(written);
                neighbour.writers.borrow_mut().insert(id);
            }
            if operation == "release_lease" || operation == "journal" {
                seen.borrow_mut().push(operation.to_owned());
            }
        });
        let ran = act(&memory, &options, groups, steps);
        assert_eq!(order.borrow()[0], "release_lease", "{written}");
        let first = &ran.outcomes[0].result;
        assert!(
            matches!(first, FileResult::Skipped(Skip::InUse)),
            "{first:?}"
        );
    }
}

/// As many copies as are wanted must be there when a file goes, with their bytes.
#[test]
fn enough_copies_are_left_or_nothing_goes() {
    let other = [b'-'; KEPT.len()];
    // Each is marked as kept: there, with other bytes, written to since.
    for (content, overwritten, expected) in [
        (KEPT, false, None),
        (&other[..], false, Some(Skip::TooFewCopies)),
        (KEPT, true, Some(Skip::TooFewCopies)),
    ] {
        let memory = tree();
        memory.file("v/keep", content);
        let mut groups = groups(&memory);
        groups.truncate(1);
        groups[0].files.push(memory.record(&["v/keep"], true));
        if overwritten {
            memory.overwrite("v/keep", &other);
        }
        let mut options = ActionOptions::new(Action::Remove);
        options.leave = 2;
        let ran = act(&memory, &options, groups, Steps::new(Fault::None));
        for outcome in &ran.outcomes {
            let skip = match outcome.result {
                FileResult::Skipped(skip) => Some(skip),
                _ => None,
            };
            assert_eq!(skip, expected, "{outcome:?}");
        }
        assert_eq!(memory.tree().contains_key("t/one"), expected.is_some());
    }
}
