//! What a repository may not do, and repositories that cannot be read.

use std::fs;
use std::process::Command;

use crate::check::{check, findings, git, repository};
use crate::harness::{Nodupe, Tree, pattern, permissions_bind, strings};

/// Ends what waits for ever.
const LIMIT: &str = "exec timeout 30 \"$0\" \"$@\"; true";

/// A repository in which nothing is a duplicate.
fn clean() -> Option<Tree> {
    repository()?;
    let tree = Tree::new();
    tree.file("a", "one")
        .file("b", "two")
        .file(".gitignore", "*.tmp\n");
    git(&tree, &["init", "--quiet"]);
    git(&tree, &["add", "--all"]);
    git(&tree, &["commit", "--quiet", "--message", "first"]);
    check(&tree, &["-q"]).exits(0);
    Some(tree)
}

#[test]
fn nothing_that_a_repository_names_is_run() {
    let Some(tree) = clean() else { return };
    let marker = tree.beside("ran");
    let script = tree.beside("run");
    fs::write(
        &script,
        format!("#!/bin/sh\ntouch {}\ncat\n", marker.display()),
    )
    .unwrap();
    Command::new("chmod")
        .arg("+x")
        .arg(&script)
        .status()
        .unwrap();
    let script = script.to_str().unwrap();
    tree.file(".gitattributes", "* filter=f diff=f\n");
    for (setting, value) in [
        ("core.fsmonitor", script),
        ("core.sshCommand", script),
        ("core.hooksPath", tree.beside("").to_str().unwrap()),
        ("core.pager", script),
        ("core.alternateRefsCommand", script),
        ("filter.f.clean", script),
        ("filter.f.smudge", script),
        ("filter.f.process", script),
        ("diff.f.textconv", script),
        ("diff.f.command", script),
        ("diff.external", script),
        ("remote.origin.url", "ssh://nowhere/x"),
        ("remote.origin.promisor", "true"),
        ("extensions.partialClone", "origin"),
    ] {
        git(&tree, &["config", setting, value]);
    }
    // Git itself would run some of it for these: their times are not those in
    // the index.
    tree.modified("a", 1_000_000_000)
        .modified("b", 1_000_000_000);
    tree.file("c", "three");
    check(&tree, &["-q"]).exits(0);
    check(&tree, &["-q", "--changed-since", "HEAD"]).exits(0);
    check(&tree, &["-q", "--changed-since", "nowhere"]).exits(2);
    tree.scan(&["--gitignore"]).exits(0);
    assert!(!marker.exists());
    // The trap is one: git does run it.
    let status = Command::new("git")
        .args(["diff", "--stat"])
        .current_dir(tree.root())
        .output();
    assert!(status.is_ok() && marker.exists());
}

#[test]
fn no_git_program_is_needed() {
    let Some(tree) = repository() else { return };
    tree.file(".gitignore", "out/\n")
        .file("out/x", pattern(4000, 3));
    check(&tree, &["-q", "--changed-since", "HEAD"])
        .env("PATH", "/nowhere")
        .exits(0);
    tree.file("new", pattern(4000, 3));
    let run = check(&tree, &["-q", "--changed-since", "HEAD"])
        .env("PATH", "/nowhere")
        .exits(1);
    assert_eq!(findings(&run).len(), 1);
}

#[test]
fn a_work_tree_of_somebody_else_is_no_pass() {
    let Some(tree) = clean() else { return };
    if !permissions_bind() {
        return;
    }
    let run = check(&tree, &[]).by_other_user().exits(3);
    let told = run.stderr_text();
    assert!(told.contains("dubious ownership"), "{told}");
    assert!(told.contains("--add safe.directory"), "{told}");
    // What is ignored stays so, and what is not is judged.
    tree.file("c.tmp", "one");
    check(&tree, &["-q"]).by_other_user().exits(3);
    tree.file("c", "one");
    check(&tree, &["-q"]).by_other_user().exits(1);
    fs::remove_file(tree.path("c")).unwrap();
    // Where no rule is asked for, there is nothing to be trusted.
    check(
        &tree,
        &[
            "-q",
            "--no-gitignore",
            "--exclude",
            ".git",
            "--exclude",
            "*.tmp",
        ],
    )
    .by_other_user()
    .exits(0);
    let here = tree.root().to_str().unwrap().to_owned();
    let above = tree.root().parent().unwrap().to_str().unwrap().to_owned();
    for (trusted, status) in [
        (here.clone(), 0),
        ("*".to_owned(), 0),
        (format!("{above}/*"), 0),
        (format!("{here}/*"), 3),
        (above, 3),
        (format!("{here}\n\tdirectory ="), 3),
    ] {
        let file = tree.beside("settings");
        fs::write(&file, format!("[safe]\n\tdirectory = {trusted}\n")).unwrap();
        check(&tree, &["-q"])
            .by_other_user()
            .env("GIT_CONFIG_GLOBAL", file.to_str().unwrap())
            .exits(status);
    }
    // What the repository says of itself does not count.
    git(&tree, &["config", "safe.directory", "*"]);
    check(&tree, &["-q"]).by_other_user().exits(3);
}

/// What makes a repository one that cannot be read, and what is said then.
const DAMAGES: [(&str, &str); 15] = [
    ("rm .git/HEAD", "is no git repository"),
    ("rm -r .git/refs", "is no git repository"),
    ("echo nonsense >.git/HEAD", "is no git repository"),
    ("echo '[core' >.git/config", "is no configuration"),
    ("git config core.ignoreCase maybe", "neither true nor false"),
    (
        "git config core.repositoryFormatVersion 7",
        "format version 7",
    ),
    (
        "git config core.repositoryFormatVersion 1; git config extensions.newest 1",
        "newest",
    ),
    ("git config core.bare true", "core.bare"),
    ("git config core.worktree /tmp", "core.worktree"),
    (
        "git config core.excludesFile '~other/x'",
        "core.excludesfile",
    ),
    ("head -c 60 .git/index >x && mv x .git/index", "damaged"),
    (
        "printf 'DIRC\\0\\0\\0\\7\\0\\0\\0\\0%020d' 0 >.git/index",
        "damaged",
    ),
    ("git update-index --split-index", "split index"),
    ("rm .git/index; mkfifo .git/index", "named pipe"),
    ("rm .git/HEAD; mkfifo .git/HEAD", "named pipe"),
];

#[test]
fn a_repository_that_cannot_be_read_is_no_pass() {
    for (damage, told) in DAMAGES {
        eprintln!("{damage}");
        let Some(tree) = clean() else { return };
        tree.file("twin", "three").file("twin.tmp", "four");
        shell(&tree, damage);
        let run = check(&tree, &[]).after(LIMIT).exits(3);
        assert!(
            run.stderr_text().contains(told),
            "{damage}: {}",
            run.stderr_text()
        );
        check(&tree, &["-q", "--no-gitignore", "--exclude", ".git"])
            .after(LIMIT)
            .exits(0);
        tree.file("c", "three");
        check(&tree, &["-q"]).after(LIMIT).exits(1);
        let since = check(&tree, &["-q", "--changed-since", "HEAD"])
            .after(LIMIT)
            .run();
        // What changed may be known all the same, and is never none.
        let is_no_pass = matches!(since.status.code(), Some(1 | 2));
        assert!(is_no_pass, "{damage}: {:?}", since.status);
    }
}

#[test]
fn a_sparse_index_is_no_pass() {
    let Some(tree) = clean() else { return };
    tree.file("in/x", "x").file("out/y", "y");
    git(&tree, &["add", "--all"]);
    git(&tree, &["commit", "-qm", "second"]);
    git(&tree, &["sparse-checkout", "set", "--sparse-index", "in"]);
    let told = check(&tree, &[]).exits(3).stderr_text();
    assert!(told.contains("sparse index"), "{told}");
    git(&tree, &["sparse-checkout", "reapply", "--no-sparse-index"]);
    check(&tree, &["-q"]).exits(0);
}

#[test]
fn rules_are_read_from_regular_files_only() {
    for (make, status) in [
        // No rule is read, as git does it.
        ("ln -s /dev/zero .gitignore", 0),
        ("ln -s a .gitignore", 0),
        ("mkdir .gitignore", 0),
        // Git would wait for ever, or read for ever.
        ("mkfifo .gitignore", 3),
        ("mkdir d; mkfifo d/.gitignore", 3),
        ("rm .git/info/exclude; mkfifo .git/info/exclude", 3),
        ("git config core.excludesFile /dev/zero", 3),
        ("git config core.excludesFile /dev/null", 0),
        ("truncate -s 1G .gitignore", 3),
        ("mkfifo p; git config include.path ../p", 3),
        ("git config include.path ../nowhere", 0),
        ("git config include.path config", 3),
        // No repository, and none to be found.
        ("mkdir d; mkfifo d/.git", 3),
    ] {
        eprintln!("{make}");
        let Some(tree) = clean() else { return };
        fs::remove_file(tree.path(".gitignore")).unwrap();
        shell(&tree, make);
        tree.scan(&["--gitignore"]).after(LIMIT).exits(status);
        check(&tree, &["-q"]).after(LIMIT).exits(status);
    }
}

/// Some bytes that would be read again and again, or grow.
#[test]
fn a_repository_takes_neither_time_nor_memory_without_end() {
    let Some(tree) = clean() else { return };
    git(&tree, &["commit", "--quiet", "--allow-empty", "-m", "m"]);
    let told = |args: &[&str], status: i32, text: &str| {
        let args = [&["-q"], args].concat();
        let run = check(&tree, &args).after(LIMIT).exits(status);
        let all = format!("{}{}", run.stderr_text(), run.stdout_text());
        assert!(all.contains(text), "{all}");
    };

    // A branch that was left and leads to itself.
    let log = tree.path(".git/logs/HEAD");
    let before = fs::read_to_string(&log).unwrap();
    let id = before.split(' ').nth(1).unwrap();
    let line = format!("{id} {id} n <e> 1 +0000\tcheckout: moving from @{{-1}} to x\n");
    fs::write(&log, format!("{before}{line}")).unwrap();
    told(&["--changed-since", "@{-1}"], 2, "no revision");

    // One directory by many names, each of which leads to all of them again.
    let ways = ["../objects", "info/.."];
    let mut names = vec![String::from(".")];
    for _ in 0..6 {
        let longer = |name: &String| ways.map(|way| format!("{name}/{way}"));
        names = names.iter().flat_map(longer).collect();
    }
    tree.file(".git/objects/info/alternates", names.join("\n") + "\n");
    told(&["--changed-since", "HEAD"], 0, "");

    // Files each of which includes the next one thirty times.
    let config = tree.path(".git/config");
    let before = fs::read_to_string(&config).unwrap();
    for number in 0..8 {
        let include = format!("[include]\npath = c{}\n", number + 1);
        tree.file(format!(".git/c{number}"), include.repeat(30));
    }
    tree.file(".git/c8", "");
    fs::write(&config, before + "[include]\npath = c0\n").unwrap();
    told(&[], 3, "too many files are included");
}

fn shell(tree: &Tree, script: &str) {
    let status = Command::new("sh")
        .args(["-ec", script])
        .current_dir(tree.root())
        .env("HOME", tree.root())
        .status();
    assert!(status.unwrap().success(), "{script}");
}

#[test]
fn what_is_tracked_is_judged_in_every_repository() {
    let Some(tree) = clean() else { return };
    let inner = |args: &[&str]| {
        let mut words = vec!["-C", "inner"];
        words.extend(args);
        git(&tree, &words);
    };
    tree.file("inner/.gitignore", "*\n")
        .file("inner/d/forced", "one");
    inner(&["init", "--quiet"]);
    check(&tree, &["-q"]).exits(0);
    inner(&["add", "--force", "d/forced"]);
    let expected = [["original a", "new inner/d/forced"]];
    assert_eq!(findings(&check(&tree, &["-q"]).exits(1)), expected);
    // By another PATH, from somewhere else, and by a list.
    let elsewhere = Tree::new();
    let here = tree.root().to_str().unwrap();
    let from_there = |args: &[&str]| {
        Nodupe::new(elsewhere.root())
            .args(["check", "-q"])
            .args(args)
    };
    from_there(&[here]).exits(1);
    let list = format!("{here}/a\n{here}/inner/d/forced\n");
    from_there(&["--files-from", "-"]).stdin(list).exits(1);
    // Where it counts how many PATHs there are.
    let inside = tree.path("inner");
    let inside = inside.to_str().unwrap();
    tree.file("outer/copy", "one");
    let outer = tree.path("outer");
    from_there(&["--across-roots", inside, outer.to_str().unwrap()]).exits(1);
    // A scan goes by the rules.
    let selected = tree.selected(&["--gitignore", "--min-size", "0"]);
    assert_eq!(selected, strings(&[".gitignore", "a", "b", "outer/copy"]));
}

#[test]
fn a_repository_made_inside_hides_nothing_that_is_tracked_around_it() {
    let Some(tree) = clean() else { return };
    tree.file("d/inner/x/copy", "one");
    git(&tree, &["add", "d"]);
    check(&tree, &["-q"]).exits(1);
    git(&tree, &["init", "--quiet", "d/inner"]);
    tree.file("d/inner/.git/info/exclude", "*\n")
        .file("d/inner/x/other", "two");
    let expected = [["original a", "new d/inner/x/copy"]];
    assert_eq!(findings(&check(&tree, &["-q"]).exits(1)), expected);
    // As a PATH of its own, and in a list.
    check(&tree, &["-q", "a", "d/inner"]).exits(1);
    let list = "a\nd/inner/x/copy\n";
    let listed = check(&tree, &["-q", "--files-from", "-"]).stdin(list);
    listed.exits(1);
}

#[test]
fn what_lies_beside_a_tracked_file_stays_ignored() {
    let Some(tree) = clean() else { return };
    tree.file(".gitignore", "out/\n!out/x/.gitignore\n")
        .file("out/x/forced", "three")
        .file("out/x/other", "one")
        .file("out/y", "two")
        .file("out/x/.gitignore", "!other\n");
    git(&tree, &["add", "--force", "out/x/forced"]);
    check(&tree, &["-q"]).exits(0);
    tree.file("c", "three");
    let run = check(&tree, &["-q"]).exits(1);
    assert_eq!(findings(&run), [["original out/x/forced", "new c"]]);
}

#[test]
fn what_is_tracked_in_another_case_is_tracked_where_case_does_not_matter() {
    let Some(tree) = clean() else { return };
    tree.file("Out/forced", "one").file(".gitignore", "out/\n");
    git(&tree, &["add", "--all", "--force"]);
    git(&tree, &["commit", "-qm", "second"]);
    fs::rename(tree.path("Out"), tree.path("out")).unwrap();
    check(&tree, &["-q"]).exits(0);
    git(&tree, &["config", "core.ignoreCase", "true"]);
    let run = check(&tree, &["-q"]).exits(1);
    assert_eq!(findings(&run), [["original a", "new out/forced"]]);
    check(&tree, &["-q", "--changed-since", "HEAD"]).exits(0);
}
