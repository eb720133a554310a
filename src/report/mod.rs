//! STUB: only the signatures that the command line compiles against, with
//! just enough behind them to see it work. The real module replaces this
//! file.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::config::{Criteria, HashAlgorithm};
use crate::error::ScanError;
use crate::model::{Group, Summary};

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Format {
    Table,
    Json,
    Jsonl,
    Csv,
    Fdupes,
    Paths0,
    Summary,
}

/// What was scanned.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Header<'a> {
    pub working_directory: &'a Path,
    pub roots: &'a [PathBuf],
    pub hash: HashAlgorithm,
}

/// How a report for people looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Look {
    pub color: bool,
    pub width: Option<usize>,
}

/// All of a report but its groups.
#[allow(missing_docs)]
pub struct Report<'a> {
    pub header: Header<'a>,
    pub criteria: Criteria,
    pub summary: &'a Summary,
    pub errors: &'a [ScanError],
}

/// What is to be said about what was written.
#[derive(Debug, Clone, Copy, Default)]
#[allow(missing_docs)]
#[must_use]
pub struct Written {
    pub escaped_names: u64,
}

/// Writes a report.
///
/// # Errors
///
/// What the writer says.
pub fn write(
    _format: Format,
    out: &mut dyn Write,
    report: &Report<'_>,
    groups: &mut dyn Iterator<Item = Group>,
    _look: &Look,
) -> io::Result<Written> {
    for group in groups {
        for file in &group.files {
            writeln!(out, "{}", file.path.display())?;
        }
    }
    writeln!(out, "{:?}", report.summary.totals)?;
    Ok(Written::default())
}

/// Writes groups as they come.
pub struct JsonlWriter<W: Write>(W);

impl<W: Write> JsonlWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn new(mut out: W, header: &Header<'_>) -> io::Result<Self> {
        writeln!(out, "{:?}", header.roots)?;
        Ok(Self(out))
    }

    /// Writes a group.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn group(&mut self, group: &Group) -> io::Result<()> {
        writeln!(self.0, "{:?}", group.files[0].path)
    }

    /// Writes the end.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn finish(mut self, summary: &Summary, _errors: &[ScanError]) -> io::Result<W> {
        writeln!(self.0, "{:?}", summary.totals)?;
        Ok(self.0)
    }
}

/// The schema of the JSON report.
#[must_use]
pub fn schema() -> &'static str {
    "{}\n"
}

/// The name in printable characters only.
#[must_use]
pub fn escape(name: &[u8]) -> Cow<'_, str> {
    let shown = name.utf8_chunks().map(|chunk| {
        let text = chunk.valid().chars().map(|c| match c {
            '\n' => "\\n".to_owned(),
            c if c.is_control() => format!("\\x{:02x}", u32::from(c)),
            c => c.to_string(),
        });
        let bytes = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}"));
        text.chain(bytes).collect::<String>()
    });
    Cow::Owned(shown.collect())
}
