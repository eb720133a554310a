//! Number of files and bytes that passed through each stage.

use super::class::Entered;
use crate::types::{Job, StageStats};

/// Counts for every stage.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stats {
    pub(super) size: StageCounts,
    pub(super) partial: StageCounts,
    pub(super) full: StageCounts,
    pub(super) verify: StageCounts,
}

/// Counts for one stage.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct StageCounts {
    pub(super) files_in: u64,
    pub(super) files_out: u64,
    pub(super) bytes_read: u64,
}

impl StageCounts {
    /// Counts a file that entered a class: the second one also counts the first
    /// as going out.
    pub(super) fn count_member(&mut self, entered: Entered) {
        self.files_out += match entered {
            Entered::First => 0,
            Entered::Second(..) => 2,
            Entered::Later(_) => 1,
        };
    }

    fn stats(&self, name: &'static str) -> StageStats {
        StageStats {
            name,
            files_in: self.files_in,
            files_out: self.files_out,
            bytes_read: self.bytes_read,
        }
    }
}

impl Stats {
    pub(super) fn of(&mut self, job: Job) -> &mut StageCounts {
        match job {
            Job::Partial => &mut self.partial,
            Job::Full | Job::Segment(_) | Job::Extents => &mut self.full,
            Job::Compare => &mut self.verify,
        }
    }

    pub(super) fn stats(&self, verify: bool) -> Vec<StageStats> {
        let mut stats = vec![
            self.size.stats("size"),
            self.partial.stats("partial"),
            self.full.stats("full"),
        ];
        if verify {
            stats.push(self.verify.stats("verify"));
        }
        stats
    }
}
