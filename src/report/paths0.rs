//! NUL-separated paths: a NUL after each path, one more after each group.
//!
//! NUL is the one byte that no path holds, so every path is exact, and an
//! empty entry can only be the end of a group.

use std::io::{self, Write};

use crate::platform::bytes_of;
use crate::types::Group;

pub(super) fn write(
    out: &mut dyn Write,
    groups: &mut dyn Iterator<Item = Group>,
) -> io::Result<()> {
    for group in groups {
        for file in &group.files {
            out.write_all(bytes_of(file.path.as_os_str()))?;
            out.write_all(b"\0")?;
        }
        out.write_all(b"\0")?;
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
    fn every_path_is_exact_and_every_group_ends() {
        let groups = [testing::hostile(), testing::group(1, &[b"x"])];
        check(
            &groups,
            b"d/original\0d/a\nb\0d/\x1b[2J,\"\0d/caf\xe9\0\0x\0\0",
        );
    }
}
