//! The simulated storages.
//!
//! Fast hardware is slowed down ten- to fortyfold, processors included, so that
//! a long run is a short test. The proportions are realistic; windows hold
//! fewer files and so have more noise.

use super::simulation_tests::{Sizes, Storage};

/// Files as in a source tree with some archives: 30 KB on average, as
/// measured.
const MIXED: Sizes = Sizes {
    small: 14_000.0,
    large_part: 0.002,
    large: 5e6,
    drift: 0.1,
};

const LARGE: Sizes = Sizes {
    small: 4e6,
    large_part: 0.3,
    large: 2e7,
    drift: 0.0,
};

/// All in memory: the system calls of a file, and hashing at 2 GB/s.
pub(super) const CACHED: Storage = Storage {
    file_cpu: 200_000.0,
    byte_cpu: 10.0,
    latency: 0.0,
    depth: 1,
    bandwidth: 1e12,
    head: false,
    sizes: MIXED,
};

/// Modelled on the measurement of 13.8 s with 4 workers and about 8 s with 16
/// and more: a virtual disk with a limit of its bandwidth.
pub(super) const MEASURED: Storage = Storage {
    file_cpu: 180_000.0,
    byte_cpu: 3.0,
    latency: 1_200_000.0,
    depth: 64,
    bandwidth: 1e8,
    ..CACHED
};

/// A single access takes 80 µs, and throughput grows with the accesses in
/// flight.
pub(super) const NVME: Storage = Storage {
    file_cpu: 80_000.0,
    byte_cpu: 1.0,
    latency: 3_200_000.0,
    depth: 128,
    bandwidth: 1e9,
    ..CACHED
};

/// 32 accesses at once, and a bandwidth that is soon reached.
pub(super) const SATA: Storage = Storage {
    file_cpu: 15_000.0,
    byte_cpu: 0.3,
    latency: 1_500_000.0,
    depth: 32,
    bandwidth: 5e7,
    ..CACHED
};

/// One head with a seek time of 8 ms.
pub(super) const DISK_SMALL_FILES: Storage = Storage {
    file_cpu: 30_000.0,
    byte_cpu: 0.3,
    latency: 8_000_000.0,
    depth: 1,
    bandwidth: 1.5e8,
    head: true,
    sizes: MIXED,
};

/// The same with files of 4 MB and more, where every reader but the first
/// causes additional seeks.
pub(super) const DISK_LARGE_FILES: Storage = Storage {
    sizes: LARGE,
    ..DISK_SMALL_FILES
};

/// Latency that parallelism hides, until the link that all share is full.
pub(super) const NETWORK: Storage = Storage {
    file_cpu: 30_000.0,
    byte_cpu: 0.3,
    latency: 30_000_000.0,
    depth: 1_000,
    bandwidth: 1.1e7,
    head: false,
    // Half a second each on this link.
    sizes: Sizes {
        large_part: 0.0005,
        ..MIXED
    },
};
