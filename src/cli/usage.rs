//! Turns the parser's errors into messages of the same form as all other errors,
//! with hints for users of other tools.

use std::error::Error as _;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::diagnostics::Fatal;
use super::settings::{did_you_mean, nearest};

/// Words of other tools, as commands and as options without their dashes, and
/// what to use instead.
const OTHER_WORDS: [(&[&str], &str); 8] = [
    (
        &[
            "find",
            "search",
            "dups",
            "dupes",
            "duplicates",
            "list",
            "ls",
            "group",
        ],
        "nodupe scan finds duplicates: nodupe scan DIR",
    ),
    (
        &["delete", "rm", "unlink", "clean", "prune", "trash"],
        "nodupe remove DIR removes redundant files; add --dry-run to see which",
    ),
    (
        &[
            "hardlink",
            "hard-link",
            "symlink",
            "makehardlinks",
            "linkhard",
            "linksoft",
        ],
        "nodupe link DIR replaces redundant files by links",
    ),
    (
        &["dedup", "reflink", "clone"],
        "nodupe dedupe DIR lets identical files share their blocks",
    ),
    (&["mv"], "nodupe move --to OTHER DIR moves redundant files"),
    (
        &["restore", "revert", "rollback"],
        "nodupe undo takes the latest run back",
    ),
    (
        &["size", "minsize", "noempty", "no-empty", "zeromatch"],
        "--min-size and --max-size select files by their size; empty files are skipped unless --min-size 0 is given",
    ),
    (
        &["threads", "jobs", "num-threads"],
        "--workers N sets the number of workers",
    ),
];

/// The word of this tool for a word of another tool.
fn other_word(word: &str) -> Option<&'static str> {
    let word = word.trim_start_matches('-').to_lowercase();
    let known = OTHER_WORDS
        .iter()
        .find(|(words, _)| words.contains(&word.as_str()));
    known.map(|(_, hint)| *hint)
}

/// The error for wrong arguments.
pub(super) fn wrong_arguments(error: &clap::Error) -> Fatal {
    let invalid = text(error, ContextKind::InvalidArg).unwrap_or_default();
    let option = plain(&invalid);
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = text(error, ContextKind::InvalidSubcommand).unwrap_or_default();
            unknown_command(&word)
        }
        ErrorKind::UnknownArgument => unknown_argument(error, &invalid),
        ErrorKind::TooManyValues => Fatal::new(format!("{option} takes no value")),
        ErrorKind::NoEquals => Fatal::new(format!("{option}: write {option}=VALUE")),
        ErrorKind::MissingRequiredArgument => {
            let missing = texts(error, ContextKind::InvalidArg);
            let missing: Vec<_> = missing.iter().map(|name| plain(name)).collect();
            Fatal::new(format!("{} is missing", missing.join(", "))).hint(try_help(error))
        }
        ErrorKind::MissingSubcommand => {
            Fatal::new("a command is missing").hint("nodupe scan DIR finds duplicates")
        }
        _ => invalid_value(error),
    }
}

/// The error for an invalid value, whichever source it comes from. The message
/// begins with the option.
pub(super) fn invalid_value(error: &clap::Error) -> Fatal {
    let option = plain(&text(error, ContextKind::InvalidArg).unwrap_or_default());
    let value = text(error, ContextKind::InvalidValue).unwrap_or_default();
    match error.kind() {
        ErrorKind::InvalidUtf8 => return Fatal::new(format!("{option}: the value is not UTF-8")),
        ErrorKind::InvalidValue if value.is_empty() => {
            return Fatal::new(format!("{option}: the value is missing or empty"));
        }
        _ => {}
    }
    match error.source() {
        Some(reason) => match reason.downcast_ref::<Fatal>() {
            Some(fatal) => fatal.clone().of_option(&option),
            None => Fatal::new(format!("{option}: {reason}")),
        },
        None => {
            let known = texts(error, ContextKind::ValidValue);
            let fatal = Fatal::new(format!("{option}: invalid value {value:?}"));
            match nearest(&value, known.iter().map(String::as_str)) {
                Some(near) => fatal.hint(did_you_mean(near)),
                None => fatal.hint(format!("one of {}", known.join(", "))),
            }
        }
    }
}

fn unknown_command(word: &str) -> Fatal {
    let fatal = Fatal::new(format!("unknown command {word:?}"));
    if word.contains(['/', '\\']) || Path::new(word).exists() {
        return fatal.hint(format!("did you mean nodupe scan {word}?"));
    }
    let definition = super::command();
    let commands = definition.get_subcommands().map(clap::Command::get_name);
    match (other_word(word), nearest(word, commands)) {
        (Some(hint), _) => fatal.hint(hint),
        (None, Some(near)) => fatal.hint(format!("did you mean nodupe {near}?")),
        (None, None) => {
            fatal.hint("nodupe scan DIR finds duplicates; nodupe --help lists the commands")
        }
    }
}

fn unknown_argument(error: &clap::Error, word: &str) -> Fatal {
    if !word.starts_with('-') {
        return Fatal::new(format!("unexpected argument {word:?}")).hint(try_help(error));
    }
    let fatal = Fatal::new(format!("unknown option {word}"));
    if let Some(hint) = other_word(word) {
        return fatal.hint(hint);
    }
    if let Some(near) = text(error, ContextKind::SuggestedArg) {
        return fatal.hint(format!("did you mean {near}?"));
    }
    fatal.hint(try_help(error))
}

/// Where to read on: the parser's usage line names the command.
fn try_help(error: &clap::Error) -> String {
    let usage = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => usage.to_string(),
        _ => String::new(),
    };
    let mut words = usage
        .split_whitespace()
        .skip_while(|word| *word != "nodupe")
        .skip(1);
    let command = words
        .next()
        .filter(|word| word.starts_with(char::is_lowercase));
    match command {
        Some(command) => format!("nodupe {command} --help lists the arguments"),
        None => "options follow a command, as in nodupe scan --min-size 1M DIR".to_owned(),
    }
}

/// An option without its value, a positional argument without its brackets.
fn plain(argument: &str) -> String {
    let name = argument
        .split([' ', '=', '['])
        .find(|part| !part.is_empty());
    let name = name.unwrap_or(argument);
    name.trim_matches(['<', '>', '[', ']', '.']).to_owned()
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    texts(error, kind).into_iter().next()
}

fn texts(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}
