//! How many workers should be active.
//!
//! Nobody can say beforehand what a disk gives to how many workers: the
//! kernel's flags are wrong for virtual disks, and the cache may hold all,
//! some or nothing. So it is measured: the number is doubled as long as that
//! gives plainly more; where the first doubling does not, it is halved as
//! long as that gives as much. Then it stays, until the conditions are plainly
//! others.
//!
//! Measured on 307,000 files (10 GB) and two processors: with a cold cache 4
//! workers take 13.8 s, 16 take 8.4 s, 32 take 8.3 s, 64 about 7.8 s; with a
//! warm one 16 take 4 % longer than 4. So busy processors end the search
//! before it begins.
//!
//! The number settles: one search changes it a bounded number of times, and
//! each search that did makes the next wait for twice as long a change of
//! conditions, so all changes together grow with the logarithm of the time.

mod sample;
mod verdict;

use std::time::Duration;

use sample::{Judgement, LEAST_WINDOWS, Sample};
pub use verdict::Verdict;

/// Shorter observations are added up until they are a window of this length:
/// in less, too few files are completed to speak of a rate.
const LEAST_WINDOW: Duration = Duration::from_millis(50);

/// From this part of the processors' time on, they count as busy with us.
const BUSY: f64 = 0.85;

/// Below this part they count as idle. The gap keeps a load that hovers
/// around one bar from looking like a change.
const IDLE: f64 = 0.7;

/// Twice the workers must give so many times as much. They cost twice the
/// memory, and what noise adds to nothing must not count.
const UP_BAR: f64 = 1.08;

/// Half the workers must give so many times as much, which is about the same:
/// less than 1, or noise would keep every other needless half.
const DOWN_BAR: f64 = 0.97;

/// An upward step is decided after so many windows, clear or not: the scan of
/// a fast disk lasts seconds.
const UP_WINDOWS: u32 = 8;

/// A downward step may take longer: it is there for slow disks, and one taken
/// in error costs more than one not taken.
const DOWN_WINDOWS: u32 = 12;

/// After a step down so many windows are passed over, since a worker finishes
/// what it has before it rests. Those that a step up wakes start at once.
const DOWN_SKIP: u32 = 1;

/// In a settled state so many windows together are held against the past.
const BLOCK: u32 = 5;

/// A rate is plainly another one when it is so many times as high or low.
const OTHER_RATE: f64 = 2.0;

/// What was seen since the last observation.
#[derive(Debug, Clone, Copy)]
pub struct Observation {
    /// Time since the last one, of which about 100 ms are a good measure.
    pub elapsed: Duration,
    /// Files that workers were done with.
    pub files: u64,
    /// Bytes that workers read, counted as they are read and not when their
    /// file is done, which would come in lumps.
    pub bytes: u64,
    /// Time that all threads of the process and of its worker processes spent
    /// on processors, added up.
    pub on_processor: Duration,
    /// Whether work waited for a worker. If not, more workers cannot help,
    /// and the throughput is that of whoever finds the work.
    pub waiting: bool,
}

/// Between how many workers to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The fewest; 0 counts as 1.
    pub least: usize,
    /// The most; less than the fewest counts as the fewest.
    pub most: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    /// The best number so far is active, until it was seen for so many
    /// windows; then a step in this direction is tried.
    Measure { windows: u32, then: Direction },
    /// Another number is active, on trial.
    Try { direction: Direction, trial: Sample },
    /// The best number is active. So many blocks on end were unlike it.
    Settled { block: Sample, unlike: u32 },
}

/// Decides, from one observation to the next.
#[derive(Debug)]
pub struct Adapt {
    processors: f64,
    start: usize,
    bounds: Bounds,
    workers: usize,
    /// Observations that are too short to be a window yet.
    short: Option<Observation>,
    /// Windows still to be passed over.
    skip: u32,
    phase: Phase,
    /// The number that gave the most, or about as much with fewer.
    best: usize,
    /// What it gave. After a step down it is still what the larger number
    /// gave if that was more, so that small losses do not add up.
    measured: Sample,
    /// No search goes below this number.
    floor: usize,
    /// Whether the present search has changed the number.
    changed: bool,
    /// Blocks on end that must be unlike before a new search.
    patience: u32,
}

impl Adapt {
    /// On a machine with so many processors, beginning with `start` workers.
    #[must_use]
    pub fn new(processors: usize, start: usize, bounds: Bounds) -> Self {
        let least = bounds.least.max(1);
        let most = bounds.most.max(least);
        let start = start.clamp(least, most);
        Self {
            processors: processors.max(1) as f64,
            start,
            bounds: Bounds { least, most },
            workers: start,
            short: None,
            skip: 0,
            phase: Phase::Measure {
                windows: LEAST_WINDOWS,
                then: Direction::Up,
            },
            best: start,
            measured: Sample::default(),
            floor: least,
            changed: false,
            patience: 1,
        }
    }

    /// How many workers should be active.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Takes in what was seen, and says how many workers should be active
    /// from now on if that changes.
    pub fn observe(&mut self, seen: &Observation) -> Option<usize> {
        let window = self.window(seen)?;
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        let before = self.workers;
        self.weigh(&window);
        if self.workers < before {
            self.skip = DOWN_SKIP;
        }
        (self.workers != before).then_some(self.workers)
    }

    /// What it has settled on and why.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let (from, to) = (self.start, self.workers);
        if self.bounds.least == self.bounds.most {
            return Verdict::Fixed { workers: to };
        }
        match self.phase {
            Phase::Measure { .. } if !self.changed && from == to => {
                Verdict::Unmeasured { workers: to }
            }
            Phase::Measure { .. } | Phase::Try { .. } => Verdict::Searching { from, now: to },
            Phase::Settled { .. } if to > from => Verdict::Raised { from, to },
            Phase::Settled { .. } if to < from => Verdict::Lowered { from, to },
            Phase::Settled { .. } if self.measured.part() >= BUSY => Verdict::Busy { workers: to },
            Phase::Settled { .. } => Verdict::Kept { workers: to },
        }
    }

    /// A window that is long enough, if this observation completes one.
    fn window(&mut self, seen: &Observation) -> Option<Observation> {
        if !seen.waiting {
            self.short = None;
            return None;
        }
        let mut window = *seen;
        if let Some(short) = self.short.take() {
            window.elapsed = window.elapsed.saturating_add(short.elapsed);
            window.files = window.files.saturating_add(short.files);
            window.bytes = window.bytes.saturating_add(short.bytes);
            window.on_processor = window.on_processor.saturating_add(short.on_processor);
        }
        if window.elapsed < LEAST_WINDOW {
            self.short = Some(window);
            return None;
        }
        Some(window)
    }

    fn weigh(&mut self, window: &Observation) {
        match self.phase {
            Phase::Measure { windows, then } => {
                self.measured.add(window, self.processors);
                if self.measured.windows() >= windows {
                    self.step(then);
                }
            }
            Phase::Try {
                direction,
                mut trial,
            } => {
                trial.add(window, self.processors);
                self.phase = Phase::Try { direction, trial };
                match direction {
                    Direction::Up => self.judge_up(trial),
                    Direction::Down => self.judge_down(trial),
                }
            }
            Phase::Settled { mut block, unlike } => {
                block.add(window, self.processors);
                self.watch(block, unlike);
            }
        }
    }

    /// Tries a step from the best number, or settles if there is none.
    fn step(&mut self, mut direction: Direction) {
        if direction == Direction::Up && self.measured.part() >= BUSY {
            // More workers cannot help. Fewer can only if there are more than
            // the start, which was chosen for busy processors.
            self.floor = self.start;
            direction = Direction::Down;
        }
        if direction == Direction::Up && self.best == self.bounds.most {
            direction = Direction::Down;
        }
        let next = match direction {
            Direction::Up => self.best.saturating_mul(2).min(self.bounds.most),
            Direction::Down => (self.best / 2).max(self.floor).min(self.best),
        };
        if next == self.best {
            return self.settle();
        }
        self.workers = next;
        self.changed = true;
        self.phase = Phase::Try {
            direction,
            trial: Sample::default(),
        };
    }

    fn judge_up(&mut self, trial: Sample) {
        let judgement = trial.judge(&self.measured, UP_BAR, UP_WINDOWS);
        match judgement {
            Judgement::Open => {}
            Judgement::ClearlyAbove | Judgement::Above => {
                self.best = self.workers;
                self.measured = trial;
                // A step that was taken on a guess is checked from above when
                // the search comes to its end; below a clear one lies nothing.
                self.floor = match judgement {
                    Judgement::ClearlyAbove => self.best,
                    _ => self.floor,
                };
                if trial.part() >= BUSY {
                    self.settle();
                } else {
                    self.step(Direction::Up);
                }
            }
            Judgement::Below => {
                self.workers = self.best;
                self.skip = DOWN_SKIP;
                if self.floor >= self.best {
                    return self.settle();
                }
                // Measured before and after the trial, the number stands on
                // enough windows for small differences, and a drift of the
                // mix in between cancels out.
                self.phase = Phase::Measure {
                    windows: DOWN_WINDOWS,
                    then: Direction::Down,
                };
            }
        }
    }

    fn judge_down(&mut self, trial: Sample) {
        match trial.judge(&self.measured, DOWN_BAR, DOWN_WINDOWS) {
            Judgement::Open => {}
            Judgement::ClearlyAbove | Judgement::Above => {
                self.best = self.workers;
                if trial.rate() > self.measured.rate() {
                    self.measured = trial;
                }
                self.step(Direction::Down);
            }
            Judgement::Below => {
                self.workers = self.best;
                self.settle();
            }
        }
    }

    fn settle(&mut self) {
        if self.changed {
            self.patience = self.patience.saturating_mul(2);
        }
        self.changed = false;
        self.phase = Phase::Settled {
            block: Sample::default(),
            unlike: 0,
        };
    }

    /// Holds a block of windows against what was settled on, and begins anew
    /// when it has been another world for long enough.
    fn watch(&mut self, block: Sample, unlike: u32) {
        if block.windows() < BLOCK {
            self.phase = Phase::Settled { block, unlike };
            return;
        }
        let unlike = if self.unlike(&block) {
            unlike.saturating_add(1)
        } else {
            0
        };
        self.phase = Phase::Settled {
            block: Sample::default(),
            unlike,
        };
        if unlike >= self.patience {
            self.measured = block;
            self.floor = self.bounds.least;
            self.phase = Phase::Measure {
                windows: LEAST_WINDOWS,
                then: Direction::Up,
            };
            self.step(Direction::Up);
        }
    }

    /// Whether the conditions are plainly others than when it settled.
    fn unlike(&self, block: &Sample) -> bool {
        let (was, is) = (self.measured.part(), block.part());
        let ratio = block.ratio(&self.measured);
        if was >= BUSY {
            // The mix of files may change what busy processors get done.
            return is < IDLE;
        }
        (was < IDLE && is >= BUSY) || !(1.0 / OTHER_RATE..=OTHER_RATE).contains(&ratio)
    }
}

#[cfg(test)]
#[path = "scenarios_tests.rs"]
mod scenarios_tests;
#[cfg(test)]
#[path = "simulation_tests.rs"]
mod simulation_tests;
#[cfg(test)]
#[path = "storages_tests.rs"]
mod storages_tests;
