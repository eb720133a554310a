//! Memory-mapped files.

use std::fs::File;
use std::io;
use std::ops::Deref;

use memmap2::{Advice, Mmap, MmapOptions};

/// A memory-mapped segment of a file, loaded on access.
///
/// The file may change while it is mapped. Users must accept two consequences:
///
/// - If the file is truncated or its device fails, touching the missing part
///   kills the process with SIGBUS. So this is for worker processes only, where
///   that costs one retry.
/// - If others write to the file, the bytes change, and two reads of one byte
///   may differ. So they must only be fed to a hash, which accepts any bytes,
///   and nothing may depend on them: no index, no length, no text. The file is
///   checked for changes afterwards, and the hash is discarded if it changed.
#[derive(Debug)]
pub(crate) struct Map(Mmap);

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// Maps `len` bytes from any `offset` for reading, with sequential read-ahead.
/// See [`Map`] for its permitted use.
///
/// # Errors
///
/// `UnexpectedEof` if the file ends before; otherwise the system's error: not
/// every readable file can be mapped.
#[allow(unsafe_code, reason = "others may change the file")]
pub(crate) fn map_file(file: &File, offset: u64, len: usize) -> io::Result<Map> {
    // Avoids most of the crashes; the file may still be truncated later.
    let end = offset.checked_add(len as u64);
    if end.is_none_or(|end| file.metadata().is_ok_and(|meta| meta.len() < end)) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    // Private: nothing is ever written, so that private and shared mappings
    // show the same cached pages, but some file systems (FUSE with direct I/O)
    // refuse shared ones. Not populated: that would read all of it before the
    // first byte is hashed, ignoring cancellation, and hide errors; and
    // `MADV_POPULATE_READ`, which reports them, takes 10 to 20 ms per GB more
    // than page faults, each of which also maps the pages around it.
    //
    // SAFETY: the mapping is at an address of the kernel's choice, lives as
    // long as the `Map` and is never written by this process. It cannot be
    // guaranteed that its bytes do not change while they are borrowed as a
    // slice: others may write to the file. By the rules of the language that is
    // a data race; in practice the loads of a hash see one value or the other.
    // As `Map` requires, the bytes go into a hash and decide nothing, so that
    // other values can only produce another digest, which the later check of
    // the file discards. A truncated file raises SIGBUS, which ends the process
    // before it uses a missing byte.
    let map = unsafe {
        MmapOptions::new()
            .offset(offset)
            .len(len)
            .map_copy_read_only(file)
    }?;
    // Reads far ahead, and drops pages soon after use. It is only advice.
    let _ = map.advise(Advice::Sequential);
    Ok(Map(map))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::process::ExitStatusExt;

    use super::super::process::{
        describe_exit, no_core_dumps,
        subprocess::{is_rerun, rerun},
    };
    use super::*;

    fn file_of(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn any_segment_of_a_file_can_be_mapped() {
        let bytes: Vec<u8> = (0..20_000_u32).map(|i| (i % 251) as u8).collect();
        let file = file_of(&bytes);
        for (offset, len) in [(0, 20_000), (0, 1), (1, 4096), (4097, 9000), (19_999, 1)] {
            let map = map_file(&file, offset as u64, len).unwrap();
            assert_eq!(*map, bytes[offset..offset + len], "{offset} {len}");
        }
        assert!(map_file(&file, 20_000, 0).unwrap().is_empty());
    }

    #[test]
    fn a_range_past_the_end_cannot_be_mapped() {
        let file = file_of(b"12345");
        for (offset, len) in [(0, 6), (5, 1), (u64::MAX, 2), (1 << 40, 1)] {
            let error = map_file(&file, offset, len).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
        let directory = File::open("/").unwrap();
        assert!(map_file(&directory, 0, 1).is_err());
    }

    #[test]
    fn a_file_that_is_cut_short_ends_the_process() {
        if is_rerun() {
            no_core_dumps().unwrap();
            let file = file_of(&[7; 100_000]);
            let map = map_file(&file, 0, 100_000).unwrap();
            assert_eq!(map[99_999], 7);
            file.set_len(10).unwrap();
            std::hint::black_box(map[99_999]);
            return;
        }
        let test = "platform::map::tests::a_file_that_is_cut_short_ends_the_process";
        let status = rerun(test).status().unwrap();
        assert!(status.signal().is_some(), "{}", describe_exit(status));
        assert!(describe_exit(status).starts_with("hit a bus error"));
    }
}
