//! Files in lockstep: each gets the digest that it would get alone.

use std::fs::File;
use std::io;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tempfile::TempDir;

use crate::config::HashAlgorithm;
use crate::error::FailureKind;
use crate::hash::Hasher;
use crate::io::{FileIo, Pread};
use crate::types::{
    Batch, CancelToken, Digest, Evidence, FileLocation, FileStat, Heartbeat, Job, Segment,
    TaskResult, Timestamp,
};
use crate::worker::scratch::CHUNK;
use crate::worker::{Scratch, Worker};

const SIZE: usize = 3 * CHUNK + 321;

/// Fails reads of one file from some offset on.
struct BadBlock {
    real: Pread,
    name: &'static str,
    from: u64,
    bad: Option<FileStat>,
}

impl FileIo for BadBlock {
    fn enter(&mut self, dir: &[u8], files: usize) {
        self.real.enter(dir, files);
    }

    fn open(&mut self, place: FileLocation<'_>) -> io::Result<File> {
        let file = self.real.open(place)?;
        if place.name == self.name.as_bytes() {
            self.bad = Some(self.real.stat(&file)?);
        }
        Ok(file)
    }

    fn stat(&mut self, file: &File) -> io::Result<FileStat> {
        self.real.stat(file)
    }

    fn read_at(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let stat = self.real.stat(file)?;
        if offset >= self.from && self.bad.is_some_and(|bad| bad.id == stat.id) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.real.read_at(file, buffer, offset)
    }
}

fn good() -> Box<dyn FileIo> {
    Box::new(Pread::new())
}

/// Reads, and reports all files as being on a local disk.
struct OnDisk(Pread);

impl FileIo for OnDisk {
    fn enter(&mut self, dir: &[u8], files: usize) {
        self.0.enter(dir, files);
    }

    fn open(&mut self, place: FileLocation<'_>) -> io::Result<File> {
        self.0.open(place)
    }

    fn stat(&mut self, file: &File) -> io::Result<FileStat> {
        self.0.stat(file)
    }

    fn is_on_local_disk(&mut self, _: &File, _: u64) -> bool {
        true
    }

    fn read_at(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(file, buffer, offset)
    }
}

/// A batch of files named by letters, with these contents.
fn batch(dir: &TempDir, job: Job, contents: &[Vec<u8>]) -> Batch {
    let mut batch = Batch::new(job);
    batch.enter(dir.path().as_os_str().as_encoded_bytes());
    for (content, name) in contents.iter().zip(b'a'..) {
        let name = char::from(name).to_string();
        let path = dir.path().join(&name);
        std::fs::write(&path, content).unwrap();
        let stat = Pread::new().stat(&File::open(path).unwrap()).unwrap();
        batch.push(0, name.as_bytes(), false, stat);
    }
    batch
}

fn run(io: Box<dyn FileIo>, algorithm: HashAlgorithm, batch: &Batch) -> (Vec<TaskResult>, u64) {
    let scratch = Scratch::new(algorithm);
    let outcome = Worker::new(io, scratch, CancelToken::default(), Heartbeat::default()).run(batch);
    let results = outcome.files.into_iter().map(|file| file.result);
    (results.collect(), outcome.bytes_read)
}

fn whole(algorithm: HashAlgorithm, content: &[u8]) -> TaskResult {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(content);
    TaskResult::Proved(Evidence::Whole(hasher.finish()))
}

/// A pattern with other bytes at these offsets.
fn content(size: usize, others: &[usize]) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..size).map(|at| (at / 3 % 253) as u8).collect();
    for &at in others {
        bytes[at] ^= 0x55;
    }
    bytes
}

#[test]
fn each_file_has_the_digest_that_it_has_alone() {
    // Equal up to some offset, in pairs and chains, and files of another size.
    let others = prop::collection::vec(0..SIZE, 0..3);
    let file = (prop::bool::weighted(0.8), others);
    let files = prop::collection::vec(file, 1..7);
    TestRunner::new(ProptestConfig::with_cases(40))
        .run(&files, |files| {
            let contents: Vec<Vec<u8>> = files
                .iter()
                .map(|(is_usual, others)| match is_usual {
                    true => content(SIZE, others),
                    false => content(SIZE + 1, others),
                })
                .collect();
            let dir = tempfile::tempdir().unwrap();
            let batch = batch(&dir, Job::Full, &contents);
            for algorithm in HashAlgorithm::ALL {
                let (results, read) = run(good(), algorithm, &batch);
                let expected: Vec<_> = contents.iter().map(|c| whole(algorithm, c)).collect();
                prop_assert_eq!(results, expected);
                let bytes: usize = contents.iter().map(Vec::len).sum();
                prop_assert_eq!(read, bytes as u64);
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn files_that_differ_at_several_offsets_are_split_off_each() {
    let contents = [
        content(SIZE, &[]),
        content(SIZE, &[SIZE - 1]),
        content(SIZE, &[0]),
        content(SIZE, &[0, SIZE - 1]),
        content(SIZE, &[CHUNK]),
        content(SIZE, &[]),
    ];
    let dir = tempfile::tempdir().unwrap();
    let batch = batch(&dir, Job::Full, &contents);
    let (results, _) = run(good(), HashAlgorithm::Blake3, &batch);
    let expected: Vec<_> = contents
        .iter()
        .map(|content| whole(HashAlgorithm::Blake3, content))
        .collect();
    assert_eq!(results, expected);
    assert_eq!(results[0], results[5]);
    let mut distinct = results;
    distinct.dedup();
    assert_eq!(distinct.len(), 6);
}

#[test]
fn segments_have_the_digests_that_they_have_alone() {
    let size = 4 << 20;
    let contents = [
        content(size, &[]),
        content(size, &[(2 << 20) + 5]),
        content(size, &[]),
        content(size, &[1]),
    ];
    let dir = tempfile::tempdir().unwrap();
    let segment = Segment {
        offset: 2 << 20,
        length: 2 << 20,
    };
    let mut batch = batch(&dir, Job::Segment(segment), &contents);
    // Between two reads of a file that is not settled it can change.
    let (results, _) = run(good(), HashAlgorithm::Blake3, &batch);
    for result in results {
        assert!(matches!(
            result,
            TaskResult::Failed(FailureKind::Changed, _)
        ));
    }
    batch.settled_before = Timestamp::from_nanos(i64::MAX);
    let io = Box::new(OnDisk(Pread::new()));
    let (results, read) = run(io, HashAlgorithm::Blake3, &batch);
    let value = |content: &[u8]| -> Option<Digest> {
        let mut hasher = Hasher::new(HashAlgorithm::Blake3);
        hasher.begin_segment(segment.offset);
        hasher.update(&content[segment.offset as usize..]);
        hasher.finish_segment()
    };
    let expected: Vec<_> = contents
        .iter()
        .map(|content| TaskResult::Proved(Evidence::Segment(value(content).unwrap())))
        .collect();
    assert_eq!(results, expected);
    assert_ne!(results[0], results[1]);
    assert_eq!(results[0], results[3], "what differs is before it");
    assert_eq!(read, 4 * segment.length);
}

#[test]
fn files_without_the_segment_fail_and_the_worker_survives() {
    let contents = vec![content(SIZE, &[]); 2];
    let dir = tempfile::tempdir().unwrap();
    for (offset, length) in [(4 << 20, 1 << 20), (77, 1 << 20), (0, 2 << 20)] {
        let job = Job::Segment(Segment { offset, length });
        let batch = batch(&dir, job, &contents);
        let (results, read) = run(good(), HashAlgorithm::Blake3, &batch);
        assert_eq!((results.len(), read), (2, 0));
        for result in results {
            assert!(matches!(
                result,
                TaskResult::Failed(FailureKind::Changed, _)
            ));
        }
    }
}

#[test]
fn a_bad_block_fails_only_its_own_file() {
    let contents = vec![content(SIZE, &[]); 4];
    let dir = tempfile::tempdir().unwrap();
    let batch = batch(&dir, Job::Full, &contents);
    for (name, bad) in [("a", 0), ("b", 1), ("d", 3)] {
        for from in [0, CHUNK as u64, 3 * CHUNK as u64] {
            let io = Box::new(BadBlock {
                real: Pread::new(),
                name,
                from,
                bad: None,
            });
            let (results, _) = run(io, HashAlgorithm::Blake3, &batch);
            for (at, (result, content)) in results.iter().zip(&contents).enumerate() {
                if at == bad {
                    let is_io = matches!(result, TaskResult::Failed(FailureKind::Io, _));
                    assert!(is_io, "{name} {from}: {result:?}");
                } else {
                    let expected = whole(HashAlgorithm::Blake3, content);
                    assert_eq!(*result, expected, "{name} {from} {at}");
                }
            }
        }
    }
}

#[test]
fn a_truncated_file_fails_no_other() {
    let contents = vec![content(SIZE, &[]); 3];
    let dir = tempfile::tempdir().unwrap();
    let mut batch = batch(&dir, Job::Full, &contents);
    // All files have the expected size at first; then one is shorter.
    let mut results = run(good(), HashAlgorithm::Md5, &batch).0;
    assert_eq!(results[0], whole(HashAlgorithm::Md5, &contents[0]));
    let shorter = File::options().write(true).open(dir.path().join("b"));
    shorter.unwrap().set_len(CHUNK as u64).unwrap();
    results = run(good(), HashAlgorithm::Md5, &batch).0;
    assert!(matches!(
        results[1],
        TaskResult::Failed(FailureKind::Changed, _)
    ));
    // A batch that expects the shorter size, unlike that of the other files.
    batch.tasks[1].expected = {
        let file = File::open(dir.path().join("b")).unwrap();
        Pread::new().stat(&file).unwrap()
    };
    results = run(good(), HashAlgorithm::Md5, &batch).0;
    let expected = [0, 2].map(|at| whole(HashAlgorithm::Md5, &contents[at]));
    assert_eq!([results[0].clone(), results[2].clone()], expected);
    assert_eq!(results[1], whole(HashAlgorithm::Md5, &contents[1][..CHUNK]));
}

/// Findings of a comparison as letters, and the number of bytes read; the file
/// of this name cannot be read from an offset on.
fn compared(contents: &[Vec<u8>], bad: (&'static str, u64)) -> (String, u64) {
    let dir = tempfile::tempdir().unwrap();
    let batch = batch(&dir, Job::Compare, contents);
    let io = Box::new(BadBlock {
        real: Pread::new(),
        name: bad.0,
        from: bad.1,
        bad: None,
    });
    let (results, read) = run(io, HashAlgorithm::Blake3, &batch);
    let letter = |result: &TaskResult| match result {
        TaskResult::Proved(Evidence::EqualsFirst) => 'E',
        TaskResult::Proved(Evidence::DiffersFromFirst) => 'D',
        TaskResult::Failed(FailureKind::Io, _) => 'F',
        TaskResult::Undone => '-',
        other => panic!("{other:?}"),
    };
    (results.iter().map(letter).collect(), read)
}

#[test]
fn a_comparison_tells_the_files_that_equal_the_first() {
    let (same, late, early) = (
        content(SIZE, &[]),
        content(SIZE, &[SIZE - 1]),
        content(SIZE, &[0]),
    );
    let contents = [same.clone(), late.clone(), same.clone(), early.clone()];
    // Whoever differs is read no further.
    let all_but_one = (3 * SIZE + CHUNK) as u64;
    assert_eq!(
        compared(&contents, ("", 0)),
        ("EDED".to_owned(), all_but_one)
    );
    // Equal files that differ from the first are told from it only.
    let contents = [early.clone(), same.clone(), same.clone()];
    assert_eq!(
        compared(&contents, ("", 0)),
        ("EDD".to_owned(), 3 * CHUNK as u64)
    );
    let contents = [late, same.clone(), early];
    assert_eq!(compared(&contents, ("", 0)).0, "EDD");
}

#[test]
fn a_comparison_with_a_file_that_failed_proves_nothing() {
    let contents = [
        content(SIZE, &[]),
        content(SIZE, &[]),
        content(SIZE, &[0]),
        content(SIZE, &[SIZE - 1]),
    ];
    for from in [0, CHUNK as u64, 3 * CHUNK as u64] {
        assert_eq!(compared(&contents, ("a", from)).0, "F---", "{from}");
    }
    for (name, expected) in [("b", "EFDD"), ("c", "EEFD"), ("d", "EEDF")] {
        assert_eq!(compared(&contents, (name, 0)).0, expected);
    }
}

#[test]
fn a_first_file_that_cannot_be_opened_leaves_the_others_undone() {
    let contents = vec![content(SIZE, &[]); 3];
    let dir = tempfile::tempdir().unwrap();
    let batch = batch(&dir, Job::Compare, &contents);
    std::fs::remove_file(dir.path().join("a")).unwrap();
    let (results, _) = run(good(), HashAlgorithm::Blake3, &batch);
    assert!(matches!(results[0], TaskResult::Failed(..)));
    assert_eq!(results[1..], [TaskResult::Undone, TaskResult::Undone]);
}

#[test]
fn a_comparison_asks_for_a_lease_on_settled_files_too() {
    let contents = vec![content(CHUNK, &[]); 2];
    let dir = tempfile::tempdir().unwrap();
    let file = File::open(dir.path()).unwrap();
    if !crate::platform::is_on_local_disk(&file) {
        eprintln!("skipped: no file here is settled");
        return;
    }
    for (job, is_refused) in [(Job::Full, false), (Job::Compare, true)] {
        let mut batch = batch(&dir, job, &contents);
        batch.settled_before = Timestamp::from_nanos(i64::MAX);
        let writer = File::options().write(true).open(dir.path().join("b"));
        let (results, _) = run(good(), HashAlgorithm::Blake3, &batch);
        drop(writer);
        let failed = |result: &TaskResult| matches!(result, TaskResult::Failed(..));
        assert_eq!(results.iter().any(failed), is_refused, "{job:?}");
    }
}
