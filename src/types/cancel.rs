//! Cancellation of a running scan.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Cancels a running scan. Clones refer to the same scan.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Requests the scan to stop; it ends shortly after, with the groups
    /// confirmed so far.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Returns true if cancellation was requested.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
