//! Arguments of `nodupe check` beyond those of a scan.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::shared::{ProjectArgs, RunArgs, ScopeArgs};
use crate::cli::diagnostics::Fatal;
use crate::cli::value_enums::{CheckFormatChoice, ColorChoice};
use crate::cli::values;
use crate::report::check::CheckFormat;

// `nodupe check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub policy: PolicyArgs,
    #[command(flatten)]
    pub baseline: BaselineArgs,
    #[command(flatten)]
    pub scope: ScopeArgs,
    #[command(flatten)]
    pub report: CheckReportArgs,
    #[command(flatten)]
    pub project: ProjectArgs,
    #[command(flatten)]
    pub running: RunArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Policy")]
pub(crate) struct PolicyArgs {
    /// Allow up to N groups with new duplicates [default: 0]
    ///
    /// Accepted duplicates never count. If any of the three --max options is
    /// given, the ones that are not given set no limit.
    #[arg(long, value_name = "N", value_parser = values::limit)]
    pub max_groups: Option<u64>,

    /// Allow up to N new duplicate files
    ///
    /// In a group without accepted files, one file is the original and does not
    /// count.
    #[arg(long, value_name = "N", value_parser = values::limit)]
    pub max_duplicates: Option<u64>,

    /// Allow new duplicates of up to SIZE in total
    #[arg(long, value_name = "SIZE", value_parser = values::size)]
    pub max_reclaimable: Option<u64>,

    /// Report new copies of whole directories as one each
    ///
    /// A group of identical directories (see nodupe scan --directories) takes the
    /// place of the groups of files within it, if some of them are new and others
    /// not; a new directory counts as one duplicate. What accepts files, such as an
    /// allow rule or the baseline, accepts them in directories too.
    #[arg(long)]
    pub directories: bool,

    /// With --directories: ignore names, compare only content on each level
    #[arg(long)]
    pub ignore_names: bool,

    /// Check only groups with files added or changed since the git revision REV
    ///
    /// Changes are counted from the merge base of HEAD and REV; uncommitted
    /// changes count too. The whole tree is scanned, so a new copy of an old
    /// file is found; duplicates that existed before are not counted. nodupe
    /// reads git's own files: it runs no git program, filter or hook, and
    /// fetches nothing. If git converts a file (by a filter, for example), the
    /// times and size in the index decide whether it changed.
    #[arg(long, value_name = "REV")]
    pub changed_since: Option<String>,

    /// Stop at the first group that exceeds a budget
    #[arg(long)]
    pub fail_fast: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Baseline")]
pub(crate) struct BaselineArgs {
    /// File that lists accepted duplicates [default: .nodupe-baseline.json]
    ///
    /// A JSON file to commit with the project. It lists digests, and paths
    /// relative to the project's root. The default file is in that root and
    /// need not exist. A baseline that exists but cannot be read, or has more
    /// than 256 MiB, is an error; so is one that was not given here and that
    /// belongs to another user or can be replaced by everybody.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub baseline: Option<PathBuf>,

    /// Accept all current duplicates by writing them to the baseline
    ///
    /// Entries for files outside the scanned PATHs are kept, as are those of
    /// files that were skipped or could not be read this time. The baseline is
    /// never written to a symbolic link, and outside the project only if its path
    /// comes from an argument, the environment or a file given with --config.
    #[arg(long)]
    pub update_baseline: bool,

    /// Fail if the baseline has stale entries, which no longer apply
    #[arg(long)]
    pub deny_stale: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub(crate) struct CheckReportArgs {
    /// Report format
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value = "table"
    )]
    pub format: CheckFormatChoice,

    /// Write the report to FILE instead of standard output
    ///
    /// It is written to a temporary file beside FILE and renamed when complete.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// Also write a report in FORMAT to FILE (repeatable)
    ///
    /// Example: --report sarif=out.sarif --report junit=out.xml
    #[arg(long, value_name = "FORMAT=FILE", value_parser = format_and_file)]
    pub report: Vec<(CheckFormat, PathBuf)>,

    /// When to use colors
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto")]
    pub color: ColorChoice,
}

/// Parses a value of `--report`: `sarif=out.sarif`.
fn format_and_file(text: &str) -> Result<(CheckFormat, PathBuf), Fatal> {
    let wrong = |what: String| {
        let names: Vec<&str> = CheckFormat::ALL.iter().map(|f| f.as_str()).collect();
        Fatal::new(what).hint(format!(
            "write FORMAT=FILE, as in --report sarif=out.sarif; formats: {}",
            names.join(", ")
        ))
    };
    let Some((format, file)) = text.split_once('=') else {
        return Err(wrong(format!("{text:?} has no file name")));
    };
    let choice = CheckFormatChoice::from_str(format, false)
        .map_err(|_| wrong(format!("invalid format {format:?}")))?;
    if file.is_empty() || file == "-" {
        return Err(wrong(format!("{text:?} has no file name")));
    }
    Ok((choice.into(), PathBuf::from(file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_a_format_and_a_file() {
        let read = |text: &str| format_and_file(text).ok();
        assert_eq!(
            read("sarif=out/a=b.sarif"),
            Some((CheckFormat::Sarif, "out/a=b.sarif".into()))
        );
        assert_eq!(read("junit=x"), Some((CheckFormat::Junit, "x".into())));
        for text in ["", "sarif", "sarif=", "=x", "csv=x", "sarif=-", "SARIF=x"] {
            assert_eq!(read(text), None, "{text}");
            let told = format_and_file(text).unwrap_err().to_string();
            assert!(told.contains("markdown"), "{told}");
        }
    }
}
