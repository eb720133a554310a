//! Ctrl-C.
//!
//! The files here are sparse and so large that no scan is through with them
//! before the signal comes; and the signal comes when it can be seen that
//! the scan is at the point that matters.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus, Output};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::harness::{Report, Tree, grouped, skipped};

/// A terabyte: at ten gigabytes a second nearly two minutes.
const HUGE: u64 = 1 << 40;

/// Two huge files, equal as far as anybody will read, and a small pair.
fn huge() -> Option<Tree> {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same");
    for name in ["huge1", "huge2"] {
        let file = File::create(tree.path(name)).unwrap();
        if file.set_len(HUGE).is_err() {
            skipped("no sparse files of a terabyte here");
            return None;
        }
    }
    Some(tree)
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Looks again and again until something is so; ends only with that, or
/// with the process.
fn wait_for(child: &mut Child, is_so: impl Fn(u32) -> Option<bool>) {
    while is_so(child.id()) != Some(true) {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Whether the process has taken over SIGINT (bit 1 of the mask).
fn catches(pid: u32) -> Option<bool> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigCgt:"))?;
    let mask = u64::from_str_radix(mask.trim(), 16).ok()?;
    Some(mask >> 1 & 1 == 1)
}

/// Whether it has read far more than the small files and the ends of the
/// large ones: then it is in the middle of a large one.
fn is_reading(pid: u32) -> Option<bool> {
    let io = fs::read_to_string(format!("/proc/{pid}/io")).ok()?;
    let read = io.lines().find_map(|line| line.strip_prefix("rchar: "))?;
    Some(read.parse::<u64>().ok()? > 64 << 20)
}

fn interrupted(tree: &Tree, args: &[&str], with: Signal) -> Output {
    // One worker takes up the large files after the small ones.
    let mut child = tree.scan(args).args(["-j", "1"]).spawn();
    wait_for(&mut child, |pid| Some(catches(pid)? && is_reading(pid)?));
    signal(&child, with);
    child.wait_with_output().unwrap()
}

fn code(status: ExitStatus) -> Option<i32> {
    status.code().or(status.signal().map(|signal| -signal))
}

#[test]
fn the_first_interruption_reports_what_is_confirmed() {
    let Some(tree) = huge() else { return };
    for with in [Signal::INT, Signal::TERM] {
        let output = interrupted(&tree, &["-f", "json"], with);
        assert_eq!(code(output.status), Some(130));
        let report = Report::parse(&output.stdout);
        assert_eq!(report.0["interrupted"], true);
        assert_eq!(report.0["complete"], false);
        assert_eq!(report.paths(), grouped(&[&["a", "b"]]));
        assert_eq!(report.total("errors"), 0);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains("interrupted"), "{told}");
        let schema = tree.nodupe(["schema"]).succeeds();
        let schema = serde_json::from_slice(&schema.stdout).unwrap();
        assert!(jsonschema::is_valid(&schema, &report.0));
    }
}

#[test]
fn an_interrupted_check_is_no_verdict_and_leaves_the_baseline_alone() {
    let Some(tree) = huge() else { return };
    let baseline = tree.path(".nodupe-baseline.json");
    let small = tree.nodupe(["check", "--max-size", "1k"]);
    small.args(["--update-baseline"]).exits(0);
    let before = fs::read(&baseline).unwrap();
    tree.file("c", "same");
    for args in [&["-f", "json"][..], &["-f", "json", "--update-baseline"]] {
        let mut child = tree.nodupe(["check", "-j", "1"]).args(args).spawn();
        wait_for(&mut child, |pid| Some(catches(pid)? && is_reading(pid)?));
        signal(&child, Signal::INT);
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(output.status), Some(130), "{args:?}");
        let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(verdict["interrupted"], true);
        assert_eq!(verdict["complete"], false);
        // What was judged by then is told.
        assert_eq!(verdict["new"]["duplicates"], 1, "{args:?}");
        assert_eq!(fs::read(&baseline).unwrap(), before, "{args:?}");
        let names = fs::read_dir(tree.root()).unwrap();
        assert_eq!(names.count(), 6, "nothing else is left behind");
    }
}

#[test]
fn every_format_is_whole_after_an_interruption() {
    let Some(tree) = huge() else { return };
    let output = interrupted(&tree, &["-f", "jsonl"], Signal::INT);
    assert_eq!(code(output.status), Some(130));
    let text = String::from_utf8(output.stdout).unwrap();
    let records: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(records[0]["type"], "header");
    assert_eq!(records[1]["type"], "group");
    assert_eq!(records[2]["type"], "totals");
    assert_eq!(records[2]["interrupted"], true);
    for format in ["table", "summary"] {
        let output = interrupted(&tree, &["-f", format], Signal::INT);
        assert_eq!(code(output.status), Some(130));
        let text = String::from_utf8(output.stdout).unwrap().to_lowercase();
        assert!(text.contains("interrupted"), "{format}: {text}");
    }
    // Of part of a tree nobody can say what is unique.
    let output = interrupted(&tree, &["-f", "json", "--unique"], Signal::INT);
    assert_eq!(Report::parse(&output.stdout).paths(), grouped(&[]));
    assert_eq!(code(output.status), Some(130));
}

#[test]
fn an_interrupted_report_in_a_file_is_whole_and_leaves_nothing_beside() {
    let Some(tree) = huge() else { return };
    let args = ["-f", "json", "-o", "../report"];
    let output = interrupted(&tree, &args, Signal::INT);
    assert_eq!(code(output.status), Some(130));
    let report = Report::parse(&fs::read(tree.beside("report")).unwrap());
    assert_eq!(report.paths(), grouped(&[&["a", "b"]]));
    let beside = fs::read_dir(tree.beside("")).unwrap().count();
    assert_eq!(beside, 2, "the tree and the report");
}

/// A report that is larger than a pipe.
fn long() -> Tree {
    let tree = Tree::new();
    for n in 0..600 {
        let content = format!("content {n}");
        let dir = format!("{n:0200}");
        tree.file(format!("{dir}/a"), &content)
            .file(format!("{dir}/b"), &content);
    }
    tree
}

#[test]
fn the_second_interruption_ends_at_once() {
    // Nobody reads it: without a second signal this never ends.
    let tree = long();
    for format in ["json", "jsonl", "csv"] {
        let mut child = tree.scan(&["-f", format]).spawn();
        // It is writing, so the scan is on, or over.
        let mut stdout = child.stdout.take().unwrap();
        let mut first = [0; 1];
        stdout.read_exact(&mut first).unwrap();
        // Signals that come before the first one was taken up count as one
        // with it: so many as it needs.
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            signal(&child, Signal::INT);
            std::thread::sleep(Duration::from_millis(2));
        };
        assert_eq!(code(status), Some(130), "{format}");
        // Unread until here.
        drop(stdout);
    }
}

/// In the background of a shell without job control a program starts with
/// SIGINT ignored: what is typed at the one in the foreground is not for it.
#[test]
fn an_interruption_that_is_ignored_from_the_start_stays_so() {
    let tree = long();
    let scan = &["scan", "-f", "json"][..];
    // With a file that a second interruption would have to remove.
    let check = &["check", "-f", "json", "--report", "junit=../junit"][..];
    for (args, status) in [(scan, 0), (check, 1)] {
        let run = tree.nodupe(args).after("trap '' INT");
        let mut child = run.spawn();
        // It is writing, and cannot end before all is read.
        let mut stdout = child.stdout.take().unwrap();
        let mut first = [0; 1];
        stdout.read_exact(&mut first).unwrap();
        assert_eq!(catches(child.id()), Some(false), "{args:?}");
        signal(&child, Signal::INT);
        let mut report = first.to_vec();
        stdout.read_to_end(&mut report).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(output.status), Some(status), "{args:?}");
        let report: Value = serde_json::from_slice(&report).unwrap();
        assert_eq!(report["interrupted"], false, "{args:?}");
        // Another way to ask is heeded.
        let mut child = run.spawn();
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut first).unwrap();
        while child.try_wait().unwrap().is_none() {
            signal(&child, Signal::TERM);
            std::thread::sleep(Duration::from_millis(2));
        }
        assert_eq!(code(child.wait().unwrap()), Some(130), "{args:?}");
    }
}

/// The first thread is in a scan as soon as signals are caught, and that is
/// before a single directory is read.
#[test]
fn an_interruption_in_the_first_moment_is_told() {
    let Some(tree) = huge() else { return };
    for args in [&["-f", "json"][..], &["-f", "json", "-o", "../report"]] {
        for _ in 0..5 {
            let child = tree.scan(args).spawn();
            while catches(child.id()) == Some(false) {}
            signal(&child, Signal::INT);
            let output = child.wait_with_output().unwrap();
            assert_eq!(code(output.status), Some(130));
            let text = match args.len() {
                2 => output.stdout,
                _ => fs::read(tree.beside("report")).unwrap(),
            };
            let report = Report::parse(&text);
            assert_eq!(report.0["interrupted"], true);
            assert_eq!(report.0["complete"], false);
        }
    }
}

#[test]
fn ending_at_once_leaves_no_temporary_file() {
    let Some(tree) = huge() else { return };
    let mut child = tree
        .scan(&["-f", "json", "-o", "../report", "-j", "1"])
        .spawn();
    wait_for(&mut child, |pid| Some(catches(pid)? && is_reading(pid)?));
    while child.try_wait().unwrap().is_none() {
        signal(&child, Signal::INT);
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(output.status), Some(130));
    let mut beside: Vec<String> = fs::read_dir(tree.beside(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "report")
        .collect();
    beside.sort();
    assert_eq!(beside, ["tree"]);
}

#[test]
fn an_interruption_while_the_list_is_read_ends_the_run() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same").fifo("list");
    let mut child = tree.scan(&["--files-from", "list"]).json().spawn();
    // Opening it for writing waits until somebody reads: the binary.
    let writer = fs::OpenOptions::new()
        .write(true)
        .open(tree.path("list"))
        .unwrap();
    signal(&child, Signal::INT);
    let status = child.wait().unwrap();
    drop(writer);
    assert!(matches!(code(status), Some(130 | -2)), "{status:?}");
    let mut stdout = String::new();
    child.stdout.unwrap().read_to_string(&mut stdout).unwrap();
    assert_eq!(stdout, "");
}
