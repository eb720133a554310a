//! Detects standard streams that were closed when the program started.
//!
//! Rust's runtime opens /dev/null in place of each closed stream, before
//! `main`: otherwise the next opened file would become standard output. But
//! then a report is lost silently, and a list of files is empty. After that it
//! cannot be distinguished from an intended /dev/null, so the check has to run
//! earlier.

use std::sync::atomic::{AtomicU8, Ordering};

/// A stream that every program starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StandardStream {
    /// Standard input.
    Input,
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

/// A bit for each descriptor that was closed.
static CLOSED: AtomicU8 = AtomicU8::new(0);

impl StandardStream {
    fn descriptor(self) -> u8 {
        match self {
            Self::Input => 0,
            Self::Output => 1,
            Self::Error => 2,
        }
    }

    /// The reason why the stream cannot be read or written; `None` if it can.
    /// Continues a sentence that names the stream.
    #[must_use]
    pub(crate) fn unusable_reason(self) -> Option<&'static str> {
        if CLOSED.load(Ordering::Relaxed) & (1 << self.descriptor()) != 0 {
            return Some("it is closed");
        }
        // The standard library treats a stream that is open in the wrong mode
        // as one that is closed on purpose, and reports nothing.
        is_open_in_wrong_mode(self).then_some(match self {
            Self::Input => "it is not open for reading",
            Self::Output | Self::Error => "it is not open for writing",
        })
    }

    /// The stream that a path such as /dev/stdout names.
    #[must_use]
    pub(crate) fn named(path: &std::path::Path) -> Option<Self> {
        [Self::Input, Self::Output, Self::Error]
            .into_iter()
            .find(|stream| {
                let number = stream.descriptor();
                let name = ["stdin", "stdout", "stderr"][usize::from(number)];
                path.to_str().is_some_and(|path| {
                    path == format!("/dev/{name}")
                        || path == format!("/dev/fd/{number}")
                        || path == format!("/proc/self/fd/{number}")
                })
            })
    }
}

#[cfg(unix)]
fn is_open_in_wrong_mode(stream: StandardStream) -> bool {
    use rustix::fs::{OFlags, fcntl_getfl};
    let flags = match stream {
        StandardStream::Input => fcntl_getfl(std::io::stdin()),
        StandardStream::Output => fcntl_getfl(std::io::stdout()),
        StandardStream::Error => fcntl_getfl(std::io::stderr()),
    };
    let wrong = match stream {
        StandardStream::Input => OFlags::WRONLY,
        StandardStream::Output | StandardStream::Error => OFlags::RDONLY,
    };
    flags.is_ok_and(|flags| flags & OFlags::RWMODE == wrong)
}

#[cfg(not(unix))]
fn is_open_in_wrong_mode(_stream: StandardStream) -> bool {
    false
}

/// Function that the system's loader calls before `main`. On systems without a
/// known section for such functions every stream counts as open.
#[cfg(any(
    target_os = "linux",
    target_os = "android",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd",
    target_os = "dragonfly",
    target_vendor = "apple"
))]
#[allow(
    unsafe_code,
    reason = "a function in this section runs before main, when little may be relied on"
)]
// SAFETY: the section holds pointers to functions of the C calling convention,
// which the loader calls one by one before `main`, and this is one: it returns,
// does not unwind, and it ignores the arguments that some systems pass, as the
// convention allows. It needs nothing that is initialised later: `fcntl` is a
// plain system call, and the atomic has its value from the start.
#[used]
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
#[cfg_attr(
    target_vendor = "apple",
    unsafe(link_section = "__DATA,__mod_init_func")
)]
static RECORD_CLOSED_STREAMS: extern "C" fn() = {
    extern "C" fn record() {
        for descriptor in 0..3_u8 {
            // SAFETY: F_GETFD takes no pointer, and any number is allowed as a
            // descriptor: it fails for one that is not open, and for no other
            // reason.
            let flags = unsafe { libc::fcntl(i32::from(descriptor), libc::F_GETFD) };
            if flags == -1 {
                CLOSED.fetch_or(1 << descriptor, Ordering::Relaxed);
            }
        }
    }
    record
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn streams_have_names_in_the_file_system() {
        let table = [
            ("/dev/stdin", Some(StandardStream::Input)),
            ("/dev/stdout", Some(StandardStream::Output)),
            ("/dev/fd/1", Some(StandardStream::Output)),
            ("/proc/self/fd/2", Some(StandardStream::Error)),
            ("/dev/null", None),
            ("/dev/fd/3", None),
            ("stdout", None),
        ];
        for (path, stream) in table {
            assert_eq!(StandardStream::named(Path::new(path)), stream, "{path}");
        }
    }
}
