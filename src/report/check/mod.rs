//! The reports of a check, for people, continuous integration systems and
//! programs. One formatter per file.

mod fingerprint;
mod github;
mod gitlab;
mod issue;
mod json;
mod junit;
mod markdown;
mod phrases;
mod sarif;
mod schema;
mod table;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use self::issue::Base;
use super::RenderOptions;
use crate::check::Verdict;
use crate::config::HashAlgorithm;
use crate::error::ScanError;
use crate::types::Summary;

pub(crate) use schema::schema;

/// Report formats of a check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) enum CheckFormat {
    /// For people: new duplicates, and what to do about them.
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
    pub(crate) const ALL: [Self; 7] = [
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
    pub(crate) fn as_str(self) -> &'static str {
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

/// A verdict and its inputs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CheckReport<'a> {
    /// The result of the check.
    pub verdict: &'a Verdict,
    /// The figures of the scan.
    pub summary: &'a Summary,
    /// Every path that could not be processed, named as in the verdict:
    /// relative to the project's root if it is in it.
    pub errors: &'a [ScanError],
    /// The hash algorithm.
    pub hash: HashAlgorithm,
    /// The absolute path of the project's root, which the verdict's paths are
    /// relative to.
    pub root: &'a Path,
    /// The project file that was used, if any, in the form of the verdict's
    /// paths.
    pub project_file: Option<&'a Path>,
    /// The path from the root of the repository to the project's root, with `/`
    /// between its parts; empty if they are the same, or there is no
    /// repository. The formats for code hosts put it before every relative
    /// path.
    pub prefix: &'a Path,
    /// The path from the working directory to the project's root; empty if they
    /// are the same.
    pub here: &'a Path,
    /// The file of accepted duplicates, in the form of the verdict's paths.
    pub baseline: &'a Path,
    /// The new files that git tracks, in the form of the verdict's paths.
    pub tracked: &'a BTreeSet<PathBuf>,
    /// True if the table also lists what is no failure.
    pub lists_all: bool,
}

impl CheckReport<'_> {
    /// A path of the verdict relative to a directory.
    fn path_from<'p>(&self, base: Base, path: &'p Path) -> Cow<'p, Path> {
        match base {
            Base::Project => Cow::Borrowed(path),
            Base::Repository => self.placed(path),
            Base::WorkingDirectory if self.here.as_os_str().is_empty() => Cow::Borrowed(path),
            Base::WorkingDirectory => Cow::Owned(self.here.join(path)),
        }
    }

    /// A path of the verdict relative to the root of the repository, with `/`
    /// between its parts on every platform.
    fn placed<'p>(&self, path: &'p Path) -> Cow<'p, Path> {
        if self.prefix.as_os_str().is_empty() {
            return Cow::Borrowed(path);
        }
        if path.is_absolute() {
            // The project is a part of the repository, and a file of another
            // part is outside the project but in the repository.
            let below = self.top().and_then(|top| path.strip_prefix(top).ok());
            let below = below.filter(|below| !below.as_os_str().is_empty());
            return Cow::Borrowed(below.unwrap_or(path));
        }
        let mut placed = OsString::from(self.prefix);
        placed.push("/");
        placed.push(path);
        Cow::Owned(PathBuf::from(placed))
    }

    /// The top of the repository.
    fn top(&self) -> Option<&Path> {
        let is_top = |top: &&Path| self.root.strip_prefix(top) == Ok(self.prefix);
        self.root.ancestors().find(is_top)
    }
}

/// Writes a verdict, and flushes `out`, which is best buffered.
///
/// # Errors
///
/// Errors of `out`, with their [`io::ErrorKind`] kept in every format.
pub(crate) fn write(
    format: CheckFormat,
    out: &mut dyn Write,
    report: &CheckReport<'_>,
    render: &RenderOptions,
) -> io::Result<()> {
    match format {
        CheckFormat::Table => table::write(out, report, render)?,
        CheckFormat::Json => json::write(out, report)?,
        CheckFormat::Github => github::write(out, report)?,
        CheckFormat::Gitlab => gitlab::write(out, report)?,
        CheckFormat::Sarif => sarif::write(out, report)?,
        CheckFormat::Junit => junit::write(out, report)?,
        CheckFormat::Markdown => markdown::write(out, report)?,
    }
    out.flush()
}
