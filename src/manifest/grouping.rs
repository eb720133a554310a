//! Makes groups of the rows of one content.

use std::collections::{BTreeSet, HashMap};

use super::merge::Wanted;
use super::record::Entry;
use crate::keep::Keeper;
use crate::platform::{bytes_of, foreign_path};
use crate::types::{Digest, FileId, FileRecord, Group, Proof, Timestamp};

/// One name of a file.
#[derive(Debug, Clone)]
pub(super) struct Member {
    identity: u128,
    host: u32,
    path: Vec<u8>,
    modified: Timestamp,
    changed: Timestamp,
    links: u32,
    /// The digest of its ends, if it is known.
    pub(super) partial: Option<Digest>,
}

impl Member {
    pub(super) fn of(entry: &Entry<'_>, is_cloned: bool) -> Self {
        Self {
            identity: entry.identity(is_cloned),
            host: entry.host,
            path: entry.path.to_vec(),
            modified: entry.modified,
            changed: entry.changed,
            links: entry.links,
            partial: entry.partial,
        }
    }
}

/// Names of files by file, each list in the order of hosts and paths.
pub(super) struct Files(Vec<Vec<Member>>);

impl Files {
    pub(super) fn of(members: Vec<Member>) -> Self {
        let mut by_identity: HashMap<u128, usize> = HashMap::new();
        let mut files: Vec<Vec<Member>> = Vec::new();
        for member in members {
            let at = *by_identity.entry(member.identity).or_insert(files.len());
            match files.get_mut(at) {
                Some(file) => file.push(member),
                None => files.push(vec![member]),
            }
        }
        for file in &mut files {
            file.sort_unstable_by(|a, b| (a.host, &a.path).cmp(&(b.host, &b.path)));
        }
        Self(files)
    }

    /// Number of files.
    pub(super) fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// Number of files that several hosts have.
    pub(super) fn seen_by_several(&self) -> u64 {
        let several = self.0.iter().filter(|file| {
            let hosts = file.iter().map(|name| name.host);
            hosts.collect::<BTreeSet<_>>().len() > 1
        });
        several.count() as u64
    }

    /// The digest of their ends, if it is known of one of them.
    pub(super) fn partial(&self) -> Option<Digest> {
        let mut names = self.0.iter().flatten();
        names.find_map(|name| name.partial)
    }

    /// Returns true if all of them are on this host alone.
    pub(super) fn are_all_on(&self, host: u32) -> bool {
        self.0.iter().flatten().all(|name| name.host == host)
    }

    /// Each file by itself.
    pub(super) fn each(self) -> impl Iterator<Item = Self> {
        self.0.into_iter().map(|file| Self(vec![file]))
    }
}

/// The rules by which groups are made.
pub(super) struct Grouping<'a> {
    pub(super) wanted: &'a Wanted,
    /// The number of the host that is asked for.
    pub(super) host: Option<u32>,
    pub(super) hosts: &'a [Vec<u8>],
    pub(super) keeper: &'a Keeper,
}

impl Grouping<'_> {
    /// The group of files with the same content, if it is wanted. `digest` is
    /// `None` for a single file.
    pub(super) fn group(&self, digest: Option<Digest>, size: u64, files: Files) -> Option<Group> {
        let mut files = files.0;
        if let (Wanted::PlanFor(_), host) = (self.wanted, self.host) {
            for file in &mut files {
                file.retain(|name| Some(name.host) == host);
            }
            files.retain(|file| !file.is_empty());
        }
        let is_wanted = match self.wanted {
            Wanted::UniqueTo(_) => !files.is_empty(),
            Wanted::All | Wanted::PlanFor(_) => files.len() > 1,
            Wanted::AcrossHosts => {
                let hosts = files.iter().flatten().map(|name| name.host);
                files.len() > 1 && hosts.collect::<BTreeSet<_>>().len() > 1
            }
        };
        is_wanted.then(|| self.build(digest, size, files))
    }

    fn build(&self, digest: Option<Digest>, size: u64, mut files: Vec<Vec<Member>>) -> Group {
        // The rules look at paths without hosts.
        files.sort_unstable_by(|a, b| (&a[0].path, a[0].host).cmp(&(&b[0].path, b[0].host)));
        let mut records: Vec<FileRecord> = files
            .iter()
            .enumerate()
            .map(|(number, file)| {
                let name = |name: &Member| foreign_path(&name.path);
                let first = &file[0];
                FileRecord {
                    root: first.host,
                    number: number as u32,
                    size,
                    modified: first.modified,
                    changed: first.changed,
                    links: first.links,
                    links_outside: first.links.saturating_sub(most_names(file)),
                    hard_links: file[1..].iter().map(name).collect(),
                    ..FileRecord::new(foreign_path(&first.path), FileId::UNKNOWN)
                }
            })
            .collect();
        let kept = self.keeper.mark(&mut records);
        for record in &mut records {
            let mut names = files[record.number as usize].iter();
            let mut names: Vec<_> = names.by_ref().map(|name| self.shown(name)).collect();
            names.sort_unstable();
            let mut names = names.into_iter();
            record.path = names.next().unwrap_or_default();
            record.hard_links = names.collect();
        }
        records.sort_by(|a, b| {
            let key = |file: &FileRecord| (!file.keep, bytes_of(file.path.as_os_str()).to_vec());
            key(a).cmp(&key(b))
        });
        let redundant = records.iter().filter(|file| !file.keep);
        let (outside, free): (Vec<_>, Vec<_>) = redundant.partition(|file| file.links_outside > 0);
        let bytes = |files: usize| size.saturating_mul(files as u64);
        let (linked_outside_bytes, reclaimable_bytes) = (bytes(outside.len()), bytes(free.len()));
        let proof = match digest {
            Some(_) => Proof::Digest,
            None => Proof::Unread,
        };
        Group {
            reclaimable_bytes,
            linked_outside_bytes,
            keep_tie: kept.is_tie,
            keep_reason: kept.reason,
            ..Group::new(digest, proof, size, records)
        }
    }

    /// A name with its host, except in a plan for one.
    fn shown(&self, name: &Member) -> std::path::PathBuf {
        let host = match self.wanted {
            Wanted::PlanFor(_) => None,
            _ => self.hosts.get(name.host as usize),
        };
        match host {
            Some(host) => foreign_path(&[host, &b":"[..], &name.path].concat()),
            None => foreign_path(&name.path),
        }
    }
}

/// The most names that a host has of a file.
fn most_names(file: &[Member]) -> u32 {
    let by_host = file.chunk_by(|a, b| a.host == b.host);
    by_host.map(<[Member]>::len).max().unwrap_or(0) as u32
}
