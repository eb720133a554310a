//! Which file of a group is kept, and what lists and commands make of it.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::harness::{BINARY, File, Tree, skipped, strings};

/// Runs git in a directory of the tree; false where there is no git.
fn git(tree: &Tree, dir: &str, args: &[&str]) -> bool {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=n", "-c", "user.email=e@example.org"])
        .args(args)
        .current_dir(tree.path(dir))
        .env("HOME", tree.root())
        .env("GIT_CONFIG_NOSYSTEM", "1");
    match git.output() {
        Ok(output) => {
            assert!(output.status.success(), "git {args:?}: {output:?}");
            true
        }
        Err(error) => {
            skipped(&format!("no git: {error}"));
            false
        }
    }
}

/// The paths to keep of every group, and the others.
fn kept(tree: &Tree, args: &[&str]) -> Vec<(Vec<String>, Vec<String>)> {
    let run = tree
        .scan(args)
        .args(["--exclude", ".git"])
        .json()
        .succeeds();
    let groups = run.report().groups();
    let paths =
        |files: &[File]| -> Vec<String> { files.iter().map(|file| file.path.clone()).collect() };
    let split = |files: Vec<File>| {
        let first = files.iter().position(|file| !file.keep);
        let (kept, others) = files.split_at(first.unwrap_or(files.len()));
        assert!(others.iter().all(|file| !file.keep));
        (paths(kept), paths(others))
    };
    groups.into_iter().map(|group| split(group.files)).collect()
}

fn one(kept: &str, others: &[&str]) -> Vec<(Vec<String>, Vec<String>)> {
    vec![(strings(&[kept]), strings(others))]
}

#[test]
fn the_original_is_first_and_kept() {
    let tree = Tree::new();
    tree.files(&["IMG (1).jpg", "photos/2024/IMG.jpg"], "the same");
    let expected = one("./photos/2024/IMG.jpg", &["./IMG (1).jpg"]);
    assert_eq!(kept(&tree, &[]), expected);
    // The order of the paths that were given decides between the two others.
    tree.file("b/x", "other").file("a/x", "other");
    tree.modified("a/x", 1).modified("b/x", 2);
    assert_eq!(kept(&tree, &["b", "a"]), one("b/x", &["a/x"]));
    assert_eq!(kept(&tree, &["a", "b"]), one("a/x", &["b/x"]));
    assert_eq!(
        kept(&tree, &["b", "a", "--keep", "oldest"]),
        one("a/x", &["b/x"])
    );
    assert_eq!(
        kept(&tree, &["b", "--reference", "a"]),
        one("a/x", &["b/x"])
    );
}

#[test]
fn what_git_tracks_is_kept() {
    let tree = Tree::new();
    tree.files(
        &["work/long name (1).txt", "work/a", "work/inner/a", "b"],
        "same",
    )
    .dir("work/inner");
    let untracked = kept(&tree, &["work"]);
    assert_eq!(untracked[0].0, ["work/a"]);
    if !git(&tree, "work", &["init", "-q"]) {
        return;
    }
    let others: &[&str] = &["work/a", "work/inner/a"];
    git(&tree, "work", &["add", "long name (1).txt"]);
    assert_eq!(
        kept(&tree, &["work"]),
        one("work/long name (1).txt", others)
    );
    let run = tree
        .nodupe(["scan", "-f", "json"])
        .within(tree.path("work"));
    let report = run.succeeds().report();
    assert_eq!(report.groups()[0].files[0].path, "./long name (1).txt");
    // Times of tracked files are those of a checkout: the shorter path counts.
    git(&tree, "work", &["add", "a"]);
    tree.modified("work/a", 9)
        .modified("work/long name (1).txt", 1)
        .modified("b", 1);
    let tracked = ["work", "--exclude", "inner"];
    assert_eq!(
        kept(&tree, &tracked),
        one("work/a", &["work/long name (1).txt"])
    );
    git(&tree, "work", &["mv", "a", "longer name (1).txt"]);
    assert_eq!(
        kept(&tree, &tracked),
        one("work/long name (1).txt", &["work/longer name (1).txt"])
    );
    let newest = ["work", "--exclude", "inner", "--keep", "newest"];
    assert_eq!(kept(&tree, &newest)[0].0, ["work/longer name (1).txt"]);
    git(&tree, "work", &["mv", "longer name (1).txt", "a"]);
    git(&tree, "work", &["rm", "-q", "--cached", "a"]);
    // As a file, from above, through a list and from the inside.
    let files = ["work/a", "work/long name (1).txt"];
    assert_eq!(kept(&tree, &files), one(files[1], &files[..1]));
    let from_list = tree.nodupe(["scan", "-f", "json", "--files-from", "-"]);
    let from_list = from_list
        .within(tree.path("work"))
        .stdin("a\nlong name (1).txt\n");
    let report = from_list.succeeds().report();
    assert_eq!(report.groups()[0].files[0].path, "long name (1).txt");
    // A work tree inside the PATH, or inside another one, is not opened.
    assert_eq!(kept(&tree, &["."])[0].0, ["./b"]);
    git(&tree, "work/inner", &["init", "-q"]);
    git(&tree, "work/inner", &["add", "a"]);
    git(
        &tree,
        "work",
        &["rm", "-q", "--cached", "long name (1).txt"],
    );
    assert_eq!(kept(&tree, &["work"])[0].0, ["work/a"]);
    assert_eq!(kept(&tree, &["work", "work/inner"])[0].0, ["work/inner/a"]);
    // Tracked comes before the rules of the user.
    let longest = ["work", "work/inner", "--keep", "longest-path"];
    assert_eq!(kept(&tree, &longest)[0].0, ["work/inner/a"]);
}

#[test]
fn an_index_that_cannot_be_read_is_said() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same")
        .repository()
        .file(".git/index", "no index");
    let run = tree.scan(&["-f", "json"]).exits(0);
    assert_eq!(run.report().groups()[0].files[0].path, "./a");
    let said = run.stderr_text();
    assert!(
        said.contains("cannot tell which files git tracks in"),
        "{said}"
    );
    assert!(said.contains("damaged"), "{said}");
    // Nothing is read where there is nothing to choose.
    fs::remove_file(tree.path("b")).unwrap();
    assert_eq!(tree.scan(&[]).succeeds().stderr_text(), "");
}

#[test]
fn redundant_files_are_listed_alone_in_every_format() {
    let tree = Tree::new();
    tree.files(&["a", "b", "c (1)"], "the same")
        .hard_link("b", "z")
        .file("alone", "x")
        .files(&["ref/r", "ref/s"], "reference")
        .file("t", "reference");
    tree.modified("a", 1);
    let reference = ["--reference", "ref", "--redundant", "."];
    let text = |format: &str| {
        let run = tree
            .scan(&[&reference[..], &["-f", format]].concat())
            .succeeds();
        run.stdout_text()
    };
    assert_eq!(text("fdupes"), "./b\n./z\n./c (1)\n\n./t\n");
    assert_eq!(text("paths0"), "./b\0./z\0./c (1)\0./t\0");
    for format in ["json", "jsonl"] {
        let text = text(format);
        assert!(!text.contains(r#""keep":true"#), "{text}");
        assert!(
            text.contains(r#""size":8,"reclaimable_bytes":16"#),
            "{text}"
        );
    }
    let csv = text("csv");
    assert!(
        csv.lines().skip(1).all(|row| row.ends_with(",false")),
        "{csv}"
    );
    assert_eq!(csv.lines().count(), 5);
    let table = text("table");
    assert!(
        table.contains("c (1)") && !table.contains("ref/"),
        "{table}"
    );
    // A limit counts listed groups; without redundant files there is none.
    let limited = tree.scan(&["--redundant", "-f", "fdupes", "--limit", "1", "ref"]);
    assert_eq!(limited.succeeds().stdout_text(), "ref/s\n");
    let nothing = tree.scan(&[
        "--redundant",
        "-f",
        "paths0",
        "--rf-under",
        "3",
        "alone",
        "t",
    ]);
    assert_eq!(nothing.succeeds().stdout_text(), "");
    let wrong = tree.scan(&["--redundant", "--unique"]).exits(2);
    assert!(
        wrong.stderr_text().contains("--redundant"),
        "{}",
        wrong.stderr_text()
    );
}

#[test]
fn removing_what_is_listed_keeps_one_of_each() {
    let tree = Tree::new();
    for (at, content) in ["one", "two", "three\n"].into_iter().enumerate() {
        tree.files(
            &[
                &format!("d/{at}"),
                &format!("d/{at} (1)"),
                &format!("e/{at}\nx"),
                &format!("-{at}"),
            ],
            content,
        );
        tree.hard_link(format!("d/{at} (1)"), format!("d/{at} link"));
    }
    let before = contents(&tree);
    assert_eq!(before.len(), 15);
    let remove = "\"$0\" scan --redundant -f paths0 | xargs -0 rm --";
    let status = Command::new("sh")
        .args(["-c", remove])
        .arg(BINARY)
        .current_dir(tree.root())
        .status();
    assert!(status.unwrap().success());
    let mut after = contents(&tree);
    assert_eq!(after.len(), 3);
    after.sort();
    let mut all = before;
    all.sort();
    all.dedup();
    assert_eq!(after, all);
    assert!(tree.groups(&[]).is_empty());
}

fn contents(tree: &Tree) -> Vec<Vec<u8>> {
    let dirs = [".", "d", "e"].map(|dir| fs::read_dir(tree.path(dir)).unwrap());
    let entries = dirs.into_iter().flatten().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    files.map(|file| fs::read(file.path()).unwrap()).collect()
}

#[test]
fn names_outside_the_scan_free_nothing() {
    let tree = Tree::new();
    tree.files(&["in/a", "in/b", "in/c"], "12345")
        .hard_link("in/b", "out/b")
        .hard_link("in/c", "in/c2");
    tree.modified("in/a", 1)
        .modified("in/b", 2)
        .modified("in/c", 3);
    let figures = |args: &[&str]| {
        let run = tree.scan(args).json().succeeds();
        let report = run.report();
        let of = |value: &Value| {
            let bytes = |name| value[name].as_u64().unwrap();
            (bytes("reclaimable_bytes"), bytes("linked_outside_bytes"))
        };
        let group = of(&report.0["groups"][0]);
        assert_eq!(of(&report.0["totals"]), group);
        group
    };
    assert_eq!(figures(&["in"]), (5, 5));
    // The file that is kept may have links anywhere.
    assert_eq!(figures(&["in", "--keep", "glob:b"]), (10, 0));
    assert_eq!(figures(&["in", "out"]), (10, 0));
    assert_eq!(figures(&["in", "--hard-links"]), (5, 5));
    assert_eq!(figures(&["in", "--reference", "out"]), (10, 0));
    assert_eq!(figures(&["in", "--reference", "in/a"]), (5, 5));
    let summary = tree.scan(&["in", "-f", "summary"]).succeeds().stdout_text();
    assert!(
        summary.contains("5 B with hard links outside the scan"),
        "{summary}"
    );
}

#[test]
fn a_tie_of_times_is_said_on_request() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same")
        .modified("a", 5)
        .modified("b", 5);
    for (args, expected) in [
        (&["--keep", "newest", "-v"][..], true),
        (&["--keep", "newest", "-v", "-f", "jsonl"], true),
        (&["--keep", "newest"], false),
        (&["-v"], false),
    ] {
        let said = tree.scan(args).exits(0).stderr_text();
        assert_eq!(said.contains("have the same time"), expected, "{said}");
    }
}

#[test]
fn wrong_rules_are_rejected() {
    let tree = Tree::new();
    for (rule, says) in [
        ("biggest", "oldest, newest"),
        ("glob:[", "["),
        ("glob:", "glob"),
    ] {
        let run = tree.scan(&["--keep", rule]).exits(2);
        assert!(run.stderr_text().contains(says), "{}", run.stderr_text());
    }
    tree.file("nodupe.toml", "[scan]\nkeep = [\"newest\"]\n");
    let run = tree.scan(&[]).exits(2);
    assert!(
        run.stderr_text().contains("command line"),
        "{}",
        run.stderr_text()
    );
}

#[test]
fn a_check_blames_the_new_copy_of_a_tracked_file() {
    let tree = Tree::new();
    tree.files(&["old name that is long", "new"], "the same");
    if !git(&tree, ".", &["init", "-q"]) {
        return;
    }
    git(&tree, ".", &["add", "old name that is long"]);
    tree.modified("old name that is long", 5).modified("new", 5);
    let status = |args: &[&str]| -> Vec<(String, String)> {
        let run = tree
            .nodupe([&["check", "-f", "json"], args].concat())
            .exits(1);
        let verdict: Value = serde_json::from_slice(&run.stdout).unwrap();
        let files = verdict["findings"][0]["files"].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        files
            .iter()
            .map(|file| (text(&file["path"]), text(&file["status"])))
            .collect()
    };
    let row = |path: &str, status: &str| (path.to_owned(), status.to_owned());
    let expected = [row("old name that is long", "original"), row("new", "new")];
    assert_eq!(status(&[]), expected);
    // The rules of the user come after what git tracks.
    assert_eq!(status(&["--keep", "shortest-path"]), expected);
    // A file that was only added is newer than one that is committed.
    git(&tree, ".", &["commit", "-qm", "first"]);
    git(&tree, ".", &["add", "new"]);
    assert_eq!(status(&[]), expected);
    git(&tree, ".", &["reset", "-q"]);
    git(
        &tree,
        ".",
        &["rm", "-q", "--cached", "old name that is long"],
    );
    let expected = [row("new", "original"), row("old name that is long", "new")];
    assert_eq!(status(&[]), expected);
}
