//! The number of workers that the search settled on, and the reason.

use std::fmt;

/// The number settled on, and the reason. All numbers are workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The bounds allow only one number.
    Fixed,
    /// There was too little waiting work to measure a throughput.
    Unmeasured,
    /// The processors were busy, so more workers were not tried.
    Busy,
    /// Other numbers were tried and gave no higher throughput.
    Kept,
    /// More workers gave a higher throughput.
    Raised {
        /// The number at the beginning.
        from: usize,
        /// The number settled on.
        to: usize,
    },
    /// Fewer workers gave the same or a higher throughput.
    Lowered {
        /// The number at the beginning.
        from: usize,
        /// The number settled on.
        to: usize,
    },
    /// The work ended before the search.
    Searching,
}

impl Decision {
    /// The change and its reason, for a user. `None` if the number did not
    /// change: the reason for that is of no use to a user.
    pub(crate) fn reason(self) -> Option<String> {
        match self {
            Self::Raised { from, to } => Some(format!(
                "raised from {from} to {}, which gave a higher throughput",
                Count(to)
            )),
            Self::Lowered { from, to } => Some(format!(
                "lowered from {from} to {}, which gave the same or a higher throughput",
                Count(to)
            )),
            Self::Fixed | Self::Unmeasured | Self::Busy | Self::Kept | Self::Searching => None,
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
