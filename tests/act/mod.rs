//! The commands that act on files, as a user or a script calls them.

mod consent;
mod directories;
mod directory_oracle;
mod directory_reports;
mod kill;
mod kinds;
mod overlays;
mod protection;
mod remove;
mod reports;
mod trash;
mod undo;

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::{Nodupe, Run, Tree};

/// A command that acts, with a journal beside the tree.
fn act(tree: &Tree, args: &[&str]) -> Nodupe {
    let state = tree.beside("state");
    tree.nodupe(args)
        .env("XDG_STATE_HOME", state.to_str().unwrap())
}

/// All entries of the tree that are no directories, in order.
fn names(tree: &Tree) -> Vec<String> {
    fn visit(root: &Path, dir: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.symlink_metadata().unwrap().is_dir() {
                visit(root, &path, found);
            } else {
                let below = path.strip_prefix(root).unwrap();
                found.push(below.to_str().unwrap().to_owned());
            }
        }
    }
    let mut found = Vec::new();
    visit(tree.root(), tree.root(), &mut found);
    found.sort();
    found
}

/// The records of a report in json lines: each file's path, result and reason.
fn results(run: &Run) -> Vec<(String, String, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let records = run.stdout_text();
    let records = records
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    records
        .filter(|record| record["type"] == "file")
        .map(|record| {
            (
                text(&record["path"]).unwrap(),
                text(&record["result"]).unwrap(),
                text(&record["reason"]),
            )
        })
        .collect()
}

/// The sums of a report in json lines, which are its last line.
fn totals(run: &Run) -> Value {
    let text = run.stdout_text();
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(last["type"], "totals");
    last
}
