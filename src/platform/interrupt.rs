//! Handling of requests to end: by the user (Ctrl-C) or the system (SIGTERM).

use std::io;

use libc::c_int;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// Calls `handler`, on a thread of its own, each time the user or the system
/// asks the program to end. For programs: a library must not handle its host's
/// signals.
///
/// A signal that was ignored at the start stays ignored: a shell starts
/// background programs with Ctrl-C ignored, which is not meant for them.
pub(crate) fn on_interrupt(handler: impl FnMut() + Send + 'static) -> io::Result<()> {
    on_signals(&[SIGINT, SIGTERM], handler)
}

/// The same, and also when the terminal is closed.
pub(crate) fn on_interrupt_or_hangup(handler: impl FnMut() + Send + 'static) -> io::Result<()> {
    on_signals(&[SIGINT, SIGTERM, SIGHUP], handler)
}

/// Stops the program until the shell continues it, as Ctrl-Z does.
pub(crate) fn suspend() -> io::Result<()> {
    let group = rustix::process::getpgrp();
    rustix::process::kill_process_group(group, rustix::process::Signal::TSTP)?;
    Ok(())
}

fn on_signals(signals: &[c_int], mut handler: impl FnMut() + Send + 'static) -> io::Result<()> {
    let handled = not_ignored(signals)?;
    // A signal that arrives during the registration would be caught and lost.
    let mut signals = with_blocked(&handled, || signal_hook::iterator::Signals::new(&handled))?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for _ in signals.forever() {
                handler();
            }
        })?;
    Ok(())
}

/// Calls `work` while these signals wait. No other thread may run that takes them.
#[allow(unsafe_code, reason = "signal masks are a matter of libc")]
fn with_blocked<T>(signals: &[c_int], work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let mut set = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    let mut before = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: `sigemptyset` initialises the set that the other calls take, and
    // all pointers are valid.
    let error = unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for &signal in signals {
            libc::sigaddset(set.as_mut_ptr(), signal);
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), before.as_mut_ptr())
    };
    if error != 0 {
        return Err(io::Error::from_raw_os_error(error));
    }
    let result = work();
    // SAFETY: the successful call above initialised the mask.
    let error =
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), std::ptr::null_mut()) };
    match error {
        0 => result,
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

/// Those of the signals that are not ignored.
fn not_ignored(signals: &[c_int]) -> io::Result<Vec<c_int>> {
    let mut handled = Vec::new();
    for &signal in signals {
        if !is_ignored(signal)? {
            handled.push(signal);
        }
    }
    Ok(handled)
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
