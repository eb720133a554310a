//! `nodupe executors`: the machine's features, the storage's read performance,
//! the executor that a scan would use, and the speed of each.

mod comparison;
mod overview;
mod page;

use std::borrow::Cow;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::args::ExecutorsArgs;
use super::diagnostics::{Fatal, visible};
use super::terminal::{Environment, output_size};
use super::value_enums::{ProfileChoice, TextChoice};
use super::{interrupt, print, progress};
use crate::error::{Error, describe};
use crate::exit::Exit;
use crate::measure::{self, Bench, Competitor, Overview, ProfileInfo, Runner};
use crate::platform;
use crate::report::{ExactPath, RenderOptions, json_format};
use crate::types::FileKind;

/// The template of the progress bar.
const TEMPLATE: &str = "{wide_bar} run {pos} of {len}: {msg:18}";

/// Shows, or measures and shows.
pub(super) fn run(args: &ExecutorsArgs) -> Result<Exit, Fatal> {
    let dir = &args.dir;
    check(dir)?;
    let environment = Environment::read();
    let render = RenderOptions {
        color: environment.wants_color(args.color, io::stdout().is_terminal()),
        width: output_size().map(|(width, _)| width),
        height: None,
    };
    if !args.bench {
        let overview = Overview::of(dir, args.profile.into(), profile_info(args.profile))?;
        return print::print(&match args.format {
            TextChoice::Text => overview::text(&overview, dir, &render).into_bytes(),
            TextChoice::Json => json(dir, &overview),
        });
    }
    let is_shown = environment.wants_progress(args.quiet, io::stderr().is_terminal());
    let Some(bench) = measured(dir, is_shown)? else {
        return Ok(Exit::Interrupted);
    };
    let shown = match args.format {
        TextChoice::Text => comparison::text(&bench, dir, &render).into_bytes(),
        TextChoice::Json => json(dir, &bench),
    };
    print::print(&shown).map(|printed| printed.max(outcome(&bench)))
}

/// A profile as its option names and describes it.
fn profile_info(profile: ProfileChoice) -> ProfileInfo {
    let value = profile.to_possible_value().unwrap_or_default();
    let meaning = value.get_help().map(ToString::to_string);
    ProfileInfo {
        name: value.get_name().to_owned(),
        meaning: meaning.unwrap_or_default(),
    }
}

/// A scan accepts a file, but here it is most likely a mistake.
fn check(dir: &Path) -> Result<(), Fatal> {
    let stat = platform::stat_path(dir, true).map_err(|source| Error::Root {
        path: dir.to_owned(),
        source,
    })?;
    if stat.kind == FileKind::Directory {
        return Ok(());
    }
    Err(Fatal::new(format!("{} is not a directory", visible(dir)))
        .hint("name the directory that it is in"))
}

/// The command that is run for each scan.
fn own_program() -> Result<PathBuf, Fatal> {
    let lost = |told: String| {
        Fatal::new(format!(
            "nodupe cannot find its own program file to run scans: {told}"
        ))
    };
    let program = platform::own_program().map_err(|error| lost(describe(&error)))?;
    match program.metadata() {
        Ok(_) => Ok(program),
        Err(error) => Err(lost(format!("{}: {}", program.display(), describe(&error)))),
    }
}

/// Measures; `None` if it was interrupted.
fn measured(dir: &Path, is_shown: bool) -> Result<Option<Bench>, Fatal> {
    measure::check(dir)?;
    let runner = Runner::new(own_program()?, dir);
    let running = runner.running();
    let bar = progress_bar(is_shown);
    let (ended, ended_bar) = (running.clone(), bar.clone());
    interrupt::end_on(move || {
        ended.end();
        ended_bar.finish_and_clear();
    })
    .map_err(Error::Thread)?;
    let bench = measure::bench(
        platform::processors().usable,
        |competitor| runner.run(competitor),
        |competitor, done, total| {
            bar.set_length(total as u64);
            bar.set_message(name(competitor));
            bar.set_position(done as u64 + 1);
            // A run may be over before the next regular drawing.
            bar.tick();
        },
    );
    bar.finish_and_clear();
    if running.is_ended() {
        return Ok(None);
    }
    match bench {
        Ok(bench) => Ok(Some(bench)),
        Err(problem) => Err(Fatal::new(problem).hint("nodupe scan DIR --verbose shows details")),
    }
}

fn progress_bar(is_shown: bool) -> ProgressBar {
    if !is_shown {
        return ProgressBar::hidden();
    }
    let bar = progress::bar(1);
    // A test parses the constant.
    let style =
        ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style.progress_chars("=> "));
    bar
}

fn name(competitor: Option<Competitor>) -> String {
    match competitor {
        None => "warm-up".to_owned(),
        Some(Competitor { kind, workers }) => match workers {
            None => kind.as_str().to_owned(),
            Some(workers) => format!("{} -j {workers}", kind.as_str()),
        },
    }
}

/// An executor that cannot start is a result; one that fails midway, or finds
/// other groups, is an error.
fn outcome(bench: &Bench) -> Exit {
    let mut entries = bench.entries();
    let failed_midway = entries.any(|entry| entry.problem.is_some() && !entry.runs.is_empty());
    if bench.agree && !failed_midway {
        Exit::Complete
    } else {
        Exit::Incomplete
    }
}

/// One of the two documents of `--format json`. They are an interface: the
/// fields are listed in `--help`, and a change of their meaning is a new
/// version.
#[derive(Serialize)]
struct Document<'a, T> {
    version: u32,
    nodupe: &'static str,
    directory: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    directory_bytes: Option<String>,
    #[serde(flatten)]
    content: &'a T,
}

fn json(dir: &Path, content: &impl Serialize) -> Vec<u8> {
    let dir = ExactPath::of(dir);
    let document = Document {
        version: 1,
        nodupe: env!("CARGO_PKG_VERSION"),
        directory: dir.path,
        directory_bytes: dir.path_bytes,
        content,
    };
    let mut text = Vec::new();
    // Writing to memory cannot fail, and all map keys are strings.
    let _ = json_format::write(&mut text, &document);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::help::EXECUTORS_LONG_END;
    use crate::config::ExecutorKind;
    use crate::measure::{measured, overview};
    use crate::platform::os_str;
    use serde_json::Value;

    /// Processes cannot start.
    fn bench() -> Bench {
        measured(|who| match who.kind {
            ExecutorKind::Process => Err("no".to_owned()),
            _ => Ok(9.0 / who.workers.unwrap_or(3) as f64),
        })
    }

    fn shown(content: &impl Serialize) -> String {
        let text = String::from_utf8(json(Path::new("some/dir"), content)).unwrap();
        text.replace(env!("CARGO_PKG_VERSION"), "VERSION")
    }

    #[test]
    fn the_documents_keep_their_shape() {
        insta::assert_snapshot!(shown(&overview()));
        insta::assert_snapshot!(shown(&bench()));
    }

    #[test]
    fn missing_values_are_null() {
        let mut bare = overview();
        bare.storage = None;
        bare.storage_problem = Some("no".to_owned());
        bare.choice = None;
        let dir: PathBuf = os_str(b"d\xff").into();
        let document: Value = serde_json::from_slice(&json(&dir, &bare)).unwrap();
        assert_eq!(document["storage"], Value::Null);
        assert_eq!(document["storage_problem"], "no");
        assert_eq!(document["choice"], Value::Null);
        assert_eq!(document["directory_bytes"], "ZP8=");
    }

    /// Every name of a field, wherever it is.
    fn names(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    found.push(name.clone());
                    names(value, found);
                }
            }
            Value::Array(members) => members.iter().for_each(|member| names(member, found)),
            _ => {}
        }
    }

    #[test]
    fn every_field_is_in_the_help() {
        let mut found = Vec::new();
        for document in [shown(&overview()), shown(&bench())] {
            names(&serde_json::from_str(&document).unwrap(), &mut found);
        }
        assert!(found.len() > 60, "{found:?}");
        let words = EXECUTORS_LONG_END.split(|c: char| !c.is_alphanumeric() && c != '_');
        let words: std::collections::BTreeSet<_> = words.collect();
        for name in found {
            assert!(words.contains(name.as_str()), "{name} is not in the help");
        }
    }

    #[test]
    fn only_failures_change_the_status() {
        assert_eq!(outcome(&measured(|_| Ok(0.5))), Exit::Complete);
        assert_eq!(outcome(&bench()), Exit::Complete, "one cannot start");
        let mut broke = bench();
        broke.executors[0].problem = Some("it crashed".to_owned());
        assert_eq!(outcome(&broke), Exit::Incomplete);
        let mut differs = bench();
        differs.agree = false;
        assert_eq!(outcome(&differs), Exit::Incomplete);
    }

    #[test]
    fn every_run_has_a_name_on_the_bar() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
        let kind = ExecutorKind::Thread;
        let named = |workers| name(Some(Competitor { kind, workers }));
        assert_eq!(name(None), "warm-up");
        assert_eq!(named(None), "thread");
        assert_eq!(named(Some(32)), "thread -j 32");
    }
}
