//! File operations that every Unix has.

use std::ffi::OsStr;
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

#[cfg(target_os = "linux")]
use rustix::fs::OFlags;
use rustix::io::Errno;

#[cfg(target_os = "linux")]
use super::opening::open_path;
use crate::types::{FileId, FileKind, FileStat, Timestamp};

/// Returns true if permissions do not bind this process.
#[must_use]
pub(crate) fn is_superuser() -> bool {
    rustix::process::geteuid().is_root()
}

/// The number of the user whom this process acts for.
#[must_use]
pub(crate) fn user_id() -> Option<u32> {
    Some(rustix::process::geteuid().as_raw())
}

/// The bytes of a name or path, exactly.
#[must_use]
pub(crate) fn bytes_of(name: &OsStr) -> &[u8] {
    name.as_bytes()
}

/// The name or path with these bytes.
#[must_use]
pub(crate) fn os_str(bytes: &[u8]) -> &OsStr {
    OsStr::from_bytes(bytes)
}

/// The path with these bytes, which another system may have written.
#[must_use]
pub(crate) fn foreign_path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(os_str(bytes))
}

/// The path in an entry of a list of paths: its bytes.
#[must_use]
pub(crate) fn path_from_list(entry: &[u8]) -> Option<PathBuf> {
    Some(PathBuf::from(os_str(entry)))
}

/// Returns true if the process or the system has no descriptor left.
#[must_use]
pub(crate) fn is_out_of_descriptors(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::MFILE | Errno::NFILE)
    )
}

/// Returns true if the file system has no such operation, for this file or at
/// all.
#[must_use]
pub(crate) fn is_not_supported(error: &io::Error) -> bool {
    // Two of them are one on Linux.
    let errors = [Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOSYS, Errno::NOTTY];
    Errno::from_io_error(error).is_some_and(|error| errors.contains(&error))
}

/// Returns true if symbolic links form a loop.
#[must_use]
pub(crate) fn is_link_loop(error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::LOOP)
}

/// Retries `open` for about two seconds while no descriptor is available: other
/// threads release theirs within milliseconds.
pub(crate) fn retry_without_descriptors<T>(
    mut open: impl FnMut() -> Result<T, Errno>,
) -> Result<T, Errno> {
    let opened = retry_io_without_descriptors(|| open().map_err(io::Error::from));
    opened.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
}

/// Like [`retry_without_descriptors`], for closures with other errors.
pub(super) fn retry_io_without_descriptors<T>(
    mut open: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    let mut pause = Duration::from_micros(50);
    loop {
        match open() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if is_out_of_descriptors(&error) && pause < Duration::from_secs(1) => {
                std::thread::sleep(pause);
                pause *= 2;
            }
            result => return result,
        }
    }
}

/// Limit of the process's open descriptors.
#[must_use]
pub(crate) fn descriptor_limit() -> u64 {
    rustix::process::getrlimit(rustix::process::Resource::Nofile)
        .current
        .unwrap_or(u64::MAX)
}

/// Raises the process's limit of open descriptors to its maximum. For programs:
/// a library must not change its host's limits.
pub(crate) fn raise_descriptor_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Without it the scan is only slower: it waits for descriptors.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// The wall clock, which file times use, and a monotonic clock.
#[must_use]
pub(crate) fn clocks() -> (Timestamp, Duration) {
    use rustix::time::{ClockId, clock_gettime};
    let wall = clock_gettime(ClockId::Realtime);
    let steady = clock_gettime(ClockId::Monotonic);
    (
        Timestamp::new(wall.tv_sec as i64, wall.tv_nsec as u32),
        Duration::new(steady.tv_sec as u64, steady.tv_nsec as u32),
    )
}

/// CPU time of all threads of this process, where the platform reports it.
#[must_use]
pub(crate) fn process_cpu_time() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).ok()?;
    Some(Duration::new(seconds, u32::try_from(time.tv_nsec).ok()?))
}

/// The metadata of an open file.
pub(crate) fn stat_file(file: &File) -> io::Result<FileStat> {
    Ok(stat_fd(file.as_fd())?)
}

/// Calls `fstat`: the standard library also requests the time of birth, which
/// costs a third more.
pub(super) fn stat_fd(fd: BorrowedFd<'_>) -> Result<FileStat, Errno> {
    Ok(stat_from(&rustix::fs::fstat(fd)?))
}

pub(super) fn stat_from(stat: &rustix::fs::Stat) -> FileStat {
    // The widths of the fields differ between platforms.
    #[allow(
        clippy::cast_lossless,
        clippy::unnecessary_cast,
        reason = "narrower elsewhere"
    )]
    FileStat {
        id: FileId {
            dev: stat.st_dev as u64,
            ino: stat.st_ino as u64,
        },
        kind: kind_of(rustix::fs::FileType::from_raw_mode(stat.st_mode)),
        size: stat.st_size as u64,
        links: stat.st_nlink as u64,
        modified: Timestamp::new(stat.st_mtime as i64, stat.st_mtime_nsec as u32),
        changed: Timestamp::new(stat.st_ctime as i64, stat.st_ctime_nsec as u32),
    }
}

pub(super) fn kind_of(file_type: rustix::fs::FileType) -> FileKind {
    use rustix::fs::FileType;
    match file_type {
        FileType::RegularFile => FileKind::Regular,
        FileType::Directory => FileKind::Directory,
        FileType::Symlink => FileKind::Symlink,
        _ => FileKind::Special,
    }
}

/// The metadata of a path of any length; with `follow`, that of a symbolic
/// link's target.
pub(crate) fn stat_path(path: &Path, follow: bool) -> io::Result<FileStat> {
    let metadata = if follow {
        std::fs::metadata(path)
    } else {
        std::fs::symlink_metadata(path)
    };
    match metadata {
        Err(error) if Errno::from_io_error(&error) == Some(Errno::NAMETOOLONG) => {
            stat_long_path(path.as_os_str().as_bytes(), follow)
        }
        metadata => Ok(stat_of(&metadata?)),
    }
}

/// Stats a path that is too long for one call through a descriptor.
#[cfg(target_os = "linux")]
fn stat_long_path(path: &[u8], follow: bool) -> io::Result<FileStat> {
    let mut flags = OFlags::PATH | OFlags::CLOEXEC;
    if !follow {
        flags |= OFlags::NOFOLLOW;
    }
    let file = File::from(open_path(path, flags)?);
    Ok(stat_of(&file.metadata()?))
}

/// Platforms without `O_PATH`.
#[cfg(not(target_os = "linux"))]
fn stat_long_path(_path: &[u8], _follow: bool) -> io::Result<FileStat> {
    Err(Errno::NAMETOOLONG.into())
}

/// The metadata of standard output, if it is open.
#[must_use]
pub(crate) fn stat_stdout() -> Option<FileStat> {
    stat_descriptor(io::stdout().as_fd())
}

/// The metadata of standard error, if it is open.
#[must_use]
pub(crate) fn stat_stderr() -> Option<FileStat> {
    stat_descriptor(io::stderr().as_fd())
}

fn stat_descriptor(fd: BorrowedFd<'_>) -> Option<FileStat> {
    stat_fd(fd).ok()
}

/// Unbuffered standard input and output.
pub(crate) fn standard_streams() -> io::Result<(File, File)> {
    let input = io::stdin().as_fd().try_clone_to_owned()?;
    let output = io::stdout().as_fd().try_clone_to_owned()?;
    Ok((File::from(input), File::from(output)))
}

/// Starts a child process in a group of its own, so that the terminal's Ctrl-C
/// does not reach it.
pub(crate) fn detach_from_terminal(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

/// The file that describes the system's time zone.
pub(crate) const LOCAL_TIME_FILE: Option<&str> = Some("/etc/localtime");

/// Directories of the time zone database.
pub(crate) const TIME_ZONE_DIRECTORIES: [&str; 3] = [
    "/usr/share/zoneinfo",
    "/usr/lib/zoneinfo",
    "/usr/share/lib/zoneinfo",
];

/// The permissions of a new file, before the umask is applied.
#[must_use]
pub(crate) fn new_file_permissions() -> Option<Permissions> {
    Some(Permissions::from_mode(0o666))
}

/// Free bytes of the file system that a path is on.
pub(crate) fn free_bytes(path: &Path) -> io::Result<u64> {
    let space = rustix::fs::statvfs(path)?;
    Ok(space.f_bfree.saturating_mul(space.f_frsize))
}

/// Reads once at an offset; may return fewer bytes than requested.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.read_at(buffer, offset)
}

fn stat_of(metadata: &Metadata) -> FileStat {
    FileStat {
        id: FileId {
            dev: metadata.dev(),
            ino: metadata.ino(),
        },
        kind: metadata.file_type().into(),
        size: metadata.size(),
        links: metadata.nlink(),
        modified: Timestamp::new(metadata.mtime(), metadata.mtime_nsec() as u32),
        changed: Timestamp::new(metadata.ctime(), metadata.ctime_nsec() as u32),
    }
}

/// File operations for tests only.
#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// The null device.
    pub(crate) const NULL_DEVICE: &str = "/dev/null";

    /// Creates a symbolic link to a file.
    pub(crate) fn symlink(target: &str, link: &Path) -> io::Result<()> {
        std::os::unix::fs::symlink(target, link)
    }

    /// The permission bits of a file.
    pub(crate) fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).map_or(0, |m| m.mode() & 0o777)
    }

    /// Changes the permission bits of a file.
    pub(crate) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
        std::fs::set_permissions(path, Permissions::from_mode(mode))
    }
}

/// Waits until there is something to read on standard input; false if there is not,
/// or a signal came. `None` without waiting if that is no terminal.
///
/// # Errors
///
/// If the terminal is gone.
#[cfg(feature = "cli")]
pub(crate) fn wait_for_input(wait: Duration) -> io::Result<Option<bool>> {
    use std::io::IsTerminal;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let input = io::stdin();
    if !input.is_terminal() {
        return Ok(None);
    }
    let mut polled = [PollFd::new(&input, PollFlags::IN)];
    let wait = Timespec {
        tv_sec: wait.as_secs() as _,
        tv_nsec: wait.subsec_nanos() as _,
    };
    match poll(&mut polled, Some(&wait)) {
        Ok(0) | Err(Errno::INTR) => return Ok(Some(false)),
        Ok(_) => {}
        Err(error) => return Err(error.into()),
    }
    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    match polled[0].revents().intersects(gone) {
        true => Err(io::ErrorKind::BrokenPipe.into()),
        false => Ok(Some(true)),
    }
}

/// The name of this machine.
pub(crate) fn host_name() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

/// The terminal that controls this process, to read from: whatever standard
/// input is.
///
/// # Errors
///
/// The system's error if there is none.
pub(crate) fn open_terminal_input() -> io::Result<File> {
    File::open("/dev/tty")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_end_and_survive_interruptions() {
        let mut left = 3;
        let result = retry_without_descriptors(|| {
            left -= 1;
            match left {
                2 => Err(Errno::INTR),
                1 => Err(Errno::MFILE),
                _ => Ok(7),
            }
        });
        assert_eq!(result, Ok(7));
        assert_eq!(
            retry_without_descriptors(|| Err::<(), _>(Errno::ACCESS)),
            Err(Errno::ACCESS)
        );
    }
}
