//! The worker's end: the main loop of a worker process.

use std::io::{self, ErrorKind, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::config::HashAlgorithm;
use crate::executor::WorkerFactory;
use crate::executor::protocol::{
    FrameError, FrameReader, FrameWriter, HandshakeError, Hello, Order, Ready, Refusal, Reply,
    Settings, first_order,
};
use crate::io::{FileIo, Mapped};
use crate::platform;
use crate::types::{Batch, CancelToken, Heartbeat, WorkerStats};

/// Error that ends a worker process before its orders end.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    /// The handshake with the program failed.
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    /// The orders are malformed, or the replies are no longer read.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The worker could not be set up as ordered.
    #[error("{0}")]
    Setup(String),
}

type Replies<W> = Arc<Mutex<FrameWriter<W>>>;

/// Runs as a worker process until the orders end.
///
/// The program named in
/// [`worker_program`](crate::config::Execution::worker_program) calls this
/// with its standard input and output, and exits as soon as it returns,
/// without waiting for its threads.
///
/// The process is changed for good: it can no longer write to any file, and
/// may be limited in memory.
///
/// # Errors
///
/// If the orders are malformed, or the replies cannot be sent.
pub fn serve(orders: impl Read, replies: impl Write + Send + 'static) -> io::Result<()> {
    carry_out(orders, replies).map_err(io::Error::other)
}

fn carry_out(orders: impl Read, replies: impl Write + Send + 'static) -> Result<(), ServeError> {
    let mut orders = FrameReader::new(orders);
    let mut replies = FrameWriter::new(replies);
    let settings = match orders.next_payload()? {
        Some(payload) => first_order(payload),
        // Started but never used.
        None => return Ok(()),
    };
    let settings = match settings {
        Ok(settings) => settings,
        Err(error) => {
            refuse(&mut replies, &error.to_string());
            return Err(error.into());
        }
    };
    let (read_only, ring) = match set_up(&settings) {
        Ok(set_up) => set_up,
        Err(reason) => {
            refuse(&mut replies, &reason);
            return Err(ServeError::Setup(reason));
        }
    };
    let replies = Arc::new(Mutex::new(replies));
    let work = start(&settings, read_only, ring, &replies)?;
    process_orders(orders, &replies, work)
}

/// State for processing orders.
struct Work {
    queue: Sender<(u64, Batch)>,
    cancel: CancelToken,
}

/// Starts the threads of the process, and reports ready when nothing is left
/// that could fail for lack of memory.
fn start<W: Write + Send + 'static>(
    settings: &Settings,
    read_only: bool,
    ring: Option<platform::Ring>,
    replies: &Replies<W>,
) -> Result<Work, ServeError> {
    // The lock delays all replies until the first one is sent.
    let mut first = replies.lock().unwrap_or_else(PoisonError::into_inner);
    let cancel = CancelToken::default();
    let heartbeat = Heartbeat::default();
    // Bounded by the program, which limits the unanswered batches.
    let (queue, batches) = unbounded();
    let started = start_worker(settings.hash, &cancel, &heartbeat, batches, ring, replies)
        .and_then(|()| {
            if settings.heartbeat.is_zero() {
                return Ok(());
            }
            start_heartbeat(settings.heartbeat, &heartbeat, replies)
        });
    if let Err(error) = started {
        let reason = format!("cannot start a thread: {}", crate::error::describe(&error));
        refuse(&mut first, &reason);
        return Err(ServeError::Setup(reason));
    }
    first.send(&Reply::Ready(Ready {
        hello: Hello::ours(),
        pid: std::process::id(),
        read_only,
    }))?;
    Ok(Work { queue, cancel })
}

/// Sends the reason for the refusal; if it cannot be sent, the end of the
/// process is enough.
fn refuse(replies: &mut FrameWriter<impl Write>, reason: &str) {
    let _ = replies.send(&Reply::Refused(Refusal {
        hello: Hello::ours(),
        reason: reason.to_owned(),
    }));
}

/// Applies the limits; returns true if the kernel keeps the process from
/// writing, and the ring. Objects that the worker can no longer create
/// afterwards are created before.
fn set_up(settings: &Settings) -> Result<(bool, Option<platform::Ring>), String> {
    let what = |what: &str, error: &io::Error| format!("{what}: {}", crate::error::describe(error));
    match platform::die_with_parent(settings.parent) {
        // In that case the end of its orders ends it.
        Err(error) if error.kind() == ErrorKind::Unsupported => {}
        result => result.map_err(|e| what("cannot follow its parent", &e))?,
    }
    // A core dump of a worker is useless, and takes long to write.
    let _ = platform::no_core_dumps();
    if let Some(bytes) = settings.memory_limit {
        platform::limit_memory(bytes).map_err(|e| what("cannot limit its memory", &e))?;
    }
    // Without one, files that are not in memory are read one after the other.
    let ring = platform::Ring::read_only().ok();
    let confinement =
        platform::restrict_to_reading().map_err(|e| what("cannot give up writing", &e))?;
    Ok((confinement == platform::Confinement::Enforced, ring))
}

fn process_orders(
    mut orders: FrameReader<impl Read>,
    replies: &Replies<impl Write>,
    work: Work,
) -> Result<(), ServeError> {
    let Work { queue, cancel } = work;
    while let Some(order) = orders.receive::<Order>()? {
        match order {
            Order::Run { id, batch } => {
                // The worker thread runs as long as this function.
                let _ = queue.send((id, batch));
            }
            Order::Cancel => cancel.cancel(),
            Order::Ping(number) => reply(replies, &Reply::Pong(number))?,
            Order::Settings(_) => {
                return Err(ServeError::Setup("settings came twice".to_owned()));
            }
        }
    }
    Ok(())
}

fn start_worker<W: Write + Send + 'static>(
    hash: HashAlgorithm,
    cancel: &CancelToken,
    heartbeat: &Heartbeat,
    batches: Receiver<(u64, Batch)>,
    ring: Option<platform::Ring>,
    replies: &Replies<W>,
) -> io::Result<()> {
    let reader = || Box::new(Mapped::new()) as Box<dyn FileIo>;
    // 16 are reserved for the process itself.
    let open_files = platform::descriptor_limit().saturating_sub(16);
    let factory = WorkerFactory::new(Arc::new(reader), hash, cancel.clone())
        .with_open_files(usize::try_from(open_files).unwrap_or(usize::MAX));
    let mut worker = factory.independent_worker(heartbeat.clone());
    let (replies, heartbeat) = (Arc::clone(replies), heartbeat.clone());
    std::thread::Builder::new()
        .name("worker".to_owned())
        .spawn(move || {
            if let Some(ring) = ring {
                ring.keep();
            }
            let work = || -> Result<(), FrameError> {
                for (id, batch) in batches {
                    let outcome = worker.run(&batch);
                    let worker_stats = worker_stats(&heartbeat);
                    let done = Reply::Done {
                        id,
                        outcome,
                        worker_stats,
                    };
                    reply(&replies, &done)?;
                }
                Ok(())
            };
            // Without its worker, the process would go on to send heartbeats,
            // and the program would wait for it.
            if !matches!(catch_unwind(AssertUnwindSafe(work)), Ok(Ok(()))) {
                std::process::abort();
            }
        })?;
    Ok(())
}

/// Sends heartbeats at the interval, whatever the worker does, also while it is
/// idle: that costs next to nothing, and the other end knows better if the
/// worker has work.
fn start_heartbeat<W: Write + Send + 'static>(
    every: Duration,
    heartbeat: &Heartbeat,
    replies: &Replies<W>,
) -> io::Result<()> {
    let (replies, heartbeat) = (Arc::clone(replies), heartbeat.clone());
    std::thread::Builder::new()
        .name("heart".to_owned())
        .spawn(move || {
            loop {
                std::thread::sleep(every);
                if reply(&replies, &Reply::WorkerStats(worker_stats(&heartbeat))).is_err() {
                    return;
                }
            }
        })?;
    Ok(())
}

/// Returns the statistics with the processor time of the whole process: here it
/// is all for the worker, and up to date in the middle of a batch too.
fn worker_stats(heartbeat: &Heartbeat) -> WorkerStats {
    let mut worker_stats = heartbeat.worker_stats();
    if let Some(time) = platform::process_cpu_time() {
        worker_stats.on_processor = time;
    }
    worker_stats
}

fn reply<W: Write>(replies: &Replies<W>, reply: &Reply) -> Result<(), FrameError> {
    replies
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .send(reply)
}
