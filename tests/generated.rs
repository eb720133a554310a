//! Completions and manual pages are made from the definition of the command
//! line and kept in the repository, where packagers look for them. This test
//! makes them again and compares, so that none of them goes stale.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use clap_complete::{Generator, Shell};
use clap_mangen::Man;

/// Set to 1, it makes this test write the files instead of comparing them.
const BLESS: &str = "NODUPE_BLESS";

type Files = BTreeMap<PathBuf, Vec<u8>>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn completions() -> Files {
    let scripts = Shell::value_variants().iter().map(|shell| {
        let mut script = Vec::new();
        clap_complete::generate(*shell, &mut nodupe::cli::command(), "nodupe", &mut script);
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
    let pages = command.get_subcommands().cloned();
    let mut files = Files::new();
    for page in pages.chain([command.clone()]) {
        let man = Man::new(page)
            .source(concat!("nodupe ", env!("CARGO_PKG_VERSION")))
            .manual("nodupe manual");
        let mut text = Vec::new();
        man.render(&mut text).unwrap();
        files.insert(Path::new("man").join(man.get_filename()), text);
    }
    files
}

/// What is kept under a directory of the repository.
fn kept(directory: &str) -> Files {
    let Ok(entries) = fs::read_dir(root().join(directory)) else {
        return Files::new();
    };
    let names = entries.map(|entry| Path::new(directory).join(entry.unwrap().file_name()));
    names
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
