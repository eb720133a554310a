//! Files of one size without a full digest: which of them may equal others, and
//! what is to be read to know.

use std::collections::BTreeMap;

use crate::types::Digest;

/// The files of one size, by what is known of them.
#[derive(Debug, Default)]
pub(super) struct SizeSummary {
    /// Files of which nothing was read.
    unread: u64,
    /// Files of which the ends were read, by those.
    ends: BTreeMap<Digest, u64>,
    /// The ends of files with a full digest, as far as they are known.
    ends_of_proved: BTreeMap<Digest, u64>,
    /// Files with a full digest and unknown ends: they may equal any.
    proved_without_ends: u64,
    proved: u64,
}

impl SizeSummary {
    /// Adds a file without a full digest.
    pub(super) fn add_unproved(&mut self, ends: Option<Digest>) {
        match ends {
            None => self.unread += 1,
            Some(ends) => *self.ends.entry(ends).or_default() += 1,
        }
    }

    /// Adds files with one full digest.
    pub(super) fn add_proved(&mut self, ends: Option<Digest>, files: u64) {
        self.proved += files;
        match ends {
            None => self.proved_without_ends += files,
            Some(ends) => *self.ends_of_proved.entry(ends).or_default() += files,
        }
    }

    /// Returns true if there are no files.
    pub(super) fn is_empty(&self) -> bool {
        self.files() == 0
    }

    fn files(&self) -> u64 {
        self.unread + self.proved + self.ends.values().sum::<u64>()
    }

    /// Returns true if a file that is not counted here, with these ends if they are
    /// known, may equal one without a full digest.
    pub(super) fn may_equal_unproved(&self, ends: Option<&Digest>) -> bool {
        self.unread > 0
            || match ends {
                None => !self.ends.is_empty(),
                Some(ends) => self.ends.contains_key(ends),
            }
    }

    /// Returns true if a file that is not counted here and has no full digest may
    /// equal one of these.
    pub(super) fn may_equal(&self, ends: Option<&Digest>) -> bool {
        match ends {
            None => !self.is_empty(),
            Some(ends) => {
                self.unread > 0
                    || self.proved_without_ends > 0
                    || self.ends.contains_key(ends)
                    || self.ends_of_proved.contains_key(ends)
            }
        }
    }

    /// Number of files without a full digest that may equal others of these.
    pub(super) fn not_proved(&self) -> u64 {
        let unread = if self.files() > 1 { self.unread } else { 0 };
        unread + self.open_ends().map(|(_, files)| files).sum::<u64>()
    }

    /// The files to read: the ends of all files if there are several, and all of
    /// those with ends that several have or may have. Nothing that was read before is
    /// left out, so that an index holds all of it again.
    pub(super) fn candidates(&self) -> Vec<Option<Digest>> {
        if self.files() < 2 {
            return Vec::new();
        }
        let mut by_ends = self.ends.clone();
        for (&ends, files) in &self.ends_of_proved {
            *by_ends.entry(ends).or_default() += files;
        }
        let several = by_ends
            .into_iter()
            .filter(|&(_, files)| files > 1 || self.proved_without_ends > 0);
        let full = several.map(|(ends, _)| Some(ends));
        std::iter::once(None).chain(full).collect()
    }

    /// Ends of files without a full digest that may equal others.
    fn open_ends(&self) -> impl Iterator<Item = (Digest, u64)> {
        self.ends.iter().filter_map(|(ends, &files)| {
            let is_open = files > 1
                || self.unread > 0
                || self.proved_without_ends > 0
                || self.ends_of_proved.contains_key(ends);
            is_open.then_some((*ends, files))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(byte: u8) -> Option<Digest> {
        Some(Digest::new(&[byte; 16]))
    }

    fn of(unproved: &[Option<Digest>], proved: &[Option<Digest>]) -> SizeSummary {
        let mut summary = SizeSummary::default();
        unproved.iter().for_each(|&ends| summary.add_unproved(ends));
        proved.iter().for_each(|&ends| summary.add_proved(ends, 1));
        summary
    }

    #[test]
    fn what_may_be_equal_is_read_and_nothing_else() {
        type Row<'a> = (
            &'a [Option<Digest>],
            &'a [Option<Digest>],
            u64,
            &'a [Option<Digest>],
        );
        let [a, b] = [ends(1), ends(2)];
        let table: &[Row<'_>] = &[
            // without a digest, with one; not proved, to be read
            (&[], &[], 0, &[]),
            (&[None], &[], 0, &[]),
            (&[None, None], &[], 2, &[None]),
            (&[None], &[a], 1, &[None]),
            (&[a], &[], 0, &[]),
            (&[a, b], &[], 0, &[None]),
            (&[a, a, b], &[], 2, &[None, a]),
            (&[a], &[a], 1, &[None, a]),
            (&[a], &[b], 0, &[None]),
            (&[a], &[None], 1, &[None, a]),
            (&[a, None], &[], 2, &[None]),
            (&[a, a, None], &[b], 3, &[None, a]),
            (&[], &[a, a], 0, &[None, a]),
            (&[], &[None, None, a], 0, &[None, a]),
        ];
        for (unproved, proved, not_proved, candidates) in table {
            let summary = of(unproved, proved);
            assert_eq!(summary.not_proved(), *not_proved, "{unproved:?} {proved:?}");
            assert_eq!(summary.candidates(), *candidates, "{unproved:?} {proved:?}");
        }
    }

    #[test]
    fn other_files_equal_what_nothing_tells_them_apart_from() {
        let [a, b] = [ends(1), ends(2)];
        let unread = of(&[None], &[]);
        assert!(unread.may_equal(None) && unread.may_equal(a.as_ref()));
        assert!(unread.may_equal_unproved(None) && unread.may_equal_unproved(a.as_ref()));
        let read = of(&[a], &[]);
        for may_equal in [SizeSummary::may_equal, SizeSummary::may_equal_unproved] {
            assert!(may_equal(&read, a.as_ref()));
            assert!(may_equal(&read, None));
            assert!(!may_equal(&read, b.as_ref()));
            assert!(!may_equal(&of(&[], &[]), None));
        }
        let proved = of(&[], &[a]);
        assert!(!proved.may_equal_unproved(None));
        assert!(proved.may_equal(None) && proved.may_equal(a.as_ref()));
        assert!(!proved.may_equal(b.as_ref()));
        assert!(of(&[], &[None]).may_equal(b.as_ref()));
    }
}
