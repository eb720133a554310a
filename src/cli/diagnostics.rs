//! Messages on standard error.
//!
//! Everything that may hold a file's name goes through [`visible`] or
//! [`visible_text`]: a name must not be able to move the cursor or to end a
//! line.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::config::Execution;
use crate::error::{Error, ScanError};
use crate::platform::bytes_of;
use crate::report::escape;

/// Maximum number of failed paths listed without `--verbose`: as many as fit on
/// a screen beside the result.
const SHOWN: usize = 20;

/// The reason why the program ends without a result, and a remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fatal {
    message: String,
    hint: Option<Cow<'static, str>>,
    about: &'static [&'static str],
    path: Option<PathBuf>,
}

impl Fatal {
    /// Ends with this message.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            about: &[],
            path: None,
        }
    }

    /// Says what to do about it.
    pub(super) fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Sets the options, by their long names, that it is about, so that their
    /// origins can be reported.
    pub(super) fn about(mut self, options: &'static [&'static str]) -> Self {
        self.about = options;
        self
    }

    /// Sets the path among the values of those options that it is about.
    fn about_path(mut self, path: &Path) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    /// The options that it is about.
    pub(super) fn options(&self) -> &'static [&'static str] {
        self.about
    }

    /// The path that it is about.
    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Prefixes the place where it was found. Options have no dashes there.
    pub(super) fn at(mut self, place: impl fmt::Display) -> Self {
        let message = self.message.strip_prefix("--").unwrap_or(&self.message);
        self.message = format!("{place}: {message}");
        self
    }

    /// Prefixes the option that it is about.
    pub(super) fn of_option(mut self, option: &str) -> Self {
        self.message = format!("{option}: {}", self.message);
        self
    }

    /// Appends a remark to the message.
    pub(super) fn remark(mut self, remark: impl fmt::Display) -> Self {
        let _ = write!(self.message, " ({remark})");
        self
    }
}

impl fmt::Display for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nodupe: error: {}", visible_text(&self.message))?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {}", visible_text(hint)),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fatal {}

impl From<Error> for Fatal {
    fn from(error: Error) -> Self {
        let hint = match &error {
            Error::Root { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                "check the spelling"
            }
            Error::Root { .. } => "check its permissions, or leave it out",
            Error::RootKind { .. } => "only directories and regular files can be scanned",
            Error::Pseudo { .. } => "name a directory on a disk",
            Error::Pattern {
                what,
                pattern,
                source,
            } => return wrong_pattern(what, pattern, &source.to_string()),
            Error::Thread(_) => "try fewer workers with --workers, or raise the limit (ulimit -u)",
            Error::Executor { .. } => "try another --executor, or leave it out",
            Error::TableFull => "scan in parts, or select fewer files",
        };
        let fatal = Self::new(error.to_string()).hint(hint);
        match &error {
            Error::Root { path, .. } | Error::RootKind { path } | Error::Pseudo { path } => {
                fatal.about(&["paths", "reference"]).about_path(path)
            }
            Error::Executor { .. } => fatal.about(&["executor", "worker-memory", "timeout"]),
            _ => fatal,
        }
    }
}

/// The error for a scan that could not run. The hint for workers that cannot
/// start depends on the options.
pub(super) fn scan_failed(error: Error, execution: &Execution) -> Fatal {
    let is_start = matches!(error, Error::Executor { .. });
    let fatal = Fatal::from(error);
    if !is_start {
        return fatal;
    }
    let fallback = match execution.fallback {
        true => "",
        false => ", or add --executor-fallback to use another executor",
    };
    match (execution.worker_memory, execution.executor) {
        (Some(_), _) => fatal.hint(format!("raise --worker-memory or leave it out{fallback}")),
        (None, Some(_)) if execution.fallback => {
            fatal.hint("leave out --executor, or raise the limits of processes and memory (ulimit)")
        }
        (None, Some(_)) => fatal.hint(format!("leave out --executor{fallback}")),
        (None, None) => fatal.hint("raise the limits of processes and memory (ulimit)"),
    }
}

/// Parsers draw the pattern over several lines; the last one has the reason.
fn wrong_pattern(what: &str, pattern: &str, reason: &str) -> Fatal {
    let reason = reason.trim_end().lines().last().unwrap_or_default();
    let reason = reason.strip_prefix("error: ").unwrap_or(reason);
    Fatal::new(format!(
        "invalid {what} {pattern:?}: {reason}"
    ))
    .hint(match what {
        "glob" => "* ? [ ] { } are special; put one in brackets to match it literally, as in [[]",
        _ => {
            r"\ . * + ? ( ) [ ] { } | ^ $ are special; put a backslash before one to match it literally"
        }
    })
}

/// Writes one line to standard error. Errors of writing are ignored.
pub(super) fn say(line: impl fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Lists failed paths: all of them, or the first of them and how many more.
pub(super) fn list_errors(errors: &[ScanError], all: bool) -> String {
    let shown = if all { errors.len() } else { SHOWN };
    let mut list = String::new();
    for error in errors.iter().take(shown) {
        let path = visible(&error.path);
        let message = visible_text(&error.message);
        // Writing to a string cannot fail.
        let _ = writeln!(list, "nodupe: {path}: {message}");
    }
    let more = errors.len().saturating_sub(shown);
    if more > 0 {
        let _ = writeln!(
            list,
            "nodupe: ... and {more} more (--verbose lists them all)"
        );
    }
    list
}

/// Reports the given directories that are skipped.
pub(super) fn list_skipped(left_out: &[PathBuf]) -> String {
    let mut list = String::new();
    for path in left_out {
        let path = visible(path);
        let _ = writeln!(
            list,
            "nodupe: {path}: skipped: an exclusion matches it (nodupe config lists the exclusions)"
        );
    }
    list
}

/// A path as the report for people shows it: no control sequences, and every
/// byte visible.
pub(super) fn visible(path: &Path) -> Cow<'_, str> {
    escape(bytes_of(path.as_os_str()))
}

/// A message, which may quote a name. Backslashes stay as they are, unlike in
/// [`visible`]: what is quoted has often been escaped already.
pub(super) fn visible_text(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    for c in message.chars() {
        // Besides control characters: those that change the direction of text,
        // and line ends that are not control characters.
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || turns {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ExecutorKind;
    use crate::error::{FailureKind, Stage};

    fn error(path: &str) -> ScanError {
        ScanError {
            path: PathBuf::from(path),
            stage: Stage::Walk,
            kind: FailureKind::Io,
            message: "it is\nbroken".to_owned(),
        }
    }

    #[test]
    fn control_characters_are_escaped() {
        let table = [
            ("plain/na me", "plain/na me"),
            ("gr\u{fc}n/\u{4e2d}", "gr\u{fc}n/\u{4e2d}"),
            ("a\nb\tc\r", r"a\nb\tc\r"),
            ("\x1b[31mred\x7f", r"\u{1b}[31mred\u{7f}"),
            ("\u{9b}31m", r"\u{9b}31m"),
            ("a\u{202e}b", r"a\u{202e}b"),
            (r"C:\a", r"C:\a"),
        ];
        for (text, expected) in table {
            assert_eq!(visible_text(text), expected);
        }
        assert_eq!(visible(Path::new("a\nb\x1b[2J")), r"a\nb\x1b[2J");
    }

    #[test]
    fn twenty_errors_are_listed_and_the_rest_counted() {
        let errors: Vec<_> = (0..23).map(|n| error(&format!("p{n}"))).collect();
        let list = list_errors(&errors, false);
        assert_eq!(list.lines().count(), 21);
        assert!(list.starts_with("nodupe: p0: it is\\nbroken\n"), "{list}");
        assert!(list.contains("... and 3 more"), "{list}");
        assert_eq!(list_errors(&errors, true).lines().count(), 23);
        assert_eq!(list_errors(&errors[..20], false).lines().count(), 20);
        assert_eq!(list_errors(&[], false), "");
    }

    #[test]
    fn an_invalid_pattern_is_reported_in_one_line() {
        let table = [
            ("glob", "[", "unclosed class", "unclosed class"),
            (
                "regular expression",
                "(",
                "regex:\n    (\n    ^\nerror: unclosed group\n",
                "unclosed group",
            ),
            ("regular expression", "(", "", ""),
        ];
        for (what, pattern, reason, shown) in table {
            let text = Fatal::from(Error::Pattern {
                what,
                pattern: pattern.to_owned(),
                source: reason.into(),
            })
            .to_string();
            let line = format!("nodupe: error: invalid {what} {pattern:?}: {shown}");
            assert_eq!(text.lines().next(), Some(line.as_str()));
            assert_eq!(text.lines().count(), 2, "{text}");
        }
    }

    #[test]
    fn a_fatal_error_has_one_line_and_a_hint() {
        let fatal = Fatal::from(Error::Root {
            path: PathBuf::from("no\nsuch"),
            source: io::Error::from(io::ErrorKind::NotFound),
        });
        let text = fatal.to_string();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(
            lines[0].starts_with("nodupe: error: cannot scan no\\nsuch"),
            "{text}"
        );
        assert!(lines[1].starts_with("  hint: "), "{text}");
    }

    #[test]
    fn hints_about_workers_match_the_options() {
        let hint = |execution: Execution| {
            let error = Error::Executor {
                kind: "process",
                reason: "why".to_owned(),
            };
            let text = scan_failed(error, &execution).to_string();
            text.lines().nth(1).unwrap_or_default().to_owned()
        };
        let process = Some(ExecutorKind::Process);
        let table = [
            // memory, executor, fallback, in the hint, not in the hint
            (Some(1 << 30), process, false, "--worker-memory", "ulimit"),
            (
                Some(1 << 30),
                process,
                false,
                "--executor-fallback",
                "ulimit",
            ),
            (Some(1 << 30), process, true, "--worker-memory", "-fallback"),
            (None, process, false, "--executor-fallback", "memory"),
            (None, process, true, "--executor", "-fallback"),
            (None, None, false, "ulimit", "--"),
        ];
        for (worker_memory, executor, fallback, part, other) in table {
            let hint = hint(Execution {
                worker_memory,
                executor,
                fallback,
                ..Execution::default()
            });
            assert!(hint.contains(part) && !hint.contains(other), "{hint}");
        }
    }
}
