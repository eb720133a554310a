//! Evaluates groups one at a time.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::baseline::Baseline;
use super::directories::{IdenticalDirectories, fold};
use super::project_path::ProjectPaths;
use super::rules::Rules;
use super::stale::{Coverage, Seen};
use super::{Account, Copy, FileStatus, Finding, Verdict};
use crate::types::{Digest, FileRecord, Group};

/// The changed files, by their project paths.
pub(crate) trait Changes {
    /// Returns true if this file changed.
    fn has(&self, place: &Path) -> bool;
}

/// Evaluates groups as they are found.
pub(crate) struct Evaluator<'a> {
    rules: &'a Rules,
    baseline: &'a Baseline,
    /// The changes since the given revision, if one was given.
    changed: Option<&'a dyn Changes>,
    findings: Vec<Finding>,
    accounts: Vec<Account>,
    accepted_groups: u64,
    unchanged_groups: u64,
    seen: Seen,
    /// Directories whose content is accepted, with the reasons.
    allowed: HashMap<PathBuf, &'a str>,
}

impl<'a> Evaluator<'a> {
    /// An evaluator without any groups yet.
    #[must_use]
    pub(crate) fn new(
        rules: &'a Rules,
        baseline: &'a Baseline,
        changed: Option<&'a dyn Changes>,
    ) -> Self {
        Self {
            rules,
            baseline,
            changed,
            findings: Vec::new(),
            accounts: rules.accounts(),
            accepted_groups: 0,
            unchanged_groups: 0,
            seen: Seen::default(),
            allowed: HashMap::new(),
        }
    }

    /// Accepts everything in directories whose digest an allow rule lists. To be called
    /// before any group is considered.
    pub(crate) fn allow(&mut self, directories: &[IdenticalDirectories]) {
        for group in directories {
            let reason = group.digest.and_then(|it| self.rules.allowed_content(&it));
            if let Some(reason) = reason {
                let members = group.members.iter().cloned();
                self.allowed.extend(members.map(|path| (path, reason)));
            }
        }
    }

    /// Evaluates a group, which must have a digest.
    pub(crate) fn consider(&mut self, group: &Group, places: &mut ProjectPaths) {
        let Some(digest) = group.digest else { return };
        let mut members: Vec<Member> = group
            .files
            .iter()
            .map(|file| self.member(digest, file, places))
            .collect();
        for member in &members {
            self.seen.note(self.baseline, digest, member.names());
        }
        self.accept_same(&mut members);
        if members.iter().all(|member| member.status.is_some()) {
            self.accepted_groups += 1;
        } else if !members.iter().any(Member::is_new) {
            self.unchanged_groups += 1;
        } else {
            self.find(digest, group.size, members);
        }
    }

    /// Makes one finding of all within a group of identical directories, once all
    /// groups were considered.
    pub(crate) fn fold(&mut self, directories: &[IdenticalDirectories]) {
        let findings = std::mem::take(&mut self.findings);
        self.findings = fold(findings, &mut self.accounts, directories);
    }

    /// Returns true if a budget is exceeded already.
    #[must_use]
    pub(crate) fn is_over(&self) -> bool {
        self.accounts.iter().any(Account::is_exceeded)
    }

    /// The verdict, once all groups were considered.
    #[must_use]
    pub(crate) fn finish(mut self, coverage: &Coverage<'_>) -> Verdict {
        let stale = self.seen.stale(self.baseline, coverage);
        self.mark_exceeded();
        self.verdict(stale, false)
    }

    /// The verdict if the check stopped early. Stale entries are then unknown.
    #[must_use]
    pub(crate) fn stop(mut self) -> Verdict {
        self.mark_exceeded();
        self.verdict(Vec::new(), true)
    }

    fn member(&self, digest: Digest, file: &FileRecord, places: &mut ProjectPaths) -> Member {
        let copy = Copy {
            path: places.of(&file.path),
            hard_links: file.hard_links.iter().map(|l| places.of(l)).collect(),
            status: FileStatus::Original,
        };
        let mut member = Member {
            file: file.number,
            copy,
            status: None,
            is_changed: true,
            is_kept: file.keep,
        };
        if let Some(changed) = self.changed {
            let is_changed = member.names().any(|name| changed.has(name));
            member.is_changed = is_changed;
        }
        member.status = self.status(digest, file.reference, &member);
        member
    }

    /// Accepts the files that must be identical to each other.
    fn accept_same(&self, members: &mut [Member]) {
        let names: Vec<Vec<&PathBuf>> = members.iter().map(|m| m.names().collect()).collect();
        let reasons = self.rules.same_in(&names);
        for (member, reason) in members.iter_mut().zip(reasons) {
            if let (None, Some(reason)) = (&member.status, reason) {
                member.status = Some(FileStatus::Same(reason.to_owned()));
            }
        }
    }

    /// The status of a file that is accepted; `None` if it is not. One accepted
    /// name is enough: another name of the same file takes no space.
    fn status(&self, digest: Digest, reference: bool, member: &Member) -> Option<FileStatus> {
        if reference {
            return Some(FileStatus::Reference);
        }
        if member.names().any(|n| self.baseline.accepts(&digest, n)) {
            return Some(FileStatus::Baseline);
        }
        let allowed = self.rules.allowed_content(&digest);
        let mut names = member.names();
        let within = |name: &Path| {
            let mut above = name.ancestors();
            above.find_map(|dir| self.allowed.get(dir).copied())
        };
        let place = |name: &PathBuf| self.rules.allowed_place(name).or_else(|| within(name));
        let allowed = allowed.or_else(|| names.find_map(place));
        allowed.map(|reason| FileStatus::Allowed(reason.to_owned()))
    }

    fn find(&mut self, digest: Digest, size: u64, mut members: Vec<Member>) {
        if self.changed.is_some() {
            for member in &mut members {
                if member.status.is_none() && !member.is_changed {
                    member.status = Some(FileStatus::Unchanged);
                }
            }
        }
        // One file has to be the original: the one that is kept.
        if members.iter().all(|member| member.status.is_none()) {
            let kept = members.iter().position(|member| member.is_kept);
            if let Some(original) = members.get_mut(kept.unwrap_or(0)) {
                original.status = Some(FileStatus::Original);
            }
        }
        let (kept, new): (Vec<Member>, Vec<Member>) =
            members.into_iter().partition(|m| m.status.is_some());
        // Names of one file share its bytes, so another one frees nothing.
        let mut counted: HashSet<u32> = kept.iter().map(|member| member.file).collect();
        let mut copies: Vec<Copy> = kept.into_iter().filter_map(Member::into_copy).collect();
        let mut accounts = BTreeSet::new();
        let mut reclaimable_bytes = 0_u64;
        for mut member in new {
            let index = self.rules.account_of(&member.copy.path);
            let bytes = if counted.insert(member.file) { size } else { 0 };
            reclaimable_bytes = reclaimable_bytes.saturating_add(bytes);
            let account = &mut self.accounts[index];
            account.groups += u64::from(accounts.insert(index));
            account.duplicates += 1;
            account.reclaimable_bytes = account.reclaimable_bytes.saturating_add(bytes);
            member.status = Some(FileStatus::New { account: index });
            copies.extend(member.into_copy());
        }
        self.findings.push(Finding {
            digest,
            size,
            reclaimable_bytes,
            copies,
            directory_files: None,
            is_over: false,
        });
    }

    /// Marks the findings that exceed a budget, which is known only at the end.
    fn mark_exceeded(&mut self) {
        let exceeded: Vec<bool> = self.accounts.iter().map(Account::is_exceeded).collect();
        for finding in &mut self.findings {
            finding.is_over = finding.copies.iter().any(
                |copy| matches!(copy.status, FileStatus::New { account } if exceeded[account]),
            );
        }
    }

    fn verdict(self, stale: Vec<super::Stale>, stopped_early: bool) -> Verdict {
        Verdict {
            findings: self.findings,
            accounts: self.accounts,
            accepted_groups: self.accepted_groups,
            unchanged_groups: self.unchanged_groups,
            differences: Vec::new(),
            stale,
            deny_stale: self.rules.denies_stale(),
            stopped_early,
        }
    }
}

/// A file of a group that is being evaluated.
struct Member {
    file: u32,
    copy: Copy,
    status: Option<FileStatus>,
    is_changed: bool,
    is_kept: bool,
}

impl Member {
    fn names(&self) -> impl Iterator<Item = &PathBuf> {
        std::iter::once(&self.copy.path).chain(&self.copy.hard_links)
    }

    /// Returns true if it changed and nothing accepts it. An accepted file that
    /// changed does not make unchanged files new.
    fn is_new(&self) -> bool {
        self.is_changed && self.status.is_none()
    }

    /// `None` for a file without a status.
    fn into_copy(self) -> Option<Copy> {
        let status = self.status?;
        Some(Copy {
            status,
            ..self.copy
        })
    }
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
mod tests;
