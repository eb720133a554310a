//! Following symbolic links, after everything that needs no link was found.
//!
//! Each directory is listed once, however many links lead to it, so a loop
//! is nothing special: it leads to where the walk has been.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::context::Context;
use super::dir::Start;
use super::listing::Listing;
use super::sink::Link;
use crate::model::{FileKind, push_component};
use crate::sys;

/// Follows all links, and those found by following them.
pub(super) fn follow(context: &Arc<Context>, mut walk: impl FnMut(Start)) {
    loop {
        let mut links = context.sink.take_links();
        if links.is_empty() {
            return;
        }
        links.sort_by_cached_key(path_of);
        for link in &links {
            if context.sink.is_cancelled() {
                return;
            }
            if let Some(start) = resolve(context, link) {
                walk(start);
            }
        }
    }
}

fn path_of(link: &Link) -> Vec<u8> {
    let mut path = link.dir.path.clone();
    push_component(&mut path, &link.name);
    path
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
                if context.judge.enters(&link.dir, &link.name, &stat)
                    && context.judge.first_visit(stat.id)
                {
                    let child = listing.directory(&link.name, stat.id);
                    start = Some(context.judge.child(&link.dir, &link.name, child));
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
