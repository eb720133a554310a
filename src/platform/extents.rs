//! Physical extents of files, on file systems whose files can share blocks.
//!
//! Only two file systems are queried, whose answers were verified:
//!
//! - XFS: addresses of the device. The addresses of a file of the realtime
//!   section are on another device; such files are skipped.
//! - btrfs: addresses of the file system as a whole, whatever number of devices
//!   it has. Each subvolume and snapshot shows as a device of its own; the file
//!   system is known by its UUID, which the kernel keeps unique among those
//!   that are mounted. For a compressed extent the kernel reports only the
//!   address of the whole extent, never the part of it that the file contains
//!   (`fs/btrfs/fiemap.c`): such an extent has the flag `ENCODED`, and only
//!   flags that are known to be harmless are accepted.
//!
//! bcachefs is not queried: it reports addresses on several devices without
//! saying on which.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::io::Errno;
use rustix::ioctl::{Getter, Opcode, Updater, ioctl, opcode};

use super::BlockUsage;
use crate::types::{Extent, Extents, SharedBlocks, Space};

/// From `linux/fiemap.h`.
const FLAG_SYNC: u32 = 1;
const EXTENT_LAST: u32 = 0x1;
const EXTENT_MERGED: u32 = 0x1000;
const EXTENT_SHARED: u32 = 0x2000;

/// From `linux/fs.h`.
const XFLAG_REALTIME: u32 = 1;

/// From `linux/magic.h`.
const BTRFS: u32 = 0x9123_683e;
const XFS: u32 = 0x5846_5342;

/// Maximum number of extents that one call returns.
const EXTENTS_PER_CALL: usize = 64;

/// Files with more extents are skipped: btrfs takes some microseconds for each,
/// to check if it is shared.
const MAX_EXTENTS: usize = 4096;

/// `struct fiemap_extent`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct RawExtent {
    logical: u64,
    physical: u64,
    length: u64,
    reserved64: [u64; 2],
    flags: u32,
    reserved: [u32; 3],
}

/// `struct fiemap` without its trailing array; the number of the ioctl contains
/// its size.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Header {
    start: u64,
    length: u64,
    flags: u32,
    mapped: u32,
    count: u32,
    reserved: u32,
}

/// `struct fiemap` with room for the requested extents.
#[repr(C)]
struct Request {
    header: Header,
    extents: [RawExtent; EXTENTS_PER_CALL],
}

/// `struct fsxattr`.
#[repr(C)]
struct Attributes {
    flags: u32,
    rest: [u32; 6],
}

/// `struct btrfs_ioctl_fs_info_args`.
#[repr(C)]
struct BtrfsInfo {
    max_id: u64,
    num_devices: u64,
    fsid: [u8; 16],
    rest: [u8; 992],
}

pub(super) const FS_IOC_FIEMAP: Opcode = opcode::read_write::<Header>(b'f', 11);
pub(super) const FS_IOC_FSGETXATTR: Opcode = opcode::read::<Attributes>(b'X', 31);
pub(super) const BTRFS_IOC_FS_INFO: Opcode = opcode::read::<BtrfsInfo>(0x94, 31);

/// The address space of the blocks of files, on a file system whose files can
/// share blocks. `device` is the one that this file or directory is on.
#[must_use]
pub(crate) fn shared_space(file: impl AsFd, device: u64) -> Option<Space> {
    let file = file.as_fd();
    match rustix::fs::fstatfs(file).ok()?.f_type as u32 {
        XFS => Some(Space::Device(device)),
        BTRFS => Some(Space::FileSystem(btrfs_info(file).ok()?.fsid)),
        _ => None,
    }
}

/// The blocks that a file shares. A file whose first extent is not shared counts
/// as one that shares nothing, and extents beyond a maximum are not counted. With
/// `settled` the kernel writes dirty pages out first: otherwise the addresses
/// prove nothing.
#[must_use]
pub(crate) fn shared_blocks(file: &File, space: Space, settled: bool) -> SharedBlocks {
    let mut pieces = Vec::new();
    let (mut bytes, mut end, mut count) = (0_u64, 0, 0);
    let mut is_exact = true;
    // Most files share nothing, which the first extent shows.
    let known = each_extent(file, settled, 1, |extent| {
        let harmless = EXTENT_LAST | EXTENT_MERGED | EXTENT_SHARED;
        let is_shared = extent.flags & EXTENT_SHARED != 0;
        let is_new = extent.logical >= end && extent.length > 0;
        is_exact &= is_shared && extent.flags & !harmless == 0 && is_new;
        end = extent.logical.saturating_add(extent.length);
        if is_shared {
            bytes = bytes.saturating_add(extent.length);
        }
        if is_exact {
            pieces.push(Extent {
                logical: extent.logical,
                physical: extent.physical,
                length: extent.length,
            });
        }
        count += 1;
        is_exact &= count <= MAX_EXTENTS;
        bytes > 0 && count <= MAX_EXTENTS
    });
    let is_exact = known.is_some()
        && is_exact
        && !pieces.is_empty()
        && !(matches!(space, Space::Device(_)) && is_realtime(file));
    SharedBlocks {
        bytes,
        extents: is_exact.then_some(Extents { space, pieces }),
    }
}

/// The bytes of a file by who uses their blocks, where the file system tells
/// (`FIEMAP`): those of this file alone, and those that a clone or a snapshot uses
/// too. The kernel writes dirty pages out first.
#[must_use]
pub(crate) fn block_usage(file: &File) -> Option<BlockUsage> {
    let mut usage = BlockUsage::default();
    each_extent(file, true, EXTENTS_PER_CALL, |extent| {
        let bytes = if extent.flags & EXTENT_SHARED == 0 {
            &mut usage.exclusive
        } else {
            &mut usage.shared
        };
        *bytes = bytes.saturating_add(extent.length);
        true
    })?;
    Some(usage)
}

/// Visits the extents of a file in order, until the last one or until the visitor
/// returns false. The first call of the system asks for `first` of them. Returns
/// `None` if the system does not answer.
fn each_extent(
    file: &File,
    settled: bool,
    first: usize,
    mut visit: impl FnMut(&RawExtent) -> bool,
) -> Option<()> {
    let (mut start, mut count) = (0, first);
    loop {
        let request = query_extents(file, start, settled, count as u32).ok()?;
        let reported = request.extents.get(..request.header.mapped as usize)?;
        for extent in reported {
            let end = extent.logical.checked_add(extent.length)?;
            let is_last = end <= start || extent.flags & EXTENT_LAST != 0;
            if !visit(extent) || is_last {
                return Some(());
            }
            start = end;
        }
        if reported.is_empty() {
            return Some(());
        }
        count = EXTENTS_PER_CALL;
    }
}

#[allow(unsafe_code, reason = "an ioctl")]
fn query_extents(file: &File, start: u64, settled: bool, count: u32) -> Result<Request, Errno> {
    let mut request = Request {
        header: Header {
            start,
            length: u64::MAX - start,
            flags: if settled { FLAG_SYNC } else { 0 },
            count: count.min(EXTENTS_PER_CALL as u32),
            ..Header::default()
        },
        extents: [RawExtent::default(); EXTENTS_PER_CALL],
    };
    // SAFETY: the number is that of FS_IOC_FIEMAP, which takes a `struct
    // fiemap` that `count` extents follow. It writes the header and at most
    // so many extents, for which there is room: `count` is at most `EXTENTS_PER_CALL`.
    // Any bytes are valid in either.
    unsafe {
        ioctl(
            file.as_fd(),
            Updater::<FS_IOC_FIEMAP, Request>::new(&mut request),
        )
    }?;
    Ok(request)
}

/// Returns true if a file may be in the realtime section.
#[allow(unsafe_code, reason = "an ioctl")]
fn is_realtime(file: &File) -> bool {
    // SAFETY: the number is that of FS_IOC_FSGETXATTR, which writes one
    // `struct fsxattr` of 28 bytes, as `Attributes` is. Any bytes are valid
    // in it.
    let attributes = unsafe { ioctl(file.as_fd(), Getter::<FS_IOC_FSGETXATTR, Attributes>::new()) };
    attributes.map_or(true, |attributes| attributes.flags & XFLAG_REALTIME != 0)
}

#[allow(unsafe_code, reason = "an ioctl")]
fn btrfs_info(file: BorrowedFd<'_>) -> Result<BtrfsInfo, Errno> {
    // The kernel also reads a field of it, the flags for optional data,
    // although the ioctl is declared as read-only: so it is initialised.
    let mut info = BtrfsInfo {
        max_id: 0,
        num_devices: 0,
        fsid: [0; 16],
        rest: [0; 992],
    };
    // SAFETY: the number is that of BTRFS_IOC_FS_INFO, and the file is on
    // btrfs, which reads and writes one `struct btrfs_ioctl_fs_info_args` of
    // 1 KiB, as `BtrfsInfo` is. Any bytes are valid in it.
    unsafe {
        ioctl(
            file,
            Updater::<BTRFS_IOC_FS_INFO, BtrfsInfo>::new(&mut info),
        )
    }?;
    Ok(info)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structures_have_the_sizes_of_the_kernels() {
        assert_eq!(size_of::<Header>(), 32);
        assert_eq!(size_of::<RawExtent>(), 56);
        assert_eq!(size_of::<Request>(), 32 + 56 * EXTENTS_PER_CALL);
        assert_eq!(size_of::<Attributes>(), 28);
        assert_eq!(size_of::<BtrfsInfo>(), 1024);
    }

    #[test]
    fn a_file_system_without_shared_extents_is_not_queried() {
        let file = File::open("/proc/self/stat").unwrap();
        assert_eq!(shared_space(&file, 1), None);
        let blocks = shared_blocks(&file, Space::Device(1), true);
        assert_eq!(blocks, SharedBlocks::default());
    }
}
