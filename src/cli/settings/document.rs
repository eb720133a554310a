//! Parses the text of the project file.
//!
//! A pure step. Errors are reported with their place, the first in the text
//! first.

use std::ffi::OsString;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use clap::ArgMatches;

use super::keys::{Key, Keys, Kind, Rejected, ValueType, canonical, one_run_only};
use super::layer::{Given, Layer, Origin, Value};
use super::rules;
use super::span::{Lines, Placed, Wrong};
use super::suggest::{did_you_mean, nearest};
use crate::check::{Allow, PathBudget, Same};
use crate::cli::diagnostics::Fatal;

/// The content of a project file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Document {
    /// `[scan]`.
    pub scan: Layer,
    /// `[check]`.
    pub check: Layer,
    /// `[act]`.
    pub act: Layer,
    /// `[[check.allow]]`.
    pub allow: Vec<Placed<Allow>>,
    /// `[[check.budget]]`.
    pub budgets: Vec<Placed<PathBudget>>,
    /// `[[check.same]]`.
    pub same: Vec<Placed<Same>>,
}

/// A key or a value, and its place.
pub(super) type At<'a, T> = (&'a T, Range<usize>);

/// The entries of a table in the order of the text.
pub(super) fn entries<'a>(table: &'a DeTable<'_>) -> Vec<(At<'a, str>, &'a Spanned<DeValue<'a>>)> {
    let mut entries: Vec<_> = table
        .iter()
        .map(|(key, value)| ((key.get_ref().as_ref(), key.span()), value))
        .collect();
    entries.sort_by_key(|((_, span), _)| span.start);
    entries
}

impl Document {
    /// Reads the text.
    ///
    /// # Errors
    ///
    /// The first error in it.
    pub(crate) fn parse(text: &str, scan: &Keys, check: &Keys, act: &Keys) -> Result<Self, Wrong> {
        let table = DeTable::parse(text).map_err(|error| not_toml(&error))?;
        let lines = &Lines::of(text);
        let mut document = Self::default();
        for ((name, span), value) in entries(table.get_ref()) {
            match name {
                "scan" => document.scan = Section::new(lines, scan, check).layer(name, value)?,
                "check" => document.check(lines, value, check, scan)?,
                "act" => document.act = Section::new(lines, act, scan).layer(name, value)?,
                _ => return Err(Wrong::new(&span, unknown_table(name, [scan, check, act]))),
            }
        }
        Ok(document)
    }

    fn check(
        &mut self,
        lines: &Lines<'_>,
        value: &Spanned<DeValue<'_>>,
        keys: &Keys,
        other: &Keys,
    ) -> Result<(), Wrong> {
        let section = Section::new(lines, keys, other);
        self.check = section.layer("check", value)?;
        for ((name, _), value) in entries(table(value, "check")?) {
            match name {
                "allow" => self.allow = rules::each(lines, name, value, rules::allow)?,
                "budget" => self.budgets = rules::each(lines, name, value, rules::budget)?,
                "same" => self.same = rules::each(lines, name, value, rules::same)?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// The names of a section's tables of rules.
const RULES: [&str; 3] = ["allow", "budget", "same"];

/// `[scan]` or `[check]`.
struct Section<'a> {
    lines: &'a Lines<'a>,
    keys: &'a Keys,
    /// Those of the other section.
    other: &'a Keys,
}

impl<'a> Section<'a> {
    fn new(lines: &'a Lines<'a>, keys: &'a Keys, other: &'a Keys) -> Self {
        Self { lines, keys, other }
    }

    fn layer(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Result<Layer, Wrong> {
        let mut layer = Layer::new();
        for ((key, span), value) in entries(table(value, name)?) {
            if name == "check" && RULES.contains(&key) {
                continue;
            }
            let Some(found) = self.keys.get(key).filter(|key| key.is_setting) else {
                return Err(Wrong::new(&span, self.unknown(key, name)));
            };
            let (value, parsed) = self.value(found, value)?;
            let origin = Origin::File(self.lines.place(span.start));
            let (canonical, _) = canonical(key);
            if let Some(Given {
                value: other,
                origin: Origin::File(place),
                ..
            }) = layer.get(canonical)
                && *other != value
            {
                let fatal = Fatal::new(format!("{key:?} contradicts line {}", place.line));
                return Err(Wrong::new(&span, fatal.hint("keep one of the two")));
            }
            let parsed = Some(parsed);
            layer.insert(
                canonical.to_owned(),
                Given {
                    value,
                    origin,
                    parsed,
                },
            );
        }
        Ok(layer)
    }

    /// The error for a key that is unknown or not allowed in a file.
    fn unknown(&self, key: &str, section: &str) -> Fatal {
        if let Some(reason) = self
            .keys
            .get(key)
            .and_then(Key::one_run)
            .or(one_run_only(key))
        {
            return Fatal::new(format!("{key:?} cannot be set in a project file: {reason}"));
        }
        let fatal = Fatal::new(format!("unknown key {key:?} in [{section}]"));
        let rules: &[&str] = if section == "check" { &RULES } else { &[] };
        let names = self.keys.settings().map(|key| key.name.as_str());
        let names = names.chain(rules.iter().copied());
        if section == "scan" && RULES.contains(&key) {
            return fatal.hint(format!("write [[check.{key}]]"));
        }
        if self.other.get(key).is_some_and(|key| key.is_setting) {
            return fatal.hint(format!("it belongs in [{}]", self.other.section));
        }
        match nearest(key, names) {
            Some(near) => fatal.hint(did_you_mean(near)),
            None => {
                let command = if section == "act" { "remove" } else { section };
                fatal.hint(format!(
                    "the keys are the long options of nodupe {command}; its --help lists them"
                ))
            }
        }
    }

    /// The value of a key, as written and as parsed.
    fn value(&self, key: &Key, value: &Spanned<DeValue<'_>>) -> Result<(Value, ArgMatches), Wrong> {
        let wrong_type = || {
            let found = kind_of(value.get_ref());
            let fatal = Fatal::new(format!("{:?} takes {}, not {found}", key.name, wanted(key)));
            Wrong::new(&value.span(), fatal.hint(example(key)))
        };
        let words = match (key.kind, value.get_ref()) {
            (Kind::Switch, DeValue::Boolean(on)) => {
                let (name, when_on) = canonical(&key.name);
                let on = *on == when_on;
                return Ok((Value::Switch(on), self.keys.parse_switch(name, on)));
            }
            (Kind::Switch, _) => return Err(wrong_type()),
            (Kind::Many, DeValue::Array(list)) if key.is_positional && list.is_empty() => {
                // As arguments, no paths mean the working directory.
                let fatal = Fatal::new(format!("{:?} is an empty list", key.name));
                return Err(Wrong::new(
                    &value.span(),
                    fatal.hint(
                        "write \".\" for the directory of this file, or leave it out for the working directory",
                    ),
                ));
            }
            (Kind::Many, DeValue::Array(list)) => list.iter().collect(),
            (_, DeValue::Boolean(_)) if key.value_type == ValueType::OnOff => vec![value],
            (_, _) if key.value_type == ValueType::OnOff => return Err(wrong_type()),
            (_, DeValue::String(_)) => vec![value],
            (Kind::One, DeValue::Integer(_)) if key.value_type == ValueType::Number => vec![value],
            (Kind::One, DeValue::Datetime(_)) if key.value_type == ValueType::Time => vec![value],
            _ => return Err(wrong_type()),
        };
        let is_text = |word: &&Spanned<DeValue<'_>>| matches!(word.get_ref(), DeValue::String(_));
        if key.kind == Kind::Many
            && let Some(other) = words.iter().find(|word| !is_text(word))
        {
            let found = kind_of(other.get_ref());
            let fatal = Fatal::new(format!("{:?} takes strings, not {found}", key.name));
            return Err(Wrong::new(&other.span(), fatal.hint(example(key))));
        }
        let texts: Vec<OsString> = words.iter().map(|w| text_of(w.get_ref()).into()).collect();
        match self.keys.parse(key, &texts) {
            Ok(parsed) => Ok((Value::Words(texts), parsed)),
            Err(Rejected { index, fatal }) => Err(Wrong::new(&words[index].span(), fatal)),
        }
    }
}

/// A single value as it would be written on the command line.
pub(super) fn text_of(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => match u64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => number.to_string(),
            Err(_) => number.to_string(),
        },
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Boolean(on) => on.to_string(),
        DeValue::Float(_) | DeValue::Array(_) | DeValue::Table(_) => String::new(),
    }
}

/// A value that has to be a table.
pub(super) fn table<'a>(
    value: &'a Spanned<DeValue<'a>>,
    name: &str,
) -> Result<&'a DeTable<'a>, Wrong> {
    match value.get_ref() {
        DeValue::Table(table) => Ok(table),
        other => {
            let fatal = Fatal::new(format!("{name:?} is a table, not {}", kind_of(other)));
            Err(Wrong::new(
                &value.span(),
                fatal.hint(format!(
                    "write [{name}] on a line of its own, and its keys below it"
                )),
            ))
        }
    }
}

/// A value that has to be a list.
pub(super) fn list<'a>(value: &'a Spanned<DeValue<'a>>) -> Option<&'a DeArray<'a>> {
    match value.get_ref() {
        DeValue::Array(list) => Some(list),
        _ => None,
    }
}

/// The type of a value, in words.
pub(super) fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn wanted(key: &Key) -> &'static str {
    match key.kind {
        Kind::Switch => "true or false",
        Kind::Many => "a list of strings",
        Kind::One => match key.value_type {
            ValueType::Number => "a number or a string",
            ValueType::Time => "a date or a string",
            ValueType::OnOff => "true or false",
            ValueType::Path | ValueType::Glob | ValueType::Text => "a string",
        },
    }
}

fn example(key: &Key) -> String {
    let name = &key.name;
    match key.kind {
        Kind::Switch => format!("write {name} = true"),
        Kind::Many => format!("write {name} = [\"...\", \"...\"]"),
        Kind::One if key.value_type == ValueType::OnOff => {
            format!("write {name} = true; only the command line says where it is written")
        }
        Kind::One => match key.choices.first() {
            Some(choice) => format!("write {name} = {choice:?}"),
            None => format!("write {name} = \"...\""),
        },
    }
}

/// The error for a key outside the sections.
fn unknown_table(name: &str, sections: [&Keys; 3]) -> Fatal {
    let home = sections
        .into_iter()
        .find(|keys| keys.get(name).is_some_and(|key| key.is_setting));
    if let Some(home) = home {
        return Fatal::new(format!("{name:?} is outside [scan], [check] and [act]"))
            .hint(format!("put it below [{}]", home.section));
    }
    let fatal = Fatal::new(format!("unknown table or key {name:?}"));
    match nearest(name, ["scan", "check", "act"]) {
        Some(near) => fatal.hint(format!("did you mean [{near}]?")),
        None if RULES.contains(&name) => fatal.hint(format!("write [[check.{name}]]")),
        None => fatal.hint(
            "a project file has [scan], [check], [act], [[check.allow]], [[check.budget]] and [[check.same]]",
        ),
    }
}

/// The parser's words, which may take several lines.
fn not_toml(error: &toml::de::Error) -> Wrong {
    let span = error.span().unwrap_or_default();
    let lines: Vec<_> = error.message().lines().map(str::trim).collect();
    let lines = lines.join(", ");
    let hint = if lines.contains("duplicate") {
        "keep one of the two"
    } else {
        "put strings in quotes, lists in [ ]; see toml.io"
    };
    let fatal = Fatal::new(format!("invalid TOML: {lines}"));
    Wrong::new(&span, fatal.hint(hint))
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
