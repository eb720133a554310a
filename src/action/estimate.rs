//! Space that a file takes, before it is acted on.

use crate::platform::{FileOps, bytes_of};
use crate::types::FileRecord;

/// Bytes that the file system allocated for a file; its size where that cannot
/// be found out.
pub(crate) fn allocated<F: FileOps>(ops: &F, record: &FileRecord) -> u64 {
    let status = || {
        let parent = record.path.parent()?;
        let name = record.path.file_name()?;
        let dir = ops.open_root(bytes_of(parent.as_os_str())).ok()?;
        let file = ops.open_file(&dir, bytes_of(name)).ok()?;
        ops.status(&file).ok()
    };
    status().map_or(record.size, |status| status.allocated)
}
