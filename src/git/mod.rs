//! Reads what git knows about a work tree: its top, its tracked and ignored
//! files, and its changes since a revision.
//!
//! Git's files are read directly and git itself is never run: a repository may
//! come from anywhere, and its configuration can make git start programs
//! (`core.fsmonitor`, filters, hooks, `core.sshCommand` for a fetch). Nothing
//! in this module starts a program or opens a connection.
//!
//! Every file is opened as a regular file only, without blocking, and is read
//! up to a maximum size. Unreadable files and unknown formats are errors;
//! nothing is guessed.

mod attributes;
mod changes;
mod commit_tree;
mod config;
mod glob;
mod hash;
mod history;
mod ignore;
mod index;
mod objects;
mod pack;
mod refs;
mod repository;
mod revision;
mod settings;

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::describe;
use crate::platform;

pub(crate) use changes::Changes;
pub(crate) use commit_tree::CommitTree;
pub(crate) use ignore::{RuleList, directory_rules};
pub(crate) use index::Index;
pub(crate) use repository::Repository;

/// Reason why something about a repository is unknown.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum GitError {
    /// The directory is in no work tree.
    #[error("{} is in no git work tree", .0.display())]
    NoWorkTree(PathBuf),
    /// There is a `.git`, but git would not accept it as a repository.
    #[error("{} is no git repository: it is damaged or incomplete", .0.display())]
    NoRepository(PathBuf),
    /// The repository belongs to another user, and git would not trust it
    /// either.
    #[error("dubious ownership: the git repository {} belongs to another user", .0.display())]
    Distrust(PathBuf),
    /// The revision does not exist here.
    #[error("git knows no revision {0:?} here")]
    NoRevision(String),
    /// Several objects have the name.
    #[error("the revision {0:?} is ambiguous")]
    Ambiguous(String),
    /// The revision uses an unsupported notation.
    #[error("the revision {0:?} is written in a way that is not supported")]
    Notation(String),
    /// A revision and HEAD have no known common ancestor.
    #[error("git knows no common ancestor of {0:?} and HEAD")]
    NoAncestor(String),
    /// An object is missing.
    #[error("the git object {0} is missing")]
    Missing(String),
    /// A git setting is invalid.
    #[error("the git setting {0} cannot be used: {1}")]
    Setting(String, &'static str),
    /// A file cannot be read.
    #[error("cannot read {}: {}", .0.display(), .1)]
    Unreadable(PathBuf, String),
    /// A file is damaged.
    #[error("{} is damaged: {}", .0.display(), .1)]
    Broken(PathBuf, String),
    /// A file needs a git format that is not supported here.
    #[error("{} needs what is not supported: {}", .0.display(), .1)]
    Unsupported(PathBuf, String),
}

impl GitError {
    fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::Unreadable(path.to_owned(), describe(error))
    }

    /// The file that the error is about, if there is one, and the reason.
    pub(crate) fn file(&self) -> Option<(&Path, String)> {
        Some(match self {
            Self::Unreadable(path, why) => (path, format!("it cannot be read: {why}")),
            Self::Broken(path, why) => (path, format!("it is damaged: {why}")),
            Self::Unsupported(path, what) => {
                (path, format!("it needs what is not supported: {what}"))
            }
            _ => return None,
        })
    }

    /// Advice for the user.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::NoWorkTree(_) => "run it inside the work tree".to_owned(),
            Self::NoRepository(top) => {
                format!("repair it, or remove {}", top.join(".git").display())
            }
            Self::Distrust(top) => {
                let top = top.display();
                format!("if you trust it: git config --global --add safe.directory {top}")
            }
            Self::NoRevision(_) => {
                "fetch it first; on a build server, check out with all history (fetch-depth: 0)"
                    .to_owned()
            }
            Self::NoAncestor(_) => {
                "on a build server, check out with all history (fetch-depth: 0)".to_owned()
            }
            Self::Ambiguous(_) | Self::Notation(_) => {
                "name the commit, as git rev-parse tells it".to_owned()
            }
            Self::Missing(_) => "fetch it with git: nothing is fetched from here".to_owned(),
            Self::Setting(..) => "see git config --show-origin --list".to_owned(),
            Self::Unreadable(..) => "check what it is, and its permissions".to_owned(),
            Self::Broken(..) => "git fsck and git status may say more".to_owned(),
            Self::Unsupported(..) => "convert the repository with git".to_owned(),
        }
    }
}

/// The nearest directory, from this one upward, that has a `.git`. The content
/// of `.git` is not checked.
#[must_use]
pub(crate) fn work_tree_around(directory: &Path) -> Option<&Path> {
    let has_git = |directory: &&Path| directory.join(".git").symlink_metadata().is_ok();
    directory.ancestors().find(has_git)
}

/// The repository of the work tree that contains a directory. Links are
/// resolved.
///
/// # Errors
///
/// See [`GitError`].
pub(crate) fn repository_around(directory: &Path) -> Result<Repository, GitError> {
    let real = directory.canonicalize();
    let real = real.map_err(|error| GitError::unreadable(directory, &error))?;
    let top = work_tree_around(&real).ok_or_else(|| GitError::NoWorkTree(directory.to_owned()))?;
    Repository::at(top)?.ok_or_else(|| GitError::NoRepository(top.to_owned()))
}

/// A path with slashes, as git writes them.
pub(crate) fn slashed(path: &Path) -> Cow<'_, [u8]> {
    let bytes = platform::bytes_of(path.as_os_str());
    if std::path::MAIN_SEPARATOR == '/' {
        return Cow::Borrowed(bytes);
    }
    let slash = |&byte: &u8| if byte == b'\\' { b'/' } else { byte };
    Cow::Owned(bytes.iter().map(slash).collect())
}

/// Reads a file outside the work tree, if it exists.
fn read_file(path: &Path, most: u64) -> Result<Option<Vec<u8>>, GitError> {
    // The usual way to configure no file.
    if path == Path::new("/dev/null") {
        return Ok(None);
    }
    match platform::read_control_file(path, most, true) {
        Ok(text) => Ok(Some(text)),
        Err(error) if settings::is_absent(&error) => Ok(None),
        Err(error) => Err(GitError::unreadable(path, &error)),
    }
}
