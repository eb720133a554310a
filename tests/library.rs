//! The library as a program of somebody else's would use it.

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nodupe::Error;
use nodupe::internals::io::{FileIo, Pread};
use nodupe::internals::types::{FileLocation, FileStat};
use nodupe::{Goal, ScanConfig, ScanResult, SortKey};
use nodupe::{Progress, Scan};

use crate::harness::{Tree, pattern};

/// Calls something with the size asked for before each read.
struct Watched<F>(Pread, F);

impl<F: FnMut(&File) + Send> FileIo for Watched<F> {
    fn enter(&mut self, dir: &[u8], files: usize) {
        self.0.enter(dir, files);
    }

    fn open(&mut self, place: FileLocation<'_>) -> io::Result<File> {
        self.0.open(place)
    }

    fn stat(&mut self, file: &File) -> io::Result<FileStat> {
        self.0.stat(file)
    }

    // Wherever the tests run.
    fn is_on_local_disk(&mut self, _: &File, _: u64) -> bool {
        true
    }

    fn read_at(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        (self.1)(file);
        self.0.read_at(file, buffer, offset)
    }
}

#[test]
fn every_file_has_a_digest_if_that_is_the_goal() {
    let tree = Tree::new();
    let large = |last: u8| [pattern(3 << 20, 1), vec![last]].concat();
    tree.files(&["a", "sub/b"], "same")
        .hard_link("a", "a link")
        .file("same size", "size")
        .file("alone", "of its size")
        .files(&["r/x", "r/y"], "references alone")
        .file("large alone", large(1))
        .file("large other end", large(2))
        .file("larger alone", pattern(4 << 20, 9))
        .file("empty", "");
    for workers in [1, 4] {
        for verify in [false, true] {
            let mut config = tree.config();
            config.references = vec![tree.path("r")];
            config.execution.workers = NonZeroUsize::new(workers);
            config.verify = verify;
            let usual = Scan::new(config.clone()).run().unwrap();
            let unread = usual.files().filter(|(_, digest)| digest.is_none());
            assert!(unread.count() > 0);
            config.goal = Goal::HashEverything;
            let mut told = 0;
            let scan = Scan::new(config).on_group(|_| told += 1);
            let result = scan.run().unwrap();
            assert!(result.summary().complete);
            let mut names = Vec::new();
            for (file, digest) in result.files() {
                for name in file.names() {
                    let content = std::fs::read(name).unwrap();
                    let expected = blake3::hash(&content).to_hex().to_string();
                    assert_eq!(digest.unwrap().to_string(), expected, "{name:?}");
                    assert_eq!(file.size, content.len() as u64);
                    names.push(name.strip_prefix(tree.root()).unwrap().to_owned());
                }
            }
            names.sort();
            let all = [
                "a",
                "a link",
                "alone",
                "large alone",
                "large other end",
                "larger alone",
                "r/x",
                "r/y",
                "same size",
                "sub/b",
            ];
            assert_eq!(names, all.map(std::path::PathBuf::from));
            // The groups are the same.
            let groups = |result: &ScanResult| result.groups(SortKey::Size).collect::<Vec<_>>();
            assert_eq!(groups(&result), groups(&usual));
            drop(result);
            assert_eq!(told, 1);
        }
    }
}

#[test]
fn a_scan_gives_typed_groups() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "same").file("c", "diff");
    let result = Scan::new(tree.config()).run().unwrap();
    let groups: Vec<_> = result.groups(SortKey::Path).collect();
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0].size, 4);
    assert_eq!(groups[0].duplicates(), 1);
    assert_eq!(groups[0].files[0].path, tree.path("a"));
    assert_eq!(groups[0].files[0].id.ino, tree.ino("a"));
    let summary = result.summary();
    assert!(summary.complete && !summary.interrupted);
    assert_eq!(summary.totals.files, 3);
    assert_eq!(summary.executor.kind, "thread");
}

#[test]
fn errors_of_the_configuration_are_typed() {
    let tree = Tree::new();
    let missing = Scan::new(ScanConfig::new([tree.path("gone")])).run();
    assert!(matches!(missing, Err(Error::Root { path, .. }) if path == tree.path("gone")));
    tree.fifo("fifo");
    let fifo = Scan::new(ScanConfig::new([tree.path("fifo")])).run();
    assert!(matches!(fifo, Err(Error::RootKind { .. })));
    let mut config = tree.config();
    config.selection.exclude = vec!["fine".to_owned(), "a[".to_owned()];
    let glob = Scan::new(config).run();
    assert!(matches!(glob, Err(Error::Pattern { pattern, .. }) if pattern == "a["));
    let mut config = tree.config();
    config.selection.include_regex = vec!["(".to_owned()];
    assert!(matches!(
        Scan::new(config).run(),
        Err(Error::Pattern { .. })
    ));
}

#[test]
fn no_roots_are_an_empty_scan() {
    let nothing: [&str; 0] = [];
    let result = Scan::new(ScanConfig::new(nothing)).run().unwrap();
    assert_eq!(result.summary().totals.files, 0);
    assert!(result.summary().complete);
}

#[test]
fn a_group_is_told_while_smaller_files_are_still_being_read() {
    let tree = Tree::new();
    tree.files(&["big1", "big2"], vec![b'b'; 20])
        .files(&["small1", "small2"], vec![b's'; 10]);
    let (told, wait) = mpsc::channel();
    let wait = Arc::new(Mutex::new(Some(wait)));
    let mut config = tree.config();
    // A worker for each: what waits holds nobody up.
    config.execution.workers = NonZeroUsize::new(4);
    let io = move || {
        let wait = Arc::clone(&wait);
        let hold = move |file: &File| {
            if file.metadata().unwrap().len() == 10 {
                // Nothing comes before the group of larger files was told;
                // if that never happens, neither does the end of the test.
                if let Some(wait) = wait.lock().unwrap().take() {
                    wait.recv().unwrap();
                }
            }
        };
        Box::new(Watched(Pread::new(), hold)) as Box<dyn FileIo>
    };
    let sizes = RefCell::new(Vec::new());
    let result = Scan::new(config)
        .with_io(io)
        .on_group(|group| {
            sizes.borrow_mut().push(group.size);
            let _ = told.send(());
        })
        .run()
        .unwrap();
    assert_eq!(*sizes.borrow(), [20, 10]);
    assert_eq!(result.summary().totals.groups, 2);
}

#[test]
fn a_cancelled_scan_ends_with_what_is_confirmed() {
    let tree = Tree::new();
    tree.files(&["small1", "small2"], "small")
        .files(&["large1", "large2"], pattern(3 << 20, 0));
    for verify in [false, true] {
        let mut config = tree.config();
        config.execution.workers = NonZeroUsize::new(1);
        config.verify = verify;
        // Cancelled in the middle of the first large file: with one worker
        // both small ones are through by then.
        let scan = Scan::new(config);
        let cancel = scan.cancel_token();
        let io = move || {
            let cancel = cancel.clone();
            let mut reads = 0;
            let count = move |file: &File| {
                reads += u32::from(file.metadata().unwrap().len() > 5);
                if reads == 8 {
                    cancel.cancel();
                }
            };
            Box::new(Watched(Pread::new(), count)) as Box<dyn FileIo>
        };
        let told = RefCell::new(0);
        let result = scan
            .with_io(io)
            .on_group(|_| *told.borrow_mut() += 1)
            .run()
            .unwrap();
        assert!(result.summary().interrupted);
        assert!(!result.summary().complete);
        let groups: Vec<_> = result.groups(SortKey::Path).collect();
        assert_eq!(*told.borrow(), groups.len());
        assert_eq!(result.errors(), []);
        if verify {
            // Nothing was compared yet, so nothing is confirmed.
            assert_eq!(groups, []);
        } else {
            assert_eq!(groups.len(), 1);
            assert_eq!(groups[0].files[0].path, tree.path("small1"));
        }
    }
}

#[test]
fn a_cancelled_scan_claims_nothing_to_be_unique() {
    let tree = Tree::new();
    tree.files(&["a", "b"], "small").file("c", "alone?");
    let mut config = tree.config();
    (config.min_copies, config.max_copies) = (1, 1);
    let scan = Scan::new(config);
    scan.cancel_token().cancel();
    let result = scan.run().unwrap();
    assert!(result.summary().interrupted);
    assert_eq!(result.groups(SortKey::Path).count(), 0);
}

#[test]
fn a_cancelled_scan_does_not_tell_that_there_are_no_more_copies() {
    let tree = Tree::new();
    tree.files(&["large1", "large2"], pattern(3 << 20, 0))
        .files(&["a", "b", "c", "d"], pattern(100_000, 0));
    let mut config = tree.config();
    config.execution.workers = NonZeroUsize::new(1);
    config.execution.settle_time = Some(Duration::ZERO);
    config.max_copies = 3;
    let (told, wait) = mpsc::channel();
    let wait = Arc::new(Mutex::new(wait));
    let scan = Scan::new(config);
    let cancel = scan.cancel_token();
    let io = move || {
        let (cancel, wait) = (cancel.clone(), Arc::clone(&wait));
        let mut reads = 0;
        let stop = move |file: &File| {
            reads += u32::from(file.metadata().unwrap().len() == 100_000);
            // Both ends of each, and all of two: whatever becomes of this one,
            // one more is not read. Large files come first, and a directory
            // of few files is found at once.
            if reads == 11 {
                let patience = Duration::from_secs(20);
                wait.lock().unwrap().recv_timeout(patience).unwrap();
                cancel.cancel();
            }
        };
        Box::new(Watched(Pread::new(), stop)) as Box<dyn FileIo>
    };
    let sizes = RefCell::new(Vec::new());
    let result = scan
        .with_io(io)
        .on_group(|group| {
            sizes.borrow_mut().push(group.size);
            let _ = told.send(());
        })
        .run()
        .unwrap();
    assert!(result.summary().interrupted);
    assert_eq!(result.errors(), []);
    // What was final before is true, and counted.
    assert_eq!(*sizes.borrow(), [3 << 20]);
    assert_eq!(result.summary().totals.groups, 1);
    let groups = result.groups(SortKey::Path).map(|group| group.size);
    assert_eq!(groups.collect::<Vec<_>>(), [3 << 20]);
}

#[test]
fn progress_only_grows_and_ends_with_the_totals() {
    let tree = Tree::new();
    for n in 0..50 {
        tree.file(format!("d{}/f{n}", n % 5), pattern(100_000, n % 4));
    }
    let told: RefCell<Vec<Progress>> = RefCell::default();
    let result = Scan::new(tree.config())
        .on_progress(|progress| told.borrow_mut().push(progress.clone()))
        .run()
        .unwrap();
    let told = told.into_inner();
    assert!(!told.is_empty(), "at least once, at the end");
    for pair in told.windows(2) {
        let (before, after) = (&pair[0], &pair[1]);
        assert!(after.files >= before.files);
        assert!(after.directories >= before.directories);
        assert!(after.bytes_read >= before.bytes_read);
        assert!(after.bytes_to_read >= before.bytes_to_read);
        assert!(before.walking || !after.walking);
    }
    let last = told.last().unwrap();
    let totals = result.summary().totals;
    assert!(!last.walking);
    assert_eq!(last.files, totals.files);
    assert_eq!(last.directories, 6);
    assert_eq!(last.bytes_found, totals.bytes);
    assert_eq!(last.bytes_read, totals.bytes_read);
    assert_eq!(
        last.bytes_to_read, totals.bytes_read,
        "what was planned was read"
    );
}

#[test]
fn scans_do_not_get_in_each_others_way() {
    let trees: Vec<Tree> = (1..=4_usize)
        .map(|n| {
            let tree = Tree::new();
            for file in 0..=n * 5 {
                tree.file(format!("d{}/{file}", file % 3), vec![b'x'; 20_000 * n]);
            }
            tree
        })
        .collect();
    std::thread::scope(|scope| {
        for (n, tree) in trees.iter().enumerate() {
            scope.spawn(move || {
                let result = Scan::new(tree.config()).run().unwrap();
                let groups: Vec<_> = result.groups(SortKey::Path).collect();
                assert_eq!(groups.len(), 1);
                assert_eq!(groups[0].files.len(), (n + 1) * 5 + 1);
            });
        }
    });
}

#[test]
fn every_worker_gets_a_reader_of_its_own() {
    let tree = Tree::new();
    tree.files(&["a", "b", "c"], "same");
    let mut config = tree.config();
    config.execution.workers = NonZeroUsize::new(3);
    config.execution.settle_time = Some(Duration::ZERO);
    let made = Arc::new(Mutex::new(0));
    let count = Arc::clone(&made);
    let open = Arc::new(AtomicUsize::new(0));
    let each = Arc::clone(&open);
    let io = move || {
        *count.lock().unwrap() += 1;
        let open = Arc::clone(&each);
        // One worker could do it all: no file is let go before all are open.
        let note = move |_: &File| {
            open.fetch_add(1, Ordering::Relaxed);
            let until = Instant::now() + Duration::from_secs(10);
            while open.load(Ordering::Relaxed) < 3 && Instant::now() < until {
                std::thread::yield_now();
            }
        };
        Box::new(Watched(Pread::new(), note)) as Box<dyn FileIo>
    };
    let result = Scan::new(config).with_io(io).run().unwrap();
    assert_eq!(*made.lock().unwrap(), 3);
    assert_eq!(open.load(Ordering::Relaxed), 3);
    assert_eq!(result.summary().executor.workers, 3);
}
