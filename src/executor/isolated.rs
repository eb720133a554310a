//! Workers as threads that share nothing.
//!
//! Each has its own queue, buffers and reader, and receives data by value only.
//! On Linux it also has a descriptor table and a working directory of its own,
//! and cannot write: a Landlock domain and a filter of system calls enforce
//! that. The only shared data are its [`Heartbeat`], which only it writes, and
//! the cancel token. A panic ends the worker, not the file: nothing of it is
//! used again.

use std::io;

use crossbeam_channel::{Sender, bounded};

use super::Kind;
use super::thread_loop::{ThreadWorker, work};
use super::worker_factory::WorkerFactory;
use super::worker_handle::{Event, Placement, WorkerHandle, WorkerId};
use super::worker_slot::DEPTH;
use crate::platform;
use crate::types::{Batch, Heartbeat};

/// Threads of this process that share no data.
pub struct IsolatedThreads {
    factory: WorkerFactory,
}

impl IsolatedThreads {
    /// Creates threads with workers from `factory`.
    #[must_use]
    pub fn new(factory: WorkerFactory) -> Self {
        Self { factory }
    }
}

impl Placement for IsolatedThreads {
    fn kind(&self) -> Kind {
        Kind::Isolated
    }

    fn launch(
        &mut self,
        id: WorkerId,
        heartbeat: Heartbeat,
        events: Sender<Event>,
    ) -> io::Result<Box<dyn WorkerHandle>> {
        let (queue, batches) = bounded(DEPTH);
        let (report, confined) = bounded(1);
        let factory = self.factory.clone();
        std::thread::Builder::new()
            .name(format!("isolated-{id}"))
            .spawn(move || {
                let result = confine();
                let ready = result.is_ok();
                if report.send(result).is_ok() && ready {
                    let make = || {
                        factory
                            .independent_worker(heartbeat.clone())
                            .propagating_panics()
                    };
                    work(id, &heartbeat, make, &batches, &events);
                }
            })?;
        // A thread that ended without a message could not start.
        confined
            .recv()
            .unwrap_or_else(|_| Err(io::Error::other("the thread ended at once")))?;
        // Each worker has its own copy.
        Ok(ThreadWorker::boxed(queue, |batch| {
            Box::new(Batch::clone(batch))
        }))
    }

    fn retries_hung_files(&self) -> bool {
        // Each retry would leave another thread behind.
        false
    }
}

/// Runs before the worker is made, so that the worker's descriptors are its
/// own.
fn confine() -> io::Result<()> {
    platform::unshare_tables()?;
    // Without one, files that are not in memory are read one after the other.
    if let Ok(ring) = platform::Ring::read_only() {
        ring.keep();
    }
    // Where the kernel has no Landlock, all the rest still holds.
    platform::restrict_to_reading()?;
    Ok(())
}
