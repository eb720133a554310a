//! The paths a scan starts from.
//!
//! A directory given twice, under another name or inside another one is
//! walked once: as itself. The walk of what lies above it stops there.

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
    /// The path as it was given.
    pub(super) path: PathBuf,
    /// What it leads to.
    pub(super) stat: FileStat,
    /// The number under which its files are known.
    pub(super) number: u32,
    /// Whether the path itself is a symbolic link.
    pub(super) is_link: bool,
    /// Whether it comes from a list.
    pub(super) listed: bool,
}

/// The numbers of roots that are directories, and their paths, by who they are.
pub(super) type KnownRoots = HashMap<FileId, Vec<(u32, PathBuf)>>;

/// All paths to start from.
#[derive(Debug, Default)]
pub(super) struct Roots {
    /// Directories, each once.
    pub(super) dirs: Vec<Root>,
    /// Files.
    pub(super) files: Vec<Root>,
    /// Entries of a list that could not be looked at.
    pub(super) errors: Vec<ScanError>,
    /// Directories that were named and that an exclusion is about.
    pub(super) left_out: Vec<PathBuf>,
    info: Vec<RootInfo>,
    known: KnownRoots,
    /// The same by their paths without symbolic links, as far as they lie
    /// where inode numbers are not exact and there is more than one.
    resolved: HashMap<PathBuf, u32>,
    pub(super) same: Arc<SameDirs>,
    pseudo: HashMap<u64, bool>,
}

impl Roots {
    /// Looks at every path.
    ///
    /// # Errors
    ///
    /// When a path that was given as such (not in a list) is not there or is
    /// nothing that can be scanned: most likely it is misspelt, and a
    /// reference that is missing would make originals look like copies.
    pub(super) fn resolve(config: &ScanConfig, filter: &Filter) -> Result<Self, Error> {
        let mut roots = Self::default();
        let given = config.roots.iter().map(|path| (path, false));
        let references = config.references.iter().map(|path| (path, true));
        for (path, reference) in given.chain(references) {
            let stat = look(path, true).map_err(|source| Error::Root {
                path: path.clone(),
                source,
            })?;
            // Left out before anything is known of it: a directory that is
            // not listed as a root must not be taken for one by a walk that
            // comes by.
            if stat.0.kind == FileKind::Directory && !filter.admits_directory(path) {
                roots.left_out.push(path.clone());
                continue;
            }
            if roots.is_pseudo(path, stat.0.id.dev) {
                return Err(Error::Pseudo { path: path.clone() });
            }
            let family = roots.info.len() as u32;
            if !roots.enter(path, stat, RootInfo { reference, family }, false) {
                return Err(Error::RootKind { path: path.clone() });
            }
        }
        let inside = ReferencePaths::new(&config.references);
        for root in roots.dirs.iter().chain(&roots.files) {
            roots.info[root.number as usize].reference |= inside.contains(&root.path);
        }
        roots.list(config, filter, &inside);
        Ok(roots)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.dirs.len() + self.files.len() + self.errors.len()
    }

    /// What every root means for its files, by number.
    pub(super) fn info(&self) -> Vec<RootInfo> {
        self.info.clone()
    }

    /// The devices that they lie on.
    pub(super) fn devices(&self) -> Vec<u64> {
        let mut devices: Vec<u64> = self
            .dirs
            .iter()
            .chain(&self.files)
            .map(|root| root.stat.id.dev)
            .collect();
        devices.sort_unstable();
        devices.dedup();
        devices
    }

    /// The number of every directory that is a root.
    pub(super) fn numbers(&self) -> KnownRoots {
        self.known.clone()
    }

    /// The same by their resolved paths, where their inode numbers are not
    /// enough.
    pub(super) fn resolved(&self) -> HashMap<PathBuf, u32> {
        self.resolved.clone()
    }

    fn list(&mut self, config: &ScanConfig, filter: &Filter, inside: &ReferencePaths) {
        let family = self.info.len() as u32;
        for path in &config.listed {
            let info = RootInfo {
                reference: inside.contains(path),
                family,
            };
            match look(path, config.selection.follow_links) {
                Ok((stat, _))
                    if stat.kind == FileKind::Directory
                        && !filter.admits_listed_directory(path) => {}
                Ok(stat) if self.is_pseudo(path, stat.0.id.dev) => {
                    self.errors.push(ScanError {
                        path: path.clone(),
                        stage: Stage::Walk,
                        kind: FailureKind::NotRegular,
                        message: "the kernel makes it up when it is read".to_owned(),
                    });
                }
                // Other kinds are what a list of everything in a tree is full
                // of; the walk passes over them too.
                Ok(stat) => _ = self.enter(path, stat, info, true),
                Err(error) => {
                    self.errors
                        .push(platform::scan_error(path.clone(), Stage::Walk, &error));
                }
            }
        }
    }

    /// Keeps a root; answers whether it is of a kind that can be scanned.
    fn enter(
        &mut self,
        path: &Path,
        (stat, is_link): (FileStat, bool),
        info: RootInfo,
        listed: bool,
    ) -> bool {
        // Listed files without a difference share a number.
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

    /// The root that a directory already is, by another path.
    fn same_root(&mut self, path: &Path, stat: &FileStat) -> Result<Option<u32>, (PathBuf, Doubt)> {
        let bytes = platform::bytes_of(path.as_os_str());
        // Of one root nothing has to be known.
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
            // The number it is going to have.
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

    /// Whether a path lies on a file system that stores nothing.
    fn is_pseudo(&mut self, path: &Path, dev: u64) -> bool {
        *self
            .pseudo
            .entry(dev)
            .or_insert_with(|| platform::is_pseudo_file_system(path))
    }
}

/// The error for a directory that may be another one that is known.
pub(super) fn ambiguous(path: &Path, other: &Path, doubt: Doubt) -> ScanError {
    ScanError {
        path: path.to_owned(),
        stage: Stage::Walk,
        kind: FailureKind::Ambiguous,
        message: format!(
            "it has the same inode number as {}, and it cannot be told whether the two are one \
             directory ({}); it is not scanned",
            other.display(),
            doubt.as_str()
        ),
    }
}

/// What a path leads to, and whether it is a symbolic link that was followed.
fn look(path: &Path, follow: bool) -> std::io::Result<(FileStat, bool)> {
    let itself = platform::stat_path(path, false)?;
    if itself.kind == FileKind::Symlink && follow {
        Ok((platform::stat_path(path, true)?, true))
    } else {
        Ok((itself, false))
    }
}

/// The reference directories by their real paths.
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

    /// Whether a path lies in one of them, whatever it is called here.
    fn contains(&self, path: &Path) -> bool {
        !self.0.is_empty()
            && path
                .canonicalize()
                .is_ok_and(|path| self.0.iter().any(|reference| path.starts_with(reference)))
    }
}
