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
mod evaluate;
mod project_path;
mod policy;
mod baseline_update;
mod rules;
mod stale;
mod evaluation;

pub use baseline::{Baseline, BaselineError};
pub use evaluate::{Changes, Judge};
pub use project_path::Places;
pub use policy::{Allow, Budget, PathBudget, Policy};
pub use baseline_update::Renewal;
pub use rules::Rules;
pub use stale::{Coverage, Sight};
pub use evaluation::{Account, Copy, Excess, Finding, Measure, Stale, Staleness, Standing, Verdict};
