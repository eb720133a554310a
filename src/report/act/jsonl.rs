//! JSON lines: one record per file, as soon as it was acted on.

use std::io::{self, Write};

use serde::Serialize;

use super::record::{Directory, File, Header, Totals};
use super::{ActHeader, ActTotals, ActWriter, ActedDirectory, ActedFile};
use crate::error::ScanError;
use crate::report::record::{ErrorRecord, Tagged};

/// Writes `header`, each `file`, each `directory`, each `error`, and last `totals`.
pub(super) struct Jsonl<'a> {
    out: &'a mut dyn Write,
}

impl<'a> Jsonl<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out }
    }

    fn line(&mut self, r#type: &'static str, record: impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(&Tagged { r#type, record })?;
        line.push(b'\n');
        self.out.write_all(&line)
    }
}

impl ActWriter for Jsonl<'_> {
    fn begin(&mut self, header: &ActHeader<'_>) -> io::Result<()> {
        self.line("header", Header::of(header))?;
        self.out.flush()
    }

    fn file(&mut self, file: &ActedFile<'_>) -> io::Result<()> {
        self.line("file", File::of(file))?;
        // Acting on a file takes longer than this system call.
        self.out.flush()
    }

    fn directory(&mut self, directory: &ActedDirectory<'_>) -> io::Result<()> {
        self.line("directory", Directory::of(directory))?;
        self.out.flush()
    }

    fn finish(&mut self, totals: &ActTotals, errors: &[ScanError]) -> io::Result<()> {
        for error in errors {
            self.line("error", ErrorRecord::of(error))?;
        }
        self.line("totals", Totals::of(totals))?;
        self.out.flush()
    }
}
