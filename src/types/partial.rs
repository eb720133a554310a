//! The bytes of a file that the partial hash reads.

/// Files up to this size are read whole by the partial stage, in one read:
/// opening a file costs more than its first four pages.
pub(crate) const WHOLE_LIMIT: u64 = 16 * 1024;

/// The partial stage reads this many bytes at each end of larger files.
pub(crate) const END_BLOCK: usize = 4 * 1024;

/// From this size on the partial stage checks whether a file shares its blocks
/// with others.
pub(crate) const SHARE_LIMIT: u64 = 1 << 20;

/// Number of bytes that the partial stage reads of a file of this size.
#[must_use]
pub(crate) fn partial_bytes(size: u64) -> u64 {
    if size <= WHOLE_LIMIT {
        size
    } else {
        2 * END_BLOCK as u64
    }
}
