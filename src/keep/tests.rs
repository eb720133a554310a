//! The order of the rules, row by row, with made-up files.

use super::*;
use crate::types::{FileId, Timestamp};

/// A file as a row describes it: its path, then what else is said of it.
/// `*` marks a reference; `=name` is another name; `t9` its time, `r1` the
/// number of its path to scan, `l3` its links, `n2` the number of the file.
fn file((at, row): (usize, &&str)) -> FileRecord {
    let mut parts = row.split(';');
    let path = parts.next().unwrap();
    let mut file = FileRecord::new(path.trim_start_matches('*'), FileId { dev: 1, ino: 1 });
    file.reference = path.starts_with('*');
    file.number = at as u32;
    for part in parts {
        let number = || part[1..].parse::<u32>().unwrap();
        match part.as_bytes()[0] {
            b'=' => file.hard_links.push(part[1..].into()),
            b't' => file.modified = Timestamp::new(number().into(), 0),
            b'r' => file.root = number(),
            b'l' => file.links = number(),
            b'n' => file.number = number(),
            other => panic!("{other}"),
        }
    }
    file
}

/// The paths to keep, in order, and true if time could not decide.
fn kept(rules: &[&str], rows: &[&str]) -> (Vec<String>, bool) {
    let mut config = ScanConfig::new(["/nowhere/at/all"]);
    config.keep = rules
        .iter()
        .map(|rule| KeepRule::parse(rule).unwrap())
        .collect();
    let keeper = Keeper::new(&config).unwrap();
    let mut files: Vec<FileRecord> = rows.iter().enumerate().map(file).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let is_tie = keeper.mark(&mut files).is_tie;
    let shown = |file: &FileRecord| file.path.to_str().unwrap().to_owned();
    // Those to keep are first, the others in the order of their paths.
    let kept = files.iter().take_while(|file| file.keep).map(shown);
    let kept: Vec<String> = kept.collect();
    assert!(files[kept.len()..].iter().all(|file| !file.keep));
    assert!(files[kept.len()..].is_sorted_by_key(|file| file.path.clone()));
    (kept, is_tie)
}

#[test]
fn each_rule_decides_what_those_before_it_left() {
    #[rustfmt::skip]
    let table: &[(&[&str], &[&str])] = &[
        // All references are kept, whatever else is said of them.
        (&["*/.Trash/b;t9", "*/z (1);t9"], &["*/z (1);t9", "/a;t1", "*/.Trash/b;t9"]),
        // A trash; also in its name alone where all copies are in one.
        (&["/z (1);t9"], &["/.Trash-0/files/a;t1", "/z (1);t9"]),
        (&["/.Trash/b"], &["/.Trash/a (1)", "/.Trash/b"]),
        // What a version control system or a package manager keeps.
        (&["/x (1);t9"], &["/.git/lfs/a;t1", "/x (1);t9"]),
        (&["/src/x (1);t9"], &["/node_modules/x;t1", "/src/x (1);t9"]),
        // A copy mark.
        (&["/long name;t9;r1"], &["/a (1);t1;r0", "/long name;t9;r1"]),
        (&["/a (1);t1"], &["/a (1);t1", "/b (2);t2"]),
        // The path given first.
        (&["/long name;t9;r0"], &["/a;t1;r1", "/long name;t9;r0"]),
        // The oldest.
        (&["/long name;t1"], &["/a;t2", "/long name;t1"]),
        // The shortest path.
        (&["/z"], &["/aa", "/z"]),
        // The first path.
        (&["/a"], &["/b", "/a", "/c"]),
        (&["/a"], &["/a"]),
    ];
    for (expected, rows) in table {
        let expected = expected.iter().map(|row| file((0, row)).path);
        let expected = expected
            .map(|path| path.to_str().unwrap().to_owned())
            .collect();
        assert_eq!(kept(&[], rows), (expected, false), "{rows:?}");
    }
}

#[test]
fn rules_of_the_user_come_first_and_in_order() {
    #[rustfmt::skip]
    let table: &[(&[&str], &str, &[&str])] = &[
        (&["oldest"], "/a (1)", &["/a (1);t1", "/b;t2"]),
        (&["newest"], "/.Trash/b", &["/a;t1", "/.Trash/b;t2"]),
        (&["shortest-path"], "/b (1)", &["/a long name;t1", "/b (1);t2"]),
        (&["longest-path"], "/a long name", &["/a long name;t2", "/b;t1"]),
        (&["shallowest"], "/long name", &["/a/b;t1", "/long name;t2"]),
        (&["first-path"], "/b (1)", &["/a;r1", "/b (1);r0"]),
        (&["most-links"], "/b (1)", &["/a", "/b (1);l2"]),
        (&["glob:b*"], "/b (1)", &["/a", "/b (1)"]),
        (&["glob:d"], "/c/d/e/z", &["/a", "/c/d/e/z"]),
        (&["glob:/c/**"], "/c/z (1)", &["/a", "/c/z (1)"]),
        (&["glob:nothing"], "/a", &["/a", "/b"]),
        // The second decides what the first leaves.
        (&["shallowest", "newest"], "/b", &["/d/c;t9", "/a;t1", "/b;t2"]),
        (&["newest", "shallowest"], "/d/c", &["/d/c;t9", "/a;t1", "/b;t2"]),
        (&["glob:*.x", "glob:a*"], "/a.x", &["/a", "/a.x", "/b.x"]),
        // The usual ones decide the rest.
        (&["shallowest"], "/b", &["/a (1);t1", "/b;t2", "/d/c;t0"]),
        (&["newest"], "/c", &["/a (1);t2", "/b;t1", "/c;t2"]),
    ];
    for (rules, expected, rows) in table {
        let (files, _) = kept(rules, rows);
        assert_eq!(files, [*expected], "{rules:?} {rows:?}");
    }
    let references = kept(&["newest"], &["*/a;t1", "*/b;t2", "/c;t3"]);
    assert_eq!(references, (vec!["/a".to_owned(), "/b".to_owned()], false));
}

#[test]
fn a_file_is_as_good_as_the_best_of_its_names() {
    #[rustfmt::skip]
    let table: &[(&[&str], &str, &[&str])] = &[
        (&[], "/a (1)", &["/a (1);=/x;t1", "/b;t2"]),
        (&[], "/.Trash/a", &["/.Trash/a;=/x;t1", "/b;t2"]),
        (&["shortest-path"], "/a long name", &["/a long name;=/x", "/bb"]),
        (&["longest-path"], "/a", &["/a;=/x long name", "/bb"]),
        (&["shallowest"], "/a/b/c", &["/a/b/c;=/x", "/d/e"]),
        (&["glob:x"], "/c", &["/a", "/c;=/x"]),
    ];
    for (rules, expected, rows) in table {
        assert_eq!(kept(rules, rows).0, [*expected], "{rules:?} {rows:?}");
    }
}

#[test]
fn a_tie_is_said_where_the_user_asked_for_a_time() {
    #[rustfmt::skip]
    let table: &[(&[&str], &[&str], bool)] = &[
        (&["newest"], &["/a;t1", "/b;t1"], true),
        (&["oldest"], &["/a;t1", "/b;t1", "/c;t2"], true),
        (&["newest"], &["/a;t1", "/b;t1", "/c;t2"], false),
        (&[], &["/a;t1", "/b;t1"], false),
        (&["shallowest"], &["/a;t1", "/b;t1"], false),
        (&["shallowest", "newest"], &["/a;t1", "/d/b;t1"], false),
        (&["newest", "shallowest"], &["/a;t1", "/d/b;t1"], true),
        // Names of one file, each an entry.
        (&["newest"], &["/a;t1;n1", "/b;t1;n1"], false),
        (&["newest"], &["*/a;t1", "/b;t1"], false),
    ];
    for (rules, rows, expected) in table {
        assert_eq!(kept(rules, rows).1, *expected, "{rules:?} {rows:?}");
    }
}

#[test]
fn times_at_both_ends_are_in_order() {
    let keeper = |rule: KeepRule| {
        let mut config = ScanConfig::new(["/nowhere"]);
        config.keep = vec![rule];
        Keeper::new(&config).unwrap()
    };
    let time = |(at, nanos): (usize, i64)| FileRecord {
        number: at as u32,
        modified: Timestamp::from_nanos(nanos),
        ..FileRecord::new(format!("/{at}"), FileId { dev: 1, ino: 1 })
    };
    let mut files: Vec<_> = [0, i64::MIN, i64::MAX]
        .into_iter()
        .enumerate()
        .map(time)
        .collect();
    assert_eq!(
        keeper(KeepRule::Oldest).choose(&files),
        (1, chosen("it is the oldest"))
    );
    assert_eq!(
        keeper(KeepRule::Newest).choose(&files),
        (2, chosen("it is the newest"))
    );
    assert!(!keeper(KeepRule::Newest).mark(&mut files).is_tie);
    assert_eq!(files[0].modified, Timestamp::from_nanos(i64::MAX));
    assert!(!keeper(KeepRule::Newest).mark(&mut []).is_tie);
}

#[test]
fn a_wrong_glob_is_an_error() {
    let mut config = ScanConfig::new(["/nowhere"]);
    for glob in ["[", ""] {
        config.keep = vec![KeepRule::Glob(glob.to_owned())];
        assert!(matches!(Keeper::new(&config), Err(Error::Pattern { .. })));
    }
}

fn chosen(reason: &'static str) -> Choice {
    Choice {
        is_tie: false,
        reason: Some(reason),
    }
}

#[test]
fn the_reason_is_the_property_that_decided() {
    for (rows, reason) in [
        (&["*/z;t9", "/a;t1"][..], Some("it is a reference")),
        (
            &["/z (1)", "/.Trash/a"],
            Some("it is not among discarded or temporary files"),
        ),
        (&["/a (1)", "/b;t9"], Some("its name is not that of a copy")),
        (
            &["/a;t1;r1", "/b;t2;r0"],
            Some("it is under the path given first"),
        ),
        (&["/a;t2", "/b;t1"], Some("it is the oldest")),
        (&["/aa", "/z"], Some("its path is the shortest")),
        (&["/a", "/b"], Some("its path is the first")),
        // Each left fewer; the last one decided.
        (&["/a (1);t1", "/b;t3", "/c;t2"], Some("it is the oldest")),
        (&["/a"], None),
    ] {
        let keeper = Keeper::new(&ScanConfig::new(["/nowhere"])).unwrap();
        let mut files: Vec<FileRecord> = rows.iter().enumerate().map(file).collect();
        assert_eq!(keeper.mark(&mut files).reason, reason, "{rows:?}");
    }
}
