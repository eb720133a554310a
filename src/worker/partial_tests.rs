//! The ranges that are read of files, and the order of reads and checks.

use super::*;

#[test]
fn small_files_are_one_read_and_larger_ones_two_that_do_not_overlap() {
    for size in [1, END_BLOCK as u64 + 1, WHOLE_LIMIT] {
        let span = 7..7 + size as usize;
        assert_eq!(
            read_ranges(size, &span).collect::<Vec<_>>(),
            [(0, span.clone())]
        );
    }
    let size = WHOLE_LIMIT + 1;
    let span = 7..7 + partial_bytes(size) as usize;
    let both: Vec<ReadRange> = read_ranges(size, &span).collect();
    let middle = 7 + END_BLOCK;
    let tail = size - END_BLOCK as u64;
    assert_eq!(both, [(0, 7..middle), (tail, middle..span.end)]);
    assert_eq!(span.end - middle, END_BLOCK);
    assert!(tail >= END_BLOCK as u64);
}

#[test]
fn the_reads_of_one_file_fit_the_buffer() {
    assert!(partial_bytes(WHOLE_LIMIT) as usize <= CHUNK);
    assert_eq!(partial_bytes(WHOLE_LIMIT + 1), 2 * END_BLOCK as u64);
}

/// Files that are opened in the directory that was listed, and may be symbolic
/// links.
#[cfg(unix)]
mod listed {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::*;
    use crate::config::HashAlgorithm;
    use crate::error::FailureKind;
    use crate::io::{FileIo, Pread};
    use crate::types::{CancelToken, FileId, FileLocation, Heartbeat, Job, Timestamp};

    /// Reads, and counts the reads.
    struct Counted(Pread, Arc<AtomicUsize>);

    impl FileIo for Counted {
        fn enter(&mut self, dir: &[u8], files: usize) {
            self.0.enter(dir, files);
        }

        fn is_in(&mut self, directory: FileId) -> bool {
            self.0.is_in(directory)
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
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.read_at(file, buffer, offset)
        }
    }

    #[test]
    fn only_settled_files_of_the_listed_directory_are_read_before_they_are_checked() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        std::fs::create_dir(path("dir")).unwrap();
        std::fs::write(path("target"), "same").unwrap();
        let stat = |name: &str| Pread::new().stat(&File::open(path(name)).unwrap()).unwrap();
        let listed = stat("dir").id;
        let elsewhere = stat("target").id;
        let names = ["a", "b", "c"];
        let (always, never) = (Timestamp::from_nanos(i64::MAX), Timestamp::MIN);
        for (id, follow, settled_before, reads) in [
            (listed, false, always, 3),
            (listed, false, never, 0),
            (listed, true, always, 0),
            (elsewhere, false, always, 0),
        ] {
            let mut batch = Batch::new(Job::Partial);
            let dir = path("dir").into_os_string().into_encoded_bytes();
            batch.enter_with_id(&dir, id);
            for name in names {
                let file = path("dir").join(name);
                let _ = std::fs::remove_file(&file);
                if follow {
                    std::os::unix::fs::symlink(path("target"), &file).unwrap();
                } else {
                    std::fs::write(&file, "same").unwrap();
                }
                let mut expected = stat(&format!("dir/{name}"));
                // Another file was there, or the link led to another: if all
                // else is equal the state machine decides what that means.
                expected.id.ino += 1;
                batch.push(0, name.as_bytes(), follow, expected);
            }
            let count = Arc::new(AtomicUsize::new(0));
            let io = Box::new(Counted(Pread::new(), Arc::clone(&count)));
            let scratch = Scratch::new(HashAlgorithm::Blake3);
            let mut worker = Worker::new(io, scratch, CancelToken::default(), Heartbeat::default());
            worker.reader.settled_before = settled_before;
            let results = worker.hash_parts(&batch);
            assert_eq!(results.len(), names.len());
            for result in results {
                assert!(matches!(
                    result,
                    TaskResult::Failed(FailureKind::Unstable, _)
                ));
            }
            let expected = (reads, id, follow);
            assert_eq!((count.load(Ordering::Relaxed), id, follow), expected);
        }
    }
}
