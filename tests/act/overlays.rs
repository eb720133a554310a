//! A layer of an overlay beside the overlay itself: the same files by two ways.

use std::process::Command;

use crate::harness::{Tree, can_mount, skipped};

/// Everything in a directory: kinds, names, targets and contents.
const LIST: &str = "find . -printf '%y %p %l\\n' | sort; find . -type f | sort | xargs cat";

/// A tree whose layers `lo` and `up` have parts of `d`, `hollow` ones if asked for.
fn layers(lo: bool, up: bool, hollow: bool) -> Tree {
    let tree = Tree::new();
    for dir in ["lo", "up", "work", "seen"] {
        tree.dir(dir);
    }
    if lo {
        tree.file("lo/d/one", "first\n")
            .file("lo/d/sub/two", "second\n")
            .file("lo/d/sub/empty", "")
            .symlink("elsewhere", "lo/d/sub/link")
            .symlink("away", "lo/d/links/only");
        if hollow {
            tree.dir("lo/d/hollow");
        }
    }
    if up {
        tree.file("up/d/one", "first\n");
        if !lo {
            tree.symlink("elsewhere", "up/d/link");
            if hollow {
                tree.dir("up/d/hollow");
            }
        }
    }
    tree
}

/// What goes and what stays are views of each other: the one that stays is as it was.
#[test]
fn nothing_is_lost_to_a_layer_of_an_overlay_or_to_the_overlay() {
    if !can_mount() {
        return;
    }
    for (lo, up, hollow) in [
        (true, false, false),
        (true, false, true),
        (true, true, false),
        (true, true, true),
        (false, true, false),
        (false, true, true),
    ] {
        for (target, kept) in [
            ("seen", "lo"),
            ("lo", "seen"),
            ("seen", "up"),
            ("up", "seen"),
        ] {
            for more in [
                &[][..],
                &["--directories"],
                &["--directories", "--ignore-names"],
            ] {
                let tree = layers(lo, up, hollow);
                let mount = "mount -t overlay overlay -o \
                             lowerdir=lo,upperdir=up,workdir=work seen";
                let list = format!("{mount} && cd {kept} && {{ {LIST}; }}");
                let shell = |script: &str| {
                    let state = tree.beside("state");
                    let run = Command::new("unshare")
                        .args(["-m", "sh", "-ec", script])
                        .current_dir(tree.root())
                        .env("XDG_STATE_HOME", state)
                        .output()
                        .unwrap();
                    (run.status.code(), String::from_utf8(run.stdout).unwrap())
                };
                let (status, before) = shell(&list);
                if status != Some(0) {
                    return skipped("an overlay cannot be mounted here");
                }
                let program = env!("CARGO_BIN_EXE_nodupe");
                let more = more.join(" ");
                let run = shell(&format!(
                    "{mount} && {program} remove {target} --reference {kept} --yes {more}"
                ));
                assert!(matches!(run.0, Some(0 | 3)), "{run:?}");
                // Mounted again, so that nothing is remembered.
                let (_, after) = shell(&list);
                let what = format!(
                    "{lo} {up} {hollow}: {target} beside {kept} {more}: {}",
                    run.1
                );
                assert_eq!(after, before, "{what}");
            }
        }
    }
}
