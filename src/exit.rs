//! The exit statuses of the program, and what several of them add up to.

/// How a run ended. The numbers are an interface: see the manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// The scan is complete.
    Complete,
    /// The project has more duplicates than it puts up with.
    Over,
    /// It finished, but some paths could not be read; each is listed.
    Incomplete,
    /// The arguments make no sense, or the run could not be carried out.
    Fatal,
    /// It was interrupted; what was confirmed so far is reported.
    Interrupted,
}

impl Exit {
    /// The number the process ends with.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Over => 1,
            Self::Fatal => 2,
            Self::Incomplete => 3,
            Self::Interrupted => 130,
        }
    }

    /// The status of a check. What is over a budget stays so whatever else
    /// there may be; only a whole scan can find a project within its budgets.
    #[must_use]
    pub fn of_check(interrupted: bool, is_within: bool, errors: u64) -> Self {
        match Self::of_scan(interrupted, errors) {
            Self::Complete | Self::Incomplete if !is_within => Self::Over,
            scan => scan,
        }
    }

    /// The status of a scan: an interruption hides what could not be read,
    /// because more may have been missed than the list tells.
    #[must_use]
    pub fn of_scan(interrupted: bool, errors: u64) -> Self {
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
            (Exit::Over, 1),
            (Exit::Fatal, 2),
            (Exit::Incomplete, 3),
            (Exit::Interrupted, 130),
        ];
        for (exit, code) in codes {
            assert_eq!(exit.code(), code, "{exit:?}");
        }
    }

    #[test]
    fn over_is_over_even_if_something_could_not_be_read() {
        assert_eq!(Exit::of_check(false, true, 0), Exit::Complete);
        assert_eq!(Exit::of_check(false, true, 1), Exit::Incomplete);
        assert_eq!(Exit::of_check(false, false, 0), Exit::Over);
        assert_eq!(Exit::of_check(false, false, 1), Exit::Over);
        assert_eq!(Exit::of_check(true, false, 0), Exit::Interrupted);
    }

    #[test]
    fn an_interruption_outweighs_errors() {
        assert_eq!(Exit::of_scan(true, 5), Exit::Interrupted);
        assert_eq!(Exit::of_scan(true, 0), Exit::Interrupted);
        assert_eq!(Exit::of_scan(false, 1), Exit::Incomplete);
        assert_eq!(Exit::of_scan(false, 0), Exit::Complete);
    }
}
