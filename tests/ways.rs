//! One directory reached by several ways, where each way says something else
//! of it: an original or not, near or far, excluded or not.

use crate::harness::{Tree, can_mount, grouped, skipped};

#[test]
fn a_bind_mount_of_a_directory_in_a_reference_holds_originals() {
    if !can_mount() {
        return skipped("bind mounts need root");
    }
    let tree = Tree::new();
    tree.files(&["ref/orig", "ref/sub/copy"], "same").dir("m");
    for args in [
        &["m", "--reference", "ref"][..],
        &["m", "--reference", "ref", "--walker", "portable"],
    ] {
        let run = tree
            .scan(args)
            .json()
            .with_mounts("mount --bind ref/sub m")
            .succeeds();
        assert_eq!(run.report().paths(), grouped(&[]), "{args:?}");
    }
    // The mount is what hides it: by its own path it always was an original.
    assert_eq!(
        tree.groups(&["ref/sub", "--reference", "ref"]),
        grouped(&[])
    );
}

#[test]
fn a_directory_linked_from_a_reference_holds_originals_whatever_is_followed_first() {
    for (root, reference) in [("a", "ref"), ("z", "ref")] {
        let tree = Tree::new();
        tree.files(&["out/sub/f", &format!("{reference}/orig")], "C")
            .dir(root)
            .symlink("../out/sub", format!("{root}/l"))
            .symlink("../out/sub", format!("{reference}/l"));
        assert_eq!(
            tree.groups(&[root, "-L", "--reference", reference]),
            grouped(&[]),
            "{root}"
        );
    }
}

/// `ext` is linked from far (`root/a/b/far`) and near (`root/near`).
fn linked_near_and_far() -> Tree {
    let tree = Tree::new();
    tree.files(&["ext/q/f", "root/z"], "A")
        .dir("root/a/b")
        .symlink("../../../ext", "root/a/b/far")
        .symlink("../ext", "root/near");
    tree
}

#[test]
fn a_larger_depth_never_finds_fewer_files_behind_links() {
    let tree = linked_near_and_far();
    for walker in ["native", "portable"] {
        for (depth, expected) in [
            ("1", grouped(&[])),
            ("2", grouped(&[])),
            ("3", grouped(&[&["root/near/q/f", "root/z"]])),
            ("4", grouped(&[&["root/near/q/f", "root/z"]])),
            // Within reach both ways: the nearer link is followed first.
            ("9", grouped(&[&["root/near/q/f", "root/z"]])),
        ] {
            let args = ["root", "-L", "-d", depth, "--walker", walker];
            assert_eq!(tree.groups(&args), expected, "{args:?}");
        }
    }
}

#[test]
fn what_is_excluded_on_one_way_takes_part_on_another() {
    let tree = Tree::new();
    tree.files(&["ex/keep/f", "root/other"], "Q")
        .dir("root/a")
        .dir("root/b")
        .symlink("../../ex", "root/a/l")
        .symlink("../../ex", "root/b/l");
    let through = |way: &str| grouped(&[&[&format!("root/{way}/l/keep/f"), "root/other"]]);
    let groups = |args: &[&str]| tree.groups(&[&["root", "-L"], args].concat());
    assert_eq!(groups(&["--exclude", "a/l/keep"]), through("b"));
    assert_eq!(groups(&["--exclude", "b/l/keep"]), through("a"));
    assert_eq!(groups(&["--exclude-regex", "a/l/keep"]), through("b"));
    assert_eq!(groups(&["--exclude-regex", "b/l/keep"]), through("a"));
}

#[test]
fn loops_end_where_paths_are_looked_at_too() {
    let tree = Tree::new();
    tree.files(&["root/x/f", "root/g"], "1")
        .symlink("..", "root/x/up")
        .symlink("../x", "root/x/itself");
    let expected = grouped(&[&["root/g", "root/x/f"]]);
    assert_eq!(tree.groups(&["root", "-L"]), expected);
    assert_eq!(
        tree.groups(&["root", "-L", "--exclude", "no/such"]),
        expected
    );
    assert_eq!(tree.groups(&["root", "-L", "--gitignore"]), expected);
}

#[test]
fn hidden_and_ignored_files_are_left_out_of_lists_too() {
    let tree = Tree::new();
    tree.files(&["seen", ".hid", ".d/f", "sub/also"], "x");
    let list = "seen\n.hid\n.d/f\nsub/also\n.d\n";
    let groups = |args: &[&str]| {
        let args = [&["--files-from", "-"], args].concat();
        tree.scan(&args)
            .json()
            .stdin(list)
            .succeeds()
            .report()
            .paths()
    };
    assert_eq!(groups(&["--no-hidden"]), grouped(&[&["seen", "sub/also"]]));
    assert_eq!(
        groups(&[]),
        grouped(&[&[".d/f", ".hid", "seen", "sub/also"]])
    );
    // Outside of a work tree git ignores nothing, and `.git` alone makes none.
    tree.file(".gitignore", "/sub/\n.hid\n");
    assert_eq!(groups(&["--gitignore"]), groups(&[]));
    tree.dir(".git");
    assert_eq!(groups(&["--gitignore"]), groups(&[]));
    tree.repository();
    assert_eq!(groups(&["--gitignore"]), grouped(&[&[".d/f", "seen"]]));
}

#[test]
fn a_failure_is_named_by_the_least_name_whichever_walker_ran() {
    if !crate::harness::permissions_bind() {
        return skipped("nobody to be that cannot read a file");
    }
    let tree = Tree::new();
    tree.file("d5/s", "one")
        .file("other", "two")
        .mode("d5/s", 0);
    for dir in ["d1", "d2", "d3", "d4", "d6", "d7"] {
        tree.dir(dir).hard_link("d5/s", format!("{dir}/s"));
    }
    for walker in ["native", "portable"] {
        let run = tree
            .scan(&[".", "--walker", walker])
            .json()
            .by_other_user()
            .exits(3);
        let errors = run.report().errors();
        let paths: Vec<_> = errors.iter().map(|(path, ..)| path.as_str()).collect();
        assert_eq!(paths, ["d1/s"], "{walker}");
    }
}

#[test]
fn the_kernels_own_trees_are_no_roots() {
    if !std::path::Path::new("/proc/self/status").exists() {
        return skipped("no /proc here");
    }
    let tree = Tree::new();
    let run = tree.scan(&["/proc"]).exits(2);
    assert!(run.stderr_text().contains("/proc"));
    let run = tree
        .scan(&["--files-from", "-", "--min-size", "0"])
        .json()
        .stdin("/proc/self/status\n/proc/version\n")
        .exits(3);
    assert_eq!(run.report().paths(), grouped(&[]));
    assert_eq!(run.report().errors().len(), 2);
}
