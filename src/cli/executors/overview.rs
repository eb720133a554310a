//! The machine's features and the resulting choice as text.

use std::path::{Path, PathBuf};

use super::page::{Page, time};
use crate::cli::diagnostics::{visible, visible_text};
use crate::config::Profile;
use crate::error::Error;
use crate::measure::{
    self, Behaviour, Choice, LatencyClass, Machine, Place, Rule, Timings, Trial, classify,
};
use crate::platform::{self, Processors, Storage};
use crate::report::RenderOptions;
use crate::report::text_table::Column;

/// All that is shown without `--bench`.
pub(super) struct Overview {
    pub dir: PathBuf,
    pub machine: Machine,
    pub place: Place,
    pub trials: Vec<Trial>,
    pub profile: Profile,
    pub rules: Vec<Rule>,
    pub choice: Option<Choice>,
}

impl Overview {
    /// Asks, tries and measures.
    pub(super) fn of(dir: &Path, profile: Profile) -> Result<Self, Error> {
        let place = measure::look_at(dir)?;
        let machine = Machine::detect();
        let trials = measure::try_each(platform::own_program().ok().as_ref());
        let cpus = machine.processors.usable;
        Ok(Self {
            dir: dir.to_owned(),
            rules: measure::table(profile, cpus),
            choice: measure::choose(place.is_remote(), cpus, &trials),
            machine,
            place,
            trials,
            profile,
        })
    }
}

/// For people.
pub(super) fn text(overview: &Overview, render: &RenderOptions) -> String {
    let mut page = Page::new(render);
    let machine = &overview.machine;
    page.title("This machine");
    page.field("processors", &processors(&machine.processors));
    page.field(
        "io_uring",
        if machine.io_uring {
            "available, and can open and read files"
        } else {
            "not available, or not allowed"
        },
    );
    page.field("Landlock", &landlock(machine.landlock));
    page.field(
        "isolation",
        if machine.own_tables {
            "threads can have descriptors and a working directory of their own"
        } else {
            "threads cannot have descriptors of their own: the platform has no unshare, or does not allow it"
        },
    );

    page.title(&format!("Storage under {}", visible(&overview.dir)));
    match &overview.place.storage {
        Ok(storage) => {
            page.field("file system", &filesystem(storage));
            page.field("rotates", rotates(storage.rotational));
        }
        Err(problem) => page.field(
            "file system",
            &format!("not known: {}", visible_text(problem)),
        ),
    }
    page.field("measured", &reads(overview.place.timings.as_ref()));

    page.title("Executors, each started with one worker");
    for trial in &overview.trials {
        let text = match &trial.started {
            Ok(startup) => format!("starts in {}", time(startup.as_secs_f64())),
            Err(problem) => format!("cannot start: {}", visible_text(problem)),
        };
        page.field(trial.kind.as_str(), &text);
    }

    page.title(&format!(
        "Rules of the profile {}",
        measure::name_of(overview.profile)
    ));
    page.paragraph(&format!("{}.", measure::meaning(overview.profile)));
    page.gap();
    let least = if page.room() < MIN_ROOM {
        COLUMNS.len() - 1
    } else {
        COLUMNS.len()
    };
    if !page.table(&COLUMNS, least, &rows(&overview.rules)) {
        page.paragraph("A wider terminal shows more columns.");
    }

    page.title(&conclusion(&overview.dir, overview.choice.as_ref()));
    page.finish()
}

/// In less, the words of the last column would not fit one by one.
const MIN_ROOM: usize = 46;

const COLUMNS: [Column; 4] = [
    Column::text("When"),
    Column::text("Executor"),
    Column::number("Workers"),
    Column::text("If it cannot start"),
];

fn rows(rules: &[Rule]) -> Vec<Vec<String>> {
    rules
        .iter()
        .map(|rule| {
            let fallbacks = &rule.selection.fallbacks;
            let fallbacks: Vec<_> = fallbacks.iter().map(|kind| kind.as_str()).collect();
            vec![
                rule.words.to_owned(),
                rule.selection.kind.as_str().to_owned(),
                rule.selection.workers.to_string(),
                fallbacks.join(", "),
            ]
        })
        .collect()
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

fn landlock(version: Option<u32>) -> String {
    match version {
        Some(version) => format!("version {version}: workers can be prevented from writing"),
        None => "not available: only nodupe itself prevents workers from writing".to_owned(),
    }
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
fn reads(timings: Option<&Timings>) -> String {
    let Some(timings) = timings else {
        return "no answer within 10 seconds; a scan needs --timeout to skip such files".to_owned();
    };
    let LatencyClass {
        alone,
        gain,
        behaviour,
    } = classify(timings);
    let Some(alone) = alone else {
        return "no readable file was found".to_owned();
    };
    let mut text = format!("{} to read the start of a file", time(alone.as_secs_f64()));
    if let (Some(gain), true) = (gain, behaviour != Behaviour::Cached) {
        text.push_str(&format!(
            "; with {} at once, {gain:.1} times the throughput",
            timings.at_once
        ));
    }
    format!("{text}: {}", behaviour.words())
}

fn conclusion(dir: &Path, choice: Option<&Choice>) -> String {
    let dir = visible(dir);
    match choice {
        Some(choice) => format!(
            "nodupe scan {dir} uses the executor {} and starts with {} workers, then moves to the number with the highest throughput: {}.",
            choice.kind.as_str(),
            choice.workers,
            visible_text(&choice.reason)
        ),
        None => format!("nodupe scan {dir} cannot run: no executor starts."),
    }
}

#[cfg(test)]
pub mod testing {
    use super::*;
    use crate::config::ExecutorKind;
    use std::time::Duration;

    /// A machine with all there is, and a program that is no worker.
    pub fn overview() -> Overview {
        let trials = vec![
            Trial {
                kind: ExecutorKind::Thread,
                started: Ok(Duration::from_micros(90)),
            },
            Trial {
                kind: ExecutorKind::Isolated,
                started: Ok(Duration::from_micros(250)),
            },
            Trial {
                kind: ExecutorKind::Process,
                started: Err("no \x1b[1m program".to_owned()),
            },
        ];
        Overview {
            dir: PathBuf::from("some/dir"),
            machine: Machine {
                processors: Processors {
                    online: 8,
                    affinity: 4,
                    quota: Some(2.5),
                    usable: 2,
                },
                io_uring: true,
                landlock: Some(7),
                own_tables: true,
            },
            place: Place {
                storage: Ok(Storage {
                    filesystem: "ext4".to_owned(),
                    remote: false,
                    device: Some("vda1".to_owned()),
                    rotational: Some(true),
                }),
                timings: Some(Timings {
                    alone: vec![Duration::from_micros(95); 10],
                    together: 20,
                    at_once: 16,
                    took: Duration::from_micros(190),
                }),
            },
            choice: measure::choose(false, 2, &trials),
            trials,
            profile: Profile::Native,
            rules: measure::table(Profile::Native, 2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::overview;
    use super::*;
    use std::time::Duration;
    use unicode_width::UnicodeWidthStr;

    const PLAIN: RenderOptions = RenderOptions {
        color: false,
        width: None,
        height: None,
    };

    #[test]
    fn all_that_is_known_is_shown() {
        insta::assert_snapshot!(text(&overview(), &PLAIN));
    }

    #[test]
    fn nothing_is_wider_than_the_terminal() {
        for width in [40, 50, 80, 100] {
            let render = RenderOptions {
                color: false,
                width: Some(width),
                height: None,
            };
            for line in text(&overview(), &render).lines() {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn nothing_foreign_reaches_the_terminal() {
        let mut overview = overview();
        overview.dir = PathBuf::from("a\x1b[2Jb");
        overview.place.storage = Err("\x1b[2J".to_owned());
        assert!(!text(&overview, &PLAIN).contains('\x1b'));
    }

    #[test]
    fn the_measurement_is_described() {
        let timings = |alone: u64, took: u64| Timings {
            alone: vec![Duration::from_micros(alone); 10],
            together: 20,
            at_once: 16,
            took: Duration::from_micros(20 * took),
        };
        let table = [
            (None, "no answer within 10 seconds"),
            (Some(Timings::default()), "no readable file was found"),
            (
                Some(timings(4, 1)),
                "4.00 µs to read the start of a file: the files are in memory",
            ),
            (
                Some(timings(90, 10)),
                "90.0 µs to read the start of a file; with 16 at once, 9.0 times the throughput: it answers many",
            ),
            (
                Some(timings(8_000, 8_000)),
                "1.0 times the throughput: it seeks",
            ),
        ];
        for (timings, part) in table {
            let text = reads(timings.as_ref());
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_remote_file_system_and_missing_features_are_shown() {
        let mut overview = overview();
        if let Ok(storage) = &mut overview.place.storage {
            storage.remote = true;
            storage.device = None;
            storage.rotational = None;
        }
        overview.machine.landlock = None;
        overview.machine.own_tables = false;
        overview.machine.io_uring = false;
        overview.choice = None;
        let text = text(&overview, &PLAIN).replace('\n', " ");
        for part in [
            "ext4, reads depend on a server",
            "unknown: the kernel does not report it",
            "not available, or not allowed",
            "threads cannot have descriptors",
            "cannot run: no executor starts.",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
