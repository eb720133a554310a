//! What the search is told, and the windows it makes of that.

use std::time::Duration;

/// Shorter observations are added up until they are a window of this length:
/// in less, too few files are completed to speak of a rate.
const MIN_WINDOW: Duration = Duration::from_millis(50);

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
    /// Workers at work at its end. They are more than should be active until
    /// the last one to rest is done with what it has.
    pub working: usize,
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

/// Makes windows of observations, which may come at irregular times.
#[derive(Debug, Default)]
pub struct Windows {
    /// Those that are too short to be a window yet, as one.
    short: Option<Observation>,
}

impl Windows {
    /// The window that this observation completes.
    pub fn add(&mut self, seen: &Observation) -> Option<Observation> {
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
