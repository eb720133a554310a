//! The paths to scan, as the directories that names are found below.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::discarded;
use super::tracked::{WorkTree, WorkTrees};
use crate::config::ScanConfig;
use crate::platform::{bytes_of, os_str};

/// The paths to scan as they were given.
#[derive(Debug, Default)]
pub(super) struct GivenPaths {
    paths: Vec<PathBuf>,
    /// True if more were read from a list. Their names are taken to be below the
    /// working directory, or the root of the file system.
    has_list: bool,
}

impl GivenPaths {
    pub(super) fn of(config: &ScanConfig) -> Self {
        let paths = config.roots.iter().chain(&config.references);
        Self {
            paths: paths.cloned().collect(),
            has_list: !config.listed.is_empty(),
        }
    }
}

/// Directories that names are found below, sorted by how they are spelt.
#[derive(Debug, Default)]
pub(super) struct GivenDirs {
    dirs: Vec<GivenDir>,
    /// The reasons why the tracked files of some are unknown.
    problems: Vec<String>,
}

/// A directory that was given, or that holds a file that was given.
#[derive(Debug)]
pub(super) struct GivenDir {
    /// As names in it begin, without the slash; empty for the working directory.
    spelling: Vec<u8>,
    /// Its path without links.
    pub(super) real: PathBuf,
    /// The trash and directories for temporary files below it, relative to it.
    discarded: Vec<PathBuf>,
    /// The work tree it is in, if git can be trusted there.
    work_tree: Option<WorkTree>,
}

impl GivenDirs {
    /// Examines the directories of these paths.
    pub(super) fn of(given: &GivenPaths, discarded: &[PathBuf]) -> Self {
        let mut all: HashMap<Vec<u8>, PathBuf> = HashMap::new();
        for path in &given.paths {
            let dir = if path.is_dir() {
                Some(path.as_path())
            } else {
                path.parent()
            };
            all.extend(dir.and_then(examined));
        }
        if given.has_list {
            all.extend(examined(Path::new("/")));
            if let Some((spelling, here)) = examined(Path::new("")) {
                // Absolute names below the working directory.
                all.extend(examined(&here));
                all.insert(spelling, here);
            }
        }
        let mut trees = WorkTrees::default();
        let dirs = all.into_iter().map(|(spelling, real)| GivenDir {
            spelling,
            discarded: discarded
                .iter()
                .filter_map(|dir| dir.strip_prefix(&real).ok())
                .filter(|below| !below.as_os_str().is_empty())
                .map(Path::to_owned)
                .collect(),
            work_tree: trees.around(&real),
            real,
        });
        let mut dirs: Vec<_> = dirs.collect();
        dirs.sort_unstable_by(|a, b| a.spelling.cmp(&b.spelling));
        Self {
            dirs,
            problems: trees.problems,
        }
    }

    /// Returns true if any of them is in a work tree whose tracked files are
    /// known.
    pub(super) fn any_tracked(&self) -> bool {
        self.dirs.iter().any(|dir| dir.work_tree.is_some())
    }

    /// Returns true if git tracks a file.
    pub(super) fn is_tracked(&self, name: &[u8]) -> bool {
        self.nearest(name).is_some_and(|(dir, below)| {
            let tree = dir.work_tree.as_ref();
            tree.is_some_and(|tree| tree.tracks(below))
        })
    }

    /// Returns true if git tracks a file, and the commit that is checked out has it.
    pub(super) fn is_committed(&self, name: &[u8]) -> bool {
        self.nearest(name).is_some_and(|(dir, below)| {
            let tree = dir.work_tree.as_ref();
            tree.is_some_and(|tree| tree.has_committed(below))
        })
    }

    /// The reasons why it is unknown what git tracks, or what is committed.
    pub(super) fn problems(&self) -> Vec<String> {
        let trees = self.dirs.iter().filter_map(|dir| dir.work_tree.as_ref());
        let mut problems: Vec<_> = trees.filter_map(WorkTree::problem).collect();
        problems.extend_from_slice(&self.problems);
        problems.sort_unstable();
        problems.dedup();
        problems
    }

    /// Returns true if a file is in a directory for temporary files, or in one of
    /// the others whose files are no originals, below the path to scan.
    pub(super) fn is_discarded(&self, name: &[u8]) -> bool {
        let Some((dir, below)) = self.nearest(name) else {
            return discarded::is_discarded(name);
        };
        discarded::is_discarded(below)
            || dir.discarded.iter().any(|discarded| {
                let rest = below.strip_prefix(bytes_of(discarded.as_os_str()));
                rest.is_some_and(|rest| rest.first() == Some(&b'/'))
            })
    }

    /// The path of a file below the nearest directory, and its absolute path.
    pub(super) fn locate<'n>(&self, name: &'n [u8]) -> (&'n Path, PathBuf) {
        match self.nearest(name) {
            Some((dir, below)) => {
                let below = Path::new(os_str(below));
                (below, dir.real.join(below))
            }
            None => {
                let path = Path::new(os_str(name));
                (path, path.to_owned())
            }
        }
    }

    /// The nearest directory above a name, and the rest of the name.
    fn nearest<'n>(&self, name: &'n [u8]) -> Option<(&GivenDir, &'n [u8])> {
        let mut until = name;
        loop {
            let after = self
                .dirs
                .partition_point(|dir| dir.spelling.as_slice() <= until);
            let dir = self.dirs.get(after.checked_sub(1)?)?;
            if let Some(below) = below(&dir.spelling, name) {
                return Some((dir, below));
            }
            // Whatever is above the name is the beginning of both.
            let common = dir.spelling.iter().zip(until).take_while(|(a, b)| a == b);
            let common = common.count().min(dir.spelling.len().checked_sub(1)?);
            until = &name[..common];
        }
    }
}

/// A directory as its names begin, and its path without links.
fn examined(dir: &Path) -> Option<(Vec<u8>, PathBuf)> {
    let bytes = bytes_of(dir.as_os_str());
    let end = bytes.iter().rposition(|&byte| byte != b'/');
    let spelling = match end {
        Some(end) => bytes[..=end].to_vec(),
        None => bytes.first().into_iter().copied().collect(),
    };
    let dir = if bytes.is_empty() {
        Path::new(".")
    } else {
        dir
    };
    Some((spelling, dir.canonicalize().ok()?))
}

/// The rest of a name below a directory, if it is below it.
fn below<'n>(dir: &[u8], name: &'n [u8]) -> Option<&'n [u8]> {
    let rest = name.strip_prefix(dir)?;
    let starts = match dir {
        [] => rest.first() != Some(&b'/'),
        [.., b'/'] => true,
        _ => rest.first() == Some(&b'/'),
    };
    let first = rest.iter().position(|&byte| byte != b'/')?;
    starts.then(|| &rest[first..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dirs_of(spellings: &[&str]) -> GivenDirs {
        let dirs = spellings.iter().map(|spelling| GivenDir {
            spelling: spelling.as_bytes().to_vec(),
            real: PathBuf::from(format!("/real/{spelling}")),
            discarded: Vec::new(),
            work_tree: None,
        });
        let mut dirs: Vec<_> = dirs.collect();
        dirs.sort_unstable_by(|a, b| a.spelling.cmp(&b.spelling));
        GivenDirs {
            dirs,
            problems: Vec::new(),
        }
    }

    #[test]
    fn the_nearest_directory_is_found_whatever_lies_between() {
        let all = [
            "", "/", ".", "a", "a/b", "a/b c", "a/bb", "a/b/c/d", "/x", "/x/y", "b",
        ];
        let dirs = dirs_of(&all);
        let names = [
            "a/b/c/e",
            "a/b/c/d/e",
            "a/bbb/c",
            "a/b/c",
            "a/b c/d",
            "a/c",
            "ab/c",
            "./a/b",
            "/x/yy",
            "/x/y/z",
            "/y",
            "c",
            "a",
            "b//c",
            "/",
            "/x/",
            "a/b/",
            "z/z",
        ];
        for name in names {
            let above = all.iter().filter_map(|dir| {
                let below = below(dir.as_bytes(), name.as_bytes())?;
                Some((dir.len(), below))
            });
            let expected = above.max_by_key(|(length, _)| *length);
            let found = dirs.nearest(name.as_bytes());
            let found = found.map(|(dir, below)| (dir.spelling.len(), below));
            assert_eq!(found, expected, "{name}");
        }
        assert!(dirs_of(&["b", "c"]).nearest(b"a/x").is_none());
        assert!(dirs_of(&[""]).nearest(b"/a").is_none());
        assert!(dirs_of(&["/"]).nearest(b"a/b").is_none());
    }

    #[test]
    fn directories_are_examined_as_their_names_begin() {
        for (dir, spelling) in [
            ("/", "/"),
            ("//", "/"),
            (".", "."),
            ("/usr/", "/usr"),
            ("", ""),
        ] {
            let (found, real) = examined(Path::new(dir)).unwrap();
            assert_eq!(found, spelling.as_bytes(), "{dir}");
            assert!(real.is_absolute(), "{dir}");
        }
        assert!(examined(Path::new("/nowhere/at/all")).is_none());
    }

    #[test]
    fn temporary_files_are_those_below_the_given_path() {
        let tree = tempfile::tempdir().unwrap();
        let top = tree.path().canonicalize().unwrap();
        let temporary = top.join("tmp");
        std::fs::create_dir_all(temporary.join("inner")).unwrap();
        let discarded = |given: &[&Path], name: &Path| {
            let given = GivenPaths {
                paths: given.iter().map(|path| path.to_path_buf()).collect(),
                has_list: false,
            };
            let dirs = GivenDirs::of(&given, std::slice::from_ref(&temporary));
            dirs.is_discarded(bytes_of(name.as_os_str()))
        };
        let file = temporary.join("inner/f");
        assert!(discarded(&[&top], &file));
        assert!(!discarded(&[&top], &top.join("tmp2/f")));
        assert!(!discarded(&[&top], &temporary));
        // The path itself lies there.
        assert!(!discarded(&[&temporary], &file));
        assert!(!discarded(&[&temporary.join("inner")], &file));
        assert!(!discarded(&[&top, &temporary.join("inner")], &file));
        // The same for a trash.
        assert!(discarded(&[&top], &top.join(".Trash-0/files/f")));
        std::fs::create_dir_all(top.join(".Trash-0/files")).unwrap();
        let trash = top.join(".Trash-0");
        assert!(!discarded(&[&trash], &trash.join("files/f")));
    }
}
