//! The one thread that owns the books of a scan.
//!
//! It hands out work, takes in outcomes and what the walk finds, and never
//! touches the disk. The walk's channel is only listened to while little
//! work is waiting: that is the back-pressure on the walk.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, never, select, tick};

use super::{GroupHook, Progress, ProgressHook, Scan, ScanResult};
use crate::config::{MOST_WORKERS, ScanConfig, SortKey};
use crate::error::Error;
use crate::executor::{
    Executor, Growth, MOST_ADDED, Needs, Profile, Reading, Task, ThreadExecutor, select,
};
use crate::group::{self, Candidate, GroupRules};
use crate::hash::Hasher;
use crate::model::{CancelToken, ExecutorSummary, MAX_COMPARED, Summary, Totals, WalkBatch};
use crate::stage::{Findings, Sieve, SieveConfig};
use crate::sys;
use crate::walk;
use crate::worker::Worker;

/// The walk is paused while more files than this wait for a worker.
const MOST_WAITING: usize = 64 * 1024;

/// How often progress is told and cancellation looked for.
const BEAT: Duration = Duration::from_millis(100);

/// How long a cancelled scan waits for reads that are under way.
const FAREWELL: Duration = Duration::from_secs(2);

pub(super) fn run(scan: Scan<'_>) -> Result<ScanResult, Error> {
    let started = Instant::now();
    let Scan {
        config,
        cancel,
        io,
        on_progress,
        on_group,
    } = scan;
    let plan = walk::plan(&config, &cancel)?;
    let rules = GroupRules {
        criteria: config.criteria,
        hard_links: config.hard_links,
        roots: plan.roots(),
    };
    let bytes_read = Arc::new(AtomicU64::new(0));
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    // Whether hashing or the disk will be the bottleneck is not known
    // beforehand; the kind is the same for both, and the pool grows.
    let selection = select(Profile::Native, Task::Cpu, Needs::default(), cpus);
    let (found, threads) = walk::start(plan).map_err(Error::Thread)?;
    // Two descriptors a thread that lists, some for the program; a worker
    // holds two, and its comparisons as many more as there are.
    let spare = sys::descriptor_limit().saturating_sub(16 + 2 * threads as u64) as usize;
    let (workers, most) = match config.workers {
        Some(fixed) => {
            let fixed = fixed.get().min(MOST_WORKERS);
            (fixed, fixed)
        }
        None => {
            let start = selection.workers.min(MOST_WORKERS);
            (start, (spare / 4).min(MOST_ADDED).max(start))
        }
    };
    let mut executor = ThreadExecutor::start(workers, most, || {
        Worker::new(
            io.make(),
            config.hash,
            cancel.clone(),
            Arc::clone(&bytes_read),
        )
    })
    .map_err(Error::Thread)?;
    let sieve = Sieve::new(SieveConfig {
        hard_links: config.hard_links,
        verify: config.verify,
        workers: executor.workers(),
        compare_width: (spare / (most + 1)).min(MAX_COMPARED),
        empty: Hasher::new(config.hash).finish(),
    });
    // Nothing is final before the end where single files count, or names.
    let streams = !config.criteria.wants_single_files() && !config.hard_links;
    let mut coordinator = Coordinator {
        sieve,
        rules,
        cancel: &cancel,
        bytes_read: &bytes_read,
        in_flight: 0,
        on_progress,
        on_group,
        streams,
        nested: Vec::new(),
        smallest_told: None,
        growth: Growth::new(cpus, most),
        work_waited: false,
        progress: Progress {
            walking: true,
            ..Progress::default()
        },
    };
    coordinator.drive(&mut executor, &found, started)?;
    let summary = ExecutorSummary {
        kind: executor.kind().as_str(),
        workers: executor.workers(),
        task_type: "auto",
        reason: match config.workers {
            Some(_) => "as many workers as asked for".to_owned(),
            None if executor.workers() > workers => format!(
                "started with {workers} workers and added more, because work \
                 waited while the processors were idle"
            ),
            None => selection.reason.to_owned(),
        },
    };
    drop(executor);
    Ok(coordinator.finish(&config, started, summary))
}

struct Coordinator<'a, 'b> {
    sieve: Sieve,
    rules: GroupRules,
    cancel: &'b CancelToken,
    bytes_read: &'b AtomicU64,
    in_flight: usize,
    on_progress: Option<ProgressHook<'a>>,
    on_group: Option<GroupHook<'a>>,
    streams: bool,
    nested: Vec<(u32, u32)>,
    smallest_told: Option<u64>,
    growth: Growth,
    work_waited: bool,
    progress: Progress,
}

impl Coordinator<'_, '_> {
    fn drive(
        &mut self,
        executor: &mut dyn Executor,
        found: &Receiver<WalkBatch>,
        started: Instant,
    ) -> Result<(), Error> {
        let beat = tick(BEAT);
        let nothing = never();
        let mut cancelled_at = None;
        while self.has_work() {
            self.hand_out(executor);
            let listen = self.progress.walking && self.sieve.waiting() < MOST_WAITING;
            let walk = if listen { found } else { &nothing };
            select! {
                // The executor holds an end to send to as long as it lives.
                recv(executor.outcomes()) -> outcome => if let Ok(outcome) = outcome {
                    self.in_flight -= 1;
                    self.sieve.done(outcome);
                },
                recv(walk) -> batch => match batch {
                    Ok(batch) => self.take_in(batch)?,
                    Err(_) => {
                        self.progress.walking = false;
                        self.spread_references();
                        self.sieve.walk_done();
                    }
                },
                recv(beat) -> _ => {
                    self.tell_progress();
                    self.adapt(executor, started.elapsed());
                }
            }
            self.tell_groups();
            if self.cancel.is_cancelled() {
                let since = *cancelled_at.get_or_insert_with(Instant::now);
                if since.elapsed() > FAREWELL {
                    break;
                }
            }
        }
        self.tell_progress();
        Ok(())
    }

    /// Whether anything is to be waited for.
    fn has_work(&mut self) -> bool {
        if self.cancel.is_cancelled() {
            return self.in_flight > 0;
        }
        self.progress.walking || !self.sieve.is_idle() || self.sieve.last_work()
    }

    fn hand_out(&mut self, executor: &mut dyn Executor) {
        while !self.cancel.is_cancelled()
            && self.in_flight < executor.capacity()
            && let Some(batch) = self.sieve.next_batch()
        {
            self.in_flight += 1;
            executor.submit(batch);
        }
        self.work_waited |= self.sieve.waiting() > 0;
    }

    /// Adds workers where that would help.
    fn adapt(&mut self, executor: &mut dyn Executor, elapsed: Duration) {
        let waited = std::mem::take(&mut self.work_waited);
        let Some(on_processor) = sys::process_cpu_time() else {
            return;
        };
        let reading = Reading {
            elapsed,
            on_processor,
        };
        if let Some(count) = self.growth.decide(reading, executor.workers(), waited) {
            executor.grow(count);
            self.sieve.set_workers(executor.workers());
        }
    }

    fn take_in(&mut self, batch: WalkBatch) -> Result<(), Error> {
        self.progress.directories += batch.dirs.len() as u64;
        let mut batch = batch;
        if let Some(current) = batch.current.take() {
            self.progress.current = Some(current);
        }
        self.nested.append(&mut batch.nested);
        Ok(self.sieve.found(batch)?)
    }

    /// A root that was met inside a reference holds originals too, whatever
    /// path it was given by: through a bind mount no path would tell.
    fn spread_references(&mut self) {
        let roots = &mut self.rules.roots;
        let mut spreading = true;
        while spreading {
            spreading = false;
            for &(outer, inner) in &self.nested {
                let (outer, inner) = (outer as usize, inner as usize);
                if roots[outer].reference && !roots[inner].reference {
                    roots[inner].reference = true;
                    spreading = true;
                }
            }
        }
    }

    fn tell_progress(&mut self) {
        let Some(hook) = &mut self.on_progress else {
            return;
        };
        let findings = self.sieve.findings();
        self.progress.files = findings.files.len() as u64;
        self.progress.errors = findings.error_count() as u64;
        (self.progress.bytes_found, self.progress.bytes_to_read) = self.sieve.bytes();
        self.progress.bytes_read = self.bytes_read.load(Ordering::Relaxed);
        hook(&self.progress);
    }

    /// Tells the groups that became final.
    fn tell_groups(&mut self) {
        let Some(hook) = self.on_group.as_mut().filter(|_| self.streams) else {
            return;
        };
        while let Some((size, classes)) = self.sieve.next_settled() {
            let findings = self.sieve.findings();
            let settled = classes
                .into_iter()
                .filter_map(|class| group::candidate(findings, &self.rules, class))
                .collect();
            tell(hook, findings, &self.rules, settled);
            self.smallest_told = Some(size);
        }
    }

    fn finish(
        mut self,
        config: &ScanConfig,
        started: Instant,
        executor: ExecutorSummary,
    ) -> ScanResult {
        let interrupted = self.cancel.is_cancelled();
        let (bytes_found, _) = self.sieve.bytes();
        self.spread_references();
        let findings = self.sieve.into_findings();
        let errors = findings.errors();
        // Of a scan that saw only a part, a lower bound on the number of
        // copies can be told, an upper bound cannot.
        let unproved = interrupted && config.criteria.max_copies != u64::MAX;
        let candidates = if unproved {
            Vec::new()
        } else {
            group::candidates(&findings, &self.rules)
        };
        if let Some(hook) = &mut self.on_group {
            let told = self.smallest_told.unwrap_or(u64::MAX);
            let rest = candidates
                .iter()
                .copied()
                .filter(|candidate| candidate.size < told)
                .collect();
            tell(hook, &findings, &self.rules, rest);
        }
        let totals = Totals {
            files: findings.files.len() as u64,
            bytes: bytes_found,
            bytes_read: self.bytes_read.load(Ordering::Relaxed),
            errors: errors.len() as u64,
            ..group::totals(&candidates)
        };
        ScanResult {
            summary: Summary {
                complete: !interrupted && totals.errors == 0,
                interrupted,
                totals,
                stages: findings.stages(config.verify),
                executor,
                elapsed: started.elapsed(),
            },
            errors,
            findings,
            rules: self.rules,
            candidates,
        }
    }
}

/// Hands groups to the hook, in the order it was promised.
fn tell(
    hook: &mut GroupHook<'_>,
    findings: &Findings,
    rules: &GroupRules,
    mut candidates: Vec<Candidate>,
) {
    group::sort(findings, rules, SortKey::Size, &mut candidates);
    for candidate in &candidates {
        hook(group::build(findings, rules, candidate));
    }
}
