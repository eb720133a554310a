//! `nodupe config`: the settings in effect and their origins.

mod json;
mod toml;
mod view;

use std::ffi::OsString;

use super::args::{Command, ConfigArgs, Configured, ProjectArgs};
use super::diagnostics::{Fatal, say, visible_text};
use super::settings::{self, Sources};
use super::value_enums::{CommandChoice, TextChoice};
use super::{explained, parsed, print};
use crate::exit::Exit;

use view::View;

/// Prints what is in force.
pub(super) fn run(args: &ConfigArgs) -> Result<Exit, Fatal> {
    let commands = match args.command {
        Some(command) => vec![command],
        None => vec![
            CommandChoice::Scan,
            CommandChoice::Check,
            CommandChoice::Act,
        ],
    };
    let mut calls = Vec::new();
    for command in commands {
        match parsed(&call(command, args)) {
            Ok((parsed, matches)) => {
                calls.push((command, parsed, settings::flags(&matches)?, matches));
            }
            Err(error) => return explained(&error),
        }
    }
    let project = calls.first().and_then(|(_, parsed, ..)| project_of(parsed));
    let sources = Sources::read_all(project.unwrap_or(&args.project))?;
    let mut sections = Vec::new();
    for (command, _, flags, matches) in calls {
        // Nearly always it is empty.
        let is_asked_for = args.command.is_some() || !sources.document.act.is_empty();
        if command == CommandChoice::Act && !is_asked_for {
            continue;
        }
        sections.push(view::section(&sources, command, flags, &matches)?);
    }
    let view = View::of(&sources, sections);
    for stranger in &view.unknown_variables {
        say(format_args!("nodupe: {}", visible_text(stranger)));
    }
    print::print(
        match args.format {
            TextChoice::Text => toml::write(&view),
            TextChoice::Json => json::write(&view),
        }
        .as_bytes(),
    )
}

/// The call of the subcommand whose settings are printed.
fn call(command: CommandChoice, args: &ConfigArgs) -> Vec<OsString> {
    let mut words: Vec<OsString> = vec!["nodupe".into(), command.subcommand().into()];
    if let Some(file) = &args.project.config {
        let mut word = OsString::from("--config=");
        word.push(file);
        words.push(word);
    }
    if args.project.no_config {
        words.push("--no-config".into());
    }
    words.extend(args.arguments.iter().cloned());
    words
}

fn project_of(command: &Command) -> Option<&ProjectArgs> {
    match command {
        Command::Scan(args) => Some(args.project()),
        Command::Check(args) => Some(args.project()),
        Command::Remove(args) => Some(args.project()),
        _ => None,
    }
}
