//! Work on the files of a batch, one after the other or by several threads.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;

/// The tasks that are left, for whoever has time.
pub(super) struct Tasks<I>(Mutex<I>);

impl<I: Iterator> Tasks<I> {
    pub(super) fn new(tasks: I) -> Self {
        Self(Mutex::new(tasks))
    }

    pub(super) fn next(&self) -> Option<I::Item> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next()
    }
}

/// Runs `work` in up to `threads` threads. What they send comes to `each` in this
/// one, which is also called with nothing if nothing comes for so long.
///
/// Returns false if no thread could be started: nothing was done then.
pub(super) fn in_threads<R: Send>(
    threads: usize,
    work: impl Fn(&mut dyn FnMut(R)) + Sync,
    tick: Duration,
    mut each: impl FnMut(Option<R>),
) -> bool {
    let (sender, receiver) = crossbeam_channel::bounded(threads.saturating_mul(16).max(1));
    thread::scope(|scope| {
        let work = &work;
        let mut started = 0;
        for _ in 0..threads {
            let sender = sender.clone();
            // This thread listens until all of them have ended.
            let mut send = move |result| _ = sender.send(result);
            let thread = thread::Builder::new().name("act".to_owned());
            match thread.spawn_scoped(scope, move || work(&mut send)) {
                Ok(_) => started += 1,
                Err(_) => break,
            }
        }
        drop(sender);
        loop {
            match receiver.recv_timeout(tick) {
                Ok(result) => each(Some(result)),
                Err(RecvTimeoutError::Timeout) => each(None),
                Err(RecvTimeoutError::Disconnected) => return started > 0,
            }
        }
    })
}
