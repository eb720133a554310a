//! File systems that change a file's inode number or times although the file
//! was not modified.
//!
//! On these, nothing proves that the file that was read is the file that was
//! found, so no affected file is in a group. One message for the whole file
//! system reports it, in place of one for each file.

use std::path::PathBuf;

use super::catalog::Catalog;
use super::state::DedupState;
use crate::error::{FailureKind, ScanError, Stage};
use crate::types::FileIdx;

/// Unstable files of one device.
#[derive(Debug, Clone)]
pub(super) struct Unstable {
    /// Its mount point.
    mount: PathBuf,
    /// Number of affected files.
    files: u64,
    /// The first affected file by path.
    example: PathBuf,
    numbers: bool,
    times: bool,
}

impl Unstable {
    /// A single error for all affected files.
    pub(super) fn error(&self) -> ScanError {
        let what = match (self.numbers, self.times) {
            (true, false) => "inode numbers",
            (false, _) => "times",
            (true, true) => "inode numbers and times",
        };
        let (files, are) = match self.files {
            1 => ("1 file".to_owned(), "is"),
            many => (format!("{many} files"), "are"),
        };
        ScanError {
            path: self.mount.clone(),
            stage: Stage::Partial,
            kind: FailureKind::Unstable,
            message: format!(
                "this file system changes the {what} of unmodified files, so they \
                 cannot be identified; {files} on it {are} not compared, such as {}",
                self.example.display()
            ),
        }
    }
}

impl DedupState {
    /// Attributes a failure: returns its kind if the file is at fault; returns
    /// `None` and records the file system if that is unstable.
    pub(super) fn attribute(&mut self, file: FileIdx, kind: FailureKind) -> Option<FailureKind> {
        let numbers = kind == FailureKind::Unstable;
        if !numbers && kind != FailureKind::Changed {
            return Some(kind);
        }
        let device = self.catalog.id(file).dev;
        let name = self.catalog.name_path(file);
        let mut path = || name.path.clone();
        if self.same.ask.is_exact(device, &mut path) {
            return Some(FailureKind::Changed);
        }
        let known = self.catalog.unstable.get(&device);
        let is_known = known.is_some_and(|known| known.times);
        let times = !numbers && (is_known || self.same.ask.changes_by_itself(name.clone()));
        if !numbers && !times {
            return Some(kind);
        }
        let path = self.catalog.path_of(file);
        let Catalog { unstable, .. } = &mut self.catalog;
        let entry = unstable.entry(device).or_insert_with(|| Unstable {
            mount: self.same.ask.mount_point(&name.path),
            files: 0,
            example: path.clone(),
            numbers: false,
            times: false,
        });
        entry.files += 1;
        entry.numbers |= numbers;
        entry.times |= times;
        if path < entry.example {
            entry.example = path;
        }
        None
    }
}
