//! Arguments of `nodupe index`.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::shared::{CacheArgs, RunArgs, SelectionArgs};
use crate::cli::value_enums::HashChoice;
use crate::cli::values;

// `nodupe index`.
#[derive(Debug, Args)]
pub(crate) struct IndexArgs {
    /// Directories and files to index [default: the current directory]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath, help_heading = None::<&str>)]
    pub paths: Vec<PathBuf>,

    #[command(flatten)]
    pub index: IndexOptions,
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub cache: CacheArgs,
    #[command(flatten)]
    pub running: RunArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Index")]
pub(crate) struct IndexOptions {
    /// Write the index to FILE; - is standard output
    ///
    /// It is written to a temporary file beside FILE and renamed when complete. A run
    /// that is interrupted writes nothing; with --cache the next one continues.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, required = true)]
    pub output: PathBuf,

    /// Name of this host in the index [default: that of the system]
    ///
    /// For a drive that moves between hosts, the name of the drive.
    #[arg(long, value_name = "NAME", value_parser = values::host)]
    pub host: Option<String>,

    /// Name of the file system of PATH, in place of its UUID
    ///
    /// For one without a lasting identity that several hosts mount (a network file
    /// system): with the same LABEL on each of them a file there is one, not a copy
    /// of itself. All PATHs must be on one file system.
    #[arg(long, value_name = "LABEL", value_parser = values::host)]
    pub volume: Option<String>,

    /// Split the index into N files by a hash of the size: FILE-00000-of-N and so on
    ///
    /// Equal files are in the same partition, on all hosts that use the same N, so that
    /// an engine can work on one partition at a time.
    #[arg(long, value_name = "N", value_parser = values::partitions)]
    pub partitions: Option<NonZeroU32>,

    /// Only write what is new since the index OLD (repeatable)
    ///
    /// Rows of files that are unchanged are left out; a path that is gone has a row
    /// with links = 0. Give all files of OLD, and to nodupe merge OLD and the new one.
    #[arg(long, value_name = "OLD", value_hint = ValueHint::FilePath)]
    pub diff: Vec<PathBuf>,

    /// Read and hash all files
    ///
    /// Otherwise no file is read, and the index has sizes only.
    #[arg(long)]
    pub hash_everything: bool,

    /// Read what nodupe merge --candidates asks for
    ///
    /// FILE has sizes: files of these have the digest of their ends, and small ones
    /// that of all bytes. With ends beside a size, files with these are read in full.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub candidates: Option<PathBuf>,

    /// Hash of the digests; only blake3 is collision-resistant
    ///
    /// It has to be the same on all hosts.
    #[arg(long, value_name = "HASH", value_enum, default_value = "blake3")]
    pub hash: HashChoice,
}
