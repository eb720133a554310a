//! Handling of requests to end: by the user (Ctrl-C) or the system (SIGTERM).

use std::io;

use libc::c_int;
use signal_hook::consts::{SIGINT, SIGTERM};

/// Calls `handler`, on a thread of its own, each time the user or the system
/// asks the program to end. For programs: a library must not handle its host's
/// signals.
///
/// A signal that was ignored at the start stays ignored: a shell starts
/// background programs with Ctrl-C ignored, which is not meant for them.
///
/// # Errors
///
/// The system's error.
pub(crate) fn on_interrupt(mut handler: impl FnMut() + Send + 'static) -> io::Result<()> {
    let mut signals = signal_hook::iterator::Signals::new(handled_signals()?)?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for _ in signals.forever() {
                handler();
            }
        })?;
    Ok(())
}

/// The signals that are not ignored.
fn handled_signals() -> io::Result<Vec<c_int>> {
    let mut signals = Vec::new();
    for signal in [SIGINT, SIGTERM] {
        if !is_ignored(signal)? {
            signals.push(signal);
        }
    }
    Ok(signals)
}

#[allow(unsafe_code, reason = "no library asks without changing anything")]
fn is_ignored(signal: c_int) -> io::Result<bool> {
    // SAFETY: all zeros are a valid value of this plain structure.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: the call changes nothing and fills the structure, which is valid
    // for writes.
    match unsafe { libc::sigaction(signal, std::ptr::null(), &raw mut action) } {
        0 => Ok(action.sa_sigaction == libc::SIG_IGN),
        _ => Err(io::Error::last_os_error()),
    }
}
