//! Comparison of the executors, and of threads with different numbers of
//! workers.
//!
//! Runs are interleaved: each competitor once, then each again, so that other
//! load on the machine affects all of them equally. The number of rounds is
//! chosen after the first, from its duration.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::ExecutorKind;
use crate::types::Digest;

const KINDS: [ExecutorKind; 4] = [
    ExecutorKind::Sequential,
    ExecutorKind::Thread,
    ExecutorKind::Isolated,
    ExecutorKind::Process,
];

const COUNTS: [usize; 6] = [1, 2, 4, 8, 16, 32];

/// Maximum duration of all runs together, unless the minimum number of them
/// takes longer.
const BUDGET: Duration = Duration::from_secs(45);

/// Minimum for a useful median.
const MIN_ROUNDS: usize = 3;

/// More would show digits that are not reproducible.
const MAX_ROUNDS: usize = 9;

/// An executor configuration that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Competitor {
    /// The kind of its executor.
    pub kind: ExecutorKind,
    /// Number of workers; `None` leaves it to the executor.
    pub workers: Option<usize>,
}

/// Result of one run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Run {
    /// Duration of the scan.
    pub seconds: f64,
    /// Duration of its executor's start, a part of the above.
    pub startup_seconds: f64,
    /// Number of workers at the end.
    pub workers: usize,
    /// Peak memory of the program and its worker processes.
    pub peak_memory_bytes: Option<u64>,
    /// The result of the scan.
    #[serde(skip)]
    pub found: Found,
    /// A digest of all groups with their complete content.
    #[serde(skip)]
    pub digest: Digest,
    /// Duration of the whole run, including the start of the program and the
    /// report.
    #[serde(skip)]
    pub wall: Duration,
}

/// The result of a scan: the same for every executor, or there is a bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Found {
    /// Files that took part.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Groups of duplicates.
    pub groups: u64,
    /// Paths that could not be read.
    pub errors: u64,
}

/// A competitor and its runs. The statistics are missing without a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Entry {
    /// The kind of executor.
    pub kind: &'static str,
    /// The requested number of workers, or the highest at the end of any run.
    pub workers: Option<usize>,
    /// The median time of a scan.
    pub seconds: Option<f64>,
    /// Speed-up over one worker alone; `None` if the clock did not move.
    pub speed_up: Option<f64>,
    /// The speed-up per processor that the workers could use. Workers beyond
    /// the number of processors wait for one: they serve to hide the disk's
    /// latency, and cannot add to the efficiency.
    pub efficiency: Option<f64>,
    /// The highest peak memory of any run.
    pub peak_memory_bytes: Option<u64>,
    /// The median time to start.
    pub startup_seconds: Option<f64>,
    /// True if each run found the same as the warm-up.
    pub agrees: bool,
    /// The reason why there is no run, or why there are no more.
    pub problem: Option<String>,
    /// The result of each run.
    pub runs: Vec<Run>,
    #[serde(skip)]
    competitor: Competitor,
}

/// All measurements.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Bench {
    /// Number of usable processors.
    pub processors_usable: usize,
    /// Number of runs of each competitor.
    pub rounds: usize,
    /// True if all found the same.
    pub agree: bool,
    /// The result of the warm-up.
    #[serde(flatten)]
    pub found: Found,
    /// The run before all others, of which only the groups found are used: it
    /// may have had to wait for the disk.
    pub warm_up: Run,
    /// Each kind of executor.
    pub executors: Vec<Entry>,
    /// Threads, with different numbers of workers.
    pub sweep: Vec<Entry>,
    /// The number of workers with the smallest median time; the smallest of
    /// equals.
    pub best_workers: Option<usize>,
}

/// Measures, each run being one call of `run`. Before each, `report` is called
/// with the next competitor (`None` for the warm-up), the number of completed
/// runs and their total, as far as that is known.
///
/// # Errors
///
/// The error of the warm-up: there is nothing to compare then.
pub(crate) fn bench(
    usable: usize,
    mut run: impl FnMut(Competitor) -> Result<Run, String>,
    mut report: impl FnMut(Option<Competitor>, usize, usize),
) -> Result<Bench, String> {
    let kinds = KINDS.map(|kind| (kind, None));
    let counts = COUNTS.map(|count| (ExecutorKind::Thread, Some(count)));
    let competitors = kinds.into_iter().chain(counts);
    let mut entries: Vec<Entry> = competitors
        .map(|(kind, workers)| Entry::new(Competitor { kind, workers }))
        .collect();
    let mut done = 0;
    let mut total = entries.len() + 1;
    report(None, done, total);
    let warm_up = run(entries[1].competitor)?;
    let mut rounds = 1;
    let mut round = 0;
    while round < rounds {
        for entry in &mut entries {
            done += 1;
            report(Some(entry.competitor), done, total);
            entry.run_once(&mut run);
        }
        round += 1;
        if round == 1 {
            let took = entries.iter().flat_map(|entry| &entry.runs);
            let took = took.map(|run| run.wall).sum();
            rounds = rounds_within(BUDGET.saturating_sub(warm_up.wall), took);
            total = 1 + rounds * entries.len();
        }
    }
    let alone = entries[0].median(|run| run.seconds);
    for entry in &mut entries {
        entry.evaluate(alone, usable, &warm_up);
    }
    let sweep = entries.split_off(KINDS.len());
    Ok(Bench {
        processors_usable: usable,
        rounds,
        agree: entries.iter().chain(&sweep).all(|entry| entry.agrees),
        found: warm_up.found,
        warm_up,
        best_workers: best(&sweep),
        executors: entries,
        sweep,
    })
}

/// Number of rounds that fit into the budget. It is odd, so that the median is
/// one of them.
fn rounds_within(budget: Duration, round: Duration) -> usize {
    let fit = budget.as_nanos() / round.as_nanos().max(1);
    let fit = usize::try_from(fit).unwrap_or(usize::MAX);
    let rounds = fit.clamp(MIN_ROUNDS, MAX_ROUNDS);
    rounds - usize::from(rounds.is_multiple_of(2))
}

fn best(sweep: &[Entry]) -> Option<usize> {
    let times = sweep
        .iter()
        .filter_map(|entry| Some((entry.seconds?, entry.workers?)));
    let best = times.min_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    best.map(|(_, workers)| workers)
}

impl Bench {
    /// All entries: the kinds, then the numbers of workers.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.executors.iter().chain(&self.sweep)
    }

    /// The largest relative spread of all executors: the width of the middle
    /// half of the runs, as a fraction of their median. Smaller differences are
    /// not significant.
    pub(crate) fn spread(&self) -> Option<f64> {
        self.entries()
            .filter_map(Entry::spread)
            .max_by(f64::total_cmp)
    }
}

impl Entry {
    fn new(competitor: Competitor) -> Self {
        Self {
            kind: competitor.kind.as_str(),
            workers: competitor.workers,
            seconds: None,
            speed_up: None,
            efficiency: None,
            peak_memory_bytes: None,
            startup_seconds: None,
            agrees: true,
            problem: None,
            runs: Vec::new(),
            competitor,
        }
    }

    /// Runs once more. A competitor that failed once would fail again, and is
    /// skipped.
    fn run_once(&mut self, run: &mut impl FnMut(Competitor) -> Result<Run, String>) {
        if self.problem.is_some() {
            return;
        }
        match run(self.competitor) {
            Ok(run) => self.runs.push(run),
            Err(problem) => self.problem = Some(problem),
        }
    }

    /// Computes the statistics. `alone` is the median of the sequential runs.
    fn evaluate(&mut self, alone: Option<f64>, usable: usize, warm_up: &Run) {
        let most = self.runs.iter().map(|run| run.workers).max();
        self.workers = self.workers.or(most);
        self.seconds = self.median(|run| run.seconds);
        self.startup_seconds = self.median(|run| run.startup_seconds);
        self.peak_memory_bytes = self
            .runs
            .iter()
            .filter_map(|run| run.peak_memory_bytes)
            .max();
        let found = |run: &Run| (run.found, run.digest);
        self.agrees = self.runs.iter().all(|run| found(run) == found(warm_up));
        let (Some(alone), Some(seconds), Some(most)) = (alone, self.seconds, most) else {
            return;
        };
        if alone > 0.0 && seconds > 0.0 {
            let speed_up = alone / seconds;
            self.speed_up = Some(speed_up);
            self.efficiency = Some(speed_up / most.min(usable).max(1) as f64);
        }
    }

    fn median(&self, of: impl Fn(&Run) -> f64) -> Option<f64> {
        median(&sorted(self.runs.iter().map(of)))
    }

    fn spread(&self) -> Option<f64> {
        let times = sorted(self.runs.iter().map(|run| run.seconds));
        // Other programs disturb one or two.
        let outside = times.len() / 4;
        let middle = &times[outside..times.len() - outside];
        let apart = middle.last()? - middle.first()?;
        let median = median(&times)?;
        Some(if median > 0.0 { apart / median } else { 0.0 })
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// The median of sorted values; with two middle ones their mean.
fn median(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = sorted[sorted.len() / 2 - 1];
    Some(lower + (upper - lower) / 2.0)
}

/// Simulated runs.
#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// A run that took `seconds`.
    pub(crate) fn run(seconds: f64) -> Run {
        Run {
            seconds,
            startup_seconds: 0.25,
            workers: 4,
            peak_memory_bytes: Some(10 << 20),
            found: Found {
                files: 1_234,
                bytes: 5 << 20,
                groups: 7,
                errors: 0,
            },
            digest: Digest::new(&[7; 32]),
            wall: Duration::from_secs_f64(seconds),
        }
    }

    /// A whole measurement on two processors in which each run takes the time
    /// that `seconds` returns.
    pub(crate) fn measured(seconds: impl Fn(Competitor) -> Result<f64, String>) -> Bench {
        let run = |competitor: Competitor| {
            let is_alone = competitor.kind == ExecutorKind::Sequential;
            Ok(Run {
                workers: competitor.workers.unwrap_or(if is_alone { 1 } else { 4 }),
                ..run(seconds(competitor)?)
            })
        };
        bench(2, run, |_, _, _| {}).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{measured, run};
    use super::*;

    #[test]
    fn rounds_follow_the_time_that_there_is() {
        // Seconds: budget, one round; rounds.
        let table = [
            (45, 0, 9),
            (45, 5, 9),
            (45, 6, 7),
            (45, 7, 5),
            (45, 11, 3),
            (45, 60, 3),
            (0, 1, 3),
        ];
        for (budget, round, expected) in table {
            let rounds = rounds_within(Duration::from_secs(budget), Duration::from_secs(round));
            assert_eq!(rounds, expected, "{budget} {round}");
        }
    }

    #[test]
    fn competitors_are_interleaved_and_progress_completes() {
        let mut order = Vec::new();
        let mut steps = Vec::new();
        let run = |competitor: Competitor| {
            order.push(competitor);
            Ok(run(2.0))
        };
        let bench = bench(2, run, |_, done, of| steps.push((done, of))).unwrap();
        assert_eq!(bench.rounds, 3, "21 s each of 43");
        // One warm-up, then the same ten three times.
        assert_eq!(order.len(), 31);
        assert_eq!(order[1..11], order[11..21]);
        assert_eq!(order[1..11], order[21..31]);
        assert!(bench.entries().all(|entry| entry.runs.len() == 3));
        assert!(steps.iter().map(|step| step.0).eq(0..31));
        assert_eq!((steps[0].1, steps[30].1), (11, 31));
    }

    #[test]
    fn a_failing_competitor_is_run_once_and_does_not_stop_others() {
        let tries = std::cell::Cell::new(0);
        let bench = measured(|competitor| match competitor.kind {
            ExecutorKind::Process => {
                tries.set(tries.get() + 1);
                Err("no".to_owned())
            }
            _ => Ok(0.01),
        });
        assert_eq!(tries.get(), 1);
        assert_eq!(bench.executors[3].problem.as_deref(), Some("no"));
        assert!(bench.executors[3].runs.is_empty());
        assert_eq!(bench.executors[2].runs.len(), MAX_ROUNDS);
        assert!(bench.agree);
        let failed = super::bench(2, |_| Err("gone".to_owned()), |_, _, _| {});
        assert_eq!(failed.unwrap_err(), "gone");
    }

    #[test]
    fn one_different_result_is_a_disagreement() {
        let mut runs = 0;
        let run = |_| {
            runs += 1;
            let mut run = run(0.01);
            run.found.groups += u64::from(runs == 14);
            Ok(run)
        };
        let bench = bench(2, run, |_, _, _| {}).unwrap();
        assert!(!bench.agree);
        let wrong = bench.entries().filter(|entry| !entry.agrees);
        assert_eq!(
            wrong.map(|entry| entry.kind).collect::<Vec<_>>(),
            ["isolated"]
        );
    }

    #[test]
    fn the_best_number_is_the_fastest_and_the_least_of_equals() {
        let best = |times: [f64; 6]| {
            let time = |workers| {
                let at = COUNTS.iter().position(|&count| Some(count) == workers);
                Ok(at.map_or(1.0, |at| times[at]))
            };
            measured(|competitor| time(competitor.workers)).best_workers
        };
        assert_eq!(best([4.0, 3.0, 2.0, 1.0, 2.0, 3.0]), Some(8));
        assert_eq!(best([1.0; 6]), Some(1));
        assert_eq!(best([9.0, 8.0, 7.0, 6.0, 5.0, 4.0]), Some(32));
    }

    #[test]
    fn medians_of_few_and_many() {
        let table: [(&[f64], Option<f64>); 5] = [
            (&[], None),
            (&[7.0], Some(7.0)),
            (&[3.0, 1.0], Some(2.0)),
            (&[9.0, 1.0, 2.0], Some(2.0)),
            (&[4.0, 1.0, 3.0, 100.0], Some(3.5)),
        ];
        for (values, expected) in table {
            assert_eq!(
                median(&sorted(values.iter().copied())),
                expected,
                "{values:?}"
            );
        }
    }

    fn entry(runs: Vec<Run>) -> Entry {
        let (kind, workers) = (ExecutorKind::Thread, None);
        Entry {
            runs,
            ..Entry::new(Competitor { kind, workers })
        }
    }

    #[test]
    fn efficiency_counts_the_processors_that_workers_could_use() {
        let table = [
            // Seconds alone, seconds, workers, processors; both results.
            (8.0, 4.0, 2, 2, Some((2.0, 1.0))),
            (8.0, 4.0, 4, 2, Some((2.0, 1.0))),
            (8.0, 4.0, 2, 8, Some((2.0, 1.0))),
            (8.0, 4.0, 4, 8, Some((2.0, 0.5))),
            (8.0, 16.0, 1, 1, Some((0.5, 0.5))),
            // Zero time and zero workers are not valid divisors.
            (8.0, 0.0, 4, 2, None),
            (0.0, 4.0, 4, 2, None),
            (8.0, 4.0, 0, 0, Some((2.0, 2.0))),
        ];
        for (alone, seconds, workers, usable, expected) in table {
            let mut entry = entry(vec![Run {
                workers,
                ..run(seconds)
            }]);
            entry.evaluate(Some(alone), usable, &run(0.0));
            let found = entry.speed_up.zip(entry.efficiency);
            assert_eq!(found, expected, "{alone} {seconds} {workers} {usable}");
        }
    }

    #[test]
    fn an_entry_has_the_median_time_and_the_most_memory() {
        let mut runs = vec![run(3.0), run(1.0), run(2.0)];
        runs[1].peak_memory_bytes = Some(90 << 20);
        runs[2].peak_memory_bytes = None;
        let mut entry = entry(runs);
        entry.evaluate(None, 2, &run(0.0));
        assert_eq!((entry.seconds, entry.workers), (Some(2.0), Some(4)));
        assert_eq!(entry.peak_memory_bytes, Some(90 << 20));
        assert_eq!((entry.speed_up, entry.efficiency), (None, None));
    }

    #[test]
    fn the_spread_is_that_of_the_middle_half() {
        let spread = |times: &[f64]| entry(times.iter().copied().map(run).collect()).spread();
        assert_eq!(spread(&[2.0, 2.0]), Some(0.0));
        assert_eq!(spread(&[1.0, 2.0, 3.0]), Some(1.0));
        // Of five, the smallest and largest do not count.
        assert_eq!(spread(&[1.0, 99.0, 2.0, 3.0, 2.5]), Some(0.4));
        assert_eq!(spread(&[0.0]), Some(0.0));
        assert_eq!(spread(&[]), None);
    }
}
