//! Acts on real file systems: round trips with all metadata, shared blocks.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::dedupe::{DedupeError, Deduped, dedupe};
use super::freed::Freed;
use super::journal::Operation;
use super::undo::Undone;
use super::undo::testing::{World, assert_same, entry, open, undo, write};
use crate::platform::subprocess::{is_rerun, rerun};
use crate::platform::{ContentOps, FileOps, Setting, SystemFiles, stat_file};

/// The directory of the mounted file system, in the process that sees it.
const DISK: &str = "NODUPE_TEST_DISK";

/// Runs the test of this name on a file system of each of these kinds, made
/// in a file and seen by its process alone.
pub(super) fn on_disks(test: &str, kinds: &[(&str, &str)], run: impl FnOnce(&Path, &str)) {
    if is_rerun() {
        let disk = PathBuf::from(std::env::var_os(DISK).unwrap());
        run(&disk, &std::env::var("NODUPE_TEST_KIND").unwrap());
        return;
    }
    for (kind, make) in kinds {
        let dir = tempfile::tempdir().unwrap();
        let (image, mount) = (dir.path().join("image"), dir.path().join("disk"));
        fs::create_dir(&mount).unwrap();
        File::create(&image).unwrap().set_len(512 << 20).unwrap();
        let again = rerun(test);
        let script =
            format!("{make} \"$0\" >&2 && mount -o loop \"$0\" \"$1\" && shift && exec \"$@\"");
        let mut command = Command::new("unshare");
        command
            .args(["-m", "sh", "-ec", &script])
            .args([&image, &mount])
            .arg(std::env::current_exe().unwrap())
            .args(again.get_args())
            .env(DISK, &mount)
            .env("NODUPE_TEST_KIND", kind)
            .stdout(std::process::Stdio::null());
        for (name, value) in again.get_envs() {
            command.env(name, value.unwrap());
        }
        let probe = Command::new("unshare")
            .args([
                "-m",
                "sh",
                "-ec",
                &format!("{make} \"$0\" && mount -o loop \"$0\" \"$1\""),
            ])
            .args([&image, &mount])
            .output();
        if !probe.is_ok_and(|probe| probe.status.success()) {
            eprintln!("skipped: {make}: such a file system cannot be made or mounted");
            continue;
        }
        File::create(&image).unwrap().set_len(512 << 20).unwrap();
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{kind}: {said}");
        // What the test counted.
        said.lines()
            .filter(|line| line.starts_with(kind))
            .for_each(|line| eprintln!("{line}"));
    }
}

pub(super) const ALL: [(&str, &str); 3] = [
    ("ext4", "mkfs.ext4 -q"),
    ("xfs", "mkfs.xfs -q -m reflink=1"),
    ("btrfs", "mkfs.btrfs -q"),
];

/// `system.posix_acl_access`: user::rw- user:1234:r-- group::r-- mask::r-- other::---
const ACL: [u8; 44] = {
    let entries: [(u16, u16, u32); 5] = [
        (0x01, 6, u32::MAX),
        (0x02, 4, 1234),
        (0x04, 4, u32::MAX),
        (0x10, 4, u32::MAX),
        (0x20, 0, u32::MAX),
    ];
    let mut bytes = [0; 44];
    bytes[0] = 2;
    let mut at = 0;
    while at < entries.len() {
        let (tag, permissions, id) = entries[at];
        let (tag, permissions, id) = (
            tag.to_le_bytes(),
            permissions.to_le_bytes(),
            id.to_le_bytes(),
        );
        let start = 4 + at * 8;
        bytes[start] = tag[0];
        bytes[start + 1] = tag[1];
        bytes[start + 2] = permissions[0];
        bytes[start + 3] = permissions[1];
        let mut byte = 0;
        while byte < 4 {
            bytes[start + 4 + byte] = id[byte];
            byte += 1;
        }
        at += 1;
    }
    bytes
};

const MIB: usize = 1 << 20;

/// Content with zeros in it: 1 MiB of bytes, 2 of zeros, 1 of bytes and a bit.
fn content() -> Vec<u8> {
    let mut content = vec![1; MIB];
    content.resize(3 * MIB, 0);
    content.resize(4 * MIB + 77, 2);
    content
}

/// Writes the content with a hole for the zeros.
fn write_sparse(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = File::create(path).unwrap();
    let content = content();
    file.set_len(content.len() as u64).unwrap();
    file.write_all_at(&content[..MIB], 0).unwrap();
    file.write_all_at(&content[3 * MIB..], 3 * MIB as u64)
        .unwrap();
    file.sync_all().unwrap();
}

fn set(path: &Path, settings: &[Setting<'_>]) {
    let file = File::options().write(true).open(path).unwrap();
    for setting in settings {
        SystemFiles.set(&file, *setting).unwrap();
    }
}

#[test]
fn round_trips_keep_all_metadata_on_real_disks() {
    let test = "action::disk_tests::round_trips_keep_all_metadata_on_real_disks";
    on_disks(test, &ALL, |disk, kind| {
        let mut world = World::new(Some(disk));
        // A directory whose list every new file inherits.
        let with_list = world.path("inheriting");
        fs::create_dir_all(&with_list).unwrap();
        let dir = File::open(&with_list).unwrap();
        let list = Setting::Attribute(b"system.posix_acl_default", &ACL);
        SystemFiles.set(&dir, list).unwrap();
        let path = |name: &str| world.path(name);
        write(&path("k/dense"), &content());
        write_sparse(&path("k/sparse"));
        let names = [
            "plain",
            "mode",
            "owner",
            "acl",
            "attributes",
            "inheriting/none",
            "inheriting/acl",
            "capability",
            "flags",
            "empty",
            "times",
        ];
        for name in names {
            write(&path(name), &content());
        }
        write_sparse(&path("sparse"));
        write_sparse(&path("sparse2"));
        write(&path("empty"), b"");
        write(&path("k/empty"), b"");
        let acl = Setting::Attribute(b"system.posix_acl_access", &ACL);
        set(&path("mode"), &[Setting::Mode(0o4751)]);
        set(
            &path("owner"),
            &[
                Setting::User(1234),
                Setting::Group(5678),
                Setting::Mode(0o6755),
            ],
        );
        set(&path("acl"), &[acl]);
        let long = [7; 3000];
        let attributes = [
            Setting::Attribute(b"user.long", &long),
            Setting::Attribute(b"user.empty", b""),
            Setting::Attribute(b"trusted.of-root", b"1"),
            Setting::Attribute(b"security.label", b"x"),
        ];
        set(&path("attributes"), &attributes);
        set(
            &path("inheriting/none"),
            &[
                Setting::NoAttribute(b"system.posix_acl_access"),
                Setting::Mode(0o640),
            ],
        );
        set(&path("inheriting/acl"), &[acl]);
        let capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        set(
            &path("capability"),
            &[Setting::Attribute(b"security.capability", &capability)],
        );
        const NO_DUMP_AND_NO_ATIME: u32 = 0x40 | 0x80;
        set(&path("flags"), &[Setting::Flags(NO_DUMP_AND_NO_ATIME)]);
        for name in names {
            let times = Setting::Times {
                accessed: crate::types::Timestamp::new(1_300_000_001, 123_456_789),
                modified: crate::types::Timestamp::new(-5, 987_654_321),
            };
            if !matches!(name, "plain") {
                set(&path(name), &[times]);
            }
        }
        let removed = |name: &str, keeper: &str| {
            let operation = match name {
                "mode" | "acl" | "owner" => Operation::HardLink,
                _ => Operation::Remove,
            };
            entry(operation, &[&path(name)], &path(keeper), None)
        };
        let mut entries: Vec<_> = names
            .iter()
            .filter(|name| **name != "empty")
            .map(|name| removed(name, "k/dense"))
            .collect();
        entries.push(removed("sparse", "k/dense"));
        entries.push(removed("sparse2", "k/sparse"));
        entries.push(removed("empty", "k/empty"));
        // Dense ones from a keeper with holes.
        write(&path("dense-from-sparse"), &content());
        entries.push(removed("dense-from-sparse", "k/sparse"));
        world.act(&entries);
        let (summary, files) = undo(&SystemFiles, &world.journal, world.run, false).unwrap();
        for (path, file) in &files {
            let Undone::Restored {
                unrestored,
                missing,
            } = file
            else {
                panic!("{path:?} {file:?}");
            };
            assert!(
                unrestored.is_empty() && missing.is_empty(),
                "{path:?} {file:?}"
            );
        }
        assert_eq!(summary.restored, entries.len() as u64);
        assert_same(&world.now_tree(), &world.before, kind);
        // Clones where the disk can: no second copy of the bytes.
        let plain = SystemFiles
            .block_usage(&open(&world.path("plain")))
            .unwrap();
        assert_eq!(plain.shared > 0, kind != "ext4", "{kind} {plain:?}");
    });
}

#[test]
fn files_share_their_blocks_on_real_disks() {
    let test = "action::disk_tests::files_share_their_blocks_on_real_disks";
    on_disks(test, &ALL, |disk, kind| {
        let run = |one: &str, other: &str| {
            let (one, other) = (open(&disk.join(one)), open(&disk.join(other)));
            let (stat, other_stat) = (stat_file(&one).unwrap(), stat_file(&other).unwrap());
            dedupe(&SystemFiles, (&one, &stat), (&other, &other_stat))
        };
        // More than one step, and an end within a block.
        let content: Vec<u8> = (0..5_000_000_u32).flat_map(u32::to_le_bytes).collect();
        let content = &content[..20_000_000 - 3];
        for name in ["a", "b", "c"] {
            write(&disk.join(name), content);
        }
        if kind == "ext4" {
            let refused = run("a", "b").unwrap_err();
            assert!(matches!(refused, DedupeError::Unsupported), "{refused:?}");
            return;
        }
        let usage = |name: &str| SystemFiles.block_usage(&open(&disk.join(name))).unwrap();
        assert_eq!(usage("b").shared, 0);
        let before = disk.join("b").metadata().unwrap();
        let Deduped::Shared { freed } = run("a", "b").unwrap() else {
            panic!("not shared");
        };
        assert!(freed >= content.len() as u64, "{freed}");
        assert_eq!(usage("b").exclusive, 0, "{kind}");
        let after = disk.join("b").metadata().unwrap();
        assert_eq!(fs::read(disk.join("b")).unwrap(), content);
        let times = |stat: &fs::Metadata| (stat.mtime_nsec(), stat.mtime(), stat.ctime_nsec());
        assert_eq!(times(&before), times(&after), "neither time moves");
        assert_eq!(run("a", "b").unwrap(), Deduped::Already);
        // Removing one of two that share their blocks frees nothing.
        let status = SystemFiles.status(&open(&disk.join("b"))).unwrap();
        let freed = Freed::by_removing(status.allocated, 1, 1, Some(usage("b")));
        assert_eq!((freed.bytes, freed.shared), (0, status.allocated), "{kind}");
        // One byte differs, in the second step.
        let file = File::options().write(true).open(disk.join("c")).unwrap();
        file.write_all_at(b"?", 18_000_000).unwrap();
        drop(file);
        let differs = run("a", "c").unwrap_err();
        assert!(
            matches!(differs, DedupeError::Differs { at } if at >= 16 << 20),
            "{differs:?}"
        );
        let mut expected = content.to_vec();
        expected[18_000_000] = b'?';
        assert_eq!(fs::read(disk.join("c")).unwrap(), expected);
        // btrfs keeps small files with their metadata.
        write(&disk.join("small"), &[3; 1000]);
        write(&disk.join("small2"), &[3; 1000]);
        let small = run("small", "small2");
        let expected = if kind == "btrfs" {
            "TooSmall"
        } else {
            "Shared"
        };
        assert!(format!("{small:?}").contains(expected), "{kind} {small:?}");
        write(&disk.join("shorter"), &content[1..]);
        assert!(matches!(run("a", "shorter"), Err(DedupeError::Changed)));
        let immutable = open(&disk.join("c"));
        assert!(set_immutable(&immutable, true));
        write(&disk.join("d"), &fs::read(disk.join("c")).unwrap());
        let refused = run("d", "c").unwrap_err();
        assert!(set_immutable(&immutable, false));
        assert!(matches!(refused, DedupeError::NotPermitted), "{refused:?}");
        if kind == "btrfs" {
            let no_cow = File::create(disk.join("no-cow")).unwrap();
            SystemFiles
                .set(&no_cow, Setting::Flags(crate::platform::NO_COW))
                .unwrap();
            no_cow.write_all_at(content, 0).unwrap();
            drop(no_cow);
            let refused = run("a", "no-cow").unwrap_err();
            assert!(matches!(refused, DedupeError::Incompatible), "{refused:?}");
        }
    });
}

fn set_immutable(file: &File, on: bool) -> bool {
    use rustix::fs::{IFlags, ioctl_getflags, ioctl_setflags};
    let flags = ioctl_getflags(file).unwrap();
    let next = if on {
        flags | IFlags::IMMUTABLE
    } else {
        flags - IFlags::IMMUTABLE
    };
    ioctl_setflags(file, next).is_ok()
}

#[test]
fn what_a_user_cannot_set_is_told() {
    let test = "action::disk_tests::what_a_user_cannot_set_is_told";
    if is_rerun() {
        // As another user: neither the owner nor a trusted attribute can be
        // given back, and set-ID bits of another owner are not.
        let dir = PathBuf::from(std::env::var_os(DISK).unwrap());
        let source = open(&dir.join("file"));
        let mut wanted = SystemFiles.metadata(&source).unwrap();
        wanted.owner = Some((4321, 4321));
        wanted.mode = 0o4755;
        wanted.attributes = vec![(b"trusted.x".to_vec(), b"1".to_vec())];
        let fresh = File::create_new(dir.join("fresh")).unwrap();
        let unrestored = super::metadata::restore(&SystemFiles, &fresh, &wanted).unwrap();
        let told: Vec<_> = unrestored
            .iter()
            .map(|part| part.aspect.to_string())
            .collect();
        assert_eq!(
            told[..3],
            ["owner", "group", "permissions"],
            "{unrestored:?}"
        );
        assert!(told.contains(&"extended attribute trusted.x".to_owned()) || told.len() == 3);
        assert!(!unrestored[0].reason.is_empty());
        let mode = dir.join("fresh").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o755);
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("file"), b"x");
    let again = rerun(test);
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(std::env::current_exe().unwrap())
        .args(again.get_args())
        .env(DISK, dir.path());
    for (name, value) in again.get_envs() {
        command.env(name, value.unwrap());
    }
    let can = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(std::env::current_exe().unwrap())
        .arg("--list")
        .output();
    if !can.is_ok_and(|can| can.status.success()) {
        eprintln!("skipped: no other user can run the tests here");
        return;
    }
    std::os::unix::fs::chown(dir.path(), Some(65534), Some(65534)).unwrap();
    std::os::unix::fs::chown(dir.path().join("file"), Some(65534), Some(65534)).unwrap();
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
