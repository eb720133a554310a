//! The subcommands that only print a text: `schema` and `completions`.

use std::io::{self, Write};

use clap_complete::Shell;

use super::completions::completion_script;
use super::diagnostics::Fatal;
use super::output::{cannot_write, standard_output};
use super::value_enums::SchemaChoice;
use crate::exit::Exit;
use crate::report;

/// `nodupe schema REPORT`.
pub(super) fn schema(of: SchemaChoice) -> Result<Exit, Fatal> {
    let schema = match of {
        SchemaChoice::Scan => report::schema(),
        SchemaChoice::Check => report::check::schema(),
        SchemaChoice::Act => report::act::schema(),
        SchemaChoice::Diff => report::diff::schema(),
    };
    let mut text = schema.to_owned();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    print(text.as_bytes())
}

/// `nodupe completions SHELL`.
pub(super) fn completions(shell: Shell) -> Result<Exit, Fatal> {
    print(&completion_script(shell))
}

/// Prints a whole text; a closed pipe is not an error.
pub(super) fn print(text: &[u8]) -> Result<Exit, Fatal> {
    standard_output()?;
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Ok(()) => Ok(Exit::Complete),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Complete),
        Err(error) => Err(cannot_write(None, &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn every_shell_gets_a_script_that_knows_the_options() {
        for shell in Shell::value_variants() {
            let script = String::from_utf8(completion_script(*shell)).unwrap();
            for word in ["nodupe", "across-roots", "completions"] {
                assert!(script.contains(word), "{shell}: {word}");
            }
        }
    }
}
