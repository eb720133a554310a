//! Effective settings of a repository: those of the system, the user, the
//! repository and the environment, with their includes (git-config(1)).
//!
//! Settings are only ever read as values: no program that they name is run.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::config::{self, Entry};
use super::glob::{Glob, Style};
use super::{GitError, read_file, slashed};
use crate::platform;

/// Maximum number of bytes read of a configuration file.
const MAX_CONFIG_SIZE: u64 = 16 << 20;

/// Maximum depth of includes, as in git.
const MAX_INCLUDE_DEPTH: usize = 10;

/// Maximum number of files read in all: each may include the next one many
/// times.
const MAX_FILES: usize = 1000;

/// Maximum number of bytes of all files together.
const MAX_TOTAL_SIZE: usize = 64 << 20;

/// Origin of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// The machine, the user, or the caller of the program.
    Own,
    /// The repository, which may come from anywhere.
    Repository,
}

/// Settings in ascending order of precedence.
#[derive(Debug, Default)]
pub(super) struct Settings {
    entries: Vec<(Scope, Entry)>,
    home: Home,
}

/// Directories of the user's own files.
#[derive(Debug, Default)]
struct Home {
    home: Option<PathBuf>,
    xdg: Option<PathBuf>,
}

/// The repository that settings are read for.
pub(super) struct RepositoryPaths<'a> {
    pub(super) git_dir: &'a Path,
    pub(super) common_dir: &'a Path,
    /// The branch that is checked out, without `refs/heads/`.
    pub(super) branch: Option<&'a [u8]>,
}

impl Settings {
    /// Reads all settings.
    pub(super) fn read(paths: &RepositoryPaths<'_>) -> Result<Self, GitError> {
        let home = Home::of_user();
        // The URLs of remotes may decide about includes, but no file included
        // that way may add one.
        let first = Loader::new(paths, &home, None).load()?;
        let needs_urls = |(_, entry): &(Scope, Entry)| {
            entry.section == b"includeif"
                && entry
                    .subsection
                    .as_deref()
                    .is_some_and(|condition| condition.starts_with(HAS_URL))
        };
        let entries = if first.iter().any(needs_urls) {
            let urls = first
                .iter()
                .filter(|(_, entry)| entry.section == b"remote" && entry.key == b"url");
            let urls = urls.filter_map(|(_, entry)| entry.value.clone()).collect();
            Loader::new(paths, &home, Some(urls)).load()?
        } else {
            first
        };
        Ok(Self { entries, home })
    }

    /// The last value of a setting without a subsection.
    fn last(&self, section: &str, key: &str) -> Option<Option<&[u8]>> {
        let is_it = |entry: &&(Scope, Entry)| has_name(&entry.1, section, None, key);
        let found = self.entries.iter().rev().find(is_it);
        found.map(|(_, entry)| entry.value.as_deref())
    }

    /// A setting in a subsection.
    pub(super) fn text(&self, section: &str, subsection: &[u8], key: &str) -> Option<&[u8]> {
        let is_it = |entry: &&(Scope, Entry)| has_name(&entry.1, section, Some(subsection), key);
        self.entries.iter().rev().find(is_it)?.1.value.as_deref()
    }

    /// All values of a setting in a subsection.
    pub(super) fn all<'s>(
        &'s self,
        section: &'s str,
        subsection: &'s [u8],
        key: &'s str,
    ) -> impl Iterator<Item = &'s [u8]> {
        let found = self.entries.iter();
        let found = found.filter(move |entry| has_name(&entry.1, section, Some(subsection), key));
        found.filter_map(|(_, entry)| entry.value.as_deref())
    }

    /// A boolean setting.
    pub(super) fn flag(&self, section: &str, key: &str, default: bool) -> Result<bool, GitError> {
        match self.last(section, key) {
            None => Ok(default),
            Some(value) => config::boolean(value).ok_or_else(|| {
                GitError::Setting(format!("{section}.{key}"), "it is neither true nor false")
            }),
        }
    }

    /// A setting that is a word, in lower case.
    pub(super) fn word(&self, section: &str, key: &str) -> Option<String> {
        let value = self.last(section, key)?.unwrap_or_default();
        Some(String::from_utf8_lossy(value).to_ascii_lowercase())
    }

    /// A setting that names a file. A relative path starts at `base`.
    pub(super) fn path(
        &self,
        section: &str,
        key: &str,
        base: &Path,
    ) -> Result<Option<PathBuf>, GitError> {
        let Some(value) = self.last(section, key) else {
            return Ok(None);
        };
        let named = self.home.expand(value.unwrap_or_default());
        let named = named.map_err(|why| GitError::Setting(format!("{section}.{key}"), why))?;
        // An empty name means no file, and still overrides the default.
        let is_none = named.as_os_str().is_empty();
        Ok(Some(if is_none { named } else { base.join(named) }))
    }

    /// A file in the user's configuration directory for git.
    pub(super) fn beside_user_settings(&self, name: &str) -> Option<PathBuf> {
        Some(self.home.xdg.as_ref()?.join(name))
    }

    /// The directories of other users that the user trusts. Such settings in a
    /// repository are ignored.
    pub(super) fn trusted_directories(&self) -> Result<Vec<PathBuf>, GitError> {
        let mut trusted = Vec::new();
        for (scope, entry) in &self.entries {
            if *scope == Scope::Own && has_name(entry, "safe", None, "directory") {
                match entry.value.as_deref() {
                    None | Some([]) => trusted.clear(),
                    Some(value) => trusted.push(
                        self.home
                            .expand(value)
                            .map_err(|why| GitError::Setting("safe.directory".to_owned(), why))?,
                    ),
                }
            }
        }
        Ok(trusted)
    }

    /// Names and values of all extensions of the repository's format.
    pub(super) fn extensions(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        let local = self.entries.iter().filter(|(scope, entry)| {
            *scope == Scope::Repository
                && entry.section == b"extensions"
                && entry.subsection.is_none()
        });
        local.map(|(_, entry)| (entry.key.as_slice(), entry.value.as_deref()))
    }
}

fn has_name(entry: &Entry, section: &str, subsection: Option<&[u8]>, key: &str) -> bool {
    entry.section == section.as_bytes()
        && entry.key.eq_ignore_ascii_case(key.as_bytes())
        && entry.subsection.as_deref() == subsection
}

impl Home {
    fn of_user() -> Self {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let home = set("HOME").map(PathBuf::from);
        let xdg = set("XDG_CONFIG_HOME").map(PathBuf::from);
        let xdg = xdg.or_else(|| Some(home.as_ref()?.join(".config")));
        Self {
            xdg: xdg.map(|xdg| xdg.join("git")),
            home,
        }
    }

    /// Expands `~` at the start of a file name to the user's home directory.
    fn expand(&self, value: &[u8]) -> Result<PathBuf, &'static str> {
        let Some(rest) = value.strip_prefix(b"~") else {
            if value.starts_with(b"%(prefix)/") {
                return Err("nothing is known of where git is installed");
            }
            return Ok(PathBuf::from(platform::os_str(value)));
        };
        match (rest.strip_prefix(b"/"), &self.home) {
            (Some(below), Some(home)) => Ok(home.join(platform::os_str(below))),
            (None, Some(home)) if rest.is_empty() => Ok(home.clone()),
            (None, _) if !rest.is_empty() => {
                Err("the home directories of others are not looked up")
            }
            _ => Err("HOME is not set"),
        }
    }
}

/// Prefix of a condition about the URLs of remotes.
const HAS_URL: &[u8] = b"hasconfig:remote.*.url:";

struct Loader<'a> {
    paths: &'a RepositoryPaths<'a>,
    home: &'a Home,
    urls: Option<Vec<Vec<u8>>>,
    entries: Vec<(Scope, Entry)>,
    /// Number of files read, and of their bytes.
    files: usize,
    bytes: usize,
}

impl<'a> Loader<'a> {
    fn new(paths: &'a RepositoryPaths<'a>, home: &'a Home, urls: Option<Vec<Vec<u8>>>) -> Self {
        Self {
            paths,
            home,
            urls,
            entries: Vec::new(),
            files: 0,
            bytes: 0,
        }
    }

    fn load(mut self) -> Result<Vec<(Scope, Entry)>, GitError> {
        let set = |name: &str| std::env::var_os(name);
        let is_on =
            |value: OsString| config::boolean(Some(platform::bytes_of(&value))) != Some(false);
        if !set("GIT_CONFIG_NOSYSTEM").is_some_and(is_on) {
            let system = set("GIT_CONFIG_SYSTEM").unwrap_or_else(|| "/etc/gitconfig".into());
            self.file(Scope::Own, Path::new(&system), 0)?;
        }
        match set("GIT_CONFIG_GLOBAL") {
            Some(global) => self.file(Scope::Own, Path::new(&global), 0)?,
            None => {
                let home = self.home;
                if let Some(xdg) = &home.xdg {
                    self.file(Scope::Own, &xdg.join("config"), 0)?;
                }
                if let Some(home) = &home.home {
                    self.file(Scope::Own, &home.join(".gitconfig"), 0)?;
                }
            }
        }
        self.file(Scope::Repository, &self.paths.common_dir.join("config"), 0)?;
        let is_split = self.entries.iter().rev().find(|(scope, entry)| {
            *scope == Scope::Repository && has_name(entry, "extensions", None, "worktreeconfig")
        });
        if is_split.is_some_and(|(_, entry)| config::boolean(entry.value.as_deref()) == Some(true))
        {
            self.file(
                Scope::Repository,
                &self.paths.git_dir.join("config.worktree"),
                0,
            )?;
        }
        self.environment()?;
        Ok(self.entries)
    }

    /// Reads a file, and each include at the position where it is named.
    fn file(&mut self, scope: Scope, path: &Path, depth: usize) -> Result<(), GitError> {
        // Git skips missing files.
        let Some(text) = read_file(path, MAX_CONFIG_SIZE)? else {
            return Ok(());
        };
        self.files += 1;
        self.bytes += text.len();
        if self.files > MAX_FILES || self.bytes > MAX_TOTAL_SIZE {
            let why = "too many files are included";
            return Err(GitError::Broken(path.to_owned(), why.to_owned()));
        }
        let entries = config::parse(&text).map_err(|line| {
            GitError::Broken(
                path.to_owned(),
                format!("line {} is no configuration", line.0),
            )
        })?;
        for entry in entries {
            let included = self.included(&entry, path)?;
            self.entries.push((scope, entry));
            if let Some(included) = included {
                if depth == MAX_INCLUDE_DEPTH {
                    let why = "files include each other too deep";
                    return Err(GitError::Broken(path.to_owned(), why.to_owned()));
                }
                self.file(scope, &included, depth + 1)?;
            }
        }
        Ok(())
    }

    /// The file that a setting includes, if it includes one and its condition
    /// holds.
    fn included(&self, entry: &Entry, from: &Path) -> Result<Option<PathBuf>, GitError> {
        let Some(value) = entry.value.as_deref().filter(|_| entry.key == b"path") else {
            return Ok(None);
        };
        let condition_holds = match (entry.section.as_slice(), &entry.subsection) {
            (b"include", None) => true,
            (b"includeif", Some(condition)) => self.condition_holds(condition, from)?,
            _ => false,
        };
        if !condition_holds {
            return Ok(None);
        }
        let named = self.home.expand(value);
        let named = named.map_err(|why| GitError::Setting("include.path".to_owned(), why))?;
        Ok(Some(match from.parent() {
            Some(dir) => dir.join(named),
            None => named,
        }))
    }

    fn condition_holds(&self, condition: &[u8], from: &Path) -> Result<bool, GitError> {
        let git_dir = self.paths.git_dir;
        if let Some(pattern) = condition.strip_prefix(b"gitdir:") {
            self.git_dir_matches(pattern, from, git_dir, false)
        } else if let Some(pattern) = condition.strip_prefix(b"gitdir/i:") {
            self.git_dir_matches(pattern, from, git_dir, true)
        } else if let Some(pattern) = condition.strip_prefix(b"onbranch:") {
            let branch = self.paths.branch;
            Ok(
                branch
                    .is_some_and(|branch| matches(&expand_trailing_slash(pattern), branch, false)),
            )
        } else if let Some(pattern) = condition.strip_prefix(HAS_URL) {
            let mut urls = self.urls.iter().flatten();
            Ok(urls.any(|url| matches(&expand_trailing_slash(pattern), url, false)))
        } else {
            // Conditions of later versions of git never hold.
            Ok(false)
        }
    }

    /// Returns true if the repository's directory matches a pattern.
    fn git_dir_matches(
        &self,
        pattern: &[u8],
        from: &Path,
        git_dir: &Path,
        fold: bool,
    ) -> Result<bool, GitError> {
        let wrong = |why| GitError::Setting("includeIf.gitdir".to_owned(), why);
        // A prefix that is a literal path.
        let (begin, rest) = if let Some(rest) = pattern.strip_prefix(b"./") {
            let dir = from.parent().unwrap_or(Path::new("/"));
            (
                slashed(&dir.canonicalize().unwrap_or_else(|_| dir.to_owned())).into_owned(),
                rest,
            )
        } else if pattern.starts_with(b"~") {
            let end = pattern
                .iter()
                .position(|&byte| byte == b'/')
                .unwrap_or(pattern.len());
            let home = self.home.expand(&pattern[..end]).map_err(wrong)?;
            (
                slashed(&home).into_owned(),
                pattern[end..].strip_prefix(b"/").unwrap_or(b""),
            )
        } else {
            (Vec::new(), pattern)
        };
        let rest = if begin.is_empty() && !rest.starts_with(b"/") {
            [b"**/", rest].concat()
        } else {
            rest.to_vec()
        };
        let real = git_dir
            .canonicalize()
            .unwrap_or_else(|_| git_dir.to_owned());
        Ok([real.as_path(), git_dir].iter().any(|dir| {
            let dir = slashed(dir);
            let below = if begin.is_empty() {
                Some(&*dir)
            } else {
                let below = dir.strip_prefix(begin.as_slice());
                below.and_then(|below| below.strip_prefix(b"/"))
            };
            below.is_some_and(|below| matches(&expand_trailing_slash(&rest), below, fold))
        }))
    }

    /// Reads the settings of the environment: `GIT_CONFIG_COUNT`, and
    /// `GIT_CONFIG_PARAMETERS`, which `git -c` sets for the programs that git
    /// runs.
    fn environment(&mut self) -> Result<(), GitError> {
        if let Some(parameters) = std::env::var_os("GIT_CONFIG_PARAMETERS") {
            let name = "GIT_CONFIG_PARAMETERS";
            let entries = config::quoted_settings(platform::bytes_of(&parameters));
            let entries =
                entries.ok_or_else(|| GitError::Setting(name.to_owned(), "it makes no sense"))?;
            self.entries
                .extend(entries.into_iter().map(|entry| (Scope::Own, entry)));
        }
        let variable = |name: String| {
            let value = std::env::var_os(&name);
            value.ok_or(GitError::Setting(name, "it is not set"))
        };
        let Some(count) = std::env::var_os("GIT_CONFIG_COUNT") else {
            return Ok(());
        };
        let count = count
            .to_str()
            .filter(|text| !text.is_empty())
            .unwrap_or("0");
        let wrong = |_| GitError::Setting("GIT_CONFIG_COUNT".to_owned(), "it is no number");
        let count: usize = count.parse().map_err(wrong)?;
        for number in 0..count {
            let name = variable(format!("GIT_CONFIG_KEY_{number}"))?;
            let value = variable(format!("GIT_CONFIG_VALUE_{number}"))?;
            let value = platform::bytes_of(&value).to_vec();
            let entry = config::named(platform::bytes_of(&name), Some(value));
            let entry = entry.ok_or_else(|| {
                GitError::Setting(
                    format!("GIT_CONFIG_KEY_{number}"),
                    "it is no name of a setting",
                )
            })?;
            self.entries.push((Scope::Own, entry));
        }
        Ok(())
    }
}

/// A pattern that ends in a slash matches everything below.
fn expand_trailing_slash(pattern: &[u8]) -> Vec<u8> {
    let rest: &[u8] = if pattern.ends_with(b"/") { b"**" } else { b"" };
    [pattern, rest].concat()
}

fn matches(pattern: &[u8], text: &[u8], fold: bool) -> bool {
    Glob::new(pattern, Style { path: true, fold }).matches(text, fold)
}

/// Returns true if the error means that the file does not exist.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
