//! Inode numbers that do not tell files apart: one number for several files
//! or directories, or another number with each look.

use std::time::Duration;

use crate::check::{check, findings, verdict};
use crate::harness::odd::{Habit, Odd, OddMount};
use crate::harness::{Run, Tree, can_mount, grouped};

const WALKERS: [&str; 2] = ["native", "portable"];

/// Scans with either walker, which must find the same.
fn scan(tree: &Tree, args: &[&str], code: i32) -> Run {
    let [native, portable] = WALKERS.map(|walker| {
        let run = tree.scan(args).args(["--walker", walker]).json();
        run.exits(code)
    });
    let paths = |run: &Run| (run.report().paths(), run.report().errors());
    assert_eq!(paths(&native), paths(&portable));
    native
}

#[test]
fn files_that_share_a_number_are_read_each() {
    let time = |seconds| Duration::new(1_600_000_000, seconds);
    for (links, times) in [(1, [5, 5, 5]), (1, [0, 0, 0]), (2, [5, 6, 7])] {
        let [a, b, c] = times;
        let made = OddMount::new(
            Habit::Steady,
            [
                Odd::dir("d"),
                Odd::file("a", "same").number(7).links(links).time(time(a)),
                Odd::file("b", "diff").number(7).links(links).time(time(b)),
                Odd::file("d/c", "same")
                    .number(7)
                    .links(links)
                    .time(time(c)),
                Odd::file("other", "diff").number(9),
            ],
        );
        let Some(tree) = made else { return };
        for executor in ["thread", "isolated", "process"] {
            let run = scan(&tree, &["--executor", executor], 0);
            assert_eq!(
                run.report().paths(),
                grouped(&[&["a", "d/c"], &["b", "other"]]),
                "{links} {executor}"
            );
            for group in run.report().groups() {
                assert!(group.files.iter().all(|file| file.hard_links.is_empty()));
            }
            assert_eq!(run.report().total("files"), 4);
        }
    }
}

#[test]
fn sizes_tell_apart_what_shares_a_number() {
    let made = OddMount::new(
        Habit::Steady,
        [
            Odd::file("a", "same").number(7),
            Odd::file("b", "same").number(8),
            Odd::file("c", "longer").number(7),
            Odd::file("d", "longer").number(8),
            Odd::file("e", "longer").number(7),
        ],
    );
    let Some(tree) = made else { return };
    let run = scan(&tree, &[], 0);
    assert_eq!(
        run.report().paths(),
        grouped(&[&["c", "d", "e"], &["a", "b"]])
    );
}

#[test]
fn names_of_one_inode_are_hard_links_there_too() {
    let fine = Duration::new(1_600_000_000, 5);
    let made = OddMount::new(
        Habit::Steady,
        [
            // One inode to the kernel as well.
            Odd::file("a", "same").number(7).links(2),
            Odd::file("b", "same").node_of("a"),
            // What a program that knows files by their paths shows of one.
            Odd::file("c", "same").number(8).links(2).time(fine),
            Odd::file("d", "same").number(8).links(2).time(fine),
        ],
    );
    let Some(tree) = made else { return };
    let run = scan(&tree, &[], 0);
    assert_eq!(run.report().paths(), grouped(&[&["a", "c"]]));
    let links = |n: usize| run.report().groups()[0].files[n].hard_links.clone();
    assert_eq!(
        (links(0), links(1)),
        (vec!["./b".into()], vec!["./d".into()])
    );
}

#[test]
fn what_cannot_be_told_apart_is_in_no_group_and_reported() {
    // Several links, one number, times to the second: hard links or not.
    let made = OddMount::new(
        Habit::Steady,
        [
            Odd::file("a", "same").number(7).links(2),
            Odd::file("b", "same").number(7).links(2),
            Odd::file("c", "same").number(9),
            Odd::file("d", "same").number(10),
        ],
    );
    let Some(tree) = made else { return };
    let run = scan(&tree, &[], 3);
    assert_eq!(run.report().paths(), grouped(&[&["c", "d"]]));
    let error = |path: &str| (path.to_owned(), "walk".to_owned(), "ambiguous".to_owned());
    assert_eq!(run.report().errors(), [error("a"), error("b")]);
    assert_eq!(run.report().0["complete"], false);
    assert!(
        run.stderr_text().contains("inode number"),
        "{}",
        run.stderr_text()
    );
    // Also where groups of one are asked for, and names count.
    let run = scan(&tree, &["-H", "a", "b"], 3);
    assert_eq!(run.report().paths(), grouped(&[]));
    let run = scan(&tree, &["--unique", "a", "b", "c"], 3);
    assert_eq!(run.report().paths(), grouped(&[&["c"]]));
}

#[test]
fn directories_that_share_a_number_are_all_scanned() {
    let made = OddMount::new(
        Habit::Steady,
        [
            Odd::dir("x").number(5),
            Odd::dir("x/deep").number(5),
            Odd::dir("y").number(5),
            Odd::dir("y/deep").number(1),
            Odd::file("x/f", "same").number(7),
            Odd::file("x/deep/f", "same").number(7),
            Odd::file("y/f", "same").number(7),
            Odd::file("y/deep/f", "same").number(7),
        ],
    );
    let Some(tree) = made else { return };
    let all: &[&[&str]] = &[&["x/deep/f", "x/f", "y/deep/f", "y/f"]];
    for args in [
        &[][..],
        &["x", "y"],
        &["y", "x/deep", "x"],
        &["x", "x", "./y", "y/../y/deep"],
        &["-L"],
        &["-L", "--exclude", "nothing"],
        &["-L", "x", "y"],
    ] {
        let run = scan(&tree, args, 0);
        let mut paths = run.report().paths();
        for group in &mut paths {
            for path in group.iter_mut() {
                *path = path.replace("y/../y", "y");
            }
            group.sort();
        }
        assert_eq!(paths, grouped(all), "{args:?}");
        assert_eq!(run.report().total("files"), 4, "{args:?}");
    }
}

#[test]
fn a_file_is_its_own_duplicate_by_no_way() {
    let made = OddMount::new(
        Habit::Steady,
        [
            Odd::dir("x").number(5),
            Odd::dir("y").number(5),
            Odd::file("x/f", "same").number(7),
            Odd::file("y/f", "diff").number(7),
        ],
    );
    let Some(tree) = made else { return };
    let beside = Tree::new();
    beside
        .dir("bound")
        .symlink(tree.path("x"), "link")
        .symlink(tree.path("x/f"), "file-link");
    let root = tree.root().to_str().unwrap();
    let x = tree.path("x").to_str().unwrap().to_owned();
    let file = tree.path("x/f").to_str().unwrap().to_owned();
    let bind = format!("mount --bind {root} bound");
    let can_mount = can_mount();
    for walker in WALKERS {
        for links in [&[][..], &["-L"], &["-H"], &["-L", "--exclude", "nothing"]] {
            for roots in [
                &[".", root][..],
                &[root, &x, "link", &file, "file-link"],
                &["file-link", root, "."],
                &["link", "bound", root],
            ] {
                let args = [roots, links, &["--walker", walker]].concat();
                let mut run = beside.scan(&args).json();
                if can_mount {
                    run = run.with_mounts(&bind);
                }
                let run = run.succeeds();
                assert_eq!(run.report().paths(), grouped(&[]), "{args:?}");
                assert_eq!(run.report().total("files"), 2, "{args:?}");
            }
        }
    }
}

#[test]
fn two_mounts_of_one_file_system_show_each_file_once() {
    if !can_mount() {
        return;
    }
    let made = OddMount::new(
        Habit::Steady,
        [
            Odd::dir("x").number(5),
            Odd::dir("y").number(5),
            Odd::file("x/f", "same").number(7),
            Odd::file("y/f", "same").number(7),
        ],
    );
    let Some(tree) = made else { return };
    let beside = Tree::new();
    beside.dir("a").dir("b");
    let (x, y) = (tree.path("x"), tree.path("y"));
    for mounts in [
        format!(
            "mount --bind {0} a && mount --bind {1} b",
            x.display(),
            y.display()
        ),
        format!(
            "mount --bind {0} a && mount --bind {0} b",
            tree.root().display()
        ),
    ] {
        let run = beside.scan(&[]).json().with_mounts(&mounts).succeeds();
        assert_eq!(run.report().total("duplicates"), 1, "{mounts}");
        assert_eq!(run.report().total("files"), 2, "{mounts}");
    }
}

#[test]
fn a_file_system_that_renumbers_its_files_is_named_once() {
    let files = |n| (0..n).map(|n| Odd::file(&format!("f{n}"), "same"));
    let Some(tree) = OddMount::new(Habit::Renumbers, files(9)) else {
        return;
    };
    for executor in ["thread", "isolated", "process"] {
        let run = scan(&tree, &["--executor", executor], 3);
        let report = run.report();
        assert_eq!(report.paths(), grouped(&[]));
        assert_eq!(report.total("errors"), 1);
        let message = report.0["errors"][0]["message"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(report.0["errors"][0]["kind"], "unstable");
        assert!(
            message.contains("inode numbers") && message.contains("9 files"),
            "{message}"
        );
        assert_eq!(report.0["errors"][0]["path"], tree.root().to_str().unwrap());
        assert_eq!(
            run.stderr_text()
                .lines()
                .filter(|line| line.contains("f0"))
                .count(),
            1
        );
    }
}

#[test]
fn a_file_system_whose_times_move_is_named_once() {
    let files = (0..9).map(|n| Odd::file(&format!("f{n}"), "same"));
    let Some(tree) = OddMount::new(Habit::MovesTimes, files) else {
        return;
    };
    let run = scan(&tree, &[], 3);
    let report = run.report();
    assert_eq!(report.paths(), grouped(&[]));
    assert_eq!(report.total("errors"), 1);
    assert_eq!(report.0["errors"][0]["kind"], "unstable");
    let message = report.0["errors"][0]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        message.contains("the times") && message.contains("9 files"),
        "{message}"
    );
}

#[test]
fn directories_that_are_renumbered_are_scanned_once() {
    let made = OddMount::new(
        Habit::Renumbers,
        [
            Odd::dir("d"),
            Odd::dir("d/e"),
            Odd::file("d/a", "1"),
            Odd::file("d/e/b", "22"),
            Odd::file("c", "333"),
        ],
    );
    let Some(tree) = made else { return };
    let beside = Tree::new();
    beside
        .symlink(tree.root(), "link")
        .symlink(tree.path("d/e/b"), "file-link");
    let root = tree.root().to_str().unwrap();
    let inner = tree.path("d").to_str().unwrap().to_owned();
    let file = tree.path("d/e/b").to_str().unwrap().to_owned();
    for roots in [
        &[root, root][..],
        &[root, &inner, "link"],
        &[&inner, "link", root],
        &[".", root, &inner],
        &[&file, root, "file-link", "link/d/e/b"],
    ] {
        for links in [&[][..], &["-L"], &["-L", "--exclude", "nothing"]] {
            let run = scan(&beside, &[roots, links].concat(), 0);
            assert_eq!(run.report().paths(), grouped(&[]), "{roots:?} {links:?}");
            assert_eq!(run.report().total("files"), 3, "{roots:?} {links:?}");
        }
    }
}

#[test]
fn hard_links_and_other_mounts_of_an_overlay_are_one_file() {
    if !can_mount() {
        return;
    }
    let tree = Tree::new();
    tree.dir("tmp").dir("over").dir("bound");
    let mounts = "mount -t tmpfs none tmp && mkdir tmp/l tmp/u tmp/w && echo same > tmp/l/a \
                  && ln tmp/l/a tmp/l/b && cp tmp/l/a tmp/l/c && mount -t overlay none over \
                  -o lowerdir=tmp/l,upperdir=tmp/u,workdir=tmp/w && echo same > over/d \
                  && mount --bind over bound";
    let possible = tree.scan(&["over"]).with_mounts(mounts).run();
    if !possible.stderr_text().is_empty() {
        return crate::harness::skipped("an overlay cannot be mounted here");
    }
    for walker in WALKERS {
        for roots in [
            &["over"][..],
            &["over", "bound"],
            &["bound", "over/a", "over"],
        ] {
            for links in [&[][..], &["-L"]] {
                let args = [roots, links, &["--walker", walker]].concat();
                let run = tree.scan(&args).json().with_mounts(mounts).succeeds();
                let groups = run.report().groups();
                assert_eq!(groups.len(), 1, "{args:?}");
                let names = groups[0].files.iter().map(|file| file.hard_links.len());
                assert_eq!(names.sum::<usize>(), 1, "{args:?}");
                assert_eq!(groups[0].files.len(), 3, "{args:?}");
            }
        }
    }
}

#[test]
fn a_gate_counts_each_file_that_shares_a_number() {
    let files = ["a", "b", "c"].map(|name| Odd::file(name, "same").number(7));
    let Some(tree) = OddMount::new(Habit::Steady, files) else {
        return;
    };
    let run = check(&tree, &[]).exits(1);
    assert_eq!(verdict(&run)["findings"][0]["reclaimable_bytes"], 8);
    let budgets = [
        "--max-groups",
        "9",
        "--max-duplicates",
        "9",
        "--max-reclaimable",
    ];
    check(&tree, &budgets).args(["7"]).exits(1);
    check(&tree, &budgets).args(["8"]).exits(0);
}

#[test]
fn what_shares_the_number_of_the_baseline_is_content() {
    let name = ".nodupe-baseline.json";
    let ordinary = Tree::new();
    ordinary.files(&["x", "y"], "accepted");
    check(&ordinary, &["--update-baseline"]).exits(0);
    let baseline = std::fs::read(ordinary.path(name)).unwrap();
    let made = OddMount::new(
        Habit::Steady,
        [
            Odd::file(name, baseline.clone()).number(7),
            Odd::file("a", "same").number(7),
            Odd::file("b", "same").number(8),
            // The baseline itself is left out.
            Odd::file("c", baseline).number(9),
        ],
    );
    let Some(tree) = made else { return };
    for walker in WALKERS {
        let run = check(&tree, &["--walker", walker]).exits(1);
        assert_eq!(findings(&run), [["original a", "new b"]], "{walker}");
    }
}
