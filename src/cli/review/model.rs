//! The state of the review, changed by one event at a time. It knows no terminal,
//! no clock and no file system.

use std::path::PathBuf;

use super::keys::{self, Action, Key};
use super::layout::Layout;
use super::marking;
use super::pane::{PaneState, Preview};
use super::prompt::{Prompt, Wanted};
use super::rules::Rule;
use super::shown::{Decided, Filter, Order, Shown};
use super::store::{Copy, Found, Store};
use super::types::FileType;
use crate::report::session::Mark;
use crate::types::Timestamp;

/// A row of the list: the line of a group, or one of its copies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    /// The index of the group among those that are shown.
    pub(super) at: usize,
    /// 0 for the line of the group, else the number of the copy plus one.
    pub(super) line: u32,
}

/// Progress of the scan that finds the groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Feed {
    /// It runs.
    Running {
        files: u64,
        bytes_read: u64,
        bytes_to_read: u64,
    },
    /// All groups are there.
    #[default]
    Complete,
    /// It was ended, or something could not be read.
    Incomplete,
}

/// The purpose of keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Mode {
    #[default]
    List,
    Prompt(Prompt),
    /// Choosing a rule for all groups shown.
    Rules,
    /// Choosing the mark for the copies that a rule does not keep.
    Others(Rule),
    /// The keys are shown, from this line on.
    Help(usize),
}

/// Something that happened.
#[derive(Debug)]
pub(super) enum Event {
    Key(Key),
    /// A click on a cell, by column and row.
    Click(u16, u16),
    /// The wheel was turned: down or up.
    Wheel {
        down: bool,
    },
    Resize(u16, u16),
    Found(Vec<Found>),
    Feed(Feed),
    Preview(Copy, Preview),
}

/// Something to be done outside of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    Save(PathBuf),
    Apply,
    Suspend,
    Quit,
    /// As by Ctrl-C.
    Interrupt,
}

/// The settings of a review.
#[derive(Debug, Clone, Default)]
pub(super) struct Given {
    /// So many copies stay at least.
    pub(super) leave: usize,
    /// The directory to move to.
    pub(super) to: Option<PathBuf>,
    /// The file for the marks.
    pub(super) session: Option<PathBuf>,
}

/// The state.
pub(super) struct Model {
    pub(super) store: Store,
    pub(super) shown: Shown,
    pub(super) layout: Layout,
    pub(super) cursor: Row,
    /// The first row on the screen.
    pub(super) top: Row,
    /// The other end of the range.
    pub(super) anchor: Option<Row>,
    pub(super) mode: Mode,
    pub(super) pane: PaneState,
    pub(super) feed: Feed,
    /// The result of the last key, in the last line.
    pub(super) message: Option<String>,
    pub(super) now: Timestamp,
    pub(super) to: Option<PathBuf>,
    pub(super) session: Option<PathBuf>,
    /// True if marks were changed since they were saved.
    is_changed: bool,
    /// True if the next key of this kind is meant.
    pub(super) is_warned: Option<Action>,
    /// True once the cursor was moved: then it stays with its group.
    was_moved: bool,
    /// The filter to be set before the next frame.
    next_filter: Option<Filter>,
}

impl Model {
    pub(super) fn new(given: Given, now: Timestamp, (width, height): (u16, u16)) -> Self {
        Self {
            store: Store::new(given.leave),
            shown: Shown::default(),
            layout: Layout::new(width, height, None),
            cursor: Row::default(),
            top: Row::default(),
            anchor: None,
            mode: Mode::List,
            pane: PaneState::default(),
            feed: Feed::default(),
            message: None,
            now,
            to: given.to,
            session: given.session,
            is_changed: false,
            is_warned: None,
            was_moved: false,
            next_filter: None,
        }
    }

    /// Changes the state by an event.
    pub(super) fn update(&mut self, event: Event) -> Option<Effect> {
        match event {
            Event::Key(key) => return self.key(key),
            Event::Click(x, y) => self.click(x, y),
            Event::Wheel { down } => {
                self.settle();
                for _ in 0..3 {
                    self.step(down);
                }
                self.show_cursor();
            }
            Event::Resize(width, height) => {
                self.layout = Layout::new(width, height, self.pane.kind());
                self.show_cursor();
            }
            Event::Found(found) => self.add(found),
            Event::Feed(feed) => self.feed = feed,
            Event::Preview(copy, preview) => self.pane.show(copy, preview),
        }
        None
    }

    /// Applies what was left for the next frame: typing many letters at once filters
    /// once.
    pub(super) fn settle(&mut self) {
        let Some(filter) = self.next_filter.take() else {
            return;
        };
        let group = self.group_at_cursor();
        self.shown.set_filter(&self.store, filter);
        self.go_to_group(group);
        self.show_cursor();
    }

    fn add(&mut self, found: Vec<Found>) {
        let before = self.store.len() as u32;
        let group = self.group_at_cursor();
        let anchored = self.anchor.map(|row| (self.group_at(row), row.line));
        for one in found {
            self.store.push(one);
        }
        self.shown
            .insert(&self.store, before..self.store.len() as u32);
        if self.was_moved {
            let line = self.cursor.line;
            self.go_to_group(group);
            self.cursor.line = line;
        }
        let last = self.lines(self.cursor.at).saturating_sub(1);
        self.cursor.line = self.cursor.line.min(last);
        self.show_cursor();
        self.anchor = anchored.and_then(|(group, line)| {
            let at = self.shown.position(group?)?;
            Some(Row { at, line })
        });
    }

    /// The copy under the cursor: in the line of a group the first one.
    pub(super) fn copy_at_cursor(&self) -> Option<Copy> {
        let group = self.group_at_cursor()?;
        let file = self.cursor.line.saturating_sub(1);
        (file < self.store.copies(group)).then_some(Copy { group, file })
    }

    /// The copy whose content is to be shown and is not yet.
    pub(super) fn wanted_preview(&self) -> Option<Copy> {
        let copy = self.copy_at_cursor()?;
        self.pane.wants(copy).then_some(copy)
    }

    fn key(&mut self, key: Key) -> Option<Effect> {
        self.message = None;
        if key == Key::Ctrl('c') {
            return Some(Effect::Interrupt);
        }
        match std::mem::take(&mut self.mode) {
            Mode::List => {
                let action = keys::action(key);
                if action != self.is_warned {
                    self.is_warned = None;
                }
                match action {
                    Some(action) => return self.act(action),
                    None => self.message = Some("? shows the keys".to_owned()),
                }
            }
            Mode::Prompt(prompt) => return self.edit(prompt, key),
            Mode::Rules => self.choose_rule(key),
            Mode::Others(rule) => self.choose_others(&rule, key),
            Mode::Help(from) => self.scroll_help(from, key),
        }
        None
    }

    pub(super) fn act(&mut self, action: Action) -> Option<Effect> {
        self.settle();
        match action {
            Action::Up => self.move_by(|model| model.step(false)),
            Action::Down => self.move_by(|model| model.step(true)),
            Action::PageUp => self.move_by(|model| model.page(false)),
            Action::PageDown => self.move_by(|model| model.page(true)),
            Action::First => self.move_by(|model| model.cursor = Row::default()),
            Action::Last => self.move_by(Self::go_to_end),
            Action::NextGroup => self.move_by(|model| model.step_group(true)),
            Action::PreviousGroup => self.move_by(|model| model.step_group(false)),
            Action::Mark(mark) => self.mark_key(mark),
            Action::Toggle => marking::toggle(self),
            Action::Range => match self.anchor.take() {
                Some(_) => {}
                None => {
                    self.anchor = Some(self.cursor);
                    self.message =
                        Some("range: move to its other end and mark; v or Esc ends it".to_owned());
                }
            },
            Action::Undo => self.message = Some(marking::undo(self)),
            Action::Redo => self.message = Some(marking::redo(self)),
            Action::Rules => self.mode = Mode::Rules,
            Action::Filter => {
                let text = self.filter().text.clone();
                self.mode = Mode::Prompt(Prompt {
                    what: Wanted::Filter,
                    text,
                    origin: None,
                });
            }
            Action::Directory => self.ask_directory(Wanted::Directory),
            Action::Type => {
                let types: Vec<_> = FileType::all().map(Some).chain([None]).collect();
                let file_type = next(&types, &self.filter().file_type);
                self.filter_by(|filter| filter.file_type = file_type);
            }
            Action::Decided => {
                let decided = next(&Decided::ALL, &self.filter().decided);
                self.filter_by(|filter| filter.decided = decided);
            }
            Action::Order => {
                let group = self.group_at_cursor();
                let order = next(&Order::ALL, &self.shown.order());
                self.shown.sort(&self.store, order);
                self.anchor = None;
                // In another order the first group is what one looks for.
                match self.was_moved && self.cursor != Row::default() {
                    true => self.go_to_group(group),
                    false => self.go_to_group(None),
                }
            }
            Action::Pane => {
                self.pane.cycle();
                let (width, height) = self.layout.size();
                self.layout = Layout::new(width, height, self.pane.kind());
                self.show_cursor();
            }
            Action::PaneUp => self.pane.scroll(false, self.layout.pane_lines()),
            Action::PaneDown => self.pane.scroll(true, self.layout.pane_lines()),
            Action::Cancel => {
                if self.anchor.take().is_none() {
                    self.filter_by(|filter| *filter = Filter::default());
                }
            }
            Action::Save => match &self.session {
                Some(file) => return Some(Effect::Save(file.clone())),
                None => {
                    self.mode = Mode::Prompt(Prompt {
                        what: Wanted::SaveTo,
                        text: "review.json".to_owned(),
                        origin: None,
                    });
                }
            },
            Action::Apply => return self.apply(),
            Action::Suspend => return Some(Effect::Suspend),
            Action::Help => self.mode = Mode::Help(0),
            Action::Quit => return self.quit(),
            Action::Interrupt => return Some(Effect::Interrupt),
        }
        None
    }

    fn apply(&mut self) -> Option<Effect> {
        if !self.store.has_acts() {
            self.message = Some("nothing is marked: Space marks a copy to be removed".to_owned());
            return None;
        }
        if matches!(self.feed, Feed::Running { .. }) && !self.warn(Action::Apply) {
            self.message = Some(
                "the scan still runs: x again ends it and goes on with these groups".to_owned(),
            );
            return None;
        }
        Some(Effect::Apply)
    }

    pub(super) fn quit(&mut self) -> Option<Effect> {
        let is_lost = self.is_changed && self.session.is_none() && self.store.has_marks();
        if is_lost && !self.warn(Action::Quit) {
            self.message = Some("the marks are not saved: w saves them, q again leaves".to_owned());
            return None;
        }
        Some(Effect::Quit)
    }

    /// True if this is the second time.
    fn warn(&mut self, action: Action) -> bool {
        self.is_warned.replace(action) == Some(action)
    }

    /// The marks were saved.
    pub(super) fn saved(&mut self, file: PathBuf) {
        self.session = Some(file);
        self.is_changed = false;
    }

    /// Marks were changed.
    pub(super) fn changed(&mut self) {
        self.is_changed = true;
    }

    fn mark_key(&mut self, mark: Mark) {
        if mark == Mark::Move && self.to.is_none() {
            self.mode = Mode::Prompt(Prompt {
                what: Wanted::MoveTo,
                text: String::new(),
                origin: None,
            });
            return;
        }
        marking::mark(self, mark);
    }

    // Filters.

    /// The filter that the next frame shows.
    pub(super) fn filter(&self) -> &Filter {
        self.next_filter.as_ref().unwrap_or(self.shown.filter())
    }

    pub(super) fn filter_by(&mut self, change: impl FnOnce(&mut Filter)) {
        let mut filter = self.filter().clone();
        change(&mut filter);
        self.next_filter = Some(filter);
        self.anchor = None;
    }

    fn scroll_help(&mut self, from: usize, key: Key) {
        let page = usize::from(self.layout.size().1.saturating_sub(3)).max(1);
        let from = match key {
            Key::Down | Key::Char('j') => from + 1,
            Key::Up | Key::Char('k') => from.saturating_sub(1),
            Key::PageDown | Key::Char(' ') => from + page,
            Key::PageUp => from.saturating_sub(page),
            _ => return,
        };
        let last = super::view::help_lines().len().saturating_sub(page);
        self.mode = Mode::Help(from.min(last));
    }

    fn move_by(&mut self, motion: impl FnOnce(&mut Self)) {
        motion(self);
        self.was_moved = true;
        self.show_cursor();
    }
}

/// The member of a list after this one, or the first.
fn next<T: Clone + PartialEq>(all: &[T], now: &T) -> T {
    let at = all.iter().position(|one| one == now);
    let at = at.map_or(0, |at| (at + 1) % all.len());
    all[at].clone()
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;
