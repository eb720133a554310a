//! Files that do not hold still, and reads that do not go smoothly.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use nodupe::ScanResult;
use nodupe::SortKey;
use nodupe::{FailureKind, Stage};

use crate::harness::faulty::{Read, at_open, errors, names, once, scan, scan_reading};
use crate::harness::{Tree, grouped, pattern};

/// Three equal files that are hashed in full, and one that is not equal.
fn large() -> Tree {
    let tree = Tree::new();
    let mut content = pattern(600_000, 0);
    for name in ["a", "b", "c"] {
        tree.file(name, &content);
    }
    content[300_000] ^= 1;
    tree.file("d", &content);
    tree
}

fn small() -> Tree {
    let tree = Tree::new();
    for name in ["a", "b", "c"] {
        tree.file(name, "same small");
    }
    tree.file("d", "SAME SMALL");
    tree
}

#[test]
fn short_reads_do_not_show() {
    let tree = large();
    tree.files(&["s1", "s2"], pattern(5000, 1))
        .files(&["m1", "m2"], pattern(16_385, 2));
    let digests = |result: &ScanResult| -> BTreeMap<PathBuf, String> {
        let groups = result.groups(SortKey::Reclaimable);
        groups
            .map(|g| (g.files[0].path.clone(), g.digest.unwrap().to_string()))
            .collect()
    };
    let plain = scan_reading(&tree, |_, _| Read::Pass);
    assert_eq!(
        names(&plain),
        grouped(&[&["a", "b", "c"], &["m1", "m2"], &["s1", "s2"]])
    );
    // From 1 to 7 bytes for small files; of the large ones, odd lengths too.
    for most in 1..=7 {
        let result = scan_reading(&tree, move |name, offset| {
            Read::Short(match name {
                "a" | "b" | "c" | "d" => 10_007 + offset as usize % 7,
                _ => most,
            })
        });
        assert_eq!(names(&result), names(&plain));
        assert_eq!(digests(&result), digests(&plain));
        assert_eq!(
            result.summary().totals.bytes_read,
            plain.summary().totals.bytes_read
        );
        assert!(result.summary().complete);
    }
}

#[test]
fn short_reads_do_not_show_in_a_comparison() {
    let tree = large();
    let mut config = tree.config();
    config.verify = true;
    let result = scan(
        config,
        |_| {},
        |name, offset| Read::Short(name.len() * 999 + offset as usize % 7 + 1),
    );
    assert_eq!(names(&result), grouped(&[&["a", "b", "c"]]));
    assert_eq!(errors(&result), []);
}

#[test]
fn an_interrupted_read_is_tried_again() {
    let tree = large();
    for verify in [false, true] {
        let mut config = tree.config();
        config.verify = verify;
        let seen = Mutex::new(0_u64);
        let result = scan(
            config,
            |_| {},
            move |_, _| {
                let mut seen = seen.lock().unwrap();
                *seen += 1;
                // Two interruptions before every read that works.
                if seen.is_multiple_of(3) {
                    Read::Pass
                } else {
                    Read::Fail(io::ErrorKind::Interrupted)
                }
            },
        );
        assert_eq!(names(&result), grouped(&[&["a", "b", "c"]]));
        assert_eq!(errors(&result), []);
    }
}

#[test]
fn a_bad_block_costs_the_file_it_is_in() {
    for (tree, from, stage) in [
        (small(), 0, Stage::Partial),
        // Its last block, and one in the middle.
        (large(), 595_000, Stage::Partial),
        (large(), 262_144, Stage::Full),
    ] {
        let result = scan_reading(&tree, move |name, offset| {
            let bad = name == "b" && offset >= from && (offset < 590_000 || from > 590_000);
            if bad { Read::Eio } else { Read::Pass }
        });
        assert_eq!(errors(&result), [("b", stage, FailureKind::Io)]);
        assert_eq!(names(&result), grouped(&[&["a", "c"]]));
        assert!(!result.summary().complete);
        assert!(!result.summary().interrupted);
    }
}

#[test]
fn a_group_of_two_of_which_one_fails_is_no_group() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same")
        .files(&["c", "d"], "fine, both");
    let result = scan_reading(&tree, |name, _| match name {
        "a" => Read::Eio,
        _ => Read::Pass,
    });
    assert_eq!(names(&result), grouped(&[&["c", "d"]]));
    assert_eq!(errors(&result), [("a", Stage::Partial, FailureKind::Io)]);
}

#[test]
fn a_panic_costs_the_file_it_came_from() {
    for (tree, stage, from) in [
        (small(), Stage::Partial, 0),
        (large(), Stage::Full, 262_144),
    ] {
        // One worker: it must live on and hash the others right.
        let mut config = tree.config();
        config.execution.workers = std::num::NonZeroUsize::new(1);
        let result = scan(
            config,
            |_| {},
            move |name, offset| {
                if name == "b" && (from..590_000).contains(&offset) {
                    Read::Panic
                } else {
                    Read::Pass
                }
            },
        );
        assert_eq!(errors(&result), [("b", stage, FailureKind::Panic)]);
        assert_eq!(names(&result), grouped(&[&["a", "c"]]));
        let digest = result.groups(SortKey::Path).next().unwrap().digest;
        let content = fs::read(tree.path("a")).unwrap();
        assert_eq!(
            digest.unwrap().to_string(),
            blake3::hash(&content).to_hex().to_string()
        );
    }
}

/// Something done to a file.
type Change = fn(&Path);

fn append(path: &Path) {
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(b"more").unwrap();
}

fn shorten(path: &Path) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
}

fn rewrite_a_byte(path: &Path) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.write_all_at(b"!", 1).unwrap();
}

fn make_fifo(path: &Path) {
    use rustix::fs::{CWD, FileType, mknodat};
    mknodat(CWD, path, FileType::Fifo, 0o666.into(), 0).unwrap();
}

fn touch(path: &Path) {
    let file = File::open(path).unwrap();
    let long_ago = std::time::SystemTime::UNIX_EPOCH;
    file.set_modified(long_ago).unwrap();
}

/// Writes a byte and sets the time of modification back: the change time
/// still tells.
fn rewrite_in_secret(path: &Path) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    let modified = file.metadata().unwrap().modified().unwrap();
    file.write_all_at(b"!", 1).unwrap();
    file.set_modified(modified).unwrap();
}

const CHANGES: [(&str, Change); 5] = [
    ("append", append),
    ("shorten", shorten),
    ("rewrite a byte", rewrite_a_byte),
    ("touch", touch),
    ("rewrite in secret", rewrite_in_secret),
];

/// A tree whose files were made long enough ago for a change to show in
/// their times, however coarse the clock of the file system.
fn settled(make: fn() -> Tree) -> Tree {
    let tree = make();
    let probe = tree.beside("probe");
    let made = |path: &Path| {
        let metadata = fs::metadata(path).unwrap();
        use std::os::unix::fs::MetadataExt;
        (metadata.ctime(), metadata.ctime_nsec())
    };
    let last = ["a", "b", "c", "d"].map(|name| made(&tree.path(name)));
    loop {
        fs::write(&probe, "").unwrap();
        if last.iter().all(|&time| made(&probe) > time) {
            return tree;
        }
        std::thread::yield_now();
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_in_no_group() {
    for (what, change) in CHANGES {
        for (make, from, stage) in [
            (small as fn() -> Tree, 0, Stage::Partial),
            (large, 0, Stage::Partial),
            (large, 262_144, Stage::Full),
        ] {
            let tree = settled(make);
            let path = tree.path("b");
            let full = stage == Stage::Full;
            let done = Mutex::new(false);
            let result = scan_reading(&tree, move |name, offset| {
                // The last block belongs to the partial stage.
                if name == "b" && offset >= from && !(full && offset > 590_000) {
                    let mut done = done.lock().unwrap();
                    if !std::mem::replace(&mut *done, true) {
                        change(&path);
                    }
                }
                Read::Pass
            });
            let expected = [("b", stage, FailureKind::Changed)];
            assert_eq!(errors(&result), expected, "{what}");
            assert_eq!(names(&result), grouped(&[&["a", "c"]]), "{what}");
        }
    }
}

#[test]
fn a_file_that_changed_before_it_is_opened_is_in_no_group() {
    for (what, change) in CHANGES {
        for (make, nth, stage) in [
            (small as fn() -> Tree, 1, Stage::Partial),
            (large, 1, Stage::Partial),
            // Between its partial and its full hash.
            (large, 2, Stage::Full),
        ] {
            let tree = settled(make);
            let path = tree.path("b");
            let result = scan(
                tree.config(),
                at_open("b", nth, move || change(&path)),
                |_, _| Read::Pass,
            );
            let expected = [("b", stage, FailureKind::Changed)];
            assert_eq!(errors(&result), expected, "{what}");
            assert_eq!(names(&result), grouped(&[&["a", "c"]]), "{what}");
        }
    }
}

#[test]
fn a_file_that_changes_while_it_is_compared_is_in_no_group() {
    for (what, change) in CHANGES {
        // Whichever of them the others are compared with.
        for file in ["a", "b", "c"] {
            let tree = settled(large);
            let path = tree.path(file);
            let mut config = tree.config();
            config.verify = true;
            // Opened for its ends, in full, and for the comparison.
            let result = scan(config, at_open(file, 3, move || change(&path)), |_, _| {
                Read::Pass
            });
            let expected = [(file, Stage::Verify, FailureKind::Changed)];
            assert_eq!(errors(&result), expected, "{what}");
            let left: Vec<_> = ["a", "b", "c"].into_iter().filter(|f| *f != file).collect();
            assert_eq!(names(&result), grouped(&[&left]), "{what}");
        }
    }
}

#[test]
fn a_failing_pivot_does_not_cost_the_files_compared_with_it() {
    // More files than are opened at once, and any of them failing.
    let tree = Tree::new();
    let all: Vec<String> = (0..40).map(|n| format!("f{n:02}")).collect();
    for name in &all {
        tree.file(name, pattern(20_000, 0));
    }
    for failing in [
        &["f00"][..],
        &["f20"],
        &["f39"],
        &["f00", "f01", "f20", "f39"],
    ] {
        for kind in ["eio", "panic"] {
            if kind == "panic" && failing.len() > 1 {
                continue;
            }
            let mut config = tree.config();
            config.verify = true;
            let opened = Mutex::new(HashMap::<String, usize>::new());
            let opened = Arc::new(opened);
            let count = Arc::clone(&opened);
            let result = scan(
                config,
                move |name| *count.lock().unwrap().entry(name.to_owned()).or_default() += 1,
                move |name, _| {
                    let comparing = opened.lock().unwrap()[name] > 2;
                    match kind {
                        _ if !comparing || !failing.contains(&name) => Read::Pass,
                        "eio" => Read::Eio,
                        _ => Read::Panic,
                    }
                },
            );
            if kind == "panic" {
                // Which of the files compared together it was cannot be
                // told; the rest must be as it should.
                let groups = names(&result);
                assert!(groups.len() <= 1);
                assert!(!groups.concat().contains(&failing[0].to_owned()));
                assert!(errors(&result).iter().any(|e| e.0 == failing[0]));
                let known = groups.concat().len() + result.errors().len();
                assert_eq!(known, all.len(), "each is in the group or an error");
                continue;
            }
            let expected: Vec<_> = failing
                .iter()
                .map(|name| (*name, Stage::Verify, FailureKind::Io))
                .collect();
            assert_eq!(errors(&result), expected);
            let rest = all.iter().filter(|n| !failing.contains(&n.as_str()));
            assert_eq!(names(&result), [rest.cloned().collect::<Vec<_>>()]);
        }
    }
}

#[test]
fn what_took_a_files_place_is_not_taken_for_it() {
    let replace: [(&str, Change, FailureKind); 6] = [
        (
            "another file with the same content",
            |path| {
                let other = path.with_extension("new");
                fs::copy(path, &other).unwrap();
                fs::rename(other, path).unwrap();
            },
            FailureKind::Changed,
        ),
        (
            "nothing",
            |path| fs::remove_file(path).unwrap(),
            FailureKind::NotFound,
        ),
        (
            "a symbolic link to its twin",
            |path| {
                fs::remove_file(path).unwrap();
                std::os::unix::fs::symlink("a", path).unwrap();
            },
            FailureKind::Changed,
        ),
        (
            "a directory",
            |path| {
                fs::remove_file(path).unwrap();
                fs::create_dir(path).unwrap();
            },
            FailureKind::Changed,
        ),
        (
            "a FIFO",
            |path| {
                fs::remove_file(path).unwrap();
                make_fifo(path);
            },
            FailureKind::Changed,
        ),
        (
            "a file moved there from elsewhere",
            |path| fs::rename(path.with_file_name("c"), path).unwrap(),
            FailureKind::Changed,
        ),
    ];
    for (what, change, kind) in replace {
        for (make, nth, stage) in [
            (small as fn() -> Tree, 1, Stage::Partial),
            (large, 2, Stage::Full),
        ] {
            // The other clone is enough: where `c` is moved, it is gone too.
            let tree = make();
            let path = tree.path("b");
            let mut config = tree.config();
            config.execution.workers = std::num::NonZeroUsize::new(1);
            let changed = Arc::new(Mutex::new(false));
            let (set, get) = (Arc::clone(&changed), changed);
            let result = scan(
                config,
                at_open("b", nth, move || {
                    change(&path);
                    *set.lock().unwrap() = true;
                }),
                move |name, _| {
                    // Small files are checked once, after the read.
                    assert!(
                        stage == Stage::Partial || name != "b" || !*get.lock().unwrap(),
                        "read what is not the file"
                    );
                    Read::Pass
                },
            );
            let failed = errors(&result);
            assert!(failed.contains(&("b", stage, kind)), "{what}: {failed:?}");
            assert!(!names(&result).concat().contains(&"b".to_owned()), "{what}");
            let message = &result.errors()[0].message;
            let word = match what {
                "a symbolic link to its twin" => "symbolic link",
                "a directory" | "a FIFO" => "regular file",
                _ => "",
            };
            assert!(message.contains(word), "{what}: {message}");
            if !what.contains("moved") {
                assert_eq!(failed.len(), 1, "{what}");
                assert_eq!(names(&result), grouped(&[&["a", "c"]]), "{what}");
            }
        }
    }
}

#[test]
fn a_socket_or_device_in_a_files_place_is_never_read() {
    let tree = small();
    let path = tree.path("b");
    let result = scan(
        tree.config(),
        at_open("b", 1, move || {
            fs::remove_file(&path).unwrap();
            std::os::unix::net::UnixListener::bind(&path).unwrap();
        }),
        |name, _| {
            assert_ne!(name, "b");
            Read::Pass
        },
    );
    // A socket cannot even be opened.
    assert_eq!(errors(&result).len(), 1);
    assert_eq!(names(&result), grouped(&[&["a", "c"]]));
}

#[test]
fn nothing_is_taken_out_of_a_fifo_in_a_files_place() {
    use std::io::{Read as _, Write as _};

    let tree = small();
    let path = tree.path("b");
    let fifo = path.clone();
    // Who opens it for both never waits for the other end.
    let ends = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&ends);
    let result = scan(
        tree.config(),
        at_open("b", 1, move || {
            fs::remove_file(&path).unwrap();
            make_fifo(&path);
            let both = OpenOptions::new().read(true).write(true).open(&path);
            let mut both = both.unwrap();
            both.write_all(b"not for you").unwrap();
            *keep.lock().unwrap() = Some(both);
        }),
        |_, _| Read::Pass,
    );
    assert_eq!(
        errors(&result),
        [("b", Stage::Partial, FailureKind::Changed)]
    );
    assert!(fifo.exists());
    let mut left = [0; 11];
    let mut both = ends.lock().unwrap().take().unwrap();
    both.read_exact(&mut left).unwrap();
    assert_eq!(&left, b"not for you");
}

#[test]
fn nothing_is_read_in_a_directory_that_took_anothers_place() {
    let tree = Tree::new();
    let names = ["1", "2", "3", "4"];
    for dir in ["first", "second"] {
        tree.dir(dir);
        for name in names {
            tree.file(format!("{dir}/{dir}{name}"), "same");
        }
    }
    let (second, away) = (tree.path("second"), tree.path("away"));
    let mut config = tree.config();
    // One worker and one batch: the first directory before the second.
    config.execution.workers = std::num::NonZeroUsize::new(1);
    let moved = Mutex::new(None);
    let result = scan(
        config,
        |_| {},
        move |name, _| {
            let mut moved = moved.lock().unwrap();
            let this = name[..5].to_owned();
            match &*moved {
                None => {
                    let other = if this == "first" {
                        &second
                    } else {
                        &tree.path("first")
                    };
                    fs::rename(other, &away).unwrap();
                    fs::create_dir(other).unwrap();
                    for file in fs::read_dir(&away).unwrap() {
                        let name = file.unwrap().file_name();
                        fs::write(other.join(name), "same").unwrap();
                    }
                    *moved = Some(this);
                }
                Some(first) => assert_eq!(*first, this, "read in the wrong directory"),
            }
            Read::Pass
        },
    );
    let failed = errors(&result);
    assert_eq!(failed.len(), names.len(), "{failed:?}");
    assert!(failed.iter().all(|error| error.2 == FailureKind::Changed));
    assert_eq!(result.summary().totals.groups, 1);
}

#[test]
fn a_directory_that_vanishes_takes_its_files_with_it_only() {
    let tree = Tree::new();
    tree.files(&["d/a", "d/b", "e/c", "e/d"], "same");
    let dir = tree.path("d");
    let gone = Mutex::new(false);
    // One worker: nobody has a file of it open meanwhile.
    let mut config = tree.config();
    config.execution.workers = std::num::NonZeroUsize::new(1);
    let result = scan(
        config,
        move |name| {
            if matches!(name, "a" | "b") && !std::mem::replace(&mut gone.lock().unwrap(), true) {
                fs::remove_dir_all(&dir).unwrap();
            }
        },
        |_, _| Read::Pass,
    );
    assert_eq!(
        errors(&result),
        [
            ("a", Stage::Partial, FailureKind::NotFound),
            ("b", Stage::Partial, FailureKind::NotFound),
        ]
    );
    assert_eq!(names(&result), grouped(&[&["c", "d"]]));
}

#[test]
fn reading_on_at_the_end_is_no_change() {
    // A hook that does nothing must not be mistaken for a fault: the tests
    // above prove something only if this one passes.
    let tree = settled(large);
    let result = scan_reading(&tree, once("b", 262_144, || {}));
    assert_eq!(errors(&result), []);
    assert_eq!(names(&result), grouped(&[&["a", "b", "c"]]));
}

#[cfg(target_os = "linux")]
#[test]
fn a_fifo_in_a_files_place_is_not_even_opened_where_others_may_write() {
    use rustix::fs::inotify;

    for (make, nth) in [(small as fn() -> Tree, 1), (large, 1), (large, 2)] {
        let tree = make();
        tree.mode(".", 0o777);
        let path = tree.path("b");
        let flags = inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC;
        let watch = Arc::new(inotify::init(flags).unwrap());
        let watching = Arc::clone(&watch);
        let result = scan(
            tree.config(),
            at_open("b", nth, move || {
                fs::remove_file(&path).unwrap();
                make_fifo(&path);
                inotify::add_watch(&*watching, &path, inotify::WatchFlags::OPEN).unwrap();
            }),
            |_, _| Read::Pass,
        );
        let failed = errors(&result);
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert_eq!((failed[0].0, failed[0].2), ("b", FailureKind::Changed));
        let mut room = [std::mem::MaybeUninit::uninit(); 512];
        let mut events = inotify::Reader::new(&*watch, &mut room);
        assert!(events.next().is_err(), "it was opened");
    }
}
