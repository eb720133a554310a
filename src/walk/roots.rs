//! The paths a scan starts from.
//!
//! A directory given twice, under another name or inside another one is
//! walked once: as itself. The walk of what lies above it stops there.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use crate::config::ScanConfig;
use crate::error::{Error, ScanError, Stage};
use crate::model::{FileId, FileKind, FileStat};
use crate::sys;

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
}

/// All paths to start from.
#[derive(Debug, Default)]
pub(super) struct Roots {
    /// Directories, each once.
    pub(super) dirs: Vec<Root>,
    /// Files.
    pub(super) files: Vec<Root>,
    /// Entries of a list that could not be looked at.
    pub(super) errors: Vec<ScanError>,
    references: Vec<bool>,
}

impl Roots {
    /// Looks at every path.
    ///
    /// # Errors
    ///
    /// When a path that was given as such (not in a list) is not there or is
    /// neither a directory nor a file: most likely it is misspelt, and a
    /// reference that is missing would make originals look like copies.
    pub(super) fn resolve(config: &ScanConfig) -> Result<Self, Error> {
        let mut roots = Self::default();
        let mut known = HashMap::new();
        let given = config.roots.iter().map(|path| (path, false));
        let references = config.references.iter().map(|path| (path, true));
        for (path, reference) in given.chain(references) {
            let root =
                look(path, true, roots.references.len() as u32).map_err(|source| Error::Root {
                    path: path.clone(),
                    source,
                })?;
            roots.references.push(reference);
            if !roots.enter(root, &mut known) {
                return Err(Error::RootKind { path: path.clone() });
            }
        }
        let inside = ReferencePaths::new(&config.references);
        for root in roots.dirs.iter().chain(&roots.files) {
            roots.references[root.number as usize] |= inside.contains(&root.path);
        }
        roots.list(config, &inside, &mut known);
        Ok(roots)
    }

    /// For every root's number, whether its files are references.
    pub(super) fn references(&self) -> Vec<bool> {
        self.references.clone()
    }

    /// All files of a list count as one root; those that lie in a reference
    /// are told apart by a second number.
    fn list(
        &mut self,
        config: &ScanConfig,
        inside: &ReferencePaths,
        known: &mut HashMap<FileId, u32>,
    ) {
        if config.listed.is_empty() {
            return;
        }
        let number = self.references.len() as u32;
        self.references.extend([false, true]);
        for path in &config.listed {
            let number = number + u32::from(inside.contains(path));
            match look(path, config.selection.follow_links, number) {
                // Other kinds are what a list of everything in a tree is full
                // of; the walk passes over them too.
                Ok(root) => _ = self.enter(root, known),
                Err(error) => {
                    self.errors
                        .push(sys::scan_error(path.clone(), Stage::Walk, &error));
                }
            }
        }
    }

    /// Keeps a root; answers whether it is of a kind that can be scanned.
    fn enter(&mut self, root: Root, known: &mut HashMap<FileId, u32>) -> bool {
        match root.stat.kind {
            FileKind::Directory => {
                match known.entry(root.stat.id) {
                    Entry::Vacant(free) => {
                        free.insert(root.number);
                        self.dirs.push(root);
                    }
                    Entry::Occupied(first) => {
                        self.references[*first.get() as usize] |=
                            self.references[root.number as usize];
                    }
                }
                true
            }
            FileKind::Regular => {
                self.files.push(root);
                true
            }
            FileKind::Symlink | FileKind::Special => false,
        }
    }
}

fn look(path: &Path, follow: bool, number: u32) -> std::io::Result<Root> {
    let itself = sys::stat_path(path, false)?;
    let is_link = itself.kind == FileKind::Symlink;
    Ok(Root {
        path: path.to_owned(),
        stat: if is_link && follow {
            sys::stat_path(path, true)?
        } else {
            itself
        },
        number,
        is_link,
    })
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
