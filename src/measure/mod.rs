//! Properties of the machine, a directory and the executors: queried, tried and
//! measured, for the command `nodupe executors`. Its JSON has the fields of
//! these types.
//!
//! The evaluation of measurements (storage behaviour, medians, number of
//! repetitions) is separate from the measuring, so that tables can test it.

mod bench;
mod overview;
mod run;
mod storage;

#[cfg(test)]
pub(crate) use bench::testing::measured;
pub(crate) use bench::{Bench, Competitor, Entry, bench};
#[cfg(test)]
pub(crate) use overview::testing::overview;
pub(crate) use overview::{Overview, ProfileInfo};
pub(crate) use run::Runner;
pub(crate) use storage::{Reads, check};
