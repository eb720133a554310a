//! The first classes: files of one size.

use std::ops::{Index, IndexMut};

use super::class::SharedIdx;
use crate::types::{FileIdx, SizeIdx};

/// Files of one size.
#[derive(Debug)]
pub(super) struct SizeClass {
    /// The first file that was found.
    pub(super) first: FileIdx,
    /// Files of this size that are queued or in progress.
    pub(super) outstanding: u32,
    /// Head of the list of its classes that have a second member.
    pub(super) classes: Option<SharedIdx>,
    /// True once a second file of this size was found.
    pub(super) open: bool,
    pub(super) phase: Phase,
}

/// Files of one size, by the number of the size.
#[derive(Debug, Default)]
pub(super) struct SizeClasses(Vec<SizeClass>);

impl SizeClasses {
    /// Adds the class of the next size, of which one file was found.
    pub(super) fn push(&mut self, first: FileIdx) {
        self.0.push(SizeClass {
            first,
            outstanding: 0,
            classes: None,
            open: false,
            phase: Phase::Hashing,
        });
    }

    /// The numbers of all sizes.
    pub(super) fn numbers(&self) -> impl Iterator<Item = SizeIdx> + use<> {
        SizeIdx::up_to(self.0.len())
    }
}

impl Index<SizeIdx> for SizeClasses {
    type Output = SizeClass;

    fn index(&self, size: SizeIdx) -> &SizeClass {
        &self.0[size.index()]
    }
}

impl IndexMut<SizeIdx> for SizeClasses {
    fn index_mut(&mut self, size: SizeIdx) -> &mut SizeClass {
        &mut self.0[size.index()]
    }
}

/// Progress of a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Hashing,
    Comparing,
    Final,
}
