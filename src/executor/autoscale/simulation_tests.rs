//! A mock executor on a virtual clock: workers in a closed queueing model of
//! processors and storage. Nothing here takes real time or depends on anything
//! but its seed.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use super::{Autoscale, Observation};

/// A worker reads a file in pieces of this many bytes.
const PIECE: u64 = 1 << 18;

/// A time on the virtual clock, in nanoseconds.
pub(super) type Nanos = u64;

const MILLI: Nanos = 1_000_000;
pub(super) const SECOND: Nanos = 1_000 * MILLI;

/// Pseudo-random numbers after Marsaglia (xorshift64).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A uniformly distributed value between the two.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The sizes of the files: most small, some large.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// The median of the small ones, in bytes.
    pub small: f64,
    /// The fraction of large files.
    pub large_part: f64,
    /// Their size, in bytes.
    pub large: f64,
    /// Relative variation of both over time, with a period of 5 s.
    pub drift: f64,
}

impl Sizes {
    fn draw(&self, random: &mut Random, now: Nanos) -> u64 {
        let turns = now as f64 / (5 * SECOND) as f64;
        let drift = 1.0 + self.drift * (turns * std::f64::consts::TAU).sin();
        if random.between(0.0, 1.0) < self.large_part {
            (self.large * drift * random.between(0.5, 1.5)) as u64
        } else {
            (self.small * drift * random.between(-1.5, 1.5).exp2()) as u64
        }
    }
}

/// The simulated storage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Storage {
    /// Processor time of a file, in nanoseconds.
    pub file_cpu: f64,
    /// Processor time of a byte, in nanoseconds.
    pub byte_cpu: f64,
    /// Duration of an access in nanoseconds; 0 if all is cached.
    pub latency: f64,
    /// Number of accesses served at once.
    pub depth: usize,
    /// Bytes per second through the one link.
    pub bandwidth: f64,
    /// One head: every change from one worker's file to another's is an access,
    /// and the longer the queue, the shorter the seek to the next.
    pub head: bool,
    /// The files on it.
    pub sizes: Sizes,
}

/// Servers with a common queue.
#[derive(Default)]
struct Station {
    servers: usize,
    busy: usize,
    queue: VecDeque<usize>,
}

/// Position of a worker in the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Rest,
    Disk,
    Link,
    Processor,
}

struct Worker {
    at: At,
    left: u64,
    piece: u64,
    first: bool,
}

/// Work done since the last observation.
#[derive(Default)]
struct Done {
    files: u64,
    bytes: u64,
    on_processor: f64,
}

/// The executor: its clock, its workers, and what they wait for.
pub(super) struct Simulation {
    pub now: Nanos,
    storage: Storage,
    random: Random,
    workers: Vec<Worker>,
    active: usize,
    disk: Station,
    link: Station,
    processor: Station,
    last_on_head: Option<usize>,
    /// Times at which workers complete a step: the earliest first.
    events: BinaryHeap<Reverse<(Nanos, usize)>>,
    done: Done,
    /// All the work done, in bytes plus the cost of each file.
    pub work: f64,
}

impl Simulation {
    pub(super) fn new(processors: usize, storage: Storage, most: usize, seed: u64) -> Self {
        let station = |servers| Station {
            servers,
            ..Station::default()
        };
        let worker = || Worker {
            at: At::Rest,
            left: 0,
            piece: 0,
            first: false,
        };
        Self {
            now: 0,
            random: Random::new(seed),
            workers: (0..most).map(|_| worker()).collect(),
            active: 0,
            disk: station(storage.depth),
            link: station(1),
            processor: station(processors),
            storage,
            last_on_head: None,
            events: BinaryHeap::new(),
            done: Done::default(),
            work: 0.0,
        }
    }

    /// Replaces the storage.
    pub(super) fn swap(&mut self, storage: Storage) {
        self.storage = storage;
        self.disk.servers = storage.depth;
    }

    pub(super) fn activate(&mut self, count: usize) {
        self.active = count;
        for id in 0..count {
            if self.workers[id].at == At::Rest {
                self.next_file(id);
            }
        }
    }

    pub(super) fn run_until(&mut self, end: Nanos) {
        while let Some(&Reverse((at, id))) = self.events.peek() {
            if at > end {
                break;
            }
            self.events.pop();
            self.now = at;
            self.advance(id);
        }
        self.now = end;
    }

    /// Work done since the last observation, with noise of this relative size.
    pub(super) fn observe(&mut self, elapsed: Nanos, noise: f64) -> Observation {
        let done = std::mem::take(&mut self.done);
        let factor = 1.0 + self.random.between(-noise, noise);
        Observation {
            elapsed: Duration::from_nanos(elapsed),
            files: (done.files as f64 * factor) as u64,
            bytes: (done.bytes as f64 * factor) as u64,
            on_processor: Duration::from_nanos(done.on_processor as u64),
            working: self.workers.iter().filter(|w| w.at != At::Rest).count(),
            waiting: true,
        }
    }

    fn next_file(&mut self, id: usize) {
        if id >= self.active {
            self.workers[id].at = At::Rest;
            return;
        }
        self.workers[id].left = self.storage.sizes.draw(&mut self.random, self.now);
        self.workers[id].first = true;
        self.next_piece(id);
    }

    fn next_piece(&mut self, id: usize) {
        let worker = &mut self.workers[id];
        worker.piece = worker.left.min(PIECE);
        worker.left -= worker.piece;
        let at = if self.storage.latency > 0.0 {
            At::Disk
        } else {
            At::Processor
        };
        self.arrive(id, at);
    }

    fn station(&mut self, at: At) -> &mut Station {
        match at {
            At::Disk => &mut self.disk,
            At::Link => &mut self.link,
            At::Processor | At::Rest => &mut self.processor,
        }
    }

    fn arrive(&mut self, id: usize, at: At) {
        self.workers[id].at = at;
        self.station(at).queue.push_back(id);
        self.serve(at);
    }

    fn serve(&mut self, at: At) {
        let station = self.station(at);
        if station.busy >= station.servers {
            return;
        }
        let waiting = station.queue.len();
        let Some(id) = station.queue.pop_front() else {
            return;
        };
        station.busy += 1;
        let time = self.service(id, at, waiting) as Nanos;
        self.events.push(Reverse((self.now + time.max(1), id)));
    }

    fn service(&mut self, id: usize, at: At, waiting: usize) -> f64 {
        let (piece, first) = (self.workers[id].piece as f64, self.workers[id].first);
        match at {
            At::Disk if self.storage.head => {
                let stays = !first && self.last_on_head == Some(id);
                self.last_on_head = Some(id);
                let sorted = 1.0 + 0.04 * waiting.clamp(1, 4) as f64;
                let way = if stays { 0.0 } else { self.latency() / sorted };
                way + piece / self.storage.bandwidth * 1e9
            }
            // The kernel reads ahead for a sequential reader.
            At::Disk if first => self.latency(),
            At::Disk => 0.0,
            At::Link => piece / self.storage.bandwidth * 1e9,
            At::Processor | At::Rest => {
                let file = if first { self.storage.file_cpu } else { 0.0 };
                let time = file + piece * self.storage.byte_cpu;
                self.done.on_processor += time;
                time
            }
        }
    }

    fn latency(&mut self) -> f64 {
        self.storage.latency * self.random.between(0.5, 1.5)
    }

    /// Moves a worker that was served to its next step.
    fn advance(&mut self, id: usize) {
        let at = self.workers[id].at;
        self.station(at).busy -= 1;
        match at {
            At::Disk if !self.storage.head => self.arrive(id, At::Link),
            At::Disk | At::Link => self.arrive(id, At::Processor),
            At::Processor | At::Rest => {
                let worker = &mut self.workers[id];
                worker.first = false;
                let (piece, left) = (worker.piece, worker.left);
                self.done.bytes += piece;
                self.work += piece as f64;
                if left > 0 {
                    self.next_piece(id);
                } else {
                    self.done.files += 1;
                    self.work += 256.0 * 1024.0;
                    self.next_file(id);
                }
            }
        }
        self.serve(at);
    }
}

/// Result of a run.
pub(super) struct Run {
    /// Changes of the number of workers, each with its time.
    pub changes: Vec<(Nanos, usize)>,
    pub end: Nanos,
}

/// Runs until this time or until this much work is done, observed at
/// irregular times and with noise.
pub(super) fn run_adaptive(
    simulation: &mut Simulation,
    autoscale: &mut Autoscale,
    noise: f64,
    until: Nanos,
    work: f64,
) -> Run {
    let mut changes = Vec::new();
    simulation.activate(autoscale.workers());
    while simulation.now < until && simulation.work < work {
        let elapsed = match simulation.random.next() % 40 {
            0 => 350 * MILLI,
            1 => 20 * MILLI,
            other => (90 + other) * MILLI,
        };
        simulation.run_until(simulation.now + elapsed);
        let seen = simulation.observe(elapsed, noise);
        if let Some(count) = autoscale.observe(&seen) {
            changes.push((simulation.now, count));
            simulation.activate(count);
        }
    }
    Run {
        changes,
        end: simulation.now,
    }
}

impl Run {
    /// The changes, in milliseconds.
    pub(super) fn counts(&self) -> Vec<(Nanos, usize)> {
        let changes = self.changes.iter();
        changes.map(|&(at, count)| (at / MILLI, count)).collect()
    }
}
