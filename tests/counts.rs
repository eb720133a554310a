//! How often each file is opened and read: speed that no clock has to show.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use nodupe::HashAlgorithm;

use crate::harness::faulty::{Read, names, scan};
use crate::harness::{Tree, grouped, pattern};

/// How often each file was opened and read, by name.
type Counts = BTreeMap<String, (u32, u32)>;

/// That, and the groups.
fn counts(tree: &Tree, algorithm: HashAlgorithm) -> (Counts, Vec<Vec<String>>) {
    let counts = Arc::new(Mutex::new(Counts::new()));
    let (opened, read) = (Arc::clone(&counts), Arc::clone(&counts));
    let mut config = tree.config();
    config.hash = algorithm;
    let result = scan(
        config,
        move |name| opened.lock().unwrap().entry(name.to_owned()).or_default().0 += 1,
        move |name, _| {
            read.lock().unwrap().entry(name.to_owned()).or_default().1 += 1;
            Read::Pass
        },
    );
    let counts = counts.lock().unwrap().clone();
    (counts, names(&result))
}

#[test]
fn small_files_are_opened_once_and_read_once() {
    let tree = Tree::new();
    for (length, name) in [(1, "1"), (100, "100"), (4096, "4k"), (16 * 1024, "16k")] {
        for (kind, seed) in [("copy-a", 0), ("copy-b", 0), ("other", 1)] {
            tree.file(format!("{kind}-{name}"), pattern(length, seed));
        }
    }
    let alone = pattern(999, 0);
    tree.file("alone", alone);
    tree.files(&["empty-a", "empty-b"], "");
    for algorithm in HashAlgorithm::ALL {
        let (counts, groups) = counts(&tree, algorithm);
        assert_eq!(groups.len(), 4, "{groups:?}");
        assert_eq!(counts.len(), 12, "a file alone in its size is left alone");
        for (name, count) in counts {
            assert_eq!(count, (1, 1), "{name} with {algorithm:?}");
        }
    }
}

#[test]
fn of_files_with_different_ends_only_these_are_read() {
    let tree = Tree::new();
    for (name, at) in [("head", 0), ("tail", 99_999), ("neither", 50_000)] {
        let mut content = pattern(100_000, 0);
        content[at] ^= 1;
        tree.file(name, content);
    }
    tree.file("twin", pattern(100_000, 0));
    let (counts, groups) = counts(&tree, HashAlgorithm::Blake3);
    assert_eq!(groups, grouped(&[]));
    // Both ends in one opening; then what still looks alike from start to
    // end in another.
    assert_eq!(counts["head"], (1, 2));
    assert_eq!(counts["tail"], (1, 2));
    assert_eq!(counts["neither"], (2, 3));
    assert_eq!(counts["twin"], (2, 3));
}
