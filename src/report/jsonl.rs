//! JSON lines: a result that can be read while the scan runs.
//!
//! A group is written and flushed as soon as it is known, so the reader of a
//! pipe works while the scan continues. The totals and whether the result is
//! complete are known only at the end and written as the last line; a text
//! without that line is truncated.

use std::io::{self, Write};

use serde::Serialize;

use super::record::{
    Completeness, DirectoryGroupRecord, ErrorRecord, Figures, GroupRecord, Origin, SimilarRecord,
    Tagged, Writer,
};
use super::{Header, Report};
use crate::error::ScanError;
use crate::types::{DirectoryGroup, Group, SimilarDirectories, Summary};

#[derive(Serialize)]
struct HeaderRecord<'a> {
    #[serde(flatten)]
    writer: Writer,
    #[serde(flatten)]
    origin: Origin<'a>,
}

#[derive(Serialize)]
struct TotalsRecord<'a> {
    #[serde(flatten)]
    completeness: Completeness,
    #[serde(flatten)]
    figures: Figures<'a>,
}

/// Writes a result as JSON lines: `header`, then each `group`, each
/// `directory_group`, `similar_directory` and `error`, last `totals`. The field `type` has the kind; the other fields are
/// those of the JSON document.
///
/// `out` is best buffered; it is flushed behind every group.
#[derive(Debug)]
pub(crate) struct JsonlWriter<W: Write> {
    out: W,
}

impl<W: Write> JsonlWriter<W> {
    /// Writes and flushes the header.
    ///
    /// # Errors
    ///
    /// Errors of `out`.
    pub(crate) fn new(out: W, header: &Header<'_>) -> io::Result<Self> {
        let mut lines = Self { out };
        let record = HeaderRecord {
            writer: Writer::this(),
            origin: Origin::of(header),
        };
        lines.line("header", record)?;
        lines.out.flush()?;
        Ok(lines)
    }

    /// Writes and flushes a group.
    ///
    /// # Errors
    ///
    /// Errors of `out`.
    pub(crate) fn group(&mut self, group: &Group) -> io::Result<()> {
        self.line("group", GroupRecord::of(group))?;
        self.out.flush()
    }

    /// Writes and flushes everything that is known only at the end, and returns
    /// `out`.
    ///
    /// # Errors
    ///
    /// Errors of `out`.
    pub(crate) fn finish(
        mut self,
        summary: &Summary,
        directories: &[DirectoryGroup],
        similar: &[SimilarDirectories],
        errors: &[ScanError],
    ) -> io::Result<W> {
        for group in directories {
            self.line("directory_group", DirectoryGroupRecord::of(group))?;
        }
        for similar in similar {
            self.line("similar_directory", SimilarRecord::of(similar))?;
        }
        for error in errors {
            self.line("error", ErrorRecord::of(error))?;
        }
        let record = TotalsRecord {
            completeness: Completeness::of(summary),
            figures: Figures::of(summary),
        };
        self.line("totals", record)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn line(&mut self, r#type: &'static str, record: impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, &Tagged { r#type, record })?;
        self.out.write_all(b"\n")
    }
}

pub(super) fn write(
    out: &mut dyn Write,
    report: &Report<'_>,
    groups: &mut dyn Iterator<Item = Group>,
) -> io::Result<()> {
    let mut lines = JsonlWriter::new(out, &report.header)?;
    for group in groups {
        // Not `group()`: all groups are known, and a flush per group is a
        // system call per group.
        lines.line("group", GroupRecord::of(&group))?;
    }
    let similar = report.similar().unwrap_or_default();
    lines.finish(
        report.summary,
        report.directory_groups(),
        similar,
        report.errors,
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::{Format, testing};
    use super::*;

    fn header() -> String {
        format!(
            r#"{{"type":"header","version":1,"nodupe":"{}","working_directory":"/home/me","roots":["d"],"project_file":null,"hash":"blake3"}}"#,
            env!("CARGO_PKG_VERSION")
        )
    }

    const TOTALS: &str = r#"{"type":"totals","complete":true,"interrupted":false,"executor":{"kind":"thread","workers":4,"task_type":"io","reason":"reads \"block\"","replaced_workers":0,"startup_seconds":0.0,"peak_memory_bytes":null},"totals":{"files":227000,"bytes":4294967296,"groups":2,"duplicates":3,"reclaimable_bytes":3145728,"linked_outside_bytes":0,"shared_bytes":0,"bytes_read":1073741824,"errors":0},"stages":[{"name":"partial","files_in":9,"files_out":5,"bytes_read":77}],"elapsed_seconds":1.23}"#;

    fn lines(groups: &[Group], errors: &[ScanError]) -> Vec<String> {
        let (out, _) = testing::written(Format::Jsonl, groups, &testing::summary(), errors);
        let text = String::from_utf8(out).unwrap();
        assert!(text.ends_with('\n'));
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn an_empty_result_has_a_head_and_an_end() {
        assert_eq!(lines(&[], &[]), [header(), TOTALS.to_owned()]);
    }

    #[test]
    fn groups_come_before_errors_before_totals() {
        let group = testing::group(5, &[b"d/a", b"d/\n\xff"]);
        let expected = [
            header(),
            r#"{"type":"group","digest":"abababababababababababababababab","size":5,"reclaimable_bytes":5,"linked_outside_bytes":0,"shared_bytes":0,"files":[{"path":"d/a","dev":8,"ino":1,"modified":"2001-09-09T01:46:40.12Z","changed":"2001-09-09T01:46:41Z","links":1,"hard_links":[],"reference":false,"keep":true},{"path":"d/\n�","path_bytes":"ZC8K/w==","dev":8,"ino":2,"modified":"2001-09-09T01:46:40.12Z","changed":"2001-09-09T01:46:41Z","links":1,"hard_links":[],"reference":false,"keep":false}]}"#.to_owned(),
            r#"{"type":"error","path":"d/gone","stage":"full","kind":"not-found","message":"No such file or directory"}"#.to_owned(),
            TOTALS.to_owned(),
        ];
        assert_eq!(lines(&[group], &[testing::error(b"d/gone")]), expected);
    }

    #[test]
    fn groups_of_directories_are_those_of_the_document() {
        let groups = testing::directory_groups();
        let of = |format| {
            let summary = testing::summary();
            let (out, _) = testing::written_with(format, &[], Some(&groups), &summary, &[]);
            String::from_utf8(out).unwrap()
        };
        let document: Value = serde_json::from_str(&of(Format::Json)).unwrap();
        let lines = of(Format::Jsonl);
        let lines = lines.lines().skip(1);
        for (line, group) in lines.zip(document["directory_groups"].as_array().unwrap()) {
            let mut line: Value = serde_json::from_str(line).unwrap();
            let kind = line.as_object_mut().unwrap().remove("type").unwrap();
            assert_eq!((kind, &line), ("directory_group".into(), group));
        }
    }

    #[test]
    fn groups_are_those_of_the_document() {
        let groups = [testing::hostile(), testing::group(7, &[b"x", b"y"])];
        let summary = testing::summary();
        let (document, _) = testing::written(Format::Json, &groups, &summary, &[]);
        let document: Value = serde_json::from_slice(&document).unwrap();
        let lines = lines(&groups, &[]);
        for (line, group) in lines[1..3]
            .iter()
            .zip(document["groups"].as_array().unwrap())
        {
            let mut line: Value = serde_json::from_str(line).unwrap();
            assert_eq!(
                line.as_object_mut().unwrap().remove("type").unwrap(),
                "group"
            );
            assert_eq!(line, *group);
        }
    }

    /// Counts the flushes that had something to flush.
    #[derive(Default)]
    struct Pipe {
        waiting: Vec<u8>,
        sent: Vec<Vec<u8>>,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.waiting.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.sent.push(std::mem::take(&mut self.waiting));
            Ok(())
        }
    }

    #[test]
    fn the_reader_need_not_wait_for_the_next_group() {
        let roots = [testing::path(b"d")];
        let mut lines = JsonlWriter::new(Pipe::default(), &testing::header(&roots)).unwrap();
        assert_eq!(lines.out.sent, [format!("{}\n", header()).into_bytes()]);
        for sent in [2, 3] {
            lines.group(&testing::hostile()).unwrap();
            assert_eq!(lines.out.sent.len(), sent);
            assert!(lines.out.sent[sent - 1].ends_with(b"}\n"));
        }
        let pipe = lines.finish(&testing::summary(), &[], &[], &[]).unwrap();
        assert_eq!(pipe.sent[3], format!("{TOTALS}\n").into_bytes());
        assert!(pipe.waiting.is_empty());
    }
}
