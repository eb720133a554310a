//! The output format of fdupes: paths, and a blank line between groups.
//!
//! A path is written as it is, whatever its bytes. The exception is a path with
//! a line break: it would read as two other paths, and a script might delete
//! the wrong file. Its line breaks are written as `\n`, a path that most likely
//! does not exist, and the number of such names is returned. `paths0` needs no
//! escapes.
//!
//! Of a group without the files to keep, every name is written.

use std::io::{self, Write};
use std::path::Path;

use crate::platform::bytes_of;
use crate::types::{DirectoryGroup, Group};

/// Writes the list and returns the number of names that are not written
/// exactly.
pub(super) fn write(
    out: &mut dyn Write,
    groups: &mut dyn Iterator<Item = Group>,
    directories: &[DirectoryGroup],
) -> io::Result<u64> {
    let mut escaped = 0;
    for (number, group) in directories.iter().enumerate() {
        if number > 0 {
            out.write_all(b"\n")?;
        }
        for directory in &group.directories {
            escaped += u64::from(write_line(out, &directory.path)?);
        }
    }
    for (number, group) in groups.enumerate() {
        if number > 0 || !directories.is_empty() {
            out.write_all(b"\n")?;
        }
        for path in group.listed_names() {
            escaped += u64::from(write_line(out, path)?);
        }
    }
    Ok(escaped)
}

/// Writes a path, and returns true if it is not written exactly.
pub(super) fn write_line(out: &mut dyn Write, path: &Path) -> io::Result<bool> {
    let mut lines = bytes_of(path.as_os_str()).split(|&byte| byte == b'\n');
    out.write_all(lines.next().unwrap_or_default())?;
    let mut broken = false;
    for line in lines {
        broken = true;
        out.write_all(b"\\n")?;
        out.write_all(line)?;
    }
    out.write_all(b"\n")?;
    Ok(broken)
}

#[cfg(test)]
mod tests {
    use super::super::{Format, testing};
    use super::*;

    fn check(groups: &[Group], expected: &[u8], escaped_names: u64) {
        let (out, written) = testing::written(Format::Fdupes, groups, &testing::summary(), &[]);
        assert_eq!(out, expected, "{}", out.escape_ascii());
        assert_eq!(written.escaped_names, escaped_names);
    }

    #[test]
    fn nothing_is_nothing() {
        check(&[], b"", 0);
    }

    #[test]
    fn blank_lines_stand_between_groups_only() {
        let groups = [
            testing::group(1, &[b"a", b"b"]),
            testing::group(1, &[b"c"]),
            testing::group(1, &[b"d", b"e"]),
        ];
        check(&groups, b"a\nb\n\nc\n\nd\ne\n", 0);
    }

    #[test]
    fn groups_of_directories_come_first() {
        let directories = testing::directory_groups();
        let groups = [testing::group(1, &[b"a", b"b"])];
        let summary = testing::summary();
        let (out, written) =
            testing::written_with(Format::Fdupes, &groups, Some(&directories), &summary, &[]);
        assert_eq!(out, b"d/photos\nd/ph\xf6tos\\n\n\nd/x\nd/y\n\na\nb\n");
        assert_eq!(written.escaped_names, 1);
    }

    #[test]
    fn only_line_breaks_are_not_written_as_they_are() {
        check(
            &[testing::hostile()],
            b"d/original\nd/a\\nb\nd/\x1b[2J,\"\nd/caf\xe9\n",
            1,
        );
    }

    #[test]
    fn a_name_counts_once_however_many_breaks_it_has() {
        let groups = [testing::group(1, &[b"\n\n", b"a\\n\r", b"x\n"])];
        check(&groups, b"\\n\\n\na\\n\r\nx\\n\n", 2);
    }

    #[test]
    fn redundant_files_are_listed_by_all_their_names() {
        check(&[testing::redundant()], b"d/a\\nb\nd/link\\n2\nd/b\n", 2);
    }
}
