//! The groups of directories, above those of files.

use std::io::{self, Write};

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::super::humanize::{count, counted, size};
use super::super::style::{FAINT, SAFE, STRONG, Styler};
use super::super::text_table::{Cell, Column, TextTable};
use super::super::{Directories, RenderOptions, quote};
use crate::types::{DirectoryGroup, DirectoryRecord, SimilarDirectories};

const COLUMNS: [Column; 5] = [
    Column::number("Reclaim"),
    Column::number("Size"),
    Column::number("Files"),
    Column::text(""),
    Column::text("Directory"),
];

/// Lines besides those of the groups.
const OTHER_LINES: usize = 4;

/// Writes the groups, or as many as fit in so many lines, and returns the number of
/// lines used.
pub(super) fn write(
    out: &mut dyn Write,
    found: &Directories<'_>,
    render: &RenderOptions,
    lines: Option<usize>,
) -> io::Result<usize> {
    let paint = Styler::new(render);
    let mut table = TextTable::new(&COLUMNS, 0, paint);
    let mut shown = Vec::new();
    let mut used = 0;
    for group in found.groups {
        let mut needed = 0;
        for (number, directory) in group.directories.iter().enumerate() {
            let cells = cells(group, number, directory);
            table.measure(&cells[..cells.len() - 1]);
            let width = table.last_start() + cells.last().map_or(0, |cell| cell.text.width());
            needed += width
                .div_ceil(render.width.unwrap_or(usize::MAX).max(1))
                .max(1);
        }
        if lines.is_some_and(|most| used + needed > most) && !shown.is_empty() {
            break;
        }
        used += needed;
        shown.push(group);
    }
    if !shown.is_empty() {
        out.write_all(table.titles().as_bytes())?;
    }
    for group in &shown {
        for (number, directory) in group.directories.iter().enumerate() {
            let row = table.row(&cells(group, number, directory));
            out.write_all(row.as_bytes())?;
        }
    }
    let hidden = found.found.saturating_sub(shown.len() as u64);
    if hidden > 0 && !shown.is_empty() {
        let more = counted(hidden, "more group", "more groups");
        let all = if lines.is_some() {
            " (--limit 0 shows all)"
        } else {
            ""
        };
        writeln!(
            out,
            "{}",
            paint.on(FAINT, format!("… and {more} of directories{all}"))
        )?;
    }
    if !shown.is_empty() {
        writeln!(out)?;
    }
    let mut text = match found.found {
        0 => "No identical directories found".to_owned(),
        groups => counted(groups, "group of directories", "groups of directories"),
    };
    match found.files_within {
        0 => {}
        1 => text.push_str(" · 1 group of files within them is not listed"),
        many => text.push_str(&format!(
            " · {} groups of files within them are not listed",
            count(many)
        )),
    }
    writeln!(out, "{}\n", paint.on(STRONG, text))?;
    let mut similar_lines = 0;
    for similar in found.similar.unwrap_or_default() {
        similar_lines += write_similar(out, similar, paint)?;
    }
    Ok(used + OTHER_LINES + similar_lines)
}

/// Files of a similar directory that are listed.
const MAX_LISTED: usize = 10;

/// Writes one directory that is largely in another one, and returns the number of
/// lines.
fn write_similar(
    out: &mut dyn Write,
    similar: &SimilarDirectories,
    paint: Styler,
) -> io::Result<usize> {
    let (path, inside) = (quote(&similar.path), quote(&similar.inside));
    let all = counted(similar.files, "file", "files");
    let part = format!("{} of {all}", count(similar.files_inside));
    let bytes = format!("{} of {}", size(similar.bytes_inside), size(similar.bytes));
    let rest = match &similar.only_there[..] {
        [] if similar.is_complete => "nothing exists only there".to_owned(),
        [] => "more in it was not compared".to_owned(),
        [_] => "this one exists only there:".to_owned(),
        many => format!("these {} exist only there:", count(many.len() as u64)),
    };
    let part = paint.on(STRONG, part);
    writeln!(out, "{path}: {part} ({bytes}) also in {inside}; {rest}")?;
    for path in similar.only_there.iter().take(MAX_LISTED) {
        writeln!(out, "  {}", quote(path))?;
    }
    let hidden = similar.only_there.len().saturating_sub(MAX_LISTED);
    if hidden > 0 {
        let more = format!(
            "  … and {} more (--format json has all)",
            count(hidden as u64)
        );
        writeln!(out, "{}", paint.on(FAINT, more))?;
    }
    writeln!(out)?;
    Ok(2 + similar.only_there.len().min(MAX_LISTED) + usize::from(hidden > 0))
}

/// The cells of a directory; numbers are in the first one only.
fn cells<'a>(
    group: &DirectoryGroup,
    number: usize,
    directory: &'a DirectoryRecord,
) -> [Cell<'a>; 5] {
    let figures = match number {
        0 => [
            Cell::new(size(group.reclaimable_bytes), STRONG),
            Cell::from(size(group.bytes)),
            Cell::from(count(group.files)),
        ],
        _ => {
            [const {
                Cell {
                    text: std::borrow::Cow::Borrowed(""),
                    style: Style::new(),
                }
            }; 3]
        }
    };
    let (mark, style) = if directory.keep {
        ("keep", SAFE)
    } else {
        ("", Style::new())
    };
    let [reclaim, bytes, files] = figures;
    [
        reclaim,
        bytes,
        files,
        Cell::new(mark, style),
        Cell::from(quote(&directory.path)),
    ]
}
