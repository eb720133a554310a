//! Making many files and directories durable at once.

use std::collections::{BTreeMap, HashSet};

use super::dirs::OpenedDir;
use crate::platform::FileOps;
use crate::types::FileId;

/// Directories of one file system from which on all of it is written: each of
/// them alone waits for the disk.
const MANY: usize = 4;

/// File systems of which everything that was written is durable.
pub(super) struct Durable(HashSet<u64>);

impl Durable {
    /// Writes the file systems that have many of these directories. One that
    /// cannot be written like that is left out: each of its files and directories
    /// is to be made durable by itself then, and shows which one fails.
    pub(super) fn sync_many<'d, F: FileOps>(
        ops: &F,
        dirs: impl Iterator<Item = &'d OpenedDir<F::Dir>>,
    ) -> Self
    where
        F::Dir: 'd,
    {
        let mut of_device: BTreeMap<u64, (HashSet<FileId>, &OpenedDir<F::Dir>)> = BTreeMap::new();
        for dir in dirs {
            let id = dir.status.stat.id;
            let of_device = of_device.entry(id.dev);
            of_device.or_insert((HashSet::new(), dir)).0.insert(id);
        }
        let many = of_device
            .into_iter()
            .filter(|(_, (ids, _))| ids.len() >= MANY);
        let written = many.filter(|(_, (_, dir))| ops.sync_file_system(&dir.dir).unwrap_or(false));
        Self(written.map(|(device, _)| device).collect())
    }

    /// Returns true if this file or directory is durable.
    pub(super) fn contains(&self, id: FileId) -> bool {
        self.0.contains(&id.dev)
    }
}
