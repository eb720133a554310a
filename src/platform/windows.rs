//! File operations on Windows, for the portable walker only.
//!
//! Directories are known by their exact paths, which begin with `\\?\`: below
//! those every name means itself. Otherwise the system would take `NUL` for a device,
//! `name.` for `name`, and refuse long paths.

mod exact_path;
mod times;

use std::ffi::OsStr;
use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::windows::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::os::windows::io::{AsHandle, BorrowedHandle};
use std::path::{Path, PathBuf};
use std::process::Command;

use walkdir::WalkDir;

use crate::types::{FileId, FileKind, FileLocation, FileStat, Timestamp};
pub(super) use exact_path::exact;
use times::{change_time, timestamp};

/// Not known on this platform: permissions are assumed to bind every user.
#[must_use]
pub(crate) fn is_superuser() -> bool {
    false
}

/// Users have no numbers here.
#[must_use]
pub(crate) fn user_id() -> Option<u32> {
    None
}

/// The bytes of a name or path, in the standard library's own encoding.
#[must_use]
pub(crate) fn bytes_of(name: &OsStr) -> &[u8] {
    name.as_encoded_bytes()
}

/// The name or path with these bytes, which came from [`bytes_of`].
#[must_use]
#[allow(unsafe_code, reason = "the only way back from encoded bytes")]
pub(crate) fn os_str(bytes: &[u8]) -> &OsStr {
    // SAFETY: all bytes handed in were taken whole from an `OsStr` by
    // `bytes_of`, or are such pieces joined at an ASCII separator.
    unsafe { OsStr::from_encoded_bytes_unchecked(bytes) }
}

/// The path with these bytes, which another system may have written. What is not
/// UTF-8 is replaced.
#[must_use]
pub(crate) fn foreign_path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// The path in an entry of a list of paths. The list must be UTF-8; a line may
/// end with CR LF.
#[must_use]
pub(crate) fn path_from_list(entry: &[u8]) -> Option<PathBuf> {
    let entry = entry.strip_suffix(b"\r").unwrap_or(entry);
    Some(PathBuf::from(std::str::from_utf8(entry).ok()?))
}

/// Windows has no limit of descriptors that a scan could meet.
#[must_use]
pub(crate) fn is_out_of_descriptors(_error: &io::Error) -> bool {
    false
}

/// Returns true if symbolic links form a loop (`ERROR_CANT_RESOLVE_FILENAME`).
#[must_use]
pub(crate) fn is_link_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(1921)
}

/// Limit of open files.
#[must_use]
pub(crate) fn descriptor_limit() -> u64 {
    u64::MAX
}

/// There is no limit to raise.
pub(crate) fn raise_descriptor_limit() {}

/// The wall clock, which file times use, and a monotonic clock that starts at
/// the first call.
#[must_use]
pub(crate) fn clocks() -> (Timestamp, std::time::Duration) {
    use std::sync::LazyLock;
    use std::time::{Instant, SystemTime};
    static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
    (SystemTime::now().into(), FIRST.elapsed())
}

/// Not implemented on this platform.
#[must_use]
pub(crate) fn process_cpu_time() -> Option<std::time::Duration> {
    None
}

/// Not implemented on this platform.
#[must_use]
pub(crate) fn thread_cpu_time() -> Option<std::time::Duration> {
    None
}

/// Not implemented on this platform.
#[must_use]
pub(crate) fn peak_memory_of(_pid: u32) -> Option<u64> {
    None
}

/// Not implemented on this platform.
#[must_use]
pub(crate) fn peak_memory() -> Option<u64> {
    None
}

/// Children outlive their parents on this platform.
pub(crate) fn die_with_parent(_parent: u32) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Not limited on this platform.
pub(crate) fn limit_memory(_bytes: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// There are no core dumps on this platform.
pub(crate) fn no_core_dumps() -> io::Result<()> {
    Ok(())
}

/// The path of this program, whose file cannot be replaced while it runs.
pub(crate) fn own_program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// Describes the end of a process, as the predicate of a sentence.
#[must_use]
pub(crate) fn describe_exit(status: std::process::ExitStatus) -> String {
    match status.code() {
        // Exceptions end a process with such numbers.
        Some(code) if code < 0 => format!("exited with status {code:#x}"),
        Some(code) => format!("exited with status {code}"),
        None => "ended in an unknown way".to_owned(),
    }
}

/// A mapping that cannot be made.
#[derive(Debug)]
pub(crate) enum Map {}

impl std::ops::Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match *self {}
    }
}

/// Refuses: files are read here.
pub(crate) fn map_file(_file: &File, _offset: u64, _len: usize) -> io::Result<Map> {
    Err(io::ErrorKind::Unsupported.into())
}

/// `FILE_FLAG_OPEN_REPARSE_POINT`: a link is opened itself.
pub(super) const OPEN_REPARSE_POINT: u32 = 0x0020_0000;

/// `FILE_FLAG_BACKUP_SEMANTICS`: opens directories too.
pub(super) const BACKUP_SEMANTICS: u32 = 0x0200_0000;

/// A directory in which files are opened: its exact path.
#[derive(Debug)]
pub(crate) struct Directory(PathBuf);

impl Directory {
    /// Stores the path.
    pub(crate) fn open(path: &[u8]) -> io::Result<Self> {
        exact(path).map(Self)
    }

    /// Not known: the path may lead to another directory now.
    #[must_use]
    pub(crate) fn id(&self) -> Option<FileId> {
        None
    }

    /// Not used where the number is unknown.
    #[must_use]
    pub(crate) fn has_lasting_id(&self) -> bool {
        false
    }

    /// The metadata of a name in this directory; with `follow`, that of a
    /// symbolic link's target.
    pub(crate) fn stat(&self, name: &[u8], follow: bool) -> io::Result<FileStat> {
        stat_path(&self.0.join(os_str(name)), follow)
    }
}

/// Opens a file of a directory for reading.
pub(crate) fn open_file(directory: &Directory, place: FileLocation<'_>) -> io::Result<File> {
    File::open(directory.0.join(os_str(place.name)))
}

/// Like [`open_file`].
pub(crate) fn open_file_alone(
    place: FileLocation<'_>,
    _must_be: Option<FileId>,
) -> io::Result<File> {
    open_file(&Directory::open(place.dir)?, place)
}

/// A directory below which others are listed: its exact path.
#[derive(Debug)]
pub(crate) struct Base(PathBuf);

impl Base {
    /// Stores the path.
    pub(crate) fn open(path: &[u8]) -> io::Result<Self> {
        exact(path).map(Self)
    }

    /// Opens a directory to list it, by its relative path. The identity is
    /// checked before and after it is opened; between the two it could be
    /// replaced and restored.
    ///
    /// # Errors
    ///
    /// The system's error, and [`super::Replaced`].
    pub(crate) fn list(&self, path: &[u8]) -> io::Result<Entries> {
        let is_base = path.is_empty();
        let path = if is_base {
            self.0.clone()
        } else {
            self.0.join(os_str(path))
        };
        let stat = stat_path(&path, is_base)?;
        if stat.kind != FileKind::Directory {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let entries = WalkDir::new(&path).min_depth(1).max_depth(1).into_iter();
        if stat_path(&path, is_base)?.id != stat.id {
            return Err(super::Replaced.into());
        }
        Ok(Entries {
            id: stat.id,
            path,
            entries,
        })
    }
}

/// The entries of a directory.
pub(crate) struct Entries {
    id: FileId,
    path: PathBuf,
    entries: walkdir::IntoIter,
}

impl Entries {
    /// The directory's identity.
    #[must_use]
    pub(crate) fn id(&self) -> FileId {
        self.id
    }

    /// Returns true if its file number is stable.
    #[must_use]
    pub(crate) fn has_lasting_id(&self) -> bool {
        true
    }

    /// Not implemented on this platform.
    #[must_use]
    pub(crate) fn is_mount_point(&self) -> bool {
        false
    }

    /// The metadata of a name in this directory; symbolic links are not
    /// followed.
    pub(crate) fn stat(&self, name: &[u8]) -> io::Result<FileStat> {
        stat_path(&self.path.join(os_str(name)), false)
    }

    /// The target of a symbolic link in this directory, as it is stored.
    ///
    /// # Errors
    ///
    /// The system's error.
    pub(crate) fn read_link(&self, name: &[u8]) -> io::Result<Vec<u8>> {
        let target = std::fs::read_link(self.path.join(os_str(name)))?;
        Ok(bytes_of(target.as_os_str()).to_vec())
    }
}

/// Iterates over the names, each with its kind where the listing includes it.
/// Ends after an error.
impl Iterator for Entries {
    type Item = io::Result<(Vec<u8>, Option<FileKind>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.entries.next()?.map(|entry| {
            let name = bytes_of(entry.file_name()).to_vec();
            (name, Some(entry.file_type().into()))
        });
        Some(entry.map_err(io::Error::from))
    }
}

/// The metadata of an open file.
pub(crate) fn stat_file(file: &File) -> io::Result<FileStat> {
    let metadata = file.metadata()?;
    let information = winapi_util::file::information(file)?;
    Ok(stat_of(&metadata, &information, change_time(file)))
}

/// The metadata of a path; with `follow`, that of a link's target. Links are
/// symbolic links and junctions.
pub(crate) fn stat_path(path: &Path, follow: bool) -> io::Result<FileStat> {
    let itself = if follow { 0 } else { OPEN_REPARSE_POINT };
    let file = OpenOptions::new()
        // Metadata need no right to the content.
        .access_mode(0)
        .custom_flags(BACKUP_SEMANTICS | itself)
        .open(path)?;
    stat_file(&file)
}

/// The metadata of standard output, if it is a file.
#[must_use]
pub(crate) fn stat_stdout() -> Option<FileStat> {
    stat_handle(io::stdout().as_handle())
}

/// The metadata of standard error, if it is a file.
#[must_use]
pub(crate) fn stat_stderr() -> Option<FileStat> {
    stat_handle(io::stderr().as_handle())
}

fn stat_handle(handle: BorrowedHandle<'_>) -> Option<FileStat> {
    let file = File::from(handle.try_clone_to_owned().ok()?);
    stat_file(&file).ok()
}

/// Unbuffered standard input and output.
pub(crate) fn standard_streams() -> io::Result<(File, File)> {
    let input = io::stdin().as_handle().try_clone_to_owned()?;
    let output = io::stdout().as_handle().try_clone_to_owned()?;
    Ok((File::from(input), File::from(output)))
}

/// Starts a child process in a group of its own, so that the console's Ctrl-C
/// does not reach it.
pub(crate) fn detach_from_terminal(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    /// `CREATE_NEW_PROCESS_GROUP`.
    const NEW_GROUP: u32 = 0x200;
    command.creation_flags(NEW_GROUP);
}

/// No file describes the time zone; the system reports it.
pub(crate) const LOCAL_TIME_FILE: Option<&str> = None;

/// None on this platform.
pub(crate) const TIME_ZONE_DIRECTORIES: [&str; 0] = [];

/// A new file inherits its permissions from the directory.
#[must_use]
pub(crate) fn new_file_permissions() -> Option<Permissions> {
    None
}

/// Calls `handler`, on a thread of its own, each time the user presses Ctrl-C.
pub(crate) fn on_interrupt(handler: impl FnMut() + Send + 'static) -> io::Result<()> {
    ctrlc::set_handler(handler).map_err(io::Error::other)
}

/// The same.
pub(crate) fn on_interrupt_or_hangup(handler: impl FnMut() + Send + 'static) -> io::Result<()> {
    on_interrupt(handler)
}

/// There is no such thing.
pub(crate) fn suspend() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Returns true if the system has no such operation.
#[must_use]
pub(crate) fn is_not_supported(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported
}

/// Not implemented.
pub(crate) fn free_bytes(_path: &Path) -> io::Result<u64> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Reads once at an offset; may return fewer bytes than requested.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek_read(buffer, offset)
}

fn stat_of(
    metadata: &Metadata,
    information: &winapi_util::file::Information,
    changed: Option<Timestamp>,
) -> FileStat {
    let modified = timestamp(metadata.last_write_time() as i64);
    FileStat {
        id: FileId {
            dev: information.volume_serial_number(),
            ino: information.file_index(),
        },
        kind: if metadata.is_file() {
            FileKind::Regular
        } else if metadata.is_dir() {
            FileKind::Directory
        } else if metadata.is_symlink() {
            FileKind::Symlink
        } else {
            FileKind::Special
        },
        size: metadata.len(),
        links: information.number_of_links(),
        modified,
        changed: changed.unwrap_or(modified),
    }
}

/// File operations for tests only.
#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// The null device.
    pub(crate) const NULL_DEVICE: &str = "NUL";

    /// Creates a symbolic link to a file.
    pub(crate) fn symlink(target: &str, link: &Path) -> io::Result<()> {
        std::os::windows::fs::symlink_file(target, link)
    }

    /// The same for all files.
    pub(crate) fn mode(_path: &Path) -> u32 {
        0o600
    }

    /// Nothing to change.
    pub(crate) fn set_mode(_path: &Path, _mode: u32) -> io::Result<()> {
        Ok(())
    }
}

/// The platform has no such limit.
#[must_use]
pub(crate) fn thread_limit() -> usize {
    usize::MAX
}

/// The platform has no such limit.
pub(crate) fn share_heap_under_limit() {}

/// Waits until there is something to read on standard input. `None` without waiting:
/// this system cannot tell.
///
/// # Errors
///
/// Never.
#[cfg(feature = "cli")]
pub(crate) fn wait_for_input(_: std::time::Duration) -> io::Result<Option<bool>> {
    Ok(None)
}

/// The name of this machine.
pub(crate) fn host_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

/// The console of this process, to read from: whatever standard input is.
///
/// # Errors
///
/// The system's error if there is none.
pub(crate) fn open_terminal_input() -> io::Result<File> {
    File::open("CONIN$")
}
