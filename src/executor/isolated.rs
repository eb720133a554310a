//! Workers as threads that share nothing.
//!
//! Each has its own queue, buffers and reader, and is handed data by value
//! only. On Linux it also has a descriptor table and a working directory of
//! its own, and cannot write: a Landlock domain and a filter of system calls
//! see to that. What is left in common is its [`Pulse`], which only it writes,
//! and the order to stop. A panic ends the worker, not the file: nothing of it
//! is used again.

use std::io;

use crossbeam_channel::{Sender, bounded};

use super::Kind;
use super::worker_handle::{Event, Lane, LaneId, Placement};
use super::thread_loop::{LocalLane, work};
use super::worker_factory::Recipe;
use super::worker_slot::DEPTH;
use crate::types::{Batch, Pulse};
use crate::platform;

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
                    let make = || recipe.lone_worker(pulse.clone()).unguarded();
                    work(id, &pulse, make, &batches, &events);
                }
            })?;
        // A thread that ended without a word is one that could not start.
        confined
            .recv()
            .unwrap_or_else(|_| Err(io::Error::other("the thread ended at once")))?;
        // Each has a copy of its own.
        Ok(LocalLane::boxed(queue, |batch| {
            Box::new(Batch::clone(batch))
        }))
    }

    fn retries_hung_files(&self) -> bool {
        // Each try would leave another thread behind.
        false
    }
}

/// Before the worker is made, so that what it opens is its own.
fn confine() -> io::Result<()> {
    platform::own_tables()?;
    // Without one, files that are not in memory are read one after the other.
    if let Ok(ring) = platform::Ring::only_reading() {
        ring.keep();
    }
    // Where the kernel has no Landlock, all the rest still holds.
    platform::allow_only_reading()?;
    Ok(())
}
