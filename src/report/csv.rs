//! Comma-separated values: for spreadsheets and data frames.
//!
//! One row per name. A file's row has the kind `file` and is followed by one of
//! the kind `hard-link` for each further name of the same file. Naming the file
//! there by its path would not be exact (a path need not be text), and is not
//! needed: the row belongs to the last `file` row before it. (Where inode
//! numbers are not exact, several files of a group can have one.)
//!
//! `path` is text; where the path is not valid Unicode, U+FFFD replaces the
//! invalid parts and `path_bytes` holds all its bytes in base64. A path that a
//! spreadsheet would run as a formula has an apostrophe before it, and its bytes
//! in `path_bytes` too.
//!
//! A row of the kind `directory` is one of several identical directories; `size` is
//! the sum of the sizes of the files in each. These rows come last.
//!
//! The values of the group (`digest`, `size`, `reclaimable_bytes`,
//! `linked_outside_bytes`, `shared_bytes`) are in the first of its rows alone, so that
//! a column can be added up. `group` is in every row.

use std::io::{self, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::record::ExactPath;
use crate::platform::bytes_of;
use crate::types::{DirectoryGroup, DirectoryRecord, FileRecord, Group};

const COLUMNS: [&str; 16] = [
    "group",
    "kind",
    "digest",
    "size",
    "reclaimable_bytes",
    "linked_outside_bytes",
    "shared_bytes",
    "path",
    "path_bytes",
    "dev",
    "ino",
    "modified",
    "changed",
    "links",
    "reference",
    "keep",
];

pub(super) fn write(
    out: &mut dyn Write,
    groups: &mut dyn Iterator<Item = Group>,
    directories: &[DirectoryGroup],
) -> io::Result<()> {
    let mut rows = csv::Writer::from_writer(out);
    rows.write_record(COLUMNS).map_err(io_error)?;
    let mut last = 0_u64;
    for (number, group) in (1_u64..).zip(groups) {
        last = number;
        let mut figures = [
            group.digest.map(|d| d.to_string()).unwrap_or_default(),
            group.size.to_string(),
            group.reclaimable_bytes.to_string(),
            group.linked_outside_bytes.to_string(),
            group.shared_bytes.to_string(),
        ];
        for file in &group.files {
            for (at, name) in file.names().enumerate() {
                let kind = if at == 0 { "file" } else { "hard-link" };
                write_row(&mut rows, number, kind, &figures, file, name)?;
                figures = Default::default();
            }
        }
    }
    for (number, group) in (last + 1..).zip(directories) {
        let mut figures = [
            group.digest.map(|d| d.to_string()).unwrap_or_default(),
            group.bytes.to_string(),
            group.reclaimable_bytes.to_string(),
        ];
        for directory in &group.directories {
            write_directory(&mut rows, number, &figures, directory)?;
            figures = Default::default();
        }
    }
    rows.flush()
}

fn write_directory(
    rows: &mut csv::Writer<&mut dyn Write>,
    number: u64,
    [digest, size, reclaimable]: &[String; 3],
    directory: &DirectoryRecord,
) -> io::Result<()> {
    let (path, path_bytes) = cell(&directory.path);
    let row: [&str; COLUMNS.len()] = [
        &number.to_string(),
        "directory",
        digest,
        size,
        reclaimable,
        "",
        "",
        &path,
        &path_bytes,
        &directory.id.dev.to_string(),
        &directory.id.ino.to_string(),
        "",
        "",
        "",
        &directory.reference.to_string(),
        &directory.keep.to_string(),
    ];
    rows.write_record(row).map_err(io_error)
}

fn write_row(
    rows: &mut csv::Writer<&mut dyn Write>,
    number: u64,
    kind: &str,
    [digest, size, reclaimable, linked_outside, shared]: &[String; 5],
    file: &FileRecord,
    name: &Path,
) -> io::Result<()> {
    let (path, path_bytes) = cell(name);
    let known = file.id.known();
    let row: [&str; COLUMNS.len()] = [
        &number.to_string(),
        kind,
        digest,
        size,
        reclaimable,
        linked_outside,
        shared,
        &path,
        &path_bytes,
        &known.map_or(String::new(), |id| id.dev.to_string()),
        &known.map_or(String::new(), |id| id.ino.to_string()),
        &format!("{:.9}", file.modified),
        &format!("{:.9}", file.changed),
        &file.links.to_string(),
        &file.reference.to_string(),
        &file.keep.to_string(),
    ];
    rows.write_record(row).map_err(io_error)
}

/// A path as a cell, and its exact bytes in base64 if they are not its text.
fn cell(path: &Path) -> (String, String) {
    let exact = ExactPath::of(path);
    if exact.path.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        let bytes = STANDARD.encode(bytes_of(path.as_os_str()));
        return (format!("'{}", exact.path), bytes);
    }
    (
        exact.path.into_owned(),
        exact.path_bytes.unwrap_or_default(),
    )
}

/// The writer's own error. The conversion that `csv` offers makes every failure
/// an `Other`, which would hide the difference between a closed pipe and a full
/// disk.
fn io_error(error: csv::Error) -> io::Error {
    let text = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        _ => io::Error::other(text),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, testing};
    use super::*;

    fn text(groups: &[Group]) -> String {
        let (out, _) = testing::written(Format::Csv, groups, &testing::summary(), &[]);
        String::from_utf8(out).unwrap()
    }

    const HEAD: &str = "group,kind,digest,size,reclaimable_bytes,linked_outside_bytes,shared_bytes,path,path_bytes,dev,ino,modified,changed,links,reference,keep\n";

    #[test]
    fn no_groups_still_have_columns() {
        assert_eq!(text(&[]), HEAD);
    }

    #[test]
    fn every_name_has_a_row_and_figures_are_in_the_first_of_a_group() {
        let mut unread = testing::group(u64::MAX, &[b"d/only"]);
        unread.digest = None;
        unread.linked_outside_bytes = 7;
        unread.shared_bytes = 9;
        let rest = "2001-09-09T01:46:40.120000000Z,2001-09-09T01:46:41.000000000Z";
        let digest = "ab".repeat(16);
        let expected = format!(
            "{HEAD}\
            1,file,{digest},1000,3000,0,0,d/original,,8,1,{rest},3,true,true\n\
            1,hard-link,,,,,,d/same,,8,1,{rest},3,true,true\n\
            1,hard-link,,,,,,d/s�me,ZC9z/21l,8,1,{rest},3,true,true\n\
            1,file,,,,,,\"d/a\nb\",,8,2,{rest},1,false,false\n\
            1,file,,,,,,\"d/\x1b[2J,\"\"\",,8,3,{rest},1,false,false\n\
            1,file,,,,,,d/caf�,ZC9jYWbp,8,4,{rest},1,false,false\n\
            2,file,,18446744073709551615,0,7,9,d/only,,8,1,{rest},1,false,true\n"
        );
        assert_eq!(text(&[testing::hostile(), unread]), expected);
    }

    #[test]
    fn directories_have_rows_after_all_files() {
        let groups = [testing::group(5, &[b"a", b"b"])];
        let directories = testing::directory_groups();
        let summary = testing::summary();
        let (out, _) =
            testing::written_with(Format::Csv, &groups, Some(&directories), &summary, &[]);
        let text = String::from_utf8(out).unwrap();
        let digest = "cd".repeat(32);
        let expected = format!(
            "2,directory,{digest},5000,5000,,,d/photos,,8,5,,,,false,true\n\
             2,directory,,,,,,\"d/ph�tos
\",ZC9waPZ0b3MK,8,6,,,,false,false\n\
             3,directory,,10,10,,,d/x,,8,7,,,,false,true\n\
             3,directory,,,,,,d/y,,8,8,,,,false,false\n"
        );
        assert!(text.ends_with(&expected), "{text}");
    }

    #[test]
    fn a_reader_gets_the_names_back() {
        let text = text(&[testing::group(1, &[b"a\r\nb", b"\"", b" , ", b"#x"])]);
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        let names: Vec<String> = rows
            .records()
            .map(|row| row.unwrap()[7].to_owned())
            .collect();
        assert_eq!(names, ["a\r\nb", "\"", " , ", "#x"]);
    }

    #[test]
    fn no_name_is_a_formula_and_every_name_is_exact() {
        for (name, shown) in [
            (&b"=1+1"[..], "'=1+1"),
            (b"+x", "'+x"),
            (b"-x", "'-x"),
            (b"@x", "'@x"),
            (b"\tx", "'\tx"),
            (b"\rx", "'\rx"),
            (b"=\xff", "'=\u{fffd}"),
        ] {
            let encoded = STANDARD.encode(name);
            assert_eq!(cell(&testing::path(name)), (shown.to_owned(), encoded));
        }
        for name in ["a=b", "./=1", "'=1", " =1"] {
            let cell = cell(Path::new(name));
            assert_eq!(cell, (name.to_owned(), String::new()));
        }
    }
}
