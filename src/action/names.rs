//! Resolves paths to an open directory and a name in it; makes temporary names and
//! destinations.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Component, Path, PathBuf};

use crate::platform::bytes_of;

/// A path, split where its parts are opened differently.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// The directory that is opened by its path, symbolic links included.
    pub(super) root: PathBuf,
    /// The directory below it, in which none is followed; may be empty.
    pub(super) below: PathBuf,
    /// The name in that directory.
    pub(super) name: Vec<u8>,
}

impl Place {
    /// Splits a path below the longest root that contains it. A file that was
    /// given itself, or that no root contains, has its directory as the root.
    /// `None` for a path without a name.
    pub(super) fn new(path: &Path, roots: &[PathBuf]) -> Option<Self> {
        let name = bytes_of(path.file_name()?).to_vec();
        let parent = path.parent()?;
        let is_plain = |below: &Path| {
            let mut components = below.components();
            components.all(|component| matches!(component, Component::Normal(_)))
        };
        let below = |root: &PathBuf| {
            let below = parent.strip_prefix(root).ok().filter(|p| is_plain(p))?;
            Some((root.clone(), below.to_path_buf()))
        };
        let longest = roots
            .iter()
            .filter_map(below)
            .max_by_key(|(root, _)| root.components().count());
        let (root, below) = longest.unwrap_or_else(|| (parent.to_path_buf(), PathBuf::new()));
        Some(Self { root, below, name })
    }
}

/// Returns true if a path is one of the roots or lies below one, by its words.
pub(super) fn is_below(path: &Path, roots: &[PathBuf]) -> bool {
    let is_plain = |component| matches!(component, Component::Normal(_));
    let mut below = roots.iter().filter_map(|root| path.strip_prefix(root).ok());
    below.any(|below| below.components().all(is_plain))
}

/// The beginning of all temporary names.
pub(super) const TEMPORARY_PREFIX: &[u8] = b".nodupe-";

/// A name that nobody can guess.
pub(super) fn temporary_name() -> Vec<u8> {
    // Each state has keys of its own, which the standard library makes from
    // random numbers of the system.
    let random = || RandomState::new().build_hasher().finish();
    let mut name = TEMPORARY_PREFIX.to_vec();
    name.extend_from_slice(format!("{:016x}{:016x}", random(), random()).as_bytes());
    name
}

/// The path of a moved file below its destination: its path below the working
/// directory, or else below the root directory.
pub(super) fn relative_destination(path: &Path, working_directory: &Path) -> PathBuf {
    let within = path.strip_prefix(working_directory).unwrap_or(path);
    let normal = within.components().filter_map(|component| match component {
        Component::Normal(name) => Some(PathBuf::from(name)),
        // The letter of a drive keeps files of two drives apart.
        Component::Prefix(prefix) => {
            let letters = prefix.as_os_str().to_string_lossy();
            let letters: String = letters.chars().filter(|c| c.is_alphanumeric()).collect();
            Some(PathBuf::from(letters))
        }
        Component::RootDir | Component::CurDir | Component::ParentDir => None,
    });
    normal.collect()
}

/// The target of a symbolic link in one directory that leads to a file in
/// another one. Both are absolute and without symbolic links.
pub(super) fn relative_target(from: &Path, to: &Path) -> PathBuf {
    let common = from
        .components()
        .zip(to.components())
        .take_while(|(one, other)| one == other)
        .count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    up.chain(to.components().skip(common)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str, roots: &[&str]) -> (String, String, String) {
        let roots: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
        let place = Place::new(Path::new(path), &roots).unwrap();
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        let name = String::from_utf8(place.name).unwrap();
        (text(place.root), text(place.below), name)
    }

    #[test]
    fn a_path_is_split_at_the_longest_root() {
        let cases = [
            ("a/b/c", &["a"][..], ("a", "b", "c")),
            ("a/b/c", &["a", "a/b"], ("a/b", "", "c")),
            ("a/b", &["a/b"], ("a", "", "b")),
            ("b", &["b"], ("", "", "b")),
            ("/x/y/z", &["/"], ("/", "x/y", "z")),
            ("./x/y", &["."], (".", "x", "y")),
            ("ab/c", &["a"], ("ab", "", "c")),
            // Nothing beneath a root leads out of it.
            ("a/../b/c", &["a"], ("a/../b", "", "c")),
        ];
        for (path, roots, expected) in cases {
            let (root, below, name) = place(path, roots);
            assert_eq!((&*root, &*below, &*name), expected, "{path}");
        }
        assert_eq!(Place::new(Path::new("/"), &[]), None);
        assert_eq!(Place::new(Path::new("a/.."), &[]), None);
    }

    #[test]
    fn a_path_lies_below_a_root_by_its_words() {
        let cases = [
            ("a/b", &["a"][..], true),
            ("a", &["x", "a"], true),
            ("./a", &["."], true),
            ("ab", &["a"], false),
            ("a/../b", &["a"], false),
            ("/a/b", &["a"], false),
        ];
        for (path, roots, expected) in cases {
            let roots: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
            assert_eq!(is_below(Path::new(path), &roots), expected, "{path}");
        }
    }

    #[test]
    fn moved_files_keep_their_paths() {
        let cases = [
            ("/home/me/a/b", "/home/me", "a/b"),
            ("/home/me/a/b", "/home/you", "home/me/a/b"),
            ("/home/me", "/home/me/x", "home/me"),
        ];
        for (path, working_directory, expected) in cases {
            let to = relative_destination(Path::new(path), Path::new(working_directory));
            assert_eq!(to, Path::new(expected));
        }
    }

    #[test]
    fn symbolic_links_are_relative() {
        let cases = [
            ("/a/b", "/a/b/c", "c"),
            ("/a/b", "/a/x/y", "../x/y"),
            ("/a/b", "/c", "../../c"),
            ("/", "/c", "c"),
        ];
        for (from, to, expected) in cases {
            let target = relative_target(Path::new(from), Path::new(to));
            assert_eq!(target, Path::new(expected), "{from} {to}");
        }
    }

    #[test]
    fn temporary_names_differ() {
        let names: std::collections::HashSet<_> = (0..1000).map(|_| temporary_name()).collect();
        assert_eq!(names.len(), 1000);
        assert!(names.iter().all(|name| name.len() < 100));
    }
}
