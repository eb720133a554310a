//! What holds for every executor: each batch is answered once, and with the
//! same results wherever the worker loop ran.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use nodupe::FailureKind;
use nodupe::internals::executor::{
    Executor, InlineExecutor, IsolatedThreads, Placement, Pool, Processes, Threads, WorkerFactory,
};
use nodupe::internals::io::{FileIo, Pread};
use nodupe::internals::types::{
    Batch, Evidence, FileId, FileKind, FileLocation, FileStat, Job, Segment, TaskResult,
};
use nodupe::{CancelToken, Timestamp};
use nodupe::{Execution, ExecutorKind, HashAlgorithm};

use crate::harness::{BINARY, Tree};

const FILES: u32 = 60;

/// Every executor, with this many workers where it can have more than one.
fn executors(factory: &WorkerFactory, workers: usize) -> Vec<Box<dyn Executor>> {
    let mut all: Vec<Box<dyn Executor>> = vec![Box::new(InlineExecutor::new(factory))];
    for kind in ExecutorKind::CONCURRENT {
        all.push(Box::new(pool(factory, kind, workers, workers + 2)));
    }
    all
}

fn pool(factory: &WorkerFactory, kind: ExecutorKind, workers: usize, most: usize) -> Pool {
    let factory = factory.clone();
    let placement: Box<dyn Placement> = match kind {
        ExecutorKind::Isolated => Box::new(IsolatedThreads::new(factory)),
        ExecutorKind::Process => {
            let mut execution = Execution::default();
            execution.worker_program = Some(BINARY.into());
            Box::new(Processes::new(&execution, factory.hash()).unwrap())
        }
        _ => Box::new(Threads::new(factory)),
    };
    Pool::start(placement, workers, most, None).unwrap()
}

fn factory() -> WorkerFactory {
    recipe_reading(|| Box::new(Pread::new()) as Box<dyn FileIo>)
}

fn recipe_reading(io: impl Fn() -> Box<dyn FileIo> + Send + Sync + 'static) -> WorkerFactory {
    WorkerFactory::new(Arc::new(io), HashAlgorithm::Blake3, CancelToken::default())
}

fn stat(path: &Path) -> FileStat {
    let metadata = std::fs::symlink_metadata(path).unwrap();
    FileStat {
        id: FileId {
            dev: metadata.dev(),
            ino: metadata.ino(),
        },
        kind: FileKind::Regular,
        size: metadata.size(),
        links: metadata.nlink(),
        modified: Timestamp::new(metadata.mtime(), metadata.mtime_nsec() as u32),
        changed: Timestamp::new(metadata.ctime(), metadata.ctime_nsec() as u32),
    }
}

fn batch<'a>(tree: &Tree, job: Job, files: impl IntoIterator<Item = (u32, &'a str)>) -> Batch {
    let mut batch = Batch::new(job);
    batch.enter(tree.root().as_os_str().as_bytes());
    for (token, name) in files {
        batch.push(token, name.as_bytes(), false, stat(&tree.path(name)));
    }
    batch
}

/// Batches of every job. Every tenth file of the first ones is another one
/// than expected.
fn batches(tree: &Tree) -> Vec<Batch> {
    let mut batches = Vec::new();
    for file in 0..FILES {
        let name = file.to_string();
        let size = if file % 3 == 0 { 40_000 } else { 40 };
        tree.file(&name, format!("{:01$}", file / 2, size));
        let mut expected = stat(&tree.path(&name));
        expected.size += u64::from(file % 10 == 0);
        let job = if file < FILES / 2 {
            Job::Partial
        } else {
            Job::Full
        };
        let mut batch = Batch::new(job);
        batch.enter(tree.root().as_os_str().as_bytes());
        batch.push(file, name.as_bytes(), false, expected);
        batches.push(batch);
    }
    tree.files(&["x", "y"], vec![7; 300_000])
        .file("z", vec![8; 300_000]);
    let compared = [(FILES, "x"), (FILES + 1, "z"), (FILES + 2, "y")];
    batches.push(batch(tree, Job::Compare, compared));
    // Files that were written one by one share nothing.
    let stored = [(FILES + 6, "x"), (FILES + 7, "y")];
    batches.push(batch(tree, Job::Extents, stored));
    tree.file("large", vec![9; 3_500_000]);
    for (token, mib) in (FILES + 3..).zip([0, 1, 2]) {
        let window = Segment::window(mib << 20, 3_500_000).unwrap();
        batches.push(batch(tree, Job::Segment(window), [(token, "large")]));
    }
    // Those of the last ones are settled, if they lie on a disk.
    let count = batches.len();
    for batch in &mut batches[count - 3..] {
        batch.settled_before = Timestamp::from_nanos(i64::MAX);
    }
    batches
}

/// Hands out as many batches as there is room for until all are done, and
/// answers with what was found, by token.
fn run(executor: &mut dyn Executor, batches: &[Batch]) -> BTreeMap<u32, TaskResult> {
    go_on(executor, 0, batches)
}

/// The same with some batches under way already.
fn go_on(
    executor: &mut dyn Executor,
    mut under_way: usize,
    batches: &[Batch],
) -> BTreeMap<u32, TaskResult> {
    let mut results = BTreeMap::new();
    let mut waiting = batches.iter();
    loop {
        while executor.has_room()
            && let Some(batch) = waiting.next()
        {
            executor.submit(batch.clone());
            under_way += 1;
        }
        while let Some(outcome) = executor.next_outcome() {
            under_way -= 1;
            for file in outcome.files {
                let twice = results.insert(file.token, file.result);
                assert_eq!(twice, None, "{} was answered twice", file.token);
            }
        }
        if under_way == 0 && waiting.len() == 0 {
            return results;
        }
        if executor.has_room() && waiting.len() > 0 {
            continue;
        }
        if let Ok(event) = executor.events().recv_timeout(Duration::from_millis(100)) {
            executor.accept(event);
        } else {
            executor.check_health(Duration::from_millis(100));
        }
    }
}

#[test]
fn every_executor_finds_the_same() {
    let tree = Tree::new();
    let batches = batches(&tree);
    let expected = run(&mut InlineExecutor::new(&factory()), &batches);
    assert_eq!(expected.len(), FILES as usize + 8);
    let large = File::open(tree.path("large")).unwrap();
    let device = large.metadata().unwrap().dev();
    let is_on_disk = Pread::new().is_on_local_disk(&large, device);
    for (file, result) in &expected {
        match (file, result) {
            (0..FILES, TaskResult::Proved(Evidence::Whole(_))) => assert_ne!(file % 10, 0),
            (0..FILES, TaskResult::Proved(Evidence::Ends(ends))) => {
                assert_ne!(file % 10, 0);
                assert!(!ends.is_settled);
            }
            (0..FILES, TaskResult::Failed(FailureKind::Changed, _)) => assert_eq!(file % 10, 0),
            (60 | 62, TaskResult::Proved(Evidence::EqualsFirst))
            | (61, TaskResult::Proved(Evidence::DiffersFromFirst))
            | (66..68, TaskResult::Proved(Evidence::StoredElsewhere)) => {}
            (63..66, TaskResult::Proved(Evidence::Segment(_))) => assert!(is_on_disk),
            (63..66, TaskResult::Failed(FailureKind::Changed, _)) => assert!(!is_on_disk),
            other => panic!("{other:?}"),
        }
    }
    for workers in [1, 4] {
        for mut executor in executors(&factory(), workers) {
            let kind = executor.kind();
            assert_eq!(
                run(&mut *executor, &batches),
                expected,
                "{workers} {kind:?}"
            );
            let worker_stats = executor.worker_stats();
            assert_eq!(worker_stats.files, u64::from(FILES) + 8, "{kind:?}");
            assert!(worker_stats.bytes > 300_000, "{kind:?}: {worker_stats:?}");
            assert_eq!(executor.replaced(), 0, "{kind:?}");
        }
    }
}

#[test]
fn a_pool_keeps_to_its_bounds_and_goes_on_while_it_changes() {
    let tree = Tree::new();
    let batches = batches(&tree);
    for kind in ExecutorKind::CONCURRENT {
        let mut pool = pool(&factory(), kind, 1, 3);
        let before = run(&mut pool, &batches);
        assert_eq!(pool.workers(), 1, "{kind:?}");
        for (asked, given) in [(2, 2), (9, 3), (1, 1), (0, 1), (3, 3)] {
            // Work is under way while the number changes.
            pool.submit(batches[1].clone());
            pool.resize(asked);
            assert_eq!(pool.workers(), given, "{kind:?}");
            assert_eq!(go_on(&mut pool, 1, &[])[&1], before[&1], "{kind:?}");
        }
        assert_eq!(run(&mut pool, &batches), before, "{kind:?}");
    }
}

#[test]
fn nobody_takes_more_work_than_was_agreed() {
    let tree = Tree::new();
    tree.file("a", "content");
    let one = batch(&tree, Job::Full, [(0, "a")]);
    for kind in ExecutorKind::CONCURRENT {
        let mut pool = pool(&factory(), kind, 2, 2);
        let mut taken = 0;
        while pool.has_room() {
            pool.submit(one.clone());
            taken += 1;
            assert!(taken <= 8, "{kind:?} takes work without end");
        }
        assert_eq!(taken, 8, "{kind:?}");
    }
}

/// Panics over files of one name, as often as it is told.
struct Panicking {
    real: Pread,
    name: &'static str,
    left: Arc<std::sync::atomic::AtomicU32>,
}

impl FileIo for Panicking {
    fn enter(&mut self, dir: &[u8], files: usize) {
        self.real.enter(dir, files);
    }

    fn open(&mut self, place: FileLocation<'_>) -> io::Result<File> {
        use std::sync::atomic::Ordering::Relaxed;
        if place.name == self.name.as_bytes()
            && self
                .left
                .fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1))
                .is_ok()
        {
            panic!("a fault of the test's making");
        }
        self.real.open(place)
    }

    fn stat(&mut self, file: &File) -> io::Result<FileStat> {
        self.real.stat(file)
    }

    fn read_at(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.real.read_at(file, buffer, offset)
    }
}

fn panicking(times: u32) -> WorkerFactory {
    let left = Arc::new(std::sync::atomic::AtomicU32::new(times));
    recipe_reading(move || {
        Box::new(Panicking {
            real: Pread::new(),
            name: "bad",
            left: Arc::clone(&left),
        })
    })
}

/// Three files of which the second is the bad one.
fn with_a_bad_one(kind: ExecutorKind, job: Job, times: u32) -> (BTreeMap<u32, TaskResult>, u32) {
    let tree = Tree::new();
    tree.files(&["a", "bad", "c"], "content");
    let files = [(0, "a"), (1, "bad"), (2, "c")];
    let mut pool = pool(&panicking(times), kind, 2, 2);
    let results = run(&mut pool, &[batch(&tree, job, files)]);
    (results, pool.replaced())
}

#[test]
fn a_panic_among_threads_ends_one_file() {
    let (results, replaced) = with_a_bad_one(ExecutorKind::Thread, Job::Full, 1);
    assert!(matches!(results[&0], TaskResult::Proved(_)));
    assert!(matches!(
        results[&1],
        TaskResult::Failed(FailureKind::Panic, _)
    ));
    assert!(matches!(results[&2], TaskResult::Proved(_)));
    assert_eq!(replaced, 0);
}

#[test]
fn a_panic_of_an_isolated_worker_replaces_it_and_its_files_are_done_again() {
    for job in [Job::Partial, Job::Full, Job::Compare] {
        let (results, replaced) = with_a_bad_one(ExecutorKind::Isolated, job, 1);
        for file in 0..3 {
            let result = &results[&file];
            assert!(
                matches!(result, TaskResult::Proved(_)),
                "{job:?}: {result:?}"
            );
        }
        assert_eq!(replaced, 1, "{job:?}");
    }
}

#[test]
fn a_file_that_costs_two_isolated_workers_is_given_up_and_no_other() {
    let (results, replaced) = with_a_bad_one(ExecutorKind::Isolated, Job::Full, u32::MAX);
    assert!(matches!(results[&0], TaskResult::Proved(_)));
    let TaskResult::Failed(FailureKind::Panic, message) = &results[&1] else {
        panic!("{:?}", results[&1]);
    };
    assert!(message.contains("of the test's making"), "{message}");
    assert!(matches!(results[&2], TaskResult::Proved(_)));
    assert_eq!(replaced, 2);
}

#[test]
fn workers_that_keep_ending_are_not_replaced_for_ever() {
    let tree = Tree::new();
    tree.file("bad", "content");
    let batches: Vec<_> = (0..100)
        .map(|token| batch(&tree, Job::Full, [(token, "bad")]))
        .collect();
    let mut pool = pool(&panicking(u32::MAX), ExecutorKind::Isolated, 2, 2);
    let results = run(&mut pool, &batches);
    assert_eq!(results.len(), 100);
    for result in results.values() {
        assert!(
            matches!(result, TaskResult::Failed(FailureKind::Panic, _)),
            "{result:?}"
        );
    }
    assert!(pool.replaced() < 100, "{}", pool.replaced());
}
