//! Opens a file as the scan found it, and compares two of them byte by byte.

use std::io;
use std::sync::Arc;

use super::act::Equal;
use super::dirs::{Dirs, OpenedDir};
use super::journal::Proof;
use super::names::Place;
use super::outcome::{Failure, Refusal, Skip, Step};
use crate::config::HashAlgorithm;
use crate::hash::Hasher;
use crate::platform::{FileOps, FileStatus, FileSystemKind, Lease, is_link_loop, is_not_regular};
use crate::types::{CancelToken, Digest, FileKind, FileRecord, FileStat};

/// One name of an open file.
#[derive(Debug)]
pub(super) struct Name<D> {
    pub(super) dir: Arc<OpenedDir<D>>,
    pub(super) name: Vec<u8>,
}

/// An open file that is as the scan found it.
pub(super) struct Opened<F: FileOps> {
    pub(super) file: F::File,
    pub(super) status: FileStatus,
    pub(super) names: Vec<Name<F::Dir>>,
    /// True if a lease was taken on it.
    pub(super) has_lease: bool,
}

impl<F: FileOps> Opened<F> {
    pub(super) fn kind(&self) -> FileSystemKind {
        self.names
            .first()
            .map_or(FileSystemKind::Other, |name| name.dir.kind)
    }

    pub(super) fn stat(&self) -> &FileStat {
        &self.status.stat
    }

    /// Returns true if this is the file, with its bytes as far as its size and
    /// modification time tell. Its change time moves when a name does.
    pub(super) fn is(&self, found: &FileStat) -> bool {
        let stat = self.stat();
        found.kind == FileKind::Regular
            && found.id == stat.id
            && found.size == stat.size
            && found.modified == stat.modified
    }

    /// Returns true if one of its names still leads to it.
    pub(super) fn is_in_place(&self, ops: &F) -> bool {
        let leads = |name: &Name<F::Dir>| {
            let found = ops.stat_name(&name.dir.dir, &name.name);
            found.is_ok_and(|found| self.is(&found))
        };
        self.names.iter().any(leads)
    }
}

/// Opens a file and compares it with its record. All of its names must lead to
/// it; for one that is kept (`any_name`) one of them suffices.
pub(super) fn open<F: FileOps>(
    ops: &F,
    dirs: &mut Dirs<F::Dir>,
    roots: &[std::path::PathBuf],
    record: &FileRecord,
    any_name: bool,
) -> Result<Opened<F>, Refusal> {
    let failed = |error| refusal_of(error, Step::Open);
    let mut opened: Option<Opened<F>> = None;
    let mut refusal = Refusal::Skip(Skip::Gone);
    for path in record.names() {
        let mut check = || -> Result<(), Refusal> {
            let place = Place::new(path, roots).ok_or(Skip::Changed)?;
            let dir = dirs.get(ops, &place).map_err(failed)?;
            let name = Name {
                dir,
                name: place.name,
            };
            match &mut opened {
                None => {
                    let file = ops.open_file(&name.dir.dir, &name.name).map_err(failed)?;
                    let status = ops.status(&file).map_err(failed)?;
                    if !is_as_recorded(record, &status.stat) {
                        return Err(Skip::Changed.into());
                    }
                    opened = Some(Opened {
                        file,
                        status,
                        names: vec![name],
                        has_lease: false,
                    });
                }
                Some(opened) => {
                    let found = ops.stat_name(&name.dir.dir, &name.name).map_err(failed)?;
                    if !opened.is(&found) {
                        return Err(Skip::Changed.into());
                    }
                    opened.names.push(name);
                }
            }
            Ok(())
        };
        match check() {
            Ok(()) => {}
            Err(reason) if any_name => refusal = reason,
            Err(reason) => return Err(reason),
        }
    }
    opened.ok_or(refusal)
}

fn is_as_recorded(record: &FileRecord, stat: &FileStat) -> bool {
    stat.kind == FileKind::Regular
        && stat.id == record.id
        && stat.size == record.size
        && stat.modified == record.modified
        && stat.changed == record.changed
}

/// The reason for an error on the way to a file.
pub(super) fn refusal_of(error: io::Error, step: Step) -> Refusal {
    if is_link_loop(&error) {
        return Skip::SymbolicLink.into();
    }
    if is_not_regular(&error) {
        return Skip::NotRegular.into();
    }
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Skip::Gone.into(),
        _ => Failure::new(step, error).into(),
    }
}

/// Takes a lease on a file. Returns false where there are none.
pub(super) fn lease<F: FileOps>(ops: &F, opened: &mut Opened<F>) -> Result<bool, Refusal> {
    match ops.take_lease(&opened.file) {
        Lease::Held => opened.has_lease = true,
        Lease::Refused => return Err(Skip::InUse.into()),
        Lease::Unavailable => opened.has_lease = false,
    }
    Ok(opened.has_lease)
}

/// Two files, and the rules by which they are compared.
pub(super) struct Comparison<'a, F: FileOps> {
    pub(super) ops: &'a F,
    pub(super) keeper: &'a Opened<F>,
    pub(super) target: &'a Opened<F>,
    pub(super) cancel: &'a CancelToken,
}

/// Two files were equal.
pub(super) struct Compared {
    /// The basis of the comparison.
    pub(super) proof: Proof,
    /// The digest of their bytes.
    pub(super) digest: Digest,
    /// Their status then, where no lease tells of writers.
    pub(super) equal: Option<Equal>,
}

/// Bytes that are read of each file in turn.
pub(super) const STEP: usize = 256 * 1024;

impl<F: FileOps> Comparison<'_, F> {
    /// The possible basis of the comparison. An overlay, a server or a program may
    /// grant a lease and have writers that it does not know of.
    pub(super) fn proof(&self) -> Proof {
        let counts = |file: &Opened<F>| {
            let is_exact = matches!(file.kind(), FileSystemKind::Exact | FileSystemKind::Memory);
            file.has_lease && is_exact
        };
        if counts(self.keeper) && counts(self.target) {
            Proof::Lease
        } else {
            Proof::Times
        }
    }

    /// Reads all bytes of both files.
    pub(super) fn run(
        &self,
        buffers: &mut [Vec<u8>; 2],
        algorithm: HashAlgorithm,
    ) -> Result<Compared, Refusal> {
        let proof = self.proof();
        let before = (proof == Proof::Times).then(|| self.settled_status());
        let before = before.transpose()?;
        let mut hasher = Hasher::new(algorithm);
        self.bytes(buffers, |bytes| hasher.update(bytes))?;
        let digest = hasher.finish();
        let mut equal = None;
        self.require_leases()?;
        if let Some(before) = before {
            let after = self.status()?;
            if !before.0.unchanged_in(&after.0) || !before.1.unchanged_in(&after.1) {
                return Err(Skip::InUse.into());
            }
            equal = Some(Equal {
                keeper: after.0,
                target: after.1,
            });
        }
        Ok(Compared {
            proof,
            digest,
            equal,
        })
    }

    /// Fails if the bytes are not equal any more.
    pub(super) fn equal_still(&self) -> Result<(), Refusal> {
        let before = self.status()?;
        self.bytes(&mut Default::default(), |_| {})?;
        let after = self.status()?;
        if !before.0.unchanged_in(&after.0) || !before.1.unchanged_in(&after.1) {
            return Err(Skip::InUse.into());
        }
        Ok(())
    }

    /// Compares the bytes, and shows them: the digest of a report may be wrong,
    /// and whoever takes the act back relies on it.
    fn bytes(
        &self,
        buffers: &mut [Vec<u8>; 2],
        mut each: impl FnMut(&[u8]),
    ) -> Result<(), Refusal> {
        let size = self.target.stat().size;
        let [one, other] = buffers;
        let mut at = 0;
        while at < size {
            let wanted = usize::try_from(size - at).map_or(STEP, |left| left.min(STEP));
            for (file, buffer) in [(self.keeper, &mut *one), (self.target, &mut *other)] {
                buffer.resize(STEP, 0);
                read_exact(self.ops, &file.file, &mut buffer[..wanted], at).map_err(|error| {
                    if error.kind() == io::ErrorKind::UnexpectedEof {
                        Refusal::Skip(Skip::Changed)
                    } else {
                        Failure::new(Step::Compare, error).into()
                    }
                })?;
            }
            if one[..wanted] != other[..wanted] {
                return Err(Skip::Differs.into());
            }
            each(&other[..wanted]);
            at += wanted as u64;
            if at < size {
                // Who wants to write waits for this.
                self.require_leases()?;
                if self.cancel.is_cancelled() {
                    return Err(Skip::Interrupted.into());
                }
            }
        }
        Ok(())
    }

    /// Fails if a lease was broken.
    pub(super) fn require_leases(&self) -> Result<(), Refusal> {
        for file in [self.keeper, self.target] {
            if file.has_lease && !self.ops.holds_lease(&file.file) {
                self.ops.release_lease(&file.file);
                return Err(Skip::InUse.into());
            }
        }
        Ok(())
    }

    /// The status from which on stores through mappings move the times, where
    /// the file system can do that.
    fn settled_status(&self) -> Result<(FileStat, FileStat), Refusal> {
        self.ops.write_back(&self.keeper.file);
        self.ops.write_back(&self.target.file);
        let (keeper, target) = self.status()?;
        // The record was compared before; what came since is no part of it.
        if !self.keeper.is(&keeper) || !self.target.stat().unchanged_in(&target) {
            return Err(Skip::InUse.into());
        }
        Ok((keeper, target))
    }

    fn status(&self) -> Result<(FileStat, FileStat), Refusal> {
        let status = |file: &Opened<F>| {
            let status = self.ops.status(&file.file);
            status.map_err(|error| Refusal::from(Failure::new(Step::Compare, error)))
        };
        Ok((status(self.keeper)?.stat, status(self.target)?.stat))
    }
}

fn read_exact<F: FileOps>(
    ops: &F,
    file: &F::File,
    mut buffer: &mut [u8],
    mut offset: u64,
) -> io::Result<()> {
    while !buffer.is_empty() {
        let read = ops.read_at(file, buffer, offset)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer = &mut buffer[read..];
        offset += read as u64;
    }
    Ok(())
}
