//! The command-line arguments and their help texts. One file per subcommand
//! that has many, one for the arguments that `scan` and `check` share.
//!
//! A field has the type of its value: [`super::values`] and
//! [`super::value_enums`] hold the types and their parsers.
//! [`super::settings`] completes the fields from the environment and the project
//! file and rejects options that cannot be combined; [`super::resolve`] turns
//! them into the library's configuration, so that no code after it depends on
//! clap.

mod act;
mod cache;
mod check;
mod config;
mod diff;
mod digest;
mod executors;
mod index;
mod merge;
mod review;
mod scan;
mod shared;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use super::help;
use super::value_enums::SchemaChoice;

pub(crate) use act::{
    ActArgs, ConsentArgs, DedupeArgs, HistoryArgs, LinkArgs, MoveArgs, RemoveArgs, UndoArgs,
};
pub(crate) use cache::CacheCommandArgs;
pub(crate) use check::CheckArgs;
pub(crate) use config::ConfigArgs;
pub(crate) use diff::DiffArgs;
pub(crate) use digest::DigestArgs;
pub(crate) use executors::ExecutorsArgs;
pub(crate) use index::{IndexArgs, IndexOptions};
pub(crate) use merge::MergeArgs;
pub(crate) use review::ReviewArgs;
pub(crate) use scan::{CountArgs, ReportArgs, ScanArgs};
pub(crate) use shared::{
    CacheArgs, GroupArgs, InputArgs, ProjectArgs, RunArgs, ScopeArgs, SelectionArgs,
};

/// A subcommand whose options can also be set in the project file and by the
/// environment.
pub(crate) trait Configured: Args {
    /// Its name, and its section in the project file. Subcommands without a
    /// section use `[scan]`.
    const NAME: &'static str;

    /// True if the project file has a section for it: else it takes from there
    /// only what a scan has too.
    const HAS_SECTION: bool = false;

    /// Options that only this subcommand takes from the command line alone,
    /// with the reason.
    const ONE_RUN: &'static [(&'static str, &'static str)] = &[];

    /// The arguments that select the project file.
    fn project(&self) -> &ProjectArgs;
}

impl Configured for ScanArgs {
    const NAME: &'static str = "scan";
    const HAS_SECTION: bool = true;

    fn project(&self) -> &ProjectArgs {
        &self.project
    }
}

impl Configured for CheckArgs {
    const NAME: &'static str = "check";
    const HAS_SECTION: bool = true;

    fn project(&self) -> &ProjectArgs {
        &self.project
    }
}

/// The options that all subcommands have that act on files.
impl Configured for ActArgs {
    const NAME: &'static str = "act";
    const HAS_SECTION: bool = true;
    const ONE_RUN: &'static [(&'static str, &'static str)] = act::ONE_RUN;

    fn project(&self) -> &ProjectArgs {
        &self.project
    }
}

/// A subcommand that acts on redundant files.
macro_rules! configured_act {
    ($($args:ty: $name:literal),*) => {$(
        impl Configured for $args {
            const NAME: &'static str = $name;
            const HAS_SECTION: bool = true;
            const ONE_RUN: &'static [(&'static str, &'static str)] = act::ONE_RUN;

            fn project(&self) -> &ProjectArgs {
                &self.act.project
            }
        }
    )*};
}

configured_act!(
    RemoveArgs: "remove",
    LinkArgs: "link",
    DedupeArgs: "dedupe",
    MoveArgs: "move",
    ReviewArgs: "review"
);

/// Finds files with identical content
#[derive(Debug, Parser)]
#[command(
    name = "nodupe",
    version,
    about = help::ABOUT,
    long_about = help::LONG_ABOUT,
    after_help = help::EXAMPLES,
    after_long_help = help::LONG_END,
    arg_required_else_help = true,
    args_override_self = true
)]
pub(super) struct Cli {
    /// The subcommand to run.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands. Only the one that is invoked is built in full.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(super) enum Command {
    /// Find files with identical content and report them
    #[command(
        long_about = help::SCAN_ABOUT,
        after_help = help::SCAN_EXAMPLES,
        after_long_help = help::SCAN_LONG_END
    )]
    Scan(Box<ScanArgs>),
    /// Fail if there are duplicates that the project does not accept
    #[command(
        long_about = help::CHECK_ABOUT,
        after_help = help::CHECK_EXAMPLES,
        after_long_help = help::CHECK_LONG_END
    )]
    Check(Box<CheckArgs>),
    /// Compare two directories by content: what is in A and not in B?
    #[command(
        long_about = help::DIFF_ABOUT,
        after_help = help::DIFF_EXAMPLES,
        after_long_help = help::DIFF_LONG_END
    )]
    Diff(Box<DiffArgs>),
    /// Remove redundant files, so that one copy of each content stays
    #[command(
        long_about = help::REMOVE_ABOUT,
        after_help = help::REMOVE_EXAMPLES,
        after_long_help = help::REMOVE_LONG_END
    )]
    Remove(Box<RemoveArgs>),
    /// Replace redundant files by links to the file that is kept
    #[command(
        long_about = help::LINK_ABOUT,
        after_help = help::LINK_EXAMPLES,
        after_long_help = help::LINK_LONG_END
    )]
    Link(Box<LinkArgs>),
    /// Let files with identical content share their blocks (btrfs, XFS)
    #[command(
        long_about = help::DEDUPE_ABOUT,
        after_help = help::DEDUPE_EXAMPLES,
        after_long_help = help::DEDUPE_LONG_END
    )]
    Dedupe(Box<DedupeArgs>),
    /// Move redundant files into another directory
    #[command(
        long_about = help::MOVE_ABOUT,
        after_help = help::MOVE_EXAMPLES,
        after_long_help = help::MOVE_LONG_END
    )]
    Move(Box<MoveArgs>),
    /// Look through duplicates on a screen, mark them, and act on the marks
    #[command(
        long_about = help::REVIEW_ABOUT,
        after_help = help::REVIEW_EXAMPLES,
        after_long_help = help::REVIEW_LONG_END
    )]
    Review(Box<ReviewArgs>),
    /// Take back what a run of remove, link, dedupe or move did
    #[command(
        long_about = help::UNDO_ABOUT,
        after_help = help::UNDO_EXAMPLES,
        after_long_help = help::UNDO_LONG_END
    )]
    Undo(Box<UndoArgs>),
    /// List the runs that changed files, and what can be taken back
    #[command(long_about = help::HISTORY_ABOUT, after_help = help::HISTORY_EXAMPLES)]
    History(HistoryArgs),
    /// Print the settings in effect for scan and check, and where each was set
    #[command(
        long_about = help::CONFIG_ABOUT,
        after_help = help::CONFIG_EXAMPLES,
        after_long_help = help::CONFIG_LONG_END
    )]
    Config(ConfigArgs),
    /// Show which executors this machine supports, and benchmark them
    #[command(
        long_about = help::EXECUTORS_ABOUT,
        after_help = help::EXECUTORS_EXAMPLES,
        after_long_help = help::EXECUTORS_LONG_END
    )]
    Executors(ExecutorsArgs),
    /// Write what this host knows of its files to a Parquet file
    #[command(
        long_about = help::INDEX_ABOUT,
        after_help = help::INDEX_EXAMPLES,
        after_long_help = help::INDEX_LONG_END
    )]
    Index(Box<IndexArgs>),
    /// Find identical files over the indexes of several hosts
    #[command(
        long_about = help::MERGE_ABOUT,
        after_help = help::MERGE_EXAMPLES,
        after_long_help = help::MERGE_LONG_END
    )]
    Merge(Box<MergeArgs>),
    /// Print a digest for each path of a list
    #[command(
        long_about = help::DIGEST_ABOUT,
        after_help = help::DIGEST_EXAMPLES,
        after_long_help = help::DIGEST_LONG_END
    )]
    Digest(Box<DigestArgs>),
    /// Show, remove or check the cache of digests
    #[command(long_about = help::CACHE_ABOUT, after_help = help::CACHE_EXAMPLES)]
    Cache(CacheCommandArgs),
    /// Print the JSON Schema of a json report
    #[command(long_about = help::SCHEMA_ABOUT, after_help = help::SCHEMA_EXAMPLES)]
    Schema {
        /// Report that the schema describes
        #[arg(value_name = "REPORT", value_enum, default_value = "scan")]
        report: SchemaChoice,
    },
    /// Print a completion script for a shell
    #[command(long_about = help::COMPLETIONS_ABOUT, after_help = help::COMPLETIONS_EXAMPLES)]
    Completions {
        /// Shell to generate the script for
        shell: Shell,
    },
}
