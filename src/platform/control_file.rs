//! Reads the small files that control the program: a project file, a baseline,
//! ignore rules, the files in `.git`.
//!
//! They are found in untrusted trees. A named pipe of such a name would block
//! its reader for ever, opening a device can have side effects, and `/dev/zero`
//! never ends. So only a regular file is opened, and only up to a limit is
//! read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Reads a whole regular file, without ever blocking on another program.
///
/// # Errors
///
/// The system's error, including [`io::ErrorKind::NotFound`];
/// [`io::ErrorKind::InvalidInput`] for anything but a regular file, and for a
/// symbolic link unless `follow_links` is set; [`io::ErrorKind::FileTooLarge`]
/// beyond `max_bytes`. The messages of the last two continue a sentence that
/// names the path: "it is a named pipe".
pub(crate) fn read_control_file(
    path: &Path,
    max_bytes: u64,
    follow_links: bool,
) -> io::Result<Vec<u8>> {
    read_bounded(open_control_file(path, follow_links)?, max_bytes)
}

/// Opens a regular file for reading, for callers that check the file's metadata
/// before they use its text.
///
/// # Errors
///
/// Those of [`read_control_file`], except for the size.
pub(crate) fn open_control_file(path: &Path, follow_links: bool) -> io::Result<File> {
    platform::open(path, follow_links)
}

/// Reads the rest of a file, if it has at most `max_bytes`.
///
/// # Errors
///
/// The system's error; [`io::ErrorKind::FileTooLarge`] beyond `max_bytes`.
pub(crate) fn read_bounded(file: impl Read, max_bytes: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // The size in the metadata is not trusted: files of /proc have none, and a
    // file may grow meanwhile.
    file.take(max_bytes.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        let limit = format_size(max_bytes);
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it is larger than {limit}, the most that is read"),
        ));
    }
    Ok(bytes)
}

fn format_size(bytes: u64) -> String {
    match bytes {
        _ if bytes > 0 && bytes.is_multiple_of(1 << 30) => format!("{} GiB", bytes >> 30),
        _ if bytes > 0 && bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes > 0 && bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} bytes"),
    }
}

fn not_regular(kind: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("it is {kind}, not a regular file"),
    )
}

#[cfg(unix)]
pub(super) use platform::{Entry, examine, open_pinned};

#[cfg(unix)]
mod platform {
    use std::fs::File;
    use std::io;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;
    use std::time::Duration;

    use rustix::fd::OwnedFd;
    use rustix::fs::{FileType, OFlags, Stat, fstat};
    use rustix::io::Errno;

    use super::not_regular;
    use crate::platform::opening::{open_at, open_path};

    /// Flags for an open that neither blocks nor has side effects: NONBLOCK for
    /// pipes and for leases that another program holds, NOCTTY for terminals.
    const READ: OFlags = OFlags::RDONLY
        .union(OFlags::NONBLOCK)
        .union(OFlags::CLOEXEC)
        .union(OFlags::NOCTTY);

    pub(super) fn open(path: &Path, follow_links: bool) -> io::Result<File> {
        let bytes = path.as_os_str().as_bytes();
        if bytes.is_empty() {
            return Err(Errno::NOENT.into());
        }
        if follow_links {
            return open_followed(bytes).map(File::from);
        }
        match examine(None, bytes)? {
            Entry::Link { .. } => Err(not_regular("a symbolic link")),
            Entry::Other { stat, pinned } => {
                open_pinned(None, bytes, &stat, &pinned).map(File::from)
            }
        }
    }

    /// The entry at a path, found without opening it.
    pub(crate) enum Entry {
        /// A symbolic link, and its target.
        Link { stat: Stat, target: Vec<u8> },
        /// Anything else.
        Other { stat: Stat, pinned: Pinned },
    }

    /// An `O_PATH` descriptor: it pins the entry that was at a path.
    #[cfg(target_os = "linux")]
    pub(super) type Pinned = OwnedFd;
    #[cfg(not(target_os = "linux"))]
    pub(crate) type Pinned = ();

    /// Examines a path in a directory.
    #[cfg(target_os = "linux")]
    pub(crate) fn examine(base: Option<&OwnedFd>, path: &[u8]) -> io::Result<Entry> {
        let flags = OFlags::PATH | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let pinned = match base {
            Some(base) => open_at(Some(base), path, flags)?,
            None => open_path(path, flags)?,
        };
        let stat = fstat(&pinned)?;
        if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink {
            let target = rustix::fs::readlinkat(&pinned, "", Vec::new())?.into_bytes();
            return Ok(Entry::Link { stat, target });
        }
        Ok(Entry::Other { stat, pinned })
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn examine(base: Option<&OwnedFd>, path: &[u8]) -> io::Result<Entry> {
        use rustix::fd::AsFd;
        use rustix::fs::{AtFlags, CWD};
        let base = base.map_or(CWD, AsFd::as_fd);
        let stat = rustix::fs::statat(base, path, AtFlags::SYMLINK_NOFOLLOW)?;
        if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink {
            let target = rustix::fs::readlinkat(base, path, Vec::new())?.into_bytes();
            return Ok(Entry::Link { stat, target });
        }
        Ok(Entry::Other { stat, pinned: () })
    }

    #[cfg(target_os = "linux")]
    fn open_followed(path: &[u8]) -> io::Result<OwnedFd> {
        let pinned = open_path(path, OFlags::PATH | OFlags::CLOEXEC)?;
        let stat = fstat(&pinned)?;
        reopen(None, path, &stat, &pinned, OFlags::empty())
    }

    #[cfg(not(target_os = "linux"))]
    fn open_followed(path: &[u8]) -> io::Result<OwnedFd> {
        let stat = rustix::fs::stat(path)?;
        open_verified(None, path, &stat, OFlags::empty())
    }

    /// Opens an examined entry, if it is a regular file.
    pub(crate) fn open_pinned(
        base: Option<&OwnedFd>,
        path: &[u8],
        stat: &Stat,
        pinned: &Pinned,
    ) -> io::Result<OwnedFd> {
        #[cfg(target_os = "linux")]
        return reopen(base, path, stat, pinned, OFlags::NOFOLLOW);
        #[cfg(not(target_os = "linux"))]
        {
            let () = *pinned;
            open_verified(base, path, stat, OFlags::NOFOLLOW)
        }
    }

    /// Opens the file that a descriptor pins, through the descriptor, so that
    /// it cannot be replaced in between.
    #[cfg(target_os = "linux")]
    fn reopen(
        base: Option<&OwnedFd>,
        path: &[u8],
        stat: &Stat,
        pinned: &OwnedFd,
        links: OFlags,
    ) -> io::Result<OwnedFd> {
        use std::os::fd::AsRawFd;

        require_regular(stat)?;
        // Not /proc/self: a worker may have a descriptor table of its own.
        let through = format!("/proc/thread-self/fd/{}", pinned.as_raw_fd());
        match retry_while_leased(|| open_path(through.as_bytes(), READ)) {
            // Without /proc only the path is left.
            Err(Errno::NOENT) => open_verified(base, path, stat, links),
            result => Ok(result?),
        }
    }

    /// Opens a path at which a regular file was found, and verifies that it is
    /// still that file. A replacement is opened, but neither waited for nor
    /// read.
    fn open_verified(
        base: Option<&OwnedFd>,
        path: &[u8],
        stat: &Stat,
        links: OFlags,
    ) -> io::Result<OwnedFd> {
        require_regular(stat)?;
        let file = retry_while_leased(|| match base {
            Some(base) => open_at(Some(base), path, READ | links),
            None => open_path(path, READ | links),
        })?;
        let now = fstat(&file)?;
        require_regular(&now)?;
        if (now.st_dev, now.st_ino) != (stat.st_dev, stat.st_ino) {
            return Err(io::Error::other("it was replaced while it was opened"));
        }
        Ok(file)
    }

    /// Retries for about a second while another program holds a lease on the
    /// file: the kernel is asking it to release the lease.
    fn retry_while_leased(open: impl Fn() -> Result<OwnedFd, Errno>) -> Result<OwnedFd, Errno> {
        let mut pause = Duration::from_millis(1);
        loop {
            match open() {
                Err(Errno::AGAIN) if pause < Duration::from_secs(1) => {
                    std::thread::sleep(pause);
                    pause *= 2;
                }
                result => return result,
            }
        }
    }

    fn require_regular(stat: &Stat) -> io::Result<()> {
        Err(not_regular(match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => return Ok(()),
            FileType::Directory => "a directory",
            FileType::Symlink => "a symbolic link",
            FileType::Fifo => "a named pipe",
            FileType::Socket => "a socket",
            FileType::CharacterDevice => "a character device",
            FileType::BlockDevice => "a block device",
            FileType::Unknown => "of an unknown kind",
        }))
    }
}

#[cfg(not(unix))]
mod platform {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    use super::not_regular;

    /// The path is examined before it is opened, and the opened file
    /// afterwards.
    pub(super) fn open(path: &Path, follow_links: bool) -> io::Result<File> {
        let metadata = if follow_links {
            std::fs::metadata(path)?
        } else {
            std::fs::symlink_metadata(path)?
        };
        require_regular(&metadata)?;
        let file = File::open(path)?;
        require_regular(&file.metadata()?)?;
        Ok(file)
    }

    fn require_regular(metadata: &std::fs::Metadata) -> io::Result<()> {
        if metadata.is_file() {
            Ok(())
        } else if metadata.is_dir() {
            Err(not_regular("a directory"))
        } else if metadata.is_symlink() {
            Err(not_regular("a symbolic link"))
        } else {
            Err(not_regular("a device"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_error(path: &Path, max_bytes: u64, follow_links: bool) -> (io::ErrorKind, String) {
        let error = read_control_file(path, max_bytes, follow_links).unwrap_err();
        (error.kind(), error.to_string())
    }

    #[test]
    fn regular_files_are_read_up_to_the_limit() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, b"12345").unwrap();
        assert_eq!(read_control_file(&file, 5, false).unwrap(), b"12345");
        assert_eq!(read_control_file(&file, u64::MAX, true).unwrap(), b"12345");
        let (kind, text) = read_error(&file, 4, false);
        assert_eq!(kind, io::ErrorKind::FileTooLarge);
        assert!(text.contains("larger than 4 bytes"), "{text}");
    }

    #[test]
    fn a_missing_file_is_not_found() {
        let dir = tempfile::tempdir().unwrap();
        for path in [dir.path().join("missing"), "".into()] {
            assert_eq!(read_error(&path, 1, true).0, io::ErrorKind::NotFound);
        }
    }

    #[test]
    fn limits_are_formatted_in_round_units() {
        let table = [
            (0, "0 bytes"),
            (1000, "1000 bytes"),
            (2048, "2 KiB"),
            (16 << 20, "16 MiB"),
            (4 << 30, "4 GiB"),
        ];
        for (bytes, words) in table {
            assert_eq!(format_size(bytes), words);
        }
    }

    #[test]
    fn directories_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (kind, text) = read_error(dir.path(), 1, true);
        assert_eq!(kind, io::ErrorKind::InvalidInput);
        assert!(text.starts_with("it is a directory"), "{text}");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_only_if_asked() {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink("file", &link).unwrap();
        assert_eq!(read_error(&link, 9, true).0, io::ErrorKind::NotFound);
        std::fs::write(dir.path().join("file"), b"text").unwrap();
        assert_eq!(read_control_file(&link, 9, true).unwrap(), b"text");
        let (kind, text) = read_error(&link, 9, false);
        assert_eq!(kind, io::ErrorKind::InvalidInput);
        assert!(text.starts_with("it is a symbolic link"), "{text}");
    }

    #[cfg(unix)]
    #[test]
    fn pipes_sockets_and_devices_are_never_opened() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let (kind, text) = read_error(&socket, 9, false);
        assert_eq!(kind, io::ErrorKind::InvalidInput);
        assert!(text.starts_with("it is a socket"), "{text}");

        let (kind, text) = read_error(Path::new("/dev/zero"), 9, true);
        assert_eq!(kind, io::ErrorKind::InvalidInput);
        assert!(text.starts_with("it is a character device"), "{text}");

        // If the pipe had been opened for reading, the open of this writer
        // would have returned.
        let pipe = dir.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let writer = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::OpenOptions::new().write(true).open(pipe)
        });
        for follow_links in [false, true] {
            let (kind, text) = read_error(&pipe, 9, follow_links);
            assert_eq!(kind, io::ErrorKind::InvalidInput);
            assert!(text.starts_with("it is a named pipe"), "{text}");
        }
        assert!(!writer.is_finished());
        // Unblocks the writer.
        drop(File::open(&pipe));
        assert!(writer.join().unwrap().is_ok());
    }

    /// Files of /proc have no meaningful size.
    #[cfg(target_os = "linux")]
    #[test]
    fn files_without_a_size_are_bounded_too() {
        let version = Path::new("/proc/version");
        assert!(!read_control_file(version, 4096, false).unwrap().is_empty());
        assert_eq!(read_error(version, 3, false).0, io::ErrorKind::FileTooLarge);
    }
}
