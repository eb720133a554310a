//! Finds files with identical content.
//!
//! # The model
//!
//! A **scan** takes paths and answers with **groups**: files whose content is the
//! same, byte for byte.
//!
//! ```text
//! roots ─▶ walk ─batches─▶ size ─▶ partial hash ─▶ full hash ─▶ groups
//!          (bounded channel)       └──────── executor ──────┘
//! ```
//!
//! 1. The **walk** lists the paths to scan, the *roots*, and keeps the files that
//!    the [`Selection`] asks for.
//! 2. Files of one **size** form a class. Work on a class starts with its second
//!    member.
//! 3. A **partial hash** covers both ends of a file, or all of a small one. It
//!    only ever separates files; it proves nothing equal.
//! 4. A **full hash** covers every byte. Files with the same digest form a group,
//!    which is reported if it has enough copies ([`ScanConfig::min_copies`]).
//!
//! The steps overlap: no step waits for the one before it to end. Reading and
//! hashing is done by workers; an **executor** decides where they run: threads,
//! threads that share nothing, or processes ([`ExecutorKind`]).
//!
//! Guarantees for every group:
//!
//! * Every byte of every file in it was hashed, or compared with a file that was
//!   hashed, or is stored in the same blocks as a file that was hashed (a clone, on
//!   btrfs and XFS). [`ScanConfig::verify`] also compares all files byte for byte.
//! * Each file was the same one, unchanged, from the walk to the end of that proof.
//!   A file that changed, or could not be read, is in no group: it is a
//!   [`ScanError`], and the scan goes on.
//! * A file is never a duplicate of itself, however often it is reached: hard links
//!   are one [`FileRecord`] with several names.
//! * Groups and their order depend on the files alone, not on timing or the number
//!   of workers.
//!
//! # Use
//!
//! [`ScanConfig`] says what to scan, [`Scan`] runs it, [`ScanResult`] holds the
//! groups, the errors and the statistics.
//!
//! ```
//! use nodupe::{Scan, ScanConfig, SortKey};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # std::fs::write(dir.path().join("one"), "the same words")?;
//! # std::fs::write(dir.path().join("two"), "the same words")?;
//! # std::fs::write(dir.path().join("three"), "something else")?;
//! let result = Scan::new(ScanConfig::new([dir.path()])).run()?;
//!
//! for group in result.groups(SortKey::Reclaimable) {
//!     println!("{} bytes in {} files", group.size, group.files.len());
//!     for file in &group.files {
//!         println!("  {}", file.path.display());
//!     }
//! }
//! for error in result.errors() {
//!     eprintln!("skipped: {error}");
//! }
//! # assert_eq!(result.groups(SortKey::Reclaimable).count(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! Options are fields of the configuration:
//!
//! ```
//! use nodupe::{ExecutorKind, ScanConfig};
//!
//! let mut config = ScanConfig::new(["photos", "backup"]);
//! config.references = vec!["archive".into()]; // originals: never redundant
//! config.selection.min_size = 1 << 20;
//! config.selection.exclude = vec!["*.tmp".into(), "node_modules".into()];
//! config.across_roots = true; // only files that are in both
//! config.execution.executor = Some(ExecutorKind::Process);
//! ```
//!
//! Progress, groups and cancellation while it runs:
//!
//! ```
//! use nodupe::{Scan, ScanConfig};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! let scan = Scan::new(ScanConfig::new([dir.path()]));
//! let cancel = scan.cancel_token(); // another thread may call cancel()
//! let result = scan
//!     .on_progress(|now| println!("{} of {} bytes", now.bytes_read, now.bytes_to_read))
//!     .on_group(|group| println!("{} identical files", group.files.len()))
//!     .run()?;
//! # drop(cancel);
//! assert!(!result.summary().interrupted);
//! # Ok(())
//! # }
//! ```
//!
//! The library prints nothing, never ends the process and keeps no global state.
//! An [`Error`] means that a scan could not run at all; its
//! [`source`](std::error::Error::source) is the system's error, where there is one.
//!
//! # Features
//!
//! `cli`, on by default, builds the program `nodupe` and all that only it needs.
//! With `default-features = false` the library has no dependency that parses
//! arguments, writes reports or draws on a terminal.

#![cfg_attr(
    not(feature = "cli"),
    allow(
        dead_code,
        unused_imports,
        reason = "some parts serve the program alone"
    )
)]

#[cfg(feature = "cli")]
mod action;
mod cache;
#[cfg(feature = "cli")]
mod check;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod config;
mod error;
mod executor;
#[cfg(feature = "cli")]
mod exit;
mod git;
mod glob;
mod group;
mod hash;
mod io;
mod keep;
#[cfg(feature = "cli")]
mod manifest;
#[cfg(feature = "cli")]
mod measure;
mod pipeline;
mod platform;
#[cfg(feature = "cli")]
mod report;
mod stage;
mod tree;
mod types;
mod walk;
mod worker;

pub use config::{
    Containment, DirectoryNames, Execution, ExecutorKind, Goal, HashAlgorithm, KeepRule,
    ScanConfig, Selection, SortKey,
};
pub use error::{Error, FailureKind, ScanError, Stage};
pub use executor::serve;
pub use pipeline::{Progress, Scan, ScanResult};
pub use types::{
    CancelToken, Digest, DirectoryGroup, DirectoryRecord, ExecutorSummary, FileId, FileRecord,
    Group, Proof, SimilarDirectories, Summary, Timestamp, Totals,
};

/// The rules that choose the kind of an executor and its initial number of
/// workers: for nodupe itself, and for the runtimes of Python.
pub mod rules {
    pub use crate::config::{Profile, TaskType};
    pub use crate::executor::{Needs, Selection, select};
}

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
        pub use crate::config::Criteria;
        pub use crate::group::{GroupRules, candidates, sort};
        pub use crate::keep::Keeper;
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
    #[cfg(feature = "cli")]
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
            Batch, BatchOutcome, DirId, Ends, Evidence, Extent, Extents, FileId, FileKind,
            FileLocation, FileOutcome, FileStat, FoundDir, FoundFile, Heartbeat, Job, RootInfo,
            Segment, SharedBlocks, Space, TaskResult, WalkBatch,
        };
    }
    /// Not for use from outside this package.
    pub mod walk {
        pub use crate::config::WalkerKind;
        pub use crate::walk::{plan, start};
    }
    /// Not for use from outside this package.
    pub mod worker {
        pub use crate::worker::{Scratch, Worker};
    }
}
