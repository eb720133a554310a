//! Captures the metadata of an open file, and sets each part of it.
//!
//! Everything goes through a descriptor: a name could have been given to
//! another file meanwhile.

use std::fs::{File, FileTimes};
use std::io;
use std::time::{Duration, SystemTime};

pub(crate) use platform::{
    capture_metadata, remove_attribute, set_attribute, set_flags, set_group, set_mode, set_user,
};
#[cfg(unix)]
pub(crate) use platform::{link_attributes, set_link_attributes};

use crate::types::Timestamp;

/// Inode flags that are set only on an empty file.
pub(crate) const NO_COW: u32 = 0x0080_0000;

/// Sets the access and the modification time.
pub(crate) fn set_times(file: &File, accessed: Timestamp, modified: Timestamp) -> io::Result<()> {
    let times = FileTimes::new()
        .set_accessed(system_time(accessed)?)
        .set_modified(system_time(modified)?);
    file.set_times(times)
}

fn system_time(time: Timestamp) -> io::Result<SystemTime> {
    let nanos = Duration::from_nanos(time.as_nanos().unsigned_abs());
    let time = if time.as_nanos() < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(nanos)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(nanos)
    };
    time.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

#[cfg(unix)]
mod platform {
    use std::fs::{File, Permissions};
    use std::io;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use crate::types::{FileMetadata, Timestamp};

    /// The metadata of a file that can be set again. Moves the file's offset.
    ///
    /// # Errors
    ///
    /// The system's error, also for a part that cannot be read: it is not
    /// treated as absent.
    pub(crate) fn capture_metadata(file: &File) -> io::Result<FileMetadata> {
        let found = file.metadata()?;
        let attributes = special::attributes(file)?;
        let flags = special::flags(file)?;
        let layout = special::layout(file, found.size())?;
        Ok(FileMetadata {
            owner: Some((found.uid(), found.gid())),
            mode: found.mode() & 0o7777,
            accessed: Timestamp::new(found.atime(), found.atime_nsec() as u32),
            modified: Timestamp::new(found.mtime(), found.mtime_nsec() as u32),
            flags,
            attributes,
            layout,
        })
    }

    /// Sets the owner.
    pub(crate) fn set_user(file: &File, user: u32) -> io::Result<()> {
        std::os::unix::fs::fchown(file, Some(user), None)
    }

    /// Sets the group.
    pub(crate) fn set_group(file: &File, group: u32) -> io::Result<()> {
        std::os::unix::fs::fchown(file, None, Some(group))
    }

    /// Sets the permission bits.
    pub(crate) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
        file.set_permissions(Permissions::from_mode(mode))
    }

    pub(crate) use special::{
        link_attributes, remove_attribute, set_attribute, set_flags, set_link_attributes,
    };

    #[cfg(target_os = "linux")]
    mod special {
        use std::fs::File;
        use std::io;
        use std::os::fd::{AsRawFd, BorrowedFd};

        use rustix::fs::{
            IFlags, SeekFrom, XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr,
            ioctl_getflags, ioctl_setflags, lgetxattr, llistxattr, lsetxattr,
        };
        use rustix::io::Errno;

        use crate::platform::NO_COW;
        use crate::types::Layout;

        /// Flags that a user can set on a regular file and that tell how it is
        /// used; the others describe how its file system stores it. Immutable
        /// and append-only files are never acted on.
        const SETTABLE: IFlags = IFlags::SYNC
            .union(IFlags::NODUMP)
            .union(IFlags::NOATIME)
            .union(IFlags::COMPRESSED)
            .union(IFlags::JOURNALING)
            .union(IFlags::NOTAIL)
            .union(IFlags::NOCOW);

        /// Files with more stored ranges keep no list of them.
        const MAX_RANGES: usize = 1024;

        /// The size at which the kernel ends a list of names and a value
        /// (`linux/limits.h`).
        const MAX_VALUE: usize = 65536;

        pub(super) fn attributes(file: &File) -> io::Result<Vec<(Vec<u8>, Vec<u8>)>> {
            collect(
                |names| flistxattr(file, rustix::buffer::spare_capacity(names)),
                |name, value| fgetxattr(file, name, rustix::buffer::spare_capacity(value)),
            )
        }

        fn collect(
            list: impl Fn(&mut Vec<u8>) -> Result<usize, Errno>,
            get: impl Fn(&[u8], &mut Vec<u8>) -> Result<usize, Errno>,
        ) -> io::Result<Vec<(Vec<u8>, Vec<u8>)>> {
            // Nearly every file has none, or little.
            let mut names = Vec::with_capacity(1024);
            match list(&mut names) {
                Err(Errno::NOTSUP | Errno::NOSYS) => return Ok(Vec::new()),
                Err(Errno::RANGE) => {
                    names.reserve_exact(MAX_VALUE);
                    list(&mut names)?;
                }
                listed => _ = listed?,
            }
            let mut attributes = Vec::new();
            let mut value = Vec::new();
            let nonempty = |name: &&[u8]| !name.is_empty();
            for name in names.split(|&byte| byte == 0).filter(nonempty) {
                value.clear();
                value.reserve_exact(MAX_VALUE);
                match get(name, &mut value) {
                    // Removed since it was listed.
                    Err(Errno::NODATA) => continue,
                    read => read?,
                };
                attributes.push((name.to_vec(), value.clone()));
            }
            attributes.sort_unstable();
            Ok(attributes)
        }

        /// The path of a name in an open directory. A symbolic link cannot be opened, and
        /// calls for attributes take no directory.
        fn path_in(dir: BorrowedFd<'_>, name: &[u8]) -> Vec<u8> {
            let mut path = format!("/proc/self/fd/{}/", dir.as_raw_fd()).into_bytes();
            path.extend_from_slice(name);
            path
        }

        /// The extended attributes of a symbolic link itself.
        pub(crate) fn link_attributes(
            dir: BorrowedFd<'_>,
            name: &[u8],
        ) -> io::Result<Vec<(Vec<u8>, Vec<u8>)>> {
            let path = path_in(dir, name);
            collect(
                |names| llistxattr(&*path, rustix::buffer::spare_capacity(names)),
                |name, value| lgetxattr(&*path, name, rustix::buffer::spare_capacity(value)),
            )
        }

        /// Gives a symbolic link itself the extended attributes that it lacks.
        pub(crate) fn set_link_attributes(
            dir: BorrowedFd<'_>,
            name: &[u8],
            wanted: &[(Vec<u8>, Vec<u8>)],
        ) -> io::Result<()> {
            if wanted.is_empty() {
                return Ok(());
            }
            let found = link_attributes(dir, name)?;
            let path = path_in(dir, name);
            for attribute in wanted.iter().filter(|wanted| !found.contains(wanted)) {
                lsetxattr(&*path, &*attribute.0, &attribute.1, XattrFlags::empty())?;
            }
            Ok(())
        }

        pub(super) fn flags(file: &File) -> io::Result<u32> {
            match ioctl_getflags(file) {
                Ok(flags) => Ok(flags.intersection(SETTABLE).bits()),
                // File systems without such flags (tmpfs before 6.6, FUSE,
                // overlay on top of one).
                Err(Errno::NOTTY | Errno::NOTSUP | Errno::NOSYS | Errno::INVAL) => Ok(0),
                Err(error) => Err(error.into()),
            }
        }

        pub(super) fn layout(file: &File, size: u64) -> io::Result<Layout> {
            let mut ranges = Vec::new();
            let mut at = 0;
            while at < size {
                let start = match rustix::fs::seek(file, SeekFrom::Data(at)) {
                    Ok(start) => start,
                    // Only a hole is left.
                    Err(Errno::NXIO) => break,
                    Err(Errno::INVAL | Errno::NOTSUP) => return Ok(Layout::Unknown),
                    Err(error) => return Err(error.into()),
                };
                let end = rustix::fs::seek(file, SeekFrom::Hole(start))?.min(size);
                if end <= start || ranges.len() == MAX_RANGES {
                    return Ok(Layout::Unknown);
                }
                ranges.push(start..end);
                at = end;
            }
            let dense = size == 0 || ranges.first() == Some(&(0..size));
            Ok(if dense {
                Layout::Dense
            } else {
                Layout::Sparse(ranges)
            })
        }

        /// Sets an extended attribute.
        pub(crate) fn set_attribute(file: &File, name: &[u8], value: &[u8]) -> io::Result<()> {
            Ok(fsetxattr(file, name, value, XattrFlags::empty())?)
        }

        /// Removes an extended attribute, if it is there.
        pub(crate) fn remove_attribute(file: &File, name: &[u8]) -> io::Result<()> {
            match fremovexattr(file, name) {
                Err(Errno::NODATA) => Ok(()),
                removed => Ok(removed?),
            }
        }

        /// Sets the inode flags that a user can set; the others stay. A file
        /// that holds bytes keeps its copy-on-write flag.
        pub(crate) fn set_flags(file: &File, flags: u32) -> io::Result<()> {
            let current = ioctl_getflags(file)?;
            let wanted = IFlags::from_bits_retain(flags).intersection(SETTABLE);
            let mut next = current.difference(SETTABLE).union(wanted);
            let no_cow = IFlags::from_bits_retain(NO_COW);
            if file.metadata()?.len() > 0 {
                next = next.difference(no_cow).union(current.intersection(no_cow));
            }
            if next != current {
                ioctl_setflags(file, next)?;
            }
            Ok(())
        }
    }

    /// Other systems: neither attributes nor flags are captured.
    #[cfg(not(target_os = "linux"))]
    mod special {
        use std::fs::File;
        use std::io;
        use std::os::fd::BorrowedFd;

        use crate::types::Layout;

        /// Not captured.
        pub(crate) fn link_attributes(
            _dir: BorrowedFd<'_>,
            _name: &[u8],
        ) -> io::Result<Vec<(Vec<u8>, Vec<u8>)>> {
            Ok(Vec::new())
        }

        /// None were captured.
        pub(crate) fn set_link_attributes(
            _dir: BorrowedFd<'_>,
            _name: &[u8],
            _wanted: &[(Vec<u8>, Vec<u8>)],
        ) -> io::Result<()> {
            Ok(())
        }

        pub(super) fn attributes(_file: &File) -> io::Result<Vec<(Vec<u8>, Vec<u8>)>> {
            Ok(Vec::new())
        }

        pub(super) fn flags(_file: &File) -> io::Result<u32> {
            Ok(0)
        }

        pub(crate) fn layout(_file: &File, _size: u64) -> io::Result<Layout> {
            Ok(Layout::Unknown)
        }

        /// Not available.
        pub(crate) fn set_attribute(_file: &File, _name: &[u8], _value: &[u8]) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }

        /// Not available.
        pub(crate) fn remove_attribute(_file: &File, _name: &[u8]) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }

        /// Not available.
        pub(crate) fn set_flags(_file: &File, _flags: u32) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }
}

#[cfg(windows)]
mod platform {
    use std::fs::File;
    use std::io;

    use crate::types::{FileMetadata, Layout, Timestamp};

    /// The metadata of a file that can be set again.
    pub(crate) fn capture_metadata(file: &File) -> io::Result<FileMetadata> {
        let found = file.metadata()?;
        Ok(FileMetadata {
            owner: None,
            mode: if found.permissions().readonly() {
                0o444
            } else {
                0o666
            },
            accessed: Timestamp::from(found.accessed()?),
            modified: Timestamp::from(found.modified()?),
            flags: 0,
            attributes: Vec::new(),
            layout: Layout::Unknown,
        })
    }

    /// Not available.
    pub(crate) fn set_user(_file: &File, _user: u32) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Not available.
    pub(crate) fn set_group(_file: &File, _group: u32) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Makes a file read-only or writable.
    pub(crate) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
        let mut permissions = file.metadata()?.permissions();
        permissions.set_readonly(mode & 0o222 == 0);
        file.set_permissions(permissions)
    }

    /// Not available.
    pub(crate) fn set_attribute(_file: &File, _name: &[u8], _value: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Not available.
    pub(crate) fn remove_attribute(_file: &File, _name: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Not available.
    pub(crate) fn set_flags(_file: &File, _flags: u32) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
