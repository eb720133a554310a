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
mod whole;

pub use batch::{Batch, BatchOutcome, Ends, Evidence, FileLocation, FileOutcome, Job, TaskResult};
pub(crate) use batch::{MAX_COMPARED, Task};
pub use cancel::CancelToken;
pub(crate) use devices::DeviceTable;
pub use digest::Digest;
pub use dirs::DirId;
pub(crate) use dirs::{DirRecord, DirTable, push_component};
pub use extents::{Extent, Extents, SharedBlocks, Space};
pub(crate) use files::{FileIdx, FileTable};
pub use group::{DirectoryGroup, DirectoryRecord, Group, Proof, SimilarDirectories};
pub use heartbeat::Heartbeat;
pub(crate) use heartbeat::WorkerStats;
pub use identity::{FileId, FileKind, FileStat};
pub(crate) use known::{DigestKind, Known, ProvedFile, ReadDigest};
pub(crate) use metadata::{Aspect, FileMetadata, Layout, aspect_of_attribute, subtract};
pub(crate) use names::{NameArena, NameList, NameRef};
pub(crate) use partial::{END_BLOCK, SHARE_LIMIT, WHOLE_LIMIT, partial_bytes};
pub use record::FileRecord;
pub(crate) use sameness::{Doubt, NamePath, Sameness};
#[allow(
    unused_imports,
    reason = "only Linux reports enough about two names to apply the rule"
)]
pub(crate) use sameness::{Entries, Entry, Handle, NameFacts, sameness};
pub use segment::Segment;
pub(crate) use sizes::{SizeIdx, SizeTable};
pub(crate) use summary::{CacheSummary, StageStats};
pub use summary::{ExecutorSummary, Summary, Totals};
pub use timestamp::Timestamp;
pub use walk_batch::{FoundDir, FoundFile, RootInfo, WalkBatch};
pub(crate) use walk_batch::{FoundEntry, FoundKind};
pub(crate) use whole::{
    ListedDirectory, ListedEntry, NameElsewhere, NotConfirmed, ProposedDirectory, ProposedGroup,
    Unequal, WholeContents, WholeDirectory,
};
