//! Chooses which copy of a group is kept.
//!
//! One ordered list of rules serves every command: `scan` marks and lists the
//! file first, `check` treats it as the original, and whatever removes
//! duplicates leaves it alone. Each rule removes from the candidates all but
//! the best ones, until one is left:
//!
//! 1. files under a reference directory: all of them are kept;
//! 2. files that git tracks in the work tree around a path to scan, and of those the
//!    ones that are committed;
//! 3. the rules that the user gave, in their order;
//! 4. files that are not in a trash, a directory for temporary files, a cache, the
//!    store of a version control system, or among installed packages;
//! 5. files without a copy mark in their name;
//! 6. files under the path that was given first;
//! 7. the oldest modification, unless git tracks them: their times are those of
//!    the checkout;
//! 8. the shortest path;
//! 9. the smallest path in byte order.
//!
//! A file with several names is as good as the best of them: all its names stay
//! or go together.

mod copy_mark;
mod discarded;
mod given;
mod tracked;

use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

use crate::config::{KeepRule, ScanConfig};
use crate::error::Error;
use crate::glob::{Globs, PatternTarget};
use crate::platform::bytes_of;
use crate::types::FileRecord;
use given::{GivenDirs, GivenPaths};

/// Chooses the files to keep in each group of a scan.
#[derive(Debug, Default)]
pub struct Keeper {
    rules: Vec<Rule>,
    /// The rules among them that the user gave.
    given: Range<usize>,
    paths: GivenPaths,
    /// Examined once the first group needs it.
    dirs: OnceLock<GivenDirs>,
}

/// One of the rules in order.
#[derive(Debug)]
enum Rule {
    Tracked,
    /// Among files that git tracks: those that are committed, not only added.
    Committed,
    NotDiscarded,
    NoCopyMark,
    FirstPath,
    Oldest,
    /// The times of tracked files tell when they were checked out, and differ
    /// from one machine to the next.
    OldestUntracked,
    Newest,
    ShortestPath,
    LongestPath,
    Shallowest,
    MostLinks,
    Glob(Box<Globs>),
}

impl Keeper {
    /// Compiles the rules for a scan.
    ///
    /// # Errors
    ///
    /// If a glob is invalid.
    pub(crate) fn new(config: &ScanConfig) -> Result<Self, Error> {
        let given = config.keep.iter().map(Rule::of);
        let given = given.collect::<Result<Vec<_>, _>>()?;
        let mut rules = vec![Rule::Tracked, Rule::Committed];
        let first_given = rules.len();
        rules.extend(given);
        let given = first_given..rules.len();
        rules.extend([
            Rule::NotDiscarded,
            Rule::NoCopyMark,
            Rule::FirstPath,
            Rule::OldestUntracked,
            Rule::ShortestPath,
        ]);
        Ok(Self {
            rules,
            given,
            paths: GivenPaths::of(config),
            dirs: OnceLock::new(),
        })
    }

    /// Marks the files to keep and puts them first; the order is otherwise
    /// unchanged.
    ///
    /// The files must be in the order of their paths.
    pub(crate) fn mark(&self, files: &mut [FileRecord]) -> Choice {
        if files.iter().any(|file| file.reference) {
            for file in &mut *files {
                file.keep = file.reference;
            }
            files.sort_by_key(|file| !file.keep);
            return Choice {
                is_tie: false,
                reason: Some("it is a reference"),
            };
        }
        let (kept, choice) = self.choose(files);
        if let Some(file) = files.get_mut(kept) {
            file.keep = true;
            files[..=kept].rotate_right(1);
        }
        choice
    }

    /// The index of the file to keep, and how it was chosen.
    fn choose(&self, files: &[FileRecord]) -> (usize, Choice) {
        let mut left: Vec<usize> = (0..files.len()).collect();
        let mut is_tie = false;
        let mut reason = None;
        for (at, rule) in self.rules.iter().enumerate() {
            if left.len() < 2 {
                break;
            }
            let ranks: Vec<i64> = left
                .iter()
                .map(|&file| self.rank(rule, &files[file]))
                .collect();
            let best = ranks.iter().copied().min();
            let mut ranks = ranks.into_iter();
            let before = left.len();
            left.retain(|_| ranks.next() == best);
            if left.len() < before {
                reason = Some(rule.reason());
            }
            is_tie |= self.given.contains(&at)
                && matches!(rule, Rule::Oldest | Rule::Newest)
                && left
                    .iter()
                    .any(|&file| files[file].number != files[left[0]].number);
        }
        // They are in the order of their paths, which is the last rule.
        if left.len() > 1 {
            reason = Some("its path is the first");
        }
        (
            left.first().copied().unwrap_or(0),
            Choice { is_tie, reason },
        )
    }

    /// Work trees whose tracked files are unknown, and the reasons.
    pub(crate) fn problems(&self) -> Vec<String> {
        self.dirs.get().map_or_else(Vec::new, GivenDirs::problems)
    }

    fn dirs(&self) -> &GivenDirs {
        self.dirs
            .get_or_init(|| GivenDirs::of(&self.paths, &discarded::directories()))
    }

    /// The rank of a file: the smallest is the best.
    fn rank(&self, rule: &Rule, file: &FileRecord) -> i64 {
        let names = || file.names().map(|name| bytes_of(name.as_os_str()));
        let best = |rank: &dyn Fn(&[u8]) -> i64| names().map(rank).min().unwrap_or(0);
        let is_tracked = || names().any(|name| self.dirs().is_tracked(name));
        match rule {
            Rule::Tracked => i64::from(self.dirs().any_tracked() && !is_tracked()),
            Rule::Committed => i64::from(
                self.dirs().any_tracked() && !names().any(|name| self.dirs().is_committed(name)),
            ),
            Rule::NotDiscarded => i64::from(names().all(|name| self.dirs().is_discarded(name))),
            Rule::NoCopyMark => i64::from(names().all(copy_mark::is_marked)),
            Rule::FirstPath => i64::from(file.root),
            Rule::Oldest => file.modified.as_nanos(),
            Rule::OldestUntracked if self.dirs().any_tracked() && is_tracked() => 0,
            Rule::OldestUntracked => file.modified.as_nanos(),
            Rule::Newest => !file.modified.as_nanos(),
            Rule::ShortestPath => best(&|name| name.len() as i64),
            Rule::LongestPath => best(&|name| -(name.len() as i64)),
            Rule::Shallowest => {
                best(&|name| name.iter().filter(|&&byte| byte == b'/').count() as i64)
            }
            Rule::MostLinks => -i64::from(file.links),
            Rule::Glob(globs) => i64::from(!names().any(|name| self.matches(globs, name))),
        }
    }

    /// Returns true if a glob matches a file, or a directory between it and the
    /// path to scan.
    fn matches(&self, globs: &Globs, name: &[u8]) -> bool {
        let (below, absolute) = self.dirs().locate(name);
        let mut is_dir = false;
        for (below, absolute) in below.ancestors().zip(absolute.ancestors()) {
            let Some(last) = below.file_name() else { break };
            let target = PatternTarget {
                name: Path::new(last),
                below,
                absolute,
            };
            if globs.match_any(target, is_dir) {
                return true;
            }
            is_dir = true;
        }
        false
    }
}

/// The choice of the file to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    /// True if `--keep newest` or `--keep oldest` was given and several files have
    /// that time.
    pub(crate) is_tie: bool,
    /// The property of the file that the last rule chose it by; `None` if it is
    /// alone.
    pub(crate) reason: Option<&'static str>,
}

impl Rule {
    /// The property of a file that it chooses.
    fn reason(&self) -> &'static str {
        match self {
            Self::Tracked => "git tracks it",
            Self::Committed => "it is committed to git",
            Self::NotDiscarded => "it is not among discarded or temporary files",
            Self::NoCopyMark => "its name is not that of a copy",
            Self::FirstPath => "it is under the path given first",
            Self::Oldest | Self::OldestUntracked => "it is the oldest",
            Self::Newest => "it is the newest",
            Self::ShortestPath => "its path is the shortest",
            Self::LongestPath => "its path is the longest",
            Self::Shallowest => "it is the least deep in directories",
            Self::MostLinks => "it has the most links",
            Self::Glob(_) => "it matches the glob of --keep",
        }
    }

    fn of(rule: &KeepRule) -> Result<Self, Error> {
        Ok(match rule {
            KeepRule::Oldest => Self::Oldest,
            KeepRule::Newest => Self::Newest,
            KeepRule::ShortestPath => Self::ShortestPath,
            KeepRule::LongestPath => Self::LongestPath,
            KeepRule::Shallowest => Self::Shallowest,
            KeepRule::FirstPath => Self::FirstPath,
            KeepRule::MostLinks => Self::MostLinks,
            KeepRule::Glob(glob) => Self::Glob(Box::new(Globs::new(std::slice::from_ref(glob))?)),
        })
    }
}

#[cfg(test)]
mod tests;
