//! Random trees, against a program that compares every directory with every
//! other one, entry by entry.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nodupe::internals::io::{FileIo, Pread};
use nodupe::internals::types::{FileLocation, FileStat};
use nodupe::internals::walk::WalkerKind;
use nodupe::{DirectoryGroup, DirectoryNames, Scan, ScanConfig, SortKey};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::harness::{Tree, cases};

/// What a name in the model of a tree stands for.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Dir(BTreeMap<String, Node>),
    /// A file with one of a few contents. Linked ones with one content are names
    /// of one inode.
    File {
        content: u8,
        linked: bool,
    },
    Link(u8),
    Fifo,
}

/// A change of a tree. Numbers choose among what is there.
#[derive(Debug, Clone)]
enum Change {
    /// Copies a directory into another one.
    Copy(usize, usize, u8),
    Rename(usize, u8),
    Replace(usize, Node),
    Remove(usize),
}

/// The names of entries. What ends in `.left` is excluded, and what ends in `.bad`
/// cannot be read.
const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "x.left", "x.bad"];

fn name() -> impl Strategy<Value = String> {
    // The last two are rare.
    let index = prop_oneof![12 => 0..6_usize, 1 => 6..8_usize];
    index.prop_map(|index| NAMES[index].to_owned())
}

fn leaf() -> impl Strategy<Value = Node> {
    prop_oneof![
        12 => (0..4_u8, prop::bool::weighted(0.2))
            .prop_map(|(content, linked)| Node::File { content, linked }),
        2 => (0..2_u8).prop_map(Node::Link),
        1 => Just(Node::Dir(BTreeMap::new())),
        1 => prop_oneof![20 => Just(Node::Link(0)), 1 => Just(Node::Fifo)],
    ]
}

fn node() -> impl Strategy<Value = Node> {
    leaf().prop_recursive(3, 16, 4, |inner| {
        prop::collection::btree_map(name(), inner, 0..4).prop_map(Node::Dir)
    })
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<usize>;
    prop_oneof![
        5 => (at(), at(), any::<u8>()).prop_map(|(from, to, name)| Change::Copy(from, to, name)),
        1 => (at(), any::<u8>()).prop_map(|(at, name)| Change::Rename(at, name)),
        1 => (at(), leaf()).prop_map(|(at, leaf)| Change::Replace(at, leaf)),
        1 => at().prop_map(Change::Remove),
    ]
}

pub(crate) fn tree() -> impl Strategy<Value = BTreeMap<String, Node>> {
    let start = prop::collection::btree_map(name(), node(), 1..5);
    let changes = prop::collection::vec(change(), 0..6);
    (start, changes).prop_map(|(start, changes)| {
        let mut top = Node::Dir(start);
        for change in changes {
            apply(&mut top, change);
        }
        match top {
            Node::Dir(entries) => entries,
            _ => BTreeMap::new(),
        }
    })
}

type Place = Vec<String>;

fn places(node: &Node, at: &mut Place, all: &mut Vec<(Place, bool)>) {
    if let Node::Dir(entries) = node {
        for (name, inner) in entries {
            at.push(name.clone());
            all.push((at.clone(), matches!(inner, Node::Dir(_))));
            places(inner, at, all);
            at.pop();
        }
    }
}

fn entries_at<'a>(top: &'a mut Node, place: &[String]) -> Option<&'a mut BTreeMap<String, Node>> {
    let Node::Dir(entries) = top else { return None };
    match place.split_first() {
        None => Some(entries),
        Some((first, rest)) => entries_at(entries.get_mut(first)?, rest),
    }
}

fn apply(top: &mut Node, change: Change) {
    let mut all = Vec::new();
    places(top, &mut Vec::new(), &mut all);
    if all.is_empty() || all.len() > 150 {
        return;
    }
    let dirs: Vec<Place> = all.iter().filter(|p| p.1).map(|p| p.0.clone()).collect();
    let name = |number: u8| format!("{}{}", NAMES[usize::from(number) % 6], number % 3);
    let taken = |top: &mut Node, place: &[String]| {
        let (last, above) = place.split_last()?;
        entries_at(top, above)?.remove(last)
    };
    match change {
        Change::Copy(from, to, number) => {
            if dirs.is_empty() {
                return;
            }
            let (from, to) = (&dirs[from % dirs.len()], to % (dirs.len() + 1));
            let above = if to == dirs.len() { &[][..] } else { &dirs[to] };
            let copy = entries_at(top, from).map(|entries| entries.clone());
            if let (Some(copy), Some(entries)) = (copy, entries_at(top, above)) {
                entries.insert(name(number), Node::Dir(copy));
            }
        }
        Change::Rename(at, number) => {
            let place = &all[at % all.len()].0;
            let node = taken(top, place);
            if let (Some(node), Some(entries)) = (node, entries_at(top, &place[..place.len() - 1]))
            {
                entries.insert(name(number), node);
            }
        }
        Change::Replace(at, leaf) => {
            let place = &all[at % all.len()].0;
            if let Some(entries) = entries_at(top, &place[..place.len() - 1]) {
                entries.insert(place[place.len() - 1].clone(), leaf);
            }
        }
        Change::Remove(at) => {
            taken(top, &all[at % all.len()].0);
        }
    }
}

fn content(number: u8) -> Vec<u8> {
    match number {
        0 => Vec::new(),
        // Two of one size.
        1 => b"one".to_vec(),
        2 => b"two".to_vec(),
        _ => vec![7; 5000],
    }
}

pub(crate) fn make(tree: &Tree, below: &Path, entries: &BTreeMap<String, Node>) {
    for (name, node) in entries {
        let path = below.join(name);
        match node {
            Node::Dir(inner) => {
                tree.dir(&path);
                make(tree, &path, inner);
            }
            Node::File {
                content: number,
                linked,
            } => {
                let first = tree.beside(&format!("content{number}"));
                // Of several names the one that is read may be another.
                if !linked || name.ends_with(".bad") {
                    tree.file(&path, content(*number));
                } else if first.exists() {
                    fs::hard_link(first, tree.path(&path)).unwrap();
                } else {
                    tree.file(&path, content(*number));
                    fs::hard_link(tree.path(&path), first).unwrap();
                }
            }
            Node::Link(number) => _ = tree.symlink(format!("to/{number}"), &path),
            Node::Fifo => _ = tree.fifo(&path),
        }
    }
}

/// Reads no file whose name says so.
struct Refusing(Pread);

impl FileIo for Refusing {
    fn enter(&mut self, dir: &[u8], files: usize) {
        self.0.enter(dir, files);
    }

    fn open(&mut self, place: FileLocation<'_>) -> io::Result<File> {
        if place.name.ends_with(b".bad") {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        self.0.open(place)
    }

    fn stat(&mut self, file: &File) -> io::Result<FileStat> {
        self.0.stat(file)
    }

    fn read_at(&mut self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(file, buffer, offset)
    }
}

/// How the tree is scanned.
#[derive(Debug, Clone)]
struct Ways {
    names: DirectoryNames,
    walker: WalkerKind,
    hard_links: bool,
    min_size: u64,
    /// Another root inside the first one, by number.
    nested: Option<usize>,
    twice: bool,
}

fn ways() -> impl Strategy<Value = Ways> {
    (
        proptest::sample::select(vec![DirectoryNames::Compared, DirectoryNames::Ignored]),
        proptest::sample::select(vec![WalkerKind::Native, WalkerKind::Portable]),
        any::<bool>(),
        0..3_u64,
        prop::option::of(any::<usize>()),
        any::<bool>(),
    )
        .prop_map(
            |(names, walker, hard_links, min_size, nested, twice)| Ways {
                names,
                walker,
                hard_links,
                min_size,
                nested,
                twice,
            },
        )
}

/// A directory with everything in it, written out; `None` if that is not known.
#[derive(Debug, Default)]
struct Known {
    text: BTreeMap<PathBuf, Option<String>>,
    /// Its files that are not empty, by inode, and the number of all of them.
    inodes: BTreeMap<PathBuf, (Vec<u64>, usize)>,
}

fn learn(known: &mut Known, dir: &Path, ways: &Ways) {
    let mut entries: Vec<String> = Vec::new();
    let mut is_known = true;
    let (mut inodes, mut files) = (Vec::new(), 0);
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".left") {
            is_known = false;
            continue;
        }
        let value = if metadata.is_dir() {
            learn(known, &path, ways);
            let (below, count) = &known.inodes[&path];
            inodes.extend(below);
            files += count;
            known.text[&path]
                .clone()
                .map(|text| format!("dir {{{text}}}"))
        } else if metadata.is_file() {
            files += 1;
            if metadata.len() > 0 {
                inodes.push(metadata.ino());
            }
            let takes_part = metadata.len() >= ways.min_size || ways.min_size == 1;
            // The empty are read by nobody.
            let is_read = !name.ends_with(".bad") || metadata.len() == 0 && ways.min_size == 1;
            (takes_part && is_read).then(|| format!("file {:?}", fs::read(&path).unwrap()))
        } else if metadata.is_symlink() {
            Some(format!("link {:?}", fs::read_link(&path).unwrap()))
        } else {
            None
        };
        let name = match ways.names {
            DirectoryNames::Ignored => String::new(),
            _ => name,
        };
        match value {
            Some(value) => entries.push(format!("{name:?}={value}")),
            None => is_known = false,
        }
    }
    entries.sort();
    inodes.sort_unstable();
    let text = is_known.then(|| entries.join("; "));
    known.text.insert(dir.to_owned(), text);
    known.inodes.insert(dir.to_owned(), (inodes, files));
}

/// Every set of directories that are identical and reported, whatever lies in
/// whatever.
fn alike(known: &Known, ways: &Ways) -> Vec<Vec<PathBuf>> {
    let mut by_text: BTreeMap<&str, Vec<PathBuf>> = BTreeMap::new();
    for (dir, text) in &known.text {
        if let Some(text) = text {
            by_text.entry(text).or_default().push(dir.clone());
        }
    }
    let wanted = |members: &Vec<PathBuf>| {
        let (inodes, files) = &known.inodes[&members[0]];
        let same = members.iter().all(|dir| known.inodes[dir].0 == *inodes);
        members.len() > 1
            && *files > 0
            && (ways.min_size == 0 || !inodes.is_empty())
            && (ways.hard_links || inodes.is_empty() || !same)
    };
    by_text.into_values().filter(wanted).collect()
}

/// Whether the members of `inner` lie at one place in those of `outer`.
fn is_inside(inner: &[PathBuf], outer: &[PathBuf], known: &Known, ways: &Ways) -> bool {
    if ways.names == DirectoryNames::Compared {
        let places = outer
            .iter()
            .filter_map(|dir| inner[0].strip_prefix(dir).ok())
            .filter(|place| !place.as_os_str().is_empty());
        return places.into_iter().any(|place| {
            inner
                .iter()
                .all(|dir| outer.iter().any(|o| o.join(place) == *dir))
        });
    }
    // Without names a place is a way up: on each level another directory for each,
    // and all of them alike.
    let mut above: Vec<&Path> = inner.iter().map(PathBuf::as_path).collect();
    loop {
        let parents: Option<Vec<&Path>> = above.iter().map(|dir| dir.parent()).collect();
        let Some(parents) = parents else { return false };
        let text = |dir: &Path| known.text.get(dir).cloned().flatten();
        let first = text(parents[0]);
        let distinct: BTreeSet<_> = parents.iter().collect();
        if first.is_none()
            || distinct.len() < inner.len()
            || parents.iter().any(|dir| text(dir) != first)
        {
            return false;
        }
        if parents.iter().all(|dir| outer.contains(&dir.to_path_buf())) {
            return true;
        }
        above = parents;
    }
}

fn by_brute_force(root: &Path, ways: &Ways) -> Vec<Vec<PathBuf>> {
    let mut known = Known::default();
    learn(&mut known, root, ways);
    let all = alike(&known, ways);
    let is_outermost = |group: &&Vec<PathBuf>| {
        !all.iter()
            .any(|outer| is_inside(group, outer, &known, ways))
    };
    let mut groups: Vec<_> = all.iter().filter(is_outermost).cloned().collect();
    groups.sort();
    groups
}

fn configured(tree: &Tree, ways: &Ways) -> ScanConfig {
    let mut config = tree.config();
    if ways.twice {
        config.roots.push(tree.root().join("."));
    }
    let mut dirs = Vec::new();
    if let Some(nested) = ways.nested {
        all_dirs(tree.root(), &mut dirs);
        if !dirs.is_empty() {
            config.roots.push(dirs[nested % dirs.len()].clone());
        }
    }
    config.directories = Some(ways.names);
    config.walker = ways.walker;
    config.hard_links = ways.hard_links;
    config.selection.min_size = ways.min_size;
    config.selection.exclude = vec!["*.left".to_owned()];
    config
}

fn all_dirs(dir: &Path, dirs: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.symlink_metadata().unwrap().is_dir() && !path.ends_with("x.left") {
            all_dirs(&path, dirs);
            dirs.push(path);
        }
    }
    dirs.sort();
}

/// Bytes of inodes all of whose names are in one of these directories.
fn freed(redundant: &[&PathBuf]) -> u64 {
    fn count(dir: &Path, names: &mut BTreeMap<u64, (u64, u64, u64)>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let metadata = path.symlink_metadata().unwrap();
            if metadata.is_dir() {
                count(&path, names);
            } else if metadata.is_file() {
                let known = names.entry(metadata.ino()).or_default();
                *known = (known.0 + 1, metadata.nlink(), metadata.len());
            }
        }
    }
    let mut names = BTreeMap::new();
    redundant.iter().for_each(|dir| count(dir, &mut names));
    let freed = names.values().filter(|(found, links, _)| found == links);
    freed.map(|(_, _, size)| size).sum()
}

fn paths(group: &DirectoryGroup) -> Vec<PathBuf> {
    let mut paths: Vec<_> = group.directories.iter().map(|d| d.path.clone()).collect();
    paths.sort();
    paths
}

#[test]
fn identical_directories_are_those_that_brute_force_finds() {
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(cases(128))
    });
    let outcome = runner.run(
        &(tree(), prop::collection::vec(ways(), 1..4)),
        |(entries, several)| {
            let tree = Tree::new();
            make(&tree, Path::new(""), &entries);
            for ways in &several {
                let config = configured(&tree, ways);
                let is_refusing = entries_have_bad_names(tree.root());
                let mut scan = Scan::new(config);
                if is_refusing {
                    scan = scan.with_io(|| Box::new(Refusing(Pread::new())) as Box<dyn FileIo>);
                }
                let result = scan.run().unwrap();
                let groups = result.directory_groups();
                let mut found: Vec<_> = groups.iter().map(paths).collect();
                found.sort();
                let expected = by_brute_force(tree.root(), ways);
                prop_assert_eq!(found, expected, "{:?}", ways);
                let digests: BTreeSet<_> = groups.iter().filter_map(|g| g.digest).collect();
                let known = groups.iter().filter(|g| g.digest.is_some()).count();
                prop_assert_eq!(digests.len(), known);
                let all: Vec<_> = result.groups(SortKey::Path).collect();
                for group in groups {
                    let redundant = group.directories.iter().filter(|d| !d.keep);
                    let redundant: Vec<&PathBuf> = redundant.map(|d| &d.path).collect();
                    prop_assert!(redundant.len() < group.directories.len());
                    prop_assert_eq!(group.reclaimable_bytes, freed(&redundant));
                    // A file that is kept has a name outside.
                    let kept = all.iter().flat_map(|group| &group.files);
                    for file in kept.filter(|file| file.keep) {
                        let is_in = |name: &PathBuf| redundant.iter().any(|d| name.starts_with(d));
                        prop_assert!(!file.names().all(is_in), "{:?} {:?}", file.path, group);
                    }
                }
            }
            Ok(())
        },
    );
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

fn entries_have_bad_names(dir: &Path) -> bool {
    fs::read_dir(dir).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        path.to_str().unwrap().ends_with(".bad")
            || path.symlink_metadata().unwrap().is_dir() && entries_have_bad_names(&path)
    })
}
