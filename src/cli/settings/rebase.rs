//! Converts paths of the project file to paths from the working directory, and
//! back.

use std::path::{Component, Path, PathBuf};

/// The relative positions of the project's root and the working directory.
#[derive(Debug, Clone)]
pub(crate) struct Ways {
    /// The project's root, absolute and without symbolic links.
    root: PathBuf,
    /// The working directory, absolute and without symbolic links.
    here: PathBuf,
    /// The path to the root from here; empty if this is the root.
    way: PathBuf,
}

impl Ways {
    /// Between these two.
    pub(crate) fn between(root: &Path, here: &Path, way: &Path) -> Self {
        Self {
            root: root.to_owned(),
            here: here.to_owned(),
            way: way.to_owned(),
        }
    }

    /// Converts a path of the project file to one from the working directory.
    pub(crate) fn relative_to_working_directory(&self, path: &Path) -> PathBuf {
        if path.is_absolute() || self.here == self.root {
            return path.to_owned();
        }
        let Ok(below) = self.here.strip_prefix(&self.root) else {
            return plain(&self.way.join(path));
        };
        let plain_path = plain(path);
        if has_parents(&plain_path) {
            return plain(&self.way.join(path));
        }
        // The common prefix needs no `..`: it consists of real directories,
        // since `here` has no links.
        let parts = |path: &Path| {
            path.components()
                .map(|c| c.as_os_str().to_owned())
                .collect()
        };
        let (below, path): (Vec<_>, Vec<_>) = (
            parts(below),
            parts(plain_path.strip_prefix(".").unwrap_or(&plain_path)),
        );
        let common = below.iter().zip(&path).take_while(|(a, b)| a == b).count();
        let up = below[common..].iter().map(|_| "..".into());
        plain(
            &up.chain(path[common..].iter().cloned())
                .collect::<PathBuf>(),
        )
    }

    /// Converts a path given here to one for the project file.
    pub(crate) fn relative_to_root(&self, path: &Path) -> PathBuf {
        if path.is_absolute() || self.here == self.root {
            return path.to_owned();
        }
        let mut below = self.here.strip_prefix(&self.root).map(Path::to_owned).ok();
        let mut rest = path.components();
        // The working directory has no links in it, so `..` follows its path.
        while let Some(dir) = &mut below {
            match rest.clone().next() {
                Some(Component::CurDir) => {}
                Some(Component::ParentDir) if dir.pop() => {}
                _ => break,
            }
            rest.next();
        }
        match below {
            Some(dir) => plain(&dir.join(rest.as_path())),
            None => plain(&self.here.join(path)),
        }
    }
}

/// Removes `.` components.
fn plain(path: &Path) -> PathBuf {
    let steps = path.components().filter(|c| *c != Component::CurDir);
    let path: PathBuf = steps.collect();
    if path.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        path
    }
}

fn has_parents(path: &Path) -> bool {
    path.components().any(|c| c == Component::ParentDir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_file_read_well_from_below() {
        let ways = Ways::between(Path::new("/p"), Path::new("/p/a/b"), Path::new("../.."));
        for (path, from_here) in [
            (".", "../.."),
            ("./", "../.."),
            ("x", "../../x"),
            ("a", ".."),
            ("a/", ".."),
            ("a/b", "."),
            ("./a/b/c", "c"),
            ("a/bc", "../bc"),
            ("a/c/../d", "../../a/c/../d"),
            ("../q", "../../../q"),
            ("/abs", "/abs"),
        ] {
            assert_eq!(
                ways.relative_to_working_directory(Path::new(path)),
                Path::new(from_here),
                "{path}"
            );
        }
    }

    #[test]
    fn in_the_root_they_stay_as_they_are() {
        let ways = Ways::between(Path::new("/p"), Path::new("/p"), Path::new(""));
        for path in [".", "./x", "x/", "../y", "/abs", "-x"] {
            assert_eq!(
                ways.relative_to_working_directory(Path::new(path))
                    .as_os_str(),
                path
            );
            assert_eq!(ways.relative_to_root(Path::new(path)).as_os_str(), path);
        }
    }

    #[test]
    fn elsewhere_they_go_by_the_way_to_the_file() {
        let ways = Ways::between(Path::new("/q"), Path::new("/p/a"), Path::new("../../q"));
        assert_eq!(
            ways.relative_to_working_directory(Path::new("x")),
            Path::new("../../q/x")
        );
        assert_eq!(
            ways.relative_to_working_directory(Path::new(".")),
            Path::new("../../q")
        );
        assert_eq!(ways.relative_to_root(Path::new("x")), Path::new("/p/a/x"));
    }

    #[test]
    fn paths_given_here_are_told_from_the_root() {
        let ways = Ways::between(Path::new("/p"), Path::new("/p/a/b"), Path::new("../.."));
        for (path, relative_to_root) in [
            (".", "a/b"),
            ("x", "a/b/x"),
            ("./x", "a/b/x"),
            ("..", "a"),
            ("../../x", "x"),
            ("../..", "."),
            ("../../../x", "../x"),
            ("x/../y", "a/b/x/../y"),
            ("/abs", "/abs"),
        ] {
            assert_eq!(
                ways.relative_to_root(Path::new(path)),
                Path::new(relative_to_root),
                "{path}"
            );
        }
    }
}
