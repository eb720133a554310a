//! Supervised workers of any kind.
//!
//! Each worker has a queue of its own. The pool dispatches batches to the least
//! loaded worker, starts workers when there is work for them, replaces those
//! that end or hang, retries the files that they worked on once, and answers
//! every batch exactly once. A file that costs a second worker is reported;
//! other files of its batch are not. The recovery after lost workers is in
//! [`recovery`].

mod recovery;

use std::collections::VecDeque;
use std::collections::hash_map::{Entry, HashMap};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::pending_batch::{PendingBatch, Piece};
use super::worker_handle::{Event, EventKind, ExitReason, Placement, WorkerId};
use super::worker_slot::{DEPTH, WorkerSlot};
use super::{Executor, Kind};
use crate::types::{Batch, BatchOutcome, Heartbeat, WorkerStats};

/// A small piece that waits for a busy worker gets a new worker after this
/// time, a few times as long as starting a thread takes: in a small scan one
/// worker completes everything before a second could begin.
const START_DELAY: Duration = Duration::from_micros(250);

/// Workers of one kind.
pub struct Pool {
    placement: Box<dyn Placement>,
    timeout: Option<Duration>,
    target: usize,
    most: usize,
    slots: Vec<WorkerSlot>,
    next_worker: WorkerId,
    pending: HashMap<u64, PendingBatch>,
    next_batch: u64,
    /// Pieces that lost their worker, or that wait until a running worker has
    /// room.
    waiting: VecDeque<Piece>,
    /// Time since which there are such pieces.
    waiting_since: Option<Instant>,
    finished: VecDeque<BatchOutcome>,
    events: Sender<Event>,
    received: Receiver<Event>,
    /// Statistics of workers that have ended.
    past_stats: WorkerStats,
    past_memory: u64,
    replaced: u32,
    losses: u32,
    /// The heartbeats of workers that hung. As long as a worker exists, it
    /// holds a clone of its heartbeat.
    abandoned: Vec<Heartbeat>,
    cancelled: bool,
    broken: Option<ExitReason>,
}

impl Pool {
    /// Starts a pool of `workers` workers; there may be up to `most` of them
    /// later. A file on which no system call returns for `timeout` is skipped.
    ///
    /// The first worker starts at once, the others when there is work for them:
    /// a small scan ends before they could do any.
    ///
    /// # Errors
    ///
    /// If not even the first worker can start. If a later one cannot, those
    /// that were started do the work.
    pub fn start(
        placement: Box<dyn Placement>,
        workers: usize,
        most: usize,
        timeout: Option<Duration>,
    ) -> io::Result<Self> {
        let most = most.max(workers).max(1);
        // Each worker has at most this many unprocessed outcomes, and one end.
        let (events, received) = bounded(most * (DEPTH + 1));
        let mut pool = Self {
            placement,
            timeout,
            target: workers.max(1),
            most,
            slots: Vec::new(),
            next_worker: 0,
            pending: HashMap::new(),
            next_batch: 0,
            waiting: VecDeque::new(),
            waiting_since: None,
            finished: VecDeque::new(),
            events,
            received,
            past_stats: WorkerStats::default(),
            past_memory: 0,
            replaced: 0,
            losses: 0,
            abandoned: Vec::new(),
            cancelled: false,
            broken: None,
        };
        pool.launch()?;
        match pool.slots.first_mut() {
            Some(first) => first.handle.wait_ready().map(|()| pool),
            None => Ok(pool),
        }
    }

    fn launch(&mut self) -> io::Result<()> {
        let id = self.next_worker;
        self.next_worker += 1;
        let heartbeat = Heartbeat::default();
        let events = self.events.clone();
        let mut handle = self.placement.launch(id, heartbeat.clone(), events)?;
        if self.cancelled {
            handle.cancel();
        }
        self.slots.push(WorkerSlot {
            id,
            handle,
            heartbeat,
            work: VecDeque::with_capacity(DEPTH),
            bytes: 0,
            beats: None,
            still: Duration::ZERO,
            messages_received: 0,
            silent: Duration::ZERO,
            done: 0,
            retiring: false,
        });
        Ok(())
    }

    fn active(&self) -> usize {
        self.slots.iter().filter(|slot| !slot.retiring).count()
    }

    /// Returns true if a piece could be given to a worker, or a worker could be
    /// started for it.
    fn can_dispatch(&self) -> bool {
        self.active() < self.target || self.slots.iter().any(WorkerSlot::has_room)
    }

    /// Returns true if a piece may wait for one of the existing workers.
    fn may_wait(&mut self, piece: &Piece) -> bool {
        piece.is_small()
            && self.active() > 0
            && self
                .waiting_since
                .get_or_insert_with(Instant::now)
                .elapsed()
                < START_DELAY
    }

    /// Gives a piece to the least loaded worker, or to a new one if it would
    /// have to wait. If neither is possible, keeps it until a worker has room.
    fn dispatch(&mut self, piece: Piece) {
        let mut free: Vec<usize> = (0..self.slots.len())
            .filter(|&at| self.slots[at].has_room())
            .collect();
        free.sort_unstable_by_key(|&at| (self.slots[at].work.len(), self.slots[at].bytes));
        // Dead ones are replaced when their end is reported.
        let mut chosen = free.into_iter().find(|&at| {
            let slot = &mut self.slots[at];
            !slot.work.is_empty() || slot.handle.is_alive()
        });
        let is_busy = chosen.is_none_or(|at| !self.slots[at].work.is_empty());
        if is_busy && self.active() < self.target {
            if self.may_wait(&piece) {
                return self.waiting.push_back(piece);
            }
            match self.launch() {
                Ok(()) => chosen = Some(self.slots.len() - 1),
                // Limited to what the system allows.
                Err(_) => self.target = self.active().max(1),
            }
        }
        match chosen {
            Some(at) => self.slots[at].assign(piece),
            None => self.waiting.push_back(piece),
        }
    }

    fn dispatch_waiting(&mut self) {
        for _ in 0..self.waiting.len() {
            if !self.can_dispatch() {
                return;
            }
            if let Some(piece) = self.waiting.pop_front() {
                self.dispatch(piece);
            }
        }
    }

    fn answered(&mut self, at: usize, outcome: BatchOutcome) {
        let slot = &mut self.slots[at];
        let Some(piece) = slot.work.front() else {
            return self.reject_worker(at);
        };
        if !outcome.answers(&piece.batch) {
            return self.reject_worker(at);
        }
        slot.bytes -= piece.batch.bytes();
        slot.still = Duration::ZERO;
        slot.done += 1;
        let piece = slot.work.pop_front();
        self.losses = 0;
        self.rotate(at);
        let Some(piece) = piece else { return };
        if let Some(pending) = self.pending.get_mut(&piece.batch_number) {
            pending.count_read(outcome.bytes_read);
            for (&at, file) in piece.indexes.iter().zip(outcome.files) {
                pending.record(at, file.result, file.generation);
            }
        }
        self.answer_if_complete(piece.batch_number);
    }

    /// Drops a retiring worker that has no work left, and begins to replace one
    /// that has run for long enough.
    fn rotate(&mut self, at: usize) {
        let life = self.placement.max_batches().unwrap_or(u32::MAX);
        let slot = &mut self.slots[at];
        if !slot.retiring && slot.done >= life {
            slot.retiring = true;
            // No replacement starts: it continues.
            if self.launch().is_err() {
                let slot = &mut self.slots[at];
                slot.retiring = false;
                slot.done = 0;
            }
        }
        let slot = &self.slots[at];
        if slot.retiring && slot.work.is_empty() {
            self.drop_worker(at);
        }
    }

    fn drop_worker(&mut self, at: usize) {
        let slot = self.slots.swap_remove(at);
        self.past_stats = sum(self.past_stats, slot.heartbeat.worker_stats());
        self.past_memory += slot.handle.peak_memory();
    }

    /// Answers a batch if it is complete.
    fn answer_if_complete(&mut self, number: u64) {
        if let Entry::Occupied(entry) = self.pending.entry(number)
            && entry.get().is_complete()
        {
            self.finished.push_back(entry.remove().into_outcome());
        }
    }
}

impl Executor for Pool {
    fn kind(&self) -> Kind {
        self.placement.kind()
    }

    /// Workers that are started on demand count.
    fn workers(&self) -> usize {
        if self.broken.is_some() {
            0
        } else {
            self.target
        }
    }

    fn working(&self) -> usize {
        self.slots.len()
    }

    fn has_room(&self) -> bool {
        if self.broken.is_some() {
            return true;
        }
        if self.active() < self.target {
            // As much as if all were running.
            let dispatched: usize = self.slots.iter().map(|slot| slot.work.len()).sum();
            return dispatched + self.waiting.len() < self.target * DEPTH;
        }
        self.waiting.is_empty() && self.slots.iter().any(WorkerSlot::has_room)
    }

    fn resize(&mut self, count: usize) {
        self.target = count.clamp(1, self.most);
        while self.active() > self.target {
            let least = (0..self.slots.len())
                .filter(|&at| !self.slots[at].retiring)
                .min_by_key(|&at| self.slots[at].work.len());
            let Some(at) = least else { break };
            if self.slots[at].work.is_empty() {
                self.drop_worker(at);
            } else {
                self.slots[at].retiring = true;
            }
        }
        self.dispatch_waiting();
    }

    fn submit(&mut self, batch: Batch) {
        let number = self.next_batch;
        self.next_batch += 1;
        let batch = Arc::new(batch);
        let new = PendingBatch::new(Arc::clone(&batch));
        if let Some(reason) = &self.broken {
            self.finished.push_back(new.fail(&reason.result()));
            return;
        }
        self.pending.insert(number, new);
        self.dispatch(Piece::whole(number, batch));
        // Pieces that waited for the last worker to start need not wait for an event.
        if self.active() >= self.target {
            self.dispatch_waiting();
        }
    }

    fn start_pending(&mut self) -> Option<Duration> {
        self.dispatch_waiting();
        if self.waiting.is_empty() {
            self.waiting_since = None;
        }
        let waited = self.waiting_since?.elapsed();
        (self.active() < self.target).then(|| START_DELAY.saturating_sub(waited))
    }

    fn events(&self) -> &Receiver<Event> {
        &self.received
    }

    fn accept(&mut self, event: Event) {
        // Abandoned workers may still send events.
        let Some(at) = self.slots.iter().position(|slot| slot.id == event.handle) else {
            return;
        };
        match event.what {
            EventKind::Done(outcome) => self.answered(at, outcome),
            EventKind::Gone(reason) => self.lose_worker(at, &reason, true),
            EventKind::FailedToStart(reason) => self.remove_unstarted(at, &reason),
        }
        self.dispatch_waiting();
    }

    fn next_outcome(&mut self) -> Option<BatchOutcome> {
        self.finished.pop_front()
    }

    fn check_health(&mut self, elapsed: Duration) {
        // Their state is judged by all events sent so far.
        while let Ok(event) = self.received.try_recv() {
            self.accept(event);
        }
        self.check_workers(elapsed);
        self.start_pending();
    }

    fn worker_stats(&self) -> WorkerStats {
        let each = self.slots.iter().map(|slot| slot.heartbeat.worker_stats());
        each.fold(self.past_stats, sum)
    }

    fn external_processor_time(&self) -> Duration {
        if self.placement.is_external() {
            self.worker_stats().on_processor
        } else {
            Duration::ZERO
        }
    }

    fn external_peak_memory(&self) -> u64 {
        let each = self.slots.iter().map(|slot| slot.handle.peak_memory());
        self.past_memory + each.sum::<u64>()
    }

    fn replaced(&self) -> u32 {
        self.replaced
    }

    fn cancel(&mut self) {
        self.cancelled = true;
        for slot in &mut self.slots {
            slot.handle.cancel();
        }
    }
}

impl Drop for Pool {
    /// Drops the workers before the placement waits for their end.
    fn drop(&mut self) {
        self.slots.clear();
    }
}

/// Sum of the statistics of two workers.
fn sum(one: WorkerStats, other: WorkerStats) -> WorkerStats {
    WorkerStats {
        beats: one.beats + other.beats,
        bytes: one.bytes + other.bytes,
        files: one.files + other.files,
        busy: one.busy + other.busy,
        on_processor: one.on_processor + other.on_processor,
        ready: one.ready + other.ready,
        task: 0,
    }
}
