//! Layers of settings, and their precedence.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;

use clap::ArgMatches;

use super::keys::{Keys, Kind};
use super::span::Place;
use crate::cli::value_enums::CommandChoice;

/// The settings of one source, by the name of the option. A switch and its
/// opposite are stored as the first, on or off.
pub(crate) type Layer = BTreeMap<String, Given>;

/// The setting of one option in one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    /// The value.
    pub value: Value,
    /// The origin.
    pub origin: Origin,
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

impl Value {
    fn only(&self) -> Option<&OsStr> {
        match self {
            Self::Words(words) => words.first().map(OsString::as_os_str),
            Self::Switch(_) => None,
        }
    }
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
pub(super) fn of_flags(keys: &Keys, matches: &ArgMatches) -> Layer {
    let given = keys.all().filter(|key| Keys::is_flag(key, matches));
    let given = given.map(|key| {
        let (name, is_opposite) = keys.canonical(&key.name);
        let value = match key.kind {
            Kind::Switch => Value::Switch(!is_opposite),
            Kind::One | Kind::Many => Value::Words(Keys::values(key, matches).unwrap_or_default()),
        };
        let origin = Origin::Flag(if key.is_positional {
            "PATH".to_owned()
        } else {
            key.option()
        });
        (name.to_owned(), Given { value, origin })
    });
    given.collect()
}

/// The layers of `[scan]` and `[check]` for a subcommand, highest precedence
/// first. `check` uses those options of `[scan]` that mean the same for it.
pub(super) fn of_sections(
    keys: &Keys,
    scan_keys: &Keys,
    scan: &Layer,
    check: &Layer,
) -> [Layer; 2] {
    if keys.command == CommandChoice::Scan {
        return [scan.clone(), Layer::new()];
    }
    let shared = scan
        .iter()
        .filter(|(name, _)| match (keys.get(name), scan_keys.get(name)) {
            (Some(own), Some(other)) => own.is_same(other),
            _ => false,
        });
    let shared = shared.map(|(n, g)| (n.clone(), g.clone())).collect();
    [check.clone(), shared]
}

/// Merges layers, highest precedence first.
///
/// Drops settings that conflict with a layer of higher precedence; else the
/// parser would reject a flag because of a setting that was not typed.
/// Contradictions within a layer stay: they are mistakes, and reported as such.
pub(super) fn merge(keys: &Keys, layers: impl IntoIterator<Item = Layer>) -> Merged {
    let mut merged = Merged::default();
    for layer in layers {
        let mut kept = Layer::new();
        for (name, given) in layer {
            if merged.layer.contains_key(&name) {
                continue;
            }
            match ruled_out_by(keys, &merged.layer, &name, &given.value) {
                Some(by) => merged.displaced.push(Displaced {
                    name,
                    origin: given.origin,
                    by,
                }),
                None => _ = kept.insert(name, given),
            }
        }
        merged.layer.extend(kept);
    }
    merged
}

/// Pairs that cannot be combined, in addition to those of the parser.
const AT_ODDS: [(&str, &str); 6] = [
    ("unique", "min-copies"),
    ("unique", "rf-under"),
    ("unique", "rf-over"),
    ("unique", "across-roots"),
    ("min-copies", "rf-over"),
    ("files-from", "paths"),
];

fn ruled_out_by(keys: &Keys, above: &Layer, name: &str, value: &Value) -> Option<String> {
    if *value == Value::Switch(false) {
        return None;
    }
    let rules_out = |(other, given): (&String, &Given)| {
        if given.value == Value::Switch(false) {
            return None;
        }
        let listed = AT_ODDS
            .iter()
            .any(|pair| *pair == (other, name) || *pair == (name, other));
        let executors = match (other.as_str(), name) {
            ("executor", "worker-memory") => has_no_processes(&given.value),
            ("worker-memory", "executor") => has_no_processes(value),
            _ => false,
        };
        let is_out = listed || executors || keys.are_at_odds(other, name);
        is_out.then(|| given.origin.named(other))
    };
    above.iter().find_map(rules_out)
}

/// Returns true if an `--executor` never starts a process whose memory could be
/// limited.
fn has_no_processes(executor: &Value) -> bool {
    let name = executor.only().and_then(OsStr::to_str);
    name.is_some_and(|name| !matches!(name, "auto" | "process"))
}

/// Returns true if this is `executor-fallback` without a requested executor. As
/// a permanent setting it applies whenever one is requested: `auto` falls back
/// by itself.
fn is_unused_fallback(layer: &Layer, name: &str) -> bool {
    let executor = layer.get("executor").and_then(|given| given.value.only());
    name == "executor-fallback"
        && executor.is_none_or(|executor| executor == "auto")
        && !layer.contains_key("worker-memory")
}

/// The arguments for settings that were not given as flags.
pub(super) fn words(keys: &Keys, layer: &Layer) -> Vec<OsString> {
    let mut arguments = Vec::new();
    for (name, given) in layer {
        let is_positional = keys.get(name).is_some_and(|key| key.is_positional);
        let is_said = matches!(given.origin, Origin::Flag(_));
        if is_positional || is_said || is_unused_fallback(layer, name) {
            continue;
        }
        match &given.value {
            Value::Switch(true) => arguments.push(format!("--{name}").into()),
            Value::Switch(false) => {
                let opposite = keys.opposite(name);
                arguments.extend(opposite.map(|opposite| format!("--{opposite}").into()));
            }
            Value::Words(values) => arguments.extend(values.iter().map(|value| {
                let mut word = OsString::from(format!("--{name}="));
                word.push(value);
                word
            })),
        }
    }
    arguments
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
}

#[cfg(test)]
#[path = "layer_tests.rs"]
mod tests;
