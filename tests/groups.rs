//! Which groups are reported, and what proves them.

use std::process::Command;

use md5::Digest as _;

use crate::harness::{Tree, grouped, pattern, skipped};

/// One file alone (`s1`), two copies (`p*`), three (`t*`), five (`q*`);
/// `s2` has the size of the pair, so it has to be read to be told apart.
fn copies() -> Tree {
    let tree = Tree::new();
    tree.file("s1", "single")
        .file("s2", "12345")
        .files(&["p1", "p2"], "54321")
        .files(&["t1", "t2", "t3"], "333")
        .files(&["q1", "q2", "q3", "q4", "q5"], "q");
    tree
}

const SINGLES: [&[&str]; 2] = [&["s1"], &["s2"]];
const PAIR: &[&str] = &["p1", "p2"];
const THREE: &[&str] = &["t1", "t2", "t3"];
const FIVE: &[&str] = &["q1", "q2", "q3", "q4", "q5"];

#[test]
fn the_number_of_copies_selects_groups() {
    let tree = copies();
    // In the order of reclaimable bytes: 6, 5, 4, nothing.
    for (args, expected) in [
        (&[][..], &[THREE, PAIR, FIVE][..]),
        (&["--min-copies", "2"], &[THREE, PAIR, FIVE]),
        (&["--min-copies", "3"], &[THREE, FIVE]),
        (&["--min-copies", "5"], &[FIVE]),
        (&["--min-copies", "6"], &[]),
        (
            &["--min-copies", "1"],
            &[THREE, PAIR, FIVE, SINGLES[0], SINGLES[1]],
        ),
        (&["--unique"], &SINGLES),
        (&["--rf-under", "2"], &SINGLES),
        (&["--rf-under", "3"], &[PAIR, SINGLES[0], SINGLES[1]]),
        (&["--rf-over", "2"], &[THREE, FIVE]),
        (&["--rf-over", "1"], &[THREE, PAIR, FIVE]),
        (&["--rf-over", "5"], &[]),
        (&["--rf-over", "2", "--rf-under", "5"], &[THREE]),
        (&["--min-copies", "2", "--rf-under", "3"], &[PAIR]),
    ] {
        for workers in ["1", "3"] {
            let args = [args, &["-j", workers]].concat();
            assert_eq!(tree.groups(&args), grouped(expected), "{args:?}");
        }
    }
}

#[test]
fn a_number_of_copies_that_nothing_can_have_is_refused() {
    let tree = copies();
    tree.scan(&["--rf-under", "1"]).exits(2);
    tree.scan(&["--min-copies", "3", "--rf-under", "3"])
        .exits(2);
}

#[test]
fn a_file_that_was_never_read_has_no_digest() {
    let tree = copies();
    let run = tree.scan(&["--unique"]).json().succeeds();
    let groups = run.report().groups();
    // Alone in its size: nothing read. Beside a pair: small, so read whole.
    assert_eq!(groups[0].files[0].path, "./s1");
    assert_eq!(groups[0].digest, None);
    assert_eq!(groups[1].files[0].path, "./s2");
    let whole = blake3::hash(b"12345").to_hex().to_string();
    assert_eq!(groups[1].digest, Some(whole));
    assert!(groups.iter().all(|group| group.reclaimable == 0));
    assert_eq!(run.report().total("duplicates"), 0);
    // Told apart by its first block: never read whole.
    let tree = Tree::new();
    let mut other = pattern(100_000, 0);
    tree.file("a", &other);
    other[0] ^= 1;
    tree.file("b", &other);
    let run = tree.scan(&["--unique"]).json().succeeds();
    let groups = run.report().groups();
    assert_eq!(groups.len(), 2);
    assert!(groups.iter().all(|group| group.digest.is_none()));
    assert_eq!(run.report().total("bytes_read"), 2 * 8192);
}

#[test]
fn a_file_with_several_names_is_unique_unless_names_count() {
    let tree = Tree::new();
    tree.file("a", "1234")
        .hard_link("a", "b")
        .file("c", "12345");
    let run = tree.scan(&["--unique"]).json().succeeds();
    assert_eq!(run.report().paths(), grouped(&[&["a"], &["c"]]));
    assert_eq!(run.report().groups()[0].files[0].hard_links, ["./b"]);
    assert_eq!(tree.groups(&["--unique", "-H"]), grouped(&[&["c"]]));
    assert_eq!(
        tree.groups(&["--rf-over", "1", "-H"]),
        grouped(&[&["a", "b"]])
    );
    assert_eq!(tree.groups(&["--rf-over", "1"]), grouped(&[]));
}

#[test]
fn unique_with_a_reference_is_what_the_reference_lacks() {
    let tree = Tree::new();
    tree.files(&["new/have", "old/have"], "both")
        .file("new/lack", "only new")
        .file("old/other", "only old");
    assert_eq!(
        tree.groups(&["--unique", "new", "--reference", "old"]),
        grouped(&[&["new/lack"]])
    );
}

#[test]
fn min_copies_counts_replicas_not_names() {
    let tree = Tree::new();
    tree.file("a", "same").hard_link("a", "b").file("c", "same");
    assert_eq!(tree.groups(&["--min-copies", "3"]), grouped(&[]));
    assert_eq!(
        tree.groups(&["--min-copies", "3", "-H"]),
        grouped(&[&["a", "b", "c"]])
    );
}

/// Two messages with one MD5, published by Wang, Feng, Lai and Yu in 2004
/// (IACR ePrint 2004/199).
const COLLISION: [&str; 2] = [
    "d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f89\
     55ad340609f4b30283e488832571415a085125e8f7cdc99fd91dbdf280373c5b\
     d8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0\
     e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70",
    "d131dd02c5e6eec4693d9a0698aff95c2fcab50712467eab4004583eb8fb7f89\
     55ad340609f4b30283e4888325f1415a085125e8f7cdc99fd91dbd7280373c5b\
     d8823e3156348f5bae6dacd436c919c6dd53e23487da03fd02396306d248cda0\
     e99f33420f577ee8ce54b67080280d1ec69821bcb6a8839396f965ab6ff72a70",
];

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// The two messages with the same bytes behind them: MD5 reads block after
/// block, so what follows does not part them again.
fn collision(length: usize) -> [Vec<u8>; 2] {
    let messages = COLLISION.map(|text| {
        let mut bytes = from_hex(text);
        bytes.extend(pattern(length - bytes.len(), 7));
        bytes
    });
    assert_ne!(messages[0], messages[1]);
    let digests = messages.each_ref().map(md5::Md5::digest);
    assert_eq!(digests[0], digests[1], "not a collision");
    messages
}

#[test]
fn the_collision_is_one_for_other_programs_too() {
    let tree = Tree::new();
    let [a, b] = collision(128);
    tree.file("a", a).file("b", b);
    let sums = Command::new("md5sum")
        .args(["a", "b"])
        .current_dir(tree.root())
        .output();
    match sums {
        Ok(sums) => assert_eq!(
            String::from_utf8(sums.stdout).unwrap(),
            "79054025255fb1a26e4bc422aef54eb4  a\n79054025255fb1a26e4bc422aef54eb4  b\n"
        ),
        Err(_) => skipped("no md5sum to ask"),
    }
}

#[test]
fn verify_splits_what_a_weak_hash_takes_for_the_same() {
    // Read whole at once; by its ends; in several reads.
    for length in [128, 40_000, 600_000] {
        let tree = Tree::new();
        let [a, b] = collision(length);
        tree.files(&["a1", "a2", "a3"], a)
            .files(&["b1", "b2"], b)
            .file("other", pattern(length, 1));
        assert_eq!(
            tree.groups(&["--hash", "md5"]),
            grouped(&[&["a1", "a2", "a3", "b1", "b2"]]),
            "{length}: MD5 alone is fooled, or this test proves nothing"
        );
        let split = grouped(&[&["a1", "a2", "a3"], &["b1", "b2"]]);
        for workers in ["1", "4"] {
            let args = ["--hash", "md5", "--verify", "-j", workers];
            assert_eq!(tree.groups(&args), split, "{length}");
        }
        assert_eq!(tree.groups(&["--hash", "blake3"]), split, "{length}");
        assert_eq!(tree.groups(&["--hash", "xxh3"]), split, "{length}");
    }
}

#[test]
fn verify_of_two_files_that_only_collide_leaves_no_group() {
    let tree = Tree::new();
    let [a, b] = collision(128);
    tree.file("a", a).file("b", b);
    assert_eq!(tree.groups(&["--hash", "md5"]), grouped(&[&["a", "b"]]));
    assert_eq!(tree.groups(&["--hash", "md5", "--verify"]), grouped(&[]));
    // Each of them is unique, then.
    assert_eq!(
        tree.groups(&["--hash", "md5", "--verify", "--unique"]),
        grouped(&[&["a"], &["b"]])
    );
}

#[test]
fn verify_splits_more_files_than_it_opens_at_once() {
    let tree = Tree::new();
    let [a, b] = collision(20_000);
    let mut expected = [Vec::new(), Vec::new()];
    for n in 0..70 {
        let which = usize::from(n % 3 == 0);
        let name = format!("f{n:02}");
        tree.file(&name, if which == 0 { &a } else { &b });
        expected[which].push(name);
    }
    let run = tree.scan(&["--hash", "md5", "--verify"]).json().succeeds();
    let report = run.report();
    assert_eq!(report.paths(), expected);
    let stage = report.stage("verify").unwrap();
    assert_eq!(stage["files_in"], 70);
    assert_eq!(stage["files_out"], 70);
}

#[test]
fn verify_keeps_true_duplicates_and_says_what_it_read() {
    let tree = Tree::new();
    tree.files(&["a", "b", "c"], pattern(50_000, 0))
        .file("d", pattern(50_000, 1))
        .file("e", "alone");
    let run = tree.scan(&["--verify"]).json().succeeds();
    let report = run.report();
    assert_eq!(report.paths(), grouped(&[&["a", "b", "c"]]));
    let stage = report.stage("verify").unwrap();
    assert_eq!(stage["files_in"], 3);
    assert_eq!(stage["files_out"], 3);
    assert_eq!(stage["bytes_read"], 150_000);
    assert_eq!(report.total("bytes_read"), 4 * 8192 + 3 * 50_000 + 150_000);
}

#[test]
fn every_hash_finds_the_same() {
    let tree = copies();
    tree.files(&["big/1", "big/2"], pattern(300_000, 1))
        .file("big/3", pattern(300_000, 2));
    let expected = tree.groups(&["--hash", "blake3"]);
    assert_eq!(expected.len(), 4);
    for hash in ["xxh3", "md5"] {
        assert_eq!(tree.groups(&["--hash", hash]), expected, "{hash}");
    }
}
