//! A compiled policy: its globs parsed, its digests in a lookup table.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::same::SameRule;
use super::{Account, Policy};
use crate::error::Error;
use crate::glob::{Globs, PatternTarget};
use crate::types::Digest;

/// A compiled policy.
#[derive(Debug)]
pub(crate) struct Rules {
    root: PathBuf,
    allow: Vec<AllowRule>,
    /// In the order of the accounts; the one for everything else has none.
    budgets: Vec<Globs>,
    accounts: Vec<Account>,
    same: Vec<SameRule>,
    deny_stale: bool,
}

#[derive(Debug)]
struct AllowRule {
    globs: Globs,
    digests: HashSet<Digest>,
    reason: String,
}

impl Rules {
    /// Compiles a policy for the project with this root, which is absolute.
    ///
    /// # Errors
    ///
    /// If a glob is invalid.
    pub(crate) fn new(policy: Policy, root: &Path) -> Result<Self, Error> {
        let allow = policy.allow.into_iter().map(|allow| {
            Ok(AllowRule {
                globs: Globs::new(&allow.paths)?,
                digests: allow.digests.into_iter().collect(),
                reason: allow.reason,
            })
        });
        let allow = allow.collect::<Result<_, Error>>()?;
        let mut budgets = Vec::new();
        let mut accounts = Vec::new();
        for part in policy.path_budgets {
            budgets.push(Globs::new(&part.paths)?);
            accounts.push(account(part.paths, part.budget));
        }
        accounts.push(account(Vec::new(), policy.budget));
        let same = policy.same.into_iter();
        let same = same.map(|rule| SameRule::new(rule, root));
        Ok(Self {
            same: same.collect::<Result<_, _>>()?,
            root: root.to_owned(),
            allow,
            budgets,
            accounts,
            deny_stale: policy.deny_stale,
        })
    }

    /// The reason of the rule that allows this content, if any.
    pub(super) fn allowed_content(&self, digest: &Digest) -> Option<&str> {
        let rule = self.allow.iter().find(|rule| rule.digests.contains(digest));
        rule.map(|rule| rule.reason.as_str())
    }

    /// The reason of the rule that allows this path, if any.
    pub(super) fn allowed_place(&self, place: &Path) -> Option<&str> {
        let rule = self
            .allow
            .iter()
            .find(|rule| self.covers(&rule.globs, place));
        rule.map(|rule| rule.reason.as_str())
    }

    /// The rules about files that must be identical.
    pub(crate) fn same(&self) -> &[SameRule] {
        &self.same
    }

    /// For each file of a group, given by its names, the reason of the rule
    /// that wants it to be identical to another file of the group.
    pub(super) fn same_in(&self, files: &[Vec<&PathBuf>]) -> Vec<Option<&str>> {
        let mut reasons = vec![None; files.len()];
        for rule in &self.same {
            let has = |names: &Vec<&PathBuf>| names.iter().any(|name| rule.has(&self.root, name));
            let members: Vec<usize> = (0..files.len()).filter(|&at| has(&files[at])).collect();
            if members.len() > 1 {
                members
                    .iter()
                    .for_each(|&at| reasons[at] = Some(rule.reason()));
            }
        }
        reasons
    }

    /// The index of the account that a new file counts for.
    pub(super) fn account_of(&self, place: &Path) -> usize {
        let first = self
            .budgets
            .iter()
            .position(|globs| self.covers(globs, place));
        first.unwrap_or(self.budgets.len())
    }

    /// Accounts with zero counts.
    pub(super) fn accounts(&self) -> Vec<Account> {
        self.accounts.clone()
    }

    pub(super) fn denies_stale(&self) -> bool {
        self.deny_stale
    }

    /// Returns true if a glob matches a file, or a directory that it is in.
    fn covers(&self, globs: &Globs, place: &Path) -> bool {
        covers(globs, &self.root, place)
    }
}

/// Returns true if a glob matches a file of the project with this root, or a
/// directory that the file is in.
pub(super) fn covers(globs: &Globs, root: &Path, place: &Path) -> bool {
    let mut is_dir = false;
    for below in place.ancestors() {
        let Some(name) = below.file_name() else { break };
        let called = PatternTarget {
            name: Path::new(name),
            below,
            absolute: &root.join(below),
        };
        if globs.match_any(called, is_dir) {
            return true;
        }
        is_dir = true;
    }
    false
}

fn account(paths: Vec<String>, budget: super::Budget) -> Account {
    Account {
        paths,
        budget,
        groups: 0,
        duplicates: 0,
        reclaimable_bytes: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Allow, Budget, PathBudget};

    fn rules(budgets: &[&[&str]], allow: &[&str]) -> Rules {
        let list = |globs: &[&str]| globs.iter().map(|&glob| glob.to_owned()).collect();
        let policy = Policy {
            path_budgets: budgets
                .iter()
                .map(|globs| PathBudget {
                    paths: list(globs),
                    budget: Budget::NONE,
                })
                .collect(),
            allow: allow
                .iter()
                .map(|glob| Allow {
                    paths: list(&[glob]),
                    digests: Vec::new(),
                    reason: format!("because of {glob}"),
                })
                .collect(),
            ..Policy::default()
        };
        Rules::new(policy, Path::new("/top")).unwrap()
    }

    #[test]
    fn a_glob_covers_files_and_all_that_is_in_a_directory() {
        for (glob, place, expected) in [
            ("LICENSE", "a/b/LICENSE", true),
            ("LICENSE", "a/b/LICENSE.md", false),
            ("vendor", "vendor/a/b", true),
            ("vendor/", "x/vendor/a/b", true),
            ("b/", "a/b", false),
            ("a/vendor", "a/vendor/b", true),
            ("a/vendor", "x/a/vendor/b", false),
            ("assets/**/*.png", "assets/x/y.png", true),
            ("/top/a", "a/b", true),
            ("/outside", "/outside/b", true),
            ("outside/*", "/outside/b", false),
        ] {
            let reason = format!("because of {glob}");
            let expected = expected.then_some(reason.as_str());
            let rules = rules(&[], &[glob]);
            assert_eq!(rules.allowed_place(Path::new(place)), expected, "{place}");
        }
    }

    #[test]
    fn a_file_counts_for_the_first_budget_that_covers_it() {
        let rules = rules(&[&["*.png"], &["a/", "b/"]], &[]);
        for (place, account) in [("a/x.png", 0), ("a/x", 1), ("b/c/x", 1), ("x", 2)] {
            assert_eq!(rules.account_of(Path::new(place)), account, "{place}");
        }
        let paths: Vec<_> = rules
            .accounts()
            .into_iter()
            .map(|a| a.paths.len())
            .collect();
        assert_eq!(paths, [1, 2, 0]);
    }

    #[test]
    fn a_wrong_glob_is_an_error() {
        let policy = Policy {
            path_budgets: vec![PathBudget {
                paths: vec!["[".to_owned()],
                budget: Budget::NONE,
            }],
            ..Policy::default()
        };
        assert!(matches!(
            Rules::new(policy, Path::new("/")),
            Err(Error::Pattern { .. })
        ));
    }
}
