//! How other programs of this kind have failed their users, one test a
//! failure. Those that a feature's own tests guard are only named:
//!
//! * the same root twice, nested or symlinked, and a file its own duplicate:
//!   `links::overlapping_roots_find_every_file_once`,
//!   `links::a_file_is_never_its_own_duplicate`
//! * bind mounts and names that differ only by case:
//!   `links::bind_mounts_are_ways_to_the_same_files`,
//!   `links::one_hard_link_under_two_names_is_an_alias`
//! * one folder given as original and as copy:
//!   `roots::a_reference_may_lie_inside_a_root_or_around_it`
//! * an empty list taken for the current directory:
//!   `roots::an_empty_list_is_an_empty_scan`
//! * /dev/null replaced by the report:
//!   `output::a_device_is_written_to_and_not_replaced`
//! * a short read that changed a digest: `changes::short_reads_do_not_show`
//! * a FIFO that blocked for ever: `special::only_regular_files_are_opened`
//! * names that are not UTF-8: `special::every_name_comes_out_as_it_is` and
//!   the tests of exact names in `formats`
//! * control characters sent to the terminal:
//!   `special::no_name_acts_on_the_terminal`
//! * out of descriptors: `special::few_descriptors_are_enough`
//! * paths beyond `PATH_MAX` passed over:
//!   `special::paths_longer_than_the_system_takes_are_scanned`
//! * an interruption that lost every result:
//!   `interrupt::the_first_interruption_reports_what_is_confirmed`

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use crate::harness::{Tree, can_mount, grouped, pattern, skipped};

/// Two devices number their files alike: the number alone is no identity.
#[test]
fn an_inode_number_was_compared_without_its_device() {
    if !can_mount() {
        return;
    }
    let tree = Tree::new();
    tree.dir("m1").dir("m2");
    let mount = "for m in m1 m2; do mount -t tmpfs none $m; printf same > $m/f; \
                 printf only > $m/g; ln $m/g $m/h; done";
    let numbers = tree
        .nodupe(["--version"])
        .with_mounts(&format!("{mount}; stat -c %i m1/f m2/f"));
    let run = numbers.run();
    let lines = run.lines();
    if lines.len() < 2 || lines[0] != lines[1] {
        return skipped("two file systems here do not number their files alike");
    }
    for walker in ["native", "portable"] {
        let args = ["--walker", walker];
        let run = tree.scan(&args).json().with_mounts(mount).succeeds();
        let report = run.report();
        assert_eq!(
            report.paths(),
            grouped(&[&["m1/f", "m2/f"], &["m1/g", "m2/g"]])
        );
        let group = &report.groups()[1];
        assert_eq!(group.files[0].hard_links, ["./m1/h"]);
        assert_eq!(group.files[1].hard_links, ["./m2/h"]);
        assert_eq!(report.total("files"), 4);
    }
}

/// Files that agree at both ends, in everything but one byte.
#[test]
fn a_partial_hash_was_taken_for_a_match() {
    let tree = Tree::new();
    for size in [16_385, 20_000, 1 << 20] {
        for place in [4096, size / 2, size - 4097] {
            let mut content = pattern(size, 1);
            tree.file(format!("{size}/{place}/a"), &content);
            content[place] ^= 1;
            tree.file(format!("{size}/{place}/b"), &content);
            let dir = format!("{size}/{place}");
            for verify in [&[][..], &["--verify"]] {
                let args = [&[&dir[..]], verify].concat();
                assert_eq!(tree.groups(&args), grouped(&[]), "{dir}");
            }
        }
    }
}

/// Only the first 16 MiB were compared, or the size was rounded to blocks.
#[test]
fn the_end_of_large_files_was_not_compared() {
    let tree = Tree::new();
    let size = (17 << 20) + 1234;
    for name in ["a", "b", "middle", "late"] {
        let file = File::create(tree.path(name)).unwrap();
        file.set_len(size).unwrap();
        let place = match name {
            "middle" => (16 << 20) + 1,
            // Beyond the last whole block, before what the partial hash reads
            // would be too easy: it is in the last block, so read twice.
            "late" => size - 1,
            _ => continue,
        };
        file.write_all_at(b"!", place).unwrap();
    }
    for hash in ["blake3", "xxh3"] {
        assert_eq!(tree.groups(&["--hash", hash]), grouped(&[&["a", "b"]]));
        let args = ["--hash", hash, "--verify"];
        assert_eq!(tree.groups(&args), grouped(&[&["a", "b"]]));
    }
}

/// A hole and written zeros are the same content.
#[test]
fn a_hole_was_not_the_zeros_it_stands_for() {
    let tree = Tree::new();
    let zeros = vec![0; 1 << 20];
    tree.file("written", &zeros);
    File::create(tree.path("hole"))
        .unwrap()
        .set_len(1 << 20)
        .unwrap();
    let half = File::create(tree.path("half")).unwrap();
    half.set_len(1 << 20).unwrap();
    half.write_all_at(&zeros[..1 << 19], 1 << 19).unwrap();
    drop(half);
    assert_eq!(tree.groups(&[]), grouped(&[&["half", "hole", "written"]]));
}

/// Which of several hard links was met first changed the result, and so did
/// running it again after nothing had changed.
#[test]
fn hard_links_changed_the_groups_with_the_order_they_were_met_in() {
    let names = ["a", "m/b", "m/n/c", "z"];
    let mut results = Vec::new();
    for first in 0..names.len() {
        let tree = Tree::new();
        tree.file(names[first], "same");
        for name in names.iter().filter(|name| **name != names[first]) {
            tree.hard_link(names[first], name);
        }
        tree.file("k", "same").hard_link("k", "b");
        for roots in [
            &["."][..],
            &["z", "m", "a", "k", "b"],
            &["m/n", "k", "m", "b", "a", "z"],
        ] {
            let run = tree.scan(roots).json().succeeds();
            let groups = run.report().groups();
            assert_eq!(groups.len(), 1);
            assert_eq!(groups[0].reclaimable, 4);
            let plain = |path: &String| path.trim_start_matches("./").to_owned();
            let files = groups[0].files.iter().map(|file| {
                let links: Vec<_> = file.hard_links.iter().map(plain).collect();
                (plain(&file.path), links)
            });
            results.push(files.collect::<Vec<_>>());
        }
    }
    results.dedup();
    assert_eq!(results.len(), 1);
    let names: Vec<&str> = results[0].iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(results[0][0].1, ["m/b", "m/n/c", "z"]);
    assert_eq!(results[0][1].1, ["k"]);
}

/// Asked for groups across roots, files were dropped from both sides and
/// the figures were wrong.
#[test]
fn across_roots_lost_files_and_miscounted() {
    let tree = Tree::new();
    tree.files(&["l/1", "l/2", "r/1", "r/2", "r/3"], "12345")
        .files(&["l/x", "l/y"], "only left");
    let run = tree.scan(&["--across-roots", "l", "r"]).json().succeeds();
    let report = run.report();
    assert_eq!(
        report.paths(),
        grouped(&[&["l/1", "l/2", "r/1", "r/2", "r/3"]])
    );
    assert_eq!(report.total("groups"), 1);
    assert_eq!(report.total("duplicates"), 4);
    assert_eq!(report.total("reclaimable_bytes"), 20);
    assert_eq!(report.total("files"), 7);
}

/// Asked for unique files, it listed files with copies, or left some out.
#[test]
fn unique_and_duplicate_did_not_add_up() {
    let tree = Tree::new();
    for n in 0..60_usize {
        // Sizes repeat, contents repeat in part, ends repeat in part.
        let mut content = pattern(15_000 + n % 3 * 3000, (n % 5) as u8);
        content[9000] ^= (n % 4) as u8;
        tree.file(format!("f{n:02}"), content);
    }
    tree.file("empty", "")
        .file("alone", "1")
        .symlink("f00", "link");
    for links in [&[][..], &["-H"]] {
        let of = |args: &[&str]| tree.groups(&[args, links].concat()).concat();
        let unique = of(&["--unique"]);
        let copied = of(&[]);
        let mut both = [unique.clone(), copied.clone()].concat();
        both.sort();
        let mut all = tree.selected(links);
        all.sort();
        assert_eq!(both, all, "each file once");
        assert_eq!(all.len(), 61);
        // The 60 contents are n mod 3, mod 4, mod 5: all different.
        assert_eq!(copied.len(), 0);
        assert_eq!(unique.len(), 61);
    }
    tree.file("g00", fs::read(tree.path("f00")).unwrap());
    tree.hard_link("f01", "h01");
    assert_eq!(tree.groups(&[]), grouped(&[&["f00", "g00"]]));
    assert_eq!(tree.groups(&["--unique"]).len(), 60);
    assert_eq!(tree.groups(&["--unique", "-H"]).len(), 59);
}

/// A file that could not be read took down the scan, or was grouped all the
/// same.
#[test]
fn a_file_that_vanished_between_listing_and_reading_ended_the_scan() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same").symlink("b", "to-b");
    // Both ends of a list: what is there, and what was.
    let run = tree
        .scan(&["--files-from", "-"])
        .stdin("a\nb\nc\nd/e\nto-b/x\n")
        .json()
        .exits(3);
    let report = run.report();
    assert_eq!(report.paths(), grouped(&[&["a", "b"]]));
    let kinds: Vec<String> = report.errors().into_iter().map(|e| e.2).collect();
    assert_eq!(kinds, ["not-found"; 3]);
}
