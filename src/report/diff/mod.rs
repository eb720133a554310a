//! The report of `nodupe diff`: what two directories have in common by content,
//! and what only one of them has.

mod json;
mod table;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use super::fdupes::write_line;
use super::{Header, RenderOptions};
use crate::error::ScanError;
use crate::platform::bytes_of;
use crate::types::Digest;

/// The JSON Schema of the json report.
#[must_use]
pub(crate) fn schema() -> &'static str {
    include_str!("schema.json")
}

/// Formats of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DiffFormat {
    /// For people; a path per line, if only paths are listed.
    Table,
    /// One JSON document.
    Json,
    /// Paths alone, a NUL after each.
    Paths0,
}

/// The answer: is everything in A also in B?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// All of it is.
    AllInB,
    /// Something was found in A alone.
    OnlyInA,
    /// Nothing was found in A alone, but not everything was compared.
    NotProved,
}

/// The result of a comparison.
#[derive(Debug)]
pub(crate) struct DiffReport<'a> {
    pub header: Header<'a>,
    pub answer: Answer,
    pub interrupted: bool,
    pub elapsed: Duration,
    /// A and B.
    pub sides: [SideReport; 2],
    pub in_both: Vec<InBoth>,
    pub differing: Vec<DifferingPath>,
    pub errors: &'a [ScanError],
}

/// One of the two directories.
#[derive(Debug, Default)]
pub(crate) struct SideReport {
    pub path: PathBuf,
    /// Its files and their bytes; hard links count one by one.
    pub files: Count,
    /// Those whose content is in the other one too.
    pub shared: Count,
    /// Those whose content is not.
    pub only: Count,
    /// Symbolic links and empty directories that are not in the other one.
    pub only_others: u64,
    /// Entries that were not compared.
    pub unknown: u64,
    /// Entries that the other one does not have: all, or the first ones.
    pub only_entries: Vec<DiffEntry>,
    /// Entries that were not compared, with the reason: all, or the first ones.
    pub not_compared: Vec<(PathBuf, &'static str)>,
}

/// A number of files and the sum of their sizes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub files: u64,
    pub bytes: u64,
}

impl Count {
    pub(crate) fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// An entry of one directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DiffEntry {
    pub path: PathBuf,
    pub what: DiffKind,
}

/// The kind of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DiffKind {
    File(u64),
    Link(PathBuf),
    EmptyDirectory,
    Directory,
    Special,
}

impl DiffKind {
    fn name(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Link(_) => "link",
            Self::EmptyDirectory => "empty-directory",
            Self::Directory => "directory",
            Self::Special => "special",
        }
    }
}

/// Content that both have.
#[derive(Debug)]
pub(crate) struct InBoth {
    pub digest: Option<Digest>,
    pub size: u64,
    /// The paths in A and in B.
    pub paths: [Vec<PathBuf>; 2],
}

/// A path that is something else in each of them.
#[derive(Debug)]
pub(crate) struct DifferingPath {
    /// The path below either directory.
    pub path: PathBuf,
    pub kinds: [DiffKind; 2],
}

/// Writes the report.
///
/// # Errors
///
/// Errors of `out`.
pub(crate) fn write(
    format: DiffFormat,
    out: &mut dyn Write,
    report: &DiffReport<'_>,
    render: &RenderOptions,
) -> io::Result<()> {
    match format {
        DiffFormat::Json => json::write(out, report)?,
        DiffFormat::Table | DiffFormat::Paths0 => table::write(out, report, render)?,
    }
    out.flush()
}

/// Writes paths alone and returns the number of those that are not written exactly.
///
/// # Errors
///
/// Errors of `out`.
pub(crate) fn write_paths(
    format: DiffFormat,
    out: &mut dyn Write,
    entries: &[DiffEntry],
) -> io::Result<u64> {
    let mut escaped = 0;
    for entry in entries {
        if format == DiffFormat::Paths0 {
            out.write_all(bytes_of(entry.path.as_os_str()))?;
            out.write_all(b"\0")?;
        } else {
            escaped += u64::from(write_line(out, &entry.path)?);
        }
    }
    out.flush()?;
    Ok(escaped)
}
