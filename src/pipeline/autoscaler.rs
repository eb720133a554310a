//! Observes the workers, and keeps as many of them active as give the highest
//! throughput.

use std::time::{Duration, Instant};

use crate::config::TaskType;
use crate::executor::{Autoscale, Bounds, Executor, Observation, Selection, Started};
use crate::platform;
use crate::types::{ExecutorSummary, WorkerStats};

/// Minimum work time for a statement about it.
const MIN_WORK: Duration = Duration::from_millis(20);

/// State of the observation of the workers.
pub(super) struct Autoscaler {
    cpus: usize,
    /// Chooses their number, unless that is fixed.
    autoscale: Option<Autoscale>,
    last_poll: Instant,
    seen: WorkerStats,
    on_processor: Duration,
}

impl Autoscaler {
    pub(super) fn new(cpus: usize, fixed: bool, workers: usize, most: usize) -> Self {
        let bounds = Bounds { least: 1, most };
        // An inline executor has no number to adapt.
        let one = most == 1;
        Self {
            cpus,
            autoscale: (!fixed && !one).then(|| Autoscale::new(cpus, workers, bounds)),
            last_poll: Instant::now(),
            seen: WorkerStats::default(),
            on_processor: platform::process_cpu_time().unwrap_or_default(),
        }
    }

    /// Checks the workers, and returns their new number if it changed.
    /// `waiting` is true if work waited for a worker since the last call.
    pub(super) fn poll(&mut self, executor: &mut dyn Executor, waiting: bool) -> Option<usize> {
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

    /// Summary of the executor that ran and the reason for it, without its peak
    /// memory.
    pub(super) fn summary(&self, started: &Started, asked: Option<TaskType>) -> ExecutorSummary {
        let executor = &*started.executor;
        let task =
            asked.or_else(|| task_of(&executor.worker_stats(), executor.workers(), self.cpus));
        ExecutorSummary {
            kind: executor.kind().as_str(),
            workers: executor.workers(),
            task_type: task.map_or("auto", TaskType::as_str),
            reason: self.reason(started),
            replaced: executor.replaced(),
            startup: started.startup,
            peak_memory: None,
        }
    }

    /// Summary of the executor that a larger scan would have used.
    pub(super) fn forecast(
        &self,
        selection: &Selection,
        (workers, most): (usize, usize),
        asked: Option<TaskType>,
    ) -> ExecutorSummary {
        let mut reason = selection.reason.to_owned();
        self.explain_number(&mut reason, most);
        ExecutorSummary {
            kind: selection.kind.as_str(),
            workers,
            task_type: asked.map_or("auto", TaskType::as_str),
            reason,
            replaced: 0,
            startup: Duration::ZERO,
            peak_memory: None,
        }
    }

    fn reason(&self, started: &Started) -> String {
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
        self.explain_number(&mut reason, started.most);
        reason
    }

    fn explain_number(&self, reason: &mut String, most: usize) {
        match &self.autoscale {
            Some(autoscale) => reason.push_str(&format!("; {}", autoscale.decision())),
            None if most > 1 => reason.push_str("; as many workers as asked for"),
            None => {}
        }
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
