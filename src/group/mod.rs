//! Builds the groups that a user asked for from proved classes of equal files.
//!
//! Hard links are distinguished from other paths to one name, groups that do
//! not meet the criteria are dropped, and the rest is sorted in an order that
//! does not depend on timing.

mod listed;
mod names;
mod order;

use std::path::PathBuf;
use std::sync::Arc;

use hashbrown::HashMap;

use crate::config::Criteria;
use crate::keep::{Choice, Keeper};
use crate::platform;
use crate::stage::{Catalog, ClassIdx};
use crate::types::{Digest, DirId, FileIdx, FileRecord, Group, Proof, RootInfo, Totals};

pub(crate) use listed::Listing;
pub use order::sort;

/// Options of grouping, besides the catalog.
#[derive(Debug, Clone)]
pub struct GroupRules {
    /// Criteria that a group must meet.
    pub criteria: Criteria,
    /// True if names of one file count as duplicates of each other.
    pub hard_links: bool,
    /// Properties of every root, by number.
    pub roots: Vec<RootInfo>,
    /// Chooses the files to keep.
    pub keeper: Arc<Keeper>,
}

/// A group that meets the criteria, not yet built in full.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    members: Members,
    /// The size of each file in bytes.
    pub size: u64,
    /// Number of entries.
    pub copies: u64,
    /// Number of redundant files.
    pub duplicates: u64,
    /// The space that removing the redundant files would not free.
    kept_elsewhere: KeptElsewhere,
}

/// The space of redundant files that removing them would not free.
#[derive(Debug, Clone, Copy, Default)]
struct KeptElsewhere {
    /// Number of files with hard links outside the scan.
    linked_files: u64,
    /// Bytes of the others in blocks that clones or snapshots use too.
    shared_bytes: u64,
}

impl GroupRules {
    /// Returns true if it makes no difference which root a file is in.
    fn roots_are_equivalent(&self) -> bool {
        let mut families = self.roots.iter().map(|root| root.family);
        let first = families.next();
        families.all(|family| Some(family) == first)
            && !self.roots.iter().any(|root| root.reference)
    }
}

impl Candidate {
    /// Bytes that the group could free.
    #[must_use]
    pub fn reclaimable_bytes(&self) -> u64 {
        let files = self.duplicates - self.kept_elsewhere.linked_files;
        let bytes = self.size.saturating_mul(files);
        bytes.saturating_sub(self.kept_elsewhere.shared_bytes)
    }

    /// Bytes of redundant files that removing them does not free, because the
    /// files have hard links outside the scan.
    #[must_use]
    pub fn linked_outside_bytes(&self) -> u64 {
        self.size.saturating_mul(self.kept_elsewhere.linked_files)
    }

    /// Bytes of redundant files that removing them does not free, because clones
    /// or snapshots use the blocks too.
    #[must_use]
    pub fn shared_bytes(&self) -> u64 {
        self.kept_elsewhere.shared_bytes
    }
}

impl Candidate {
    /// Calls `each` with every name of its files and the directory it is in.
    pub(crate) fn each_name<'a>(
        &self,
        catalog: &'a Catalog,
        mut each: impl FnMut(DirId, &'a [u8]),
    ) {
        each_member(catalog, self.members, |file| {
            each(catalog.files.dir(file), catalog.files.name(file));
            for extra in catalog.extra_names(file) {
                each(extra.dir, catalog.names.get(extra.name));
            }
        });
    }
}

#[derive(Debug, Clone, Copy)]
enum Members {
    Class(ClassIdx),
    Single(FileIdx),
}

/// All candidates for groups, once no more results will come.
#[must_use]
pub fn candidates(catalog: &Catalog, rules: &GroupRules) -> Vec<Candidate> {
    // A file that is in no group can only be wanted if single files are, or
    // if its own names count as copies; and one that is set apart, if single
    // files are: such names were hashed.
    let roots_equivalent = rules.roots_are_equivalent();
    let wants_single = rules.criteria.wants_single_files();
    let singles = (wants_single || rules.hard_links).then(|| catalog.single_classes());
    let set_apart = wants_single.then(|| catalog.unique_files());
    catalog
        .shared_classes()
        .chain(singles.into_iter().flatten())
        .map(Members::Class)
        .chain(set_apart.into_iter().flatten().map(Members::Single))
        .filter_map(|members| evaluate(catalog, rules, members, roots_equivalent))
        .collect()
}

/// The files of every content, whatever the criteria, and its digest if it was
/// read.
pub(crate) fn contents<'a>(
    catalog: &'a Catalog,
    rules: &'a GroupRules,
) -> impl Iterator<Item = (Vec<FileRecord>, Option<Digest>)> + 'a {
    let classes = catalog.shared_classes().chain(catalog.single_classes());
    classes
        .map(Members::Class)
        .chain(catalog.unique_files().map(Members::Single))
        .map(|members| (files(catalog, rules, members).0, digest(catalog, members)))
}

/// The candidate for a class, if it meets the criteria.
#[must_use]
pub(crate) fn candidate(
    catalog: &Catalog,
    rules: &GroupRules,
    class: ClassIdx,
) -> Option<Candidate> {
    // There may be many roots, so they are not compared for a single class.
    evaluate(catalog, rules, Members::Class(class), false)
}

/// Totals of all these groups; the counts of the walk are left at zero.
#[must_use]
pub(crate) fn totals(candidates: &[Candidate]) -> Totals {
    let sum = |bytes: fn(&Candidate) -> u64| {
        let each = candidates.iter().map(bytes);
        each.fold(0, u64::saturating_add)
    };
    Totals {
        groups: candidates.len() as u64,
        duplicates: sum(|candidate| candidate.duplicates),
        reclaimable_bytes: sum(Candidate::reclaimable_bytes),
        linked_outside_bytes: sum(Candidate::linked_outside_bytes),
        shared_bytes: sum(Candidate::shared_bytes),
        ..Totals::default()
    }
}

fn evaluate(
    catalog: &Catalog,
    rules: &GroupRules,
    members: Members,
    roots_equivalent: bool,
) -> Option<Candidate> {
    let mut copies = 0;
    let mut files = 0;
    let mut references = 0;
    let mut reference_entries = 0;
    let mut family = None;
    let mut spans_roots = false;
    let (size, count) = match members {
        Members::Class(class) => {
            let class = catalog.class(class);
            (class.size, u64::from(class.count))
        }
        Members::Single(file) => (catalog.files.get(file).size, 1),
    };
    if roots_equivalent && !rules.hard_links {
        // Each member counts once, in whichever root it is.
        (copies, files) = (count, count);
    } else {
        each_member(catalog, members, |file| {
            let mut is_reference = false;
            names::each_root(catalog, file, |root| {
                let root = &rules.roots[root as usize];
                is_reference |= root.reference;
                spans_roots |= *family.get_or_insert(root.family) != root.family;
            });
            let entries = if rules.hard_links && catalog.has_extra_names(file) {
                names::of(catalog, file).len() as u64
            } else {
                1
            };
            files += 1;
            copies += entries;
            references += u64::from(is_reference);
            reference_entries += if is_reference { entries } else { 0 };
        });
    }
    // Some classes have no files left.
    if copies == 0 {
        return None;
    }
    let Criteria {
        min_copies,
        max_copies,
        across_roots,
    } = rules.criteria;
    let wanted = (min_copies..=max_copies).contains(&copies)
        && (spans_roots || !across_roots)
        && reference_entries < copies;
    wanted.then(|| Candidate {
        members,
        size,
        copies,
        duplicates: files - references.clamp(1, files),
        kept_elsewhere: kept_elsewhere(catalog, rules, members),
    })
}

/// The space of the redundant files that removing them would not free.
fn kept_elsewhere(catalog: &Catalog, rules: &GroupRules, members: Members) -> KeptElsewhere {
    let mut is_possible = false;
    if catalog.files.any_links() || catalog.any_shared() {
        each_member(catalog, members, |file| {
            is_possible |= catalog.files.links(file) > 1 || catalog.shared_bytes(file) > 0;
        });
    }
    if !is_possible {
        return KeptElsewhere::default();
    }
    // Which files are redundant depends on the rules.
    let (mut files, _) = files(catalog, rules, members);
    let kept = files.iter().filter(|file| file.keep);
    let kept: Vec<u32> = kept.map(|file| file.number).collect();
    files.retain(|file| !kept.contains(&file.number));
    files.sort_unstable_by_key(|file| file.number);
    files.dedup_by_key(|file| file.number);
    let (linked, free) = files
        .iter()
        .partition::<Vec<_>, _>(|file| file.links_outside > 0);
    let shared = free.iter().map(|file| file.shared_bytes);
    KeptElsewhere {
        linked_files: linked.len() as u64,
        shared_bytes: shared.fold(0, u64::saturating_add),
    }
}

fn each_member(catalog: &Catalog, members: Members, mut each: impl FnMut(FileIdx)) {
    match members {
        Members::Class(class) => catalog.members(class).for_each(each),
        Members::Single(file) => each(file),
    }
}

/// Builds the full group of a candidate.
#[must_use]
pub(crate) fn build(catalog: &Catalog, rules: &GroupRules, candidate: &Candidate) -> Group {
    let (files, kept) = files(catalog, rules, candidate.members);
    Group {
        digest: digest(catalog, candidate.members),
        proof: proof(catalog, candidate.members),
        size: candidate.size,
        reclaimable_bytes: candidate.reclaimable_bytes(),
        linked_outside_bytes: candidate.linked_outside_bytes(),
        shared_bytes: candidate.shared_bytes(),
        keep_tie: kept.is_tie,
        keep_reason: kept.reason,
        files,
    }
}

/// The files of a group: those to keep first, then by path; and how they were
/// chosen.
fn files(catalog: &Catalog, rules: &GroupRules, members: Members) -> (Vec<FileRecord>, Choice) {
    let (mut files, kept) = marked(catalog, rules, members);
    number_files(&mut files);
    (files, kept)
}

/// A file to keep.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) file: FileIdx,
    /// The only one of its names that is kept, if names count as copies.
    pub(crate) name: Option<PathBuf>,
}

/// The files of a class that are kept.
pub(crate) fn kept_of_class(catalog: &Catalog, rules: &GroupRules, class: ClassIdx) -> Vec<Kept> {
    kept_of(catalog, rules, Members::Class(class))
}

/// The names that are kept of a file that is the only one with its content.
pub(crate) fn kept_of_file(catalog: &Catalog, rules: &GroupRules, file: FileIdx) -> Vec<Kept> {
    kept_of(catalog, rules, Members::Single(file))
}

fn kept_of(catalog: &Catalog, rules: &GroupRules, members: Members) -> Vec<Kept> {
    let (files, _) = marked(catalog, rules, members);
    let kept = files.into_iter().filter(|file| file.keep);
    kept.map(|file| Kept {
        file: FileIdx(file.number),
        name: rules.hard_links.then_some(file.path),
    })
    .collect()
}

/// The same with the numbers of the catalog.
fn marked(catalog: &Catalog, rules: &GroupRules, members: Members) -> (Vec<FileRecord>, Choice) {
    let mut files = Vec::new();
    each_member(catalog, members, |file| {
        let mut reference = false;
        let mut first_root = u32::MAX;
        names::each_root(catalog, file, |root| {
            let root = &rules.roots[root as usize];
            reference |= root.reference;
            first_root = first_root.min(root.family);
        });
        let stored = catalog.files.get(file);
        let entry = |path: &[u8], names: usize| FileRecord {
            root: first_root,
            number: file.0,
            size: stored.size,
            modified: stored.modified,
            changed: stored.changed,
            links: stored.links,
            links_outside: stored.links.saturating_sub(names as u32),
            shared_bytes: catalog.shared_bytes(file),
            reference,
            ..FileRecord::new(platform::os_str(path), catalog.id(file))
        };
        if !catalog.has_extra_names(file) {
            let path = catalog.path(stored.dir, catalog.files.name(file));
            files.push(entry(&path, 1));
            return;
        }
        let names = names::of(catalog, file);
        if rules.hard_links {
            files.extend(names.iter().map(|name| entry(name, names.len())));
        } else if let Some((first, others)) = names.split_first() {
            let others = others.iter().map(|path| platform::os_str(path).into());
            files.push(FileRecord {
                hard_links: others.collect(),
                ..entry(first, names.len())
            });
        }
    });
    // `Path` itself would be compared one component at a time.
    files.sort_unstable_by(|a, b| bytes(a).cmp(bytes(b)));
    let kept = rules.keeper.mark(&mut files);
    (files, kept)
}

fn bytes(file: &FileRecord) -> &[u8] {
    platform::bytes_of(file.path.as_os_str())
}

/// Renumbers files by the order of the entries: the original numbers depend on
/// which file was found first.
fn number_files(files: &mut [FileRecord]) {
    let mut numbers = HashMap::new();
    for entry in files {
        let next = numbers.len() as u32;
        entry.number = *numbers.entry(entry.number).or_insert(next);
    }
}

/// The smallest path of a group.
fn first_path(catalog: &Catalog, candidate: &Candidate) -> Vec<u8> {
    let mut least: Option<Vec<u8>> = None;
    let mut path = Vec::with_capacity(96);
    each_member(catalog, candidate.members, |file| {
        if catalog.has_extra_names(file) {
            path = names::of(catalog, file).swap_remove(0);
        } else {
            let (dir, name) = (catalog.files.dir(file), catalog.files.name(file));
            catalog.path_into(dir, name, &mut path);
        }
        if least.as_ref().is_none_or(|least| &path < least) {
            least = Some(path.clone());
        }
    });
    least.unwrap_or_default()
}

fn digest(catalog: &Catalog, members: Members) -> Option<Digest> {
    match members {
        Members::Class(class) => Some(catalog.class(class).digest),
        Members::Single(_) => None,
    }
}

fn proof(catalog: &Catalog, members: Members) -> Proof {
    match members {
        Members::Class(class) if catalog.is_compared(class) => Proof::Bytes,
        Members::Class(_) => Proof::Digest,
        Members::Single(_) => Proof::Unread,
    }
}

#[cfg(test)]
mod tests;
