//! Who else writes to a file, and what the kernel does before its times tell.
//!
//! The facts were tried on Linux 6.18 or are in the manual: `fcntl(2)` for
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

/// File systems on local disks. They stamp with this kernel's clock, move the
/// change time when a page that was clean is written to through a mapping, and
/// never return bytes past the size that they tell.
const LOCAL_DISK: [&str; 5] = ["ext", "xfs", "btrfs", "f2fs", "bcachefs"];

/// Is this file or directory on a file system of a local disk? `false` where that is not
/// certain: overlay and FUSE, for example, pass calls on to others.
#[must_use]
pub fn is_on_local_disk(file: impl AsFd) -> bool {
    file_system(file).is_ok_and(|name| name.is_some_and(|name| LOCAL_DISK.contains(&name)))
}

/// Asks for a read lease on a file that was opened for reading only. While it
/// is held, whoever opens the file for writing or truncates it has to wait,
/// and [`holds_lease`] tells.
///
/// It is refused while anybody has the file open for writing, even if only a
/// shared mapping is left. Files of other users need `CAP_LEASE`.
///
/// Closing the file gives the lease back.
pub fn take_lease(file: &File) -> Lease {
    // The holder is told by SIGIO, which ends a process that does not expect
    // it. SIGURG is ignored by default.
    let told = fcntl(file, F_SETSIG, libc::SIGURG);
    if told.is_err() {
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

/// What it means that a lease was refused. These file systems refuse it also
/// where the server has not given the client the right to keep a copy
/// (`nfs4_add_lease` in `fs/nfs/nfs4proc.c`, `cifs_setlease` in
/// `fs/smb/client/cifsfs.c`), which says nothing of writers.
fn refused_by(file_system: Option<&str>) -> Lease {
    match file_system {
        Some("nfs" | "cifs" | "smb2" | "smbfs") => Lease::Unavailable,
        _ => Lease::Refused,
    }
}

/// Is the lease still held? Once it is not, it never is again.
#[must_use]
pub fn holds_lease(file: &File) -> bool {
    fcntl(file, libc::F_GETLEASE, 0).is_ok_and(|kind| kind == libc::F_RDLCK)
}

/// Gives a lease back before the file is closed.
pub fn end_lease(file: &File) {
    // It fails only where there is none.
    let _ = fcntl(file, libc::F_SETLEASE, libc::F_UNLCK);
}

/// Writes all of a file that is only in memory to the disk. The next store
/// through a mapping then moves its change time on ext4, XFS and btrfs; on
/// tmpfs nothing does.
pub fn write_back(file: &File) {
    const ALL: libc::c_uint = libc::SYNC_FILE_RANGE_WAIT_BEFORE
        | libc::SYNC_FILE_RANGE_WRITE
        | libc::SYNC_FILE_RANGE_WAIT_AFTER;
    // SAFETY: the descriptor is open as long as `file` lives, and the call
    // takes no pointer.
    #[allow(unsafe_code, reason = "rustix lacks the call")]
    let _ = unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, ALL) };
}

/// What the system says of an open file. Attributes that a network or FUSE
/// file system keeps in a cache are asked for again.
///
/// # Errors
///
/// What the system says.
pub fn stat_synced(file: &File) -> io::Result<FileStat> {
    let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_FORCE_SYNC;
    match rustix::fs::statx(file, c"", flags, StatxFlags::BASIC_STATS) {
        Ok(stat) => Ok(stat_of(&stat)),
        // Kernels before 4.11, and sandboxes of their time.
        Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => stat_file(file),
        Err(error) => Err(error.into()),
    }
}

/// How long after its last change a file on a local disk is settled: all that
/// was stored through mappings is on the disk by then, so that the next store
/// moves the change time. `None` where that is never certain.
#[must_use]
pub fn settle_time() -> Option<Duration> {
    let centiseconds = |name| {
        let path = format!("/proc/sys/vm/dirty_{name}_centisecs");
        std::fs::read_to_string(path).ok()?.trim().parse().ok()
    };
    settles_after(centiseconds("expire")?, centiseconds("writeback")?)
}

/// Pages are due after `expire`, and looked for each `writeback`; both in
/// hundredths of a second. Pages that were due after 35 seconds were seen to be
/// written after 144, when a slow disk had much to do: four times as long.
fn settles_after(expire: u64, writeback: u64) -> Option<Duration> {
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

/// Linux has it and the `libc` crate does not name it for every C library:
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
    fn a_lease_tells_of_a_writer_that_comes() {
        let (named, file) = fresh();
        if take_lease(&file) == Lease::Unavailable {
            eprintln!("skipped: the file system of temporary files has no leases");
            return;
        }
        assert!(holds_lease(&file));
        let reader = File::open(named.path());
        assert!(reader.is_ok() && holds_lease(&file), "readers may come");
        // Who does not wait is told to come again, and the lease is broken.
        let writer = OpenOptions::new()
            .write(true)
            .custom_flags(libc::O_NONBLOCK)
            .open(named.path());
        assert_eq!(writer.unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert!(!holds_lease(&file));
        end_lease(&file);
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
        end_lease(&file);
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
        let seconds =
            |expire, writeback| settles_after(expire, writeback).map(|time| time.as_secs_f64());
        assert_eq!(seconds(3000, 500), Some(300.0));
        assert_eq!(seconds(0, 1), Some(300.0));
        assert_eq!(seconds(6000, 1500), Some(600.0));
        assert_eq!(seconds(3000, 0), None);
        assert_eq!(seconds(u64::MAX, 500), None);
        assert_eq!(seconds(u64::MAX / 8, 500), None);
    }

    #[test]
    fn made_up_files_are_on_no_disk() {
        assert!(!is_on_local_disk(File::open("/proc/self/stat").unwrap()));
    }
}
