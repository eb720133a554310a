//! Execution settings: the kind of executor, the number of workers and their
//! limits.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

/// Kind of executor: the environment in which workers run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ExecutorKind {
    /// One worker on the thread that runs the scan, one file after the other:
    /// the baseline for the other kinds.
    Sequential,
    /// Threads that share memory.
    Thread,
    /// Threads that share nothing.
    Isolated,
    /// Child processes.
    Process,
}

impl ExecutorKind {
    /// The kinds with concurrent workers.
    pub const CONCURRENT: [Self; 3] = [Self::Thread, Self::Isolated, Self::Process];

    /// Its name in reports and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sequential => "sequential",
            Self::Thread => "thread",
            Self::Isolated => "isolated",
            Self::Process => "process",
        }
    }
}

/// The resource that limits the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TaskType {
    /// The processor.
    Cpu,
    /// The disk or the network.
    Io,
}

impl TaskType {
    /// Its name in reports and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Io => "io",
        }
    }
}

/// Runtime whose capabilities restrict the choice of executors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// Threads that share one lock (Python 3.12 and 3.13).
    Gil,
    /// One shared lock and isolated interpreters (3.14).
    GilInterpreters,
    /// Real threads, no interpreters (3.13t).
    FreeThreaded,
    /// Real threads and isolated interpreters (3.14t).
    FreeThreadedInterpreters,
    /// nodupe itself: real threads, isolation where the platform has it, and
    /// processes.
    #[default]
    Native,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 5] = [
        Self::Gil,
        Self::GilInterpreters,
        Self::FreeThreaded,
        Self::FreeThreadedInterpreters,
        Self::Native,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gil => "gil",
            Self::GilInterpreters => "gil-interpreters",
            Self::FreeThreaded => "free-threaded",
            Self::FreeThreadedInterpreters => "free-threaded-interpreters",
            Self::Native => "native",
        }
    }
}

/// Maximum number of workers, whatever is requested: each has a thread, and a
/// queue and buffers sized for it.
pub(crate) const MAX_WORKERS: usize = 1024;

/// Minimum timeout: a shorter one could not be distinguished from a busy
/// machine.
pub(crate) const MIN_TIMEOUT: Duration = Duration::from_millis(100);

/// Minimum address space of a worker process. With less it may not even start:
/// its code, the stacks of its threads and its buffers take about half of it.
pub(crate) const MIN_WORKER_MEMORY: u64 = 64 << 20;

/// Execution settings of a scan: kind of executor, workers and limits. By
/// default everything is chosen for the machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Execution {
    /// Kind of executor; `None` chooses one.
    pub executor: Option<ExecutorKind>,
    /// Allows another executor if the requested one cannot start. An executor
    /// that was chosen automatically may always be replaced.
    pub fallback: bool,
    /// Number of workers that read and hash, at most 1024; `None`
    /// starts with a number chosen for the machine and adjusts it for the best
    /// throughput.
    pub workers: Option<NonZeroUsize>,
    /// The profile whose rules choose the executor and the initial number of
    /// workers.
    pub profile: Profile,
    /// Assumes CPU-bound or I/O-bound work; `None` measures it.
    pub task: Option<TaskType>,
    /// Timeout of one system call on a file, at least 100 ms; a file
    /// that exceeds it is skipped. `None` waits for ever.
    pub timeout: Option<Duration>,
    /// Time after its last change from which a file on a local disk counts as
    /// settled, so that any later write updates its change time; until then a
    /// read lease or two metadata checks have to prove that nobody writes. `None` takes
    /// five minutes, or more where the system is configured to write to its
    /// disks later; if it never does by itself, no file ever counts as settled.
    ///
    /// A shorter time is only correct where nobody writes through memory
    /// mappings.
    pub settle_time: Option<Duration>,
    /// Limit on the address space of each worker process in bytes; with less
    /// than 64 MiB it may not start.
    pub worker_memory: Option<u64>,
    /// The program to run as a worker process: it passes its standard streams
    /// to [`serve`](crate::serve) when its first argument is
    /// [`Execution::WORKER_ARGUMENT`]. The library cannot know whether its caller's
    /// program does so; `None` means that there is no such program.
    pub worker_program: Option<PathBuf>,
}

impl Execution {
    /// The first argument that makes a program run as a worker.
    pub const WORKER_ARGUMENT: &str = "__worker";
}
