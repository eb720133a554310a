//! The environment variables `NODUPE_*`.

use std::ffi::{OsStr, OsString};

use super::keys::{Key, Keys, Kind, canonical};
use super::layer::{Given, Layer, Origin, Value};
use super::suggest::nearest;
use crate::cli::args::ProjectArgs;
use crate::cli::diagnostics::Fatal;
use crate::platform::{bytes_of, os_str};

/// Prefix of the name of every variable.
const PREFIX: &str = "NODUPE_";

/// The variables that select the project file.
pub(super) const FILE: [&str; 2] = ["NODUPE_CONFIG", "NODUPE_NO_CONFIG"];

/// Variables and their values, without empty ones: scripts pass on unset
/// options as empty.
#[derive(Debug, Default)]
pub(crate) struct Variables(Vec<(OsString, OsString)>);

impl Variables {
    /// Those of the process.
    pub(crate) fn read() -> Self {
        Self::of(std::env::vars_os())
    }

    /// The variables among these that are this program's.
    pub(crate) fn of(all: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let own = all.into_iter().filter(|(name, value)| {
            bytes_of(name).starts_with(PREFIX.as_bytes()) && !value.is_empty()
        });
        let mut own: Vec<_> = own.collect();
        own.sort();
        Self(own)
    }

    /// Returns true if there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a variable.
    pub(crate) fn get(&self, name: &str) -> Option<&OsStr> {
        let found = self.0.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_os_str())
    }

    /// Parses the value of a switch.
    ///
    /// # Errors
    ///
    /// If it is neither.
    pub(crate) fn switch(&self, name: &str) -> Result<Option<bool>, Fatal> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let text = value.to_string_lossy().to_lowercase();
        match text.as_str() {
            "1" | "true" | "yes" | "y" | "on" | "t" => Ok(Some(true)),
            "0" | "false" | "no" | "n" | "off" | "f" => Ok(Some(false)),
            _ => Err(Fatal::new(format!(
                "the environment variable {name}: {:?} is neither true nor false",
                value.to_string_lossy()
            ))
            .hint("write true or false, yes or no, 1 or 0")),
        }
    }

    /// The layer that they set for a subcommand. Options that a flag sets are
    /// skipped and not validated.
    ///
    /// # Errors
    ///
    /// The first invalid variable.
    pub(crate) fn layer(&self, keys: &Keys, above: &Layer) -> Result<Layer, Fatal> {
        let mut layer = Layer::new();
        for key in keys.settings().filter(|key| !key.is_positional) {
            let variable = key.variable();
            let (name, when_on) = canonical(&key.name);
            if above.contains_key(name) {
                continue;
            }
            let (value, parsed) = match key.kind {
                Kind::Switch => match self.switch(&variable)? {
                    Some(on) => {
                        let on = on == when_on;
                        (Value::Switch(on), keys.parse_switch(name, on))
                    }
                    None => continue,
                },
                Kind::One | Kind::Many => match self.get(&variable) {
                    Some(text) => {
                        let words = words(key, text);
                        let parsed = keys.parse(key, &words).map_err(|rejected| {
                            let place = format_args!("the environment variable {variable}");
                            rejected.fatal.at(place)
                        })?;
                        (Value::Words(words), parsed)
                    }
                    None => continue,
                },
            };
            if let Some(Given {
                value: other,
                origin,
                ..
            }) = layer.get(name)
                && *other != value
            {
                return Err(Fatal::new(format!(
                    "the environment variables {} and {variable} contradict each other",
                    origin.named(name)
                ))
                .hint("unset one of them"));
            }
            let origin = Origin::Variable(variable);
            let parsed = Some(parsed);
            layer.insert(
                name.to_owned(),
                Given {
                    value,
                    origin,
                    parsed,
                },
            );
        }
        Ok(layer)
    }

    /// The values of the variables that have an effect: the origins of this
    /// layer, and the one that selects the project file.
    pub(crate) fn verbose_lines(&self, layer: &Layer, project: &ProjectArgs) -> Vec<String> {
        let is_by_flag = project.config.is_some() || project.no_config;
        let file = FILE.into_iter().filter(|_| !is_by_flag);
        let file = file.filter_map(|name| {
            let value = self.get(name)?.to_string_lossy();
            Some(format!("environment: {name} is {value:?}"))
        });
        let values = layer.values().filter_map(|given| match &given.origin {
            Origin::Variable(name) => Some(format!("environment: {name} is {}", given.value)),
            Origin::Flag(_) | Origin::File(_) => None,
        });
        file.take(1).chain(values).collect()
    }

    /// Warnings about unknown variables, with suggestions.
    pub(crate) fn unknown_variables(&self, keys: [&Keys; 3]) -> Vec<String> {
        let all = || keys.into_iter().flat_map(Keys::all);
        let known: Vec<String> = all()
            .filter(|key| key.is_setting && !key.is_positional)
            .map(Key::variable)
            .chain(FILE.map(str::to_owned))
            .collect();
        let unknown_variables = self.0.iter().filter_map(|(name, _)| {
            let name = name.to_string_lossy();
            if known.contains(&name.as_ref().to_owned()) {
                return None;
            }
            let option = all().find(|key| key.variable() == name);
            let why = option.and_then(Key::one_run);
            Some(match (why, nearest_variable(&name, &known)) {
                (Some(why), _) => format!("{name} is ignored: {why}"),
                (None, Some(near)) => format!("{name} matches no option; did you mean {near}?"),
                (None, None) => format!("{name} matches no option"),
            })
        });
        unknown_variables.collect()
    }
}

/// Compares what comes after the prefix, which all of them share.
fn nearest_variable(name: &str, known: &[String]) -> Option<String> {
    let tails = known.iter().filter_map(|k| k.strip_prefix(PREFIX));
    nearest(name.strip_prefix(PREFIX)?, tails).map(|tail| format!("{PREFIX}{tail}"))
}

/// The values in a variable: one per line for an option that may be repeated,
/// since globs and names can have commas, colons and spaces.
fn words(key: &Key, text: &OsStr) -> Vec<OsString> {
    match key.kind {
        Kind::Many => bytes_of(text)
            .split(|byte| *byte == b'\n')
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
            .filter(|line| !line.is_empty())
            .map(|line| os_str(line).to_owned())
            .collect(),
        Kind::One | Kind::Switch => vec![text.to_owned()],
    }
}

#[cfg(test)]
#[path = "environment_tests.rs"]
mod tests;
