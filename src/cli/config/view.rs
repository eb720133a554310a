//! The data that `nodupe config` prints as text or JSON.
//!
//! Values are in the form that an equivalent project file needs: paths and
//! globs are relative to the project's root, whatever the working directory.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::ArgMatches;

use crate::check::{Allow, PathBudget, Same};
use crate::cli::diagnostics::Fatal;
use crate::cli::settings::{
    self, Displaced, Given, Key, Keys, Kind, Layer, Merged, Origin, Placed, Sources, Value,
    ValueType,
};
use crate::cli::value_enums::CommandChoice;
use crate::glob;

/// All that is shown.
#[derive(Debug)]
pub(super) struct View {
    /// The project file, as a path from the working directory.
    pub file: Option<PathBuf>,
    /// True if it was found above the working directory.
    pub is_from_above: bool,
    /// Its directory.
    pub directory: Option<PathBuf>,
    /// The subcommands.
    pub sections: Vec<Section>,
    /// `[[check.allow]]`.
    pub allow: Vec<Placed<Allow>>,
    /// `[[check.budget]]`.
    pub budgets: Vec<Placed<PathBudget>>,
    /// `[[check.same]]`.
    pub same: Vec<Placed<Same>>,
    /// Variables that mean nothing.
    pub unknown_variables: Vec<String>,
}

/// The settings in effect for a subcommand.
#[derive(Debug)]
pub(super) struct Section {
    /// Which.
    pub command: CommandChoice,
    /// Its options, by name.
    pub rows: Vec<Row>,
    /// Settings that were dropped.
    pub displaced: Vec<Displaced>,
}

/// One option.
#[derive(Debug)]
pub(super) struct Row {
    /// Its name.
    pub name: String,
    /// The value; `None` if it is not set.
    pub value: Option<Shown>,
    /// The origin of the value; `None` for the default.
    pub origin: Option<Origin>,
    /// The default, if it depends on more than this option.
    pub default: Option<&'static str>,
    /// True if a project file can set it.
    pub is_setting: bool,
    /// True if the value must not be written, though it is known: a value in
    /// `[scan]` also applies to a check, which has another default.
    pub is_open: bool,
}

/// A value by its type.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// True or false.
    Switch(bool),
    /// A number.
    Number(u64),
    /// A string, which may not be UTF-8.
    One(OsString),
    /// A list of those.
    Many(Vec<OsString>),
}

impl View {
    /// Of what is in force.
    pub(super) fn of(sources: &Sources, sections: Vec<Section>) -> Self {
        let checks = sections.iter().any(|s| s.command == CommandChoice::Check);
        let document = &sources.document;
        let file = sources.file.as_ref();
        Self {
            file: file.map(|file| file.name.clone()),
            is_from_above: file.is_some_and(|file| file.is_from_above),
            directory: file.map(|file| file.dir.clone()),
            sections,
            allow: document.allow.iter().filter(|_| checks).cloned().collect(),
            budgets: document
                .budgets
                .iter()
                .filter(|_| checks)
                .cloned()
                .collect(),
            same: document.same.iter().filter(|_| checks).cloned().collect(),
            unknown_variables: sources.variables.unknown_variables(sources.all_keys()),
        }
    }
}

/// The settings in effect for a subcommand with these arguments.
///
/// # Errors
///
/// An invalid variable.
pub(super) fn section(
    sources: &Sources,
    command: CommandChoice,
    flags: Layer,
    matches: &ArgMatches,
) -> Result<Section, Fatal> {
    let keys = match command {
        CommandChoice::Scan => &sources.scan,
        CommandChoice::Check => &sources.check,
        CommandChoice::Act => &sources.act,
    };
    let merged = sources.effective(keys, flags)?;
    let written = sources.written(keys);
    let scene = Scene {
        sources,
        roots: roots(sources, &merged.layer, &written),
        merged,
        matches,
    };
    let rows = keys.all().filter(|key| settings::canonical(&key.name).1);
    let rows = rows.filter_map(|key| scene.row(command, key, &written));
    Ok(Section {
        command,
        rows: rows.collect(),
        displaced: scene.merged.displaced.clone(),
    })
}

/// Defaults of options that the parser knows no default for: they depend on
/// other options or on the directory.
const DEFAULTS: [(CommandChoice, &str, &str); 8] = [
    (CommandChoice::Scan, "min-copies", "2"),
    (CommandChoice::Scan, "sort", "reclaimable"),
    (CommandChoice::Check, "min-copies", "2"),
    (CommandChoice::Check, "max-groups", "0"),
    (CommandChoice::Check, "baseline", ".nodupe-baseline.json"),
    (CommandChoice::Act, "min-copies", "2"),
    (CommandChoice::Act, "leave", "1"),
    (CommandChoice::Check, "gitignore", "true in a git work tree"),
];

/// The parts of the budget of `nodupe check`.
const BUDGET: [&str; 3] = ["max-groups", "max-duplicates", "max-reclaimable"];

struct Scene<'a> {
    sources: &'a Sources,
    merged: Merged,
    matches: &'a ArgMatches,
    /// Where globs of flags begin.
    roots: Vec<PathBuf>,
}

impl Scene<'_> {
    fn row(&self, command: CommandChoice, key: &Key, written: &Layer) -> Option<Row> {
        let mut defaults = DEFAULTS.iter();
        let default = defaults.find(|(of, name, _)| *of == command && *name == key.name);
        let mut row = Row {
            name: key.name.clone(),
            value: None,
            origin: None,
            default: default.map(|(_, _, text)| *text),
            is_setting: key.is_setting,
            is_open: false,
        };
        match self.merged.layer.get(&key.name) {
            Some(given) => {
                let value = match &given.origin {
                    Origin::File(_) => written.get(&key.name).map(|given| given.value.clone()),
                    Origin::Flag(_) | Origin::Variable(_) => Some(self.as_written(key, given)),
                };
                row.value = value.map(|value| shown(key, &value));
                // A file can only say true or false.
                row.is_setting &= key.value_type != ValueType::OnOff
                    || matches!(row.value, Some(Shown::Switch(_)));
                row.origin = Some(given.origin.clone());
            }
            None if !key.is_setting => return None,
            None if key.is_positional => {
                // Without a PATH and without a list it is the working
                // directory.
                if !self.merged.layer.contains_key("files-from") {
                    let here = self.relative_to_root(Path::new(".")).into_os_string();
                    row.value = Some(Shown::Many(vec![here]));
                }
            }
            None if key.kind == Kind::Switch => {
                // The one switch whose default depends on the directory.
                let is_git = key.name == "gitignore";
                if row.default.is_none() {
                    row.value = Some(Shown::Switch(false));
                    row.is_open = is_git;
                }
            }
            None => {
                let values = Keys::defaults(key, self.matches);
                row.value = values.map(|values| shown(key, &Value::Words(values)));
                if BUDGET.contains(&key.name.as_str()) && self.has_budget() {
                    row.default = None;
                }
            }
        }
        Some(row)
    }

    /// A value that was given here, in the form of the project file.
    fn as_written(&self, key: &Key, given: &Given) -> Value {
        match &given.value {
            // A value that a file cannot hold is shown as it was given.
            value if !key.is_setting => value.clone(),
            Value::Words(words) if key.value_type == ValueType::Path => {
                let paths = words
                    .iter()
                    .map(|word| self.relative_to_root(Path::new(word)));
                Value::Words(paths.map(PathBuf::into_os_string).collect())
            }
            Value::Words(words) if key.value_type == ValueType::Glob => {
                let globs = words.iter().flat_map(|word| self.below_roots(word));
                Value::Words(globs.collect())
            }
            value => value.clone(),
        }
    }

    /// Returns true if any part of the budget is given, so that the others
    /// limit nothing.
    fn has_budget(&self) -> bool {
        let layer = &self.merged.layer;
        BUDGET.iter().any(|name| layer.contains_key(*name))
    }

    fn relative_to_root(&self, path: &Path) -> PathBuf {
        relative_to_root(self.sources, path)
    }

    /// A glob that is matched below each PATH.
    fn below_roots(&self, word: &OsStr) -> Vec<OsString> {
        let word = word.to_string_lossy();
        let mut globs: Vec<OsString> = Vec::new();
        for root in &self.roots {
            let glob = if root == Path::new(".") {
                word.clone().into_owned()
            } else {
                glob::rebase(root, &word)
            };
            if !globs.contains(&OsString::from(&glob)) {
                globs.push(glob.into());
            }
        }
        globs
    }
}

fn relative_to_root(sources: &Sources, path: &Path) -> PathBuf {
    match &sources.ways {
        Some(ways) => ways.relative_to_root(path),
        None => path.to_owned(),
    }
}

/// Everything that is scanned, as paths from the project's root.
fn roots(sources: &Sources, layer: &Layer, written: &Layer) -> Vec<PathBuf> {
    let of = |name: &str| match layer.get(name) {
        Some(Given {
            value: Value::Words(words),
            origin,
            ..
        }) => match (origin, written.get(name)) {
            (
                Origin::File(_),
                Some(Given {
                    value: Value::Words(words),
                    ..
                }),
            ) => words.iter().map(PathBuf::from).collect(),
            _ => words
                .iter()
                .map(|word| relative_to_root(sources, Path::new(word)))
                .collect(),
        },
        _ => Vec::new(),
    };
    let mut roots: Vec<PathBuf> = of("paths");
    if roots.is_empty() {
        roots.push(relative_to_root(sources, Path::new(".")));
    }
    roots.extend(of("reference"));
    roots
}

fn shown(key: &Key, value: &Value) -> Shown {
    match value {
        Value::Switch(on) => Shown::Switch(*on),
        Value::Words(words) if key.kind == Kind::Many => Shown::Many(words.clone()),
        Value::Words(words) => {
            let word = words.first().cloned().unwrap_or_default();
            if key.value_type == ValueType::OnOff && (word == "true" || word == "false") {
                return Shown::Switch(word == "true");
            }
            // In canonical form: 007 and +7 are other texts than 7.
            let number = word
                .to_str()
                .filter(|_| key.value_type == ValueType::Number)
                .and_then(|text| {
                    let number: u64 = text.parse().ok()?;
                    (number.to_string() == text && i64::try_from(number).is_ok()).then_some(number)
                });
            number.map_or(Shown::One(word), Shown::Number)
        }
    }
}
