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
mod known;
mod metadata;
mod names;
mod partial;
mod record;
#[allow(
    dead_code,
    reason = "only Linux reports enough about two names to apply the rule"
)]
mod sameness;
mod segment;
mod sizes;
mod summary;
mod timestamp;
mod walk_batch;

pub(crate) use batch::MAX_COMPARED;
pub use batch::{Batch, BatchOutcome, Evidence, FileLocation, FileOutcome, Job, Task, TaskResult};
pub use cancel::CancelToken;
pub(crate) use devices::DeviceTable;
pub use digest::Digest;
pub(crate) use dirs::push_component;
pub use dirs::{DirId, DirRecord, DirTable};
pub use extents::{Extent, Extents, Space};
pub use files::{FileIdx, FileTable};
pub use group::{Group, Proof};
pub use heartbeat::{Heartbeat, WorkerStats};
pub use identity::{FileId, FileKind, FileStat};
pub use known::{DigestKind, Known, ProvedDir};
pub use metadata::{Aspect, FileMetadata, Layout};
pub(crate) use metadata::{aspect_of_attribute, subtract};
pub(crate) use names::NameList;
pub use names::{NameArena, NameRef};
pub(crate) use partial::{END_BLOCK, SHARE_LIMIT, WHOLE_LIMIT, partial_bytes};
pub use record::FileRecord;
pub use sameness::{Doubt, NamePath, Sameness};
#[allow(
    unused_imports,
    reason = "only Linux reports enough about two names to apply the rule"
)]
pub(crate) use sameness::{Entries, Entry, Handle, NameFacts, sameness};
pub use segment::Segment;
pub use sizes::SizeIdx;
pub(crate) use sizes::SizeTable;
pub(crate) use summary::{CacheSummary, StageStats};
pub use summary::{ExecutorSummary, Summary, Totals};
pub use timestamp::Timestamp;
pub use walk_batch::{FoundDir, FoundFile, RootInfo, WalkBatch};
