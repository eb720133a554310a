//! The path of a file in its project, whatever path the scan found it by.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Turns the scan's paths into project paths: relative to the project's root,
/// or absolute outside it.
#[derive(Debug)]
pub(crate) struct ProjectPaths {
    root: PathBuf,
    /// Cache of directories and their project paths. The files of a group are
    /// in few of them, and each lookup costs some system calls.
    known: HashMap<PathBuf, PathBuf>,
}

impl ProjectPaths {
    /// Project paths for this root. If the path to the root has symbolic links,
    /// they are resolved.
    #[must_use]
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: true_path(root),
            known: HashMap::new(),
        }
    }

    /// The project's root, absolute.
    #[must_use]
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The project path of a file. Symbolic links in its directory are
    /// resolved; if the file is one itself, it keeps its own name.
    pub(crate) fn of(&mut self, path: &Path) -> PathBuf {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return self.of_directory(path);
        };
        match self.known.get(parent) {
            Some(place) => place.join(name),
            None => {
                let place = self.of_directory(parent);
                let file = place.join(name);
                self.known.insert(parent.to_owned(), place);
                file
            }
        }
    }

    /// The project path of a scan root: of a directory with links resolved, as
    /// no file is named by the link, of a file its own.
    pub(crate) fn of_scanned(&mut self, path: &Path) -> PathBuf {
        if path.is_dir() {
            self.of_directory(path)
        } else {
            self.of(path)
        }
    }

    /// The project path of a directory or another target of a path; empty for
    /// the project's root.
    #[must_use]
    pub(crate) fn of_directory(&self, path: &Path) -> PathBuf {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        self.below_root(true_path(path))
    }

    /// The absolute target of a path, without symbolic links.
    #[must_use]
    pub(crate) fn absolute(&self, path: &Path) -> PathBuf {
        self.root.join(self.of_directory(path))
    }

    /// The project path for this absolute path without links.
    #[must_use]
    fn below_root(&self, path: PathBuf) -> PathBuf {
        match path.strip_prefix(&self.root) {
            Ok(below) => below.to_owned(),
            Err(_) => path,
        }
    }
}

/// The target of a path, without symbolic links. A missing file keeps its name.
fn true_path(path: &Path) -> PathBuf {
    fs::canonicalize(path)
        .or_else(|_| std::path::absolute(path))
        .unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_project_path_whatever_path_finds_it() {
        let dir = tempfile::tempdir().unwrap();
        let top = fs::canonicalize(dir.path()).unwrap();
        for dir in ["project/a/b", "elsewhere"] {
            fs::create_dir_all(top.join(dir)).unwrap();
        }
        let mut places = ProjectPaths::new(&top.join("project/a/.."));
        assert_eq!(places.root(), top.join("project"));
        for way in [
            "project/a/b/f",
            "project/./a/../a/b/f",
            "elsewhere/../project/a/b/f",
        ] {
            assert_eq!(places.of(&top.join(way)), Path::new("a/b/f"), "{way}");
            assert_eq!(places.of(&top.join(way)), Path::new("a/b/f"), "{way} again");
        }
        assert_eq!(places.of(&top.join("project/f")), Path::new("f"));
        assert_eq!(
            places.of(&top.join("elsewhere/f")),
            top.join("elsewhere/f"),
            "outside it stays absolute"
        );
        assert_eq!(places.of_directory(&top.join("project")), Path::new(""));
    }

    #[cfg(unix)]
    #[test]
    fn links_to_directories_are_resolved_and_links_to_files_are_not() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let mut places = ProjectPaths::new(dir.path());
        let top = places.root().to_owned();
        fs::create_dir(top.join("d")).unwrap();
        fs::write(top.join("d/f"), "").unwrap();
        symlink("d", top.join("to-d")).unwrap();
        symlink("d/f", top.join("to-f")).unwrap();
        for (path, expected) in [
            ("d", "d"),
            ("to-d", "d"),
            ("to-d/f", "d/f"),
            ("to-f", "to-f"),
            ("gone", "gone"),
            (".", ""),
        ] {
            let place = places.of_scanned(&top.join(path));
            assert_eq!(place, Path::new(expected), "{path}");
        }
    }

    #[test]
    fn missing_files_have_a_project_path() {
        let dir = tempfile::tempdir().unwrap();
        let mut places = ProjectPaths::new(dir.path());
        let gone = places.root().join("gone/f");
        assert_eq!(places.of(&gone), Path::new("gone/f"));
    }
}
