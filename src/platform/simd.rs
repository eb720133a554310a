//! SIMD vectors of eight words, where the processor has them.

/// Eight words of 32 bits that are computed in parallel.
///
/// All code must be inlined into one function that is compiled for the vectors,
/// so every function that is generic over this trait is `#[inline(always)]`.
pub(crate) trait Vector: Copy {
    /// Sets the same word in every lane.
    fn splat(word: u32) -> Self;

    /// Sets a word for each lane.
    fn from_words(words: [u32; 8]) -> Self;

    /// Loads the words from bytes, little-endian.
    fn from_bytes(bytes: &[u8; 32]) -> Self;

    /// The word of each lane.
    fn to_words(self) -> [u32; 8];

    /// Adds the words, modulo 2^32.
    fn add(self, other: Self) -> Self;

    /// Combines the words by exclusive or.
    fn xor(self, other: Self) -> Self;

    /// Rotates each word right by 16, 12, 8 or 7 bits.
    fn rotate<const BITS: u32>(self) -> Self;

    /// Transposes a matrix of eight rows.
    fn transpose(rows: [Self; 8]) -> [Self; 8];
}

/// A computation that is generic over the vector type.
pub(crate) trait InVectors {
    /// The result.
    type Output;

    /// Runs the computation. The implementation has to be `#[inline(always)]`.
    fn run<V: Vector>(self) -> Self::Output;
}

/// Runs a computation with the widest supported vectors of this processor, if
/// any.
pub(crate) fn in_vectors<W: InVectors>(work: W) -> Option<W::Output> {
    #[cfg(target_arch = "x86_64")]
    #[allow(unsafe_code, reason = "called only where it can run")]
    if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl") {
        // SAFETY: the processor was just found to support the features that the
        // function is compiled for.
        return Some(unsafe { x86::run_avx512(work) });
    } else if is_x86_feature_detected!("avx2") {
        // SAFETY: as above.
        return Some(unsafe { x86::run_avx2(work) });
    }
    let _ = work;
    None
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "instructions that not every processor has")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, _mm256_add_epi32, _mm256_loadu_si256, _mm256_or_si256, _mm256_permute2x128_si256,
        _mm256_ror_epi32, _mm256_set_epi8, _mm256_set1_epi32, _mm256_shuffle_epi8,
        _mm256_slli_epi32, _mm256_srli_epi32, _mm256_storeu_si256, _mm256_unpackhi_epi32,
        _mm256_unpackhi_epi64, _mm256_unpacklo_epi32, _mm256_unpacklo_epi64, _mm256_xor_si256,
    };

    use super::{InVectors, Vector};

    #[target_feature(enable = "avx2")]
    pub(super) fn run_avx2<W: InVectors>(work: W) -> W::Output {
        work.run::<Eight<false>>()
    }

    /// With AVX-512 a rotation is one instruction, and there are as many
    /// registers as a compression has words, 32. Wider vectors gain nothing on
    /// a processor that splits them, and some lower their clock for them.
    #[target_feature(enable = "avx512f,avx512vl")]
    pub(super) fn run_avx512<W: InVectors>(work: W) -> W::Output {
        work.run::<Eight<true>>()
    }

    /// Eight lanes in one register, of a processor that has AVX2, or `AVX512VL`
    /// as well. Only computations run by [`run_avx2`] and [`run_avx512`] use
    /// the type.
    #[derive(Clone, Copy)]
    struct Eight<const AVX512: bool>(__m256i);

    // SAFETY (of all that follows): no value of this type exists outside of the
    // two functions, which are only called on processors that have the
    // features. Loads and stores are of arrays of exactly 32 bytes and need no
    // alignment.
    impl<const AVX512: bool> Vector for Eight<AVX512> {
        #[inline(always)]
        fn splat(word: u32) -> Self {
            // SAFETY: see above.
            Self(unsafe { _mm256_set1_epi32(word.cast_signed()) })
        }

        #[inline(always)]
        fn from_words(words: [u32; 8]) -> Self {
            // SAFETY: see above.
            Self(unsafe { _mm256_loadu_si256(words.as_ptr().cast()) })
        }

        #[inline(always)]
        fn from_bytes(bytes: &[u8; 32]) -> Self {
            // SAFETY: see above. The architecture is little-endian.
            Self(unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) })
        }

        #[inline(always)]
        fn to_words(self) -> [u32; 8] {
            let mut words = [0_u32; 8];
            // SAFETY: see above.
            unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), self.0) };
            words
        }

        #[inline(always)]
        fn add(self, other: Self) -> Self {
            // SAFETY: see above.
            Self(unsafe { _mm256_add_epi32(self.0, other.0) })
        }

        #[inline(always)]
        fn xor(self, other: Self) -> Self {
            // SAFETY: see above.
            Self(unsafe { _mm256_xor_si256(self.0, other.0) })
        }

        #[inline(always)]
        fn rotate<const BITS: u32>(self) -> Self {
            // SAFETY: see above.
            Self(unsafe {
                match BITS {
                    16 if AVX512 => _mm256_ror_epi32::<16>(self.0),
                    12 if AVX512 => _mm256_ror_epi32::<12>(self.0),
                    8 if AVX512 => _mm256_ror_epi32::<8>(self.0),
                    7 if AVX512 => _mm256_ror_epi32::<7>(self.0),
                    // Whole bytes move in one instruction.
                    16 => _mm256_shuffle_epi8(
                        self.0,
                        _mm256_set_epi8(
                            13, 12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0, 3, 2, //
                            13, 12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0, 3, 2,
                        ),
                    ),
                    8 => _mm256_shuffle_epi8(
                        self.0,
                        _mm256_set_epi8(
                            12, 15, 14, 13, 8, 11, 10, 9, 4, 7, 6, 5, 0, 3, 2, 1, //
                            12, 15, 14, 13, 8, 11, 10, 9, 4, 7, 6, 5, 0, 3, 2, 1,
                        ),
                    ),
                    12 => _mm256_or_si256(
                        _mm256_srli_epi32::<12>(self.0),
                        _mm256_slli_epi32::<20>(self.0),
                    ),
                    _ => {
                        const { assert!(matches!(BITS, 7 | 8 | 12 | 16)) };
                        _mm256_or_si256(
                            _mm256_srli_epi32::<7>(self.0),
                            _mm256_slli_epi32::<25>(self.0),
                        )
                    }
                }
            })
        }

        #[inline(always)]
        fn transpose(rows: [Self; 8]) -> [Self; 8] {
            let [a, b, c, d, e, f, g, h] = rows.map(|row| row.0);
            // SAFETY: see above.
            unsafe {
                let pairs = |a, b, c, d| {
                    let (ab, cd) = (_mm256_unpacklo_epi32(a, b), _mm256_unpacklo_epi32(c, d));
                    let (ab_high, cd_high) =
                        (_mm256_unpackhi_epi32(a, b), _mm256_unpackhi_epi32(c, d));
                    [
                        _mm256_unpacklo_epi64(ab, cd),
                        _mm256_unpackhi_epi64(ab, cd),
                        _mm256_unpacklo_epi64(ab_high, cd_high),
                        _mm256_unpackhi_epi64(ab_high, cd_high),
                    ]
                };
                let (upper, lower) = (pairs(a, b, c, d), pairs(e, f, g, h));
                let left = |at: usize| _mm256_permute2x128_si256::<0x20>(upper[at], lower[at]);
                let right = |at: usize| _mm256_permute2x128_si256::<0x31>(upper[at], lower[at]);
                [
                    Self(left(0)),
                    Self(left(1)),
                    Self(left(2)),
                    Self(left(3)),
                    Self(right(0)),
                    Self(right(1)),
                    Self(right(2)),
                    Self(right(3)),
                ]
            }
        }
    }
}
