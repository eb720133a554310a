//! The dialogue of lines: what a command does to the model, and what is said.
//!
//! Every line stands for itself, so that a screen reader can read it: no columns, no
//! signs, no line that is drawn over another one.

use std::path::PathBuf;

use super::marking;
use super::model::{Effect, Feed, Model, Row};
use super::pane::PaneKind;
use super::rules::Rule;
use super::shown::{Decided, Order};
use super::store::Copy;
use super::text;
use super::types::FileType;
use crate::platform::os_str;
use crate::report::humanize::{count, counted, size};
use crate::report::session::Mark;

/// The commands, for people.
const HELP: &str = "\
Enter or next: the next group. prev: the one before. go N: group N. list: this group again.
keep N, remove N, link N, dedupe N, move N, clear N: mark copy N of this group.
N may be a list such as 1,3-5, or nothing: all copies but those that are suggested to keep.
rule RULE MARK: in all groups shown, keep by RULE and mark the others. RULE is suggested, oldest, newest or shortest-path.
under MARK DIR: in all groups shown with a copy under DIR, keep those copies and mark the others.
undo, redo: take back marks, or make them again.
filter TEXT: only groups with TEXT in a path. in DIR: only groups with a copy in DIR. Without a word: all.
type TYPE: only files of a type. show all, show marked, show unmarked. sort ORDER: waste, directory, type, size or copies.
text N, hex N, info N: the beginning of copy N, or its metadata.
sum: the sum of what is marked. wait: wait for the end of the scan.
to DIR: the directory for move. save FILE: save the marks.
apply: show the plan of what is marked, and ask. quit: leave.";

/// The step after a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The next command.
    Ask,
    Do(Effect),
    /// Waiting for the end of the scan.
    Wait,
    /// Showing a file.
    Show(Copy, PaneKind),
}

/// The answer to a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) lines: Vec<String>,
    pub(super) next: Next,
}

impl Reply {
    fn said(lines: Vec<String>) -> Self {
        Self {
            lines,
            next: Next::Ask,
        }
    }

    fn line(line: impl Into<String>) -> Self {
        Self::said(vec![line.into()])
    }
}

/// The first lines.
pub(super) fn greeting(model: &Model) -> Vec<String> {
    let mut line = format!("nodupe review: {}.", text::totals(model));
    let feed = text::feed(&model.feed);
    if !feed.is_empty() {
        line.push_str(&format!(" {feed}."));
    }
    line.push_str(" help lists the commands.");
    let mut lines = vec![line];
    lines.extend(group(model));
    lines
}

/// The group under the cursor.
pub(super) fn group(model: &Model) -> Vec<String> {
    let Some(number) = model.group_at_cursor() else {
        return vec![match model.store.len() {
            0 => "There are no duplicates.".to_owned(),
            _ => "No group is like that.".to_owned(),
        }];
    };
    let store = &model.store;
    let mut lines = vec![format!(
        "Group {} of {}: {} of {}, {} to free, {}.",
        count(model.cursor.at as u64 + 1),
        count(model.shown.list().len() as u64),
        counted(u64::from(store.copies(number)), "copy", "copies"),
        size(store.group(number).size),
        size(store.waste(number)),
        store.file_type(number).name(),
    )];
    for copy in store.copies_of(number) {
        let mark = match store.mark(copy).name() {
            Some(name) => format!(" Marked: {name}."),
            None => String::new(),
        };
        lines.push(format!(
            "{}: {}. {}.{mark}",
            copy.file + 1,
            text::path(&store.file(copy).path),
            text::facts(model, copy).replace(" · ", ", "),
        ));
    }
    lines
}

/// Carries out a command.
pub(super) fn command(model: &mut Model, line: &[u8]) -> Reply {
    model.message = None;
    let line = line.trim_ascii();
    let end = line.iter().position(u8::is_ascii_whitespace);
    let (word, rest) = line.split_at(end.unwrap_or(line.len()));
    let rest = rest.trim_ascii();
    let word = String::from_utf8_lossy(word).to_lowercase();
    let text = String::from_utf8_lossy(rest);
    let path = || PathBuf::from(os_str(rest));
    if let Some(mark) = mark_named(&word) {
        return mark_copies(model, mark, &text);
    }
    match word.as_str() {
        "" | "next" | "n" => go(model, model.cursor.at + 1),
        "prev" | "p" => match model.cursor.at {
            0 => Reply::line("This is the first group."),
            at => go(model, at - 1),
        },
        "go" | "g" => match text.parse::<usize>() {
            Ok(number @ 1..) => go(model, number - 1),
            _ => Reply::line("go takes the number of a group."),
        },
        "list" => Reply::said(group(model)),
        "rule" => rule(model, &text),
        "under" => under(model, rest),
        "undo" => Reply::line(marking::undo(model)),
        "redo" => Reply::line(marking::redo(model)),
        "filter" => {
            let text = text.into_owned();
            choose(model, |model| model.filter_by(|filter| filter.text = text))
        }
        "in" => {
            let under = (!rest.is_empty()).then(path);
            choose(model, |model| {
                model.filter_by(|filter| filter.under = under);
            })
        }
        "type" => {
            let wanted = FileType::all().find(|one| one.name() == text);
            if wanted.is_none() && !text.is_empty() {
                let names: Vec<_> = FileType::all().map(FileType::name).collect();
                return Reply::line(format!("The types are {}.", names.join(", ")));
            }
            choose(model, |model| {
                model.filter_by(|filter| filter.file_type = wanted);
            })
        }
        "show" => match Decided::ALL.into_iter().find(|one| one.name() == text) {
            Some(decided) => choose(model, |model| {
                model.filter_by(|filter| filter.decided = decided);
            }),
            None => Reply::line("show takes all, marked or unmarked."),
        },
        "sort" => match Order::ALL.into_iter().find(|one| one.name() == text) {
            Some(order) => choose(model, |model| model.shown.sort(&model.store, order)),
            None => Reply::line("sort takes waste, directory, type, size or copies."),
        },
        "text" => show(model, PaneKind::Text, &text),
        "hex" => show(model, PaneKind::Hex, &text),
        "info" => show(model, PaneKind::Facts, &text),
        "sum" => Reply::line(format!("{}.", text::sums(&model.store))),
        "wait" => Reply {
            lines: Vec::new(),
            next: Next::Wait,
        },
        "to" if !rest.is_empty() => {
            model.to = Some(path());
            Reply::line("move moves there.")
        }
        "save" => match (rest.is_empty(), model.session.clone()) {
            (true, None) => Reply::line("save takes the name of a file."),
            (true, Some(file)) => act(Effect::Save(file)),
            (false, _) => act(Effect::Save(path())),
        },
        "apply" => match (model.store.has_acts(), &model.feed) {
            (false, _) => Reply::line("Nothing is marked."),
            (true, Feed::Running { .. }) => {
                Reply::line("The scan still runs: wait waits for its end.")
            }
            (true, _) => act(Effect::Apply),
        },
        "quit" | "q" => match model.quit() {
            Some(effect) => act(effect),
            None => {
                Reply::line("The marks are not saved: save FILE saves them, quit again leaves.")
            }
        },
        "help" | "h" | "?" => Reply::said(HELP.lines().map(str::to_owned).collect()),
        _ => Reply::line("There is no such command; help lists them."),
    }
}

fn act(effect: Effect) -> Reply {
    Reply {
        lines: Vec::new(),
        next: Next::Do(effect),
    }
}

/// The mark with this name, or with this letter.
fn mark_named(word: &str) -> Option<Mark> {
    match word {
        "clear" | "c" => Some(Mark::None),
        "k" => Some(Mark::Keep),
        "r" => Some(Mark::Remove),
        "l" => Some(Mark::Link),
        "d" => Some(Mark::Dedupe),
        "m" => Some(Mark::Move),
        word => Mark::named(word),
    }
}

fn go(model: &mut Model, at: usize) -> Reply {
    if at >= model.shown.list().len() {
        return Reply::line("There is no such group: this was the last one.");
    }
    model.cursor = Row { at, line: 0 };
    Reply::said(group(model))
}

/// Chooses other groups, and begins with the first of them.
fn choose(model: &mut Model, change: impl FnOnce(&mut Model)) -> Reply {
    change(model);
    model.settle();
    model.cursor = Row::default();
    Reply::said(group(model))
}

/// The numbers of copies in a list such as `1,3-5`.
fn numbers(list: &str, copies: u32) -> Option<Vec<u32>> {
    let mut numbers = Vec::new();
    for part in list.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (from, to): (u32, u32) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
        if from == 0 || from > to || to > copies {
            return None;
        }
        numbers.extend(from - 1..to);
    }
    Some(numbers)
}

fn mark_copies(model: &mut Model, mark: Mark, list: &str) -> Reply {
    let Some(group) = model.group_at_cursor() else {
        return Reply::line("There is no group.");
    };
    if mark == Mark::Move && model.to.is_none() {
        return Reply::line("to DIR says first where to move files.");
    }
    let copies = match (list.is_empty(), numbers(list, model.store.copies(group))) {
        (true, _) => {
            let copies = model.store.copies_of(group);
            let is_meant = |copy: &Copy| !mark.acts() || !model.store.file(*copy).keep;
            copies.filter(is_meant).collect()
        }
        (false, Some(numbers)) => {
            let copies = numbers.into_iter().map(|file| Copy { group, file });
            copies.collect::<Vec<_>>()
        }
        (false, None) => {
            return Reply::line("Copies are given by their numbers, such as 2 or 1,3-5.");
        }
    };
    marking::mark_copies(model, copies, mark);
    let mut lines: Vec<_> = model.message.take().into_iter().collect();
    lines.push(format!("{}.", text::sums(&model.store)));
    Reply::said(lines)
}

fn rule(model: &mut Model, text: &str) -> Reply {
    let mut words = text.split_whitespace();
    let rules = Rule::PLAIN.into_iter().map(|(_, rule)| rule);
    let rule = words
        .next()
        .and_then(|name| rules.clone().find(|rule| rule.name() == name));
    let mark = words.next().and_then(mark_named).filter(|mark| mark.acts());
    match (rule, mark) {
        (Some(rule), Some(mark)) => apply_rule(model, &rule, mark),
        _ => Reply::line("For example: rule oldest remove."),
    }
}

fn under(model: &mut Model, rest: &[u8]) -> Reply {
    let end = rest.iter().position(u8::is_ascii_whitespace);
    let (word, dir) = rest.split_at(end.unwrap_or(rest.len()));
    let dir = dir.trim_ascii();
    let mark = mark_named(&String::from_utf8_lossy(word)).filter(|mark| mark.acts());
    match mark {
        Some(mark) if !dir.is_empty() => apply_rule(model, &Rule::Under(os_str(dir).into()), mark),
        _ => Reply::line("For example: under remove old/photos."),
    }
}

fn apply_rule(model: &mut Model, rule: &Rule, mark: Mark) -> Reply {
    if mark == Mark::Move && model.to.is_none() {
        return Reply::line("to DIR says first where to move files.");
    }
    marking::apply_rule(model, rule, mark);
    let mut lines: Vec<_> = model.message.take().into_iter().collect();
    lines.push(format!("{}.", text::sums(&model.store)));
    Reply::said(lines)
}

fn show(model: &Model, kind: PaneKind, list: &str) -> Reply {
    let group = model.group_at_cursor();
    let copy = group.and_then(|group| {
        let numbers = numbers(list, model.store.copies(group))?;
        let file = numbers.first().copied()?;
        Some(Copy { group, file })
    });
    match copy {
        Some(copy) => Reply {
            lines: Vec::new(),
            next: Next::Show(copy, kind),
        },
        None => Reply::line("The number of a copy is missing, such as text 2."),
    }
}

#[cfg(test)]
#[path = "dialogue_tests.rs"]
mod tests;
