//! Opens a file that was discovered and not named by the user: only if nobody
//! but the user of this process and root can have put it there.
//!
//! The check covers the owner of the opened file, write permission for
//! everybody on the file, and write permission for everybody on its directory.
//! Permissions of the group are ignored: on many systems every user has a
//! private group that may write to all of the user's files, and sharing a
//! directory with a group is a deliberate choice. The owner of the directory is
//! ignored too, since a build machine often works in a directory that another
//! user created; its owner can remove a file there, but not create one that
//! belongs to the user.

use std::fs::File;
use std::io;
use std::path::Path;

/// Reason why a discovered file was not opened.
#[derive(Debug)]
pub(crate) enum NotOpened {
    /// The system failed to open it, or it is not a regular file.
    Failed(io::Error),
    /// Another user can have put it there. The text gives the reason, and
    /// continues a sentence that names the file.
    #[cfg_attr(not(unix), allow(dead_code, reason = "only Unix tells owners"))]
    Distrusted(String),
}

impl<E: Into<io::Error>> From<E> for NotOpened {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Opens a regular file for reading that was discovered at this path. Symbolic
/// links are followed if they pass the same checks. Everything is checked
/// through descriptors, so that nothing can be replaced between the check and
/// the use.
///
/// Only Unix has the owners and permissions that this checks; elsewhere the
/// file is opened as if the user had named it.
///
/// # Errors
///
/// The reason why it was not opened.
pub(crate) fn open_found_file(path: &Path) -> Result<File, NotOpened> {
    platform::open(path)
}

#[cfg(unix)]
mod platform {
    use std::ffi::OsStr;
    use std::fs::File;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    use rustix::fd::OwnedFd;
    use rustix::fs::{Stat, fstat};
    use rustix::io::Errno;
    use rustix::process::geteuid;

    use super::NotOpened;
    use crate::platform::control_file::{Entry, examine, open_pinned};
    use crate::platform::opening::{TRAVERSE, open_path};

    /// Maximum number of links, as in Linux.
    const MAX_LINKS: usize = 40;

    pub(super) fn open(path: &Path) -> Result<File, NotOpened> {
        let user = geteuid().as_raw();
        let mut path = path.to_owned();
        for _ in 0..MAX_LINKS {
            let (directory, name) = (path.parent(), path.file_name());
            let directory = directory.unwrap_or(Path::new("")).to_owned();
            let name = name.ok_or(Errno::NOENT)?;
            let base = open_directory(&directory)?;
            require_trusted(world_writable_directory(fstat(&base)?.st_mode))?;
            match examine(Some(&base), name.as_bytes())? {
                Entry::Link { stat, target } => {
                    require_trusted(foreign_owner("a symbolic link", user, stat.st_uid))?;
                    path = directory.join(OsStr::from_bytes(&target));
                }
                Entry::Other { stat, pinned } => {
                    let file = open_pinned(Some(&base), name.as_bytes(), &stat, &pinned)?;
                    let stat: Stat = fstat(&file)?;
                    require_trusted(foreign_owner("a file", user, stat.st_uid))?;
                    require_trusted(world_writable_file(stat.st_mode))?;
                    return Ok(File::from(file));
                }
            }
        }
        Err(Errno::LOOP.into())
    }

    fn open_directory(directory: &Path) -> Result<OwnedFd, Errno> {
        let bytes = directory.as_os_str().as_bytes();
        open_path(if bytes.is_empty() { b"." } else { bytes }, TRAVERSE)
    }

    fn require_trusted(objection: Option<String>) -> Result<(), NotOpened> {
        match objection {
            None => Ok(()),
            Some(objection) => Err(NotOpened::Distrusted(objection)),
        }
    }

    /// Rejects an entry that belongs to neither the user nor root.
    fn foreign_owner(what: &str, user: u32, owner: u32) -> Option<String> {
        let is_fine = owner == user || owner == 0;
        (!is_fine).then(|| format!("it is {what} of another user (uid {owner})"))
    }

    /// Rejects a file that everybody may write to.
    fn world_writable_file(mode: rustix::fs::RawMode) -> Option<String> {
        (mode & 0o002 != 0).then(|| "everybody may write to it".to_owned())
    }

    /// Rejects a directory in which everybody may create files and remove those
    /// of others. In a sticky directory, such as /tmp, only owners may remove
    /// files.
    fn world_writable_directory(mode: rustix::fs::RawMode) -> Option<String> {
        let is_open = mode & 0o002 != 0 && mode & 0o1000 == 0;
        is_open.then(|| "everybody may write to its directory".to_owned())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn files_of_the_user_and_of_root_are_trusted() {
            for (user, owner, is_trusted) in [
                (0, 0, true),
                (1000, 1000, true),
                (1000, 0, true),
                (0, 1000, false),
                (1000, 1001, false),
                (1000, 65534, false),
            ] {
                let objection = foreign_owner("a file", user, owner);
                assert_eq!(objection.is_none(), is_trusted, "{user} {owner}");
            }
        }

        #[test]
        fn world_writable_entries_are_not_trusted() {
            for (mode, is_trusted) in [
                (0o600, true),
                (0o644, true),
                (0o664, true),
                (0o666, false),
                (0o602, false),
            ] {
                assert_eq!(world_writable_file(mode).is_none(), is_trusted, "{mode:o}");
            }
            for (mode, is_trusted) in [
                (0o755, true),
                (0o775, true),
                (0o2775, true),
                (0o777, false),
                (0o703, false),
                (0o1777, true),
                (0o3777, true),
            ] {
                assert_eq!(
                    world_writable_directory(mode).is_none(),
                    is_trusted,
                    "{mode:o}"
                );
            }
        }
    }
}

#[cfg(not(unix))]
mod platform {
    use std::fs::File;
    use std::path::Path;

    use super::NotOpened;
    use crate::platform::open_control_file;

    pub(super) fn open(path: &Path) -> Result<File, NotOpened> {
        Ok(open_control_file(path, true)?)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        let done = std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode));
        assert!(done.is_ok(), "{done:?}");
    }

    /// The text of a file, or the reason why it was not opened.
    fn content_or_reason(path: &Path) -> String {
        match open_found_file(path) {
            Ok(file) => io::read_to_string(file).unwrap_or_default(),
            Err(NotOpened::Distrusted(why)) => why,
            Err(NotOpened::Failed(error)) => error.to_string(),
        }
    }

    #[test]
    fn an_own_file_is_opened_unless_everybody_can_replace_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "text").unwrap();
        assert_eq!(content_or_reason(&file), "text");
        set_mode(&file, 0o666);
        assert_eq!(content_or_reason(&file), "everybody may write to it");
        set_mode(&file, 0o644);
        set_mode(dir.path(), 0o777);
        assert_eq!(
            content_or_reason(&file),
            "everybody may write to its directory"
        );
        set_mode(dir.path(), 0o1777);
        assert_eq!(content_or_reason(&file), "text");
    }

    #[test]
    fn links_are_followed_only_to_trusted_files() {
        let dir = tempfile::tempdir().unwrap();
        let open = dir.path().join("open");
        std::fs::create_dir(&open).unwrap();
        std::fs::write(open.join("file"), "text").unwrap();
        let link = dir.path().join("link");
        symlink("second", &link).unwrap();
        symlink("open/file", dir.path().join("second")).unwrap();
        assert_eq!(content_or_reason(&link), "text");
        set_mode(&open, 0o777);
        assert_eq!(
            content_or_reason(&link),
            "everybody may write to its directory"
        );
        symlink("loop", dir.path().join("loop")).unwrap();
        assert!(content_or_reason(&dir.path().join("loop")).contains("symbolic links"));
        let gone = open_found_file(&dir.path().join("gone")).unwrap_err();
        assert!(
            matches!(gone, NotOpened::Failed(error) if error.kind() == io::ErrorKind::NotFound)
        );
        assert!(content_or_reason(dir.path()).contains("it is a directory"));
    }

    #[test]
    fn files_of_other_users_are_not_opened() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "text").unwrap();
        let link = dir.path().join("link");
        symlink("file", &link).unwrap();
        if let Err(error) = std::os::unix::fs::lchown(&link, Some(65534), None) {
            eprintln!("skipped: only root can give files away ({error})");
            return;
        }
        assert_eq!(content_or_reason(&file), "text");
        assert_eq!(
            content_or_reason(&link),
            "it is a symbolic link of another user (uid 65534)"
        );
        chown(&file, Some(65534), None).unwrap();
        assert_eq!(
            content_or_reason(&file),
            "it is a file of another user (uid 65534)"
        );
    }
}
