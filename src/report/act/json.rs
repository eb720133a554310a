//! One JSON document, whose files are written as they are acted on.
//!
//! It has the lines of the other documents (see
//! [`crate::report::json_format`]): a field per line, and a file per line.

use std::io::{self, Write};

use serde::Serialize;

use super::record::{Directory, File, Header, Totals};
use super::{ActHeader, ActTotals, ActWriter, ActedDirectory, ActedFile};
use crate::error::ScanError;
use crate::report::json_format;
use crate::report::record::ErrorRecord;

/// Writes the document piece by piece.
pub(super) struct Json<'a> {
    out: &'a mut dyn Write,
    files: u64,
    /// The records of directories, which come after all files.
    directories: Vec<String>,
}

impl<'a> Json<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self {
            out,
            files: 0,
            directories: Vec::new(),
        }
    }

    /// A member of the list that is open.
    fn member(&mut self, is_first: bool, record: &impl Serialize) -> io::Result<()> {
        self.out
            .write_all(if is_first { b"\n    " } else { b",\n    " })?;
        let text = serde_json::to_vec(record)?;
        self.out.write_all(&text)
    }

    /// Ends the list that is open.
    fn close(&mut self, is_empty: bool) -> io::Result<()> {
        self.out
            .write_all(if is_empty { b"],\n" } else { b"\n  ],\n" })
    }
}

impl ActWriter for Json<'_> {
    fn begin(&mut self, header: &ActHeader<'_>) -> io::Result<()> {
        let mut fields = Vec::new();
        json_format::write(&mut fields, &Header::of(header))?;
        // The object goes on.
        let end = fields.len().saturating_sub(b"\n}\n".len());
        self.out.write_all(&fields[..end])?;
        self.out.write_all(b",\n")?;
        self.out.write_all(b"  \"files\": [")
    }

    fn file(&mut self, file: &ActedFile<'_>) -> io::Result<()> {
        let is_first = self.files == 0;
        self.files += 1;
        self.member(is_first, &File::of(file))
    }

    fn directory(&mut self, directory: &ActedDirectory<'_>) -> io::Result<()> {
        let record = serde_json::to_string(&Directory::of(directory))?;
        self.directories.push(record);
        Ok(())
    }

    fn finish(&mut self, totals: &ActTotals, errors: &[ScanError]) -> io::Result<()> {
        self.close(self.files == 0)?;
        self.out.write_all(b"  \"directories\": [")?;
        let directories = std::mem::take(&mut self.directories);
        for (at, directory) in directories.iter().enumerate() {
            let start: &[u8] = if at == 0 { b"\n    " } else { b",\n    " };
            self.out.write_all(start)?;
            self.out.write_all(directory.as_bytes())?;
        }
        self.close(directories.is_empty())?;
        self.out.write_all(b"  \"errors\": [")?;
        for (at, error) in errors.iter().enumerate() {
            self.member(at == 0, &ErrorRecord::of(error))?;
        }
        self.close(errors.is_empty())?;
        let totals = serde_json::to_string(&Totals::of(totals))?;
        writeln!(self.out, "  \"totals\": {totals}\n}}")?;
        self.out.flush()
    }
}
