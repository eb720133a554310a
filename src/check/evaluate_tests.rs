//! Tests of the evaluator with made-up groups: no files, no scan.

use super::*;
use crate::check::{Allow, Budget, Measure, PathBudget, PathState, Policy};
use crate::config::HashAlgorithm;
use crate::types::{FileId, Proof};

const ROOT: &str = "/nowhere/project";

fn digest(byte: u8) -> Digest {
    Digest::new(&[byte; 32])
}

/// A group of files of 100 bytes: one inode for each but where names are
/// joined by `=`; those that begin with `*` are references.
fn group(byte: u8, files: &[&str]) -> Group {
    let files: Vec<FileRecord> = files
        .iter()
        .zip(1..)
        .map(|(names, ino)| {
            let mut names = names.trim_start_matches('*').split('=');
            let path = |name: &str| Path::new(ROOT).join(name);
            let first = path(names.next().unwrap());
            FileRecord {
                number: ino,
                hard_links: names.map(path).collect(),
                reference: files[ino as usize - 1].starts_with('*'),
                ..FileRecord::new(first, FileId { dev: 1, ino: 1 })
            }
        })
        .collect();
    Group {
        digest: Some(digest(byte)),
        proof: Proof::Digest,
        size: 100,
        reclaimable_bytes: 0,
        linked_outside_bytes: 0,
        shared_bytes: 0,
        keep_tie: false,
        keep_reason: None,
        files,
    }
}

fn budget(groups: Option<u64>, duplicates: Option<u64>, bytes: Option<u64>) -> Budget {
    Budget::of(groups, duplicates, bytes)
}

/// A directory covers everything in it.
impl Changes for BTreeSet<PathBuf> {
    fn has(&self, place: &Path) -> bool {
        place.ancestors().any(|whole| self.contains(whole))
    }
}

struct Case {
    policy: Policy,
    baseline: Baseline,
    changed: Option<BTreeSet<PathBuf>>,
}

impl Case {
    fn new(policy: Policy) -> Self {
        Self {
            policy,
            baseline: Baseline::empty(HashAlgorithm::Blake3),
            changed: None,
        }
    }

    fn accepting(mut self, byte: u8, places: &[&str]) -> Self {
        for place in places {
            self.baseline.accept(digest(byte), 100, place.into());
        }
        self
    }

    fn changed(mut self, places: &[&str]) -> Self {
        self.changed = Some(places.iter().map(PathBuf::from).collect());
        self
    }

    fn evaluate(&self, groups: &[Group]) -> Verdict {
        let rules = Rules::new(self.policy.clone(), Path::new(ROOT)).unwrap();
        let mut evaluate = Evaluator::new(
            &rules,
            &self.baseline,
            self.changed.as_ref().map(|set| set as &dyn Changes),
        );
        let mut places = ProjectPaths::new(Path::new(ROOT));
        for group in groups {
            evaluate.consider(group, &mut places);
        }
        evaluate.finish(&Coverage {
            roots: &[PathBuf::new()],
            references: &[],
            is_whole: true,
            inspect: &|_| PathState::Nothing,
        })
    }
}

/// Each file of a finding with a letter for its standing.
fn shown(finding: &Finding) -> Vec<String> {
    let copies = finding.copies.iter().map(|copy| {
        let letter = match &copy.status {
            FileStatus::Original => "o",
            FileStatus::Reference => "r",
            FileStatus::Baseline => "b",
            FileStatus::Allowed(_) => "a",
            FileStatus::Unchanged => "u",
            FileStatus::Same(_) => "s",
            FileStatus::New { .. } => "n",
        };
        format!("{letter} {}", copy.path.display())
    });
    copies.collect()
}

#[test]
fn without_a_policy_every_duplicate_is_one_too_many() {
    let verdict = Case::new(Policy::default()).evaluate(&[group(1, &["a", "b", "c"])]);
    assert!(!verdict.is_within());
    assert_eq!(shown(&verdict.findings[0]), ["o a", "n b", "n c"]);
    assert!(verdict.findings[0].is_over);
    assert_eq!(
        (verdict.duplicates(), verdict.reclaimable_bytes()),
        (2, 200)
    );
    let none = Case::new(Policy::default()).evaluate(&[]);
    assert!(none.is_within() && none.findings.is_empty());
}

#[test]
fn the_file_that_is_kept_is_the_original() {
    let mut group = group(1, &["a", "b", "c"]);
    group.files[1].keep = true;
    let verdict = Case::new(Policy::default()).evaluate(&[group]);
    assert_eq!(shown(&verdict.findings[0]), ["o b", "n a", "n c"]);
}

#[test]
fn a_new_path_that_joins_an_accepted_group_is_named() {
    let case = Case::new(Policy::default()).accepting(1, &["a", "b"]);
    let verdict = case.evaluate(&[group(1, &["a", "b"])]);
    assert!(verdict.is_within());
    assert_eq!((verdict.accepted_groups, verdict.findings.len()), (1, 0));
    let verdict = case.evaluate(&[group(1, &["a", "aa", "b"])]);
    assert!(!verdict.is_within());
    assert_eq!(shown(&verdict.findings[0]), ["b a", "b b", "n aa"]);
    assert_eq!(verdict.reclaimable_bytes(), 100);
    // The same places with other content are not accepted.
    let verdict = case.evaluate(&[group(2, &["a", "b"])]);
    assert_eq!(shown(&verdict.findings[0]), ["o a", "n b"]);
    assert_eq!(verdict.stale.len(), 2);
}

#[test]
fn what_a_rule_allows_may_be_there_and_what_copies_it_may_not() {
    let policy = Policy {
        allow: vec![
            Allow {
                paths: vec!["LICENSE".to_owned(), "vendor/".to_owned()],
                reason: "as it came".to_owned(),
                ..Allow::default()
            },
            Allow {
                digests: vec![digest(7)],
                reason: "a placeholder".to_owned(),
                ..Allow::default()
            },
        ],
        ..Policy::default()
    };
    let case = Case::new(policy);
    let within = [
        group(1, &["a/LICENSE", "b/LICENSE"]),
        group(2, &["vendor/x/y", "vendor/z"]),
        group(7, &["p", "q", "r"]),
    ];
    let verdict = case.evaluate(&within);
    assert!(verdict.is_within());
    assert_eq!(verdict.accepted_groups, 3);
    let verdict = case.evaluate(&[group(1, &["src/y", "vendor/x/y"])]);
    assert_eq!(shown(&verdict.findings[0]), ["a vendor/x/y", "n src/y"]);
    let reason = &verdict.findings[0].copies[0].status;
    assert_eq!(*reason, FileStatus::Allowed("as it came".to_owned()));
}

#[test]
fn references_are_originals() {
    let verdict = Case::new(Policy::default()).evaluate(&[group(1, &["*old/a", "new/a"])]);
    assert_eq!(shown(&verdict.findings[0]), ["r old/a", "n new/a"]);
}

#[test]
fn any_name_of_a_file_can_be_the_accepted_one() {
    let case = Case::new(Policy::default()).accepting(1, &["m", "z"]);
    let verdict = case.evaluate(&[group(1, &["a=m", "z"])]);
    assert!(verdict.is_within());
    assert!(verdict.stale.is_empty());
}

#[test]
fn names_of_one_file_take_their_room_once() {
    let mut group = group(1, &["a", "b", "c", "d"]);
    // As with hard links reported: b is a again, d is c again.
    group.files[1].number = group.files[0].number;
    group.files[3].number = group.files[2].number;
    let verdict = Case::new(Policy::default()).evaluate(&[group]);
    assert_eq!(
        (verdict.duplicates(), verdict.reclaimable_bytes()),
        (3, 100)
    );
}

#[test]
fn each_limit_is_held_by_itself_and_only_what_is_beyond_it_fails() {
    let groups = [group(1, &["a", "b", "c"]), group(2, &["d", "e"])];
    let table = [
        // Two groups, three files, 300 bytes.
        (budget(Some(2), None, None), None),
        (budget(Some(1), None, None), Some((Measure::Groups, 2, 1))),
        (budget(None, Some(3), None), None),
        (
            budget(None, Some(2), None),
            Some((Measure::Duplicates, 3, 2)),
        ),
        (budget(None, None, Some(300)), None),
        (
            budget(None, None, Some(299)),
            Some((Measure::Reclaimable, 300, 299)),
        ),
        (budget(Some(2), Some(3), Some(300)), None),
    ];
    for (budget, expected) in table {
        let policy = Policy {
            budget,
            ..Policy::default()
        };
        let verdict = Case::new(policy).evaluate(&groups);
        let excess = verdict.accounts[0].excess();
        let found = excess.first().map(|e| (e.measure, e.found, e.most));
        assert_eq!(found, expected, "{budget:?}");
        assert_eq!(verdict.is_within(), expected.is_none(), "{budget:?}");
        assert!(
            verdict
                .findings
                .iter()
                .all(|f| f.is_over == expected.is_some())
        );
    }
}

#[test]
fn a_path_budget_takes_what_it_covers_and_no_more() {
    let policy = Policy {
        path_budgets: vec![PathBudget {
            paths: vec!["icons/".to_owned()],
            budget: budget(None, Some(2), None),
        }],
        ..Policy::default()
    };
    let case = Case::new(policy);
    let verdict = case.evaluate(&[
        group(1, &["icons/a", "icons/b"]),
        group(2, &["icons/c", "icons/d"]),
    ]);
    assert!(verdict.is_within());
    assert_eq!(verdict.accounts[0].duplicates, 2);
    assert_eq!(verdict.accounts[1].duplicates, 0);
    // The group is charged to both, each with its own files.
    let verdict = case.evaluate(&[group(1, &["a", "icons/a", "icons/b", "src/x"])]);
    let counted: Vec<_> = verdict
        .accounts
        .iter()
        .map(|a| (a.groups, a.duplicates, a.reclaimable_bytes))
        .collect();
    assert_eq!(counted, [(1, 2, 200), (1, 1, 100)]);
    assert!(!verdict.is_within());
    // Only what is charged to the exceeded budget is over.
    let verdict = case.evaluate(&[group(1, &["icons/a", "icons/b"]), group(2, &["p", "q"])]);
    let over: Vec<bool> = verdict.findings.iter().map(|f| f.is_over).collect();
    assert_eq!(over, [false, true]);
}

#[test]
fn what_did_not_change_is_not_judged_but_counts_as_original() {
    let case = Case::new(Policy::default()).changed(&["new", "dir"]);
    let verdict = case.evaluate(&[
        group(1, &["a", "b"]),
        group(2, &["c", "new", "old"]),
        group(3, &["dir/x", "dir/y"]),
        group(4, &["a=new", "z"]),
    ]);
    assert_eq!(verdict.unchanged_groups, 1);
    let shown: Vec<_> = verdict.findings.iter().map(shown).collect();
    assert_eq!(
        shown,
        [
            vec!["u c", "u old", "n new"],
            vec!["o dir/x", "n dir/y"],
            vec!["u z", "n a"],
        ]
    );
}

#[test]
fn an_accepted_file_that_changed_makes_nothing_new_of_an_old_one() {
    let policy = Policy {
        allow: vec![Allow {
            paths: vec!["fixtures/".to_owned()],
            reason: "test data".to_owned(),
            ..Allow::default()
        }],
        ..Policy::default()
    };
    let case = Case::new(policy)
        .accepting(2, &["listed"])
        .changed(&["fixtures", "listed", "ref"]);
    let verdict = case.evaluate(&[
        group(1, &["fixtures/a", "old"]),
        group(2, &["listed", "old"]),
        group(3, &["*ref/a", "old"]),
    ]);
    // A finding without anything new in it would be told as one.
    assert_eq!(verdict.findings, []);
    assert_eq!((verdict.accepted_groups, verdict.unchanged_groups), (0, 3));
}

#[test]
fn stale_entries_fail_only_where_they_are_denied() {
    for deny_stale in [false, true] {
        let policy = Policy {
            deny_stale,
            ..Policy::default()
        };
        let case = Case::new(policy).accepting(1, &["a", "b"]);
        let verdict = case.evaluate(&[]);
        assert_eq!(verdict.stale.len(), 2);
        assert_eq!(verdict.is_within(), !deny_stale);
    }
}

#[test]
fn whoever_stops_early_says_nothing_of_stale_entries() {
    let case = Case::new(Policy::default()).accepting(9, &["x"]);
    let rules = Rules::new(case.policy.clone(), Path::new(ROOT)).unwrap();
    let mut evaluate = Evaluator::new(&rules, &case.baseline, None);
    let mut places = ProjectPaths::new(Path::new(ROOT));
    assert!(!evaluate.is_over());
    evaluate.consider(&group(1, &["a", "b"]), &mut places);
    assert!(evaluate.is_over());
    let verdict = evaluate.stop();
    assert!(verdict.stopped_early && verdict.stale.is_empty());
    assert!(verdict.findings[0].is_over);
}
