//! The project file and the environment, merged with the flags.
//!
//! ```text
//! flags > environment (NODUPE_*) > project file (nodupe.toml) > default
//! ```
//!
//! The arguments are parsed once. Settings from the environment and the file
//! are turned into arguments, placed before the given ones, and all of them are
//! parsed again: every value goes through the same parsers, wherever it comes
//! from. Without a file and variables, the usual case, this is skipped.

mod document;
mod environment;
mod find;
mod keys;
mod layer;
mod rebase;
mod rules;
mod span;
mod suggest;
mod validate;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{ArgMatches, CommandFactory, FromArgMatches};

use super::args::{Cli, Command, ProjectArgs};
use super::diagnostics::{Fatal, visible, visible_text};
use super::value_enums::CommandChoice;
use crate::check::{Allow, PathBudget};
use crate::glob;

pub(crate) use document::Document;
pub(crate) use environment::Variables;
pub(crate) use find::{NAME, ProjectFile};
pub(crate) use keys::{Key, Keys, Kind};
pub(crate) use layer::{Displaced, Given, Layer, Merged, Origin, Value};
pub(crate) use rebase::Ways;
pub(crate) use span::{Place, Placed};

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
    /// The path to the project's root, if there is a file.
    pub ways: Option<Ways>,
}

/// The settings in effect for a subcommand.
#[derive(Debug)]
pub(super) struct InForce {
    /// The origins of what was set.
    pub merged: Merged,
    /// The arguments of the subcommand, with all settings in effect.
    pub matches: ArgMatches,
    /// The same, converted for the program.
    pub command: Command,
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
    pub(super) fn written(&self, command: CommandChoice) -> Layer {
        let [mut stronger, weaker] = self.sections(command);
        for (name, given) in weaker {
            stronger.entry(name).or_insert(given);
        }
        stronger
    }

    fn sections(&self, command: CommandChoice) -> [Layer; 2] {
        let Document { scan, check, .. } = &self.document;
        layer::of_sections(self.keys(command), &self.scan, scan, check)
    }

    /// Builds it from the given sources.
    ///
    /// # Errors
    ///
    /// If the project file is invalid.
    pub(super) fn of(variables: Variables, file: Option<ProjectFile>) -> Result<Self, Fatal> {
        let mut scan = Keys::of(CommandChoice::Scan);
        let mut check = Keys::of(CommandChoice::Check);
        let document = match &file {
            Some(file) => Document::parse(&file.text, &mut scan, &mut check)
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
            ways,
        })
    }

    /// The options of a subcommand.
    pub(super) fn keys(&self, command: CommandChoice) -> &Keys {
        match command {
            CommandChoice::Scan => &self.scan,
            CommandChoice::Check => &self.check,
        }
    }

    /// The settings in effect for a subcommand. `words` are all arguments of a
    /// call of it, `matches` those of the subcommand.
    ///
    /// # Errors
    ///
    /// If a variable is invalid.
    pub(super) fn effective(
        &mut self,
        command: CommandChoice,
        words: &[OsString],
        matches: &ArgMatches,
    ) -> Result<InForce, Fatal> {
        let keys = match command {
            CommandChoice::Scan => &mut self.scan,
            CommandChoice::Check => &mut self.check,
        };
        let flags = layer::of_flags(keys, matches);
        let variables = self.variables.layer(keys, &flags)?;
        let keys = self.keys(command);
        let [stronger, weaker] = self
            .sections(command)
            .map(|layer| self.localized(keys, layer));
        let merged = layer::merge(keys, [flags, variables, stronger, weaker]);
        // The subcommand is the second word: nothing else can be in front.
        let (head, tail) = words.split_at(words.len().min(2));
        let added = layer::words(keys, &merged.layer);
        let all = head
            .iter()
            .cloned()
            .chain(added)
            .chain(tail.iter().cloned());
        let parsed = Cli::command().try_get_matches_from(all);
        let parsed = parsed.and_then(|matches| {
            let cli = Cli::from_arg_matches(&matches)?;
            Ok((matches, cli.command))
        });
        let (mut matches, mut command) = parsed.map_err(|error| {
            let text = error.to_string();
            let line = text.lines().next().unwrap_or_default();
            let line = line.strip_prefix("error: ").unwrap_or(line);
            Fatal::new(format!("with the project file and the environment: {line}"))
                .hint("nodupe config shows what they set; --no-config ignores the file")
        })?;
        if let Some(Given {
            value: Value::Words(paths),
            ..
        }) = merged.layer.get("paths")
        {
            let paths = paths.iter().map(PathBuf::from).collect();
            match &mut command {
                Command::Scan(args) => args.input.paths = paths,
                Command::Check(args) => args.input.paths = paths,
                _ => {}
            }
        }
        let matches = matches.remove_subcommand().map(|(_, matches)| matches);
        Ok(InForce {
            merged,
            matches: matches.unwrap_or_default(),
            command,
        })
    }

    /// The settings of the file, rebased to the working directory.
    fn localized(&self, keys: &Keys, mut layer: Layer) -> Layer {
        let (Some(file), Some(ways)) = (&self.file, &self.ways) else {
            return layer;
        };
        for (name, given) in &mut layer {
            let (Some(key), Value::Words(words)) = (keys.get(name), &mut given.value) else {
                continue;
            };
            for word in words {
                if key.is_path {
                    *word = ways
                        .relative_to_working_directory(Path::new(word))
                        .into_os_string();
                } else if key.is_glob {
                    *word = glob::rebase(&file.dir, &word.to_string_lossy()).into();
                }
            }
        }
        layer
    }

    fn settings(self, command: CommandChoice, project: &ProjectArgs, merged: Merged) -> Settings {
        let keys = self.keys(command);
        let environment = self.variables.verbose_lines(&merged.layer, project);
        let warnings = self.variables.unknown_variables([&self.scan, &self.check]);
        let is_found = self.file.as_ref().is_some_and(|file| file.is_found);
        let is_from_above = self.file.as_ref().is_some_and(|file| file.is_from_above);
        let is_narrowed = merged.layer.iter().any(|(name, given)| {
            !matches!(given.origin, Origin::File(_))
                && keys.get(name).is_some_and(|key| key.selects)
        });
        let (name, dir) = match self.file {
            Some(file) => (Some(file.name), Some(file.dir)),
            None => (None, None),
        };
        let document = self.document;
        Settings {
            project_dir: dir,
            allow: document.allow.into_iter().map(|rule| rule.it).collect(),
            path_budgets: document.budgets.into_iter().map(|rule| rule.it).collect(),
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
/// file. `words` are all arguments of the process, `matches` their parsed form.
///
/// # Errors
///
/// An error in the file or a variable.
pub(super) fn complete(
    command: Command,
    words: &[OsString],
    matches: &ArgMatches,
) -> Result<(Command, Settings), Fatal> {
    let (choice, project) = match &command {
        Command::Scan(args) => (CommandChoice::Scan, args.project.clone()),
        Command::Check(args) => (CommandChoice::Check, args.project.clone()),
        _ => return Ok((command, Settings::default())),
    };
    let Some((_, matches)) = matches.subcommand() else {
        return Ok((command, Settings::default()));
    };
    let Some(mut sources) = Sources::read(&project)? else {
        let settings = Settings {
            is_narrowed: keys::selects_by_flags(matches),
            ..Settings::default()
        };
        return Ok((command, settings));
    };
    let InForce {
        merged, command, ..
    } = sources.effective(choice, words, matches)?;
    Ok((command, sources.settings(choice, &project, merged)))
}
