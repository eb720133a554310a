//! Chooses which of identical directories are kept.
//!
//! A directory is redundant only if all its files are. So each one that holds a
//! file that its group keeps is kept, and where the kept files lie elsewhere, the
//! one that the same rules choose among directories.

use std::path::PathBuf;

use hashbrown::{HashMap, HashSet};

use super::Fold;
use super::fold::Content;
use super::groups::dir_path;
use crate::group::{GroupRules, Kept, kept_of_class, kept_of_file};
use crate::platform;
use crate::types::{DirId, FileId, FileIdx, FileRecord, Timestamp};

/// For each member of a group, true if it is kept; at least one is.
pub(super) fn kept(fold: &Fold<'_>, rules: &GroupRules, members: &[DirId]) -> Vec<bool> {
    let catalog = fold.catalog;
    // The member that each directory below belongs to; by its identity, because
    // one directory can be reached by several paths.
    let mut owner: HashMap<FileId, usize> = HashMap::new();
    let mut classes = HashSet::new();
    let mut own: Vec<FileIdx> = Vec::new();
    let mut newest = vec![i64::MIN; members.len()];
    for (at, &member) in members.iter().enumerate() {
        fold.each_below(member, |dir| {
            owner.insert(catalog.dirs.id(dir), at);
            for name in fold.files(dir) {
                let modified = catalog.files.get(name.file).modified.as_nanos();
                newest[at] = newest[at].max(modified);
                match fold.content(name.file) {
                    Content::Class(class) => _ = classes.insert(class),
                    Content::Own | Content::None => own.push(name.file),
                }
            }
        });
    }
    let reference = |dir: DirId| rules.roots[catalog.dirs.root(dir) as usize].reference;
    let mut kept: Vec<bool> = members.iter().map(|&dir| reference(dir)).collect();
    // The members that hold names of a kept file, for each with several.
    let mut shared = Vec::new();
    let paths: Vec<PathBuf> = members
        .iter()
        .map(|&dir| platform::os_str(&dir_path(catalog, dir)).into())
        .collect();
    let files = classes
        .iter()
        .flat_map(|&class| kept_of_class(catalog, rules, class))
        .chain(
            own.into_iter()
                .flat_map(|file| kept_of_file(catalog, rules, file)),
        );
    for Kept { file, name } in files {
        let mut holders: Vec<usize> = Vec::new();
        let mut is_elsewhere = false;
        if let Some(name) = &name
            && let Some(at) = paths.iter().position(|path| name.starts_with(path))
        {
            kept[at] = true;
            continue;
        }
        catalog.each_name_of(file, |dir| match owner.get(&catalog.dirs.id(dir)) {
            Some(&at) => holders.push(at),
            None => is_elsewhere = true,
        });
        holders.sort_unstable();
        holders.dedup();
        match &holders[..] {
            // The name may be in one of them by another path.
            _ if name.is_some() => holders.iter().for_each(|&at| kept[at] = true),
            _ if is_elsewhere => {}
            [only] => kept[*only] = true,
            _ => shared.push(holders),
        }
    }
    if !kept.contains(&true) {
        kept[best(fold, rules, members, &newest)] = true;
    }
    for holders in shared {
        if !holders.iter().any(|&at| kept[at])
            && let Some(&first) = holders.first()
        {
            kept[first] = true;
        }
    }
    kept
}

/// The member that the rules for files choose, each directory taken as a file
/// that was modified when the newest file in it was.
fn best(fold: &Fold<'_>, rules: &GroupRules, members: &[DirId], newest: &[i64]) -> usize {
    let catalog = fold.catalog;
    let mut records: Vec<FileRecord> = (0..)
        .zip(members.iter().zip(newest))
        .map(|(number, (&dir, &newest))| FileRecord {
            number,
            root: rules.roots[catalog.dirs.root(dir) as usize].family,
            modified: Timestamp::from_nanos(newest),
            ..FileRecord::new(
                platform::os_str(&dir_path(catalog, dir)),
                catalog.dirs.id(dir),
            )
        })
        .collect();
    rules.keeper.mark(&mut records);
    records.first().map_or(0, |record| record.number as usize)
}
