//! Keeping a thread from changing what Landlock does not look after.

use std::collections::BTreeMap;

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

/// System calls that change a file by its path or descriptor without opening
/// it for writing. Kernels from 6.13 on have more for extended attributes.
const CHANGES: [libc::c_long; 13] = [
    libc::SYS_truncate,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    FCHMODAT2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
];

/// The same number everywhere, as all that came after Linux 5.0.
const FCHMODAT2: libc::c_long = 452;

/// The same, from 6.13 and 6.17: `setxattrat`, `removexattrat`,
/// `file_setattr`.
const LATER_CHANGES: [libc::c_long; 3] = [463, 466, 469];

/// Older calls for the same, which newer architectures never had.
#[cfg(target_arch = "x86_64")]
const OLD_CHANGES: [libc::c_long; 6] = [
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
];
#[cfg(not(target_arch = "x86_64"))]
const OLD_CHANGES: [libc::c_long; 0] = [];

/// Keeps the calling thread, and what it starts, from truncating files by
/// their paths and from changing permissions, owners, times and extended
/// attributes, for good: such a call fails with `EACCES`. Answers whether that
/// is in force.
///
/// A filter of system calls in place of Landlock's right to truncate: with
/// that right handled, every opening of a file walks up to the root to look
/// for it, which costs 8 % of the processor time of a scan of small files
/// (200,000 of 1-3,000 bytes, cached); the kernel passes calls that a filter
/// always allows without running it, and nothing can be measured.
pub(super) fn forbid_changes() -> bool {
    let Ok(architecture) = TargetArch::try_from(std::env::consts::ARCH) else {
        return false;
    };
    let all = CHANGES.iter().chain(&LATER_CHANGES).chain(&OLD_CHANGES);
    // The numbers are the same width on every platform the crate knows.
    #[allow(clippy::useless_conversion, reason = "narrower elsewhere")]
    let rules: BTreeMap<i64, _> = all.map(|&call| (i64::from(call), Vec::new())).collect();
    let refusal = SeccompAction::Errno(libc::EACCES as u32);
    SeccompFilter::new(rules, SeccompAction::Allow, refusal, architecture)
        .and_then(BpfProgram::try_from)
        .is_ok_and(|program| seccompiler::apply_filter(&program).is_ok())
}
