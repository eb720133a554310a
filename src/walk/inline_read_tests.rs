//! Inline reads of all kinds of files, unchanged and while they change.

use std::fs;
use std::time::{Duration, SystemTime};

use super::*;

/// A directory with files to read inline.
struct Place {
    dir: tempfile::TempDir,
    readers: InlineReaders,
    reader: InlineReader,
}

impl Place {
    /// None where reads that never block are not supported (tmpfs).
    fn new() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let probe = dir.path().join("probe");
        fs::write(&probe, "x").unwrap();
        let probe = File::open(probe).unwrap();
        if platform::read_now(&probe, &mut [0], 0).is_err() {
            eprintln!("skipped: no file here can be read without waiting");
            return None;
        }
        let readers = InlineReaders::new(HashAlgorithm::Blake3, much_later());
        let mut reader = readers.take();
        // Independent of the file system that the tests run on.
        reader.device = Some(Device {
            number: platform::stat_path(dir.path(), false).unwrap().id.dev,
            is_local_disk: true,
        });
        Some(Self {
            dir,
            readers,
            reader,
        })
    }

    /// With a file of four bytes, of a size that was seen.
    fn with_file() -> Option<(Self, File)> {
        let mut place = Self::new()?;
        let file = place.file("file", b"1234");
        assert!(!place.keeps(&file));
        Some((place, file))
    }

    /// Writes a file and opens it for reading.
    fn file(&self, name: &str, content: &[u8]) -> File {
        let path = self.dir.path().join(name);
        fs::write(&path, content).unwrap();
        File::open(path).unwrap()
    }

    fn look(&mut self, file: &File) -> Inspected {
        let Self {
            readers, reader, ..
        } = self;
        reader.look(readers, file, true, |_| true).unwrap()
    }

    /// Inspects a file and keeps its content. Returns true if it was read.
    fn keeps(&mut self, file: &File) -> bool {
        match self.look(file) {
            Inspected::Read(stat) => {
                self.reader.keep(stat.size);
                true
            }
            Inspected::At(_) => false,
            Inspected::Special | Inspected::TakesNoPart => panic!(),
        }
    }

    /// The digests of all content that was kept.
    fn digests(&mut self) -> Vec<String> {
        self.reader.hash();
        let contents = self.reader.batch.contents.drain(..);
        contents.map(|(_, digest)| digest.to_string()).collect()
    }
}

fn digest(content: &[u8]) -> String {
    blake3::hash(content).to_string()
}

/// All files of the test are settled.
fn much_later() -> Timestamp {
    Timestamp::from(SystemTime::now() + Duration::from_secs(3600))
}

#[test]
fn only_sizes_that_were_met_before_are_read() {
    let Some(mut place) = Place::new() else {
        return;
    };
    let contents = [&b"one"[..], b"two", b"four", b"three", b"six", b"five"];
    let mut read = Vec::new();
    for content in contents {
        let file = place.file("file", content);
        if place.keeps(&file) {
            read.push(digest(content));
        }
    }
    assert_eq!(read, [b"two".as_slice(), b"six", b"five"].map(digest));
    assert_eq!(place.digests(), read);
}

#[test]
fn a_file_that_is_met_without_being_opened_counts_too() {
    let Some(mut place) = Place::new() else {
        return;
    };
    let first = place.file("first", b"1234");
    let stat = platform::stat_file(&first).unwrap();
    place.reader.met(&place.readers, &stat, true);
    assert!(place.keeps(&first));
}

#[test]
fn neither_large_nor_empty_nor_linked_files_are_read() {
    let Some(mut place) = Place::new() else {
        return;
    };
    for length in [0, LIMIT + 1, LIMIT, LIMIT] {
        let file = place.file("file", &vec![7; length]);
        assert!(!place.keeps(&file) || length == LIMIT, "{length}");
        assert!(place.keeps(&file) == (length == LIMIT), "{length} again");
    }
    let file = place.file("linked", &[7; LIMIT]);
    assert!(place.keeps(&file));
    fs::hard_link(
        place.dir.path().join("linked"),
        place.dir.path().join("link"),
    )
    .unwrap();
    assert!(!place.keeps(&file));
}

#[test]
fn what_takes_no_part_or_is_no_file_is_not_read() {
    let Some((mut place, file)) = Place::with_file() else {
        return;
    };
    let Place {
        readers, reader, ..
    } = &mut place;
    let looked = reader.look(readers, &file, true, |_| false).unwrap();
    assert!(matches!(looked, Inspected::TakesNoPart));
    let directory = File::open(place.dir.path()).unwrap();
    assert!(matches!(place.look(&directory), Inspected::Special));
    assert!(place.digests().is_empty());
}

#[test]
fn a_file_that_was_written_to_lately_is_read_if_a_lease_is_to_be_had() {
    let Some((mut place, file)) = Place::with_file() else {
        return;
    };
    place.readers.settled_before = Timestamp::MIN;
    if !has_lease(&file) {
        eprintln!("skipped: no leases are to be had here");
        return;
    }
    platform::end_lease(&file);
    // First without a proof for the previous file, then with a lease on it.
    for before in [None, Some(Proof::Lease)] {
        assert_eq!(place.reader.before, before);
        assert!(place.keeps(&file), "{before:?}");
        platform::end_lease(&file);
    }
    let writer = fs::OpenOptions::new()
        .write(true)
        .open(place.dir.path().join("file"))
        .unwrap();
    for before in [None, Some(Proof::Settled), Some(Proof::Lease)] {
        place.reader.before = before;
        assert!(!place.keeps(&file), "{before:?}");
        assert_eq!(place.reader.before, None);
    }
    // A settled file needs none.
    place.readers.settled_before = much_later();
    assert!(place.keeps(&file));
    // But on another file system it may not be settled.
    place.reader.device.as_mut().unwrap().is_local_disk = false;
    assert!(!place.keeps(&file));
    drop(writer);
    assert_eq!(place.digests(), [b"1234"; 3].map(|content| digest(content)));
}

#[test]
fn what_was_read_before_the_lease_was_had_is_read_again() {
    let Some((mut place, file)) = Place::with_file() else {
        return;
    };
    place.readers.settled_before = Timestamp::MIN;
    if !has_lease(&file) {
        eprintln!("skipped: no leases are to be had here");
        return;
    }
    platform::end_lease(&file);
    // After a settled file the read comes first.
    place.reader.before = Some(Proof::Settled);
    let path = place.dir.path().join("file");
    let Place {
        readers, reader, ..
    } = &mut place;
    let change = |_: &FileStat| {
        fs::write(&path, b"5678").unwrap();
        true
    };
    let looked = reader.look(readers, &file, true, change).unwrap();
    // Its times may not show the change.
    match looked {
        Inspected::Read(stat) => reader.keep(stat.size),
        Inspected::At(_) => return,
        Inspected::Special | Inspected::TakesNoPart => panic!(),
    }
    assert_eq!(place.digests(), [digest(b"5678")]);
}

#[test]
fn a_file_that_changes_between_look_and_read_is_left_to_others() {
    let Some((mut place, file)) = Place::with_file() else {
        return;
    };
    let path = place.dir.path().join("file");
    let Place {
        readers, reader, ..
    } = &mut place;
    let change = |_: &FileStat| {
        fs::write(&path, b"56789").unwrap();
        true
    };
    let looked = reader.look(readers, &file, true, change).unwrap();
    assert!(matches!(looked, Inspected::At(_)));
    assert!(place.digests().is_empty());
}

#[test]
fn one_look_is_enough_after_a_file_that_was_read() {
    let Some((mut place, file)) = Place::with_file() else {
        return;
    };
    assert_eq!(place.reader.before, None);
    assert!(place.keeps(&file));
    assert_eq!(place.reader.before, Some(Proof::Settled));
    assert!(place.keeps(&file));
    // Files of other sizes are read in vain, and then the stat comes first
    // again.
    let other = place.file("other", b"12345");
    assert!(!place.keeps(&other));
    assert_eq!(place.reader.before, None);
    assert!(place.keeps(&other));
    let expected = [&b"1234"[..], b"1234", b"12345"].map(digest);
    assert_eq!(place.digests(), expected);
}

#[test]
fn nothing_is_read_in_vain_where_that_would_show() {
    let Some((mut place, file)) = Place::with_file() else {
        return;
    };
    place.reader.before = Some(Proof::Settled);
    place.reader.buffer = vec![0; ROOM];
    let Place {
        readers, reader, ..
    } = &mut place;
    let looked = reader.look(readers, &file, false, |_| false).unwrap();
    assert!(matches!(looked, Inspected::TakesNoPart));
    assert_eq!(reader.buffer[..4], [0; 4]);
    reader.before = Some(Proof::Settled);
    let looked = reader.look(readers, &file, true, |_| false).unwrap();
    assert!(matches!(looked, Inspected::TakesNoPart));
    assert_eq!(reader.buffer[..4], *b"1234");
}

#[test]
fn a_file_that_lost_its_name_is_looked_up_again() {
    let Some((mut place, file)) = Place::with_file() else {
        return;
    };
    fs::remove_file(place.dir.path().join("file")).unwrap();
    assert!(matches!(place.look(&file), Inspected::Special));
}

#[test]
fn what_was_read_while_the_clock_was_set_back_is_forgotten() {
    let Some((mut place, file)) = Place::with_file() else {
        return;
    };
    let (send, found) = crossbeam_channel::unbounded();
    let sender = BatchSender::new(send, crate::types::CancelToken::default());
    for kept in [1, 0] {
        assert!(place.keeps(&file));
        place.reader.batch.current = Some("somewhere".into());
        place.reader.send(&place.readers, &sender);
        assert_eq!(found.recv().unwrap().contents.len(), kept);
        place.readers = place.readers.set_back(Duration::from_secs(120));
    }
}

#[test]
fn more_than_fits_is_hashed_on_the_way() {
    let Some(mut place) = Place::new() else {
        return;
    };
    let mut expected = Vec::new();
    for number in 0..40_u8 {
        let content = vec![number; LIMIT - usize::from(number % 2)];
        let file = place.file("file", &content);
        if place.keeps(&file) {
            expected.push(digest(&content));
        }
    }
    assert_eq!(expected.len(), 38);
    assert!(place.reader.filled <= ROOM);
    assert_eq!(place.digests(), expected);
}
