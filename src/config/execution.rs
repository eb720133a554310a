//! Where a scan reads and hashes, and how many workers do.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

/// Where workers run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExecutorKind {
    /// One worker on the thread that runs the scan, one file after the other:
    /// what the others are measured against.
    Sequential,
    /// Threads that share memory.
    Thread,
    /// Threads that share nothing.
    Isolated,
    /// Child processes.
    Process,
}

impl ExecutorKind {
    /// The kinds that work side by side.
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

/// What the work mostly waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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

/// What a runtime can do at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Threads that share one lock (Python 3.12 and 3.13).
    Gil,
    /// The same, and isolated interpreters (3.14).
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
}

/// More workers than this are never started, whatever is asked for: each has
/// a thread, and a queue and buffers sized for it.
pub const MAX_WORKERS: usize = 1024;

/// A shorter timeout than this could not be told from a busy machine.
pub const MIN_TIMEOUT: Duration = Duration::from_millis(100);

/// With less memory than this a worker process may not even start: its code,
/// the stacks of its threads and its buffers take about half of it.
pub const MIN_WORKER_MEMORY: u64 = 64 << 20;

/// Where a scan reads and hashes, and how many workers do. The default
/// decides everything from the machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Execution {
    /// Where workers run; `None` decides.
    pub executor: Option<ExecutorKind>,
    /// Whether an executor that was asked for and cannot start may be
    /// replaced by another one. One that was decided on always may.
    pub fallback: bool,
    /// How many workers read and hash, at most [`MAX_WORKERS`]; `None`
    /// starts with a number made for the machine and moves it to where most
    /// gets done.
    pub workers: Option<NonZeroUsize>,
    /// Whose rules choose the executor and the number of workers to start with.
    pub profile: Profile,
    /// What the work is taken to wait for; `None` measures it.
    pub task: Option<TaskType>,
    /// How long one system call on a file may take, at least
    /// [`MIN_TIMEOUT`]; then the file is given up. `None` waits for ever.
    pub timeout: Option<Duration>,
    /// How long after its last change a file on a local disk is settled, so that
    /// whoever writes to it moves its change time; until then a read lease or
    /// two looks have to prove that nobody does. `None` takes five minutes, or
    /// more where the system is set to write to its disks later; if it never
    /// does by itself, no file is ever settled.
    ///
    /// Less is only right where nobody writes through mappings.
    pub settle_time: Option<Duration>,
    /// How many bytes of address space each worker process may have; with
    /// less than [`MIN_WORKER_MEMORY`] none may start.
    pub worker_memory: Option<u64>,
    /// What to run as a worker process: a program that passes its standard
    /// streams to [`crate::executor::serve`] when its first argument is
    /// [`WORKER_ARGUMENT`]. A program cannot know that its library's caller
    /// does so; `None` means that there is none.
    pub worker_program: Option<PathBuf>,
}

/// What a worker program is told by its first argument.
pub const WORKER_ARGUMENT: &str = "__worker";
