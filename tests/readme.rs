//! The README says what the program does today.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::harness::{Tree, skipped};

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

/// The home of the README's section on directories: pictures, documents and two backups,
/// of which the later one holds the earlier one.
fn home() -> Tree {
    let tree = Tree::new();
    let mut number = 0_u32;
    // Contents are told apart by their beginning.
    let content = |name: &str, size: usize| {
        let mut bytes = vec![b'.'; size];
        let name = name.as_bytes();
        let length = name.len().min(size);
        bytes[..length].copy_from_slice(&name[..length]);
        bytes
    };
    let album = |at: &str, year: u32| {
        let (count, size) = if year == 2019 {
            (31, 71_000)
        } else {
            (42, 72_000)
        };
        for picture in 0..count {
            let name = format!("{year}/IMG_{picture:04}.jpg");
            tree.file(format!("{at}Pictures/{name}"), content(&name, size));
        }
    };
    let tax = |at: &str| {
        for year in 2006..2020 {
            let name = format!("tax/{year}.pdf");
            tree.file(format!("{at}Documents/{name}"), content(&name, 34_443));
        }
    };
    let thesis = |at: &str| {
        _ = tree.file(
            format!("{at}Documents/thesis.odt"),
            content("thesis", 240_026),
        );
    };
    let mut others = |at: &str, count: u32| {
        for _ in 0..count {
            number += 1;
            tree.file(
                format!("{at}{number}"),
                content(&format!("only {number}"), 68_530),
            );
        }
    };
    // The originals are the oldest.
    for at in [
        "",
        "backup-2020/",
        "backup-2021/",
        "backup-2021/backup-2020/",
    ] {
        album(at, 2019);
        tax(at);
        if at != "backup-2021/" {
            thesis(at);
        }
    }
    album("", 2020);
    album("backup-2021/", 2020);
    tree.file("backup-2020/Documents/notes.txt", "only here\n");
    tree.file("Music/first.flac", content("first", 300_032));
    tree.file("backup-2021/first.flac", content("first", 300_032));
    others("Music/", 49);
    others("Pictures/", 1);
    others("backup-2021/Documents/draft", 6);
    tree
}

/// The lines after each command of the README, up to the end of its block.
fn shown<'a>(readme: &'a str, command: &str) -> Vec<&'a str> {
    let (_, after) = readme.split_once(&format!("\n$ {command}\n")).unwrap();
    let lines = after.lines();
    lines
        .take_while(|line| !line.starts_with("```") && !line.starts_with("$ "))
        .collect()
}

#[cfg(unix)]
#[test]
fn the_examples_of_directories_are_what_is_printed() {
    let readme = text("README.md").unwrap();
    let tree = home();
    for (command, status) in [
        ("nodupe scan --directories", 0),
        ("nodupe scan --directories --similar 90%", 0),
        ("nodupe diff backup-2020 .", 1),
    ] {
        let expected = shown(&readme, command);
        let run = tree.nodupe(command.split(' ').skip(1)).exits(status);
        let printed = run.stdout_text();
        // What takes time is left out, and `...` stands for any lines.
        let printed: Vec<&str> = printed
            .lines()
            .filter(|line| !line.contains("· scanned "))
            .collect();
        let expected: Vec<&str> = expected
            .into_iter()
            .filter(|line| !line.contains("· scanned "))
            .collect();
        match expected.split_first() {
            Some((&"...", rest)) => {
                let from = printed.iter().position(|line| Some(line) == rest.first());
                let from = from.unwrap_or_else(|| panic!("{printed:#?}"));
                assert_eq!(printed[from..from + rest.len()], *rest);
            }
            _ => assert_eq!(printed, expected),
        }
    }
}
