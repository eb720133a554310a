//! `nodupe diff`.

use serde_json::Value;

use crate::harness::{Run, Tree, can_mount, permissions_bind};

fn diff(tree: &Tree, args: &[&str]) -> crate::harness::Nodupe {
    tree.nodupe(["diff"]).args(args)
}

fn json(run: &Run) -> Value {
    serde_json::from_slice(&run.stdout).unwrap()
}

#[test]
fn an_old_backup_is_superfluous_if_all_of_it_is_elsewhere() {
    let tree = Tree::new();
    tree.file("old/a.txt", "a")
        .file("old/sub/b.txt", "bb")
        .file("old/empty", "")
        .dir("old/nothing")
        .symlink("a.txt", "old/link")
        .file("new/x/renamed", "a")
        .file("new/b.txt", "bb")
        .file("new/also empty", "")
        .dir("new/nothing")
        .symlink("a.txt", "new/other name")
        .file("new/more", "more");
    let run = diff(&tree, &["old", "new"]).succeeds();
    let expected = "\
A  old: 3 files (3 B)
B  new: 4 files (7 B)

3 of 3 files in A are also in B (100.0 %), 3 B of 3 B (100.0 %)
3 of 4 files in B are also in A (75.0 %), 3 B of 7 B (42.8 %)

Only in B: 1 file (4 B)
  (--only-in B lists them)

Everything in old is also in new.
";
    assert_eq!(run.stdout_text(), expected);
    diff(&tree, &["new", "old"]).exits(1);
    // Each thing that is missing is one too many.
    for (make, name) in [(0, "old/sub/c"), (1, "old/sub/c"), (2, "old/sub/c")] {
        match make {
            0 => _ = tree.file(name, "c"),
            1 => _ = tree.dir(name),
            _ => _ = tree.symlink("elsewhere", name),
        }
        let run = diff(&tree, &["old", "new", "--only-in", "A"]).exits(1);
        assert_eq!(run.lines(), [name]);
        let run = diff(&tree, &["old", "new", "--only-in", "a", "-f", "paths0"]).exits(1);
        assert_eq!(run.stdout_text(), format!("{name}\0"));
        let path = tree.path(name);
        let removed = match make {
            1 => std::fs::remove_dir(path),
            _ => std::fs::remove_file(path),
        };
        removed.unwrap();
    }
    // A FIFO cannot be compared.
    tree.fifo("old/fifo");
    let run = diff(&tree, &["old", "new", "-f", "json"]).exits(3);
    let report = json(&run);
    assert_eq!(report["answer"], "not-proved");
    assert_eq!(report["not_compared"][0]["path"], "old/fifo");
}

#[test]
fn what_is_left_out_or_unreadable_proves_nothing() {
    let tree = Tree::new();
    tree.files(&["a/f", "b/f", "a/skip/g", "b/g"], "content");
    diff(&tree, &["a", "b"]).succeeds();
    for args in [
        &["--exclude", "skip"][..],
        &["--max-depth", "1"],
        &["--min-size", "8"],
        &["--extension", "txt"],
        &["--no-hidden"],
    ] {
        let is_hidden = args == ["--no-hidden"];
        if is_hidden {
            tree.files(&["a/.h", "b/h"], "hidden");
        }
        let run = diff(&tree, &["a", "b"]).args(args).exits(3);
        assert!(run.stdout_text().contains("was left out"), "{args:?}");
    }
    if !permissions_bind() {
        return;
    }
    for (path, mode) in [
        ("a/f", 0o644),
        ("b/f", 0o644),
        ("a/skip", 0o755),
        ("a", 0o755),
    ] {
        tree.mode(path, 0);
        let run = diff(&tree, &["a", "b"]).by_other_user().run();
        let status = run.status.code().unwrap();
        // What nobody can read in b may be the copy.
        assert!(
            status == 3 || path == "b/f" && status == 1,
            "{path} {status}"
        );
        tree.mode(path, mode);
    }
}

#[test]
fn only_names_that_stay_count() {
    let tree = Tree::new();
    // A hard link in both stays when one of them goes.
    tree.file("a/f", "linked").hard_link("a/f", "b/f");
    diff(&tree, &["a", "b"]).succeeds();
    let tree = Tree::new();
    tree.file("a/f", "f")
        .hard_link("a/f", "a/g")
        .symlink("../a/f", "b/f");
    diff(&tree, &["a", "b"]).exits(1);
    for wrong in [
        &["a", "a"][..],
        &["a", "a/../a"],
        &[".", "a"],
        &["a", "gone"],
        &["a", "a/f"],
        &["a"],
        &["a", "b", "-f", "paths0"],
        &["a", "b", "-L"],
    ] {
        diff(&tree, wrong).exits(2);
    }
    // A directory in the other one is compared with the rest of it.
    tree.files(&["all/old/x", "all/y"], "x");
    diff(&tree, &["all/old", "all"]).succeeds();
    tree.file("all/old/z", "z");
    diff(&tree, &["all/old", "all"]).exits(1);
    if !can_mount() {
        return;
    }
    // What is mounted in both would go with one of them.
    let tree = Tree::new();
    tree.file("a/sub/f", "f").dir("b/sub").dir("c");
    let run = diff(&tree, &["a", "b"]).with_mounts("mount --bind a/sub b/sub");
    run.exits(1);
    let run = diff(&tree, &["a", "c"]).with_mounts("mount --bind a c");
    run.exits(2);
    let run = diff(&tree, &["a", "b"]).with_mounts("mount --bind b a/sub");
    run.exits(2);
}

#[test]
fn a_path_with_other_content_is_named() {
    let tree = Tree::new();
    tree.file("a/same", "1").file("b/same", "1");
    tree.file("a/x", "1").file("b/x", "2").file("b/y/2", "2");
    tree.file("a/z", "2").dir("b/z");
    let run = diff(&tree, &["a", "b"]).succeeds();
    let text = run.stdout_text();
    let expected = "
Same path, other content: 2 paths
  x
  z  (file in A, empty directory in B)
";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn the_document_is_what_its_schema_says() {
    let tree = Tree::new();
    tree.files(&["a/f", "b/g"], "content")
        .symlink("x", "a/l")
        .file("a/h", "h");
    let schema = tree.nodupe(["schema", "diff"]).succeeds();
    let validator = jsonschema::validator_for(&json(&schema)).unwrap();
    let report = json(&diff(&tree, &["a", "b", "-f", "json"]).exits(1));
    let problems: Vec<_> = validator.iter_errors(&report).collect();
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(report["in_both"][0]["a"][0], "a/f");
}
