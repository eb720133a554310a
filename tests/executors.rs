//! `nodupe executors`: what it shows of the machine, and what it measures.
//!
//! What differs between machines is not looked at; what holds on all of them
//! is.

use std::os::unix::process::ExitStatusExt;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::harness::{Tree, can_mount, pattern, permissions_bind, skipped};

fn tree() -> Tree {
    let tree = Tree::new();
    for n in 0..12 {
        let content = pattern(20_000, n / 2);
        tree.file(format!("d{}/f{n}", n % 3), content);
    }
    tree
}

fn json(tree: &Tree, args: &[&str]) -> Value {
    let args = [&["executors", "--format", "json"], args].concat();
    let run = tree.nodupe(args).succeeds();
    serde_json::from_slice(&run.stdout).unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn texts<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    let each = list.as_array().unwrap().iter();
    each.map(|entry| entry[field].as_str().unwrap()).collect()
}

const KINDS: [&str; 3] = ["thread", "isolated", "process"];

#[test]
fn the_text_says_what_there_is_and_what_is_chosen() {
    let tree = tree();
    let text = tree.nodupe(["executors"]).succeeds().stdout_text();
    for part in [
        "This machine\n",
        "Storage under .\n",
        "Executors, each started with one worker\n",
        "Rules of the profile native\n",
        "\nnodupe scan . uses the executor ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains('\x1b'), "no colors in a pipe");
    for line in text.lines() {
        // Names of devices may be long; what is laid out by hand is not.
        assert!(line.chars().count() <= 80, "{line}");
        assert_eq!(line, line.trim_end());
    }
    let color = ["executors", "--color", "always"];
    let colored = tree.nodupe(color).succeeds().stdout_text();
    assert!(
        colored.contains("\x1b[1mThis machine\x1b[0m\n"),
        "{colored}"
    );
}

#[test]
fn the_json_says_the_same_for_programs() {
    let tree = tree();
    let document = json(&tree, &["d0"]);
    assert_eq!(document["version"], 1);
    assert_eq!(document["directory"], "d0");
    let processors = &document["processors"];
    assert!(processors["usable"].as_u64() >= Some(1));
    assert!(processors["affinity"].as_u64() <= processors["online"].as_u64());
    assert_eq!(texts(&document["executors"], "kind"), KINDS);
    let threads = &document["executors"][0];
    assert_eq!(threads["starts"], true);
    assert_eq!(threads["problem"], Value::Null);
    // The test runs the real program, so it is a worker as well.
    assert_eq!(document["executors"][2]["starts"], true);
    // Four small files were just written.
    let reads = &document["reads"];
    assert_eq!(reads["files_alone"], 1);
    assert_eq!(reads["files_together"], 3);
    assert_eq!(document["profile"]["name"], "native");
    let situations = [
        "cpu",
        "io",
        "isolation",
        "timeout",
        "remote",
        "compatibility",
    ];
    assert_eq!(texts(&document["rules"], "situation"), situations);
    assert_eq!(
        document["choice"]["executor"],
        document["rules"][0]["executor"]
    );
}

#[test]
fn every_profile_has_its_own_table() {
    let tree = tree();
    let table = [
        ("native", ["thread", "thread", "isolated"]),
        ("gil", ["process", "thread", "process"]),
        ("gil-interpreters", ["isolated", "thread", "isolated"]),
        ("free-threaded", ["thread", "thread", "process"]),
        (
            "free-threaded-interpreters",
            ["thread", "thread", "isolated"],
        ),
    ];
    for (profile, expected) in table {
        let document = json(&tree, &["--profile", profile]);
        assert_eq!(document["profile"]["name"], profile);
        assert_eq!(texts(&document["rules"], "executor")[..3], expected);
        // What a scan uses does not depend on what is explained.
        assert_eq!(document["choice"]["executor"], "thread");
    }
}

#[test]
fn one_processor_is_seen_as_one() {
    let tree = tree();
    let run = tree
        .nodupe(["executors", "-f", "json"])
        .after("taskset -pc 0 $$ >/dev/null")
        .run();
    if run.status.code() != Some(0) {
        return skipped("taskset is missing, or processor 0 is not ours");
    }
    let document: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(document["processors"]["affinity"], 1);
    assert_eq!(document["processors"]["usable"], 1);
    assert_eq!(document["choice"]["workers"], 2);
}

#[test]
fn an_empty_directory_and_an_unreadable_one_are_no_errors() {
    let tree = tree();
    tree.dir("empty");
    let document = json(&tree, &["empty"]);
    assert_eq!(document["reads"]["behaviour"], "unknown");
    assert_eq!(document["reads"]["alone_seconds"], Value::Null);
    if permissions_bind() {
        tree.mode("d0/f0", 0).mode("d0/f3", 0);
        let run = tree
            .nodupe(["executors", "-f", "json", "d0"])
            .by_other_user()
            .succeeds();
        let document: Value = serde_json::from_slice(&run.stdout).unwrap();
        let reads = &document["reads"];
        let read =
            reads["files_alone"].as_u64().unwrap() + reads["files_together"].as_u64().unwrap();
        assert_eq!(read, 2, "{reads}");
    }
}

#[test]
fn the_storage_is_that_of_the_directory() {
    if !can_mount() {
        return skipped("no other file system to mount");
    }
    let tree = tree();
    tree.dir("m");
    let run = tree
        .nodupe(["executors", "-f", "json", "m"])
        .with_mounts("mount -t tmpfs none m && echo x > m/x")
        .succeeds();
    let document: Value = serde_json::from_slice(&run.stdout).unwrap();
    let storage = &document["storage"];
    assert_eq!(storage["filesystem"], "tmpfs");
    assert_eq!(storage["remote"], false);
    assert_eq!(storage["device"], Value::Null);
    assert_eq!(document["reads"]["files_alone"], 1);
}

#[test]
fn wrong_arguments_are_told_with_status_two() {
    let tree = tree();
    let table: [(&[&str], &str); 9] = [
        (&["gone"], "nodupe: error: cannot scan gone: No such file"),
        (
            &["gone", "--bench"],
            "nodupe: error: cannot scan gone: No such file",
        ),
        (
            &["d0/f0"],
            "nodupe: error: d0/f0 is not a directory\n  hint: ",
        ),
        (
            &["d0/f0", "--bench"],
            "nodupe: error: d0/f0 is not a directory\n  hint: ",
        ),
        (
            &["/proc"],
            "nodupe: error: cannot scan /proc: it is on a pseudo",
        ),
        (
            &["/proc", "--bench"],
            "nodupe: error: cannot scan /proc: it is on a pseudo",
        ),
        (&["--profile", "jit"], "invalid value \"jit\""),
        (&["--bench", "--profile", "gil"], "cannot be used together"),
        (&["a", "b"], "unexpected argument \"b\""),
    ];
    for (args, part) in table {
        let run = tree.nodupe([&["executors"], args].concat()).exits(2);
        assert!(
            run.stderr_text().contains(part),
            "{args:?}: {}",
            run.stderr_text()
        );
        assert_eq!(run.stdout_text(), "", "{args:?}");
    }
}

/// Holds for every entry, of a kind or of a number of workers.
fn check_entry(entry: &Value, rounds: u64) {
    assert_eq!(entry["problem"], Value::Null, "{entry}");
    assert_eq!(entry["agrees"], true, "{entry}");
    let runs = list(&entry["runs"]);
    assert_eq!(runs.len() as u64, rounds);
    let mut times: Vec<f64> = runs
        .iter()
        .map(|run| run["seconds"].as_f64().unwrap())
        .collect();
    times.sort_by(f64::total_cmp);
    assert!(times[0] > 0.0);
    // An odd number of rounds, so the median is one of the times.
    assert_eq!(entry["seconds"].as_f64(), Some(times[times.len() / 2]));
    assert!(entry["speed_up"].as_f64() > Some(0.0));
    assert!(entry["efficiency"].as_f64() > Some(0.0));
    assert!(entry["peak_memory_bytes"].as_u64() > Some(0));
}

#[test]
fn the_bench_measures_every_executor_and_many_numbers_of_workers() {
    let tree = tree();
    let document = json(&tree, &["--bench", "."]);
    assert_eq!(document["agree"], true);
    assert_eq!(
        (&document["files"], &document["groups"]),
        (&12.into(), &6.into())
    );
    let rounds = document["rounds"].as_u64().unwrap();
    assert!(rounds >= 3 && rounds % 2 == 1, "{rounds}");
    let kinds = texts(&document["executors"], "kind");
    assert_eq!(kinds, [&["sequential"][..], &KINDS].concat());
    for entry in list(&document["executors"]) {
        check_entry(entry, rounds);
    }
    let alone = &document["executors"][0];
    assert_eq!(
        (&alone["workers"], &alone["speed_up"]),
        (&1.into(), &1.0.into())
    );
    let mut counts = Vec::new();
    for entry in list(&document["sweep"]) {
        check_entry(entry, rounds);
        assert_eq!(entry["kind"], "thread");
        for run in list(&entry["runs"]) {
            assert_eq!(run["workers"], entry["workers"]);
        }
        counts.push(entry["workers"].as_u64().unwrap());
    }
    assert_eq!(counts, [1, 2, 4, 8, 16, 32]);
    let best = document["best_workers"].as_u64().unwrap();
    assert!(counts.contains(&best), "{best}");
}

#[test]
fn the_bench_is_not_moved_by_the_environment() {
    let tree = tree();
    // A name that would be an option, and colors that nobody asked for.
    tree.dir("-x").files(&["-x/a", "-x/b"], "same");
    let run = tree
        .nodupe(["executors", "--bench", "--", "-x"])
        .env("CLICOLOR_FORCE", "1")
        .env("RUST_BACKTRACE", "1")
        .env("RAYON_NUM_THREADS", "nonsense")
        .succeeds();
    let text = run.stdout_text();
    assert!(text.contains("\x1b[1mScans of -x\x1b[0m"), "{text}");
    assert!(text.contains("2 files (8 B), 1 group."), "{text}");
    assert_eq!(text.matches("best").count(), 1, "{text}");
}

/// The numbers of the processes that a process has started.
fn children_of(pid: u32) -> Option<Vec<String>> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let children = std::fs::read_to_string(path).ok()?;
    Some(children.split_whitespace().map(str::to_owned).collect())
}

#[test]
fn an_interruption_ends_the_bench_and_its_scan() {
    if children_of(std::process::id()).is_none() {
        return skipped("the kernel does not tell who started whom");
    }
    let tree = Tree::new();
    // No scan is through with them before the signal comes.
    for name in ["a", "b"] {
        let file = std::fs::File::create(tree.path(name)).unwrap();
        if file.set_len(1 << 40).is_err() {
            return skipped("no sparse files of a terabyte here");
        }
    }
    for with in [Signal::INT, Signal::TERM] {
        let mut bench = tree.nodupe(["executors", "--bench"]).spawn();
        let scan = loop {
            if let Some(child) = children_of(bench.id()).and_then(|mut all| all.pop()) {
                break child;
            }
            assert!(bench.try_wait().unwrap().is_none(), "it ended by itself");
            std::thread::yield_now();
        };
        kill_process(Pid::from_child(&bench), with).unwrap();
        let output = bench.wait_with_output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(130),
            "{:?}",
            output.status.signal()
        );
        assert!(output.stdout.is_empty());
        assert!(!std::path::Path::new(&format!("/proc/{scan}")).exists());
    }
}

#[test]
fn a_scan_goes_by_the_rules_of_its_profile() {
    let tree = tree();
    let table = [
        ("native", "cpu", "thread"),
        ("gil", "cpu", "process"),
        ("gil", "io", "thread"),
        ("gil-interpreters", "cpu", "isolated"),
        ("free-threaded", "cpu", "thread"),
        ("free-threaded-interpreters", "io", "thread"),
    ];
    for (profile, task, kind) in table {
        let args = ["--profile", profile, "--task-type", task];
        let run = tree.scan(&args).json().succeeds();
        let report: Value = serde_json::from_slice(&run.stdout).unwrap();
        assert_eq!(report["executor"]["kind"], kind, "{profile} {task}");
        // What is asked for stays.
        let args = [&args[..], &["--executor", "process", "-j", "2"]].concat();
        let run = tree.scan(&args).json().succeeds();
        let report: Value = serde_json::from_slice(&run.stdout).unwrap();
        assert_eq!(report["executor"]["kind"], "process", "{profile} {task}");
        assert_eq!(report["executor"]["workers"], 2, "{profile} {task}");
    }
}
