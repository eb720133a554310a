//! The issues of a verdict: one list, which every format shows in its own way.
//!
//! An issue says what is wrong at which path, how bad it is, and what to do. The
//! list is made one issue at a time: the report of a million issues is never in
//! memory as a whole.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::CheckReport;
use super::fingerprint::fingerprint;
use super::phrases::{printable, role};
use crate::check::{Copy, Difference, DifferenceKind, FileStatus, Finding, Stale};
use crate::error::ScanError;
use crate::platform::bytes_of;
use crate::report::humanize::{counted, size};
use crate::report::quote;
use crate::types::Digest;

/// Maximum number of copies that an issue lists. GitHub accepts a thousand and
/// shows a hundred; and as each copy of a large group is an issue, listing all
/// others would make a report grow with the square of the group.
const MAX_OTHERS: usize = 100;

/// The severity of an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    /// The check fails because of it.
    Error,
    /// It is within a budget, or it is no failure.
    Warning,
}

impl Severity {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// The rule that an issue violates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    Duplicate,
    DuplicateDirectory,
    Difference,
    Stale,
    Unreadable,
}

impl Rule {
    /// Every rule, in the order of the issues.
    pub(super) const ALL: [Self; 5] = [
        Self::Duplicate,
        Self::DuplicateDirectory,
        Self::Difference,
        Self::Stale,
        Self::Unreadable,
    ];

    /// The name of the rule in formats for programs.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate-file",
            Self::DuplicateDirectory => "duplicate-directory",
            Self::Difference => "different-copy",
            Self::Stale => "stale-baseline-entry",
            Self::Unreadable => "unreadable-path",
        }
    }

    /// The name of the rule for people.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Duplicate => "New duplicate file",
            Self::DuplicateDirectory => "New duplicate directory",
            Self::Difference => "Copies differ",
            Self::Stale => "Stale baseline entry",
            Self::Unreadable => "Not checked",
        }
    }

    /// The rule in one sentence.
    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::Duplicate => {
                "The file has the same content as another one, byte for byte, and the project \
                 does not accept it."
            }
            Self::DuplicateDirectory => {
                "Everything in the directory has the same names and content as in another one, \
                 and the project does not accept it."
            }
            Self::Difference => {
                "A [[check.same]] rule of the project file says that these files must be \
                 identical, but one of them differs or is missing."
            }
            Self::Stale => {
                "The baseline accepts a duplicate that no longer exists. If it came back, \
                 the check would not report it."
            }
            Self::Unreadable => "The path could not be read, so its content is unknown.",
        }
    }

    /// The general remedy, besides the fix of an issue.
    pub(super) fn remedy(self) -> &'static str {
        match self {
            Self::Duplicate | Self::DuplicateDirectory => {
                "Remove the new copy, or accept it: nodupe check --update-baseline, or an allow \
                 rule in nodupe.toml."
            }
            Self::Difference => "Make the files identical again, or change the rule.",
            Self::Stale => "nodupe check --update-baseline removes stale entries.",
            Self::Unreadable => "",
        }
    }
}

/// Another path that an issue refers to.
#[derive(Debug, Clone)]
pub(super) struct Other<'a> {
    pub path: Cow<'a, Path>,
    /// Its part in the issue, in a few words.
    pub role: Cow<'a, str>,
}

/// Something that is wrong.
#[derive(Debug, Clone)]
pub(super) struct Issue<'a> {
    pub severity: Severity,
    pub rule: Rule,
    pub path: Cow<'a, Path>,
    /// The file to look at; `None` if there is none.
    pub location: Option<Cow<'a, Path>>,
    /// The original first, then further copies, at most [`MAX_OTHERS`].
    pub others: Vec<Other<'a>>,
    /// The number of copies that are not listed.
    pub unlisted: usize,
    pub digest: Option<Digest>,
    pub size: Option<u64>,
    /// The problem: the rest of a sentence that begins with the path.
    pub what: String,
    /// Identifies the issue across runs.
    pub fingerprint: String,
    /// A shell command that ends the issue.
    pub fix: Option<String>,
    /// True if it needs no advice.
    pub is_tolerated: bool,
}

impl Issue<'_> {
    /// One sentence, in printable characters.
    pub(super) fn message(&self) -> String {
        format!("{} {}.", quote(&self.path), self.what)
    }

    /// The message, and what to do.
    pub(super) fn text(&self) -> String {
        let message = self.message();
        let remedy = self.rule.remedy();
        match &self.fix {
            _ if self.is_tolerated || remedy.is_empty() => message,
            Some(fix) if matches!(self.rule, Rule::Duplicate | Rule::DuplicateDirectory) => {
                format!("{message} {remedy} Fix: {fix}")
            }
            _ => format!("{message} {remedy}"),
        }
    }
}

/// The directory that paths start at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// The project's root, as in a verdict.
    Project,
    /// The root of the repository, for code hosts.
    Repository,
    /// The working directory, for a person who types commands there.
    WorkingDirectory,
}

/// All issues of a verdict, with their paths relative to a directory.
pub(super) fn issues<'a>(
    report: &'a CheckReport<'a>,
    base: Base,
) -> impl Iterator<Item = Issue<'a>> {
    marked_issues(report, base, str::to_owned)
}

/// The same; `mark` sets text that is not nodupe's own apart within
/// [`Issue::what`].
pub(super) fn marked_issues<'a>(
    report: &'a CheckReport<'a>,
    base: Base,
    mark: fn(&str) -> String,
) -> impl Iterator<Item = Issue<'a>> {
    let maker = Maker { report, base, mark };
    let verdict = report.verdict;
    let duplicates = verdict.findings.iter().flat_map(move |finding| {
        let new = finding.new_files();
        new.map(move |copy| maker.duplicate(finding, copy))
    });
    let differences = verdict.differences.iter();
    let stale = verdict.stale.iter();
    let unreadable = report.errors.iter();
    duplicates
        .chain(differences.map(move |difference| maker.difference(difference)))
        .chain(stale.map(move |entry| maker.stale(entry)))
        .chain(unreadable.map(move |error| maker.unreadable(error)))
}

/// The commands that remove all names of these files, with paths relative to a
/// directory.
pub(super) fn removal<'a>(
    report: &CheckReport<'_>,
    base: Base,
    are_directories: bool,
    copies: impl IntoIterator<Item = &'a Copy>,
) -> Vec<String> {
    let names = copies.into_iter().flat_map(Copy::names);
    let (tracked, other): (Vec<_>, Vec<_>) = names.partition(|name| report.tracked.contains(*name));
    let words = |names: &[&PathBuf]| -> String {
        let paths = names.iter().map(|name| report.path_from(base, name));
        paths.fold(String::new(), |words, path| words + " " + &quote(&path))
    };
    // Git takes a name for a pattern, which may match other files too.
    let is_pattern = |name: &&PathBuf| {
        let bytes = bytes_of(name.as_os_str());
        bytes.starts_with(b":") || bytes.iter().any(|byte| b"*?[\\".contains(byte))
    };
    let (patterns, plain): (Vec<_>, Vec<_>) = tracked.into_iter().partition(is_pattern);
    // Without -f git refuses what was only added, as it is before a commit.
    let commands = match are_directories {
        false => ["git rm -f", "git --literal-pathspecs rm -f", "rm"],
        true => ["git rm -rf", "git --literal-pathspecs rm -rf", "rm -r"],
    };
    let commands = commands.into_iter().zip([plain, patterns, other]);
    let commands = commands.filter(|(_, names)| !names.is_empty());
    commands
        .flat_map(|(command, names)| {
            let each = names.chunks(MAX_OTHERS);
            let each = each.map(|names| format!("{command}{}", words(names)));
            each.collect::<Vec<_>>()
        })
        .collect()
}

/// Returns true if the budget that a new file counts for is exceeded. One
/// without a budget counts as over it: a needless warning is better than a
/// missing one.
pub(super) fn is_over(report: &CheckReport<'_>, copy: &Copy) -> bool {
    match copy.status {
        FileStatus::New { account } => {
            let account = report.verdict.accounts.get(account);
            account.is_none_or(crate::check::Account::is_exceeded)
        }
        _ => false,
    }
}

#[derive(Clone, Copy)]
struct Maker<'a> {
    report: &'a CheckReport<'a>,
    base: Base,
    mark: fn(&str) -> String,
}

impl<'a> Maker<'a> {
    fn marked(self, path: &Path) -> String {
        (self.mark)(&quote(path))
    }

    fn path(self, path: &'a Path) -> Cow<'a, Path> {
        self.report.path_from(self.base, path)
    }

    /// The same wherever the report is written: code hosts keep fingerprints.
    fn fingerprint(self, rule: Rule, path: &Path, content: &[u8]) -> String {
        let path = self.report.path_from(Base::Repository, path);
        fingerprint(rule.id(), &path, content)
    }

    fn duplicate(self, finding: &'a Finding, copy: &'a Copy) -> Issue<'a> {
        let over = is_over(self.report, copy);
        let path = self.path(&copy.path);
        let others = finding.copies.iter().filter(|other| *other != copy);
        let listed = others.take(MAX_OTHERS).map(|other| Other {
            path: self.path(&other.path),
            role: role(&other.status),
        });
        let others: Vec<Other<'_>> = listed.collect();
        let of = match others.first() {
            Some(original) => format!("is a copy of {}", self.marked(&original.path)),
            None => "is a duplicate".to_owned(),
        };
        let budget = if over { "" } else { ", within the budget" };
        let bytes = size(finding.size);
        let (rule, amount) = match finding.directory_files {
            None => (Rule::Duplicate, bytes),
            Some(files) => {
                let files = counted(files, "file", "files");
                (Rule::DuplicateDirectory, format!("{files}, {bytes}"))
            }
        };
        let fix = || {
            removal(
                self.report,
                self.base,
                finding.directory_files.is_some(),
                [copy],
            )
            .join(" && ")
        };
        Issue {
            severity: if over {
                Severity::Error
            } else {
                Severity::Warning
            },
            rule,
            location: Some(path.clone()),
            path,
            unlisted: finding.copies.len().saturating_sub(1 + others.len()),
            others,
            digest: Some(finding.digest),
            size: Some(finding.size),
            what: format!("{of} ({amount}){budget}"),
            fingerprint: self.fingerprint(rule, &copy.path, finding.digest.as_bytes()),
            fix: over.then(fix),
            is_tolerated: !over,
        }
    }

    fn difference(self, difference: &'a Difference) -> Issue<'a> {
        let path = self.path(&difference.path);
        let original = difference.original.as_deref().map(|path| Other {
            path: self.path(path),
            role: Cow::Borrowed("the first of the files that must be identical"),
        });
        let rule = (self.mark)("[[check.same]]");
        let mut what = match (difference.kind, &original) {
            (DifferenceKind::Different, Some(original)) => {
                let original = self.marked(&original.path);
                format!("differs from {original}, but {rule} requires them to be identical")
            }
            (kind, _) => format!("{}, but {rule} lists it", kind.as_str()),
        };
        if !difference.reason.is_empty() {
            let reason = printable(difference.reason.as_bytes());
            what = format!("{what} ({})", (self.mark)(&reason));
        }
        // A missing file has no place; its rule has one.
        let location = match difference.kind {
            DifferenceKind::Different => Some(path.clone()),
            _ => self.report.project_file.map(|file| self.path(file)),
        };
        Issue {
            severity: Severity::Error,
            rule: Rule::Difference,
            location,
            path,
            others: original.into_iter().collect(),
            unlisted: 0,
            digest: None,
            size: None,
            what,
            fingerprint: self.fingerprint(
                Rule::Difference,
                &difference.path,
                difference.kind.as_str().as_bytes(),
            ),
            fix: None,
            is_tolerated: false,
        }
    }

    fn stale(self, entry: &'a Stale) -> Issue<'a> {
        let baseline = self.path(self.report.baseline);
        let denied = self.report.verdict.deny_stale;
        Issue {
            severity: if denied {
                Severity::Error
            } else {
                Severity::Warning
            },
            rule: Rule::Stale,
            path: self.path(&entry.path),
            what: format!(
                "is listed in {}, but {}",
                self.marked(&baseline),
                entry.now.as_str()
            ),
            // The file may be gone: the baseline has to be edited.
            location: Some(baseline),
            others: Vec::new(),
            unlisted: 0,
            digest: Some(entry.digest),
            size: None,
            fingerprint: self.fingerprint(Rule::Stale, &entry.path, entry.digest.as_bytes()),
            fix: Some("nodupe check --update-baseline".to_owned()),
            is_tolerated: false,
        }
    }

    fn unreadable(self, error: &'a ScanError) -> Issue<'a> {
        let path = self.path(&error.path);
        let why = printable(error.message.as_bytes());
        Issue {
            severity: Severity::Warning,
            rule: Rule::Unreadable,
            location: Some(path.clone()),
            path,
            others: Vec::new(),
            unlisted: 0,
            digest: None,
            size: None,
            what: format!("could not be read: {}", (self.mark)(&why)),
            fingerprint: self.fingerprint(
                Rule::Unreadable,
                &error.path,
                error.stage.as_str().as_bytes(),
            ),
            fix: None,
            is_tolerated: false,
        }
    }
}

#[cfg(test)]
#[path = "issue_tests.rs"]
mod tests;
