//! Completions and manual pages are made from the definition of the command
//! line and kept in the repository, where packagers look for them. This test
//! makes them again and compares, so that none of them goes stale.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::ValueEnum;
use clap_complete::{Generator, Shell};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::harness::{skipped, spawn};

/// Set to 1, it makes this test write the files instead of comparing them.
const BLESS: &str = "NODUPE_BLESS";

type Files = BTreeMap<PathBuf, Vec<u8>>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn completions() -> Files {
    let scripts = Shell::value_variants().iter().map(|shell| {
        let script = nodupe::cli::completion_script(*shell);
        (
            Path::new("completions").join(shell.file_name("nodupe")),
            script,
        )
    });
    scripts.collect()
}

fn manual() -> Files {
    let mut command = nodupe::cli::command();
    command.build();
    let pages: Vec<clap::Command> = command
        .get_subcommands()
        .filter(|page| page.get_name() != "help")
        .chain([&command])
        .cloned()
        .collect();
    let names: Vec<String> = pages.iter().map(name_of).collect();
    let pages = pages.into_iter().map(|page| {
        let name = name_of(&page);
        let text = manual_page(page, &names);
        (Path::new("man").join(format!("{name}.1")), text)
    });
    pages.collect()
}

fn name_of(page: &clap::Command) -> String {
    page.get_display_name()
        .unwrap_or(page.get_name())
        .to_owned()
}

/// What is the same on every page, unless the page has a section of its own.
const EXIT_STATUS: &str = "  0    the text was printed\n  2    wrong arguments";
const ENVIRONMENT: &str = "  NO_COLOR        no colors if not empty\n\
                           \x20 CLICOLOR_FORCE  colors everywhere if neither empty nor 0";
const FILES: &str = "  nodupe.toml            the project file: defaults for nodupe scan and\n\
                     \x20                        nodupe check; see nodupe-config(1)\n\
                     \x20 .nodupe-baseline.json  duplicates that nodupe check accepts";

/// The sections that come after the options, in the usual order; any other one
/// comes before them.
const LAST: [&str; 4] = ["EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES"];

fn manual_page(page: clap::Command, pages: &[String]) -> Vec<u8> {
    let name = name_of(&page);
    let mut sections = sections(&page);
    for (title, text) in [
        ("EXIT STATUS", EXIT_STATUS),
        ("ENVIRONMENT", ENVIRONMENT),
        ("FILES", FILES),
    ] {
        let is_there = sections.iter().any(|(own, _)| own == title);
        if !is_there {
            sections.push((title.to_owned(), text.to_owned()));
        }
    }
    let usage = page.clone().render_usage().to_string();
    let has_commands = page.has_subcommands();
    let about = page
        .get_long_about()
        .or(page.get_about())
        .unwrap()
        .to_string();
    let man = Man::new(page)
        .source(concat!("nodupe ", env!("CARGO_PKG_VERSION")))
        .manual("nodupe manual");
    let mut text = Vec::new();
    man.render_title(&mut text).unwrap();
    man.render_name_section(&mut text).unwrap();
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    for line in usage.lines().filter_map(|line| line.split("nodupe").nth(1)) {
        roff.text([bold("nodupe"), roman(line.trim_end())]);
    }
    roff.control("SH", ["DESCRIPTION"]);
    paragraphs(&mut roff, &about);
    roff.to_writer(&mut text).unwrap();
    if has_commands {
        let mut commands = Vec::new();
        man.render_subcommands_section(&mut commands).unwrap();
        // The command help has no page.
        let commands = String::from_utf8(commands).unwrap();
        let (before, help) = commands.split_once(".TP\nnodupe\\-help(1)\n").unwrap();
        let after = help.split_once(".TP\n").map_or("", |(_, after)| after);
        assert!(after.is_empty(), "help comes last");
        text.extend(before.as_bytes());
    }
    let mut options = Vec::new();
    man.render_options_section(&mut options).unwrap();
    // The headings of the options are parts of one section.
    let options = String::from_utf8(options).unwrap();
    for line in options.lines() {
        let line = match line.strip_prefix(".SH ") {
            Some(heading) if heading != "OPTIONS" => format!(".SS {heading}"),
            _ => line.to_owned(),
        };
        text.extend(line.as_bytes());
        text.push(b'\n');
    }
    let is_last = |title: &str| LAST.iter().position(|last| *last == title);
    sections.sort_by_key(|(title, _)| is_last(title).map_or(0, |at| at + 1));
    let mut roff = Roff::new();
    for (title, body) in &sections {
        roff.control("SH", [title.as_str()]);
        roff.control("nf", []);
        for line in body.lines() {
            roff.text([roman(line)]);
        }
        roff.control("fi", []);
    }
    roff.control("SH", ["SEE ALSO"]);
    let others: Vec<_> = pages.iter().filter(|other| **other != name).collect();
    let count = others.len();
    let mut see = Vec::new();
    for (at, other) in others.into_iter().enumerate() {
        see.push(bold(other.as_str()));
        see.push(roman(if at + 1 < count { "(1), " } else { "(1)" }));
    }
    roff.text(see);
    roff.to_writer(&mut text).unwrap();
    text
}

fn paragraphs(roff: &mut Roff, text: &str) {
    for (at, paragraph) in text.split("\n\n").enumerate() {
        if at > 0 {
            roff.control("PP", []);
        }
        roff.text([roman(paragraph.replace('\n', " "))]);
    }
}

/// The sections at the end of a help text: a line without indentation that ends
/// with a colon or continues after one begins a section.
fn sections(page: &clap::Command) -> Vec<(String, String)> {
    let end = page.get_after_long_help().or(page.get_after_help());
    let end = end.map(ToString::to_string).unwrap_or_default();
    let mut sections: Vec<(String, String)> = Vec::new();
    for line in end.lines() {
        let title = line
            .split_once(':')
            .filter(|(title, _)| title.starts_with(char::is_uppercase) && title.len() < 60);
        match (title, sections.last_mut()) {
            (Some((title, rest)), _) => {
                let rest = match rest.trim() {
                    "" => String::new(),
                    rest => format!("{rest}\n"),
                };
                sections.push((title.to_uppercase(), rest));
            }
            (None, Some((_, body))) => {
                body.push_str(line);
                body.push('\n');
            }
            (None, None) => {}
        }
    }
    for (_, body) in &mut sections {
        body.truncate(body.trim_end().len());
    }
    sections
}

/// The generated files of a directory of the repository. Markdown is written by hand.
fn kept(directory: &str) -> Files {
    let Ok(entries) = fs::read_dir(root().join(directory)) else {
        return Files::new();
    };
    let names = entries.map(|entry| Path::new(directory).join(entry.unwrap().file_name()));
    names
        .filter(|name| name.extension().is_none_or(|extension| extension != "md"))
        .map(|name| {
            let content = fs::read(root().join(&name)).unwrap();
            (name, content)
        })
        .collect()
}

fn bless(fresh: &Files, kept: &Files) {
    for gone in kept.keys().filter(|name| !fresh.contains_key(*name)) {
        fs::remove_file(root().join(gone)).unwrap();
    }
    for (name, content) in fresh {
        let path = root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

fn check(directory: &str, fresh: &Files) {
    let kept = kept(directory);
    if std::env::var_os(BLESS).is_some_and(|value| value == "1") {
        bless(fresh, &kept);
        return;
    }
    let names = fresh.keys().chain(kept.keys());
    let mut stale: Vec<_> = names
        .filter(|name| fresh.get(*name) != kept.get(*name))
        .map(|name| name.display().to_string())
        .collect();
    stale.sort();
    stale.dedup();
    assert!(
        stale.is_empty(),
        "stale: {}\nThe command line changed. Write them anew with\n    {BLESS}=1 cargo test --test tests generated\nand commit them with the change.",
        stale.join(", ")
    );
}

#[test]
fn completions_are_fresh() {
    check("completions", &completions());
}

#[test]
fn the_manual_is_fresh() {
    check("man", &manual());
}

/// Every page has the sections that a reader looks for, in the usual order, and
/// a formatter reads it without a warning.
#[test]
fn the_manual_reads_well() {
    let usual = [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "OPTIONS",
        "EXIT STATUS",
        "ENVIRONMENT",
        "FILES",
        "EXAMPLES",
        "SEE ALSO",
    ];
    let pages = manual();
    assert!(pages.len() >= 7, "{:?}", pages.keys());
    for (name, page) in &pages {
        let text = String::from_utf8(page.clone()).unwrap();
        let titles: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix(".SH "))
            .map(|title| title.trim_matches('"'))
            .collect();
        let found: Vec<_> = titles.iter().filter(|t| usual.contains(t)).collect();
        assert_eq!(found, usual.iter().collect::<Vec<_>>(), "{name:?}");
        let mut groff = Command::new("groff");
        groff
            .args(["-man", "-ww", "-Tutf8", "-z"])
            .arg(root().join(name))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let Ok(child) = spawn(&mut groff) else {
            return skipped("groff is not installed");
        };
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && said.is_empty(),
            "{name:?}: {said}"
        );
    }
}
