//! Rows of the list: moving the cursor, and what of the list is on the screen.
//!
//! A row is a group and a line in it. Rows have no numbers: what is on the screen
//! is found by steps from the first row on it, so that no frame costs more than the
//! rows it shows, however many groups there are.

use super::model::{Model, Row};
use super::store::Copy;

impl Model {
    /// The group of a row.
    pub(super) fn group_at(&self, row: Row) -> Option<u32> {
        self.shown.list().get(row.at).copied()
    }

    pub(super) fn group_at_cursor(&self) -> Option<u32> {
        self.group_at(self.cursor)
    }

    /// The copy of a row; `None` for the line of a group.
    pub(super) fn copy_at(&self, row: Row) -> Option<Copy> {
        let group = self.group_at(row)?;
        let file = row.line.checked_sub(1)?;
        (file < self.store.copies(group)).then_some(Copy { group, file })
    }

    /// The number of rows of a group that is shown.
    pub(super) fn lines(&self, at: usize) -> u32 {
        let group = self.shown.list().get(at);
        group.map_or(0, |&group| 1 + self.store.copies(group))
    }

    pub(super) fn row_after(&self, row: Row) -> Option<Row> {
        if row.line + 1 < self.lines(row.at) {
            return Some(Row {
                line: row.line + 1,
                ..row
            });
        }
        let at = row.at + 1;
        (at < self.shown.list().len()).then_some(Row { at, line: 0 })
    }

    fn row_before(&self, row: Row) -> Option<Row> {
        if let Some(line) = row.line.checked_sub(1) {
            return Some(Row { line, ..row });
        }
        let at = row.at.checked_sub(1)?;
        let line = self.lines(at).saturating_sub(1);
        Some(Row { at, line })
    }

    /// The rows from this one on, at most so many.
    pub(super) fn rows_from(&self, row: Row, count: usize) -> impl Iterator<Item = Row> + '_ {
        let first = self.group_at(row).map(|_| row);
        std::iter::successors(first, |&row| self.row_after(row)).take(count)
    }

    /// Moves the cursor by a row.
    pub(super) fn step(&mut self, down: bool) {
        let next = match down {
            true => self.row_after(self.cursor),
            false => self.row_before(self.cursor),
        };
        self.cursor = next.unwrap_or(self.cursor);
    }

    /// Moves to the line of another group.
    pub(super) fn step_group(&mut self, down: bool) {
        let last = self.shown.list().len().saturating_sub(1);
        let at = self.cursor.at;
        self.cursor = match (down, self.cursor.line) {
            (true, _) => Row {
                at: (at + 1).min(last),
                line: 0,
            },
            // First to the beginning of this one.
            (false, 1..) => Row { at, line: 0 },
            (false, 0) => Row {
                at: at.saturating_sub(1),
                line: 0,
            },
        };
    }

    /// Moves by a screen.
    pub(super) fn page(&mut self, down: bool) {
        for _ in 1..self.layout.list_lines().max(2) {
            self.step(down);
            let top = match down {
                true => self.row_after(self.top),
                false => self.row_before(self.top),
            };
            self.top = top.unwrap_or(self.top);
        }
    }

    pub(super) fn go_to_end(&mut self) {
        let at = self.shown.list().len().saturating_sub(1);
        let line = self.lines(at).saturating_sub(1);
        self.cursor = Row { at, line };
    }

    /// Puts the cursor on a group, or on the first one if it is not shown.
    pub(super) fn go_to_group(&mut self, group: Option<u32>) {
        let at = group.and_then(|group| self.shown.position(group));
        let line = at.map_or(0, |at| {
            self.cursor.line.min(self.lines(at).saturating_sub(1))
        });
        self.cursor = Row {
            at: at.unwrap_or(0),
            line,
        };
        self.top = Row {
            at: self.cursor.at,
            line: 0,
        };
        self.show_cursor();
    }

    /// Scrolls until the cursor is on the screen, and fills the screen.
    pub(super) fn show_cursor(&mut self) {
        let height = self.layout.list_lines();
        let last = self.lines(self.top.at).saturating_sub(1);
        self.top.line = self.top.line.min(last);
        if self.cursor < self.top || self.group_at(self.top).is_none() {
            self.top = self.cursor;
        }
        if !self
            .rows_from(self.top, height)
            .any(|row| row == self.cursor)
        {
            self.top = self.cursor;
            for _ in 1..height {
                self.top = self.row_before(self.top).unwrap_or(self.top);
            }
        }
        // Nothing below the end while there is something above.
        let mut shown = self.rows_from(self.top, height).count();
        while shown < height {
            let Some(before) = self.row_before(self.top) else {
                break;
            };
            self.top = before;
            shown += 1;
        }
    }

    /// Moves the cursor to a row that was clicked.
    pub(super) fn click(&mut self, x: u16, y: u16) {
        self.settle();
        let Some(line) = self.layout.list_line_at(x, y) else {
            return;
        };
        let row = self.rows_from(self.top, line + 1).nth(line);
        self.cursor = row.unwrap_or(self.cursor);
    }

    /// The rows of the range, in order: from the anchor to the cursor.
    pub(super) fn range(&self) -> Option<(Row, Row)> {
        let anchor = self.anchor?;
        Some((anchor.min(self.cursor), anchor.max(self.cursor)))
    }
}
