//! The search on simulated storage, compared with the best fixed number.

use super::simulation_tests::{Nanos, Run, SECOND, Simulation, Storage, run_adaptive};
use super::storages_tests::{
    CACHED, DISK_LARGE_FILES, DISK_SMALL_FILES, MEASURED, NETWORK, NVME, SATA,
};
use super::*;

const BOUNDS: Bounds = Bounds { least: 1, most: 64 };

/// Relative error of a window, either way.
const NOISE: f64 = 0.3;

const SEEDS: u64 = 8;

/// The powers of two within the bounds and some between.
const COUNTS: [usize; 10] = [1, 2, 3, 4, 8, 12, 16, 32, 48, 64];

/// A machine, and the length of a run on it: long enough for a few thousand
/// files.
struct Case {
    name: &'static str,
    processors: usize,
    storage: Storage,
    length: Nanos,
}

impl Case {
    /// Work per second with this many workers all the time.
    fn fixed(&self, count: usize) -> f64 {
        let mut simulation = Simulation::new(self.processors, self.storage, BOUNDS.most, 7);
        simulation.activate(count);
        let length = self.length / 2;
        simulation.run_until(length);
        simulation.work / (length as f64 / SECOND as f64)
    }

    fn best_fixed(&self) -> (usize, f64) {
        let rates = COUNTS.map(|count| (count, self.fixed(count)));
        let best = rates.iter().map(|rate| rate.1).fold(0.0, f64::max);
        // Of those that are as good as the best, the fewest.
        let fewest = rates.into_iter().find(|rate| rate.1 > 0.99 * best);
        (fewest.unwrap().0, best)
    }

    /// Does as much work as takes the case's time at the best rate; returns the
    /// numbers it went through and the final state.
    fn run(&self, start: usize, seed: u64, best: f64) -> (Run, Autoscale) {
        let mut simulation = Simulation::new(self.processors, self.storage, BOUNDS.most, seed);
        let mut autoscale = Autoscale::new(self.processors, start, BOUNDS);
        let work = best * (self.length as f64 / SECOND as f64);
        let run = run_adaptive(&mut simulation, &mut autoscale, NOISE, Nanos::MAX, work);
        (run, autoscale)
    }

    /// Runs from each of these numbers with several seeds. The noise may
    /// hide one step of 20 % now and then; it must not hide more.
    fn holds(&self, starts: &[usize]) {
        let (count, best) = self.best_fixed();
        let mut missed = 0;
        let mut runs = 0;
        for (&start, seed) in starts.iter().flat_map(|s| (1..=SEEDS).map(move |n| (s, n))) {
            let (run, autoscale) = self.run(start, seed, best);
            let settled = self.fixed(autoscale.workers()) / best;
            let longer = run.end as f64 / self.length as f64;
            let told = format!(
                "{}, best fixed {count}, from {start}, seed {seed}: {:?}; it gives {settled:.2} of \
                 the best, all took {longer:.2} times as long; {:?}",
                self.name,
                autoscale.decision(),
                run.counts()
            );
            // Shown with --nocapture.
            eprintln!("{told}");
            let last = run.changes.last().map_or(0, |change| change.0);
            assert!(last < run.end / 3 * 2, "it does not settle: {told}");
            assert!(settled > 0.8, "it settled badly: {told}");
            assert!(longer < 1.3, "the search is expensive: {told}");
            let within = |count| (BOUNDS.least..=BOUNDS.most).contains(&count);
            assert!(run.changes.iter().all(|change| within(change.1)), "{told}");
            missed += usize::from(settled < 0.85 || longer > 1.25);
            runs += 1;
        }
        assert!(missed * 8 <= runs, "{missed} of {runs} missed the best");
    }
}

fn case(name: &'static str, processors: usize, storage: Storage, seconds: u64) -> Case {
    Case {
        name,
        processors,
        storage,
        length: seconds * SECOND,
    }
}

#[test]
fn a_cache_is_left_to_the_processors_there_are() {
    case("cached, 2 processors", 2, CACHED, 10).holds(&[2, 4, 16]);
    case("cached, 8 processors", 8, CACHED, 10).holds(&[2, 8]);
}

#[test]
fn the_measured_disk_gets_many() {
    case("as measured", 2, MEASURED, 30).holds(&[4, 16]);
}

#[test]
fn nvme_gets_the_maximum() {
    case("NVMe", 2, NVME, 15).holds(&[4, 16]);
}

#[test]
fn a_sata_ssd_gets_enough_to_saturate_it() {
    case("SATA SSD", 2, SATA, 20).holds(&[4, 16]);
}

#[test]
fn a_spinning_disk_with_small_files_accepts_any_number() {
    case("disk, small files", 2, DISK_SMALL_FILES, 120).holds(&[1, 4, 16]);
}

#[test]
fn a_spinning_disk_with_large_files_gets_one() {
    case("disk, large files", 2, DISK_LARGE_FILES, 240).holds(&[1, 4, 8]);
}

#[test]
fn a_slow_network_gets_enough_to_saturate_it() {
    case("network", 2, NETWORK, 240).holds(&[4, 16]);
}

/// Runs on one storage for `seconds` and on another for as many.
fn then(first: Storage, second: Storage, seconds: u64, seed: u64) -> (usize, Autoscale, Run) {
    let mut simulation = Simulation::new(2, first, BOUNDS.most, seed);
    let mut autoscale = Autoscale::new(2, 4, BOUNDS);
    let until = seconds * SECOND;
    run_adaptive(&mut simulation, &mut autoscale, NOISE, until, f64::MAX);
    let between = autoscale.workers();
    simulation.swap(second);
    let run = run_adaptive(&mut simulation, &mut autoscale, NOISE, 2 * until, f64::MAX);
    (between, autoscale, run)
}

#[test]
fn the_end_of_a_cache_is_noticed_within_seconds() {
    for seed in 1..=SEEDS {
        let (between, autoscale, run) = then(CACHED, NVME, 5, seed);
        assert_eq!((between, autoscale.workers()), (4, 64), "seed {seed}");
        assert!(run.changes.last().unwrap().0 < 9 * SECOND, "seed {seed}");
    }
}

#[test]
fn when_the_rest_is_cached_the_start_is_enough() {
    for seed in 1..=SEEDS {
        let (between, autoscale, _) = then(MEASURED, CACHED, 15, seed);
        assert!(between > 4, "seed {seed}: {between}");
        assert_eq!(autoscale.workers(), 4, "seed {seed}");
    }
}

#[test]
fn ten_minutes_see_few_changes() {
    for (name, storage) in [
        ("SATA SSD", SATA),
        ("disk, small files", DISK_SMALL_FILES),
        ("disk, large files", DISK_LARGE_FILES),
        ("network", NETWORK),
    ] {
        let mut simulation = Simulation::new(2, storage, BOUNDS.most, 3);
        let mut autoscale = Autoscale::new(2, 4, BOUNDS);
        let run = run_adaptive(
            &mut simulation,
            &mut autoscale,
            NOISE,
            600 * SECOND,
            f64::MAX,
        );
        assert!(run.changes.len() <= 24, "{name}: {:?}", run.counts());
    }
}

/// Even if the cache comes and goes for ever: the patience grows.
#[test]
fn storage_that_changes_for_ever_does_not_change_the_number_for_ever() {
    let mut simulation = Simulation::new(2, NVME, BOUNDS.most, 5);
    let mut autoscale = Autoscale::new(2, 4, BOUNDS);
    let mut changes = Vec::new();
    for turn in 1..=40 {
        simulation.swap(if turn % 2 == 0 { CACHED } else { NETWORK });
        let until = turn * 15 * SECOND;
        let run = run_adaptive(&mut simulation, &mut autoscale, NOISE, until, f64::MAX);
        changes.extend(run.counts());
    }
    assert!(changes.len() <= 60, "{changes:?}");
    let late = changes.iter().filter(|change| change.0 > 200_000).count();
    assert_eq!(late, 0, "{changes:?}");
}
