//! One JSON document: the whole result for another program.
//!
//! Everything known before the first group (the totals, whether the result is
//! complete) is written before it, so that a program can decide, or stop,
//! before it reads the groups. The groups are serialized as they arrive from
//! the iterator.

use std::cell::Cell;
use std::io::{self, Write};

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

use super::Report;
use super::json_format;
use super::record::{
    Completeness, DirectoryGroupRecord, ErrorRecord, Figures, GroupRecord, Origin, SimilarRecord,
    Writer,
};
use crate::error::ScanError;
use crate::types::Group;

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    writer: Writer,
    #[serde(flatten)]
    completeness: Completeness,
    #[serde(flatten)]
    origin: Origin<'a>,
    #[serde(flatten)]
    figures: Figures<'a>,
    groups: Groups<'a>,
    directory_groups: Option<Vec<DirectoryGroupRecord<'a>>>,
    similar_directories: Option<Vec<SimilarRecord<'a>>>,
    errors: Errors<'a>,
}

/// The groups, serialized as the iterator yields them. A second serialization
/// would be empty.
struct Groups<'a>(Cell<Option<&'a mut dyn Iterator<Item = Group>>>);

impl Serialize for Groups<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for group in self.0.take().into_iter().flatten() {
            list.serialize_element(&GroupRecord::of(&group))?;
        }
        list.end()
    }
}

struct Errors<'a>(&'a [ScanError]);

impl Serialize for Errors<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(ErrorRecord::of))
    }
}

pub(super) fn write(
    out: &mut dyn Write,
    report: &Report<'_>,
    groups: &mut dyn Iterator<Item = Group>,
) -> io::Result<()> {
    let document = Document {
        writer: Writer::this(),
        completeness: Completeness::of(report.summary),
        origin: Origin::of(&report.header),
        figures: Figures::of(report.summary),
        groups: Groups(Cell::new(Some(groups))),
        directory_groups: report.directories.map(|directories| {
            let groups = directories.groups.iter();
            groups.map(DirectoryGroupRecord::of).collect()
        }),
        similar_directories: report
            .similar()
            .map(|similar| similar.iter().map(SimilarRecord::of).collect()),
        errors: Errors(report.errors),
    };
    json_format::write(out, &document)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Format, testing};
    use super::*;

    fn text(groups: &[Group], errors: &[ScanError]) -> String {
        let (out, written) = testing::written(Format::Json, groups, &testing::summary(), errors);
        assert_eq!(written.escaped_names, 0);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_field_group_and_error_has_a_line() {
        let mut unread = testing::group(u64::MAX, &[b"d/only"]);
        unread.digest = None;
        let errors = [testing::error(b"d/gone"), testing::error(b"d/\xff")];
        let expected = r#"{
  "version": 1,
  "nodupe": "VERSION",
  "complete": true,
  "interrupted": false,
  "working_directory": "/home/me",
  "roots": [
    "d"
  ],
  "project_file": null,
  "hash": "blake3",
  "executor": {"kind":"thread","workers":4,"task_type":"io","reason":"reads \"block\"","replaced_workers":0,"startup_seconds":0.0,"peak_memory_bytes":null},
  "totals": {"files":227000,"bytes":4294967296,"groups":2,"duplicates":3,"reclaimable_bytes":3145728,"linked_outside_bytes":0,"shared_bytes":0,"bytes_read":1073741824,"errors":0},
  "stages": [
    {"name":"partial","files_in":9,"files_out":5,"bytes_read":77}
  ],
  "elapsed_seconds": 1.23,
  "groups": [
    {"digest":"abababababababababababababababab","size":1000,"reclaimable_bytes":3000,"linked_outside_bytes":0,"shared_bytes":0,"files":[{"path":"d/original","dev":8,"ino":1,"modified":"2001-09-09T01:46:40.12Z","changed":"2001-09-09T01:46:41Z","links":3,"hard_links":["d/same",{"path":"d/s�me","path_bytes":"ZC9z/21l"}],"reference":true,"keep":true},{"path":"d/a\nb","dev":8,"ino":2,"modified":"2001-09-09T01:46:40.12Z","changed":"2001-09-09T01:46:41Z","links":1,"hard_links":[],"reference":false,"keep":false},{"path":"d/\u001b[2J,\"","dev":8,"ino":3,"modified":"2001-09-09T01:46:40.12Z","changed":"2001-09-09T01:46:41Z","links":1,"hard_links":[],"reference":false,"keep":false},{"path":"d/caf�","path_bytes":"ZC9jYWbp","dev":8,"ino":4,"modified":"2001-09-09T01:46:40.12Z","changed":"2001-09-09T01:46:41Z","links":1,"hard_links":[],"reference":false,"keep":false}]},
    {"digest":null,"size":18446744073709551615,"reclaimable_bytes":0,"linked_outside_bytes":0,"shared_bytes":0,"files":[{"path":"d/only","dev":8,"ino":1,"modified":"2001-09-09T01:46:40.12Z","changed":"2001-09-09T01:46:41Z","links":1,"hard_links":[],"reference":false,"keep":true}]}
  ],
  "directory_groups": null,
  "similar_directories": null,
  "errors": [
    {"path":"d/gone","stage":"full","kind":"not-found","message":"No such file or directory"},
    {"path":"d/�","path_bytes":"ZC//","stage":"full","kind":"not-found","message":"No such file or directory"}
  ]
}
"#;
        let expected = expected.replace("VERSION", env!("CARGO_PKG_VERSION"));
        assert_eq!(text(&[testing::hostile(), unread], &errors), expected);
    }

    #[test]
    fn empty_lists_stay_on_their_line() {
        let text = text(&[], &[]);
        assert!(
            text.ends_with(
                "\n  \"groups\": [],\n  \"directory_groups\": null,\n  \"similar_directories\": null,\n  \"errors\": []\n}\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn groups_of_directories_have_a_line_each() {
        let groups = testing::directory_groups();
        let summary = testing::summary();
        let (out, _) = testing::written_with(Format::Json, &[], Some(&groups), &summary, &[]);
        let text = String::from_utf8(out).unwrap();
        let digest = "cd".repeat(32);
        let expected = format!(
            r#"
  "groups": [],
  "directory_groups": [
    {{"digest":"{digest}","files":3,"bytes":5000,"reclaimable_bytes":5000,"directories":[{{"path":"d/photos","keep":true}},{{"path":"d/ph�tos\n","path_bytes":"ZC9waPZ0b3MK","keep":false}}]}},
    {{"digest":null,"files":3,"bytes":10,"reclaimable_bytes":10,"directories":[{{"path":"d/x","keep":true}},{{"path":"d/y","keep":false}}]}}
  ],
  "similar_directories": [
    {{"path":"d/mo�t","path_bytes":"ZC9tb/90","inside":"d/photos","files":4,"files_inside":3,"bytes":40,"bytes_inside":39,"complete":true,"only_there":["d/a",{{"path":"d/�","path_bytes":"ZC//"}}]}}
  ],
  "errors": []
}}
"#
        );
        assert!(text.ends_with(&expected), "{text}");
    }

    #[test]
    fn directories_that_are_not_unicode_are_exact_too() {
        let directory = testing::path(b"/\xff");
        let roots = [testing::path(b"ok"), testing::path(b"r\xfe")];
        let mut header = testing::header(&roots);
        header.working_directory = &directory;
        header.project_file = Some(&roots[1]);
        let value = serde_json::to_value(Origin::of(&header)).unwrap();
        assert_eq!(
            value,
            json!({
                "working_directory": "/\u{fffd}",
                "working_directory_bytes": "L/8=",
                "roots": ["ok", {"path": "r\u{fffd}", "path_bytes": "cv4="}],
                "project_file": {"path": "r\u{fffd}", "path_bytes": "cv4="},
                "hash": "blake3",
            })
        );
    }
}
