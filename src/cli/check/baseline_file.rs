//! The baseline's file.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::super::diagnostics::{Fatal, visible};
use super::super::output::{Leftover, Output, cannot_write};
use super::described;
use super::plan::Plan;
use crate::check::{Baseline, BaselineError};
use crate::config::{ExcludedFile, HashAlgorithm};
use crate::error::describe;
use crate::platform::{self, NotOpened};
use crate::types::{FileId, FileKind};

/// The largest baseline that is read or written: some millions of files.
const MAX_BYTES: u64 = 256 << 20;

/// The baseline and its file.
pub(super) struct BaselineFile {
    path: PathBuf,
    accepted: Baseline,
    /// The content of the file, if it exists.
    text: Option<Vec<u8>>,
    id: Option<FileId>,
    /// The file that replaces it.
    output: Option<Output>,
}

impl BaselineFile {
    /// Reads the baseline. A missing one is an error only if its path was given
    /// and it is not to be updated.
    pub(super) fn read(plan: &Plan) -> Result<Self, Fatal> {
        let path = plan.baseline.clone();
        // A pipe given as an argument is waited for, as in `--baseline <(git
        // show main:baseline.json)`. A path from a project file, or the default
        // file of the project, may come from somebody else.
        let may_wait = plan.baseline_is_argument && !plan.update_baseline;
        let is_found = !plan.baseline_is_named || plan.baseline_is_found;
        let text = match if is_found {
            read_found(&path)
        } else {
            read(&path, may_wait).map_err(NotOpened::Failed)
        } {
            Ok(Some(text)) => Some(text),
            Ok(None) => {
                if plan.baseline_is_named && !plan.update_baseline {
                    return Err(Fatal::new(format!(
                        "the baseline {} does not exist",
                        path.display()
                    ))
                    .about(&["baseline"])
                    .hint("create it with --update-baseline"));
                }
                None
            }
            Err(NotOpened::Distrusted(why)) => {
                let name = path.display();
                return Err(
                    Fatal::new(format!("the baseline {name} is not used: {why}"))
                        .about(&["baseline"])
                        .hint(format!("if you trust it, add --baseline {name}")),
                );
            }
            Err(NotOpened::Failed(error)) => {
                let hint = match error.kind() {
                    io::ErrorKind::FileTooLarge | io::ErrorKind::InvalidInput => {
                        "choose another one with --baseline"
                    }
                    io::ErrorKind::NotFound => {
                        "remove the link, or choose another one with --baseline"
                    }
                    _ => "check its permissions, or choose another one with --baseline",
                };
                return Err(Fatal::new(format!(
                    "cannot read the baseline {}: {}",
                    path.display(),
                    describe(&error)
                ))
                .about(&["baseline"])
                .hint(hint));
            }
        };
        let hash = plan.config.hash;
        let accepted = match &text {
            Some(text) => Baseline::parse(text, hash).map_err(|e| wrong(&path, &e, hash))?,
            None => Baseline::empty(hash),
        };
        Ok(Self {
            id: platform::stat_path(&path, true).ok().map(|stat| stat.id),
            path,
            accepted,
            text,
            output: None,
        })
    }

    /// Opens the file that replaces it, so that this fails before the scan.
    ///
    /// It is not written through a symbolic link: a link in a tree that came
    /// from somebody else would choose the file that is created or replaced.
    /// Nor may a project file that was found choose a directory outside its
    /// own.
    pub(super) fn prepare(&mut self, plan: &Plan) -> Result<(), Fatal> {
        let name = self.path.display();
        let refused = |why: String, hint: &str| {
            Fatal::new(format!("cannot write the baseline {name}: {why}"))
                .about(&["baseline"])
                .hint(hint.to_owned())
        };
        let stat = platform::stat_path(&self.path, false);
        if stat.is_ok_and(|stat| stat.kind == FileKind::Symlink) {
            return Err(refused(
                "it is a symbolic link".to_owned(),
                "name the target of the link with --baseline",
            ));
        }
        if plan.baseline_is_found {
            let directory = directory_of(&self.path).canonicalize();
            let root = plan.root.canonicalize();
            if let (Ok(directory), Ok(root)) = (directory, root)
                && !directory.starts_with(&root)
            {
                return Err(refused(
                    format!("it is outside {}", root.display()),
                    "name it with --baseline if this is intended",
                ));
            }
        }
        let output = Output::replacing(&self.path);
        self.output = Some(output.map_err(|error| cannot_write(Some(&self.path), &error))?);
        Ok(())
    }

    /// The accepted duplicates.
    pub(super) fn accepted(&self) -> &Baseline {
        &self.accepted
    }

    /// The file as it was named.
    pub(super) fn name(&self) -> &Path {
        &self.path
    }

    /// The files that the scan skips: the baseline itself and its replacement.
    pub(super) fn own_files(&self) -> impl Iterator<Item = ExcludedFile> + '_ {
        let output = self.output.iter().flat_map(Output::own_files);
        let read = self.id.map(|id| ExcludedFile {
            id,
            path: self.path.clone(),
        });
        read.into_iter().chain(output.cloned())
    }

    /// The temporary files to remove if the program ends at once.
    pub(super) fn leftover(&self) -> Option<Leftover> {
        self.output.as_ref().map(Output::leftover)
    }

    /// Replaces the old baseline and reports the changes. A file with the same
    /// content is not touched, nor one that is no longer the old one.
    pub(super) fn replace(&mut self, new: Baseline) -> Result<String, Fatal> {
        let name = visible(&self.path);
        let text = new.to_text();
        let told = if self.text.as_ref() == Some(&text) {
            format!("{name} is up to date: {}", described(&new))
        } else {
            let added = new.files_not_in(&self.accepted);
            let dropped = self.accepted.files_not_in(&new);
            let described = described(&new);
            format!("wrote {name}: {described} ({added} added, {dropped} dropped)")
        };
        if let Some(mut output) = self.output.take()
            && self.text.as_ref() != Some(&text)
        {
            if text.len() as u64 > MAX_BYTES {
                return Err(Fatal::new(format!(
                    "the baseline {} would exceed the limit of {} MiB",
                    self.path.display(),
                    MAX_BYTES >> 20
                ))
                .hint("accept whole directories with [[check.allow]] in nodupe.toml"));
            }
            if read(&self.path, false).ok().as_ref() != Some(&self.text) {
                return Err(Fatal::new(format!(
                    "the baseline {} changed during the scan and was not updated",
                    self.path.display()
                ))
                .hint("another update may have written it: run the command again"));
            }
            let written = output.write_all(&text).and_then(|()| output.commit());
            written.map_err(|error| {
                Fatal::new(format!(
                    "cannot write the baseline {}: {}",
                    self.path.display(),
                    describe(&error)
                ))
                .hint("its directory must be writable: the new file is first written to a temporary file there")
            })?;
        }
        self.accepted = new;
        Ok(told)
    }
}

/// The text of a baseline; `None` if there is no file. A dangling link is an
/// error: it shows that a baseline is expected.
fn read(path: &Path, may_wait: bool) -> io::Result<Option<Vec<u8>>> {
    let text = if may_wait {
        File::open(path).and_then(|file| platform::read_bounded(file, MAX_BYTES))
    } else {
        platform::read_control_file(path, MAX_BYTES, true)
    };
    or_none(path, text)
}

/// Reads a baseline that was not given explicitly. It decides what passes, so it
/// is rejected if another user could have put it there.
fn read_found(path: &Path) -> Result<Option<Vec<u8>>, NotOpened> {
    let text = match platform::open_found_file(path) {
        Ok(file) => platform::read_bounded(&file, MAX_BYTES),
        Err(NotOpened::Failed(error)) => Err(error),
        Err(distrusted) => return Err(distrusted),
    };
    Ok(or_none(path, text)?)
}

fn or_none(path: &Path, text: io::Result<Vec<u8>>) -> io::Result<Option<Vec<u8>>> {
    match text {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Err(_) if platform::stat_path(path, false).is_err() => Ok(None),
        Err(_) => Err(io::Error::new(
            io::ErrorKind::NotFound,
            "it is a symbolic link to a missing file",
        )),
    }
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn wrong(path: &Path, error: &BaselineError, hash: HashAlgorithm) -> Fatal {
    let fatal = Fatal::new(format!(
        "{} is not a valid baseline: {error}",
        path.display()
    ))
    .about(&["baseline"]);
    match error {
        BaselineError::Hash(name) => Fatal::new(format!(
            "the baseline {} was made with {name}, but this check uses {}",
            path.display(),
            hash.as_str()
        ))
        .about(&["baseline", "hash"])
        .hint(format!(
            "use --hash {name}, or remove it and create a new one with --update-baseline"
        )),
        BaselineError::Version(_) => {
            fatal.hint("it was written by a newer nodupe: use that version")
        }
        _ => fatal.hint("restore it, or remove it and create a new one with --update-baseline"),
    }
}
