//! What git knows about a work tree: where it begins, and what changed since
//! a revision.
//!
//! Git itself is asked. It knows its own configuration, its index and its
//! ways of storing revisions better than anything else does, and whoever
//! names a revision has it installed.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::describe;
use crate::sys::listed_path;

/// How many paths git is asked about at once: of 4 KiB each, the longest there
/// are, half of what one call takes on Linux (2 MiB).
const PATHS: usize = 256;

/// Why git could not tell.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// It is not there, or does not start.
    #[error("cannot run git: {}", describe(.0))]
    Start(#[source] io::Error),
    /// The directory is in no work tree, or git refuses to look at it.
    #[error("{} is in no git work tree that git would look at: {said}", .directory.display())]
    NoWorkTree {
        /// The directory.
        directory: PathBuf,
        /// What git said.
        said: String,
    },
    /// It belongs to somebody else, whose configuration git does not trust.
    #[error("git does not look at {}: {said}", .directory.display())]
    Distrust {
        /// The directory.
        directory: PathBuf,
        /// What git said.
        said: String,
    },
    /// There is no such revision here.
    #[error("git knows no revision {0:?} here")]
    NoRevision(String),
    /// Nothing is known of where a revision and the present one parted.
    #[error("git knows no common ancestor of {0:?} and HEAD")]
    NoAncestor(String),
    /// Anything else.
    #[error("git {what} failed: {said}")]
    Failed {
        /// What it was asked for.
        what: String,
        /// What it said.
        said: String,
    },
}

/// The nearest directory, from this one upward, that has a `.git`. What is in
/// it is not looked at: git itself is the judge of that.
#[must_use]
pub fn work_tree_around(directory: &Path) -> Option<&Path> {
    let has_git = |directory: &&Path| directory.join(".git").symlink_metadata().is_ok();
    directory.ancestors().find(has_git)
}

/// What is added or changed in the work tree with this top, from where
/// `revision` and the present one parted: what was committed since, and what
/// is not committed yet. Files that git does not know count as added; those
/// that it ignores only with `ignored`.
///
/// The paths are absolute and begin with `top`. A directory (of a nested
/// repository, say) stands for all that is in it.
///
/// # Errors
///
/// See [`GitError`].
pub fn changed_since(
    top: &Path,
    revision: &str,
    ignored: bool,
) -> Result<BTreeSet<PathBuf>, GitError> {
    let commit = format!("{revision}^{{commit}}");
    let verify = ["rev-parse", "--verify", "--quiet", &commit];
    // No revision begins like an option.
    let commit = if revision.starts_with('-') {
        None
    } else {
        ask(top, &verify)?
    };
    let Some(commit) = commit else {
        // Before the first commit, everything is new.
        if revision == "HEAD" && ask(top, &["symbolic-ref", "--quiet", "HEAD"])?.is_some() {
            return files(top, &["--cached", "--others"], ignored);
        }
        return Err(GitError::NoRevision(revision.to_owned()));
    };
    let parted = ask(top, &["merge-base", &line(&commit), "HEAD"])?;
    let parted = parted.ok_or_else(|| GitError::NoAncestor(revision.to_owned()))?;
    let parted = line(&parted);
    // At the top, `diff.relative` has nothing to leave out: the option against
    // it is too new (2.28) to be taken for granted.
    let diff = [
        "diff",
        "--name-only",
        "-z",
        // A file that moved is a new one where it is now.
        "--no-renames",
        "--diff-filter=d",
        "--no-ext-diff",
        "--no-textconv",
        "--ignore-submodules=none",
        &parted,
        "--",
    ];
    let mut paths: BTreeSet<PathBuf> = listed(top, &ask(top, &diff)?.unwrap_or_default()).collect();
    paths.extend(files(top, &["--others"], ignored)?);
    Ok(paths)
}

/// The files that git tracks though its rules would ignore them, in the work
/// tree with this top.
///
/// # Errors
///
/// See [`GitError`].
pub fn tracked_though_ignored(top: &Path) -> Result<BTreeSet<PathBuf>, GitError> {
    files(top, &["--cached", "--ignored"], false)
}

/// The files of a work tree that git has in its index, or has not.
fn files(top: &Path, which: &[&str], ignored: bool) -> Result<BTreeSet<PathBuf>, GitError> {
    let mut arguments = vec!["ls-files", "-z"];
    arguments.extend(which);
    if !ignored {
        arguments.push("--exclude-standard");
    }
    let answer = ask(top, &arguments)?.unwrap_or_default();
    Ok(listed(top, &answer).collect())
}

/// Whether git's rules leave out any of these paths, which are absolute and in
/// the work tree with this top. Where git cannot tell, as in a submodule, they
/// may.
///
/// # Errors
///
/// If git cannot be run.
pub fn may_ignore_any(top: &Path, paths: &[PathBuf]) -> Result<bool, GitError> {
    // What it tracks in an ignored directory makes that none for git, and
    // still it passes over all else in there.
    let question = ["check-ignore", "--no-index", "--quiet", "--"];
    for some in paths.chunks(PATHS) {
        let output = command(top, &question).args(some).output();
        let status = output.map_err(GitError::Start)?.status;
        if status.code() != Some(1) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The top of the work tree that a directory lies in, by its true name.
///
/// # Errors
///
/// See [`GitError`].
pub fn top_level(directory: &Path) -> Result<PathBuf, GitError> {
    let output = run(directory, &["rev-parse", "--show-toplevel"])?;
    let path = output.stdout.strip_suffix(b"\n").unwrap_or(&output.stdout);
    match listed_path(path) {
        Some(top) if output.is_yes && !path.is_empty() => Ok(top),
        _ => {
            let directory = directory.to_owned();
            let said = output.said.unwrap_or_default();
            Err(if said.contains("dubious ownership") {
                GitError::Distrust { directory, said }
            } else {
                GitError::NoWorkTree { directory, said }
            })
        }
    }
}

struct Output {
    is_yes: bool,
    stdout: Vec<u8>,
    /// The first line of its complaints.
    said: Option<String>,
}

fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(directory).args(arguments);
    // A hook is told where its repository is, as seen from where the hook
    // was started, which need not be here.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        git.env_remove(variable);
    }
    // Nothing is written, not even what git would be quicker with next time.
    git.env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
    git.stdin(Stdio::null());
    git
}

fn run(directory: &Path, arguments: &[&str]) -> Result<Output, GitError> {
    let mut git = command(directory, arguments);
    let output = git.output().map_err(GitError::Start)?;
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next();
    let said = said.map(|line| line.strip_prefix("fatal: ").unwrap_or(line).to_owned());
    Ok(Output {
        is_yes: output.status.success(),
        stdout: output.stdout,
        said,
    })
}

/// What git answers; none where it says no, and has no complaint.
fn ask(top: &Path, arguments: &[&str]) -> Result<Option<Vec<u8>>, GitError> {
    let output = run(top, arguments)?;
    match output.said {
        _ if output.is_yes => Ok(Some(output.stdout)),
        None => Ok(None),
        Some(said) => Err(GitError::Failed {
            what: arguments.first().copied().unwrap_or_default().to_owned(),
            said,
        }),
    }
}

fn line(answer: &[u8]) -> String {
    String::from_utf8_lossy(answer).trim_end().to_owned()
}

/// The paths of a list that ends each with NUL.
fn listed<'a>(top: &'a Path, answer: &'a [u8]) -> impl Iterator<Item = PathBuf> + 'a {
    let entries = answer.split(|byte| *byte == 0);
    let entries = entries.filter(|entry| !entry.is_empty());
    entries.filter_map(|entry| Some(top.join(listed_path(entry)?)))
}
