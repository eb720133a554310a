//! Ignore rules: parses `.gitignore` files (gitignore(5)) and applies them
//! exactly as git does.

use std::path::Path;

use super::glob::{Glob, SPECIAL, Style};
use super::repository::{MAX_RULES_SIZE, in_tree};
use super::{GitError, Repository, read_file};

/// The rules of one file, which apply below one directory.
#[derive(Debug, Default)]
pub(crate) struct RuleList {
    rules: Vec<Rule>,
    fold: bool,
}

#[derive(Debug)]
struct Rule {
    pattern: Pattern,
    ignores: bool,
}

impl Repository {
    /// The rules for the whole work tree: those of the user, and, with higher
    /// precedence, the repository's own list.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub(crate) fn rules(&self) -> Result<RuleList, GitError> {
        let mut rules = RuleList::parse(b"", self.fold);
        let user = match self.settings.path("core", "excludesfile", &self.top)? {
            Some(file) => Some(file),
            None => self.settings.beside_user_settings("ignore"),
        };
        for file in user
            .into_iter()
            .chain([self.common_dir.join("info/exclude")])
        {
            if let Some(text) = read_file(&file, MAX_RULES_SIZE)? {
                rules.add(&text);
            }
        }
        Ok(rules)
    }
}

/// The rules in the `.gitignore` of a directory. None if there is no such file,
/// or none that git would read: git follows no symbolic link of that name.
///
/// # Errors
///
/// A file that cannot be read.
pub(crate) fn directory_rules(directory: &Path, fold: bool) -> Result<Option<RuleList>, GitError> {
    let text = in_tree(&directory.join(".gitignore"))?;
    Ok(text.map(|text| RuleList::parse(&text, fold)))
}

impl RuleList {
    /// Parses a file. With `fold`, case is ignored (`core.ignoreCase`).
    pub(crate) fn parse(text: &[u8], fold: bool) -> Self {
        let mut list = Self {
            rules: Vec::new(),
            fold,
        };
        list.add(text);
        list
    }

    /// Adds the rules of another file for the same directory. They take
    /// precedence over the existing rules.
    pub(crate) fn add(&mut self, text: &[u8]) {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        for line in text.split(|&byte| byte == b'\n') {
            if line.first() == Some(&b'#') {
                continue;
            }
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            // Git treats a line as a C string.
            let end = line.iter().position(|&byte| byte == 0);
            let line = trim_line(&line[..end.unwrap_or(line.len())]);
            let (ignores, line) = match line.strip_prefix(b"!") {
                Some(rest) => (false, rest),
                None => (true, line),
            };
            if !line.is_empty() {
                let pattern = Pattern::parse(line, self.fold);
                self.rules.push(Rule { pattern, ignores });
            }
        }
    }

    /// Returns true if there is no rule.
    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Returns true if the last rule that matches a path ignores it, and None
    /// if no rule matches. The path is relative to the directory of the rules,
    /// with slashes.
    pub(crate) fn ignores(&self, path: &[u8], is_dir: bool) -> Option<bool> {
        let name = last_component(path);
        let mut rules = self.rules.iter().rev();
        let rule = rules.find(|rule| rule.pattern.matches(path, name, is_dir, self.fold))?;
        Some(rule.ignores)
    }
}

/// The last component of a path.
pub(super) fn last_component(path: &[u8]) -> &[u8] {
    let cut = path.iter().rposition(|&byte| byte == b'/');
    &path[cut.map_or(0, |at| at + 1)..]
}

/// The line without trailing spaces that no backslash protects.
fn trim_line(line: &[u8]) -> &[u8] {
    let mut end = 0;
    let mut at = 0;
    while at < line.len() {
        match line[at] {
            b' ' => {}
            b'\\' if at + 1 == line.len() => return line,
            b'\\' => {
                at += 1;
                end = at + 1;
            }
            _ => end = at + 1,
        }
        at += 1;
    }
    &line[..end]
}

/// A pattern of a rule in an ignore file or an attribute file.
#[derive(Debug)]
pub(super) struct Pattern {
    shape: Shape,
    dirs_only: bool,
}

#[derive(Debug)]
enum Shape {
    /// The name, in any directory.
    Name(Vec<u8>),
    /// A suffix of the name.
    NameEnd(Vec<u8>),
    NameGlob(Glob),
    /// The path: a literal prefix, and a pattern for the rest.
    Path(Vec<u8>, Option<Glob>),
}

impl Pattern {
    /// Parses a pattern, without the sign of negation.
    pub(super) fn parse(text: &[u8], fold: bool) -> Self {
        let is_special = |byte: &u8| SPECIAL.contains(byte);
        let plain = |text: &[u8]| text.iter().position(is_special).unwrap_or(text.len());
        let body = text.strip_suffix(b"/").unwrap_or(text);
        let dirs_only = body.len() < text.len();
        let shape = if !body.contains(&b'/') {
            if !body.iter().any(is_special) {
                Shape::Name(body.to_vec())
            } else if body[0] == b'*' && !body[1..].iter().any(is_special) {
                Shape::NameEnd(body[1..].to_vec())
            } else {
                Shape::NameGlob(Glob::new(body, Style { path: false, fold }))
            }
        } else {
            let body = body.strip_prefix(b"/").unwrap_or(body);
            let (prefix, rest) = body.split_at(plain(body));
            // The rest is a pattern of its own: to git `a**/b` means an `a`
            // followed by a match of `**/b`.
            let glob = (!rest.is_empty()).then(|| Glob::new(rest, Style { path: true, fold }));
            Shape::Path(prefix.to_vec(), glob)
        };
        Self { shape, dirs_only }
    }

    /// Returns true if it matches a path, whose last component is `name`.
    pub(super) fn matches(&self, path: &[u8], name: &[u8], is_dir: bool, fold: bool) -> bool {
        if self.dirs_only && !is_dir {
            return false;
        }
        let same = |a: &[u8], b: &[u8]| {
            if fold {
                a.eq_ignore_ascii_case(b)
            } else {
                a == b
            }
        };
        match &self.shape {
            Shape::Name(own) => same(own, name),
            Shape::NameEnd(end) => {
                name.len() >= end.len() && same(end, &name[name.len() - end.len()..])
            }
            Shape::NameGlob(glob) => glob.matches(name, fold),
            Shape::Path(prefix, glob) => {
                let Some((head, rest)) = path.split_at_checked(prefix.len()) else {
                    return false;
                };
                same(prefix, head)
                    && match glob {
                        Some(glob) => glob.matches(rest, fold),
                        None => rest.is_empty(),
                    }
            }
        }
    }
}

#[cfg(test)]
#[path = "ignore_tests.rs"]
mod tests;
