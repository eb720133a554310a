//! Workers under supervision, wherever they run.
//!
//! Each worker has a queue of its own. The pool hands batches to whoever has
//! least to do, starts workers when there is work for them, replaces those
//! that end or hang, gives the files that they were at one more chance, and
//! answers every batch exactly once. A file that costs a second worker is
//! reported; what it shared a batch with is not.

use std::collections::VecDeque;
use std::collections::hash_map::{Entry, HashMap};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::lane::{Ending, Event, LaneId, Placement, What};
use super::slot::{DEPTH, Slot};
use super::ticket::{Piece, Ticket};
use super::{Executor, Kind};
use crate::error::FailureKind;
use crate::model::{Batch, BatchOutcome, Finding, Pulse, Vitals};

/// So many workers may be lost one after the other, with nothing done in
/// between, before the pool gives up.
const MOST_LOSSES: u32 = 32;

/// So many workers that hang may be left behind, each with its thread or its
/// process: not every read that hangs can be ended, not even by a kill.
const MOST_LEFT_BEHIND: usize = 256;

/// A small piece of work that waits for a busy worker has another one started
/// for it after so long, which is some times what starting a thread takes: in
/// a small scan one worker is done with everything before a second could begin.
const PATIENCE: Duration = Duration::from_micros(250);

/// Time between two looks counts for no more than this: if it was longer, it
/// was this program that stood still, not its workers.
const LONGEST_LOOK: Duration = Duration::from_millis(250);

/// Workers of one kind.
pub struct Pool {
    placement: Box<dyn Placement>,
    timeout: Option<Duration>,
    target: usize,
    most: usize,
    slots: Vec<Slot>,
    next_lane: LaneId,
    tickets: HashMap<u64, Ticket>,
    next_ticket: u64,
    /// Pieces that lost their worker, or wait for one that need not be started
    /// for them.
    again: VecDeque<Piece>,
    /// Since when there are such.
    kept_since: Option<Instant>,
    finished: VecDeque<BatchOutcome>,
    events: Sender<Event>,
    received: Receiver<Event>,
    /// What workers that are no more had done.
    past: Vitals,
    past_memory: u64,
    replaced: u32,
    losses: u32,
    /// The pulses of workers that hung. Whoever still holds an end of one is
    /// still there.
    left_behind: Vec<Pulse>,
    cancelled: bool,
    broken: Option<Ending>,
}

impl Pool {
    /// A pool of `workers` workers; there may be up to `most` of them later.
    /// A file on which no system call comes back for `timeout` is given up.
    ///
    /// The first worker starts at once, the others when there is work for
    /// them: a small scan is over before they could do any.
    ///
    /// # Errors
    ///
    /// When not even the first worker can start. If a later one cannot, those
    /// that were started do the work.
    pub fn start(
        placement: Box<dyn Placement>,
        workers: usize,
        most: usize,
        timeout: Option<Duration>,
    ) -> io::Result<Self> {
        let most = most.max(workers).max(1);
        // A worker has at most so many answers on the way, and one end.
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
            past: Vitals::default(),
            past_memory: 0,
            replaced: 0,
            losses: 0,
            left_behind: Vec::new(),
            cancelled: false,
            broken: None,
        };
        pool.launch()?;
        match pool.slots.first_mut() {
            Some(first) => first.lane.wait_ready().map(|()| pool),
            None => Ok(pool),
        }
    }

    fn launch(&mut self) -> io::Result<()> {
        let id = self.next_lane;
        self.next_lane += 1;
        let pulse = Pulse::default();
        let events = self.events.clone();
        let mut lane = self.placement.launch(id, pulse.clone(), events)?;
        if self.cancelled {
            lane.cancel();
        }
        self.slots.push(Slot {
            id,
            lane,
            pulse,
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

    /// Whether a piece could be handed to somebody, or somebody be started
    /// for it.
    fn can_take(&self) -> bool {
        self.active() < self.target || self.slots.iter().any(Slot::has_room)
    }

    /// Whether a piece may wait for one of the workers that there are.
    fn may_wait(&mut self, piece: &Piece) -> bool {
        piece.is_small()
            && self.active() > 0
            && self.kept_since.get_or_insert_with(Instant::now).elapsed() < PATIENCE
    }

    /// Hands a piece to the worker with least to do, to a new one if it would
    /// have to wait for that, or keeps it until one has room.
    fn hand(&mut self, piece: Piece) {
        let mut free: Vec<usize> = (0..self.slots.len())
            .filter(|&at| self.slots[at].has_room())
            .collect();
        free.sort_unstable_by_key(|&at| (self.slots[at].work.len(), self.slots[at].bytes));
        // Dead ones are replaced when their end is told.
        let mut chosen = free.into_iter().find(|&at| {
            let slot = &mut self.slots[at];
            !slot.work.is_empty() || slot.lane.is_alive()
        });
        let is_busy = chosen.is_none_or(|at| !self.slots[at].work.is_empty());
        if is_busy && self.active() < self.target {
            if self.may_wait(&piece) {
                return self.again.push_back(piece);
            }
            match self.launch() {
                Ok(()) => chosen = Some(self.slots.len() - 1),
                // As many as the system gives.
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

    /// Lets a worker go that is to go and has nothing left to do, and begins
    /// to replace one that did enough.
    fn relieve(&mut self, at: usize) {
        let life = self.placement.batches_a_life().unwrap_or(u32::MAX);
        let slot = &mut self.slots[at];
        if !slot.retiring && slot.done >= life {
            slot.retiring = true;
            // Nobody takes its place: it goes on.
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

    /// A worker answered what it was not asked: its memory cannot be trusted.
    fn untrustworthy(&mut self, at: usize) {
        self.slots[at].lane.kill();
        let ending = Ending {
            kind: FailureKind::Crash,
            message: "its worker answered something else than it was asked".to_owned(),
            culprit: None,
        };
        self.lose(at, &ending, true);
    }

    fn let_go(&mut self, at: usize) {
        let slot = self.slots.swap_remove(at);
        self.past = sum(self.past, slot.pulse.vitals());
        self.past_memory += slot.lane.peak_memory();
    }

    /// A worker is no more. What it had not begun is handed on; the piece it
    /// was at is judged.
    fn lose(&mut self, at: usize, ending: &Ending, retry: bool) {
        let mut slot = self.slots.swap_remove(at);
        self.past = sum(self.past, slot.pulse.vitals());
        self.replaced += 1;
        // A read that hangs is slow to find out about: only losses that come
        // quickly can go on without end.
        self.losses += u32::from(ending.kind != FailureKind::Timeout);
        let suspect = slot.work.pop_front();
        self.again.extend(slot.work);
        if let Some(piece) = suspect {
            self.judge(&piece, ending, retry);
        }
        self.make_up(ending);
    }

    /// A worker never came to work, which no file is to blame for. Where
    /// others do, they are as many as the system gives.
    fn do_without(&mut self, at: usize, ending: &Ending) {
        let slot = self.slots.swap_remove(at);
        self.again.extend(slot.work);
        let others = self.active();
        self.target = self.target.min(others.max(1));
        self.losses += u32::from(others == 0);
        self.make_up(ending);
    }

    /// Puts another in the place of a worker that is no more, and hands on
    /// what it had.
    fn make_up(&mut self, ending: &Ending) {
        if self.losses >= MOST_LOSSES {
            self.give_up(&Ending {
                message: format!("the workers keep ending ({})", ending.message),
                ..ending.clone()
            });
        } else if self.left_behind.len() >= MOST_LEFT_BEHIND {
            self.give_up(&Ending {
                message: format!("too many system calls hang ({MOST_LEFT_BEHIND})"),
                ..ending.clone()
            });
        } else if self.active() < self.target
            && let Err(error) = self.launch()
        {
            if self.keep_one() {
                self.target = self.active();
            } else {
                self.give_up(&Ending {
                    kind: ending.kind,
                    message: format!(
                        "its worker ended ({}) and no other could be started: {}",
                        ending.message,
                        crate::error::describe(&error)
                    ),
                    culprit: None,
                });
            }
        }
        self.hand_again();
    }

    /// Sees to it that somebody takes work where nobody else can be started,
    /// and answers whether there is anybody.
    fn keep_one(&mut self) -> bool {
        if self.active() == 0
            && let Some(slot) = self.slots.first_mut()
        {
            slot.retiring = false;
        }
        !self.slots.is_empty()
    }

    /// Decides about the piece that a lost worker was at: another chance, or
    /// the end of the file that did it.
    fn judge(&mut self, piece: &Piece, ending: &Ending, retry: bool) {
        let culprit = ending.culprit.filter(|&at| at < piece.indexes.len());
        let alone = piece.indexes.len() == 1 || piece.batch.job.has_pivot();
        match culprit {
            Some(at) if retry && piece.cost == 0 && !alone => {
                self.again.extend(piece.without(at));
                self.again.push_back(piece.alone(at));
            }
            _ if retry && piece.cost == 0 => self.again.extend(piece.singly()),
            Some(at) => {
                let rest = piece.without(at);
                let others = rest.is_none();
                self.again.extend(rest);
                self.decide(piece, |index| {
                    if index == at {
                        Some(ending.finding())
                    } else {
                        // Compared with a file that cannot be read.
                        others.then_some(Finding::Undone)
                    }
                });
            }
            None => self.decide(piece, |_| Some(ending.finding())),
        }
    }

    /// Puts down findings about files of a piece without a worker's answer.
    fn decide(&mut self, piece: &Piece, finding: impl Fn(usize) -> Option<Finding>) {
        if let Some(ticket) = self.tickets.get_mut(&piece.ticket) {
            for (index, &at) in piece.indexes.iter().enumerate() {
                if let Some(finding) = finding(index) {
                    ticket.find(at, finding);
                }
            }
        }
        self.finish(piece.ticket);
    }

    /// Answers a batch if nothing of it is missing.
    fn finish(&mut self, ticket: u64) {
        if let Entry::Occupied(entry) = self.tickets.entry(ticket)
            && entry.get().is_complete()
        {
            self.finished.push_back(entry.remove().into_outcome());
        }
    }

    /// From now on every file fails for this reason.
    fn give_up(&mut self, ending: &Ending) {
        for slot in &mut self.slots {
            slot.lane.kill();
            self.past = sum(self.past, slot.pulse.vitals());
        }
        self.slots.clear();
        self.again.clear();
        let mut left: Vec<u64> = self.tickets.keys().copied().collect();
        left.sort_unstable();
        for ticket in left {
            if let Some(ticket) = self.tickets.remove(&ticket) {
                self.finished.push_back(ticket.fail(&ending.finding()));
            }
        }
        self.broken = Some(ending.clone());
    }
}

impl Executor for Pool {
    fn kind(&self) -> Kind {
        self.placement.kind()
    }

    /// Those that are started when there is work for them count.
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
            // As much as if all had been started.
            let handed: usize = self.slots.iter().map(|slot| slot.work.len()).sum();
            return handed + self.again.len() < self.target * DEPTH;
        }
        self.again.is_empty() && self.slots.iter().any(Slot::has_room)
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
        let new = Ticket::new(Arc::clone(&batch));
        if let Some(ending) = &self.broken {
            self.finished.push_back(new.fail(&ending.finding()));
            return;
        }
        self.tickets.insert(ticket, new);
        self.hand(Piece::whole(ticket, batch));
    }

    fn urge(&mut self) -> Option<Duration> {
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
        // Workers that were left to themselves may still speak.
        let Some(at) = self.slots.iter().position(|slot| slot.id == event.lane) else {
            return;
        };
        match event.what {
            What::Done(outcome) => self.answered(at, outcome),
            What::Gone(ending) => self.lose(at, &ending, true),
            What::Unfit(ending) => self.do_without(at, &ending),
        }
        self.hand_again();
    }

    fn next_outcome(&mut self) -> Option<BatchOutcome> {
        self.finished.pop_front()
    }

    fn tend(&mut self, elapsed: Duration) {
        let retry = self.placement.retries_hung_files();
        // What they are at is judged by what they told so far.
        while let Ok(event) = self.received.try_recv() {
            self.accept(event);
        }
        // No single look condemns: it may have been this program that stood
        // still.
        let elapsed = match self.timeout {
            Some(timeout) => elapsed.min(LONGEST_LOOK).min(timeout / 2),
            None => elapsed.min(LONGEST_LOOK),
        };
        let mut bad = Vec::new();
        for slot in &mut self.slots {
            slot.look(elapsed);
            if let Some(ending) = slot.ailment(self.timeout) {
                bad.push((slot.id, ending));
            }
        }
        for (id, ending) in bad {
            // Gone already if the pool gave up over the one before.
            let Some(at) = self.slots.iter().position(|slot| slot.id == id) else {
                continue;
            };
            self.slots[at].lane.kill();
            self.left_behind.retain(Pulse::is_held);
            self.left_behind.push(self.slots[at].pulse.clone());
            self.lose(at, &ending, retry);
        }
        self.urge();
    }

    fn vitals(&self) -> Vitals {
        let each = self.slots.iter().map(|slot| slot.pulse.vitals());
        each.fold(self.past, sum)
    }

    fn processor_time_elsewhere(&self) -> Duration {
        if self.placement.is_elsewhere() {
            self.vitals().on_processor
        } else {
            Duration::ZERO
        }
    }

    fn peak_memory_elsewhere(&self) -> u64 {
        let each = self.slots.iter().map(|slot| slot.lane.peak_memory());
        self.past_memory + each.sum::<u64>()
    }

    fn replaced(&self) -> u32 {
        self.replaced
    }

    fn cancel(&mut self) {
        self.cancelled = true;
        for slot in &mut self.slots {
            slot.lane.cancel();
        }
    }
}

impl Drop for Pool {
    /// Lets the workers go before the placement waits for them to be gone.
    fn drop(&mut self) {
        self.slots.clear();
    }
}

/// What two workers did together.
fn sum(one: Vitals, other: Vitals) -> Vitals {
    Vitals {
        beats: one.beats + other.beats,
        bytes: one.bytes + other.bytes,
        files: one.files + other.files,
        busy: one.busy + other.busy,
        on_processor: one.on_processor + other.on_processor,
        ready: one.ready + other.ready,
        task: 0,
    }
}
