//! Acting on what a report says, perhaps an edited one.

use std::fs;
use std::os::unix::ffi::OsStrExt;

use serde_json::{Value, json};

use super::{act, names, results};
use crate::harness::{Nodupe, Tree};

fn tree() -> Tree {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one", "c/one"], "first")
        .files(&["a/two", "b/two"], "second");
    tree
}

fn scan(tree: &Tree) -> Value {
    let run = tree
        .nodupe(["scan", "a", "b", "c", "-f", "json"])
        .succeeds();
    serde_json::from_slice(&run.stdout).unwrap()
}

/// A run that reads a report from its standard input.
fn by_report(tree: &Tree, report: &Value) -> Nodupe {
    act(tree, &["remove", "--report", "-", "--yes", "-f", "jsonl"]).stdin(report.to_string())
}

fn group_of<'a>(report: &'a mut Value, path: &str) -> &'a mut Value {
    let groups = report["groups"].as_array_mut().unwrap();
    let has = |group: &&mut Value| {
        let files = group["files"].as_array().unwrap();
        files.iter().any(|file| file["path"] == path)
    };
    groups.iter_mut().find(has).unwrap()
}

#[test]
fn both_formats_are_read_from_a_file_or_a_pipe() {
    for format in ["json", "jsonl"] {
        let tree = tree();
        let file = tree.beside("report");
        let file = file.to_str().unwrap();
        tree.nodupe(["scan", ".", "-f", format, "-o", file])
            .succeeds();
        act(&tree, &["remove", "--report", file, "--yes"]).succeeds();
        assert_eq!(names(&tree), ["a/one", "a/two"], "{format}");
    }
    let tree = tree();
    by_report(&tree, &scan(&tree)).succeeds();
    assert_eq!(names(&tree), ["a/one", "a/two"]);
}

#[test]
fn what_was_deleted_from_a_report_is_left_alone() {
    let tree = tree();
    let mut report = scan(&tree);
    let files = group_of(&mut report, "b/one")["files"]
        .as_array_mut()
        .unwrap();
    files.retain(|file| file["path"] != "b/one");
    let groups = report["groups"].as_array_mut().unwrap();
    groups.retain(|group| group["files"][0]["path"] != "a/two");
    by_report(&tree, &report).succeeds();
    assert_eq!(names(&tree), ["a/one", "a/two", "b/one", "b/two"]);
}

#[test]
fn marks_decide_what_stays() {
    let tree = tree();
    let mut report = scan(&tree);
    for file in group_of(&mut report, "b/one")["files"]
        .as_array_mut()
        .unwrap()
    {
        file["keep"] = json!(file["path"] == "c/one");
    }
    for file in group_of(&mut report, "b/two")["files"]
        .as_array_mut()
        .unwrap()
    {
        file["keep"] = json!(true);
    }
    by_report(&tree, &report).succeeds();
    assert_eq!(names(&tree), ["a/two", "b/two", "c/one"]);
}

#[test]
fn a_group_without_a_kept_file_is_not_acted_on() {
    let tree = tree();
    let mut report = scan(&tree);
    for file in group_of(&mut report, "b/one")["files"]
        .as_array_mut()
        .unwrap()
    {
        file["keep"] = json!(false);
    }
    // Its kept file is on another machine.
    let kept = &mut group_of(&mut report, "b/two")["files"][0];
    kept["path"] = json!("/nowhere/two");
    let run = by_report(&tree, &report).exits(3);
    assert_eq!(names(&tree).len(), 5);
    let mut reasons: Vec<_> = results(&run)
        .into_iter()
        .map(|(path, _, why)| (path, why.unwrap()))
        .collect();
    reasons.sort();
    let reason = |path: &str, why: &str| (path.to_owned(), why.to_owned());
    let expected = [
        reason("a/one", "no-keeper"),
        reason("b/one", "no-keeper"),
        reason("b/two", "keeper-changed"),
        reason("c/one", "no-keeper"),
    ];
    assert_eq!(reasons, expected);
}

#[test]
fn what_changed_since_the_report_is_left() {
    let tree = tree();
    let report = scan(&tree);
    fs::write(tree.path("b/one"), "other").unwrap();
    fs::remove_file(tree.path("a/two")).unwrap();
    let run = by_report(&tree, &report).exits(3);
    assert_eq!(names(&tree), ["a/one", "b/one", "b/two"]);
    let results = results(&run);
    let reason = |path: &str| {
        let found = results.iter().find(|(of, ..)| of == path);
        found.and_then(|(_, _, reason)| reason.clone())
    };
    assert_eq!(reason("b/one").as_deref(), Some("changed"));
    assert_eq!(reason("b/two").as_deref(), Some("keeper-changed"));
    assert_eq!(reason("c/one"), None);
}

#[test]
fn files_that_somebody_writes_to_are_left() {
    let tree = tree();
    let report = scan(&tree);
    let open = |path| fs::OpenOptions::new().append(true).open(tree.path(path));
    let writers = [open("b/one"), open("a/two")];
    let run = by_report(&tree, &report).exits(3);
    drop(writers);
    assert_eq!(names(&tree), ["a/one", "a/two", "b/one", "b/two"]);
    for (path, result, reason) in results(&run) {
        let is_left = path != "c/one";
        assert_eq!(result == "skipped", is_left, "{path}");
        assert_eq!(reason.is_some(), is_left, "{path}");
    }
    assert!(run.stdout_text().contains("in-use"));
}

/// Nothing but fresh bytes counts: a report that lies removes nothing.
#[test]
fn a_report_that_lies_does_no_harm() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one"], "first")
        .file("c/one", "other");
    let mut report = scan(&tree);
    let files = group_of(&mut report, "a/one")["files"]
        .as_array_mut()
        .unwrap();
    let mut liar = files[1].clone();
    liar["path"] = json!("c/one");
    liar["ino"] = json!(tree.ino("c/one"));
    let meta = fs::metadata(tree.path("c/one")).unwrap();
    let time = |seconds, nanos: i64| {
        let time = jiff::Timestamp::new(seconds, nanos as i32).unwrap();
        json!(time.to_string())
    };
    use std::os::unix::fs::MetadataExt;
    liar["modified"] = time(meta.mtime(), meta.mtime_nsec());
    liar["changed"] = time(meta.ctime(), meta.ctime_nsec());
    files.push(liar);
    let run = by_report(&tree, &report).exits(3);
    assert_eq!(names(&tree), ["a/one", "c/one"]);
    assert!(
        results(&run)
            .iter()
            .any(|(path, _, why)| { path == "c/one" && why.as_deref() == Some("differs") })
    );
}

#[test]
fn paths_start_from_the_reports_directory_and_are_exact() {
    let tree = Tree::new();
    let name = std::ffi::OsStr::from_bytes(b"b/\xff\n");
    tree.files(&["a/one"], "first")
        .file(name, "first")
        .hard_link(name, std::ffi::OsStr::from_bytes(b"b/\xfe"));
    let report = scan_from(&tree, &["a", "b"]);
    tree.dir("elsewhere");
    let run = by_report(&tree, &report)
        .within(tree.path("elsewhere"))
        .succeeds();
    assert_eq!(names(&tree), ["a/one"]);
    drop(run);
}

fn scan_from(tree: &Tree, paths: &[&str]) -> Value {
    let run = tree.nodupe(["scan", "-f", "json"]).args(paths).succeeds();
    serde_json::from_slice(&run.stdout).unwrap()
}

#[test]
fn names_of_one_file_that_are_listed_apart_are_acted_on_together() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one"], "first")
        .hard_link("b/one", "b/two");
    let report = scan_from(&tree, &["-H", "a", "b"]);
    by_report(&tree, &report).succeeds();
    assert_eq!(names(&tree), ["a/one"]);
}

#[test]
fn reports_that_cannot_be_acted_on_are_refused_with_the_reason() {
    let tree = tree();
    let good = scan(&tree);
    let edited = |pointer: &str, value: Value| {
        let mut report = good.clone();
        *report.pointer_mut(pointer).unwrap() = value;
        report.to_string()
    };
    let without = |field: &str| {
        let mut report = good.clone();
        report.as_object_mut().unwrap().remove(field);
        report.to_string()
    };
    let text = good.to_string();
    let lines = tree
        .nodupe(["scan", "a", "b", "-f", "jsonl"])
        .succeeds()
        .stdout_text();
    let (all_but_last, _) = lines.trim_end().rsplit_once('\n').unwrap();
    let unread = tree
        .nodupe(["scan", "a", "--unique", "-f", "json"])
        .succeeds()
        .stdout_text();
    let short = edited("/groups/0/digest", json!("ab".repeat(16)));
    let cases = [
        (String::new(), "its end is missing"),
        ("a,b\n".to_owned(), "not a json or jsonl report"),
        ("[]".to_owned(), "not a json or jsonl report"),
        ("{}".to_owned(), "version is missing"),
        (text[..text.len() / 2].to_owned(), "its end is missing"),
        (format!("{text}{text}"), "not a json or jsonl report"),
        (all_but_last.to_owned(), "its end is missing"),
        (unread, "no digest"),
        (short, "is not a blake3 digest"),
        (edited("/version", json!(2)), "version 2"),
        (edited("/interrupted", json!(true)), "interrupted"),
        (edited("/hash", json!("sha1")), "unknown hash"),
        (edited("/working_directory", json!("x")), "not absolute"),
        (edited("/groups/0/digest", json!("xyz")), "not hexadecimal"),
        (edited("/groups/0/digest", json!(null)), "no digest"),
        (
            edited("/groups/0/files/0/path", json!("")),
            "a path is empty",
        ),
        (
            edited("/groups/0/files/0/modified", json!("now")),
            "not a time",
        ),
        (
            edited("/groups/0/files/0", json!({"path": "a/one"})),
            "missing field",
        ),
        (without("hash"), "hash is missing"),
        (without("working_directory"), "working_directory is missing"),
        (without("groups"), "groups is missing"),
    ];
    for (report, reason) in cases {
        let run = act(&tree, &["remove", "--report", "-", "--yes"])
            .stdin(&*report)
            .exits(2);
        let said = run.stderr_text();
        assert!(said.contains(reason), "{reason}: {said}");
        assert!(said.contains("the report -: "), "{said}");
        assert_eq!(run.stdout_text(), "", "{reason}");
    }
    assert_eq!(names(&tree).len(), 5);
    // A report of something else.
    let said = act(&tree, &["remove", "--report", "a/one", "--yes"])
        .exits(2)
        .stderr_text();
    assert!(said.contains("not a json or jsonl report"), "{said}");
    act(&tree, &["remove", "--report", "missing", "--yes"]).exits(2);
}

#[test]
fn a_report_says_what_to_act_on_alone() {
    let tree = tree();
    let report = scan(&tree);
    for (args, part) in [
        (&["a"][..], "--report and PATH"),
        (&["--min-size", "1"], "options that select files"),
        (&["--min-copies", "3"], "options that select files"),
        (&["--keep", "newest"], "--report and --keep"),
    ] {
        let said = by_report(&tree, &report).args(args).exits(2).stderr_text();
        assert!(said.contains(part), "{args:?}: {said}");
    }
    // What protects, holds.
    by_report(&tree, &report)
        .args(["--only-under", "c", "--keep-all-under", "b"])
        .succeeds();
    assert_eq!(names(&tree), ["a/one", "a/two", "b/one", "b/two"]);
    by_report(&tree, &scan(&tree))
        .args(["--reference", "b"])
        .succeeds();
    assert_eq!(names(&tree), ["a/one", "a/two", "b/one", "b/two"]);
}

#[test]
fn a_file_below_none_of_the_scanned_paths_is_left() {
    let tree = tree();
    tree.file("out/one", "first");
    let mut report = scan_from(&tree, &["a", "b", "out"]);
    report["roots"] = json!(["a", "b"]);
    let run = by_report(&tree, &report).exits(3);
    let reasons: Vec<_> = results(&run)
        .into_iter()
        .map(|(path, _, why)| (path, why))
        .collect();
    assert!(
        reasons.contains(&("out/one".to_owned(), Some("outside-roots".to_owned()))),
        "{reasons:?}"
    );
    assert!(names(&tree).contains(&"out/one".to_owned()));
}
