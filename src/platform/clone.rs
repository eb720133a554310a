//! Sharing blocks between files: clones, deduplication, holes.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd};

use rustix::fs::FallocateFlags;
use rustix::ioctl::{Opcode, Updater, ioctl, opcode};

use super::DedupeStep;

/// The most that one call compares and shares (`MAX_DEDUPE_BYTES` of the file
/// systems' code is larger, but none is asked for more).
pub(crate) const MAX_DEDUPE: u64 = 1 << 30;

/// `struct file_dedupe_range` without its trailing array; the number of the
/// ioctl contains its size.
#[repr(C)]
struct DedupeHeader {
    source_offset: u64,
    source_length: u64,
    count: u16,
    reserved16: u16,
    reserved32: u32,
}

/// `struct file_dedupe_range` with one `struct file_dedupe_range_info`.
#[repr(C)]
struct DedupeRequest {
    header: DedupeHeader,
    target: i64,
    target_offset: u64,
    bytes_deduped: u64,
    status: i32,
    reserved: u32,
}

const FIDEDUPERANGE: Opcode = opcode::read_write::<DedupeHeader>(0x94, 54);

/// From `linux/fs.h`.
const DIFFERS: i32 = 1;

/// Compares a range of two files and lets them share its blocks if it is equal,
/// all under the kernel's locks. Both descriptors may be read-only if the user
/// owns the target or may write to it.
///
/// # Errors
///
/// The system's error, that of the call or that of the target.
#[allow(unsafe_code, reason = "an ioctl")]
pub(crate) fn dedupe_range(
    source: &File,
    target: &File,
    offset: u64,
    length: u64,
) -> io::Result<DedupeStep> {
    let mut request = DedupeRequest {
        header: DedupeHeader {
            source_offset: offset,
            source_length: length.min(MAX_DEDUPE),
            count: 1,
            reserved16: 0,
            reserved32: 0,
        },
        target: i64::from(target.as_raw_fd()),
        target_offset: offset,
        bytes_deduped: 0,
        status: 0,
        reserved: 0,
    };
    // SAFETY: the number is that of FIDEDUPERANGE, which takes a `struct
    // file_dedupe_range` followed by as many targets as its count says: one.
    // It writes into those 24 + 32 bytes alone, and any bytes are valid there.
    // `target` is open until the call returns.
    unsafe {
        ioctl(
            source.as_fd(),
            Updater::<FIDEDUPERANGE, DedupeRequest>::new(&mut request),
        )
    }?;
    match request.status {
        0 => Ok(DedupeStep::Shared(request.bytes_deduped)),
        DIFFERS => Ok(DedupeStep::Differs),
        error => Err(io::Error::from_raw_os_error(-error)),
    }
}

/// Makes a file a clone of another one: all bytes shared, nothing copied.
/// Replaces what the file held without comparing it.
///
/// # Errors
///
/// The system's error; the file systems that cannot clone, and files of two
/// file systems, have several.
pub(crate) fn clone_file(source: &File, fresh: &File) -> io::Result<()> {
    Ok(rustix::fs::ioctl_ficlone(fresh, source)?)
}

/// Frees the blocks of a range, which reads as zeros then.
pub(crate) fn punch_hole(file: &File, offset: u64, length: u64) -> io::Result<()> {
    let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    Ok(rustix::fs::fallocate(file, flags, offset, length)?)
}
