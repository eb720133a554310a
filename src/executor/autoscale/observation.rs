//! Observations for the search, and the windows made of them.

use std::time::Duration;

/// Shorter observations are added up until they are a window of this length: a
/// shorter one has too few completed files for a rate.
const MIN_WINDOW: Duration = Duration::from_millis(50);

/// Activity since the last observation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Observation {
    /// Time since the last one; about 100 ms is a good value.
    pub elapsed: Duration,
    /// Files that workers completed.
    pub files: u64,
    /// Bytes that workers read, counted as they are read and not when their
    /// file is done, which would come in lumps.
    pub bytes: u64,
    /// Time that all threads of the process and of its worker processes spent
    /// on processors, added up.
    pub on_processor: Duration,
    /// Number of workers at work at its end. There are more than should be
    /// active until the last one to stop has completed its work.
    pub working: usize,
    /// True if work waited for a worker. If not, more workers cannot help, and
    /// the throughput is that of the walk.
    pub waiting: bool,
}

/// Bounds on the number of workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// The fewest; 0 counts as 1.
    pub least: usize,
    /// The most; less than the fewest counts as the fewest.
    pub most: usize,
}

/// Makes windows from observations, which may come at irregular times.
#[derive(Debug, Default)]
pub(super) struct Windows {
    /// The sum of observations that are too short to be a window yet.
    short: Option<Observation>,
}

impl Windows {
    /// Returns the window that this observation completes, if any.
    pub(super) fn add(&mut self, seen: &Observation) -> Option<Observation> {
        let mut window = *seen;
        let short = self.short.take();
        if !seen.waiting {
            return None;
        }
        if let Some(short) = short {
            window.elapsed = window.elapsed.saturating_add(short.elapsed);
            window.files = window.files.saturating_add(short.files);
            window.bytes = window.bytes.saturating_add(short.bytes);
            window.on_processor = window.on_processor.saturating_add(short.on_processor);
        }
        if window.elapsed < MIN_WINDOW {
            self.short = Some(window);
            return None;
        }
        Some(window)
    }
}
