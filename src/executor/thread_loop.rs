//! A worker in a thread of this process: its loop, and the lane to it.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};

use super::worker_handle::{Ending, Event, Lane, LaneId, What};
use crate::types::{Batch, Pulse};
use crate::worker::Worker;

/// Works off batches with a worker that `make` makes, until there are no more
/// or it panics. Answers with a worker that came to its end in good order.
///
/// Whether a panic over a file gets here is the worker's business. Those of a
/// reader that is being made or enters a directory do.
pub(super) fn work<B: Deref<Target = Batch>>(
    lane: LaneId,
    pulse: &Pulse,
    make: impl FnOnce() -> Worker,
    batches: &Receiver<B>,
    events: &Sender<Event>,
) -> Option<Worker> {
    let mut worker = match catch_unwind(AssertUnwindSafe(make)) {
        Ok(worker) => worker,
        Err(cause) => {
            let what = What::Unfit(Ending::panicked(&*cause, None));
            let _ = events.send(Event { lane, what });
            return None;
        }
    };
    for batch in batches {
        // After a panic the worker is dropped, whatever state it is in.
        let what = match catch_unwind(AssertUnwindSafe(|| worker.run(&batch))) {
            Ok(outcome) => What::Done(outcome),
            Err(cause) => {
                let culprit = pulse.vitals().task as usize;
                What::Gone(Ending::panicked(&*cause, Some(culprit)))
            }
        };
        let ended = matches!(what, What::Gone(_));
        if events.send(Event { lane, what }).is_err() || ended {
            return None;
        }
    }
    Some(worker)
}

/// The lane to such a worker. What it is handed is up to `hand`.
pub(super) struct LocalLane<B> {
    queue: Option<Sender<B>>,
    hand: fn(&Arc<Batch>) -> B,
}

impl<B: 'static> LocalLane<B> {
    /// Over this queue.
    pub(super) fn boxed(queue: Sender<B>, hand: fn(&Arc<Batch>) -> B) -> Box<dyn Lane> {
        Box::new(Self {
            queue: Some(queue),
            hand,
        })
    }
}

impl<B> Lane for LocalLane<B> {
    fn send(&mut self, batch: &Arc<Batch>) {
        if let Some(queue) = &self.queue {
            // That it is gone is told by an event.
            let _ = queue.send((self.hand)(batch));
        }
    }

    /// A thread cannot be ended: it is left to itself.
    fn kill(&mut self) {
        self.queue = None;
    }
}
