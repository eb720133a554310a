//! What a project puts up with, in plain values.

use crate::types::Digest;

/// What is accepted, and how much beyond that is still no failure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// For the new files that no path budget is for.
    pub budget: Budget,
    /// Budgets for parts of the project. A new file is charged to the first
    /// that covers it.
    pub path_budgets: Vec<PathBudget>,
    /// Duplicates that are meant to be there.
    pub allow: Vec<Allow>,
    /// Whether a baseline entry that no longer holds is a failure.
    pub deny_stale: bool,
}

/// How many new duplicates are no failure. `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Groups with new files.
    pub max_groups: Option<u64>,
    /// New files.
    pub max_duplicates: Option<u64>,
    /// The bytes in them.
    pub max_reclaimable: Option<u64>,
}

impl Budget {
    /// Allows none.
    pub const NONE: Self = Self {
        max_groups: Some(0),
        max_duplicates: None,
        max_reclaimable: None,
    };

    /// With what was asked for as its limits: none at all if that is nothing.
    #[must_use]
    pub fn of(
        max_groups: Option<u64>,
        max_duplicates: Option<u64>,
        max_reclaimable: Option<u64>,
    ) -> Self {
        let asked = Self {
            max_groups,
            max_duplicates,
            max_reclaimable,
        };
        let says_nothing = Self {
            max_groups: None,
            max_duplicates: None,
            max_reclaimable: None,
        };
        if asked == says_nothing {
            Self::NONE
        } else {
            asked
        }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::NONE
    }
}

/// A budget for the files that a glob covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathBudget {
    /// Globs, relative to the project's root. One that covers a directory
    /// covers all that is in it.
    pub paths: Vec<String>,
    /// What is put up with there.
    pub budget: Budget,
}

/// Duplicates that are meant to be there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allow {
    /// Globs, as in [`PathBudget::paths`]: files that may be duplicates.
    pub paths: Vec<String>,
    /// Content that may be there any number of times.
    pub digests: Vec<Digest>,
    /// Why, for whoever reads the report.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_that_says_nothing_allows_nothing() {
        assert_eq!(Budget::of(None, None, None), Budget::NONE);
        assert_eq!(Budget::default(), Budget::NONE);
    }

    #[test]
    fn what_a_budget_does_not_name_is_not_limited() {
        let budget = Budget::of(None, None, Some(7));
        assert_eq!((budget.max_groups, budget.max_duplicates), (None, None));
        assert_eq!(budget.max_reclaimable, Some(7));
    }
}
