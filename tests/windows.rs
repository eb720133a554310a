//! What is different on Windows: names, links and locks. Runs there, and under Wine;
//! what a system cannot set up is skipped and says so.

use std::fs::{self, OpenOptions};
use std::os::windows::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::{Tree, grouped, pattern, skipped};

/// The tree's root, below which every name means itself.
fn exact(tree: &Tree) -> PathBuf {
    fs::canonicalize(tree.root()).unwrap()
}

/// The groups of a report with slashes between names.
fn groups(tree: &Tree, args: &[&str]) -> Vec<Vec<String>> {
    let slashes = |path: &String| path.replace('\\', "/").replace("./", "");
    let groups = tree.groups(args);
    let mut groups: Vec<Vec<String>> = groups
        .iter()
        .map(|group| group.iter().map(slashes).collect())
        .collect();
    groups.iter_mut().for_each(|group| group.sort());
    groups.sort();
    groups
}

/// Acts, and takes it back, unless the system is Wine: it forgets the volume of an
/// open file that is renamed, so nothing proves that it is the file that was
/// compared. Then nothing may be changed.
fn acts(tree: &Tree, args: &[&str], status: i32) -> bool {
    let journal = ["--yes", "--journal", "../journal"];
    if Path::new(r"C:\windows\system32\winecfg.exe").exists() {
        let before = tree.selected(&[]);
        tree.nodupe(args).args(journal).exits(3);
        assert_eq!(tree.selected(&[]), before);
        skipped("Wine does not know a file again that was renamed");
        return false;
    }
    tree.nodupe(args).args(journal).exits(status);
    true
}

fn takes_back(tree: &Tree) {
    tree.nodupe(["undo", "--yes", "--journal", "../journal"])
        .exits(0);
}

#[test]
fn all_executors_find_the_same_groups() {
    let tree = Tree::new();
    tree.files(&["a/x", "b/y"], "small")
        .files(&["a/large", "large"], pattern(300_000, 1))
        .file("other", pattern(300_000, 2))
        .file("empty", "");
    let expected = grouped(&[&["a/large", "large"], &["a/x", "b/y"]]);
    for executor in ["auto", "thread", "process"] {
        for hash in ["blake3", "md5"] {
            let args = ["--executor", executor, "--hash", hash, "--verify"];
            assert_eq!(groups(&tree, &args), expected, "{args:?}");
        }
    }
}

#[test]
fn long_paths_are_scanned_and_acted_on() {
    let tree = Tree::new();
    tree.file("short", "same");
    let mut deep = exact(&tree);
    for number in 0..8 {
        deep.push(format!("{number}{}", "x".repeat(60)));
    }
    fs::create_dir_all(&deep).unwrap();
    let long = deep.join("long");
    assert!(long.as_os_str().len() > 400);
    fs::write(&long, "same").unwrap();
    assert_eq!(groups(&tree, &[]).concat().len(), 2);
    if !acts(&tree, &["remove", ".", "--keep", "shallowest"], 0) {
        return;
    }
    assert!(!long.exists());
    takes_back(&tree);
    assert_eq!(fs::read(&long).unwrap(), b"same");
}

/// Names that the system takes for devices, or for other names, unless the path
/// says that it means them.
#[test]
fn reserved_names_are_files_like_any_other() {
    let tree = Tree::new();
    tree.file("plain", "same").file("name", "another one");
    let names = ["NUL", "CON", "aux.txt", "COM1", "name.", "name "];
    for name in names {
        fs::write(exact(&tree).join(name), "same").unwrap();
    }
    let mut expected: Vec<&str> = names.to_vec();
    expected.push("plain");
    expected.sort_unstable();
    for executor in ["thread", "process"] {
        let found = groups(&tree, &["--executor", executor]);
        assert_eq!(found, grouped(&[&expected]), "{executor}");
    }
    if !acts(&tree, &["remove", ".", "--keep", "glob:plain"], 0) {
        return;
    }
    let mut left: Vec<_> = fs::read_dir(exact(&tree))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort_unstable();
    assert_eq!(left, ["name", "plain"]);
    assert_eq!(fs::read(tree.path("name")).unwrap(), b"another one");
}

#[test]
fn a_device_is_no_path_to_scan() {
    let tree = Tree::new();
    let run = tree.scan(&["NUL"]).exits(2);
    assert!(run.stderr_text().contains("NUL"), "{}", run.stderr_text());
}

/// Two spellings of one path lead to one file.
#[test]
fn case_does_not_make_two_files() {
    let tree = Tree::new();
    tree.file("Dir/File", "same").file("other", "same");
    if !tree.path("dir/file").exists() {
        return skipped("names of different case are different here");
    }
    let found = tree.groups(&["Dir", "dir", "DIR/FILE", "other"]);
    assert_eq!(found.concat().len(), 2, "{found:?}");
    assert!(tree.groups(&["Dir", "dir", "DIR"]).is_empty());
}

#[test]
fn hard_links_are_one_file() {
    let tree = Tree::new();
    tree.file("a", "same").hard_link("a", "b").file("c", "same");
    let report = tree.scan(&[]).json().succeeds().report();
    let [group] = &report.groups()[..] else {
        panic!("{}", report.0);
    };
    assert_eq!((group.files.len(), group.reclaimable), (2, 4));
    assert_eq!(group.files[0].hard_links.len(), 1);
    assert_eq!(group.files[0].links, 2);
    assert_eq!(tree.groups(&["--hard-links"]).concat().len(), 3);
}

/// The full form of a path, as other programs pass it.
#[test]
fn a_verbatim_path_is_a_path_to_scan() {
    let tree = Tree::new();
    tree.file("a", "same").file("b", "same");
    let root = exact(&tree);
    let root = root.to_str().unwrap();
    assert!(root.starts_with(r"\\?\"), "{root}");
    assert_eq!(tree.groups(&[root]).concat().len(), 2);
    assert_eq!(tree.groups(&[root, "."]).concat().len(), 2);
}

fn junction(target: &Path, name: &Path) -> bool {
    let made = Command::new("cmd")
        .args(["/c", "mklink", "/J"])
        .args([name, target])
        .output();
    made.is_ok_and(|output| output.status.success())
        && fs::symlink_metadata(name).is_ok_and(|metadata| metadata.is_symlink())
}

#[test]
fn junctions_are_not_followed_unless_asked_for() {
    let tree = Tree::new();
    tree.file("a", "same");
    fs::create_dir(tree.beside("outside")).unwrap();
    fs::write(tree.beside("outside").join("b"), "same").unwrap();
    if !junction(&tree.beside("outside"), &tree.path("junction")) {
        return skipped("this system makes no junctions");
    }
    assert!(tree.groups(&[]).is_empty());
    assert_eq!(tree.groups(&["--follow-links"]).concat().len(), 2);
    // A loop ends.
    assert!(junction(tree.root(), &tree.path("loop")));
    assert!(tree.groups(&[]).is_empty());
}

#[test]
fn symbolic_links_are_not_followed_unless_asked_for() {
    let tree = Tree::new();
    tree.file("a", "same");
    fs::write(tree.beside("b"), "same").unwrap();
    let made = std::os::windows::fs::symlink_file(tree.beside("b"), tree.path("link"));
    let is_link = fs::symlink_metadata(tree.path("link")).is_ok_and(|m| m.is_symlink());
    if made.is_err() || !is_link {
        return skipped("this system, or this user, makes no symbolic links");
    }
    assert!(tree.groups(&[]).is_empty());
    assert_eq!(tree.groups(&["--follow-links"]).concat().len(), 2);
}

/// A file that another program does not share cannot be read: that is an error of
/// this file, and of no other.
#[test]
fn a_file_that_is_not_shared_is_an_error() {
    let tree = Tree::new();
    tree.files(&["a", "b", "c"], "same");
    let held = OpenOptions::new()
        .read(true)
        .share_mode(0)
        .open(tree.path("c"))
        .unwrap();
    let report = tree.scan(&[]).json().exits(3).report();
    assert_eq!(report.paths().concat().len(), 2);
    let [(path, _, kind)] = &report.errors()[..] else {
        panic!("{}", report.0);
    };
    assert_eq!((path.trim_start_matches(r".\"), &kind[..]), ("c", "io"));
    drop(held);
    assert_eq!(tree.groups(&[]).concat().len(), 3);
}

/// Another program may read a file while it is looked at, but not one that is held
/// against removal.
#[test]
fn a_file_that_must_not_be_removed_is_left() {
    let tree = Tree::new();
    tree.files(&["a", "b", "c"], "same");
    /// `FILE_SHARE_READ`, and neither writing nor removing.
    const SHARE_READ: u32 = 1;
    let held = OpenOptions::new()
        .read(true)
        .share_mode(SHARE_READ)
        .open(tree.path("c"))
        .unwrap();
    if !acts(&tree, &["remove", ".", "--keep", "glob:a"], 3) {
        return;
    }
    assert!(tree.path("a").exists() && tree.path("c").exists());
    assert!(!tree.path("b").exists());
    drop(held);
    takes_back(&tree);
    assert_eq!(fs::read(tree.path("b")).unwrap(), b"same");
}

#[test]
fn moved_files_come_back() {
    let tree = Tree::new();
    tree.files(&["a/x", "b/x"], pattern(100_000, 3));
    fs::create_dir(tree.beside("aside")).unwrap();
    if !acts(&tree, &["move", ".", "--to", "../aside"], 0) {
        return;
    }
    assert!(tree.path("a/x").exists() && !tree.path("b/x").exists());
    takes_back(&tree);
    assert_eq!(
        fs::read(tree.path("b/x")).unwrap(),
        fs::read(tree.path("a/x")).unwrap()
    );
}

/// What is not proved to be safe here is refused, and changes nothing.
#[test]
fn links_are_refused() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same");
    for command in ["link", "dedupe"] {
        let args = [command, ".", "--yes", "--journal", "../journal"];
        let run = tree.nodupe(args).exits(2);
        assert!(run.stderr_text().contains("not proved"), "{command}");
    }
    assert_eq!(tree.groups(&[]).concat().len(), 2);
}

/// Lines end without a carriage return, and nobody gets colours but a terminal.
#[test]
fn output_is_the_same_as_elsewhere() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same");
    let run = tree.scan(&[]).succeeds();
    let table = &run.stdout;
    assert!(!table.contains(&b'\r') && !table.contains(&0x1b));
    let run = tree.scan(&["--color", "always"]).succeeds();
    assert!(run.stdout.contains(&0x1b));
}
