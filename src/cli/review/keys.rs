//! The keys of the review and what they do: one table for the screen and its help.

use crate::report::session::Mark;

/// A key, as far as the review knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Char(char),
    /// With the control key held.
    Ctrl(char),
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    Enter,
    Escape,
    Tab,
    BackTab,
    Backspace,
    Delete,
}

/// The effect of a key in the list of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    NextGroup,
    PreviousGroup,
    Mark(Mark),
    Toggle,
    Range,
    Undo,
    Redo,
    Rules,
    Filter,
    Directory,
    Type,
    Decided,
    Order,
    Pane,
    PaneUp,
    PaneDown,
    Cancel,
    Save,
    Apply,
    Suspend,
    Help,
    Quit,
    Interrupt,
}

/// Keys that do the same.
pub(super) struct Binding {
    pub(super) keys: &'static [Key],
    /// The keys, for people.
    pub(super) shown: &'static str,
    pub(super) action: Action,
    pub(super) help: &'static str,
}

const fn binding(
    keys: &'static [Key],
    shown: &'static str,
    action: Action,
    help: &'static str,
) -> Binding {
    Binding {
        keys,
        shown,
        action,
        help,
    }
}

/// All keys, by subject.
pub(super) const SUBJECTS: [(&str, &[Binding]); 4] = [
    (
        "Moving",
        &[
            binding(&[Key::Up, Key::Char('k')], "k Up", Action::Up, "one row up"),
            binding(
                &[Key::Down, Key::Char('j')],
                "j Down",
                Action::Down,
                "one row down",
            ),
            binding(
                &[Key::Tab, Key::Right, Key::Char('n'), Key::Char('}')],
                "n Tab Right",
                Action::NextGroup,
                "next group",
            ),
            binding(
                &[Key::BackTab, Key::Left, Key::Char('N'), Key::Char('{')],
                "N Left",
                Action::PreviousGroup,
                "previous group",
            ),
            binding(
                &[Key::PageUp, Key::Ctrl('b'), Key::Ctrl('u')],
                "Ctrl-B PageUp",
                Action::PageUp,
                "one screen up",
            ),
            binding(
                &[Key::PageDown, Key::Ctrl('f'), Key::Ctrl('d')],
                "Ctrl-F PageDown",
                Action::PageDown,
                "one screen down",
            ),
            binding(
                &[Key::Home, Key::Char('g')],
                "g Home",
                Action::First,
                "first group",
            ),
            binding(
                &[Key::End, Key::Char('G')],
                "G End",
                Action::Last,
                "last group",
            ),
        ],
    ),
    (
        "Marking a copy, a range, or in the line of a group its redundant copies",
        &[
            binding(
                &[Key::Char(' ')],
                "Space",
                Action::Toggle,
                "remove, or no mark",
            ),
            binding(&[Key::Char('K')], "K", Action::Mark(Mark::Keep), "keep"),
            binding(&[Key::Char('R')], "R", Action::Mark(Mark::Remove), "remove"),
            binding(
                &[Key::Char('L')],
                "L",
                Action::Mark(Mark::Link),
                "replace by a link to the kept copy",
            ),
            binding(
                &[Key::Char('D')],
                "D",
                Action::Mark(Mark::Dedupe),
                "share blocks with the kept copy (btrfs, XFS)",
            ),
            binding(
                &[Key::Char('M')],
                "M",
                Action::Mark(Mark::Move),
                "move to another directory",
            ),
            binding(
                &[Key::Char('c'), Key::Delete, Key::Backspace],
                "c Delete",
                Action::Mark(Mark::None),
                "no mark",
            ),
            binding(
                &[Key::Char('v')],
                "v",
                Action::Range,
                "begin or end a range of rows",
            ),
            binding(
                &[Key::Char('a')],
                "a",
                Action::Rules,
                "mark all groups shown by a rule",
            ),
            binding(&[Key::Char('u')], "u", Action::Undo, "take back marks"),
            binding(
                &[Key::Char('U'), Key::Ctrl('r')],
                "U Ctrl-R",
                Action::Redo,
                "mark again",
            ),
        ],
    ),
    (
        "Choosing groups",
        &[
            binding(
                &[Key::Char('/')],
                "/",
                Action::Filter,
                "only paths with a text",
            ),
            binding(
                &[Key::Char('d')],
                "d",
                Action::Directory,
                "only groups in a directory",
            ),
            binding(&[Key::Char('t')], "t", Action::Type, "only files of a type"),
            binding(
                &[Key::Char('m')],
                "m",
                Action::Decided,
                "all groups, those with marks, those without",
            ),
            binding(
                &[Key::Char('o')],
                "o",
                Action::Order,
                "by waste, directory, type, size, copies",
            ),
            binding(
                &[Key::Escape],
                "Esc",
                Action::Cancel,
                "end the range, then show all groups",
            ),
        ],
    ),
    (
        "Files and the end",
        &[
            binding(
                &[Key::Char('p'), Key::Enter],
                "p Enter",
                Action::Pane,
                "the file as text, as hex, its metadata",
            ),
            binding(&[Key::Char('[')], "[", Action::PaneUp, "its lines before"),
            binding(&[Key::Char(']')], "]", Action::PaneDown, "its next lines"),
            binding(&[Key::Char('w')], "w", Action::Save, "save the marks"),
            binding(
                &[Key::Char('x')],
                "x",
                Action::Apply,
                "show the plan of what is marked, and ask",
            ),
            binding(
                &[Key::Ctrl('z')],
                "Ctrl-Z",
                Action::Suspend,
                "back to the shell; fg returns",
            ),
            binding(
                &[Key::Char('?'), Key::Ctrl('h')],
                "?",
                Action::Help,
                "these keys",
            ),
            binding(&[Key::Char('q')], "q", Action::Quit, "leave"),
            binding(
                &[Key::Ctrl('c')],
                "Ctrl-C",
                Action::Interrupt,
                "leave at once",
            ),
        ],
    ),
];

/// The effect of a key.
pub(super) fn action(key: Key) -> Option<Action> {
    let mut all = SUBJECTS.iter().flat_map(|(_, bindings)| bindings.iter());
    let found = all.find(|binding| binding.keys.contains(&key));
    found.map(|binding| binding.action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_does_two_things() {
        let all = SUBJECTS.iter().flat_map(|(_, bindings)| bindings.iter());
        let mut keys: Vec<Key> = Vec::new();
        for binding in all {
            for key in binding.keys {
                assert!(!keys.contains(key), "{key:?}");
                keys.push(*key);
            }
            assert!(!binding.help.is_empty() && binding.shown.len() <= 15);
        }
    }
}
