//! Tests of the validation of batches and outcomes.

use super::*;
use crate::types::{FileId, FileKind, Timestamp};

const SMALL: u64 = WHOLE_LIMIT;
const LARGE: u64 = WHOLE_LIMIT + 1;
const HUGE: u64 = 5 << 20;

/// A segment of a file of size [`HUGE`].
const SEGMENT: Segment = Segment {
    offset: 4 << 20,
    length: 1 << 20,
};

fn stat(size: u64) -> FileStat {
    FileStat {
        id: FileId { dev: 1, ino: 2 },
        kind: FileKind::Regular,
        size,
        links: 1,
        modified: Timestamp::new(3, 0),
        changed: Timestamp::new(4, 0),
    }
}

/// Files of these sizes, numbered from 7, in two directories.
fn batch(job: Job, sizes: &[u64]) -> Batch {
    let mut batch = Batch::new(job);
    for (token, size) in (7..).zip(sizes) {
        if token % 2 == 1 {
            batch.enter(b"/dir");
        }
        batch.push(token, b"name\xff", token == 8, stat(*size));
    }
    batch
}

fn outcome(job: Job, results: &[TaskResult]) -> BatchOutcome {
    BatchOutcome {
        job,
        files: (7..)
            .zip(results)
            .map(|(token, result)| FileOutcome {
                token,
                result: result.clone(),
                generation: None,
            })
            .collect(),
        bytes_read: 0,
    }
}

fn round_trip(batch: &Batch) -> Result<Batch, postcard::Error> {
    postcard::from_bytes(&postcard::to_allocvec(batch).unwrap())
}

#[test]
fn a_batch_survives_a_round_trip() {
    for sizes in [&[][..], &[0], &[1, u64::MAX, 3]] {
        for job in [Job::Partial, Job::Full, Job::Compare] {
            let batch = batch(job, sizes);
            assert!(batch.is_sound());
            let received = round_trip(&batch).unwrap();
            assert_eq!(received, batch);
            for (sent, got) in batch.tasks.iter().zip(&received.tasks) {
                assert_eq!(batch.location(sent), received.location(got));
            }
        }
    }
}

#[test]
fn a_batch_with_a_dangling_reference_is_rejected() {
    let whole = batch(Job::Full, &[1, 2, 3]);
    let length = whole.text.len() as u32;
    let (before, after) = (length - 1, length + 1);
    type Spoil = Box<dyn Fn(&mut Batch)>;
    let name =
        |range: Range<u32>| -> Spoil { Box::new(move |batch| batch.tasks[2].name = range.clone()) };
    let dir =
        |range: Range<u32>| -> Spoil { Box::new(move |batch| batch.dirs[1].path = range.clone()) };
    // Written out, as clippy takes `2..1` for a mistake.
    let backwards = Range { start: 2, end: 1 };
    let table: [(&str, bool, Spoil); 12] = [
        ("untouched", true, Box::new(|_| ())),
        ("a name up to the end", true, name(before..length)),
        ("an empty name at the end", true, name(length..length)),
        ("a name beyond the end", false, name(before..after)),
        ("an empty name beyond the end", false, name(after..after)),
        (
            "a name that ends before it starts",
            false,
            name(backwards.clone()),
        ),
        ("a name far beyond the end", false, name(0..u32::MAX)),
        ("a directory up to the end", true, dir(0..length)),
        ("a directory beyond the end", false, dir(0..after)),
        (
            "a directory that ends before it starts",
            false,
            dir(backwards),
        ),
        (
            "a directory too many",
            false,
            Box::new(|batch| batch.tasks[0].dir = 2),
        ),
        (
            "no directory at all",
            false,
            Box::new(|batch| batch.dirs.clear()),
        ),
    ];
    for (what, sound, spoil) in table {
        let mut batch = whole.clone();
        spoil(&mut batch);
        assert_eq!(batch.is_sound(), sound, "{what}");
        assert_eq!(round_trip(&batch).is_ok(), sound, "{what}");
    }
    let mut nowhere = Batch::new(Job::Full);
    nowhere.push(1, b"name", false, stat(1));
    assert!(!nowhere.is_sound(), "no directory was entered");
}

#[test]
fn evidence_that_the_job_cannot_give_is_rejected() {
    use Evidence::{DiffersFromFirst, EqualsFirst, StoredElsewhere};
    let digest = Digest::new(&[1; 32]);
    let plain = Ends::of(digest);
    let with = |hint, shared_bytes, is_settled| {
        Evidence::Ends(Ends {
            is_settled,
            hint,
            shared_bytes,
            ..plain
        })
    };
    let (ends, whole) = (Evidence::Ends(plain), Evidence::Whole(digest));
    let shared = with(Some(1), SHARE_LIMIT, true);
    let unsettled = with(None, 0, false);
    let value = Evidence::Segment(digest);
    let short = Evidence::Segment(Digest::new(&[1; 16]));
    let segment = Job::Segment(SEGMENT);
    let table = [
        (segment, HUGE, value, true),
        (segment, HUGE, short, false),
        (segment, HUGE, whole, false),
        (segment, HUGE, ends, false),
        (segment, HUGE, EqualsFirst, false),
        (Job::Partial, LARGE, value, false),
        (Job::Full, HUGE, value, false),
        (Job::Compare, HUGE, value, false),
        (Job::Partial, SMALL, whole, true),
        (Job::Partial, SMALL, ends, false),
        (Job::Partial, LARGE, ends, true),
        (Job::Partial, LARGE, whole, false),
        (Job::Partial, SMALL, EqualsFirst, false),
        (Job::Partial, LARGE, DiffersFromFirst, false),
        (Job::Full, SMALL, whole, true),
        (Job::Full, LARGE, whole, true),
        (Job::Full, LARGE, ends, false),
        (Job::Full, LARGE, EqualsFirst, false),
        (Job::Full, LARGE, DiffersFromFirst, false),
        (Job::Partial, SHARE_LIMIT, shared, true),
        (Job::Partial, SHARE_LIMIT - 1, shared, false),
        (
            Job::Partial,
            SHARE_LIMIT,
            with(None, SHARE_LIMIT, false),
            true,
        ),
        (Job::Partial, SHARE_LIMIT, with(Some(1), 0, false), false),
        (
            Job::Partial,
            SHARE_LIMIT,
            with(None, SHARE_LIMIT + 1, true),
            false,
        ),
        (Job::Partial, SHARE_LIMIT - 1, with(None, 1, true), false),
        (Job::Full, HUGE, shared, false),
        (Job::Partial, LARGE, unsettled, true),
        (Job::Partial, SMALL, unsettled, false),
        (Job::Full, HUGE, unsettled, false),
        (Job::Extents, HUGE, unsettled, false),
        (Job::Compare, HUGE, shared, false),
        (Job::Compare, LARGE, StoredElsewhere, false),
        (Job::Extents, LARGE, EqualsFirst, true),
        (Job::Extents, LARGE, StoredElsewhere, true),
        (Job::Extents, LARGE, DiffersFromFirst, false),
        (Job::Extents, LARGE, whole, false),
        (Job::Extents, HUGE, shared, false),
        (Job::Full, LARGE, StoredElsewhere, false),
        (Job::Compare, LARGE, EqualsFirst, true),
        (Job::Compare, LARGE, DiffersFromFirst, true),
        (Job::Compare, SMALL, whole, false),
        (Job::Compare, LARGE, ends, false),
    ];
    for (job, size, evidence, possible) in table {
        let first = match job {
            Job::Compare | Job::Extents => TaskResult::Proved(EqualsFirst),
            Job::Partial | Job::Full | Job::Segment(_) => TaskResult::Undone,
        };
        let outcome = outcome(job, &[first, TaskResult::Proved(evidence)]);
        let answers = outcome.answers(&batch(job, &[size; 2]));
        assert_eq!(answers, possible, "{job:?} of {size}: {evidence:?}");
    }
}

#[test]
fn a_segment_that_a_file_lacks_is_rejected() {
    let job = |offset, length| Job::Segment(Segment { offset, length });
    let (offset, length) = (SEGMENT.offset, SEGMENT.length);
    let table = [
        (job(offset, length), [HUGE; 2], true),
        (job(offset, length), [HUGE, HUGE - 1], false),
        (job(offset, length), [HUGE, HUGE + 1], false),
        (job(offset + 1, length - 1), [HUGE; 2], false),
        (job(0, HUGE), [HUGE; 2], false),
        (job(0, 1 << 20), [HUGE, 1 << 21], true),
        (job(0, 1 << 20), [HUGE, 1 << 20], false),
        (job(u64::MAX, u64::MAX), [u64::MAX; 2], false),
    ];
    for (job, sizes, sound) in table {
        let batch = batch(job, &sizes);
        assert_eq!(batch.is_sound(), sound, "{job:?} of {sizes:?}");
        assert_eq!(round_trip(&batch).is_ok(), sound, "{job:?} of {sizes:?}");
    }
    let asked = batch(Job::Segment(SEGMENT), &[HUGE; 2]);
    assert_eq!(asked.bytes(), 2 * length);
    let undone = [TaskResult::Undone, TaskResult::Undone];
    for (read, answers) in [(2 * length, true), (2 * length + 1, false)] {
        let mut outcome = outcome(asked.job, &undone);
        outcome.bytes_read = read;
        assert_eq!(outcome.answers(&asked), answers, "{read}");
    }
    // The same files, another segment of them.
    let other = outcome(job(0, 1 << 20), &undone);
    assert!(!other.answers(&asked));
}

#[test]
fn a_comparison_without_a_stable_first_file_proves_nothing() {
    let equal = TaskResult::Proved(Evidence::EqualsFirst);
    let differs = TaskResult::Proved(Evidence::DiffersFromFirst);
    let failed = TaskResult::Failed(FailureKind::Io, "no".to_owned());
    let table = [
        (&equal, &equal, true),
        (&equal, &differs, true),
        (&equal, &failed, true),
        (&equal, &TaskResult::Undone, true),
        (&failed, &TaskResult::Undone, true),
        (&failed, &failed, true),
        (&failed, &equal, false),
        (&failed, &differs, false),
        (&TaskResult::Undone, &equal, false),
        (&differs, &equal, false),
        (&differs, &TaskResult::Undone, false),
    ];
    for (first, second, possible) in table {
        let outcome = outcome(Job::Compare, &[first.clone(), second.clone()]);
        let answers = outcome.answers(&batch(Job::Compare, &[LARGE; 2]));
        assert_eq!(answers, possible, "{first:?}, {second:?}");
    }
}

#[test]
fn extents_prove_equality_only_if_those_of_the_first_file_are_stable() {
    let equal = TaskResult::Proved(Evidence::EqualsFirst);
    let elsewhere = TaskResult::Proved(Evidence::StoredElsewhere);
    let failed = TaskResult::Failed(FailureKind::Io, "no".to_owned());
    let table = [
        (&equal, &equal, true),
        (&equal, &elsewhere, true),
        (&elsewhere, &elsewhere, true),
        (&failed, &elsewhere, true),
        (&elsewhere, &failed, true),
        (&elsewhere, &equal, false),
        (&failed, &equal, false),
        (&TaskResult::Undone, &equal, false),
    ];
    let asked = batch(Job::Extents, &[HUGE; 2]);
    assert_eq!(asked.bytes(), 0);
    for (first, second, possible) in table {
        let mut outcome = outcome(Job::Extents, &[first.clone(), second.clone()]);
        assert_eq!(outcome.answers(&asked), possible, "{first:?}, {second:?}");
        outcome.bytes_read = 1;
        assert!(!outcome.answers(&asked), "nothing is to be read");
    }
}

#[test]
fn an_outcome_has_one_result_per_task_in_order() {
    let asked = batch(Job::Full, &[1, 2, 3]);
    let complete = outcome(
        Job::Full,
        &[TaskResult::Undone, TaskResult::Undone, TaskResult::Undone],
    );
    type Spoil = fn(&mut BatchOutcome);
    let table: [(&str, bool, Spoil); 9] = [
        ("untouched", true, |_| ()),
        ("all read", true, |outcome| outcome.bytes_read = 6),
        ("more read than there is", false, |outcome| {
            outcome.bytes_read = 7;
        }),
        ("another job", false, |outcome| outcome.job = Job::Partial),
        ("one missing", false, |outcome| drop(outcome.files.pop())),
        ("none", false, |outcome| outcome.files.clear()),
        ("one too many", false, |outcome| {
            outcome.files.push(outcome.files[0].clone());
        }),
        ("out of order", false, |outcome| outcome.files.swap(0, 1)),
        ("one twice", false, |outcome| outcome.files[1].token = 7),
    ];
    for (what, answers, spoil) in table {
        let mut outcome = complete.clone();
        spoil(&mut outcome);
        assert_eq!(outcome.answers(&asked), answers, "{what}");
    }
    assert!(outcome(Job::Full, &[]).answers(&Batch::new(Job::Full)));
}

#[test]
fn sizes_that_no_disk_has_do_not_overflow() {
    let results = [TaskResult::Undone, TaskResult::Undone];
    let mut outcome = outcome(Job::Full, &results);
    outcome.bytes_read = u64::MAX;
    assert!(outcome.answers(&batch(Job::Full, &[u64::MAX; 2])));
}
