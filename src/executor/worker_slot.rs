//! One worker's place in the pool: what it was given, and whether it lives.

use std::collections::VecDeque;
use std::time::Duration;

use super::pending_batch::Piece;
use super::worker_handle::{ExitReason, WorkerHandle, WorkerId, hung_for};
use crate::error::FailureKind;
use crate::types::Heartbeat;

/// Most batches that one worker has: one at work, one ready to be taken up,
/// and as many again so that a burst of outcomes leaves nobody waiting for
/// the coordinator.
pub const DEPTH: usize = 4;

/// A worker that has this much to read gets no more: what waits behind a
/// large file could be read by somebody else meanwhile.
const ENOUGH_BYTES: u64 = 8 << 20;

/// A worker that should give signs of life and gave none for so long is
/// stopped or worse. Its heartbeat is a tenth of a second.
const LONGEST_SILENCE: Duration = Duration::from_secs(10);

/// Where reads have a timeout, silence is borne for no longer than that and
/// this: much longer than a busy machine keeps a heart from beating.
const SILENCE_ADDED: Duration = Duration::from_secs(1);

pub(super) struct WorkerSlot {
    pub(super) id: WorkerId,
    pub(super) handle: Box<dyn WorkerHandle>,
    pub(super) heartbeat: Heartbeat,
    /// What it was given and has not answered, in its order.
    pub(super) work: VecDeque<Piece>,
    /// The bytes of that.
    pub(super) bytes: u64,
    /// Its beats when it was looked at last, if that was since it began to
    /// have work, and for how long there were no more.
    pub(super) beats: Option<u64>,
    pub(super) still: Duration,
    /// Its signs of life when it was looked at last, and for how long there
    /// were no more.
    pub(super) heard: u64,
    pub(super) silent: Duration,
    /// How many batches it did.
    pub(super) done: u32,
    /// Whether it gets no more work.
    pub(super) retiring: bool,
}

impl WorkerSlot {
    pub(super) fn has_room(&self) -> bool {
        !self.retiring && self.work.len() < DEPTH && self.bytes < ENOUGH_BYTES
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

    /// Takes note of its signs of life: for how long nothing has moved in it
    /// and for how long it said nothing, while it had work.
    pub(super) fn poll(&mut self, elapsed: Duration) {
        let beats = self.heartbeat.worker_stats().beats;
        let heard = self.handle.heard();
        let speaks = heard.is_some_and(|heard| heard != self.heard);
        let silent = self.silent + elapsed;
        self.heard = heard.unwrap_or(0);
        if self.work.is_empty() {
            self.still = Duration::ZERO;
            self.silent = Duration::ZERO;
            return;
        }
        // What is known of one that tells of itself is as old as its last
        // word. One that never spoke is starting, which no file is to blame
        // for.
        if heard.is_some() && !speaks {
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

    /// What is wrong with it, going by the looks so far.
    pub(super) fn failure(&self, timeout: Option<Duration>) -> Option<ExitReason> {
        if let Some(timeout) = timeout.filter(|&timeout| self.still >= timeout) {
            return Some(ExitReason {
                kind: FailureKind::Timeout,
                message: hung_for(timeout),
                culprit: Some(self.heartbeat.worker_stats().task as usize),
            });
        }
        let started = self.heard > 0;
        let limit = match timeout {
            Some(timeout) if started => (timeout + SILENCE_ADDED).min(LONGEST_SILENCE),
            _ => LONGEST_SILENCE,
        };
        (self.silent >= limit).then(|| ExitReason {
            kind: FailureKind::Crash,
            message: format!("its worker gave no sign of life for {limit:?}"),
            culprit: None,
        })
    }
}
