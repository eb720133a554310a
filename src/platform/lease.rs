//! Read leases and write-back: detection of other writers, also before a file's
//! times show their writes.
//!
//! The facts were tested on Linux 6.18 or are in the manual: `fcntl(2)` for
//! leases, `sync_file_range(2)`, `Documentation/admin-guide/sysctl/vm.rst` for
//! write-back.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

use rustix::fs::{AtFlags, StatxFlags};

use super::Lease;
use super::linux::stat_of;
use super::storage::file_system;
use super::unix::stat_file;
use crate::types::FileStat;

/// File systems on local disks. They take times from this kernel's clock,
/// update the change time when a clean page is written to through a mapping,
/// and never return bytes past the reported size.
const LOCAL_DISK: [&str; 5] = ["ext", "xfs", "btrfs", "f2fs", "bcachefs"];

/// Returns true if this file or directory is on a file system of a local disk,
/// and false if that is not certain: overlay and FUSE, for example, pass calls
/// on to others.
#[must_use]
pub(crate) fn is_on_local_disk(file: impl AsFd) -> bool {
    file_system(file).is_ok_and(|name| name.is_some_and(|name| LOCAL_DISK.contains(&name)))
}

/// Asks for a read lease on a file that was opened for reading only. While it
/// is held, opening the file for writing or truncating it blocks, and
/// [`holds_lease`] reports the attempt.
///
/// It is refused while the file is open for writing anywhere, even if only a
/// shared mapping is left. Files of other users need `CAP_LEASE`.
///
/// Closing the file releases the lease.
pub(crate) fn take_lease(file: &File) -> Lease {
    // The kernel notifies the holder by SIGIO, which ends a process that has no
    // handler for it. SIGURG is ignored by default.
    let notified = fcntl(file, F_SETSIG, libc::SIGURG);
    if notified.is_err() {
        return Lease::Unavailable;
    }
    match fcntl(file, libc::F_SETLEASE, libc::F_RDLCK) {
        Ok(_) => Lease::Held,
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            refused_by(file_system(file).ok().flatten())
        }
        Err(_) => Lease::Unavailable,
    }
}

/// Interprets a refused lease. These file systems refuse it also
/// where the server has not given the client the right to keep a copy
/// (`nfs4_add_lease` in `fs/nfs/nfs4proc.c`, `cifs_setlease` in
/// `fs/smb/client/cifsfs.c`), which says nothing of writers.
fn refused_by(file_system: Option<&str>) -> Lease {
    match file_system {
        Some("nfs" | "cifs" | "smb2" | "smbfs") => Lease::Unavailable,
        _ => Lease::Refused,
    }
}

/// Returns true if the lease is still held. A lost lease stays lost.
#[must_use]
pub(crate) fn holds_lease(file: &File) -> bool {
    fcntl(file, libc::F_GETLEASE, 0).is_ok_and(|kind| kind == libc::F_RDLCK)
}

/// Releases a lease before the file is closed.
pub(crate) fn release_lease(file: &File) {
    // It fails only if there is no lease.
    let _ = fcntl(file, libc::F_SETLEASE, libc::F_UNLCK);
}

/// Writes the dirty pages of a file to the disk. The next store through a
/// mapping then updates its change time on ext4, XFS and btrfs; on tmpfs no
/// store does.
pub(crate) fn write_back(file: &File) {
    const ALL: libc::c_uint = libc::SYNC_FILE_RANGE_WAIT_BEFORE
        | libc::SYNC_FILE_RANGE_WRITE
        | libc::SYNC_FILE_RANGE_WAIT_AFTER;
    // SAFETY: the descriptor is open as long as `file` lives, and the call
    // takes no pointer.
    #[allow(unsafe_code, reason = "rustix lacks the call")]
    let _ = unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, ALL) };
}

/// The metadata of an open file. Bypasses the attribute caches of network and
/// FUSE file systems.
pub(crate) fn stat_synced(file: &File) -> io::Result<FileStat> {
    let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_FORCE_SYNC;
    match rustix::fs::statx(file, c"", flags, StatxFlags::BASIC_STATS) {
        Ok(stat) => Ok(stat_of(&stat)),
        // Kernels before 4.11, and sandboxes of that time.
        Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => stat_file(file),
        Err(error) => Err(error.into()),
    }
}

/// Time after its last change from which a file on a local disk counts as
/// settled: all stores through mappings are on the disk by then, so that the
/// next store updates the change time. `None` where that is never certain.
#[must_use]
pub(crate) fn settle_time() -> Option<Duration> {
    let centiseconds = |name| {
        let path = format!("/proc/sys/vm/dirty_{name}_centisecs");
        std::fs::read_to_string(path).ok()?.trim().parse().ok()
    };
    compute_settle_time(centiseconds("expire")?, centiseconds("writeback")?)
}

/// Dirty pages are due after `expire`, and the kernel checks for them every
/// `writeback`; both in hundredths of a second. Pages that were due after 35
/// seconds were observed to be written after 144 on a busy slow disk: four
/// times as long.
fn compute_settle_time(expire: u64, writeback: u64) -> Option<Duration> {
    const AT_LEAST: Duration = Duration::from_secs(300);
    const DELAY: u64 = 8;
    // 0 switches the periodic writing off.
    if writeback == 0 {
        return None;
    }
    let due = expire.checked_add(writeback)?;
    let due = Duration::from_millis(due.checked_mul(10 * DELAY)?);
    Some(due.max(AT_LEAST))
}

/// Linux has it, but the `libc` crate does not define it for every C library:
/// `asm-generic/fcntl.h`.
const F_SETSIG: libc::c_int = 10;

fn fcntl(file: &File, command: libc::c_int, argument: libc::c_int) -> io::Result<libc::c_int> {
    // SAFETY: the descriptor is open as long as `file` lives, and none of the
    // commands used here takes a pointer.
    #[allow(unsafe_code, reason = "rustix lacks leases")]
    let answer = unsafe { libc::fcntl(file.as_raw_fd(), command, argument) };
    if answer < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::os::unix::fs::OpenOptionsExt;

    use super::*;

    fn fresh() -> (tempfile::NamedTempFile, File) {
        let named = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(named.path(), "content").unwrap();
        // The writing descriptor of the temporary file would be a writer.
        let path = named.into_temp_path();
        let file = File::open(&path).unwrap();
        let named = tempfile::NamedTempFile::from_parts(File::open(&path).unwrap(), path);
        (named, file)
    }

    #[test]
    fn a_lease_is_broken_by_a_new_writer() {
        let (named, file) = fresh();
        if take_lease(&file) == Lease::Unavailable {
            eprintln!("skipped: the file system of temporary files has no leases");
            return;
        }
        assert!(holds_lease(&file));
        let reader = File::open(named.path());
        assert!(reader.is_ok() && holds_lease(&file), "readers may come");
        // A non-blocking open fails, and breaks the lease.
        let writer = OpenOptions::new()
            .write(true)
            .custom_flags(libc::O_NONBLOCK)
            .open(named.path());
        assert_eq!(writer.unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert!(!holds_lease(&file));
        release_lease(&file);
        let writer = OpenOptions::new().write(true).open(named.path());
        assert!(writer.is_ok());
        assert_eq!(take_lease(&file), Lease::Refused);
        drop(writer);
        assert_eq!(take_lease(&file), Lease::Held);
    }

    #[test]
    fn a_lease_is_refused_while_a_mapping_can_be_written() {
        let (named, file) = fresh();
        if take_lease(&file) == Lease::Unavailable {
            eprintln!("skipped: the file system of temporary files has no leases");
            return;
        }
        release_lease(&file);
        let writer = OpenOptions::new()
            .read(true)
            .write(true)
            .open(named.path())
            .unwrap();
        // SAFETY: nobody else changes the file's size.
        #[allow(unsafe_code, reason = "mappings are what it is about")]
        let mapping = unsafe { memmap2::MmapMut::map_mut(&writer) }.unwrap();
        drop(writer);
        assert_eq!(take_lease(&file), Lease::Refused);
        drop(mapping);
        assert_eq!(take_lease(&file), Lease::Held);
    }

    #[test]
    fn a_server_that_refuses_a_lease_says_nothing_of_writers() {
        for name in ["nfs", "cifs", "smb2"] {
            assert_eq!(refused_by(Some(name)), Lease::Unavailable, "{name}");
        }
        for name in [Some("ext"), Some("tmpfs"), Some("fuse"), None] {
            assert_eq!(refused_by(name), Lease::Refused, "{name:?}");
        }
    }

    #[test]
    fn settling_takes_longer_where_write_back_is_slow() {
        let seconds = |expire, writeback| {
            compute_settle_time(expire, writeback).map(|time| time.as_secs_f64())
        };
        assert_eq!(seconds(3000, 500), Some(300.0));
        assert_eq!(seconds(0, 1), Some(300.0));
        assert_eq!(seconds(6000, 1500), Some(600.0));
        assert_eq!(seconds(3000, 0), None);
        assert_eq!(seconds(u64::MAX, 500), None);
        assert_eq!(seconds(u64::MAX / 8, 500), None);
    }

    #[test]
    fn pseudo_files_are_not_on_a_local_disk() {
        assert!(!is_on_local_disk(File::open("/proc/self/stat").unwrap()));
    }
}
