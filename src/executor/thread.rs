//! Workers as threads that share memory.

use std::io;
use std::sync::Arc;

use crossbeam_channel::{Sender, bounded};

use super::Kind;
use super::worker_handle::{Event, Lane, LaneId, Placement};
use super::thread_loop::{LocalLane, work};
use super::worker_factory::Recipe;
use super::worker_slot::DEPTH;
use crate::types::Pulse;

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
            .spawn(move || {
                let make = || recipe.worker(pulse.clone());
                if let Some(worker) = work(id, &pulse, make, &batches, &events) {
                    recipe.take_back(worker);
                }
            })?;
        Ok(LocalLane::boxed(queue, Arc::clone))
    }

    fn retries_hung_files(&self) -> bool {
        // Each try would leave another thread behind.
        false
    }
}
