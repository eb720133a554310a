//! `[[check.same]]`: copies that must stay identical.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::check::{check, findings, verdict};
use crate::harness::{Run, Tree, permissions_bind};

/// A project with these patterns in a rule.
fn project(paths: &str) -> Tree {
    let tree = Tree::new();
    tree.file(
        "nodupe.toml",
        format!("[[check.same]]\npaths = [{paths}]\nreason = \"one licence\"\n"),
    )
    .files(&["LICENSE", "p/a/LICENSE", "p/b/LICENSE"], "the licence")
    .file("p/a/code", "fn main() {}");
    tree
}

/// The messages of the issues about files that differ.
fn issues(run: &Run) -> Vec<String> {
    let verdict = verdict(run);
    let issues = verdict["issues"].as_array().unwrap().iter();
    issues
        .filter(|issue| issue["rule"] == "different-copy")
        .inspect(|issue| assert_eq!(issue["severity"], "error"))
        .map(|issue| issue["message"].as_str().unwrap().to_owned())
        .collect()
}

const LISTED: &str = r#""LICENSE", "p/a/LICENSE", "p/b/LICENSE""#;
const GLOBS: &str = r#""LICENSE", "p/*/LICENSE""#;

#[test]
fn identical_copies_pass_and_are_accepted() {
    for paths in [LISTED, GLOBS, r#""*ICENSE""#] {
        let tree = project(paths);
        let run = check(&tree, &[]).succeeds();
        assert_eq!(verdict(&run)["accepted_groups"], 1, "{paths}");
        // The baseline need not list them.
        let run = check(&tree, &["--update-baseline"]).exits(0);
        assert!(
            run.stderr_text().contains("0 files"),
            "{}",
            run.stderr_text()
        );
        // Another copy of them is not accepted.
        tree.file("src/LICENCE", "the licence");
        let run = check(&tree, &[]).exits(1);
        let expected = [
            "same LICENSE",
            "same p/a/LICENSE",
            "same p/b/LICENSE",
            "new src/LICENCE",
        ];
        assert_eq!(findings(&run), [expected], "{paths}");
        let file = &verdict(&run)["findings"][0]["files"][0];
        assert_eq!(file["reason"], "one licence");
    }
}

#[test]
fn a_difference_fails_in_every_format() {
    for paths in [LISTED, GLOBS] {
        let tree = project(paths);
        tree.file("p/b/LICENSE", "another one");
        let run = check(&tree, &[]).exits(1);
        assert_eq!(
            issues(&run),
            [
                "p/b/LICENSE differs from LICENSE, but [[check.same]] requires them to be \
              identical (one licence)."
            ]
        );
        assert_eq!(verdict(&run)["within"], Value::Bool(false));
        let part = check(&tree, &["p/a", "--min-size", "1M"]).exits(1);
        assert_eq!(issues(&part).len(), 1, "the whole project counts");
        for format in ["table", "github", "gitlab", "sarif", "junit", "markdown"] {
            let run = tree.nodupe(["check", "-f", format]).exits(1);
            let text = run.stdout_text();
            assert!(text.contains("p/b/LICENSE"), "{format}: {text}");
            let plain = text.replace('`', "");
            assert!(plain.contains("differs from LICENSE"), "{format}: {text}");
        }
    }
}

#[test]
fn what_is_missing_is_an_issue() {
    let tree = project(LISTED);
    fs::remove_file(tree.path("LICENSE")).unwrap();
    fs::remove_file(tree.path("p/a/LICENSE")).unwrap();
    let run = check(&tree, &[]).exits(1);
    let missing =
        |name: &str| format!("{name} is missing, but [[check.same]] lists it (one licence).");
    assert_eq!(issues(&run), [missing("LICENSE"), missing("p/a/LICENSE")]);
    fs::create_dir(tree.path("LICENSE")).unwrap();
    let run = check(&tree, &[]).exits(1);
    assert!(issues(&run)[0].starts_with("LICENSE is no regular file"));
    let tree = project(r#""LICENSE", "q/*/LICENSE""#);
    let run = check(&tree, &[]).exits(1);
    assert_eq!(issues(&run), [missing("'q/*/LICENSE'")]);
}

#[test]
fn links_and_names_of_one_file_are_identical() {
    let tree = project(LISTED);
    fs::remove_file(tree.path("p/a/LICENSE")).unwrap();
    symlink("../../LICENSE", tree.path("p/a/LICENSE")).unwrap();
    fs::remove_file(tree.path("p/b/LICENSE")).unwrap();
    fs::hard_link(tree.path("LICENSE"), tree.path("p/b/LICENSE")).unwrap();
    let run = check(&tree, &[]).succeeds();
    assert_eq!(issues(&run), [""; 0]);
    // A link to nothing is missing.
    fs::remove_file(tree.path("LICENSE")).unwrap();
    let run = check(&tree, &[]).exits(1);
    assert_eq!(issues(&run).len(), 2, "{:?}", issues(&run));
}

#[test]
fn empty_files_hidden_ones_and_odd_names_take_part() {
    let tree = Tree::new();
    tree.file(
        "nodupe.toml",
        "[[check.same]]\npaths = [\".a\", \"b\"]\n\
         [[check.same]]\npaths = [\"x y/it's\", \"-d\"]\n",
    )
    .files(&[".a", "b"], "")
    .file("x y/it's", "1")
    .file("-d", "2");
    let run = check(&tree, &[]).exits(1);
    assert_eq!(
        issues(&run),
        ["./-d differs from \"x y/it's\", but [[check.same]] requires them to be identical."]
    );
    tree.file("b", "no longer empty");
    assert_eq!(issues(&check(&tree, &[]).exits(1)).len(), 2);
}

#[test]
fn a_copy_that_cannot_be_read_is_no_pass() {
    if !permissions_bind() {
        return;
    }
    let tree = project(LISTED);
    tree.mode("p/b/LICENSE", 0);
    let run = tree.nodupe(["check"]).by_other_user().exits(3);
    assert!(
        run.stderr_text().contains("p/b/LICENSE"),
        "{}",
        run.stderr_text()
    );
}
