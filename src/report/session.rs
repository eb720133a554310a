//! A report with marks: the decisions of a review, to go on with or to act on.
//!
//! It is the JSON report with two more fields per file, so that whatever reads a
//! report reads this one too: `mark` is the decision, and `suggested` the choice of
//! the rules. `keep` is true for every file that is not to be acted on, decided or
//! not: a program that knows nothing of marks leaves those alone.

use std::cell::Cell;
use std::io::{self, Write};

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::Header;
use super::json_format;
use super::record::{Completeness, ErrorRecord, Figures, GroupRecord, Origin, Writer};
use crate::error::ScanError;
use crate::types::{Group, Summary};

/// The decision on a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(crate) enum Mark {
    /// None yet: the file stays.
    #[default]
    None,
    /// It stays.
    Keep,
    /// It is removed.
    Remove,
    /// It is replaced by a link.
    Link,
    /// It shares the blocks of the kept file.
    Dedupe,
    /// It is moved.
    Move,
}

impl Mark {
    /// All of them, in the order of their numbers.
    pub(crate) const ALL: [Self; 6] = [
        Self::None,
        Self::Keep,
        Self::Remove,
        Self::Link,
        Self::Dedupe,
        Self::Move,
    ];

    /// Those that change files, in the order in which they are carried out.
    pub(crate) const ACTS: [Self; 4] = [Self::Link, Self::Dedupe, Self::Move, Self::Remove];

    /// Its name in a report, and for people.
    pub(crate) fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::None => return None,
            Self::Keep => "keep",
            Self::Remove => "remove",
            Self::Link => "link",
            Self::Dedupe => "dedupe",
            Self::Move => "move",
        })
    }

    /// The mark with this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.name() == Some(name))
    }

    /// True if the file does not stay as it is.
    pub(crate) fn acts(self) -> bool {
        !matches!(self, Self::None | Self::Keep)
    }
}

/// The statistics of the scan.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SessionFigures<'a> {
    /// Of a scan that was just made.
    Scan(&'a Summary),
    /// As they are in the report that was read.
    Report(&'a Map<String, Value>),
}

/// A report with marks, without its groups.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Session<'a> {
    /// The origin of the groups.
    pub header: Header<'a>,
    /// True if the scan missed nothing.
    pub complete: bool,
    /// The statistics.
    pub figures: SessionFigures<'a>,
    /// The paths that the scan could not process.
    pub errors: &'a [ScanError],
}

#[derive(Serialize)]
#[serde(untagged)]
enum SomeFigures<'a> {
    Scan(Figures<'a>),
    Report(&'a Map<String, Value>),
}

#[derive(Serialize)]
#[serde(bound(serialize = "G: Iterator<Item = (&'a Group, Vec<Mark>)>"))]
struct Document<'a, G> {
    #[serde(flatten)]
    writer: Writer,
    #[serde(flatten)]
    completeness: Completeness,
    #[serde(flatten)]
    origin: Origin<'a>,
    #[serde(flatten)]
    figures: SomeFigures<'a>,
    #[serde(serialize_with = "groups")]
    groups: Cell<Option<G>>,
    directory_groups: Option<()>,
    similar_directories: Option<()>,
    errors: Vec<ErrorRecord<'a>>,
}

/// Serializes the groups once.
fn groups<'a, G, S>(groups: &Cell<Option<G>>, serializer: S) -> Result<S::Ok, S::Error>
where
    G: Iterator<Item = (&'a Group, Vec<Mark>)>,
    S: Serializer,
{
    let mut list = serializer.serialize_seq(None)?;
    for (group, marks) in groups.take().into_iter().flatten() {
        list.serialize_element(&GroupRecord::marked(group, &marks))?;
    }
    list.end()
}

/// Writes a report with the marks of each file of each group.
///
/// # Errors
///
/// Errors of `out`.
pub(crate) fn write<'a>(
    out: &mut dyn Write,
    session: &Session<'a>,
    groups: impl Iterator<Item = (&'a Group, Vec<Mark>)>,
) -> io::Result<()> {
    let document = Document {
        writer: Writer::this(),
        completeness: Completeness::of_session(session.complete),
        origin: Origin::of(&session.header),
        figures: match session.figures {
            SessionFigures::Scan(summary) => SomeFigures::Scan(Figures::of(summary)),
            SessionFigures::Report(figures) => SomeFigures::Report(figures),
        },
        groups: Cell::new(Some(groups)),
        directory_groups: None,
        similar_directories: None,
        errors: session.errors.iter().map(ErrorRecord::of).collect(),
    };
    json_format::write(out, &document)
}
