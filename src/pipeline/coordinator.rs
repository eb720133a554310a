//! The coordinator: the one thread that owns the state of a scan.
//!
//! It dispatches work, and processes outcomes and the files that the walk
//! finds. It never reads directories or files itself. It receives from the
//! walk's channel only while little work is waiting: that is the back-pressure
//! on the walk.

use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, never, select, tick};

use super::same_numbers::TimedCheck;
use super::workers::{WorkInfo, Workers};
use super::{GroupHook, Progress, ProgressHook, Scan, ScanResult};
use crate::cache::{Cache, Recorder};
use crate::config::{Execution, ExecutorKind, Goal, Profile, ScanConfig, SortKey};
use crate::error::Error;
use crate::executor::{Executor, WorkerFactory};
use crate::group::{self, Candidate, GroupRules};
use crate::hash::{self, Hasher};
use crate::keep::Keeper;
use crate::platform;
use crate::stage::{Catalog, DedupConfig, DedupState, TreeHash};
use crate::types::{
    CacheSummary, CancelToken, ExecutorSummary, FileIdx, ProvedFile, Summary, Timestamp, Totals,
    WalkBatch,
};
use crate::walk::{self, ClockGuard};

/// The walk is paused while more files than this wait for a worker.
const MAX_WAITING: usize = 64 * 1024;

/// Digests that are passed on at once to be stored.
const STORED_AT_ONCE: usize = 4 * 1024;

/// Maximum number of digests that wait to be stored. More are not stored: their
/// files are read again.
const MAX_UNSTORED: usize = 64 * 1024;

/// Interval of progress reports and checks for cancellation.
pub(super) const TICK_INTERVAL: Duration = Duration::from_millis(100);

/// Maximum time that a cancelled scan waits for reads in progress.
const CANCEL_GRACE: Duration = Duration::from_secs(2);

/// Counts of the cache in one attempt.
pub(super) struct CacheCounts {
    pub(super) summary: CacheSummary,
    /// A file for which the cache held another digest.
    pub(super) first_wrong: Option<FileIdx>,
    /// True if the result rests on entries that are not believed any more.
    pub(super) is_void: bool,
}

/// Scans once; if `reads_all`, without digests from the cache.
pub(super) fn attempt(
    scan: &mut Scan<'_>,
    began: Instant,
    cache: Option<&Cache>,
    reads_all: bool,
) -> Result<(ScanResult, Option<CacheCounts>), Error> {
    let Scan {
        config,
        cancel,
        io,
        reader_is_local,
        on_progress,
        on_group,
    } = scan;
    let (config, cancel, reader_is_local) = (&*config, &*cancel, *reader_is_local);
    let settled_before = settled_before(config.execution.settle_time);
    let lookup = cache.and_then(|cache| cache.lookup(config.hash, settled_before, reads_all));
    let mut plan = walk::plan(config, cancel)?.looking_up(lookup);
    let rules = GroupRules {
        criteria: config.criteria(),
        hard_links: config.hard_links,
        roots: plan.roots(),
        keeper: Arc::new(Keeper::new(config)?),
    };
    let left_out = plan.left_out().to_vec();
    let by_entry = config.selection.follow_links || plan.has_explicit_files();
    let is_parallel = plan.is_parallel();
    let is_remote = has_remote_root(config);
    if !reader_is_local
        && !is_remote
        && config.candidates.is_none()
        && may_read_in_walk(&config.execution)
    {
        plan = plan.reading(config.hash, settled_before);
    }
    let clock = ClockGuard::now();
    let (found, walk) = walk::start(plan).map_err(Error::Thread)?;
    let mut workers = Workers::start(
        config,
        WorkInfo {
            factory: WorkerFactory::new(Arc::clone(io), config.hash, cancel.clone()),
            reader_is_local,
            is_parallel,
            is_remote,
        },
    )?;
    let recorder = cache.and_then(|cache| {
        let is_set_back = Box::new(move || clock.was_set_back(&ClockGuard::now()));
        cache.recorder(config.hash, settled_before, is_set_back)
    });
    let mut state = DedupState::new(DedupConfig {
        hard_links: config.hard_links,
        hash_everything: config.goal == Goal::HashEverything,
        verify: config.verify,
        workers: workers.executor().workers(),
        compare_width: workers.compare_width,
        digest_len: Hasher::new(config.hash).finish().as_bytes().len(),
        settled_before,
        tree_hash: Hasher::can_segment(config.hash).then_some(TreeHash {
            window: hash::join,
            file: hash::join_all,
        }),
    })
    .with_candidates(config.candidates.clone())
    .with_names_left_out(config.names_left_out)
    .with_same_file_check(Box::new(TimedCheck::new(cancel.clone())), by_entry);
    if let Some(cache) = cache.filter(|_| recorder.is_some()) {
        state = state.keeping_proved(cache.stores_before(settled_before));
    }
    // Groups can be reported early only if the end of the scan cannot add to
    // them, as single files, hard links and hashing everything do.
    let streams = !config.criteria().wants_single_files()
        && !config.hard_links
        && config.goal == Goal::Duplicates
        && config.candidates.is_none();
    let mut no_hook = None;
    let mut coordinator = Coordinator {
        state,
        rules,
        cancel,
        on_progress,
        on_group,
        streams,
        walk: Some(walk),
        nested: Vec::new(),
        smallest_reported: None,
        work_waited: false,
        recorder,
        waits_to_store: Vec::new(),
        progress: Progress {
            walking: true,
            ..Progress::default()
        },
    };
    coordinator.drive(&mut workers, &found)?;
    let summary = workers.summary(config.execution.task);
    drop(workers);
    let counts = cache.map(|cache| coordinator.store_rest(cache));
    // Such a result is not reported, and all is scanned again.
    if counts.as_ref().is_some_and(|counts| counts.is_void) {
        coordinator.on_group = &mut no_hook;
    }
    let mut result = coordinator.finish(config, began, summary);
    result.left_out = left_out;
    Ok((result, counts))
}

/// See [`Batch::settled_before`](crate::types::Batch::settled_before).
pub(super) fn settled_before(settle_time: Option<Duration>) -> Timestamp {
    let settle_time = settle_time.or_else(platform::settle_time);
    settle_time.map_or(Timestamp::MIN, |time| {
        Timestamp::from(SystemTime::now()).before(time)
    })
}

/// Returns true if a path to scan is on a file system where a read can hang for
/// ever.
fn has_remote_root(config: &ScanConfig) -> bool {
    let given = config.roots.iter().chain(&config.references);
    given.into_iter().any(|path| platform::is_remote(path))
}

/// Returns true if the walk may read files too: if threads do the work, and
/// neither a number of workers nor a limit was requested.
fn may_read_in_walk(execution: &Execution) -> bool {
    matches!(execution.executor, None | Some(ExecutorKind::Thread))
        && execution.profile == Profile::Native
        && execution.workers.is_none()
        && execution.timeout.is_none()
        && execution.worker_memory.is_none()
}

struct Coordinator<'a, 'b> {
    state: DedupState,
    rules: GroupRules,
    cancel: &'b CancelToken,
    on_progress: &'b mut Option<ProgressHook<'a>>,
    on_group: &'b mut Option<GroupHook<'a>>,
    recorder: Option<Recorder>,
    /// Digests that the recorder had no room for.
    waits_to_store: Vec<ProvedFile>,
    streams: bool,
    walk: Option<JoinHandle<()>>,
    nested: Vec<(u32, u32)>,
    smallest_reported: Option<u64>,
    work_waited: bool,
    progress: Progress,
}

impl Coordinator<'_, '_> {
    fn drive(&mut self, workers: &mut Workers, found: &Receiver<WalkBatch>) -> Result<(), Error> {
        let ticks = tick(TICK_INTERVAL);
        let nothing = never();
        let mut cancelled_at = None;
        while self.has_work() {
            self.dispatch(workers.executor_mut());
            let moved = self.collect_outcomes(workers.executor_mut());
            // Once cancelled, no question about a file would be answered.
            let listen = self.progress.walking
                && self.state.waiting() < MAX_WAITING
                && !self.cancel.is_cancelled();
            let walk = if listen { found } else { &nothing };
            // Events may have created new work: check after them.
            let start_pending = workers.executor_mut().start_pending();
            let start_pending = start_pending.unwrap_or(TICK_INTERVAL);
            let patience = if moved { Duration::ZERO } else { start_pending };
            select! {
                // The executor holds a sender as long as it exists.
                recv(workers.executor().events()) -> event => if let Ok(event) = event {
                    workers.executor_mut().accept(event);
                    self.collect_outcomes(workers.executor_mut());
                },
                recv(walk) -> batch => match batch {
                    Ok(batch) => self.add_found(batch)?,
                    Err(_) => {
                        self.walk_ended();
                        // A walk that is cancelled ends early.
                        if !self.cancel.is_cancelled() {
                            self.state.listings_mut().walk_ended = true;
                        }
                        self.progress.walking = false;
                        self.spread_references();
                        self.state.walk_done();
                    }
                },
                recv(ticks) -> _ => self.tick(workers),
                default(patience) => {}
            }
            self.report_groups();
            if self.state.proved_count() >= STORED_AT_ONCE {
                self.store();
            }
            if self.cancel.is_cancelled() {
                let since = *cancelled_at.get_or_insert_with(|| {
                    workers.executor_mut().cancel();
                    Instant::now()
                });
                if since.elapsed() > CANCEL_GRACE {
                    break;
                }
            }
        }
        self.report_progress(workers.executor());
        Ok(())
    }

    /// Returns true if anything is still to be done.
    fn has_work(&mut self) -> bool {
        if self.cancel.is_cancelled() {
            return self.state.has_in_flight();
        }
        self.progress.walking || !self.state.is_idle() || self.state.queue_remaining()
    }

    fn dispatch(&mut self, executor: &mut dyn Executor) {
        while !self.cancel.is_cancelled()
            && executor.has_room()
            && let Some(batch) = self.state.next_batch()
        {
            executor.submit(batch);
            self.state.set_workers(executor.workers());
        }
        self.work_waited |= self.state.waiting() > 0;
    }

    /// Adds all outcomes that are ready, and returns true if there was any.
    fn collect_outcomes(&mut self, executor: &mut dyn Executor) -> bool {
        let mut any = false;
        while let Some(outcome) = executor.next_outcome() {
            self.state.done(outcome);
            any = true;
        }
        any
    }

    /// Passes on what was proved, to be stored.
    fn store(&mut self) {
        let Some(recorder) = &self.recorder else {
            return;
        };
        if self.waits_to_store.is_empty() {
            self.waits_to_store = self.state.take_proved();
        }
        let waits = std::mem::take(&mut self.waits_to_store);
        if !waits.is_empty()
            && let Err(rest) = recorder.try_store(waits)
            && self.state.proved_count() < MAX_UNSTORED
        {
            self.waits_to_store = rest;
        }
    }

    /// Stores what is left.
    fn store_rest(&mut self, cache: &Cache) -> CacheCounts {
        let mut rest = std::mem::take(&mut self.waits_to_store);
        rest.append(&mut self.state.take_proved());
        let counts = self.state.known_counts();
        let device = counts
            .first_wrong
            .map(|file| self.state.catalog().id(file).dev);
        CacheCounts {
            summary: CacheSummary {
                files: counts.files,
                bytes: counts.bytes,
                checked: counts.checked,
                wrong: counts.wrong,
                stored: cache.finish(self.recorder.take(), rest, device),
                ..CacheSummary::default()
            },
            first_wrong: counts.first_wrong,
            is_void: counts.first_wrong.is_some()
                || (counts.files > 0 && cache.has_repeated_volume()),
        }
    }

    fn tick(&mut self, workers: &mut Workers) {
        self.report_progress(workers.executor());
        self.store();
        let waited = std::mem::take(&mut self.work_waited);
        if let Some(count) = workers.poll(waited) {
            self.state.set_workers(count);
        }
        self.collect_outcomes(workers.executor_mut());
    }

    fn add_found(&mut self, batch: WalkBatch) -> Result<(), Error> {
        self.progress.directories += batch.dirs.len() as u64;
        let mut batch = batch;
        if let Some(current) = batch.current.take() {
            self.progress.current = Some(current);
        }
        self.nested.append(&mut batch.nested);
        Ok(self.state.found(batch)?)
    }

    /// A walk that panicked found an unknown part of the files: no report may
    /// call that complete.
    fn walk_ended(&mut self) {
        if let Some(walk) = self.walk.take()
            && let Err(cause) = walk.join()
        {
            std::panic::resume_unwind(cause);
        }
    }

    /// Makes every root that the walk found inside a reference a reference
    /// too. Their paths would not show that: a bind mount may lead there.
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

    fn report_progress(&mut self, executor: &dyn Executor) {
        let Some(hook) = self.on_progress.as_mut() else {
            return;
        };
        let catalog = self.state.catalog();
        self.progress.files = catalog.files.len() as u64;
        self.progress.errors = catalog.error_count() as u64;
        (self.progress.bytes_found, self.progress.bytes_to_read) = self.state.bytes();
        self.progress.bytes_read = executor.worker_stats().bytes + self.state.walk_reads().bytes;
        hook(&self.progress);
    }

    /// Reports the groups that became final.
    fn report_groups(&mut self) {
        // After a cancellation, a group may have copies that were not read.
        let unproved = has_upper_limit(&self.rules) && self.cancel.is_cancelled();
        // Nor may groups be reported that rest on a cache that may turn out to be
        // wrong.
        let rests_on_cache = self.state.known_counts().files > 0;
        let tells = self.streams && !unproved && !rests_on_cache;
        let Some(hook) = self.on_group.as_mut().filter(|_| tells) else {
            return;
        };
        while let Some((size, classes)) = self.state.next_final() {
            let catalog = self.state.catalog();
            let settled = classes
                .into_iter()
                .filter_map(|class| group::candidate(catalog, &self.rules, class))
                .collect();
            report(hook, catalog, &self.rules, settled);
            self.smallest_reported = Some(size);
        }
    }

    fn finish(
        mut self,
        config: &ScanConfig,
        started: Instant,
        executor: ExecutorSummary,
    ) -> ScanResult {
        let interrupted = self.cancel.is_cancelled();
        let (bytes_found, _) = self.state.bytes();
        let read_by_walk = self.state.walk_reads().files;
        self.spread_references();
        let catalog = self.state.into_catalog();
        let errors = catalog.errors();
        let stages = catalog.stages(config.verify);
        let mut candidates = group::candidates(&catalog, &self.rules);
        if interrupted && has_upper_limit(&self.rules) {
            // Larger groups were reported before.
            let reported = self.smallest_reported;
            candidates
                .retain(|candidate| reported.is_some_and(|reported| candidate.size >= reported));
        }
        if let Some(hook) = self.on_group.as_mut() {
            let reported = self.smallest_reported.unwrap_or(u64::MAX);
            let rest = candidates
                .iter()
                .copied()
                .filter(|candidate| candidate.size < reported)
                .collect();
            report(hook, &catalog, &self.rules, rest);
        }
        let totals = Totals {
            files: catalog.files.len() as u64,
            bytes: bytes_found,
            bytes_read: stages.iter().map(|stage| stage.bytes_read).sum(),
            errors: errors.len() as u64,
            ..group::totals(&candidates)
        };
        ScanResult {
            summary: Summary {
                complete: !interrupted && totals.errors == 0,
                interrupted,
                totals,
                stages,
                read_by_walk,
                cache: None,
                executor,
                elapsed: started.elapsed(),
            },
            errors,
            left_out: Vec::new(),
            catalog,
            rules: self.rules,
            candidates,
            directories: config.directories,
            similar: config.similar,
            without_bytes: config.selection.min_size == 0,
            directory_groups: OnceLock::new(),
        }
    }
}

/// Returns true if groups are selected by a maximum number of copies. A scan
/// that was cancelled cannot show that there are no more copies.
fn has_upper_limit(rules: &GroupRules) -> bool {
    rules.criteria.max_copies != u64::MAX
}

/// Passes groups to the hook, in the documented order.
fn report(
    hook: &mut GroupHook<'_>,
    catalog: &Catalog,
    rules: &GroupRules,
    mut candidates: Vec<Candidate>,
) {
    group::sort(catalog, rules, SortKey::Size, &mut candidates);
    for candidate in &candidates {
        hook(group::build(catalog, rules, candidate));
    }
}
