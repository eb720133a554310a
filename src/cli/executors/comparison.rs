//! The results of `--bench` as text.

use std::path::Path;

use super::page::{Page, bar, time};
use crate::cli::diagnostics::{visible, visible_text};
use crate::measure::{Bench, Entry};
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

/// The text for people.
pub(super) fn text(bench: &Bench, dir: &Path, render: &RenderOptions) -> String {
    let mut page = Page::new(render);
    page.title(&format!("Scans of {}", visible(dir)));
    page.paragraph(&what_ran(bench));
    page.gap();
    let rows: Vec<_> = bench.executors.iter().map(row).collect();
    page.table(&COLUMNS, MIN_COLUMNS, &rows);
    page.gap();
    page.paragraph(&format!(
        "Efficiency is the speed-up divided by {}, the number of usable processors, or by the number of workers where that is lower.",
        bench.processors_usable
    ));
    let alone = bench.executors.first().and_then(|entry| entry.seconds);
    if alone.is_some_and(|alone| alone < ENOUGH_WORK) {
        page.paragraph(TOO_LITTLE);
    }
    for entry in &bench.executors {
        if let Some(problem) = &entry.problem {
            page.alert(&format!("{}: {}", entry.kind, visible_text(problem)));
        }
    }
    if !bench.agree {
        page.alert(&disagreement(bench));
    }
    page.title("Number of threads: a longer bar is faster");
    sweep(&mut page, bench);
    if let Some(spread) = bench.spread() {
        page.gap();
        page.paragraph(&format!(
            "The middle half of the runs of one configuration differs by up to {:.0} %: ignore smaller differences.",
            spread * 100.0
        ));
    }
    page.finish()
}

fn what_ran(bench: &Bench) -> String {
    let found = &bench.found;
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

fn row(entry: &Entry) -> Vec<String> {
    let figures = [
        entry.seconds.map(time),
        entry.speed_up.map(|times| format!("{times:.2}")),
        entry.peak_memory_bytes.map(size),
        entry
            .efficiency
            .map(|part| format!("{:.0} %", part * 100.0)),
        entry.workers.map(|workers| workers.to_string()),
        entry.startup_seconds.map(time),
    ];
    let figures = figures.map(|figure| figure.unwrap_or_else(|| "-".to_owned()));
    std::iter::once(entry.kind.to_owned())
        .chain(figures)
        .collect()
}

fn disagreement(bench: &Bench) -> String {
    let wrong = |entry: &&Entry| !entry.agrees;
    let kinds = bench.executors.iter().filter(wrong);
    let kinds = kinds.map(|entry| entry.kind.to_owned());
    let counts = bench.sweep.iter().filter(wrong);
    let counts = counts.map(|entry| format!("{} threads", entry.workers.unwrap_or(0)));
    let names: Vec<String> = kinds.chain(counts).collect();
    format!(
        "THE GROUPS DO NOT AGREE: {} found different groups than the first run. If no file changed in the meantime, this is a bug in nodupe: please report it.",
        names.join(", ")
    )
}

fn sweep(page: &mut Page, bench: &Bench) {
    let times = bench.sweep.iter().filter_map(|entry| entry.seconds);
    let fastest = times.min_by(f64::total_cmp).unwrap_or(0.0);
    // Two columns for the number, some for the figures behind the bar.
    let columns = page.room().saturating_sub(4 + 25).min(LONGEST_BAR);
    for entry in &bench.sweep {
        let workers = entry.workers.unwrap_or(0);
        let Some(seconds) = entry.seconds else {
            let problem = entry.problem.as_deref().unwrap_or("no run");
            page.alert(&format!("{workers:>2}  {}", visible_text(problem)));
            continue;
        };
        let bar = bar(fastest / seconds, columns);
        let free = columns - bar.chars().count();
        let times = entry.speed_up.map(|times| format!("{times:.2}x"));
        let times = times.unwrap_or_else(|| "-".to_owned());
        let figures = format!("{:>8}  {times:>6}", time(seconds));
        let figures = page.paint.on(FAINT, figures).to_string();
        let (bar, mark) = if bench.best_workers == Some(workers) {
            let bar = page.paint.on(SAFE, bar).to_string();
            (bar, page.paint.on(SAFE, "  best").to_string())
        } else {
            (bar, String::new())
        };
        page.line(&format!("{workers:>2}  {bar}{:free$}  {figures}{mark}", ""));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ExecutorKind;
    use crate::measure::measured;
    use unicode_width::UnicodeWidthStr;

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

    fn shown(bench: &Bench, width: Option<usize>) -> String {
        let render = RenderOptions {
            color: false,
            width,
            height: None,
        };
        text(bench, Path::new("some/dir"), &render)
    }

    #[test]
    fn all_figures_are_shown() {
        insta::assert_snapshot!(shown(&bench(), None));
    }

    #[test]
    fn nothing_is_wider_than_the_terminal() {
        for width in [40, 50, 60, 80, 100] {
            for line in shown(&bench(), Some(width)).lines() {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn executors_that_cannot_start_have_a_row_and_a_reason() {
        let bench = measured(|who| match who.kind {
            ExecutorKind::Process => Err("no \x1b process".to_owned()),
            ExecutorKind::Sequential => Err("no".to_owned()),
            _ => Ok(0.5),
        });
        let text = shown(&bench, None);
        let row = text.lines().find(|l| l.starts_with("  process  ")).unwrap();
        assert_eq!(row.split_whitespace().count(), COLUMNS.len(), "{row}");
        assert!(row.split_whitespace().skip(1).all(|cell| cell == "-"));
        assert!(!text.contains('\x1b'), "{text}");
        assert!(text.contains("\n  process: no "), "{text}");
        // Without the sequential run there is no speed-up.
        assert!(text.contains(" -  best"), "{text}");
    }

    #[test]
    fn too_little_work_to_compare_is_reported() {
        for (seconds, told) in [(0.0, true), (0.019, true), (0.02, false)] {
            let text = shown(&measured(|_| Ok(seconds)), None);
            assert_eq!(text.contains("a larger"), told, "{text}");
            assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        }
    }

    #[test]
    fn a_disagreement_cannot_be_overlooked() {
        let mut bench = bench();
        assert!(!shown(&bench, None).contains("NOT AGREE"));
        bench.agree = false;
        bench.executors[2].agrees = false;
        bench.sweep[3].agrees = false;
        let text = shown(&bench, None).replace("\n ", "");
        assert!(
            text.contains("DO NOT AGREE: isolated, 8 threads found"),
            "{text}"
        );
    }
}
