//! The machine, the storage of a directory, and the executor that a scan of it
//! uses.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::storage::Reads;
use crate::config::{Execution, ExecutorKind, HashAlgorithm, Profile};
use crate::error::{Error, describe};
use crate::executor::{self, Needs, Setup, Task, WorkerFactory, select};
use crate::io::{FileIo, Pread};
use crate::platform::{self, Processors, Storage};
use crate::types::CancelToken;

/// All that is known of a machine and a directory.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Overview {
    /// The processors.
    pub processors: Processors,
    /// The kernel.
    pub kernel: Kernel,
    /// The system's data on the storage.
    pub storage: Option<Storage>,
    /// The error instead of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_problem: Option<String>,
    /// The measured behaviour of the storage.
    pub reads: Reads,
    /// The trial starts.
    pub executors: Vec<Trial>,
    /// The profile whose rules are shown.
    pub profile: ProfileInfo,
    /// The rules.
    pub rules: Vec<Rule>,
    /// The executor that a scan uses; `None` if no executor starts.
    pub choice: Option<Choice>,
}

/// Features of the kernel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Kernel {
    /// True if files can be read through io_uring.
    pub io_uring: bool,
    /// The version of Landlock's ABI, if the kernel has it.
    pub landlock: Option<u32>,
    /// True if threads can have their own descriptor tables.
    pub own_tables: bool,
}

/// Result of starting one worker of a kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Trial {
    /// The kind that was started.
    pub kind: &'static str,
    /// True if it started.
    pub starts: bool,
    /// The time that took.
    pub startup_seconds: Option<f64>,
    /// The error instead.
    pub problem: Option<String>,
}

/// A profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ProfileInfo {
    /// Its name on the command line.
    pub name: String,
    /// Its description.
    pub meaning: String,
}

/// Result of the rules for one situation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Rule {
    /// The name of the situation.
    pub situation: &'static str,
    /// The situation in words.
    #[serde(skip)]
    pub words: &'static str,
    /// The kind of executor.
    pub executor: &'static str,
    /// The kinds to use instead, best first.
    pub fallbacks: Vec<&'static str>,
    /// Initial number of workers.
    pub workers: usize,
    /// The reason.
    pub reason: &'static str,
}

/// The executor that a scan uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Choice {
    /// The kind.
    pub executor: &'static str,
    /// Initial number of workers.
    pub workers: usize,
    /// The reason, in a sentence without a full stop.
    pub reason: String,
}

impl Overview {
    /// Queries the system, starts executors, and reads some files. `shown` names
    /// the profile.
    ///
    /// # Errors
    ///
    /// The error that a scan reports for the path.
    pub(crate) fn of(dir: &Path, profile: Profile, shown: ProfileInfo) -> Result<Self, Error> {
        let reads = Reads::measure(dir)?;
        let storage = platform::storage(dir);
        let processors = platform::processors();
        let program = platform::own_program().ok();
        let kinds = ExecutorKind::CONCURRENT.into_iter();
        let executors: Vec<Trial> = kinds.map(|kind| try_one(kind, program.clone())).collect();
        let is_remote = storage.as_ref().is_ok_and(|storage| storage.remote);
        Ok(Self {
            processors,
            kernel: Kernel {
                io_uring: platform::has_io_uring(),
                landlock: platform::landlock_version(),
                own_tables: platform::can_unshare(),
            },
            storage_problem: storage.as_ref().err().map(describe),
            storage: storage.ok(),
            reads,
            choice: choose(is_remote, processors.usable, &executors),
            executors,
            profile: shown,
            rules: rules(profile, processors.usable),
        })
    }
}

/// Starts one worker and drops it.
fn try_one(kind: ExecutorKind, worker_program: Option<PathBuf>) -> Trial {
    let reader = || Box::new(Pread::new()) as Box<dyn FileIo>;
    let algorithm = HashAlgorithm::default();
    let started = executor::start(&Setup {
        execution: &Execution {
            executor: Some(kind),
            workers: Some(NonZeroUsize::MIN),
            worker_program,
            ..Execution::default()
        },
        needs: Needs::default(),
        factory: WorkerFactory::new(Arc::new(reader), algorithm, CancelToken::default()),
        reader_is_local: false,
        cpus: 1,
        descriptors: usize::MAX,
        threads: usize::MAX,
    });
    let (startup, problem) = match started {
        Ok(started) => (Some(started.startup), None),
        Err(Error::Executor { reason, .. }) => (None, Some(reason)),
        Err(other) => (None, Some(other.to_string())),
    };
    Trial {
        kind: kind.as_str(),
        starts: problem.is_none(),
        startup_seconds: startup.map(|startup| startup.as_secs_f64()),
        problem,
    }
}

/// Results of a profile's rules on a machine with `cpus` processors.
fn rules(profile: Profile, cpus: usize) -> Vec<Rule> {
    let rule = |situation, words, task, needs| {
        let selection = select(profile, task, needs, cpus);
        let fallbacks = selection.fallbacks.iter().map(|kind| kind.as_str());
        Rule {
            situation,
            words,
            executor: selection.kind.as_str(),
            fallbacks: fallbacks.collect(),
            workers: selection.workers,
            reason: selection.reason,
        }
    };
    let none = Needs::default();
    let isolation = Needs {
        isolation: true,
        ..none
    };
    let killable = Needs {
        killable: true,
        ..none
    };
    let remote = Needs {
        remote: true,
        ..none
    };
    let compatibility = Needs {
        compatibility: true,
        ..none
    };
    vec![
        rule("cpu", "CPU-bound", Task::Cpu, none),
        rule("io", "I/O-bound", Task::Io, none),
        rule("isolation", "isolation needed", Task::Cpu, isolation),
        rule("timeout", "--timeout given", Task::Cpu, killable),
        rule("remote", "network or FUSE", Task::Cpu, remote),
        rule("compatibility", "most compatible", Task::Cpu, compatibility),
    ]
}

/// Returns the executor of a scan without any options for files on such
/// storage: the first of those allowed by the rules that started in the trials.
/// `None` if none did.
fn choose(remote: bool, cpus: usize, trials: &[Trial]) -> Option<Choice> {
    let needs = Needs {
        remote,
        ..Needs::default()
    };
    // The pipeline's assumption before it has measured.
    let selection = select(Profile::Native, Task::Cpu, needs, cpus);
    let refusal = |kind: ExecutorKind| {
        let trial = trials.iter().find(|trial| trial.kind == kind.as_str())?;
        trial.problem.as_ref()
    };
    let kind = selection.order().find(|&kind| refusal(kind).is_none())?;
    let why = selection.reason;
    Some(Choice {
        executor: kind.as_str(),
        workers: selection.workers,
        reason: match refusal(selection.kind) {
            None => why.to_owned(),
            Some(problem) => format!(
                "{} workers cannot start here ({problem}), though {why}",
                selection.kind.as_str()
            ),
        },
    })
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// A trial that took so long, or failed.
    pub(crate) fn trial(kind: ExecutorKind, startup: Result<f64, &str>) -> Trial {
        Trial {
            kind: kind.as_str(),
            starts: startup.is_ok(),
            startup_seconds: startup.ok(),
            problem: startup.err().map(str::to_owned),
        }
    }

    /// A machine with all there is, and a program that is no worker.
    pub(crate) fn overview() -> Overview {
        let executors = vec![
            trial(ExecutorKind::Thread, Ok(90e-6)),
            trial(ExecutorKind::Isolated, Ok(250e-6)),
            trial(ExecutorKind::Process, Err("no \x1b[1m program")),
        ];
        Overview {
            processors: Processors {
                online: 8,
                affinity: 4,
                quota: Some(2.5),
                usable: 2,
            },
            kernel: Kernel {
                io_uring: true,
                landlock: Some(7),
                own_tables: true,
            },
            storage: Some(Storage {
                filesystem: "ext4".to_owned(),
                remote: false,
                device: Some("vda1".to_owned()),
                rotational: Some(true),
            }),
            storage_problem: None,
            reads: Reads {
                behaviour: "many",
                files_alone: 10,
                files_together: 20,
                at_once: 16,
                alone_seconds: Some(95e-6),
                gain: Some(10.0),
                meaning: "it serves many requests at once, so more workers are faster",
            },
            choice: choose(false, 2, &executors),
            executors,
            profile: ProfileInfo {
                name: "native".to_owned(),
                meaning: "nodupe itself".to_owned(),
            },
            rules: rules(Profile::Native, 2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::trial;
    use super::*;
    use ExecutorKind::{Isolated, Process, Thread};

    #[test]
    fn the_first_kind_that_starts_is_chosen() {
        let table: [(bool, &[ExecutorKind], Option<ExecutorKind>); 6] = [
            (false, &[], Some(Thread)),
            (true, &[], Some(Process)),
            (true, &[Process], Some(Thread)),
            (false, &[Thread], Some(Isolated)),
            (true, &[Process, Thread], Some(Isolated)),
            (true, &[Process, Thread, Isolated], None),
        ];
        for (remote, refused, expected) in table {
            let started = |kind| {
                if refused.contains(&kind) {
                    Err("no")
                } else {
                    Ok(0.0)
                }
            };
            let trials = ExecutorKind::CONCURRENT.map(|kind| trial(kind, started(kind)));
            let choice = choose(remote, 2, &trials);
            let executor = choice.as_ref().map(|choice| choice.executor);
            assert_eq!(
                executor,
                expected.map(ExecutorKind::as_str),
                "{remote} {refused:?}"
            );
            let Some(choice) = choice else { continue };
            assert_eq!(choice.workers, 4);
            let told = choice.reason.contains("cannot start here (no)");
            assert_eq!(told, !refused.is_empty(), "{}", choice.reason);
        }
    }

    #[test]
    fn a_kind_that_cannot_start_gives_a_reason() {
        assert!(try_one(Thread, None).starts, "threads start anywhere");
        let missing = try_one(Process, None);
        assert!(missing.problem.unwrap().contains("is not set"));
        let wrong = try_one(Process, Some(PathBuf::from("/no/such/program")));
        let reason = wrong.problem.unwrap();
        assert!(
            !reason.is_empty() && !reason.contains("cannot start"),
            "{reason}"
        );
        assert!(!wrong.starts && wrong.startup_seconds.is_none());
    }
}
