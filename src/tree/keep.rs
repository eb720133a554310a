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
use crate::stage::{Catalog, ClassIdx};
use crate::types::{DirId, FileId, FileIdx, FileRecord, Timestamp};

/// The kept files of contents that are in more places than one group of directories has
/// members. There may be many such groups, and all names of such a content are looked at
/// to choose its kept files.
#[derive(Debug, Default)]
pub(super) struct KeptFiles(HashMap<ClassIdx, Vec<Kept>>);

impl KeptFiles {
    /// Calls `each` with the kept files of a class of which a group has so many.
    fn each(
        &mut self,
        catalog: &Catalog,
        rules: &GroupRules,
        (class, members): (ClassIdx, usize),
        each: impl FnMut(&Kept),
    ) {
        if catalog.class(class).count as usize <= members {
            kept_of_class(catalog, rules, class).iter().for_each(each);
            return;
        }
        let known = self.0.entry(class);
        let known = known.or_insert_with(|| kept_of_class(catalog, rules, class));
        known.iter().for_each(each);
    }
}

/// For each member of a group, true if it is kept; at least one is.
pub(super) fn kept(
    fold: &Fold<'_>,
    rules: &GroupRules,
    members: &[DirId],
    known: &mut KeptFiles,
) -> Vec<bool> {
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
    let mut consider = |Kept { file, name }: &Kept| {
        let mut holders: Vec<usize> = Vec::new();
        let mut is_elsewhere = false;
        if let Some(name) = name
            && let Some(at) = paths.iter().position(|path| name.starts_with(path))
        {
            kept[at] = true;
            return;
        }
        catalog.each_name_of(*file, |dir| match owner.get(&catalog.dirs.id(dir)) {
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
    };
    for class in classes {
        known.each(catalog, rules, (class, members.len()), &mut consider);
    }
    for file in own {
        kept_of_file(catalog, rules, file)
            .iter()
            .for_each(&mut consider);
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
