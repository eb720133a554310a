//! A tree of files in a temporary directory.

use super::system::write_file;
use std::fmt::Write as _;
use std::fs;
#[cfg(unix)]
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use nodupe::ScanConfig;
use tempfile::TempDir;

use super::run::Nodupe;

/// Lines of a tree's picture; beyond that it helps nobody.
const SHOWN: usize = 200;

/// A directory to scan, and room beside it for what must not be scanned.
pub(crate) struct Tree {
    outer: TempDir,
    root: PathBuf,
}

impl Tree {
    pub(crate) fn new() -> Self {
        Self::in_dir(&std::env::temp_dir())
    }

    /// A tree somewhere else than where temporary files usually are.
    pub(crate) fn in_dir(dir: &Path) -> Self {
        let outer = tempfile::Builder::new()
            .prefix("nodupe-test-")
            .tempdir_in(dir)
            .unwrap();
        // Other users are to reach it.
        #[cfg(unix)]
        fs::set_permissions(outer.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let root = outer.path().canonicalize().unwrap().join("tree");
        fs::create_dir(&root).unwrap();
        Self { outer, root }
    }

    /// A directory of a tree as a tree of its own.
    pub(crate) fn at(self, below: impl AsRef<Path>) -> Self {
        Self {
            root: self.path(below),
            outer: self.outer,
        }
    }

    /// The tree's root: the working directory of every run.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The path of something in the tree.
    pub(crate) fn path(&self, below: impl AsRef<Path>) -> PathBuf {
        self.root.join(below)
    }

    /// The path of something beside the tree.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.outer.path().canonicalize().unwrap().join(name)
    }

    /// Writes a file, and makes the directories above it.
    pub(crate) fn file(&self, below: impl AsRef<Path>, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        write_file(|| fs::write(path, content)).unwrap();
        self
    }

    /// Several files with the same content.
    pub(crate) fn files(&self, below: &[&str], content: impl AsRef<[u8]>) -> &Self {
        for path in below {
            self.file(path, &content);
        }
        self
    }

    pub(crate) fn dir(&self, below: impl AsRef<Path>) -> &Self {
        fs::create_dir_all(self.path(below)).unwrap();
        self
    }

    /// Makes the tree an empty git repository, without git.
    pub(crate) fn repository(&self) -> &Self {
        self.dir(".git/objects")
            .dir(".git/refs")
            .file(".git/HEAD", "ref: refs/heads/main\n")
    }

    /// Another name for a file of the tree.
    pub(crate) fn hard_link(&self, file: impl AsRef<Path>, name: impl AsRef<Path>) -> &Self {
        let name = self.path(name);
        fs::create_dir_all(name.parent().unwrap()).unwrap();
        fs::hard_link(self.path(file), name).unwrap();
        self
    }

    /// A symbolic link; the target is written as it is given.
    #[cfg(unix)]
    pub(crate) fn symlink(&self, target: impl AsRef<Path>, name: impl AsRef<Path>) -> &Self {
        let name = self.path(name);
        fs::create_dir_all(name.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, name).unwrap();
        self
    }

    #[cfg(unix)]
    pub(crate) fn fifo(&self, name: impl AsRef<Path>) -> &Self {
        rustix::fs::mknodat(
            rustix::fs::CWD,
            self.path(name),
            rustix::fs::FileType::Fifo,
            0o666.into(),
            0,
        )
        .unwrap();
        self
    }

    #[cfg(unix)]
    pub(crate) fn mode(&self, below: impl AsRef<Path>, mode: u32) -> &Self {
        fs::set_permissions(self.path(below), fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    /// Sets when a file was modified, in seconds since 1970.
    pub(crate) fn modified(&self, below: impl AsRef<Path>, seconds: u64) -> &Self {
        let file = fs::File::open(self.path(below)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
            .unwrap();
        self
    }

    /// The inode number of a file.
    #[cfg(unix)]
    pub(crate) fn ino(&self, below: impl AsRef<Path>) -> u64 {
        fs::symlink_metadata(self.path(below)).unwrap().ino()
    }

    /// The binary, about to be run in the tree.
    pub(crate) fn nodupe<S: AsRef<std::ffi::OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
    ) -> Nodupe {
        Nodupe::new(&self.root).args(args)
    }

    /// `nodupe scan` with these arguments, about to be run in the tree.
    pub(crate) fn scan(&self, args: &[&str]) -> Nodupe {
        self.nodupe(["scan"]).args(args)
    }

    /// The groups that a scan with these arguments reports, and that alone:
    /// it must be complete.
    pub(crate) fn groups(&self, args: &[&str]) -> Vec<Vec<String>> {
        self.scan(args).json().succeeds().report().paths()
    }

    /// Every file that takes part in a scan with these arguments, sorted.
    /// Asks for single files too, so it does not matter what is in them.
    pub(crate) fn selected(&self, args: &[&str]) -> Vec<String> {
        let run = self
            .scan(args)
            .args(["--min-copies", "1"])
            .json()
            .succeeds();
        let mut paths = run.report().paths().concat();
        paths.sort();
        paths
    }

    /// The configuration of a scan of the whole tree by the library.
    pub(crate) fn config(&self) -> ScanConfig {
        ScanConfig::new([&self.root])
    }
}

/// What a tree looks like: kind, size, links, inode and name of everything
/// in it.
pub(super) fn picture(root: &Path) -> String {
    let mut picture = String::new();
    let mut waiting = vec![root.to_path_buf()];
    let mut lines = 0;
    while let Some(dir) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&dir) else {
            let _ = writeln!(picture, "  (cannot list {})", dir.display());
            continue;
        };
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            lines += 1;
            if lines > SHOWN {
                let _ = writeln!(picture, "  ...");
                return picture;
            }
            line(&mut picture, root, &path);
            if path.symlink_metadata().is_ok_and(|m| m.is_dir()) {
                waiting.push(path);
            }
        }
    }
    picture
}

fn line(picture: &mut String, root: &Path, path: &Path) {
    let below = path.strip_prefix(root).unwrap_or(path);
    let mut name = below
        .as_os_str()
        .as_encoded_bytes()
        .escape_ascii()
        .to_string();
    if name.len() > 300 {
        name.truncate(300);
        name.push_str("...");
    }
    let Ok(metadata) = path.symlink_metadata() else {
        let _ = writeln!(picture, "  ? {name}");
        return;
    };
    let kind = metadata.file_type();
    let letter = if kind.is_dir() {
        'd'
    } else if kind.is_symlink() {
        'l'
    } else if kind.is_file() {
        '-'
    } else if is_fifo(kind) {
        'p'
    } else {
        's'
    };
    let target = fs::read_link(path)
        .map(|target| format!(" -> {}", target.display()))
        .unwrap_or_default();
    let _ = writeln!(
        picture,
        "  {letter}{} {:>8} bytes: {name}{target}",
        inode(&metadata),
        metadata.len(),
    );
}

#[cfg(unix)]
fn is_fifo(kind: fs::FileType) -> bool {
    kind.is_fifo()
}

#[cfg(not(unix))]
fn is_fifo(_kind: fs::FileType) -> bool {
    false
}

/// What only an inode has.
#[cfg(unix)]
fn inode(metadata: &fs::Metadata) -> String {
    let mode = metadata.mode() & 0o7777;
    format!(
        "{mode:o}, {} links, inode {},",
        metadata.nlink(),
        metadata.ino()
    )
}

#[cfg(not(unix))]
fn inode(_metadata: &fs::Metadata) -> String {
    String::new()
}

/// Bytes that repeat only after 251 of them, and depend on `seed`: content
/// that no two offsets of a block share by accident.
pub(crate) fn pattern(size: usize, seed: u8) -> Vec<u8> {
    let block: Vec<u8> = (0..251).map(|at| at ^ seed).collect();
    let mut bytes = block.repeat(size / block.len() + 1);
    bytes.truncate(size);
    bytes
}
