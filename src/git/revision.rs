//! Resolves revisions in git's notation (gitrevisions(7)): reference names,
//! object IDs and their prefixes, and steps from there to other commits.

use super::GitError;
use super::hash::ObjectId;
use super::objects::Objects;
use super::refs::Refs;
use super::repository::Repository;

/// Resolves revisions to commits.
pub(super) struct Resolver<'a> {
    pub(super) repository: &'a Repository,
    pub(super) refs: &'a Refs<'a>,
    pub(super) objects: &'a Objects,
}

impl Resolver<'_> {
    /// Resolves a revision to a commit.
    pub(super) fn commit(&self, text: &str) -> Result<ObjectId, GitError> {
        let unknown = || GitError::NoRevision(text.to_owned());
        let other = || GitError::Notation(text.to_owned());
        if text.contains("..") || text.starts_with(":/") || text.starts_with('^') {
            return Err(other());
        }
        // A path in a commit is not a commit.
        if text.contains(':') {
            return Err(unknown());
        }
        let (name, mut steps) = split_steps(text);
        let mut id = self.base(name.as_bytes(), text)?.ok_or_else(unknown)?;
        while let Some(kind) = steps.bytes().next() {
            let rest = &steps[1..];
            if kind == b'^' && rest.starts_with('{') {
                let (what, after) = rest[1..].split_once('}').ok_or_else(unknown)?;
                // The final result is a commit in any case.
                if !matches!(what, "" | "commit" | "object") {
                    return Err(other());
                }
                id = self.objects.commit_of(id)?.ok_or_else(unknown)?;
                steps = after;
                continue;
            }
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, after) = rest.split_at(digits);
            let count: usize = if number.is_empty() {
                1
            } else {
                number.parse().map_err(|_| unknown())?
            };
            id = self.objects.commit_of(id)?.ok_or_else(unknown)?;
            match kind {
                b'^' if count == 0 => {}
                b'^' => {
                    let commit = self.objects.commit(&id)?;
                    id = *commit.parents.get(count - 1).ok_or_else(unknown)?;
                }
                b'~' => {
                    for _ in 0..count {
                        let commit = self.objects.commit(&id)?;
                        id = *commit.parents.first().ok_or_else(unknown)?;
                    }
                }
                _ => return Err(other()),
            }
            steps = after;
        }
        self.objects.commit_of(id)?.ok_or_else(unknown)
    }

    /// Resolves the part before all steps.
    fn base(&self, name: &[u8], text: &str) -> Result<Option<ObjectId>, GitError> {
        if let Some((name, at)) = split_selector(name) {
            return self.at(name, at, text);
        }
        let name = if name == b"@" { b"HEAD" } else { name };
        let algorithm = self.repository.algorithm;
        if let Some(id) = algorithm.parse(name) {
            return Ok(Some(id));
        }
        if let Some(id) = self.refs.find(name)? {
            return Ok(Some(id));
        }
        // The output of `git describe` ends in an abbreviated object ID.
        let described = name.windows(2).rposition(|pair| pair == b"-g");
        let described = described.map(|at| &name[at + 2..]);
        for digits in described.into_iter().chain([name]) {
            let is_short = digits.len() >= 4
                && digits.len() < 2 * algorithm.len()
                && digits.iter().all(u8::is_ascii_hexdigit);
            if !is_short {
                continue;
            }
            let mut found = self.objects.with_prefix(digits)?;
            if found.len() > 1 {
                // Only commits are candidates.
                let mut commits = Vec::new();
                for id in found {
                    if self.objects.commit_of(id)?.is_some() {
                        commits.push(id);
                    }
                }
                found = commits;
            }
            match found.as_slice() {
                [] => {}
                [one] => return Ok(Some(*one)),
                _ => return Err(GitError::Ambiguous(text.to_owned())),
            }
        }
        Ok(None)
    }

    /// Resolves earlier values and upstreams: `@{1}`, `@{-1}`, `@{upstream}`.
    fn at(&self, name: &[u8], at: &str, text: &str) -> Result<Option<ObjectId>, GitError> {
        let is_upstream = at.eq_ignore_ascii_case("u") || at.eq_ignore_ascii_case("upstream");
        if is_upstream {
            let branch = match name {
                b"" | b"@" | b"HEAD" => self.refs.branch()?,
                name => Some([b"refs/heads/", name].concat()),
            };
            let Some(branch) = branch else {
                return Ok(None);
            };
            return self.upstream(&branch);
        }
        if let Some(number) = at.strip_prefix('-') {
            let number: usize = number
                .parse()
                .map_err(|_| GitError::Notation(text.to_owned()))?;
            if !name.is_empty() || number == 0 {
                return Err(GitError::Notation(text.to_owned()));
            }
            let lines = self.refs.log(b"HEAD")?;
            let moves = lines.iter().rev().filter_map(|line| branch_left(line));
            return match moves.into_iter().nth(number - 1) {
                // What was left is no name of this kind again; that one could
                // lead to itself.
                Some(name) if split_selector(name).is_none() => self.base(name, text),
                _ => Ok(None),
            };
        }
        let number: usize = at
            .parse()
            .map_err(|_| GitError::Notation(text.to_owned()))?;
        let name = match name {
            b"" => self.refs.branch()?.unwrap_or_else(|| b"HEAD".to_vec()),
            b"@" | b"HEAD" => b"HEAD".to_vec(),
            name if name.starts_with(b"refs/") => name.to_vec(),
            name => [b"refs/heads/", name].concat(),
        };
        if number == 0 {
            return self.refs.get(&name);
        }
        let lines = self.refs.log(&name)?;
        let Some(index) = lines.len().checked_sub(number) else {
            return Ok(None);
        };
        // The older value is the first word of the line that replaced it.
        let older = lines[index].split(|&byte| byte == b' ').next();
        Ok(older.and_then(|older| self.repository.algorithm.parse(older)))
    }

    /// The object of the reference that a branch follows.
    fn upstream(&self, branch: &[u8]) -> Result<Option<ObjectId>, GitError> {
        let settings = &self.repository.settings;
        let Some(short) = branch.strip_prefix(b"refs/heads/") else {
            return Ok(None);
        };
        let remote = settings.text("branch", short, "remote");
        let merge = settings.text("branch", short, "merge");
        let (Some(remote), Some(merge)) = (remote, merge) else {
            return Ok(None);
        };
        if remote == b"." {
            return self.refs.get(merge);
        }
        for rule in settings.all("remote", remote, "fetch") {
            let rule = rule.strip_prefix(b"+").unwrap_or(rule);
            let Some(colon) = rule.iter().position(|&byte| byte == b':') else {
                continue;
            };
            if let Some(mapped) = map_refspec(&rule[..colon], &rule[colon + 1..], merge) {
                return self.refs.get(&mapped);
            }
        }
        Ok(None)
    }
}

/// Maps a reference name through a fetch refspec.
fn map_refspec(from: &[u8], to: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let star = |text: &[u8]| text.iter().position(|&byte| byte == b'*');
    match (star(from), star(to)) {
        (None, None) => (from == name).then(|| to.to_vec()),
        (Some(a), Some(b)) => {
            let middle = name
                .strip_prefix(&from[..a])?
                .strip_suffix(&from[a + 1..])?;
            Some([&to[..b], middle, &to[b + 1..]].concat())
        }
        _ => None,
    }
}

/// The branch that was left, from a line of HEAD's log.
fn branch_left(line: &[u8]) -> Option<&[u8]> {
    let begin = b"checkout: moving from ";
    let at = line
        .windows(begin.len())
        .position(|window| window == begin)?;
    let rest = &line[at + begin.len()..];
    let end = rest.windows(4).position(|window| window == b" to ")?;
    Some(&rest[..end])
}

/// Splits a revision into its name and the steps from there.
fn split_steps(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let mut is_inside = false;
    let cut = bytes.iter().position(|byte| {
        is_inside = match byte {
            b'{' => true,
            b'}' => false,
            _ => is_inside,
        };
        !is_inside && matches!(byte, b'^' | b'~')
    });
    text.split_at(cut.unwrap_or(text.len()))
}

/// Splits `name@{selector}`.
fn split_selector(name: &[u8]) -> Option<(&[u8], &str)> {
    let inside = name.strip_suffix(b"}")?;
    let at = inside.windows(2).position(|pair| pair == b"@{")?;
    Some((&name[..at], std::str::from_utf8(&inside[at + 2..]).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_are_split_into_name_and_steps() {
        for (text, name, steps) in [
            ("HEAD", "HEAD", ""),
            ("HEAD~2^1", "HEAD", "~2^1"),
            ("v1^{commit}", "v1", "^{commit}"),
            ("a@{-1}~", "a@{-1}", "~"),
            ("@{u}^", "@{u}", "^"),
        ] {
            assert_eq!(split_steps(text), (name, steps));
        }
        assert_eq!(split_selector(b"a@{u}"), Some((&b"a"[..], "u")));
        assert_eq!(split_selector(b"@{1}"), Some((&b""[..], "1")));
        assert_eq!(split_selector(b"a"), None);
    }

    #[test]
    fn fetch_refspecs_map_names() {
        for (from, to, name, expected) in [
            (
                "refs/heads/*",
                "refs/remotes/o/*",
                "refs/heads/a/b",
                Some("refs/remotes/o/a/b"),
            ),
            ("refs/heads/a", "refs/x", "refs/heads/a", Some("refs/x")),
            ("refs/heads/a", "refs/x", "refs/heads/b", None),
            ("refs/tags/*", "refs/x/*", "refs/heads/b", None),
        ] {
            let mapped = map_refspec(from.as_bytes(), to.as_bytes(), name.as_bytes());
            assert_eq!(mapped.as_deref(), expected.map(str::as_bytes));
        }
    }
}
