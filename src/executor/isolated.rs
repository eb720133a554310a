//! Workers as threads that share nothing.
//!
//! Each has its own queue, buffers and reader, and is handed data by value
//! only. On Linux it also has a descriptor table and a working directory of
//! its own, and a Landlock domain in which nothing can be written. What is
//! left in common is its [`Pulse`], which only it writes, and the order to
//! stop. A panic ends the worker, not the file: nothing of it is used again.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::Kind;
use super::lane::{Ending, Event, Lane, LaneId, Placement, What};
use super::recipe::Recipe;
use super::slot::DEPTH;
use crate::model::{Batch, Pulse};
use crate::sys;

/// Threads of this process with nothing in common.
pub struct IsolatedThreads {
    recipe: Recipe,
}

impl IsolatedThreads {
    /// Threads with workers made by this recipe.
    #[must_use]
    pub fn new(recipe: Recipe) -> Self {
        Self { recipe }
    }
}

impl Placement for IsolatedThreads {
    fn kind(&self) -> Kind {
        Kind::Isolated
    }

    fn launch(
        &mut self,
        id: LaneId,
        pulse: Pulse,
        events: Sender<Event>,
    ) -> io::Result<Box<dyn Lane>> {
        let (queue, batches) = bounded(DEPTH);
        let (tell, confined) = bounded(1);
        let recipe = self.recipe.clone();
        std::thread::Builder::new()
            .name(format!("isolated-{id}"))
            .spawn(move || {
                let result = confine();
                let ready = result.is_ok();
                if tell.send(result).is_ok() && ready {
                    work(&recipe, id, &pulse, &batches, &events);
                }
            })?;
        // A thread that ended without a word is one that could not start.
        confined
            .recv()
            .unwrap_or_else(|_| Err(io::Error::other("the thread ended at once")))?;
        Ok(Box::new(IsolatedLane { queue: Some(queue) }))
    }

    fn retries_hung_files(&self) -> bool {
        // Each try would leave another thread behind.
        false
    }
}

/// Before the worker is made, so that what it opens is its own.
fn confine() -> io::Result<()> {
    sys::own_tables()?;
    // Where the kernel has no Landlock, all the rest still holds.
    sys::allow_only_reading()?;
    Ok(())
}

fn work(
    recipe: &Recipe,
    lane: LaneId,
    pulse: &Pulse,
    batches: &Receiver<Box<Batch>>,
    events: &Sender<Event>,
) {
    // A reader of somebody else's making may fail as early as here.
    let made = catch_unwind(AssertUnwindSafe(|| recipe.lone_worker(pulse.clone())));
    let mut worker = match made {
        Ok(worker) => worker.unguarded(),
        Err(cause) => {
            let what = What::Unfit(Ending::panicked(&*cause, None));
            let _ = events.send(Event { lane, what });
            return;
        }
    };
    for batch in batches {
        // The worker is dropped after a panic, whatever state it is in.
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
}

struct IsolatedLane {
    queue: Option<Sender<Box<Batch>>>,
}

impl Lane for IsolatedLane {
    fn send(&mut self, batch: &Arc<Batch>) {
        if let Some(queue) = &self.queue {
            // A copy of its own. That it is gone is told by an event.
            let _ = queue.send(Box::new(Batch::clone(batch)));
        }
    }

    fn kill(&mut self) {
        self.queue = None;
    }
}
