//! The number of processors that this process may use.

use std::fs;
use std::num::NonZero;
use std::path::{Component, Path, PathBuf};

use super::Processors;
use super::mounts::{Mount, mounts};
use super::unix::os_str;

/// The CPU quota of the control groups of this process, in processors: the
/// smallest limit from its own group up to the highest visible one. `None` if
/// there is no limit.
fn cpu_quota() -> Option<f64> {
    let groups = fs::read("/proc/self/cgroup").ok()?;
    let mounts = mounts(&fs::read("/proc/self/mountinfo").ok()?);
    smallest_quota(&quota_dirs(&groups, &mounts), |path| {
        fs::read_to_string(path).ok()
    })
}

/// Counts the processors of the machine and those that the calling thread may
/// use.
#[must_use]
pub(crate) fn processors() -> Processors {
    let usable = std::thread::available_parallelism().map_or(1, NonZero::get);
    // It fails if there are more processors than the set can hold.
    let affinity =
        rustix::thread::sched_getaffinity(None).map_or(usable, |set| set.count() as usize);
    let online = fs::read_to_string("/sys/devices/system/cpu/online")
        .ok()
        .and_then(|list| count_in_list(&list))
        .unwrap_or(affinity);
    Processors {
        online,
        affinity,
        quota: cpu_quota(),
        usable,
    }
}

/// Counts the numbers in a list such as `0-3,8`.
fn count_in_list(list: &str) -> Option<usize> {
    let mut count = 0_usize;
    for range in list.trim().split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last) = (first.parse::<usize>().ok()?, last.parse::<usize>().ok()?);
        count = count.checked_add(last.checked_sub(first)?.checked_add(1)?)?;
    }
    Some(count)
}

/// The two versions of control groups. A machine may have both at once, of
/// which one limits the processors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CgroupVersion {
    One,
    Two,
}

/// The directories that may contain a CPU quota, from the groups of this
/// process up to the mounts. `groups` is `/proc/self/cgroup`.
fn quota_dirs(groups: &[u8], mounts: &[Mount]) -> Vec<(CgroupVersion, PathBuf)> {
    let mut dirs = Vec::new();
    for line in groups.split(|&b| b == b'\n') {
        let mut fields = line.splitn(3, |&b| b == b':');
        let (Some(hierarchy), Some(controllers), Some(path)) =
            (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let version = if hierarchy == b"0" && controllers.is_empty() {
            CgroupVersion::Two
        } else if controllers.split(|&b| b == b',').any(|name| name == b"cpu") {
            CgroupVersion::One
        } else {
            continue;
        };
        let path = Path::new(os_str(path));
        for (point, below) in visible_dirs(version, path, mounts) {
            let climb = below.ancestors().map(|step| point.join(step));
            dirs.extend(climb.map(|dir| (version, dir)));
        }
    }
    dirs
}

/// Visible directories of a group: mount points, and the group's path below
/// each.
fn visible_dirs<'a>(
    version: CgroupVersion,
    path: &'a Path,
    mounts: &'a [Mount],
) -> Vec<(&'a Path, &'a Path)> {
    let nowhere = Path::new("");
    let hierarchy = || {
        mounts.iter().filter(move |mount| match version {
            CgroupVersion::Two => mount.kind == "cgroup2",
            CgroupVersion::One => {
                mount.kind == "cgroup" && mount.options.split(',').any(|name| name == "cpu")
            }
        })
    };
    // In a container the path may lead out of the visible tree (`/../..`).
    let inside = !path.components().any(|part| part == Component::ParentDir);
    let matching: Vec<_> = hierarchy()
        .filter_map(|mount| Some((&*mount.point, path.strip_prefix(&mount.root).ok()?)))
        .filter(|_| inside)
        .collect();
    if !matching.is_empty() {
        return matching;
    }
    // The path is relative to the host's tree, but the mount shows the
    // container's own group, which is the relevant one.
    hierarchy().map(|mount| (&*mount.point, nowhere)).collect()
}

/// The smallest quota in these directories. `read` returns the content of a
/// file.
fn smallest_quota(
    dirs: &[(CgroupVersion, PathBuf)],
    read: impl Fn(&Path) -> Option<String>,
) -> Option<f64> {
    let quotas = dirs.iter().filter_map(|(version, dir)| {
        let read = |name| read(&dir.join(name));
        match version {
            CgroupVersion::Two => {
                let limit = read("cpu.max")?;
                let (quota, period) = limit.trim().split_once(' ')?;
                parse_quota(quota, period)
            }
            CgroupVersion::One => {
                parse_quota(&read("cpu.cfs_quota_us")?, &read("cpu.cfs_period_us")?)
            }
        }
    });
    quotas.min_by(f64::total_cmp)
}

/// A quota divided by its period, both in microseconds. `max` and -1 mean no
/// limit, and do not parse.
fn parse_quota(quota: &str, period: &str) -> Option<f64> {
    // 32 bits exceed the kernel's maximum for either.
    let quota = quota.trim().parse::<u32>().ok()?;
    let period = period.trim().parse::<u32>().ok()?;
    (quota > 0 && period > 0).then(|| f64::from(quota) / f64::from(period))
}

#[cfg(test)]
mod tests {
    use super::*;

    const V2_MOUNT: &str =
        "30 23 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
    const V1_MOUNT: &str = "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
         34 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n";

    /// The quota for these files.
    fn quota(groups: &str, table: &str, files: &[(&str, &str)]) -> Option<f64> {
        let dirs = quota_dirs(groups.as_bytes(), &mounts(table.as_bytes()));
        smallest_quota(&dirs, |path| {
            let file = files.iter().find(|(name, _)| Path::new(name) == path);
            file.map(|(_, text)| (*text).to_owned())
        })
    }

    #[test]
    fn quota_of_cgroup_version_2() {
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
    fn quota_of_cgroup_version_1() {
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
        // The files of other controllers are ignored.
        let other = [
            ("/sys/fs/cgroup/cpuset/s/cpu.cfs_quota_us", "1000"),
            ("/sys/fs/cgroup/cpuset/s/cpu.cfs_period_us", "100000"),
        ];
        assert_eq!(quota(groups, V1_MOUNT, &other), None);
    }

    #[test]
    fn both_cgroup_versions_at_once_are_read() {
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
        // The path is not visible: another one is mounted, or the path leads
        // out.
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
            assert_eq!(count_in_list(list), count, "{list}");
        }
        let processors = processors();
        assert!(processors.affinity >= 1 && processors.affinity <= processors.online);
        assert!(processors.usable >= 1 && processors.usable <= processors.affinity);
        if processors.quota.is_none() {
            assert_eq!(processors.usable, processors.affinity);
        }
    }

    #[test]
    fn affinity_of_a_thread_is_respected() {
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
}
