//! The search on simulated storage, against the best number there is.

use super::simulation_tests::{MILLI, Run, SECOND, Simulation, run_adaptive};
use super::storages_tests::{ALL, CACHED, MEASURED, NETWORK, NVME};
use super::*;

const BOUNDS: Bounds = Bounds { least: 1, most: 64 };
const NOISE: f64 = 0.3;
const COUNTS: [usize; 13] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40, 48, 64];

#[test]
fn explore() {
    for (name, processors, storage) in ALL {
        let rate = |count| {
            let mut s = Simulation::new(processors, storage, 64, 7);
            s.activate(count);
            let slow = storage.latency > 5e6;
            let end = if slow { 120 * SECOND } else { 2 * SECOND };
            let begin = std::time::Instant::now();
            s.run_until(end);
            let cpu = s.look(end, 0.0).on_processor.as_secs_f64()
                / (end as f64 / 1e9)
                / processors as f64;
            let _ = begin;
            (s.work / (end as f64 / 1e9) / 1e6, cpu)
        };
        let all: Vec<_> = COUNTS.iter().map(|&c| (c, rate(c))).collect();
        let best = all
            .iter()
            .cloned()
            .fold((0, (0.0, 0.0)), |a, b| if b.1.0 > a.1.0 { b } else { a });
        eprintln!("{name}: best {best:?}");
        for (c, (r, cpu)) in &all {
            eprint!(" {c}:{r:.1}/{cpu:.2}");
        }
        eprintln!();
        let slow = storage.latency > 5e6;
        for start in [1, 2, 4, 8, 16] {
            let mut hist = std::collections::BTreeMap::new();
            let (mut worst, mut worst_total, mut last, mut nch) = (9.0_f64, 0.0_f64, 0.0_f64, 0);
            for seed in 0..if slow { 40 } else { 6 } {
                let mut s = Simulation::new(processors, storage, 64, 100 + seed);
                let mut adapt = Adapt::new(processors, start, BOUNDS);
                let secs = if slow { 60.0 } else { 5.0 };
                let run = run_adaptive(&mut s, &mut adapt, NOISE, u64::MAX, best.1.0 * 1e6 * secs);
                *hist.entry(adapt.workers()).or_insert(0) += 1;
                let end_rate = all
                    .iter()
                    .find(|a| a.0 == adapt.workers())
                    .map_or(0.0, |a| a.1.0);
                worst = worst.min(end_rate / best.1.0);
                worst_total = worst_total.max(run.end as f64 / 1e9 / secs);
                last = last.max(
                    run.changes
                        .last()
                        .map_or(0.0, |c| c.0 as f64 / run.end as f64),
                );
                nch = nch.max(run.changes.len());
            }
            eprintln!(
                "   start {start}: {hist:?} worst {worst:.2} total {worst_total:.2} last {last:.2} changes {nch}"
            );
        }
    }
}
