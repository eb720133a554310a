//! Random ignore rules on random trees, compared with git.
//!
//! The rules are made of the pieces where dialects differ: braces, classes,
//! brackets that are not closed, backslashes, stars, spaces at the end, bytes
//! that are no text. The seed is fixed, so every run tries the same cases;
//! `NODUPE_TEST_CASES` says how many.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use nodupe::Scan;
use nodupe::SortKey;

use crate::harness::{Tree, cases, skipped};

/// A sequence that looks random, and is the same in every run.
pub(crate) struct Random(pub u64);

impl Random {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    pub(crate) fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

const NAMES: &[&[u8]] = &[
    b"a",
    b"b",
    b"ab",
    b"abc",
    b"A",
    b"Ab",
    b"a.o",
    b"b.o",
    b".o",
    b"lib",
    b"a b",
    b"a ",
    b"[a]",
    b"[",
    b"]",
    b"{a,b}",
    b"{}",
    b"a\\b",
    b"\\",
    b"!a",
    b"#a",
    b"$a",
    b"-",
    b"^",
    b"a-c",
    b"1",
    b"a1",
    b"\xc3\xa9",
    b"\xff",
    b"a\xff",
    b"a\t",
    b":",
    b"*",
    b"?",
    b"a\r",
    b"**",
    b" a",
];

const PIECES: &[&[u8]] = &[
    b"a",
    b"b",
    b"c",
    b"A",
    b"o",
    b".",
    b".o",
    b"lib",
    b"1",
    b"-",
    b"*",
    b"*",
    b"**",
    b"***",
    b"?",
    b"/",
    b"/",
    b"/**/",
    b"**/",
    b"/**",
    b"[ab]",
    b"[!a]",
    b"[^a]",
    b"[a-c]",
    b"[c-a]",
    b"[z-a]",
    b"[A-C]",
    b"[[:alpha:]]",
    b"[[:digit:]]",
    b"[[:upper:]]",
    b"[[:lower:]]",
    b"[![:alnum:]]",
    b"[[:punct:]]",
    b"[[:space:]]",
    b"[[:nope:]]",
    b"[[:alpha:]",
    b"[[:alpha]",
    b"[",
    b"]",
    b"[a",
    b"[]a]",
    b"[!]a]",
    b"[a-",
    b"[a-]",
    b"[-a]",
    b"[\\]]",
    b"[a\\-c]",
    b"[\\",
    b"[/]",
    b"[a/b]",
    b"[\xff]",
    b"\\",
    b"\\a",
    b"\\A",
    b"\\*",
    b"\\?",
    b"\\[",
    b"\\ ",
    b"\\/",
    b"\\\\",
    b" ",
    b"  ",
    b"{a,b}",
    b"{a",
    b"{}",
    b",",
    b"}",
    b"!",
    b"#",
    b"$",
    b"\\!",
    b"\\#",
    b"\xc3\xa9",
    b"\xff",
    b"\t",
    b"\r",
    b":",
    b"^",
    b"*.o",
    b"*.{o,c}",
];

fn rule(random: &mut Random) -> Vec<u8> {
    let mut line = Vec::new();
    if random.one_in(5) {
        line.push(b'!');
    }
    if random.one_in(5) {
        line.push(b'/');
    }
    // A name as it is, or with a piece of it replaced, matches more often than
    // pieces alone.
    if random.one_in(3) {
        line.extend_from_slice(random.pick(NAMES));
        if random.one_in(2) {
            line.push(b'/');
            line.extend_from_slice(random.pick(NAMES));
        }
    }
    for _ in 0..random.below(4) {
        line.extend_from_slice(random.pick(PIECES));
    }
    let ends: [&[u8]; 6] = [b"", b"", b"/", b" ", b"\\ ", b"/*"];
    line.extend_from_slice(random.pick(&ends));
    line
}

fn rules(random: &mut Random) -> Vec<u8> {
    let mut text = Vec::new();
    if random.one_in(12) {
        text.extend_from_slice(b"\xef\xbb\xbf");
    }
    for _ in 0..=random.below(4) {
        text.extend_from_slice(&rule(random));
        let ends: [&[u8]; 5] = [b"\n", b"\n", b"\n", b"\r\n", b"\n\n"];
        text.extend_from_slice(random.pick(&ends));
    }
    // The last line may have no end.
    if random.one_in(4) {
        text.pop();
    }
    text
}

fn path(random: &mut Random) -> Vec<u8> {
    let parts: Vec<&[u8]> = (0..=random.below(3)).map(|_| random.pick(NAMES)).collect();
    parts.join(&b'/')
}

/// Whether two paths part at names that differ by case alone.
fn differ_by_case(a: &[u8], b: &[u8]) -> bool {
    let parts = |path: &'_ [u8]| {
        path.split(|&byte| byte == b'/')
            .map(<[u8]>::to_vec)
            .collect::<Vec<_>>()
    };
    let (a, b) = (parts(a), parts(b));
    let pair = a.iter().zip(&b).find(|(a, b)| a != b);
    pair.is_some_and(|(a, b)| a.eq_ignore_ascii_case(b))
}

fn git(tree: &Tree, args: &[&OsStr]) -> Vec<u8> {
    let output = Command::new("git")
        .args(args)
        .current_dir(tree.root())
        .output();
    let output = output.unwrap();
    assert!(output.status.success(), "git {args:?}: {output:?}");
    output.stdout
}

fn listed(tree: &Tree, args: &[&str]) -> BTreeSet<Vec<u8>> {
    let mut words = vec![OsStr::new("ls-files"), OsStr::new("-z")];
    words.extend(args.iter().map(OsStr::new));
    let names = git(tree, &words);
    let names = names
        .split(|&byte| byte == 0)
        .filter(|name| !name.is_empty());
    names.map(<[u8]>::to_vec).collect()
}

/// What takes part in a scan that leaves out what git ignores.
fn scanned(tree: &Tree, keeps_tracked: bool) -> BTreeSet<Vec<u8>> {
    let mut config = tree.config();
    config.selection.gitignore = true;
    config.selection.keeps_tracked = keeps_tracked;
    config.selection.min_size = 0;
    config.min_copies = 1;
    let result = Scan::new(config).run().unwrap();
    assert_eq!(result.errors(), []);
    let groups: Vec<_> = result.groups(SortKey::Path).collect();
    let files = groups.iter().flat_map(|group| &group.files);
    let below = |path: &Path| path.strip_prefix(tree.root()).unwrap().to_owned();
    files
        .map(|file| below(&file.path).as_os_str().as_bytes().to_vec())
        .collect()
}

/// One random repository. Answers what it was made of.
fn make(tree: &Tree, random: &mut Random) -> String {
    let mut told = String::new();
    let words = ["init", "--quiet", "--template="];
    git(tree, &words.map(OsStr::new));
    let config = |value: [&str; 3]| git(tree, &value.map(OsStr::new));
    let folds = random.one_in(3);
    if folds {
        config(["config", "core.ignoreCase", "true"]);
        told += "core.ignoreCase\n";
    } else {
        config(["config", "core.ignoreCase", "false"]);
    }
    let mut dirs: Vec<Vec<u8>> = vec![Vec::new()];
    let mut files: Vec<Vec<u8>> = Vec::new();
    for _ in 0..2 + random.below(12) {
        let name = path(random);
        let file = tree.path(OsStr::from_bytes(&name));
        let parent = file.parent().unwrap();
        // Where case does not matter no two names differ by it alone.
        if folds
            && dirs
                .iter()
                .chain(&files)
                .any(|other| differ_by_case(other, &name))
        {
            continue;
        }
        // A name that is taken already is passed over.
        if std::fs::create_dir_all(parent).is_ok() && !file.exists() {
            std::fs::write(&file, "same").unwrap();
            told += &format!("file {:?}\n", name.escape_ascii().to_string());
            let cut = name.iter().rposition(|&byte| byte == b'/');
            dirs.extend(cut.map(|cut| name[..cut].to_vec()));
            files.push(name);
        }
    }
    for _ in 0..=random.below(3) {
        let dir = dirs[random.below(dirs.len())].clone();
        let text = rules(random);
        let file = tree.path(OsStr::from_bytes(&dir)).join(".gitignore");
        // Git follows no link of that name.
        if random.one_in(20) && !file.exists() {
            std::fs::write(tree.beside("linked"), &text).unwrap();
            std::os::unix::fs::symlink(tree.beside("linked"), &file).unwrap();
            told += "link ";
        } else if !file.is_symlink() {
            std::fs::write(&file, &text).unwrap();
        }
        told += &format!(
            "rules {:?} {:?}\n",
            dir.escape_ascii().to_string(),
            text.escape_ascii().to_string()
        );
    }
    for (odds, place) in [(4, "exclude"), (6, "user")] {
        if random.one_in(odds) {
            let text = rules(random);
            told += &format!("{place} {:?}\n", text.escape_ascii().to_string());
            if place == "user" {
                let file = tree.beside("user");
                std::fs::write(&file, text).unwrap();
                config(["config", "core.excludesFile", file.to_str().unwrap()]);
            } else {
                tree.file(".git/info/exclude", text);
            }
        }
    }
    told
}

#[test]
fn odd_rules_on_random_trees_mean_what_they_mean_to_git() {
    if Command::new("git").arg("--version").output().is_err() {
        return skipped("no git to compare with");
    }
    let (mut ignored, mut forced) = (0, 0);
    for case in 0..cases(250) {
        let tree = Tree::new();
        let mut random = Random(u64::from(case));
        let told = make(&tree, &mut random);
        let others = listed(&tree, &["--others"]);
        // A link is nothing that a scan reports.
        let is_file = |name: &Vec<u8>| {
            tree.path(OsStr::from_bytes(name))
                .symlink_metadata()
                .is_ok_and(|found| found.is_file())
        };
        let mut expected = listed(&tree, &["--others", "--exclude-standard"]);
        expected.retain(is_file);
        assert_eq!(scanned(&tree, false), expected, "case {case}\n{told}");
        ignored += others.len() - expected.len();
        // What is tracked takes part, whatever the rules say.
        let some: Vec<&Vec<u8>> = others.iter().filter(|_| random.one_in(3)).collect();
        if some.is_empty() {
            continue;
        }
        let mut words = vec!["add", "--force", "--"]
            .into_iter()
            .map(OsStr::new)
            .collect::<Vec<_>>();
        let magic: Vec<Vec<u8>> = some
            .iter()
            .map(|name| [b":(literal)", name.as_slice()].concat())
            .collect();
        words.extend(magic.iter().map(|name| OsStr::from_bytes(name)));
        git(&tree, &words);
        let mut expected = listed(&tree, &["--others", "--exclude-standard"]);
        expected.extend(listed(&tree, &["--cached"]));
        expected.retain(is_file);
        forced += listed(&tree, &["--cached", "--ignored", "--exclude-standard"]).len();
        assert_eq!(
            scanned(&tree, true),
            expected,
            "case {case} with {some:?}\n{told}"
        );
    }
    // Neither was anything else than what is meant to be tried.
    eprintln!("{ignored} files ignored, {forced} tracked all the same");
    assert!(ignored > 100 && forced > 10, "{ignored} {forced}");
}
