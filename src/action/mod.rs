//! Acting on duplicates.

pub(crate) mod journal;
