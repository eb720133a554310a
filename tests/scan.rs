//! What a scan finds in a plain tree.

use std::fs;
use std::os::unix::fs::MetadataExt;

use nodupe::Timestamp;

use crate::harness::{Tree, grouped, pattern, strings};

#[test]
fn files_with_the_same_content_make_a_group() {
    let tree = Tree::new();
    tree.files(&["b", "a", "sub/c"], "the same")
        .file("d", "the sane")
        .file("e", "another length");
    assert_eq!(tree.groups(&[]), grouped(&[&["a", "b", "sub/c"]]));
}

#[test]
fn paths_are_the_root_as_given_and_the_way_from_there() {
    let tree = Tree::new();
    tree.files(&["d/a", "d/sub/b"], "same");
    let paths = |args: &[&str]| {
        let run = tree.scan(args).json().succeeds();
        let groups = run.report().groups();
        assert_eq!(groups.len(), 1);
        let files = groups[0].files.iter();
        files.map(|file| file.path.clone()).collect::<Vec<_>>()
    };
    assert_eq!(paths(&[]), strings(&["./d/a", "./d/sub/b"]));
    assert_eq!(paths(&["."]), strings(&["./d/a", "./d/sub/b"]));
    assert_eq!(paths(&["d"]), strings(&["d/a", "d/sub/b"]));
    assert_eq!(paths(&["d/"]), strings(&["d/a", "d/sub/b"]));
    assert_eq!(paths(&["./d"]), strings(&["./d/a", "./d/sub/b"]));
    assert_eq!(
        paths(&["d/sub/.."]),
        strings(&["d/sub/../a", "d/sub/../sub/b"])
    );
    let absolute = tree.path("d").to_str().unwrap().to_owned();
    assert_eq!(
        paths(&[&absolute]),
        [format!("{absolute}/a"), format!("{absolute}/sub/b")]
    );
}

#[test]
fn files_that_differ_in_one_byte_anywhere_are_told_apart() {
    // The sizes at which reading changes: one block, two blocks, what is read
    // whole at once, and far more than one read.
    for size in [1, 4095, 4096, 4097, 8192, 16383, 16384, 16385, 300_000] {
        let tree = Tree::new();
        let content = pattern(size, 0);
        tree.files(&["one", "two"], &content);
        let places = [0, size / 4, size / 2, size - size / 4 - 1, size - 1];
        for (number, place) in places.into_iter().enumerate() {
            let mut other = content.clone();
            other[place] ^= 1 << number;
            tree.file(format!("other{number}"), other);
        }
        assert_eq!(tree.groups(&[]), grouped(&[&["one", "two"]]), "{size}");
    }
}

#[test]
fn a_file_that_is_the_beginning_of_another_is_no_duplicate() {
    let tree = Tree::new();
    let content = pattern(20_000, 3);
    tree.file("long", &content)
        .file("short", &content[..19_999])
        .file("zeros", [0; 20_000])
        .file("fewer-zeros", [0; 19_999]);
    assert_eq!(tree.groups(&[]), grouped(&[]));
}

#[test]
fn groups_come_with_the_most_reclaimable_bytes_first_then_by_path() {
    let tree = Tree::new();
    // 3 copies of 10 bytes: 20; 2 of 15: 15; 2 of 20: 20; 5 of 1: 4.
    tree.files(&["m1", "m2", "m3"], "0123456789")
        .files(&["f1", "f2"], "0123456789abcde")
        .files(&["k1", "k2"], "0123456789abcdefghij")
        .files(&["a1", "a2", "a3", "a4", "a5"], "x");
    assert_eq!(
        tree.groups(&[]),
        grouped(&[
            &["k1", "k2"],
            &["m1", "m2", "m3"],
            &["f1", "f2"],
            &["a1", "a2", "a3", "a4", "a5"],
        ])
    );
}

#[test]
fn paths_in_a_group_are_in_the_order_of_their_bytes() {
    let tree = Tree::new();
    // `-` and `.` come before `/` in bytes; by components they would not.
    tree.files(&["a/x", "a-b", "a.b", "aa", "B", "ä"], "1");
    assert_eq!(
        tree.groups(&[]),
        grouped(&[&["B", "a-b", "a.b", "a/x", "aa", "ä"]])
    );
}

#[test]
fn empty_files_take_part_only_if_asked_for() {
    let tree = Tree::new();
    tree.files(&["e1", "e2"], "").files(&["f1", "f2"], "f");
    assert_eq!(tree.groups(&[]), grouped(&[&["f1", "f2"]]));
    let run = tree.scan(&["--min-size", "0"]).json().succeeds();
    let report = run.report();
    assert_eq!(report.paths(), grouped(&[&["f1", "f2"], &["e1", "e2"]]));
    let empty = &report.groups()[1];
    assert_eq!((empty.size, empty.reclaimable), (0, 0));
}

#[test]
fn the_totals_add_up() {
    let tree = Tree::new();
    // Three files of 5 bytes, two equal; two of 20,000, equal; one alone.
    tree.files(&["a", "b"], "aaaaa")
        .file("c", "ccccc")
        .files(&["d", "e"], pattern(20_000, 0))
        .file("alone", "1234567");
    let run = tree.scan(&[]).json().succeeds();
    let report = run.report();
    let totals = |name| report.total(name);
    assert_eq!(totals("files"), 6);
    assert_eq!(totals("bytes"), 3 * 5 + 2 * 20_000 + 7);
    assert_eq!(totals("groups"), 2);
    assert_eq!(totals("duplicates"), 2);
    assert_eq!(totals("reclaimable_bytes"), 5 + 20_000);
    assert_eq!(totals("errors"), 0);
    // Small files whole; of large ones two blocks of 4 KiB, then everything.
    assert_eq!(totals("bytes_read"), 3 * 5 + 2 * (8192 + 20_000));
    let stage = |name: &str, what: &str| report.stage(name).unwrap()[what].as_u64().unwrap();
    assert_eq!(stage("size", "files_in"), 6);
    assert_eq!(stage("size", "files_out"), 5);
    assert_eq!(stage("partial", "files_in"), 5);
    assert_eq!(stage("partial", "files_out"), 4);
    assert_eq!(stage("partial", "bytes_read"), 15 + 2 * 8192);
    assert_eq!(stage("full", "files_in"), 2);
    assert_eq!(stage("full", "files_out"), 2);
    assert_eq!(stage("full", "bytes_read"), 40_000);
    assert!(report.stage("verify").is_none());
}

#[test]
fn a_file_with_a_size_of_its_own_is_never_read() {
    let tree = Tree::new();
    for size in [1_usize, 4096, 16_385, 1 << 20] {
        tree.file(format!("f{size}"), pattern(size, 0));
    }
    let run = tree.scan(&[]).json().succeeds();
    assert_eq!(run.report().total("bytes_read"), 0);
    assert_eq!(run.report().total("files"), 4);
}

#[test]
fn digests_are_those_of_other_programs() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "abc");
    // RFC 1321; the BLAKE3 reference implementation's `b3sum`; `xxhsum -H2`.
    for (hash, digest) in [
        ("md5", "900150983cd24fb0d6963f7d28e17f72"),
        (
            "blake3",
            "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85",
        ),
        ("xxh3", "06b05ab6733a618578af5f94892f3950"),
    ] {
        let run = tree.scan(&["--hash", hash]).json().succeeds();
        let report = run.report();
        assert_eq!(report.0["hash"], hash);
        assert_eq!(report.groups()[0].digest.as_deref(), Some(digest));
    }
}

#[test]
fn a_digest_does_not_depend_on_how_a_file_was_read() {
    // Whole at once, or by its ends first and in several reads after.
    let tree = Tree::new();
    for size in [16_384, 16_385, 262_144, 262_145, 1 << 20] {
        let content = pattern(size, 9);
        let name = |which| format!("{size}-{which}");
        tree.file(name(1), &content).file(name(2), &content);
    }
    let run = tree.scan(&[]).json().succeeds();
    let groups = run.report().groups();
    assert_eq!(groups.len(), 5);
    for group in groups {
        let content = pattern(group.size as usize, 9);
        let expected = blake3::hash(&content).to_hex().to_string();
        assert_eq!(group.digest, Some(expected), "{} bytes", group.size);
    }
}

#[test]
fn links_are_counted_inside_the_scan_and_outside() {
    let tree = Tree::new();
    tree.files(&["in/a", "in/b", "in/c"], "same")
        .hard_link("in/b", "in/b2")
        .hard_link("in/c", "out/c");
    let run = tree.scan(&["in"]).json().succeeds();
    let groups = run.report().groups();
    let links: Vec<_> = groups[0].files.iter().map(|file| file.links).collect();
    assert_eq!(links, [1, 2, 2]);
    let names: Vec<_> = groups[0]
        .files
        .iter()
        .map(|file| &file.hard_links)
        .collect();
    assert_eq!(names, [&strings(&[]), &strings(&["in/b2"]), &strings(&[])]);
}

#[test]
fn a_record_says_who_the_file_is() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same");
    tree.modified("a", 1_000_000_000);
    tree.modified("b", 1_000_000_001);
    let run = tree.scan(&[]).json().succeeds();
    let report = run.report();
    let files = &report.groups()[0].files;
    assert_eq!(files[0].ino, tree.ino("a"));
    assert_eq!(files[1].ino, tree.ino("b"));
    // `date -u -d @1000000000`
    assert_eq!(files[0].modified, "2001-09-09T01:46:40Z");
    assert_eq!(files[1].modified, "2001-09-09T01:46:41Z");
    assert!(files.iter().all(|file| !file.reference));
    let change_times = ["a", "b"].map(|name| {
        let metadata = fs::metadata(tree.path(name)).unwrap();
        let seconds = metadata.ctime();
        Timestamp::new(seconds, metadata.ctime_nsec() as u32).to_string()
    });
    assert_eq!(
        [&files[0].changed, &files[1].changed],
        [&change_times[0], &change_times[1]]
    );
    assert_eq!([files[0].keep, files[1].keep], [true, false]);
    let here = tree.root().to_str().unwrap();
    assert_eq!(report.0["working_directory"], here);
    assert_eq!(report.0["roots"], serde_json::json!(["."]));
    assert_eq!(report.0["complete"], true);
    assert_eq!(report.0["interrupted"], false);
    assert_eq!(report.0["version"], 1);
}

#[test]
fn an_empty_directory_is_an_empty_scan() {
    let tree = Tree::new();
    assert_eq!(tree.groups(&[]), grouped(&[]));
}

#[test]
fn many_copies_are_one_group() {
    let tree = Tree::new();
    let names: Vec<String> = (0..1200).map(|n| format!("d{}/f{n:04}", n % 7)).collect();
    for name in &names {
        tree.file(name, "one of many");
    }
    let mut sorted = names;
    sorted.sort();
    assert_eq!(tree.groups(&[]), [sorted]);
}

#[test]
fn nonsense_on_the_command_line_ends_with_status_2_and_no_report() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same");
    for args in [
        &["--no-such-option"][..],
        &["--min-size", "many"],
        &["--min-size", "-1"],
        &["--min-size", "5", "--max-size", "4"],
        &["--max-depth", "0"],
        &["--format", "xml"],
        &["--hash", "crc32"],
        &["--workers", "0"],
        &["--workers", "some"],
        &["--exclude", "a["],
        &["--include-regex", "("],
        &["--newer-than", "soon"],
        &["--min-copies", "0"],
        &["--unique", "--min-copies", "2"],
        &["--rf-over", "3", "--rf-under", "3"],
        &["--null"],
        &["--quiet", "--verbose"],
        &["--sort", "taste"],
    ] {
        let run = tree.scan(args).exits(2);
        assert_eq!(run.stdout_text(), "", "{args:?}");
        assert!(!run.stderr_text().is_empty(), "{args:?}");
    }
}
