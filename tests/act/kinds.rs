//! Links, moves and shared blocks; and ends in between.

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::os::unix::fs::MetadataExt;
use std::process::{Child, ChildStdout, Stdio};

use serde_json::Value;

use super::{act, names, results, totals};
use crate::harness::{Tree, heed_signals, spawn};

#[test]
fn names_become_links_to_the_kept_file() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one", "b/two"], "content");
    let run = act(&tree, &["link", "a", "b", "--yes"]).succeeds();
    let text = run.stdout_text();
    assert!(text.contains("linked     b/one"), "{text}");
    assert_eq!(names(&tree), ["a/one", "b/one", "b/two"]);
    assert_eq!(tree.ino("a/one"), tree.ino("b/one"));
    assert_eq!(tree.ino("a/one"), tree.ino("b/two"));
    // They are one file now.
    let run = act(&tree, &["link", "a", "b", "--yes"]).succeeds();
    assert!(run.stdout_text().contains("Nothing was linked"));
}

#[test]
fn links_do_not_change_a_mode_unless_asked_to() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one"], "content")
        .mode("b/one", 0o600);
    let run = act(&tree, &["link", "a", "b", "--yes", "-f", "jsonl"]).exits(3);
    assert_eq!(results(&run)[0].2.as_deref(), Some("metadata-differs"));
    assert_ne!(tree.ino("a/one"), tree.ino("b/one"));
    act(&tree, &["link", "a", "b", "--yes", "--ignore-metadata"]).succeeds();
    assert_eq!(tree.ino("a/one"), tree.ino("b/one"));
    let args = ["link", "a", "b", "--yes", "--symbolic", "--ignore-metadata"];
    act(&tree, &args).exits(2);
}

#[test]
fn symbolic_links_are_relative() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/deep/one"], "content");
    act(&tree, &["link", "a", "b", "--yes", "--symbolic"]).succeeds();
    let target = fs::read_link(tree.path("b/deep/one")).unwrap();
    assert_eq!(target.to_str(), Some("../../a/one"));
}

#[test]
fn moved_files_keep_their_paths_and_replace_nothing() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/deep/one", "b/two"], "content")
        .dir("out/b")
        .file("out/b/two", "mine");
    act(&tree, &["move", "--to", "missing", "a", "b", "--yes"]).exits(2);
    let run = act(
        &tree,
        &["move", "--to", "out", "a", "b", "--yes", "-f", "jsonl"],
    )
    .exits(3);
    assert_eq!(
        names(&tree),
        ["a/one", "b/two", "out/b/deep/one", "out/b/two"]
    );
    assert_eq!(fs::read(tree.path("out/b/two")).unwrap(), b"mine");
    let results = results(&run);
    assert!(
        results
            .iter()
            .any(|(_, _, why)| why.as_deref() == Some("destination-exists"))
    );
    // What was moved there is no copy.
    fs::remove_file(tree.path("b/two")).unwrap();
    let run = act(&tree, &["move", "--to", "out", ".", "--yes", "-f", "jsonl"]).succeeds();
    assert_eq!(totals(&run)["done"], 0);
}

#[test]
fn blocks_are_shared_or_the_reason_is_said() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one"], vec![7; 1 << 20]);
    let run = act(&tree, &["dedupe", "a", "b", "--yes", "-f", "jsonl"]).run();
    assert_eq!(names(&tree), ["a/one", "b/one"]);
    assert_ne!(tree.ino("a/one"), tree.ino("b/one"));
    match run.status.code().unwrap() {
        // The temporary directory is on btrfs or XFS.
        0 => assert_eq!(totals(&run)["done"], 1),
        3 => assert_eq!(results(&run)[0].2.as_deref(), Some("cannot-share")),
        other => panic!("{other}"),
    }
}

const COPIES: usize = 4000;

/// One file to keep, and many copies.
fn many() -> Tree {
    let tree = Tree::new();
    tree.file("a/kept", "content");
    for number in 0..COPIES {
        tree.file(format!("b/{number}"), "content");
    }
    tree.mode("b/17", 0o640);
    tree
}

/// Starts a command in its own process and waits until it has acted on a file.
fn begun(tree: &Tree, args: &[&str]) -> (Child, Lines<BufReader<ChildStdout>>) {
    heed_signals();
    let mut command = act(tree, args).command();
    let mut child = spawn(command.stdout(Stdio::piped())).unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let _header = lines.next().unwrap();
    let first = lines.next().unwrap().unwrap();
    assert!(first.contains(r#""result":"done""#), "{first}");
    (child, lines)
}

fn all_are_back(tree: &Tree) {
    assert_eq!(names(tree).len(), 1 + COPIES);
    let mode = fs::metadata(tree.path("b/17")).unwrap().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn an_interruption_comes_between_two_files_and_can_be_taken_back() {
    let tree = many();
    let (mut child, lines) = begun(&tree, &["remove", "a", "b", "--yes", "-f", "jsonl"]);
    let pid = rustix::process::Pid::from_child(&child);
    // The second one must not end it at once.
    for _ in 0..2 {
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    }
    let last = lines.map(Result::unwrap).last().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let totals: Value = serde_json::from_str(&last).unwrap();
    assert_eq!(totals["interrupted"], true);
    let done = totals["done"].as_u64().unwrap() as usize;
    assert!((1..COPIES).contains(&done), "{done}");
    assert_eq!(names(&tree).len(), 1 + COPIES - done);
    act(&tree, &["undo", "--yes"]).succeeds();
    all_are_back(&tree);
}

#[test]
fn what_a_killed_run_left_is_settled_by_the_next_one() {
    for (args, recovery) in [
        (&["remove", "a", "b"][..], &["undo", "--recover"][..]),
        (
            &["link", "a", "b", "--ignore-metadata"],
            &["remove", "a/kept", "--yes"],
        ),
    ] {
        let tree = many();
        let args = [args, &["--yes", "-f", "jsonl"]].concat();
        let (mut child, lines) = begun(&tree, &args);
        child.kill().unwrap();
        child.wait().unwrap();
        drop(lines);
        act(&tree, recovery).run();
        let left = names(&tree);
        assert!(left.len() > 1);
        assert!(left.iter().all(|name| !name.contains(".nodupe-")));
        act(&tree, &["undo", "--yes"]).succeeds();
        all_are_back(&tree);
        let inode = tree.ino("a/kept");
        assert!((0..COPIES).all(|number| tree.ino(format!("b/{number}")) != inode));
    }
}
