//! File handles, and the file systems on which they tell files apart for good.

use std::ffi::{CStr, c_int, c_long};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, StatxFlags};
use rustix::ioctl::{Opcode, opcode};
use xxhash_rust::xxh3::xxh3_128;

use super::Volume;
use super::storage;

/// `MAX_HANDLE_SZ` in `linux/exportfs.h`.
const ROOM: usize = 128;

/// `struct file_handle`.
#[repr(C)]
struct FileHandle {
    bytes: u32,
    kind: c_int,
    handle: [u8; ROOM],
}

impl FileHandle {
    fn bytes(&self) -> &[u8] {
        let length = (self.bytes as usize).min(ROOM);
        &self.handle[..length]
    }
}

/// Queries the handle of a name in a directory; no symbolic link is followed.
#[allow(
    unsafe_code,
    reason = "neither rustix nor the C library's crate has it"
)]
fn query(dir: BorrowedFd<'_>, name: &CStr, flags: c_int) -> io::Result<FileHandle> {
    let mut handle = FileHandle {
        bytes: ROOM as u32,
        kind: 0,
        handle: [0; ROOM],
    };
    let mut mount: c_int = 0;
    // SAFETY: the descriptor is open, the name ends with a NUL, the structure
    // is `struct file_handle` with as many bytes behind it as it says, and the
    // kernel writes an `int` to the last pointer.
    let result = unsafe {
        libc::syscall(
            libc::SYS_name_to_handle_at,
            dir.as_raw_fd(),
            name.as_ptr(),
            &raw mut handle,
            &raw mut mount,
            flags,
        )
    };
    if result == 0 {
        Ok(handle)
    } else {
        Err(io::Error::last_os_error())
    }
}

/// The file handle of an open entry, preceded by its type; `None` if the file
/// system has none. It is for comparison only.
pub(super) fn handle_of(fd: &OwnedFd) -> io::Result<Option<Vec<u8>>> {
    /// Requests a handle for comparison only, which more file systems support
    /// (from Linux 6.5 on; `linux/fcntl.h`).
    const AT_HANDLE_FID: c_int = 0x200;
    for flags in [libc::AT_EMPTY_PATH | AT_HANDLE_FID, libc::AT_EMPTY_PATH] {
        match query(fd.as_fd(), c"", flags) {
            Ok(handle) => {
                let kind = handle.kind.to_ne_bytes();
                return Ok(Some([&kind[..], handle.bytes()].concat()));
            }
            // An older kernel does not know the flag.
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// `FS_IOC_GETVERSION` in `linux/fs.h`.
pub(super) const GET_GENERATION: Opcode = opcode::read::<c_long>(b'v', 1);

/// The generation of the inode of an open file. On a file system that has a
/// [`Volume`] it is the one in its handle, and costs a third of that.
#[must_use]
pub(crate) fn generation_of(file: &File) -> Option<u32> {
    let answer = ioctl::<{ size_of::<c_long>() }>(file.as_fd(), GET_GENERATION as libc::Ioctl)?;
    answer
        .first_chunk()
        .map(|number| u32::from_ne_bytes(*number))
}

/// The generation of the inode of a name in a directory of a file system that
/// has a [`Volume`]. No symbolic link is followed.
///
/// # Errors
///
/// The system's error, or another file has the name.
pub(crate) fn generation_of_name(dir: impl AsFd, name: &CStr, inode: u64) -> io::Result<u32> {
    let handle = query(dir.as_fd(), name, 0)?;
    match inode_and_generation(handle.kind, handle.bytes()) {
        Some((number, generation)) if number == inode => Ok(generation),
        Some(_) => Err(io::ErrorKind::NotFound.into()),
        None => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// The inode number and the generation in a handle (`linux/exportfs.h`,
/// `fs/xfs/xfs_export.h`, `fs/btrfs/export.h`); `None` for one of another kind.
fn inode_and_generation(kind: c_int, handle: &[u8]) -> Option<(u64, u32)> {
    /// ext4, and XFS with small inode numbers.
    const INODE32: c_int = 1;
    const XFS_INODE64: c_int = 0x81;
    const BTRFS: c_int = 0x4d;
    let number = |at: usize| Some(u32::from_ne_bytes(*handle.get(at..)?.first_chunk()?));
    let inode64 = || Some(u64::from_ne_bytes(*handle.first_chunk()?));
    match (kind, handle.len()) {
        (INODE32, 8) => Some((u64::from(number(0)?), number(4)?)),
        (XFS_INODE64, 12) => Some((inode64()?, number(8)?)),
        // In between is the number of the subvolume.
        (BTRFS, 20) => Some((inode64()?, number(16)?)),
        _ => None,
    }
}

/// The volume that a directory is on, if files there can be recognized in
/// another run: change times move with every write, handles hold a generation,
/// and the file system has a UUID or stays mounted. `None` for everything that is not known to
/// be so: tmpfs has no lasting inodes, overlay and FUSE pass on what others say,
/// and network file systems may report times from a cache.
pub(crate) fn volume_of(dir: impl AsFd) -> Option<Volume> {
    let dir = dir.as_fd();
    let (uuid, subvolume) = match storage::file_system(dir).ok()?? {
        "ext" | "xfs" => (uuid(dir).or_else(|| mount_id(dir))?, 0),
        "btrfs" => {
            // Subvolumes and snapshots repeat inode numbers. A handle is the
            // number of the object, that of the tree it is in, a generation.
            let handle = query(dir, c"", libc::AT_EMPTY_PATH).ok()?;
            let tree = handle.bytes().get(8..16)?.try_into().ok()?;
            (btrfs_uuid(dir)?, u64::from_ne_bytes(tree))
        }
        _ => return None,
    };
    Some(Volume { uuid, subvolume })
}

/// An identity of the mount of a file system without a UUID: images of virtual
/// machines often have none, and older kernels do not tell it. Device numbers
/// are used again, for other images of which all inodes have the same numbers and
/// times. The number of a mount is not, until the system starts again.
fn mount_id(dir: BorrowedFd<'_>) -> Option<[u8; 16]> {
    /// `STATX_MNT_ID_UNIQUE` in `linux/stat.h` (from Linux 6.8 on).
    const UNIQUE: StatxFlags = StatxFlags::from_bits_retain(0x4000);
    let stat = rustix::fs::statx(dir, c"", AtFlags::EMPTY_PATH, UNIQUE).ok()?;
    if stat.stx_mask & UNIQUE.bits() == 0 {
        return None;
    }
    let mut bytes = std::fs::read("/proc/sys/kernel/random/boot_id").ok()?;
    bytes.extend_from_slice(&stat.stx_mnt_id.to_ne_bytes());
    Some(xxh3_128(&bytes).to_ne_bytes())
}

/// The UUID of a file system (from Linux 6.9 on).
fn uuid(dir: BorrowedFd<'_>) -> Option<[u8; 16]> {
    /// `FS_IOC_GETFSUUID`: `_IOR(0x15, 0, struct fsuuid2)` in `linux/fs.h`.
    const GET_UUID: libc::Ioctl = 0x8011_1500_u32 as libc::Ioctl;
    let answer = ioctl::<17>(dir, GET_UUID)?;
    let (length, uuid) = answer.split_first()?;
    let uuid = uuid.try_into().ok()?;
    (*length == 16 && uuid != [0; 16]).then_some(uuid)
}

/// btrfs answers a call of its own.
fn btrfs_uuid(dir: BorrowedFd<'_>) -> Option<[u8; 16]> {
    /// `BTRFS_IOC_FS_INFO`: `_IOR(0x94, 31, struct btrfs_ioctl_fs_info_args)`
    /// in `linux/btrfs.h`.
    const FS_INFO: libc::Ioctl = 0x8400_941f_u32 as libc::Ioctl;
    let answer = ioctl::<1024>(dir, FS_INFO)?;
    answer.get(16..32)?.try_into().ok()
}

/// A call that fills a structure of `N` bytes.
#[allow(unsafe_code, reason = "none of the calls is in rustix")]
fn ioctl<const N: usize>(dir: BorrowedFd<'_>, request: libc::Ioctl) -> Option<[u8; N]> {
    /// With the alignment of any structure of the kernel.
    #[repr(C, align(8))]
    struct Answer<const N: usize>([u8; N]);
    let mut answer = Answer([0; N]);
    // SAFETY: the descriptor is open, and the requests that are passed here write
    // at most `N` bytes, which is encoded in them, to the pointer.
    let result = unsafe { libc::ioctl(dir.as_raw_fd(), request, &raw mut answer) };
    (result == 0).then_some(answer.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_of_known_kinds_hold_an_inode_number_and_a_generation() {
        let bytes = |words: &[u32]| -> Vec<u8> {
            let words = words.iter().map(|word| word.to_ne_bytes());
            words.flatten().collect()
        };
        let number = u64::from_ne_bytes(*b"abcdefgh");
        let [low, high] = [*b"abcd", *b"efgh"].map(u32::from_ne_bytes);
        let check = |kind, words: &[u32], expected| {
            let found = inode_and_generation(kind, &bytes(words));
            assert_eq!(found, expected, "{kind:#x} {words:?}");
        };
        check(1, &[5, 7], Some((5, 7)));
        check(0x81, &[low, high, 7], Some((number, 7)));
        check(0x4d, &[low, high, 1, 2, 7], Some((number, 7)));
        // With the parent, as for what is exported below a directory.
        check(0x4e, &[low, high, 1, 2, 7, 3, 4, 5], None);
        check(2, &[5, 7, 6, 8], None);
        check(1, &[5], None);
        check(0xff, &[5, 7], None);
    }

    #[test]
    fn a_handle_and_an_open_file_tell_the_same_generation() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, "x").unwrap();
        let open = File::open(dir.path()).unwrap();
        if volume_of(&open).is_none() {
            eprintln!("skipped: nothing is cached on the file system of temporary files");
            return;
        }
        let inode = std::os::unix::fs::MetadataExt::ino(&path.metadata().unwrap());
        let of_name = generation_of_name(&open, c"file", inode).unwrap();
        assert_eq!(generation_of(&File::open(&path).unwrap()), Some(of_name));
        let other = generation_of_name(&open, c"file", inode + 1);
        assert_eq!(other.unwrap_err().kind(), io::ErrorKind::NotFound);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(dir.path().join("other"), "x").unwrap();
        let other = File::open(dir.path().join("other")).unwrap();
        assert_ne!(generation_of(&other), Some(of_name));
    }
}
