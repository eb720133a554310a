//! Judging what a scan found: which duplicates a project accepts, and how
//! many more it puts up with.
//!
//! ```text
//! groups ─▶ judge ─▶ verdict ─▶ report
//!           ▲  ▲ ▲
//!      policy  │ files changed since a revision
//!           baseline
//! ```
//!
//! A file of a group is *accepted* if it is a reference, if an allow rule
//! covers it, or if the baseline lists it with the same content. Every other
//! one is *new*, but for one of them where the group has no accepted file:
//! something has to be the original. New files are charged to a budget, and
//! the project passes as long as no budget is exceeded.

mod policy;
mod verdict;

pub use policy::{Allow, Budget, PathBudget, Policy};
pub use verdict::{Account, Copy, Excess, Finding, Measure, Stale, Staleness, Standing, Verdict};
