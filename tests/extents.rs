//! Files that share their blocks: one of them is read, and what comes of it
//! is what comes of reading all.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::fs::FileExt;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use nodupe::ScanConfig;
use nodupe::internals::io::{FileIo, Pread};
use nodupe::internals::types::{Extent, Extents, FileLocation, FileStat, SharedBlocks, Space};
use nodupe::{FailureKind, Stage};
use nodupe::{Scan, ScanResult};

use crate::harness::faulty::{errors, names};
use crate::harness::{Nodupe, Report, Tree, can_mount, grouped, pattern, skipped};

const MIB: usize = 1 << 20;

/// Of the partial stage, for each file.
const ENDS: u64 = 8192;

/// One that is read in one go, and one that is read in segments.
const SIZES: [usize; 2] = [2 * MIB + 5000, 9 * MIB + 5000];

/// A file system of its own, seen only by those who run in it.
struct Disk {
    tree: Tree,
    mount: String,
}

impl Disk {
    /// Makes one with this command, if that can be done here.
    fn new(make: &str, options: &str) -> Option<Self> {
        if !can_mount() {
            return None;
        }
        let tree = Tree::new();
        let image = tree.beside("disk");
        File::create(&image).unwrap().set_len(1 << 30).unwrap();
        let made = Command::new("sh")
            .args(["-c", &format!("{make} \"$0\"")])
            .arg(&image)
            .output()
            .unwrap();
        let mount = format!("mount -o loop{options} '{}' .", image.display());
        // The directory that was the working one is beneath the new one.
        let mount = format!("{mount} && cd \"$PWD\"");
        let disk = Self { tree, mount };
        if !made.status.success() || !disk.does("true") {
            skipped(&format!(
                "{make}: such a file system cannot be made or mounted"
            ));
            return None;
        }
        Some(disk)
    }

    fn does(&self, script: &str) -> bool {
        let script = format!("{} && {script}", self.mount);
        let status = Command::new("unshare")
            .args(["-m", "sh", "-ec", &script])
            .current_dir(self.tree.root())
            .status()
            .unwrap();
        status.success()
    }

    fn scan(&self, args: &[&str]) -> Nodupe {
        let script = format!("{} && : ", self.mount);
        settled(&self.tree, args).with_mounts(&script)
    }

    fn report(&self, args: &[&str]) -> Report {
        self.scan(args).json().succeeds().report()
    }
}

/// A scan for which the files that are there are settled: only of those it is
/// believed what the disk says of their blocks.
fn settled(tree: &Tree, args: &[&str]) -> Nodupe {
    tree.scan(&[args, &["--settle-time", "0s"]].concat())
}

/// Every file system that can be had here, with what its name is.
fn disks() -> Vec<(&'static str, Disk)> {
    [
        ("xfs", "mkfs.xfs -q -m reflink=1", ""),
        ("btrfs", "mkfs.btrfs -q", ""),
        ("btrfs, compressed", "mkfs.btrfs -q", ",compress-force=zstd"),
    ]
    .into_iter()
    .filter_map(|(name, make, options)| Some((name, Disk::new(make, options)?)))
    .collect()
}

fn bytes_of_full(report: &Report) -> u64 {
    let full = report.stage("full").unwrap();
    full["bytes_read"].as_u64().unwrap()
}

#[test]
fn clones_are_found_with_a_fraction_of_the_bytes_read() {
    for (name, disk) in disks() {
        for size in SIZES {
            fs::write(disk.tree.beside("one"), pattern(size, 1)).unwrap();
            let one = disk.tree.beside("one");
            // In the last one a byte was changed since, between the ends.
            let script = format!(
                "rm -rf lost+found *; cp '{}' a; sync
                for clone in b c d changed; do cp --reflink=always a $clone; done
                cp --reflink=never a copy
                printf 'other bytes' | dd of=changed bs=1 seek=1500000 conv=notrunc 2>/dev/null
                sync",
                one.display()
            );
            assert!(disk.does(&script));
            let size = size as u64;
            // Zeros and such are stored compressed, and then nothing is sure.
            let read = if name == "btrfs, compressed" {
                None
            } else {
                Some(3 * size)
            };
            for args in [
                &[][..],
                &["-j", "1"],
                &["--executor", "process"],
                &["--verify"],
            ] {
                let report = disk.report(args);
                let expected = grouped(&[&["a", "b", "c", "copy", "d"]]);
                assert_eq!(report.paths(), expected, "{name} {args:?}");
                let full = report.stage("full").unwrap();
                assert_eq!(
                    (&full["files_in"], &full["files_out"]),
                    (&6.into(), &5.into())
                );
                let got = bytes_of_full(&report);
                match read {
                    None => assert!(got > 4 * size, "{name} {args:?}: {got} of {size}"),
                    // What is changed is dropped before its end if it is large.
                    Some(most) => {
                        assert!(got <= most && got > 2 * size, "{name} {args:?}: {got}");
                    }
                }
                if args == ["--verify"] {
                    let verified = report.stage("verify").unwrap()["bytes_read"].as_u64();
                    assert!(verified >= Some(5 * size), "all bytes are compared");
                }
            }
        }
    }
}

#[test]
fn twins_that_have_no_other_company_are_read_once_and_to_the_end() {
    for (name, disk) in disks().into_iter().filter(|(name, _)| !name.contains(',')) {
        for size in SIZES {
            // One more that differs early on.
            let mut content = pattern(size, 1);
            fs::write(disk.tree.beside("one"), &content).unwrap();
            content[MIB / 2] ^= 1;
            fs::write(disk.tree.beside("two"), &content).unwrap();
            let script = format!(
                "rm -rf *; cp '{}' a; cp '{}' x; sync; cp --reflink=always a b; sync",
                disk.tree.beside("one").display(),
                disk.tree.beside("two").display()
            );
            assert!(disk.does(&script));
            let report = disk.report(&[]);
            assert_eq!(report.paths(), grouped(&[&["a", "b"]]), "{name}");
            let digest = blake3::hash(&pattern(size, 1)).to_hex().to_string();
            assert_eq!(report.groups()[0].digest, Some(digest));
            let alone = if size > 4 * MIB { MIB } else { size };
            assert_eq!(bytes_of_full(&report), (size + alone) as u64, "{name}");
        }
    }
}

#[test]
fn a_clone_that_was_just_written_to_is_no_twin() {
    for (name, disk) in disks() {
        fs::write(disk.tree.beside("one"), pattern(SIZES[1], 1)).unwrap();
        // Not on the disk yet, when the scan begins.
        let script = format!(
            "rm -rf *; cp '{}' a; sync; cp --reflink=always a b; sync
            printf 'other bytes' | dd of=b bs=1 seek=1500000 conv=notrunc 2>/dev/null",
            disk.tree.beside("one").display()
        );
        let script = format!("{} && {script}; : ", disk.mount);
        let run = settled(&disk.tree, &[])
            .with_mounts(&script)
            .json()
            .succeeds();
        let report = run.report();
        assert_eq!(report.paths(), Vec::<Vec<String>>::new(), "{name}");
        assert_eq!(bytes_of_full(&report), 2 * 2 * MIB as u64, "{name}");
    }
}

#[test]
fn clones_with_holes_are_found_and_files_of_holes_alone_are_read() {
    for (name, disk) in disks() {
        let script = "rm -rf *; truncate -s 6M a
            printf head | dd of=a conv=notrunc 2>/dev/null
            head -c 100000 /dev/urandom | dd of=a bs=1M seek=3 conv=notrunc 2>/dev/null
            sync; cp --reflink=always --sparse=auto a b
            truncate -s 5M e; truncate -s 5M f; sync";
        assert!(disk.does(script));
        let report = disk.report(&[]);
        assert_eq!(
            report.paths(),
            grouped(&[&["a", "b"], &["e", "f"]]),
            "{name}"
        );
        assert!(bytes_of_full(&report) >= 10 * MIB as u64, "{name}");
    }
}

/// Of a compressed extent only the beginning is told, not which part of it a
/// file shows. These two show the same in nothing but that.
#[test]
fn other_parts_of_a_compressed_extent_are_other_bytes() {
    let Some(disk) = Disk::new("mkfs.btrfs -q", ",compress-force=zstd") else {
        return;
    };
    // Blocks of 4 KiB, each full of another byte: 128 KiB become one extent.
    let source: Vec<u8> = (0..2 * MIB).map(|at| (at / 4096 % 32) as u8).collect();
    fs::write(disk.tree.beside("source"), source).unwrap();
    let script = format!(
        "cp '{}' z; sync
        for file in one two three; do
            at=$((file_at = 64)); test $file = two && at=68
            xfs_io -f -c 'reflink z 0 0 1m' $file
            xfs_io -c \"reflink z ${{at}}k 1m 4k\" -c 'reflink z 1m 1028k 1m' $file
        done >/dev/null; sync; rm z",
        disk.tree.beside("source").display()
    );
    if !disk.does("command -v xfs_io >/dev/null") {
        return skipped("there is no xfs_io to clone a part of a file");
    }
    assert!(disk.does(&script));
    let told = |name: &str| {
        let script = format!("filefrag -v {name} | sed '1,3d;$d' > ../{name}.map");
        assert!(disk.does(&script));
        fs::read_to_string(disk.tree.beside(&format!("{name}.map"))).unwrap()
    };
    if disk.does("command -v filefrag >/dev/null") {
        assert!(told("one").contains("encoded"), "{}", told("one"));
        assert_eq!(told("one"), told("two"), "they look the same");
    }
    assert_eq!(disk.report(&[]).paths(), grouped(&[&["one", "three"]]));
}

#[test]
fn a_snapshot_shares_with_what_it_was_taken_of() {
    let Some(disk) = Disk::new("mkfs.btrfs -q", "") else {
        return;
    };
    let size = SIZES[1];
    fs::write(disk.tree.beside("one"), pattern(size, 1)).unwrap();
    let script = format!(
        "btrfs subvolume create now; cp '{0}' now/same; cp '{0}' now/other; sync
        btrfs subvolume snapshot now then
        printf 'other bytes' | dd of=now/other bs=1 seek=1500000 conv=notrunc 2>/dev/null; sync",
        disk.tree.beside("one").display()
    );
    assert!(disk.does(&format!("({script}) >/dev/null")));
    let report = disk.report(&[]);
    let expected = grouped(&[&["now/same", "then/other", "then/same"]]);
    assert_eq!(report.paths(), expected);
    assert!(bytes_of_full(&report) < 3 * size as u64);
}

/// The bytes that could be freed, and those that clones and snapshots keep.
fn gain(report: &Report) -> (u64, u64) {
    let groups = report.0["groups"].as_array().unwrap().iter();
    let sum = |name: &str| -> u64 { groups.clone().map(|g| g[name].as_u64().unwrap()).sum() };
    let all = (sum("reclaimable_bytes"), sum("shared_bytes"));
    let total = |name| report.total(name);
    assert_eq!((total("reclaimable_bytes"), total("shared_bytes")), all);
    all
}

#[test]
fn clones_and_snapshots_are_no_gain() {
    let size = SIZES[0] as u64;
    for (name, disk) in disks() {
        let script = format!(
            "rm -rf *; head -c {size} /dev/urandom >a; sync
            cp --reflink=always a b; cp --reflink=never a c; ln c c2
            head -c 500000 /dev/urandom >small; cp --reflink=always small small2; sync"
        );
        assert!(disk.does(&script));
        for args in [&[][..], &["--executor", "process"]] {
            let report = disk.report(args);
            let expected = grouped(&[&["a", "b", "c"], &["small", "small2"]]);
            assert_eq!(report.paths(), expected, "{name}");
            // Of small files nobody asks where they are.
            assert_eq!(gain(&report), (size + 500_000, size), "{name} {args:?}");
        }
        // They have just been written, which makes no difference.
        let fresh = disk
            .tree
            .scan(&[])
            .with_mounts(&format!("{} && : ", disk.mount));
        let report = fresh.json().succeeds().report();
        assert_eq!(gain(&report), (size + 500_000, size), "{name}");
        // The clone may go and frees nothing, since the one that stays shares its blocks.
        let report = disk.report(&["--keep", "glob:a", "a", "b"]);
        assert_eq!(gain(&report), (0, size), "{name}");
        // The one that shares nothing frees its bytes only with all its names.
        let report = disk.report(&["a", "c"]);
        assert_eq!(gain(&report), (0, 0), "{name}");
        assert_eq!(report.total("linked_outside_bytes"), size, "{name}");
        let summary = disk.scan(&["a", "b", "-f", "summary"]).succeeds();
        let summary = summary.stdout_text();
        assert!(
            summary.contains("2.0 MiB shared with clones or snapshots"),
            "{summary}"
        );
    }
}

#[test]
fn a_cache_changes_no_figure_of_what_is_shared() {
    for (name, disk) in disks() {
        let size = SIZES[1];
        let script = format!(
            "rm -rf *; head -c {size} /dev/urandom >a; cp --reflink=never a b; sync
            cp --reflink=always a c; cp --reflink=always a part; sync
            printf 'other bytes' | dd of=part bs=1 seek=3000000 conv=notrunc 2>/dev/null
            cp --reflink=always part other; sync"
        );
        assert!(disk.does(&script));
        let cache = disk.tree.beside(&format!("{name}.cache"));
        let cache = format!("--cache={}", cache.display());
        // Each run mounts the disk as another device.
        let json = |args: &[&str]| -> Value {
            let run = disk.scan(args).json().succeeds();
            let mut report: Value = serde_json::from_slice(&run.stdout).unwrap();
            for group in report["groups"].as_array_mut().unwrap() {
                for file in group["files"].as_array_mut().unwrap() {
                    file.as_object_mut().unwrap().remove("dev");
                }
            }
            report
        };
        for executor in ["thread", "isolated"] {
            let args = ["--executor", executor];
            let truth = json(&args);
            assert_eq!(truth["groups"].as_array().unwrap().len(), 2, "{name}");
            assert_ne!(truth["totals"]["shared_bytes"], 0, "{name}");
            for _ in 0..2 {
                let found = json(&[&args[..], &[&cache]].concat());
                assert_eq!(found["groups"], truth["groups"], "{name}");
                for total in ["reclaimable_bytes", "shared_bytes"] {
                    assert_eq!(found["totals"][total], truth["totals"][total], "{name}");
                }
            }
            let known = &json(&[&args[..], &[&cache]].concat())["cache"];
            let (files, checked) = (&known["files"], &known["checked"]);
            assert_eq!(
                files.as_u64().unwrap() + checked.as_u64().unwrap(),
                5,
                "{name}"
            );
        }
    }
}

#[test]
fn a_part_that_a_snapshot_keeps_is_no_gain() {
    let Some(disk) = Disk::new("mkfs.btrfs -q", "") else {
        return;
    };
    let script = "btrfs subvolume create now
        head -c 8M /dev/urandom >now/a; cp --reflink=never now/a now/b; sync
        btrfs subvolume snapshot -r now then
        tail -c 2M now/a | dd of=now/a bs=1M seek=6 conv=notrunc
        tail -c 2M now/b | dd of=now/b bs=1M seek=6 conv=notrunc; sync";
    assert!(disk.does(&format!("({script}) >/dev/null 2>&1")));
    let mib = MIB as u64;
    assert_eq!(gain(&disk.report(&["now"])), (2 * mib, 6 * mib));
}

type Tell = dyn Fn(&str, bool, &File) -> Option<Extents> + Send + Sync;
type OnRead = dyn Fn(&str, u64) -> io::Result<()> + Send + Sync;

/// Real files, of which is told where they are stored whatever a test wants.
struct Told {
    real: Pread,
    names: HashMap<RawFd, String>,
    tell: Arc<Tell>,
    read: Arc<OnRead>,
}

impl FileIo for Told {
    fn enter(&mut self, dir: &[u8], files: usize) {
        self.real.enter(dir, files);
    }

    fn open(&mut self, place: FileLocation<'_>) -> io::Result<File> {
        let file = self.real.open(place)?;
        let name = String::from_utf8_lossy(place.name).into_owned();
        self.names.insert(file.as_raw_fd(), name);
        Ok(file)
    }

    fn stat(&mut self, file: &File) -> io::Result<FileStat> {
        self.real.stat(file)
    }

    fn is_on_local_disk(&mut self, _: &File, _: u64) -> bool {
        true
    }

    fn read_at(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        (self.read)(&self.names[&file.as_raw_fd()], offset)?;
        self.real.read_at(file, buffer, offset)
    }

    fn shared_blocks(&mut self, file: &File, _: &FileStat, settled: bool) -> SharedBlocks {
        SharedBlocks {
            bytes: 0,
            extents: (self.tell)(&self.names[&file.as_raw_fd()], settled, file),
        }
    }
}

/// As [`settled`].
fn settled_config(tree: &Tree) -> ScanConfig {
    let mut config = tree.config();
    config.execution.settle_time = Some(Duration::ZERO);
    config
}

fn told(
    scan: Scan<'_>,
    tell: impl Fn(&str, bool, &File) -> Option<Extents> + Send + Sync + 'static,
    read: impl Fn(&str, u64) -> io::Result<()> + Send + Sync + 'static,
) -> ScanResult {
    let (tell, read): (Arc<Tell>, Arc<OnRead>) = (Arc::new(tell), Arc::new(read));
    let io = move || {
        Box::new(Told {
            real: Pread::new(),
            names: HashMap::new(),
            tell: Arc::clone(&tell),
            read: Arc::clone(&read),
        }) as Box<dyn FileIo>
    };
    scan.with_io(io).run().unwrap()
}

fn at(physical: u64) -> Option<Extents> {
    Some(Extents {
        space: Space::Device(1),
        pieces: vec![Extent {
            logical: 0,
            physical,
            length: 1,
        }],
    })
}

/// Four files with equal ends, two of each content.
fn four(size: usize) -> Tree {
    let tree = Tree::new();
    let mut content = pattern(size, 1);
    tree.files(&["a1", "a2"], &content);
    content[MIB + MIB / 2] ^= 1;
    tree.files(&["b1", "b2"], &content);
    tree
}

#[test]
fn what_is_told_of_every_file_is_believed() {
    for size in SIZES {
        let tree = four(size);
        // A lie, to see that it is for this that they count as equal.
        let result = told(
            Scan::new(settled_config(&tree)),
            |_, _, _| at(1),
            |_, _| Ok(()),
        );
        assert_eq!(names(&result), grouped(&[&["a1", "a2", "b1", "b2"]]));
        let read = result.summary().totals.bytes_read;
        assert_eq!(read, 4 * ENDS + size as u64, "one was read");
        // Nothing of the kind is told of files below this size.
        let tree = Tree::new();
        tree.files(&["a", "b"], pattern(MIB - 1, 1));
        let result = told(
            Scan::new(settled_config(&tree)),
            |_, _, _| at(1),
            |_, _| Ok(()),
        );
        assert_eq!(names(&result), grouped(&[&["a", "b"]]));
        let read = result.summary().totals.bytes_read;
        assert_eq!(read, 2 * (ENDS + MIB as u64 - 1));
    }
}

#[test]
fn what_a_hint_says_proves_nothing() {
    for size in SIZES {
        let tree = four(size);
        let own = |name: &str| at(u64::from(name.as_bytes()[0]));
        let honest = move |name: &str, settled: bool, _: &File| {
            if settled { own(name) } else { at(1) }
        };
        let nothing = |_: &str, settled: bool, _: &File| if settled { None } else { at(1) };
        let expected = grouped(&[&["a1", "a2"], &["b1", "b2"]]);
        let result = told(Scan::new(settled_config(&tree)), honest, |_, _| Ok(()));
        assert_eq!(names(&result), expected);
        let result = told(Scan::new(settled_config(&tree)), nothing, |_, _| Ok(()));
        assert_eq!(names(&result), expected);
        let read = result.summary().totals.bytes_read;
        assert_eq!(read, 4 * (ENDS + size as u64), "each was read");
    }
}

#[test]
fn blocks_that_the_first_file_gave_up_meanwhile_prove_nothing() {
    for size in SIZES {
        let tree = four(size);
        let seen = Mutex::new(HashMap::new());
        // Each look at the first file but the first one finds it elsewhere.
        let moving = move |name: &str, settled: bool, _: &File| {
            let mut seen = seen.lock().unwrap();
            let times = seen.entry(name.to_owned()).or_insert(0);
            *times += u64::from(settled);
            at((*times).max(1))
        };
        let result = told(Scan::new(settled_config(&tree)), moving, |_, _| Ok(()));
        assert_eq!(names(&result), grouped(&[&["a1", "a2"], &["b1", "b2"]]));
        assert_eq!(errors(&result), []);
    }
}

#[test]
fn a_twin_that_is_written_to_before_the_look_is_over_has_changed() {
    for size in SIZES {
        let tree = Tree::new();
        tree.files(&["a", "b", "c"], pattern(size, 1));
        let looked = Mutex::new(Vec::new());
        // The disk does not have it yet, but the file's times show it.
        let written = move |name: &str, settled: bool, file: &File| {
            let mut looked = looked.lock().unwrap();
            if settled {
                looked.push(name.to_owned());
                if looked.len() == 2 {
                    let path = fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()));
                    let file = OpenOptions::new().write(true).open(path.unwrap()).unwrap();
                    file.write_all_at(b"?", 1_500_000).unwrap();
                }
            }
            at(1)
        };
        let result = told(Scan::new(settled_config(&tree)), written, |_, _| Ok(()));
        let [(name, Stage::Full, FailureKind::Changed)] = errors(&result)[..] else {
            panic!("{:?}", result.errors());
        };
        let others = ["a", "b", "c"].into_iter().filter(|other| *other != name);
        assert_eq!(names(&result), [others.collect::<Vec<_>>()]);
    }
}

#[test]
fn another_is_read_where_the_first_one_fails() {
    for size in SIZES {
        for failing in 1..=4 {
            let tree = Tree::new();
            let all = ["a", "b", "c", "d"];
            tree.files(&all, pattern(size, 1));
            let broken = Mutex::new(BTreeSet::new());
            let read = move |name: &str, offset: u64| {
                let mut broken = broken.lock().unwrap();
                if offset < MIB as u64 || offset > 2 * MIB as u64 {
                    return Ok(());
                }
                if broken.len() < failing {
                    broken.insert(name.to_owned());
                }
                if broken.contains(name) {
                    return Err(io::Error::from_raw_os_error(5));
                }
                Ok(())
            };
            let result = told(Scan::new(settled_config(&tree)), |_, _, _| at(1), read);
            let errors = errors(&result);
            assert_eq!(errors.len(), failing);
            let left = all
                .into_iter()
                .filter(|name| errors.iter().all(|e| e.0 != *name));
            let left: Vec<_> = left.collect();
            let expected = if left.len() > 1 {
                vec![left]
            } else {
                Vec::new()
            };
            assert_eq!(names(&result), expected, "{failing} of {size}");
        }
    }
}

#[test]
fn a_scan_that_is_cancelled_does_not_wait_for_twins() {
    for size in SIZES {
        let tree = four(size);
        let scan = Scan::new(settled_config(&tree));
        let cancel = scan.cancel_token();
        let read = move |_: &str, offset: u64| {
            if offset >= MIB as u64 && offset < 2 * MIB as u64 {
                cancel.cancel();
            }
            Ok(())
        };
        let result = told(scan, |_, _, _| at(1), read);
        assert!(result.summary().interrupted);
        assert_eq!(names(&result), Vec::<Vec<String>>::new());
        assert_eq!(errors(&result), []);
    }
}
