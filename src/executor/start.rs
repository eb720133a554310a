//! Starts an executor according to the rules.

use std::io;
use std::time::{Duration, Instant};

use super::{
    Executor, InlineExecutor, IsolatedThreads, Kind, Needs, Placement, Pool, Processes, Selection,
    Task, Threads, WorkerFactory, select,
};
use crate::config::{Execution, MAX_WORKERS};
use crate::error::{Error, describe};

/// Maximum number of threads where each blocks on one read at a time: more
/// gained nothing on any storage that was measured.
const MAX_THREADS: usize = 64;

/// The same for processes, of which each takes some megabytes.
const MAX_PROCESSES: usize = 32;

/// Maximum number of workers per processor where each worker has up to 64
/// reads in flight by itself. With a cold cache and two processors 8 workers
/// were fastest for 200,000 files of all sizes, 8 to 16 for 500,000 small
/// ones; with fewer listing threads, 32 took 20 % longer.
const MAX_PER_CPU: usize = 4;

/// Lower bound of that maximum, for local file systems that only support
/// blocking reads.
const MIN_LIMIT: usize = 8;

/// Parameters for starting an executor.
pub(crate) struct Setup<'a> {
    /// The requested settings.
    pub execution: &'a Execution,
    /// The requirements of the work.
    pub needs: Needs,
    /// Factory of the workers.
    pub factory: WorkerFactory,
    /// True if the factory's reader exists in this process only.
    pub reader_is_local: bool,
    /// Number of processors the process may use.
    pub cpus: usize,
    /// Number of descriptors the workers may have open together.
    pub descriptors: usize,
    /// Number of threads that fit.
    pub threads: usize,
}

/// A running executor.
pub(crate) struct Started {
    /// The executor.
    pub executor: Box<dyn Executor>,
    /// The result of the rules.
    pub selection: Selection,
    /// Maximum number of workers.
    pub most: usize,
    /// Preferred kinds that could not start, with the reason.
    pub refused: Vec<(Kind, String)>,
    /// Duration of the start.
    pub startup: Duration,
}

/// Starts the executor chosen by the rules or requested by the user.
///
/// # Errors
///
/// [`Error::Executor`] if no allowed kind can start.
pub(crate) fn start(setup: &Setup<'_>) -> Result<Started, Error> {
    let began = Instant::now();
    let selection = selection(setup);
    let order: Vec<Kind> = selection.order().collect();
    let (running, refused) = first_that_starts(&order, |kind| {
        let (workers, most) = size(setup, selection.workers, kind);
        let executor = launch(setup, kind, workers, most)?;
        Ok((executor, most))
    });
    match running {
        Some((executor, most)) => Ok(Started {
            executor,
            selection,
            most,
            refused,
            startup: began.elapsed(),
        }),
        None => Err(Error::Executor {
            kind: selection.kind.as_str(),
            reason: refusals(&refused),
        }),
    }
}

fn selection(setup: &Setup<'_>) -> Selection {
    let execution = setup.execution;
    // The bottleneck, hashing or the disk, is not known beforehand; the kind is
    // the same for both, and the pool adapts.
    let task = execution.task.unwrap_or(Task::Cpu);
    let selection = select(execution.profile, task, setup.needs, setup.cpus);
    match execution.executor {
        Some(kind) => selection.with_kind(kind, execution.fallback),
        None => selection,
    }
}

/// Returns the initial and the maximum number of workers.
fn size(setup: &Setup<'_>, workers: usize, kind: Kind) -> (usize, usize) {
    if kind == Kind::Sequential {
        return (1, 1);
    }
    if let Some(fixed) = setup.execution.workers {
        let fixed = fixed.get().min(MAX_WORKERS);
        return (fixed, fixed);
    }
    let start = workers.min(MAX_WORKERS);
    let waiting = match kind {
        Kind::Process => MAX_PROCESSES,
        _ => MAX_THREADS,
    };
    let most = if setup.needs.remote {
        waiting
    } else {
        (MAX_PER_CPU * setup.cpus).max(MIN_LIMIT).min(waiting)
    };
    let room = match kind {
        Kind::Process => usize::MAX,
        _ => setup.threads.max(1),
    };
    let start = start.min(room);
    // A worker holds two descriptors, and its comparisons some more.
    let most = (setup.descriptors / 4).min(most).min(room);
    (start, most.max(start))
}

fn launch(
    setup: &Setup<'_>,
    kind: Kind,
    workers: usize,
    most: usize,
) -> io::Result<Box<dyn Executor>> {
    // Beside the directory and the ring that each has open. Processes have a
    // limit of their own.
    let open_files = (setup.descriptors / most).saturating_sub(2);
    let factory = setup.factory.clone().with_open_files(open_files);
    let placement: Box<dyn Placement> = match kind {
        Kind::Sequential => return Ok(Box::new(InlineExecutor::new(&factory))),
        Kind::Thread => Box::new(Threads::new(factory)),
        Kind::Isolated => Box::new(IsolatedThreads::new(factory)),
        Kind::Process if setup.reader_is_local => {
            return Err(io::Error::other(
                "the reader of this scan cannot be handed to another process",
            ));
        }
        Kind::Process => Box::new(Processes::new(setup.execution, factory.hash())?),
    };
    let timeout = setup.execution.timeout;
    Ok(Box::new(Pool::start(placement, workers, most, timeout)?))
}

/// Returns the first kind that starts, and the errors of those before it.
fn first_that_starts<T>(
    order: &[Kind],
    mut start: impl FnMut(Kind) -> io::Result<T>,
) -> (Option<T>, Vec<(Kind, String)>) {
    let mut refused = Vec::new();
    for &kind in order {
        match start(kind) {
            Ok(started) => return (Some(started), refused),
            Err(error) => refused.push((kind, describe(&error))),
        }
    }
    (None, refused)
}

/// A list of refusals, for people.
fn refusals(refused: &[(Kind, String)]) -> String {
    match refused {
        [(_, why)] => why.clone(),
        all => {
            let each: Vec<String> = all
                .iter()
                .map(|(kind, why)| format!("{}: {why}", kind.as_str()))
                .collect();
            each.join("; ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Kind::{Isolated, Process, Thread};

    fn started(order: &[Kind], missing: &[Kind]) -> (Option<Kind>, Vec<Kind>) {
        let (kind, refused) = first_that_starts(order, |kind| {
            if missing.contains(&kind) {
                Err(io::Error::from_raw_os_error(1))
            } else {
                Ok(kind)
            }
        });
        (kind, refused.into_iter().map(|(kind, _)| kind).collect())
    }

    #[test]
    fn the_first_fallback_that_starts_is_taken() {
        let order = [Process, Thread, Isolated];
        let table: [(&[Kind], Option<Kind>, &[Kind]); 4] = [
            (&[], Some(Process), &[]),
            (&[Process], Some(Thread), &[Process]),
            (&[Process, Thread], Some(Isolated), &[Process, Thread]),
            (&[Process, Thread, Isolated], None, &order),
        ];
        for (missing, kind, refused) in table {
            assert_eq!(
                started(&order, missing),
                (kind, refused.to_vec()),
                "{missing:?}"
            );
        }
    }

    #[test]
    fn every_profile_has_a_way_out_of_a_missing_capability() {
        for profile in crate::config::Profile::ALL {
            for task in [Task::Cpu, Task::Io] {
                let selection = select(profile, task, Needs::default(), 4);
                let order: Vec<Kind> = selection.order().collect();
                let (kind, refused) = started(&order, &[selection.kind]);
                assert_eq!(kind, selection.fallbacks.first().copied(), "{profile:?}");
                assert_eq!(refused, [selection.kind]);
            }
        }
    }

    #[test]
    fn the_profile_decides_without_a_request() {
        use crate::config::{HashAlgorithm, Profile};
        use crate::io::{FileIo, Pread};
        let factory = || {
            let reader = || Box::new(Pread::new()) as Box<dyn FileIo>;
            let cancel = crate::types::CancelToken::default();
            WorkerFactory::new(std::sync::Arc::new(reader), HashAlgorithm::Blake3, cancel)
        };
        let chosen = |execution: &Execution| {
            let setup = Setup {
                execution,
                needs: Needs::default(),
                factory: factory(),
                reader_is_local: false,
                cpus: 40,
                descriptors: 100_000,
                threads: usize::MAX,
            };
            let selection = selection(&setup);
            (
                selection.kind,
                size(&setup, selection.workers, selection.kind).0,
            )
        };
        let table = [
            (Profile::Native, Task::Cpu, (Thread, 80)),
            (Profile::Native, Task::Io, (Thread, 32)),
            (Profile::Gil, Task::Cpu, (Process, 32)),
            (Profile::Gil, Task::Io, (Thread, 32)),
            (Profile::GilInterpreters, Task::Cpu, (Isolated, 32)),
            (Profile::GilInterpreters, Task::Io, (Thread, 32)),
            (Profile::FreeThreaded, Task::Cpu, (Thread, 80)),
        ];
        for (profile, task, expected) in table {
            let mut execution = Execution {
                profile,
                task: Some(task),
                ..Execution::default()
            };
            assert_eq!(chosen(&execution), expected, "{profile:?} {task:?}");
            execution.executor = Some(Isolated);
            execution.workers = std::num::NonZeroUsize::new(3);
            assert_eq!(chosen(&execution), (Isolated, 3), "{profile:?}");
        }
    }

    #[test]
    fn refusals_are_listed_with_their_reasons() {
        let one = [(Process, "no".to_owned())];
        assert_eq!(refusals(&one), "no");
        let two = [(Process, "no".to_owned()), (Thread, "never".to_owned())];
        assert_eq!(refusals(&two), "process: no; thread: never");
    }
}
