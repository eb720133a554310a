//! Dispatch: turns queued work into batches.

use super::compare::Comparison;
use super::state::DedupState;
use crate::types::{Batch, FileIdx, Job};

/// Maximum number of files that one worker reads in lockstep, if there is
/// enough work for the others as well.
const MAX_LOCKSTEP: usize = 4;

impl DedupState {
    /// Returns the next batch to dispatch, if any work is queued.
    pub fn next_batch(&mut self) -> Option<Batch> {
        // These are the largest files.
        let most = self.segments.len() / (2 * self.config.workers.max(1));
        if let Some((files, segment)) = self.segments.pop(most.clamp(1, MAX_LOCKSTEP)) {
            self.in_flight += files.len();
            return Some(self.batch(Job::Segment(segment), &files));
        }
        if let Some(files) = self.shared_extents.pop() {
            self.in_flight += files.len();
            return Some(self.batch(Job::Extents, &files));
        }
        let (job, mut files) = {
            let full = self.queue.pop_full();
            if full.is_empty() {
                (Job::Partial, self.queue.pop_partial(self.config.workers))
            } else {
                (Job::Full, full)
            }
        };
        if files.is_empty() {
            let Comparison { pivot, others } = self.comparisons.pop()?;
            files = std::iter::once(pivot).chain(others).collect();
            self.in_flight += files.len();
            return Some(self.batch(Job::Compare, &files));
        }
        // Files of one directory in a row are opened relative to it.
        files.sort_by_key(|&file| self.catalog.files.dir(file));
        self.in_flight += files.len();
        Some(self.batch(job, &files))
    }

    fn batch(&mut self, job: Job, files: &[FileIdx]) -> Batch {
        let catalog = &self.catalog;
        let (known, path) = &mut self.entered;
        let mut batch = Batch::new(job);
        batch.settled_before = self.config.settled_before;
        batch.wants_generations = self.known.keeps_proved();
        let mut entered = None;
        for &file in files {
            let record = catalog.files.get(file);
            if entered != Some(record.dir) {
                entered = Some(record.dir);
                if *known != entered {
                    *known = entered;
                    catalog.dirs.path_into(record.dir, &catalog.names, path);
                }
                batch.enter_with_id(path, catalog.dirs.get(record.dir).id);
            }
            let expected = catalog.listed(file);
            let name = catalog.files.name(file);
            batch.push(file.0, name, catalog.is_through_link(file), expected);
        }
        batch
    }
}
