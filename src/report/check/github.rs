//! Workflow commands: GitHub Actions turns them into annotations.
//!
//! A line that begins with `::` is a command to the runner, so a name must not
//! begin a line, end one, or end a property. The runner decodes `%25`, `%0D`
//! and `%0A` everywhere, `%3A` and `%2C` in properties as well; written like
//! that these characters are exact and do nothing. Everything else that a
//! terminal would interpret is escaped, since the same text is in the log.
//!
//! Only ten annotations of a kind are shown for each step, so the verdict comes
//! last as the only notice: it is always shown. If the check passes without
//! issues, nothing is written; a notice on every run would be noise.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use super::CheckReport;
use super::issue::{Base, Rule, issues};
use super::phrases::{exact_or_quoted, headline};
use crate::report::humanize::shortfall;

pub(super) fn write(out: &mut dyn Write, report: &CheckReport<'_>) -> io::Result<()> {
    let mut all_is_well = true;
    for issue in issues(report, Base::Repository) {
        all_is_well = false;
        // An entry of the baseline has no line that could be pointed at.
        let file = issue.location.as_deref();
        let file = file.filter(|_| issue.rule != Rule::Stale);
        let level = issue.severity.as_str();
        command(out, level, file, issue.rule.title(), &issue.text())?;
    }
    let shortfall = shortfall(report.summary);
    if all_is_well && shortfall.is_none() {
        return Ok(());
    }
    let mut last = headline(report.verdict);
    if let Some(shortfall) = shortfall {
        last = format!("{shortfall} · {last}");
    }
    command(out, "notice", None, "nodupe check", &last)
}

/// Writes one command. Its message must be printable already.
fn command(
    out: &mut dyn Write,
    level: &str,
    file: Option<&Path>,
    title: &str,
    message: &str,
) -> io::Result<()> {
    let file = match file {
        // An annotation that points at no file still names it.
        Some(path) => format!("file={},", property(&exact_or_quoted(path, "\n\r"))),
        None => String::new(),
    };
    let (title, message) = (property(title), data(message));
    writeln!(out, "::{level} {file}title={title}::{message}")
}

/// Escapes the special characters of a message.
fn data(text: &str) -> String {
    mask(text, "%\r\n")
}

/// Escapes the special characters of a property.
fn property(text: &str) -> String {
    mask(text, "%\r\n:,")
}

fn mask(text: &str, special: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if special.contains(c) {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "%{:02X}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::CheckFormat;
    use super::super::testing::{HOSTILE_NAMES, Sample};
    use crate::platform::bytes_of;

    fn text(sample: &Sample) -> String {
        sample.text(CheckFormat::Github)
    }

    /// A command as the runner parses it: its name, properties and message.
    fn read(line: &str) -> (String, Vec<(String, String)>, String) {
        let (head, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (level, properties) = head.split_once(' ').unwrap();
        let data = |text: &str| {
            text.replace("%0D", "\r")
                .replace("%0A", "\n")
                .replace("%25", "%")
        };
        let property = |text: &str| {
            let text = text.replace("%0D", "\r").replace("%0A", "\n");
            text.replace("%3A", ":")
                .replace("%2C", ",")
                .replace("%25", "%")
        };
        let properties = properties.split(',').map(|each| {
            let (name, value) = each.split_once('=').unwrap();
            (name.to_owned(), property(value))
        });
        (level.to_owned(), properties.collect(), data(message))
    }

    #[test]
    fn each_new_file_is_pointed_at() {
        insta::assert_snapshot!(text(&Sample::plain()));
    }

    #[test]
    fn all_kinds_of_findings_have_their_level() {
        insta::assert_snapshot!(text(&Sample::hostile()));
    }

    #[test]
    fn nothing_is_said_if_all_is_well() {
        assert_eq!(text(&Sample::clean()), "");
        let mut unread = Sample::clean();
        unread.summary.totals.errors = 1;
        assert!(text(&unread).contains("could not be read"));
    }

    #[test]
    fn denied_entries_are_errors() {
        let mut sample = Sample::hostile();
        sample.verdict.deny_stale = true;
        assert!(text(&sample).contains("\n::error title=Stale baseline entry::"));
    }

    /// Only the intended lines, and no extra content.
    fn check(name: &[u8]) -> Result<(), TestCaseError> {
        let sample = Sample::named(name);
        let text = text(&sample);
        prop_assert!(text.ends_with('\n'));
        let lines: Vec<_> = text.split_terminator('\n').map(read).collect();
        let levels: Vec<_> = lines.iter().map(|(level, _, _)| level.as_str()).collect();
        prop_assert_eq!(
            levels,
            ["error", "error", "error", "warning", "warning", "notice"]
        );
        // A carriage return ends a line for some.
        prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
        let (_, properties, message) = &lines[1];
        prop_assert_eq!(properties.len(), 2);
        prop_assert_eq!(&properties[0].0, "file");
        prop_assert_eq!(
            &properties[1],
            &("title".to_owned(), "New duplicate file".to_owned())
        );
        let path = crate::report::testing::path(name);
        let shown = crate::report::quote(&path);
        let file = &properties[0].1;
        let exact = std::str::from_utf8(name).is_ok_and(|name| name == file);
        prop_assert!(exact || *file == shown, "{file:?}");
        let start = format!("{shown} is a copy of old");
        prop_assert!(message.starts_with(&start));
        Ok(())
    }

    #[test]
    fn hostile_names_give_no_commands() {
        for name in HOSTILE_NAMES {
            check(name).unwrap();
        }
    }

    #[test]
    fn line_breaks_and_separators_are_exact() {
        let sample = Sample::named(b"%0A:a,b\r\n\\");
        let line = text(&sample);
        let line = line.lines().nth(1).unwrap();
        assert_eq!(read(line).1[0].1, "%0A:a,b\r\n\\");
    }

    #[test]
    fn names_start_at_the_top_of_the_repository() {
        let mut sample = Sample::plain();
        sample.prefix = "sub/dir".into();
        let text = text(&sample);
        for (line, path) in text.lines().zip(sample.new_paths()) {
            let file = &read(line).1[0].1;
            assert_eq!(file.as_bytes(), bytes_of(path.as_os_str()));
            assert!(file.starts_with("sub/dir/"), "{file}");
        }
    }

    proptest! {
        #[test]
        fn no_name_gives_a_command(name in proptest::collection::vec(1_u8.., 1..20)) {
            check(&name)?;
        }

        #[test]
        fn no_text_gives_a_command(name in "[%:,0-9A-F\r\n#\\[\\]a\u{85}\u{2028}]{1,12}") {
            check(name.as_bytes())?;
        }
    }
}
