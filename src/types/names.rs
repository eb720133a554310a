//! File names packed into one buffer.
//!
//! A `PathBuf` costs 24 bytes and an allocation before it holds any text; a
//! scan of a million files stores a million names. Here a name costs its bytes
//! plus one for its length (two from 128 bytes up) and a 32-bit reference.

use std::ops::Range;

use crate::error::TableFull;

/// Position of a name in its [`NameArena`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NameRef(u32);

impl NameRef {
    /// Position of the first name.
    pub(super) const FIRST: Self = Self(0);
}

/// An append-only store of names. The bytes are the platform's own encoding
/// of an `OsStr`: any bytes on Unix.
#[derive(Debug, Default)]
pub(crate) struct NameArena {
    bytes: Vec<u8>,
}

impl NameArena {
    /// Stores a name.
    ///
    /// # Errors
    ///
    /// [`TableFull`] once the names take up 4 GiB.
    pub(crate) fn push(&mut self, name: &[u8]) -> Result<NameRef, TableFull> {
        let at = u32::try_from(self.bytes.len()).map_err(|_| TableFull)?;
        let mut rest = name.len();
        while rest >= 0x80 {
            self.bytes.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
        self.bytes.extend_from_slice(name);
        Ok(NameRef(at))
    }

    /// The name for which `push` returned this reference.
    #[must_use]
    pub(crate) fn get(&self, name: NameRef) -> &[u8] {
        &self.bytes[self.at(name.0 as usize)]
    }

    /// Range of the bytes of the name at this position; its end is the position
    /// of the next name.
    fn at(&self, mut at: usize) -> Range<usize> {
        let mut len = 0;
        for shift in (0..).step_by(7) {
            let byte = self.bytes[at];
            at += 1;
            len |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        at..at + len
    }
}

/// Number of names per recorded position. The names in between are found by
/// skipping the ones before them, which usually share one or two cache lines.
const STRIDE: usize = 8;

/// Names by number, in the order in which they were pushed. The index costs
/// half a byte per name, instead of four for a [`NameRef`].
#[derive(Debug, Default)]
pub(crate) struct NameList {
    names: NameArena,
    stride_starts: Vec<NameRef>,
    len: usize,
}

impl NameList {
    /// Stores a name under the next number.
    ///
    /// # Errors
    ///
    /// [`TableFull`] once the names take up 4 GiB.
    pub(crate) fn push(&mut self, name: &[u8]) -> Result<(), TableFull> {
        let at = self.names.push(name)?;
        if self.len.is_multiple_of(STRIDE) {
            self.stride_starts.push(at);
        }
        self.len += 1;
        Ok(())
    }

    /// The name with a number.
    ///
    /// # Panics
    ///
    /// If there is no name with this number.
    #[must_use]
    pub(crate) fn get(&self, number: usize) -> &[u8] {
        let mut at = self.stride_starts[number / STRIDE].0 as usize;
        for _ in 0..number % STRIDE {
            at = self.names.at(at).end;
        }
        &self.names.bytes[self.names.at(at)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_length_are_returned() {
        let mut arena = NameArena::default();
        let lengths = [0, 1, 127, 128, 255, 16_383, 16_384, 100_000];
        let refs: Vec<_> = lengths
            .iter()
            .map(|&n| arena.push(&vec![n as u8; n]).unwrap())
            .collect();
        for (&n, r) in lengths.iter().zip(refs) {
            assert_eq!(arena.get(r), vec![n as u8; n]);
        }
    }
    #[test]
    fn names_by_number_are_those_that_were_pushed() {
        let name = |n: usize| vec![n as u8; n * 37 % 300];
        let mut list = NameList::default();
        for n in 0..100 {
            list.push(&name(n)).unwrap();
        }
        for n in (0..100).rev() {
            assert_eq!(list.get(n), name(n));
        }
    }
}
