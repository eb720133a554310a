//! The sieve against scripted outcomes: no threads, no files.

use std::collections::HashMap;

use super::*;
use crate::types::{FileId, FileKind, FileStat, FoundDir, FoundFile, Timestamp, WalkBatch};

const SMALL: u64 = 100;
const LARGE: u64 = 1 << 20;

fn config() -> SieveConfig {
    SieveConfig {
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
fn sieve(config: SieveConfig) -> Sieve {
    let mut batch = WalkBatch::default();
    let name = batch.keep(b"root");
    batch.dirs.push(FoundDir {
        dir: DirId(0),
        parent: None,
        name,
        id: FileId { dev: 1, ino: 1 },
        root: 0,
    });
    let mut sieve = Sieve::new(config);
    sieve.found(batch).unwrap();
    sieve
}

fn find(sieve: &mut Sieve, name: &str, ino: u64, size: u64) {
    find_changed(sieve, name, ino, size, 0);
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
fn find_changed(sieve: &mut Sieve, name: &str, ino: u64, size: u64, changed: i64) {
    let mut batch = WalkBatch::default();
    let name = batch.keep(name.as_bytes());
    batch.files.push(FoundFile {
        dir: DirId(0),
        name,
        stat: stat(ino, size, 2, changed),
        through_link: false,
    });
    sieve.found(batch).unwrap();
}

/// Does the work of one batch: `judge` says what is found in each file.
fn work(sieve: &mut Sieve, judge: impl Fn(Job, &str) -> Finding) -> Option<(Job, Vec<String>)> {
    let batch = sieve.next_batch()?;
    let mut names = Vec::new();
    let files = batch
        .tasks
        .iter()
        .map(|task| {
            let name = String::from_utf8(batch.place(task).name.to_vec()).unwrap();
            let finding = judge(batch.job, &name);
            names.push(name);
            FileOutcome {
                token: task.token,
                finding,
            }
        })
        .collect();
    sieve.done(BatchOutcome {
        job: batch.job,
        files,
        bytes_read: 0,
    });
    Some((batch.job, names))
}

fn digest(byte: u8) -> Digest {
    Digest::new(&[byte])
}

fn whole(byte: u8) -> Finding {
    Finding::Proved(Evidence::Whole(digest(byte)))
}

fn ends(byte: u8) -> Finding {
    Finding::Proved(Evidence::Ends(digest(byte)))
}

fn gone() -> Finding {
    Finding::Failed(FailureKind::NotFound, "gone".to_owned())
}

/// Confirmed classes of at least two, as sorted lists of names.
fn groups(sieve: &Sieve) -> Vec<Vec<String>> {
    let findings = sieve.findings();
    let mut groups: Vec<Vec<String>> = findings
        .shared_classes()
        .map(|class| {
            let mut names: Vec<_> = findings
                .members(class)
                .map(|f| findings.path_of(f).display().to_string())
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
    let mut sieve = sieve(config());
    find(&mut sieve, "a", 10, 1);
    find(&mut sieve, "b", 11, 2);
    sieve.walk_done();
    assert!(sieve.next_batch().is_none());
    assert!(sieve.is_idle());
    assert_eq!(sieve.findings().set_apart().count(), 2);
}

#[test]
fn the_second_of_a_size_sends_both_on_and_later_ones_follow_at_once() {
    let mut sieve = sieve(config());
    find(&mut sieve, "a", 10, SMALL);
    assert!(sieve.next_batch().is_none());
    find(&mut sieve, "b", 11, SMALL);
    let done = work(&mut sieve, |_, _| whole(1)).unwrap();
    assert_eq!(done, (Job::Partial, vec!["a".to_owned(), "b".to_owned()]));
    find(&mut sieve, "c", 12, SMALL);
    let done = work(&mut sieve, |_, _| whole(2)).unwrap();
    assert_eq!(done, (Job::Partial, vec!["c".to_owned()]));
    assert_eq!(groups(&sieve), [["root/a", "root/b"]]);
}

#[test]
fn empty_files_are_opened_like_all_others_and_not_compared() {
    for verify in [false, true] {
        let mut sieve = sieve(SieveConfig { verify, ..config() });
        find(&mut sieve, "a", 10, 0);
        find(&mut sieve, "b", 11, 0);
        find(&mut sieve, "c", 12, 0);
        sieve.walk_done();
        // What the kernel makes up has no size, and content.
        let has_content = || Finding::Failed(FailureKind::Changed, String::new());
        let judge = |_, name: &str| if name == "b" { has_content() } else { whole(0) };
        let (job, _) = work(&mut sieve, judge).unwrap();
        assert_eq!(job, Job::Partial);
        assert!(sieve.next_batch().is_none());
        assert_eq!(groups(&sieve), [["root/a", "root/c"]]);
        assert!(sieve.next_settled().is_some());
    }
}

#[test]
fn equal_ends_are_no_match() {
    let mut sieve = sieve(config());
    for (name, ino) in [("a", 10), ("b", 11), ("c", 12)] {
        find(&mut sieve, name, ino, LARGE);
    }
    let (job, _) = work(&mut sieve, |_, name| ends(u8::from(name == "c"))).unwrap();
    assert_eq!(job, Job::Partial);
    assert!(groups(&sieve).is_empty());
    let done = work(&mut sieve, |_, name| whole(u8::from(name == "b"))).unwrap();
    assert_eq!(done, (Job::Full, vec!["a".to_owned(), "b".to_owned()]));
    assert!(sieve.next_batch().is_none());
    sieve.walk_done();
    assert!(groups(&sieve).is_empty());
}

#[test]
fn the_same_digest_of_another_size_is_no_match() {
    let mut sieve = sieve(config());
    for (name, ino, size) in [("a", 10, 5), ("b", 11, 5), ("c", 12, 6), ("d", 13, 6)] {
        find(&mut sieve, name, ino, size);
    }
    while work(&mut sieve, |_, _| whole(7)).is_some() {}
    assert_eq!(groups(&sieve), [["root/a", "root/b"], ["root/c", "root/d"]]);
}

#[test]
fn names_of_one_inode_are_one_file_wherever_they_turn_up() {
    // Before, while and after its size is opened by another file.
    for order in [["x", "y", "b"], ["x", "b", "y"], ["b", "x", "y"]] {
        let mut sieve = sieve(config());
        for name in order {
            find(&mut sieve, name, if name == "b" { 11 } else { 10 }, SMALL);
        }
        let mut seen = 0;
        while let Some((_, names)) = work(&mut sieve, |_, _| whole(1)) {
            seen += names.len();
        }
        assert_eq!(seen, 2, "{order:?}: each inode is read once");
        assert_eq!(groups(&sieve).len(), 1, "{order:?}");
        assert_eq!(sieve.findings().files.len(), 2, "{order:?}");
    }
}

#[test]
fn an_inode_that_is_another_file_by_now_is_no_other_name() {
    // Met when it is the only one of its size, and when others are there.
    for company in [false, true] {
        let mut sieve = sieve(config());
        find(&mut sieve, "a", 10, SMALL);
        if company {
            find(&mut sieve, "b", 11, SMALL);
            while work(&mut sieve, |_, _| whole(1)).is_some() {}
        }
        // The same name once more is no news, whatever became of it.
        find_changed(&mut sieve, "a", 10, SMALL, 7);
        find_changed(&mut sieve, "c", 10, SMALL, 7);
        find(&mut sieve, "d", 10, SMALL);
        find_changed(&mut sieve, "d", 10, SMALL, 7);
        sieve.walk_done();
        while work(&mut sieve, |_, _| whole(1)).is_some() {}
        let findings = sieve.findings();
        let errors = findings.errors();
        let errors = errors.iter().map(|e| (e.path.to_str(), e.stage, e.kind));
        let expected = (Some("root/c"), Stage::Walk, FailureKind::Changed);
        assert_eq!(errors.collect::<Vec<_>>(), [expected]);
        let file = findings.files.indexes().next().unwrap();
        let names = findings.extra_names(file);
        let names: Vec<&[u8]> = names.map(|extra| findings.names.get(extra.name)).collect();
        assert_eq!(names, [b"d", b"d", b"a"]);
    }
}

#[test]
fn what_fails_is_reported_and_in_no_group() {
    let mut sieve = sieve(config());
    for (name, ino) in [("a", 10), ("b", 11), ("c", 12)] {
        find(&mut sieve, name, ino, SMALL);
    }
    let judge = |_, name: &str| if name == "b" { gone() } else { whole(1) };
    while work(&mut sieve, judge).is_some() {}
    sieve.walk_done();
    assert_eq!(groups(&sieve), [["root/a", "root/c"]]);
    let errors = &sieve.findings().errors();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].path.to_str(), Some("root/b"));
    assert_eq!(
        (errors[0].stage, errors[0].kind),
        (Stage::Partial, FailureKind::NotFound)
    );
    assert_eq!(sieve.findings().set_apart().count(), 0);
}

#[test]
fn a_digest_of_another_length_is_a_failure_and_in_no_group() {
    // The digests of this sieve have one byte.
    for wrong in [Digest::new(&[]), Digest::new(&[1, 1])] {
        let mut sieve = sieve(config());
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
            find(&mut sieve, name, ino, size);
        }
        sieve.walk_done();
        let judge = |job, name: &str| {
            Finding::Proved(match (job, name) {
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
        while work(&mut sieve, judge).is_some() {}
        assert_eq!(groups(&sieve), [["root/c", "root/d"], ["root/h", "root/i"]]);
        let errors = sieve.findings().errors();
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
        assert!(sieve.is_idle() && sieve.next_settled().is_some());
    }
}

#[test]
fn a_size_settles_only_when_all_larger_ones_have() {
    let mut sieve = sieve(config());
    for (name, ino, size) in [
        ("a", 10, 5),
        ("b", 11, 5),
        ("c", 12, LARGE),
        ("d", 13, LARGE),
    ] {
        find(&mut sieve, name, ino, size);
    }
    assert!(sieve.next_settled().is_none(), "more may be found");
    sieve.walk_done();
    work(
        &mut sieve,
        |_, name| if name < "c" { whole(1) } else { ends(1) },
    );
    assert!(
        sieve.next_settled().is_none(),
        "the larger ones are not done"
    );
    work(&mut sieve, |_, _| whole(2));
    let sizes: Vec<u64> = std::iter::from_fn(|| sieve.next_settled())
        .map(|(size, classes)| {
            assert_eq!(classes.len(), 1);
            size
        })
        .collect();
    assert_eq!(sizes, [LARGE, 5]);
}

/// Hashes say that a to e are equal; bytes say that b and d are not.
fn verified(pivot_fails: bool) -> Sieve {
    let mut sieve = sieve(SieveConfig {
        verify: true,
        ..config()
    });
    for (name, ino) in [("a", 10), ("b", 11), ("c", 12), ("d", 13), ("e", 14)] {
        find(&mut sieve, name, ino, SMALL);
    }
    while work(&mut sieve, |_, _| whole(1)).is_some() {}
    assert!(groups(&sieve).is_empty(), "not confirmed yet");
    sieve.walk_done();
    while let Some(batch) = sieve.next_batch() {
        assert_eq!(batch.job, Job::Compare);
        let name = |task| batch.place(task).name[0];
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
                    Finding::Undone
                } else if odd(name(task)) == odd(pivot) {
                    Finding::Proved(Evidence::EqualsFirst)
                } else {
                    Finding::Proved(Evidence::DiffersFromFirst)
                },
            })
            .collect();
        let job = batch.job;
        sieve.done(BatchOutcome {
            job,
            files,
            bytes_read: 0,
        });
    }
    assert!(sieve.is_idle());
    assert!(sieve.next_settled().is_some());
    sieve
}

#[test]
fn a_comparison_splits_what_the_hash_could_not() {
    let sieve = verified(false);
    let expected: [&[&str]; 2] = [&["root/a", "root/c", "root/e"], &["root/b", "root/d"]];
    assert_eq!(groups(&sieve), expected);
    assert!(sieve.findings().errors().is_empty());
}

#[test]
fn a_pivot_that_fails_is_replaced_and_reported_once() {
    let sieve = verified(true);
    assert_eq!(groups(&sieve), [["root/b", "root/d"], ["root/c", "root/e"]]);
    assert_eq!(sieve.findings().errors().len(), 1);
    assert_eq!(sieve.findings().errors()[0].stage, Stage::Verify);
}

#[test]
fn names_alone_in_their_class_are_hashed_last_when_they_count() {
    let mut sieve = sieve(SieveConfig {
        hard_links: true,
        ..config()
    });
    find(&mut sieve, "x", 10, LARGE);
    find(&mut sieve, "y", 10, LARGE);
    find(&mut sieve, "z", 11, 5);
    sieve.walk_done();
    assert!(sieve.next_batch().is_none());
    assert!(sieve.last_work());
    let done = work(&mut sieve, |_, _| whole(1)).unwrap();
    assert_eq!(done, (Job::Full, vec!["x".to_owned()]));
    assert!(!sieve.last_work());
    assert_eq!(sieve.findings().set_apart().count(), 1);
}

/// A sieve that takes the value of the last part for that of all.
fn cutting() -> Sieve {
    fn last(parts: &[(u64, Digest)]) -> Option<Digest> {
        parts.last().map(|&(_, value)| value)
    }
    let joins = Joins {
        window: last,
        file: last,
    };
    sieve(SieveConfig {
        joins: Some(joins),
        ..config()
    })
}

#[test]
fn large_files_go_on_in_stretches_until_they_differ_or_fail() {
    let mut sieve = cutting();
    for (name, ino) in [("a", 10), ("b", 11), ("c", 12), ("d", 13)] {
        find(&mut sieve, name, ino, 4 << 20);
    }
    sieve.walk_done();
    let judge = |job, name: &str| match (job, name) {
        (Job::Partial, _) => ends(1),
        (Job::Stretch(stretch), "c") if stretch.offset == 1 << 20 => {
            Finding::Proved(Evidence::Stretch(digest(3)))
        }
        (Job::Stretch(stretch), "d") if stretch.offset == 1 << 20 => gone(),
        (Job::Stretch(_), _) => Finding::Proved(Evidence::Stretch(digest(2))),
        other => panic!("{other:?}"),
    };
    let mut seen = Vec::new();
    while let Some((job, names)) = work(&mut sieve, judge) {
        if let Job::Stretch(stretch) = job {
            seen.push(format!("{}{}", names.concat(), stretch.offset >> 20));
            assert!(sieve.is_idle() || sieve.next_settled().is_none());
        }
    }
    // Two at a time, as long as that leaves as much to do for others.
    assert_eq!(seen, ["ab0", "cd0", "ab1", "cd1", "a2", "b2"]);
    assert_eq!(groups(&sieve), [["root/a", "root/b"]]);
    let errors = sieve.findings().errors();
    assert_eq!(errors.len(), 1);
    assert_eq!(
        (errors[0].stage, errors[0].kind),
        (Stage::Full, FailureKind::NotFound)
    );
    assert_eq!(sieve.findings().set_apart().count(), 1);
    let full = sieve.findings().stages(false)[2];
    assert_eq!((full.files_in, full.files_out), (4, 2));
    assert!(sieve.next_settled().is_some());
}

#[test]
fn files_that_are_not_settled_are_read_from_end_to_end() {
    let mut sieve = cutting();
    for (name, ino) in [("a", 10), ("b", 11), ("c", 12)] {
        find(&mut sieve, name, ino, 64 << 20);
    }
    let judge = |job, name: &str| match (job, name) {
        (Job::Partial, "a" | "c") => Finding::Proved(Evidence::UnsettledEnds(digest(1))),
        (Job::Partial, _) => ends(1),
        (Job::Stretch(_), "b") => Finding::Proved(Evidence::Stretch(digest(2))),
        // The digest that the values of the parts make up.
        (Job::Full, "a") => whole(2),
        (Job::Full, "c") => whole(3),
        other => panic!("{other:?}"),
    };
    while work(&mut sieve, judge).is_some() {}
    sieve.walk_done();
    assert!(sieve.is_idle());
    assert_eq!(sieve.findings().stages(false)[2].files_in, 3);
}

#[test]
fn nothing_more_is_read_of_a_large_file_that_failed() {
    let mut sieve = cutting();
    for (name, ino) in [("a", 10), ("b", 11), ("c", 12)] {
        find(&mut sieve, name, ino, 64 << 20);
    }
    sieve.walk_done();
    // Of four stretches that may be read at the same time, the second fails.
    let judge = |job, name: &str| match job {
        Job::Stretch(stretch) if name == "b" && stretch.offset == 40 << 20 => gone(),
        Job::Stretch(_) => Finding::Proved(Evidence::Stretch(digest(2))),
        _ => ends(1),
    };
    let mut last = HashMap::new();
    while let Some((job, names)) = work(&mut sieve, judge) {
        if let Job::Stretch(stretch) = job {
            last.extend(names.into_iter().map(|name| (name, stretch.offset >> 20)));
        }
    }
    let expected = [("a", 56), ("b", 40), ("c", 56)];
    assert_eq!(
        last,
        expected.map(|(name, at)| (name.to_owned(), at)).into()
    );
    assert_eq!(groups(&sieve), [["root/a", "root/c"]]);
    assert_eq!(sieve.findings().error_count(), 1);
    assert!(sieve.is_idle() && sieve.next_settled().is_some());
}

#[test]
fn totals_that_no_number_holds_stop_at_the_largest() {
    let mut sieve = sieve(config());
    for (name, ino, size) in [("a", 10, u64::MAX), ("b", 11, u64::MAX), ("c", 12, 1)] {
        find(&mut sieve, name, ino, size);
    }
    assert_eq!(sieve.bytes().0, u64::MAX);
    while work(&mut sieve, |job, _| {
        if job == Job::Full { whole(1) } else { ends(1) }
    })
    .is_some()
    {}
    assert_eq!(sieve.bytes().1, u64::MAX);
    assert_eq!(groups(&sieve).len(), 1);
}

fn shared(hint: u64) -> Finding {
    Finding::Proved(Evidence::SharedEnds(digest(1), hint))
}

#[test]
fn of_files_in_the_same_blocks_one_is_read() {
    for mut sieve in [sieve(config()), cutting()] {
        for (name, ino) in [("a", 10), ("b", 11), ("c", 12), ("d", 13), ("e", 14)] {
            find(&mut sieve, name, ino, 9 << 20);
        }
        sieve.walk_done();
        let mut read = Vec::new();
        let mut looks = Vec::new();
        loop {
            let done = work(&mut sieve, |job, name| match (job, name) {
                // Of the last one it is only thought.
                (Job::Partial, "d") => ends(1),
                (Job::Partial, _) => shared(7),
                (Job::Full, _) => whole(5),
                (Job::Stretch(_), _) => Finding::Proved(Evidence::Stretch(digest(5))),
                (Job::Extents, "c") => gone(),
                (Job::Extents, "e") => Finding::Proved(Evidence::StoredElsewhere),
                (Job::Extents, _) => Finding::Proved(Evidence::EqualsFirst),
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
        assert_eq!(groups(&sieve), [expected]);
        let errors = sieve.findings().errors();
        assert_eq!((errors.len(), errors[0].stage), (1, Stage::Full));
        let full = sieve.findings().stages(false)[2];
        assert_eq!((full.files_in, full.files_out), (5, 4));
        assert!(sieve.is_idle() && sieve.next_settled().is_some());
        assert_eq!(
            sieve.size_classes[sieve.findings.files.size_of(FileIdx(0))].outstanding,
            0
        );
    }
}

#[test]
fn a_twin_takes_the_place_of_one_that_failed_even_alone() {
    for mut sieve in [sieve(config()), cutting()] {
        for (name, ino) in [("a", 10), ("b", 11), ("c", 12)] {
            find(&mut sieve, name, ino, 9 << 20);
        }
        sieve.walk_done();
        // What is left is told apart from all others by its blocks only.
        let judge = |job, name: &str| match (job, name) {
            (Job::Partial, _) => shared(7),
            (Job::Full | Job::Stretch(_), "a" | "c") => gone(),
            (Job::Full, _) => whole(5),
            (Job::Stretch(_), _) => Finding::Proved(Evidence::Stretch(digest(5))),
            other => panic!("{other:?}"),
        };
        while work(&mut sieve, judge).is_some() {}
        assert_eq!(sieve.findings().error_count(), 2);
        assert_eq!(groups(&sieve), Vec::<Vec<String>>::new());
        assert!(sieve.is_idle() && sieve.next_settled().is_some());
        assert_eq!(
            sieve.size_classes[sieve.findings.files.size_of(FileIdx(0))].outstanding,
            0
        );
    }
}

#[test]
fn a_twin_that_is_found_late_is_looked_at_at_once() {
    let mut sieve = cutting();
    let judge = |job, _: &str| match job {
        Job::Partial => shared(7),
        Job::Stretch(_) => Finding::Proved(Evidence::Stretch(digest(5))),
        Job::Extents => Finding::Proved(Evidence::EqualsFirst),
        other => panic!("{other:?}"),
    };
    find(&mut sieve, "a", 10, 9 << 20);
    find(&mut sieve, "b", 11, 9 << 20);
    while work(&mut sieve, judge).is_some() {}
    assert_eq!(groups(&sieve), [["root/a", "root/b"]]);
    find(&mut sieve, "c", 12, 9 << 20);
    let mut jobs = Vec::new();
    while let Some((job, names)) = work(&mut sieve, judge) {
        jobs.push((job, names.concat()));
    }
    let expected = [
        (Job::Partial, "c".to_owned()),
        (Job::Extents, "ac".to_owned()),
    ];
    assert_eq!(jobs, expected);
    sieve.walk_done();
    assert_eq!(groups(&sieve), [["root/a", "root/b", "root/c"]]);
    assert!(sieve.next_settled().is_some());
}

#[test]
fn a_twin_that_proved_to_be_none_is_company_for_others() {
    for late in [false, true] {
        let mut sieve = cutting();
        let judge = |job, name: &str| match (job, name) {
            (Job::Partial, "a" | "b") => shared(7),
            (Job::Partial, _) => ends(1),
            (Job::Stretch(_), "a") => Finding::Proved(Evidence::Stretch(digest(4))),
            (Job::Stretch(_), _) => Finding::Proved(Evidence::Stretch(digest(5))),
            (Job::Extents, _) => Finding::Proved(Evidence::StoredElsewhere),
            other => panic!("{other:?}"),
        };
        let names = if late {
            ["a", "b", "c"]
        } else {
            ["c", "a", "b"]
        };
        for (name, ino) in names.into_iter().zip(10..) {
            find(&mut sieve, name, ino, 9 << 20);
            while late && work(&mut sieve, judge).is_some() {}
        }
        sieve.walk_done();
        while work(&mut sieve, judge).is_some() {}
        assert_eq!(groups(&sieve), [["root/b", "root/c"]], "{late}");
        assert!(sieve.is_idle() && sieve.next_settled().is_some());
        assert_eq!(
            sieve.size_classes[sieve.findings.files.size_of(FileIdx(0))].outstanding,
            0
        );
    }
}

/// Files that the walk has read, in one batch: name, inode, size, content.
fn find_read(sieve: &mut Sieve, files: &[(&str, u64, u64, Option<u8>)]) {
    let mut batch = WalkBatch::default();
    for (at, &(name, ino, size, content)) in files.iter().enumerate() {
        let name = batch.keep(name.as_bytes());
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
    sieve.found(batch).unwrap();
}

#[test]
fn what_the_walk_has_read_is_not_work() {
    let mut sieve = sieve(config());
    let files = [
        ("first", 1, SMALL, None),
        ("read", 2, SMALL, Some(7)),
        ("large", 3, LARGE, None),
        ("other", 4, SMALL, Some(8)),
        ("again", 5, SMALL, Some(7)),
    ];
    find_read(&mut sieve, &files);
    sieve.walk_done();
    let judge = |_: Job, _: &str| Finding::Proved(Evidence::Whole(digest(7)));
    let (job, names) = work(&mut sieve, judge).unwrap();
    assert_eq!((job, names), (Job::Partial, vec!["first".to_owned()]));
    assert!(sieve.next_batch().is_none());
    assert_eq!(
        sieve.by_walk(),
        ByWalk {
            files: 3,
            bytes: 3 * SMALL
        }
    );
    let stages = sieve.findings().stages(false);
    let counts = |at: usize| (stages[at].files_in, stages[at].files_out);
    assert_eq!((counts(0), counts(1)), ((5, 4), (4, 3)));
    let classes: Vec<u32> = sieve
        .findings()
        .shared_classes()
        .map(|class| sieve.findings().class(class).count)
        .collect();
    assert_eq!(classes, [3]);
}

#[test]
fn a_file_that_the_walk_has_read_waits_for_company() {
    // It was read because another one of its size was met: which may have
    // been itself, by another way.
    let mut sieve = sieve(config());
    find_read(&mut sieve, &[("here", 1, SMALL, Some(7))]);
    find_read(&mut sieve, &[("there", 1, SMALL, None)]);
    assert_eq!(sieve.by_walk(), ByWalk::default());
    assert_eq!(sieve.findings().set_apart().count(), 1);
    find_read(&mut sieve, &[("another", 2, SMALL, Some(7))]);
    sieve.walk_done();
    assert!(sieve.next_batch().is_none());
    assert_eq!(sieve.by_walk().files, 2);
    assert_eq!(sieve.findings().shared_classes().count(), 1);
}
