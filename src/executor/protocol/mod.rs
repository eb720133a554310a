//! Protocol between the program and its worker processes.
//!
//! ```text
//!        program                                    worker process
//!           │ Settings: version, hash, limits              │
//!           ├─────────────────────────────────────────────▶│ limits itself
//!           │                Ready: version, pid, confined │
//!           │◀─────────────────────────────────────────────┤ or Refused, and
//!           │ Run 1                                        │ it ends
//!           ├─────────────────────────────────────────────▶│
//!           │ Run 2                                        │ reads and hashes
//!           ├─────────────────────────────────────────────▶│
//!           │                                  WorkerStats │ while busy
//!           │◀─────────────────────────────────────────────┤
//!           │                Done 1: outcome, WorkerStats  │
//!           │◀─────────────────────────────────────────────┤
//!           │ Cancel                                       │
//!           ├─────────────────────────────────────────────▶│
//!           │                     Done 2: all that is left │
//!           │◀─────────────────────────────────────────────┤ is Undone
//!           │ (end of the stream)                          │
//!           ├─────────────────────────────────────────────▶│ ends
//! ```
//!
//! - The program sends first, and the first message of each side begins with a
//!   [`Hello`], whose form stays the same in every version. Both ends are meant
//!   to be the same program; if one was replaced in between, that is reported
//!   before any other bytes are interpreted.
//! - Every [`Order::Run`] is answered by one [`Reply::Done`] with its number,
//!   in the order they were given; every [`Order::Ping`] by one
//!   [`Reply::Pong`], between batches. [`Reply::WorkerStats`] come at any time
//!   after [`Reply::Ready`].
//! - After [`Order::Cancel`] batches are still answered, with
//!   [`TaskResult::Undone`](crate::types::TaskResult::Undone) for the tasks
//!   that were not begun.
//! - A worker whose orders end completes its batches, and ends. A worker whose
//!   replies end has died, and the batches it had not answered were not done.
//!
//! A received batch is valid, as [`Batch`] cannot be deserialized otherwise. A
//! received outcome is checked against its batch ([`BatchOutcome::answers`]) by
//! the caller, which knows that batch. The encoding of messages is in
//! [`frame`].

pub(crate) mod frame;
mod handshake;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use frame::FrameReader;
pub(crate) use frame::{FrameError, FrameWriter};
pub(crate) use handshake::{HandshakeError, Hello};
pub use handshake::{first_order, first_reply};

use crate::config::HashAlgorithm;
use crate::types::{Batch, BatchOutcome, WorkerStats};

/// A message from the program to a worker.
///
/// `Order<&Batch>` can be sent as well, and is received as an [`Order`]: the
/// sender keeps the batch, to check the outcome against it or to give it to
/// another worker if this one dies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order<B = Batch> {
    /// The settings for all work. Sent first, and only once.
    Settings(Settings),
    /// Runs a batch, to be answered with [`Reply::Done`] and the same number.
    Run {
        /// The number, unique per batch.
        id: u64,
        /// The batch.
        batch: B,
    },
    /// The scan was cancelled: answer all batches in progress quickly.
    Cancel,
    /// Answer with [`Reply::Pong`] and the same number.
    Ping(u64),
}

/// The settings of one worker process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The sender. Must stay the first field.
    pub hello: Hello,
    /// The hash algorithm.
    pub hash: HashAlgorithm,
    /// The program's process ID, to check if it still runs.
    pub parent: u32,
    /// Maximum number of bytes of memory of the worker; `None` for no limit.
    pub memory_limit: Option<u64>,
    /// Interval of [`Reply::WorkerStats`] while busy; zero for never.
    pub heartbeat: Duration,
}

/// A message from a worker to the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// The settings are applied and orders may come. Sent first, and only once.
    Ready(Ready),
    /// It cannot work, and ends. Sent first, in place of [`Reply::Ready`].
    Refused(Refusal),
    /// A batch is done.
    Done {
        /// The number of the batch.
        id: u64,
        /// Its outcome.
        outcome: BatchOutcome,
        /// The worker's statistics after it.
        worker_stats: WorkerStats,
    },
    /// The worker's statistics while it is busy.
    WorkerStats(WorkerStats),
    /// The number of the ping.
    Pong(u64),
}

/// Data of a worker that can work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// The sender. Must stay the first field.
    pub hello: Hello,
    /// The worker's process ID.
    pub pid: u32,
    /// True if the kernel keeps it from writing to any file.
    pub read_only: bool,
}

/// Data of a worker that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The sender. Must stay the first field.
    pub hello: Hello,
    /// The reason, for people.
    pub reason: String,
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
