//! Files that must be identical: copies that are kept on purpose.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::project_path::ProjectPaths;
use super::rules::covers;
use super::{Difference, DifferenceKind, PathState, Same};
use crate::error::Error;
use crate::glob::Globs;

/// A compiled rule.
#[derive(Debug)]
pub(crate) struct SameRule {
    patterns: Vec<Pattern>,
    reason: String,
}

#[derive(Debug)]
enum Pattern {
    /// One file, which must be there.
    File(PathBuf),
    /// Every file that the glob covers; at least one.
    Glob { text: String, globs: Globs },
}

impl SameRule {
    pub(super) fn new(rule: Same, root: &Path) -> Result<Self, Error> {
        let mut places = ProjectPaths::new(root);
        let patterns = rule.paths.into_iter().map(|text| {
            Ok(if is_glob(&text) {
                Pattern::Glob {
                    globs: Globs::new(std::slice::from_ref(&text))?,
                    text,
                }
            } else {
                Pattern::File(places.of(&root.join(text)))
            })
        });
        Ok(Self {
            patterns: patterns.collect::<Result<_, Error>>()?,
            reason: rule.reason,
        })
    }

    /// The reason of the rule; it may be empty.
    pub(super) fn reason(&self) -> &str {
        &self.reason
    }

    /// The files that the rule names one by one.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.patterns.iter().filter_map(|pattern| match pattern {
            Pattern::File(place) => Some(place.as_path()),
            Pattern::Glob { .. } => None,
        })
    }

    /// The globs of the rule.
    pub(crate) fn globs(&self) -> impl Iterator<Item = &str> {
        self.patterns.iter().filter_map(|pattern| match pattern {
            Pattern::File(_) => None,
            Pattern::Glob { text, .. } => Some(text.as_str()),
        })
    }

    /// Returns true if the rule is about this file.
    pub(super) fn has(&self, root: &Path, place: &Path) -> bool {
        self.patterns.iter().any(|pattern| match pattern {
            Pattern::File(file) => file == place,
            Pattern::Glob { globs, .. } => covers(globs, root, place),
        })
    }

    /// The reasons why the files of the rule are not identical. `contents` has a
    /// number for the content of each file that was read, and may have more
    /// files; `inspect` is asked about files that are not in there. A file of
    /// which nothing is known is no difference: it could not be read, and the
    /// caller reports that.
    pub(crate) fn differences(
        &self,
        root: &Path,
        contents: &BTreeMap<PathBuf, usize>,
        inspect: &dyn Fn(&Path) -> PathState,
    ) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut files: Vec<&Path> = Vec::new();
        for pattern in &self.patterns {
            match pattern {
                Pattern::File(place) if contents.contains_key(place) => files.push(place),
                Pattern::File(place) => match inspect(place) {
                    PathState::Nothing => {
                        found.push(self.difference(place, DifferenceKind::Missing));
                    }
                    PathState::Other => {
                        found.push(self.difference(place, DifferenceKind::NotAFile));
                    }
                    PathState::File(_) | PathState::Unknown => files.push(place),
                },
                Pattern::Glob { text, globs } => {
                    let matched = contents.keys().map(PathBuf::as_path);
                    let before = files.len();
                    files.extend(matched.filter(|place| covers(globs, root, place)));
                    if files.len() == before {
                        found.push(self.difference(Path::new(text), DifferenceKind::Missing));
                    }
                }
            }
        }
        // The first file of the rule is what the others are compared with.
        let mut seen = Vec::new();
        files.retain(|file| {
            let is_new = !seen.contains(file);
            seen.push(file);
            is_new
        });
        let known = |file: &&&Path| contents.contains_key(**file);
        let Some(first) = files.iter().find(known) else {
            return found;
        };
        if files.len() == 1 && found.is_empty() {
            found.push(self.difference(first, DifferenceKind::Alone));
        }
        let others = files.iter().filter(known);
        let different = others.filter(|file| contents[**file] != contents[*first]);
        found.extend(different.map(|file| Difference {
            original: Some(first.to_path_buf()),
            ..self.difference(file, DifferenceKind::Different)
        }));
        found
    }

    fn difference(&self, path: &Path, kind: DifferenceKind) -> Difference {
        Difference {
            path: path.to_owned(),
            kind,
            original: None,
            reason: self.reason.clone(),
        }
    }
}

/// Returns true if a pattern is a glob: any other text is the path of one file.
pub(crate) fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '[', '{', '\\']) || text.ends_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "/nowhere/project";

    /// The differences of a rule, as text: the path, a letter, the original.
    fn found(patterns: &[&str], files: &[(&str, usize)]) -> Vec<String> {
        let rule = Same {
            paths: patterns.iter().map(|&text| text.to_owned()).collect(),
            reason: "why".to_owned(),
        };
        let rule = SameRule::new(rule, Path::new(ROOT)).unwrap();
        let files = files.iter().map(|&(name, content)| (name.into(), content));
        let inspect = |place: &Path| match place.to_str() {
            Some("dir") => PathState::Other,
            Some("secret") => PathState::File(3),
            _ => PathState::Nothing,
        };
        let found = rule.differences(Path::new(ROOT), &files.collect(), &inspect);
        let text = |difference: Difference| {
            assert_eq!(difference.reason, "why");
            let original = difference.original.unwrap_or_default();
            let (path, kind) = (difference.path.display(), difference.kind.as_str());
            format!("{path} {kind} {}", original.display())
                .trim_end()
                .to_owned()
        };
        found.into_iter().map(text).collect()
    }

    #[test]
    fn identical_files_are_no_difference() {
        for (patterns, files) in [
            (&["a", "b"][..], &[("a", 1), ("b", 1), ("c", 2)][..]),
            (&["./a", "b"], &[("a", 1), ("b", 1)]),
            (
                &["/nowhere/project/a", "/out/b"],
                &[("a", 1), ("/out/b", 1)],
            ),
            (
                &["LICENSE", "x/LICENSE"],
                &[("LICENSE", 1), ("x/LICENSE", 1), ("y/LICENSE", 2)],
            ),
            (&["*.txt"], &[("a.txt", 1), ("x/b.txt", 1), ("c", 2)]),
            (&["x/"], &[("x/a", 1), ("x/y/b", 1), ("c", 2)]),
            (&["a", "a*"], &[("a", 1), ("ab", 1)]),
        ] {
            assert_eq!(found(patterns, files), [""; 0], "{patterns:?}");
        }
    }

    #[test]
    fn each_file_that_is_wrong_is_named() {
        for (patterns, files, expected) in [
            (
                &["b", "a"][..],
                &[("a", 1), ("b", 2)][..],
                &["a has other content b"][..],
            ),
            (
                &["*.txt"],
                &[("a.txt", 1), ("b.txt", 1), ("c.txt", 3)],
                &["c.txt has other content a.txt"],
            ),
            (
                &["gone", "a", "b"],
                &[("a", 1), ("b", 2)],
                &["gone is missing", "b has other content a"],
            ),
            (&["a", "dir"], &[("a", 1)], &["dir is no regular file"]),
            (&["a", "*.txt"], &[("a", 1)], &["*.txt is missing"]),
            (
                &["*.txt"],
                &[("a.txt", 1)],
                &["a.txt has no other file to be identical to"],
            ),
            (&["*.txt"], &[], &["*.txt is missing"]),
        ] {
            assert_eq!(found(patterns, files), expected, "{patterns:?}");
        }
    }

    #[test]
    fn what_could_not_be_read_is_not_judged() {
        assert_eq!(found(&["secret", "a"], &[("a", 1)]), [""; 0]);
        assert_eq!(found(&["a", "secret", "b"], &[("a", 1), ("b", 2)]).len(), 1);
    }
}
