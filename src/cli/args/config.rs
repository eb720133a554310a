//! Arguments of `nodupe config`.

use std::ffi::OsString;

use clap::Args;

use super::shared::ProjectArgs;
use crate::cli::value_enums::{CommandChoice, TextChoice};

// `nodupe config`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// Subcommand whose settings are printed [default: both]
    #[arg(value_name = "COMMAND", value_enum, help_heading = None::<&str>)]
    pub command: Option<CommandChoice>,

    /// Arguments as they would be passed to COMMAND
    ///
    /// They are treated as if they were passed to it. Put options that nodupe
    /// config has too after --, as in nodupe config scan -- --format json.
    #[arg(
        value_name = "ARGUMENT",
        trailing_var_arg = true,
        allow_hyphen_values = true,
        help_heading = None::<&str>
    )]
    pub arguments: Vec<OsString>,

    /// Output format
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
