//! Classification of storage by the duration of reads.
//!
//! The kernel's data is not sufficient: virtual disks are reported as rotating
//! although they are not, and a network disk can be faster than a local one.
//! The number of workers depends on one property, which can be measured: if
//! many requests at once are answered in the time of one.

use std::time::Duration;

/// Faster than this is no device: opening and reading come from memory.
const MAX_CACHED: Duration = Duration::from_micros(40);

/// Slower than this, one at a time, is a head that moves, or a far network.
const SLOW: Duration = Duration::from_millis(2);

/// Minimum gain from many requests at once that counts as "many".
const MIN_MANY_GAIN: f64 = 3.0;

/// Minimum gain that is not by chance.
const MIN_SOME_GAIN: f64 = 1.5;

/// Minimum number of reads for a statement about gain.
const MIN_READS: usize = 8;

/// Durations of reading the first blocks of some files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Timings {
    /// Each alone: the time to open, read and close one file.
    pub alone: Vec<Duration>,
    /// Number of other files that were read by several threads.
    pub together: usize,
    /// Number of these threads.
    pub at_once: usize,
    /// Total duration of these reads.
    pub took: Duration,
}

/// Behaviour of a storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// The files are in memory already: the storage below was not measured.
    Cached,
    /// Many requests at once take hardly longer than one.
    Many,
    /// Several requests at once have a somewhat higher throughput.
    Some,
    /// Requests at once take as long as one after the other.
    One,
    /// The same, and each is so slow that it must be a seek or a network.
    Seeks,
    /// There were too few files to measure.
    Unknown,
}

impl Behaviour {
    /// Its name in the JSON.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Cached => "cached",
            Self::Many => "many",
            Self::Some => "some",
            Self::One => "one",
            Self::Seeks => "seeks",
            Self::Unknown => "unknown",
        }
    }

    /// Its description, to follow a colon.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Cached => {
                "the files are in memory, so this says nothing of the disk, and a scan now would not wait for it either"
            }
            Self::Many => "it answers many requests at once, so more workers get more done",
            Self::Some => "it answers a few requests at once, so some more workers help",
            Self::One => "requests wait for each other, so more workers would hardly help",
            Self::Seeks => "it seeks from one to the next, so more workers would hardly help",
            Self::Unknown => "too few files to tell how it takes many requests at once",
        }
    }
}

/// Classification of timings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LatencyClass {
    /// The median of the reads alone.
    pub alone: Option<Duration>,
    /// Ratio of the throughput of concurrent reads to that of sequential ones.
    pub gain: Option<f64>,
    /// The resulting behaviour.
    pub behaviour: Behaviour,
}

/// Classifies timings.
pub(crate) fn classify(timings: &Timings) -> LatencyClass {
    let mut alone = timings.alone.clone();
    alone.sort_unstable();
    let middle = alone.get(alone.len() / 2).copied();
    let gain = gain(timings);
    let behaviour = match (middle, gain) {
        (None, _) => Behaviour::Unknown,
        (Some(middle), _) if middle < MAX_CACHED => Behaviour::Cached,
        (_, None) => Behaviour::Unknown,
        (_, Some(gain)) if gain >= MIN_MANY_GAIN => Behaviour::Many,
        (_, Some(gain)) if gain >= MIN_SOME_GAIN => Behaviour::Some,
        (Some(middle), _) if middle >= SLOW => Behaviour::Seeks,
        _ => Behaviour::One,
    };
    LatencyClass {
        alone: middle,
        gain,
        behaviour,
    }
}

fn gain(timings: &Timings) -> Option<f64> {
    if timings.alone.len() < MIN_READS || timings.together < MIN_READS || timings.at_once < 2 {
        return None;
    }
    // Sums and not medians: where a part of the files is in memory, both sides
    // have their share of them.
    let alone = timings.alone.iter().sum::<Duration>().as_secs_f64() / timings.alone.len() as f64;
    let together = timings.took.as_secs_f64() / timings.together as f64;
    (alone > 0.0 && together > 0.0).then(|| alone / together)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sixteen files alone at so many microseconds each, then 32 together.
    fn timings(alone: u64, together: u64) -> Timings {
        Timings {
            alone: vec![Duration::from_micros(alone); 16],
            together: 32,
            at_once: 16,
            took: Duration::from_micros(32 * together),
        }
    }

    #[test]
    fn behaviour_follows_the_table() {
        use Behaviour::{Cached, Many, One, Seeks, Some, Unknown};
        let table = [
            // Microseconds per file alone, and together; the expected
            // behaviour.
            (4, 3, Cached),
            (39, 1, Cached),
            (40, 40, One),
            (95, 10, Many),
            (90, 30, Many),
            (90, 31, Some),
            (90, 60, Some),
            (90, 61, One),
            (1_999, 1_999, One),
            (2_000, 2_000, Seeks),
            (8_000, 6_000, Seeks),
            // Slower at once than alone, as with two competing streams on one
            // head.
            (8_000, 12_000, Seeks),
            // A far network: high latency, and many requests at once.
            (30_000, 2_000, Many),
            (8_000, 4_000, Some),
            // A clock that did not move.
            (0, 0, Cached),
            (95, 0, Unknown),
        ];
        for (alone, together, expected) in table {
            let class = classify(&timings(alone, together));
            assert_eq!(class.behaviour, expected, "{alone} {together}");
            assert_eq!(class.alone, Option::Some(Duration::from_micros(alone)));
        }
    }

    #[test]
    fn the_gain_is_a_ratio_of_rates() {
        let gain = classify(&timings(90, 10)).gain.unwrap();
        assert!((gain - 9.0).abs() < 1e-9, "{gain}");
        assert_eq!(classify(&timings(90, 0)).gain, None);
        assert_eq!(classify(&timings(0, 90)).gain, None);
    }

    #[test]
    fn too_few_reads_are_unknown() {
        let none = classify(&Timings::default());
        assert_eq!((none.alone, none.gain), (None, None));
        assert_eq!(none.behaviour, Behaviour::Unknown);
        let all = timings(5_000, 100);
        let few_alone = Timings {
            alone: all.alone[..MIN_READS - 1].to_vec(),
            ..all.clone()
        };
        let few_together = Timings {
            together: MIN_READS - 1,
            ..all.clone()
        };
        let one_thread = Timings { at_once: 1, ..all };
        for few in [few_alone, few_together, one_thread] {
            assert_eq!(classify(&few).behaviour, Behaviour::Unknown, "{few:?}");
        }
        // A single file is enough to show that files are in memory.
        let one = Timings {
            alone: vec![Duration::from_micros(5)],
            ..Timings::default()
        };
        assert_eq!(classify(&one).behaviour, Behaviour::Cached);
    }

    #[test]
    fn one_slow_read_does_not_make_a_storage_slow() {
        let mut timings = timings(5, 5);
        timings.alone[3] = Duration::from_millis(100);
        assert_eq!(classify(&timings).behaviour, Behaviour::Cached);
    }
}
