//! Takes in the files that the walk finds: recognises further names of known
//! files, and files that share their size with others.

use super::catalog::{Catalog, Status};
use super::same_number::NameMatch;
use super::size_class::SizeClass;
use super::state::DedupState;
use crate::error::TableFull;
use crate::types::{
    DirRecord, Doubt, FileIdx, FoundFile, Job, Known, ReadDigest, SizeIdx, WalkBatch, partial_bytes,
};

/// Reads done by the walk, which save batches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct WalkReads {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// The content of a file, as far as the walk knows it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Content {
    /// It read the file: the digest of every byte.
    Read(ReadDigest),
    /// The cache holds this.
    Known(Known),
}

impl DedupState {
    /// Reads done by the walk.
    #[must_use]
    pub(crate) fn walk_reads(&self) -> WalkReads {
        self.walk_reads
    }

    /// Adds the files that a walk found.
    ///
    /// # Errors
    ///
    /// When the tables are full.
    pub fn found(&mut self, batch: WalkBatch) -> Result<(), TableFull> {
        for dir in &batch.dirs {
            let name = self.catalog.names.push(batch.name(&dir.name))?;
            let record = DirRecord {
                parent: dir.parent,
                name,
                id: dir.id,
                root: dir.root,
            };
            self.catalog.dirs.insert(dir.dir, &record)?;
        }
        let mut contents = batch.contents.iter().peekable();
        let mut generations = batch.generations.iter().peekable();
        let mut known = batch.known.iter().peekable();
        for (at, file) in batch.files.iter().enumerate() {
            let read = contents.next_if(|content| content.0 == at);
            let generation = generations.next_if(|generation| generation.0 == at);
            let known = known.next_if(|known| known.0 == at);
            let content = match (read, known) {
                (Some(read), _) => Some(Content::Read(ReadDigest {
                    digest: read.1,
                    generation: generation.map(|generation| generation.1),
                })),
                (None, Some(known)) => Some(Content::Known(known.1)),
                (None, None) => None,
            };
            self.file(file, batch.name(&file.name), content.as_ref())?;
        }
        self.catalog.listings.add(&batch)?;
        self.catalog.walk_errors.extend(batch.errors);
        self.catalog.dangling.extend(batch.dangling);
        Ok(())
    }

    fn file(
        &mut self,
        found: &FoundFile,
        name: &[u8],
        content: Option<&Content>,
    ) -> Result<(), TableFull> {
        if self.same.is_by_entry() {
            match self.match_by_path(found, name)? {
                NameMatch::OtherFile => {}
                NameMatch::Added => return Ok(()),
                NameMatch::Ambiguous(files, doubt) => {
                    return self.exclude(found, name, files, doubt);
                }
            }
        }
        let (at, new) = self.catalog.files.size(found.stat.size)?;
        if new {
            let first = self.new_file(found, name, at)?;
            self.size_classes.push(first);
            // The walk read this file because it had met another one of its
            // size, which arrives later. Until then the digest waits: the
            // other one may be the same file under another name.
            self.early.extend(content.map(|content| (at, *content)));
            return Ok(());
        }
        let SizeClass { first, open, .. } = self.size_classes[at];
        let mut is_another = false;
        if !open {
            let id = self.catalog.id(first);
            if id == found.stat.id {
                match self.match_by_inode(first, found, name, at)? {
                    NameMatch::Added => return Ok(()),
                    NameMatch::Ambiguous(files, doubt) => {
                        return self.exclude(found, name, files, doubt);
                    }
                    NameMatch::OtherFile => is_another = true,
                }
            }
            self.size_classes[at].open = true;
            let Catalog { files, dirs, .. } = &self.catalog;
            if self.identities.insert(files, dirs, id, first).is_some() {
                self.record_peer(id, at, first);
            }
            let content = self.early.remove(&at);
            self.continue_with(first, at, content.as_ref());
        }
        let Catalog { files, dirs, .. } = &self.catalog;
        let next = files.next()?;
        if let Some(known) = self.identities.insert(files, dirs, found.stat.id, next)
            && !is_another
        {
            match self.match_by_inode(known, found, name, at)? {
                NameMatch::Added => return Ok(()),
                NameMatch::Ambiguous(files, doubt) => {
                    return self.exclude(found, name, files, doubt);
                }
                NameMatch::OtherFile => is_another = true,
            }
        }
        let file = self.new_file(found, name, at)?;
        if is_another {
            self.record_peer(found.stat.id, at, file);
        }
        self.continue_with(file, at, content);
        Ok(())
    }

    /// Adds a file that may be one of these, and excludes all of them.
    fn exclude(
        &mut self,
        found: &FoundFile,
        name: &[u8],
        files: Vec<FileIdx>,
        doubt: Doubt,
    ) -> Result<(), TableFull> {
        let (at, new) = self.catalog.files.size(found.stat.size)?;
        let file = self.new_file(found, name, at)?;
        if new {
            self.size_classes.push(file);
        }
        self.record_peer(found.stat.id, at, file);
        self.catalog.exclude(files.into_iter().chain([file]), doubt);
        Ok(())
    }

    /// Continues with a file that is not alone in its size. The walk may know
    /// the content of a small one.
    pub(super) fn continue_with(
        &mut self,
        file: FileIdx,
        size_class: SizeIdx,
        content: Option<&Content>,
    ) {
        if !self.is_to_be_read(size_class) {
            return;
        }
        let read = match content {
            None => return self.start_partial(file, size_class),
            Some(Content::Known(known)) => {
                if !self.continue_known(file, size_class, known) {
                    self.start_partial(file, size_class);
                }
                return;
            }
            Some(Content::Read(read)) => read,
        };
        let size = self.catalog.files.bytes(size_class);
        let stats = &mut self.catalog.stats;
        stats.size.files_out += 1;
        stats.partial.files_in += 1;
        stats.partial.bytes_read += size;
        self.bytes_planned = self.bytes_planned.saturating_add(size);
        self.walk_reads.files += 1;
        self.walk_reads.bytes += size;
        self.whole(file, size_class, read, Job::Partial);
    }

    fn new_file(
        &mut self,
        found: &FoundFile,
        name: &[u8],
        size: SizeIdx,
    ) -> Result<FileIdx, TableFull> {
        let catalog = &mut self.catalog;
        let place = (found.dir, name);
        let mark = Status::Open.mark();
        let Catalog { files, dirs, .. } = catalog;
        let file = files.push(dirs, place, size, &found.stat, mark)?;
        if found.through_link {
            catalog.linked.insert(file);
        }
        catalog.stats.size.files_in += 1;
        self.same.record_entry(file);
        self.bytes_found = self.bytes_found.saturating_add(found.stat.size);
        Ok(file)
    }

    fn start_partial(&mut self, file: FileIdx, size_class: SizeIdx) {
        let size = self.catalog.files.bytes(size_class);
        let class = &mut self.size_classes[size_class];
        self.catalog.stats.size.files_out += 1;
        self.catalog.stats.partial.files_in += 1;
        class.outstanding += 1;
        self.bytes_planned = self.bytes_planned.saturating_add(partial_bytes(size));
        self.queue.push_partial(file);
    }
}
