//! Who does the work of a scan: this thread as long as there is next to none
//! and nothing has to be waited for, and from then on an executor.

use std::time::Duration;

use crossbeam_channel::{Receiver, never};

use super::autoscaler::Autoscaler;
use crate::config::{Execution, ExecutorKind, Profile, ScanConfig};
use crate::error::Error;
use crate::executor::{
    self, Event, Executor, FirstHand, Needs, Setup, Started, WorkerFactory, outlook,
};
use crate::platform;
use crate::types::{Batch, BatchOutcome, ExecutorSummary, MAX_COMPARED};
use crate::walk;

/// With so many descriptors nobody is short of them, whatever the number of
/// processors.
const PLENTY: u64 = 1 << 14;

/// What is known of the work before there is any.
pub(super) struct Prospects {
    /// How to make a worker.
    pub(super) factory: WorkerFactory,
    /// Whether the recipe's reader exists in this process only.
    pub(super) reader_is_ours: bool,
    /// Whether directories are listed on several threads.
    pub(super) is_parallel: bool,
    /// Whether a path lies where a read can hang for ever.
    pub(super) is_remote: bool,
    /// The devices of the paths to scan, if nothing on them has to be waited
    /// for other than a disk.
    pub(super) near: Option<Vec<u64>>,
}

/// See the module.
pub(super) struct Staff<'a> {
    config: &'a ScanConfig,
    prospects: Prospects,
    first: Option<FirstHand>,
    hired: Option<Hired>,
    /// What the first hand did last.
    finished: Option<BatchOutcome>,
    /// Bytes that it read, once it does no more.
    read_before: u64,
    nothing: Receiver<Event>,
}

struct Hired {
    started: Started,
    autoscaler: Autoscaler,
    compare_width: usize,
}

impl<'a> Staff<'a> {
    /// With an executor, if more is asked for than this thread may do.
    pub(super) fn new(config: &'a ScanConfig, mut prospects: Prospects) -> Result<Self, Error> {
        let is_simple = is_simple(&config.execution)
            && !config.verify
            && !prospects.reader_is_ours
            && platform::descriptor_limit() >= PLENTY;
        let near = prospects.near.take().filter(|_| is_simple);
        let mut staff = Self {
            config,
            first: near.map(|devices| FirstHand::new(&prospects.factory, devices)),
            prospects,
            hired: None,
            finished: None,
            read_before: 0,
            nothing: never(),
        };
        if staff.first.is_none() {
            staff.hire()?;
        }
        Ok(staff)
    }

    /// How many workers share the work.
    pub(super) fn workers(&self) -> usize {
        self.executor().map_or(1, Executor::workers)
    }

    /// How many files one of them may compare at once.
    pub(super) fn compare_width(&self) -> usize {
        let hired = self.hired.as_ref();
        hired.map_or(MAX_COMPARED, |hired| hired.compare_width)
    }

    /// The executor, if there is one by now.
    pub(super) fn executor(&self) -> Option<&dyn Executor> {
        self.hired.as_ref().map(|hired| &*hired.started.executor)
    }

    /// The same.
    pub(super) fn executor_mut(&mut self) -> Option<&mut (dyn Executor + 'static)> {
        self.hired
            .as_mut()
            .map(|hired| &mut *hired.started.executor)
    }

    /// Whether a batch can be submitted.
    pub(super) fn has_room(&self) -> bool {
        match self.executor() {
            Some(executor) => executor.has_room(),
            None => self.finished.is_none(),
        }
    }

    /// Does a batch, or has it done.
    ///
    /// # Errors
    ///
    /// When no executor can start and one is needed.
    pub(super) fn submit(&mut self, batch: Batch) -> Result<(), Error> {
        if let Some(first) = &mut self.first {
            self.finished = first.run(&batch);
            if self.finished.is_some() {
                return Ok(());
            }
            self.hire()?;
        }
        if let Some(executor) = self.executor_mut() {
            executor.submit(batch);
        }
        Ok(())
    }

    fn hire(&mut self) -> Result<(), Error> {
        let (cpus, descriptors) = self.machine();
        let started = executor::start(&self.setup(cpus, descriptors))?;
        let fixed = self.config.execution.workers.is_some();
        let workers = started.executor.workers();
        self.hired = Some(Hired {
            autoscaler: Autoscaler::new(cpus, fixed, workers, started.most),
            compare_width: (descriptors / (started.most + 1)).min(MAX_COMPARED),
            started,
        });
        self.read_before = self.first.take().map_or(0, |first| first.bytes());
        Ok(())
    }

    /// How many processors there are, and how many descriptors workers may
    /// have open together. (The first takes 30 us to find out where control
    /// groups set limits, and several times that when it is new.)
    fn machine(&self) -> (usize, usize) {
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        let listing = if self.prospects.is_parallel {
            walk::threads(cpus)
        } else {
            1
        };
        // Two descriptors a thread that lists, some for the program.
        let descriptors = platform::descriptor_limit().saturating_sub(16 + 2 * listing as u64);
        (cpus, descriptors as usize)
    }

    fn setup(&self, cpus: usize, descriptors: usize) -> Setup<'_> {
        Setup {
            execution: &self.config.execution,
            needs: Needs {
                killable: self.config.execution.timeout.is_some(),
                remote: self.prospects.is_remote,
                ..Needs::default()
            },
            factory: self.prospects.factory.clone(),
            reader_is_ours: self.prospects.reader_is_ours,
            cpus,
            descriptors,
            threads: platform::thread_limit(),
        }
    }

    /// What the workers tell.
    pub(super) fn events(&self) -> &Receiver<Event> {
        self.executor().map_or(&self.nothing, Executor::events)
    }

    /// An outcome that is ready.
    pub(super) fn next_outcome(&mut self) -> Option<BatchOutcome> {
        let finished = self.finished.take();
        finished.or_else(|| self.executor_mut()?.next_outcome())
    }

    /// Looks after the workers, and answers with their new number if it
    /// changed. `waiting` tells whether work waited for a worker since the
    /// last look.
    pub(super) fn look(&mut self, waiting: bool) -> Option<usize> {
        let hired = self.hired.as_mut()?;
        hired.autoscaler.look(&mut *hired.started.executor, waiting)
    }

    /// After how long work that waits should be looked after.
    pub(super) fn start_pending(&mut self) -> Option<Duration> {
        self.executor_mut()?.start_pending()
    }

    /// Bytes of content read so far.
    pub(super) fn bytes_read(&self) -> u64 {
        let executor = self.executor().map_or(0, |e| e.worker_stats().bytes);
        let first = self
            .first
            .as_ref()
            .map_or(self.read_before, FirstHand::bytes);
        executor + first
    }

    /// What ran, and why it was so; or what would have. If it is to be `brief`
    /// nothing is asked for that only serves to be told.
    pub(super) fn summary(&self, is_brief: bool) -> ExecutorSummary {
        let asked = self.config.execution.task;
        let mut summary = match &self.hired {
            Some(hired) => hired.autoscaler.summary(&hired.started, asked),
            None if is_brief => by_itself(),
            None => {
                let (cpus, descriptors) = self.machine();
                let (selection, workers, most) = outlook(&self.setup(cpus, descriptors));
                let autoscaler = Autoscaler::new(cpus, false, workers, most);
                autoscaler.prospect(&selection, (workers, most), asked)
            }
        };
        if !is_brief {
            let elsewhere = self.executor().map_or(0, Executor::peak_memory_elsewhere);
            summary.peak_memory = platform::peak_memory().map(|own| own + elsewhere);
        }
        summary
    }
}

/// Of a scan that nobody wants to know more of.
fn by_itself() -> ExecutorSummary {
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

/// Whether nothing was asked for that an executor has to see to.
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
    fn what_was_asked_for_is_an_executors_business() {
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
