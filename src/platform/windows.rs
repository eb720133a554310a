//! Files as Windows has them: the portable path only.

use std::ffi::OsStr;
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::windows::fs::{FileExt, MetadataExt};
use std::os::windows::io::{AsHandle, BorrowedHandle};
use std::path::{Path, PathBuf};
use std::process::Command;

use walkdir::WalkDir;

use crate::types::{CancelToken, FileId, FileKind, FileStat, Timestamp, Where};

/// The bytes of a name or path, in the standard library's own encoding.
#[must_use]
pub fn bytes_of(name: &OsStr) -> &[u8] {
    name.as_encoded_bytes()
}

/// The name or path with these bytes, which came from [`bytes_of`].
#[must_use]
#[allow(unsafe_code, reason = "the only way back from encoded bytes")]
pub fn os_str(bytes: &[u8]) -> &OsStr {
    // SAFETY: all bytes handed in were taken whole from an `OsStr` by
    // `bytes_of`, or are such pieces joined at an ASCII separator.
    unsafe { OsStr::from_encoded_bytes_unchecked(bytes) }
}

/// The path that an entry of a list stands for. A list that is not UTF-8
/// cannot be understood; a line may end as lines do on Windows.
#[must_use]
pub fn listed_path(entry: &[u8]) -> Option<PathBuf> {
    let entry = entry.strip_suffix(b"\r").unwrap_or(entry);
    Some(PathBuf::from(std::str::from_utf8(entry).ok()?))
}

/// Windows has no limit of descriptors that a scan could meet.
#[must_use]
pub fn is_out_of_descriptors(_error: &io::Error) -> bool {
    false
}

/// Whether following symbolic links led nowhere
/// (`ERROR_CANT_RESOLVE_FILENAME`).
#[must_use]
pub fn is_link_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(1921)
}

/// How many files may be open at once.
#[must_use]
pub fn descriptor_limit() -> u64 {
    u64::MAX
}

/// Nothing to raise here.
pub fn raise_descriptor_limit() {}

/// The clock that files are stamped by, and one that nobody sets, from the
/// first call on.
#[must_use]
pub fn clocks() -> (Timestamp, std::time::Duration) {
    use std::sync::LazyLock;
    use std::time::{Instant, SystemTime};
    static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
    (SystemTime::now().into(), FIRST.elapsed())
}

/// Not asked for here.
#[must_use]
pub fn process_cpu_time() -> Option<std::time::Duration> {
    None
}

/// Not asked for here.
#[must_use]
pub fn thread_cpu_time() -> Option<std::time::Duration> {
    None
}

/// The same of a child process: not told here.
#[must_use]
pub fn peak_memory_of(_pid: u32) -> Option<u64> {
    None
}

/// Not asked for here.
#[must_use]
pub fn peak_memory() -> Option<u64> {
    None
}

/// Children outlive their parents here.
///
/// # Errors
///
/// `Unsupported`, always.
pub fn die_with_parent(_parent: u32) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Not limited here.
///
/// # Errors
///
/// `Unsupported`, always.
pub fn limit_memory(_bytes: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// There are none here.
///
/// # Errors
///
/// None.
pub fn no_core_dumps() -> io::Result<()> {
    Ok(())
}

/// The path of this program, whose file cannot be replaced while it runs.
///
/// # Errors
///
/// What the system says.
pub fn own_program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// How a process ended, to go after its name in a sentence.
#[must_use]
pub fn ending(status: std::process::ExitStatus) -> String {
    match status.code() {
        // Exceptions end a process with such numbers.
        Some(code) if code < 0 => format!("exited with status {code:#x}"),
        Some(code) => format!("exited with status {code}"),
        None => "ended in an unknown way".to_owned(),
    }
}

/// A mapping that cannot be made.
#[derive(Debug)]
pub enum Map {}

impl std::ops::Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match *self {}
    }
}

/// Refuses: files are read here.
///
/// # Errors
///
/// `Unsupported`, always.
pub fn map_file(_file: &File, _offset: u64, _len: usize) -> io::Result<Map> {
    Err(io::ErrorKind::Unsupported.into())
}

/// A directory that files are opened in: its path.
#[derive(Debug)]
pub struct Directory(PathBuf);

impl Directory {
    /// Keeps the path.
    ///
    /// # Errors
    ///
    /// None.
    pub fn open(path: &[u8]) -> io::Result<Self> {
        Ok(Self(PathBuf::from(os_str(path))))
    }

    /// A path may lead elsewhere by now.
    #[must_use]
    pub fn id(&self) -> Option<FileId> {
        None
    }

    /// Not asked for where there is no number.
    #[must_use]
    pub fn has_lasting_id(&self) -> bool {
        false
    }

    /// What the system says of a name in this directory; `follow` tells
    /// whether of a link's target.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn stat(&self, name: &[u8], follow: bool) -> io::Result<FileStat> {
        stat_path(&self.0.join(os_str(name)), follow)
    }
}

/// Opens a file of a directory for reading. Names of devices have no place in
/// a directory here.
///
/// # Errors
///
/// What the system says.
pub fn open_file(directory: &Directory, place: Where<'_>) -> io::Result<File> {
    File::open(directory.0.join(os_str(place.name)))
}

/// The same by its path.
///
/// # Errors
///
/// What the system says.
pub fn open_file_alone(place: Where<'_>, _must_be: Option<FileId>) -> io::Result<File> {
    open_file(&Directory::open(place.dir)?, place)
}

/// A directory that others are listed beneath: its path.
#[derive(Debug)]
pub struct Base(PathBuf);

impl Base {
    /// Keeps the path.
    ///
    /// # Errors
    ///
    /// None.
    pub fn open(path: &[u8]) -> io::Result<Self> {
        Ok(Self(PathBuf::from(os_str(path))))
    }

    /// Begins to list a directory by its path from here. What the path leads
    /// to is looked at before and after it is opened; between the two it could
    /// be replaced and put back.
    ///
    /// # Errors
    ///
    /// What the system says, and [`super::Replaced`].
    pub fn list(&self, path: &[u8]) -> io::Result<Entries> {
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
        // The empty path is the working directory.
        let here = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            &path
        };
        let entries = WalkDir::new(here).min_depth(1).max_depth(1).into_iter();
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
pub struct Entries {
    id: FileId,
    path: PathBuf,
    entries: walkdir::IntoIter,
}

impl Entries {
    /// Which directory it is.
    #[must_use]
    pub fn id(&self) -> FileId {
        self.id
    }

    /// Whether it would have the same number each time that it is looked at.
    #[must_use]
    pub fn has_lasting_id(&self) -> bool {
        true
    }

    /// Not asked for here.
    #[must_use]
    pub fn is_mount_point(&self) -> bool {
        false
    }

    /// What the system says of a name in this directory, not of what a link
    /// points to.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn stat(&self, name: &[u8]) -> io::Result<FileStat> {
        stat_path(&self.path.join(os_str(name)), false)
    }
}

/// Names, each with its kind where the file system tells that in passing.
/// Nothing comes after an error.
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

/// What the system says of an open file.
///
/// # Errors
///
/// What the system says.
pub fn stat_file(file: &File) -> io::Result<FileStat> {
    let metadata = file.metadata()?;
    let information = winapi_util::file::information(file)?;
    Ok(stat_of(&metadata, &information))
}

/// What the system says of a path; `follow` tells whether of a link's target.
///
/// # Errors
///
/// What the system says.
pub fn stat_path(path: &Path, follow: bool) -> io::Result<FileStat> {
    if !follow {
        let metadata = std::fs::symlink_metadata(path)?;
        if metadata.file_type().is_symlink() {
            let mut stat = stat_file(&File::open(path)?)?;
            stat.kind = FileKind::Symlink;
            return Ok(stat);
        }
    }
    let handle = winapi_util::Handle::from_path_any(path)?;
    let information = winapi_util::file::information(&handle)?;
    Ok(stat_of(&std::fs::metadata(path)?, &information))
}

/// What stands behind standard output, if it is a file.
#[must_use]
pub fn stat_stdout() -> Option<FileStat> {
    stat_handle(io::stdout().as_handle())
}

/// What stands behind standard error, if it is a file.
#[must_use]
pub fn stat_stderr() -> Option<FileStat> {
    stat_handle(io::stderr().as_handle())
}

fn stat_handle(handle: BorrowedHandle<'_>) -> Option<FileStat> {
    let file = File::from(handle.try_clone_to_owned().ok()?);
    stat_file(&file).ok()
}

/// Standard input and output as they are, without the library's buffers.
///
/// # Errors
///
/// What the system says.
pub fn standard_streams() -> io::Result<(File, File)> {
    let input = io::stdin().as_handle().try_clone_to_owned()?;
    let output = io::stdout().as_handle().try_clone_to_owned()?;
    Ok((File::from(input), File::from(output)))
}

/// Keeps a child process out of reach of the console's Ctrl-C.
pub fn apart_from_terminal(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    /// `CREATE_NEW_PROCESS_GROUP`.
    const NEW_GROUP: u32 = 0x200;
    command.creation_flags(NEW_GROUP);
}

/// No file describes the time zone; the system is asked.
pub const LOCAL_TIME_FILE: Option<&str> = None;

/// Nowhere.
pub const TIME_ZONE_DIRECTORIES: [&str; 0] = [];

/// A new file has what its directory gives it.
#[must_use]
pub fn new_file_permissions() -> Option<Permissions> {
    None
}

/// Ctrl-C keeps its usual meaning here: the program ends at once.
///
/// # Errors
///
/// None.
pub fn on_interrupt(_handler: impl FnMut() + Send + 'static) -> io::Result<()> {
    Ok(())
}

/// The same.
///
/// # Errors
///
/// None.
pub fn cancel_on_interrupt(_cancel: CancelToken, _status: u8) -> io::Result<()> {
    Ok(())
}

/// Reads at an offset, once: fewer bytes than asked for may come.
///
/// # Errors
///
/// What the system says.
pub fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek_read(buffer, offset)
}

fn stat_of(metadata: &Metadata, information: &winapi_util::file::Information) -> FileStat {
    // 100 ns steps since 1601 to nanoseconds since 1970.
    let steps = metadata.last_write_time() as i64 - 116_444_736_000_000_000;
    let modified = Timestamp::new(
        steps.div_euclid(10_000_000),
        (steps.rem_euclid(10_000_000) * 100) as u32,
    );
    FileStat {
        id: FileId {
            dev: information.volume_serial_number(),
            ino: information.file_index(),
        },
        kind: if metadata.is_file() {
            FileKind::Regular
        } else if metadata.is_dir() {
            FileKind::Directory
        } else {
            FileKind::Special
        },
        size: metadata.len(),
        links: information.number_of_links(),
        modified,
        changed: modified,
    }
}

/// What tests do to files that the program never does.
#[cfg(test)]
pub mod testing {
    use super::*;

    /// A device that swallows everything.
    pub const NULL_DEVICE: &str = "NUL";

    /// Makes a symbolic link to a file.
    pub fn symlink(target: &str, link: &Path) -> io::Result<()> {
        std::os::windows::fs::symlink_file(target, link)
    }

    /// All files are alike in this.
    pub fn mode(_path: &Path) -> u32 {
        0o600
    }

    /// Nothing to change.
    pub fn set_mode(_path: &Path, _mode: u32) -> io::Result<()> {
        Ok(())
    }
}

/// There is no limit of the kind here.
#[must_use]
pub fn thread_limit() -> usize {
    usize::MAX
}

/// There is no limit of the kind here.
pub fn share_heap_under_limit() {}
