//! Texts that are typed in the last line, and the choices of a rule there.

use std::path::PathBuf;

use super::keys::{self, Key};
use super::marking;
use super::model::{Effect, Mode, Model};
use super::rules::Rule;
use super::shown::Shown;
use crate::report::session::Mark;

/// A text that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prompt {
    pub(super) what: Wanted,
    pub(super) text: String,
    /// The path that the text stands for as long as it is not changed: it may have
    /// bytes that no text has.
    pub(super) origin: Option<PathBuf>,
}

/// The purpose of a text that is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Filter,
    /// A directory to show the groups of.
    Directory,
    /// A directory of which all copies stay.
    KeepUnder,
    /// A directory to move to.
    MoveTo,
    /// A file for the marks.
    SaveTo,
}

impl Model {
    pub(super) fn ask_directory(&mut self, what: Wanted) {
        let dir = self.copy_at_cursor().map(|copy| {
            let path = &self.store.file(copy).path;
            Shown::directory_of(path)
        });
        let dir = dir.unwrap_or_default();
        self.mode = Mode::Prompt(Prompt {
            what,
            text: dir.to_string_lossy().into_owned(),
            origin: Some(dir),
        });
    }

    pub(super) fn edit(&mut self, mut prompt: Prompt, key: Key) -> Option<Effect> {
        match key {
            Key::Escape => {
                if prompt.what == Wanted::Filter {
                    self.filter_by(|filter| filter.text.clear());
                }
                return None;
            }
            Key::Enter => return self.entered(prompt),
            Key::Char(c) => {
                prompt.text.push(c);
                prompt.origin = None;
            }
            Key::Backspace | Key::Ctrl('h') => {
                prompt.text.pop();
                prompt.origin = None;
            }
            Key::Ctrl('u') => {
                prompt.text.clear();
                prompt.origin = None;
            }
            // The list can be looked through while a filter is typed.
            Key::Up | Key::Down | Key::PageUp | Key::PageDown if prompt.what == Wanted::Filter => {
                if let Some(action) = keys::action(key) {
                    self.act(action);
                }
            }
            _ => {}
        }
        if prompt.what == Wanted::Filter && self.filter().text != prompt.text {
            let text = prompt.text.clone();
            self.filter_by(|filter| filter.text = text);
        }
        self.mode = Mode::Prompt(prompt);
        None
    }

    fn entered(&mut self, prompt: Prompt) -> Option<Effect> {
        let path = prompt.origin.unwrap_or_else(|| PathBuf::from(&prompt.text));
        match prompt.what {
            Wanted::Filter => {}
            Wanted::Directory => {
                let under = (!path.as_os_str().is_empty()).then_some(path);
                self.filter_by(|filter| filter.under = under);
            }
            Wanted::KeepUnder => self.mode = Mode::Others(Rule::Under(path)),
            Wanted::MoveTo if path.as_os_str().is_empty() => {}
            Wanted::MoveTo => {
                self.to = Some(path);
                marking::mark(self, Mark::Move);
            }
            Wanted::SaveTo if path.as_os_str().is_empty() => {}
            Wanted::SaveTo => return Some(Effect::Save(path)),
        }
        None
    }

    pub(super) fn choose_rule(&mut self, key: Key) {
        let plain = Rule::PLAIN.iter();
        let mut chosen = plain.filter(|(letter, _)| key == Key::Char(*letter));
        if let Some((_, rule)) = chosen.next() {
            self.mode = Mode::Others(rule.clone());
        } else if key == Key::Char('u') {
            self.ask_directory(Wanted::KeepUnder);
        } else if key == Key::Char('c') {
            self.settle();
            marking::clear_all(self);
        }
    }

    pub(super) fn choose_others(&mut self, rule: &Rule, key: Key) {
        let mark = match key {
            Key::Char('r' | 'R') | Key::Enter => Mark::Remove,
            Key::Char('l' | 'L') => Mark::Link,
            Key::Char('d' | 'D') => Mark::Dedupe,
            Key::Char('m' | 'M') => Mark::Move,
            _ => return,
        };
        if mark == Mark::Move && self.to.is_none() {
            self.message = Some("to move, mark one copy with M first: it asks where to".to_owned());
            return;
        }
        self.settle();
        marking::apply_rule(self, rule, mark);
    }
}
