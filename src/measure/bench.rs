//! Comparison of the executors, and of one of them with different numbers of
//! workers.
//!
//! Runs are interleaved: each competitor once, then each again, so that other
//! load on the machine affects all of them equally. The number of rounds is
//! chosen after the first, from its duration.

use std::time::Duration;

use super::entry::{Competitor, Entry, Sample};
use crate::config::ExecutorKind;

/// All measurements.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bench {
    /// The run before all others, of which only the groups found are used: it
    /// may have had to wait for the disk.
    pub warm_up: Sample,
    /// Number of runs of each of the others.
    pub rounds: usize,
    /// Each kind of executor.
    pub kinds: Vec<Entry>,
    /// Threads, with different numbers of workers.
    pub sweep: Vec<Entry>,
}

/// Progress of the measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// The next competitor; `None` for the warm-up.
    pub competitor: Option<Competitor>,
    /// Number of completed runs.
    pub done: usize,
    /// Total number of runs, as far as is known: those of one round before the
    /// first is over.
    pub of: usize,
}

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

/// Measures, each run being one call of `run`.
///
/// # Errors
///
/// The error of the warm-up: there is nothing to compare then.
pub(crate) fn bench(
    mut run: impl FnMut(Competitor) -> Result<Sample, String>,
    mut report: impl FnMut(Step),
) -> Result<Bench, String> {
    let kinds = KINDS.map(|kind| Competitor {
        kind,
        workers: None,
    });
    let sweep = COUNTS.map(|count| Competitor {
        kind: ExecutorKind::Thread,
        workers: Some(count),
    });
    let mut entries: Vec<Entry> = kinds.into_iter().chain(sweep).map(Entry::new).collect();
    let mut step = Step {
        competitor: None,
        done: 0,
        of: entries.len() + 1,
    };
    report(step);
    let warm_up = run(kinds[1])?;
    let mut rounds = 1;
    let mut round = 0;
    while round < rounds {
        for entry in &mut entries {
            step.done += 1;
            step.competitor = Some(entry.competitor);
            report(step);
            entry.run_once(&mut run);
        }
        round += 1;
        if round == 1 {
            let took = entries.iter().flat_map(|entry| &entry.runs);
            let took = took.map(|run| run.wall).sum();
            rounds = rounds_within(BUDGET.saturating_sub(warm_up.wall), took);
            step.of = 1 + rounds * entries.len();
        }
    }
    let sweep = entries.split_off(kinds.len());
    Ok(Bench {
        warm_up,
        rounds,
        kinds: entries,
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

impl Bench {
    /// All entries: the kinds, then the numbers of workers.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.kinds.iter().chain(&self.sweep)
    }

    /// Returns true if each run of an executor found the same as the warm-up.
    pub(crate) fn agrees(&self, entry: &Entry) -> bool {
        entry.runs.iter().all(|run| run.found == self.warm_up.found)
    }

    /// Returns true if all found the same.
    pub(crate) fn all_agree(&self) -> bool {
        self.entries().all(|entry| self.agrees(entry))
    }

    /// The number of workers with the smallest median time; the smallest of
    /// equals.
    pub(crate) fn best(&self) -> Option<usize> {
        let times = self.sweep.iter().filter_map(|entry| {
            let times = entry.runs.iter().map(|run| run.seconds).collect();
            let median = super::statistics::median(times)?;
            Some((median, entry.competitor.workers?))
        });
        let best = times.min_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        best.map(|(_, workers)| workers)
    }
}

/// Simulated runs.
#[cfg(test)]
pub mod testing {
    use super::super::entry::Found;
    use super::*;
    use crate::types::Digest;

    /// A run that took `seconds`.
    pub fn sample(seconds: f64) -> Sample {
        Sample {
            seconds,
            startup_seconds: 0.25,
            workers: 4,
            peak_memory: Some(10 << 20),
            found: Found {
                files: 1_234,
                bytes: 5 << 20,
                groups: 7,
                errors: 0,
                digest: Digest::new(&[7; 32]),
            },
            wall: Duration::from_secs_f64(seconds),
        }
    }

    /// A thread executor's runs.
    pub fn entry(runs: Vec<Sample>) -> Entry {
        Entry {
            competitor: Competitor {
                kind: ExecutorKind::Thread,
                workers: None,
            },
            runs,
            problem: None,
        }
    }

    /// A whole measurement in which each run takes the time that `seconds`
    /// returns.
    pub fn measured(seconds: impl Fn(Competitor) -> Result<f64, String>) -> Bench {
        let run = |competitor: Competitor| {
            let usual = if competitor.kind == ExecutorKind::Sequential {
                1
            } else {
                4
            };
            Ok(Sample {
                workers: competitor.workers.unwrap_or(usual),
                ..sample(seconds(competitor)?)
            })
        };
        bench(run, |_| {}).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{measured, sample};
    use super::*;

    #[test]
    fn rounds_follow_the_time_that_there_is() {
        let table = [
            // Milliseconds: budget, one round; rounds.
            (45_000, 0, 9),
            (45_000, 300, 9),
            (45_000, 5_000, 9),
            (45_000, 6_000, 7),
            (45_000, 7_000, 5),
            (45_000, 11_000, 3),
            (45_000, 15_000, 3),
            (45_000, 60_000, 3),
            (0, 1, 3),
        ];
        for (budget, round, expected) in table {
            let rounds = rounds_within(Duration::from_millis(budget), Duration::from_millis(round));
            assert_eq!(rounds, expected, "{budget} {round}");
        }
    }

    #[test]
    fn competitors_are_interleaved_and_progress_completes() {
        let mut order = Vec::new();
        let mut steps = Vec::new();
        let run = |competitor: Competitor| {
            order.push(competitor);
            Ok(sample(2.0))
        };
        let bench = bench(run, |step| steps.push(step)).unwrap();
        assert_eq!(bench.rounds, 3, "21 s each of 43");
        // One warm-up, then the same ten three times.
        assert_eq!(order.len(), 31);
        assert_eq!(order[1..11], order[11..21]);
        assert_eq!(order[1..11], order[21..31]);
        assert!(bench.entries().all(|entry| entry.runs.len() == 3));
        assert_eq!((steps[0].competitor, steps[0].done), (None, 0));
        let last = steps[steps.len() - 1];
        assert_eq!((last.done, last.of), (30, 31));
        for pair in steps.windows(2) {
            assert_eq!(pair[1].done, pair[0].done + 1);
        }
    }

    #[test]
    fn a_failing_competitor_is_run_once_and_does_not_stop_others() {
        let mut tries = 0;
        let run = |competitor: Competitor| {
            if competitor.kind == ExecutorKind::Process {
                tries += 1;
                return Err("no".to_owned());
            }
            Ok(sample(0.01))
        };
        let bench = bench(run, |_| {}).unwrap();
        assert_eq!(tries, 1);
        assert_eq!(bench.kinds[3].problem.as_deref(), Some("no"));
        assert!(bench.kinds[3].runs.is_empty());
        assert_eq!(bench.kinds[2].runs.len(), MAX_ROUNDS);
        assert!(bench.all_agree());
    }

    #[test]
    fn a_failed_warm_up_is_an_error() {
        let bench = bench(|_| Err("gone".to_owned()), |_| {});
        assert_eq!(bench.unwrap_err(), "gone");
    }

    #[test]
    fn one_different_result_is_a_disagreement() {
        let mut runs = 0;
        let run = |_| {
            runs += 1;
            let mut sample = sample(0.01);
            sample.found.groups += u64::from(runs == 14);
            Ok(sample)
        };
        let bench = bench(run, |_| {}).unwrap();
        assert!(!bench.all_agree());
        let wrong: Vec<_> = bench.entries().filter(|e| !bench.agrees(e)).collect();
        assert_eq!(wrong.len(), 1);
        assert_eq!(wrong[0].competitor.kind, ExecutorKind::Isolated);
    }

    #[test]
    fn the_best_number_is_the_fastest_and_the_least_of_equals() {
        let best = |times: [f64; 6]| {
            let time = |workers| {
                let at = COUNTS.iter().position(|&count| Some(count) == workers);
                Ok(at.map_or(1.0, |at| times[at]))
            };
            measured(|competitor| time(competitor.workers)).best()
        };
        assert_eq!(best([4.0, 3.0, 2.0, 1.0, 2.0, 3.0]), Some(8));
        assert_eq!(best([1.0, 1.0, 1.0, 1.0, 1.0, 1.0]), Some(1));
        assert_eq!(best([0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), Some(1));
        assert_eq!(best([9.0, 8.0, 7.0, 6.0, 5.0, 4.0]), Some(32));
        let none = measured(|competitor| match competitor.workers {
            Some(_) => Err("no".to_owned()),
            None => Ok(1.0),
        });
        assert_eq!(none.best(), None);
    }
}
