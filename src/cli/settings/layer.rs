//! Layers of settings, and their precedence.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::conflicts;
use super::document::Document;
use super::keys::{Keys, canonical, name_of};
use super::span::Place;

/// The settings of one source, by the name of the option. A switch and its
/// opposite are stored as the first, on or off.
pub(crate) type Layer = BTreeMap<String, Given>;

/// The setting of one option in one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    /// The value as it was written.
    pub value: Value,
    /// The origin.
    pub origin: Origin,
    /// The value as it was parsed; nothing for a flag, whose value is already
    /// among the arguments.
    pub parsed: Option<ArgMatches>,
}

/// The value of an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// A switch, on or off.
    Switch(bool),
    /// One or more values.
    Words(Vec<OsString>),
}

/// The origin of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An option of the command line.
    Flag(String),
    /// An environment variable.
    Variable(String),
    /// The project file.
    File(Place),
}

/// A setting that is dropped because of one of higher precedence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Displaced {
    /// The option.
    pub name: String,
    /// Its origin.
    pub origin: Origin,
    /// The setting that it cannot be combined with.
    pub by: String,
}

/// The result of merging several layers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Merged {
    /// The settings in effect.
    pub layer: Layer,
    /// Settings that were dropped.
    pub displaced: Vec<Displaced>,
}

/// As in a message: `min-size = "1M"`, shortened.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(on) => write!(f, "{on}"),
            Self::Words(words) => match words.as_slice() {
                [one] => write!(f, "{:?}", one.to_string_lossy()),
                [first, ..] => write!(f, "[{:?}, ...]", first.to_string_lossy()),
                [] => f.write_str("[]"),
            },
        }
    }
}

/// The flags as the layer above all others. Includes options for a single run.
pub(super) fn of_flags(matches: &ArgMatches) -> Layer {
    let given = flags(matches).filter_map(|id| {
        let given = name_of(id);
        let (name, when_on) = canonical(&given);
        let value = match matches.try_get_one::<bool>(id) {
            Ok(on) => Value::Switch(on.is_some_and(|on| *on == when_on)),
            Err(_) => {
                let words = matches.try_get_raw(id).ok()??;
                Value::Words(words.map(ToOwned::to_owned).collect())
            }
        };
        let origin = Origin::Flag(match name {
            "paths" => "PATH".to_owned(),
            _ => format!("--{given}"),
        });
        let parsed = None;
        Some((
            name.to_owned(),
            Given {
                value,
                origin,
                parsed,
            },
        ))
    });
    given.collect()
}

/// The ids of the arguments that were given on the command line.
fn flags(matches: &ArgMatches) -> impl Iterator<Item = &str> {
    let ids = matches.ids().map(clap::Id::as_str);
    let given = ids.filter(|id| matches.value_source(id) == Some(ValueSource::CommandLine));
    // Names of structures are groups of arguments.
    given.filter(|id| !id.starts_with(char::is_uppercase))
}

/// The settings of each source for one subcommand, highest precedence first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Layers {
    /// The command line.
    pub(super) flags: Layer,
    /// The environment.
    pub(super) environment: Layer,
    /// The subcommand's own section of the project file.
    pub(super) section: Layer,
    /// The options of `[scan]` that mean the same for another subcommand.
    pub(super) of_scan: Layer,
}

impl Layers {
    /// The layers of the project file; the others are empty.
    pub(super) fn of_file(keys: &Keys, scan_keys: &Keys, document: &Document) -> Self {
        let Document {
            scan, check, act, ..
        } = document;
        if keys.section == scan_keys.section {
            return Self {
                section: scan.clone(),
                ..Self::default()
            };
        }
        let of_scan = scan
            .iter()
            .filter(|(name, _)| keys.has_same(name, scan_keys));
        Self {
            section: match keys.section {
                "check" => check.clone(),
                "act" | "remove" | "link" | "dedupe" | "move" => act.clone(),
                _ => Layer::new(),
            },
            of_scan: of_scan.map(|(n, g)| (n.clone(), g.clone())).collect(),
            ..Self::default()
        }
    }

    /// Merges the layers.
    ///
    /// Drops settings that conflict with a layer of higher precedence: a flag
    /// must not be rejected because of a setting that was not typed.
    /// Contradictions within a layer stay: they are mistakes, and reported as
    /// such.
    pub(super) fn merge(self) -> Merged {
        let mut merged = Merged::default();
        for layer in [self.flags, self.environment, self.section, self.of_scan] {
            let mut kept = Layer::new();
            for (name, given) in layer {
                if merged.layer.contains_key(&name) {
                    continue;
                }
                let above = merged.layer.iter();
                let mut rivals = above.filter(|(other, it)| {
                    conflicts::are_exclusive((&name, &given.value), (other, &it.value))
                });
                match rivals.next() {
                    Some((other, it)) => merged.displaced.push(Displaced {
                        by: it.origin.named(other),
                        name,
                        origin: given.origin,
                    }),
                    None => _ = kept.insert(name, given),
                }
            }
            merged.layer.extend(kept);
        }
        conflicts::drop_unused(&mut merged.layer);
        merged
    }
}

impl Origin {
    /// The name under which it was set.
    pub(crate) fn named(&self, name: &str) -> String {
        match self {
            Self::Flag(flag) => flag.clone(),
            Self::Variable(variable) => variable.clone(),
            Self::File(_) => name.to_owned(),
        }
    }

    /// Returns true for a flag.
    pub(crate) fn is_flag(&self) -> bool {
        matches!(self, Self::Flag(_))
    }
}

#[cfg(test)]
#[path = "layer_tests.rs"]
mod tests;
