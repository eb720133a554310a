//! Following symbolic links, after everything that needs no link was found.
//!
//! A loop is nothing special: it leads to where the walk has been. Of all
//! links that wait the nearest to its root is followed first, so that a
//! directory is rarely listed again for being met nearer.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::context::Context;
use super::dir::Start;
use super::listing::Listing;
use super::sink::Link;
use crate::model::FileKind;
use crate::sys;

/// Follows all links, and those found by following them.
pub(super) fn follow(context: &Arc<Context>, mut walk: impl FnMut(Start)) {
    let mut waiting = BinaryHeap::new();
    let mut links = Vec::new();
    loop {
        for link in context.sink.take_links() {
            waiting.push(Reverse((link.dir.depth, path_of(&link), links.len())));
            links.push(Some(link));
        }
        let Some(Reverse((_, _, number))) = waiting.pop() else {
            return;
        };
        if context.sink.is_cancelled() {
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

/// Reports what a link leads to; a directory that is new is to be walked.
fn resolve(context: &Context, link: &Link) -> Option<Start> {
    let mut listing = Listing::new(context, &link.dir);
    let path = PathBuf::from(sys::os_str(&path_of(link)));
    let mut start = None;
    match sys::stat_path(&path, true) {
        Ok(stat) if !listing.admits(&link.name, stat.kind) => {}
        Ok(stat) => match stat.kind {
            FileKind::Regular => listing.file(&link.name, &stat, true),
            FileKind::Directory => {
                if let Some(child) = listing.directory(&link.name, &stat, true) {
                    let mut dir = context.judge.child(&link.dir, &link.name, child);
                    dir.through_link = true;
                    start = Some(dir);
                }
            }
            FileKind::Symlink | FileKind::Special => {}
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let nowhere = io::Error::new(
                io::ErrorKind::NotFound,
                "the symbolic link leads to something that does not exist",
            );
            listing.error(&link.name, &nowhere);
        }
        Err(error) => listing.error(&link.name, &error),
    }
    listing.finish();
    start
}
