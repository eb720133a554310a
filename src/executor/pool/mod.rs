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
const PATIENCE: Duration = Duration::from_micros(250);

/// Workers of one kind.
pub struct Pool {
    placement: Box<dyn Placement>,
    timeout: Option<Duration>,
    target: usize,
    most: usize,
    slots: Vec<WorkerSlot>,
    next_lane: WorkerId,
    tickets: HashMap<u64, PendingBatch>,
    next_ticket: u64,
    /// Pieces that lost their worker, or wait for one without a new one being
    /// started for them.
    again: VecDeque<Piece>,
    /// Time since which there are such pieces.
    kept_since: Option<Instant>,
    finished: VecDeque<BatchOutcome>,
    events: Sender<Event>,
    received: Receiver<Event>,
    /// Statistics of workers that have ended.
    past: WorkerStats,
    past_memory: u64,
    replaced: u32,
    losses: u32,
    /// The heartbeats of workers that hung. A worker that still holds an end of
    /// one still exists.
    left_behind: Vec<Heartbeat>,
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
            next_lane: 0,
            tickets: HashMap::new(),
            next_ticket: 0,
            again: VecDeque::new(),
            kept_since: None,
            finished: VecDeque::new(),
            events,
            received,
            past: WorkerStats::default(),
            past_memory: 0,
            replaced: 0,
            losses: 0,
            left_behind: Vec::new(),
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
        let id = self.next_lane;
        self.next_lane += 1;
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
            heard: 0,
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
    fn can_take(&self) -> bool {
        self.active() < self.target || self.slots.iter().any(WorkerSlot::has_room)
    }

    /// Returns true if a piece may wait for one of the existing workers.
    fn may_wait(&mut self, piece: &Piece) -> bool {
        piece.is_small()
            && self.active() > 0
            && self.kept_since.get_or_insert_with(Instant::now).elapsed() < PATIENCE
    }

    /// Gives a piece to the least loaded worker, to a new one if it would have
    /// to wait for that, or keeps it until one has room.
    fn hand(&mut self, piece: Piece) {
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
                return self.again.push_back(piece);
            }
            match self.launch() {
                Ok(()) => chosen = Some(self.slots.len() - 1),
                // Limited to what the system allows.
                Err(_) => self.target = self.active().max(1),
            }
        }
        match chosen {
            Some(at) => self.slots[at].take(piece),
            None => self.again.push_back(piece),
        }
    }

    fn hand_again(&mut self) {
        for _ in 0..self.again.len() {
            if !self.can_take() {
                return;
            }
            if let Some(piece) = self.again.pop_front() {
                self.hand(piece);
            }
        }
    }

    fn answered(&mut self, at: usize, outcome: BatchOutcome) {
        let slot = &mut self.slots[at];
        let Some(piece) = slot.work.front() else {
            return self.untrustworthy(at);
        };
        if !outcome.answers(&piece.batch) {
            return self.untrustworthy(at);
        }
        slot.bytes -= piece.batch.bytes();
        slot.still = Duration::ZERO;
        slot.done += 1;
        let piece = slot.work.pop_front();
        self.losses = 0;
        self.relieve(at);
        let Some(piece) = piece else { return };
        if let Some(ticket) = self.tickets.get_mut(&piece.ticket) {
            ticket.read(outcome.bytes_read);
            for (&at, file) in piece.indexes.iter().zip(outcome.files) {
                ticket.find(at, file.finding);
            }
        }
        self.finish(piece.ticket);
    }

    /// Drops a retiring worker that has no work left, and begins to replace one
    /// that has run for long enough.
    fn relieve(&mut self, at: usize) {
        let life = self.placement.batches_a_life().unwrap_or(u32::MAX);
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
            self.let_go(at);
        }
    }

    fn let_go(&mut self, at: usize) {
        let slot = self.slots.swap_remove(at);
        self.past = sum(self.past, slot.heartbeat.worker_stats());
        self.past_memory += slot.handle.peak_memory();
    }

    /// Answers a batch if it is complete.
    fn finish(&mut self, ticket: u64) {
        if let Entry::Occupied(entry) = self.tickets.entry(ticket)
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
            let handed: usize = self.slots.iter().map(|slot| slot.work.len()).sum();
            return handed + self.again.len() < self.target * DEPTH;
        }
        self.again.is_empty() && self.slots.iter().any(WorkerSlot::has_room)
    }

    fn resize(&mut self, count: usize) {
        self.target = count.clamp(1, self.most);
        while self.active() > self.target {
            let least = (0..self.slots.len())
                .filter(|&at| !self.slots[at].retiring)
                .min_by_key(|&at| self.slots[at].work.len());
            let Some(at) = least else { break };
            if self.slots[at].work.is_empty() {
                self.let_go(at);
            } else {
                self.slots[at].retiring = true;
            }
        }
        self.hand_again();
    }

    fn submit(&mut self, batch: Batch) {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let batch = Arc::new(batch);
        let new = PendingBatch::new(Arc::clone(&batch));
        if let Some(ending) = &self.broken {
            self.finished.push_back(new.fail(&ending.finding()));
            return;
        }
        self.tickets.insert(ticket, new);
        self.hand(Piece::whole(ticket, batch));
    }

    fn start_pending(&mut self) -> Option<Duration> {
        self.hand_again();
        if self.again.is_empty() {
            self.kept_since = None;
        }
        let waited = self.kept_since?.elapsed();
        (self.active() < self.target).then(|| PATIENCE.saturating_sub(waited))
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
            EventKind::Gone(ending) => self.lose(at, &ending, true),
            EventKind::Unfit(ending) => self.do_without(at, &ending),
        }
        self.hand_again();
    }

    fn next_outcome(&mut self) -> Option<BatchOutcome> {
        self.finished.pop_front()
    }

    fn check_health(&mut self, elapsed: Duration) {
        // Their state is judged by all events sent so far.
        while let Ok(event) = self.received.try_recv() {
            self.accept(event);
        }
        self.examine(elapsed);
        self.start_pending();
    }

    fn worker_stats(&self) -> WorkerStats {
        let each = self.slots.iter().map(|slot| slot.heartbeat.worker_stats());
        each.fold(self.past, sum)
    }

    fn processor_time_elsewhere(&self) -> Duration {
        if self.placement.is_elsewhere() {
            self.worker_stats().on_processor
        } else {
            Duration::ZERO
        }
    }

    fn peak_memory_elsewhere(&self) -> u64 {
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
