//! Acting on duplicates.

pub(crate) mod journal;

mod dedupe;
mod freed;
mod metadata;
