//! Telling that files are the same bytes on the disk, without reading them.
//!
//! Files that were cloned share their blocks until one of them is written to.
//! That two files lie in the same blocks says that they hold the same bytes if
//! it holds at one moment, since blocks can be moved and given to others. So
//! the first file is looked at before and after each other one. And it says
//! so of what is on the disk only. So it is asked of settled files alone: a
//! write that is still on its way to the disk has shown in their times, and
//! these are looked at last.

use super::Worker;
use crate::types::{Batch, Evidence, Extents, Task, TaskResult};

impl Worker {
    /// Which files are stored in the same blocks as the first one.
    pub(super) fn same_extents(&mut self, batch: &Batch) -> Vec<TaskResult> {
        let elsewhere = TaskResult::Proved(Evidence::StoredElsewhere);
        let mut findings = vec![elsewhere.clone(); batch.tasks.len()];
        let Some((pivot, others)) = batch.tasks.split_first() else {
            return findings;
        };
        self.heartbeat.start_task(0);
        let opened = self.guard(|worker| {
            worker.io.enter(batch.location(pivot).dir, 1);
            let pivot = worker.open_checked(batch, pivot)?;
            if !worker.is_settled(&pivot.file, &pivot.stat) {
                return Ok(None);
            }
            let extents = worker.io.shared_extents(&pivot.file, &pivot.stat, true);
            Ok(extents.map(|extents| (pivot, extents)))
        });
        let (pivot, extents) = match opened {
            Ok(Some(opened)) => opened,
            Ok(None) => return findings,
            Err(finding) => {
                findings[0] = finding;
                return findings;
            }
        };
        for (task, at) in others.iter().zip(1..) {
            self.heartbeat.start_task(at);
            let same = self.guard(|worker| worker.is_stored_in(batch, task, &extents));
            findings[at] = match same {
                Ok(true) => TaskResult::Proved(Evidence::EqualsFirst),
                Ok(false) => elsewhere.clone(),
                Err(finding) => finding,
            };
        }
        self.heartbeat.start_task(0);
        let held = self.guard(|worker| {
            let after = worker.io.shared_extents(&pivot.file, &pivot.stat, true);
            let unchanged = worker.look(&pivot.file, &pivot.stat).is_ok();
            Ok(after.as_ref() == Some(&extents) && unchanged)
        });
        if held == Ok(true) {
            findings[0] = TaskResult::Proved(Evidence::EqualsFirst);
        } else {
            let proved = |finding: &&mut TaskResult| matches!(finding, TaskResult::Proved(_));
            for finding in findings.iter_mut().filter(proved) {
                *finding = elsewhere.clone();
            }
        }
        findings
    }

    fn is_stored_in(
        &mut self,
        batch: &Batch,
        task: &Task,
        extents: &Extents,
    ) -> Result<bool, TaskResult> {
        self.io.enter(batch.location(task).dir, 1);
        let opened = self.open_checked(batch, task)?;
        if !self.is_settled(&opened.file, &opened.stat) {
            return Ok(false);
        }
        let own = self.io.shared_extents(&opened.file, &opened.stat, true);
        self.look(&opened.file, &opened.stat)?;
        Ok(own.as_ref() == Some(extents))
    }
}
