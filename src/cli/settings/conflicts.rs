//! The one table of options that cannot be used together, or need each other.
//!
//! It holds for flags, the environment and the project file alike. Within one
//! of these a conflict is an error; between two of them the setting of lower
//! precedence is dropped.

use super::layer::{Layer, Value};
use crate::cli::diagnostics::Fatal;

/// Two options that cannot be used together.
struct Conflict {
    options: &'static [&'static str; 2],
    /// Values of the second one that agree with the first.
    unless: &'static [&'static str],
    hint: &'static str,
}

const fn conflict(options: &'static [&'static str; 2], hint: &'static str) -> Conflict {
    Conflict {
        options,
        unless: &[],
        hint,
    }
}

const COPIES: &str = "each sets the number of copies; keep only one of them";
const SINGLE: &str = "--directories looks for copies; leave one of the two out";
const BASELINE: &str = "--update-baseline accepts all duplicates, so nothing is checked";

const WANTED: &str = "each asks for other groups; keep only one of them";

const CONFLICTS: [Conflict; 20] = [
    conflict(&["unique", "min-copies"], COPIES),
    conflict(&["unique", "rf-under"], COPIES),
    conflict(&["unique", "rf-over"], COPIES),
    conflict(&["min-copies", "rf-over"], COPIES),
    conflict(
        &["unique", "across-roots"],
        "--across-roots selects groups in two roots, so a single file cannot match",
    ),
    conflict(&["directories", "unique"], SINGLE),
    conflict(&["directories", "rf-under"], SINGLE),
    conflict(
        &["directories", "fail-fast"],
        "directories can be compared only at the end of the scan",
    ),
    Conflict {
        options: &["worker-memory", "executor"],
        unless: &["auto", "process"],
        hint: "only worker processes have a memory limit: use --executor process, or leave one of the two out",
    },
    conflict(&["update-baseline", "changed-since"], BASELINE),
    conflict(&["update-baseline", "fail-fast"], BASELINE),
    conflict(&["update-baseline", "deny-stale"], BASELINE),
    conflict(
        &["config", "no-config"],
        "--config names the project file to read, --no-config reads none",
    ),
    conflict(&["quiet", "verbose"], "keep only one of them"),
    conflict(
        &["bench", "profile"],
        "--bench runs every executor, whatever the rules choose",
    ),
    conflict(
        &["hash-everything", "candidates"],
        "--candidates reads less; keep only one of them",
    ),
    conflict(&["across-hosts", "unique-to"], WANTED),
    conflict(&["across-hosts", "plan-for"], WANTED),
    conflict(&["unique-to", "plan-for"], WANTED),
    conflict(
        &["plan-for", "redundant"],
        "a plan also names the files that stay",
    ),
];

/// A setting that the first option replaces, if it comes from a source of lower
/// precedence. From one source both count.
const REPLACED: [(&str, &str); 1] = [("files-from", "paths")];

/// An option that has an effect only beside another one.
struct Requirement {
    option: &'static [&'static str; 1],
    /// One of these is enough.
    needs: &'static [&'static str],
    message: &'static str,
    hint: &'static str,
}

const REQUIREMENTS: [Requirement; 4] = [
    Requirement {
        option: &["null"],
        needs: &["files-from"],
        message: "--null needs --files-from",
        hint: "to end the paths of a report with NUL, use --format paths0",
    },
    Requirement {
        option: &["ignore-names"],
        needs: &["directories"],
        message: "--ignore-names needs --directories",
        hint: "leave it out: the names of files never matter",
    },
    Requirement {
        option: &["similar"],
        needs: &["directories"],
        message: "--similar needs --directories",
        hint: "add --directories: identical directories are reported too",
    },
    Requirement {
        option: &["executor-fallback"],
        needs: &["executor", "worker-memory"],
        message: "--executor-fallback needs --worker-memory, or an --executor other than auto",
        hint: "leave it out: auto uses another executor by itself if one cannot start",
    },
];

/// Returns true if a value asks for something: a switch is on, an executor is
/// named.
fn is_active(name: &str, value: &Value) -> bool {
    match value {
        Value::Switch(on) => *on,
        Value::Words(words) => name != "executor" || words.iter().all(|word| word != "auto"),
    }
}

impl Conflict {
    fn holds(&self, one: (&str, &Value), other: (&str, &Value)) -> bool {
        let agrees = |value: &Value| match value {
            Value::Words(words) => words.iter().any(|w| self.unless.iter().any(|u| w == u)),
            Value::Switch(_) => false,
        };
        [(one, other), (other, one)].iter().any(|(first, second)| {
            *self.options == [first.0, second.0]
                && is_active(first.0, first.1)
                && is_active(second.0, second.1)
                && !agrees(second.1)
        })
    }
}

/// Returns true if two settings of different sources cannot both hold.
pub(super) fn are_exclusive(one: (&str, &Value), above: (&str, &Value)) -> bool {
    let is_replaced = REPLACED.contains(&(above.0, one.0));
    is_replaced || CONFLICTS.iter().any(|c| c.holds(one, above))
}

/// Drops settings that need another one which is not set. In a file or in the
/// environment they wait for it; as a flag they are a mistake.
pub(super) fn drop_unused(layer: &mut Layer) {
    for rule in &REQUIREMENTS {
        if !is_met(rule, layer)
            && let [option] = rule.option
            && layer.get(*option).is_some_and(|it| !it.origin.is_flag())
        {
            layer.remove(*option);
        }
    }
}

fn is_met(rule: &Requirement, layer: &Layer) -> bool {
    let is_set = |name: &str| layer.get(name).is_some_and(|it| is_active(name, &it.value));
    rule.option.iter().all(|name| !is_set(name)) || rule.needs.iter().any(|name| is_set(name))
}

/// Checks that the settings in effect can be used together.
///
/// # Errors
///
/// The first conflict or unmet requirement in the table.
pub(crate) fn check(layer: &Layer) -> Result<(), Fatal> {
    for rule in &CONFLICTS {
        let [one, other] = rule.options;
        if let (Some(a), Some(b)) = (layer.get(*one), layer.get(*other))
            && rule.holds((one, &a.value), (other, &b.value))
        {
            let message = format!("--{one} and --{other} cannot be used together");
            return Err(Fatal::new(message).hint(rule.hint).about(rule.options));
        }
    }
    let unmet = REQUIREMENTS.iter().find(|rule| !is_met(rule, layer));
    unmet.map_or(Ok(()), |rule| {
        Err(Fatal::new(rule.message).hint(rule.hint).about(rule.option))
    })
}

/// The options that the table names.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let conflicts = CONFLICTS.iter().flat_map(|rule| rule.options);
    let replaced = REPLACED.iter().flat_map(|(one, other)| [one, other]);
    let requirements = REQUIREMENTS
        .iter()
        .flat_map(|r| r.option.iter().chain(r.needs));
    conflicts.chain(replaced).chain(requirements).copied()
}
