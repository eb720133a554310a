//! Finds files with identical content.
//!
//! # Model
//!
//! ```text
//! roots ─▶ walk ─batches─▶ size ─▶ partial hash ─▶ full hash ─▶ groups ─▶ report
//!          (bounded channel)       └──────── executor ──────┘
//! ```
//!
//! * **Walk.** Lists the roots and sends batches of directories and files
//!   through a bounded channel. It may read and hash small files itself where
//!   nearly all of them have to be read anyway and they are in memory.
//! * **Stages.** Files of one size form a class, and work on a class starts
//!   with its second member. The partial stage hashes both ends of each file,
//!   or all of a small one; files that still agree are read in full by the
//!   full stage. There is no barrier between the stages: listing, partial and
//!   full hashing overlap.
//! * **Executor.** Workers open, read and hash files. They exchange owned
//!   messages with one coordinator, which tracks the state of all files and
//!   never waits for a disk.
//! * **Groups.** A class of proved duplicates becomes a group if it meets the
//!   criteria of the scan.
//!
//! A group is proved: every byte of every file in it was hashed, or compared
//! with a file that was hashed, or is stored in the same blocks as a file that
//! was hashed (a clone, on btrfs and XFS). On request all files are compared
//! byte for byte too. Each file was the same one, unchanged, from the walk to
//! the end of that proof. A partial hash only ever separates files; it never
//! proves a match.
//!
//! # Example
//!
//! ```
//! use nodupe::{Scan, ScanConfig, SortKey};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let dir = tempfile::tempdir()?;
//! std::fs::write(dir.path().join("one"), "the same words")?;
//! std::fs::write(dir.path().join("two"), "the same words")?;
//! std::fs::write(dir.path().join("three"), "something else")?;
//!
//! let result = Scan::new(ScanConfig::new([dir.path()])).run()?;
//!
//! assert!(result.errors().is_empty());
//! let groups: Vec<_> = result.groups(SortKey::Reclaimable).collect();
//! assert_eq!(groups.len(), 1);
//! assert_eq!(groups[0].files[0].path, dir.path().join("one"));
//! assert_eq!(groups[0].files[1].path, dir.path().join("two"));
//! assert_eq!(groups[0].reclaimable_bytes, 14);
//! # Ok(())
//! # }
//! ```
//!
//! [`Scan`] also reports progress and passes on groups while it
//! runs, and can be cancelled from another thread. The library prints nothing,
//! never ends the process and keeps no global state.
//!
//! # Modules
//!
//! `main → cli → { pipeline, measure, executor, check, report }`, `pipeline →
//! { walk, stage, executor, group }`, `measure → { walk, executor, hash, io }`,
//! `executor → worker → { hash, io }`, `walk → { hash, git }`, `report → check`.
//! Every module may use `types`, `config`, `error` and the platform
//! layer.
//!
//! * `config`: what to scan and how, as plain values; `types`: the data
//!   that all modules share.
//! * `pipeline`: connects the modules of a scan. `walk`, `executor` and
//!   `report` are independent of each other.
//! * `walk`, `stage`, `executor`, `worker`, `group`: the parts of
//!   the model above. `hash` and `io` are what a worker uses.
//! * `check`: compares the result of a scan with a project's budgets;
//!   `report`: formatters, which get a result from their caller.
//! * [`cli`] and `exit`: the command line and its exit statuses.

mod action;
mod check;
#[doc(hidden)]
pub mod cli;
mod config;
mod error;
mod executor;
mod exit;
mod git;
mod glob;
mod group;
mod hash;
mod io;
mod measure;
mod pipeline;
mod platform;
mod report;
mod stage;
mod types;
mod walk;
mod worker;

pub use config::{
    Criteria, Execution, ExecutorKind, HashAlgorithm, Profile, ScanConfig, Selection, SortKey,
    TaskType, WORKER_ARGUMENT, WalkerKind,
};
pub use error::{Error, FailureKind, ScanError, Stage};
pub use executor::serve;
pub use pipeline::{Progress, Scan, ScanResult};
pub use types::{
    CancelToken, Digest, ExecutorSummary, FileId, FileRecord, Group, ParseDigestError, Proof,
    StageStats, Summary, Timestamp, Totals,
};

/// Parts that the tests, benches and fuzzers of this package look into. They are
/// no part of the interface and change without notice.
#[doc(hidden)]
pub mod internals {
    /// Not for use from outside this package.
    pub mod executor {
        pub use crate::executor::{
            Event, EventKind, Executor, ExitReason, InlineExecutor, IsolatedThreads, Kind,
            Placement, Pool, Processes, Threads, WorkerFactory, WorkerHandle, WorkerId,
        };
        /// Not for use from outside this package.
        pub mod protocol {
            pub use crate::executor::protocol::{
                FrameReader, Order, Reply, first_order, first_reply,
            };
            /// Not for use from outside this package.
            pub mod frame {
                pub use crate::executor::protocol::frame::{decode, frame};
            }
        }
    }
    /// Not for use from outside this package.
    pub mod group {
        pub use crate::group::{GroupRules, candidates, sort};
    }
    /// Not for use from outside this package.
    pub mod hash {
        pub use crate::hash::Hasher;
    }
    /// Not for use from outside this package.
    pub mod io {
        pub use crate::io::{FileIo, FileIoFactory, Lease, Pread, ReadInto};
    }
    /// Not for use from outside this package.
    pub mod report {
        pub use crate::report::{Format, Header, RenderOptions, Report, write};
    }
    /// Not for use from outside this package.
    pub mod stage {
        pub use crate::stage::{DedupConfig, DedupState};
    }
    /// Not for use from outside this package.
    pub mod types {
        pub use crate::types::{
            Batch, BatchOutcome, DirId, Evidence, Extent, Extents, FileId, FileKind, FileLocation,
            FileOutcome, FileStat, FoundDir, FoundFile, Heartbeat, Job, RootInfo, Segment, Space,
            TaskResult, WalkBatch,
        };
    }
    /// Not for use from outside this package.
    pub mod walk {
        pub use crate::walk::{plan, start};
    }
    /// Not for use from outside this package.
    pub mod worker {
        pub use crate::worker::{Scratch, Worker};
    }
}
