//! `nodupe history`: the runs that the journal knows.

use super::super::args::HistoryArgs;
use super::super::diagnostics::Fatal;
use super::super::output::{Output, cannot_write};
use super::super::terminal::Environment;
use super::super::time_zone;
use super::report;
use super::session::{self, Session, explained};
use crate::action::{PastRun, TakeBack, history};
use crate::exit::Exit;
use crate::report::act::{HistoryEntry, UndoState, write_history};
use crate::types::Timestamp;

/// Runs `nodupe history`.
pub(crate) fn run(args: &HistoryArgs) -> Result<Exit, Fatal> {
    let journal = args.journal.journal.as_deref();
    let mut runs = match session::exists(journal)? {
        true => {
            let session = Session::open_only(journal)?;
            history(session.journal()).map_err(|error| explained(&error))?
        }
        false => Vec::new(),
    };
    runs.reverse();
    let entries: Vec<HistoryEntry> = runs.into_iter().map(entry).collect();
    let mut output = Output::open(args.result.output.as_deref())?;
    let local = local_times();
    let is_terminal = output.is_terminal();
    let color = Environment::read().wants_color(args.result.color, is_terminal);
    let format = args.result.format.into();
    write_history(format, &mut output, &entries, report::render(color), &local)
        .and_then(|()| output.commit())
        .or_else(|error| match error.kind() {
            std::io::ErrorKind::BrokenPipe => Ok(()),
            _ => Err(cannot_write(args.result.output.as_deref(), &error)),
        })?;
    Ok(Exit::Complete)
}

/// Formats times for people, in the local time zone.
pub(super) fn local_times() -> impl Fn(Timestamp) -> String {
    let zone = time_zone::now(false).time_zone().clone();
    move |time| match jiff::Timestamp::from_nanosecond(i128::from(time.as_nanos())) {
        Ok(time) => {
            let time = time.to_zoned(zone.clone());
            time.strftime("%F %H:%M").to_string()
        }
        Err(_) => time.to_string(),
    }
}

fn entry(past: PastRun) -> HistoryEntry {
    let PastRun {
        id,
        run,
        counts,
        take_back,
    } = past;
    HistoryEntry {
        run: id.0,
        started: run.started,
        ended: run.ended,
        command: run.command,
        files: counts.done + counts.undone,
        freed_bytes: counts.freed,
        undo: match take_back {
            TakeBack::Files(files) => UndoState::Files(files),
            TakeBack::AfterRecovery => UndoState::AfterRecovery,
            TakeBack::AlreadyUndone => UndoState::Undone,
            TakeBack::Nothing => UndoState::Nothing,
            TakeBack::IsUndo(run) => UndoState::Undoes(run.0),
        },
    }
}
