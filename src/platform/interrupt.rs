//! Handling of requests to end: by the user (Ctrl-C) or the system (SIGTERM).

use std::io;
use std::ptr::null_mut;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use libc::c_int;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::types::CancelToken;

/// Calls `handler`, on a thread of its own, each time the user or the system
/// asks the program to end. For programs: a library must not handle its host's
/// signals.
///
/// A signal that was ignored at the start stays ignored, in this function and
/// in [`cancel_on_interrupt`]: a shell starts background programs with Ctrl-C
/// ignored, which is not meant for them.
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

/// State of the handler that needs no thread.
struct InterruptHandler {
    cancel: CancelToken,
    interrupted: AtomicBool,
    status: c_int,
}

static HANDLER: OnceLock<InterruptHandler> = OnceLock::new();

/// From now on the first interruption cancels, and the second one ends the
/// program immediately with this status. For programs, and once in each.
///
/// The signal handler does this itself. Starting a thread for it takes 40 us at
/// best, a scan of three files takes a millisecond, and every operation of a
/// process with a second thread takes longer.
///
/// # Errors
///
/// The system's error.
pub(crate) fn cancel_on_interrupt(cancel: CancelToken, status: u8) -> io::Result<()> {
    let handler = InterruptHandler {
        cancel,
        interrupted: AtomicBool::new(false),
        status: c_int::from(status),
    };
    if HANDLER.set(handler).is_err() {
        return Err(io::Error::other("they are waited for already"));
    }
    handled_signals()?.into_iter().try_for_each(install_handler)
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

#[allow(
    unsafe_code,
    reason = "what wraps it keeps a table of handlers behind a lock, which takes ten times as long"
)]
fn install_handler(signal: c_int) -> io::Result<()> {
    // SAFETY: all zeros are a valid value of this plain structure: no flag is
    // set, and no other signal is blocked.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = on_signal as extern "C" fn(c_int) as libc::sighandler_t;
    // Restarts interrupted system calls.
    action.sa_flags = libc::SA_RESTART;
    // SAFETY: the structure is initialised, the previous action is not
    // requested, and `on_signal` may be called at any moment.
    match unsafe { libc::sigaction(signal, &raw const action, null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Only reads and writes atomics and calls `_exit`, which is async-signal-safe.
#[allow(unsafe_code, reason = "process::exit may take locks")]
extern "C" fn on_signal(_signal: c_int) {
    let Some(handler) = HANDLER.get() else { return };
    if handler.interrupted.swap(true, Ordering::Relaxed) {
        // SAFETY: it ends the process and does nothing else.
        unsafe { libc::_exit(handler.status) }
    }
    handler.cancel.cancel();
}
