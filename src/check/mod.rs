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

mod baseline;
mod judge;
mod place;
mod policy;
mod renewal;
mod rules;
mod stale;
mod verdict;

pub use baseline::{Baseline, BaselineError};
pub use judge::{Changes, Judge};
pub use place::Places;
pub use policy::{Allow, Budget, PathBudget, Policy};
pub use renewal::Renewal;
pub use rules::Rules;
pub use stale::{Coverage, Sight};
pub use verdict::{Account, Copy, Excess, Finding, Measure, Stale, Staleness, Standing, Verdict};
