//! Workers as threads that share memory.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::Kind;
use super::lane::{Ending, Event, Lane, LaneId, Placement, What};
use super::recipe::Recipe;
use super::slot::DEPTH;
use crate::model::{Batch, Pulse};

/// Threads of this process.
///
/// They are never joined: one that hangs in a read must not hold up the end
/// of the scan, and the others end when their queue is closed.
pub struct Threads {
    recipe: Recipe,
}

impl Threads {
    /// Threads with workers made by this recipe.
    #[must_use]
    pub fn new(recipe: Recipe) -> Self {
        Self { recipe }
    }
}

impl Placement for Threads {
    fn kind(&self) -> Kind {
        Kind::Thread
    }

    fn launch(
        &mut self,
        id: LaneId,
        pulse: Pulse,
        events: Sender<Event>,
    ) -> io::Result<Box<dyn Lane>> {
        let (queue, batches) = bounded(DEPTH);
        let recipe = self.recipe.clone();
        std::thread::Builder::new()
            .name(format!("hash-{id}"))
            .spawn(move || work(&recipe, id, &pulse, &batches, &events))?;
        Ok(Box::new(ThreadLane { queue: Some(queue) }))
    }

    fn retries_hung_files(&self) -> bool {
        // Each try would leave another thread behind.
        false
    }
}

fn work(
    recipe: &Recipe,
    lane: LaneId,
    pulse: &Pulse,
    batches: &Receiver<Arc<Batch>>,
    events: &Sender<Event>,
) {
    // Panics over a file are caught where they happen. Those of a reader that
    // is being made or enters a directory are not, and end the worker.
    let made = catch_unwind(AssertUnwindSafe(|| recipe.worker(pulse.clone())));
    let mut worker = match made {
        Ok(worker) => worker,
        Err(cause) => {
            let what = What::Unfit(Ending::panicked(&*cause, None));
            let _ = events.send(Event { lane, what });
            return;
        }
    };
    for batch in batches {
        let what = match catch_unwind(AssertUnwindSafe(|| worker.run(&batch))) {
            Ok(outcome) => What::Done(outcome),
            Err(cause) => {
                let culprit = pulse.vitals().task as usize;
                What::Gone(Ending::panicked(&*cause, Some(culprit)))
            }
        };
        let ended = matches!(what, What::Gone(_));
        if events.send(Event { lane, what }).is_err() || ended {
            return;
        }
    }
    recipe.take_back(worker);
}

struct ThreadLane {
    queue: Option<Sender<Arc<Batch>>>,
}

impl Lane for ThreadLane {
    fn send(&mut self, batch: &Arc<Batch>) {
        if let Some(queue) = &self.queue {
            // That it is gone is told by an event.
            let _ = queue.send(Arc::clone(batch));
        }
    }

    fn kill(&mut self) {
        self.queue = None;
    }
}
