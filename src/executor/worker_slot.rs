//! One worker's slot in the pool: the work it has not answered.

use std::collections::VecDeque;
use std::time::Duration;

use super::pending_batch::Piece;
use super::worker_handle::{WorkerHandle, WorkerId};
use crate::types::Heartbeat;

/// Maximum number of batches per worker: one in progress, one ready to start,
/// and as many again so that a burst of outcomes leaves no worker waiting for
/// the coordinator.
pub(super) const DEPTH: usize = 4;

/// A worker with this many bytes to read gets no more: pieces that wait behind
/// a large file could be read by another worker meanwhile.
const MAX_PENDING_BYTES: u64 = 8 << 20;

pub(super) struct WorkerSlot {
    pub(super) id: WorkerId,
    pub(super) handle: Box<dyn WorkerHandle>,
    pub(super) heartbeat: Heartbeat,
    /// The pieces it was given and has not answered, in its order.
    pub(super) work: VecDeque<Piece>,
    /// The bytes of those pieces.
    pub(super) bytes: u64,
    /// Its number of beats at the last check, if it had this work then, and
    /// the time since that number changed.
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
    pub(super) fn assign(&mut self, piece: Piece) {
        if self.work.is_empty() {
            // The time before does not count.
            self.beats = None;
        }
        self.bytes += piece.batch.bytes();
        self.handle.send(&piece.batch);
        self.work.push_back(piece);
    }
}
