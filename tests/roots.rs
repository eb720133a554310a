//! Where a scan starts, and what that says about the files found.

use std::os::unix::ffi::OsStrExt;

use crate::harness::{Report, Tree, grouped, strings};

#[test]
fn a_root_that_is_missing_ends_the_run_before_it_begins() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same")
        .fifo("fifo")
        .symlink("gone", "broken");
    for (args, named) in [
        (&["gone"][..], "gone"),
        (&[".", "gone/too"], "gone/too"),
        (&["--reference", "gone", "."], "gone"),
        (&["a/b"], "a/b"),
        (&["broken"], "broken"),
        (&["fifo"], "fifo"),
        (&["--files-from", "gone"], "gone"),
    ] {
        let run = tree.scan(args).json().exits(2);
        assert_eq!(run.stdout_text(), "", "{args:?}");
        assert!(run.stderr_text().contains(named), "{args:?}");
    }
}

#[test]
fn files_can_be_given_directly() {
    let tree = Tree::new();
    tree.files(&["a", "d/b", "d/c"], "same").file("e", "diff");
    assert_eq!(tree.groups(&["a", "d/b", "e"]), grouped(&[&["a", "d/b"]]));
    assert_eq!(tree.groups(&["./a", "d"]), grouped(&[&["a", "d/b", "d/c"]]));
    // What is said about files holds for those too.
    assert_eq!(tree.groups(&["a", "d/b", "--exclude", "d"]), grouped(&[]));
    assert_eq!(tree.groups(&["a", "d/b", "--min-size", "5"]), grouped(&[]));
    assert_eq!(tree.selected(&["a", "d/b", "--include", "b"]), ["d/b"]);
}

/// `x` is on both sides, `y` only on the left, `z` thrice on the right.
fn sides() -> Tree {
    let tree = Tree::new();
    tree.files(&["left/x", "right/x", "right/sub/x"], "xxx")
        .files(&["left/y1", "left/y2"], "yyyy")
        .files(&["right/z1", "right/z2", "right/sub/z3"], "zz");
    tree
}

#[test]
fn across_roots_keeps_only_groups_that_span_two() {
    let tree = sides();
    let across = grouped(&[&["left/x", "right/sub/x", "right/x"]]);
    for walker in ["native", "portable"] {
        let args = ["--across-roots", "left", "right", "--walker", walker];
        assert_eq!(tree.groups(&args), across);
    }
    assert_eq!(tree.groups(&["--across-roots", "right", "left"]), across);
    // With one root it cannot be meant; the same one by another name is one.
    tree.scan(&["--across-roots"]).exits(2);
    tree.symlink("left", "left-link");
    assert_eq!(
        tree.groups(&["--across-roots", "left", "left"]),
        grouped(&[])
    );
    assert_eq!(
        tree.groups(&["--across-roots", "left", "left-link"]),
        grouped(&[])
    );
    // A root inside another is one of its own.
    assert_eq!(
        tree.groups(&["--across-roots", "right", "right/sub"]),
        grouped(&[
            &["right/sub/z3", "right/z1", "right/z2"],
            &["right/sub/x", "right/x"]
        ])
    );
}

#[test]
fn a_file_with_a_name_in_each_root_is_still_one_file() {
    let tree = Tree::new();
    tree.file("l/a", "same").hard_link("l/a", "r/b").dir("l");
    assert_eq!(tree.groups(&["--across-roots", "l", "r"]), grouped(&[]));
    assert_eq!(
        tree.groups(&["--across-roots", "-H", "l", "r"]),
        grouped(&[&["l/a", "r/b"]])
    );
}

#[test]
fn references_come_first_and_are_never_waste() {
    let tree = Tree::new();
    tree.files(&["new/a", "new/b", "old/z"], "12345")
        .files(&["new/c", "new/d"], "pair")
        .files(&["old/e", "old/f"], "originals")
        .files(&["old/g", "old/h", "new/i"], "two old, one new");
    let run = tree.scan(&["new", "--reference", "old"]).json().succeeds();
    let report = run.report();
    // 16 bytes: two originals and one copy: 16; 5 bytes: 10; 4 bytes: 4.
    assert_eq!(
        report.paths(),
        grouped(&[
            &["old/g", "old/h", "new/i"],
            &["old/z", "new/a", "new/b"],
            &["new/c", "new/d"],
        ])
    );
    let groups = report.groups();
    let reclaimable: Vec<_> = groups.iter().map(|group| group.reclaimable).collect();
    assert_eq!(reclaimable, [16, 10, 4]);
    let marked = groups
        .iter()
        .map(|g| g.files.iter().filter(|f| f.reference).count());
    assert_eq!(marked.collect::<Vec<_>>(), [2, 1, 0]);
    for group in &groups {
        for file in &group.files {
            assert_eq!(
                file.reference,
                file.path.starts_with("old/"),
                "{}",
                file.path
            );
        }
    }
    assert_eq!(report.total("reclaimable_bytes"), 30);
    assert_eq!(report.total("duplicates"), 4);
    assert_eq!(report.0["roots"], serde_json::json!(["new", "old"]));
}

#[test]
fn a_reference_may_lie_inside_a_root_or_around_it() {
    let tree = Tree::new();
    tree.files(&["t/copy", "t/deep/orig/o", "t/deep/copy"], "same")
        .symlink("t/deep/orig", "link");
    let marks = |args: &[&str]| {
        let run = tree.scan(args).json().succeeds();
        let groups = run.report().groups();
        assert_eq!(groups.len(), 1, "{args:?}");
        let files = groups[0].files.iter();
        files
            .map(|f| (f.path.clone(), f.reference))
            .collect::<Vec<_>>()
    };
    let file = |path: &str, reference| (path.to_owned(), reference);
    let inside = [
        file("t/deep/orig/o", true),
        file("t/copy", false),
        file("t/deep/copy", false),
    ];
    assert_eq!(marks(&["t", "--reference", "t/deep/orig"]), inside);
    let through_link = [
        file("link/o", true),
        file("t/copy", false),
        file("t/deep/copy", false),
    ];
    assert_eq!(marks(&["t", "--reference", "link"]), through_link);
    // A root inside a reference holds originals too, whichever way it is
    // called.
    for part in ["t/deep/orig", "link"] {
        let name = format!("{part}/o");
        let mut expected = [
            file(&name, true),
            file("t/deep/copy", true),
            file("t/copy", false),
        ];
        expected.sort_by_key(|(path, reference)| (!reference, path.clone()));
        assert_eq!(marks(&["t", part, "--reference", "t/deep"]), expected);
    }
    // Given both ways, it is a reference: then there are originals alone.
    let args = ["t", "--reference", "t"];
    assert_eq!(tree.groups(&args), grouped(&[]));
    assert_eq!(
        tree.groups(&["--reference", "t", "t", "t/deep"]),
        grouped(&[])
    );
}

#[test]
fn a_hard_link_to_an_original_is_the_original() {
    let tree = Tree::new();
    tree.file("old/o", "same").hard_link("old/o", "new/a");
    assert_eq!(tree.groups(&["new", "--reference", "old"]), grouped(&[]));
    tree.file("new/b", "same");
    let run = tree.scan(&["new", "--reference", "old"]).json().succeeds();
    let groups = run.report().groups();
    assert_eq!(groups.len(), 1);
    let files = &groups[0].files;
    assert_eq!(
        (files[0].path.as_str(), files[0].reference),
        ("new/a", true)
    );
    assert_eq!(files[0].hard_links, ["old/o"]);
    assert_eq!(
        (files[1].path.as_str(), files[1].reference),
        ("new/b", false)
    );
    assert_eq!(groups[0].reclaimable, 4);
}

#[test]
fn several_references_are_all_kept() {
    let tree = Tree::new();
    tree.files(&["r1/a", "r2/b", "new/c", "new/d"], "same");
    let run = tree
        .scan(&["new", "--reference", "r2", "--reference", "r1"])
        .json()
        .succeeds();
    let group = &run.report().groups()[0];
    assert_eq!(
        run.report().paths(),
        grouped(&[&["r1/a", "r2/b", "new/c", "new/d"]])
    );
    assert_eq!(group.reclaimable, 8);
}

fn listed(tree: &Tree, list: &[u8], args: &[&str]) -> Report {
    std::fs::write(tree.beside("list"), list).unwrap();
    let from_file = tree
        .scan(&["--files-from", "../list"])
        .args(args)
        .json()
        .succeeds()
        .report();
    let from_stdin = tree
        .scan(&["--files-from", "-"])
        .args(args)
        .stdin(list)
        .json()
        .succeeds()
        .report();
    assert_eq!(from_file.0["groups"], from_stdin.0["groups"]);
    from_file
}

#[test]
fn paths_come_from_a_list() {
    let tree = sides();
    let paths = |list: &[u8], args: &[&str]| listed(&tree, list, args).paths();
    assert_eq!(
        paths(b"left/x\nright/x\n", &[]),
        grouped(&[&["left/x", "right/x"]])
    );
    assert_eq!(
        paths(b"\n\nleft/x\n\nright/x", &[]),
        grouped(&[&["left/x", "right/x"]])
    );
    assert_eq!(
        paths(b"left/x\0right/x\0", &["--null"]),
        grouped(&[&["left/x", "right/x"]])
    );
    assert_eq!(
        paths(b"left/x\0right/x", &["-0"]),
        grouped(&[&["left/x", "right/x"]])
    );
    // Directories are walked; what is listed twice counts once.
    assert_eq!(
        paths(b"left\nleft/y1\n./left/y1\n", &[]),
        grouped(&[&["left/y1", "left/y2"]])
    );
    // Together with a PATH.
    assert_eq!(
        paths(b"right/x\n", &["left"]),
        grouped(&[&["left/y1", "left/y2"], &["left/x", "right/x"]])
    );
    // The list is one root.
    tree.scan(&["--across-roots", "--files-from", "../list"])
        .exits(2);
    assert_eq!(
        paths(b"right\n", &["left", "--across-roots"]),
        grouped(&[&["left/x", "right/sub/x", "right/x"]])
    );
}

#[test]
fn an_empty_list_is_an_empty_scan() {
    let tree = sides();
    for list in [&b""[..], b"\n", b"\n\n\n"] {
        let report = listed(&tree, list, &[]);
        assert_eq!(report.paths(), grouped(&[]));
        assert_eq!(report.total("files"), 0);
    }
    assert_eq!(listed(&tree, b"", &["-0"]).total("files"), 0);
    // Standard input that is nothing at all.
    let run = tree.scan(&["--files-from", "-"]).json().succeeds();
    assert_eq!(run.report().total("files"), 0);
    // A list without PATH never adds the current directory.
    assert_eq!(listed(&tree, b"left/x\n", &[]).total("files"), 1);
}

#[test]
fn a_listed_path_that_is_gone_does_not_end_the_scan() {
    let tree = sides();
    let run = tree
        .scan(&["--files-from", "-"])
        .stdin("left/x\ngone\nright/x\n")
        .json()
        .exits(3);
    let report = run.report();
    assert_eq!(report.paths(), grouped(&[&["left/x", "right/x"]]));
    let error = ("gone".to_owned(), "walk".to_owned(), "not-found".to_owned());
    assert_eq!(report.errors(), [error]);
}

#[test]
fn listed_links_are_followed_only_if_asked() {
    let tree = sides();
    tree.symlink("right/x", "link").fifo("fifo");
    let list = b"left/x\nlink\nfifo\n";
    assert_eq!(listed(&tree, list, &[]).paths(), grouped(&[]));
    assert_eq!(
        listed(&tree, list, &["-L"]).paths(),
        grouped(&[&["left/x", "link"]])
    );
}

#[test]
fn listed_names_are_bytes() {
    let tree = Tree::new();
    let names: [&[u8]; 4] = [b"with space ", b"\xff\xfe", b"new\nline", b"-n"];
    for name in names {
        tree.file(std::ffi::OsStr::from_bytes(name), "same");
    }
    for name in names {
        tree.modified(std::ffi::OsStr::from_bytes(name), 5);
    }
    let list = names.join(&b'\0');
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    assert_eq!(listed(&tree, &list, &["-0"]).exact_paths(), sorted);
    let list = b"with space \n\xff\xfe\n-n\n";
    assert_eq!(
        listed(&tree, list, &[]).exact_paths(),
        [&b"-n"[..], b"with space ", b"\xff\xfe"]
    );
    // Written with NUL and read without: better to stop than to guess.
    let run = tree
        .scan(&["--files-from", "-"])
        .stdin("a\0b\0")
        .json()
        .exits(2);
    assert_eq!(run.stdout_text(), "");
}

#[test]
fn listed_files_in_a_reference_are_originals() {
    let tree = sides();
    let report = listed(
        &tree,
        b"left/x\nright/sub/x\nright/x\n",
        &["--reference", "right/sub"],
    );
    let group = &report.groups()[0];
    let marks: Vec<_> = group
        .files
        .iter()
        .map(|f| (f.path.as_str(), f.reference))
        .collect();
    assert_eq!(
        marks,
        [("right/sub/x", true), ("left/x", false), ("right/x", false)]
    );
}

#[test]
fn a_path_that_begins_with_a_dash_is_given_after_two() {
    let tree = Tree::new();
    tree.files(&["-a", "-b"], "same");
    assert_eq!(tree.groups(&["--", "-a", "-b"]), grouped(&[&["-a", "-b"]]));
    assert_eq!(tree.selected(&["."]), strings(&["-a", "-b"]));
}

#[test]
fn an_exclusion_holds_for_what_is_named() {
    let tree = Tree::new();
    tree.files(
        &["keep/a", "skip/b", "deep/skip/c", "deep/skip/sub/d"],
        "same",
    )
    .symlink("keep", "link");
    let root = tree.root().display().to_string();
    let skip = format!("{root}/skip");
    let deep = format!("{root}/deep/skip/");
    let at_root = format!("{root}/*");
    let linked = format!("{root}/link");
    let all: &[&str] = &["keep/a", "skip/b", "deep/skip/sub/d", "deep/skip/c"];
    type Row<'a> = (&'a [&'a str], &'a [&'a str], &'a [&'a str]);
    let table: [Row<'_>; 16] = [
        // PATHs, exclusions, what is left out
        (&["keep", "skip"], &["--exclude", "skip"], &["skip"]),
        (&["keep", "skip/"], &["--exclude", "skip/"], &["skip/"]),
        (&["keep", &skip], &["--exclude", "skip"], &[&skip]),
        (&["keep", "skip"], &["--exclude", &skip], &["skip"]),
        (
            &["keep", "./skip"],
            &["--exclude-regex", "skip$"],
            &["./skip"],
        ),
        (
            &["keep", "skip/"],
            &["--exclude-regex", "skip$"],
            &["skip/"],
        ),
        // The path of a directory above it, but not its name alone.
        (
            &["keep", "deep/skip/sub"],
            &["--exclude", &deep],
            &["deep/skip/sub"],
        ),
        (&["keep", "deep/skip/sub"], &["--exclude", "skip"], &[]),
        (
            &["keep", "deep/skip"],
            &["--exclude", "deep/skip"],
            &["deep/skip"],
        ),
        (
            &["keep", "deep/skip/sub"],
            &["--exclude", "./deep/skip"],
            &["deep/skip/sub"],
        ),
        // By way of a link: the name and what it leads to.
        (&["skip", "link"], &["--exclude", "link"], &["link"]),
        (&["skip", "link"], &["--exclude", &linked], &["link"]),
        (&["skip", "link"], &["--exclude", "/**/keep"], &["link"]),
        // The working directory has no name here; what is in it has.
        (&["."], &["--exclude", &root], &[]),
        (&["./", "keep"], &["--exclude", &at_root], &["keep"]),
        (&["keep"], &["--exclude", "*"], &["keep"]),
    ];
    for (paths, exclusions, left_out) in table {
        let args = [paths, exclusions, &["-f", "fdupes", "--unique"]].concat();
        for walker in ["native", "portable"] {
            let run = tree.scan(&args).args(["--walker", walker]).exits(0);
            let expected: String = left_out
                .iter()
                .map(|path| {
                    format!("nodupe: {path}: skipped: an exclusion matches it (nodupe config lists the exclusions)\n")
                })
                .collect();
            assert_eq!(run.stderr_text(), expected, "{args:?}");
        }
    }
    // Nothing of what is left out is found, and nothing else is missed.
    let found = |args: &[&str]| {
        let mut found = tree
            .scan(args)
            .args(["-q", "--min-copies", "1"])
            .json()
            .succeeds()
            .report()
            .paths()
            .concat();
        found.sort();
        found
    };
    assert_eq!(found(&["keep", "skip", "--exclude", "skip"]), ["keep/a"]);
    let reference = ["keep", "--reference", "skip", "--exclude", "skip"];
    assert_eq!(found(&reference), ["keep/a"]);
    assert_eq!(found(&["deep", "keep", "--exclude", "deep"]), ["keep/a"]);
    assert_eq!(found(&["."]).len(), all.len());
    // What a link to it is called says nothing of the directory itself.
    assert_eq!(
        found(&[".", "link", "--exclude", "link", "--exclude", "deep"]),
        ["keep/a", "skip/b"]
    );
}

#[test]
fn an_exclusion_holds_for_directories_of_lists_and_project_files() {
    let tree = Tree::new();
    tree.files(&["keep/a", "skip/b", "deep/skip/sub/c"], "same");
    // As `find` lists them: a directory, and all that is in it.
    let list = ".\n./skip\n./keep\n./keep/a\n./deep/skip\n./deep/skip/sub\n./deep/skip/sub/c\n";
    let listed = |exclude: &[&str]| {
        let args = [&["--files-from", "-", "--min-copies", "1"], exclude].concat();
        let run = tree.scan(&args).stdin(list).json().succeeds();
        let mut paths = run.report().paths().concat();
        paths.sort();
        paths
    };
    assert_eq!(listed(&[]), ["deep/skip/sub/c", "keep/a", "skip/b"]);
    assert_eq!(listed(&["--exclude", "skip"]), ["keep/a"]);
    assert_eq!(listed(&["--exclude", "deep/skip/"]), ["keep/a", "skip/b"]);
    tree.file(
        "nodupe.toml",
        "[scan]\npaths = [\"keep\", \"skip\"]\nexclude = [\"./skip/\", \"nodupe.toml\"]\n",
    );
    for command in ["scan", "check"] {
        let run = tree.nodupe([command]).exits(0);
        assert_eq!(
            run.stderr_text(),
            "nodupe: skip: skipped: an exclusion matches it (nodupe config lists the exclusions)\n"
        );
    }
    let run = tree.scan(&["--min-copies", "1", "-q"]).json().succeeds();
    assert_eq!(run.report().paths(), grouped(&[&["keep/a"]]));
}
