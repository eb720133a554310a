//! Nothing is done without consent.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use super::{act, names};
use crate::harness::{BINARY, Tree, heed_signals, skipped, spawn};

fn tree() -> Tree {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one"], "content");
    tree
}

#[test]
fn every_command_needs_paths_and_consent() {
    let tree = tree();
    for command in [
        &["remove"][..],
        &["link"],
        &["link", "--symbolic"],
        &["dedupe"],
        &["move", "--to", "b"],
    ] {
        let said = act(&tree, command).args(["--yes"]).exits(2).stderr_text();
        assert!(
            said.contains("a PATH or --report FILE is missing"),
            "{command:?}: {said}"
        );
        let said = act(&tree, command).args(["."]).exits(2).stderr_text();
        assert!(
            said.contains("confirmation is required"),
            "{command:?}: {said}"
        );
        assert!(said.contains("--yes"), "{said}");
    }
    assert_eq!(names(&tree), ["a/one", "b/one"]);
    // Not even a journal is made.
    assert!(!tree.beside("state").exists());
}

/// Runs a command in a terminal of its own, and types at its question.
fn in_terminal(tree: &Tree, args: &str, typed: &str) -> Option<(i32, String)> {
    heed_signals();
    let mut script = Command::new("script");
    script
        .args(["-qec", &format!("'{BINARY}' {args}"), "/dev/null"])
        .current_dir(tree.root())
        .env("XDG_STATE_HOME", tree.beside("state"))
        .env("TERM", "xterm")
        .env("SHELL", "/bin/sh")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = match spawn(&mut script) {
        Ok(child) => child,
        Err(error) => {
            skipped(&format!("no script: {error}"));
            return None;
        }
    };
    let mut output = child.stdout.take().unwrap();
    let mut text = Vec::new();
    let mut byte = [0];
    while output.read(&mut byte).unwrap() > 0 {
        text.push(byte[0]);
        if text.ends_with(b"[y/N] ") {
            let input = child.stdin.as_mut().unwrap();
            input.write_all(typed.as_bytes()).unwrap();
        }
    }
    // Standard input was open all the time: its end would end the terminal's.
    let code = child.wait().unwrap().code().unwrap();
    Some((code, String::from_utf8_lossy(&text).into_owned()))
}

#[test]
fn a_terminal_is_asked_and_no_is_the_default() {
    for (typed, is_done) in [("\n", false), ("n\n", false), ("x\n", false), ("y\n", true)] {
        let tree = tree();
        let Some((code, text)) = in_terminal(&tree, "remove a b", typed) else {
            return;
        };
        assert!(text.contains("Remove 1 file (4.0 KiB)? [y/N]"), "{text}");
        assert!(text.contains("a/one") && text.contains("b/one"), "{text}");
        if is_done {
            assert_eq!(names(&tree), ["a/one"]);
            assert_eq!(code, 0, "{text}");
            assert!(text.contains("nodupe undo takes this back"), "{text}");
        } else {
            assert_eq!(names(&tree), ["a/one", "b/one"]);
            assert_eq!(code, 2, "{text}");
            assert!(text.contains("nothing was changed"), "{text}");
        }
    }
}

#[test]
fn a_question_can_be_answered_though_the_input_is_a_list() {
    let tree = tree();
    let args = "remove --files-from - < b/list";
    tree.file("b/list", "a\nb\n");
    if let Some((code, text)) = in_terminal(&tree, args, "y\n") {
        assert_eq!(code, 0, "{text}");
        assert_eq!(names(&tree), ["a/one", "b/list"]);
    }
}

#[test]
fn ctrl_c_at_the_question_changes_nothing() {
    let tree = tree();
    if let Some((code, text)) = in_terminal(&tree, "remove a b", "\u{3}") {
        assert_eq!(code, 130, "{text}");
        assert_eq!(names(&tree), ["a/one", "b/one"]);
    }
}

#[test]
fn there_is_no_question_if_there_is_nothing_to_do() {
    let tree = Tree::new();
    tree.file("a", "alone");
    if let Some((code, text)) = in_terminal(&tree, "remove .", "") {
        assert_eq!(code, 0, "{text}");
        assert!(text.contains("Nothing was removed"), "{text}");
        assert!(!text.contains("[y/N]"), "{text}");
    }
}
