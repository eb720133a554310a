//! The exit statuses of the program, and the rules for combining them.

/// Exit status of a run. The numbers are an interface: see the manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// The scan is complete.
    Complete,
    /// The project has more duplicates than its budgets allow.
    OverBudget,
    /// Something is only in the first of two directories.
    OnlyInA,
    /// The scan finished, but some paths could not be read; each is listed.
    Incomplete,
    /// The arguments are invalid, or the run could not be carried out.
    Fatal,
    /// The run was interrupted; the groups confirmed so far are reported.
    Interrupted,
}

impl Exit {
    /// The exit code of the process.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::OverBudget | Self::OnlyInA => 1,
            Self::Fatal => 2,
            Self::Incomplete => 3,
            Self::Interrupted => 130,
        }
    }

    /// The status of a check. A budget that is exceeded stays exceeded even if
    /// some paths could not be read; only a complete scan can prove a project
    /// to be within its budgets.
    #[must_use]
    pub(crate) fn of_check(interrupted: bool, is_within: bool, errors: u64) -> Self {
        match Self::of_scan(interrupted, errors) {
            Self::Complete | Self::Incomplete if !is_within => Self::OverBudget,
            scan => scan,
        }
    }

    /// The status of a comparison of two directories. What was found in the first
    /// alone is not in the second, or was not read there; only a complete
    /// comparison can prove that all of it is.
    #[must_use]
    pub fn of_diff(interrupted: bool, only_in_a: bool, not_proved: bool) -> Self {
        match Self::of_scan(interrupted, u64::from(not_proved)) {
            Self::Complete | Self::Incomplete if only_in_a => Self::OnlyInA,
            scan => scan,
        }
    }

    /// The status of a scan: an interruption takes precedence over unreadable
    /// paths, because the scan may have missed more than the listed ones.
    #[must_use]
    pub(crate) fn of_scan(interrupted: bool, errors: u64) -> Self {
        if interrupted {
            Self::Interrupted
        } else if errors > 0 {
            Self::Incomplete
        } else {
            Self::Complete
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_documented_ones() {
        let codes = [
            (Exit::Complete, 0),
            (Exit::OverBudget, 1),
            (Exit::OnlyInA, 1),
            (Exit::Fatal, 2),
            (Exit::Incomplete, 3),
            (Exit::Interrupted, 130),
        ];
        for (exit, code) in codes {
            assert_eq!(exit.code(), code, "{exit:?}");
        }
    }

    #[test]
    fn an_exceeded_budget_outweighs_unreadable_paths() {
        assert_eq!(Exit::of_check(false, true, 0), Exit::Complete);
        assert_eq!(Exit::of_check(false, true, 1), Exit::Incomplete);
        assert_eq!(Exit::of_check(false, false, 0), Exit::OverBudget);
        assert_eq!(Exit::of_check(false, false, 1), Exit::OverBudget);
        assert_eq!(Exit::of_check(true, false, 0), Exit::Interrupted);
    }

    #[test]
    fn nothing_is_proved_by_an_incomplete_comparison() {
        assert_eq!(Exit::of_diff(false, false, false), Exit::Complete);
        assert_eq!(Exit::of_diff(false, false, true), Exit::Incomplete);
        assert_eq!(Exit::of_diff(false, true, false), Exit::OnlyInA);
        assert_eq!(Exit::of_diff(false, true, true), Exit::OnlyInA);
        assert_eq!(Exit::of_diff(true, true, true), Exit::Interrupted);
        assert_eq!(Exit::of_diff(true, false, false), Exit::Interrupted);
    }

    #[test]
    fn an_interruption_outweighs_errors() {
        assert_eq!(Exit::of_scan(true, 5), Exit::Interrupted);
        assert_eq!(Exit::of_scan(true, 0), Exit::Interrupted);
        assert_eq!(Exit::of_scan(false, 1), Exit::Incomplete);
        assert_eq!(Exit::of_scan(false, 0), Exit::Complete);
    }
}
