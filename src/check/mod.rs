//! Evaluates the groups of a scan: accepted duplicates, and budgets for new
//! ones.
//!
//! ```text
//! groups ─▶ evaluate ─▶ verdict ─▶ report
//!           ▲  ▲ ▲
//!      policy  │ files changed since a revision
//!           baseline
//! ```
//!
//! A file of a group is *accepted* if it is a reference, if an allow rule
//! covers it, if another file of the group must be identical to it, or if the
//! baseline lists it with the same content. All others are
//! *new*, except that in a group without accepted files one is the original.
//! Each new file counts for one budget (with `--directories` a new directory as one
//! file), and the project passes as long as no
//! budget is exceeded.

mod baseline;
mod baseline_update;
mod directories;
mod evaluate;
mod evaluation;
mod policy;
mod project_path;
mod rules;
mod same;
mod stale;

pub(crate) use baseline::{Baseline, BaselineError};
pub(crate) use baseline_update::BaselineUpdate;
pub(crate) use directories::IdenticalDirectories;
pub(crate) use evaluate::{Changes, Evaluator};
pub(crate) use evaluation::{
    Account, Copy, Difference, DifferenceKind, Excess, FileStatus, Finding, Measure, Stale,
    Staleness, Verdict,
};
pub(crate) use policy::{Allow, Budget, PathBudget, Policy, Same};
pub(crate) use project_path::ProjectPaths;
pub(crate) use rules::Rules;
pub(crate) use same::{SameRule, is_glob};
pub(crate) use stale::{Coverage, PathState};
