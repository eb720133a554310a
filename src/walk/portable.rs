//! The portable walker, on `walkdir`: one thread, full paths, any platform.

use std::sync::Arc;

use walkdir::WalkDir;

use super::context::{Context, Walker};
use super::dir::{Dir, Start};
use super::listing::Listing;
use crate::error::Stage;
use crate::model::{FileKind, WalkBatch};
use crate::sys;

/// Lists directories one after the other.
pub(super) struct Portable;

impl Walker for Portable {
    fn walk(&self, context: &Arc<Context>, starts: Vec<Start>) {
        for start in starts {
            walk(context, start);
        }
    }
}

fn walk(context: &Context, start: Dir) {
    if !context.judge.lists(&start) {
        return;
    }
    let root = std::path::PathBuf::from(sys::os_str(&start.path));
    // The directories from the root to the one being listed.
    let mut line: Vec<Dir> = vec![start];
    let mut batch = WalkBatch::default();
    let mut entries = WalkDir::new(&root).min_depth(1).into_iter();
    while let Some(entry) = entries.next() {
        if context.sink.is_cancelled() {
            return;
        }
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                report(context, &root, error);
                continue;
            }
        };
        line.truncate(entry.depth());
        let Some(dir) = line.last() else { continue };
        let name = sys::bytes_of(entry.file_name());
        let kind = FileKind::from(entry.file_type());
        let mut listing = Listing::resume(context, dir, std::mem::take(&mut batch));
        let child = listing.entry(name, Some(kind), None, || {
            sys::stat_path(entry.path(), false)
        });
        batch = listing.pause();
        if kind == FileKind::Directory {
            batch.current = Some(entry.path().to_owned());
            match child.map(|child| context.judge.child(dir, name, child)) {
                Some(child) if context.judge.lists(&child) => line.push(child),
                _ => entries.skip_current_dir(),
            }
            context.sink.send(&mut batch);
        }
    }
    context.sink.send(&mut batch);
}

fn report(context: &Context, root: &std::path::Path, error: walkdir::Error) {
    let path = error.path().unwrap_or(root).to_owned();
    let deep = error.depth() > 0;
    let error = error
        .into_io_error()
        .unwrap_or_else(|| std::io::ErrorKind::Other.into());
    if deep && error.kind() == std::io::ErrorKind::NotFound {
        // Deleted meanwhile: not part of the tree any more.
        return;
    }
    context
        .sink
        .send_error(sys::scan_error(path, Stage::Walk, &error));
}
