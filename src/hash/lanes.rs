//! BLAKE3 of many short inputs in parallel, one chunk per SIMD lane.
//!
//! The SIMD code of the `blake3` crate is wide within one input: it needs
//! several chunks of 1 KiB to be fast, and most files of a scan have fewer.
//! Here every lane of a vector works on a chunk of its own, from any input. 64
//! inputs of 1-3,000 bytes take less than a third of the time (the benchmark
//! `small`), and the digests are the same to the bit: the tests compare them
//! with the crate's.
//!
//! The function, its constants and the names are those of section 2 of the
//! BLAKE3 paper (O'Connor, Aumasson, Neves, Wilcox-O'Hearn, 2020).

use crate::platform::{InVectors, Vector, in_vectors};

const BLOCK: usize = 64;
const CHUNK: usize = 1024;

/// Number of lanes of a [`Vector`].
const LANES: usize = 8;

const CHUNK_START: u32 = 1;
const CHUNK_END: u32 = 1 << 1;
const PARENT: u32 = 1 << 2;
const ROOT: u32 = 1 << 3;

const IV: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// The order of the message words in each of the seven rounds: the permutation
/// of table 2 of the paper, applied repeatedly.
const SCHEDULE: [[usize; 16]; 7] = {
    const PERMUTATION: [usize; 16] = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
    let mut schedule = [[0; 16]; 7];
    let mut word = 0;
    while word < 16 {
        schedule[0][word] = word;
        word += 1;
    }
    let mut round = 1;
    while round < 7 {
        let mut word = 0;
        while word < 16 {
            schedule[round][word] = schedule[round - 1][PERMUTATION[word]];
            word += 1;
        }
        round += 1;
    }
    schedule
};

/// A chaining value or the first half of an output: eight words.
type Words = [u32; 8];

/// The input of one lane: a chunk, or the two chaining values of a parent.
#[derive(Clone, Copy)]
struct Node<'a> {
    bytes: &'a [u8],
    /// The number of the chunk in its input.
    counter: u32,
    /// Flags of every block; `first` and `last` are added for those blocks.
    flags: u32,
    first: u32,
    last: u32,
}

/// Returns true if the inputs fill at least half of the lanes. With fewer the
/// gain is a microsecond, while the first query for the processor's features
/// took 30 us on virtual machines, where the host answers it.
pub(super) fn fill_half_of_the_lanes(inputs: &[&[u8]]) -> bool {
    let chunks = |input: &&[u8]| input.len().div_ceil(CHUNK).max(1);
    inputs.iter().map(chunks).sum::<usize>() >= LANES / 2
}

/// The BLAKE3 digest of each input, or `None` where the processor has no
/// supported vector instructions.
pub(super) fn digests(inputs: &[&[u8]]) -> Option<Vec<[u8; 32]>> {
    in_vectors(Digests { inputs })
}

struct Digests<'a> {
    inputs: &'a [&'a [u8]],
}

impl InVectors for Digests<'_> {
    type Output = Vec<[u8; 32]>;

    #[inline(always)]
    fn run<V: Vector>(self) -> Self::Output {
        // The nodes of one level of all trees, each with the index of its
        // input.
        let mut owners = Vec::with_capacity(self.inputs.len() * 2);
        let mut nodes = Vec::with_capacity(self.inputs.len() * 2);
        for (owner, input) in self.inputs.iter().enumerate() {
            let chunks = input
                .chunks(CHUNK)
                .chain(input.is_empty().then_some(&[][..]));
            let flags = if input.len() <= CHUNK { ROOT } else { 0 };
            for (bytes, counter) in chunks.zip(0..) {
                owners.push(owner);
                nodes.push(Node {
                    bytes,
                    counter,
                    flags: 0,
                    first: CHUNK_START,
                    last: CHUNK_END | flags,
                });
            }
        }
        let mut digests = vec![[0; 32]; self.inputs.len()];
        let mut values = vec![[0; 8]; nodes.len()];
        compress_each::<V>(&nodes, &mut values);
        drop(nodes);
        loop {
            let parents = merge_level(&mut owners, &mut values, &mut digests);
            if parents.is_empty() {
                return digests;
            }
            let mut merged = vec![[0; 8]; parents.len()];
            let nodes: Vec<Node<'_>> = parents.iter().map(Parent::node).collect();
            compress_each::<V>(&nodes, &mut merged);
            for (parent, value) in parents.iter().zip(merged) {
                values[parent.at] = value;
            }
        }
    }
}

/// A parent node: two neighbours that are merged.
struct Parent {
    bytes: [u8; BLOCK],
    /// Index of the merged value in the next level.
    at: usize,
    is_root: bool,
}

impl Parent {
    fn node(&self) -> Node<'_> {
        Node {
            bytes: &self.bytes,
            counter: 0,
            flags: PARENT,
            first: PARENT,
            last: if self.is_root { ROOT } else { 0 },
        }
    }
}

/// Stores the digests of inputs with one value left, and moves up one level in
/// the trees of the others: neighbours are merged, and an odd value is carried
/// up unchanged. This builds the trees of the paper's section 2.1, in which a
/// left subtree is full.
fn merge_level(
    owners: &mut Vec<usize>,
    values: &mut Vec<Words>,
    digests: &mut [[u8; 32]],
) -> Vec<Parent> {
    let mut parents = Vec::new();
    let (mut next_owners, mut next_values) = (Vec::new(), Vec::new());
    let mut from = 0;
    for same in owners.chunk_by(|a, b| a == b) {
        let owner = same[0];
        let level = &values[from..from + same.len()];
        from += same.len();
        if let [only] = level {
            digests[owner] = bytes_of(only);
            continue;
        }
        for pair in level.chunks(2) {
            if let [left, right] = pair {
                let mut bytes = [0; BLOCK];
                bytes[..32].copy_from_slice(&bytes_of(left));
                bytes[32..].copy_from_slice(&bytes_of(right));
                parents.push(Parent {
                    bytes,
                    at: next_values.len(),
                    is_root: level.len() == 2,
                });
            }
            next_owners.push(owner);
            next_values.push(pair[0]);
        }
    }
    (*owners, *values) = (next_owners, next_values);
    parents
}

fn bytes_of(words: &Words) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (place, word) in bytes.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

/// Computes the value of each node.
#[inline(always)]
fn compress_each<V: Vector>(nodes: &[Node<'_>], values: &mut [Words]) {
    // Lanes of one group should have equal amounts of work.
    let mut order: Vec<u32> = (0..nodes.len() as u32).collect();
    order.sort_unstable_by_key(|&at| std::cmp::Reverse(nodes[at as usize].bytes.len()));
    for group in order.chunks(LANES) {
        // Unused lanes repeat the work of the first one.
        let at = |lane| group.get(lane).map_or(group[0], |&at| at) as usize;
        let lanes: [usize; LANES] = std::array::from_fn(at);
        compress_together::<V>(&lanes.map(|at| nodes[at]), |lane, value| {
            values[lanes[lane]] = value;
        });
    }
}

/// Computes the values of one node per lane, and calls `report` with each when
/// it is complete.
#[inline(always)]
fn compress_together<V: Vector>(nodes: &[Node<'_>; LANES], mut report: impl FnMut(usize, Words)) {
    let mut chaining = IV.map(V::splat);
    let counter = V::from_words(nodes.map(|node| node.counter));
    let blocks = nodes.map(|node| node.bytes.len().div_ceil(BLOCK).max(1));
    let max_blocks = blocks.iter().copied().fold(0, usize::max);
    let min_blocks = blocks.iter().copied().fold(max_blocks, usize::min);
    for at in 0..max_blocks {
        let flags = nodes.map(|node| if at == 0 { node.first } else { node.flags });
        if at + 1 < min_blocks {
            // Every lane has a full block that is not its last.
            let mut full = [&[0; BLOCK]; LANES];
            for (full, node) in full.iter_mut().zip(nodes) {
                if let Some(block) = node.bytes.get(at * BLOCK..).and_then(<[u8]>::first_chunk) {
                    *full = block;
                }
            }
            let length = V::splat(BLOCK as u32);
            compress(&mut chaining, &full, counter, length, V::from_words(flags));
            continue;
        }
        let (mut flags, mut length, mut padded) = (flags, [0; LANES], [[0; BLOCK]; LANES]);
        for lane in 0..LANES {
            // Past its end a lane computes a value that is not used.
            let rest = nodes[lane].bytes.get(at * BLOCK..).unwrap_or_default();
            let rest = &rest[..rest.len().min(BLOCK)];
            padded[lane][..rest.len()].copy_from_slice(rest);
            length[lane] = rest.len() as u32;
            if at + 1 == blocks[lane] {
                flags[lane] |= nodes[lane].last;
            }
        }
        let (length, flags) = (V::from_words(length), V::from_words(flags));
        compress(&mut chaining, &padded.each_ref(), counter, length, flags);
        if blocks.contains(&(at + 1)) {
            let values = V::transpose(chaining).map(V::to_words);
            for lane in 0..LANES {
                if at + 1 == blocks[lane] {
                    report(lane, values[lane]);
                }
            }
        }
    }
}

/// The compression function, in every lane.
#[inline(always)]
fn compress<V: Vector>(
    chaining: &mut [V; 8],
    blocks: &[&[u8; BLOCK]; LANES],
    counter: V,
    length: V,
    flags: V,
) {
    let half = |from: usize| {
        let row = |lane: usize| match blocks[lane][from..].first_chunk() {
            Some(bytes) => V::from_bytes(bytes),
            None => V::splat(0),
        };
        V::transpose(std::array::from_fn(row))
    };
    let (low, high) = (half(0), half(BLOCK / 2));
    let word = |at: usize| if at < 8 { low[at] } else { high[at - 8] };
    let [a, b, c, d, e, f, g, h] = *chaining;
    let [i, j, k, l, ..] = IV.map(V::splat);
    // Inputs have far fewer than 2^32 chunks: the counter's upper half is 0.
    let mut v = [
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        i,
        j,
        k,
        l,
        counter,
        V::splat(0),
        length,
        flags,
    ];
    round::<V, 0>(&mut v, word);
    round::<V, 1>(&mut v, word);
    round::<V, 2>(&mut v, word);
    round::<V, 3>(&mut v, word);
    round::<V, 4>(&mut v, word);
    round::<V, 5>(&mut v, word);
    round::<V, 6>(&mut v, word);
    *chaining = std::array::from_fn(|at| v[at].xor(v[at + 8]));
}

/// One round: the columns, then the diagonals.
#[inline(always)]
fn round<V: Vector, const ROUND: usize>(v: &mut [V; 16], word: impl Fn(usize) -> V) {
    let word = |at: usize| word(SCHEDULE[ROUND][at]);
    mix(v, [0, 4, 8, 12], word(0), word(1));
    mix(v, [1, 5, 9, 13], word(2), word(3));
    mix(v, [2, 6, 10, 14], word(4), word(5));
    mix(v, [3, 7, 11, 15], word(6), word(7));
    mix(v, [0, 5, 10, 15], word(8), word(9));
    mix(v, [1, 6, 11, 12], word(10), word(11));
    mix(v, [2, 7, 8, 13], word(12), word(13));
    mix(v, [3, 4, 9, 14], word(14), word(15));
}

/// The paper's function G on four words of the state.
#[inline(always)]
fn mix<V: Vector>(v: &mut [V; 16], [a, b, c, d]: [usize; 4], first: V, second: V) {
    v[a] = v[a].add(v[b]).add(first);
    v[d] = v[d].xor(v[a]).rotate::<16>();
    v[c] = v[c].add(v[d]);
    v[b] = v[b].xor(v[c]).rotate::<12>();
    v[a] = v[a].add(v[b]).add(second);
    v[d] = v[d].xor(v[a]).rotate::<8>();
    v[c] = v[c].add(v[d]);
    v[b] = v[b].xor(v[c]).rotate::<7>();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reference_digests(inputs: &[&[u8]]) -> Vec<[u8; 32]> {
        inputs
            .iter()
            .map(|input| blake3::hash(input).into())
            .collect()
    }

    /// Vectors for any processor, with the same results.
    #[derive(Clone, Copy)]
    struct Plain([u32; 8]);

    impl Vector for Plain {
        fn splat(word: u32) -> Self {
            Self([word; 8])
        }

        fn from_words(words: [u32; 8]) -> Self {
            Self(words)
        }

        fn from_bytes(bytes: &[u8; 32]) -> Self {
            let word = |at: usize| {
                bytes[4 * at..]
                    .first_chunk()
                    .map(|w| u32::from_le_bytes(*w))
            };
            Self(std::array::from_fn(|at| word(at).unwrap()))
        }

        fn to_words(self) -> [u32; 8] {
            self.0
        }

        fn add(self, other: Self) -> Self {
            Self(std::array::from_fn(|at| {
                self.0[at].wrapping_add(other.0[at])
            }))
        }

        fn xor(self, other: Self) -> Self {
            Self(std::array::from_fn(|at| self.0[at] ^ other.0[at]))
        }

        fn rotate<const BITS: u32>(self) -> Self {
            Self(self.0.map(|word| word.rotate_right(BITS)))
        }

        fn transpose(rows: [Self; 8]) -> [Self; 8] {
            std::array::from_fn(|column| Self(rows.map(|row| row.0[column])))
        }
    }

    fn check(inputs: &[&[u8]]) {
        let expected = reference_digests(inputs);
        assert_eq!(Digests { inputs }.run::<Plain>(), expected);
        if let Some(digests) = digests(inputs) {
            assert_eq!(digests, expected);
        }
    }

    #[test]
    fn lengths_around_block_and_chunk_boundaries_match() {
        let bytes: Vec<u8> = (0..20_000_u32).map(|at| (at % 251) as u8).collect();
        let lengths = (0..=130)
            .chain((192..=20_000).step_by(64).flat_map(|n| [n - 1, n, n + 1]))
            .filter(|&length| length <= 17_000);
        let inputs: Vec<&[u8]> = lengths.map(|length| &bytes[..length]).collect();
        check(&inputs);
    }

    #[test]
    fn half_of_the_lanes_must_be_filled() {
        let long = [7; 2 * CHUNK + 1];
        assert!(!fill_half_of_the_lanes(&[]));
        assert!(!fill_half_of_the_lanes(&[&long]));
        assert!(!fill_half_of_the_lanes(&[b"a", b"", &long[..CHUNK]]));
        assert!(fill_half_of_the_lanes(&[b"a", b"", b"c", b"d"]));
        assert!(fill_half_of_the_lanes(&[&long, b""]));
    }

    #[test]
    fn any_number_of_inputs_matches() {
        let bytes = [7; 3000];
        for count in (0..40).step_by(3) {
            let inputs: Vec<&[u8]> = (0..count).map(|n| &bytes[n..n * 70]).collect();
            check(&inputs);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn any_bytes_in_any_batch(
            inputs in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..2500), 0..20),
        ) {
            let inputs: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
            check(&inputs);
        }
    }
}
