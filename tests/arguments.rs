//! Wrong arguments lead to the right ones, in one form.

use crate::harness::Tree;

#[test]
fn errors_in_arguments_are_one_line_and_a_hint() {
    let tree = Tree::new();
    tree.dir("photos");
    let scan_hint = "nodupe scan DIR finds duplicates; nodupe --help lists the commands";
    for (line, message, hint) in [
        (
            "photos",
            "unknown command \"photos\"",
            "did you mean nodupe scan photos?",
        ),
        (
            "/no/such",
            "unknown command \"/no/such\"",
            "did you mean nodupe scan /no/such?",
        ),
        (
            "scna",
            "unknown command \"scna\"",
            "did you mean nodupe scan?",
        ),
        ("frobnicate", "unknown command \"frobnicate\"", scan_hint),
        (
            "help frobnicate",
            "unknown command \"frobnicate\"",
            scan_hint,
        ),
        (
            "--min-size 1M",
            "unknown option --min-size",
            "options follow a command, as in nodupe scan --min-size 1M DIR",
        ),
        (
            "scan --exlude x",
            "unknown option --exlude",
            "did you mean --exclude?",
        ),
        (
            "scan -Z",
            "unknown option -Z",
            "nodupe scan --help lists the arguments",
        ),
        (
            "scan -f xml",
            "--format: invalid value \"xml\"",
            "one of table, json, jsonl, csv, fdupes, paths0, summary, markdown, html",
        ),
        (
            "scan --hash blake",
            "--hash: invalid value \"blake\"",
            "did you mean \"blake3\"?",
        ),
        (
            "scan -j 0",
            "--workers: invalid worker count \"0\": must be 1 to 1024 or auto",
            "",
        ),
        (
            "scan --min-copies 0",
            "--min-copies: invalid number \"0\": must be 1 or more",
            "",
        ),
        (
            "check --max-groups -1",
            "unknown option -1",
            "nodupe check --help lists the arguments",
        ),
        (
            "scan --min-size",
            "--min-size: the value is missing or empty",
            "",
        ),
        ("scan --verify=yes", "--verify takes no value", ""),
        (
            "scan -0",
            "--null needs --files-from",
            "to end the paths of a report with NUL, use --format paths0",
        ),
        (
            "scan -qv",
            "--quiet and --verbose cannot be used together",
            "keep only one of them",
        ),
        (
            "completions",
            "SHELL is missing",
            "nodupe completions --help lists the arguments",
        ),
        (
            "schema scan x",
            "unexpected argument \"x\"",
            "nodupe schema --help lists the arguments",
        ),
    ] {
        let run = tree.nodupe(line.split(' ')).exits(2);
        let mut expected = format!("nodupe: error: {message}\n");
        if !hint.is_empty() {
            expected += &format!("  hint: {hint}\n");
        }
        assert_eq!(run.stderr_text(), expected, "{line}");
        assert_eq!(run.stdout, b"", "{line}");
    }
}

/// Words of other tools, as commands and as options.
#[test]
fn words_of_other_tools_lead_on() {
    let tree = Tree::new();
    for (words, part) in [
        (&["delete", "rm", "unlink"][..], "nodupe remove"),
        (&["hardlink", "makehardlinks"], "by links"),
        (&["dedup", "reflink"], "nodupe dedupe"),
        (&["mv"], "nodupe move"),
        (&["find", "dupes"], "nodupe scan DIR"),
        (&["threads", "jobs"], "--workers N"),
    ] {
        for word in words {
            let option = format!("--{word}");
            for args in [&[*word][..], &["scan", &option]] {
                let said = tree.nodupe(args).exits(2).stderr_text();
                let hint = said.lines().nth(1).unwrap_or_default();
                assert!(hint.starts_with("  hint: "), "{args:?}: {said}");
                assert!(hint.contains(part), "{args:?}: {said}");
            }
        }
    }
}

#[test]
fn help_is_a_command_too() {
    let tree = Tree::new();
    let text = |args: &[&str]| tree.nodupe(args).succeeds().stdout_text();
    assert_eq!(text(&["help"]), text(&["--help"]));
    for command in ["scan", "check", "config", "executors", "schema"] {
        assert_eq!(text(&["help", command]), text(&[command, "--help"]));
    }
}

#[test]
fn habits_from_other_tools_do_no_harm() {
    let tree = Tree::new();
    tree.files(&["a/1", "a/2"], "same");
    let plain = tree.scan(&["-f", "fdupes", "a"]).succeeds().stdout_text();
    for args in [
        &["-r"][..],
        &["--recursive"],
        &["-rr"],
        &["-f", "json", "-f", "fdupes"],
        &["--min-size", "1G", "--min-size", "1"],
        &["--verify", "--verify"],
    ] {
        let run = tree.scan(&["-f", "fdupes", "a"]).args(args).succeeds();
        assert_eq!(run.stdout_text(), plain, "{args:?}");
    }
    let once = tree.scan(&["a", "-v"]).exits(0).stderr_text();
    let twice = tree.scan(&["a", "-vv"]).exits(0).stderr_text();
    let decisions = |said: &str| said.lines().filter(|l| !l.contains("time")).count();
    assert!(!once.is_empty() && decisions(&once) == decisions(&twice));
}
