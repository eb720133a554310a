//! Properties of the terminal: colors, width, progress.
//!
//! The decisions are pure functions of the environment's values; only
//! [`Environment::read`] reads it.

use std::ffi::OsString;
use std::io::{self, IsTerminal};

use super::value_enums::ColorChoice;

/// The variables that control colors and progress.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Environment {
    /// `NO_COLOR`.
    pub no_color: Option<OsString>,
    /// `CLICOLOR_FORCE`.
    pub clicolor_force: Option<OsString>,
    /// `TERM`.
    pub term: Option<OsString>,
}

impl Environment {
    /// As the process was given it.
    pub(super) fn read() -> Self {
        Self {
            no_color: std::env::var_os("NO_COLOR"),
            clicolor_force: std::env::var_os("CLICOLOR_FORCE"),
            term: std::env::var_os("TERM"),
        }
    }

    fn is_dumb(&self) -> bool {
        self.term.as_ref().is_some_and(|term| term == "dumb")
    }

    /// Returns true if output gets colors. The command line takes precedence
    /// over the environment, where "no" takes precedence over "yes".
    pub(super) fn wants_color(&self, choice: ColorChoice, is_terminal: bool) -> bool {
        let is_set =
            |variable: &Option<OsString>| variable.as_ref().is_some_and(|value| !value.is_empty());
        match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if is_set(&self.no_color) => false,
            ColorChoice::Auto
                if is_set(&self.clicolor_force)
                    && self.clicolor_force.as_ref().is_some_and(|v| v != "0") =>
            {
                true
            }
            ColorChoice::Auto => is_terminal && !self.is_dumb(),
        }
    }

    /// Returns true if progress is shown: `is_terminal` is about standard
    /// error.
    pub(super) fn wants_progress(&self, quiet: bool, is_terminal: bool) -> bool {
        !quiet && is_terminal && !self.is_dumb()
    }
}

/// The number of columns and lines of standard output, where that is a
/// terminal.
pub(super) fn output_size() -> Option<(usize, usize)> {
    let out = io::stdout();
    // The size can be had without a terminal on some platforms.
    if !out.is_terminal() {
        return None;
    }
    let size = terminal_size::terminal_size_of(out);
    size.map(|(width, height)| (usize::from(width.0), usize::from(height.0)))
}

/// The width of standard error, or what is usual.
pub(super) fn progress_width() -> usize {
    terminal_size::terminal_size_of(io::stderr()).map_or(80, |(width, _)| usize::from(width.0))
}

/// The number of lines of standard error, or what is usual.
pub(super) fn message_height() -> usize {
    terminal_size::terminal_size_of(io::stderr()).map_or(24, |(_, height)| usize::from(height.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ColorChoice::{Always, Auto, Never};

    fn environment(no_color: &str, force: &str, term: &str) -> Environment {
        // "-" means an unset variable.
        let variable = |value: &str| (value != "-").then(|| OsString::from(value));
        Environment {
            no_color: variable(no_color),
            clicolor_force: variable(force),
            term: variable(term),
        }
    }

    #[test]
    fn color_is_decided_by_flag_then_environment_then_terminal() {
        let table = [
            // NO_COLOR, CLICOLOR_FORCE, TERM, flag, terminal, colors
            ("-", "-", "xterm", Auto, true, true),
            ("-", "-", "-", Auto, true, true),
            ("-", "-", "xterm", Auto, false, false),
            ("-", "-", "dumb", Auto, true, false),
            ("1", "-", "xterm", Auto, true, false),
            ("", "-", "xterm", Auto, true, true),
            ("-", "1", "xterm", Auto, false, true),
            ("-", "1", "dumb", Auto, false, true),
            ("-", "0", "xterm", Auto, false, false),
            ("-", "0", "xterm", Auto, true, true),
            ("-", "", "xterm", Auto, false, false),
            ("1", "1", "xterm", Auto, true, false),
            ("1", "-", "dumb", Always, false, true),
            ("-", "1", "xterm", Never, true, false),
        ];
        for (no_color, force, term, flag, terminal, expected) in table {
            let environment = environment(no_color, force, term);
            assert_eq!(
                environment.wants_color(flag, terminal),
                expected,
                "{environment:?} {flag:?} {terminal}"
            );
        }
    }

    #[test]
    fn progress_needs_a_terminal_that_can_move_its_cursor() {
        let table = [
            ("xterm", false, true, true),
            ("-", false, true, true),
            ("dumb", false, true, false),
            ("xterm", true, true, false),
            ("xterm", false, false, false),
        ];
        for (term, quiet, terminal, expected) in table {
            let environment = environment("-", "-", term);
            assert_eq!(
                environment.wants_progress(quiet, terminal),
                expected,
                "{term} {quiet} {terminal}"
            );
        }
    }
}
