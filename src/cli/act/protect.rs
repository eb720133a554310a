//! Marks files that stay besides the one that the rules choose: protected ones,
//! those outside of the scope, and further copies.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::super::args::ActArgs;
use super::super::diagnostics::Fatal;
use crate::error::describe;
use crate::glob::{Globs, PatternTarget};
use crate::platform::{self, MountTable, MountedPlace, bytes_of};
use crate::types::{DirectoryGroup, DirectoryRecord, FileId, FileRecord, Group};

/// The files that must not be acted on.
pub(in crate::cli) struct Protection {
    only_under: Vec<Directory>,
    references: Vec<Directory>,
    globs: Globs,
    leave: usize,
    /// True if the command line says which file to keep.
    has_keep_rules: bool,
    /// Directories of files, with all links resolved.
    resolved: RefCell<HashMap<PathBuf, PathBuf>>,
    /// The identities of directories, by their resolved paths.
    ids: RefCell<HashMap<PathBuf, Option<FileId>>>,
    mounts: MountTable,
    /// The places of directories of files in their file systems.
    places: RefCell<HashMap<PathBuf, Option<MountedPlace>>>,
}

/// So many copies of each content are left at least.
pub(in crate::cli) fn copies_left(args: &ActArgs) -> usize {
    let leave = args.protection.leave.map_or(1, std::num::NonZeroU64::get);
    usize::try_from(leave).unwrap_or(usize::MAX)
}

/// A directory that was given.
struct Directory {
    /// Its path with all links resolved.
    path: PathBuf,
    /// Its identity, by which it is recognised through a bind mount too.
    id: Option<FileId>,
    /// Where it, and what is mounted in it, lies in its file system: a directory in
    /// it can be mounted elsewhere.
    places: Vec<MountedPlace>,
}

fn id_of(path: &Path) -> Option<FileId> {
    platform::Directory::open(bytes_of(path.as_os_str()))
        .ok()?
        .id()
}

impl Protection {
    /// Resolves the arguments.
    pub(in crate::cli) fn new(args: &ActArgs) -> Result<Self, Fatal> {
        let protection = &args.protection;
        let globs = protection.keep_all_under.iter().cloned().map(String::from);
        let globs: Vec<String> = globs.collect();
        let mounts = MountTable::read();
        let resolved = |option: &'static str, paths: &[PathBuf]| {
            let resolve = |path: &PathBuf| {
                let path = std::fs::canonicalize(path).map_err(|error| {
                    let path = path.display();
                    Fatal::new(format!("--{option} {path}: {}", describe(&error)))
                        .hint("check the spelling")
                });
                let path = path?;
                Ok(Directory {
                    id: id_of(&path),
                    places: mounts.places_of(&path),
                    path,
                })
            };
            paths.iter().map(resolve).collect::<Result<Vec<_>, Fatal>>()
        };
        Ok(Self {
            only_under: resolved("only-under", &protection.only_under)?,
            references: match args.source.report {
                Some(_) => resolved("reference", &args.scope.input.reference)?,
                // The scan marks them.
                None => Vec::new(),
            },
            globs: Globs::new(&globs)?,
            leave: copies_left(args),
            has_keep_rules: !args.scope.keep.keep.is_empty(),
            resolved: RefCell::default(),
            ids: RefCell::default(),
            mounts,
            places: RefCell::default(),
        })
    }

    /// Marks the files of a group that stay.
    ///
    /// A scan marks one file, or the references. If other files stay anyway, the
    /// one that the rules chose need not, unless the command line gives the
    /// rules. The marks of a report always hold.
    pub(in crate::cli) fn mark(&self, group: &mut Group, roots: &[PathBuf], is_report: bool) {
        let files = group.files.iter();
        let protected: Vec<bool> = files
            .clone()
            .map(|file| self.protects(file, roots))
            .collect();
        let outside: Vec<bool> = files.map(|file| self.is_outside(file)).collect();
        let has_protected = protected.contains(&true);
        let replaces = has_protected || (outside.contains(&true) && !self.has_keep_rules);
        for (at, file) in group.files.iter_mut().enumerate() {
            let stays = protected[at] || outside[at];
            file.keep = stays || (file.keep && (is_report || !replaces));
        }
        self.leave_more(group);
    }

    /// True if a file stays whatever is decided on its copies.
    pub(in crate::cli) fn always_keeps(&self, file: &FileRecord, roots: &[PathBuf]) -> bool {
        self.protects(file, roots) || self.is_outside(file)
    }

    fn protects(&self, file: &FileRecord, roots: &[PathBuf]) -> bool {
        file.reference || file.names().any(|name| self.keeps(name, roots))
    }

    fn is_outside(&self, file: &FileRecord) -> bool {
        let is_inside = |name: &PathBuf| self.is_under(&self.only_under, name);
        !self.only_under.is_empty() && !file.names().all(is_inside)
    }

    /// Marks the directories of a group that stay, by the same rules.
    pub(super) fn mark_directories(
        &self,
        group: &mut DirectoryGroup,
        roots: &[PathBuf],
        is_report: bool,
    ) {
        // A path in it: what holds for that holds for all of it.
        let within = |directory: &DirectoryRecord| directory.path.join("_");
        let directories = group.directories.iter();
        let protected: Vec<bool> = directories
            .clone()
            .map(|dir| dir.reference || self.keeps(&within(dir), roots))
            .collect();
        let outside = |dir: &DirectoryRecord| {
            !self.only_under.is_empty() && !self.is_under(&self.only_under, &within(dir))
        };
        let outside: Vec<bool> = directories.map(outside).collect();
        let replaces =
            protected.contains(&true) || (outside.contains(&true) && !self.has_keep_rules);
        for (at, directory) in group.directories.iter_mut().enumerate() {
            let stays = protected[at] || outside[at];
            directory.keep = stays || (directory.keep && (is_report || !replaces));
        }
    }

    /// Returns true if a path is to be kept whatever its copies.
    pub(super) fn keeps(&self, path: &Path, roots: &[PathBuf]) -> bool {
        self.is_under(&self.references, path) || self.matches(path, roots)
    }

    /// So many copies are left at least.
    pub(super) fn leave(&self) -> usize {
        self.leave
    }

    /// Marks further files until enough copies stay. Without one that stays,
    /// nothing is acted on anyway.
    fn leave_more(&self, group: &mut Group) {
        let mut kept: BTreeSet<u32> = group
            .files
            .iter()
            .filter(|file| file.keep)
            .map(|file| file.number)
            .collect();
        if kept.is_empty() {
            return;
        }
        for file in &mut group.files {
            if kept.len() >= self.leave && !kept.contains(&file.number) {
                continue;
            }
            file.keep = true;
            kept.insert(file.number);
        }
    }

    fn is_under(&self, dirs: &[Directory], path: &Path) -> bool {
        if dirs.is_empty() {
            return false;
        }
        let path = self.real(path);
        if let Some(dir) = path.parent() {
            let mut places = self.places.borrow_mut();
            if !places.contains_key(dir) {
                places.insert(dir.to_path_buf(), self.mounts.place_of(dir));
            }
            if let Some(Some(place)) = places.get(dir)
                && dirs
                    .iter()
                    .flat_map(|dir| &dir.places)
                    .any(|above| place.is_in(above))
            {
                return true;
            }
        }
        let mut ids = self.ids.borrow_mut();
        path.ancestors().enumerate().any(|(up, above)| {
            let by_path = dirs.iter().any(|dir| dir.path == above);
            // The first one is the file itself.
            by_path
                || up > 0 && {
                    let known = ids.get(above).copied();
                    let id = known.unwrap_or_else(|| {
                        let id = id_of(above);
                        ids.insert(above.to_path_buf(), id);
                        id
                    });
                    id.is_some() && dirs.iter().any(|dir| dir.id == id)
                }
        })
    }

    /// The path with all links in its directory resolved.
    fn real(&self, path: &Path) -> PathBuf {
        let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else {
            return path.to_path_buf();
        };
        let dir = if dir.as_os_str().is_empty() {
            Path::new(".")
        } else {
            dir
        };
        let mut resolved = self.resolved.borrow_mut();
        if let Some(real) = resolved.get(dir) {
            return real.join(name);
        }
        // One that is gone has no file to act on.
        let real = std::fs::canonicalize(dir).unwrap_or_else(|_| dir.to_path_buf());
        let path = real.join(name);
        resolved.insert(dir.to_path_buf(), real);
        path
    }

    /// Matches a path, and the directories above it up to its root, against the
    /// globs.
    fn matches(&self, path: &Path, roots: &[PathBuf]) -> bool {
        if self.globs.is_empty() {
            return false;
        }
        let absolute = if self.globs.has_absolute() {
            self.real(path)
        } else {
            PathBuf::new()
        };
        if absolute.ancestors().enumerate().any(|(up, above)| {
            let nothing = Path::new("");
            let target = PatternTarget {
                name: nothing,
                below: nothing,
                absolute: above,
            };
            self.globs.match_any(target, up > 0)
        }) {
            return true;
        }
        let root = roots
            .iter()
            .filter(|root| path.starts_with(root))
            .max_by_key(|root| root.components().count());
        let below = root.and_then(|root| path.strip_prefix(root).ok());
        let below = below.unwrap_or(path);
        let name_of = |path: &Path| path.file_name().map(PathBuf::from).unwrap_or_default();
        // A file that was given itself, or the directory that was given.
        let top = match below.as_os_str().is_empty() {
            true => Some((name_of(path), false)),
            false => root.map(|root| (name_of(root), true)),
        };
        let nothing = Path::new("");
        top.is_some_and(|(name, is_dir)| {
            let target = PatternTarget {
                name: &name,
                below: nothing,
                absolute: nothing,
            };
            self.globs.match_any(target, is_dir)
        }) || below.ancestors().enumerate().any(|(up, above)| {
            let target = PatternTarget {
                name: &name_of(above),
                below: above,
                absolute: nothing,
            };
            !above.as_os_str().is_empty() && self.globs.match_any(target, up > 0)
        })
    }
}
