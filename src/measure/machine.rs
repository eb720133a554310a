//! Properties of the machine: processors, kernel features, and the storage of a
//! directory.

use std::path::Path;
use std::time::Duration;

use crossbeam_channel::bounded;

use super::latency::Timings;
use super::reads::ReadSample;
use crate::error::{Error, describe};
use crate::platform::{self, Processors, Storage};

/// A file system that has not answered by then counts as hung.
const PATIENCE: Duration = Duration::from_secs(10);

/// The machine that workers run on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Machine {
    /// The processors.
    pub processors: Processors,
    /// True if files can be read through io_uring.
    pub io_uring: bool,
    /// The version of Landlock's ABI, if the kernel has it.
    pub landlock: Option<u32>,
    /// True if threads can have their own descriptor tables.
    pub own_tables: bool,
}

impl Machine {
    /// Queries the system.
    pub(crate) fn detect() -> Self {
        Self {
            processors: platform::processors(),
            io_uring: platform::has_io_uring(),
            landlock: platform::landlock_version(),
            own_tables: platform::can_unshare(),
        }
    }
}

/// Storage of a directory.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    /// The system's data on the storage, or the error.
    pub storage: Result<Storage, String>,
    /// Durations of reads; `None` if no answer came in time.
    pub timings: Option<Timings>,
}

impl Place {
    /// Returns true if reads there may hang.
    pub(crate) fn is_remote(&self) -> bool {
        self.storage.as_ref().is_ok_and(|storage| storage.remote)
    }
}

/// Checks that a directory can be scanned.
///
/// # Errors
///
/// The error that a scan reports for the path.
pub(crate) fn check(dir: &Path) -> Result<(), Error> {
    ReadSample::at(dir).map(drop)
}

/// Inspects the storage of a directory.
///
/// # Errors
///
/// The error that a scan reports for the path.
pub(crate) fn look_at(dir: &Path) -> Result<Place, Error> {
    let look = ReadSample::at(dir)?;
    let storage = platform::storage(dir).map_err(|error| describe(&error));
    // Runs on a thread that can be left behind if the reads hang.
    let (send, receive) = bounded(1);
    std::thread::Builder::new()
        .name("look".to_owned())
        .spawn(move || {
            let _ = send.send(look.timings());
        })
        .map_err(Error::Thread)?;
    let timings = receive.recv_timeout(PATIENCE).ok();
    Ok(Place { storage, timings })
}
