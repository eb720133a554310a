//! `--directories`: whole redundant directories go, and come back.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{act, names, totals};
use crate::harness::{Run, Tree, can_mount, is_root, skipped};

/// Everything below a directory: kind, permissions, owner, times, and content or
/// target. Of hard links the first name is said.
pub(super) fn picture(tree: &Tree) -> BTreeMap<PathBuf, String> {
    fn visit(
        root: &Path,
        dir: &Path,
        inodes: &mut BTreeMap<u64, PathBuf>,
        found: &mut BTreeMap<PathBuf, String>,
    ) {
        let mut entries: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        entries.sort();
        for path in entries {
            let meta = path.symlink_metadata().unwrap();
            let below = path.strip_prefix(root).unwrap().to_path_buf();
            let what = if meta.is_dir() {
                "directory".to_owned()
            } else if meta.is_symlink() {
                format!("-> {}", fs::read_link(&path).unwrap().display())
            } else if !meta.is_file() {
                "special".to_owned()
            } else {
                let first = inodes.entry(meta.ino()).or_insert(below.clone());
                format!("{:?} as {}", fs::read(&path).unwrap(), first.display())
            };
            let (mode, owner) = (meta.mode(), (meta.uid(), meta.gid()));
            let time = (meta.mtime(), meta.mtime_nsec());
            let attributes = attributes(&path);
            found.insert(
                below,
                format!("{mode:o} {owner:?} {time:?} {attributes}{what}"),
            );
            if meta.is_dir() {
                visit(root, &path, inodes, found);
            }
        }
    }
    let mut found = BTreeMap::new();
    visit(tree.root(), tree.root(), &mut BTreeMap::new(), &mut found);
    found
}

/// The extended attributes of a path itself; nothing if there are none.
#[cfg(target_os = "linux")]
fn attributes(path: &Path) -> String {
    let mut names = vec![0; 4096];
    let length = rustix::fs::llistxattr(path, &mut names[..]).unwrap_or(0);
    let names = names[..length].split(|&byte| byte == 0);
    let mut all: Vec<_> = names
        .filter(|name| !name.is_empty())
        .map(|name| {
            let mut value = vec![0; 4096];
            let length = rustix::fs::lgetxattr(path, name, &mut value[..]).unwrap();
            format!("{}={:?} ", name.escape_ascii(), &value[..length])
        })
        .collect();
    all.sort();
    all.concat()
}

#[cfg(not(target_os = "linux"))]
fn attributes(_: &Path) -> String {
    String::new()
}

/// Those that are not in a directory.
pub(super) fn outside(picture: &BTreeMap<PathBuf, String>, dir: &str) -> BTreeMap<PathBuf, String> {
    let mut rest = picture.clone();
    rest.retain(|path, _| !path.starts_with(dir));
    rest
}

/// The result, the remaining path and the reason of each directory.
pub(super) fn directories(run: &Run) -> Vec<[String; 4]> {
    let text = run.stdout_text();
    let records = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let mut found: Vec<_> = records
        .filter(|record: &Value| record["type"] == "directory")
        .map(|record| {
            ["path", "result", "remaining", "reason"]
                .map(|field| record[field].as_str().unwrap_or_default().to_owned())
        })
        .collect();
    found.sort();
    found
}

pub(super) fn done(path: &str) -> [String; 4] {
    [path, "done", "", ""].map(str::to_owned)
}

const REMOVE: [&str; 6] = ["remove", "--directories", "a", "b", "--yes", "-fjsonl"];

/// Two identical directories with everything that can be in one.
pub(super) fn twins() -> Tree {
    let tree = Tree::new();
    for side in ["a", "b"] {
        let at = |below: &str| format!("{side}/{below}");
        tree.file(at("one"), "first")
            .file(at("sub/two"), "second")
            .file(at("sub/deep/three"), "third")
            .file(at("sub/nothing"), "")
            .dir(at("hollow/inner"))
            .symlink("../elsewhere", at("sub/link"))
            .symlink("one", at("near"));
    }
    tree.mode("b/one", 0o640)
        .mode("b/sub/nothing", 0o600)
        .modified("b/one", 1_000_000);
    let link = tree.path("b/sub/link");
    std::os::unix::fs::lchown(&link, Some(12), Some(34)).unwrap_or_default();
    let times = rustix::fs::Timestamps {
        last_access: rustix::fs::Timespec {
            tv_sec: 5,
            tv_nsec: 6,
        },
        last_modification: rustix::fs::Timespec {
            tv_sec: 7,
            tv_nsec: 8,
        },
    };
    let flags = rustix::fs::AtFlags::SYMLINK_NOFOLLOW;
    rustix::fs::utimensat(rustix::fs::CWD, &link, &times, flags).unwrap();
    // The deepest first: a change of one moves the time of that above.
    for (dir, mode) in [
        ("b/hollow/inner", 0o700),
        ("b/hollow", 0o750),
        ("b/sub", 0o711),
        ("b", 0o755),
    ] {
        tree.mode(dir, mode).modified(dir, 2_000_000);
    }
    tree
}

#[test]
fn a_redundant_directory_goes_and_comes_back_as_it_was() {
    let tree = twins();
    let before = picture(&tree);
    let run = act(&tree, &REMOVE).succeeds();
    assert_eq!(directories(&run), [done("b")]);
    assert_eq!(picture(&tree), outside(&before, "b"));
    let sums = totals(&run);
    // Four files and two links; four directories.
    assert_eq!(
        (&sums["done"], &sums["removed_directories"]),
        (&6.into(), &5.into())
    );
    assert_eq!(
        (&sums["done_directories"], &sums["left_directories"]),
        (&1.into(), &0.into())
    );
    act(&tree, &["undo", "--yes", "-q"]).succeeds();
    assert_eq!(picture(&tree), before);
}

#[test]
fn a_moved_directory_is_there_as_it_was_and_comes_back() {
    let tree = twins();
    tree.dir("out");
    let before = picture(&tree);
    let mut args = REMOVE.to_vec();
    args[0] = "move";
    args.extend(["--to", "out"]);
    let run = act(&tree, &args).succeeds();
    assert_eq!(directories(&run), [done("b")]);
    let after = picture(&tree);
    for (path, what) in &before {
        let moved = match path.starts_with("b") {
            true => Path::new("out").join(path),
            false => path.clone(),
        };
        let found = after
            .get(&moved)
            .map(|found| found.replace("as out/b", "as b"));
        if path != Path::new("out") {
            assert_eq!(found.as_ref(), Some(what), "{moved:?}");
        }
    }
    assert!(!after.contains_key(Path::new("b")));
    act(&tree, &["undo", "--yes", "-q"]).succeeds();
    let taken_back = picture(&tree);
    assert_eq!(outside(&taken_back, "out"), outside(&before, "out"));
    assert!(!taken_back.contains_key(Path::new("out/b")));
}

/// Extended attributes of directories and of links themselves, and an access control
/// list that a directory hands on.
#[cfg(target_os = "linux")]
#[test]
fn extended_attributes_of_directories_and_links_come_back() {
    use rustix::fs::{XattrFlags, lsetxattr};
    // Version 2; the owner, somebody else, the group, the mask, others.
    let list: Vec<u8> = [
        (1_u16, 7_u16, u32::MAX),
        (2, 5, 12),
        (4, 5, u32::MAX),
        (16, 5, u32::MAX),
        (32, 0, u32::MAX),
    ]
    .iter()
    .flat_map(|(tag, rights, id)| {
        [
            &tag.to_le_bytes()[..],
            &rights.to_le_bytes(),
            &id.to_le_bytes(),
        ]
        .concat()
    })
    .collect();
    let list = [&2_u32.to_le_bytes()[..], &list].concat();
    let tree = twins();
    for (path, name, value) in [
        ("b/hollow", "system.posix_acl_default", &list[..]),
        ("b/hollow/inner", "user.note", b"of a directory"),
        ("b", "user.note", b"of the top"),
        ("b/sub/link", "trusted.note", b"of a link"),
    ] {
        let set = lsetxattr(tree.path(path), name, value, XattrFlags::empty());
        if let Err(error) = set {
            return skipped(&format!("{name} cannot be set here: {error}"));
        }
    }
    let before = picture(&tree);
    assert!(before[Path::new("b/sub/link")].contains("trusted.note"));
    act(&tree, &REMOVE).succeeds();
    act(&tree, &["undo", "--yes", "-q"]).succeeds();
    assert_eq!(picture(&tree), before);
    // Moved, they are there too.
    tree.dir("out");
    let mut args = REMOVE.to_vec();
    args[0] = "move";
    args.extend(["--to", "out"]);
    act(&tree, &args).succeeds();
    let after = picture(&tree);
    for path in ["b", "b/hollow", "b/hollow/inner", "b/sub/link"] {
        let moved = Path::new("out").join(path);
        assert_eq!(after[&moved], before[Path::new(path)], "{path}");
    }
}

#[test]
fn a_dry_run_and_the_table_fold_directories() {
    let tree = twins();
    let before = picture(&tree);
    let run = act(&tree, &["remove", "--directories", "a", "b", "-n"]).succeeds();
    assert_eq!(picture(&tree), before);
    let expected = "      16 B  keep       a/
            remove     b/ (4 files)

Would remove 1 directory with 6 files";
    let text = run.stdout_text();
    assert!(text.starts_with(expected), "{text}");
    let text = act(&tree, &["remove", "--directories", "a", "b", "--yes"]).succeeds();
    let text = text.stdout_text();
    assert!(text.contains("removed    b/ (4 files)\n"), "{text}");
    assert!(text.contains("Removed 1 directory with 6 files"), "{text}");
}

#[test]
fn what_is_no_whole_copy_stays_as_it_is() {
    // Files alone, and a directory with something of its own.
    let tree = Tree::new();
    tree.files(&["a/one", "b/one", "c"], "first")
        .file("b/more", "only here");
    let before = picture(&tree);
    let run = act(&tree, &["remove", "--directories", ".", "--yes", "-fjsonl"]).succeeds();
    assert_eq!(picture(&tree), before);
    assert_eq!(directories(&run), Vec::<[String; 4]>::new());
}

#[test]
fn directories_that_hold_what_the_scan_leaves_out_stay() {
    let tree = twins();
    tree.fifo("b/sub/fifo").fifo("a/sub/fifo");
    let before = picture(&tree);
    act(&tree, &REMOVE).succeeds();
    // What is around the FIFO is no candidate; what is beside it is.
    let after = picture(&tree);
    for path in ["b/sub/fifo", "b/sub/two", "b/one", "a/sub/fifo"] {
        let path = Path::new(path);
        assert_eq!(after.get(path), before.get(path), "{path:?}");
    }
    assert!(!after.contains_key(Path::new("b/sub/deep")));
}

#[test]
fn a_hard_link_elsewhere_loses_the_name_in_the_directory_alone() {
    let tree = Tree::new();
    // One file of the two directories is the same, one has a name outside.
    tree.files(&["a/one", "b/one"], "first")
        .files(&["a/two", "b/two"], "second")
        .hard_link("a/one", "a/three")
        .hard_link("a/one", "b/three")
        .hard_link("b/two", "outside/two");
    let before = picture(&tree);
    let args = [
        "remove",
        "--directories",
        "a",
        "b",
        "outside",
        "--yes",
        "-fjsonl",
    ];
    let run = act(&tree, &args).succeeds();
    assert_eq!(directories(&run), [done("b")]);
    assert_eq!(picture(&tree), {
        let mut rest = outside(&before, "b");
        let two = rest.get_mut(Path::new("outside/two")).unwrap();
        *two = two.replace("as b/two", "as outside/two");
        rest
    });
    act(&tree, &["undo", "--yes", "-q"]).succeeds();
    let (after, mut expected) = (picture(&tree), before);
    // Times of the directory that stayed are not restored.
    for dir in ["b", "outside", "a"] {
        expected.remove(Path::new(dir));
    }
    for (path, what) in expected {
        assert_eq!(after.get(&path), Some(&what), "{path:?}");
    }
    assert_eq!(tree.ino("b/three"), tree.ino("a/one"));
    assert_eq!(tree.ino("b/two"), tree.ino("outside/two"));
}

/// All names of a file that go move together, also onto another file system; a name of
/// a file that stays cannot.
#[test]
fn names_of_one_file_move_together_onto_another_file_system() {
    if !can_mount() {
        return;
    }
    let tree = Tree::new();
    tree.files(&["a/sub/same", "a/two"], "second")
        .file("b/two", "second")
        .hard_link("b/two", "b/sub/same")
        .files(&["c/three", "d/three"], "third")
        .hard_link("d/three", "elsewhere/three")
        .files(&["c/four", "d/four"], "fourth")
        .dir("out");
    let other = tempfile::tempdir_in("/dev/shm");
    let other = other.map(|dir| dir.path().to_str().unwrap().to_owned() + "/out");
    let Ok(other) = other else {
        return skipped("there is no second file system");
    };
    let args = [
        "a",
        "b",
        "c",
        "d",
        "elsewhere",
        "--to",
        "out",
        "--yes",
        "-fjsonl",
    ];
    let args: Vec<_> = ["move", "--directories"].into_iter().chain(args).collect();
    let mounted = format!("mkdir -p {other} && mount --bind {other} out");
    let run = act(&tree, &args).with_mounts(&mounted).exits(3);
    let expected = ["d", "incomplete", "d/three", "linked-elsewhere"].map(str::to_owned);
    assert_eq!(directories(&run), [done("b"), expected]);
    assert_eq!(names(&tree).len(), 6);
    let moved = |name: &str| fs::metadata(find(Path::new(&other), name)).unwrap();
    assert_eq!(moved("two").ino(), moved("same").ino());
    assert_eq!(moved("two").nlink(), 2);
    let undo = act(&tree, &["undo", "--yes", "-q"]);
    undo.with_mounts(&format!("mount --bind {other} out"))
        .succeeds();
    assert_eq!(tree.ino("b/two"), tree.ino("b/sub/same"));
    assert!(tree.path("d/four").exists());
    fs::remove_dir_all(Path::new(&other).parent().unwrap()).unwrap();
}

/// The path of a name at any depth.
fn find(dir: &Path, name: &str) -> PathBuf {
    let mut waiting = vec![dir.to_owned()];
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => waiting.push(path),
                false if path.ends_with(name) => return path,
                false => {}
            }
        }
    }
    panic!("no {name}");
}

#[test]
fn a_name_in_two_redundant_directories_goes_with_the_first() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one"], "first")
        .hard_link("b/one", "c/one");
    let args = ["remove", "--directories", "a", "b", "c", "--yes", "-fjsonl"];
    let run = act(&tree, &args).succeeds();
    assert_eq!(directories(&run), [done("b"), done("c")]);
    assert_eq!(picture(&tree).len(), 2);
    act(&tree, &["undo", "--yes", "-q"]).succeeds();
    assert_eq!(tree.ino("b/one"), tree.ino("c/one"));
    assert_ne!(tree.ino("b/one"), tree.ino("a/one"));
}

#[test]
fn directories_within_others_go_with_them_and_one_of_each_stays() {
    let tree = Tree::new();
    // `b` is a copy of `a`; `a/x`, `b/x` and `y` are copies, and so is `y/z`.
    for dir in ["a/x", "b/x", "y"] {
        tree.file(format!("{dir}/one"), "first")
            .file(format!("{dir}/z/two"), "second")
            .symlink("nowhere", format!("{dir}/link"));
    }
    tree.files(&["a/more", "b/more"], "more")
        .files(&["last/two"], "second");
    let run = act(&tree, &["remove", "--directories", ".", "--yes", "-fjsonl"]).succeeds();
    let gone = directories(&run);
    let paths: Vec<_> = gone.iter().map(|record| record[0].as_str()).collect();
    assert!(gone.iter().all(|record| record[1] == "done"), "{gone:?}");
    let left = picture(&tree);
    let has = |dir: &str| left.contains_key(Path::new(dir));
    // Whatever was chosen: one `a` or `b`, which holds the rest.
    assert!(has("a") != has("b"), "{paths:?}");
    let kept = if has("a") { "a" } else { "b" };
    for path in ["more", "x/one", "x/z/two", "x/link"] {
        assert!(has(&format!("{kept}/{path}")), "{paths:?} {left:?}");
    }
    assert!(!has("y") && !has("last"), "{paths:?}");
}

#[test]
fn names_may_be_ignored() {
    let tree = Tree::new();
    tree.file("a/one", "first")
        .file("a/empty", "")
        .symlink("x", "a/link")
        .file("b/other", "first")
        .file("b/nothing", "")
        .symlink("x", "b/pointer");
    act(&tree, &REMOVE).succeeds();
    assert!(tree.path("b/other").exists());
    let mut args = REMOVE.to_vec();
    args.push("--ignore-names");
    let before = picture(&tree);
    let run = act(&tree, &args).succeeds();
    assert_eq!(directories(&run), [done("b")]);
    act(&tree, &["undo", "--yes", "-q"]).succeeds();
    assert_eq!(picture(&tree), before);
}

#[test]
fn keep_rules_and_protection_hold_for_directories() {
    let rows: [(&[&str], &str); 6] = [
        (&[], "b"),
        (&["--reference", "b"], "a"),
        (&["--only-under", "a"], "a"),
        (&["--keep-all-under", "b"], "a"),
        (&["--keep", "newest"], "a"),
        (&["--leave", "2"], ""),
    ];
    for (more, gone) in rows {
        let tree = Tree::new();
        tree.files(&["a/one", "b/one"], "first")
            .dir("a/x")
            .dir("b/x");
        tree.modified("a/one", 1_000_000)
            .modified("b/one", 2_000_000);
        let mut args = REMOVE.to_vec();
        if more.contains(&"--reference") {
            args.retain(|arg| *arg != "b");
        }
        args.extend(more);
        let run = act(&tree, &args).succeeds();
        let expected: Vec<_> = [gone].into_iter().filter(|dir| !dir.is_empty()).collect();
        let found = directories(&run);
        let found: Vec<_> = found.iter().map(|record| record[0].as_str()).collect();
        assert_eq!(found, expected, "{more:?}");
        for dir in ["a", "b"] {
            assert_eq!(tree.path(dir).exists(), dir != gone, "{more:?}");
        }
    }
}

#[test]
fn a_directory_with_a_protected_file_in_it_stays_whole() {
    let tree = twins();
    let before = picture(&tree);
    let mut args = REMOVE.to_vec();
    args.extend(["--keep-all-under", "three"]);
    let run = act(&tree, &args).exits(3);
    let expected = ["b", "left", "b/sub/deep/three", "protected"].map(str::to_owned);
    assert_eq!(directories(&run), [expected]);
    assert_eq!(picture(&tree), before);
}

/// A name in a directory that stays is none of those that go.
#[test]
fn names_in_a_directory_that_stays_after_all_are_left() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one"], "first")
        .hard_link("b/one", "c/one")
        .files(&["a/kept", "b/kept", "c/kept"], "kept");
    let mut args = vec!["remove", "--directories", "a", "b", "c", "--yes", "-fjsonl"];
    args.extend(["--keep-all-under", "/**/c/kept"]);
    let run = act(&tree, &args).exits(3);
    let left = ["c", "left", "c/kept", "protected"].map(str::to_owned);
    assert_eq!(directories(&run), [done("b"), left]);
    assert_eq!(names(&tree), ["a/kept", "a/one", "c/kept", "c/one"]);
}

#[test]
fn a_kept_directory_is_found_among_many_that_go() {
    let tree = Tree::new();
    for number in 10..24 {
        tree.file(format!("d{number}/one"), "first");
    }
    let args = [
        "remove",
        "--directories",
        ".",
        "--yes",
        "--keep",
        "glob:d23",
    ];
    act(&tree, &args).succeeds();
    assert_eq!(names(&tree), ["d23/one"]);
}

#[test]
fn version_control_stays_unless_it_is_asked_for() {
    let tree = Tree::new();
    tree.files(&["a/.git/x", "b/.git/x"], "first");
    let run = act(&tree, &REMOVE).exits(3);
    assert_eq!(
        directories(&run)[0][1..],
        ["left", "b/.git", "vcs"].map(str::to_owned)
    );
    let mut args = REMOVE.to_vec();
    args.push("--include-vcs");
    act(&tree, &args).succeeds();
    assert!(!tree.path("b").exists());
}

/// Anybody could put something else there while root acts on it.
#[test]
fn directories_that_everybody_can_write_stay_if_root_acts() {
    if !is_root() {
        return skipped("it is about root");
    }
    for (open, path) in [("b/sub", "b/sub"), ("b", "b"), ("", "b")] {
        let tree = twins();
        let old = tree.path(open).metadata().unwrap().mode();
        tree.mode(open, 0o777);
        let before = picture(&tree);
        let run = act(&tree, &REMOVE).exits(3);
        let expected = ["b", "left", path, "open-directory"].map(str::to_owned);
        assert_eq!(directories(&run), [expected], "{open:?}");
        assert_eq!(picture(&tree), before);
        tree.mode(open, old);
    }
}

#[test]
fn an_empty_file_in_both_loses_one_name() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one"], "first")
        .file("a/empty", "")
        .hard_link("a/empty", "b/empty")
        .hard_link("a/empty", "b/more")
        .file("a/more", "");
    let before = picture(&tree);
    let run = act(&tree, &REMOVE).succeeds();
    assert_eq!(directories(&run), [done("b")]);
    act(&tree, &["undo", "--yes", "-q"]).succeeds();
    let mut expected = before;
    let mut found = picture(&tree);
    // Its time is not restored.
    expected.remove(Path::new("a"));
    found.remove(Path::new("a"));
    assert_eq!(found, expected);
}

#[test]
fn another_file_system_in_a_directory_keeps_it() {
    if !can_mount() {
        return;
    }
    let tree = twins();
    let mount = "mount -t tmpfs none b/hollow/inner";
    let run = act(&tree, &REMOVE).with_mounts(mount).exits(3);
    assert_eq!(
        directories(&run)[0][1..],
        ["left", "b/hollow/inner", "mount-point"].map(str::to_owned)
    );
}

#[test]
fn arguments_that_do_not_go_together_are_said() {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one"], "first");
    for (args, message) in [
        (
            &["remove", "--directories", "--trash", "a", "-n"][..],
            "--trash and --directories",
        ),
        (
            &["remove", "--ignore-names", "a", "-n"],
            "--ignore-names needs --directories",
        ),
    ] {
        let said = act(&tree, args).exits(2).stderr_text();
        assert!(said.contains(message), "{args:?}: {said}");
    }
}
