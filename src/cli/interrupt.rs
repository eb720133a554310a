//! Ctrl-C: the first ends the scan with a report, the second ends at once.

use std::io;

use super::diagnostics::say;
use super::output::Leftover;
use super::progress;
use crate::error::describe;
use crate::exit::Exit;
use crate::pipeline::{CancelToken, Scan};
use crate::platform;

/// From now on the first interruption cancels the scan, which then reports
/// what it has confirmed; the second ends the program.
pub(super) fn watch(scan: &Scan<'_>, leftovers: Vec<Leftover>) {
    cancel_first(scan.cancel_token(), leftovers);
}

/// The same for other work that can be cancelled.
pub(super) fn cancel_first(cancel: CancelToken, leftovers: Vec<Leftover>) {
    let mut was_asked = false;
    let installed = platform::on_interrupt(move || {
        if std::mem::replace(&mut was_asked, true) {
            leftovers.iter().for_each(Leftover::remove);
            end_at_once();
        }
        cancel.cancel();
    });
    if let Err(error) = installed {
        // The scan works without; only Ctrl-C gives no report.
        say(format_args!(
            "nodupe: interruptions will not be reported: {}",
            describe(&error)
        ));
    }
}

/// From now on an interruption ends the program at once, after `farewell`.
pub(super) fn end_on(farewell: impl Fn() + Send + 'static) -> io::Result<()> {
    platform::on_interrupt(move || {
        farewell();
        end_at_once();
    })
}

#[allow(
    clippy::exit,
    reason = "the user does not want to wait, and other threads may hang in a read"
)]
pub(super) fn end_at_once() -> ! {
    progress::erase();
    std::process::exit(i32::from(Exit::Interrupted.code()))
}
