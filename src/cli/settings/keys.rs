//! The keys of the project file and the environment: the long options of a
//! subcommand, derived from its definition so that they always match it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, ValueHint};

use super::suggest::{did_you_mean, nearest};
use super::validate;
use crate::cli::args::{CheckArgs, ScanArgs};
use crate::cli::diagnostics::Fatal;
use crate::cli::value_enums::CommandChoice;
use crate::platform::bytes_of;

/// Options for a single run only, with the reason.
const ONE_RUN: [(&str, &str); 12] = [
    (
        "files-from",
        "a list of files applies to a single run; use paths for what is always scanned",
    ),
    (
        "null",
        "it belongs to --files-from, which applies to a single run",
    ),
    ("output", "the output file applies to a single run"),
    ("report", "the output file applies to a single run"),
    ("config", "it selects the project file"),
    ("no-config", "it disables the project file"),
    (
        "update-baseline",
        "every run would accept all current duplicates",
    ),
    (
        "changed-since",
        "the revision depends on the branch: set it in the pipeline",
    ),
    (
        "settle-time",
        "only the command line decides how far file times are trusted",
    ),
    (
        "verbose",
        "only the command line decides how much is printed",
    ),
    ("quiet", "only the command line decides how much is printed"),
    ("help", "it sets nothing"),
];

/// The reason why an option can be set for a single run only.
pub(super) fn one_run_only(long: &str) -> Option<&'static str> {
    let found = ONE_RUN.iter().find(|(name, _)| *name == long);
    found.map(|(_, reason)| *reason)
}

/// Number of values that a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// None: it is on or off.
    Switch,
    /// One.
    One,
    /// Any number of them.
    Many,
}

/// An option of a subcommand, or its PATHs.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    /// The option without its dashes, or `paths`.
    pub name: String,
    /// Its id in the parser.
    id: String,
    /// Number of values that it takes.
    pub kind: Kind,
    /// True if they are paths.
    pub is_path: bool,
    /// True if they are numbers or sizes, so that they need no quotes.
    pub is_number: bool,
    /// True if they are globs.
    pub is_glob: bool,
    /// True if they are points in time, which TOML can write as such.
    pub is_time: bool,
    /// True if it selects files or groups.
    pub selects: bool,
    /// True if it has no name on the command line.
    pub is_positional: bool,
    /// The possible values, if they are enumerated.
    pub choices: Vec<String>,
    /// The default that its help text states.
    pub documented_default: Option<String>,
    /// The options that it cannot be combined with.
    conflicts: Vec<String>,
}

impl Key {
    fn of(arg: &Arg, command: &Command) -> Self {
        let id = arg.get_id().as_str().to_owned();
        let value_name = arg.get_value_names().and_then(<[_]>::first);
        let value_name = value_name.map_or("", |name| name.as_str());
        let kind = match arg.get_action() {
            ArgAction::SetTrue => Kind::Switch,
            ArgAction::Append => Kind::Many,
            _ => Kind::One,
        };
        let values = match kind {
            Kind::Switch => Vec::new(),
            Kind::One | Kind::Many => arg.get_possible_values(),
        };
        let conflicts = command.get_arg_conflicts_with(arg);
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let default = help.split_once("[default: ").map(|(_, rest)| rest);
        Self {
            name: arg.get_long().unwrap_or(&id).to_owned(),
            kind,
            is_path: matches!(
                arg.get_value_hint(),
                ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath
            ),
            is_number: matches!(value_name, "N" | "SIZE"),
            is_glob: value_name == "GLOB",
            is_time: value_name == "WHEN",
            selects: matches!(arg.get_help_heading(), Some("Selection" | "Groups")),
            is_positional: arg.is_positional(),
            choices: values.iter().map(|v| v.get_name().to_owned()).collect(),
            documented_default: default.map(|text| text.trim_end_matches(']').to_owned()),
            conflicts: conflicts
                .iter()
                .filter_map(|other| other.get_long().map(str::to_owned))
                .collect(),
            id,
        }
    }

    /// Returns true if it may be set in the project file and in the
    /// environment.
    pub(crate) fn is_setting(&self) -> bool {
        one_run_only(&self.name).is_none()
    }

    /// The environment variable that sets it.
    pub(crate) fn variable(&self) -> String {
        format!("NODUPE_{}", self.name.to_uppercase().replace('-', "_"))
    }

    /// The option as it is written.
    pub(crate) fn option(&self) -> String {
        format!("--{}", self.name)
    }

    /// Returns true if both mean the same in their subcommands.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.kind == other.kind && self.choices == other.choices
    }
}

/// Returns true if any flag selects files or groups. The same as checking the
/// keys, before they exist: the parser marks the structures that any flag
/// belongs to.
pub(super) fn selects_by_flags(matches: &ArgMatches) -> bool {
    ["SelectionArgs", "GroupArgs"]
        .iter()
        .any(|group| matches.value_source(group) == Some(ValueSource::CommandLine))
}

/// All options of a subcommand.
#[derive(Debug)]
pub(crate) struct Keys {
    /// Whose they are.
    pub command: CommandChoice,
    keys: BTreeMap<String, Key>,
    parser: Command,
}

impl Keys {
    /// Derives them from the definition.
    pub(crate) fn of(command: CommandChoice) -> Self {
        let bare = Command::new("nodupe")
            .no_binary_name(true)
            .disable_help_flag(true);
        let parser = match command {
            CommandChoice::Scan => ScanArgs::augment_args(bare),
            CommandChoice::Check => CheckArgs::augment_args(bare),
        };
        let keys = parser.get_arguments().map(|arg| Key::of(arg, &parser));
        Self {
            command,
            keys: keys.map(|key| (key.name.clone(), key)).collect(),
            parser,
        }
    }

    /// Every option, by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Key> {
        self.keys.values()
    }

    /// The names that can be set.
    pub(crate) fn settings(&self) -> impl Iterator<Item = &str> {
        let settings = self.all().filter(|key| key.is_setting());
        settings.map(|key| key.name.as_str())
    }

    /// The key of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Key> {
        self.keys.get(name)
    }

    /// The name under which a switch is stored, and whether it is its opposite:
    /// `no-gitignore` is `gitignore` turned off, if both exist.
    pub(crate) fn canonical<'a>(&self, name: &'a str) -> (&'a str, bool) {
        match name.strip_prefix("no-") {
            Some(positive) if self.keys.contains_key(positive) => (positive, true),
            _ => (name, false),
        }
    }

    /// The option that turns this one off, if there is one.
    pub(crate) fn opposite(&self, name: &str) -> Option<String> {
        let opposite = format!("no-{name}");
        self.keys.contains_key(&opposite).then_some(opposite)
    }

    /// Returns true if the parser rejects the combination of both.
    pub(crate) fn are_at_odds(&self, one: &str, other: &str) -> bool {
        let names = |a: &str, b: &str| {
            let key = self.keys.get(a);
            key.is_some_and(|key| key.conflicts.iter().any(|c| c == b))
        };
        names(one, other) || names(other, one)
    }

    /// Returns true if the option was given as a flag.
    pub(crate) fn is_flag(key: &Key, matches: &ArgMatches) -> bool {
        matches.value_source(&key.id) == Some(ValueSource::CommandLine)
    }

    /// The values of an option, whether given or its default.
    pub(crate) fn values(key: &Key, matches: &ArgMatches) -> Option<Vec<OsString>> {
        let values = matches.get_raw(&key.id)?;
        Some(values.map(OsStr::to_owned).collect())
    }

    /// Checks that a value is valid by itself.
    ///
    /// # Errors
    ///
    /// If it is not. The message begins with the name of the option.
    pub(crate) fn check(&mut self, key: &Key, value: &OsStr) -> Result<(), Fatal> {
        if bytes_of(value).contains(&0) {
            return Err(Fatal::new(format!(
                "--{}: a value cannot contain NUL",
                key.name
            )));
        }
        if key.is_path && value.is_empty() {
            return Err(Fatal::new(format!("--{}: the path is empty", key.name))
                .hint("write \".\" for the directory itself"));
        }
        if !key.is_positional {
            let mut word = OsString::from(format!("--{}=", key.name));
            word.push(value);
            if let Err(error) = self.parser.try_get_matches_from_mut([word]) {
                return Err(explained(key, value, &error));
            }
        }
        match value.to_str() {
            Some(text) => validate::check(&key.name, text),
            None => Ok(()),
        }
    }
}

/// The parser's error for a value.
fn explained(key: &Key, value: &OsStr, error: &clap::Error) -> Fatal {
    let name = &key.name;
    let value = value.to_string_lossy();
    if !key.choices.is_empty() {
        // Hidden values are accepted, but not suggested.
        let shown = match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(shown)) => shown,
            _ => &key.choices,
        };
        let fatal = Fatal::new(format!("--{name}: invalid value {value:?}"));
        return match nearest(&value, shown.iter().map(String::as_str)) {
            Some(near) => fatal.hint(did_you_mean(near)),
            None => fatal.hint(format!("possible values: {}", shown.join(", "))),
        };
    }
    if error.kind() == ErrorKind::InvalidUtf8 {
        return Fatal::new(format!("--{name}: {value:?} is not UTF-8"));
    }
    let reason = std::error::Error::source(error).map(ToString::to_string);
    Fatal::new(match reason {
        Some(reason) => format!("--{name}: invalid value {value:?}: {reason}"),
        None => format!("--{name}: invalid value {value:?}"),
    })
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
