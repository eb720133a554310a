//! Text for people: wrapped fields, tables and bars that fit a width.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use crate::report::RenderOptions;
use crate::report::style::{ALERT, FAINT, STRONG, Styler};

/// The width if the output is not a terminal: that of most terminals.
const USUAL: usize = 80;

/// The minimum width: below it every line would break.
const NARROWEST: usize = 32;

/// The maximum width: longer lines are harder to read.
const WIDEST: usize = 100;

/// Indentation of every line below a title.
const INDENT: usize = 2;

/// Columns between those of a table.
const GAP: usize = 2;

/// A cell is not broken into lines of fewer columns.
const MIN_CELL: usize = 8;

/// A text that grows line by line.
pub(super) struct Page {
    text: String,
    width: usize,
    /// The text styles.
    pub paint: Styler,
}

impl Page {
    /// An empty one.
    pub(super) fn new(render: &RenderOptions) -> Self {
        Self {
            text: String::new(),
            width: render.width.unwrap_or(USUAL).clamp(NARROWEST, WIDEST),
            paint: Styler::new(render),
        }
    }

    /// Number of columns of a line below a title.
    pub(super) fn room(&self) -> usize {
        self.width - INDENT
    }

    /// The finished text.
    pub(super) fn finish(self) -> String {
        self.text
    }

    /// A title, separated from the text above.
    pub(super) fn title(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        for line in wrapped(text, self.width) {
            let line = self.paint.on(STRONG, line);
            // Writing to a string cannot fail.
            let _ = writeln!(self.text, "{line}");
        }
    }

    /// Some sentences.
    pub(super) fn paragraph(&mut self, text: &str) {
        for line in wrapped(text, self.room()) {
            self.line(&line);
        }
    }

    /// Adds a paragraph in the alert style.
    pub(super) fn alert(&mut self, text: &str) {
        for line in wrapped(text, self.room()) {
            let line = self.paint.on(ALERT, line).to_string();
            self.line(&line);
        }
    }

    /// A line with nothing on it.
    pub(super) fn gap(&mut self) {
        self.text.push('\n');
    }

    /// One line as it is.
    pub(super) fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{:INDENT$}{line}", "");
    }

    /// A label and its text in a separate column.
    pub(super) fn field(&mut self, label: &str, text: &str) {
        const LABEL: usize = 13;
        let mut label = label;
        for line in wrapped(text, self.room() - LABEL) {
            let gap = LABEL - label.width();
            let shown = self.paint.on(FAINT, label).to_string();
            self.line(&format!("{shown}{:gap$}{line}", ""));
            label = "";
        }
    }

    /// Rows with columns as wide as they need to be. Columns that do not fit
    /// are left out from the right, down to `least`; then the last one is
    /// broken into lines. Returns true if all columns fit.
    pub(super) fn table(&mut self, columns: &[Column], least: usize, rows: &[Vec<String>]) -> bool {
        let mut widths: Vec<usize> = columns
            .iter()
            .enumerate()
            .map(|(at, column)| {
                let cells = rows.iter().filter_map(|row| row.get(at));
                let widest = cells.map(|cell| cell.width()).max().unwrap_or(0);
                widest.max(column.title.width())
            })
            .collect();
        let total = |widths: &[usize]| widths.iter().map(|width| width + GAP).sum::<usize>() - GAP;
        while widths.len() > least && total(&widths) > self.room() {
            widths.pop();
        }
        let over = total(&widths).saturating_sub(self.room());
        if let Some(last) = widths.last_mut() {
            *last = last.saturating_sub(over).max(MIN_CELL.min(*last));
        }
        let titles: Vec<String> = columns.iter().map(|c| c.title.to_owned()).collect();
        for (at, row) in std::iter::once(&titles).chain(rows).enumerate() {
            for line in row_lines(columns, &widths, row) {
                let line = line.trim_end();
                if at == 0 {
                    let line = self.paint.on(FAINT, line).to_string();
                    self.line(&line);
                } else {
                    self.line(line);
                }
            }
        }
        widths.len() == columns.len()
    }
}

/// A column of a table.
pub(super) struct Column {
    /// The header.
    pub title: &'static str,
    /// True if it holds numbers.
    pub right: bool,
}

/// A row, whose last cell may take more than one line.
fn row_lines(columns: &[Column], widths: &[usize], row: &[String]) -> Vec<String> {
    let last = widths.len().saturating_sub(1);
    let tail = match (row.get(last), widths.get(last)) {
        (Some(cell), Some(&width)) => wrapped(cell, width),
        _ => Vec::new(),
    };
    let mut lines = Vec::new();
    for (number, rest) in tail.iter().enumerate() {
        let mut line = String::new();
        for (at, &width) in widths.iter().enumerate() {
            let cell = match row.get(at) {
                _ if at == last => rest,
                Some(cell) if number == 0 => cell,
                _ => "",
            };
            let free = width.saturating_sub(cell.width());
            let (left, right) = if columns[at].right {
                (free, 0)
            } else {
                (0, free)
            };
            let gap = if at == last { 0 } else { GAP };
            let _ = write!(line, "{:left$}{cell}{:right$}{:gap$}", "", "", "");
        }
        lines.push(line);
    }
    lines
}

/// The words of a text in lines of at most so many columns. A longer word gets
/// its own line.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        // There is always a last line.
        if let Some(line) = lines.last_mut() {
            if line.is_empty() {
                line.push_str(word);
            } else if line.width() + 1 + word.width() <= width {
                line.push(' ');
                line.push_str(word);
            } else {
                lines.push(word.to_owned());
            }
        }
    }
    lines
}

/// A bar of so many columns at most, `part` of which are filled, to an eighth
/// of a column. Any value above zero is visible.
pub(super) fn bar(part: f64, columns: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if part.is_nan() || part <= 0.0 || columns == 0 {
        return String::new();
    }
    let eighths = (part.min(1.0) * columns as f64 * 8.0).round() as usize;
    let eighths = eighths.max(1);
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

/// A time with about three digits: `4.1 µs`, `12.3 ms`, `1.23 s`.
pub(super) fn time(seconds: f64) -> String {
    let (value, unit) = if seconds < 1e-3 {
        (seconds * 1e6, "µs")
    } else if seconds < 1.0 {
        (seconds * 1e3, "ms")
    } else {
        (seconds, "s")
    };
    if value < 9.995 {
        format!("{value:.2} {unit}")
    } else if value < 99.95 {
        format!("{value:.1} {unit}")
    } else {
        format!("{value:.0} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_part() {
        let table = [
            (0.0, 4, ""),
            (-1.0, 4, ""),
            (f64::NAN, 4, ""),
            (1.0, 0, ""),
            (1.0, 4, "████"),
            (7.0, 4, "████"),
            (f64::INFINITY, 2, "██"),
            (0.5, 4, "██"),
            (0.5, 1, "▌"),
            (0.625, 4, "██▌"),
            (0.001, 4, "▏"),
            (0.99, 2, "██"),
            (0.94, 2, "█▉"),
        ];
        for (part, columns, expected) in table {
            assert_eq!(bar(part, columns), expected, "{part} {columns}");
        }
    }

    #[test]
    fn times_have_three_digits() {
        let table = [
            (0.0, "0.00 µs"),
            (0.000_004_12, "4.12 µs"),
            (0.000_999, "999 µs"),
            (0.001, "1.00 ms"),
            (0.012_34, "12.3 ms"),
            (0.0999, "99.9 ms"),
            (0.09999, "100 ms"),
            (0.5, "500 ms"),
            (1.0, "1.00 s"),
            (9.999, "10.0 s"),
            (123.4, "123 s"),
        ];
        for (seconds, text) in table {
            assert_eq!(time(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn words_are_wrapped_by_columns() {
        let table: [(&str, usize, &[&str]); 5] = [
            ("", 5, &[""]),
            ("one two", 7, &["one two"]),
            ("one two", 6, &["one", "two"]),
            ("a longword b", 4, &["a", "longword", "b"]),
            ("中文 中", 6, &["中文", "中"]),
        ];
        for (text, width, lines) in table {
            assert_eq!(wrapped(text, width), lines, "{text} {width}");
        }
    }

    const COLUMNS: [Column; 3] = [
        Column {
            title: "Name",
            right: false,
        },
        Column {
            title: "Count",
            right: true,
        },
        Column {
            title: "More",
            right: false,
        },
    ];

    fn table(width: usize, least: usize) -> (String, bool) {
        let mut page = Page::new(&RenderOptions {
            color: false,
            width: Some(width),
        });
        let cells = |row: [&str; 3]| row.map(str::to_owned).to_vec();
        let rows = [
            cells(["thread", "4", "isolated, process, and others"]),
            cells(["x", "12", "-"]),
        ];
        let all = page.table(&COLUMNS, least, &rows);
        (page.finish(), all)
    }

    #[test]
    fn a_table_is_aligned() {
        let text = "  Name    Count  More\n  thread      4  isolated, process, and others\n  x          12  -\n";
        assert_eq!(table(80, 3), (text.to_owned(), true));
    }

    #[test]
    fn a_narrow_table_breaks_its_last_column_or_drops_it() {
        let text = "  Name    Count  More\n  thread      4  isolated,\n                 process, and\n                 others\n  x          12  -\n";
        assert_eq!(table(32, 3), (text.to_owned(), true));
        let text = "  Name    Count\n  thread      4\n  x          12\n";
        assert_eq!(table(32, 2), (text.to_owned(), false));
    }

    #[test]
    fn fields_hang_beside_their_label() {
        let mut page = Page::new(&RenderOptions {
            color: false,
            width: Some(34),
        });
        page.title("Title");
        page.field("label", "some words that are wrapped");
        page.title("Next");
        let text = "Title\n  label        some words that are\n               wrapped\n\nNext\n";
        assert_eq!(page.finish(), text);
    }

    #[test]
    fn color_is_left_out_where_it_is_not_wanted() {
        for color in [true, false] {
            let mut page = Page::new(&RenderOptions { color, width: None });
            page.title("Title");
            page.alert("Alert");
            assert_eq!(page.finish().contains('\x1b'), color);
        }
    }
}
