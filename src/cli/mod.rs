//! The command line: what the program is besides the library.
//!
//! Arguments go through three levels: `args` parses them into typed values,
//! `settings` completes them from the environment and the project file and
//! rejects options that cannot be combined, `resolve` turns them into the
//! library's plain options. Then one file per subcommand. `usage` words the
//! errors of the parser.
//! Everything the process has only one of (standard streams, signals, the panic
//! hook) is dealt with here and nowhere in the library.

mod act;
mod args;
mod cache;
mod check;
mod completions;
mod config;
mod diagnostics;
mod diff;
mod digest;
mod executors;
mod files_from;
mod help;
mod index;
mod interrupt;
mod merge;
mod output;
mod panics;
mod print;
mod progress;
mod resolve;
mod review;
mod scan;
mod settings;
mod stream;
mod terminal;
mod time_zone;
mod usage;
mod value_enums;
mod values;
mod verbose;
mod worker;

use std::ffi::OsString;
use std::io;

use clap::error::ErrorKind;
use clap::{ArgMatches, CommandFactory, FromArgMatches};

use crate::config::Execution;
use crate::exit::Exit;
use crate::platform;
use args::{Cli, Command, Configured};
pub use completions::completion_script;
use diagnostics::{Fatal, say};

/// Runs the program with the arguments of the process and returns its exit
/// status.
#[must_use]
pub fn main() -> Exit {
    platform::share_heap_under_limit();
    panics::install_hook();
    match panics::caught(parse_and_run) {
        Ok(exit) => exit,
        Err(fatal) => {
            say(fatal);
            Exit::Fatal
        }
    }
}

fn parse_and_run() -> Result<Exit, Fatal> {
    if std::env::args_os()
        .nth(1)
        .is_some_and(|word| word == Execution::WORKER_ARGUMENT)
    {
        return worker::run();
    }
    let words: Vec<OsString> = std::env::args_os().collect();
    match parsed(&words) {
        Ok((command, matches)) => run(command, &matches),
        Err(error) => explained(&error),
    }
}

/// The parsed arguments, and the parser's record of what was given of those of
/// the subcommand.
fn parsed(words: &[OsString]) -> Result<(Command, ArgMatches), clap::Error> {
    let matches = Cli::command().try_get_matches_from(words)?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut Cli::command()))?;
    let own = matches.subcommand().map(|(_, own)| own.clone());
    Ok((cli.command, own.unwrap_or_default()))
}

fn run(command: Command, matches: &ArgMatches) -> Result<Exit, Fatal> {
    match command {
        Command::Scan(mut args) => {
            let settings = settings::complete(&mut *args, matches)?;
            // If the user did not type the wrong option, name its origin.
            scan::run(&args, &settings).map_err(|fatal| settings.origins.explain(fatal))
        }
        Command::Check(mut args) => {
            let settings = settings::complete(&mut *args, matches)?;
            let origins = settings.origins.clone();
            check::run(&args, settings).map_err(|fatal| origins.explain(fatal))
        }
        Command::Diff(args) => {
            settings::flags(matches)?;
            diff::run(&args)
        }
        Command::Remove(mut args) => act(&mut *args, matches),
        Command::Link(mut args) => act(&mut *args, matches),
        Command::Dedupe(mut args) => act(&mut *args, matches),
        Command::Move(mut args) => act(&mut *args, matches),
        Command::Review(mut args) => {
            let settings = settings::complete(&mut *args, matches)?;
            let selects = settings::selects(matches);
            review::run(&args, &settings, selects).map_err(|fatal| settings.origins.explain(fatal))
        }
        Command::Undo(args) => {
            settings::flags(matches)?;
            act::undo::run(&args)
        }
        Command::History(args) => act::history::run(&args),
        Command::Config(args) => config::run(&args),
        Command::Executors(args) => {
            settings::flags(matches)?;
            executors::run(&args)
        }
        Command::Index(args) => {
            settings::flags(matches)?;
            index::run(&args)
        }
        Command::Merge(args) => {
            settings::flags(matches)?;
            merge::run(&args)
        }
        Command::Digest(args) => {
            settings::flags(matches)?;
            digest::run(&args)
        }
        Command::Cache(args) => {
            settings::flags(matches)?;
            cache::run(&args)
        }
        Command::Schema { report } => print::schema(report),
        Command::Completions { shell } => print::completions(shell),
    }
}

/// Acts on redundant files.
fn act<T: Configured + act::Request>(args: &mut T, matches: &ArgMatches) -> Result<Exit, Fatal> {
    let settings = settings::complete(args, matches)?;
    let selects = settings::selects(matches);
    act::run(args, &settings, selects).map_err(|fatal| settings.origins.explain(fatal))
}

/// Prints the requested help or version, or returns the error in the arguments.
fn explained(error: &clap::Error) -> Result<Exit, Fatal> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            output::standard_output()?;
            match error.print() {
                Err(failure) if failure.kind() != io::ErrorKind::BrokenPipe => {
                    Err(output::cannot_write(None, &failure))
                }
                _ => Ok(Exit::Complete),
            }
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            Ok(Exit::Fatal)
        }
        _ => Err(usage::wrong_arguments(error)),
    }
}

/// The definition of the command line, which completions and the manual are
/// made from.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        command().debug_assert();
    }

    /// Every option has a help text.
    #[test]
    fn every_option_has_help_and_a_heading() {
        let mut command = command();
        command.build();
        for subcommand in command.get_subcommands() {
            assert!(
                subcommand.get_about().is_some(),
                "{}",
                subcommand.get_name()
            );
            for arg in subcommand.get_arguments() {
                assert!(arg.get_help().is_some(), "{arg}");
                let has_place = arg.is_positional() || arg.get_id() == "help";
                assert!(has_place || arg.get_help_heading().is_some(), "{arg}");
            }
        }
    }
}
