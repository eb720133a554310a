//! The baseline's file.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::super::messages::{Fatal, visible};
use super::super::output::{Leftover, Output};
use super::described;
use super::plan::Plan;
use crate::check::{Baseline, BaselineError};
use crate::config::HashAlgorithm;
use crate::error::describe;
use crate::model::FileId;
use crate::sys;

/// The baseline, and the file that it is in.
pub(super) struct BaselineFile {
    path: PathBuf,
    accepted: Baseline,
    /// What the file holds, if it is there.
    text: Option<Vec<u8>>,
    id: Option<FileId>,
    /// The file that takes its place.
    output: Option<Output>,
}

impl BaselineFile {
    /// Reads the baseline. That there is none is an error only if it was
    /// named, and is not about to be written.
    pub(super) fn read(plan: &Plan) -> Result<Self, Fatal> {
        let path = plan.baseline.clone();
        let text = match fs::read(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if plan.baseline_is_named && !plan.update_baseline {
                    return Err(
                        Fatal::new(format!("there is no baseline {}", path.display()))
                            .about(&["baseline"])
                            .hint("--update-baseline writes one"),
                    );
                }
                None
            }
            Err(error) => {
                return Err(Fatal::new(format!(
                    "cannot read the baseline {}: {}",
                    path.display(),
                    describe(&error)
                ))
                .about(&["baseline"])
                .hint("check its permissions, or name another one with --baseline"));
            }
        };
        let hash = plan.config.hash;
        let accepted = match &text {
            Some(text) => Baseline::parse(text, hash).map_err(|e| wrong(&path, &e, hash))?,
            None => Baseline::empty(hash),
        };
        Ok(Self {
            id: sys::stat_path(&path, true).ok().map(|stat| stat.id),
            path,
            accepted,
            text,
            output: None,
        })
    }

    /// Opens what takes its place, so that this does not fail only after the
    /// scan.
    pub(super) fn prepare(&mut self) -> Result<(), Fatal> {
        self.output = Some(Output::open(Some(&self.path))?);
        Ok(())
    }

    /// What it accepts.
    pub(super) fn accepted(&self) -> &Baseline {
        &self.accepted
    }

    /// The file as it was named.
    pub(super) fn name(&self) -> &Path {
        &self.path
    }

    /// The files that are no content: the list itself, and what is about to
    /// take its place.
    pub(super) fn own_files(&self) -> impl Iterator<Item = FileId> + '_ {
        let output = self.output.iter().flat_map(Output::own_files);
        self.id.into_iter().chain(output.copied())
    }

    /// What must be removed if the program ends at once.
    pub(super) fn leftover(&self) -> Option<Leftover> {
        self.output.as_ref().map(Output::leftover)
    }

    /// Puts a new baseline in the place of the old one, and says what that
    /// changed. A file that already says the same is not touched, and neither
    /// is one that is not the old one any more.
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
            if output.replaces(&self.path) && fs::read(&self.path).ok() != self.text {
                return Err(Fatal::new(format!(
                    "the baseline {} changed while its files were scanned, and is left as it is",
                    self.path.display()
                ))
                .hint("another update may have written it: run this one again"));
            }
            let written = output.write_all(&text).and_then(|()| output.commit());
            written.map_err(|error| {
                Fatal::new(format!(
                    "cannot write the baseline {}: {}",
                    self.path.display(),
                    describe(&error)
                ))
                .hint("its directory must be writable: it is written beside the old one")
            })?;
        }
        self.accepted = new;
        Ok(told)
    }
}

fn wrong(path: &Path, error: &BaselineError, hash: HashAlgorithm) -> Fatal {
    let fatal =
        Fatal::new(format!("{} is no baseline: {error}", path.display())).about(&["baseline"]);
    match error {
        BaselineError::Hash(name) => Fatal::new(format!(
            "the baseline {} was made with {name}, and this check uses {}",
            path.display(),
            hash.as_str()
        ))
        .about(&["baseline", "hash"])
        .hint(format!(
            "use --hash {name}, or remove it and write another one with --update-baseline"
        )),
        BaselineError::Version(_) => fatal.hint("a newer nodupe wrote it: use that one"),
        _ => fatal.hint("restore it, or remove it and write another one with --update-baseline"),
    }
}
