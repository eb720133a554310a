//! `nodupe digest`: a line for each path, in order.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStringExt;
use std::process::Stdio;

use serde_json::Value;

use crate::harness::{Run, Tree, pattern, spawn};

fn lines(run: &Run) -> Vec<Value> {
    let lines = run.stdout.split(|&byte| byte == b'\n');
    let lines = lines.filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

fn blake3(content: &[u8]) -> String {
    blake3::hash(content).to_hex().to_string()
}

#[test]
fn each_path_has_one_line_in_the_order_of_the_list() {
    let tree = Tree::new();
    let large = pattern(3 << 20, 7);
    tree.file("large", &large)
        .file("sub/small", "small")
        .file("empty", "")
        .hard_link("sub/small", "again")
        .symlink("large", "link")
        .fifo("fifo")
        .dir("dir");
    let list = "large\nsub/small\nmissing\n\nempty\nlink\nfifo\ndir\nagain\nlarge\nsub/..\n/proc/version\n";
    for executor in ["thread", "isolated", "process", "sequential"] {
        let args = ["digest", "--files-from", "-", "--executor", executor];
        let run = tree.nodupe(args).stdin(list).exits(3);
        let found = lines(&run);
        let expected = [
            ("large", Ok(large.as_slice())),
            ("sub/small", Ok(b"small".as_slice())),
            ("missing", Err("not-found")),
            ("empty", Ok(b"".as_slice())),
            ("link", Err("not-regular")),
            ("fifo", Err("not-regular")),
            ("dir", Err("not-regular")),
            ("again", Ok(b"small".as_slice())),
            ("large", Ok(large.as_slice())),
            ("sub/..", Err("not-regular")),
            ("/proc/version", Err("not-regular")),
        ];
        assert_eq!(found.len(), expected.len(), "{executor}");
        for (line, (path, answer)) in found.iter().zip(expected) {
            assert_eq!(line["path"], path);
            match answer {
                Ok(content) => {
                    assert_eq!(line["digest"], blake3(content), "{path}");
                    assert_eq!(line["size"], content.len() as u64);
                    assert_eq!(line["algorithm"], "blake3");
                    assert_eq!(line.get("error"), None);
                }
                Err(kind) => {
                    assert_eq!(line["error"], kind, "{path}");
                    assert!(!line["message"].as_str().unwrap().is_empty());
                    assert_eq!(line.get("digest"), None);
                }
            }
        }
    }
}

#[test]
fn names_are_exact_in_lists_that_end_with_nul() {
    let tree = Tree::new();
    let odd = OsString::from_vec(b"a\nb\t\xff\\".to_vec());
    tree.file(&odd, "x").file("plain", "x");
    let list = b"plain\0a\nb\t\xff\\\0".to_vec();
    let args = ["digest", "--files-from", "-", "-0", "--hash", "md5"];
    let run = tree.nodupe(args).stdin(list.clone()).succeeds();
    let found = lines(&run);
    assert_eq!(found[0]["digest"], "9dd4e461268c8034f5c8564e155c67a6");
    assert_eq!(found[1]["digest"], found[0]["digest"]);
    assert_eq!(found[1]["path_bytes"], "YQpiCf9c");
    let args = [
        "digest",
        "--files-from",
        "-",
        "-0",
        "--hash",
        "md5",
        "-f",
        "tsv",
    ];
    let run = tree
        .nodupe(args)
        .stdin([&list[..], b"none"].concat())
        .exits(3);
    let md5 = "9dd4e461268c8034f5c8564e155c67a6";
    let expected = [
        format!("digest\t{md5}\t1\tplain\n").into_bytes(),
        [
            format!("digest\t{md5}\t1\ta\\nb\\t").as_bytes(),
            b"\xff\\\\\n",
        ]
        .concat(),
        b"error\tnot-found\t\tnone\n".to_vec(),
    ];
    assert_eq!(run.stdout, expected.concat());
}

#[test]
fn only_the_ends_are_read_if_that_is_enough() {
    let tree = Tree::new();
    let mut other = pattern(1 << 20, 3);
    tree.file("one", &other).file("small", "s");
    other[1 << 19] ^= 1;
    tree.file("other", &other);
    let args = ["digest", "--files-from", "-", "--ends"];
    let run = tree.nodupe(args).stdin("one\nother\nsmall\n").succeeds();
    let found = lines(&run);
    assert!(found[0]["partial"].is_string());
    assert_eq!(found[0]["partial"], found[1]["partial"]);
    assert_eq!(found[0].get("digest"), None);
    assert_eq!(found[2]["digest"], blake3(b"s"));
}

#[test]
fn answers_do_not_wait_for_the_end_of_the_list() {
    let tree = Tree::new();
    tree.file("a", "1").file("b", "2");
    let mut command = tree.nodupe(["digest", "--files-from", "-"]).command();
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = spawn(command).unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for (name, content) in [("a", "1"), ("b", "2"), ("a", "1")] {
        writeln!(input, "{name}").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["digest"], blake3(content.as_bytes()));
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn more_files_than_are_held_at_once_keep_their_order() {
    let tree = Tree::new();
    tree.file("a", "1").file("b", pattern(20_000, 5));
    let list = "a\nb\nmissing\n".repeat(30_000);
    let args = ["digest", "--files-from", "-", "-f", "tsv", "-q"];
    let run = tree.nodupe(args).stdin(list).exits(3);
    let found = run.lines();
    assert_eq!(found.len(), 90_000);
    for three in found.chunks(3) {
        assert!(three[0].starts_with("digest\t") && three[0].ends_with("\t1\ta"));
        assert!(three[1].ends_with("\t20000\tb"));
        assert_eq!(three[2], "error\tnot-found\t\tmissing");
    }
}

#[test]
fn a_wrong_list_ends_with_its_reason() {
    let tree = Tree::new();
    tree.file("a", "1");
    let run = tree.nodupe(["digest", "--files-from", "no/list"]).exits(2);
    assert!(run.stderr_text().contains("no/list"));
    let run = tree
        .nodupe(["digest", "--files-from", "-"])
        .stdin("a\nb\0\n")
        .exits(2);
    assert_eq!(run.lines().len(), 1, "the paths before it are answered");
    assert!(run.stderr_text().contains("--null"));
}
