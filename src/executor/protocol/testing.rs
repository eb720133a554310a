//! Messages of every kind, for tests.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Hello, Order, Ready, Refusal, Reply, Settings};
use crate::config::HashAlgorithm;
use crate::error::FailureKind;
use crate::types::{
    Batch, BatchOutcome, Digest, Ends, Evidence, FileId, FileKind, FileOutcome, FileStat, Job,
    Segment, TaskResult, Timestamp, WorkerStats,
};

/// Numbers, with extreme values more often than at random.
pub(super) fn number() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(u64::MAX), 0..300_u64, any::<u64>()]
}

fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![Just(Duration::ZERO), Just(Duration::MAX), any::<Duration>()]
}

/// Names as the kernel allows them: not UTF-8, empty for the working directory,
/// and once of maximum length.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..20),
        Just(b"caf\xe9 \xff\xfe\n".to_vec()),
        Just(vec![0xff; 4096]),
    ]
}

fn job() -> impl Strategy<Value = Job> {
    prop_oneof![
        Just(Job::Partial),
        Just(Job::Full),
        segment().prop_map(Job::Segment),
        Just(Job::Compare),
        Just(Job::Extents),
    ]
}

/// Segments, including many that no file has.
fn segment() -> impl Strategy<Value = Segment> {
    let real = (0..9_u64, 1..9_u64).prop_map(|(offset, length)| (offset << 20, length << 20));
    prop_oneof![real, (number(), number())].prop_map(|(offset, length)| Segment { offset, length })
}

fn stat() -> impl Strategy<Value = FileStat> {
    let kind = prop_oneof![
        Just(FileKind::Regular),
        Just(FileKind::Directory),
        Just(FileKind::Symlink),
        Just(FileKind::Special),
    ];
    let time = prop_oneof![Just(i64::MIN), Just(i64::MAX), any::<i64>()];
    let numbers = (number(), number(), number(), number());
    (numbers, kind, time.clone(), time).prop_map(|((dev, ino, size, links), kind, m, c)| FileStat {
        id: FileId { dev, ino },
        kind,
        size,
        links,
        modified: Timestamp::from_nanos(m),
        changed: Timestamp::from_nanos(c),
    })
}

/// Jobs, with segments of large files.
fn real_job() -> impl Strategy<Value = Job> {
    (job(), 0..40_u64).prop_map(|(job, mib)| match job {
        Job::Segment(_) => Segment::window(mib << 20, u64::MAX)
            .and_then(|window| window.segments().next())
            .map_or(job, Job::Segment),
        _ => job,
    })
}

/// Some directories with some files each, and sometimes no directory.
pub(super) fn batch() -> impl Strategy<Value = Batch> {
    let file = (any::<u32>(), bytes(), any::<bool>(), stat());
    (real_job(), vec((bytes(), vec(file, 0..4)), 0..4)).prop_map(|(job, dirs)| {
        let mut batch = Batch::new(job);
        for (dir, files) in dirs {
            batch.enter(&dir);
            for (token, name, follow, mut expected) in files {
                if let Job::Segment(segment) = job {
                    expected.size = expected.size.max(segment.end() + 1);
                }
                batch.push(token, &name, follow, expected);
            }
        }
        batch
    })
}

fn result() -> impl Strategy<Value = TaskResult> {
    let digest = || vec(any::<u8>(), 0..=Digest::MAX_LEN).prop_map(|bytes| Digest::new(&bytes));
    prop_oneof![
        digest().prop_map(|digest| TaskResult::Proved(Evidence::Whole(digest))),
        digest().prop_map(|digest| TaskResult::Proved(Evidence::Segment(digest))),
        (
            digest(),
            any::<bool>(),
            proptest::option::of(number()),
            number()
        )
            .prop_map(|(digest, is_settled, hint, shared_bytes)| {
                TaskResult::Proved(Evidence::Ends(Ends {
                    digest,
                    is_settled,
                    hint,
                    shared_bytes,
                }))
            }),
        Just(TaskResult::Proved(Evidence::EqualsFirst)),
        Just(TaskResult::Proved(Evidence::StoredElsewhere)),
        Just(TaskResult::Proved(Evidence::DiffersFromFirst)),
        (
            proptest::sample::select(&FailureKind::ALL[..]),
            any::<String>()
        )
            .prop_map(|(kind, why)| TaskResult::Failed(kind, why)),
        Just(TaskResult::Undone),
    ]
}

pub(super) fn outcome() -> impl Strategy<Value = BatchOutcome> {
    let file = (any::<u32>(), result());
    (job(), vec(file, 0..6), number()).prop_map(|(job, files, bytes_read)| BatchOutcome {
        job,
        files: files
            .into_iter()
            .map(|(token, result)| FileOutcome {
                token,
                result,
                generation: None,
            })
            .collect(),
        bytes_read,
    })
}

fn worker_stats() -> impl Strategy<Value = WorkerStats> {
    let numbers = (number(), number(), number());
    let times = (duration(), duration());
    (numbers, duration(), times, any::<u32>()).prop_map(
        |((beats, bytes, files), busy, (on_processor, ready), task)| WorkerStats {
            beats,
            bytes,
            files,
            busy,
            on_processor,
            ready,
            task,
        },
    )
}

fn settings() -> impl Strategy<Value = Settings> {
    let hash = proptest::sample::select(&HashAlgorithm::ALL[..]);
    let limit = proptest::option::of(number());
    (hash, any::<u32>(), limit, duration()).prop_map(|(hash, parent, memory_limit, heartbeat)| {
        Settings {
            hello: Hello::ours(),
            hash,
            parent,
            memory_limit,
            heartbeat,
        }
    })
}

/// Every message that the program can send.
pub(super) fn order() -> impl Strategy<Value = Order> {
    prop_oneof![
        settings().prop_map(Order::Settings),
        (number(), batch()).prop_map(|(id, batch)| Order::Run { id, batch }),
        Just(Order::Cancel),
        number().prop_map(Order::Ping),
    ]
}

/// Every message that a worker can send.
pub(super) fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        (any::<u32>(), any::<bool>()).prop_map(|(pid, read_only)| Reply::Ready(Ready {
            hello: Hello::ours(),
            pid,
            read_only,
        })),
        any::<String>().prop_map(|reason| Reply::Refused(Refusal {
            hello: Hello::ours(),
            reason,
        })),
        (number(), outcome(), worker_stats()).prop_map(|(id, outcome, worker_stats)| Reply::Done {
            id,
            outcome,
            worker_stats,
        }),
        worker_stats().prop_map(Reply::WorkerStats),
        number().prop_map(Reply::Pong),
    ]
}
