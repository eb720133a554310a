//! Throughput measured with one number of workers, and the confidence that one
//! such measurement exceeds another.

use super::Observation;

/// Cost of a file in addition to its bytes.
///
/// A file costs its opening and its first access however small it is. On a
/// spinning disk that is 8 ms, as long as 1.2 MB take at 150 MB/s; on NVMe,
/// with many reads in flight, about 30 µs, as long as 60 KB take at 2 GB/s. 256
/// KiB is the geometric mean, so the error is at most a factor of five on
/// either. The choice decides nothing by itself, since only counts of workers
/// on the same files are compared; the nearer it is to the true cost, the less
/// the mix of sizes shows as noise.
const FILE_IN_BYTES: f64 = 256.0 * 1024.0;

/// The noise of a window that is assumed until enough were measured, relative
/// to the mean: ±35 % at random as a standard deviation.
const ASSUMED_NOISE: f64 = 0.2;

/// Weight of that assumption in windows.
const ASSUMED_WINDOWS: f64 = 4.0;

/// Number of standard errors that make a difference clear. More would take more
/// windows than a scan of seconds has; a wrong step costs little.
const CLEAR: f64 = 1.5;

/// Rule for the comparison of one sample with another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// Required ratio to the rate of the other.
    pub threshold: f64,
    /// Minimum number of windows for the result "above", however clear it
    /// seems.
    pub min_above: u32,
    /// Minimum number of windows for the result "below".
    pub min_below: u32,
    /// Number of windows after which it is decided, clear or not.
    pub most: u32,
}

/// The windows measured with one number of workers.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sample {
    windows: u32,
    /// Sum of the windows' rates, in equivalent bytes per second. Each window
    /// has one vote, so that one during which the machine slept does not
    /// outvote all others.
    rates: f64,
    squares: f64,
    /// Sum of the windows' processor use.
    parts: f64,
}

/// Position of a rate relative to a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assessment {
    /// Above it, beyond what noise explains.
    ClearlyAbove,
    /// Above it, as far as the allowed number of windows shows.
    Above,
    /// Below it.
    Below,
    /// More windows are needed.
    Open,
}

impl Sample {
    /// Adds a window, which must be longer than zero.
    pub(super) fn add(&mut self, window: &Observation, processors: f64) {
        let seconds = window.elapsed.as_secs_f64();
        let rate = (window.bytes as f64 + window.files as f64 * FILE_IN_BYTES) / seconds;
        self.windows = self.windows.saturating_add(1);
        self.rates += rate;
        self.squares += rate * rate;
        self.parts += window.on_processor.as_secs_f64() / (seconds * processors);
    }

    /// Number of windows.
    pub(super) fn windows(&self) -> u32 {
        self.windows
    }

    /// The mean rate, in equivalent bytes per second.
    pub(super) fn rate(&self) -> f64 {
        self.rates / f64::from(self.windows.max(1))
    }

    /// The processor use, from 0 to about 1.
    pub(super) fn part(&self) -> f64 {
        self.parts / f64::from(self.windows.max(1))
    }

    /// Ratio of this rate to that of `other`.
    pub(super) fn ratio(&self, other: &Self) -> f64 {
        match (self.rate() > 0.0, other.rate() > 0.0) {
            (_, true) => self.rate() / other.rate(),
            (true, false) => f64::INFINITY,
            (false, false) => 1.0,
        }
    }

    /// Compares the rate with that of `other` by `rule`.
    pub(super) fn assess(&self, other: &Self, rule: &Rule) -> Assessment {
        let ratio = self.ratio(other);
        let doubt = CLEAR * ratio * (self.relative_error() + other.relative_error()).sqrt();
        let clearly_above = ratio.is_infinite() || ratio - doubt > rule.threshold;
        let clearly_below = ratio + doubt < rule.threshold;
        if clearly_above && self.windows >= rule.min_above {
            Assessment::ClearlyAbove
        } else if clearly_below && self.windows >= rule.min_below {
            Assessment::Below
        } else if self.windows < rule.most {
            Assessment::Open
        } else if ratio > rule.threshold {
            Assessment::Above
        } else {
            Assessment::Below
        }
    }

    /// The square of the standard error of the mean, relative to the mean.
    fn relative_error(&self) -> f64 {
        let count = f64::from(self.windows.max(1));
        let mean = self.rate();
        let seen = if mean > 0.0 {
            (self.squares / count / (mean * mean) - 1.0).max(0.0)
        } else {
            0.0
        };
        let assumed = ASSUMED_NOISE * ASSUMED_NOISE * ASSUMED_WINDOWS;
        (seen * count + assumed) / (count + ASSUMED_WINDOWS) / count
    }
}
