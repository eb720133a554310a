//! Things that are no plain files, names that are no plain text, and limits
//! of the system.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixListener;

use rustix::fs::{CWD, FileType, Mode, OFlags, makedev, mkdirat, mknodat, openat};

use crate::harness::{Tree, can_mount, grouped, is_root, permissions_bind, skipped, strings};

#[test]
fn only_regular_files_are_opened() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same").fifo("fifo").fifo("fifo2");
    let sockets = ["s1", "s2"].map(|name| UnixListener::bind(tree.path(name)).unwrap());
    // Opening a FIFO waits for somebody to write: a scan that does, hangs.
    for walker in ["native", "portable"] {
        for links in [&[][..], &["-L"]] {
            let args = [links, &["--walker", walker, "--min-size", "0"]].concat();
            let run = tree.scan(&args).json().succeeds();
            assert_eq!(run.report().paths(), grouped(&[&["a", "b"]]));
            assert_eq!(run.report().total("files"), 2);
        }
    }
    // Reached by links as well.
    tree.symlink("fifo", "to-fifo").symlink("s1", "to-socket");
    assert_eq!(tree.selected(&["-L", "--min-size", "0"]), ["a", "b"]);
    drop(sockets);
}

#[test]
fn devices_are_never_read() {
    if !is_root() {
        return skipped("only root can make device nodes");
    }
    let tree = Tree::new();
    tree.files(&["a", "b"], "same");
    // /dev/zero never ends; 7:0 is the first loop device.
    for (name, kind, device) in [
        ("zero", FileType::CharacterDevice, makedev(1, 5)),
        ("zero2", FileType::CharacterDevice, makedev(1, 5)),
        ("block", FileType::BlockDevice, makedev(7, 0)),
    ] {
        let made = mknodat(
            CWD,
            tree.path(name),
            kind,
            Mode::from_raw_mode(0o666),
            device,
        );
        if made.is_err() {
            return skipped("device nodes cannot be made here");
        }
    }
    tree.symlink("/dev/zero", "to-zero");
    for walker in ["native", "portable"] {
        assert_eq!(
            tree.selected(&["-L", "--min-size", "0", "--walker", walker]),
            ["a", "b"]
        );
    }
    let run = tree.scan(&["zero"]).exits(2);
    assert!(run.stderr_text().contains("zero"));
}

#[test]
fn files_are_read_where_anybody_may_write() {
    let tree = Tree::new();
    tree.files(&["d/a", "d/b", "e/c"], vec![b'x'; 40_000])
        .files(&["d/s", "e/t"], "small")
        .symlink("d/a", "link");
    for dir in [".", "d", "e"] {
        tree.mode(dir, 0o777);
    }
    let all = grouped(&[&["d/a", "d/b", "e/c"], &["d/s", "e/t"]]);
    for executor in ["thread", "isolated", "process"] {
        for more in [&[][..], &["--verify"], &["-L"], &["--hash", "xxh3"]] {
            let args = [&["--executor", executor][..], more].concat();
            let run = tree.scan(&args).json().succeeds();
            assert_eq!(run.report().paths(), all, "{args:?}");
        }
    }
}

#[test]
fn without_proc_files_are_read_only_where_nobody_else_may_write() {
    if !can_mount() {
        return;
    }
    let tree = Tree::new();
    tree.files(&["ours/a", "ours/b", "theirs/c"], "same")
        .mode("theirs", 0o777);
    let run = tree
        .scan(&["--executor", "thread"])
        .json()
        .with_mounts("mount -t tmpfs none /proc")
        .exits(3);
    let report = run.report();
    assert_eq!(report.paths(), grouped(&[&["ours/a", "ours/b"]]));
    let failed = ("theirs/c".to_owned(), "partial".to_owned(), "io".to_owned());
    assert_eq!(report.errors(), [failed]);
    assert!(run.stderr_text().contains("/proc"));
}

#[test]
fn what_may_not_be_read_is_told_and_the_rest_goes_on() {
    if !permissions_bind() {
        return;
    }
    let tree = Tree::new();
    tree.files(&["a", "b", "secret", "closed/x", "blind/y"], "same")
        .file("alone", "of its own size, so never opened")
        .mode("alone", 0)
        .mode("secret", 0)
        .mode("closed", 0)
        // Its entries can be listed, but nothing is told of them.
        .mode("blind", 0o444);
    let error =
        |path: &str, stage: &str| (path.to_owned(), stage.to_owned(), "permission".to_owned());
    for walker in ["native", "portable"] {
        let run = tree
            .scan(&["--walker", walker])
            .json()
            .by_other_user()
            .exits(3);
        let report = run.report();
        assert_eq!(report.paths(), grouped(&[&["a", "b"]]));
        assert_eq!(
            report.errors(),
            [
                error("blind/y", "walk"),
                error("closed", "walk"),
                error("secret", "partial"),
            ]
        );
        assert_eq!(report.0["complete"], false);
        assert_eq!(report.0["interrupted"], false);
        assert_eq!(report.total("errors"), 3);
        let told = run.stderr_text();
        for path in ["blind/y", "closed", "secret"] {
            assert!(told.contains(path), "{path}");
        }
        assert!(!told.contains("alone"));
    }
    let quiet = tree.scan(&["-q"]).by_other_user().exits(3);
    assert_eq!(quiet.stderr_text(), "");
    let root = tree.scan(&["closed"]).json().by_other_user().run();
    assert_eq!(root.status.code(), Some(3), "a root that may not be listed");
    // So that everything can be removed again.
    for name in ["closed", "blind"] {
        tree.mode(name, 0o755);
    }
}

#[test]
fn a_file_may_be_owned_by_somebody_else() {
    // Whose access times only the owner may leave untouched: asking for that
    // is refused, and must not be the end of it.
    if !permissions_bind() || !is_root() {
        return;
    }
    let tree = Tree::new();
    tree.files(&["a", "b", "d/c"], vec![b'x'; 20_000]);
    for walker in ["native", "portable"] {
        let run = tree
            .scan(&["--walker", walker])
            .json()
            .by_other_user()
            .succeeds();
        assert_eq!(run.report().paths(), grouped(&[&["a", "b", "d/c"]]));
    }
}

/// Names that trip up programs. The longest is as long as a name can be.
fn awkward_names() -> Vec<Vec<u8>> {
    let mut names: Vec<Vec<u8>> = [
        &b"\xff\xfe not UTF-8 \x80"[..],
        b"new\nline",
        b"\x1b[31mred\x1b]0;title\x07",
        b"carriage\rreturn\ttab\x08\x7f",
        b"-rf",
        b"--",
        b" leading and trailing ",
        b"\"quotes' `and` $dollars \\ back",
        b"comma,semi;colon",
        "ünïcödé 文件 🎉 \u{202e}backwards\u{200b}".as_bytes(),
        "cafe\u{301}".as_bytes(),
        "caf\u{e9}".as_bytes(),
        b"...",
        b"*?[a-z]{b,c}",
        b"%s%n",
        b"\xed\xa0\x80 surrogate",
    ]
    .iter()
    .map(|name| name.to_vec())
    .collect();
    names.push(vec![b'n'; 255]);
    names.push(vec![0xe9; 255]);
    names.sort();
    names
}

#[test]
fn every_name_comes_out_as_it_is() {
    let tree = Tree::new();
    let names = awkward_names();
    for name in &names {
        tree.file(OsStr::from_bytes(name), "same");
    }
    for walker in ["native", "portable"] {
        let run = tree.scan(&["--walker", walker]).json().succeeds();
        let expected: Vec<Vec<u8>> = names.iter().map(|n| [b"./", &n[..]].concat()).collect();
        assert_eq!(run.report().exact_paths(), expected);
    }
    // In directories of such names too, and as roots.
    let tree = Tree::new();
    let mut roots: Vec<OsString> = vec!["--".into()];
    for name in &names {
        let dir = OsStr::from_bytes(name);
        tree.file(tree.path(dir).join("f"), "same");
        roots.push(dir.to_owned());
    }
    let run = tree.scan(&[]).json().args(&roots).succeeds();
    let expected: Vec<Vec<u8>> = names.iter().map(|n| [&n[..], b"/f"].concat()).collect();
    let mut found = run.report().exact_paths();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn no_name_acts_on_the_terminal() {
    let tree = Tree::new();
    for name in awkward_names() {
        tree.file(OsStr::from_bytes(&name), "same");
        let dir = [b"d", &name[..name.len().min(254)]].concat();
        tree.file(tree.path(OsStr::from_bytes(&dir)).join("f"), "same");
    }
    // The table, and everything that is said on standard error.
    tree.symlink("gone\x1b[2J", "link\x1b[2J\n")
        .symlink("loop\x1b[2J\n", "loop\x1b[2J\n");
    for args in [
        &["-f", "table", "-L", "-v"][..],
        &["-f", "summary", "-L", "-v"],
    ] {
        let run = tree.scan(args).exits(3);
        for stream in [run.stdout_text(), run.stderr_text()] {
            let acts =
                |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
            assert_eq!(stream.find(acts), None, "{stream:?}");
        }
    }
    // One line a name: what is between the heading and the totals.
    let run = tree.scan(&["-f", "table"]).succeeds();
    let lines = run.lines();
    assert_eq!(lines.iter().filter(|line| line.contains("new")).count(), 2);
    assert!(lines.iter().any(|line| line.contains(r"\033[31mred")));
    let run = tree.scan(&["no\x1b[2Jroot\n"]).exits(2);
    assert!(!run.stderr_text().contains('\x1b'));
}

/// Directories in each other until their path is longer than any system call
/// takes, and a file at the end.
fn deep(tree: &Tree, name: &str, levels: usize) -> String {
    let dir = "d".repeat(200);
    let open = |at: &OwnedFd, name: &str| {
        openat(at, name, OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty()).unwrap()
    };
    let mut at = openat(CWD, tree.root(), OFlags::DIRECTORY, Mode::empty()).unwrap();
    let mut path = name.to_owned();
    mkdirat(&at, name, Mode::from_raw_mode(0o755)).unwrap();
    at = open(&at, name);
    for _ in 0..levels {
        mkdirat(&at, dir.as_str(), Mode::from_raw_mode(0o755)).unwrap();
        at = open(&at, &dir);
        path = format!("{path}/{dir}");
    }
    let flags = OFlags::CREATE | OFlags::WRONLY;
    let file = openat(&at, "file", flags, Mode::from_raw_mode(0o644)).unwrap();
    rustix::io::write(&file, b"far down").unwrap();
    format!("{path}/file")
}

#[test]
fn paths_longer_than_the_system_takes_are_scanned() {
    let tree = Tree::new();
    // 41 names of 200 bytes: twice what `PATH_MAX` allows.
    let paths = [deep(&tree, "x", 41), deep(&tree, "y", 41)];
    assert!(paths[0].len() > 8192);
    for args in [
        &[][..],
        &["--verify", "-j", "1"],
        &["--min-size", "8", "--exclude", "q"],
    ] {
        assert_eq!(tree.groups(args), [paths.to_vec()], "{args:?}");
    }
}

#[test]
fn the_portable_walker_scans_long_paths_too() {
    let tree = Tree::new();
    let paths = [deep(&tree, "x", 41), deep(&tree, "y", 41)];
    assert_eq!(tree.groups(&["--walker", "portable"]), [paths.to_vec()]);
}

#[test]
fn deep_trees_of_short_names_are_scanned() {
    let tree = Tree::new();
    let mut at = openat(CWD, tree.root(), OFlags::DIRECTORY, Mode::empty()).unwrap();
    let mut path = String::new();
    // Deeper than the number of descriptors it may have.
    for _ in 0..700 {
        mkdirat(&at, "d", Mode::from_raw_mode(0o755)).unwrap();
        at = openat(&at, "d", OFlags::DIRECTORY, Mode::empty()).unwrap();
        path.push_str("d/");
    }
    tree.file("a", "same");
    let flags = OFlags::CREATE | OFlags::WRONLY;
    let file = openat(&at, "b", flags, Mode::from_raw_mode(0o644)).unwrap();
    rustix::io::write(&file, b"same").unwrap();
    drop(file);
    for walker in ["native", "portable"] {
        let run = tree
            .scan(&["--walker", walker])
            .json()
            .after("ulimit -n 32")
            .succeeds();
        assert_eq!(
            run.report().paths(),
            [[String::from("a"), format!("{path}b")].to_vec()],
            "{walker}"
        );
    }
}

#[test]
fn few_descriptors_are_enough() {
    let tree = Tree::new();
    let mut expected = Vec::new();
    for dir in 0..60 {
        for file in 0..8 {
            let name = format!("d{dir:02}/s{}/f{file}", dir % 3);
            tree.file(&name, vec![b'x'; 20_000]);
            expected.push(name);
        }
    }
    expected.sort();
    for args in [
        &[][..],
        &["--walker", "portable"],
        &["-j", "16"],
        // More workers than descriptors: they have to wait for each other.
        &["-j", "64"],
        &["--verify"],
        &["--verify", "-j", "12"],
        &["-L", "--gitignore"],
    ] {
        let run = tree
            .scan(args)
            .json()
            // Hard limit included: it cannot be raised again.
            .after("ulimit -n 32")
            .succeeds();
        assert_eq!(run.report().paths(), [expected.clone()], "{args:?}");
    }
}

#[test]
fn access_times_stay_as_they_are() {
    // Set on files first, since a mount may only move a time that is old.
    let tree = Tree::new();
    tree.files(&["a", "d/b"], vec![b'x'; 20_000]);
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
    let times = || {
        ["a", "d/b", "d"].map(|name| {
            let metadata = fs::symlink_metadata(tree.path(name)).unwrap();
            (metadata.atime(), metadata.atime_nsec())
        })
    };
    let reset = || {
        for name in ["a", "d/b", "d"] {
            let file = fs::File::open(tree.path(name)).unwrap();
            file.set_times(fs::FileTimes::new().set_accessed(old))
                .unwrap();
        }
    };
    reset();
    let before = times();
    // Somebody who does not take care moves it, or this proves nothing.
    fs::read(tree.path("a")).unwrap();
    if times() == before {
        return skipped("the file system does not keep access times");
    }
    for args in [&[][..], &["--verify"], &["--walker", "portable"]] {
        reset();
        let run = tree.scan(args).json().succeeds();
        assert_eq!(run.report().paths(), grouped(&[&["a", "d/b"]]));
        let mut expected = before;
        let mut after = times();
        if args.contains(&"portable") {
            // It lists directories as any program does.
            (expected[2], after[2]) = ((0, 0), (0, 0));
        }
        assert_eq!(after, expected, "{args:?}");
    }
}

#[test]
fn what_the_kernel_makes_up_is_not_walked_into() {
    if !std::path::Path::new("/proc/self/status").exists() || !can_mount() {
        return;
    }
    let tree = Tree::new();
    tree.files(&["a", "b"], "same").dir("proc");
    let run = tree
        .scan(&["--min-size", "0"])
        .json()
        .with_mounts("mount -t proc none proc")
        .succeeds();
    assert_eq!(run.report().paths(), grouped(&[&["a", "b"]]));
    assert_eq!(
        strings(&["a", "b"]).len() as u64,
        run.report().total("files")
    );
}
