//! Parameters of the search, and the reasons for their values.

use super::sample::Rule;

/// From this fraction of the processors' time on, they count as busy with this
/// program.
pub(super) const BUSY: f64 = 0.85;

/// Below this fraction they count as idle. The gap keeps a load that hovers
/// around one threshold from looking like a change.
pub(super) const IDLE: f64 = 0.7;

/// The first search begins when the start was measured for this many windows.
/// Later ones are not as urgent and take a block.
pub(super) const FIRST_WINDOWS: u32 = 2;

/// Twice the workers must give 5 % more. They cost twice the memory, and noise
/// must not count as a gain. All is decided after 8 windows, for the scan of a
/// fast disk lasts seconds; 2 are enough to continue, since a step too many
/// costs little, but 4 are needed to reject it, since a disk that stalls for a
/// moment would end the search far too low.
pub(super) const UP: Rule = Rule {
    threshold: 1.05,
    min_above: 2,
    min_below: 4,
    most: 8,
};

/// Half the workers must give about the same: at a threshold of 1, noise would
/// reject half of the useful steps down. It may take longer: it is there for
/// slow disks, and a wrong step costs more than a missed one.
pub(super) const DOWN: Rule = Rule {
    threshold: 0.97,
    min_above: 6,
    min_below: 4,
    most: 12,
};

/// The number that a rejected step fell back to is measured for this many more
/// windows before the step gets its second chance.
pub(super) const REVIEW_WINDOWS: u32 = 4;

/// This many clear upward steps prove that the disk serves many at once, so
/// that no smaller number can be better. One might be chance.
pub(super) const MIN_CLEAR_STEPS: u32 = 2;

/// Fewer workers are only tried while the processors are idle for more than
/// half of the time. Fewer help with a head that seeks and with links that few
/// workers saturate: a seek takes 8 ms, the processing of a file tens of
/// microseconds. Storage that keeps processors this busy gains little from
/// fewer. On a cold cache (500,000 small files, a virtual disk, processors busy
/// for 0.6 to 0.9 of the time) the mix of files made them look as good, and 1
/// or 2 workers read for seconds what 8 would have.
pub(super) const MAX_BUSY_FOR_FEWER: f64 = 0.5;

/// If that prevented a trial of fewer, they may be tried once the processors
/// are busy for no more than this: it may have been the listing of directories
/// that took the rest. The gap is wide, for on storage that keeps them busy for
/// half of the time the mix of files moves that up and down.
pub(super) const RETRY_FEWER_BELOW: f64 = 0.2;

/// If half the workers give less than this fraction, each of them counts, and a
/// single one cannot give more.
pub(super) const MIN_HALF_RATE: f64 = 0.6;

/// After a step down a worker completes its work before it stops. At most this
/// many observations, about 30 s, are skipped until all have; a worker that
/// hangs must not end the search.
pub(super) const MAX_DRAIN: u32 = 300;

/// Number of windows that are compared with the past as one block in the
/// settled state.
pub(super) const BLOCK: u32 = 8;

/// After each search that changed the number, a change of conditions must last
/// this many times as long before the next one: 3 s, 13 s, 51 s and so on. A
/// run of large files over a slow network takes a second or two.
pub(super) const PATIENCE_FACTOR: u32 = 4;

/// A search that busy processors suspended continues after this many windows in
/// which they were idle. With a cold cache the listing of 200,000 files keeps
/// two processors busy for 1.4 s of a scan of four.
pub(super) const HELD_BLOCK: u32 = 2;

/// Each time that happens, the next takes this many times as long, so that
/// storage that changes for ever does not change the number for ever.
pub(super) const HOLD_FACTOR: u32 = 2;

/// A rate has clearly changed when it is this many times as high or low. From a
/// cold cache to a warm one it is five times, from small files on a spinning
/// disk to large ones more.
pub(super) const CHANGED_RATE: f64 = 2.5;
