//! Draws a frame from the model. Only the rows on the screen are made into text.
//!
//! Every state has a word or a sign: colors only repeat them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::keys::SUBJECTS;
use super::model::{Mode, Model, Row};
use super::pane::{PaneKind, broken};
use super::prompt::Wanted;
use super::rules::Rule;
use super::store::Copy;
use super::text;
use crate::report::escape;
use crate::report::humanize::{count, size};
use crate::report::session::Mark;

/// The keys in the last line; the first ones fit on a narrow screen.
const HINT: &str =
    "? keys  Space remove  K keep  v range  a rule  / filter  u undo  x apply  q quit";

/// Draws the whole screen.
pub(super) fn draw(buffer: &mut Buffer, model: &Model, color: bool) {
    let view = View {
        model,
        color,
        area: *buffer.area(),
    };
    if let Mode::Help(from) = model.mode {
        view.help(buffer, from);
        return;
    }
    view.title(buffer);
    view.list(buffer);
    view.pane(buffer);
    view.details(buffer);
    view.foot(buffer);
}

/// The help, a line each.
pub(super) fn help_lines() -> Vec<String> {
    let mut lines = Vec::new();
    for (subject, bindings) in SUBJECTS {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(subject.to_owned());
        lines.extend(
            bindings
                .iter()
                .map(|binding| format!("  {:<16}{}", binding.shown, binding.help)),
        );
    }
    lines
}

struct View<'a> {
    model: &'a Model,
    color: bool,
    area: Rect,
}

impl View<'_> {
    /// Writes a line into an area, and fills the rest of it in the same style.
    fn line(&self, buffer: &mut Buffer, area: Rect, text: &str, style: Style) {
        let area = area.intersection(self.area);
        if area.is_empty() {
            return;
        }
        let line = Rect { height: 1, ..area };
        buffer.set_style(line, style);
        let text = cut(text, usize::from(line.width));
        buffer.set_stringn(line.x, line.y, text, usize::from(line.width), style);
    }

    fn colored(&self, color: Color) -> Style {
        match self.color {
            true => Style::new().fg(color),
            false => Style::new(),
        }
    }

    fn title(&self, buffer: &mut Buffer) {
        let layout = &self.model.layout;
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let title = format!("nodupe review · {}", text::totals(self.model));
        let feed = text::feed(&self.model.feed);
        let width = usize::from(layout.title.width);
        let title = match feed.is_empty() {
            true => title,
            false => {
                let gap = width.saturating_sub(title.width() + feed.width());
                format!("{title}{:gap$}{feed}", "", gap = gap.max(2))
            }
        };
        self.line(buffer, layout.title, &title, bold);
        self.line(
            buffer,
            layout.choice,
            &text::choice(self.model),
            Style::new(),
        );
    }

    fn list(&self, buffer: &mut Buffer) {
        let model = self.model;
        let area = model.layout.list;
        if model.shown.list().is_empty() {
            let reason = match (model.store.len(), text::feed(&model.feed).is_empty()) {
                (0, true) => "There are no duplicates.",
                (0, false) => "No duplicates are confirmed yet.",
                _ => "No group is like that; Esc shows all groups.",
            };
            self.line(buffer, area, reason, Style::new());
            return;
        }
        let range = model.range();
        for (row, y) in model
            .rows_from(model.top, model.layout.list_lines())
            .zip(area.y..)
        {
            let line = Rect {
                y,
                height: 1,
                ..area
            };
            let is_in_range = range.is_some_and(|(from, to)| from <= row && row <= to);
            let sign = match (row == model.cursor, is_in_range) {
                (true, _) => '>',
                (false, true) => '+',
                (false, false) => ' ',
            };
            let (text, style) = self.row(row, usize::from(area.width.saturating_sub(1)));
            let style = match row == model.cursor {
                true => style.add_modifier(Modifier::REVERSED),
                false => style,
            };
            self.line(buffer, line, &format!("{sign}{text}"), style);
        }
    }

    fn row(&self, row: Row, width: usize) -> (String, Style) {
        let model = self.model;
        let Some(group) = model.group_at(row) else {
            return (String::new(), Style::new());
        };
        if let Some(copy) = model.copy_at(row) {
            return self.copy_row(copy, width);
        }
        let files = &model.store.group(group).files;
        let waste = match model.store.waste(group) {
            0 => "nothing to free".to_owned(),
            bytes => format!("{} to free", size(bytes)),
        };
        let dir = files.first().and_then(|file| file.path.parent());
        let text = format!(
            "{waste} · {} copies of {} · {}",
            count(files.len() as u64),
            size(model.store.group(group).size),
            model.store.file_type(group).name(),
        );
        let dir = dir.map(text::path).filter(|dir| !dir.is_empty());
        let left = width.saturating_sub(text.width() + 3);
        let text = match dir {
            Some(dir) if left >= 8 => format!("{text} · {}", shortened(&dir, left)),
            _ => text,
        };
        (text, Style::new().add_modifier(Modifier::BOLD))
    }

    fn copy_row(&self, copy: Copy, width: usize) -> (String, Style) {
        let store = &self.model.store;
        let file = store.file(copy);
        let mark = store.mark(copy);
        let word = match (mark.name(), store.is_protected(copy), file.keep) {
            (Some(name), _, _) => name,
            (None, true, _) => "(stays)",
            (None, false, true) => "(keep)",
            (None, false, false) => "-",
        };
        let age = text::age(self.model.now, file.modified);
        let links = match file.links {
            0 | 1 => String::new(),
            links => format!("{links}L"),
        };
        let facts = format!(" {word:<8}{age:>6} {links:>3} ");
        let left = width.saturating_sub(facts.width());
        let style = match mark {
            Mark::None => Style::new(),
            Mark::Keep => self.colored(Color::Green),
            Mark::Remove => self.colored(Color::Red),
            Mark::Link => self.colored(Color::Cyan),
            Mark::Dedupe => self.colored(Color::Blue),
            Mark::Move => self.colored(Color::Yellow),
        };
        let path = shortened(&text::path(&file.path), left);
        (format!("{facts}{path}"), style)
    }

    fn pane(&self, buffer: &mut Buffer) {
        let model = self.model;
        let area = model.layout.pane;
        let Some(kind) = model.pane.kind().filter(|_| !area.is_empty()) else {
            return;
        };
        let title = match kind {
            PaneKind::Text => "Text",
            PaneKind::Hex => "Hex",
            PaneKind::Facts => "Metadata",
        };
        let dashes = usize::from(area.width).saturating_sub(title.width() + 4);
        let title = format!("── {title} {}", "─".repeat(dashes));
        self.line(buffer, area, &title, Style::new());
        let Some(copy) = model.copy_at_cursor() else {
            return;
        };
        let (width, height) = (usize::from(area.width), model.layout.pane_lines());
        let preview = model.pane.preview(copy);
        let lines = match (kind, preview) {
            (PaneKind::Facts, preview) => {
                let facts = text::metadata(model, copy, preview);
                facts
                    .iter()
                    .flat_map(|line| broken(line, width.max(1)))
                    .collect()
            }
            (_, None) => vec!["reading ...".to_owned()],
            (_, Some(preview)) => match &preview.bytes {
                Ok(bytes) => model.pane.lines(bytes, width, height),
                Err(reason) => vec![format!("it cannot be shown: {}", escape(reason.as_bytes()))],
            },
        };
        for (line, y) in lines.iter().take(height).zip(area.y + 1..) {
            let area = Rect {
                y,
                height: 1,
                ..area
            };
            self.line(buffer, area, line, Style::new());
        }
    }

    fn details(&self, buffer: &mut Buffer) {
        let area = self.model.layout.details;
        let Some(copy) = self.model.copy_at_cursor().filter(|_| !area.is_empty()) else {
            return;
        };
        let width = usize::from(area.width).max(1);
        let path = text::path(&self.model.store.file(copy).path);
        let mut lines = broken(&path, width);
        if lines.len() > 2 {
            lines.truncate(1);
            lines.push(shortened(&path, width));
        }
        let line = |at: u16| Rect {
            y: area.y + at,
            height: 1,
            ..area
        };
        for (text, at) in lines.iter().zip(0..) {
            self.line(buffer, line(at), text, Style::new());
        }
        let facts = text::facts(self.model, copy);
        self.line(buffer, line(2), &facts, Style::new());
    }

    fn foot(&self, buffer: &mut Buffer) {
        let model = self.model;
        let bold = Style::new().add_modifier(Modifier::BOLD);
        self.line(buffer, model.layout.sum, &text::sums(&model.store), bold);
        let area = model.layout.message;
        let width = usize::from(area.width);
        let text = match (&model.mode, &model.message) {
            (Mode::Prompt(prompt), _) => {
                let what = match prompt.what {
                    Wanted::Filter => "Filter: ",
                    Wanted::Directory => "Only groups in: ",
                    Wanted::KeepUnder => "Keep all copies under: ",
                    Wanted::MoveTo => "Move to directory: ",
                    Wanted::SaveTo => "Save marks in: ",
                };
                let left = width.saturating_sub(what.width() + 1);
                let text = escape(prompt.text.as_bytes()).into_owned();
                format!("{what}{}_", shortened(&text, left))
            }
            (Mode::Rules, _) => format!(
                "Keep in {} groups: s suggested o oldest n newest p shortest u under.. | c no marks",
                count(model.shown.list().len() as u64)
            ),
            (Mode::Others(rule), _) => others(rule),
            (_, Some(message)) => escape(message.as_bytes()).into_owned(),
            (_, None) if model.anchor.is_some() => {
                "Range: R remove  K keep  L link  D dedupe  M move  c no mark  Esc".to_owned()
            }
            (_, None) => HINT.to_owned(),
        };
        self.line(buffer, area, &text, Style::new());
    }

    fn help(&self, buffer: &mut Buffer, from: usize) {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let line = |y: u16| Rect {
            y,
            height: 1,
            ..self.area
        };
        let title = "Keys of nodupe review (any other key goes back; j, k and Space scroll)";
        self.line(buffer, line(0), title, bold);
        let lines = help_lines();
        for (text, y) in lines.iter().skip(from).zip(2..self.area.height.max(2)) {
            let style = match text.starts_with(' ') {
                true => Style::new(),
                false => bold,
            };
            self.line(buffer, line(y), text, style);
        }
    }
}

fn others(rule: &Rule) -> String {
    let kept = match rule {
        Rule::Under(dir) => format!("all under {}", text::path(dir)),
        rule => rule.describe().to_owned(),
    };
    format!("And the others: r remove  l link  d dedupe  m move  (keeping {kept})")
}

/// The text up to this width; a sign tells that there is more.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut columns = 0;
    let fits = |c: &char| {
        columns += c.width().unwrap_or(0);
        columns < width
    };
    let mut text: String = text.chars().take_while(fits).collect();
    if width > 0 {
        text.push('…');
    }
    text
}

/// The end of a path, which tells copies apart; a sign tells that there is more.
pub(super) fn shortened(path: &str, width: usize) -> String {
    if path.width() <= width {
        return path.to_owned();
    }
    let mut columns = 1;
    let mut start = path.len();
    for (at, c) in path.char_indices().rev() {
        columns += c.width().unwrap_or(0);
        if columns > width {
            break;
        }
        start = at;
    }
    match width {
        0 => String::new(),
        _ => format!("…{}", &path[start..]),
    }
}

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
