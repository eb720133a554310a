//! The machine's features and the resulting choice as text.

use std::path::Path;

use super::page::{Page, time};
use crate::cli::diagnostics::{visible, visible_text};
use crate::measure::{Overview, Reads};
use crate::platform::{Processors, Storage};
use crate::report::RenderOptions;
use crate::report::text_table::Column;

/// The room for all columns.
const MIN_ROOM: usize = 46;

const COLUMNS: [Column; 4] = [
    Column::text("When"),
    Column::text("Executor"),
    Column::number("Workers"),
    Column::text("If it cannot start"),
];

/// For people.
pub(super) fn text(overview: &Overview, dir: &Path, render: &RenderOptions) -> String {
    let mut page = Page::new(render);
    let kernel = &overview.kernel;
    page.title("This machine");
    page.field("processors", &processors(&overview.processors));
    page.field(
        "io_uring",
        if kernel.io_uring {
            "available, and can open and read files"
        } else {
            "not available, or not allowed"
        },
    );
    page.field(
        "Landlock",
        &match kernel.landlock {
            Some(version) => {
                format!("version {version}: workers can be prevented from writing")
            }
            None => "not available: only nodupe itself prevents workers from writing".to_owned(),
        },
    );
    page.field(
        "isolation",
        if kernel.own_tables {
            "threads can have descriptors and a working directory of their own"
        } else {
            "threads cannot have descriptors of their own: the platform has no unshare, or does not allow it"
        },
    );

    page.title(&format!("Storage under {}", visible(dir)));
    if let Some(storage) = &overview.storage {
        page.field("file system", &filesystem(storage));
        page.field("rotates", rotates(storage.rotational));
    }
    if let Some(problem) = &overview.storage_problem {
        let text = format!("not known: {}", visible_text(problem));
        page.field("file system", &text);
    }
    page.field("measured", &reads(&overview.reads));

    page.title("Executors, each started with one worker");
    for trial in &overview.executors {
        let text = match (trial.startup_seconds, &trial.problem) {
            (Some(startup), _) => format!("starts in {}", time(startup)),
            (None, problem) => {
                let problem = problem.as_deref().unwrap_or_default();
                format!("cannot start: {}", visible_text(problem))
            }
        };
        page.field(trial.kind, &text);
    }

    page.title(&format!("Rules of the profile {}", overview.profile.name));
    page.paragraph(&format!("{}.", overview.profile.meaning));
    page.gap();
    let rows = overview.rules.iter().map(|rule| {
        vec![
            rule.words.to_owned(),
            rule.executor.to_owned(),
            rule.workers.to_string(),
            rule.fallbacks.join(", "),
        ]
    });
    // In less room, the words of the last column would not fit one by one.
    let least = COLUMNS.len() - usize::from(page.room() < MIN_ROOM);
    page.table(&COLUMNS, least, &rows.collect::<Vec<_>>());

    let dir = visible(dir);
    page.title(&match &overview.choice {
        Some(choice) => format!(
            "nodupe scan {dir} uses the executor {} and starts with {} workers, then moves to the number with the highest throughput: {}.",
            choice.executor,
            choice.workers,
            visible_text(&choice.reason)
        ),
        None => format!("nodupe scan {dir} cannot run: no executor starts."),
    });
    page.finish()
}

fn processors(processors: &Processors) -> String {
    let quota = match processors.quota {
        Some(quota) => format!("a quota of {quota:.2}"),
        None => "no quota".to_owned(),
    };
    format!(
        "{} usable: {} online, {} allowed to this process, {quota}",
        processors.usable, processors.online, processors.affinity
    )
}

fn filesystem(storage: &Storage) -> String {
    let name = visible_text(&storage.filesystem);
    let device = match &storage.device {
        Some(device) => format!(" on {}", visible_text(device)),
        None => String::new(),
    };
    let reach = if storage.remote {
        "reads depend on a server or another program (network or FUSE)"
    } else {
        "local"
    };
    format!("{name}{device}, {reach}")
}

fn rotates(rotational: Option<bool>) -> &'static str {
    match rotational {
        Some(true) => "yes, according to the kernel, which also says so of many virtual disks",
        Some(false) => "no, according to the kernel",
        None => "unknown: the kernel does not report it",
    }
}

/// The measurement in one sentence.
fn reads(reads: &Reads) -> String {
    let Some(alone) = reads.alone_seconds else {
        return match reads.behaviour {
            "no-answer" => "no answer within 10 seconds; a scan needs --timeout to skip such files",
            _ => "no readable file was found",
        }
        .to_owned();
    };
    let mut text = format!("{} to read the start of a file", time(alone));
    if let (Some(gain), true) = (reads.gain, reads.behaviour != "cached") {
        text.push_str(&format!(
            "; with {} at once, {gain:.1} times the throughput",
            reads.at_once
        ));
    }
    format!("{text}: {}", reads.meaning)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::overview;
    use unicode_width::UnicodeWidthStr;

    fn shown(overview: &Overview, width: Option<usize>) -> String {
        let render = RenderOptions {
            color: false,
            width,
            height: None,
        };
        text(overview, Path::new("a\x1b[2Jb"), &render)
    }

    #[test]
    fn all_that_is_known_is_shown() {
        insta::assert_snapshot!(shown(&overview(), None));
    }

    #[test]
    fn nothing_is_wider_than_the_terminal() {
        for width in [40, 50, 80, 100] {
            for line in shown(&overview(), Some(width)).lines() {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn the_measurement_is_described() {
        let measured = |behaviour, alone: f64, gain| Reads {
            behaviour,
            alone_seconds: (alone > 0.0).then_some(alone),
            gain,
            at_once: 16,
            meaning: "why",
            ..Reads::default()
        };
        let table = [
            (
                measured("no-answer", 0.0, None),
                "no answer within 10 seconds",
            ),
            (measured("unknown", 0.0, None), "no readable file was found"),
            (
                measured("cached", 4e-6, Some(4.0)),
                "4.00 µs to read the start of a file: why",
            ),
            (
                measured("many", 90e-6, Some(9.0)),
                "90.0 µs to read the start of a file; with 16 at once, 9.0 times the throughput: why",
            ),
        ];
        for (measured, part) in table {
            let text = reads(&measured);
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn what_is_missing_is_shown_and_nothing_foreign() {
        let mut overview = overview();
        if let Some(storage) = &mut overview.storage {
            storage.remote = true;
            storage.device = None;
            storage.rotational = None;
        }
        overview.storage_problem = Some("\x1b[2J".to_owned());
        overview.kernel.landlock = None;
        overview.kernel.own_tables = false;
        overview.kernel.io_uring = false;
        overview.choice = None;
        let text = shown(&overview, None).replace('\n', " ");
        assert!(!text.contains('\x1b'), "{text}");
        for part in [
            "ext4, reads depend on a server",
            "unknown: the kernel does not report it",
            "file system  not known: ",
            "not available, or not allowed",
            "not available: only nodupe",
            "threads cannot have descriptors",
            "cannot run: no executor starts.",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
