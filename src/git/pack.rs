//! Packs: many objects in one file, some stored as deltas against others
//! (gitformat-pack(5)).
//!
//! Packs are read in chunks with ordinary reads: a pack that is truncated
//! meanwhile is an error, while a mapped one would end the program.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

use super::GitError;
use super::hash::ObjectId;
use crate::platform;

/// Maximum size of an object. Only commits, tags and trees are read.
pub(super) const MAX_OBJECT_SIZE: usize = 64 << 20;

/// Maximum length of a delta chain. Git makes none longer than 4095.
const MAX_CHAIN_LENGTH: usize = 4096;

/// Maximum total size of the intermediate versions of an object: a few bytes
/// of a delta can copy the whole previous version.
const MAX_DELTA_WORK: usize = 64 * MAX_OBJECT_SIZE;

/// A pack and its index.
#[derive(Debug)]
pub(super) struct Pack {
    path: PathBuf,
    pack: File,
    index: File,
    /// Number of objects whose ID begins with this byte or a lower one.
    fanout: Vec<u32>,
    name_len: u64,
}

/// An entry of a pack: an object of some kind, a delta against the entry at
/// this distance before it, or a delta against the object with this ID.
enum PackEntry {
    Object(&'static str),
    OffsetDelta(u64),
    RefDelta(ObjectId),
}

/// Kind and content of an object.
pub(super) type Object = (&'static str, Vec<u8>);

/// The parts that an object is assembled from.
pub(super) struct Chain {
    /// Differences, the first to be applied last.
    deltas: Vec<Vec<u8>>,
    /// The base object, or its ID if it is stored elsewhere.
    pub(super) base: Result<Object, ObjectId>,
}

impl Pack {
    /// Opens a pack by the path of its index.
    pub(super) fn open(index_path: &Path, name_len: usize) -> Result<Self, GitError> {
        let unreadable = |path: &Path, error| GitError::unreadable(path, &error);
        let path = index_path.with_extension("pack");
        let index =
            platform::open_control_file(index_path, true).map_err(|e| unreadable(index_path, e))?;
        let pack = platform::open_control_file(&path, true).map_err(|e| unreadable(&path, e))?;
        let mut head = [0; 8 + 1024];
        read(&index, &mut head, 0).map_err(|e| unreadable(index_path, e))?;
        if head[..8] != *b"\xfftOc\0\0\0\x02" {
            let what = "a pack index of another version than 2 (git repack)".to_owned();
            return Err(GitError::Unsupported(index_path.to_owned(), what));
        }
        let fanout: Vec<u32> = head[8..].chunks_exact(4).map(number).collect();
        if !fanout.is_sorted() {
            let why = "its table makes no sense".to_owned();
            return Err(GitError::Broken(index_path.to_owned(), why));
        }
        Ok(Self {
            path,
            pack,
            index,
            fanout,
            name_len: name_len as u64,
        })
    }

    fn count(&self) -> u32 {
        self.fanout.last().copied().unwrap_or(0)
    }

    fn broken(&self, why: &str) -> GitError {
        GitError::Broken(self.path.clone(), why.to_owned())
    }

    fn index_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), GitError> {
        let path = || self.path.with_extension("idx");
        read(&self.index, buffer, offset).map_err(|error| GitError::unreadable(&path(), &error))
    }

    fn name(&self, number: u32) -> Result<ObjectId, GitError> {
        let mut name = [0; 32];
        let name = &mut name[..self.name_len as usize];
        self.index_at(name, 8 + 1024 + u64::from(number) * self.name_len)?;
        ObjectId::new(name).ok_or_else(|| self.broken("a name in it makes no sense"))
    }

    /// The number of the first object whose ID is not below this one.
    fn first_from(&self, name: &[u8]) -> Result<u32, GitError> {
        let first = usize::from(name.first().copied().unwrap_or(0));
        let mut low = if first == 0 {
            0
        } else {
            self.fanout[first - 1]
        };
        let mut high = self.fanout[first];
        while low < high {
            let middle = low + (high - low) / 2;
            if self.name(middle)?.as_bytes() < name {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// The IDs with this prefix, two at most.
    pub(super) fn with_prefix(
        &self,
        first: &[u8],
        fits: impl Fn(&ObjectId) -> bool,
    ) -> Result<Vec<ObjectId>, GitError> {
        let mut found = Vec::new();
        let mut number = self.first_from(first)?;
        while number < self.count() && found.len() < 2 {
            let name = self.name(number)?;
            if !fits(&name) {
                break;
            }
            found.push(name);
            number += 1;
        }
        Ok(found)
    }

    /// The parts of an object, if it is in this pack.
    pub(super) fn find(&self, id: &ObjectId) -> Result<Option<Chain>, GitError> {
        let Some(offset) = self.offset_of(id)? else {
            return Ok(None);
        };
        self.chain(offset).map(Some)
    }

    fn offset_of(&self, id: &ObjectId) -> Result<Option<u64>, GitError> {
        let number_of = self.first_from(id.as_bytes())?;
        if number_of >= self.count() || self.name(number_of)? != *id {
            return Ok(None);
        }
        let count = u64::from(self.count());
        let offsets = 8 + 1024 + count * (self.name_len + 4);
        let mut short = [0; 4];
        self.index_at(&mut short, offsets + u64::from(number_of) * 4)?;
        let short = number(&short);
        if short & 0x8000_0000 == 0 {
            return Ok(Some(u64::from(short)));
        }
        let mut long = [0; 8];
        let at = u64::from(short & 0x7fff_ffff);
        self.index_at(&mut long, offsets + count * 4 + at * 8)?;
        Ok(Some(u64::from_be_bytes(long)))
    }

    fn chain(&self, mut offset: u64) -> Result<Chain, GitError> {
        let mut deltas = Vec::new();
        let mut total = 0;
        loop {
            let (part, content) = self.entry(offset)?;
            total += content.len();
            if let PackEntry::Object(kind) = part {
                let base = Ok((kind, content));
                return Ok(Chain { deltas, base });
            }
            deltas.push(content);
            if deltas.len() > MAX_CHAIN_LENGTH || total > MAX_OBJECT_SIZE {
                return Err(self.broken("an object in it is made of too many others"));
            }
            let before = match part {
                PackEntry::OffsetDelta(back) => offset.checked_sub(back).filter(|_| back > 0),
                // Most likely in the same pack, otherwise anywhere.
                PackEntry::RefDelta(name) => match self.offset_of(&name)? {
                    None => {
                        let base = Err(name);
                        return Ok(Chain { deltas, base });
                    }
                    found => found.filter(|found| *found != offset),
                },
                PackEntry::Object(_) => None,
            };
            offset = before.ok_or_else(|| self.broken("an object in it has no base"))?;
        }
    }

    /// Reads the object or delta at an offset.
    fn entry(&self, offset: u64) -> Result<(PackEntry, Vec<u8>), GitError> {
        let mut source = Source::new(self, offset);
        let mut byte = source.byte()?;
        let kind = byte >> 4 & 7;
        let mut size = u64::from(byte & 15);
        let mut shift = 4;
        while byte & 0x80 != 0 {
            byte = source.byte()?;
            if shift > 56 {
                return Err(self.broken("an object in it has no size"));
            }
            size |= u64::from(byte & 0x7f) << shift;
            shift += 7;
        }
        let no_base = || self.broken("an object in it has no base");
        let part = match kind {
            1 => PackEntry::Object("commit"),
            2 => PackEntry::Object("tree"),
            3 => PackEntry::Object("blob"),
            4 => PackEntry::Object("tag"),
            6 => {
                let mut byte = source.byte()?;
                let mut back = u64::from(byte & 0x7f);
                while byte & 0x80 != 0 {
                    byte = source.byte()?;
                    let next = back.checked_add(1).and_then(|back| back.checked_mul(128));
                    back = next.ok_or_else(no_base)? | u64::from(byte & 0x7f);
                }
                PackEntry::OffsetDelta(back)
            }
            7 => {
                let mut name = Vec::new();
                for _ in 0..self.name_len {
                    name.push(source.byte()?);
                }
                PackEntry::RefDelta(ObjectId::new(&name).ok_or_else(no_base)?)
            }
            _ => return Err(self.broken("an object in it is of no known kind")),
        };
        let content = source.inflate_entry(size)?;
        Ok((part, content))
    }
}

impl Chain {
    /// Assembles the object from its base.
    pub(super) fn apply(self, base: Object) -> Option<Object> {
        let (kind, mut content) = base;
        let mut work = 0;
        for delta in self.deltas.iter().rev() {
            content = apply_delta(&content, delta)?;
            work += content.len();
            if work > MAX_DELTA_WORK {
                return None;
            }
        }
        Some((kind, content))
    }
}

/// Reads a pack from an offset on.
struct Source<'a> {
    pack: &'a Pack,
    offset: u64,
    buffer: Box<[u8; 4096]>,
    begin: usize,
    end: usize,
}

impl<'a> Source<'a> {
    fn new(pack: &'a Pack, offset: u64) -> Self {
        Self {
            pack,
            offset,
            buffer: Box::new([0; 4096]),
            begin: 0,
            end: 0,
        }
    }

    /// Bytes that are not consumed yet.
    fn fill(&mut self) -> Result<&[u8], GitError> {
        if self.begin == self.end {
            let pack = self.pack;
            let count = platform::read_at(&pack.pack, &mut self.buffer[..], self.offset);
            let count = count.map_err(|error| GitError::unreadable(&pack.path, &error))?;
            if count == 0 {
                return Err(pack.broken("it is cut short"));
            }
            self.offset += count as u64;
            (self.begin, self.end) = (0, count);
        }
        Ok(&self.buffer[self.begin..self.end])
    }

    fn byte(&mut self) -> Result<u8, GitError> {
        let byte = self.fill()?[0];
        self.begin += 1;
        Ok(byte)
    }

    fn inflate_entry(&mut self, size: u64) -> Result<Vec<u8>, GitError> {
        let pack = self.pack;
        let size = usize::try_from(size)
            .ok()
            .filter(|&size| size <= MAX_OBJECT_SIZE);
        let size = size.ok_or_else(|| pack.broken("an object in it is too large"))?;
        let mut inflater = Inflater::new(size);
        loop {
            let (used, is_done) = inflater
                .step(self.fill()?)
                .map_err(|why| pack.broken(why))?;
            self.begin += used;
            if is_done {
                break;
            }
        }
        inflater.finish(size).map_err(|why| pack.broken(why))
    }
}

/// Inflates zlib data, up to a maximum size.
pub(super) struct Inflater {
    state: Box<InflateState>,
    out: Vec<u8>,
    max_size: usize,
}

impl Inflater {
    pub(super) fn new(max_size: usize) -> Self {
        Self {
            state: InflateState::new_boxed(DataFormat::Zlib),
            out: Vec::new(),
            max_size,
        }
    }

    /// Consumes input. Returns the number of bytes consumed, and true at the
    /// end.
    pub(super) fn step(&mut self, input: &[u8]) -> Result<(usize, bool), &'static str> {
        let mut chunk = [0; 16 << 10];
        let result = inflate(&mut self.state, input, &mut chunk, MZFlush::None);
        self.out.extend_from_slice(&chunk[..result.bytes_written]);
        if self.out.len() > self.max_size {
            return Err("an object in it is larger than it says");
        }
        match result.status {
            Ok(MZStatus::StreamEnd) => Ok((result.bytes_consumed, true)),
            Ok(MZStatus::Ok) | Err(MZError::Buf)
                if result.bytes_consumed + result.bytes_written > 0 =>
            {
                Ok((result.bytes_consumed, false))
            }
            _ => Err("an object in it cannot be unpacked"),
        }
    }

    pub(super) fn finish(self, size: usize) -> Result<Vec<u8>, &'static str> {
        if self.out.len() == size {
            Ok(self.out)
        } else {
            Err("an object in it is smaller than it says")
        }
    }

    /// All inflated bytes.
    pub(super) fn into_all(self) -> Vec<u8> {
        self.out
    }
}

/// Applies a delta to a base. None if the delta is invalid.
fn apply_delta(base: &[u8], delta: &[u8]) -> Option<Vec<u8>> {
    let mut delta = delta.iter().copied();
    if delta_length(&mut delta)? != base.len() {
        return None;
    }
    let size = delta_length(&mut delta)?;
    if size > MAX_OBJECT_SIZE {
        return None;
    }
    let mut out = Vec::new();
    while let Some(opcode) = delta.next() {
        if opcode & 0x80 == 0 {
            // Copies this many bytes that follow. Zero is invalid.
            if opcode == 0 {
                return None;
            }
            let before = out.len();
            out.extend(delta.by_ref().take(usize::from(opcode)));
            if out.len() - before != usize::from(opcode) {
                return None;
            }
        } else {
            let mut parts = [0_u8; 7];
            for (bit, part) in parts.iter_mut().enumerate() {
                if opcode >> bit & 1 == 1 {
                    *part = delta.next()?;
                }
            }
            let [a, b, c, d, e, f, g] = parts.map(usize::from);
            let start = a | b << 8 | c << 16 | d << 24;
            let count = match e | f << 8 | g << 16 {
                0 => 0x1_0000,
                count => count,
            };
            out.extend_from_slice(base.get(start..start.checked_add(count)?)?);
        }
        if out.len() > size {
            return None;
        }
    }
    (out.len() == size).then_some(out)
}

/// A length: seven bits per byte, the lowest first.
fn delta_length(bytes: &mut impl Iterator<Item = u8>) -> Option<usize> {
    let mut delta_length = 0;
    for shift in (0..56).step_by(7) {
        let byte = bytes.next()?;
        delta_length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(delta_length);
        }
    }
    None
}

fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, &byte| number << 8 | u32::from(byte))
}

/// Fills a buffer from an offset on.
fn read(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        let count = platform::read_at(file, buffer, offset)?;
        if count == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "it is cut short",
            ));
        }
        buffer = &mut buffer[count..];
        offset += count as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_deltas_are_applied_and_others_refused() {
        let base = b"hello world";
        for (delta, expected) in [
            (&b"\x0b\x05\x90\x05"[..], Some(&b"hello"[..])),
            (b"\x0b\x07\x91\x06\x05\x02!?", Some(b"world!?")),
            (b"\x0b\x00", Some(b"")),
            (b"\x0a\x05\x90\x05", None),
            (b"\x0b\x06\x90\x05", None),
            (b"\x0b\x04\x90\x05", None),
            (b"\x0b\x05\x91\x08\x05", None),
            (b"\x0b\x05\x00", None),
            (b"\x0b\x05\x05hell", None),
            (b"", None),
        ] {
            assert_eq!(apply_delta(base, delta).as_deref(), expected, "{delta:?}");
        }
    }
}
