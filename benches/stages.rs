//! Costs of each part of the pipeline, on trees and tables that the benchmark
//! makes: `cargo bench`, or `cargo bench -- walk`.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a benchmark that cannot set itself up has nothing to measure"
)]

use std::fs;
use std::hint::black_box;
use std::io::sink;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

use nodupe::internals::group::{self, Criteria, GroupRules};
use nodupe::internals::hash::Hasher;
use nodupe::internals::io::Pread;
use nodupe::internals::report::{self, Format, Header, RenderOptions, Report};
use nodupe::internals::stage::{DedupConfig, DedupState};
use nodupe::internals::types::{
    Batch, BatchOutcome, DirId, Evidence, FileId, FileKind, FileOutcome, FileStat, FoundDir,
    FoundFile, Heartbeat, Job, RootInfo, TaskResult, WalkBatch,
};
use nodupe::internals::walk::{self, WalkerKind};
use nodupe::internals::worker::{Scratch, Worker};
use nodupe::{CancelToken, Digest, FileRecord, Group, Proof, Summary, Timestamp};
use nodupe::{HashAlgorithm, ScanConfig, SortKey};

const DIRS: u64 = 100;
const FILES_A_DIR: u64 = 100;

/// A tree of small files, every third of them a copy.
fn tree(root: &Path) {
    for dir in 0..DIRS {
        let path = root.join(format!("directory-{dir:03}"));
        fs::create_dir(&path).expect("a directory");
        for file in 0..FILES_A_DIR {
            let number = dir * FILES_A_DIR + file;
            let content = number - number % 3;
            let text = format!("{content:08} ").repeat(1 + (content % 200) as usize);
            fs::write(path.join(format!("file-{file:03}.txt")), text).expect("a file");
        }
    }
}

fn walking(c: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    tree(dir.path());
    let mut group = c.benchmark_group("walk");
    group.throughput(Throughput::Elements(DIRS * FILES_A_DIR));
    for (name, walker) in [
        ("native", WalkerKind::Native),
        ("portable", WalkerKind::Portable),
    ] {
        let mut config = ScanConfig::new([dir.path()]);
        config.walker = walker;
        group.bench_function(name, |b| {
            b.iter(|| {
                let plan = walk::plan(&config, &CancelToken::default()).expect("a plan");
                let (found, _) = walk::start(plan).expect("threads");
                let files: usize = found.iter().map(|batch| batch.files.len()).sum();
                assert_eq!(files as u64, DIRS * FILES_A_DIR);
            });
        });
    }
    group.finish();
}

fn partial_hashing(c: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut group = c.benchmark_group("partial");
    for size in [1_000, 16_384, 1_000_000] {
        let mut batch = Batch::new(Job::Partial);
        let place = dir.path().join(size.to_string());
        fs::create_dir(&place).expect("a directory");
        batch.enter(place.as_os_str().as_encoded_bytes());
        for file in 0..64_u32 {
            let name = file.to_string();
            let path = place.join(&name);
            fs::write(&path, vec![file as u8; size]).expect("a file");
            batch.push(file, name.as_bytes(), false, stat(&path));
        }
        group.throughput(Throughput::Elements(64));
        for hash in HashAlgorithm::ALL {
            let mut worker = Worker::new(
                Box::new(Pread::new()),
                Scratch::new(hash),
                CancelToken::default(),
                Heartbeat::default(),
            );
            group.bench_function(format!("{}/{size}", hash.as_str()), |b| {
                b.iter(|| {
                    let outcome = worker.run(black_box(&batch));
                    assert!(
                        outcome
                            .files
                            .iter()
                            .all(|file| matches!(file.result, TaskResult::Proved(_)))
                    );
                });
            });
        }
    }
    group.finish();
}

/// Short inputs one by one and many at once, from memory.
fn small_hashing(c: &mut Criterion) {
    let bytes: Vec<u8> = (0..3_000_u32).map(|at| at as u8).collect();
    let inputs: Vec<&[u8]> = (0..64).map(|n| &bytes[..1 + n * 2_999 / 63]).collect();
    let mut group = c.benchmark_group("small");
    group.throughput(Throughput::Elements(64));
    for hash in HashAlgorithm::ALL {
        let mut hasher = Hasher::new(hash);
        group.bench_function(format!("{}/one by one", hash.as_str()), |b| {
            b.iter(|| {
                for input in black_box(&inputs) {
                    hasher.update(input);
                    black_box(hasher.finish());
                }
            });
        });
        group.bench_function(format!("{}/together", hash.as_str()), |b| {
            b.iter(|| hasher.hash_each(black_box(&inputs)));
        });
    }
    group.finish();
}

#[cfg(unix)]
fn stat(path: &Path) -> FileStat {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(path).expect("metadata");
    FileStat {
        id: FileId {
            dev: metadata.dev(),
            ino: metadata.ino(),
        },
        kind: FileKind::Regular,
        size: metadata.size(),
        links: 1,
        modified: Timestamp::new(metadata.mtime(), metadata.mtime_nsec() as u32),
        changed: Timestamp::new(metadata.ctime(), metadata.ctime_nsec() as u32),
    }
}

/// The batches of a walk of 1,000 directories with 100 files each.
fn found() -> Vec<WalkBatch> {
    (0..1_000_u32)
        .map(|dir| {
            let mut batch = WalkBatch::default();
            let name = batch.push_name(format!("some/path/directory-{dir}").as_bytes());
            let dir = DirId(dir);
            batch.dirs.push(FoundDir {
                dir,
                parent: None,
                name,
                id: FileId {
                    dev: 1,
                    ino: u64::from(dir.0),
                },
                root: 0,
            });
            for file in 0..100 {
                let ino = u64::from(dir.0) * 100 + file;
                let name = batch.push_name(format!("file-{file}.txt").as_bytes());
                batch.files.push(FoundFile {
                    dir,
                    name,
                    stat: FileStat {
                        id: FileId {
                            dev: 1,
                            ino: 1_000_000 + ino,
                        },
                        kind: FileKind::Regular,
                        size: 1 + (ino / 2) % 3_000,
                        links: 1,
                        modified: Timestamp::new(0, 0),
                        changed: Timestamp::new(0, 0),
                    },
                    through_link: false,
                });
            }
            batch
        })
        .collect()
}

/// Runs the state machine on these batches, answering every batch at once: each
/// content occurs in two files.
fn state(found: Vec<WalkBatch>) -> DedupState {
    let mut state = DedupState::new(DedupConfig {
        hard_links: false,
        hash_everything: false,
        verify: false,
        workers: 2,
        compare_width: 16,
        digest_len: 32,
        settled_before: Timestamp::MIN,
        tree_hash: None,
    });
    for batch in found {
        state.found(batch).expect("room");
        answer(&mut state);
    }
    state.walk_done();
    answer(&mut state);
    state
}

fn answer(state: &mut DedupState) {
    while let Some(batch) = state.next_batch() {
        let files = batch
            .tasks
            .iter()
            .map(|task| FileOutcome {
                token: task.token,
                generation: None,
                result: TaskResult::Proved(Evidence::Whole(Digest::new(
                    &(task.token / 2).to_be_bytes().repeat(8),
                ))),
            })
            .collect();
        state.done(BatchOutcome {
            job: batch.job,
            files,
            bytes_read: 0,
        });
    }
}

fn grouping(c: &mut Criterion) {
    let mut group = c.benchmark_group("group");
    group.throughput(Throughput::Elements(100_000));
    group.bench_function("state", |b| {
        b.iter_batched(found, state, BatchSize::LargeInput);
    });
    let catalog = state(found()).into_catalog();
    let rules = GroupRules {
        criteria: Criteria::default(),
        hard_links: false,
        roots: vec![RootInfo {
            reference: false,
            family: 0,
        }],
        keeper: Arc::default(),
    };
    group.bench_function("candidates", |b| {
        b.iter(|| group::candidates(black_box(&catalog), &rules));
    });
    let candidates = group::candidates(&catalog, &rules);
    assert_eq!(candidates.len(), 50_000, "each content occurs in two files");
    group.bench_function("sort", |b| {
        b.iter_batched_ref(
            || candidates.clone(),
            |candidates| group::sort(&catalog, &rules, SortKey::Reclaimable, candidates),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

fn reporting(c: &mut Criterion) {
    let groups: Vec<Group> = (0..10_000_u64)
        .map(|number| {
            let files = (0..3).map(|file| {
                let ino = number * 3 + file;
                let path = format!("/some/path/to/directory-{file}/file-{number}.txt");
                let mut record = FileRecord::new(path, FileId { dev: 1, ino });
                record.number = ino as u32;
                record.modified = Timestamp::new(1_700_000_000, 0);
                record
            });
            let digest = Digest::new(&[number as u8; 32]);
            let size = 1_000 + number;
            let mut group = Group::new(Some(digest), Proof::Digest, size, files.collect());
            group.reclaimable_bytes = 2 * size;
            group
        })
        .collect();
    let mut summary = Summary::default();
    summary.complete = true;
    summary.elapsed = Duration::from_secs(1);
    let report = Report {
        header: Header {
            working_directory: Path::new("/"),
            roots: &[],
            project_file: None,
            hash: HashAlgorithm::Blake3,
        },
        criteria: Criteria::default(),
        summary: &summary,
        directories: None,
        errors: &[],
        page_directory: None,
    };
    let mut group = c.benchmark_group("report");
    group.throughput(Throughput::Elements(groups.len() as u64));
    for format in Format::ALL {
        group.bench_function(format.as_str(), |b| {
            b.iter(|| {
                let mut groups = groups.iter().cloned();
                report::write(
                    format,
                    &mut sink(),
                    &report,
                    &mut groups,
                    &RenderOptions::default(),
                )
                .expect("a sink takes everything")
            });
        });
    }
    group.finish();
}

criterion_group!(
    benches,
    walking,
    partial_hashing,
    small_hashing,
    grouping,
    reporting
);
criterion_main!(benches);
