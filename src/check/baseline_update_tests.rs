//! New baselines of made-up groups.

use std::path::{Path, PathBuf};

use super::*;
use crate::check::{Allow, PathState, Policy};
use crate::types::{Digest, FileId, FileRecord, Proof};

const HASH: HashAlgorithm = HashAlgorithm::Blake3;
const ROOT: &str = "/nowhere/project";

fn digest(byte: u8) -> Digest {
    Digest::new(&[byte; 32])
}

fn group(byte: u8, files: &[(&str, bool)]) -> Group {
    Group {
        digest: Some(digest(byte)),
        proof: Proof::Digest,
        size: 100,
        reclaimable_bytes: 0,
        linked_outside_bytes: 0,
        shared_bytes: 0,
        keep_tie: false,
        keep_reason: None,
        files: files
            .iter()
            .zip(1..)
            .map(|((names, reference), ino)| {
                let mut names = names.split('=').map(|name| Path::new(ROOT).join(name));
                let first = names.next().unwrap();
                FileRecord {
                    number: ino,
                    hard_links: names.collect(),
                    reference: *reference,
                    ..FileRecord::new(first, FileId { dev: 1, ino: 1 })
                }
            })
            .collect(),
    }
}

fn renew(policy: Policy, old: &Baseline, groups: &[Group], coverage: &Coverage<'_>) -> Baseline {
    let rules = Rules::new(policy, Path::new(ROOT)).unwrap();
    let mut places = ProjectPaths::new(Path::new(ROOT));
    let mut renewal = BaselineUpdate::new(&rules, old, HASH);
    for group in groups {
        renewal.consider(group, &mut places);
    }
    renewal.finish(coverage)
}

fn listed(baseline: &Baseline) -> Vec<String> {
    let entries = baseline.entries();
    entries
        .map(|(digest, _, place)| format!("{} {}", digest.as_bytes()[0], place.display()))
        .collect()
}

fn everything() -> [PathBuf; 1] {
    [PathBuf::new()]
}

#[test]
fn it_lists_what_nothing_else_accepts() {
    let policy = Policy {
        allow: vec![
            Allow {
                paths: vec!["vendor/".to_owned()],
                ..Allow::default()
            },
            Allow {
                digests: vec![digest(7)],
                ..Allow::default()
            },
        ],
        ..Policy::default()
    };
    let groups = [
        group(2, &[("b", false), ("a", false)]),
        group(1, &[("ref", true), ("c", false)]),
        group(3, &[("vendor/x", false), ("x", false)]),
        group(7, &[("p", false), ("q", false)]),
    ];
    let coverage = Coverage {
        roots: &everything(),
        references: &[],
        is_whole: true,
        inspect: &|_| PathState::Nothing,
    };
    let new = renew(policy, &Baseline::empty(HASH), &groups, &coverage);
    assert_eq!(listed(&new), ["1 c", "2 a", "2 b", "3 x"]);
}

#[test]
fn stale_entries_go_and_what_was_not_looked_at_stays() {
    let mut old = Baseline::empty(HASH);
    let entries = [
        (1, "in/a"),
        (1, "in/gone"),
        (2, "in/same"),
        (2, "in/same2"),
        (3, "in/x"),
        (3, "out/x"),
    ];
    for (byte, place) in entries {
        old.accept(digest(byte), 100, place.into());
    }
    let groups = [group(1, &[("in/a", false), ("in/b", false)])];
    let inspect = |place: &Path| match place.to_str() {
        Some("in/gone") => PathState::Nothing,
        _ => PathState::File(100),
    };
    for (is_whole, expected) in [
        (true, &["1 in/a", "1 in/b", "3 in/x", "3 out/x"][..]),
        (
            false,
            &[
                "1 in/a",
                "1 in/b",
                "2 in/same",
                "2 in/same2",
                "3 in/x",
                "3 out/x",
            ],
        ),
    ] {
        let coverage = Coverage {
            roots: &[PathBuf::from("in")],
            references: &[],
            is_whole,
            inspect: &inspect,
        };
        let new = renew(Policy::default(), &old, &groups, &coverage);
        assert_eq!(listed(&new), expected);
    }
}

#[test]
fn a_name_that_is_listed_stays_when_the_file_gets_another() {
    let mut old = Baseline::empty(HASH);
    old.accept(digest(1), 100, "m".into());
    old.accept(digest(1), 100, "z".into());
    let groups = [group(1, &[("a=m", false), ("z", false)])];
    let coverage = Coverage {
        roots: &everything(),
        references: &[],
        is_whole: true,
        inspect: &|_| PathState::Nothing,
    };
    assert_eq!(renew(Policy::default(), &old, &groups, &coverage), old);
}

#[test]
fn what_a_rule_allows_by_now_is_dropped() {
    let mut old = Baseline::empty(HASH);
    old.accept(digest(1), 100, "vendor/x".into());
    old.accept(digest(1), 100, "y".into());
    let policy = Policy {
        allow: vec![Allow {
            paths: vec!["vendor/".to_owned()],
            ..Allow::default()
        }],
        ..Policy::default()
    };
    let groups = [group(1, &[("vendor/x", false), ("y", false)])];
    let coverage = Coverage {
        roots: &everything(),
        references: &[],
        is_whole: true,
        inspect: &|_| PathState::Nothing,
    };
    assert_eq!(listed(&renew(policy, &old, &groups, &coverage)), ["1 y"]);
}
