//! What stays besides the one file that the rules choose.

use super::{act, names, results};
use crate::harness::{Tree, can_mount};

fn removed(tree: &Tree, args: &[&str]) -> Vec<String> {
    let before = names(tree);
    let all = [&["remove", "--yes", "-q"], args].concat();
    act(tree, &all).succeeds();
    let after = names(tree);
    before
        .into_iter()
        .filter(|name| !after.contains(name))
        .collect()
}

#[test]
fn only_what_is_under_a_directory_goes_if_it_exists_elsewhere() {
    let tree = Tree::new();
    tree.files(&["a/x", "b/x", "c/x"], "everywhere")
        .files(&["b/y", "b/deep/y"], "only there");
    // Everything in b that exists elsewhere can go, and one of two in it.
    assert_eq!(
        removed(&tree, &["b", "a", "c", "--only-under", "b"]),
        ["b/deep/y", "b/x"]
    );
    tree.file("b/x", "everywhere").symlink("b", "link");
    assert_eq!(removed(&tree, &[".", "--only-under", "link"]), ["b/x"]);
    act(&tree, &["remove", ".", "--yes", "--only-under", "missing"]).exits(2);
}

#[test]
fn a_file_with_a_name_elsewhere_is_out_of_scope() {
    let tree = Tree::new();
    tree.files(&["a/x", "b/x"], "content")
        .hard_link("b/x", "a/y");
    assert!(removed(&tree, &["a", "b", "--only-under", "b"]).is_empty());
}

#[test]
fn explicit_rules_hold_in_a_scope_too() {
    let tree = Tree::new();
    tree.files(&["a/x", "b/x"], "content")
        .modified("a/x", 1000)
        .modified("b/x", 2000);
    let args = ["a", "b", "--only-under", "b", "--keep", "newest"];
    assert!(removed(&tree, &args).is_empty());
    assert_eq!(removed(&tree, &args[..4]), ["b/x"]);
}

#[test]
fn globs_keep_files_and_directories() {
    let tree = Tree::new();
    let build = || {
        tree.files(&["a/x", "b/tax/deep/x", "b/tax.txt", "c/x"], "content");
    };
    let cases: [(&str, &[&str]); 6] = [
        ("tax", &["a/x", "b/tax.txt", "c/x"]),
        ("tax.*", &["a/x", "b/tax/deep/x", "c/x"]),
        ("b/*/", &["a/x", "b/tax.txt", "c/x"]),
        ("b", &["a/x", "c/x"]),
        ("**/x", &["b/tax.txt"]),
        ("none", &["b/tax.txt", "b/tax/deep/x", "c/x"]),
    ];
    for (glob, expected) in cases {
        build();
        assert_eq!(
            removed(&tree, &[".", "--keep-all-under", glob]),
            expected,
            "{glob}"
        );
    }
    build();
    let absolute = tree.path("b/tax");
    let args = [".", "--keep-all-under", absolute.to_str().unwrap()];
    assert_eq!(removed(&tree, &args), ["a/x", "b/tax.txt", "c/x"]);
}

#[test]
fn more_than_one_copy_can_be_left() {
    let tree = Tree::new();
    tree.files(&["a/1", "a/2", "a/3", "a/4"], "four")
        .files(&["b/1", "b/2"], "two");
    assert_eq!(removed(&tree, &["a", "b", "--leave", "3"]), ["a/4"]);
    assert_eq!(removed(&tree, &["a", "b", "--leave", "2"]), ["a/3"]);
    // The names of one file are one copy.
    tree.hard_link("b/1", "b/1b");
    assert!(removed(&tree, &["b", "--leave", "2"]).is_empty());
}

#[test]
fn the_environment_and_the_project_file_protect_and_nothing_else() {
    let tree = Tree::new();
    tree.files(&["a/x", "b/x"], "content").file(
        "nodupe.toml",
        "[act]\nkeep-all-under = [\"b\"]\nleave = 2\n",
    );
    assert!(removed(&tree, &["a", "b"]).is_empty());
    for (key, value) in [
        ("yes", "true"),
        ("keep", "[\"newest\"]"),
        ("journal", "\"x\""),
        ("include-vcs", "true"),
        ("paths", "[\".\"]"),
        ("dry-run", "false"),
    ] {
        tree.file("nodupe.toml", format!("[act]\n{key} = {value}\n"));
        let run = act(&tree, &["remove", "a", "b", "--yes"]).exits(2);
        let text = run.stderr_text();
        assert!(
            text.contains("cannot be set in a project file"),
            "{key}: {text}"
        );
    }
    tree.file(
        "nodupe.toml",
        "[scan]\npaths = [\"a\", \"b\"]\nhard-links = true\n",
    );
    act(&tree, &["remove", "--yes"]).exits(2);
    for (name, value) in [
        ("NODUPE_YES", "1"),
        ("NODUPE_KEEP", "newest"),
        ("NODUPE_PATHS", "a"),
    ] {
        let run = act(&tree, &["remove", "a", "b"]).env(name, value).exits(2);
        assert!(
            run.stderr_text().contains("confirmation is required"),
            "{name}"
        );
    }
    tree.file("nodupe.toml", "");
    let run = act(&tree, &["remove", "a", "b", "--yes"])
        .env("NODUPE_LEAVE", "2")
        .succeeds();
    assert!(run.stdout_text().contains("Nothing was removed"));
}

#[test]
fn every_command_that_acts_takes_the_settings_of_both_sections() {
    let tree = Tree::new();
    tree.files(&["a/x", "b/x"], "content").dir("out").file(
        "nodupe.toml",
        "[scan]\nmin-size = 2\nverify = true\n[act]\nleave = 2\n",
    );
    for command in [
        &["remove"][..],
        &["link"],
        &["dedupe"],
        &["move", "--to", "out"],
    ] {
        let run = act(&tree, command).args(["a", "b", "--yes"]).succeeds();
        assert!(run.stdout_text().starts_with("Nothing was "), "{command:?}");
    }
    assert_eq!(names(&tree), ["a/x", "b/x", "nodupe.toml"]);
    let shown = act(&tree, &["config"]).succeeds().stdout_text();
    assert!(
        shown.contains("\n[act]\n") && shown.contains("leave = 2"),
        "{shown}"
    );
}

/// Seen through a bind mount, the files of a reference have other paths.
#[test]
fn a_reference_is_recognised_through_a_bind_mount() {
    if !can_mount() {
        return;
    }
    let tree = Tree::new();
    tree.files(&["data/x/deep/one", "data/y/one"], "content")
        .dir("bound");
    let report = tree.nodupe(["scan", "data", "-f", "json", "--keep", "glob:y"]);
    let report = report.succeeds().stdout_text().to_owned();
    let run = |option: &str| {
        let args = ["remove", "--report", "-", option, "bound", "--yes", "-q"];
        act(&tree, &args)
            .stdin(report.clone())
            .with_mounts("mount --bind data/x bound")
            .run()
    };
    run("--reference");
    assert_eq!(names(&tree), ["data/x/deep/one", "data/y/one"]);
    run("--only-under");
    assert_eq!(names(&tree), ["data/y/one"]);
}

/// A mount of a directory inside the reference shows its files too.
#[test]
fn a_reference_is_recognised_through_a_bind_mount_of_a_part_of_it() {
    if !can_mount() {
        return;
    }
    let tree = Tree::new();
    tree.files(&["data/x/deep/one", "y/one"], "content")
        .dir("bound");
    let mount = "mount --bind data/x/deep bound";
    let report = tree
        .nodupe(["scan", "y", "bound", "-f", "json"])
        .with_mounts(mount)
        .succeeds()
        .stdout_text()
        .to_owned();
    let args = [
        "remove",
        "--report",
        "-",
        "--reference",
        "data/x",
        "--yes",
        "-q",
    ];
    act(&tree, &args).stdin(report).with_mounts(mount).run();
    assert_eq!(names(&tree), ["data/x/deep/one", "y/one"]);
}

/// Nothing of an overlay that is mounted `volatile` is ever made durable.
#[test]
fn a_file_on_a_volatile_overlay_is_not_kept_for_one_on_a_disk() {
    if !can_mount() {
        return;
    }
    for (option, expected) in [("", false), (",volatile", true)] {
        let tree = Tree::new();
        tree.files(&["lo/one", "disk/one"], "content")
            .dir("up")
            .dir("work")
            .dir("seen");
        let mount = format!(
            "mount -t overlay overlay -o \
             lowerdir=$PWD/lo,upperdir=$PWD/up,workdir=$PWD/work{option} seen"
        );
        let run = act(&tree, &["remove", "seen", "disk", "--yes", "-f", "jsonl"])
            .with_mounts(&mount)
            .run();
        let results = results(&run);
        let is_refused = results[0].2.as_deref() == Some("keeper-in-memory");
        assert_eq!(is_refused, expected, "{results:?}");
    }
}
