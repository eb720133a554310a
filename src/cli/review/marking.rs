//! Marks by keys: for a copy, a range, a group, or all groups shown.

use super::model::{Model, Row};
use super::rules::Rule;
use super::store::{Copy, Marked, Store};
use crate::report::humanize::counted;
use crate::report::session::Mark;

/// Marks what the cursor or the range is on, and goes on to the next row.
pub(super) fn mark(model: &mut Model, mark: Mark) {
    if model.range().is_some() {
        let copies = copies_in_range(model);
        mark_copies(model, copies, mark);
        model.anchor = None;
        return;
    }
    match model.copy_at(model.cursor) {
        Some(copy) => commit(model, [(copy, mark)], mark),
        None => {
            let Some(group) = model.group_at_cursor() else {
                return;
            };
            let marks: Vec<_> = match mark.acts() {
                true => Rule::Suggested.marks(&model.store, group, mark),
                false => model
                    .store
                    .copies_of(group)
                    .map(|copy| (copy, mark))
                    .collect(),
            };
            commit(model, marks, mark);
        }
    }
    advance(model);
}

/// Marks a copy to be removed, or takes its mark away; in the line of a group, all
/// that is not kept.
pub(super) fn toggle(model: &mut Model) {
    let copies = match model.range() {
        Some(_) => copies_in_range(model),
        None => match (model.copy_at(model.cursor), model.group_at_cursor()) {
            (Some(copy), _) => vec![copy],
            (None, Some(group)) => model.store.copies_of(group).collect(),
            (None, None) => return,
        },
    };
    let is_marked = copies.iter().any(|copy| model.store.mark(*copy).acts());
    mark(model, if is_marked { Mark::None } else { Mark::Remove });
}

/// The copies in the range.
fn copies_in_range(model: &Model) -> Vec<Copy> {
    let Some((from, to)) = model.range() else {
        return Vec::new();
    };
    let rows = model.rows_from(from, usize::MAX);
    let rows = rows.take_while(|row| *row <= to);
    rows.filter_map(|row| model.copy_at(row)).collect()
}

/// Marks copies; those that the rules keep come last, so that they stay where one
/// has to.
pub(super) fn mark_copies(model: &mut Model, mut copies: Vec<Copy>, mark: Mark) {
    copies.sort_by_key(|copy| (copy.group, model.store.file(*copy).keep));
    commit(model, copies.into_iter().map(|copy| (copy, mark)), mark);
}

fn commit(model: &mut Model, marks: impl IntoIterator<Item = (Copy, Mark)>, mark: Mark) {
    let what = match mark.name() {
        Some(name) => format!("the mark {name}"),
        None => "taking marks away".to_owned(),
    };
    let marked = model.store.mark_all(&what, marks);
    told(model, marked, mark);
}

fn told(model: &mut Model, marked: Marked, mark: Mark) {
    if marked.changed > 0 {
        model.changed();
    }
    let mut parts = Vec::new();
    if marked.changed > 1 {
        let copies = counted(marked.changed, "copy", "copies");
        parts.push(match mark.name() {
            Some(name) => format!("{copies} marked: {name}"),
            None => format!("{copies} without a mark"),
        });
    }
    match (marked.last, marked.changed) {
        (0, _) => {}
        (1, 0) => parts.push("a copy has to stay: keep another one first (K)".to_owned()),
        (last, _) => {
            let stay = if last == 1 { "stays" } else { "stay" };
            let copies = counted(last, "copy", "copies");
            parts.push(format!("{copies} {stay}, so that one of each group does"));
        }
    }
    match marked.protected {
        0 => {}
        1 => parts.push("a protected copy stays".to_owned()),
        many => parts.push(format!(
            "{} stay",
            counted(many, "protected copy", "protected copies")
        )),
    }
    if !parts.is_empty() {
        model.message = Some(parts.join("; "));
    }
}

/// Goes on to the next copy, or past the line of a group to the next one.
fn advance(model: &mut Model) {
    let at = model.cursor.at;
    match model.cursor.line {
        0 if at + 1 < model.shown.list().len() => {
            model.cursor = Row {
                at: at + 1,
                line: 0,
            }
        }
        0 => {}
        _ => model.step(true),
    }
    model.show_cursor();
}

/// Applies a rule to all groups that are shown.
pub(super) fn apply_rule(model: &mut Model, rule: &Rule, others: Mark) {
    let what = format!("keeping {}", rule.describe());
    let groups = model.shown.list().to_vec();
    let marks = |store: &Store, group| rule.marks(store, group, others);
    let marked = model.store.mark_groups(&what, &groups, marks);
    told(model, marked, others);
    if marked.changed == 0 {
        model.message = Some("the rule changes no mark".to_owned());
    } else if marked.last == 0 && marked.protected == 0 {
        let copies = counted(marked.changed, "mark", "marks");
        model.message = Some(format!("{copies} changed; u takes them back"));
    }
}

/// Takes all marks away of the groups that are shown.
pub(super) fn clear_all(model: &mut Model) {
    let groups = model.shown.list().to_vec();
    let marks = |store: &Store, group| {
        let copies = store.copies_of(group);
        copies.map(|copy| (copy, Mark::None)).collect()
    };
    let what = "taking marks away";
    let marked = model.store.mark_groups(what, &groups, marks);
    told(model, marked, Mark::None);
}

pub(super) fn undo(model: &mut Model) -> String {
    match model.store.undo() {
        Some(what) => {
            model.changed();
            format!("taken back: {what}")
        }
        None => "there are no marks to take back".to_owned(),
    }
}

pub(super) fn redo(model: &mut Model) -> String {
    match model.store.redo() {
        Some(what) => {
            model.changed();
            format!("made again: {what}")
        }
        None => "there is nothing to make again".to_owned(),
    }
}
