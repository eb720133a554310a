//! `nodupe check`: exit statuses, budgets, the baseline, and what changed
//! since a revision.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Nodupe, Run, Tree, pattern, permissions_bind, skipped};

const BASELINE: &str = ".nodupe-baseline.json";

pub(crate) fn check(tree: &Tree, args: &[&str]) -> Nodupe {
    tree.nodupe(["check", "--format", "json"]).args(args)
}

pub(crate) fn verdict(run: &Run) -> Value {
    serde_json::from_slice(&run.stdout).unwrap()
}

/// Each file of each finding, with its status, or with what accepts it.
pub(crate) fn findings(run: &Run) -> Vec<Vec<String>> {
    let verdict = verdict(run);
    let findings = verdict["findings"].as_array().unwrap().iter();
    let mut findings: Vec<Vec<String>> = findings
        .map(|finding| {
            let files = finding["files"].as_array().unwrap().iter();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            files
                .map(|file| {
                    let status = match &file["accepted_by"] {
                        Value::Null => &file["status"],
                        by => by,
                    };
                    format!("{} {}", text(status), text(&file["path"]))
                })
                .collect()
        })
        .collect();
    findings.sort();
    findings
}

fn stale(run: &Run) -> Vec<String> {
    let verdict = verdict(run);
    let stale = verdict["stale"].as_array().unwrap().iter();
    stale
        .map(|entry| entry["path"].as_str().unwrap().to_owned())
        .collect()
}

fn assets() -> Tree {
    let tree = Tree::new();
    tree.files(
        &["assets/a.png", "assets/b.png", "web/a.png"],
        pattern(4000, 1),
    )
    .files(&["assets/c.png", "web/c.png"], pattern(20_000, 2))
    .file("web/unique.png", pattern(4000, 3));
    for file in [
        "assets/a.png",
        "assets/b.png",
        "assets/c.png",
        "web/a.png",
        "web/c.png",
        "web/unique.png",
    ] {
        tree.modified(file, 1_700_000_000);
    }
    tree
}

#[test]
fn any_duplicate_fails_where_nothing_else_was_said() {
    let tree = assets();
    let run = check(&tree, &[]).exits(1);
    assert_eq!(
        findings(&run),
        [
            vec!["original web/a.png", "new assets/a.png", "new assets/b.png"],
            vec!["original web/c.png", "new assets/c.png"],
        ]
    );
    assert_eq!(run.stderr_text(), "");
    let tree = Tree::new();
    tree.file("a", "one").file("b", "two");
    let run = check(&tree, &[]).succeeds();
    assert_eq!(verdict(&run)["within"], Value::Bool(true));
}

#[test]
fn budgets_put_up_with_as_much_as_they_say() {
    // Two groups, three new files, 28,000 bytes.
    let tree = assets();
    for (args, status) in [
        (&["--max-groups", "2"][..], 0),
        (&["--max-groups", "1"], 1),
        (&["--max-groups", "0"], 1),
        (&["--max-duplicates", "3"], 0),
        (&["--max-duplicates", "2"], 1),
        (&["--max-reclaimable", "28000"], 0),
        (&["--max-reclaimable", "27999"], 1),
        (&["--max-reclaimable", "28k"], 0),
        (&["--max-groups", "2", "--max-reclaimable", "1k"], 1),
        (&["--max-groups", "9", "--max-duplicates", "3"], 0),
    ] {
        let run = check(&tree, args).run();
        assert_eq!(run.status.code(), Some(status), "{args:?}");
        assert_eq!(
            verdict(&run)["within"],
            Value::Bool(status == 0),
            "{args:?}"
        );
        // What is put up with is still told.
        assert_eq!(findings(&run).len(), 2, "{args:?}");
    }
}

#[test]
fn wrong_arguments_and_wrong_baselines_are_no_verdict() {
    let tree = assets();
    tree.file("wrong.json", "{}")
        .file("md5.json", r#"{"version":1,"hash":"md5","groups":[]}"#);
    for (args, word) in [
        (&["--max-groups", "x"][..], "max-groups"),
        (&["--max-reclaimable", "lots"], "--max-reclaimable"),
        (&["--report", "sarif"], "has no file name"),
        (&["--report", "pdf=x"], "invalid format"),
        (
            &["--report", "json=x", "--report", "junit=x"],
            "two reports",
        ),
        (
            &["--baseline", "none.json"],
            "the baseline none.json does not exist",
        ),
        (&["--baseline", "wrong.json"], "is not a valid baseline"),
        (&["--baseline", "md5.json"], "--hash md5"),
        (&["--baseline", "assets"], "cannot read the baseline"),
        (
            &["--update-baseline", "--changed-since", "HEAD"],
            "cannot be used together",
        ),
        (&["--changed-since", "HEAD"], "--changed-since"),
        (&["no-such-directory"], "cannot scan"),
    ] {
        let run = check(&tree, args).exits(2);
        assert!(
            run.stderr_text().contains(word),
            "{args:?}: {}",
            run.stderr_text()
        );
        assert!(run.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn what_cannot_be_read_is_no_pass_but_too_many_are_too_many() {
    if !permissions_bind() {
        return;
    }
    let tree = Tree::new();
    tree.files(&["secret", "open"], "same").mode("secret", 0);
    let check = |tree: &Tree| tree.nodupe(["check"]).by_other_user();
    let run = check(&tree).exits(3);
    assert!(
        run.stderr_text().contains("secret"),
        "{}",
        run.stderr_text()
    );
    tree.files(&["x", "y"], "too many");
    check(&tree).exits(1);
}

#[test]
fn what_the_baseline_lists_is_accepted_and_nothing_else() {
    let tree = assets();
    let run = check(&tree, &["--update-baseline"]).exits(0);
    assert!(
        run.stderr_text()
            .contains("5 files, 2 groups (5 added, 0 dropped)"),
        "{}",
        run.stderr_text()
    );
    assert_eq!(findings(&run), [[""; 0]; 0]);
    let text = fs::read_to_string(tree.path(BASELINE)).unwrap();
    assert!(text.contains("\n        \"assets/b.png\","), "{text}");
    let run = check(&tree, &[]).succeeds();
    assert_eq!(verdict(&run)["accepted_groups"], 2);
    // From anywhere in the project, if it knows its root.
    // A new path that joins an accepted group is named.
    tree.file("new.png", pattern(4000, 1));
    let run = check(&tree, &[]).exits(1);
    assert_eq!(
        findings(&run),
        [[
            "baseline web/a.png",
            "baseline assets/a.png",
            "baseline assets/b.png",
            "new new.png"
        ]]
    );
    assert_eq!(verdict(&run)["new"]["duplicates"], 1);
    // Other content under accepted names is not accepted.
    fs::remove_file(tree.path("new.png")).unwrap();
    tree.files(&["assets/c.png", "web/c.png"], pattern(20_000, 9))
        .modified("assets/c.png", 5)
        .modified("web/c.png", 5);
    let run = check(&tree, &[]).exits(1);
    assert_eq!(findings(&run), [["original web/c.png", "new assets/c.png"]]);
    assert_eq!(stale(&run), ["assets/c.png", "web/c.png"]);
}

#[test]
fn writing_the_same_baseline_again_changes_nothing() {
    let tree = assets();
    check(&tree, &["--update-baseline"]).exits(0);
    let baseline = tree.path(BASELINE);
    let before = (fs::read(&baseline).unwrap(), tree.ino(BASELINE));
    let run = check(&tree, &["--update-baseline"]).exits(0);
    assert!(
        run.stderr_text().contains("is up to date"),
        "{}",
        run.stderr_text()
    );
    assert_eq!((fs::read(&baseline).unwrap(), tree.ino(BASELINE)), before);
    let left: Vec<_> = fs::read_dir(tree.root()).unwrap().collect();
    assert_eq!(left.len(), 3, "no temporary file stays behind");
}

#[test]
fn stale_entries_are_told_and_can_be_denied() {
    let tree = assets();
    check(&tree, &["--update-baseline"]).exits(0);
    check(&tree, &["--deny-stale"]).succeeds();
    fs::remove_file(tree.path("web/c.png")).unwrap();
    let run = check(&tree, &[]).exits(0);
    assert_eq!(stale(&run), ["assets/c.png", "web/c.png"]);
    check(&tree, &["--deny-stale"]).exits(1);
    // A scan of a part says nothing of the rest, where its duplicates may be.
    let run = check(&tree, &["assets"]).exits(0);
    assert_eq!(stale(&run), [""; 0]);
    let run = check(&tree, &["web"]).exits(0);
    assert_eq!(stale(&run), ["web/c.png"]);
    let run = check(&tree, &["--update-baseline"]).exits(0);
    assert!(
        run.stderr_text().contains("(0 added, 2 dropped)"),
        "{}",
        run.stderr_text()
    );
    check(&tree, &["--deny-stale"]).succeeds();
}

#[test]
fn a_part_of_the_project_leaves_the_rest_of_the_baseline_alone() {
    let tree = assets();
    check(&tree, &["--update-baseline"]).exits(0);
    let before = fs::read_to_string(tree.path(BASELINE)).unwrap();
    // Only a file of its own has a duplicate below `assets`.
    check(&tree, &["--update-baseline", "assets"]).exits(0);
    let after = fs::read_to_string(tree.path(BASELINE)).unwrap();
    assert_eq!(before, after);
    // What was selected is a part, too.
    tree.nodupe(["check", "--update-baseline", "--max-size", "10k"])
        .exits(0);
    let after = fs::read_to_string(tree.path(BASELINE)).unwrap();
    assert!(after.contains("web/c.png"), "{after}");
}

#[test]
fn hostile_names_survive_the_baseline() {
    let tree = Tree::new();
    let names: [&[u8]; 4] = [b"a\nb", b"\xff\xfe", b"c\"d\\", "ü \u{202e}".as_bytes()];
    for name in names {
        tree.file(OsStr::from_bytes(name), "same");
    }
    check(&tree, &[]).exits(1);
    check(&tree, &["--update-baseline"]).exits(0);
    check(&tree, &["--deny-stale"]).succeeds();
    fs::rename(
        tree.path(OsStr::from_bytes(b"\xff\xfe")),
        tree.path(OsStr::from_bytes(b"\xff\xfd")),
    )
    .unwrap();
    let run = check(&tree, &[]).exits(1);
    assert_eq!(verdict(&run)["new"]["duplicates"], 1);
    assert_eq!(stale(&run).len(), 1);
}

#[test]
fn what_a_check_writes_itself_is_no_duplicate() {
    let tree = Tree::new();
    tree.file("a", "content");
    for _ in 0..2 {
        tree.nodupe(["check", "--no-config", "-f", "json", "-o", "one.json"])
            .args(["--report", "json=two.json", "--report", "junit=three.xml"])
            .exits(0);
    }
    assert!(tree.path("three.xml").exists());
    let one = fs::read(tree.path("one.json")).unwrap();
    assert_eq!(one, fs::read(tree.path("two.json")).unwrap());
    // The baseline's copy is a duplicate of it, but not the baseline.
    tree.files(&["x", "y"], "same");
    tree.nodupe(["check", "--update-baseline"]).exits(0);
    fs::copy(tree.path(BASELINE), tree.path("copy.json")).unwrap();
    tree.nodupe(["check", "--exclude", "one.json"]).exits(0);
}

#[test]
fn failing_fast_ends_with_the_first_group_that_is_too_many() {
    let tree = assets();
    let run = check(&tree, &["--fail-fast"]).exits(1);
    assert_eq!(findings(&run).len(), 1);
    assert_eq!(verdict(&run)["stopped_early"], Value::Bool(true));
    assert_eq!(verdict(&run)["interrupted"], Value::Bool(false));
    let run = check(&tree, &["--fail-fast", "--max-groups", "1"]).exits(1);
    assert_eq!(findings(&run).len(), 2);
    // Within the budget it goes on to the end.
    let run = check(&tree, &["--fail-fast", "--max-groups", "2"]).exits(0);
    assert_eq!(verdict(&run)["stopped_early"], Value::Bool(false));
    assert_eq!(verdict(&run)["complete"], Value::Bool(true));
}

#[test]
fn references_are_originals_that_nothing_may_copy() {
    let tree = assets();
    let run = check(&tree, &["web", "--reference", "assets"]).exits(1);
    assert_eq!(
        findings(&run),
        [
            vec![
                "reference assets/a.png",
                "reference assets/b.png",
                "new web/a.png"
            ],
            vec!["reference assets/c.png", "new web/c.png"],
        ]
    );
}

#[test]
fn originals_that_are_not_reported_stay_in_the_baseline() {
    let tree = Tree::new();
    tree.files(&["ref/a", "ref/b"], "same");
    check(&tree, &["--update-baseline"]).exits(0);
    let before = fs::read(tree.path(BASELINE)).unwrap();
    // A group of references alone is not reported, whatever it has.
    check(&tree, &["--reference", "ref", "--deny-stale"]).succeeds();
    check(&tree, &["--reference", "ref", "--update-baseline"]).exits(0);
    assert_eq!(fs::read(tree.path(BASELINE)).unwrap(), before);
    fs::remove_file(tree.path("ref/b")).unwrap();
    let run = check(&tree, &["--reference", "ref", "--deny-stale"]).exits(1);
    assert_eq!(stale(&run), ["ref/b"]);
}

#[test]
fn no_report_takes_the_place_of_another_file_of_the_check() {
    let tree = assets();
    check(&tree, &["--update-baseline"]).exits(0);
    let before = fs::read(tree.path(BASELINE)).unwrap();
    std::os::unix::fs::symlink("one.json", tree.path("link")).unwrap();
    for (args, word) in [
        (&["-o", BASELINE][..], "the baseline"),
        (
            &["--update-baseline", "-o", "web/../.nodupe-baseline.json"],
            "the baseline",
        ),
        (
            &["--report", "junit=./.nodupe-baseline.json"],
            "the baseline",
        ),
        (
            &["-o", "one.json", "--report", "junit=./one.json"],
            "written to one file",
        ),
        (
            &["--report", "json=link", "--report", "junit=one.json"],
            "written to one file",
        ),
    ] {
        let run = check(&tree, args).exits(2);
        assert!(
            run.stderr_text().contains(word),
            "{args:?}: {}",
            run.stderr_text()
        );
        assert_eq!(fs::read(tree.path(BASELINE)).unwrap(), before, "{args:?}");
        assert_eq!(fs::read_dir(tree.root()).unwrap().count(), 4, "{args:?}");
    }
    // Names of one file are two files once one of them is replaced.
    tree.file("one.json", "");
    fs::hard_link(tree.path("one.json"), tree.path("two.xml")).unwrap();
    check(
        &tree,
        &["-o", "one.json", "--report", "junit=two.xml", "assets"],
    )
    .exits(0);
    let two = fs::read_to_string(tree.path("two.xml")).unwrap();
    assert!(two.starts_with("<?xml"), "{two}");
}

#[test]
fn of_two_updates_at_once_neither_loses_what_the_other_wrote() {
    let tree = assets();
    tree.fifo("waits");
    let update = |args: &[&str]| check(&tree, &["--update-baseline"]).args(args);
    // It has read the baseline when the report's file is there, and waits for
    // somebody to read the other report.
    let child = update(&["web", "assets", "-o", "report", "--report", "json=waits"]).spawn();
    let temporary = || {
        let names = fs::read_dir(tree.root()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name());
        names
            .filter(|name| name.to_string_lossy().ends_with(".tmp"))
            .count()
    };
    while temporary() == 0 {
        std::thread::sleep(Duration::from_millis(2));
    }
    // The baseline's comes last: until the scan, nothing clears it away.
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(temporary(), 1);
    update(&["assets"]).exits(0);
    update(&["web", "assets", "--max-size", "10k"]).exits(0);
    let other = fs::read(tree.path(BASELINE)).unwrap();
    fs::read(tree.path("waits")).unwrap();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("changed during the scan"), "{told}");
    assert_eq!(fs::read(tree.path(BASELINE)).unwrap(), other);
    assert_eq!(temporary(), 0);
}

#[test]
fn a_named_link_says_nothing_of_the_file_it_leads_to() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same").symlink("a", "link");
    check(&tree, &["--update-baseline"]).exits(0);
    let run = check(&tree, &["link", "b"]).exits(1);
    assert_eq!(findings(&run), [["baseline b", "new link"]]);
    assert_eq!(stale(&run), [""; 0]);
    check(&tree, &["link", "b", "--update-baseline"]).exits(0);
    check(&tree, &["."]).succeeds();
}

pub(crate) fn git(tree: &Tree, args: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=n", "-c", "user.email=e@example.org"])
        .args([
            "-c",
            "commit.gpgsign=false",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(args)
        .current_dir(tree.root())
        .env("HOME", tree.root())
        .env_remove("XDG_CONFIG_HOME")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {output:?}");
}

/// A repository whose first commit has duplicates already.
pub(crate) fn repository() -> Option<Tree> {
    if Command::new("git").arg("--version").output().is_err() {
        skipped("no git to make a repository with");
        return None;
    }
    let tree = assets();
    git(&tree, &["init", "--quiet"]);
    git(&tree, &["add", "--all"]);
    git(&tree, &["commit", "--quiet", "--message", "first"]);
    Some(tree)
}

#[test]
fn only_what_a_branch_adds_is_held_against_it() {
    let Some(tree) = repository() else { return };
    let since = ["--changed-since", "main", "--quiet"];
    let run = check(&tree, &since).exits(0);
    assert_eq!(verdict(&run)["unchanged_groups"], 2);
    git(&tree, &["checkout", "--quiet", "-b", "topic"]);
    tree.file("web/icon.png", pattern(4000, 3));
    let expected = [["unchanged web/unique.png", "new web/icon.png"]];
    // Not known to git yet, staged, committed: all the same.
    for step in [
        &["status"][..],
        &["add", "--all"],
        &["commit", "-qm", "icon"],
    ] {
        git(&tree, step);
        let run = check(&tree, &since).exits(1);
        assert_eq!(findings(&run), expected, "{step:?}");
    }
    // What main gained since is not this branch's doing.
    git(&tree, &["checkout", "--quiet", "main"]);
    tree.files(&["m1", "m2"], "on main");
    git(&tree, &["add", "--all"]);
    git(&tree, &["commit", "-qm", "on main"]);
    git(&tree, &["checkout", "--quiet", "topic"]);
    let run = check(&tree, &since).exits(1);
    assert_eq!(findings(&run), expected);
    // A file that changed counts where it is now.
    git(&tree, &["rm", "-q", "web/icon.png"]);
    tree.file("web/unique.png", pattern(20_000, 2));
    let run = check(&tree, &since).exits(1);
    assert_eq!(
        findings(&run),
        [[
            "unchanged web/c.png",
            "unchanged assets/c.png",
            "new web/unique.png"
        ]]
    );
    // From a subdirectory, paths are still those of the whole project.
    git(&tree, &["config", "diff.relative", "true"]);
    let run = check(&tree, &since).within(tree.path("web")).exits(1);
    let expected = [["unchanged web/c.png", "new web/unique.png"]];
    assert_eq!(findings(&run), expected);
}

#[test]
fn before_the_first_commit_everything_is_new() {
    if repository().is_none() {
        return;
    }
    let tree = assets();
    git(&tree, &["init", "--quiet"]);
    git(&tree, &["add", "assets"]);
    let run = check(&tree, &["--changed-since", "HEAD", "-q"]).exits(1);
    assert_eq!(verdict(&run)["new"]["duplicates"], 3);
    let run = check(&tree, &["--changed-since", "main~1", "-q"]).exits(2);
    assert!(
        run.stderr_text().contains("no revision"),
        "{}",
        run.stderr_text()
    );
}

#[test]
fn revisions_that_are_none_are_named() {
    let Some(tree) = repository() else { return };
    for revision in ["nowhere", "-x", "--all", "main:web"] {
        let revision = format!("--changed-since={revision}");
        let run = check(&tree, &[&revision]).exits(2);
        assert!(
            run.stderr_text().contains("git knows no revision"),
            "{}",
            run.stderr_text()
        );
    }
    git(&tree, &["checkout", "--quiet", "--orphan", "other"]);
    git(&tree, &["commit", "-qm", "unrelated"]);
    let run = check(&tree, &["--changed-since", "main"]).exits(2);
    assert!(
        run.stderr_text().contains("no common ancestor"),
        "{}",
        run.stderr_text()
    );
}

#[test]
fn what_git_ignores_is_left_out_and_that_is_said() {
    let Some(tree) = repository() else { return };
    check(&tree, &["--update-baseline", "--quiet"]).exits(0);
    tree.file(".gitignore", "out/\n")
        .file("out/copy", pattern(4000, 3));
    check(&tree, &[]).succeeds();
    let run = check(&tree, &["--verbose"]).exits(0);
    assert!(
        run.stderr_text().contains("--no-gitignore"),
        "{}",
        run.stderr_text()
    );
    let run = check(&tree, &["--no-gitignore", "--exclude", ".git"]).exits(1);
    assert_eq!(run.stderr_text(), "");
    assert_eq!(
        findings(&run),
        [["original web/unique.png", "new out/copy"]]
    );
}

#[test]
fn a_baseline_belongs_to_the_root_of_its_project() {
    let Some(tree) = repository() else { return };
    // Written from below, it is still the project's.
    check(&tree, &["--update-baseline", "..", "-q"])
        .within(tree.path("web"))
        .exits(0);
    assert!(tree.path(BASELINE).exists());
    check(&tree, &["-q", "--deny-stale"]).succeeds();
    // By way of a symbolic link to the project, as well.
    let link = tree.beside("link");
    std::os::unix::fs::symlink(tree.root(), &link).unwrap();
    check(&tree, &["-q", "--deny-stale"])
        .within(&link)
        .succeeds();
    fs::remove_file(link).unwrap();
}

#[test]
fn a_closed_pipe_changes_no_verdict() {
    let tree = assets();
    for index in 0..400 {
        tree.files(
            &[&format!("n/{index}a"), &format!("n/{index}b")],
            format!("n{index}"),
        );
    }
    let script = format!(
        "{} check 2>&1 | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}",
        crate::harness::BINARY
    );
    let status = Command::new("bash")
        .args(["-c", &script])
        .current_dir(tree.root())
        .status();
    match status {
        Ok(status) => assert_eq!(status.code(), Some(1)),
        Err(_) => skipped("no bash to make a pipe with"),
    }
}

#[test]
fn a_check_that_passes_says_one_line() {
    let Some(tree) = repository() else { return };
    for (args, part) in [
        (
            &["--max-groups", "2"][..],
            "within the budget (--verbose lists them)",
        ),
        (
            &["--exclude", "web", "--exclude", "b.png"],
            "OK · no new duplicates · ",
        ),
    ] {
        let run = tree.nodupe(["check"]).args(args).succeeds();
        assert_eq!(run.lines().len(), 1, "{args:?}: {}", run.stdout_text());
        assert!(run.stdout_text().contains(part), "{}", run.stdout_text());
    }
    // What it keeps to itself can be had, without advice.
    let run = tree.nodupe(["check", "-v", "--max-groups", "2"]).exits(0);
    assert!(
        run.stdout_text().contains("new       assets/b.png"),
        "{}",
        run.stdout_text()
    );
    assert!(!run.stdout_text().contains("fix "), "{}", run.stdout_text());
}

#[test]
fn the_commands_of_a_check_make_it_pass() {
    let Some(tree) = repository() else { return };
    // One that a pattern of git's would confuse with another, and one that git
    // does not know.
    tree.file("web/*.png", pattern(4000, 3))
        .file("it's new", pattern(4000, 3));
    git(&tree, &["add", "web/*.png"]);
    git(&tree, &["commit", "-qm", "pattern"]);
    let web = tree.path("web");
    let run = tree.nodupe(["check", ".."]).within(&web).exits(1);
    let table = run.stdout_text();
    let fixes: Vec<&str> = table
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("fix "))
        .map(str::trim)
        .collect();
    assert_eq!(fixes.len(), 4, "{table}");
    let script = format!("set -e; {}", fixes.join("; "));
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(&web)
        .output();
    let Ok(output) = output else {
        return skipped("no bash to run commands with");
    };
    assert!(output.status.success(), "{script}: {output:?}");
    tree.nodupe(["check"]).succeeds();
    // Of each content one file is still there.
    for names in [
        &["assets/a.png", "assets/b.png", "web/a.png"][..],
        &["assets/c.png", "web/c.png"],
        &["web/unique.png", "it's new", "web/*.png"],
    ] {
        let left = names.iter().filter(|name| tree.path(name).exists());
        assert_eq!(left.count(), 1, "{names:?}");
    }
}

#[test]
fn every_format_can_be_had_at_once() {
    let tree = assets();
    let formats = [
        "table", "json", "github", "gitlab", "sarif", "junit", "markdown",
    ];
    let reports = formats.map(|format| format!("--report={format}=out.{format}"));
    let run = tree.nodupe(["check"]).args(&reports).exits(1);
    assert!(!run.stdout.is_empty());
    for format in formats {
        let alone = tree
            .nodupe(["check", "--exclude", "out.*", "-f", format])
            .exits(1);
        let beside = fs::read_to_string(tree.path(format!("out.{format}"))).unwrap();
        // The table tells how long it took.
        let but_for_time = |text: &str| match text.rsplit_once(" in ") {
            Some((text, _)) if format == "table" => text.to_owned(),
            _ => text.to_owned(),
        };
        let expected = but_for_time(&alone.stdout_text());
        assert_eq!(but_for_time(&beside), expected, "{format}");
        assert!(beside.ends_with('\n'), "{format}");
    }
}

#[test]
fn the_json_keeps_to_its_schema() {
    let tree = assets();
    let schema = tree.nodupe(["schema", "check"]).succeeds();
    let schema = serde_json::from_slice(&schema.stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for args in [
        &[][..],
        &["--fail-fast"],
        &["--update-baseline"],
        &["--max-groups", "7", "--exclude", "web"],
    ] {
        let run = check(&tree, args).run();
        let document = verdict(&run);
        let errors: Vec<_> = validator.iter_errors(&document).collect();
        assert!(errors.is_empty(), "{args:?}: {errors:?}");
    }
    assert!(!validator.is_valid(&serde_json::json!({"version": 1})));
}
