//! The rules that choose which copy is kept.

use std::fmt;

/// A rule that prefers some copies to others.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeepRule {
    /// The file whose content was modified first.
    Oldest,
    /// The file whose content was modified last.
    Newest,
    /// The file with the shortest path.
    ShortestPath,
    /// The file with the longest path.
    LongestPath,
    /// The file in the fewest directories.
    Shallowest,
    /// The file under the path to scan that was given first.
    FirstPath,
    /// The file with the most hard links.
    MostLinks,
    /// Files that this glob matches, or a directory that they are in. It is
    /// matched as those of [`Selection`](super::Selection) are.
    Glob(String),
}

impl KeepRule {
    /// Every rule that has a name of its own, and the name.
    const NAMED: [(&'static str, Self); 7] = [
        ("oldest", Self::Oldest),
        ("newest", Self::Newest),
        ("shortest-path", Self::ShortestPath),
        ("longest-path", Self::LongestPath),
        ("shallowest", Self::Shallowest),
        ("first-path", Self::FirstPath),
        ("most-links", Self::MostLinks),
    ];

    /// Parses the name of a rule, or `glob:` and a glob.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(glob) = text.strip_prefix("glob:") {
            return Some(Self::Glob(glob.to_owned()));
        }
        let rule = Self::NAMED.into_iter().find(|(name, _)| *name == text);
        rule.map(|(_, rule)| rule)
    }
}

/// The rule as `--keep` takes it.
impl fmt::Display for KeepRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Glob(glob) = self {
            return write!(f, "glob:{glob}");
        }
        let rule = Self::NAMED.iter().find(|(_, rule)| rule == self);
        f.write_str(rule.map_or("", |(name, _)| name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_they_are_written() {
        for text in [
            "oldest",
            "newest",
            "shortest-path",
            "longest-path",
            "shallowest",
            "first-path",
            "most-links",
            "glob:*.jpg",
            "glob:",
        ] {
            assert_eq!(KeepRule::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "Oldest", "glob", "biggest", "oldest "] {
            assert_eq!(KeepRule::parse(text), None, "{text}");
        }
    }
}
