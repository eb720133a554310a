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
    for action in actions() {
        for written in ["k/keep", "t/one", "t/two"] {
            let memory = Rc::new(tree());
            memory.has_leases.set(false);
            let options = ActionOptions::new(action.clone());
            let groups = groups(&memory);
            let neighbour = Rc::clone(&memory);
            let mut was_written = false;
            let steps = Steps::with_neighbour(move |_, operation| {
                // The intents.
                if operation == "journal" && !std::mem::replace(&mut was_written, true) {
                    neighbour.overwrite(written, NEW);
                }
            });
            let ran = act(&memory, &options, groups, steps);
            let contents: Vec<_> = memory.tree().into_values().collect();
            for content in [KEPT, OTHER, NEW] {
                assert!(
                    contents.iter().any(|found| found == content),
                    "{action:?} {written}"
                );
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
