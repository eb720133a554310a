//! One worker's slot in the pool: its unanswered work and its health.

use std::collections::VecDeque;
use std::time::Duration;

use super::pending_batch::Piece;
use super::worker_handle::{ExitReason, WorkerHandle, WorkerId, hang_message};
use crate::error::FailureKind;
use crate::types::Heartbeat;

/// Maximum number of batches per worker: one in progress, one ready to start,
/// and as many again so that a burst of outcomes leaves no worker waiting for
/// the coordinator.
pub(super) const DEPTH: usize = 4;

/// A worker with this many bytes to read gets no more: pieces that wait behind
/// a large file could be read by another worker meanwhile.
const MAX_PENDING_BYTES: u64 = 8 << 20;

/// A worker that should send messages and sent none for this long is stopped or
/// worse. It sends one every tenth of a second.
const MAX_SILENCE: Duration = Duration::from_secs(10);

/// Where reads have a timeout, silence is tolerated for that plus this time:
/// much longer than a busy machine delays a heartbeat.
const EXTRA_SILENCE: Duration = Duration::from_secs(1);

pub(super) struct WorkerSlot {
    pub(super) id: WorkerId,
    pub(super) handle: Box<dyn WorkerHandle>,
    pub(super) heartbeat: Heartbeat,
    /// The pieces it was given and has not answered, in its order.
    pub(super) work: VecDeque<Piece>,
    /// The bytes of those pieces.
    pub(super) bytes: u64,
    /// Its beats at the last check, if that was since it got work, and the time
    /// since they changed.
    pub(super) beats: Option<u64>,
    pub(super) still: Duration,
    /// The messages received at the last check, and the time since the last new
    /// one.
    pub(super) messages_received: u64,
    pub(super) silent: Duration,
    /// Number of batches completed.
    pub(super) done: u32,
    /// True if it gets no more work.
    pub(super) retiring: bool,
}

impl WorkerSlot {
    pub(super) fn has_room(&self) -> bool {
        !self.retiring && self.work.len() < DEPTH && self.bytes < MAX_PENDING_BYTES
    }

    /// Gives it a piece.
    pub(super) fn take(&mut self, piece: Piece) {
        if self.work.is_empty() {
            // The time before does not count.
            self.beats = None;
        }
        self.bytes += piece.batch.bytes();
        self.handle.send(&piece.batch);
        self.work.push_back(piece);
    }

    /// Updates the times: for how long nothing has moved in it and for how long
    /// it sent nothing, while it had work.
    pub(super) fn poll(&mut self, elapsed: Duration) {
        let beats = self.heartbeat.worker_stats().beats;
        let messages_received = self.handle.messages_received();
        let speaks = messages_received
            .is_some_and(|messages_received| messages_received != self.messages_received);
        let silent = self.silent + elapsed;
        self.messages_received = messages_received.unwrap_or(0);
        if self.work.is_empty() {
            self.still = Duration::ZERO;
            self.silent = Duration::ZERO;
            return;
        }
        // The data of a worker process is as old as its last message. One that
        // never sent any is starting, which no file is to blame for.
        if messages_received.is_some() && !speaks {
            self.silent = silent;
            return;
        }
        self.silent = Duration::ZERO;
        if self.beats.replace(beats) == Some(beats) {
            self.still += silent;
        } else {
            self.still = Duration::ZERO;
        }
    }

    /// Returns its failure, if any, according to the checks so far.
    pub(super) fn failure(&self, timeout: Option<Duration>) -> Option<ExitReason> {
        if let Some(timeout) = timeout.filter(|&timeout| self.still >= timeout) {
            return Some(ExitReason {
                kind: FailureKind::Timeout,
                message: hang_message(timeout),
                culprit: Some(self.heartbeat.worker_stats().task as usize),
            });
        }
        let started = self.messages_received > 0;
        let limit = match timeout {
            Some(timeout) if started => (timeout + EXTRA_SILENCE).min(MAX_SILENCE),
            _ => MAX_SILENCE,
        };
        (self.silent >= limit).then(|| ExitReason {
            kind: FailureKind::Crash,
            message: format!("its worker gave no sign of life for {limit:?}"),
            culprit: None,
        })
    }
}
