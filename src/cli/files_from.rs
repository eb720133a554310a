//! The list of `--files-from`.
//!
//! Names in it are bytes: a list written by `find` names files whose names are
//! not UTF-8, and each must be preserved exactly.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::diagnostics::Fatal;
use crate::error::describe;
use crate::platform::{self, StandardStream};

/// The longest list that is read: a scan holds no more names than that.
const MAX_BYTES: u64 = 4 << 30;

/// All bytes of the list; `-` is standard input.
///
/// It is always an argument and never found, so it may be a pipe or a device,
/// as in `--files-from <(find .)`, and is waited for.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, Fatal> {
    let result = check_stream(file).and_then(|()| match is_input(file) {
        true => platform::read_bounded(io::stdin().lock(), MAX_BYTES),
        false => File::open(file).and_then(|file| platform::read_bounded(file, MAX_BYTES)),
    });
    result.map_err(|error| unreadable(file, &error))
}

/// Returns true if the list is standard input.
pub(super) fn is_input(file: &Path) -> bool {
    file.as_os_str() == OsStr::new("-")
}

/// Fails if the list is a standard stream that cannot be read: a closed one would
/// read as an empty list.
pub(super) fn check_stream(file: &Path) -> io::Result<()> {
    let stream = match is_input(file) {
        true => Some(StandardStream::Input),
        false => StandardStream::named(file),
    };
    match stream.and_then(StandardStream::unusable_reason) {
        Some(fault) => Err(io::Error::other(fault)),
        None => Ok(()),
    }
}

/// The error for a list that cannot be read.
pub(super) fn unreadable(file: &Path, error: &io::Error) -> Fatal {
    let (file, reason) = (file.display(), describe(error));
    Fatal::new(format!("cannot read the list {file}: {reason}"))
        .hint("--files-from takes a file with one path per line, or - for standard input")
}

/// The paths of a list, in its order. Empty entries are ignored: the last
/// line end makes one, and no path is empty.
pub(super) fn parse(bytes: &[u8], null: bool) -> Result<Vec<PathBuf>, Fatal> {
    let end = if null { b'\0' } else { b'\n' };
    if !null && bytes.contains(&b'\0') {
        return Err(Fatal::new(
            "the list of --files-from contains NUL bytes, which no path can contain",
        )
        .hint("if its paths end with NUL, as find -print0 writes them, add --null"));
    }
    bytes
        .split(|&b| b == end)
        .map(|entry| {
            platform::path_from_list(entry).ok_or_else(|| {
                Fatal::new(format!(
                    "the list of --files-from has a name that is not UTF-8: {}",
                    String::from_utf8_lossy(entry)
                ))
                .hint("write the list in UTF-8")
            })
        })
        .filter(|path| !matches!(path, Ok(path) if path.as_os_str().is_empty()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(bytes: &[u8], null: bool) -> Vec<Vec<u8>> {
        let paths = parse(bytes, null).unwrap_or_else(|e| panic!("{e:?}"));
        paths
            .iter()
            .map(|p| platform::bytes_of(p.as_os_str()).to_vec())
            .collect()
    }

    #[test]
    fn entries_are_exact_and_empty_ones_ignored() {
        type Row<'a> = (&'a [u8], bool, &'a [&'a [u8]]);
        let table: &[Row<'_>] = &[
            (b"", false, &[]),
            (b"", true, &[]),
            (b"\n\n\n", false, &[]),
            (b"\0\0", true, &[]),
            (b"a\nb\n", false, &[b"a", b"b"]),
            (b"a\n\nb", false, &[b"a", b"b"]),
            (b"a\0b\0", true, &[b"a", b"b"]),
            (b"a\nb\0\nc\0", true, &[b"a\nb", b"\nc"]),
            (b" a \n\tb\n", false, &[b" a ", b"\tb"]),
            (b"b\na\nb\n", false, &[b"b", b"a", b"b"]),
        ];
        for (bytes, null, expected) in table {
            assert_eq!(paths(bytes, *null), *expected, "{:?}", bytes.escape_ascii());
        }
    }

    #[test]
    fn nul_bytes_without_null_are_an_error() {
        let error = parse(b"a\0b\0", false).unwrap_err();
        assert!(error.to_string().contains("NUL"), "{error}");
        assert!(error.to_string().contains("--null"), "{error}");
    }

    #[test]
    fn a_missing_list_is_an_error_with_its_name() {
        let error = read(Path::new("no/such/list")).unwrap_err();
        assert!(error.to_string().contains("no/such/list"), "{error}");
    }
}
