//! The journal in files, on a disk that fails at every operation, and on one
//! that forgets what was not synced.

use std::fs;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use super::*;
use crate::config::HashAlgorithm;
use crate::types::{Digest, FileId, FileKind, FileMetadata, FileStat, Layout};

fn holder(pid: u32) -> Holder {
    Holder {
        pid,
        started: Timestamp::new(1, 0),
        command: vec!["nodupe".to_owned(), "link".to_owned()],
    }
}

fn a_run() -> Run {
    Run {
        command: vec!["remove".to_owned(), "/data".to_owned()],
        version: "1".to_owned(),
        host: "here".to_owned(),
        started: Timestamp::new(5, 0),
        ended: None,
        undoes: None,
        freed: None,
    }
}

fn entry(number: u64) -> Entry {
    let stat = FileStat {
        id: FileId {
            dev: 1,
            ino: number,
        },
        kind: FileKind::Regular,
        size: 3,
        links: 1,
        modified: Timestamp::new(1, 1),
        changed: Timestamp::new(2, 2),
    };
    Entry {
        operation: Operation::Remove,
        names: vec![ActedName {
            path: odd_path(number).into(),
            temporary: None,
            destination: None,
            directory: None,
        }],
        stat,
        metadata: FileMetadata {
            owner: Some((1, 2)),
            mode: 0o640,
            accessed: Timestamp::new(3, 3),
            modified: Timestamp::new(4, 4),
            flags: 0,
            attributes: vec![(b"user.a".to_vec(), vec![0, 255])],
            layout: Layout::Sparse(vec![0..1, 2..3]),
        },
        digest: Digest::new(&[7; 32]),
        algorithm: HashAlgorithm::Blake3,
        keeper: PathBuf::from("/keep").into(),
        keeper_stat: stat,
        proof: Proof::Lease,
        time: Timestamp::new(9, 9),
    }
}

/// One that is not UTF-8 where that can be.
fn odd_path(number: u64) -> PathBuf {
    let name = if cfg!(unix) {
        os_str(b"/data/\xff")
    } else {
        os_str(b"/data/")
    };
    let mut path = name.to_owned();
    path.push(number.to_string());
    path.into()
}

fn change(entry: EntryId, state: State, freed: u64) -> StateChange {
    StateChange {
        entry,
        state,
        freed,
    }
}

fn now() -> Timestamp {
    Timestamp::new(10, 0)
}

fn fresh() -> (TempDir, PathBuf, Journal) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state/journal.redb");
    let journal = Journal::open(&path, &holder(1)).unwrap();
    (dir, path, journal)
}

fn reopen(path: &Path) -> Result<Journal, JournalError> {
    Journal::open(path, &holder(2))
}

#[test]
fn what_is_written_is_read_again() {
    let (_dir, path, journal) = fresh();
    let run = journal.begin_run(&a_run()).unwrap();
    let entries = [entry(1), entry(2), entry(3)];
    let mut ids = journal.intend(run, &entries[..2]).unwrap();
    ids.extend(journal.intend(run, &entries[2..]).unwrap());
    let changes = [
        change(ids[0], State::Done, 3),
        change(ids[1], State::NotDone, 0),
    ];
    journal.change(&changes, now()).unwrap();
    journal
        .update_run(run, |run| run.ended = Some(now()))
        .unwrap();
    drop(journal);

    let journal = reopen(&path).unwrap();
    let mut expected = a_run();
    expected.ended = Some(now());
    assert_eq!(journal.runs().unwrap(), [(run, expected)]);
    let read = journal.entries(run, 0, 10).unwrap();
    let states = [State::Done, State::NotDone, State::Intent];
    for (at, recorded) in read.iter().enumerate() {
        assert_eq!(recorded.id, ids[at]);
        assert_eq!(recorded.entry, entries[at]);
        assert_eq!(recorded.state, states[at]);
    }
    assert_eq!(read.len(), 3);
    assert_eq!((read[0].changed, read[0].freed), (now(), 3));
    assert_eq!(journal.entries(run, 1, 1).unwrap(), read[1..2]);
    assert_eq!(journal.pending().unwrap(), read[2..]);
    let counts = StateCounts {
        intent: 1,
        done: 1,
        not_done: 1,
        undone: 0,
        freed: 3,
    };
    assert_eq!(journal.counts(run).unwrap(), counts);
}

#[test]
fn a_second_run_is_told_who_holds_the_journal() {
    let (_dir, path, journal) = fresh();
    let refused = reopen(&path).unwrap_err();
    assert!(refused.to_string().contains("process 1"), "{refused}");
    assert!(refused.to_string().contains("nodupe link"), "{refused}");
    let JournalError::Busy { holder: found, .. } = refused else {
        panic!("{refused}");
    };
    assert_eq!(found, Some(holder(1)));
    drop(journal);
    drop(reopen(&path).unwrap());
}

#[test]
fn what_is_no_journal_is_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("photo");
    fs::write(&path, "not a journal, but dear to somebody").unwrap();
    let before = (fs::read(&path).unwrap(), platform::testing::mode(&path));
    let refused = reopen(&path).unwrap_err();
    assert!(
        matches!(refused, JournalError::NotAJournal { .. }),
        "{refused}"
    );
    let after = (fs::read(&path).unwrap(), platform::testing::mode(&path));
    assert_eq!(before, after);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    // The database of another program.
    let other = dir.path().join("other.redb");
    let database = Database::create(&other).unwrap();
    let write = database.begin_write().unwrap();
    let table: TableDefinition<u64, u64> = TableDefinition::new("theirs");
    write.open_table(table).unwrap().insert(1, 1).unwrap();
    write.commit().unwrap();
    drop(database);
    let refused = reopen(&other).unwrap_err();
    assert!(
        matches!(refused, JournalError::NotAJournal { .. }),
        "{refused}"
    );
}

#[test]
fn an_unfinished_new_journal_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    fs::write(beside(&path, ".new"), "somebody's").unwrap();
    // What `mktemp` made.
    fs::write(&path, "").unwrap();
    drop(reopen(&path).unwrap());
    assert!(reopen(&path).unwrap().runs().unwrap().is_empty());
    let other = fs::read(beside(&path, ".new")).unwrap();
    assert_eq!(other, b"somebody's");
}

#[test]
fn a_lock_of_somebody_else_is_not_written_to() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("Cargo");
    fs::write(beside(&path, ".lock"), "[[package]]").unwrap();
    let refused = reopen(&path).unwrap_err();
    assert!(refused.to_string().contains("in the way"), "{refused}");
    assert_eq!(fs::read(beside(&path, ".lock")).unwrap(), b"[[package]]");
    assert!(!path.exists());
    // What a run that was ended left there.
    fs::remove_file(beside(&path, ".lock")).unwrap();
    drop(reopen(&path).unwrap());
    assert!(fs::metadata(beside(&path, ".lock")).unwrap().len() > 0);
    drop(reopen(&path).unwrap());
}

#[test]
fn a_later_version_is_not_touched() {
    let (_dir, path, journal) = fresh();
    journal
        .write(|write| {
            write.open_table(META)?.insert("format", FORMAT + 1)?;
            Ok(())
        })
        .unwrap();
    drop(journal);
    let refused = reopen(&path).unwrap_err();
    assert!(matches!(refused, JournalError::Newer { .. }), "{refused}");
}

#[test]
fn damage_is_reported_and_nothing_wrong_is_read() {
    let (_dir, path, journal) = fresh();
    let run = journal.begin_run(&a_run()).unwrap();
    let entries: Vec<_> = (0..40).map(entry).collect();
    journal.intend(run, &entries).unwrap();
    let whole = journal.entries(run, 0, 100).unwrap();
    drop(journal);
    let good = fs::read(&path).unwrap();
    let mut reported = 0;
    for at in (0..good.len()).step_by(4096 / 3) {
        let mut bad = good.clone();
        bad[at] ^= 0x41;
        fs::write(&path, &bad).unwrap();
        match reopen(&path).and_then(|journal| journal.entries(run, 0, 100)) {
            Ok(read) => assert_eq!(read, whole, "at {at}"),
            Err(JournalError::Damaged { .. } | JournalError::NotAJournal { .. }) => reported += 1,
            Err(other) => panic!("at {at}: {other}"),
        }
    }
    assert!(reported > 5, "{reported}");
    for length in [1, 8, 320, 4096, good.len() / 2] {
        fs::write(&path, &good[..length]).unwrap();
        let cut = reopen(&path).unwrap_err();
        let known = matches!(
            cut,
            JournalError::Damaged { .. } | JournalError::NotAJournal { .. }
        );
        assert!(known, "{length}: {cut}");
    }
}

/// A disk in memory: some writes are only in its cache, and one operation fails.
#[derive(Debug, Clone, Default)]
struct Disk(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    synced: Vec<u8>,
    operations: usize,
    /// The first operation that fails.
    fails_at: Option<usize>,
    /// Only that one fails, as on a full disk; else all that follow do too.
    recovers: bool,
}

impl Content {
    fn step(&mut self) -> io::Result<()> {
        let at = self.operations;
        self.operations += 1;
        match self.fails_at {
            Some(first) if at == first || at > first && !self.recovers => {
                Err(io::ErrorKind::StorageFull.into())
            }
            _ => Ok(()),
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let content = self.0.lock().unwrap();
        let start = offset as usize;
        let found = content.bytes.get(start..start + out.len());
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut content = self.0.lock().unwrap();
        content.step()?;
        content.bytes.resize(len as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut content = self.0.lock().unwrap();
        content.step()?;
        content.synced = content.bytes.clone();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut content = self.0.lock().unwrap();
        content.step()?;
        let start = offset as usize;
        content.bytes[start..start + data.len()].copy_from_slice(data);
        Ok(())
    }
}

impl Disk {
    fn holding(bytes: Vec<u8>, fails_at: Option<usize>, recovers: bool) -> Self {
        Self(Arc::new(Mutex::new(Content {
            synced: bytes.clone(),
            bytes,
            operations: 0,
            fails_at,
            recovers,
        })))
    }

    fn open(&self) -> Result<Journal, JournalError> {
        Journal::with_backend(Path::new("journal"), self.clone(), None)
    }
}

/// The entries that the journal said to be on disk.
#[derive(Default)]
struct Promised {
    intents: Vec<EntryId>,
    settled: Vec<EntryId>,
}

fn act(disk: &Disk) -> Promised {
    let mut promised = Promised::default();
    let Ok(journal) = disk.open() else {
        return promised;
    };
    let Ok(run) = journal.begin_run(&a_run()) else {
        return promised;
    };
    for group in 0..3 {
        let entries: Vec<_> = (0..8).map(|at| entry(group * 8 + at)).collect();
        let Ok(ids) = journal.intend(run, &entries) else {
            continue;
        };
        promised.intents.extend(&ids);
        let done: Vec<_> = ids.iter().map(|&id| change(id, State::Done, 1)).collect();
        if journal.change(&done, now()).is_ok() {
            promised.settled.extend(&ids);
        }
    }
    promised
}

fn check(image: Vec<u8>, promised: &Promised, what: &str) {
    let journal = Disk::holding(image, None, false).open();
    let journal = journal.unwrap_or_else(|error| panic!("{what}: {error}"));
    let entries = journal.entries(RunId(1), 0, 1000).unwrap();
    for id in &promised.intents {
        let found = entries.iter().find(|entry| entry.id == *id);
        assert!(found.is_some(), "{what}: {id:?} is lost");
    }
    for id in &promised.settled {
        let found = entries.iter().find(|entry| entry.id == *id).unwrap();
        assert_eq!(found.state, State::Done, "{what}: {id:?}");
    }
    // Whole groups or nothing of them.
    assert_eq!(entries.len() % 8, 0, "{what}");
}

#[test]
fn nothing_promised_is_lost_at_any_failure_of_the_disk() {
    let empty = Disk::default();
    drop(empty.open().unwrap());
    let empty = empty.0.lock().unwrap().synced.clone();
    let disk = Disk::holding(empty.clone(), None, false);
    let all = act(&disk);
    assert_eq!((all.intents.len(), all.settled.len()), (24, 24));
    let operations = disk.0.lock().unwrap().operations;
    assert!(operations > 50, "{operations}");
    for at in 0..operations {
        for recovers in [false, true] {
            let disk = Disk::holding(empty.clone(), Some(at), recovers);
            let promised = act(&disk);
            let content = disk.0.lock().unwrap();
            let (bytes, synced) = (content.bytes.clone(), content.synced.clone());
            drop(content);
            let what = format!("operation {at}, recovers: {recovers}");
            // The machine lost everything that was not synced, or kept all of
            // it, or every second sector.
            check(synced.clone(), &promised, &what);
            check(mixed(&bytes, &synced), &promised, &what);
            check(bytes, &promised, &what);
        }
    }
}

/// Every second sector of the one, the others of the other.
fn mixed(bytes: &[u8], synced: &[u8]) -> Vec<u8> {
    let mut mixed = bytes.to_vec();
    for (at, sector) in mixed.chunks_mut(512).enumerate().step_by(2) {
        let start = at * 512;
        for (offset, byte) in sector.iter_mut().enumerate() {
            *byte = synced.get(start + offset).copied().unwrap_or(0);
        }
    }
    mixed
}
