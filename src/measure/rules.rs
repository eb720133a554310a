//! The rules that choose an executor, as a table to be shown.

use super::trial::Trial;
use crate::config::ExecutorKind;
use crate::config::Profile;
use crate::executor::{Needs, Selection, Task, select};

/// Result of the rules for one situation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Its name in the JSON.
    pub situation: &'static str,
    /// The situation in words.
    pub words: &'static str,
    /// The selection for it.
    pub selection: Selection,
}

const NONE: Needs = Needs {
    isolation: false,
    killable: false,
    remote: false,
    compatibility: false,
};

const SITUATIONS: [(&str, &str, Task, Needs); 6] = [
    ("cpu", "CPU-bound", Task::Cpu, NONE),
    ("io", "I/O-bound", Task::Io, NONE),
    (
        "isolation",
        "isolation needed",
        Task::Cpu,
        Needs {
            isolation: true,
            ..NONE
        },
    ),
    (
        "timeout",
        "--timeout given",
        Task::Cpu,
        Needs {
            killable: true,
            ..NONE
        },
    ),
    (
        "remote",
        "network or FUSE",
        Task::Cpu,
        Needs {
            remote: true,
            ..NONE
        },
    ),
    (
        "compatibility",
        "most compatible",
        Task::Cpu,
        Needs {
            compatibility: true,
            ..NONE
        },
    ),
];

/// Results of a profile's rules on a machine with `cpus` processors.
pub(crate) fn table(profile: Profile, cpus: usize) -> Vec<Rule> {
    SITUATIONS
        .into_iter()
        .map(|(situation, words, task, needs)| Rule {
            situation,
            words,
            selection: select(profile, task, needs, cpus),
        })
        .collect()
}

/// The name of a profile on the command line and in the JSON.
pub(crate) fn name_of(profile: Profile) -> &'static str {
    match profile {
        Profile::Gil => "gil",
        Profile::GilInterpreters => "gil-interpreters",
        Profile::FreeThreaded => "free-threaded",
        Profile::FreeThreadedInterpreters => "free-threaded-interpreters",
        Profile::Native => "native",
    }
}

/// Description of a profile.
pub(crate) fn meaning(profile: Profile) -> &'static str {
    match profile {
        Profile::Gil => {
            "a runtime whose threads share one lock, such as Python 3.12 and 3.13: only processes compute at the same time"
        }
        Profile::GilInterpreters => {
            "a runtime whose threads share one lock and whose isolated interpreters have one each, such as Python 3.14"
        }
        Profile::FreeThreaded => {
            "a runtime with real threads and no isolated interpreters, such as Python 3.13t"
        }
        Profile::FreeThreadedInterpreters => {
            "a runtime with real threads and isolated interpreters, such as Python 3.14t"
        }
        Profile::Native => {
            "nodupe itself: real threads, threads that share nothing where the platform has them, and processes"
        }
    }
}

/// The executor that a scan uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    /// The kind.
    pub kind: ExecutorKind,
    /// Initial number of workers.
    pub workers: usize,
    /// The reason, in a sentence without a full stop.
    pub reason: String,
}

/// Returns the executor of a scan without any options for files on such
/// storage: the first of those allowed by the rules that started in the trials.
/// `None` if none did.
pub(crate) fn choose(remote: bool, cpus: usize, trials: &[Trial]) -> Option<Choice> {
    let selection = select(
        Profile::Native,
        // The pipeline's assumption before it has measured.
        Task::Cpu,
        Needs { remote, ..NONE },
        cpus,
    );
    let refusal = |kind| {
        let trial = trials.iter().find(|trial| trial.kind == kind)?;
        trial.started.as_ref().err()
    };
    let kind = selection.order().find(|&kind| refusal(kind).is_none())?;
    let why = selection.reason;
    Some(Choice {
        kind,
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
mod tests {
    use super::*;
    use ExecutorKind::{Isolated, Process, Thread};
    use std::time::Duration;

    fn kinds(profile: Profile) -> Vec<ExecutorKind> {
        let rules = table(profile, 4);
        rules.iter().map(|rule| rule.selection.kind).collect()
    }

    #[test]
    fn the_table_has_every_situation() {
        let only = [Process, Process, Process];
        let table = [
            (Profile::Native, [Thread, Thread, Isolated]),
            (Profile::Gil, [Process, Thread, Process]),
            (Profile::GilInterpreters, [Isolated, Thread, Isolated]),
            (Profile::FreeThreaded, [Thread, Thread, Process]),
            (
                Profile::FreeThreadedInterpreters,
                [Thread, Thread, Isolated],
            ),
        ];
        for (profile, first) in table {
            assert_eq!(kinds(profile), [first, only].concat(), "{profile:?}");
        }
    }

    fn trials(refused: &[ExecutorKind]) -> Vec<Trial> {
        let started = |kind| {
            if refused.contains(&kind) {
                Err("no".to_owned())
            } else {
                Ok(Duration::ZERO)
            }
        };
        let each = ExecutorKind::CONCURRENT.into_iter();
        each.map(|kind| Trial {
            kind,
            started: started(kind),
        })
        .collect()
    }

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
            let choice = choose(remote, 2, &trials(refused));
            let kind = choice.as_ref().map(|choice| choice.kind);
            assert_eq!(kind, expected, "{remote} {refused:?}");
            let Some(choice) = choice else { continue };
            assert_eq!(choice.workers, 4);
            let told = choice.reason.contains("cannot start here (no)");
            assert_eq!(told, !refused.is_empty(), "{}", choice.reason);
        }
    }

    #[test]
    fn profiles_have_distinct_names_and_descriptions() {
        for texts in [Profile::ALL.map(name_of), Profile::ALL.map(meaning)] {
            let distinct: std::collections::BTreeSet<_> = texts.into_iter().collect();
            assert_eq!(distinct.len(), Profile::ALL.len());
        }
    }
}
