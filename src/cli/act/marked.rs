//! Acts on what was marked in a review: a run for each kind of act, by the same
//! steps as those of `nodupe remove` and its siblings.

use std::path::{Path, PathBuf};

use super::super::args::{ActArgs, ReviewArgs};
use super::super::diagnostics::{Fatal, say};
use super::super::output::Output;
use super::super::resolve::verbosity;
use super::super::terminal::Environment;
use super::plan::{self, Plan};
use super::protect::Protection;
use super::question::Consent;
use super::session::Session;
use super::signals::Signals;
use super::{Acting, Request};
use crate::action::{self, Action};
use crate::config::{ExcludedFile, HashAlgorithm};
use crate::exit::Exit;
use crate::platform;
use crate::report::act::Verb;
use crate::report::session::Mark;
use crate::types::Group;

/// The groups with copies that have one mark.
pub(in crate::cli) struct MarkedGroups {
    /// The mark.
    pub(in crate::cli) mark: Mark,
    /// The paths that were scanned.
    pub(in crate::cli) roots: Vec<PathBuf>,
    /// The hash of the digests.
    pub(in crate::cli) hash: HashAlgorithm,
    /// The groups: copies with the mark, and those that stay.
    pub(in crate::cli) groups: Vec<Group>,
}

/// The end of acting on marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Applied {
    /// It was done, as far as it was possible.
    Done(Exit),
    /// Nothing was changed, because the answer was no.
    NotConfirmed,
}

struct Marked<'a> {
    args: &'a ReviewArgs,
    mark: Mark,
    to: Option<&'a Path>,
}

impl Request for Marked<'_> {
    fn act(&self) -> &ActArgs {
        &self.args.act
    }

    fn verb(&self) -> Verb {
        match self.mark {
            Mark::Link if self.args.symbolic => Verb::SymbolicLink,
            Mark::Link => Verb::HardLink,
            Mark::Dedupe => Verb::Dedupe,
            Mark::Move => Verb::Move,
            _ if self.args.trash => Verb::Trash,
            _ => Verb::Remove,
        }
    }

    fn action(&self) -> Result<Action, Fatal> {
        Ok(match (self.verb(), self.to) {
            (Verb::HardLink, _) => Action::HardLink,
            (Verb::SymbolicLink, _) => Action::SymbolicLink,
            (Verb::Dedupe, _) => Action::Dedupe,
            (Verb::Trash, _) => Action::Trash {
                home: action::home_trash(|name| std::env::var_os(name)),
            },
            (Verb::Move, None) => {
                return Err(Fatal::new("--to DIR is missing: where to move files"));
            }
            (Verb::Move, Some(to)) => super::destination(to)?,
            _ => Action::Remove,
        })
    }

    fn prune_empty_dirs(&self) -> bool {
        self.args.prune_empty_dirs
    }

    fn ignore_metadata(&self) -> bool {
        self.args.ignore_metadata
    }
}

/// Acts on marks, one kind after the other. `protected` are files that nothing is
/// done to.
///
/// # Errors
///
/// Nothing was changed.
pub(in crate::cli) fn apply(
    args: &ReviewArgs,
    marked: Vec<MarkedGroups>,
    to: Option<&Path>,
    signals: &Signals,
    protected: &[ExcludedFile],
) -> Result<Applied, Fatal> {
    // All of them can be carried out, or none is.
    for groups in &marked {
        let mark = groups.mark;
        Marked { args, mark, to }.action()?;
    }
    let mut done: Option<Exit> = None;
    for groups in marked {
        let mark = groups.mark;
        let request = Marked { args, mark, to };
        let result = act(&request, groups, signals, protected);
        let exit = match (result, done) {
            (Ok(Some(exit)), _) => exit,
            (Ok(None), None) => return Ok(Applied::NotConfirmed),
            (Err(fatal), None) => return Err(fatal),
            (Ok(None), Some(_)) => {
                say("nodupe: not confirmed: the rest was not changed");
                Exit::Incomplete
            }
            (Err(fatal), Some(_)) => {
                say(fatal);
                Exit::Incomplete
            }
        };
        let worst = done.unwrap_or(exit).max(exit);
        done = Some(worst);
        if worst == Exit::Interrupted {
            break;
        }
    }
    Ok(Applied::Done(done.unwrap_or(Exit::Complete)))
}

/// Returns nothing if the answer was no.
fn act(
    request: &Marked<'_>,
    groups: MarkedGroups,
    signals: &Signals,
    protected: &[ExcludedFile],
) -> Result<Option<Exit>, Fatal> {
    let args = request.act();
    let action = request.action()?;
    let consent = Consent::of(&args.consent)?;
    let verbosity = verbosity(&args.running);
    let journal = args.consent.journal.journal.as_deref();
    let session = Session::of(consent, journal, verbosity)?;
    let output = Output::open(None)?;
    let mut protected: Vec<_> = protected.to_vec();
    protected.extend_from_slice(output.own_files());
    protected.extend(session.iter().flat_map(Session::own_files));
    protected.extend(plan::own_file(args.source.report.as_deref()));
    protected.extend(plan::own_file(args.result.output.as_deref()));
    platform::raise_descriptor_limit();
    Acting {
        request,
        action,
        consent,
        environment: Environment::read(),
        verbosity,
        session,
        output,
        signals: signals.clone(),
        plan: Plan::of_review(groups, Protection::new(args)?),
        protected: protected.into_iter().map(|file| file.id).collect(),
    }
    .carry_out()
}
