//! Whole directories of random trees go and come back: whatever is chosen, nothing is
//! lost, and of each directory that goes there is a whole copy that stays.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::act;
use super::directories::{directories, picture};
use crate::directories::oracle::{make, tree};
use crate::harness::{Tree, cases};

/// A directory written out; `None` if something in it is left out or special.
fn text(dir: &Path, names: bool, all: &mut BTreeMap<PathBuf, Option<String>>) -> Option<String> {
    let mut entries = Vec::new();
    let mut is_known = true;
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let value = if name.ends_with(".left") {
            None
        } else if metadata.is_dir() {
            text(&path, names, all).map(|text| format!("dir {{{text}}}"))
        } else if metadata.is_file() {
            Some(format!("file {:?}", fs::read(&path).unwrap()))
        } else if metadata.is_symlink() {
            Some(format!("link {:?}", fs::read_link(&path).unwrap()))
        } else {
            None
        };
        let name = if names { name } else { String::new() };
        match value {
            Some(value) => entries.push(format!("{name:?}={value}")),
            None => is_known = false,
        }
    }
    entries.sort();
    let text = is_known.then(|| entries.join("; "));
    all.insert(dir.to_owned(), text.clone());
    text
}

/// Every content of a file and every target of a link.
fn contents(dir: &Path, found: &mut BTreeSet<Vec<u8>>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        if metadata.is_dir() {
            contents(&path, found);
        } else if metadata.is_file() {
            found.insert(fs::read(&path).unwrap());
        } else if metadata.is_symlink() {
            let target = fs::read_link(&path).unwrap();
            found.insert(format!("-> {}", target.display()).into_bytes());
        }
    }
}

/// Everything but the times of directories, which change with what is in them.
fn without_times(tree: &Tree) -> BTreeMap<PathBuf, String> {
    let mut found = picture(tree);
    for what in found.values_mut() {
        if what.ends_with(" directory") {
            what.clear();
        }
    }
    found
}

#[test]
fn of_all_that_goes_a_whole_copy_stays() {
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(cases(48))
    });
    let outcome = runner.run(
        &(tree(), any::<bool>(), 1..3_usize, any::<bool>()),
        |(entries, names, leave, has_rule)| {
            let tree = Tree::new();
            make(&tree, Path::new(""), &entries);
            let before = without_times(&tree);
            let mut texts = BTreeMap::new();
            text(tree.root(), names, &mut texts);
            let mut all = BTreeSet::new();
            contents(tree.root(), &mut all);
            let number = leave.to_string();
            let mut args = vec!["remove", "--directories", ".", "--yes", "-fjsonl"];
            args.extend(["--exclude", "*.left", "--leave", &number]);
            if !names {
                args.push("--ignore-names");
            }
            if has_rule {
                args.extend(["--keep", "glob:{b,c}*", "--keep", "longest-path"]);
            }
            let run = act(&tree, &args).succeeds();
            let gone = directories(&run);
            let mut left = BTreeMap::new();
            text(tree.root(), names, &mut left);
            let mut rest = before.clone();
            for [path, result, remaining, reason] in &gone {
                prop_assert_eq!((&result[..], &remaining[..], &reason[..]), ("done", "", ""));
                let path = Path::new(path).strip_prefix(".").unwrap();
                let known = &texts[&tree.path(path)];
                prop_assert!(known.is_some());
                let copies = left.values().filter(|text| *text == known).count();
                prop_assert!(copies >= leave, "{:?}: {} copies", path, copies);
                rest.retain(|other, _| !other.starts_with(path));
            }
            let after = without_times(&tree);
            prop_assert_eq!(
                after.keys().collect::<Vec<_>>(),
                rest.keys().collect::<Vec<_>>()
            );
            let mut found = BTreeSet::new();
            contents(tree.root(), &mut found);
            prop_assert_eq!(&found, &all);
            if !gone.is_empty() {
                act(&tree, &["undo", "--yes", "-q"]).succeeds();
                prop_assert_eq!(without_times(&tree), before);
            }
            Ok(())
        },
    );
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
