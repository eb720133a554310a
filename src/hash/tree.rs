//! BLAKE3 by segments: the values of aligned segments of a file give the digest
//! of the file, equal to that of hashing it from start to end.

use blake3::hazmat::{
    ChainingValue, Mode, left_subtree_len, merge_subtrees_non_root, merge_subtrees_root,
};

use crate::types::Digest;

/// The value of a subtree, given the lengths and values of its parts in order.
/// Each part must be a subtree itself, and so must the whole:
/// [`Segment`](crate::types::Segment) guarantees that. `None` if the lengths
/// form no tree, or if there are no parts.
#[must_use]
pub(crate) fn join(parts: &[(u64, Digest)]) -> Option<Digest> {
    if let [(_, value)] = parts {
        return Some(*value);
    }
    let (left, right) = child_values(parts)?;
    Some(Digest::new(&merge_subtrees_non_root(
        &left,
        &right,
        Mode::Hash,
    )))
}

/// The digest of a file, given the lengths and values of its parts, of which
/// there are at least two.
#[must_use]
pub(crate) fn join_all(parts: &[(u64, Digest)]) -> Option<Digest> {
    let (left, right) = child_values(parts)?;
    let root = merge_subtrees_root(&left, &right, Mode::Hash);
    Some(Digest::new(root.as_bytes()))
}

/// The values of the two children of the subtree that these parts form.
fn child_values(parts: &[(u64, Digest)]) -> Option<(ChainingValue, ChainingValue)> {
    let total = parts.iter().try_fold(0, |sum: u64, &(length, _)| {
        (length > 0).then(|| sum.checked_add(length)).flatten()
    })?;
    if parts.len() < 2 || total <= blake3::CHUNK_LEN as u64 {
        return None;
    }
    let half = left_subtree_len(total);
    let mut left = 0;
    let cut = parts.iter().position(|&(length, _)| {
        let here = left == half;
        left += length;
        here
    })?;
    let value = |parts| ChainingValue::try_from(join(parts)?.as_bytes()).ok();
    Some((value(&parts[..cut])?, value(&parts[cut..])?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::TestRunner;

    use super::*;
    use crate::config::HashAlgorithm;
    use crate::hash::Hasher;
    use crate::types::Segment;

    const MIB: u64 = 1 << 20;

    fn content(size: u64) -> Vec<u8> {
        let mut state = size;
        let word = || {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            (state >> 32) as u32
        };
        let words = std::iter::repeat_with(word).take(size as usize / 4 + 1);
        let mut bytes: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
        bytes.truncate(size as usize);
        bytes
    }

    fn value_of(hasher: &mut Hasher, bytes: &[u8], segment: Segment) -> Digest {
        hasher.begin_segment(segment.offset);
        let (from, to) = (segment.offset as usize, segment.end() as usize);
        for piece in bytes[from..to].chunks(100_000) {
            hasher.update(piece);
        }
        hasher.finish_segment().unwrap()
    }

    /// Hashes a file by segments as workers and the coordinator do.
    fn hash_by_segments(bytes: &[u8]) -> Digest {
        let size = bytes.len() as u64;
        let mut hasher = Hasher::new(HashAlgorithm::Blake3);
        let mut windows = Vec::new();
        let mut at = 0;
        while let Some(window) = Segment::window(at, size) {
            at = window.end();
            let parts: Vec<_> = window
                .segments()
                .map(|segment| (segment.length, value_of(&mut hasher, bytes, segment)))
                .collect();
            windows.push((window.length, join(&parts).unwrap()));
        }
        let digest = join_all(&windows).unwrap();
        // The hasher keeps no state of it.
        hasher.update(b"abc");
        assert_eq!(hasher.finish().as_bytes(), blake3::hash(b"abc").as_bytes());
        digest
    }

    #[test]
    fn segments_give_the_digest_of_the_file() {
        let bytes = content(34 * MIB);
        // Around every boundary of windows, segments and chunks.
        let boundaries = [1, 2, 3, 4, 8, 12, 16, 24, 32];
        for boundary in boundaries.map(|mib| mib * MIB) {
            for size in [-1024, -1023, -1, 0, 1, 64, 1023, 1024, 1025] {
                let size = boundary.checked_add_signed(size).unwrap();
                if size <= MIB {
                    continue;
                }
                let bytes = &bytes[..size as usize];
                let digest = hash_by_segments(bytes);
                assert_eq!(digest.as_bytes(), blake3::hash(bytes).as_bytes(), "{size}");
            }
        }
    }

    #[test]
    fn segments_give_the_digest_of_files_of_any_size() {
        let bytes = content(20 * MIB);
        let config = ProptestConfig::with_cases(48);
        TestRunner::new(config)
            .run(&(MIB as usize + 1..bytes.len()), |size| {
                let bytes = &bytes[..size];
                let plain = Digest::new(blake3::hash(bytes).as_bytes());
                prop_assert_eq!(hash_by_segments(bytes), plain);
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn parts_that_form_no_tree_have_no_digest() {
        let value = Digest::new(&[7; 32]);
        let short = Digest::new(&[7; 16]);
        assert_eq!(join(&[]), None);
        assert_eq!(join(&[(5, value)]), Some(value));
        let none: [&[(u64, Digest)]; 7] = [
            &[],
            &[(MIB, value)],
            &[(MIB, value), (0, value)],
            &[(MIB, value), (MIB + 1, value)],
            &[(3, value), (4, value)],
            &[(u64::MAX, value), (u64::MAX, value)],
            &[(MIB, short), (MIB, short)],
        ];
        for parts in none {
            assert_eq!(join_all(parts), None, "{parts:?}");
        }
        assert!(join_all(&[(MIB, value), (MIB, value)]).is_some());
    }
}
