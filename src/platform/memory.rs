//! How many threads a limit on the address space (`ulimit -v`) leaves room for.

use rustix::process::{Resource, getrlimit};

/// What a thread that lists or reads takes: 2 MiB of stack, buffers of less than
/// 1 MiB, and what it allocates.
const OF_A_THREAD: u64 = 6 << 20;

/// The most threads that lists or reads are worth starting for each of the two,
/// at least one. Half of the room is left to the tables of the scan.
#[must_use]
pub fn thread_limit() -> usize {
    match getrlimit(Resource::As).current {
        None => usize::MAX,
        Some(limit) => fitting(limit, address_space().unwrap_or(0)),
    }
}

fn fitting(limit: u64, taken: u64) -> usize {
    let for_threads = limit.saturating_sub(taken) / 2;
    let of_a_kind = for_threads / OF_A_THREAD / 2;
    usize::try_from(of_a_kind).unwrap_or(usize::MAX).max(1)
}

/// How many bytes of address space this process has taken, where the system
/// tells.
fn address_space() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmSize:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    kib.checked_mul(1024)
}

/// Has all threads share one heap where the address space is limited. By
/// default glibc sets 64 MiB of it aside for each thread, and what is left is
/// too little for the first large table. To be called before threads start.
pub fn share_heap_under_limit() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    if getrlimit(Resource::As).current.is_some() {
        // SAFETY: it only sets a number in the allocator, and no other thread
        // runs that could be in it.
        #[allow(unsafe_code, reason = "there is no other way to it")]
        unsafe {
            libc::mallopt(libc::M_ARENA_MAX, 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_room_is_for_threads_of_two_kinds() {
        let mib = 1 << 20;
        assert_eq!(fitting(100 * mib, 4 * mib), 4);
        assert_eq!(fitting(10_000 * mib, 0), 416);
        assert_eq!(fitting(20 * mib, 19 * mib), 1);
        assert_eq!(fitting(20 * mib, 30 * mib), 1);
    }

    #[test]
    fn this_process_takes_some_address_space() {
        if !cfg!(target_os = "linux") {
            return;
        }
        let before = address_space().unwrap();
        let some = vec![1_u8; 64 << 20];
        let after = address_space().unwrap();
        assert!(before > 1 << 20 && after >= before + some.len() as u64);
    }
}
