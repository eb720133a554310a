//! Paths in the form in which every name means itself.

use std::io;
use std::path::{Component, Path, PathBuf, Prefix};

use super::os_str;

/// The same path in the form in which every name means itself (`\\?\`); the empty
/// path is the working directory. As everywhere on this system, `..` undoes the name
/// before it.
pub(in crate::platform) fn exact(path: &[u8]) -> io::Result<PathBuf> {
    verbatim(Path::new(os_str(path)))
}

fn verbatim(path: &Path) -> io::Result<PathBuf> {
    let mut components = path.components().peekable();
    let mut exact = match components.peek() {
        Some(Component::Prefix(prefix)) => {
            let kind = prefix.kind();
            if kind.is_verbatim() || matches!(kind, Prefix::DeviceNS(_)) {
                return Ok(path.to_owned());
            }
            components.next();
            let is_absolute = components.next_if_eq(&Component::RootDir).is_some();
            match kind {
                Prefix::UNC(server, share) => {
                    let mut root = PathBuf::from(r"\\?\UNC");
                    root.extend([server, share]);
                    root
                }
                Prefix::Disk(letter) if is_absolute => {
                    PathBuf::from(format!(r"\\?\{}:\", char::from(letter)))
                }
                // Relative to the working directory of that drive.
                _ => verbatim(&std::path::absolute(prefix_alone(kind))?)?,
            }
        }
        Some(Component::RootDir) => {
            components.next();
            verbatim(&std::path::absolute(r"\")?)?
        }
        _ => verbatim(&std::env::current_dir()?)?,
    };
    for component in components {
        match component {
            Component::Normal(name) => exact.push(name),
            Component::ParentDir => {
                exact.pop();
            }
            Component::CurDir | Component::Prefix(_) | Component::RootDir => {}
        }
    }
    Ok(exact)
}

/// A drive, as the path of its working directory.
fn prefix_alone(kind: Prefix<'_>) -> PathBuf {
    match kind {
        Prefix::Disk(letter) => PathBuf::from(format!("{}:", char::from(letter))),
        _ => PathBuf::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_path_has_an_exact_form() {
        let here = verbatim(&std::env::current_dir().unwrap()).unwrap();
        let table = [
            (r"C:\a\b.", r"\?\C:\a\b."),
            (r"C:/a/../NUL", r"\?\C:\NUL"),
            (r"C:\", r"\?\C:\"),
            (r"\server\share\a", r"\?\UNC\server\share\a"),
            (r"\?\C:\a\.", r"\?\C:\a\."),
            (r"\.\COM1", r"\.\COM1"),
        ];
        for (path, expected) in table {
            assert_eq!(verbatim(Path::new(path)).unwrap(), Path::new(expected));
        }
        assert_eq!(verbatim(Path::new("")).unwrap(), here);
        assert_eq!(verbatim(Path::new("./a ")).unwrap(), here.join("a "));
        assert!(here.to_str().unwrap().starts_with(r"\?\"));
    }
}
