//! Worker processes that are killed, stopped, starved or hang: what a scan
//! makes of it, and what it leaves behind.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use nodupe::Scan;
use nodupe::internals::io::{FileIo, Pread};
use nodupe::{ExecutorKind, SortKey};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, kill_process_group, prlimit};

use crate::harness::fuse::{Fault, FaultyMount};
use crate::harness::{
    BINARY, Nodupe, Report, Tree, can_mount, cases, grouped, is_root, pattern, permissions_bind,
    skipped, spawn,
};

/// How long to wait for what comes at once unless something is broken.
const PATIENCE: Duration = Duration::from_secs(60);

const SMALL: usize = 1000;

/// Its ends tell it from others first, then all of it is hashed.
const LARGE: usize = 600_000;

/// A terabyte, which nobody has read before a signal comes.
const HUGE: u64 = 1 << 40;

/// Three equal files, the first of them with a fault, and one that is not
/// equal.
fn mounted(size: usize, fault: Fault) -> Option<FaultyMount> {
    let content = pattern(size, 0);
    let mut other = content.clone();
    other[size / 2] ^= 1;
    FaultyMount::new([
        ("a", content.clone(), fault),
        ("b", content.clone(), Fault::None),
        ("c", content, Fault::None),
        ("d", other, Fault::None),
    ])
}

fn error(path: &str, stage: &str, kind: &str) -> (String, String, String) {
    (path.to_owned(), stage.to_owned(), kind.to_owned())
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn pid(number: u32) -> Pid {
    Pid::from_raw(number as i32).unwrap()
}

/// A signal for a process that may be gone.
fn send(to: u32, signal: Signal) {
    let _ = kill_process(pid(to), signal);
}

/// The program under test while it runs.
struct Running {
    child: Option<Child>,
    id: u32,
    /// What it and its workers carry in their environment, and nobody else.
    mark: String,
}

impl Running {
    fn start(run: Nodupe) -> Self {
        Self::start_as(run, |_| {})
    }

    fn start_as(run: Nodupe, change: impl FnOnce(&mut Command)) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mark = format!("{}-{number}-", std::process::id());
        let mut command = run.env("TEST_MARK", &mark).command();
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        change(&mut command);
        let child = spawn(&mut command).unwrap();
        Self {
            id: child.id(),
            child: Some(child),
            mark,
        }
    }

    /// Its worker processes that live now.
    fn workers(&self) -> Vec<u32> {
        let Ok(tasks) = fs::read_dir(format!("/proc/{}/task", self.id)) else {
            return Vec::new();
        };
        let mut workers: Vec<u32> = tasks
            .filter_map(|task| fs::read_to_string(task.ok()?.path().join("children")).ok())
            .flat_map(|children| {
                let ids = children.split_whitespace();
                ids.map(|id| id.parse().unwrap()).collect::<Vec<_>>()
            })
            .filter(|&id| is_worker(id))
            .collect();
        workers.sort_unstable();
        workers
    }

    /// A worker that has a file open whose name begins so.
    fn worker_at(&self, name: &str) -> u32 {
        let mut found = None;
        wait_until("somebody opens the file", || {
            found = self.workers().into_iter().find(|&id| has_open(id, name));
            found.is_some()
        });
        found.unwrap()
    }

    fn has_ended(&mut self) -> bool {
        let child = self.child.as_mut().unwrap();
        child.try_wait().unwrap().is_some()
    }

    /// Waits for its end, after which nothing of it may be left.
    fn end(self) -> Output {
        let mark = self.mark.clone();
        let output = self.end_with_remains();
        nobody_left(&mark);
        output
    }

    fn end_with_remains(mut self) -> Output {
        let child = self.child.take().unwrap();
        let (tell, told) = channel();
        std::thread::spawn(move || tell.send(child.wait_with_output()));
        told.recv_timeout(PATIENCE)
            .expect("it does not end")
            .unwrap()
    }

    /// Waits for its end and for a report with this exit status.
    fn report(self, code: i32) -> Report {
        report(&self.end(), code)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn report(output: &Output, code: i32) -> Report {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        output.status.code(),
        Some(code),
        "{}: {told}",
        output.status
    );
    Report::parse(&output.stdout)
}

fn is_worker(id: u32) -> bool {
    let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    line.split(|&byte| byte == 0)
        .any(|word| word == b"__worker")
}

/// Whether it has a file open whose name begins so.
fn has_open(id: u32, name: &str) -> bool {
    let Ok(open) = fs::read_dir(format!("/proc/{id}/fd")) else {
        return false;
    };
    open.flatten().any(|entry| {
        fs::read_link(entry.path())
            .is_ok_and(|path| path.to_string_lossy().contains(&format!("/{name}")))
    })
}

/// How many bytes a process has read by system calls.
fn bytes_read(id: u32) -> u64 {
    let io = fs::read_to_string(format!("/proc/{id}/io")).unwrap_or_default();
    let read = io.lines().find_map(|line| line.strip_prefix("rchar: "));
    read.and_then(|bytes| bytes.parse().ok()).unwrap_or(0)
}

/// Whether it has a file in its memory whose name begins so.
fn has_mapped(id: u32, name: &str) -> bool {
    let maps = fs::read_to_string(format!("/proc/{id}/maps")).unwrap_or_default();
    maps.lines().any(|line| line.contains(&format!("/{name}")))
}

/// The processes with this mark that are not on their way out.
fn marked(mark: &str) -> Vec<u32> {
    let ids = fs::read_dir("/proc").unwrap().flatten();
    ids.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|id| {
            let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
            environment
                .windows(mark.len())
                .any(|bytes| bytes == mark.as_bytes())
        })
        .collect()
}

fn nobody_left(mark: &str) {
    wait_until("every worker is gone", || marked(mark).is_empty());
}

fn replaced(report: &Report) -> u64 {
    report.0["executor"]["replaced_workers"].as_u64().unwrap()
}

fn kind(report: &Report) -> &str {
    report.0["executor"]["kind"].as_str().unwrap()
}

fn reason(report: &Report) -> &str {
    report.0["executor"]["reason"].as_str().unwrap()
}

/// A scan by processes, started.
fn scan(tree: &Tree, args: &[&str]) -> Running {
    let run = tree.scan(&["--executor", "process"]).args(args).json();
    Running::start(run)
}

#[test]
fn a_worker_killed_in_mid_batch_is_replaced_and_nothing_is_lost() {
    for (size, fault) in [
        (SMALL, Fault::HangFirst(1)),
        (SMALL, Fault::HangCached),
        (LARGE, Fault::HangIn(300_000..590_000)),
        (LARGE, Fault::HangCached),
    ] {
        let Some(mount) = mounted(size, fault) else {
            return;
        };
        let scan = scan(&mount, &["-j", "1"]);
        mount.wait_until_hung("a");
        send(scan.worker_at("a"), Signal::KILL);
        // In direct I/O the kernel lets it die only now.
        mount.release("a");
        let report = scan.report(0);
        assert_eq!(report.paths(), grouped(&[&["a", "b", "c"]]));
        assert_eq!(report.errors(), []);
        assert_eq!(replaced(&report), 1);
        assert_eq!(report.0["complete"], true);
    }
}

#[test]
fn a_file_that_costs_every_worker_is_given_up_and_no_other() {
    for (workers, size, stage) in [("1", SMALL, "partial"), ("3", LARGE, "partial")] {
        let Some(mount) = mounted(size, Fault::HangCached) else {
            return;
        };
        let mut scan = scan(&mount, &["-j", workers]);
        // The read hangs for as long as it takes to see it.
        while !scan.has_ended() {
            for worker in scan.workers() {
                if has_open(worker, "a") {
                    send(worker, Signal::KILL);
                }
            }
        }
        let report = scan.report(3);
        assert_eq!(report.errors(), [error("a", stage, "crash")]);
        assert_eq!(report.paths(), grouped(&[&["b", "c"]]));
        assert_eq!(replaced(&report), 2);
        let message = report.0["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("SIGKILL"), "{message}");
    }
}

#[test]
fn a_stopped_worker_is_replaced_once_the_timeout_is_over() {
    stopped(&["--timeout", "1s"]);
}

#[test]
fn a_stopped_worker_is_noticed_by_its_silence_without_a_timeout() {
    stopped(&[]);
}

fn stopped(args: &[&str]) {
    let Some(mount) = mounted(SMALL, Fault::HangCached) else {
        return;
    };
    let scan = scan(&mount, &[&["-j", "1"], args].concat());
    mount.wait_until_hung("a");
    let worker = scan.worker_at("a");
    send(worker, Signal::STOP);
    // Until it has taken that in it could go on with its work.
    wait_until("it is stopped", || state(worker) == Some('T'));
    mount.release("a");
    let report = scan.report(0);
    assert_eq!(report.paths(), grouped(&[&["a", "b", "c"]]));
    assert_eq!(replaced(&report), 1);
}

#[test]
fn a_worker_that_runs_out_of_memory_is_replaced() {
    let content = pattern(LARGE, 0);
    let Some(mount) = FaultyMount::new([
        ("a", pattern(SMALL, 0), Fault::None),
        ("b", pattern(SMALL, 0), Fault::None),
        // To compare takes a second buffer.
        ("c", content.clone(), Fault::HangFirst(1)),
        ("d", content, Fault::None),
    ]) else {
        return;
    };
    let scan = scan(&mount, &["-j", "1", "--verify"]);
    mount.wait_until_hung("c");
    let worker = pid(scan.worker_at("c"));
    // Less than it has: it gets no more. (The limit that --worker-memory sets
    // counts addresses, of which the allocator has taken plenty by now.)
    let limit = Rlimit {
        current: Some(1),
        maximum: Some(1),
    };
    prlimit(Some(worker), Resource::Data, limit).unwrap();
    mount.release("c");
    let report = scan.report(0);
    assert_eq!(report.paths(), grouped(&[&["c", "d"], &["a", "b"]]));
    assert_eq!(report.errors(), []);
    assert_eq!(replaced(&report), 1);
}

#[test]
fn too_little_memory_to_start_is_told_and_another_executor_may_take_over() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same").file("c", "diff");
    // What can never be enough is no start that failed.
    let run = tree.scan(&["--worker-memory", "1M"]).json().exits(2);
    assert_eq!(
        run.stderr_text().lines().next(),
        Some(
            "nodupe: error: --worker-memory: \"1M\" is less than a worker process needs: at least 64M"
        )
    );
    if !can_mount() {
        return;
    }
    // Where the program does not find its own file, it cannot start another one.
    let limited = |args: &[&str]| {
        let args = [&["--worker-memory", "64M"], args].concat();
        let run = tree.scan(&args).json();
        run.with_mounts("mount -t tmpfs none /proc")
    };
    let run = limited(&[]).exits(2);
    assert_eq!(run.stdout_text(), "");
    let told = run.stderr_text();
    for part in [
        "process",
        "worker",
        "--worker-memory",
        "--executor-fallback",
    ] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    assert!(!told.contains("panicked"), "{told}");
    for fallback in [
        &["--executor-fallback", "-v"][..],
        &["--executor", "process", "--executor-fallback", "-v"],
    ] {
        let run = limited(fallback).exits(0);
        let report = run.report();
        assert_eq!(report.paths(), grouped(&[&["a", "b"]]));
        assert_eq!(kind(&report), "thread");
        for told in [reason(&report), &run.stderr_text()] {
            assert!(told.contains("process workers could not start"), "{told}");
        }
    }
}

#[test]
fn however_little_memory_workers_have_the_scan_ends_honestly() {
    let tree = Tree::new();
    tree.files(&["a", "b"], pattern(LARGE, 0))
        .files(&["c", "d"], pattern(3 << 20, 0))
        .files(&["e", "f"], "same");
    let all = grouped(&[&["c", "d"], &["a", "b"], &["e", "f"]]);
    let mut codes = BTreeSet::new();
    for mebibytes in [2, 4, 6, 8, 12, 16, 32, 64, 100, 140, 200, 300, 512] {
        let memory = format!("{mebibytes}M");
        let run = tree.scan(&["-j", "2", "--worker-memory", &memory]).json();
        let output = Running::start(run).end();
        let code = output.status.code().unwrap();
        codes.insert(code);
        match code {
            2 => assert_eq!(output.stdout, b""),
            0 => assert_eq!(report(&output, 0).paths(), all, "{memory}"),
            3 => {
                let report = report(&output, 3);
                let kinds = report.errors().into_iter().map(|(_, _, kind)| kind);
                assert!(kinds.eq(std::iter::repeat_n("crash", report.errors().len())));
                let groups = report.paths();
                assert!(groups.iter().all(|group| all.contains(group)), "{groups:?}");
            }
            other => panic!("{memory}: {other}"),
        }
    }
    assert!(codes.contains(&0) && codes.contains(&2), "{codes:?}");
}

#[test]
fn a_bad_block_is_an_error_of_its_file_and_no_end_of_a_worker() {
    for (size, fault, stage) in [
        (SMALL, Fault::EioFrom(0), "partial"),
        (LARGE, Fault::EioIn(300_000..300_512), "full"),
    ] {
        let Some(mount) = mounted(size, fault) else {
            return;
        };
        let report = scan(&mount, &[]).report(3);
        assert_eq!(report.errors(), [error("a", stage, "io")]);
        assert_eq!(report.paths(), grouped(&[&["b", "c"]]));
        assert_eq!(replaced(&report), 0);
    }
}

#[test]
fn a_read_that_hangs_is_given_up_after_the_timeout() {
    for (size, fault, stage) in [
        (SMALL, Fault::Hang, "partial"),
        (SMALL, Fault::HangCached, "partial"),
        (LARGE, Fault::HangFrom(599_000), "partial"),
        (LARGE, Fault::HangIn(300_000..590_000), "full"),
    ] {
        for workers in ["1", "3"] {
            let Some(mount) = mounted(size, fault.clone()) else {
                return;
            };
            // By what was asked for, not by what it was asked with.
            let args = ["--timeout", "300ms", "-j", workers];
            let scan = Running::start(mount.scan(&args).json());
            let mark = scan.mark.clone();
            let report = report(&scan.end_with_remains(), 3);
            assert_eq!(report.errors(), [error("a", stage, "timeout")]);
            assert_eq!(report.paths(), grouped(&[&["b", "c"]]));
            assert_eq!(kind(&report), "process");
            assert_eq!(replaced(&report), 2);
            // What cannot be killed goes when it is answered.
            mount.release("a");
            nobody_left(&mark);
        }
    }
}

#[test]
fn a_read_that_hangs_once_is_healed_by_the_second_try() {
    for size in [SMALL, LARGE] {
        let Some(mount) = mounted(size, Fault::HangFirst(1)) else {
            return;
        };
        let args = ["--timeout", "300ms", "-j", "2"];
        let scan = Running::start(mount.scan(&args).json());
        let mark = scan.mark.clone();
        let report = report(&scan.end_with_remains(), 0);
        assert_eq!(report.paths(), grouped(&[&["a", "b", "c"]]));
        assert_eq!(report.errors(), []);
        assert_eq!(replaced(&report), 1);
        mount.release("a");
        nobody_left(&mark);
    }
}

#[test]
fn slow_reads_are_no_hanging_ones() {
    // Each call comes back before the timeout, all of them long after it.
    let slow = Fault::Slow(Duration::from_millis(30));
    let files = (0..60).map(|n| {
        let name = format!("{n:02}");
        (name, pattern(SMALL, (n / 2) as u8), slow.clone())
    });
    let Some(mount) = FaultyMount::new(files) else {
        return;
    };
    let args = ["--timeout", "500ms", "-j", "1"];
    let report = Running::start(mount.scan(&args).json()).report(0);
    assert_eq!(report.paths().len(), 30);
    assert_eq!(replaced(&report), 0);
}

#[test]
fn threads_leave_a_read_that_hangs_behind() {
    for executor in ["thread", "isolated"] {
        for (size, stage) in [(SMALL, "partial"), (LARGE, "partial")] {
            let Some(mount) = mounted(size, Fault::HangCached) else {
                return;
            };
            let args = ["--timeout", "300ms", "--executor", executor, "-j", "1"];
            let report = Running::start(mount.scan(&args).json()).report(3);
            assert_eq!(report.errors(), [error("a", stage, "timeout")]);
            assert_eq!(report.paths(), grouped(&[&["b", "c"]]));
            assert_eq!(kind(&report), executor);
            assert_eq!(replaced(&report), 1);
        }
    }
}

#[test]
fn a_file_cut_short_in_memory_is_told_to_have_changed() {
    let tree = Tree::new();
    tree.files(&["x", "y"], pattern(2 << 20, 0));
    for name in ["a-cut", "b", "c"] {
        let file = File::create(tree.path(name)).unwrap();
        file.set_len(200 << 20).unwrap();
    }
    // For BLAKE3 files are read, not mapped, and so are those that are not
    // settled.
    let args = ["-j", "1", "--hash", "xxh3", "--settle-time", "0s"];
    let scan = scan(&tree, &args);
    // Stopped, so that it cannot be done with it meanwhile.
    loop {
        let worker = scan.worker_at("a-cut");
        send(worker, Signal::STOP);
        wait_until("it is stopped", || all_stopped(worker));
        if has_mapped(worker, "a-cut") {
            File::options()
                .write(true)
                .open(tree.path("a-cut"))
                .unwrap()
                .set_len(10)
                .unwrap();
            send(worker, Signal::CONT);
            break;
        }
        send(worker, Signal::CONT);
    }
    let report = scan.report(3);
    assert_eq!(report.errors(), [error("a-cut", "full", "changed")]);
    assert_eq!(report.paths(), grouped(&[&["b", "c"], &["x", "y"]]));
    assert_eq!(replaced(&report), 1);
}

/// The state of the first thread of a process.
fn state(id: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit(") ").next()?.chars().next()
}

/// Whether every thread of a process is stopped, or there is none.
fn all_stopped(id: u32) -> bool {
    let Ok(tasks) = fs::read_dir(format!("/proc/{id}/task")) else {
        return true;
    };
    let stats = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("stat")).ok());
    let mut states = stats.filter_map(|stat| stat.rsplit(") ").next()?.chars().next());
    states.all(|state| state == 'T')
}

#[test]
fn no_worker_outlives_a_program_that_was_killed() {
    #[derive(Debug, PartialEq)]
    enum They {
        Work,
        AreStopped,
        HangInTheCache,
        HangInDirectIo,
    }
    for they in [
        They::Work,
        They::AreStopped,
        They::HangInTheCache,
        They::HangInDirectIo,
    ] {
        let tree = Tree::new();
        let fault = match they {
            They::HangInDirectIo => Fault::Hang,
            _ => Fault::HangCached,
        };
        let Some(mount) = mounted(SMALL, fault) else {
            return;
        };
        let hang = matches!(they, They::HangInTheCache | They::HangInDirectIo);
        let root = if hang { &*mount } else { &tree };
        for name in ["huge1", "huge2"] {
            let file = File::create(tree.path(name)).unwrap();
            if file.set_len(HUGE).is_err() {
                return skipped("no sparse files of a terabyte here");
            }
        }
        let mut scan = scan(root, &["-j", "2"]);
        if hang {
            mount.wait_until_hung("a");
        } else {
            let worker = scan.worker_at("huge");
            if they == They::AreStopped {
                let mut workers = scan.workers();
                workers.push(worker);
                workers.into_iter().for_each(|id| send(id, Signal::STOP));
            }
        }
        // The second worker starts when there is work for it.
        wait_until("both work", || marked(&scan.mark).len() == 3);
        scan.child.as_mut().unwrap().kill().unwrap();
        let mark = scan.mark.clone();
        let output = scan.end_with_remains();
        assert_eq!(output.status.signal(), Some(9));
        if they == They::HangInDirectIo {
            mount.release("a");
        }
        nobody_left(&mark);
    }
}

#[test]
fn an_interruption_ends_the_workers_too_and_they_keep_quiet() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same");
    for name in ["huge1", "huge2"] {
        let file = File::create(tree.path(name)).unwrap();
        if file.set_len(HUGE).is_err() {
            return skipped("no sparse files of a terabyte here");
        }
    }
    for (group, workers) in [(false, "1"), (true, "1"), (true, "3")] {
        let run = tree.scan(&["--executor", "process", "-j", workers]).json();
        let scan = Running::start_as(run, |command| {
            command.process_group(0);
        });
        // After the small ones, whose group is confirmed then.
        scan.worker_at("huge");
        wait_until("it reads a large one", || {
            let mut workers = scan.workers().into_iter();
            workers.any(|id| bytes_read(id) > 16 << 20)
        });
        if group {
            kill_process_group(pid(scan.id), Signal::INT).unwrap();
        } else {
            kill_process(pid(scan.id), Signal::INT).unwrap();
        }
        let output = scan.end();
        let report = report(&output, 130);
        assert_eq!(report.0["interrupted"], true);
        assert_eq!(report.0["complete"], false);
        assert_eq!(report.errors(), []);
        // The signal was for the program alone.
        assert_eq!(replaced(&report), 0);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            told,
            "nodupe: interrupted: the reported groups are confirmed, but there may be more\n"
        );
        if workers == "1" {
            assert_eq!(report.paths(), grouped(&[&["a", "b"]]));
        }
    }
}

#[test]
fn a_program_that_stood_still_does_not_blame_its_workers() {
    let slow = Fault::Slow(Duration::from_millis(10));
    let files = (0..100).map(|n| {
        let name = format!("{n:02}");
        (name, pattern(SMALL, (n / 2) as u8), slow.clone())
    });
    let Some(mount) = FaultyMount::new(files) else {
        return;
    };
    for timeout in ["200ms", "400ms"] {
        let run = mount.scan(&["--timeout", timeout, "-j", "2"]).json();
        let mut scan = Running::start(run);
        let mut stops = 0;
        while !scan.has_ended() {
            send(scan.id, Signal::STOP);
            // This long nothing happens as seen by the program.
            std::thread::sleep(Duration::from_millis(450));
            send(scan.id, Signal::CONT);
            std::thread::sleep(Duration::from_millis(30));
            stops += 1;
        }
        assert!(stops > 1);
        let report = scan.report(0);
        assert_eq!(report.paths().len(), 50);
        assert_eq!(replaced(&report), 0, "{timeout}");
    }
}

#[test]
fn the_shortest_timeout_blames_nobody_who_works() {
    let tree = Tree::new();
    for n in 0..300 {
        tree.file(format!("{n}"), pattern(20_000 + n / 2, 0));
    }
    tree.files(&["a", "b", "c"], pattern(3 << 20, 0));
    for executor in ["process", "thread", "isolated"] {
        for workers in ["1", "8"] {
            let args = ["--timeout", "100ms", "--executor", executor, "-j", workers];
            let report = Running::start(tree.scan(&args).json()).report(0);
            assert_eq!(report.paths().len(), 151);
            assert_eq!(replaced(&report), 0, "{executor} {workers}");
        }
    }
}

/// Kills a worker again and again while there is something to scan.
#[test]
fn a_storm_of_kills_costs_time_and_no_truth() {
    let pairs = cases(600) as usize;
    let mut all = BTreeSet::new();
    let mut files = Vec::new();
    let pause = Fault::Slow(Duration::from_millis(2));
    for n in 0..pairs {
        let size = if n % 20 == 0 { 30_000 + n } else { 10 + n };
        let pair = vec![format!("{n}-1"), format!("{n}-2")];
        for name in &pair {
            files.push((name.clone(), pattern(size, n as u8), pause.clone()));
        }
        all.insert(pair);
    }
    // The first read shows that the scan has begun.
    files.push(("alone".into(), pattern(5, 0), Fault::HangCached));
    files.push(("too".into(), pattern(5, 1), Fault::None));
    for (args, most) in [
        (&["-j", "4"][..], pairs / 2),
        (&["-j", "2", "--verify"], 40),
    ] {
        let Some(mount) = FaultyMount::new(files.clone()) else {
            return;
        };
        let args = [args, &["-o", "../report"]].concat();
        let mut scan = scan(&mount, &args);
        mount.wait_until_hung("alone");
        mount.release("alone");
        let mut kills = 0_usize;
        while !scan.has_ended() && kills < most {
            let workers = scan.workers();
            if let Some(&worker) = workers.get(kills % workers.len().max(1)) {
                send(worker, Signal::KILL);
                kills += 1;
            }
            // Now and then they get a chance to answer.
            let pause = if kills.is_multiple_of(8) { 80 } else { 3 };
            std::thread::sleep(Duration::from_millis(pause));
        }
        let output = scan.end();
        let code = output.status.code().unwrap();
        assert!(code == 0 || code == 3, "{code}");
        let report = Report::parse(&fs::read(mount.beside("report")).unwrap());
        let groups: BTreeSet<Vec<String>> = report.paths().into_iter().collect();
        let failed: BTreeSet<String> = report.errors().into_iter().map(|e| e.0).collect();
        assert_eq!(failed.is_empty(), code == 0);
        assert!(groups.is_subset(&all));
        for pair in all.difference(&groups) {
            assert!(pair.iter().any(|file| failed.contains(file)), "{pair:?}");
        }
        for (_, _, kind) in report.errors() {
            assert_eq!(kind, "crash");
        }
        assert!(kills > 10, "{kills}");
        if std::env::var_os("NODUPE_TEST_TELL").is_some() {
            let (replaced, failed) = (replaced(&report), failed.len());
            eprintln!("{kills} kills, {replaced} replaced, {failed} errors");
        }
    }
}

/// A copy of the binary that can be taken away from the process that runs it.
fn copy_of_the_binary(tree: &Tree) -> PathBuf {
    let copy = tree.beside("copy");
    fs::copy(BINARY, &copy).unwrap();
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
    copy
}

#[test]
fn a_program_that_cannot_be_run_again_falls_back_or_says_so() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same")
        .file("c", "diff")
        .fifo("list");
    let copy = copy_of_the_binary(&tree);
    for (args, code) in [
        (&["--timeout", "1h", "-v"][..], 0),
        (&["--executor", "process", "--executor-fallback", "-v"], 0),
        (&["--executor", "process"], 2),
    ] {
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = Command::new(&copy);
        command
            .args(["scan", "--format", "json", "--files-from", "list"])
            .args(args)
            .current_dir(tree.root())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // A test that starts a process meanwhile may still hold it open for
        // writing.
        let mut child = None;
        wait_until("the copy can be run", || {
            child = command.spawn().ok();
            child.is_some()
        });
        // It runs, since it opens the list.
        let mut list = File::options().write(true).open(tree.path("list")).unwrap();
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o644)).unwrap();
        list.write_all(b"a\nb\nc\n").unwrap();
        drop(list);
        let output = child.unwrap().wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        if code == 2 {
            assert_eq!(output.status.code(), Some(2), "{told}");
            for part in ["process", "permission denied", "--executor-fallback"] {
                assert!(told.to_lowercase().contains(part), "{part}: {told}");
            }
            continue;
        }
        let report = report(&output, code);
        assert_eq!(report.paths(), grouped(&[&["a", "b"]]));
        assert_eq!(kind(&report), "thread");
        for told in [reason(&report), &told] {
            assert!(told.contains("process workers could not start"), "{told}");
        }
    }
}

#[test]
fn a_program_that_does_not_find_itself_falls_back_or_says_so() {
    if !can_mount() {
        return;
    }
    let tree = Tree::new();
    tree.files(&["a", "b"], "same").file("c", "diff");
    let hide = "mount -t tmpfs none /proc";
    let run = tree
        .scan(&["--timeout", "1h", "-v"])
        .with_mounts(hide)
        .json()
        .exits(0);
    let report = run.report();
    assert_eq!(report.paths(), grouped(&[&["a", "b"]]));
    assert_eq!(kind(&report), "thread");
    for told in [reason(&report), &run.stderr_text()] {
        assert!(told.contains("process workers could not start"), "{told}");
    }
    let run = tree.scan(&["--executor", "process"]).with_mounts(hide);
    let told = run.exits(2).stderr_text();
    assert!(told.contains("--executor-fallback"), "{told}");
    assert!(told.contains("/proc/self/exe"), "{told}");
    let bench = tree.nodupe(["executors", "--bench"]).with_mounts(hide);
    let told = bench.exits(2).stderr_text();
    assert!(told.contains("find its own program file"), "{told}");
    assert!(told.contains("/proc/self/exe"), "{told}");
}

/// Whatever number of processes and threads a user may have, a scan ends, and
/// with the truth.
#[test]
fn too_few_processes_are_no_end_without_a_word() {
    if !is_root() || !permissions_bind() {
        return skipped("limits on the number of processes do not bind root");
    }
    let tree = Tree::new();
    tree.files(&["a", "b"], "same").file("c", "diff");
    tree.files(&["d", "e"], pattern(LARGE, 0));
    // A user who has no other process.
    let user = format!("--reuid={}", 1_000_000 + std::process::id());
    let mut seen = BTreeSet::new();
    for args in [
        &["--timeout", "1h"][..],
        &["--executor", "process", "-j", "3"],
    ] {
        for limit in 1..24 {
            let limit = format!("--nproc={limit}");
            let inner = tree.scan(args).json().command();
            // Last of all setpriv, which reaches the binary below a directory that
            // is private to root.
            let mut command = Command::new("prlimit");
            command
                .args([&limit, "setpriv", &user, "--clear-groups", BINARY])
                .args(inner.get_args())
                .current_dir(tree.root())
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            let child = spawn(&mut command).unwrap();
            let output = output_of(child);
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!told.contains("panicked"), "{limit}: {told}");
            match output.status.code() {
                Some(2) => {
                    assert!(told.contains("nodupe: "), "{limit}: {told}");
                    seen.insert("refused".to_owned());
                }
                Some(0) => {
                    let report = report(&output, 0);
                    assert_eq!(report.paths(), grouped(&[&["d", "e"], &["a", "b"]]));
                    let fell_back = kind(&report) != "process";
                    assert_eq!(
                        fell_back,
                        reason(&report).contains("process workers could not start")
                    );
                    assert!(!fell_back || args[0] == "--timeout");
                    seen.insert(kind(&report).to_owned());
                }
                other => panic!("{limit}: {other:?} {told}"),
            }
        }
    }
    for what in ["refused", "process"] {
        assert!(seen.contains(what), "{seen:?}");
    }
}

/// Waits for the end of a process, but not for ever.
fn output_of(child: Child) -> Output {
    let id = child.id();
    let running = Running {
        child: Some(child),
        id,
        mark: String::new(),
    };
    running.end_with_remains()
}

#[test]
fn the_rules_take_processes_where_a_read_may_hang_and_threads_elsewhere() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same").file("c", "diff");
    let scan = |tree: &Tree, args: &[&str]| {
        let report = Running::start(tree.scan(args).json()).report(0);
        assert_eq!(report.paths().len(), 1);
        (kind(&report).to_owned(), reason(&report).to_owned())
    };
    let (kind, reason) = scan(&tree, &[]);
    assert_eq!(kind, "thread", "{reason}");
    let (kind, reason) = scan(&tree, &["--timeout", "30s"]);
    assert_eq!(kind, "process", "{reason}");
    assert!(reason.contains("ended while one of its reads hangs"));
    let (kind, reason) = scan(&tree, &["--timeout", "30s", "--executor", "thread"]);
    assert_eq!(kind, "thread", "{reason}");
    let Some(mount) = mounted(SMALL, Fault::None) else {
        return;
    };
    let (kind, reason) = scan(&mount, &[]);
    assert_eq!(kind, "process", "{reason}");
    assert!(reason.contains("FUSE"), "{reason}");
    // One such root is enough.
    let beside = mount.root().to_str().unwrap();
    let report = Running::start(tree.scan(&[".", beside]).json()).report(0);
    assert_eq!(report.0["executor"]["kind"], "process");
}

#[test]
fn a_library_that_knows_no_worker_program_uses_threads_and_says_so() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same");
    let mut config = tree.config();
    config.execution.timeout = Some(Duration::from_secs(30));
    let result = Scan::new(config.clone()).run().unwrap();
    let executor = &result.summary().executor;
    assert_eq!(executor.kind, "thread");
    for part in [
        "process workers could not start",
        "the program to run as a worker is not set",
    ] {
        assert!(executor.reason.contains(part), "{}", executor.reason);
    }
    assert_eq!(result.groups(SortKey::Path).count(), 1);
    // A reader that exists here only cannot be taken elsewhere.
    config.execution.worker_program = Some(BINARY.into());
    let reader = || Box::new(Pread::new()) as Box<dyn FileIo>;
    let result = Scan::new(config.clone()).with_io(reader).run().unwrap();
    assert_eq!(result.summary().executor.kind, "thread");
    config.execution.executor = Some(ExecutorKind::Process);
    let refused = Scan::new(config).with_io(reader).run();
    let error = refused.err().unwrap().to_string();
    assert!(error.contains("process"), "{error}");
}

/// The children of this process, zombies among them.
fn children() -> Vec<u32> {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let children = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let children: String = children.collect();
    let ids = children.split_whitespace().map(|id| id.parse().unwrap());
    ids.collect()
}

#[test]
fn scans_in_this_process_leave_no_child_thread_or_descriptor() {
    const ROLE: &str = "NODUPE_TEST_ALONE";
    if std::env::var_os(ROLE).is_none() {
        // Other tests open and start things in this one.
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--test-threads=1", "--nocapture"])
            .arg("processes::scans_in_this_process_leave_no_child_thread_or_descriptor")
            .env(ROLE, "1")
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success());
        return;
    }
    let count = |what: &str| fs::read_dir(format!("/proc/self/{what}")).unwrap().count();
    let tree = Tree::new();
    tree.files(&["a", "b"], "same")
        .files(&["c", "d"], pattern(LARGE, 0));
    let mut config = tree.config();
    config.execution.worker_program = Some(BINARY.into());
    let mut scan = |kind: ExecutorKind, with: Option<Signal>| {
        config.execution.executor = Some(kind);
        let mut sent = 0;
        let result = Scan::new(config.clone())
            .on_progress(|progress| {
                // A worker that is stopped while it has work is another test.
                let is_through = !progress.walking
                    && progress.bytes_to_read > 0
                    && progress.bytes_read == progress.bytes_to_read;
                for id in children() {
                    match with {
                        Some(Signal::STOP) if is_through => send(id, Signal::STOP),
                        Some(Signal::KILL) if sent < 2 => send(id, Signal::KILL),
                        _ => {}
                    }
                    sent += 1;
                }
            })
            .run()
            .unwrap();
        assert_eq!(result.groups(SortKey::Path).count(), 2);
    };
    // Pools of the process that come with the first scan stay.
    for kind in ExecutorKind::CONCURRENT {
        scan(kind, None);
    }
    let threads_end = |most: usize| wait_until("threads end", || count("task") <= most);
    wait_until("threads of readers end", || count("task") < 20);
    let (descriptors, threads) = (count("fd"), count("task"));
    for round in 0..12 {
        let kind = ExecutorKind::CONCURRENT[round % 3];
        let signals = [None, Some(Signal::KILL), Some(Signal::STOP)];
        scan(kind, signals[round / 3 % 3]);
        // At once: the scan waits for them.
        assert_eq!(children(), [0; 0], "{kind:?}");
    }
    threads_end(threads);
    wait_until("descriptors are closed", || count("fd") <= descriptors);
}
