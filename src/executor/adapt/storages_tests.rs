//! The storage that runs are simulated on.

use super::simulation_tests::{Sizes, Storage};

/// Files as in a source tree with some archives: 30 KB on average, as
/// measured.
const MIXED: Sizes = Sizes {
    small: 14_000.0,
    large_part: 0.002,
    large: 5e6,
    drift: 0.3,
};

const LARGE: Sizes = Sizes {
    small: 4e6,
    large_part: 0.3,
    large: 2e7,
    drift: 0.0,
};

/// All in memory: hashing at 2 GB/s and the system calls of a file.
pub const CACHED: Storage = Storage {
    file_cpu: 8_000.0,
    byte_cpu: 0.1,
    latency: 0.0,
    depth: 1,
    bandwidth: 1e12,
    head: false,
    sizes: MIXED,
};

/// Fits the measurement of 13.8 s with 4 workers and 8 s with 32 for 307,000
/// files of 10 GB: a virtual disk with a limit of accesses and bandwidth.
pub const MEASURED: Storage = Storage {
    file_cpu: 18_000.0,
    byte_cpu: 0.3,
    latency: 130_000.0,
    depth: 64,
    bandwidth: 1.4e9,
    ..CACHED
};

/// A fast NVMe, slowed down tenfold so that a long run is a short test: a
/// single access takes 10 × 80 µs, and the more in flight the better.
pub const NVME: Storage = Storage {
    file_cpu: 20_000.0,
    latency: 800_000.0,
    depth: 128,
    bandwidth: 5e9,
    ..CACHED
};

pub const SATA: Storage = Storage {
    file_cpu: 15_000.0,
    byte_cpu: 0.3,
    latency: 1_500_000.0,
    depth: 32,
    bandwidth: 5e8,
    ..CACHED
};

pub const DISK_SMALL_FILES: Storage = Storage {
    file_cpu: 30_000.0,
    byte_cpu: 0.3,
    latency: 8_000_000.0,
    depth: 1,
    bandwidth: 1.5e8,
    head: true,
    sizes: MIXED,
};

pub const DISK_LARGE_FILES: Storage = Storage {
    sizes: LARGE,
    ..DISK_SMALL_FILES
};

pub const NETWORK: Storage = Storage {
    file_cpu: 30_000.0,
    byte_cpu: 0.3,
    latency: 30_000_000.0,
    depth: 1_000,
    bandwidth: 1.1e7,
    head: false,
    sizes: MIXED,
};

/// All of them with names and processors.
pub const ALL: [(&str, usize, Storage); 8] = [
    ("cached, 2 processors", 2, CACHED),
    ("cached, 8 processors", 8, CACHED),
    ("as measured", 2, MEASURED),
    ("NVMe", 2, NVME),
    ("SATA SSD", 2, SATA),
    ("disk, small files", 2, DISK_SMALL_FILES),
    ("disk, large files", 2, DISK_LARGE_FILES),
    ("network", 2, NETWORK),
];
