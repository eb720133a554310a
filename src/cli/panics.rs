//! Handles panics: a panic is a bug of this program, never the user's mistake.
//!
//! A panic in one file's work is caught by the pipeline and reported for that
//! file, so the runtime's own message would only break up the report. It is
//! kept instead: printed at once with `--verbose`, and in any case if it ends
//! the program. With RUST_BACKTRACE set the runtime prints its message as
//! usual.

use std::any::Any;
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::diagnostics::{Fatal, say, visible_text};

static TELL_ALL: AtomicBool = AtomicBool::new(false);
static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Replaces the runtime's hook.
pub(super) fn install_hook() {
    if std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
        return;
    }
    panic::set_hook(Box::new(|info| {
        let text = describe(info);
        if TELL_ALL.load(Ordering::Relaxed) {
            say(format_args!("nodupe: {}", visible_text(&text)));
        }
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
    }));
}

/// From now on every panic is printed when it happens.
pub(super) fn print_all() {
    TELL_ALL.store(true, Ordering::Relaxed);
}

/// Runs the program; an uncaught panic is a fatal error.
pub(super) fn caught<T>(run: impl FnOnce() -> Result<T, Fatal>) -> Result<T, Fatal> {
    // No state of the closure is used after a panic.
    match panic::catch_unwind(panic::AssertUnwindSafe(run)) {
        Ok(result) => result,
        Err(payload) => {
            let kept = LAST.lock().unwrap_or_else(PoisonError::into_inner).take();
            let text = kept.unwrap_or_else(|| message(&*payload).to_owned());
            Err(Fatal::new(text).hint(
                "this is a bug in nodupe: please report it; RUST_BACKTRACE=1 shows a backtrace",
            ))
        }
    }
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let message = message(info.payload());
    match info.location() {
        Some(at) => format!("internal error at {}:{}: {message}", at.file(), at.line()),
        None => format!("internal error: {message}"),
    }
}

fn message(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "no message"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_fatal_error_with_its_message() {
        let result = caught::<()>(|| panic!("it is {}", "broken"));
        let text = result.unwrap_err().to_string();
        assert!(text.contains("it is broken"), "{text}");
        assert!(text.contains("bug"), "{text}");
        assert_eq!(caught(|| Ok(7)), Ok(7));
    }
}
