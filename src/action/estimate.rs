//! The space that acting on a file would free, before it is proved.

use super::freed::Freed;
use crate::platform::{ContentOps, bytes_of};
use crate::types::FileRecord;

/// Estimates what becomes free if a file and all its names that were found are
/// removed. Where its blocks cannot be found out, its size counts.
pub(crate) fn estimate<O: ContentOps>(ops: &O, record: &FileRecord) -> Freed {
    let examine = || {
        let parent = record.path.parent()?;
        let name = record.path.file_name()?;
        let dir = ops.open_root(bytes_of(parent.as_os_str())).ok()?;
        let file = ops.open_file(&dir, bytes_of(name)).ok()?;
        let status = ops.status(&file).ok()?;
        Some((status.allocated, ops.block_usage(&file)))
    };
    let (allocated, usage) = examine().unwrap_or((record.size, None));
    let names = record.names().count() as u64;
    Freed::by_removing(allocated, u64::from(record.links), names, usage)
}
