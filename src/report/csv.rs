//! Comma-separated values: for spreadsheets and data frames.
//!
//! One row per name. A file's row has the kind `file` and is followed by one of
//! the kind `hard-link` for each further name of the same file. Naming the file
//! there by its path would not be exact (a path need not be text), and is not
//! needed: the row belongs to the last `file` row before it. (Where inode
//! numbers are not exact, several files of a group can have one.)
//!
//! `path` is text; where the path is not valid Unicode, U+FFFD replaces the
//! invalid parts and `path_bytes` holds all its bytes in base64. What belongs
//! to the group (`digest`, `size`, `reclaimable_bytes`) is repeated in each of
//! its rows: count it once per `group` when adding up.

use std::io::{self, Write};
use std::path::Path;

use super::record::ExactPath;
use crate::types::{FileRecord, Group};

const COLUMNS: [&str; 14] = [
    "group",
    "kind",
    "digest",
    "size",
    "reclaimable_bytes",
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
) -> io::Result<()> {
    let mut rows = csv::Writer::from_writer(out);
    rows.write_record(COLUMNS).map_err(io_error)?;
    for (number, group) in (1_u64..).zip(groups) {
        for file in &group.files {
            write_row(&mut rows, number, &group, file, "file", &file.path)?;
            for name in &file.hard_links {
                write_row(&mut rows, number, &group, file, "hard-link", name)?;
            }
        }
    }
    rows.flush()
}

fn write_row(
    rows: &mut csv::Writer<&mut dyn Write>,
    number: u64,
    group: &Group,
    file: &FileRecord,
    kind: &str,
    name: &Path,
) -> io::Result<()> {
    let name = ExactPath::of(name);
    let row: [&str; COLUMNS.len()] = [
        &number.to_string(),
        kind,
        &group.digest.map(|d| d.to_string()).unwrap_or_default(),
        &group.size.to_string(),
        &group.reclaimable_bytes.to_string(),
        &name.path,
        &name.path_bytes.unwrap_or_default(),
        &file.id.dev.to_string(),
        &file.id.ino.to_string(),
        &file.modified.to_string(),
        &file.changed.to_string(),
        &file.links.to_string(),
        &file.reference.to_string(),
        &file.keep.to_string(),
    ];
    rows.write_record(row).map_err(io_error)
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

    const HEAD: &str = "group,kind,digest,size,reclaimable_bytes,path,path_bytes,dev,ino,modified,changed,links,reference,keep\n";

    #[test]
    fn no_groups_still_have_columns() {
        assert_eq!(text(&[]), HEAD);
    }

    #[test]
    fn every_name_has_a_row() {
        let mut unread = testing::group(u64::MAX, &[b"d/only"]);
        unread.digest = None;
        let rest = "2001-09-09T01:46:40.12Z,2001-09-09T01:46:41Z";
        let digest = "ab".repeat(16);
        let expected = format!(
            "{HEAD}\
            1,file,{digest},1000,3000,d/original,,8,1,{rest},3,true,true\n\
            1,hard-link,{digest},1000,3000,d/same,,8,1,{rest},3,true,true\n\
            1,hard-link,{digest},1000,3000,d/s�me,ZC9z/21l,8,1,{rest},3,true,true\n\
            1,file,{digest},1000,3000,\"d/a\nb\",,8,2,{rest},1,false,false\n\
            1,file,{digest},1000,3000,\"d/\x1b[2J,\"\"\",,8,3,{rest},1,false,false\n\
            1,file,{digest},1000,3000,d/caf�,ZC9jYWbp,8,4,{rest},1,false,false\n\
            2,file,,18446744073709551615,0,d/only,,8,1,{rest},1,false,true\n"
        );
        assert_eq!(text(&[testing::hostile(), unread]), expected);
    }

    #[test]
    fn a_reader_gets_the_names_back() {
        let text = text(&[testing::group(1, &[b"a\r\nb", b"\"", b" , ", b"#x"])]);
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        let names: Vec<String> = rows
            .records()
            .map(|row| row.unwrap()[5].to_owned())
            .collect();
        assert_eq!(names, ["a\r\nb", "\"", " , ", "#x"]);
    }
}
