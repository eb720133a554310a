//! Where in the project file something is, for people and their editors.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use crate::cli::messages::Fatal;

/// A line and a column, both counted from 1; columns are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

impl Place {
    /// The place of a byte. One in the middle of a character is that
    /// character's.
    pub fn of(text: &str, at: usize) -> Self {
        let before = text.get(..text.floor_char_boundary(at)).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

/// Something wrong in the project file.
#[derive(Debug)]
pub struct Wrong {
    at: usize,
    what: Fatal,
}

impl Wrong {
    /// Something wrong with what begins there.
    pub fn new(span: &Range<usize>, what: Fatal) -> Self {
        Self {
            at: span.start,
            what,
        }
    }

    /// The message, with the place in front.
    pub fn in_file(self, file: &Path, text: &str) -> Fatal {
        let Place { line, column } = Place::of(text, self.at);
        self.what
            .at(format_args!("{}:{line}:{column}", file.display()))
    }
}

/// Something from the project file, and where it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    /// The thing.
    pub it: T,
    /// Where it begins.
    pub place: Place,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_characters_are_counted_from_one() {
        let text = "a\n\u{e9}\u{4e2d}x\r\n\nend";
        for (at, expected) in [
            (0, "1:1"),
            (1, "1:2"),
            (2, "2:1"),
            (4, "2:2"),
            (5, "2:2"),
            (7, "2:3"),
            (10, "3:1"),
            (11, "4:1"),
            (14, "4:4"),
            (99, "4:4"),
        ] {
            assert_eq!(Place::of(text, at).to_string(), expected, "byte {at}");
        }
    }
}
