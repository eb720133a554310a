//! Names with one number on a simulated file system that knows the truth.

use proptest::prelude::*;

use super::*;
use crate::stage::DedupConfig;
use crate::types::{
    BatchOutcome, Digest, DirId, Evidence, FileKind, FileOutcome, FileStat, FoundDir, TaskResult,
    Timestamp, WalkBatch,
};

/// A name, and the file that it truly is a name of.
#[derive(Debug, Clone, Copy)]
struct Name {
    file: usize,
    number: u64,
}

/// Knows the file of each name, and the files for which it gives no answer.
#[derive(Debug)]
struct Truth {
    names: Vec<Name>,
    /// Files that cannot be distinguished from the file before.
    doubtful: Vec<bool>,
}

fn index(path: &Path) -> usize {
    let name = path.file_name().unwrap().to_str().unwrap();
    name.parse().unwrap()
}

impl SameFileCheck for Truth {
    fn is_exact(&mut self, _: u64, _: &mut dyn FnMut() -> PathBuf) -> bool {
        false
    }

    fn compare(&mut self, first: NamePath, second: NamePath) -> Sameness {
        let [a, b] = [first, second].map(|name| self.names[index(&name.path)].file);
        if a == b {
            Sameness::Same
        } else if a.abs_diff(b) == 1 && self.doubtful[a.max(b)] {
            Sameness::Unknown(Doubt::NoProof)
        } else {
            Sameness::Different
        }
    }

    fn changes_by_itself(&mut self, _: NamePath) -> bool {
        false
    }

    fn resolve(&mut self, path: PathBuf) -> Option<PathBuf> {
        // As if all names of a file were links to it.
        let name = path.file_name()?.to_str()?;
        match name.parse::<usize>() {
            Ok(name) => Some(PathBuf::from(format!("/{}", self.names[name].file))),
            Err(_) => Some(path),
        }
    }

    fn mount_point(&mut self, path: &Path) -> PathBuf {
        path.to_owned()
    }
}

const FILES: usize = 6;

/// Files are of two sizes and two contents.
fn size(file: usize) -> u64 {
    100 + (file % 2) as u64
}

fn content(file: usize) -> u8 {
    (file / 2 % 2) as u8
}

fn state(truth: Truth, by_entry: bool) -> DedupState {
    let mut batch = WalkBatch::default();
    let name = batch.push_name(b"root");
    batch.dirs.push(FoundDir {
        dir: DirId(0),
        parent: None,
        name,
        id: FileId { dev: 1, ino: 1 },
        root: 0,
    });
    let config = DedupConfig {
        hard_links: false,
        hash_everything: false,
        verify: false,
        workers: 1,
        compare_width: 3,
        digest_len: 1,
        settled_before: Timestamp::from_nanos(i64::MAX),
        tree_hash: None,
    };
    let mut state = DedupState::new(config).with_same_file_check(Box::new(truth), by_entry);
    state.found(batch).unwrap();
    state
}

fn find(state: &mut DedupState, at: usize, name: Name, through_link: bool) {
    let mut batch = WalkBatch::default();
    let text = batch.push_name(at.to_string().as_bytes());
    batch.files.push(FoundFile {
        dir: DirId(0),
        name: text,
        stat: FileStat {
            id: FileId {
                dev: 1,
                ino: name.number,
            },
            kind: FileKind::Regular,
            size: size(name.file),
            links: 2,
            modified: Timestamp::new(0, 0),
            changed: Timestamp::new(0, 0),
        },
        through_link,
    });
    state.found(batch).unwrap();
}

fn finish(state: &mut DedupState, names: &[Name]) {
    state.walk_done();
    while let Some(batch) = state.next_batch() {
        let files = batch.tasks.iter().map(|task| {
            let at = index(Path::new(platform::os_str(batch.location(task).name)));
            let digest = Digest::new(&[content(names[at].file)]);
            FileOutcome {
                token: task.token,
                result: TaskResult::Proved(Evidence::Whole(digest)),
                generation: None,
            }
        });
        let files = files.collect();
        state.done(BatchOutcome {
            job: batch.job,
            files,
            bytes_read: 0,
        });
    }
}

/// The true files of each group, and the names with errors.
fn outcome(state: &DedupState, names: &[Name]) -> (Vec<Vec<usize>>, Vec<PathBuf>) {
    let catalog = state.catalog();
    let mut groups = Vec::new();
    for class in catalog.shared_classes() {
        let mut files: Vec<usize> = catalog
            .members(class)
            .map(|file| names[index(&catalog.path_of(file))].file)
            .collect();
        assert_eq!(files.len(), catalog.class(class).count as usize);
        files.sort_unstable();
        if files.len() > 1 {
            groups.push(files);
        }
    }
    groups.sort();
    let errors = catalog.errors();
    assert!(
        errors
            .iter()
            .all(|error| error.kind == FailureKind::Ambiguous)
    );
    (groups, errors.into_iter().map(|error| error.path).collect())
}

/// The expected outcome.
fn expected(names: &[Name], doubtful: &[bool]) -> (Vec<Vec<usize>>, Vec<PathBuf>) {
    let number = |file| names.iter().find(|n| n.file == file).map(|n| n.number);
    let meets =
        |a: usize, b: usize| number(a).is_some() && number(a) == number(b) && size(a) == size(b);
    let is_lost = |file: usize| {
        (file > 0 && doubtful[file] && meets(file, file - 1))
            || (file + 1 < FILES && doubtful[file + 1] && meets(file, file + 1))
    };
    let mut groups = Vec::new();
    for first in 0..FILES {
        let alike = |&file: &usize| {
            size(file) == size(first)
                && content(file) == content(first)
                && number(file).is_some()
                && !is_lost(file)
        };
        let group: Vec<usize> = (0..FILES).filter(alike).collect();
        if group.len() > 1 && group[0] == first {
            groups.push(group);
        }
    }
    groups.sort();
    let lost = names.iter().enumerate().filter(|(_, n)| is_lost(n.file));
    let mut lost: Vec<PathBuf> = lost.map(|(at, _)| format!("root/{at}").into()).collect();
    lost.sort();
    (groups, lost)
}

fn world() -> impl Strategy<Value = (Vec<Name>, Vec<bool>)> {
    let numbers = prop::collection::vec(0..3_u64, FILES);
    let names = prop::collection::vec(0..FILES, 1..14);
    let doubtful = prop::collection::vec(prop::bool::weighted(0.3), FILES);
    (numbers, names, doubtful).prop_map(|(numbers, files, doubtful)| {
        let name = |file: usize| Name {
            file,
            number: 10 + numbers[file],
        };
        (files.into_iter().map(name).collect(), doubtful)
    })
}

proptest! {
    #[test]
    fn names_with_one_inode_number_are_grouped_by_true_identity((names, doubtful) in world()) {
        let expected = expected(&names, &doubtful);
        // In the order of the names, and backwards.
        let forwards: Vec<usize> = (0..names.len()).collect();
        let backwards: Vec<usize> = forwards.iter().copied().rev().collect();
        for order in [forwards, backwards] {
            let truth = Truth { names: names.clone(), doubtful: doubtful.clone() };
            let mut state = state(truth, false);
            for at in order {
                find(&mut state, at, names[at], false);
            }
            finish(&mut state, &names);
            prop_assert_eq!(outcome(&state, &names), expected.clone());
        }
    }

    #[test]
    fn a_link_is_no_second_file_when_inode_numbers_change((mut names, _) in world()) {
        // Each name has a number of its own.
        for (name, number) in names.iter_mut().zip(100..) {
            name.number = number;
        }
        let truth = Truth { names: names.clone(), doubtful: vec![false; FILES] };
        let mut state = state(truth, true);
        for (at, &name) in names.iter().enumerate() {
            find(&mut state, at, name, true);
        }
        finish(&mut state, &names);
        let (groups, errors) = outcome(&state, &names);
        prop_assert_eq!(errors, Vec::<PathBuf>::new());
        for mut group in groups {
            let all = group.len();
            group.dedup();
            prop_assert_eq!(group.len(), all, "a file is its own duplicate");
        }
    }
}

#[test]
fn too_many_files_of_one_number_are_excluded() {
    let files = MAX_PEERS + 2;
    let names: Vec<Name> = (0..files)
        .map(|file| Name {
            file: 4 * file,
            number: 10,
        })
        .collect();
    let truth = Truth {
        names: names.clone(),
        doubtful: vec![false; 4 * files],
    };
    let mut state = state(truth, false);
    for (at, &name) in names.iter().enumerate() {
        find(&mut state, at, name, false);
    }
    finish(&mut state, &names);
    let errors = state.catalog().errors();
    assert!(
        errors
            .iter()
            .all(|error| error.kind == FailureKind::Ambiguous)
    );
    // One too many, and those that it was not compared with.
    assert!(
        errors.len() >= 2 && errors.len() < files,
        "{}",
        errors.len()
    );
}

#[test]
fn a_renumbering_file_system_gives_one_error() {
    let names: Vec<Name> = (0..3)
        .map(|n| Name {
            file: 0,
            number: 10 + n,
        })
        .collect();
    let truth = Truth {
        names: names.clone(),
        doubtful: vec![false; FILES],
    };
    let mut state = state(truth, false);
    for (at, &name) in names.iter().enumerate() {
        find(&mut state, at, name, false);
    }
    state.walk_done();
    while let Some(batch) = state.next_batch() {
        let failed = |token| FileOutcome {
            token,
            result: TaskResult::Failed(FailureKind::Unstable, "other number".to_owned()),
            generation: None,
        };
        let files = batch.tasks.iter().map(|task| failed(task.token)).collect();
        state.done(BatchOutcome {
            job: batch.job,
            files,
            bytes_read: 0,
        });
    }
    let errors = state.catalog().errors();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].kind, FailureKind::Unstable);
    assert!(
        errors[0].message.contains("3 files"),
        "{}",
        errors[0].message
    );
}
