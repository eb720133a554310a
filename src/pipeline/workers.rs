//! The executor of a scan: started for its configuration and the machine, then
//! observed, to keep as many workers active as give the highest throughput.

use std::time::{Duration, Instant};

use crate::config::{ScanConfig, TaskType};
use crate::error::Error;
use crate::executor::{
    self, Autoscale, Bounds, Decision, Executor, Needs, Observation, Setup, Started, WorkerFactory,
};
use crate::platform;
use crate::types::{ExecutorSummary, MAX_COMPARED, WorkerStats};
use crate::walk;

/// Less work than this does not show if it is CPU-bound or I/O-bound.
const MIN_WORK: Duration = Duration::from_millis(20);

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
}

/// The workers of a scan.
pub(super) struct Workers {
    started: Started,
    /// Number of files that one worker may compare at once.
    pub(super) compare_width: usize,
    cpus: usize,
    /// Chooses their number, unless that is fixed.
    autoscale: Option<Autoscale>,
    last_poll: Instant,
    seen: WorkerStats,
    on_processor: Duration,
}

impl Workers {
    /// Starts an executor.
    ///
    /// # Errors
    ///
    /// If no executor can start.
    pub(super) fn start(config: &ScanConfig, work: WorkInfo) -> Result<Self, Error> {
        let execution = &config.execution;
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        let listing = if work.is_parallel {
            walk::threads(cpus)
        } else {
            1
        };
        // Two descriptors per listing thread, some for the program.
        let descriptors = platform::descriptor_limit().saturating_sub(16 + 2 * listing as u64);
        let descriptors = descriptors as usize;
        let started = executor::start(&Setup {
            execution,
            needs: Needs {
                killable: execution.timeout.is_some(),
                remote: work.is_remote,
                ..Needs::default()
            },
            factory: work.factory,
            reader_is_local: work.reader_is_local,
            cpus,
            descriptors,
            threads: platform::thread_limit(),
        })?;
        let most = started.most;
        // The sequential executor has no number to adapt.
        let is_fixed = execution.workers.is_some() || most == 1;
        let autoscale = (!is_fixed)
            .then(|| Autoscale::new(cpus, started.executor.workers(), Bounds { least: 1, most }));
        Ok(Self {
            started,
            compare_width: (descriptors / (most + 1)).min(MAX_COMPARED),
            cpus,
            autoscale,
            last_poll: Instant::now(),
            seen: WorkerStats::default(),
            on_processor: platform::process_cpu_time().unwrap_or_default(),
        })
    }

    pub(super) fn executor(&self) -> &dyn Executor {
        &*self.started.executor
    }

    pub(super) fn executor_mut(&mut self) -> &mut dyn Executor {
        &mut *self.started.executor
    }

    /// Checks the workers, and returns their new number if it changed.
    /// `waiting` is true if work waited for a worker since the last call.
    pub(super) fn poll(&mut self, waiting: bool) -> Option<usize> {
        let executor = &mut *self.started.executor;
        let now = Instant::now();
        let elapsed = now.saturating_duration_since(self.last_poll);
        self.last_poll = now;
        executor.check_health(elapsed);
        let worker_stats = executor.worker_stats();
        let on_processor = platform::process_cpu_time()? + executor.external_processor_time();
        let observation = Observation {
            elapsed,
            files: worker_stats.files.saturating_sub(self.seen.files),
            bytes: worker_stats.bytes.saturating_sub(self.seen.bytes),
            on_processor: on_processor.saturating_sub(self.on_processor),
            working: executor.working(),
            waiting,
        };
        self.seen = worker_stats;
        self.on_processor = on_processor;
        let count = self.autoscale.as_mut()?.observe(&observation)?;
        executor.resize(count);
        Some(executor.workers())
    }

    /// Summary of the executor and the reason for it; `asked` is the task type
    /// that was requested.
    pub(super) fn summary(&self, asked: Option<TaskType>) -> ExecutorSummary {
        let executor = self.executor();
        let task =
            asked.or_else(|| task_of(&executor.worker_stats(), executor.workers(), self.cpus));
        ExecutorSummary {
            kind: executor.kind().as_str(),
            workers: executor.workers(),
            task_type: task.map_or("auto", TaskType::as_str),
            reason: self.reason(),
            replaced: executor.replaced(),
            startup: self.started.startup,
            peak_memory: platform::peak_memory().map(|own| own + executor.external_peak_memory()),
        }
    }

    fn reason(&self) -> String {
        let started = &self.started;
        let mut reason = started.selection.reason.to_owned();
        if !started.refused.is_empty() {
            reason.push_str("; but ");
            for (kind, why) in &started.refused {
                let kind = kind.as_str();
                reason.push_str(&format!("{kind} workers could not start ({why}), "));
            }
            let used = started.executor.kind().as_str();
            reason.push_str(&format!("so {used} workers are used instead"));
        }
        let decision = self.autoscale.as_ref().map(Autoscale::decision);
        if let Some(change) = decision.and_then(Decision::reason) {
            reason.push_str(&format!("; {change}"));
        }
        reason
    }
}

/// Task type measured for the work: bound by storage if workers were blocked
/// for most of the time. The time that they waited for a processor is reported
/// by the system, or estimated: where there are more workers than processors,
/// each can only have its share.
fn task_of(worker_stats: &WorkerStats, workers: usize, cpus: usize) -> Option<TaskType> {
    if worker_stats.busy < MIN_WORK {
        return None;
    }
    let busy = worker_stats.busy.as_secs_f64();
    let could_run = if worker_stats.ready.is_zero() {
        let share = (cpus as f64 / workers.max(1) as f64).min(1.0);
        worker_stats.on_processor.as_secs_f64() / share
    } else {
        (worker_stats.on_processor + worker_stats.ready).as_secs_f64()
    };
    Some(if could_run >= busy / 2.0 {
        TaskType::Cpu
    } else {
        TaskType::Io
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_task_type_is_what_workers_wait_for() {
        let of = |busy, on_processor, ready, workers| {
            let worker_stats = WorkerStats {
                busy: Duration::from_millis(busy),
                on_processor: Duration::from_millis(on_processor),
                ready: Duration::from_millis(ready),
                ..WorkerStats::default()
            };
            task_of(&worker_stats, workers, 2)
        };
        assert_eq!(of(10, 10, 0, 2), None, "too little to tell");
        assert_eq!(of(1000, 900, 0, 2), Some(TaskType::Cpu));
        assert_eq!(of(1000, 100, 0, 2), Some(TaskType::Io));
        // Eight workers on two processors: each gets at most a quarter.
        assert_eq!(of(1000, 240, 0, 8), Some(TaskType::Cpu));
        assert_eq!(of(1000, 60, 0, 8), Some(TaskType::Io));
        // If the waiting time is known, nothing is estimated.
        assert_eq!(of(1000, 240, 100, 8), Some(TaskType::Io));
        assert_eq!(of(1000, 60, 900, 8), Some(TaskType::Cpu));
    }
}
