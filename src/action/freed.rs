//! Bytes that become free when a file is removed or replaced: fewer than its
//! size where clones, snapshots or other names keep its blocks.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::path::{Path, PathBuf};

use crate::platform::{self, BlockUsage};

/// The bytes that become free, and those that do not, with the reasons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Freed {
    /// Bytes that become free.
    pub bytes: u64,
    /// Bytes that clones or snapshots keep.
    pub shared: u64,
    /// Bytes that other names of the file keep, which are not acted on.
    pub linked: u64,
}

impl AddAssign for Freed {
    fn add_assign(&mut self, other: Self) {
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.shared = self.shared.saturating_add(other.shared);
        self.linked = self.linked.saturating_add(other.linked);
    }
}

impl Freed {
    /// Estimates what becomes free when `names` of the `links` names of a file
    /// go that takes `allocated` bytes.
    ///
    /// The extents of a compressed file are counted by what they contain, so
    /// the shared part of them is taken as a share of what is allocated.
    #[must_use]
    pub(crate) fn by_removing(
        allocated: u64,
        links: u64,
        names: u64,
        usage: Option<BlockUsage>,
    ) -> Self {
        if links > names {
            return Self {
                linked: allocated,
                ..Self::default()
            };
        }
        let usage = usage.unwrap_or_default();
        let mapped = u128::from(usage.exclusive) + u128::from(usage.shared);
        // No more than `allocated`: the shared bytes are some of the mapped.
        let shared = u128::from(allocated) * u128::from(usage.shared);
        let shared = shared.checked_div(mapped).unwrap_or_default() as u64;
        Self {
            bytes: allocated - shared,
            shared,
            linked: 0,
        }
    }
}

/// The free bytes of file systems before an act, to be compared with those after
/// it. Others write meanwhile, so the difference is only what was observed.
#[derive(Debug, Default)]
pub(crate) struct FreeSpace {
    /// A path on each file system, by device number.
    before: BTreeMap<u64, (PathBuf, u64)>,
}

impl FreeSpace {
    /// Notes the free bytes of the file system of a path, at its first call for
    /// a device.
    pub(crate) fn note(&mut self, device: u64, path: &Path) {
        if !self.before.contains_key(&device)
            && let Ok(free) = platform::free_bytes(path)
        {
            self.before.insert(device, (path.to_path_buf(), free));
        }
    }

    /// Bytes that became free since then, over all file systems: negative if
    /// less is free. btrfs and XFS count blocks as free only after they were
    /// synced. `None` where the system does not tell.
    #[must_use]
    pub(crate) fn freed(&self) -> Option<i128> {
        if self.before.is_empty() {
            return None;
        }
        let changes = self.before.values().map(|(path, before)| {
            let now = platform::free_bytes(path).ok()?;
            Some(i128::from(now) - i128::from(*before))
        });
        changes.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_elsewhere_is_not_freed() {
        let usage = |exclusive, shared| Some(BlockUsage { exclusive, shared });
        let freed = |bytes, shared, linked| Freed {
            bytes,
            shared,
            linked,
        };
        let rows = [
            (4096, 1, 1, None, freed(4096, 0, 0)),
            (4096, 2, 2, None, freed(4096, 0, 0)),
            (4096, 3, 2, None, freed(0, 0, 4096)),
            (8192, 1, 1, usage(8192, 0), freed(8192, 0, 0)),
            (8192, 1, 1, usage(4096, 4096), freed(4096, 4096, 0)),
            (8192, 1, 1, usage(0, 8192), freed(0, 8192, 0)),
            // Compressed to a quarter.
            (2048, 1, 1, usage(4096, 4096), freed(1024, 1024, 0)),
            (8192, 2, 1, usage(0, 8192), freed(0, 0, 8192)),
            (0, 1, 1, usage(0, 0), freed(0, 0, 0)),
            (
                u64::MAX,
                1,
                1,
                usage(u64::MAX, u64::MAX),
                freed(1 << 63, u64::MAX >> 1, 0),
            ),
        ];
        for (allocated, links, names, usage, expected) in rows {
            let found = Freed::by_removing(allocated, links, names, usage);
            assert_eq!(found, expected, "{allocated} {links} {names} {usage:?}");
        }
        let mut sum = freed(1, 2, 3);
        sum += freed(10, 20, 30);
        assert_eq!(sum, freed(11, 22, 33));
    }
}
