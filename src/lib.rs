//! Finds files with identical content.
//!
//! ```text
//! roots ─▶ walk ─batches─▶ size bucket ─▶ partial hash ─▶ full hash ─▶ groups ─▶ report
//!          (bounded channel)              └───── executor ─────┘
//! ```
//!
//! A walk streams files into a channel. Files of one size make a class that
//! opens with its second member; their ends are hashed (small files are read
//! whole, by the walk itself where nearly all of them will be and they are in
//! memory); those that still agree are read in full. There is no barrier
//! between the stages: listing, partial and full hashing overlap. One
//! coordinator keeps the books and does not wait for disks; workers read and
//! hash, and pass owned messages only.
//!
//! What makes a group is proved: every byte of every file in it went through
//! the hash, or was compared with one that did, or lies in the very blocks of a
//! file whose bytes did (a clone, on btrfs and XFS; if asked for, all are
//! compared byte for byte too), and each file was the same one, unchanged, from
//! the walk to the end of that proof. A partial hash only ever tells files
//! apart.
//!
//! # Finding a duplicate
//!
//! ```
//! use nodupe::config::{ScanConfig, SortKey};
//! use nodupe::pipeline::Scan;
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
//! [`pipeline::Scan`] also tells progress and hands over groups while it
//! runs, and can be cancelled from another thread. The library prints
//! nothing, never ends the process and keeps no global state.
//!
//! # The house
//!
//! `main → cli → { pipeline, measure, executor, check, report }`, `pipeline →
//! { walk, stage, executor, group }`, `measure → { walk, executor, hash, io }`,
//! `executor → worker → { hash, io }`, `walk → { hash, git }`, `report → check`, which judges what a
//! scan found. Everything may use [`types`],
//! [`config`], [`error`] and the platform layer. `walk`, `executor` and
//! `report` do not know each other; only [`pipeline`] wires, and what it makes
//! is handed to a formatter by whoever asked for it.

pub mod check;
pub mod cli;
pub mod config;
pub mod error;
pub mod executor;
pub mod exit;
mod git;
mod glob;
pub mod group;
pub mod hash;
pub mod io;
mod measure;
pub mod pipeline;
mod platform;
pub mod report;
pub mod stage;
pub mod types;
pub mod walk;
pub mod worker;
