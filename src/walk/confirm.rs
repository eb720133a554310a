//! Checks that an opened directory is the one that was to be listed.

use super::context::Context;
use super::dir::Dir;
use super::dir_entries::DirEntries;
use crate::error::{FailureKind, ScanError, Stage};
use crate::platform;
use crate::types::{FileId, FileKind, FileStat, Timestamp};

/// A directory that was opened to be listed.
pub(super) trait Opened {
    /// Its file ID.
    fn id(&self) -> FileId;
    /// Returns true if it has the same ID each time that it is queried.
    fn has_lasting_id(&self) -> bool;
    /// Returns true if something is mounted there.
    fn is_mount_point(&self) -> bool;
}

impl Opened for platform::NativeDir {
    fn id(&self) -> FileId {
        self.id()
    }

    fn has_lasting_id(&self) -> bool {
        self.has_lasting_id()
    }

    fn is_mount_point(&self) -> bool {
        self.is_mount_point()
    }
}

impl Opened for platform::Entries {
    fn id(&self) -> FileId {
        self.id()
    }

    fn has_lasting_id(&self) -> bool {
        self.has_lasting_id()
    }

    fn is_mount_point(&self) -> bool {
        self.is_mount_point()
    }
}

/// Returns the directory to list, after `opened` was opened where `dir` was
/// found: `dir` itself if the two are the same. `above` is its parent
/// directory and its name there; it was opened relative to that parent,
/// without following a link.
///
/// An ID that changed without a valid reason is reported: another directory was
/// moved there meanwhile. There are two valid reasons. An automount shows its
/// own ID only once somebody enters it. And some file systems number
/// directories anew each time. In these cases the filter decides on the opened
/// directory as if it had been found like this.
pub(super) fn confirm(
    context: &Context,
    above: Option<(&Dir, &[u8])>,
    dir: Dir,
    opened: &impl Opened,
) -> Option<Dir> {
    let id = opened.id();
    if id == dir.id {
        return Some(dir);
    }
    let was_mounted = || id.dev != dir.id.dev && opened.is_mount_point();
    if opened.has_lasting_id() && !was_mounted() {
        context.sender.send_error(changed(&dir));
        return None;
    }
    let Some((parent, name)) = above else {
        // A root, which was given by name.
        return Some(dir);
    };
    let mut entries_of = DirEntries::new(context, parent);
    let child = entries_of.directory(name, &directory_stat(id), false);
    entries_of.finish();
    Some(context.entry_filter.child(parent, name, child?))
}

/// Metadata of a directory found in another one.
fn directory_stat(id: FileId) -> FileStat {
    let unknown = Timestamp::new(0, 0);
    FileStat {
        id,
        kind: FileKind::Directory,
        size: 0,
        links: 1,
        modified: unknown,
        changed: unknown,
    }
}

/// The error for a directory that is not the one that was found.
pub(super) fn changed(dir: &Dir) -> ScanError {
    ScanError {
        path: platform::os_str(&dir.path).into(),
        stage: Stage::Walk,
        kind: FailureKind::Changed,
        message: "another directory took its place while the scan ran".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ScanConfig;
    use crate::types::{CancelToken, DirId, WalkBatch};
    use crate::walk::batch_sender::BatchSender;
    use crate::walk::dir::Child;
    use crate::walk::entry_filter::EntryFilter;
    use crate::walk::filter::Filter;
    use crate::walk::roots::Roots;

    #[derive(Clone, Copy)]
    struct Fake {
        id: FileId,
        lasts: bool,
        mounted: bool,
    }

    impl Opened for Fake {
        fn id(&self) -> FileId {
            self.id
        }

        fn has_lasting_id(&self) -> bool {
            self.lasts
        }

        fn is_mount_point(&self) -> bool {
            self.mounted
        }
    }

    /// The ID of the directory that is listed, and the batch that was sent.
    fn confirmed(opened: Fake, one_file_system: bool) -> (Option<FileId>, WalkBatch) {
        let mut config = ScanConfig::new(["."]);
        config.selection.one_file_system = one_file_system;
        let filter = Filter::new(&config.selection).unwrap();
        let roots = Roots::resolve(&config, &filter).unwrap();
        let entry_filter = EntryFilter::new(&config, filter, &roots);
        let (send, found) = crossbeam_channel::unbounded();
        let context = Context {
            entry_filter,
            sender: BatchSender::new(send, CancelToken::default()),
            tracks: None,
            readers: None,
            lookup: None,
        };
        let root = FileId { dev: 1, ino: 1 };
        let root = context
            .entry_filter
            .root(DirId(7), 0, std::path::Path::new("."), root);
        let child = Child {
            number: DirId(8),
            id: FileId { dev: 1, ino: 2 },
        };
        let dir = context.entry_filter.child(&root, b"d", child);
        let dir = confirm(&context, Some((&root, b"d")), dir, &opened);
        drop(context);
        let sent = found
            .iter()
            .find(|batch| batch.current.is_none() || !batch.dirs.is_empty());
        (dir.map(|dir| dir.id), sent.unwrap_or_default())
    }

    #[test]
    fn a_directory_with_another_id_is_reported_unless_the_id_may_change() {
        let id = |dev, ino| FileId { dev, ino };
        // ID, lasting, mount point; and the expectation: listed, reported.
        let table = [
            (id(1, 2), true, false, true, false),
            (id(1, 3), true, false, false, true),
            (id(1, 3), true, true, false, true),
            (id(2, 2), true, false, false, true),
            (id(2, 2), true, true, true, false),
            (id(1, 3), false, false, true, false),
        ];
        for (id, lasts, mounted, listed, reported) in table {
            let opened = Fake { id, lasts, mounted };
            let (dir, sent) = confirmed(opened, false);
            assert_eq!(dir, listed.then_some(id), "{id:?}");
            let changed = sent.errors.iter().map(|error| error.kind);
            let expected = reported.then_some(FailureKind::Changed);
            assert!(changed.eq(expected), "{id:?}");
        }
    }

    #[test]
    fn a_directory_that_was_mounted_meanwhile_is_filtered_like_any_other() {
        let opened = Fake {
            id: FileId { dev: 2, ino: 2 },
            lasts: true,
            mounted: true,
        };
        let (_, sent) = confirmed(opened, false);
        assert_eq!(sent.dirs.len(), 1);
        assert_eq!(sent.dirs[0].id, opened.id);
        assert_eq!(confirmed(opened, true).0, None);
    }
}
