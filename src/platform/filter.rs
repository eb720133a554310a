//! A seccomp filter for threads that only read files.
//!
//! Landlock decides about opening, creating and removing files. It does not
//! cover calls that change a file by its path or descriptor without opening it
//! for writing (permissions, owners, times, attributes, inode flags), and
//! covers few that concern sockets and other processes. The filter refuses
//! those, with or without Landlock.
//!
//! The filter lists the refused calls, and also refuses every call of later
//! kernels: a system call number that was not assigned when this was written
//! fails as on a kernel that does not have it. For `ioctl` and `fcntl`, of
//! which each request is a call of its own, it lists the allowed requests:
//! those that a reader needs.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::SeccompCmpArgLen::{Dword, Qword};
use seccompiler::SeccompCmpOp::Ne;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
    sock_filter,
};

use super::{extents, handle};

/// Calls that change a file's metadata, or truncate it by its path. Numbers
/// from 424 on are the same on every architecture, and not all of them have a
/// name in every version of the C library's bindings.
const METADATA: [c_long; 16] = [
    libc::SYS_truncate,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    452, // fchmodat2
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    463, // setxattrat
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    466, // removexattrat
    469, // file_setattr
];

/// Calls that change directories. Landlock refuses them too, where available.
const NAMES: [c_long; 6] = [
    libc::SYS_mkdirat,
    libc::SYS_mknodat,
    libc::SYS_unlinkat,
    libc::SYS_renameat2,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
];

/// Calls other than `open` and `openat` that open a file. The flags of
/// `openat2` are in memory, which a filter cannot read.
const OTHER_OPEN_CALLS: [c_long; 2] = [libc::SYS_open_by_handle_at, libc::SYS_openat2];

/// Setup of io_uring: a ring could perform nearly all operations that are
/// refused here. One that was created and restricted before continues to work.
const IO_URING: [c_long; 3] = [
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_register,
    libc::SYS_io_setup,
];

/// Sockets, also those that were inherited, and messages between processes.
const MESSAGES: [c_long; 31] = [
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_bind,
    libc::SYS_connect,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_recvmmsg,
    libc::SYS_setsockopt,
    libc::SYS_shutdown,
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_msgctl,
    libc::SYS_semget,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_semctl,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    libc::SYS_mq_timedsend,
    libc::SYS_mq_timedreceive,
    libc::SYS_mq_notify,
];

/// Calls that act on other processes or start other programs, and locks that
/// block others.
const PROCESSES: [c_long; 18] = [
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    440, // process_madvise
    448, // process_mrelease
    438, // pidfd_getfd
    424, // pidfd_send_signal
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_kcmp,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_memfd_create,
    447, // memfd_secret
    libc::SYS_userfaultfd,
    libc::SYS_flock,
];

/// Calls that change the system or a process's view of it.
const SYSTEM: [c_long; 41] = [
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    428, // open_tree
    429, // move_mount
    430, // fsopen
    431, // fsconfig
    432, // fsmount
    433, // fspick
    442, // mount_setattr
    467, // open_tree_attr
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_acct,
    libc::SYS_quotactl,
    443, // quotactl_fd
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_fanotify_init,
    libc::SYS_fanotify_mark,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    460, // lsm_set_self_attr
    KEXEC_FILE_LOAD,
];

/// Old calls that later architectures lack, or have under another number.
#[cfg(target_arch = "x86_64")]
const LEGACY: [c_long; 20] = [
    libc::SYS_creat,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_mkdir,
    libc::SYS_rmdir,
    libc::SYS_mknod,
    libc::SYS_unlink,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_link,
    libc::SYS_symlink,
    libc::SYS_setrlimit,
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
    libc::SYS_uselib,
];
/// `renameat` and `setrlimit` (include/uapi/asm-generic/unistd.h), which
/// riscv64 does not have: these numbers are unassigned there.
#[cfg(not(target_arch = "x86_64"))]
const LEGACY: [c_long; 2] = [38, 164];

#[cfg(target_arch = "x86_64")]
const KEXEC_FILE_LOAD: c_long = 320;
#[cfg(not(target_arch = "x86_64"))]
const KEXEC_FILE_LOAD: c_long = 294;

/// The last number that was assigned when this was written (Linux 6.18). Above
/// it are the calls of later kernels, and on x86-64 the numbers of the x32 ABI,
/// which duplicate every call.
const LAST_CALL: u32 = 469;

/// The requests of `ioctl` that readers make.
const IOCTLS: [u32; 4] = [
    extents::FS_IOC_FIEMAP,
    extents::FS_IOC_FSGETXATTR,
    extents::BTRFS_IOC_FS_INFO,
    handle::GET_GENERATION,
];

/// The commands of `fcntl` that readers use: none of them locks a file or sends
/// signals to another process.
const FCNTLS: [libc::c_int; 12] = [
    libc::F_DUPFD,
    libc::F_DUPFD_CLOEXEC,
    libc::F_GETFD,
    libc::F_SETFD,
    libc::F_GETFL,
    libc::F_SETFL,
    libc::F_GETOWN,
    F_SETSIG,
    F_GETSIG,
    libc::F_SETLEASE,
    libc::F_GETLEASE,
    libc::F_GETPIPE_SZ,
];

/// From `asm-generic/fcntl.h`; the C library's bindings lack them.
const F_SETSIG: libc::c_int = 10;
const F_GETSIG: libc::c_int = 11;

/// Error of a refused call: the same as for a missing privilege.
const REFUSED_ERRNO: u32 = libc::EPERM as u32;

/// Each of these flags creates or changes a file: `O_CREAT`, `O_TRUNC` (which
/// needs no descriptor for writing), and both bits of the access mode.
const MODIFYING_FLAGS: u32 = (libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC) as u32;

/// Permanently refuses the calls listed here to the calling thread and to the
/// threads and processes that it starts. Such a call fails with `EPERM`; a call
/// that is unknown here fails with `ENOSYS`. A system call by the convention of
/// another architecture (`int 0x80` on x86-64) kills the process. Returns true
/// if the filter is in force.
///
/// The filter also replaces Landlock's right to truncate: with that right
/// handled, every open of a file walks up to the root to check it, which costs
/// 8 % of the processor time of a scan of small files (200,000 of 1-3,000
/// bytes, cached). The kernel does not run the filter for calls that it always
/// allows. It does run it for `openat`, whose flags have to be checked; so that
/// call comes first and takes eight steps.
pub(super) fn install_read_only_filter() -> bool {
    build_filter().is_some_and(|program| seccompiler::apply_filter(&program).is_ok())
}

fn build_filter() -> Option<BpfProgram> {
    // In the x32 ABI calls have other numbers, and on big-endian machines
    // arguments have other offsets.
    if cfg!(any(not(target_pointer_width = "64"), target_endian = "big")) {
        return None;
    }
    let architecture = TargetArch::try_from(std::env::consts::ARCH).ok()?;
    let refusal = SeccompAction::Errno(REFUSED_ERRNO);
    let rest = SeccompFilter::new(rules().ok()?, SeccompAction::Allow, refusal, architecture);
    let mut program = prologue();
    program.extend(BpfProgram::try_from(rest.ok()?).ok()?);
    Some(program)
}

/// The refused calls, by number: refused always if there are no rules, else if
/// one of the rules matches.
fn rules() -> Result<BTreeMap<i64, Vec<SeccompRule>>, seccompiler::BackendError> {
    let always = [
        &METADATA[..],
        &NAMES,
        &OTHER_OPEN_CALLS,
        &IO_URING,
        &MESSAGES,
        &PROCESSES,
        &SYSTEM,
        &LEGACY,
    ];
    // The numbers have the same width on every platform that the crate
    // supports.
    #[allow(clippy::useless_conversion, reason = "narrower elsewhere")]
    let number = |call: c_long| i64::from(call);
    let always = always.into_iter().flatten();
    let mut rules: BTreeMap<_, _> = always.map(|&call| (number(call), Vec::new())).collect();

    // The kernel also uses only 32 bits of a request or command.
    let is_none_of = |allowed: &[u32]| {
        let differs = |&allowed: &u32| SeccompCondition::new(1, Dword, Ne, allowed.into());
        let conditions: Result<_, _> = allowed.iter().map(differs).collect();
        SeccompRule::new(conditions?)
    };
    rules.insert(number(libc::SYS_ioctl), vec![is_none_of(&IOCTLS)?]);
    let commands = FCNTLS.map(|command| command as u32);
    rules.insert(number(libc::SYS_fcntl), vec![is_none_of(&commands)?]);
    // A process that aborts sends itself a signal.
    let own = u64::from(std::process::id());
    let to_others = SeccompCondition::new(0, Dword, Ne, own)?;
    rules.insert(
        number(libc::SYS_tgkill),
        vec![SeccompRule::new(vec![to_others])?],
    );
    // The same call reads and sets limits.
    let sets = SeccompCondition::new(2, Qword, Ne, 0)?;
    rules.insert(
        number(libc::SYS_prlimit64),
        vec![SeccompRule::new(vec![sets])?],
    );
    Ok(rules)
}

/// The start of the program, which the crate cannot express: unknown numbers,
/// and flags of which none may be set.
fn prologue() -> BpfProgram {
    // See `linux/bpf_common.h`.
    const LOAD: u16 = 0x20;
    const IF_EQUAL: u16 = 0x15;
    const IF_GREATER: u16 = 0x25;
    const IF_ANY_BIT: u16 = 0x45;
    const RETURN: u16 = 0x06;
    // Offsets in `struct seccomp_data` (`linux/seccomp.h`); for an argument
    // that of the lower half, since all supported machines are little-endian.
    const NUMBER: u32 = 0;
    const ARCHITECTURE: u32 = 4;
    const fn argument(at: u32) -> u32 {
        16 + 8 * at
    }
    const REFUSE: u32 = libc::SECCOMP_RET_ERRNO;
    const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;

    let step = |code, k| sock_filter {
        code,
        jt: 0,
        jf: 0,
        k,
    };
    // Skips this many steps unless the condition holds.
    let unless = |code, k, skip| sock_filter {
        code,
        jt: 0,
        jf: skip,
        k,
    };
    // The architecture comes first, because numbers depend on it.
    let mut program = vec![
        step(LOAD, ARCHITECTURE),
        sock_filter {
            code: IF_EQUAL,
            jt: 1,
            jf: 0,
            k: AUDIT_ARCH,
        },
        step(RETURN, libc::SECCOMP_RET_KILL_PROCESS),
        step(LOAD, NUMBER),
    ];
    for (call, flags) in OPEN_CALLS {
        program.extend([
            unless(IF_EQUAL, call as u32, 4),
            step(LOAD, argument(flags)),
            unless(IF_ANY_BIT, MODIFYING_FLAGS, 1),
            step(RETURN, REFUSE | REFUSED_ERRNO),
            step(RETURN, ALLOW),
        ]);
    }
    program.extend([
        unless(IF_GREATER, LAST_CALL, 1),
        step(RETURN, REFUSE | libc::ENOSYS as u32),
    ]);
    program
}

/// The calls that open files, and the index of the argument with the flags.
#[cfg(target_arch = "x86_64")]
const OPEN_CALLS: [(c_long, u32); 2] = [(libc::SYS_openat, 2), (libc::SYS_open, 1)];
#[cfg(not(target_arch = "x86_64"))]
const OPEN_CALLS: [(c_long, u32); 1] = [(libc::SYS_openat, 2)];

/// This architecture's number (`linux/audit.h`): the ELF machine, with the
/// flags for 64 bits and little-endian.
const AUDIT_ARCH: u32 = 0xc000_0000
    | if cfg!(target_arch = "x86_64") {
        62
    } else if cfg!(target_arch = "aarch64") {
        183
    } else {
        243
    };

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
