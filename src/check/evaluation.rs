//! What a check came to, in plain values that any report can be made from.
//!
//! All paths are relative to the project's root, with `/` between their
//! parts; those outside of it are absolute.

use std::path::PathBuf;

use super::Budget;
use crate::types::Digest;

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Groups with new files, in the order of the scan's groups. Not all of
    /// them need be over a budget: see [`Finding::is_over`].
    pub findings: Vec<Finding>,
    /// What each budget was charged with: path budgets in their order, then
    /// the one for everything else.
    pub accounts: Vec<Account>,
    /// Groups all of whose files are accepted.
    pub accepted_groups: u64,
    /// Groups that were passed over since no file of them changed, or only
    /// such as are accepted.
    pub unchanged_groups: u64,
    /// Baseline entries that no longer hold, by path and digest.
    pub stale: Vec<Stale>,
    /// Whether those are a failure.
    pub deny_stale: bool,
    /// Whether judging ended with the first group over a budget, so that
    /// there may be more, and nothing is known of stale entries.
    pub stopped_early: bool,
}

impl Verdict {
    /// Whether no budget is exceeded, and nothing stale is denied.
    #[must_use]
    pub fn is_within(&self) -> bool {
        !self.accounts.iter().any(Account::is_exceeded)
            && (self.stale.is_empty() || !self.deny_stale)
    }

    /// How many new files there are.
    #[must_use]
    pub fn duplicates(&self) -> u64 {
        self.findings
            .iter()
            .map(|f| f.new_files().count() as u64)
            .sum()
    }

    /// How many bytes are in them; names of one file count once.
    #[must_use]
    pub fn reclaimable_bytes(&self) -> u64 {
        let each = self
            .findings
            .iter()
            .map(|finding| finding.reclaimable_bytes);
        each.fold(0, u64::saturating_add)
    }
}

/// A group with new files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The digest of the content.
    pub digest: Digest,
    /// The size of each file in bytes.
    pub size: u64,
    /// What would be free without the new files, in bytes.
    pub reclaimable_bytes: u64,
    /// All files of the group: those that may stay first, then the new ones,
    /// each in the order of the group.
    pub copies: Vec<Copy>,
    /// Whether a budget that its new files are charged to is exceeded.
    pub is_over: bool,
}

impl Finding {
    /// The file that the others are copies of.
    #[must_use]
    pub fn original(&self) -> Option<&Copy> {
        self.copies.first()
    }

    /// The files that should not be there.
    pub fn new_files(&self) -> impl Iterator<Item = &Copy> {
        let is_new = |copy: &&Copy| matches!(copy.status, FileStatus::New { .. });
        self.copies.iter().filter(is_new)
    }
}

/// One file of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// Where it is.
    pub path: PathBuf,
    /// Its other names.
    pub hard_links: Vec<PathBuf>,
    /// Whether it may be there.
    pub status: FileStatus,
}

/// Whether a file may be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileStatus {
    /// It is taken for the original, since nothing else is.
    Original,
    /// It lies under a reference directory.
    Reference,
    /// The baseline lists it.
    Baseline,
    /// An allow rule covers it, for this reason.
    Allowed(String),
    /// It was there before the revision that changes are looked at from.
    Unchanged,
    /// It may not, and is charged to the account of this index.
    New {
        /// An index into [`Verdict::accounts`].
        account: usize,
    },
}

/// A budget and what was charged to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The globs of a path budget; none for everything else.
    pub paths: Vec<String>,
    /// The limits.
    pub budget: Budget,
    /// Groups with new files charged to it.
    pub groups: u64,
    /// New files charged to it.
    pub duplicates: u64,
    /// The bytes in them.
    pub reclaimable_bytes: u64,
}

/// A limit that is exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excess {
    /// What is counted.
    pub measure: Measure,
    /// How many there are.
    pub found: u64,
    /// How many there may be.
    pub most: u64,
}

/// What a budget counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Groups with new files.
    Groups,
    /// New files.
    Duplicates,
    /// Bytes in new files.
    Reclaimable,
}

impl Account {
    /// Whether any of its limits is.
    #[must_use]
    pub fn is_exceeded(&self) -> bool {
        !self.excess().is_empty()
    }

    /// The limits that are exceeded.
    #[must_use]
    pub fn excess(&self) -> Vec<Excess> {
        let Budget {
            max_groups,
            max_duplicates,
            max_reclaimable,
        } = self.budget;
        let limits = [
            (Measure::Groups, self.groups, max_groups),
            (Measure::Duplicates, self.duplicates, max_duplicates),
            (
                Measure::Reclaimable,
                self.reclaimable_bytes,
                max_reclaimable,
            ),
        ];
        let over = limits.into_iter().filter_map(|(measure, found, most)| {
            let most = most.filter(|most| found > *most)?;
            Some(Excess {
                measure,
                found,
                most,
            })
        });
        over.collect()
    }
}

/// A baseline entry that no longer holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stale {
    /// The path that was accepted.
    pub path: PathBuf,
    /// The content that it was accepted with.
    pub digest: Digest,
    /// What became of it.
    pub now: Staleness,
}

/// What became of a baseline entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Staleness {
    /// There is no such file any more.
    Gone,
    /// The file has another size.
    Changed,
    /// The file has no duplicate, or other content of the same size.
    Alone,
}

impl Staleness {
    /// What to say about it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "it is gone",
            Self::Changed => "its content changed",
            Self::Alone => "it is no duplicate of that content any more",
        }
    }
}
