//! Runs batches inline until one could block, then starts an executor.

use std::time::Duration;

use crossbeam_channel::{Receiver, never};

use super::autoscaler::Autoscaler;
use crate::config::{Execution, ExecutorKind, Profile, ScanConfig};
use crate::error::Error;
use crate::executor::{
    self, Event, Executor, Needs, NonBlockingRunner, Setup, Started, WorkerFactory, forecast,
};
use crate::platform;
use crate::types::{Batch, BatchOutcome, ExecutorSummary, MAX_COMPARED};
use crate::walk;

/// With this many descriptors none is lacking, whatever the number of
/// processors.
const ENOUGH_DESCRIPTORS: u64 = 1 << 14;

/// Information about the work before it starts.
pub(super) struct WorkInfo {
    /// Factory of the workers.
    pub(super) factory: WorkerFactory,
    /// True if the factory's reader exists in this process only.
    pub(super) reader_is_local: bool,
    /// True if directories are listed on several threads.
    pub(super) is_parallel: bool,
    /// True if a path is on a file system where a read can hang for ever.
    pub(super) is_remote: bool,
    /// The devices of the paths to scan, if all of them are on local file
    /// systems.
    pub(super) local_devices: Option<Vec<u64>>,
}

/// The inline worker or the executor of a scan.
pub(super) struct ExecutorLifecycle<'a> {
    config: &'a ScanConfig,
    work_info: WorkInfo,
    inline: Option<NonBlockingRunner>,
    active: Option<Active>,
    /// The last outcome of the inline worker.
    finished: Option<BatchOutcome>,
    /// Bytes that the inline worker read, once it is gone.
    inline_bytes_read: u64,
    nothing: Receiver<Event>,
}

struct Active {
    started: Started,
    autoscaler: Autoscaler,
    compare_width: usize,
}

impl<'a> ExecutorLifecycle<'a> {
    /// Creates the lifecycle; starts the executor at once if the settings
    /// require more than this thread may do.
    pub(super) fn new(config: &'a ScanConfig, mut work_info: WorkInfo) -> Result<Self, Error> {
        let is_simple = is_simple(&config.execution)
            && !config.verify
            && !work_info.reader_is_local
            && platform::descriptor_limit() >= ENOUGH_DESCRIPTORS;
        let local_devices = work_info.local_devices.take().filter(|_| is_simple);
        let mut lifecycle = Self {
            config,
            inline: local_devices
                .map(|devices| NonBlockingRunner::new(&work_info.factory, devices)),
            work_info,
            active: None,
            finished: None,
            inline_bytes_read: 0,
            nothing: never(),
        };
        if lifecycle.inline.is_none() {
            lifecycle.start_executor()?;
        }
        Ok(lifecycle)
    }

    /// Number of workers that share the work.
    pub(super) fn workers(&self) -> usize {
        self.executor().map_or(1, Executor::workers)
    }

    /// Number of files that one of them may compare at once.
    pub(super) fn compare_width(&self) -> usize {
        let active = self.active.as_ref();
        active.map_or(MAX_COMPARED, |active| active.compare_width)
    }

    /// The executor, if it has been started.
    pub(super) fn executor(&self) -> Option<&dyn Executor> {
        self.active.as_ref().map(|active| &*active.started.executor)
    }

    /// The executor, mutable, if it has been started.
    pub(super) fn executor_mut(&mut self) -> Option<&mut (dyn Executor + 'static)> {
        self.active
            .as_mut()
            .map(|active| &mut *active.started.executor)
    }

    /// Returns true if a batch can be submitted.
    pub(super) fn has_room(&self) -> bool {
        match self.executor() {
            Some(executor) => executor.has_room(),
            None => self.finished.is_none(),
        }
    }

    /// Runs a batch inline, or submits it to the executor.
    ///
    /// # Errors
    ///
    /// If no executor can start and one is needed.
    pub(super) fn submit(&mut self, batch: Batch) -> Result<(), Error> {
        if let Some(inline) = &mut self.inline {
            self.finished = inline.run(&batch);
            if self.finished.is_some() {
                return Ok(());
            }
            self.start_executor()?;
        }
        if let Some(executor) = self.executor_mut() {
            executor.submit(batch);
        }
        Ok(())
    }

    fn start_executor(&mut self) -> Result<(), Error> {
        let (cpus, descriptors) = self.machine();
        let started = executor::start(&self.setup(cpus, descriptors))?;
        let fixed = self.config.execution.workers.is_some();
        let workers = started.executor.workers();
        self.active = Some(Active {
            autoscaler: Autoscaler::new(cpus, fixed, workers, started.most),
            compare_width: (descriptors / (started.most + 1)).min(MAX_COMPARED),
            started,
        });
        self.inline_bytes_read = self.inline.take().map_or(0, |inline| inline.bytes());
        Ok(())
    }

    /// Returns the number of processors, and the number of descriptors that
    /// workers may have open together. (Finding the first takes 30 us where
    /// control groups set limits, and several times that in a new control
    /// group.)
    fn machine(&self) -> (usize, usize) {
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        let listing = if self.work_info.is_parallel {
            walk::threads(cpus)
        } else {
            1
        };
        // Two descriptors per listing thread, some for the program.
        let descriptors = platform::descriptor_limit().saturating_sub(16 + 2 * listing as u64);
        (cpus, descriptors as usize)
    }

    fn setup(&self, cpus: usize, descriptors: usize) -> Setup<'_> {
        Setup {
            execution: &self.config.execution,
            needs: Needs {
                killable: self.config.execution.timeout.is_some(),
                remote: self.work_info.is_remote,
                ..Needs::default()
            },
            factory: self.work_info.factory.clone(),
            reader_is_local: self.work_info.reader_is_local,
            cpus,
            descriptors,
            threads: platform::thread_limit(),
        }
    }

    /// Events of the workers.
    pub(super) fn events(&self) -> &Receiver<Event> {
        self.executor().map_or(&self.nothing, Executor::events)
    }

    /// An outcome that is ready.
    pub(super) fn next_outcome(&mut self) -> Option<BatchOutcome> {
        let finished = self.finished.take();
        finished.or_else(|| self.executor_mut()?.next_outcome())
    }

    /// Checks the workers, and returns their new number if it changed.
    /// `waiting` is true if work waited for a worker since the last call.
    pub(super) fn poll(&mut self, waiting: bool) -> Option<usize> {
        let active = self.active.as_mut()?;
        active
            .autoscaler
            .poll(&mut *active.started.executor, waiting)
    }

    /// Starts workers for queued work; returns when to call again.
    pub(super) fn start_pending(&mut self) -> Option<Duration> {
        self.executor_mut()?.start_pending()
    }

    /// Bytes of content read so far.
    pub(super) fn bytes_read(&self) -> u64 {
        let executor = self.executor().map_or(0, |e| e.worker_stats().bytes);
        let inline = self
            .inline
            .as_ref()
            .map_or(self.inline_bytes_read, NonBlockingRunner::bytes);
        executor + inline
    }

    /// Summary of the executor that ran or would have run, and the reason for
    /// it. If `is_brief`, values that are only used for display are not
    /// queried.
    pub(super) fn summary(&self, is_brief: bool) -> ExecutorSummary {
        let asked = self.config.execution.task;
        let mut summary = match &self.active {
            Some(active) => active.autoscaler.summary(&active.started, asked),
            None if is_brief => brief_summary(),
            None => {
                let (cpus, descriptors) = self.machine();
                let (selection, workers, most) = forecast(&self.setup(cpus, descriptors));
                let autoscaler = Autoscaler::new(cpus, false, workers, most);
                autoscaler.forecast(&selection, (workers, most), asked)
            }
        };
        if !is_brief {
            let elsewhere = self.executor().map_or(0, Executor::external_peak_memory);
            summary.peak_memory = platform::peak_memory().map(|own| own + elsewhere);
        }
        summary
    }
}

/// Summary of a scan with a brief summary.
fn brief_summary() -> ExecutorSummary {
    ExecutorSummary {
        kind: ExecutorKind::Thread.as_str(),
        workers: 1,
        task_type: "auto",
        reason: "there was next to nothing to read".to_owned(),
        replaced: 0,
        startup: Duration::ZERO,
        peak_memory: None,
    }
}

/// Returns true if no setting requires an executor.
fn is_simple(execution: &Execution) -> bool {
    let Execution {
        executor,
        fallback: _,
        workers,
        profile,
        task: _,
        timeout,
        settle_time: _,
        worker_memory,
        worker_program: _,
    } = execution;
    executor.is_none()
        && *profile == Profile::Native
        && workers.is_none()
        && timeout.is_none()
        && worker_memory.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroUsize;

    #[test]
    fn requested_settings_require_an_executor() {
        let nothing = Execution::default();
        assert!(is_simple(&nothing));
        let table = [
            Execution {
                executor: Some(ExecutorKind::Thread),
                ..nothing.clone()
            },
            Execution {
                workers: Some(NonZeroUsize::MIN),
                ..nothing.clone()
            },
            Execution {
                profile: Profile::Gil,
                ..nothing.clone()
            },
            Execution {
                timeout: Some(Duration::from_secs(1)),
                ..nothing.clone()
            },
            Execution {
                worker_memory: Some(1 << 30),
                ..nothing
            },
        ];
        for execution in table {
            assert!(!is_simple(&execution), "{execution:?}");
        }
    }
}
