//! The table: a result for people.
//!
//! One group takes a row of numbers and one line per path, in the caller's
//! order. Every path is whole, as it was reached, and a word of the shell: what
//! stands there can be pasted and names exactly that file. On a narrow terminal
//! the numbers go above the paths instead of to their left.
//!
//! This is the one formatter that reads all its groups before it writes, for
//! the width of its columns. It keeps only the groups, no text; and a table
//! that is too long for memory is too long to read.

mod directories;
pub(super) mod last_line;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::Path;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::humanize::{count, counted, size};
use super::style::{FAINT, SAFE, STRONG, Styler};
use super::text_table::{Cell, Column, TextTable, wrap};
use super::{RenderOptions, Report, quote};
use crate::config::Criteria;
use crate::types::Group;

/// Below this many columns, numbers to the left of the paths would leave too
/// little room.
const NARROW: usize = 60;

/// Lines of a screen besides those of the groups: the titles, the number of
/// groups that are not shown, an empty line, two of totals, the next step, and
/// the shell's prompt.
const OTHER_LINES: usize = 7;

/// Lines for groups, however low the screen is.
const MIN_LINES: usize = 5;

/// The next step, shown after the table in a terminal.
const NEXT_STEP: &str = "Next: nodupe remove PATH shows what it would remove, then asks";

pub(super) fn write(
    out: &mut dyn Write,
    report: &Report<'_>,
    groups: &mut dyn Iterator<Item = Group>,
    render: &RenderOptions,
) -> io::Result<()> {
    let unique = wants_unique(&report.criteria);
    let mut table = Table::new(unique, render);
    let (mut within, mut has_kept) = (0, false);
    if let Some(found) = &report.directories {
        let lines = directories::write(out, found, render, table.lines_left.map(|left| left / 2))?;
        table.lines_left = table.lines_left.map(|left| left.saturating_sub(lines));
        within = found.files_within;
        let mut all = found.groups.iter().flat_map(|group| &group.directories);
        has_kept = all.any(|directory| directory.keep);
    }
    let shown = table.measured(groups);
    table.write(out, &shown)?;
    let hidden = report.summary.totals.groups;
    let hidden = hidden.saturating_sub(within + shown.len() as u64);
    if hidden > 0 {
        let more = counted(hidden, "more group", "more groups");
        let all = if table.lines_left.is_some() {
            " (--limit 0 shows all)"
        } else {
            ""
        };
        writeln!(
            out,
            "{}",
            table.paint.on(FAINT, format!("… and {more}{all}"))
        )?;
    }
    if hidden > 0 || !shown.is_empty() {
        writeln!(out)?;
    }
    last_line::write(out, report, table.paint, render.width)?;
    // Where no file to keep is listed, that step is done.
    has_kept |= shown
        .iter()
        .flat_map(|group| &group.files)
        .any(|file| file.keep);
    if let Some(width) = render.width
        && !unique
        && has_kept
    {
        for line in wrap(NEXT_STEP, width) {
            writeln!(out, "{}", table.paint.on(FAINT, line))?;
        }
    }
    Ok(())
}

const WIDE: [Column; 5] = [
    Column::number("Reclaim"),
    Column::number("Size"),
    Column::number("Files"),
    Column::text(""),
    Column::text("Path"),
];
const WIDE_UNIQUE: [Column; 2] = [Column::number("Size"), Column::text("Path")];
/// Below a line with the numbers.
const STACKED: [Column; 2] = [Column::text(""), Column::text("Path")];
const STACKED_UNIQUE: [Column; 1] = [Column::text("Path")];

struct Table {
    text: TextTable<'static>,
    paint: Styler,
    width: Option<usize>,
    is_stacked: bool,
    /// True if each group is one file: there is nothing to reclaim or to keep.
    unique: bool,
    /// The number of lines that are left for groups.
    lines_left: Option<usize>,
}

impl Table {
    fn new(unique: bool, render: &RenderOptions) -> Self {
        let is_stacked = render.width.is_some_and(|width| width < NARROW);
        let columns: &'static [Column] = match (is_stacked, unique) {
            (false, false) => &WIDE,
            (false, true) => &WIDE_UNIQUE,
            (true, false) => &STACKED,
            (true, true) => &STACKED_UNIQUE,
        };
        let paint = Styler::new(render);
        let indent = if is_stacked { 2 } else { 0 };
        let lines = |height: usize| height.saturating_sub(OTHER_LINES).max(MIN_LINES);
        Self {
            text: TextTable::new(columns, indent, paint),
            paint,
            width: render.width,
            is_stacked,
            unique,
            lines_left: render.height.map(lines),
        }
    }

    /// The groups that fit on the screen; at least one.
    fn measured(&mut self, groups: &mut dyn Iterator<Item = Group>) -> Vec<Group> {
        let mut shown = Vec::new();
        for group in groups {
            let mut lines = if self.is_stacked { 2 } else { 0 };
            for (number, line) in lines_of(&group).enumerate() {
                let cells = self.cells(&group, number, &line);
                // The last column is not padded, so that it needs no width.
                self.text.measure(&cells[..cells.len() - 1]);
                if let (Some(width), Some(path)) = (self.width, cells.last()) {
                    lines += (self.text.last_start() + path.text.width()).div_ceil(width.max(1));
                }
            }
            if let Some(left) = &mut self.lines_left {
                if *left < lines && !shown.is_empty() {
                    break;
                }
                *left = left.saturating_sub(lines);
            }
            shown.push(group);
        }
        shown
    }

    fn write(&self, out: &mut dyn Write, groups: &[Group]) -> io::Result<()> {
        if !self.is_stacked && !groups.is_empty() {
            out.write_all(self.text.titles().as_bytes())?;
        }
        for (at, group) in groups.iter().enumerate() {
            if self.is_stacked {
                self.write_numbers(out, group, at == 0)?;
            }
            for (number, line) in lines_of(group).enumerate() {
                let cells = self.cells(group, number, &line);
                out.write_all(self.text.row(&cells).as_bytes())?;
            }
        }
        Ok(())
    }

    fn write_numbers(&self, out: &mut dyn Write, group: &Group, is_first: bool) -> io::Result<()> {
        if !is_first {
            writeln!(out)?;
        }
        let each = size(group.size);
        if self.unique {
            return writeln!(out, "{}", self.paint.on(STRONG, each));
        }
        let reclaim = format!("{} reclaimable", size(group.reclaimable_bytes));
        let files = count(group.files.len() as u64);
        let reclaim = self.paint.on(STRONG, reclaim);
        writeln!(out, "{reclaim} · {files} × {each}")
    }

    /// The cells of a line; numbers are in the first one only.
    fn cells<'a>(&self, group: &Group, number: usize, line: &Line<'a>) -> Vec<Cell<'a>> {
        let mut cells: Vec<Cell<'a>> = match (self.is_stacked, self.unique) {
            (true, _) => Vec::new(),
            (false, true) if number == 0 => vec![Cell::new(size(group.size), STRONG)],
            (false, true) => vec![Cell::default()],
            // The first number is the main one.
            (false, false) if number == 0 => vec![
                Cell::new(size(group.reclaimable_bytes), STRONG),
                Cell::from(size(group.size)),
                Cell::from(count(group.files.len() as u64)),
            ],
            (false, false) => vec![Cell::default(); 3],
        };
        let (mark, style, path_style) = match line.role {
            Role::Kept => ("keep", SAFE, Style::new()),
            Role::Copy => ("", Style::new(), Style::new()),
            Role::HardLink => ("hard link", FAINT, FAINT),
        };
        if !self.unique {
            cells.push(Cell::new(mark, style));
        }
        cells.push(Cell::new(quote(line.path), path_style));
        cells
    }
}

/// The role of a path in the table.
#[derive(Clone, Copy)]
enum Role {
    /// It stays.
    Kept,
    Copy,
    /// Another name of the file above it.
    HardLink,
}

struct Line<'a> {
    path: &'a Path,
    role: Role,
}

/// The names of a group in the order of the lines: every file, directly
/// followed by its further names.
fn lines_of(group: &Group) -> impl Iterator<Item = Line<'_>> {
    group.files.iter().flat_map(|file| {
        let role = if file.keep { Role::Kept } else { Role::Copy };
        let path = &*file.path;
        let links = file.hard_links.iter().map(|path| Line {
            path,
            role: Role::HardLink,
        });
        std::iter::once(Line { path, role }).chain(links)
    })
}

/// Returns true if only files without a duplicate were requested.
fn wants_unique(criteria: &Criteria) -> bool {
    criteria.max_copies <= 1
}
