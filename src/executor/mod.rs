//! Where the worker loop runs, and how batches reach it.
//!
//! The coordinator sees only [`Executor`]: it may have [`Executor::capacity`]
//! batches under way and gets one outcome for each. Within that bound neither
//! side ever blocks on the other, so no cycle of full channels can form.

mod growth;
mod inline;
pub mod protocol;
mod select;
mod thread;

use crossbeam_channel::Receiver;

pub use growth::{Growth, MOST_ADDED, Reading};
pub use inline::InlineExecutor;
pub use select::{Kind, Needs, Profile, Selection, Task, select};
pub use thread::ThreadExecutor;

use crate::model::{Batch, BatchOutcome};

/// Runs batches somewhere.
pub trait Executor {
    /// Where the workers run.
    fn kind(&self) -> Kind;

    /// How many workers it has.
    fn workers(&self) -> usize;

    /// How many batches may be under way: submitted, outcome not received.
    fn capacity(&self) -> usize;

    /// Adds workers until there are `count`, as far as that is possible.
    fn grow(&mut self, count: usize);

    /// Takes a batch. Never blocks while fewer than [`Executor::capacity`]
    /// are under way.
    fn submit(&mut self, batch: Batch);

    /// Where the outcomes come, in any order.
    fn outcomes(&self) -> &Receiver<BatchOutcome>;
}

#[cfg(test)]
mod tests;
