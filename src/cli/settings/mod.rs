//! The project file and the environment, merged with the flags.
//!
//! ```text
//! flags > environment (NODUPE_*) > project file (nodupe.toml) > default
//! ```
//!
//! The parser turns the command line into typed arguments. Each setting of the
//! environment and the file is parsed by the definition of its option and copied
//! into them, unless a source of higher precedence sets the option or excludes
//! it. Without a file and variables, the usual case, nothing is copied.

mod conflicts;
mod document;
mod environment;
mod find;
mod keys;
mod layer;
mod rebase;
mod rules;
mod span;
mod suggest;

use std::path::{Path, PathBuf};

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::args::{ActArgs, CheckArgs, Configured, ProjectArgs, ScanArgs};
use super::diagnostics::{Fatal, visible, visible_text};
use super::usage;
use crate::check::{Allow, PathBudget, Same};
use crate::glob;

pub(crate) use document::Document;
pub(crate) use environment::Variables;
pub(crate) use find::{NAME, ProjectFile};
pub(crate) use keys::{Key, Keys, Kind, ValueType, canonical};
use layer::Layers;
pub(crate) use layer::{Displaced, Given, Layer, Merged, Origin, Value};
pub(crate) use rebase::Ways;
pub(crate) use span::{Place, Placed};
pub(crate) use suggest::{did_you_mean, nearest};

/// The path of the project file and its content beyond options.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// The project file that was read, as a path from the working directory.
    pub file: Option<PathBuf>,
    /// Its directory, absolute and without symbolic links.
    pub project_dir: Option<PathBuf>,
    /// Duplicates that the project accepts.
    pub allow: Vec<Allow>,
    /// Its budgets for parts of the project.
    pub path_budgets: Vec<PathBudget>,
    /// Its copies that are kept on purpose.
    pub same: Vec<Same>,
    /// True if flags or the environment select files beyond the project file.
    pub is_narrowed: bool,
    /// The origins of options that were not flags.
    pub origins: Origins,
    /// True if there is a project file that was found, not given.
    pub is_found: bool,
    /// True if the project file was found, in a directory above
    /// the working directory.
    pub is_from_above: bool,
    /// Warnings about unknown environment variables, with suggestions.
    pub warnings: Vec<String>,
    /// Settings that were dropped.
    displaced: Vec<Displaced>,
    /// Verbose messages about the environment.
    environment: Vec<String>,
}

impl Settings {
    /// Messages for standard error, unless `--quiet`: unknown variables, and a
    /// project file that is not in the working directory.
    pub(super) fn notes(&self, is_outside_work_tree: bool) -> Vec<String> {
        let mut notes: Vec<_> = self.warnings.iter().map(|w| visible_text(w)).collect();
        if let (true, Some(file)) = (self.is_from_above, &self.file) {
            let file = visible(file);
            let outside = match is_outside_work_tree {
                true => ", which is outside the git work tree",
                false => "",
            };
            notes.push(format!(
                "using the project file {file}{outside} (--no-config ignores it)"
            ));
        }
        notes
    }

    /// Lines for `--verbose`.
    pub(super) fn verbose_lines(&self) -> Vec<String> {
        let file = self.file.as_ref();
        let file = file.map(|file| format!("project file: {}", file.display()));
        let displaced = self.displaced.iter().map(|gone| {
            let origin = self.origins.place(&gone.origin);
            format!("{} from {origin} is overridden by {}", gone.name, gone.by)
        });
        let environment = self.environment.iter().cloned();
        let verbose_lines = file.into_iter().chain(environment).chain(displaced);
        verbose_lines.map(|line| visible_text(&line)).collect()
    }
}

/// The origins of options, to explain errors.
#[derive(Debug, Clone, Default)]
pub(super) struct Origins {
    file: PathBuf,
    layer: Layer,
}

impl Origins {
    /// Adds the origins of the options that an error is about and that were not
    /// typed.
    pub(super) fn explain(&self, mut fatal: Fatal) -> Fatal {
        for name in fatal.options() {
            let Some(given) = self.layer.get(*name) else {
                continue;
            };
            if let (Some(path), Value::Words(words)) = (fatal.path(), &given.value)
                && !words.iter().any(|word| Path::new(word) == path)
            {
                continue;
            }
            fatal = match &given.origin {
                Origin::Flag(_) => fatal,
                Origin::Variable(variable) => {
                    fatal.remark(format_args!("{variable} is {}", given.value))
                }
                Origin::File(_) => fatal.remark(format_args!(
                    "{name} = {} is in {}",
                    given.value,
                    self.place(&given.origin)
                )),
            };
        }
        fatal
    }

    /// Returns true if an option was set by the project file.
    pub(super) fn is_of_file(&self, name: &str) -> bool {
        let given = self.layer.get(name);
        given.is_some_and(|given| matches!(given.origin, Origin::File(_)))
    }

    /// Where an origin is.
    fn place(&self, origin: &Origin) -> String {
        match origin {
            Origin::Flag(flag) => flag.clone(),
            Origin::Variable(variable) => variable.clone(),
            Origin::File(place) => format!("{}:{}", self.file.display(), place.line),
        }
    }
}

/// The sources other than flags.
#[derive(Debug)]
pub(super) struct Sources {
    /// The environment.
    pub variables: Variables,
    /// The project file.
    pub file: Option<ProjectFile>,
    /// Its content.
    pub document: Document,
    /// The options of `nodupe scan`.
    pub scan: Keys,
    /// Those of `nodupe check`.
    pub check: Keys,
    /// Those of the subcommands that act on files.
    pub act: Keys,
    /// The path to the project's root, if there is a file.
    pub ways: Option<Ways>,
}

impl Sources {
    /// Reads the environment and finds the project file. `None` if neither sets
    /// anything.
    ///
    /// # Errors
    ///
    /// If the project file is invalid.
    pub(super) fn read(args: &ProjectArgs) -> Result<Option<Self>, Fatal> {
        let variables = Variables::read();
        let file = find::find(args, &variables)?;
        if variables.is_empty() && file.is_none() {
            return Ok(None);
        }
        Self::of(variables, file).map(Some)
    }

    /// The same, but empty if neither sets anything.
    ///
    /// # Errors
    ///
    /// If the project file is invalid.
    pub(super) fn read_all(args: &ProjectArgs) -> Result<Self, Fatal> {
        let variables = Variables::read();
        let file = find::find(args, &variables)?;
        Self::of(variables, file)
    }

    /// The unmodified settings of the project file for a subcommand.
    pub(super) fn written(&self, keys: &Keys) -> Layer {
        let Layers {
            mut section,
            of_scan,
            ..
        } = Layers::of_file(keys, &self.scan, &self.document);
        for (name, given) in of_scan {
            section.entry(name).or_insert(given);
        }
        section
    }

    /// The options of all subcommands that can be configured.
    pub(super) fn all_keys(&self) -> [&Keys; 3] {
        [&self.scan, &self.check, &self.act]
    }

    /// Builds it from the given sources.
    ///
    /// # Errors
    ///
    /// If the project file is invalid.
    pub(super) fn of(variables: Variables, file: Option<ProjectFile>) -> Result<Self, Fatal> {
        let scan = Keys::of::<ScanArgs>();
        let check = Keys::of::<CheckArgs>();
        let act = Keys::of::<ActArgs>();
        let document = match &file {
            Some(file) => Document::parse(&file.text, &scan, &check, &act)
                .map_err(|wrong| wrong.in_file(&file.name, &span::Lines::of(&file.text)))?,
            None => Document::default(),
        };
        let ways = file.as_ref().map(|file| {
            let here = std::env::current_dir().unwrap_or_default();
            Ways::between(&file.dir, &here, &file.way)
        });
        Ok(Self {
            variables,
            file,
            document,
            scan,
            check,
            act,
            ways,
        })
    }

    /// The settings in effect for a subcommand, and what was dropped. `flags` are
    /// those of its command line.
    ///
    /// # Errors
    ///
    /// If a variable is invalid.
    pub(super) fn effective(&self, keys: &Keys, flags: Layer) -> Result<Merged, Fatal> {
        let mut layers = Layers {
            environment: self.variables.layer(keys, &flags)?,
            flags,
            ..Layers::of_file(keys, &self.scan, &self.document)
        };
        for given in layers.section.iter_mut().chain(&mut layers.of_scan) {
            self.localize(keys, given)?;
        }
        Ok(layers.merge())
    }

    /// Makes paths and globs of the file relative to the working directory, and
    /// parses the values for this subcommand: those of a section that several
    /// share were parsed by another definition.
    fn localize(&self, keys: &Keys, (name, given): (&String, &mut Given)) -> Result<(), Fatal> {
        let (Some(file), Some(ways)) = (&self.file, &self.ways) else {
            return Ok(());
        };
        let words = match &mut given.value {
            Value::Words(words) => words,
            Value::Switch(on) => {
                given.parsed = Some(keys.parse_switch(name, *on));
                return Ok(());
            }
        };
        let Some(key) = keys.get(name) else {
            return Ok(());
        };
        for word in words.iter_mut() {
            match key.value_type {
                ValueType::Path => {
                    let path = ways.relative_to_working_directory(Path::new(word));
                    *word = path.into_os_string();
                }
                ValueType::Glob => {
                    *word = glob::rebase(&file.dir, &word.to_string_lossy()).into();
                }
                ValueType::Number | ValueType::Time | ValueType::OnOff | ValueType::Text => {}
            }
        }
        given.parsed = Some(keys.parse(key, words).map_err(|rejected| rejected.fatal)?);
        Ok(())
    }

    fn settings(self, project: &ProjectArgs, merged: Merged, is_narrowed: bool) -> Settings {
        let environment = self.variables.verbose_lines(&merged.layer, project);
        let warnings = self.variables.unknown_variables(self.all_keys());
        let is_found = self.file.as_ref().is_some_and(|file| file.is_found);
        let is_from_above = self.file.as_ref().is_some_and(|file| file.is_from_above);
        let (name, dir) = match self.file {
            Some(file) => (Some(file.name), Some(file.dir)),
            None => (None, None),
        };
        let document = self.document;
        Settings {
            project_dir: dir,
            allow: document.allow.into_iter().map(|rule| rule.it).collect(),
            path_budgets: document.budgets.into_iter().map(|rule| rule.it).collect(),
            same: document.same.into_iter().map(|rule| rule.it).collect(),
            origins: Origins {
                file: name.clone().unwrap_or_default(),
                layer: merged.layer,
            },
            displaced: merged.displaced,
            is_found,
            is_from_above,
            warnings,
            environment,
            file: name,
            is_narrowed,
        }
    }
}

/// Completes the arguments of a subcommand from the environment and the project
/// file. `matches` is the parser's record of what was given as a flag.
///
/// # Errors
///
/// An error in the file or a variable, or options that cannot be combined.
pub(super) fn complete<T: Configured>(
    args: &mut T,
    matches: &ArgMatches,
) -> Result<Settings, Fatal> {
    let flags = flags(matches)?;
    let is_narrowed = selects(matches);
    let Some(sources) = Sources::read(args.project())? else {
        return Ok(Settings {
            is_narrowed,
            ..Settings::default()
        });
    };
    let keys = Keys::of::<T>();
    let merged = sources.effective(&keys, flags)?;
    let is_narrowed = is_narrowed || {
        let variables = merged
            .layer
            .values()
            .filter(|it| matches!(it.origin, Origin::Variable(_)));
        variables.filter_map(|it| it.parsed.as_ref()).any(selects)
    };
    let parsed = merged
        .layer
        .values()
        .filter_map(|given| given.parsed.as_ref());
    for parsed in parsed {
        // The definition that made them is the one that reads them.
        args.update_from_arg_matches(parsed)
            .map_err(|error| usage::invalid_value(&error))?;
    }
    let layer = merged.layer.clone();
    let settings = sources.settings(&args.project().clone(), merged, is_narrowed);
    conflicts::check(&layer).map_err(|fatal| settings.origins.explain(fatal))?;
    Ok(settings)
}

/// The flags of a subcommand as a layer.
///
/// # Errors
///
/// Options that cannot be combined.
pub(super) fn flags(matches: &ArgMatches) -> Result<Layer, Fatal> {
    let flags = layer::of_flags(matches);
    conflicts::check(&flags).map(|()| flags)
}

/// Returns true if something that was given selects files or groups: the parser
/// marks the structures that any argument belongs to.
pub(super) fn selects(matches: &ArgMatches) -> bool {
    let groups = matches.ids().map(clap::Id::as_str);
    let given = groups.filter(|id| matches.value_source(id) == Some(ValueSource::CommandLine));
    given
        .into_iter()
        .any(|id| matches!(id, "SelectionArgs" | "GroupArgs"))
}
