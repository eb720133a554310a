//! The comparison for people: the figures, what is only in A, and the answer last.

use std::io::{self, Write};

use anstyle::Style;

use super::super::humanize::{count, counted, size};
use super::super::style::{ALERT, FAINT, SAFE, STRONG, Styler};
use super::super::{RenderOptions, quote};
use super::{Answer, Count, DiffEntry, DiffKind, DiffReport, SideReport};

/// Columns of a size: `1023.9 KiB`.
const SIZE: usize = 10;

pub(super) fn write(
    out: &mut dyn Write,
    report: &DiffReport<'_>,
    render: &RenderOptions,
) -> io::Result<()> {
    let paint = Styler::new(render);
    let [a, b] = &report.sides;
    for (name, side) in [("A", a), ("B", b)] {
        let name = paint.on(STRONG, name);
        writeln!(out, "{name}  {}: {}", quote(&side.path), files(side.files))?;
    }
    writeln!(out)?;
    for (name, other, side) in [("A", "B", a), ("B", "A", b)] {
        let percent = |part: u64, all: u64| percent(part, all);
        writeln!(
            out,
            "{} of {} in {name} are also in {other} ({}), {} of {} ({})",
            count(side.shared.files),
            counted(side.files.files, "file", "files"),
            percent(side.shared.files, side.files.files),
            size(side.shared.bytes),
            size(side.files.bytes),
            percent(side.shared.bytes, side.files.bytes),
        )?;
    }
    only(out, paint, "A", a)?;
    if b.only.files > 0 || b.only_others > 0 {
        writeln!(out, "\n{}", paint.on(STRONG, title("B", b)))?;
        let hint = "  (--only-in B lists them)";
        writeln!(out, "{}", paint.on(FAINT, hint))?;
    }
    if !report.differing.is_empty() {
        let many = report.differing.len() as u64;
        let text = format!(
            "Same path, other content: {}",
            counted(many, "path", "paths")
        );
        writeln!(out, "\n{}", paint.on(STRONG, text))?;
        for differing in &report.differing {
            let path = quote(&differing.path);
            match &differing.kinds {
                [DiffKind::File(_), DiffKind::File(_)] => writeln!(out, "  {path}")?,
                [a, b] => {
                    let kinds = format!("({} in A, {} in B)", words(a), words(b));
                    writeln!(out, "  {path}  {}", paint.on(FAINT, kinds))?;
                }
            }
        }
    }
    let unknown = a.unknown + b.unknown;
    if unknown > 0 {
        let text = format!("Not compared: {}", counted(unknown, "entry", "entries"));
        writeln!(out, "\n{}", paint.on(ALERT, text))?;
        let listed = a.not_compared.iter().chain(&b.not_compared);
        let mut shown = 0;
        for (path, reason) in listed {
            shown += 1;
            let reason = paint.on(FAINT, reason);
            writeln!(out, "  {}  {reason}", quote(path))?;
        }
        more(out, paint, unknown - shown)?;
    }
    writeln!(out)?;
    let (style, text) = answer(report);
    writeln!(out, "{}", paint.on(style, text))
}

fn only(out: &mut dyn Write, paint: Styler, name: &str, side: &SideReport) -> io::Result<()> {
    let all = side.only.files + side.only_others;
    if all == 0 {
        return Ok(());
    }
    writeln!(out, "\n{}", paint.on(STRONG, title(name, side)))?;
    for DiffEntry { path, what } in &side.only_entries {
        let bytes = match what {
            DiffKind::File(bytes) => size(*bytes),
            _ => String::new(),
        };
        let remark = match what {
            DiffKind::File(_) => String::new(),
            DiffKind::Link(target) => format!(" -> {}", quote(target)),
            other => format!("  ({})", words(other)),
        };
        let remark = paint.on(FAINT, remark);
        writeln!(out, "{bytes:>SIZE$}  {}{remark}", quote(path))?;
    }
    more(out, paint, all - side.only_entries.len() as u64)
}

fn more(out: &mut dyn Write, paint: Styler, hidden: u64) -> io::Result<()> {
    if hidden == 0 {
        return Ok(());
    }
    let text = format!("  … and {} more (--limit 0 shows all)", count(hidden));
    writeln!(out, "{}", paint.on(FAINT, text))
}

fn title(name: &str, side: &SideReport) -> String {
    let others = match side.only_others {
        0 => String::new(),
        many => format!(", {}", counted(many, "other entry", "other entries")),
    };
    format!("Only in {name}: {}{others}", files(side.only))
}

fn files(all: Count) -> String {
    format!(
        "{} ({})",
        counted(all.files, "file", "files"),
        size(all.bytes)
    )
}

fn words(kind: &DiffKind) -> &'static str {
    match kind {
        DiffKind::File(_) => "file",
        DiffKind::Link(_) => "symbolic link",
        DiffKind::EmptyDirectory => "empty directory",
        DiffKind::Directory => "directory",
        DiffKind::Special => "special file",
    }
}

fn answer(report: &DiffReport<'_>) -> (Style, String) {
    let [a, b] = &report.sides;
    let (name, other) = (quote(&a.path), quote(&b.path));
    if report.interrupted {
        return (ALERT, "Interrupted: nothing is proved.".to_owned());
    }
    match report.answer {
        Answer::AllInB => (SAFE, format!("Everything in {name} is also in {other}.")),
        Answer::OnlyInA => {
            let all = counted(a.only.files + a.only_others, "entry is", "entries are");
            (STRONG, format!("{all} only in {name}."))
        }
        Answer::NotProved => (
            ALERT,
            format!("Nothing was found only in {name}, but not everything was compared."),
        ),
    }
}

/// A part in percent, never rounded up: 100 % is all.
pub(super) fn percent(part: u64, all: u64) -> String {
    let tenths = match all {
        0 => 1000,
        all => (u128::from(part) * 1000 / u128::from(all)) as u64,
    };
    format!("{}.{} %", tenths / 10, tenths % 10)
}
