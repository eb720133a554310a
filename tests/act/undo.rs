//! `nodupe undo` and `nodupe history`.

use std::fs;
use std::os::unix::fs::MetadataExt;

use serde_json::Value;

use super::{act, names, results, totals};
use crate::harness::Tree;

fn tree() -> Tree {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one"], "content")
        .hard_link("b/one", "b/two")
        .mode("b/one", 0o640)
        .modified("b/one", 1_000_000);
    tree
}

#[test]
fn what_was_removed_is_as_it_was() {
    let tree = tree();
    act(&tree, &["remove", "a", "b", "--yes"]).succeeds();
    assert_eq!(names(&tree), ["a/one"]);
    let run = act(&tree, &["undo", "--yes", "-q"]).succeeds();
    let text = run.stdout_text();
    assert!(text.contains("restored   "), "{text}");
    assert!(text.contains("Restored 1 file"), "{text}");
    assert_eq!(names(&tree), ["a/one", "b/one", "b/two"]);
    let meta = fs::metadata(tree.path("b/one")).unwrap();
    assert_eq!(meta.mode() & 0o7777, 0o640);
    assert_eq!((meta.mtime(), meta.nlink()), (1_000_000, 2));
    assert_eq!(tree.ino("b/one"), tree.ino("b/two"));
    assert_ne!(tree.ino("b/one"), tree.ino("a/one"));
    // It was taken back, so there is nothing left to take back.
    let said = act(&tree, &["undo", "--yes"]).exits(2).stderr_text();
    assert!(
        said.contains("nothing was done that could be taken back"),
        "{said}"
    );
    let said = act(&tree, &["undo", "1", "--yes"]).exits(2).stderr_text();
    assert!(said.contains("run 1 was taken back by run 2"), "{said}");
}

#[test]
fn links_and_moves_are_taken_back_too() {
    for (command, to) in [("link", ""), ("move", "out")] {
        let tree = tree();
        tree.dir("out").mode("a/one", 0o640);
        let before = tree.ino("b/one");
        let mut args = vec![command, "a", "b", "--yes"];
        if !to.is_empty() {
            args.extend(["--to", to]);
        }
        act(&tree, &args).succeeds();
        act(&tree, &["undo", "--yes", "-q"]).succeeds();
        assert_eq!(names(&tree), ["a/one", "b/one", "b/two"], "{command}");
        assert_ne!(tree.ino("b/one"), tree.ino("a/one"));
        if command == "move" {
            assert_eq!(tree.ino("b/one"), before);
        }
    }
}

#[test]
fn what_cannot_be_taken_back_is_said_first() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one"], "first")
        .files(&["a/two", "b/two"], "second");
    act(&tree, &["remove", "a", "b", "--yes"]).succeeds();
    fs::write(tree.path("a/one"), "other").unwrap();
    tree.file("b/two", "in the way");
    let run = act(&tree, &["undo", "--dry-run", "-f", "jsonl"]).exits(3);
    let reasons: Vec<_> = results(&run)
        .into_iter()
        .map(|(.., reason)| reason.unwrap())
        .collect();
    assert_eq!(reasons.len(), 2);
    assert!(reasons.contains(&"no-source".to_owned()), "{reasons:?}");
    assert!(reasons.contains(&"name-taken".to_owned()), "{reasons:?}");
    fs::remove_file(tree.path("b/two")).unwrap();
    let run = act(&tree, &["undo", "--yes", "-f", "jsonl"]).exits(3);
    let said = run.stderr_text();
    assert!(
        said.contains("b/one: no file with its content is left"),
        "{said}"
    );
    assert!(said.contains("1 file to restore"), "{said}");
    assert_eq!(totals(&run)["done"], 1);
    assert_eq!(fs::read(tree.path("b/two")).unwrap(), b"second");
    assert!(!tree.path("b/one").exists());
}

#[test]
fn a_dry_run_of_an_undo_changes_nothing() {
    let tree = tree();
    act(&tree, &["remove", "a", "b", "--yes"]).succeeds();
    let run = act(&tree, &["undo", "-n", "-f", "jsonl"]).succeeds();
    assert_eq!(totals(&run)["done"], 1);
    assert!(results(&run)[0].0.ends_with("b/one"));
    assert_eq!(names(&tree), ["a/one"]);
    act(&tree, &["undo", "--yes", "-q"]).succeeds();
}

#[test]
fn without_a_journal_there_is_nothing_to_take_back() {
    let tree = tree();
    for args in [&["undo", "--yes"][..], &["undo", "-n"]] {
        let said = act(&tree, args).exits(2).stderr_text();
        assert!(
            said.contains("nothing was done that could be taken back"),
            "{said}"
        );
    }
    let run = act(&tree, &["history"]).succeeds();
    assert_eq!(run.stdout_text(), "No runs yet\n");
    let run = act(&tree, &["undo", "--recover"]).exits(0);
    assert!(run.stderr_text().contains("nothing to recover"));
    assert!(!tree.beside("state").exists());
    act(&tree, &["undo", "3", "--recover"]).exits(2);
    act(&tree, &["undo", "0", "--yes"]).exits(2);
    act(&tree, &["remove", "a", "b", "--yes"]).succeeds();
    let said = act(&tree, &["undo", "9", "--yes"]).exits(2).stderr_text();
    assert!(said.contains("has no run 9"), "{said}");
    let said = act(&tree, &["undo"]).exits(2).stderr_text();
    assert!(said.contains("--yes"), "{said}");
}

#[test]
fn runs_are_listed_with_what_can_be_taken_back() {
    let tree = tree();
    act(&tree, &["remove", "a", "b", "--yes"]).succeeds();
    act(&tree, &["undo", "--yes", "-q"]).succeeds();
    act(&tree, &["link", "a", "b", "--yes", "--ignore-metadata"]).succeeds();
    let run = act(&tree, &["history", "-f", "jsonl"]).succeeds();
    let runs = run.stdout_text();
    let runs: Vec<Value> = runs
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let undo: Vec<_> = runs
        .iter()
        .map(|run| run["undo"].as_str().unwrap())
        .collect();
    assert_eq!(undo, ["possible", "is-undo", "done"]);
    assert_eq!(runs[0]["run"], 3);
    assert_eq!(runs[0]["files"], 1);
    assert_eq!(runs[1]["undoes"], 1);
    assert!(runs.iter().all(|run| run["ended"].is_string()));
    let text = act(&tree, &["history"]).succeeds().stdout_text();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("Run  Started"), "{text}");
    assert!(
        lines[1].contains("1 possible") && lines[1].contains(" link a b"),
        "{text}"
    );
    assert!(lines[2].contains("took back 1"), "{text}");
    assert!(lines[3].contains("taken back"), "{text}");
}

/// A time can be set back: the bytes of a moved file are read.
#[test]
fn a_moved_file_with_other_bytes_stays_where_it_is() {
    let tree = tree();
    tree.dir("out");
    let run = act(
        &tree,
        &["move", "a", "b", "--to", "out", "--yes", "-f", "jsonl"],
    );
    let run = run.succeeds();
    let record: Value = serde_json::from_str(run.stdout_text().lines().nth(1).unwrap()).unwrap();
    assert_eq!(record["destination"], "out/b/one");
    tree.file("out/b/one", "CONTENT")
        .modified("out/b/one", 1_000_000);
    let run = act(&tree, &["undo", "--yes", "-q", "-f", "jsonl"]).exits(3);
    assert_eq!(results(&run)[0].2.as_deref(), Some("moved"));
    assert_eq!(names(&tree), ["a/one", "out/b/one", "out/b/two"]);
}

#[test]
fn emptied_directories_go_on_request_and_come_back() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/deep/er/one"], "content")
        .dir("b/empty")
        .mode("b/deep/er", 0o750);
    let args = [
        "remove",
        "a",
        "b",
        "--prune-empty-dirs",
        "--yes",
        "-f",
        "jsonl",
    ];
    let run = act(&tree, &args).succeeds();
    assert_eq!(totals(&run)["removed_directories"], 2);
    assert!(!tree.path("b/deep").exists() && tree.path("b/empty").exists());
    act(&tree, &["undo", "--yes", "-q"]).succeeds();
    assert_eq!(names(&tree), ["a/one", "b/deep/er/one"]);
    let mode = fs::metadata(tree.path("b/deep/er")).unwrap().mode();
    assert_eq!(mode & 0o7777, 0o750);
}
