//! `nodupe remove --trash`: the trash that freedesktop.org specifies.

use std::fs;

use super::{act, names, results};
use crate::harness::Tree;

fn tree() -> Tree {
    let tree = Tree::new();
    tree.files(&["a/one", "b/one", "b/o ne"], "content");
    tree
}

#[test]
fn files_go_into_the_home_trash_and_come_back() {
    let tree = tree();
    let ino = tree.ino("b/one");
    let home = tree.path("data");
    let trash = |args: &[&str]| {
        act(&tree, args)
            .env("XDG_DATA_HOME", home.to_str().unwrap())
            .succeeds()
    };
    let run = trash(&["remove", "a", "b", "--trash", "--yes", "-f", "jsonl"]);
    assert_eq!(results(&run).len(), 2);
    let expected = [
        "a/one",
        "data/Trash/files/o ne",
        "data/Trash/files/one",
        "data/Trash/info/o ne.trashinfo",
        "data/Trash/info/one.trashinfo",
    ];
    assert_eq!(names(&tree), expected);
    assert_eq!(tree.ino("data/Trash/files/one"), ino);
    let record = fs::read_to_string(tree.path("data/Trash/info/o ne.trashinfo")).unwrap();
    let lines: Vec<_> = record.lines().collect();
    assert_eq!(lines[0], "[Trash Info]");
    assert!(lines[1].starts_with("Path=/"), "{record}");
    assert!(lines[1].ends_with("/b/o%20ne"), "{record}");
    let time = lines[2].strip_prefix("DeletionDate=").unwrap();
    assert_eq!((time.len(), &time[10..11]), (19, "T"), "{record}");
    trash(&["undo", "--yes", "-q"]);
    assert_eq!(names(&tree), ["a/one", "b/o ne", "b/one"]);
    assert_eq!(tree.ino("b/one"), ino);
}

#[test]
fn what_is_no_longer_in_the_trash_is_made_again() {
    let tree = tree();
    let home = tree.path("data");
    let trash = |args: &[&str]| act(&tree, args).env("XDG_DATA_HOME", home.to_str().unwrap());
    trash(&["remove", "a", "b", "--trash", "--yes"]).succeeds();
    fs::remove_dir_all(&home).unwrap();
    trash(&["undo", "--yes", "-q"]).succeeds();
    assert_eq!(names(&tree), ["a/one", "b/o ne", "b/one"]);
}
