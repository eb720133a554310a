//! Reading in lockstep with simulated values: no files, no hashing.

use super::*;

const MIB: u64 = 1 << 20;
const ENDS: ClassIdx = ClassIdx(5);

/// Combines values so that the result shows all its parts.
fn fold(parts: &[(u64, Digest)]) -> Option<Digest> {
    let mut hasher = blake3::Hasher::new();
    for (length, value) in parts {
        hasher.update(&length.to_le_bytes());
        hasher.update(value.as_bytes());
    }
    Some(Digest::new(hasher.finalize().as_bytes()))
}

fn nothing(_: &[(u64, Digest)]) -> Option<Digest> {
    None
}

fn windows() -> Windows {
    Windows::new(Some(TreeHash {
        window: fold,
        file: fold,
    }))
}

/// Files with one byte that counts in every MiB, and how much was read of
/// each.
struct Files {
    segments: Windows,
    contents: Vec<Vec<u8>>,
    size: u64,
    read: Vec<u64>,
    whole: Vec<(FileIdx, Digest)>,
    fallback: Vec<FileIdx>,
    /// Segments that should be waiting or in flight, and bytes planned.
    outstanding: u32,
    planned: u64,
}

impl Files {
    fn new(size: u64, differences: &[&[u64]]) -> Self {
        let contents = differences.iter().map(|places| {
            let mut content = vec![1; size.div_ceil(MIB) as usize];
            for &at in *places {
                content[(at / MIB) as usize] = 2;
            }
            content
        });
        Self {
            segments: windows(),
            contents: contents.collect(),
            size,
            read: vec![0; differences.len()],
            whole: Vec::new(),
            fallback: Vec::new(),
            outstanding: 0,
            planned: 0,
        }
    }

    fn note(&mut self, update: WindowUpdate) {
        self.outstanding = self.outstanding + update.queued - update.dequeued;
        self.planned = self.planned + update.more_bytes - update.fewer_bytes;
        self.whole.extend(update.whole);
        self.fallback.extend(update.fallback);
    }

    fn start(&mut self, file: u32) {
        let update = self.segments.start(FileIdx(file), self.size, ENDS);
        self.note(update);
    }

    fn start_all(&mut self) {
        for file in 0..self.contents.len() {
            self.start(file as u32);
        }
    }

    fn take(&mut self) -> Option<(FileIdx, Segment)> {
        let (files, segment) = self.segments.pop(1)?;
        let [file] = files[..] else {
            panic!("{files:?}")
        };
        self.read[file.0 as usize] += segment.length;
        Some((file, segment))
    }

    fn answer(&mut self, (file, segment): (FileIdx, Segment)) {
        let content = &self.contents[file.0 as usize];
        let range = (segment.offset / MIB) as usize..segment.end().div_ceil(MIB) as usize;
        let mut value = [0; 32];
        value[0] = content[range]
            .iter()
            .fold(7, |sum: u8, byte| sum.rotate_left(3) ^ byte);
        let update = self.segments.add_value(file, segment, Digest::new(&value));
        self.note(update);
        self.outstanding -= 1;
    }

    fn fail(&mut self, file: u32) {
        let update = self.segments.failed(FileIdx(file));
        self.note(update);
    }

    fn run(&mut self) {
        while let Some(next) = self.take() {
            self.answer(next);
        }
    }

    /// Files that were read to the end, those with equal digests together.
    fn groups(&self) -> Vec<Vec<u32>> {
        let mut groups: HashMap<Digest, Vec<u32>> = HashMap::new();
        for (file, digest) in &self.whole {
            groups.entry(*digest).or_default().push(file.0);
        }
        let mut groups: Vec<_> = groups.into_values().collect();
        groups.iter_mut().for_each(|group| group.sort_unstable());
        groups.sort();
        groups
    }
}

#[test]
fn files_that_differ_are_dropped_with_their_window() {
    let size = 40 * MIB + 5;
    let mut files = Files::new(
        size,
        &[&[], &[0], &[], &[3 * MIB], &[20 * MIB], &[size - 1]],
    );
    files.start_all();
    assert_eq!(files.planned, 6 * size);
    files.run();
    assert_eq!(files.groups(), [vec![0, 2], vec![5]]);
    assert_eq!(files.read, [size, MIB, size, 4 * MIB, 32 * MIB, size]);
    assert_eq!(files.planned, files.read.iter().sum::<u64>());
    assert_eq!(files.outstanding, 0);
}

#[test]
fn only_files_equal_so_far_are_read_together() {
    let size = 40 * MIB;
    let differing: Vec<&[u64]> = vec![&[], &[0], &[], &[0], &[]];
    let mut files = Files::new(size, &differing);
    files.start_all();
    let first = Segment {
        offset: 0,
        length: MIB,
    };
    let popped = files.segments.pop(3);
    assert_eq!(
        popped,
        Some((vec![FileIdx(0), FileIdx(1), FileIdx(2)], first))
    );
    let popped = files.segments.pop(3);
    assert_eq!(popped, Some((vec![FileIdx(3), FileIdx(4)], first)));
    assert_eq!(files.segments.pop(3), None);
    // The next window differs between the two contents.
    for file in 0..5 {
        files.answer((FileIdx(file), first));
    }
    let second = Segment {
        offset: MIB,
        length: MIB,
    };
    let popped = files.segments.pop(9);
    assert_eq!(
        popped,
        Some((vec![FileIdx(0), FileIdx(2), FileIdx(4)], second))
    );
    let popped = files.segments.pop(9);
    assert_eq!(popped, Some((vec![FileIdx(1), FileIdx(3)], second)));
}

#[test]
fn no_window_is_read_before_a_second_file_is_equal() {
    let mut files = Files::new(10 * MIB, &[&[], &[]]);
    files.start_all();
    let (first, second) = (files.take().unwrap(), files.take().unwrap());
    assert_eq!((first.0, second.0), (FileIdx(0), FileIdx(1)));
    assert_eq!(files.take(), None);
    files.answer(second);
    assert_eq!(files.take(), None);
    files.answer(first);
    assert_eq!(files.segments.len(), 2);
    files.run();
    assert_eq!(files.groups(), [[0, 1]]);
}

#[test]
fn the_order_of_answers_does_not_matter() {
    let size = 70 * MIB;
    let differences: [&[u64]; 6] = [&[], &[40 * MIB], &[], &[40 * MIB], &[9 * MIB], &[66 * MIB]];
    let mut plain = Files::new(size, &differences);
    plain.start_all();
    plain.run();
    assert_eq!(plain.groups(), [vec![0, 2], vec![1, 3], vec![5]]);
    for seed in 1..200_usize {
        let mut files = Files::new(size, &differences);
        let mut to_start: Vec<u32> = (0..6).collect();
        let mut in_flight = Vec::new();
        let mut state = seed;
        loop {
            // xorshift64
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let dice = state >> 8;
            if dice % 3 == 0 && !to_start.is_empty() {
                let file = to_start.remove(dice / 3 % to_start.len());
                files.start(file);
            } else if dice % 2 == 0
                && let Some(next) = files.take()
            {
                in_flight.push(next);
            } else if !in_flight.is_empty() {
                files.answer(in_flight.swap_remove(dice / 7 % in_flight.len()));
            }
            if to_start.is_empty() && in_flight.is_empty() && files.segments.len() == 0 {
                break;
            }
        }
        assert_eq!(files.groups(), plain.groups(), "{seed}");
        assert_eq!(files.read, plain.read, "{seed}");
        assert_eq!(files.planned, plain.planned, "{seed}");
        assert_eq!(files.outstanding, 0, "{seed}");
    }
}

#[test]
fn a_late_file_resumes_the_waiting_one() {
    let size = 9 * MIB;
    let mut files = Files::new(size, &[&[], &[2 * MIB], &[0], &[2 * MIB]]);
    for file in 0..3 {
        files.start(file);
    }
    files.run();
    assert_eq!(files.read, [4 * MIB, 4 * MIB, MIB, 0]);
    assert_eq!(files.planned, 9 * MIB);
    files.start(3);
    files.run();
    assert_eq!(files.groups(), [[1, 3]]);
    assert_eq!(files.read, [4 * MIB, size, MIB, size]);
    assert_eq!(files.planned, 5 * MIB + 2 * size);
}

#[test]
fn all_segments_of_a_window_can_be_in_flight() {
    let size = 600 * MIB;
    let mut files = Files::new(size, &[&[], &[], &[300 * MIB]]);
    files.start_all();
    let mut most = 0;
    loop {
        let mut taken: Vec<_> = std::iter::from_fn(|| files.take()).collect();
        if taken.is_empty() {
            break;
        }
        most = most.max(taken.len());
        // From the head on, clones in step.
        assert!(taken.is_sorted_by_key(|(file, segment)| (segment.offset, *file)));
        taken.reverse();
        for next in taken {
            files.answer(next);
        }
    }
    assert_eq!(most, 3 * 16);
    assert_eq!(files.groups(), [[0, 1]]);
    assert_eq!(files.read, [size, size, 384 * MIB]);
}

#[test]
fn a_failed_file_removes_its_queued_segments() {
    let size = 64 * MIB;
    let mut files = Files::new(size, &[&[], &[], &[]]);
    files.start_all();
    // To the window of four segments.
    for _ in 0..3 * 7 {
        let next = files.take().unwrap();
        files.answer(next);
    }
    let lost = files.take().unwrap();
    assert_eq!((lost.0, lost.1.offset), (FileIdx(0), 32 * MIB));
    files.fail(0);
    files.outstanding -= 1;
    // Results for it that are still in flight are ignored.
    files.fail(0);
    files.outstanding += 1;
    files.answer(lost);
    files.run();
    assert_eq!(files.groups(), [[1, 2]]);
    assert_eq!(files.read, [40 * MIB, size, size]);
    assert_eq!(files.outstanding, 0);
}

#[test]
fn a_waiting_file_that_fails_is_forgotten() {
    let size = 5 * MIB;
    let mut files = Files::new(size, &[&[], &[0], &[0], &[0]]);
    files.start(0);
    files.start(1);
    files.run();
    files.fail(1);
    files.start(2);
    files.run();
    assert_eq!(files.read[2], MIB, "as if it were the first");
    files.start(3);
    files.run();
    assert_eq!(files.groups(), [[2, 3]]);
    assert_eq!(files.outstanding, 0);
}

#[test]
fn a_file_can_continue_alone() {
    let size = 20 * MIB;
    let mut files = Files::new(size, &[&[], &[0], &[9 * MIB]]);
    files.start_all();
    files.run();
    assert_eq!(files.whole, []);
    assert_eq!(files.segments.continue_alone(FileIdx(9)), None);
    let update = files.segments.continue_alone(FileIdx(1)).unwrap();
    files.note(update);
    files.run();
    assert_eq!(files.groups(), [[1]]);
    assert_eq!(files.read, [16 * MIB, size, 16 * MIB]);
    assert_eq!(files.planned, files.read.iter().sum::<u64>());
}

#[test]
fn a_file_to_read_to_the_end_is_read_even_if_alone() {
    let size = 20 * MIB;
    // Requested before it becomes alone, while it is, and after.
    for said_after in 0..16 {
        let mut files = Files::new(size, &[&[], &[0], &[9 * MIB]]);
        files.start_all();
        for _ in 0..said_after {
            if let Some(next) = files.take() {
                files.answer(next);
            }
        }
        let update = files.segments.continue_alone(FileIdx(1)).unwrap();
        files.note(update);
        let again = files.segments.continue_alone(FileIdx(1)).unwrap();
        assert_eq!(again, WindowUpdate::default(), "it goes on already");
        files.run();
        assert_eq!(files.groups(), [[1]]);
        assert_eq!(files.read, [16 * MIB, size, 16 * MIB], "{said_after}");
        assert_eq!(files.planned, files.read.iter().sum::<u64>());
        assert_eq!(files.outstanding, 0);
    }
}

#[test]
fn segments_that_do_not_combine_cause_a_full_read() {
    let no_window = TreeHash {
        window: nothing,
        file: fold,
    };
    let no_file = TreeHash {
        window: fold,
        file: nothing,
    };
    for (tree_hash, read) in [(no_window, MIB), (no_file, 4 * MIB)] {
        let mut files = Files::new(4 * MIB, &[&[], &[]]);
        files.segments = Windows::new(Some(tree_hash));
        files.start_all();
        files.run();
        assert_eq!(files.fallback, [FileIdx(0), FileIdx(1)]);
        assert_eq!(files.read, [read; 2]);
        assert_eq!((files.whole.len(), files.outstanding), (0, 0));
    }
}

#[test]
fn only_large_files_with_a_segmentable_hash_are_accepted() {
    assert!(windows().accepts(4 * MIB));
    assert!(!windows().accepts(4 * MIB - 1));
    assert!(!Windows::new(None).accepts(1 << 40));
}
