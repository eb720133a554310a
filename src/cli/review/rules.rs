//! Rules that mark the copies of many groups at once: one copy or more stay, and
//! the others get a mark.

use std::path::{Path, PathBuf};

use super::shown::is_under;
use super::store::{Copy, Store};
use crate::platform::bytes_of;
use crate::report::session::Mark;
use crate::types::FileRecord;

/// The copies that stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rule {
    /// Those that the rules of the scan, or the report, keep.
    Suggested,
    Oldest,
    Newest,
    ShortestPath,
    /// All copies in a directory, at any depth. Groups without one stay as they are.
    Under(PathBuf),
}

impl Rule {
    /// Those that need nothing else, with their keys.
    pub(super) const PLAIN: [(char, Self); 4] = [
        ('s', Self::Suggested),
        ('o', Self::Oldest),
        ('n', Self::Newest),
        ('p', Self::ShortestPath),
    ];

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Suggested => "suggested",
            Self::Oldest => "oldest",
            Self::Newest => "newest",
            Self::ShortestPath => "shortest-path",
            Self::Under(_) => "under",
        }
    }

    /// The copies that stay, for people.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::Suggested => "the suggested copy",
            Self::Oldest => "the oldest copy",
            Self::Newest => "the newest copy",
            Self::ShortestPath => "the copy with the shortest path",
            Self::Under(_) => "all copies under a directory",
        }
    }

    /// The copies of a group that stay; none: the rule does not apply.
    fn kept(&self, store: &Store, group: u32) -> Vec<bool> {
        let files = &store.group(group).files;
        let best = |rank: &dyn Fn(&FileRecord) -> i128| {
            // The first of those that are equal: the rules of the scan put it first.
            let ranks = files.iter().map(rank);
            let best = ranks.enumerate().min_by_key(|&(at, rank)| (rank, at));
            (0..files.len())
                .map(|at| best.is_some_and(|(kept, _)| kept == at))
                .collect()
        };
        match self {
            Self::Suggested => files.iter().map(|file| file.keep).collect(),
            Self::Oldest => best(&|file| i128::from(file.modified.as_nanos())),
            Self::Newest => best(&|file| -i128::from(file.modified.as_nanos())),
            Self::ShortestPath => best(&|file| length(&file.path)),
            Self::Under(dir) => files
                .iter()
                .map(|file| file.names().any(|name| is_under(name, dir)))
                .collect(),
        }
    }

    /// The marks for a group: first those of the copies that stay. None if the rule
    /// does not apply.
    pub(super) fn marks(&self, store: &Store, group: u32, others: Mark) -> Vec<(Copy, Mark)> {
        let kept = self.kept(store, group);
        if !kept.contains(&true) {
            return Vec::new();
        }
        let marks = store.copies_of(group).zip(kept);
        let marks = marks.map(|(copy, stays)| match stays || store.is_protected(copy) {
            true => (copy, Mark::Keep),
            false => (copy, others),
        });
        let mut marks: Vec<_> = marks.collect();
        marks.sort_by_key(|(_, mark)| *mark != Mark::Keep);
        marks
    }
}

fn length(path: &Path) -> i128 {
    bytes_of(path.as_os_str()).len() as i128
}

#[cfg(test)]
mod tests {
    use super::super::testing::found;
    use super::*;

    fn apply(rule: &Rule, store: &mut Store, others: Mark) -> Vec<Mark> {
        let marks = rule.marks(store, 0, others);
        store.mark_all("rule", marks);
        store.marks(0)
    }

    #[test]
    fn each_rule_keeps_its_copy_and_marks_the_others() {
        // The second one is the oldest, the first one the newest: each is a day
        // older than the one before.
        let paths = ["long/name", "b/n", "c/other"];
        let (keep, remove) = (Mark::Keep, Mark::Remove);
        for (rule, expected) in [
            (Rule::Suggested, [keep, remove, remove]),
            (Rule::Oldest, [remove, remove, keep]),
            (Rule::Newest, [keep, remove, remove]),
            (Rule::ShortestPath, [remove, keep, remove]),
            (Rule::Under("c".into()), [remove, remove, keep]),
            (Rule::Under("d".into()), [Mark::None; 3]),
            (Rule::Under("".into()), [keep; 3]),
        ] {
            let mut store = Store::new(1);
            store.push(found(5, &paths));
            assert_eq!(apply(&rule, &mut store, remove), expected, "{rule:?}");
        }
    }

    #[test]
    fn a_copy_that_was_to_go_can_be_the_one_to_stay() {
        let mut store = Store::new(1);
        store.push(found(5, &["a", "b"]));
        store.mark_all("b", [(Copy { group: 0, file: 1 }, Mark::Remove)]);
        let marks = apply(&Rule::Oldest, &mut store, Mark::Link);
        assert_eq!(marks, [Mark::Link, Mark::Keep]);
    }

    #[test]
    fn protected_copies_stay_too() {
        let mut store = Store::new(1);
        let mut group = found(5, &["a", "b", "c"]);
        group.protected = vec![false, true, false];
        store.push(group);
        let marks = apply(&Rule::Suggested, &mut store, Mark::Move);
        assert_eq!(marks, [Mark::Keep, Mark::Keep, Mark::Move]);
    }
}
