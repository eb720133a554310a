//! Handles Ctrl-C, whose effect depends on the phase of the run.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use super::super::diagnostics::say;
use super::super::interrupt::end_at_once;
use super::super::output::Leftover;
use super::super::review;
use crate::error::describe;
use crate::platform;
use crate::types::CancelToken;

/// The phase of a run.
#[derive(Debug, Clone)]
pub(in crate::cli) enum Phase {
    /// Nothing is changed yet: the program can end at any moment.
    Asking,
    /// A screen is shown: the first interruption is for it to leave, the second ends
    /// the program.
    Reviewing(CancelToken),
    /// The first interruption cancels the scan, the second ends the program.
    Scanning(CancelToken),
    /// Interruptions cancel the run, which ends after the current file. The
    /// program never ends by itself in between.
    Acting(CancelToken),
}

/// Handles interruptions from now on.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Signals(Arc<Mutex<Phase>>);

impl Signals {
    /// Begins in the phase in which nothing is changed. `leftovers` are removed
    /// if the program ends.
    pub(super) fn watch(leftovers: &[Leftover]) -> Self {
        Self::with(leftovers, platform::on_interrupt)
    }

    /// The same; that the terminal is closed is an interruption too.
    pub(in crate::cli) fn watch_terminal() -> Self {
        Self::with(&[], platform::on_interrupt_or_hangup)
    }

    fn with(
        leftovers: &[Leftover],
        install: impl FnOnce(Box<dyn FnMut() + Send>) -> io::Result<()>,
    ) -> Self {
        let phase = Arc::new(Mutex::new(Phase::Asking));
        let signals = Self(Arc::clone(&phase));
        let leftovers = leftovers.to_vec();
        let handler = move || {
            // Held: no other phase begins while the program ends.
            let phase = phase.lock().unwrap_or_else(PoisonError::into_inner);
            let end = || {
                leftovers.iter().for_each(Leftover::remove);
                end_at_once();
            };
            match &*phase {
                Phase::Asking => end(),
                Phase::Reviewing(leave) if leave.is_cancelled() => {
                    review::restore_terminal();
                    end();
                }
                Phase::Reviewing(leave) => leave.cancel(),
                Phase::Scanning(cancel) if cancel.is_cancelled() => end(),
                Phase::Scanning(cancel) => cancel.cancel(),
                Phase::Acting(cancel) => {
                    if cancel.is_cancelled() {
                        say("nodupe: stopping after the current file");
                    }
                    cancel.cancel();
                }
            }
        };
        if let Err(error) = install(Box::new(handler)) {
            tell(&error);
        }
        signals
    }

    /// Enters another phase.
    pub(in crate::cli) fn enter(&self, phase: Phase) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = phase;
    }
}

/// The run works without: the journal recovers from any end.
fn tell(error: &io::Error) {
    say(format_args!(
        "nodupe: Ctrl-C will end the program at once: {}",
        describe(error)
    ));
}
