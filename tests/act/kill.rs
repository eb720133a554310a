//! The process is killed at random moments, on real file systems.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{BINARY, Tree, can_mount, cases, skipped, spawn, write_file};

const GROUPS: usize = 100;

const COMMANDS: [&[&str]; 4] = [
    &["remove"],
    &["link"],
    &["link", "--symbolic"],
    &["move", "--to", "out"],
];

/// A file system in a file, mounted where one process alone sees it, and those
/// that enter its namespace.
struct Disk {
    tree: Tree,
    holder: Child,
    /// Its root as this process sees it.
    root: PathBuf,
}

impl Disk {
    fn new(make: &str) -> Option<Self> {
        if !can_mount() {
            return None;
        }
        let tree = Tree::new();
        let image = tree.beside("image");
        File::create(&image).unwrap().set_len(512 << 20).unwrap();
        let script =
            format!("{make} \"$0\" >&2 && mount -o loop \"$0\" \"$1\" && echo mounted && exec cat");
        let mut command = Command::new("unshare");
        command
            .args(["-m", "sh", "-ec", &script])
            .args([&image, tree.root()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut holder = spawn(&mut command).unwrap();
        let mut line = String::new();
        let stdout = holder.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        if line != "mounted\n" {
            holder.wait().unwrap();
            skipped(&format!(
                "{make}: such a file system cannot be made or mounted"
            ));
            return None;
        }
        let below = tree.root().strip_prefix("/").unwrap();
        let root = Path::new("/proc").join(holder.id().to_string());
        let root = root.join("root").join(below);
        Some(Self { tree, holder, root })
    }

    /// The program, on this file system.
    fn nodupe(&self, args: &[&str]) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--target={}", self.holder.id()))
            .arg("--mount")
            .arg(format!("--wd={}", self.root.display()))
            .arg(BINARY)
            .args(args)
            .env("HOME", self.tree.beside("home"))
            .env("XDG_STATE_HOME", self.tree.beside("state"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }

    /// Runs it to its end: its status, and what it said.
    fn run(&self, args: &[&str]) -> (i32, String) {
        let child = spawn(&mut self.nodupe(args)).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), said)
    }

    /// Groups of three files, some with a second name.
    fn fill(&self) {
        for dir in ["a", "b", "c", "d", "out"] {
            let dir = self.root.join(dir);
            let _ = fs::remove_dir_all(&dir);
            fs::create_dir(&dir).unwrap();
        }
        let _ = fs::remove_dir_all(self.tree.beside("state"));
        for group in 0..GROUPS {
            let name = group.to_string();
            for dir in ["a", "b", "c"] {
                let path = self.root.join(dir).join(&name);
                write_file(|| fs::write(path, content(group)).unwrap());
            }
            if group % 3 == 0 {
                fs::hard_link(
                    self.root.join("b").join(&name),
                    self.root.join("d").join(&name),
                )
                .unwrap();
            }
        }
    }

    /// Every name, with what is read through it.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut waiting = ["a", "b", "c", "d", "out"]
            .map(|dir| self.root.join(dir))
            .to_vec();
        while let Some(dir) = waiting.pop() {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    waiting.push(path);
                } else {
                    let below = path.strip_prefix(&self.root).unwrap();
                    let bytes = fs::read(&path).unwrap_or_default();
                    found.insert(below.to_str().unwrap().to_owned(), bytes);
                }
            }
        }
        found
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // The file system goes with the last process that sees it.
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}

fn content(group: usize) -> Vec<u8> {
    format!("the content of group {group}\n")
        .repeat(100 + group)
        .into_bytes()
}

/// Kills runs at random moments, and looks at what recovery makes of them.
fn kill_runs_on(make: &str) {
    let Some(disk) = Disk::new(make) else {
        return;
    };
    let (mut killed, mut in_between, mut recovered) = (0, 0, 0);
    let mut lengths = [Duration::ZERO; COMMANDS.len()];
    let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
    for round in 0..cases(20) as usize {
        let which = round % COMMANDS.len();
        let args = [COMMANDS[which], &["a", "b", "c", "d", "--yes"]].concat();
        if lengths[which].is_zero() {
            disk.fill();
            let start = Instant::now();
            let (status, said) = disk.run(&args);
            assert_eq!(status, 0, "{make} {args:?}: {said}");
            lengths[which] = start.elapsed();
        }
        disk.fill();
        let before = disk.files();
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let part = (random >> 33) % 100;
        let changed = || {
            fs::metadata(disk.root.join("b"))
                .unwrap()
                .modified()
                .unwrap()
        };
        let unchanged = changed();
        let mut child = spawn(disk.nodupe(&args).stderr(Stdio::null())).unwrap();
        // At any moment, or soon after the first name was changed.
        let is_soon = (round / COMMANDS.len()).is_multiple_of(2);
        if is_soon {
            while changed() == unchanged && child.try_wait().unwrap().is_none() {}
            std::thread::sleep(Duration::from_micros(part * part * 10));
        } else {
            std::thread::sleep(lengths[which] * part as u32 / 100);
        }
        child.kill().unwrap();
        let is_killed = child.wait().unwrap().code().is_none();
        killed += usize::from(is_killed);
        in_between += usize::from(is_killed && changed() != unchanged);
        let what = format!("{make}, round {round}: {args:?} killed at {part}, soon: {is_soon}");

        // The next command that acts recovers too.
        let said = if round % 2 == 0 {
            let (status, said) = disk.run(&["undo", "--recover"]);
            assert_eq!(status, 0, "{what}: {said}");
            said
        } else {
            let (status, said) = disk.run(&args);
            assert!([0, 3].contains(&status), "{what}: {said}");
            assert!(!said.contains("cannot be recovered"), "{what}: {said}");
            said
        };
        recovered += said.matches("recovered: ").count();
        let after = disk.files();
        for path in after.keys() {
            assert!(!path.contains(".nodupe-"), "{what}: {path} is left");
        }
        for group in 0..GROUPS {
            let kept = after.get(&format!("a/{group}"));
            assert_eq!(kept, Some(&content(group)), "{what}: a/{group}");
        }
        // The journal knows each name that is missing, and gives it back.
        while disk.files() != before {
            let (status, said) = disk.run(&["undo", "--yes"]);
            let files = disk.files();
            let lacking = before.keys().find(|path| !files.contains_key(*path));
            assert_eq!(status, 0, "{what}: {lacking:?}: {said}");
        }
    }
    eprintln!("{make}: {killed} killed, {in_between} in between, {recovered} files recovered");
    assert!(killed > 0);
}

#[test]
fn nothing_is_lost_on_ext4_whenever_it_is_killed() {
    kill_runs_on("mkfs.ext4 -q");
}

#[test]
fn nothing_is_lost_on_btrfs_whenever_it_is_killed() {
    kill_runs_on("mkfs.btrfs -q");
}

#[test]
fn nothing_is_lost_on_xfs_whenever_it_is_killed() {
    kill_runs_on("mkfs.xfs -q");
}
