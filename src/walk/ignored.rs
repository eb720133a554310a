//! What git would ignore, by git's own rules (gitignore(5)).
//!
//! Inside a work tree the nearest `.gitignore` that says anything about a
//! path decides, then `.git/info/exclude`, then the user's global file.
//! Outside of a work tree nothing is ignored. A repository inside another
//! starts afresh. What git tracks although it is ignored cannot be told from
//! these files and counts as ignored.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder, gitconfig_excludes_path};

/// The rules that hold in one directory.
#[derive(Debug)]
pub(super) struct Ignored {
    above: Option<Arc<Ignored>>,
    rules: Gitignore,
}

impl Ignored {
    /// The rules that hold in a directory that is the root of a scan, given
    /// by its real path: those of the work tree around it, if there is one.
    pub(super) fn above(absolute: &Path) -> Option<Arc<Self>> {
        let top = absolute
            .ancestors()
            .position(|dir| dir.join(".git").symlink_metadata().is_ok())?;
        let mut line: Vec<&Path> = absolute.ancestors().take(top + 1).collect();
        line.reverse();
        let mut rules = None;
        for dir in line {
            rules = Self::within(rules.as_ref(), dir);
        }
        rules
    }

    /// The rules that hold in a directory, from those in the one above it.
    pub(super) fn within(above: Option<&Arc<Self>>, dir: &Path) -> Option<Arc<Self>> {
        let git = dir.join(".git");
        let above = if git.symlink_metadata().is_ok() {
            Some(Arc::new(Self {
                above: None,
                rules: repository(dir, &git),
            }))
        } else {
            above.cloned()
        }?;
        let file = dir.join(".gitignore");
        if file.symlink_metadata().is_err() {
            return Some(above);
        }
        let mut builder = GitignoreBuilder::new(dir);
        add(&mut builder, &file);
        Some(Arc::new(Self {
            above: Some(above),
            rules: build(&builder),
        }))
    }

    /// Whether a path in the directory of these rules, or below it, is
    /// ignored; the directories between are taken not to be.
    pub(super) fn ignores(&self, path: &Path, is_dir: bool) -> bool {
        let mut rules = Some(self);
        while let Some(here) = rules {
            match here.rules.matched(path, is_dir) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => rules = here.above.as_deref(),
            }
        }
        false
    }
}

/// Judges paths that no walk has come by, one directory after the other from
/// the top, as the walk would have.
#[derive(Debug, Default)]
pub(super) struct Named(HashMap<PathBuf, Option<Option<Arc<Ignored>>>>);

impl Named {
    /// Whether a walk from the top would have left the path out.
    pub(super) fn hides(&mut self, path: &Path, is_dir: bool) -> bool {
        let Some(name) = path.file_name() else {
            return false;
        };
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        // A directory that cannot be found holds nothing to judge.
        let Ok(parent) = parent.canonicalize() else {
            return false;
        };
        match self.rules(&parent) {
            None => true,
            Some(rules) => hides(rules.as_deref(), &parent.join(name), is_dir),
        }
    }

    /// The rules in a directory; `None` if it is left out itself.
    fn rules(&mut self, dir: &Path) -> Option<Option<Arc<Ignored>>> {
        if let Some(known) = self.0.get(dir) {
            return known.clone();
        }
        let rules = match dir.parent() {
            None => Some(Ignored::within(None, dir)),
            Some(above) => self
                .rules(above)
                .filter(|rules| !hides(rules.as_deref(), dir, true))
                .map(|rules| Ignored::within(rules.as_ref(), dir)),
        };
        self.0.insert(dir.to_owned(), rules.clone());
        rules
    }
}

fn hides(rules: Option<&Ignored>, path: &Path, is_dir: bool) -> bool {
    path.file_name() == Some(OsStr::new(".git"))
        || rules.is_some_and(|rules| rules.ignores(path, is_dir))
}

/// The rules of a whole work tree: the user's global file, then, stronger,
/// the repository's own list.
fn repository(work_tree: &Path, git: &Path) -> Gitignore {
    let mut builder = GitignoreBuilder::new(work_tree);
    if let Some(global) = gitconfig_excludes_path() {
        add(&mut builder, &global);
    }
    let exclude = common_dir(work_tree, git).join("info").join("exclude");
    add(&mut builder, &exclude);
    build(&builder)
}

/// Adds the rules of a file, if it can be read. Lines that make no sense are
/// skipped, as git does.
fn add(builder: &mut GitignoreBuilder, file: &Path) {
    let Ok(text) = std::fs::read_to_string(file) else {
        // Not there, or not UTF-8: the builder takes what it can of those.
        let _ = builder.add(file);
        return;
    };
    for line in text.trim_start_matches('\u{feff}').lines() {
        let _ = builder.add_line(Some(file.to_owned()), &two_stars(line));
    }
}

/// To git any longer run of stars is as good as two; the builder takes it for
/// two stars and a third.
fn two_stars(line: &str) -> String {
    let mut short = String::with_capacity(line.len());
    for c in line.chars() {
        if c != '*' || !short.ends_with("**") {
            short.push(c);
        }
    }
    short
}

fn build(builder: &GitignoreBuilder) -> Gitignore {
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// Where the repository keeps what its work trees share. In a linked work
/// tree and in a submodule `.git` is a file that says where to look
/// (gitrepository-layout(5)).
fn common_dir(work_tree: &Path, git: &Path) -> PathBuf {
    let Ok(text) = std::fs::read_to_string(git) else {
        return git.to_owned();
    };
    let Some(dir) = text.trim_end().strip_prefix("gitdir: ") else {
        return git.to_owned();
    };
    let dir = work_tree.join(dir);
    match std::fs::read_to_string(dir.join("commondir")) {
        Ok(common) => dir.join(common.trim_end()),
        Err(_) => dir,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_stars_shrink_to_two() {
        for (line, expected) in [
            ("a/***/b", "a/**/b"),
            ("*****", "**"),
            ("*/**/*", "*/**/*"),
            (r"\***", r"\**"),
            ("none", "none"),
        ] {
            assert_eq!(two_stars(line), expected);
        }
    }
}
