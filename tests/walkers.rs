//! The native and the portable walker find the same.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nodupe::Group;
use nodupe::Scan;
use nodupe::internals::walk::WalkerKind;
use nodupe::{ScanConfig, SortKey};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::harness::{Tree, cases, permissions_bind};

type Found = (Vec<Group>, Vec<nodupe::ScanError>, u64);

fn find(config: &ScanConfig, walker: WalkerKind) -> Found {
    let mut config = config.clone();
    config.walker = walker;
    config.min_copies = 1;
    let result = Scan::new(config).run().unwrap();
    let groups = result.groups(SortKey::Path).collect();
    (
        groups,
        result.errors().to_vec(),
        result.summary().totals.files,
    )
}

/// How many files both found.
#[track_caller]
fn agree(config: &ScanConfig) -> u64 {
    let native = find(config, WalkerKind::Native);
    let portable = find(config, WalkerKind::Portable);
    assert_eq!(native, portable, "{config:#?}");
    native.2
}

/// Every switch that a walk looks at, one at a time and all at once.
fn every_way(config: &ScanConfig) -> Vec<ScanConfig> {
    let changes: [fn(&mut ScanConfig); 12] = [
        |_| {},
        |c| c.selection.follow_links = true,
        |c| c.selection.hidden = false,
        |c| c.selection.max_depth = Some(1),
        |c| c.selection.max_depth = Some(3),
        |c| c.selection.gitignore = true,
        |c| c.selection.one_file_system = true,
        |c| c.selection.exclude = vec!["a*".to_owned()],
        |c| c.selection.exclude = vec!["*/b/".to_owned()],
        |c| c.selection.include = vec!["**/a/*".to_owned()],
        |c| c.selection.include_regex = vec!["[ab]$".to_owned()],
        |c| c.hard_links = true,
    ];
    let mut all = config.clone();
    all.selection.follow_links = true;
    all.selection.hidden = false;
    all.selection.gitignore = true;
    all.selection.max_depth = Some(4);
    all.selection.exclude = vec!["b.*".to_owned()];
    let mut ways: Vec<ScanConfig> = changes
        .iter()
        .map(|change| {
            let mut config = config.clone();
            config.selection.min_size = 0;
            change(&mut config);
            config
        })
        .collect();
    ways.push(all);
    ways
}

#[test]
fn on_a_tree_of_everything() {
    let tree = Tree::new();
    tree.files(&["a", "b", ".hidden", "d/a", "d/.h/b", "d/e/f/g/h"], "same")
        .files(&["empty", "d/empty"], "")
        .dir("nothing/in/here")
        .hard_link("a", "d/hard")
        .symlink("a", "link")
        .symlink("d", "dir-link")
        .symlink("gone", "broken")
        .symlink("..", "d/up")
        .symlink("self", "self")
        .fifo("fifo")
        .fifo("d/fifo")
        .file("repo/.git/HEAD", "x")
        .file("repo/.gitignore", "*.o\n/b/\n")
        .files(&["repo/x.o", "repo/x.c", "repo/b/a", "repo/c/b/a"], "same");
    for name in [&b"\xff\xfe"[..], b"new\nline", b"-", b"\x1b[0m", b" "] {
        tree.file(OsStr::from_bytes(name), "same");
        tree.file(
            PathBuf::from("d").join(OsStr::from_bytes(name)).join("f"),
            "same",
        );
    }
    tree.file("n".repeat(255), "same");
    for n in 0..1200 {
        tree.file(format!("wide/{n}"), "w");
    }
    let roots = [
        vec![tree.root().to_path_buf()],
        vec![tree.path("d"), tree.root().to_path_buf(), tree.path("link")],
        vec![tree.path("dir-link"), tree.path("a"), tree.path("d/e")],
        vec![tree.path("a"), tree.path("d/hard"), tree.path("wide")],
    ];
    for roots in roots {
        for config in every_way(&ScanConfig::new(roots)) {
            agree(&config);
        }
    }
    // Of those made above, in their order; `d/hard` is `a` by another name.
    let files = 6 + 2 + 4 + 5 * 2 + 1 + 1200;
    assert_eq!(agree(&tree.config()), files);
}

#[test]
fn where_not_everything_may_be_read() {
    if !permissions_bind() {
        return;
    }
    let tree = Tree::new();
    tree.files(&["a", "b", "closed/x", "blind/y", "blind/d/z"], "same")
        .mode("closed", 0o311)
        .mode("blind", 0o644);
    let errors = |walker: &str| {
        let run = tree
            .scan(&["--walker", walker])
            .json()
            .by_other_user()
            .exits(3);
        let report = run.report();
        (report.paths(), report.errors())
    };
    assert_eq!(errors("native"), errors("portable"));
    tree.mode("closed", 0o755).mode("blind", 0o755);
}

/// One step in making a tree.
#[derive(Debug, Clone)]
enum Step {
    File(Vec<usize>, u8),
    Dir(Vec<usize>),
    HardLink(Vec<usize>, usize),
    /// To what was made by an earlier step, or to somewhere above or nowhere.
    Symlink(Vec<usize>, usize),
    /// To the directory above.
    Up(Vec<usize>),
    Fifo(Vec<usize>),
    Ignore(Vec<usize>, usize),
}

const PARTS: [&[u8]; 8] = [b"a", b"b", b"ab", b".c", b"d\xff", b"e\n", b"b.x", b"f g"];
const RULES: [&str; 6] = ["a\n", "/b\n", "*.x\n!b.x\n", "b/\n", "**/a/b\n", "ab/**\n"];

fn place() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..PARTS.len(), 1..5)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (place(), 0..3_u8).prop_map(|(at, content)| Step::File(at, content)),
        1 => place().prop_map(Step::Dir),
        2 => (place(), any::<usize>()).prop_map(|(at, to)| Step::HardLink(at, to)),
        3 => (place(), any::<usize>()).prop_map(|(at, to)| Step::Symlink(at, to)),
        1 => place().prop_map(Step::Up),
        1 => place().prop_map(Step::Fifo),
        1 => (place(), 0..RULES.len()).prop_map(|(at, rule)| Step::Ignore(at, rule)),
    ]
}

/// Makes the tree; a step whose place is taken is passed over.
fn make(steps: &[Step]) -> Tree {
    let tree = Tree::new();
    fs::create_dir(tree.path(".git")).unwrap();
    let mut made = vec![tree.root().to_path_buf()];
    for step in steps {
        let (Step::File(at, _)
        | Step::Dir(at)
        | Step::HardLink(at, _)
        | Step::Symlink(at, _)
        | Step::Up(at)
        | Step::Fifo(at)
        | Step::Ignore(at, _)) = step;
        let parts = at.iter().map(|&part| OsStr::from_bytes(PARTS[part]));
        let mut path = tree.root().to_path_buf();
        path.extend(parts);
        // Through a link the tree would grow beyond itself.
        let through_link = path.ancestors().any(Path::is_symlink);
        if through_link
            || fs::create_dir_all(path.parent().unwrap()).is_err()
            || path.symlink_metadata().is_ok()
        {
            continue;
        }
        let nth = |n: &usize| made[n % made.len()].clone();
        let done = match step {
            Step::File(_, content) => fs::write(&path, vec![*content; usize::from(*content)]),
            Step::Dir(_) => fs::create_dir(&path),
            Step::HardLink(_, to) => fs::hard_link(nth(to), &path),
            Step::Symlink(_, to) => std::os::unix::fs::symlink(nth(to), &path),
            Step::Up(_) => std::os::unix::fs::symlink("..", &path),
            Step::Fifo(_) => {
                tree.fifo(&path);
                Ok(())
            }
            Step::Ignore(_, rule) => fs::write(path.with_file_name(".gitignore"), RULES[*rule]),
        };
        if done.is_ok() {
            made.push(path);
        }
    }
    tree
}

#[test]
fn on_random_trees() {
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(cases(40))
    });
    let steps = prop::collection::vec(step(), 1..40);
    let outcome = runner.run(&(steps, any::<usize>()), |(steps, pick)| {
        let tree = make(&steps);
        let mut configs = every_way(&tree.config());
        // A second root somewhere inside.
        if let Some(Ok(entry)) = fs::read_dir(tree.root()).unwrap().nth(pick % 3) {
            let kind = fs::metadata(entry.path());
            if kind.is_ok_and(|kind| kind.is_file() || kind.is_dir()) {
                let roots = [entry.path(), tree.root().to_path_buf()];
                configs.extend(every_way(&ScanConfig::new(roots)));
            }
        }
        for config in &configs {
            agree(config);
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
