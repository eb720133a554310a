//! Telling a file's hard links from other ways to the same name.
//!
//! One inode can be met again because it has several hard links, or because
//! one link was reached twice: through a bind mount, a symbolic link, a path
//! given on the command line that a walk also came by, or an alias on a file
//! system that does not tell upper from lower case. Only the first are names
//! of their own.

use crate::types::{DirId, FileIdx};
use crate::stage::Findings;

/// A way by which a file was met.
#[derive(Debug, Clone, Copy)]
struct Way<'a> {
    dir: DirId,
    name: &'a [u8],
    through_link: bool,
}

/// The paths of a file's distinct names, in byte order; at least one.
pub(super) fn of(findings: &Findings, file: FileIdx) -> Vec<Vec<u8>> {
    let mut ways: Vec<(Vec<u8>, Way<'_>)> = ways(findings, file)
        .map(|way| (findings.path(way.dir, way.name), way))
        .collect();
    if ways.len() > 1 {
        // Real names before symbolic links, then the order of the report.
        ways.sort_unstable_by(|(a, way_a), (b, way_b)| {
            (way_a.through_link, a).cmp(&(way_b.through_link, b))
        });
        drop_aliases(findings, &mut ways);
        // A link is a way to the file, never one of its names; and what the
        // file system does not count as a link is an alias of one.
        let links = findings.extra_names(file).map(|extra| extra.links).max();
        let links = u64::from(links.unwrap_or(1));
        let real = ways.iter().filter(|(_, way)| !way.through_link).count() as u64;
        ways.truncate(real.min(links).max(1) as usize);
    }
    ways.into_iter().map(|(path, _)| path).collect()
}

/// Calls `each` with the root of every way to a file, aliases included: what
/// a root says of a file holds by whatever way it is reached.
pub(super) fn each_root(findings: &Findings, file: FileIdx, mut each: impl FnMut(u32)) {
    for way in ways(findings, file) {
        each(findings.dirs.root(way.dir));
    }
}

fn ways(findings: &Findings, file: FileIdx) -> impl Iterator<Item = Way<'_>> {
    let first = Way {
        dir: findings.files.dir(file),
        name: findings.files.name(file),
        through_link: findings.is_through_link(file),
    };
    let extra = findings.extra_names(file).map(|extra| Way {
        dir: extra.dir,
        name: findings.names.get(extra.name),
        through_link: extra.through_link,
    });
    std::iter::once(first).chain(extra)
}

/// Keeps the first of all ways that lead to the same name in the same
/// directory, whatever path that directory was reached by.
fn drop_aliases(findings: &Findings, ways: &mut Vec<(Vec<u8>, Way<'_>)>) {
    let mut seen = std::collections::HashSet::new();
    ways.retain(|(_, way)| seen.insert((findings.dirs.id(way.dir), way.name)));
}
