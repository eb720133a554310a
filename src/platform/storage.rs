//! Detection of the storage of files: file system and block device.

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, OFlags, StatxAttributes, StatxFlags, major, minor};

use rustix::io::Errno;

use super::Storage;
use super::mounts::mounts;
use super::opening::open_path;
use super::unix::bytes_of;

/// Describes the storage of a path. A symbolic link at its end is followed. An
/// automount is not triggered and counts as remote.
///
/// # Errors
///
/// The system's error for the path. Like any access to it, this may block on a
/// server that does not respond.
pub(crate) fn storage(path: &Path) -> io::Result<Storage> {
    let fd = open(path)?;
    // The mount ID and the device are known without a request to a server.
    let known = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
    let mount_id = StatxFlags::from_bits_retain(STATX_MNT_ID);
    let (device, mount_id) = match rustix::fs::statx(&fd, c"", known, mount_id) {
        Ok(stat) => {
            let id = (stat.stx_mask & STATX_MNT_ID != 0).then_some(stat.stx_mnt_id);
            ((stat.stx_dev_major, stat.stx_dev_minor), id)
        }
        // Kernels before 4.11, and sandboxes that do not know the call.
        Err(Errno::NOSYS | Errno::PERM) => {
            let device = rustix::fs::fstat(&fd)?.st_dev;
            ((major(device), minor(device)), None)
        }
        Err(error) => return Err(error.into()),
    };

    let mounts = mounts(&fs::read("/proc/self/mountinfo").unwrap_or_default());
    let mount = mounts.iter().find(|mount| match mount_id {
        Some(id) => mount.id == id,
        // Kernels before 5.8. Any mount of the device is suitable.
        None => mount.device == device,
    });
    let filesystem = match mount {
        Some(mount) => mount.kind.clone(),
        None => name_or_hex(rustix::fs::fstatfs(&fd)?.f_type as u32),
    };
    let source = mount.map(|mount| mount.source.as_str());
    let source = source.filter(|source| source.starts_with("/dev/"));
    // File systems on several devices or none have device numbers with a major
    // of 0; some of them are mounted by the name of a device.
    let device = match device {
        (0, _) => source.and_then(device_number),
        device => Some(device),
    };
    let block = device.and_then(|device| block_device(Path::new("/sys"), device));
    let (name, rotational) = block.unzip();
    Ok(Storage {
        remote: is_remote_type(&filesystem),
        filesystem,
        device: name.or_else(|| source.map(|source| source["/dev/".len()..].to_owned())),
        rotational: rotational.flatten(),
    })
}

/// Returns true if reads of a path depend on another machine or a program, like
/// [`Storage::remote`]. Returns false if unknown.
///
/// Nearly always the file system's magic number is enough. Reading the mount
/// table and querying devices takes ten times as long, a tenth of a small scan.
#[must_use]
pub(crate) fn is_remote(path: &Path) -> bool {
    match open(path).and_then(|fd| Ok(file_system(&fd)?)) {
        Ok(Some(name)) if !is_remote_type(name) => false,
        // Also where the program behind a FUSE mount is gone.
        _ => storage(path).is_ok_and(|storage| storage.remote),
    }
}

/// Returns true if only this machine controls the file system of an open file:
/// its kernel enforces permissions and assigns inode numbers. Returns false if
/// unknown.
pub(super) fn is_local(fd: impl AsFd) -> bool {
    file_system(fd).is_ok_and(|name| name.is_some_and(|name| !is_remote_type(name)))
}

/// The name of the file system of an open file, if its magic number (statfs(2))
/// is known.
///
/// The file system reports the number, and 9p passes on that of its server: the
/// number of the file system that the server has its files on (`v9fs_statfs` in
/// `fs/9p/vfs_super.c`). A file system that supports immutable files is no
/// such client; where that is unknown, the mount table decides.
pub(super) fn file_system(fd: impl AsFd) -> Result<Option<&'static str>, Errno> {
    let magic = rustix::fs::fstatfs(&fd)?.f_type as u32;
    // Remote file systems get no further request.
    let known = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
    let stat = || rustix::fs::statx(&fd, c"", known, StatxFlags::TYPE);
    let has_own = || {
        let immutable = StatxAttributes::IMMUTABLE;
        stat().is_ok_and(|stat| stat.stx_attributes_mask.contains(immutable))
    };
    Ok(name_of(magic, has_own, || {
        let device = match stat() {
            Ok(stat) => (stat.stx_dev_major, stat.stx_dev_minor),
            Err(_) => {
                let device = rustix::fs::fstat(&fd).ok()?.st_dev;
                (major(device), minor(device))
            }
        };
        let table = mounts(&fs::read("/proc/self/mountinfo").ok()?);
        let mount = table.into_iter().find(|mount| mount.device == device)?;
        Some(mount.kind)
    }))
}

/// Returns true if the overlay of an open directory is mounted `volatile`, or if
/// its options are not known.
pub(super) fn is_volatile(fd: impl AsFd) -> bool {
    let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
    let wanted = StatxFlags::from_bits_retain(STATX_MNT_ID);
    let Ok(stat) = rustix::fs::statx(fd, c"", flags, wanted) else {
        return true;
    };
    let device = (stat.stx_dev_major, stat.stx_dev_minor);
    let has_id = stat.stx_mask & STATX_MNT_ID != 0;
    let table = mounts(&fs::read("/proc/self/mountinfo").unwrap_or_default());
    let mount = table.iter().find(|mount| match has_id {
        true => mount.id == stat.stx_mnt_id,
        false => mount.device == device,
    });
    let is_volatile = |option: &str| matches!(option, "volatile" | "fsync=volatile");
    mount.is_none_or(|mount| mount.options.split(',').any(is_volatile))
}

/// The name of a file system by its magic number. Unless the number is known to
/// be its own, the type of the mount decides, and there is no name if that is
/// unknown.
fn name_of(
    magic: u32,
    has_own: impl FnOnce() -> bool,
    mounted_as: impl FnOnce() -> Option<String>,
) -> Option<&'static str> {
    let name = name_of_magic(magic)?;
    if is_remote_type(name) || has_own() {
        return Some(name);
    }
    match mounted_as()?.as_str() {
        "9p" => Some("9p"),
        _ => Some(name),
    }
}

/// Opens an `O_PATH` descriptor.
fn open(path: &Path) -> io::Result<OwnedFd> {
    let bytes = bytes_of(path.as_os_str());
    let bytes = if bytes.is_empty() { b"." } else { bytes };
    Ok(open_path(bytes, OFlags::PATH | OFlags::CLOEXEC)?)
}

/// Requests the mount ID (`linux/stat.h`).
pub(super) const STATX_MNT_ID: u32 = 0x1000;

/// The device number of a block device, by its path.
fn device_number(device: &str) -> Option<(u32, u32)> {
    let stat = rustix::fs::stat(device).ok()?;
    (FileType::from_raw_mode(stat.st_mode) == FileType::BlockDevice)
        .then(|| (major(stat.st_rdev), minor(stat.st_rdev)))
}

/// The name of a block device and its rotational flag. `sys` is the mount point
/// of sysfs.
fn block_device(sys: &Path, (major, minor): (u32, u32)) -> Option<(String, Option<bool>)> {
    let device = sys.join(format!("dev/block/{major}:{minor}"));
    let device = fs::canonicalize(device).ok()?;
    let name = device.file_name()?.to_string_lossy().into_owned();
    // A partition is in the directory of its disk, which contains the queue.
    let disk = if device.join("partition").exists() {
        device.parent()?
    } else {
        &device
    };
    let flag = fs::read_to_string(disk.join("queue/rotational")).ok();
    let rotational = flag.and_then(|flag| match flag.trim() {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    });
    Some((name, rotational))
}

/// Returns true if reads of such a file system depend on another machine, the
/// host of this virtual one, or a program (FUSE).
fn is_remote_type(filesystem: &str) -> bool {
    const REMOTE: [&str; 26] = [
        "9p", "acfs", "afs", // What it will mount is not known yet.
        "autofs", "beegfs", "ceph", "cifs", "coda", "fuse", "fuseblk",
        // These two are on local disks, and lock through a network.
        "gfs2", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "prl_fs", "pvfs2",
        "smb2", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs",
    ];
    let family = filesystem.split('.').next().unwrap_or(filesystem);
    REMOTE.contains(&family)
}

/// The name of a file system by its magic number in statfs(2), from
/// `linux/magic.h` and the file systems' own sources.
fn name_of_magic(magic: u32) -> Option<&'static str> {
    Some(match magic {
        0x0000_ef53 => "ext",
        0x5846_5342 => "xfs",
        0x9123_683e => "btrfs",
        0xf2f5_2010 => "f2fs",
        0xca45_1a4e => "bcachefs",
        0x2fc1_2fc1 => "zfs",
        0x5265_4973 => "reiserfs",
        0x3153_464a => "jfs",
        0x0000_3434 => "nilfs",
        0x0102_1994 => "tmpfs",
        0x8584_58f6 => "ramfs",
        0x794c_7630 => "overlay",
        0x0000_f15f => "ecryptfs",
        0x6173_636d => "autofs",
        0x2011_bab0 => "exfat",
        0x0000_4d44 => "vfat",
        0x5346_544e => "ntfs",
        0x7366_746e => "ntfs3",
        0x0000_4244 => "hfs",
        0x0000_482b => "hfsplus",
        0x0000_9660 => "iso9660",
        0x1501_3346 => "udf",
        0x7371_7368 => "squashfs",
        0xe0f5_e1e2 => "erofs",
        0x28cd_3d45 => "cramfs",
        0x0000_6969 => "nfs",
        0xff53_4d42 => "cifs",
        0xfe53_4d42 => "smb2",
        0x0000_517b => "smbfs",
        0x0000_564c => "ncpfs",
        0x0102_1997 => "9p",
        // virtiofs has the number of FUSE, and is as remote.
        0x6573_5546 => "fuse",
        0x00c3_6400 => "ceph",
        0x5346_414f | 0x6b41_4653 => "afs",
        0x7375_7245 => "coda",
        0x0bd0_0bd0 => "lustre",
        0x4750_4653 => "gpfs",
        0x1983_0326 => "beegfs",
        0x2003_0528 => "orangefs",
        0x0116_1970 => "gfs2",
        0x7461_636f => "ocfs2",
        0x786f_4256 => "vboxsf",
        0x0000_9fa0 => "proc",
        0x6265_6572 => "sysfs",
        _ => return None,
    })
}

/// The name of a file system, or its magic number in hex.
fn name_or_hex(magic: u32) -> String {
    name_of_magic(magic).map_or_else(|| format!("{magic:#x}"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_is_named_as_the_mount_table_does() {
        let proc = storage(Path::new("/proc/self/status")).unwrap();
        let expected = Storage {
            filesystem: "proc".to_owned(),
            remote: false,
            device: None,
            rotational: None,
        };
        assert_eq!(proc, expected);
        let here = storage(Path::new("")).unwrap();
        assert_eq!(here, storage(&std::env::current_dir().unwrap()).unwrap());
        let missing = storage(Path::new("/no such file")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn is_remote_agrees_with_storage() {
        let table = fs::read("/proc/self/mountinfo").unwrap();
        for mount in mounts(&table) {
            let remote = storage(&mount.point).is_ok_and(|storage| storage.remote);
            assert_eq!(is_remote(&mount.point), remote, "{:?}", mount.point);
        }
        assert!(!is_remote(Path::new("/no such file")));
    }

    #[test]
    fn a_partition_has_the_rotational_flag_of_its_disk() {
        use std::os::unix::fs::symlink;
        let sys = tempfile::tempdir().unwrap();
        let sys = sys.path();
        let disk = sys.join("devices/pci/block/sda");
        fs::create_dir_all(disk.join("queue")).unwrap();
        fs::create_dir_all(disk.join("sda1")).unwrap();
        fs::create_dir_all(sys.join("dev/block")).unwrap();
        fs::write(disk.join("queue/rotational"), "1\n").unwrap();
        fs::write(disk.join("sda1/partition"), "1\n").unwrap();
        symlink(&disk, sys.join("dev/block/8:0")).unwrap();
        symlink(disk.join("sda1"), sys.join("dev/block/8:1")).unwrap();
        let device = |minor| block_device(sys, (8, minor));
        assert_eq!(device(0), Some(("sda".to_owned(), Some(true))));
        assert_eq!(device(1), Some(("sda1".to_owned(), Some(true))));
        fs::write(disk.join("queue/rotational"), "0\n").unwrap();
        assert_eq!(device(1), Some(("sda1".to_owned(), Some(false))));
        fs::remove_file(disk.join("queue/rotational")).unwrap();
        assert_eq!(device(1), Some(("sda1".to_owned(), None)));
        assert_eq!(device(2), None);
    }

    #[test]
    fn remote_types_are_recognised() {
        for remote in [
            "nfs4",
            "cifs",
            "fuse",
            "fuse.sshfs",
            "fuseblk",
            "9p",
            "virtiofs",
        ] {
            assert!(is_remote_type(remote), "{remote}");
        }
        for local in ["ext4", "tmpfs", "fusectl", "nfsd", "overlay", "", "0x1234"] {
            assert!(!is_remote_type(local), "{local}");
        }
    }

    #[test]
    fn a_file_system_that_passes_on_numbers_is_known_by_its_mount() {
        const EXT: u32 = 0xef53;
        let mounted_as = |kind: &'static str| move || Some(kind.to_owned());
        let unasked = || panic!("it is known");
        assert_eq!(name_of(EXT, || true, unasked), Some("ext"));
        assert_eq!(
            name_of(0x6573_5546, || panic!("it may not answer"), unasked),
            Some("fuse")
        );
        assert_eq!(name_of(0x1234_5678, || false, unasked), None);
        assert_eq!(name_of(EXT, || false, mounted_as("9p")), Some("9p"));
        assert_eq!(name_of(EXT, || false, mounted_as("ext4")), Some("ext"));
        assert_eq!(name_of(EXT, || false, || None), None);
    }

    #[test]
    fn what_is_open_is_on_the_file_system_that_its_mount_says() {
        let dir = tempfile::tempdir().unwrap();
        let open = fs::File::open(dir.path()).unwrap();
        let kind = storage(dir.path()).unwrap().filesystem;
        let name = file_system(&open).unwrap();
        match &*kind {
            "ext2" | "ext3" | "ext4" => assert_eq!(name, Some("ext")),
            kind => assert!(name.is_none_or(|name| kind.starts_with(name)), "{kind}"),
        }
        assert_eq!(is_local(&open), name.is_some() && !is_remote_type(&kind));
    }

    #[test]
    fn numbers_of_file_systems_have_names() {
        let statfs = |path| name_or_hex(rustix::fs::statfs(path).unwrap().f_type as u32);
        assert_eq!(statfs("/proc"), "proc");
        assert_eq!(name_or_hex(0xef53), "ext");
        assert_eq!(name_or_hex(0xff53_4d42), "cifs");
        assert_eq!(name_or_hex(0x1234_5678), "0x12345678");
    }
}
