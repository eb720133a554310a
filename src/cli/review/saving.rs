//! The decisions of a review outside of it: as a report with marks, and as groups
//! to act on.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::super::act::marked::MarkedGroups;
use super::super::diagnostics::Fatal;
use super::super::output::{Output, cannot_write};
use super::feed::{Known, Origin};
use super::store::Store;
use crate::report::Header;
use crate::report::session::{self, Mark, Session, SessionFigures};
use crate::types::Group;

/// Writes all groups with their marks to a file.
pub(super) fn save(store: &Store, origin: &Origin, file: &Path) -> Result<(), Fatal> {
    refuse_other_files(file)?;
    let mut output = Output::open(Some(file))?;
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let nothing = serde_json::Map::new();
    let (complete, figures, errors) = match &origin.scan {
        Known::Running => (false, SessionFigures::Report(&nothing), &[][..]),
        Known::Ended(ended) => {
            let summary = &ended.summary;
            let is_complete = summary.complete && !summary.interrupted;
            let errors = &ended.errors[..];
            (is_complete, SessionFigures::Scan(summary), errors)
        }
        Known::Report { complete, figures } => {
            (*complete, SessionFigures::Report(figures), &[][..])
        }
    };
    let session = Session {
        header: Header {
            working_directory: &here,
            roots: &origin.roots,
            project_file: None,
            hash: origin.hash,
        },
        complete,
        figures,
        errors,
    };
    let groups = store.groups().iter().zip(0..);
    let groups = groups.map(|(group, number)| (group, store.marks(number)));
    let written = session::write(&mut output, &session, groups);
    let written = written.and_then(|()| output.commit());
    written.map_err(|error| cannot_write(Some(file), &error))
}

/// A file that is no report stays: a mistyped name would cost it.
pub(super) fn refuse_other_files(file: &Path) -> Result<(), Fatal> {
    let is_regular = std::fs::metadata(file).is_ok_and(|found| found.is_file());
    if !is_regular {
        return Ok(());
    }
    let start = std::fs::File::open(file).and_then(|file| {
        let mut start = Vec::new();
        file.take(4096).read_to_end(&mut start).map(|_| start)
    });
    let is_report = start.is_ok_and(|start| {
        let text = String::from_utf8_lossy(&start);
        text.is_empty() || text.trim_start().starts_with('{') && text.contains("\"nodupe\"")
    });
    match is_report {
        true => Ok(()),
        false => Err(Fatal::new(format!(
            "{} exists and is no report of nodupe",
            crate::report::quote(file)
        ))
        .hint("choose another name, or remove it first")),
    }
}

/// The groups for each kind of act: the copies with its mark, and those that stay.
/// Copies that another act is for are none to rely on, so they are left out.
pub(super) fn marked_groups(store: &Store, origin: &Origin) -> Vec<MarkedGroups> {
    let acts = Mark::ACTS.into_iter();
    let acts = acts.filter(|mark| store.sum(*mark).copies > 0);
    acts.map(|mark| {
        let groups = store.groups().iter().zip(0..);
        let groups = groups.filter_map(|(group, number)| {
            let marks = store.marks(number);
            marks.contains(&mark).then(|| part(group, &marks, mark))
        });
        MarkedGroups {
            mark,
            roots: origin.roots.clone(),
            hash: origin.hash,
            groups: groups.collect(),
        }
    })
    .collect()
}

/// The part of a group that one kind of act is about.
fn part(group: &Group, marks: &[Mark], mark: Mark) -> Group {
    let files = group.files.iter().zip(marks);
    let files = files.filter(|(_, of_file)| !of_file.acts() || **of_file == mark);
    let files = files.map(|(file, of_file)| {
        let mut file = file.clone();
        file.keep = !of_file.acts();
        file
    });
    let mut part = Group::new(group.digest, group.proof, group.size, files.collect());
    part.keep_reason = group.keep_reason;
    part
}
