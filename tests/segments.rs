//! Large files in lockstep: what is read of them, and the result.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex};

use nodupe::{FailureKind, Stage};

use crate::harness::faulty::{Read, at_open, errors, names, scan, scan_reading};
use crate::harness::{Tree, grouped, pattern};

const MIB: usize = 1 << 20;

/// Of the partial stage, for each file.
const ENDS: u64 = 8192;

const EXECUTORS: [&str; 4] = ["sequential", "thread", "isolated", "process"];

/// Files of one size with equal ends, named by the place where they differ
/// from `a` and `b`.
fn family(size: usize, places: &[usize]) -> Tree {
    let tree = Tree::new();
    let mut content = pattern(size, 3);
    tree.files(&["a", "b"], &content);
    for &at in places {
        content[at] ^= 1;
        tree.file(at.to_string(), &content);
        content[at] ^= 1;
    }
    tree
}

fn bytes_of_full(tree: &Tree, args: &[&str]) -> u64 {
    // Only settled files are read in parts.
    let args = [args, &["--settle-time", "0s"]].concat();
    let report = tree.scan(&args).json().succeeds().report();
    let full = report.stage("full").unwrap();
    assert!(full["files_in"].as_u64() > Some(0), "{full}");
    full["bytes_read"].as_u64().unwrap()
}

#[test]
fn what_differs_near_the_head_is_not_read_to_the_end() {
    let size = 9 * MIB + 123;
    let tree = family(size, &[MIB / 2, 3 * MIB, 3 * MIB + 1, size - 5000]);
    // The two in the middle are told apart by their third window only.
    let read = 3 * size + MIB + 2 * 4 * MIB;
    for executor in EXECUTORS {
        let args = ["--executor", executor];
        assert_eq!(tree.groups(&args), grouped(&[&["a", "b"]]));
        assert_eq!(bytes_of_full(&tree, &args), read as u64, "{executor}");
    }
    // Other hashes cannot be cut.
    let whole = 6 * size as u64;
    assert_eq!(bytes_of_full(&tree, &["--hash", "xxh3"]), whole);
}

#[test]
fn a_file_below_the_threshold_is_read_in_one_go() {
    let size = 4 * MIB - 1;
    let tree = family(size, &[MIB / 2]);
    assert_eq!(bytes_of_full(&tree, &[]), 3 * size as u64);
    let size = 4 * MIB;
    let tree = family(size, &[MIB / 2]);
    assert_eq!(bytes_of_full(&tree, &[]), (2 * size + MIB) as u64);
}

#[test]
fn digests_are_those_of_the_files_whatever_reads_them() {
    let tree = Tree::new();
    let sizes = [4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 17 * MIB + 1025, 40 * MIB];
    let mut expected = BTreeMap::new();
    for size in sizes {
        let content = pattern(size, size as u8);
        tree.files(&[&format!("a{size}"), &format!("b{size}")], &content);
        expected.insert(size as u64, blake3::hash(&content).to_hex().to_string());
    }
    for executor in EXECUTORS {
        for extra in [
            &[][..],
            &["--verify"],
            &["--workers", "1"],
            &["--settle-time", "0s"],
        ] {
            let args = [&["--executor", executor], extra].concat();
            let report = tree.scan(&args).json().succeeds().report();
            let digests: BTreeMap<_, _> = report
                .groups()
                .into_iter()
                .map(|group| {
                    assert_eq!(group.files.len(), 2);
                    (group.size, group.digest.unwrap())
                })
                .collect();
            assert_eq!(digests, expected, "{args:?}");
        }
    }
}

#[test]
fn a_file_that_is_told_apart_by_its_last_byte_but_some_is_told_apart() {
    // Beyond the end block, in a last segment of a few bytes more than that.
    let size = 16 * MIB + 5000;
    let tree = family(size, &[16 * MIB - 1, 16 * MIB, 16 * MIB + 903]);
    for args in [
        &[][..],
        &["--executor", "process"],
        &["--verify"],
        &["--settle-time", "0s"],
    ] {
        assert_eq!(tree.groups(args), grouped(&[&["a", "b"]]));
    }
}

#[test]
fn names_of_a_file_that_was_dropped_are_still_told_by_content() {
    let size = 5 * MIB;
    let tree = family(size, &[100_000]);
    tree.hard_link("100000", "other");
    let report = tree
        .scan(&["-H", "--settle-time", "0s"])
        .json()
        .succeeds()
        .report();
    assert_eq!(
        report.paths(),
        grouped(&[&["a", "b"], &["100000", "other"]])
    );
    let digest = blake3::hash(&fs::read(tree.path("other")).unwrap());
    let told: Vec<_> = report.groups().into_iter().map(|g| g.digest).collect();
    assert!(told.contains(&Some(digest.to_hex().to_string())));
    // It goes on where it was left.
    let full = report.stage("full").unwrap();
    assert_eq!(full["bytes_read"], 3 * size as u64);
}

/// Three equal files, of three windows and one of several segments.
fn equal() -> Tree {
    let tree = Tree::new();
    tree.files(&["a", "b", "c"], pattern(40 * MIB, 9));
    // Made long enough ago for a change to show in their times.
    let before = fs::metadata(tree.path("c")).unwrap().modified().unwrap();
    let probe = tree.beside("probe");
    loop {
        fs::write(&probe, "").unwrap();
        if fs::metadata(&probe).unwrap().modified().unwrap() > before {
            return tree;
        }
    }
}

#[test]
fn a_file_that_changes_between_stretches_is_in_no_group() {
    // It is opened once for its ends and once a segment: before its first,
    // second and fifth window, and amid the segments of the sixth.
    for nth in [2, 3, 6, 8] {
        let tree = equal();
        let path = tree.path("b");
        // Far from everything that is read after that.
        let change = move || {
            let file = OpenOptions::new().write(true).open(&path).unwrap();
            file.write_all_at(b"!", 5).unwrap();
        };
        let opened = Arc::new(Mutex::new(0));
        let count = Arc::clone(&opened);
        let at_open = at_open("b", nth, change);
        let result = scan(
            tree.config(),
            move |name| {
                *count.lock().unwrap() += usize::from(name == "b");
                at_open(name);
            },
            |_, _| Read::Pass,
        );
        assert_eq!(
            errors(&result),
            [("b", Stage::Full, FailureKind::Changed)],
            "{nth}"
        );
        assert_eq!(names(&result), grouped(&[&["a", "c"]]), "{nth}");
        // No window after that is looked at.
        assert!(*opened.lock().unwrap() <= nth + 3, "{nth}");
    }
}

#[test]
fn a_file_that_changes_while_a_stretch_is_read_is_in_no_group() {
    for from in [0, 5 * MIB as u64, 33 << 20] {
        let tree = equal();
        let path = tree.path("b");
        let done = Mutex::new(false);
        let ends = 40 * MIB as u64 - ENDS;
        let result = scan_reading(&tree, move |name, offset| {
            if name == "b" && (from..ends).contains(&offset) {
                let mut done = done.lock().unwrap();
                // The first read of the ends is at 0 too.
                if !std::mem::replace(&mut *done, true) {
                    let file = OpenOptions::new().write(true).open(&path).unwrap();
                    file.write_all_at(b"!", 5).unwrap();
                }
            }
            Read::Pass
        });
        let stage = if from == 0 {
            Stage::Partial
        } else {
            Stage::Full
        };
        assert_eq!(errors(&result), [("b", stage, FailureKind::Changed)]);
        assert_eq!(names(&result), grouped(&[&["a", "c"]]));
    }
}

#[test]
fn bad_blocks_in_several_stretches_are_one_failure() {
    let tree = equal();
    let ends = 40 * MIB as u64 - ENDS;
    let result = scan_reading(&tree, move |name, offset| {
        if name == "b" && (17 << 20..ends).contains(&offset) {
            Read::Eio
        } else {
            Read::Pass
        }
    });
    assert_eq!(errors(&result), [("b", Stage::Full, FailureKind::Io)]);
    assert_eq!(result.errors().len(), 1);
    assert_eq!(names(&result), grouped(&[&["a", "c"]]));
}

#[test]
fn short_reads_of_stretches_do_not_show() {
    let tree = equal();
    let result = scan_reading(&tree, |name, offset| {
        Read::Short(100_003 + name.len() + offset as usize % 7)
    });
    let group = result.groups(nodupe::SortKey::Path).next().unwrap();
    let digest = blake3::hash(&fs::read(tree.path("a")).unwrap());
    assert_eq!(group.files.len(), 3);
    assert_eq!(group.digest.unwrap().to_string(), digest.to_hex().as_str());
    assert_eq!(
        result.summary().totals.bytes_read,
        3 * (40 * MIB as u64 + ENDS)
    );
}
