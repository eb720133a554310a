//! Telling a file's hard links from other ways to the same name.
//!
//! One inode can be met again because it has several hard links, or because
//! one link was reached twice: through a bind mount, a symbolic link, a path
//! given on the command line that a walk also came by, or an alias on a file
//! system that does not tell upper from lower case. Only the first are names
//! of their own.

use crate::model::{DirId, FileIdx, NameRef};
use crate::stage::Findings;

/// One name of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// The path, byte for byte.
    pub(super) path: Vec<u8>,
    /// The root it was reached from; of several, the one given first.
    pub(super) root: u32,
    /// Whether any root it was reached from is a reference.
    pub(super) reference: bool,
}

/// A way by which a file was met.
#[derive(Debug, Clone, Copy)]
struct Way {
    dir: DirId,
    name: NameRef,
    through_link: bool,
}

/// The distinct names of a file, in byte order; at least one.
pub(super) fn of(findings: &Findings, references: &[bool], file: FileIdx) -> Vec<Name> {
    let mut links = 1;
    let mut ways: Vec<(Name, Way)> = ways(findings, file, &mut links)
        .map(|way| {
            let root = findings.dirs.get(way.dir).root;
            let name = Name {
                path: findings.path(way.dir, way.name),
                root,
                reference: references[root as usize],
            };
            (name, way)
        })
        .collect();
    if ways.len() > 1 {
        // Real names before symbolic links, then the order of the report.
        ways.sort_unstable_by(|(a, way_a), (b, way_b)| {
            (way_a.through_link, &a.path, a.root).cmp(&(way_b.through_link, &b.path, b.root))
        });
        let reached_from_reference = ways.iter().any(|(name, _)| name.reference);
        drop_aliases(findings, &mut ways);
        // A link is a way to the file, never one of its names; and what the
        // file system does not count as a link is an alias of one.
        let real = ways.iter().filter(|(_, way)| !way.through_link).count() as u64;
        ways.truncate(real.min(links).max(1) as usize);
        // What is said of one name of a file holds for the file.
        for (name, _) in &mut ways {
            name.reference = reached_from_reference;
        }
    }
    ways.into_iter().map(|(name, _)| name).collect()
}

/// Calls `each` with every distinct name's root and whether the file belongs
/// to a reference; builds paths only where that cannot be told without.
pub(super) fn each_root(
    findings: &Findings,
    references: &[bool],
    file: FileIdx,
    mut each: impl FnMut(u32, bool),
) {
    if findings.has_extra_names(file) {
        for name in of(findings, references, file) {
            each(name.root, name.reference);
        }
    } else {
        let root = findings.dirs.get(findings.files.get(file).dir).root;
        each(root, references[root as usize]);
    }
}

fn ways<'a>(
    findings: &'a Findings,
    file: FileIdx,
    links: &'a mut u64,
) -> impl Iterator<Item = Way> + 'a {
    let record = findings.files.get(file);
    let first = Way {
        dir: record.dir,
        name: record.name,
        through_link: findings.is_through_link(file),
    };
    let extra = findings.extra_names(file).map(|extra| {
        *links = extra.links.max(*links);
        Way {
            dir: extra.dir,
            name: extra.name,
            through_link: extra.through_link,
        }
    });
    std::iter::once(first).chain(extra)
}

/// Keeps the first of all ways that lead to the same name in the same
/// directory, whatever path that directory was reached by.
fn drop_aliases(findings: &Findings, ways: &mut Vec<(Name, Way)>) {
    let mut seen = std::collections::HashSet::new();
    ways.retain(|(_, way)| {
        let dir = findings.dirs.get(way.dir).id;
        seen.insert((dir, findings.names.get(way.name).to_vec()))
    });
}
