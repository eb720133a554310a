//! Arguments of the subcommands that act on redundant files.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::shared::{ProjectArgs, RunArgs, ScopeArgs};
use crate::cli::value_enums::{ActFormatChoice, ColorChoice};
use crate::cli::values::{self, Glob};
use crate::config::DirectoryNames;

const PATHS_HELP: &str = "Directories and files to act on";

const PATHS_LONG_HELP: &str = "\
Directories and files to act on

They are scanned as by nodupe scan. A PATH or --report is required: the current \
directory is never the default. A PATH that is a file is acted on only if it has \
a copy among the other PATHs.";

/// Options that decide what happens to files: neither a project file nor the
/// environment may set them.
pub(super) const ONE_RUN: &[(&str, &str)] = &[
    ("paths", ON_THE_COMMAND_LINE),
    ("yes", ON_THE_COMMAND_LINE),
    ("dry-run", ON_THE_COMMAND_LINE),
    ("keep", ON_THE_COMMAND_LINE),
    ("to", ON_THE_COMMAND_LINE),
    ("journal", ON_THE_COMMAND_LINE),
    ("symbolic", ON_THE_COMMAND_LINE),
    ("ignore-metadata", ON_THE_COMMAND_LINE),
    ("include-vcs", ON_THE_COMMAND_LINE),
    ("directories", ON_THE_COMMAND_LINE),
    ("ignore-names", ON_THE_COMMAND_LINE),
    ("hard-links", "all names of a file are acted on together"),
    ("format", "it is that of the report of a scan"),
];

const ON_THE_COMMAND_LINE: &str = "only the command line decides what happens to files";

// Arguments of every subcommand that acts on redundant files. (A doc comment would
// replace the about text.)
#[derive(Debug, Args)]
#[command(
    mut_arg("paths", |arg| arg.help(PATHS_HELP).long_help(PATHS_LONG_HELP)),
    // It is for reports, and rejected with the reason.
    mut_arg("hard_links", |arg| arg.hide(true))
)]
pub(crate) struct ActArgs {
    #[command(flatten)]
    pub source: SourceArgs,
    #[command(flatten)]
    pub scope: ScopeArgs,
    #[command(flatten)]
    pub protection: ProtectionArgs,
    #[command(flatten)]
    pub consent: ConsentArgs,
    #[command(flatten)]
    pub result: ResultArgs,
    #[command(flatten)]
    pub project: ProjectArgs,
    #[command(flatten)]
    pub running: RunArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct SourceArgs {
    /// Act on the groups in FILE, a json or jsonl report of nodupe scan; - reads
    /// standard input
    ///
    /// The report may be edited: files deleted from it are left alone, and files
    /// with "keep": true stay. A group without such a file is not acted on. Every
    /// file is checked and compared again, so an outdated report is safe. With
    /// --directories it is the groups of directories that are acted on; what is in
    /// them is scanned again. Options that select files or groups cannot be combined
    /// with it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub report: Option<PathBuf>,
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Protection")]
pub(crate) struct ProtectionArgs {
    /// Only act on files under DIR (repeatable)
    ///
    /// All other files are kept: a file under DIR is redundant if it has a copy
    /// anywhere else among the PATHs.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::AnyPath)]
    pub only_under: Vec<PathBuf>,

    /// Keep files that match GLOB or are in a directory that matches (repeatable)
    ///
    /// Globs match as for --include.
    #[arg(long, value_name = "GLOB", value_parser = values::glob)]
    pub keep_all_under: Vec<Glob>,

    /// Leave at least N copies of each content [default: 1]
    #[arg(long, value_name = "N", value_parser = values::count)]
    pub leave: Option<NonZeroU64>,

    /// Skip files for which no read lease is available
    ///
    /// A lease detects writers while a file is compared and acted on. Without one,
    /// only file times show that no program wrote to it. Leases are unavailable on
    /// files of other users and on some network and FUSE file systems.
    #[arg(long)]
    pub require_lease: bool,

    /// Also act on files of version control systems and package stores
    ///
    /// Those below .git, .hg, .svn, .jj, and the stores of package managers
    /// such as pnpm, Nix and OSTree.
    #[arg(long)]
    pub include_vcs: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Acting")]
pub(crate) struct ConsentArgs {
    /// Act without asking; required if there is no terminal
    #[arg(short, long)]
    pub yes: bool,

    /// Change nothing, and say for each file what would be done
    ///
    /// Every file is checked and compared as in a real run.
    #[arg(short = 'n', long)]
    pub dry_run: bool,

    #[command(flatten)]
    pub journal: JournalArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Acting")]
pub(crate) struct JournalArgs {
    /// Use FILE as the journal
    ///
    /// The journal records every change before it is made; nodupe undo needs it
    /// to take a run back. By default it is nodupe/journal.redb in
    /// $XDG_STATE_HOME or ~/.local/state.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub journal: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub(crate) struct ResultArgs {
    /// Report format
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value = "table"
    )]
    pub format: ActFormatChoice,

    /// Write the report to FILE instead of standard output
    ///
    /// It is written to a temporary file beside FILE and renamed when complete.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// When to use colors
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto")]
    pub color: ColorChoice,
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Acting")]
pub(crate) struct WholeArgs {
    /// Act on whole redundant directories, and on nothing else
    ///
    /// Those that nodupe scan --directories reports and does not mark as to be kept:
    /// every file as usual, then symbolic links, empty files and the directories
    /// themselves. A directory that is no longer as it was scanned stays; if a part
    /// turns out different later, that part stays and the directory is reported as
    /// incomplete. nodupe undo brings everything back.
    #[arg(long)]
    pub directories: bool,

    /// With --directories: ignore names, compare only content on each level
    #[arg(long)]
    pub ignore_names: bool,
}

impl WholeArgs {
    /// The role of names, if directories are acted on.
    pub(crate) fn names(&self) -> Option<DirectoryNames> {
        self.directories.then_some(match self.ignore_names {
            true => DirectoryNames::Ignored,
            false => DirectoryNames::Compared,
        })
    }
}

// `nodupe remove`.
#[derive(Debug, Args)]
pub(crate) struct RemoveArgs {
    #[command(flatten)]
    pub act: ActArgs,
    #[command(flatten)]
    pub whole: WholeArgs,

    /// Put redundant files into the desktop's trash instead
    ///
    /// Each goes into the trash of its own file system, as freedesktop.org
    /// specifies it; its space is not free before the trash is emptied. Linux
    /// only.
    #[arg(long, help_heading = "Acting")]
    pub trash: bool,

    /// Also remove directories that become empty
    ///
    /// Only directories below the PATHs that this run empties, and those above them
    /// that become empty with them; nodupe undo makes them again.
    #[arg(long, help_heading = "Acting")]
    pub prune_empty_dirs: bool,
}

// `nodupe link`.
#[derive(Debug, Args)]
pub(crate) struct LinkArgs {
    #[command(flatten)]
    pub act: ActArgs,

    /// Make symbolic links instead of hard links
    ///
    /// They are relative, and work across file systems. A symbolic link breaks if
    /// the kept file is moved or removed.
    #[arg(long, help_heading = "Acting")]
    pub symbolic: bool,

    /// Also link files whose owner, permissions or attributes differ
    ///
    /// The linked names then have the owner, permissions, times and attributes of
    /// the kept file.
    #[arg(long, help_heading = "Acting")]
    pub ignore_metadata: bool,
}

// `nodupe dedupe`.
#[derive(Debug, Args)]
pub(crate) struct DedupeArgs {
    #[command(flatten)]
    pub act: ActArgs,
}

// `nodupe move`.
#[derive(Debug, Args)]
pub(crate) struct MoveArgs {
    #[command(flatten)]
    pub act: ActArgs,
    #[command(flatten)]
    pub whole: WholeArgs,

    /// Move redundant files below DIR, keeping their relative paths
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Acting")]
    pub to: PathBuf,

    /// Also remove directories that become empty
    ///
    /// Only directories below the PATHs that this run empties, and those above them
    /// that become empty with them; nodupe undo makes them again.
    #[arg(long, help_heading = "Acting")]
    pub prune_empty_dirs: bool,
}

// `nodupe undo`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Acting")]
pub(crate) struct UndoArgs {
    /// Number of the run to take back [default: the latest not yet taken back]
    #[arg(value_name = "RUN", value_parser = clap::value_parser!(u64).range(1..), help_heading = None::<&str>)]
    pub run: Option<u64>,

    /// Only settle what an unfinished run left, for example after a crash
    ///
    /// Every command that changes files does this first.
    #[arg(long)]
    pub recover: bool,

    #[command(flatten)]
    pub consent: ConsentArgs,
    #[command(flatten)]
    pub result: ResultArgs,

    /// Show no progress and no warnings, only the report and fatal errors
    #[arg(short, long, help_heading = "Running")]
    pub quiet: bool,
}

// `nodupe history`.
#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    #[command(flatten)]
    pub journal: JournalArgs,
    #[command(flatten)]
    pub result: ResultArgs,
}
