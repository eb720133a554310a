//! Files as memory.

use std::fs::File;
use std::io;
use std::ops::Deref;

use memmap2::{Advice, Mmap, MmapOptions};

/// A segment of a file as memory, read as it is looked at.
///
/// The file is not held still. Whoever looks takes two things upon them:
///
/// - If the file was cut short or its device fails, touching the missing part
///   kills the process with SIGBUS. So this is for worker processes only,
///   where that costs one retry.
/// - If others write to the file, the bytes change beneath, and two looks at
///   one byte may differ. So they must only be fed to a hash, which any bytes
///   suit, and nothing may rest on them: no index, no length, no text. Whether
///   the file stayed the same is checked afterwards, and the hash is thrown
///   away if not.
#[derive(Debug)]
pub struct Map(Mmap);

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// Maps `len` bytes from `offset`, which may be any, for reading. What was
/// read ahead comes in order and from start to end. See [`Map`] for what may
/// be done with it.
///
/// # Errors
///
/// `UnexpectedEof` if the file ends before; otherwise what the system says:
/// not everything that can be read can be mapped.
#[allow(unsafe_code, reason = "others may change the file")]
pub fn map_file(file: &File, offset: u64, len: usize) -> io::Result<Map> {
    // Saves most of the deaths; the file may still be cut short later.
    let end = offset.checked_add(len as u64);
    if end.is_none_or(|end| file.metadata().is_ok_and(|meta| meta.len() < end)) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    // Private: nothing is ever written, so that both kinds show the same
    // pages of the cache, but some file systems (FUSE with direct I/O) refuse
    // shared ones. Not populated: that would read all of it before the first
    // byte is hashed, deaf to cancellation, and keep quiet about errors; and
    // `MADV_POPULATE_READ`, which tells, takes 10 to 20 ms per GB more than
    // the faults, each of which brings the pages around it too.
    //
    // SAFETY: the mapping is at an address of the kernel's choice, lives as
    // long as the `Map` and is never written by this process. What cannot be
    // had is that its bytes hold still while they are lent as a slice: others
    // may write to the file. By the letter of the language that is a data
    // race; in fact the loads of a hash see one value or the other. As `Map`
    // demands, the bytes go into a hash and decide nothing, so that other
    // values can only make another digest, which the check of the file
    // afterwards discards. A file that is cut short raises SIGBUS, which ends
    // the process before any byte is made up.
    let map = unsafe {
        MmapOptions::new()
            .offset(offset)
            .len(len)
            .map_copy_read_only(file)
    }?;
    // Read ahead far, give up soon what was read. Only advice.
    let _ = map.advise(Advice::Sequential);
    Ok(Map(map))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::process::ExitStatusExt;

    use super::super::process::{
        again::{is_rerun, rerun},
        ending, no_core_dumps,
    };
    use super::*;

    fn file_of(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn any_stretch_of_a_file_can_be_mapped() {
        let bytes: Vec<u8> = (0..20_000_u32).map(|i| (i % 251) as u8).collect();
        let file = file_of(&bytes);
        for (offset, len) in [(0, 20_000), (0, 1), (1, 4096), (4097, 9000), (19_999, 1)] {
            let map = map_file(&file, offset as u64, len).unwrap();
            assert_eq!(*map, bytes[offset..offset + len], "{offset} {len}");
        }
        assert!(map_file(&file, 20_000, 0).unwrap().is_empty());
    }

    #[test]
    fn what_is_not_there_cannot_be_mapped() {
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
        assert!(status.signal().is_some(), "{}", ending(status));
        assert!(ending(status).starts_with("hit a bus error"));
    }
}
