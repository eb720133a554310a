//! Filters files by their names, paths and metadata.

use std::path::{Component, Path, PathBuf};

use regex::bytes::RegexSet;

use super::dir::Dir;
use crate::config::Selection;
use crate::error::Error;
use crate::glob::{Globs, PatternTarget};
use crate::platform;
use crate::types::{FileStat, Timestamp, push_component};

/// The part of a selection that applies to one entry at a time.
pub(super) struct Filter {
    sizes: std::ops::RangeInclusive<u64>,
    newer_than: Option<Timestamp>,
    older_than: Option<Timestamp>,
    include: Globs,
    exclude: Globs,
    include_regex: Option<RegexSet>,
    exclude_regex: Option<RegexSet>,
    extensions: Vec<Vec<u8>>,
    filters_names: bool,
}

impl Filter {
    /// Compiles the patterns.
    ///
    /// # Errors
    ///
    /// The first invalid pattern.
    pub(super) fn new(selection: &Selection) -> Result<Self, Error> {
        let mut filter = Self {
            sizes: selection.min_size..=selection.max_size,
            newer_than: selection.newer_than,
            older_than: selection.older_than,
            include: Globs::new(&selection.include)?,
            exclude: Globs::new(&selection.exclude)?,
            include_regex: compile_expressions(&selection.include_regex)?,
            exclude_regex: compile_expressions(&selection.exclude_regex)?,
            extensions: selection
                .extensions
                .iter()
                .map(|e| e.trim_start_matches('.').to_ascii_lowercase().into_bytes())
                .collect(),
            filters_names: true,
        };
        filter.filters_names = !(filter.include.is_empty()
            && filter.exclude.is_empty()
            && filter.include_regex.is_none()
            && filter.exclude_regex.is_none()
            && filter.extensions.is_empty());
        Ok(filter)
    }

    /// The same filter without a minimum size.
    pub(super) fn with_empty_files(self) -> Self {
        Self {
            sizes: 0..=*self.sizes.end(),
            ..self
        }
    }

    /// Returns true if paths below the root are matched.
    pub(super) fn asks_for_below(&self) -> bool {
        self.include.has_relative() || self.exclude.has_relative()
    }

    /// Returns true if absolute paths are matched.
    pub(super) fn asks_for_absolute(&self) -> bool {
        self.include.has_absolute() || self.exclude.has_absolute()
    }

    /// Returns true if anything but the name is matched.
    pub(super) fn asks_for_paths(&self) -> bool {
        self.asks_for_below()
            || self.asks_for_absolute()
            || self.include_regex.is_some()
            || self.exclude_regex.is_some()
    }

    /// Returns true if the name and the paths of an entry match.
    pub(super) fn matches_name(&self, dir: &Dir, name: &[u8], is_dir: bool) -> bool {
        if !self.filters_names {
            return true;
        }
        let mut below = dir.below.clone();
        push_component(&mut below, name);
        let mut path = dir.path.clone();
        push_component(&mut path, name);
        let absolute = if self.asks_for_absolute() {
            dir.absolute.join(platform::os_str(name))
        } else {
            PathBuf::new()
        };
        let called = PatternTarget {
            name: Path::new(platform::os_str(name)),
            below: Path::new(platform::os_str(&below)),
            absolute: &absolute,
        };
        self.matches_patterns(called, &path, is_dir)
    }

    /// Returns true if a directory that was given as a PATH or reference takes
    /// part.
    ///
    /// Its own name is matched, and where globs match paths, its path and the
    /// paths of all directories above it. The names of those directories are
    /// not matched: an exclusion of `build` does not exclude
    /// `/srv/build/project` if that is given. The working directory, called
    /// `.`, has no name that could be excluded.
    pub(super) fn matches_root_directory(&self, path: &Path) -> bool {
        let has_exclusions = !self.exclude.is_empty() || self.exclude_regex.is_some();
        if !has_exclusions || path.components().all(|part| part == Component::CurDir) {
            return true;
        }
        let own_name = path.file_name();
        if own_name.is_some_and(|name| self.exclude.match_directory_name(Path::new(name))) {
            return false;
        }
        let is_relative = !path.is_absolute();
        let below = path.strip_prefix(".").unwrap_or(path);
        let mut belows = below
            .ancestors()
            .filter(|path| !path.as_os_str().is_empty());
        if is_relative && belows.any(|path| self.exclude.match_directory_relative(path)) {
            return false;
        }
        if self.exclude.has_absolute() {
            // Where links lead there, each of its paths counts.
            let names = [
                path.to_owned(),
                without_links(path),
                path.canonicalize().unwrap_or_else(|_| path.to_owned()),
            ];
            let mut all = names.iter().flat_map(|path| path.ancestors());
            if all.any(|path| self.exclude.match_directory_absolute(path)) {
                return false;
            }
        }
        let bytes = platform::bytes_of(path.as_os_str());
        let reported = match bytes.iter().rposition(|&byte| byte != b'/') {
            Some(last) => &bytes[..=last],
            None => bytes,
        };
        let matches = |set: &RegexSet| set.is_match(reported);
        !self.exclude_regex.as_ref().is_some_and(matches)
    }

    /// The same for a file that was given by itself: each directory in its path
    /// is matched too, since no walk has filtered them.
    pub(super) fn matches_given_file(&self, path: &Path) -> bool {
        self.matches_path(path, false)
    }

    /// The same for a directory of a list, which is often part of the result of
    /// a walk like this one.
    pub(super) fn matches_listed_directory(&self, path: &Path) -> bool {
        self.matches_path(path, true)
    }

    fn matches_path(&self, path: &Path, mut is_dir: bool) -> bool {
        if !self.filters_names {
            return true;
        }
        let absolute = if self.asks_for_absolute() {
            without_links(path)
        } else {
            PathBuf::new()
        };
        // A link may lead so far up that there is nothing above it.
        let above = absolute.ancestors().chain(std::iter::repeat(Path::new("")));
        for (path, absolute) in path.ancestors().zip(above) {
            let Some(name) = path.file_name() else { break };
            let called = PatternTarget {
                name: Path::new(name),
                below: path.strip_prefix("./").unwrap_or(path),
                absolute,
            };
            if !self.matches_patterns(called, platform::bytes_of(path.as_os_str()), is_dir) {
                return false;
            }
            is_dir = true;
        }
        true
    }

    fn matches_patterns(&self, called: PatternTarget<'_>, path: &[u8], is_dir: bool) -> bool {
        let matches = |set: &RegexSet| set.is_match(path);
        if self.exclude.match_any(called, is_dir)
            || self.exclude_regex.as_ref().is_some_and(matches)
        {
            return false;
        }
        is_dir
            || ((self.include.is_empty() || self.include.match_any(called, false))
                && self.include_regex.as_ref().is_none_or(matches)
                && (self.extensions.is_empty() || self.has_extension(called.name)))
    }

    fn has_extension(&self, name: &Path) -> bool {
        let name = platform::bytes_of(name.as_os_str());
        self.extensions.iter().any(|extension| {
            // The name needs a part before the dot: `.jpg` is a name.
            name.len() > extension.len() + 1
                && name[name.len() - extension.len()..].eq_ignore_ascii_case(extension)
                && name[name.len() - extension.len() - 1] == b'.'
        })
    }

    /// Returns true if a file's metadata matches.
    pub(super) fn matches_metadata(&self, stat: &FileStat) -> bool {
        self.sizes.contains(&stat.size)
            && self.newer_than.is_none_or(|time| stat.modified >= time)
            && self.older_than.is_none_or(|time| stat.modified < time)
    }
}

/// The absolute path of a file, as a walk of its directory would report it.
fn without_links(path: &Path) -> PathBuf {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return path.to_owned();
    };
    let here = parent.as_os_str().is_empty();
    let parent = if here { Path::new(".") } else { parent };
    match parent.canonicalize() {
        Ok(parent) => parent.join(name),
        Err(_) => path.to_owned(),
    }
}

/// Compiles a set that matches any of the expressions. None if there are none:
/// even for an empty set an engine would be built.
fn compile_expressions(patterns: &[String]) -> Result<Option<RegexSet>, Error> {
    if patterns.is_empty() {
        return Ok(None);
    }
    // One by one first, to report which one is invalid.
    for pattern in patterns {
        regex::bytes::Regex::new(pattern).map_err(|error| Error::Pattern {
            what: "regular expression",
            pattern: pattern.clone(),
            source: error.into(),
        })?;
    }
    RegexSet::new(patterns)
        .map(Some)
        .map_err(|error| Error::Pattern {
            what: "regular expression",
            pattern: patterns.join(" "),
            source: error.into(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::FileId;
    use crate::types::{DirId, FileKind};

    fn filter(change: impl FnOnce(&mut Selection)) -> Filter {
        let mut selection = Selection::default();
        change(&mut selection);
        Filter::new(&selection).unwrap()
    }

    fn dir(path: &str, below: &str) -> Dir {
        Dir {
            number: DirId(0),
            root: 0,
            depth: 0,
            id: FileId { dev: 0, ino: 0 },
            path: path.into(),
            below: below.into(),
            absolute: PathBuf::from("/").join(path),
            ignored: None,
            through_link: false,
            ancestors: Vec::new(),
        }
    }

    fn list(patterns: &[&str]) -> Vec<String> {
        patterns.iter().map(|&p| p.to_owned()).collect()
    }

    #[test]
    fn exclusion_outweighs_inclusion() {
        let filter = filter(|s| {
            s.include = list(&["*.jpg"]);
            s.exclude = list(&["thumb*"]);
        });
        let dir = dir("root/a", "a");
        assert!(filter.matches_name(&dir, b"x.jpg", false));
        assert!(!filter.matches_name(&dir, b"x.png", false));
        assert!(!filter.matches_name(&dir, b"thumb.jpg", false));
        assert!(
            filter.matches_name(&dir, b"sub", true),
            "directories need no include"
        );
        assert!(!filter.matches_name(&dir, b"thumbs", true));
    }

    #[test]
    fn extensions_ignore_case_and_a_leading_dot() {
        let filter = filter(|s| s.extensions = list(&[".JPG", "png", "tar.gz"]));
        let dir = dir("root", "");
        for (name, expected) in [
            ("a.jpg", true),
            ("a.JpG", true),
            ("a.png", true),
            ("a.jpeg", false),
            ("jpg", false),
            (".jpg", false),
            ("a.tar.gz", true),
            ("a.gz", false),
            (".tar.gz", false),
        ] {
            assert_eq!(
                filter.matches_name(&dir, name.as_bytes(), false),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn expressions_match_the_reported_path() {
        let filter = filter(|s| {
            s.include_regex = list(&[r"^root/.*\d{4}"]);
            s.exclude_regex = list(&["/tmp"]);
        });
        assert!(filter.matches_name(&dir("root/2024", "2024"), b"x", false));
        assert!(!filter.matches_name(&dir("root/old", "old"), b"x", false));
        assert!(!filter.matches_name(&dir("root/2024", "2024"), b"tmp", true));
    }

    #[test]
    fn a_given_file_is_matched_by_its_directories_too() {
        let filter = filter(|s| s.exclude = list(&["node_modules", "a/b/"]));
        assert!(!filter.matches_given_file(Path::new("x/node_modules/y/z.js")));
        assert!(!filter.matches_given_file(Path::new("a/b/z.js")));
        assert!(!filter.matches_given_file(Path::new("./a/b/z.js")));
        assert!(filter.matches_given_file(Path::new("a/c/z.js")));
    }

    #[test]
    fn sizes_and_times_have_an_inclusive_lower_bound() {
        let filter = filter(|s| {
            s.min_size = 10;
            s.max_size = 20;
            s.newer_than = Some(Timestamp::new(100, 0));
            s.older_than = Some(Timestamp::new(200, 0));
        });
        let matches = |size, seconds| {
            filter.matches_metadata(&FileStat {
                id: FileId { dev: 0, ino: 0 },
                kind: FileKind::Regular,
                size,
                links: 1,
                modified: Timestamp::new(seconds, 0),
                changed: Timestamp::new(0, 0),
            })
        };
        assert!(matches(10, 100) && matches(20, 199));
        assert!(!matches(9, 150) && !matches(21, 150));
        assert!(!matches(15, 99) && !matches(15, 200));
    }
}
