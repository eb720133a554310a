//! `--report FILE --directories`: the groups of directories of a report, perhaps an
//! edited one.

use std::fs;

use serde_json::{Value, json};

use super::act;
use super::directories::{directories, done, outside, picture, twins};
use crate::harness::{Run, Tree};

/// Two identical directories, of which the first is kept wherever the scan begins.
fn older_and_newer() -> Tree {
    let tree = twins();
    tree.modified("b/one", 3_000_000_000);
    tree
}

fn report(tree: &Tree, more: &[&str]) -> Value {
    let args = ["scan", "--directories", "-fjson"];
    let run = tree.nodupe(args.iter().chain(more)).succeeds();
    serde_json::from_slice(&run.stdout).unwrap()
}

/// A run that reads a report from its standard input.
fn by_report(tree: &Tree, report: &Value, status: i32) -> Run {
    let args = [
        "remove",
        "--directories",
        "--report",
        "-",
        "--yes",
        "-fjsonl",
    ];
    let run = act(tree, &args).stdin(report.to_string());
    match status {
        0 => run.succeeds(),
        status => run.exits(status),
    }
}

fn members(report: &mut Value) -> &mut Vec<Value> {
    let members = &mut report["directory_groups"][0]["directories"];
    members.as_array_mut().unwrap()
}

fn left(path: &str, reason: &str) -> [String; 4] {
    [path, "left", path, reason].map(str::to_owned)
}

#[test]
fn both_formats_are_acted_on_and_taken_back() {
    for format in ["json", "jsonl"] {
        let tree = older_and_newer();
        let before = picture(&tree);
        let file = tree.beside("report");
        let file = file.to_str().unwrap();
        tree.nodupe(["scan", "--directories", ".", "-f", format, "-o", file])
            .succeeds();
        // What a project selects was asked when the report was made.
        tree.file(
            "nodupe.toml",
            "[scan]\nexclude = [\"three\"]\nmin-size = 6\n",
        );
        let args = [
            "remove",
            "--directories",
            "--report",
            file,
            "--yes",
            "-fjsonl",
        ];
        let run = act(&tree, &args).succeeds();
        assert_eq!(directories(&run), [done("./b")], "{format}");
        fs::remove_file(tree.path("nodupe.toml")).unwrap();
        assert_eq!(picture(&tree), outside(&before, "b"), "{format}");
        act(&tree, &["undo", "--yes", "-q"]).succeeds();
        assert_eq!(picture(&tree), before, "{format}");
    }
}

#[test]
fn a_report_from_another_working_directory_is_acted_on() {
    let tree = twins();
    let file = tree.beside("report");
    let file = file.to_str().unwrap();
    tree.nodupe(["scan", "--directories", "a", "b", "-fjson", "-o", file])
        .succeeds();
    tree.dir("here");
    let args = ["remove", "--directories", "--report", file, "--yes"];
    act(&tree, &args).within(tree.path("here")).succeeds();
    assert!(tree.path("a/one").exists() && !tree.path("b").exists());
}

#[test]
fn edits_decide_what_goes() {
    let three = || {
        let tree = Tree::new();
        tree.files(&["a/one", "b/one", "c/one"], "first")
            .files(&["x/two", "y/two"], "second");
        tree
    };
    type Edit = fn(&mut Value);
    let rows: [(Edit, &[&str]); 5] = [
        (|_| {}, &["a", "x"]),
        (
            |report| {
                for member in members(report) {
                    member["keep"] = json!(member["path"] == "./b");
                }
            },
            &["b", "x"],
        ),
        (
            |report| members(report).retain(|member| member["path"] != "./b"),
            &["a", "b", "x"],
        ),
        (
            |report| {
                report["directory_groups"].as_array_mut().unwrap().pop();
            },
            &["a", "x", "y"],
        ),
        // A directory that is listed twice is one, and stays if one entry says so.
        (
            |report| {
                let again = json!({"path": "./c", "keep": true});
                members(report).push(again);
                let again = json!({"path": "./b", "keep": false});
                members(report).push(again);
            },
            &["a", "c", "x"],
        ),
    ];
    for (at, (edit, expected)) in rows.into_iter().enumerate() {
        let tree = three();
        let mut report = report(&tree, &["."]);
        edit(&mut report);
        by_report(&tree, &report, 0);
        let names = fs::read_dir(tree.root()).unwrap();
        let mut names: Vec<_> = names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, expected, "row {at}");
    }
}

/// Groups within each other: what is marked stays whole, whatever another group says, and
/// `--leave` counts whole ones alone.
#[test]
fn marks_and_whole_copies_count_in_groups_within_groups() {
    let tree = Tree::new();
    for dir in ["p", "q", "r"] {
        tree.file(format!("{dir}/x/f"), "first")
            .file(format!("{dir}/z/h"), "last")
            .file(format!("{dir}/g"), "more");
    }
    tree.file("y/f", "first").file("w/h", "last");
    let file = tree.beside("report");
    let mut made = report(&tree, &["."]);
    // Groups in their order, each with its directories; those with a star are kept.
    type Row<'a> = (&'a [&'a [&'a str]], &'a str, &'a [&'a str]);
    let rows: [Row<'_>; 6] = [
        (&[&["p*", "q"], &["p/x", "q/x", "y*"]], "1", &["q"]),
        (&[&["p/x*", "q/x", "y"], &["p", "q*"]], "1", &["y"]),
        (
            &[&["p/x*", "q/x", "r/x", "y"], &["r*", "p", "q"]],
            "2",
            &["q", "y"],
        ),
        // The second of the first group is chosen, and what it is in stays too.
        (
            &[&["p/x*", "q/x", "y"], &["p*", "r", "q"]],
            "2",
            &["r", "y"],
        ),
        // What is no longer whole is no copy.
        (
            &[&["y*", "r/x*", "p/x", "q/x"], &["r*", "p", "q"]],
            "2",
            &["p/x", "q/x"],
        ),
        (
            &[&["w*", "q/z*", "p/z"], &["p/x*", "y*"], &["q*", "p", "r"]],
            "2",
            &["p/z"],
        ),
    ];
    for (groups, leave, expected) in rows {
        let groups = groups.iter().map(|members| {
            let members = members.iter().map(|member| {
                let path = format!("./{}", member.trim_end_matches('*'));
                json!({"path": path, "keep": member.ends_with('*')})
            });
            json!({"files": 0, "bytes": 0, "directories": members.collect::<Vec<_>>()})
        });
        made["directory_groups"] = groups.collect();
        fs::write(&file, made.to_string()).unwrap();
        let args = ["remove", "--directories", "-n", "-fjsonl", "--leave", leave];
        let args = [&args[..], &["--report", file.to_str().unwrap()]].concat();
        let run = act(&tree, &args).run();
        let gone = directories(&run).into_iter();
        let gone = gone.filter(|record| record[1] == "done");
        let gone: Vec<_> = gone.map(|record| record[0][2..].to_owned()).collect();
        assert_eq!(gone, expected, "{made}");
    }
}

#[test]
fn directories_that_changed_since_the_report_stay() {
    type Change = fn(&Tree);
    let changes: [(Change, &str); 7] = [
        (|tree| _ = tree.file("b/sub/two", "SECOND"), "not-identical"),
        (|tree| _ = tree.file("b/sub/new", "new"), "not-identical"),
        (|tree| _ = tree.dir("b/sub/new"), "not-identical"),
        (
            |tree| fs::remove_file(tree.path("b/sub/nothing")).unwrap(),
            "not-identical",
        ),
        (|tree| _ = tree.fifo("b/sub/fifo"), "not-identical"),
        (|tree| _ = tree.file("a/sub/two", "SECOND"), "not-identical"),
        (
            |tree| fs::rename(tree.path("b"), tree.path("gone")).unwrap(),
            "not-identical",
        ),
    ];
    for (at, (change, reason)) in changes.into_iter().enumerate() {
        let tree = twins();
        let report = report(&tree, &["a", "b"]);
        change(&tree);
        let before = picture(&tree);
        let run = by_report(&tree, &report, 3);
        assert_eq!(directories(&run), [left("b", reason)], "row {at}");
        assert_eq!(picture(&tree), before, "row {at}");
    }
}

#[test]
fn what_a_link_leads_to_now_stays() {
    for outer in ["b", "b/sub"] {
        let tree = older_and_newer();
        tree.dir("top");
        for dir in ["a", "b"] {
            fs::rename(tree.path(dir), tree.path("top").join(dir)).unwrap();
        }
        let report = report(&tree, &["top"]);
        let moved = tree.path("top").join(outer);
        fs::rename(&moved, tree.path("elsewhere")).unwrap();
        std::os::unix::fs::symlink(tree.path("elsewhere"), &moved).unwrap();
        let before = picture(&tree);
        by_report(&tree, &report, 3);
        assert_eq!(picture(&tree), before, "{outer}");
    }
    // The directory above is a link now.
    let tree = older_and_newer();
    tree.dir("top/up");
    fs::rename(tree.path("b"), tree.path("top/up/b")).unwrap();
    fs::rename(tree.path("a"), tree.path("top/a")).unwrap();
    let report = report(&tree, &["top"]);
    fs::rename(tree.path("top/up"), tree.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink("../elsewhere", tree.path("top/up")).unwrap();
    let before = picture(&tree);
    let run = by_report(&tree, &report, 3);
    assert_eq!(directories(&run), [left("top/up/b", "symbolic-link")]);
    assert_eq!(picture(&tree), before);
}

#[test]
fn a_group_without_a_kept_directory_is_not_acted_on() {
    let tree = twins();
    let mut report = report(&tree, &["a", "b"]);
    for member in members(&mut report) {
        member["keep"] = json!(false);
    }
    let before = picture(&tree);
    let run = by_report(&tree, &report, 3);
    let expected = [left("a", "no-keeper"), left("b", "no-keeper")];
    assert_eq!(directories(&run), expected);
    assert_eq!(picture(&tree), before);
    // One that is kept elsewhere keeps nothing here.
    members(&mut report)[0] = json!({"path": "/nowhere", "keep": true});
    let run = by_report(&tree, &report, 3);
    assert_eq!(directories(&run).len(), 1);
    assert_eq!(picture(&tree), before);
}

#[test]
fn edits_cannot_name_what_was_not_scanned_or_is_no_copy() {
    let tree = twins();
    tree.file("other/one", "other");
    let mut edited = report(&tree, &["a"]);
    edited["directory_groups"] = json!([{"files": 4, "bytes": 16, "directories": [
        {"path": "a", "keep": true}, {"path": "b", "keep": false},
        {"path": "other", "keep": false},
    ]}]);
    let before = picture(&tree);
    let run = by_report(&tree, &edited, 3);
    let expected = [left("b", "outside-roots"), left("other", "not-identical")];
    assert_eq!(directories(&run), expected);
    assert_eq!(picture(&tree), before);
}

#[test]
fn directories_of_the_very_same_files_stay() {
    let tree = Tree::new();
    tree.file("a/one", "first").hard_link("a/one", "b/one");
    let report = report(&tree, &["a", "b", "--hard-links"]);
    assert_eq!(report["directory_groups"].as_array().unwrap().len(), 1);
    let run = by_report(&tree, &report, 3);
    assert_eq!(directories(&run), [left("b", "same-files")]);
    assert!(tree.path("b/one").exists());
}

#[test]
fn protection_holds_for_reports_too() {
    for more in [
        &["--keep-all-under", "three"][..],
        &["--reference", "b"],
        &["--only-under", "a"],
        &["--leave", "2"],
    ] {
        let tree = older_and_newer();
        let file = tree.beside("report");
        let file = file.to_str().unwrap();
        tree.nodupe(["scan", "--directories", ".", "-fjson", "-o", file])
            .succeeds();
        let before = picture(&tree);
        let mut args = vec!["remove", "--directories", "--report", file, "--yes"];
        args.extend(more);
        act(&tree, &args).run();
        assert_eq!(picture(&tree), before, "{more:?}");
    }
}

#[test]
fn a_report_without_directories_is_refused_with_what_to_do() {
    let tree = twins();
    let file = tree.beside("report");
    let file = file.to_str().unwrap();
    tree.nodupe(["scan", ".", "-fjson", "-o", file]).succeeds();
    let args = ["remove", "--directories", "--report", file, "--yes"];
    let said = act(&tree, &args).exits(2).stderr_text();
    assert!(said.contains("has no groups of directories"), "{said}");
    assert!(said.contains("nodupe scan --directories -f json"), "{said}");
    // An empty list says that there is nothing to do.
    let alone = Tree::new();
    alone.file("one", "first");
    let report = report(&alone, &["."]);
    by_report(&alone, &report, 0);
    assert!(alone.path("one").exists());
}
