//! Groups of files over hosts and drives.
//!
//! All rows are sorted by size, then those without a digest before the others, then
//! by digest. So one size after the other is looked at, and of that the rows of one
//! digest at a time: memory holds those, and what the sorters hold. Files are equal
//! if their full digests by one algorithm are; a digest of ends or a size never
//! makes them so.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::candidates::CandidateWriter;
use super::grouping::{Files, Grouping, Member};
use super::reader::open;
use super::record::{Entry, Numbers};
use super::row::{IndexError, Row};
use super::sorter::{self, Sorter};
use super::spool::{MergedGroups, Spool, damaged};
use super::unproved::SizeSummary;
use crate::config::{HashAlgorithm, KeepRule, ScanConfig};
use crate::error::Error;
use crate::keep::Keeper;
use crate::platform::foreign_path;
use crate::types::{CancelToken, Digest};

/// Rows after which a cancellation is looked for.
const STEP: u64 = 4096;

/// The groups that are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All groups of two files or more.
    All,
    /// Those with files on two hosts or more.
    AcrossHosts,
    /// Content that is on this host alone.
    UniqueTo(String),
    /// Files of this host, if two or more of them are equal; with its own paths.
    PlanFor(String),
}

impl Wanted {
    /// The host that is asked for.
    pub(crate) fn host(&self) -> Option<&str> {
        match self {
            Self::All | Self::AcrossHosts => None,
            Self::UniqueTo(host) | Self::PlanFor(host) => Some(host),
        }
    }
}

/// A request for groups.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The groups that are wanted.
    pub(crate) wanted: Wanted,
    /// True if equal file systems of two hosts are clones, not one that both have.
    pub(crate) is_cloned: bool,
    /// Rules for the file to keep.
    pub(crate) keep: Vec<KeepRule>,
    /// The directory for temporary files.
    pub(crate) temporary: PathBuf,
    /// Bytes of rows that are sorted in memory.
    memory: usize,
}

impl Request {
    /// A request for these groups.
    pub(crate) fn new(wanted: Wanted, temporary: PathBuf) -> Self {
        Self {
            wanted,
            is_cloned: false,
            keep: Vec::new(),
            temporary,
            memory: sorter::MEMORY,
        }
    }

    #[cfg(test)]
    pub(super) fn with_memory(self, memory: usize) -> Self {
        Self { memory, ..self }
    }
}

/// Counts of a merge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct MergeTotals {
    /// Rows that count: of each path the latest.
    pub(crate) rows: u64,
    /// Bytes of the records that were sorted for them.
    pub(crate) sorted_bytes: u64,
    /// Files: names of one file count once.
    pub(crate) files: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// Groups.
    pub(crate) groups: u64,
    /// Redundant files in them.
    pub(crate) duplicates: u64,
    /// Bytes that they take.
    pub(crate) reclaimable_bytes: u64,
    /// Bytes of further ones, which have names that are in no index.
    pub(crate) linked_outside_bytes: u64,
    /// Files without a full digest that may equal others.
    pub(crate) not_proved: u64,
    /// Files that may be on one host alone, if others had digests.
    pub(crate) not_proved_unique: u64,
    /// Files that several hosts have, each as one.
    pub(crate) seen_by_several: u64,
}

/// The rows of all indexes.
pub(crate) struct Merge<'a> {
    request: &'a Request,
    cancel: &'a CancelToken,
    hosts: Numbers,
    volumes: Numbers,
    /// The paths that were indexed, with their hosts, and the time of the index that
    /// has all of what was found there.
    roots: BTreeMap<(u32, Vec<u8>), Option<i64>>,
    algorithm: Option<HashAlgorithm>,
    by_content: Sorter,
    record: Vec<u8>,
    origins: Origins,
}

/// The result of a merge.
pub(crate) struct Merged {
    /// The counts.
    pub(crate) totals: MergeTotals,
    /// The algorithm of the digests.
    pub(crate) algorithm: HashAlgorithm,
    /// The paths that were indexed: those of the host that a plan is for, or all of
    /// them with their hosts.
    pub(crate) roots: Vec<PathBuf>,
    /// The groups in the order of a report.
    pub(crate) groups: MergedGroups,
    /// Files of scans that missed something.
    pub(crate) incomplete: Vec<PathBuf>,
    /// Hosts of which partitions are missing.
    pub(crate) partial: BTreeSet<String>,
}

impl<'a> Merge<'a> {
    /// Reads indexes.
    pub(crate) fn read(
        files: &[PathBuf],
        request: &'a Request,
        cancel: &'a CancelToken,
    ) -> Result<Self, IndexError> {
        let mut merge = Self {
            request,
            cancel,
            hosts: Numbers::default(),
            volumes: Numbers::default(),
            roots: BTreeMap::new(),
            algorithm: None,
            by_content: Sorter::new(&request.temporary, request.memory),
            record: Vec::new(),
            origins: Origins::of(files)?,
        };
        let mut by_path = merge
            .origins
            .may_repeat
            .then(|| Sorter::new(&request.temporary, request.memory));
        for path in files {
            merge.add_file(path, by_path.as_mut())?;
        }
        if let Some(by_path) = by_path {
            merge.add_latest(by_path)?;
        }
        Ok(merge)
    }

    /// The hosts, in the order in which they came.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = String> {
        let hosts = self.hosts.texts().iter();
        hosts.map(|host| String::from_utf8_lossy(host).into_owned())
    }

    fn add_file(
        &mut self,
        file: &Path,
        mut by_path: Option<&mut Sorter>,
    ) -> Result<(), IndexError> {
        let mut rows = 0_u64;
        let index = open(file)?;
        let is_whole = index.is_whole();
        index.each(|row| {
            rows += 1;
            if rows.is_multiple_of(STEP) && self.cancel.is_cancelled() {
                return Err(IndexError::Cancelled);
            }
            let entry = self.entry(file, row, is_whole)?;
            match &mut by_path {
                Some(by_path) => {
                    entry.by_path(row.indexed_at, &mut self.record);
                    by_path.push(&self.record)?;
                }
                None => self.add(&entry)?,
            }
            Ok(())
        })
    }

    fn entry<'b>(
        &mut self,
        file: &Path,
        row: &Row<'b>,
        is_whole: bool,
    ) -> Result<Entry<'b>, IndexError> {
        let known = *self.algorithm.get_or_insert(row.algorithm);
        if known != row.algorithm {
            return Err(IndexError::file(
                file,
                &format!(
                    "its digests are {}, and those of an earlier file {}: they cannot be compared",
                    row.algorithm.as_str(),
                    known.as_str()
                ),
            ));
        }
        let entry = Entry::of(row, &mut self.hosts, &mut self.volumes);
        let known = self.roots.entry((entry.host, row.root.to_vec()));
        let known = known.or_default();
        if is_whole && *known.get_or_insert(row.indexed_at) != row.indexed_at {
            // The older one would tell of files that are gone since.
            return Err(IndexError::file(
                file,
                &format!(
                    "all of {}:{} is in an earlier file too: merge the newer one of them, or \
                     one and what nodupe index --diff says of it",
                    String::from_utf8_lossy(row.host),
                    String::from_utf8_lossy(row.root)
                ),
            ));
        }
        Ok(entry)
    }

    /// Adds a row, unless it says that the path is gone.
    fn add(&mut self, entry: &Entry<'_>) -> Result<(), IndexError> {
        if entry.links > 0 {
            entry.by_content(self.request.is_cloned, &mut self.record);
            self.by_content.push(&self.record)?;
        }
        Ok(())
    }

    /// Adds the latest row of each path.
    fn add_latest(&mut self, by_path: Sorter) -> Result<(), IndexError> {
        let mut sorted = by_path.finish()?;
        let mut last = Vec::new();
        let mut rows = 0_u64;
        while let Some(record) = sorted.next()? {
            rows += 1;
            if rows.is_multiple_of(STEP) && self.cancel.is_cancelled() {
                return Err(IndexError::Cancelled);
            }
            let (name, entry) = Entry::of_path(record).ok_or_else(damaged)?;
            if name != last {
                last.clear();
                last.extend_from_slice(name);
                self.add(&entry)?;
            }
        }
        Ok(())
    }

    /// Makes the groups. What is to be read to prove more goes to `candidates`.
    pub(crate) fn groups(
        self,
        candidates: Option<&mut dyn Write>,
    ) -> Result<Result<Merged, Error>, IndexError> {
        let algorithm = self.algorithm.unwrap_or_default();
        let mut config = ScanConfig::new(Vec::<PathBuf>::new());
        config.keep.clone_from(&self.request.keep);
        let keeper = match Keeper::new(&config) {
            Ok(keeper) => keeper,
            Err(error) => return Ok(Err(error)),
        };
        let (rows, sorted_bytes) = self.by_content.len();
        let hosts = self.hosts.texts();
        let host = self.request.wanted.host();
        let host = hosts
            .iter()
            .position(|name| Some(&name[..]) == host.map(str::as_bytes));
        let host = host.map(|host| host as u32);
        let mut pass = Pass {
            grouping: Grouping {
                wanted: &self.request.wanted,
                host,
                hosts,
                keeper: &keeper,
            },
            spool: Spool::new(&self.request.temporary, self.request.memory),
            totals: MergeTotals {
                rows,
                sorted_bytes,
                ..MergeTotals::default()
            },
            candidates: match candidates {
                Some(out) => {
                    let writer = CandidateWriter::new(algorithm).map_err(IndexError::Output)?;
                    Some((writer, out))
                }
                None => None,
            },
            size: 0,
            digest: None,
            members: Vec::new(),
            summary: SizeSummary::default(),
            elsewhere: SizeSummary::default(),
            unproved: Vec::new(),
            last_unproved: None,
        };
        let mut sorted = self.by_content.finish()?;
        let mut seen = 0_u64;
        while let Some(record) = sorted.next()? {
            seen += 1;
            if seen.is_multiple_of(STEP) && self.cancel.is_cancelled() {
                return Err(IndexError::Cancelled);
            }
            let entry = Entry::of_content(record, algorithm.digest_len());
            pass.add(&entry.ok_or_else(damaged)?, self.request.is_cloned)?;
        }
        drop(sorted);
        pass.end_size()?;
        if let Some((writer, out)) = pass.candidates {
            writer.finish(out).map_err(IndexError::Output)?;
        }
        let is_plan = matches!(self.request.wanted, Wanted::PlanFor(_));
        let roots = self.roots.keys().filter_map(|(of, root)| match is_plan {
            true => (Some(*of) == host).then(|| foreign_path(root)),
            false => {
                let host = hosts.get(*of as usize)?;
                Some(foreign_path(&[host, &b":"[..], root].concat()))
            }
        });
        Ok(Ok(Merged {
            totals: pass.totals,
            algorithm,
            roots: roots.collect(),
            groups: pass.spool.finish()?,
            incomplete: self.origins.incomplete,
            partial: self.origins.partial,
        }))
    }
}

/// The facts that the files tell before their rows are read. There may be more files
/// than can be open.
#[derive(Debug, Default)]
struct Origins {
    /// True if a path may be in two files: not each host was indexed once, or a
    /// partition is there twice.
    may_repeat: bool,
    /// Files of scans that missed something.
    incomplete: Vec<PathBuf>,
    /// Hosts of which partitions are missing.
    partial: BTreeSet<String>,
}

impl Origins {
    fn of(files: &[PathBuf]) -> Result<Self, IndexError> {
        let mut origins = Self::default();
        let mut runs: HashMap<String, i64> = HashMap::new();
        let mut partitions: BTreeMap<(String, i64), BTreeSet<String>> = BTreeMap::new();
        for file in files {
            let index = open(file)?;
            if index.is_incomplete() {
                origins.incomplete.push(file.clone());
            }
            let Some((host, time, partition)) = index.origin() else {
                origins.may_repeat = true;
                continue;
            };
            let run = *runs.entry(host.clone()).or_insert(time);
            let known = partitions.entry((host, time)).or_default();
            origins.may_repeat |= run != time || !known.insert(partition);
        }
        for ((host, _), known) in partitions {
            let all = known.first().and_then(|one| one.split_once('/'));
            let all = all.and_then(|(_, all)| all.parse().ok());
            if all.is_some_and(|all: usize| known.len() < all) {
                origins.partial.insert(host);
            }
        }
        Ok(origins)
    }
}

/// The one pass over all rows in the order of their content.
struct Pass<'a> {
    grouping: Grouping<'a>,
    spool: Spool,
    totals: MergeTotals,
    candidates: Option<(CandidateWriter, &'a mut dyn Write)>,
    /// The size of the rows that come now.
    size: u64,
    /// The digest of those in `members`.
    digest: Option<Digest>,
    members: Vec<Member>,
    /// The files of the size.
    summary: SizeSummary,
    /// Those of them that other hosts than the one asked for have.
    elsewhere: SizeSummary,
    /// Names without a digest of the host asked for.
    unproved: Vec<Member>,
    /// The file without a digest that came last, and if another host has it.
    last_unproved: Option<(u128, bool)>,
}

impl Pass<'_> {
    fn add(&mut self, entry: &Entry<'_>, is_cloned: bool) -> Result<(), IndexError> {
        if entry.size != self.size {
            self.end_size()?;
            self.size = entry.size;
        }
        if entry.digest != self.digest {
            self.end_digest()?;
            self.digest = entry.digest;
        }
        match entry.digest {
            Some(_) => self.members.push(Member::of(entry, is_cloned)),
            None => self.add_unproved(entry, is_cloned),
        }
        Ok(())
    }

    /// Names of one file come one after the other.
    fn add_unproved(&mut self, entry: &Entry<'_>, is_cloned: bool) {
        let identity = entry.identity(is_cloned);
        let is_elsewhere = Some(entry.host) != self.grouping.host;
        match &mut self.last_unproved {
            Some((last, was_elsewhere)) if *last == identity => {
                if is_elsewhere && !*was_elsewhere {
                    *was_elsewhere = true;
                    self.elsewhere.add_unproved(entry.partial);
                }
            }
            last => {
                *last = Some((identity, is_elsewhere));
                self.totals.files += 1;
                self.totals.bytes = self.totals.bytes.saturating_add(entry.size);
                self.summary.add_unproved(entry.partial);
                if is_elsewhere {
                    self.elsewhere.add_unproved(entry.partial);
                }
            }
        }
        if !is_elsewhere && matches!(self.grouping.wanted, Wanted::UniqueTo(_)) {
            self.unproved.push(Member::of(entry, is_cloned));
        }
    }

    /// All rows of one digest came.
    fn end_digest(&mut self) -> Result<(), IndexError> {
        let members = std::mem::take(&mut self.members);
        let Some(digest) = self.digest.take().filter(|_| !members.is_empty()) else {
            return Ok(());
        };
        let files = Files::of(members);
        let (count, partial) = (files.len(), files.partial());
        let totals = &mut self.totals;
        totals.files += count;
        let bytes = self.size.saturating_mul(count);
        totals.bytes = totals.bytes.saturating_add(bytes);
        totals.seen_by_several += files.seen_by_several();
        self.summary.add_proved(partial, count);
        if let (Wanted::UniqueTo(_), Some(host)) = (self.grouping.wanted, self.grouping.host) {
            if !files.are_all_on(host) {
                self.elsewhere.add_proved(partial, count);
                return Ok(());
            }
            if self.elsewhere.may_equal_unproved(partial.as_ref()) {
                self.totals.not_proved_unique += count;
                return Ok(());
            }
        }
        self.emit(Some(digest), files)
    }

    /// All rows of one size came.
    fn end_size(&mut self) -> Result<(), IndexError> {
        self.end_digest()?;
        self.last_unproved = None;
        let unproved = Files::of(std::mem::take(&mut self.unproved));
        for file in unproved.each() {
            // Another host may have it too, as the same file.
            let is_elsewhere = self.elsewhere.may_equal(file.partial().as_ref());
            match is_elsewhere {
                true => self.totals.not_proved_unique += 1,
                false => self.emit(None, file)?,
            }
        }
        let summary = std::mem::take(&mut self.summary);
        self.elsewhere = SizeSummary::default();
        self.totals.not_proved += summary.not_proved();
        if let Some((writer, out)) = &mut self.candidates {
            for ends in summary.candidates() {
                let pushed = writer.push(self.size, ends, &mut **out);
                pushed.map_err(IndexError::Output)?;
            }
        }
        Ok(())
    }

    fn emit(&mut self, digest: Option<Digest>, files: Files) -> Result<(), IndexError> {
        let Some(group) = self.grouping.group(digest, self.size, files) else {
            return Ok(());
        };
        let totals = &mut self.totals;
        totals.groups += 1;
        totals.duplicates += group.duplicates();
        let sum = u64::saturating_add;
        totals.reclaimable_bytes = sum(totals.reclaimable_bytes, group.reclaimable_bytes);
        totals.linked_outside_bytes = sum(totals.linked_outside_bytes, group.linked_outside_bytes);
        self.spool.push(&group)
    }
}
