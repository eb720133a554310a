//! Files that somebody else writes to: what tells is the writer, not the times.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use memmap2::MmapMut;
use nodupe::ScanConfig;
use nodupe::internals::io::{FileIo, Lease, Pread};
use nodupe::internals::types::{FileLocation, FileStat};
use nodupe::{FailureKind, Stage};
use nodupe::{Scan, ScanResult};

use crate::harness::faulty::{errors, names};
use crate::harness::fuse::{Fault, FaultyMount};
use crate::harness::{Tree, can_mount, grouped, is_root, pattern, skipped};

/// Smaller than what is read in one go, and larger.
const SIZES: [usize; 2] = [5000, 600_000];

const EXECUTORS: [&str; 3] = ["thread", "isolated", "process"];

/// Three equal files.
fn three(size: usize) -> Tree {
    let tree = Tree::new();
    tree.files(&["a", "b", "c"], pattern(size, 0));
    tree
}

fn writer(tree: &Tree, name: &str) -> File {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    options.open(tree.path(name)).unwrap()
}

fn map(file: &File) -> MmapMut {
    // SAFETY: no test cuts a file short that it has mapped.
    #[allow(unsafe_code, reason = "mappings are what it is about")]
    unsafe { MmapMut::map_mut(file) }.unwrap()
}

/// Says so where no lease is to be had for the files of tests.
fn has_leases() -> bool {
    let tree = three(1);
    let has = Pread::new().take_lease(&File::open(tree.path("a")).unwrap()) == Lease::Held;
    if !has {
        skipped("the file system of temporary files has no leases");
    }
    has
}

#[test]
fn a_file_that_is_open_for_writing_is_in_no_group() {
    if !has_leases() {
        return;
    }
    for size in SIZES {
        let tree = three(size);
        let file = writer(&tree, "b");
        // Who has mapped the file can write to it without the descriptor.
        let mapping = map(&writer(&tree, "c"));
        for executor in EXECUTORS {
            let run = tree.scan(&["--executor", executor]).json().exits(3);
            let report = run.report();
            assert!(report.paths().is_empty(), "{executor}");
            let mut failed: Vec<_> = report.errors().into_iter().map(|e| (e.0, e.2)).collect();
            failed.sort();
            let expected = ["b", "c"].map(|name| (name.to_owned(), "changed".to_owned()));
            assert_eq!(failed, expected, "{executor}");
            let said = run.stderr_text();
            assert!(
                said.contains("another program has it open for writing"),
                "{said}"
            );
        }
        drop((file, mapping));
        assert_eq!(tree.groups(&[]), grouped(&[&["a", "b", "c"]]));
    }
}

#[test]
fn a_settled_file_may_be_open_for_writing_unless_groups_are_verified() {
    if !has_leases() {
        return;
    }
    for size in SIZES {
        let tree = three(size);
        let file = writer(&tree, "b");
        let settled = ["--settle-time", "0s"];
        let probe = File::open(tree.path("a")).unwrap();
        let device = Pread::new().stat(&probe).unwrap().id.dev;
        if !Pread::new().is_on_local_disk(&probe, device) {
            return skipped("temporary files are not on a local disk");
        }
        assert_eq!(tree.groups(&settled), grouped(&[&["a", "b", "c"]]));
        let run = tree.scan(&[&settled[..], &["--verify"]].concat()).json();
        let report = run.exits(3).report();
        assert_eq!(report.paths(), grouped(&[&["a", "c"]]));
        let expected = ("b".to_owned(), "verify".to_owned(), "changed".to_owned());
        assert_eq!(report.errors(), [expected]);
        drop(file);
    }
}

/// Reads, and lets somebody try to write in between.
struct Interrupted<F> {
    real: Pread,
    read: F,
}

impl<F: FnMut(&File, u64) + Send> FileIo for Interrupted<F> {
    fn enter(&mut self, dir: &[u8], files: usize) {
        self.real.enter(dir, files);
    }

    fn open(&mut self, place: FileLocation<'_>) -> io::Result<File> {
        self.real.open(place)
    }

    fn stat(&mut self, file: &File) -> io::Result<FileStat> {
        self.real.stat(file)
    }

    fn take_lease(&mut self, file: &File) -> Lease {
        self.real.take_lease(file)
    }

    fn holds_lease(&mut self, file: &File) -> bool {
        self.real.holds_lease(file)
    }

    fn read_at(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let result = self.real.read_at(file, buffer, offset);
        (self.read)(file, offset);
        result
    }
}

fn interrupted(
    config: ScanConfig,
    read: impl FnMut(&File, u64) + Send + Clone + Sync + 'static,
) -> ScanResult {
    let io = move || {
        let (real, read) = (Pread::new(), read.clone());
        Box::new(Interrupted { real, read }) as Box<dyn FileIo>
    };
    Scan::new(config).with_io(io).run().unwrap()
}

#[test]
fn a_writer_that_comes_during_a_read_is_let_in_and_told_of() {
    if !has_leases() {
        return;
    }
    for size in SIZES {
        for verify in [false, true] {
            let tree = three(size);
            let path = tree.path("b");
            let id = Pread::new().stat(&File::open(&path).unwrap()).unwrap().id;
            let mut config = tree.config();
            config.verify = verify;
            let result = interrupted(config, move |file, _| {
                if Pread::new().stat(file).unwrap().id == id {
                    let mut options = OpenOptions::new();
                    options.write(true).custom_flags(libc::O_NONBLOCK);
                    // It is told to come again, writes nothing, and leaves no
                    // mark in the file's times.
                    let error = options.open(&path).unwrap_err();
                    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                }
            });
            assert_eq!(
                errors(&result),
                [("b", Stage::Partial, FailureKind::Changed)]
            );
            assert_eq!(names(&result), grouped(&[&["a", "c"]]), "{size} {verify}");
        }
    }
}

#[test]
fn a_writer_waits_for_no_more_than_a_step() {
    if !has_leases() {
        return;
    }
    // It waits in open() until the lease is given back. If that were only at
    // the end of the scan, this would wait for ever.
    let tree = three(40 << 20);
    let waiting = Arc::new(Mutex::new(None));
    let started = Arc::clone(&waiting);
    let path = tree.path("b");
    let id = Pread::new().stat(&File::open(&path).unwrap()).unwrap().id;
    let result = interrupted(tree.config(), move |file, offset| {
        let is_it = Pread::new().stat(file).unwrap().id == id;
        let mut waiting = started.lock().unwrap();
        if is_it && offset > 0 && waiting.is_none() && offset < (39 << 20) {
            let path = path.clone();
            *waiting = Some(std::thread::spawn(move || {
                OpenOptions::new().write(true).open(path).map(drop)
            }));
            // Until it has asked.
            while Pread::new().holds_lease(file) {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        if is_it && offset > (39 << 20) && offset < (40 << 20) - 4096 {
            panic!("it is read on although somebody waits to write");
        }
    });
    let writer = waiting.lock().unwrap().take().unwrap();
    assert!(writer.join().unwrap().is_ok());
    assert_eq!(errors(&result), [("b", Stage::Full, FailureKind::Changed)]);
    assert_eq!(names(&result), grouped(&[&["a", "c"]]));
}

#[test]
fn files_of_somebody_else_are_compared_by_their_times() {
    if !is_root() {
        return skipped("only root can make files for somebody else");
    }
    for size in SIZES {
        let tree = three(size);
        for executor in EXECUTORS {
            let run = tree.scan(&["--executor", executor]).by_other_user();
            let report = run.json().succeeds().report();
            assert_eq!(report.paths(), grouped(&[&["a", "b", "c"]]));
        }
    }
}

#[test]
fn nothing_is_ever_settled_in_memory() {
    if !can_mount() {
        return;
    }
    let tree = Tree::new();
    // A shell that has a file open for writing runs the scan.
    let script = "mount -t tmpfs none . && cd \"$PWD\"
        head -c 600000 /dev/urandom >a; cp a b; cp a c; exec 9<>b; : ";
    let run = tree.scan(&["--settle-time", "0s"]).with_mounts(script);
    let report = run.json().exits(3).report();
    assert_eq!(report.paths(), grouped(&[&["a", "c"]]));
}

#[test]
fn a_file_that_holds_more_than_its_size_says_is_in_no_group() {
    for size in SIZES {
        let content = pattern(size, 0);
        let mut longer = content.clone();
        longer.push(b'!');
        let Some(mount) = FaultyMount::new([
            ("a", content.clone(), Fault::None),
            ("b", content.clone(), Fault::None),
            ("longer", longer, Fault::Long(size)),
        ]) else {
            return;
        };
        for executor in ["thread", "process"] {
            for verify in [&[][..], &["--verify"]] {
                let args = [&["--executor", executor][..], verify].concat();
                let report = mount.scan(&args).json().exits(3).report();
                assert_eq!(report.paths(), grouped(&[&["a", "b"]]));
                let expected = ("longer", "partial", "changed");
                let [(path, stage, kind)] = &report.errors()[..] else {
                    panic!("{:?}", report.errors());
                };
                assert_eq!((path.as_str(), stage.as_str(), kind.as_str()), expected);
            }
        }
    }
}

#[test]
fn a_file_that_is_empty_by_its_size_only_is_no_copy_of_an_empty_one() {
    let Some(mount) = FaultyMount::new([
        ("a", Vec::new(), Fault::None),
        ("b", Vec::new(), Fault::None),
        ("full", b"content".to_vec(), Fault::Long(0)),
    ]) else {
        return;
    };
    let report = mount.scan(&["--min-size", "0"]).json().exits(3).report();
    assert_eq!(report.paths(), grouped(&[&["a", "b"]]));
}

#[test]
fn attributes_are_asked_for_where_the_kernel_may_keep_old_ones() {
    let content = pattern(5000, 0);
    let Some(mount) = FaultyMount::new([
        ("a", content.clone(), Fault::None),
        ("b", content.clone(), Fault::None),
        ("c", content, Fault::ChangedElsewhere),
    ]) else {
        return;
    };
    let report = mount.scan(&[]).json().exits(3).report();
    assert_eq!(report.paths(), grouped(&[&["a", "b"]]));
    let expected = ("c".to_owned(), "partial".to_owned(), "changed".to_owned());
    assert_eq!(report.errors(), [expected]);
}

/// As file servers do for clients that write to a copy of their own.
#[test]
fn a_file_that_is_leased_for_writing_is_reported_at_once() {
    const F_SETSIG: libc::c_int = 10;
    if !has_leases() {
        return;
    }
    for size in SIZES {
        let tree = three(size);
        let file = writer(&tree, "b");
        let control = |command: libc::c_int, argument: libc::c_int| {
            // SAFETY: the descriptor is open, and neither command takes a pointer.
            #[allow(unsafe_code, reason = "nothing else has leases")]
            unsafe {
                libc::fcntl(file.as_raw_fd(), command, argument)
            }
        };
        for executor in EXECUTORS {
            // A signal that is ignored in place of one that ends the process.
            // That is forgotten with each lease that is given back.
            assert_eq!(control(F_SETSIG, libc::SIGURG), 0);
            assert_eq!(control(libc::F_SETLEASE, libc::F_WRLCK), 0);
            let run = tree.scan(&["--executor", executor]).json().exits(3);
            assert_eq!(control(libc::F_SETLEASE, libc::F_UNLCK), 0);
            assert_eq!(run.report().paths(), grouped(&[&["a", "c"]]));
            let said = run.stderr_text();
            assert!(
                said.contains("another program holds a write lease"),
                "{said}"
            );
        }
    }
}

#[test]
fn what_the_kernel_makes_up_is_passed_over() {
    if !can_mount() {
        return;
    }
    let tree = Tree::new();
    tree.files(&["e", "f", "v"], "");
    tree.symlink("/proc/version", "l");
    for verify in [&[][..], &["--verify"]] {
        let args = [&["--min-size", "0", "-L"], verify].concat();
        let run = tree.scan(&args);
        let run = run.with_mounts("mount --bind /proc/version v && : ");
        let report = run.json().succeeds().report();
        assert_eq!(report.paths(), grouped(&[&["e", "f"]]));
    }
}
