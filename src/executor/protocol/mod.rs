//! What the program and its worker processes say to each other.
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
//!           │                                       Vitals │ while busy
//!           │◀─────────────────────────────────────────────┤
//!           │                     Done 1: outcome, vitals  │
//!           │◀─────────────────────────────────────────────┤
//!           │ Cancel                                       │
//!           ├─────────────────────────────────────────────▶│
//!           │                     Done 2: all that is left │
//!           │◀─────────────────────────────────────────────┤ is Undone
//!           │ (end of the stream)                          │
//!           ├─────────────────────────────────────────────▶│ ends
//! ```
//!
//! - The program speaks first, and the first message of each side begins with
//!   a [`Hello`], whose form stays the same in every version. Both ends are
//!   meant to be the same program; if one was replaced in between, that is
//!   told before anything else is made of the bytes.
//! - Every [`Order::Run`] is answered by one [`Reply::Done`] with its number,
//!   in the order they were given; every [`Order::Ping`] by one
//!   [`Reply::Pong`], between batches. [`Reply::WorkerStats`] come at any time
//!   after [`Reply::Ready`].
//! - After [`Order::Cancel`] batches are still answered, with
//!   [`TaskResult::Undone`](crate::types::TaskResult::Undone) for what was not
//!   begun.
//! - A worker whose orders end does what it has, and ends. A worker whose
//!   replies end died, and what it had not answered was not done.
//!
//! A batch that arrives is sound, as [`Batch`] cannot be received otherwise.
//! An outcome that arrives is held against the batch it answers
//! ([`BatchOutcome::answers`]) by whoever knows which one that is. How
//! messages become bytes is the business of [`frame`].

pub mod frame;
mod handshake;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use frame::{FrameError, FrameReader, FrameWriter, MAX_FRAME};
pub use handshake::{HandshakeError, Hello, PROTOCOL, Peer, first_order, first_reply};

use crate::config::HashAlgorithm;
use crate::types::{Batch, BatchOutcome, WorkerStats};

/// What the program tells a worker.
///
/// `Order<&Batch>` can be sent as well, and is received as an [`Order`]: who
/// sends a batch keeps it, to hold the outcome against it or to hand it to
/// another worker if this one dies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order<B = Batch> {
    /// What holds for all work. First, and only once.
    Settings(Settings),
    /// Do this, and answer with [`Reply::Done`] and the same number.
    Run {
        /// The number; each batch has another.
        id: u64,
        /// What to do.
        batch: B,
    },
    /// The scan was given up: answer all that is under way, quickly.
    Cancel,
    /// Answer with [`Reply::Pong`] and the same number.
    Ping(u64),
}

/// What holds for all the work of one worker process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Who speaks. Must stay the first field.
    pub hello: Hello,
    /// What content is compared by.
    pub hash: HashAlgorithm,
    /// The program's process number, to see whether it is still there.
    pub parent: u32,
    /// How many bytes of memory the worker may take; `None` for any number.
    pub memory_limit: Option<u64>,
    /// How often to send [`Reply::WorkerStats`] while busy; zero for never.
    pub heartbeat: Duration,
}

/// What a worker tells the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// The settings are in force and orders may come. First, and only once.
    Ready(Ready),
    /// It cannot work, and ends. First, in the place of [`Reply::Ready`].
    Refused(Refusal),
    /// A batch is done.
    Done {
        /// The number that the batch came with.
        id: u64,
        /// What came of it.
        outcome: BatchOutcome,
        /// The worker's vital signs after it.
        worker_stats: WorkerStats,
    },
    /// The worker's vital signs while it is busy.
    WorkerStats(WorkerStats),
    /// The number that the ping came with.
    Pong(u64),
}

/// A worker that can work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// Who speaks. Must stay the first field.
    pub hello: Hello,
    /// The worker's process number.
    pub pid: u32,
    /// Whether the kernel keeps it from writing to any file.
    pub read_only: bool,
}

/// A worker that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Who speaks. Must stay the first field.
    pub hello: Hello,
    /// Why, for people.
    pub reason: String,
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
