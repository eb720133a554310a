//! Result of a scan.

use std::path::PathBuf;
use std::sync::OnceLock;

use hashbrown::HashMap;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::config::{Containment, DirectoryNames, SortKey};
use crate::error::ScanError;
use crate::group::{self, Candidate, GroupRules, Listing};
use crate::stage::Catalog;
use crate::tree::{self, Confirmed, Diff, Fold, Groups, Wanted, Wholes};
use crate::types::{
    Digest, DirectoryGroup, FileId, FileRecord, Group, ProposedGroup, SimilarDirectories, Summary,
};

/// Approximate number of files made into groups at once: about a megabyte of
/// paths.
const MAX_FILES: u64 = 4096;

/// Fewer groups than this are made before helper threads have started.
const MIN_GROUPS_FOR_HELPERS: usize = 1024;

/// Result of a scan.
pub struct ScanResult {
    pub(super) summary: Summary,
    pub(super) errors: Vec<ScanError>,
    pub(super) left_out: Vec<PathBuf>,
    pub(super) catalog: Catalog,
    pub(super) rules: GroupRules,
    pub(super) candidates: Vec<Candidate>,
    pub(super) directories: Option<DirectoryNames>,
    pub(super) similar: Option<Containment>,
    /// True if directories without bytes are to be groups.
    pub(super) without_bytes: bool,
    pub(super) directory_groups: OnceLock<(Vec<DirectoryGroup>, Vec<Candidate>)>,
}

impl ScanResult {
    /// The totals and statistics.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Every path that could not be processed, sorted.
    #[must_use]
    pub fn errors(&self) -> &[ScanError] {
        &self.errors
    }

    /// The directories among the paths to scan that were not scanned because of
    /// an exclusion.
    #[must_use]
    pub fn left_out(&self) -> &[PathBuf] {
        &self.left_out
    }

    /// The git work trees whose tracked or committed files could not be
    /// determined, with the reasons. In these, git does not decide which file
    /// is kept. Complete once [`ScanResult::groups`] was iterated.
    #[must_use]
    pub fn keep_problems(&self) -> Vec<String> {
        self.rules.keeper.problems()
    }

    /// Symbolic links that were to be followed and lead to nothing, in order.
    #[must_use]
    pub fn dangling_links(&self) -> Vec<PathBuf> {
        self.catalog.dangling()
    }

    /// The groups in the requested order, built in portions on demand: all at
    /// once would take several times the memory of the scan itself. Ties are
    /// ordered by the smallest path of each.
    pub fn groups(&self, sort: SortKey) -> impl Iterator<Item = Group> + '_ {
        self.sorted(self.candidates.clone(), sort)
    }

    /// Groups of directories with identical content: most reclaimable bytes
    /// first, then by path. There are none unless
    /// [`ScanConfig::directories`](crate::ScanConfig::directories) is set, and
    /// none if the scan was interrupted before all directories were listed.
    ///
    /// A directory is in a group only if everything in it is known and
    /// identical: names, files, directories and the targets of symbolic links. If
    /// anything below it was left out by the selection, could not be read,
    /// changed, or is neither file, directory nor link, it is in none. A group is
    /// left out if its members lie at one place in the members of another.
    #[must_use]
    pub fn directory_groups(&self) -> &[DirectoryGroup] {
        &self.folded().0
    }

    /// Returns true if directories were to be compared.
    pub(crate) fn compares_directories(&self) -> bool {
        self.directories.is_some()
    }

    /// The redundant directories of these groups, which are those of
    /// [`ScanResult::directory_groups`] or [`ScanResult::confirm`] with other marks. At least `leave` members of
    /// each stay, and all with these paths.
    pub(crate) fn whole_directories(
        &self,
        groups: &[DirectoryGroup],
        leave: usize,
        marked: &[PathBuf],
    ) -> Option<Wholes<'_>> {
        let names = self.directories.filter(|_| self.can_fold())?;
        let fold = Fold::new(&self.catalog, names);
        Some(Wholes::new(fold, groups, leave, marked))
    }

    /// The groups of directories that a report lists, as they are now.
    pub(crate) fn confirm(&self, proposed: &[ProposedGroup]) -> Confirmed {
        self.fold_groups()
            .map_or_else(Confirmed::default, |groups| groups.confirm(proposed))
    }

    /// Directories most of whose files are also in another directory, whatever
    /// the names; those with the most bytes in common first. There are none unless
    /// [`ScanConfig::similar`](crate::ScanConfig::similar) is set.
    ///
    /// Directories with fewer than 3 files are not among them, nor those in one
    /// group of [`ScanResult::directory_groups`], and of directories inside each
    /// other only the outermost. Content that is in more than 64 places counts, but
    /// a directory that has nothing else in common with another is not found.
    #[must_use]
    pub fn similar_directories(&self) -> Vec<SimilarDirectories> {
        let least = self.similar.filter(|_| self.can_fold());
        let Some(least) = least.filter(|_| self.directories.is_some()) else {
            return Vec::new();
        };
        let groups = self.directory_groups().iter().enumerate();
        let group_of: HashMap<FileId, usize> = groups
            .flat_map(|(number, group)| {
                let members = group.directories.iter();
                members.map(move |directory| (directory.id, number))
            })
            .collect();
        let group = |dir| group_of.get(&self.catalog.dirs.id(dir));
        tree::similar(&self.catalog, least, |a, b| {
            group(a).is_some() && group(a) == group(b)
        })
    }

    /// The comparison of the two paths that were scanned; `None` if they are one
    /// directory.
    pub(crate) fn diff(&self) -> Option<Diff<'_>> {
        Diff::new(&self.catalog)
    }

    /// The groups of files, without those whose files all lie at one place in
    /// the members of one group of directories.
    pub(crate) fn groups_outside_directories(
        &self,
        sort: SortKey,
    ) -> impl Iterator<Item = Group> + '_ {
        self.sorted(self.folded().1.clone(), sort)
    }

    /// The number of groups of files that lie within groups of directories.
    pub(crate) fn groups_in_directories(&self) -> u64 {
        (self.candidates.len() - self.folded().1.len()) as u64
    }

    /// Groups of directories, and the groups of files outside them.
    fn folded(&self) -> &(Vec<DirectoryGroup>, Vec<Candidate>) {
        self.directory_groups.get_or_init(|| {
            let Some(groups) = self.fold_groups() else {
                return (Vec::new(), self.candidates.clone());
            };
            let mut outside = self.candidates.clone();
            outside.retain(|candidate| !groups.covers(candidate));
            (groups.build(), outside)
        })
    }

    fn fold_groups(&self) -> Option<Groups<'_>> {
        let names = self.directories.filter(|_| self.can_fold())?;
        let fold = Fold::new(&self.catalog, names);
        let wanted = Wanted {
            without_bytes: self.without_bytes,
        };
        Some(Groups::new(fold, &self.rules, wanted))
    }

    /// Returns true if enough is known to compare directories. A part of the
    /// copies gives no upper limit on their number.
    fn can_fold(&self) -> bool {
        let has_limit = self.rules.criteria.max_copies != u64::MAX;
        self.catalog.listings.walk_ended && !(self.summary.interrupted && has_limit)
    }

    fn sorted(
        &self,
        mut candidates: Vec<Candidate>,
        sort: SortKey,
    ) -> impl Iterator<Item = Group> + '_ {
        let helpers = helpers(&candidates);
        let mut order = || group::sort(&self.catalog, &self.rules, sort, &mut candidates);
        match &helpers {
            Some(pool) => pool.install(order),
            None => order(),
        }
        let mut from = 0;
        std::iter::from_fn(move || {
            let some = portion(&candidates[from..]);
            from += some.len();
            (!some.is_empty()).then(|| self.build(some, helpers.as_ref()))
        })
        .flatten()
    }

    /// Every file that did not fail, and its digest if it was hashed in full,
    /// in no particular order. With
    /// [`Goal::HashEverything`](crate::Goal::HashEverything) each has one.
    pub fn files(&self) -> impl Iterator<Item = (FileRecord, Option<Digest>)> + '_ {
        let contents = group::contents(&self.catalog, &self.rules);
        contents.flat_map(|(files, digest)| files.into_iter().map(move |file| (file, digest)))
    }

    /// Every name of every file, for an index.
    pub(crate) fn listing(&self) -> Listing<'_> {
        Listing::new(&self.catalog)
    }

    fn build(&self, candidates: &[Candidate], helpers: Option<&ThreadPool>) -> Vec<Group> {
        let build = |candidate| group::build(&self.catalog, &self.rules, candidate);
        match helpers {
            Some(pool) => pool.install(|| candidates.par_iter().map(build).collect()),
            None => candidates.iter().map(build).collect(),
        }
    }
}

/// Thread pool for building groups. Building paths is half of the time of a
/// report of many groups, and mostly waits for memory: it is worth a thread per
/// processor. Without such threads it takes longer.
fn helpers(candidates: &[Candidate]) -> Option<ThreadPool> {
    if candidates.len() < MIN_GROUPS_FOR_HELPERS {
        return None;
    }
    let names = |at| format!("group-{at}");
    ThreadPoolBuilder::new().thread_name(names).build().ok()
}

/// Returns the next candidates that are built at once.
fn portion(candidates: &[Candidate]) -> &[Candidate] {
    let mut files = 0;
    let few = candidates.iter().take_while(|candidate| {
        let fits = files < MAX_FILES;
        files += candidate.copies;
        fits
    });
    &candidates[..few.count()]
}
