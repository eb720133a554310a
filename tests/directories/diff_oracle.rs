//! `nodupe diff` on random trees, against a program that reads everything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use super::oracle::{make, tree};
use crate::harness::{Tree, cases};

/// What a path is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    File(Vec<u8>),
    Link(PathBuf),
    EmptyDir,
    Dir,
    Fifo,
    Left,
}

/// Everything below a directory, by its path there.
fn learn(dir: &Path, below: &Path, all: &mut BTreeMap<PathBuf, What>) {
    let mut is_empty = true;
    for entry in fs::read_dir(dir).unwrap() {
        is_empty = false;
        let path = entry.unwrap().path();
        let below = below.join(path.file_name().unwrap());
        let metadata = path.symlink_metadata().unwrap();
        let what = if path.to_str().unwrap().ends_with(".left") {
            What::Left
        } else if metadata.is_dir() {
            learn(&path, &below, all);
            continue;
        } else if metadata.is_file() {
            What::File(fs::read(&path).unwrap())
        } else if metadata.is_symlink() {
            What::Link(fs::read_link(&path).unwrap())
        } else {
            What::Fifo
        };
        all.insert(below, what);
    }
    let what = if is_empty { What::EmptyDir } else { What::Dir };
    all.insert(below.to_owned(), what);
}

/// The paths of one side that the other one does not have.
fn only(here: &BTreeMap<PathBuf, What>, there: &BTreeMap<PathBuf, What>) -> BTreeSet<PathBuf> {
    let values: BTreeSet<&What> = there.values().collect();
    let empty: BTreeSet<_> = there
        .iter()
        .filter(|(_, what)| **what == What::EmptyDir)
        .filter_map(|(path, _)| path.file_name())
        .collect();
    let is_only = |(path, what): &(&PathBuf, &What)| match what {
        What::File(_) | What::Link(_) => !values.contains(what),
        What::EmptyDir => {
            let same = there.get(*path);
            !matches!(same, Some(What::Dir | What::EmptyDir))
                && !path.file_name().is_some_and(|name| empty.contains(name))
        }
        What::Dir | What::Fifo | What::Left => false,
    };
    here.iter()
        .filter(is_only)
        .map(|(path, _)| path.clone())
        .collect()
}

fn paths(list: &Value, below: &str) -> BTreeSet<PathBuf> {
    let list = list.as_array().unwrap();
    list.iter()
        .map(|entry| {
            let path = Path::new(entry["path"].as_str().unwrap());
            path.strip_prefix(below).unwrap_or(path).to_owned()
        })
        .collect()
}

#[test]
fn what_is_where_is_what_brute_force_finds() {
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(cases(48))
    });
    let outcome = runner.run(&(tree(), tree(), any::<bool>()), |(a, b, is_part)| {
        let tree = Tree::new();
        tree.dir("A").dir("B");
        make(&tree, Path::new("A"), &a);
        make(&tree, Path::new("B"), &b);
        if is_part {
            // A second one with all of the first, elsewhere.
            tree.dir("B/all");
            make(&tree, Path::new("B/all"), &a);
        }
        let mut sides = [BTreeMap::new(), BTreeMap::new()];
        for (side, dir) in sides.iter_mut().zip(["A", "B"]) {
            learn(&tree.path(dir), Path::new(""), side);
        }
        let [a, b] = &sides;
        let only_in = [only(a, b), only(b, a)];
        let is_known = |side: &BTreeMap<PathBuf, What>| {
            !side
                .values()
                .any(|what| matches!(what, What::Fifo | What::Left))
        };
        let expected = match (only_in[0].is_empty(), is_known(a) && is_known(b)) {
            (true, true) => (0, "all-in-b"),
            (true, false) => (3, "not-proved"),
            (false, _) => (1, "only-in-a"),
        };
        let args = ["diff", "A", "B", "--exclude", "*.left", "-f", "json"];
        let run = tree.nodupe(args).run();
        prop_assert_eq!(run.status.code(), Some(expected.0));
        let report: Value = serde_json::from_slice(&run.stdout).unwrap();
        prop_assert_eq!(report["answer"].as_str(), Some(expected.1));
        prop_assert_eq!(paths(&report["only_in_a"], "A"), only_in[0].clone());
        prop_assert_eq!(paths(&report["only_in_b"], "B"), only_in[1].clone());
        let files = |side: &BTreeMap<PathBuf, What>| {
            let files = side.values().filter(|what| matches!(what, What::File(_)));
            files.count() as u64
        };
        for (name, side) in [("a", a), ("b", b)] {
            let found = &report[name];
            prop_assert_eq!(found["files"]["files"].as_u64(), Some(files(side)));
            let parts = ["in_other", "only_here"].map(|part| found[part]["files"].as_u64());
            prop_assert_eq!(parts[0].unwrap() + parts[1].unwrap(), files(side));
        }
        // The paths of every content that both have.
        let mut contents: BTreeMap<&[u8], [Vec<String>; 2]> = BTreeMap::new();
        for (at, (side, dir)) in sides.iter().zip(["A", "B"]).enumerate() {
            for (path, what) in side {
                if let What::File(bytes) = what {
                    let path = Path::new(dir).join(path).to_str().unwrap().to_owned();
                    contents.entry(bytes).or_default()[at].push(path);
                }
            }
        }
        let mut both: Vec<_> = contents
            .into_values()
            .filter(|paths| !paths[0].is_empty() && !paths[1].is_empty())
            .map(|mut paths| {
                paths.iter_mut().for_each(|paths| paths.sort());
                paths
            })
            .collect();
        both.sort();
        let list = |value: &Value| -> Vec<String> {
            let list = value.as_array().unwrap().iter();
            let mut list: Vec<_> = list.map(|path| path.as_str().unwrap().to_owned()).collect();
            list.sort();
            list
        };
        let found = report["in_both"].as_array().unwrap().iter();
        let mut found: Vec<_> = found
            .map(|both| [list(&both["a"]), list(&both["b"])])
            .collect();
        found.sort();
        prop_assert_eq!(found, both);
        let differing = a.iter().filter(|(path, what)| {
            let is_dir = |what: &What| matches!(what, What::Dir | What::EmptyDir);
            b.get(*path).is_some_and(|other| {
                other != *what
                    && !(is_dir(what) && is_dir(other))
                    && **what != What::Left
                    && *other != What::Left
            })
        });
        let differing: BTreeSet<_> = differing.map(|(path, _)| path.clone()).collect();
        prop_assert_eq!(paths(&report["differing"], ""), differing);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
