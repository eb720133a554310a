//! Recovery: detects lost workers, and repeats their work on others.
//!
//! A worker is lost when it ends, hangs, sends nothing for too long, never becomes
//! ready, or answers a request that it was not sent. Work that it had not begun is
//! dispatched again; the piece in progress is retried once, file by file if the
//! file at fault is unknown; and another worker replaces the lost one. After too
//! many losses in a row the pool gives up, and every file fails for that reason.

use std::time::Duration;

use super::super::pending_batch::Piece;
use super::super::worker_handle::{ExitReason, hang_message};
use super::super::worker_slot::WorkerSlot;
use super::{Pool, sum};
use crate::error::FailureKind;
use crate::types::{Heartbeat, TaskResult};

/// Maximum number of workers lost in a row, without any completed work in
/// between, before the pool gives up.
const MAX_LOSSES: u32 = 32;

/// Maximum number of hung workers left behind, each with its thread or its
/// process: not every read that hangs can be ended, not even by a kill.
const MAX_ABANDONED: usize = 256;

/// Maximum time counted between two checks: if it was longer, this program was
/// stopped, not its workers.
const MAX_CHECK_INTERVAL: Duration = Duration::from_millis(250);

/// A worker that should send messages and sent none for this long is stopped or
/// worse. It sends one every tenth of a second.
const MAX_SILENCE: Duration = Duration::from_secs(10);

/// Where reads have a timeout, silence is tolerated for that plus this time:
/// much longer than a busy machine delays a heartbeat.
const EXTRA_SILENCE: Duration = Duration::from_secs(1);

impl Pool {
    /// Checks every worker, and ends those that failed.
    pub(super) fn check_workers(&mut self, elapsed: Duration) {
        let retry = self.placement.retries_hung_files();
        // A single check is no proof: this program may have been stopped.
        let elapsed = match self.timeout {
            Some(timeout) => elapsed.min(MAX_CHECK_INTERVAL).min(timeout / 2),
            None => elapsed.min(MAX_CHECK_INTERVAL),
        };
        let mut bad = Vec::new();
        for slot in &mut self.slots {
            slot.poll(elapsed);
            if let Some(reason) = slot.failure(self.timeout) {
                bad.push((slot.id, reason));
            }
        }
        for (id, reason) in bad {
            // Already removed if the pool gave up over the one before.
            let Some(at) = self.slots.iter().position(|slot| slot.id == id) else {
                continue;
            };
            self.slots[at].handle.kill();
            self.abandoned.retain(Heartbeat::has_worker);
            self.abandoned.push(self.slots[at].heartbeat.clone());
            self.lose_worker(at, &reason, retry);
        }
    }

    /// Handles a worker that answered something it was not asked: its memory
    /// cannot be trusted.
    pub(super) fn reject_worker(&mut self, at: usize) {
        self.slots[at].handle.kill();
        let reason = ExitReason {
            kind: FailureKind::Crash,
            message: "its worker answered something else than it was asked".to_owned(),
            culprit: None,
        };
        self.lose_worker(at, &reason, true);
    }

    /// Removes a worker that ended. The work it had not begun is dispatched
    /// again; the piece it worked on is retried or fails.
    pub(super) fn lose_worker(&mut self, at: usize, reason: &ExitReason, retry: bool) {
        let mut slot = self.slots.swap_remove(at);
        self.past_stats = sum(self.past_stats, slot.heartbeat.worker_stats());
        self.replaced += 1;
        // A hung read takes long to detect: only losses in quick succession can
        // go on without end.
        self.losses += u32::from(reason.kind != FailureKind::Timeout);
        let suspect = slot.work.pop_front();
        self.waiting.extend(slot.work);
        if let Some(piece) = suspect {
            self.decide_piece(&piece, reason, retry);
        }
        self.replace_lost(reason);
    }

    /// Handles a worker that never became ready, for which no file is to blame.
    /// If others run, their number is what the system allows.
    pub(super) fn remove_unstarted(&mut self, at: usize, reason: &ExitReason) {
        let slot = self.slots.swap_remove(at);
        self.waiting.extend(slot.work);
        let others = self.active();
        self.target = self.target.min(others.max(1));
        self.losses += u32::from(others == 0);
        self.replace_lost(reason);
    }

    /// Replaces a worker that ended, and dispatches its work again.
    fn replace_lost(&mut self, reason: &ExitReason) {
        if self.losses >= MAX_LOSSES {
            self.give_up(&ExitReason {
                message: format!("the workers keep ending ({})", reason.message),
                ..reason.clone()
            });
        } else if self.abandoned.len() >= MAX_ABANDONED {
            self.give_up(&ExitReason {
                message: format!("too many system calls hang ({MAX_ABANDONED})"),
                ..reason.clone()
            });
        } else if self.active() < self.target
            && let Err(error) = self.launch()
        {
            if self.ensure_worker() {
                self.target = self.active();
            } else {
                self.give_up(&ExitReason {
                    kind: reason.kind,
                    message: format!(
                        "its worker ended ({}) and no other could be started: {}",
                        reason.message,
                        crate::error::describe(&error)
                    ),
                    culprit: None,
                });
            }
        }
        self.dispatch_waiting();
    }

    /// Makes sure that a worker accepts work if no other can be started;
    /// returns true if there is one.
    fn ensure_worker(&mut self) -> bool {
        if self.active() == 0
            && let Some(slot) = self.slots.first_mut()
        {
            slot.retiring = false;
        }
        !self.slots.is_empty()
    }

    /// Decides about the piece that a lost worker had in progress: a retry, or
    /// failure of the file that caused it.
    fn decide_piece(&mut self, piece: &Piece, reason: &ExitReason, retry: bool) {
        let culprit = reason.culprit.filter(|&at| at < piece.indexes.len());
        let alone = piece.indexes.len() == 1 || piece.batch.job.has_pivot();
        match culprit {
            Some(at) if retry && piece.losses == 0 && !alone => {
                self.waiting.extend(piece.without(at));
                self.waiting.push_back(piece.alone(at));
            }
            _ if retry && piece.losses == 0 => self.waiting.extend(piece.split()),
            Some(at) => {
                let rest = piece.without(at);
                let others = rest.is_none();
                self.waiting.extend(rest);
                self.record(piece, |index| {
                    if index == at {
                        Some(reason.result())
                    } else {
                        // Compared with a file that cannot be read.
                        others.then_some(TaskResult::Undone)
                    }
                });
            }
            None => self.record(piece, |_| Some(reason.result())),
        }
    }

    /// Records results for files of a piece without a worker's answer.
    fn record(&mut self, piece: &Piece, result: impl Fn(usize) -> Option<TaskResult>) {
        if let Some(pending) = self.pending.get_mut(&piece.batch_number) {
            for (index, &at) in piece.indexes.iter().enumerate() {
                if let Some(result) = result(index) {
                    pending.record(at, result, None);
                }
            }
        }
        self.answer_if_complete(piece.batch_number);
    }

    /// Fails every file from now on for this reason.
    fn give_up(&mut self, reason: &ExitReason) {
        for slot in &mut self.slots {
            slot.handle.kill();
            self.past_stats = sum(self.past_stats, slot.heartbeat.worker_stats());
        }
        self.slots.clear();
        self.waiting.clear();
        let mut left: Vec<u64> = self.pending.keys().copied().collect();
        left.sort_unstable();
        for number in left {
            if let Some(pending) = self.pending.remove(&number) {
                self.finished.push_back(pending.fail(&reason.result()));
            }
        }
        self.broken = Some(reason.clone());
    }
}

impl WorkerSlot {
    /// Updates the times: for how long nothing has moved in it and for how long
    /// it sent nothing, while it had work.
    fn poll(&mut self, elapsed: Duration) {
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
    fn failure(&self, timeout: Option<Duration>) -> Option<ExitReason> {
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
            message: format!("its worker sent nothing for {limit:?}"),
            culprit: None,
        })
    }
}
