//! NUL-separated paths: one for each directory of a group, then one for each file.
//!
//! NUL is the one byte that no path holds, so every path is exact, and there is
//! nothing but paths: `xargs -0` and the like can read it. The end of a group is
//! not marked.
//!
//! Of a group without the files to keep, every name is written: a redundant file
//! is gone when all its names are.

use std::io::{self, Write};

use crate::platform::bytes_of;
use crate::types::{DirectoryGroup, Group};

pub(super) fn write(
    out: &mut dyn Write,
    groups: &mut dyn Iterator<Item = Group>,
    directories: &[DirectoryGroup],
) -> io::Result<()> {
    for directory in directories.iter().flat_map(|group| &group.directories) {
        out.write_all(bytes_of(directory.path.as_os_str()))?;
        out.write_all(b"\0")?;
    }
    for group in groups {
        for path in group.listed_names() {
            out.write_all(bytes_of(path.as_os_str()))?;
            out.write_all(b"\0")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Format, testing};
    use super::*;

    fn check(groups: &[Group], expected: &[u8]) {
        let (out, written) = testing::written(Format::Paths0, groups, &testing::summary(), &[]);
        assert_eq!(out, expected, "{}", out.escape_ascii());
        assert_eq!(written.escaped_names, 0);
    }

    #[test]
    fn nothing_is_nothing() {
        check(&[], b"");
    }

    #[test]
    fn every_path_is_exact_and_nothing_else_is_written() {
        let groups = [testing::hostile(), testing::group(1, &[b"x"])];
        check(&groups, b"d/original\0d/a\nb\0d/\x1b[2J,\"\0d/caf\xe9\0x\0");
    }

    #[test]
    fn directories_come_before_files() {
        let directories = testing::directory_groups();
        let groups = [testing::group(1, &[b"x"])];
        let summary = testing::summary();
        let (out, _) =
            testing::written_with(Format::Paths0, &groups, Some(&directories), &summary, &[]);
        assert_eq!(out, b"d/photos\0d/ph\xf6tos\n\0d/x\0d/y\0x\0");
    }

    #[test]
    fn redundant_files_are_listed_by_all_their_names() {
        check(&[testing::redundant()], b"d/a\nb\0d/link\n2\0d/b\0");
    }
}
