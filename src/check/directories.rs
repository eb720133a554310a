//! Folds the findings within identical directories into one finding for each group of
//! directories.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::{Account, Copy, FileStatus, Finding};
use crate::types::Digest;

/// A group of identical directories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IdenticalDirectories {
    /// The digest of what they hold, if it is known.
    pub digest: Option<Digest>,
    /// Number of files in each, at any depth.
    pub files: u64,
    /// The sum of their sizes in each.
    pub bytes: u64,
    /// Their project paths: those to keep first.
    pub members: Vec<PathBuf>,
}

/// Replaces findings all of whose files are in the members of one group of
/// directories, and adjusts the accounts: a directory counts as one duplicate.
///
/// Where no member is free of new files, or all of them are, the files are reported
/// one by one: no directory is the new copy then.
pub(super) fn fold(
    findings: Vec<Finding>,
    accounts: &mut [Account],
    directories: &[IdenticalDirectories],
) -> Vec<Finding> {
    let mut member_of: HashMap<&Path, (usize, usize)> = HashMap::new();
    for (number, group) in directories.iter().enumerate() {
        for (member, path) in group.members.iter().enumerate() {
            member_of.insert(path, (number, member));
        }
    }
    let member = |path: &PathBuf| {
        path.ancestors()
            .find_map(|above| member_of.get(above).copied())
    };
    let mut kept = Vec::new();
    let mut within: BTreeMap<usize, Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        let names = finding.copies.iter().flat_map(Copy::names);
        let groups: BTreeSet<_> = names
            .map(|name| member(name).map(|found| found.0))
            .collect();
        let only = groups.first().filter(|_| groups.len() == 1);
        match only.copied().flatten() {
            Some(group) => within.entry(group).or_default().push(finding),
            None => kept.push(finding),
        }
    }
    let mut folded = Vec::new();
    for (number, inner) in within {
        let group = &directories[number];
        // The statuses of the files in each member.
        let mut statuses: Vec<Vec<&FileStatus>> = vec![Vec::new(); group.members.len()];
        for copy in inner.iter().flat_map(|finding| &finding.copies) {
            if let Some((_, member)) = member(&copy.path) {
                statuses[member].push(&copy.status);
            }
        }
        let is_new = |statuses: &Vec<&FileStatus>| {
            statuses
                .iter()
                .any(|status| matches!(status, FileStatus::New { .. }))
        };
        let new = statuses.iter().filter(|statuses| is_new(statuses)).count();
        let is_mixed = |statuses: &Vec<&FileStatus>| {
            let mut accounts = statuses.iter().map(|status| match status {
                FileStatus::New { account } => Some(*account),
                _ => None,
            });
            let first = accounts.next().flatten();
            is_new(statuses) && !accounts.all(|account| account == first)
        };
        if new == 0 || new == group.members.len() || statuses.iter().any(is_mixed) {
            kept.extend(inner);
            continue;
        }
        for finding in &inner {
            discharge(finding, accounts);
        }
        folded.push(finding_of(group, &inner, &statuses, accounts));
    }
    folded.extend(kept);
    folded
}

/// Takes what a finding counts for out of the accounts, but for its bytes.
fn discharge(finding: &Finding, accounts: &mut [Account]) {
    let mut groups = BTreeSet::new();
    for copy in finding.new_files() {
        if let FileStatus::New { account: index } = copy.status {
            let account = &mut accounts[index];
            account.groups -= u64::from(groups.insert(index));
            account.duplicates -= 1;
        }
    }
}

fn finding_of(
    group: &IdenticalDirectories,
    inner: &[Finding],
    statuses: &[Vec<&FileStatus>],
    accounts: &mut [Account],
) -> Finding {
    let mut groups = BTreeSet::new();
    let mut copies: Vec<Copy> = group
        .members
        .iter()
        .zip(statuses)
        .map(|(path, statuses)| {
            let new = statuses
                .iter()
                .find(|status| matches!(status, FileStatus::New { .. }));
            let status = match (new, statuses.first()) {
                (Some(FileStatus::New { account }), _) => {
                    // The budget of all its new files.
                    accounts[*account].groups += u64::from(groups.insert(*account));
                    accounts[*account].duplicates += 1;
                    FileStatus::New { account: *account }
                }
                (_, Some(status)) => (*status).clone(),
                (_, None) => FileStatus::Original,
            };
            Copy {
                path: path.join(""),
                hard_links: Vec::new(),
                status,
            }
        })
        .collect();
    copies.sort_by_key(|copy| matches!(copy.status, FileStatus::New { .. }));
    let bytes = inner.iter().map(|finding| finding.reclaimable_bytes);
    Finding {
        digest: group.digest.unwrap_or(inner[0].digest),
        size: group.bytes,
        reclaimable_bytes: bytes.fold(0, u64::saturating_add),
        copies,
        directory_files: Some(group.files),
        is_over: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Budget;

    const NEW: FileStatus = FileStatus::New { account: 0 };

    fn finding(copies: &[(&str, FileStatus)]) -> Finding {
        Finding {
            digest: Digest::new(&[1; 32]),
            size: 10,
            reclaimable_bytes: 10,
            copies: copies
                .iter()
                .map(|(path, status)| Copy {
                    path: path.into(),
                    hard_links: Vec::new(),
                    status: status.clone(),
                })
                .collect(),
            directory_files: None,
            is_over: false,
        }
    }

    fn folded(findings: &[&[(&str, FileStatus)]], members: &[&str]) -> (Vec<String>, u64, u64) {
        let findings: Vec<_> = findings.iter().map(|copies| finding(copies)).collect();
        let new: usize = findings
            .iter()
            .map(|finding| finding.new_files().count())
            .sum();
        let mut accounts = [Account {
            paths: Vec::new(),
            budget: Budget::NONE,
            groups: findings.len() as u64,
            duplicates: new as u64,
            reclaimable_bytes: 10,
        }];
        let directories = [IdenticalDirectories {
            digest: None,
            files: 2,
            bytes: 20,
            members: members.iter().map(PathBuf::from).collect(),
        }];
        let found = fold(findings, &mut accounts, &directories);
        let text = |finding: &Finding| {
            let copies = finding.copies.iter().map(|copy| {
                let mark = if copy.status == NEW { "+" } else { "" };
                format!("{mark}{}", copy.path.display())
            });
            copies.collect::<Vec<_>>().join(" ")
        };
        let text = found.iter().map(text).collect();
        (text, accounts[0].groups, accounts[0].duplicates)
    }

    #[test]
    fn findings_within_directories_are_one() {
        let original = FileStatus::Original;
        let one: &[_] = &[("a/1", original.clone()), ("b/1", NEW)];
        let two: &[_] = &[("a/2", original.clone()), ("b/2", NEW)];
        let outside: &[_] = &[("a/1", original.clone()), ("b/1", NEW), ("c", NEW)];
        let turned: &[_] = &[("b/2", original.clone()), ("a/2", NEW)];
        type Row<'a> = (
            &'a [&'a [(&'a str, FileStatus)]],
            &'a [&'a str],
            &'a [&'a str],
            u64,
            u64,
        );
        let rows: [Row<'_>; 4] = [
            (&[one, two], &["a", "b"], &["a/ +b/"], 1, 1),
            // One is outside of the directories.
            (
                &[outside, two],
                &["a", "b"],
                &["a/ +b/", "a/1 +b/1 +c"],
                2,
                3,
            ),
            // Each directory holds an original.
            (&[one, turned], &["a", "b"], &["a/1 +b/1", "b/2 +a/2"], 2, 2),
            (&[one, two], &["x", "y"], &["a/1 +b/1", "a/2 +b/2"], 2, 2),
        ];
        for (findings, members, expected, groups, duplicates) in rows {
            let expected: Vec<String> = expected.iter().map(|text| (*text).to_owned()).collect();
            assert_eq!(folded(findings, members), (expected, groups, duplicates));
        }
    }
}
