//! `nodupe review`: a screen to look through duplicates, mark them, and act on the
//! marks.
//!
//! `model` is the state, changed by one event at a time, and knows no terminal;
//! `store` holds the decisions, `shown` the groups that are shown, `motion` and
//! `marking` are what keys do. `view` draws the model. `feed` brings groups from a
//! scan or a report, `screen` is the terminal, and this module connects them. What
//! is marked is carried out by `act`, the one way to change files.

mod dialogue;
mod feed;
mod keys;
mod layout;
mod marking;
mod model;
mod motion;
mod pane;
mod plain;
mod prompt;
mod reader;
mod rules;
mod saving;
mod screen;
mod shown;
mod store;
#[cfg(test)]
mod testing;
mod text;
mod types;
mod view;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::act::marked::{self, Applied};
use super::act::protect::{self, Protection};
use super::act::signals::{Phase, Signals};
use super::act::{self, plan};
use super::args::ReviewArgs;
use super::diagnostics::{Fatal, list_errors, list_skipped, say};
use super::files_from;
use super::resolve::{Verbosity, verbosity};
use super::settings::Settings;
use super::terminal::Environment;
use crate::action::Action;
use crate::config::ExcludedFile;
use crate::error::describe;
use crate::exit::Exit;
use crate::platform;
use crate::report::source::Source;
use crate::types::CancelToken;
use feed::{Finder, Known, Message, Origin, Scanning};
use model::{Effect, Event, Feed, Given, Model};
use reader::Reader;
use screen::Screen;
pub(super) use screen::restore as restore_terminal;

/// Longest time without looking at the scan, the reader and signals.
const TICK: Duration = Duration::from_millis(50);

/// Groups of a report that are taken in at once.
const PORTION: usize = 100_000;

/// Runs `nodupe review`. `selects` is true if arguments select files or groups.
pub(super) fn run(args: &ReviewArgs, settings: &Settings, selects: bool) -> Result<Exit, Fatal> {
    plan::check(&args.act, selects)?;
    let environment = Environment::read();
    let is_usable = environment.wants_progress(false, io::stdout().is_terminal());
    if !args.plain && !is_usable {
        return Err(Fatal::new("nodupe review needs a terminal with a cursor")
            .hint("--plain reads commands from standard input instead"));
    }
    let is_input = args.act.source.report.as_deref() == Some(Path::new("-"));
    if args.plain && is_input {
        return Err(Fatal::new("--plain and --report - cannot be used together")
            .hint("commands are read from standard input: save the report in a file"));
    }
    let list = match &args.act.scope.input.files_from {
        Some(file) => Some(files_from::read(file)?),
        None => None,
    };
    let source = match &args.act.source.report {
        Some(file) => Some(plan::read_report(file)?),
        None => None,
    };
    act::announce(settings, verbosity(&args.act.running));
    platform::raise_descriptor_limit();
    let review = Review::begin(args, source, list.as_deref())?;
    match args.plain {
        true => plain::run(review),
        false => review.on_screen(),
    }
}

/// The end of a review.
#[derive(Clone, Copy)]
enum Outcome {
    /// The review was left.
    Left,
    Interrupted,
    /// The marks were acted on.
    Applied(Exit),
}

/// A review, whatever it is shown on.
struct Review<'a> {
    args: &'a ReviewArgs,
    model: Model,
    finder: Finder,
    origin: Origin,
    scanning: Option<Scanning>,
    reader: Reader,
    signals: Signals,
    /// Cancelled by an interruption.
    leave: CancelToken,
    own_files: Vec<ExcludedFile>,
    environment: Environment,
}

impl<'a> Review<'a> {
    fn begin(
        args: &'a ReviewArgs,
        source: Option<Source>,
        list: Option<&[u8]>,
    ) -> Result<Self, Fatal> {
        let given = Given {
            leave: protect::copies_left(&args.act),
            to: args.to.clone(),
            session: args.act.result.output.clone(),
        };
        let own_file = plan::own_file(args.act.result.output.as_deref());
        let own_files: Vec<_> = own_file.into_iter().collect();
        if let Some(file) = &args.act.result.output {
            saving::refuse_other_files(file)?;
        }
        let protection = Protection::new(&args.act)?;
        let now = platform::clocks().0;
        let mut model = Model::new(given, now, screen::terminal_size());
        let signals = Signals::watch_terminal();
        let leave = CancelToken::default();
        signals.enter(Phase::Reviewing(leave.clone()));
        let follow = args.act.scope.selection.follow_links;
        let (origin, finder, scanning) = match source {
            Some(mut source) => {
                source.identify(plan::identity);
                let origin = Origin::of_report(&source);
                let finder = Finder::new(protection, origin.roots.clone());
                let mut groups = source.into_marked_groups().peekable();
                // In portions: never is all of it there twice.
                while groups.peek().is_some() {
                    let some = groups.by_ref().take(PORTION);
                    let some = some.map(|(group, marks)| finder.of_report(group, &marks));
                    let found = some.collect();
                    model.update(Event::Found(found));
                }
                (origin, finder, None)
            }
            None => {
                let action = match &args.to {
                    Some(to) => Action::Move { to: to.clone() },
                    None => Action::Remove,
                };
                let config = plan::config(&args.act, list, &action, &own_files)?;
                let roots = config.roots.iter().chain(&config.references);
                let origin = Origin {
                    hash: config.hash,
                    roots: roots.cloned().collect(),
                    scan: Known::Running,
                };
                model.update(Event::Feed(Feed::Running {
                    files: 0,
                    bytes_read: 0,
                    bytes_to_read: 0,
                }));
                let finder = Finder::new(protection, origin.roots.clone());
                (origin, finder, Some(Scanning::start(config)?))
            }
        };
        Ok(Self {
            args,
            model,
            finder,
            origin,
            scanning,
            reader: Reader::start(follow),
            signals,
            leave,
            own_files,
            environment: Environment::read(),
        })
    }

    /// Shows the screen until the review is left or its marks were acted on.
    fn on_screen(mut self) -> Result<Exit, Fatal> {
        let outcome = loop {
            let effect = self.show()?;
            match effect {
                Effect::Quit => break Outcome::Left,
                Effect::Interrupt => break Outcome::Interrupted,
                Effect::Suspend => {
                    // The shell reports errors of its own.
                    let _ = platform::suspend();
                }
                Effect::Save(file) => self.try_to_save(file),
                Effect::Apply => match self.apply() {
                    Ok(Some(exit)) => break Outcome::Applied(exit),
                    Ok(None) => {}
                    Err(error) => self.tell(&error),
                },
            }
        };
        self.end(outcome)
    }

    /// Takes the terminal over until something is to be done without it.
    fn show(&mut self) -> Result<Effect, Fatal> {
        let cannot = |error: io::Error| {
            Fatal::new(format!("the terminal cannot be used: {}", describe(&error)))
                .hint("--plain needs no screen")
        };
        let color = self.args.act.result.color;
        let color = self
            .environment
            .wants_color(color, io::stdout().is_terminal());
        let mut screen = Screen::enter(color).map_err(cannot)?;
        let (width, height) = screen::terminal_size();
        self.model.update(Event::Resize(width, height));
        let mut is_changed = true;
        let mut requested = None;
        loop {
            is_changed |= self.receive()?;
            while let Ok((copy, preview)) = self.reader.answers.try_recv() {
                self.model.update(Event::Preview(copy, preview));
                is_changed = true;
            }
            if self.leave.is_cancelled() {
                return Ok(Effect::Interrupt);
            }
            // Events of the size may be merged, or late.
            let (width, height) = screen::terminal_size();
            if (width, height) != self.model.layout.size() {
                self.model.update(Event::Resize(width, height));
                is_changed = true;
            }
            self.model.settle();
            let wanted = self.model.wanted_preview();
            if let Some(copy) = wanted
                && requested != wanted
            {
                self.reader.request(copy, &self.model.store.file(copy).path);
                requested = wanted;
            }
            if is_changed && screen.draw(&self.model).is_err() {
                return Ok(Effect::Interrupt);
            }
            is_changed = false;
            let Ok(events) = screen.events(TICK) else {
                return Ok(Effect::Interrupt);
            };
            for event in events {
                is_changed = true;
                match self.model.update(event) {
                    // The screen stays while a file is written.
                    Some(Effect::Save(file)) => self.try_to_save(file),
                    Some(effect) => return Ok(effect),
                    None => {}
                }
            }
        }
    }

    /// Takes in what the scan has sent; true if that is anything.
    fn receive(&mut self) -> Result<bool, Fatal> {
        let mut is_changed = false;
        while let Some(scanning) = &self.scanning {
            let Ok(message) = scanning.messages.try_recv() else {
                break;
            };
            is_changed = true;
            self.take_in(message)?;
        }
        Ok(is_changed)
    }

    fn take_in(&mut self, message: Message) -> Result<(), Fatal> {
        match message {
            Message::Groups(groups) => {
                let found = groups.into_iter().map(|group| self.finder.of_scan(group));
                let found = found.collect();
                self.model.update(Event::Found(found));
            }
            Message::Progress(feed) => {
                self.model.update(Event::Feed(feed));
            }
            Message::Ended(ended) => {
                self.scanning = None;
                self.ended(*ended?);
            }
        }
        Ok(())
    }

    fn ended(&mut self, ended: feed::Ended) {
        let is_complete = ended.summary.complete && !ended.summary.interrupted;
        self.model.update(Event::Feed(match is_complete {
            true => Feed::Complete,
            false => Feed::Incomplete,
        }));
        self.origin.scan = Known::Ended(Box::new(ended));
    }

    /// Ends a scan that still runs.
    fn stop_scan(&mut self) {
        if let Some(scanning) = self.scanning.take()
            && let Some(Ok(ended)) = scanning.stop()
        {
            self.ended(*ended);
        }
    }

    /// Saves the marks, and says so.
    fn save(&mut self, file: PathBuf) -> Result<(), Fatal> {
        saving::save(&self.model.store, &self.origin, &file)?;
        self.model.message = Some(format!("the marks are saved in {}", file.display()));
        self.own_files.extend(plan::own_file(Some(&file)));
        self.model.saved(file);
        Ok(())
    }

    /// The same, with an error in the line for messages.
    fn try_to_save(&mut self, file: PathBuf) {
        if let Err(error) = self.save(file) {
            self.tell(&error);
        }
    }

    /// Acts on the marks, with the terminal as it was before. Nothing: the answer was
    /// no, and the review goes on.
    ///
    /// # Errors
    ///
    /// The reason why nothing was changed.
    fn apply(&mut self) -> Result<Option<Exit>, Fatal> {
        self.stop_scan();
        if let Some(file) = self.model.session.clone() {
            self.save(file)?;
        }
        let groups = saving::marked_groups(&self.model.store, &self.origin);
        let to = self.model.to.as_deref();
        self.signals.enter(Phase::Asking);
        let applied = marked::apply(self.args, groups, to, &self.signals, &self.own_files);
        self.leave = CancelToken::default();
        self.signals.enter(Phase::Reviewing(self.leave.clone()));
        match applied? {
            Applied::Done(exit) => Ok(Some(exit)),
            Applied::NotConfirmed => {
                self.model.message = Some("not confirmed: nothing was changed".to_owned());
                Ok(None)
            }
        }
    }

    /// Shows an error in the line for messages.
    fn tell(&mut self, error: &Fatal) {
        self.model.message = Some(error.to_string().replace('\n', " "));
    }

    /// Says what the scan missed, and saves marks that are not saved yet.
    fn end(mut self, outcome: Outcome) -> Result<Exit, Fatal> {
        let has_file = self.model.session.is_some();
        let mut problem = None;
        if has_file && !matches!(outcome, Outcome::Applied(_)) {
            let file = self.model.session.clone().unwrap_or_default();
            let saved = saving::save(&self.model.store, &self.origin, &file);
            match saved {
                Ok(()) => say(format_args!(
                    "nodupe: the marks are saved: nodupe review --report {}",
                    crate::report::quote(&file)
                )),
                Err(fatal) => problem = Some(fatal),
            }
        }
        if matches!(outcome, Outcome::Interrupted) {
            problem.iter().for_each(say);
            if let Some(scanning) = &self.scanning {
                // The process ends; a read that hangs is not waited for.
                scanning.cancel.cancel();
            }
            return Ok(Exit::Interrupted);
        }
        self.stop_scan();
        if let Some(problem) = problem {
            return Err(problem);
        }
        let missed = self.missed();
        Ok(match outcome {
            Outcome::Applied(exit) => exit.max(Exit::of_scan(false, missed)),
            _ => Exit::of_scan(false, missed),
        })
    }

    /// Lists what the scan missed, and counts it.
    fn missed(&self) -> u64 {
        let Known::Ended(ended) = &self.origin.scan else {
            return 0;
        };
        let verbosity = verbosity(&self.args.act.running);
        if verbosity != Verbosity::Quiet {
            for line in list_skipped(&ended.left_out).lines() {
                say(line);
            }
            for problem in &ended.keep_problems {
                say(format_args!("nodupe: {problem}"));
            }
            let all = verbosity == Verbosity::Verbose;
            for line in list_errors(&ended.errors, all).lines() {
                say(line);
            }
        }
        // That the scan was ended early was a decision.
        let is_cut = !ended.summary.complete && !ended.summary.interrupted;
        ended.errors.len() as u64 + u64::from(is_cut)
    }
}
