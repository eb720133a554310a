//! `nodupe check --directories`: a new copy of a directory is one issue.

use serde_json::Value;

use crate::check::{check, findings, verdict};
use crate::harness::Tree;

/// `b` is a new copy of `a`.
fn copies() -> Tree {
    let tree = Tree::new();
    for side in ["a", "b"] {
        tree.file(format!("{side}/one"), "first")
            .file(format!("{side}/sub/two"), "second")
            .file(format!("{side}/sub/three"), "third");
    }
    tree.file("alone", "alone").file("nodupe.toml", "");
    tree
}

fn issues(tree: &Tree, args: &[&str], status: i32) -> Vec<[String; 2]> {
    let verdict = verdict(&check(tree, args).exits(status));
    let issues = verdict["issues"].as_array().unwrap().iter();
    issues
        .map(|issue| ["rule", "path"].map(|field| issue[field].as_str().unwrap().to_owned()))
        .collect()
}

#[test]
fn a_new_copy_of_a_directory_is_one_issue_in_every_format() {
    let tree = copies();
    assert_eq!(issues(&tree, &[], 1).len(), 3);
    let found = issues(&tree, &["--directories"], 1);
    assert_eq!(found, [["duplicate-directory", "b/"].map(str::to_owned)]);
    let run = check(&tree, &["--directories"]).exits(1);
    assert_eq!(findings(&run), [["original a/", "new b/"]]);
    let report = verdict(&run);
    assert_eq!(report["findings"][0]["directory_files"], 3);
    assert_eq!(report["new"]["duplicates"], 1);
    assert_eq!(report["new"]["reclaimable_bytes"], 16);
    for format in ["table", "junit", "sarif", "gitlab", "github", "markdown"] {
        let run = tree
            .nodupe(["check", "--directories", "--format", format])
            .exits(1);
        let text = run.stdout_text();
        assert!(text.contains("b/"), "{format}: {text}");
        assert!(!text.contains("b/sub"), "{format}: {text}");
        assert!(!text.contains("b/one"), "{format}: {text}");
    }
    let text = tree
        .nodupe(["check", "--directories"])
        .exits(1)
        .stdout_text();
    assert!(
        text.contains("1 new copy of a directory (3 files, 16 B)"),
        "{text}"
    );
    assert!(text.contains("fix       rm -r b/"), "{text}");
}

#[test]
fn budgets_count_a_directory_once() {
    let tree = copies();
    for (limit, status) in [
        (&["--max-duplicates", "1"][..], 0),
        (&["--max-duplicates", "0"], 1),
        (&["--max-groups", "1"], 0),
        (&["--max-reclaimable", "15"], 1),
    ] {
        check(&tree, &[limit, &["--directories"]].concat()).exits(status);
    }
    check(&tree, &["--max-duplicates", "1"]).exits(1);
}

#[test]
fn what_accepts_files_accepts_directories() {
    let tree = copies();
    tree.file(
        "nodupe.toml",
        "[check]\ndirectories = true\n[[check.allow]]\npaths = [\"a/\", \"b/\"]\nreason = \"vendored\"\n",
    );
    check(&tree, &[]).exits(0);
    tree.file("nodupe.toml", "[check]\ndirectories = true\n");
    assert_eq!(issues(&tree, &[], 1).len(), 1);
    // The baseline lists files, whether directories are compared or not.
    check(&tree, &["--update-baseline"]).exits(0);
    check(&tree, &[]).exits(0);
    check(
        &tree,
        &["--no-config", "--baseline", ".nodupe-baseline.json"],
    )
    .exits(0);
    // A third copy is new, beside two that are accepted.
    for (below, content) in [
        ("one", "first"),
        ("sub/two", "second"),
        ("sub/three", "third"),
    ] {
        tree.file(format!("c/{below}"), content);
    }
    let run = check(&tree, &[]).exits(1);
    assert_eq!(findings(&run), [["baseline a/", "baseline b/", "new c/"]]);
}

#[test]
fn a_digest_accepts_every_copy_of_a_directory_and_no_changed_one() {
    let tree = copies();
    let allow = |hash: &str| {
        let report = verdict(&check(&tree, &["--directories", "--hash", hash]).exits(1));
        let digest = report["findings"][0]["digest"].as_str().unwrap();
        format!(
            "[check]\ndirectories = true\n[[check.allow]]\ndigests = [{digest:?}]\nreason = \"vendored\"\n"
        )
    };
    // It has one length, whatever the hash of files.
    let rules = [allow("xxh3"), allow("blake3")];
    for (rule, hash) in rules.iter().zip(["xxh3", "blake3"]) {
        tree.file("nodupe.toml", rule);
        let run = check(&tree, &["--hash", hash]).exits(0);
        assert!(!run.stderr_text().contains("matches nothing"));
    }
    let [_, allow] = rules;
    for (below, content) in [
        ("one", "first"),
        ("sub/two", "second"),
        ("sub/three", "third"),
    ] {
        tree.file(format!("c/{below}"), content);
    }
    check(&tree, &[]).exits(0);
    // A copy of one file is new beside those that are accepted.
    tree.file("other", "second");
    let run = check(&tree, &[]).exits(1);
    assert_eq!(
        issues(&tree, &[], 1),
        [["duplicate-file", "other"].map(str::to_owned)]
    );
    assert!(
        findings(&run)[0].contains(&"allowed a/sub/two".to_owned()),
        "{:?}",
        findings(&run)
    );
    std::fs::remove_file(tree.path("other")).unwrap();
    // With something more in it, it is another directory.
    for dir in ["a", "b", "c"] {
        tree.file(format!("{dir}/more"), "more");
    }
    check(&tree, &[]).exits(1);
    // Files are not accepted where directories are not compared.
    for dir in ["a", "b", "c"] {
        std::fs::remove_file(tree.path(format!("{dir}/more"))).unwrap();
    }
    tree.file("nodupe.toml", allow.replace("true", "false"));
    check(&tree, &[]).exits(1);
}

#[test]
fn files_are_reported_where_no_directory_is_the_copy() {
    let tree = copies();
    tree.file("other", "second").file("b/more", "more");
    let found = issues(&tree, &["--directories"], 1);
    let rules: Vec<&str> = found.iter().map(|issue| issue[0].as_str()).collect();
    // `a/sub` and `b/sub` are copies, one file of which is elsewhere too.
    assert!(rules.contains(&"duplicate-directory"), "{found:?}");
    assert!(rules.contains(&"duplicate-file"), "{found:?}");
    assert!(
        found.contains(&["duplicate-directory", "b/sub/"].map(str::to_owned)),
        "{found:?}"
    );
}

#[test]
fn what_git_tracks_is_removed_with_git() {
    let tree = copies();
    let git = |args: &[&str]| {
        let run = std::process::Command::new("git")
            .args(args)
            .current_dir(tree.root())
            .output();
        run.is_ok_and(|output| output.status.success())
    };
    if !(git(&["init", "-q"]) && git(&["add", "."])) {
        crate::harness::skipped("git is missing");
        return;
    }
    let run = check(&tree, &["--directories"]).exits(1);
    let report: Value = verdict(&run);
    assert_eq!(report["issues"][0]["fix"], "git rm -rf b/");
}
