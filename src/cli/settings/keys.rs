//! The keys of the project file and the environment: the long options of a
//! subcommand, derived from its definition so that they always match it.
//!
//! A value from the file or the environment goes through the value parser of
//! its option, the one that a flag goes through too. The result is kept in the
//! parser's own form and copied into the arguments of the subcommand.

use std::any::TypeId;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::builder::{BoolishValueParser, Resettable};
use clap::{Arg, ArgAction, ArgMatches, Args, Command};

use crate::cli::args::{Configured, ScanArgs};
use crate::cli::diagnostics::Fatal;
use crate::cli::usage;
use crate::cli::values::{CacheChoice, Glob, When, Workers};
use crate::platform::bytes_of;

/// Options for a single run only, with the reason.
const ONE_RUN: [(&str, &str); 16] = [
    (
        "files-from",
        "a list of files applies to a single run; use paths for what is always scanned",
    ),
    (
        "null",
        "it belongs to --files-from, which applies to a single run",
    ),
    ("recursive", "directories are always scanned recursively"),
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
    ("keep", "only the command line decides which files are kept"),
    (
        "redundant",
        "only the command line decides that files to keep are not listed",
    ),
    (
        "cache-size",
        "only the command line decides how much is written",
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

/// Switches that another switch turns off.
const OPPOSITES: [(&str, &str); 1] = [("gitignore", "no-gitignore")];

/// The name under which a switch is stored, and its value when it is on:
/// `no-gitignore` is `gitignore` turned off.
pub(crate) fn canonical(name: &str) -> (&str, bool) {
    let positive = OPPOSITES.iter().find(|(_, opposite)| *opposite == name);
    positive.map_or((name, true), |(positive, _)| (*positive, false))
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

/// The type of the values of a key, as far as it matters in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueType {
    /// A path: relative to the directory of the file.
    Path,
    /// A glob: likewise.
    Glob,
    /// A number or size, which needs no quotes.
    Number,
    /// A point in time, which TOML can write as such.
    Time,
    /// A boolean, and something else that only a user may say: a file must not
    /// decide where something is written.
    OnOff,
    /// Anything else.
    Text,
}

impl ValueType {
    fn of(arg: &Arg) -> Self {
        let id = arg.get_value_parser().type_id();
        let is = |types: &[TypeId]| types.iter().any(|of| id == *of);
        if is(&[TypeId::of::<PathBuf>()]) {
            Self::Path
        } else if is(&[TypeId::of::<Glob>()]) {
            Self::Glob
        } else if is(&[TypeId::of::<When>()]) {
            Self::Time
        } else if is(&[TypeId::of::<CacheChoice>()]) {
            Self::OnOff
        } else if is(&[
            TypeId::of::<u64>(),
            TypeId::of::<u32>(),
            TypeId::of::<NonZeroU64>(),
            TypeId::of::<Workers>(),
        ]) {
            Self::Number
        } else {
            Self::Text
        }
    }
}

/// An option of a subcommand, or its PATHs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// The option without its dashes, or `paths`.
    pub name: String,
    /// Number of values that it takes.
    pub kind: Kind,
    /// Their type.
    pub value_type: ValueType,
    /// True if it has no name on the command line.
    pub is_positional: bool,
    /// The possible values, if they are enumerated. Hidden ones are left out.
    pub choices: Vec<String>,
    /// The reason why it may be set only on the command line of its subcommand.
    one_run: Option<&'static str>,
    /// True if it may be set in the project file and in the environment.
    pub is_setting: bool,
}

impl Key {
    fn of<T: Configured>(arg: &Arg) -> Self {
        let kind = match arg.get_action() {
            ArgAction::SetTrue => Kind::Switch,
            ArgAction::Append => Kind::Many,
            _ => Kind::One,
        };
        let choices = match kind {
            Kind::Switch => Vec::new(),
            Kind::One | Kind::Many => arg.get_possible_values(),
        };
        let choices = choices.iter().filter(|choice| !choice.is_hide_set());
        let name = name_of(arg.get_id().as_str());
        let own = T::ONE_RUN.iter().find(|(own, _)| *own == name);
        let one_run = own.map(|(_, reason)| *reason).or(one_run_only(&name));
        Self {
            is_setting: one_run.is_none(),
            one_run,
            name,
            kind,
            value_type: ValueType::of(arg),
            is_positional: arg.is_positional(),
            choices: choices.map(|v| v.get_name().to_owned()).collect(),
        }
    }

    /// The reason why neither the project file nor the environment may set it.
    pub(crate) fn one_run(&self) -> Option<&'static str> {
        self.one_run
    }

    /// The environment variable that sets it.
    pub(crate) fn variable(&self) -> String {
        format!("NODUPE_{}", self.name.to_uppercase().replace('-', "_"))
    }
}

/// The name of the option whose id this is in the parser.
pub(super) fn name_of(id: &str) -> String {
    id.replace('_', "-")
}

/// All options of a subcommand.
#[derive(Debug)]
pub(crate) struct Keys {
    /// The subcommand, and its section in the project file.
    pub section: &'static str,
    keys: BTreeMap<String, Key>,
    /// Accepts every option as `--name=value`, switches and PATHs included, and
    /// has no defaults: the result holds what was given and nothing else.
    parser: RefCell<Command>,
}

/// The error for one of several values.
#[derive(Debug)]
pub(crate) struct Rejected {
    /// The index of the value.
    pub index: usize,
    /// The error.
    pub fatal: Fatal,
}

impl Keys {
    /// Derives them from the definition.
    ///
    /// A subcommand without a section of its own takes from the file and the
    /// environment what a scan has too, and nothing else: whatever it does
    /// beyond scanning, only its command line asks for.
    pub(crate) fn of<T: Configured>() -> Self {
        let bare = Command::new("nodupe")
            .no_binary_name(true)
            .disable_help_flag(true);
        let scan = ScanArgs::augment_args(bare.clone());
        let definition = <T as Args>::augment_args(bare);
        let is_of_scan = |arg: &Arg| scan.get_arguments().any(|of| of.get_id() == arg.get_id());
        let keys = definition.get_arguments().map(|arg| {
            let mut key = Key::of::<T>(arg);
            key.is_setting &= T::HAS_SECTION || is_of_scan(arg);
            key
        });
        Self {
            section: T::NAME,
            keys: keys.map(|key| (key.name.clone(), key)).collect(),
            parser: RefCell::new(definition.mut_args(|arg| {
                let arg = match arg.get_action() {
                    ArgAction::SetTrue => arg
                        .action(ArgAction::Set)
                        .num_args(1)
                        .value_parser(BoolishValueParser::new()),
                    _ => arg,
                };
                let arg = match arg.is_positional() {
                    true => {
                        let name = arg.get_id().clone();
                        arg.long(name)
                    }
                    false => arg,
                };
                arg.required(false)
                    .default_value(Resettable::<clap::builder::OsStr>::Reset)
            })),
        }
    }

    /// Every option, by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Key> {
        self.keys.values()
    }

    /// The options that can be set.
    pub(crate) fn settings(&self) -> impl Iterator<Item = &Key> {
        self.all().filter(|key| key.is_setting)
    }

    /// The key of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Key> {
        self.keys.get(name)
    }

    /// Returns true if an option means the same in another subcommand.
    pub(crate) fn has_same(&self, name: &str, other: &Self) -> bool {
        self.get(name).is_some() && self.get(name) == other.get(name)
    }

    /// Parses the values of an option.
    ///
    /// # Errors
    ///
    /// The first invalid value. The message begins with the name of the option.
    pub(crate) fn parse(&self, key: &Key, values: &[OsString]) -> Result<ArgMatches, Rejected> {
        for (index, value) in values.iter().enumerate() {
            if bytes_of(value).contains(&0) {
                let fatal = Fatal::new(format!("--{}: a value cannot contain NUL", key.name));
                return Err(Rejected { index, fatal });
            }
        }
        let mut parser = self.parser.borrow_mut();
        let parsed = parser.try_get_matches_from_mut(values.iter().map(|v| argument(&key.name, v)));
        parsed.map_err(|error| {
            // Which of them it is takes another look.
            let mut is_wrong = |value: &OsString| {
                let word = argument(&key.name, value);
                parser.try_get_matches_from_mut([word]).is_err()
            };
            Rejected {
                index: values.iter().position(&mut is_wrong).unwrap_or(0),
                fatal: usage::invalid_value(&error),
            }
        })
    }

    /// The parsed form of a switch under its canonical name. A switch that has
    /// an opposite is turned off by that.
    pub(crate) fn parse_switch(&self, name: &str, on: bool) -> ArgMatches {
        let opposite = OPPOSITES.iter().find(|(positive, _)| *positive == name);
        let word = match opposite {
            Some((_, opposite)) if !on => argument(opposite, OsStr::new("true")),
            _ => argument(name, OsStr::new(if on { "true" } else { "false" })),
        };
        // Both words are valid for every switch.
        let mut parser = self.parser.borrow_mut();
        parser.try_get_matches_from_mut([word]).unwrap_or_default()
    }

    /// The values of an option that was not given: its default.
    pub(crate) fn defaults(key: &Key, matches: &ArgMatches) -> Option<Vec<OsString>> {
        let values = matches.get_raw(&key.name.replace('-', "_"))?;
        Some(values.map(OsStr::to_owned).collect())
    }
}

fn argument(name: &str, value: &OsStr) -> OsString {
    let mut word = OsString::from(format!("--{name}="));
    word.push(value);
    word
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
