//! Groups of directories that a report proposes, matched against what a scan finds now.
//!
//! The report only says which directories to look at and which of them to keep. That
//! they are identical is known from the digests of this scan alone.

use std::path::PathBuf;

use hashbrown::{HashMap, HashSet};

use super::groups::{Groups, dir_path};
use crate::platform::{bytes_of, os_str};
use crate::types::{
    DirId, DirectoryGroup, DirectoryRecord, NotConfirmed, ProposedDirectory, ProposedGroup, Unequal,
};

/// The groups of a report as they are now.
#[derive(Debug, Default)]
pub(crate) struct Confirmed {
    /// One for each group of the report, with one digest, in its order. A group of which
    /// nothing is confirmed is empty.
    pub(crate) groups: Vec<DirectoryGroup>,
    /// The paths of those that are to be kept.
    pub(crate) kept: Vec<PathBuf>,
    /// The directories that are not to be kept, and are no copies of one that is.
    pub(crate) others: Vec<NotConfirmed>,
}

impl Groups<'_> {
    /// Matches the groups of a report.
    pub(crate) fn confirm(&self, proposed: &[ProposedGroup]) -> Confirmed {
        let catalog = self.fold.catalog;
        let mut dirs: HashMap<Vec<u8>, DirId> = HashMap::new();
        // Another path of a member is no copy of it.
        for &dir in self.members.iter().flatten() {
            dirs.insert(dir_path(catalog, dir), dir);
        }
        let directories = proposed.iter().flat_map(|group| &group.directories);
        let kept = directories.filter(|directory| directory.keep);
        let mut confirmed = Confirmed {
            kept: kept.map(|directory| directory.path.clone()).collect(),
            ..Confirmed::default()
        };
        for (number, group) in proposed.iter().enumerate() {
            let found = self.confirm_group(number, group, &dirs, &mut confirmed.others);
            confirmed.groups.push(found);
        }
        confirmed
    }

    fn confirm_group(
        &self,
        number: usize,
        proposed: &ProposedGroup,
        dirs: &HashMap<Vec<u8>, DirId>,
        others: &mut Vec<NotConfirmed>,
    ) -> DirectoryGroup {
        let fold = &self.fold;
        let find = |directory: &ProposedDirectory| {
            let dir = *dirs.get(bytes_of(directory.path.as_os_str()))?;
            Some((dir, *self.group_of.get(&dir)?))
        };
        let (kept, redundant): (Vec<_>, Vec<_>) =
            proposed.directories.iter().partition(|found| found.keep);
        let first = kept.first();
        let mut refuse = |directory: &ProposedDirectory, reason| {
            others.push(NotConfirmed {
                group: number,
                path: directory.path.clone(),
                keeper: first.map(|keeper| keeper.path.clone()),
                files: proposed.files,
                bytes: proposed.bytes,
                reason,
            });
        };
        let groups: HashSet<u32> = redundant
            .iter()
            .filter_map(|found| Some(find(found)?.1))
            .collect();
        // Those that are to be kept may no longer be identical to each other.
        let staying: Vec<_> = kept.iter().filter_map(|found| find(found)).collect();
        let keeper = staying.iter().find(|(_, group)| groups.contains(group));
        // A directory that is listed twice stays if one of the two entries says so.
        let mut seen = HashSet::new();
        let mut members: Vec<(DirId, bool)> = staying
            .iter()
            .filter(|(dir, group)| {
                keeper.is_some_and(|keeper| keeper.1 == *group) && seen.insert(*dir)
            })
            .map(|&(dir, _)| (dir, true))
            .collect();
        for directory in redundant {
            match (find(directory), keeper) {
                _ if first.is_none() => refuse(directory, Unequal::NoKeeper),
                (Some((dir, group)), Some(&(keeper, same))) if group == same => {
                    if dir != keeper && self.share_all_files(&[keeper, dir]) {
                        refuse(directory, Unequal::SameFiles);
                    } else if seen.insert(dir) {
                        members.push((dir, false));
                    }
                }
                _ => refuse(directory, Unequal::Differs),
            }
        }
        let node = members.first().and_then(|&(dir, _)| fold.node(dir));
        let record = |(dir, keep)| DirectoryRecord {
            path: os_str(&dir_path(fold.catalog, dir)).into(),
            id: fold.catalog.dirs.id(dir),
            reference: false,
            keep,
        };
        DirectoryGroup {
            digest: node.filter(|node| !node.has_unread).map(|node| node.digest),
            files: node.map_or(0, |node| u64::from(node.files)),
            bytes: node.map_or(0, |node| node.bytes),
            reclaimable_bytes: 0,
            directories: members.into_iter().map(record).collect(),
        }
    }
}
