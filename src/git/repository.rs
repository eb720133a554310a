//! A repository and its work tree: location, format and owner.

use std::io;
use std::path::{Path, PathBuf};

use super::hash::Algorithm;
use super::settings::{RepositoryPaths, Settings, is_absent};
use super::{GitError, read_file, refs};
use crate::platform;

/// Maximum number of bytes read of files with a line or two.
const MAX_LINE_FILE_SIZE: u64 = 64 << 10;

/// Maximum number of bytes read of a file with ignore rules or attributes.
pub(super) const MAX_RULES_SIZE: u64 = 16 << 20;

/// A repository with a work tree.
#[derive(Debug)]
pub(crate) struct Repository {
    /// Top of the work tree, as a canonical path.
    pub(super) top: PathBuf,
    /// Directory of the work tree's own files: its index and its HEAD.
    pub(super) git_dir: PathBuf,
    /// Directory of the files that all work trees share.
    pub(super) common_dir: PathBuf,
    pub(super) settings: Settings,
    pub(super) algorithm: Algorithm,
    /// True if references are stored in files of their own.
    pub(super) has_ref_files: bool,
    /// True if names that differ in case alone are equal (`core.ignoreCase`).
    pub(super) fold: bool,
}

impl Repository {
    /// The repository whose work tree begins at a directory, if git would find
    /// one there. The path is canonical.
    ///
    /// # Errors
    ///
    /// See [`GitError`].
    pub(crate) fn at(top: &Path) -> Result<Option<Self>, GitError> {
        let Some(git_dir) = git_dir_of(top)? else {
            return Ok(None);
        };
        let common_dir = common_dir_of(&git_dir)?;
        let Some(head) = head_of(&git_dir)? else {
            return Ok(None);
        };
        if !(common_dir.join("objects").is_dir() && common_dir.join("refs").is_dir()) {
            return Ok(None);
        }
        let paths = RepositoryPaths {
            git_dir: &git_dir,
            common_dir: &common_dir,
            branch: head.strip_prefix(b"ref: refs/heads/"),
        };
        let settings = Settings::read(&paths)?;
        let format = Format::of(&settings)
            .map_err(|what| GitError::Unsupported(common_dir.join("config"), what))?;
        let repository = Self {
            top: top.to_owned(),
            algorithm: format.algorithm,
            has_ref_files: format.has_ref_files,
            fold: settings.flag("core", "ignorecase", false)?,
            git_dir,
            common_dir,
            settings,
        };
        repository.check_work_tree_location()?;
        Ok(Some(repository))
    }

    /// Returns true if names that differ in case alone are equal.
    pub(crate) fn folds_case(&self) -> bool {
        self.fold
    }

    /// Checks that git would read this repository for the user: it and its work
    /// tree belong to the user, or `safe.directory` allows it.
    ///
    /// # Errors
    ///
    /// [`GitError::Distrust`], and errors of the system.
    pub(crate) fn check_trusted(&self) -> Result<(), GitError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |error: io::Error| GitError::unreadable(&path, &error)
        };
        let link = self.top.join(".git");
        let mut is_own = true;
        for path in [&self.top, &link, &self.git_dir] {
            is_own &= platform::belongs_to_user(path).map_err(unreadable(path))?;
        }
        if is_own {
            return Ok(());
        }
        for trusted in self.settings.trusted_directories()? {
            let text = platform::bytes_of(trusted.as_os_str());
            let is_here = if text == b"*" {
                true
            } else if let Some(above) = text.strip_suffix(b"/*") {
                let above = canonical_or_given(Path::new(platform::os_str(above)));
                self.top.starts_with(&above) && self.top != above
            } else {
                trusted.is_absolute() && canonical_or_given(&trusted) == self.top
            };
            if is_here {
                return Ok(());
            }
        }
        Err(GitError::Distrust(self.top.clone()))
    }

    /// Checks that the configuration places the work tree beside its `.git`.
    /// Linked work trees are skipped: the shared configuration does not
    /// describe them.
    fn check_work_tree_location(&self) -> Result<(), GitError> {
        if self.git_dir != self.common_dir {
            return Ok(());
        }
        let config = || self.common_dir.join("config");
        if self.settings.flag("core", "bare", false)? {
            return Err(GitError::Unsupported(
                config(),
                "it says that there is no work tree (core.bare)".to_owned(),
            ));
        }
        match self.settings.path("core", "worktree", &self.git_dir)? {
            Some(elsewhere) if canonical_or_given(&elsewhere) != self.top => {
                Err(GitError::Unsupported(
                    config(),
                    "it says that the work tree is somewhere else (core.worktree)".to_owned(),
                ))
            }
            _ => Ok(()),
        }
    }
}

/// Reads a file of the work tree that configures git.
pub(super) fn in_tree(path: &Path) -> Result<Option<Vec<u8>>, GitError> {
    match platform::read_control_file(path, MAX_RULES_SIZE, false) {
        Ok(text) => Ok(Some(text)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => match path.symlink_metadata() {
            Ok(found) if found.is_symlink() || found.is_dir() => Ok(None),
            _ => Err(GitError::unreadable(path, &error)),
        },
    }
}

/// The directory that `.git` is or points to.
fn git_dir_of(top: &Path) -> Result<Option<PathBuf>, GitError> {
    let link = top.join(".git");
    match std::fs::metadata(&link) {
        Ok(found) if found.is_dir() => return Ok(Some(link)),
        Ok(_) => {}
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(GitError::unreadable(&link, &error)),
    }
    let Some(text) = read_file(&link, MAX_LINE_FILE_SIZE)? else {
        return Ok(None);
    };
    let Some(named) = text.strip_prefix(b"gitdir: ") else {
        return Ok(None);
    };
    let end = named
        .iter()
        .rposition(|&byte| byte != b'\n' && byte != b'\r');
    let named = &named[..end.map_or(0, |at| at + 1)];
    Ok(Some(top.join(platform::os_str(named))))
}

fn common_dir_of(git_dir: &Path) -> Result<PathBuf, GitError> {
    Ok(
        match read_file(&git_dir.join("commondir"), MAX_LINE_FILE_SIZE)? {
            Some(text) => git_dir.join(platform::os_str(text.trim_ascii_end())),
            None => git_dir.to_owned(),
        },
    )
}

/// The text of HEAD, if it is valid.
fn head_of(git_dir: &Path) -> Result<Option<Vec<u8>>, GitError> {
    let path = git_dir.join("HEAD");
    if let Ok(target) = std::fs::read_link(&path) {
        let target = platform::bytes_of(target.as_os_str());
        let is_ref = target.starts_with(b"refs/");
        return Ok(is_ref.then(|| [b"ref: ", target].concat()));
    }
    let Some(text) = read_file(&path, MAX_LINE_FILE_SIZE)? else {
        return Ok(None);
    };
    let text = text.trim_ascii_end();
    let is_head = match text.strip_prefix(b"ref:") {
        Some(name) => name.trim_ascii_start().starts_with(b"refs/"),
        None => text.len() >= 40 && text.iter().take(40).all(u8::is_ascii_hexdigit),
    };
    Ok(is_head.then(|| {
        refs::symbolic(text).map_or_else(|| text.to_vec(), |name| [b"ref: ", name].concat())
    }))
}

/// Repository format, as the repository's own configuration declares it.
struct Format {
    algorithm: Algorithm,
    has_ref_files: bool,
}

impl Format {
    fn of(settings: &Settings) -> Result<Self, String> {
        let version = settings.word("core", "repositoryformatversion");
        let version: u32 = match version.as_deref() {
            None => 0,
            Some(text) => text
                .parse()
                .map_err(|_| format!("format version {text:?}"))?,
        };
        if version > 1 {
            return Err(format!("format version {version}"));
        }
        let mut format = Self {
            algorithm: Algorithm::Sha1,
            has_ref_files: true,
        };
        for (name, value) in settings.extensions() {
            let shown = String::from_utf8_lossy(name).into_owned();
            let value = value.unwrap_or_default().to_ascii_lowercase();
            match (name, value.as_slice()) {
                (b"noop" | b"preciousobjects" | b"partialclone" | b"worktreeconfig", _) => {}
                // Version 0 knows no others; git ignores or refuses them.
                _ if version == 0 && !is_later(name) => {}
                (b"noop-v1" | b"relativeworktrees" | b"compatobjectformat", _) if version == 1 => {}
                (b"objectformat", b"sha1") if version == 1 => {}
                (b"objectformat", b"sha256") if version == 1 => {
                    format.algorithm = Algorithm::Sha256;
                }
                (b"refstorage", b"files") if version == 1 => {}
                (b"refstorage", b"reftable") if version == 1 => format.has_ref_files = false,
                _ => return Err(format!("the extension {shown:?}")),
            }
        }
        Ok(format)
    }
}

/// Returns true for extensions that only version 1 may have.
fn is_later(name: &[u8]) -> bool {
    matches!(
        name,
        b"noop-v1" | b"objectformat" | b"compatobjectformat" | b"refstorage" | b"relativeworktrees"
    )
}

/// The canonical path, or the path as given if it does not exist.
fn canonical_or_given(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
