//! What each format looks like, and that programs get exact names.
//!
//! The snapshots are of one small tree; what differs from run to run
//! (numbers of devices and inodes, times, places) is replaced.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use serde_json::Value;

use crate::harness::{Report, Tree, exact, grouped, skipped};

/// Two groups, one with hard links, one with an original; a file alone.
fn fixture() -> Tree {
    let tree = Tree::new();
    tree.files(&["photos/2024/sea.jpg", "backup/sea.jpg"], vec![b'x'; 5000])
        .file("photos/note.txt", "hello\n")
        .hard_link("photos/note.txt", "photos/same note.txt")
        .file("backup/note \"1\", old.txt", "hello\n")
        .file("photos/日本.txt", "hello\n")
        .file("photos/alone", "nothing like it");
    for file in [
        "photos/2024/sea.jpg",
        "backup/sea.jpg",
        "photos/note.txt",
        "backup/note \"1\", old.txt",
        "photos/日本.txt",
        "photos/alone",
    ] {
        tree.modified(file, 1_700_000_000);
    }
    tree
}

const ARGS: [&str; 4] = ["photos", "backup", "-j", "2"];

fn snapshot(name: &str, args: &[&str]) {
    let tree = fixture();
    let run = tree.scan(&ARGS).args(args).succeeds();
    let place = regex::escape(tree.root().to_str().unwrap());
    insta::with_settings!({
        filters => vec![
            (place.as_str(), "[tree]"),
            (r#""dev":\d+,"ino":\d+"#, r#""dev":[dev],"ino":[ino]"#),
            (r#""changed":"[^"]+""#, r#""changed":"[time]""#),
            (r",\d+,\d+,(2023-[^,]+),[^,]+,", ",[dev],[ino],$1,[time],"),
            (r#""elapsed_seconds": ?\d+\.\d+"#, r#""elapsed_seconds":[seconds]"#),
            // What was decided, in words for people.
            (r#""reason":"[^"]+""#, r#""reason":"[reason]""#),
            (r#""startup_seconds":[^,]+"#, r#""startup_seconds":[seconds]"#),
            (r#""peak_memory_bytes":\d+"#, r#""peak_memory_bytes":[bytes]"#),
            (r#""task_type":"[^"]+""#, r#""task_type":"[type]""#),
            (r#""nodupe": ?"[^"]+""#, r#""nodupe":"[version]""#),
            (r"\d+\.\d+ s\b", "[seconds]"),
            (r"\x00", "␀"),
            (r"\x1b", "␛"),
        ],
        omit_expression => true,
        prepend_module_to_snapshot => false,
    }, {
        insta::assert_snapshot!(name, run.stdout_text());
    });
}

#[test]
fn table() {
    snapshot("table", &["-f", "table"]);
}

#[test]
fn table_with_references() {
    snapshot("table-reference", &["-f", "table", "--reference", "backup"]);
}

#[test]
fn table_in_color() {
    snapshot("table-color", &["-f", "table", "--color", "always"]);
}

#[test]
fn json() {
    snapshot("json", &["-f", "json"]);
}

#[test]
fn jsonl() {
    snapshot("jsonl", &["-f", "jsonl"]);
}

#[test]
fn csv() {
    snapshot("csv", &["-f", "csv"]);
}

#[test]
fn fdupes() {
    snapshot("fdupes", &["-f", "fdupes"]);
}

#[test]
fn paths0() {
    snapshot("paths0", &["-f", "paths0"]);
}

#[test]
fn summary() {
    snapshot("summary", &["-f", "summary"]);
}

#[test]
fn an_empty_result_is_a_result_in_every_format() {
    let tree = Tree::new();
    tree.file("alone", "nothing like it");
    for (format, expected) in [("fdupes", ""), ("paths0", "")] {
        let run = tree.scan(&["-f", format]).succeeds();
        assert_eq!(run.stdout_text(), expected, "{format}");
    }
    let csv = tree.scan(&["-f", "csv"]).succeeds();
    assert_eq!(csv.lines().len(), 1, "the heading alone");
    for format in ["table", "summary"] {
        assert!(!tree.scan(&["-f", format]).succeeds().stdout.is_empty());
    }
    assert_eq!(tree.groups(&[]), grouped(&[]));
}

/// A name in Latin-1, one with a line break, one with what csv must quote.
const NAMES: [&[u8]; 3] = [b"caf\xe9", b"line\nbreak", b"quote\" comma,"];

fn awkward() -> Tree {
    let tree = Tree::new();
    for name in NAMES {
        tree.file(OsStr::from_bytes(name), "same");
    }
    tree.hard_link(OsStr::from_bytes(NAMES[0]), OsStr::from_bytes(b"z\xff"));
    tree
}

#[test]
fn each_path_of_a_table_can_be_pasted_into_a_shell() {
    let names: [&[u8]; 22] = [
        b"plain",
        b"two words",
        b" leading",
        b"trailing ",
        b"it's",
        b"\"it's\" $HOME `id` !!",
        b"$(touch pwned)",
        b"~root",
        b"#comment",
        b"-rf",
        b"*",
        b"[a-z]?",
        b"{a,b}",
        b"a;b&c|d<e>f(g)",
        b"back\\slash",
        b"line\nbreak",
        b"tab\tand\r",
        b"\x1b[31mred\x1b[0m\x07",
        b"caf\xe9",
        b"\xff1\xfe9",
        "gpj.\u{202e}exe\u{200b}".as_bytes(),
        "日本 ü\u{a0}".as_bytes(),
    ];
    let tree = Tree::new();
    for name in names {
        tree.file(OsStr::from_bytes(name), "same");
    }
    tree.hard_link("plain", "another name");
    // From the directory itself, and as reached from a path like an option.
    tree.files(&["-x y/a", "-x y/b"], "other");
    for (args, expected) in [(&["."][..], 25), (&["--", "-x y"], 2)] {
        let table = tree.scan(args).succeeds().stdout_text();
        let start = table.lines().next().unwrap().find("Path").unwrap();
        let rows: Vec<_> = table
            .lines()
            .skip(1)
            .take_while(|line| !line.is_empty())
            .collect();
        assert_eq!(rows.len(), expected, "{table}");
        let mut found: Vec<u64> = Vec::new();
        for row in rows {
            let script = format!("stat -c %i {}", &row[start..]);
            let output = Command::new("bash")
                .args(["-c", &script])
                .current_dir(tree.root())
                .output();
            let Ok(output) = output else {
                return skipped("no bash to paste paths into");
            };
            assert!(output.status.success(), "{script}: {output:?}");
            found.push(
                String::from_utf8(output.stdout)
                    .unwrap()
                    .trim()
                    .parse()
                    .unwrap(),
            );
        }
        found.sort_unstable();
        let mut all: Vec<u64> = if expected == 2 {
            vec![tree.ino("-x y/a"), tree.ino("-x y/b")]
        } else {
            let names = names.iter().map(|name| tree.ino(OsStr::from_bytes(name)));
            names
                .chain(["plain", "-x y/a", "-x y/b"].map(|name| tree.ino(name)))
                .collect()
        };
        all.sort_unstable();
        assert_eq!(found, all);
    }
    assert!(!tree.path("pwned").exists());
}

#[test]
fn a_limit_of_zero_shows_every_group() {
    let tree = Tree::new();
    for n in 0..60 {
        for name in ["a", "b"] {
            tree.file(format!("{n}{name}"), n.to_string());
        }
    }
    for (limit, shown, more) in [("0", 60, false), ("3", 3, true)] {
        let run = tree.scan(&["--limit", limit]).succeeds();
        let table = run.stdout_text();
        assert_eq!(table.matches(" keep ").count(), shown, "{table}");
        assert_eq!(table.contains("57 more groups"), more, "{table}");
    }
    // A pipe gets all of them, and no advice.
    let table = tree.scan(&[]).succeeds().stdout_text();
    assert_eq!(table.matches(" keep ").count(), 60);
    assert!(!table.contains("Next:"), "{table}");
}

#[test]
fn json_has_exact_names() {
    let tree = awkward();
    let run = tree.scan(&[]).json().succeeds();
    let report = run.report();
    assert_eq!(report.exact_paths(), NAMES.map(|n| [b"./", n].concat()));
    let file = &report.0["groups"][0]["files"][0];
    // `printf './caf\351' | base64`
    assert_eq!(file["path"], "./caf\u{fffd}");
    assert_eq!(file["path_bytes"], "Li9jYWbp");
    let link = &file["hard_links"][0];
    assert_eq!(exact(link), b"./z\xff");
    assert_eq!(link["path"], "./z\u{fffd}");
    // Where the text is exact, there is nothing beside it.
    let plain = &report.0["groups"][0]["files"][1];
    assert!(plain.get("path_bytes").is_none());
}

#[test]
fn jsonl_has_exact_names() {
    let run = awkward().scan(&["-f", "jsonl"]).succeeds();
    let group: Value = serde_json::from_str(&run.lines()[1]).unwrap();
    let files = group["files"].as_array().unwrap();
    let found: Vec<_> = files.iter().map(exact).collect();
    assert_eq!(found, NAMES.map(|n| [b"./", n].concat()));
}

#[test]
fn csv_has_exact_names() {
    let run = awkward().scan(&["-f", "csv"]).succeeds();
    let mut reader = csv::Reader::from_reader(&run.stdout[..]);
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|h| h == name).unwrap();
    let mut found = Vec::new();
    for row in reader.records() {
        let row = row.unwrap();
        let record = serde_json::json!({
            "path": row[column("path")],
            "path_bytes": match &row[column("path_bytes")] {
                "" => Value::Null,
                bytes => Value::from(bytes),
            },
        });
        found.push((row[column("kind")].to_owned(), exact(&record)));
    }
    let row = |kind: &str, name: &[u8]| (kind.to_owned(), [b"./", name].concat());
    assert_eq!(
        found,
        [
            row("file", NAMES[0]),
            row("hard-link", b"z\xff"),
            row("file", NAMES[1]),
            row("file", NAMES[2]),
        ]
    );
}

#[test]
fn paths0_has_exact_names() {
    let run = awkward().scan(&["-f", "paths0"]).succeeds();
    let mut expected = Vec::new();
    for name in NAMES {
        expected.extend([b"./", name, b"\0"].concat());
    }
    assert_eq!(run.stdout, expected);
}

#[test]
fn fdupes_has_exact_names_but_for_line_breaks_and_says_so() {
    let run = awkward().scan(&["-f", "fdupes"]).exits(0);
    let lines: Vec<&[u8]> = run.stdout.split(|&b| b == b'\n').collect();
    assert_eq!(lines[0], b"./caf\xe9");
    assert_eq!(lines[1], br"./line\nbreak");
    assert_eq!(lines[2], b"./quote\" comma,");
    assert!(run.stderr_text().contains("paths0"));
    // Where no name has a line break, every byte is as it is.
    let tree = Tree::new();
    let names: [&[u8]; 3] = [b"\x1b[0m", b"a\\b", b"caf\xe9"];
    for name in names {
        tree.file(OsStr::from_bytes(name), "same");
    }
    let run = tree.scan(&["-f", "fdupes"]).succeeds();
    let expected: Vec<u8> = names.map(|n| [b"./", n, b"\n"].concat()).concat();
    assert_eq!(
        run.stdout.strip_suffix(b"\n").unwrap_or(&run.stdout),
        expected.strip_suffix(b"\n").unwrap()
    );
}

fn schema(tree: &Tree) -> Value {
    serde_json::from_slice(&tree.nodupe(["schema"]).succeeds().stdout).unwrap()
}

#[test]
fn each_json_report_has_a_schema() {
    let tree = Tree::new();
    let text = |args: &[&str]| tree.nodupe(args).succeeds().stdout_text();
    let scan = text(&["schema"]);
    assert_eq!(text(&["schema", "scan"]), scan);
    let check: Value = serde_json::from_str(&text(&["schema", "check"])).unwrap();
    jsonschema::meta::validate(&check).unwrap();
    assert_eq!(check["title"], "nodupe check report");
    let refused = tree.nodupe(["schema", "lunch"]).exits(2);
    assert!(refused.stderr_text().contains("one of scan, check"));
}

#[test]
fn reports_keep_to_the_schema() {
    let tree = awkward();
    tree.files(&["ref/a", "big"], vec![b'y'; 100_000])
        .file("alone", "1")
        .symlink("gone", OsStr::from_bytes(b"broken\xff"));
    let schema = schema(&tree);
    jsonschema::meta::validate(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for args in [
        &[][..],
        &["-L"],
        &["--verify", "--hash", "md5"],
        &["--hash", "xxh3", "--unique"],
        &["--min-copies", "1", "-H"],
        &["--reference", "ref"],
        &["--min-size", "1G"],
        &["big", "ref", "--across-roots", "-j", "1"],
        &["--limit", "1"],
    ] {
        let run = tree.scan(args).json().run();
        let report = run.report();
        let wrong: Vec<String> = validator
            .iter_errors(&report.0)
            .map(|e| e.to_string())
            .collect();
        assert!(wrong.is_empty(), "{args:?}: {wrong:?}");
        assert_eq!(report.0["nodupe"], env!("CARGO_PKG_VERSION"));
    }
    // A schema that takes anything would prove nothing.
    let run = tree.scan(&[]).json().succeeds();
    let spoil: [fn(&mut Value); 6] = [
        |report| report["version"] = 2.into(),
        |report| report["surprise"] = 1.into(),
        |report| report["totals"]["files"] = (-1).into(),
        |report| report["groups"][0]["files"][0]["path_bytes"] = "no base64!".into(),
        |report| report["groups"][0]["digest"] = "xyz".into(),
        |report| _ = report.as_object_mut().unwrap().remove("errors"),
    ];
    for (number, spoil) in spoil.into_iter().enumerate() {
        let mut report = run.report().0;
        spoil(&mut report);
        assert!(!validator.is_valid(&report), "spoilt in way {number}");
    }
}

#[test]
fn jsonl_says_what_json_says() {
    let tree = awkward();
    tree.files(&["big", "big2"], vec![b'y'; 100_000])
        .symlink("loop", "loop");
    let json = tree
        .scan(&["-L", "--sort", "size"])
        .json()
        .exits(3)
        .report()
        .0;
    let lines = tree.scan(&["-L", "-f", "jsonl"]).exits(3).lines();
    // Put together again, the records are the document.
    let mut whole = serde_json::Map::new();
    let (mut groups, mut errors) = (Vec::new(), Vec::new());
    let mut kinds = Vec::new();
    for line in lines {
        let mut record: serde_json::Map<String, Value> = serde_json::from_str(&line).unwrap();
        let kind = record.remove("type").unwrap();
        match kind.as_str().unwrap() {
            "group" => groups.push(Value::from(record)),
            "error" => errors.push(Value::from(record)),
            _ => whole.extend(record),
        }
        kinds.push(kind);
    }
    assert_eq!(kinds, ["header", "group", "group", "error", "totals"]);
    whole.insert("groups".into(), groups.into());
    whole.insert("errors".into(), errors.into());
    // Nobody asked for directories: there are no records of them.
    whole.insert("directory_groups".into(), Value::Null);
    whole.insert("similar_directories".into(), Value::Null);
    let mut whole = Value::from(whole);
    let validator = jsonschema::validator_for(&schema(&tree)).unwrap();
    assert!(validator.is_valid(&whole), "{whole}");
    let mut json = json;
    for report in [&mut whole, &mut json] {
        // What is measured differs from run to run.
        report["elapsed_seconds"] = Value::Null;
        report["executor"] = Value::Null;
    }
    assert_eq!(whole, json);
}

#[test]
fn every_format_tells_the_same_files() {
    let tree = fixture();
    let names = |text: &str| {
        let mut names: Vec<String> = ["sea.jpg", "note.txt", "old.txt", "日本.txt"]
            .iter()
            .map(|name| format!("{name} {}", text.matches(name).count()))
            .collect();
        names.sort();
        names
    };
    let run = |format: &str| {
        tree.scan(&ARGS)
            .args(["-f", format])
            .succeeds()
            .stdout_text()
    };
    // The JSON knows a hard link more than the lists of files do.
    let json = names(&run("json"));
    assert_eq!(json, names(&run("jsonl")));
    assert_eq!(json, names(&run("csv")));
    assert_eq!(names(&run("fdupes")), names(&run("paths0")));
    assert_eq!(
        Report::parse(run("json").as_bytes()).paths(),
        grouped(&[
            &["backup/sea.jpg", "photos/2024/sea.jpg"],
            &[
                "backup/note \"1\", old.txt",
                "photos/note.txt",
                "photos/日本.txt"
            ],
        ])
    );
}
