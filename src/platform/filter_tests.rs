use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::thread;

use rustix::io::Errno;

use super::*;

/// Runs a filter program on a system call as the kernel would.
fn run(program: &[sock_filter], arch: u32, number: u32, arguments: [u64; 6]) -> u32 {
    let mut data = vec![number, arch, 0, 0];
    for argument in arguments {
        data.extend([argument as u32, (argument >> 32) as u32]);
    }
    let (mut at, mut value) = (0, 0_u32);
    loop {
        let sock_filter { code, jt, jf, k } = program[at].clone();
        at += 1;
        let mut jump = |holds: bool| at += usize::from(if holds { jt } else { jf });
        match code {
            0x20 => value = data[k as usize / 4],
            0x54 => value &= k,
            0x05 => at += k as usize,
            0x15 => jump(value == k),
            0x25 => jump(value > k),
            0x35 => jump(value >= k),
            0x45 => jump(value & k != 0),
            0x06 => return k,
            other => panic!("a step that is not known: {other:#x}"),
        }
    }
}

const ALLOWED: u32 = libc::SECCOMP_RET_ALLOW;
const REFUSED: u32 = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;
const MISSING: u32 = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;

/// The filter's answer to a call of this architecture.
fn answer(number: c_long, arguments: [u64; 6]) -> u32 {
    run(
        &build_filter().unwrap(),
        AUDIT_ARCH,
        number as u32,
        arguments,
    )
}

#[test]
fn files_are_opened_for_reading_only() {
    let reading = libc::O_RDONLY | libc::O_CLOEXEC | libc::O_NONBLOCK | libc::O_NOFOLLOW;
    let with = |more: i32| [0, 0, (reading | more) as u64, 0, 0, 0];
    for harmless in [0, libc::O_NOATIME, libc::O_PATH, libc::O_DIRECTORY] {
        let flags = with(harmless);
        assert_eq!(answer(libc::SYS_openat, flags), ALLOWED, "{harmless:#x}");
    }
    let changing = [
        libc::O_WRONLY,
        libc::O_RDWR,
        libc::O_WRONLY | libc::O_RDWR,
        libc::O_CREAT,
        libc::O_TRUNC,
        libc::O_TMPFILE | libc::O_RDWR,
    ];
    for flag in changing {
        assert_eq!(answer(libc::SYS_openat, with(flag)), REFUSED, "{flag:#x}");
    }
    // The other arguments are not flags.
    let elsewhere = [u64::MAX, u64::MAX, 0, u64::MAX, 0, 0];
    assert_eq!(answer(libc::SYS_openat, elsewhere), ALLOWED);
    #[cfg(target_arch = "x86_64")]
    {
        let open = |flags: i32| answer(libc::SYS_open, [u64::MAX, flags as u64, 0, 0, 0, 0]);
        assert_eq!(open(reading), ALLOWED);
        assert_eq!(open(libc::O_TRUNC), REFUSED);
    }
}

#[test]
fn requests_and_commands_are_looked_at_one_by_one() {
    // From `linux/fs.h`: FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR, FICLONE,
    // FITRIM, FS_IOC_SETFSLABEL, FS_IOC_ENABLE_VERITY; and from
    // `asm-generic/ioctls.h`: TIOCSTI.
    let changing = [
        0x4008_6602_u64,
        0x401c_5820,
        0x4004_9409,
        0xc018_5879,
        0x4100_9432,
        0x4080_6685,
        0x5412,
    ];
    let ioctl = |request: u64| answer(libc::SYS_ioctl, [3, request, 0, 0, 0, 0]);
    for request in changing {
        assert_eq!(ioctl(request), REFUSED, "{request:#x}");
        // The kernel uses only the lower half.
        assert_eq!(ioctl(request | 1 << 32), REFUSED, "{request:#x}");
    }
    // FS_IOC_FIEMAP, FS_IOC_FSGETXATTR, BTRFS_IOC_FS_INFO.
    for request in [0xc020_660b_u64, 0x801c_581f, 0x8400_941f] {
        assert_eq!(ioctl(request), ALLOWED, "{request:#x}");
        assert_eq!(ioctl(request | 1 << 32), ALLOWED, "{request:#x}");
    }
    let fcntl = |command: i32| answer(libc::SYS_fcntl, [3, command as u64, 0, 0, 0, 0]);
    let needed = [
        libc::F_DUPFD_CLOEXEC,
        libc::F_GETFL,
        libc::F_SETLEASE,
        libc::F_GETLEASE,
        10,
    ];
    for command in needed {
        assert_eq!(fcntl(command), ALLOWED, "{command}");
    }
    for command in [libc::F_SETLK, libc::F_OFD_SETLKW, libc::F_SETOWN] {
        assert_eq!(fcntl(command), REFUSED, "{command}");
    }
    // Limits can be read but not set; signals can be sent to this process only.
    let limit = |new: u64| answer(libc::SYS_prlimit64, [0, 7, new, 0, 0, 0]);
    assert_eq!((limit(0), limit(1 << 32)), (ALLOWED, REFUSED));
    let signal = |process: u32| answer(libc::SYS_tgkill, [process.into(), 1, 6, 0, 0, 0]);
    let own = std::process::id();
    assert_eq!((signal(own), signal(own ^ 1)), (ALLOWED, REFUSED));
}

#[test]
fn what_a_worker_does_is_allowed() {
    let calls = [
        libc::SYS_read,
        libc::SYS_write,
        libc::SYS_pread64,
        libc::SYS_preadv2,
        libc::SYS_close,
        libc::SYS_fstat,
        libc::SYS_statx,
        libc::SYS_newfstatat,
        libc::SYS_fstatfs,
        libc::SYS_readlinkat,
        libc::SYS_getdents64,
        libc::SYS_fadvise64,
        libc::SYS_sync_file_range,
        libc::SYS_name_to_handle_at,
        libc::SYS_io_uring_enter,
        libc::SYS_mmap,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_mprotect,
        libc::SYS_madvise,
        libc::SYS_brk,
        libc::SYS_futex,
        libc::SYS_clone,
        435, // clone3
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        libc::SYS_getrandom,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_set_robust_list,
        libc::SYS_rseq,
        libc::SYS_sched_yield,
        libc::SYS_sched_getaffinity,
        libc::SYS_gettid,
        libc::SYS_prctl,
        libc::SYS_landlock_restrict_self,
    ];
    for call in calls {
        assert_eq!(answer(call, [u64::MAX; 6]), ALLOWED, "{call}");
    }
}

#[test]
fn numbers_that_mean_nothing_here_get_nowhere() {
    let program = build_filter().unwrap();
    let chown = libc::SYS_fchownat as u32;
    let answer = |arch, number| run(&program, arch, number, [0; 6]);
    assert_eq!(answer(AUDIT_ARCH, chown), REFUSED);
    // Unassigned calls, and those of the x32 ABI.
    for number in [470, 512, 1000, 0x4000_0000, 0x4000_0000 | chown, u32::MAX] {
        assert_eq!(answer(AUDIT_ARCH, number), MISSING, "{number:#x}");
    }
    // `int 0x80` on x86-64 (AUDIT_ARCH_I386), and 32-bit ARM.
    for arch in [0x4000_0003, 0x4000_0028, 0] {
        for number in [chown, 0, 3] {
            let killed = libc::SECCOMP_RET_KILL_PROCESS;
            assert_eq!(answer(arch, number), killed, "{arch:#x}");
        }
    }
}

/// Makes a system call with arguments that have no effect even if it is not
/// refused.
#[allow(unsafe_code, reason = "calls that no crate wraps")]
fn call(number: c_long) -> Result<(), Errno> {
    // SAFETY: the arguments contain no address of this process and no open
    // descriptor.
    match unsafe { libc::syscall(number, -1_i64, -1_i64, -1_i64, -1_i64, -1_i64, -1_i64) } {
        -1 => Err(Errno::from_io_error(&io::Error::last_os_error()).unwrap()),
        _ => Ok(()),
    }
}

#[allow(unsafe_code, reason = "an ioctl that no crate wraps")]
fn set_flags(file: &File, request: libc::c_ulong, argument: &[u32; 7]) -> io::Result<()> {
    // SAFETY: the requests that tests make read at most these 28 bytes.
    match unsafe { libc::ioctl(file.as_raw_fd(), request as _, argument.as_ptr()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[test]
fn a_filtered_thread_changes_nothing_and_reads_all() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, "words").unwrap();
    let before = fs::metadata(&path).unwrap();
    let (inherited, peer) = UnixStream::pair().unwrap();
    let (there, sub) = (path.clone(), dir.path().join("sub"));
    let thread = thread::spawn(move || {
        let (path, sub) = (there, sub);
        assert!(install_read_only_filter());
        let refused = |what: &str, result: io::Result<()>| {
            let error = result.expect_err(what).raw_os_error();
            assert_eq!(error, Some(libc::EPERM), "{what}");
        };
        let file = File::open(&path).unwrap();
        // FS_IOC_SETFLAGS and FS_IOC_FSSETXATTR with the "no dump" flag.
        refused(
            "flags",
            set_flags(&file, 0x4008_6602, &[0x40, 0, 0, 0, 0, 0, 0]),
        );
        refused(
            "attributes",
            set_flags(&file, 0x401c_5820, &[0x80, 0, 0, 0, 0, 0, 0]),
        );
        refused("a socket", UnixStream::connect("/nowhere").map(drop));
        refused("a pair", UnixStream::pair().map(drop));
        let sent = rustix::io::write(&inherited, b"x").map(drop);
        sent.expect("what was opened before can be written to");
        refused("a directory", fs::create_dir(&sub));
        refused("a file", File::create(&sub).map(drop));
        // This one needs no writable descriptor.
        let mut emptied = File::options();
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut emptied, libc::O_TRUNC);
        refused("an end", emptied.read(true).open(&path).map(drop));
        refused(
            "a program",
            std::process::Command::new("true").status().map(drop),
        );
        refused("a lock", file.lock_shared());
        assert!(io_uring::IoUring::new(2).is_err());
        let calls = [
            libc::SYS_ptrace,
            libc::SYS_process_vm_writev,
            libc::SYS_pidfd_getfd,
            libc::SYS_kill,
            libc::SYS_mount,
            libc::SYS_move_mount,
            libc::SYS_setns,
            libc::SYS_open_by_handle_at,
            libc::SYS_openat2,
            libc::SYS_io_uring_setup,
            libc::SYS_fsetxattr,
            libc::SYS_fremovexattr,
            libc::SYS_utimensat,
            libc::SYS_fchmod,
            libc::SYS_fchown,
            libc::SYS_connect,
            libc::SYS_bind,
            libc::SYS_memfd_create,
            libc::SYS_bpf,
            libc::SYS_keyctl,
            463, // setxattrat
            469, // file_setattr
        ];
        for number in calls {
            assert_eq!(call(number), Err(Errno::PERM), "{number}");
        }
        // Reads and threads still work.
        let replacement = thread::spawn(move || fs::read(path).unwrap());
        assert_eq!(replacement.join().unwrap(), b"words");
    });
    thread.join().unwrap();
    let after = fs::metadata(&path).unwrap();
    assert_eq!((after.ctime_nsec(), after.len()), (before.ctime_nsec(), 5));
    drop(peer);
}
