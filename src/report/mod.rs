//! The ways a result is told: to a person, to a script, to another program.
//!
//! A formatter gets data and a writer and nothing else: no clock, no
//! environment, no file system, and it does not ask what kind of thing it
//! writes to. So the same result is always the same text, and what depends on
//! the terminal is decided once, by the caller, in a [`Look`].
//!
//! Groups come through an iterator and leave one at a time: the report of a
//! million groups never stands in memory. Only the table looks at all it
//! shows before it begins, to align its columns.

pub mod check;
mod csv;
mod escape;
mod fdupes;
pub(crate) mod humanize;
mod json;
pub(crate) mod json_format;
mod jsonl;
mod paths0;
mod record;
mod schema;
pub(crate) mod style;
mod summary;
mod table;
#[cfg(test)]
mod testing;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::config::{Criteria, HashAlgorithm};
use crate::error::ScanError;
use crate::types::{Group, Summary};

pub use escape::escape;
pub use jsonl::JsonlWriter;
pub(crate) use record::ExactPath;
pub use schema::schema;

/// How a result is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people: aligned columns, readable sizes, every name printable.
    #[default]
    Table,
    /// One JSON document, described by [`schema()`].
    Json,
    /// A JSON object a line: see [`JsonlWriter`].
    Jsonl,
    /// Comma-separated values, one row a name.
    Csv,
    /// Paths as they are, one a line, a blank line between groups.
    Fdupes,
    /// Paths as they are, a NUL behind each and one more behind each group.
    Paths0,
    /// For people: the totals alone.
    Summary,
}

impl Format {
    /// Every format, the default first.
    pub const ALL: [Self; 7] = [
        Self::Table,
        Self::Json,
        Self::Jsonl,
        Self::Csv,
        Self::Fdupes,
        Self::Paths0,
        Self::Summary,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Fdupes => "fdupes",
            Self::Paths0 => "paths0",
            Self::Summary => "summary",
        }
    }
}

/// What is known of a scan before it begins.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    /// The directory that relative paths start from.
    pub working_directory: &'a Path,
    /// The paths that were to be scanned, as they were given.
    pub roots: &'a [PathBuf],
    /// The project file that options were taken from, if any, as it is called
    /// from the working directory.
    pub project_file: Option<&'a Path>,
    /// What content was compared by.
    pub hash: HashAlgorithm,
}

/// A result without its groups, which come separately and one at a time.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// What was known before.
    pub header: Header<'a>,
    /// Which groups were asked for: where files *without* a duplicate were,
    /// the table must not speak of duplicates.
    pub criteria: Criteria,
    /// The figures.
    pub summary: &'a Summary,
    /// Every path that could not be dealt with. Only the JSON formats write
    /// them; for the others they belong on the standard error.
    pub errors: &'a [ScanError],
}

/// How a report for people is to look. The formats for programs do not care.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    /// Whether to use colors and other styles of a terminal.
    pub color: bool,
    /// How many columns the terminal has. `None`: it is no terminal, so no
    /// path is ever shortened.
    pub width: Option<usize>,
}

/// What became of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[must_use]
pub struct Written {
    /// How many names the format could not hold as they are, and which were
    /// therefore written in another way. Whoever reads the output should be
    /// warned.
    pub escaped_names: u64,
}

/// Writes a result, and flushes `out`, which is best buffered: it is given
/// many small pieces.
///
/// `groups` may be fewer than [`Summary::totals`] counts; the table tells how
/// many are missing. The summary does not ask for any.
///
/// # Errors
///
/// What `out` says, with its [`io::ErrorKind`] kept in every format.
pub fn write(
    format: Format,
    out: &mut dyn Write,
    report: &Report<'_>,
    groups: &mut dyn Iterator<Item = Group>,
    look: &Look,
) -> io::Result<Written> {
    let mut written = Written::default();
    match format {
        Format::Table => table::write(out, report, groups, look)?,
        Format::Json => json::write(out, report, groups)?,
        Format::Jsonl => jsonl::write(out, report, groups)?,
        Format::Csv => csv::write(out, groups)?,
        Format::Fdupes => written.escaped_names = fdupes::write(out, groups)?,
        Format::Paths0 => paths0::write(out, groups)?,
        Format::Summary => summary::write(out, report.summary, look)?,
    }
    out.flush()?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_formats_are_distinct() {
        let mut names: Vec<_> = Format::ALL.iter().map(|f| f.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Format::ALL.len());
        assert_eq!(Format::default(), Format::ALL[0]);
    }

    #[test]
    fn a_closed_pipe_is_told_from_other_failures_in_every_format() {
        let summary = testing::summary();
        for format in Format::ALL {
            for room in [0, 1, 50] {
                let report = Report {
                    header: testing::header(&[]),
                    criteria: Criteria::default(),
                    summary: &summary,
                    errors: &[],
                };
                // More than any formatter keeps in a buffer of its own.
                let groups = &mut std::iter::repeat_n(testing::hostile(), 500);
                let out = &mut testing::ClosedPipe(room);
                let error = write(format, out, &report, groups, &testing::PLAIN).unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{format:?} {room}");
            }
        }
    }

    #[test]
    fn formats_that_stream_write_a_group_before_they_take_many_more() {
        use std::cell::Cell;
        struct Count<'a>(&'a Cell<usize>);
        impl Write for Count<'_> {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.set(self.0.get() + bytes.len());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let summary = testing::summary();
        let streaming = [
            Format::Json,
            Format::Jsonl,
            Format::Csv,
            Format::Fdupes,
            Format::Paths0,
        ];
        for format in streaming {
            let bytes = Cell::new(0);
            let mut made = 0;
            let groups = &mut std::iter::from_fn(|| {
                made += 1;
                // Whatever is made must be gone but for one buffer's worth.
                assert!(bytes.get() + 16_384 >= made * 20, "{format:?} {made}");
                (made < 5000).then(testing::hostile)
            });
            let report = Report {
                header: testing::header(&[]),
                criteria: Criteria::default(),
                summary: &summary,
                errors: &[],
            };
            let _ = write(format, &mut Count(&bytes), &report, groups, &testing::PLAIN).unwrap();
            assert_eq!(made, 5000);
        }
    }
}
