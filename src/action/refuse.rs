//! Files that are never acted on: those of version control systems, package stores
//! and this run itself.

use std::path::{Component, Path, PathBuf};

use super::names::is_below;
use super::outcome::Skip;
use super::plan::ActionOptions;
use crate::platform::{FileStatus, bytes_of};
use crate::types::FileRecord;

/// Directories whose content belongs to a version control system, and stores in
/// which package managers keep files that they verify or share by themselves.
const MANAGED: [&str; 7] = [
    ".git",
    ".hg",
    ".svn",
    ".jj",
    ".pnpm-store",
    ".pnpm",
    ".ostree",
];

/// The same, of two components.
const MANAGED_PAIRS: [(&str, &str); 4] = [
    ("nix", "store"),
    ("gnu", "store"),
    ("ostree", "repo"),
    (".cargo", "registry"),
];

/// Returns true if a path leads through such a directory.
fn is_managed(path: &Path) -> bool {
    let names: Vec<&[u8]> = path
        .parent()
        .into_iter()
        .flat_map(Path::components)
        .filter_map(|component| match component {
            Component::Normal(name) => Some(bytes_of(name)),
            _ => None,
        })
        .collect();
    let is = |name: &[u8], known: &str| name == known.as_bytes();
    names
        .iter()
        .any(|name| MANAGED.iter().any(|known| is(name, known)))
        || names.windows(2).any(|pair| {
            let mut known = MANAGED_PAIRS.iter();
            known.any(|(one, other)| is(pair[0], one) && is(pair[1], other))
        })
}

/// The reason to leave a file alone that its paths alone give.
pub(super) fn by_path(record: &FileRecord, options: &ActionOptions) -> Result<(), Skip> {
    if options.protected.contains(&record.id) {
        return Err(Skip::OwnFile);
    }
    let within = |path: &PathBuf| {
        let mut scope = options.only_under.iter();
        options.only_under.is_empty() || scope.any(|dir| path.starts_with(dir))
    };
    if !record.names().all(within) {
        return Err(Skip::OutOfScope);
    }
    let roots = &options.roots;
    if !roots.is_empty() && !record.names().all(|name| is_below(name, roots)) {
        return Err(Skip::OutsideRoots);
    }
    Ok(())
}

/// The reason to leave a file alone that its real path gives.
pub(super) fn by_real_path(path: &Path, options: &ActionOptions) -> Result<(), Skip> {
    if !options.include_vcs && is_managed(path) {
        return Err(Skip::Vcs);
    }
    Ok(())
}

/// The reason to leave a file alone that its status gives.
pub(super) fn by_status(file: &FileStatus) -> Result<(), Skip> {
    if file.immutable {
        return Err(Skip::Immutable);
    }
    if file.append_only {
        return Err(Skip::AppendOnly);
    }
    Ok(())
}

/// The reason to leave the files of a directory alone: where everybody can
/// write, everybody can exchange files, and root must not act on what somebody
/// exchanged.
pub(super) fn by_directory(dir: &FileStatus, is_root: bool) -> Result<(), Skip> {
    const OTHERS_WRITE: u32 = 0o002;
    const STICKY: u32 = 0o1000;
    if dir.immutable {
        return Err(Skip::Immutable);
    }
    if dir.append_only {
        return Err(Skip::AppendOnly);
    }
    if is_root && dir.mode & OTHERS_WRITE != 0 && dir.mode & STICKY == 0 {
        return Err(Skip::OpenDirectory);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::plan::Action;
    use crate::types::{FileId, FileKind, FileStat, Timestamp};

    fn options() -> ActionOptions {
        ActionOptions::new(Action::Remove)
    }

    fn status(mode: u32) -> FileStatus {
        let time = Timestamp::from_nanos(0);
        FileStatus {
            stat: FileStat {
                id: FileId { dev: 1, ino: 1 },
                kind: FileKind::Directory,
                size: 0,
                links: 2,
                modified: time,
                changed: time,
            },
            mode,
            owner: 0,
            allocated: 0,
            mount: None,
            immutable: false,
            append_only: false,
        }
    }

    #[test]
    fn managed_files_are_left_alone() {
        let managed = [
            "/a/.git/objects/ab/cd",
            ".hg/store/x",
            "/nix/store/abc/bin/x",
            "/home/me/.cargo/registry/src/x",
        ];
        let free = [
            "/a/.gitignore",
            "/a/.github/x",
            "/a/.git",
            "/nix/other/store/x",
            "/store/nix/x",
        ];
        for path in managed {
            let path = Path::new(path);
            assert_eq!(by_real_path(path, &options()), Err(Skip::Vcs), "{path:?}");
            let mut options = options();
            options.include_vcs = true;
            assert_eq!(by_real_path(path, &options), Ok(()));
        }
        for path in free {
            let path = Path::new(path);
            assert_eq!(by_real_path(path, &options()), Ok(()), "{path:?}");
        }
    }

    #[test]
    fn every_name_must_be_in_scope() {
        let mut options = options();
        options.only_under = vec!["a".into(), "b/c".into()];
        let mut record = FileRecord::new("a/x", FileId { dev: 1, ino: 1 });
        assert_eq!(by_path(&record, &options), Ok(()));
        record.hard_links.push("b/c/y".into());
        assert_eq!(by_path(&record, &options), Ok(()));
        record.hard_links.push("b/cc".into());
        assert_eq!(by_path(&record, &options), Err(Skip::OutOfScope));
        options.protected.push(record.id);
        assert_eq!(by_path(&record, &options), Err(Skip::OwnFile));
    }

    #[test]
    fn root_does_not_act_where_everybody_can_write() {
        let cases = [
            (0o777, true, Err(Skip::OpenDirectory)),
            (0o1777, true, Ok(())),
            (0o775, true, Ok(())),
            (0o777, false, Ok(())),
        ];
        for (mode, is_root, expected) in cases {
            assert_eq!(by_directory(&status(mode), is_root), expected, "{mode:o}");
        }
    }

    #[test]
    fn files_that_nobody_can_change_are_left_alone() {
        let mut file = status(0o644);
        assert_eq!(by_status(&file), Ok(()));
        file.append_only = true;
        assert_eq!(by_status(&file), Err(Skip::AppendOnly));
        assert_eq!(by_directory(&file, false), Err(Skip::AppendOnly));
        file.immutable = true;
        assert_eq!(by_status(&file), Err(Skip::Immutable));
        assert_eq!(by_directory(&file, false), Err(Skip::Immutable));
    }
}
