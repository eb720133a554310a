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

/// Many small files of few sizes, in many directories.
fn crowd() -> Tree {
    let tree = Tree::new();
    for n in 0..6000_usize {
        let content = pattern(200 + n % 7, (n % 250) as u8);
        tree.file(format!("d{}/{n}", n / 40), content);
    }
    for n in 0..20_usize {
        tree.file(format!("d{n}/empty"), "");
        tree.file(format!("d{n}/large"), pattern(20_000, (n % 3) as u8));
        tree.hard_link(format!("d0/{n}"), format!("links/{n}"));
    }
    tree
}

/// Whether so many threads list that none sees many files of the crowd.
fn is_large() -> bool {
    std::thread::available_parallelism().is_ok_and(|cpus| cpus.get() > 64)
}

/// Whether the walk may read files of a tree: on file systems that stamp files
/// by the clock of this system and can read without waiting.
fn may_read(tree: &Tree) -> bool {
    use rustix::io::{ReadWriteFlags, preadv2};
    // ext, xfs, btrfs, f2fs: statfs(2).
    let known = [0xef53, 0x5846_5342, 0x9123_683e, 0xf2f5_2010];
    let kind = rustix::fs::statfs(tree.root()).unwrap().f_type;
    if !known.contains(&(kind as u32)) {
        return false;
    }
    let file = std::fs::File::open(tree.path("d0/1")).unwrap();
    let mut byte = [0];
    let buffers = &mut [std::io::IoSliceMut::new(&mut byte)];
    preadv2(&file, buffers, 0, ReadWriteFlags::NOWAIT).is_ok()
}

#[test]
fn it_makes_no_difference_whether_the_walk_or_a_worker_reads() {
    let tree = crowd();
    let by_walk = |run: &crate::harness::Run| {
        let stderr = run.stderr_text();
        let line = stderr.lines().find_map(|line| {
            let rest = line.split_once("walk: read ")?.1;
            rest.split_once(" small files while")?.0.parse::<u64>().ok()
        });
        line.unwrap_or(0)
    };
    for options in [
        &[][..],
        &["-H", "--verify"],
        &["--min-copies", "1", "--min-size", "0"],
        &["--min-size", "203"],
        &["--hash", "md5", "--exclude", "d1*"],
        &["--reference", "d3", "."],
    ] {
        let by_workers = tree.scan(options).args(["-v", "-j", "2"]).json().exits(0);
        assert_eq!(by_walk(&by_workers), 0);
        let expected = essence(&by_workers.stdout);
        assert!(expected["groups"].as_array().unwrap().len() > 30);
        for executor in ["auto", "thread", "isolated", "process"] {
            let args = ["-v", "--executor", executor];
            let run = tree.scan(options).args(args).json().exits(0);
            assert!(essence(&run.stdout) == expected, "{options:?} {executor}");
            let read = by_walk(&run);
            if !["auto", "thread"].contains(&executor) {
                assert_eq!(read, 0, "workers were asked for");
            } else if may_read(&tree) {
                // Each thread has to see some files before it begins.
                assert!(read > 0 || !options.is_empty() || is_large());
            } else {
                eprintln!("skipped: files here are left to workers");
            }
        }
    }
}
