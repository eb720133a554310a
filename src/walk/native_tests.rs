use super::*;
use crate::config::{HashAlgorithm, ScanConfig};
use crate::error::FailureKind;
use crate::types::{CancelToken, WalkBatch};
use crate::walk::CHANNEL_CAPACITY;
use crate::walk::batch_sender::{BATCH_FILES, BatchSender};
use crate::walk::entry_filter::EntryFilter;
use crate::walk::explicit_roots;
use crate::walk::filter::Filter;
use crate::walk::inline_read::InlineReaders;
use crate::walk::roots::Roots;
use crossbeam_channel::{Receiver, bounded};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

fn context(root: &Path) -> (Arc<Context>, Vec<Start>, Receiver<WalkBatch>) {
    context_with(root, None)
}

fn context_with(
    root: &Path,
    readers: Option<InlineReaders>,
) -> (Arc<Context>, Vec<Start>, Receiver<WalkBatch>) {
    let config = ScanConfig::new([root]);
    let filter = Filter::new(&config.selection).unwrap();
    let roots = Roots::resolve(&config, &filter).unwrap();
    let entry_filter = EntryFilter::new(&config, filter, &roots);
    let (send, found) = bounded(CHANNEL_CAPACITY);
    let sender = BatchSender::new(send, CancelToken::default());
    let context = Arc::new(Context {
        entry_filter,
        sender,
        tracks: None,
        readers,
        lookup: None,
    });
    let starts = explicit_roots::send_roots(&context, roots);
    (context, starts, found)
}

fn names(batches: impl Iterator<Item = WalkBatch>) -> Vec<Vec<u8>> {
    let mut names = Vec::new();
    for batch in batches {
        assert!(batch.errors.is_empty());
        let of_batch = batch.files.iter().map(|file| batch.name(&file.name));
        names.extend(of_batch.map(<[u8]>::to_vec));
    }
    names
}

#[test]
fn a_directory_that_fills_the_channel_is_listed_completely() {
    const FILES: usize = (CHANNEL_CAPACITY + 8) * BATCH_FILES;
    let dir = tempfile::tempdir().unwrap();
    for n in 0..FILES {
        fs::write(dir.path().join(n.to_string()), "x").unwrap();
    }
    for n in 0..3 {
        fs::create_dir(dir.path().join(format!("d{n}"))).unwrap();
        fs::write(dir.path().join(format!("d{n}/in{n}")), "x").unwrap();
    }
    let (context, starts, found) = context(dir.path());
    let all = std::thread::scope(|scope| {
        scope.spawn(move || Native::new().walk(&context, starts));
        names(found.iter())
    });
    assert_eq!(all.len(), FILES + 3, "each once");
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), FILES + 3);
}

#[test]
fn the_number_of_threads_is_bounded() {
    let plenty = 1 << 20;
    for (cpus, descriptors, expected) in [
        (1, plenty, 3),
        (2, plenty, 6),
        (16, plenty, 32),
        (64, plenty, 64),
        (2, 1024, 6),
        (2, 128, 4),
        (2, 32, 2),
        (2, u64::MAX, 6),
    ] {
        assert_eq!(threads(cpus, descriptors), expected, "{cpus} {descriptors}");
    }
}

#[test]
fn each_inline_digest_belongs_to_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let probe = dir.path().join("probe");
    fs::write(&probe, "x").unwrap();
    let probe = fs::File::open(probe).unwrap();
    if !platform::is_on_local_disk(&probe) || platform::read_now(&probe, &mut [0], 0).is_err() {
        eprintln!("skipped: files are left to workers here");
        return;
    }
    // Few sizes, so that files are read; some sizes unique, some large, some
    // files with two names; more files than a batch holds in one directory.
    let lengths = [40, 4000, 0, 40, 40, 20_000, 700];
    // The probe is one file.
    let mut expected = 1;
    for n in 0..2000_usize {
        let below = dir.path().join(format!("d{}", n % 3));
        fs::create_dir_all(&below).unwrap();
        let length = if n % 50 == 7 { n } else { lengths[n % 7] };
        let content = format!("{n:05}").repeat(length / 5 + 1);
        let path = below.join(n.to_string());
        fs::write(&path, &content[..length]).unwrap();
        // Empty ones take no part.
        expected += usize::from(length > 0);
        if n % 100 == 9 {
            expected += usize::from(length > 0);
            fs::hard_link(&path, below.join(format!("{n}-link"))).unwrap();
        }
    }
    let an_hour_later = std::time::SystemTime::now() + Duration::from_secs(3600);
    let readers = InlineReaders::new(HashAlgorithm::Blake3, an_hour_later.into());
    let (context, starts, found) = context_with(dir.path(), Some(readers));
    let batches: Vec<WalkBatch> = std::thread::scope(|scope| {
        scope.spawn(move || {
            Native::new().walk(&context, starts);
            crate::walk::send_remaining(&context);
        });
        found.iter().collect()
    });
    let mut read = 0;
    for batch in &batches {
        assert!(batch.contents.is_sorted_by(|a, b| a.0 < b.0));
        for (at, digest) in &batch.contents {
            let name = std::str::from_utf8(batch.name(&batch.files[*at].name)).unwrap();
            let number: usize = name.parse().expect("a file with one name");
            let path = dir.path().join(format!("d{}/{name}", number % 3));
            let content = fs::read(path).unwrap();
            assert_eq!(content.len() as u64, batch.files[*at].stat.size);
            assert_eq!(digest.to_string(), blake3::hash(&content).to_string());
            read += 1;
        }
    }
    assert!(read > 500, "{read}");
    assert_eq!(names(batches.into_iter()).len(), expected);
}

/// A tree `root/d/e/in` beside `outside/e/secret`, a walk of `root`, and the
/// remaining task once `root` or, with `deep`, `root/d` was listed. Only the
/// directory that the walk started from stays open.
fn listed(
    deep: bool,
) -> (
    tempfile::TempDir,
    Arc<Context>,
    Receiver<WalkBatch>,
    ListTask,
    Native,
) {
    let dir = tempfile::tempdir().unwrap();
    for (below, name) in [("root/d/e", "in"), ("outside/e", "secret")] {
        fs::create_dir_all(dir.path().join(below)).unwrap();
        fs::write(dir.path().join(below).join(name), "x").unwrap();
    }
    let (context, mut starts, found) = context(&dir.path().join("root"));
    let native = Native {
        pool: OnceCell::new(),
        open_dirs: Arc::new(OpenDirs {
            count: AtomicU64::new(0),
            max: 0,
        }),
    };
    let mut task = ListTask::Start(Box::new(starts.remove(0)));
    for _ in 0..=usize::from(deep) {
        let mut next = Vec::new();
        task.run(&context, &native.open_dirs, |task| next.push(task));
        task = next.pop().expect("a directory was found");
    }
    (dir, context, found, task, native)
}

/// Runs the remaining tasks, and returns the names and errors found.
fn finished(
    (_dir, context, found, task, native): (
        tempfile::TempDir,
        Arc<Context>,
        Receiver<WalkBatch>,
        ListTask,
        Native,
    ),
) -> (Vec<String>, Vec<FailureKind>) {
    let mut waiting = vec![task];
    while let Some(task) = waiting.pop() {
        task.run(&context, &native.open_dirs, |task| waiting.push(task));
    }
    drop((context, waiting));
    let (mut names, mut errors) = (Vec::new(), Vec::new());
    for batch in found.iter() {
        let name = |file: &crate::types::FoundFile| {
            String::from_utf8_lossy(batch.name(&file.name)).into_owned()
        };
        names.extend(batch.files.iter().map(name));
        errors.extend(batch.errors.iter().map(|error| error.kind));
    }
    (names, errors)
}

#[test]
fn an_unchanged_directory_is_listed_with_few_descriptors_too() {
    for deep in [false, true] {
        assert_eq!(finished(listed(deep)), (vec!["in".to_owned()], vec![]));
    }
}

#[test]
fn a_link_that_replaces_a_directory_is_not_followed() {
    for deep in [false, true] {
        for target in ["outside", "root/aside"] {
            let walk = listed(deep);
            let root = walk.0.path();
            fs::rename(root.join("root/d"), root.join("root/aside")).unwrap();
            let target = root.join(target);
            let target = target.to_str().unwrap();
            platform::testing::symlink(target, &root.join("root/d")).unwrap();
            let found = finished(walk);
            assert_eq!(
                found,
                (vec![], vec![FailureKind::Changed]),
                "{deep} {target}"
            );
        }
    }
}

#[test]
fn a_replaced_directory_is_reported() {
    for deep in [false, true] {
        let walk = listed(deep);
        let root = walk.0.path();
        fs::rename(root.join("root/d"), root.join("aside")).unwrap();
        fs::rename(root.join("outside"), root.join("root/d")).unwrap();
        let found = finished(walk);
        assert_eq!(found, (vec![], vec![FailureKind::Changed]), "{deep}");
    }
}
