//! Detects files that are stored in the same disk blocks, without reading them.
//!
//! Cloned files share their blocks until one of them is written to. Blocks can
//! be moved and reused, so two files have the same content only if they are in
//! the same blocks at the same time: the extents of the first file are read
//! before and after those of the others. Extents describe only what is on the
//! disk. A write that has not reached it shows in the times of the file: so
//! only settled files are compared, and their times are checked last.

use super::Worker;
use crate::types::{Batch, Evidence, Extents, Task, TaskResult};

impl Worker {
    /// Finds the files that are stored in the same blocks as the first one.
    pub(super) fn same_extents(&mut self, batch: &Batch) -> Vec<TaskResult> {
        let elsewhere = TaskResult::Proved(Evidence::StoredElsewhere);
        let mut results = vec![elsewhere.clone(); batch.tasks.len()];
        let Some((pivot, others)) = batch.tasks.split_first() else {
            return results;
        };
        self.reader.heartbeat.start_task(0);
        let opened = self.catch_panic(|worker| {
            worker.reader.io.enter(batch.location(pivot).dir, 1);
            let pivot = worker.reader.open_checked(batch, pivot)?;
            if !worker.reader.is_settled(&pivot.file, &pivot.stat) {
                return Ok(None);
            }
            let extents = worker
                .reader
                .io
                .shared_extents(&pivot.file, &pivot.stat, true);
            Ok(extents.map(|extents| (pivot, extents)))
        });
        let (pivot, extents) = match opened {
            Ok(Some(opened)) => opened,
            Ok(None) => return results,
            Err(result) => {
                results[0] = result;
                return results;
            }
        };
        for (task, at) in others.iter().zip(1..) {
            self.reader.heartbeat.start_task(at);
            let same = self.catch_panic(|worker| worker.is_stored_in(batch, task, &extents));
            results[at] = match same {
                Ok(true) => TaskResult::Proved(Evidence::EqualsFirst),
                Ok(false) => elsewhere.clone(),
                Err(result) => result,
            };
        }
        self.reader.heartbeat.start_task(0);
        let held = self.catch_panic(|worker| {
            let after = worker
                .reader
                .io
                .shared_extents(&pivot.file, &pivot.stat, true);
            let unchanged = worker
                .reader
                .check_unchanged(&pivot.file, &pivot.stat)
                .is_ok();
            Ok(after.as_ref() == Some(&extents) && unchanged)
        });
        if held == Ok(true) {
            results[0] = TaskResult::Proved(Evidence::EqualsFirst);
        } else {
            let proved = |result: &&mut TaskResult| matches!(result, TaskResult::Proved(_));
            for result in results.iter_mut().filter(proved) {
                *result = elsewhere.clone();
            }
        }
        results
    }

    fn is_stored_in(
        &mut self,
        batch: &Batch,
        task: &Task,
        extents: &Extents,
    ) -> Result<bool, TaskResult> {
        self.reader.io.enter(batch.location(task).dir, 1);
        let opened = self.reader.open_checked(batch, task)?;
        if !self.reader.is_settled(&opened.file, &opened.stat) {
            return Ok(false);
        }
        let own = self
            .reader
            .io
            .shared_extents(&opened.file, &opened.stat, true);
        self.reader.check_unchanged(&opened.file, &opened.stat)?;
        Ok(own.as_ref() == Some(extents))
    }
}
