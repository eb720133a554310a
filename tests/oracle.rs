//! Random trees, against the simplest program that could be right: it reads
//! every file into memory and compares all with all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::num::NonZeroUsize;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nodupe::Group;
use nodupe::Scan;
use nodupe::internals::walk::WalkerKind;
use nodupe::{HashAlgorithm, ScanConfig, SortKey};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::harness::{Tree, cases, pattern};

/// What goes into the tree.
#[derive(Debug, Clone)]
enum Item {
    File {
        dir: usize,
        content: Content,
    },
    /// Another name for the file that came this many files earlier.
    HardLink {
        dir: usize,
        to: usize,
    },
    /// A link to an earlier file, or to a directory.
    Symlink {
        dir: usize,
        to: usize,
        directory: bool,
    },
}

/// Few contents, so that groups occur; many ways to differ.
#[derive(Debug, Clone, Copy)]
struct Content {
    size: usize,
    seed: u8,
    change: Change,
}

#[derive(Debug, Clone, Copy)]
enum Change {
    None,
    Head,
    Middle,
    Tail,
}

const DIRS: [&str; 5] = ["", "a", "a/b", "a/b/c", "z"];

/// The sizes around which reading changes.
const EDGES: [usize; 5] = [0, 4096, 8192, 16_384, 1 << 20];

impl Content {
    fn bytes(self) -> Vec<u8> {
        let mut bytes = pattern(self.size, self.seed);
        let place = match self.change {
            Change::None => return bytes,
            Change::Head => 0,
            Change::Middle => self.size / 2,
            Change::Tail => self.size.saturating_sub(1),
        };
        if let Some(byte) = bytes.get_mut(place) {
            *byte ^= 0x80;
        }
        bytes
    }
}

fn content() -> impl Strategy<Value = Content> {
    let edge = prop_oneof![
        4 => 0..EDGES.len() - 1,
        1 => Just(EDGES.len() - 1),
    ];
    let change = prop_oneof![
        3 => Just(Change::None),
        1 => Just(Change::Head),
        1 => Just(Change::Middle),
        1 => Just(Change::Tail),
    ];
    (edge, 0..3_usize, 0..2_u8, change).prop_map(|(edge, side, seed, change)| Content {
        size: (EDGES[edge] + side).saturating_sub(1),
        seed,
        change,
    })
}

fn item() -> impl Strategy<Value = Item> {
    let dir = 0..DIRS.len();
    prop_oneof![
        8 => (dir.clone(), content()).prop_map(|(dir, content)| Item::File { dir, content }),
        2 => (dir.clone(), any::<usize>()).prop_map(|(dir, to)| Item::HardLink { dir, to }),
        1 => (dir, any::<usize>(), any::<bool>())
            .prop_map(|(dir, to, directory)| Item::Symlink { dir, to, directory }),
    ]
}

fn make(items: &[Item]) -> Tree {
    let tree = Tree::new();
    for dir in DIRS {
        tree.dir(dir);
    }
    let mut files: Vec<PathBuf> = Vec::new();
    for (number, item) in items.iter().enumerate() {
        // Names in another order than the files come in.
        let name = format!("{}-{number}", number * 7 % 10);
        match item {
            Item::File { dir, content } => {
                let path = Path::new(DIRS[*dir]).join(name);
                tree.file(&path, content.bytes());
                files.push(path);
            }
            Item::HardLink { dir, to } if !files.is_empty() => {
                tree.hard_link(&files[to % files.len()], Path::new(DIRS[*dir]).join(name));
            }
            Item::Symlink { dir, to, directory } if !files.is_empty() => {
                let target = if *directory {
                    tree.path(DIRS[to % DIRS.len()])
                } else {
                    tree.path(&files[to % files.len()])
                };
                tree.symlink(target, Path::new(DIRS[*dir]).join(name));
            }
            Item::HardLink { .. } | Item::Symlink { .. } => {}
        }
    }
    tree
}

/// How the tree is scanned.
#[derive(Debug, Clone)]
struct Ways {
    hash: HashAlgorithm,
    walker: WalkerKind,
    workers: NonZeroUsize,
    verify: bool,
    hard_links: bool,
    follow_links: bool,
    empty: bool,
    copies: (u64, u64),
}

fn ways() -> impl Strategy<Value = Ways> {
    let copies = proptest::sample::select(vec![(2, u64::MAX), (1, u64::MAX), (1, 1), (3, 4)]);
    (
        proptest::sample::select(HashAlgorithm::ALL.to_vec()),
        proptest::sample::select(vec![WalkerKind::Native, WalkerKind::Portable]),
        1..5_usize,
        any::<[bool; 4]>(),
        copies,
    )
        .prop_map(|(hash, walker, workers, switches, copies)| Ways {
            hash,
            walker,
            workers: NonZeroUsize::new(workers).unwrap(),
            verify: switches[0],
            hard_links: switches[1],
            follow_links: switches[2],
            empty: switches[3],
            copies,
        })
}

/// One group, as far as anybody can know it without hashing.
type Expected = (u64, u64, Vec<(PathBuf, Vec<PathBuf>)>);

/// Every regular file below a directory; links are looked at, not followed:
/// all lead to what is in the tree anyway.
fn all_files(dir: &Path, files: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        if metadata.is_dir() {
            all_files(&path, files);
        } else if metadata.is_file() {
            files.insert(path);
        }
    }
}

fn by_brute_force(root: &Path, ways: &Ways) -> Vec<Expected> {
    let mut files = BTreeSet::new();
    all_files(root, &mut files);
    // Bytes, then inodes, then names; names in the order of their bytes.
    let mut contents: BTreeMap<Vec<u8>, BTreeMap<u64, Vec<PathBuf>>> = BTreeMap::new();
    for path in files {
        let bytes = fs::read(&path).unwrap();
        if bytes.is_empty() && !ways.empty {
            continue;
        }
        let inode = fs::metadata(&path).unwrap().ino();
        let names = contents.entry(bytes).or_default().entry(inode).or_default();
        names.push(path);
        names.sort_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
    }
    let mut groups = Vec::new();
    for (bytes, inodes) in contents {
        let size = bytes.len() as u64;
        let reclaimable = size * (inodes.len() as u64 - 1);
        let mut replicas: Vec<(PathBuf, Vec<PathBuf>)> = Vec::new();
        for names in inodes.into_values() {
            if ways.hard_links {
                replicas.extend(names.into_iter().map(|name| (name, Vec::new())));
            } else {
                replicas.push((names[0].clone(), names[1..].to_vec()));
            }
        }
        replicas.sort_by(|a, b| a.0.as_os_str().cmp(b.0.as_os_str()));
        let (least, most) = ways.copies;
        if (least..=most).contains(&(replicas.len() as u64)) {
            groups.push((size, reclaimable, replicas));
        }
    }
    groups.sort_by(|a, b| {
        let first = |group: &Expected| group.2[0].0.as_os_str().to_owned();
        (b.1.cmp(&a.1)).then_with(|| first(a).cmp(&first(b)))
    });
    groups
}

fn simplified(group: Group) -> Expected {
    // One is kept, and first; the rest is in order.
    assert!(group.files.iter().skip(1).all(|file| !file.keep) && group.files[0].keep);
    let files = group.files.into_iter();
    let mut replicas: Vec<_> = files.map(|file| (file.path, file.hard_links)).collect();
    assert!(replicas[1..].is_sorted());
    replicas.sort_unstable();
    (group.size, group.reclaimable_bytes, replicas)
}

fn configured(tree: &Tree, ways: &Ways) -> ScanConfig {
    let mut config = tree.config();
    config.hash = ways.hash;
    config.walker = ways.walker;
    config.execution.workers = Some(ways.workers);
    config.verify = ways.verify;
    config.hard_links = ways.hard_links;
    config.selection.follow_links = ways.follow_links;
    config.selection.min_size = u64::from(!ways.empty);
    (config.min_copies, config.max_copies) = ways.copies;
    config
}

#[test]
fn groups_are_those_that_brute_force_finds() {
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(cases(64))
    });
    let items = prop::collection::vec(item(), 0..30);
    let outcome = runner.run(
        &(items, prop::collection::vec(ways(), 1..4)),
        |(items, several)| {
            let tree = make(&items);
            for ways in &several {
                let expected = by_brute_force(tree.root(), ways);
                let mut told = Vec::new();
                let result = Scan::new(configured(&tree, ways))
                    .on_group(|group| told.push(group))
                    .run()
                    .unwrap();
                prop_assert!(result.errors().is_empty(), "{:?}", result.errors());
                prop_assert!(result.summary().complete);
                let groups: Vec<Group> = result.groups(SortKey::Reclaimable).collect();
                let totals = result.summary().totals;
                prop_assert_eq!(totals.groups, expected.len() as u64);
                let reclaimable: u64 = expected.iter().map(|group| group.1).sum();
                prop_assert_eq!(totals.reclaimable_bytes, reclaimable);
                // What was told on the way is what is there in the end.
                let by_size: Vec<Group> = result.groups(SortKey::Size).collect();
                prop_assert_eq!(&told, &by_size);
                let found: Vec<Expected> = groups.into_iter().map(simplified).collect();
                prop_assert_eq!(found, expected, "{:?}", ways);
            }
            Ok(())
        },
    );
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
