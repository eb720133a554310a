//! Distinguishes a file's hard links from other paths to the same name.
//!
//! One inode can be found again because it has several hard links, or because
//! one link was reached twice: through a bind mount, a symbolic link, a path
//! given on the command line that a walk also reached, or an alias on a
//! case-insensitive file system. Only hard links are distinct names.

use crate::stage::Catalog;
use crate::types::{DirId, FileIdx};

/// A path by which a file was found.
#[derive(Debug, Clone, Copy)]
struct FoundPath<'a> {
    dir: DirId,
    name: &'a [u8],
    through_link: bool,
}

/// The paths of a file's distinct names, in byte order; at least one.
pub(super) fn of(catalog: &Catalog, file: FileIdx) -> Vec<Vec<u8>> {
    let mut found: Vec<(Vec<u8>, FoundPath<'_>)> = found_paths(catalog, file)
        .map(|found_path| (catalog.path(found_path.dir, found_path.name), found_path))
        .collect();
    if found.len() > 1 {
        // Real names before symbolic links, then the order of the report.
        found.sort_unstable_by(|(a, found_a), (b, found_b)| {
            (found_a.through_link, a).cmp(&(found_b.through_link, b))
        });
        drop_aliases(catalog, &mut found);
        // A symbolic link is a path to the file, never one of its names; and
        // what the file system does not count as a link is an alias of one.
        let links = u64::from(catalog.files.links(file));
        let real = found
            .iter()
            .filter(|(_, found_path)| !found_path.through_link)
            .count() as u64;
        found.truncate(real.min(links).max(1) as usize);
    }
    found.into_iter().map(|(path, _)| path).collect()
}

/// Calls `each` with the root of every path to a file, aliases included: the
/// properties of a root apply by whatever path the file was reached.
pub(super) fn each_root(catalog: &Catalog, file: FileIdx, mut each: impl FnMut(u32)) {
    for found_path in found_paths(catalog, file) {
        each(catalog.dirs.root(found_path.dir));
    }
}

fn found_paths(catalog: &Catalog, file: FileIdx) -> impl Iterator<Item = FoundPath<'_>> {
    let first = FoundPath {
        dir: catalog.files.dir(file),
        name: catalog.files.name(file),
        through_link: catalog.is_through_link(file),
    };
    let extra = catalog.extra_names(file).map(|extra| FoundPath {
        dir: extra.dir,
        name: catalog.names.get(extra.name),
        through_link: extra.through_link,
    });
    std::iter::once(first).chain(extra)
}

/// Keeps the first of all paths with the same name in the same directory, by
/// whatever path that directory was reached.
fn drop_aliases(catalog: &Catalog, found: &mut Vec<(Vec<u8>, FoundPath<'_>)>) {
    let mut seen = std::collections::HashSet::new();
    found.retain(|(_, found_path)| seen.insert((catalog.dirs.id(found_path.dir), found_path.name)));
}
