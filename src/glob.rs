//! Globs, each matched against the part of the path that its form selects.
//!
//! A glob without a slash matches names at any depth. One that starts with a
//! slash matches absolute paths. Any other matches the path below the root of
//! the scan. A glob with a trailing slash matches directories only.

use std::path::Path;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::error::Error;
use crate::platform;

/// The name and paths of an entry, one for each scope of a pattern.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PatternTarget<'a> {
    pub(crate) name: &'a Path,
    pub(crate) below: &'a Path,
    pub(crate) absolute: &'a Path,
}

/// A set of globs.
#[derive(Debug)]
pub(crate) struct Globs {
    name: Scope,
    below: Scope,
    absolute: Scope,
}

/// The globs of one scope: names, paths below the root, or absolute paths.
#[derive(Debug)]
struct Scope {
    any: GlobSet,
    dirs: GlobSet,
}

#[derive(Default)]
struct ScopeBuilder {
    any: Vec<Glob>,
    dirs: Vec<Glob>,
}

impl Globs {
    /// Compiles the globs.
    ///
    /// # Errors
    ///
    /// The first glob that is invalid.
    pub(crate) fn new(patterns: &[String]) -> Result<Self, Error> {
        let mut name = ScopeBuilder::default();
        let mut below = ScopeBuilder::default();
        let mut absolute = ScopeBuilder::default();
        for pattern in patterns {
            let invalid = |reason: String| Error::Pattern {
                what: "glob",
                pattern: pattern.clone(),
                source: reason.into(),
            };
            let body = pattern.strip_suffix('/').unwrap_or(pattern);
            let dirs_only = body.len() < pattern.len();
            if body.is_empty() {
                return Err(invalid("it matches nothing".to_owned()));
            }
            let body = body.strip_prefix("./").unwrap_or(body);
            let scope = if body.starts_with('/') {
                &mut absolute
            } else if body.contains('/') {
                &mut below
            } else {
                &mut name
            };
            let glob = parse(body).map_err(|error| invalid(error.kind().to_string()))?;
            if dirs_only {
                scope.dirs.push(glob);
            } else {
                scope.any.push(glob);
            }
        }
        let too_large = |error: globset::Error| Error::Pattern {
            what: "glob",
            pattern: patterns.join(" "),
            source: error.into(),
        };
        Ok(Self {
            name: name.build().map_err(too_large)?,
            below: below.build().map_err(too_large)?,
            absolute: absolute.build().map_err(too_large)?,
        })
    }

    /// Returns true if the set has no globs.
    pub(crate) fn is_empty(&self) -> bool {
        self.name.is_empty() && !self.has_relative() && !self.has_absolute()
    }

    /// Returns true if any glob matches paths below the root.
    pub(crate) fn has_relative(&self) -> bool {
        !self.below.is_empty()
    }

    /// Returns true if any glob matches absolute paths.
    pub(crate) fn has_absolute(&self) -> bool {
        !self.absolute.is_empty()
    }

    /// Matches the name of a directory against the globs for names.
    pub(crate) fn match_directory_name(&self, name: &Path) -> bool {
        self.name.matches(name, true)
    }

    /// Matches a directory's path below the root against the globs for such
    /// paths.
    pub(crate) fn match_directory_relative(&self, below: &Path) -> bool {
        self.below.matches(below, true)
    }

    /// Matches a directory's absolute path against the globs for such paths.
    pub(crate) fn match_directory_absolute(&self, absolute: &Path) -> bool {
        self.absolute.matches(absolute, true)
    }

    /// Returns true if any glob matches.
    pub(crate) fn match_any(&self, target: PatternTarget<'_>, is_dir: bool) -> bool {
        self.name.matches(target.name, is_dir)
            || self.below.matches(target.below, is_dir)
            || self.absolute.matches(target.absolute, is_dir)
    }
}

impl Scope {
    fn is_empty(&self) -> bool {
        self.any.is_empty() && self.dirs.is_empty()
    }

    fn matches(&self, path: &Path, is_dir: bool) -> bool {
        self.any.is_match(path) || (is_dir && self.dirs.is_match(path))
    }
}

impl ScopeBuilder {
    fn build(self) -> Result<Scope, globset::Error> {
        Ok(Scope {
            any: set(self.any)?,
            dirs: set(self.dirs)?,
        })
    }
}

/// Builds one set of globs. Most sets are empty, and the library would build an
/// automaton even for those.
fn set(globs: Vec<Glob>) -> Result<GlobSet, globset::Error> {
    if globs.is_empty() {
        return Ok(GlobSet::empty());
    }
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        builder.add(glob);
    }
    builder.build()
}

/// Rewrites a glob relative to `directory` as an absolute one. A glob for names
/// or absolute paths is independent of the directory and is returned unchanged.
///
/// Bytes of the directory that are not UTF-8 become `?`, which matches any one
/// byte: a glob is text.
pub(crate) fn rebase(directory: &Path, pattern: &str) -> String {
    let body = pattern.strip_suffix('/').unwrap_or(pattern);
    let body = body.strip_prefix("./").unwrap_or(body);
    if body.starts_with('/') || !body.contains('/') {
        return pattern.to_owned();
    }
    let end = &pattern[pattern.strip_suffix('/').unwrap_or(pattern).len()..];
    let directory = escaped(directory);
    format!("{}/{body}{end}", directory.trim_end_matches('/'))
}

/// A glob that matches exactly this path.
pub(crate) fn escaped(path: &Path) -> String {
    let mut glob = String::new();
    for chunk in platform::bytes_of(path.as_os_str()).utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '?' | '*' | '[' | ']' | '{' | '}' => glob.extend(['[', c, ']']),
                '\\' if !std::path::is_separator(c) => glob.push_str("\\\\"),
                c => glob.push(c),
            }
        }
        glob.extend(chunk.invalid().iter().map(|_| '?'));
    }
    glob
}

fn parse(pattern: &str) -> Result<Glob, globset::Error> {
    // As in a shell and in git, `*` stops at a slash and `**` does not.
    GlobBuilder::new(pattern).literal_separator(true).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, below: &str, is_dir: bool) -> bool {
        let globs = Globs::new(&[pattern.to_owned()]).unwrap();
        let below = Path::new(below);
        globs.match_any(
            PatternTarget {
                name: Path::new(below.file_name().unwrap()),
                below,
                absolute: &Path::new("/top").join(below),
            },
            is_dir,
        )
    }

    #[test]
    fn slashes_select_the_scope_of_a_glob() {
        for (pattern, below, is_dir, expected) in [
            ("*.bak", "a/b/c.bak", false, true),
            ("*.bak", "a.bak/c", false, false),
            ("a/*.bak", "a/c.bak", false, true),
            ("a/*.bak", "a/b/c.bak", false, false),
            ("a/*.bak", "x/a/c.bak", false, false),
            ("a/**/*.bak", "a/b/b/c.bak", false, true),
            ("**/b/*", "a/b/c", false, true),
            ("./a/c", "a/c", false, true),
            ("/top/a/c", "a/c", false, true),
            ("/a/c", "a/c", false, false),
            ("build/", "a/build", true, true),
            ("build/", "a/build", false, false),
            ("a/build/", "a/build", true, true),
            ("{x,y}.txt", "q/y.txt", false, true),
            ("[!x].txt", "x.txt", false, false),
        ] {
            assert_eq!(
                matches(pattern, below, is_dir),
                expected,
                "{pattern} on {below}"
            );
        }
    }

    #[test]
    fn a_rebased_glob_is_independent_of_the_root() {
        let table = [
            ("*.bak", "*.bak"),
            ("build/", "build/"),
            ("./x", "./x"),
            ("/abs/x", "/abs/x"),
            ("a/*.bak", "/top/a/*.bak"),
            ("./a/b/", "/top/a/b/"),
            ("**/b/*", "/top/**/b/*"),
            ("{a/b,c}", "/top/{a/b,c}"),
        ];
        for (pattern, expected) in table {
            assert_eq!(rebase(Path::new("/top"), pattern), expected);
        }
        assert_eq!(rebase(Path::new("/"), "a/b"), "/a/b");
    }

    #[cfg(unix)]
    #[test]
    fn special_characters_of_the_directory_are_escaped() {
        use std::os::unix::ffi::OsStrExt;
        for name in [
            &b"/a*b"[..],
            b"/a?b",
            b"/[ab]",
            b"/{a,b}",
            b"/a\\b",
            b"/\\*",
            b"/!x",
            b"/ ",
            b"/a\xffb",
            b"/\xc3\xa9",
            b"/a\nb",
        ] {
            let top = Path::new(std::ffi::OsStr::from_bytes(name));
            let globs = Globs::new(&[rebase(top, "x/*")]).unwrap();
            let is_match = |absolute: &Path| {
                let name = Path::new("f");
                globs.match_any(
                    PatternTarget {
                        name,
                        below: name,
                        absolute,
                    },
                    false,
                )
            };
            assert!(is_match(&top.join("x/f")), "{top:?}");
            assert!(!is_match(&top.join("y/f")), "{top:?}");
            assert!(!is_match(Path::new("/other/x/f")), "{top:?}");
            assert!(!is_match(Path::new("/ab/x/f")), "{top:?}");
        }
    }

    #[test]
    fn errors_name_the_invalid_glob() {
        for pattern in ["a[", "{a", "/", ""] {
            let error = Globs::new(&["fine".to_owned(), pattern.to_owned()]).unwrap_err();
            assert!(
                matches!(&error, Error::Pattern { pattern: p, .. } if p == pattern),
                "{pattern}: {error}"
            );
        }
    }
}
