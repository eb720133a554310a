//! The result of a check, in plain values for any report.
//!
//! All paths are relative to the project's root, with `/` between their parts;
//! those outside it are absolute.

use std::path::PathBuf;

use super::Budget;
use crate::types::Digest;

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Groups with new files, in the order of the scan's groups. Not all of
    /// them exceed a budget: see [`Finding::is_over`].
    pub findings: Vec<Finding>,
    /// The new files that each budget counts: path budgets in their order, then
    /// the one for everything else.
    pub accounts: Vec<Account>,
    /// Groups all of whose files are accepted.
    pub accepted_groups: u64,
    /// Groups that were skipped because none of their files changed, or only
    /// accepted ones did.
    pub unchanged_groups: u64,
    /// Files that must be identical to others and are not, in the order of the
    /// rules.
    pub differences: Vec<Difference>,
    /// Stale baseline entries, sorted by path and digest.
    pub stale: Vec<Stale>,
    /// True if stale entries are a failure.
    pub deny_stale: bool,
    /// True if the check stopped at the first group over a budget: there may be
    /// more, and stale entries are unknown.
    pub stopped_early: bool,
}

impl Verdict {
    /// Returns true if no budget is exceeded, all files are identical that must
    /// be, and nothing stale is denied.
    #[must_use]
    pub(crate) fn is_within(&self) -> bool {
        !self.accounts.iter().any(Account::is_exceeded)
            && self.differences.is_empty()
            && (self.stale.is_empty() || !self.deny_stale)
    }

    /// Number of new files.
    #[must_use]
    pub(crate) fn duplicates(&self) -> u64 {
        self.findings
            .iter()
            .map(|f| f.new_files().count() as u64)
            .sum()
    }

    /// Number of bytes in them; names of one file count once.
    #[must_use]
    pub(crate) fn reclaimable_bytes(&self) -> u64 {
        let each = self
            .findings
            .iter()
            .map(|finding| finding.reclaimable_bytes);
        each.fold(0, u64::saturating_add)
    }
}

/// A group with new files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The digest of the content.
    pub digest: Digest,
    /// The size of each file in bytes.
    pub size: u64,
    /// Bytes that removing the new files would free.
    pub reclaimable_bytes: u64,
    /// All files of the group: accepted ones first, then new ones, each in the
    /// order of the group.
    pub copies: Vec<Copy>,
    /// Number of files in each member, if those are directories.
    pub directory_files: Option<u64>,
    /// True if a budget that counts its new files is exceeded.
    pub is_over: bool,
}

impl Finding {
    /// The new files.
    pub(crate) fn new_files(&self) -> impl Iterator<Item = &Copy> {
        let is_new = |copy: &&Copy| matches!(copy.status, FileStatus::New { .. });
        self.copies.iter().filter(is_new)
    }
}

/// One file of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Copy {
    /// Its path.
    pub path: PathBuf,
    /// Its other names.
    pub hard_links: Vec<PathBuf>,
    /// Its status.
    pub status: FileStatus,
}

impl Copy {
    /// All its names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &PathBuf> {
        std::iter::once(&self.path).chain(&self.hard_links)
    }
}

/// Status of a file in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileStatus {
    /// It is the original of a group without accepted files.
    Original,
    /// It is under a reference directory.
    Reference,
    /// The baseline lists it.
    Baseline,
    /// An allow rule matches it, with this reason.
    Allowed(String),
    /// It must be identical to another file of the group, according to a rule
    /// with this reason.
    Same(String),
    /// It has not changed since the given revision.
    Unchanged,
    /// It is new, and counts for the account with this index.
    New {
        /// An index into [`Verdict::accounts`].
        account: usize,
    },
}

/// A budget and the new files that count for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// The globs of a path budget; empty for everything else.
    pub paths: Vec<String>,
    /// The limits.
    pub budget: Budget,
    /// Groups with new files that count for it.
    pub groups: u64,
    /// New files that count for it.
    pub duplicates: u64,
    /// The bytes in them.
    pub reclaimable_bytes: u64,
}

/// A limit that is exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Excess {
    /// The measure.
    pub measure: Measure,
    /// The amount found.
    pub found: u64,
    /// The limit.
    pub most: u64,
}

/// The measure of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Groups with new files.
    Groups,
    /// New files.
    Duplicates,
    /// Bytes in new files.
    Reclaimable,
}

impl Account {
    /// Returns true if any of its limits is exceeded.
    #[must_use]
    pub(crate) fn is_exceeded(&self) -> bool {
        !self.excess().is_empty()
    }

    /// The limits that are exceeded.
    #[must_use]
    pub(crate) fn excess(&self) -> Vec<Excess> {
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

/// A file that must be identical to others and is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The file, or the pattern that matches none.
    pub path: PathBuf,
    /// The kind of the difference.
    pub kind: DifferenceKind,
    /// The first file of the rule, which the others are compared with.
    pub original: Option<PathBuf>,
    /// The reason of the rule; it may be empty.
    pub reason: String,
}

/// Kinds of problems of a file that must be identical to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DifferenceKind {
    /// It has other content.
    Different,
    /// Nothing has its name.
    Missing,
    /// It is no regular file.
    NotAFile,
    /// It is the only file of its rule.
    Alone,
}

impl DifferenceKind {
    /// The rest of a sentence that begins with the path.
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Different => "has other content",
            Self::Missing => "is missing",
            Self::NotAFile => "is no regular file",
            Self::Alone => "has no other file to be identical to",
        }
    }
}

/// A stale baseline entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stale {
    /// The path that was accepted.
    pub path: PathBuf,
    /// The content that it was accepted with.
    pub digest: Digest,
    /// The reason why it is stale.
    pub now: Staleness,
}

/// The reason why a baseline entry is stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Staleness {
    /// The file no longer exists.
    Gone,
    /// The size or type of the file changed.
    Changed,
    /// The file has the same size, but no duplicate with this content.
    Alone,
}

impl Staleness {
    /// The reason in words.
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "it is gone",
            Self::Changed => "its content changed",
            Self::Alone => "it is no longer a duplicate",
        }
    }
}
