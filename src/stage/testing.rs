//! Simulated files, and the results that workers would give for them.

use proptest::prelude::*;

use super::TreeHash;
use super::state::DedupConfig;
use crate::error::FailureKind;
use crate::types::{
    Digest, Ends, Evidence, Job, Known, SHARE_LIMIT, Segment, TaskResult, Timestamp, WHOLE_LIMIT,
};

const MIB: u64 = 1 << 20;

/// Sizes that cover every path through the stages.
const SIZES: [u64; 5] = [0, 100, WHOLE_LIMIT + 1, 2 * MIB, 27 * MIB + 5];

/// One file.
#[derive(Debug, Clone)]
pub(super) struct TestFile {
    size: usize,
    /// Determines its content: the values of its head and of two segments
    /// further on.
    content: [u8; 3],
    /// The blocks it shares with others, if any; they determine the content.
    pub(super) clone: Option<u8>,
    /// Its hint equals that of a file in other blocks.
    pub(super) odd_hint: bool,
    /// It may be written to undetectably.
    unsettled: bool,
    /// The jobs that fail on it, and from which position or time on.
    fails: u8,
    /// Number of names beside the first.
    pub(super) names: u8,
    /// True if the walk reads it, provided it is small and readable.
    read_by_walk: bool,
    /// The part that the cache knows of it: nothing, its ends, all, or all but it is read
    /// as a sample.
    cached: u8,
}

pub(super) fn test_file() -> impl Strategy<Value = TestFile> {
    let clone = prop_oneof![2 => Just(None), 1 => (0..3_u8).prop_map(Some)];
    let fails = prop_oneof![2 => Just(0), 1 => any::<u8>()];
    let names = prop_oneof![4 => Just(0), 1 => 1..3_u8];
    (
        0..SIZES.len(),
        // Mostly the same, so that there are groups of many.
        [0.3, 0.2, 0.2].map(|share| prop::bool::weighted(share).prop_map(u8::from)),
        clone,
        [0.2, 0.2].map(prop::bool::weighted),
        fails,
        names,
        any::<bool>(),
        prop_oneof![1 => Just(0), 1 => 0..4_u8],
    )
        .prop_map(
            |(size, content, clone, [odd_hint, unsettled], fails, names, read_by_walk, cached)| {
                TestFile {
                    size,
                    // Shared blocks imply the same bytes.
                    content: clone.map_or(content, |blocks| [blocks % 2, blocks, blocks]),
                    clone,
                    odd_hint,
                    unsettled,
                    fails,
                    names,
                    read_by_walk,
                    cached,
                }
            },
        )
}

/// The requirements on the state machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct TestOptions {
    pub(super) verify: bool,
    pub(super) hard_links: bool,
    pub(super) segments: bool,
    /// Digests of one bit: only valid together with `verify`.
    pub(super) weak: bool,
    /// True if anything may fail.
    pub(super) failing: bool,
}

pub(super) fn options() -> impl Strategy<Value = TestOptions> {
    any::<[bool; 5]>().prop_map(
        |[verify, hard_links, segments, weak, failing]| TestOptions {
            verify,
            hard_links,
            segments,
            weak: weak && verify,
            failing,
        },
    )
}

fn digest(bytes: &[u8], weak: bool) -> Digest {
    let mut digest = *blake3::hash(bytes).as_bytes();
    if weak {
        digest = [digest[0] & 1; 32];
    }
    Digest::new(&digest)
}

/// The value of parts with these values.
fn fold(parts: &[(u64, Digest)], weak: bool) -> Digest {
    let values = parts.iter().flat_map(|(_, value)| value.as_bytes());
    digest(&values.copied().collect::<Vec<_>>(), weak)
}

fn strong(parts: &[(u64, Digest)]) -> Option<Digest> {
    Some(fold(parts, false))
}

fn weak(parts: &[(u64, Digest)]) -> Option<Digest> {
    Some(fold(parts, true))
}

impl TestOptions {
    pub(super) fn config(self) -> DedupConfig {
        let fold = if self.weak { weak } else { strong };
        DedupConfig {
            hard_links: self.hard_links,
            hash_everything: false,
            verify: self.verify,
            workers: 2,
            compare_width: 2 + usize::from(self.segments),
            digest_len: digest(&[], self.weak).as_bytes().len(),
            settled_before: Timestamp::MIN,
            tree_hash: self.segments.then_some(TreeHash {
                window: fold,
                file: fold,
            }),
        }
    }
}

impl TestFile {
    pub(super) fn size(&self) -> u64 {
        SIZES[self.size]
    }

    /// The content, as far as files of this size can differ.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self.size() {
            0 => Vec::new(),
            size if size <= WHOLE_LIMIT => vec![self.content[0]],
            _ => self.content.to_vec(),
        }
    }

    fn value(&self, segment: Segment, weak: bool) -> Digest {
        let here = |at: u64| (segment.offset..segment.end()).contains(&at);
        let places = [5, 3 * MIB, 25 * MIB].into_iter().zip(self.content);
        let value: Vec<u8> = places.map(|(at, byte)| byte * u8::from(here(at))).collect();
        digest(&value, weak)
    }

    fn whole(&self, options: TestOptions) -> Digest {
        let cut = options.segments && Segment::is_worth_splitting(self.size());
        if !cut {
            return digest(&self.bytes(), options.weak);
        }
        let (mut windows, mut at) = (Vec::new(), 0);
        while let Some(window) = Segment::window(at, self.size()) {
            let parts = window.segments();
            let parts: Vec<_> = parts
                .map(|s| (s.length, self.value(s, options.weak)))
                .collect();
            windows.push((window.length, fold(&parts, options.weak)));
            at = window.end();
        }
        fold(&windows, options.weak)
    }

    /// The digest that the walk would report.
    pub(super) fn known_by_walk(&self, options: TestOptions) -> Option<Digest> {
        let is_small = (1..=WHOLE_LIMIT).contains(&self.size());
        match self.answer(Job::Partial, options, 0) {
            TaskResult::Proved(Evidence::Whole(digest)) if self.read_by_walk && is_small => {
                Some(digest)
            }
            _ => None,
        }
    }

    /// The digests that the cache holds of it.
    pub(super) fn known_by_cache(&self, options: TestOptions) -> Option<Known> {
        // The walk finds settled files only.
        let is_large = self.size() > WHOLE_LIMIT;
        let ends = is_large.then(|| digest(&self.content[..1], options.weak));
        let whole = Some(self.whole(options)).filter(|_| self.cached > 1 && self.size() > 0);
        (self.cached > 0 && !self.unsettled && ends.or(whole).is_some()).then_some(Known {
            ends,
            whole,
            is_sampled: self.cached == 3,
            hint: None,
            shared_bytes: 0,
        })
    }

    /// The result of a worker that reads this file by itself, after `compared`
    /// comparisons of it.
    pub(super) fn answer(&self, job: Job, options: TestOptions, compared: u8) -> TaskResult {
        let failing = if options.failing { self.fails } else { 0 };
        let fails = match job {
            Job::Partial => failing & 7 == 7,
            Job::Full => failing & 12 == 12,
            Job::Segment(segment) => {
                failing & 12 == 12 && segment.offset >= u64::from(failing) << 16
            }
            Job::Compare => failing & 16 > 0 && compared >= failing >> 6,
            Job::Extents => failing & 32 > 0,
        };
        if fails {
            return TaskResult::Failed(FailureKind::Io, "bad".to_owned());
        }
        let size = self.size();
        TaskResult::Proved(match job {
            Job::Partial if size <= WHOLE_LIMIT => Evidence::Whole(self.whole(options)),
            Job::Partial => {
                let ends = digest(&self.content[..1], options.weak);
                let hint = match self.clone {
                    _ if self.unsettled || size < SHARE_LIMIT => None,
                    Some(blocks) => Some(u64::from(blocks % 2)),
                    None => self.odd_hint.then_some(1),
                };
                Evidence::Ends(Ends {
                    is_settled: !self.unsettled,
                    hint,
                    ..Ends::of(ends)
                })
            }
            Job::Full => Evidence::Whole(self.whole(options)),
            Job::Segment(_) if self.unsettled => panic!("read in parts"),
            Job::Segment(segment) => Evidence::Segment(self.value(segment, options.weak)),
            Job::Compare | Job::Extents => Evidence::EqualsFirst,
        })
    }
}
