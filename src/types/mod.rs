//! Data types shared by all modules: files and their metadata, batches of work
//! and their outcomes, groups and the summary of a scan.
//!
//! No type opens a file, starts a thread or prints. Every other module may
//! depend on this one; it depends on `error` only.

mod batch;
mod bytes;
mod cancel;
mod devices;
mod digest;
mod dirs;
mod extents;
mod files;
mod group;
mod heartbeat;
mod identity;
mod names;
mod sameness;
mod segment;
mod sizes;
mod summary;
mod timestamp;
mod walk_batch;

pub use batch::{
    Batch, BatchOutcome, END_BLOCK, Evidence, FileLocation, FileOutcome, Job, MAX_COMPARED,
    SHARE_LIMIT, Task, TaskResult, UnsoundBatch, WHOLE_LIMIT, partial_bytes,
};
pub use cancel::CancelToken;
pub use devices::DeviceTable;
pub use digest::{Digest, ParseDigestError};
pub(crate) use dirs::push_component;
pub use dirs::{DirId, DirRecord, DirTable};
pub use extents::{Extent, Extents, Space};
pub use files::{FileIdx, FileRecord, FileTable};
pub use group::{Group, Replica};
pub use heartbeat::{Heartbeat, WorkerStats};
pub use identity::{FileId, FileKind, FileStat};
pub use names::{NameArena, NameList, NameRef};
pub use sameness::{Doubt, Entries, Entry, Handle, NameFacts, NamePath, Sameness, sameness};
pub use segment::Segment;
pub use sizes::{SizeIdx, SizeTable};
pub use summary::{ExecutorSummary, StageStats, Summary, Totals};
pub use timestamp::Timestamp;
pub use walk_batch::{FoundDir, FoundFile, RootInfo, WalkBatch};
