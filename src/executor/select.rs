//! Selection of the kind of executor and the initial number of workers.
//!
//! A pure function of the number of processors, the task type and the
//! requirements of the scan. Each profile has a table of rules: one for nodupe
//! itself, the others for Python runtimes, whose threads may share one lock and
//! whose interpreters may be isolated. If the chosen kind cannot start, its
//! fallbacks are tried in order.

use crate::config::{ExecutorKind as Kind, Profile, TaskType as Task};

/// Further requirements on an executor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Needs {
    /// Workers must not be able to disturb each other.
    pub isolation: bool,
    /// A read that hangs must be ended, which only the end of its process
    /// guarantees.
    pub killable: bool,
    /// Files are on a network or FUSE file system, where a read can hang for
    /// ever. It has the same effect as [`Needs::killable`].
    pub remote: bool,
    /// It has to work on every platform, at any cost.
    pub compatibility: bool,
}

/// Result of the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Selection {
    /// The kind to use.
    pub kind: Kind,
    /// The kinds to use instead, best first, if it does not start.
    pub fallbacks: Vec<Kind>,
    /// Number of workers to start with, at least one.
    pub workers: usize,
    /// The reason for this kind, in words for a user.
    pub reason: &'static str,
}

impl Selection {
    /// The kinds to try, best first.
    pub(crate) fn order(&self) -> impl Iterator<Item = Kind> + '_ {
        std::iter::once(self.kind).chain(self.fallbacks.iter().copied())
    }

    /// Returns the selection with another kind in place of the chosen one. With
    /// `fallback` all other kinds may still be used if that kind cannot start.
    #[must_use]
    pub(crate) fn with_kind(&self, kind: Kind, fallback: bool) -> Self {
        let others = self.order().filter(|&other| fallback && other != kind);
        Self {
            kind,
            fallbacks: others.collect(),
            workers: self.workers,
            reason: "it was requested",
        }
    }
}

/// Maximum number of workers started for waiting on a disk, or where threads
/// share one lock.
const MAX_WAITING_WORKERS: usize = 32;

/// Applies the rules. `cpus` is the number of processors the process may use.
#[must_use]
pub fn select(profile: Profile, task: Task, needs: Needs, cpus: usize) -> Selection {
    let (kind, reason) = kind(profile, task, needs);
    let order: &[Kind] = match profile {
        Profile::Gil | Profile::FreeThreaded => &[Kind::Thread, Kind::Process],
        // Less isolation is better than none.
        Profile::GilInterpreters => &[Kind::Isolated, Kind::Process, Kind::Thread],
        Profile::FreeThreadedInterpreters => &[Kind::Thread, Kind::Isolated],
        Profile::Native => &[Kind::Thread, Kind::Isolated, Kind::Process],
    };
    Selection {
        kind,
        fallbacks: order.iter().copied().filter(|&k| k != kind).collect(),
        workers: workers(profile, task, kind, cpus),
        reason,
    }
}

fn kind(profile: Profile, task: Task, needs: Needs) -> (Kind, &'static str) {
    let has_isolation = !matches!(profile, Profile::Gil | Profile::FreeThreaded);
    if needs.compatibility {
        return (Kind::Process, "processes work the same on every platform");
    }
    if needs.killable {
        return (
            Kind::Process,
            "only a process can be ended while one of its reads hangs",
        );
    }
    if needs.remote {
        return (
            Kind::Process,
            "a path is on a network or FUSE file system, where a read can hang, \
             and only a process can be ended then",
        );
    }
    if needs.isolation {
        return if has_isolation {
            (Kind::Isolated, "isolated workers were requested")
        } else {
            (
                Kind::Process,
                "isolated workers were requested, and only processes are isolated here",
            )
        };
    }
    match (task, profile) {
        (Task::Io, _) => (
            Kind::Thread,
            "the work is I/O-bound, and threads cost the least",
        ),
        (Task::Cpu, Profile::Gil) => (
            Kind::Process,
            "threads share one lock, so only processes hash in parallel",
        ),
        (Task::Cpu, Profile::GilInterpreters) => (
            Kind::Isolated,
            "threads share one lock, and isolated workers have one each",
        ),
        (Task::Cpu, _) => (
            Kind::Thread,
            "threads use all processors and cost the least",
        ),
    }
}

fn workers(profile: Profile, task: Task, kind: Kind, cpus: usize) -> usize {
    let twice = cpus.saturating_mul(2);
    let count = match (profile, task) {
        (Profile::GilInterpreters, Task::Cpu) => cpus.min(MAX_WAITING_WORKERS),
        (Profile::Gil, Task::Cpu) => {
            let most = cpus.min(MAX_WAITING_WORKERS);
            // One processor stays free for the parent.
            if kind == Kind::Process {
                most.min(cpus.saturating_sub(1))
            } else {
                most
            }
        }
        (_, Task::Cpu) => twice,
        (_, Task::Io) => twice.min(MAX_WAITING_WORKERS),
    };
    count.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Kind::{Isolated, Process, Thread};

    const NONE: Needs = Needs {
        isolation: false,
        killable: false,
        remote: false,
        compatibility: false,
    };

    #[test]
    fn processor_bound_work_follows_the_table() {
        let table: [(Profile, Kind, &[Kind]); 5] = [
            (Profile::Gil, Process, &[Thread]),
            (Profile::GilInterpreters, Isolated, &[Process, Thread]),
            (Profile::FreeThreaded, Thread, &[Process]),
            (Profile::FreeThreadedInterpreters, Thread, &[Isolated]),
            (Profile::Native, Thread, &[Isolated, Process]),
        ];
        for (profile, kind, fallbacks) in table {
            let selection = select(profile, Task::Cpu, NONE, 4);
            assert_eq!(selection.kind, kind, "{profile:?}");
            assert_eq!(selection.fallbacks, fallbacks, "{profile:?}");
        }
    }

    #[test]
    fn io_bound_work_uses_threads_unless_isolation_is_needed() {
        for profile in Profile::ALL {
            assert_eq!(
                select(profile, Task::Io, NONE, 4).kind,
                Thread,
                "{profile:?}"
            );
            let isolation = Needs {
                isolation: true,
                ..NONE
            };
            let isolated = match profile {
                Profile::Gil | Profile::FreeThreaded => Process,
                _ => Isolated,
            };
            for task in [Task::Io, Task::Cpu] {
                let selection = select(profile, task, isolation, 4);
                assert_eq!(selection.kind, isolated, "{profile:?} {task:?}");
            }
        }
    }

    #[test]
    fn needs_that_only_processes_meet_take_precedence() {
        for profile in Profile::ALL {
            for only in 0..3 {
                let needs = Needs {
                    isolation: true,
                    killable: only == 0,
                    remote: only == 1,
                    compatibility: only == 2,
                };
                for task in [Task::Io, Task::Cpu] {
                    let selection = select(profile, task, needs, 4);
                    assert_eq!(selection.kind, Process, "{profile:?} {needs:?}");
                    assert!(!selection.fallbacks.contains(&Process));
                }
            }
        }
    }

    #[test]
    fn the_number_of_workers_follows_the_table() {
        // Processors: 1, 2, 16, 64, 256.
        const CPUS: [usize; 5] = [1, 2, 16, 64, 256];
        let table = [
            (Profile::Native, Task::Cpu, [2, 4, 32, 128, 512]),
            (Profile::Native, Task::Io, [2, 4, 32, 32, 32]),
            (Profile::FreeThreaded, Task::Cpu, [2, 4, 32, 128, 512]),
            (Profile::FreeThreaded, Task::Io, [2, 4, 32, 32, 32]),
            (
                Profile::FreeThreadedInterpreters,
                Task::Cpu,
                [2, 4, 32, 128, 512],
            ),
            (
                Profile::FreeThreadedInterpreters,
                Task::Io,
                [2, 4, 32, 32, 32],
            ),
            // As many as Python's own rule starts.
            (Profile::GilInterpreters, Task::Cpu, [1, 2, 16, 32, 32]),
            (Profile::GilInterpreters, Task::Io, [2, 4, 32, 32, 32]),
            // Processes: one processor stays free, and 32 are the most.
            (Profile::Gil, Task::Cpu, [1, 1, 15, 32, 32]),
            (Profile::Gil, Task::Io, [2, 4, 32, 32, 32]),
        ];
        for (profile, task, expected) in table {
            let counts = CPUS.map(|cpus| select(profile, task, NONE, cpus).workers);
            assert_eq!(counts, expected, "{profile:?} {task:?}");
        }
    }

    #[test]
    fn the_requested_kind_comes_first_and_alone_without_fallback() {
        let selection = select(Profile::Native, Task::Cpu, NONE, 4);
        let alone = selection.with_kind(Isolated, false);
        assert_eq!((alone.kind, &alone.fallbacks[..]), (Isolated, &[][..]));
        let first = selection.with_kind(Isolated, true);
        assert_eq!(
            first.order().collect::<Vec<_>>(),
            [Isolated, Thread, Process]
        );
        assert_eq!(first.workers, selection.workers);
    }

    #[test]
    fn the_chosen_kind_is_no_fallback() {
        for profile in Profile::ALL {
            for task in [Task::Cpu, Task::Io] {
                let selection = select(profile, task, NONE, 4);
                assert!(!selection.fallbacks.contains(&selection.kind));
                assert!(!selection.reason.is_empty());
            }
        }
    }
}
