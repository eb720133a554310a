//! The one thread that owns the books of a scan.
//!
//! It hands out work, takes in outcomes and what the walk finds. Only in its
//! first moments it lists directories and reads what is in memory itself; a
//! small scan is over then. Later on it never touches the disk. The walk's
//! channel is only listened to while little work is waiting: that is the
//! back-pressure on the walk.

use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, never, select, tick};

use super::executor_lifecycle::{Prospects, Staff};
use super::same_numbers::Asker;
use super::{GroupHook, Progress, ProgressHook, Scan, ScanResult};
use crate::config::{Execution, ExecutorKind, Profile, ScanConfig, SortKey};
use crate::error::Error;
use crate::executor::WorkerFactory;
use crate::group::{self, Candidate, GroupRules};
use crate::hash::{self, Hasher};
use crate::platform;
use crate::stage::{Catalog, DedupConfig, DedupState, Joins};
use crate::types::{CancelToken, ExecutorSummary, Summary, Timestamp, Totals, WalkBatch};
use crate::walk;

/// The walk is paused while more files than this wait for a worker.
const MAX_WAITING: usize = 64 * 1024;

/// How often progress is told and cancellation looked for.
const TICK_INTERVAL: Duration = Duration::from_millis(100);

/// How long a cancelled scan waits for reads that are under way.
const CANCEL_GRACE: Duration = Duration::from_secs(2);

pub(super) fn run(scan: Scan<'_>) -> Result<ScanResult, Error> {
    let began = Instant::now();
    let is_near = scan.is_near();
    let Scan {
        config,
        cancel,
        io,
        reader_is_ours,
        on_progress,
        on_group,
        is_brief,
        is_near: _,
    } = scan;
    let settled_before = settled_before(config.execution.settle_time);
    let mut plan = walk::plan(&config, &cancel)?;
    let rules = GroupRules {
        criteria: config.criteria,
        hard_links: config.hard_links,
        roots: plan.roots(),
    };
    let left_out = plan.left_out().to_vec();
    let by_entry = config.selection.follow_links || plan.has_explicit_files();
    let is_parallel = plan.is_parallel();
    let near = is_near.then(|| plan.devices());
    let is_remote = near.is_none() && has_remote_root(&config);
    if !reader_is_ours && !is_remote && may_read_in_walk(&config.execution) {
        plan = plan.reading(config.hash, settled_before);
    }
    let (found, walk) = walk::start(plan, is_near).map_err(Error::Thread)?;
    let mut staff = Staff::new(
        &config,
        Prospects {
            factory: WorkerFactory::new(io, config.hash, cancel.clone()),
            reader_is_ours,
            is_parallel,
            is_remote,
            near,
        },
    )?;
    let state = DedupState::new(DedupConfig {
        hard_links: config.hard_links,
        verify: config.verify,
        workers: staff.workers(),
        compare_width: staff.compare_width(),
        digest_len: Hasher::new(config.hash).finish().as_bytes().len(),
        settled_before,
        joins: Hasher::can_segment(config.hash).then_some(Joins {
            window: hash::join,
            file: hash::join_all,
        }),
    })
    .telling_apart(Box::new(Asker::new(cancel.clone())), by_entry);
    // Nothing is final before the end where single files count, or names.
    let streams = !config.criteria.wants_single_files() && !config.hard_links;
    let mut coordinator = Coordinator {
        state,
        rules,
        cancel: &cancel,
        on_progress,
        on_group,
        streams,
        walk,
        nested: Vec::new(),
        smallest_told: None,
        work_waited: false,
        progress: Progress {
            walking: true,
            ..Progress::default()
        },
    };
    coordinator.drive(&mut staff, &found)?;
    let summary = staff.summary(is_brief);
    drop(staff);
    let mut result = coordinator.finish(&config, began, summary);
    result.left_out = left_out;
    Ok(result)
}

/// See [`Batch::settled_before`](crate::types::Batch::settled_before).
fn settled_before(settle_time: Option<Duration>) -> Timestamp {
    let settle_time = settle_time.or_else(platform::settle_time);
    settle_time.map_or(Timestamp::MIN, |time| {
        Timestamp::from(SystemTime::now()).before(time)
    })
}

/// Whether a path to scan lies where a read can hang for ever.
fn has_remote_root(config: &ScanConfig) -> bool {
    let given = config.roots.iter().chain(&config.references);
    given.into_iter().any(|path| platform::is_remote(path))
}

/// Whether the walk may read files too: where threads do, and nothing was said
/// of how many or of what they may cost.
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
    on_progress: Option<ProgressHook<'a>>,
    on_group: Option<GroupHook<'a>>,
    streams: bool,
    walk: Option<JoinHandle<()>>,
    nested: Vec<(u32, u32)>,
    smallest_told: Option<u64>,
    work_waited: bool,
    progress: Progress,
}

impl Coordinator<'_, '_> {
    fn drive(&mut self, staff: &mut Staff<'_>, found: &Receiver<WalkBatch>) -> Result<(), Error> {
        let beat = tick(TICK_INTERVAL);
        let nothing = never();
        let mut cancelled_at = None;
        while self.has_work() {
            self.hand_out(staff)?;
            let moved = self.take_outcomes(staff);
            let listen = self.progress.walking && self.state.waiting() < MAX_WAITING;
            let walk = if listen { found } else { &nothing };
            // What came in may have made new work: only look then.
            let start_pending = staff.start_pending().unwrap_or(TICK_INTERVAL);
            let patience = if moved { Duration::ZERO } else { start_pending };
            select! {
                // The executor holds an end to send to as long as it lives.
                recv(staff.events()) -> event => if let Ok(event) = event {
                    if let Some(executor) = staff.executor_mut() {
                        executor.accept(event);
                    }
                    self.take_outcomes(staff);
                },
                recv(walk) -> batch => match batch {
                    Ok(batch) => self.take_in(batch)?,
                    Err(_) => {
                        self.walk_ended();
                        self.progress.walking = false;
                        self.spread_references();
                        self.state.walk_done();
                    }
                },
                recv(beat) -> _ => self.look(staff),
                default(patience) => {}
            }
            self.tell_groups();
            if self.cancel.is_cancelled() {
                let since = *cancelled_at.get_or_insert_with(|| {
                    if let Some(executor) = staff.executor_mut() {
                        executor.cancel();
                    }
                    Instant::now()
                });
                if since.elapsed() > CANCEL_GRACE {
                    break;
                }
            }
        }
        self.tell_progress(staff);
        Ok(())
    }

    /// Whether anything is to be waited for.
    fn has_work(&mut self) -> bool {
        if self.cancel.is_cancelled() {
            return self.state.is_at_work();
        }
        self.progress.walking || !self.state.is_idle() || self.state.last_work()
    }

    fn hand_out(&mut self, staff: &mut Staff<'_>) -> Result<(), Error> {
        while !self.cancel.is_cancelled()
            && staff.has_room()
            && let Some(batch) = self.state.next_batch()
        {
            staff.submit(batch)?;
            self.state.set_workers(staff.workers());
        }
        self.work_waited |= self.state.waiting() > 0;
        Ok(())
    }

    /// Enters what is known now, and answers whether there was any.
    fn take_outcomes(&mut self, staff: &mut Staff<'_>) -> bool {
        let mut any = false;
        while let Some(outcome) = staff.next_outcome() {
            self.state.done(outcome);
            any = true;
        }
        any
    }

    fn look(&mut self, staff: &mut Staff<'_>) {
        self.tell_progress(staff);
        let waited = std::mem::take(&mut self.work_waited);
        if let Some(workers) = staff.look(waited) {
            self.state.set_workers(workers);
        }
        self.take_outcomes(staff);
    }

    fn take_in(&mut self, batch: WalkBatch) -> Result<(), Error> {
        self.progress.directories += batch.dirs.len() as u64;
        let mut batch = batch;
        if let Some(current) = batch.current.take() {
            self.progress.current = Some(current);
        }
        self.nested.append(&mut batch.nested);
        Ok(self.state.found(batch)?)
    }

    /// A walk that panicked found nobody knows how little: no report may call
    /// that complete.
    fn walk_ended(&mut self) {
        if let Some(walk) = self.walk.take()
            && let Err(cause) = walk.join()
        {
            std::panic::resume_unwind(cause);
        }
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

    fn tell_progress(&mut self, staff: &Staff<'_>) {
        let Some(hook) = &mut self.on_progress else {
            return;
        };
        let catalog = self.state.catalog();
        self.progress.files = catalog.files.len() as u64;
        self.progress.errors = catalog.error_count() as u64;
        (self.progress.bytes_found, self.progress.bytes_to_read) = self.state.bytes();
        self.progress.bytes_read = staff.bytes_read() + self.state.by_walk().bytes;
        hook(&self.progress);
    }

    /// Tells the groups that became final.
    fn tell_groups(&mut self) {
        // What settles from now on may have copies that nobody looked at.
        let unproved = has_limit(&self.rules) && self.cancel.is_cancelled();
        let tells = self.streams && !unproved;
        let Some(hook) = self.on_group.as_mut().filter(|_| tells) else {
            return;
        };
        while let Some((size, classes)) = self.state.next_settled() {
            let catalog = self.state.catalog();
            let settled = classes
                .into_iter()
                .filter_map(|class| group::candidate(catalog, &self.rules, class))
                .collect();
            tell(hook, catalog, &self.rules, settled);
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
        let (bytes_found, _) = self.state.bytes();
        let read_by_walk = self.state.by_walk().files;
        self.spread_references();
        let catalog = self.state.into_catalog();
        let errors = catalog.errors();
        let stages = catalog.stages(config.verify);
        let mut candidates = group::candidates(&catalog, &self.rules);
        if interrupted && has_limit(&self.rules) {
            // What was told was final before.
            let told = self.smallest_told;
            candidates.retain(|candidate| told.is_some_and(|told| candidate.size >= told));
        }
        if let Some(hook) = &mut self.on_group {
            let told = self.smallest_told.unwrap_or(u64::MAX);
            let rest = candidates
                .iter()
                .copied()
                .filter(|candidate| candidate.size < told)
                .collect();
            tell(hook, &catalog, &self.rules, rest);
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
                executor,
                elapsed: started.elapsed(),
            },
            errors,
            left_out: Vec::new(),
            catalog,
            rules: self.rules,
            candidates,
        }
    }
}

/// Whether groups are wanted for how few copies there are: of a scan that saw
/// only a part, a lower bound on their number can be told, an upper one cannot.
fn has_limit(rules: &GroupRules) -> bool {
    rules.criteria.max_copies != u64::MAX
}

/// Hands groups to the hook, in the order it was promised.
fn tell(
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
