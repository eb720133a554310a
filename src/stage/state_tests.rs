//! The state machine against scripted outcomes: no threads, no files.

use std::collections::HashMap;

use super::*;
use crate::types::{FileId, FileKind, FileStat, FoundDir, FoundFile, Timestamp, WalkBatch};

const SMALL: u64 = 100;
const LARGE: u64 = 1 << 20;

fn config() -> DedupConfig {
    DedupConfig {
        hard_links: false,
        verify: false,
        workers: 1,
        compare_width: 3,
        digest_len: digest(0).as_bytes().len(),
        settled_before: Timestamp::MIN,
        joins: None,
    }
}

/// A sieve that knows one directory.
fn state(config: DedupConfig) -> DedupState {
    let mut batch = WalkBatch::default();
    let name = batch.push_name(b"root");
    batch.dirs.push(FoundDir {
        dir: DirId(0),
        parent: None,
        name,
        id: FileId { dev: 1, ino: 1 },
        root: 0,
    });
    let mut state = DedupState::new(config);
    state.found(batch).unwrap();
    state
}

fn find(state: &mut DedupState, name: &str, ino: u64, size: u64) {
    find_changed(state, name, ino, size, 0);
}

fn stat(ino: u64, size: u64, links: u64, changed: i64) -> FileStat {
    FileStat {
        id: FileId { dev: 1, ino },
        kind: FileKind::Regular,
        size,
        links,
        modified: Timestamp::new(0, 0),
        changed: Timestamp::new(changed, 0),
    }
}

/// A file whose inode changed last at this time.
fn find_changed(state: &mut DedupState, name: &str, ino: u64, size: u64, changed: i64) {
    let mut batch = WalkBatch::default();
    let name = batch.push_name(name.as_bytes());
    batch.files.push(FoundFile {
        dir: DirId(0),
        name,
        stat: stat(ino, size, 2, changed),
        through_link: false,
    });
    state.found(batch).unwrap();
}

/// Does the work of one batch: `judge` says what is found in each file.
fn work(
    state: &mut DedupState,
    judge: impl Fn(Job, &str) -> TaskResult,
) -> Option<(Job, Vec<String>)> {
    let batch = state.next_batch()?;
    let mut names = Vec::new();
    let files = batch
        .tasks
        .iter()
        .map(|task| {
            let name = String::from_utf8(batch.location(task).name.to_vec()).unwrap();
            let finding = judge(batch.job, &name);
            names.push(name);
            FileOutcome {
                token: task.token,
                finding,
            }
        })
        .collect();
    state.done(BatchOutcome {
        job: batch.job,
        files,
        bytes_read: 0,
    });
    Some((batch.job, names))
}

fn digest(byte: u8) -> Digest {
    Digest::new(&[byte])
}

fn whole(byte: u8) -> TaskResult {
    TaskResult::Proved(Evidence::Whole(digest(byte)))
}

fn ends(byte: u8) -> TaskResult {
    TaskResult::Proved(Evidence::Ends(digest(byte)))
}

fn gone() -> TaskResult {
    TaskResult::Failed(FailureKind::NotFound, "gone".to_owned())
}

/// Confirmed classes of at least two, as sorted lists of names.
fn groups(state: &DedupState) -> Vec<Vec<String>> {
    let catalog = state.catalog();
    let mut groups: Vec<Vec<String>> = catalog
        .shared_classes()
        .map(|class| {
            let mut names: Vec<_> = catalog
                .members(class)
                .map(|f| catalog.path_of(f).display().to_string())
                .collect();
            names.sort();
            names
        })
        .collect();
    groups.sort();
    groups
}

#[test]
fn a_size_that_occurs_once_is_never_read() {
    let mut state = state(config());
    find(&mut state, "a", 10, 1);
    find(&mut state, "b", 11, 2);
    state.walk_done();
    assert!(state.next_batch().is_none());
    assert!(state.is_idle());
    assert_eq!(state.catalog().set_apart().count(), 2);
}

#[test]
fn the_second_of_a_size_sends_both_on_and_later_ones_follow_at_once() {
    let mut state = state(config());
    find(&mut state, "a", 10, SMALL);
    assert!(state.next_batch().is_none());
    find(&mut state, "b", 11, SMALL);
    let done = work(&mut state, |_, _| whole(1)).unwrap();
    assert_eq!(done, (Job::Partial, vec!["a".to_owned(), "b".to_owned()]));
    find(&mut state, "c", 12, SMALL);
    let done = work(&mut state, |_, _| whole(2)).unwrap();
    assert_eq!(done, (Job::Partial, vec!["c".to_owned()]));
    assert_eq!(groups(&state), [["root/a", "root/b"]]);
}

#[test]
fn empty_files_are_opened_like_all_others_and_not_compared() {
    for verify in [false, true] {
        let mut state = state(DedupConfig { verify, ..config() });
        find(&mut state, "a", 10, 0);
        find(&mut state, "b", 11, 0);
        find(&mut state, "c", 12, 0);
        state.walk_done();
        // What the kernel makes up has no size, and content.
        let has_content = || TaskResult::Failed(FailureKind::Changed, String::new());
        let judge = |_, name: &str| if name == "b" { has_content() } else { whole(0) };
        let (job, _) = work(&mut state, judge).unwrap();
        assert_eq!(job, Job::Partial);
        assert!(state.next_batch().is_none());
        assert_eq!(groups(&state), [["root/a", "root/c"]]);
        assert!(state.next_settled().is_some());
    }
}

#[test]
fn equal_ends_are_no_match() {
    let mut state = state(config());
    for (name, ino) in [("a", 10), ("b", 11), ("c", 12)] {
        find(&mut state, name, ino, LARGE);
    }
    let (job, _) = work(&mut state, |_, name| ends(u8::from(name == "c"))).unwrap();
    assert_eq!(job, Job::Partial);
    assert!(groups(&state).is_empty());
    let done = work(&mut state, |_, name| whole(u8::from(name == "b"))).unwrap();
    assert_eq!(done, (Job::Full, vec!["a".to_owned(), "b".to_owned()]));
    assert!(state.next_batch().is_none());
    state.walk_done();
    assert!(groups(&state).is_empty());
}

#[test]
fn the_same_digest_of_another_size_is_no_match() {
    let mut state = state(config());
    for (name, ino, size) in [("a", 10, 5), ("b", 11, 5), ("c", 12, 6), ("d", 13, 6)] {
        find(&mut state, name, ino, size);
    }
    while work(&mut state, |_, _| whole(7)).is_some() {}
    assert_eq!(groups(&state), [["root/a", "root/b"], ["root/c", "root/d"]]);
}

#[test]
fn names_of_one_inode_are_one_file_wherever_they_turn_up() {
    // Before, while and after its size is opened by another file.
    for order in [["x", "y", "b"], ["x", "b", "y"], ["b", "x", "y"]] {
        let mut state = state(config());
        for name in order {
            find(&mut state, name, if name == "b" { 11 } else { 10 }, SMALL);
        }
        let mut seen = 0;
        while let Some((_, names)) = work(&mut state, |_, _| whole(1)) {
            seen += names.len();
        }
        assert_eq!(seen, 2, "{order:?}: each inode is read once");
        assert_eq!(groups(&state).len(), 1, "{order:?}");
        assert_eq!(state.catalog().files.len(), 2, "{order:?}");
    }
}

#[test]
fn an_inode_that_is_another_file_by_now_is_no_other_name() {
    // Met when it is the only one of its size, and when others are there.
    for company in [false, true] {
        let mut state = state(config());
        find(&mut state, "a", 10, SMALL);
        if company {
            find(&mut state, "b", 11, SMALL);
            while work(&mut state, |_, _| whole(1)).is_some() {}
        }
        // The same name once more is no news, whatever became of it.
        find_changed(&mut state, "a", 10, SMALL, 7);
        find_changed(&mut state, "c", 10, SMALL, 7);
        find(&mut state, "d", 10, SMALL);
        find_changed(&mut state, "d", 10, SMALL, 7);
        state.walk_done();
        while work(&mut state, |_, _| whole(1)).is_some() {}
        let catalog = state.catalog();
        let errors = catalog.errors();
        let errors = errors.iter().map(|e| (e.path.to_str(), e.stage, e.kind));
        let expected = (Some("root/c"), Stage::Walk, FailureKind::Changed);
        assert_eq!(errors.collect::<Vec<_>>(), [expected]);
        let file = catalog.files.indexes().next().unwrap();
        let names = catalog.extra_names(file);
        let names: Vec<&[u8]> = names.map(|extra| catalog.names.get(extra.name)).collect();
        assert_eq!(names, [b"d", b"d", b"a"]);
    }
}

#[test]
fn what_fails_is_reported_and_in_no_group() {
    let mut state = state(config());
    for (name, ino) in [("a", 10), ("b", 11), ("c", 12)] {
        find(&mut state, name, ino, SMALL);
    }
    let judge = |_, name: &str| if name == "b" { gone() } else { whole(1) };
    while work(&mut state, judge).is_some() {}
    state.walk_done();
    assert_eq!(groups(&state), [["root/a", "root/c"]]);
    let errors = &state.catalog().errors();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].path.to_str(), Some("root/b"));
    assert_eq!(
        (errors[0].stage, errors[0].kind),
        (Stage::Partial, FailureKind::NotFound)
    );
    assert_eq!(state.catalog().set_apart().count(), 0);
}

#[test]
fn a_digest_of_another_length_is_a_failure_and_in_no_group() {
    // The digests of this sieve have one byte.
    for wrong in [Digest::new(&[]), Digest::new(&[1, 1])] {
        let mut state = state(config());
        for (name, ino, size) in [
            ("a", 10, SMALL),
            ("b", 11, SMALL),
            ("c", 12, SMALL),
            ("d", 13, SMALL),
            ("e", 14, LARGE),
            ("f", 15, LARGE),
            ("g", 16, LARGE),
            ("h", 17, LARGE),
            ("i", 18, LARGE),
        ] {
            find(&mut state, name, ino, size);
        }
        state.walk_done();
        let judge = |job, name: &str| {
            TaskResult::Proved(match (job, name) {
                (_, "a" | "b") => Evidence::Whole(wrong),
                (Job::Partial, "c" | "d") => Evidence::Whole(digest(1)),
                (Job::Partial, "e") => Evidence::Ends(wrong),
                (Job::Partial, "f") => Evidence::SharedEnds(wrong, 7),
                (Job::Partial, _) => Evidence::Ends(digest(1)),
                (Job::Full, "g") => Evidence::Whole(wrong),
                (Job::Full, "h" | "i") => Evidence::Whole(digest(1)),
                other => panic!("{other:?}"),
            })
        };
        while work(&mut state, judge).is_some() {}
        assert_eq!(groups(&state), [["root/c", "root/d"], ["root/h", "root/i"]]);
        let errors = state.catalog().errors();
        let failed = errors.iter().map(|error| {
            assert_eq!(error.kind, FailureKind::Crash, "{error:?}");
            (error.path.to_str().unwrap(), error.stage)
        });
        let partial = ["a", "b", "e", "f"].map(|name| (name, Stage::Partial));
        let expected = partial.into_iter().chain([("g", Stage::Full)]);
        let expected: Vec<_> = expected
            .map(|(n, stage)| (format!("root/{n}"), stage))
            .collect();
        let failed: Vec<_> = failed.map(|(n, stage)| (n.to_owned(), stage)).collect();
        assert_eq!(failed, expected);
        assert!(state.is_idle() && state.next_settled().is_some());
    }
}

#[test]
fn a_size_settles_only_when_all_larger_ones_have() {
    let mut state = state(config());
    for (name, ino, size) in [
        ("a", 10, 5),
        ("b", 11, 5),
        ("c", 12, LARGE),
        ("d", 13, LARGE),
    ] {
        find(&mut state, name, ino, size);
    }
    assert!(state.next_settled().is_none(), "more may be found");
    state.walk_done();
    work(
        &mut state,
        |_, name| if name < "c" { whole(1) } else { ends(1) },
    );
    assert!(
        state.next_settled().is_none(),
        "the larger ones are not done"
    );
    work(&mut state, |_, _| whole(2));
    let sizes: Vec<u64> = std::iter::from_fn(|| state.next_settled())
        .map(|(size, classes)| {
            assert_eq!(classes.len(), 1);
            size
        })
        .collect();
    assert_eq!(sizes, [LARGE, 5]);
}

/// Hashes say that a to e are equal; bytes say that b and d are not.
fn verified(pivot_fails: bool) -> DedupState {
    let mut state = state(DedupConfig {
        verify: true,
        ..config()
    });
    for (name, ino) in [("a", 10), ("b", 11), ("c", 12), ("d", 13), ("e", 14)] {
        find(&mut state, name, ino, SMALL);
    }
    while work(&mut state, |_, _| whole(1)).is_some() {}
    assert!(groups(&state).is_empty(), "not confirmed yet");
    state.walk_done();
    while let Some(batch) = state.next_batch() {
        assert_eq!(batch.job, Job::Compare);
        let name = |task| batch.location(task).name[0];
        let odd = |name: u8| matches!(name, b'b' | b'd');
        let pivot = name(&batch.tasks[0]);
        let failed = pivot_fails && pivot == b'a';
        let files = batch
            .tasks
            .iter()
            .map(|task| FileOutcome {
                token: task.token,
                finding: if failed && name(task) == pivot {
                    gone()
                } else if failed {
                    TaskResult::Undone
                } else if odd(name(task)) == odd(pivot) {
                    TaskResult::Proved(Evidence::EqualsFirst)
                } else {
                    TaskResult::Proved(Evidence::DiffersFromFirst)
                },
            })
            .collect();
        let job = batch.job;
        state.done(BatchOutcome {
            job,
            files,
            bytes_read: 0,
        });
    }
    assert!(state.is_idle());
    assert!(state.next_settled().is_some());
    state
}

#[test]
fn a_comparison_splits_what_the_hash_could_not() {
    let state = verified(false);
    let expected: [&[&str]; 2] = [&["root/a", "root/c", "root/e"], &["root/b", "root/d"]];
    assert_eq!(groups(&state), expected);
    assert!(state.catalog().errors().is_empty());
}

#[test]
fn a_pivot_that_fails_is_replaced_and_reported_once() {
    let state = verified(true);
    assert_eq!(groups(&state), [["root/b", "root/d"], ["root/c", "root/e"]]);
    assert_eq!(state.catalog().errors().len(), 1);
    assert_eq!(state.catalog().errors()[0].stage, Stage::Verify);
}

#[test]
fn names_alone_in_their_class_are_hashed_last_when_they_count() {
    let mut state = state(DedupConfig {
        hard_links: true,
        ..config()
    });
    find(&mut state, "x", 10, LARGE);
    find(&mut state, "y", 10, LARGE);
    find(&mut state, "z", 11, 5);
    state.walk_done();
    assert!(state.next_batch().is_none());
    assert!(state.last_work());
    let done = work(&mut state, |_, _| whole(1)).unwrap();
    assert_eq!(done, (Job::Full, vec!["x".to_owned()]));
    assert!(!state.last_work());
    assert_eq!(state.catalog().set_apart().count(), 1);
}

/// A sieve that takes the value of the last part for that of all.
fn cutting() -> DedupState {
    fn last(parts: &[(u64, Digest)]) -> Option<Digest> {
        parts.last().map(|&(_, value)| value)
    }
    let joins = Joins {
        window: last,
        file: last,
    };
    state(DedupConfig {
        joins: Some(joins),
        ..config()
    })
}

#[test]
fn large_files_go_on_in_stretches_until_they_differ_or_fail() {
    let mut state = cutting();
    for (name, ino) in [("a", 10), ("b", 11), ("c", 12), ("d", 13)] {
        find(&mut state, name, ino, 4 << 20);
    }
    state.walk_done();
    let judge = |job, name: &str| match (job, name) {
        (Job::Partial, _) => ends(1),
        (Job::Segment(segment), "c") if segment.offset == 1 << 20 => {
            TaskResult::Proved(Evidence::Segment(digest(3)))
        }
        (Job::Segment(segment), "d") if segment.offset == 1 << 20 => gone(),
        (Job::Segment(_), _) => TaskResult::Proved(Evidence::Segment(digest(2))),
        other => panic!("{other:?}"),
    };
    let mut seen = Vec::new();
    while let Some((job, names)) = work(&mut state, judge) {
        if let Job::Segment(segment) = job {
            seen.push(format!("{}{}", names.concat(), segment.offset >> 20));
            assert!(state.is_idle() || state.next_settled().is_none());
        }
    }
    // Two at a time, as long as that leaves as much to do for others.
    assert_eq!(seen, ["ab0", "cd0", "ab1", "cd1", "a2", "b2"]);
    assert_eq!(groups(&state), [["root/a", "root/b"]]);
    let errors = state.catalog().errors();
    assert_eq!(errors.len(), 1);
    assert_eq!(
        (errors[0].stage, errors[0].kind),
        (Stage::Full, FailureKind::NotFound)
    );
    assert_eq!(state.catalog().set_apart().count(), 1);
    let full = state.catalog().stages(false)[2];
    assert_eq!((full.files_in, full.files_out), (4, 2));
    assert!(state.next_settled().is_some());
}

#[test]
fn files_that_are_not_settled_are_read_from_end_to_end() {
    let mut state = cutting();
    for (name, ino) in [("a", 10), ("b", 11), ("c", 12)] {
        find(&mut state, name, ino, 64 << 20);
    }
    let judge = |job, name: &str| match (job, name) {
        (Job::Partial, "a" | "c") => TaskResult::Proved(Evidence::UnsettledEnds(digest(1))),
        (Job::Partial, _) => ends(1),
        (Job::Segment(_), "b") => TaskResult::Proved(Evidence::Segment(digest(2))),
        // The digest that the values of the parts make up.
        (Job::Full, "a") => whole(2),
        (Job::Full, "c") => whole(3),
        other => panic!("{other:?}"),
    };
    while work(&mut state, judge).is_some() {}
    state.walk_done();
    assert!(state.is_idle());
    assert_eq!(state.catalog().stages(false)[2].files_in, 3);
}

#[test]
fn nothing_more_is_read_of_a_large_file_that_failed() {
    let mut state = cutting();
    for (name, ino) in [("a", 10), ("b", 11), ("c", 12)] {
        find(&mut state, name, ino, 64 << 20);
    }
    state.walk_done();
    // Of four segments that may be read at the same time, the second fails.
    let judge = |job, name: &str| match job {
        Job::Segment(segment) if name == "b" && segment.offset == 40 << 20 => gone(),
        Job::Segment(_) => TaskResult::Proved(Evidence::Segment(digest(2))),
        _ => ends(1),
    };
    let mut last = HashMap::new();
    while let Some((job, names)) = work(&mut state, judge) {
        if let Job::Segment(segment) = job {
            last.extend(names.into_iter().map(|name| (name, segment.offset >> 20)));
        }
    }
    let expected = [("a", 56), ("b", 40), ("c", 56)];
    assert_eq!(
        last,
        expected.map(|(name, at)| (name.to_owned(), at)).into()
    );
    assert_eq!(groups(&state), [["root/a", "root/c"]]);
    assert_eq!(state.catalog().error_count(), 1);
    assert!(state.is_idle() && state.next_settled().is_some());
}

#[test]
fn totals_that_no_number_holds_stop_at_the_largest() {
    let mut state = state(config());
    for (name, ino, size) in [("a", 10, u64::MAX), ("b", 11, u64::MAX), ("c", 12, 1)] {
        find(&mut state, name, ino, size);
    }
    assert_eq!(state.bytes().0, u64::MAX);
    while work(&mut state, |job, _| {
        if job == Job::Full { whole(1) } else { ends(1) }
    })
    .is_some()
    {}
    assert_eq!(state.bytes().1, u64::MAX);
    assert_eq!(groups(&state).len(), 1);
}

fn shared(hint: u64) -> TaskResult {
    TaskResult::Proved(Evidence::SharedEnds(digest(1), hint))
}

#[test]
fn of_files_in_the_same_blocks_one_is_read() {
    for mut state in [state(config()), cutting()] {
        for (name, ino) in [("a", 10), ("b", 11), ("c", 12), ("d", 13), ("e", 14)] {
            find(&mut state, name, ino, 9 << 20);
        }
        state.walk_done();
        let mut read = Vec::new();
        let mut looks = Vec::new();
        loop {
            let done = work(&mut state, |job, name| match (job, name) {
                // Of the last one it is only thought.
                (Job::Partial, "d") => ends(1),
                (Job::Partial, _) => shared(7),
                (Job::Full, _) => whole(5),
                (Job::Segment(_), _) => TaskResult::Proved(Evidence::Segment(digest(5))),
                (Job::Extents, "c") => gone(),
                (Job::Extents, "e") => TaskResult::Proved(Evidence::StoredElsewhere),
                (Job::Extents, _) => TaskResult::Proved(Evidence::EqualsFirst),
                other => panic!("{other:?}"),
            });
            match done {
                None => break,
                Some((Job::Extents, names)) => looks.push(names.concat()),
                Some((Job::Partial, _)) => {}
                Some((_, names)) => read.extend(names),
            }
        }
        read.sort();
        read.dedup();
        assert_eq!(looks, ["abce"]);
        assert_eq!(read, ["a", "d", "e"]);
        let expected = ["a", "b", "d", "e"].map(|name| format!("root/{name}"));
        assert_eq!(groups(&state), [expected]);
        let errors = state.catalog().errors();
        assert_eq!((errors.len(), errors[0].stage), (1, Stage::Full));
        let full = state.catalog().stages(false)[2];
        assert_eq!((full.files_in, full.files_out), (5, 4));
        assert!(state.is_idle() && state.next_settled().is_some());
        assert_eq!(
            state.size_classes[state.catalog.files.size_of(FileIdx(0))].outstanding,
            0
        );
    }
}

#[test]
fn a_twin_takes_the_place_of_one_that_failed_even_alone() {
    for mut state in [state(config()), cutting()] {
        for (name, ino) in [("a", 10), ("b", 11), ("c", 12)] {
            find(&mut state, name, ino, 9 << 20);
        }
        state.walk_done();
        // What is left is told apart from all others by its blocks only.
        let judge = |job, name: &str| match (job, name) {
            (Job::Partial, _) => shared(7),
            (Job::Full | Job::Segment(_), "a" | "c") => gone(),
            (Job::Full, _) => whole(5),
            (Job::Segment(_), _) => TaskResult::Proved(Evidence::Segment(digest(5))),
            other => panic!("{other:?}"),
        };
        while work(&mut state, judge).is_some() {}
        assert_eq!(state.catalog().error_count(), 2);
        assert_eq!(groups(&state), Vec::<Vec<String>>::new());
        assert!(state.is_idle() && state.next_settled().is_some());
        assert_eq!(
            state.size_classes[state.catalog.files.size_of(FileIdx(0))].outstanding,
            0
        );
    }
}

#[test]
fn a_twin_that_is_found_late_is_looked_at_at_once() {
    let mut state = cutting();
    let judge = |job, _: &str| match job {
        Job::Partial => shared(7),
        Job::Segment(_) => TaskResult::Proved(Evidence::Segment(digest(5))),
        Job::Extents => TaskResult::Proved(Evidence::EqualsFirst),
        other => panic!("{other:?}"),
    };
    find(&mut state, "a", 10, 9 << 20);
    find(&mut state, "b", 11, 9 << 20);
    while work(&mut state, judge).is_some() {}
    assert_eq!(groups(&state), [["root/a", "root/b"]]);
    find(&mut state, "c", 12, 9 << 20);
    let mut jobs = Vec::new();
    while let Some((job, names)) = work(&mut state, judge) {
        jobs.push((job, names.concat()));
    }
    let expected = [
        (Job::Partial, "c".to_owned()),
        (Job::Extents, "ac".to_owned()),
    ];
    assert_eq!(jobs, expected);
    state.walk_done();
    assert_eq!(groups(&state), [["root/a", "root/b", "root/c"]]);
    assert!(state.next_settled().is_some());
}

#[test]
fn a_twin_that_proved_to_be_none_is_company_for_others() {
    for late in [false, true] {
        let mut state = cutting();
        let judge = |job, name: &str| match (job, name) {
            (Job::Partial, "a" | "b") => shared(7),
            (Job::Partial, _) => ends(1),
            (Job::Segment(_), "a") => TaskResult::Proved(Evidence::Segment(digest(4))),
            (Job::Segment(_), _) => TaskResult::Proved(Evidence::Segment(digest(5))),
            (Job::Extents, _) => TaskResult::Proved(Evidence::StoredElsewhere),
            other => panic!("{other:?}"),
        };
        let names = if late {
            ["a", "b", "c"]
        } else {
            ["c", "a", "b"]
        };
        for (name, ino) in names.into_iter().zip(10..) {
            find(&mut state, name, ino, 9 << 20);
            while late && work(&mut state, judge).is_some() {}
        }
        state.walk_done();
        while work(&mut state, judge).is_some() {}
        assert_eq!(groups(&state), [["root/b", "root/c"]], "{late}");
        assert!(state.is_idle() && state.next_settled().is_some());
        assert_eq!(
            state.size_classes[state.catalog.files.size_of(FileIdx(0))].outstanding,
            0
        );
    }
}

/// Files that the walk has read, in one batch: name, inode, size, content.
fn find_read(state: &mut DedupState, files: &[(&str, u64, u64, Option<u8>)]) {
    let mut batch = WalkBatch::default();
    for (at, &(name, ino, size, content)) in files.iter().enumerate() {
        let name = batch.push_name(name.as_bytes());
        batch.files.push(FoundFile {
            dir: DirId(0),
            name,
            stat: stat(ino, size, 1, 0),
            through_link: false,
        });
        batch
            .contents
            .extend(content.map(|content| (at, digest(content))));
    }
    state.found(batch).unwrap();
}

#[test]
fn what_the_walk_has_read_is_not_work() {
    let mut state = state(config());
    let files = [
        ("first", 1, SMALL, None),
        ("read", 2, SMALL, Some(7)),
        ("large", 3, LARGE, None),
        ("other", 4, SMALL, Some(8)),
        ("again", 5, SMALL, Some(7)),
    ];
    find_read(&mut state, &files);
    state.walk_done();
    let judge = |_: Job, _: &str| TaskResult::Proved(Evidence::Whole(digest(7)));
    let (job, names) = work(&mut state, judge).unwrap();
    assert_eq!((job, names), (Job::Partial, vec!["first".to_owned()]));
    assert!(state.next_batch().is_none());
    assert_eq!(
        state.by_walk(),
        ByWalk {
            files: 3,
            bytes: 3 * SMALL
        }
    );
    let stages = state.catalog().stages(false);
    let counts = |at: usize| (stages[at].files_in, stages[at].files_out);
    assert_eq!((counts(0), counts(1)), ((5, 4), (4, 3)));
    let classes: Vec<u32> = state
        .catalog()
        .shared_classes()
        .map(|class| state.catalog().class(class).count)
        .collect();
    assert_eq!(classes, [3]);
}

#[test]
fn a_file_that_the_walk_has_read_waits_for_company() {
    // It was read because another one of its size was met: which may have
    // been itself, by another way.
    let mut state = state(config());
    find_read(&mut state, &[("here", 1, SMALL, Some(7))]);
    find_read(&mut state, &[("there", 1, SMALL, None)]);
    assert_eq!(state.by_walk(), ByWalk::default());
    assert_eq!(state.catalog().set_apart().count(), 1);
    find_read(&mut state, &[("another", 2, SMALL, Some(7))]);
    state.walk_done();
    assert!(state.next_batch().is_none());
    assert_eq!(state.by_walk().files, 2);
    assert_eq!(state.catalog().shared_classes().count(), 1);
}
