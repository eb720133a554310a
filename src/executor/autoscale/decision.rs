//! Result of the search for a number of workers, in words.

use std::fmt;

/// The number settled on, and the reason. All numbers are workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The number was fixed.
    Fixed {
        /// The only number within the bounds.
        workers: usize,
    },
    /// Work never waited for a worker long enough to measure anything.
    Unmeasured {
        /// The number from the beginning to the end.
        workers: usize,
    },
    /// The processors were in use most of the time, so there was little to gain.
    Busy {
        /// The number from the beginning.
        workers: usize,
    },
    /// Other numbers were tried and did not give more.
    Kept {
        /// The number from the beginning.
        workers: usize,
    },
    /// More workers gave more.
    Raised {
        /// The number at the beginning.
        from: usize,
        /// The number settled on.
        to: usize,
    },
    /// Fewer workers gave as much, or more.
    Lowered {
        /// The number at the beginning.
        from: usize,
        /// The number settled on.
        to: usize,
    },
    /// The work ended first.
    Searching {
        /// The number at the beginning.
        from: usize,
        /// The number being tried.
        now: usize,
    },
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Fixed { workers } => write!(f, "{}, as was asked for", Count(workers)),
            Self::Unmeasured { workers } => write!(
                f,
                "kept {}: work waited too little to measure anything",
                Count(workers)
            ),
            Self::Busy { workers } => {
                write!(f, "kept {}: the processors were busy", Count(workers))
            }
            Self::Kept { workers } => write!(
                f,
                "kept {}: neither more nor fewer gave more",
                Count(workers)
            ),
            Self::Raised { from, to } => write!(
                f,
                "raised from {from} to {}: work waited for the disk, and more of them got more from it",
                Count(to)
            ),
            Self::Lowered { from, to } => write!(
                f,
                "lowered from {from} to {}: the disk gave as much or more to fewer",
                Count(to)
            ),
            Self::Searching { from, now } => write!(
                f,
                "started with {from}, was trying {} when the work ended",
                Count(now)
            ),
        }
    }
}

/// A number of workers with its noun.
struct Count(usize);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("1 worker"),
            count => write!(f, "{count} workers"),
        }
    }
}
