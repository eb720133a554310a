//! The cache, as the program uses it.

use std::fs;
use std::os::unix::fs::MetadataExt;

use serde_json::Value;

use crate::harness::{Tree, grouped};

/// Files that are cached as soon as they were read.
const NOW: [&str; 2] = ["--settle-time", "0s"];

/// A tree with duplicates; `None` if nothing is cached where temporary files are.
fn tree() -> Option<Tree> {
    let tree = Tree::new();
    tree.files(&["a", "b"], "small")
        .files(&["c", "d"], vec![7; 50_000])
        .file("e", "all alone");
    tree.nodupe(["scan", "--cache", "-q"]).args(NOW).succeeds();
    let info = tree.nodupe(["cache", "info"]).succeeds().stdout_text();
    if !info.contains("\n  file system ") {
        crate::harness::skipped("nothing is cached on the file system of temporary files");
        return None;
    }
    Some(tree)
}

fn report(tree: &Tree, args: &[&str]) -> Value {
    let scan = tree.nodupe(["scan", "-f", "json"]).args(args).args(NOW);
    serde_json::from_slice(&scan.succeeds().stdout).unwrap()
}

#[test]
fn a_second_scan_is_served_from_the_cache_and_says_so() {
    let Some(tree) = tree() else { return };
    let with = report(&tree, &["--cache"]);
    let without = report(&tree, &[]);
    assert_eq!(with["groups"], without["groups"]);
    assert_eq!(without.get("cache"), None);
    let cache = &with["cache"];
    assert_eq!((&cache["files"], &cache["stored"]), (&4.into(), &0.into()));
    assert_eq!(with["totals"]["bytes_read"], 0);
    let table = tree.nodupe(["scan", "--cache", "-v"]).args(NOW).exits(0);
    assert!(table.stdout_text().contains("4 files from the cache"));
    assert!(table.stderr_text().contains("4 files known"));
    let summary = tree.nodupe(["scan", "--cache", "-f", "summary"]).args(NOW);
    assert!(summary.succeeds().stdout_text().contains("From the cache"));
    // Not in a place that the schema does not know.
    let schema: Value = serde_json::from_slice(&tree.nodupe(["schema"]).succeeds().stdout).unwrap();
    assert!(jsonschema::is_valid(&schema, &with));
    // The file is for its owner, in the place for caches, and no part of a scan.
    let file = tree.path(".cache/nodupe/digests");
    assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600);
    assert_eq!(tree.groups(&["--cache", "--unique"]), grouped(&[&["e"]]));
}

#[test]
fn the_cache_is_shown_checked_and_removed() {
    let Some(tree) = tree() else { return };
    let info = tree.nodupe(["cache", "info"]).succeeds().stdout_text();
    assert!(info.contains("Entries  6\n"), "{info}");
    let verified = tree.nodupe(["cache", "verify"]).succeeds().stdout_text();
    // By default nothing is settled yet.
    assert_eq!(verified, "Checked  0 files\nWrong    0\n");
    let file = tree.path(".cache/nodupe/digests");
    let mut bytes = fs::read(&file).unwrap();
    bytes[200] ^= 1;
    fs::write(&file, bytes).unwrap();
    let said = tree.nodupe(["cache", "verify"]).exits(2).stderr_text();
    assert!(said.contains("is damaged"), "{said}");
    let scan = tree.nodupe(["scan", "--cache"]).args(NOW).exits(0);
    assert!(
        scan.stderr_text().contains("set aside"),
        "{}",
        scan.stderr_text()
    );
    tree.nodupe(["cache", "clear"]).exits(0);
    assert!(!file.exists());
    tree.nodupe(["cache", "clear"]).exits(0);
    let info = tree.nodupe(["cache", "info"]).succeeds().stdout_text();
    assert!(info.contains("no cache yet"), "{info}");
    assert!(info.contains("Stored   files on ext4"), "{info}");
}

#[test]
fn a_project_file_turns_the_cache_on_and_says_nothing_else_of_it() {
    let Some(tree) = tree() else { return };
    tree.file("nodupe.toml", "[scan]\ncache = true\n");
    assert_eq!(report(&tree, &[])["cache"]["files"], 4);
    assert_eq!(report(&tree, &["--cache=false"]).get("cache"), None);
    let config = tree.nodupe(["config", "scan"]).succeeds().stdout_text();
    assert!(config.contains("cache = true"), "{config}");
    let other = tree.beside("other");
    let other = other.to_str().unwrap();
    let by_flag = report(&tree, &[&format!("--cache={other}")]);
    assert_eq!(by_flag["cache"]["path"], other);
    let by_variable = tree.nodupe(["scan", "-f", "json", "--no-config"]);
    let by_variable = by_variable.env("NODUPE_CACHE", other).succeeds();
    assert!(by_variable.stdout_text().contains(other));
    for (line, message) in [
        ("cache = \"/etc/x\"", "\"cache\" takes true or false"),
        ("cache-size = 1", "cannot be set in a project file"),
    ] {
        tree.file("nodupe.toml", format!("[scan]\n{line}\n"));
        let said = tree.nodupe(["scan", "."]).exits(2).stderr_text();
        assert!(said.contains(message), "{said}");
    }
}

#[test]
fn what_acts_compares_bytes_whatever_the_cache_says() {
    let Some(tree) = tree() else { return };
    tree.nodupe(["remove", "--cache", "--yes", "."])
        .args(NOW)
        .succeeds();
    assert_eq!(tree.groups(&[]), grouped(&[]));
    assert_eq!(fs::read(tree.path("a")).unwrap(), b"small");
    let check = tree.nodupe(["check", "--cache"]).args(NOW);
    check.succeeds();
}

#[test]
fn a_scan_that_is_killed_at_any_write_leaves_a_cache_that_is_right() {
    let Some(tree) = tree() else { return };
    for file in 0..300_u32 {
        let content = (file / 2).to_le_bytes().repeat(10 + file as usize / 20);
        tree.file(format!("many/{file}"), content);
    }
    let cache = tree.path("cache");
    let option = format!("--cache={}", cache.display());
    let file = || fs::read(&cache).unwrap_or_default();
    let scan = || tree.nodupe(["scan", "-q", &option]).args(NOW);
    scan().succeeds();
    let length = file().len();
    assert!(length > 20_000);
    // With one run more, all are merged into a new file.
    for round in 0..8_u32 {
        tree.file(format!("one/{round}"), round.to_le_bytes().repeat(50));
        tree.file(format!("two/{round}"), round.to_le_bytes().repeat(50));
        scan().succeeds();
    }
    let (many, truth_of_many) = (file(), report(&tree, &[])["groups"].clone());
    tree.file("one/last", "last").file("two/last", "last");
    let truth_of_last = report(&tree, &[])["groups"].clone();
    assert_ne!(truth_of_last, truth_of_many);
    // Chance decides which of them are read all the same.
    let known = |report: &Value| {
        let count = |name: &str| report["cache"][name].as_u64().unwrap();
        count("files") + count("checked")
    };
    scan().succeeds();
    let all = known(&report(&tree, &[&option]));
    assert_eq!(all, 300 + 4 + 2 * 9);
    let mut killed = 0;
    let mut check = |before: &[u8], limit: usize| {
        fs::write(&cache, before).unwrap();
        // The kernel ends the process that writes beyond this size: the bytes up
        // to there are written.
        let dies = scan().after(&format!("ulimit -c 0 && prlimit --pid $$ --fsize={limit}"));
        killed += usize::from(dies.run().status.code().is_none());
        let left = file();
        assert!(left.len() <= limit.max(before.len()), "{limit}");
        let run = tree.nodupe(["scan", "-f", "json", &option]);
        let run = run.args(NOW).exits(0);
        let found: Value = serde_json::from_slice(&run.stdout).unwrap();
        assert_eq!(found["groups"], truth_of_last, "{limit}");
        // A part of the first 24 bytes is no cache yet.
        let is_new = before.is_empty() && (1..24).contains(&limit);
        assert_eq!(run.stderr_text().contains("is damaged"), is_new, "{limit}");
        // It was filled again.
        let again = report(&tree, &[&option]);
        assert_eq!(again["groups"], truth_of_last, "{limit}");
        assert_eq!(known(&again), all, "{limit}");
    };
    for limit in (0..length).step_by(1499).chain([1, 23, 24, 87, 88]) {
        check(&[], limit);
    }
    for limit in (0..many.len() + 100).step_by(2999) {
        check(&many, limit);
    }
    assert!(killed > 20, "only {killed}");
}
