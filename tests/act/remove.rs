//! `nodupe remove` of what a scan finds.

use std::fs;

use super::{act, names, results, totals};
use crate::harness::{Tree, strings};

#[test]
fn one_copy_of_each_content_stays() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one", "c/one"], "first")
        .files(&["a/two", "b/two"], "second")
        .file("a/three", "third");
    let run = act(&tree, &["remove", "a", "b", "c", "--yes", "-f", "jsonl"]).succeeds();
    assert_eq!(names(&tree), ["a/one", "a/three", "a/two"]);
    let mut removed = results(&run);
    removed.sort();
    let done = |path: &str| (path.to_owned(), "done".to_owned(), None);
    assert_eq!(removed, [done("b/one"), done("b/two"), done("c/one")]);
    assert_eq!(totals(&run)["done"], 3);
    // Again, there is nothing to do, and no run that could be taken back.
    let run = act(&tree, &["remove", "a", "b", "c", "--yes", "-f", "jsonl"]).succeeds();
    assert_eq!(totals(&run)["done"], 0);
    assert_eq!(run.stderr_text(), "");
}

#[test]
fn all_names_of_a_redundant_file_go_together() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one"], "content")
        .hard_link("b/one", "b/two")
        .hard_link("a/one", "a/kept");
    let run = act(&tree, &["remove", "a", "b", "--yes"]).succeeds();
    assert_eq!(names(&tree), ["a/kept", "a/one"]);
    let text = run.stdout_text();
    assert!(text.contains("hard link  b/two"), "{text}");
    assert!(text.contains("Removed 1 file · 4.0 KiB freed"), "{text}");
}

#[test]
fn names_outside_of_the_scan_free_nothing() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one"], "content")
        .hard_link("b/one", "outside");
    let run = act(&tree, &["remove", "a", "b", "--yes", "-f", "jsonl"]).succeeds();
    assert_eq!(names(&tree), ["a/one", "outside"]);
    assert_eq!(totals(&run)["freed_bytes"], 0);
}

#[test]
fn references_stay() {
    let tree = Tree::new();
    tree.files(&["new/one", "old/one", "old/again"], "content");
    act(&tree, &["remove", "new", "--reference", "old", "--yes"]).succeeds();
    assert_eq!(names(&tree), ["old/again", "old/one"]);
}

#[test]
fn a_given_file_without_a_copy_is_left_and_said() {
    let tree = Tree::new();
    tree.file("new/alone", "nowhere else")
        .files(&["new/known", "old/known"], "known");
    let run = act(
        &tree,
        &[
            "remove",
            "new/alone",
            "new/known",
            "--reference",
            "old",
            "--yes",
            "-f",
            "jsonl",
        ],
    )
    .exits(3);
    assert_eq!(names(&tree), ["new/alone", "old/known"]);
    let expected = (
        "new/alone".to_owned(),
        "skipped".to_owned(),
        Some("no-copy".to_owned()),
    );
    assert!(results(&run).contains(&expected));
    let run = act(&tree, &["remove", "new/alone", "old", "--yes"]).exits(3);
    let text = run.stdout_text();
    assert!(
        text.contains("left       new/alone: no copy of it was found"),
        "{text}"
    );
}

#[test]
fn a_dry_run_changes_nothing_and_says_what_would_be_done() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one"], "content");
    let run = act(&tree, &["remove", "a", "b", "--dry-run"]).succeeds();
    let expected = "       7 B  keep       a/one
            remove     b/one

Would remove 1 file · 4.0 KiB would become free
";
    assert_eq!(run.stdout_text(), expected);
    assert_eq!(run.stderr_text(), "");
    assert_eq!(names(&tree), ["a/one", "b/one"]);
    // It needs no journal, and makes none.
    assert!(!tree.beside("state").exists());
}

#[test]
fn what_a_scan_misses_is_said_and_the_rest_is_done() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one", "c/one"], "content");
    let writer = fs::OpenOptions::new().append(true).open(tree.path("b/one"));
    let run = act(&tree, &["remove", "a", "b", "c", "--yes", "-f", "jsonl"]).exits(3);
    drop(writer);
    assert_eq!(names(&tree), ["a/one", "b/one"]);
    assert!(run.stderr_text().contains("b/one"));
    assert!(
        run.stdout_text()
            .contains(r#"{"type":"error","path":"b/one""#)
    );
}

#[test]
fn files_of_version_control_are_left_unless_asked_for() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/.git/one"], "content");
    act(&tree, &["remove", "a", "b", "--yes"]).exits(3);
    assert_eq!(names(&tree), ["a/one", "b/.git/one"]);
    act(&tree, &["remove", "a", "b", "--yes", "--include-vcs"]).succeeds();
    assert_eq!(names(&tree), ["a/one"]);
}

#[test]
fn a_second_run_is_refused_while_one_acts() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one"], "content");
    act(&tree, &["remove", "b/one", "--yes"]).exits(3);
    let lock = tree.beside("state").join("nodupe/journal.redb.lock");
    let held = fs::OpenOptions::new().write(true).open(lock).unwrap();
    held.lock().unwrap();
    let run = act(&tree, &["remove", "a", "b", "--yes"]).exits(2);
    let text = run.stderr_text();
    assert!(text.contains("another run is acting on files"), "{text}");
    assert_eq!(names(&tree), strings(&["a/one", "b/one"]));
}

#[test]
fn without_a_journal_nothing_is_done() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one"], "content")
        .file("no", "journal");
    let journal = |file: &str| {
        act(&tree, &["remove", "a", "b", "--yes", "--journal", file])
            .exits(2)
            .stderr_text()
    };
    assert!(journal("no").contains("is not a journal of nodupe"));
    assert!(journal("no/where").contains("cannot use the journal"));
    assert_eq!(names(&tree), ["a/one", "b/one", "no"]);
    // One in the tree is no duplicate of anything.
    act(&tree, &["remove", ".", "--yes", "--journal", "journal"]).succeeds();
    assert_eq!(names(&tree), ["a/one", "journal", "journal.lock", "no"]);
}
