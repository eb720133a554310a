//! The portable walker: one thread, one directory after the other, on any
//! platform.

use std::rc::Rc;
use std::sync::Arc;

use super::confirm::confirm;
use super::context::{Context, Walker};
use super::dir::{Child, Dir, Start};
use super::dir_entries::DirEntries;
use super::strip_base;
use crate::platform;
use crate::types::WalkBatch;

/// Lists directories one after the other.
pub(super) struct Portable;

impl Walker for Portable {
    fn walk(&self, context: &Arc<Context>, starts: Vec<Start>) {
        for start in starts {
            if context.sender.is_cancelled() {
                return;
            }
            walk(context, start);
        }
    }
}

/// A directory that was found in another one.
struct PendingDir {
    parent: Rc<Dir>,
    name: Box<[u8]>,
    child: Child,
}

fn walk(context: &Context, start: Dir) {
    if !context.entry_filter.is_within_depth(&start) {
        return;
    }
    // Everything is opened relative to it, so that no link that replaces a
    // directory leads elsewhere.
    let base = match platform::Base::open(&start.path) {
        Ok(base) => base,
        Err(error) => return context.cannot_list(&start, &error),
    };
    let base_path = start.path.clone();
    let mut batch = WalkBatch::default();
    let mut pending = Vec::new();
    list(
        context,
        (&base, &base_path),
        None,
        start,
        &mut batch,
        &mut pending,
    );
    while let Some(PendingDir {
        parent,
        name,
        child,
    }) = pending.pop()
    {
        if context.sender.is_cancelled() {
            return;
        }
        let dir = context.entry_filter.child(&parent, &name, child);
        if context.entry_filter.is_within_depth(&dir) {
            let above = Some((&*parent, &*name));
            list(
                context,
                (&base, &base_path),
                above,
                dir,
                &mut batch,
                &mut pending,
            );
        }
    }
    context.sender.send(&mut batch);
}

/// Lists one directory; the directories found in it are queued.
fn list(
    context: &Context,
    (base, base_path): (&platform::Base, &[u8]),
    above: Option<(&Dir, &[u8])>,
    dir: Dir,
    batch: &mut WalkBatch,
    pending: &mut Vec<PendingDir>,
) {
    let mut entries = match base.list(strip_base(base_path, &dir.path)) {
        Ok(entries) => entries,
        Err(error) => return context.cannot_list(&dir, &error),
    };
    let Some(dir) = confirm(context, above, dir, &entries) else {
        return;
    };
    let dir = Rc::new(dir);
    let first = pending.len();
    let mut entries_of = DirEntries::resume(context, &dir, std::mem::take(batch));
    loop {
        if context.sender.is_cancelled() {
            return;
        }
        let (name, kind) = match entries.next() {
            None => {
                entries_of.listed();
                break;
            }
            Some(Ok(entry)) => entry,
            Some(Err(error)) => {
                context.cannot_list(&dir, &error);
                break;
            }
        };
        let stat = || entries.stat(&name);
        let link = || entries.read_link(&name);
        if let Some(child) = entries_of.entry(&name, kind, None, stat, link) {
            pending.push(PendingDir {
                parent: Rc::clone(&dir),
                name: name.into(),
                child,
            });
        }
    }
    *batch = entries_of.pause();
    batch.current = Some(platform::os_str(&dir.path).into());
    context.sender.send(batch);
    // In the order in which they were found.
    pending[first..].reverse();
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::config::ScanConfig;
    use crate::error::FailureKind;
    use crate::types::CancelToken;
    use crate::walk::batch_sender::BatchSender;
    use crate::walk::entry_filter::EntryFilter;
    use crate::walk::explicit_roots;
    use crate::walk::filter::Filter;
    use crate::walk::roots::Roots;

    /// The result of a walk of `root`, with a change of the tree after `root/d`
    /// was found and before it, or its content, is opened.
    fn found(deep: bool, change: impl Fn(&Path)) -> (Vec<String>, Vec<FailureKind>) {
        let dir = tempfile::tempdir().unwrap();
        for (below, name) in [("root/d/e", "in"), ("outside/e", "secret")] {
            fs::create_dir_all(dir.path().join(below)).unwrap();
            fs::write(dir.path().join(below).join(name), "x").unwrap();
        }
        let config = ScanConfig::new([dir.path().join("root")]);
        let filter = Filter::new(&config.selection).unwrap();
        let roots = Roots::resolve(&config, &filter).unwrap();
        let (send, found) = crossbeam_channel::unbounded();
        let context = Context {
            entry_filter: EntryFilter::new(&config, filter, &roots),
            sender: BatchSender::new(send, CancelToken::default()),
            tracks: None,
            readers: None,
            lookup: None,
        };
        let start = explicit_roots::send_roots(&context, roots).remove(0);
        let path = start.path.clone();
        let base = platform::Base::open(&path).unwrap();
        let (mut batch, mut pending) = (WalkBatch::default(), Vec::new());
        let base = (&base, &*path);
        list(&context, base, None, start, &mut batch, &mut pending);
        let mut steps = 0;
        while let Some(PendingDir {
            parent,
            name,
            child,
        }) = pending.pop()
        {
            if steps == usize::from(deep) {
                change(dir.path());
            }
            steps += 1;
            let child = context.entry_filter.child(&parent, &name, child);
            let above = Some((&*parent, &*name));
            list(&context, base, above, child, &mut batch, &mut pending);
        }
        drop((context, pending));
        let (mut names, mut errors) = (Vec::new(), Vec::new());
        for batch in found.iter() {
            for file in &batch.files {
                names.push(String::from_utf8_lossy(batch.name(&file.name)).into_owned());
            }
            errors.extend(batch.errors.iter().map(|error| error.kind));
        }
        (names, errors)
    }

    #[test]
    fn only_listed_directories_are_opened() {
        for deep in [false, true] {
            let unchanged = found(deep, |_| {});
            assert_eq!(unchanged, (vec!["in".to_owned()], vec![]));
            let changed = (vec![], vec![FailureKind::Changed]);
            for target in ["outside", "root/aside"] {
                let linked = found(deep, |root| {
                    fs::rename(root.join("root/d"), root.join("root/aside")).unwrap();
                    let target = root.join(target);
                    let target = target.to_str().unwrap();
                    platform::testing::symlink(target, &root.join("root/d")).unwrap();
                });
                assert_eq!(linked, changed, "{deep} {target}");
            }
            let moved = found(deep, |root| {
                fs::rename(root.join("root/d"), root.join("aside")).unwrap();
                fs::rename(root.join("outside"), root.join("root/d")).unwrap();
            });
            assert_eq!(moved, changed, "{deep}");
        }
    }
}
