//! Follows symbolic links, after everything that needs no link was found.
//!
//! A loop needs no special case: it leads to a directory that was visited. Of
//! all pending links the nearest to its root is followed first, so that a
//! directory is rarely listed again at a smaller depth.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::sync::Arc;

use super::batch_sender::Link;
use super::confirm::changed;
use super::context::Context;
use super::dir::Start;
use super::dir_entries::DirEntries;
use crate::platform;
use crate::types::{FileKind, FileStat};

/// Follows all links, and those found by following them.
pub(super) fn follow(context: &Arc<Context>, mut walk: impl FnMut(Start)) {
    let mut waiting = BinaryHeap::new();
    let mut links = Vec::new();
    loop {
        for link in context.sender.take_links() {
            waiting.push(Reverse((link.dir.depth, path_of(&link), links.len())));
            links.push(Some(link));
        }
        let Some(Reverse((_, _, number))) = waiting.pop() else {
            return;
        };
        if context.sender.is_cancelled() {
            return;
        }
        if let Some(link) = links[number].take()
            && let Some(start) = resolve(context, &link)
        {
            walk(start);
        }
    }
}

fn path_of(link: &Link) -> Vec<u8> {
    link.dir.path_of(&link.name)
}

/// The target of a link.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    /// It exists.
    Found(FileStat),
    /// There is none: the link is dangling.
    Missing,
    /// Another directory replaced the one that the link was found in, where a
    /// link of that name may lead anywhere.
    Replaced,
}

fn target(link: &Link) -> io::Result<Target> {
    let dir = platform::Directory::open(&link.dir.path)?;
    // Where IDs do not last there is nothing to compare.
    if dir.id().is_some_and(|id| id != link.dir.id) && dir.has_lasting_id() {
        return Ok(Target::Replaced);
    }
    match dir.stat(&link.name, true) {
        Ok(stat) => Ok(Target::Found(stat)),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(Target::Missing),
            _ => Err(error),
        },
    }
}

/// Reports the target of a link. Returns a new directory that is to be walked.
fn resolve(context: &Context, link: &Link) -> Option<Start> {
    let mut entries_of = DirEntries::new(context, &link.dir);
    let mut start = None;
    match target(link) {
        Ok(Target::Replaced) => {
            context.sender.send_error(changed(&link.dir));
            entries_of.leave_out(&link.name);
        }
        // Nothing was missed: there is no file behind it.
        Ok(Target::Missing) => {
            let path = path_of(link);
            context.sender.send_dangling(&path);
            match std::fs::read_link(platform::os_str(&path)) {
                Ok(target) => {
                    let target = platform::bytes_of(target.as_os_str());
                    entries_of.add_link(&link.name, target);
                }
                Err(_) => entries_of.leave_out(&link.name),
            }
        }
        Ok(Target::Found(stat)) if !entries_of.matches_name(&link.name, stat.kind) => {
            entries_of.leave_out(&link.name);
        }
        Ok(Target::Found(stat)) => match stat.kind {
            // A directory with a link that is followed is a copy of none: what the
            // link leads to may lie in the other one.
            FileKind::Regular => {
                entries_of.leave_out(&link.name);
                entries_of.file(&link.name, &stat, true);
            }
            FileKind::Directory => {
                entries_of.leave_out(&link.name);
                if let Some(child) = entries_of.directory(&link.name, &stat, true) {
                    let mut dir = context.entry_filter.child(&link.dir, &link.name, child);
                    dir.through_link = true;
                    start = Some(dir);
                }
            }
            FileKind::Symlink | FileKind::Special => entries_of.add_special(&link.name),
        },
        Err(error) => entries_of.error(&link.name, &error),
    }
    entries_of.finish();
    start
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::ScanConfig;
    use crate::platform::testing::symlink;
    use crate::types::DirId;
    use crate::walk::entry_filter::EntryFilter;
    use crate::walk::filter::Filter;
    use crate::walk::roots::Roots;

    #[test]
    fn a_link_is_followed_only_in_the_directory_where_it_was_found() {
        let tree = tempfile::tempdir().unwrap();
        let root = tree.path().join("root");
        for dir in ["root/d", "outside"] {
            fs::create_dir_all(tree.path().join(dir)).unwrap();
        }
        fs::write(tree.path().join("outside/secret"), "x").unwrap();
        symlink("/", &root.join("d/link")).unwrap();
        symlink("secret", &tree.path().join("outside/link")).unwrap();
        let config = ScanConfig::new([root.join("d")]);
        let filter = Filter::new(&config.selection).unwrap();
        let roots = Roots::resolve(&config, &filter).unwrap();
        let entry_filter = EntryFilter::new(&config, filter, &roots);
        let start = &roots.dirs[0];
        let link = Link {
            dir: entry_filter.root(DirId(0), 0, &start.path, start.stat.id),
            name: b"link".to_vec(),
        };
        let elsewhere = platform::stat_path("/".as_ref(), true).unwrap().id;
        assert!(matches!(target(&link).unwrap(), Target::Found(stat) if stat.id == elsewhere));
        fs::rename(root.join("d"), root.join("aside")).unwrap();
        symlink("../outside", &root.join("d")).unwrap();
        assert_eq!(target(&link).unwrap(), Target::Replaced);
    }
}
