//! Worker processes: their limits, their resource usage and their exit status.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Makes the kernel kill this process as soon as its parent ends, so that no
/// worker outlives a scan that was killed. `parent` is the ID of the process
/// that started this one, as that process sees it.
///
/// For the kernel the parent is the thread that started this process: it must
/// live as long as the worker.
///
/// # Errors
///
/// `NotFound` if the parent had ended before the call, `Unsupported` where the
/// platform has no such mechanism; otherwise the system's error.
pub(crate) fn die_with_parent(parent: u32) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, getppid, set_parent_process_death_signal};
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // If the parent died before the line above, no signal is sent, and
        // another process has adopted this one. Checking in this order leaves
        // no gap.
        let current = getppid().map(|id| id.as_raw_nonzero().get());
        if current.and_then(|id| u32::try_from(id).ok()) != Some(parent) {
            return Err(io::Error::new(
                io::ErrorKind::NotFound,
                "the parent process has ended",
            ));
        }
        Ok(())
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = parent;
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Permanently limits the address space of this process, and of those it
/// starts, to this many bytes. An existing lower limit stays. Mappings and the
/// stacks of threads count in full, even if they are never touched.
pub(crate) fn limit_memory(bytes: u64) -> io::Result<()> {
    #[cfg(not(target_os = "openbsd"))]
    {
        lower_limit(Resource::As, bytes)
    }
    #[cfg(target_os = "openbsd")]
    {
        let _ = bytes;
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Disables core dumps of this process and of those it starts. Files may crash
/// a worker, and its dump would contain the contents of other people's files.
pub(crate) fn no_core_dumps() -> io::Result<()> {
    // Linux passes a dump to the configured program even if the size limit is
    // zero; a limit of one byte disables that too (core(5)). It is also too
    // small for any dump file.
    lower_limit(Resource::Core, u64::from(cfg!(target_os = "linux")))
}

/// Lowers both limits of a resource; never raises one.
fn lower_limit(resource: Resource, to: u64) -> io::Result<()> {
    let limit = getrlimit(resource);
    let lowest = |limit: Option<u64>| Some(limit.map_or(to, |limit| limit.min(to)));
    setrlimit(
        resource,
        Rlimit {
            current: lowest(limit.current),
            maximum: lowest(limit.maximum),
        },
    )?;
    Ok(())
}

/// A path by which the running program can be started again, even after its
/// file was replaced or removed, as by an upgrade: a worker of another version
/// may not understand its parent. It is valid only in this process, and for the
/// processes that it starts directly.
///
/// # Errors
///
/// The system's error where the path has to be looked up.
pub(crate) fn own_program() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        // A link to the open file, not to its name. The caller finds out if it
        // exists when it starts the program: without `/proc` there is no
        // alternative, and a check would take a hundredth of a small scan.
        return Ok("/proc/self/exe".into());
    }
    std::env::current_exe()
}

/// CPU time of the calling thread, where the platform reports it.
#[must_use]
pub(crate) fn thread_cpu_time() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).ok()?;
    Some(Duration::new(seconds, u32::try_from(time.tv_nsec).ok()?))
}

/// Peak memory of this process in bytes, where the platform reports it. Pages
/// of mapped files count while they are in memory.
#[must_use]
pub(crate) fn peak_memory() -> Option<u64> {
    if cfg!(target_os = "linux") {
        // getrusage would include the parent's memory at the time when it
        // started this process.
        return parse_peak_memory(&std::fs::read_to_string("/proc/self/status").ok()?);
    }
    let peak = u64::try_from(resource_usage(libc::RUSAGE_SELF)?.ru_maxrss).ok()?;
    // Apple counts bytes, all others KiB.
    peak.checked_mul(if cfg!(target_vendor = "apple") {
        1
    } else {
        1024
    })
}

/// Peak memory of a child process, while it exists.
#[must_use]
pub(crate) fn peak_memory_of(pid: u32) -> Option<u64> {
    parse_peak_memory(&std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
}

/// The peak memory in bytes, from a text like `/proc/self/status`.
fn parse_peak_memory(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kib = line.trim().strip_suffix("kB")?.trim_end();
    kib.parse::<u64>().ok()?.checked_mul(1024)
}

#[allow(unsafe_code, reason = "no crate here wraps getrusage")]
fn resource_usage(who: libc::c_int) -> Option<libc::rusage> {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: the pointer is valid for writing the structure that the call
    // fills.
    if unsafe { libc::getrusage(who, usage.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: the call succeeded, so it filled all of it.
    Some(unsafe { usage.assume_init() })
}

/// Describes the end of a process, as the predicate of a sentence.
#[must_use]
pub(crate) fn describe_exit(status: ExitStatus) -> String {
    match (status.signal(), status.code()) {
        (Some(libc::SIGBUS), _) => {
            "hit a bus error (SIGBUS): the file was cut short or its device \
             failed while it was mapped"
                .to_owned()
        }
        (Some(signal), _) => match signal_name(signal) {
            Some(name) => format!("was killed by signal {signal} ({name})"),
            None => format!("was killed by signal {signal}"),
        },
        (None, Some(code)) => format!("exited with status {code}"),
        // Stopped or continued: waiting for a child does not report these.
        (None, None) => "ended in an unknown way".to_owned(),
    }
}

/// The names of the signals that a worker may receive.
fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        libc::SIGHUP => "SIGHUP",
        libc::SIGINT => "SIGINT",
        libc::SIGQUIT => "SIGQUIT",
        libc::SIGILL => "SIGILL",
        libc::SIGTRAP => "SIGTRAP",
        libc::SIGABRT => "SIGABRT",
        libc::SIGFPE => "SIGFPE",
        libc::SIGKILL => "SIGKILL",
        libc::SIGUSR1 => "SIGUSR1",
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGUSR2 => "SIGUSR2",
        libc::SIGPIPE => "SIGPIPE",
        libc::SIGALRM => "SIGALRM",
        libc::SIGTERM => "SIGTERM",
        libc::SIGXCPU => "SIGXCPU",
        libc::SIGXFSZ => "SIGXFSZ",
        libc::SIGSYS => "SIGSYS",
        _ => return None,
    })
}

/// Runs one test again in a process of its own, for changes that cannot be
/// undone in a process.
#[cfg(test)]
pub(crate) mod subprocess {
    use std::process::{Command, Stdio};

    const MARK: &str = "NODUPE_TEST_RERUN";

    /// Returns true in such a process.
    pub(crate) fn is_rerun() -> bool {
        std::env::var_os(MARK).is_some()
    }

    /// The command that starts such a process for the test of this name.
    pub(crate) fn rerun(test: &str) -> Command {
        // A renamed test would run nothing under its old name, and pass. With
        // one thread for all tests, the thread has no test's name.
        let here = std::thread::current();
        let names = [Some("main"), Some(test), None];
        assert!(names.contains(&here.name()), "{here:?} is not {test}");
        let mut command = Command::new(super::own_program().unwrap());
        command
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .env(MARK, "1")
            .stdout(Stdio::null())
            .stderr(Stdio::inherit());
        command
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::process::{Command, Stdio};
    use std::time::Instant;

    use super::subprocess::{is_rerun, rerun};
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_missing_parent_is_an_error() {
        if is_rerun() {
            let error = die_with_parent(std::process::id()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
            die_with_parent(std::os::unix::process::parent_id()).unwrap();
            return;
        }
        let mut child = rerun("platform::process::tests::a_missing_parent_is_an_error");
        assert!(child.status().unwrap().success());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_worker_does_not_outlive_its_parent() {
        const ROLE: &str = "NODUPE_TEST_WORKER_OF";
        let test = "platform::process::tests::a_worker_does_not_outlive_its_parent";
        let mut out = io::stdout();
        if let Some(parent) = std::env::var_os(ROLE) {
            // The worker: waits on a pipe that the test holds open.
            die_with_parent(parent.to_str().unwrap().parse().unwrap()).unwrap();
            out.write_all(b"\nready\n").unwrap();
            out.flush().unwrap();
            let _ = io::stdin().read(&mut [0]);
            out.write_all(b"\nsurvived\n").unwrap();
            return;
        }
        if is_rerun() {
            // Its parent, which the test kills.
            let mut worker = rerun(test);
            worker.env(ROLE, std::process::id().to_string());
            worker.stdin(Stdio::inherit()).stdout(Stdio::inherit());
            let _ = worker.status();
            return;
        }
        let mut parent = rerun(test)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(parent.stdout.take().unwrap());
        let mut line = String::new();
        while line != "ready\n" {
            line.clear();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "never ready");
        }
        let input = parent.stdin.take();
        parent.kill().unwrap();
        parent.wait().unwrap();
        // The pipe ends when the worker does. One that lives would wait for
        // its input, so that is closed after a while it does not need.
        let (ended, end) = std::sync::mpsc::channel();
        let reader = std::thread::spawn(move || {
            let mut rest = String::new();
            output.read_to_string(&mut rest).unwrap();
            let _ = ended.send(());
            rest
        });
        let _ = end.recv_timeout(Duration::from_secs(20));
        drop(input);
        assert!(!reader.join().unwrap().contains("survived"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_is_limited_and_a_lower_limit_stays() {
        const MIB: u64 = 1 << 20;
        if is_rerun() {
            assert!(Vec::<u8>::new().try_reserve(3 << 30).is_ok());
            limit_memory(2048 * MIB).unwrap();
            assert!(Vec::<u8>::new().try_reserve(3 << 30).is_err());
            assert!(Vec::<u8>::new().try_reserve(1 << 20).is_ok());
            limit_memory(4096 * MIB).unwrap();
            let limit = getrlimit(Resource::As);
            assert_eq!(limit.current, Some(2048 * MIB));
            assert_eq!(limit.maximum, Some(2048 * MIB));
            return;
        }
        let mut child =
            rerun("platform::process::tests::memory_is_limited_and_a_lower_limit_stays");
        assert!(child.status().unwrap().success());
    }

    #[test]
    fn a_process_that_aborts_leaves_no_core() {
        if is_rerun() {
            no_core_dumps().unwrap();
            let maximum = getrlimit(Resource::Core).maximum;
            assert!(maximum.is_some_and(|bytes| bytes <= 1));
            std::process::abort();
        }
        let dir = tempfile::tempdir().unwrap();
        let test = "platform::process::tests::a_process_that_aborts_leaves_no_core";
        let status = rerun(test).current_dir(&dir).status().unwrap();
        assert_eq!(status.signal(), Some(libc::SIGABRT));
        assert!(!status.core_dumped());
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 0);
    }

    #[test]
    fn the_own_program_can_be_started_after_its_file_is_removed() {
        if std::env::var_os("NODUPE_TEST_REMOVED").is_some() {
            // A copy that removes itself and is still there.
            std::fs::remove_file(std::env::current_exe().unwrap()).unwrap();
            let status = Command::new(own_program().unwrap())
                .arg("--list")
                .stdout(Stdio::null())
                .status();
            assert!(status.unwrap().success());
            return;
        }
        if !cfg!(target_os = "linux") {
            eprintln!("skipped: a removed program cannot be started here");
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let copy = dir.path().join("copy");
        std::fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
        let test =
            "platform::process::tests::the_own_program_can_be_started_after_its_file_is_removed";
        // Another test may start a process while the copy is being written,
        // which then holds it open for writing until it runs its program.
        let until = Instant::now() + Duration::from_secs(20);
        let status = loop {
            let status = Command::new(&copy)
                .args(["--exact", test, "--test-threads=1"])
                .env("NODUPE_TEST_REMOVED", "1")
                .stdout(Stdio::null())
                .status();
            match status {
                Err(error)
                    if error.kind() == io::ErrorKind::ExecutableFileBusy
                        && Instant::now() < until =>
                {
                    std::thread::yield_now();
                }
                status => break status.unwrap(),
            }
        };
        assert!(status.success());
        assert!(!copy.exists());
    }

    /// Keeps a processor busy for that long by this thread's own clock.
    fn work(time: Duration) {
        let start = thread_cpu_time().unwrap();
        while thread_cpu_time().unwrap() < start + time {}
    }

    #[test]
    fn cpu_time_is_that_of_the_calling_thread() {
        const TIME: Duration = Duration::from_millis(20);
        let here = thread_cpu_time().unwrap();
        let there = std::thread::spawn(|| {
            work(TIME);
            thread_cpu_time().unwrap()
        });
        assert!(there.join().unwrap() >= TIME);
        assert!(thread_cpu_time().unwrap() - here < TIME);
    }

    #[test]
    fn peak_memory_stays_after_memory_is_freed() {
        const SIZE: usize = 64 << 20;
        if is_rerun() {
            let before = peak_memory().unwrap();
            let touched = std::hint::black_box(vec![1_u8; SIZE]);
            drop(touched);
            let grown = peak_memory().unwrap() - before;
            assert!((60 << 20..100 << 20).contains(&grown), "{grown}");
            return;
        }
        let mut child = rerun("platform::process::tests::peak_memory_stays_after_memory_is_freed");
        assert!(child.status().unwrap().success());
    }

    #[test]
    fn peak_memory_is_parsed_from_the_status() {
        let status = "Name:\tx\nVmPeak:\t  900 kB\nVmHWM:\t    12 kB\nVmRSS:\t 5 kB\n";
        assert_eq!(parse_peak_memory(status), Some(12 * 1024));
        for none in ["", "VmHWM: 12\n", "VmHWM: kB\n", "VmHWM: -1 kB\n"] {
            assert_eq!(parse_peak_memory(none), None, "{none}");
        }
    }

    #[test]
    fn exit_statuses_are_described() {
        let table = [
            (0, "exited with status 0"),
            (101 << 8, "exited with status 101"),
            (libc::SIGKILL, "was killed by signal 9 (SIGKILL)"),
            (libc::SIGSEGV | 0x80, "was killed by signal 11 (SIGSEGV)"),
            (50, "was killed by signal 50"),
        ];
        for (raw, words) in table {
            assert_eq!(describe_exit(ExitStatus::from_raw(raw)), words);
        }
        let bus = describe_exit(ExitStatus::from_raw(libc::SIGBUS));
        let words = "hit a bus error (SIGBUS): the file was cut short or its device failed \
                     while it was mapped";
        assert_eq!(bus, words);
    }
}
