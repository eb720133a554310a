//! Writing runs piece by piece. The header of a run is written last: without it
//! there is no run.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

use super::run::{BLOCK_SLOTS, RUN_HEADER_LEN, RunHeader, encode_block, encode_index};
use super::slot::Slot;
use crate::config::HashAlgorithm;
use crate::platform::Volume;
use crate::types::Timestamp;

/// Bytes that are collected before they are written.
const PIECE: usize = 256 * 1024;

/// Writes a run whose length is not known before.
pub(super) struct RunWriter<'a> {
    out: &'a mut File,
    start: u64,
    count: usize,
    block: Vec<Slot>,
    firsts: Vec<u64>,
    bytes: Vec<u8>,
}

impl<'a> RunWriter<'a> {
    pub(super) fn begin(out: &'a mut File) -> io::Result<Self> {
        let start = out.stream_position()?;
        Ok(Self {
            out,
            start,
            count: 0,
            block: Vec::with_capacity(BLOCK_SLOTS),
            firsts: Vec::new(),
            // The header takes its place at the end.
            bytes: vec![0; RUN_HEADER_LEN],
        })
    }

    pub(super) fn push(&mut self, slot: Slot) -> io::Result<()> {
        self.count += 1;
        self.block.push(slot);
        if self.block.len() == BLOCK_SLOTS {
            self.end_block();
        }
        if self.bytes.len() >= PIECE {
            self.out.write_all(&self.bytes)?;
            self.bytes.clear();
        }
        Ok(())
    }

    fn end_block(&mut self) {
        if let Some(first) = self.block.first() {
            self.firsts.push(first.key);
            encode_block(&self.block, &mut self.bytes);
            self.block.clear();
        }
    }

    pub(super) fn finish(
        mut self,
        volume: Volume,
        algorithm: HashAlgorithm,
        clock: Timestamp,
    ) -> io::Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        self.end_block();
        self.bytes.extend_from_slice(&encode_index(&self.firsts));
        self.out.write_all(&self.bytes)?;
        let header = RunHeader {
            volume,
            algorithm,
            count: self.count,
            clock,
        };
        self.out.seek(SeekFrom::Start(self.start))?;
        self.out.write_all(&header.encode())?;
        self.out.seek(SeekFrom::End(0))?;
        Ok(())
    }
}
