//! The exit statuses of the program, and what several of them add up to.

/// How a run ended. The numbers are an interface: see the manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// The scan is complete.
    Complete,
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
            Self::Fatal => 2,
            Self::Incomplete => 3,
            Self::Interrupted => 130,
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
            (Exit::Fatal, 2),
            (Exit::Incomplete, 3),
            (Exit::Interrupted, 130),
        ];
        for (exit, code) in codes {
            assert_eq!(exit.code(), code, "{exit:?}");
        }
    }

    #[test]
    fn an_interruption_outweighs_errors() {
        assert_eq!(Exit::of_scan(true, 5), Exit::Interrupted);
        assert_eq!(Exit::of_scan(true, 0), Exit::Interrupted);
        assert_eq!(Exit::of_scan(false, 1), Exit::Incomplete);
        assert_eq!(Exit::of_scan(false, 0), Exit::Complete);
    }
}
