//! The numbers that the search goes by, and why they are what they are.

use super::sample::Rule;

/// From this part of the processors' time on, they count as busy with us.
pub const BUSY: f64 = 0.85;

/// Below this part they count as idle. The gap keeps a load that hovers
/// around one bar from looking like a change.
pub const IDLE: f64 = 0.7;

/// The first search begins when the start was seen for so many windows. Later
/// ones are not as urgent and take a block.
pub const FIRST_WINDOWS: u32 = 2;

/// Twice the workers must give 5 % more. They cost twice the memory, and what
/// noise adds to nothing must not count. All is decided after 8 windows, for
/// the scan of a fast disk lasts seconds; 2 are enough to go on, since a step
/// too many costs little, but 4 are needed to turn it down, since a disk that
/// stalls for a moment would end the search far too low.
pub const UP: Rule = Rule {
    bar: 1.05,
    least_above: 2,
    least_below: 4,
    most: 8,
};

/// Half the workers must give about the same: at a bar of 1, noise would keep
/// every other needless half. It may take longer: it is there for slow disks,
/// and a step taken in error costs more than one not taken.
pub const DOWN: Rule = Rule {
    bar: 0.97,
    least_above: 6,
    least_below: 4,
    most: 12,
};

/// The number that a turned down step fell back to is measured for so many
/// windows more before the step gets its second chance.
pub const REVIEW_WINDOWS: u32 = 4;

/// So many upward steps that were clear prove that the disk serves many at
/// once, so that nothing is to be found below. One might be chance.
pub const PROOF: u32 = 2;

/// Fewer workers are only tried while the processors are idle for more than
/// half of the time. They are there for a head that seeks, and for links that
/// are full with few: a seek takes 8 ms, what there is to do for a file tens of
/// microseconds. Storage that keeps processors at work as fast as this gains
/// little from fewer. On a cold cache (500,000 small files, a virtual disk,
/// processors busy for 0.6 to 0.9 of the time) the mix of files made them look
/// as good, and 1 or 2 workers read for seconds what 8 would have.
pub const FEWER_MAY_DO: f64 = 0.5;

/// If that kept fewer from being tried, they may be once the processors have no
/// more to do than this: it may have been the listing of directories that took
/// the rest. The gap is wide, for on storage that keeps them at work for half of
/// the time the mix of files moves that up and down.
pub const FEWER_ARE_DUE: f64 = 0.2;

/// If half the workers give less than this part, each of them counts, and one
/// alone cannot give more.
pub const EACH_COUNTS: f64 = 0.6;

/// After a step down a worker finishes what it has before it rests. So many
/// observations, about 30 s, are passed over at most until all have; one who is
/// stuck must not end the search.
pub const MAX_DRAIN: u32 = 300;

/// In a settled state so many windows together are held against the past.
pub const BLOCK: u32 = 8;

/// After each search that changed the number, a change of conditions must last
/// so many times as long before the next one: 3 s, 13 s, 51 s and so on. A run
/// of large files over a slow network takes a second or two.
pub const MORE_PATIENCE: u32 = 4;

/// A search that busy processors held up goes on after so many windows in
/// which they were idle. With a cold cache the listing of 200,000 files keeps
/// two processors busy for 1.4 s of a scan of four.
pub const HELD_BLOCK: u32 = 2;

/// Each time that happens, the next takes so many times as long, so that
/// storage that changes for ever does not change the number for ever.
pub const MORE_HOLD: u32 = 2;

/// A rate is plainly another one when it is so many times as high or low. From
/// a cold cache to a warm one it is five times, from small files on a spinning
/// disk to large ones more.
pub const OTHER_RATE: f64 = 2.5;
