//! The formats of one and the same run.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::*;
use crate::report::testing::{self, ClosedPipe, PLAIN, objects};

const FREED: FreedBytes = FreedBytes {
    freed: 8192,
    shared: 0,
    linked: 0,
};

/// A run with every kind of result.
fn write_all(writer: &mut dyn ActWriter) -> io::Result<()> {
    writer.begin(&ActHeader {
        verb: Verb::Move,
        dry_run: false,
        working_directory: Path::new("/home/me"),
        undoes: None,
        journal: Some(Path::new("my journal")),
    })?;
    let hard_links = [PathBuf::from("d/other"), testing::path(b"d/\xff")];
    let name = testing::path(b"d/caf\xe9");
    let file = |group, path, result| ActedFile {
        group,
        path,
        hard_links: &[],
        size: 5000,
        keeper: Some(Path::new("kept")),
        destination: None,
        result,
    };
    let done = ActedResult::Done {
        proof: Some("lease"),
        freed: FREED,
        message: None,
    };
    writer.file(&ActedFile {
        hard_links: &hard_links,
        destination: Some(Path::new("/to/d/a b")),
        ..file(Some(0), Path::new("d/a b"), done)
    })?;
    let skipped = ActedResult::Skipped {
        reason: "in-use",
        message: "it is in use",
    };
    writer.file(&file(Some(0), &name, skipped))?;
    let failed = ActedResult::Failed {
        reason: "open",
        message: "it cannot be opened",
    };
    writer.file(&ActedFile {
        keeper: None,
        ..file(Some(1), Path::new("d/\n"), failed)
    })?;
    writer.file(&ActedFile {
        keeper: None,
        ..file(None, Path::new("alone"), skipped)
    })?;
    writer.directory(&ActedDirectory {
        group: 2,
        path: Path::new("whole"),
        keeper: Some(Path::new("other")),
        files: 3,
        bytes: 2048,
        remains: None,
    })?;
    let remains = ActedRemains {
        is_whole: false,
        path: &name,
        reason: "in-use",
        message: "it is in use",
    };
    writer.directory(&ActedDirectory {
        group: 2,
        path: Path::new("part"),
        keeper: Some(Path::new("other")),
        files: 3,
        bytes: 2048,
        remains: Some(remains),
    })?;
    let totals = ActTotals {
        run: Some(7),
        done: 1,
        skipped: 2,
        failed: 1,
        directories: 0,
        done_directories: 1,
        left_directories: 1,
        freed: FREED,
        gained: Some(-4096),
        interrupted: true,
    };
    writer.finish(&totals, &[testing::error(b"d/\xff")])
}

fn text(format: ActFormat, lists: Lists) -> String {
    let mut out = Vec::new();
    write_all(&mut *writer(format, &mut out, PLAIN, lists)).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_table_has_a_line_per_name() {
    let expected = r"   4.9 KiB  keep       kept
            moved      'd/a b' -> '/to/d/a b'
            hard link  d/other
            hard link  $'d/\377'
            left       $'d/caf\351': it is in use
   4.9 KiB  failed     $'d/\n': it cannot be opened
   4.9 KiB  left       alone: it is in use
   2.0 KiB  keep       other/
            moved      whole/ (3 files)
   2.0 KiB  keep       other/
            incomplete  part/ (3 files): $'d/caf\351': it is in use

Moved 1 directory with 1 file · 8.0 KiB freed · 1 directory left or incomplete · 2 files left as they are · 1 file failed · interrupted
nodupe undo --journal 'my journal' takes this back
";
    assert_eq!(text(ActFormat::Table, Lists::All), expected);
    // Whoever saw what would be done is told the rest.
    let rest = text(ActFormat::Table, Lists::Left);
    assert!(rest.starts_with("   4.9 KiB  left       $'d/caf"), "{rest}");
    assert!(!rest.contains("moved"), "{rest}");
    assert!(rest.contains("incomplete  part/"), "{rest}");
    // A line for each directory, and none for its files.
    let folded = text(ActFormat::Table, Lists::Directories);
    assert!(folded.contains("moved      whole/"), "{folded}");
    assert!(!folded.contains("moved      'd/a b'"), "{folded}");
}

#[test]
fn the_document_matches_its_schema_and_its_lines() {
    let document: Value = serde_json::from_str(&text(ActFormat::Json, Lists::All)).unwrap();
    let schema: Value = serde_json::from_str(schema()).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(&document).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(document["files"].as_array().unwrap().len(), 4);
    // No field may be missing or new.
    for at in objects(&document) {
        let mut wrong = document.clone();
        wrong.pointer_mut(&at).unwrap()["surprise"] = json!(1);
        assert!(!validator.is_valid(&wrong), "{at}");
        let fields = document.pointer(&at).unwrap().as_object().unwrap();
        for name in fields.keys().filter(|name| *name != "path_bytes") {
            let mut wrong = document.clone();
            wrong
                .pointer_mut(&at)
                .unwrap()
                .as_object_mut()
                .unwrap()
                .remove(name);
            assert!(!validator.is_valid(&wrong), "{at}/{name}");
        }
    }
    let lines = text(ActFormat::Jsonl, Lists::All);
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kinds: Vec<_> = lines
        .iter()
        .map(|line| line["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "header",
            "file",
            "file",
            "file",
            "file",
            "directory",
            "directory",
            "error",
            "totals"
        ]
    );
    for (line, at) in [
        (0, ""),
        (1, "/files/0"),
        (4, "/files/3"),
        (5, "/directories/0"),
        (6, "/directories/1"),
        (7, "/errors/0"),
        (8, "/totals"),
    ] {
        let record = document.pointer(at).unwrap().as_object().unwrap();
        for (name, value) in lines[line].as_object().unwrap() {
            assert!(
                name == "type" || record.get(name) == Some(value),
                "{at}/{name}"
            );
        }
    }
}

#[test]
fn a_document_has_a_line_per_field_and_file() {
    let text = text(ActFormat::Json, Lists::All);
    assert!(
        text.starts_with("{\n  \"version\": 1,\n  \"nodupe\": "),
        "{text}"
    );
    assert!(
        text.contains("\n  \"files\": [\n    {\"group\":0,"),
        "{text}"
    );
    assert!(
        text.ends_with("\"free_space_gained_bytes\":-4096}\n}\n"),
        "{text}"
    );
    let mut out = Vec::new();
    let mut empty = writer(ActFormat::Json, &mut out, PLAIN, Lists::All);
    let header = ActHeader {
        verb: Verb::Undo,
        dry_run: true,
        working_directory: Path::new("/"),
        undoes: Some(3),
        journal: None,
    };
    empty.begin(&header).unwrap();
    empty.finish(&ActTotals::default(), &[]).unwrap();
    drop(empty);
    let document: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(document["files"], json!([]));
    assert_eq!(document["undoes"], 3);
}

#[test]
fn a_closed_pipe_is_distinguished_in_every_format() {
    for format in [ActFormat::Table, ActFormat::Json, ActFormat::Jsonl] {
        for room in [0, 1, 50] {
            let mut pipe = ClosedPipe(room);
            let error = write_all(&mut *writer(format, &mut pipe, PLAIN, Lists::All)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{format:?} {room}");
        }
    }
}
