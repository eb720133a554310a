//! `--gitignore`, held against git itself.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::harness::{Tree, skipped, strings};

fn git(dir: &Path, home: &Path, args: &[&str]) -> Vec<u8> {
    let output = Command::new("git")
        .args(args)
        .current_dir(dir)
        .env("HOME", home)
        .env_remove("XDG_CONFIG_HOME")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {output:?}");
    output.stdout
}

fn has_git() -> bool {
    let has = Command::new("git").arg("--version").output().is_ok();
    if !has {
        skipped("no git to compare with");
    }
    has
}

fn init(dir: &Path) {
    git(dir, dir, &["init", "--quiet"]);
}

/// What git says is part of the work tree, and of those inside it.
fn by_git(dir: &Path, home: &Path, below: &str, files: &mut BTreeSet<String>) {
    let listed = git(dir, home, &["ls-files", "-coz", "--exclude-standard"]);
    for name in String::from_utf8(listed).unwrap().split_terminator('\0') {
        match name.strip_suffix('/') {
            // A repository in the work tree: git does not look into it.
            Some(repository) => by_git(
                &dir.join(repository),
                home,
                &format!("{below}{name}"),
                files,
            ),
            None => _ = files.insert(format!("{below}{name}")),
        }
    }
}

#[track_caller]
fn agrees(tree: &Tree) {
    let mut expected = BTreeSet::new();
    by_git(tree.root(), tree.root(), "", &mut expected);
    for walker in ["native", "portable"] {
        let args = ["--gitignore", "--min-size", "0", "--walker", walker];
        let selected: BTreeSet<_> = tree.selected(&args).into_iter().collect();
        assert_eq!(selected, expected, "{walker}");
    }
}

const FILES: &[&str] = &[
    "a.log",
    "b.txt",
    "build/x.o",
    "build/y.txt",
    "doc/a.log",
    "doc/build/z.txt",
    "doc/keep.log",
    "doc/sub/a.log",
    "doc/sub/deep/er/a.txt",
    "important.log",
    "node_modules/m/index.js",
    "sp ace/tr ailing.txt",
    "src/.hidden",
    "src/build",
    "src/foo/bar/b.txt",
    "src/foo/baz",
    "target/debug/t",
    "#sharp",
    "!bang",
    "[x]",
];

fn project() -> Tree {
    let tree = Tree::new();
    init(tree.root());
    tree.files(FILES, "same");
    tree
}

#[test]
fn patterns_mean_what_they_mean_to_git() {
    if !has_git() {
        return;
    }
    for rules in [
        "*.log",
        "*.log\n!important.log",
        "!important.log\n*.log",
        "/build",
        "build",
        "build/",
        "/build/",
        "doc/build",
        "doc/build/",
        "/doc/*.log",
        "doc/**/a.log",
        "**/sub",
        "**/sub/**",
        "doc/**",
        "doc/**\n!doc/keep.log",
        "doc/*\n!doc/sub\n!doc/sub/",
        "doc/\n!doc/keep.log",
        "src/foo/",
        "src/foo/*\n!src/foo/bar/",
        "foo/bar",
        "*",
        "*\n!*/\n!*.txt",
        "/*\n!/src",
        "*.[ot]*",
        "?.txt",
        "\\#sharp\n\\!bang",
        "#sharp",
        "\\[x\\]",
        "[x]",
        "tr ailing.txt",
        "b.txt   ",
        "b.txt\\ ",
        "a.log\r",
        "",
        "\n\n# nothing\n",
        "node_modules\ntarget\n*.o",
        "**",
        "/**/b.txt",
        "src/*/b.txt",
        "src/**/b.txt",
        "[",
        "a[",
        ".*",
        "*/",
        "/",
        "//build",
        "./build",
        "BUILD",
    ] {
        let tree = project();
        tree.file(".gitignore", rules);
        eprintln!("rules: {rules:?}");
        agrees(&tree);
    }
}

#[test]
fn three_stars_are_as_good_as_two() {
    if !has_git() {
        return;
    }
    let tree = project();
    tree.file(".gitignore", "doc/***/a.log");
    agrees(&tree);
}

#[test]
fn files_in_directories_below_override_those_above() {
    if !has_git() {
        return;
    }
    let tree = project();
    tree.file(".gitignore", "*.log\n*.txt\nbuild\n")
        .file("doc/.gitignore", "!*.log\n/sub/*.txt\n")
        .file("doc/sub/.gitignore", "!a.txt\na.log\n!/deep\n")
        .file("src/.gitignore", "!build\n/foo/bar\n")
        .file("doc/sub/deep/er/.gitignore", "!a.txt\n");
    agrees(&tree);
}

#[test]
fn the_repository_and_the_user_have_lists_too() {
    if !has_git() {
        return;
    }
    let tree = project();
    // The home directory of every run is the root of the tree.
    tree.file(".config/git/ignore", "*.js\n/target\nb.txt\n");
    agrees(&tree);
    tree.file(".git/info/exclude", "*.log\n!b.txt\n");
    agrees(&tree);
    tree.file("doc/.gitignore", "!keep.log\n");
    agrees(&tree);
    tree.file(".gitconfig", "[core]\n\texcludesFile = ~/mine\n")
        .file("mine", "doc/\nmine\n");
    agrees(&tree);
}

#[test]
fn a_repository_inside_another_starts_afresh() {
    if !has_git() {
        return;
    }
    let tree = project();
    tree.file(".gitignore", "*.log\n/src/foo\n");
    init(&tree.path("doc/sub"));
    tree.file("doc/sub/.gitignore", "*.txt\n");
    agrees(&tree);
}

#[test]
fn the_rules_above_the_root_of_the_scan_hold_too() {
    if !has_git() {
        return;
    }
    let tree = project();
    tree.file(".gitignore", "*.log\n/doc/sub/deep\n")
        .file("doc/.gitignore", "!keep.log\n");
    let selected = |dir: &str| tree.selected(&["--gitignore", dir]);
    assert_eq!(
        selected("doc"),
        strings(&["doc/.gitignore", "doc/build/z.txt", "doc/keep.log"])
    );
    assert_eq!(selected("doc/sub"), strings(&[]));
    assert_eq!(selected("doc/build"), strings(&["doc/build/z.txt"]));
}

#[test]
fn outside_of_a_work_tree_nothing_is_ignored() {
    let tree = Tree::new();
    tree.files(&["a.log", "b"], "same")
        .file(".gitignore", "*.log\n");
    assert_eq!(
        tree.selected(&["--gitignore"]),
        strings(&[".gitignore", "a.log", "b"])
    );
}

#[test]
fn what_git_keeps_for_itself_is_left_out() {
    if !has_git() {
        return;
    }
    let tree = project();
    let selected = tree.selected(&["--gitignore"]);
    assert!(selected.iter().all(|path| !path.starts_with(".git/")));
    let without = tree.selected(&[]);
    assert!(without.iter().any(|path| path.starts_with(".git/")));
}

#[test]
fn a_linked_work_tree_shares_the_repositorys_list() {
    if !has_git() {
        return;
    }
    let tree = project();
    let root = tree.root();
    let commit = [
        "-c",
        "user.name=n",
        "-c",
        "user.email=e",
        "commit",
        "--quiet",
        "--allow-empty",
        "-m",
        "m",
    ];
    git(root, root, &commit);
    let other = tree.beside("other");
    let other_text = other.to_str().unwrap();
    git(root, root, &["worktree", "add", "--quiet", other_text]);
    tree.file(".git/info/exclude", "*.log\n");
    std::fs::write(other.join("a.log"), "same").unwrap();
    std::fs::write(other.join("b.txt"), "same").unwrap();
    let listed = git(&other, root, &["ls-files", "-coz", "--exclude-standard"]);
    assert_eq!(String::from_utf8(listed).unwrap(), "b.txt\0");
    let run = tree
        .scan(&["--gitignore", "--min-copies", "1"])
        .within(&other)
        .json()
        .succeeds();
    let mut paths = run.report().paths().concat();
    // The file `.git` is git's own as well.
    paths.sort();
    assert_eq!(paths, ["b.txt"]);
}

fn name() -> impl Strategy<Value = String> {
    proptest::sample::select(vec!["a", "b", "ab", "a.o", "b.o", "lib", "A"]).prop_map(str::to_owned)
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(name(), 1..4).prop_map(|parts| parts.join("/"))
}

fn rule() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "a", "b", "lib", "*", "**", "*.o", "?", "[ab]", "[!a]", "a*", "A",
    ]);
    (
        proptest::bool::weighted(0.3),
        any::<bool>(),
        prop::collection::vec(piece, 1..4),
        proptest::bool::weighted(0.3),
    )
        .prop_map(|(negated, anchored, pieces, dir)| {
            format!(
                "{}{}{}{}\n",
                if negated { "!" } else { "" },
                if anchored { "/" } else { "" },
                pieces.join("/"),
                if dir { "/" } else { "" },
            )
        })
}

fn rules() -> impl Strategy<Value = String> {
    prop::collection::vec(rule(), 0..5).prop_map(|rules| rules.concat())
}

#[test]
fn random_rules_on_random_trees_agree_with_git() {
    if !has_git() {
        return;
    }
    let cases = crate::harness::cases(48);
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(cases)
    });
    let strategy = (
        prop::collection::vec(path(), 1..14),
        prop::collection::vec((prop::option::of(path()), rules()), 1..4),
    );
    let outcome = runner.run(&strategy, |(paths, lists)| {
        let tree = Tree::new();
        init(tree.root());
        for path in &paths {
            // A name that is taken by a file or directory already is passed
            // over.
            let path = tree.path(path);
            let _ = std::fs::create_dir_all(path.parent().unwrap());
            if !path.exists() {
                let _ = std::fs::write(&path, "same");
            }
        }
        for (dir, rules) in &lists {
            let dir = tree.path(dir.as_deref().unwrap_or(""));
            if dir.is_dir() {
                std::fs::write(dir.join(".gitignore"), rules).unwrap();
            }
        }
        agrees(&tree);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
