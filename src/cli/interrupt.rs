//! Ctrl-C: the first ends the scan with a report, the second ends at once.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use super::diagnostics::say;
use super::output::Leftover;
use crate::error::describe;
use crate::exit::Exit;
use crate::pipeline::Scan;
use crate::platform;

/// From now on the first interruption cancels the scan, which then reports
/// what it has confirmed; the second ends the program.
pub(super) fn watch(scan: &Scan<'_>, leftovers: Vec<Leftover>) {
    let cancel = scan.cancel_token();
    // A thread can remove files, and take a second signal while this one
    // waits for a server and takes none.
    let is_simple = leftovers.iter().all(Leftover::is_none) && scan.is_near();
    let installed = if is_simple {
        platform::cancel_on_interrupt(cancel, Exit::Interrupted.code())
    } else {
        let asked = AtomicBool::new(false);
        platform::on_interrupt(move || {
            if asked.swap(true, Ordering::Relaxed) {
                leftovers.iter().for_each(Leftover::remove);
                end_at_once();
            }
            cancel.cancel();
        })
    };
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
fn end_at_once() -> ! {
    std::process::exit(i32::from(Exit::Interrupted.code()))
}
