//! Large files in lockstep: reading continues for those that are equal so far.
//!
//! Files of one size and equal ends are read window by window. Each window that
//! is known puts the file into a smaller class, of the files that are equal up
//! to there. Such a class opens when its second member is added, like every
//! other class: then both continue, and later members continue at once. A file
//! that stays alone is dropped, and the rest of it is never read. The bytes
//! that are read depend on the files alone, not on timing.
//!
//! The classes of one size and equal ends are a tree whose leaves are whole
//! files. The values on the path to a leaf make up the digest.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::ClassIdx;
use super::class::Entered;
use crate::types::{Digest, FileIdx, Segment};

/// Combines the values of consecutive parts, given with their lengths. `None`
/// if they are not consecutive parts of this kind.
type Combine = fn(&[(u64, Digest)]) -> Option<Digest>;

/// Functions that combine the hash values of segments into those of larger parts,
/// for hash algorithms that hash a tree.
#[derive(Debug, Clone, Copy)]
pub struct TreeHash {
    /// Combines segments to the value of a window.
    pub window: Combine,
    /// Combines windows to the digest of the file.
    pub file: Combine,
}

/// Number of waiting segments searched for others to read together with one.
const MAX_SEARCHED: usize = 16;

/// Effects of one result on the counts and files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct WindowUpdate {
    /// Number of segments that wait and did not before.
    pub(super) queued: u32,
    /// Number of segments that no longer wait and will not be read.
    pub(super) dequeued: u32,
    /// Number of additional bytes expected to be read.
    pub(super) more_bytes: u64,
    /// Number of bytes no longer expected to be read.
    pub(super) fewer_bytes: u64,
    /// Files that were read to the end.
    pub(super) whole: Vec<(FileIdx, Digest)>,
    /// Files that have to be read from start to end after all.
    pub(super) fallback: Vec<FileIdx>,
}

/// All files that are read in segments.
#[derive(Debug)]
pub(super) struct Windows {
    tree_hash: Option<TreeHash>,
    /// Segments to dispatch: larger files first, as with those that are read in
    /// one go; then by offset, so that the files of a class are read in step
    /// and each from its head on.
    waiting: BTreeSet<(Reverse<u64>, u64, FileIdx)>,
    readers: HashMap<FileIdx, Reader>,
    classes: Vec<Node>,
    roots: HashMap<ClassIdx, u32>,
    /// The files of each class of size and ends, in insertion order.
    members: HashMap<ClassIdx, Vec<FileIdx>>,
    /// Classes whose files are all read to the end.
    to_the_end: HashSet<ClassIdx>,
    children: HashMap<(u32, Digest), u32>,
}

/// Files that are equal up to the end of a window.
#[derive(Debug)]
struct Node {
    /// The parent class, with the length and the value of the window that
    /// distinguishes this one in it. `None` for equal ends.
    within: Option<(u32, u64, Digest)>,
    /// The member added first.
    head: FileIdx,
    /// Number of members added; zero if the first one failed while it was
    /// alone.
    count: u32,
    /// Number of members whose next window is being read.
    reading: u32,
    /// Child classes that may end up with one member.
    lone: Vec<u32>,
    /// True if the rest of its only member is not expected to be read.
    dropped: bool,
}

/// A file that is being read.
#[derive(Debug)]
struct Reader {
    size: u64,
    /// The class it is in.
    node: u32,
    /// The window that is being read, or was read last.
    window: Segment,
    /// The known values of that window's segments, in order.
    values: Vec<Option<Digest>>,
    /// True while it waits for a second member of its class.
    alone: bool,
    /// True if it is read to the end even if it is alone.
    to_the_end: bool,
}

impl Node {
    fn new(within: Option<(u32, u64, Digest)>, head: FileIdx, count: u32) -> Self {
        Self {
            within,
            head,
            count,
            reading: 0,
            lone: Vec::new(),
            dropped: false,
        }
    }

    /// Adds a member.
    fn enter(&mut self, file: FileIdx) -> Entered<()> {
        self.count += 1;
        match self.count {
            1 => {
                self.head = file;
                Entered::First
            }
            2 => Entered::Second(self.head, ()),
            _ => Entered::Later(()),
        }
    }
}

impl Windows {
    /// Creates an empty tree with the functions of the hash algorithm; without
    /// them no file is accepted.
    pub(super) fn new(tree_hash: Option<TreeHash>) -> Self {
        Self {
            tree_hash,
            waiting: BTreeSet::new(),
            readers: HashMap::new(),
            classes: Vec::new(),
            roots: HashMap::new(),
            members: HashMap::new(),
            to_the_end: HashSet::new(),
            children: HashMap::new(),
        }
    }

    /// Returns true if files of this size are read in segments.
    pub(super) fn accepts(&self, size: u64) -> bool {
        self.tree_hash.is_some() && Segment::is_worth_splitting(size)
    }

    /// Number of segments that wait to be dispatched.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Returns the next segment to dispatch, and up to `most` files that are
    /// equal up to there: the same segment is needed of all of them.
    pub(super) fn pop(&mut self, most: usize) -> Option<(Vec<FileIdx>, Segment)> {
        let (size, offset, first) = self.waiting.pop_first()?;
        let reader = self.readers.get(&first)?;
        let node = reader.node;
        let mut segments = reader.window.segments();
        let segment = segments.find(|segment| segment.offset == offset)?;
        let is_equal = |file: &FileIdx| self.readers.get(file).is_some_and(|r| r.node == node);
        let others = self.waiting.iter().take(MAX_SEARCHED);
        let others = others.take_while(|place| (place.0, place.1) == (size, offset));
        let others = others.map(|place| place.2).filter(is_equal);
        let mut files = vec![first];
        files.extend(others.take(most.saturating_sub(1)));
        for &file in &files[1..] {
            self.waiting.remove(&(size, offset, file));
        }
        Some((files, segment))
    }

    /// Starts a file that is not alone in this class of size and ends.
    pub(super) fn start(&mut self, file: FileIdx, size: u64, ends: ClassIdx) -> WindowUpdate {
        let mut update = WindowUpdate {
            more_bytes: size,
            ..WindowUpdate::default()
        };
        let node = *self.roots.entry(ends).or_insert_with(|| {
            // There are no more classes than windows read, so the number fits.
            self.classes.push(Node::new(None, file, 2));
            self.classes.len() as u32 - 1
        });
        let window = Segment {
            offset: 0,
            length: 0,
        };
        let reader = Reader {
            size,
            node,
            window,
            values: Vec::new(),
            alone: false,
            to_the_end: self.to_the_end.contains(&ends),
        };
        self.members.entry(ends).or_default().push(file);
        self.readers.insert(file, reader);
        self.start_next_window(file, &mut update);
        update
    }

    /// Lets a file continue even if it is alone, now or later. Returns `None`
    /// if there is no such file.
    pub(super) fn continue_alone(&mut self, file: FileIdx) -> Option<WindowUpdate> {
        let reader = self.readers.get_mut(&file)?;
        reader.to_the_end = true;
        let mut update = WindowUpdate::default();
        if reader.alone {
            if std::mem::take(&mut self.classes[reader.node as usize].dropped) {
                update.more_bytes = reader.size - reader.window.end();
            }
            self.start_next_window(file, &mut update);
        }
        Some(update)
    }

    /// Marks all files of a class, including later ones, to be read to the end:
    /// they may equal one that is read in another way. Returns the files for
    /// which [`Windows::continue_alone`] is to be called.
    pub(super) fn read_to_the_end(&mut self, ends: ClassIdx) -> Vec<FileIdx> {
        self.to_the_end.insert(ends);
        self.members.remove(&ends).unwrap_or_default()
    }

    /// Adds the value of a segment of a file.
    pub(super) fn add_value(
        &mut self,
        file: FileIdx,
        segment: Segment,
        value: Digest,
    ) -> WindowUpdate {
        let mut update = WindowUpdate::default();
        // It may have failed meanwhile.
        let (Some(tree_hash), Some(reader)) = (self.tree_hash, self.readers.get_mut(&file)) else {
            return update;
        };
        let mut parts = Vec::with_capacity(reader.values.len());
        for (part, known) in reader.window.segments().zip(&mut reader.values) {
            if part == segment {
                *known = Some(value);
            }
            parts.extend(known.map(|value| (part.length, value)));
        }
        if parts.len() < reader.values.len() {
            return update;
        }
        let from = reader.node;
        match (tree_hash.window)(&parts) {
            Some(value) if reader.window.end() < reader.size => {
                self.add_to_class(file, value, &mut update);
            }
            Some(value) => {
                let length = reader.window.length;
                self.readers.remove(&file);
                match (tree_hash.file)(&self.windows_of(from, length, value)) {
                    Some(digest) => update.whole.push((file, digest)),
                    None => update.fallback.push(file),
                }
            }
            None => {
                self.readers.remove(&file);
                update.fallback.push(file);
            }
        }
        self.leave(from, &mut update);
        update
    }

    /// Removes a file that failed.
    pub(super) fn failed(&mut self, file: FileIdx) -> WindowUpdate {
        let mut update = WindowUpdate::default();
        let Some(reader) = self.readers.remove(&file) else {
            return update;
        };
        if reader.alone {
            let class = &mut self.classes[reader.node as usize];
            class.count = 0;
            class.dropped = false;
            return update;
        }
        for segment in reader.window.segments() {
            let place = (Reverse(reader.size), segment.offset, file);
            update.dequeued += u32::from(self.waiting.remove(&place));
        }
        self.leave(reader.node, &mut update);
        update
    }

    /// Adds a file whose window has this value to the class of those that are
    /// equal up to there.
    fn add_to_class(&mut self, file: FileIdx, value: Digest, update: &mut WindowUpdate) {
        let Some(reader) = self.readers.get_mut(&file) else {
            return;
        };
        let (parent, length) = (reader.node, reader.window.length);
        let at = match self.children.entry((parent, value)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(free) => {
                let at = self.classes.len() as u32;
                let within = Some((parent, length, value));
                self.classes.push(Node::new(within, file, 0));
                *free.insert(at)
            }
        };
        reader.node = at;
        let rest = reader.size - reader.window.end();
        let to_the_end = reader.to_the_end;
        let class = &mut self.classes[at as usize];
        match class.enter(file) {
            Entered::First => {
                reader.alone = !to_the_end;
                self.classes[parent as usize].lone.push(at);
            }
            Entered::Second(first, ()) => {
                if std::mem::take(&mut class.dropped) {
                    update.more_bytes = update.more_bytes.saturating_add(rest);
                }
                if self.readers.get(&first).is_some_and(|first| first.alone) {
                    self.start_next_window(first, update);
                }
            }
            Entered::Later(()) => {}
        }
        if !self.readers[&file].alone {
            self.start_next_window(file, update);
        }
    }

    /// Queues the next window of a file.
    fn start_next_window(&mut self, file: FileIdx, update: &mut WindowUpdate) {
        let Some(reader) = self.readers.get_mut(&file) else {
            return;
        };
        let Some(window) = Segment::window(reader.window.end(), reader.size) else {
            return;
        };
        reader.alone = false;
        reader.window = window;
        reader.values.clear();
        for segment in window.segments() {
            reader.values.push(None);
            self.waiting
                .insert((Reverse(reader.size), segment.offset, file));
            update.queued += 1;
        }
        self.classes[reader.node as usize].reading += 1;
    }

    /// Removes one reading file from this class. Once none is left, those that
    /// are still alone in its child classes are not expected to be read to the
    /// end.
    fn leave(&mut self, node: u32, update: &mut WindowUpdate) {
        let class = &mut self.classes[node as usize];
        class.reading -= 1;
        if class.reading > 0 {
            return;
        }
        for at in std::mem::take(&mut class.lone) {
            let part = &mut self.classes[at as usize];
            if part.count == 1
                && !part.dropped
                && let Some(reader) = self.readers.get(&part.head).filter(|r| r.alone)
            {
                part.dropped = true;
                let rest = reader.size - reader.window.end();
                update.fewer_bytes = update.fewer_bytes.saturating_add(rest);
            }
        }
    }

    /// The windows of a file, the last of which is given, with their values.
    fn windows_of(&self, node: u32, length: u64, value: Digest) -> Vec<(u64, Digest)> {
        let mut way = vec![(length, value)];
        let mut within = self.classes[node as usize].within;
        while let Some((outer, length, value)) = within {
            way.push((length, value));
            within = self.classes[outer as usize].within;
        }
        way.reverse();
        way
    }
}

#[cfg(test)]
#[path = "windows_tests.rs"]
mod tests;
