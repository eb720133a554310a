//! The preview: what a run would do and free, before anybody agrees to it.

use std::io::{self, IsTerminal, Write};

use super::super::terminal::{Environment, progress_width};
use super::super::value_enums::ColorChoice;
use super::plan::Plan;
use crate::report::RenderOptions;
use crate::report::act::{PlanTotals, PlannedGroup, Verb, write_plan};
use crate::types::FileRecord;

/// Groups that are listed at most.
const MAX_GROUPS: usize = 100;

/// What a run would do.
pub(super) struct Estimate {
    /// The sums.
    pub(super) totals: PlanTotals,
}

impl Estimate {
    /// Goes through all groups.
    pub(super) fn of(plan: &Plan) -> Self {
        let mut totals = PlanTotals::default();
        for group in plan.groups() {
            let targets = group.files.iter().filter(|file| !file.keep);
            let before = totals.files;
            // Without a kept file nothing is done.
            if group.files.iter().all(|file| !file.keep) {
                totals.files += group.files.len() as u64;
                continue;
            }
            for file in targets {
                totals.files += 1;
                add(&mut totals, file);
            }
            totals.groups += u64::from(totals.files > before);
        }
        Self { totals }
    }
}

fn add(totals: &mut PlanTotals, file: &FileRecord) {
    let names = file.hard_links.len() as u64 + 1;
    if u64::from(file.links) > names {
        totals.linked += file.size;
    } else {
        totals.freed += file.size;
    }
}

/// Writes the groups and the sums to standard error, where the question follows.
pub(super) fn write(
    verb: Verb,
    plan: &Plan,
    estimate: &Estimate,
    environment: &Environment,
) -> io::Result<()> {
    let mut err = io::stderr().lock();
    let render = RenderOptions {
        color: environment.wants_color(ColorChoice::Auto, err.is_terminal()),
        width: Some(progress_width()),
    };
    let groups = plan.groups();
    let groups = groups.filter(|group| group.files.iter().any(|file| !file.keep));
    let groups: Vec<_> = groups.take(MAX_GROUPS).collect();
    let planned = groups.iter().map(|group| PlannedGroup {
        size: group.size,
        files: &group.files,
    });
    let mut text = Vec::new();
    write_plan(
        &mut text,
        verb,
        planned,
        MAX_GROUPS as u64,
        &estimate.totals,
        render,
    )?;
    err.write_all(&text)
}
