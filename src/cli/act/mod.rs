//! `nodupe remove`, `link`, `dedupe` and `move`: from the arguments to what was
//! done, its report and the exit status.
//!
//! A run goes through the same steps whatever it does: the journal is opened and
//! what an earlier run left is settled; the groups come from a scan or a report;
//! what is protected is marked; somebody is asked; the files are acted on.

mod directories;
mod execute;
pub(super) mod history;
pub(super) mod marked;
pub(super) mod plan;
mod preview;
mod progress;
pub(super) mod protect;
mod question;
mod report;
mod session;
pub(super) mod signals;
pub(super) mod undo;

use std::io::{self, IsTerminal};
use std::path::Path;

use super::args::{ActArgs, DedupeArgs, LinkArgs, MoveArgs, RemoveArgs};
use super::diagnostics::{Fatal, list_errors, list_skipped, say};
use super::output::Output;
use super::resolve::{Verbosity, verbosity};
use super::settings::Settings;
use super::terminal::Environment;
use super::{files_from, panics};
use crate::action::{self, Action, ActionOptions};
use crate::config::DirectoryNames;
use crate::exit::Exit;
use crate::platform;
use crate::report::act::{Lists, Verb};
use crate::types::CancelToken;
use execute::execute;
use plan::Plan;
use preview::Estimate;
use protect::Protection;
use question::{Answer, Consent};
use report::ActReport;
use session::Session;
use signals::{Phase, Signals};

/// A subcommand that acts on redundant files.
pub(super) trait Request {
    /// The arguments that all of them have.
    fn act(&self) -> &ActArgs;

    /// The way to act.
    fn verb(&self) -> Verb;

    /// The same for the library.
    ///
    /// # Errors
    ///
    /// An argument that cannot be used.
    fn action(&self) -> Result<Action, Fatal>;

    /// True if directories that become empty are removed.
    fn prune_empty_dirs(&self) -> bool {
        false
    }

    /// The role of names, if whole directories are acted on.
    fn directories(&self) -> Option<DirectoryNames> {
        None
    }

    /// True if links may change a file's metadata.
    fn ignore_metadata(&self) -> bool {
        false
    }
}

impl Request for RemoveArgs {
    fn act(&self) -> &ActArgs {
        &self.act
    }

    fn verb(&self) -> Verb {
        match self.trash {
            true => Verb::Trash,
            false => Verb::Remove,
        }
    }

    fn action(&self) -> Result<Action, Fatal> {
        if self.trash && self.whole.directories {
            return Err(
                Fatal::new("--trash and --directories cannot be used together")
                    .hint("nodupe move --directories --to DIR keeps what is redundant too"),
            );
        }
        Ok(match self.trash {
            true => Action::Trash {
                home: action::home_trash(|name| std::env::var_os(name)),
            },
            false => Action::Remove,
        })
    }

    fn prune_empty_dirs(&self) -> bool {
        self.prune_empty_dirs
    }

    fn directories(&self) -> Option<DirectoryNames> {
        self.whole.names()
    }
}

impl Request for LinkArgs {
    fn act(&self) -> &ActArgs {
        &self.act
    }

    fn verb(&self) -> Verb {
        match self.symbolic {
            true => Verb::SymbolicLink,
            false => Verb::HardLink,
        }
    }

    fn action(&self) -> Result<Action, Fatal> {
        if self.symbolic && self.ignore_metadata {
            return Err(
                Fatal::new("--symbolic and --ignore-metadata cannot be used together")
                    .hint("a symbolic link has no metadata to differ in"),
            );
        }
        Ok(match self.symbolic {
            true => Action::SymbolicLink,
            false => Action::HardLink,
        })
    }

    fn ignore_metadata(&self) -> bool {
        self.ignore_metadata
    }
}

impl Request for DedupeArgs {
    fn act(&self) -> &ActArgs {
        &self.act
    }

    fn verb(&self) -> Verb {
        Verb::Dedupe
    }

    fn action(&self) -> Result<Action, Fatal> {
        Ok(Action::Dedupe)
    }
}

impl Request for MoveArgs {
    fn act(&self) -> &ActArgs {
        &self.act
    }

    fn verb(&self) -> Verb {
        Verb::Move
    }

    fn action(&self) -> Result<Action, Fatal> {
        destination(&self.to)
    }

    fn prune_empty_dirs(&self) -> bool {
        self.prune_empty_dirs
    }

    fn directories(&self) -> Option<DirectoryNames> {
        self.whole.names()
    }
}

/// Moves files to a directory.
fn destination(to: &Path) -> Result<Action, Fatal> {
    if !to.is_dir() {
        return Err(
            Fatal::new(format!("--to: {} is no directory", to.display()))
                .hint("make it first: a misspelled name would hide the files"),
        );
    }
    Ok(Action::Move {
        to: to.to_path_buf(),
    })
}

/// Acts as a subcommand asks for. `selects` is true if arguments select files or
/// groups.
pub(super) fn run(
    request: &impl Request,
    settings: &Settings,
    selects: bool,
) -> Result<Exit, Fatal> {
    let args = request.act();
    plan::check(args, selects)?;
    let action = request.action()?;
    let environment = Environment::read();
    let consent = Consent::of(&args.consent)?;
    // Read while Ctrl-C still ends the program at once.
    let list = match &args.scope.input.files_from {
        Some(file) => Some(files_from::read(file)?),
        None => None,
    };
    let source = match &args.source.report {
        Some(file) => Some(plan::read_report(file)?),
        None => None,
    };
    let verbosity = verbosity(&args.running);
    announce(settings, verbosity);
    platform::raise_descriptor_limit();
    let journal = args.consent.journal.journal.as_deref();
    let session = Session::of(consent, journal, verbosity)?;
    let output = Output::open(args.result.output.as_deref())?;
    let signals = Signals::watch(&[output.leftover()]);
    let mut protected: Vec<_> = output.own_files().to_vec();
    protected.extend(session.iter().flat_map(Session::own_files));
    protected.extend(plan::own_file(args.source.report.as_deref()));
    let protection = Protection::new(args)?;
    let plan = match source {
        Some(source) if request.directories().is_some() => {
            let groups = plan::directory_groups(&source)?;
            let mut config = plan::config_of_directories(args, groups, &action, &protected)?;
            config.directories = request.directories();
            Plan::of_scan(config, protection, &signals, &environment, verbosity)?
                .confirmed(groups, source.roots.clone())
        }
        Some(source) => Plan::of_report(source, protection, request.verb()),
        None => {
            let mut config = plan::config(args, list.as_deref(), &action, &protected)?;
            config.directories = request.directories();
            Plan::of_scan(config, protection, &signals, &environment, verbosity)?
        }
    };
    Acting {
        request,
        action,
        consent,
        environment,
        verbosity,
        session,
        output,
        signals,
        plan,
        protected: protected.into_iter().map(|file| file.id).collect(),
    }
    .carry_out()?
    .ok_or_else(|| Fatal::new("not confirmed: nothing was changed"))
}

/// Prints what the settings are, as far as it matters.
pub(super) fn announce(settings: &Settings, verbosity: Verbosity) {
    if verbosity == Verbosity::Quiet {
        return;
    }
    let mut lines = settings.notes(false);
    if verbosity == Verbosity::Verbose {
        panics::print_all();
        lines.extend(settings.verbose_lines());
    }
    for line in lines {
        say(format_args!("nodupe: {line}"));
    }
}

/// A run whose groups are known.
struct Acting<'a, R> {
    request: &'a R,
    action: Action,
    consent: Consent,
    environment: Environment,
    verbosity: Verbosity,
    session: Option<Session>,
    output: Output,
    signals: Signals,
    plan: Plan,
    protected: Vec<crate::types::FileId>,
}

impl<R: Request> Acting<'_, R> {
    /// Returns nothing if the answer was no, so that nothing was changed.
    fn carry_out(self) -> Result<Option<Exit>, Fatal> {
        if self.plan.is_interrupted() {
            say("nodupe: interrupted: nothing was changed");
            return Ok(Some(Exit::Interrupted));
        }
        self.warn();
        let estimate = Estimate::of(&self.plan, self.consent == Consent::Ask);
        if self.consent == Consent::Ask && estimate.totals.files > 0 {
            self.signals.enter(Phase::Asking);
            let answer = preview::write(
                self.request.verb(),
                &self.plan,
                &estimate,
                &self.environment,
            )
            .and_then(|()| question::ask(self.request.verb(), &estimate.totals))
            .map_err(|error| question::failed(&error))?;
            if answer == Answer::No {
                return Ok(None);
            }
        }
        self.act(&estimate).map(Some)
    }

    /// Prints what the scan left out, and what is left alone beforehand.
    fn warn(&self) {
        if self.verbosity == Verbosity::Quiet {
            return;
        }
        for line in list_skipped(self.plan.left_out()).lines() {
            say(line);
        }
        for problem in self.plan.keep_problems() {
            say(format_args!("nodupe: {problem}"));
        }
        let all = self.verbosity == Verbosity::Verbose;
        for line in list_errors(self.plan.errors(), all).lines() {
            say(line);
        }
    }

    fn act(mut self, estimate: &Estimate) -> Result<Exit, Fatal> {
        let verb = self.request.verb();
        // Directories are folded into a line each.
        let lists = match self.consent {
            Consent::Ask => Lists::Left,
            _ if self.plan.has_directories() => Lists::Directories,
            _ => Lists::All,
        };
        let cancel = CancelToken::default();
        self.signals.enter(Phase::Acting(cancel.clone()));
        let mut options = ActionOptions::new(self.action);
        let args = self.request.act();
        options.roots = self.plan.roots().to_vec();
        options.protected = self.protected;
        options.require_lease = args.protection.require_lease;
        options.include_vcs = args.protection.include_vcs;
        options.ignore_metadata = self.request.ignore_metadata();
        options.prune_empty_dirs = self.request.prune_empty_dirs();
        options.leave = protect::copies_left(args);
        options.dry_run = self.consent == Consent::DryRun;
        let is_watched = io::stderr().is_terminal();
        let is_quiet = self.verbosity == Verbosity::Quiet;
        let bar = progress::ActBar::new(
            self.environment.wants_progress(is_quiet, is_watched),
            estimate.totals.files,
        );
        let is_terminal = self.output.is_terminal();
        let color = self.environment.wants_color(args.result.color, is_terminal);
        let mut report = ActReport::begin(
            &mut self.output,
            args.result.format.into(),
            report::render(color),
            lists,
            report::Header {
                verb,
                dry_run: options.dry_run,
                undoes: None,
                journal: args.consent.journal.journal.as_deref(),
            },
            report::Screen {
                bar,
                is_shared: is_terminal,
            },
            cancel.clone(),
        );
        for directory in self.plan.not_confirmed() {
            report.not_confirmed(directory);
        }
        for path in self.plan.without_copy() {
            report.without_copy(path);
        }
        let session = self.session.as_ref();
        let ended = execute(
            &options,
            &self.plan,
            session,
            estimate,
            &cancel,
            &mut report,
        )?;
        let mut totals = report.totals();
        totals.run = ended.run;
        totals.gained = ended.gained;
        totals.directories = ended.directories;
        totals.interrupted = ended.interrupted;
        let needless = report.needless();
        let mut problems = ended.problems;
        problems.extend(report.finish(&totals, self.plan.errors()).err());
        let file = args.result.output.as_deref();
        problems.extend(report::commit(self.output, file).err());
        let has_changed = totals.done > 0 && !options.dry_run;
        if let (false, Some(problem)) = (has_changed, problems.pop()) {
            return Err(problem);
        }
        problems.iter().for_each(say);
        let left = totals.skipped + totals.failed + totals.left_directories - needless;
        let missed = left + self.plan.missed() + problems.len() as u64;
        Ok(Exit::of_scan(totals.interrupted, missed))
    }
}
