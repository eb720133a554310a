//! What the project file says beside the defaults of options.

use std::path::PathBuf;

use crate::check::{Allow, PathBudget};

/// What the project file says beside the defaults of options.
#[derive(Debug, Default)]
pub struct Settings {
    /// The directory that it is in, absolute.
    pub project_dir: Option<PathBuf>,
    /// Duplicates that are meant to be there.
    pub allow: Vec<Allow>,
    /// Budgets for parts of the project.
    pub path_budgets: Vec<PathBudget>,
    /// Whether flags or the environment select files beyond the project file.
    pub is_narrowed: bool,
}
