//! The README says what the program does today.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::harness::skipped;

/// Options of other programs in the README's examples.
const OF_OTHERS: [&str; 7] = [
    "git", "locked", "open", "parents", "path", "release", "target",
];

fn text(name: &str) -> Option<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).ok()
}

fn options(command: &clap::Command, found: &mut BTreeSet<String>) {
    for argument in command.get_arguments() {
        found.extend(argument.get_long().map(str::to_owned));
        let aliases = argument.get_all_aliases().unwrap_or_default();
        found.extend(aliases.into_iter().map(str::to_owned));
    }
    for subcommand in command.get_subcommands() {
        options(subcommand, found);
    }
}

/// The names that follow two hyphens.
fn mentioned(text: &str) -> BTreeSet<&str> {
    let after = text.split("--").skip(1);
    let names = after.map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '-');
        rest[..end.unwrap_or(rest.len())].trim_end_matches('-')
    });
    names.filter(|name| !name.is_empty()).collect()
}

#[test]
fn every_option_that_is_named_exists() {
    let mut known = BTreeSet::from(OF_OTHERS.map(str::to_owned));
    let mut command = nodupe::cli::command();
    // It adds --help and --version.
    command.build();
    options(&command, &mut known);
    for file in ["README.md", "man/reference.md"] {
        let text = text(file).unwrap();
        let mentioned = mentioned(&text);
        assert!(mentioned.contains("verify"), "{file}");
        let unknown: Vec<_> = mentioned
            .iter()
            .filter(|name| !known.contains(**name))
            .collect();
        assert!(unknown.is_empty(), "{file}: {unknown:?}");
    }
}

#[test]
fn the_test_command_is_that_of_the_gate() {
    let Some(gate) = text(".ci/run") else {
        return skipped("a package does not hold .ci");
    };
    let last = gate.lines().last().unwrap();
    let command = last.strip_prefix("step ").unwrap();
    let readme = text("README.md").unwrap();
    let mut tests = readme.lines().filter(|line| line.starts_with("cargo test"));
    let given = tests.next().unwrap().split('#').next().unwrap().trim_end();
    assert_eq!(given, command);
    assert_eq!(tests.next(), None);
}
