//! The results of `--bench` as text.

use std::path::Path;

use super::page::{Page, bar, time};
use crate::cli::diagnostics::{visible, visible_text};
use crate::config::ExecutorKind;
use crate::measure::{Bench, Entry, Row, row, spread};
use crate::report::RenderOptions;
use crate::report::humanize::{count, counted, size};
use crate::report::style::{FAINT, SAFE};
use crate::report::text_table::Column;

/// The maximum length of a bar.
const LONGEST_BAR: usize = 40;

/// In less time one worker finishes before others start.
const ENOUGH_WORK: f64 = 0.02;

const TOO_LITTLE: &str = "So little work is over before more workers are of use: take a larger \
    directory to compare them.";

/// The columns that are always shown: the name, the time and the speed-up.
const MIN_COLUMNS: usize = 3;

const COLUMNS: [Column; 7] = [
    Column::text("Executor"),
    Column::number("Time"),
    Column::number("Speed-up"),
    Column::number("Memory"),
    Column::number("Efficiency"),
    Column::number("Workers"),
    Column::number("Start-up"),
];

/// The text for people. `usable` is the number of usable processors.
pub(super) fn text(bench: &Bench, dir: &Path, usable: usize, render: &RenderOptions) -> String {
    let mut page = Page::new(render);
    let alone = alone(bench);
    page.title(&format!("Scans of {}", visible(dir)));
    page.paragraph(&what_ran(bench));
    page.gap();
    let all = kinds(&mut page, bench, alone, usable);
    page.gap();
    page.paragraph(&how_to_read(usable, all));
    if alone.is_some_and(|alone| alone < ENOUGH_WORK) {
        page.paragraph(TOO_LITTLE);
    }
    for entry in &bench.kinds {
        if let Some(problem) = &entry.problem {
            let problem = visible_text(problem);
            page.alert(&format!("{}: {problem}", entry.competitor.kind.as_str()));
        }
    }
    if !bench.all_agree() {
        page.alert(&disagreement(bench));
    }
    page.title("Number of threads: a longer bar is faster");
    sweep(&mut page, bench, alone, usable);
    if let Some(spread) = spread(bench.entries()) {
        page.gap();
        page.paragraph(&format!(
            "The middle half of the runs of one configuration differs by up to {:.0} %: ignore smaller differences.",
            spread * 100.0
        ));
    }
    page.finish()
}

/// The median time of one worker alone, which the speed-up is relative to.
pub(super) fn alone(bench: &Bench) -> Option<f64> {
    let sequential = |entry: &&Entry| entry.competitor.kind == ExecutorKind::Sequential;
    let entry = bench.kinds.iter().find(sequential)?;
    row(entry, None, 1).map(|row| row.seconds)
}

fn what_ran(bench: &Bench) -> String {
    let found = &bench.warm_up.found;
    let mut text = format!(
        "{} ({}), {}. After one run to warm up ({}), {} runs of each, taking turns; figures are medians, memory is the peak.",
        counted(found.files, "file", "files"),
        size(found.bytes),
        counted(found.groups, "group", "groups"),
        time(bench.warm_up.seconds),
        count(bench.rounds as u64),
    );
    if found.errors > 0 {
        let paths = counted(found.errors, "path", "paths");
        text.push_str(&format!(" {paths} could not be read."));
    }
    text
}

/// Writes the table; returns true if all of its columns fit.
fn kinds(page: &mut Page, bench: &Bench, alone: Option<f64>, usable: usize) -> bool {
    let rows: Vec<Vec<String>> = bench
        .kinds
        .iter()
        .map(|entry| {
            let mut cells = vec![entry.competitor.kind.as_str().to_owned()];
            match row(entry, alone, usable) {
                Some(row) => cells.extend(figures(&row)),
                None => cells.extend((1..COLUMNS.len()).map(|_| "-".to_owned())),
            }
            cells
        })
        .collect();
    page.table(&COLUMNS, MIN_COLUMNS, &rows)
}

fn figures(row: &Row) -> [String; 6] {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    [
        time(row.seconds),
        or_dash(row.speed_up.map(|times| format!("{times:.2}"))),
        or_dash(row.peak_memory.map(size)),
        or_dash(row.efficiency.map(|part| format!("{:.0} %", part * 100.0))),
        row.workers.to_string(),
        time(row.startup),
    ]
}

fn how_to_read(usable: usize, all: bool) -> String {
    if !all {
        return "A wider terminal shows more columns.".to_owned();
    }
    format!(
        "Efficiency is the speed-up divided by {usable}, the number of usable processors, or by the number of workers where that is lower."
    )
}

fn disagreement(bench: &Bench) -> String {
    let wrong = bench.entries().filter(|entry| !bench.agrees(entry));
    let names: Vec<String> = wrong
        .map(|entry| match entry.competitor.workers {
            Some(workers) => format!("{workers} threads"),
            None => entry.competitor.kind.as_str().to_owned(),
        })
        .collect();
    format!(
        "THE GROUPS DO NOT AGREE: {} found different groups than the first run. If no file changed in the meantime, this is a bug in nodupe: please report it.",
        names.join(", ")
    )
}

fn sweep(page: &mut Page, bench: &Bench, alone: Option<f64>, usable: usize) {
    let best = bench.best();
    let rows: Vec<_> = bench
        .sweep
        .iter()
        .map(|entry| (entry, row(entry, alone, usable)))
        .collect();
    let fastest = rows
        .iter()
        .filter_map(|(_, row)| row.map(|row| row.seconds))
        .min_by(f64::total_cmp)
        .unwrap_or(0.0);
    // Two columns for the number, some for the figures behind the bar.
    let columns = page.room().saturating_sub(4 + 25).min(LONGEST_BAR);
    for (entry, row) in rows {
        let workers = entry.competitor.workers.unwrap_or(0);
        let Some(row) = row else {
            let problem = entry.problem.as_deref().unwrap_or("no run");
            page.alert(&format!("{workers:>2}  {}", visible_text(problem)));
            continue;
        };
        let is_best = best == Some(workers);
        let bar = bar(fastest / row.seconds, columns);
        let free = columns - bar.chars().count();
        let bar = if is_best {
            page.paint.on(SAFE, bar).to_string()
        } else {
            bar
        };
        let times = row
            .speed_up
            .map_or_else(|| "-".to_owned(), |times| format!("{times:.2}x"));
        let mark = if is_best {
            page.paint.on(SAFE, "  best").to_string()
        } else {
            String::new()
        };
        let figures = format!("{:>8}  {times:>6}", time(row.seconds));
        let figures = page.paint.on(FAINT, figures).to_string();
        page.line(&format!("{workers:>2}  {bar}{:free$}  {figures}{mark}", ""));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::testing::measured;
    use unicode_width::UnicodeWidthStr;

    const PLAIN: RenderOptions = RenderOptions {
        color: false,
        width: None,
        height: None,
    };

    fn bench() -> Bench {
        measured(|who| {
            Ok(match (who.kind, who.workers) {
                (ExecutorKind::Sequential, _) | (_, Some(1)) => 0.5,
                (_, Some(8)) => 0.2,
                (ExecutorKind::Process, _) => 0.4,
                _ => 0.25,
            })
        })
    }

    #[test]
    fn all_figures_are_shown() {
        insta::assert_snapshot!(text(&bench(), Path::new("some/dir"), 2, &PLAIN));
    }

    #[test]
    fn nothing_is_wider_than_the_terminal() {
        for width in [40, 50, 60, 80, 100] {
            let render = RenderOptions {
                color: false,
                width: Some(width),
                height: None,
            };
            for line in text(&bench(), Path::new("d"), 2, &render).lines() {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn an_executor_that_cannot_start_has_a_row_and_a_reason() {
        let bench = measured(|who| match who.kind {
            ExecutorKind::Process => Err("no \x1b process".to_owned()),
            _ => Ok(0.5),
        });
        let text = text(&bench, Path::new("d"), 2, &PLAIN);
        let row = text.lines().find(|l| l.starts_with("  process  ")).unwrap();
        assert_eq!(row.split_whitespace().count(), COLUMNS.len(), "{row}");
        assert!(row.split_whitespace().skip(1).all(|cell| cell == "-"));
        assert!(!text.contains('\x1b'), "{text}");
        assert!(text.contains("\n  process: no "), "{text}");
    }

    #[test]
    fn without_the_sequential_run_there_is_no_speed_up() {
        let bench = measured(|who| match who.kind {
            ExecutorKind::Sequential => Err("no".to_owned()),
            _ => Ok(0.5),
        });
        assert_eq!(alone(&bench), None);
        let text = text(&bench, Path::new("d"), 2, &PLAIN);
        assert!(text.contains("best"), "{text}");
    }

    #[test]
    fn too_little_work_to_compare_is_reported() {
        for (seconds, told) in [(0.019, true), (0.02, false)] {
            let bench = measured(|_| Ok(seconds));
            let text = text(&bench, Path::new("d"), 2, &PLAIN);
            assert_eq!(text.contains("a larger"), told, "{text}");
        }
    }

    #[test]
    fn zero_times_are_handled() {
        let text = text(&measured(|_| Ok(0.0)), Path::new("d"), 1, &PLAIN);
        assert!(text.contains("0.00 µs"), "{text}");
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    }

    #[test]
    fn a_disagreement_cannot_be_overlooked() {
        let mut bench = bench();
        assert!(!text(&bench, Path::new("d"), 2, &PLAIN).contains("NOT AGREE"));
        bench.kinds[2].runs[0].found.groups += 1;
        bench.sweep[3].runs[0].found.errors += 1;
        let text = text(&bench, Path::new("d"), 2, &PLAIN).replace("\n ", "");
        assert!(
            text.contains("DO NOT AGREE: isolated, 8 threads found"),
            "{text}"
        );
    }
}
