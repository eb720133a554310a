//! Files of the program itself that nobody else may read, replace or redirect.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::PathBuf;

pub(crate) use platform::{close_to_others, open_private_file, sync_name};

/// A directory on the way to a private file, or the file itself, is not safe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsafe {
    /// It belongs to a user who is neither this one nor root.
    #[error("{} belongs to another user", .0.display())]
    Foreign(PathBuf),
    /// Others may write to it.
    #[error("other users may write to {}", .0.display())]
    Writable(PathBuf),
    /// It is not a directory, or no regular file.
    #[error("{} is not of the expected type", .0.display())]
    Type(PathBuf),
    /// Too many symbolic links.
    #[error("{} has too many symbolic links", .0.display())]
    Loop(PathBuf),
}

impl From<Unsafe> for io::Error {
    fn from(reason: Unsafe) -> Self {
        Self::new(io::ErrorKind::PermissionDenied, reason)
    }
}

/// The directory in which Linux keeps the caches of a user's programs:
/// `$XDG_CACHE_HOME` or `~/.cache`. Relative paths are ignored.
pub(crate) fn cache_directory(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name: &str| {
        let path = PathBuf::from(variable(name)?);
        path.is_absolute().then_some(path)
    };
    absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))
}

/// The directory in which this platform keeps the state of a user's programs:
/// `$XDG_STATE_HOME` or `~/.local/state`, on macOS `~/Library/Application
/// Support`, on Windows `%LOCALAPPDATA%`. Relative paths are ignored, as the XDG
/// Base Directory Specification requires.
pub(crate) fn state_directory(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name: &str| {
        let path = PathBuf::from(variable(name)?);
        path.is_absolute().then_some(path)
    };
    if cfg!(windows) {
        return absolute("LOCALAPPDATA");
    }
    let home = || absolute("HOME");
    if cfg!(target_os = "macos") {
        return Some(home()?.join("Library/Application Support"));
    }
    absolute("XDG_STATE_HOME").or_else(|| Some(home()?.join(".local/state")))
}

fn options(create: bool) -> std::fs::OpenOptions {
    let mut options = File::options();
    options
        .read(true)
        .write(true)
        .create(create)
        .truncate(false);
    options
}

#[cfg(unix)]
mod platform {
    use std::collections::VecDeque;
    use std::ffi::OsString;
    use std::fs::{DirBuilder, File, Metadata, Permissions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
    use std::path::{Component, Path, PathBuf};

    use super::Unsafe;

    /// As many symbolic links as the kernel follows.
    const MAX_LINKS: usize = 40;

    /// Opens a file of this user for reading and writing. One that is missing is
    /// created with mode 0600 if `create` says so, the directories above it with
    /// mode 0700.
    ///
    /// Every directory on the way belongs to this user or to root and nobody
    /// else may put an entry there, so nobody else placed a symbolic link on
    /// it. Root does not write into the directory of another user.
    ///
    /// # Errors
    ///
    /// [`Unsafe`] in an error of the kind `PermissionDenied`, or the system's
    /// error.
    pub(crate) fn open_private_file(path: &Path, create: bool) -> io::Result<File> {
        let user = rustix::process::geteuid().as_raw();
        let group = rustix::process::getegid().as_raw();
        let path = std::path::absolute(path)?;
        let directory = path.parent().ok_or_else(|| Unsafe::Type(path.clone()))?;
        let name = path.file_name().ok_or_else(|| Unsafe::Type(path.clone()))?;
        let path = trusted_directory(directory, user, group)?.join(name);
        let file = super::options(create)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY)
            .open(&path)?;
        let found = file.metadata()?;
        if !found.is_file() {
            return Err(Unsafe::Type(path).into());
        }
        if found.uid() != user {
            return Err(Unsafe::Foreign(path).into());
        }
        // The name of a new file is lost in a power cut otherwise. One that holds
        // something was synced by the process that created it.
        if create && found.len() == 0 {
            sync_directory(path.parent())?;
        }
        Ok(file)
    }

    /// Takes away the rights of other users to a file of this user.
    pub(crate) fn close_to_others(file: &File) -> io::Result<()> {
        if file.metadata()?.mode() & 0o7777 != 0o600 {
            file.set_permissions(Permissions::from_mode(0o600))?;
        }
        Ok(())
    }

    /// Makes the name of a file durable: the directory that it is in.
    pub(crate) fn sync_name(path: &Path) -> io::Result<()> {
        sync_directory(std::path::absolute(path)?.parent())
    }

    fn sync_directory(path: Option<&Path>) -> io::Result<()> {
        path.map_or(Ok(()), |path| File::open(path)?.sync_all())
    }

    /// Resolves the symbolic links of a path, checks each directory that an
    /// entry is looked up in, and creates those that are missing.
    fn trusted_directory(path: &Path, user: u32, group: u32) -> io::Result<PathBuf> {
        let mut rest: VecDeque<OsString> = components(path);
        let mut resolved = PathBuf::from("/");
        let mut links = 0;
        let mut above = check(&resolved, &resolved.symlink_metadata()?, user, group)?;
        while let Some(name) = rest.pop_front() {
            if name == ".." {
                resolved.pop();
                above = check(&resolved, &resolved.symlink_metadata()?, user, group)?;
                continue;
            }
            let next = resolved.join(&name);
            let found = match next.symlink_metadata() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    create(&next)?;
                    next.symlink_metadata()?
                }
                found => found?,
            };
            // Of a sticky directory that all may write to, only the entries of
            // trusted users are.
            if above == Trust::OwnEntries && !is_trusted_owner(&found, user) {
                return Err(Unsafe::Foreign(next).into());
            }
            if found.is_symlink() {
                links += 1;
                if links > MAX_LINKS {
                    return Err(Unsafe::Loop(path.to_path_buf()).into());
                }
                let target = next.read_link()?;
                if target.is_absolute() {
                    resolved = PathBuf::from("/");
                    above = check(&resolved, &resolved.symlink_metadata()?, user, group)?;
                }
                let mut following = components(&target);
                following.append(&mut rest);
                rest = following;
                continue;
            }
            above = check(&next, &found, user, group)?;
            resolved = next;
        }
        Ok(resolved)
    }

    fn components(path: &Path) -> VecDeque<OsString> {
        let names = path.components().filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some("..".into()),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
        });
        names.collect()
    }

    fn create(path: &Path) -> io::Result<()> {
        match DirBuilder::new().mode(0o700).create(path) {
            // Another run was quicker.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            created => {
                created?;
                sync_directory(path.parent())
            }
        }
    }

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Trust {
        /// Only this user and root place entries in it.
        Entries,
        /// Others place entries too, but cannot replace those of this user.
        OwnEntries,
    }

    fn is_trusted_owner(found: &Metadata, user: u32) -> bool {
        found.uid() == 0 || found.uid() == user
    }

    fn check(path: &Path, found: &Metadata, user: u32, group: u32) -> io::Result<Trust> {
        if !found.is_dir() {
            return Err(Unsafe::Type(path.to_path_buf()).into());
        }
        let trust = trust(found.mode(), (found.uid(), found.gid()), (user, group));
        trust.map_err(|unsafe_| unsafe_(path.to_path_buf()).into())
    }

    /// The rule for one directory: its mode, its owner and group, and those of
    /// this process. Many systems give each user a group of the same name, and
    /// let it write.
    fn trust(
        mode: u32,
        (owner, owning_group): (u32, u32),
        (user, group): (u32, u32),
    ) -> Result<Trust, fn(PathBuf) -> Unsafe> {
        if owner != 0 && owner != user {
            return Err(Unsafe::Foreign);
        }
        let by_group = mode & 0o020 != 0 && owning_group != group;
        if mode & 0o002 == 0 && !by_group {
            Ok(Trust::Entries)
        } else if mode & 0o1000 != 0 {
            Ok(Trust::OwnEntries)
        } else {
            Err(Unsafe::Writable)
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_directory_is_trusted_by_its_owner_and_mode() {
            type Row = (u32, (u32, u32), (u32, u32), Result<Trust, Unsafe>);
            let path = PathBuf::from("/d");
            let foreign = || Err(Unsafe::Foreign("/d".into()));
            let writable = || Err(Unsafe::Writable("/d".into()));
            let rows: [Row; 10] = [
                (0o755, (0, 0), (7, 7), Ok(Trust::Entries)),
                (0o700, (7, 7), (7, 7), Ok(Trust::Entries)),
                (0o775, (7, 7), (7, 7), Ok(Trust::Entries)),
                (0o775, (7, 9), (7, 7), writable()),
                (0o777, (7, 7), (7, 7), writable()),
                (0o1777, (0, 0), (7, 7), Ok(Trust::OwnEntries)),
                (0o1777, (8, 8), (7, 7), foreign()),
                (0o700, (8, 8), (7, 7), foreign()),
                // Root is not to write into a user's directory.
                (0o700, (7, 7), (0, 0), foreign()),
                (0o755, (0, 0), (0, 0), Ok(Trust::Entries)),
            ];
            for (mode, owners, process, expected) in rows {
                let result = trust(mode, owners, process).map_err(|reason| reason(path.clone()));
                assert_eq!(result, expected, "{mode:o} {owners:?} {process:?}");
            }
        }
    }
}

#[cfg(windows)]
mod platform {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    /// Opens a file for reading and writing, or creates it if `create` says so,
    /// and the directories above it. The user's profile is closed to others.
    pub(crate) fn open_private_file(path: &Path, create: bool) -> io::Result<File> {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        super::options(create).open(path)
    }

    /// Nothing to do: a directory cannot be made durable.
    pub(crate) fn sync_name(_path: &Path) -> io::Result<()> {
        Ok(())
    }

    /// Nothing to do: the user's profile is closed to others.
    pub(crate) fn close_to_others(_file: &File) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    use std::path::Path;

    use super::*;

    fn set(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn reason(error: io::Error) -> Option<Unsafe> {
        error.into_inner()?.downcast().ok().map(|reason| *reason)
    }

    #[test]
    fn the_state_directory_follows_the_variables() {
        let find = |pairs: &[(&str, &str)]| {
            let value = |name: &str| {
                let found = pairs.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| OsString::from(value))
            };
            state_directory(value)
        };
        assert_eq!(find(&[]), None);
        assert_eq!(find(&[("HOME", "relative")]), None);
        if cfg!(target_os = "linux") {
            let home = ("HOME", "/home/u");
            assert_eq!(find(&[home]), Some("/home/u/.local/state".into()));
            let set = ("XDG_STATE_HOME", "/state");
            assert_eq!(find(&[home, set]), Some("/state".into()));
            let relative = ("XDG_STATE_HOME", "state");
            assert_eq!(find(&[home, relative]), Some("/home/u/.local/state".into()));
        }
    }

    #[test]
    fn a_private_file_is_for_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state/nodupe/journal");
        drop(open_private_file(&path, true).unwrap());
        let mode = |path: &Path| path.metadata().unwrap().mode() & 0o7777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(mode(&dir.path().join("state")), 0o700);
        let missing = open_private_file(&dir.path().join("missing"), false).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        // One that was opened up is closed again.
        set(&path, 0o644);
        close_to_others(&open_private_file(&path, true).unwrap()).unwrap();
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn nobody_elses_link_or_directory_leads_to_a_private_file() {
        let dir = tempfile::tempdir().unwrap();
        let open_dir = dir.path().join("open");
        std::fs::create_dir(&open_dir).unwrap();
        set(&open_dir, 0o777);
        let refused = open_private_file(&open_dir.join("journal"), true).unwrap_err();
        let canonical = open_dir.canonicalize().unwrap();
        assert_eq!(reason(refused), Some(Unsafe::Writable(canonical)));
        // The last name is never a symbolic link.
        let target = dir.path().join("target");
        symlink(&target, dir.path().join("journal")).unwrap();
        assert!(open_private_file(&dir.path().join("journal"), true).is_err());
        assert!(!target.exists());
        // One in a directory of one's own was placed by oneself.
        let real = dir.path().join("real");
        std::fs::create_dir(&real).unwrap();
        symlink("real", dir.path().join("link")).unwrap();
        drop(open_private_file(&dir.path().join("link/journal"), true).unwrap());
        assert!(real.join("journal").is_file());
        // One that leads through a directory that others may write to was not.
        symlink("open/../real", dir.path().join("detour")).unwrap();
        assert!(open_private_file(&dir.path().join("detour/other"), true).is_err());
        symlink("loop", dir.path().join("loop")).unwrap();
        let looped = open_private_file(&dir.path().join("loop/journal"), true).unwrap_err();
        assert!(matches!(reason(looped), Some(Unsafe::Loop(_))));
        // No FIFO is waited for.
        rustix::fs::mknodat(
            rustix::fs::CWD,
            dir.path().join("fifo"),
            rustix::fs::FileType::Fifo,
            0o600.into(),
            0,
        )
        .unwrap();
        let fifo = open_private_file(&dir.path().join("fifo"), true).unwrap_err();
        assert!(matches!(reason(fifo), Some(Unsafe::Type(_))));
    }

    #[test]
    fn root_does_not_write_into_the_directory_of_a_user() {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: only root can give a directory to another user");
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("home");
        std::fs::create_dir(&home).unwrap();
        std::os::unix::fs::chown(&home, Some(1234), Some(1234)).unwrap();
        let refused =
            open_private_file(&home.join(".local/state/nodupe/journal"), true).unwrap_err();
        let canonical = home.canonicalize().unwrap();
        assert_eq!(reason(refused), Some(Unsafe::Foreign(canonical)));
        assert!(!home.join(".local").exists());
    }
}
