//! `--changed-since`, compared with what git says, on random histories and in
//! every form that a repository may have.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::check::{check, repository, verdict};
use crate::gitignore_oracle::Random;
use crate::harness::{Tree, cases};

/// Runs git, and answers what it said.
fn git(tree: &Tree, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=n", "-c", "user.email=e@example.org"])
        .args([
            "-c",
            "init.defaultBranch=main",
            "-c",
            "commit.gpgsign=false",
        ])
        .args([
            "-c",
            "protocol.file.allow=always",
            "-c",
            "advice.detachedHead=false",
        ])
        .args(args)
        .current_dir(tree.root())
        .env("HOME", tree.root())
        .env_remove("XDG_CONFIG_HOME")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn lines(text: &str) -> BTreeSet<String> {
    let names = text.split('\0').filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

/// What git says changed.
fn by_git(tree: &Tree, revision: &str) -> BTreeSet<String> {
    let base = git(tree, &["merge-base", revision, "HEAD"]);
    let diff = [
        "diff",
        "--name-only",
        "-z",
        "--no-renames",
        "--diff-filter=d",
        base.trim(),
        "--",
    ];
    let mut changed = lines(&git(tree, &diff));
    changed.extend(lines(&git(
        tree,
        &["ls-files", "-z", "--others", "--exclude-standard"],
    )));
    changed
}

/// What nodupe says changed, of files that all have the same content, one of
/// which did not change.
fn by_nodupe(tree: &Tree, revision: &str) -> BTreeSet<String> {
    let run = check(tree, &["--changed-since", revision, "-q"]).run();
    assert!(
        matches!(run.status.code(), Some(0 | 1)),
        "{}",
        run.stderr_text()
    );
    let document = verdict(&run);
    let findings = document["findings"].as_array().unwrap();
    let files = findings
        .iter()
        .flat_map(|finding| finding["files"].as_array().unwrap());
    // Where all are new, one of them is called the original.
    let is_new = |file: &&Value| ["new", "original"].contains(&file["status"].as_str().unwrap());
    let new = files.filter(is_new);
    new.map(|file| file["path"].as_str().unwrap().to_owned())
        .collect()
}

#[track_caller]
fn agrees(tree: &Tree, revision: &str) {
    assert_eq!(
        by_nodupe(tree, revision),
        by_git(tree, revision),
        "{revision}"
    );
}

const NAMES: [&str; 8] = ["a", "b", "d/a", "d/b", "d/e/a", "f-g", "f/g", "z z"];

/// One of the steps that people take.
fn step(tree: &Tree, random: &mut Random) -> String {
    let name = NAMES[random.below(NAMES.len())];
    let there = tree.path(name).is_file();
    let content = if random.one_in(3) { "other" } else { "same" };
    let commit = ["commit", "--quiet", "--allow-empty", "-m", "m"];
    match random.below(9) {
        0..=2 => _ = tree.file(name, content),
        3 if there => _ = std::fs::remove_file(tree.path(name)),
        4 if there => _ = tree.mode(name, if random.one_in(2) { 0o755 } else { 0o644 }),
        5 => _ = git(tree, &["add", "--all"]),
        6 => _ = git(tree, &commit),
        7 if there && random.one_in(3) => {
            // Git refuses for what was changed in different ways.
            git(
                tree,
                &[
                    "rm",
                    "--quiet",
                    "--cached",
                    "--force",
                    "--ignore-unmatch",
                    name,
                ],
            );
        }
        8 if random.one_in(3) => {
            let branch = format!("b{}", random.below(3));
            git(tree, &["branch", "--force", &branch]);
        }
        _ => return String::new(),
    }
    format!("{name} {content}\n")
}

#[test]
fn random_histories_changed_what_git_says() {
    if repository().is_none() {
        return;
    }
    let mut changes = 0;
    for case in 0..cases(40) {
        let tree = Tree::new();
        let mut random = Random(u64::from(case));
        tree.file("always", "same");
        git(&tree, &["init", "--quiet", "--template="]);
        if random.one_in(3) {
            git(&tree, &["config", "core.fileMode", "false"]);
        }
        git(&tree, &["add", "--all"]);
        git(&tree, &["commit", "--quiet", "-m", "first"]);
        for branch in ["b0", "b1", "b2"] {
            git(&tree, &["branch", branch]);
        }
        for _ in 0..5 + random.below(25) {
            step(&tree, &mut random);
        }
        if random.one_in(4) {
            git(&tree, &["gc", "--quiet"]);
        }
        // In the end all are alike, so that they are in one group.
        for name in NAMES {
            if tree.path(name).is_file() && std::fs::read(tree.path(name)).unwrap() != b"same" {
                tree.file(name, "same");
            }
        }
        for revision in ["b0", "b1", "HEAD"] {
            eprintln!("case {case}");
            agrees(&tree, revision);
            changes += by_git(&tree, revision).len();
        }
    }
    assert!(changes > 50, "{changes} files changed in all");
}

/// A history of some commits in a tree of many files, whose directories git
/// packs as differences to each other.
fn long_history(tree: &Tree) {
    let names: Vec<String> = (0..300).map(|number| format!("dir/{number}")).collect();
    for name in &names {
        tree.file(name, name);
    }
    tree.file("always", "same");
    git(tree, &["add", "--all"]);
    git(tree, &["commit", "--quiet", "-m", "first"]);
    for name in names.iter().take(12) {
        tree.file(name, "same");
        git(tree, &["add", "--all"]);
        git(tree, &["commit", "--quiet", "-m", name]);
    }
}

#[test]
fn repositories_of_every_form_are_read() {
    if repository().is_none() {
        return;
    }
    for form in [
        "sha1",
        "sha256",
        "index-4",
        "worktree",
        "shallow",
        "alternates",
        "detached",
        "replaced",
    ] {
        eprintln!("{form}");
        let tree = Tree::new();
        let format = if form == "sha256" { "sha256" } else { "sha1" };
        git(&tree, &["init", "--quiet", "--object-format", format]);
        long_history(&tree);
        agrees(&tree, "HEAD~3");
        let here = tree.root().to_str().unwrap().to_owned();
        let mut inside = Tree::new();
        match form {
            "index-4" => _ = git(&tree, &["update-index", "--index-version", "4"]),
            "worktree" | "shallow" | "alternates" => {
                let there = inside.path("there").to_str().unwrap().to_owned();
                match form {
                    "worktree" => git(&tree, &["worktree", "add", "--quiet", &there, "HEAD"]),
                    "shallow" => git(
                        &tree,
                        &[
                            "clone",
                            "--quiet",
                            "--depth",
                            "6",
                            &format!("file://{here}"),
                            &there,
                        ],
                    ),
                    _ => git(&tree, &["clone", "--quiet", "--shared", &here, &there]),
                };
                inside = inside.at("there");
                agrees(&inside, "HEAD~2");
                if form == "shallow" {
                    let run = check(&inside, &["--changed-since", "HEAD~6"]).exits(2);
                    assert!(
                        run.stderr_text().contains("no revision"),
                        "{}",
                        run.stderr_text()
                    );
                }
                continue;
            }
            "detached" => _ = git(&tree, &["checkout", "--quiet", "HEAD~1"]),
            "replaced" => _ = git(&tree, &["replace", "HEAD~1", "HEAD~4"]),
            _ => {}
        }
        git(&tree, &["repack", "-adfq", "--depth=50"]);
        let index = std::fs::read_dir(tree.path(".git/objects/pack")).unwrap();
        let index = index.map(|entry| entry.unwrap().path());
        let index = index.filter(|path| path.extension().is_some_and(|e| e == "idx"));
        let index = index.collect::<Vec<_>>();
        let [index] = index.as_slice() else {
            panic!("{index:?}")
        };
        let told = git(&tree, &["verify-pack", "-v", index.to_str().unwrap()]);
        assert!(told.contains("chain length = 2"), "no differences: {told}");
        for revision in ["HEAD~3", "HEAD~1^0~2", "main", "HEAD@{0}"] {
            agrees(&tree, revision);
        }
        tree.file("new", "same");
        agrees(&tree, "HEAD");
    }
}

#[test]
fn revisions_may_be_written_as_usual() {
    let Some(tree) = repository() else { return };
    tree.file("always", "same");
    git(&tree, &["add", "--all"]);
    git(&tree, &["commit", "--quiet", "-m", "second"]);
    git(&tree, &["tag", "light"]);
    git(&tree, &["tag", "-a", "heavy", "-m", "t"]);
    git(&tree, &["update-ref", "refs/remotes/origin/main", "HEAD~1"]);
    git(
        &tree,
        &[
            "symbolic-ref",
            "refs/remotes/origin/HEAD",
            "refs/remotes/origin/main",
        ],
    );
    git(&tree, &["remote", "add", "origin", "nowhere"]);
    git(&tree, &["config", "branch.main.remote", "origin"]);
    git(&tree, &["config", "branch.main.merge", "refs/heads/main"]);
    git(&tree, &["checkout", "--quiet", "-b", "topic/one"]);
    tree.files(&["n1", "n2"], "same");
    git(&tree, &["add", "n1"]);
    git(&tree, &["commit", "--quiet", "-m", "third"]);
    git(&tree, &["pack-refs", "--all"]);
    git(&tree, &["branch", "loose"]);
    let whole = git(&tree, &["rev-parse", "HEAD~1"]);
    let short = git(&tree, &["rev-parse", "--short", "HEAD~1"]);
    let described = format!("heavy-1-g{}", short.trim());
    for revision in [
        "HEAD",
        "@",
        "HEAD~1",
        "HEAD^",
        "HEAD~",
        "HEAD~2",
        "HEAD^^",
        "main",
        "heads/main",
        "refs/heads/main",
        "light",
        "heavy",
        "heavy^{commit}",
        "heavy^{}",
        "heavy~1",
        "tags/heavy",
        "origin",
        "origin/main",
        "main@{u}",
        "main@{upstream}",
        "@{-1}",
        "@{1}",
        "HEAD@{1}",
        "main@{0}",
        "topic/one",
        "loose",
        whole.trim(),
        short.trim(),
        &described,
    ] {
        // So says git, or there is nothing to compare with.
        git(&tree, &["rev-parse", "--verify", "--quiet", revision]);
        agrees(&tree, revision);
    }
    for (revision, told) in [
        ("main@{2 days ago}", "not supported"),
        (":/second", "not supported"),
        ("main..topic/one", "not supported"),
        ("HEAD^{/second}", "not supported"),
        ("HEAD~9", "no revision"),
        ("HEAD^2", "no revision"),
        ("HEAD^{tree}", "not supported"),
        ("../../etc/passwd", "not supported"),
        ("index", "no revision"),
        ("0000", "no revision"),
    ] {
        let run = check(&tree, &["--changed-since", revision]).exits(2);
        assert!(
            run.stderr_text().contains(told),
            "{revision}: {}",
            run.stderr_text()
        );
    }
}

#[test]
fn of_two_ancestors_the_one_that_git_names_counts() {
    if repository().is_none() {
        return;
    }
    // When the two were committed, which are equally good.
    for (one, two) in [(1_000, 2_000), (2_000, 1_000), (1_000, 1_000)] {
        let tree = Tree::new();
        git(&tree, &["init", "--quiet"]);
        tree.file("always", "same");
        let commit = |branch: &str, name: &str, time: u32| {
            git(&tree, &["checkout", "--quiet", "-B", branch]);
            tree.file(name, "same");
            git(&tree, &["add", "--all"]);
            let time = format!("GIT_COMMITTER_DATE=@{} +0000", 1_700_000_000 + time);
            let status = Command::new("env")
                .args([
                    &time,
                    "git",
                    "-c",
                    "user.name=n",
                    "-c",
                    "user.email=e@example.org",
                ])
                .args(["commit", "--quiet", "-m", name])
                .current_dir(tree.root())
                .status();
            assert!(status.unwrap().success());
        };
        commit("main", "first", 0);
        commit("one", "o1", one);
        git(&tree, &["checkout", "--quiet", "main"]);
        commit("two", "t1", two);
        git(&tree, &["tag", "before"]);
        // Each takes the other in.
        git(&tree, &["merge", "--quiet", "-m", "m", "one"]);
        git(&tree, &["checkout", "--quiet", "one"]);
        git(&tree, &["merge", "--quiet", "-m", "m", "before"]);
        let bases = git(&tree, &["merge-base", "--all", "two", "one"]);
        assert_eq!(bases.lines().count(), 2);
        for revision in ["two", "main", "before", "one"] {
            agrees(&tree, revision);
        }
        assert_eq!(by_nodupe(&tree, "two").len(), 1);
    }
}

#[test]
fn a_submodule_changed_if_it_is_at_another_commit_or_in_what_changed_in_it() {
    if repository().is_none() {
        return;
    }
    let other = Tree::new();
    git(&other, &["init", "--quiet"]);
    other.files(&["s1", "s2"], "same").file("s3", "else");
    git(&other, &["add", "--all"]);
    git(&other, &["commit", "--quiet", "-m", "first"]);
    let tree = Tree::new();
    git(&tree, &["init", "--quiet"]);
    tree.file("always", "same");
    git(
        &tree,
        &[
            "submodule",
            "--quiet",
            "add",
            other.root().to_str().unwrap(),
            "sub",
        ],
    );
    git(&tree, &["add", "--all"]);
    git(&tree, &["commit", "--quiet", "-m", "first"]);
    let changed = |expected: &[&str]| {
        let expected: BTreeSet<String> = expected.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(by_nodupe(&tree, "HEAD"), expected);
    };
    changed(&[]);
    tree.file("sub/s4", "same");
    changed(&["sub/s4"]);
    tree.file("sub/s3", "same");
    changed(&["sub/s3", "sub/s4"]);
    git(&tree, &["-C", "sub", "add", "--all"]);
    git(&tree, &["-C", "sub", "commit", "--quiet", "-m", "second"]);
    changed(&["sub/s1", "sub/s2", "sub/s3", "sub/s4"]);
}

#[test]
fn where_git_keeps_other_bytes_the_times_decide() {
    let Some(tree) = repository() else { return };
    tree.file(
        ".gitattributes",
        "f* filter=none\nt* text\n[attr]odd filter=x\nm* odd\nb* binary\n",
    )
    .files(&["always", "f1", "f2", "t1", "m1", "b1"], "a $Id$ \r\n")
    .files(&["t2", "p1"], "same");
    git(&tree, &["config", "filter.none.clean", "cat"]);
    git(&tree, &["config", "filter.x.clean", "cat"]);
    git(&tree, &["add", "--all"]);
    git(&tree, &["commit", "--quiet", "-m", "more"]);
    let none: [&str; 0] = [];
    let changed = |expected: &[&str]| {
        let expected: BTreeSet<String> = expected.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(by_nodupe(&tree, "HEAD"), expected);
    };
    changed(&none);
    // Touched, and the bytes are what they were.
    for name in ["f1", "t1", "m1", "b1", "t2", "p1"] {
        tree.modified(name, 1_000_000_000);
    }
    changed(&["f1", "m1", "t1"]);
}

#[test]
fn a_file_written_right_after_the_index_is_read() {
    let Some(tree) = repository() else { return };
    // As long, and with the same time as before: the index alone would not
    // tell.
    tree.file("always", "same").file("racy", "salt");
    tree.modified("racy", 2_000_000_000);
    git(&tree, &["config", "core.trustctime", "false"]);
    git(&tree, &["add", "--all"]);
    git(&tree, &["commit", "--quiet", "-m", "racy"]);
    std::fs::write(tree.path("racy"), "same").unwrap();
    tree.modified("racy", 2_000_000_000);
    assert_eq!(
        by_nodupe(&tree, "HEAD"),
        BTreeSet::from(["racy".to_owned()])
    );
}

#[test]
fn a_damaged_object_is_no_answer() {
    let Some(tree) = repository() else { return };
    tree.files(&["always", "new"], "same");
    let head = git(&tree, &["rev-parse", "HEAD^{tree}"]);
    let other = git(&tree, &["rev-parse", "HEAD:web"]);
    let (first, rest) = head.trim().split_at(2);
    let path = format!(".git/objects/{first}/{rest}");
    let packed = std::fs::read(tree.path(&path)).unwrap();
    std::fs::remove_file(tree.path(&path)).unwrap();
    let since = ["--changed-since", "HEAD", "-q"];
    let told = check(&tree, &since).exits(2).stderr_text();
    assert!(told.contains("is missing"), "{told}");
    // Another object in its place.
    let (first, rest) = other.trim().split_at(2);
    std::fs::copy(
        tree.path(format!(".git/objects/{first}/{rest}")),
        tree.path(&path),
    )
    .unwrap();
    let told = check(&tree, &since).exits(2).stderr_text();
    assert!(told.contains("damaged"), "{told}");
    // The beginning of it.
    tree.mode(&path, 0o644);
    tree.file(&path, &packed[..packed.len() / 2]);
    let told = check(&tree, &since).exits(2).stderr_text();
    assert!(told.contains("damaged"), "{told}");
}
