//! `nodupe check --changed-since` at its edges: what is accepted, ignored,
//! outside of the work tree or in another one.

use std::fs;

use serde_json::Value;

use crate::check::{check, findings, git, repository, verdict};
use crate::harness::{Tree, pattern, permissions_bind};

#[test]
fn an_accepted_file_that_changed_is_no_finding() {
    let Some(tree) = repository() else { return };
    tree.file(
        "nodupe.toml",
        "[[check.allow]]\npaths = [\"fixtures/**\"]\nreason = \"test data\"\n",
    )
    .file("fixtures/copy", pattern(4000, 3));
    let run = check(&tree, &["--changed-since", "HEAD", "-q"]).exits(0);
    assert_eq!(findings(&run), [[""; 0]; 0]);
    assert_eq!(verdict(&run)["new"]["groups"], 0);
}

#[test]
fn code_hosts_are_told_where_files_are_in_the_repository() {
    let Some(tree) = repository() else { return };
    // The project is a part of the repository, and what is scanned is not.
    tree.file("web/nodupe.toml", "").file("other/new", "same");
    tree.files(&["web/new", "web/sub/new"], "same");
    tree.modified("other/new", 1);
    let run = tree
        .nodupe(["check", "--format", "gitlab", "-q"])
        .args(["--changed-since", "HEAD", ".."])
        .within(tree.path("web"))
        .exits(1);
    let report: Value = serde_json::from_slice(&run.stdout).unwrap();
    let issues = report.as_array().unwrap().iter();
    let paths: Vec<_> = issues.map(|i| i["location"]["path"].clone()).collect();
    assert_eq!(paths, ["web/new", "web/sub/new"]);
    let text = &report[0]["description"];
    assert!(
        text.as_str().unwrap().contains("copy of other/new "),
        "{text}"
    );
}

#[test]
fn what_is_named_counts_as_added_even_if_git_ignores_it() {
    let Some(tree) = repository() else { return };
    tree.file(".gitignore", "out/\n")
        .files(&["out/a", "out/b"], "same");
    let since = ["--changed-since", "HEAD", "-q"];
    check(&tree, &since).succeeds();
    let expected = [["original out/a", "new out/b"]];
    let run = check(&tree, &since).args(["out"]).exits(1);
    assert_eq!(findings(&run), expected);
    let run = check(&tree, &since).args([".", "out"]).exits(1);
    assert_eq!(findings(&run), expected);
    let run = check(&tree, &since).within(tree.path("out")).exits(1);
    assert_eq!(findings(&run), expected);
    // As it is where git tracks a file in there.
    tree.file("out/c", "tracked");
    git(&tree, &["add", "--force", "out/c"]);
    let run = check(&tree, &since).args(["out"]).exits(1);
    assert_eq!(findings(&run), expected);
}

#[test]
fn nothing_can_change_where_git_does_not_look() {
    let Some(tree) = repository() else { return };
    let other = Tree::new();
    other.files(&["a", "b"], "same").file("c", pattern(4000, 3));
    let outside = other.root().to_str().unwrap();
    let since = ["--changed-since", "HEAD"];
    let run = check(&tree, &since).args([outside]).exits(2);
    assert!(
        run.stderr_text().contains("no scanned path is in"),
        "{}",
        run.stderr_text()
    );
    // It may be there to be compared with.
    tree.file("copy", pattern(4000, 3));
    let run = check(&tree, &since).args([".", outside]).exits(1);
    assert_eq!(findings(&run).len(), 1);
    let note = format!("{outside} is outside the git work tree");
    assert!(run.stderr_text().contains(&note), "{}", run.stderr_text());
    let run = check(&tree, &since).args(["--reference", outside]).exits(1);
    assert!(!run.stderr_text().contains("outside"));
    // An empty list is an empty scan.
    check(&tree, &since)
        .args(["--files-from", "/dev/null", "--quiet"])
        .succeeds();
}

#[test]
fn a_project_of_several_repositories_knows_what_changed_in_each() {
    if repository().is_none() {
        return;
    }
    let tree = Tree::new();
    tree.file("nodupe.toml", "[scan]\nmin-size = 2\n")
        .file("one/old", "same");
    let one = tree.path("one");
    let one = one.to_str().unwrap();
    git(&tree, &["-C", one, "init", "--quiet"]);
    git(&tree, &["-C", one, "add", "--all"]);
    git(&tree, &["-C", one, "commit", "-qm", "first"]);
    let run = check(&tree, &["--changed-since", "HEAD", "-q"])
        .within(one)
        .succeeds();
    assert!(verdict(&run)["complete"].as_bool().unwrap());
    tree.file("one/new", "same");
    let run = check(&tree, &["--changed-since", "HEAD", "-q"])
        .within(one)
        .exits(1);
    assert_eq!(findings(&run), [["unchanged one/old", "new one/new"]]);
}

#[test]
fn a_work_tree_of_somebody_else_can_be_trusted() {
    if !permissions_bind() {
        return;
    }
    let Some(tree) = repository() else { return };
    let run = check(&tree, &["--changed-since", "HEAD"])
        .by_other_user()
        .exits(2);
    let told = run.stderr_text();
    assert!(told.contains("dubious ownership"), "{told}");
    assert!(told.contains("--add safe.directory"), "{told}");
}

#[test]
fn what_git_tracks_is_judged_even_if_a_rule_ignores_it() {
    let Some(tree) = repository() else { return };
    check(&tree, &["--update-baseline", "-q"]).exits(0);
    tree.file(".gitignore", "out/\n*.tmp\n")
        .file("out/deep/forced", pattern(4000, 3))
        .file("web/copy.tmp", pattern(4000, 3));
    git(&tree, &["add", ".gitignore"]);
    check(&tree, &["-q"]).exits(0);
    git(&tree, &["add", "--force", "out/deep/forced"]);
    let expected = [["original web/unique.png", "new out/deep/forced"]];
    let run = check(&tree, &["-q"]).exits(1);
    assert_eq!(findings(&run), expected);
    git(&tree, &["commit", "--quiet", "--message", "by force"]);
    assert_eq!(findings(&check(&tree, &["-q"]).exits(1)), expected);
    // What leaves a file out leaves this one out.
    for args in [
        &["-q", "web", "assets"][..],
        &["-q", "--exclude", "out"],
        &["-q", "--max-depth", "2"],
        &["-q", "--changed-since", "HEAD"],
    ] {
        check(&tree, args).exits(0);
    }
    // One that is gone is nobody's.
    fs::remove_file(tree.path("out/deep/forced")).unwrap();
    check(&tree, &["-q"]).exits(0);
}

#[test]
fn a_project_file_from_outside_of_the_work_tree_is_told() {
    if repository().is_none() {
        return;
    }
    let tree = Tree::new();
    tree.file("nodupe.toml", "[check]\nmax-groups = 7\n")
        .files(&["inner/a", "inner/b"], "same");
    let inner = tree.path("inner");
    check(&tree, &["--quiet"]).within(&inner).succeeds();
    tree.dir("inner/.git");
    for (args, told) in [
        (&["--no-gitignore"][..], true),
        (&["--no-gitignore", "--config", "../nodupe.toml"], false),
        (&["--no-gitignore", "--quiet"], false),
    ] {
        let run = check(&tree, args).within(&inner).exits(0);
        let is_told = run.stderr_text().contains("outside the git work tree");
        assert_eq!(is_told, told, "{args:?}: {}", run.stderr_text());
    }
    // Inside of it that is not told.
    tree.dir(".git");
    fs::remove_dir(inner.join(".git")).unwrap();
    let run = check(&tree, &["--no-gitignore"]).within(&inner).exits(0);
    let told = run.stderr_text();
    assert!(!told.contains("outside"), "{told}");
}
