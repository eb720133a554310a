//! Arguments of `nodupe cache`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::value_enums::CacheAction;

// `nodupe cache`. (A doc comment would replace the about text.)
#[derive(Debug, Args)]
pub(crate) struct CacheCommandArgs {
    /// What to do with the cache
    #[arg(value_name = "ACTION", value_enum, help_heading = None::<&str>)]
    pub action: CacheAction,

    /// Directories and files to verify [default: the current directory]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath, help_heading = None::<&str>)]
    pub paths: Vec<PathBuf>,

    /// The cache file, if it is not the default one
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = "Cache"
    )]
    pub cache: Option<PathBuf>,
}
