//! `nodupe scan --similar`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use super::oracle::{make, tree};
use crate::harness::{Tree, cases};

#[test]
fn what_exists_only_there_is_named() {
    let tree = Tree::new();
    for number in 0..40 {
        tree.file(format!("old/{number}"), format!("{number}"));
        if number > 2 {
            tree.file(format!("new/{}/{number}", number % 3), format!("{number}"));
        }
    }
    tree.file("new/more", "more");
    let args = ["--directories", "--similar", "90%"];
    let run = tree.scan(&args).succeeds();
    let expected = "\
./old: 37 of 40 files (67 B of 70 B) also in ./new; these 3 exist only there:
  ./old/0
  ./old/1
  ./old/2

";
    let text = run.stdout_text();
    assert!(text.contains(expected), "{text}");
    let run = tree.scan(&args).json().succeeds();
    let report = run.report().0;
    let both = report["similar_directories"].as_array().unwrap();
    assert_eq!(
        both.len(),
        2,
        "each has files that the other has not: {both:?}"
    );
    let run = tree
        .scan(&["--directories", "--similar", "95%"])
        .json()
        .succeeds();
    let similar = run.report().0["similar_directories"].clone();
    let paths: Vec<_> = similar
        .as_array()
        .unwrap()
        .iter()
        .map(|s| &s["path"])
        .collect();
    assert_eq!(paths, ["./new"], "37 of 38");
    let run = tree.scan(&args).args(["-f", "jsonl"]).succeeds();
    assert!(
        run.stdout_text()
            .contains(r#"{"type":"similar_directory","path":"./old""#)
    );
    for wrong in [
        &["--similar", "90%"][..],
        &["--directories", "--similar", "0"],
    ] {
        tree.scan(wrong).exits(2);
    }
}

#[test]
fn content_that_is_everywhere_counts_but_leads_nowhere() {
    let tree = Tree::new();
    for number in 0..70 {
        tree.file(format!("{number}/licence"), "licence");
    }
    for dir in ["a", "b"] {
        for name in ["1", "2", "3"] {
            tree.file(format!("{dir}/{name}"), "licence");
        }
        tree.file(format!("{dir}/own"), dir);
    }
    let args = ["--directories", "--similar", "75%"];
    let found = |tree: &Tree| {
        let report = tree.scan(&args).json().succeeds().report().0;
        report["similar_directories"].as_array().unwrap().len()
    };
    assert_eq!(found(&tree), 0);
    tree.files(&["a/shared", "b/shared"], "shared");
    assert_eq!(found(&tree), 2);
}

/// The contents of all files below each directory, with their paths.
fn learn(dir: &Path, all: &mut BTreeMap<PathBuf, Vec<(PathBuf, Vec<u8>)>>) {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        if metadata.is_dir() {
            learn(&path, all);
            files.extend(all[&path].iter().cloned());
        } else if metadata.is_file() && metadata.len() > 0 {
            files.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    all.insert(dir.to_owned(), files);
}

fn inside(files: &[(PathBuf, Vec<u8>)], other: &[(PathBuf, Vec<u8>)]) -> usize {
    let contents: BTreeSet<&Vec<u8>> = other.iter().map(|file| &file.1).collect();
    files
        .iter()
        .filter(|file| contents.contains(&file.1))
        .count()
}

#[test]
fn similar_directories_are_those_that_brute_force_finds() {
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(cases(48))
    });
    let outcome = runner.run(&(tree(), 5..=10_u32), |(entries, tenths)| {
        let tree = Tree::new();
        make(&tree, Path::new(""), &entries);
        let least = format!("{tenths}0%");
        let args = ["--directories", "--similar", &least];
        let run = tree.scan(&args).args([tree.root()]).json().succeeds();
        let report = run.report().0;
        let mut known = BTreeMap::new();
        learn(tree.root(), &mut known);
        let is_met = |part: usize, all: usize| part > 0 && part * 10 >= all * tenths as usize;
        let is_apart = |a: &Path, b: &Path| !a.starts_with(b) && !b.starts_with(a);
        // The most that any other directory has of each.
        let most: BTreeMap<&PathBuf, usize> = known
            .iter()
            .map(|(dir, files)| {
                let others = known.iter().filter(|(other, _)| is_apart(dir, other));
                let most = others.map(|(_, other)| inside(files, other)).max();
                (dir, most.unwrap_or(0))
            })
            .collect();
        let qualifies = |dir: &Path| {
            let count = known[dir].len();
            count >= 3 && is_met(most[&dir.to_path_buf()], count)
        };
        let path = |value: &Value| PathBuf::from(value.as_str().unwrap());
        let mut reported = BTreeSet::new();
        for pair in report["similar_directories"].as_array().unwrap() {
            let (a, b) = (path(&pair["path"]), path(&pair["inside"]));
            prop_assert!(is_apart(&a, &b), "{a:?} {b:?}");
            let count = inside(&known[&a], &known[&b]);
            prop_assert_eq!(pair["files"].as_u64(), Some(known[&a].len() as u64));
            prop_assert_eq!(pair["files_inside"].as_u64(), Some(count as u64));
            prop_assert_eq!(count, most[&a], "{:?}", a);
            prop_assert!(qualifies(&a));
            let only = pair["only_there"].as_array().unwrap().len();
            prop_assert_eq!(only, known[&a].len() - count);
            reported.insert(a);
        }
        for group in report["directory_groups"].as_array().unwrap() {
            for directory in group["directories"].as_array().unwrap() {
                reported.insert(path(&directory["path"]));
            }
        }
        for dir in known.keys().filter(|dir| qualifies(dir)) {
            let is_said = dir.ancestors().any(|dir| reported.contains(dir));
            prop_assert!(is_said, "{dir:?} of {most:?}");
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
