//! The rules of the search one at a time, and its stability for any input.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

const BOUNDS: Bounds = Bounds { least: 1, most: 64 };

/// A tenth of a second on two processors.
fn window(mebibytes: u64, part: f64) -> Observation {
    Observation {
        elapsed: Duration::from_millis(100),
        files: 0,
        bytes: mebibytes << 20,
        on_processor: Duration::from_secs_f64(0.2 * part),
        working: 0,
        waiting: true,
    }
}

fn start(count: usize) -> Autoscale {
    Autoscale::new(2, count, BOUNDS)
}

/// The numbers it goes through in this many windows, where `gives` returns the
/// throughput and the processor use of each number of workers.
fn run(
    autoscale: &mut Autoscale,
    windows: usize,
    gives: impl Fn(usize) -> (u64, f64),
) -> Vec<usize> {
    let mut seen = Vec::new();
    for _ in 0..windows {
        let (mebibytes, part) = gives(autoscale.workers());
        seen.extend(autoscale.observe(&window(mebibytes, part)));
    }
    seen
}

#[test]
fn it_doubles_as_long_as_that_gives_more() {
    let mut autoscale = start(4);
    let seen = run(&mut autoscale, 100, |workers| (workers as u64 * 10, 0.2));
    assert_eq!(seen, [8, 16, 32, 64]);
    assert_eq!(autoscale.decision(), Decision::Raised { from: 4, to: 64 });
}

#[test]
fn it_reaches_the_maximum_within_a_second() {
    let mut autoscale = start(4);
    run(&mut autoscale, 10, |workers| (workers as u64 * 10, 0.2));
    assert_eq!(autoscale.workers(), 64);
}

#[test]
fn the_maximum_need_not_be_a_doubling() {
    let most = Bounds { least: 1, most: 10 };
    let mut autoscale = Autoscale::new(2, 4, most);
    let seen = run(&mut autoscale, 100, |workers| (workers as u64 * 10, 0.2));
    // A step by a quarter is not clear at once, so it is checked from above.
    assert_eq!(seen, [8, 10, 5, 10]);
}

#[test]
fn it_halves_as_long_as_that_gives_as_much() {
    let mut autoscale = start(8);
    run(&mut autoscale, 300, |workers| {
        (100.min(workers as u64 * 50), 0.2)
    });
    assert_eq!(autoscale.workers(), 2);
    assert_eq!(autoscale.decision(), Decision::Lowered { from: 8, to: 2 });
}

#[test]
fn of_equal_throughputs_the_fewest_workers_are_chosen() {
    let mut autoscale = start(4);
    run(&mut autoscale, 300, |_| (100, 0.2));
    assert_eq!(autoscale.workers(), 1);
}

#[test]
fn fewer_are_not_tried_while_the_processors_are_busy() {
    for (part, least) in [(0.45, 1), (0.55, 4)] {
        let mut autoscale = start(4);
        let seen = run(&mut autoscale, 300, |_| (100, part));
        assert!(seen.contains(&8));
        assert_eq!(seen.iter().min(), Some(&least), "{part}");
        assert_eq!(autoscale.workers(), least, "{part}");
    }
}

#[test]
fn fewer_are_tried_once_the_processors_are_idle() {
    for part in [0.55, 0.75, 0.95] {
        for at_work in [3, 12, 40] {
            let mut autoscale = start(4);
            run(&mut autoscale, at_work, |_| (100, part));
            assert!(autoscale.workers() >= 4);
            run(&mut autoscale, 200, |workers| (400 / workers as u64, 0.05));
            assert_eq!(autoscale.workers(), 1, "{at_work} windows at {part}");
        }
    }
}

#[test]
fn one_worker_is_tried_if_half_does_not_help() {
    let mut autoscale = start(8);
    run(&mut autoscale, 300, |workers| match workers {
        1 => (300, 0.2),
        2..8 => (80, 0.2),
        _ => (100, 0.2),
    });
    assert_eq!(autoscale.workers(), 1);
}

#[test]
fn the_start_is_kept_if_nothing_is_better() {
    let mut autoscale = start(4);
    run(&mut autoscale, 300, |workers| match workers {
        4 => (100, 0.2),
        _ => (50, 0.2),
    });
    assert_eq!(autoscale.workers(), 4);
    assert_eq!(autoscale.decision(), Decision::Kept);
}

#[test]
fn a_step_up_that_met_a_stall_gets_a_second_chance() {
    let mut autoscale = start(4);
    run(&mut autoscale, 2, |_| (100, 0.2));
    run(&mut autoscale, 4, |_| (0, 0.2));
    assert_eq!(autoscale.workers(), 4);
    run(&mut autoscale, 100, |workers| (workers as u64 * 25, 0.2));
    assert_eq!(autoscale.workers(), 64);
}

#[test]
fn busy_processors_end_the_search_before_it_begins() {
    let mut autoscale = start(4);
    let seen = run(&mut autoscale, 300, |workers| (workers as u64 * 10, 0.86));
    assert_eq!(seen, [0; 0]);
    assert_eq!(autoscale.decision(), Decision::Busy);
}

#[test]
fn busy_processors_end_the_search_on_the_way_up() {
    let mut autoscale = start(4);
    let gives = |workers| (workers as u64 * 10, workers as f64 / 16.0);
    assert_eq!(run(&mut autoscale, 300, gives), [8, 16]);
}

#[test]
fn a_suspended_search_continues_once_processors_are_idle() {
    for busy in [3, 15] {
        let mut autoscale = start(4);
        run(&mut autoscale, busy, |_| (30, 0.95));
        assert_eq!(autoscale.workers(), 4);
        run(&mut autoscale, 14, |workers| (workers as u64 * 10, 0.4));
        assert_eq!(autoscale.workers(), 64, "after {busy}");
    }
}

#[test]
fn each_suspension_lasts_longer() {
    let mut autoscale = start(4);
    let changes: Vec<usize> = (0..100)
        .map(|_| {
            let busy = run(&mut autoscale, 30, |_| (100, 1.0));
            let idle = run(&mut autoscale, 30, |workers| (workers as u64 * 10, 0.2));
            busy.len() + idle.len()
        })
        .collect();
    assert!(changes[0] > 0);
    assert_eq!(changes[20..].iter().sum::<usize>(), 0, "{changes:?}");
}

#[test]
fn busy_processors_return_it_to_the_start_but_not_below() {
    let mut autoscale = start(4);
    run(&mut autoscale, 100, |workers| (workers as u64 * 10, 0.2));
    run(&mut autoscale, 300, |_| (3_000, 1.0));
    assert_eq!(autoscale.workers(), 4);
    assert_eq!(autoscale.decision(), Decision::Busy);
}

#[test]
fn throughput_is_ignored_while_no_work_waits() {
    let mut autoscale = start(4);
    for bytes in 0..1_000 {
        let mut seen = window(bytes, 0.1);
        seen.waiting = false;
        assert_eq!(autoscale.observe(&seen), None);
    }
    assert_eq!(autoscale.decision(), Decision::Unmeasured);
}

#[test]
fn short_observations_are_added_up() {
    let mut autoscale = start(4);
    let mut seen = window(1, 0.0);
    seen.elapsed = Duration::from_millis(10);
    // Five make a window, and the second one ends the first measurement.
    let changes: Vec<_> = (0..10).map(|_| autoscale.observe(&seen)).collect();
    assert_eq!(changes[..9], [None; 9]);
    assert_eq!(changes[9], Some(8));
}

#[test]
fn nothing_is_measured_until_retiring_workers_stop() {
    let mut autoscale = start(4);
    run(&mut autoscale, 2, |_| (100, 0.2));
    run(&mut autoscale, 4, |_| (10, 0.2));
    assert_eq!(autoscale.workers(), 4);
    let mut seen = window(1 << 30, 0.2);
    seen.working = 8;
    for _ in 0..100 {
        assert_eq!(autoscale.observe(&seen), None);
    }
    assert_eq!(autoscale.measured.windows(), 2);
}

#[test]
fn invalid_bounds_are_corrected() {
    let none = Bounds { least: 0, most: 0 };
    let mut autoscale = Autoscale::new(0, 7, none);
    assert_eq!(run(&mut autoscale, 100, |_| (10, 0.0)), [0; 0]);
    assert_eq!(autoscale.decision(), Decision::Fixed);
}

#[test]
fn only_a_changed_number_has_a_reason() {
    let reasons = [
        Decision::Fixed,
        Decision::Unmeasured,
        Decision::Busy,
        Decision::Kept,
        Decision::Searching,
        Decision::Raised { from: 4, to: 32 },
        Decision::Lowered { from: 4, to: 1 },
    ]
    .map(|decision| decision.reason().unwrap_or_default());
    assert_eq!(
        reasons,
        [
            "",
            "",
            "",
            "",
            "",
            "raised from 4 to 32 workers, which gave a higher throughput",
            "lowered from 4 to 1 worker, which gave the same or a higher throughput",
        ]
    );
}

fn any_duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        Just(Duration::ZERO),
        Just(Duration::MAX),
        (0_u64..400).prop_map(Duration::from_millis),
    ]
}

fn any_amount() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(u64::MAX), 0_u64..1_000_000_000]
}

fn any_observation() -> impl Strategy<Value = Observation> {
    let times = (any_duration(), any_duration());
    let amounts = (any_amount(), any_amount(), 0_usize..100);
    let waiting = proptest::bool::weighted(0.9);
    (times, amounts, waiting).prop_map(|(times, amounts, waiting)| Observation {
        elapsed: times.0,
        on_processor: times.1,
        files: amounts.0,
        bytes: amounts.1,
        working: amounts.2,
        waiting,
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_observations_keep_the_bounds(
        processors in 0_usize..100,
        start in 0_usize..100,
        least in 0_usize..100,
        most in 0_usize..100,
        seen in proptest::collection::vec(any_observation(), 0..1_000),
    ) {
        let mut autoscale = Autoscale::new(processors, start, Bounds { least, most });
        let mut changes = 0;
        for seen in &seen {
            let before = autoscale.workers();
            if let Some(count) = autoscale.observe(seen) {
                prop_assert_ne!(count, before);
                prop_assert_eq!(count, autoscale.workers());
                changes += 1;
            }
            prop_assert!(autoscale.workers() >= least.max(1));
            prop_assert!(autoscale.workers() <= most.max(least).max(1));
            let has_reason = autoscale.decision().reason().is_some();
            prop_assert!(!has_reason || changes > 0);
        }
        // At most 3 changes a doubling and 12 on the way down in a search,
        // and a search must wait for 8, 32, 128 and 512 windows.
        prop_assert!(changes <= 5 * (3 * 7 + 12), "{} changes", changes);
    }
}
