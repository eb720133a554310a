//! Proves the files of a batch.

use std::collections::VecDeque;
use std::iter::Enumerate;
use std::slice::IterMut;
use std::time::{Duration, Instant};

use super::batch::Item;
use super::keepers::Keepers;
use super::outcome::Refusal;
use super::plan::Duplicates;
use super::recheck::{Context, Proved, Recheck};
use super::threads::{Tasks, in_threads};
use crate::config::HashAlgorithm;
use crate::platform::FileOps;
use crate::types::{Digest, FileRecord};

/// A group, or a part of it, with the files that are left to be acted on.
pub(super) struct Job<F: FileOps> {
    pub(super) group: usize,
    digest: Digest,
    algorithm: HashAlgorithm,
    pub(super) keepers: Keepers<F>,
    pub(super) targets: VecDeque<FileRecord>,
    /// How many of them belong to the present batch.
    pub(super) share: usize,
    /// Those that found no room for a link.
    pub(super) full: Vec<FileRecord>,
}

/// A target that was looked at.
pub(super) struct Found<F: FileOps> {
    /// The number of its job in the batch.
    job: usize,
    pub(super) group: usize,
    pub(super) result: Result<Item<F>, (FileRecord, Refusal)>,
}

/// When the files of a batch are not proved any more, and how often it is looked
/// whether writers wait for them.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) until: Option<Instant>,
    pub(super) give_way: Duration,
}

impl Limits {
    fn is_late(self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }
}

/// A way to prove the files of a batch, in order. Those for which no time is left
/// stay in their jobs.
pub(super) type Prove<F> = fn(Context<'_, F>, &mut [Job<F>], Limits) -> Vec<Found<F>>;

/// Proves one file after the other.
pub(super) fn prove_in_turn<F: FileOps>(
    context: Context<'_, F>,
    jobs: &mut [Job<F>],
    limits: Limits,
) -> Vec<Found<F>> {
    let mut held = Held::new(limits);
    let mut recheck = Recheck::new(context);
    let mut each = |found| held.add(context.ops, Some(found));
    run(
        &Tasks::new(jobs.iter_mut().enumerate()),
        &mut recheck,
        limits,
        &mut each,
    );
    held.found
}

/// Proves files of several groups at the same time.
pub(super) fn prove_in_threads<F>(
    context: Context<'_, F>,
    jobs: &mut [Job<F>],
    limits: Limits,
) -> Vec<Found<F>>
where
    F: FileOps<File: Send + Sync, Dir: Send + Sync> + Sync,
{
    let mut held = Held::new(limits);
    let threads = context.threads.min(jobs.len());
    let tasks = Tasks::new(jobs.iter_mut().enumerate());
    let work = |each: &mut dyn FnMut(Found<F>)| {
        run(&tasks, &mut Recheck::new(context), limits, each);
    };
    let each = |found| held.add(context.ops, found);
    if !in_threads(threads, work, limits.give_way, each) {
        return prove_in_turn(context, jobs, limits);
    }
    held.found.sort_by_key(|found| found.job);
    held.found
}

/// Proves the files of the jobs that nobody else has begun.
fn run<'j, F: FileOps + 'j>(
    jobs: &Tasks<Enumerate<IterMut<'j, Job<F>>>>,
    recheck: &mut Recheck<'_, F>,
    limits: Limits,
    each: &mut dyn FnMut(Found<F>),
) {
    let mut is_first = true;
    while let Some((number, job)) = jobs.next() {
        while job.share > 0 && !recheck.context.cancel.is_cancelled() {
            // Every batch gets on, however slow its files are.
            if !is_first && limits.is_late() {
                return;
            }
            is_first = false;
            job.share -= 1;
            let Some(found) = job.prove_next(number, recheck) else {
                break;
            };
            each(found);
        }
    }
}

impl<F: FileOps> Job<F> {
    pub(super) fn new(number: usize, group: Duplicates) -> Self {
        let is_kept = |file: &FileRecord| file.keep || file.reference;
        let (kept, targets): (Vec<_>, Vec<_>) = group.files.into_iter().partition(is_kept);
        Self {
            group: number,
            digest: group.digest,
            algorithm: group.algorithm,
            keepers: Keepers::new(kept),
            targets: targets.into(),
            share: 0,
            full: Vec::new(),
        }
    }

    fn prove_next(&mut self, number: usize, recheck: &mut Recheck<'_, F>) -> Option<Found<F>> {
        let record = self.targets.pop_front()?;
        let proved = recheck.prove(&record, &mut self.keepers, self.algorithm);
        let result = match proved {
            Ok(proved) => Ok(Item::new(
                self.group,
                record,
                self.digest,
                self.algorithm,
                proved,
            )),
            Err(refusal) => Err((record, refusal)),
        };
        Some(Found {
            job: number,
            group: self.group,
            result,
        })
    }
}

/// The files found so far. Their leases keep writers waiting.
struct Held<F: FileOps> {
    found: Vec<Found<F>>,
    looked: Instant,
    give_way: Duration,
}

impl<F: FileOps> Held<F> {
    fn new(limits: Limits) -> Self {
        Self {
            found: Vec::new(),
            looked: Instant::now(),
            give_way: limits.give_way,
        }
    }

    fn add(&mut self, ops: &F, found: Option<Found<F>>) {
        self.found.extend(found);
        if self.looked.elapsed() >= self.give_way {
            self.give_way(ops);
            self.looked = Instant::now();
        }
    }

    /// Releases the leases that writers wait for. The acts on their files find
    /// them in use.
    fn give_way(&self, ops: &F) {
        let items = self
            .found
            .iter()
            .filter_map(|found| found.result.as_ref().ok());
        for Proved { target, keeper, .. } in items.map(|item| &item.proved) {
            for file in [target, &keeper.opened] {
                if file.has_lease && !ops.holds_lease(&file.file) {
                    ops.release_lease(&file.file);
                }
            }
        }
    }
}
