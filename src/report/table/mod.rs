//! The table: a result for people.
//!
//! One group takes a row of numbers and one line per path, in the caller's
//! order. The common directory of all paths is printed once. On a narrow
//! terminal the numbers go above the paths instead of to their left.
//!
//! This is the one formatter that reads all its groups before it writes:
//! aligned columns and the common directory depend on every row. It keeps only
//! the groups, no text; and a table that is too long for memory is too long to
//! read.

mod common;
mod last_line;
mod shorten;
#[cfg(test)]
mod tests;

pub(super) use shorten::shorten;

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use super::humanize::{count, counted, size};
use super::style::{FAINT, SAFE, STRONG, Styler};
use super::{RenderOptions, Report, escape};
use crate::config::Criteria;
use crate::platform::bytes_of;
use crate::types::Group;

/// Below this many columns, numbers to the left of the paths would leave too
/// little room.
const NARROW: usize = 60;

/// Separator of two columns.
const GAP: &str = "  ";

pub(super) fn write(
    out: &mut dyn Write,
    report: &Report<'_>,
    groups: &mut dyn Iterator<Item = Group>,
    render: &RenderOptions,
) -> io::Result<()> {
    let groups: Vec<Group> = groups.collect();
    let table = Table::new(&groups, report, render);
    if !groups.is_empty() {
        table.write_common_directory(out)?;
        if render.width.is_some_and(|width| width < NARROW) {
            table.write_stacked(out, &groups)?;
        } else {
            table.write_columns(out, &groups)?;
        }
    }
    let hidden = report.summary.totals.groups;
    let hidden = hidden.saturating_sub(groups.len() as u64);
    if hidden > 0 {
        let more = counted(hidden, "more group", "more groups");
        writeln!(out, "{}", table.paint.on(FAINT, format!("… and {more}")))?;
    }
    if hidden > 0 || !groups.is_empty() {
        writeln!(out)?;
    }
    last_line::write(out, report, table.paint)
}

/// One column of numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Reclaim,
    Size,
    Files,
}

impl Column {
    fn title(self) -> &'static str {
        match self {
            Self::Reclaim => "Reclaim",
            Self::Size => "Size",
            Self::Files => "Files",
        }
    }

    fn text(self, group: &Group) -> String {
        match self {
            Self::Reclaim => size(group.reclaimable_bytes),
            Self::Size => size(group.size),
            Self::Files => count(group.files.len() as u64),
        }
    }
}

/// The role of a path in the table.
#[derive(Clone, Copy)]
enum Role {
    Copy,
    Reference,
    HardLink,
}

struct Table<'a> {
    paint: Styler,
    width: Option<usize>,
    /// The common prefix of all paths.
    common: &'a [u8],
    columns: &'static [Column],
}

impl<'a> Table<'a> {
    fn new(groups: &'a [Group], report: &Report<'_>, render: &RenderOptions) -> Self {
        let paths = groups.iter().flat_map(paths);
        Self {
            paint: Styler::new(render),
            width: render.width,
            common: common::common_directory(paths.map(|(path, _)| bytes_of(path.as_os_str()))),
            columns: if wants_unique(&report.criteria) {
                // Nothing to reclaim, and always one file.
                &[Column::Size]
            } else {
                &[Column::Reclaim, Column::Size, Column::Files]
            },
        }
    }

    fn write_common_directory(&self, out: &mut dyn Write) -> io::Result<()> {
        let Some((_, directory)) = self.common.split_last() else {
            return Ok(());
        };
        let (word, directory) = (self.paint.on(FAINT, "in"), escape(directory));
        writeln!(out, "{word} {}:\n", self.paint.on(STRONG, directory))
    }

    fn write_columns(&self, out: &mut dyn Write, groups: &[Group]) -> io::Result<()> {
        let width = |column: &Column| {
            let texts = groups.iter().map(|group| column.text(group).len());
            texts.max().unwrap_or(0).max(column.title().len())
        };
        let widths: Vec<usize> = self.columns.iter().map(width).collect();
        let indent = widths.iter().map(|width| width + GAP.len()).sum();
        for (column, width) in self.columns.iter().zip(&widths) {
            let title = column.title();
            let pad = width - title.len();
            write!(out, "{:pad$}{}{GAP}", "", self.paint.on(FAINT, title))?;
        }
        writeln!(out, "{}", self.paint.on(FAINT, "Path"))?;
        for group in groups {
            for (line, (path, role)) in paths(group).enumerate() {
                if line == 0 {
                    self.write_numbers(out, group, &widths)?;
                } else {
                    write!(out, "{:indent$}", "")?;
                }
                self.write_path(out, path, role, indent)?;
            }
        }
        Ok(())
    }

    fn write_numbers(
        &self,
        out: &mut dyn Write,
        group: &Group,
        widths: &[usize],
    ) -> io::Result<()> {
        for (at, (column, width)) in self.columns.iter().zip(widths).enumerate() {
            let text = column.text(group);
            let pad = width - text.len();
            // The first number is the main one.
            if at == 0 {
                write!(out, "{:pad$}{}{GAP}", "", self.paint.on(STRONG, text))?;
            } else {
                write!(out, "{:pad$}{text}{GAP}", "")?;
            }
        }
        Ok(())
    }

    fn write_stacked(&self, out: &mut dyn Write, groups: &[Group]) -> io::Result<()> {
        for (at, group) in groups.iter().enumerate() {
            if at > 0 {
                writeln!(out)?;
            }
            let each = size(group.size);
            if self.columns.contains(&Column::Reclaim) {
                let reclaim = format!("{} reclaimable", size(group.reclaimable_bytes));
                let files = count(group.files.len() as u64);
                let reclaim = self.paint.on(STRONG, reclaim);
                writeln!(out, "{reclaim} · {files} × {each}")?;
            } else {
                writeln!(out, "{}", self.paint.on(STRONG, each))?;
            }
            for (path, role) in paths(group) {
                out.write_all(GAP.as_bytes())?;
                self.write_path(out, path, role, GAP.len())?;
            }
        }
        Ok(())
    }

    /// Writes the rest of a line whose first `indent` columns are taken.
    fn write_path(
        &self,
        out: &mut dyn Write,
        path: &Path,
        role: Role,
        indent: usize,
    ) -> io::Result<()> {
        let (before, after) = match role {
            Role::Copy => ("", ""),
            Role::Reference => ("", "  [ref]"),
            Role::HardLink => ("= ", "  (hard link)"),
        };
        let path = bytes_of(path.as_os_str());
        let mut name = escape(path.strip_prefix(self.common).unwrap_or(path));
        if let Some(width) = self.width {
            let room = width.saturating_sub(indent + before.len() + after.len());
            name = shorten(&name, room).map_or(name, Cow::Owned);
        }
        match role {
            Role::Copy => writeln!(out, "{name}"),
            Role::Reference => writeln!(out, "{name}{}", self.paint.on(SAFE, after)),
            Role::HardLink => {
                let line = format!("{before}{name}{after}");
                writeln!(out, "{}", self.paint.on(FAINT, line))
            }
        }
    }
}

/// Returns true if only files without a duplicate were requested.
fn wants_unique(criteria: &Criteria) -> bool {
    criteria.max_copies <= 1
}

/// The names of a group in the order of the lines: every file, directly
/// followed by its further names.
fn paths(group: &Group) -> impl Iterator<Item = (&Path, Role)> {
    group.files.iter().flat_map(|file| {
        let role = if file.reference {
            Role::Reference
        } else {
            Role::Copy
        };
        let links = file.hard_links.iter();
        let links = links.map(|link| (link.as_path(), Role::HardLink));
        std::iter::once((file.path.as_path(), role)).chain(links)
    })
}
