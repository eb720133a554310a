//! Where the parts of the screen are, for any size of it.

use ratatui::layout::Rect;

use super::pane::PaneKind;

/// Columns from which on the pane is beside the list.
const WIDE: u16 = 140;

/// The parts of the screen, from the top. Each may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// The title with the totals.
    pub(super) title: Rect,
    /// Order and filter.
    pub(super) choice: Rect,
    /// The groups and copies.
    pub(super) list: Rect,
    /// The content of a file.
    pub(super) pane: Rect,
    /// Details of the copy under the cursor.
    pub(super) details: Rect,
    /// The sum of what is marked.
    pub(super) sum: Rect,
    /// Messages, or the most important keys.
    pub(super) message: Rect,
    whole: Rect,
}

impl Layout {
    pub(super) fn new(width: u16, height: u16, pane: Option<PaneKind>) -> Self {
        let whole = Rect::new(0, 0, width, height);
        let mut left = whole;
        let mut from_top = |lines: u16| {
            let lines = lines.min(left.height);
            let part = Rect {
                height: lines,
                ..left
            };
            left.y += lines;
            left.height -= lines;
            part
        };
        // The list comes first: on a low screen it has all of it.
        let title = from_top(u16::from(height >= 4));
        let choice = from_top(u16::from(height >= 8));
        let details = if height >= 12 { 3 } else { 0 };
        let sum = u16::from(height >= 6);
        let message = u16::from(height >= 2);
        let below = details + sum + message;
        let mut list = from_top(height.saturating_sub(title.height + choice.height + below));
        let details = from_top(details);
        let sum = from_top(sum);
        let message = from_top(message);
        let mut area = Rect::default();
        if pane.is_some() && width >= WIDE {
            area = list;
            list.width = width / 2;
            area.x = list.width + 1;
            area.width = width - area.x;
        } else if pane.is_some() && list.height >= 4 {
            area = list;
            list.height /= 2;
            area.y += list.height;
            area.height -= list.height;
        }
        Self {
            title,
            choice,
            list,
            pane: area,
            details,
            sum,
            message,
            whole,
        }
    }

    /// Width and height of all of it.
    pub(super) fn size(&self) -> (u16, u16) {
        (self.whole.width, self.whole.height)
    }

    /// Rows of the list.
    pub(super) fn list_lines(&self) -> usize {
        usize::from(self.list.height)
    }

    /// Lines of the pane below its title.
    pub(super) fn pane_lines(&self) -> usize {
        usize::from(self.pane.height.saturating_sub(1))
    }

    /// The row of the list that a cell is in.
    pub(super) fn list_line_at(&self, x: u16, y: u16) -> Option<usize> {
        let is_inside = self.list.contains((x, y).into());
        is_inside.then(|| usize::from(y - self.list.y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_never_overlap_and_never_leave_the_screen() {
        for width in [0, 1, 7, 80, 139, 140, 200] {
            for height in 0..70 {
                for pane in [None, Some(PaneKind::Text)] {
                    let layout = Layout::new(width, height, pane);
                    let parts = [
                        layout.title,
                        layout.choice,
                        layout.list,
                        layout.pane,
                        layout.details,
                        layout.sum,
                        layout.message,
                    ];
                    for (at, part) in parts.iter().enumerate() {
                        if part.is_empty() {
                            continue;
                        }
                        assert_eq!(layout.whole.intersection(*part), *part);
                        for other in &parts[at + 1..] {
                            assert!(!part.intersects(*other), "{width}x{height}: {layout:?}");
                        }
                    }
                    assert!(height == 0 || layout.list.height > 0, "{width}x{height}");
                }
            }
        }
    }
}
