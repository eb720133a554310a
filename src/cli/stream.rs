//! A report that is written while the scan runs: `jsonl`.
//!
//! Groups are collected in memory and written at the next beat of the
//! progress, about a tenth of a second later: always whole lines, so that a
//! bar on the same terminal never tears one, and never a system call a group.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use super::bars::Bars;
use super::output::Output;
use crate::error::ScanError;
use crate::model::{Group, Summary};
use crate::pipeline::{CancelToken, Progress};
use crate::report::{Header, JsonlWriter};

/// Pending bytes beyond which no beat is waited for.
const FULL: usize = 256 * 1024;

/// Whole lines on their way to the output.
#[derive(Clone, Default)]
struct Pending(Rc<RefCell<Vec<u8>>>);

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The report as it grows.
pub struct Stream<'a> {
    writer: JsonlWriter<Pending>,
    pending: Pending,
    output: &'a mut Output,
    bars: Bars,
    cancel: CancelToken,
    failure: Option<io::Error>,
}

impl<'a> Stream<'a> {
    /// Begins the report.
    pub fn begin(
        header: &Header<'_>,
        output: &'a mut Output,
        bars: Bars,
        cancel: CancelToken,
    ) -> io::Result<Self> {
        let pending = Pending::default();
        let mut stream = Self {
            writer: JsonlWriter::new(pending.clone(), header)?,
            pending,
            output,
            bars,
            cancel,
            failure: None,
        };
        stream.drain();
        Ok(stream)
    }

    /// Adds a group.
    pub fn group(&mut self, group: &Group) {
        if self.failure.is_some() {
            return;
        }
        if let Err(error) = self.writer.group(group) {
            self.fail(error);
        } else if self.pending.0.borrow().len() >= FULL {
            self.drain();
        }
    }

    /// Shows progress and writes what is pending.
    pub fn beat(&mut self, progress: &Progress) {
        self.bars.update(progress);
        self.drain();
    }

    /// Ends the report, or tells why it could not be written.
    pub fn finish(mut self, summary: &Summary, errors: &[ScanError]) -> io::Result<()> {
        self.bars.clear();
        if let Some(error) = self.failure {
            return Err(error);
        }
        let pending = self.writer.finish(summary, errors)?;
        self.output.write_all(&pending.0.borrow())
    }

    fn drain(&mut self) {
        let mut pending = self.pending.0.borrow_mut();
        if self.failure.is_some() || pending.is_empty() {
            return;
        }
        let output = &mut *self.output;
        let written = self
            .bars
            .suspended(|| output.write_all(&pending).and_then(|()| output.flush()));
        pending.clear();
        drop(pending);
        if let Err(error) = written {
            self.fail(error);
        }
    }

    /// Nobody reads on: the scan has no purpose any more.
    fn fail(&mut self, error: io::Error) {
        self.failure = Some(error);
        self.cancel.cancel();
    }
}
