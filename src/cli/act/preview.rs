//! The preview: what a run would do and free, before anybody agrees to it.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use super::super::terminal::{Environment, message_height};
use super::super::value_enums::ColorChoice;
use super::plan::Plan;
use super::report::freed_bytes;
use crate::action::{self, FreeSpace};
use crate::platform::SystemFiles;
use crate::report::RenderOptions;
use crate::report::act::{PlanTotals, PlannedGroup, Verb, write_directory_plan, write_plan};
use crate::tree::Wholes;
use crate::types::FileRecord;

/// Lines of a screen besides those of the groups: the number of those that are
/// not shown, an empty line, two of totals, and the question.
const OTHER_LINES: usize = 6;

/// Lines for groups, however low the screen is.
const MIN_LINES: usize = 5;

/// The expected result of a run.
pub(super) struct Estimate {
    /// The sums.
    pub(super) totals: PlanTotals,
    /// The free space before.
    pub(super) space: FreeSpace,
}

impl Estimate {
    /// Goes through all groups, and looks up the space of each file if somebody
    /// is asked.
    pub(super) fn of(plan: &Plan, measures: bool) -> Self {
        let mut totals = PlanTotals::default();
        let mut space = FreeSpace::default();
        if plan.has_directories() {
            Self::add_directories(plan, &mut totals, &mut space);
            return Self { totals, space };
        }
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
                let dir = file.path.parent().unwrap_or(&file.path);
                let dir = if dir.as_os_str().is_empty() {
                    Path::new(".")
                } else {
                    dir
                };
                space.note(file.id.dev, dir);
                if measures {
                    add(&mut totals, file);
                }
            }
            totals.groups += u64::from(totals.files > before);
        }
        Self { totals, space }
    }
}

impl Estimate {
    fn add_directories(plan: &Plan, totals: &mut PlanTotals, space: &mut FreeSpace) {
        let Some(wholes) = plan.wholes() else {
            return;
        };
        let mut groups = std::collections::BTreeSet::new();
        for at in 0..wholes.len() {
            let directory = wholes.outline(at);
            space.note(directory.id.dev, &directory.path);
            groups.insert(directory.group);
            totals.directories += 1;
            totals.files += directory.files;
            totals.freed.freed = totals.freed.freed.saturating_add(directory.bytes);
        }
        totals.groups = groups.len() as u64;
    }
}

fn add(totals: &mut PlanTotals, file: &FileRecord) {
    totals.freed += freed_bytes(action::estimate(&SystemFiles, file));
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
        ..RenderOptions::default()
    };
    let mut left = message_height().saturating_sub(OTHER_LINES).max(MIN_LINES);
    if plan.has_directories() {
        let mut text = Vec::new();
        let wholes = plan.wholes();
        let count = wholes.as_ref().map_or(0, Wholes::len);
        let directories = wholes
            .iter()
            .flat_map(|wholes| (0..count).map(|at| wholes.outline(at)));
        write_directory_plan(&mut text, verb, directories, left, &estimate.totals, render)?;
        return err.write_all(&text);
    }
    let groups = plan.groups();
    let groups = groups.filter(|group| group.files.iter().any(|file| !file.keep));
    let mut shown = Vec::new();
    for group in groups {
        let lines = group.files.iter().map(|file| 1 + file.hard_links.len());
        let lines: usize = lines.sum();
        if lines > left && !shown.is_empty() {
            break;
        }
        left = left.saturating_sub(lines);
        shown.push(group);
    }
    let planned = shown.iter().map(|group| PlannedGroup {
        size: group.size,
        files: &group.files,
    });
    let mut text = Vec::new();
    write_plan(&mut text, verb, planned, &estimate.totals, render)?;
    err.write_all(&text)
}
