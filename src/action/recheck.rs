//! Proves again, right before an act, the result of the scan: two different files
//! with the same bytes, and no program that writes to them.

use std::sync::Arc;

use super::act::Equal;
use super::compare::{Compared, Comparison, Opened, lease, open, refusal_of};
use super::dirs::Dirs;
use super::journal::Proof;
use super::keepers::{Keeper, Keepers};
use super::outcome::{Failure, Refusal, Skip, Step};
use super::plan::{Action, ActionOptions};
use super::refuse;
use super::restore::digest_of;
use crate::config::HashAlgorithm;
use crate::platform::{FileOps, FileSystemKind};
use crate::types::{Aspect, CancelToken, Digest, FileMetadata, FileRecord};

/// What a run acts with and by.
pub(super) struct Context<'a, F> {
    pub(super) ops: &'a F,
    pub(super) options: &'a ActionOptions,
    pub(super) cancel: &'a CancelToken,
    pub(super) is_root: bool,
    /// How many threads may prove files, or act on them, at the same time.
    pub(super) threads: usize,
}

impl<F> Clone for Context<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Context<'_, F> {}

/// Everything that is used again from file to file.
pub(super) struct Recheck<'a, F: FileOps> {
    pub(super) context: Context<'a, F>,
    pub(super) dirs: Dirs<F::Dir>,
    buffers: [Vec<u8>; 2],
}

/// A target that is proved to have the bytes of a keeper.
pub(super) struct Proved<F: FileOps> {
    pub(super) target: Opened<F>,
    pub(super) keeper: Arc<Keeper<F>>,
    pub(super) proof: Proof,
    pub(super) metadata: FileMetadata,
    /// The digest of its bytes, unless the kernel compares them.
    pub(super) digest: Option<Digest>,
    /// The status of both files while they were equal, where no lease tells of
    /// writers.
    pub(super) equal: Option<Equal>,
}

impl<'a, F: FileOps> Recheck<'a, F> {
    pub(super) fn new(context: Context<'a, F>) -> Self {
        Self {
            context,
            dirs: Dirs::default(),
            buffers: Default::default(),
        }
    }

    /// Opens a target and compares it with the first suitable keeper.
    pub(super) fn prove(
        &mut self,
        record: &FileRecord,
        keepers: &mut Keepers<F>,
        algorithm: HashAlgorithm,
    ) -> Result<Proved<F>, Refusal> {
        if keepers.contains(record.id) {
            return Err(Skip::SameFile.into());
        }
        refuse::by_path(record, self.context.options)?;
        let mut target = open(
            self.context.ops,
            &mut self.dirs,
            &self.context.options.roots,
            record,
            false,
        )?;
        refuse::by_status(&target.status)?;
        for name in &target.names {
            refuse::by_directory(&name.dir.status, self.context.is_root)?;
            refuse::by_real_path(&name.dir.join(&name.name), self.context.options)?;
        }
        // For shared blocks the kernel compares, under its own locks.
        let is_dedupe = self.context.options.action == Action::Dedupe;
        if !is_dedupe {
            self.require_lease(&mut target)?;
        }
        let metadata = self.context.ops.metadata(&target.file);
        let metadata = metadata.map_err(|error| Failure::new(Step::Open, error))?;
        let keeper = self.choose(&target, &metadata, keepers)?;
        if is_dedupe {
            return Ok(Proved {
                target,
                keeper,
                proof: Proof::Kernel,
                metadata,
                digest: None,
                equal: None,
            });
        }
        let comparison = Comparison {
            ops: self.context.ops,
            keeper: &keeper.opened,
            target: &target,
            cancel: self.context.cancel,
        };
        let Compared {
            proof,
            digest,
            equal,
        } = comparison.run(&mut self.buffers, algorithm)?;
        if self.context.options.require_lease && proof != Proof::Lease {
            return Err(Skip::NoLease.into());
        }
        if self.context.options.leave > 1 {
            let _ = keeper.digest.set(Some(digest));
            self.require_copies(&target, keepers, digest, algorithm)?;
        }
        Ok(Proved {
            target,
            keeper,
            proof,
            metadata,
            digest: Some(digest),
            equal,
        })
    }

    fn require_lease(&self, file: &mut Opened<F>) -> Result<(), Refusal> {
        if !lease(self.context.ops, file)? && self.context.options.require_lease {
            return Err(Skip::NoLease.into());
        }
        Ok(())
    }

    /// Fails unless as many files with these bytes are left as are wanted.
    fn require_copies(
        &mut self,
        target: &Opened<F>,
        keepers: &mut Keepers<F>,
        digest: Digest,
        algorithm: HashAlgorithm,
    ) -> Result<(), Refusal> {
        let (ops, options) = (self.context.ops, self.context.options);
        let size = target.stat().size;
        let is_copy = |keeper: &Keeper<F>| {
            let read = || digest_of(ops, &keeper.opened.file, size, algorithm).ok()?;
            keeper.opened.is_in_place(ops) && *keeper.digest.get_or_init(read) == Some(digest)
        };
        let open = |record: &FileRecord| open_keeper(ops, &mut self.dirs, options, record);
        if keepers.count(options.leave, open, is_copy) < options.leave {
            return Err(Skip::TooFewCopies.into());
        }
        Ok(())
    }

    fn choose(
        &mut self,
        target: &Opened<F>,
        metadata: &FileMetadata,
        keepers: &mut Keepers<F>,
    ) -> Result<Arc<Keeper<F>>, Refusal> {
        let (ops, options) = (self.context.ops, self.context.options);
        let open = |record: &FileRecord| open_keeper(ops, &mut self.dirs, options, record);
        let refuse = |keeper: &Keeper<F>| {
            let opened = &keeper.opened;
            if opened.stat().id == target.stat().id {
                return Err(Skip::SameFile.into());
            }
            if opened.has_lease && !ops.holds_lease(&opened.file) {
                ops.release_lease(&opened.file);
                return Err(Skip::InUse.into());
            }
            if !opened.is_in_place(ops) {
                return Err(Skip::KeeperChanged.into());
            }
            // Nothing makes it durable, and the target may be.
            if opened.kind().forgets() && !target.kind().forgets() {
                return Err(Skip::KeeperInMemory.into());
            }
            if options.action == Action::HardLink {
                can_be_linked(ops, keeper, target, metadata, options)?;
            }
            Ok(())
        };
        keepers.choose(open, refuse)
    }
}

/// Opens a file that is to be kept, and takes a lease on it where that can be.
fn open_keeper<F: FileOps>(
    ops: &F,
    dirs: &mut Dirs<F::Dir>,
    options: &ActionOptions,
    record: &FileRecord,
) -> Result<Keeper<F>, Refusal> {
    let mut opened = open(ops, dirs, &options.roots, record, true).map_err(of_keeper)?;
    if options.action != Action::Dedupe {
        lease(ops, &mut opened)?;
    }
    Keeper::new(opened).ok_or(Refusal::Skip(Skip::KeeperChanged))
}

/// The reason for a keeper that cannot be used, told of the target.
fn of_keeper(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Skip(Skip::InUse) => Skip::InUse.into(),
        Refusal::Skip(_) => Skip::KeeperChanged.into(),
        Refusal::Fail(failure) => refusal_of(failure.error, Step::OpenKeeper),
    }
}

/// The reason why a target cannot become a hard link to a keeper.
fn can_be_linked<F: FileOps>(
    ops: &F,
    keeper: &Keeper<F>,
    target: &Opened<F>,
    metadata: &FileMetadata,
    options: &ActionOptions,
) -> Result<(), Refusal> {
    let opened = &keeper.opened;
    let mount = |file: &Opened<F>| (file.stat().id.dev, file.status.mount);
    if target
        .names
        .iter()
        .any(|name| (name.dir.status.stat.id.dev, name.dir.status.mount) != mount(opened))
    {
        return Err(Skip::OtherMount.into());
    }
    if matches!(
        target.kind(),
        FileSystemKind::Overlay | FileSystemKind::Volatile
    ) {
        return Err(Skip::Overlay.into());
    }
    if opened.status.immutable {
        return Err(Skip::Immutable.into());
    }
    if keeper.is_full() {
        return Err(Skip::TooManyLinks.into());
    }
    if options.ignore_metadata {
        return Ok(());
    }
    let kept = match keeper.metadata.get() {
        Some(known) => known,
        None => {
            let read = ops.metadata(&opened.file);
            let read = read.map_err(|error| Failure::new(Step::OpenKeeper, error))?;
            keeper.metadata.get_or_init(|| read)
        }
    };
    if kept
        .differences(metadata)
        .iter()
        .any(Aspect::decides_access)
    {
        return Err(Skip::MetadataDiffers.into());
    }
    Ok(())
}
