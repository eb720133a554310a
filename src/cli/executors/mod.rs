//! `nodupe executors`: the machine's features, the storage's read performance,
//! the executor that a scan would use, and the speed of each.

mod comparison;
mod json;
mod overview;
mod page;
mod progress;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use super::args::ExecutorsArgs;
use super::diagnostics::{Fatal, visible};
use super::terminal::{Environment, output_size};
use super::value_enums::TextChoice;
use super::{interrupt, print};
use crate::error::{Error, describe};
use crate::exit::Exit;
use crate::measure::{self, Bench, Runner};
use crate::platform;
use crate::report::RenderOptions;
use crate::types::FileKind;

use overview::Overview;
use progress::Progress;

/// Shows, or measures and shows.
pub(super) fn run(args: &ExecutorsArgs) -> Result<Exit, Fatal> {
    check(&args.dir)?;
    let environment = Environment::read();
    let is_terminal = io::stdout().is_terminal();
    let render = RenderOptions {
        color: environment.wants_color(args.color, is_terminal),
        width: output_size().map(|(width, _)| width),
        height: None,
    };
    if !args.bench {
        let overview = Overview::of(&args.dir, args.profile.into())?;
        let shown = match args.format {
            TextChoice::Text => overview::text(&overview, &render).into_bytes(),
            TextChoice::Json => json::overview(&overview),
        };
        return print::print(&shown);
    }
    let shown = environment.wants_progress(args.quiet, io::stderr().is_terminal());
    let Some(bench) = measured(&args.dir, &Progress::new(shown))? else {
        return Ok(Exit::Interrupted);
    };
    let usable = platform::processors().usable;
    let shown = match args.format {
        TextChoice::Text => comparison::text(&bench, &args.dir, usable, &render).into_bytes(),
        TextChoice::Json => json::comparison(&bench, &args.dir, usable),
    };
    print::print(&shown).map(|printed| printed.max(outcome(&bench)))
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
fn measured(dir: &Path, progress: &Progress) -> Result<Option<Bench>, Fatal> {
    measure::check(dir)?;
    let runner = Runner::new(own_program()?, dir);
    let running = runner.running();
    let (ended, bar) = (running.clone(), progress.clone());
    interrupt::end_on(move || {
        ended.end();
        bar.clear();
    })
    .map_err(Error::Thread)?;
    let bench = measure::bench(|who| runner.run(who), |step| progress.update(step));
    progress.clear();
    if running.is_ended() {
        return Ok(None);
    }
    match bench {
        Ok(bench) => Ok(Some(bench)),
        Err(problem) => Err(Fatal::new(problem).hint("nodupe scan DIR --verbose shows details")),
    }
}

/// An executor that cannot start is a result; one that fails midway, or finds
/// other groups, is an error.
fn outcome(bench: &Bench) -> Exit {
    let broke = |entry: &measure::Entry| entry.problem.is_some() && !entry.runs.is_empty();
    if bench.all_agree() && !bench.entries().any(broke) {
        Exit::Complete
    } else {
        Exit::Incomplete
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ExecutorKind;
    use crate::measure::testing::measured;

    #[test]
    fn only_failures_change_the_status() {
        assert_eq!(outcome(&measured(|_| Ok(0.5))), Exit::Complete);
        let no_processes = measured(|who| match who.kind {
            ExecutorKind::Process => Err("no".to_owned()),
            _ => Ok(0.5),
        });
        assert_eq!(outcome(&no_processes), Exit::Complete);
        let mut broke = no_processes.clone();
        broke.kinds[0].problem = Some("it crashed".to_owned());
        assert_eq!(outcome(&broke), Exit::Incomplete);
        let mut differs = no_processes;
        differs.sweep[2].runs[1].found.files += 1;
        assert_eq!(outcome(&differs), Exit::Incomplete);
    }
}
