//! The report formats: for people, for scripts and for other programs.
//!
//! A formatter gets data and a writer and nothing else: no clock, no
//! environment, no file system, and it does not inspect its writer. So the same
//! result is always the same text, and everything that depends on the terminal
//! is decided once, by the caller, in a [`RenderOptions`].
//!
//! Groups are read from an iterator and written one at a time: the report of a
//! million groups is never in memory as a whole. Only the table reads all
//! groups that it shows first, to align its columns.

pub(crate) mod act;
pub(crate) mod check;
mod csv;
pub(crate) mod diff;
mod escape;
mod fdupes;
mod html;
pub(crate) mod humanize;
mod json;
pub(crate) mod json_format;
mod jsonl;
mod markdown;
mod paths0;
mod quote;
mod record;
mod schema;
pub(crate) mod session;
pub(crate) mod source;
pub(crate) mod style;
mod summary;
mod table;
#[cfg(test)]
mod testing;
pub(crate) mod text_table;
mod uri;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::config::{Criteria, HashAlgorithm};
use crate::error::ScanError;
use crate::types::{DirectoryGroup, Group, SimilarDirectories, Summary};

pub(crate) use escape::escape;
pub(crate) use humanize::{count, counted, size};
pub(crate) use jsonl::JsonlWriter;
pub(crate) use quote::quote;
pub(crate) use record::ExactPath;
pub(crate) use schema::schema;

/// Report formats.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people: aligned columns, readable sizes, every name printable.
    #[default]
    Table,
    /// One JSON document, described by `schema()`.
    Json,
    /// One JSON object per line: see `JsonlWriter`.
    Jsonl,
    /// Comma-separated values, one row per name.
    Csv,
    /// Raw paths, one per line, a blank line between groups.
    Fdupes,
    /// Raw paths, a NUL after each.
    Paths0,
    /// For people: the totals alone.
    Summary,
    /// For people: tables for an issue or a chat.
    Markdown,
    /// For people: one page for a browser.
    Html,
}

impl Format {
    /// Every format, the default first.
    pub const ALL: [Self; 9] = [
        Self::Table,
        Self::Json,
        Self::Jsonl,
        Self::Csv,
        Self::Fdupes,
        Self::Paths0,
        Self::Summary,
        Self::Markdown,
        Self::Html,
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
            Self::Markdown => "markdown",
            Self::Html => "html",
        }
    }
}

/// The properties of a scan that are known before it begins.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    /// The directory that relative paths are relative to.
    pub working_directory: &'a Path,
    /// The paths to scan, as they were given.
    pub roots: &'a [PathBuf],
    /// The project file that was used, if any, as a path from the working
    /// directory.
    pub project_file: Option<&'a Path>,
    /// The hash algorithm.
    pub hash: HashAlgorithm,
}

/// A result without its groups, which come separately and one at a time.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The properties known before the scan.
    pub header: Header<'a>,
    /// The requested groups: for files *without* a duplicate the table must not
    /// mention duplicates.
    pub criteria: Criteria,
    /// The figures.
    pub summary: &'a Summary,
    /// The groups of directories, if directories were compared.
    pub directories: Option<Directories<'a>>,
    /// Every path that could not be processed. Only the JSON formats write
    /// them; for the others they belong on the standard error.
    pub errors: &'a [ScanError],
    /// The directory of the file that the report is written to, as an absolute path:
    /// a page links to pictures from there. None: it is written to a stream.
    pub page_directory: Option<&'a Path>,
}

/// Directories with identical content.
#[derive(Debug, Clone, Copy)]
pub struct Directories<'a> {
    /// The groups to write.
    pub groups: &'a [DirectoryGroup],
    /// Directories that are largely in others, if they were asked for.
    pub similar: Option<&'a [SimilarDirectories]>,
    /// Number of groups found.
    pub found: u64,
    /// Number of groups of files that lie within groups of directories, and that
    /// the formats for people leave out.
    pub files_within: u64,
}

impl<'a> Report<'a> {
    /// The groups of directories to write.
    fn directory_groups(&self) -> &'a [DirectoryGroup] {
        self.directories
            .map_or(&[], |directories| directories.groups)
    }

    /// Directories that are largely in others.
    fn similar(&self) -> Option<&'a [SimilarDirectories]> {
        self.directories.and_then(|directories| directories.similar)
    }
}

impl Format {
    /// Returns true if groups of files within groups of directories are left
    /// out.
    #[must_use]
    pub fn folds_files(self) -> bool {
        matches!(
            self,
            Self::Table | Self::Fdupes | Self::Paths0 | Self::Markdown
        )
    }
}

/// The style of a report for people. The formats for programs ignore it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RenderOptions {
    /// Use colors and other styles of a terminal.
    pub color: bool,
    /// Number of columns of the terminal, for breaking sentences between words.
    /// `None`: it is not a terminal.
    pub width: Option<usize>,
    /// Number of lines that the table has on the screen. `None`: it has no
    /// limit.
    pub height: Option<usize>,
}

/// The result of writing a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[must_use]
pub struct Written {
    /// Number of names that the format cannot represent exactly, and which were
    /// therefore written in another way. The reader should be warned.
    pub escaped_names: u64,
}

/// Writes a result, and flushes `out`, which is best buffered: it is given
/// many small pieces.
///
/// `groups` may be fewer than [`Summary::totals`] counts; the table states how
/// many are missing. The summary needs none.
///
/// # Errors
///
/// Errors of `out`, with their [`io::ErrorKind`] kept in every format.
pub fn write(
    format: Format,
    out: &mut dyn Write,
    report: &Report<'_>,
    groups: &mut dyn Iterator<Item = Group>,
    render: &RenderOptions,
) -> io::Result<Written> {
    let mut written = Written::default();
    match format {
        Format::Table => table::write(out, report, groups, render)?,
        Format::Json => json::write(out, report, groups)?,
        Format::Jsonl => jsonl::write(out, report, groups)?,
        Format::Csv => csv::write(out, groups, report.directory_groups())?,
        Format::Fdupes => {
            written.escaped_names = fdupes::write(out, groups, report.directory_groups())?;
        }
        Format::Paths0 => paths0::write(out, groups, report.directory_groups())?,
        Format::Summary => summary::write(out, report, render)?,
        Format::Markdown => markdown::write(out, report, groups)?,
        Format::Html => html::write(out, report, groups)?,
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
    fn a_closed_pipe_is_distinguished_in_every_format() {
        let summary = testing::summary();
        for format in Format::ALL {
            for room in [0, 1, 50] {
                let report = Report {
                    header: testing::header(&[]),
                    criteria: Criteria::default(),
                    summary: &summary,
                    directories: None,
                    errors: &[],
                    page_directory: None,
                };
                // More than the buffer of any formatter.
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
                // Everything but one buffer must have been written.
                assert!(bytes.get() + 16_384 >= made * 20, "{format:?} {made}");
                (made < 5000).then(testing::hostile)
            });
            let report = Report {
                header: testing::header(&[]),
                criteria: Criteria::default(),
                summary: &summary,
                directories: None,
                errors: &[],
                page_directory: None,
            };
            let _ = write(format, &mut Count(&bytes), &report, groups, &testing::PLAIN).unwrap();
            assert_eq!(made, 5000);
        }
    }
}
