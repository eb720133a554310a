//! Adaptive number of active workers.
//!
//! The best number of workers for a disk is not known beforehand: the kernel's
//! flags are wrong for virtual disks, and the cache may hold all, some or
//! nothing. So it is measured. The number is doubled as long as the throughput
//! clearly rises; where it does not, the number is halved as long as the
//! throughput does not fall. Then it stays until the conditions have clearly
//! changed.
//!
//! Measured on 307,000 files (10 GB) and two processors: with a cold cache 4
//! workers take 13.8 s, 16 take 8.4 s, 32 take 8.3 s, 64 about 7.8 s; with a
//! warm one 16 take 4 % longer than 4. So busy processors end the search
//! before it begins.
//!
//! The number converges. One search changes it a bounded number of times, and
//! after each search that did, a change of conditions must last four times as
//! long before the next one begins. So the number of all changes grows with
//! the logarithm of the time.

mod decision;
mod observation;
mod sample;
mod tuning;

pub(crate) use decision::Decision;
pub(crate) use observation::{Bounds, Observation};

use observation::Windows;
use sample::{Assessment, Sample};
use tuning::{
    BLOCK, BUSY, CHANGED_RATE, DOWN, FIRST_WINDOWS, HELD_BLOCK, HOLD_FACTOR, IDLE,
    MAX_BUSY_FOR_FEWER, MAX_DRAIN, MIN_CLEAR_STEPS, MIN_HALF_RATE, PATIENCE_FACTOR,
    RETRY_FEWER_BELOW, REVIEW_WINDOWS, UP,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    /// The first number of a search is active, to be measured.
    Measure,
    /// The best number is active again after a step up was rejected, until it
    /// was measured for this many windows in all.
    Review { windows: u32 },
    /// Another number is active, on trial.
    Try { direction: Direction, trial: Sample },
    /// The best number is active. `differing` counts consecutive blocks that
    /// differ from it.
    Settled { block: Sample, differing: u32 },
}

/// Chooses the number of workers from a sequence of observations.
#[derive(Debug)]
pub(crate) struct Autoscale {
    processors: f64,
    start: usize,
    bounds: Bounds,
    workers: usize,
    windows: Windows,
    /// Maximum number of further observations to skip, until the workers that
    /// are to stop have stopped.
    drain: u32,
    phase: Phase,
    /// The number with the highest throughput, or about as much with fewer
    /// workers.
    best: usize,
    /// The throughput of `best`. After a step down it is still that of the
    /// larger number if that was higher, so that small losses do not add up.
    measured: Sample,
    /// The search does not go below this number.
    floor: usize,
    /// Number of upward steps that were clear.
    clear: u32,
    /// True if the step up from the best number was rejected before.
    rejected: bool,
    /// True if the present search has changed the number.
    changed: bool,
    /// Consecutive blocks that must differ before a new search.
    patience: u32,
    /// Consecutive short blocks with idle processors after which a search
    /// continues that busy processors suspended.
    hold: u32,
}

impl Autoscale {
    /// Creates a search for a machine with this many processors, beginning with
    /// `start` workers.
    #[must_use]
    pub(crate) fn new(processors: usize, start: usize, bounds: Bounds) -> Self {
        let least = bounds.least.max(1);
        let most = bounds.most.max(least);
        let start = start.clamp(least, most);
        Self {
            processors: processors.max(1) as f64,
            start,
            bounds: Bounds { least, most },
            workers: start,
            windows: Windows::default(),
            drain: 0,
            phase: Phase::Measure,
            best: start,
            measured: Sample::default(),
            floor: least,
            clear: 0,
            rejected: false,
            changed: false,
            patience: 1,
            hold: 1,
        }
    }

    /// The number of workers that should be active.
    #[must_use]
    #[cfg(test)]
    pub(crate) fn workers(&self) -> usize {
        self.workers
    }

    /// Adds an observation; returns the new number of active workers if it
    /// changes.
    pub(crate) fn observe(&mut self, seen: &Observation) -> Option<usize> {
        if self.drain > 0 {
            // The observation in which the last one stops is skipped as well.
            let drained = seen.working <= self.workers;
            self.drain = if drained { 0 } else { self.drain - 1 };
            return None;
        }
        let window = self.windows.add(seen)?;
        let before = self.workers;
        self.assess_window(&window);
        if self.workers < before {
            self.drain = MAX_DRAIN;
        }
        (self.workers != before).then_some(self.workers)
    }

    /// The number settled on and the reason.
    #[must_use]
    pub(crate) fn decision(&self) -> Decision {
        let (from, to) = (self.start, self.workers);
        if self.bounds.least == self.bounds.most {
            return Decision::Fixed;
        }
        match self.phase {
            Phase::Measure if from == to && self.patience == 1 => Decision::Unmeasured,
            Phase::Measure | Phase::Review { .. } | Phase::Try { .. } => Decision::Searching,
            Phase::Settled { .. } if to > from => Decision::Raised { from, to },
            Phase::Settled { .. } if to < from => Decision::Lowered { from, to },
            Phase::Settled { .. } if self.measured.part() >= MAX_BUSY_FOR_FEWER => Decision::Busy,
            Phase::Settled { .. } => Decision::Kept,
        }
    }

    fn assess_window(&mut self, window: &Observation) {
        match self.phase {
            Phase::Measure => {
                self.measured.add(window, self.processors);
                let enough = if self.patience == 1 || self.changed {
                    FIRST_WINDOWS
                } else {
                    BLOCK
                };
                if self.measured.windows() >= enough {
                    self.first_step();
                }
            }
            Phase::Review { windows } => {
                self.measured.add(window, self.processors);
                if self.measured.windows() >= windows {
                    self.review();
                }
            }
            Phase::Try {
                direction,
                mut trial,
            } => {
                trial.add(window, self.processors);
                self.phase = Phase::Try { direction, trial };
                match direction {
                    Direction::Up => self.assess_up(trial),
                    Direction::Down => self.assess_down(trial),
                }
            }
            Phase::Settled {
                mut block,
                differing,
            } => {
                block.add(window, self.processors);
                self.check_block(block, differing);
            }
        }
    }

    fn first_step(&mut self) {
        if self.measured.part() >= BUSY {
            // More workers cannot help, and fewer than the start need not be
            // searched: it was chosen for busy processors.
            self.floor = self.start;
            if self.start < self.best {
                self.try_count(self.start, Direction::Down);
            } else {
                self.settle();
            }
        } else {
            self.step_up();
        }
    }

    /// Tries twice the best number.
    fn step_up(&mut self) {
        let next = self.best.saturating_mul(2).min(self.bounds.most);
        if next > self.best {
            self.try_count(next, Direction::Up);
        } else {
            self.step_down();
        }
    }

    /// Tries half the best number, unless no smaller number can be better.
    fn step_down(&mut self) {
        let next = (self.best / 2).max(self.floor);
        let may_be = self.clear < MIN_CLEAR_STEPS && self.measured.part() < MAX_BUSY_FOR_FEWER;
        if next < self.best && may_be {
            self.try_count(next, Direction::Down);
        } else {
            self.settle();
        }
    }

    fn try_count(&mut self, workers: usize, direction: Direction) {
        self.workers = workers;
        self.changed = true;
        self.phase = Phase::Try {
            direction,
            trial: Sample::default(),
        };
    }

    fn assess_up(&mut self, trial: Sample) {
        let assessment = trial.assess(&self.measured, &UP);
        match assessment {
            Assessment::Open => {}
            Assessment::ClearlyAbove | Assessment::Above => {
                self.best = self.workers;
                self.measured = trial;
                self.rejected = false;
                self.clear += u32::from(assessment == Assessment::ClearlyAbove);
                if trial.part() >= BUSY {
                    self.settle();
                } else {
                    self.step_up();
                }
            }
            Assessment::Below => {
                self.workers = self.best;
                let windows = self.measured.windows().saturating_add(REVIEW_WINDOWS);
                self.phase = Phase::Review {
                    windows: windows.max(DOWN.most),
                };
            }
        }
    }

    /// Continues after a step up was rejected. The step gets a second chance:
    /// otherwise, a disk that stalled for a moment would end the search far
    /// too low. The best number is now measured in windows from before and
    /// after the step, so that a change in the mix of files cancels out.
    fn review(&mut self) {
        if self.rejected {
            self.step_down();
        } else {
            self.rejected = true;
            self.step_up();
        }
    }

    /// Assesses if a trial of fewer workers gave as much.
    fn assess_fewer(&self, trial: &Sample) -> Assessment {
        if self.measured.part() < BUSY {
            trial.assess(&self.measured, &DOWN)
        } else if trial.windows() < DOWN.min_below {
            Assessment::Open
        } else if trial.part() < BUSY {
            Assessment::Below
        } else {
            // The throughput of busy processors does not depend on the number,
            // and their utilisation is far less noisy than their throughput.
            Assessment::Above
        }
    }

    fn assess_down(&mut self, trial: Sample) {
        match self.assess_fewer(&trial) {
            Assessment::Open => {}
            Assessment::ClearlyAbove | Assessment::Above => {
                self.best = self.workers;
                if trial.rate() > self.measured.rate() {
                    self.measured = trial;
                }
                self.step_down();
            }
            // A spinning disk may be as slow with any number of workers but
            // one: only a single reader does not move its head.
            Assessment::Below
                if self.workers > self.floor && trial.ratio(&self.measured) > MIN_HALF_RATE =>
            {
                self.try_count(self.floor, Direction::Down);
            }
            Assessment::Below => {
                self.workers = self.best;
                self.settle();
            }
        }
    }

    /// Returns true if it settled because the processors were busy, and not
    /// because the storage was measured: at the start of a scan it may be the
    /// listing of directories that keeps them busy. The search continues soon
    /// after they are idle.
    fn is_suspended(&self) -> bool {
        self.measured.part() >= BUSY
    }

    fn settle(&mut self) {
        if self.is_suspended() {
            self.phase = Phase::Settled {
                block: Sample::default(),
                differing: 0,
            };
            return;
        }
        if self.changed {
            self.patience = self.patience.saturating_mul(PATIENCE_FACTOR);
        }
        self.changed = false;
        self.phase = Phase::Settled {
            block: Sample::default(),
            differing: 0,
        };
    }

    /// Compares a block of windows with the settled state, and starts a new
    /// search when the conditions have differed for long enough.
    fn check_block(&mut self, block: Sample, differing: u32) {
        let (length, patience) = if self.is_suspended() {
            (HELD_BLOCK, self.hold)
        } else {
            (BLOCK, self.patience)
        };
        if block.windows() < length {
            self.phase = Phase::Settled { block, differing };
            return;
        }
        let differing = if self.differs(&block) {
            differing.saturating_add(1)
        } else {
            0
        };
        self.phase = Phase::Settled {
            block: Sample::default(),
            differing,
        };
        if differing >= patience {
            if self.is_suspended() {
                self.hold = self.hold.saturating_mul(HOLD_FACTOR);
                // As urgent as the first search, and counted as part of it.
                self.changed = true;
            }
            // The block may have begun under the previous conditions.
            self.measured = Sample::default();
            self.floor = self.bounds.least;
            self.clear = 0;
            self.rejected = false;
            self.phase = Phase::Measure;
        }
    }

    /// Returns true if the conditions clearly differ from those when it
    /// settled.
    fn differs(&self, block: &Sample) -> bool {
        let (was, is) = (self.measured.part(), block.part());
        let ratio = block.ratio(&self.measured);
        if was >= BUSY {
            // The mix of files may change the throughput of busy processors.
            return is < IDLE;
        }
        if was >= MAX_BUSY_FOR_FEWER && is < RETRY_FEWER_BELOW {
            // Now there is a reason to try fewer.
            return true;
        }
        (was < IDLE && is >= BUSY) || !(1.0 / CHANGED_RATE..=CHANGED_RATE).contains(&ratio)
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod rules_tests;
#[cfg(test)]
#[path = "scenarios_tests.rs"]
mod scenarios_tests;
#[cfg(test)]
#[path = "simulation_tests.rs"]
mod simulation_tests;
#[cfg(test)]
#[path = "storages_tests.rs"]
mod storages_tests;
