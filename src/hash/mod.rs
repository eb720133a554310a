//! The hash algorithms, behind one type that workers reuse.

mod lanes;
mod tree;

pub(crate) use tree::{join, join_all};

use md5::Digest as _;

use blake3::hazmat::HasherExt as _;

use crate::config::HashAlgorithm;
use crate::types::Digest;

/// A hasher that is reset, not rebuilt, between files.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    // Boxed: the states of BLAKE3 and XXH3 have 2 KiB and 0.5 KiB.
    Blake3(Box<blake3::Hasher>),
    Xxh3(Box<xxhash_rust::xxh3::Xxh3>),
    Md5(md5::Md5),
}

impl Hasher {
    /// A fresh hasher.
    #[must_use]
    pub fn new(algorithm: HashAlgorithm) -> Self {
        Self(match algorithm {
            HashAlgorithm::Blake3 => State::Blake3(Box::new(blake3::Hasher::new())),
            HashAlgorithm::Xxh3 => State::Xxh3(Box::new(xxhash_rust::xxh3::Xxh3::new())),
            HashAlgorithm::Md5 => State::Md5(md5::Md5::new()),
        })
    }

    /// Hashes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Blake3(hasher) => {
                hasher.update(bytes);
            }
            State::Xxh3(hasher) => hasher.update(bytes),
            State::Md5(hasher) => hasher.update(bytes),
        }
    }

    /// Returns the digest of all bytes since the last reset, and resets.
    pub fn finish(&mut self) -> Digest {
        match &mut self.0 {
            State::Blake3(hasher) => {
                let digest = Digest::new(hasher.finalize().as_bytes());
                hasher.reset();
                digest
            }
            State::Xxh3(hasher) => {
                // Big-endian is the canonical form that xxhsum prints.
                let digest = Digest::new(&hasher.digest128().to_be_bytes());
                hasher.reset();
                digest
            }
            State::Md5(hasher) => Digest::new(&hasher.finalize_reset()),
        }
    }

    /// Returns the digest of each input separately, discarding pending bytes,
    /// and resets. Many short inputs at once take less time than one by one.
    pub fn hash_each(&mut self, inputs: &[&[u8]]) -> Vec<Digest> {
        self.reset();
        if matches!(self.0, State::Blake3(_))
            && lanes::fill_half_of_the_lanes(inputs)
            && let Some(digests) = lanes::digests(inputs)
        {
            return digests.iter().map(|bytes| Digest::new(bytes)).collect();
        }
        let one = |input: &&[u8]| {
            self.update(input);
            self.finish()
        };
        inputs.iter().map(one).collect()
    }

    /// Returns true if this algorithm can hash the segments of a file
    /// separately.
    #[must_use]
    pub(crate) fn can_segment(algorithm: HashAlgorithm) -> bool {
        algorithm == HashAlgorithm::Blake3
    }

    /// Returns true if this algorithm reads its bytes sequentially, so that the
    /// processor's prefetcher loads them ahead of use. BLAKE3 reads 8 or 16
    /// chunks of 1 KiB in parallel, which no prefetcher predicts: it takes 240
    /// ms per GB from memory, and 150 ms per GB from a buffer that was just
    /// filled and is still in the cache.
    #[must_use]
    pub(crate) fn reads_in_order(&self) -> bool {
        !matches!(self.0, State::Blake3(_))
    }

    /// Starts a segment of a file at this offset; call it after a reset, and
    /// end the segment with [`Hasher::finish_segment`]. Algorithms that cannot
    /// segment ignore it.
    pub(crate) fn begin_segment(&mut self, offset: u64) {
        if let State::Blake3(hasher) = &mut self.0 {
            hasher.set_input_offset(offset);
        }
    }

    /// Returns the value of the segment since [`Hasher::begin_segment`], if there is
    /// one, and resets.
    pub(crate) fn finish_segment(&mut self) -> Option<Digest> {
        let value = match &self.0 {
            State::Blake3(hasher) if hasher.count() > 0 => {
                Some(Digest::new(&hasher.finalize_non_root()))
            }
            _ => None,
        };
        self.reset();
        value
    }

    /// Discards all bytes since the last reset.
    pub fn reset(&mut self) {
        match &mut self.0 {
            // Its own reset keeps the offset.
            State::Blake3(hasher) => **hasher = blake3::Hasher::new(),
            State::Xxh3(hasher) => hasher.reset(),
            State::Md5(hasher) => md5::Digest::reset(hasher),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published values: the BLAKE3 paper's repository (test_vectors.json,
    /// input of length 0), the xxHash specification's tools (`xxhsum -H2` of
    /// nothing), RFC 1321 appendix A.5.
    #[test]
    fn digests_of_known_inputs() {
        let known = [
            (
                HashAlgorithm::Blake3,
                "",
                "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
            ),
            (HashAlgorithm::Xxh3, "", "99aa06d3014798d86001c324468d497f"),
            (HashAlgorithm::Md5, "", "d41d8cd98f00b204e9800998ecf8427e"),
            (
                HashAlgorithm::Md5,
                "abc",
                "900150983cd24fb0d6963f7d28e17f72",
            ),
        ];
        for (algorithm, input, digest) in known {
            let mut hasher = Hasher::new(algorithm);
            hasher.update(input.as_bytes());
            let made = hasher.finish();
            assert_eq!(made.to_string(), digest, "{algorithm:?}");
            assert_eq!(made.as_bytes().len(), algorithm.digest_len());
        }
    }

    #[test]
    fn hash_each_equals_hashing_one_by_one() {
        let inputs = [&b"a"[..], b"", b"duplicate", &[7; 5000]];
        for algorithm in HashAlgorithm::ALL {
            let mut hasher = Hasher::new(algorithm);
            let one_by_one = inputs.map(|input| {
                hasher.update(input);
                hasher.finish()
            });
            hasher.update(b"left over");
            assert_eq!(hasher.hash_each(&inputs), one_by_one, "{algorithm:?}");
        }
    }

    #[test]
    fn digests_do_not_depend_on_pieces_or_resets() {
        for algorithm in HashAlgorithm::ALL {
            let mut hasher = Hasher::new(algorithm);
            hasher.update(b"left over");
            hasher.reset();
            hasher.update(b"du");
            hasher.update(b"plicate");
            let pieces = hasher.finish();
            hasher.update(b"duplicate");
            assert_eq!(pieces, hasher.finish(), "{algorithm:?}");
        }
    }
}
