//! Trial starts: shows which kinds of executor can start here.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{Execution, ExecutorKind, HashAlgorithm};
use crate::executor::{self, Needs, Setup, WorkerFactory};
use crate::io::{FileIo, Pread};
use crate::types::CancelToken;

/// Result of starting one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trial {
    /// The kind that was started.
    pub kind: ExecutorKind,
    /// The time that one worker took to start, or the error.
    pub started: Result<Duration, String>,
}

/// Starts one worker of each kind and drops it.
pub(crate) fn try_each(worker_program: Option<&PathBuf>) -> Vec<Trial> {
    let each = ExecutorKind::CONCURRENT.into_iter();
    each.map(|kind| Trial {
        kind,
        started: try_one(kind, worker_program.cloned()),
    })
    .collect()
}

fn try_one(kind: ExecutorKind, worker_program: Option<PathBuf>) -> Result<Duration, String> {
    let reader = || Box::new(Pread::new()) as Box<dyn FileIo>;
    let factory = WorkerFactory::new(
        Arc::new(reader),
        HashAlgorithm::default(),
        CancelToken::default(),
    );
    let started = executor::start(&Setup {
        execution: &Execution {
            executor: Some(kind),
            workers: Some(NonZeroUsize::MIN),
            worker_program,
            ..Execution::default()
        },
        needs: Needs::default(),
        factory,
        reader_is_local: false,
        cpus: 1,
        descriptors: usize::MAX,
        threads: usize::MAX,
    });
    match started {
        Ok(started) => Ok(started.startup),
        Err(crate::error::Error::Executor { reason, .. }) => Err(reason),
        Err(other) => Err(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_that_cannot_start_gives_a_reason_and_others_are_tried() {
        let trials = try_each(None);
        let kinds: Vec<_> = trials.iter().map(|trial| trial.kind).collect();
        assert_eq!(kinds, ExecutorKind::CONCURRENT);
        assert!(trials[0].started.is_ok(), "threads start anywhere");
        let reason = trials[2].started.as_ref().unwrap_err();
        assert!(reason.contains("no program"), "{reason}");
    }

    #[test]
    fn a_program_that_is_no_worker_is_detected() {
        let program = PathBuf::from("/no/such/program");
        let reason = try_one(ExecutorKind::Process, Some(program)).unwrap_err();
        assert!(
            !reason.is_empty() && !reason.contains("cannot start"),
            "{reason}"
        );
    }
}
