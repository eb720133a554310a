//! A report that is written while the scan runs: `jsonl`.
//!
//! Groups are collected in memory and written at the next progress tick, about
//! a tenth of a second later: always whole lines, so that a bar on the same
//! terminal never tears one, and never one system call per group.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use super::progress::Bars;
use crate::error::ScanError;
use crate::pipeline::{CancelToken, Progress};
use crate::report::{Header, JsonlWriter};
use crate::types::{DirectoryGroup, Group, SimilarDirectories, Summary};

/// Number of pending bytes that are written without waiting for a tick.
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
pub(super) struct Stream<'a> {
    writer: JsonlWriter<Pending>,
    pending: Pending,
    output: &'a mut dyn Write,
    bars: Bars,
    cancel: CancelToken,
    failure: Option<io::Error>,
}

impl<'a> Stream<'a> {
    /// Begins the report.
    pub(super) fn begin(
        header: &Header<'_>,
        output: &'a mut dyn Write,
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
    pub(super) fn group(&mut self, group: &Group) {
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
    pub(super) fn tick(&mut self, progress: &Progress) {
        self.bars.update(progress);
        self.drain();
    }

    /// Ends the report, or returns the error of writing it.
    pub(super) fn finish(
        mut self,
        summary: &Summary,
        directories: &[DirectoryGroup],
        similar: &[SimilarDirectories],
        errors: &[ScanError],
    ) -> io::Result<()> {
        self.bars.clear();
        if let Some(error) = self.failure {
            return Err(error);
        }
        let pending = self.writer.finish(summary, directories, similar, errors)?;
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

    /// The reader closed the pipe: the scan has no purpose any more.
    fn fail(&mut self, error: io::Error) {
        self.failure = Some(error);
        self.cancel.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HashAlgorithm;
    use crate::types::{ExecutorSummary, FileId, FileRecord, Proof, Totals};
    use std::path::Path;
    use std::time::Duration;

    /// The text written so far, until `room` is used up.
    #[derive(Clone)]
    struct Sink {
        written: Rc<RefCell<Vec<u8>>>,
        room: usize,
    }

    impl Sink {
        fn with_room(room: usize) -> Self {
            let written = Rc::default();
            Self { written, room }
        }

        fn text(&self) -> String {
            String::from_utf8(self.written.borrow().clone()).unwrap()
        }
    }

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.written.borrow().len() + bytes.len() > self.room {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            self.written.borrow_mut().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn begin<'a>(sink: &'a mut Sink, cancel: &CancelToken) -> Stream<'a> {
        let header = Header {
            working_directory: Path::new("/"),
            roots: &[],
            project_file: None,
            hash: HashAlgorithm::Blake3,
        };
        Stream::begin(&header, sink, Bars::new(false), cancel.clone()).unwrap()
    }

    fn group(name: &str) -> Group {
        let file = FileRecord::new(name, FileId { dev: 1, ino: 1 });
        Group {
            digest: None,
            proof: Proof::Unread,
            size: 1,
            reclaimable_bytes: 1,
            linked_outside_bytes: 0,
            shared_bytes: 0,
            keep_tie: false,
            keep_reason: None,
            files: vec![file.clone(), file],
        }
    }

    fn summary() -> Summary {
        Summary {
            complete: true,
            interrupted: false,
            totals: Totals::default(),
            stages: Vec::new(),
            read_by_walk: 0,
            cache: None,
            executor: ExecutorSummary {
                kind: "thread",
                workers: 1,
                task_type: "auto",
                reason: String::new(),
                replaced: 0,
                startup: Duration::ZERO,
                peak_memory: None,
            },
            elapsed: Duration::ZERO,
        }
    }

    #[test]
    fn whole_lines_are_written_at_each_tick() {
        let mut sink = Sink::with_room(usize::MAX);
        let seen = sink.clone();
        let cancel = CancelToken::default();
        let mut stream = begin(&mut sink, &cancel);
        let header = seen.text();
        assert_eq!(header.lines().count(), 1, "{header}");
        stream.group(&group("first"));
        assert_eq!(seen.text(), header);
        stream.tick(&Progress::default());
        assert!(seen.text().contains("first"));
        assert!(seen.text().ends_with('\n'));
        stream.group(&group("second"));
        stream.finish(&summary(), &[], &[], &[]).unwrap();
        assert!(seen.text().contains("second"));
        assert_eq!(seen.text().lines().count(), 4);
        assert!(!cancel.is_cancelled());
    }

    #[test]
    fn many_groups_do_not_wait_for_a_tick() {
        let mut sink = Sink::with_room(usize::MAX);
        let seen = sink.clone();
        let mut stream = begin(&mut sink, &CancelToken::default());
        stream.group(&group(&"x".repeat(FULL)));
        assert!(seen.text().len() > FULL);
    }

    #[test]
    fn a_closed_pipe_ends_the_scan() {
        let cancel = CancelToken::default();
        let mut sink = Sink::with_room(FULL / 2);
        let mut stream = begin(&mut sink, &cancel);
        assert!(!cancel.is_cancelled());
        stream.group(&group(&"x".repeat(FULL)));
        assert!(cancel.is_cancelled());
        let error = stream.finish(&summary(), &[], &[], &[]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
