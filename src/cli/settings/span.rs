//! Positions in the project file as line and column, for error messages.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use crate::cli::diagnostics::Fatal;

/// A line and a column, both counted from 1; columns are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

/// A text that knows where its lines begin.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Looks for the lines.
    pub(crate) fn of(text: &'a str) -> Self {
        let ends = text.match_indices('\n');
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1));
        Self {
            text,
            starts: starts.collect(),
        }
    }

    /// The place of a byte. One in the middle of a character is that
    /// character's.
    pub(crate) fn place(&self, at: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= at);
        let start = self.starts[line.saturating_sub(1)];
        let line_text = self.text.get(start..).unwrap_or_default();
        let before = line_text
            .char_indices()
            .take_while(|(offset, c)| start + offset + c.len_utf8() <= at);
        Place {
            line,
            column: before.count() + 1,
        }
    }
}

/// Something wrong in the project file.
#[derive(Debug)]
pub(crate) struct Wrong {
    at: usize,
    what: Fatal,
}

impl Wrong {
    /// Something wrong with what begins there.
    pub(crate) fn new(span: &Range<usize>, what: Fatal) -> Self {
        Self {
            at: span.start,
            what,
        }
    }

    /// The message, with the place in front.
    pub(crate) fn in_file(self, file: &Path, lines: &Lines<'_>) -> Fatal {
        let Place { line, column } = lines.place(self.at);
        self.what
            .at(format_args!("{}:{line}:{column}", file.display()))
    }
}

/// Something from the project file, and where it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placed<T> {
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
            assert_eq!(Lines::of(text).place(at).to_string(), expected, "byte {at}");
        }
    }
}
