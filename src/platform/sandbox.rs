//! Confinement of threads, and detection of the kernel features for it.

use std::io;
use std::ptr;

use landlock::{
    ABI, Access, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr, RulesetStatus, Scope,
};
use rustix::thread::UnshareFlags;

use super::Confinement;

/// The first descriptor that is not one of the three standard ones.
const FIRST_NON_STANDARD: u32 = 3;

/// The Landlock version whose rights are used. It is not the newest that the
/// crate supports but the newest that was tested: a later right could be one
/// that a reader needs.
const LANDLOCK_VERSION: ABI = ABI::V7;

/// Gives the calling thread, and the threads that it starts, a descriptor table
/// and a working directory of their own. The three standard descriptors stay;
/// every other one is closed in the new table and stays open for all other
/// threads. Descriptors opened by this thread are not visible to them.
///
/// From then on no signal is delivered to the thread, except for its own
/// faults: a handler that writes to a descriptor, such as one that wakes
/// another thread, would not find it in this table, and the signal would be
/// lost. The other threads of the process receive it.
///
/// The calling thread must own no descriptor at the call, and must not exchange
/// any with other threads afterwards: a number that refers to a file in their
/// table refers to none or another file in this one. The compiler cannot check
/// that; a violation reads from the wrong file or fails, and does not corrupt
/// memory.
///
/// # Errors
///
/// `InvalidInput` on the main thread, whose table is the one that
/// `/proc/self/fd` shows and the process relies on; otherwise the system's
/// error. After an error the thread may be partially separated and should end.
pub(crate) fn unshare_tables() -> io::Result<()> {
    if rustix::thread::gettid() == rustix::process::getpid() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    block_signals()?;
    unshare(UnshareFlags::FS)?;
    // One call that does not first copy the descriptors it closes: closing a
    // copy of another thread's file may flush it, which blocks if its file
    // system hangs.
    if close_range_unshared().is_err() {
        // Kernels before 5.9, and system call filters of their time.
        unshare(UnshareFlags::FILES)?;
        close_listed()?;
    }
    Ok(())
}

#[allow(unsafe_code, reason = "descriptor tables come apart")]
fn unshare(flags: UnshareFlags) -> io::Result<()> {
    // SAFETY: the thread gets copies, so no other thread loses a descriptor.
    // Callers of `unshare_tables` ensure that this thread does not share
    // descriptors with others from then on.
    unsafe { rustix::thread::unshare_unsafe(flags) }?;
    Ok(())
}

#[allow(unsafe_code, reason = "closes descriptors by number")]
fn close_range_unshared() -> io::Result<()> {
    // SAFETY: the call takes numbers and accesses no memory. It closes
    // descriptors in a table that only this thread uses: a shared table is left
    // to the other threads, and the main thread, the only one that could be the
    // sole user of the process's table, does not get here. Callers of
    // `unshare_tables` ensure that this thread owns none of the numbers.
    let result = unsafe {
        libc::syscall(
            libc::SYS_close_range,
            FIRST_NON_STANDARD,
            u32::MAX,
            libc::CLOSE_RANGE_UNSHARE,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Closes the descriptors in the thread's table, which must not be shared.
#[allow(unsafe_code, reason = "closes descriptors by number")]
fn close_listed() -> io::Result<()> {
    // `/proc/self/fd` would list the table of the main thread.
    let mut open = Vec::new();
    for entry in std::fs::read_dir("/proc/thread-self/fd")? {
        let name = entry?.file_name();
        open.extend(name.to_str().and_then(|name| name.parse::<u32>().ok()));
    }
    // The descriptor of the listing itself is among them and is closed already.
    for number in open {
        if number >= FIRST_NON_STANDARD {
            // SAFETY: closes a number in a table that only this thread uses,
            // and that nothing owns, as `unshare_tables` requires; for a number
            // that is not open the call fails without effect.
            let _ = unsafe { libc::close(number as libc::c_int) };
        }
    }
    Ok(())
}

/// Blocks every signal that is not a fault of the thread itself.
#[allow(unsafe_code, reason = "signal masks are a matter of libc")]
fn block_signals() -> io::Result<()> {
    const FAULTS: [libc::c_int; 7] = [
        libc::SIGABRT,
        libc::SIGBUS,
        libc::SIGFPE,
        libc::SIGILL,
        libc::SIGSEGV,
        libc::SIGSYS,
        libc::SIGTRAP,
    ];
    let mut set = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: `sigfillset` initialises the set that the other calls take; all
    // of them get valid pointers to it, or null where null is allowed.
    let error = unsafe {
        libc::sigfillset(set.as_mut_ptr());
        for fault in FAULTS {
            libc::sigdelset(set.as_mut_ptr(), fault);
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), ptr::null_mut())
    };
    match error {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

/// Permanently prevents the calling thread, and the threads and processes that
/// it starts, from writing: no file can be created, opened for writing,
/// truncated, renamed, linked or removed, no directory or device created,
/// nothing mounted, no TCP port bound or connected to. Reading, listing and
/// metadata queries still work. Files that were opened before can still be
/// written, so a pipe to the parent keeps working. Running a set-user-ID
/// program gains no rights.
///
/// Where system calls can be filtered (on x86-64, 64-bit ARM and RISC-V),
/// permissions, owners, times, attributes and flags of files cannot be changed
/// either, no socket or io_uring created, no other program run and no signal
/// sent to another process; Landlock alone does not cover those. `openat2` is
/// refused as well. For io_uring see [`super::Ring::read_only`].
///
/// Signals and abstract sockets to other processes are blocked too: a reader
/// does not need them. Signals from outside or from the kernel, such as the one
/// on a parent's death, are still delivered.
///
/// # Errors
///
/// The system's error. A kernel without Landlock is not an error: the result is
/// [`Confinement::Unavailable`], and the filter may be in force all the same.
pub(crate) fn restrict_to_reading() -> io::Result<Confinement> {
    let mut writing = AccessFs::from_write(LANDLOCK_VERSION);
    let filtered = install_filter();
    if filtered {
        writing &= !AccessFs::Truncate;
    }
    // All rights are handled and no rule grants any of them.
    let status = Ruleset::default()
        .handle_access(writing)
        .and_then(|rules| rules.handle_access(AccessNet::from_all(LANDLOCK_VERSION)))
        .and_then(|rules| rules.scope(Scope::from_all(LANDLOCK_VERSION)))
        .and_then(Ruleset::create)
        .and_then(landlock::RulesetCreated::restrict_self)
        .map_err(io::Error::other)?;
    if !matches!(status.landlock, LandlockStatus::Available { .. }) {
        return Ok(Confinement::Unavailable);
    }
    Ok(match status.ruleset {
        RulesetStatus::NotEnforced => Confinement::Unavailable,
        // Network and scopes were added later and are optional.
        _ if filtered => Confinement::Enforced,
        _ => Confinement::Partial,
    })
}

#[cfg(any(
    target_arch = "x86_64",
    target_arch = "aarch64",
    target_arch = "riscv64"
))]
use super::filter::install_read_only_filter as install_filter;

/// The filter is not supported on this architecture.
#[cfg(not(any(
    target_arch = "x86_64",
    target_arch = "aarch64",
    target_arch = "riscv64"
)))]
fn install_filter() -> bool {
    false
}

/// The version of the kernel's Landlock interface, from 1, if it is supported
/// and was not disabled at boot.
#[must_use]
#[allow(unsafe_code, reason = "the crate does not tell without confining")]
pub(crate) fn landlock_version() -> Option<u32> {
    const VERSION: u32 = 1;
    // SAFETY: with this flag the call takes no attributes, so it requires null
    // and zero; it creates nothing and returns a number.
    let version = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            ptr::null::<libc::c_void>(),
            0_usize,
            VERSION,
        )
    };
    u32::try_from(version).ok().filter(|&version| version > 0)
}

/// Returns true if threads can have tables of their own ([`unshare_tables`]): tried
/// on a temporary thread.
#[must_use]
pub(crate) fn can_unshare() -> bool {
    std::thread::Builder::new()
        .name("try-tables".to_owned())
        .spawn(unshare_tables)
        .is_ok_and(|thread| thread.join().is_ok_and(|result| result.is_ok()))
}

/// Returns true if the kernel lets this process create an io_uring that can
/// open, read and close files (Linux 5.6, and neither filtered nor disabled): a
/// small one is created and dropped.
#[must_use]
pub(crate) fn has_io_uring() -> bool {
    use io_uring::{IoUring, Probe, opcode};
    let Ok(ring) = IoUring::new(2) else {
        return false;
    };
    let mut probe = Probe::new();
    let needed = [
        opcode::OpenAt::CODE,
        opcode::Statx::CODE,
        opcode::Read::CODE,
        opcode::Close::CODE,
    ];
    ring.submitter().register_probe(&mut probe).is_ok()
        && needed.into_iter().all(|code| probe.is_supported(code))
}

#[cfg(test)]
mod tests {
    use rustix::fs::{AtFlags, CWD};
    use std::fs::{self, File, OpenOptions};
    use std::io::{Read, Write};
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
    use std::path::Path;
    use std::thread;

    use super::*;

    /// The file of a descriptor, in the table of the calling thread.
    fn path_of_descriptor(number: i32) -> Option<std::path::PathBuf> {
        fs::read_link(format!("/proc/thread-self/fd/{number}")).ok()
    }

    /// Runs `f` on a thread of its own, and propagates its panic.
    fn on_thread<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> T {
        thread::spawn(f).join().unwrap()
    }

    #[test]
    fn a_thread_with_its_own_table_shares_no_descriptor() {
        let dir = tempfile::tempdir().unwrap();
        let (ours, theirs) = (dir.path().join("ours"), dir.path().join("theirs"));
        fs::write(&ours, "ours").unwrap();
        fs::write(&theirs, "theirs").unwrap();
        let mut file = File::open(&ours).unwrap();
        let number = file.as_raw_fd();
        let (opened, seen) = std::sync::mpsc::channel();
        let (proceed, done) = std::sync::mpsc::channel::<()>();
        let (ours_there, theirs_there) = (ours.clone(), theirs.clone());
        let thread = thread::spawn(move || {
            assert_eq!(path_of_descriptor(number), Some(ours_there.clone()));
            unshare_tables().unwrap();
            assert_ne!(path_of_descriptor(number), Some(ours_there));
            let file = File::open(&theirs_there).unwrap();
            assert!(file.as_raw_fd() <= number, "the table starts empty");
            opened.send(file.as_raw_fd()).unwrap();
            // Its file stays open while the other thread checks.
            done.recv().unwrap();
        });
        let there = seen.recv().unwrap();
        assert_ne!(path_of_descriptor(there), Some(theirs));
        proceed.send(()).unwrap();
        thread.join().unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "ours");
    }

    #[test]
    fn a_thread_with_its_own_table_has_its_own_working_directory() {
        let here = std::env::current_dir().unwrap();
        on_thread(|| {
            unshare_tables().unwrap();
            std::env::set_current_dir("/").unwrap();
            assert_eq!(std::env::current_dir().unwrap(), Path::new("/"));
        });
        assert_eq!(std::env::current_dir().unwrap(), here);
    }

    #[test]
    fn standard_descriptors_stay_and_the_fallback_closes_as_much() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "x").unwrap();
        let file = File::open(&path).unwrap();
        let number = file.as_raw_fd();
        on_thread(move || {
            let before = [
                path_of_descriptor(0),
                path_of_descriptor(1),
                path_of_descriptor(2),
            ];
            unshare(UnshareFlags::FILES).unwrap();
            close_listed().unwrap();
            assert_eq!(
                [
                    path_of_descriptor(0),
                    path_of_descriptor(1),
                    path_of_descriptor(2)
                ],
                before
            );
            // The listing uses the lowest free number, and nothing else is
            // open.
            let open = fs::read_dir("/proc/thread-self/fd").unwrap().count();
            assert_eq!(open, before.iter().flatten().count() + 1);
        });
        assert_eq!(path_of_descriptor(number), Some(path));
    }

    #[test]
    fn signals_are_left_to_threads_that_can_handle_them() {
        let blocked = on_thread(|| {
            unshare_tables().unwrap();
            let status = fs::read_to_string("/proc/thread-self/status").unwrap();
            let line = status.lines().find(|l| l.starts_with("SigBlk:")).unwrap();
            u64::from_str_radix(line["SigBlk:".len()..].trim(), 16).unwrap()
        });
        let has = |signal: i32| blocked & (1 << (signal - 1)) != 0;
        assert!(has(libc::SIGINT) && has(libc::SIGTERM));
        assert!(!has(libc::SIGBUS) && !has(libc::SIGSEGV) && !has(libc::SIGABRT));
    }

    #[test]
    fn a_confined_thread_reads_and_cannot_write() {
        if landlock_version().is_none() {
            eprintln!("skipped: the kernel has no Landlock");
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().to_owned();
        let (file, sub) = (root.join("file"), root.join("sub"));
        fs::write(&file, "words").unwrap();
        fs::create_dir(&sub).unwrap();
        let mut open = File::create(root.join("open")).unwrap();
        let confinement = on_thread({
            let (root, file, sub) = (root.clone(), file.clone(), sub.clone());
            move || {
                let confinement = restrict_to_reading().unwrap();
                let refused = |what: &str, result: io::Result<()>| {
                    let kind = result.map_err(|error| error.kind());
                    assert_eq!(kind, Err(io::ErrorKind::PermissionDenied), "{what}");
                };
                let new = root.join("new");
                refused("create", File::create(&new).map(drop));
                refused(
                    "write",
                    OpenOptions::new().append(true).open(&file).map(drop),
                );
                refused("rename", fs::rename(&file, &new));
                refused("move", fs::rename(&file, sub.join("new")));
                refused("link", fs::hard_link(&file, &new));
                refused("unlink", fs::remove_file(&file));
                refused("rmdir", fs::remove_dir(&sub));
                refused("mkdir", fs::create_dir(&new));
                refused("symlink", symlink("file", &new));
                if confinement == Confinement::Enforced {
                    refused("truncate", truncate(&file));
                    let mut reading = OpenOptions::new();
                    reading.read(true).custom_flags(libc::O_TRUNC);
                    refused("truncate by opening", reading.open(&file).map(drop));
                }
                let untouched = fs::metadata(&file).unwrap();
                // Where calls can be filtered: the architectures are named.
                if cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
                    let anyone = fs::Permissions::from_mode(0o777);
                    refused("chmod", fs::set_permissions(&file, anyone));
                    let times = fs::FileTimes::new().set_modified(std::time::UNIX_EPOCH);
                    let reader = File::open(&file).unwrap();
                    refused("utimes", reader.set_times(times));
                    let myself = Some(rustix::process::geteuid());
                    let owned = rustix::fs::chownat(CWD, &file, myself, None, AtFlags::empty());
                    refused("chown", owned.map_err(Into::into));
                    let flags = rustix::fs::XattrFlags::empty();
                    let named = rustix::fs::setxattr(&file, "user.a", b"b", flags);
                    refused("setxattr", named.map_err(Into::into));
                }
                assert_eq!(fs::metadata(&file).unwrap().mtime(), untouched.mtime());
                open.write_all(b"still open").unwrap();
                assert_eq!(fs::read(&file).unwrap(), b"words");
                assert_eq!(fs::metadata(&file).unwrap().len(), 5);
                assert_eq!(fs::read_dir(&root).unwrap().count(), 3);
                // Threads that it starts are confined as well.
                refused("heir", on_thread(move || fs::remove_file(file)));
                confinement
            }
        });
        assert_ne!(confinement, Confinement::Unavailable);
        assert_eq!(fs::read(root.join("open")).unwrap(), b"still open");
        fs::write(&file, "this thread writes").unwrap();
        fs::remove_dir(&sub).unwrap();
    }

    #[allow(unsafe_code, reason = "no crate here truncates by path")]
    fn truncate(path: &Path) -> io::Result<()> {
        let path = std::ffi::CString::new(path.as_os_str().as_encoded_bytes()).unwrap();
        // SAFETY: the path ends in NUL and outlives the call.
        match unsafe { libc::truncate(path.as_ptr(), 0) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    #[test]
    fn a_confined_thread_reaches_no_other_process() {
        if landlock_version().is_none_or(|version| version < 6) {
            eprintln!("skipped: the kernel's Landlock has no scopes");
            return;
        }
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let (tcp, signal, child) = on_thread(move || {
            restrict_to_reading().unwrap();
            let tcp = std::net::TcpStream::connect(address).map(drop);
            let signal = child.kill();
            (tcp, signal, child)
        });
        let mut child = child;
        child.kill().unwrap();
        child.wait().unwrap();
        for result in [tcp, signal] {
            let kind = result.map_err(|error| error.kind());
            assert_eq!(kind, Err(io::ErrorKind::PermissionDenied));
        }
    }

    #[test]
    fn feature_checks_do_not_affect_the_calling_thread() {
        let dir = tempfile::tempdir().unwrap();
        let file = File::open(dir.path()).unwrap();
        let version = landlock_version();
        assert_ne!(version, Some(0));
        assert!(can_unshare());
        let _ = has_io_uring();
        assert_eq!(
            path_of_descriptor(file.as_raw_fd()),
            Some(dir.path().to_owned())
        );
        File::create(dir.path().join("file")).unwrap();
        assert_eq!(landlock_version(), version);
    }
}
