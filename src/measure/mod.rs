//! Properties of the machine, a directory and the executors: queried, tried and
//! measured.
//!
//! The evaluation of measurements (storage behaviour, medians, number of
//! repetitions) is separate from the measuring, so that tables can test it. The
//! command `nodupe executors` shows all of it.

mod bench;
mod entry;
mod latency;
mod machine;
mod reads;
mod rules;
mod run;
mod statistics;
mod trial;

#[cfg(test)]
pub use bench::testing;
pub(crate) use bench::{Bench, Step, bench};
pub(crate) use entry::{Competitor, Entry, Sample};
pub(crate) use latency::{Behaviour, LatencyClass, Timings, classify};
pub(crate) use machine::{Machine, Place, check, look_at};
pub(crate) use rules::{Choice, Rule, choose, meaning, name_of, table};
pub(crate) use run::Runner;
pub(crate) use statistics::{Row, row, spread};
pub(crate) use trial::{Trial, try_each};
