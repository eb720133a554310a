//! The report of `nodupe history`: one line per run.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use super::ActFormat;
use super::record::VERSION;
use crate::report::humanize::{count, size};
use crate::report::json_format;
use crate::report::record::{Shown, Tagged, Writer};
use crate::report::style::Styler;
use crate::report::text_table::{Cell, Column, TextTable};
use crate::report::{RenderOptions, escape, quote};
use crate::types::Timestamp;

/// The part of a run that can still be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UndoState {
    /// So many files.
    Files(u64),
    /// It was ended in between, and has to be recovered first.
    AfterRecovery,
    /// It was taken back.
    Undone,
    /// It changed nothing.
    Nothing,
    /// It took this run back itself.
    Undoes(u64),
}

/// A run.
#[derive(Debug, Clone)]
pub(crate) struct HistoryEntry {
    /// Its number.
    pub run: u64,
    /// The time at which it started.
    pub started: Timestamp,
    /// The time at which it ended, if it came to its end.
    pub ended: Option<Timestamp>,
    /// The words of its command.
    pub command: Vec<String>,
    /// Files that it acted on.
    pub files: u64,
    /// Bytes that it freed.
    pub freed_bytes: u64,
    /// The part of it that can still be taken back.
    pub undo: UndoState,
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    writer: Writer,
    runs: Vec<Record<'a>>,
}

#[derive(Serialize)]
struct Record<'a> {
    run: u64,
    started: Shown<Timestamp>,
    ended: Option<Shown<Timestamp>>,
    command: &'a [String],
    files: u64,
    freed_bytes: u64,
    undo: &'static str,
    undo_files: u64,
    undoes: Option<u64>,
}

impl<'a> Record<'a> {
    fn of(entry: &'a HistoryEntry) -> Self {
        let (undo, undo_files, undoes) = match entry.undo {
            UndoState::Files(files) => ("possible", files, None),
            UndoState::AfterRecovery => ("after-recovery", 0, None),
            UndoState::Undone => ("done", 0, None),
            UndoState::Nothing => ("nothing", 0, None),
            UndoState::Undoes(run) => ("is-undo", 0, Some(run)),
        };
        Self {
            run: entry.run,
            started: Shown(entry.started),
            ended: entry.ended.map(Shown),
            command: &entry.command,
            files: entry.files,
            freed_bytes: entry.freed_bytes,
            undo,
            undo_files,
            undoes,
        }
    }
}

/// Writes the runs, the latest first. `local` formats a time for people.
///
/// # Errors
///
/// Those of the output.
pub(crate) fn write_history(
    format: ActFormat,
    out: &mut dyn Write,
    entries: &[HistoryEntry],
    render: RenderOptions,
    local: &dyn Fn(Timestamp) -> String,
) -> io::Result<()> {
    match format {
        ActFormat::Table => table(out, entries, render, local)?,
        ActFormat::Json => json_format::write(
            out,
            &Document {
                writer: Writer::of(VERSION),
                runs: entries.iter().map(Record::of).collect(),
            },
        )?,
        ActFormat::Jsonl => {
            for entry in entries {
                let record = Record::of(entry);
                serde_json::to_writer(
                    &mut *out,
                    &Tagged {
                        r#type: "run",
                        record,
                    },
                )?;
                out.write_all(b"\n")?;
            }
        }
    }
    out.flush()
}

fn table(
    out: &mut dyn Write,
    entries: &[HistoryEntry],
    render: RenderOptions,
    local: &dyn Fn(Timestamp) -> String,
) -> io::Result<()> {
    let paint = Styler::new(&render);
    if entries.is_empty() {
        return writeln!(out, "No runs yet");
    }
    const COLUMNS: [Column; 6] = [
        Column::number("Run"),
        Column::text("Started"),
        Column::number("Files"),
        Column::number("Freed"),
        Column::text("Undo"),
        Column::text("Command"),
    ];
    let rows = entries.iter().map(|entry| {
        [
            entry.run.to_string(),
            local(entry.started),
            count(entry.files),
            size(entry.freed_bytes),
            undo_text(entry.undo),
            command_text(&entry.command),
        ]
        .map(Cell::from)
    });
    let rows: Vec<_> = rows.collect();
    let mut text = TextTable::new(&COLUMNS, 0, paint);
    for row in &rows {
        text.measure(row);
    }
    out.write_all(text.titles().as_bytes())?;
    for row in &rows {
        out.write_all(text.row(row).as_bytes())?;
    }
    Ok(())
}

fn undo_text(undo: UndoState) -> String {
    match undo {
        UndoState::Files(files) => format!("{} possible", count(files)),
        UndoState::AfterRecovery => "after recovery".to_owned(),
        UndoState::Undone => "taken back".to_owned(),
        UndoState::Nothing => "-".to_owned(),
        UndoState::Undoes(run) => format!("took back {run}"),
    }
}

/// The words of a command in one line, as the shell reads them.
fn command_text(words: &[String]) -> String {
    let words = words.iter().map(|word| match word.starts_with('-') {
        // An option is no path.
        true => escape(word.as_bytes()),
        false => quote(Path::new(word)),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Vec<HistoryEntry> {
        let entry = |run, files, freed_bytes, undo, command: &[&str]| HistoryEntry {
            run,
            started: Timestamp::new(1_000_000_000, 0),
            ended: (run != 2).then(|| Timestamp::new(1_000_000_001, 0)),
            command: command.iter().map(|&word| word.to_owned()).collect(),
            files,
            freed_bytes,
            undo,
        };
        vec![
            entry(3, 1, 0, UndoState::Undoes(1), &["nodupe", "undo"]),
            entry(
                2,
                0,
                0,
                UndoState::AfterRecovery,
                &["nodupe", "link", "it's\n"],
            ),
            entry(
                1,
                1200,
                5 << 30,
                UndoState::Files(7),
                &["nodupe", "remove", "a b"],
            ),
        ]
    }

    fn text(format: ActFormat, entries: &[HistoryEntry]) -> String {
        let render = RenderOptions::default();
        let mut out = Vec::new();
        let local = |_| "2001-09-09 01:46".to_owned();
        write_history(format, &mut out, entries, render, &local).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_run_has_a_line() {
        let expected = r"Run  Started           Files    Freed  Undo            Command
  3  2001-09-09 01:46      1      0 B  took back 1     nodupe undo
  2  2001-09-09 01:46      0      0 B  after recovery  nodupe link $'it\'s\n'
  1  2001-09-09 01:46  1,200  5.0 GiB  7 possible      nodupe remove 'a b'
";
        assert_eq!(text(ActFormat::Table, &entries()), expected);
        assert_eq!(text(ActFormat::Table, &[]), "No runs yet\n");
    }

    #[test]
    fn programs_get_the_same() {
        let lines = text(ActFormat::Jsonl, &entries());
        let last = r#"{"type":"run","run":1,"started":"2001-09-09T01:46:40Z","ended":"2001-09-09T01:46:41Z","command":["nodupe","remove","a b"],"files":1200,"freed_bytes":5368709120,"undo":"possible","undo_files":7,"undoes":null}"#;
        assert_eq!(lines.lines().last(), Some(last));
        let document: serde_json::Value =
            serde_json::from_str(&text(ActFormat::Json, &entries())).unwrap();
        assert_eq!(document["runs"][1]["ended"], serde_json::Value::Null);
        assert_eq!(document["runs"][0]["undoes"], 1);
        assert_eq!(document["runs"].as_array().unwrap().len(), 3);
    }
}
