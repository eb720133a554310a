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

    /// Those that change files, in the order in which they are carried out: a link
    /// changes the kept file's link count and change time, by which the others would
    /// take it for another file.
    pub(crate) const ACTS: [Self; 4] = [Self::Remove, Self::Move, Self::Dedupe, Self::Link];

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
    Scan(Box<Figures<'a>>),
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
            SessionFigures::Scan(summary) => SomeFigures::Scan(Box::new(Figures::of(summary))),
            SessionFigures::Report(figures) => SomeFigures::Report(figures),
        },
        groups: Cell::new(Some(groups)),
        directory_groups: None,
        similar_directories: None,
        errors: session.errors.iter().map(ErrorRecord::of).collect(),
    };
    json_format::write(out, &document)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::{Value, json};

    use super::super::{source, testing};
    use super::*;

    fn saved(groups: &[(Group, Vec<Mark>)], figures: SessionFigures<'_>) -> Vec<u8> {
        let roots = ["d".into()];
        let session = Session {
            header: testing::header(&roots),
            complete: true,
            figures,
            errors: &[testing::error(b"d/gone")],
        };
        let mut out = Vec::new();
        let groups = groups.iter().map(|(group, marks)| (group, marks.clone()));
        write(&mut out, &session, groups).unwrap();
        out
    }

    fn groups() -> Vec<(Group, Vec<Mark>)> {
        let mut group = testing::hostile();
        group.digest = Some(crate::types::Digest::new(&[7; 32]));
        let marks = [Mark::None, Mark::Remove, Mark::Link, Mark::Keep];
        let mut other = testing::group(9, &[b"d/a", b"d/b"]);
        other.digest = group.digest;
        vec![(group, marks.to_vec()), (other, vec![Mark::None; 2])]
    }

    #[test]
    fn a_saved_report_is_as_the_schema_says() {
        let summary = testing::summary();
        let out = saved(&groups(), SessionFigures::Scan(&summary));
        let value: Value = serde_json::from_slice(&out).unwrap();
        let schema: Value = serde_json::from_str(super::super::schema()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<_> = validator.iter_errors(&value).collect();
        assert!(errors.is_empty(), "{errors:?}");
        let fields = |file: usize| {
            let file = &value["groups"][0]["files"][file];
            (
                file["mark"].clone(),
                file["suggested"].clone(),
                file["keep"].clone(),
            )
        };
        assert_eq!(fields(0), (Value::Null, json!(true), json!(true)));
        assert_eq!(fields(1), (json!("remove"), json!(false), json!(false)));
        assert_eq!(fields(2), (json!("link"), json!(false), json!(false)));
        assert_eq!(fields(3), (json!("keep"), json!(false), json!(true)));
    }

    #[test]
    fn it_is_read_back_with_its_marks_and_figures() {
        let summary = testing::summary();
        let out = saved(&groups(), SessionFigures::Scan(&summary));
        let read = source::read(&out[..], Path::new("/home/me")).unwrap();
        assert!(read.complete);
        // Saved once more, it is the same; only errors are not kept.
        let again = saved(&groups(), SessionFigures::Report(&read.figures));
        let [one, two] = [&out, &again].map(|out| serde_json::from_slice::<Value>(out).unwrap());
        assert_eq!(one, two);
        let files = |act: Mark| -> Vec<(usize, Vec<bool>)> {
            let kept = |group: Group| group.files.iter().map(|file| file.keep).collect();
            read.groups_for(act).map(kept).enumerate().collect()
        };
        // Every act has its own marks, and leaves out those of others.
        assert_eq!(
            files(Mark::Remove),
            [(0, vec![true, false, true]), (1, vec![true, true])]
        );
        assert_eq!(
            files(Mark::Link),
            [(0, vec![true, false, true]), (1, vec![true, true])]
        );
        assert_eq!(
            files(Mark::Move),
            [(0, vec![true, true]), (1, vec![true, true])]
        );
        let marks: Vec<_> = read.into_marked_groups().map(|(_, marks)| marks).collect();
        let of_first = marks[0].iter().map(|saved| saved.mark);
        assert_eq!(
            of_first.collect::<Vec<_>>(),
            [Mark::None, Mark::Remove, Mark::Link, Mark::Keep]
        );
        let suggested: Vec<_> = marks[0].iter().map(|saved| saved.suggested).collect();
        assert_eq!(
            suggested,
            [Some(true), Some(false), Some(false), Some(false)]
        );
    }

    #[test]
    fn an_unknown_mark_is_an_error() {
        let summary = testing::summary();
        let out = String::from_utf8(saved(&groups(), SessionFigures::Scan(&summary))).unwrap();
        let out = out.replace(r#""mark":"link""#, r#""mark":"burn""#);
        let error = source::read(out.as_bytes(), Path::new("/home/me")).unwrap_err();
        assert_eq!(error.to_string(), "group 1: \"burn\" is not a mark");
    }
}
