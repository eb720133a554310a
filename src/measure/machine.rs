//! What there is: processors, what the kernel offers, and the storage under
//! a directory.

use std::path::Path;
use std::time::Duration;

use crossbeam_channel::bounded;

use super::latency::Timings;
use super::reads::ReadSample;
use crate::error::{Error, describe};
use crate::platform::{self, Processors, Storage};

/// A file system that has not answered by then hangs, for all a user cares.
const PATIENCE: Duration = Duration::from_secs(10);

/// What there is to run workers on.
#[derive(Debug, Clone, PartialEq)]
pub struct Machine {
    /// The processors.
    pub processors: Processors,
    /// Whether files can be read through io_uring.
    pub io_uring: bool,
    /// The version of Landlock's interface, if the kernel has it.
    pub landlock: Option<u32>,
    /// Whether threads can have descriptors of their own.
    pub own_tables: bool,
}

impl Machine {
    /// Asks the system.
    pub fn detect() -> Self {
        Self {
            processors: platform::processors(),
            io_uring: platform::has_io_uring(),
            landlock: platform::landlock_version(),
            own_tables: platform::can_unshare(),
        }
    }
}

/// What is under a directory.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// What the system says of its storage, or why it does not.
    pub storage: Result<Storage, String>,
    /// How long reads took. `None`: no answer came in time.
    pub timings: Option<Timings>,
}

impl Place {
    /// Whether reads there may hang.
    pub fn is_remote(&self) -> bool {
        self.storage.as_ref().is_ok_and(|storage| storage.remote)
    }
}

/// Whether a directory can be scanned.
///
/// # Errors
///
/// What a scan says of the path.
pub fn check(dir: &Path) -> Result<(), Error> {
    ReadSample::at(dir).map(drop)
}

/// Looks at the storage under a directory.
///
/// # Errors
///
/// What a scan says of the path.
pub fn look_at(dir: &Path) -> Result<Place, Error> {
    let look = ReadSample::at(dir)?;
    let storage = platform::storage(dir).map_err(|error| describe(&error));
    // On a thread that can be left behind, should the reads hang.
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
