//! Attributes that make git store other bytes than those of the file itself
//! (gitattributes(5)).

use std::collections::HashMap;
use std::rc::Rc;

use super::ignore::{Pattern, last_component};
use super::repository::{Repository, in_tree};
use super::{GitError, read_file};
use crate::platform;

/// Maximum number of bytes read of an attribute file outside the work tree.
const MAX_ATTRIBUTES_SIZE: u64 = 16 << 20;

/// Conversions that git may apply between a file's bytes and those it stores.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Conversion {
    /// A filter program or another encoding: the result is unknown.
    pub(super) is_opaque: bool,
    /// Line endings are CR LF in the file and LF in the repository.
    pub(super) line_ends: bool,
    /// `$Id: ...$` in the file is `$Id$` in the repository.
    pub(super) ident: bool,
}

/// The attributes of a work tree. The file of a directory is read on demand.
#[derive(Debug)]
pub(super) struct Attributes<'r> {
    repository: &'r Repository,
    /// Attributes of the machine and the user, the weakest first.
    below: Vec<Rc<Vec<Line>>>,
    /// Attributes of the repository itself, which override all others.
    repository_lines: Rc<Vec<Line>>,
    dirs: HashMap<Vec<u8>, Rc<Vec<Line>>>,
    /// True if line endings are converted where no attribute decides it.
    always_line_ends: bool,
    fold: bool,
}

#[derive(Debug)]
struct Line {
    subject: Subject,
    states: Vec<(Vec<u8>, State)>,
}

#[derive(Debug)]
enum Subject {
    Pattern(Pattern),
    Macro(Vec<u8>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Set,
    Unset,
    Unspecified,
    Value(Vec<u8>),
}

impl<'r> Attributes<'r> {
    pub(super) fn of(repository: &'r Repository) -> Result<Self, GitError> {
        let settings = &repository.settings;
        let fold = repository.folds_case();
        let read = |path: &std::path::Path| -> Result<Rc<Vec<Line>>, GitError> {
            let text = read_file(path, MAX_ATTRIBUTES_SIZE)?.unwrap_or_default();
            Ok(Rc::new(parse(&text, fold)))
        };
        let mut below = Vec::new();
        if std::env::var_os("GIT_ATTR_NOSYSTEM").is_none() {
            below.push(read(std::path::Path::new("/etc/gitattributes"))?);
        }
        let user = match settings.path("core", "attributesfile", &repository.top)? {
            Some(file) => Some(file),
            None => settings.beside_user_settings("attributes"),
        };
        if let Some(user) = user {
            below.push(read(&user)?);
        }
        let autocrlf = settings.word("core", "autocrlf");
        Ok(Self {
            repository,
            below,
            repository_lines: read(&repository.common_dir.join("info/attributes"))?,
            dirs: HashMap::new(),
            // Any value but a plain no: true, input, and invalid words.
            always_line_ends: autocrlf
                .is_some_and(|word| !matches!(word.as_str(), "false" | "no" | "off" | "0")),
            fold,
        })
    }

    /// Returns the conversions that may apply to a file.
    pub(super) fn conversion(&mut self, path: &[u8]) -> Result<Conversion, GitError> {
        // From the weakest to the strongest; patterns are relative to the
        // directory of their file.
        let mut lists: Vec<(Rc<Vec<Line>>, usize)> =
            self.below.iter().map(|list| (Rc::clone(list), 0)).collect();
        lists.push((self.dir(b"")?, 0));
        for (at, &byte) in path.iter().enumerate() {
            if byte == b'/' {
                lists.push((self.dir(&path[..at])?, at + 1));
            }
        }
        lists.push((Rc::clone(&self.repository_lines), 0));
        let mut known: HashMap<&[u8], &State> = HashMap::new();
        for (list, cut) in lists.iter().rev() {
            let below = &path[*cut..];
            for line in list.iter().rev() {
                if let Subject::Pattern(pattern) = &line.subject
                    && pattern.matches(below, last_component(below), false, self.fold)
                {
                    for (name, state) in line.states.iter().rev() {
                        record(&mut known, name, state, &lists, 0);
                    }
                }
            }
        }
        Ok(self.conversion_of(&known))
    }

    fn conversion_of(&self, known: &HashMap<&[u8], &State>) -> Conversion {
        let state = |name: &str| known.get(name.as_bytes()).copied();
        let is_named =
            |name| !matches!(state(name), None | Some(State::Unset | State::Unspecified));
        let text = match state("text") {
            None | Some(State::Unspecified) => state("crlf"),
            text => text,
        };
        let line_ends = match text {
            Some(State::Unset) => false,
            Some(State::Set | State::Value(_)) => true,
            None | Some(State::Unspecified) => self.always_line_ends || is_named("eol"),
        };
        Conversion {
            is_opaque: is_named("working-tree-encoding") || self.has_filter(state("filter")),
            line_ends,
            ident: is_named("ident"),
        }
    }

    /// Returns true if the attribute names a filter that is configured. Without
    /// a configured filter, as with an extension that only others have
    /// installed, git stores the bytes unchanged.
    fn has_filter(&self, state: Option<&State>) -> bool {
        let Some(State::Value(name)) = state else {
            return false;
        };
        let settings = &self.repository.settings;
        let mut kinds = ["clean", "process"].into_iter();
        kinds.any(|kind| settings.text("filter", name, kind).is_some())
    }

    /// The attributes in a directory's own file.
    fn dir(&mut self, dir: &[u8]) -> Result<Rc<Vec<Line>>, GitError> {
        if let Some(list) = self.dirs.get(dir) {
            return Ok(Rc::clone(list));
        }
        let path = self
            .repository
            .top
            .join(platform::os_str(dir))
            .join(".gitattributes");
        let text = in_tree(&path)?.unwrap_or_default();
        let list = Rc::new(parse(&text, self.fold));
        self.dirs.insert(dir.to_vec(), Rc::clone(&list));
        Ok(list)
    }
}

/// Records an attribute unless a stronger line already decided it, and expands
/// it if it is a macro.
fn record<'a>(
    known: &mut HashMap<&'a [u8], &'a State>,
    name: &'a [u8],
    state: &'a State,
    lists: &'a [(Rc<Vec<Line>>, usize)],
    depth: usize,
) {
    if known.contains_key(name) {
        return;
    }
    known.insert(name, state);
    if *state != State::Set || depth > 16 {
        return;
    }
    let mut all = lists.iter().rev().flat_map(|(list, _)| list.iter().rev());
    let own =
        all.find(|line| matches!(&line.subject, Subject::Macro(macro_name) if macro_name == name));
    match own {
        Some(line) => {
            for (name, state) in line.states.iter().rev() {
                record(known, name, state, lists, depth + 1);
            }
        }
        // The macro that git defines itself.
        None if name == b"binary" => {
            known.entry(b"text").or_insert(&State::Unset);
        }
        None => {}
    }
}

/// Parses an attribute file. Invalid lines are skipped, as git does.
fn parse(text: &[u8], fold: bool) -> Vec<Line> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let lines = text.split(|&byte| byte == b'\n');
    lines.filter_map(|line| parse_line(line, fold)).collect()
}

fn parse_line(line: &[u8], fold: bool) -> Option<Line> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
    let start = line.iter().position(|byte| !is_blank(byte))?;
    let line = &line[start..];
    if line.starts_with(b"#") {
        return None;
    }
    let (pattern, rest) = match quoted(line) {
        Some((pattern, rest)) => (pattern, rest),
        None => {
            let end = line.iter().position(is_blank).unwrap_or(line.len());
            (line[..end].to_vec(), &line[end..])
        }
    };
    let subject = match pattern.strip_prefix(b"[attr]") {
        Some(name) if !name.is_empty() => Subject::Macro(name.to_vec()),
        Some(_) => return None,
        // Attribute patterns cannot be negated.
        None if pattern.starts_with(b"!") => return None,
        None => Subject::Pattern(Pattern::parse(&pattern, fold)),
    };
    let words = rest.split(is_blank).filter(|word| !word.is_empty());
    let states = words.map(|word| match word {
        [b'-', name @ ..] => (name.to_vec(), State::Unset),
        [b'!', name @ ..] => (name.to_vec(), State::Unspecified),
        word => match word.iter().position(|&byte| byte == b'=') {
            Some(at) => (word[..at].to_vec(), State::Value(word[at + 1..].to_vec())),
            None => (word.to_vec(), State::Set),
        },
    });
    Some(Line {
        subject,
        states: states.collect(),
    })
}

/// A pattern in C-style quotes, and the text after it.
fn quoted(line: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = line.strip_prefix(b"\"")?;
    let mut pattern = Vec::new();
    loop {
        let (&byte, after) = rest.split_first()?;
        rest = after;
        match byte {
            b'"' => return Some((pattern, rest)),
            b'\\' => {
                let (&escaped, after) = rest.split_first()?;
                rest = after;
                pattern.push(match escaped {
                    b'a' => 7,
                    b'b' => 8,
                    b'f' => 12,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'v' => 11,
                    b'"' | b'\\' => escaped,
                    b'0'..=b'3' => {
                        let (digits, after) = rest.split_at_checked(2)?;
                        rest = after;
                        digits.iter().try_fold(escaped - b'0', |value, digit| {
                            matches!(digit, b'0'..=b'7').then(|| value << 3 | (digit - b'0'))
                        })?
                    }
                    _ => return None,
                });
            }
            _ => pattern.push(byte),
        }
    }
}

#[cfg(test)]
#[path = "attributes_tests.rs"]
mod tests;
