//! Files that git tracks though its rules would ignore them.
//!
//! To git they are as good as any other: the rules are for what it does not
//! know. Who walks a tree by the rules alone passes them over, and a gate must
//! not: a copy that was added by force is a copy.

use std::path::{Path, PathBuf};

use crate::check::Places;
use crate::config::ScanConfig;
use crate::git::{self, GitError};

/// Those of the work tree around a directory that the scan would look at if
/// no rule left them out.
///
/// # Errors
///
/// If git cannot tell.
pub(super) fn though_ignored(
    here: &Path,
    config: &ScanConfig,
    places: &Places,
) -> Result<Vec<PathBuf>, GitError> {
    let top = git::top_level(here)?;
    let files = git::tracked_though_ignored(&top)?;
    let roots = config.roots.iter();
    let roots: Vec<(&Path, PathBuf)> = roots
        .map(|root| (root.as_path(), places.absolute(root)))
        .collect();
    // Called as a walk would call them.
    let called = files.iter().filter_map(|file| {
        let is_there = file.symlink_metadata().is_ok_and(|file| file.is_file());
        let mut ways = roots.iter().filter(|_| is_there);
        ways.find_map(|(root, absolute)| Some(root.join(in_reach(file, absolute, config)?)))
    });
    Ok(called.collect())
}

/// The way to a file from a root, if a walk from there would come by it for
/// all that it is called and as deep as it may go.
fn in_reach<'f>(file: &'f Path, root: &Path, config: &ScanConfig) -> Option<&'f Path> {
    let below = file.strip_prefix(root).ok()?;
    let selection = &config.selection;
    let depth = below.components().count() as u64;
    let mut names = below.iter();
    let is_in_reach = depth > 0
        && selection
            .max_depth
            .is_none_or(|most| depth <= u64::from(most))
        && (selection.hidden || !names.any(|name| name.as_encoded_bytes().starts_with(b".")));
    is_in_reach.then_some(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_walk_would_come_by_is_in_reach() {
        let table = [
            // file, root, depth, hidden, expected
            ("/r/a/f", "/r", None, true, true),
            ("/r/a/f", "/r/a", Some(1), true, true),
            ("/r/a/f", "/r", Some(1), true, false),
            ("/r/a/f", "/r/b", None, true, false),
            ("/ra/f", "/r", None, true, false),
            ("/r/.a/f", "/r", None, true, true),
            ("/r/.a/f", "/r", None, false, false),
            ("/r/.a/f", "/r/.a", None, false, true),
            // Named by itself, it is scanned anyway.
            ("/r/f", "/r/f", None, true, false),
        ];
        for (file, root, max_depth, hidden, expected) in table {
            let mut config = ScanConfig::new([root]);
            config.selection.max_depth = max_depth;
            config.selection.hidden = hidden;
            let way = in_reach(Path::new(file), Path::new(root), &config);
            assert_eq!(
                way.is_some(),
                expected,
                "{file} {root} {max_depth:?} {hidden}"
            );
        }
    }
}
