//! A running scan, as an iterator over its groups.
//!
//! The scan has a thread of its own, which knows nothing of Python. What it finds
//! goes through a bounded channel to whoever iterates; waiting for it, the
//! interpreter's lock is released and signals are looked at ten times a second.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use nodupe::{CancelToken, Error, Group, HashAlgorithm, Progress, ScanError, Summary};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::options::Options;
use crate::records;

/// Time after which signals are looked at.
const TICK: Duration = Duration::from_millis(100);
/// Groups and progress that wait for the reader.
const QUEUE: usize = 256;

enum Event {
    Group(Box<Group>),
    Progress(Box<Progress>),
    Ended(Box<Result<Outcome, Error>>),
}

struct Outcome {
    summary: Summary,
    errors: Vec<ScanError>,
}

/// A scan: an iterator over groups.
#[pyclass(frozen, module = "nodupe._native")]
pub(crate) struct Scan {
    cancel: CancelToken,
    hash: HashAlgorithm,
    on_progress: Option<Py<PyAny>>,
    /// `None` once the scan was closed.
    events: Mutex<Option<Receiver<Event>>>,
    outcome: OnceLock<Outcome>,
    /// Threads do not survive a fork.
    process: u32,
}

#[pymethods]
impl Scan {
    #[new]
    fn new(
        paths: Vec<PathBuf>,
        options: Options,
        on_progress: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let config = options.config(paths)?;
        let hash = config.hash;
        let (sender, events) = bounded(QUEUE);
        let (pass_token, token) = bounded(1);
        let wants_progress = on_progress.is_some();
        std::thread::Builder::new()
            .name("nodupe-scan".to_owned())
            .spawn(move || {
                // Its hooks stay on one thread, so it does too.
                let scan = nodupe::Scan::new(config);
                let cancel = scan.cancel_token();
                let _ = pass_token.send(cancel.clone());
                let ended = run(scan, &sender, &cancel, wants_progress);
                // Nobody listens if the scan was closed.
                let _ = sender.send(Event::Ended(Box::new(ended)));
            })?;
        let cancel = token
            .recv()
            .map_err(|_| PyRuntimeError::new_err("the thread of the scan ended"))?;
        Ok(Self {
            cancel,
            hash,
            on_progress,
            events: Mutex::new(Some(events)),
            outcome: OnceLock::new(),
            process: std::process::id(),
        })
    }

    fn __iter__(this: Py<Self>) -> Py<Self> {
        this
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.process != std::process::id() {
            return Err(PyRuntimeError::new_err(
                "the scan was started by the parent of this process",
            ));
        }
        match self.next(py) {
            Ok(Some(group)) => records::group(py, group, self.hash).map(Some),
            Ok(None) => Ok(None),
            // Ctrl-C, or an exception of the callback.
            Err(error) => {
                self.close();
                Err(error)
            }
        }
    }

    /// Asks the scan to end: iteration goes on with what was confirmed so far.
    fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Cancels the scan and gives up what it still found.
    fn close(&self) {
        self.cancel.cancel();
        self.events().take();
    }

    /// The totals; `None` before the end.
    #[getter]
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let outcome = self.outcome.get();
        outcome
            .map(|outcome| records::summary(py, &outcome.summary))
            .transpose()
    }

    /// The paths that were skipped; `None` before the end.
    #[getter]
    fn errors<'py>(&self, py: Python<'py>) -> PyResult<Option<Vec<Bound<'py, PyAny>>>> {
        let errors = self.outcome.get().map(|outcome| outcome.errors.iter());
        errors
            .map(|errors| errors.map(|error| records::failure(py, error)).collect())
            .transpose()
    }
}

impl Scan {
    fn events(&self) -> MutexGuard<'_, Option<Receiver<Event>>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next group. The lock is never held while the interpreter is waited for.
    fn next(&self, py: Python<'_>) -> PyResult<Option<Group>> {
        loop {
            let Some(events) = self.events().clone() else {
                return Ok(None);
            };
            match py.detach(|| events.recv_timeout(TICK)) {
                Ok(Event::Group(group)) => return Ok(Some(*group)),
                Ok(Event::Progress(now)) => {
                    py.check_signals()?;
                    if let Some(hook) = &self.on_progress {
                        hook.call1(py, (records::progress(py, *now)?,))?;
                    }
                }
                Ok(Event::Ended(ended)) => {
                    self.events().take();
                    let outcome = ended.map_err(|error| records::exception(py, &error))?;
                    // It ends once.
                    let _ = self.outcome.set(outcome);
                    return Ok(None);
                }
                Err(RecvTimeoutError::Timeout) => py.check_signals()?,
                // Another thread took the end.
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }
}

impl Drop for Scan {
    fn drop(&mut self) {
        self.close();
    }
}

fn run(
    scan: nodupe::Scan<'_>,
    sender: &Sender<Event>,
    cancel: &CancelToken,
    wants_progress: bool,
) -> Result<Outcome, Error> {
    let send = |event| {
        if sender.send(event).is_err() {
            cancel.cancel();
        }
    };
    let mut scan = scan.on_group(|group| send(Event::Group(Box::new(group))));
    if wants_progress {
        // Progress that nobody reads is out of date.
        scan = scan.on_progress(|now| {
            let _ = sender.try_send(Event::Progress(Box::new(now.clone())));
        });
    }
    let result = scan.run()?;
    Ok(Outcome {
        summary: result.summary().clone(),
        errors: result.errors().to_vec(),
    })
}
