//! Workers as threads that share memory.

use std::io;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::Kind;
use super::lane::{Event, Lane, LaneId, Placement, What};
use super::pool::DEPTH;
use super::recipe::Recipe;
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
            .spawn(move || work(&recipe, id, pulse, &batches, &events))?;
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
    pulse: Pulse,
    batches: &Receiver<Arc<Batch>>,
    events: &Sender<Event>,
) {
    let mut worker = recipe.worker(pulse);
    for batch in batches {
        let what = What::Done(worker.run(&batch));
        if events.send(Event { lane, what }).is_err() {
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
            // Fails only if the thread is gone, and it goes only with us.
            let _ = queue.send(Arc::clone(batch));
        }
    }

    fn kill(&mut self) {
        self.queue = None;
    }
}
