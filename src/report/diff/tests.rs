use serde_json::{Value, json};

use super::super::testing::{self, objects, path};
use super::*;
use crate::config::HashAlgorithm;
use crate::error::FailureKind;
use crate::report;

/// A comparison with every special case.
fn sample(errors: &[ScanError]) -> DiffReport<'_> {
    let entry = |name: &[u8], what| DiffEntry {
        path: path(name),
        what,
    };
    let a = SideReport {
        path: path(b"old"),
        files: Count {
            files: 1207,
            bytes: 3 << 20,
        },
        shared: Count {
            files: 1206,
            bytes: (3 << 20) - 1,
        },
        only: Count { files: 1, bytes: 1 },
        only_others: 2,
        unknown: 2,
        only_entries: vec![
            entry(b"old/a\nb", DiffKind::File(1)),
            entry(b"old/link", DiffKind::Link(path(b"to/\xff"))),
        ],
        not_compared: vec![(path(b"old/\xfe"), "could not be read")],
    };
    let b = SideReport {
        path: path(b"n\xffw"),
        only_entries: vec![entry(b"n\xffw/e", DiffKind::EmptyDirectory)],
        ..SideReport::default()
    };
    DiffReport {
        header: testing::header(&[]),
        answer: Answer::OnlyInA,
        interrupted: false,
        elapsed: Duration::from_millis(1230),
        sides: [a, b],
        in_both: vec![
            InBoth {
                digest: Some(Digest::new(&[0xab; 32])),
                size: 5,
                paths: [vec![path(b"old/x")], vec![path(b"n\xffw/y")]],
            },
            InBoth {
                digest: None,
                size: 0,
                paths: [vec![path(b"old/l")], vec![path(b"n\xffw/l")]],
            },
        ],
        differing: vec![
            DifferingPath {
                path: path(b"c/\xfd"),
                kinds: [DiffKind::File(1), DiffKind::File(2)],
            },
            DifferingPath {
                path: path(b"d"),
                kinds: [DiffKind::Special, DiffKind::Directory],
            },
        ],
        errors,
    }
}

fn document() -> Value {
    let errors = [testing::error(b"old/\xfe"), testing::error(b"old/gone")];
    let mut out = Vec::new();
    let render = RenderOptions::default();
    write(DiffFormat::Json, &mut out, &sample(&errors), &render).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn parsed() -> Value {
    serde_json::from_str(schema()).unwrap()
}

#[test]
fn the_document_matches_its_schema_and_no_other_does() {
    let validator = jsonschema::validator_for(&parsed()).unwrap();
    let document = document();
    let problems: Vec<_> = validator.iter_errors(&document).collect();
    assert!(problems.is_empty(), "{problems:?}");
    for (pointer, value) in [
        ("/answer", json!("yes")),
        ("/a/files/files", json!(-1)),
        ("/only_in_a/0/kind", json!("fifo")),
        ("/only_in_a/1/target", json!(1)),
        ("/in_both/0/digest", json!("ABC")),
        ("/differing/0/a", json!(null)),
        ("/not_compared/0/reason", json!(0)),
    ] {
        let mut broken = document.clone();
        *broken.pointer_mut(pointer).unwrap() = value;
        assert!(!validator.is_valid(&broken), "{pointer}");
    }
    for at in objects(&document) {
        let mut more = document.clone();
        more.pointer_mut(&at).unwrap()["surprise"] = json!(1);
        assert!(!validator.is_valid(&more), "{at}/surprise");
        let fields = document.pointer(&at).unwrap().as_object().unwrap();
        for name in fields.keys() {
            let mut less = document.clone();
            let object = less.pointer_mut(&at).unwrap().as_object_mut().unwrap();
            object.remove(name);
            // A path in a list is text, unless that is not exact.
            let is_listed = at.contains("/target") || at.contains("/in_both/");
            let is_optional = name == "path_bytes" && !is_listed;
            assert_eq!(validator.is_valid(&less), is_optional, "{at}/{name}");
        }
    }
}

#[test]
fn the_schema_lists_all_that_can_be_written() {
    let schema = parsed();
    let hashes: Vec<_> = HashAlgorithm::ALL.iter().map(|h| h.as_str()).collect();
    assert_eq!(schema["properties"]["hash"]["enum"], json!(hashes));
    let scan: Value = serde_json::from_str(report::schema()).unwrap();
    for part in ["count", "bytes", "path", "error"] {
        assert_eq!(schema["$defs"][part], scan["$defs"][part], "{part}");
    }
    let kinds = &schema["$defs"]["error"]["properties"]["kind"]["enum"];
    assert_eq!(kinds.as_array().unwrap().len(), FailureKind::ALL.len());
}

#[test]
fn the_table_ends_with_the_answer() {
    let mut out = Vec::new();
    let render = RenderOptions::default();
    write(DiffFormat::Table, &mut out, &sample(&[]), &render).unwrap();
    let expected = "\
A  old: 1,207 files (3.0 MiB)
B  $'n\\377w': 0 files (0 B)

1,206 of 1,207 files in A are also in B (99.9 %), 3.0 MiB of 3.0 MiB (99.9 %)
0 of 0 files in B are also in A (100.0 %), 0 B of 0 B (100.0 %)

Only in A: 1 file (1 B), 2 other entries
       1 B  $'old/a\\nb'
            old/link -> $'to/\\377'
  … and 1 more (--limit 0 shows all)

Same path, other content: 2 paths
  $'c/\\375'
  d  (special file in A, directory in B)

Not compared: 2 entries
  $'old/\\376'  could not be read
  … and 1 more (--limit 0 shows all)

3 entries are only in old.
";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn paths_for_scripts_are_exact_or_counted() {
    let report = sample(&[]);
    let entries = &report.sides[0].only_entries;
    for (format, expected, escaped) in [
        (DiffFormat::Paths0, &b"old/a\nb\0old/link\0"[..], 0),
        (DiffFormat::Table, b"old/a\\nb\nold/link\n", 1),
    ] {
        let mut out = Vec::new();
        assert_eq!(write_paths(format, &mut out, entries).unwrap(), escaped);
        assert_eq!(out, expected);
    }
}

#[test]
fn a_part_is_never_rounded_up_to_all() {
    let table = [
        (0, 0, "100.0 %"),
        (999_999, 1_000_000, "99.9 %"),
        (1, 3, "33.3 %"),
    ];
    for (part, all, expected) in table {
        assert_eq!(table::percent(part, all), expected);
    }
    assert_eq!(table::percent(u64::MAX, u64::MAX), "100.0 %");
}
