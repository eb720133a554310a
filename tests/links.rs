//! Names are not files: hard links, symbolic links, and the same place
//! reached by several ways.

use crate::harness::{Group, Tree, can_mount, grouped, strings};

fn one_group(tree: &Tree, args: &[&str]) -> Group {
    let run = tree.scan(args).json().succeeds();
    let mut groups = run.report().groups();
    assert_eq!(groups.len(), 1, "one group expected");
    groups.remove(0)
}

#[test]
fn hard_links_are_one_replica_with_several_names() {
    let tree = Tree::new();
    tree.file("m", "same")
        .hard_link("m", "z")
        .hard_link("m", "sub/a")
        .file("q", "same");
    for walker in ["native", "portable"] {
        let group = one_group(&tree, &["--walker", walker]);
        assert_eq!(group.reclaimable, 4);
        let names = |n: usize| {
            (
                group.files[n].path.clone(),
                group.files[n].hard_links.clone(),
            )
        };
        assert_eq!(group.files.len(), 2);
        assert_eq!(names(0), ("./m".into(), strings(&["./sub/a", "./z"])));
        assert_eq!(names(1), ("./q".into(), vec![]));
        assert_eq!(group.files[0].ino, tree.ino("z"));
    }
    let run = tree.scan(&[]).json().succeeds();
    assert_eq!(run.report().total("files"), 2);
    assert_eq!(run.report().total("duplicates"), 1);
    assert_eq!(run.report().total("bytes"), 8);
    // Each file is read once, whatever number of names it has.
    assert_eq!(run.report().total("bytes_read"), 8);
}

#[test]
fn hard_links_alone_are_no_duplicates() {
    let tree = Tree::new();
    tree.file("a", "same")
        .hard_link("a", "b")
        .hard_link("a", "c/d");
    let run = tree.scan(&[]).json().succeeds();
    assert_eq!(run.report().paths(), grouped(&[]));
    assert_eq!(run.report().total("files"), 1);
    assert_eq!(run.report().total("bytes_read"), 0);
}

#[test]
fn asked_for_hard_links_are_duplicates_that_free_nothing() {
    let tree = Tree::new();
    let content = vec![b'x'; 100_000];
    tree.file("b", &content)
        .hard_link("b", "a")
        .file("other", vec![b'y'; 100_000]);
    for option in ["-H", "--hard-links"] {
        let group = one_group(&tree, &[option]);
        let paths: Vec<_> = group.files.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["./a", "./b"]);
        assert!(group.files.iter().all(|f| f.hard_links.is_empty()));
        assert_eq!(group.reclaimable, 0);
        let digest = blake3::hash(&content).to_hex().to_string();
        assert_eq!(group.digest, Some(digest));
    }
    tree.file("copy", &content);
    let group = one_group(&tree, &["-H"]);
    assert_eq!(group.files.len(), 3);
    assert_eq!(group.reclaimable, 100_000);
}

#[test]
fn links_to_a_file_outside_of_the_scan_do_not_show() {
    let tree = Tree::new();
    tree.file("in/a", "same").hard_link("in/a", "out/b");
    let run = tree.scan(&["-H", "in"]).json().succeeds();
    assert_eq!(run.report().paths(), grouped(&[]));
    tree.file("in/c", "same");
    let group = one_group(&tree, &["in"]);
    assert!(group.files.iter().all(|f| f.hard_links.is_empty()));
}

#[test]
fn which_name_comes_first_does_not_depend_on_what_is_found_first() {
    // Found in another order than the names' own: by depth, by root.
    let tree = Tree::new();
    tree.file("z/deep/er/a", "same")
        .hard_link("z/deep/er/a", "y")
        .hard_link("z/deep/er/a", "b/x")
        .file("k", "same");
    for roots in [&["z", "y", "b", "k"][..], &["k", "b", "y", "z"]] {
        for walker in ["native", "portable"] {
            let args = [roots, &["--walker", walker]].concat();
            let group = one_group(&tree, &args);
            let linked = group.files.iter().find(|file| file.path == "b/x");
            let linked = &linked.unwrap().hard_links;
            assert_eq!(*linked, strings(&["y", "z/deep/er/a"]));
            assert!(group.files.iter().any(|file| file.path == "k"));
        }
    }
}

#[test]
fn symbolic_links_are_not_followed_unless_asked() {
    let tree = Tree::new();
    std::fs::write(tree.beside("outside"), "same").unwrap();
    std::fs::create_dir(tree.beside("dir")).unwrap();
    std::fs::write(tree.beside("dir/inner"), "same").unwrap();
    tree.file("a", "same")
        .symlink(tree.beside("outside"), "link")
        .symlink("../dir", "way")
        .symlink("nowhere", "broken");
    assert_eq!(tree.selected(&[]), ["a"]);
    tree.symlink("a", "broken2");
    std::fs::remove_file(tree.path("broken")).unwrap();
    for option in ["-L", "--follow-links"] {
        for walker in ["native", "portable"] {
            assert_eq!(
                tree.groups(&[option, "--walker", walker]),
                grouped(&[&["a", "link", "way/inner"]])
            );
        }
    }
}

#[test]
fn a_link_is_a_way_to_a_file_and_never_one_of_its_copies_or_names() {
    let tree = Tree::new();
    tree.file("m/real", "same")
        .symlink("m/real", "a-link")
        .symlink("a-link", "link-to-link")
        .symlink("real", "m/z-link")
        .symlink("m", "a-dir")
        .file("other", "same");
    for option in ["-L", "-LH"] {
        let group = one_group(&tree, &[option]);
        let files: Vec<_> = group
            .files
            .iter()
            .map(|f| (f.path.as_str(), f.hard_links.len()))
            .collect();
        assert_eq!(files, [("./m/real", 0), ("./other", 0)]);
    }
    std::fs::remove_file(tree.path("other")).unwrap();
    assert_eq!(tree.groups(&["-LH"]), grouped(&[]));
}

#[test]
fn two_links_to_one_file_are_one_file() {
    let tree = Tree::new();
    std::fs::write(tree.beside("outside"), "same").unwrap();
    tree.symlink(tree.beside("outside"), "b")
        .symlink(tree.beside("outside"), "a");
    assert_eq!(tree.groups(&["-L"]), grouped(&[]));
    assert_eq!(tree.selected(&["-L"]), ["a"]);
}

#[test]
fn a_directory_behind_several_links_is_listed_once() {
    let tree = Tree::new();
    std::fs::create_dir(tree.beside("dir")).unwrap();
    std::fs::write(tree.beside("dir/f"), "same").unwrap();
    tree.file("a", "same")
        .symlink("../dir", "z")
        .symlink("../dir", "k")
        .symlink("z", "q");
    for walker in ["native", "portable"] {
        assert_eq!(
            tree.groups(&["-L", "--walker", walker]),
            grouped(&[&["a", "k/f"]])
        );
    }
}

#[test]
fn loops_of_links_end() {
    let tree = Tree::new();
    tree.files(&["a/f", "b/g"], "same")
        .symlink(".", "here")
        .symlink("..", "a/up")
        .symlink("../b", "a/over")
        .symlink("../a", "b/over")
        .symlink(tree.root(), "b/top");
    for walker in ["native", "portable"] {
        assert_eq!(
            tree.groups(&["-L", "--walker", walker]),
            grouped(&[&["a/f", "b/g"]])
        );
    }
}

/// Nothing was missed: the scan is complete. Only --verbose names the link.
#[test]
fn a_link_that_leads_nowhere_is_no_error() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same")
        .symlink("nowhere", "broken")
        .symlink("a/not-a-dir", "through-file");
    assert_eq!(tree.groups(&[]), grouped(&[&["a", "b"]]));
    for walker in ["native", "portable"] {
        let run = tree.scan(&["-L", "--walker", walker]).json().succeeds();
        let report = run.report();
        assert_eq!(report.paths(), grouped(&[&["a", "b"]]));
        assert_eq!(report.errors(), []);
        assert_eq!(report.0["complete"], true);
        let args = ["-L", "-v", "--walker", walker];
        let said = tree.scan(&args).exits(0).stderr_text();
        for link in ["broken", "through-file"] {
            let line = format!("nodupe: ./{link}: the symbolic link leads to nothing");
            assert!(said.lines().any(|said| said == line), "{said}");
        }
    }
    let said = tree.nodupe(["check", "-L", "-v"]).exits(1).stderr_text();
    assert!(
        said.contains("broken: the symbolic link leads to nothing"),
        "{said}"
    );
}

#[test]
fn a_link_that_leads_to_itself_is_an_error_only_when_followed() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same").symlink("itself", "itself");
    assert_eq!(tree.groups(&[]), grouped(&[&["a", "b"]]));
    for walker in ["native", "portable"] {
        let run = tree.scan(&["-L", "--walker", walker]).json().exits(3);
        let report = run.report();
        assert_eq!(report.paths(), grouped(&[&["a", "b"]]));
        let error = |path: &str, kind: &str| (path.to_owned(), "walk".to_owned(), kind.to_owned());
        assert_eq!(report.errors(), [error("itself", "loop")]);
        assert_eq!(report.0["complete"], false);
        assert_eq!(report.total("errors"), 1);
    }
}

#[test]
fn a_link_given_as_a_path_is_followed() {
    let tree = Tree::new();
    tree.files(&["real/a", "real/b"], "same")
        .symlink("real", "link")
        .symlink("real/a", "file-link");
    assert_eq!(tree.groups(&["link"]), grouped(&[&["link/a", "link/b"]]));
    assert_eq!(
        tree.groups(&["file-link", "real/b"]),
        grouped(&[&["file-link", "real/b"]])
    );
}

/// `a` and `b` are equal, `c` is not; there is nothing else.
fn pair() -> Tree {
    let tree = Tree::new();
    tree.file("d/a", "same")
        .file("d/sub/b", "same")
        .file("d/sub/c", "diff")
        .symlink("d", "link")
        .symlink("sub", "d/sublink");
    tree
}

#[test]
fn overlapping_roots_find_every_file_once() {
    let tree = pair();
    let absolute = tree.path("d").to_str().unwrap().to_owned();
    for (roots, expected) in [
        (&["d", "d"][..], ["d/a", "d/sub/b"]),
        (&["d", "./d", "d/."], ["d/a", "d/sub/b"]),
        (&["./d", "d"], ["d/a", "d/sub/b"]),
        (&["d", &absolute], ["d/a", "d/sub/b"]),
        (&["d", "d/sub"], ["d/a", "d/sub/b"]),
        (&["d/sub", "d"], ["d/a", "d/sub/b"]),
        (&["d", "link"], ["d/a", "d/sub/b"]),
        (&["link", "d"], ["link/a", "link/sub/b"]),
        (&["d", "d/sublink"], ["d/a", "d/sublink/b"]),
        (&["d", "d/a", "d/sub/b"], ["d/a", "d/sub/b"]),
        (&["d/a", "d/sub/b", "./d/a", "link/a"], ["d/a", "d/sub/b"]),
        (&[".", "d", "d/sub", "link"], ["d/a", "d/sub/b"]),
    ] {
        for walker in ["native", "portable"] {
            for links in [&[][..], &["-L"], &["-H"], &["-L", "-H"]] {
                let args = [roots, &["--walker", walker], links].concat();
                let run = tree.scan(&args).json().succeeds();
                let report = run.report();
                assert_eq!(report.paths(), grouped(&[&expected]), "{args:?}");
                let group = &report.groups()[0];
                assert!(
                    group.files.iter().all(|f| f.hard_links.is_empty()),
                    "{args:?}"
                );
                assert_eq!(group.reclaimable, 4, "{args:?}");
                if !roots.contains(&"d/a") || roots.contains(&"d") {
                    assert_eq!(report.total("files"), 3, "{args:?}");
                }
            }
        }
    }
}

#[test]
fn a_file_is_never_its_own_duplicate() {
    let tree = Tree::new();
    tree.file("d/only", "alone").symlink("d", "link");
    for roots in [
        &["d", "d"][..],
        &["d", "link"],
        &["link", "d"],
        &[".", "d"],
        &["d/only", "d/only"],
        &["d/only", "link/only", "./d/../d/only"],
        &["d", "d/only", "link/only"],
    ] {
        for option in ["-L", "-H", "-LH", "--verify"] {
            let args = [roots, &[option]].concat();
            assert_eq!(tree.groups(&args), grouped(&[]), "{args:?}");
        }
    }
}

#[test]
fn bind_mounts_are_ways_to_the_same_files() {
    if !can_mount() {
        return;
    }
    let tree = Tree::new();
    tree.file("d/a", "same")
        .file("d/linked", "link")
        .hard_link("d/linked", "d/linked2")
        .dir("bound")
        .file("file-mount", "placeholder");
    let mount = "mount --bind d bound && mount --bind d/a file-mount";
    for walker in ["native", "portable"] {
        for links in [&[][..], &["-L"], &["-H"]] {
            for roots in [&["."][..], &["d", "bound"], &["bound", "d", "."]] {
                let args = [roots, links, &["--walker", walker]].concat();
                let run = tree.scan(&args).json().with_mounts(mount).succeeds();
                let report = run.report();
                if links == ["-H"] {
                    // The two names are two, not four.
                    assert_eq!(report.groups().len(), 1, "{args:?}");
                    assert_eq!(report.groups()[0].files.len(), 2, "{args:?}");
                } else {
                    assert_eq!(report.paths(), grouped(&[]), "{args:?}");
                }
                assert_eq!(report.total("files"), 2, "{args:?}");
            }
        }
    }
    tree.file("copy", "same");
    for walker in ["native", "portable"] {
        let run = tree
            .scan(&["--walker", walker])
            .json()
            .with_mounts(mount)
            .succeeds();
        assert_eq!(run.report().paths(), grouped(&[&["bound/a", "copy"]]));
        let group = &run.report().groups()[0];
        assert!(group.files.iter().all(|f| f.hard_links.is_empty()));
        assert_eq!(group.reclaimable, 4);
    }
}

#[test]
fn one_name_by_two_ways_is_not_two_hard_links() {
    if !can_mount() {
        return;
    }
    // The file has a second hard link, but nowhere in the scan: its one name
    // there, met twice, is not to be taken for both.
    let tree = Tree::new();
    tree.file("d/f", "same").dir("bound");
    std::fs::hard_link(tree.path("d/f"), tree.beside("elsewhere")).unwrap();
    for args in [&["-H"][..], &["-H", "d", "bound"], &["-LH"]] {
        let run = tree
            .scan(args)
            .json()
            .with_mounts("mount --bind d bound")
            .succeeds();
        assert_eq!(run.report().paths(), grouped(&[]), "{args:?}");
    }
    tree.file("g", "same");
    let run = tree
        .scan(&[])
        .json()
        .with_mounts("mount --bind d bound")
        .succeeds();
    let groups = run.report().groups();
    assert_eq!(groups.len(), 1);
    assert!(groups[0].files.iter().all(|f| f.hard_links.is_empty()));
}

#[test]
fn one_hard_link_under_two_names_is_an_alias() {
    // What a file system that does not tell upper from lower case shows for
    // `file` and `FILE`: two names in one directory, one link.
    if !can_mount() {
        return;
    }
    let tree = Tree::new();
    tree.file("file", "same").file("FILE", "");
    let mount = "mount --bind file FILE";
    for roots in [&["."][..], &["file", "FILE"], &["FILE", ".", "file"]] {
        for option in ["--verify", "-H", "-L"] {
            let args = [roots, &[option]].concat();
            let run = tree.scan(&args).json().with_mounts(mount).succeeds();
            assert_eq!(run.report().paths(), grouped(&[]), "{args:?}");
            assert_eq!(run.report().total("files"), 1, "{args:?}");
        }
    }
}
