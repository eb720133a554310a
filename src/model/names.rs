//! File names packed into one buffer.
//!
//! A `PathBuf` costs 24 bytes and an allocation before it holds a letter; a
//! scan of a million files keeps a million names. Here a name costs its bytes
//! plus one for its length (two from 128 bytes up) and a 32-bit reference.

use crate::error::TableFull;

/// Where a name stands in its [`NameArena`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameRef(u32);

/// An append-only store of names. The bytes are the platform's own encoding
/// of an `OsStr`: any bytes on Unix.
#[derive(Debug, Default)]
pub struct NameArena {
    bytes: Vec<u8>,
}

impl NameArena {
    /// An empty arena.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a name.
    ///
    /// # Errors
    ///
    /// [`TableFull`] once the names take up 4 GiB.
    pub fn push(&mut self, name: &[u8]) -> Result<NameRef, TableFull> {
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

    /// The name that `push` answered with this reference.
    #[must_use]
    pub fn get(&self, name: NameRef) -> &[u8] {
        let mut at = name.0 as usize;
        let mut len = 0;
        for shift in (0..).step_by(7) {
            let byte = self.bytes[at];
            at += 1;
            len |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        &self.bytes[at..at + len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_every_length() {
        let mut arena = NameArena::new();
        let lengths = [0, 1, 127, 128, 255, 16_383, 16_384, 100_000];
        let refs: Vec<_> = lengths
            .iter()
            .map(|&n| arena.push(&vec![n as u8; n]).unwrap())
            .collect();
        for (&n, r) in lengths.iter().zip(refs) {
            assert_eq!(arena.get(r), vec![n as u8; n]);
        }
    }
}
