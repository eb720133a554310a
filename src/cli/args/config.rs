//! What `nodupe config` takes.

use std::ffi::OsString;

use clap::Args;

use super::shared::ProjectArgs;
use crate::cli::value_enums::{CommandChoice, TextChoice};

// `nodupe config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// The subcommand to print; both if none is named
    #[arg(value_name = "COMMAND", value_enum, help_heading = None::<&str>)]
    pub command: Option<CommandChoice>,

    /// Arguments as they would be given to COMMAND
    ///
    /// They count as given. What looks like an option of nodupe config itself
    /// comes behind --, as in nodupe config scan -- --format json.
    #[arg(
        value_name = "ARGUMENT",
        trailing_var_arg = true,
        allow_hyphen_values = true,
        requires = "command",
        help_heading = None::<&str>
    )]
    pub arguments: Vec<OsString>,

    /// How it is written
    #[arg(
        help_heading = "Report",
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value = "text"
    )]
    pub format: TextChoice,

    #[command(flatten)]
    pub project: ProjectArgs,
}
