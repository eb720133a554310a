//! Takes entries of redundant directories that are no files with a content of their
//! own: symbolic links, and names of files that have other names.
//!
//! Their records in the journal hold all that they are. So they need no state: the
//! entry is under its name, under its temporary name, or where it was moved to, and
//! from what is there each of them can be brought back ([`bring_back`]) or settled
//! ([`settle_entry`]).

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::act::{act_failed, is_gone};
use super::dirs::{OpenedDir, open_parent};
use super::displace::move_refused;
use super::journal::{DirectoryChange, DirectoryRecord, EntryRecord, TakenEntry};
use super::names::{relative_destination, temporary_name};
use super::outcome::{Failure, FileResult, Outcome, Refusal, Skip, Step};
use super::recheck::Recheck;
use super::run::{Intents, Run, RunError};
use super::survey::is_link;
use crate::platform::{ContentOps, FileOps, FileSystemKind, bytes_of, os_str};
use crate::types::{FileId, FileKind, FileRecord, ListedEntry, NameElsewhere};

/// An entry that is to be taken, and one that proves that nothing is lost with it.
pub(super) struct Taken {
    pub(super) group: usize,
    pub(super) path: PathBuf,
    pub(super) keeper: PathBuf,
    pub(super) kind: TakenKind,
}

pub(super) enum TakenKind {
    /// A symbolic link with this target.
    Link(Vec<u8>),
    /// A name of this file of this length.
    Name(FileId, u64),
}

impl Taken {
    pub(super) fn link(group: usize, dir: &Path, entry: &(Vec<u8>, ListedEntry)) -> Option<Self> {
        let ListedEntry::Link { target, keeper } = &entry.1 else {
            return None;
        };
        Some(Self {
            group,
            path: dir.join(os_str(&entry.0)),
            keeper: keeper.clone(),
            kind: TakenKind::Link(target.clone()),
        })
    }

    pub(super) fn name(group: usize, name: &NameElsewhere) -> Self {
        Self {
            group,
            path: name.path.clone(),
            keeper: name.keeper.clone(),
            kind: TakenKind::Name(name.id, name.size),
        }
    }

    fn record(&self) -> FileRecord {
        let (id, size) = match self.kind {
            TakenKind::Link(_) => (FileId { dev: 0, ino: 0 }, 0),
            TakenKind::Name(id, size) => (id, size),
        };
        FileRecord {
            size,
            ..FileRecord::new(self.path.clone(), id)
        }
    }
}

/// An entry that was looked at, with what the journal is to know about it.
struct Planned<D> {
    at: usize,
    dir: Arc<OpenedDir<D>>,
    name: Vec<u8>,
    temporary: Vec<u8>,
    destination: Option<PathBuf>,
    record: EntryRecord,
}

impl<F: ContentOps, J: Intents> Run<'_, F, J> {
    /// Takes entries, and reports each.
    pub(super) fn take_entries(&mut self, entries: &[Taken]) -> Result<(), RunError> {
        for some in entries.chunks(self.max_files) {
            self.take_some(some, &mut Recheck::new(self.context))?;
        }
        Ok(())
    }

    fn take_some(
        &mut self,
        entries: &[Taken],
        recheck: &mut Recheck<'_, F>,
    ) -> Result<(), RunError> {
        let mut planned = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            match self.plan_entry(at, entry, recheck) {
                Ok(plan) => planned.push(plan),
                Err(refusal) => self.tell_entry(entry, None, refusal.into()),
            }
        }
        let to = self.destination.as_ref().map(|to| to.dir.path.clone());
        let shown = |plan: &Planned<_>| Some(to.as_ref()?.join(plan.destination.as_ref()?));
        if self.context.options.dry_run {
            for plan in &planned {
                self.tell_entry(&entries[plan.at], shown(plan), FileResult::TAKEN);
            }
            return Ok(());
        }
        let destinations = planned.iter().filter_map(|plan| plan.destination.as_ref());
        let destinations: Vec<_> = destinations.cloned().collect();
        self.record_missing_dirs(destinations.iter().map(PathBuf::as_path))?;
        let record = |plan: &Planned<_>| DirectoryRecord {
            path: plan.dir.join(&plan.name).into(),
            change: DirectoryChange::Taken(plan.record.clone()),
        };
        let records: Vec<_> = planned.iter().map(record).collect();
        if records.is_empty() {
            return Ok(());
        }
        self.intents.intend_directories(&records)?;
        let mut interrupted = false;
        for plan in &planned {
            interrupted |= self.context.cancel.is_cancelled();
            let taken = match interrupted {
                true => Err(Skip::Interrupted.into()),
                false => self.take(&entries[plan.at], plan, recheck),
            };
            let result = taken.map_or_else(FileResult::from, |()| FileResult::TAKEN);
            self.tell_entry(&entries[plan.at], shown(plan), result);
        }
        for plan in &planned {
            // What is not durable is in the journal.
            let _ = self.context.ops.sync_dir(&plan.dir.dir);
        }
        match interrupted {
            true => Err(RunError::Interrupted),
            false => Ok(()),
        }
    }

    fn plan_entry(
        &self,
        at: usize,
        entry: &Taken,
        recheck: &mut Recheck<'_, F>,
    ) -> Result<Planned<F::Dir>, Refusal> {
        let (dir, name) = recheck.place_of(&entry.path)?;
        recheck.require_entry(&dir, &name, entry)?;
        let temporary = temporary_name();
        let path = dir.join(&name);
        let destination = self.destination.as_ref();
        let destination = destination.map(|to| relative_destination(&path, &to.working_directory));
        let absolute = self.destination.as_ref().zip(destination.as_ref());
        let absolute = absolute.map(|(to, below)| to.dir.path.join(below).into());
        let ops = self.context.ops;
        let entry = match &entry.kind {
            TakenKind::Link(target) => TakenEntry::Link {
                target: target.clone(),
                metadata: ops.link_metadata(&dir.dir, &name).map_err(act_failed)?,
            },
            TakenKind::Name(..) => {
                let (kept, kept_name) = recheck.place_of(&entry.keeper)?;
                TakenEntry::Name {
                    keeper: kept.join(&kept_name).into(),
                    stat: ops.stat_name(&dir.dir, &name).map_err(act_failed)?,
                }
            }
        };
        Ok(Planned {
            at,
            record: EntryRecord {
                entry,
                temporary: dir.join(&temporary).into(),
                destination: absolute,
            },
            dir,
            name,
            temporary,
            destination,
        })
    }

    /// Takes one: it gets another name first, is looked at there, and only then goes.
    fn take(
        &self,
        entry: &Taken,
        plan: &Planned<F::Dir>,
        recheck: &mut Recheck<'_, F>,
    ) -> Result<(), Refusal> {
        let ops = self.context.ops;
        recheck.require_entry(&plan.dir, &plan.name, entry)?;
        let from = (&plan.dir.dir, &plan.name[..]);
        let mut copied = None;
        if let Some(path) = &plan.destination {
            let (parent, name) = (path.parent(), path.file_name());
            let name = bytes_of(name.ok_or(Skip::DestinationExists)?);
            let mode = plan.dir.status.mode & 0o777 | 0o700;
            let to = self
                .performer()
                .destination_dir(parent.unwrap_or(Path::new("")), mode)?;
            match self.displace(entry, from, (&to.dir, name), plan, recheck) {
                Err(Refusal::Skip(Skip::OtherFileSystem)) => {}
                moved => {
                    let _ = ops.sync_dir(&to.dir);
                    return moved;
                }
            }
            // A link is made there again; a file could not keep its other name.
            let TakenEntry::Link { target, metadata } = &plan.record.entry else {
                return Err(Skip::LinkedElsewhere.into());
            };
            ops.symlink(target, &to.dir, name).map_err(move_refused)?;
            let made = ops.set_link(&to.dir, name, metadata);
            if let Err(error) = made.and_then(|()| ops.sync_dir(&to.dir)) {
                let _ = ops.unlink(&to.dir, name);
                return Err(act_failed(error));
            }
            copied = Some((to, name));
        }
        let to = (&plan.dir.dir, &plan.temporary[..]);
        let removed = self
            .displace(entry, from, to, plan, recheck)
            .and_then(|()| match ops.unlink(to.0, to.1) {
                Err(error) if !is_gone(ops, to.0, to.1) => {
                    self.put_back(entry, from, to, plan)?;
                    Err(act_failed(error))
                }
                _ => Ok(()),
            });
        if let (Err(_), Some((to, name))) = (&removed, copied) {
            let _ = ops.unlink(&to.dir, name);
        }
        removed
    }

    /// Renames an entry, and gives it its name back unless it is what it was.
    fn displace(
        &self,
        entry: &Taken,
        from: (&F::Dir, &[u8]),
        to: (&F::Dir, &[u8]),
        plan: &Planned<F::Dir>,
        recheck: &mut Recheck<'_, F>,
    ) -> Result<(), Refusal> {
        let ops = self.context.ops;
        let witness = match entry.kind {
            TakenKind::Link(_) => recheck.link_witness(&plan.dir, from.1, &entry.keeper)?,
            TakenKind::Name(..) => None,
        };
        if let Err(error) = ops.rename(from, to) {
            if is_entry(ops, to, &plan.record.entry) && is_gone(ops, from.0, from.1) {
                // A server may have done it and say that it has not.
                self.put_back(entry, from, to, plan)?;
            }
            return Err(move_refused(error));
        }
        let is_same = is_entry(ops, to, &plan.record.entry);
        let kept = recheck.require_keeper(entry);
        let kept = kept.and_then(|()| match witness {
            Some(before) => recheck.require_apart(to, &entry.keeper, before),
            None => Ok(()),
        });
        if is_same && kept.is_ok() {
            return Ok(());
        }
        self.put_back(entry, from, to, plan)?;
        kept?;
        Err(Skip::Changed.into())
    }

    fn put_back(
        &self,
        _: &Taken,
        from: (&F::Dir, &[u8]),
        to: (&F::Dir, &[u8]),
        plan: &Planned<F::Dir>,
    ) -> Result<(), Failure> {
        let returned = self.context.ops.rename(to, from);
        returned.map_err(|error| Failure {
            left_at: Some(plan.record.temporary.path().to_path_buf()),
            ..Failure::new(Step::Act, error)
        })
    }

    fn tell_entry(&mut self, entry: &Taken, destination: Option<PathBuf>, result: FileResult) {
        let keeper = Some(entry.keeper.clone());
        self.tell_outcome(Outcome {
            group: entry.group,
            file: entry.record(),
            keeper,
            destination,
            result,
        });
    }
}

impl<F: ContentOps> Recheck<'_, F> {
    /// Fails unless an entry is what it was, and another one keeps what it is.
    fn require_entry(
        &mut self,
        dir: &OpenedDir<F::Dir>,
        name: &[u8],
        entry: &Taken,
    ) -> Result<(), Refusal> {
        match &entry.kind {
            TakenKind::Link(target) => self.require_link(dir, name, target, &entry.keeper),
            TakenKind::Name(id, size) => {
                // Only where numbers are exact do two entries with one number and two
                // links prove that there are two names.
                let is_exact =
                    |kind| matches!(kind, FileSystemKind::Exact | FileSystemKind::Memory);
                let found = self
                    .context
                    .ops
                    .stat_name(&dir.dir, name)
                    .map_err(act_failed)?;
                if (found.id, found.size) != (*id, *size) || found.links < 2 {
                    return Err(Skip::Changed.into());
                }
                let (kept, kept_name) = self.place_of(&entry.keeper)?;
                if kept.status.stat.id == dir.status.stat.id && kept_name == name {
                    return Err(Skip::SameFile.into());
                }
                if !is_exact(dir.kind) || !is_exact(kept.kind) {
                    return Err(Skip::MayBeSameFile.into());
                }
                self.require_keeper(entry)
            }
        }
    }

    /// Fails unless what keeps the content of an entry is there.
    fn require_keeper(&mut self, entry: &Taken) -> Result<(), Refusal> {
        let (dir, name) = self
            .place_of(&entry.keeper)
            .map_err(|_| Skip::KeeperChanged)?;
        let is_kept = match &entry.kind {
            TakenKind::Link(target) => is_link(self.context.ops, &dir.dir, &name, target),
            TakenKind::Name(id, size) => {
                let found = self.context.ops.stat_name(&dir.dir, &name);
                found.is_ok_and(|found| {
                    (found.id, found.size, found.kind) == (*id, *size, FileKind::Regular)
                        && found.links >= 2
                })
            }
        };
        match is_kept {
            true => Ok(()),
            false => Err(Skip::KeeperChanged.into()),
        }
    }
}

/// Returns true if a name is the entry that a record is about. Numbers of devices
/// change when the machine starts again.
fn is_entry<O: FileOps>(ops: &O, (dir, name): (&O::Dir, &[u8]), entry: &TakenEntry) -> bool {
    match entry {
        TakenEntry::Link { target, .. } => is_link(ops, dir, name, target),
        TakenEntry::Name { stat, .. } => ops.stat_name(dir, name).is_ok_and(|found| {
            found.kind == FileKind::Regular
                && found.id.ino == stat.id.ino
                && (found.size, found.modified) == (stat.size, stat.modified)
        }),
    }
}

/// Gives an entry its name back that a run which was ended in between left under the
/// temporary one.
pub(super) fn settle_entry<O: FileOps>(ops: &O, path: &Path, record: &EntryRecord) {
    let Ok((dir, name)) = open_parent(ops, path) else {
        return;
    };
    let temporary = record.temporary.path().file_name();
    let temporary = temporary.map_or(&[][..], bytes_of);
    if !is_entry(ops, (&dir, temporary), &record.entry) {
        return;
    }
    // What cannot be done now is done by the next run, or by taking this one back.
    let _ = match is_entry(ops, (&dir, &name), &record.entry) {
        true => ops.unlink(&dir, temporary),
        false => ops.rename((&dir, temporary), (&dir, &name)),
    };
    let _ = ops.sync_dir(&dir);
}

/// The reason why an entry cannot be brought back.
#[derive(Debug)]
pub(super) enum NotBack {
    /// Its directory is gone.
    NoDirectory,
    /// Something else has its name.
    NameTaken,
    /// Neither it nor another name of its file is there.
    NoSource,
    /// A system call failed.
    Io(io::Error),
}

impl From<io::Error> for NotBack {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Brings an entry back, or finds out if that is possible (`is_plan`).
pub(super) fn bring_back<O: ContentOps>(
    ops: &O,
    path: &Path,
    record: &EntryRecord,
    is_plan: bool,
) -> Result<(), NotBack> {
    let EntryRecord {
        entry,
        temporary,
        destination,
    } = record;
    let dir = match open_parent(ops, path) {
        Ok((dir, name)) => Some((dir, name)),
        Err(_) if is_plan => None,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(NotBack::NoDirectory),
        Err(error) => return Err(error.into()),
    };
    let source = [Some(temporary), destination.as_ref()];
    let source = source.into_iter().flatten().find_map(|path| {
        let (dir, name) = open_parent(ops, path.path()).ok()?;
        is_entry(ops, (&dir, &name), entry).then_some((dir, name))
    });
    if let Some((dir, name)) = &dir {
        match ops.stat_name(dir, name) {
            Ok(_) if is_entry(ops, (dir, name), entry) => return Ok(()),
            Ok(_) => return Err(NotBack::NameTaken),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    let kept = match entry {
        TakenEntry::Name { keeper, .. } if source.is_none() => {
            let kept = open_parent(ops, keeper.path()).ok();
            let kept = kept.filter(|(dir, name)| is_entry(ops, (dir, name), entry));
            Some(kept.ok_or(NotBack::NoSource)?)
        }
        _ => None,
    };
    let (false, Some((dir, name))) = (is_plan, dir) else {
        return Ok(());
    };
    let renamed = source.map(|(from, old)| {
        let renamed = ops.rename((&from, &old), (&dir, &name));
        renamed.map_err(|error| (error, from, old))
    });
    match (renamed, entry, kept) {
        (Some(Ok(())), ..) => {}
        (Some(Err((error, from, old))), TakenEntry::Link { target, .. }, _)
            if error.kind() == io::ErrorKind::CrossesDevices =>
        {
            ops.symlink(target, &dir, &name)?;
            ops.unlink(&from, &old)?;
        }
        (Some(Err((error, ..))), ..) => return Err(error.into()),
        (None, TakenEntry::Link { target, .. }, _) => ops.symlink(target, &dir, &name)?,
        (None, TakenEntry::Name { .. }, Some((from, kept))) => {
            let file = ops.open_file(&from, &kept)?;
            ops.link(&file, &dir, &name)?;
        }
        (None, TakenEntry::Name { .. }, None) => return Err(NotBack::NoSource),
    }
    if let TakenEntry::Link { metadata, .. } = entry {
        ops.set_link(&dir, &name, metadata)?;
    }
    Ok(ops.sync_dir(&dir)?)
}
