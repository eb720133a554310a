//! `nodupe review`: the screen in a terminal, its marks and what becomes of them,
//! and the dialogue of lines.

use std::fs::{self, File};

use rustix::process::Signal;
use serde_json::Value;

use crate::harness::terminal::Terminal;
use crate::harness::{Nodupe, Tree, skipped};

fn review(tree: &Tree, args: &[&str]) -> Nodupe {
    let state = tree.beside("state");
    tree.nodupe(args)
        .env("XDG_STATE_HOME", state.to_str().unwrap())
}

fn tree() -> Tree {
    let tree = Tree::new();
    tree.file("photos/sea.jpg", "s".repeat(5000))
        .file("backup/sea.jpg", "s".repeat(5000))
        .file("backup/sea (1).jpg", "s".repeat(5000))
        .file("notes/todo.txt", "milk")
        .file("old/todo.txt", "milk");
    for (at, name) in [
        "photos/sea.jpg",
        "backup/sea.jpg",
        "notes/todo.txt",
        "old/todo.txt",
    ]
    .iter()
    .enumerate()
    {
        tree.modified(name, 1_000_000_000 + at as u64);
    }
    tree
}

fn exists(tree: &Tree, name: &str) -> bool {
    tree.path(name).exists()
}

#[test]
fn marks_are_acted_on_after_a_question_and_taken_back_by_undo() {
    let tree = tree();
    let Some(mut terminal) = Terminal::start(&review(&tree, &["review", "."]), (80, 24)) else {
        return;
    };
    let screen = terminal.wait_for("2 groups, 9.8 KiB redundant");
    assert!(screen.contains("(keep)"), "{screen}");
    terminal.wait_for("suggested to keep: it is the oldest");
    // The line of the first group: all that is redundant.
    terminal.keys("R");
    terminal.wait_for("Marked: 2 remove, 1 keep");
    terminal.keys("x");
    terminal.wait_for("Remove 2 files");
    terminal.keys("n\r");
    terminal.wait_for("not confirmed: nothing was changed");
    assert!(exists(&tree, "backup/sea.jpg"));
    terminal.keys("x");
    // The first question is still above it.
    terminal.wait_for_times("[y/N]", 2);
    terminal.keys("y\r");
    terminal.wait_for("Removed 2 files");
    let (status, is_restored) = terminal.end();
    assert!(is_restored);
    assert_eq!(status.code(), Some(0));
    assert!(exists(&tree, "photos/sea.jpg"));
    assert!(!exists(&tree, "backup/sea.jpg") && !exists(&tree, "backup/sea (1).jpg"));
    assert!(exists(&tree, "old/todo.txt"), "nobody marked it");
    review(&tree, &["undo", "--yes"]).exits(0);
    assert!(exists(&tree, "backup/sea.jpg") && exists(&tree, "backup/sea (1).jpg"));
}

#[test]
fn each_mark_is_a_run_of_its_own() {
    let tree = tree();
    let args = ["review", ".", "--to", "out"];
    fs::create_dir(tree.path("out")).unwrap();
    let Some(mut terminal) = Terminal::start(&review(&tree, &args), (80, 24)) else {
        return;
    };
    terminal.wait_for("2 groups");
    // The second and the third copy, then the second one of the next group.
    terminal.keys("jjLMjjR");
    terminal.wait_for("Marked: 1 remove, 1 move, 1 link");
    terminal.keys("x");
    for question in ["Remove 1 file", "Move 1 file", "Hard-link 1 file"] {
        terminal.wait_for(question);
        terminal.keys("y\r");
    }
    let (status, _) = terminal.end();
    assert_eq!(status.code(), Some(0));
    let history = review(&tree, &["history", "-f", "json"])
        .exits(0)
        .stdout_text();
    let history: Value = serde_json::from_str(&history).unwrap();
    assert_eq!(history["runs"].as_array().unwrap().len(), 3, "{history}");
    assert!(exists(&tree, "photos/sea.jpg") && exists(&tree, "out"));
}

#[test]
fn the_screen_opens_while_the_scan_runs() {
    let tree = tree();
    for name in ["huge1", "huge2"] {
        let file = File::create(tree.path(name)).unwrap();
        if file.set_len(1 << 40).is_err() {
            return skipped("no sparse files of a terabyte here");
        }
    }
    let Some(mut terminal) = Terminal::start(&review(&tree, &["review", "."]), (80, 24)) else {
        return;
    };
    terminal.wait_for("scanning: 7 files");
    terminal.wait_for("No duplicates are confirmed yet.");
    terminal.keys("?");
    terminal.wait_for("Keys of nodupe review");
    terminal.keys("\x1b");
    terminal.wait_for("No duplicates are confirmed yet.");
    terminal.keys("q");
    let (status, is_restored) = terminal.end();
    assert!(is_restored);
    assert_eq!(status.code(), Some(0));
}

#[test]
fn whatever_ends_it_the_terminal_is_as_before_and_marks_are_saved() {
    for (how, expected) in [("\x03", 130), ("hangup", 130), ("terminate", 130), ("q", 0)] {
        let tree = tree();
        let args = ["review", ".", "-o", "marks.json"];
        let Some(mut terminal) = Terminal::start(&review(&tree, &args), (80, 24)) else {
            return;
        };
        terminal.wait_for("2 groups");
        terminal.keys("R");
        terminal.wait_for("Marked: 2 remove");
        match how {
            "hangup" => terminal.signal(Signal::HUP),
            "terminate" => terminal.signal(Signal::TERM),
            keys => terminal.keys(keys),
        }
        let (status, is_restored) = terminal.end();
        assert!(is_restored, "{how:?}");
        assert_eq!(status.code(), Some(expected), "{how:?}");
        let saved = fs::read_to_string(tree.path("marks.json")).unwrap();
        assert_eq!(
            saved.matches(r#""mark":"remove""#).count(),
            2,
            "{how:?}: {saved}"
        );
        assert!(exists(&tree, "backup/sea.jpg"));
    }
}

#[test]
fn a_saved_review_goes_on_and_is_a_report_for_each_command() {
    let tree = tree();
    let args = ["review", ".", "-o", "marks.json"];
    let Some(mut terminal) = Terminal::start(&review(&tree, &args), (80, 24)) else {
        return;
    };
    terminal.wait_for("2 groups");
    terminal.keys("jjRLq");
    terminal.wait_for("nodupe review --report marks.json");
    assert_eq!(terminal.end().0.code(), Some(0));
    let args = ["review", "--report", "marks.json", "-o", "marks.json"];
    let mut terminal = Terminal::start(&review(&tree, &args), (80, 24)).unwrap();
    terminal.wait_for("Marked: 1 remove, 1 link");
    // It is the group after the first one now.
    terminal.keys("nR");
    terminal.wait_for("Marked: 2 remove, 1 link, 1 keep");
    terminal.keys("q");
    assert_eq!(terminal.end().0.code(), Some(0));
    let report = ["--report", "marks.json", "--yes"];
    let removed = review(&tree, &[&["remove"][..], &report].concat()).exits(0);
    assert!(
        removed.stdout_text().contains("Removed 2 files"),
        "{}",
        removed.stdout_text()
    );
    let linked = review(&tree, &[&["link"][..], &report].concat()).exits(0);
    assert!(
        linked.stdout_text().contains("Linked 1 file"),
        "{}",
        linked.stdout_text()
    );
}

#[test]
fn a_screen_of_any_size_shows_hostile_names_as_text() {
    let tree = Tree::new();
    for name in [
        "a/\u{1b}[2J\u{1b}]0;x\u{7}",
        "b/\u{202e}gpj.exe",
        "c/two\nlines",
    ] {
        tree.file(name, "the same words");
    }
    let Some(mut terminal) = Terminal::start(&review(&tree, &["review", "."]), (80, 24)) else {
        return;
    };
    terminal.wait_for("1 group, 28 B redundant");
    for (columns, lines) in [(200, 60), (80, 24)] {
        terminal.resize(columns, lines);
        for name in [
            r"a/\x1b[2J\x1b]0;x\x07",
            r"b/\u{202e}gpj.exe",
            r"c/two\nlines",
        ] {
            terminal.wait_for(name);
        }
    }
    for (columns, lines) in [(20, 5), (3, 2), (1, 1), (200, 60), (60, 10)] {
        terminal.resize(columns, lines);
        terminal.keys("jk");
    }
    terminal.keys("G");
    terminal.wait_for("group 1 of 1");
    // The content of a file is as harmless as its name.
    terminal.keys("p");
    terminal.wait_for("the same words");
    terminal.keys("q");
    let raw = terminal.raw();
    assert!(!raw.windows(3).any(|bytes| bytes == "\u{202e}".as_bytes()));
    assert!(terminal.end().1);
}

#[test]
fn without_colors_there_are_none() {
    let tree = tree();
    for (name, has_color) in [("NO_COLOR", false), ("X", true)] {
        let nodupe = review(&tree, &["review", "."]).env(name, "1");
        let Some(mut terminal) = Terminal::start(&nodupe, (80, 24)) else {
            return;
        };
        terminal.wait_for("2 groups");
        terminal.keys("R");
        terminal.wait_for("Marked: 2 remove");
        let raw = String::from_utf8(terminal.raw()).unwrap();
        let red = raw.contains("\x1b[38;5;1");
        assert_eq!(red, has_color, "{raw:?}");
        terminal.keys("qq");
        terminal.end();
    }
}

#[test]
fn lines_do_the_same_without_a_screen() {
    let tree = tree();
    let commands =
        "wait\nhelp\nremove\nsum\ntext 2\nnext\nunder link old\nsave m.json\napply\nquit\n";
    let run = review(&tree, &["review", "--plain", "--yes", "."])
        .stdin(commands)
        .exits(0);
    let said = run.stdout_text();
    for line in [
        ": 3 copies of 4.9 KiB, 9.8 KiB to free, pictures.",
        "Marked: 2 remove · frees 9.8 KiB.",
        "Group 2 of 2: 2 copies of 4 B, 4 B to free, documents.",
        "Marked: 2 remove, 1 link, 1 keep",
        "the marks are saved in m.json",
        "Linked 1 file",
        "Removed 2 files",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(!said.contains('\x1b'), "{said}");
    assert!(!exists(&tree, "backup/sea.jpg"));
    // Without a terminal nobody can be asked.
    let tree = self::tree();
    let commands = "wait\nremove 2\napply\nquit\nquit\n";
    let run = review(&tree, &["review", "--plain", "."])
        .stdin(commands)
        .exits(2);
    assert!(
        run.stdout_text().contains("confirmation is required"),
        "{}",
        run.stdout_text()
    );
    // The end of the input is the end.
    review(&tree, &["review", "--plain", "."])
        .stdin("")
        .exits(0);
}

#[test]
fn a_screen_needs_a_terminal_and_something_to_review() {
    let tree = tree();
    let said = review(&tree, &["review", "."]).exits(2).stderr_text();
    assert!(
        said.contains("needs a terminal") && said.contains("--plain"),
        "{said}"
    );
    let said = review(&tree, &["review"]).exits(2).stderr_text();
    assert!(
        said.contains("a PATH or --report FILE is missing"),
        "{said}"
    );
}

#[test]
fn a_terminal_that_is_closed_ends_the_review_and_the_marks_are_saved() {
    let tree = tree();
    let args = ["review", ".", "-o", "marks.json"];
    let Some(mut terminal) = Terminal::start(&review(&tree, &args), (80, 24)) else {
        return;
    };
    terminal.wait_for("2 groups, 9.8 KiB redundant");
    terminal.wait_for("suggested to keep: it is the oldest");
    terminal.keys("R");
    terminal.wait_for("Marked: 2 remove");
    assert_eq!(terminal.close().code(), Some(130));
    let saved = fs::read_to_string(tree.path("marks.json")).unwrap();
    assert_eq!(saved.matches(r#""mark":"remove""#).count(), 2, "{saved}");
}

#[test]
fn marks_are_saved_in_no_file_but_a_report() {
    let tree = tree();
    let before = fs::read(tree.path("backup/sea.jpg")).unwrap();
    let said = review(&tree, &["review", "--plain", "."])
        .stdin("wait\nremove 2\nsave backup/sea.jpg\nquit\n")
        .exits(0)
        .stdout_text();
    assert!(said.contains("is no report of nodupe"), "{said}");
    review(&tree, &["review", "--plain", ".", "-o", "backup/sea.jpg"])
        .stdin("quit\n")
        .exits(2);
    assert_eq!(fs::read(tree.path("backup/sea.jpg")).unwrap(), before);
}

#[test]
fn a_file_that_a_report_keeps_stays_whatever_its_mark() {
    let tree = tree();
    review(&tree, &["review", "--plain", ".", "-o", "marks.json"])
        .stdin("wait\nremove 2,3\nquit\n")
        .exits(0);
    let saved = fs::read_to_string(tree.path("marks.json")).unwrap();
    assert!(saved.contains(r#""keep":false"#), "{saved}");
    let edited = saved.replace(r#""keep":false"#, r#""keep":true"#);
    fs::write(tree.path("marks.json"), edited).unwrap();
    review(
        &tree,
        &["review", "--plain", "--yes", "--report", "marks.json"],
    )
    .stdin("apply\nquit\n")
    .exits(0);
    assert!(exists(&tree, "backup/sea.jpg") && exists(&tree, "backup/sea (1).jpg"));
}
