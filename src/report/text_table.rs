//! Text in columns: the one table of all reports for people.
//!
//! Columns are as wide as their widest cell, so a caller measures all rows and
//! then writes them; rows are not kept in between. The last column takes what
//! is left of a line: it is broken between words where a width is given, and
//! never cut or padded.

use std::borrow::Cow;
use std::fmt::Write as _;

use anstyle::Style;
use textwrap::{Options, WordSplitter, WrapAlgorithm};
use unicode_width::UnicodeWidthStr;

use super::style::{FAINT, Styler};

/// Columns between those of a table.
const GAP: usize = 2;

/// A cell is not broken into lines of fewer columns.
const MIN_CELL: usize = 8;

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// The header.
    pub title: &'static str,
    /// True if its cells end at one edge, as numbers do.
    pub right: bool,
}

impl Column {
    /// A column of text.
    pub(crate) const fn text(title: &'static str) -> Self {
        Self {
            title,
            right: false,
        }
    }

    /// A column of numbers.
    pub(crate) const fn number(title: &'static str) -> Self {
        Self { title, right: true }
    }
}

/// A cell of a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell<'a> {
    /// Printable text.
    pub text: Cow<'a, str>,
    /// The style of the text.
    pub style: Style,
}

impl<'a> Cell<'a> {
    pub(crate) fn new(text: impl Into<Cow<'a, str>>, style: Style) -> Self {
        Self {
            text: text.into(),
            style,
        }
    }
}

impl<'a, T: Into<Cow<'a, str>>> From<T> for Cell<'a> {
    fn from(text: T) -> Self {
        Self::new(text, Style::new())
    }
}

/// The columns of a table, and their widths so far.
#[derive(Debug, Clone)]
pub(crate) struct TextTable<'c> {
    columns: &'c [Column],
    widths: Vec<usize>,
    indent: usize,
    paint: Styler,
    /// The width that the last column is broken to.
    last: Option<usize>,
}

impl<'c> TextTable<'c> {
    /// A table whose lines start with `indent` blanks.
    pub(crate) fn new(columns: &'c [Column], indent: usize, paint: Styler) -> Self {
        Self {
            columns,
            widths: columns.iter().map(|column| column.title.width()).collect(),
            indent,
            paint,
            last: None,
        }
    }

    /// Makes columns as wide as these cells need it.
    pub(crate) fn measure<'a>(&mut self, cells: impl IntoIterator<Item = &'a Cell<'a>>) {
        for (width, cell) in self.widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.text.width());
        }
    }

    /// Fits the measured table into lines of `room` columns: leaves out columns
    /// from the right, down to `least`, and then breaks the last one into
    /// lines. Returns true if no column is left out.
    pub(crate) fn fit(&mut self, room: usize, least: usize) -> bool {
        let total = |widths: &[usize]| widths.iter().map(|width| width + GAP).sum::<usize>();
        let room = room + GAP - self.indent;
        while self.widths.len() > least && total(&self.widths) > room {
            self.widths.pop();
        }
        if let Some(&last) = self.widths.last() {
            let over = total(&self.widths).saturating_sub(room);
            self.last = Some(last.saturating_sub(over).max(MIN_CELL.min(last)));
        }
        self.widths.len() == self.columns.len()
    }

    /// The column that the last cell of each row starts at.
    pub(crate) fn last_start(&self) -> usize {
        let before = self
            .widths
            .split_last()
            .map_or(&[][..], |(_, before)| before);
        self.indent + before.iter().map(|width| spaced(*width)).sum::<usize>()
    }

    /// The line of titles.
    pub(crate) fn titles(&self) -> String {
        let titles = self.columns.iter();
        let cells: Vec<Cell<'_>> = titles
            .map(|column| Cell::new(column.title, FAINT))
            .collect();
        self.row(&cells)
    }

    /// The lines of a row, each with its line break.
    pub(crate) fn row(&self, cells: &[Cell<'_>]) -> String {
        let cells = &cells[..cells.len().min(self.widths.len())];
        let Some((last, before)) = cells.split_last() else {
            return "\n".to_owned();
        };
        // Blanks are written when something follows them: no line ends in one.
        let mut blanks = self.indent;
        let mut text = String::new();
        for ((cell, width), column) in before.iter().zip(&self.widths).zip(self.columns) {
            let free = width.saturating_sub(cell.text.width());
            let (left, right) = if column.right { (free, 0) } else { (0, free) };
            blanks += left;
            self.put(&mut text, &mut blanks, &cell.text, cell.style);
            blanks += right + spaced(*width) - width;
        }
        let column = self.columns.get(before.len());
        if column.is_some_and(|column| column.right) {
            blanks += self.widths[before.len()].saturating_sub(last.text.width());
        }
        let lines = match self.last {
            Some(width) => wrap(&last.text, width),
            None => vec![Cow::Borrowed(&*last.text)],
        };
        for (number, line) in lines.iter().enumerate() {
            if number > 0 {
                text.push('\n');
                blanks = self.last_start();
            }
            self.put(&mut text, &mut blanks, line, last.style);
        }
        text.push('\n');
        text
    }

    fn put(&self, text: &mut String, blanks: &mut usize, cell: &str, style: Style) {
        if !cell.is_empty() {
            // Writing to a String cannot fail.
            let _ = write!(
                text,
                "{:blanks$}{}",
                "",
                self.paint.on(style, cell),
                blanks = *blanks
            );
            *blanks = 0;
        }
    }
}

/// A column with the gap after it. One without a title and with nothing in it
/// has none.
fn spaced(width: usize) -> usize {
    if width == 0 { 0 } else { width + GAP }
}

/// The words of a text in lines of at most so many columns. A longer word gets
/// its own line, whole.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<Cow<'_, str>> {
    let options = Options::new(width)
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    textwrap::wrap(text, options)
}

#[cfg(test)]
mod tests {
    use super::super::RenderOptions;
    use super::super::style::STRONG;
    use super::*;

    #[test]
    fn words_are_wrapped_by_columns() {
        let table: [(&str, usize, &[&str]); 6] = [
            ("", 5, &[""]),
            ("one two", 7, &["one two"]),
            ("one two", 6, &["one", "two"]),
            ("a long-word b", 4, &["a", "long-word", "b"]),
            ("中文 中", 6, &["中文", "中"]),
            ("\x1b[1mone\x1b[0m two", 7, &["\x1b[1mone\x1b[0m two"]),
        ];
        for (text, width, lines) in table {
            assert_eq!(wrap(text, width), lines, "{text} {width}");
        }
    }

    const COLUMNS: [Column; 3] = [
        Column::text("Name"),
        Column::number("Count"),
        Column::text("More"),
    ];

    const ROWS: [[&str; 3]; 2] = [
        ["thread", "4", "isolated, process, and others"],
        ["日本", "12", "-"],
    ];

    fn text(fit: Option<(usize, usize)>) -> (String, bool) {
        let paint = Styler::new(&RenderOptions::default());
        let mut table = TextTable::new(&COLUMNS, 2, paint);
        let rows = ROWS.map(|row| row.map(Cell::from));
        rows.iter().for_each(|row| table.measure(row));
        let all = fit.is_none_or(|(room, least)| table.fit(room, least));
        let rows: String = rows.iter().map(|row| table.row(row)).collect();
        (table.titles() + &rows, all)
    }

    #[test]
    fn a_table_is_aligned() {
        let expected = "  Name    Count  More\n  thread      4  isolated, process, and others\n  日本       12  -\n";
        assert_eq!(text(None), (expected.to_owned(), true));
        assert_eq!(text(Some((46, 3))), (expected.to_owned(), true));
    }

    #[test]
    fn a_narrow_table_breaks_its_last_column_or_leaves_it_out() {
        let expected = "  Name    Count  More\n  thread      4  isolated,\n                 process, and\n                 others\n  日本       12  -\n";
        assert_eq!(text(Some((32, 3))), (expected.to_owned(), true));
        let expected = "  Name    Count\n  thread      4\n  日本       12\n";
        assert_eq!(text(Some((32, 2))), (expected.to_owned(), false));
    }

    #[test]
    fn styles_do_not_change_the_columns_and_no_line_ends_in_blanks() {
        let render = RenderOptions {
            color: true,
            ..RenderOptions::default()
        };
        let mut table = TextTable::new(&COLUMNS, 0, Styler::new(&render));
        let row = [
            Cell::new("a", STRONG),
            Cell::from("1"),
            Cell::new("b", FAINT),
        ];
        table.measure(&row);
        assert_eq!(
            table.row(&row),
            "\x1b[1ma\x1b[0m         1  \x1b[2mb\x1b[0m\n"
        );
        assert_eq!(
            table.row(&[Cell::from("a"), Cell::default(), Cell::default()]),
            "a\n"
        );
        assert_eq!(table.last_start(), 13);
    }
}
