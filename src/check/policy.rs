//! The duplicates that a project tolerates, in plain values.

use crate::types::Digest;

/// The accepted duplicates and the budgets for new ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Policy {
    /// The budget for new files that no path budget covers.
    pub budget: Budget,
    /// Budgets for parts of the project. A new file counts for the first that
    /// covers it.
    pub path_budgets: Vec<PathBudget>,
    /// Intended duplicates.
    pub allow: Vec<Allow>,
    /// Copies that are kept on purpose.
    pub same: Vec<Same>,
    /// True if a stale baseline entry is a failure.
    pub deny_stale: bool,
}

/// The allowed amounts of new duplicates. `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    /// Groups with new files.
    pub max_groups: Option<u64>,
    /// New files.
    pub max_duplicates: Option<u64>,
    /// The bytes in them.
    pub max_reclaimable: Option<u64>,
}

impl Budget {
    /// Allows none.
    pub(crate) const NONE: Self = Self {
        max_groups: Some(0),
        max_duplicates: None,
        max_reclaimable: None,
    };

    /// A budget with these limits; it allows none if all are `None`.
    #[must_use]
    pub(crate) fn of(
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
pub(crate) struct PathBudget {
    /// Globs, relative to the project's root. One that matches a directory
    /// covers everything in it.
    pub paths: Vec<String>,
    /// The budget of these paths.
    pub budget: Budget,
}

/// Intended duplicates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Allow {
    /// Globs, as in [`PathBudget::paths`]: files that may be duplicates.
    pub paths: Vec<String>,
    /// Content that is accepted at any path.
    pub digests: Vec<Digest>,
    /// The reason, shown in reports.
    pub reason: String,
}

/// Files that must be identical.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Same {
    /// Paths of files, which must exist, and globs, each of which must match a
    /// file. All are relative to the project's root.
    pub paths: Vec<String>,
    /// The reason, shown in reports; it may be empty.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_without_limits_allows_nothing() {
        assert_eq!(Budget::of(None, None, None), Budget::NONE);
        assert_eq!(Budget::default(), Budget::NONE);
    }

    #[test]
    fn unset_limits_of_a_budget_are_unlimited() {
        let budget = Budget::of(None, None, Some(7));
        assert_eq!((budget.max_groups, budget.max_duplicates), (None, None));
        assert_eq!(budget.max_reclaimable, Some(7));
    }
}
