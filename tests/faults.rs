//! Scans of a file system whose reads fail, dawdle or hang: what faults put
//! in by way of the library's own trait (`changes`) cannot show, because
//! here the program is in a system call.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::panic::catch_unwind;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::harness::fuse::{Fault, FaultyMount};
use crate::harness::{Report, Tree, grouped, pattern};

const SMALL: usize = 1000;

/// Its ends tell it from others first, then all of it is hashed.
const LARGE: usize = 600_000;

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

#[test]
fn a_bad_block_costs_the_file_it_is_in() {
    for (size, fault, stage) in [
        (SMALL, Fault::EioFrom(0), "partial"),
        // Not even the bytes before it count.
        (SMALL, Fault::EioFrom(999), "partial"),
        (LARGE, Fault::EioIn(0..4096), "partial"),
        // Its last block, and one in the middle.
        (LARGE, Fault::EioFrom(599_000), "partial"),
        (LARGE, Fault::EioIn(300_000..300_512), "full"),
    ] {
        let Some(mount) = mounted(size, fault) else {
            return;
        };
        let run = mount.scan(&[]).json().exits(3);
        let report = run.report();
        assert_eq!(report.errors(), [error("a", stage, "io")]);
        assert_eq!(report.paths(), grouped(&[&["b", "c"]]));
        assert_eq!(report.0["complete"], false);
        assert_eq!(report.0["interrupted"], false);
    }
}

#[test]
fn a_read_that_failed_is_not_tried_again() {
    // The next one would succeed, but one thread reads a file once.
    let Some(mount) = mounted(SMALL, Fault::FailFirst(1)) else {
        return;
    };
    let report = mount.scan(&[]).json().exits(3).report();
    assert_eq!(report.errors(), [error("a", "partial", "io")]);
    assert_eq!(report.paths(), grouped(&[&["b", "c"]]));
    assert_eq!((mount.opens("a"), mount.reads("a")), (1, 1));
    // Whoever comes later finds it in order.
    assert_eq!(mount.groups(&[]), grouped(&[&["a", "b", "c"]]));
}

#[test]
fn slow_reads_cost_time_and_nothing_else() {
    let pause = Duration::from_millis(20);
    let mut files = Vec::new();
    for size in [10, SMALL, LARGE] {
        for (name, seed) in [("a", 0), ("b", 0), ("c", 1), ("d", 1), ("e", 2)] {
            let name = format!("{size:06}{name}");
            files.push((name, pattern(size, seed), Fault::Slow(pause)));
        }
    }
    let Some(mount) = FaultyMount::new(files) else {
        return;
    };
    let expected = grouped(&[
        &["600000a", "600000b"],
        &["600000c", "600000d"],
        &["001000a", "001000b"],
        &["001000c", "001000d"],
        &["000010a", "000010b"],
        &["000010c", "000010d"],
    ]);
    for args in [&[][..], &["--verify", "-j", "3"]] {
        assert_eq!(mount.groups(args), expected, "{args:?}");
    }
}

#[test]
fn a_file_system_without_faults_is_as_good_as_any() {
    let tree = Tree::new();
    let mut files = Vec::new();
    // Sizes around all that matters, two contents for each, and names so
    // long that no single read of the directory brings all of them.
    let sizes = [0, 1, 4095, 4096, 8192, 16_384, 16_385, 300_000, 600_001];
    for number in 0..400 {
        let size = if number < 60 {
            sizes[number % sizes.len()]
        } else {
            number % 7
        };
        let name = format!("{number:03}{}", "-".repeat(200));
        let mut content = pattern(size, 0);
        if let Some(byte) = content.get_mut(size / 2) {
            *byte ^= u8::from(number % 5 == 0);
        }
        tree.file(&name, &content);
        files.push((name, content, Fault::None));
    }
    let Some(mount) = FaultyMount::new(files) else {
        return;
    };
    // Device, inode and time are the file system's own affair.
    let seen = |tree: &Tree, args: &[&str]| {
        let report = tree.scan(args).json().succeeds().report();
        let groups = report.groups().into_iter();
        let digests: Vec<_> = groups.map(|g| (g.digest, g.size, g.reclaimable)).collect();
        (digests, report.paths(), report.total("files"))
    };
    for args in [
        &[][..],
        &["--min-size", "0"],
        &["--verify", "-j", "4"],
        &["--walker", "portable", "-j", "1"],
        &["--unique"],
    ] {
        let expected = seen(&tree, args);
        assert!(expected.2 > 100);
        assert_eq!(seen(&mount, args), expected, "{args:?}");
    }
}

#[test]
fn a_file_shorter_than_its_size_is_in_no_group() {
    for size in [SMALL, LARGE] {
        // Two that deliver the same, so that only their lengths speak
        // against them.
        let content = pattern(size, 0);
        let short = Fault::Short(size / 2);
        let Some(mount) = FaultyMount::new([
            ("a", content.clone(), short.clone()),
            ("b", content.clone(), short),
            ("c", content.clone(), Fault::None),
            ("d", content, Fault::None),
        ]) else {
            return;
        };
        for args in [&[][..], &["--verify"]] {
            let report = mount.scan(args).json().exits(3).report();
            let changed = ["a", "b"].map(|name| error(name, "partial", "changed"));
            assert_eq!(report.errors(), changed);
            assert_eq!(report.paths(), grouped(&[&["c", "d"]]));
        }
    }
}

/// How long to wait for what comes at once unless something is broken: a
/// broken hang must fail a test, not stop it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits for the end of a process.
fn end(child: &mut Child) -> ExitStatus {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("it still hangs");
}

/// A scan that hangs, and will until something is done about it.
fn hanging(mount: &FaultyMount) -> Child {
    // What hangs is the program itself.
    let args = ["-j", "2", "--executor", "thread"];
    let mut child = mount.scan(&args).json().spawn();
    mount.wait_until_hung("a");
    assert!(child.try_wait().unwrap().is_none(), "it did not wait");
    child
}

#[test]
fn a_scan_waits_for_a_read_that_hangs_and_goes_on_with_it() {
    for (size, fault) in [
        (SMALL, Fault::Hang),
        (SMALL, Fault::HangFrom(500)),
        (SMALL, Fault::HangFirst(1)),
        (SMALL, Fault::HangCached),
        // In its first and in its last block, and when it is hashed in full.
        (LARGE, Fault::Hang),
        (LARGE, Fault::HangFrom(599_000)),
        (LARGE, Fault::HangIn(300_000..590_000)),
        (LARGE, Fault::HangCached),
    ] {
        let Some(mount) = mounted(size, fault) else {
            return;
        };
        let mut child = hanging(&mount);
        mount.release("a");
        assert_eq!(end(&mut child).code(), Some(0));
        let output = child.wait_with_output().unwrap();
        let report = Report::parse(&output.stdout);
        assert_eq!(report.paths(), grouped(&[&["a", "b", "c"]]));
        assert_eq!(report.errors(), []);
    }
}

/// Whether anything is mounted there.
fn is_mounted(path: &Path) -> bool {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    mounts.contains(path.to_str().unwrap())
}

/// The states of all threads of a process.
fn states(child: &Child) -> Vec<char> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{}/task", child.id())) else {
        return Vec::new();
    };
    let mut states: Vec<char> = tasks
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("stat")).ok())
        // Behind the name, which may hold anything.
        .filter_map(|stat| stat.rsplit(") ").next()?.chars().next())
        .collect();
    states.sort_unstable();
    states
}

#[test]
fn a_process_that_hangs_is_gone_once_the_mount_is() {
    for fault in [Fault::Hang, Fault::HangCached] {
        for kill in [false, true] {
            let Some(mount) = mounted(SMALL, fault.clone()) else {
                return;
            };
            let root = mount.root().to_owned();
            assert!(is_mounted(&root));
            let mut child = hanging(&mount);
            if kill {
                child.kill().unwrap();
            }
            drop(mount);
            assert!(!is_mounted(&root));
            let output = child.wait_with_output().unwrap();
            let expected = if kill {
                (None, Some(9))
            } else {
                (Some(3), None)
            };
            assert_eq!((output.status.code(), output.status.signal()), expected);
        }
    }
}

#[test]
fn a_hang_in_direct_io_outlives_a_kill_and_one_in_the_page_cache_does_not() {
    // What a test with a worker to kill has to know of the two.
    let Some(mount) = mounted(SMALL, Fault::HangCached) else {
        return;
    };
    let mut child = hanging(&mount);
    child.kill().unwrap();
    assert_eq!(end(&mut child).signal(), Some(9));
    drop(mount);

    let mount = mounted(SMALL, Fault::Hang).unwrap();
    let mut child = hanging(&mount);
    child.kill().unwrap();
    // All that is left: one thread in the read, and the first one, which
    // cannot be waited for before the other has ended.
    while states(&child) != ['D', 'Z'] {
        assert!(child.try_wait().unwrap().is_none(), "it could be killed");
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(child.try_wait().unwrap().is_none());
    mount.release("a");
    assert_eq!(end(&mut child).signal(), Some(9));
}

/// Reads a file in a process of its own, which may hang: a thread of this one
/// that hangs would keep alive what it hangs on.
fn reading(mount: &FaultyMount, name: &str) -> Receiver<io::Result<String>> {
    let path = mount.path(name);
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let output = Command::new("cat").arg(path).output().unwrap();
        sender.send(if output.status.success() {
            Ok(String::from_utf8(output.stdout).unwrap())
        } else {
            Err(io::Error::other("it could not be read"))
        })
    });
    receiver
}

#[test]
fn a_read_that_hangs_holds_up_no_other() {
    let Some(mount) = FaultyMount::new([
        ("hangs", "never read", Fault::Hang),
        (
            "slow",
            "read in a while",
            Fault::Slow(Duration::from_secs(3600)),
        ),
        ("sound", "read", Fault::None),
        ("later", "read the second time", Fault::HangFirst(1)),
    ]) else {
        return;
    };
    let got = |read: &Receiver<io::Result<String>>| read.recv_timeout(PATIENCE).unwrap();
    let hangs = reading(&mount, "hangs");
    let slow = reading(&mount, "slow");
    let later = reading(&mount, "later");
    mount.wait_until_hung("hangs");
    mount.wait_until_hung("later");
    assert_eq!(got(&reading(&mount, "sound")).unwrap(), "read");
    let second = got(&reading(&mount, "later")).unwrap();
    assert_eq!(second, "read the second time");
    mount.release("later");
    assert_eq!(got(&later).unwrap(), second);
    assert_eq!(fs::read_dir(mount.root()).unwrap().count(), 4);
    assert!(hangs.try_recv().is_err() && slow.try_recv().is_err());
    // Whoever still waits is told.
    drop(mount);
    assert!(got(&hangs).is_err());
    let _ = got(&slow);
}

#[test]
fn a_faulty_file_looks_like_any_other() {
    let Some(mount) = mounted(SMALL, Fault::Hang) else {
        return;
    };
    let list = || {
        let entries = fs::read_dir(mount.root()).unwrap().map(Result::unwrap);
        let seen = entries.map(|entry| {
            let metadata = entry.metadata().unwrap();
            assert!(entry.file_type().unwrap().is_file() && metadata.is_file());
            assert_eq!(fs::metadata(entry.path()).unwrap().ino(), metadata.ino());
            let times = (metadata.mtime_nsec(), metadata.ctime_nsec());
            (entry.file_name(), metadata.ino(), metadata.len(), times)
        });
        seen.collect::<BTreeSet<_>>()
    };
    let first = list();
    let sizes: Vec<u64> = first.iter().map(|seen| seen.2).collect();
    assert_eq!(sizes, [SMALL as u64; 4]);
    assert_eq!(first, list());
    assert_eq!((mount.opens("a"), mount.reads("a")), (0, 0));
}

#[test]
fn a_test_that_fails_leaves_nothing_mounted_and_nobody_hanging() {
    let Some(mount) = mounted(SMALL, Fault::Hang) else {
        return;
    };
    let root = mount.root().to_owned();
    let reader = reading(&mount, "a");
    mount.wait_until_hung("a");
    let mount = std::panic::AssertUnwindSafe(mount);
    let ended = catch_unwind(move || {
        // Under the lock of its books, as ill-timed as can be.
        mount.reads("no such file")
    });
    assert!(ended.is_err());
    assert!(!is_mounted(&root));
    assert!(!root.exists());
    assert!(reader.recv_timeout(PATIENCE).unwrap().is_err());
}
