//! The output of a report: the only module that owns standard output.
//!
//! A report file is written to a temporary file beside it and renamed when
//! complete, so that neither a reader nor a crash ever sees half a report.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::NamedTempFile;

use super::diagnostics::Fatal;
use crate::config::ExcludedFile;
use crate::error::describe;
use crate::platform::{self, StandardStream};
use crate::types::{FileKind, FileStat};

/// Buffer size for pending output. Large enough that a report of many groups
/// costs few system calls.
const BUFFER: usize = 64 * 1024;

/// Maximum number of symbolic links to the output file; the same as Linux
/// follows.
const LINKS: usize = 40;

/// The temporary file to remove if the program ends at once.
#[derive(Debug, Clone, Default)]
pub(super) struct Leftover(Arc<Mutex<Option<PathBuf>>>);

impl Leftover {
    fn set(&self, path: Option<PathBuf>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = path;
    }

    /// Renames the file with `persist`. If it was removed, another thread is
    /// ending the program: then this never returns, so that the missing file is
    /// not reported as a failure.
    fn keep(&self, persist: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        // Held until the rename is done, so that no other thread removes the
        // file.
        let mut path = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if path.is_none() {
            drop(path);
            loop {
                std::thread::park();
            }
        }
        persist()?;
        *path = None;
        Ok(())
    }

    /// Removes the file, if there is one. The caller ends the program next.
    pub(super) fn remove(&self) {
        let path = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(path) = path {
            // A failure is ignored: the program ends.
            let _ = fs::remove_file(path);
        }
    }
}

/// Where the report goes.
pub(super) struct Output {
    place: Place,
    /// Files that the scan must skip: those that it writes itself.
    own: Vec<ExcludedFile>,
    leftover: Leftover,
}

enum Place {
    Stdout(BufWriter<StdoutLock<'static>>),
    /// An output that cannot be replaced: a device, a FIFO, standard error.
    Special(BufWriter<File>),
    Replacement {
        file: BufWriter<NamedTempFile>,
        target: PathBuf,
        /// The permissions of the replaced file: a private report stays
        /// private.
        permissions: Option<Permissions>,
    },
}

/// A file that is read is not replaced: what is not written anew would be lost.
///
/// # Errors
///
/// If one of the outputs replaces one of these files.
pub(super) fn refuse_to_replace<'a>(
    outputs: &[Output],
    mut inputs: impl Iterator<Item = &'a PathBuf>,
) -> Result<(), Fatal> {
    let replaced = inputs.find(|file| outputs.iter().any(|output| output.replaces(file)));
    replaced.map_or(Ok(()), |file| {
        let message = format!(
            "{} is read, and would be replaced",
            crate::report::quote(file)
        );
        Err(Fatal::new(message).hint("write to another file"))
    })
}

impl Output {
    /// Opens a file for a report, or standard output.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Fatal> {
        match path {
            None => {
                standard_output()?;
                Ok(Self::stdout())
            }
            Some(path) => Self::file(path).map_err(|error| cannot_write(Some(path), &error)),
        }
    }

    fn stdout() -> Self {
        Self::new(Place::Stdout(BufWriter::with_capacity(
            BUFFER,
            io::stdout().lock(),
        )))
    }

    fn new(place: Place) -> Self {
        let streams = [
            (platform::stat_stdout(), "/dev/stdout"),
            (platform::stat_stderr(), "/dev/stderr"),
        ];
        Self {
            place,
            own: streams
                .into_iter()
                .filter_map(|(stat, path)| Some((stat?, path)))
                .filter(|(stat, _)| stat.kind == FileKind::Regular)
                .map(|(stat, path)| ExcludedFile {
                    id: stat.id,
                    path: path.into(),
                })
                .collect(),
            leftover: Leftover::default(),
        }
    }

    fn file(path: &Path) -> io::Result<Self> {
        // The name of a closed stream refers to /dev/null by now.
        if let Some(fault) = StandardStream::named(path).and_then(StandardStream::unusable_reason) {
            return Err(io::Error::other(fault));
        }
        // Metadata follows links first: /dev/stdout is a link whose target may
        // have no path.
        let existing = match platform::stat_path(path, true) {
            Ok(stat) => Some(stat),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let is = |stream: Option<FileStat>, stat| stream.is_some_and(|s| s.id == stat);
        let has_stdout = StandardStream::Output.unusable_reason().is_none();
        match existing {
            Some(stat) if has_stdout && is(platform::stat_stdout(), stat.id) => Ok(Self::stdout()),
            Some(stat) if stat.kind == FileKind::Directory => {
                Err(io::ErrorKind::IsADirectory.into())
            }
            Some(stat)
                if stat.kind != FileKind::Regular || is(platform::stat_stderr(), stat.id) =>
            {
                let file = OpenOptions::new().append(true).open(path)?;
                Ok(Self::new(Place::Special(BufWriter::with_capacity(
                    BUFFER, file,
                ))))
            }
            existing => Self::replacement(path, existing),
        }
    }

    /// A file that replaces the entry with exactly this name, even if that is a
    /// symbolic link by then: nothing is written through the link.
    pub(super) fn replacing(path: &Path) -> io::Result<Self> {
        let existing = match platform::stat_path(path, false) {
            Ok(stat) if stat.kind == FileKind::Regular => Some(stat),
            Ok(stat) if stat.kind == FileKind::Directory => {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            Ok(_) => return Err(io::Error::other("it is not a regular file")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        Self::beside(path.to_path_buf(), existing)
    }

    fn replacement(path: &Path, existing: Option<FileStat>) -> io::Result<Self> {
        Self::beside(behind_links(path)?, existing)
    }

    /// A temporary file beside the file that it will replace.
    fn beside(target: PathBuf, existing: Option<FileStat>) -> io::Result<Self> {
        let directory = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let permissions = match existing {
            Some(_) => Some(fs::symlink_metadata(&target)?.permissions()),
            None => None,
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".nodupe-").suffix(".tmp");
        if let (None, Some(usual)) = (&permissions, platform::new_file_permissions()) {
            builder.permissions(usual);
        }
        let file = builder.tempfile_in(directory)?;
        let id = platform::stat_file(file.as_file())?.id;
        let leftover = Leftover::default();
        let path = file.path().to_path_buf();
        leftover.set(Some(path.clone()));
        let old = existing.map(|stat| ExcludedFile {
            id: stat.id,
            path: target.clone(),
        });
        let mut output = Self::new(Place::Replacement {
            file: BufWriter::with_capacity(BUFFER, file),
            target,
            permissions,
        });
        output.own.push(ExcludedFile { id, path });
        // The previous report will be replaced: the scan skips it too.
        output.own.extend(old);
        output.leftover = leftover;
        Ok(output)
    }

    /// Files that the scan must skip because they are written while it runs.
    pub(super) fn own_files(&self) -> &[ExcludedFile] {
        &self.own
    }

    /// The directory of the file that the report is written to, if it is one.
    pub(super) fn directory(&self) -> Option<PathBuf> {
        let Place::Replacement { target, .. } = &self.place else {
            return None;
        };
        Some(std::path::absolute(target).ok()?.parent()?.to_path_buf())
    }

    /// Returns true if this output replaces the file that `path`
    /// leads to, by whatever name.
    pub(super) fn replaces(&self, path: &Path) -> bool {
        let Place::Replacement { target, .. } = &self.place else {
            return false;
        };
        let other = behind_links(path).ok();
        other.is_some_and(|other| one_name(target) == one_name(&other))
    }

    /// The temporary file to remove if the program ends without
    /// [`Output::commit`].
    pub(super) fn leftover(&self) -> Leftover {
        self.leftover.clone()
    }

    /// Returns true if it is a terminal.
    pub(super) fn is_terminal(&self) -> bool {
        match &self.place {
            Place::Stdout(out) => out.get_ref().is_terminal(),
            Place::Special(out) => out.get_ref().is_terminal(),
            Place::Replacement { .. } => false,
        }
    }

    /// Writes pending output and, for a file, renames it.
    pub(super) fn commit(self) -> io::Result<()> {
        match self.place {
            Place::Stdout(mut out) => out.flush(),
            Place::Special(mut out) => out.flush(),
            Place::Replacement {
                file,
                target,
                permissions,
            } => {
                let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
                if let Some(permissions) = permissions {
                    file.as_file().set_permissions(permissions)?;
                }
                // Without it a system crash soon after could leave an empty
                // file under the new name.
                file.as_file().sync_all()?;
                self.leftover.keep(|| {
                    file.persist(&target).map_err(|failed| failed.error)?;
                    Ok(())
                })
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.place {
            Place::Stdout(out) => out.write(bytes),
            Place::Special(out) => out.write(bytes),
            Place::Replacement { file, .. } => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.place {
            Place::Stdout(out) => out.flush(),
            Place::Special(out) => out.flush(),
            Place::Replacement { file, .. } => file.flush(),
        }
    }
}

/// Returns true if standard output can be written to.
///
/// # Errors
///
/// If it is closed or cannot be written to.
pub(super) fn standard_output() -> Result<(), Fatal> {
    match StandardStream::Output.unusable_reason() {
        None => Ok(()),
        Some(fault) => Err(cannot_write(None, &io::Error::other(fault))),
    }
}

/// The target file of a path, which need not exist yet.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..LINKS {
        match fs::read_link(&path) {
            Ok(target) => {
                let directory = path.parent().unwrap_or(Path::new(""));
                path = directory.join(target);
            }
            // Not a link, or nothing at all.
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// A canonical path: the same for every spelling of a file's name. Hard links
/// to one file differ: a replacement separates them.
fn one_name(path: &Path) -> Option<PathBuf> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let directory = directory.canonicalize().ok()?;
    Some(directory.join(path.file_name()?))
}

/// The error for a report that cannot be written to a file, or to standard
/// output.
pub(super) fn cannot_write(path: Option<&Path>, error: &io::Error) -> Fatal {
    let reason = describe(error);
    let Some(path) = path else {
        return Fatal::new(format!("cannot write to standard output: {reason}"))
            .hint("check what it was redirected to");
    };
    let fatal = Fatal::new(format!("cannot write to {}: {reason}", path.display()));
    match error.kind() {
        io::ErrorKind::NotFound => fatal.hint("create its directory first"),
        io::ErrorKind::PermissionDenied => fatal.hint(
            "its directory must be writable: the report is first written to a temporary file there",
        ),
        io::ErrorKind::StorageFull => fatal.hint("free some space, or choose another file"),
        _ => fatal.hint("choose another file with --output"),
    }
}

#[cfg(test)]
#[path = "output_tests.rs"]
mod tests;
