//! Sends the roots of a walk: directories to start from, and files that were
//! given one by one.

use std::collections::HashMap;
use std::path::Path;

use super::batch_sender::BATCH_FILES;
use super::context::Context;
use super::dir::Start;
use super::gitignore::PathRules;
use super::roots::{Root, Roots};
use crate::platform;
use crate::types::{DirId, FoundDir, FoundFile, WalkBatch};

/// Sends every root, and returns the directories to walk.
pub(super) fn send_roots(context: &Context, roots: Roots) -> Vec<Start> {
    let mut sender = RootSender {
        context,
        batch: WalkBatch::default(),
        parents: HashMap::new(),
        ignored: PathRules::default(),
    };
    sender.batch.errors = roots.errors;
    let starts = roots.dirs.iter();
    let starts = starts.filter_map(|root| sender.directory(root)).collect();
    for root in &roots.files {
        sender.file(root);
    }
    context.sender.send(&mut sender.batch);
    starts
}

struct RootSender<'a> {
    context: &'a Context,
    batch: WalkBatch,
    /// Directories of the given files, by path and root.
    parents: HashMap<(Vec<u8>, u32), DirId>,
    ignored: PathRules,
}

impl RootSender<'_> {
    /// Returns true if hidden names and ignore rules let a root take part.
    fn is_allowed(&mut self, root: &Root, is_dir: bool) -> bool {
        let entry_filter = &self.context.entry_filter;
        !root.listed || entry_filter.matches_listed(&root.path, is_dir, &mut self.ignored)
    }

    fn directory(&mut self, root: &Root) -> Option<Start> {
        if !self.is_allowed(root, true) {
            return None;
        }
        let number = self.context.sender.number_dir();
        let path = platform::bytes_of(root.path.as_os_str());
        let name = self.batch.push_name(path);
        self.batch.dirs.push(FoundDir {
            dir: number,
            parent: None,
            name,
            id: root.stat.id,
            root: root.number,
        });
        let entry_filter = &self.context.entry_filter;
        Some(entry_filter.root(number, root.number, &root.path, root.stat.id))
    }

    fn file(&mut self, root: &Root) {
        let entry_filter = &self.context.entry_filter;
        let path = || platform::bytes_of(root.path.as_os_str()).to_vec();
        if !entry_filter.matches_metadata(&root.stat, path)
            || !entry_filter.filter.matches_given_file(&root.path)
            || !self.is_allowed(root, false)
            || self.context.sets_apart(&root.stat)
        {
            return;
        }
        let path = platform::bytes_of(root.path.as_os_str());
        let cut = path.iter().rposition(|&b| b == b'/').map_or(0, |at| at + 1);
        let (parent, name) = path.split_at(cut);
        let Some(dir) = self.parent(parent, root.number) else {
            return;
        };
        let name = self.batch.push_name(name);
        self.batch.files.push(FoundFile {
            dir,
            name,
            stat: root.stat,
            through_link: root.is_link,
        });
        if self.batch.files.len() >= BATCH_FILES {
            self.context.sender.send(&mut self.batch);
        }
    }

    /// The directory of a given file. `path` ends in a slash or is empty.
    fn parent(&mut self, path: &[u8], root: u32) -> Option<DirId> {
        if let Some(&dir) = self.parents.get(&(path.to_vec(), root)) {
            return Some(dir);
        }
        let here: &[u8] = if path.is_empty() { b"." } else { path };
        // The file was inspected a moment ago; if its directory is gone now, so
        // is the file.
        let stat = platform::stat_path(Path::new(platform::os_str(here)), true).ok()?;
        let number = self.context.sender.number_dir();
        let name = self.batch.push_name(path);
        self.batch.dirs.push(FoundDir {
            dir: number,
            parent: None,
            name,
            id: stat.id,
            root,
        });
        self.parents.insert((path.to_vec(), root), number);
        Some(number)
    }
}
