//! The groups of a review and the decisions on their copies.
//!
//! A decision is refused if it would leave too few copies of a content: of each
//! group at least one stays, whatever is marked, by whatever rule. What acts on the
//! marks proves that again.

use std::path::Path;

use super::types::FileType;
use crate::report::session::Mark;
use crate::types::{FileRecord, Group};

/// Copies whose former marks are remembered at most: about 10 MB. The latest change
/// is remembered whatever its size.
const MAX_REMEMBERED: usize = 2_000_000;

/// A copy: the number of its group, and its number in the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Copy {
    pub(super) group: u32,
    pub(super) file: u32,
}

/// The reason why a copy cannot be marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is a reference or protected by an option.
    Protected,
    /// Too few copies would stay.
    Last,
}

/// The result of marking copies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marked {
    /// Copies whose mark is another one now.
    pub(super) changed: u64,
    /// Copies that are protected.
    pub(super) protected: u64,
    /// Copies that stay so that there is one.
    pub(super) last: u64,
}

/// Copies with a mark, and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) copies: u64,
    /// Bytes that acting on them frees.
    pub(super) freed: u64,
}

/// A mark, and a flag of copies that always stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State(u8);

impl State {
    const PROTECTED: u8 = 0x80;

    fn new(mark: Mark, protected: bool) -> Self {
        Self(mark as u8 | if protected { Self::PROTECTED } else { 0 })
    }

    fn mark(self) -> Mark {
        let number = usize::from(self.0 & !Self::PROTECTED);
        Mark::ALL.get(number).copied().unwrap_or_default()
    }

    fn is_protected(self) -> bool {
        self.0 & Self::PROTECTED != 0
    }
}

/// Marks before a change, to take it back: 5 bytes for each copy, whose number
/// counts all copies.
#[derive(Debug, Default)]
struct Change {
    what: String,
    copies: Vec<u32>,
    marks: Vec<Mark>,
}

impl Change {
    fn push(&mut self, copy: usize, mark: Mark) {
        self.copies.push(copy as u32);
        self.marks.push(mark);
    }

    fn len(&self) -> usize {
        self.copies.len()
    }
}

/// A group with the decisions on its copies before they are changed in the review.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) group: Group,
    /// The decisions of an earlier review; empty if there are none.
    pub(super) marks: Vec<Mark>,
    /// The copies that always stay; empty if there are none.
    pub(super) protected: Vec<bool>,
}

/// All groups and decisions.
#[derive(Debug)]
pub(super) struct Store {
    groups: Vec<Group>,
    /// The number of the first copy of each group in `states`.
    first: Vec<u32>,
    states: Vec<State>,
    waste: Vec<u64>,
    types: Vec<FileType>,
    sums: [Sum; Mark::ALL.len()],
    all_waste: u64,
    /// So many copies stay at least, if there are so many.
    leave: usize,
    done: Vec<Change>,
    undone: Vec<Change>,
}

impl Store {
    /// Without groups. At least `leave` copies of each stay.
    pub(super) fn new(leave: usize) -> Self {
        Self {
            groups: Vec::new(),
            first: Vec::new(),
            states: Vec::new(),
            waste: Vec::new(),
            types: Vec::new(),
            sums: Default::default(),
            all_waste: 0,
            leave: leave.max(1),
            done: Vec::new(),
            undone: Vec::new(),
        }
    }

    /// Adds a group. Marks that would leave too few copies are left out.
    pub(super) fn push(&mut self, found: Found) {
        let Found {
            group,
            marks,
            protected,
        } = found;
        let number = self.groups.len() as u32;
        self.first.push(self.states.len() as u32);
        let files = 0..group.files.len();
        let is_protected =
            |at: usize| group.files[at].reference || protected.get(at).copied().unwrap_or(false);
        self.states
            .extend(files.map(|at| State::new(Mark::None, is_protected(at))));
        let waste = group.files.iter().filter(|file| !file.keep);
        let waste: u64 = waste.map(freed_by_removal).sum();
        self.waste.push(waste);
        self.all_waste = self.all_waste.saturating_add(waste);
        let shown = group.files.first().map_or(Path::new(""), |file| &file.path);
        self.types.push(FileType::of(shown));
        self.groups.push(group);
        for (file, mark) in (0..).zip(marks) {
            let copy = Copy {
                group: number,
                file,
            };
            // Decisions that no longer hold are not taken over.
            let _ = self.set(copy, mark);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.groups.len()
    }

    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    pub(super) fn group(&self, number: u32) -> &Group {
        &self.groups[number as usize]
    }

    pub(super) fn file(&self, copy: Copy) -> &FileRecord {
        &self.group(copy.group).files[copy.file as usize]
    }

    /// The number of copies of a group.
    pub(super) fn copies(&self, number: u32) -> u32 {
        self.group(number).files.len() as u32
    }

    /// All copies of a group.
    pub(super) fn copies_of(&self, group: u32) -> impl Iterator<Item = Copy> + use<> {
        (0..self.copies(group)).map(move |file| Copy { group, file })
    }

    /// Bytes that are freed if what the rules do not keep is removed.
    pub(super) fn waste(&self, number: u32) -> u64 {
        self.waste[number as usize]
    }

    /// The sum over all groups.
    pub(super) fn all_waste(&self) -> u64 {
        self.all_waste
    }

    pub(super) fn file_type(&self, number: u32) -> FileType {
        self.types[number as usize]
    }

    fn at(&self, copy: Copy) -> usize {
        self.first[copy.group as usize] as usize + copy.file as usize
    }

    pub(super) fn mark(&self, copy: Copy) -> Mark {
        self.states[self.at(copy)].mark()
    }

    pub(super) fn is_protected(&self, copy: Copy) -> bool {
        self.states[self.at(copy)].is_protected()
    }

    /// True if any copy of a group has a mark.
    pub(super) fn is_decided(&self, group: u32) -> bool {
        self.copies_of(group)
            .any(|copy| self.mark(copy) != Mark::None)
    }

    /// Copies with a mark.
    pub(super) fn sum(&self, mark: Mark) -> Sum {
        self.sums[mark as usize]
    }

    /// True if any copy has any mark.
    pub(super) fn has_marks(&self) -> bool {
        Mark::ALL[1..].iter().any(|mark| self.sum(*mark).copies > 0)
    }

    /// True if there is anything to do.
    pub(super) fn has_acts(&self) -> bool {
        Mark::ACTS.iter().any(|mark| self.sum(*mark).copies > 0)
    }

    /// The marks of a group's copies, in order.
    pub(super) fn marks(&self, group: u32) -> Vec<Mark> {
        self.copies_of(group).map(|copy| self.mark(copy)).collect()
    }

    /// Marks one copy; false if it had the mark before.
    fn set(&mut self, copy: Copy, mark: Mark) -> Result<bool, Refused> {
        let at = self.at(copy);
        let (before, is_protected) = (self.states[at].mark(), self.states[at].is_protected());
        if before == mark {
            return Ok(false);
        }
        if mark.acts() && is_protected {
            return Err(Refused::Protected);
        }
        if mark.acts() && !before.acts() {
            let all = self.copies(copy.group) as usize;
            let staying = self.copies_of(copy.group);
            let staying = staying.filter(|copy| !self.mark(*copy).acts()).count();
            if staying <= self.leave.min(all) {
                return Err(Refused::Last);
            }
        }
        let (removed, deduped) = {
            let file = self.file(copy);
            (freed_by_removal(file), file.size - shared(file))
        };
        let freed = |mark| match mark {
            Mark::Remove | Mark::Link | Mark::Move => removed,
            Mark::Dedupe => deduped,
            Mark::None | Mark::Keep => 0,
        };
        let sum = &mut self.sums[before as usize];
        sum.copies -= 1.min(sum.copies);
        sum.freed = sum.freed.saturating_sub(freed(before));
        let sum = &mut self.sums[mark as usize];
        sum.copies += 1;
        sum.freed = sum.freed.saturating_add(freed(mark));
        self.states[at] = State::new(mark, is_protected);
        Ok(true)
    }

    /// Marks copies, as one change that can be taken back. Where too few would
    /// stay, those that come last stay.
    pub(super) fn mark_all(
        &mut self,
        what: &str,
        copies: impl IntoIterator<Item = (Copy, Mark)>,
    ) -> Marked {
        let mut marked = Marked::default();
        let mut change = Change::default();
        for (copy, mark) in copies {
            self.mark_one(copy, mark, &mut marked, &mut change);
        }
        self.remember(what, change);
        marked
    }

    /// The same for groups, one at a time: never are the marks of all in memory.
    pub(super) fn mark_groups(
        &mut self,
        what: &str,
        groups: &[u32],
        marks: impl Fn(&Self, u32) -> Vec<(Copy, Mark)>,
    ) -> Marked {
        let mut marked = Marked::default();
        let mut change = Change::default();
        for &group in groups {
            for (copy, mark) in marks(self, group) {
                self.mark_one(copy, mark, &mut marked, &mut change);
            }
        }
        self.remember(what, change);
        marked
    }

    fn mark_one(&mut self, copy: Copy, mark: Mark, marked: &mut Marked, change: &mut Change) {
        let former = self.mark(copy);
        match self.set(copy, mark) {
            Ok(true) => {
                marked.changed += 1;
                change.push(self.at(copy), former);
            }
            Ok(false) => {}
            Err(Refused::Protected) => marked.protected += 1,
            Err(Refused::Last) => marked.last += 1,
        }
    }

    fn remember(&mut self, what: &str, mut change: Change) {
        if change.len() == 0 {
            return;
        }
        what.clone_into(&mut change.what);
        change.copies.shrink_to_fit();
        change.marks.shrink_to_fit();
        self.undone.clear();
        self.done.push(change);
        let mut all: usize = self.done.iter().map(Change::len).sum();
        let mut old = 0;
        while all > MAX_REMEMBERED && old + 1 < self.done.len() {
            all -= self.done[old].len();
            old += 1;
        }
        self.done.drain(..old);
    }

    /// The copy with this number among all.
    fn copy_numbered(&self, number: u32) -> Copy {
        let group = self.first.partition_point(|&first| first <= number) - 1;
        Copy {
            group: group as u32,
            file: number - self.first[group],
        }
    }

    /// Takes the latest change of marks back; returns what it was.
    pub(super) fn undo(&mut self) -> Option<String> {
        let change = self.done.pop()?;
        let (what, change) = self.reverse(change);
        self.undone.push(change);
        Some(what)
    }

    /// Makes the change again that was taken back last; returns what it is.
    pub(super) fn redo(&mut self) -> Option<String> {
        let change = self.undone.pop()?;
        let (what, change) = self.reverse(change);
        self.done.push(change);
        Some(what)
    }

    /// Restores marks, and returns the change that reverses that. In reverse order
    /// every step was possible once, so none is refused.
    fn reverse(&mut self, change: Change) -> (String, Change) {
        let mut reversed = Change {
            what: change.what.clone(),
            ..Change::default()
        };
        let steps = change.copies.into_iter().zip(change.marks);
        for (number, mark) in steps.rev() {
            let copy = self.copy_numbered(number);
            let former = self.mark(copy);
            if self.set(copy, mark) == Ok(true) {
                reversed.push(number as usize, former);
            }
        }
        (change.what, reversed)
    }
}

/// The bytes of a file in blocks that others use too.
fn shared(file: &FileRecord) -> u64 {
    file.shared_bytes.min(file.size)
}

/// The bytes that removing a file under all its known names frees.
pub(super) fn freed_by_removal(file: &FileRecord) -> u64 {
    match names_outside(file) {
        0 => file.size - shared(file),
        _ => 0,
    }
}

/// The number of its hard links that are not in the group.
pub(super) fn names_outside(file: &FileRecord) -> u32 {
    let known = 1 + file.hard_links.len() as u32;
    file.links.saturating_sub(known)
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
