//! Limit on the number of threads under a limit on the address space (`ulimit
//! -v`).

use rustix::process::{Resource, getrlimit};

/// Address space of a thread that lists or reads: 2 MiB of stack, buffers of
/// less than 1 MiB, and its allocations.
const THREAD_ADDRESS_SPACE: u64 = 6 << 20;

/// Maximum number of threads to start for listing, and as many for reading; at
/// least one. Half of the space is left for the tables of the scan.
#[must_use]
pub(crate) fn thread_limit() -> usize {
    match getrlimit(Resource::As).current {
        None => usize::MAX,
        Some(limit) => max_threads_in(limit, address_space().unwrap_or(0)),
    }
}

fn max_threads_in(limit: u64, taken: u64) -> usize {
    let available = limit.saturating_sub(taken) / 2;
    let per_kind = available / THREAD_ADDRESS_SPACE / 2;
    usize::try_from(per_kind).unwrap_or(usize::MAX).max(1)
}

/// Size of the address space of this process in bytes, where the system reports
/// it.
fn address_space() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmSize:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    kib.checked_mul(1024)
}

/// Makes all threads share one heap if the address space is limited. By default
/// glibc reserves 64 MiB of it for each thread, and too little remains for the
/// first large table. Must be called before threads start.
pub(crate) fn share_heap_under_limit() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    if getrlimit(Resource::As).current.is_some() {
        // SAFETY: it only sets a number in the allocator, and no other thread
        // is running that could be using it.
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
    fn half_of_the_space_is_for_threads_of_two_kinds() {
        let mib = 1 << 20;
        assert_eq!(max_threads_in(100 * mib, 4 * mib), 4);
        assert_eq!(max_threads_in(10_000 * mib, 0), 416);
        assert_eq!(max_threads_in(20 * mib, 19 * mib), 1);
        assert_eq!(max_threads_in(20 * mib, 30 * mib), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_takes_some_address_space() {
        // Far more than other tests take or give back meanwhile.
        const RESERVED: usize = 1 << 36;
        let before = address_space().unwrap();
        let mut reserve = memmap2::MmapOptions::new();
        let reserved = reserve.len(RESERVED).no_reserve_swap().map_anon();
        let after = address_space().unwrap();
        assert_eq!(reserved.unwrap().len(), RESERVED);
        assert!(before > 1 << 20 && after >= before + RESERVED as u64 / 2);
    }
}
