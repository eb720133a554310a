//! `nodupe scan --directories`.

use serde_json::Value;

use crate::harness::{Tree, can_mount, permissions_bind, strings};

/// The directories of each group in a JSON report, those to keep with a `*`.
fn groups(report: &Value) -> Vec<Vec<String>> {
    let groups = report["directory_groups"].as_array().unwrap();
    groups
        .iter()
        .map(|group| {
            let directories = group["directories"].as_array().unwrap();
            let name = |directory: &Value| {
                let path = directory["path"].as_str().unwrap();
                let path = path.strip_prefix("./").unwrap_or(path);
                match directory["keep"].as_bool().unwrap() {
                    true => format!("*{path}"),
                    false => path.to_owned(),
                }
            };
            directories.iter().map(name).collect()
        })
        .collect()
}

fn found(tree: &Tree, args: &[&str]) -> Vec<Vec<String>> {
    let run = tree.scan(args).args(["--directories"]).json().succeeds();
    groups(&run.report().0)
}

fn list(groups: &[&[&str]]) -> Vec<Vec<String>> {
    groups.iter().map(|group| strings(group)).collect()
}

/// Backups of backups: each year holds that of the year before.
fn backups() -> Tree {
    let tree = Tree::new();
    for (dir, years) in [("", 3), ("old/", 2), ("old/old/", 1)] {
        for year in 0..years {
            for album in ["a", "b"] {
                tree.file(
                    format!("{dir}photos/{year}/{album}/1.jpg"),
                    format!("{year}{album}1"),
                )
                .file(
                    format!("{dir}photos/{year}/{album}/2.jpg"),
                    format!("{year}{album}2"),
                );
            }
        }
    }
    tree.files(&["notes/a.txt", "old/notes/a.txt"], "a")
        .files(&["notes/b.txt", "old/notes/b.txt"], "b")
        .file("old/notes/c.txt", "only here");
    tree
}

#[test]
fn backups_of_backups_are_the_pairs_that_a_person_would_name() {
    let tree = backups();
    // The whole of the oldest one is a part of each later one.
    let expected = list(&[
        &["*photos/0", "old/old/photos/0", "old/photos/0"],
        &["*photos/1", "old/photos/1"],
    ]);
    assert_eq!(found(&tree, &[]), expected);
    let run = tree.scan(&["--directories"]).succeeds();
    let shown = run.stdout_text();
    let expected = "\
Reclaim  Size  Files        Directory
   24 B  12 B      4  keep  ./photos/0
                            ./old/old/photos/0
                            ./old/photos/0
   12 B  12 B      4  keep  ./photos/1
                            ./old/photos/1

2 groups of directories · 8 groups of files within them are not listed

Reclaim  Size  Files        Path
    1 B   1 B      2  keep  ./notes/a.txt
                            ./old/notes/a.txt
    1 B   1 B      2  keep  ./notes/b.txt
                            ./old/notes/b.txt

";
    assert!(shown.starts_with(expected), "{shown}");
}

#[test]
fn swapped_contents_and_names_are_not_identical() {
    // A digest that combines those of names and of contents without order, or
    // each pair by exclusive or, takes these for identical.
    let tree = Tree::new();
    tree.file("l/a", "X")
        .file("l/b", "Y")
        .file("r/a", "Y")
        .file("r/b", "X")
        .files(&["xx/a", "xx/b"], "X")
        .files(&["yy/a", "yy/b"], "Y");
    assert_eq!(found(&tree, &[]), list(&[]));
    assert_eq!(
        found(&tree, &["--ignore-names"]),
        list(&[&["*l", "r"]]),
        "equal contents must not cancel each other out"
    );
}

#[test]
fn all_that_a_directory_holds_counts() {
    let tree = Tree::new();
    for dir in [
        "a",
        "b",
        "link",
        "empty file",
        "empty dir",
        "fifo",
        "target",
    ] {
        tree.file(format!("{dir}/f"), "content");
    }
    tree.symlink("to", "a/l").symlink("to", "b/l");
    tree.symlink("elsewhere", "target/l");
    tree.file("empty file/e", "").dir("empty dir/e");
    tree.fifo("fifo/p")
        .file("fifo 2/f", "content")
        .fifo("fifo 2/p");
    assert_eq!(found(&tree, &[]), list(&[&["*a", "b"]]));
    // An empty file is known by its size alone, and no file of the report.
    tree.file("empty file 2/f", "content")
        .file("empty file 2/e", "");
    let run = tree.scan(&["--directories"]).json().succeeds();
    let report = run.report();
    assert_eq!(
        groups(&report.0),
        list(&[&["*a", "b"], &["*empty file", "empty file 2"]])
    );
    assert_eq!(report.total("groups"), 1);
    let without = tree.scan(&[]).json().succeeds().report();
    for total in ["files", "bytes", "groups", "bytes_read"] {
        assert_eq!(report.total(total), without.total(total), "{total}");
    }
    // What is skipped makes a directory incomplete.
    assert_eq!(found(&tree, &["--min-size", "2"]), list(&[&["*a", "b"]]));
    assert_eq!(found(&tree, &["--exclude", "l"]), {
        list(&[&["*empty file", "empty file 2"]])
    });
    assert_eq!(found(&tree, &["--max-depth", "1"]), list(&[]));
}

/// The text of which a digest is made says where each part ends, and how often each
/// entry is there.
#[test]
fn every_entry_counts_as_often_as_it_is_there() {
    let tree = Tree::new();
    tree.files(&["a/1", "a/2", "b/1", "c/1", "c/2"], "same");
    assert_eq!(
        found(&tree, &["--ignore-names", "a", "b", "c"]),
        list(&[&["*a", "c"]])
    );
    // Names, kinds and targets that are one text if they are written in a row.
    let tree = Tree::new();
    tree.files(&["a/f", "b/f"], "same")
        .symlink("la", "a/x")
        .symlink("a", "b/xl");
    assert_eq!(found(&tree, &[]), list(&[]));
    // Two of one group that are in the same directory of another one are not at one
    // place there.
    let tree = Tree::new();
    tree.files(&["a/x/f", "a/y/f", "b/p/f", "b/q/f"], "same");
    let expected = list(&[&["*a/x", "a/y", "b/p", "b/q"], &["*a", "b"]]);
    assert_eq!(found(&tree, &["--ignore-names"]), expected);
}

#[test]
fn a_directory_that_contains_itself_is_no_copy() {
    if !can_mount() {
        return;
    }
    let tree = Tree::new();
    tree.files(&["a/f", "c/f"], "same").dir("a/in");
    let scan = tree.scan(&["--directories", "a", "c"]).json();
    let run = scan.with_mounts("mount --bind a a/in").run();
    assert_eq!(groups(&run.report().0), list(&[]));
}

#[test]
fn what_cannot_be_read_is_no_copy() {
    if !permissions_bind() {
        return;
    }
    let tree = Tree::new();
    for dir in ["a", "b", "c", "d"] {
        tree.file(format!("{dir}/f"), "content")
            .dir(format!("{dir}/sub"));
    }
    tree.file("a/sub/x", "x")
        .file("b/sub/x", "x")
        .mode("b/sub", 0o700);
    tree.mode("d/f", 0o000);
    let run = tree.scan(&["--directories"]).json();
    let run = run.by_other_user().exits(3);
    assert_eq!(groups(&run.report().0), list(&[]));
    assert_eq!(run.report().errors().len(), 2);
}

#[test]
fn one_directory_by_two_paths_is_no_copy() {
    let tree = Tree::new();
    tree.file("a/b/f", "content")
        .symlink("a", "link")
        .dir("m/b");
    for args in [&["a", "a"][..], &["a", "link"], &[".", "a/b"], &["-L", "."]] {
        assert_eq!(found(&tree, args), list(&[]), "{args:?}");
    }
    if !can_mount() {
        return;
    }
    for more in [&[][..], &["--hard-links"]] {
        let run = tree.scan(&["--directories"]).args(more).json();
        let run = run.with_mounts("mount --bind a/b m/b").succeeds();
        assert_eq!(groups(&run.report().0), list(&[]), "{more:?}");
    }
}

#[test]
fn hard_links_are_no_copies() {
    let tree = Tree::new();
    tree.file("a/f", "content").hard_link("a/f", "b/f");
    assert_eq!(found(&tree, &[]), list(&[]));
    let run = tree
        .scan(&["--directories", "--hard-links"])
        .json()
        .succeeds();
    let report = run.report();
    assert_eq!(groups(&report.0), list(&[&["*a", "b"]]));
    assert_eq!(report.0["directory_groups"][0]["reclaimable_bytes"], 0);
    // One real copy makes it a group. The file with two names stays by one of
    // them, and was not read.
    tree.files(&["a/g", "b/g"], "other");
    let run = tree.scan(&["--directories"]).json().succeeds();
    let report = run.report();
    assert_eq!(groups(&report.0), list(&[&["*a", "b"]]));
    let group = &report.0["directory_groups"][0];
    assert_eq!(
        (group["reclaimable_bytes"].as_u64(), &group["digest"]),
        (Some(5), &Value::Null)
    );
    // Files that nothing has to read are not identical because of that.
    let tree = Tree::new();
    tree.files(&["a/g", "b/g"], "other")
        .file("a/f", "1")
        .hard_link("a/f", "k/1")
        .file("b/f", "22")
        .hard_link("b/f", "k/2");
    assert_eq!(found(&tree, &[]), list(&[]));
    // Empty files are no hard links of each other, and no less copies if they are.
    let tree = Tree::new();
    tree.file("a/f", "content")
        .hard_link("a/f", "b/f")
        .files(&["a/e", "b/e"], "");
    assert_eq!(found(&tree, &["--min-size", "0"]), list(&[]));
    let tree = Tree::new();
    tree.file("a/e", "").hard_link("a/e", "b/e");
    assert_eq!(found(&tree, &["--min-size", "0"]), list(&[&["*a", "b"]]));
}

#[test]
fn a_directory_with_a_kept_file_is_kept() {
    let tree = Tree::new();
    for (file, first) in [("x", "a"), ("y", "b")] {
        for dir in ["a", "b", "c"] {
            let path = format!("{dir}/{file}");
            tree.file(&path, file);
            tree.modified(&path, if dir == first { 1_000 } else { 2_000 });
        }
    }
    // The oldest files are in two of them.
    assert_eq!(found(&tree, &[]), list(&[&["*a", "*b", "c"]]));
    assert_eq!(
        found(&tree, &["--keep", "glob:c"]),
        list(&[&["*c", "a", "b"]])
    );
    assert_eq!(
        found(&tree, &["--reference", "b", "."]),
        list(&[&["*b", "a", "c"]])
    );
    // All kept files are elsewhere: the rules choose among the directories.
    tree.file("all", "x").modified("all", 1);
    tree.file("all too", "y").modified("all too", 1);
    assert_eq!(found(&tree, &[]), list(&[&["*a", "b", "c"]]));
}

#[test]
fn kept_files_elsewhere_keep_no_directory() {
    let tree = Tree::new();
    // The kept `f` is in a too, but has another name; the kept `g` is elsewhere. What is
    // newest in b is older than in a.
    tree.file("k/f", "f")
        .hard_link("k/f", "a/f")
        .file("b/f", "f")
        .files(&["o/g", "a/g", "b/g"], "g");
    for (path, time) in [("k/f", 1), ("b/f", 2), ("o/g", 1), ("a/g", 5), ("b/g", 3)] {
        tree.modified(path, time);
    }
    assert_eq!(found(&tree, &[]), list(&[&["*b", "a"]]));
}

#[test]
fn of_the_names_of_a_kept_file_one_is_kept() {
    let tree = Tree::new();
    tree.files(&["a/1", "c/1"], "1")
        .hard_link("a/1", "b/1")
        .files(&["a/2", "b/2", "c/2"], "2");
    for (path, time) in [("a/1", 1), ("c/1", 5), ("c/2", 1), ("a/2", 5), ("b/2", 5)] {
        tree.modified(path, time);
    }
    assert_eq!(found(&tree, &[]), list(&[&["*a", "*c", "b"]]));
}

#[test]
fn criteria_hold_for_directories_too() {
    let tree = Tree::new();
    for dir in ["l/a", "l/b", "r/c", "l/d", "l/e"] {
        let content = if dir < "l/d" || dir == "r/c" {
            "1"
        } else {
            "2"
        };
        tree.file(format!("{dir}/f"), content);
    }
    let both = list(&[&["*l/a", "l/b", "r/c"], &["*l/d", "l/e"]]);
    let first = both[..1].to_vec();
    assert_eq!(found(&tree, &[]), both);
    assert_eq!(found(&tree, &["--min-copies", "3"]), first);
    assert_eq!(found(&tree, &["--across-roots", "l", "r"]), first);
    assert_eq!(found(&tree, &["r", "--reference", "l"]).len(), 1);
    let run = tree
        .scan(&["--directories", "--limit", "1"])
        .json()
        .succeeds();
    assert_eq!(groups(&run.report().0), first);
    for wrong in [
        &["--directories", "--unique"][..],
        &["--directories", "--rf-under", "3"],
        &["--ignore-names"],
    ] {
        tree.scan(wrong).exits(2);
    }
}

#[test]
fn every_format_has_the_directories() {
    let tree = Tree::new();
    tree.files(&["a/d/f", "b/d/f"], "content")
        .files(&["a/x", "c"], "cc")
        .modified("a/x", 1)
        .modified("c", 1);
    let args = ["--directories", "--sort", "path", "-f"];
    let text = |format, more: &[&str]| {
        let run = tree.scan(&args).args([format]).args(more).succeeds();
        run.stdout_text().replace("./", "")
    };
    assert_eq!(text("paths0", &[]), "a/d\0b/d\0c\0a/x\0");
    assert_eq!(text("fdupes", &[]), "a/d\nb/d\n\nc\na/x\n");
    // The files in what is to be removed are not listed once more.
    assert_eq!(text("paths0", &["--redundant"]), "b/d\0a/x\0");
    tree.files(&["e/d/f", "e/d2/g"], "content");
    assert_eq!(text("paths0", &["--redundant"]), "b/d\0e/d\0e/d2/g\0a/x\0");
    let rows = text("csv", &[]);
    let rows = rows.lines().filter(|row| row.contains(",directory,"));
    assert_eq!(rows.count(), 3);
    for more in [&[][..], &["--sort", "path"]] {
        let run = tree
            .scan(&["--directories", "-f", "jsonl"])
            .args(more)
            .succeeds();
        let kinds: Vec<Value> = run
            .lines()
            .iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let kinds: Vec<&str> = kinds
            .iter()
            .map(|line| line["type"].as_str().unwrap())
            .collect();
        assert_eq!(
            kinds,
            ["header", "group", "group", "directory_group", "totals"]
        );
    }
    let run = tree.scan(&["--directories", "-f", "summary"]).succeeds();
    assert!(
        run.stdout_text().starts_with("Groups of directories  1\n"),
        "{}",
        run.stdout_text()
    );
    // Without the option nothing is said of them.
    let run = tree.scan(&[]).json().succeeds();
    assert_eq!(run.report().0["directory_groups"], Value::Null);
}
