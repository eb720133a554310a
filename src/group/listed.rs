//! Every name of every file, with what is known of its content.

use super::names;
use crate::stage::{Catalog, ClassIdx};
use crate::types::{Digest, FileId, FileIdx, Timestamp};

/// One name of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedName {
    /// The path, as it was found.
    pub(crate) path: Vec<u8>,
    /// The number of the path to scan that it lies below.
    pub(crate) root: u32,
    /// The identity of the file.
    pub(crate) id: FileId,
    /// Its length in bytes.
    pub(crate) size: u64,
    /// Time of the last change of its content.
    pub(crate) modified: Timestamp,
    /// Time of the last change of its inode.
    pub(crate) changed: Timestamp,
    /// Number of its hard links.
    pub(crate) links: u32,
    /// The digest of its ends, if it was a candidate.
    pub(crate) ends: Option<Digest>,
    /// The digest of every byte, if that is known.
    pub(crate) digest: Option<Digest>,
}

/// All files of a scan in the order in which they were found, which is nearly that
/// of directories. A file that could not be read is there without a digest.
pub(crate) struct Listing<'a> {
    catalog: &'a Catalog,
    /// The class of each file, or [`NONE`].
    classes: Vec<u32>,
}

const NONE: u32 = u32::MAX;

impl<'a> Listing<'a> {
    pub(crate) fn new(catalog: &'a Catalog) -> Self {
        let mut classes = vec![NONE; catalog.files.len()];
        for class in catalog.shared_classes().chain(catalog.single_classes()) {
            for file in catalog.members(class) {
                classes[file.0 as usize] = class.0;
            }
        }
        Self { catalog, classes }
    }

    /// The names of all files of sizes that `is_wanted`.
    pub(crate) fn names(
        &self,
        is_wanted: impl Fn(u64) -> bool,
    ) -> impl Iterator<Item = ListedName> {
        let files = &self.catalog.files;
        let wanted = files
            .indexes()
            .filter(move |&file| is_wanted(files.bytes(files.size_of(file))));
        wanted.flat_map(|file| self.names_of(file))
    }

    fn names_of(&self, file: FileIdx) -> Vec<ListedName> {
        let catalog = self.catalog;
        let stored = catalog.files.get(file);
        let class = self.classes[file.0 as usize];
        let paths = if catalog.has_extra_names(file) {
            names::of(catalog, file)
        } else {
            vec![catalog.path(stored.dir, catalog.files.name(file))]
        };
        let one = |path| ListedName {
            path,
            root: catalog.dirs.root(stored.dir),
            id: catalog.id(file),
            size: stored.size,
            modified: stored.modified,
            changed: stored.changed,
            links: stored.links,
            ends: catalog.ends_of(file),
            digest: (class != NONE).then(|| catalog.class_digest(ClassIdx(class))),
        };
        paths.into_iter().map(one).collect()
    }
}
