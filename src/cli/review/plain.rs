//! `--plain`: the dialogue of lines on standard input and output.

use std::io::{self, BufRead, Write};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::dialogue::{self, Next};
use super::model::{Effect, Feed};
use super::pane::{PaneKind, plain_lines};
use super::store::Copy;
use super::{Outcome, Review, TICK, reader, text};
use crate::cli::diagnostics::Fatal;
use crate::cli::output::standard_output;
use crate::exit::Exit;
use crate::report::escape;

/// Lines of a file that are shown.
const SHOWN: usize = 20;

/// Columns of such a line.
const WIDTH: usize = 100;

/// Reads lines on a thread of its own, each when it is asked for: a question in
/// between reads the same input.
struct Lines {
    requests: Sender<()>,
    lines: Receiver<Option<Vec<u8>>>,
}

impl Lines {
    fn start() -> Self {
        let (requests, wanted) = bounded(1);
        let (sender, lines) = bounded(1);
        // Without the thread there are no lines: the dialogue ends.
        let _ = thread::Builder::new()
            .name("commands".to_owned())
            .spawn(move || {
                while wanted.recv().is_ok() {
                    let mut line = Vec::new();
                    let read = io::stdin().lock().read_until(b'\n', &mut line);
                    let line = matches!(read, Ok(1..)).then_some(line);
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            });
        Self { requests, lines }
    }
}

/// Asks for commands until the review is left or its marks were acted on.
pub(super) fn run(mut review: Review<'_>) -> Result<Exit, Fatal> {
    standard_output()?;
    let lines = Lines::start();
    // There is something to talk about as soon as there is a group.
    while review.model.store.len() == 0 && review.scanning.is_some() {
        if review.leave.is_cancelled() {
            return review.end(Outcome::Interrupted);
        }
        review.wait_for_scan()?;
    }
    let greeting = dialogue::greeting(&review.model);
    let mut is_written = say(&greeting);
    // Nobody may look: what could not be carried out is the status too.
    let mut failed: Option<Fatal> = None;
    loop {
        if is_written.and_then(|()| put("> ")).is_err() {
            return review.end(Outcome::Left);
        }
        let Some(line) = review.next_line(&lines)? else {
            let outcome = match review.leave.is_cancelled() {
                true => Outcome::Interrupted,
                false => Outcome::Left,
            };
            return review
                .end(outcome)
                .and_then(|exit| failed.map_or(Ok(exit), Err));
        };
        let reply = dialogue::command(&mut review.model, &line);
        is_written = say(&reply.lines);
        match reply.next {
            Next::Ask => {}
            Next::Wait => is_written = review.wait()?,
            Next::Show(copy, kind) => is_written = say(&review.lines_of(copy, kind)),
            Next::Do(Effect::Save(file)) => {
                review.try_to_save(file);
                is_written = say(review.model.message.as_slice());
            }
            Next::Do(Effect::Apply) => {
                failed = None;
                match review.apply() {
                    Ok(Some(exit)) => return review.end(Outcome::Applied(exit)),
                    Ok(None) => {}
                    Err(error) => {
                        review.tell(&error);
                        failed = Some(error);
                    }
                }
                is_written = say(review.model.message.as_slice());
            }
            Next::Do(_) => {
                let ended = review.end(Outcome::Left);
                return ended.and_then(|exit| failed.map_or(Ok(exit), Err));
            }
        }
    }
}

fn put(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn say(lines: &[String]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    out.flush()
}

impl Review<'_> {
    /// Takes in news of the scan, or waits for some a little.
    fn wait_for_scan(&mut self) -> Result<(), Fatal> {
        let Some(scanning) = &self.scanning else {
            return Ok(());
        };
        match scanning.messages.recv_timeout(TICK) {
            Ok(message) => self.take_in(message),
            Err(_) => Ok(()),
        }
    }

    /// The next command; nothing at the end of the input, or if interrupted.
    fn next_line(&mut self, lines: &Lines) -> Result<Option<Vec<u8>>, Fatal> {
        if lines.requests.send(()).is_err() {
            return Ok(None);
        }
        loop {
            if self.leave.is_cancelled() {
                return Ok(None);
            }
            match lines.lines.recv_timeout(TICK) {
                Ok(line) => {
                    self.receive()?;
                    return Ok(line);
                }
                Err(error) if error.is_timeout() => _ = self.receive()?,
                Err(_) => return Ok(None),
            }
        }
    }

    /// Waits for the end of the scan.
    fn wait(&mut self) -> Result<io::Result<()>, Fatal> {
        while self.scanning.is_some() && !self.leave.is_cancelled() {
            self.wait_for_scan()?;
        }
        let mut line = format!("The scan has ended: {}.", text::totals(&self.model));
        if self.model.feed == Feed::Incomplete {
            line.push_str(" Something could not be read.");
        }
        Ok(say(&[line]))
    }

    fn lines_of(&self, copy: Copy, kind: PaneKind) -> Vec<String> {
        let path = &self.model.store.file(copy).path;
        let follow = self.args.act.scope.selection.follow_links;
        let preview = reader::read(path, follow);
        match (kind, &preview.bytes) {
            (PaneKind::Facts, _) => text::metadata(&self.model, copy, Some(&preview)),
            (_, Err(reason)) => {
                vec![format!("It cannot be shown: {}", escape(reason.as_bytes()))]
            }
            (kind, Ok(bytes)) => plain_lines(kind, bytes, WIDTH, SHOWN),
        }
    }
}
