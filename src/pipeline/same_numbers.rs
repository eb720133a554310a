//! Asks the system about names with one inode number, without waiting for
//! ever: a file system that does not answer must not hold up the scan.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::platform::{self, IdentityCheck};
use crate::stage::TellApart;
use crate::types::{CancelToken, Doubt, NamePath, Sameness};

/// How long an answer is waited for. Reads have a limit of their own.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often cancellation is looked for meanwhile.
const TICK: Duration = Duration::from_millis(50);

type Question = Box<dyn FnOnce(&mut IdentityCheck) + Send>;

/// Has a thread of its own look, which starts with the first question.
#[derive(Debug)]
pub(super) struct Asker {
    cancel: CancelToken,
    exact: HashMap<u64, bool>,
    patience: Duration,
    thread: Thread,
}

#[derive(Debug)]
enum Thread {
    NotStarted,
    Asked(Sender<Question>),
    /// It cannot be started, or does not come back from a call.
    Lost,
}

impl Asker {
    pub(super) fn new(cancel: CancelToken) -> Self {
        Self {
            cancel,
            exact: HashMap::new(),
            patience: PATIENCE,
            thread: Thread::NotStarted,
        }
    }

    /// What the thread answers, if it does in time.
    fn ask<T: Send + 'static>(
        &mut self,
        question: impl FnOnce(&mut IdentityCheck) -> T + Send + 'static,
    ) -> Option<T> {
        let (send, answer) = bounded(1);
        let boxed: Question = Box::new(move |check| {
            // If nobody waits any more, nobody wants to know.
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
        let until = Instant::now() + self.patience;
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

impl TellApart for Asker {
    fn is_exact(&mut self, device: u64, path: &mut dyn FnMut() -> PathBuf) -> bool {
        if let Some(&exact) = self.exact.get(&device) {
            return exact;
        }
        let path = path();
        // No thread is needed where nothing has to be waited for.
        let exact = if platform::is_cached_and_local(&path) {
            platform::has_exact_inode_numbers(&path)
        } else {
            let asked = self.ask(move |_| platform::has_exact_inode_numbers(&path));
            asked.unwrap_or(false)
        };
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
    fn an_answer_that_does_not_come_ends_the_asking() {
        let mut asker = Asker::new(CancelToken::default());
        assert_eq!(asker.ask(|_| 7), Some(7));
        asker.patience = Duration::ZERO;
        let (hold, held) = bounded::<()>(0);
        let waits = move |_: &mut IdentityCheck| held.recv().is_ok();
        assert_eq!(asker.ask(waits), None);
        asker.patience = PATIENCE;
        // The thread is busy with that for good: nothing is asked again.
        assert_eq!(asker.ask(|_| 7), None);
        drop(hold);
    }

    #[test]
    fn a_scan_that_is_cancelled_does_not_wait() {
        let cancel = CancelToken::default();
        let mut asker = Asker::new(cancel.clone());
        cancel.cancel();
        let (hold, held) = bounded::<()>(0);
        assert_eq!(asker.ask(move |_| held.recv().is_ok()), None);
        drop(hold);
    }
}
