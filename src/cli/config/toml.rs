//! The settings in effect as an equivalent project file.

use std::ffi::OsStr;
use std::fmt::Write as _;

use super::view::{Row, Section, Shown, View};
use crate::check::{Allow, Budget, PathBudget, Same};
use crate::cli::diagnostics::visible_text;
use crate::cli::settings::{NAME, Origin, Place, Placed};
use crate::cli::value_enums::CommandChoice;
use crate::platform::bytes_of;
use crate::report::escape;

/// Comments are aligned up to this column; after a longer line a comment
/// follows after a space.
const WIDEST: usize = 44;

/// Writes all of it.
pub(super) fn write(view: &View) -> String {
    let mut text = match (&view.file, &view.directory) {
        (Some(file), Some(directory)) => format!(
            "# Project file: {}{}\n# Paths and globs are relative to {}\n",
            visible_text(&file.to_string_lossy()),
            match view.is_from_above {
                true => " (found above the working directory)",
                false => "",
            },
            visible_text(&directory.to_string_lossy()),
        ),
        _ => format!("# No project file: no {NAME} here or above, or --no-config is set\n"),
    };
    for section in &view.sections {
        let _ = write!(text, "\n{}", one_section(view, section));
        if section.command == CommandChoice::Check {
            for rule in &view.allow {
                let _ = write!(text, "\n{}", allow(view, rule));
            }
            for rule in &view.budgets {
                let _ = write!(text, "\n{}", budget(view, rule));
            }
            for rule in &view.same {
                let _ = write!(text, "\n{}", same(view, rule));
            }
        }
    }
    text
}

fn one_section(view: &View, section: &Section) -> String {
    let mut lines = vec![(format!("[{}]", section.command.name()), String::new())];
    lines.extend(section.rows.iter().map(|row| line(view, row)));
    let width = lines.iter().map(|(code, _)| code.chars().count());
    let width = width.filter(|width| *width <= WIDEST).max().unwrap_or(0);
    let mut text = String::new();
    for (code, comment) in lines {
        let line = if comment.is_empty() {
            code
        } else {
            format!("{code:width$}  # {comment}")
        };
        let _ = writeln!(text, "{line}");
    }
    for gone in &section.displaced {
        let origin = origin(view, &gone.origin);
        let _ = writeln!(
            text,
            "# {} from {origin} is overridden by {}",
            gone.name,
            visible_text(&gone.by)
        );
    }
    text
}

/// The code of a line, and the comment behind it.
fn line(view: &View, row: &Row) -> (String, String) {
    let name = &row.name;
    let Some(value) = &row.value else {
        let comment = match &row.default {
            Some(default) => format!("default: {default}"),
            None => "not set".to_owned(),
        };
        return (format!("# {name}"), comment);
    };
    let mut comment = match &row.origin {
        Some(origin) => self::origin(view, origin),
        None => "default".to_owned(),
    };
    match code(value) {
        Some(code) if row.is_open => (format!("# {name}"), format!("default: {code}")),
        Some(code) if row.is_setting => (format!("{name} = {code}"), comment),
        Some(code) => {
            comment.push_str(", for a single run");
            (format!("# {name} = {code}"), comment)
        }
        None => {
            comment.push_str(", cannot be written in TOML");
            (format!("# {name} = {}", lossy(value)), comment)
        }
    }
}

fn origin(view: &View, origin: &Origin) -> String {
    match origin {
        Origin::Flag(flag) => flag.clone(),
        Origin::Variable(variable) => variable.clone(),
        Origin::File(place) => in_file(view, *place),
    }
}

fn in_file(view: &View, place: Place) -> String {
    let file = view.file.as_deref().map(|file| file.to_string_lossy());
    let file = visible_text(&file.unwrap_or_default());
    format!("{file}:{}", place.line)
}

fn allow(view: &View, rule: &Placed<Allow>) -> String {
    let Allow {
        paths,
        digests,
        reason,
    } = &rule.it;
    let mut text = format!("[[check.allow]]  # {}\n", in_file(view, rule.place));
    if !paths.is_empty() {
        let _ = writeln!(text, "paths = {}", strings(paths));
    }
    if !digests.is_empty() {
        let digests: Vec<_> = digests.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "digests = {}", strings(&digests));
    }
    let _ = writeln!(text, "reason = {}", string(reason));
    text
}

fn budget(view: &View, rule: &Placed<PathBudget>) -> String {
    let PathBudget { paths, budget } = &rule.it;
    let Budget {
        max_groups,
        max_duplicates,
        max_reclaimable,
    } = budget;
    let mut text = format!("[[check.budget]]  # {}\n", in_file(view, rule.place));
    let _ = writeln!(text, "paths = {}", strings(paths));
    for (name, limit) in [
        ("max-groups", max_groups),
        ("max-duplicates", max_duplicates),
        ("max-reclaimable", max_reclaimable),
    ] {
        match limit {
            // TOML promises 63 bits only.
            Some(limit) if i64::try_from(*limit).is_err() => {
                let _ = writeln!(text, "{name} = \"{limit}\"");
            }
            Some(limit) => _ = writeln!(text, "{name} = {limit}"),
            None => {}
        }
    }
    text
}

fn same(view: &View, rule: &Placed<Same>) -> String {
    let Same { paths, reason } = &rule.it;
    let mut text = format!("[[check.same]]  # {}\n", in_file(view, rule.place));
    let _ = writeln!(text, "paths = {}", strings(paths));
    if !reason.is_empty() {
        let _ = writeln!(text, "reason = {}", string(reason));
    }
    text
}

/// A value in TOML, if TOML can say it.
fn code(value: &Shown) -> Option<String> {
    let text = |word: &OsStr| word.to_str().map(string);
    match value {
        Shown::Switch(on) => Some(on.to_string()),
        Shown::Number(number) => Some(number.to_string()),
        Shown::One(word) => text(word),
        Shown::Many(words) => {
            let words: Option<Vec<_>> = words.iter().map(|word| text(word)).collect();
            words.map(|words| format!("[{}]", words.join(", ")))
        }
    }
}

/// A value that is not UTF-8, for people.
fn lossy(value: &Shown) -> String {
    let words = match value {
        Shown::One(word) => std::slice::from_ref(word),
        Shown::Many(words) => words,
        Shown::Switch(_) | Shown::Number(_) => &[],
    };
    let words: Vec<_> = words.iter().map(|word| escape(bytes_of(word))).collect();
    words.join(", ")
}

fn strings(list: &[String]) -> String {
    let list: Vec<_> = list.iter().map(|text| string(text)).collect();
    format!("[{}]", list.join(", "))
}

/// A basic string. Control characters and those that change the text direction
/// are written as numbers.
fn string(text: &str) -> String {
    let mut string = String::with_capacity(text.len() + 2);
    string.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => string.extend(['\\', c]),
            '\n' => string.push_str("\\n"),
            '\t' => string.push_str("\\t"),
            _ if visible_text(c.encode_utf8(&mut [0; 4])).chars().eq([c]) => string.push(c),
            _ => _ = write!(string, "\\U{:08X}", u32::from(c)),
        }
    }
    string.push('"');
    string
}

#[cfg(test)]
mod tests {
    use super::*;
    use toml::de::{DeTable, DeValue};

    #[test]
    fn strings_are_read_back_as_they_were() {
        for text in [
            "",
            "plain",
            "two words",
            r#"say "so""#,
            r"C:\x",
            "a\nb\tc\r",
            "\x1b[31m\u{7f}\u{9b}",
            "\u{202e}gnp.exe",
            "gr\u{fc}n \u{4e2d} \u{1f600}",
            "# no comment",
        ] {
            let line = format!("it = {}", string(text));
            let table = DeTable::parse(&line).unwrap_or_else(|e| panic!("{line}: {e}"));
            match table.get_ref()["it"].get_ref() {
                DeValue::String(read) => assert_eq!(read, text),
                other => panic!("{line}: {other:?}"),
            }
            assert!(
                !line.chars().any(|c| c.is_control() || c == '\u{202e}'),
                "{line}"
            );
        }
    }
}
