//! The two documents of `nodupe executors --format json`.
//!
//! They are an interface: the fields are listed in `--help`, and a change of
//! their meaning is a new version.

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::comparison::alone;
use super::overview::Overview;
use crate::measure::{self, Bench, Entry, Row, Sample, classify, row};
use crate::platform::Storage;
use crate::report::{ExactPath, json_format};

const VERSION: u32 = 1;

#[derive(Serialize)]
struct Head<'a> {
    version: u32,
    nodupe: &'static str,
    directory: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    directory_bytes: Option<String>,
}

impl<'a> Head<'a> {
    fn of(dir: &'a Path) -> Self {
        let dir = ExactPath::of(dir);
        Self {
            version: VERSION,
            nodupe: env!("CARGO_PKG_VERSION"),
            directory: dir.path,
            directory_bytes: dir.path_bytes,
        }
    }
}

#[derive(Serialize)]
struct OverviewDocument<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    processors: ProcessorsRecord,
    kernel: KernelRecord,
    storage: Option<StorageRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_problem: Option<&'a str>,
    reads: ReadsRecord,
    executors: Vec<TrialRecord<'a>>,
    profile: ProfileRecord,
    rules: Vec<RuleRecord>,
    choice: Option<ChoiceRecord<'a>>,
}

#[derive(Serialize)]
struct ProcessorsRecord {
    online: usize,
    affinity: usize,
    quota: Option<f64>,
    usable: usize,
}

#[derive(Serialize)]
struct KernelRecord {
    io_uring: bool,
    landlock: Option<u32>,
    own_tables: bool,
}

#[derive(Serialize)]
struct StorageRecord<'a> {
    filesystem: &'a str,
    device: Option<&'a str>,
    remote: bool,
    rotational: Option<bool>,
}

#[derive(Serialize)]
struct ReadsRecord {
    behaviour: &'static str,
    files_alone: usize,
    files_together: usize,
    at_once: usize,
    alone_seconds: Option<f64>,
    gain: Option<f64>,
    meaning: &'static str,
}

#[derive(Serialize)]
struct TrialRecord<'a> {
    kind: &'static str,
    starts: bool,
    startup_seconds: Option<f64>,
    problem: Option<&'a str>,
}

#[derive(Serialize)]
struct ProfileRecord {
    name: &'static str,
    meaning: &'static str,
}

#[derive(Serialize)]
struct RuleRecord {
    situation: &'static str,
    executor: &'static str,
    fallbacks: Vec<&'static str>,
    workers: usize,
    reason: &'static str,
}

#[derive(Serialize)]
struct ChoiceRecord<'a> {
    executor: &'static str,
    workers: usize,
    reason: &'a str,
}

/// The document without `--bench`.
pub(super) fn overview(overview: &Overview) -> Vec<u8> {
    let machine = &overview.machine;
    let processors = &machine.processors;
    let storage = overview.place.storage.as_ref();
    document(&OverviewDocument {
        head: Head::of(&overview.dir),
        processors: ProcessorsRecord {
            online: processors.online,
            affinity: processors.affinity,
            quota: processors.quota,
            usable: processors.usable,
        },
        kernel: KernelRecord {
            io_uring: machine.io_uring,
            landlock: machine.landlock,
            own_tables: machine.own_tables,
        },
        storage: storage.ok().map(storage_record),
        storage_problem: storage.err().map(String::as_str),
        reads: reads(overview),
        executors: overview
            .trials
            .iter()
            .map(|trial| TrialRecord {
                kind: trial.kind.as_str(),
                starts: trial.started.is_ok(),
                startup_seconds: trial.started.as_ref().ok().map(Duration::as_secs_f64),
                problem: trial.started.as_ref().err().map(String::as_str),
            })
            .collect(),
        profile: ProfileRecord {
            name: measure::name_of(overview.profile),
            meaning: measure::meaning(overview.profile),
        },
        rules: overview
            .rules
            .iter()
            .map(|rule| RuleRecord {
                situation: rule.situation,
                executor: rule.selection.kind.as_str(),
                fallbacks: rule
                    .selection
                    .fallbacks
                    .iter()
                    .map(|k| k.as_str())
                    .collect(),
                workers: rule.selection.workers,
                reason: rule.selection.reason,
            })
            .collect(),
        choice: overview.choice.as_ref().map(|choice| ChoiceRecord {
            executor: choice.kind.as_str(),
            workers: choice.workers,
            reason: &choice.reason,
        }),
    })
}

fn storage_record(storage: &Storage) -> StorageRecord<'_> {
    StorageRecord {
        filesystem: &storage.filesystem,
        device: storage.device.as_deref(),
        remote: storage.remote,
        rotational: storage.rotational,
    }
}

fn reads(overview: &Overview) -> ReadsRecord {
    let Some(timings) = &overview.place.timings else {
        return ReadsRecord {
            behaviour: "no-answer",
            files_alone: 0,
            files_together: 0,
            at_once: 0,
            alone_seconds: None,
            gain: None,
            meaning: "reading takes longer than anybody waits",
        };
    };
    let judgement = classify(timings);
    ReadsRecord {
        behaviour: judgement.behaviour.as_str(),
        files_alone: timings.alone.len(),
        files_together: timings.together,
        at_once: timings.at_once,
        alone_seconds: judgement.alone.map(|alone| alone.as_secs_f64()),
        gain: judgement.gain,
        meaning: judgement.behaviour.words(),
    }
}

#[derive(Serialize)]
struct ComparisonDocument<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    processors_usable: usize,
    rounds: usize,
    agree: bool,
    files: u64,
    bytes: u64,
    groups: u64,
    errors: u64,
    warm_up: RunRecord,
    executors: Vec<EntryRecord<'a>>,
    sweep: Vec<EntryRecord<'a>>,
    best_workers: Option<usize>,
}

#[derive(Serialize)]
struct EntryRecord<'a> {
    kind: &'static str,
    workers: Option<usize>,
    seconds: Option<f64>,
    speed_up: Option<f64>,
    efficiency: Option<f64>,
    peak_memory_bytes: Option<u64>,
    startup_seconds: Option<f64>,
    agrees: bool,
    problem: Option<&'a str>,
    runs: Vec<RunRecord>,
}

impl<'a> EntryRecord<'a> {
    fn of(bench: &Bench, entry: &'a Entry, row: Option<Row>) -> Self {
        Self {
            kind: entry.competitor.kind.as_str(),
            workers: entry.competitor.workers.or(row.map(|row| row.workers)),
            seconds: row.map(|row| row.seconds),
            speed_up: row.and_then(|row| row.speed_up),
            efficiency: row.and_then(|row| row.efficiency),
            peak_memory_bytes: row.and_then(|row| row.peak_memory),
            startup_seconds: row.map(|row| row.startup),
            agrees: bench.agrees(entry),
            problem: entry.problem.as_deref(),
            runs: entry.runs.iter().map(RunRecord::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct RunRecord {
    seconds: f64,
    startup_seconds: f64,
    workers: usize,
    peak_memory_bytes: Option<u64>,
}

impl RunRecord {
    fn of(run: &Sample) -> Self {
        Self {
            seconds: run.seconds,
            startup_seconds: run.startup_seconds,
            workers: run.workers,
            peak_memory_bytes: run.peak_memory,
        }
    }
}

/// The document of `--bench`.
pub(super) fn comparison(bench: &Bench, dir: &Path, usable: usize) -> Vec<u8> {
    let alone = alone(bench);
    let record = |entry| EntryRecord::of(bench, entry, row(entry, alone, usable));
    let found = &bench.warm_up.found;
    document(&ComparisonDocument {
        head: Head::of(dir),
        processors_usable: usable,
        rounds: bench.rounds,
        agree: bench.all_agree(),
        files: found.files,
        bytes: found.bytes,
        groups: found.groups,
        errors: found.errors,
        warm_up: RunRecord::of(&bench.warm_up),
        executors: bench.kinds.iter().map(record).collect(),
        sweep: bench.sweep.iter().map(record).collect(),
        best_workers: bench.best(),
    })
}

fn document(document: &impl Serialize) -> Vec<u8> {
    let mut text = Vec::new();
    // Writing to memory cannot fail, and all map keys are strings.
    let _ = json_format::write(&mut text, document);
    text
}

#[cfg(test)]
mod tests {
    use super::super::overview::testing;
    use super::*;
    use crate::cli::help::EXECUTORS_LONG_END;
    use crate::config::ExecutorKind;
    use crate::measure::testing::measured;
    use crate::platform::os_str;
    use serde_json::Value;

    fn bench() -> Bench {
        measured(|who| match who.kind {
            ExecutorKind::Process => Err("no".to_owned()),
            _ => Ok(9.0 / who.workers.unwrap_or(3) as f64),
        })
    }

    fn text(bytes: Vec<u8>) -> String {
        let text = String::from_utf8(bytes).unwrap();
        text.replace(env!("CARGO_PKG_VERSION"), "VERSION")
    }

    #[test]
    fn the_overview_keeps_its_shape() {
        insta::assert_snapshot!(text(overview(&testing::overview())));
    }

    #[test]
    fn the_comparison_keeps_its_shape() {
        insta::assert_snapshot!(text(comparison(&bench(), Path::new("some/dir"), 2)));
    }

    #[test]
    fn a_place_that_tells_nothing_has_nulls() {
        let mut bare = testing::overview();
        bare.place.storage = Err("no".to_owned());
        bare.place.timings = None;
        bare.choice = None;
        bare.dir = os_str(b"d\xff").into();
        let document: Value = serde_json::from_slice(&overview(&bare)).unwrap();
        assert_eq!(document["storage"], Value::Null);
        assert_eq!(document["storage_problem"], "no");
        assert_eq!(document["reads"]["behaviour"], "no-answer");
        assert_eq!(document["choice"], Value::Null);
        assert_eq!(document["directory_bytes"], "ZP8=");
    }

    /// Every name of a field, wherever it is.
    fn names(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    found.push(name.clone());
                    names(value, found);
                }
            }
            Value::Array(members) => members.iter().for_each(|member| names(member, found)),
            _ => {}
        }
    }

    #[test]
    fn every_field_is_in_the_help() {
        let mut found = Vec::new();
        for document in [
            overview(&testing::overview()),
            comparison(&bench(), Path::new("d"), 2),
        ] {
            names(&serde_json::from_slice(&document).unwrap(), &mut found);
        }
        assert!(found.len() > 60, "{found:?}");
        let mut words = EXECUTORS_LONG_END.split(|c: char| !c.is_alphanumeric() && c != '_');
        let words: std::collections::BTreeSet<_> = words.by_ref().collect();
        for name in found {
            assert!(words.contains(name.as_str()), "{name} is not in the help");
        }
    }
}
