//! Who may know whom: the arrows of the design, read off the source.
//!
//! `main → cli → { pipeline, action, measure, executor, cache, check, manifest, report }`, `pipeline →
//! { walk, stage, executor, group, tree, keep, cache }`, `tree → { stage, group, hash }`, `{ group, manifest } → keep → { git, glob }`, `measure → { walk, executor, hash, io }`,
//! `executor → worker → { hash, io }`, `walk → { worker, io, hash, git, cache }`, `report → check`, and beneath all of
//! them `{ config, platform } → types → error`. Only test code is passed over.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What everything above them may use.
const COMMON: [&str; 4] = ["config", "error", "types", "platform"];

/// What else a module may use.
const ARROWS: [(&str, &[&str]); 25] = [
    ("main", &["cli"]),
    // The program decides on a format and owns what it is written to, so it
    // hands the one to the other.
    // It can be a worker process, and explains how executors are chosen.
    (
        "cli",
        &[
            "pipeline", "measure", "check", "report", "executor", "git", "exit",
            // It tells where in the project file a glob is wrong, and makes
            // those in there mean the same from every working directory.
            "glob", "action", // It shows and removes the cache, and says where it is.
            "cache", // It counts what two directories have in common, and chooses directories to act on.
            "tree",  // It writes and merges indexes.
            "manifest",
        ],
    ),
    // The wiring knows all that it wires, and hands a worker its reader.
    (
        "pipeline",
        &[
            "walk", "stage", "executor", "group", "tree", "hash", "io", "keep", "cache",
        ],
    ),
    // Digests of directories are made from what the stages found out, and what
    // is kept of them follows the files.
    ("tree", &["stage", "group", "hash"]),
    // Starts executors to see whether they can, reads some files to see how
    // quick they come, and puts scans next to each other by running them.
    ("measure", &["walk", "executor", "hash", "io"]),
    // A worker process makes its own reader.
    ("executor", &["worker", "io"]),
    ("worker", &["hash", "io"]),
    // Groups are made from what the stages found out, and the file to keep is
    // chosen in each.
    ("group", &["stage", "keep"]),
    // What git tracks is kept, and what a glob of the user matches.
    ("keep", &["git", "glob"]),
    // It reads small files as workers do, and hashes them. What git ignores and
    // tracks is left out or taken in.
    // Digests are looked up where files are found.
    ("walk", &["glob", "worker", "io", "hash", "git", "cache"]),
    ("cache", &[]),
    // Which file of a group over several hosts is kept.
    ("manifest", &["keep"]),
    ("stage", &[]),
    // A verdict is plain values, like a group.
    ("report", &["check"]),
    ("check", &["glob"]),
    // What it makes again is proved by its digest.
    ("action", &["hash"]),
    ("hash", &[]),
    ("io", &[]),
    ("exit", &[]),
    ("glob", &[]),
    ("git", &[]),
    ("config", &["types"]),
    ("platform", &["types", "error"]),
    ("types", &["error"]),
    ("error", &[]),
];

/// A source file without its comments and its tests.
struct Source {
    path: PathBuf,
    /// The module of the crate that it belongs to.
    module: String,
    /// How many modules it is deep in.
    depth: usize,
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    let mut dirs = vec![root.clone()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && !is_test_file(&path) {
                sources.push(source(&root, path));
            }
        }
    }
    assert!(sources.len() > 30, "this is not the source");
    sources
}

/// Files that are only there for `cfg(test)`.
fn is_test_file(path: &Path) -> bool {
    let stem = path.file_stem().unwrap().to_str().unwrap();
    stem == "tests" || stem == "testing" || stem.ends_with("_tests")
}

fn source(root: &Path, path: PathBuf) -> Source {
    let below = path.strip_prefix(root).unwrap().with_extension("");
    let mut parts: Vec<&str> = below.iter().map(|part| part.to_str().unwrap()).collect();
    if parts.len() > 1 && parts.last() == Some(&"mod") {
        parts.pop();
    }
    let (module, depth) = (parts[0].to_owned(), parts.len());
    let text = fs::read_to_string(&path).unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let code = without_tests(&lines.collect::<Vec<_>>().join("\n"));
    Source {
        module,
        depth,
        code,
        path,
    }
}

/// The code without items that are marked for tests: from the mark to the
/// semicolon or the end of the braces.
fn without_tests(code: &str) -> String {
    let Some(mark) = code.find("#[cfg(test)]") else {
        return code.to_owned();
    };
    let (before, rest) = code.split_at(mark);
    let mut depth = 0_usize;
    for (at, c) in rest.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return format!("{before}{}", without_tests(&rest[at + 1..])),
            '}' => depth -= 1,
            ';' if depth == 0 => return format!("{before}{}", without_tests(&rest[at + 1..])),
            _ => {}
        }
    }
    before.to_owned()
}

/// The modules of the crate that are named after `prefix`.
fn named_after(code: &str, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let whole = code[..at]
            .chars()
            .next_back()
            .is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':');
        if !whole {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            None => names.push(identifier(rest)),
            Some(list) => names.extend(top_level(list)),
        }
    }
    names
}

fn identifier(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// The first word of each entry of a list, to its closing brace.
fn top_level(list: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.push(identifier(list[start..at].trim_start()));
                if c == '}' {
                    break;
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn uses(source: &Source) -> BTreeSet<String> {
    let mut names = named_after(&source.code, "crate::");
    if source.module == "main" {
        names.extend(named_after(&source.code, "nodupe::"));
    }
    // So many steps up lead to the top of the crate.
    names.extend(named_after(&source.code, &"super::".repeat(source.depth)));
    names
        .into_iter()
        .filter(|name| *name != source.module)
        .collect()
}

#[test]
fn modules_know_only_whom_the_design_lets_them() {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let mut seen = 0;
    for source in sources() {
        if source.module == "lib" {
            continue;
        }
        let module = source.module.as_str();
        let allowed = arrows
            .get(module)
            .unwrap_or_else(|| panic!("{module} is not in the design; draw its arrows here"));
        let common: &[&str] = if COMMON.contains(&module) {
            &[]
        } else {
            &COMMON
        };
        for name in uses(&source) {
            seen += 1;
            assert!(
                common.contains(&name.as_str()) || allowed.contains(&name.as_str()),
                "{}: {} must not know {name}",
                source.path.display(),
                source.module
            );
        }
    }
    assert!(seen > 50, "hardly anything was read");
}

#[test]
fn the_platform_is_asked_for_in_one_place() {
    for source in sources() {
        if source.module == "platform" {
            continue;
        }
        for line in source.code.lines() {
            let asks = [
                "target_os",
                "target_family",
                "cfg(unix",
                "cfg(windows",
                "any(unix",
                "any(windows",
                "not(unix",
                "std::os::",
            ]
            .iter()
            .any(|word| line.contains(word));
            assert!(!asks, "{}: {line}", source.path.display());
        }
    }
}

#[test]
fn unsafe_code_is_in_one_place() {
    for source in sources() {
        if source.module == "platform" {
            continue;
        }
        let mut words = source
            .code
            .split(|c: char| !c.is_alphanumeric() && c != '_');
        assert!(
            words.all(|word| word != "unsafe"),
            "{}",
            source.path.display()
        );
    }
}

#[test]
fn the_reader_of_this_file_can_read() {
    let code = without_tests(
        "use crate::walk::Sink;\nuse crate::{types::{A, B}, io, report::table::Cell};\n\
         let x = crate::hash::new();\n#[cfg(test)]\nmod testing;\nuse super::super::exit::Exit;\n\
         #[cfg(test)]\nmod tests { use crate::pipeline::{X}; fn f() {} }\nuse crate::cli;\n",
    );
    let source = Source {
        path: PathBuf::new(),
        module: "types".to_owned(),
        depth: 2,
        code,
    };
    let expected = ["cli", "exit", "hash", "io", "report", "walk"];
    assert_eq!(uses(&source), expected.map(str::to_owned).into());
    assert!(named_after("mycrate::walk", "crate::").is_empty());
}
