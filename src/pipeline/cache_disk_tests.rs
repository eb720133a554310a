//! Scans with a cache on file systems that are made, copied and mounted for it.

use std::fs::{self, File, FileTimes};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cache_tests::{Bench, names};
use crate::config::CacheRule;
use crate::platform::subprocess::{is_rerun, rerun};

/// Runs the test of this name where mounts are seen by its process alone, with a
/// directory for them.
fn with_mounts(test: &str, run: impl FnOnce(&Disks)) {
    const DIR: &str = "NODUPE_TEST_DISK";
    if is_rerun() {
        let dir = PathBuf::from(std::env::var_os(DIR).unwrap());
        return run(&Disks { dir });
    }
    let dir = tempfile::tempdir().unwrap();
    let (image, mount) = (dir.path().join("probe"), dir.path().join("mnt"));
    fs::create_dir_all(&mount).unwrap();
    File::create(&image).unwrap().set_len(8 << 20).unwrap();
    let probe = "mkfs.ext4 -q \"$0\" && mount -o loop \"$0\" \"$1\"";
    let probe = Command::new("unshare")
        .args(["-m", "sh", "-ec", probe])
        .args([&image, &mount])
        .output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        eprintln!("skipped: no file system can be made and mounted");
        return;
    }
    let again = rerun(test);
    let mut command = Command::new("unshare");
    command
        .arg("-m")
        .arg(std::env::current_exe().unwrap())
        .args(again.get_args());
    for (name, value) in again.get_envs() {
        command.env(name, value.unwrap());
    }
    let output = command.env(DIR, dir.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

struct Disks {
    dir: PathBuf,
}

impl Disks {
    /// The scanned directory, with the mount points.
    fn mounts(&self) -> PathBuf {
        self.dir.join("mnt")
    }

    fn mount_point(&self, name: &str) -> PathBuf {
        self.mounts().join(name)
    }

    fn image(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Makes a file system in an image, or says that it cannot.
    fn make(&self, name: &str, size: u64, make: &str) -> bool {
        File::create(self.image(name))
            .unwrap()
            .set_len(size)
            .unwrap();
        let made = does(&format!("{make} \"$0\""), &[&self.image(name)]);
        if !made {
            eprintln!("skipped: {make} does not work");
        }
        made
    }

    fn mount(&self, image: &str, at: &str) -> PathBuf {
        let point = self.mount_point(at);
        fs::create_dir_all(&point).unwrap();
        assert!(does(
            "mount -o loop \"$0\" \"$1\"",
            &[&self.image(image), &point]
        ));
        point
    }

    fn unmount(&self, at: &str) {
        assert!(does("umount \"$0\"", &[&self.mount_point(at)]));
    }
}

fn does(script: &str, paths: &[&Path]) -> bool {
    let mut command = Command::new("sh");
    let output = command.args(["-ec", script]).args(paths).output().unwrap();
    if !output.status.success() {
        eprintln!("{script}: {}", String::from_utf8_lossy(&output.stderr));
    }
    output.status.success()
}

/// Bytes that occur nowhere else in a file system.
fn content() -> Vec<u8> {
    b"found in no other place \x07\x01".repeat(100)
}

/// Changes the last file of this content in an image, behind the back of its
/// file system: all times stay.
fn change_in_image(image: &Path) {
    let bytes = fs::read(image).unwrap();
    let wanted = content();
    let last = bytes.windows(wanted.len()).rposition(|part| part == wanted);
    let file = File::options().write(true).open(image).unwrap();
    file.write_at(b"F", last.unwrap() as u64).unwrap();
}

#[test]
fn a_disk_is_known_wherever_it_is_mounted_and_its_copy_is_another_one() {
    let test = "pipeline::cache_disk_tests::\
                a_disk_is_known_wherever_it_is_mounted_and_its_copy_is_another_one";
    with_mounts(test, |disks| {
        let Some(bench) = Bench::new() else { return };
        assert!(disks.make("one", 8 << 20, "mkfs.ext4 -q"));
        let point = disks.mount("one", "x");
        for name in ["a", "b"] {
            fs::write(point.join(name), content()).unwrap();
        }
        let (groups, summary) = bench.scan_of(&point);
        assert_eq!((names(&groups).len(), summary.stored), (1, 2));
        disks.unmount("x");
        let point = disks.mount("one", "elsewhere");
        let (groups, summary) = bench.scan_of(&point);
        assert_eq!((names(&groups), summary.files), (vec![vec!["a", "b"]], 2));
        disks.unmount("elsewhere");
        // A copy of the disk, on which one file became another.
        fs::copy(disks.image("one"), disks.image("two")).unwrap();
        change_in_image(&disks.image("two"));
        disks.mount("one", "one");
        disks.mount("two", "two");
        let all = || {
            let (groups, summary) = bench.scan_of(&disks.mounts());
            (groups.first().map(|group| group.0.len()), summary)
        };
        let (count, summary) = all();
        assert_eq!((count, summary.files), (Some(3), 0), "{summary:?}");
        assert!(summary.notes[0].contains("the same UUID"), "{summary:?}");
        disks.unmount("two");
        // Alone it is known again.
        bench.scan_of(&disks.mount_point("one"));
        let bench = bench.without(&[CacheRule::OneDevice]);
        disks.mount("two", "two");
        let (groups, _) = bench.scan_of(&disks.mounts());
        assert_eq!(groups[0].0.len(), 4, "the rule does nothing");
        disks.unmount("two");
        // With another UUID it is another disk.
        let change_uuid = "e2fsck -fy \"$0\" >&2 || test $? = 1; tune2fs -U random \"$0\" >&2";
        assert!(does(change_uuid, &[&disks.image("two")]));
        let point = disks.mount("two", "two");
        let bench = bench.without(&[]);
        let (groups, summary) = bench.scan_of(&point);
        assert_eq!((groups.len(), summary.files), (0, 0));
        let other = Bench::new().unwrap().without(&[CacheRule::Volume]);
        other.scan_of(&disks.mount_point("one"));
        let (groups, _) = other.scan_of(&point);
        assert_eq!(groups.len(), 1, "the rule does nothing");
        disks.unmount("one");
        disks.unmount("two");
    });
}

#[test]
fn a_change_within_one_stamp_of_the_clock_is_seen() {
    let test = "pipeline::cache_disk_tests::a_change_within_one_stamp_of_the_clock_is_seen";
    with_mounts(test, |disks| {
        let Some(mut bench) = Bench::new() else {
            return;
        };
        bench.settle_time = None;
        // Such inodes hold whole seconds.
        if !disks.make("disk", 8 << 20, "mkfs.ext4 -q -I 128") {
            return;
        }
        let point = disks.mount("disk", "x");
        let path = point.join("b");
        let groups = |bench: &Bench| {
            for _ in 0..20 {
                fs::write(point.join("a"), b"one").unwrap();
                fs::write(&path, b"one").unwrap();
                bench.scan_of(&point);
                let before = path.metadata().unwrap();
                fs::write(&path, b"two").unwrap();
                let after = path.metadata().unwrap();
                if before.ctime() == after.ctime() {
                    assert_eq!(after.ctime_nsec(), 0);
                    return Some(bench.scan_of(&point).0.len());
                }
            }
            eprintln!("skipped: no scan takes less than a second");
            None
        };
        let found = groups(&bench);
        assert!(found.is_none_or(|found| found == 0));
        let found = groups(&bench.without(&[CacheRule::Settled]));
        assert!(
            found.is_none_or(|found| found == 1),
            "the rule does nothing"
        );
        disks.unmount("x");
    });
}

#[test]
fn the_files_of_a_snapshot_are_others() {
    let test = "pipeline::cache_disk_tests::the_files_of_a_snapshot_are_others";
    with_mounts(test, |disks| {
        if !disks.make("disk", 256 << 20, "mkfs.btrfs -q") {
            return;
        }
        let point = disks.mount("disk", "x");
        let lengths = |bench: &Bench| {
            let (first, second) = (point.join("s"), point.join("t"));
            assert!(does("btrfs subvolume create \"$0\"", &[&first]));
            for name in ["a", "b"] {
                fs::write(first.join(name), content()).unwrap();
            }
            let (_, summary) = bench.scan_of(&point);
            assert_eq!(summary.stored, 2);
            assert!(does(
                "btrfs subvolume snapshot \"$0\" \"$1\"",
                &[&first, &second]
            ));
            let path = second.join("b");
            let modified = path.metadata().unwrap().modified().unwrap();
            let file = File::options().write(true).open(&path).unwrap();
            file.write_at(b"F", 0).unwrap();
            file.set_times(FileTimes::new().set_modified(modified))
                .unwrap();
            let (groups, summary) = bench.scan_of(&point);
            let (again, known) = bench.scan_of(&point);
            assert_eq!(again, groups);
            assert!(does(
                "btrfs subvolume delete \"$0\" \"$1\"",
                &[&first, &second]
            ));
            (groups[0].0.len(), summary.files, known.files)
        };
        let Some(bench) = Bench::new() else { return };
        assert_eq!(lengths(&bench), (3, 2, 4));
        let without = [CacheRule::Volume, CacheRule::Generation, CacheRule::Changed];
        let bench = Bench::new().unwrap().without(Box::leak(Box::new(without)));
        assert_eq!(lengths(&bench).0, 4, "the rules do nothing");
        disks.unmount("x");
    });
}

#[test]
fn xfs_is_cached_and_tmpfs_is_not() {
    let test = "pipeline::cache_disk_tests::xfs_is_cached_and_tmpfs_is_not";
    with_mounts(test, |disks| {
        let Some(bench) = Bench::new() else { return };
        let served = |point: &Path| {
            for name in ["a", "b"] {
                fs::write(point.join(name), content()).unwrap();
            }
            bench.scan_of(point);
            let (groups, summary) = bench.scan_of(point);
            assert_eq!(groups.len(), 1);
            summary.files
        };
        if disks.make("disk", 320 << 20, "mkfs.xfs -q") {
            let point = disks.mount("disk", "x");
            assert_eq!(served(&point), 2);
            disks.unmount("x");
        }
        let point = disks.mount_point("t");
        fs::create_dir_all(&point).unwrap();
        if does("mount -t tmpfs none \"$0\"", &[&point]) {
            assert_eq!(served(&point), 0);
            disks.unmount("t");
        }
    });
}
