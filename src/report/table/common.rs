//! The common directory of all paths of a table, printed only once.

use std::path::is_separator;

/// The longest common prefix of all paths that is a directory, with its
/// separator. Empty if there is none, or if it does not deserve a line: `/` and
/// `./` are shorter than that line.
pub(super) fn common_directory<'a>(paths: impl IntoIterator<Item = &'a [u8]>) -> &'a [u8] {
    let mut common: Option<&[u8]> = None;
    for path in paths {
        let directory = directory_of(path);
        common = Some(match common {
            None => directory,
            Some(common) => shared(common, directory),
        });
        if common.is_some_and(<[u8]>::is_empty) {
            break;
        }
    }
    let common = common.unwrap_or_default();
    let worth_saying = common.iter().any(|&b| !is_separator_byte(b) && b != b'.');
    if worth_saying { common } else { &[] }
}

/// The path without its last component, which may end in separators itself:
/// so something is left of every path when its directory is taken off.
fn directory_of(path: &[u8]) -> &[u8] {
    let name_end = path.iter().rposition(|&b| !is_separator_byte(b));
    up_to_separator(&path[..name_end.unwrap_or(0)])
}

fn shared<'a>(one: &'a [u8], other: &[u8]) -> &'a [u8] {
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    up_to_separator(&one[..same])
}

fn up_to_separator(path: &[u8]) -> &[u8] {
    let last = path.iter().rposition(|&b| is_separator_byte(b));
    &path[..last.map_or(0, |at| at + 1)]
}

fn is_separator_byte(byte: u8) -> bool {
    is_separator(char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(paths: &[&str], expected: &str) {
        let common = common_directory(paths.iter().map(|p| p.as_bytes()));
        assert_eq!(common, expected.as_bytes(), "{paths:?}");
    }

    #[test]
    fn nothing_in_common() {
        check(&[], "");
        check(&["a", "b"], "");
        check(&["a/x", "b/x"], "");
        check(&["/a/x", "/b/x"], "");
        check(&["./a/x", "./b/x"], "");
        check(&["../a/x", "../b/x"], "");
        check(&["a/b/x", "x"], "");
    }

    #[test]
    fn only_whole_directories_count() {
        check(&["/usr/share/a", "/usr/share/b"], "/usr/share/");
        check(&["/usr/share/a", "/usr/shame/b"], "/usr/");
        check(&["dir/ab", "dir/abc"], "dir/");
        check(&["a/b/c/d", "a/b/e"], "a/b/");
        check(&["a/b/c", "a/b"], "a/");
        check(&["../z/x", "../z/y"], "../z/");
    }

    #[test]
    fn a_name_is_always_left() {
        check(&["a/b/c"], "a/b/");
        check(&["a/b/c", "a/b/c"], "a/b/");
        check(&["a/b/", "a/b//"], "a/");
        check(&["a/"], "");
        check(&["/"], "");
        check(&[""], "");
    }
}
