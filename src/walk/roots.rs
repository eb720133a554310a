//! The paths that a scan starts from.
//!
//! A directory that is given twice, under another name or inside another root,
//! is walked once: as a root. The walk of a root above it stops there.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::filter::Filter;
use super::same_dirs::{SameDirs, resolved};
use crate::config::ScanConfig;
use crate::error::{Error, FailureKind, ScanError, Stage};
use crate::platform;
use crate::types::{Doubt, FileId, FileKind, FileStat, RootInfo, Sameness};

/// A path to start from.
#[derive(Debug)]
pub(super) struct Root {
    /// The path as given.
    pub(super) path: PathBuf,
    /// Metadata of its target.
    pub(super) stat: FileStat,
    /// The number of the root, by which its files refer to it.
    pub(super) number: u32,
    /// True if the path itself is a symbolic link.
    pub(super) is_link: bool,
    /// True if it comes from a list.
    pub(super) listed: bool,
}

/// Numbers and paths of the roots that are directories, by file ID.
pub(super) type KnownRoots = HashMap<FileId, Vec<(u32, PathBuf)>>;

/// All paths to start from.
#[derive(Debug, Default)]
pub(super) struct Roots {
    /// Directories, each one once.
    pub(super) dirs: Vec<Root>,
    /// Files.
    pub(super) files: Vec<Root>,
    /// Errors of list entries that could not be inspected.
    pub(super) errors: Vec<ScanError>,
    /// Directories that were given and that an exclusion matches.
    pub(super) left_out: Vec<PathBuf>,
    info: Vec<RootInfo>,
    known: KnownRoots,
    /// Root numbers by canonical path, for roots where inode numbers are not
    /// exact and if there is more than one.
    resolved: HashMap<PathBuf, u32>,
    pub(super) same: Arc<SameDirs>,
    pseudo: HashMap<u64, bool>,
}

impl Roots {
    /// Inspects every path.
    ///
    /// # Errors
    ///
    /// If a path that was given as such (not in a list) does not exist or
    /// cannot be scanned: most likely it is misspelt, and a missing reference
    /// would make originals look like copies.
    pub(super) fn resolve(config: &ScanConfig, filter: &Filter) -> Result<Self, Error> {
        let mut roots = Self::default();
        let given = config.roots.iter().map(|path| (path, false));
        let references = config.references.iter().map(|path| (path, true));
        for (path, reference) in given.chain(references) {
            let stat = stat_with_link(path, true).map_err(|source| Error::Root {
                path: path.clone(),
                source,
            })?;
            // Excluded before it is recorded: a walk must not treat a directory
            // that is not listed as a root as if it were one.
            if stat.0.kind == FileKind::Directory && !filter.matches_root_directory(path) {
                roots.left_out.push(path.clone());
                continue;
            }
            if roots.is_pseudo(path, stat.0.id.dev) {
                return Err(Error::Pseudo { path: path.clone() });
            }
            let family = roots.info.len() as u32;
            if !roots.add(path, stat, RootInfo { reference, family }, false) {
                return Err(Error::RootKind { path: path.clone() });
            }
        }
        let reference_paths = ReferencePaths::new(&config.references);
        for root in roots.dirs.iter().chain(&roots.files) {
            roots.info[root.number as usize].reference |= reference_paths.contains(&root.path);
        }
        roots.add_listed(config, filter, &reference_paths);
        Ok(roots)
    }

    /// Properties of every root, by number.
    pub(super) fn info(&self) -> Vec<RootInfo> {
        self.info.clone()
    }

    /// The numbers of the roots that are directories.
    pub(super) fn numbers(&self) -> KnownRoots {
        self.known.clone()
    }

    /// Root numbers by canonical path, where inode numbers are not exact.
    pub(super) fn resolved(&self) -> HashMap<PathBuf, u32> {
        self.resolved.clone()
    }

    fn add_listed(
        &mut self,
        config: &ScanConfig,
        filter: &Filter,
        reference_paths: &ReferencePaths,
    ) {
        let family = self.info.len() as u32;
        for path in &config.listed {
            let info = RootInfo {
                reference: reference_paths.contains(path),
                family,
            };
            match stat_with_link(path, config.selection.follow_links) {
                Ok((stat, _))
                    if stat.kind == FileKind::Directory
                        && !filter.matches_listed_directory(path) => {}
                Ok(stat) if self.is_pseudo(path, stat.0.id.dev) => {
                    self.errors.push(ScanError {
                        path: path.clone(),
                        stage: Stage::Walk,
                        kind: FailureKind::NotRegular,
                        message: "the kernel makes it up when it is read".to_owned(),
                    });
                }
                // A list of everything in a tree contains many other kinds; the
                // walk skips them too.
                Ok(stat) => _ = self.add(path, stat, info, true),
                Err(error) => {
                    self.errors
                        .push(platform::scan_error(path.clone(), Stage::Walk, &error));
                }
            }
        }
    }

    /// Adds a root. Returns true if it is of a kind that can be scanned.
    fn add(
        &mut self,
        path: &Path,
        (stat, is_link): (FileStat, bool),
        info: RootInfo,
        listed: bool,
    ) -> bool {
        // Listed files with equal properties share a number.
        let number = match self.info.last() {
            Some(last) if listed && stat.kind == FileKind::Regular && *last == info => {
                self.info.len() - 1
            }
            _ => {
                self.info.push(info);
                self.info.len() - 1
            }
        } as u32;
        let root = Root {
            path: path.to_owned(),
            stat,
            number,
            is_link,
            listed,
        };
        match stat.kind {
            FileKind::Directory => match self.same_root(path, &stat) {
                Ok(Some(first)) => self.info[first as usize].reference |= info.reference,
                Ok(None) => {
                    let known = self.known.entry(stat.id).or_default();
                    known.push((number, path.to_owned()));
                    self.dirs.push(root);
                }
                Err((other, doubt)) => self.errors.push(ambiguous(path, &other, doubt)),
            },
            FileKind::Regular => self.files.push(root),
            FileKind::Symlink | FileKind::Special => return false,
        }
        true
    }

    /// The existing root that is the same directory under another path.
    fn same_root(&mut self, path: &Path, stat: &FileStat) -> Result<Option<u32>, (PathBuf, Doubt)> {
        let bytes = platform::bytes_of(path.as_os_str());
        // A single root needs no comparison.
        let Some(first) = self.dirs.first() else {
            return Ok(None);
        };
        if self.resolved.is_empty() {
            let first_path = platform::bytes_of(first.path.as_os_str());
            if !self.same.is_exact(first.stat.id.dev, first_path)
                && let Some(path) = resolved(first_path)
            {
                self.resolved.insert(path, first.number);
            }
        }
        let known = self.known.get(&stat.id);
        if self.same.is_exact(stat.id.dev, bytes) {
            return Ok(known
                .and_then(|known| known.first())
                .map(|&(number, _)| number));
        }
        if let Some(path) = resolved(bytes) {
            if let Some(&number) = self.resolved.get(&path) {
                return Ok(Some(number));
            }
            // The number that the new root gets.
            self.resolved.insert(path, self.info.len() as u32 - 1);
        }
        let mut doubts = None;
        for (number, other) in known.into_iter().flatten() {
            match self.same.compare(other, path) {
                Sameness::Same => return Ok(Some(*number)),
                Sameness::Different => {}
                Sameness::Unknown(doubt) => doubts = Some((other.clone(), doubt)),
            }
        }
        doubts.map_or(Ok(None), Err)
    }

    /// Returns true if a path lies on a pseudo file system, which stores
    /// nothing.
    fn is_pseudo(&mut self, path: &Path, dev: u64) -> bool {
        *self
            .pseudo
            .entry(dev)
            .or_insert_with(|| platform::is_pseudo_file_system(path))
    }
}

/// The error for a directory that may be the same as a known one.
pub(super) fn ambiguous(path: &Path, other: &Path, doubt: Doubt) -> ScanError {
    ScanError {
        path: path.to_owned(),
        stage: Stage::Walk,
        kind: FailureKind::Ambiguous,
        message: format!(
            "it has the same inode number as {}, and it is unknown if the two are one \
             directory ({}); it is not scanned",
            other.display(),
            doubt.as_str()
        ),
    }
}

/// Metadata of a path, and true if it is a symbolic link that was followed.
fn stat_with_link(path: &Path, follow: bool) -> std::io::Result<(FileStat, bool)> {
    let itself = platform::stat_path(path, false)?;
    if itself.kind == FileKind::Symlink && follow {
        Ok((platform::stat_path(path, true)?, true))
    } else {
        Ok((itself, false))
    }
}

/// The canonical paths of the reference directories.
struct ReferencePaths(Vec<PathBuf>);

impl ReferencePaths {
    fn new(references: &[PathBuf]) -> Self {
        Self(
            references
                .iter()
                .filter_map(|p| p.canonicalize().ok())
                .collect(),
        )
    }

    /// Returns true if a path lies in one of them, whatever its spelling.
    fn contains(&self, path: &Path) -> bool {
        !self.0.is_empty()
            && path
                .canonicalize()
                .is_ok_and(|path| self.0.iter().any(|reference| path.starts_with(reference)))
    }
}
