use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::reader::open;
use super::*;
use crate::config::HashAlgorithm;
use crate::types::{CancelToken, Digest, FileRecord, Timestamp};

/// A row of a test, in words.
#[derive(Debug, Clone)]
struct Given {
    host: &'static str,
    path: String,
    fs_uuid: Option<&'static str>,
    handle: u8,
    size: u64,
    links: u32,
    partial: Option<u8>,
    digest: Option<u8>,
    indexed_at: i64,
}

impl Given {
    fn new(host: &'static str, path: &str, size: u64, digest: Option<u8>) -> Self {
        // Other paths are other files.
        let handle = path
            .bytes()
            .fold(7_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
        Self {
            host,
            path: path.to_owned(),
            fs_uuid: None,
            handle,
            size,
            links: 1,
            partial: None,
            digest,
            indexed_at: 1,
        }
    }

    fn push(&self, writer: &mut IndexWriter, out: &mut File) {
        let digest = |byte| Digest::new(&[byte; 16]);
        let row = Row {
            host: self.host.as_bytes(),
            root: b"/",
            path: self.path.as_bytes(),
            fs_uuid: self.fs_uuid.map(str::as_bytes),
            handle: &[self.handle],
            size: self.size,
            modified: Timestamp::from_nanos(5),
            changed: Timestamp::from_nanos(6),
            links: self.links,
            partial: self.partial.map(digest),
            digest: self.digest.map(digest),
            algorithm: HashAlgorithm::Md5,
            indexed_at: self.indexed_at,
        };
        writer.push(&row, out).unwrap();
    }
}

/// Writes each list as a file of one host and run.
fn written(dir: &Path, files: &[Vec<Given>]) -> Vec<PathBuf> {
    let files = files.iter().filter(|rows| !rows.is_empty()).enumerate();
    files
        .map(|(number, rows)| {
            let path = dir.join(format!("{number}.parquet"));
            let mut out = File::create(&path).unwrap();
            let origin = Origin {
                host: rows[0].host,
                indexed_at: rows[0].indexed_at,
                algorithm: HashAlgorithm::Md5,
                is_whole: false,
                is_complete: true,
                partition: (0, 1),
            };
            let mut writer = IndexWriter::new(&origin).unwrap();
            rows.iter().for_each(|row| row.push(&mut writer, &mut out));
            assert_eq!(writer.finish(&mut out).unwrap(), rows.len() as u64);
            path
        })
        .collect()
}

/// The names of each group, the totals and the candidates.
fn merged(
    files: &[Vec<Given>],
    request: &Request,
) -> (BTreeSet<Vec<String>>, MergeTotals, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let paths = written(dir.path(), files);
    let cancel = CancelToken::default();
    let merge = Merge::read(&paths, request, &cancel).unwrap();
    let candidates = request.temporary.join("candidates.parquet");
    let mut out = File::create(&candidates).unwrap();
    let mut merged = merge.groups(Some(&mut out)).unwrap().unwrap();
    let mut last = (u64::MAX, String::new());
    let groups: BTreeSet<Vec<String>> = merged
        .groups
        .by_ref()
        .map(|group| {
            let names = group.files.iter().flat_map(FileRecord::names);
            let mut names: Vec<_> = names
                .map(|name| name.to_str().unwrap().to_owned())
                .collect();
            names.sort_unstable();
            assert_eq!(group.files.iter().filter(|file| file.keep).count(), 1);
            let least = group
                .files
                .iter()
                .map(|file| file.path.to_str().unwrap())
                .min();
            let now = (group.reclaimable_bytes, least.unwrap().to_owned());
            assert!(now.0 < last.0 || (now.0 == last.0 && now.1 >= last.1));
            last = now;
            names
        })
        .collect();
    assert!(merged.groups.failure().is_none());
    (groups, merged.totals, candidates)
}

fn request(dir: &Path, wanted: Wanted) -> Request {
    Request::new(wanted, dir.to_owned())
}

fn names(groups: &[&[&str]]) -> BTreeSet<Vec<String>> {
    let group = |names: &&[&str]| names.iter().map(|&name| name.to_owned()).collect();
    groups.iter().map(group).collect()
}

#[test]
fn groups_are_made_of_full_digests_alone() {
    let dir = tempfile::tempdir().unwrap();
    let unproved = Given {
        partial: Some(1),
        ..Given::new("b", "/ends", 9, None)
    };
    let files = [
        vec![
            Given::new("a", "/1", 9, Some(1)),
            Given::new("a", "/2", 9, Some(1)),
            Given::new("a", "/3", 8, Some(1)),
            Given::new("a", "/alone", 7, None),
        ],
        vec![
            Given::new("b", "/1", 9, Some(1)),
            Given::new("b", "/3", 8, None),
            unproved,
        ],
    ];
    let (groups, totals, candidates) = merged(&files, &request(dir.path(), Wanted::All));
    assert_eq!(groups, names(&[&["a:/1", "a:/2", "b:/1"]]));
    assert_eq!((totals.files, totals.bytes), (7, 9 * 4 + 8 * 2 + 7));
    assert_eq!((totals.groups, totals.duplicates), (1, 2));
    assert_eq!(totals.reclaimable_bytes, 18);
    assert_eq!(totals.not_proved, 2);
    let candidates = read_candidates(&candidates, HashAlgorithm::Md5).unwrap();
    assert!(candidates.has_size(8) && candidates.has_size(9) && !candidates.has_size(7));
    assert!(candidates.has_ends(9, &Digest::new(&[1; 16])));
    assert!(!candidates.has_ends(8, &Digest::new(&[1; 16])));
}

#[test]
fn one_file_that_two_hosts_reach_is_no_copy_of_itself() {
    let dir = tempfile::tempdir().unwrap();
    let shared = |host, path: &str| Given {
        fs_uuid: Some("disk"),
        handle: 1,
        links: 2,
        ..Given::new(host, path, 9, Some(1))
    };
    let files = [
        vec![shared("a", "/mnt/x"), shared("a", "/mnt/y")],
        vec![shared("b", "/data/x")],
    ];
    let mut request = request(dir.path(), Wanted::All);
    let (groups, totals, _) = merged(&files, &request);
    assert_eq!(groups, names(&[]));
    assert_eq!((totals.files, totals.seen_by_several), (1, 1));
    request.is_cloned = true;
    let (groups, totals, _) = merged(&files, &request);
    assert_eq!(groups, names(&[&["a:/mnt/x", "a:/mnt/y", "b:/data/x"]]));
    assert_eq!((totals.files, totals.duplicates), (2, 1));
    assert_eq!(totals.linked_outside_bytes + totals.reclaimable_bytes, 9);
}

#[test]
fn the_latest_row_of_a_path_counts() {
    let dir = tempfile::tempdir().unwrap();
    let at = |indexed_at, row: Given| Given { indexed_at, ..row };
    let files = [
        vec![
            at(1, Given::new("a", "/changed", 9, Some(1))),
            at(1, Given::new("a", "/gone", 9, Some(1))),
            at(1, Given::new("a", "/same", 9, Some(1))),
        ],
        vec![
            at(2, Given::new("a", "/changed", 8, Some(2))),
            at(
                2,
                Given {
                    links: 0,
                    ..Given::new("a", "/gone", 9, None)
                },
            ),
            at(2, Given::new("a", "/new", 8, Some(2))),
        ],
        vec![at(1, Given::new("b", "/same", 9, Some(1)))],
    ];
    let expected = names(&[&["a:/changed", "a:/new"], &["a:/same", "b:/same"]]);
    let request = request(dir.path(), Wanted::All);
    for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0]] {
        let files = order.map(|at| files[at].clone());
        let (groups, totals, _) = merged(&files, &request);
        assert_eq!(groups, expected);
        assert_eq!((totals.files, totals.not_proved), (4, 0));
    }
    // The same file twice is read once.
    let twice = [files[2].clone(), files[2].clone()];
    assert_eq!(merged(&twice, &request).1.files, 1);
}

#[test]
fn what_is_on_one_host_alone_is_only_told_if_it_is_certain() {
    let dir = tempfile::tempdir().unwrap();
    let ends = |partial, row: Given| Given {
        partial: Some(partial),
        ..row
    };
    let files = [
        vec![
            Given::new("old", "/alone", 1, Some(1)),
            Given::new("old", "/alone too", 1, Some(1)),
            Given::new("old", "/both", 2, Some(2)),
            Given::new("old", "/size alone", 3, None),
            Given::new("old", "/size", 4, None),
            ends(1, Given::new("old", "/ends alone", 5, None)),
            ends(3, Given::new("old", "/ends", 5, None)),
            Given::new("old", "/other unread", 6, Some(6)),
            ends(1, Given::new("old", "/proved", 7, Some(7))),
        ],
        vec![
            Given::new("b", "/other", 1, Some(9)),
            Given::new("b", "/both", 2, Some(2)),
            Given::new("b", "/size", 4, Some(4)),
            ends(2, Given::new("b", "/ends", 5, Some(5))),
            ends(3, Given::new("b", "/ends too", 5, Some(6))),
            Given::new("b", "/unread", 6, None),
            ends(2, Given::new("b", "/ends", 7, None)),
        ],
    ];
    let request = request(dir.path(), Wanted::UniqueTo("old".to_owned()));
    let (groups, totals, _) = merged(&files, &request);
    let expected = names(&[
        &["old:/alone", "old:/alone too"],
        &["old:/size alone"],
        &["old:/ends alone"],
        &["old:/proved"],
    ]);
    assert_eq!(groups, expected);
    assert_eq!(totals.not_proved_unique, 3);
}

#[test]
fn a_plan_is_of_one_host() {
    let dir = tempfile::tempdir().unwrap();
    let files = [
        vec![
            Given::new("a", "/1", 9, Some(1)),
            Given::new("a", "/2", 9, Some(1)),
            Given::new("a", "/3", 8, Some(2)),
        ],
        vec![
            Given::new("b", "/1", 9, Some(1)),
            Given::new("b", "/3", 8, Some(2)),
        ],
    ];
    let plan = |host: &str| {
        let request = request(dir.path(), Wanted::PlanFor(host.to_owned()));
        merged(&files, &request).0
    };
    assert_eq!(plan("a"), names(&[&["/1", "/2"]]));
    assert_eq!(plan("b"), names(&[]));
    let request = request(dir.path(), Wanted::AcrossHosts);
    let across = names(&[&["a:/1", "a:/2", "b:/1"], &["a:/3", "b:/3"]]);
    assert_eq!(merged(&files, &request).0, across);
}

#[test]
fn digests_of_two_algorithms_are_not_merged() {
    let dir = tempfile::tempdir().unwrap();
    let paths = written(dir.path(), &[vec![Given::new("a", "/1", 9, Some(1))]]);
    let other = dir.path().join("other.parquet");
    let mut out = File::create(&other).unwrap();
    let origin = Origin {
        host: "b",
        indexed_at: 1,
        algorithm: HashAlgorithm::Blake3,
        is_whole: true,
        is_complete: true,
        partition: (0, 1),
    };
    let mut writer = IndexWriter::new(&origin).unwrap();
    let row = Row {
        host: b"b",
        root: b"/",
        path: b"/1",
        fs_uuid: None,
        handle: b"1",
        size: 9,
        modified: Timestamp::from_nanos(5),
        changed: Timestamp::from_nanos(6),
        links: 1,
        partial: None,
        digest: None,
        algorithm: HashAlgorithm::Blake3,
        indexed_at: 1,
    };
    writer.push(&row, &mut out).unwrap();
    writer.finish(&mut out).unwrap();
    let request = request(dir.path(), Wanted::All);
    let paths = [paths[0].clone(), other];
    let error = Merge::read(&paths, &request, &CancelToken::default()).err();
    let error = error.unwrap().to_string();
    assert!(error.contains("blake3") && error.contains("md5"), "{error}");
}

fn rows() -> impl Strategy<Value = Vec<Vec<Given>>> {
    let row = (
        0_u8..12,
        1_u64..4,
        proptest::option::of(0_u8..3),
        proptest::bool::ANY,
    );
    let host = |name: &'static str| {
        proptest::collection::vec(row.clone(), 0..25).prop_map(move |rows| {
            let mut paths = BTreeSet::new();
            let rows = rows.into_iter().filter(|row| paths.insert(row.0));
            let rows = rows.map(|(path, size, digest, is_shared)| Given {
                fs_uuid: is_shared.then_some("disk"),
                handle: path,
                ..Given::new(name, &format!("/{path}"), size, digest)
            });
            rows.collect()
        })
    };
    (host("a"), host("b"), host("c")).prop_map(|(a, b, c)| vec![a, b, c])
}

proptest! {
    #[test]
    fn groups_are_those_of_a_table_in_memory(files in rows(), memory in 0_usize..4000) {
        let dir = tempfile::tempdir().unwrap();
        let mut by_content: BTreeMap<(u64, u8), Vec<&Given>> = BTreeMap::new();
        for row in files.iter().flatten() {
            if let Some(digest) = row.digest {
                by_content.entry((row.size, digest)).or_default().push(row);
            }
        }
        let identity = |row: &&Given| match row.fs_uuid {
            Some(_) => ("", row.handle),
            None => (row.host, row.handle),
        };
        let groups = by_content.values().filter(|rows| {
            rows.iter().map(identity).collect::<BTreeSet<_>>().len() > 1
        });
        let expected: BTreeSet<Vec<String>> = groups
            .map(|rows| {
                let names = rows.iter().map(|row| format!("{}:{}", row.host, row.path));
                names.collect::<BTreeSet<_>>().into_iter().collect()
            })
            .collect();
        let request = request(dir.path(), Wanted::All).with_memory(memory);
        let (groups, totals, _) = merged(&files, &request);
        prop_assert_eq!(&groups, &expected);
        prop_assert_eq!(totals.groups, expected.len() as u64);
        let rows: usize = files.iter().map(Vec::len).sum();
        prop_assert_eq!(totals.rows, rows as u64);
    }
}

/// Damage that the library does not notice by itself must not end the program.
#[test]
fn a_damaged_index_is_an_error_or_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let rows = (0..40).map(|number| Given::new("a", NAMES[number % 4], 9, Some(number as u8)));
    let [path] = &written(dir.path(), &[rows.collect()])[..] else {
        panic!("one file");
    };
    let content = std::fs::read(path).unwrap();
    let mut errors = 0;
    for at in 0..content.len() {
        let mut damaged = content.clone();
        damaged[at] ^= 0x41;
        std::fs::write(path, damaged).unwrap();
        let read = open(path).and_then(|index| index.each(|_| Ok(())));
        if let Err(error) = read {
            assert!(
                error.to_string().contains("0.parquet"),
                "byte {at}: {error}"
            );
            errors += 1;
        }
    }
    assert!(errors > content.len() / 4, "{errors} of {}", content.len());
}

const NAMES: [&str; 4] = ["/1", "/2", "/3", "/4"];
