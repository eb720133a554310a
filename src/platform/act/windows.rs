//! Operations on users' files by paths: Windows opens no name in a directory.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::os::windows::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{FileOps, FileStatus, FileSystemKind};
use crate::platform::windows::{BACKUP_SEMANTICS, OPEN_REPARSE_POINT, exact};
use crate::platform::{self, Lease, NotRegular, os_str};
use crate::types::{FileKind, FileMetadata, FileStat};

/// The file systems of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemFiles;

fn below(dir: &Path, name: &[u8]) -> PathBuf {
    dir.join(os_str(name))
}

fn status_of(stat: FileStat, allocated: u64) -> FileStatus {
    FileStatus {
        stat,
        mode: 0o666,
        owner: 0,
        allocated,
        mount: None,
        immutable: false,
        append_only: false,
    }
}

impl FileOps for SystemFiles {
    type Dir = PathBuf;
    type File = File;

    fn open_root(&self, path: &[u8]) -> io::Result<PathBuf> {
        // Below it every name means itself, and paths may be long.
        let path = exact(path)?;
        if platform::stat_path(&path, true)?.kind != FileKind::Directory {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(path)
    }

    fn open_dir(&self, base: &PathBuf, path: &[u8]) -> io::Result<PathBuf> {
        let mut dir = base.clone();
        for component in Path::new(os_str(path)).components() {
            dir.push(component);
            if platform::stat_path(&dir, false)?.kind != FileKind::Directory {
                return Err(io::ErrorKind::NotADirectory.into());
            }
        }
        Ok(dir)
    }

    fn open_file(&self, dir: &PathBuf, name: &[u8]) -> io::Result<File> {
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(OPEN_REPARSE_POINT)
            .open(below(dir, name))?;
        if platform::stat_file(&file)?.kind != FileKind::Regular {
            return Err(NotRegular.into());
        }
        Ok(file)
    }

    fn status(&self, file: &File) -> io::Result<FileStatus> {
        let allocated = file.metadata()?.file_size();
        Ok(status_of(platform::stat_file(file)?, allocated))
    }

    fn dir_status(&self, dir: &PathBuf) -> io::Result<FileStatus> {
        Ok(status_of(platform::stat_path(dir, false)?, 0))
    }

    fn stat_name(&self, dir: &PathBuf, name: &[u8]) -> io::Result<FileStat> {
        platform::stat_path(&below(dir, name), false)
    }

    fn stat_target(&self, dir: &PathBuf, name: &[u8]) -> io::Result<FileStat> {
        platform::stat_path(&below(dir, name), true)
    }

    fn dir_path(&self, dir: &PathBuf) -> io::Result<PathBuf> {
        std::fs::canonicalize(dir)
    }

    fn metadata(&self, file: &File) -> io::Result<FileMetadata> {
        platform::capture_metadata(file)
    }

    fn link_metadata(&self, _dir: &PathBuf, _name: &[u8]) -> io::Result<FileMetadata> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn read_link(&self, dir: &PathBuf, name: &[u8]) -> io::Result<Vec<u8>> {
        let target = std::fs::read_link(below(dir, name))?;
        Ok(platform::bytes_of(target.as_os_str()).to_vec())
    }

    fn file_system_kind(&self, _dir: &PathBuf) -> FileSystemKind {
        FileSystemKind::Other
    }

    fn read_at(&self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        file.seek_read(buffer, offset)
    }

    fn take_lease(&self, file: &File) -> Lease {
        platform::take_lease(file)
    }

    fn holds_lease(&self, file: &File) -> bool {
        platform::holds_lease(file)
    }

    fn release_lease(&self, file: &File) {
        platform::release_lease(file);
    }

    fn write_back(&self, file: &File) {
        platform::write_back(file);
    }

    /// The system does it only for a handle that can write. One that cannot be
    /// had is an error, not a weaker promise: the file is not acted on then.
    fn sync_file(&self, file: &File) -> io::Result<()> {
        writable(file)?.sync_data()
    }

    /// NTFS logs its directories; there is no call for one.
    fn sync_dir(&self, _dir: &PathBuf) -> io::Result<()> {
        Ok(())
    }

    fn sync_file_system(&self, _dir: &PathBuf) -> io::Result<bool> {
        Ok(false)
    }

    fn link(&self, _file: &File, _dir: &PathBuf, _name: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn symlink(&self, _target: &[u8], _dir: &PathBuf, _name: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn dir_file(&self, dir: &PathBuf) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).custom_flags(BACKUP_SEMANTICS);
        options.open(dir)
    }

    fn list_dir(&self, dir: &PathBuf) -> io::Result<Vec<Vec<u8>>> {
        let names = std::fs::read_dir(dir)?
            .map(|entry| Ok(platform::bytes_of(&entry?.file_name()).to_vec()));
        names.collect()
    }

    fn is_empty_dir(&self, dir: &PathBuf) -> io::Result<bool> {
        Ok(std::fs::read_dir(dir)?.next().is_none())
    }

    fn remove_dir(&self, dir: &PathBuf, name: &[u8]) -> io::Result<()> {
        std::fs::remove_dir(below(dir, name))
    }

    fn make_dir(&self, dir: &PathBuf, name: &[u8], _mode: u32) -> io::Result<()> {
        std::fs::create_dir(below(dir, name))
    }

    fn exchange(&self, _dir: &PathBuf, _one: &[u8], _other: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn rename(&self, from: (&PathBuf, &[u8]), to: (&PathBuf, &[u8])) -> io::Result<()> {
        move_file(&below(from.0, from.1), &below(to.0, to.1))
    }

    fn unlink(&self, dir: &PathBuf, name: &[u8]) -> io::Result<()> {
        std::fs::remove_file(below(dir, name))
    }

    fn create(&self, dir: &PathBuf, name: &[u8]) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        options.open(below(dir, name))
    }

    fn create_unnamed(&self, _dir: &PathBuf) -> io::Result<File> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut done = 0;
        while done < bytes.len() {
            let written = file.seek_write(&bytes[done..], offset + done as u64)?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            done += written;
        }
        Ok(())
    }
}

/// Not available.
pub(super) fn set_link(_dir: &Path, _name: &[u8], _wanted: &FileMetadata) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Another handle for the same file, which can write.
fn writable(file: &File) -> io::Result<File> {
    use std::os::windows::io::{AsRawHandle, FromRawHandle, RawHandle};
    #[allow(unsafe_code, reason = "a system call")]
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn ReOpenFile(file: RawHandle, access: u32, share: u32, flags: u32) -> RawHandle;
    }
    const GENERIC_WRITE: u32 = 0x4000_0000;
    /// Reading, writing and removing, as the standard library shares a file.
    const SHARE_ALL: u32 = 7;
    // SAFETY: `file` is open until the call returns, which takes no pointers.
    #[allow(unsafe_code, reason = "a system call")]
    let opened = unsafe {
        ReOpenFile(
            file.as_raw_handle(),
            GENERIC_WRITE,
            SHARE_ALL,
            OPEN_REPARSE_POINT,
        )
    };
    if opened.addr() == usize::MAX {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call returned a new handle, which nobody else closes.
    #[allow(unsafe_code, reason = "takes over a handle")]
    Ok(unsafe { File::from_raw_handle(opened) })
}

/// Renames within a volume; the standard library's function replaces what is
/// there.
fn move_file(from: &Path, to: &Path) -> io::Result<()> {
    #[allow(unsafe_code, reason = "a system call")]
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn MoveFileExW(from: *const u16, to: *const u16, flags: u32) -> i32;
    }
    let wide = |path: &OsStr| path.encode_wide().chain([0]).collect::<Vec<u16>>();
    let (from, to) = (wide(from.as_os_str()), wide(to.as_os_str()));
    // SAFETY: both are strings of 16-bit units with a zero at their end, and
    // live until the call returns. Without flags it neither replaces nor
    // copies.
    #[allow(unsafe_code, reason = "a system call")]
    let moved = unsafe { MoveFileExW(from.as_ptr(), to.as_ptr(), 0) };
    if moved == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
