//! `[[check.allow]]`, `[[check.budget]]` and `[[check.same]]`.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::{entries, kind_of, list, text_of};
use super::span::{Lines, Placed, Wrong};
use super::suggest::{did_you_mean, nearest};
use crate::check::{Allow, Budget, PathBudget, Same, is_glob};
use crate::cli::diagnostics::Fatal;
use crate::cli::values;
use crate::types::Digest;

/// Reads every table of a list of tables.
pub(super) fn each<T>(
    lines: &Lines<'_>,
    name: &str,
    value: &Spanned<DeValue<'_>>,
    read: impl Fn(&DeTable<'_>, &Range<usize>) -> Result<T, Wrong>,
) -> Result<Vec<Placed<T>>, Wrong> {
    let Some(tables) = list(value) else {
        let fatal = Fatal::new(format!(
            "{name:?} is a list of tables, not {}",
            kind_of(value.get_ref())
        ));
        return Err(Wrong::new(&value.span(), fatal.hint(in_brackets(name))));
    };
    let placed = tables.iter().map(|element| {
        let span = element.span();
        let DeValue::Table(table) = element.get_ref() else {
            let found = kind_of(element.get_ref());
            let fatal = Fatal::new(format!("{name:?} is a list of tables, and this is {found}"));
            return Err(Wrong::new(&span, fatal.hint(in_brackets(name))));
        };
        let it = read(table, &span)?;
        let place = lines.place(span.start);
        Ok(Placed { it, place })
    });
    placed.collect()
}

fn in_brackets(name: &str) -> String {
    format!("write [[check.{name}]], in double brackets")
}

/// Reads one `[[check.allow]]`.
pub(super) fn allow(table: &DeTable<'_>, span: &Range<usize>) -> Result<Allow, Wrong> {
    let mut rule = Allow::default();
    for ((key, at), value) in entries(table) {
        match key {
            "paths" => rule.paths = globs(key, value)?,
            "digests" => rule.digests = strings(key, value, digest)?,
            "reason" => rule.reason = reason(value)?,
            _ => return Err(unknown(key, &at, "allow", &["paths", "digests", "reason"])),
        }
    }
    if rule.paths.is_empty() && rule.digests.is_empty() {
        let fatal = Fatal::new("[[check.allow]] without paths or digests allows nothing");
        return Err(Wrong::new(
            span,
            fatal.hint("add paths or digests, as in paths = [\"fixtures/**\"]"),
        ));
    }
    if rule.reason.is_empty() {
        let fatal = Fatal::new("[[check.allow]] without a reason");
        return Err(Wrong::new(
            span,
            fatal.hint("add a reason, as in reason = \"test data that is meant to repeat\""),
        ));
    }
    Ok(rule)
}

/// Reads one `[[check.budget]]`.
pub(super) fn budget(table: &DeTable<'_>, span: &Range<usize>) -> Result<PathBudget, Wrong> {
    const LIMITS: [&str; 3] = ["max-groups", "max-duplicates", "max-reclaimable"];
    let mut paths = Vec::new();
    let (mut groups, mut duplicates, mut reclaimable) = (None, None, None);
    for ((key, at), value) in entries(table) {
        match key {
            "paths" => paths = globs(key, value)?,
            "max-groups" => groups = Some(number(key, value)?),
            "max-duplicates" => duplicates = Some(number(key, value)?),
            "max-reclaimable" => reclaimable = Some(size(key, value)?),
            _ => {
                let known = ["paths", LIMITS[0], LIMITS[1], LIMITS[2]];
                return Err(unknown(key, &at, "budget", &known));
            }
        }
    }
    if paths.is_empty() {
        let fatal = Fatal::new("[[check.budget]] without paths applies to nothing");
        return Err(Wrong::new(
            span,
            fatal.hint("add paths, as in paths = [\"assets/**\"]; the budget of [check] covers everything else"),
        ));
    }
    Ok(PathBudget {
        paths,
        budget: Budget::of(groups, duplicates, reclaimable),
    })
}

/// Reads one `[[check.same]]`.
pub(super) fn same(table: &DeTable<'_>, span: &Range<usize>) -> Result<Same, Wrong> {
    let mut rule = Same::default();
    for ((key, at), value) in entries(table) {
        match key {
            "paths" => rule.paths = globs(key, value)?,
            "reason" => rule.reason = reason(value)?,
            _ => return Err(unknown(key, &at, "same", &["paths", "reason"])),
        }
    }
    if rule.paths.len() < 2 && !rule.paths.iter().any(|path| is_glob(path)) {
        let fatal = Fatal::new("[[check.same]] without two files compares nothing");
        return Err(Wrong::new(
            span,
            fatal.hint("add paths, as in paths = [\"LICENSE\", \"docs/LICENSE\"]"),
        ));
    }
    Ok(rule)
}

fn unknown(key: &str, at: &Range<usize>, table: &str, known: &[&str]) -> Wrong {
    let fatal = Fatal::new(format!("unknown key {key:?} in [[check.{table}]]"));
    let hint = match nearest(key, known.iter().copied()) {
        Some(near) => did_you_mean(near),
        None => format!("possible keys: {}", known.join(", ")),
    };
    Wrong::new(at, fatal.hint(hint))
}

fn wrong_type(key: &str, wanted: &str, value: &Spanned<DeValue<'_>>) -> Wrong {
    let found = kind_of(value.get_ref());
    Wrong::new(
        &value.span(),
        Fatal::new(format!("{key:?} takes {wanted}, not {found}")),
    )
}

/// A list of strings, or one of them.
fn strings<T>(
    key: &str,
    value: &Spanned<DeValue<'_>>,
    read: impl Fn(&str) -> Result<T, Fatal>,
) -> Result<Vec<T>, Wrong> {
    let one = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
        DeValue::String(text) => read(text).map_err(|fatal| Wrong::new(&value.span(), fatal)),
        _ => Err(wrong_type(key, "strings", value)),
    };
    match value.get_ref() {
        DeValue::Array(list) => list.iter().map(one).collect(),
        _ => Ok(vec![one(value)?]),
    }
}

fn globs(key: &str, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, Wrong> {
    strings(key, value, |text| values::glob(text).map(String::from))
}

fn digest(text: &str) -> Result<Digest, Fatal> {
    Digest::parse(text).map_err(|reason| {
        Fatal::new(format!("invalid digest {text:?}: {reason}"))
            .hint("copy it from a report: nodupe scan -f json")
    })
}

fn reason(value: &Spanned<DeValue<'_>>) -> Result<String, Wrong> {
    match value.get_ref() {
        DeValue::String(text) if text.trim().is_empty() => Err(Wrong::new(
            &value.span(),
            Fatal::new("the reason is empty").hint("say why these duplicates are intended"),
        )),
        DeValue::String(text) => Ok(text.trim().to_owned()),
        _ => Err(wrong_type("reason", "a string", value)),
    }
}

fn number(key: &str, value: &Spanned<DeValue<'_>>) -> Result<u64, Wrong> {
    let text = text_of(value.get_ref());
    match value.get_ref() {
        DeValue::Integer(_) | DeValue::String(_) => text.parse().map_err(|_| {
            let fatal = Fatal::new(format!("{key}: {text:?} is not a number of files"));
            Wrong::new(&value.span(), fatal.hint("write 0 or more"))
        }),
        _ => Err(wrong_type(key, "a number", value)),
    }
}

fn size(key: &str, value: &Spanned<DeValue<'_>>) -> Result<u64, Wrong> {
    match value.get_ref() {
        DeValue::Integer(_) | DeValue::String(_) => values::size(&text_of(value.get_ref()))
            .map_err(|reason| Wrong::new(&value.span(), Fatal::new(format!("{key}: {reason}")))),
        _ => Err(wrong_type(key, "a size", value)),
    }
}
