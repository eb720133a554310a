//! Isolated workers, looked at from within: what one of them opens, where it
//! stands and what it may do is nobody else's business.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use nodupe::internals::io::{FileIo, Pread};
use nodupe::internals::types::{FileLocation, FileStat};
use nodupe::{ExecutorKind, ScanConfig, SortKey};
use nodupe::{FailureKind, Stage};
use nodupe::{Scan, ScanResult};

use crate::harness::{Report, Tree, grouped, skipped};

type Look = dyn Fn(&str, &File) + Send + Sync;

/// What came of things that were tried, by name.
type Tried = Vec<(&'static str, io::Result<()>)>;

/// Calls something in the worker whenever a file was opened.
struct Looking {
    real: Pread,
    look: Arc<Look>,
}

impl FileIo for Looking {
    fn enter(&mut self, dir: &[u8], files: usize) {
        self.real.enter(dir, files);
    }

    fn open(&mut self, place: FileLocation<'_>) -> io::Result<File> {
        let file = self.real.open(place)?;
        (self.look)(&String::from_utf8_lossy(place.name), &file);
        Ok(file)
    }

    fn stat(&mut self, file: &File) -> io::Result<FileStat> {
        self.real.stat(file)
    }

    fn read_at(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.real.read_at(file, buffer, offset)
    }
}

fn config(tree: &Tree, kind: ExecutorKind, workers: usize) -> ScanConfig {
    let mut config = tree.config();
    config.execution.executor = Some(kind);
    config.execution.workers = workers.try_into().ok();
    config
}

fn scan(config: ScanConfig, look: impl Fn(&str, &File) + Send + Sync + 'static) -> ScanResult {
    let look: Arc<Look> = Arc::new(look);
    let reader = move || {
        Box::new(Looking {
            real: Pread::new(),
            look: Arc::clone(&look),
        }) as Box<dyn FileIo>
    };
    Scan::new(config).with_io(reader).run().unwrap()
}

/// The file behind a number, in the table of the asking thread.
fn behind(number: i32) -> Option<PathBuf> {
    fs::read_link(format!("/proc/thread-self/fd/{number}")).ok()
}

fn is_open_here(path: &Path) -> bool {
    let open = fs::read_dir("/proc/thread-self/fd").unwrap().flatten();
    open.into_iter()
        .any(|entry| fs::read_link(entry.path()).is_ok_and(|target| target == path))
}

fn paths(result: &ScanResult) -> Vec<Vec<PathBuf>> {
    let groups = result.groups(SortKey::Path);
    groups
        .map(|group| group.files.into_iter().map(|file| file.path).collect())
        .collect()
}

/// Where two workers wait for each other, but not for ever.
#[derive(Default)]
struct Meeting {
    came: Mutex<u32>,
    moved: Condvar,
}

impl Meeting {
    fn wait(&self) {
        let mut came = self.came.lock().unwrap();
        *came += 1;
        let both = came.next_multiple_of(2);
        self.moved.notify_all();
        let patience = Duration::from_secs(60);
        let (came, _) = self
            .moved
            .wait_timeout_while(came, patience, |came| *came < both)
            .unwrap();
        assert!(*came >= both, "nobody came");
    }
}

/// Two files whose workers meet: each waits in the midst of its own file
/// until the other is in the midst of its own. Kept apart by a directory
/// each, and large, so that no worker takes both.
fn two_that_meet() -> (Tree, [&'static str; 2]) {
    let tree = Tree::new();
    tree.files(&["one/a", "two/b"], vec![7; 9 << 20]);
    (tree, ["a", "b"])
}

/// Lets two workers look while the other one has its file open, and answers
/// with what they saw of each other.
fn meeting(kind: ExecutorKind, at: impl Fn(&str) + Send + Sync + 'static) -> HashMap<String, bool> {
    let (tree, names) = two_that_meet();
    let files: Vec<PathBuf> = vec![tree.path("one/a"), tree.path("two/b")];
    let met = Meeting::default();
    let seen: Arc<Mutex<HashMap<String, bool>>> = Arc::default();
    let noted = Arc::clone(&seen);
    let result = scan(config(&tree, kind, 2), move |name, file| {
        let mut noted_before = noted.lock().unwrap();
        if noted_before.contains_key(name) {
            return;
        }
        noted_before.insert(name.to_owned(), false);
        drop(noted_before);
        let other = &files[usize::from(name == names[0])];
        at(name);
        met.wait();
        let sees = is_open_here(other);
        noted.lock().unwrap().insert(name.to_owned(), sees);
        // Its file is open until the other has looked.
        met.wait();
        assert!(behind(file.as_raw_fd()).is_some());
    });
    assert!(result.summary().complete);
    assert_eq!(paths(&result).len(), 1);
    let seen = seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 2);
    seen
}

#[test]
fn no_isolated_worker_sees_what_another_has_open_and_threads_do() {
    for (kind, sees) in [
        (ExecutorKind::Isolated, false),
        (ExecutorKind::Thread, true),
    ] {
        let seen = meeting(kind, |_| {});
        assert!(
            seen.values().all(|&seen| seen == sees),
            "{kind:?}: {seen:?}"
        );
    }
}

#[test]
fn the_caller_and_isolated_workers_do_not_see_each_others_files() {
    for (kind, sees) in [
        (ExecutorKind::Isolated, false),
        (ExecutorKind::Thread, true),
    ] {
        let tree = Tree::new();
        tree.files(&["a", "b"], "same");
        let ours = tree.beside("ours");
        let held = File::create(&ours).unwrap();
        // The worker waits while this thread looks, in the hook for progress.
        let (path, number) = (ours.clone(), held.as_raw_fd());
        let (tell, told) = std::sync::mpsc::channel();
        let (answer, answered) = std::sync::mpsc::channel();
        let answered = Mutex::new(Some(answered));
        let looked: Arc<Look> = Arc::new(move |_: &str, _: &File| {
            let Some(answered) = answered.lock().unwrap().take() else {
                return;
            };
            assert_eq!(behind(number).as_deref() == Some(&*path), sees);
            assert_eq!(is_open_here(&path), sees);
            tell.send(()).unwrap();
            answered.recv().unwrap();
        });
        let reader = move || {
            Box::new(Looking {
                real: Pread::new(),
                look: Arc::clone(&looked),
            }) as Box<dyn FileIo>
        };
        let file = [tree.path("a"), tree.path("b")];
        let mut looks = 0;
        let result = Scan::new(config(&tree, kind, 1))
            .with_io(reader)
            .on_progress(|_| {
                if told.try_recv().is_ok() {
                    let seen = file.iter().any(|file| is_open_here(file));
                    assert_eq!(seen, sees, "{kind:?}");
                    looks += 1;
                    answer.send(()).unwrap();
                }
            })
            .run()
            .unwrap();
        assert_eq!(looks, 1);
        assert_eq!(
            result.errors(),
            [],
            "what the worker saw is an error of its file"
        );
        assert_eq!(paths(&result), [file]);
        assert_eq!(behind(held.as_raw_fd()), Some(ours));
    }
}

#[test]
fn an_isolated_worker_that_goes_elsewhere_takes_nobody_along() {
    let here = std::env::current_dir().unwrap();
    let (tree, names) = two_that_meet();
    let elsewhere = [tree.path("one"), tree.path("two")];
    let places = elsewhere.clone();
    let met = Meeting::default();
    let moved: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = Arc::clone(&moved);
    let start = here.clone();
    let result = scan(config(&tree, ExecutorKind::Isolated, 2), move |name, _| {
        let mut noted = noted.lock().unwrap();
        if noted.iter().any(|known| known == name) {
            return;
        }
        noted.push(name.to_owned());
        drop(noted);
        assert_eq!(std::env::current_dir().unwrap(), start);
        met.wait();
        let own = &places[usize::from(name == names[1])];
        std::env::set_current_dir(own).unwrap();
        met.wait();
        assert_eq!(&std::env::current_dir().unwrap(), own);
    });
    assert_eq!(result.errors(), []);
    assert_eq!(moved.lock().unwrap().len(), 2);
    assert_eq!(std::env::current_dir().unwrap(), here);
}

/// Everything that changes a file or a directory, by name.
fn attempts(dir: &Path) -> Tried {
    let (file, new) = (dir.join("file"), dir.join("new"));
    let truncate = OpenOptions::new().write(true).truncate(true).open(&file);
    vec![
        ("create", File::create(&new).map(drop)),
        (
            "append",
            OpenOptions::new().append(true).open(&file).map(drop),
        ),
        (
            "write",
            OpenOptions::new().write(true).open(&file).map(drop),
        ),
        ("truncate", truncate.map(drop)),
        ("rename", fs::rename(&file, &new)),
        ("link", fs::hard_link(&file, dir.join("link"))),
        ("remove", fs::remove_file(&file)),
        ("make a directory", fs::create_dir(dir.join("sub"))),
    ]
}

#[test]
fn no_isolated_worker_changes_anything_and_the_caller_still_can() {
    if !has_landlock() {
        return skipped("the kernel has no Landlock");
    }
    let tree = Tree::new();
    tree.files(&["a", "b"], "same");
    let outside = tree.beside("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("file"), "words").unwrap();
    let tried: Arc<Mutex<Tried>> = Arc::default();
    let (noted, dir) = (Arc::clone(&tried), outside.clone());
    let result = scan(config(&tree, ExecutorKind::Isolated, 2), move |_, _| {
        noted.lock().unwrap().extend(attempts(&dir));
    });
    assert_eq!(result.errors(), []);
    let tried = tried.lock().unwrap();
    assert!(tried.len() >= 16);
    for (what, result) in &*tried {
        let kind = result.as_ref().map_err(io::Error::kind);
        assert_eq!(kind, Err(io::ErrorKind::PermissionDenied), "{what}");
    }
    assert_eq!(fs::read(outside.join("file")).unwrap(), b"words");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
    // This thread is as free as before.
    fs::write(outside.join("new"), "words").unwrap();
    fs::rename(outside.join("new"), outside.join("file")).unwrap();
    fs::remove_file(outside.join("file")).unwrap();
}

/// Whether the kernel has Landlock, asked on a thread that ends with it.
fn has_landlock() -> bool {
    let asked = std::thread::spawn(|| {
        use landlock::{AccessFs, LandlockStatus, Ruleset, RulesetAttr};
        let status = Ruleset::default()
            .handle_access(AccessFs::WriteFile)
            .and_then(Ruleset::create)
            .and_then(landlock::RulesetCreated::restrict_self);
        status.is_ok_and(|status| matches!(status.landlock, LandlockStatus::Available { .. }))
    });
    asked.join().unwrap()
}

/// Panics over one file, so many times.
fn panicking(file: &'static str, times: u32) -> impl Fn(&str, &File) + Send + Sync + 'static {
    let left = AtomicU32::new(times);
    move |name, _| {
        let one_less = |left: u32| left.checked_sub(1);
        let panics = name == file
            && left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
                .is_ok();
        assert!(!panics, "a fault of the test's making");
    }
}

/// Some groups of small files and of large ones.
fn groups() -> Tree {
    let tree = Tree::new();
    for n in 0..20_u8 {
        let (one, two) = (format!("{}/{n}-1", n % 3), format!("{n}-2"));
        tree.files(&[&one, &two], vec![n; if n % 2 == 0 { 50 } else { 60_000 }]);
    }
    tree.file("0/12-3", vec![12; 50]);
    tree
}

#[test]
fn a_scan_with_a_panic_in_an_isolated_worker_finds_what_threads_find() {
    let tree = groups();
    let expected = Scan::new(config(&tree, ExecutorKind::Thread, 2))
        .run()
        .unwrap();
    let expected = paths(&expected);
    assert_eq!(expected.len(), 20);
    for verify in [false, true] {
        for (bad, workers) in [("12-1", 1), ("13-1", 1), ("12-3", 3), ("0-2", 3)] {
            let mut config = config(&tree, ExecutorKind::Isolated, workers);
            config.verify = verify;
            let result = scan(config, panicking(bad, 1));
            assert_eq!(paths(&result), expected, "{bad}");
            let summary = result.summary();
            assert!(summary.complete);
            assert_eq!(result.errors(), []);
            assert_eq!(summary.executor.kind, "isolated");
            assert_eq!(summary.executor.replaced, 1);
        }
    }
}

#[test]
fn a_file_that_always_panics_is_an_error_and_all_others_are_grouped() {
    let tree = groups();
    for verify in [false, true] {
        for workers in [1, 3] {
            let mut config = config(&tree, ExecutorKind::Isolated, workers);
            config.verify = verify;
            let result = scan(config, panicking("12-1", u32::MAX));
            let errors: Vec<_> = result
                .errors()
                .iter()
                .map(|error| (error.path.clone(), error.stage, error.kind))
                .collect();
            let bad = tree.path("0/12-1");
            assert_eq!(errors, [(bad, Stage::Partial, FailureKind::Panic)]);
            assert!(!result.summary().complete);
            // Of that group two files are left, of the others all.
            assert_eq!(paths(&result).len(), 20);
            assert_eq!(paths(&result).concat().len(), 40);
            assert_eq!(result.summary().executor.replaced, 2);
        }
    }
}

#[test]
fn a_file_that_panics_when_it_is_compared_is_an_error_and_all_others_are_grouped() {
    let tree = Tree::new();
    tree.files(&["a", "b", "c", "d"], "same")
        .files(&["e", "f"], "else");
    // The first file of a comparison is what the others are compared with.
    for (bad, others) in [("a", ["b", "c", "d"]), ("c", ["a", "b", "d"])] {
        let mut config = config(&tree, ExecutorKind::Isolated, 2);
        config.verify = true;
        let opened = AtomicU32::new(0);
        let result = scan(config, move |name, _| {
            // The first time it is hashed.
            let again = name == bad && opened.fetch_add(1, Ordering::Relaxed) > 0;
            assert!(!again, "a fault of the test's making");
        });
        let errors: Vec<_> = result
            .errors()
            .iter()
            .map(|error| (error.path.clone(), error.stage, error.kind))
            .collect();
        assert_eq!(
            errors,
            [(tree.path(bad), Stage::Verify, FailureKind::Panic)]
        );
        let others = others.map(|name| tree.path(name)).to_vec();
        let rest = vec![tree.path("e"), tree.path("f")];
        assert_eq!(paths(&result), [others, rest], "{bad}");
        assert_eq!(result.summary().executor.replaced, 2);
    }
}

/// Readers that panic where nobody reads a file.
struct Broken {
    real: Pread,
    entering: bool,
}

impl FileIo for Broken {
    fn enter(&mut self, dir: &[u8], files: usize) {
        assert!(!(self.entering && dir.ends_with(b"bad")), "no entrance");
        self.real.enter(dir, files);
    }

    fn open(&mut self, place: FileLocation<'_>) -> io::Result<File> {
        self.real.open(place)
    }

    fn stat(&mut self, file: &File) -> io::Result<FileStat> {
        self.real.stat(file)
    }

    fn read_at(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.real.read_at(file, buffer, offset)
    }
}

#[test]
fn a_reader_that_panics_outside_of_files_holds_nobody_up() {
    let tree = Tree::new();
    tree.files(&["a", "b", "bad/c"], "same");
    for kind in [ExecutorKind::Thread, ExecutorKind::Isolated] {
        let reader = || {
            let entering = true;
            let real = Pread::new();
            Box::new(Broken { real, entering }) as Box<dyn FileIo>
        };
        let scan = Scan::new(config(&tree, kind, 1)).with_io(reader);
        let result = scan.run().unwrap();
        // One that ended, and one more to be sure: it was known over what.
        assert_eq!(result.summary().executor.replaced, 2, "{kind:?}");
        let errors = result.errors();
        assert_eq!(errors.len(), 1, "{kind:?}: {errors:?}");
        assert_eq!(errors[0].path, tree.path("bad/c"));
        assert_eq!(errors[0].kind, FailureKind::Panic);
        assert_eq!(paths(&result), [[tree.path("a"), tree.path("b")]]);
    }
}

#[test]
fn readers_that_cannot_even_be_made_fail_every_file_and_the_scan_ends() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same");
    for kind in [ExecutorKind::Thread, ExecutorKind::Isolated] {
        let reader = || -> Box<dyn FileIo> { panic!("a fault of the test's making") };
        let scan = Scan::new(config(&tree, kind, 2)).with_io(reader);
        let result = scan.run().unwrap();
        assert_eq!(result.errors().len(), 2, "{kind:?}");
        for error in result.errors() {
            assert_eq!(error.kind, FailureKind::Panic);
            assert!(error.message.contains("of the test's making"));
        }
        assert!(!result.summary().complete);
    }
}

/// Has a program meet a kernel that refuses these system calls with this
/// error.
#[allow(unsafe_code, reason = "a filter is set between fork and exec")]
fn refuse(command: &mut Command, calls: &[libc::c_long], error: i32) {
    const LOAD_NUMBER: u16 = 0x20;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    const REFUSE: u32 = 0x0005_0000;
    const ALLOW: u32 = 0x7fff_0000;
    let step = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    let mut filter = vec![step(LOAD_NUMBER, 0, 0, 0)];
    for &call in calls {
        filter.push(step(JUMP_IF_EQUAL, 0, 1, call as u32));
        filter.push(step(RETURN, 0, 0, REFUSE | error as u32));
    }
    filter.push(step(RETURN, 0, 0, ALLOW));
    let set = move || {
        let program = libc::sock_fprog {
            len: filter.len() as u16,
            filter: filter.as_ptr().cast_mut(),
        };
        // SAFETY: both calls take numbers and a pointer to a program that
        // lives as long as they last.
        let results = unsafe {
            [
                libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
                libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program),
            ]
        };
        match results {
            [0, 0] => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    };
    // SAFETY: the closure allocates nothing and makes two system calls.
    unsafe { command.pre_exec(set) };
}

fn refused(tree: &Tree, args: &[&str], calls: &[libc::c_long], error: i32) -> Output {
    let mut command = tree.scan(args).json().command();
    command.stdin(Stdio::null());
    refuse(&mut command, calls, error);
    command.output().unwrap()
}

#[test]
fn where_threads_cannot_be_taken_apart_isolated_ones_do_not_start() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same").file("c", "diff");
    let unshare = [libc::SYS_unshare, libc::SYS_close_range];
    let output = refused(&tree, &["--executor", "isolated"], &unshare, libc::EPERM);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert_eq!(output.stdout, b"");
    for part in ["cannot start isolated workers", "--executor-fallback"] {
        assert!(told.contains(part), "{told}");
    }
    let fallback = ["--executor", "isolated", "--executor-fallback", "-v"];
    let output = refused(&tree, &fallback, &unshare, libc::EPERM);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    let report = Report::parse(&output.stdout);
    assert_eq!(report.0["executor"]["kind"], "thread");
    assert_eq!(report.paths(), grouped(&[&["a", "b"]]));
    let reason = report.0["executor"]["reason"].as_str().unwrap();
    for told in [reason, &told] {
        assert!(told.contains("isolated workers could not start"), "{told}");
    }
    // Without the newer of the two calls the older one does as well.
    let newer = [libc::SYS_close_range];
    let output = refused(&tree, &["--executor", "isolated"], &newer, libc::ENOSYS);
    assert_eq!(output.status.code(), Some(0));
    let report = Report::parse(&output.stdout);
    assert_eq!(report.0["executor"]["kind"], "isolated");
    assert_eq!(report.paths(), grouped(&[&["a", "b"]]));
}

#[test]
fn without_landlock_all_the_rest_still_holds() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same").file("c", "diff");
    for executor in ["isolated", "process"] {
        let landlock = [libc::SYS_landlock_create_ruleset];
        let output = refused(&tree, &["--executor", executor], &landlock, libc::ENOSYS);
        assert_eq!(output.status.code(), Some(0), "{executor}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        let report = Report::parse(&output.stdout);
        assert_eq!(report.0["executor"]["kind"], executor);
        assert_eq!(report.paths(), grouped(&[&["a", "b"]]));
    }
}
