//! The question before anything is changed.

use std::io::{self, BufRead, BufReader, IsTerminal, Write};

use super::super::args::ConsentArgs;
use super::super::diagnostics::Fatal;
use crate::error::describe;
use crate::platform;
use crate::report::act::{PlanTotals, Verb};
use crate::report::humanize::{counted, size};

/// Agreement to changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consent {
    /// It was given by an argument.
    Given,
    /// It is asked for.
    Ask,
    /// Nothing is changed.
    DryRun,
}

impl Consent {
    /// # Errors
    ///
    /// If nobody can be asked.
    pub(super) fn of(args: &ConsentArgs) -> Result<Self, Fatal> {
        if args.dry_run {
            return Ok(Self::DryRun);
        }
        if args.yes {
            return Ok(Self::Given);
        }
        let can_ask = io::stderr().is_terminal()
            && (io::stdin().is_terminal() || platform::open_terminal_input().is_ok());
        if can_ask {
            return Ok(Self::Ask);
        }
        Err(
            Fatal::new("confirmation is required, and there is no terminal to ask on")
                .hint("add --yes to act without asking, or --dry-run to see what would be done"),
        )
    }
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Go on.
    Yes,
    /// Change nothing.
    No,
}

/// Asks on the terminal.
pub(super) fn ask(verb: Verb, totals: &PlanTotals) -> io::Result<Answer> {
    put(&text(verb, totals))
}

/// Asks a question that is answered with yes or no.
pub(super) fn put(question: &str) -> io::Result<Answer> {
    let mut err = io::stderr().lock();
    write!(err, "{question} [y/N] ")?;
    err.flush()?;
    let mut line = String::new();
    let read = if io::stdin().is_terminal() {
        io::stdin().lock().read_line(&mut line)?
    } else {
        BufReader::new(platform::open_terminal_input()?).read_line(&mut line)?
    };
    if read == 0 {
        // The end of the input leaves the cursor in the line.
        writeln!(err)?;
    }
    Ok(understood(&line))
}

/// The error for a terminal that fails.
pub(super) fn failed(error: &io::Error) -> Fatal {
    Fatal::new(format!("cannot ask: {}", describe(error)))
        .hint("add --yes to act without asking; nothing was changed")
}

fn text(verb: Verb, totals: &PlanTotals) -> String {
    let mut files = counted(totals.files, "file", "files");
    if totals.directories > 0 {
        let directories = counted(totals.directories, "directory", "directories");
        files = format!("{directories} with {files}");
    }
    let word = match verb {
        Verb::Remove => "Remove",
        Verb::Trash => "Trash",
        Verb::HardLink => "Hard-link",
        Verb::SymbolicLink => "Symlink",
        Verb::Dedupe => "Dedupe",
        Verb::Move => "Move",
        Verb::Undo => "Restore",
    };
    match totals.freed.freed {
        0 => format!("{word} {files}?"),
        freed => format!("{word} {files} ({})?", size(freed)),
    }
}

/// Anything but a clear yes is no.
fn understood(line: &str) -> Answer {
    match line.trim().to_lowercase().as_str() {
        "y" | "yes" => Answer::Yes,
        _ => Answer::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::act::FreedBytes;

    #[test]
    fn only_yes_is_yes() {
        for yes in ["y\n", "Y\n", "yes\r\n", " YES \n"] {
            assert_eq!(understood(yes), Answer::Yes, "{yes:?}");
        }
        for no in ["", "\n", "n\n", "no\n", "yess\n", "ja\n", "y n\n", "\u{3}"] {
            assert_eq!(understood(no), Answer::No, "{no:?}");
        }
    }

    #[test]
    fn the_question_says_what_and_how_much() {
        let totals = |files, freed| PlanTotals {
            files,
            groups: 1,
            directories: 0,
            freed: FreedBytes {
                freed,
                ..FreedBytes::default()
            },
        };
        assert_eq!(
            text(Verb::Remove, &totals(1, 2048)),
            "Remove 1 file (2.0 KiB)?"
        );
        assert_eq!(text(Verb::Move, &totals(1200, 0)), "Move 1,200 files?");
        let whole = PlanTotals {
            directories: 2,
            ..totals(3, 1024)
        };
        assert_eq!(
            text(Verb::Remove, &whole),
            "Remove 2 directories with 3 files (1.0 KiB)?"
        );
    }
}
