//! Text for people: wrapped fields, tables and bars that fit a width.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use crate::report::RenderOptions;
use crate::report::style::{ALERT, FAINT, STRONG, Styler};
use crate::report::text_table::{Cell, Column, TextTable, wrap};

/// The width if the output is not a terminal: that of most terminals.
const USUAL: usize = 80;

/// The minimum width: below it every line would break.
const NARROWEST: usize = 32;

/// The maximum width: longer lines are harder to read.
const WIDEST: usize = 100;

/// Indentation of every line below a title.
const INDENT: usize = 2;

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
        for line in wrap(text, self.width) {
            let line = self.paint.on(STRONG, line);
            // Writing to a string cannot fail.
            let _ = writeln!(self.text, "{line}");
        }
    }

    /// Some sentences.
    pub(super) fn paragraph(&mut self, text: &str) {
        for line in wrap(text, self.room()) {
            self.line(&line);
        }
    }

    /// Adds a paragraph in the alert style.
    pub(super) fn alert(&mut self, text: &str) {
        for line in wrap(text, self.room()) {
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
        for line in wrap(text, self.room() - LABEL) {
            let gap = LABEL - label.width();
            let shown = self.paint.on(FAINT, label).to_string();
            self.line(&format!("{shown}{:gap$}{line}", ""));
            label = "";
        }
    }

    /// Rows with columns as wide as they need to be. Columns that do not fit
    /// are left out from the right, down to `least`, and a line says so; then
    /// the last one is broken into lines.
    pub(super) fn table(&mut self, columns: &[Column], least: usize, rows: &[Vec<String>]) {
        let mut table = TextTable::new(columns, INDENT, self.paint);
        let rows = rows.iter().map(|row| row.iter().map(Cell::from));
        let rows: Vec<Vec<Cell<'_>>> = rows.map(Iterator::collect).collect();
        rows.iter().for_each(|row| table.measure(row));
        let all = table.fit(self.width, least);
        self.text.push_str(&table.titles());
        rows.iter()
            .for_each(|row| self.text.push_str(&table.row(row)));
        if !all {
            self.paragraph("A wider terminal shows more columns.");
        }
    }
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
    fn fields_hang_beside_their_label() {
        let mut page = Page::new(&RenderOptions {
            color: false,
            width: Some(34),
            height: None,
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
            let mut page = Page::new(&RenderOptions {
                color,
                ..RenderOptions::default()
            });
            page.title("Title");
            page.alert("Alert");
            assert_eq!(page.finish().contains('\x1b'), color);
        }
    }
}
