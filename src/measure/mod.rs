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
pub use bench::{Bench, Step, bench};
pub use entry::{Competitor, Entry, Sample};
pub use latency::{Behaviour, LatencyClass, Timings, classify};
pub use machine::{Machine, Place, check, look_at};
pub use rules::{Choice, Rule, choose, meaning, name_of, table};
pub use run::Runner;
pub use statistics::{Row, row, spread};
pub use trial::{Trial, try_each};
