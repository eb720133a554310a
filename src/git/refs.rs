//! References: branches, tags and everything else that has a name
//! (gitrepository-layout(5)).

use std::collections::HashMap;
use std::path::PathBuf;

use super::hash::ObjectId;
use super::repository::Repository;
use super::settings::is_absent;
use super::{GitError, read_file};
use crate::platform;

/// Maximum number of bytes read of a reference, and of the file of packed ones.
const MAX_REF_SIZE: u64 = 64 << 10;
const MAX_PACKED_REFS_SIZE: u64 = 256 << 20;

/// Maximum number of references that lead to another one in a chain.
const MAX_SYMBOLIC_DEPTH: usize = 5;

/// Search order of reference names (gitrevisions(7)).
const SEARCH_ORDER: [(&str, &str); 6] = [
    ("", ""),
    ("refs/", ""),
    ("refs/tags/", ""),
    ("refs/heads/", ""),
    ("refs/remotes/", ""),
    ("refs/remotes/", "/HEAD"),
];

/// The references of a repository.
pub(super) struct Refs<'r> {
    repository: &'r Repository,
    packed: HashMap<Vec<u8>, ObjectId>,
}

/// Target of a reference.
enum Target {
    Object(ObjectId),
    Other(Vec<u8>),
}

/// The name in a symbolic reference. None for any other text.
pub(super) fn symbolic(text: &[u8]) -> Option<&[u8]> {
    Some(text.strip_prefix(b"ref:")?.trim_ascii())
}

impl<'r> Refs<'r> {
    pub(super) fn of(repository: &'r Repository) -> Result<Self, GitError> {
        let path = repository.common_dir.join("packed-refs");
        if !repository.has_ref_files {
            let what = "references in tables (reftable)".to_owned();
            return Err(GitError::Unsupported(
                repository.common_dir.join("config"),
                what,
            ));
        }
        let mut packed = HashMap::new();
        let text = read_file(&path, MAX_PACKED_REFS_SIZE)?.unwrap_or_default();
        for line in text.split(|&byte| byte == b'\n') {
            // Comments, and the target of the tag in the line before.
            if line.is_empty() || line.starts_with(b"#") || line.starts_with(b"^") {
                continue;
            }
            let digits = 2 * repository.algorithm.len();
            let entry = line.split_at_checked(digits).and_then(|(id, rest)| {
                let name = rest.strip_prefix(b" ")?.trim_ascii_end();
                Some((name.to_vec(), repository.algorithm.parse(id)?))
            });
            let Some((name, id)) = entry else {
                return Err(GitError::Broken(
                    path,
                    "a line of it makes no sense".to_owned(),
                ));
            };
            packed.insert(name, id);
        }
        Ok(Self { repository, packed })
    }

    /// The object that a name leads to, by git's rules for short names.
    pub(super) fn find(&self, name: &[u8]) -> Result<Option<ObjectId>, GitError> {
        for (before, after) in SEARCH_ORDER {
            let whole = [before.as_bytes(), name, after.as_bytes()].concat();
            let is_top = before.is_empty() && !name.starts_with(b"refs/");
            // The top directory contains other files than references.
            if is_top
                && !name
                    .iter()
                    .all(|byte| byte.is_ascii_uppercase() || *byte == b'_')
            {
                continue;
            }
            if let Some(id) = self.get(&whole)? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// The object that a reference leads to, by its full name.
    pub(super) fn get(&self, name: &[u8]) -> Result<Option<ObjectId>, GitError> {
        let mut name = name.to_vec();
        for _ in 0..MAX_SYMBOLIC_DEPTH {
            match self.target(&name)? {
                None => return Ok(None),
                Some(Target::Object(id)) => return Ok(Some(id)),
                Some(Target::Other(other)) => name = other,
            }
        }
        Ok(None)
    }

    fn target(&self, name: &[u8]) -> Result<Option<Target>, GitError> {
        if !is_name(name) {
            return Ok(None);
        }
        let path = self.path(name);
        let text = match read_file(&path, MAX_REF_SIZE) {
            Ok(text) => text,
            // A directory of other references.
            Err(_) if path.is_dir() => None,
            Err(error) => return Err(error),
        };
        let Some(text) = text else {
            return Ok(self.packed.get(name).copied().map(Target::Object));
        };
        if let Some(other) = symbolic(&text) {
            return Ok(Some(Target::Other(other.to_vec())));
        }
        // FETCH_HEAD has more text after the ID.
        let digits = 2 * self.repository.algorithm.len();
        let id = text
            .get(..digits)
            .and_then(|id| self.repository.algorithm.parse(id));
        let id = id.ok_or_else(|| GitError::Broken(path, "it is no reference".to_owned()))?;
        Ok(Some(Target::Object(id)))
    }

    fn path(&self, name: &[u8]) -> PathBuf {
        let is_own = !name.starts_with(b"refs/")
            || [&b"refs/bisect/"[..], b"refs/worktree/", b"refs/rewritten/"]
                .iter()
                .any(|own| name.starts_with(own));
        let dir = if is_own {
            &self.repository.git_dir
        } else {
            &self.repository.common_dir
        };
        dir.join(platform::os_str(name))
    }

    /// The branch that is checked out, by its full name. None if HEAD is
    /// detached.
    pub(super) fn branch(&self) -> Result<Option<Vec<u8>>, GitError> {
        Ok(match self.target(b"HEAD")? {
            Some(Target::Other(name)) => Some(name),
            _ => None,
        })
    }

    /// The lines of a reference's log, the oldest first.
    pub(super) fn log(&self, name: &[u8]) -> Result<Vec<Vec<u8>>, GitError> {
        let own = &self.repository.git_dir;
        let dir = if name == b"HEAD" {
            own
        } else {
            &self.repository.common_dir
        };
        let path = dir.join("logs").join(platform::os_str(name));
        let text = read_file(&path, MAX_PACKED_REFS_SIZE)?.unwrap_or_default();
        let lines = text
            .split(|&byte| byte == b'\n')
            .filter(|line| !line.is_empty());
        Ok(lines.map(<[u8]>::to_vec).collect())
    }

    /// Replaced objects and their replacements.
    pub(super) fn replacements(&self) -> Result<HashMap<ObjectId, ObjectId>, GitError> {
        let algorithm = self.repository.algorithm;
        let begin = b"refs/replace/";
        let mut found = HashMap::new();
        for (name, by) in &self.packed {
            let id = name.strip_prefix(begin).and_then(|id| algorithm.parse(id));
            found.extend(id.map(|id| (id, *by)));
        }
        let dir = self.repository.common_dir.join("refs/replace");
        let entries = match std::fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(error) if is_absent(&error) => return Ok(found),
            Err(error) => return Err(GitError::unreadable(&dir, &error)),
        };
        for entry in entries {
            let name = entry
                .map_err(|error| GitError::unreadable(&dir, &error))?
                .file_name();
            let name = platform::bytes_of(&name);
            if let Some(id) = algorithm.parse(name)
                && let Some(by) = self.get(&[begin, name].concat())?
            {
                found.insert(id, by);
            }
        }
        Ok(found)
    }
}

/// Returns true if git accepts a reference of this name
/// (git-check-ref-format(1)). An invalid name must not be used as a path
/// either.
fn is_name(name: &[u8]) -> bool {
    let is_part =
        |part: &[u8]| !part.is_empty() && !part.starts_with(b".") && !part.ends_with(b".lock");
    let is_bad = |byte: &u8| *byte <= b' ' || *byte == 0x7f || b"~^:?*[\\".contains(byte);
    name.split(|&byte| byte == b'/').all(is_part)
        && !name.iter().any(is_bad)
        && !name.windows(2).any(|pair| pair == b".." || pair == b"@{")
        && !name.ends_with(b".")
        && name != b"@"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_reference_names_are_refused() {
        for (name, expected) in [
            ("HEAD", true),
            ("refs/heads/a/b.c", true),
            ("refs/heads/\u{e9}", true),
            ("refs/heads/../../config", false),
            ("/etc/passwd", false),
            ("refs//a", false),
            ("refs/.a", false),
            ("refs/a.lock", false),
            ("refs/a.", false),
            ("a b", false),
            ("a\\b", false),
            ("@", false),
            ("", false),
        ] {
            assert_eq!(is_name(name.as_bytes()), expected, "{name}");
        }
    }
}
