//! The `nodupe` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    nodupe::cli::main().into()
}
