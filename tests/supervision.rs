//! The pool against workers that do whatever workers can do, in any order:
//! each batch is answered once, and with what is to be said of its files.
//!
//! No worker here runs anywhere: a die is cast for what the next one does, so
//! that orders of events come about that no real machine would show in years.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::Sender;
use nodupe::FailureKind;
use nodupe::HashAlgorithm;
use nodupe::internals::executor::{
    Event, EventKind, Executor, ExitReason, IsolatedThreads, Kind, Placement, Pool, Threads,
    WorkerFactory, WorkerHandle, WorkerId,
};
use nodupe::internals::io::{FileIo, Pread};
use nodupe::internals::types::{
    Batch, BatchOutcome, FileId, FileKind, FileLocation, FileOutcome, FileStat, Heartbeat, Job,
    TaskResult,
};
use nodupe::{CancelToken, Timestamp};

use crate::harness::cases;

/// Numbers that are the same in every run (xorshift).
struct Die(u64);

impl Die {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most as u64) as usize
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

struct Worker {
    id: WorkerId,
    waiting: VecDeque<Arc<Batch>>,
    events: Sender<Event>,
    heartbeat: Heartbeat,
    messages_received: u64,
    /// The pool has let go of it. It may still speak.
    dropped: bool,
    ended: bool,
}

#[derive(Default)]
struct World {
    workers: Vec<Worker>,
    /// No worker can be started now.
    full: bool,
    launched: usize,
}

type Shared = Arc<Mutex<World>>;

struct Play {
    world: Shared,
    speaks: bool,
    retries: bool,
}

impl Placement for Play {
    fn kind(&self) -> Kind {
        Kind::Process
    }

    fn launch(
        &mut self,
        id: WorkerId,
        heartbeat: Heartbeat,
        events: Sender<Event>,
    ) -> io::Result<Box<dyn WorkerHandle>> {
        let mut world = self.world.lock().unwrap();
        if world.full {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        world.launched += 1;
        world.workers.push(Worker {
            id,
            waiting: VecDeque::new(),
            events,
            heartbeat,
            messages_received: 0,
            dropped: false,
            ended: false,
        });
        let (world, speaks) = (Arc::clone(&self.world), self.speaks);
        Ok(Box::new(PlayLane { id, world, speaks }))
    }

    fn retries_hung_files(&self) -> bool {
        self.retries
    }

    fn max_batches(&self) -> Option<u32> {
        Some(LIFE)
    }
}

/// Short enough to be seen in every play.
const LIFE: u32 = 10;

struct PlayLane {
    id: WorkerId,
    world: Shared,
    speaks: bool,
}

impl PlayLane {
    fn with<T>(&self, f: impl FnOnce(&mut Worker) -> T) -> Option<T> {
        // A test that failed must be able to end.
        let world = self.world.lock();
        let mut world = world.unwrap_or_else(PoisonError::into_inner);
        world.workers.iter_mut().find(|w| w.id == self.id).map(f)
    }
}

impl WorkerHandle for PlayLane {
    fn send(&mut self, batch: &Arc<Batch>) {
        self.with(|worker| {
            worker.waiting.push_back(Arc::clone(batch));
            assert!(worker.waiting.len() <= 4, "more than was agreed");
        });
    }

    fn is_alive(&mut self) -> bool {
        self.with(|worker| !worker.ended).unwrap_or(false)
    }

    fn messages_received(&self) -> Option<u64> {
        self.speaks
            .then(|| self.with(|worker| worker.messages_received).unwrap_or(0))
    }

    fn kill(&mut self) {
        self.with(|worker| worker.dropped = true);
    }
}

impl Drop for PlayLane {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What a file does to its worker is told by its number.
fn is_deadly(token: u32) -> bool {
    token.is_multiple_of(13)
}

fn hangs(token: u32) -> bool {
    token % 13 == 1
}

fn batch(job: Job, tokens: impl IntoIterator<Item = u32>) -> Batch {
    let mut batch = Batch::new(job);
    batch.enter(b"/nowhere");
    for token in tokens {
        batch.push(token, b"name", false, expected());
    }
    batch
}

/// What the walk is taken to have seen.
fn expected() -> FileStat {
    FileStat {
        id: FileId { dev: 1, ino: 1 },
        kind: FileKind::Regular,
        size: 1000,
        links: 1,
        modified: Timestamp::new(0, 0),
        changed: Timestamp::new(0, 0),
    }
}

/// What a worker says of a file when all is well.
fn sound() -> TaskResult {
    TaskResult::Failed(FailureKind::Io, "sound".to_owned())
}

impl Worker {
    fn tell(&self, what: EventKind) {
        let handle = self.id;
        self.events.try_send(Event { handle, what }).expect("room");
    }

    fn end(&mut self, culprit: Option<usize>) {
        self.ended = true;
        let began = self.messages_received > 0;
        let ending = ExitReason {
            kind: FailureKind::Crash,
            message: "it ended".to_owned(),
            culprit,
        };
        self.tell(if began {
            EventKind::Gone(ending)
        } else {
            EventKind::FailedToStart(ending)
        });
    }

    /// Works on what it was given first, as far as that goes.
    fn work(&mut self, knows_culprit: bool) {
        self.messages_received += 1;
        let Some(batch) = self.waiting.front() else {
            return;
        };
        let tokens: Vec<u32> = batch.tasks.iter().map(|task| task.token).collect();
        let job = batch.job;
        for (at, &token) in tokens.iter().enumerate() {
            if is_deadly(token) {
                return self.end(knows_culprit.then_some(at));
            }
            if hangs(token) {
                // It comes this far, and no further.
                if self.heartbeat.worker_stats().task as usize != at {
                    self.heartbeat.start_task(at);
                }
                return;
            }
        }
        self.waiting.pop_front();
        self.heartbeat.start_task(tokens.len() - 1);
        let files = tokens.into_iter().map(|token| FileOutcome {
            token,
            result: sound(),
            generation: None,
        });
        self.tell(EventKind::Done(BatchOutcome {
            job,
            files: files.collect(),
            bytes_read: 1,
        }));
    }
}

/// What may happen beside the work itself.
#[derive(Clone, Copy, Debug)]
struct Weather {
    /// Workers end for no reason.
    deaths: bool,
    /// The system refuses workers at times.
    refusals: bool,
    speaks: bool,
    retries: bool,
    knows_culprit: bool,
}

/// Plays a whole scan, and answers with what was found.
fn play(seed: u64, weather: Weather) -> BTreeMap<u32, TaskResult> {
    let mut die = Die(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let world = Shared::default();
    let placement = Play {
        world: Arc::clone(&world),
        speaks: weather.speaks,
        retries: weather.retries,
    };
    let timeout = Some(Duration::from_millis(400));
    let mut pool = Pool::start(Box::new(placement), 1 + die.below(4), 6, timeout).unwrap();
    let mut next = 0;
    let mut under_way = BTreeSet::new();
    let mut found = BTreeMap::new();
    let most = 400;
    let mut turns = 0;
    loop {
        turns += 1;
        assert!(turns < 200_000, "{} are never answered", under_way.len());
        let calm = turns > 3000;
        while next < most && pool.has_room() {
            let job = [Job::Partial, Job::Full, Job::Compare][die.below(3)];
            let end = (next + 1 + die.below(9) as u32 + u32::from(job == Job::Compare)).min(most);
            let tokens: Vec<u32> = (next..end).collect();
            under_way.insert(tokens.clone());
            pool.submit(batch(job, tokens));
            next = end;
        }
        match die.below(10) {
            0 if weather.refusals => world.lock().unwrap().full = !calm && die.one_in(2),
            1 if !calm => pool.resize(die.below(8)),
            2 => {
                // In a tenth of a second everybody who can does something.
                for worker in &mut world.lock().unwrap().workers {
                    if !worker.ended {
                        worker.work(weather.knows_culprit);
                    }
                }
                pool.check_health(Duration::from_millis(100));
            }
            3 if weather.deaths && !calm && die.one_in(4) => {
                let mut world = world.lock().unwrap();
                let many = world.workers.len();
                if many > 0 {
                    let worker = &mut world.workers[die.below(many)];
                    if !worker.ended {
                        worker.end(None);
                    }
                }
            }
            4 | 5 => {
                while let Ok(event) = pool.events().try_recv() {
                    pool.accept(event);
                }
            }
            _ => {
                let mut world = world.lock().unwrap();
                let many = world.workers.len();
                if many > 0 {
                    let worker = &mut world.workers[die.below(many)];
                    if !worker.ended {
                        worker.work(weather.knows_culprit);
                    }
                }
            }
        }
        // Some of what was let go speaks for a while yet.
        let gone = |worker: &Worker| worker.ended || worker.dropped && worker.waiting.is_empty();
        world.lock().unwrap().workers.retain(|worker| !gone(worker));
        if pool.events().is_full() || pool.events().len() > 4 {
            while let Ok(event) = pool.events().try_recv() {
                pool.accept(event);
            }
        }
        while let Some(outcome) = pool.next_outcome() {
            let tokens: Vec<u32> = outcome.files.iter().map(|file| file.token).collect();
            assert!(under_way.remove(&tokens), "{tokens:?} was answered twice");
            for file in outcome.files {
                found.insert(file.token, file.result);
            }
        }
        if next == most && under_way.is_empty() {
            break;
        }
    }
    found
}

fn weathers() -> impl Iterator<Item = Weather> {
    (0..32).map(|bits: u32| Weather {
        deaths: bits & 1 != 0,
        refusals: bits & 2 != 0,
        speaks: bits & 4 != 0,
        retries: bits & 8 != 0,
        knows_culprit: bits & 16 != 0,
    })
}

#[test]
fn every_batch_is_answered_once_whatever_workers_do() {
    for weather in weathers() {
        for seed in 0..u64::from(cases(6)) {
            let found = play(seed, weather);
            assert_eq!(found.len(), 400, "{seed} {weather:?}");
        }
    }
}

#[test]
fn files_that_kill_and_files_that_hang_are_told_apart_from_all_others() {
    let quiet = |weather: &Weather| !weather.deaths && !weather.refusals;
    for weather in weathers().filter(quiet).filter(|w| w.knows_culprit) {
        for seed in 0..u64::from(cases(10)) {
            let found = play(seed, weather);
            for (token, result) in found {
                let context = || format!("{seed} {weather:?}: {token} {result:?}");
                match &result {
                    TaskResult::Failed(FailureKind::Crash, _) => {
                        assert!(is_deadly(token), "{}", context());
                    }
                    TaskResult::Failed(FailureKind::Timeout, _) => {
                        assert!(hangs(token), "{}", context());
                    }
                    // Compared with one of those.
                    TaskResult::Undone => {}
                    other => assert_eq!(other, &sound(), "{}", context()),
                }
            }
        }
    }
}

/// For a piece of work to have a worker started for it.
const LONG_ENOUGH: Duration = Duration::from_millis(1);

#[test]
fn workers_are_started_when_there_is_work_for_them() {
    let world = Shared::default();
    let placement = Play {
        world: Arc::clone(&world),
        speaks: false,
        retries: true,
    };
    let launched = || world.lock().unwrap().launched;
    let mut pool = Pool::start(Box::new(placement), 4, 4, None).unwrap();
    assert_eq!((pool.workers(), launched()), (4, 1));
    pool.submit(batch(Job::Full, [2]));
    assert_eq!((pool.start_pending(), launched()), (None, 1), "it is idle");
    // Much to do has a worker started at once, little only after a while.
    pool.submit(batch(Job::Full, (0..100).filter(|token| token % 13 > 1)));
    assert_eq!(launched(), 2);
    pool.submit(batch(Job::Full, [3]));
    pool.submit(batch(Job::Full, [4]));
    std::thread::sleep(LONG_ENOUGH);
    assert_eq!((pool.start_pending(), launched()), (None, 4));
    assert_eq!(pool.workers(), 4);
}

#[test]
fn a_worker_about_to_retire_stays_when_nobody_can_take_its_place() {
    let world = Shared::default();
    let placement = Play {
        world: Arc::clone(&world),
        speaks: false,
        retries: true,
    };
    let mut pool = Pool::start(Box::new(placement), 2, 2, None).unwrap();
    pool.submit(batch(Job::Full, [2]));
    pool.submit(batch(Job::Full, [3]));
    std::thread::sleep(LONG_ENOUGH);
    pool.start_pending();
    assert_eq!(world.lock().unwrap().launched, 2);
    // One of the two gets no more work from now on.
    pool.resize(1);
    assert_eq!(pool.workers(), 1);
    world.lock().unwrap().full = true;
    // The other one, as it happens, is the one that was started last.
    let mut last = world.lock().unwrap().workers.pop().unwrap();
    last.messages_received = 1;
    last.end(None);
    let mut found = BTreeSet::new();
    for _ in 0..10 {
        while let Ok(event) = pool.events().try_recv() {
            pool.accept(event);
        }
        for worker in &mut world.lock().unwrap().workers {
            worker.work(false);
        }
        while let Some(outcome) = pool.next_outcome() {
            found.extend(outcome.files.into_iter().map(|file| file.token));
        }
    }
    assert_eq!(found, [2, 3].into());
}

#[test]
fn no_single_look_condemns_a_worker_however_long_ago_the_last_one_was() {
    for speaks in [false, true] {
        let world = Shared::default();
        let placement = Play {
            world: Arc::clone(&world),
            speaks,
            retries: true,
        };
        let timeout = Some(Duration::from_millis(400));
        let mut pool = Pool::start(Box::new(placement), 1, 1, timeout).unwrap();
        // It hangs.
        pool.submit(batch(Job::Full, [1]));
        let mut replaced = Vec::new();
        for _ in 0..4 {
            for worker in &mut world.lock().unwrap().workers {
                worker.work(false);
            }
            // The whole program was stopped for so long.
            pool.check_health(Duration::from_secs(3600));
            replaced.push(pool.replaced());
        }
        // Seen at work for the first time; half of the timeout; all of it.
        assert_eq!(replaced, [0, 0, 1, 1], "{speaks}");
    }
}

/// A reader for which one directory is too much.
struct NoEntrance(Pread);

impl FileIo for NoEntrance {
    fn enter(&mut self, dir: &[u8], files: usize) {
        assert!(dir != b"/bad", "a fault of the test's making");
        self.0.enter(dir, files);
    }

    fn open(&mut self, place: FileLocation<'_>) -> io::Result<File> {
        self.0.open(place)
    }

    fn stat(&mut self, file: &File) -> io::Result<FileStat> {
        self.0.stat(file)
    }

    fn read_at(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(file, buffer, offset)
    }
}

#[test]
fn a_directory_that_ends_its_worker_is_held_against_its_first_file() {
    let reader = || Box::new(NoEntrance(Pread::new())) as Box<dyn FileIo>;
    let factory = WorkerFactory::new(
        Arc::new(reader),
        HashAlgorithm::Blake3,
        CancelToken::default(),
    );
    let placements: [Box<dyn Placement>; 2] = [
        Box::new(Threads::new(factory.clone())),
        Box::new(IsolatedThreads::new(factory)),
    ];
    for placement in placements {
        let mut pool = Pool::start(placement, 1, 1, None).unwrap();
        let mut batch = batch(Job::Full, [0, 1]);
        batch.enter(b"/bad");
        batch.push(2, b"name", false, expected());
        pool.submit(batch);
        let outcome = loop {
            if let Some(outcome) = pool.next_outcome() {
                break outcome;
            }
            let event = pool.events().recv_timeout(Duration::from_secs(60));
            pool.accept(event.unwrap());
        };
        let kinds = outcome.files.into_iter().map(|file| match file.result {
            TaskResult::Failed(kind, _) => kind,
            other => panic!("{other:?}"),
        });
        let expected = [
            FailureKind::NotFound,
            FailureKind::NotFound,
            FailureKind::Panic,
        ];
        assert!(kinds.eq(expected));
        // Nobody else had to be tried alone.
        assert_eq!(pool.replaced(), 2);
    }
}

/// Gives a pool of threads nothing but files that hang, until it stops
/// replacing workers, and answers how many it started. `ends` tells whether a
/// worker that is let go of comes to its end.
fn started_for_files_that_hang(ends: bool) -> usize {
    let world = Shared::default();
    let placement = Play {
        world: Arc::clone(&world),
        speaks: false,
        retries: false,
    };
    let timeout = Some(Duration::from_millis(200));
    let mut pool = Pool::start(Box::new(placement), 2, 2, timeout).unwrap();
    let mut answered = 0;
    for turn in 0..1000 {
        // A pool that gave up has room without end.
        for _ in 0..8 {
            if pool.has_room() {
                pool.submit(batch(Job::Full, [1 + 13 * (turn % 7)]));
            }
        }
        for worker in &mut world.lock().unwrap().workers {
            worker.work(true);
        }
        pool.check_health(Duration::from_millis(100));
        while let Some(outcome) = pool.next_outcome() {
            let result = &outcome.files[0].result;
            assert!(matches!(
                result,
                TaskResult::Failed(FailureKind::Timeout, _)
            ));
            answered += 1;
        }
        let mut world = world.lock().unwrap();
        if ends {
            world.workers.retain(|worker| !worker.dropped);
        }
        if answered > 500 {
            return world.launched;
        }
    }
    panic!("{answered} were answered");
}

#[test]
fn workers_that_hang_are_left_behind_up_to_a_bound_and_those_that_end_are_not_counted() {
    let bounded = started_for_files_that_hang(false);
    assert!((256..260).contains(&bounded), "{bounded}");
    let unbounded = started_for_files_that_hang(true);
    assert!(unbounded > 400, "{unbounded}");
}

#[test]
fn a_worker_that_did_enough_is_replaced_by_a_fresh_one() {
    let world = Shared::default();
    let placement = Play {
        world: Arc::clone(&world),
        speaks: false,
        retries: true,
    };
    let mut pool = Pool::start(Box::new(placement), 2, 2, None).unwrap();
    let mut answered = 0;
    while answered < 100 {
        if pool.has_room() {
            pool.submit(batch(Job::Full, [2]));
        }
        for worker in &mut world.lock().unwrap().workers {
            if !worker.dropped {
                worker.work(true);
            }
        }
        while let Ok(event) = pool.events().try_recv() {
            pool.accept(event);
        }
        while pool.next_outcome().is_some() {
            answered += 1;
        }
        assert_eq!(pool.workers(), 2);
    }
    let launched = world.lock().unwrap().launched;
    assert!((9..=12).contains(&launched), "{launched}");
    assert_eq!(pool.replaced(), 0, "none was lost");
}
