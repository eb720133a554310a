//! What the machine the tests run on can do.

use std::ffi::OsString;
use std::process::{Child, Command};
use std::sync::{PoisonError, RwLock};

/// A user without any rights, by the number that most systems give `nobody`.
pub(crate) const OTHER_USER: u32 = 65534;

pub(crate) fn is_root() -> bool {
    #[cfg(unix)]
    return rustix::process::geteuid().is_root();
    #[cfg(not(unix))]
    false
}

/// Has what is started from now on meet signals as a program does that is
/// started from a terminal, however the tests were started: what a process
/// ignores its children do too, what it catches they do not. The tests
/// themselves end by them from then on.
#[cfg(unix)]
pub(crate) fn heed_signals() {
    use std::sync::atomic::AtomicBool;
    use std::sync::{Arc, Once};
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            let always = Arc::new(AtomicBool::new(true));
            signal_hook::flag::register_conditional_default(signal, always).unwrap();
        }
    });
}

/// There are no signals.
#[cfg(not(unix))]
pub(crate) fn heed_signals() {}

/// Says that a test could not be carried out here, and why.
pub(crate) fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

/// The words that run a program as a user to whom permissions apply: nothing
/// where the tests do not run as root.
pub(super) fn other_user_command() -> Vec<OsString> {
    if !is_root() {
        return Vec::new();
    }
    let words = [
        "setpriv".to_owned(),
        format!("--reuid={OTHER_USER}"),
        format!("--regid={OTHER_USER}"),
        "--clear-groups".to_owned(),
    ];
    words.map(OsString::from).to_vec()
}

/// Whether tests about permissions can be carried out: some user to whom
/// they apply must be able to run the binary.
pub(crate) fn permissions_bind() -> bool {
    let mut words = other_user_command();
    words.push(super::run::BINARY.into());
    let ran = Command::new(&words[0])
        .args(&words[1..])
        .arg("--version")
        .output();
    let can = ran.is_ok_and(|output| output.status.success());
    if !can {
        skipped(
            "no user but root can run the binary here (setpriv is missing, or the path is private)",
        );
    }
    can
}

/// Whether file systems can be mounted, in a namespace that ends with the
/// process.
pub(crate) fn can_mount() -> bool {
    let allowed = Command::new("unshare")
        .args(["-m", "mount", "-t", "tmpfs", "none", "/mnt"])
        .output()
        .is_ok_and(|output| output.status.success());
    let can = is_root() && allowed;
    if !can {
        skipped("mounting needs root and the right to make a mount namespace");
    }
    can
}

/// Held for writing while a process is started, and for reading while a file is
/// written: until a child runs its program it has every file open that its parent
/// has, and nodupe reports files that somebody has open for writing.
static STARTING: RwLock<()> = RwLock::new(());

/// Starts a program that has no file of the tests open for writing, not even for
/// a moment.
pub(crate) fn spawn(command: &mut Command) -> std::io::Result<Child> {
    let _alone = STARTING.write().unwrap_or_else(PoisonError::into_inner);
    command.spawn()
}

/// Does something with a file that is open for writing meanwhile.
pub(crate) fn write_file<T>(write: impl FnOnce() -> T) -> T {
    let _none_starts = STARTING.read().unwrap_or_else(PoisonError::into_inner);
    write()
}
