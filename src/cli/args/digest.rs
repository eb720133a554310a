//! Arguments of `nodupe digest`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::shared::RunArgs;
use crate::cli::value_enums::{DigestFormatChoice, HashChoice};

// `nodupe digest`.
#[derive(Debug, Args)]
pub(crate) struct DigestArgs {
    /// Hash the files listed in FILE, one per line; - reads standard input
    ///
    /// Paths are read byte for byte; empty lines are ignored. FILE may be a pipe
    /// of any length: it is read as far as there are answers for.
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        required = true,
        help_heading = "Input"
    )]
    pub files_from: PathBuf,

    /// Paths in --files-from end with NUL, as find -print0 writes them
    #[arg(short = '0', long, help_heading = "Input")]
    pub null: bool,

    /// Read only the ends of files above 16 KiB
    ///
    /// Files whose ends differ are different; those whose ends are the same may
    /// be, too. The digests are those of the column "partial" of nodupe index.
    #[arg(long, help_heading = "Comparison")]
    pub ends: bool,

    /// Hash of the digests; only blake3 is collision-resistant
    #[arg(
        long,
        value_name = "HASH",
        value_enum,
        default_value = "blake3",
        help_heading = "Comparison"
    )]
    pub hash: HashChoice,

    /// Format of the lines
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value = "jsonl",
        help_heading = "Report"
    )]
    pub format: DigestFormatChoice,

    #[command(flatten)]
    pub running: RunArgs,
}
