//! Throughput that was measured at one number of workers, and how surely one
//! such measurement lies above another.

use super::Observation;

/// What a file counts for on top of its bytes.
///
/// A file costs its opening and its first access however small it is. On a
/// spinning disk that is 8 ms, as long as 1.2 MB take at 150 MB/s; on NVMe,
/// with many reads in flight, about 30 µs, as long as 60 KB take at 2 GB/s.
/// 256 KiB is the geometric middle, so it errs by no more than a factor of
/// five on either. The choice decides nothing by itself, since only counts of
/// workers on the same files are compared; the nearer it is to the truth, the
/// less the mix of sizes shows as noise.
const FILE_IN_BYTES: f64 = 256.0 * 1024.0;

/// The noise of a window that is presumed until enough were seen, relative to
/// the mean: what ±35 % at random amounts to as a standard deviation.
const PRESUMED_NOISE: f64 = 0.2;

/// How many windows that presumption weighs.
const PRESUMED_WINDOWS: f64 = 4.0;

/// How many standard errors make a difference clear. More would take more
/// windows than a scan of seconds has; a wrong step costs little.
const CLEAR: f64 = 1.5;

/// How one sample is to compare with another.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// So many times the rate of the other it must have.
    pub bar: f64,
    /// It needs so many windows to be found above, however clear it seems,
    pub least_above: u32,
    /// and so many to be found below.
    pub least_below: u32,
    /// With so many windows it is decided, clear or not.
    pub most: u32,
}

/// The windows seen with one number of workers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sample {
    windows: u32,
    /// The rates of the windows added up, in equivalent bytes a second. Each
    /// window has one vote, so that one during which the machine slept does
    /// not outvote all others.
    rates: f64,
    squares: f64,
    /// The parts of the processors that were in use, added up.
    parts: f64,
}

/// Where a rate lies in relation to a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assessment {
    /// Above it, beyond what noise explains.
    ClearlyAbove,
    /// Above it, as far as one can tell with the windows allowed.
    Above,
    /// Below it.
    Below,
    /// More windows are needed.
    Open,
}

impl Sample {
    /// Adds a window of more than no time.
    pub fn add(&mut self, window: &Observation, processors: f64) {
        let seconds = window.elapsed.as_secs_f64();
        let rate = (window.bytes as f64 + window.files as f64 * FILE_IN_BYTES) / seconds;
        self.windows = self.windows.saturating_add(1);
        self.rates += rate;
        self.squares += rate * rate;
        self.parts += window.on_processor.as_secs_f64() / (seconds * processors);
    }

    /// How many windows were seen.
    pub fn windows(&self) -> u32 {
        self.windows
    }

    /// The mean rate, in equivalent bytes a second.
    pub fn rate(&self) -> f64 {
        self.rates / f64::from(self.windows.max(1))
    }

    /// The part of the processors in use, from 0 to about 1.
    pub fn part(&self) -> f64 {
        self.parts / f64::from(self.windows.max(1))
    }

    /// How many times the rate of `other` this one is.
    pub fn ratio(&self, other: &Self) -> f64 {
        match (self.rate() > 0.0, other.rate() > 0.0) {
            (_, true) => self.rate() / other.rate(),
            (true, false) => f64::INFINITY,
            (false, false) => 1.0,
        }
    }

    /// Whether the rate is above what the rule asks for, held against `other`.
    pub fn judge(&self, other: &Self, rule: &Rule) -> Assessment {
        let ratio = self.ratio(other);
        let doubt = CLEAR * ratio * (self.relative_error() + other.relative_error()).sqrt();
        let clearly_above = ratio.is_infinite() || ratio - doubt > rule.bar;
        let clearly_below = ratio + doubt < rule.bar;
        if clearly_above && self.windows >= rule.least_above {
            Assessment::ClearlyAbove
        } else if clearly_below && self.windows >= rule.least_below {
            Assessment::Below
        } else if self.windows < rule.most {
            Assessment::Open
        } else if ratio > rule.bar {
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
        let presumed = PRESUMED_NOISE * PRESUMED_NOISE * PRESUMED_WINDOWS;
        (seen * count + presumed) / (count + PRESUMED_WINDOWS) / count
    }
}
