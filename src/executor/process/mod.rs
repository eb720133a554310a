//! Workers as child processes of the same program.
//!
//! Any harm that a file does to a worker is confined to that process: a crash,
//! a bus error, a limit on memory, a read that never returns. Each worker's
//! pipes have two threads at this end, one that writes orders and one that
//! reads replies, so that a worker that does not read blocks only its own
//! writer.
//!
//! No worker outlives the program. It ends when its orders end, and the kernel
//! closes that pipe however the program ends. In case the worker is stopped or
//! hangs then, on Linux it has asked the kernel to be killed when its parent
//! dies.

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
use crate::config::{Execution, HashAlgorithm};
use crate::error::{FailureKind, describe};
use crate::platform;
use crate::types::{Batch, Heartbeat};

pub use serve::serve;

/// Interval of a busy worker's heartbeats.
const HEARTBEAT: Duration = Duration::from_millis(100);

/// Maximum time for a new worker to report that it is ready. It takes some
/// milliseconds; a machine may be very busy.
const READY_TIMEOUT: Duration = Duration::from_secs(20);

/// Maximum time that the end of the scan waits for its workers to end.
const CANCEL_GRACE: Duration = Duration::from_secs(1);

/// Number of batches, some hundred thousand small files, after which a worker
/// is replaced by a fresh one. Its start takes some milliseconds.
const MAX_BATCHES: u32 = 10_000;

/// Number of bytes kept of a worker's last error output.
const MAX_STDERR: u64 = 4096;

/// Child processes.
pub struct Processes {
    program: PathBuf,
    settings: Settings,
    /// Each worker that has not ended holds a sender.
    running: Option<Sender<()>>,
    gone: Receiver<()>,
}

impl Processes {
    /// Creates the placement as configured. No process is started yet.
    ///
    /// # Errors
    ///
    /// If there is no program to run as a worker.
    pub fn new(execution: &Execution, hash: HashAlgorithm) -> io::Result<Self> {
        let program = execution.worker_program.clone().ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::NotFound,
                "the program to run as a worker is not set",
            )
        })?;
        if let Err(error) = program.metadata() {
            let message = format!(
                "cannot find {}, the program to run as a worker: {}",
                program.display(),
                describe(&error)
            );
            return Err(io::Error::new(error.kind(), message));
        }
        let (running, gone) = bounded(1);
        Ok(Self {
            program,
            settings: Settings {
                hello: Hello::ours(),
                hash,
                parent: std::process::id(),
                memory_limit: execution.worker_memory,
                heartbeat: HEARTBEAT,
            },
            running: Some(running),
            gone,
        })
    }

    fn spawn(&self) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        command
            .arg(Execution::WORKER_ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Ctrl-C is for the program, which cancels its workers.
        platform::detach_from_terminal(&mut command);
        command.spawn()
    }

    /// Starts the threads at this end of a worker's pipes.
    fn start_pipes(
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
        let (report_ready, ready) = bounded(1);
        let messages_received = Arc::new(AtomicU64::new(0));
        let settings = self.settings.clone();
        std::thread::Builder::new()
            .name(format!("orders-{handle}"))
            .spawn(move || write_orders(FrameWriter::new(stdin), settings, &batches))?;
        let reader = Reader {
            handle,
            child: Arc::clone(child),
            replies: FrameReader::new(stdout),
            stderr,
            heartbeat,
            messages_received: Arc::clone(&messages_received),
            ready: report_ready,
            events,
            _running: self.running.clone(),
        };
        std::thread::Builder::new()
            .name(format!("replies-{handle}"))
            .spawn(move || reader.run())?;
        Ok(Box::new(ProcessWorker {
            pid,
            child: Arc::clone(child),
            queue: Some(queue),
            ready,
            messages_received,
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
        let handle = self.start_pipes(&child, id, heartbeat, events);
        if handle.is_err() {
            // Nothing else would reap it.
            let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = child.kill();
            let _ = child.wait();
        }
        handle
    }

    fn retries_hung_files(&self) -> bool {
        true
    }

    fn max_batches(&self) -> Option<u32> {
        Some(MAX_BATCHES)
    }

    fn is_external(&self) -> bool {
        true
    }
}

impl Drop for Processes {
    /// Waits until every worker has ended, so that none is visible after the
    /// scan. One that hangs in a read is not waited for; it ends when the read
    /// does.
    fn drop(&mut self) {
        self.running = None;
        // Nothing is ever sent: it ends with the last sender.
        let _ = self.gone.recv_timeout(CANCEL_GRACE);
    }
}

/// An entry of a worker's queue.
enum Message {
    Batch(Arc<Batch>),
    Cancel,
}

/// Writes orders until there are no more or the pipe is closed: the reader of
/// the replies reports the worker's end.
fn write_orders(
    mut orders: FrameWriter<impl io::Write>,
    settings: Settings,
    messages: &Receiver<Message>,
) {
    if orders.send(&Order::<Batch>::Settings(settings)).is_err() {
        return;
    }
    let mut numbers = 0_u64..;
    for message in messages {
        let sent = match &message {
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

/// Reads a worker's replies.
struct Reader {
    handle: WorkerId,
    child: Arc<Mutex<Child>>,
    replies: FrameReader<ChildStdout>,
    stderr: Option<ChildStderr>,
    heartbeat: Heartbeat,
    messages_received: Arc<AtomicU64>,
    ready: Sender<Result<(), String>>,
    events: Sender<Event>,
    _running: Option<Sender<()>>,
}

impl Reader {
    fn run(mut self) {
        let (started, problem) = match self.read_ready() {
            Ok(()) => {
                // Only the first worker's start is waited for.
                let _ = self.ready.try_send(Ok(()));
                (true, self.forward_replies())
            }
            Err(problem) => (false, problem),
        };
        let how = self.reap();
        let message = problem.unwrap_or(how);
        let _ = self.ready.try_send(Err(message.clone()));
        let ending = ExitReason {
            kind: FailureKind::Crash,
            message,
            culprit: None,
        };
        let what = if started {
            EventKind::Gone(ending)
        } else {
            EventKind::FailedToStart(ending)
        };
        let handle = self.handle;
        // The receiver is gone once the scan is over.
        let _ = self.events.send(Event { handle, what });
    }

    /// Reads the first reply. On failure it returns the reason, or `None` if
    /// the worker just ended.
    fn read_ready(&mut self) -> Result<(), Option<String>> {
        match self.replies.next_payload() {
            Ok(Some(payload)) => match first_reply(payload) {
                Ok(_) => Ok(()),
                Err(error) => Err(Some(error.to_string())),
            },
            Ok(None) => Err(None),
            Err(error) => Err(Some(format!("its worker process failed: {error}"))),
        }
    }

    /// Forwards replies until they end. A message means that the input was not
    /// a valid reply.
    fn forward_replies(&mut self) -> Option<String> {
        let mut expected = 0..;
        loop {
            let reply = match self.replies.receive() {
                Ok(Some(reply)) => reply,
                Ok(None) => return None,
                Err(error) => return Some(format!("its worker process failed: {error}")),
            };
            self.messages_received.fetch_add(1, Ordering::Relaxed);
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

    /// Ends and reaps the worker, and returns how it ended.
    fn reap(&mut self) -> String {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // A process that is already ending keeps its exit status.
        let _ = child.kill();
        let how = match child.wait() {
            Ok(status) => platform::describe_exit(status),
            Err(error) => format!("cannot be waited for: {}", describe(&error)),
        };
        drop(child);
        match self.last_error_line() {
            Some(words) => format!("its worker process {how} ({words})"),
            None => format!("its worker process {how}"),
        }
    }

    /// The last line of the worker's standard error, without hints to users:
    /// the runtime reports there that memory ran out, for instance.
    fn last_error_line(&mut self) -> Option<String> {
        let mut bytes = Vec::new();
        let stderr = self.stderr.take()?;
        stderr.take(MAX_STDERR).read_to_end(&mut bytes).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let is_content = |line: &&str| !line.is_empty() && !line.starts_with("hint:");
        let line = text.lines().map(str::trim).rfind(is_content)?;
        Some(line.chars().filter(|c| !c.is_control()).collect())
    }
}

struct ProcessWorker {
    pid: u32,
    child: Arc<Mutex<Child>>,
    queue: Option<Sender<Message>>,
    ready: Receiver<Result<(), String>>,
    messages_received: Arc<AtomicU64>,
}

impl WorkerHandle for ProcessWorker {
    fn wait_ready(&mut self) -> io::Result<()> {
        let problem = match self.ready.recv_timeout(READY_TIMEOUT) {
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
            // An event reports that the writer is gone.
            let _ = queue.send(Message::Batch(Arc::clone(batch)));
        }
    }

    fn is_alive(&mut self) -> bool {
        match self.child.try_lock() {
            Ok(mut child) => matches!(child.try_wait(), Ok(None)),
            // Another thread waits for its end.
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Poisoned(_)) => false,
        }
    }

    fn messages_received(&self) -> Option<u64> {
        Some(self.messages_received.load(Ordering::Relaxed))
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
    /// Ends the worker whatever it does; its result is no longer needed.
    fn drop(&mut self) {
        self.kill();
    }
}
