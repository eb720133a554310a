//! Queries the system about names with one inode number, with a timeout: a file
//! system that does not answer must not block the scan.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::platform::{self, IdentityCheck};
use crate::stage::SameFileCheck;
use crate::types::{CancelToken, Doubt, NamePath, Sameness};

/// Maximum time to wait for an answer. Reads have a limit of their own.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Interval of checks for cancellation meanwhile.
const TICK: Duration = Duration::from_millis(50);

type Question = Box<dyn FnOnce(&mut IdentityCheck) + Send>;

/// Queries from a thread of its own, which starts with the first question.
#[derive(Debug)]
pub(super) struct TimedCheck {
    cancel: CancelToken,
    exact: HashMap<u64, bool>,
    timeout: Duration,
    thread: Thread,
}

#[derive(Debug)]
enum Thread {
    NotStarted,
    Asked(Sender<Question>),
    /// It cannot be started, or a call in it does not return.
    Lost,
}

impl TimedCheck {
    pub(super) fn new(cancel: CancelToken) -> Self {
        Self {
            cancel,
            exact: HashMap::new(),
            timeout: ANSWER_TIMEOUT,
            thread: Thread::NotStarted,
        }
    }

    /// Returns the thread's answer, if it comes in time.
    fn ask<T: Send + 'static>(
        &mut self,
        question: impl FnOnce(&mut IdentityCheck) -> T + Send + 'static,
    ) -> Option<T> {
        let (send, answer) = bounded(1);
        let boxed: Question = Box::new(move |check| {
            // After the timeout the answer is not needed.
            let _ = send.send(question(check));
        });
        if let Thread::NotStarted = self.thread {
            self.thread = start();
        }
        let answer = match &self.thread {
            Thread::Asked(questions) if questions.send(boxed).is_ok() => self.wait(&answer),
            _ => None,
        };
        if answer.is_none() && !self.cancel.is_cancelled() {
            self.thread = Thread::Lost;
        }
        answer
    }

    fn wait<T>(&self, answer: &Receiver<T>) -> Option<T> {
        let until = Instant::now() + self.timeout;
        while !self.cancel.is_cancelled() && Instant::now() < until {
            match answer.recv_timeout(TICK) {
                Ok(answer) => return Some(answer),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
        None
    }
}

fn start() -> Thread {
    let (send, questions) = bounded::<Question>(1);
    let run = move || {
        let mut check = IdentityCheck::default();
        for question in questions {
            question(&mut check);
        }
    };
    let thread = std::thread::Builder::new().name("identity".to_owned());
    match thread.spawn(run) {
        Ok(_) => Thread::Asked(send),
        Err(_) => Thread::Lost,
    }
}

impl SameFileCheck for TimedCheck {
    fn is_exact(&mut self, device: u64, path: &mut dyn FnMut() -> PathBuf) -> bool {
        if let Some(&exact) = self.exact.get(&device) {
            return exact;
        }
        let path = path();
        let asked = self.ask(move |_| platform::has_exact_inode_numbers(&path));
        let exact = asked.unwrap_or(false);
        self.exact.insert(device, exact);
        exact
    }

    fn compare(&mut self, first: NamePath, second: NamePath) -> Sameness {
        self.ask(move |check| check.compare(&first, &second))
            .unwrap_or(Sameness::Unknown(Doubt::TimedOut))
    }

    fn changes_by_itself(&mut self, path: NamePath) -> bool {
        self.ask(move |_| platform::has_unstable_metadata(&path))
            .unwrap_or(false)
    }

    fn resolve(&mut self, path: PathBuf) -> Option<PathBuf> {
        self.ask(move |_| path.canonicalize().ok()).flatten()
    }

    fn mount_point(&mut self, path: &Path) -> PathBuf {
        let asked = path.to_owned();
        self.ask(move |_| platform::mount_point(&asked))
            .flatten()
            .unwrap_or_else(|| path.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_answer_ends_all_queries() {
        let mut check = TimedCheck::new(CancelToken::default());
        assert_eq!(check.ask(|_| 7), Some(7));
        check.timeout = Duration::ZERO;
        let (hold, held) = bounded::<()>(0);
        let waits = move |_: &mut IdentityCheck| held.recv().is_ok();
        assert_eq!(check.ask(waits), None);
        check.timeout = ANSWER_TIMEOUT;
        // The thread never becomes free: no further question is asked.
        assert_eq!(check.ask(|_| 7), None);
        drop(hold);
    }

    #[test]
    fn a_scan_that_is_cancelled_does_not_wait() {
        let cancel = CancelToken::default();
        let mut check = TimedCheck::new(cancel.clone());
        cancel.cancel();
        let (hold, held) = bounded::<()>(0);
        assert_eq!(check.ask(move |_| held.recv().is_ok()), None);
        drop(hold);
    }
}
