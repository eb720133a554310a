//! What this process runs on: processors and storage.

use std::fs;
use std::io;
use std::num::NonZero;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, FileType, OFlags, StatxFlags};

use super::unix::{bytes_of, open_path, os_str};
use super::{Processors, Storage};

/// How many processors' worth of time the control groups of this process
/// allow it in each period: the smallest limit from its own group up to the
/// highest that can be seen. None if there is none.
fn cpu_quota() -> Option<f64> {
    let groups = fs::read("/proc/self/cgroup").ok()?;
    let mounts = mounts(&fs::read("/proc/self/mountinfo").ok()?);
    smallest_quota(&quota_places(&groups, &mounts), |path| {
        fs::read_to_string(path).ok()
    })
}

/// The processors that there are and that the calling thread may use.
#[must_use]
pub fn processors() -> Processors {
    let usable = std::thread::available_parallelism().map_or(1, NonZero::get);
    // More processors than the set has room for are an error.
    let affinity =
        rustix::thread::sched_getaffinity(None).map_or(usable, |set| set.count() as usize);
    let online = fs::read_to_string("/sys/devices/system/cpu/online")
        .ok()
        .and_then(|list| count_listed(&list))
        .unwrap_or(affinity);
    Processors {
        online,
        affinity,
        quota: cpu_quota(),
        usable,
    }
}

/// How many numbers a list such as `0-3,8` names.
fn count_listed(list: &str) -> Option<usize> {
    let mut count = 0_usize;
    for range in list.trim().split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last) = (first.parse::<usize>().ok()?, last.parse::<usize>().ok()?);
        count = count.checked_add(last.checked_sub(first)?.checked_add(1)?)?;
    }
    Some(count)
}

/// The two generations of control groups. A machine may have both at once,
/// the processors being dealt out by one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Generation {
    One,
    Two,
}

/// The directories that may hold a limit of processor time, from the groups
/// of this process up to the mounts. `groups` is `/proc/self/cgroup`.
fn quota_places(groups: &[u8], mounts: &[Mount]) -> Vec<(Generation, PathBuf)> {
    let mut places = Vec::new();
    for line in groups.split(|&b| b == b'\n') {
        let mut fields = line.splitn(3, |&b| b == b':');
        let (Some(hierarchy), Some(controllers), Some(path)) =
            (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let generation = if hierarchy == b"0" && controllers.is_empty() {
            Generation::Two
        } else if controllers.split(|&b| b == b',').any(|name| name == b"cpu") {
            Generation::One
        } else {
            continue;
        };
        let path = Path::new(os_str(path));
        for (point, below) in visible(generation, path, mounts) {
            let climb = below.ancestors().map(|step| point.join(step));
            places.extend(climb.map(|dir| (generation, dir)));
        }
    }
    places
}

/// Where a group can be seen: mount points and what follows beneath them.
fn visible<'a>(
    generation: Generation,
    path: &'a Path,
    mounts: &'a [Mount],
) -> Vec<(&'a Path, &'a Path)> {
    let nowhere = Path::new("");
    let hierarchy = || {
        mounts.iter().filter(move |mount| match generation {
            Generation::Two => mount.kind == "cgroup2",
            Generation::One => {
                mount.kind == "cgroup" && mount.options.split(',').any(|name| name == "cpu")
            }
        })
    };
    // In a container the path may lead out of what it can see (`/../..`).
    let inside = !path.components().any(|part| part == Component::ParentDir);
    let beneath: Vec<_> = hierarchy()
        .filter_map(|mount| Some((&*mount.point, path.strip_prefix(&mount.root).ok()?)))
        .filter(|_| inside)
        .collect();
    if !beneath.is_empty() {
        return beneath;
    }
    // The path is the host's way of saying it, and what is mounted is the
    // container's own group, which is what counts.
    hierarchy().map(|mount| (&*mount.point, nowhere)).collect()
}

/// The smallest limit that the places tell of, `read` telling what is in a
/// file.
fn smallest_quota(
    places: &[(Generation, PathBuf)],
    read: impl Fn(&Path) -> Option<String>,
) -> Option<f64> {
    let quotas = places.iter().filter_map(|(generation, dir)| {
        let read = |name| read(&dir.join(name));
        match generation {
            Generation::Two => {
                let limit = read("cpu.max")?;
                let (quota, period) = limit.trim().split_once(' ')?;
                ratio(quota, period)
            }
            Generation::One => ratio(&read("cpu.cfs_quota_us")?, &read("cpu.cfs_period_us")?),
        }
    });
    quotas.min_by(f64::total_cmp)
}

/// A limit of time in each period, both in microseconds. `max` and -1 are no
/// limit and no number.
fn ratio(quota: &str, period: &str) -> Option<f64> {
    // 32 bits are more than the kernel takes for either.
    let quota = quota.trim().parse::<u32>().ok()?;
    let period = period.trim().parse::<u32>().ok()?;
    (quota > 0 && period > 0).then(|| f64::from(quota) / f64::from(period))
}

/// A line of `/proc/self/mountinfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mount {
    id: u64,
    /// The number of the file system's device: major, minor.
    device: (u32, u32),
    /// What of the file system is mounted.
    root: PathBuf,
    /// Where.
    point: PathBuf,
    kind: String,
    source: String,
    /// The options of the file system itself.
    options: String,
}

/// The lines that can be understood, in their order.
fn mounts(table: &[u8]) -> Vec<Mount> {
    table.split(|&b| b == b'\n').filter_map(mount).collect()
}

fn mount(line: &[u8]) -> Option<Mount> {
    let fields: Vec<&[u8]> = line.split(|&b| b == b' ').collect();
    let text = |field: &[u8]| String::from_utf8_lossy(&unescaped(field)).into_owned();
    let path = |field: &[u8]| PathBuf::from(os_str(&unescaped(field)));
    // Optional fields, any number of them, end with a dash.
    let dash = fields.iter().skip(6).position(|field| *field == b"-")? + 6;
    let (major, minor) = std::str::from_utf8(fields[2]).ok()?.split_once(':')?;
    Some(Mount {
        id: std::str::from_utf8(fields[0]).ok()?.parse().ok()?,
        device: (major.parse().ok()?, minor.parse().ok()?),
        root: path(fields[3]),
        point: path(fields[4]),
        kind: text(fields.get(dash + 1)?),
        source: text(fields.get(dash + 2)?),
        options: text(fields.get(dash + 3)?),
    })
}

/// Blanks and backslashes come as a backslash and three octal digits.
fn unescaped(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let [first, tail @ ..] = rest {
        rest = tail;
        if let (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', tail @ ..]) =
            (first, tail)
        {
            bytes.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
            rest = tail;
        } else {
            bytes.push(*first);
        }
    }
    bytes
}

/// What a path is stored on. A link at its end is followed. An automatic
/// mount is not set off and counts as remote.
///
/// # Errors
///
/// What the system says of the path. Like any look at it, this may wait for a
/// server that does not answer.
pub fn storage(path: &Path) -> io::Result<Storage> {
    let bytes = bytes_of(path.as_os_str());
    let bytes = if bytes.is_empty() { b"." } else { bytes };
    let fd = open_path(bytes, OFlags::PATH | OFlags::CLOEXEC)?;
    // The mount's number and the device are known without asking a server.
    let known = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
    let mount_id = StatxFlags::from_bits_retain(STATX_MNT_ID);
    let stat = rustix::fs::statx(&fd, c"", known, mount_id)?;
    let device = (stat.stx_dev_major, stat.stx_dev_minor);

    let mounts = mounts(&fs::read("/proc/self/mountinfo").unwrap_or_default());
    let mount = if stat.stx_mask & STATX_MNT_ID == 0 {
        // Kernels before 5.8. Of mounts of one device any will do.
        mounts.iter().find(|mount| mount.device == device)
    } else {
        mounts.iter().find(|mount| mount.id == stat.stx_mnt_id)
    };
    let filesystem = match mount {
        Some(mount) => mount.kind.clone(),
        None => kind_of_magic(rustix::fs::fstatfs(&fd)?.f_type as u32),
    };
    let source = mount.map(|mount| mount.source.as_str());
    let source = source.filter(|source| source.starts_with("/dev/"));
    // File systems on several devices or none number themselves with a major
    // of 0; some of them are mounted by the name of a device.
    let device = match device {
        (0, _) => source.and_then(number_of),
        device => Some(device),
    };
    let block = device.and_then(|device| block_device(Path::new("/sys"), device));
    let (name, rotational) = block.unzip();
    Ok(Storage {
        remote: is_remote(&filesystem),
        filesystem,
        device: name.or_else(|| source.map(|source| source["/dev/".len()..].to_owned())),
        rotational: rotational.flatten(),
    })
}

/// Asks for the number of the mount (`linux/stat.h`).
const STATX_MNT_ID: u32 = 0x1000;

/// The number of a block device, by its path.
fn number_of(device: &str) -> Option<(u32, u32)> {
    let stat = rustix::fs::stat(device).ok()?;
    (FileType::from_raw_mode(stat.st_mode) == FileType::BlockDevice).then(|| {
        (
            rustix::fs::major(stat.st_rdev),
            rustix::fs::minor(stat.st_rdev),
        )
    })
}

/// The name of a block device and whether it is said to rotate. `sys` is
/// where sysfs is.
fn block_device(sys: &Path, (major, minor): (u32, u32)) -> Option<(String, Option<bool>)> {
    let device = sys.join(format!("dev/block/{major}:{minor}"));
    let device = fs::canonicalize(device).ok()?;
    let name = device.file_name()?.to_string_lossy().into_owned();
    // A partition lies in the directory of its disk, which has the queue.
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

/// Whether somebody else must answer before such a file system can be read:
/// another machine, the host of this virtual one, or a program (FUSE).
fn is_remote(filesystem: &str) -> bool {
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

/// The name of a file system by the number that statfs(2) gives it, from
/// `linux/magic.h` and the file systems' own sources.
fn kind_of_magic(magic: u32) -> String {
    let name = match magic {
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
        _ => return format!("{magic:#x}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const V2_MOUNT: &str =
        "30 23 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
    const V1_MOUNT: &str = "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
         34 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n";

    /// The limit where the files are these.
    fn quota(groups: &str, table: &str, files: &[(&str, &str)]) -> Option<f64> {
        let places = quota_places(groups.as_bytes(), &mounts(table.as_bytes()));
        smallest_quota(&places, |path| {
            let file = files.iter().find(|(name, _)| Path::new(name) == path);
            file.map(|(_, text)| (*text).to_owned())
        })
    }

    #[test]
    fn the_second_generation_tells_its_quota() {
        let own = "/sys/fs/cgroup/a/b/cpu.max";
        let parent = "/sys/fs/cgroup/a/cpu.max";
        let top = "/sys/fs/cgroup/cpu.max";
        let table: [(&[(&str, &str)], _); 10] = [
            (&[], None),
            (&[(own, "max 100000\n")], None),
            (&[(own, "150000 100000\n")], Some(1.5)),
            (
                &[(own, "max 100000\n"), (parent, "50000 100000\n")],
                Some(0.5),
            ),
            // The smallest counts, wherever it is.
            (
                &[(own, "200000 100000\n"), (parent, "400000 100000\n")],
                Some(2.0),
            ),
            (
                &[(own, "400000 100000\n"), (top, "30000 10000\n")],
                Some(3.0),
            ),
            (&[("/sys/fs/cgroup/a/b/c/cpu.max", "1000 100000\n")], None),
            (&[("/sys/fs/cpu.max", "1000 100000\n")], None),
            (&[(own, "100000 0\n")], None),
            (&[(own, "nonsense\n")], None),
        ];
        for (files, expected) in table {
            assert_eq!(quota("0::/a/b\n", V2_MOUNT, files), expected, "{files:?}");
        }
    }

    #[test]
    fn the_first_generation_tells_its_quota() {
        let groups = "4:memory:/m\n3:cpuset:/s\n2:cpu,cpuacct:/a/b\n1:name=systemd:/a\n";
        let dir = "/sys/fs/cgroup/cpu,cpuacct";
        let (quota_own, period_own) = (
            format!("{dir}/a/b/cpu.cfs_quota_us"),
            format!("{dir}/a/b/cpu.cfs_period_us"),
        );
        let (quota_top, period_top) = (
            format!("{dir}/cpu.cfs_quota_us"),
            format!("{dir}/cpu.cfs_period_us"),
        );
        let table: [(&[(&str, &str)], _); 4] = [
            (&[(&quota_own, "-1\n"), (&period_own, "100000\n")], None),
            (
                &[(&quota_own, "250000\n"), (&period_own, "100000\n")],
                Some(2.5),
            ),
            (&[(&quota_own, "250000\n")], None),
            (
                &[
                    (&quota_own, "250000\n"),
                    (&period_own, "100000\n"),
                    (&quota_top, "50000\n"),
                    (&period_top, "25000\n"),
                ],
                Some(2.0),
            ),
        ];
        for (files, expected) in table {
            assert_eq!(quota(groups, V1_MOUNT, files), expected, "{files:?}");
        }
        // The files of other controllers are no business of this one.
        let other = [
            ("/sys/fs/cgroup/cpuset/s/cpu.cfs_quota_us", "1000"),
            ("/sys/fs/cgroup/cpuset/s/cpu.cfs_period_us", "100000"),
        ];
        assert_eq!(quota(groups, V1_MOUNT, &other), None);
    }

    #[test]
    fn both_generations_at_once_are_both_asked() {
        let groups = "2:cpu,cpuacct:/x\n0::/y\n";
        let table =
            format!("{V1_MOUNT}41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
        let first = [
            ("/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", "300000"),
            ("/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us", "100000"),
        ];
        assert_eq!(quota(groups, &table, &first), Some(3.0));
        let second = ("/sys/fs/cgroup/unified/y/cpu.max", "100000 100000");
        assert_eq!(
            quota(groups, &table, &[first[0], first[1], second]),
            Some(1.0)
        );
    }

    #[test]
    fn a_container_sees_its_group_where_it_is_mounted() {
        // The group's own directory is what is mounted.
        let table = "30 23 0:26 /box/7 /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n";
        let top = [("/sys/fs/cgroup/cpu.max", "70000 100000")];
        let sub = [("/sys/fs/cgroup/sub/cpu.max", "60000 100000")];
        assert_eq!(quota("0::/box/7\n", table, &top), Some(0.7));
        assert_eq!(quota("0::/box/7/sub\n", table, &sub), Some(0.6));
        // The path is not to be seen: another one is mounted, or the path
        // leads out.
        for groups in ["0::/\n", "0::/box/77\n", "0::/../../elsewhere\n"] {
            assert_eq!(quota(groups, table, &top), Some(0.7), "{groups}");
        }
        assert_eq!(quota("0::/../sub\n", V2_MOUNT, &sub), None);
        // A mount that shows the path is preferred to one that does not.
        let other = "31 23 0:26 /other /mnt rw - cgroup2 cgroup2 rw\n";
        let both = format!("{table}{other}");
        let strange = [("/mnt/cpu.max", "10000 100000"), top[0]];
        assert_eq!(quota("0::/box/7\n", &both, &strange), Some(0.7));
        // Not mounted at all.
        assert_eq!(quota("0::/box/7\n", "", &top), None);
        assert_eq!(quota("", table, &top), None);
    }

    #[test]
    fn the_mount_table_is_read_with_its_oddities() {
        let table = b"36 35 98:0 /a\\040b /mnt/x\\011\\134y rw shared:1 master:2 - fuse.sshfs me@far:/ rw\n\
                      37 35 0:5 / /z rw -  none\n\
                      no mount\n\
                      38 35 0:6 / /w rw - tmpfs  rw,size=1k\n";
        let mounts = mounts(table);
        let kinds: Vec<&str> = mounts.iter().map(|mount| &*mount.kind).collect();
        assert_eq!(kinds, ["fuse.sshfs", "tmpfs"]);
        assert_eq!(mounts[0].id, 36);
        assert_eq!(mounts[0].device, (98, 0));
        assert_eq!(mounts[0].root, Path::new("/a b"));
        assert_eq!(mounts[0].point, Path::new("/mnt/x\t\\y"));
        assert_eq!(mounts[0].source, "me@far:/");
        // A source may be empty.
        assert_eq!(
            (&*mounts[1].source, &*mounts[1].options),
            ("", "rw,size=1k")
        );
        assert_eq!(unescaped(b"\\04"), b"\\04");
        assert_eq!(unescaped(b"\\777"), b"\\777");
    }

    #[test]
    fn processors_are_counted() {
        let table = [
            ("0\n", Some(1)),
            ("0-1\n", Some(2)),
            ("0-3,8,10-11\n", Some(7)),
            ("", None),
            ("3-1", None),
            ("0-18446744073709551615", None),
        ];
        for (list, count) in table {
            assert_eq!(count_listed(list), count, "{list}");
        }
        let processors = processors();
        assert!(processors.affinity >= 1 && processors.affinity <= processors.online);
        assert!(processors.usable >= 1 && processors.usable <= processors.affinity);
        if processors.quota.is_none() {
            assert_eq!(processors.usable, processors.affinity);
        }
    }

    #[test]
    fn a_thread_that_is_bound_to_one_processor_knows() {
        let processors = std::thread::spawn(|| {
            let all = rustix::thread::sched_getaffinity(None).unwrap();
            let mut one = rustix::thread::CpuSet::new();
            one.set((0..1024).find(|&cpu| all.is_set(cpu)).unwrap());
            rustix::thread::sched_setaffinity(None, &one).unwrap();
            processors()
        });
        let processors = processors.join().unwrap();
        assert_eq!((processors.affinity, processors.usable), (1, 1));
    }

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
    fn a_partition_rotates_as_its_disk_does() {
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
    fn some_file_systems_need_an_answer_from_elsewhere() {
        for remote in [
            "nfs4",
            "cifs",
            "fuse",
            "fuse.sshfs",
            "fuseblk",
            "9p",
            "virtiofs",
        ] {
            assert!(is_remote(remote), "{remote}");
        }
        for local in ["ext4", "tmpfs", "fusectl", "nfsd", "overlay", "", "0x1234"] {
            assert!(!is_remote(local), "{local}");
        }
    }

    #[test]
    fn numbers_of_file_systems_have_names() {
        let statfs = |path| kind_of_magic(rustix::fs::statfs(path).unwrap().f_type as u32);
        assert_eq!(statfs("/proc"), "proc");
        assert_eq!(kind_of_magic(0xef53), "ext");
        assert_eq!(kind_of_magic(0xff53_4d42), "cifs");
        assert_eq!(kind_of_magic(0x1234_5678), "0x12345678");
    }
}
