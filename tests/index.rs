//! `nodupe index` and `nodupe merge`: directories stand for hosts.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::Value;

use crate::harness::{Run, Tree, cases, pattern, strings};

/// The options that rounds need, for what is in `host`.
fn index(tree: &Tree, host: &str, more: &[&str]) -> Run {
    let output = tree.path(format!("{host}.parquet"));
    let output = output.to_str().unwrap();
    let args = ["index", host, "--host", host, "-q", "-o", output];
    tree.nodupe(args.iter().chain(more)).succeeds()
}

fn merge(hosts: &[&str], more: &[&str]) -> Vec<String> {
    let files = hosts.iter().map(|host| format!("{host}.parquet"));
    let files = files.chain(more.iter().map(|&arg| arg.to_owned()));
    ["merge".to_owned(), "-q".to_owned()]
        .into_iter()
        .chain(files)
        .collect()
}

/// The names of each group, without the path of the tree.
fn groups(tree: &Tree, run: &Run) -> BTreeSet<Vec<String>> {
    let report: Value = serde_json::from_slice(&run.stdout).unwrap();
    let root = format!("{}/", tree.root().to_str().unwrap());
    let groups = report["groups"].as_array().unwrap().iter();
    groups
        .map(|group| {
            let files = group["files"].as_array().unwrap().iter();
            let names = files.flat_map(|file| {
                let others = file["hard_links"].as_array().unwrap();
                [&file["path"]].into_iter().chain(others)
            });
            let names = names.map(|name| name.as_str().unwrap().replace(&root, ""));
            let mut names: Vec<String> = names.collect();
            names.sort_unstable();
            names
        })
        .collect()
}

/// `host:host/path`, which a merge reports for `host/path`.
fn with_hosts(groups: BTreeSet<Vec<String>>) -> BTreeSet<Vec<String>> {
    let named = |name: String| format!("{}:{name}", name.split('/').next().unwrap());
    let group = |names: Vec<String>| names.into_iter().map(named).collect();
    groups.into_iter().map(group).collect()
}

const HOSTS: [&str; 3] = ["a", "b", "c"];

/// Sizes below and above those that are read whole, in windows, and not at all.
const SIZES: [usize; 6] = [1, 100, 16_384, 16_385, 40_000, 3 << 20];

#[derive(Debug, Clone)]
struct RandomFile {
    host: usize,
    name: u8,
    size: usize,
    /// Which byte differs from other files of the size.
    change: Option<usize>,
    is_linked: bool,
}

fn random_file() -> impl Strategy<Value = RandomFile> {
    let size = proptest::sample::select(&[0, 0, 1, 1, 2, 3, 3, 3, 4, 4, 4, 5][..]);
    let change = proptest::option::of(0_usize..3);
    (
        0..3_usize,
        0..40_u8,
        size,
        change,
        proptest::bool::weighted(0.2),
    )
        .prop_map(|(host, name, size, change, is_linked)| RandomFile {
            host,
            name,
            size: SIZES[size],
            change,
            is_linked,
        })
}

fn make(tree: &Tree, files: &[RandomFile]) {
    for host in HOSTS {
        tree.dir(host);
    }
    for file in files {
        let path = format!("{}/d{}/f{}", HOSTS[file.host], file.name % 4, file.name);
        if tree.path(&path).exists() {
            continue;
        }
        let mut content = pattern(file.size, 1);
        if let Some(at) = file.change {
            // At an end, or in the middle, which the ends do not show.
            let at = [0, file.size / 2, file.size - 1][at];
            content[at] ^= 1;
        }
        tree.file(&path, content);
        if file.is_linked {
            tree.hard_link(&path, format!("{path} link"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(12), ..ProptestConfig::default() })]

    #[test]
    fn rounds_find_the_groups_of_one_scan_over_all_hosts(
        files in proptest::collection::vec(random_file(), 0..30)
    ) {
        let tree = Tree::new();
        make(&tree, &files);
        let scan = tree.nodupe(["scan", "a", "b", "c", "-f", "json", "-q"]).succeeds();
        let expected = with_hosts(groups(&tree, &scan));
        HOSTS.iter().for_each(|host| _ = index(&tree, host, &[]));
        let mut statuses = Vec::new();
        for _ in 0..2 {
            let args = merge(&HOSTS, &["-f", "json", "--candidates", "next.parquet"]);
            let run = tree.nodupe(args).run();
            statuses.push(run.status.code().unwrap());
            // What is known so far is a part of it.
            let is_part = |group: &Vec<String>| {
                expected.iter().any(|all| group.iter().all(|name| all.contains(name)))
            };
            prop_assert!(groups(&tree, &run).iter().all(is_part));
            let more = ["--candidates", "next.parquet", "--cache=digests"];
            HOSTS.iter().for_each(|host| _ = index(&tree, host, &more));
        }
        let run = tree.nodupe(merge(&HOSTS, &["-f", "json"])).exits(0);
        prop_assert_eq!(&groups(&tree, &run), &expected);
        if !expected.is_empty() {
            prop_assert_eq!(statuses[0], 3, "sizes prove nothing");
        }
        // Reading everything proves the same, in any number of partitions.
        for host in HOSTS {
            index(&tree, host, &["--hash-everything", "--partitions", "3"]);
        }
        let parts = HOSTS.iter().flat_map(|host| (0..3).map(move |at| format!("{host}-{at:05}-of-00003.parquet")));
        let args = ["merge", "-f", "json"].map(str::to_owned).into_iter().chain(parts);
        let run = tree.nodupe(args).exits(0);
        prop_assert_eq!(groups(&tree, &run), expected);
    }
}

fn bytes_read(run: &Run) -> String {
    let said = run.stderr_text();
    let said = said.trim_end().rsplit_once(", ").unwrap().1.to_owned();
    said.strip_suffix(" read").unwrap().to_owned()
}

#[test]
fn a_round_reads_no_more_than_it_is_asked_to() {
    let tree = Tree::new();
    let large = pattern(1 << 20, 1);
    let mut other = large.clone();
    other[0] ^= 1;
    tree.file("a/same", &large)
        .file("a/alone", pattern(2 << 20, 2))
        .files(&["a/twice here", "a/again here"], pattern(300, 3))
        .file("b/same", &large)
        .file("b/other", &other);
    let run = |host: &str, more: &[&str]| {
        let output = format!("{host}.parquet");
        let args = ["index", host, "--host", host, "-o", &output];
        tree.nodupe(args.iter().chain(more)).exits(0)
    };
    assert_eq!(bytes_read(&run("a", &[])), "0 B");
    assert_eq!(bytes_read(&run("b", &[])), "0 B");
    tree.nodupe(merge(&["a", "b"], &["--candidates", "1"]))
        .exits(3);
    // Two ends of 4 KiB, or all of a small file.
    let round = ["--candidates", "1"];
    let ends = bytes_read(&run("b", &round));
    assert!(ends.ends_with(" KiB"), "{ends}");
    run("a", &round);
    tree.nodupe(merge(&["a", "b"], &["--candidates", "2"]))
        .exits(3);
    let round = ["--candidates", "2"];
    let full = bytes_read(&run("b", &round));
    assert!(
        full.starts_with("1.0 MiB"),
        "only one file is read in full: {full}"
    );
    run("a", &round);
    let run = tree.nodupe(merge(&["a", "b"], &["-f", "json"])).exits(0);
    let expected = [
        strings(&["a:a/again here", "a:a/twice here"]),
        strings(&["a:a/same", "b:b/same"]),
    ];
    // The first of them was proved in the first round, and still is.
    assert_eq!(groups(&tree, &run), BTreeSet::from(expected));
}

#[test]
fn a_plan_is_applied_on_its_host_after_everything_is_looked_at_again() {
    let tree = Tree::new();
    tree.files(&["a/1", "a/2", "a/3", "b/1"], "the same")
        .files(&["a/only", "b/only"], "one on each")
        .files(&["a/x", "a/y"], "will change");
    for host in ["a", "b"] {
        index(&tree, host, &["--hash-everything"]);
    }
    let hosts = ["a", "b"];
    let plan = ["--plan-for", "a", "-f", "json", "-o", "plan.json"];
    tree.nodupe(merge(&hosts, &plan)).succeeds();
    let report: Value = serde_json::from_slice(&fs::read(tree.path("plan.json")).unwrap()).unwrap();
    let schema: Value = serde_json::from_slice(&tree.nodupe(["schema"]).succeeds().stdout).unwrap();
    jsonschema::validate(&schema, &report).unwrap();
    assert_eq!(report["groups"][0]["files"][0]["dev"], Value::Null);
    tree.file("a/y", "WILL change");
    let act = [
        "remove",
        "--report",
        "plan.json",
        "--yes",
        "--journal",
        "journal",
    ];
    let run = tree.nodupe(act).exits(3);
    assert!(
        run.stdout_text().contains("changed"),
        "{}",
        run.stdout_text()
    );
    let left = |name: &str| tree.path(name).exists();
    assert!(left("a/1") && !left("a/2") && !left("a/3"));
    assert!(left("b/1") && left("a/only") && left("b/only"));
    assert!(left("a/x") && left("a/y"));
    let empty = ["--plan-for", "b", "-f", "json"];
    let run = tree.nodupe(merge(&hosts, &empty)).succeeds();
    assert!(groups(&tree, &run).is_empty(), "b has no two copies");
    let run = tree
        .nodupe(merge(&hosts, &["--plan-for", "z", "-f", "json"]))
        .exits(2);
    assert!(run.stderr_text().contains("a, b"));
    let run = tree.nodupe(merge(&hosts, &["--plan-for", "a"])).exits(2);
    assert!(run.stderr_text().contains("--format json"));
}

#[test]
fn a_report_over_hosts_is_for_reading() {
    let tree = Tree::new();
    tree.files(&["a/1", "b/1"], "the same");
    for host in ["a", "b"] {
        index(&tree, host, &["--hash-everything"]);
    }
    for format in [
        "table", "json", "jsonl", "csv", "fdupes", "paths0", "summary", "markdown", "html",
    ] {
        let run = tree.nodupe(merge(&["a", "b"], &["-f", format])).succeeds();
        let name = format!("b:{}", tree.path("b/1").display());
        let is_there = run.stdout_text().contains(&name);
        assert_eq!(
            is_there,
            format != "summary",
            "{format}: {}",
            run.stdout_text()
        );
    }
    tree.nodupe(merge(&["a", "b"], &["-f", "json", "-o", "r.json"]))
        .succeeds();
    let act = [
        "remove",
        "--report",
        "r.json",
        "--yes",
        "--journal",
        "journal",
    ];
    let run = tree.nodupe(act).run();
    assert_ne!(run.status.code(), Some(0));
    assert!(tree.path("a/1").exists() && tree.path("b/1").exists());
}

#[test]
fn only_what_changed_is_written_and_what_is_gone() {
    let tree = Tree::new();
    tree.files(&["a/same", "a/gone", "a/changed", "a/sub/gone"], "one")
        .file("b/one", "one")
        .file("b/two", "two");
    let indexed = |name: &str, more: &[&str]| {
        let args = ["index", "a", "--host", "a", "--hash-everything", "-o", name];
        let run = tree.nodupe(args.iter().chain(more)).exits(0);
        let said = run.stderr_text();
        said.split_whitespace()
            .nth(2)
            .unwrap()
            .parse::<u32>()
            .unwrap()
    };
    index(&tree, "b", &["--hash-everything"]);
    assert_eq!(indexed("1", &[]), 4);
    assert_eq!(indexed("2", &["--diff", "1"]), 0);
    fs::remove_file(tree.path("a/gone")).unwrap();
    fs::remove_dir_all(tree.path("a/sub")).unwrap();
    tree.file("a/changed", "two").file("a/new", "one");
    assert_eq!(indexed("3", &["--diff", "1", "--diff", "2"]), 4);
    let args = ["merge", "1", "2", "3", "b.parquet", "-f", "json", "-q"];
    let run = tree.nodupe(args).exits(0);
    let expected = [
        strings(&["a:a/changed", "b:b/two"]),
        strings(&["a:a/new", "a:a/same", "b:b/one"]),
    ];
    assert_eq!(groups(&tree, &run), BTreeSet::from(expected));
    // The next one knows what is gone, too.
    assert_eq!(indexed("4", &["--diff", "1", "--diff", "3"]), 0);
}

#[test]
fn what_is_wrong_is_told_and_nothing_is_left_behind() {
    let tree = Tree::new();
    tree.file("a/1", "x").file("other", "no index").dir("out");
    let fails = |line: &str, reason: &str| {
        let run = tree.nodupe(line.split(' ')).exits(2);
        assert!(
            run.stderr_text().contains(reason),
            "{line}: {}",
            run.stderr_text()
        );
    };
    fails("merge other", "not Parquet");
    fails("merge missing.parquet", "missing.parquet");
    fails("merge a", "no regular file");
    fails("index a -o out/i --diff other", "not Parquet");
    fails("index a -o out/i --candidates other", "not Parquet");
    fails("index a -o out/i --host x:y", "colon");
    fails("index missing -o out/i", "missing");
    fails("index a -o out/i --partitions 0", "1 to 512");
    fails(
        "index a -o out/i --hash-everything --candidates other",
        "cannot be used together",
    );
    assert_eq!(fs::read_dir(tree.path("out")).unwrap().count(), 0);
    index(&tree, "a", &["--hash", "md5"]);
    fails("index a -o out/i --candidates a.parquet", "for md5");
    fails("merge a.parquet --unique-to z", "no index is of the host");
}

/// The files of a directory.
fn entries(dir: &Path) -> Vec<PathBuf> {
    let mut all: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    all.sort_unstable();
    all
}

#[test]
fn an_index_leaves_itself_out_and_keeps_unreadable_files() {
    let tree = Tree::new();
    tree.files(&["a/1", "a/2"], "the same");
    for _ in 0..2 {
        tree.nodupe([
            "index",
            "a",
            "--host",
            "h",
            "-q",
            "--hash-everything",
            "-o",
            "a/index",
        ])
        .succeeds();
    }
    assert_eq!(entries(&tree.path("a")).len(), 3);
    let run = tree.nodupe(["merge", "a/index", "-f", "json"]).succeeds();
    let report: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(report["totals"]["files"], 2);
}

#[test]
fn one_directory_that_two_hosts_mount_is_no_copy_of_itself() {
    let tree = Tree::new();
    tree.file("a/1", "shared").file("a/2", "only a name");
    tree.hard_link("a/2", "a/3");
    for (name, more) in [("x", &[][..]), ("labelled", &["--volume", "nas"])] {
        for host in ["one", "two"] {
            let output = format!("{name}-{host}");
            let args = [
                "index",
                "a",
                "--host",
                host,
                "-q",
                "--hash-everything",
                "-o",
                &output,
            ];
            tree.nodupe(args.iter().chain(more)).succeeds();
        }
        let merge = |more: &[&str]| {
            let args = [
                "merge",
                &format!("{name}-one"),
                &format!("{name}-two"),
                "-f",
                "json",
            ];
            tree.nodupe(args.iter().chain(more)).exits(0)
        };
        // Where there is no lasting identity, a label is needed.
        let shared = merge(&[]);
        let cloned = groups(&tree, &merge(&["--cloned"]));
        assert_eq!(cloned.len(), 2);
        if name == "labelled" {
            assert!(groups(&tree, &shared).is_empty());
            assert!(shared.stderr_text().contains("2 files of several hosts"));
        }
    }
    let other = tree
        .nodupe(["index", "a", "/dev/shm", "--volume", "x", "-o", "y"])
        .run();
    if other.status.code() != Some(2) {
        crate::harness::skipped("/dev/shm is no file system of its own");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_in_the_index_and_not_proved() {
    let tree = Tree::new();
    tree.files(&["a/1", "a/2", "a/3"], "the same");
    if !crate::harness::permissions_bind() {
        return crate::harness::skipped("permissions do not bind this user");
    }
    tree.mode("a/2", 0o000);
    let index = |more: &[&str]| {
        let args = ["index", "a", "--host", "a", "--hash-everything", "-o", "-"];
        let index = tree.nodupe(args.iter().chain(more));
        index.by_other_user().exits(3)
    };
    tree.file("i", &index(&[]).stdout);
    let run = tree.nodupe(["merge", "i", "-f", "json"]).exits(3);
    let expected = [strings(&["a:a/1", "a:a/3"])];
    assert_eq!(groups(&tree, &run), BTreeSet::from(expected));
    assert!(run.stderr_text().contains("1 file without a digest"));
    // It is not gone.
    let run = index(&["--diff", "i"]);
    assert!(
        run.stderr_text().contains("indexed 0 names"),
        "{}",
        run.stderr_text()
    );
}

#[test]
fn an_index_that_is_read_is_not_replaced() {
    let tree = Tree::new();
    tree.file("a/one", "the same words");
    index(&tree, "a", &["--hash-everything"]);
    let before = fs::read(tree.path("a.parquet")).unwrap();
    for args in [
        &["index", "a", "--diff", "a.parquet", "-o", "a.parquet"][..],
        &["merge", "a.parquet", "-o", "./a.parquet"],
        &["merge", "a.parquet", "--candidates", "a.parquet"],
        &["merge", "a.parquet", "--candidates", "new", "-o", "new"],
    ] {
        let said = tree.nodupe(args).exits(2).stderr_text();
        assert!(said.contains("would be replaced"), "{args:?}: {said}");
        assert_eq!(fs::read(tree.path("a.parquet")).unwrap(), before);
    }
}

#[test]
fn what_options_leave_out_is_not_gone() {
    let tree = Tree::new();
    for name in ["a/kept", "a/sub/left out", "a/removed"] {
        tree.file(name, "the same words");
    }
    index(&tree, "a", &["--hash-everything"]);
    fs::rename(tree.path("a.parquet"), tree.path("old.parquet")).unwrap();
    fs::remove_file(tree.path("a/removed")).unwrap();
    let more = [
        "--hash-everything",
        "--diff",
        "old.parquet",
        "--exclude",
        "sub",
    ];
    index(&tree, "a", &more);
    let args = merge(&["old", "a"], &["-f", "json"]);
    let found = groups(&tree, &tree.nodupe(&args).succeeds());
    let expected = vec!["a:a/kept".to_owned(), "a:a/sub/left out".to_owned()];
    let found: Vec<String> = found.into_iter().flatten().collect();
    assert_eq!(found, expected);
}

#[test]
fn an_older_whole_index_is_not_believed_beside_a_newer_one() {
    let tree = Tree::new();
    tree.file("a/one", "the same words");
    tree.file("a/two", "the same words");
    index(&tree, "a", &["--hash-everything"]);
    fs::rename(tree.path("a.parquet"), tree.path("old.parquet")).unwrap();
    fs::remove_file(tree.path("a/two")).unwrap();
    index(&tree, "a", &["--hash-everything"]);
    let said = tree
        .nodupe(merge(&["old", "a"], &[]))
        .exits(2)
        .stderr_text();
    assert!(said.contains("is in an earlier file too"), "{said}");
    tree.nodupe(merge(&["a"], &[])).succeeds();
}

#[test]
fn merge_tells_what_its_indexes_lack() {
    let tree = Tree::new();
    tree.file("a/one", "the same words");
    tree.file("b/one", "the same words");
    index(&tree, "b", &["--hash-everything"]);
    index(&tree, "a", &["--hash-everything", "--partitions", "3"]);
    let parts: Vec<String> = (0..3).map(|n| format!("a-{n:05}-of-00003")).collect();
    let mut names: Vec<&str> = parts.iter().map(String::as_str).collect();
    names.push("b");
    let all = merge(&names, &[]);
    tree.nodupe(&all).succeeds();
    let some: Vec<&String> = all
        .iter()
        .filter(|arg| !arg.starts_with("a-00001"))
        .collect();
    let some = some.into_iter().filter(|arg| *arg != "-q");
    let said = tree.nodupe(some).exits(3).stderr_text();
    assert!(said.contains("not all partitions of the host a"), "{said}");
    // Nobody can read what is a link to itself.
    std::os::unix::fs::symlink("loop", tree.path("a/loop")).unwrap();
    let output = tree.path("c.parquet");
    let args = [
        "index",
        "a",
        "-L",
        "--host",
        "c",
        "-q",
        "--hash-everything",
        "-o",
    ];
    let args = args.iter().copied().chain([output.to_str().unwrap()]);
    tree.nodupe(args).exits(3);
    let said = tree
        .nodupe(["merge", "b.parquet", "c.parquet"])
        .exits(3)
        .stderr_text();
    assert!(
        said.contains("c.parquet: not everything could be read"),
        "{said}"
    );
}
