//! Arguments of `nodupe cache`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

/// The commands on a cache.
#[derive(Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// Show where the cache is, its size and its entries
    Info(CacheFileArgs),
    /// Remove the cache
    Clear(CacheFileArgs),
    /// Read every file below PATH that has an entry, and compare the digests
    ///
    /// The cache file is checked too. The exit status is 3 if an entry is wrong;
    /// then all entries of its file system are dropped.
    Verify {
        /// Directories and files to read [default: the current directory]
        #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath, help_heading = None::<&str>)]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        file: CacheFileArgs,
    },
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Cache")]
pub(crate) struct CacheFileArgs {
    /// The cache file, if it is another one than that of --cache
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub cache: Option<PathBuf>,
}
