//! Workers as child processes of the same program.
//!
//! Whatever a file does to a worker, it does it to that process alone: a
//! crash, a bus error, a limit on memory, a read that never comes back. Two
//! threads stand at each end of a worker's pipes, one that writes orders and
//! one that reads replies, so that a worker that takes nothing in blocks
//! nobody but its own writer.
//!
//! No worker outlives the program. It ends when its orders end, which the
//! kernel sees to whatever ended the program; and on Linux it has asked the
//! kernel to be killed when its parent dies, should it be stopped or hang.

mod serve;

use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::Kind;
use super::protocol::{FrameReader, FrameWriter, Hello, Order, Reply, Settings, first_reply};
use super::worker_handle::{Event, EventKind, ExitReason, Placement, WorkerHandle, WorkerId};
use super::worker_slot::DEPTH;
use crate::config::{Execution, HashAlgorithm, WORKER_ARGUMENT};
use crate::error::{FailureKind, describe};
use crate::platform;
use crate::types::{Batch, Heartbeat};

pub use serve::serve;

/// How often a busy worker gives a sign of life.
const HEARTBEAT: Duration = Duration::from_millis(100);

/// How long a new worker may take to say that it is ready. It takes some
/// milliseconds; a machine may be very busy.
const READY_WITHIN: Duration = Duration::from_secs(20);

/// How long the end of the scan waits for its workers to be gone.
const CANCEL_GRACE: Duration = Duration::from_secs(1);

/// After so many batches, some hundred thousand small files, a worker is
/// replaced by a fresh one. It takes some milliseconds to start.
const BATCHES_A_LIFE: u32 = 10_000;

/// How much of what a worker said in its last moments is kept.
const LAST_WORDS: u64 = 4096;

/// Child processes.
pub struct Processes {
    program: PathBuf,
    settings: Settings,
    /// Each worker that is not gone holds an end to send to.
    living: Option<Sender<()>>,
    gone: Receiver<()>,
}

impl Processes {
    /// Processes as configured. None is started yet.
    ///
    /// # Errors
    ///
    /// When there is no program to run as a worker.
    pub fn new(execution: &Execution, hash: HashAlgorithm) -> io::Result<Self> {
        let program = execution.worker_program.clone().ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::NotFound,
                "no program is known to run as a worker",
            )
        })?;
        if let Err(error) = program.metadata() {
            let message = format!(
                "the program to run as a worker, {}, is not to be had: {}",
                program.display(),
                describe(&error)
            );
            return Err(io::Error::new(error.kind(), message));
        }
        let (living, gone) = bounded(1);
        Ok(Self {
            program,
            settings: Settings {
                hello: Hello::ours(),
                hash,
                parent: std::process::id(),
                memory_limit: execution.worker_memory,
                heartbeat: HEARTBEAT,
            },
            living: Some(living),
            gone,
        })
    }

    fn spawn(&self) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        command
            .arg(WORKER_ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Ctrl-C is for the program, which tells its workers.
        platform::detach_from_terminal(&mut command);
        command.spawn()
    }

    /// Starts the threads at this end of a worker's pipes.
    fn attend(
        &self,
        child: &Arc<Mutex<Child>>,
        handle: WorkerId,
        heartbeat: Heartbeat,
        events: Sender<Event>,
    ) -> io::Result<Box<dyn WorkerHandle>> {
        let (pid, stdin, stdout, stderr) = {
            let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
            let streams = (child.stdin.take(), child.stdout.take());
            (child.id(), streams.0, streams.1, child.stderr.take())
        };
        let missing = || io::Error::other("a pipe of the worker is missing");
        let (stdin, stdout) = (stdin.ok_or_else(missing)?, stdout.ok_or_else(missing)?);
        let (queue, batches) = bounded(DEPTH + 1);
        let (tell, ready) = bounded(1);
        let heard = Arc::new(AtomicU64::new(0));
        let settings = self.settings.clone();
        std::thread::Builder::new()
            .name(format!("orders-{handle}"))
            .spawn(move || give_orders(FrameWriter::new(stdin), settings, &batches))?;
        let reader = Reader {
            handle,
            child: Arc::clone(child),
            replies: FrameReader::new(stdout),
            stderr,
            heartbeat,
            heard: Arc::clone(&heard),
            ready: tell,
            events,
            _living: self.living.clone(),
        };
        std::thread::Builder::new()
            .name(format!("replies-{handle}"))
            .spawn(move || reader.run())?;
        Ok(Box::new(ProcessWorker {
            pid,
            child: Arc::clone(child),
            queue: Some(queue),
            ready,
            heard,
        }))
    }
}

impl Placement for Processes {
    fn kind(&self) -> Kind {
        Kind::Process
    }

    fn launch(
        &mut self,
        id: WorkerId,
        heartbeat: Heartbeat,
        events: Sender<Event>,
    ) -> io::Result<Box<dyn WorkerHandle>> {
        let child = Arc::new(Mutex::new(self.spawn()?));
        let handle = self.attend(&child, id, heartbeat, events);
        if handle.is_err() {
            // Nobody else would bury it.
            let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = child.kill();
            let _ = child.wait();
        }
        handle
    }

    fn retries_hung_files(&self) -> bool {
        true
    }

    fn batches_a_life(&self) -> Option<u32> {
        Some(BATCHES_A_LIFE)
    }

    fn is_elsewhere(&self) -> bool {
        true
    }
}

impl Drop for Processes {
    /// Waits until every worker is gone, so that none is seen after the scan.
    /// One that hangs in a read cannot be waited for; it goes when the read
    /// does.
    fn drop(&mut self) {
        self.living = None;
        // Nobody ever sends: it ends with the last sender.
        let _ = self.gone.recv_timeout(CANCEL_GRACE);
    }
}

/// What goes into a worker's queue.
enum Message {
    Batch(Arc<Batch>),
    Cancel,
}

/// Writes orders until there are no more, or nobody to read them: the end of
/// the worker is told by whoever reads its replies.
fn give_orders(
    mut orders: FrameWriter<impl io::Write>,
    settings: Settings,
    errands: &Receiver<Message>,
) {
    if orders.send(&Order::<Batch>::Settings(settings)).is_err() {
        return;
    }
    let mut numbers = 0_u64..;
    for errand in errands {
        let sent = match &errand {
            Message::Batch(batch) => orders.send(&Order::Run {
                id: numbers.next().unwrap_or(u64::MAX),
                batch: &**batch,
            }),
            Message::Cancel => orders.send(&Order::<Batch>::Cancel),
        };
        if sent.is_err() {
            return;
        }
    }
}

/// The end of a worker's pipe that is listened to.
struct Reader {
    handle: WorkerId,
    child: Arc<Mutex<Child>>,
    replies: FrameReader<ChildStdout>,
    stderr: Option<ChildStderr>,
    heartbeat: Heartbeat,
    heard: Arc<AtomicU64>,
    ready: Sender<Result<(), String>>,
    events: Sender<Event>,
    _living: Option<Sender<()>>,
}

impl Reader {
    fn run(mut self) {
        let (fit, nonsense) = match self.begin() {
            Ok(()) => {
                // Only the first worker's start is waited for.
                let _ = self.ready.try_send(Ok(()));
                (true, self.listen())
            }
            Err(nonsense) => (false, nonsense),
        };
        let how = self.reap();
        let message = nonsense.unwrap_or(how);
        let _ = self.ready.try_send(Err(message.clone()));
        let ending = ExitReason {
            kind: FailureKind::Crash,
            message,
            culprit: None,
        };
        let what = if fit {
            EventKind::Gone(ending)
        } else {
            EventKind::Unfit(ending)
        };
        let handle = self.handle;
        // Nobody listens once the scan is over.
        let _ = self.events.send(Event { handle, what });
    }

    /// Takes the first reply. If that is none it says why, or nothing where
    /// the worker just ended.
    fn begin(&mut self) -> Result<(), Option<String>> {
        match self.replies.next_payload() {
            Ok(Some(payload)) => match first_reply(payload) {
                Ok(_) => Ok(()),
                Err(error) => Err(Some(error.to_string())),
            },
            Ok(None) => Err(None),
            Err(error) => Err(Some(format!("its worker process failed: {error}"))),
        }
    }

    /// Passes replies on until they end. A message means that what came was
    /// no reply.
    fn listen(&mut self) -> Option<String> {
        let mut expected = 0..;
        loop {
            let reply = match self.replies.receive() {
                Ok(Some(reply)) => reply,
                Ok(None) => return None,
                Err(error) => return Some(format!("its worker process failed: {error}")),
            };
            self.heard.fetch_add(1, Ordering::Relaxed);
            match reply {
                Reply::Done {
                    id,
                    outcome,
                    worker_stats,
                } => {
                    if expected.next() != Some(id) {
                        return Some("its worker process lost count of its work".to_owned());
                    }
                    self.heartbeat.set(&worker_stats);
                    let what = EventKind::Done(outcome);
                    let handle = self.handle;
                    if self.events.send(Event { handle, what }).is_err() {
                        return None;
                    }
                }
                Reply::WorkerStats(worker_stats) => self.heartbeat.set(&worker_stats),
                Reply::Pong(_) | Reply::Ready(_) | Reply::Refused(_) => {}
            }
        }
    }

    /// Sees to it that the worker is gone and leaves no zombie, and tells how
    /// it ended.
    fn reap(&mut self) -> String {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // One that is ending already keeps the status it ends with.
        let _ = child.kill();
        let how = match child.wait() {
            Ok(status) => platform::describe_exit(status),
            Err(error) => format!("cannot be waited for: {}", describe(&error)),
        };
        drop(child);
        match self.last_words() {
            Some(words) => format!("its worker process {how} ({words})"),
            None => format!("its worker process {how}"),
        }
    }

    /// The last line that the worker wrote where errors go, hints to users
    /// aside: the runtime says there that memory ran out, for instance.
    fn last_words(&mut self) -> Option<String> {
        let mut bytes = Vec::new();
        let stderr = self.stderr.take()?;
        stderr.take(LAST_WORDS).read_to_end(&mut bytes).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let says_something = |line: &&str| !line.is_empty() && !line.starts_with("hint:");
        let line = text.lines().map(str::trim).rfind(says_something)?;
        Some(line.chars().filter(|c| !c.is_control()).collect())
    }
}

struct ProcessWorker {
    pid: u32,
    child: Arc<Mutex<Child>>,
    queue: Option<Sender<Message>>,
    ready: Receiver<Result<(), String>>,
    heard: Arc<AtomicU64>,
}

impl WorkerHandle for ProcessWorker {
    fn wait_ready(&mut self) -> io::Result<()> {
        let problem = match self.ready.recv_timeout(READY_WITHIN) {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(message)) => message,
            Err(RecvTimeoutError::Timeout) => {
                self.kill();
                "the worker process does not answer".to_owned()
            }
            Err(RecvTimeoutError::Disconnected) => "the worker process is gone".to_owned(),
        };
        Err(io::Error::other(problem))
    }

    fn send(&mut self, batch: &Arc<Batch>) {
        if let Some(queue) = &self.queue {
            // That the writer is gone is told by an event.
            let _ = queue.send(Message::Batch(Arc::clone(batch)));
        }
    }

    fn is_alive(&mut self) -> bool {
        match self.child.try_lock() {
            Ok(mut child) => matches!(child.try_wait(), Ok(None)),
            // Somebody waits for its end.
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Poisoned(_)) => false,
        }
    }

    fn heard(&self) -> Option<u64> {
        Some(self.heard.load(Ordering::Relaxed))
    }

    fn peak_memory(&self) -> u64 {
        platform::peak_memory_of(self.pid).unwrap_or(0)
    }

    fn cancel(&mut self) {
        if let Some(queue) = &self.queue {
            // If the queue is full the worker is killed soon enough.
            let _ = queue.try_send(Message::Cancel);
        }
    }

    fn kill(&mut self) {
        self.queue = None;
        if let Ok(mut child) = self.child.try_lock() {
            let _ = child.kill();
        }
    }
}

impl Drop for ProcessWorker {
    /// Whatever it is at, nobody waits for it any more.
    fn drop(&mut self) {
        self.kill();
    }
}
