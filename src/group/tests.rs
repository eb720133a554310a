//! Groups from hand-made results: names, criteria, references, order.

use super::*;
use crate::config::SortKey;
use crate::stage::{DedupConfig, DedupState};
use crate::types::{
    BatchOutcome, DirId, Evidence, FileId, FileKind, FileOutcome, FileStat, FoundDir, FoundFile,
    TaskResult, Timestamp, WalkBatch,
};

/// A simulated walk: directories as (path, inode, root), files as (directory,
/// name, inode, size, links).
struct SimulatedWalk {
    dirs: Vec<(&'static str, u64, u32)>,
    files: Vec<(usize, &'static str, u64, u64, u64)>,
    links: Vec<usize>,
}

/// Files of one size have the same content.
fn catalog(walk: &SimulatedWalk, hard_links: bool) -> Catalog {
    let mut state = DedupState::new(DedupConfig {
        hard_links,
        hash_everything: false,
        verify: false,
        workers: 1,
        compare_width: 2,
        digest_len: 1,
        settled_before: Timestamp::MIN,
        tree_hash: None,
    });
    let mut batch = WalkBatch::default();
    for (number, &(path, ino, root)) in walk.dirs.iter().enumerate() {
        let name = batch.push_name(path.as_bytes());
        batch.dirs.push(FoundDir {
            dir: DirId(number as u32),
            parent: None,
            name,
            id: FileId { dev: 1, ino },
            root,
        });
    }
    for (at, &(dir, name, ino, size, links)) in walk.files.iter().enumerate() {
        let name = batch.push_name(name.as_bytes());
        batch.files.push(FoundFile {
            dir: DirId(dir as u32),
            name,
            stat: FileStat {
                id: FileId { dev: 1, ino },
                kind: FileKind::Regular,
                size,
                links,
                modified: Timestamp::new(ino as i64, 0),
                changed: Timestamp::new(0, 0),
            },
            through_link: walk.links.contains(&at),
        });
    }
    state.found(batch).unwrap();
    state.walk_done();
    complete_batches(&mut state);
    while state.queue_remaining() {
        complete_batches(&mut state);
    }
    state.into_catalog()
}

fn complete_batches(state: &mut DedupState) {
    while let Some(batch) = state.next_batch() {
        let files = batch
            .tasks
            .iter()
            .map(|task| FileOutcome {
                token: task.token,
                result: TaskResult::Proved(Evidence::Whole(Digest::new(&[1]))),
                generation: None,
            })
            .collect();
        state.done(BatchOutcome {
            job: batch.job,
            files,
            bytes_read: 0,
        });
    }
}

fn rules(references: &[bool]) -> GroupRules {
    GroupRules {
        criteria: Criteria::default(),
        hard_links: false,
        roots: references
            .iter()
            .zip(0..)
            .map(|(&reference, family)| RootInfo { reference, family })
            .collect(),
        keeper: Arc::default(),
    }
}

/// Every group with its entries: the path, `*` before a reference, `=` before
/// each hard link.
fn groups(walk: &SimulatedWalk, rules: &GroupRules) -> Vec<String> {
    let catalog = catalog(walk, rules.hard_links);
    let mut candidates = candidates(&catalog, rules);
    sort(&catalog, rules, SortKey::Reclaimable, &mut candidates);
    candidates
        .iter()
        .map(|candidate| {
            let group = build(&catalog, rules, candidate);
            assert_eq!(group.duplicates(), candidate.duplicates);
            let files: Vec<String> = group
                .files
                .iter()
                .map(|file| {
                    let mark = if file.reference { "*" } else { "" };
                    let links: String = file
                        .hard_links
                        .iter()
                        .map(|link| format!("={}", link.display()))
                        .collect();
                    format!("{mark}{}{links}", file.path.display())
                })
                .collect();
            format!("{}: {}", group.reclaimable_bytes, files.join(" "))
        })
        .collect()
}

#[test]
fn hard_links_are_names_of_one_copy() {
    let walk = SimulatedWalk {
        dirs: vec![("r", 1, 0), ("r/d", 2, 0)],
        files: vec![
            (1, "c", 10, 5, 3),
            (0, "z", 10, 5, 3),
            (0, "copy", 11, 5, 1),
            (0, "a", 10, 5, 3),
        ],
        links: vec![],
    };
    assert_eq!(groups(&walk, &rules(&[false])), ["5: r/a=r/d/c=r/z r/copy"]);
    let by_name = GroupRules {
        hard_links: true,
        ..rules(&[false])
    };
    assert_eq!(groups(&walk, &by_name), ["5: r/a r/copy r/d/c r/z"]);
}

#[test]
fn the_same_name_by_another_path_is_no_separate_name() {
    // r/d and r/mirror are one directory, found twice.
    let walk = SimulatedWalk {
        dirs: vec![("r/mirror", 2, 0), ("r/d", 2, 0)],
        files: vec![
            (0, "x", 10, 5, 2),
            (1, "x", 10, 5, 2),
            (0, "y", 10, 5, 2),
            (1, "y", 10, 5, 2),
        ],
        links: vec![],
    };
    assert!(groups(&walk, &rules(&[false])).is_empty());
    let by_name = GroupRules {
        hard_links: true,
        ..rules(&[false])
    };
    assert_eq!(groups(&walk, &by_name), ["0: r/d/x r/d/y"]);
}

#[test]
fn more_names_than_links_are_aliases() {
    // A case-insensitive file system.
    let walk = SimulatedWalk {
        dirs: vec![("", 1, 0)],
        files: vec![
            (0, "name", 10, 5, 1),
            (0, "NAME", 10, 5, 1),
            (0, "other", 11, 5, 1),
        ],
        links: vec![],
    };
    assert_eq!(groups(&walk, &rules(&[false])), ["5: NAME other"]);
}

#[test]
fn a_symbolic_link_is_a_name_only_where_there_is_no_other() {
    let mut walk = SimulatedWalk {
        dirs: vec![("r", 1, 0)],
        files: vec![
            (0, "a-link", 10, 5, 1),
            (0, "b-link", 10, 5, 1),
            (0, "copy", 11, 5, 1),
        ],
        links: vec![0, 1],
    };
    assert_eq!(groups(&walk, &rules(&[false])), ["5: r/a-link r/copy"]);
    walk.files.push((0, "real", 10, 5, 1));
    assert_eq!(groups(&walk, &rules(&[false])), ["5: r/copy r/real"]);
}

#[test]
fn references_come_first_and_are_kept() {
    let walk = SimulatedWalk {
        dirs: vec![("a", 1, 0), ("orig", 2, 1)],
        files: vec![
            (0, "x", 10, 7, 1),
            (0, "y", 11, 7, 1),
            (1, "m", 12, 7, 1),
            (1, "n", 13, 7, 1),
            // Only originals: nothing to report.
            (1, "p", 14, 6, 1),
            (1, "q", 15, 6, 1),
            // No original: an ordinary group.
            (0, "v", 16, 5, 1),
            (0, "w", 17, 5, 1),
        ],
        links: vec![],
    };
    assert_eq!(
        groups(&walk, &rules(&[false, true])),
        ["14: *orig/m *orig/n a/x a/y", "5: a/v a/w"]
    );
}

#[test]
fn a_file_reached_from_a_reference_too_is_an_original() {
    let walk = SimulatedWalk {
        dirs: vec![("./orig", 2, 0), ("orig", 2, 1), ("a", 1, 0)],
        files: vec![(0, "x", 10, 5, 1), (1, "x", 10, 5, 1), (2, "y", 11, 5, 1)],
        links: vec![],
    };
    assert_eq!(groups(&walk, &rules(&[false, true])), ["5: *./orig/x a/y"]);
}

#[test]
fn groups_across_roots_count_every_name() {
    let across = GroupRules {
        criteria: Criteria {
            across_roots: true,
            ..Criteria::default()
        },
        ..rules(&[false, false])
    };
    let walk = SimulatedWalk {
        dirs: vec![("a", 1, 0), ("b", 2, 1)],
        files: vec![
            (0, "x", 10, 7, 1),
            (0, "y", 11, 7, 1),
            (0, "v", 12, 6, 1),
            (1, "w", 13, 6, 1),
            // A second name in the other root is enough.
            (0, "m", 14, 5, 2),
            (1, "n", 14, 5, 2),
            (0, "o", 15, 5, 1),
        ],
        links: vec![],
    };
    assert_eq!(groups(&walk, &across), ["6: a/v b/w", "5: a/m=b/n a/o"]);
}

#[test]
fn a_file_given_directly_counts_for_its_own_root_and_that_of_its_directory() {
    for direct_first in [false, true] {
        let (dir, direct) = if direct_first { (1, 0) } else { (0, 1) };
        let walk = SimulatedWalk {
            dirs: vec![("o", 1, dir), ("o", 1, direct)],
            files: vec![(0, "f", 10, 5, 1), (0, "g", 11, 5, 1), (1, "f", 10, 5, 1)],
            links: vec![],
        };
        let across = GroupRules {
            criteria: Criteria {
                across_roots: true,
                ..Criteria::default()
            },
            ..rules(&[false, false])
        };
        assert_eq!(groups(&walk, &across), ["5: o/f o/g"]);
        let mut one_family = across;
        one_family.roots[1].family = 0;
        assert!(groups(&walk, &one_family).is_empty());
    }
}

#[test]
fn the_number_of_copies_has_two_bounds() {
    let walk = SimulatedWalk {
        dirs: vec![("r", 1, 0)],
        files: vec![
            (0, "1", 10, 3, 1),
            (0, "2a", 11, 4, 1),
            (0, "2b", 12, 4, 1),
            (0, "3a", 13, 5, 1),
            (0, "3b", 14, 5, 1),
            (0, "3c", 15, 5, 1),
        ],
        links: vec![],
    };
    let sizes = |min_copies, max_copies| -> Vec<usize> {
        let rules = GroupRules {
            criteria: Criteria {
                min_copies,
                max_copies,
                across_roots: false,
            },
            ..rules(&[false])
        };
        groups(&walk, &rules)
            .iter()
            .map(|group| group.split(' ').count() - 1)
            .collect()
    };
    assert_eq!(sizes(2, u64::MAX), [3, 2]);
    assert_eq!(sizes(3, u64::MAX), [3]);
    assert_eq!(sizes(1, 1), [1]);
    assert_eq!(sizes(1, 2), [2, 1]);
    assert_eq!(sizes(2, 2), [2]);
    assert!(sizes(4, u64::MAX).is_empty());
}

#[test]
fn ties_of_each_order_are_broken_by_path() {
    let walk = SimulatedWalk {
        dirs: vec![("r", 1, 0)],
        files: vec![
            (0, "b1", 10, 6, 1),
            (0, "b2", 20, 6, 1),
            (0, "a1", 11, 3, 1),
            (0, "a2", 12, 3, 1),
            (0, "a3", 13, 3, 1),
            (0, "c1", 14, 2, 1),
            (0, "c2", 15, 2, 1),
        ],
        links: vec![],
    };
    let catalog = catalog(&walk, false);
    let rules = rules(&[false]);
    let order = |key| -> String {
        let mut candidates = candidates(&catalog, &rules);
        sort(&catalog, &rules, key, &mut candidates);
        candidates
            .iter()
            .map(|candidate| {
                let path = build(&catalog, &rules, candidate).files[0].path.clone();
                path.display().to_string().as_bytes()[2] as char
            })
            .collect()
    };
    // a and b both free 6 bytes.
    assert_eq!(order(SortKey::Reclaimable), "abc");
    assert_eq!(order(SortKey::Size), "bac");
    assert_eq!(order(SortKey::Copies), "abc");
    assert_eq!(order(SortKey::Path), "abc");
    assert_eq!(order(SortKey::Modified), "bca");
}
