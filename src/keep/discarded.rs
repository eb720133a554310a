//! Directories whose files are no originals: the trash, temporary files, caches,
//! the stores of version control systems and installed packages.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The directories for temporary files and the user's own trash, without links.
pub(super) fn directories() -> Vec<PathBuf> {
    let data_home = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let data_home = data_home.filter(|dir| dir.is_absolute());
    let home = || std::env::var_os("HOME").filter(|home: &OsString| !home.is_empty());
    let data_home = data_home.or_else(|| Some(Path::new(&home()?).join(".local/share")));
    let trash = data_home.map(|dir| dir.join("Trash"));
    let temporary = ["/tmp", "/var/tmp"].map(PathBuf::from);
    let all = temporary.into_iter().chain([std::env::temp_dir()]);
    let mut all: Vec<_> = all
        .chain(trash)
        .filter_map(|dir| dir.canonicalize().ok())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Returns true if a path leads through such a directory that is known by its
/// name. A trash is that of a desktop (`Trash` below `.local/share`, or
/// `.Trash-1000` and the like at the top of a volume), of macOS or of Windows.
pub(super) fn is_discarded(path: &[u8]) -> bool {
    let (mut above, mut parent) = (&b""[..], &b""[..]);
    let mut parts = path.split(|&byte| byte == b'/');
    // The last one is the name of the file.
    parts.next_back();
    parts.any(|part| {
        let is_discarded = match part {
            b"Trash" => parent == b"share" && above == b".local",
            b"Caches" => parent == b"Library",
            b".git" | b".hg" | b".svn" | b".jj" => true,
            b".cache" | b"__pycache__" | b"node_modules" => true,
            [b'.', b'T', ..] => part
                .strip_prefix(b".Trash")
                .is_some_and(|rest| matches!(rest, [] | b"es" | [b'-', ..])),
            [b'$', ..] => part.eq_ignore_ascii_case(b"$recycle.bin"),
            _ => false,
        };
        (above, parent) = (parent, part);
        is_discarded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_no_originals_are_recognized_by_their_path() {
        for (path, expected) in [
            ("home/me/.local/share/Trash/files/a", true),
            (".local/share/Trash/a", true),
            ("share/Trash/a", false),
            ("local/share/Trash/a", false),
            (".local/share/Trash", false),
            (".local/share/Trash2/a", false),
            (".Trash/a", true),
            ("mnt/disk/.Trash-1000/files/a", true),
            (".Trashes/501/a", true),
            (".Trash", false),
            (".Trashy/a", false),
            ("x.Trash/a", false),
            ("$RECYCLE.BIN/S-1-5/a", true),
            ("c/$Recycle.Bin/a", true),
            ("$RECYCLE.BIN", false),
            ("$RECYCLE/a", false),
            ("proj/.git/lfs/objects/a", true),
            (".hg/a", true),
            (".svn/pristine/a", true),
            (".jj/a", true),
            (".git", false),
            (".github/a", false),
            ("a.git/a", false),
            ("web/node_modules/a/index.js", true),
            ("my_node_modules/a", false),
            ("src/__pycache__/a.pyc", true),
            ("home/me/.cache/a", true),
            ("Users/me/Library/Caches/a", true),
            ("Caches/a", false),
            ("Library/a", false),
            ("a", false),
            ("", false),
        ] {
            assert_eq!(is_discarded(path.as_bytes()), expected, "{path}");
        }
    }

    #[test]
    fn directories_have_no_links() {
        let all = directories();
        assert!(all.iter().all(|dir| dir.is_absolute()));
        assert!(all.contains(&std::env::temp_dir().canonicalize().unwrap()));
    }
}
