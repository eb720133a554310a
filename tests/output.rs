//! Where the report goes, and what else is said.

use std::fs;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Stdio;

use crate::harness::{Report, Tree, grouped, strings};

fn pair() -> Tree {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same");
    tree
}

fn report(tree: &Tree, file: &str) -> Report {
    Report::parse(&fs::read(tree.path(file)).unwrap())
}

/// What lies in the tree beside the files that belong there.
fn leftovers(tree: &Tree, known: &[&str]) -> Vec<String> {
    let names = fs::read_dir(tree.root()).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !known.contains(&name.as_str()))
        .collect();
    names.sort();
    names
}

#[test]
fn a_report_in_a_file_leaves_standard_output_alone() {
    let tree = pair();
    for option in ["-o", "--output"] {
        let run = tree.scan(&[option, "report"]).json().succeeds();
        assert_eq!(run.stdout_text(), "");
        assert_eq!(report(&tree, "report").paths(), grouped(&[&["a", "b"]]));
        assert_eq!(leftovers(&tree, &["a", "b"]), ["report"]);
    }
}

#[test]
fn a_report_replaces_the_one_before_as_a_whole() {
    let tree = pair();
    let old = "x".repeat(1 << 20);
    tree.file("report", &old).mode("report", 0o600);
    let before = tree.ino("report");
    // Whoever has the old one open keeps reading the old one.
    let mut reader = fs::File::open(tree.path("report")).unwrap();
    tree.scan(&["-o", "report"]).json().succeeds();
    let mut read = String::new();
    reader.read_to_string(&mut read).unwrap();
    assert_eq!(read, old);
    assert_ne!(tree.ino("report"), before);
    assert_eq!(report(&tree, "report").paths(), grouped(&[&["a", "b"]]));
    let mode = fs::metadata(tree.path("report")).unwrap().mode();
    assert_eq!(mode & 0o777, 0o600, "a private report stays private");
    assert_eq!(leftovers(&tree, &["a", "b"]), ["report"]);
}

#[test]
fn a_new_report_has_the_permissions_of_any_new_file() {
    let tree = pair();
    tree.scan(&["-o", "report"]).after("umask 027").succeeds();
    let mode = fs::metadata(tree.path("report"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn a_run_that_fails_leaves_the_old_report() {
    let tree = pair();
    tree.file("report", "old");
    tree.scan(&["-o", "report", "gone"]).exits(2);
    assert_eq!(fs::read_to_string(tree.path("report")).unwrap(), "old");
    assert_eq!(leftovers(&tree, &["a", "b"]), ["report"]);
    tree.dir("dir");
    for bad in ["dir", "missing/report", "a/report"] {
        let run = tree.scan(&["-o", bad]).exits(2);
        assert!(run.stderr_text().contains(bad), "{bad}");
    }
    assert_eq!(leftovers(&tree, &["a", "b"]), ["dir", "report"]);
}

#[test]
fn the_report_is_no_part_of_what_it_reports() {
    let tree = pair();
    // An old report with a clone, which is left without one.
    tree.files(&["report", "twin"], "an old report");
    let run = tree.scan(&["-o", "report", "--min-copies", "1"]).json();
    run.succeeds();
    let files = report(&tree, "report").paths();
    assert_eq!(files, grouped(&[&["a", "b"], &["twin"]]));
    // The same when the shell opens it.
    fs::write(tree.path("out"), "").unwrap();
    let out = fs::OpenOptions::new()
        .append(true)
        .open(tree.path("out"))
        .unwrap();
    let mut command = tree.scan(&["--min-size", "0"]).json().command();
    assert!(command.stdout(out).status().unwrap().success());
    let paths = report(&tree, "out").paths().concat();
    assert_eq!(paths, strings(&["a", "b"]));
    assert_eq!(report(&tree, "out").total("files"), 4);
}

#[test]
fn a_link_to_a_report_stays_a_link() {
    let tree = pair();
    tree.file("real/report", "old")
        .symlink("real/report", "link");
    tree.scan(&["-o", "link"]).json().succeeds();
    assert!(
        fs::symlink_metadata(tree.path("link"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(
        report(&tree, "real/report").paths(),
        grouped(&[&["a", "b"]])
    );
    // To where nothing is yet.
    tree.symlink("real/new", "link2");
    tree.scan(&["-o", "link2"]).json().succeeds();
    assert!(
        fs::symlink_metadata(tree.path("link2"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(report(&tree, "real/new").paths(), grouped(&[&["a", "b"]]));
}

#[test]
fn a_device_is_written_to_and_not_replaced() {
    let tree = pair();
    let before = fs::metadata("/dev/null").unwrap();
    let run = tree.scan(&["-o", "/dev/null"]).json().succeeds();
    assert_eq!(run.stdout_text(), "");
    let after = fs::metadata("/dev/null").unwrap();
    assert_eq!(
        (before.ino(), before.rdev(), before.mode()),
        (after.ino(), after.rdev(), after.mode())
    );
    let run = tree.scan(&["-o", "/dev/stdout"]).json().succeeds();
    assert_eq!(run.report().paths(), grouped(&[&["a", "b"]]));
    // A FIFO hands it to whoever reads.
    tree.fifo("fifo");
    let path = tree.path("fifo");
    let reader = std::thread::spawn(move || fs::read(path).unwrap());
    tree.scan(&["-o", "fifo"]).json().succeeds();
    let read = Report::parse(&reader.join().unwrap());
    assert_eq!(read.paths(), grouped(&[&["a", "b"]]));
}

#[test]
fn a_full_disk_is_told() {
    if !std::path::Path::new("/dev/full").exists() {
        return crate::harness::skipped("no /dev/full");
    }
    let tree = pair();
    for format in ["json", "jsonl", "table", "paths0"] {
        let run = tree.scan(&["-o", "/dev/full", "-f", format]).exits(2);
        assert!(run.stderr_text().contains("/dev/full"), "{format}");
    }
    let out = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command = tree.scan(&["-f", "json"]).command();
    let status = command.stdout(out).stderr(Stdio::null()).status();
    assert_eq!(status.unwrap().code(), Some(2));
}

/// Many groups: far more of a report than a pipe holds.
fn many_groups() -> Tree {
    let tree = Tree::new();
    for n in 0..600 {
        let content = format!("content {n}");
        let dir = format!("a directory with a name of some length/{n:0200}");
        tree.file(format!("{dir}/a"), &content)
            .file(format!("{dir}/b"), &content);
    }
    tree
}

#[test]
fn a_closed_pipe_ends_the_run_quietly() {
    let tree = many_groups();
    for format in ["table", "json", "jsonl", "csv", "fdupes", "paths0"] {
        let size = tree.scan(&["-f", format]).succeeds().stdout.len();
        assert!(size > 200_000, "{format}: all of it would fit a pipe");
        let mut child = tree.scan(&["-f", format]).spawn();
        // Somebody who has seen enough after the first bytes.
        let mut stdout = child.stdout.take().unwrap();
        let mut some = [0; 100];
        stdout.read_exact(&mut some).unwrap();
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{format}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{format}");
    }
}

#[test]
fn a_closed_pipe_ends_the_run_quietly_even_before_the_first_byte() {
    let tree = pair();
    for args in [
        &["scan"][..],
        &["scan", "-f", "jsonl"],
        &["schema"],
        &["remove", ".", "-n"],
        &["remove", ".", "-n", "-f", "jsonl"],
        &["--help"],
        &["scan", "--help"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = tree.nodupe(args).command();
        let output = command
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = output.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    }
}

#[test]
fn nothing_is_said_where_all_is_well() {
    let tree = pair();
    for args in [
        &[][..],
        &["-q"],
        &["-f", "jsonl"],
        &["-f", "summary"],
        &["-j", "3"],
    ] {
        let run = tree.scan(args).succeeds();
        assert!(!run.stdout.is_empty());
    }
    // The report is no less for being quiet.
    let loud = tree.scan(&["-f", "csv"]).succeeds();
    let quiet = tree.scan(&["-f", "csv", "--quiet"]).succeeds();
    assert_eq!(loud.stdout_text(), quiet.stdout_text());
    let verbose = tree.scan(&["-f", "csv", "-v"]).exits(0);
    assert_eq!(loud.stdout_text(), verbose.stdout_text());
    for what in ["walker", "workers", "blake3", "task type"] {
        assert!(verbose.stderr_text().contains(what), "{what}");
    }
}

#[test]
fn failures_are_told_unless_quiet() {
    let tree = pair();
    tree.symlink("broken", "broken");
    let run = tree.scan(&["-L"]).exits(3);
    assert!(run.stderr_text().contains("broken"));
    let run = tree.scan(&["-L", "-q"]).exits(3);
    assert_eq!(run.stderr_text(), "");
    let run = tree.scan(&["-q", "gone"]).exits(2);
    assert!(run.stderr_text().contains("gone"), "fatal errors remain");
}

#[test]
fn colors_come_when_they_are_wanted() {
    let tree = pair();
    let colored = |args: &[&str], env: &[(&str, &str)]| {
        let mut scan = tree.scan(args);
        for (name, value) in env {
            scan = scan.env(name, value);
        }
        let run = scan.succeeds();
        run.stdout.contains(&b'\x1b')
    };
    assert!(!colored(&[], &[]), "into a pipe");
    assert!(colored(&["--color", "always"], &[]));
    assert!(!colored(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "0")]));
    assert!(!colored(&[], &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]));
    assert!(
        colored(&[], &[("NO_COLOR", ""), ("CLICOLOR_FORCE", "1")]),
        "set, but empty"
    );
    assert!(colored(&["--color", "always"], &[("NO_COLOR", "1")]));
    for format in ["json", "jsonl", "csv", "fdupes", "paths0"] {
        assert!(
            !colored(&["-f", format, "--color", "always"], &[]),
            "{format}"
        );
    }
}

#[test]
fn a_limit_leaves_groups_out_and_the_totals_alone() {
    let tree = Tree::new();
    tree.files(&["a1", "a2"], "1")
        .files(&["b1", "b2"], "22")
        .files(&["c1", "c2"], "333");
    for (limit, groups) in [
        ("1", grouped(&[&["c1", "c2"]])),
        ("2", grouped(&[&["c1", "c2"], &["b1", "b2"]])),
        ("9", grouped(&[&["c1", "c2"], &["b1", "b2"], &["a1", "a2"]])),
    ] {
        let run = tree.scan(&["--limit", limit]).json().succeeds();
        assert_eq!(run.report().paths(), groups);
        assert_eq!(run.report().total("groups"), 3);
        assert_eq!(run.report().total("reclaimable_bytes"), 6);
        let lines = tree
            .scan(&["--limit", limit, "-f", "jsonl"])
            .succeeds()
            .lines();
        let told = lines
            .iter()
            .filter(|l| l.contains(r#""type":"group""#))
            .count();
        assert_eq!(told, groups.len());
    }
}

#[test]
fn groups_are_sorted_as_asked() {
    let tree = Tree::new();
    // 2 x 9 bytes: 9; 5 x 3: 12; 3 x 4: 8; 2 x 4: 4.
    tree.files(&["m1", "m2"], "123456789")
        .modified("m1", 400)
        .modified("m2", 100);
    let copies = ["c1", "c2", "c3", "c4", "c5"];
    tree.files(&copies, "123");
    for name in copies {
        tree.modified(name, 200);
    }
    tree.files(&["a1", "z2", "z3"], "1234");
    for name in ["a1", "z2", "z3"] {
        tree.modified(name, 300);
    }
    tree.files(&["b1", "b2"], "4321")
        .modified("b1", 50)
        .modified("b2", 300);
    for (key, firsts) in [
        ("reclaimable", ["c1", "m1", "a1", "b1"]),
        // Same size: by path.
        ("size", ["m1", "a1", "b1", "c1"]),
        ("copies", ["c1", "a1", "b1", "m1"]),
        ("path", ["a1", "b1", "c1", "m1"]),
        // The newest file decides; same time: by path.
        ("modified", ["m1", "a1", "b1", "c1"]),
    ] {
        let first_of_each = |format: &str| -> Vec<String> {
            let run = tree.scan(&["--sort", key, "-f", format]).succeeds();
            match format {
                "json" => run
                    .report()
                    .paths()
                    .into_iter()
                    .map(|g| g[0].clone())
                    .collect(),
                _ => {
                    let text = run.stdout_text();
                    let groups = text.trim_end().split("\n\n");
                    let first = |group: &str| group.lines().min().map(str::to_owned);
                    groups
                        .map(|group| first(group).unwrap()[2..].to_owned())
                        .collect()
                }
            }
        };
        assert_eq!(first_of_each("json"), firsts, "{key}");
        assert_eq!(first_of_each("fdupes"), firsts, "{key}");
    }
}

#[test]
fn jsonl_tells_groups_from_the_largest_files_down() {
    let tree = Tree::new();
    tree.files(&["a1", "a2", "a3", "a4"], "1")
        .files(&["b1", "b2"], "22")
        .file("alone", "22a");
    let run = tree.scan(&["-f", "jsonl"]).succeeds();
    let sizes: Vec<u64> = run
        .lines()
        .iter()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|record| record["type"] == "group")
        .map(|group| group["size"].as_u64().unwrap())
        .collect();
    assert_eq!(sizes, [2, 1]);
}

#[test]
fn jsonl_begins_with_a_header_and_ends_with_the_totals() {
    let tree = many_groups();
    let run = tree.scan(&["-f", "jsonl"]).succeeds();
    let kind = |line: &String| {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        record["type"].as_str().unwrap().to_owned()
    };
    let kinds: Vec<String> = run.lines().iter().map(kind).collect();
    assert_eq!(kinds.len(), 602);
    assert_eq!(kinds[0], "header");
    assert!(kinds[1..601].iter().all(|kind| kind == "group"));
    assert_eq!(kinds[601], "totals");
}

#[test]
fn help_and_version_go_to_standard_output() {
    let tree = pair();
    for args in [
        &["--help"][..],
        &["-h"],
        &["scan", "--help"],
        &["--version"],
        &["schema", "-h"],
    ] {
        let run = tree.nodupe(args).succeeds();
        assert!(run.stdout_text().contains("nodupe"), "{args:?}");
    }
    // Which hashes can be trusted is told where they are offered.
    let help = tree.nodupe(["scan", "--help"]).succeeds().stdout_text();
    assert!(help.contains("collision-resistant"));
    let run = tree.nodupe::<&str>([]).exits(2);
    assert!(run.stderr_text().contains("Usage"));
}

#[test]
fn a_standard_stream_that_is_closed_is_told_from_one_that_nobody_reads() {
    let tree = pair();
    let told = |args: &[&str], shell: &str| {
        let run = tree.nodupe(args).stdin("a\nb\n").after(shell).run();
        let told = run.stderr_text();
        let first = told.lines().next().unwrap_or_default().to_owned();
        (run.status.code(), first)
    };
    let cannot_write = "nodupe: error: cannot write to standard output";
    let closed = (Some(2), format!("{cannot_write}: it is closed"));
    for args in [
        &["scan"][..],
        &["scan", "-f", "jsonl"],
        &["check"],
        &["config"],
        &["schema"],
        &["completions", "bash"],
        &["executors"],
        &["--help"],
        &["scan", "--help"],
        &["--version"],
    ] {
        assert_eq!(told(args, "exec >&-"), closed, "{args:?}");
    }
    let read_only = (
        Some(2),
        format!("{cannot_write}: it is not open for writing"),
    );
    assert_eq!(told(&["scan"], "exec 1<a"), read_only);
    let by_name = ["scan", "-o", "/dev/stdout"];
    let by_name = told(&by_name, "exec >&-");
    let expected = "nodupe: error: cannot write to /dev/stdout: it is closed";
    assert_eq!(by_name, (Some(2), expected.to_owned()));
    // Without any, and nobody to tell: still no success.
    assert_eq!(told(&["scan"], "exec <&- >&- 2>&-").0, Some(2));
    assert_eq!(told(&["scan", "-o", "/dev/stderr"], "exec 2>&-").0, Some(2));
    // A closed list is not an empty one.
    let list = ["check", "--files-from", "-"];
    let expected = "nodupe: error: cannot read the list -: it is closed";
    assert_eq!(told(&list, "exec <&-"), (Some(2), expected.to_owned()));
    let list = ["check", "--files-from", "/dev/stdin"];
    assert_eq!(told(&list, "exec <&-").0, Some(2));
    // What is thrown away on purpose was written all the same.
    let fine = (Some(0), String::new());
    for (args, shell) in [
        (&["scan"][..], "exec >/dev/null"),
        (&["scan"], "exec 1<>/dev/null"),
        (&["scan", "-o", "/dev/null"], "exec >&-"),
        (&["scan", "-o", "report"], "exec >&-"),
        (&["scan", "-o", "/dev/stdout"], "exec >/dev/null"),
    ] {
        assert_eq!(told(args, shell), fine, "{args:?} {shell}");
    }
    assert!(tree.path("report").exists());
}
