//! The same tree gives the same report, whatever the timing.

use serde_json::Value;

use crate::harness::{Tree, pattern};

/// Enough of everything for threads to get in each other's way: groups of
/// all sizes with the same number of reclaimable bytes, names of one file in
/// several directories, files that only the full hash tells apart.
fn busy() -> Tree {
    let tree = Tree::new();
    for n in 0..40_u8 {
        let small = pattern(1000, n);
        let mut large = pattern(70_000, n / 2);
        for copy in 0..3 {
            tree.file(format!("d{}/s{n}-{copy}", (n + copy) % 7), &small);
            large[40_000] = copy / 2;
            tree.file(format!("e{}/x/l{n}-{copy}", (n * 3 + copy) % 5), &large);
        }
        tree.hard_link(format!("d{}/s{n}-0", n % 7), format!("z/h{n}"));
        tree.hard_link(format!("d{}/s{n}-0", n % 7), format!("a{}/h{n}", n % 3));
        tree.file(format!("u/{n}"), pattern(2000 + usize::from(n), n));
        tree.symlink(format!("../d{}", n % 7), format!("links/{n}"));
    }
    tree
}

/// Ways to list and to read that must not make a difference.
const WAYS: [(&str, &str); 5] = [
    ("native", "thread"),
    ("portable", "thread"),
    ("native", "isolated"),
    ("native", "process"),
    ("native", "sequential"),
];

/// The report without what may differ: how long it took, and what ran it.
fn essence(report: &[u8]) -> Value {
    let mut report: Value = serde_json::from_slice(report).unwrap();
    for field in ["elapsed_seconds", "executor"] {
        assert!(report[field].take() != Value::Null, "{field}");
    }
    report
}

#[test]
fn json_is_the_same_whatever_lists_and_reads() {
    let tree = busy();
    for options in [
        &[][..],
        &["-L"],
        &["-H", "--verify"],
        &["--min-copies", "1"],
        &["--sort", "modified"],
        &["--hash", "xxh3", "--sort", "copies"],
        &["--reference", "d1", ".", "z"],
    ] {
        let mut first = None;
        for (walker, executor) in WAYS {
            for workers in ["1", "2", "8"] {
                let args = ["--walker", walker, "--executor", executor, "-j", workers];
                let run = tree.scan(options).args(args).json().succeeds();
                let report = essence(&run.stdout);
                assert!(report["groups"].as_array().unwrap().len() > 30);
                let expected = first.get_or_insert_with(|| report.clone());
                assert!(report == *expected, "{options:?} {args:?}");
            }
        }
    }
}

#[test]
fn jsonl_is_in_the_same_order_whatever_lists_and_reads() {
    let tree = busy();
    for options in [&[][..], &["--verify"], &["-H"], &["--unique"]] {
        let mut first = None;
        for (walker, executor) in WAYS {
            for workers in ["1", "2", "8"] {
                let ways = ["--walker", walker, "--executor", executor];
                let args = ["-f", "jsonl", "-j", workers].into_iter().chain(ways);
                let run = tree.scan(options).args(args).succeeds();
                let mut lines = run.lines();
                // The last one tells how long it took, and what ran it.
                let totals = lines.pop().unwrap();
                lines.push(essence(totals.as_bytes()).to_string());
                assert!(lines.len() > 20);
                let expected = first.get_or_insert_with(|| lines.clone());
                assert!(lines == *expected, "{options:?} {ways:?} {workers}");
            }
        }
    }
}

#[test]
fn running_again_changes_nothing() {
    let tree = busy();
    let mut reports: Vec<Value> = (0..6)
        .map(|_| essence(&tree.scan(&["-L", "-H"]).json().succeeds().stdout))
        .collect();
    reports.dedup();
    assert_eq!(reports.len(), 1);
}
