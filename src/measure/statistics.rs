//! Statistics of several runs.

use super::entry::{Entry, Sample};

/// Statistics of one executor's runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Row {
    /// The median time of a scan.
    pub seconds: f64,
    /// Speed-up over one worker alone; `None` if the clock did not move.
    pub speed_up: Option<f64>,
    /// The speed-up per processor that the workers could use.
    pub efficiency: Option<f64>,
    /// The highest peak memory of any run.
    pub peak_memory: Option<u64>,
    /// The median time to start.
    pub startup: f64,
    /// The highest number of workers at the end of any run.
    pub workers: usize,
}

/// Computes the statistics; `None` without a run. `alone` is the median of the
/// sequential runs, `usable` the number of usable processors.
pub(crate) fn row(entry: &Entry, alone: Option<f64>, usable: usize) -> Option<Row> {
    let each = |of: fn(&Sample) -> f64| median(entry.runs.iter().map(of).collect());
    let seconds = each(|run| run.seconds)?;
    let workers = entry.runs.iter().map(|run| run.workers).max()?;
    let speed_up = alone.and_then(|alone| ratio(alone, seconds));
    Some(Row {
        seconds,
        speed_up,
        efficiency: speed_up.map(|speed_up| efficiency(speed_up, workers, usable)),
        peak_memory: entry.runs.iter().filter_map(|run| run.peak_memory).max(),
        startup: each(|run| run.startup_seconds)?,
        workers,
    })
}

/// The median; with two middle values their mean.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = values[values.len() / 2 - 1];
    Some(lower + (upper - lower) / 2.0)
}

/// The quotient of two positive numbers; otherwise `None`.
fn ratio(one: f64, other: f64) -> Option<f64> {
    (one > 0.0 && other > 0.0).then(|| one / other)
}

/// Efficiency per usable processor. Workers beyond the number of processors
/// wait for one: they serve to hide the disk's latency, and cannot add to the
/// efficiency.
fn efficiency(speed_up: f64, workers: usize, usable: usize) -> f64 {
    speed_up / workers.min(usable).max(1) as f64
}

/// The largest relative spread of all executors: the width of the middle half
/// of the runs, as a fraction of their median. Smaller differences are not
/// significant.
pub(crate) fn spread<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Option<f64> {
    let spreads = entries.into_iter().filter_map(spread_of);
    spreads.max_by(f64::total_cmp)
}

fn spread_of(entry: &Entry) -> Option<f64> {
    let mut times: Vec<f64> = entry.runs.iter().map(|run| run.seconds).collect();
    times.sort_unstable_by(f64::total_cmp);
    // Other programs disturb one or two.
    let outside = times.len() / 4;
    let middle = &times[outside..times.len() - outside];
    let apart = middle.last()? - middle.first()?;
    ratio(apart, median(times)?).or(Some(0.0))
}

#[cfg(test)]
mod tests {
    use super::super::bench::testing::{entry, sample};
    use super::*;

    #[test]
    fn medians_of_few_and_many() {
        let table: [(&[f64], Option<f64>); 6] = [
            (&[], None),
            (&[7.0], Some(7.0)),
            (&[3.0, 1.0], Some(2.0)),
            (&[9.0, 1.0, 2.0], Some(2.0)),
            (&[4.0, 1.0, 3.0, 100.0], Some(3.5)),
            (&[0.0, 0.0, 5.0], Some(0.0)),
        ];
        for (values, expected) in table {
            assert_eq!(median(values.to_vec()), expected, "{values:?}");
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
            (8.0, 8.0, 1, 8, Some((1.0, 1.0))),
            (8.0, 16.0, 1, 1, Some((0.5, 0.5))),
            // Zero time and zero workers are not valid divisors.
            (8.0, 0.0, 4, 2, None),
            (0.0, 4.0, 4, 2, None),
            (8.0, 4.0, 0, 0, Some((2.0, 2.0))),
        ];
        for (alone, seconds, workers, usable, expected) in table {
            let run = Sample {
                workers,
                ..sample(seconds)
            };
            let row = row(&entry(vec![run]), Some(alone), usable).unwrap();
            let found = row.speed_up.zip(row.efficiency);
            assert_eq!(found, expected, "{alone} {seconds} {workers} {usable}");
        }
    }

    #[test]
    fn a_row_takes_the_median_time_and_the_most_memory() {
        let mut runs = vec![sample(3.0), sample(1.0), sample(2.0)];
        runs[1].peak_memory = Some(90 << 20);
        runs[2].peak_memory = None;
        let row = row(&entry(runs), None, 2).unwrap();
        assert_eq!((row.seconds, row.peak_memory), (2.0, Some(90 << 20)));
        assert_eq!((row.speed_up, row.efficiency), (None, None));
        assert_eq!(super::row(&entry(vec![]), Some(1.0), 2), None);
    }

    #[test]
    fn the_spread_is_the_widest() {
        let steady = entry(vec![sample(2.0), sample(2.0)]);
        let wide = entry(vec![sample(1.0), sample(2.0), sample(3.0)]);
        assert_eq!(spread(&[steady.clone(), wide]), Some(1.0));
        assert_eq!(spread(&[steady]), Some(0.0));
        // Of five, the smallest and largest do not count.
        let times = [1.0, 99.0, 2.0, 3.0, 2.5];
        let disturbed = entry(times.map(sample).to_vec());
        assert_eq!(spread(&[disturbed]), Some(0.4));
        assert_eq!(spread(&[entry(vec![sample(0.0)])]), Some(0.0));
        assert_eq!(spread([]), None);
    }
}
