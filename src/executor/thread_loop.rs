//! A worker in a thread of this process: its loop, and its handle.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};

use super::worker_handle::{Event, EventKind, ExitReason, WorkerHandle, WorkerId};
use crate::types::{Batch, Heartbeat};
use crate::worker::Worker;

/// Processes batches with a worker that `make` creates, until there are no more
/// or it panics. Returns a worker that ended in good order.
///
/// The worker itself handles panics over a file. Panics while a reader is
/// created or enters a directory are handled here.
pub(super) fn work<B: Deref<Target = Batch>>(
    handle: WorkerId,
    heartbeat: &Heartbeat,
    make: impl FnOnce() -> Worker,
    batches: &Receiver<B>,
    events: &Sender<Event>,
) -> Option<Worker> {
    let mut worker = match catch_unwind(AssertUnwindSafe(make)) {
        Ok(worker) => worker,
        Err(cause) => {
            let what = EventKind::FailedToStart(ExitReason::panicked(&*cause, None));
            let _ = events.send(Event { handle, what });
            return None;
        }
    };
    for batch in batches {
        // After a panic the worker is dropped, whatever state it is in.
        let what = match catch_unwind(AssertUnwindSafe(|| worker.run(&batch))) {
            Ok(outcome) => EventKind::Done(outcome),
            Err(cause) => {
                let culprit = heartbeat.worker_stats().task as usize;
                EventKind::Gone(ExitReason::panicked(&*cause, Some(culprit)))
            }
        };
        let ended = matches!(what, EventKind::Gone(_));
        if events.send(Event { handle, what }).is_err() || ended {
            return None;
        }
    }
    Some(worker)
}

/// The handle of such a worker. `entry_of` makes the queue's entry from a batch.
pub(super) struct ThreadWorker<B> {
    queue: Option<Sender<B>>,
    entry_of: fn(&Arc<Batch>) -> B,
}

impl<B: 'static> ThreadWorker<B> {
    /// Creates a handle that sends to this queue.
    pub(super) fn boxed(queue: Sender<B>, entry_of: fn(&Arc<Batch>) -> B) -> Box<dyn WorkerHandle> {
        Box::new(Self {
            queue: Some(queue),
            entry_of,
        })
    }
}

impl<B> WorkerHandle for ThreadWorker<B> {
    fn send(&mut self, batch: &Arc<Batch>) {
        if let Some(queue) = &self.queue {
            // An event reports that it is gone.
            let _ = queue.send((self.entry_of)(batch));
        }
    }

    /// A thread cannot be killed: it is abandoned.
    fn kill(&mut self) {
        self.queue = None;
    }
}
